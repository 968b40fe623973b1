/* SPDX-License-Identifier: MIT */
/*
 * NVRAM: what the firmware sees and when, the flash chip as Mac OS X and Linux drive it (macosx.md 4.10, rows 33
 * and 34), the drive behind it, the console's side.
 * Covers: hw/nvram/mac_nvram.c, hw/nvram/nvram_image.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "hw/nvram/mac_nvram.h"
#include "hw/nvram/nvram_image.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#define BASE UINT64_C(0xfff04000)
enum { SIZE = 0x2000, BANK = 0x1000, SYSTEM_SIZE = 0xc10, A_MOMENT_NS = 1000000, COMMON = 0x30 };

static char *path;

static void start(void)
{
    qtest_start();
    int fd = g_file_open_tmp("core99-nvram-XXXXXX", &path, NULL);
    cr_assert_eq(ftruncate(fd, SIZE), 0);
    close(fd);
}

static void stop(void) { g_unlink(path); }

TestSuite(mac_nvram, .init = start, .fini = stop, .timeout = 120);

/* --- fixtures -------------------------------------------------------------------------------------------- */

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

/* @options of the drive; NULL: there is none. */
static DeviceState *add(const char *options, hwaddr base)
{
    DeviceState *dev = qdev_new(TYPE_MAC_NVRAM);
    if (options) {
        g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *text = g_strdup_printf("if=mtd,format=raw,file=%s%s", path, options);
        cr_assert(block_add_drive(text, devices, &error_abort));
        cr_assert_eq(devices->len, 0);
        object_property_set_str(OBJECT(dev), "drive", block_mtd_drive(), &error_abort);
    }
    qtest_realize(dev, base);
    return dev;
}

static DeviceState *booted(const char *options, const GPtrArray *variables)
{
    DeviceState *dev = add(options, BASE);
    mac_nvram_configure(dev, variables, NULL, &error_abort);
    resettable_reset(OBJECT(dev));
    mac_nvram_begin_boot(dev, false);
    return dev;
}

/* The firmware copies the window, and is not interested any more. */
static void copy_window(uint8_t *copy)
{
    for (unsigned i = 0; i < 2 * SIZE; i++) {
        uint8_t byte = qtest_readb(BASE + i);
        copy[i / 2] = byte;
    }
}

static void reset(DeviceState *dev)
{
    resettable_reset(OBJECT(dev));
    mac_nvram_begin_boot(dev, false);
}

/* A chip that reads as one, in the hands of an operating system. */
static DeviceState *handed_over(const char *options, const GPtrArray *variables)
{
    uint8_t copy[SIZE];
    DeviceState *dev = booted(options, variables);
    copy_window(copy);
    return dev;
}

static void read_area(unsigned area, uint8_t *bytes)
{
    for (unsigned i = 0; i < SIZE; i++) {
        bytes[i] = qtest_readb(BASE + area * SIZE + i);
    }
}

/* Mac OS X's polls have no limit; these do. */
static void poll_ready(hwaddr addr)
{
    uint8_t status = 0;
    for (unsigned tries = 0; tries < 10 && !(status & 0x80); tries++) {
        status = qtest_readb(addr);
    }
    cr_assert_eq(status & 0xb8, 0x80, "status %#x", status);
}

/* As AppleCore99NVRAM does. */
static void sync_as_mac_os_x(unsigned area, const uint8_t *bytes)
{
    hwaddr base = BASE + area * SIZE;
    qtest_writeb(base, 0x20);
    qtest_writeb(base, 0xd0);
    poll_ready(base);
    qtest_writeb(base, 0xff);
    for (unsigned i = 0; i < SIZE; i++) {
        cr_assert_eq(qtest_readb(base + i), 0xff);
    }
    for (unsigned i = 0; i < SIZE; i++) {
        qtest_writeb(base + i, 0x40);
        qtest_writeb(base + i, bytes[i]);
        poll_ready(base + i);
    }
    qtest_writeb(base, 0xff);
    for (unsigned i = 0; i < SIZE; i++) {
        cr_assert_eq(qtest_readb(base + i), bytes[i]);
    }
}

