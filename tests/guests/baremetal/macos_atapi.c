/* SPDX-License-Identifier: MIT */
/*
 * macos_atapi: a -kernel program that uses a CD-ROM drive (ide.1 master) as Mac OS X's ATAPI driver does, and asks for
 * more than there is: READ TOC with a large allocation length by PIO and by DMA, commands that the drive does not
 * have, a whole read after each. Ends with status 42, or with the number of the step that failed. Needs -device
 * core99-debugexit and a disc whose byte n is n + n / 2048.
 *
 * Source: macosx.md 4.12 and row 32 of its checklist; ATA/ATAPI-6 9.7 to 9.9 (interrupt reason, byte count).
 */
#define CABLE 1
#include "mac_ata.h"

enum { REASON_COMMAND = 1, REASON_TO_HOST = 2, REASON_DONE = 3, LIMIT = 0xfffe };
enum { READ_TOC = 0x43, READ_10 = 0x28, REQUEST_SENSE = 0x03, UNKNOWN = 0xd8, FORMAT_NONE = 0x0f };
enum { TOC_ASKED = 804, TOC_LENGTH = 20, SENSE_LENGTH = 18, SECTOR = 2048, SECTORS = 4 };
enum { NO_SENSE = 0, ILLEGAL_REQUEST = 5, INVALID_OPCODE = 0x20, INVALID_FIELD = 0x24 };
enum { OCCUPIED = BSY | DRQ, MARK = 0xa5 };
#define TOC_BY_PIO DATA
#define BY_DMA (DATA + 0x1000)
#define SENSE (DATA + 0x8000)
#define SECTORS_AT (DATA + 0x10000)

typedef struct Packet {
    u8 bytes[12];
} Packet;

/* --- the drive ------------------------------------------------------------------------------------------------- */

static void fill(u32 at, u32 length)
{
    for (u32 n = 0; n < length; n++) {
        ((volatile u8 *)at)[n] = MARK;
    }
}

static u32 byte_count(void) { return (u32)in8(CELL + R_HIGH) << 8 | in8(CELL + R_MID); }

static void issue(u8 feature, u8 count, u32 limit, u8 command)
{
    out8(CELL + R_HEAD, 0);
    out8(CELL + R_FEATURE, feature);
    out8(CELL + R_COUNT, count);
    out8(CELL + R_LOW, 0);
    out8(CELL + R_MID, (u8)limit);
    out8(CELL + R_HIGH, (u8)(limit >> 8));
    out8(CELL + R_STATUS, command);
}

/* The packet goes when DRQ asks for it, without an interrupt. */
static void send_packet(const Packet *packet, u8 is_dma, u32 limit)
{
    const u16 *words = (const u16 *)packet->bytes;
    issue(is_dma, 0, limit, 0xa0);
    wait_idle(60);
    expect(61, (in8(CELL + R_ALT) & (OCCUPIED | ERR)) == DRQ);
    expect(62, (in8(CELL + R_COUNT) & REASON_DONE) == REASON_COMMAND);
    for (u32 n = 0; n < 6; n++) {
        *(volatile u16 *)CELL = words[n];
    }
}

static u8 next_status(u32 step)
{
    expect(step, next_interrupt() == VECTOR_DRIVE);
    return drive_interrupt(step + 1);
}

/* One interrupt, no error, nothing after it. */
static void expect_end(u32 step)
{
    expect(step + 3, (next_status(step) & (OCCUPIED | ERR)) == 0);
    expect(step + 4, (in8(CELL + R_COUNT) & REASON_DONE) == REASON_DONE);
}

/* A data command by PIO: DRQ blocks of @limit bytes at most, as long as the byte count says. Bytes that came. */
static u32 read_by_pio(const Packet *packet, u32 at, u32 limit)
{
    u32 done = 0;
    send_packet(packet, 0, limit);
    for (;;) {
        u8 status = next_status(70);
        expect(73, (status & (BSY | ERR)) == 0);
        if (!(status & DRQ)) {
            break;
        }
        u32 length = byte_count();
        expect(74, (in8(CELL + R_COUNT) & REASON_DONE) == REASON_TO_HOST);
        expect(75, length != 0 && length <= limit);
        for (u32 n = 0; n < length; n += 2) {
            *(u16 *)(at + done + n) = *(volatile u16 *)CELL;
        }
        done += length;
    }
    expect(76, (in8(CELL + R_COUNT) & REASON_DONE) == REASON_DONE);
    return done;
}

