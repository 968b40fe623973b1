/* SPDX-License-Identifier: MIT */
/* Between the parts of the SCSI disk: commands of scsi_disk.c, inquiries, mode pages, CD-ROM commands. */
#ifndef HW_SCSI_INTERNAL_H
#define HW_SCSI_INTERNAL_H

#include "hw/scsi/scsi.h"
#include "util/bits.h"

#define TYPE_SCSI_DISK "scsi-disk-base"
OBJECT_DECLARE_TYPE(ScsiDisk, ScsiDiskClass, SCSI_DISK)

enum { SCSI_TYPE_DISK = 0, SCSI_TYPE_CDROM = 5 };
/* Bytes that one WRITE SAME, read or write may move. */
enum { SCSI_TRANSFER_MAX = BLOCK_REQUEST_MAX, SCSI_UNMAP_DESCRIPTORS = 255 };

struct ScsiDisk {
    ScsiDevice parent_obj;
    bool tray_open, tray_locked, is_stopped;
    uint16_t read_speed; /* KB a second, of a CD-ROM drive */
    uint8_t media_event; /* of GET EVENT STATUS NOTIFICATION, not told yet */
    bool original_wce;   /* the write cache as it was configured */
    /* properties */
    BlockConf conf;
    char *serial, *vendor, *product, *version, *device_id;
    uint64_t wwn, max_unmap_size, max_io_size;
    uint16_t rotation_rate;
    bool removable, dpofua;
};

struct ScsiDiskClass {
    ScsiDeviceClass parent_class;
    bool is_cdrom;
};

static inline bool scsi_disk_is_cdrom(const ScsiDisk *d)
{
    return SCSI_DISK_GET_CLASS(d)->is_cdrom;
}
static inline bool scsi_disk_has_medium(const ScsiDisk *d)
{
    return d->conf.blk && blk_is_inserted(d->conf.blk) && !d->tray_open;
}
extern const BlockMediaOps scsi_disk_media_ops;
static inline uint32_t scsi_disk_block_size(const ScsiDisk *d)
{
    return (uint32_t)d->conf.logical_block_size;
}
/* Whole logical blocks; 0 without a medium. */
static inline uint64_t scsi_disk_blocks(const ScsiDisk *d)
{
    return scsi_disk_has_medium(d) ? blk_getlength(d->conf.blk) / d->conf.logical_block_size : 0;
}

/* A command: what it needs, what it does. */
typedef void ScsiCommandFunc(ScsiDisk *d, ScsiRequest *req);

ScsiCommandFunc scsi_inquiry, scsi_mode_sense_6, scsi_mode_sense_10, scsi_mode_select_6,
    scsi_mode_select_10;
ScsiCommandFunc scsi_start_stop_unit, scsi_prevent_allow, scsi_get_event_status;
ScsiCommandFunc scsi_read_toc, scsi_get_configuration;
ScsiCommandFunc scsi_read_disc_information, scsi_read_track_information, scsi_mechanism_status,
    scsi_read_dvd_structure, scsi_read_sub_channel, scsi_read_header, scsi_get_performance,
    scsi_set_cd_speed, scsi_read_cd, scsi_read_cd_msf;

/* --- CD-ROM drives --- */

enum { SCSI_CD_DATA_TRACK = 0x14, SCSI_CD_SECTORS_MAX = 1 << 19 /* more are a DVD */ };
enum { SCSI_CD_SPEED_MAX = 50 * 176 /* KB a second */, CD_SECTOR = 2048, CD_RAW_SECTOR = 2352 };

static inline uint32_t scsi_cd_sectors(const ScsiDisk *d)
{
    return (uint32_t)MIN(scsi_disk_blocks(d), UINT32_MAX);
}
static inline bool scsi_cd_is_dvd(const ScsiDisk *d)
{
    return scsi_disk_blocks(d) > SCSI_CD_SECTORS_MAX;
}
/* Sector @lba as an address of four bytes, or as 0, minute, second, frame. */
void scsi_cd_put_address(uint8_t *at, uint32_t lba, bool is_msf);
/* A READ CD has @block: send what it asked for. */
void scsi_cd_send(ScsiRequest *req, const BlockRequest *block);
/* All 2352 bytes of the mode 1 sector @lba around the user data that is there (from byte 16 on). */
void cd_sector_complete(uint8_t *sector, uint32_t lba);

/* Read @count blocks from @lba and send them. */
void scsi_disk_read(ScsiDisk *d, ScsiRequest *req, uint64_t lba, uint64_t count);

#endif