/* As Linux's driver does for chips that are not AMD's. */
static void sync_as_linux(unsigned area, const uint8_t *bytes)
{
    hwaddr base = BASE + area * SIZE;
    qtest_writeb(base, 0x20);
    qtest_writeb(base, 0xd0);
    qtest_writeb(base, 0x70);
    poll_ready(base);
    qtest_writeb(base, 0x50);
    qtest_writeb(base, 0xff);
    for (unsigned i = 0; i < SIZE; i++) {
        qtest_writeb(base + i, 0x40);
        qtest_writeb(base + i, bytes[i]);
        qtest_writeb(base, 0x70);
        poll_ready(base);
    }
    qtest_writeb(base, 0x50);
    qtest_writeb(base, 0xff);
}

/* The area with one variable, as a guest leaves it. */
static void make_area(uint8_t *area, const char *variable, uint32_t generation)
{
    g_autoptr(GPtrArray) list = env(variable, NULL);
    nvram_area_format(area);
    cr_assert(nvram_area_set_variables(area, list, &error_abort));
    nvram_area_seal(area, generation);
}

static void file_contents(uint8_t *bytes)
{
    g_autofree char *data = NULL;
    gsize length;
    cr_assert(g_file_get_contents(path, &data, &length, NULL));
    cr_assert_eq(length, SIZE);
    memcpy(bytes, data, SIZE);
}

static bool file_is(const uint8_t *bytes)
{
    uint8_t there[SIZE];
    file_contents(there);
    return memcmp(there, bytes, SIZE) == 0;
}

static void write_file(const void *data, size_t length)
{
    cr_assert(g_file_set_contents(path, data, (gssize)length, NULL));
}

/* --- what the firmware sees ------------------------------------------------------------------------------ */

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

Test(mac_nvram, the_firmware_sees_every_byte_twice)
{
    booted(NULL, NULL);
    static const uint8_t first[] = {0x70, 0x70, 0xd9, 0xd9, 0x00, 0x00, 0xc1, 0xc1, 's', 's'};
    for (unsigned i = 0; i < sizeof(first); i++) {
        cr_assert_eq(qtest_readb(BASE + i), first[i]);
    }
    cr_assert_eq(qtest_readl(BASE), 0x7070d9d9);
    cr_assert_eq(qtest_readw(BASE + 1), 0x70d9);
}

Test(mac_nvram, the_firmwares_partitions_chain_to_the_end_with_valid_checksums)
{
    booted(NULL, NULL);
    check_layout(SYSTEM_SIZE);
    cr_assert_eq(at(16), 0);
}

Test(mac_nvram, the_firmwares_bank_has_generation_and_checksum)
{
    uint32_t a = 1, b = 0;

    booted(NULL, NULL);
    for (unsigned i = BANK + 20; i < SIZE - 1; i++) {
        a = (a + at(i)) % 65521;
        b = (b + a) % 65521;
    }
    b = (b + a) % 65521; /* the last byte is 0, and reading it would end the firmware's turn */
    cr_assert_eq(word_at(BANK + 16) << 16 | word_at(BANK + 18), b << 16 | a);
    cr_assert_eq(word_at(BANK + 20) << 16 | word_at(BANK + 22), 2);
}

Test(mac_nvram, variables_of_the_command_line_reach_the_firmware)
{
    booted(NULL, env("auto-boot?=false", "boot-args=-v", "empty=", NULL));
    cr_assert_str_eq(string_at(16), "auto-boot?=false");
    cr_assert_str_eq(string_at(16 + 17), "boot-args=-v");
    cr_assert_str_eq(string_at(16 + 17 + 13), "empty=");
    cr_assert_eq(at(16 + 17 + 13 + 7), 0);
    check_layout(SYSTEM_SIZE);
}

