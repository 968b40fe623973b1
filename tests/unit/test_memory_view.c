/* SPDX-License-Identifier: MIT */
/* FlatViews: random trees against a naive oracle, and the facts of rendering one by one. */
#include "memory/memory.h"

#include <criterion/criterion.h>

/* --- a tree, described twice: to memory/ and to the oracle ------------------------------------ */

#define MAX_NODES 16
#define SPACE 0x3000 /* bytes that are compared; some pages are shared by several regions */

typedef struct Node Node;
struct Node {
    MemoryRegion mr;
    bool is_leaf;
    Node *target; /* of an alias */
    uint64_t target_offset;
    uint64_t size;
    bool enabled, readonly, is_rom_device;
    Node *parent;
    uint64_t addr;
    int priority;
    unsigned order; /* of being added */
};

typedef struct Forest {
    Node nodes[MAX_NODES];
    unsigned count, orders;
    uint64_t seed;
} Forest;

typedef struct Owner {
    const Node *node;
    uint64_t offset;
    bool readonly;
} Owner;

static uint64_t chance(Forest *forest)
{
    forest->seed ^= forest->seed << 13;
    forest->seed ^= forest->seed >> 7;
    forest->seed ^= forest->seed << 17;
    return forest->seed;
}

static unsigned pick(Forest *forest, unsigned limit) { return chance(forest) % limit; }

/* --- the oracle: who answers for one byte, by the rules as a manual would put them ------------ */

static bool find_owner(const Forest *forest, const Node *node, uint64_t offset, Owner *owner);

/* The child that answers at @offset: highest priority, then the one added last. */
static bool find_in_children(const Forest *forest, const Node *node, uint64_t offset, Owner *owner)
{
    const Node *best = NULL;
    for (unsigned i = 0; i < forest->count; i++) {
        const Node *child = &forest->nodes[i];
        Owner other = *owner;
        if (child->parent != node || offset < child->addr ||
            !find_owner(forest, child, offset - child->addr, &other)) {
            continue;
        }
        if (!best || child->priority > best->priority ||
            (child->priority == best->priority && child->order > best->order)) {
            best = child;
        }
    }
    return best && find_owner(forest, best, offset - best->addr, owner);
}

static bool find_owner(const Forest *forest, const Node *node, uint64_t offset, Owner *owner)
{
    if (!node->enabled || offset >= node->size) {
        return false;
    }
    Owner found = *owner;
    found.readonly |= node->readonly;
    if (node->target) {
        if (!find_owner(forest, node->target, offset + node->target_offset, &found)) {
            return false;
        }
    } else if (!find_in_children(forest, node, offset, &found)) {
        if (!node->is_leaf) {
            return false;
        }
        found = (Owner){node, offset, found.readonly || node->is_rom_device};
    }
    *owner = found;
    return true;
}

/* --- growing a forest ------------------------------------------------------------------------- */

static uint64_t read_nothing(void *opaque, hwaddr offset, unsigned size)
{
    (void)opaque, (void)offset, (void)size;
    return 0;
}

static void write_nothing(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    (void)opaque, (void)offset, (void)value, (void)size;
}

static const MemoryRegionOps io_ops = {.read = read_nothing, .write = write_nothing};

/* Half of the numbers are whole pages. */
static uint64_t pick_extent(Forest *forest, unsigned limit)
{
    uint64_t value = pick(forest, limit);
    return pick(forest, 2) ? value & ~0xfffull : value;
}

static Node *node_new(Forest *forest)
{
    Node *node = &forest->nodes[forest->count++];
    node->size = 1 + pick_extent(forest, SPACE + 0x400);
    node->enabled = true;
    return node;
}

/* The target may be mapped as well; placing the alias is what could close a loop. */
static void make_alias(Forest *forest, Node *node)
{
    node->target = &forest->nodes[pick(forest, forest->count - 1)];
    node->target_offset = pick_extent(forest, SPACE);
    memory_region_init_alias(&node->mr, NULL, "alias", &node->target->mr, node->target_offset,
                             node->size);
}

