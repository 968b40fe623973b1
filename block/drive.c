/* SPDX-License-Identifier: MIT */
/*
 * -drive: an image and where it goes. It becomes a node of its format above a file, a backend, and -device texts.
 *
 * Source: QEMU's -drive (its manual). What has no effect on a guest is taken; throttling and copy-on-read are
 * refused by name. if=ide, QEMU's default, is one of the board's four places for drives.
 */
#include "block/drive.h"

#include "block/internal.h"

#include <string.h>

static const OptionDesc drive_options[] = {
    {"file", "string", "the image; none: a drive without a medium"},
    {"format", "string", "its format: raw, qcow2, vmdk, ... (default: found out)"},
    {"driver", "string", NULL},
    {"if", "string",
     "where the disk goes: ide (the default), virtio, scsi, none; mtd: it is the NVRAM"},
    {"id", "string", "name of the drive"},
    {"index", "number", "its number on its interface"},
    {"bus", "number", "if=ide: the bus, 0 or 1"},
    {"unit", "number", "if=ide: 0 master, 1 slave"},
    {"media", "string", "disk (the default) or cdrom"},
    {"snapshot", "bool",
     "the image stays as it is; what is written is kept until the end (default off)"},
    {"readonly", "bool", "nothing may be written (default off)"},
    {"read-only", "bool", NULL},
    {"auto-read-only", "bool", "reading alone is good enough (default on)"},
    {"cache", "string", "writeback (the default), none, unsafe, writethrough, directsync"},
    {"cache.direct", "bool", NULL},
    {"cache.no-flush", "bool", NULL},
    {"cache.writeback", "bool", NULL},
    {"aio", "string", "taken for compatibility: threads, native, io_uring"},
    {"discard", "string", "unmap: what is discarded goes back to the host; ignore (the default)"},
    {"detect-zeroes", "string", "taken for compatibility: off, on, unmap"},
    {"werror", "string", "on a failed write: report (the default), ignore, stop, enospc"},
    {"rerror", "string", "on a failed read: report (the default), ignore, stop"},
    {"file.locking", "string", "on, off, auto (the default): keep other writers away"},
    {"offset", "size", "where the disk begins in the image (default 0)"},
    {"size", "size", "how long it is (default: to the end)"},
    {0},
};

enum { IDE_PLACES = 4 };

/* What a drive's text says, before anything is opened. */
typedef struct Drive {
    const char *file, *interface, *format; /* NULL: no medium yet; found out */
    char *id;
    unsigned place; /* if=ide: 2 * bus + unit */
    bool is_cdrom, has_snapshot, is_read_only, write_cache, never_flushes;
} Drive;

/* --- what is refused by name ---------------------------------------------------------------------------- */

