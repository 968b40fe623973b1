/* SPDX-License-Identifier: MIT */
/* Accesses: sizes, alignment, byte order, what nothing answers, reentrancy, peek, poke and map. */
#include "memory/memory.h"
#include "util/log.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>

/* --- a device that writes down what it is asked ----------------------------------------------- */

typedef struct Recorder {
    MemoryRegion root, mr;
    MemoryRegionOps ops;
    AddressSpace *as;
    GString *calls;
    uint8_t bytes[64]; /* what it returns, in memory order of a big-endian device */
    bool in_io;
    bool reenter;
} Recorder;

static uint64_t recorder_read(void *opaque, hwaddr offset, unsigned size)
{
    Recorder *r = opaque;
    uint64_t value = 0;
    g_string_append_printf(r->calls, "r%u@%x ", size, (unsigned)offset);
    for (unsigned i = 0; i < size; i++) {
        unsigned place = r->ops.endianness == DEVICE_BIG_ENDIAN ? i : size - 1 - i;
        value = value << 8 | r->bytes[(offset + place) % sizeof(r->bytes)];
    }
    if (r->reenter) {
        uint64_t inner;
        cr_assert_eq(address_space_load(r->as, 0x1000, 4, &inner), MEMTX_ERROR);
        cr_assert_eq(inner, 0);
    }
    return value;
}

static void recorder_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Recorder *r = opaque;
    g_string_append_printf(r->calls, "w%u@%x=%" G_GINT64_MODIFIER "x ", size, (unsigned)offset,
                           value);
}

static Recorder *recorder_new(MemoryRegionOps ops)
{
    Recorder *r = g_new0(Recorder, 1);
    r->ops = ops;
    r->ops.read = recorder_read;
    r->ops.write = recorder_write;
    r->calls = g_string_new(NULL);
    for (unsigned i = 0; i < sizeof(r->bytes); i++) {
        r->bytes[i] = 0x10 + i;
    }
    memory_region_init(&r->root, NULL, "root", 0x10000);
    memory_region_init_io(&r->mr, NULL, &r->ops, r, "recorder", 0x40);
    memory_region_add_subregion(&r->root, 0x1000, &r->mr);
    r->as = address_space_new(&r->root, "test");
    return r;
}

static uint64_t load(Recorder *r, hwaddr addr, unsigned size)
{
    uint64_t value;
    g_string_truncate(r->calls, 0);
    cr_assert_eq(address_space_load(r->as, addr, size, &value), MEMTX_OK);
    return value;
}

static const char *store(Recorder *r, hwaddr addr, unsigned size, uint64_t value)
{
    g_string_truncate(r->calls, 0);
    cr_assert_eq(address_space_store(r->as, addr, size, value), MEMTX_OK);
    return r->calls->str;
}

/* --- byte order ------------------------------------------------------------------------------- */

Test(memory_access, a_big_endian_device_sees_the_value_as_it_is)
{
    Recorder *r = recorder_new((MemoryRegionOps){.endianness = DEVICE_BIG_ENDIAN});
    cr_assert_eq(load(r, 0x1004, 4), 0x14151617);
    cr_assert_str_eq(r->calls->str, "r4@4 ");
    cr_assert_str_eq(store(r, 0x1004, 2, 0x1234), "w2@4=1234 ");
    cr_assert_str_eq(store(r, 0x1003, 1, 0xab), "w1@3=ab ");
}

Test(memory_access, a_little_endian_device_sees_the_value_swapped)
{
    Recorder *r = recorder_new((MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN});
    cr_assert_eq(load(r, 0x1004, 4), 0x14151617);
    cr_assert_str_eq(store(r, 0x1004, 4, 0x12345678), "w4@4=78563412 ");
    cr_assert_str_eq(store(r, 0x1004, 2, 0x1234), "w2@4=3412 ");
    cr_assert_str_eq(store(r, 0x1005, 1, 0x12), "w1@5=12 ");
}

/* --- sizes ------------------------------------------------------------------------------------ */