static void make_leaf(Forest *forest, Node *node)
{
    node->is_leaf = true;
    switch (pick(forest, 5)) {
    case 0:
        cr_assert(memory_region_init_ram(&node->mr, NULL, "ram", node->size, NULL));
        break;
    case 1:
        cr_assert(memory_region_init_rom(&node->mr, NULL, "rom", node->size, NULL));
        node->readonly = true;
        break;
    case 2:
        cr_assert(memory_region_init_rom_device(&node->mr, NULL, &io_ops, NULL, "romd", node->size,
                                                NULL));
        node->is_rom_device = true;
        break;
    case 3:
        memory_region_init_reservation(&node->mr, NULL, "reserved", node->size);
        break;
    default:
        memory_region_init_io(&node->mr, NULL, &io_ops, NULL, "io", node->size);
    }
}

static void attach(Forest *forest, Node *node, Node *parent)
{
    node->parent = parent;
    node->addr = pick_extent(forest, SPACE);
    node->priority = (int)pick(forest, 4) - 1;
    node->order = ++forest->orders;
    memory_region_add_subregion_overlap(&parent->mr, node->addr, &node->mr, node->priority);
}

/* Would mapping @node below @parent close a loop? Aliases count as children. */
static bool reaches(const Forest *forest, const Node *from, const Node *to)
{
    if (from == to || (from->target && reaches(forest, from->target, to))) {
        return true;
    }
    for (unsigned i = 0; i < forest->count; i++) {
        if (forest->nodes[i].parent == from && reaches(forest, &forest->nodes[i], to)) {
            return true;
        }
    }
    return false;
}

static void place_somewhere(Forest *forest, Node *node)
{
    Node *parent = &forest->nodes[pick(forest, forest->count)];
    if (!parent->target && !reaches(forest, node, parent)) {
        attach(forest, node, parent);
    }
}

static void forest_grow(Forest *forest, uint64_t seed)
{
    memset(forest, 0, sizeof(*forest));
    forest->seed = seed * 0x9e3779b97f4a7c15ull + 1;
    Node *root = node_new(forest);
    root->size = SPACE;
    memory_region_init(&root->mr, NULL, "root", root->size);
    unsigned count = 3 + pick(forest, MAX_NODES - 3);
    while (forest->count < count) {
        Node *node = node_new(forest);
        unsigned kind = pick(forest, 8);
        if (kind < 2) {
            memory_region_init(&node->mr, NULL, "container", node->size);
        } else if (kind < 4) {
            make_alias(forest, node);
        } else {
            make_leaf(forest, node);
        }
        if (pick(forest, 6)) {
            place_somewhere(forest, node); /* the rest is only seen through aliases */
        }
    }
}

static void forest_fell(Forest *forest)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < forest->count; i++) {
        Node *node = &forest->nodes[i];
        if (node->parent) {
            memory_region_del_subregion(&node->parent->mr, &node->mr);
        }
    }
    memory_region_transaction_commit();
    for (unsigned i = forest->count; i--;) {
        object_unref(OBJECT(&forest->nodes[i].mr));
    }
}

/* --- change ----------------------------------------------------------------------------------- */

static void mutate(Forest *forest)
{
    Node *node = &forest->nodes[1 + pick(forest, forest->count - 1)];
    switch (pick(forest, 5)) {
    case 0:
        node->enabled = !node->enabled;
        memory_region_set_enabled(&node->mr, node->enabled);
        break;
    case 1:
        if (node->parent) {
            node->addr = pick_extent(forest, SPACE);
            memory_region_set_address(&node->mr, node->addr);
        }
        break;
    case 2:
        if (node->target) {
            node->target_offset = pick_extent(forest, SPACE);
            memory_region_set_alias_offset(&node->mr, node->target_offset);
        } else if (!memory_region_get_ram_ptr(&node->mr)) {
            node->size = 1 + pick_extent(forest, SPACE);
            memory_region_set_size(&node->mr, node->size);
        }
        break;
    case 3:
        node->readonly = !node->readonly;
        memory_region_set_readonly(&node->mr, node->readonly);
        break;
    default:
        if (node->parent) {
            memory_region_del_subregion(&node->parent->mr, &node->mr);
            node->parent = NULL;
        }
        place_somewhere(forest, node);
    }
}

