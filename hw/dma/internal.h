/* SPDX-License-Identifier: MIT */
/* Between the two halves of the DBDMA controller: programs (dbdma_channel.c), registers (dbdma.c). */
#ifndef HW_DMA_INTERNAL_H
#define HW_DMA_INTERNAL_H

#include "hw/core/sysbus.h"
#include "hw/dma/dbdma.h"
#include "time/clock.h"

OBJECT_DECLARE_SIMPLE_TYPE(Dbdma, DBDMA)

enum { DBDMA_CHANNELS = 32, DBDMA_REGISTERS = 16 };
enum { /* register indexes */
       REG_CONTROL = 0,
       REG_STATUS = 1,
       REG_POINTER_HIGH = 2,
       REG_POINTER = 3,
       REG_INTERRUPT_SELECT = 4,
       REG_BRANCH_SELECT = 5,
       REG_WAIT_SELECT = 6,
};
enum {
    STATUS_RUN = 0x8000,
    STATUS_PAUSE = 0x4000,
    STATUS_FLUSH = 0x2000,
    STATUS_WAKE = 0x1000,
    STATUS_DEAD = 0x0800,
    STATUS_ACTIVE = 0x0400,
    STATUS_BRANCH = 0x0100,
    STATUS_DEVICE = 0x00ff,
    CONTROL_WRITABLE = STATUS_RUN | STATUS_PAUSE | STATUS_FLUSH | STATUS_WAKE | STATUS_DEVICE,
};

/* One descriptor, as numbers. Of one that moves data: what is left of it. */
typedef struct DbdmaCommand {
    uint16_t count, word;
    uint32_t address, dependent;
} DbdmaCommand;

enum {                            /* DbdmaChannel.flags */
       DBDMA_WAITS = 1,           /* the command has done its work, its wait condition holds */
       DBDMA_AT_DATA = 2,         /* the command has bytes to move, which the device says when */
       DBDMA_TOLD = 4,            /* ... and the device knows of it */
       DBDMA_DRAINS = 8,          /* the device finishes its block: dbdma_flushed() ends it */
       DBDMA_RECORD_FILLED = 0x10 /* the last byte moved was the last of a *_LAST */
};

struct DbdmaChannel {
    Dbdma *owner;
    const DbdmaOps *ops; /* NULL: no device */
    void *opaque;
    uint32_t regs[DBDMA_REGISTERS];
    DbdmaCommand command; /* with DBDMA_WAITS or DBDMA_AT_DATA */
    uint8_t flags;
    bool is_busy; /* its program runs: a device that it reaches cannot move data from within */
    Timer timer;  /* continues a long program, tells the device of a command */
};

struct Dbdma {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    DbdmaChannel channels[DBDMA_CHANNELS];
    IrqLine *irqs[DBDMA_CHANNELS];
};

/* The program from where it stands, within what one event may do. In an access of the controller's registers, or
 * guarded like one. */
void dbdma_run(DbdmaChannel *ch);
void dbdma_timer_expired(void *opaque);
/* Forgets the command that stands; the program would begin it anew. */
void dbdma_drop_command(DbdmaChannel *ch);
void dbdma_control_write(DbdmaChannel *ch, uint32_t value);

#endif