static void expect_sense(u32 step, u8 key, u8 asc)
{
    static const Packet request = {{REQUEST_SENSE, 0, 0, 0, 252}};
    const volatile u8 *sense = (const volatile u8 *)SENSE;
    expect(step, read_by_pio(&request, SENSE, LIMIT) == SENSE_LENGTH);
    expect(step + 1, (sense[0] & 0x7f) == 0x70 && sense[7] == SENSE_LENGTH - 8);
    expect(step + 2, (sense[2] & 0x0f) == key && sense[12] == asc && sense[13] == 0);
}

/* --- who it is -------------------------------------------------------------------------------------------------- */

static void identify(void)
{
    u16 *words = (u16 *)SENSE;
    issue(0, 0, 0, 0xa1);
    expect(13, (next_status(10) & (DRQ | ERR)) == DRQ);
    for (u32 n = 0; n < 256; n++) {
        words[n] = *(volatile u16 *)CELL;
    }
    expect(14, words[0] == 0xc085); /* bytes of a word come the other way round */
    expect(15, (in8(CELL + R_ALT) & OCCUPIED) == 0);
}

static void set_mode(u8 mode)
{
    issue(0x03, mode, 0, 0xef);
    expect(23, (next_status(20) & ERR) == 0);
}

/* As for a disk: the answer to commands for disks is the signature. */
static void ask_for_a_disk(void)
{
    issue(0, 0, 0, 0xec);
    expect(29, (next_status(24) & (OCCUPIED | ERR)) == ERR);
    expect(27, in8(CELL + R_FEATURE) == 0x04);
    expect(28, scan_unit(0) == 2);
}

/* --- short reads -------------------------------------------------------------------------------------------------- */

static const Packet read_toc = {{READ_TOC, 0, 0, 0, 0, 0, 1, TOC_ASKED >> 8, TOC_ASKED & 0xff, 0}};

/* The byte count says what there is, however much was asked for; a small limit comes in blocks. */
static void short_read_by_pio(void)
{
    const volatile u8 *toc = (const volatile u8 *)TOC_BY_PIO;
    fill(TOC_BY_PIO, TOC_ASKED);
    expect(80, read_by_pio(&read_toc, TOC_BY_PIO, LIMIT) == TOC_LENGTH);
    expect(81, toc[0] == 0 && toc[1] == TOC_LENGTH - 2);
    expect(82, toc[2] == 1 && toc[3] == 1 && toc[6] == 1 && toc[14] == 0xaa);
    expect(83, toc[TOC_LENGTH] == MARK);
    fill(BY_DMA, TOC_ASKED);
    expect(84, read_by_pio(&read_toc, BY_DMA, 8) == TOC_LENGTH);
    for (u32 n = 0; n < TOC_ASKED; n++) {
        expect(85, ((const volatile u8 *)BY_DMA)[n] == toc[n]);
    }
}

/* INPUT_MORE of @length bytes, the NOP that interrupts, STOP; started before the command. */
static void start_channel(u32 at, u32 length)
{
    put_command(0, 0x2000, length, at);
    put_command(1, 0x6030, 0, 0);
    put_command(2, 0x7000, 0, 0);
    out_le32(CHANNEL + 0xc, PROGRAM);
    out_le32(CHANNEL, (u32)(DMA_RUN | DMA_WAKE) * 0x10001u);
}

/* The drive ended with @left bytes of the descriptor not moved: no interrupt of the channel, which stands in it
 * alive until it is stopped; then the descriptor tells. */
static void expect_stall(u32 step, u32 left)
{
    expect(step,
           (in_le32(CHANNEL + 4) & (DMA_RUN | DMA_DEAD | DMA_ACTIVE)) == (DMA_RUN | DMA_ACTIVE));
    expect(step + 1, in_le32(CHANNEL + 0xc) == PROGRAM);
    stop_channel();
    expect(step + 2, (in_le32(PROGRAM + 12) & 0x8c00ffffu) == (0x84000000u | left));
    expect(step + 3, in_le32(PROGRAM + 16 + 12) == 0);
    expect(step + 4, (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) == 0);
    expect(step + 5, (in_le32(MPIC + MPIC_CPU + MPIC_ACK) & 0xff) == SPURIOUS);
}