/* --- comparison ------------------------------------------------------------------------------- */

static bool same_owner(AddressSpace *as, const Forest *forest, uint64_t addr)
{
    Owner owner = {0};
    MemorySection section = address_space_translate(as, addr);
    if (!find_owner(forest, &forest->nodes[0], addr, &owner)) {
        return !section.mr;
    }
    if (section.mr != &owner.node->mr || section.offset_in_region != owner.offset) {
        return false;
    }
    bool has_bytes = memory_region_get_ram_ptr(section.mr) != NULL;
    if (has_bytes &&
        section.host != (uint8_t *)memory_region_get_ram_ptr(section.mr) + owner.offset) {
        return false;
    }
    return !has_bytes || section.readonly == owner.readonly;
}

/* The section lengths must tile the space: a border is where the next byte does not continue. */
static bool same_border(AddressSpace *as, uint64_t addr)
{
    MemorySection here = address_space_translate(as, addr);
    MemorySection next = address_space_translate(as, addr + 1);
    if (!here.mr && !next.mr) {
        return here.remaining > 1; /* saturates in the last hole */
    }
    bool continues = here.mr == next.mr && next.readonly == here.readonly &&
                     next.offset_in_region == here.offset_in_region + 1;
    return continues ? here.remaining == next.remaining + 1 : here.remaining == 1;
}

static void compare(AddressSpace *as, const Forest *forest, uint64_t seed)
{
    for (uint64_t addr = 0; addr < SPACE; addr++) {
        cr_assert(same_owner(as, forest, addr), "tree %d: owner of %#x", (int)seed, (int)addr);
    }
    for (uint64_t addr = 0; addr < SPACE - 1; addr++) {
        cr_assert(same_border(as, addr), "tree %d: border at %#x", (int)seed, (int)addr);
    }
}

Test(memory_view, random_trees_give_every_byte_the_owner_that_the_oracle_names)
{
    static Forest forest;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        forest_grow(&forest, seed);
        AddressSpace *as = address_space_new(&forest.nodes[0].mr, "test");
        compare(as, &forest, seed);
        memory_region_transaction_begin();
        for (unsigned i = 0; i < 4; i++) {
            mutate(&forest);
        }
        memory_region_transaction_commit();
        compare(as, &forest, seed);
        address_space_free(as);
        forest_fell(&forest);
    }
}

/* --- a listener that is told only changes knows the whole ------------------------------------- */

typedef struct Shadow {
    MemoryListener listener;
    const MemoryRegion *owner[SPACE];
    uint64_t offset[SPACE];
    unsigned faults;
} Shadow;

static void shadow_add(MemoryListener *listener, const MemoryRegionSection *section)
{
    Shadow *shadow = container_of(listener, Shadow, listener);
    for (uint64_t i = 0; i < section->size; i++) {
        uint64_t at = section->offset_within_address_space + i;
        shadow->faults += shadow->owner[at] != NULL;
        shadow->owner[at] = section->mr;
        shadow->offset[at] = section->offset_within_region + i;
    }
}

static void shadow_del(MemoryListener *listener, const MemoryRegionSection *section)
{
    Shadow *shadow = container_of(listener, Shadow, listener);
    for (uint64_t i = 0; i < section->size; i++) {
        uint64_t at = section->offset_within_address_space + i;
        shadow->faults += shadow->owner[at] != section->mr;
        shadow->owner[at] = NULL;
    }
}

static void shadow_nop(MemoryListener *listener, const MemoryRegionSection *section)
{
    Shadow *shadow = container_of(listener, Shadow, listener);
    shadow->faults += shadow->owner[section->offset_within_address_space] != section->mr;
}

static void shadow_check(const Shadow *shadow, AddressSpace *as)
{
    for (uint64_t addr = 0; addr < SPACE; addr++) {
        MemorySection section = address_space_translate(as, addr);
        cr_assert_eq(section.mr, shadow->owner[addr]);
        cr_assert(!section.mr || section.offset_in_region == shadow->offset[addr]);
    }
    cr_assert_eq(shadow->faults, 0);
}

