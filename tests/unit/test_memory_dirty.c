/* SPDX-License-Identifier: MIT */
/* The dirty log, the code and clean hooks, and the hash of RAM that stands on it. */
#include "memory/memory.h"
#include "memory/ram.h"

#include <criterion/criterion.h>

#define PAGE 0x1000

typedef struct World {
    MemoryRegion root, ram, rom;
    AddressSpace *as;
    ram_addr base;
    uint8_t *host;
    GString *calls;
    unsigned cleaned;
    uint8_t seen; /* first byte of the page when the code hook ran */
} World;

static World *world_new(void)
{
    World *w = g_new0(World, 1);
    memory_region_init(&w->root, NULL, "root", 0x100000);
    cr_assert(memory_region_init_ram(&w->ram, NULL, "ram", 16 * PAGE, NULL));
    cr_assert(memory_region_init_rom(&w->rom, NULL, "rom", PAGE, NULL));
    memory_region_add_subregion(&w->root, 0, &w->ram);
    memory_region_add_subregion(&w->root, 16 * PAGE, &w->rom);
    w->as = address_space_new(&w->root, "test");
    w->base = memory_region_get_ram_addr(&w->ram);
    w->host = memory_region_get_ram_ptr(&w->ram);
    w->calls = g_string_new(NULL);
    return w;
}

static void on_code(void *opaque, ram_addr addr, uint64_t len)
{
    World *w = opaque;
    g_string_append_printf(w->calls, "%x+%x ", (unsigned)(addr - w->base), (unsigned)len);
    w->seen = w->host[addr - w->base];
}

static void on_clean(void *opaque) { ((World *)opaque)->cleaned++; }

static bool is_dirty(World *w, unsigned page, unsigned client)
{
    return memory_test_dirty(w->base + page * PAGE, PAGE, client);
}

static void clean(World *w, unsigned client)
{
    memory_test_and_clear_dirty(w->base, 16 * PAGE, client);
}

/* --- bits ------------------------------------------------------------------------------------- */

Test(memory_dirty, new_ram_is_dirty_for_every_client)
{
    World *w = world_new();
    for (unsigned client = 0; client < DIRTY_CLIENTS; client++) {
        cr_assert(is_dirty(w, 0, client));
        cr_assert(is_dirty(w, 15, client));
    }
}

Test(memory_dirty, a_store_marks_its_page_for_every_client_that_reads_contents)
{
    World *w = world_new();
    for (unsigned client = 0; client < DIRTY_CLIENTS; client++) {
        clean(w, client);
        cr_assert_not(is_dirty(w, 3, client));
    }
    address_space_store(w->as, 3 * PAGE + 8, 4, 1);
    cr_assert(is_dirty(w, 3, DIRTY_VGA));
    cr_assert(is_dirty(w, 3, DIRTY_MIGRATION));
    cr_assert(is_dirty(w, 3, DIRTY_HASH));
    cr_assert_not(is_dirty(w, 3, DIRTY_CODE)); /* the CPU still relies on the rest of the page */
    cr_assert_not(is_dirty(w, 2, DIRTY_VGA));
    cr_assert_not(is_dirty(w, 4, DIRTY_VGA));
}

Test(memory_dirty, a_move_marks_every_page_it_touches_and_no_other)
{
    World *w = world_new();
    uint8_t bytes[2 * PAGE + 2] = {1};
    clean(w, DIRTY_VGA);
    address_space_write(w->as, 5 * PAGE - 1, bytes, sizeof(bytes));
    for (unsigned page = 0; page < 16; page++) {
        cr_assert_eq(is_dirty(w, page, DIRTY_VGA), page >= 4 && page <= 7);
    }
}

Test(memory_dirty, cleaning_one_client_leaves_the_others)
{
    World *w = world_new();
    cr_assert(memory_test_and_clear_dirty(w->base + PAGE, PAGE, DIRTY_VGA));
    cr_assert_not(memory_test_and_clear_dirty(w->base + PAGE, PAGE, DIRTY_VGA));
    cr_assert(is_dirty(w, 1, DIRTY_MIGRATION));
    cr_assert(is_dirty(w, 0, DIRTY_VGA));
    cr_assert(is_dirty(w, 2, DIRTY_VGA));
}

Test(memory_dirty, poke_map_and_set_dirty_mark_pages_but_reads_and_rom_writes_do_not)
{
    World *w = world_new();
    uint64_t len = 4;
    uint64_t value;
    ram_addr rom = memory_region_get_ram_addr(&w->rom);
    clean(w, DIRTY_HASH);
    memory_test_and_clear_dirty(rom, PAGE, DIRTY_HASH);
    address_space_load(w->as, 0, 4, &value);
    address_space_store(w->as, 16 * PAGE, 4, 1);
    cr_assert_not(is_dirty(w, 0, DIRTY_HASH));
    cr_assert_not(memory_test_dirty(rom, PAGE, DIRTY_HASH));
    address_space_poke(w->as, 16 * PAGE, "a", 1);
    cr_assert(memory_test_dirty(rom, PAGE, DIRTY_HASH));
    void *ptr = address_space_map(w->as, PAGE, &len, true);
    cr_assert_not(is_dirty(w, 1, DIRTY_HASH));
    address_space_unmap(w->as, ptr, 4, true);
    cr_assert(is_dirty(w, 1, DIRTY_HASH));
    memory_set_dirty(w->base + 9 * PAGE, 1);
    cr_assert(is_dirty(w, 9, DIRTY_HASH));
}

/* --- hooks ------------------------------------------------------------------------------------ */

