/* SPDX-License-Identifier: MIT */
/*
 * ATA disks on MacIO's cells, as a guest drives them: every command, PIO and DMA, both units, 48 bits, errors of
 * the host, resets at every step, registers written anyhow, saving in the middle of a transfer; what Mac OS X
 * demands (macosx.md 4.12, checklist 29 to 31).
 * Covers: hw/ide/ide_bus.c hw/ide/ide_device.c hw/ide/ata_disk.c hw/ide/ata_transfer.c hw/ide/ata_identify.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/qtest/ide_driver.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, SECTORS = 8192, SECTORS_B = 4096 };
#define GIANT_SECTORS (UINT64_C(160) << 21) /* 160 GiB */
enum { READY = 0x50, DRQ = 0x08, ERR = 0x01 };
enum { ABRT = 0x04, IDNF = 0x10, UNC = 0x40 };

static char *image_a, *image_b;

/* Every sector begins with its number and goes on with a pattern of it. */
static void fill(uint8_t *data, uint64_t lba, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        for (unsigned at = 0; at < SECTOR; at++) {
            data[n * SECTOR + at] = (uint8_t)((lba + n) >> (8 * (at & 3))) ^ (uint8_t)(at / 4 * 7);
        }
    }
}

static char *new_image(uint64_t sectors, bool is_filled)
{
    char *path;
    g_autofree uint8_t *data = g_malloc(SECTORS * SECTOR);
    int fd = g_file_open_tmp("core99-ide-XXXXXX", &path, NULL);
    cr_assert_eq(ftruncate(fd, (off_t)(sectors * SECTOR)), 0);
    if (is_filled) {
        fill(data, 0, (uint32_t)sectors);
        cr_assert_eq(write(fd, data, sectors * SECTOR), (ssize_t)(sectors * SECTOR));
    }
    close(fd);
    return path;
}

static void remove_images(void)
{
    if (image_a) {
        g_unlink(image_a);
    }
    if (image_b) {
        g_unlink(image_b);
    }
}

TestSuite(ide, .fini = remove_images, .timeout = 120);

/* Master of both channels, slave of the first. */
static IdeDriver start(void)
{
    image_a = new_image(SECTORS, true);
    image_b = new_image(SECTORS_B, true);
    g_autofree char *a = g_strdup_printf("file=%s,format=raw", image_a);
    g_autofree char *b = g_strdup_printf("file=%s,format=raw,if=ide", image_b);
    ide_board((const char *const[]){a, b, NULL});
    return ide_driver(0);
}

static IdeDriver start_with(uint64_t sectors, const char *more)
{
    image_a = new_image(sectors, sectors <= SECTORS);
    g_autofree char *a = g_strdup_printf("file=%s,format=raw%s", image_a, more);
    ide_board((const char *const[]){a, NULL});
    return ide_driver(0);
}

static void expect_sectors(const uint8_t *data, uint64_t lba, uint32_t count)
{
    g_autofree uint8_t *wanted = g_malloc(count * SECTOR);
    fill(wanted, lba, count);
    cr_assert_arr_eq(data, wanted, count * SECTOR);
}

/* What the file has. */
static void expect_file(const char *path, uint64_t lba, const uint8_t *data, uint32_t count)
{
    g_autofree uint8_t *there = g_malloc(count * SECTOR);
    FILE *file = fopen(path, "rb");
    cr_assert_eq(fseek(file, (long)(lba * SECTOR), SEEK_SET), 0);
    cr_assert_eq(fread(there, SECTOR, count, file), count);
    fclose(file);
    cr_assert_arr_eq(there, data, count * SECTOR);
}

static void flush(const IdeDriver *ide, uint8_t unit)
{
    cr_assert_eq(ide_command(ide, (IdeTask){.command = 0xe7, .unit = unit}), READY);
}

/* --- who is there ------------------------------------------------------------------------------------------ */

static void expect_signature(const IdeDriver *ide, unsigned unit)
{
    ide_out(ide, IDE_R_HEAD, (uint8_t)(unit << 4));
    cr_assert_eq(ide_in(ide, IDE_R_COUNT), 1);
    cr_assert_eq(ide_in(ide, IDE_R_LOW), 1);
    cr_assert_eq(ide_in(ide, IDE_R_MID), 0);
    cr_assert_eq(ide_in(ide, IDE_R_HIGH), 0);
    cr_assert_eq(ide_in(ide, IDE_R_ERROR), 1);
    cr_assert_eq(ide_in(ide, IDE_R_ALT) & 0x51, 0x50);
}

/* Rows 17 and 30: units are selected without 0xa0. */
Test(ide, both_units_show_their_signature_after_a_reset)
{
    IdeDriver ide = start();
    for (unsigned round = 0; round < 2; round++) {
        expect_signature(&ide, 0);
        expect_signature(&ide, 1);
        for (unsigned reg = IDE_R_COUNT; reg <= IDE_R_HIGH; reg += 0x10) {
            ide_out(&ide, reg, 0x55);
        }
        ide_out(&ide, IDE_R_ALT, 0x04);
        cr_assert_eq(ide_in(&ide, IDE_R_STATUS) & 0x80, 0x80, "BSY while SRST is set");
        ide_out(&ide, IDE_R_ALT, 0x00);
        cr_assert_eq(ide_wait(&ide), READY);
    }
}

Test(ide, an_absent_slave_is_no_image_of_its_master)
{
    IdeDriver ide = start_with(SECTORS, "");
    ide_out(&ide, IDE_R_HEAD, 0x10);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), 0);
    cr_assert_eq(ide_in(&ide, IDE_R_ALT), 0);
    cr_assert_neq(ide_in(&ide, IDE_R_MID), 0);
    cr_assert_neq(ide_in(&ide, IDE_R_MID), 0x14);
    ide_out(&ide, IDE_R_COUNT, 0x55);
    ide_out(&ide, IDE_R_LOW, 0xaa);
    cr_assert_neq(ide_in(&ide, IDE_R_COUNT), 0x55);
    ide_out(&ide, IDE_R_STATUS, 0xec);
    qtest_clock_step(1000000);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), 0);
    cr_assert_eq(qtest_readw(ide.cell), 0);
    cr_assert_eq(ide.irq->rises, 0);
    ide_out(&ide, IDE_R_HEAD, 0x00);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY, "the master is as it was");
}

