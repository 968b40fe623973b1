/* SPDX-License-Identifier: MIT */
/*
 * The Mac's NVRAM: two areas of 8 KiB in a flash chip, kept in a drive if there is one (-drive if=mtd).
 *
 * Source: macosx.md 4.10 (areas, Intel's command set as its drivers use it), mac99.md 10 (the window, OpenBIOS).
 * From a reset until its last byte is read the window shows the firmware what QEMU's shows: an 8 KiB image, each
 * byte twice; OpenBIOS copies the window once and never looks again. Then, or after a store, it is the chip: area A,
 * area B, byte by byte. What the drive holds is the area that a driver would choose: valid, highest generation. It is
 * written when an area that became that one returns to reading. Not modelled: time that erasing takes, suspending it,
 * lock bits, AMD's command set (the node is no "amd-0137"). Region: 0, the window; wider accesses are split.
 */
#include "hw/nvram/mac_nvram.h"

#include "block/block.h"
#include "hw/core/sysbus.h"
#include "hw/nvram/nvram_image.h"
#include "util/log.h"

#include <string.h>

OBJECT_DECLARE_SIMPLE_TYPE(MacNvram, MAC_NVRAM)

enum {
    AREAS = 2,
    AREA_SIZE = NVRAM_IMAGE_SIZE,
    WINDOW_SIZE = AREAS * AREA_SIZE,
    MAKER_INTEL = 0x89,
    CHIP = 0x98,
    /* commands */
    PROGRAM = 0x40,
    PROGRAM_TOO = 0x10,
    ERASE = 0x20,
    CONFIRM = 0xd0,
    CLEAR_STATUS = 0x50,
    READ_STATUS = 0x70,
    IDENTIFY = 0x90,
    SUSPEND = 0xb0,
    READ_ARRAY = 0xff,
    /* status */
    READY = 0x80,
    BAD_SEQUENCE = 0x30,
};

typedef enum AreaMode {
    MODE_ARRAY,
    MODE_STATUS,
    MODE_IDENTIFY,
    MODE_PROGRAM, /* the next store is the byte */
    MODE_ERASE,   /* the next store confirms */
} AreaMode;

struct MacNvram {
    SysBusDevice parent_obj;
    MemoryRegion window;
    uint8_t flash[AREAS * AREA_SIZE];
    uint8_t mode[AREAS]; /* AreaMode */
    uint8_t status[AREAS];
    bool is_changed[AREAS]; /* the drive does not have it like this */
    uint8_t stored;         /* area that the drive has, or was read from it */
    uint8_t firmware[NVRAM_IMAGE_SIZE];
    bool shows_firmware;
    uint64_t write_number; /* of the request that is under way */
    bool is_writing, must_write_again;
    GPtrArray *env; /* -prom-env */
    char *script;   /* before nvramrc */
    BlockConf conf;
    bool has_warned; /* of a drive that cannot be written */
};

/* --- areas ------------------------------------------------------------------------------------------------ */

static uint8_t *area_at(MacNvram *s, unsigned area) { return s->flash + area * AREA_SIZE; }

/* The one that a driver chooses; -1: none is valid. */
static int newest_area(MacNvram *s)
{
    bool first = nvram_area_is_valid(area_at(s, 0)), second = nvram_area_is_valid(area_at(s, 1));
    if (first && second) {
        return nvram_area_generation(area_at(s, 1)) > nvram_area_generation(area_at(s, 0));
    }
    return first ? 0 : second ? 1 : -1;
}

static void erase(MacNvram *s, unsigned area)
{
    memset(area_at(s, area), 0xff, AREA_SIZE);
    s->is_changed[area] = true;
}

/* --- the drive ---------------------------------------------------------------------------------------------- */

static void store(MacNvram *s, unsigned area);

static void written(void *opaque, BlockRequest *request)
{
    MacNvram *s = opaque;
    s->is_writing = false;
    if (request->ret < 0) {
        warn_report("NVRAM is not kept: drive '%s': %s", blk_name(request->blk),
                    g_strerror(-request->ret));
    }
    if (s->must_write_again) {
        s->must_write_again = false;
        store(s, s->stored);
    }
}

static void store(MacNvram *s, unsigned area)
{
    BlockBackend *blk = s->conf.blk;
    s->stored = (uint8_t)area;
    s->is_changed[area] = false;
    if (!blk) {
        return;
    }
    if (!blk_is_writable(blk)) {
        if (!s->has_warned) {
            warn_report("NVRAM is not kept: drive '%s' is read-only", blk_name(blk));
        }
        s->has_warned = true;
        return;
    }
    if (s->is_writing) {
        s->must_write_again = true;
        return;
    }
    BlockRequest *request = blk_request_new(blk, BLOCK_WRITE, 0, AREA_SIZE);
    request->flags = BLOCK_FUA;
    memcpy(request->data, area_at(s, area), AREA_SIZE);
    s->is_writing = true;
    blk_submit(request, written, s);
    s->write_number = request->number;
}