Test(memory_dirty, the_code_hook_runs_before_a_store_to_a_code_page_is_visible)
{
    World *w = world_new();
    w->host[2 * PAGE] = 0x11;
    memory_set_code_hook(on_code, w);
    memory_protect_code(w->base + 2 * PAGE);
    cr_assert(memory_page_is_code(w->base + 2 * PAGE));
    address_space_store(w->as, 2 * PAGE, 4, 0x22000000);
    cr_assert_str_eq(w->calls->str, "2000+4 ");
    cr_assert_eq(w->seen, 0x11);
    cr_assert_eq(w->host[2 * PAGE], 0x22);
    address_space_store(w->as, 3 * PAGE, 4, 1);
    cr_assert_str_eq(w->calls->str, "2000+4 ");
}

Test(memory_dirty, the_code_hook_hears_of_dma_poke_and_map_by_page)
{
    World *w = world_new();
    uint8_t bytes[3 * PAGE] = {0};
    uint64_t len = 16;
    memory_set_code_hook(on_code, w);
    memory_protect_code(w->base + 2 * PAGE);
    memory_protect_code(w->base + 3 * PAGE);
    address_space_write(w->as, 2 * PAGE - 16, bytes, PAGE + 32);
    cr_assert_str_eq(w->calls->str, "2000+1000 3000+10 ");
    g_string_truncate(w->calls, 0);
    address_space_poke(w->as, 2 * PAGE + 4, bytes, 4);
    cr_assert_str_eq(w->calls->str, "2004+4 ");
    g_string_truncate(w->calls, 0);
    void *ptr = address_space_map(w->as, 3 * PAGE, &len, true);
    address_space_unmap(w->as, ptr, 8, true);
    cr_assert_str_eq(w->calls->str, "3000+10 3000+8 ");
}

Test(memory_dirty, a_page_stays_code_until_the_cpu_lets_go_of_it)
{
    World *w = world_new();
    memory_set_code_hook(on_code, w);
    memory_protect_code(w->base);
    memory_set_dirty(w->base, 4); /* the CPU's own store: it knows */
    cr_assert_str_eq(w->calls->str, "");
    cr_assert(memory_page_is_code(w->base));
    memory_unprotect_code(w->base);
    cr_assert_not(memory_page_is_code(w->base));
    address_space_store(w->as, 0, 4, 1);
    cr_assert_str_eq(w->calls->str, "");
}

Test(memory_dirty, the_clean_hook_runs_when_a_page_became_clean)
{
    World *w = world_new();
    memory_set_clean_hook(on_clean, w);
    clean(w, DIRTY_VGA);
    cr_assert_eq(w->cleaned, 1);
    clean(w, DIRTY_VGA);
    cr_assert_eq(w->cleaned, 1);
    memory_ram_hash(false);
    cr_assert_eq(w->cleaned, 2);
    memory_ram_hash(false);
    memory_ram_hash(true);
    cr_assert_eq(w->cleaned, 2);
}

/* --- hash ------------------------------------------------------------------------------------- */

Test(memory_dirty, the_incremental_hash_equals_the_full_one_after_random_stores)
{
    World *w = world_new();
    uint64_t seed = 12345;
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned k = 0; k < i % 7; k++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            uint64_t value = i % 3 ? seed : 0; /* pages become zero again, too */
            address_space_store(w->as, (seed >> 33) % (16 * PAGE - 8), 8, value);
        }
        cr_assert_eq(memory_ram_hash(false), memory_ram_hash(true));
    }
}

Test(memory_dirty, the_hash_depends_on_place_and_comes_back_with_the_bytes)
{
    World *w = world_new();
    uint64_t empty = memory_ram_hash(false);
    address_space_store(w->as, 0, 4, 1);
    uint64_t first = memory_ram_hash(false);
    address_space_store(w->as, 0, 4, 0);
    cr_assert_eq(memory_ram_hash(false), empty);
    address_space_store(w->as, PAGE, 4, 1);
    cr_assert_neq(memory_ram_hash(false), first);
    cr_assert_neq(first, empty);
}

Test(memory_dirty, blocks_that_do_not_migrate_do_not_count)
{
    static MemoryRegion scratch;
    world_new();
    uint64_t before = memory_ram_hash(true);
    cr_assert(memory_region_init_ram_nomigrate(&scratch, NULL, "scratch", PAGE, NULL));
    cr_assert_eq(memory_ram_hash(true), before);
    vmstate_register_ram_global(&scratch);
    cr_assert_neq(memory_ram_hash(true), before);
}

Test(memory_dirty, the_hash_does_not_depend_on_the_order_in_which_blocks_were_made)
{
    static MemoryRegion a, b, c;
    cr_assert(memory_region_init_ram(&a, NULL, "a", PAGE, NULL));
    cr_assert(memory_region_init_ram(&b, NULL, "b", 2 * PAGE, NULL));
    ((uint8_t *)memory_region_get_ram_ptr(&a))[5] = 1;
    uint64_t hash = memory_ram_hash(false);
    object_unref(OBJECT(&a));
    cr_assert(memory_region_init_ram_nomigrate(&c, NULL, "hole", 4 * PAGE, NULL));
    cr_assert(memory_region_init_ram(&a, NULL, "a", PAGE, NULL));
    ((uint8_t *)memory_region_get_ram_ptr(&a))[5] = 1;
    cr_assert_eq(memory_ram_hash(false), hash);
}

Test(memory_dirty, the_hash_of_known_bytes_is_a_constant)
{
    World *w = world_new();
    address_space_store(w->as, 0x123, 4, 0xdeadbeef);
    cr_assert_eq(memory_ram_hash(false), UINT64_C(0x81a4851598203f1b));
}
