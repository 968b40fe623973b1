/* SPDX-License-Identifier: MIT */
/*
 * The Mac's NVRAM: 8 KiB, seen in a 16 KiB window with every byte doubled; kept in a file if asked.
 *
 * Source: mac99.md 10 (CHRP partitions). Property "file": read at start, written a moment after a
 * change, at most ten times a second of guest time, and when the machine ends. Not modelled: the flash command protocol (commands are stored as plain bytes).
 * Region: 0, the window; byte accesses, wider ones are split.
 */
#include "hw/nvram/mac_nvram.h"

#include "hw/core/loader.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

OBJECT_DECLARE_SIMPLE_TYPE(MacNvram, MAC_NVRAM)

enum {
    NVRAM_SIZE = 0x2000,
    WINDOW_SIZE = 0x4000,
    SYSTEM_SIZE = 0xc10,
    BANK_SIZE = 0x1000,
    HEADER_SIZE = 16,
    SIGNATURE_SYSTEM = 0x70,
    SIGNATURE_FREE = 0x7f,
    SIGNATURE_MACOS = 0x5a,
    WRITE_DELAY_NS = 100000000,
};

struct MacNvram {
    SysBusDevice parent_obj;
    MemoryRegion window;
    uint8_t data[NVRAM_SIZE];
    char *path;   /* property "file" */
    bool unsaved; /* the file is older than the bytes */
    Timer writer; /* host side: the guest cannot see when the file is written */
};

/* --- partitions ------------------------------------------------------------------------------------------ */

/* 8-bit sum with end-around carry over the header less the checksum itself. */
static uint8_t header_checksum(const uint8_t *header)
{
    unsigned sum = header[0];
    for (unsigned i = 2; i < HEADER_SIZE; i++) {
        sum += header[i];
        sum = (sum & 0xff) + (sum >> 8);
    }
    return (uint8_t)sum;
}

static void write_header(uint8_t *header, uint8_t signature, size_t size, const char *name)
{
    memset(header, 0, HEADER_SIZE);
    header[0] = signature;
    stw_be_p(header + 2, (uint16_t)(size / HEADER_SIZE));
    strncpy((char *)header + 4, name, HEADER_SIZE - 4);
    header[1] = header_checksum(header);
}

static uint32_t adler32(const uint8_t *data, size_t size)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void format_macos_bank(uint8_t *bank)
{
    enum { GENERATION = 2 };
    write_header(bank, SIGNATURE_MACOS, BANK_SIZE, "wwwwwwwwwww");
    stl_be_p(bank + 20, GENERATION);
    stl_be_p(bank + 16, adler32(bank + 20, BANK_SIZE - 20));
}

/* True if the headers chain exactly through the bytes, as the firmware demands. */
static bool contents_valid(const uint8_t *data)
{
    size_t at = 0;
    while (at < NVRAM_SIZE) {
        size_t size = (size_t)lduw_be_p(data + at + 2) * HEADER_SIZE;
        if (size == 0 || data[at + 1] != header_checksum(data + at)) {
            return false;
        }
        at += size;
    }
    return at == NVRAM_SIZE && data[0] == SIGNATURE_SYSTEM;
}

/* --- variables ------------------------------------------------------------------------------------------- */

static size_t name_length(const char *variable) { return strcspn(variable, "="); }

static bool env_overrides(const GPtrArray *env, const char *variable)
{
    for (guint i = 0; env && i < env->len; i++) {
        const char *other = g_ptr_array_index(env, i);
        if (name_length(other) == name_length(variable) &&
            strncmp(other, variable, name_length(variable)) == 0) {
            return true;
        }
    }
    return false;
}

/* The variables of an old system partition that @env does not replace, then @env. */
static GPtrArray *merge_variables(const uint8_t *old, const GPtrArray *env)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    if (old) {
        size_t size = (size_t)lduw_be_p(old + 2) * HEADER_SIZE;
        const char *at = (const char *)old + HEADER_SIZE, *end = (const char *)old + size;
        while (at < end && *at && memchr(at, 0, (size_t)(end - at))) {
            if (!env_overrides(env, at)) {
                g_ptr_array_add(all, g_strdup(at));
            }
            at += strlen(at) + 1;
        }
    }
    for (guint i = 0; env && i < env->len; i++) {
        g_ptr_array_add(all, g_strdup(g_ptr_array_index(env, i)));
    }
    return all;
}

