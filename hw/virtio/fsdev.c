/* SPDX-License-Identifier: MIT */
/*
 * -fsdev and -virtfs.
 *
 * Source: QEMU's dialect (its manual, "File system options"). Not built, refused by name: the drivers
 * proxy and synth, the mapped security models with fmode and dmode, writeout, throttling.
 */
#include "hw/virtio/fsdev.h"

#include "hw/core/machine.h"
#include "util/options.h"

#include <string.h>

#define TYPE_FSDEVS "fsdevs"

typedef struct Fsdevs {
    Object parent_obj;
    GHashTable *by_id; /* char * -> P9FolderConfig * */
    bool is_replay;
} Fsdevs;

#define COMMON_OPTIONS                                                                             \
    {"fsdriver", "string", NULL}, {"id", "string", "its name"},                                    \
        {"path", "string", "the folder on the host"},                                              \
        {"security_model", "string", "owners and permissions: none or passthrough"},               \
        {"readonly", "bool", "the guest may not write"},                                           \
        {"multidevs", "string", "several file systems below it: warn, remap or forbid"},           \
        {"fmode", "string", NULL}, {"dmode", "string", NULL}, {"writeout", "string", NULL},        \
        {"socket", "string", NULL},                                                                \
    {                                                                                              \
        "sock_fd", "string", NULL                                                                  \
    }

static const OptionDesc fsdev_options[] = {COMMON_OPTIONS, {0}};
static const OptionDesc virtfs_options[] = {
    COMMON_OPTIONS,
    {"mount_tag", "string", "what the guest mounts it by"},
    {0},
};

static Fsdevs *fsdevs(void) { return (Fsdevs *)object_core("fsdevs", TYPE_FSDEVS); }

const P9FolderConfig *fsdev_find(const char *id)
{
    return g_hash_table_lookup(fsdevs()->by_id, id);
}

void fsdev_expect_replay(void) { fsdevs()->is_replay = true; }

/* --- options ------------------------------------------------------------------------------------- */

static bool check_driver(const char *driver, Error **errp)
{
    static const char *const later[] = {"proxy", "synth", NULL};
    if (!driver) {
        return error_setg(errp, "the driver is missing; use local");
    }
    if (g_strv_contains(later, driver)) {
        return error_setg(errp, "driver '%s' is not built; use local", driver);
    }
    return g_str_equal(driver, "local") ||
           error_setg(errp, "unknown driver '%s'; use local", driver);
}

static bool check_refused(const Options *opts, Error **errp)
{
    static const char *const modes[] = {"fmode", "dmode"};
    static const char *const others[] = {"writeout", "socket", "sock_fd"};
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (options_get(opts, modes[i])) {
            return error_setg(
                errp, "%s is only valid for mapped security models, which are not built", modes[i]);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (options_get(opts, others[i])) {
            return error_setg(errp, "%s is not built; leave it out", others[i]);
        }
    }
    return true;
}

static bool take_security(const char *name, P9Security *security, Error **errp)
{
    static const char *const later[] = {"mapped", "mapped-xattr", "mapped-file", NULL};
    if (!name) {
        return error_setg(errp, "security_model property not set; use none or passthrough");
    }
    if (g_strv_contains(later, name)) {
        return error_setg(errp, "security_model '%s' is not built; use none or passthrough", name);
    }
    *security = g_str_equal(name, "none") ? P9_SECURITY_NONE : P9_SECURITY_PASSTHROUGH;
    return *security == P9_SECURITY_NONE || g_str_equal(name, "passthrough") ||
           error_setg(errp, "invalid security_model '%s'; use none or passthrough", name);
}

static bool take_multidevs(const char *name, P9Multidevs *multidevs, Error **errp)
{
    static const char *const names[] = {
        [P9_MULTIDEVS_WARN] = "warn",
        [P9_MULTIDEVS_REMAP] = "remap",
        [P9_MULTIDEVS_FORBID] = "forbid",
    };
    *multidevs = P9_MULTIDEVS_WARN;
    if (!name) {
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], name)) {
            *multidevs = i;
            return true;
        }
    }
    return error_setg(errp, "invalid multidevs '%s'; use warn, remap or forbid", name);
}

/* --- making -------------------------------------------------------------------------------------- */

static void config_free(gpointer data)
{
    P9FolderConfig *config = data;
    g_free(config->path);
    g_free(config);
}

static bool fill(P9FolderConfig *config, const Options *opts, Error **errp)
{
    const char *path = options_get(opts, "path");
    if (!check_refused(opts, errp) ||
        !take_security(options_get(opts, "security_model"), &config->security, errp) ||
        !take_multidevs(options_get(opts, "multidevs"), &config->multidevs, errp) ||
        !options_get_bool(opts, "readonly", false, &config->readonly, errp)) {
        return false;
    }
    config->path = g_strdup(path);
    return (path && *path) || error_setg(errp, "path property not set");
}

static bool add(const Options *opts, const char *id, Error **errp)
{
    if (!check_driver(options_get(opts, "fsdriver"), errp)) {
        return false;
    }
    if (!id) {
        return error_setg(errp, "parameter 'id' is missing");
    }
    if (!object_id_is_well_formed(id)) {
        return error_setg(errp, "parameter 'id' expects an identifier, not '%s'", id);
    }
    if (fsdev_find(id)) {
        return error_setg(errp, "fsdev id '%s' is already in use", id);
    }
    P9FolderConfig *config = g_new0(P9FolderConfig, 1);
    if (!fill(config, opts, errp)) {
        config_free(config);
        return false;
    }
    config->is_deferred = fsdevs()->is_replay;
    g_hash_table_insert(fsdevs()->by_id, g_strdup(id), config);
    return true;
}

bool fsdev_add(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "fsdriver", fsdev_options, errp);
    return opts && add(opts, options_get(opts, "id"), errp);
}

static char *double_commas(const char *text)
{
    g_auto(GStrv) pieces = g_strsplit(text, ",", -1);
    return g_strjoinv(",,", pieces);
}

bool fsdev_add_virtfs(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "fsdriver", virtfs_options, errp);
    const char *tag = opts ? options_get(opts, "mount_tag") : NULL;
    const char *id = opts ? options_get(opts, "id") : NULL;
    if (!opts || (!tag && !error_setg(errp, "mount_tag property not set"))) {
        return false;
    }
    id = id ? id : tag;
    if (!add(opts, id, errp)) {
        return false;
    }
    g_autofree char *quoted = double_commas(tag);
    char *device = g_strdup_printf("virtio-9p-pci,fsdev=%s,mount_tag=%s", id, quoted);
    g_ptr_array_add(machine_get()->config.devices, device);
    return true;
}

/* --- type ---------------------------------------------------------------------------------------- */

static void fsdevs_init(Object *obj)
{
    ((Fsdevs *)obj)->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, config_free);
}

static void fsdevs_finalize(Object *obj) { g_hash_table_destroy(((Fsdevs *)obj)->by_id); }

static const TypeInfo fsdevs_info = {
    .name = TYPE_FSDEVS,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Fsdevs),
    .instance_init = fsdevs_init,
    .instance_finalize = fsdevs_finalize,
};
DEFINE_TYPE(fsdevs_info)
