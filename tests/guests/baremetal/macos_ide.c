/* SPDX-License-Identifier: MIT */
/*
 * macos_ide: a -kernel program that finds and uses an ATA disk (ide.0 master) as Mac OS X's KeyLargoATA does:
 * the firmware's quiesce, scanForDrives without a reset, IDENTIFY by interrupt, SET FEATURES, READ DMA with both interrupts, the bus reset.
 * Ends with status 42, or with the number of the step that failed. Needs -device core99-debugexit.
 *
 * Source: macosx.md 4.12 and rows 17, 29, 30 of its checklist; mac99.md 4 (interrupt controller), 8. Entered by
 * OpenBIOS with translation on and a stack; RAM is mapped one to one, its handlers map device pages on demand.
 * The processor's interrupts stay off: the controller is asked.
 */
/* OpenBIOS jumps to the first instruction. */
__asm__(".text; .globl _start; _start: b begin");
typedef int ClientInterface(void *arguments);
void begin(unsigned r3, unsigned r4, ClientInterface *firmware);

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

enum { FINE = 42, PATIENCE = 1 << 20 };
#define MACIO 0x80000000u
#define CELL (MACIO + 0x20000u)
#define CHANNEL (MACIO + 0x8b00u)
#define MPIC (MACIO + 0x40000u)
#define EXIT 0xf9000000u
#define PROGRAM 0x00700000u
#define DATA 0x00710000u

enum {
    R_COUNT = 0x20,
    R_LOW = 0x30,
    R_MID = 0x40,
    R_HIGH = 0x50,
    R_HEAD = 0x60,
    R_STATUS = 0x70,
    R_ALT = 0x160,
    R_TIMING = 0x200,
    R_INTERRUPT = 0x300,
};
enum { R_FEATURE = 0x10, BSY = 0x80, DRDY = 0x40, DRQ = 0x08, ERR = 0x01, DEVICE_IRQ = 0x40000000 };
enum { DMA_RUN = 0x8000, DMA_FLUSH = 0x2000, DMA_WAKE = 0x1000, DMA_ACTIVE = 0x0400 };
enum { SOURCE_DMA = 2, SOURCE_DRIVE = 13, VECTOR_DMA = 0x32, VECTOR_DRIVE = 0x3d, SPURIOUS = 0xff };

static u8 in8(u32 at)
{
    u8 value = *(volatile u8 *)at;
    __asm__ volatile("eieio" ::: "memory");
    return value;
}

static void out8(u32 at, u8 value)
{
    *(volatile u8 *)at = value;
    __asm__ volatile("eieio" ::: "memory");
}

static u32 in_le32(u32 at)
{
    u32 value;
    __asm__ volatile("lwbrx %0,0,%1; eieio" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static void out_le32(u32 at, u32 value)
{
    __asm__ volatile("stwbrx %0,0,%1; eieio" ::"r"(value), "r"(at) : "memory");
}

/* Step @number fails unless @is_well. */
static void expect(u32 number, int is_well)
{
    if (!is_well) {
        *(volatile u32 *)EXIT = number;
        for (;;) {
        }
    }
}

static void wait_idle(u32 step)
{
    u32 left = PATIENCE;
    while (left && (in8(CELL + R_STATUS) & BSY)) {
        left--;
    }
    expect(step, left != 0);
}

/* --- scanForDrives ----------------------------------------------------------------------------------------- */

/* 1: an ATA disk. The unit is selected without 0xa0. */
static int scan_unit(u32 unit)
{
    out8(CELL + R_HEAD, (u8)(unit << 4));
    wait_idle(1);
    u8 mid = in8(CELL + R_MID), high = in8(CELL + R_HIGH);
    if (mid == 0x14 && high == 0xeb) {
        return 2;
    }
    return mid == 0 && high == 0 && in8(CELL + R_COUNT) == 1 && in8(CELL + R_LOW) == 1 &&
           (in8(CELL + R_ALT) & 0x51) == 0x50;
}

/* --- interrupts ---------------------------------------------------------------------------------------------- */

enum {
    MPIC_SOURCES = 0x10000,
    MPIC_CPU = 0x20000,
    MPIC_TASK = 0x80,
    MPIC_ACK = 0xa0,
    MPIC_EOI = 0xb0
};

static void enable_source(u32 source, u32 vector, u32 is_level)
{
    out_le32(MPIC + MPIC_SOURCES + 0x20 * source + 0x10, 1);
    out_le32(MPIC + MPIC_SOURCES + 0x20 * source, is_level << 22 | 8u << 16 | vector);
}

static u32 next_interrupt(void)
{
    u32 vector = SPURIOUS;
    for (u32 left = PATIENCE; left && vector == SPURIOUS; left--) {
        vector = in_le32(MPIC + MPIC_CPU + MPIC_ACK) & 0xff;
    }
    return vector;
}

/* What the driver's handler does: bit 30 must be there, and go with a read of the status. */
static u8 drive_interrupt(u32 step)
{
    expect(step, (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) != 0);
    u8 status = in8(CELL + R_STATUS);
    expect(step + 1, (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) == 0);
    out_le32(MPIC + MPIC_CPU + MPIC_EOI, 0);
    return status;
}

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

static void put_command(u32 n, u32 word, u32 count, u32 address)
{
    u32 at = PROGRAM + 16 * n;
    out_le32(at, word << 16 | count);
    out_le32(at + 4, address);
    out_le32(at + 8, 0);
    out_le32(at + 12, 0);
}

static void stop_channel(void)
{
    out_le32(CHANNEL, (u32)(DMA_RUN | DMA_FLUSH) << 16 | DMA_FLUSH);
    u32 left = PATIENCE;
    while (left && (in_le32(CHANNEL + 4) & (DMA_ACTIVE | DMA_FLUSH))) {
        left--;
    }
    expect(30, left != 0);
}

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

/* As BootX leaves the firmware. */
static void quiesce(ClientInterface *firmware)
{
    struct {
        const char *service;
        u32 inputs, outputs;
    } arguments = {"quiesce", 0, 0};
    firmware(&arguments);
}

void begin(unsigned r3, unsigned r4, ClientInterface *firmware)
{
    (void)r3;
    (void)r4;
    quiesce(firmware);
    out_le32(CELL + R_TIMING, 0x00084526);
    expect(2, scan_unit(0) == 1);
    expect(3, scan_unit(1) == 0);
    out8(CELL + R_HEAD, 0);
    out8(CELL + R_ALT, 0);
    out_le32(MPIC + MPIC_CPU + MPIC_TASK, 0);
    enable_source(SOURCE_DRIVE, VECTOR_DRIVE, 1);
    enable_source(SOURCE_DMA, VECTOR_DMA, 0);
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