Test(memory_access, eight_bytes_are_split_by_rising_address_for_callbacks_of_four)
{
    Recorder *r = recorder_new((MemoryRegionOps){.endianness = DEVICE_BIG_ENDIAN});
    cr_assert_eq(load(r, 0x1008, 8), 0x18191a1b1c1d1e1f);
    cr_assert_str_eq(r->calls->str, "r4@8 r4@c ");
    cr_assert_str_eq(store(r, 0x1008, 8, 0x0102030405060708), "w4@8=1020304 w4@c=5060708 ");
    Recorder *le = recorder_new((MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN});
    cr_assert_eq(load(le, 0x1008, 8), 0x18191a1b1c1d1e1f);
    cr_assert_str_eq(store(le, 0x1008, 8, 0x0102030405060708), "w4@8=4030201 w4@c=8070605 ");
}

Test(memory_access, eight_bytes_go_whole_to_callbacks_of_eight)
{
    Recorder *r = recorder_new((MemoryRegionOps){.impl = {1, 8}});
    cr_assert_eq(load(r, 0x1008, 8), 0x18191a1b1c1d1e1f);
    cr_assert_str_eq(r->calls->str, "r8@8 ");
}

Test(memory_access, words_are_split_for_byte_callbacks)
{
    Recorder *r = recorder_new(
        (MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN, .impl = {1, 1}});
    cr_assert_eq(load(r, 0x1000, 4), 0x10111213);
    cr_assert_str_eq(r->calls->str, "r1@0 r1@1 r1@2 r1@3 ");
    cr_assert_str_eq(store(r, 0x1000, 4, 0xaabbccdd), "w1@0=aa w1@1=bb w1@2=cc w1@3=dd ");
}

Test(memory_access, a_narrow_read_takes_its_lane_of_the_wide_one)
{
    Recorder *r = recorder_new((MemoryRegionOps){.impl = {4, 4}});
    cr_assert_eq(load(r, 0x1005, 1), 0x15);
    cr_assert_str_eq(r->calls->str, "r4@4 ");
    cr_assert_eq(load(r, 0x1006, 2), 0x1617);
    Recorder *le = recorder_new(
        (MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN, .impl = {4, 4}});
    cr_assert_eq(load(le, 0x1005, 1), 0x15);
    cr_assert_eq(load(le, 0x1006, 2), 0x1617);
}

Test(memory_access, a_narrow_write_sits_in_its_lane_of_the_wide_one)
{
    Recorder *r = recorder_new((MemoryRegionOps){.impl = {4, 4}});
    cr_assert_str_eq(store(r, 0x1005, 1, 0xee), "w4@4=ee0000 ");
    Recorder *le = recorder_new(
        (MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN, .impl = {4, 4}});
    cr_assert_str_eq(store(le, 0x1005, 1, 0xee), "w4@4=ee00 ");
}

Test(memory_access, an_unaligned_cycle_becomes_aligned_ones)
{
    Recorder *r = recorder_new((MemoryRegionOps){.endianness = DEVICE_LITTLE_ENDIAN});
    cr_assert_eq(load(r, 0x1001, 4), 0x11121314);
    cr_assert_str_eq(r->calls->str, "r1@1 r2@2 r1@4 ");
    cr_assert_str_eq(store(r, 0x1002, 4, 0x11223344), "w2@2=2211 w2@4=4433 ");
}

Test(memory_access, an_unaligned_cycle_passes_where_the_device_takes_it)
{
    Recorder *r = recorder_new((MemoryRegionOps){.valid = {.unaligned = true}});
    cr_assert_eq(load(r, 0x1001, 4), 0x11121314);
    cr_assert_str_eq(r->calls->str, "r4@1 ");
    Recorder *wide = recorder_new((MemoryRegionOps){.valid = {.unaligned = true}, .impl = {4, 4}});
    cr_assert_eq(load(wide, 0x1003, 2), 0x1314);
    cr_assert_str_eq(wide->calls->str, "r4@0 r4@4 ");
    cr_assert_str_eq(store(wide, 0x1003, 2, 0x5566), "w4@0=55 w4@4=66000000 ");
}

Test(memory_access, a_size_the_device_refuses_reads_0_and_never_reaches_it)
{
    Recorder *r = recorder_new(
        (MemoryRegionOps){.valid = {.min_access_size = 4, .max_access_size = 4}});
    uint64_t value = 99;
    cr_assert_eq(address_space_load(r->as, 0x1000, 1, &value), MEMTX_ERROR);
    cr_assert_eq(value, 0);
    cr_assert_eq(address_space_load(r->as, 0x1000, 8, &value), MEMTX_ERROR);
    cr_assert_eq(address_space_store(r->as, 0x1000, 2, 1), MEMTX_ERROR);
    cr_assert_str_eq(r->calls->str, "");
    cr_assert_eq(load(r, 0x1000, 4), 0x10111213);
}

