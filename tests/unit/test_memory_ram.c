/* SPDX-License-Identifier: MIT */
/* RAMBlocks: names, places, resizing, save and load, the user's wishes for system RAM. */
#include "memory/memory.h"
#include "memory/ram.h"

#include <criterion/criterion.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define PAGE 4096ull

static MemoryRegion *ram_new(const char *name, uint64_t size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);
    cr_assert(memory_region_init_ram(mr, NULL, name, size, NULL));
    return mr;
}

static void ram_drop(MemoryRegion *mr)
{
    object_unref(OBJECT(mr));
    g_free(mr);
}

static uint8_t *bytes_of(MemoryRegion *mr) { return memory_region_get_ram_ptr(mr); }

/* --- places ----------------------------------------------------------------------------------- */

Test(memory_ram, a_new_block_takes_the_smallest_gap_that_fits)
{
    MemoryRegion *a = ram_new("a", 4 * MIB);
    MemoryRegion *b = ram_new("b", 1 * MIB);
    MemoryRegion *c = ram_new("c", 2 * MIB);
    MemoryRegion *d = ram_new("d", 1 * MIB);
    cr_assert_eq(memory_region_get_ram_addr(a), 0);
    cr_assert_eq(memory_region_get_ram_addr(b), 4 * MIB);
    cr_assert_eq(memory_region_get_ram_addr(c), 5 * MIB);
    cr_assert_eq(memory_region_get_ram_addr(d), 7 * MIB);
    ram_drop(a);
    ram_drop(c);
    cr_assert_eq(memory_region_get_ram_addr(ram_new("e", 1 * MIB)), 5 * MIB);
    cr_assert_eq(memory_region_get_ram_addr(ram_new("f", 1 * MIB)), 6 * MIB);
    cr_assert_eq(memory_region_get_ram_addr(ram_new("g", 3 * MIB)), 0);
    cr_assert_eq(memory_region_get_ram_addr(ram_new("h", 2 * MIB)), 8 * MIB);
    ram_drop(b);
    ram_drop(d);
}

static void collect(RAMBlock *block, void *opaque)
{
    GString *out = opaque;
    g_string_append_printf(out, "%s ", block->idstr);
}

Test(memory_ram, blocks_are_listed_by_falling_size)
{
    ram_new("small", PAGE);
    ram_new("big", 64 * KIB);
    ram_new("middle", 16 * KIB);
    GString *out = g_string_new(NULL);
    ram_block_foreach(collect, out);
    cr_assert_str_eq(out->str, "big middle small ");
}

Test(memory_ram, a_second_block_of_the_same_name_gets_a_number)
{
    MemoryRegion *a = ram_new("vga.vram", PAGE), *b = ram_new("vga.vram", PAGE);
    cr_assert_eq(ram_block_by_name("vga.vram")->mr, a);
    cr_assert_eq(ram_block_by_name("vga.vram#2")->mr, b);
    cr_assert_null(ram_block_by_name("vga"));
}

Test(memory_ram, names_that_are_too_long_stay_unique)
{
    char name[200];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    MemoryRegion *a = ram_new(name, PAGE), *b = ram_new(name, PAGE);
    cr_assert_str_neq(a->ram_block->idstr, b->ram_block->idstr);
}

Test(memory_ram, blocks_are_whole_pages_of_zeros_at_aligned_addresses)
{
    MemoryRegion *small = ram_new("small", 100), *large = ram_new("large", 4 * MIB);
    cr_assert_eq(memory_region_size(small), 100);
    cr_assert_eq(small->ram_block->used_length, PAGE);
    cr_assert_eq(bytes_of(small)[4095], 0);
    cr_assert_eq((uintptr_t)bytes_of(large) % (2 * MIB), 0);
    cr_assert(memory_region_is_ram(large));
}

Test(memory_ram, sizes_that_no_host_has_are_one_line_errors)
{
    static MemoryRegion mr;
    static const uint64_t sizes[] = {0, 1ull << 46, 1ull << 47, UINT64_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Error *err = NULL;
        cr_assert_not(memory_region_init_ram(&mr, NULL, "huge", sizes[i], &err));
        cr_assert(strstr(error_get_pretty(err), "'huge'"), "%s", error_get_pretty(err));
        error_free(err);
    }
    cr_assert_null(ram_block_by_name("huge"));
}

