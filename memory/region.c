/* SPDX-License-Identifier: MIT */
/*
 * MemoryRegion: the tree that devices and boards build. Every change that can be seen bumps the
 * pending flag; the outermost commit renders (address_space.c).
 *
 * Source: own implementation of the model that QEMU's memory API documents.
 */
#include "memory/internal.h"

/* --- lifetime --------------------------------------------------------------------------------- */

void memory_region_ref(MemoryRegion *mr) { object_ref(mr->owner ? mr->owner : OBJECT(mr)); }

void memory_region_unref(MemoryRegion *mr) { object_unref(mr->owner ? mr->owner : OBJECT(mr)); }

void memory_region_discard(MemoryRegion *mr)
{
    if (mr->owner) {
        object_unparent(OBJECT(mr));
    } else {
        object_unref(OBJECT(mr));
    }
}

/* "name[*]" with what would end a path component taken out. */
static char *child_name(const char *name)
{
    g_autofree char *plain = g_strdup(name);
    return g_strconcat(g_strdelimit(plain, "/[]", '-'), "[*]", NULL);
}

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    if (owner) {
        g_autofree char *child = child_name(name ? name : "region");
        object_initialize_child(owner, child, mr, sizeof(*mr), TYPE_MEMORY_REGION);
    } else {
        object_initialize(mr, sizeof(*mr), TYPE_MEMORY_REGION);
    }
    mr->name = g_strdup(name ? name : "");
    mr->owner = owner;
    mr->size = size;
}

void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                           void *opaque, const char *name, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->ops = ops;
    mr->single_sizes = (uint8_t)memory_region_single_sizes(ops);
    mr->opaque = opaque;
    mr->terminates = true;
}

void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                              MemoryRegion *target, hwaddr offset, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->alias = target;
    mr->alias_offset = offset;
    if (target->owner != owner || !owner) {
        memory_region_ref(target);
    }
}

void memory_region_init_reservation(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->reservation = true;
    mr->terminates = true;
}

void memory_region_set_reentrancy_guard(MemoryRegion *mr, bool *guard)
{
    mr->reentrancy_guard = guard;
}

static void region_instance_init(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;
    mr->enabled = true;
    mr->romd_mode = true;
    mr->subregions = g_ptr_array_new();
}

static void region_instance_finalize(Object *obj)
{
    MemoryRegion *mr = (MemoryRegion *)obj;
    /* A part that failed half-way may leave its regions mapped: take them out, not down. */
    memory_region_transaction_begin();
    if (mr->container) {
        memory_region_del_subregion(mr->container, mr);
    }
    while (mr->subregions->len) {
        memory_region_del_subregion(mr, mr->subregions->pdata[0]);
    }
    memory_region_transaction_commit();
    if (mr->alias && (mr->alias->owner != mr->owner || !mr->owner)) {
        memory_region_unref(mr->alias);
    }
    if (mr->ram_block) {
        ram_block_free(mr->ram_block);
    }
    memory_watch_end(&mr->watches);
    g_ptr_array_unref(mr->subregions);
    g_free((char *)mr->name);
}

/* --- the tree --------------------------------------------------------------------------------- */

static void view_changed(bool is_visible)
{
    if (is_visible) {
        memory_core()->update_pending = true;
    }
}

static unsigned place_of(const MemoryRegion *mr, int priority)
{
    unsigned i = 0;
    while (i < mr->subregions->len) {
        const MemoryRegion *other = mr->subregions->pdata[i];
        if (other->priority <= priority) {
            break;
        }
        i++;
    }
    return i;
}

static void add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub)
{
    g_assert(!sub->container && sub != mr && !mr->alias);
    memory_region_transaction_begin();
    sub->container = mr;
    sub->addr = offset;
    g_ptr_array_insert(mr->subregions, place_of(mr, sub->priority), sub);
    view_changed(mr->enabled && sub->enabled);
    memory_region_transaction_commit();
}

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub)
{
    sub->may_overlap = false;
    sub->priority = 0;
    add_subregion(mr, offset, sub);
}

void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub,
                                         int priority)
{
    sub->may_overlap = true;
    sub->priority = priority;
    add_subregion(mr, offset, sub);
}

void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub)
{
    g_assert(sub->container == mr);
    memory_region_transaction_begin();
    g_ptr_array_remove(mr->subregions, sub);
    sub->container = NULL;
    view_changed(mr->enabled && sub->enabled);
    memory_region_transaction_commit();
}

/* --- changes ---------------------------------------------------------------------------------- */

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (mr->enabled == enabled) {
        return;
    }
    memory_region_transaction_begin();
    mr->enabled = enabled;
    view_changed(true);
    memory_region_transaction_commit();
}

