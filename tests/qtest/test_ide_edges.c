/* SPDX-License-Identifier: MIT */
/*
 * An ATA disk at its edges: places past its end, more requests than a drive has, DMA programs that reach for the
 * cell while a command ends (ATA/ATAPI-6 8, 9; mac99.md 8).
 * Covers: hw/ide/ide_device.c hw/ide/ata_disk.c hw/ide/ata_transfer.c hw/ide/macio_ide.c.
 */
#include "block/block.h"
#include "tests/qtest/ide_driver.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { SECTOR = 512, SECTORS = 8192 };
enum { BSY = 0x80, READY = 0x50, ERR = 0x01, IDNF = 0x10, ABRT = 0x04, SRST = 0x04 };
enum { INPUT_LAST = 0x3000, STORE_WORD = 0x4600, STOP = 0x7000 };

static char *image;

static IdeDriver start(void)
{
    int fd = g_file_open_tmp("core99-ide-XXXXXX", &image, NULL);
    cr_assert_eq(ftruncate(fd, SECTORS * SECTOR), 0);
    close(fd);
    g_autofree char *drive = g_strdup_printf("file=%s,format=raw,id=d", image);
    ide_board((const char *const[]){drive, NULL});
    return ide_driver(0);
}

static void remove_image(void)
{
    if (image) {
        g_unlink(image);
    }
}

TestSuite(ide_edges, .fini = remove_image, .timeout = 120);

/* --- past the end -------------------------------------------------------------------------------------------- */

static uint64_t address_now(const IdeDriver *ide)
{
    uint64_t lba = 0;
    for (unsigned high = 0; high < 2; high++) {
        ide_out(ide, IDE_R_ALT, high ? 0x80 : 0);
        lba |= (uint64_t)(ide_in(ide, IDE_R_HIGH) << 16 | ide_in(ide, IDE_R_MID) << 8 |
                          ide_in(ide, IDE_R_LOW))
               << 24 * high;
    }
    ide_out(ide, IDE_R_ALT, 0);
    return lba;
}

/* The low 24 bits of an address of 28. */
static void expect_not_found(const IdeDriver *ide, IdeTask task, uint64_t where)
{
    uint64_t mask = task.is_48 ? UINT64_MAX : 0xffffff;
    cr_assert_eq(ide_command(ide, task), READY | ERR);
    cr_assert_eq(ide_in(ide, IDE_R_ERROR), IDNF);
    cr_assert_eq(address_now(ide) & mask, where);
}

Test(ide_edges, the_first_place_that_is_not_there_is_named)
{
    IdeDriver ide = start();
    expect_not_found(&ide, (IdeTask){.command = 0xc8, .lba = SECTORS - 1, .count = 2}, SECTORS);
    expect_not_found(&ide, (IdeTask){.command = 0xc8, .lba = SECTORS + 5, .count = 2}, SECTORS + 5);
    expect_not_found(&ide,
                     (IdeTask){.command = 0x34, .lba = SECTORS - 300, .count = 1000, .is_48 = true},
                     SECTORS);
    /* 8 cylinders of 16 heads, 2 tracks of 63 sectors: two sectors are left */
    expect_not_found(
        &ide, (IdeTask){.command = 0x40, .is_chs = true, .lba = 8 << 16 | 2 << 8 | 1, .count = 3},
        8 << 8 | 3);
    cr_assert_eq(ide_in(&ide, IDE_R_HEAD) & 0x0f, 2);
}

/* --- requests that nobody waits for ------------------------------------------------------------------------------ */

/* A reset leaves the drive's request to itself: only so many can be on their way. */
static void pile_up(const IdeDriver *ide, IdeTask task, unsigned limit)
{
    BlockBackend *blk = blk_by_name("d");
    for (unsigned n = 0; n < 600; n++) {
        ide_issue(ide, task);
        ide_out(ide, IDE_R_ALT, SRST);
        ide_out(ide, IDE_R_ALT, 0);
        cr_assert_leq(blk_in_flight(blk), limit);
    }
    cr_assert_gt(blk_in_flight(blk), 1);
    cr_assert_eq(ide_command(ide, task), READY | ERR);
    cr_assert_eq(ide_in(ide, IDE_R_ERROR), ABRT);
    qtest_clock_step(100000000);
    cr_assert_eq(blk_in_flight(blk), 0);
}

Test(ide_edges, resets_do_not_pile_requests_up)
{
    IdeDriver ide = start();
    IdeTask read = {.command = 0x25, .count = 4096, .is_48 = true};
    pile_up(&ide, read, BLOCK_REQUEST_MAX / (4096 * SECTOR) + 1);
    pile_up(&ide, (IdeTask){.command = 0xe7}, 256);
    cr_assert_eq(ide_dma_command(&ide, read, true, 4096 * SECTOR), READY);
    cr_assert_eq(ide_command(&ide, (IdeTask){.command = 0xe7}), READY);
}

/* --- a program that goes on while a command ends -------------------------------------------------------------------- */

static void put_command(unsigned n, uint32_t word, uint32_t count, uint32_t address, uint32_t value)
{
    hwaddr at = IDE_PROGRAM + 16 * n;
    qtest_writel_le(at, word << 16 | count);
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, value);
    qtest_writel_le(at + 12, 0);
}

/* The registers are closed to it as they are while its data moves: or the command would end in a reset. */
Test(ide_edges, a_program_cannot_reach_its_own_cell_while_the_command_ends)
{
    IdeDriver ide = start();
    put_command(0, INPUT_LAST, 4 * SECTOR, IDE_MEMORY, 0);
    put_command(1, STORE_WORD, 1, (uint32_t)ide.cell + IDE_R_ALT, SRST);
    put_command(2, STOP, 0, 0, 0);
    qtest_writel_le(ide.channel + 0x0c, IDE_PROGRAM);
    ide_dma_run(&ide);
    ide_issue(&ide, (IdeTask){.command = 0xc8, .lba = 3, .count = 2});
    cr_assert_eq(ide_wait(&ide), READY);
    cr_assert_eq(ide_dma_status(&ide), 0x8000, "the program is at its end");
    cr_assert_eq(qtest_readl_le(IDE_PROGRAM + 12), 0x84000000 | 2 * SECTOR);
    cr_assert_eq(ide_in(&ide, IDE_R_LOW), 3);
    cr_assert_eq(ide_in(&ide, IDE_R_STATUS), READY);
}
