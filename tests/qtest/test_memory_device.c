/* SPDX-License-Identifier: MIT */
/*
 * Memory devices on the board: where they go, what the guest is told, each refusal.
 * Covers: hw/mem/pc_dimm.c, hw/mem/nvdimm.c, hw/core/memory_device.c, hw/ppc/memory_nodes.c.
 */
#include "hw/core/memory_device.h"
#include "hw/nvram/fw_cfg.h"
#include "memory/ram.h"
#include "tests/qtest/board.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define PERSISTENT UINT64_C(0x90000000)
enum { FWCFG_SELECTOR = (int)0xf0000510, FWCFG_DATA = (int)0xf0000512 };
enum { NVRAM = (int)0xfff04000 };

static MachineState *board;

static void new_board(const char *memory)
{
    board = board_new("cuda");
    cr_assert(machine_parse_memory(board, memory, &error_abort));
}

static void object(const char *text)
{
    cr_assert_not_null(user_creatable_add_from_str(text, &error_abort));
}

static void device(const char *text) { g_ptr_array_add(board->config.devices, g_strdup(text)); }

static void expect_refused(const char *text, const char *message)
{
    Error *err = NULL;
    device(text);
    cr_assert_not(machine_init(board, &err));
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    cr_assert_null(strchr(error_get_pretty(err), '\n'));
    error_free(err);
}

static uint64_t told_ram(void)
{
    uint64_t value = 0;
    qtest_writew((uint32_t)FWCFG_SELECTOR, FW_CFG_RAM_SIZE);
    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)qtest_readb((uint32_t)FWCFG_DATA) << 8 * i;
    }
    return value;
}

/* All variables, one a line. */
static char *nvram_text(void)
{
    GString *out = g_string_new(NULL);
    for (unsigned i = 16; i < 0x1000; i++) {
        uint8_t byte = qtest_readb((uint32_t)NVRAM + 2 * i);
        g_string_append_c(out, byte ? (char)byte : '\n');
    }
    return g_string_free(out, false);
}

static void add_two_dimms(void)
{
    new_board("128,slots=4,maxmem=1G");
    object("memory-backend-ram,id=m0,size=64M");
    object("memory-backend-ram,id=m1,size=32M");
    device("pc-dimm,id=d0,memdev=m0");
    device("pc-dimm,memdev=m1,slot=3");
    board_build(board);
}

/* --- DIMMs -------------------------------------------------------------------------------------------- */

Test(memory_device, dimms_lie_behind_ram_and_count_in_it)
{
    add_two_dimms();
    qtest_writel(128 * MIB, 0x11111111);
    qtest_writel(224 * MIB - 4, 0x22222222);
    cr_assert_eq(qtest_readl(128 * MIB), 0x11111111);
    cr_assert_eq(qtest_readl(224 * MIB - 4), 0x22222222);
    cr_assert_null(address_space_translate(address_space_memory(), 224 * MIB).mr);
    cr_assert_eq(told_ram(), 224 * MIB);
    cr_assert_eq(machine_ram_size(board), 224 * MIB);
    cr_assert_eq(machine_plugged_ram(board, 0), 96 * MIB);
    cr_assert_eq(machine_plugged_ram(board, 1), 0);
}

Test(memory_device, info_shows_them_as_qemu_does)
{
    g_autoptr(GString) out = g_string_new(NULL);
    add_two_dimms();
    machine_info_memory_devices(board, out);
    cr_assert_str_eq(out->str, "Memory device [dimm]: \"d0\"\n  addr: 0x8000000\n  slot: 0\n"
                               "  node: 0\n  size: 67108864\n  memdev: m0\n"
                               "  hotplugged: false\n  hotpluggable: false\n"
                               "Memory device [dimm]: \"\"\n  addr: 0xc000000\n  slot: 3\n"
                               "  node: 0\n  size: 33554432\n  memdev: m1\n"
                               "  hotplugged: false\n  hotpluggable: false\n");
}

