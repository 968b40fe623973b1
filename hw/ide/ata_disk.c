/* SPDX-License-Identifier: MIT */
/*
 * The ATA disk, ide-hd: the table of commands, and those that move no sectors.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) section 8; properties and names as in QEMU. Not modelled: security, host
 * protected area, power modes beyond what CHECK POWER MODE tells (standby timers never run out), advanced power
 * and acoustic management, queued commands. What is not in the table is aborted.
 */
#include "hw/ide/internal.h"
#include "util/log.h"

enum { POWER_STANDBY = 0x00, POWER_ACTIVE = 0xff };
enum { HEADS_MAX = 16, TRACK_MAX = 255, CYLINDERS_MAX = 65535, DEFAULT_TRACK = 63 };

/* --- commands without data -------------------------------------------------------------------------------------- */

static void done(IdeHd *d) { ide_done(IDE_DEVICE(d)); }

static void abort_command(IdeHd *d) { ide_failed(IDE_DEVICE(d), IDE_ABRT); }

/* For packet devices: the answer says that this is none. */
static void abort_with_signature(IdeHd *d)
{
    ide_set_signature(IDE_DEVICE(d));
    abort_command(d);
}

static void seek(IdeHd *d)
{
    uint64_t lba;
    if (ata_address(d, &lba)) {
        ide_done(IDE_DEVICE(d));
    }
}

static void read_native_max(IdeHd *d)
{
    ide_set_lba28(IDE_DEVICE(d), MIN(ata_sectors(d), ATA_LBA28_SECTORS) - 1);
    ide_done(IDE_DEVICE(d));
}

static void read_native_max_ext(IdeHd *d)
{
    ide_set_lba48(IDE_DEVICE(d), ata_sectors(d) - 1);
    ide_done(IDE_DEVICE(d));
}

/* 0 turns it off. */
static void set_multiple(IdeHd *d)
{
    uint8_t sectors = IDE_DEVICE(d)->now[IDE_COUNT];
    if (sectors > ATA_MULTIPLE_MAX || (sectors & (sectors - 1))) {
        abort_command(d);
        return;
    }
    d->multiple = sectors;
    ide_done(IDE_DEVICE(d));
}

static void initialize_parameters(IdeHd *d)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    if (!dev->now[IDE_COUNT]) {
        abort_command(d);
        return;
    }
    d->track = dev->now[IDE_COUNT];
    d->heads = (uint8_t)((dev->head & 0xf) + 1);
    ide_done(IDE_DEVICE(d));
}

/* --- power ---------------------------------------------------------------------------------------------------------- */

static void standby(IdeHd *d)
{
    d->is_standby = true;
    ide_done(IDE_DEVICE(d));
}

static void idle(IdeHd *d)
{
    d->is_standby = false;
    ide_done(IDE_DEVICE(d));
}

/* Only a reset wakes it. */
static void sleep_command(IdeHd *d)
{
    d->is_asleep = true;
    ide_done(IDE_DEVICE(d));
}

static void check_power(IdeHd *d)
{
    IDE_DEVICE(d)->now[IDE_COUNT] = d->is_standby ? POWER_STANDBY : POWER_ACTIVE;
    ide_done(IDE_DEVICE(d));
}

/* --- SET FEATURES ----------------------------------------------------------------------------------------------------- */

enum {
    ENABLE_WRITE_CACHE = 0x02,
    SET_TRANSFER_MODE = 0x03,
    DISABLE_LOOK_AHEAD = 0x55,
    KEEP_SETTINGS = 0x66,
    DISABLE_WRITE_CACHE = 0x82,
    ENABLE_LOOK_AHEAD = 0xaa,
    REVERT_SETTINGS = 0xcc,
};
enum { KIND_SINGLE = 2 };