Test(memory_access, an_unaligned_word_of_a_word_only_device_is_refused_in_its_parts)
{
    Recorder *r = recorder_new(
        (MemoryRegionOps){.valid = {.min_access_size = 4, .max_access_size = 4}});
    uint64_t value;
    cr_assert_eq(address_space_load(r->as, 0x1002, 4, &value), MEMTX_ERROR);
    cr_assert_eq(value, 0);
    cr_assert_str_eq(r->calls->str, "");
}

Test(memory_access, a_move_uses_the_widest_aligned_cycles_of_the_device)
{
    Recorder *r = recorder_new((MemoryRegionOps){.valid = {1, 4, false}});
    uint8_t bytes[11];
    cr_assert_eq(address_space_read(r->as, 0x1001, bytes, 11), MEMTX_OK);
    cr_assert_str_eq(r->calls->str, "r1@1 r2@2 r4@4 r4@8 ");
    cr_assert_arr_eq(bytes, r->bytes + 1, 11);
    g_string_truncate(r->calls, 0);
    cr_assert_eq(address_space_write(r->as, 0x1004, bytes, 3), MEMTX_OK);
    cr_assert_str_eq(r->calls->str, "w2@4=1112 w1@6=13 ");
}

Test(memory_access, every_size_and_place_reads_the_same_bytes)
{
    static const unsigned limits[][2] = {{1, 1}, {1, 2}, {1, 4}, {1, 8}, {2, 2}, {4, 4}, {8, 8}};
    for (unsigned i = 0; i < 4 * G_N_ELEMENTS(limits); i++) {
        Recorder *r = recorder_new(
            (MemoryRegionOps){.endianness = i & 1 ? DEVICE_LITTLE_ENDIAN : DEVICE_BIG_ENDIAN,
                              .valid = {.unaligned = i & 2},
                              .impl = {limits[i / 4][0], limits[i / 4][1]}});
        for (hwaddr at = 0; at < 0x30; at++) {
            for (unsigned size = 1; size <= 8; size *= 2) {
                uint64_t expected = 0;
                for (unsigned k = 0; k < size; k++) {
                    expected = expected << 8 | r->bytes[at + k];
                }
                cr_assert_eq(load(r, 0x1000 + at, size), expected);
            }
        }
    }
}

Test(memory_access, reads_of_write_only_registers_are_refused)
{
    static MemoryRegion root, mr;
    static const MemoryRegionOps ops = {.write = recorder_write};
    uint64_t value;
    memory_region_init(&root, NULL, "root", 0x1000);
    memory_region_init_io(&mr, NULL, &ops, NULL, "wo", 4);
    memory_region_add_subregion(&root, 0, &mr);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(address_space_load(as, 0, 4, &value), MEMTX_ERROR);
    cr_assert_eq(value, 0);
}

/* --- nothing there ---------------------------------------------------------------------------- */

static char *log_of(void (*fn)(void *opaque), void *opaque)
{
    char *text = NULL;
    g_autofree char *path = g_strdup_printf("%s/core99-test-%d.log", g_get_tmp_dir(), getpid());
    cr_assert(log_set_items("guest_errors,unimp", NULL));
    cr_assert(log_open(path, NULL));
    fn(opaque);
    log_close();
    cr_assert(log_set_items("none", NULL));
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    return text;
}

static unsigned count_lines(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *p = text; (p = strstr(p, word)); p++) {
        count++;
    }
    return count;
}

static void touch_nothing(void *opaque)
{
    Recorder *r = opaque;
    uint64_t value = 7;
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(address_space_load(r->as, 0x2000, 4, &value), MEMTX_DECODE_ERROR);
        cr_assert_eq(value, 0);
    }
    cr_assert_eq(address_space_store(r->as, 0x3000, 4, 1), MEMTX_DECODE_ERROR);
    cr_assert_eq(address_space_load(r->as, 0x12345678, 1, &value), MEMTX_DECODE_ERROR);
}

Test(memory_access, nothing_reads_as_0_and_is_logged_once_an_address)
{
    g_autofree char *text = log_of(touch_nothing, recorder_new((MemoryRegionOps){0}));
    cr_assert_eq(count_lines(text, "read of 4 bytes at 0x00002000: nothing answers"), 2, "%s",
                 text);
    cr_assert_eq(count_lines(text, "there (repeated 4 times)"), 1);
    cr_assert_eq(count_lines(text, "write of 4 bytes at 0x00003000: nothing answers"), 1);
    cr_assert_eq(count_lines(text, "0x12345678"), 1);
}