Test(memory_device, their_contents_are_state)
{
    add_two_dimms();
    g_autoptr(GByteArray) saved = g_byte_array_new();
    uint64_t before = machine_hash(board);
    machine_save(board, saved);
    qtest_writel(200 * MIB, 1);
    cr_assert_neq(machine_hash(board), before);
    cr_assert(machine_load(board, saved->data, saved->len, &error_abort));
    cr_assert_eq(qtest_readl(200 * MIB), 0);
    cr_assert_eq(machine_hash(board), before);
}

Test(memory_device, the_device_tree_gets_a_node_for_each)
{
    add_two_dimms();
    g_autofree char *text = nvram_text();
    cr_assert(strstr(text, "use-nvramrc?=true\n"), "%s", text);
    cr_assert(strstr(text, "\" dimm\" device-name 8000000 encode-int 4000000 encode-int"), "%s",
              text);
    cr_assert(strstr(text, "\" d0\" encode-string \" label\" property"), "%s", text);
    cr_assert(strstr(text, "\" dimm\" device-name c000000 encode-int 2000000 encode-int"), "%s",
              text);
}

Test(memory_device, without_any_nvram_is_as_it_was)
{
    new_board("128,slots=4,maxmem=1G");
    board_build(board);
    g_autofree char *text = nvram_text();
    cr_assert_null(strstr(text, "nvramrc"), "%s", text);
    cr_assert_eq(told_ram(), 128 * MIB);
}

Test(memory_device, the_users_nvramrc_runs_behind_ours)
{
    new_board("128,slots=1,maxmem=1G");
    object("memory-backend-ram,id=m0,size=1M");
    device("pc-dimm,memdev=m0");
    g_ptr_array_add(board->config.prom_env, g_strdup("use-nvramrc?=true"));
    g_ptr_array_add(board->config.prom_env, g_strdup("nvramrc=.\" mine\""));
    g_ptr_array_add(board->config.prom_env, g_strdup("boot-args=-v"));
    board_build(board);
    g_autofree char *text = nvram_text();
    const char *ours = strstr(text, "device-end"), *mine = strstr(text, ".\" mine\"");
    cr_assert(ours && mine && ours < mine, "%s", text);
    cr_assert(strstr(text, "boot-args=-v\n"));
}

/* What one machine has is no business of the next one, which gets the same NVRAM. */
Test(memory_device, the_nodes_of_a_machine_are_not_stored)
{
    new_board("128,slots=1,maxmem=1G");
    object("memory-backend-ram,id=m0,size=1M");
    device("pc-dimm,memdev=m0");
    g_ptr_array_add(board->config.prom_env, g_strdup("boot-args=-v"));
    board_build(board);
    qtest_readb((uint32_t)NVRAM + 0x3fff);                         /* the firmware is done */
    cr_assert_eq(qtest_readl((uint32_t)NVRAM + 0x20), 0x70fa00fe); /* the variables: */
    cr_assert_eq(qtest_readb((uint32_t)NVRAM + 0x30), 0);          /* none */
}

/* --- nvdimms ------------------------------------------------------------------------------------------- */

Test(memory_device, an_nvdimm_is_no_ram_and_keeps_its_contents_in_the_file)
{
    uint8_t bytes[4] = {0};
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "core99-nvdimm-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    g_autofree char *text = g_strdup_printf("memory-backend-file,id=p,size=2M,share=on,mem-path=%s",
                                            path);
    new_board("128,slots=2,maxmem=1G");
    object(text);
    device("nvdimm,id=nv,memdev=p,label-size=1M,node=0");
    board_build(board);
    qtest_writel(PERSISTENT + 0x1000, 0xfeedface);
    cr_assert_eq(pread(fd, bytes, 4, 0x1000), 4);
    cr_assert_eq(ldl_be_p(bytes), 0xfeedface);
    cr_assert_eq(told_ram(), 128 * MIB);
    cr_assert_null(address_space_translate(address_space_memory(), PERSISTENT + MIB).mr);
    g_autofree char *nvram = nvram_text();
    cr_assert(strstr(nvram, "\" pmem\" device-name 90000000 encode-int 100000 encode-int"));
    cr_assert(strstr(nvram, "\" pmem-region\" encode-string \" compatible\" property"));
    cr_assert_null(strstr(nvram, "volatile"));
    close(fd);
    g_unlink(path);
}