Test(ide, a_slave_alone_answers_for_itself_only)
{
    IdeDriver ide = start_with(SECTORS, ",unit=1");
    uint16_t words[256];
    ide_out(&ide, IDE_R_HEAD, 0x00);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), 0);
    cr_assert_neq(ide_in(&ide, IDE_R_MID), 0);
    ide_identify(&ide, 1, words);
    cr_assert_eq(words[60], SECTORS);
}

Test(ide, registers_keep_what_is_written_to_both_units)
{
    IdeDriver ide = start();
    ide_out(&ide, IDE_R_HEAD, 0x00);
    for (unsigned reg = IDE_R_COUNT; reg <= IDE_R_HIGH; reg += 0x10) {
        ide_out(&ide, reg, (uint8_t)(reg + 5));
    }
    ide_out(&ide, IDE_R_HEAD, 0x10);
    for (unsigned reg = IDE_R_COUNT; reg <= IDE_R_HIGH; reg += 0x10) {
        cr_assert_eq(ide_in(&ide, reg), (uint8_t)(reg + 5));
    }
    cr_assert_eq(ide_in(&ide, IDE_R_HEAD), 0xb0);
    ide_out(&ide, IDE_R_LOW, 0x12);
    ide_out(&ide, IDE_R_ALT, 0x80);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), 0x35, "HOB: what was written before");
    ide_out(&ide, IDE_R_COUNT, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), 0x12, "a write clears HOB");
}

/* --- IDENTIFY ----------------------------------------------------------------------------------------------- */

static void expect_string(const uint16_t *words, unsigned first, unsigned count, const char *text)
{
    g_autofree char *there = g_malloc0(2 * count + 1);
    for (unsigned n = 0; n < count; n++) {
        there[2 * n] = (char)(words[first + n] >> 8);
        there[2 * n + 1] = (char)words[first + n];
    }
    cr_assert_str_eq(g_strchomp(there), text);
}

static void expect_checksum(const uint16_t *words)
{
    uint8_t sum = 0;
    for (unsigned n = 0; n < 256; n++) {
        sum = (uint8_t)(sum + (words[n] & 0xff) + (words[n] >> 8));
    }
    cr_assert_eq(words[255] & 0xff, 0xa5);
    cr_assert_eq(sum, 0);
}

Test(ide, identify_tells_size_names_and_modes_of_each_unit)
{
    IdeDriver ide = start();
    uint16_t words[256];
    for (uint8_t unit = 0; unit < 2; unit++) {
        uint32_t sectors = unit ? SECTORS_B : SECTORS;
        ide_identify(&ide, unit, words);
        expect_checksum(words);
        cr_assert_eq(words[0], 0x0040);
        cr_assert_eq(words[1], sectors / 16 / 63);
        cr_assert_eq(words[3], 16);
        cr_assert_eq(words[6], 63);
        expect_string(words, 10, 10, unit ? "QM00002" : "QM00001");
        expect_string(words, 23, 4, "2.5+");
        expect_string(words, 27, 20, "QEMU HARDDISK");
        cr_assert_eq(words[47], 0x8010);
        cr_assert_eq(words[49] & 0x300, 0x300, "LBA and DMA");
        cr_assert_eq(words[60] | (uint32_t)words[61] << 16, sectors);
        cr_assert_eq(words[100] | (uint32_t)words[101] << 16, sectors);
        cr_assert_eq(words[63] & 7, 7, "multiword DMA 0 to 2");
        cr_assert_eq(words[83] & 0x7400, 0x7400, "48 bits, both flushes");
        cr_assert_eq(words[85] & 0x21, 0x21, "write cache and SMART are on");
    }
    ide = ide_driver(1);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), 0, "nobody is on the other bus");
}

Test(ide, properties_name_the_disk)
{
    Error *err = NULL;
    uint16_t words[256];
    image_a = new_image(SECTORS, true);
    g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=none,id=d", image_a);
    ide_board((const char *const[]){text, NULL});
    cr_assert_null(qdev_device_add("ide-hd,drive=d", &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "come and go with the machine only"));
    error_free(err);
    DeviceState *dev = qdev_new("ide-hd");
    object_property_parse(OBJECT(dev), "drive", "d", &error_abort);
    object_property_parse(OBJECT(dev), "serial", "S-1", &error_abort);
    object_property_parse(OBJECT(dev), "model", "A disk", &error_abort);
    object_property_parse(OBJECT(dev), "ver", "9.9", &error_abort);
    object_property_parse(OBJECT(dev), "wwn", "0x5000c50015ea71ac", &error_abort);
    object_property_parse(OBJECT(dev), "rotation_rate", "7200", &error_abort);
    object_property_parse(OBJECT(dev), "cyls", "100", &error_abort);
    object_property_parse(OBJECT(dev), "heads", "4", &error_abort);
    object_property_parse(OBJECT(dev), "secs", "17", &error_abort);
    cr_assert(qdev_realize_and_unref(dev, bus_find("ide.1"), &error_abort));
    IdeDriver ide = ide_driver(1);
    ide_identify(&ide, 0, words);
    expect_string(words, 10, 10, "S-1");
    expect_string(words, 27, 20, "A disk");
    expect_string(words, 23, 4, "9.9");
    cr_assert_eq(words[108], 0x5000);
    cr_assert_eq(words[111], 0x71ac);
    cr_assert_eq(words[84] & 0x100, 0x100);
    cr_assert_eq(words[217], 7200);
    cr_assert_eq(words[1], 100);
    cr_assert_eq(words[3], 4);
    cr_assert_eq(words[6], 17);
}

