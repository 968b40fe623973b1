/* SPDX-License-Identifier: MIT */
/* Between the parts of the ATA disk: its commands, the data they move, what it says of itself. */
#ifndef HW_IDE_INTERNAL_H
#define HW_IDE_INTERNAL_H

#include "block/block.h"
#include "hw/ide/ide.h"

#define TYPE_IDE_HD "ide-hd"
OBJECT_DECLARE_SIMPLE_TYPE(IdeHd, IDE_HD)

enum { ATA_MULTIPLE_MAX = 16, ATA_LBA28_SECTORS = 0x0fffffff };
enum { ATA_CHUNK_SECTORS = IDE_BUFFER_MAX / BLOCK_SECTOR };

/* What a command does, and how its sectors are said and moved. */
typedef enum AtaCommandFlags {
    ATA_READS = 1,
    ATA_WRITES = 2,
    ATA_VERIFIES = 4,
    ATA_DMA = 8,
    ATA_MULTIPLE = 16, /* a block of sectors an interrupt */
    ATA_48 = 32,
    ATA_MOVES = ATA_READS | ATA_WRITES | ATA_VERIFIES,
} AtaCommandFlags;

typedef struct AtaCommand {
    uint8_t first, last; /* opcodes */
    const char *name;
    unsigned flags;
    void (*handler)(IdeHd *d);
} AtaCommand;

struct IdeHd {
    IdeDevice parent_obj;
    /* the command */
    uint8_t opcode;
    uint64_t lba;   /* of the chunk: what one request moves */
    uint32_t left;  /* sectors, with the chunk */
    uint32_t chunk; /* sectors */
    BlockRequest *block;
    uint64_t block_number;
    bool has_block;
    /* a request failed: it comes again sector by sector, so that the bad one is known */
    bool is_careful;
    uint32_t good;     /* sectors of the chunk that went well */
    uint8_t bad_error; /* 0: none; told when the good ones have moved */
    /* what the host chose */
    uint8_t multiple;      /* sectors a block; 0: none */
    uint8_t transfer_mode; /* DMA mode as SET FEATURES takes it; 0: none */
    uint8_t heads, track;  /* of addresses by cylinder, head, sector */
    bool looks_ahead, keeps_settings, has_smart, is_asleep, is_standby;
    /* properties */
    BlockConf conf;
    uint32_t conf_cylinders, conf_heads, conf_track;
    uint16_t rotation_rate;
    bool original_wce; /* the write cache as it was configured */
};

static inline uint64_t ata_sectors(const IdeHd *d)
{
    return blk_getlength(d->conf.blk) / BLOCK_SECTOR;
}
static inline uint16_t ata_cylinders(const IdeHd *d, unsigned heads, unsigned track)
{
    return (uint16_t)CLAMP(ata_sectors(d) / (heads * track), 1, 16383);
}

/* NULL: not a command of this disk. */
const AtaCommand *ata_command_find(uint8_t opcode);
/* Begins to move the sectors that the registers name, as the command says. */
void ata_transfer(IdeHd *d);
void ata_transfer_pio_ended(IdeHd *d);
void ata_transfer_dma_ended(IdeHd *d);
/* The sector that the registers name; false: there is no such sector, the command has failed. */
bool ata_address(IdeHd *d, uint64_t *lba);
/* FLUSH CACHE, and what the write cache is before it goes. */
void ata_flush(IdeHd *d);
void ata_transfer_forget(IdeHd *d);
/* The request that a loaded state speaks of. */
bool ata_transfer_reattach(IdeHd *d, Error **errp);

/* Sends @data, 512 bytes. */
void ata_send_sector(IdeHd *d, const uint8_t *data);
void ata_identify(IdeHd *d);
void ata_smart(IdeHd *d);

#endif