/* After a change: is another area the one to keep, or the same with other contents? */
static void store_newest(MacNvram *s)
{
    int newest = newest_area(s);
    if (newest >= 0 && (newest != s->stored || s->is_changed[newest])) {
        store(s, (unsigned)newest);
    }
}

/* --- the chip's commands -------------------------------------------------------------------------------------- */

static void take_command(MacNvram *s, unsigned area, hwaddr offset, uint8_t command)
{
    switch (command) {
    case READ_ARRAY:
        s->mode[area] = MODE_ARRAY;
        if (s->is_changed[area]) {
            store_newest(s);
        }
        break;
    case PROGRAM:
    case PROGRAM_TOO:
        s->mode[area] = MODE_PROGRAM;
        break;
    case ERASE:
        s->mode[area] = MODE_ERASE;
        break;
    case CLEAR_STATUS:
        s->status[area] = READY;
        break;
    case IDENTIFY:
        s->mode[area] = MODE_IDENTIFY;
        break;
    case READ_STATUS:
    case SUSPEND: /* nothing is under way that could be */
    case CONFIRM:
        s->mode[area] = MODE_STATUS;
        break;
    default:
        log_guest_error(TYPE_MAC_NVRAM, offset, "%#x is no command of an Intel flash", command);
    }
}

static void take_store(MacNvram *s, hwaddr offset, uint8_t value)
{
    unsigned area = (unsigned)(offset / AREA_SIZE);
    switch ((AreaMode)s->mode[area]) {
    case MODE_PROGRAM: /* bits go from one to zero only */
        s->is_changed[area] = s->is_changed[area] || (s->flash[offset] & ~value);
        s->flash[offset] &= value;
        s->mode[area] = MODE_STATUS;
        break;
    case MODE_ERASE:
        s->mode[area] = MODE_STATUS;
        if (value == CONFIRM) {
            erase(s, area);
        } else {
            s->status[area] |= BAD_SEQUENCE;
        }
        break;
    default:
        take_command(s, area, offset, value);
    }
}

static uint8_t read_chip(const MacNvram *s, hwaddr offset)
{
    unsigned area = (unsigned)(offset / AREA_SIZE);
    switch ((AreaMode)s->mode[area]) {
    case MODE_ARRAY:
        return s->flash[offset];
    case MODE_IDENTIFY:
        return offset & 1 ? CHIP : MAKER_INTEL;
    default:
        return s->status[area];
    }
}

/* --- the window ------------------------------------------------------------------------------------------------ */

static uint64_t window_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    MacNvram *s = MAC_NVRAM(opaque);
    if (!s->shows_firmware) {
        return read_chip(s, offset);
    }
    s->shows_firmware = offset != WINDOW_SIZE - 1;
    return s->firmware[offset / 2];
}

static void window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    MacNvram *s = MAC_NVRAM(opaque);
    s->shows_firmware = false;
    take_store(s, offset, (uint8_t)value);
}

static const MemoryRegionOps window_ops = {
    .read = window_read,
    .write = window_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};

/* --- what the firmware sees ------------------------------------------------------------------------------------- */

/* @script, then the user's nvramrc, which must be switched on. */
static void add_script(GPtrArray *variables, const char *script)
{
    const char *users = nvram_variables_find(variables, "nvramrc");
    if (users && g_strcmp0(nvram_variables_find(variables, "use-nvramrc?"), "true") != 0) {
        warn_report("nvramrc is left out: use-nvramrc? is not true, and memory devices need it");
        users = NULL;
    }
    g_autoptr(GPtrArray) ours = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(ours, g_strdup("use-nvramrc?=true"));
    g_ptr_array_add(
        ours, g_strdup_printf("nvramrc=%s%s%s", script, users ? " " : "", users ? users : ""));
    nvram_variables_merge(variables, ours);
}

static bool format_firmware(MacNvram *s, GPtrArray *variables, Error **errp)
{
    nvram_variables_merge(variables, s->env);
    if (s->script) {
        add_script(variables, s->script);
    }
    return nvram_openbios_format(s->firmware, variables, errp);
}

static GPtrArray *no_variables(void) { return g_ptr_array_new_with_free_func(g_free); }