/* @text: properties of an ide-hd that cannot be. */
static void expect_refused(const char *property, const char *value, const char *message)
{
    Error *err = NULL;
    DeviceState *dev = qdev_new("ide-hd");
    object_property_parse(OBJECT(dev), "drive", "d", &error_abort);
    object_property_parse(OBJECT(dev), property, value, &error_abort);
    cr_assert(!qdev_realize_and_unref(dev, bus_find("ide.0"), &err), "%s=%s", property, value);
    cr_assert_not_null(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

Test(ide, disks_that_cannot_be_are_refused)
{
    image_a = new_image(SECTORS, true);
    image_b = new_image(SECTORS_B, true);
    g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=none,id=d", image_a);
    g_autofree char *other = g_strdup_printf("file=%s,format=raw", image_b);
    ide_board((const char *const[]){text, other, NULL});
    expect_refused("unit", "2", "supports only 2 units");
    expect_refused("unit", "0", "in use");
    expect_refused("serial", "123456789012345678901", "at most 20");
    expect_refused("heads", "17", "cyls must be between");
    expect_refused("logical_block_size", "4k", "must be 512");
    expect_refused("drive", "nobody", "nobody");
}

/* --- PIO ----------------------------------------------------------------------------------------------------- */

static void pio_read(const IdeDriver *ide, IdeTask task, uint64_t lba, uint32_t count)
{
    g_autofree uint8_t *data = g_malloc(count * SECTOR);
    unsigned before = ide->irq->rises;
    ide_issue(ide, task);
    cr_assert_eq(ide_wait(ide), READY | DRQ);
    cr_assert_eq(ide->irq->rises, before + 1);
    cr_assert_eq(ide_pio_read(ide, data, count * SECTOR), count * SECTOR);
    cr_assert_eq(ide_in(ide, IDE_R_STATUS), READY);
    expect_sectors(data, lba, count);
    cr_assert_eq(qtest_readw(ide->cell), 0, "there is no more");
}

Test(ide, pio_reads_of_each_kind)
{
    IdeDriver ide = start();
    pio_read(&ide, (IdeTask){.command = 0x20, .lba = 3, .count = 1}, 3, 1);
    pio_read(&ide, (IdeTask){.command = 0x21, .lba = 100, .count = 5}, 100, 5);
    pio_read(&ide, (IdeTask){.command = 0x20, .lba = 200, .count = 0}, 200, 256);
    pio_read(&ide, (IdeTask){.command = 0x24, .lba = 7, .count = 300, .is_48 = true}, 7, 300);
    pio_read(&ide, (IdeTask){.command = 0xc4, .lba = 50, .count = 35}, 50, 35);
    pio_read(&ide, (IdeTask){.command = 0x29, .lba = 64, .count = 35, .is_48 = true}, 64, 35);
    pio_read(&ide, (IdeTask){.command = 0x20, .unit = 1, .lba = SECTORS_B - 1, .count = 1},
             SECTORS_B - 1, 1);
    pio_read(&ide,
             (IdeTask){.command = 0x20, .is_chs = true, .lba = 1 << 16 | 2 << 8 | 3, .count = 2},
             (1 * 16 + 2) * 63 + 2, 2);
}

Test(ide, words_come_with_the_first_byte_at_the_lower_address)
{
    IdeDriver ide = start();
    uint8_t data[SECTOR];
    fill(data, 5, 1);
    ide_issue(&ide, (IdeTask){.command = 0x20, .lba = 5, .count = 1});
    ide_wait(&ide);
    cr_assert_eq(qtest_readw(ide.cell), (uint16_t)(data[0] << 8 | data[1]));
    uint32_t wide = (uint32_t)data[2] << 24 | data[3] << 16 | data[4] << 8 | data[5];
    cr_assert_eq(qtest_readl(ide.cell), wide);
    cr_assert_eq(qtest_readb(ide.cell), 0xff, "no register of a byte");
    cr_assert_eq(qtest_readw(ide.cell), (uint16_t)(data[6] << 8 | data[7]));
}

static void pio_write(const IdeDriver *ide, IdeTask task, const char *path, uint64_t lba,
                      uint32_t count)
{
    g_autofree uint8_t *data = g_malloc(count * SECTOR);
    fill(data, lba + 0x11111, count);
    unsigned before = ide->irq->rises;
    ide_issue(ide, task);
    cr_assert_eq(ide_in(ide, IDE_R_ALT), READY | DRQ);
    cr_assert_eq(ide->irq->rises, before, "the first block is not announced");
    cr_assert_eq(ide_pio_write(ide, data, count * SECTOR), count * SECTOR);
    cr_assert_eq(ide_wait(ide), READY);
    cr_assert_gt(ide->irq->rises, before);
    cr_assert_eq(ide_in(ide, IDE_R_STATUS), READY);
    flush(ide, task.unit);
    expect_file(path, lba, data, count);
}

Test(ide, pio_writes_of_each_kind)
{
    IdeDriver ide = start();
    pio_write(&ide, (IdeTask){.command = 0x30, .lba = 3, .count = 1}, image_a, 3, 1);
    pio_write(&ide, (IdeTask){.command = 0x31, .lba = 100, .count = 5}, image_a, 100, 5);
    pio_write(&ide, (IdeTask){.command = 0x30, .lba = 200, .count = 0}, image_a, 200, 256);
    pio_write(&ide, (IdeTask){.command = 0x34, .lba = 7, .count = 300, .is_48 = true}, image_a, 7,
              300);
    pio_write(&ide, (IdeTask){.command = 0xc5, .lba = 50, .count = 35}, image_a, 50, 35);
    pio_write(&ide, (IdeTask){.command = 0x39, .lba = 64, .count = 35, .is_48 = true}, image_a, 64,
              35);
    pio_write(&ide, (IdeTask){.command = 0x30, .unit = 1, .lba = 9, .count = 2}, image_b, 9, 2);
}

Test(ide, an_interrupt_comes_with_each_block)
{
    IdeDriver ide = start();
    uint8_t data[8 * SECTOR];
    static const struct {
        uint8_t multiple, command;
        unsigned blocks;
    } cases[] = {{8, 0x20, 8}, {8, 0xc4, 1}, {4, 0xc4, 2}, {2, 0xc4, 4}};
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        unsigned blocks = 0;
        cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xc6, .count = cases[n].multiple}),
                     READY);
        ide_issue(&ide, (IdeTask){.command = cases[n].command, .lba = 1, .count = 8});
        for (size_t at = 0; at < sizeof(data); at += SECTOR * 8 / cases[n].blocks) {
            ide_wait(&ide);
            cr_assert_eq(ide.irq->level, 1);
            cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY | DRQ);
            cr_assert_eq(ide.irq->level, 0);
            ide_pio_read(&ide, data + at, SECTOR * 8 / cases[n].blocks);
            blocks++;
        }
        cr_assert_eq(blocks, cases[n].blocks);
        cr_assert_eq(ide.irq->level, 0, "and none after the last one");
        expect_sectors(data, 1, 8);
    }
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xc6, .count = 3}), READY | ERR);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xc6, .count = 32}), READY | ERR);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xc6, .count = 0}), READY);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xc4, .count = 1}), READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), ABRT);
}

