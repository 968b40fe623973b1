/* SPDX-License-Identifier: MIT */
/*
 * Sectors between an ATA disk and its drive: which ones, in chunks of one request each, by PIO blocks or DMA.
 *
 * A request that fails comes again sector by sector: what is before the bad sector moves, then the command fails
 * with that sector's address. If every sector goes well alone the first one is named.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 8 (the commands), 9.5 to 9.9 (protocols).
 */
#include "hw/ide/internal.h"
#include "util/log.h"
#include "util/trace.h"

#include <errno.h>
#include <string.h>

enum { REQUESTS_MAX = 256 }; /* of the drive */

static unsigned flags_of(const IdeHd *d)
{
    const AtaCommand *command = ata_command_find(d->opcode);
    return command ? command->flags : 0;
}

/* --- which sectors ----------------------------------------------------------------------------------------- */

/* Sectors count from 1. False: no such place. */
static bool chs_address(const IdeHd *d, uint64_t *lba)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    unsigned head = dev->head & 0xf, sector = dev->now[IDE_LOW];
    unsigned cylinder = dev->now[IDE_HIGH] << 8 | dev->now[IDE_MID];
    *lba = ((uint64_t)cylinder * d->heads + head) * d->track + sector - 1;
    return head < d->heads && sector >= 1 && sector <= d->track;
}

static bool is_chs(const IdeHd *d)
{
    return !(flags_of(d) & ATA_48) && !(IDE_DEVICE(d)->head & IDE_HEAD_LBA);
}

bool ata_address(IdeHd *d, uint64_t *lba)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    bool is_place = true;
    if (is_chs(d)) {
        is_place = chs_address(d, lba);
    } else {
        *lba = flags_of(d) & ATA_48 ? ide_lba48(dev) : ide_lba28(dev);
    }
    if (!is_place || *lba >= ata_sectors(d)) {
        ide_failed(IDE_DEVICE(d), IDE_IDNF);
        return false;
    }
    return true;
}

static uint32_t sector_count(const IdeHd *d)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    if (flags_of(d) & ATA_48) {
        uint32_t count = (uint32_t)(dev->previous[IDE_COUNT] << 8 | dev->now[IDE_COUNT]);
        return count ? count : 65536;
    }
    return dev->now[IDE_COUNT] ? dev->now[IDE_COUNT] : 256;
}

static void put_address(IdeHd *d, uint64_t lba)
{
    IdeDevice *dev = IDE_DEVICE(d);
    if (flags_of(d) & ATA_48) {
        ide_set_lba48(dev, lba);
    } else if (!is_chs(d)) {
        ide_set_lba28(dev, lba);
    } else {
        uint64_t cylinder = lba / ((uint64_t)d->heads * d->track);
        dev->now[IDE_LOW] = (uint8_t)(lba % d->track + 1);
        dev->now[IDE_MID] = (uint8_t)cylinder;
        dev->now[IDE_HIGH] = (uint8_t)(cylinder >> 8);
        dev->head = (uint8_t)((dev->head & 0xf0) | (lba / d->track % d->heads));
    }
}

/* --- how commands end ------------------------------------------------------------------------------------------ */

void ata_transfer_forget(IdeHd *d)
{
    if (d->block) {
        blk_cancel(d->block);
    }
    d->block = NULL;
    d->has_block = d->is_careful = false;
    d->block_number = d->lba = 0;
    d->left = d->chunk = d->good = 0;
    d->bad_error = 0;
    d->opcode = 0;
}

static void fail_at(IdeHd *d, uint64_t lba, uint8_t error)
{
    TRACE(ata_failed, "command %#x lba %#" G_GINT64_MODIFIER "x error %#x", d->opcode, lba, error);
    put_address(d, lba);
    ata_transfer_forget(d);
    ide_failed(IDE_DEVICE(d), error);
}

static void end_well(IdeHd *d)
{
    bool has_said_so = (flags_of(d) & (ATA_READS | ATA_DMA)) == ATA_READS; /* with its last block */
    ata_transfer_forget(d);
    if (has_said_so) {
        ide_done_quietly(IDE_DEVICE(d));
    } else {
        ide_done(IDE_DEVICE(d));
    }
}

static uint8_t error_bits(const BlockRequest *block)
{
    if (block->ret == -EINVAL) {
        return IDE_IDNF; /* the image has become shorter */
    }
    return block->op == BLOCK_READ ? IDE_UNC : IDE_ABRT;
}

/* --- chunks ------------------------------------------------------------------------------------------------------ */

static void begin_chunk(IdeHd *d);

/* The device's side of the chunk is over. */
static void end_chunk(IdeHd *d)
{
    if (d->bad_error) {
        fail_at(d, d->lba + (d->good < d->chunk ? d->good : 0), d->bad_error);
        return;
    }
    d->lba += d->chunk;
    d->left -= d->chunk;
    d->is_careful = false;
    d->good = 0;
    if (d->left) {
        begin_chunk(d);
    } else {
        end_well(d);
    }
}