bool mac_nvram_configure(DeviceState *dev, const GPtrArray *env, const char *script, Error **errp)
{
    MacNvram *s = MAC_NVRAM(dev);
    for (guint i = 0; env && i < env->len; i++) {
        const char *variable = g_ptr_array_index(env, i);
        if (!strchr(variable, '=') || *variable == '=') {
            return error_setg(errp, "-prom-env %s: need NAME=VALUE", variable);
        }
        g_ptr_array_add(s->env, g_strdup(variable));
    }
    s->script = g_strdup(script);
    g_autoptr(GPtrArray) variables = no_variables();
    ERRP_GUARD();
    bool ok = format_firmware(s, variables, errp);
    if (!ok) {
        error_prepend(errp, "-prom-env: ");
    }
    return ok;
}

/* As the firmware of a Mac: an area that would lead its readers astray goes, and one is there in the end. */
static void repair(MacNvram *s)
{
    for (unsigned area = 0; area < AREAS; area++) {
        uint8_t *bytes = area_at(s, area);
        if (nvram_area_looks_valid(bytes) && !nvram_area_is_valid(bytes)) {
            log_guest_error(TYPE_MAC_NVRAM, area * AREA_SIZE,
                            "area %u has partitions without length, or no variables: erased", area);
            erase(s, area);
        }
    }
    if (newest_area(s) < 0) {
        nvram_area_format(area_at(s, 0));
        s->is_changed[0] = false;
        s->stored = 0;
    }
}

void mac_nvram_begin_boot(DeviceState *dev, bool hides_boot_device)
{
    MacNvram *s = MAC_NVRAM(dev);
    Error *err = NULL;
    repair(s);
    store_newest(s);
    g_autoptr(GPtrArray) variables = nvram_image_variables(area_at(s, (unsigned)newest_area(s)));
    if (hides_boot_device) {
        nvram_variables_remove(variables, "boot-device");
    }
    if (!format_firmware(s, variables, &err)) {
        g_autoptr(GPtrArray) none = no_variables();
        warn_report("NVRAM: %s: only those of the command line are used", error_get_pretty(err));
        error_free(err);
        format_firmware(s, none, &error_abort);
    }
    s->shows_firmware = true;
}

/* --- the console --------------------------------------------------------------------------------------------------- */

static void append_variables(GString *out, const GPtrArray *variables, const char *note)
{
    for (guint i = 0; i < variables->len; i++) {
        g_autofree char *text = g_strescape(g_ptr_array_index(variables, i), "\"\\");
        g_string_append_printf(out, "%s%s\n", text, note);
    }
}

void mac_nvram_list(DeviceState *dev, GString *out)
{
    MacNvram *s = MAC_NVRAM(dev);
    int newest = newest_area(s);
    if (newest >= 0) {
        g_autoptr(GPtrArray) variables = nvram_image_variables(area_at(s, (unsigned)newest));
        append_variables(out, variables, "");
    }
    append_variables(out, s->env, "  (-prom-env, this run only)");
}

/* A new area's worth of NVRAM beside the one that is in use. */
static void replace(MacNvram *s, const uint8_t *contents)
{
    int newest = newest_area(s);
    unsigned area = newest == 0;
    uint32_t generation = newest >= 0 ? nvram_area_generation(area_at(s, (unsigned)newest)) : 0;
    memcpy(area_at(s, area), contents, AREA_SIZE);
    nvram_area_seal(area_at(s, area), generation + 1);
    store(s, area);
}

bool mac_nvram_set(DeviceState *dev, const char *variable, Error **errp)
{
    MacNvram *s = MAC_NVRAM(dev);
    uint8_t contents[AREA_SIZE];
    int newest = newest_area(s);
    if (!strchr(variable, '=') || *variable == '=') {
        return error_setg(errp, "'%s': need NAME=VALUE", variable);
    }
    if (newest >= 0) {
        memcpy(contents, area_at(s, (unsigned)newest), AREA_SIZE);
    } else {
        nvram_area_format(contents);
    }
    g_autoptr(GPtrArray) variables = nvram_image_variables(contents);
    g_autoptr(GPtrArray) new = g_ptr_array_new();
    g_ptr_array_add(new, (char *)variable);
    nvram_variables_merge(variables, new);
    if (!nvram_area_set_variables(contents, variables, errp)) {
        return false;
    }
    replace(s, contents);
    return true;
}

void mac_nvram_clear(DeviceState *dev)
{
    uint8_t contents[AREA_SIZE];
    nvram_area_format(contents);
    replace(MAC_NVRAM(dev), contents);
}

/* --- life ------------------------------------------------------------------------------------------------------------ */