/* The upper five bits of @mode say which kind of transfer. PIO needs no mark: any speed is right. */
static void set_transfer_mode(IdeHd *d, uint8_t mode)
{
    static const uint8_t modes[] = {2, 5, 3, 0, 3, 0, 0, 0, 6}; /* PIO, with flow control, DMA */
    unsigned kind = mode >> 3, number = mode & 7;
    if (kind >= G_N_ELEMENTS(modes) || number >= modes[kind]) {
        abort_command(d);
        return;
    }
    d->transfer_mode = kind >= KIND_SINGLE ? mode : d->transfer_mode;
    ide_done(IDE_DEVICE(d));
}

static void set_features(IdeHd *d)
{
    const IdeDevice *dev = IDE_DEVICE(d);
    switch (dev->now[IDE_FEATURE]) {
    case SET_TRANSFER_MODE:
        set_transfer_mode(d, dev->now[IDE_COUNT]);
        return;
    case DISABLE_WRITE_CACHE: /* what is in it goes first */
        blk_set_enable_write_cache(d->conf.blk, false);
        ata_flush(d);
        return;
    case ENABLE_WRITE_CACHE:
        blk_set_enable_write_cache(d->conf.blk, true);
        break;
    case ENABLE_LOOK_AHEAD:
    case DISABLE_LOOK_AHEAD:
        d->looks_ahead = dev->now[IDE_FEATURE] == ENABLE_LOOK_AHEAD;
        break;
    case KEEP_SETTINGS:
    case REVERT_SETTINGS:
        d->keeps_settings = dev->now[IDE_FEATURE] == KEEP_SETTINGS;
        break;
    default:
        abort_command(d);
        return;
    }
    ide_done(IDE_DEVICE(d));
}

/* --- the table ------------------------------------------------------------------------------------------------------------ */

/* EXECUTE DEVICE DIAGNOSTIC is the bus's. */
static const AtaCommand commands[] = {
    {0x00, 0x00, "NOP", 0, abort_command},
    {0x10, 0x1f, "RECALIBRATE", 0, done},
    {0x20, 0x21, "READ SECTORS", ATA_READS, ata_transfer},
    {0x24, 0x24, "READ SECTORS EXT", ATA_READS | ATA_48, ata_transfer},
    {0x25, 0x25, "READ DMA EXT", ATA_READS | ATA_48 | ATA_DMA, ata_transfer},
    {0x27, 0x27, "READ NATIVE MAX ADDRESS EXT", ATA_48, read_native_max_ext},
    {0x29, 0x29, "READ MULTIPLE EXT", ATA_READS | ATA_48 | ATA_MULTIPLE, ata_transfer},
    {0x30, 0x31, "WRITE SECTORS", ATA_WRITES, ata_transfer},
    {0x34, 0x34, "WRITE SECTORS EXT", ATA_WRITES | ATA_48, ata_transfer},
    {0x35, 0x35, "WRITE DMA EXT", ATA_WRITES | ATA_48 | ATA_DMA, ata_transfer},
    {0x39, 0x39, "WRITE MULTIPLE EXT", ATA_WRITES | ATA_48 | ATA_MULTIPLE, ata_transfer},
    {0x40, 0x41, "READ VERIFY SECTORS", ATA_VERIFIES, ata_transfer},
    {0x42, 0x42, "READ VERIFY SECTORS EXT", ATA_VERIFIES | ATA_48, ata_transfer},
    {0x70, 0x7f, "SEEK", 0, seek},
    {0x91, 0x91, "INITIALIZE DEVICE PARAMETERS", 0, initialize_parameters},
    {0x94, 0x94, "STANDBY IMMEDIATE", 0, standby},
    {0x95, 0x95, "IDLE IMMEDIATE", 0, idle},
    {0x96, 0x96, "STANDBY", 0, standby},
    {0x97, 0x97, "IDLE", 0, idle},
    {0x98, 0x98, "CHECK POWER MODE", 0, check_power},
    {0x99, 0x99, "SLEEP", 0, sleep_command},
    {0xa0, 0xa0, "PACKET", 0, abort_with_signature},
    {0xa1, 0xa1, "IDENTIFY PACKET DEVICE", 0, abort_with_signature},
    {0xb0, 0xb0, "SMART", 0, ata_smart},
    {0xc4, 0xc4, "READ MULTIPLE", ATA_READS | ATA_MULTIPLE, ata_transfer},
    {0xc5, 0xc5, "WRITE MULTIPLE", ATA_WRITES | ATA_MULTIPLE, ata_transfer},
    {0xc6, 0xc6, "SET MULTIPLE MODE", 0, set_multiple},
    {0xc8, 0xc9, "READ DMA", ATA_READS | ATA_DMA, ata_transfer},
    {0xca, 0xcb, "WRITE DMA", ATA_WRITES | ATA_DMA, ata_transfer},
    {0xe0, 0xe0, "STANDBY IMMEDIATE", 0, standby},
    {0xe1, 0xe1, "IDLE IMMEDIATE", 0, idle},
    {0xe2, 0xe2, "STANDBY", 0, standby},
    {0xe3, 0xe3, "IDLE", 0, idle},
    {0xe5, 0xe5, "CHECK POWER MODE", 0, check_power},
    {0xe6, 0xe6, "SLEEP", 0, sleep_command},
    {0xe7, 0xe7, "FLUSH CACHE", 0, ata_flush},
    {0xea, 0xea, "FLUSH CACHE EXT", ATA_48, ata_flush},
    {0xec, 0xec, "IDENTIFY DEVICE", 0, ata_identify},
    {0xef, 0xef, "SET FEATURES", 0, set_features},
    {0xf8, 0xf8, "READ NATIVE MAX ADDRESS", 0, read_native_max},
};

