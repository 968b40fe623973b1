/* SPDX-License-Identifier: MIT */
/*
 * The board as a whole: every row of mac99.md appendix B that needs no processor, the register facts of
 * appendix A, the address map, wires, images, reset. Covers: hw/ppc/mac_newworld.c, hw/ppc/boot.c.
 */
#include "block/drive.h"
#include "tests/qtest/board.h"
#include "tests/qtest/cuda_host.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define FWCFG_SELECTOR UINT64_C(0xf0000510)
#define FWCFG_DATA UINT64_C(0xf0000512)
#define CONFIG_ADDRESS UINT64_C(0xf2800000)
#define CONFIG_DATA UINT64_C(0xf2c00000)
#define NVRAM UINT64_C(0xfff04000)
#define PIC UINT64_C(0x80040000)
enum { CTPR = 0x20080, IACK = 0x200a0, EOI = 0x200b0 };
enum { LEVEL = 0x00400000 };

TestSuite(mac99, .timeout = 240);

/* --- appendix B ------------------------------------------------------------------------------------ */

Test(mac99, b_frr)
{
    board_start("cuda");
    cr_assert_eq(qtest_readl(0x80041000), 0x02003f00);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

static void expect_item(uint16_t key, const char *bytes, size_t length)
{
    qtest_writew(FWCFG_SELECTOR, key);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = qtest_readb(FWCFG_DATA);
        cr_assert_eq(byte, (uint8_t)bytes[i], "key %#x byte %zu is %02x", key, i, byte);
    }
}

Test(mac99, b_fw_cfg_signature)
{
    board_start("cuda");
    expect_item(0, "\x51\x45\x4d\x55", 4);
}

Test(mac99, b_fw_cfg_ram_size_of_256_mib)
{
    MachineState *board = board_new("cuda");

    board->config.ram_size = 256 << 20;
    board_build(board);
    expect_item(3, "\0\0\0\x10\0\0\0\0", 8);
}

Test(mac99, b_host_bridge_by_mechanism_1)
{
    board_start("cuda");
    qtest_writel(CONFIG_ADDRESS, 0x00580080); /* big-endian store of the reversed 0x80005800 */
    cr_assert_eq(qtest_readl_le(CONFIG_DATA), 0x001f106b);
    cr_assert_eq(qtest_readl(CONFIG_DATA), 0x6b101f00);
}

Test(mac99, b_host_bridge_by_cfa0_and_read_back_of_the_address)
{
    board_start("cuda");
    qtest_writel_le(CONFIG_ADDRESS, 0x00000800);
    cr_assert_eq(qtest_readl_le(CONFIG_DATA), 0x001f106b);
    cr_assert_eq(qtest_readl_le(CONFIG_ADDRESS), 0x00000800);
}

Test(mac99, b_mac_io_by_cfa1)
{
    board_start("cuda");
    qtest_writel(CONFIG_ADDRESS, 0x01600000);
    cr_assert_eq(qtest_readl(CONFIG_DATA), 0x6b102200);
}

Test(mac99, b_nvram_bytes_are_doubled)
{
    static const uint8_t bytes[] = {0x70, 0x70, 0xd9, 0xd9, 0x00, 0x00};

    board_start("cuda");
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        cr_assert_eq(qtest_readb(NVRAM + i), bytes[i]);
    }
}

/* A.3 for both channels through both layouts, then the row of appendix B. */
Test(mac99, b_escc_status_after_the_reset_sequence)
{
    static const uint8_t bytes[] = {0x09, 0x80, 0x04, 0x44, 0x0c, 0xff, 0x0d,
                                    0xff, 0x0e, 0x03, 0x03, 0xc1, 0x05, 0xea};
    static const struct {
        hwaddr port;
        uint8_t reset;
    } order[] = {{0x80013020, 0x80}, {0x80013000, 0x40}, {0x80012002, 0x80}, {0x80012000, 0x40}};

    board_start("cuda");
    for (size_t n = 0; n < G_N_ELEMENTS(order); n++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            qtest_writeb(order[n].port, i == 1 ? order[n].reset : bytes[i]);
        }
    }
    cr_assert_eq(qtest_readb(0x80013020), 0x44);
    cr_assert_eq(qtest_readb(0x80012002), 0x44);
}

