/* SPDX-License-Identifier: MIT */
/* NVRAM: window, partitions, variables, the file behind it (mac99.md 10). */
#include "hw/nvram/mac_nvram.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>

#define BASE UINT64_C(0xfff04000)
enum { SIZE = 0x2000, BANK = 0x1000, SYSTEM_SIZE = 0xc10, A_MOMENT_NS = 200000000 };

static char *folder, *path;

static void start(void)
{
    qtest_start();
    folder = g_dir_make_tmp("core99-nvram-XXXXXX", NULL);
    path = g_build_filename(folder, "nvram.bin", NULL);
}

static void stop(void)
{
    g_unlink(path);
    g_rmdir(folder);
}

TestSuite(mac_nvram, .init = start, .fini = stop, .timeout = 120);

static DeviceState *add(const char *file, hwaddr base)
{
    DeviceState *dev = qdev_new(TYPE_MAC_NVRAM);

    object_property_set_str(OBJECT(dev), "file", file, &error_abort);
    qtest_realize(dev, base);
    return dev;
}

static GPtrArray *env(const char *first, ...) G_GNUC_NULL_TERMINATED;
static GPtrArray *env(const char *first, ...)
{
    GPtrArray *list = g_ptr_array_new();
    va_list ap;

    va_start(ap, first);
    for (const char *text = first; text; text = va_arg(ap, const char *)) {
        g_ptr_array_add(list, (char *)text);
    }
    va_end(ap);
    return list;
}

static DeviceState *formatted(const char *file, const GPtrArray *variables)
{
    DeviceState *dev = add(file, BASE);

    mac_nvram_format(dev, variables, &error_abort);
    return dev;
}

static uint8_t at(unsigned i) { return qtest_readb(BASE + 2 * i); }
static unsigned word_at(unsigned i) { return (unsigned)at(i) << 8 | at(i + 1); }

static const char *string_at(unsigned i)
{
    static char text[SIZE];
    unsigned n = 0;

    while ((text[n] = (char)at(i + n)) != 0) {
        n++;
    }
    return text;
}

static void check_header(unsigned i, uint8_t signature, unsigned size, const char *name)
{
    unsigned sum = at(i);

    for (unsigned n = 2; n < 16; n++) {
        sum += at(i + n);
        sum = (sum & 0xff) + (sum >> 8);
    }
    cr_assert_eq(at(i), signature);
    cr_assert_eq(at(i + 1), sum);
    cr_assert_eq(word_at(i + 2) * 16, size);
    cr_assert_str_eq(string_at(i + 4), name);
}

static void check_layout(unsigned system)
{
    check_header(0, 0x70, system, "system");
    check_header(system, 0x7f, BANK - system, "free");
    check_header(BANK, 0x5a, BANK, "wwwwwwwwwww");
}

/* --- window and layout --------------------------------------------------------------------------- */

Test(mac_nvram, every_byte_is_doubled)
{
    formatted(NULL, NULL);
    static const uint8_t first[] = {0x70, 0x70, 0xd9, 0xd9, 0x00, 0x00, 0xc1, 0xc1, 's', 's'};
    for (unsigned i = 0; i < sizeof(first); i++) {
        cr_assert_eq(qtest_readb(BASE + i), first[i]);
    }
    cr_assert_eq(qtest_readl(BASE), 0x7070d9d9);
    cr_assert_eq(qtest_readw(BASE + 1), 0x70d9);
}

Test(mac_nvram, odd_and_even_addresses_write_the_same_byte)
{
    formatted(NULL, NULL);
    qtest_writeb(BASE + 0x201, 0xab);
    cr_assert_eq(qtest_readb(BASE + 0x200), 0xab);
    qtest_writeb(BASE + 0x200, 0xcd);
    cr_assert_eq(qtest_readb(BASE + 0x201), 0xcd);
    qtest_writel(BASE + 0x300, 0x11223344); /* split; the odd one comes last */
    cr_assert_eq(qtest_readl(BASE + 0x300), 0x22224444);
}