/* --- DMA ------------------------------------------------------------------------------------------------------ */

static void dma_read(const IdeDriver *ide, IdeTask task, uint64_t lba, uint32_t count)
{
    g_autofree uint8_t *data = g_malloc0(count * SECTOR);
    unsigned before = ide->irq->rises, dma_before = ide->dma_irq->falls;
    ide_memory_write(data, count * SECTOR);
    cr_assert_eq(ide_dma_command(ide, task, true, count * SECTOR), READY);
    ide_memory_read(data, count * SECTOR);
    expect_sectors(data, lba, count);
    cr_assert_eq(ide->irq->rises, before + 1);
    cr_assert_eq(ide->dma_irq->falls, dma_before + 1);
}

static void dma_write(const IdeDriver *ide, IdeTask task, const char *path, uint64_t lba,
                      uint32_t count)
{
    g_autofree uint8_t *data = g_malloc(count * SECTOR);
    fill(data, lba + 0x22222, count);
    ide_memory_write(data, count * SECTOR);
    cr_assert_eq(ide_dma_command(ide, task, false, count * SECTOR), READY);
    flush(ide, task.unit);
    expect_file(path, lba, data, count);
}

Test(ide, dma_of_each_kind)
{
    IdeDriver ide = start();
    dma_read(&ide, (IdeTask){.command = 0xc8, .lba = 3, .count = 1}, 3, 1);
    dma_read(&ide, (IdeTask){.command = 0xc9, .lba = 10, .count = 0}, 10, 256);
    dma_read(&ide, (IdeTask){.command = 0x25, .lba = 5, .count = 6000, .is_48 = true}, 5, 6000);
    dma_read(&ide, (IdeTask){.command = 0xc8, .unit = 1, .lba = 77, .count = 8}, 77, 8);
    dma_write(&ide, (IdeTask){.command = 0xca, .lba = 3, .count = 1}, image_a, 3, 1);
    dma_write(&ide, (IdeTask){.command = 0xcb, .lba = 10, .count = 0}, image_a, 10, 256);
    dma_write(&ide, (IdeTask){.command = 0x35, .lba = 5, .count = 6000, .is_48 = true}, image_a, 5,
              6000);
    dma_write(&ide, (IdeTask){.command = 0xca, .unit = 1, .lba = 77, .count = 8}, image_b, 77, 8);
}

/* Row 31, and in either order of command and channel. */
Test(ide, the_channel_may_start_before_or_after_the_command)
{
    IdeDriver ide = start();
    uint8_t data[8 * SECTOR];
    for (unsigned is_late = 0; is_late < 2; is_late++) {
        ide_dma_program(&ide, true, sizeof(data));
        if (!is_late) {
            ide_dma_run(&ide);
        }
        ide_issue(&ide, (IdeTask){.command = 0xc8, .lba = 40, .count = 8});
        qtest_clock_step(1000000);
        if (is_late) {
            cr_assert_eq(ide.irq->level, 0, "the data has nowhere to go");
            ide_dma_run(&ide);
        }
        cr_assert_eq(ide_wait(&ide), READY);
        cr_assert_eq(qtest_readl_le(ide.cell + IDE_R_INTERRUPT),
                     IDE_T_INTRQ | (uint32_t)IDE_T_DMA_IRQ);
        qtest_writel_le(ide.cell + IDE_R_INTERRUPT, (uint32_t)IDE_T_DMA_IRQ);
        ide_in(&ide, IDE_R_STATUS);
        cr_assert_eq(qtest_readl_le(ide.cell + IDE_R_INTERRUPT), 0);
        ide_dma_stop(&ide);
        cr_assert_eq(ide.irq->rises, is_late + 1);
        cr_assert_eq(ide.dma_irq->falls, is_late + 1);
        ide_memory_read(data, sizeof(data));
        expect_sectors(data, 40, 8);
        cr_assert_eq(qtest_readw_le(IDE_PROGRAM + 14) & 0x8c00, 0x8400);
        cr_assert_eq(qtest_readw_le(IDE_PROGRAM + 16 + 14) & 0x8c00, 0x8400, "NOP, too");
    }
}

Test(ide, a_stopped_channel_waits_for_data_on_its_way)
{
    IdeDriver ide = start();
    uint8_t data[SECTOR];
    ide_dma_program(&ide, true, SECTOR);
    ide_dma_run(&ide);
    ide_issue(&ide, (IdeTask){.command = 0xc8, .lba = 40, .count = 1});
    ide_dma_stop(&ide);
    ide_memory_read(data, sizeof(data));
    expect_sectors(data, 40, 1);
    cr_assert_eq(ide_wait(&ide), READY);
}

/* --- 48 bits ----------------------------------------------------------------------------------------------------- */