static bool format(MacNvram *s, const GPtrArray *variables, Error **errp)
{
    size_t needed = HEADER_SIZE + 1;
    for (guint i = 0; i < variables->len; i++) {
        const char *variable = g_ptr_array_index(variables, i);
        if (!strchr(variable, '=')) {
            return error_setg(errp, "-prom-env %s: need NAME=VALUE", variable);
        }
        needed += strlen(variable) + 1;
    }
    size_t system = MAX(align_up(needed, HEADER_SIZE), (size_t)SYSTEM_SIZE);
    if (system > BANK_SIZE - HEADER_SIZE) {
        return error_setg(errp, "-prom-env: %zu bytes of variables do not fit NVRAM's %d", needed,
                          BANK_SIZE - HEADER_SIZE);
    }
    memset(s->data, 0, sizeof(s->data));
    write_header(s->data, SIGNATURE_SYSTEM, system, "system");
    char *at = (char *)s->data + HEADER_SIZE;
    for (guint i = 0; i < variables->len; i++) {
        at = g_stpcpy(at, g_ptr_array_index(variables, i)) + 1;
    }
    write_header(s->data + system, SIGNATURE_FREE, BANK_SIZE - system, "free");
    format_macos_bank(s->data + BANK_SIZE);
    return true;
}

/* The file is replaced as a whole, so its folder must take a new one. */
static bool check_folder(const char *path, Error **errp)
{
    g_autofree char *folder = g_path_get_dirname(path);
    return g_access(folder, W_OK) == 0 ||
           error_setg_errno(errp, errno, "NVRAM file '%s' could not be written", path);
}

static bool read_file(MacNvram *s, bool *valid, Error **errp)
{
    GByteArray *contents = NULL;
    *valid = false;
    if (!check_folder(s->path, errp)) {
        return false;
    }
    if (!g_file_test(s->path, G_FILE_TEST_EXISTS)) {
        return true;
    }
    if (!loader_read_file(s->path, NVRAM_SIZE, &contents, errp)) {
        return false;
    }
    if (contents->len != NVRAM_SIZE) {
        error_setg(errp, "NVRAM file '%s' has %u bytes, need %d", s->path, contents->len,
                   NVRAM_SIZE);
        g_byte_array_unref(contents);
        return false;
    }
    *valid = contents_valid(contents->data);
    if (*valid) {
        memcpy(s->data, contents->data, NVRAM_SIZE);
    } else {
        warn_report("NVRAM file '%s' holds no valid partitions: formatted anew", s->path);
    }
    g_byte_array_unref(contents);
    return true;
}

/* --- our part of nvramrc --------------------------------------------------------------------------------- */

/* Strings that are dropped again: the firmware takes no comments in the middle. */
#define SCRIPT_BEGIN "\" core99\" 2drop "
#define SCRIPT_END " \" core99 end\" 2drop "

/* Value of @name among @variables, or NULL. */
static const char *find_variable(const GPtrArray *variables, const char *name)
{
    for (guint i = 0; i < variables->len; i++) {
        const char *variable = g_ptr_array_index(variables, i);
        if (name_length(variable) == strlen(name) && g_str_has_prefix(variable, name)) {
            return variable + strlen(name) + 1;
        }
    }
    return NULL;
}

/* The user's nvramrc: without what an earlier machine put before it, and nothing if it is switched off. */
static char *users_script(const GPtrArray *variables)
{
    const char *text = find_variable(variables, "nvramrc");
    const char *flag = find_variable(variables, "use-nvramrc?");
    if (text && g_str_has_prefix(text, SCRIPT_BEGIN)) {
        const char *end = strstr(text, SCRIPT_END);
        return g_strdup(end ? end + strlen(SCRIPT_END) : "");
    }
    if (text && g_strcmp0(flag, "true") != 0) {
        warn_report("nvramrc is left out: use-nvramrc? is not true, and memory devices need it");
        return g_strdup("");
    }
    return g_strdup(text ? text : "");
}

bool mac_nvram_set_script(DeviceState *dev, const char *script, Error **errp)
{
    MacNvram *s = MAC_NVRAM(dev);
    g_autoptr(GPtrArray) old = merge_variables(s->data, NULL);
    const char *there = find_variable(old, "nvramrc");
    if (!script && !(there && g_str_has_prefix(there, SCRIPT_BEGIN))) {
        return true;
    }
    g_autofree char *users = users_script(old);
    g_autoptr(GPtrArray) new = g_ptr_array_new_with_free_func(g_free);
    bool is_used = script || *users;
    g_ptr_array_add(new, g_strdup_printf("use-nvramrc?=%s", is_used ? "true" : "false"));
    g_ptr_array_add(new, g_strdup_printf("nvramrc=%s%s%s%s", script ? SCRIPT_BEGIN : "",
                                         script ? script : "", script ? SCRIPT_END : "", users));
    g_autofree uint8_t *bank = g_memdup2(s->data + BANK_SIZE, BANK_SIZE);
    g_autoptr(GPtrArray) all = merge_variables(s->data, new);
    bool ok = format(s, all, errp);
    memcpy(s->data + BANK_SIZE, bank, BANK_SIZE);
    return ok;
}