Test(memory_ram, a_region_whose_ram_fails_leaves_no_child_behind)
{
    static MemoryRegion mr;
    Object *owner = object_new("container");
    cr_assert_not(memory_region_init_ram(&mr, owner, "huge", UINT64_MAX, NULL));
    cr_assert_null(object_resolve_path_component(owner, "huge[0]"));
    cr_assert_eq(owner->ref, 1);
}

/* --- resizing --------------------------------------------------------------------------------- */

Test(memory_ram, resizeable_ram_grows_to_its_maximum_and_comes_back_as_zeros)
{
    static MemoryRegion mr;
    cr_assert(memory_region_init_resizeable_ram(&mr, NULL, "acpi", PAGE, 4 * PAGE, NULL));
    uint8_t *host = bytes_of(&mr);
    cr_assert(memory_region_ram_resize(&mr, 3 * PAGE, NULL));
    cr_assert_eq(memory_region_size(&mr), 3 * PAGE);
    host[2 * PAGE] = 5;
    memory_set_dirty(memory_region_get_ram_addr(&mr), 3 * PAGE);
    uint64_t hash = memory_ram_hash(false);
    cr_assert(memory_region_ram_resize(&mr, 100, NULL));
    cr_assert_eq(memory_region_size(&mr), 100);
    cr_assert_eq(memory_ram_hash(false), memory_ram_hash(true));
    cr_assert(memory_region_ram_resize(&mr, 3 * PAGE, NULL));
    cr_assert_eq(host[2 * PAGE], 0);
    cr_assert_neq(memory_ram_hash(false), hash);
    cr_assert_not(memory_region_ram_resize(&mr, 5 * PAGE, NULL));
    cr_assert_not(memory_region_ram_resize(&mr, 0, NULL));
    cr_assert_eq(memory_region_size(&mr), 3 * PAGE);
}

Test(memory_ram, ordinary_ram_does_not_resize)
{
    Error *err = NULL;
    MemoryRegion *mr = ram_new("ram", PAGE);
    cr_assert_not(memory_region_ram_resize(mr, 2 * PAGE, &err));
    cr_assert_str_eq(error_get_pretty(err), "memory 'ram' of 0x1000 bytes cannot become 0x2000");
}

/* --- save and load ---------------------------------------------------------------------------- */

static void scribble(MemoryRegion *mr, uint64_t seed)
{
    for (uint64_t at = 0; at < memory_region_size(mr); at += 1 + (seed >> 40) % 9000) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        bytes_of(mr)[at] = seed >> 33;
    }
    memory_set_dirty(memory_region_get_ram_addr(mr), memory_region_size(mr));
}

Test(memory_ram, save_then_load_restores_every_byte)
{
    MemoryRegion *ram = ram_new("ram", 64 * PAGE), *rom = ram_new("rom", 3 * PAGE);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    size_t used;
    scribble(ram, 1);
    scribble(rom, 2);
    uint64_t hash = memory_ram_hash(false);
    ram_save(saved);
    scribble(ram, 3);
    scribble(rom, 4);
    cr_assert_neq(memory_ram_hash(false), hash);
    cr_assert(ram_load(saved->data, saved->len, &used, NULL));
    cr_assert_eq(used, saved->len);
    cr_assert_eq(memory_ram_hash(false), hash);
    cr_assert_eq(memory_ram_hash(true), hash);
}

Test(memory_ram, zero_pages_take_no_room)
{
    MemoryRegion *ram = ram_new("ram", 16 * MIB);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    size_t used;
    bytes_of(ram)[5 * PAGE] = 1;
    ram_save(saved);
    cr_assert_lt(saved->len, 2 * PAGE);
    bytes_of(ram)[9 * PAGE] = 1;
    cr_assert(ram_load(saved->data, saved->len, &used, NULL));
    cr_assert_eq(bytes_of(ram)[9 * PAGE], 0);
    cr_assert_eq(bytes_of(ram)[5 * PAGE], 1);
}

static void count_hook(void *opaque, G_GNUC_UNUSED ram_addr addr, uint64_t len)
{
    *(uint64_t *)opaque += len;
}