Test(ide, sectors_past_28_bits_are_reached)
{
    IdeDriver ide = start_with(GIANT_SECTORS, "");
    uint16_t words[256];
    uint8_t data[2 * SECTOR], back[2 * SECTOR];
    uint64_t last = GIANT_SECTORS - 2;
    ide_identify(&ide, 0, words);
    cr_assert_eq((uint32_t)words[60] | (uint32_t)words[61] << 16, 0x0fffffff);
    cr_assert_eq((uint64_t)words[100] | (uint64_t)words[101] << 16 | (uint64_t)words[102] << 32,
                 GIANT_SECTORS);
    cr_assert_eq(words[1], 16383);
    fill(data, 12345, 2);
    ide_issue(&ide, (IdeTask){.command = 0x34, .lba = last, .count = 2, .is_48 = true});
    cr_assert_eq(ide_pio_write(&ide, data, sizeof(data)), sizeof(data));
    cr_assert_eq(ide_wait(&ide), READY);
    ide_issue(&ide, (IdeTask){.command = 0x24, .lba = last, .count = 2, .is_48 = true});
    cr_assert_eq(ide_pio_read(&ide, back, sizeof(back)), sizeof(back));
    cr_assert_arr_eq(back, data, sizeof(data));
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0x27, .is_48 = true}), READY);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), (GIANT_SECTORS - 1) & 0xff);
    ide_out(&ide, IDE_R_ALT, 0x80);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), (GIANT_SECTORS - 1) >> 24 & 0xff);
    ide_out(&ide, IDE_R_ALT, 0);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xf8}), READY);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), 0xfe, "28 bits end there");
    cr_assert_eq(ide_in(&ide, IDE_R_HEAD) & 0xf, 0xf);
    cr_assert_eq(
        ide_command(&ide, (IdeTask){.command = 0x42, .lba = last + 2, .count = 1, .is_48 = true}),
        READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), IDNF);
}

/* --- other commands -------------------------------------------------------------------------------------------------- */

static void expect_command(const IdeDriver *ide, IdeTask task, uint8_t status, uint8_t error)
{
    unsigned before = ide->irq->rises;
    cr_assert_eq(ide_command(ide, task), status, "command %#x", task.command);
    cr_assert_eq(ide_in(ide, IDE_R_ERROR), error, "command %#x", task.command);
    cr_assert_eq(ide->irq->rises, before + 1, "command %#x", task.command);
    cr_assert_eq(ide->irq->level, 0);
}

Test(ide, commands_without_data_end_well)
{
    IdeDriver ide = start();
    static const uint8_t commands[] = {0x10, 0x1f, 0x40, 0x41, 0x70, 0x7f, 0x94, 0x95, 0x96,
                                       0x97, 0xe0, 0xe1, 0xe2, 0xe3, 0xe7, 0xea, 0xf8, 0x27};
    for (size_t n = 0; n < G_N_ELEMENTS(commands); n++) {
        expect_command(&ide, (IdeTask){.command = commands[n], .lba = 5, .count = 3}, READY, 0);
    }
    expect_command(&ide, (IdeTask){.command = 0x42, .lba = 5, .count = 6000, .is_48 = true}, READY,
                   0);
    expect_command(&ide, (IdeTask){.command = 0x90}, READY, 1);
    expect_signature(&ide, 1);
    expect_signature(&ide, 0);
}

Test(ide, other_commands_are_aborted)
{
    IdeDriver ide = start();
    static const uint8_t commands[] = {0x00, 0x01, 0x06, 0x08, 0x22, 0x45,
                                       0x60, 0x92, 0xa2, 0xf1, 0xf9, 0xff};
    for (size_t n = 0; n < G_N_ELEMENTS(commands); n++) {
        expect_command(&ide, (IdeTask){.command = commands[n], .count = 1}, READY | ERR, ABRT);
    }
    for (uint8_t command = 0xa0; command <= 0xa1; command++) {
        expect_command(&ide, (IdeTask){.command = command, .lba = 0x123456, .count = 9},
                       READY | ERR, ABRT);
        cr_assert_eq(ide_in(&ide, IDE_R_MID), 0, "a disk's signature");
        cr_assert_eq(ide_in(&ide, IDE_R_COUNT), 1);
    }
}

Test(ide, places_that_are_not_there_are_not_found)
{
    IdeDriver ide = start();
    expect_command(&ide, (IdeTask){.command = 0x20, .lba = SECTORS, .count = 1}, READY | ERR, IDNF);
    expect_command(&ide, (IdeTask){.command = 0xc8, .lba = SECTORS - 1, .count = 2}, READY | ERR,
                   IDNF);
    expect_command(&ide, (IdeTask){.command = 0x30, .lba = 0xfffffff, .count = 0}, READY | ERR,
                   IDNF);
    expect_command(&ide, (IdeTask){.command = 0x70, .lba = SECTORS}, READY | ERR, IDNF);
    expect_command(&ide, (IdeTask){.command = 0x35, .lba = UINT64_C(0xffffffffffff), .is_48 = true},
                   READY | ERR, IDNF);
    expect_command(&ide, (IdeTask){.command = 0x20, .is_chs = true, .lba = 0, .count = 1},
                   READY | ERR, IDNF);
    expect_command(&ide, (IdeTask){.command = 0x20, .is_chs = true, .lba = 64, .count = 1},
                   READY | ERR, IDNF);
}

Test(ide, the_geometry_of_addresses_can_be_chosen)
{
    IdeDriver ide = start();
    uint16_t words[256];
    ide_out(&ide, IDE_R_HEAD, 3);
    ide_out(&ide, IDE_R_COUNT, 17);
    ide_out(&ide, IDE_R_STATUS, 0x91);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY);
    pio_read(&ide,
             (IdeTask){.command = 0x20, .is_chs = true, .lba = 2 << 16 | 3 << 8 | 17, .count = 1},
             (2 * 4 + 3) * 17 + 16, 1);
    ide_identify(&ide, 0, words);
    cr_assert_eq(words[54], SECTORS / 4 / 17);
    cr_assert_eq(words[55], 4);
    cr_assert_eq(words[56], 17);
    cr_assert_eq(words[6], 63, "the default stays");
    ide_out(&ide, IDE_R_COUNT, 0);
    ide_out(&ide, IDE_R_STATUS, 0x91);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY | ERR);
}