/* --- making ---------------------------------------------------------------------------------------------- */

bool mac_nvram_format(DeviceState *dev, const GPtrArray *env, Error **errp)
{
    MacNvram *s = MAC_NVRAM(dev);
    bool valid = false;
    if (s->path && !read_file(s, &valid, errp)) {
        return false;
    }
    if (valid && (!env || env->len == 0)) {
        return true;
    }
    g_autofree uint8_t *old = valid ? g_memdup2(s->data, NVRAM_SIZE) : NULL;
    GPtrArray *variables = merge_variables(old, env);
    bool ok = format(s, variables, errp);
    g_ptr_array_unref(variables);
    /* Another system's bank is kept, unless the old layout had something else there. */
    const uint8_t *bank = valid ? old + BANK_SIZE : NULL;
    if (ok && bank && bank[0] == SIGNATURE_MACOS && bank[1] == header_checksum(bank) &&
        lduw_be_p(bank + 2) * HEADER_SIZE == BANK_SIZE) {
        memcpy(s->data + BANK_SIZE, bank, BANK_SIZE);
    }
    return ok;
}

/* --- the file -------------------------------------------------------------------------------------------- */

static void write_file(void *opaque)
{
    MacNvram *s = opaque;
    if (!s->unsaved) {
        return;
    }
    s->unsaved = false;
    if (!g_file_set_contents(s->path, (const char *)s->data, sizeof(s->data), NULL)) {
        warn_report("NVRAM file '%s' cannot be written: %s", s->path, g_strerror(errno));
    }
}

static void contents_changed(MacNvram *s)
{
    if (s->path && !s->unsaved) {
        s->unsaved = true;
        timer_mod_ns(&s->writer, clock_virtual_ns(s->writer.clock) + WRITE_DELAY_NS);
    }
}

/* --- the window ------------------------------------------------------------------------------------------ */

static uint64_t window_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    return MAC_NVRAM(opaque)->data[offset / 2];
}

static void window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    MacNvram *s = MAC_NVRAM(opaque);
    if (s->data[offset / 2] == (uint8_t)value) {
        return;
    }
    s->data[offset / 2] = (uint8_t)value;
    contents_changed(s);
}

static const MemoryRegionOps window_ops = {
    .read = window_read,
    .write = window_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};

static bool nvram_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    timer_init_host(&MAC_NVRAM(dev)->writer, machine_clock(), write_file, dev);
    return true;
}

static void nvram_unrealize(DeviceState *dev)
{
    write_file(dev);
    timer_fini(&MAC_NVRAM(dev)->writer);
}

static bool nvram_post_load(void *opaque, uint32_t version G_GNUC_UNUSED,
                            Error **errp G_GNUC_UNUSED)
{
    contents_changed(opaque);
    return true;
}

static void nvram_init(Object *obj)
{
    MacNvram *s = MAC_NVRAM(obj);
    memory_region_init_io(&s->window, obj, &window_ops, s, TYPE_MAC_NVRAM, WINDOW_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->window);
}

static const VMStateDescription vmstate_nvram = {
    .name = TYPE_MAC_NVRAM,
    .version = 1,
    .minimum_version = 1,
    .post_load = nvram_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_BUFFER(data, MacNvram),
            VMSTATE_TRANSIENT(path, MacNvram, "configuration"),
            VMSTATE_TRANSIENT(unsaved, MacNvram, "about the host's file"),
            VMSTATE_TRANSIENT(writer, MacNvram, "host-side deadline"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property nvram_properties[] = {
    {.name = "file",
     .type = FIELD_STRING,
     .offset = offsetof(MacNvram, path),
     .description = "8192-byte file that keeps the contents"},
    {.name = NULL},
};

static void nvram_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "Mac NVRAM";
    dc->realize = nvram_realize;
    dc->unrealize = nvram_unrealize;
    dc->vmsd = &vmstate_nvram;
    device_class_set_props(dc, nvram_properties);
}

static const TypeInfo nvram_type = {
    .name = TYPE_MAC_NVRAM,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MacNvram),
    .instance_init = nvram_init,
    .class_init = nvram_class_init,
};
DEFINE_TYPE(nvram_type)
