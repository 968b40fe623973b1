/* SPDX-License-Identifier: MIT */
/* fw_cfg: selector and data port, items, files, -fw_cfg (mac99.md 2). */
#include "hw/nvram/fw_cfg.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define SELECTOR UINT64_C(0xf0000510)
#define DATA UINT64_C(0xf0000512)

static DeviceState *fw_cfg;

static void start(void)
{
    qtest_start();
    fw_cfg = qtest_add(TYPE_FW_CFG, SELECTOR);
    sysbus_mmio_map(SYS_BUS_DEVICE(fw_cfg), 1, DATA);
    resettable_reset(OBJECT(fw_cfg));
}

TestSuite(fw_cfg, .init = start, .timeout = 120);

static void expect(uint16_t key, const char *bytes, size_t length)
{
    qtest_writew(SELECTOR, key);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = qtest_readb(DATA);
        cr_assert_eq(byte, (uint8_t)bytes[i], "key %#x byte %zu: %02x", key, i, byte);
    }
    cr_assert_eq(qtest_readb(DATA), 0); /* beyond the end */
}

static uint32_t data_be(unsigned size)
{
    uint32_t value = 0;

    while (size--) {
        value = value << 8 | qtest_readb(DATA);
    }
    return value;
}

Test(fw_cfg, signature_and_id)
{
    expect(FW_CFG_SIGNATURE, "QEMU", 4);
    expect(FW_CFG_ID, "\1\0\0\0", 4); /* exactly 1: no DMA, or the firmware stops */
}

Test(fw_cfg, key_0_is_selected_after_reset)
{
    cr_assert_eq(qtest_readb(DATA), 'Q');
    qtest_writew(SELECTOR, FW_CFG_ID);
    resettable_reset(OBJECT(fw_cfg));
    cr_assert_eq(qtest_readb(DATA), 'Q');
    cr_assert_eq(qtest_readb(DATA), 'E');
}

Test(fw_cfg, selecting_again_starts_over)
{
    qtest_writew(SELECTOR, 0);
    qtest_readb(DATA);
    expect(0, "QEMU", 4);
}

Test(fw_cfg, selector_takes_16_bit_stores_only_and_reads_0)
{
    uint64_t value;

    qtest_writew(SELECTOR, FW_CFG_ID);
    cr_assert_neq(address_space_store(address_space_memory(), SELECTOR, 1, 0), MEMTX_OK);
    cr_assert_eq(qtest_readb(DATA), 1); /* still item 1 */
    cr_assert_eq(qtest_readw(SELECTOR), 0);
    cr_assert_neq(address_space_load(address_space_memory(), SELECTOR + 1, 1, &value), MEMTX_OK);
}

Test(fw_cfg, numbers_are_little_endian)
{
    fw_cfg_add_i16(fw_cfg, FW_CFG_MACHINE_ID, 0x0102);
    fw_cfg_add_i32(fw_cfg, FW_CFG_KERNEL_ADDR, 0x01020304);
    fw_cfg_add_i64(fw_cfg, FW_CFG_RAM_SIZE, UINT64_C(0x0102030405060708));
    expect(FW_CFG_MACHINE_ID, "\2\1", 2);
    expect(FW_CFG_KERNEL_ADDR, "\4\3\2\1", 4);
    expect(FW_CFG_RAM_SIZE, "\10\7\6\5\4\3\2\1", 8);
}

Test(fw_cfg, arch_local_items_are_apart_from_common_ones)
{
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_TBFREQ, 100000000);
    expect(FW_CFG_PPC_TBFREQ, "\x00\xe1\xf5\x05", 4);
    expect(FW_CFG_RAM_SIZE, "", 0);
    expect(0x8000, "", 0);
}

Test(fw_cfg, write_channel_flag_is_ignored) { expect(0x4000, "QEMU", 4); }

Test(fw_cfg, keys_out_of_range_read_0)
{
    for (unsigned key = 0x40; key < 0x10000; key += 0x3f) {
        if ((key & 0x3fff) >= 0x40) {
            expect((uint16_t)key, "", 0);
        }
    }
    expect(0x800a, "", 0); /* NVRAM_FLAT is not published */
}

Test(fw_cfg, data_port_cannot_be_written)
{
    qtest_writeb(DATA, 'x');
    expect(0, "QEMU", 4);
}

/* --- files ---------------------------------------------------------------------------------------- */