Test(mac_nvram, partitions_chain_to_the_end_with_valid_checksums)
{
    formatted(NULL, NULL);
    check_layout(SYSTEM_SIZE);
    cr_assert_eq(at(16), 0);
}

Test(mac_nvram, mac_os_x_bank_has_generation_and_checksum)
{
    uint32_t a = 1, b = 0;

    formatted(NULL, NULL);
    for (unsigned i = BANK + 20; i < SIZE; i++) {
        a = (a + at(i)) % 65521;
        b = (b + a) % 65521;
    }
    cr_assert_eq(word_at(BANK + 16) << 16 | word_at(BANK + 18), b << 16 | a);
    cr_assert_eq(word_at(BANK + 20) << 16 | word_at(BANK + 22), 2);
}

Test(mac_nvram, variables_stand_in_the_system_partition)
{
    formatted(NULL, env("auto-boot?=false", "boot-args=-v", "empty=", NULL));
    cr_assert_str_eq(string_at(16), "auto-boot?=false");
    cr_assert_str_eq(string_at(16 + 17), "boot-args=-v");
    cr_assert_str_eq(string_at(16 + 17 + 13), "empty=");
    cr_assert_eq(at(16 + 17 + 13 + 7), 0);
    check_layout(SYSTEM_SIZE);
}

static bool format_long(size_t length, Error **errp)
{
    g_autofree char *filler = g_strnfill(length - 2, 'x');
    g_autofree char *variable = g_strdup_printf("a=%s", filler);

    return mac_nvram_format(add(NULL, BASE), env(variable, NULL), errp);
}

Test(mac_nvram, system_partition_grows_with_its_variables)
{
    cr_assert(format_long(0xe00, &error_abort));
    check_layout(0xe20); /* header, text, its end, the end of the list: 0xe12 */
}

Test(mac_nvram, variables_that_just_fit)
{
    cr_assert(format_long(0x1000 - 16 - 16 - 2, &error_abort));
    check_layout(0xff0);
}

Test(mac_nvram, too_many_variables_are_refused_in_one_line)
{
    Error *err = NULL;

    cr_assert_not(format_long(0x1000 - 16 - 16 - 1, &err));
    cr_assert(strstr(error_get_pretty(err), "do not fit"), "%s", error_get_pretty(err));
    cr_assert(strstr(error_get_pretty(err), "-prom-env"));
    error_free(err);
}

Test(mac_nvram, variable_without_a_value_is_refused)
{
    Error *err = NULL;

    cr_assert_not(mac_nvram_format(add(NULL, BASE), env("auto-boot?", NULL), &err));
    cr_assert(strstr(error_get_pretty(err), "auto-boot?"), "%s", error_get_pretty(err));
    error_free(err);
}

Test(mac_nvram, reset_keeps_the_contents)
{
    DeviceState *dev = formatted(NULL, NULL);

    qtest_writeb(BASE + 0x400, 0x5c);
    resettable_reset(OBJECT(dev));
    cr_assert_eq(qtest_readb(BASE + 0x400), 0x5c);
    check_layout(SYSTEM_SIZE);
}

/* --- the file -------------------------------------------------------------------------------------- */

static GBytes *file_bytes(void)
{
    char *data;
    gsize length;

    if (!g_file_get_contents(path, &data, &length, NULL)) {
        return NULL;
    }
    cr_assert_eq(length, SIZE);
    return g_bytes_new_take(data, length);
}

static uint8_t file_byte(unsigned i)
{
    g_autoptr(GBytes) bytes = file_bytes();

    cr_assert_not_null(bytes);
    return ((const uint8_t *)g_bytes_get_data(bytes, NULL))[i];
}