static bool refuse_later(void *opaque G_GNUC_UNUSED, const char *key, const char *value,
                         Error **errp)
{
    static const char *const throttling[] = {"bps*", "iops*", "throttling.*", "group"};
    static const char *const gone[] = {"cyls", "heads", "secs", "trans", "addr", "serial", "boot"};
    for (size_t i = 0; i < G_N_ELEMENTS(throttling); i++) {
        if (g_pattern_match_simple(throttling[i], key)) {
            return error_setg(errp,
                              "%s: throttling is not built; latency= and bandwidth= of the "
                              "device slow it down",
                              key);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(gone); i++) {
        if (g_str_equal(key, gone[i])) {
            return error_setg(errp, "%s: gone from QEMU too; properties of the device say it", key);
        }
    }
    return !g_str_equal(key, "copy-on-read") || g_str_equal(value, "off") ||
           error_setg(errp, "copy-on-read is not built; leave it out");
}

static bool check_interface(const Drive *drive, Error **errp)
{
    static const char *const known[] = {"none", "virtio", "scsi", "ide", "mtd", NULL};
    const char *name = drive->interface;
    if (g_strv_contains(known, name)) {
        return true;
    }
    if (g_str_equal(name, "pflash") || g_str_equal(name, "sd") || g_str_equal(name, "floppy")) {
        return error_setg(errp, "if=%s: a Power Mac has no such thing", name);
    }
    return error_setg(errp, "if takes ide, virtio, scsi, mtd, none, not '%s'", name);
}

static bool check_word(const Options *opts, const char *key, const char *const *known, Error **errp)
{
    const char *value = options_get(opts, key);
    g_autofree char *list = g_strjoinv(", ", (char **)known);
    return !value || g_strv_contains(known, value) ||
           error_setg(errp, "%s takes %s, not '%s'", key, list, value);
}

static bool check_words(const Options *opts, Error **errp)
{
    static const char *const aio[] = {"threads", "native", "io_uring", NULL};
    static const char *const zeroes[] = {"off", "on", "unmap", NULL};
    static const char *const media[] = {"disk", "cdrom", NULL};
    static const char *const cache[] = {"writeback",    "none",       "off", "unsafe",
                                        "writethrough", "directsync", NULL};
    return check_word(opts, "aio", aio, errp) && check_word(opts, "detect-zeroes", zeroes, errp) &&
           check_word(opts, "media", media, errp) && check_word(opts, "cache", cache, errp);
}

/* --- what it says ---------------------------------------------------------------------------------------- */

static bool parse_cache(Drive *drive, const Options *opts, Error **errp)
{
    const char *mode = options_get(opts, "cache");
    bool is_through = mode &&
                      (g_str_equal(mode, "writethrough") || g_str_equal(mode, "directsync"));
    bool is_unsafe = mode && g_str_equal(mode, "unsafe");
    return options_get_bool(opts, "cache.writeback", !is_through, &drive->write_cache, errp) &&
           options_get_bool(opts, "cache.no-flush", is_unsafe, &drive->never_flushes, errp);
}

static bool parse_flags(Drive *drive, const Options *opts, Error **errp)
{
    bool one, other;
    const char *media = options_get(opts, "media");
    drive->is_cdrom = media && g_str_equal(media, "cdrom");
    if (!options_get_bool(opts, "readonly", false, &one, errp) ||
        !options_get_bool(opts, "read-only", false, &other, errp) ||
        !options_get_bool(opts, "snapshot", false, &drive->has_snapshot, errp)) {
        return false;
    }
    drive->is_read_only = one || other || drive->is_cdrom;
    drive->has_snapshot = drive->has_snapshot || block_core()->has_snapshot;
    return true;
}

static bool check_id(const char *id, Error **errp)
{
    return object_id_check(id, errp) && ((!blk_by_name(id) && !block_node_find(id)) ||
                                         error_setg(errp, "drive '%s' is there already", id));
}

/* The place that is said, by index= or by bus= and unit=, or the first one that is free. */
static bool choose_place(unsigned *place, const Options *opts, Error **errp)
{
    uint64_t index, bus, unit;
    bool has_bus = options_get(opts, "bus") || options_get(opts, "unit");
    if (!options_get_number(opts, "index", IDE_PLACES, &index, errp) ||
        !options_get_number(opts, "bus", 0, &bus, errp) ||
        !options_get_number(opts, "unit", IDE_PLACES, &unit, errp)) {
        return false;
    }
    if (has_bus && options_get(opts, "index")) {
        return error_setg(errp, "index cannot be used with bus and unit");
    }
    if (bus > 1 || (options_get(opts, "unit") && unit > 1)) {
        return error_setg(errp, "there are bus=0 and 1, unit=0 and 1 on each");
    }
    if (options_get(opts, "index") && index >= IDE_PLACES) {
        return error_setg(errp, "index takes 0 to %d: two drives on each of two buses",
                          IDE_PLACES - 1);
    }
    unsigned taken = block_core()->ide_units;
    uint64_t first = options_get(opts, "index") ? index : 2 * bus + (unit < 2 ? unit : 0);
    bool may_search = !options_get(opts, "index") && !options_get(opts, "unit");
    uint64_t end = !may_search ? first + 1 : has_bus ? first + 2 : IDE_PLACES;
    while (first < end && (taken >> first & 1)) {
        first++;
    }
    *place = (unsigned)first;
    return first < end ||
           (may_search ? error_setg(errp, "no place is free on the IDE buses")
                       : error_setg(errp, "there is a drive with that index already"));
}

/* "ide0-hd1", "ide1-cd0". */
static bool choose_ide(Drive *drive, const Options *opts, Error **errp)
{
    const char *id = options_get(opts, "id");
    if (!choose_place(&drive->place, opts, errp)) {
        return false;
    }
    drive->id = id ? g_strdup(id)
                   : g_strdup_printf("ide%u-%s%u", drive->place / 2, drive->is_cdrom ? "cd" : "hd",
                                     drive->place % 2);
    return check_id(drive->id, errp);
}

/* "virtio0", "scsi1": QEMU's names for drives without one. */
static bool choose_id(Drive *drive, const Options *opts, Error **errp)
{
    uint64_t index;
    const char *id = options_get(opts, "id");
    if (g_str_equal(drive->interface, "ide")) {
        return choose_ide(drive, opts, errp);
    }
    if (!options_get_number(opts, "index", UINT64_MAX, &index, errp)) {
        return false;
    }
    if (options_get(opts, "bus") || options_get(opts, "unit")) {
        return error_setg(errp, "bus and unit are for if=ide; use index, or if=none and a -device");
    }
    if (g_str_equal(drive->interface, "mtd") &&
        (block_mtd_drive() || (index != UINT64_MAX && index != 0))) {
        return error_setg(errp, "if=mtd: there is one NVRAM, index 0");
    }
    if (id || index != UINT64_MAX) {
        drive->id = id ? g_strdup(id)
                       : g_strdup_printf("%s%" G_GUINT64_FORMAT, drive->interface, index);
        return check_id(drive->id, errp);
    }
    for (unsigned n = 0; !drive->id; n++) {
        g_autofree char *name = g_strdup_printf("%s%u", drive->interface, n);
        bool is_taken = blk_by_name(name) || block_node_find(name);
        drive->id = is_taken ? NULL : g_steal_pointer(&name);
    }
    return true;
}

static bool parse_drive(Drive *drive, const Options *opts, Error **errp)
{
    const char *interface = options_get(opts, "if");
    drive->interface = interface ? interface : "ide";
    drive->file = options_get(opts, "file");
    if (!check_interface(drive, errp) || !check_words(opts, errp)) {
        return false;
    }
    return parse_flags(drive, opts, errp) && parse_cache(drive, opts, errp) &&
           choose_id(drive, opts, errp);
}

/* --- from there to nodes ----------------------------------------------------------------------------------- */

static void copy_option(GString *out, const Options *opts, const char *key, const char *as)
{
    if (options_get(opts, key)) {
        block_put_option(out, as, options_get(opts, key));
    }
}

/* What holds for other media, too; NULL: nothing. */
static char *image_options(const Drive *drive, const Options *opts)
{
    GString *out = g_string_new(NULL);
    const char *mode = options_get(opts, "cache"), *direct = options_get(opts, "cache.direct");
    const char *discard = options_get(opts, "discard");
    bool is_direct = mode && (g_str_equal(mode, "none") || g_str_equal(mode, "off") ||
                              g_str_equal(mode, "directsync"));
    if (direct || is_direct) {
        block_put_option(out, "cache.direct", direct ? direct : "on");
    }
    if (drive->never_flushes) {
        block_put_option(out, "cache.no-flush", "on");
    }
    copy_option(out, opts, "auto-read-only", "file.auto-read-only");
    copy_option(out, opts, "file.locking", "file.locking");
    if (discard) {
        block_put_option(out, "discard", discard);
        block_put_option(out, "file.discard", discard);
    }
    return g_string_free(out, out->len == 0);
}

static BlockNode *open_image(const Drive *drive, const Options *opts, const char *options,
                             Error **errp)
{
    g_autoptr(GString) all = g_string_new(options);
    copy_option(all, opts, "offset", "offset");
    copy_option(all, opts, "size", "size");
    BlockImage image = {.file = drive->file,
                        .format = drive->format,
                        .is_read_only = drive->is_read_only,
                        .only_reads = drive->has_snapshot,
                        .options = all->len ? all->str : NULL};
    return block_image_open(&image, errp);
}

static bool check_format(Drive *drive, const Options *opts, Error **errp)
{
    const char *format = options_get(opts, "format");
    const char *driver = options_get(opts, "driver");
    if (format && driver) {
        return error_setg(errp, "format and driver are the same: give one");
    }
    drive->format = format ? format : driver;
    return true;
}

static bool set_up(BlockBackend *blk, const Drive *drive, const Options *opts, Error **errp)
{
    bool is_read_only = blk->is_read_only && !drive->has_snapshot;
    blk->is_cdrom = drive->is_cdrom;
    blk->is_mtd = g_str_equal(drive->interface, "mtd");
    blk->wants_read_only = drive->is_read_only;
    blk->is_read_only = is_read_only || drive->is_read_only;
    blk->write_cache = drive->write_cache;
    return (!drive->has_snapshot || blk->is_read_only || block_backend_snapshot(blk, errp)) &&
           block_parse_action("werror", options_get(opts, "werror"), true, &blk->on_write_error,
                              errp) &&
           block_parse_action("rerror", options_get(opts, "rerror"), false, &blk->on_read_error,
                              errp);
}

static bool open_drive(const Drive *drive, const Options *opts, Error **errp)
{
    g_autofree char *options = image_options(drive, opts);
    BlockNode *node = drive->file ? open_image(drive, opts, options, errp) : NULL;
    if (drive->file && !node) {
        return false;
    }
    BlockBackend *blk = block_backend_new(drive->id, node);
    block_node_unref(node);
    blk->image_options = g_steal_pointer(&options);
    bool ok = set_up(blk, drive, opts, errp);
    if (!ok) {
        block_backend_free(blk);
    }
    return ok;
}

static void add_device(GPtrArray *devices, const Drive *drive)
{
    const char *type = drive->is_cdrom ? "scsi-cd" : "scsi-hd";
    if (g_str_equal(drive->interface, "ide")) {
        block_core()->ide_units |= 1u << drive->place;
        g_ptr_array_add(devices, g_strdup_printf("%s,bus=ide.%u,unit=%u,drive=%s",
                                                 drive->is_cdrom ? "ide-cd" : "ide-hd",
                                                 drive->place / 2, drive->place % 2, drive->id));
    } else if (g_str_equal(drive->interface, "virtio")) {
        g_ptr_array_add(devices, g_strdup_printf("virtio-blk-pci,drive=%s", drive->id));
    } else if (g_str_equal(drive->interface, "scsi")) {
        if (!block_core()->has_scsi_host) {
            g_ptr_array_add(devices, g_strdup("virtio-scsi-pci"));
            block_core()->has_scsi_host = true;
        }
        g_ptr_array_add(devices, g_strdup_printf("%s,drive=%s", type, drive->id));
    }
}

bool block_add_drive(const char *text, GPtrArray *devices, Error **errp)
{
    g_autoptr(Options) all = options_parse(text, NULL, NULL, errp);
    if (!all || !options_foreach(all, refuse_later, NULL, errp)) {
        return false;
    }
    g_autoptr(Options) opts = options_parse(text, NULL, drive_options, errp);
    Drive drive = {0};
    bool ok = opts && parse_drive(&drive, opts, errp) && check_format(&drive, opts, errp) &&
              open_drive(&drive, opts, errp);
    if (ok) {
        add_device(devices, &drive);
    }
    g_free(drive.id);
    return ok;
}

void block_set_snapshot(bool also_nodes)
{
    block_core()->has_snapshot = true;
    block_core()->protects_nodes = also_nodes;
}

char *block_drive_help(const char *text)
{
    g_autoptr(Options) opts = options_parse(text, "file", NULL, NULL);
    return opts && options_wants_help(opts) ? options_help(drive_options) : NULL;
}
