/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg: a selector and a data port through which the firmware reads the board's configuration.
 *
 * Source: mac99.md 2. The DMA register is not modelled: the firmware stops unless FW_CFG_ID is 1.
 * Regions: 0 selector (2 bytes, 16-bit big-endian stores), 1 data (1 byte).
 */
#include "hw/nvram/fw_cfg.h"

#include "hw/core/loader.h"
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "util/log.h"
#include "util/options.h"
#include "util/trace.h"

OBJECT_DECLARE_SIMPLE_TYPE(FwCfg, FW_CFG)

enum {
    FILE_SLOTS = 0x20,
    ENTRIES = FW_CFG_FILE_FIRST + FILE_SLOTS,
    NAME_SIZE = 56,
    DIRECTORY_ENTRY_SIZE = 64,
    KEY_MASK = 0x3fff,
    MAX_FILE_SIZE = 64 << 20,
};

typedef struct FwCfgEntry {
    uint8_t *data; /* NULL: the item is not there and reads 0 */
    size_t length;
} FwCfgEntry;

struct FwCfg {
    SysBusDevice parent_obj;
    MemoryRegion selector_port, data_port;
    FwCfgEntry entries[2][ENTRIES]; /* common, arch-local */
    char *file_names[FILE_SLOTS];   /* sorted; file i has key FW_CFG_FILE_FIRST + i */
    uint32_t file_count;
    uint16_t selected;
    uint32_t position;
    bool has_boot_once;
    uint16_t boot_first, boot_later;
    uint8_t resets; /* 0, 1, 2: more */
};

static FwCfgEntry *find_entry(FwCfg *s, uint16_t key)
{
    unsigned index = key & KEY_MASK;
    return index < ENTRIES ? &s->entries[key >> 15][index] : NULL;
}

/* --- the ports ------------------------------------------------------------------------------------------ */

static void selector_write(void *opaque, hwaddr offset G_GNUC_UNUSED, uint64_t value,
                           unsigned size G_GNUC_UNUSED)
{
    FwCfg *s = FW_CFG(opaque);
    s->selected = (uint16_t)value;
    s->position = 0;
    TRACE(fw_cfg_select, "key %#x", s->selected);
}

static uint64_t selector_read(void *opaque G_GNUC_UNUSED, hwaddr offset G_GNUC_UNUSED,
                              unsigned size G_GNUC_UNUSED)
{
    return 0;
}

static uint64_t data_read(void *opaque, hwaddr offset G_GNUC_UNUSED, unsigned size G_GNUC_UNUSED)
{
    FwCfg *s = FW_CFG(opaque);
    const FwCfgEntry *entry = find_entry(s, s->selected);
    if (!entry || s->position >= entry->length) {
        return 0;
    }
    return entry->data[s->position++];
}

static void data_write(void *opaque, hwaddr offset, uint64_t value G_GNUC_UNUSED,
                       unsigned size G_GNUC_UNUSED)
{
    log_guest_error("fw_cfg", offset, "write to item %#x: items are read-only",
                    FW_CFG(opaque)->selected);
}

static const MemoryRegionOps selector_ops = {
    .read = selector_read,
    .write = selector_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 2, .max_access_size = 2},
    .impl = {.min_access_size = 2, .max_access_size = 2},
};
static const MemoryRegionOps data_ops = {
    .read = data_read,
    .write = data_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 1},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};

/* --- items ---------------------------------------------------------------------------------------------- */

void fw_cfg_add_bytes(DeviceState *dev, uint16_t key, const void *data, size_t length)
{
    FwCfgEntry *entry = find_entry(FW_CFG(dev), key);
    g_assert(entry);
    g_free(entry->data);
    entry->data = g_memdup2(data, length);
    entry->length = length;
}

void fw_cfg_add_i16(DeviceState *dev, uint16_t key, uint16_t value)
{
    uint8_t bytes[2];
    stw_le_p(bytes, value);
    fw_cfg_add_bytes(dev, key, bytes, sizeof(bytes));
}

void fw_cfg_add_i32(DeviceState *dev, uint16_t key, uint32_t value)
{
    uint8_t bytes[4];
    stl_le_p(bytes, value);
    fw_cfg_add_bytes(dev, key, bytes, sizeof(bytes));
}

void fw_cfg_add_i64(DeviceState *dev, uint16_t key, uint64_t value)
{
    uint8_t bytes[8];
    stq_le_p(bytes, value);
    fw_cfg_add_bytes(dev, key, bytes, sizeof(bytes));
}