/* Sectors that move between two interrupts. */
static uint32_t block_bytes(const IdeHd *d)
{
    return (flags_of(d) & ATA_MULTIPLE && d->multiple ? d->multiple : 1u) * BLOCK_SECTOR;
}

static void next_pio_block(IdeHd *d, IdePhase phase)
{
    IdeDevice *dev = IDE_DEVICE(d);
    ide_pio(dev, phase, MIN(block_bytes(d), dev->length - dev->at));
}

/* What was read goes to the host: @sectors of the buffer. */
static void deliver(IdeHd *d)
{
    IdeDevice *dev = IDE_DEVICE(d);
    if ((flags_of(d) & ATA_VERIFIES) || !dev->length) {
        end_chunk(d);
    } else if (flags_of(d) & ATA_DMA) {
        ide_dma(dev, IDE_DMA_IN);
    } else {
        next_pio_block(d, IDE_PIO_IN);
        ide_raise(dev);
    }
}

static void block_done(void *opaque, BlockRequest *block);

static void submit(IdeHd *d, BlockRequest *block)
{
    d->block = block;
    d->has_block = true;
    blk_submit(block, block_done, d);
    d->block_number = block->number;
}

/* The chunk, or one sector of it. */
static void submit_sectors(IdeHd *d, uint32_t first, uint32_t count)
{
    BlockOp op = flags_of(d) & ATA_WRITES ? BLOCK_WRITE : BLOCK_READ;
    BlockRequest *block = blk_request_new(d->conf.blk, op, (d->lba + first) * BLOCK_SECTOR,
                                          (uint64_t)count * BLOCK_SECTOR);
    if (op == BLOCK_WRITE && block->data) {
        memcpy(block->data, IDE_DEVICE(d)->data + (size_t)first * BLOCK_SECTOR, block->bytes);
    }
    submit(d, block);
}

/* Of a chunk that is written the host gives the data first. */
static void begin_chunk(IdeHd *d)
{
    IdeDevice *dev = IDE_DEVICE(d);
    d->chunk = MIN(d->left, (uint32_t)ATA_CHUNK_SECTORS);
    if (!(flags_of(d) & ATA_WRITES)) {
        ide_buffer(dev, 0);
        ide_busy(dev);
        submit_sectors(d, 0, d->chunk);
        return;
    }
    ide_buffer(dev, d->chunk * BLOCK_SECTOR);
    if (flags_of(d) & ATA_DMA) {
        ide_dma(dev, IDE_DMA_OUT);
    } else {
        next_pio_block(d, IDE_PIO_OUT);
    }
}

static void begin_careful(IdeHd *d, uint8_t error)
{
    d->is_careful = true;
    d->good = 0;
    d->bad_error = error;
    if (!(flags_of(d) & ATA_WRITES)) {
        ide_buffer(IDE_DEVICE(d), d->chunk * BLOCK_SECTOR);
    }
    submit_sectors(d, 0, 1);
}

/* @block was sector good of the chunk. A bad one cuts it short. */
static void careful_done(IdeHd *d, const BlockRequest *block)
{
    IdeDevice *dev = IDE_DEVICE(d);
    bool is_write = flags_of(d) & ATA_WRITES, is_bad = block->ret != 0;
    if (is_bad) {
        d->bad_error = error_bits(block);
    } else if (!is_write) {
        memcpy(dev->data + (size_t)d->good * BLOCK_SECTOR, block->data, BLOCK_SECTOR);
    }
    d->good += is_bad ? 0 : 1;
    if (!is_bad && d->good < d->chunk) {
        submit_sectors(d, d->good, 1);
    } else if (is_write) {
        end_chunk(d);
    } else {
        dev->length = d->good * BLOCK_SECTOR;
        deliver(d);
    }
}

static void block_done(void *opaque, BlockRequest *block)
{
    IdeHd *d = opaque;
    d->block = NULL;
    d->has_block = false;
    if (block->op == BLOCK_FLUSH) {
        ata_transfer_forget(d);
        if (block->ret) {
            ide_failed(IDE_DEVICE(d), IDE_ABRT);
        } else {
            ide_done(IDE_DEVICE(d));
        }
    } else if (d->is_careful) {
        careful_done(d, block);
    } else if (block->ret && d->chunk > 1) {
        begin_careful(d, error_bits(block));
    } else if (block->ret) {
        fail_at(d, d->lba, error_bits(block));
    } else if (block->op == BLOCK_WRITE) {
        end_chunk(d);
        if (IDE_DEVICE(d)->phase == IDE_PIO_OUT) {
            ide_raise(IDE_DEVICE(d)); /* for the next chunk's first block */
        }
    } else {
        ide_buffer_set(IDE_DEVICE(d), block->data, (uint32_t)block->bytes);
        deliver(d);
    }
}