Test(mac_nvram, file_follows_a_moment_after_a_change)
{
    formatted(path, NULL);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_null(file_bytes()); /* nothing changed yet */
    qtest_writeb(BASE + 2 * 0x345, 0x99);
    cr_assert_null(file_bytes());
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_eq(file_byte(0x345), 0x99);
    cr_assert_eq(file_byte(0), 0x70);
}

Test(mac_nvram, many_changes_cost_one_write)
{
    formatted(path, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        qtest_writeb(BASE + 2 * (0x100 + i), (uint8_t)(i + 1));
        qtest_clock_step(1000);
        cr_assert_null(file_bytes());
    }
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_eq(file_byte(0x100 + 999), (uint8_t)1000);
    g_unlink(path);
    qtest_clock_step(10 * (uint64_t)A_MOMENT_NS);
    cr_assert_null(file_bytes()); /* and none without a change */
    qtest_writeb(BASE + 2 * 0x100, 1);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_null(file_bytes()); /* the same value again is no change */
}

Test(mac_nvram, guest_that_never_stops_writing_still_gets_its_file)
{
    formatted(path, NULL);
    for (unsigned i = 0; i < 50; i++) {
        qtest_writeb(BASE, (uint8_t)i);
        qtest_clock_step(A_MOMENT_NS / 20);
    }
    cr_assert_not_null(file_bytes());
}

Test(mac_nvram, unplugging_writes_what_is_unsaved)
{
    DeviceState *dev = formatted(path, NULL);

    qtest_writeb(BASE + 2 * 0x345, 0x99);
    object_unparent(OBJECT(dev));
    cr_assert_eq(file_byte(0x345), 0x99);
}

/* The deadline is the host's: no hash, no event number. */
Test(mac_nvram, file_is_invisible_to_the_guest)
{
    DeviceState *with = formatted(path, NULL), *without = add(NULL, BASE + 0x10000);

    mac_nvram_format(without, NULL, &error_abort);
    qtest_writeb(BASE, 1);
    qtest_writeb(BASE + 0x10000, 1);
    cr_assert_eq(qtest_hash(with), qtest_hash(without));
    Timer first = {0}, second = {0};
    timer_init_ns(&first, machine_clock(), NULL, NULL);
    formatted(NULL, NULL);
    timer_init_ns(&second, machine_clock(), NULL, NULL);
    cr_assert_eq(second.number, first.number + 1);
}

Test(mac_nvram, contents_come_back_from_the_file)
{
    DeviceState *dev = formatted(path, env("boot-args=-v", NULL));

    qtest_writeb(BASE + 2 * 0x1800, 0x42);
    object_unparent(OBJECT(dev));
    formatted(path, NULL);
    cr_assert_str_eq(string_at(16), "boot-args=-v");
    cr_assert_eq(at(0x1800), 0x42);
}

Test(mac_nvram, variables_of_the_command_line_are_merged_in)
{
    DeviceState *dev = formatted(path, env("boot-args=-v", "a=1", "boot=x", NULL));

    qtest_writeb(BASE + 2 * 0x1800, 0x42);
    object_unparent(OBJECT(dev));
    formatted(path, env("a=2", "b=3", NULL));
    cr_assert_str_eq(string_at(16), "boot-args=-v");
    cr_assert_str_eq(string_at(16 + 13), "boot=x");
    cr_assert_str_eq(string_at(16 + 13 + 7), "a=2");
    cr_assert_str_eq(string_at(16 + 13 + 7 + 4), "b=3");
    cr_assert_eq(at(0x1800), 0x42); /* the other bank is kept */
    check_layout(SYSTEM_SIZE);
}

static void write_file(const void *data, size_t length)
{
    cr_assert(g_file_set_contents(path, data, (gssize)length, NULL));
}

Test(mac_nvram, invalid_contents_are_formatted_anew)
{
    uint8_t junk[SIZE];

    memset(junk, 0xa5, sizeof(junk));
    write_file(junk, sizeof(junk));
    formatted(path, NULL);
    check_layout(SYSTEM_SIZE);
}