static bool configure_long(size_t length, Error **errp)
{
    g_autofree char *filler = g_strnfill(length - 2, 'x');
    g_autofree char *variable = g_strdup_printf("a=%s", filler);
    DeviceState *dev = add(NULL, BASE);
    bool ok = mac_nvram_configure(dev, env(variable, NULL), NULL, errp);
    if (ok) {
        mac_nvram_begin_boot(dev, false);
    }
    return ok;
}

Test(mac_nvram, system_partition_grows_with_its_variables)
{
    cr_assert(configure_long(0xe00, &error_abort));
    check_layout(0xe20); /* header, text, its end, the end of the list: 0xe12 */
}

Test(mac_nvram, system_partition_takes_the_banks_place_if_it_must)
{
    cr_assert(configure_long(0x1000, &error_abort));
    check_header(0, 0x70, 0x1020, "system");
    check_header(0x1020, 0x7f, SIZE - 0x1020, "free");
}

Test(mac_nvram, variables_that_just_fit)
{
    cr_assert(configure_long(SIZE - 16 - 16 - 2, &error_abort));
    check_header(0, 0x70, SIZE - 16, "system");
}

Test(mac_nvram, too_many_variables_are_refused_in_one_line)
{
    Error *err = NULL;

    cr_assert_not(configure_long(SIZE - 16 - 16 - 1, &err));
    cr_assert(strstr(error_get_pretty(err), "do not fit"), "%s", error_get_pretty(err));
    cr_assert(strstr(error_get_pretty(err), "-prom-env"));
    error_free(err);
}

Test(mac_nvram, variable_without_a_value_is_refused)
{
    Error *err = NULL;

    cr_assert_not(mac_nvram_configure(add(NULL, BASE), env("auto-boot?", NULL), NULL, &err));
    cr_assert(strstr(error_get_pretty(err), "auto-boot?"), "%s", error_get_pretty(err));
    error_free(err);
}

Test(mac_nvram, the_firmware_has_its_turn_once_after_each_reset)
{
    uint8_t copy[SIZE];
    DeviceState *dev = booted(NULL, NULL);
    copy_window(copy);
    cr_assert_eq(copy[0], 0x70);
    cr_assert_eq(qtest_readl(BASE), 0x5a820002); /* area A */
    reset(dev);
    cr_assert_eq(qtest_readl(BASE), 0x7070d9d9);
}

Test(mac_nvram, a_store_ends_the_firmwares_turn)
{
    booted(NULL, NULL);
    qtest_writeb(BASE + SIZE, 0xff);
    cr_assert_eq(qtest_readb(BASE), 0x5a);
}

/* --- areas ----------------------------------------------------------------------------------------------- */

Test(mac_nvram, adding_up_lengths_comes_to_the_end_of_both_areas)
{
    handed_over(NULL, NULL);
    for (unsigned area = 0; area < 2; area++) {
        unsigned steps = 0;
        for (unsigned i = 0; i < SIZE; steps++) {
            unsigned size = qtest_readw(BASE + area * SIZE + i + 2) * 16u;
            cr_assert_neq(size, 0, "area %u, %#x", area, i);
            i += size;
        }
        cr_assert_eq(steps, area ? 1 : 4);
    }
}

Test(mac_nvram, area_a_has_signature_checksum_generation_and_an_adler32_that_begins_with_1)
{
    uint8_t bytes[SIZE];
    uint32_t low = 1, high = 0;
    handed_over(NULL, NULL);
    read_area(0, bytes);
    for (unsigned i = 20; i < SIZE; i++) {
        low = (low + bytes[i]) % 65521;
        high = (high + low) % 65521;
    }
    cr_assert_eq(bytes[0], 0x5a);
    cr_assert_eq(bytes[1], 0x82); /* of 5a 00 02 "nvram", end-around carry */
    cr_assert_eq(qtest_readl(BASE + 16), high << 16 | low);
    cr_assert_eq(qtest_readl(BASE + 20), 1);
    cr_assert_str_eq((char *)bytes + 0x24, "common");
    cr_assert_str_eq((char *)bytes + 0x1004, "APL,MacOS75");
    cr_assert_eq(memcmp(bytes + 0x1804, "wwwwwwwwwwww", 12), 0);
}