static void touch_reserved(void *opaque)
{
    static MemoryRegion reserved;
    Recorder *r = opaque;
    uint64_t value = 7;
    memory_region_init_reservation(&reserved, NULL, "kernel-irqchip", 0x100);
    memory_region_add_subregion(&r->root, 0x4000, &reserved);
    cr_assert_eq(address_space_load(r->as, 0x4010, 4, &value), MEMTX_DECODE_ERROR);
    cr_assert_eq(value, 0);
    cr_assert_eq(address_space_write(r->as, 0x4021, "abcdefg", 7), MEMTX_DECODE_ERROR);
}

Test(memory_access, a_reservation_is_logged_by_name)
{
    g_autofree char *text = log_of(touch_reserved, recorder_new((MemoryRegionOps){0}));
    cr_assert(strstr(text, "kernel-irqchip: 4-byte read at 0x10 of a reserved range"), "%s", text);
    cr_assert(strstr(text, "kernel-irqchip: 4-byte write at 0x24"), "%s", text);
}

static void touch_edge(void *opaque)
{
    Recorder *r = opaque;
    uint64_t value;
    cr_assert_eq(address_space_load(r->as, 0x103e, 4, &value), MEMTX_DECODE_ERROR);
    cr_assert_eq(value, 0x4e4f0000);
    cr_assert_str_eq(r->calls->str, "r2@3e ");
    cr_assert_eq(address_space_store(r->as, 0x103e, 4, 0x11223344), MEMTX_DECODE_ERROR);
    cr_assert_str_eq(r->calls->str, "r2@3e w2@3e=1122 ");
}

Test(memory_access, a_cycle_across_the_end_of_a_device_is_split_there)
{
    g_autofree char *text = log_of(touch_edge, recorder_new((MemoryRegionOps){0}));
    cr_assert(strstr(text, "0x00001040"), "%s", text);
}

/* --- reentrancy ------------------------------------------------------------------------------- */

static void touch_itself(void *opaque)
{
    Recorder *r = opaque;
    memory_region_set_reentrancy_guard(&r->mr, &r->in_io);
    r->reenter = true;
    cr_assert_eq(load(r, 0x1000, 4), 0x10111213);
    cr_assert_str_eq(r->calls->str, "r4@0 ");
    cr_assert_not(r->in_io);
    cr_assert_eq(load(r, 0x1004, 4), 0x14151617);
}

Test(memory_access, a_device_that_reaches_its_own_registers_is_refused_and_logged)
{
    g_autofree char *text = log_of(touch_itself, recorder_new((MemoryRegionOps){0}));
    cr_assert(strstr(text, "recorder: access to offset 0"), "%s", text);
}

/* A register that unmaps the device it belongs to. */
static void unmap_write(void *opaque, G_GNUC_UNUSED hwaddr offset, G_GNUC_UNUSED uint64_t value,
                        G_GNUC_UNUSED unsigned size)
{
    MemoryRegion *mr = opaque;
    if (memory_region_is_mapped(mr)) {
        memory_region_del_subregion(mr->container, mr);
    }
}

Test(memory_access, a_device_may_unmap_itself_in_the_middle_of_a_move)
{
    static MemoryRegion root, mr;
    static bool guard;
    static const MemoryRegionOps ops = {.write = unmap_write};
    uint8_t bytes[64] = {0};
    memory_region_init(&root, NULL, "root", 0x1000);
    memory_region_init_io(&mr, NULL, &ops, &mr, "bar", 0x40);
    memory_region_set_reentrancy_guard(&mr, &guard);
    memory_region_add_subregion(&root, 0, &mr);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(address_space_write(as, 0, bytes, sizeof(bytes)), MEMTX_OK);
    cr_assert_not(memory_region_is_mapped(&mr));
    cr_assert_not(guard);
    cr_assert_eq(address_space_store(as, 0, 4, 1), MEMTX_DECODE_ERROR);
}

/* --- RAM and ROM ------------------------------------------------------------------------------ */

typedef struct Memories {
    MemoryRegion root, ram, rom, romd, more;
    AddressSpace *as;
    Recorder *recorder;
} Memories;