static uint16_t word_after(const IdeDriver *ide, uint8_t feature, uint8_t count, unsigned word)
{
    uint16_t words[256];
    cr_assert_eq(ide_command(ide, (IdeTask){.command = 0xef, .feature = feature, .count = count}),
                 READY);
    ide_identify(ide, 0, words);
    expect_checksum(words);
    return words[word];
}

Test(ide, features_are_set)
{
    IdeDriver ide = start();
    cr_assert_eq(word_after(&ide, 0x03, 0x0c, 64), 3);
    cr_assert_eq(word_after(&ide, 0x03, 0x22, 63), 0x407);
    cr_assert_eq(word_after(&ide, 0x03, 0x20, 63), 0x107);
    cr_assert_eq(word_after(&ide, 0x03, 0x12, 62), 0x407);
    cr_assert_eq(word_after(&ide, 0x03, 0x45, 88), 0x203f);
    cr_assert_eq(word_after(&ide, 0x82, 0, 85) & 0x20, 0);
    cr_assert_eq(word_after(&ide, 0x02, 0, 85) & 0x20, 0x20);
    cr_assert_eq(word_after(&ide, 0x55, 0, 85) & 0x40, 0);
    cr_assert_eq(word_after(&ide, 0xaa, 0, 85) & 0x40, 0x40);
    static const uint8_t modes[] = {0x02, 0x0d, 0x13, 0x18, 0x23, 0x28, 0x46, 0x48, 0xff};
    for (size_t n = 0; n < G_N_ELEMENTS(modes); n++) {
        expect_command(&ide, (IdeTask){.command = 0xef, .feature = 3, .count = modes[n]},
                       READY | ERR, ABRT);
    }
    expect_command(&ide, (IdeTask){.command = 0xef, .feature = 0x99}, READY | ERR, ABRT);
}

Test(ide, a_soft_reset_brings_settings_back_unless_told_otherwise)
{
    IdeDriver ide = start();
    cr_assert_eq(word_after(&ide, 0x55, 0, 85) & 0x40, 0);
    cr_assert_eq(word_after(&ide, 0x66, 0, 85) & 0x40, 0);
    ide_out(&ide, IDE_R_ALT, 4);
    ide_out(&ide, IDE_R_ALT, 0);
    cr_assert_eq(word_after(&ide, 0xcc, 0, 85) & 0x40, 0);
    ide_out(&ide, IDE_R_ALT, 4);
    ide_out(&ide, IDE_R_ALT, 0);
    cr_assert_eq(word_after(&ide, 0xcc, 0, 85) & 0x40, 0x40);
}

Test(ide, power_modes_are_told_and_sleep_ends_with_a_reset)
{
    IdeDriver ide = start();
    expect_command(&ide, (IdeTask){.command = 0xe5}, READY, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_COUNT), 0xff);
    expect_command(&ide, (IdeTask){.command = 0xe0}, READY, 0);
    expect_command(&ide, (IdeTask){.command = 0xe5, .count = 7}, READY, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_COUNT), 0);
    pio_read(&ide, (IdeTask){.command = 0x20, .lba = 1, .count = 1}, 1, 1);
    expect_command(&ide, (IdeTask){.command = 0x98}, READY, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_COUNT), 0xff, "a read wakes it");
    expect_command(&ide, (IdeTask){.command = 0xe6}, READY, 0);
    unsigned rises = ide.irq->rises;
    ide_command(&ide, (IdeTask){.command = 0xec});
    cr_assert_eq(ide.irq->rises, rises, "asleep");
    ide_out(&ide, IDE_R_ALT, 4);
    ide_out(&ide, IDE_R_ALT, 0);
    pio_read(&ide, (IdeTask){.command = 0x20, .lba = 1, .count = 1}, 1, 1);
}

static void smart_sector(const IdeDriver *ide, uint8_t feature, uint8_t log, uint8_t *data)
{
    uint8_t sum = 0;
    ide_issue(ide,
              (IdeTask){.command = 0xb0, .feature = feature, .count = 1, .lba = 0xc24f00u | log});
    cr_assert_eq(ide_pio_read(ide, data, SECTOR), SECTOR);
    for (unsigned n = 0; n < SECTOR; n++) {
        sum = (uint8_t)(sum + data[n]);
    }
    cr_assert(sum == 0 || (feature == 0xd5 && log == 0));
}

Test(ide, smart_is_switched_and_read)
{
    IdeDriver ide = start();
    uint8_t data[SECTOR];
    IdeTask smart = {.command = 0xb0, .feature = 0xda, .lba = 0xc24f00};
    expect_command(&ide, smart, READY, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_MID), 0x4f);
    cr_assert_eq(ide_in(&ide, IDE_R_HIGH), 0xc2);
    smart_sector(&ide, 0xd0, 0, data);
    cr_assert_eq(data[2], 1, "the first attribute: read errors");
    cr_assert_eq(data[5], 100);
    smart_sector(&ide, 0xd1, 0, data);
    cr_assert_eq(data[2], 1);
    cr_assert_eq(data[3], 6);
    for (uint8_t log = 0; log < 7; log += log ? 5 : 1) {
        smart_sector(&ide, 0xd5, log, data);
    }
    smart.feature = 0xd5;
    expect_command(&ide, smart, READY | ERR, ABRT); /* no sectors */
    smart.feature = 0xd9;
    expect_command(&ide, smart, READY, 0);
    smart.feature = 0xda;
    expect_command(&ide, smart, READY | ERR, ABRT);
    smart.feature = 0xd8;
    expect_command(&ide, smart, READY, 0);
    smart.lba = 0;
    expect_command(&ide, smart, READY | ERR, ABRT);
}

/* --- errors of the host ------------------------------------------------------------------------------------------------- */