static void check_variable(void (*sync)(unsigned, const uint8_t *))
{
    uint8_t bytes[SIZE];
    DeviceState *dev = handed_over("", NULL);
    make_area(bytes, "boot-device=hd:3,\\\\:tbxi", 2);
    sync(1, bytes);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(bytes));
    reset(dev);
    cr_assert_str_eq(string_at(16), "boot-device=hd:3,\\\\:tbxi");
    handed_over(NULL, NULL);
}

Test(mac_nvram, what_mac_os_x_writes_is_what_the_firmware_reads_and_the_drive_keeps)
{
    check_variable(sync_as_mac_os_x);
}

Test(mac_nvram, what_linux_writes_is_what_the_firmware_reads_and_the_drive_keeps)
{
    check_variable(sync_as_linux);
}

Test(mac_nvram, areas_take_turns)
{
    uint8_t bytes[SIZE];
    DeviceState *dev = handed_over("", NULL);
    for (unsigned generation = 2; generation < 6; generation++) {
        g_autofree char *variable = g_strdup_printf("n=%u", generation);
        make_area(bytes, variable, generation);
        sync_as_mac_os_x((generation + 1) % 2, bytes);
        qtest_clock_step(A_MOMENT_NS);
        cr_assert(file_is(bytes));
    }
    reset(dev);
    cr_assert_str_eq(string_at(16), "n=5");
}

Test(mac_nvram, an_area_that_is_half_written_changes_nothing)
{
    uint8_t bytes[SIZE], before[SIZE];
    file_contents(before);
    DeviceState *dev = handed_over("", NULL);
    make_area(bytes, "n=2", 2);
    bytes[0x1fff] ^= 1; /* as if the power had gone */
    sync_as_mac_os_x(1, bytes);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(before));
    reset(dev);
    cr_assert_eq(at(16), 0);
}

/* Both readers that are known would add up zeros for ever. */
Test(mac_nvram, an_area_of_zeros_under_a_valid_header_is_erased_at_the_next_start)
{
    uint8_t bytes[SIZE], before[SIZE], copy[SIZE];
    file_contents(before);
    DeviceState *dev = handed_over("", NULL);
    nvram_area_format(bytes);
    memset(bytes + 32, 0, SIZE - 32);
    nvram_area_seal(bytes, 9);
    sync_as_linux(1, bytes);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(before));
    reset(dev);
    copy_window(copy);
    cr_assert_eq(qtest_readl(BASE + SIZE), UINT32_MAX);
    cr_assert_eq(qtest_readb(BASE), 0x5a);
}

Test(mac_nvram, two_erased_areas_are_formatted_at_the_next_start)
{
    DeviceState *dev = handed_over(NULL, NULL);
    for (unsigned area = 0; area < 2; area++) {
        qtest_writeb(BASE + area * SIZE, 0x20);
        qtest_writeb(BASE + area * SIZE, 0xd0);
    }
    reset(dev);
    check_layout(SYSTEM_SIZE);
}

/* --- the chip ----------------------------------------------------------------------------------------------- */

Test(mac_nvram, the_chip_says_that_it_is_intels)
{
    handed_over(NULL, NULL);
    qtest_writeb(BASE, 0x90);
    cr_assert_eq(qtest_readb(BASE), 0x89);
    cr_assert_eq(qtest_readb(BASE + 1), 0x98);
    cr_assert_eq(qtest_readb(BASE + SIZE), 0xff); /* the other area reads on */
    qtest_writeb(BASE, 0xff);
    cr_assert_eq(qtest_readb(BASE), 0x5a);
}

Test(mac_nvram, programming_clears_bits_and_sets_none)
{
    handed_over(NULL, NULL);
    qtest_writeb(BASE + SIZE + 5, 0x10);
    qtest_writeb(BASE + SIZE + 5, 0xf0);
    qtest_writeb(BASE + SIZE + 5, 0x40);
    qtest_writeb(BASE + SIZE + 5, 0x3f);
    qtest_writeb(BASE + SIZE, 0xff);
    cr_assert_eq(qtest_readb(BASE + SIZE + 5), 0x30);
}