static void short_read_by_dma(void)
{
    fill(BY_DMA, TOC_ASKED);
    start_channel(BY_DMA, TOC_ASKED);
    send_packet(&read_toc, 1, LIMIT);
    expect_end(90);
    for (u32 n = 0; n < TOC_ASKED; n++) {
        expect(96, ((const volatile u8 *)BY_DMA)[n] == ((const volatile u8 *)TOC_BY_PIO)[n]);
    }
    expect_stall(100, TOC_ASKED - TOC_LENGTH);
}

/* --- refused commands ----------------------------------------------------------------------------------------------- */

/* An error is one interrupt, by PIO and by DMA; the key stands in the error register. */
static void expect_refusal(u32 step, const Packet *packet, u8 is_dma, u8 asc)
{
    if (is_dma) {
        fill(BY_DMA, TOC_ASKED);
        start_channel(BY_DMA, TOC_ASKED);
    }
    send_packet(packet, is_dma, LIMIT);
    expect(step + 3, (next_status(step) & (OCCUPIED | ERR)) == ERR);
    expect(step + 4, in8(CELL + R_FEATURE) >> 4 == ILLEGAL_REQUEST);
    expect(step + 5, (in8(CELL + R_COUNT) & REASON_DONE) == REASON_DONE);
    if (is_dma) {
        expect(step + 6, *(volatile u8 *)BY_DMA == MARK);
        expect_stall(110, TOC_ASKED);
    }
    expect_sense(120, ILLEGAL_REQUEST, asc);
    expect_sense(130, NO_SENSE, 0);
}

static void refused_commands(void)
{
    static const Packet unknown = {{UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    static const Packet bad_format = {
        {READ_TOC, 0, FORMAT_NONE, 0, 0, 0, 0, TOC_ASKED >> 8, TOC_ASKED & 0xff}};
    expect_refusal(140, &unknown, 0, INVALID_OPCODE);
    expect_refusal(150, &unknown, 1, INVALID_OPCODE);
    expect_refusal(160, &bad_format, 0, INVALID_FIELD);
    expect_refusal(170, &bad_format, 1, INVALID_FIELD);
}

/* --- afterwards everything works --------------------------------------------------------------------------------------- */

/* Four sectors from 3 on: exactly what was asked for, both interrupts in any order. */
static void whole_read(void)
{
    static const Packet read = {{READ_10, 0, 0, 0, 0, 3, 0, 0, SECTORS}};
    u32 seen = 0;
    start_channel(SECTORS_AT, SECTORS * SECTOR);
    send_packet(&read, 1, LIMIT);
    for (u32 n = 0; n < 2; n++) {
        u32 vector = next_interrupt();
        expect(180, vector == VECTOR_DRIVE || vector == VECTOR_DMA);
        seen |= vector == VECTOR_DRIVE ? 1u : 2u;
        if (vector == VECTOR_DRIVE) {
            expect(183, (drive_interrupt(181) & (OCCUPIED | ERR)) == 0);
        } else {
            out_le32(MPIC + MPIC_CPU + MPIC_EOI, 0);
        }
    }
    expect(184, seen == 3);
    expect(185, (in_le32(PROGRAM + 12) & 0x8c00ffffu) == 0x84000000u);
    expect(186, (in_le32(PROGRAM + 16 + 12) & 0x8c000000u) == 0x84000000u);
    stop_channel();
    for (u32 n = 0; n < SECTORS * SECTOR; n++) {
        u32 place = 3 * SECTOR + n;
        expect(187, ((const volatile u8 *)SECTORS_AT)[n] == (u8)(place + place / SECTOR));
    }
}

/* The driver's bus reset: SRST, then DEVICE RESET for packet devices. */
static void reset_bus(void)
{
    out8(CELL + R_ALT, 0x04);
    for (volatile u32 n = 0; n < 1000; n++) {
    }
    out8(CELL + R_ALT, 0);
    wait_idle(190);
    expect(191, scan_unit(0) == 2);
    out8(CELL + R_STATUS, 0x08);
    wait_idle(192);
    expect(193, scan_unit(0) == 2);
}

void begin(unsigned r3, unsigned r4, ClientInterface *firmware)
{
    (void)r3;
    (void)r4;
    take_over(firmware, 2);
    identify();
    set_mode(0x0c);
    set_mode(0x22);
    ask_for_a_disk();
    for (u32 round = 0; round < 2; round++) {
        expect_sense(5, NO_SENSE, 0);
        short_read_by_pio();
        short_read_by_dma();
        whole_read();
        refused_commands();
        whole_read();
        reset_bus();
    }
    expect(FINE, 0);
}