static void choose_boot_device(FwCfg *s)
{
    fw_cfg_add_i16(DEVICE(s), FW_CFG_BOOT_DEVICE, s->resets < 2 ? s->boot_first : s->boot_later);
}

void fw_cfg_set_boot_once(DeviceState *dev, uint16_t first, uint16_t later)
{
    FwCfg *s = FW_CFG(dev);
    s->has_boot_once = true;
    s->boot_first = first;
    s->boot_later = later;
    s->resets = 0;
    choose_boot_device(s);
}

bool fw_cfg_boots_once(DeviceState *dev)
{
    return FW_CFG(dev)->has_boot_once && FW_CFG(dev)->resets < 2;
}

/* Count, then {size, selector, reserved, name} for each file; all big-endian. */
static void rebuild_directory(FwCfg *s)
{
    size_t length = 4 + (size_t)s->file_count * DIRECTORY_ENTRY_SIZE;
    g_autofree uint8_t *directory = g_malloc0(length);
    stl_be_p(directory, s->file_count);
    for (unsigned i = 0; i < s->file_count; i++) {
        uint8_t *entry = directory + 4 + i * DIRECTORY_ENTRY_SIZE;
        stl_be_p(entry, (uint32_t)s->entries[0][FW_CFG_FILE_FIRST + i].length);
        stw_be_p(entry + 4, (uint16_t)(FW_CFG_FILE_FIRST + i));
        g_strlcpy((char *)entry + 8, s->file_names[i], NAME_SIZE);
    }
    fw_cfg_add_bytes(DEVICE(s), FW_CFG_FILE_DIR, directory, length);
}

void fw_cfg_set_file(DeviceState *dev, const char *name, const void *data, size_t length)
{
    FwCfg *s = FW_CFG(dev);
    unsigned at = 0;
    while (strcmp(s->file_names[at], name) != 0) {
        g_assert(++at < s->file_count);
    }
    FwCfgEntry *file = &s->entries[0][FW_CFG_FILE_FIRST + at];
    g_free(file->data);
    *file = (FwCfgEntry){.data = g_memdup2(data, length), .length = length};
    rebuild_directory(s);
}

bool fw_cfg_add_file(DeviceState *dev, const char *name, const void *data, size_t length,
                     Error **errp)
{
    FwCfg *s = FW_CFG(dev);
    if (strlen(name) >= NAME_SIZE || !*name) {
        return error_setg(errp, "fw_cfg file name '%s' must have 1 to %d characters", name,
                          NAME_SIZE - 1);
    }
    if (s->file_count == FILE_SLOTS) {
        return error_setg(errp, "fw_cfg has no slot left for file '%s'", name);
    }
    unsigned at = 0;
    while (at < s->file_count && strcmp(s->file_names[at], name) < 0) {
        at++;
    }
    if (at < s->file_count && strcmp(s->file_names[at], name) == 0) {
        return error_setg(errp, "fw_cfg file '%s' exists already", name);
    }
    FwCfgEntry *files = &s->entries[0][FW_CFG_FILE_FIRST];
    unsigned tail = s->file_count - at;
    memmove(&s->file_names[at + 1], &s->file_names[at], tail * sizeof(s->file_names[0]));
    memmove(&files[at + 1], &files[at], tail * sizeof(files[0]));
    s->file_names[at] = g_strdup(name);
    files[at] = (FwCfgEntry){.data = g_memdup2(data, length), .length = length};
    s->file_count++;
    rebuild_directory(s);
    return true;
}

bool fw_cfg_add_option(DeviceState *dev, const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"name", "string", "name of the file, opt/..."},
        {"string", "string", "its contents"},
        {"file", "string", "host file with its contents"},
        {NULL, NULL, NULL},
    };
    ERRP_GUARD();
    g_autoptr(Options) opts = options_parse(text, "name", descs, errp);
    if (!opts) {
        error_prepend(errp, "-fw_cfg %s: ", text);
        return false;
    }
    const char *name = options_get(opts, "name"), *string = options_get(opts, "string");
    const char *path = options_get(opts, "file");
    if (!name || !string == !path) {
        return error_setg(errp, "-fw_cfg %s: need name= and one of string= and file=", text);
    }
    if (!g_str_has_prefix(name, "opt/")) {
        warn_report("-fw_cfg %s: names outside \"opt/\" may clash with the machine's own", name);
    }
    if (string) {
        return fw_cfg_add_file(dev, name, string, strlen(string), errp);
    }
    GByteArray *contents = NULL;
    if (!loader_read_file(path, MAX_FILE_SIZE, &contents, errp)) {
        error_prepend(errp, "-fw_cfg %s: ", name);
        return false;
    }
    bool ok = fw_cfg_add_file(dev, name, contents->data, contents->len, errp);
    g_byte_array_unref(contents);
    return ok;
}