Test(mac99, b_empty_ide_channel_reads_status_0)
{
    board_start("cuda");
    cr_assert_eq(qtest_readb(0x80020070), 0x00);
}

Test(mac99, b_uni_north_version)
{
    board_start("cuda");
    cr_assert_eq(qtest_readl(0xf8000000), 7);
}

Test(mac99, b_gpio_1_is_2_after_reset_and_0_at_the_first_tick_of_the_pmu)
{
    board_start("pmu");
    cr_assert_eq(qtest_readb(0x80000059), 0x02);
    qtest_clock_step(NANOSECONDS_PER_SECOND + 1000000);
    cr_assert_eq(qtest_readb(0x80000059), 0x00);
}

Test(mac99, b_adb_talk_to_an_empty_address_times_out)
{
    board_start("cuda");
    cuda_dialogue("00 cc", "00 02 cc");
}

Test(mac99, b_openpic_reset_values)
{
    board_start("cuda");
    cr_assert_eq(qtest_readl(0x80060080), 0x0f000000);
    cr_assert_eq(qtest_readl(0x800600a0), 0xff000000);
    cr_assert_eq(qtest_readl(0x800410f0), 0x007a3f00);
    cr_assert_eq(qtest_readl(0x80050000), 0x000000a0);
}

Test(mac99, b_cuda_idle)
{
    board_start("cuda");
    cr_assert_eq(qtest_readb(0x80016400), 0xff);
    cr_assert_eq(qtest_readb(0x80016000), 0x38);
    cr_assert_eq(qtest_readb(0x80017c00), 0x80);
}

static void expect_unmapped(hwaddr addr)
{
    uint64_t value = 1;

    address_space_store(address_space_memory(), addr, 4, UINT32_MAX);
    address_space_load(address_space_memory(), addr, 4, &value);
    cr_assert_eq(value, 0, "%#lx", (unsigned long)addr);
}

Test(mac99, b_unmapped_addresses_read_0)
{
    board_start("cuda");
    expect_unmapped(0xa0000000);
    expect_unmapped(0xf1000000);
    for (hwaddr fcr = 0x80000034; fcr < 0x80000050; fcr += 4) {
        expect_unmapped(fcr); /* MBCR and feature control */
    }
    expect_unmapped(0x80000058); /* no GPIO with via=cuda */
    expect_unmapped(0x10000000); /* above RAM */
}

/* --- appendix A --------------------------------------------------------------------------------------- */

