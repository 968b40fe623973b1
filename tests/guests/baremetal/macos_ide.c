/* SPDX-License-Identifier: MIT */
/*
 * macos_ide: a -kernel program that finds and uses an ATA disk (ide.0 master) as Mac OS X's KeyLargoATA does:
 * the firmware's quiesce, scanForDrives without a reset, IDENTIFY by interrupt, SET FEATURES, READ DMA with both interrupts, the bus reset.
 * Ends with status 42, or with the number of the step that failed. Needs -device core99-debugexit.
 *
 * Source: macosx.md 4.12 and rows 17, 29, 30 of its checklist.
 */
#define CABLE 0
#include "mac_ata.h"

/* --- commands ------------------------------------------------------------------------------------------------- */

static void issue(u8 feature, u8 count, u32 lba, u8 command)
{
    out8(CELL + R_HEAD, (u8)(0x40 | (lba >> 24 & 0xf)));
    out8(CELL + R_FEATURE, feature);
    out8(CELL + R_COUNT, count);
    out8(CELL + R_LOW, (u8)lba);
    out8(CELL + R_MID, (u8)(lba >> 8));
    out8(CELL + R_HIGH, (u8)(lba >> 16));
    out8(CELL + R_STATUS, command);
}

static void read_data(u16 *words)
{
    for (u32 n = 0; n < 256; n++) {
        words[n] = *(volatile u16 *)CELL;
    }
}

static void identify(void)
{
    u16 *words = (u16 *)(DATA + 0x8000);
    u8 sum = 0;
    issue(0, 0, 0, 0xec);
    expect(10, next_interrupt() == VECTOR_DRIVE);
    expect(13, (drive_interrupt(11) & (DRQ | ERR)) == DRQ);
    read_data(words);
    for (u32 n = 0; n < 512; n++) {
        sum = (u8)(sum + ((u8 *)words)[n]);
    }
    expect(14, words[0] == 0x4000); /* bytes of a word come the other way round */
    expect(15, sum == 0);
    expect(16, (in8(CELL + R_ALT) & (BSY | DRQ | DRDY)) == DRDY);
}

static void set_feature(u8 feature, u8 count)
{
    issue(feature, count, 0, 0xef);
    expect(20, next_interrupt() == VECTOR_DRIVE);
    expect(23, (drive_interrupt(21) & ERR) == 0);
}

/* --- DMA ------------------------------------------------------------------------------------------------------ */

/* Eight sectors from 5 on by DMA, in two pieces. The drive's interrupt and the channel's come in any order. */
static void read_dma(void)
{
    u32 seen = 0;
    put_command(0, 0x2000, 0x400, DATA);
    put_command(1, 0x2000, 0xc00, DATA + 0x400);
    put_command(2, 0x6030, 0, 0);
    put_command(3, 0x7000, 0, 0);
    out_le32(CHANNEL + 0xc, PROGRAM);
    out_le32(CHANNEL, (u32)(DMA_RUN | DMA_WAKE) * 0x10001u);
    issue(0, 8, 5, 0xc8);
    for (u32 n = 0; n < 2; n++) {
        u32 vector = next_interrupt();
        expect(31, vector == VECTOR_DRIVE || vector == VECTOR_DMA);
        seen |= vector == VECTOR_DRIVE ? 1u : 2u;
        if (vector == VECTOR_DRIVE) {
            expect(34, (drive_interrupt(32) & (BSY | DRQ | ERR)) == 0);
        } else {
            out_le32(MPIC + MPIC_CPU + MPIC_EOI, 0);
        }
    }
    expect(35, seen == 3);
    for (u32 n = 0; n < 3; n++) {
        expect(36, (in_le32(PROGRAM + 16 * n + 12) & 0x8c000000u) == 0x84000000u);
    }
    stop_channel();
}

/* The same by PIO, with the interrupt looked at and not taken. */
static void compare_pio(void)
{
    issue(0, 8, 5, 0x20);
    for (u32 sector = 0; sector < 8; sector++) {
        u16 *there = (u16 *)(DATA + 0x8000), *dma = (u16 *)(DATA + 512 * sector);
        u32 left = PATIENCE;
        while (left && !(in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ)) {
            left--;
        }
        expect(40, left != 0);
        while (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) {
            in8(CELL + R_STATUS);
        }
        expect(41, (in8(CELL + R_ALT) & (DRQ | ERR)) == DRQ);
        read_data(there);
        for (u32 n = 0; n < 256; n++) {
            expect(42 + 1, there[n] == dma[n]);
        }
    }
}

static void reset_bus(void)
{
    out8(CELL + R_ALT, 0x04);
    for (volatile u32 n = 0; n < 1000; n++) {
    }
    out8(CELL + R_ALT, 0);
    wait_idle(50);
    expect(51, in8(CELL + R_STATUS) & DRDY);
    expect(52, scan_unit(0) == 1);
}

void begin(unsigned r3, unsigned r4, ClientInterface *firmware)
{
    (void)r3;
    (void)r4;
    take_over(firmware, 1);
    identify();
    set_feature(0x03, 0x0c);
    set_feature(0x03, 0x22);
    set_feature(0xaa, 0);
    set_feature(0x02, 0);
    read_dma();
    compare_pio();
    reset_bus();
    expect(FINE, 0);
}