Test(memory_device, an_unarmed_or_private_nvdimm_says_that_it_is_volatile)
{
    new_board("128,slots=2,maxmem=1G");
    object("memory-backend-ram,id=p,size=1M");
    device("nvdimm,memdev=p,unarmed=on");
    board_build(board);
    g_autofree char *nvram = nvram_text();
    cr_assert(strstr(nvram, "0 0 \" volatile\" property"), "%s", nvram);
}

Test(memory_device, a_readonly_nvdimm_drops_stores)
{
    new_board("128,slots=2,maxmem=1G");
    object("memory-backend-ram,id=p,size=1M");
    device("nvdimm,memdev=p,readonly=on");
    board_build(board);
    qtest_writel(PERSISTENT, 1);
    cr_assert_eq(qtest_readl(PERSISTENT), 0);
}

Test(memory_device, nvdimms_take_the_first_room_or_the_address_they_are_given)
{
    new_board("128,slots=3,maxmem=1G");
    object("memory-backend-ram,id=a,size=1M");
    object("memory-backend-ram,id=b,size=2M");
    object("memory-backend-ram,id=c,size=1M");
    device("nvdimm,memdev=a,addr=0x90200000");
    device("nvdimm,memdev=b");
    device("nvdimm,memdev=c");
    board_build(board);
    qtest_writel(PERSISTENT, 1);
    qtest_writel(PERSISTENT + 3 * MIB, 2);
    cr_assert_eq(
        *(uint8_t *)(MEMORY_BACKEND(object_resolve_path_component(object_get_objects_root(), "b"))
                         ->mr.ram_block->host +
                     3),
        1);
    cr_assert_eq(qtest_readl(PERSISTENT + 3 * MIB), 2);
}

/* --- refusals -------------------------------------------------------------------------------------------- */

#define REFUSED(name, memory, make, text, message)                                                 \
    Test(memory_device, name)                                                                      \
    {                                                                                              \
        new_board(memory);                                                                         \
        make;                                                                                      \
        expect_refused(text, message);                                                             \
    }

#define ONE object("memory-backend-ram,id=m,size=1M")
#define BOTH                                                                                       \
    (ONE, device("pc-dimm,id=x,memdev=m,slot=0"), object("memory-backend-ram,id=n,size=1M"))

REFUSED(a_dimm_needs_maxmem, "128", ONE, "pc-dimm,memdev=m", "give -m SIZE,slots=N,maxmem=SIZE")
REFUSED(a_dimm_needs_slots, "128,maxmem=1G", ONE, "pc-dimm,memdev=m", "there are no slots")
REFUSED(a_dimm_needs_a_memdev, "128,slots=1,maxmem=1G", ONE, "pc-dimm", "'memdev' is missing")
REFUSED(a_memdev_must_exist, "128,slots=1,maxmem=1G", ONE, "pc-dimm,memdev=ghost", "ghost")
REFUSED(a_memdev_serves_once, "128,slots=2,maxmem=1G", BOTH, "pc-dimm,memdev=m",
        "'m' is used more than once")
REFUSED(slots_run_out, "128,slots=1,maxmem=1G", BOTH, "pc-dimm,memdev=n", "no free slots")
REFUSED(a_busy_slot_names_its_owner, "128,slots=2,maxmem=1G", BOTH, "pc-dimm,memdev=n,slot=0",
        "slot 0 is busy: 'x' is there")
REFUSED(a_slot_beyond_the_last, "128,slots=2,maxmem=1G", ONE, "pc-dimm,memdev=m,slot=2",
        "invalid slot number 2, valid range is [0-1]")
REFUSED(a_slot_below_none, "128,slots=2,maxmem=1G", ONE, "pc-dimm,memdev=m,slot=-2",
        "invalid slot number -2")
REFUSED(maxmem_bounds_the_sum, "128,slots=2,maxmem=129M", BOTH, "pc-dimm,memdev=n",
        "not enough space, currently 0x100000 in use")
REFUSED(ram_and_dimms_end_at_2_gib, "2047,slots=2,maxmem=3G", BOTH, "pc-dimm,memdev=n",
        "RAM of 2048 MiB and a DIMM of 1 MiB are more than the machine's 2048 MiB")