/* RAM 0-0xffff, ROM 0x10000-0x10fff, ROM device 0x11000-0x11fff, RAM of another block 0x12000. */
static Memories *memories_new(void)
{
    Memories *m = g_new0(Memories, 1);
    m->recorder = recorder_new((MemoryRegionOps){0});
    memory_region_init(&m->root, NULL, "root", UINT64_MAX);
    cr_assert(memory_region_init_ram(&m->ram, NULL, "ram", 0x10000, NULL));
    cr_assert(memory_region_init_rom(&m->rom, NULL, "rom", 0x1000, NULL));
    cr_assert(memory_region_init_rom_device(&m->romd, NULL, &m->recorder->ops, m->recorder, "romd",
                                            0x1000, NULL));
    cr_assert(memory_region_init_ram(&m->more, NULL, "more", 0x1000, NULL));
    memory_region_add_subregion(&m->root, 0, &m->ram);
    memory_region_add_subregion(&m->root, 0x10000, &m->rom);
    memory_region_add_subregion(&m->root, 0x11000, &m->romd);
    memory_region_add_subregion(&m->root, 0x12000, &m->more);
    m->as = address_space_new(&m->root, "test");
    return m;
}

Test(memory_access, ram_holds_values_in_big_endian_order_at_any_alignment)
{
    Memories *m = memories_new();
    uint8_t *host = memory_region_get_ram_ptr(&m->ram);
    uint64_t value;
    cr_assert_eq(address_space_store(m->as, 0x101, 4, 0x11223344), MEMTX_OK);
    cr_assert_eq(host[0x101], 0x11);
    cr_assert_eq(host[0x104], 0x44);
    cr_assert_eq(address_space_load(m->as, 0x102, 2, &value), MEMTX_OK);
    cr_assert_eq(value, 0x2233);
    cr_assert_eq(address_space_store(m->as, 0x108, 8, 0x0102030405060708), MEMTX_OK);
    cr_assert_eq(address_space_load(m->as, 0x10f, 1, &value), MEMTX_OK);
    cr_assert_eq(value, 8);
}