/* Area A is what the drive has, in whichever layout. */
static bool read_drive(MacNvram *s, Error **errp)
{
    uint8_t image[NVRAM_IMAGE_SIZE];
    if (!blk_read_whole(s->conf.blk, image, sizeof(image), errp)) {
        return false;
    }
    NvramKind kind = nvram_image_kind(image);
    if (kind == NVRAM_AREA) {
        memcpy(area_at(s, 0), image, AREA_SIZE);
    } else if (kind == NVRAM_OPENBIOS) {
        g_autoptr(GPtrArray) variables = nvram_image_variables(image);
        if (!nvram_area_set_variables(area_at(s, 0), variables, errp)) {
            return false;
        }
        nvram_area_seal(area_at(s, 0), 1);
    } else if (kind == NVRAM_CORRUPT) {
        warn_report("drive '%s' holds no valid NVRAM: defaults are used, and the image stays as it "
                    "is until the guest or `nvram` writes",
                    blk_name(s->conf.blk));
    }
    return true;
}

static bool nvram_realize(DeviceState *dev, Error **errp)
{
    MacNvram *s = MAC_NVRAM(dev);
    nvram_area_format(area_at(s, 0));
    memset(area_at(s, 1), 0xff, AREA_SIZE);
    if (!s->conf.drive) {
        return true;
    }
    if (!blkconf_attach(&s->conf, OBJECT(s), true, errp)) {
        return false;
    }
    if (!read_drive(s, errp)) {
        blkconf_detach(&s->conf);
        return false;
    }
    return true;
}

static void nvram_unrealize(DeviceState *dev) { blkconf_detach(&MAC_NVRAM(dev)->conf); }

static void nvram_reset(DeviceState *dev)
{
    MacNvram *s = MAC_NVRAM(dev);
    for (unsigned area = 0; area < AREAS; area++) {
        s->mode[area] = MODE_ARRAY;
        s->status[area] = READY;
    }
}

static void nvram_init(Object *obj)
{
    MacNvram *s = MAC_NVRAM(obj);
    s->env = no_variables();
    memory_region_init_io(&s->window, obj, &window_ops, s, TYPE_MAC_NVRAM, WINDOW_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->window);
    s->conf.logical_block_size = s->conf.physical_block_size = BLOCK_SECTOR;
    s->conf.discard_granularity = UINT32_MAX;
    s->conf.bootindex = -1;
}

static void nvram_finalize(Object *obj)
{
    MacNvram *s = MAC_NVRAM(obj);
    g_ptr_array_unref(s->env);
    g_free(s->script);
}

static bool nvram_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    MacNvram *s = opaque;
    if (s->stored >= AREAS || s->mode[0] > MODE_ERASE || s->mode[1] > MODE_ERASE) {
        return error_setg(errp, "no such area or mode");
    }
    if (!s->is_writing) {
        return true;
    }
    return (s->conf.blk && blk_reattach(s->conf.blk, s->write_number, written, s)) ||
           error_setg(errp, "the drive knows no request %" G_GUINT64_FORMAT, s->write_number);
}

static const VMStateDescription vmstate_nvram = {
    .name = TYPE_MAC_NVRAM,
    .version = 2,
    .minimum_version = 2,
    .post_load = nvram_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_BUFFER(flash, MacNvram),
            VMSTATE_UINT8_ARRAY(mode, MacNvram),
            VMSTATE_UINT8_ARRAY(status, MacNvram),
            VMSTATE_BOOL_ARRAY(is_changed, MacNvram),
            VMSTATE_UINT8(stored, MacNvram),
            VMSTATE_BUFFER(firmware, MacNvram),
            VMSTATE_BOOL(shows_firmware, MacNvram),
            VMSTATE_BLOCK_BACKEND(conf.blk, MacNvram),
            VMSTATE_UINT64(write_number, MacNvram),
            VMSTATE_BOOL(is_writing, MacNvram),
            VMSTATE_BOOL(must_write_again, MacNvram),
            VMSTATE_TRANSIENT(env, MacNvram, "configuration"),
            VMSTATE_TRANSIENT(script, MacNvram, "configuration"),
            VMSTATE_TRANSIENT(conf, MacNvram, "configuration"),
            VMSTATE_TRANSIENT(has_warned, MacNvram, "about the host's file"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property nvram_properties[] = {
    {.name = "drive",
     .type = FIELD_STRING,
     .offset = offsetof(MacNvram, conf.drive),
     .description = "8192 bytes that keep the contents"},
    {.name = "latency",
     .type = FIELD_UINT64,
     .offset = offsetof(MacNvram, conf.latency),
     .defval = 20000,
     .description = "ns of guest time until they are written"},
    {.name = NULL},
};

static void nvram_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "Mac NVRAM";
    dc->realize = nvram_realize;
    dc->unrealize = nvram_unrealize;
    dc->reset = nvram_reset;
    dc->vmsd = &vmstate_nvram;
    device_class_set_props(dc, nvram_properties);
}

static const TypeInfo nvram_type = {
    .name = TYPE_MAC_NVRAM,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MacNvram),
    .instance_init = nvram_init,
    .instance_finalize = nvram_finalize,
    .class_init = nvram_class_init,
};
DEFINE_TYPE(nvram_type)