REFUSED(a_dimm_over_ram, "128,slots=1,maxmem=1G", ONE, "pc-dimm,memdev=m,addr=0x7f00000",
        "overlaps RAM, which ends at 0x8000000")
REFUSED(a_dimm_behind_a_hole, "128,slots=1,maxmem=1G", ONE, "pc-dimm,memdev=m,addr=0x8100000",
        "leaves a hole behind RAM")
REFUSED(a_dimm_of_odd_size, "128,slots=1,maxmem=1G", object("memory-backend-ram,id=m,size=65K"),
        "pc-dimm,memdev=m", "multiple of 1 MiB")
REFUSED(a_node_that_is_not_there, "128,slots=1,maxmem=1G", ONE, "pc-dimm,memdev=m,node=1",
        "node=1: there are 1 NUMA nodes")
REFUSED(an_nvdimm_in_ram, "128,slots=1,maxmem=1G", ONE, "nvdimm,memdev=m,addr=0x8000000",
        "persistent memory lies in 0x90000000 to 0xefffffff")
REFUSED(an_nvdimm_over_another, "128,slots=2,maxmem=1G",
        (ONE, device("nvdimm,id=x,memdev=m"), object("memory-backend-ram,id=n,size=1M")),
        "nvdimm,memdev=n,addr=0x90000000", "overlaps memory device 'x'")
REFUSED(a_label_area_that_leaves_nothing, "128,slots=1,maxmem=1G", ONE,
        "nvdimm,memdev=m,label-size=1M", "less a label area of 0x100000")
REFUSED(a_label_area_that_is_too_small, "128,slots=1,maxmem=1G", ONE,
        "nvdimm,memdev=m,label-size=4K", "label-size=0x1000 is less than 0x20000")

Test(memory_device, hot_plug_and_unplug_are_refused_with_the_reason)
{
    Error *err = NULL;
    add_two_dimms();
    object("memory-backend-ram,id=m2,size=1M");
    cr_assert_null(qdev_device_add("pc-dimm,memdev=m2", &err));
    cr_assert_str_eq(error_get_pretty(err), "device 'pc-dimm' cannot be hot-plugged: the firmware "
                                            "tells the guest of its memory once, at start");
    error_free(err);
    err = NULL;
    cr_assert_not(qdev_unplug(qdev_find_by_id("d0"), &err));
    cr_assert(strstr(error_get_pretty(err), "'d0' cannot be unplugged: the firmware"));
    error_free(err);
    cr_assert_not(user_creatable_del("m0", NULL));
}

static void expect_bad_memory(const char *text, const char *message)
{
    Error *err = NULL;
    cr_assert_not(machine_parse_memory(board, text, &err), "%s", text);
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

Test(memory_device, sizes_slots_and_maxmem_must_fit_each_other)
{
    board = board_new("cuda");
    expect_bad_memory("128,slots=2", "slots= needs maxmem=");
    expect_bad_memory("128,slots=2,maxmem=128", "slots= without room");
    expect_bad_memory("128,maxmem=64", "maxmem=64M is less than the size of RAM, 128M");
    expect_bad_memory("128,slots=257,maxmem=1G", "slots=257: at most 256");
    expect_bad_memory("128,slots=x,maxmem=1G", "'x'");
    expect_bad_memory("128,slots=1,maxmem=4G", "maxmem=4096M: machine 'mac99' takes up to 2048M");
    expect_bad_memory("4G", "takes 16M to 2048M");
}

Test(memory_device, a_machine_without_room_for_them_says_so)
{
    Error *err = NULL;
    qtest_start();
    object("memory-backend-ram,id=m,size=1M");
    DeviceState *dimm = qdev_new("pc-dimm");
    object_property_parse(OBJECT(dimm), "memdev", "m", &error_abort);
    cr_assert(qdev_realize(dimm, NULL, &err)); /* it takes no such devices: nothing is plugged */
    cr_assert_not(memory_device_plug(OBJECT(dimm), &err));
    cr_assert_str_eq(error_get_pretty(err), "memory devices are not supported by this machine");
    error_free(err);
}