Test(memory_ram, loading_drops_what_the_cpu_made_of_the_old_contents)
{
    MemoryRegion *ram = ram_new("ram", 8 * PAGE);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    uint64_t dropped = 0;
    size_t used;
    ram_save(saved);
    memory_set_code_hook(count_hook, &dropped);
    memory_protect_code(memory_region_get_ram_addr(ram) + 3 * PAGE);
    cr_assert(ram_load(saved->data, saved->len, &used, NULL));
    cr_assert_eq(dropped, PAGE);
}

Test(memory_ram, a_resized_block_loads_with_its_size)
{
    static MemoryRegion mr;
    g_autoptr(GByteArray) saved = g_byte_array_new();
    size_t used;
    cr_assert(memory_region_init_resizeable_ram(&mr, NULL, "tables", PAGE, 4 * PAGE, NULL));
    cr_assert(memory_region_ram_resize(&mr, 2 * PAGE, NULL));
    bytes_of(&mr)[PAGE] = 7;
    ram_save(saved);
    cr_assert(memory_region_ram_resize(&mr, PAGE, NULL));
    cr_assert(ram_load(saved->data, saved->len, &used, NULL));
    cr_assert_eq(memory_region_size(&mr), 2 * PAGE);
    cr_assert_eq(bytes_of(&mr)[PAGE], 7);
}

Test(memory_ram, truncated_and_scrambled_streams_are_refused_and_survived)
{
    MemoryRegion *ram = ram_new("ram", 8 * PAGE);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    size_t used;
    scribble(ram, 9);
    ram_save(saved);
    for (size_t length = 0; length < saved->len; length += 1 + length / 16) {
        Error *err = NULL;
        g_autofree uint8_t *copy = g_memdup2(saved->data, length); /* ASan sees reads beyond */
        cr_assert_not(ram_load(copy, length, &used, &err));
        cr_assert_not_null(err);
        error_free(err);
    }
    for (size_t at = 0; at < 60; at++) {
        g_autofree uint8_t *copy = g_memdup2(saved->data, saved->len);
        copy[at] ^= 0x81;
        ram_load(copy, saved->len, &used, NULL); /* may do, if a data byte was hit */
    }
}

static void assert_refused(GByteArray *saved, const char *message)
{
    Error *err = NULL;
    size_t used;
    cr_assert_not(ram_load(saved->data, saved->len, &used, &err));
    cr_assert_str_eq(error_get_pretty(err), message);
    error_free(err);
}

Test(memory_ram, a_stream_of_another_machine_is_refused_by_block)
{
    g_autoptr(GByteArray) saved = g_byte_array_new();
    MemoryRegion *ram = ram_new("ram", 8 * PAGE);
    ram_save(saved);
    ram_drop(ram);
    ram = ram_new("ram", 4 * PAGE);
    assert_refused(saved, "RAM block 'ram' has 0x4000 bytes, the stream 0x8000");
    ram_drop(ram);
    ram = ram_new("other", 8 * PAGE);
    assert_refused(saved, "the stream has RAM block 'ram', which this machine has not");
    ram_new("ram", 8 * PAGE);
    assert_refused(saved, "the stream has 1 RAM blocks, this machine 2");
}

/* --- system RAM as the user asked ------------------------------------------------------------- */

Test(memory_ram, system_ram_without_wishes_is_one_anonymous_migratable_block)
{
    static MemoryRegion mr;
    Object *machine = object_new("container");
    cr_assert(memory_region_allocate_system_memory(&mr, machine, "ppc_core99.ram", 4 * MIB, NULL));
    RAMBlock *block = ram_block_by_name("ppc_core99.ram");
    cr_assert_eq(block->mr, &mr);
    cr_assert_eq(block->fd, -1);
    cr_assert(block->migratable);
    cr_assert_not(block->prealloc);
}

Test(memory_ram, mem_prealloc_touches_anonymous_ram)
{
    static MemoryRegion mr;
    ram_config()->prealloc = true;
    cr_assert(memory_region_allocate_system_memory(&mr, NULL, "ram", 4 * MIB, NULL));
    cr_assert(mr.ram_block->prealloc);
}

Test(memory_ram, ram_info_has_one_line_a_block)
{
    GString *out = g_string_new(NULL);
    ram_new("ram", 64 * KIB);
    ram_info(out);
    cr_assert_str_eq(out->str, "ram                      ram_addr 0x00000000 size 0x00010000 "
                               "max 0x00010000 page 0x1000\n");
}
