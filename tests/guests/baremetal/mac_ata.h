/* SPDX-License-Identifier: MIT */
/*
 * For -kernel programs that play Mac OS X's ATA driver: registers, interrupts, the DMA channel, what scanForDrives
 * looks at. CABLE is 0 or 1 (a number or a variable): which cell. Step numbers are the programs' exit statuses.
 *
 * Source: macosx.md 4.12; mac99.md 4 (interrupt controller), 8. Entered by OpenBIOS with translation on and a
 * stack; RAM is mapped one to one, its handlers map device pages on demand. The processor's interrupts stay off:
 * the controller is asked.
 */
#ifndef TESTS_GUESTS_BAREMETAL_MAC_ATA_H
#define TESTS_GUESTS_BAREMETAL_MAC_ATA_H

/* OpenBIOS jumps to the first instruction. */
__asm__(".text; .globl _start; _start: b begin");
typedef int ClientInterface(void *arguments);
void begin(unsigned r3, unsigned r4, ClientInterface *firmware);

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

enum { FINE = 42, PATIENCE = 1 << 20 };
#define MACIO 0x80000000u
#define CELL (MACIO + 0x20000u + 0x1000u * CABLE)
#define CHANNEL (MACIO + 0x8b00u + 0x200u * CABLE)
#define SOURCE_DMA (2u + CABLE)
#define SOURCE_DRIVE (13u + CABLE)
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
enum {
    DMA_RUN = 0x8000,
    DMA_FLUSH = 0x2000,
    DMA_WAKE = 0x1000,
    DMA_DEAD = 0x0800,
    DMA_ACTIVE = 0x0400
};
enum { VECTOR_DMA = 0x32, VECTOR_DRIVE = 0x3d, SPURIOUS = 0xff };

static inline u8 in8(u32 at)
{
    u8 value = *(volatile u8 *)at;
    __asm__ volatile("eieio" ::: "memory");
    return value;
}

static inline void out8(u32 at, u8 value)
{
    *(volatile u8 *)at = value;
    __asm__ volatile("eieio" ::: "memory");
}

static inline u32 in_le32(u32 at)
{
    u32 value;
    __asm__ volatile("lwbrx %0,0,%1; eieio" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static inline void out_le32(u32 at, u32 value)
{
    __asm__ volatile("stwbrx %0,0,%1; eieio" ::"r"(value), "r"(at) : "memory");
}

/* Step @number fails unless @is_well. */
static inline void expect(u32 number, int is_well)
{
    if (!is_well) {
        *(volatile u32 *)EXIT = number;
        for (;;) {
        }
    }
}

static inline void wait_idle(u32 step)
{
    u32 left = PATIENCE;
    while (left && (in8(CELL + R_STATUS) & BSY)) {
        left--;
    }
    expect(step, left != 0);
}

/* --- scanForDrives ----------------------------------------------------------------------------------------- */

/* 1: an ATA disk; 2: a packet device. The unit is selected without 0xa0. */
static inline int scan_unit(u32 unit)
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

static inline void enable_source(u32 source, u32 vector, u32 is_level)
{
    out_le32(MPIC + MPIC_SOURCES + 0x20 * source + 0x10, 1);
    out_le32(MPIC + MPIC_SOURCES + 0x20 * source, is_level << 22 | 8u << 16 | vector);
}

static inline u32 next_interrupt(void)
{
    u32 vector = SPURIOUS;
    for (u32 left = PATIENCE; left && vector == SPURIOUS; left--) {
        vector = in_le32(MPIC + MPIC_CPU + MPIC_ACK) & 0xff;
    }
    return vector;
}

/* What the driver's handler does: bit 30 must be there, and go with a read of the status. */
static inline u8 drive_interrupt(u32 step)
{
    expect(step, (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) != 0);
    u8 status = in8(CELL + R_STATUS);
    expect(step + 1, (in_le32(CELL + R_INTERRUPT) & DEVICE_IRQ) == 0);
    out_le32(MPIC + MPIC_CPU + MPIC_EOI, 0);
    return status;
}

static inline void enable_interrupts(void)
{
    out_le32(MPIC + MPIC_CPU + MPIC_TASK, 0);
    enable_source(SOURCE_DRIVE, VECTOR_DRIVE, 1);
    enable_source(SOURCE_DMA, VECTOR_DMA, 0);
}

/* --- the DMA channel ----------------------------------------------------------------------------------------- */

static inline void put_command(u32 n, u32 word, u32 count, u32 address)
{
    u32 at = PROGRAM + 16 * n;
    out_le32(at, word << 16 | count);
    out_le32(at + 4, address);
    out_le32(at + 8, 0);
    out_le32(at + 12, 0);
}

static inline void stop_channel(void)
{
    out_le32(CHANNEL, (u32)(DMA_RUN | DMA_FLUSH) << 16 | DMA_FLUSH);
    u32 left = PATIENCE;
    while (left && (in_le32(CHANNEL + 4) & (DMA_ACTIVE | DMA_FLUSH))) {
        left--;
    }
    expect(30, left != 0);
}

/* As BootX leaves the firmware, which has used the drives: its commands have left other values than a reset does. */
static inline void quiesce(ClientInterface *firmware)
{
    struct {
        const char *service;
        u32 inputs, outputs;
    } arguments = {"quiesce", 0, 0};
    for (u32 at = R_COUNT; at <= R_HIGH; at += 0x10) {
        out8(CELL + at, 0x55);
    }
    firmware(&arguments);
}

/* The driver's beginning: the firmware ends, unit 0 alone is there and of @kind (see scan_unit()), interrupts are on. */
static inline void take_over(ClientInterface *firmware, int kind)
{
    quiesce(firmware);
    out_le32(CELL + R_TIMING, 0x00084526);
    expect(2, scan_unit(0) == kind);
    expect(3, scan_unit(1) == 0);
    out8(CELL + R_HEAD, 0);
    out8(CELL + R_ALT, 0);
    enable_interrupts();
}

#endif