const AtaCommand *ata_command_find(uint8_t opcode)
{
    for (size_t n = 0; n < G_N_ELEMENTS(commands); n++) {
        if (opcode >= commands[n].first && opcode <= commands[n].last) {
            return &commands[n];
        }
    }
    return NULL;
}

static void command(IdeDevice *dev, uint8_t opcode)
{
    IdeHd *d = IDE_HD(dev);
    const AtaCommand *known = ata_command_find(opcode);
    if (d->is_asleep) {
        dev->status &= (uint8_t)~IDE_BSY; /* nobody heard it */
        return;
    }
    ata_transfer_forget(d);
    if (!known) {
        log_unimp(TYPE_IDE_HD, opcode, "command %#x (feature %#x) is aborted", opcode,
                  dev->now[IDE_FEATURE]);
        abort_command(d);
        return;
    }
    d->opcode = opcode;
    d->is_standby = d->is_standby && !(known->flags & ATA_MOVES);
    known->handler(d);
}

/* --- data -------------------------------------------------------------------------------------------------------------------- */

void ata_send_sector(IdeHd *d, const uint8_t *data)
{
    ide_buffer_set(IDE_DEVICE(d), data, BLOCK_SECTOR);
    ide_pio(IDE_DEVICE(d), IDE_PIO_IN, BLOCK_SECTOR);
    ide_raise(IDE_DEVICE(d));
}

static bool moves_sectors(const IdeHd *d)
{
    const AtaCommand *known = ata_command_find(d->opcode);
    return known && (known->flags & ATA_MOVES);
}

static void pio_ended(IdeDevice *dev)
{
    if (moves_sectors(IDE_HD(dev))) {
        ata_transfer_pio_ended(IDE_HD(dev));
    } else {
        ata_transfer_forget(IDE_HD(dev));
        ide_done_quietly(dev);
    }
}

static void dma_ended(IdeDevice *dev)
{
    if (moves_sectors(IDE_HD(dev))) {
        ata_transfer_dma_ended(IDE_HD(dev));
    } else {
        ide_done(dev); /* only a loaded state says so */
    }
}

static bool dma_pending(const IdeDevice *dev)
{
    const IdeHd *d = IDE_HD(dev);
    const AtaCommand *known = ata_command_find(d->opcode);
    return d->has_block && known && (known->flags & ATA_READS) && (known->flags & ATA_DMA);
}