/* --- the device ------------------------------------------------------------------------------------------ */

static const RegRow selector_names[] = {
    {.name = "SELECTOR", .width = 2, .field = REG_FIELD(FwCfg, selected)},
    {.name = NULL},
};
static const RegRow data_names[] = {
    {.name = "DATA", .width = 1, .field = REG_NO_FIELD},
    {.name = NULL},
};
static const RegBank selector_bank = {.name = TYPE_FW_CFG, .rows = selector_names};
static const RegBank data_bank = {.name = TYPE_FW_CFG, .rows = data_names};

static void fw_cfg_init(Object *obj)
{
    FwCfg *s = FW_CFG(obj);
    memory_region_init_io(&s->selector_port, obj, &selector_ops, s, "fwcfg.ctl", 2);
    memory_region_init_io(&s->data_port, obj, &data_ops, s, "fwcfg.data", 1);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->selector_port);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->data_port);
    regbank_describe_region(&selector_bank, DEVICE(obj), &s->selector_port);
    regbank_describe_region(&data_bank, DEVICE(obj), &s->data_port);
    fw_cfg_add_bytes(DEVICE(obj), FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_i32(DEVICE(obj), FW_CFG_ID, 1);
    rebuild_directory(s);
}

static void fw_cfg_finalize(Object *obj)
{
    FwCfg *s = FW_CFG(obj);
    for (unsigned i = 0; i < 2 * ENTRIES; i++) {
        g_free(s->entries[i / ENTRIES][i % ENTRIES].data);
    }
    for (unsigned i = 0; i < s->file_count; i++) {
        g_free(s->file_names[i]);
    }
}

static void fw_cfg_reset(DeviceState *dev)
{
    FwCfg *s = FW_CFG(dev);
    s->selected = FW_CFG_SIGNATURE;
    s->position = 0;
    if (s->has_boot_once) { /* the first one starts the machine */
        s->resets = MIN(s->resets + 1, 2);
        choose_boot_device(s);
    }
}

static void fw_cfg_info(DeviceState *dev, GString *out)
{
    const FwCfg *s = FW_CFG(dev);
    g_string_append_printf(out, "selected %#06x position %u\n", s->selected, s->position);
    for (unsigned i = 0; i < s->file_count; i++) {
        g_string_append_printf(out, "%#04x %s (%zu bytes)\n", FW_CFG_FILE_FIRST + i,
                               s->file_names[i], s->entries[0][FW_CFG_FILE_FIRST + i].length);
    }
}

static bool boot_once_needed(void *opaque) { return FW_CFG(opaque)->has_boot_once; }

static bool boot_once_post_load(void *opaque, uint32_t version G_GNUC_UNUSED,
                                Error **errp G_GNUC_UNUSED)
{
    choose_boot_device(opaque);
    return true;
}

static const VMStateDescription vmstate_boot_once = {
    .name = TYPE_FW_CFG "/boot-once",
    .version = 1,
    .minimum_version = 1,
    .needed = boot_once_needed,
    .post_load = boot_once_post_load,
    .fields = (const VMStateField[]){VMSTATE_UINT8(resets, FwCfg), VMSTATE_END_OF_LIST()},
};

static const VMStateDescription vmstate_fw_cfg = {
    .name = TYPE_FW_CFG,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT16(selected, FwCfg),
            VMSTATE_UINT32(position, FwCfg),
            VMSTATE_TRANSIENT(entries, FwCfg, "configuration"),
            VMSTATE_TRANSIENT(file_names, FwCfg, "configuration"),
            VMSTATE_TRANSIENT(file_count, FwCfg, "configuration"),
            VMSTATE_TRANSIENT(has_boot_once, FwCfg, "configuration"),
            VMSTATE_TRANSIENT(boot_first, FwCfg, "configuration"),
            VMSTATE_TRANSIENT(boot_later, FwCfg, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
    .subsections = (const VMStateDescription *const[]){&vmstate_boot_once, NULL},
};

static void fw_cfg_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "firmware configuration";
    dc->reset = fw_cfg_reset;
    dc->info = fw_cfg_info;
    dc->vmsd = &vmstate_fw_cfg;
}

static const TypeInfo fw_cfg_type = {
    .name = TYPE_FW_CFG,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(FwCfg),
    .instance_init = fw_cfg_init,
    .instance_finalize = fw_cfg_finalize,
    .class_init = fw_cfg_class_init,
};
DEFINE_TYPE(fw_cfg_type)