/* --- the phases ---------------------------------------------------------------------------------------------------- */

/* The host has written the chunk. */
static void write_chunk(IdeHd *d)
{
    ide_busy(IDE_DEVICE(d));
    submit_sectors(d, 0, d->chunk);
}

void ata_transfer_dma_ended(IdeHd *d)
{
    if (flags_of(d) & ATA_WRITES) {
        write_chunk(d);
    } else {
        end_chunk(d);
    }
}

void ata_transfer_pio_ended(IdeHd *d)
{
    IdeDevice *dev = IDE_DEVICE(d);
    bool is_write = flags_of(d) & ATA_WRITES;
    if (dev->at < dev->length) {
        next_pio_block(d, is_write ? IDE_PIO_OUT : IDE_PIO_IN);
        ide_raise(dev);
    } else if (is_write) {
        write_chunk(d);
    } else {
        end_chunk(d);
    }
}

/* What a reset has left to the drive is on its way yet, and nobody waits for it: a guest that does nothing but
 * begin and reset would fill the host's memory. */
static bool has_room(const IdeHd *d)
{
    if (blk_has_room(d->conf.blk) && blk_in_flight(d->conf.blk) < REQUESTS_MAX) {
        return true;
    }
    log_guest_error(TYPE_IDE_HD, d->opcode, "command %#x is aborted: %u requests are under way",
                    d->opcode, blk_in_flight(d->conf.blk));
    return false;
}

void ata_transfer(IdeHd *d)
{
    uint64_t lba;
    uint32_t count = sector_count(d);
    if (((flags_of(d) & ATA_MULTIPLE) && !d->multiple) || !has_room(d)) {
        ide_failed(IDE_DEVICE(d), IDE_ABRT);
        return;
    }
    if (!ata_address(d, &lba)) {
        return;
    }
    if (count > ata_sectors(d) - lba) {
        fail_at(d, ata_sectors(d), IDE_IDNF);
        return;
    }
    d->lba = lba;
    d->left = count;
    begin_chunk(d);
}

void ata_flush(IdeHd *d)
{
    if (!has_room(d)) {
        ide_failed(IDE_DEVICE(d), IDE_ABRT);
        return;
    }
    ide_busy(IDE_DEVICE(d));
    submit(d, blk_request_new(d->conf.blk, BLOCK_FLUSH, 0, 0));
}

/* --- state ------------------------------------------------------------------------------------------------------------ */

/* As much as the chunk, or a sector of it: what is done with its data counts on that. */
static bool check_request(const IdeHd *d, const BlockRequest *block, Error **errp)
{
    uint64_t bytes = (d->is_careful ? 1 : (uint64_t)d->chunk) * BLOCK_SECTOR;
    bool is_flush = block->op == BLOCK_FLUSH && !d->is_careful;
    bool is_move = (flags_of(d) & ATA_MOVES) && block->bytes == bytes &&
                   block->op == (flags_of(d) & ATA_WRITES ? BLOCK_WRITE : BLOCK_READ);
    return is_flush || is_move ||
           error_setg(errp, "command %#x does not go with its request of the drive", d->opcode);
}

static bool check_chunk(const IdeHd *d, Error **errp)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    bool is_write = (flags_of(d) & ATA_WRITES) && (d->has_block || dev->phase != IDE_IDLE);
    bool is_moving = (flags_of(d) & ATA_MOVES) && d->left;
    if (d->chunk > ATA_CHUNK_SECTORS || d->chunk > d->left || (is_moving && !d->chunk) ||
        (d->is_careful && d->good > d->chunk)) {
        return error_setg(errp, "a chunk of %u sectors, %u of them good, of %u", d->chunk, d->good,
                          d->left);
    }
    return !(is_write || (d->is_careful && d->has_block)) ||
           dev->length == d->chunk * BLOCK_SECTOR ||
           error_setg(errp, "%u bytes for a chunk of %u sectors", dev->length, d->chunk);
}

bool ata_transfer_reattach(IdeHd *d, Error **errp)
{
    bool is_moving = IDE_DEVICE(d)->phase != IDE_IDLE || d->has_block;
    d->block = NULL;
    if (is_moving && !ata_command_find(d->opcode)) {
        return error_setg(errp, "no command %#x moves data", d->opcode);
    }
    if (!check_chunk(d, errp) || !d->has_block) {
        return !d->has_block && check_chunk(d, errp);
    }
    if (d->is_careful && d->good >= d->chunk) {
        return error_setg(errp, "sector %u of a chunk of %u", d->good, d->chunk);
    }
    d->block = blk_reattach(d->conf.blk, d->block_number, block_done, d);
    if (!d->block) {
        return error_setg(errp, "the drive knows no request %" G_GUINT64_FORMAT, d->block_number);
    }
    return check_request(d, d->block, errp);
}