static void set_u64(MemoryRegion *mr, uint64_t *field, uint64_t value)
{
    if (*field == value) {
        return;
    }
    memory_region_transaction_begin();
    *field = value;
    view_changed(mr->enabled);
    memory_region_transaction_commit();
}

void memory_region_set_address(MemoryRegion *mr, hwaddr addr) { set_u64(mr, &mr->addr, addr); }

void memory_region_set_size(MemoryRegion *mr, uint64_t size)
{
    g_assert(!mr->ram_block || size <= mr->ram_block->max_length);
    set_u64(mr, &mr->size, size);
}

void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset)
{
    g_assert(mr->alias);
    set_u64(mr, &mr->alias_offset, offset);
}

static void set_flag(MemoryRegion *mr, bool *field, bool value)
{
    if (*field == value) {
        return;
    }
    memory_region_transaction_begin();
    *field = value;
    view_changed(mr->enabled);
    memory_region_transaction_commit();
}

void memory_region_set_readonly(MemoryRegion *mr, bool readonly)
{
    set_flag(mr, &mr->readonly, readonly);
}

void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd)
{
    g_assert(mr->rom_device);
    set_flag(mr, &mr->romd_mode, romd);
}

void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client)
{
    g_assert(client < DIRTY_CLIENTS);
    uint8_t mask = log ? mr->dirty_log_mask | BIT(client) : mr->dirty_log_mask & ~BIT(client);
    if (mask == mr->dirty_log_mask) {
        return;
    }
    memory_region_transaction_begin();
    mr->dirty_log_mask = mask;
    view_changed(mr->enabled);
    memory_region_transaction_commit();
}

/* --- questions -------------------------------------------------------------------------------- */

const char *memory_region_name(const MemoryRegion *mr) { return mr->name; }

uint64_t memory_region_size(const MemoryRegion *mr) { return mr->size; }

bool memory_region_is_ram(const MemoryRegion *mr) { return mr->ram; }

bool memory_region_is_container(const MemoryRegion *mr) { return !mr->terminates && !mr->alias; }

bool memory_region_is_mapped(const MemoryRegion *mr) { return mr->container != NULL; }

/* Follows aliases; *@offset becomes the place in the region found. */
static MemoryRegion *behind_aliases(MemoryRegion *mr, uint64_t *offset)
{
    *offset = 0;
    while (mr->alias) {
        *offset += mr->alias_offset;
        mr = mr->alias;
    }
    return mr;
}

void *memory_region_get_ram_ptr(MemoryRegion *mr)
{
    uint64_t offset;
    mr = behind_aliases(mr, &offset);
    return mr->ram_block ? mr->ram_block->host + offset : NULL;
}

ram_addr memory_region_get_ram_addr(MemoryRegion *mr)
{
    uint64_t offset;
    mr = behind_aliases(mr, &offset);
    g_assert(mr->ram_block);
    return mr->ram_block->offset + offset;
}

MemoryRegion *memory_region_from_host(void *ptr, uint64_t *offset)
{
    RAMBlock *block = ram_block_from_host(memory_core(), ptr);
    if (!block) {
        return NULL;
    }
    *offset = (uint8_t *)ptr - block->host;
    return block->mr;
}

/* --- type ------------------------------------------------------------------------------------- */

static bool get_addr(Object *obj, PropertyValue *value, G_GNUC_UNUSED void *opaque,
                     G_GNUC_UNUSED Error **errp)
{
    value->u = ((MemoryRegion *)obj)->addr;
    return true;
}

static bool get_size(Object *obj, PropertyValue *value, G_GNUC_UNUSED void *opaque,
                     G_GNUC_UNUSED Error **errp)
{
    value->u = ((MemoryRegion *)obj)->size;
    return true;
}

static bool get_priority(Object *obj, PropertyValue *value, G_GNUC_UNUSED void *opaque,
                         G_GNUC_UNUSED Error **errp)
{
    value->i = ((MemoryRegion *)obj)->priority;
    return true;
}

static void region_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    object_class_property_add(klass, "addr", "uint64", PROP_UINT, get_addr, NULL, NULL);
    object_class_property_add(klass, "size", "uint64", PROP_UINT, get_size, NULL, NULL);
    object_class_property_add(klass, "priority", "int32", PROP_INT, get_priority, NULL, NULL);
}

static const TypeInfo memory_region_info = {
    .name = TYPE_MEMORY_REGION,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(MemoryRegion),
    .class_init = region_class_init,
    .instance_init = region_instance_init,
    .instance_finalize = region_instance_finalize,
};

DEFINE_TYPE(memory_region_info)