Test(memory_access, a_cycle_across_two_blocks_reaches_both)
{
    Memories *m = memories_new();
    uint64_t value;
    memory_region_set_address(&m->more, 0x20000);
    memory_region_del_subregion(&m->root, &m->rom);
    memory_region_set_address(&m->more, 0x10000);
    cr_assert_eq(address_space_store(m->as, 0xfffe, 4, 0xa1b2c3d4), MEMTX_OK);
    cr_assert_eq(((uint8_t *)memory_region_get_ram_ptr(&m->more))[1], 0xd4);
    cr_assert_eq(address_space_load(m->as, 0xfffe, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 0xa1b2c3d4);
}

Test(memory_access, rom_ignores_every_write_but_poke)
{
    Memories *m = memories_new();
    uint64_t value;
    cr_assert_eq(address_space_store(m->as, 0x10000, 4, 1), MEMTX_OK);
    cr_assert_eq(address_space_write(m->as, 0x10000, "abcd", 4), MEMTX_OK);
    cr_assert_eq(address_space_load(m->as, 0x10000, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 0);
    cr_assert(address_space_poke(m->as, 0x10000, "abcd", 4));
    cr_assert_eq(address_space_load(m->as, 0x10000, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 0x61626364);
}

Test(memory_access, a_rom_device_reads_ram_in_romd_mode_and_always_writes_to_its_device)
{
    Memories *m = memories_new();
    uint64_t value;
    cr_assert(address_space_poke(m->as, 0x11000, "abcd", 4));
    cr_assert_eq(address_space_load(m->as, 0x11000, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 0x61626364);
    cr_assert_eq(address_space_store(m->as, 0x11000, 4, 5), MEMTX_OK);
    cr_assert_str_eq(m->recorder->calls->str, "w4@0=5 ");
    memory_region_rom_device_set_romd(&m->romd, false);
    cr_assert_eq(address_space_load(m->as, 0x11000, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 0x10111213);
    cr_assert_null(address_space_translate(m->as, 0x11000).host);
}

Test(memory_access, a_move_crosses_ram_rom_and_devices)
{
    Memories *m = memories_new();
    uint8_t bytes[0x3000];
    memset(bytes, 0x5a, sizeof(bytes));
    cr_assert_eq(address_space_write(m->as, 0xf800, bytes, 0x800), MEMTX_OK);
    cr_assert_eq(address_space_read(m->as, 0xfff0, bytes, 0x20), MEMTX_OK);
    cr_assert_eq(bytes[0xf], 0x5a);
    cr_assert_eq(bytes[0x10], 0);
    cr_assert_eq(address_space_read(m->as, 0x12ff8, bytes, 0x10), MEMTX_DECODE_ERROR);
}

Test(memory_access, peek_and_poke_refuse_devices_and_touch_nothing)
{
    Memories *m = memories_new();
    uint8_t bytes[8] = "xxxxxxx";
    memory_region_add_subregion(&m->root, 0x20000, &m->recorder->root);
    cr_assert_not(address_space_peek(m->as, 0x21000, bytes, 4));
    cr_assert_not(address_space_poke(m->as, 0x21000, bytes, 4));
    cr_assert_not(address_space_peek(m->as, 0x12ffc, bytes, 8));
    cr_assert_not(address_space_poke(m->as, 0x12ffc, bytes, 8));
    cr_assert_str_eq(m->recorder->calls->str, "");
    cr_assert_eq(((uint8_t *)memory_region_get_ram_ptr(&m->more))[0xffc], 0);
    cr_assert(address_space_poke(m->as, 0xfffc, "12345678", 8)); /* RAM, then ROM */
    cr_assert(address_space_peek(m->as, 0xfffc, bytes, 8));
    cr_assert_arr_eq(bytes, "12345678", 8);
}

Test(memory_access, map_gives_ram_only_and_at_most_to_the_end_of_its_section)
{
    Memories *m = memories_new();
    uint64_t len = 0x100000;
    uint8_t *ram = memory_region_get_ram_ptr(&m->ram);
    cr_assert_eq(address_space_map(m->as, 0xff00, &len, true), ram + 0xff00);
    cr_assert_eq(len, 0x100);
    address_space_unmap(m->as, ram + 0xff00, len, true);
    len = 0x10;
    cr_assert_eq(address_space_map(m->as, 0x20, &len, false), ram + 0x20);
    cr_assert_eq(len, 0x10);
    address_space_unmap(m->as, ram + 0x20, len, false);
    len = 4;
    cr_assert_null(address_space_map(m->as, 0x10000, &len, true)); /* ROM */
    cr_assert_eq(len, 0);
    len = 4;
    cr_assert_not_null(address_space_map(m->as, 0x10000, &len, false));
    len = 4;
    cr_assert_null(address_space_map(m->as, 0x40000, &len, false));
}

Test(memory_access, map_keeps_the_owner_until_unmap)
{
    static MemoryRegion root, ram;
    Object *device = object_new("container");
    uint64_t len = 8;
    memory_region_init(&root, NULL, "root", 0x1000);
    cr_assert(memory_region_init_ram(&ram, device, "ram", 0x1000, NULL));
    memory_region_add_subregion(&root, 0, &ram);
    AddressSpace *as = address_space_new(&root, "test");
    uint8_t *bytes = address_space_map(as, 0, &len, true);
    memory_region_del_subregion(&root, &ram);
    object_unref(device);
    bytes[0] = 1; /* would be unmapped memory */
    address_space_unmap(as, bytes, 8, true);
    uint64_t offset;
    cr_assert_null(memory_region_from_host(bytes, &offset));
}

Test(memory_access, from_host_and_ram_addr_name_the_place)
{
    Memories *m = memories_new();
    uint64_t offset;
    uint8_t *more = memory_region_get_ram_ptr(&m->more);
    cr_assert_eq(memory_region_from_host(more + 0x123, &offset), &m->more);
    cr_assert_eq(offset, 0x123);
    cr_assert_eq(address_space_translate(m->as, 0x12010).ram_addr,
                 memory_region_get_ram_addr(&m->more) + 0x10);
    cr_assert_null(memory_region_from_host(&offset, &offset));
}

Test(memory_access, the_system_space_is_made_on_first_use)
{
    static MemoryRegion ram;
    uint64_t value;
    AddressSpace *as = address_space_memory();
    cr_assert_eq(address_space_root(as), get_system_memory());
    cr_assert(memory_region_init_ram(&ram, NULL, "ram", 0x10000, NULL));
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    cr_assert_eq(address_space_store(as, 4, 4, 77), MEMTX_OK);
    cr_assert_eq(address_space_load(as, 4, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 77);
}