Test(memory_view, additions_and_deletions_of_random_commits_add_up_to_the_view)
{
    static Forest forest;
    static Shadow shadow;
    for (uint64_t seed = 1000; seed < 1040; seed++) {
        forest_grow(&forest, seed);
        AddressSpace *as = address_space_new(&forest.nodes[0].mr, "test");
        memset(&shadow, 0, sizeof(shadow));
        shadow.listener.region_add = shadow_add;
        shadow.listener.region_del = shadow_del;
        shadow.listener.region_nop = shadow_nop;
        memory_listener_register(&shadow.listener, as);
        for (unsigned i = 0; i < 8; i++) {
            mutate(&forest);
            shadow_check(&shadow, as);
        }
        memory_listener_unregister(&shadow.listener);
        for (uint64_t addr = 0; addr < SPACE; addr++) {
            cr_assert_null(shadow.owner[addr]);
        }
        address_space_free(as);
        forest_fell(&forest);
    }
}

/* --- facts ------------------------------------------------------------------------------------ */

static const MemoryRegion *owner_at(AddressSpace *as, hwaddr addr)
{
    return address_space_translate(as, addr).mr;
}

static void make_io(MemoryRegion *mr, uint64_t size)
{
    memory_region_init_io(mr, NULL, &io_ops, NULL, "io", size);
}

Test(memory_view, equal_priority_is_won_by_the_region_added_last)
{
    MemoryRegion root, first, second;
    memory_region_init(&root, NULL, "root", 0x1000);
    make_io(&first, 0x100);
    make_io(&second, 0x100);
    memory_region_add_subregion_overlap(&root, 0, &first, 1);
    memory_region_add_subregion_overlap(&root, 0x80, &second, 1);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(owner_at(as, 0x7f), &first);
    cr_assert_eq(owner_at(as, 0x80), &second);
    cr_assert_eq(owner_at(as, 0xff), &second);
}

Test(memory_view, a_hole_in_a_container_lets_lower_priority_through)
{
    MemoryRegion root, low, box, island;
    memory_region_init(&root, NULL, "root", 0x1000);
    make_io(&low, 0x1000);
    memory_region_init(&box, NULL, "box", 0x1000);
    make_io(&island, 0x10);
    memory_region_add_subregion(&root, 0, &low);
    memory_region_add_subregion_overlap(&root, 0, &box, 5);
    memory_region_add_subregion(&box, 0x800, &island);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(owner_at(as, 0x7ff), &low);
    cr_assert_eq(owner_at(as, 0x800), &island);
    cr_assert_eq(owner_at(as, 0x810), &low);
}

Test(memory_view, an_alias_shows_its_window_wherever_the_target_itself_is_mapped)
{
    MemoryRegion root, elsewhere, target, alias;
    memory_region_init(&root, NULL, "root", 0x10000);
    memory_region_init(&elsewhere, NULL, "elsewhere", 0x10000);
    make_io(&target, 0x1000);
    memory_region_add_subregion(&elsewhere, 0x4000, &target);
    memory_region_init_alias(&alias, NULL, "alias", &target, 0x200, 0x100);
    memory_region_add_subregion(&root, 0x8000, &alias);
    AddressSpace *as = address_space_new(&root, "test");
    MemorySection section = address_space_translate(as, 0x8010);
    cr_assert_eq(section.mr, &target);
    cr_assert_eq(section.offset_in_region, 0x210);
    cr_assert_eq(section.remaining, 0xf0);
    cr_assert_null(owner_at(as, 0x8100));
}