/* --- life ---------------------------------------------------------------------------------------------------------------------- */

static void default_settings(IdeHd *d)
{
    d->heads = (uint8_t)d->conf_heads;
    d->track = (uint8_t)d->conf_track;
    d->multiple = ATA_MULTIPLE_MAX;
    d->looks_ahead = true;
    blk_set_enable_write_cache(d->conf.blk, d->original_wce);
}

/* What the drive has begun to write is written. */
static void reset(IdeDevice *dev, IdeReset kind)
{
    IdeHd *d = IDE_HD(dev);
    ata_transfer_forget(d);
    d->is_asleep = d->is_standby = false;
    if (kind == IDE_RESET_POWER) {
        d->transfer_mode = 0;
        d->keeps_settings = false;
        d->has_smart = true;
    }
    if (kind == IDE_RESET_POWER || (kind == IDE_RESET_SOFT && !d->keeps_settings)) {
        default_settings(d);
    }
}

static bool check_geometry(IdeHd *d, Error **errp)
{
    bool is_given = d->conf_cylinders || d->conf_heads || d->conf_track;
    if (!is_given) {
        d->conf_heads = HEADS_MAX;
        d->conf_track = DEFAULT_TRACK;
        return true;
    }
    if (d->conf_cylinders < 1 || d->conf_cylinders > CYLINDERS_MAX) {
        return error_setg(errp, "cyls must be between 1 and %d", CYLINDERS_MAX);
    }
    if (d->conf_heads < 1 || d->conf_heads > HEADS_MAX) {
        return error_setg(errp, "heads must be between 1 and %d", HEADS_MAX);
    }
    return (d->conf_track >= 1 && d->conf_track <= TRACK_MAX) ||
           error_setg(errp, "secs must be between 1 and %d", TRACK_MAX);
}

static bool hd_realize(IdeDevice *dev, Error **errp)
{
    IdeHd *d = IDE_HD(dev);
    if (!d->conf.drive) {
        return error_setg(errp, "No drive specified");
    }
    if (d->conf.logical_block_size != BLOCK_SECTOR) {
        return error_setg(errp, "logical_block_size must be 512 for IDE");
    }
    if (!check_geometry(d, errp) || !blkconf_attach(&d->conf, OBJECT(d), false, errp)) {
        return false;
    }
    if (blk_is_cdrom(d->conf.blk)) {
        blkconf_detach(&d->conf);
        return error_setg(errp, "a drive with media=cdrom is for ide-cd");
    }
    if (blk_getlength(d->conf.blk) == 0) {
        blkconf_detach(&d->conf);
        return error_setg(errp, "the image is empty");
    }
    d->original_wce = blk_enable_write_cache(d->conf.blk);
    return true;
}

static void hd_unrealize(IdeDevice *dev)
{
    ata_transfer_forget(IDE_HD(dev));
    blkconf_detach(&IDE_HD(dev)->conf);
}

static void hd_info(DeviceState *dev, GString *out)
{
    const IdeHd *d = IDE_HD(dev);
    const AtaCommand *known = d->opcode ? ata_command_find(d->opcode) : NULL;
    g_string_append_printf(out, "drive %s: %" G_GUINT64_FORMAT " sectors, %s %s\n",
                           blk_name(d->conf.blk), ata_sectors(d), IDE_DEVICE(d)->model,
                           IDE_DEVICE(d)->serial);
    ide_device_info(IDE_DEVICE(d), out);
    if (known && (known->flags & ATA_MOVES)) {
        g_string_append_printf(out, "%s: %u sectors left from %" G_GUINT64_FORMAT "%s\n",
                               known->name, d->left, d->lba,
                               d->has_block ? ", waits for the drive" : "");
    }
}

/* --- state ------------------------------------------------------------------------------------------------------------------------ */

static bool hd_post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    IdeHd *d = opaque;
    if (!d->heads || !d->track) {
        return error_setg(errp, "%u heads, %u sectors a track", d->heads, d->track);
    }
    return ata_transfer_reattach(d, errp);
}