static void header(uint8_t *to, uint8_t signature, unsigned size)
{
    unsigned sum = signature + (size / 16 >> 8);

    to[0] = signature;
    to[2] = (uint8_t)(size / 16 >> 8);
    to[3] = (uint8_t)(size / 16);
    sum = (sum & 0xff) + (sum >> 8) + to[3];
    to[1] = (uint8_t)((sum & 0xff) + (sum >> 8));
}

/* Another layout, as another firmware may have left it. */
Test(mac_nvram, one_partition_over_everything_is_laid_out_again_when_variables_come)
{
    uint8_t whole[SIZE] = {0};

    header(whole, 0x70, SIZE);
    strcpy((char *)whole + 16, "kept=1");
    memset(whole + BANK, 'j', 0x100);
    write_file(whole, sizeof(whole));
    DeviceState *dev = formatted(path, NULL);
    cr_assert_eq(at(BANK), 'j'); /* valid: kept as it is */
    object_unparent(OBJECT(dev));
    formatted(path, env("new=2", NULL));
    check_layout(SYSTEM_SIZE);
    cr_assert_str_eq(string_at(16), "kept=1");
    cr_assert_str_eq(string_at(16 + 7), "new=2");
}

Test(mac_nvram, chain_that_overshoots_is_invalid)
{
    uint8_t data[SIZE] = {0};

    header(data, 0x70, 0xc10);
    header(data + 0xc10, 0x7f, 0xfff0);
    write_file(data, sizeof(data));
    formatted(path, NULL);
    check_layout(SYSTEM_SIZE);
}

static void expect_error(const char *text)
{
    Error *err = NULL;

    cr_assert_not(mac_nvram_format(add(path, BASE), NULL, &err));
    cr_assert(strstr(error_get_pretty(err), text), "%s", error_get_pretty(err));
    cr_assert(strstr(error_get_pretty(err), path), "%s", error_get_pretty(err));
    error_free(err);
}

Test(mac_nvram, short_file_is_refused)
{
    write_file("short", 5);
    expect_error("5 bytes");
}

Test(mac_nvram, long_file_is_refused)
{
    g_autofree char *data = g_malloc0(SIZE + 1);

    write_file(data, SIZE + 1);
    expect_error("");
}

Test(mac_nvram, folder_instead_of_a_file_is_refused)
{
    g_mkdir(path, 0700);
    expect_error("");
    g_rmdir(path);
}

Test(mac_nvram, folder_that_vanishes_does_not_stop_the_machine)
{
    g_autofree char *inner = g_build_filename(folder, "inner", NULL);
    g_autofree char *file = g_build_filename(inner, "nvram.bin", NULL);

    cr_assert_eq(g_mkdir(inner, 0700), 0);
    formatted(file, NULL);
    cr_assert_eq(g_rmdir(inner), 0);
    qtest_writeb(BASE, 1);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_eq(qtest_readb(BASE), 1);
}

Test(mac_nvram, file_in_no_folder_is_refused)
{
    g_autofree char *nowhere = g_build_filename(folder, "missing", "nvram.bin", NULL);
    Error *err = NULL;

    cr_assert_not(mac_nvram_format(add(nowhere, BASE), NULL, &err));
    cr_assert(strstr(error_get_pretty(err), "could not be written"));
    error_free(err);
}

/* --- state ------------------------------------------------------------------------------------------- */

Test(mac_nvram, state_survives_save_and_load_and_reaches_the_file)
{
    DeviceState *dev = formatted(NULL, env("x=y", NULL)), *fresh = add(path, BASE + 0x10000);

    qtest_writeb(BASE + 2 * 0x345, 0x99);
    uint64_t before = qtest_hash(dev);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(dev, fresh), before);
    cr_assert_eq(qtest_readb(BASE + 0x10000 + 2 * 0x345), 0x99);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert_eq(file_byte(0x345), 0x99);
}