static IdeDriver start_failing(const char *errors)
{
    image_a = new_image(SECTORS, true);
    g_autofree char *node = g_strdup_printf(
        "driver=blkdebug,node-name=d,image.driver=file,image.filename=%s,%s", image_a, errors);
    MachineState *board = board_new("pmu");
    cr_assert(block_add_node(node, &error_abort));
    g_ptr_array_add(board->config.devices, g_strdup("ide-hd,drive=d,werror=report,rerror=report"));
    board_build(board);
    board_map_macio();
    return ide_driver(0);
}

static uint32_t failed_lba(const IdeDriver *ide)
{
    return (uint32_t)(ide_in(ide, IDE_R_HEAD) & 0xf) << 24 |
           (uint32_t)ide_in(ide, IDE_R_HIGH) << 16 | (uint32_t)ide_in(ide, IDE_R_MID) << 8 |
           ide_in(ide, IDE_R_LOW);
}

Test(ide, a_bad_sector_is_named_and_what_is_before_it_moves)
{
    IdeDriver ide = start_failing("inject-error.0.event=read_aio,inject-error.0.sector=107");
    uint8_t data[32 * SECTOR];
    ide_issue(&ide, (IdeTask){.command = 0x20, .lba = 100, .count = 32});
    cr_assert_eq(ide_pio_read(&ide, data, sizeof(data)), 7 * SECTOR);
    expect_sectors(data, 100, 7);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), UNC);
    cr_assert_eq(failed_lba(&ide), 107);
    cr_assert_eq(ide_dma_command(&ide, (IdeTask){.command = 0xc8, .lba = 100, .count = 32}, true,
                                 sizeof(data)),
                 READY | ERR);
    cr_assert_eq(failed_lba(&ide), 107);
    ide_memory_read(data, 7 * SECTOR);
    expect_sectors(data, 100, 7);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0x40, .lba = 107, .count = 1}),
                 READY | ERR);
    cr_assert_eq(failed_lba(&ide), 107);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0x40, .lba = 108, .count = 9}), READY);
}

Test(ide, an_error_that_does_not_come_again_is_told_all_the_same)
{
    IdeDriver ide = start_failing("inject-error.0.event=read_aio,inject-error.0.once=on");
    uint8_t data[4 * SECTOR];
    cr_assert_eq(ide_dma_command(&ide, (IdeTask){.command = 0xc8, .lba = 100, .count = 4}, true,
                                 sizeof(data)),
                 READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), UNC);
    cr_assert_eq(failed_lba(&ide), 100);
    cr_assert_eq(ide_dma_command(&ide, (IdeTask){.command = 0xc8, .lba = 100, .count = 4}, true,
                                 sizeof(data)),
                 READY);
}

Test(ide, failed_writes_and_flushes_are_told)
{
    IdeDriver ide = start_failing(
        "inject-error.0.event=write_aio,inject-error.0.sector=52,inject-error.0.errno=28,"
        "inject-error.1.event=none,inject-error.1.iotype=flush");
    uint8_t data[8 * SECTOR];
    fill(data, 1234, 8);
    ide_issue(&ide, (IdeTask){.command = 0x30, .lba = 50, .count = 8});
    cr_assert_eq(ide_pio_write(&ide, data, sizeof(data)), sizeof(data));
    cr_assert_eq(ide_wait(&ide), READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), ABRT);
    cr_assert_eq(failed_lba(&ide), 52);
    ide_memory_write(data, sizeof(data));
    cr_assert_eq(ide_dma_command(&ide, (IdeTask){.command = 0xca, .lba = 50, .count = 8}, false,
                                 sizeof(data)),
                 READY | ERR);
    cr_assert_eq(failed_lba(&ide), 52);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xe7}), READY | ERR);
    cr_assert_eq(ide_in(&ide, IDE_R_ERROR), ABRT);
}

/* --- interrupts (rows 29 and 30) ------------------------------------------------------------------------------------------ */

Test(ide, bit_30_follows_intrq_and_falls_with_a_read_of_the_status)
{
    IdeDriver ide = start();
    cr_assert_eq(qtest_readl_le(ide.cell + IDE_R_INTERRUPT), 0);
    ide_issue(&ide, (IdeTask){.command = 0xec});
    ide_wait(&ide);
    cr_assert_eq(qtest_readl_le(ide.cell + IDE_R_INTERRUPT), IDE_T_INTRQ);
    cr_assert_eq(ide.irq->level, 1);
    ide_in(&ide, IDE_R_ALT);
    cr_assert_eq(ide.irq->level, 1, "the alternate status leaves it");
    ide_out(&ide, IDE_R_ALT, 2);
    cr_assert_eq(ide.irq->level, 0, "nIEN");
    ide_out(&ide, IDE_R_ALT_OPENBIOS, 0);
    cr_assert_eq(ide.irq->level, 1);
    ide_out(&ide, IDE_R_HEAD, 0x10);
    cr_assert_eq(ide_in(&ide, IDE_R_HEAD), 0xe0, "while DRQ is set nobody listens");
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY | DRQ);
    cr_assert_eq(qtest_readl_le(ide.cell + IDE_R_INTERRUPT), 0);
    cr_assert_eq(ide.irq->level, 0);
}

Test(ide, only_the_selected_unit_interrupts)
{
    IdeDriver ide = start();
    ide_issue(&ide, (IdeTask){.command = 0xe5, .unit = 1});
    cr_assert_eq(ide.irq->level, 1);
    ide_out(&ide, IDE_R_HEAD, 0);
    cr_assert_eq(ide.irq->level, 0);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY);
    ide_out(&ide, IDE_R_HEAD, 0x10);
    cr_assert_eq(ide.irq->level, 1);
}

/* --- resets, hostile registers, state ---------------------------------------------------------------------------------------- */

typedef struct Scenario {
    IdeTask task;
    bool is_dma, is_input;
    uint32_t sectors;
} Scenario;

