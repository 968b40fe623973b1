/* SPDX-License-Identifier: MIT */
/*
 * What a device on a DBDMA channel sees: a pipe into or out of memory that a program of the guest's lays.
 *
 * The channel runs its program by itself up to a data command (INPUT_*, OUTPUT_*), and waits there for the
 * device: ready() says so, once for each such command that it reaches. The device moves bytes when it has them or wants them, at
 * any instant; commands that end on the way write back, interrupt, branch, and the program goes on. Bytes that
 * the device moves while the channel stands elsewhere (stopped, paused, dead, at a command of the other
 * direction) do not move: the device keeps them until ready(). A program may point at the device's own
 * registers: a device that moves bytes outside of an access to them says so with qdev_io_begin().
 *
 * Source: mac99.md 8.1 and 8.2. Context: holder of the machine token.
 */
#ifndef HW_DMA_DBDMA_H
#define HW_DMA_DBDMA_H

#include "hw/core/qdev.h"

#define TYPE_DBDMA "mac-dbdma"

typedef struct DbdmaChannel DbdmaChannel;

typedef struct DbdmaOps {
    /* The program stands at a data command, to memory if @is_input. Never called inside dbdma_to_memory() or
     * dbdma_from_memory(). */
    void (*ready)(void *opaque, bool is_input);
    /* The guest clears RUN or sets PAUSE or FLUSH: what the device holds for this channel moves now, if it is there. What the host is not done with
     * is waited for by ACTIVE and FLUSH: true, and the device calls dbdma_flushed() later. */
    bool (*flush)(void *opaque);
} DbdmaOps;

/* @dbdma is a realized TYPE_DBDMA; a channel has one device. The channel lives as long as the controller. */
DbdmaChannel *dbdma_attach(DeviceState *dbdma, unsigned channel, const DbdmaOps *ops, void *opaque);
/* Bytes moved, 0 to @length; fewer: ready() comes when more can move. */
size_t dbdma_to_memory(DbdmaChannel *ch, const uint8_t *data, size_t length);
size_t dbdma_from_memory(DbdmaChannel *ch, uint8_t *data, size_t length);
/* What flush() waited for has moved, or never will. */
void dbdma_flushed(DbdmaChannel *ch);
/* A record ended: an INPUT_LAST or OUTPUT_LAST that stands completes with what is left as residual. */
void dbdma_end_record(DbdmaChannel *ch);

#endif