static const VMStateDescription vmstate_hd = {
    .name = TYPE_IDE_HD,
    .version = 1,
    .minimum_version = 1,
    .post_load = hd_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_IDE_DEVICE(parent_obj, IdeHd),
            VMSTATE_BLOCK_BACKEND(conf.blk, IdeHd),
            VMSTATE_UINT8(opcode, IdeHd),
            VMSTATE_UINT64(lba, IdeHd),
            VMSTATE_UINT32(left, IdeHd),
            VMSTATE_UINT32(chunk, IdeHd),
            VMSTATE_UINT64(block_number, IdeHd),
            VMSTATE_BOOL(has_block, IdeHd),
            VMSTATE_BOOL(is_careful, IdeHd),
            VMSTATE_UINT32(good, IdeHd),
            VMSTATE_UINT8(bad_error, IdeHd),
            VMSTATE_UINT8_MAX(multiple, IdeHd, ATA_MULTIPLE_MAX),
            VMSTATE_UINT8(transfer_mode, IdeHd),
            VMSTATE_UINT8_MAX(heads, IdeHd, HEADS_MAX),
            VMSTATE_UINT8(track, IdeHd),
            VMSTATE_BOOL(looks_ahead, IdeHd),
            VMSTATE_BOOL(keeps_settings, IdeHd),
            VMSTATE_BOOL(has_smart, IdeHd),
            VMSTATE_BOOL(is_asleep, IdeHd),
            VMSTATE_BOOL(is_standby, IdeHd),
            VMSTATE_TRANSIENT(block, IdeHd, "found again by its number"),
            VMSTATE_TRANSIENT(conf, IdeHd, "configuration"),
            VMSTATE_TRANSIENT(conf_cylinders, IdeHd, "configuration"),
            VMSTATE_TRANSIENT(conf_heads, IdeHd, "configuration"),
            VMSTATE_TRANSIENT(conf_track, IdeHd, "configuration"),
            VMSTATE_TRANSIENT(rotation_rate, IdeHd, "configuration"),
            VMSTATE_TRANSIENT(original_wce, IdeHd, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

/* --- type ------------------------------------------------------------------------------------------------------------------------- */

#define PROPERTY(n, t, member, ...)                                                                \
    {.name = n, .type = t, .offset = offsetof(IdeHd, member), __VA_ARGS__}

static const Property hd_properties[] = {
    DEFINE_BLOCK_PROPERTIES(IdeHd, conf),
    PROPERTY("cyls", FIELD_UINT32, conf_cylinders, .description = "cylinders; 0: worked out"),
    PROPERTY("heads", FIELD_UINT32, conf_heads, .description = "heads; 0: 16"),
    PROPERTY("secs", FIELD_UINT32, conf_track, .description = "sectors of a track; 0: 63"),
    PROPERTY("rotation_rate", FIELD_UINT16, rotation_rate,
             .description = "turns a minute; 1: does not turn; 0: not told"),
    {.name = NULL},
};

static void hd_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    IdeDeviceClass *ic = IDE_DEVICE_CLASS(klass);
    dc->desc = "ATA disk";
    dc->user_creatable = true;
    dc->vmsd = &vmstate_hd;
    dc->info = hd_info;
    ic->ready_status = IDE_DRDY | IDE_DSC;
    ic->model_name = "QEMU HARDDISK";
    ic->realize = hd_realize;
    ic->unrealize = hd_unrealize;
    ic->command = command;
    ic->pio_ended = pio_ended;
    ic->dma_ended = dma_ended;
    ic->dma_pending = dma_pending;
    ic->reset = reset;
    device_class_set_props(dc, hd_properties);
}

static const TypeInfo hd_type = {
    .name = TYPE_IDE_HD,
    .parent = TYPE_IDE_DEVICE,
    .instance_size = sizeof(IdeHd),
    .class_init = hd_class_init,
};
DEFINE_TYPE(hd_type)