Test(mac_nvram, an_erase_that_is_not_confirmed_is_an_error_until_it_is_cleared)
{
    handed_over(NULL, NULL);
    qtest_writeb(BASE, 0x20);
    qtest_writeb(BASE, 0xff);
    cr_assert_eq(qtest_readb(BASE), 0xb0);
    qtest_writeb(BASE, 0x50);
    cr_assert_eq(qtest_readb(BASE), 0x80);
    qtest_writeb(BASE, 0xff);
    cr_assert_eq(qtest_readb(BASE), 0x5a); /* and nothing was erased */
}

Test(mac_nvram, a_store_that_is_no_command_changes_nothing)
{
    uint8_t before[SIZE], after[SIZE];
    handed_over(NULL, NULL);
    read_area(0, before);
    qtest_writel(BASE + 0x555, 0xaa5580aa); /* AMD's way to begin */
    qtest_writeb(BASE, 0x30);
    read_area(0, after);
    cr_assert_arr_eq(before, after, SIZE);
}

Test(mac_nvram, reset_in_the_middle_of_a_command_reads_the_array)
{
    uint8_t copy[SIZE];
    static const uint8_t commands[] = {0x20, 0x40, 0x70, 0x90};
    DeviceState *dev = handed_over(NULL, NULL);
    for (unsigned i = 0; i < sizeof(commands); i++) {
        qtest_writeb(BASE, commands[i]);
        reset(dev);
        copy_window(copy);
        cr_assert_eq(qtest_readb(BASE), 0x5a);
    }
}

/* --- the drive ------------------------------------------------------------------------------------------------- */

Test(mac_nvram, a_blank_image_is_a_new_nvram_and_stays_blank_until_the_guest_writes)
{
    uint8_t before[SIZE];
    file_contents(before);
    DeviceState *dev = booted("", NULL);
    check_layout(SYSTEM_SIZE);
    reset(dev);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(before));
}

Test(mac_nvram, an_area_is_taken_as_it_is)
{
    uint8_t bytes[SIZE], there[SIZE], copy[SIZE];
    make_area(bytes, "boot-args=-v", 7);
    bytes[0x1200] = 0x42; /* of the classic system */
    nvram_area_seal(bytes, 7);
    write_file(bytes, SIZE);
    booted("", NULL);
    cr_assert_str_eq(string_at(16), "boot-args=-v");
    copy_window(copy);
    read_area(0, there);
    cr_assert_arr_eq(there, bytes, SIZE);
}

Test(mac_nvram, an_image_of_qemus_gives_its_variables)
{
    uint8_t bytes[SIZE];
    cr_assert(
        nvram_openbios_format(bytes, env("boot-args=-v", "auto-boot?=false", NULL), &error_abort));
    write_file(bytes, SIZE);
    booted("", env("boot-args=-x", NULL));
    cr_assert_str_eq(string_at(16), "auto-boot?=false");
    cr_assert_str_eq(string_at(16 + 17), "boot-args=-x");
    cr_assert(file_is(bytes));
}

Test(mac_nvram, what_the_command_line_says_is_not_kept)
{
    uint8_t there[SIZE];
    DeviceState *dev = booted("", env("boot-args=-x", NULL));
    cr_assert(mac_nvram_set(dev, "b=1", &error_abort));
    qtest_clock_step(A_MOMENT_NS);
    file_contents(there);
    cr_assert_str_eq((char *)there + COMMON, "b=1");
    cr_assert_eq(there[COMMON + 4], 0);
    reset(dev);
    cr_assert_str_eq(string_at(16), "b=1");
    cr_assert_str_eq(string_at(16 + 4), "boot-args=-x");
}

Test(mac_nvram, a_stored_boot_device_is_hidden_if_the_command_line_says_what_to_boot)
{
    DeviceState *dev = booted(NULL, NULL);
    cr_assert(mac_nvram_set(dev, "boot-device=hd:", &error_abort));
    mac_nvram_begin_boot(dev, true);
    cr_assert_eq(at(16), 0);
    mac_nvram_begin_boot(dev, false);
    cr_assert_str_eq(string_at(16), "boot-device=hd:");
}