static const Scenario scenarios[] = {
    {{.command = 0x20, .lba = 10, .count = 4}, false, true, 4},
    {{.command = 0x30, .lba = 10, .count = 4}, false, false, 4},
    {{.command = 0xc4, .unit = 1, .lba = 10, .count = 20}, false, true, 20},
    {{.command = 0x39, .unit = 1, .lba = 10, .count = 20, .is_48 = true}, false, false, 20},
    {{.command = 0xc8, .lba = 10, .count = 200}, true, true, 200},
    {{.command = 0xca, .lba = 10, .count = 200}, true, false, 200},
    {{.command = 0x25, .lba = 10, .count = 5000, .is_48 = true}, true, true, 5000},
    {{.command = 0x35, .lba = 10, .count = 5000, .is_48 = true}, true, false, 5000},
};

static void begin_scenario(const IdeDriver *ide, const Scenario *s)
{
    if (s->is_dma) {
        ide_dma_program(ide, s->is_input, (size_t)s->sectors * SECTOR);
        ide_dma_run(ide);
    }
    ide_issue(ide, s->task);
}

/* One step of it: some words, or time. */
static void step_scenario(const IdeDriver *ide, const Scenario *s, unsigned step)
{
    bool has_data = !s->is_dma && (ide_in(ide, IDE_R_ALT) & DRQ);
    for (unsigned n = 0; has_data && n < 100; n++) {
        if (s->is_input) {
            qtest_readw(ide->cell);
        } else {
            qtest_writew(ide->cell, (uint16_t)(step * 100 + n));
        }
    }
    qtest_clock_step(has_data ? 0 : 7000);
}

static void expect_sane(const IdeDriver *ide)
{
    uint16_t words[256];
    ide_out(ide, IDE_R_ALT, 4);
    ide_out(ide, IDE_R_ALT, 0);
    ide_dma_stop(ide);
    expect_signature(ide, 0);
    expect_signature(ide, 1);
    ide_identify(ide, 0, words);
    expect_checksum(words);
    ide_identify(ide, 1, words);
    expect_checksum(words);
}

Test(ide, a_reset_at_every_step_leaves_disks_that_work)
{
    IdeDriver ide = start();
    for (size_t n = 0; n < G_N_ELEMENTS(scenarios); n++) {
        for (unsigned steps = 0; steps < 12; steps++) {
            begin_scenario(&ide, &scenarios[n]);
            for (unsigned step = 0; step < steps; step++) {
                step_scenario(&ide, &scenarios[n], step);
            }
            expect_sane(&ide);
        }
    }
    pio_read(&ide, (IdeTask){.command = 0x20, .lba = 7000, .count = 1}, 7000, 1);
}

/* Saved after every step, loaded over what came later, gone on with: it ends as if nothing had been. */
Test(ide, a_transfer_that_is_saved_and_loaded_ends_in_the_same_state)
{
    IdeDriver ide = start();
    for (size_t n = 0; n < G_N_ELEMENTS(scenarios); n++) {
        begin_scenario(&ide, &scenarios[n]);
        for (unsigned step = 0; step < 40; step++) {
            g_autoptr(GByteArray) state = g_byte_array_new();
            machine_save(machine_get(), state);
            uint64_t before = machine_hash(machine_get());
            step_scenario(&ide, &scenarios[n], step);
            uint64_t after = machine_hash(machine_get());
            cr_assert(machine_load(machine_get(), state->data, state->len, &error_abort));
            cr_assert_eq(machine_hash(machine_get()), before, "scenario %zu step %u", n, step);
            step_scenario(&ide, &scenarios[n], step);
            cr_assert_eq(machine_hash(machine_get()), after, "scenario %zu step %u", n, step);
        }
        expect_sane(&ide);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void anything(const IdeDriver *ide, uint32_t *seed)
{
    uint32_t what = next_random(seed), value = next_random(seed);
    hwaddr reg = ide->cell + (what % 3 ? (what >> 4) % 0x18 * 0x10 : (what >> 4) % 0x320);
    switch (what >> 12 & 7) {
    case 0:
        qtest_writeb(reg, (uint8_t)value);
        break;
    case 1:
        qtest_writew(reg & ~UINT64_C(1), (uint16_t)value);
        break;
    case 2:
        qtest_writel(reg & ~UINT64_C(3), value);
        break;
    case 3:
        ide_out(ide, IDE_R_STATUS,
                value & 1 ? scenarios[(value >> 1) % 8].task.command : (uint8_t)(value >> 1));
        break;
    case 4:
        qtest_readl(ide->cell);
        qtest_writel(ide->cell, value);
        break;
    case 5:
        ide_dma_program(ide, value & 1, value % 5000);
        ide_dma_run(ide);
        break;
    case 6:
        qtest_readb(reg);
        break;
    default:
        qtest_clock_step(value % 30000);
        break;
    }
}

Test(ide, registers_written_anyhow_harm_nobody)
{
    IdeDriver ide = start();
    uint32_t seed = 1;
    for (unsigned n = 0; n < 200000; n++) {
        anything(&ide, &seed);
    }
    expect_sane(&ide);
}

Test(ide, a_program_that_points_at_the_cell_changes_nothing)
{
    IdeDriver ide = start();
    ide_dma_program(&ide, true, SECTOR);
    qtest_writel_le(IDE_PROGRAM + 4, (uint32_t)ide.cell);
    ide_dma_run(&ide);
    ide_issue(&ide, (IdeTask){.command = 0xc8, .lba = 1, .count = 1});
    qtest_clock_step(1000000);
    expect_sane(&ide);
}

Test(ide, info_shows_drive_and_transfer)
{
    IdeDriver ide = start();
    g_autoptr(GString) out = g_string_new(NULL);
    ide_issue(&ide, (IdeTask){.command = 0x20, .unit = 1, .lba = 10, .count = 4});
    ide_wait(&ide);
    DeviceState *cell = board_part("macio/ide[0]");
    DEVICE_GET_CLASS(cell)->info(cell, out);
    cr_assert_not_null(strstr(out->str, "unit 1: status 58"), "%s", out->str);
    cr_assert_not_null(strstr(out->str, "byte 0 of 512"), "%s", out->str);
}