Test(memory_view, two_aliases_side_by_side_merge_into_one_section)
{
    MemoryRegion root, ram, low, high;
    memory_region_init(&root, NULL, "root", 0x10000);
    cr_assert(memory_region_init_ram(&ram, NULL, "ram", 0x4000, NULL));
    memory_region_init_alias(&low, NULL, "low", &ram, 0, 0x2000);
    memory_region_init_alias(&high, NULL, "high", &ram, 0x2000, 0x2000);
    memory_region_add_subregion(&root, 0, &low);
    memory_region_add_subregion(&root, 0x2000, &high);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(address_space_translate(as, 0).remaining, 0x4000);
    memory_region_set_readonly(&high, true);
    cr_assert_eq(address_space_translate(as, 0).remaining, 0x2000);
    cr_assert(address_space_translate(as, 0x2000).readonly);
}

Test(memory_view, a_region_of_2_to_the_64_reaches_the_last_byte)
{
    MemoryRegion root, all;
    memory_region_init(&root, NULL, "root", UINT64_MAX);
    make_io(&all, UINT64_MAX);
    memory_region_add_subregion(&root, 0, &all);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(owner_at(as, 0), &all);
    cr_assert_eq(owner_at(as, UINT64_MAX), &all);
    cr_assert_eq(address_space_translate(as, UINT64_MAX).remaining, 1);
}

Test(memory_view, what_sticks_out_of_a_container_or_the_space_is_cut_off)
{
    MemoryRegion root, box, big, top;
    memory_region_init(&root, NULL, "root", UINT64_MAX);
    memory_region_init(&box, NULL, "box", 0x100);
    make_io(&big, 0x1000);
    make_io(&top, 0x1000);
    memory_region_add_subregion(&root, 0x1000, &box);
    memory_region_add_subregion(&box, 0x80, &big);
    memory_region_add_subregion(&root, UINT64_MAX - 0xff, &top);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(owner_at(as, 0x10ff), &big);
    cr_assert_null(owner_at(as, 0x1100));
    cr_assert_eq(owner_at(as, UINT64_MAX), &top);
    cr_assert_null(owner_at(as, 0));
}

Test(memory_view, nothing_moves_before_the_outermost_commit)
{
    MemoryRegion root, io;
    memory_region_init(&root, NULL, "root", 0x1000);
    make_io(&io, 0x100);
    AddressSpace *as = address_space_new(&root, "test");
    memory_region_transaction_begin();
    memory_region_transaction_begin();
    memory_region_add_subregion(&root, 0, &io);
    memory_region_transaction_commit();
    cr_assert_null(owner_at(as, 0));
    memory_region_transaction_commit();
    cr_assert_eq(owner_at(as, 0), &io);
}

Test(memory_view, a_region_that_dies_mapped_disappears_from_the_view)
{
    static MemoryRegion root, io;
    Object *device = object_new("container");
    memory_region_init(&root, NULL, "root", 0x1000);
    memory_region_init_io(&io, device, &io_ops, NULL, "io", 0x100);
    memory_region_add_subregion(&root, 0, &io);
    AddressSpace *as = address_space_new(&root, "test");
    object_unparent(OBJECT(&io));
    cr_assert_null(owner_at(as, 0));
    cr_assert_eq(device->ref, 1);
    object_unref(device);
}

Test(memory_view, the_view_keeps_the_owner_of_a_visible_region_alive)
{
    static MemoryRegion root, io;
    Object *device = object_new("container");
    memory_region_init(&root, NULL, "root", 0x1000);
    memory_region_init_io(&io, device, &io_ops, NULL, "io", 0x100);
    memory_region_add_subregion(&root, 0, &io);
    AddressSpace *as = address_space_new(&root, "test");
    object_unref(device);
    cr_assert_eq(owner_at(as, 0), &io);
    memory_region_del_subregion(&root, &io); /* the last reference goes with the old view */
    cr_assert_null(owner_at(as, 0));
}

Test(memory_view, regions_are_children_of_their_owner_with_readable_properties)
{
    static MemoryRegion io;
    Object *device = object_new("container");
    memory_region_init_io(&io, device, &io_ops, NULL, "a/b", 0x100);
    Object *found = object_resolve_path_component(device, "a-b[0]");
    cr_assert_eq(found, OBJECT(&io));
    cr_assert_eq(object_property_get_uint(found, "size", NULL), 0x100);
    cr_assert_str_eq(memory_region_name(&io), "a/b");
}