Test(mac_nvram, a_prom_env_boot_device_is_not_hidden)
{
    DeviceState *dev = booted(NULL, env("boot-device=cd:", NULL));
    mac_nvram_begin_boot(dev, true);
    cr_assert_str_eq(string_at(16), "boot-device=cd:");
}

static void check_corrupt(const uint8_t *bytes)
{
    write_file(bytes, SIZE);
    cr_redirect_stderr();
    DeviceState *dev = booted("", NULL);
    check_layout(SYSTEM_SIZE);
    reset(dev);
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(bytes));
    fflush(stderr);
    char said[400] = {0};
    cr_assert(fread(said, 1, sizeof(said) - 1, cr_get_redirected_stderr()) > 0);
    cr_assert(strstr(said, "holds no valid NVRAM: defaults are used"), "%s", said);
}

Test(mac_nvram, junk_is_not_used_and_not_overwritten)
{
    uint8_t bytes[SIZE];
    memset(bytes, 0xa5, SIZE);
    check_corrupt(bytes);
}

Test(mac_nvram, an_area_with_a_flipped_bit_is_not_used)
{
    uint8_t bytes[SIZE];
    make_area(bytes, "boot-args=-v", 7);
    bytes[COMMON + 3] ^= 1;
    check_corrupt(bytes);
}

Test(mac_nvram, a_chain_that_overshoots_is_not_used)
{
    uint8_t bytes[SIZE];
    cr_assert(nvram_openbios_format(bytes, env("a=b", NULL), &error_abort));
    bytes[SYSTEM_SIZE + 2] = 0x0f;
    bytes[SYSTEM_SIZE + 1] = (uint8_t)(bytes[SYSTEM_SIZE + 1] + 0x0f);
    check_corrupt(bytes);
}

static void expect_size_error(size_t size, const char *text)
{
    g_autofree uint8_t *data = g_malloc0(size);
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *options = g_strdup_printf("if=mtd,format=raw,file=%s", path);
    Error *err = NULL;
    write_file(data, size);
    cr_assert(block_add_drive(options, devices, &error_abort));
    DeviceState *dev = qdev_new(TYPE_MAC_NVRAM);
    object_property_set_str(OBJECT(dev), "drive", block_mtd_drive(), &error_abort);
    cr_assert_not(sysbus_realize(SYS_BUS_DEVICE(dev), &err));
    cr_assert(strstr(error_get_pretty(err), text), "%s", error_get_pretty(err));
    error_free(err);
}

Test(mac_nvram, a_short_image_is_refused) { expect_size_error(5, "has 5 bytes, need 8192"); }

Test(mac_nvram, a_long_image_is_refused) { expect_size_error(16384, "has 16384 bytes, need 8192"); }

Test(mac_nvram, a_read_only_drive_is_said_once_and_the_guest_does_not_see_it)
{
    uint8_t bytes[SIZE], before[SIZE];
    file_contents(before);
    cr_redirect_stderr();
    DeviceState *dev = handed_over(",readonly=on", NULL);
    for (unsigned generation = 2; generation < 4; generation++) {
        make_area(bytes, "a=b", generation);
        sync_as_mac_os_x((generation + 1) % 2, bytes);
    }
    qtest_clock_step(A_MOMENT_NS);
    cr_assert(file_is(before));
    reset(dev);
    cr_assert_str_eq(string_at(16), "a=b");
    fflush(stderr);
    char said[400] = {0};
    cr_assert(fread(said, 1, sizeof(said) - 1, cr_get_redirected_stderr()) > 0);
    const char *first = strstr(said, "NVRAM is not kept: drive 'mtd0' is read-only");
    cr_assert(first && !strstr(first + 1, "NVRAM is not kept"), "%s", said);
}