Test(fw_cfg, directory_is_big_endian_and_sorted_by_name)
{
    char name[57] = "";

    cr_assert(fw_cfg_add_file(fw_cfg, "opt/b", "BB", 2, &error_abort));
    cr_assert(fw_cfg_add_file(fw_cfg, "bootorder", "", 0, &error_abort));
    cr_assert(fw_cfg_add_file(fw_cfg, "opt/a", "A", 1, &error_abort));
    static const char *const names[] = {"bootorder", "opt/a", "opt/b"};
    qtest_writew(SELECTOR, FW_CFG_FILE_DIR);
    cr_assert_eq(data_be(4), 3);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(data_be(4), i);
        cr_assert_eq(data_be(2), 0x20 + i);
        cr_assert_eq(data_be(2), 0);
        for (unsigned j = 0; j < 56; j++) {
            name[j] = (char)qtest_readb(DATA);
        }
        cr_assert_str_eq(name, names[i]);
    }
    cr_assert_eq(qtest_readb(DATA), 0);
    expect(0x21, "A", 1);
    expect(0x22, "BB", 2);
}

Test(fw_cfg, empty_directory_has_count_0) { expect(FW_CFG_FILE_DIR, "\0\0\0\0", 4); }

/* What failed with @err, which it frees. */
static void expect_error(bool ok, Error **errp, const char *text)
{
    Error *err = *errp;

    cr_assert_not(ok);
    cr_assert_not_null(err);
    cr_assert(strstr(error_get_pretty(err), text), "%s", error_get_pretty(err));
    cr_assert_not(strchr(error_get_pretty(err), '\n'));
    error_free(err);
    *errp = NULL;
}

Test(fw_cfg, names_are_checked)
{
    Error *err = NULL;
    g_autofree char *longest = g_strnfill(55, 'n'), *too_long = g_strnfill(56, 'n');

    cr_assert(fw_cfg_add_file(fw_cfg, longest, "", 0, &error_abort));
    expect_error(fw_cfg_add_file(fw_cfg, too_long, "", 0, &err), &err, "1 to 55 characters");
    expect_error(fw_cfg_add_file(fw_cfg, "", "", 0, &err), &err, "1 to 55 characters");
    expect_error(fw_cfg_add_file(fw_cfg, longest, "", 0, &err), &err, "exists already");
}

Test(fw_cfg, slots_end_with_an_error)
{
    Error *err = NULL;

    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *name = g_strdup_printf("opt/%02u", 31 - i);
        cr_assert(fw_cfg_add_file(fw_cfg, name, &i, 1, &error_abort));
    }
    expect_error(fw_cfg_add_file(fw_cfg, "opt/x", "", 0, &err), &err, "no slot left");
    expect(0x20, "\37", 1);
    expect(0x3f, "\0", 1);
}

/* --- -fw_cfg ---------------------------------------------------------------------------------------- */

Test(fw_cfg, option_takes_a_string)
{
    cr_assert(fw_cfg_add_option(fw_cfg, "opt/org/x,string=hello,, world", &error_abort));
    expect(0x20, "hello, world", 12);
    cr_assert(fw_cfg_add_option(fw_cfg, "name=opt/a,string=first", &error_abort));
    expect(0x20, "first", 5);
}

Test(fw_cfg, option_takes_a_file_with_any_bytes)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("core99-fwcfg-XXXXXX", &path, NULL);
    g_autofree char *option = g_strdup_printf("opt/blob,file=%s", path);

    cr_assert_eq(write(fd, "\0\1\377", 3), 3);
    close(fd);
    cr_assert(fw_cfg_add_option(fw_cfg, option, &error_abort));
    expect(0x20, "\0\1\377", 3);
    g_unlink(path);
}

Test(fw_cfg, bad_options_are_refused_in_one_line)
{
    static const struct {
        const char *option, *error;
    } bad[] = {
        {"opt/x", "need name= and one of string= and file="},
        {"string=y", "need name="},
        {"opt/x,string=a,file=b", "one of string= and file="},
        {"opt/x,file=/nonexistent/blob", "/nonexistent/blob"},
        {"opt/x,file=/", "/"},
        {"opt/x,text=y", "text"},
        {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn,string=y", "characters"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;
        expect_error(fw_cfg_add_option(fw_cfg, bad[i].option, &err), &err, bad[i].error);
    }
    expect(FW_CFG_FILE_DIR, "\0\0\0\0", 4);
}

/* --- state -------------------------------------------------------------------------------------------- */

Test(fw_cfg, state_survives_save_and_load)
{
    qtest_writew(SELECTOR, 0);
    qtest_readb(DATA);
    qtest_readb(DATA);
    DeviceState *fresh = qtest_add(TYPE_FW_CFG, SELECTOR + 0x100);
    sysbus_mmio_map(SYS_BUS_DEVICE(fresh), 1, DATA + 0x100);
    uint64_t before = qtest_hash(fw_cfg);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(fw_cfg, fresh), before);
    cr_assert_eq(qtest_readb(DATA + 0x100), 'M');
}

Test(fw_cfg, info_lists_files)
{
    GString *out = g_string_new(NULL);

    fw_cfg_add_file(fw_cfg, "opt/a", "AA", 2, &error_abort);
    DEVICE_GET_CLASS(fw_cfg)->info(fw_cfg, out);
    cr_assert(strstr(out->str, "0x20 opt/a (2 bytes)"), "%s", out->str);
    g_string_free(out, true);
}