Test(mac99, a2_mac_io_configuration)
{
    board_build(board_new("cuda"));
    cr_assert_eq(board_config_read(12, 0x00, 4), 0x0022106b);
    cr_assert_eq(board_config_read(12, 0x0a, 2), 0xff00);
    cr_assert_eq(board_config_read(12, 0x0e, 1), 0);
    cr_assert_eq(board_config_read(12, 0x3d, 1), 0); /* no interrupt pin */
    cr_assert_eq(board_config_read(12, 0x2c, 4), 0x11001af4);
    board_config_write(12, 0x10, 4, UINT32_MAX);
    cr_assert_eq(board_config_read(12, 0x10, 4), 0xfff80000);
    for (unsigned reg = 0x14; reg <= 0x30; reg += 4) {
        if (reg != 0x28 && reg != 0x2c) {
            board_config_write(12, reg, 4, UINT32_MAX);
            cr_assert_eq(board_config_read(12, reg, 4), 0);
        }
    }
    board_map_macio();
    cr_assert_eq(board_config_read(12, 0x04, 2), 3);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

Test(mac99, a2_only_bridge_and_mac_io_are_on_the_bus)
{
    board_start("cuda");
    for (unsigned slot = 0; slot < 32; slot++) {
        if (slot != 11 && slot != 12) {
            cr_assert_eq(board_config_read(slot, 0, 4), UINT32_MAX, "slot %u", slot);
        }
    }
    cr_assert_eq(board_config_read(11, 0x48, 4), 0x01000000);
}

/* The stray cycle of 3.2 on the real board: the serial console must live. */
Test(mac99, a2_stray_cycle_leaves_mac_io_mapped)
{
    board_start("cuda");
    qtest_writel_le(CONFIG_ADDRESS, 0x00007030);
    qtest_readl_le(CONFIG_DATA);
    qtest_writel_le(CONFIG_ADDRESS, 0x00007004);
    qtest_writel_le(CONFIG_DATA, 1);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
    cr_assert_eq(board_config_read(12, 4, 2), 3);
}

Test(mac99, a4_boot_dialogue_with_cuda)
{
    static const char *const dialogue[][2] = {
        {"00 00", "00 00 00"},       {"00 1f", "00 02 1f"},       {"00 2f", "00 00 02 01"},
        {"00 2b 28 fe", "00 00 2b"}, {"00 81", "00 00 81"},       {"00 2f", "00 02 2f"},
        {"00 3f", "00 00 03 02"},    {"00 3b 29 fe", "00 00 3b"}, {"00 91", "00 00 91"},
        {"00 3f", "00 02 3f"},       {"00 4f", "00 02 4f"},       {"00 5f", "00 02 5f"},
        {"00 7f", "00 02 7f"}};

    board_start("cuda");
    for (size_t i = 0; i < G_N_ELEMENTS(dialogue); i++) {
        cuda_dialogue(dialogue[i][0], dialogue[i][1]);
    }
}

/* --- fw_cfg's contents (2.2, 2.3) -------------------------------------------------------------------------- */

Test(mac99, fw_cfg_items_without_a_kernel)
{
    MachineState *board = board_new("pmu");

    board->config.nographic = true;
    for (unsigned i = 0; i < 16; i++) {
        board->config.uuid[i] = (uint8_t)i;
    }
    board_build(board);
    expect_item(0x01, "\1\0\0\0", 4);
    expect_item(0x02, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
    expect_item(0x04, "\1\0", 3);
    expect_item(0x05, "\1\0\0\0", 4); /* the ROM reads four */
    expect_item(0x06, "\1\0", 2);
    expect_item(0x07, "\0\0\0\0", 4);
    expect_item(0x08, "\0\0\0\0", 4);
    expect_item(0x0a, "\0\0\0\0", 4);
    expect_item(0x0c, "c\0", 2);
    expect_item(0x0f, "\1\0", 2);
    expect_item(0x8000, "\x20\x03", 2);
    expect_item(0x8001, "\x58\x02", 2);
    expect_item(0x8002, "\x20\0", 2);
    expect_item(0x8003, "\x00\xe1\xf5\x05", 4);
    expect_item(0x8004, "\x00\xe9\xa4\x35", 4);
    expect_item(0x8005, "\0\0\0\0", 4);
    expect_item(0x8008, "\x00\x40\xf0\xff", 4);
    expect_item(0x8009, "\x00\xe1\xf5\x05", 4);
    expect_item(0x800a, "\0\0\0\0", 4); /* not published */
    expect_item(0x800b, "\1\0\0\0", 4);
}

Test(mac99, fw_cfg_via_numbers)
{
    board_start("cuda");
    expect_item(0x800b, "\0\0\0\0", 4);
}

Test(mac99, fw_cfg_via_number_of_pmu_adb)
{
    board_start("pmu-adb");
    expect_item(0x800b, "\2\0\0\0", 4);
}

Test(mac99, fw_cfg_files_always_there)
{
    MachineState *board = board_new("cuda");

    g_ptr_array_add(board->config.fw_cfg, g_strdup("opt/x,string=y"));
    board_build(board);
    expect_item(0x19, "\0\0\0\4\0\0\0\0\0\x20\0\0bios-geometry\0", 26);
    expect_item(0x21, "\0", 1); /* bootorder, empty */
    expect_item(0x22, "\xff\xff\xff\xff", 4);
    expect_item(0x23, "y", 2);
}

static void expect_init_error(MachineState *board, const char *text)
{
    Error *err = NULL;

    cr_assert_not(machine_init(board, &err));
    cr_assert(strstr(error_get_pretty(err), text), "%s", error_get_pretty(err));
    cr_assert_not(strchr(error_get_pretty(err), '\n'));
    error_free(err);
}

Test(mac99, bad_fw_cfg_option_is_refused)
{
    MachineState *board = board_new("cuda");

    g_ptr_array_add(board->config.fw_cfg, g_strdup("opt/x"));
    expect_init_error(board, "-fw_cfg opt/x");
}

Test(mac99, prom_env_that_does_not_fit_is_refused)
{
    MachineState *board = board_new("cuda");
    g_autofree char *filler = g_strnfill(9000, 'x');

    g_ptr_array_add(board->config.prom_env, g_strconcat("a=", filler, NULL));
    expect_init_error(board, "-prom-env");
}

Test(mac99, prom_env_reaches_nvram)
{
    MachineState *board = board_new("cuda");

    g_ptr_array_add(board->config.prom_env, g_strdup("auto-boot?=false"));
    board_build(board);
    for (unsigned i = 0; i < 17; i++) {
        cr_assert_eq(qtest_readb(NVRAM + 2 * (16 + i)), (uint8_t)"auto-boot?=false"[i]);
    }
}

/* --- what to boot from --------------------------------------------------------------------------------------- */

static char *disk_paths[4];

static MachineState *board_with_disks(const char *const *texts)
{
    MachineState *board = board_new("pmu");
    for (unsigned n = 0; texts[n]; n++) {
        int fd = g_file_open_tmp("core99-disk-XXXXXX", &disk_paths[n], NULL);
        cr_assert_eq(ftruncate(fd, 1 << 20), 0);
        close(fd);
        g_autofree char *drive = g_strdup_printf("if=none,format=raw,id=d%u,file=%s%s", n,
                                                 disk_paths[n],
                                                 strstr(texts[n], "-cd") ? ",media=cdrom" : "");
        cr_assert(block_add_drive(drive, board->config.devices, &error_abort));
        g_ptr_array_add(board->config.devices, g_strdup_printf("%s,drive=d%u", texts[n], n));
    }
    return board;
}

static void remove_disks(void)
{
    for (unsigned n = 0; n < G_N_ELEMENTS(disk_paths) && disk_paths[n]; n++) {
        g_unlink(disk_paths[n]);
    }
}

static char *fw_cfg_text(const char *name)
{
    GString *text = g_string_new(NULL);
    qtest_writew(FWCFG_SELECTOR, 0x19);
    uint32_t count = 0;
    for (unsigned i = 0; i < 4; i++) {
        count = count << 8 | qtest_readb(FWCFG_DATA);
    }
    for (unsigned n = 0; n < count; n++) {
        uint8_t entry[64];
        for (unsigned i = 0; i < sizeof(entry); i++) {
            entry[i] = qtest_readb(FWCFG_DATA);
        }
        if (strcmp((char *)entry + 8, name) == 0) {
            qtest_writew(FWCFG_SELECTOR, lduw_be_p(entry + 4));
            for (uint32_t i = ldl_be_p(entry); i > 0; i--) {
                g_string_append_c(text, (char)qtest_readb(FWCFG_DATA));
            }
            break;
        }
    }
    return g_string_free(text, false);
}

Test(mac99, bootindex_orders_the_paths_that_openbios_has, .fini = remove_disks)
{
    board_build(board_with_disks((const char *const[]){
        "ide-cd,bus=ide.1,unit=0,bootindex=1", "ide-hd,bus=ide.0,unit=1,bootindex=3",
        "virtio-blk-pci,addr=e,bootindex=2", "ide-hd,bus=ide.0,unit=0", NULL}));
    cr_assert_str_eq(fw_cfg_text("bootorder"), "/pci@f2000000/mac-io@c/ata-3@21000/cdrom@0\n"
                                               "/pci@f2000000/scsi@e/disk\n"
                                               "/pci@f2000000/mac-io@c/ata-3@20000/disk@1");
}

Test(mac99, a_bootindex_given_twice_is_refused, .fini = remove_disks)
{
    expect_init_error(board_with_disks((const char *const[]){"ide-hd,bus=ide.0,bootindex=1",
                                                             "ide-hd,bus=ide.1,bootindex=1", NULL}),
                      "bootindex=1 was given twice");
}

static char boot_letter(void)
{
    qtest_writew(FWCFG_SELECTOR, 0x0c);
    return (char)qtest_readb(FWCFG_DATA);
}

Test(mac99, boot_once_is_for_the_time_until_the_first_reset)
{
    MachineState *board = board_new("pmu");
    board->config.boot_once = g_strdup("d");
    board_build(board);
    GByteArray *saved = g_byte_array_new();
    cr_assert_eq(boot_letter(), 'd');
    machine_save(board, saved);
    machine_reset(board);
    cr_assert_eq(boot_letter(), 'c');
    machine_reset(board);
    cr_assert_eq(boot_letter(), 'c');
    machine_load(board, saved->data, saved->len, &error_abort);
    cr_assert_eq(boot_letter(), 'd');
    machine_reset(board);
    cr_assert_eq(boot_letter(), 'c');
}

Test(mac99, missing_firmware_is_named)
{
    MachineState *board = board_new("cuda");

    board->config.bios_name = g_strdup("no-such-rom");
    expect_init_error(board, "no-such-rom");
}

Test(mac99, unknown_processor_is_refused)
{
    MachineState *board = board_new("cuda");

    board->config.cpu_type = g_strdup("z80");
    expect_init_error(board, "z80");
}

Test(mac99, ram_size_out_of_range_names_the_range)
{
    MachineState *board = board_new("cuda");

    board->config.ram_size = UINT64_C(4) << 30;
    expect_init_error(board, "takes 16 to 2048 MiB");
}

Test(mac99, unknown_via_is_refused)
{
    MachineState *board = machine_new("mac99", &error_abort);
    Error *err = NULL;

    object_property_parse(OBJECT(board), "via", "egret", &err);
    cr_assert_not_null(err);
    error_free(err);
}

Test(mac99, powermac3_1_has_a_pmu)
{
    MachineState *board = machine_new("powermac3_1", &error_abort);

    clock_configure_icount(machine_clock(), "shift=0", &error_abort);
    board_build(board);
    expect_item(0x800b, "\1\0\0\0", 4);
}

/* --- images ---------------------------------------------------------------------------------------------- */

static char *temporary(const char *data, size_t length)
{
    char *path = NULL;

    close(g_file_open_tmp("core99-board-XXXXXX", &path, NULL));
    g_file_set_contents(path, data, (gssize)length, NULL);
    return path;
}

Test(mac99, raw_kernel_initrd_and_command_line_lie_where_the_rom_looks)
{
    MachineState *board = board_new("cuda");
    g_autofree char *kernel = temporary("KERN\x00\x01\x02\x03", 8),
                    *initrd = temporary("INITRD", 6);

    board->config.kernel_filename = g_strdup(kernel);
    board->config.initrd_filename = g_strdup(initrd);
    board->config.kernel_cmdline = g_strdup("console=ttyS0");
    board_build(board);
    cr_assert_eq(qtest_readl(0x01000000), 0x4b45524e);
    expect_item(0x07, "\0\0\0\1", 4);
    expect_item(0x08, "\x08\0\0\0", 4);
    expect_item(0x09, "\x00\x20\x10\x01", 4); /* the page after the initrd */
    expect_item(0x0a, "\x00\x10\x10\x01", 4); /* kernel + 1 MiB, next page */
    expect_item(0x0b, "\6\0\0\0", 4);
    expect_item(0x0c, "m\0", 2);
    cr_assert_eq(qtest_readl(0x01101000), 0x494e4954);
    cr_assert_eq(qtest_readl(0x01102000), 0x636f6e73);
    g_unlink(kernel);
    g_unlink(initrd);
    /* A reset restores them without the host's files. */
    qtest_writel(0x01000000, 0);
    qtest_writel(0x01101000, 0);
    machine_reset(board);
    cr_assert_eq(qtest_readl(0x01000000), 0x4b45524e);
    cr_assert_eq(qtest_readl(0x01101000), 0x494e4954);
}

Test(mac99, initrd_without_a_kernel_is_refused)
{
    MachineState *board = board_new("cuda");

    board->config.initrd_filename = g_strdup("/dev/null");
    expect_init_error(board, "-initrd only works with -kernel");
}

Test(mac99, missing_kernel_is_named)
{
    MachineState *board = board_new("cuda");

    board->config.kernel_filename = g_strdup("/nonexistent/vmlinux");
    expect_init_error(board, "/nonexistent/vmlinux");
}

Test(mac99, kernel_larger_than_ram_is_refused)
{
    MachineState *board = board_new("cuda");
    g_autofree char *big = g_malloc0(2 << 20);
    g_autofree char *path = temporary(big, 2 << 20);

    board->config.ram_size = 17 << 20;
    board->config.kernel_filename = g_strdup(path);
    expect_init_error(board, "-kernel");
    g_unlink(path);
}

Test(mac99, command_line_over_a_page_is_refused)
{
    MachineState *board = board_new("cuda");
    g_autofree char *kernel = temporary("KERN\x00\x01\x02\x03", 8);

    board->config.kernel_filename = g_strdup(kernel);
    board->config.kernel_cmdline = g_strnfill(4096, 'x');
    expect_init_error(board, "-append");
    g_unlink(kernel);
}

/* --- the address map (1.1) ---------------------------------------------------------------------------------- */

Test(mac99, rom_drops_stores)
{
    board_start("cuda");
    uint32_t before = qtest_readl(0xfff00100);
    cr_assert_neq(before, 0);
    address_space_store(address_space_memory(), 0xfff00100, 4, ~before);
    cr_assert_eq(qtest_readl(0xfff00100), before);
}

static void expect_region(hwaddr addr, const char *name)
{
    MemorySection section = address_space_translate(address_space_memory(), addr);

    cr_assert_not_null(section.mr, "nothing at %#lx", (unsigned long)addr);
    cr_assert_str_eq(memory_region_name(section.mr), name);
}

Test(mac99, parts_lie_where_the_device_tree_says)
{
    board_start("pmu");
    expect_region(0, "ppc_core99.ram");
    expect_region(0xfff00000, "ppc_core99.bios");
    expect_region(0xffffffff, "ppc_core99.bios");
    expect_region(0xfff07fff, "macio-nvram");
    expect_region(0xf0000510, "fwcfg.ctl");
    expect_region(0xf0000512, "fwcfg.data");
    for (unsigned i = 0; i < 3; i++) {
        expect_region((hwaddr[]){0xf0800000, 0xf2800000, 0xf4800fff}[i], "config-address");
        expect_region((hwaddr[]){0xf0c00000, 0xf2c00000, 0xf4c00fff}[i], "config-data");
    }
    expect_region(0xf8000fff, "uni-north");
    expect_region(0x80000050, "macio-gpio");
    expect_region(0x80008fff, "dbdma");
    expect_region(0x80012000, "escc-legacy");
    expect_region(0x80013000, "escc");
    expect_region(0x80015038, "keylargo-timer");
    expect_region(0x80020000, "pmac-ide");
    expect_region(0x80021000, "pmac-ide");
    expect_region(0x80040000, "openpic");
    expect_region(0x8007ffff, "openpic");
}

Test(mac99, dummy_hosts_show_their_bridges)
{
    board_start("cuda");
    qtest_writel_le(0xf0800000, 0x80005800);
    cr_assert_eq(qtest_readl_le(0xf0c00000), 0x0020106b);
    qtest_writel_le(0xf4800000, 0x80007000);
    cr_assert_eq(qtest_readl_le(0xf4c00000), 0x001e106b);
}

/* --- wires (4.4) --------------------------------------------------------------------------------------------- */

static void pic_set(hwaddr offset, uint32_t value) { qtest_writel_le(PIC + offset, value); }

static void open_source(unsigned n, uint32_t sense)
{
    pic_set(0x10000 + 0x20 * n, 8u << 16 | n | sense);
    pic_set(0x10010 + 0x20 * n, 1);
    pic_set(CTPR, 0);
}

static void expect_source(unsigned n)
{
    cr_assert_eq(qtest_readl_le(PIC + IACK), n);
    pic_set(EOI, 0);
}

Test(mac99, serial_channels_interrupt_on_37_and_36)
{
    board_start("cuda");
    for (unsigned n = 0; n < 2; n++) {
        hwaddr control = n ? 0x80013000 : 0x80013020;
        open_source(37 - n, LEVEL);
        qtest_writeb(control, 5);
        qtest_writeb(control, 0xea);
        qtest_writeb(control, 1);
        qtest_writeb(control, 2);
        qtest_writeb(control, 9);
        qtest_writeb(control, 8);
        qtest_writeb(control + 0x10, 'x');
        expect_source(37 - n);
        qtest_writeb(control, 0x28);
        expect_source(0xff);
    }
}

Test(mac99, via_interrupts_on_25_with_cuda)
{
    board_start("cuda");
    open_source(25, 0);
    via_write(IER, 0x84);
    via_write(B, 0x28); /* sync */
    via_wait_sr();
    expect_source(25);
    via_read(SR);
    expect_source(0xff);
}

Test(mac99, pmu_attention_interrupts_on_47)
{
    board_start("pmu");
    open_source(47, LEVEL);
    expect_source(0xff);
    qtest_clock_step(NANOSECONDS_PER_SECOND + 1000000);
    expect_source(47);
}

Test(mac99, programmers_switch_interrupts_on_55)
{
    board_start("pmu");
    open_source(55, 0);
    irq_line_pulse(qdev_get_gpio_in_named(board_part("macio/gpio"), "gpio", 9));
    irq_line_lower(qdev_get_gpio_in_named(board_part("macio/gpio"), "gpio", 9));
    expect_source(55);
}

Test(mac99, dma_channels_of_ide_interrupt_on_2_and_3)
{
    board_start("cuda");
    for (unsigned n = 0; n < 2; n++) {
        hwaddr channel = 0x80008000 + 0x80 * (n ? 0x1a : 0x16);
        open_source(2 + n, 0);
        qtest_writel_le(0x1000, 0x60300000); /* NOP, interrupt always */
        qtest_writel_le(0x1010, 0x70000000);
        qtest_writel_le(channel + 0x0c, 0x1000);
        qtest_writel_le(channel, 0x80008000);
        expect_source(2 + n);
        cr_assert_eq(qtest_readl_le(channel + 4), 0x8000);
    }
}

Test(mac99, pci_lines_interrupt_on_27_to_30)
{
    board_start("cuda");
    for (int n = 0; n < 4; n++) {
        g_autofree char *gate = g_strdup_printf("pci-line[%d]", n);
        open_source(27 + (unsigned)n, LEVEL);
        for (int host = 0; host < 3; host++) {
            irq_line_raise(qdev_get_gpio_in(board_part(gate), host));
        }
        irq_line_lower(qdev_get_gpio_in(board_part(gate), 0));
        expect_source(27 + (unsigned)n);
        irq_line_lower(qdev_get_gpio_in(board_part(gate), 1));
        irq_line_lower(qdev_get_gpio_in(board_part(gate), 2));
        expect_source(0xff);
    }
}

/* --- as a whole ------------------------------------------------------------------------------------------------ */

Test(mac99, cuda_powers_off)
{
    board_start("cuda");
    cuda_dialogue("01 0a", "01 00 0a");
    cr_assert_eq(qtest_requested(), MACHINE_EVENT_POWEROFF);
}

/* A byte of the second area, which is erased. */
static void program_nvram(void)
{
    qtest_writeb(NVRAM + 0x2400, 0x40);
    qtest_writeb(NVRAM + 0x2400, 0x5a);
    qtest_writeb(NVRAM + 0x2400, 0xff);
}

Test(mac99, reset_unmaps_mac_io_and_keeps_nvram)
{
    MachineState *board = board_start("cuda");

    program_nvram();
    qtest_writew(FWCFG_SELECTOR, 1);
    machine_reset(board);
    cr_assert_eq(qtest_readl(0x80041000), UINT32_MAX);
    cr_assert_eq(qtest_readb(NVRAM), 0x70); /* the firmware's turn again */
    qtest_readb(NVRAM + 0x3fff);
    cr_assert_eq(qtest_readb(NVRAM + 0x2400), 0x5a);
    cr_assert_eq(qtest_readb(FWCFG_DATA), 'Q');
    cr_assert_eq(board_config_read(12, 0x10, 4), 0);
}

/* Registers of every kind are disturbed; a second reset must give what the first gave. */
Test(mac99, reset_leaves_no_trace_of_the_past)
{
    MachineState *board = board_start("pmu");

    machine_reset(board);
    GByteArray *first = g_byte_array_new(), *second = g_byte_array_new();
    machine_save(board, first);
    board_map_macio();
    board_config_write(11, 0x48, 4, 0);
    open_source(25, LEVEL);
    qtest_writel_le(0x80041110, 1000);
    qtest_writel_le(0x80008b0c, 0x1000);
    qtest_writel_le(0x80020200, 0x84526);
    qtest_writel(0xf8000020, 2);
    qtest_writeb(0x80013020, 0x0c);
    qtest_writeb(0x80013020, 0x77);
    qtest_writeb(0x80016600, 0xff);
    qtest_writeb(0x8000006b, 0x05);
    machine_reset(board);
    machine_save(board, second);
    cr_assert_eq(first->len, second->len);
    GString *differences = g_string_new(NULL);
    for (guint i = 0; i < first->len && differences->len < 200; i++) {
        if (first->data[i] != second->data[i]) {
            g_string_append_printf(differences, " %u:%02x/%02x", i, first->data[i],
                                   second->data[i]);
        }
    }
    cr_assert_eq(differences->len, 0, "%s", differences->str);
}

static void check_save_and_load(const char *via)
{
    MachineState *board = board_start(via);
    GByteArray *saved = g_byte_array_new();

    open_source(25, LEVEL);
    qtest_writel_le(0x80041110, 1000);
    qtest_writel(0x2000, 0xcafef00d);
    program_nvram();
    qtest_clock_step(123456789);
    machine_save(board, saved);
    uint64_t before = machine_hash(board);
    qtest_clock_step(1000000);
    qtest_writel(0x2000, 0);
    machine_reset(board);
    cr_assert_neq(machine_hash(board), before);
    machine_load(board, saved->data, saved->len, &error_abort);
    cr_assert_eq(machine_hash(board), before);
    cr_assert_eq(qtest_readl(0x2000), 0xcafef00d);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002); /* mapped again */
    qtest_clock_step(5000000);
    uint64_t later = machine_hash(board);
    machine_load(board, saved->data, saved->len, &error_abort);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
    qtest_clock_step(5000000);
    cr_assert_eq(machine_hash(board), later);
}

Test(mac99, cuda_board_survives_save_and_load) { check_save_and_load("cuda"); }

Test(mac99, pmu_board_survives_save_and_load) { check_save_and_load("pmu"); }

static int call_info(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);

    if (dev && DEVICE_GET_CLASS(dev)->info) {
        GString *out = opaque;
        DEVICE_GET_CLASS(dev)->info(dev, out);
        cr_assert_not(g_str_has_suffix(out->str, "\n\n"));
    }
    return 0;
}

static void check_info(const char *via)
{
    MachineState *board = board_start(via);
    GString *out = g_string_new(NULL);

    object_child_foreach_recursive(OBJECT(board), call_info, out);
    qdev_info_qtree(out);
    qdev_info_qom_tree(out, "/machine");
    memory_info_mtree(out, true, true);
    machine_info_hash(board, out, true);
    cr_assert(strstr(out->str, "dev: macio-newworld"));
    g_string_free(out, true);
}

Test(mac99, every_info_command_works_with_cuda) { check_info("cuda"); }

Test(mac99, every_info_command_works_with_pmu) { check_info("pmu"); }