Test(mac_nvram, a_second_nvram_is_refused)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("if=mtd,format=raw,file=%s", path);
    Error *err = NULL;
    cr_assert(block_add_drive(text, devices, &error_abort));
    cr_assert_not(block_add_drive(text, devices, &err));
    cr_assert(strstr(error_get_pretty(err), "there is one NVRAM"));
    error_free(err);
}

Test(mac_nvram, writes_that_overtake_the_drive_end_with_the_last)
{
    uint8_t bytes[SIZE];
    DeviceState *dev = booted("", NULL);
    cr_assert(mac_nvram_set(dev, "n=1", &error_abort));
    cr_assert(mac_nvram_set(dev, "n=2", &error_abort));
    cr_assert(mac_nvram_set(dev, "n=3", &error_abort));
    qtest_clock_step(A_MOMENT_NS);
    file_contents(bytes);
    cr_assert_str_eq((char *)bytes + COMMON, "n=3");
}

/* --- the console -------------------------------------------------------------------------------------------------- */

static const char *listed(DeviceState *dev)
{
    GString *out = g_string_new(NULL);
    mac_nvram_list(dev, out);
    return g_string_free(out, false);
}

Test(mac_nvram, list_shows_what_is_stored_and_what_the_command_line_says)
{
    DeviceState *dev = booted(NULL, env("boot-args=-x", NULL));
    cr_assert(mac_nvram_set(dev, "a=1", &error_abort));
    cr_assert(mac_nvram_set(dev, "b=\n", &error_abort));
    cr_assert(mac_nvram_set(dev, "a=2", &error_abort));
    cr_assert_str_eq(listed(dev), "b=\\n\na=2\nboot-args=-x  (-prom-env, this run only)\n");
}

Test(mac_nvram, set_writes_the_other_area_with_the_next_generation)
{
    uint8_t bytes[SIZE], copy[SIZE];
    DeviceState *dev = handed_over(NULL, NULL);
    cr_assert(mac_nvram_set(dev, "a=1", &error_abort));
    read_area(1, bytes);
    cr_assert(nvram_area_is_valid(bytes));
    cr_assert_eq(nvram_area_generation(bytes), 2);
    reset(dev);
    copy_window(copy);
    cr_assert_str_eq((char *)copy + 16, "a=1");
}

Test(mac_nvram, set_refuses_what_does_not_fit_or_is_no_variable)
{
    g_autofree char *filler = g_strnfill(0x1000, 'x');
    g_autofree char *longest = g_strdup_printf("a=%s", filler);
    const char *const bad[] = {"a", "=b", "", longest};
    DeviceState *dev = booted(NULL, NULL);
    uint64_t before = qtest_hash(dev);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;
        cr_assert_not(mac_nvram_set(dev, bad[i], &err));
        error_free(err);
    }
    cr_assert_eq(qtest_hash(dev), before);
}

Test(mac_nvram, clear_leaves_no_variable)
{
    uint8_t bytes[SIZE];
    DeviceState *dev = booted("", NULL);
    cr_assert(mac_nvram_set(dev, "a=1", &error_abort));
    mac_nvram_clear(dev);
    cr_assert_str_eq(listed(dev), "");
    qtest_clock_step(A_MOMENT_NS);
    file_contents(bytes);
    cr_assert(nvram_area_is_valid(bytes));
    cr_assert_eq(bytes[COMMON], 0);
}

/* --- state --------------------------------------------------------------------------------------------------------- */

Test(mac_nvram, state_survives_save_and_load_in_the_middle_of_a_command)
{
    DeviceState *dev = handed_over(NULL, env("x=y", NULL)), *fresh = add(NULL, BASE + 0x10000);

    qtest_writeb(BASE + SIZE + 5, 0x40);
    qtest_writeb(BASE, 0x90);
    uint64_t before = qtest_hash(dev);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(dev, fresh), before);
    qtest_writeb(BASE + 0x10000 + SIZE + 5, 0x3f);
    qtest_writeb(BASE + 0x10000 + SIZE, 0xff);
    cr_assert_eq(qtest_readb(BASE + 0x10000 + SIZE + 5), 0x3f);
    cr_assert_eq(qtest_readb(BASE + 0x10000), 0x89);
}
