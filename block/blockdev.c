/* SPDX-License-Identifier: MIT */
/*
 * -blockdev driver=...,node-name=...: a node by itself; "file.KEY=..." describes the node below, "file=NAME"
 * names it.
 *
 * Source: QEMU's -blockdev. Not modelled: JSON; drivers of other protocols, which are refused by name.
 */
#include "block/drive.h"
#include "block/internal.h"

#include <string.h>

static const BlockDriver *const drivers[] = {
    &block_file_driver,  &block_host_device_driver, &block_raw_driver,       &block_blkdebug_driver,
    &block_null_driver,  &block_null_aio_driver,    &block_nbd_driver,       &block_qcow2_driver,
    &block_qcow_driver,  &block_qed_driver,         &block_vdi_driver,       &block_vmdk_driver,
    &block_vpc_driver,   &block_vhdx_driver,        &block_parallels_driver, &block_dmg_driver,
    &block_bochs_driver, &block_cloop_driver,       &block_raw2352_driver,   &block_dc42_driver,
};

/* Drivers of QEMU's that are not built. */
static const char *const later_drivers[] = {
    "luks",
    "ssh",
    "http",
    "https",
    "ftp",
    "ftps",
    "iscsi",
    "nfs",
    "rbd",
    "gluster",
    "nvme",
    "quorum",
    "vvfat",
    "fat",
    "blkverify",
    "blkreplay",
    "blklogwrites",
    "throttle",
    "compress",
    "copy-on-read",
    "copy-before-write",
    "host_cdrom",
    "preallocate",
    "replication",
    "io_uring",
    "nvme-io_uring",
    "virtio-blk-vhost-user",
    "virtio-blk-vhost-vdpa",
    NULL,
};

const BlockDriver *block_driver_find(const char *name, Error **errp)
{
    const char *names[G_N_ELEMENTS(drivers) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        names[i] = drivers[i]->name;
        if (g_str_equal(name, names[i])) {
            return drivers[i];
        }
    }
    if (g_strv_contains(later_drivers, name)) {
        error_setg(errp, "driver '%s' is not built yet; qemu-img convert -O raw makes a raw image",
                   name);
    } else {
        error_unknown_name("driver", name, names, errp);
    }
    return NULL;
}

/* --- options of a node and of the one below ---------------------------------------------------------- */

typedef struct Split {
    const char *prefix; /* "file." */
    GString *own, *below;
} Split;

void block_put_option(GString *out, const char *key, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);
    g_string_append_printf(out, "%s%s=%s", out->len ? "," : "", key, escaped);
}

static bool split_one(void *opaque, const char *key, const char *value, Error **errp G_GNUC_UNUSED)
{
    const Split *split = opaque;
    bool is_below = g_str_has_prefix(key, split->prefix);
    block_put_option(is_below ? split->below : split->own,
                     is_below ? key + strlen(split->prefix) : key, value);
    return true;
}

static OptionDesc *table_of(const BlockDriver *driver)
{
    const OptionDesc child[] = {{driver->child, "string", "the node below"}, {0}};
    const OptionDesc *tables[] = {block_node_options, driver->options, child};
    return options_join(tables, G_N_ELEMENTS(tables));
}

/* --- making nodes -------------------------------------------------------------------------------------- */

/* The node below, whose reference the caller gets; NULL with *errp. */
static BlockNode *open_below(const BlockDriver *driver, const char *reference, const char *text,
                             Error **errp)
{
    if (reference && *text) {
        error_setg(errp, "%s=%s and %s.KEY exclude each other", driver->child, reference,
                   driver->child);
        return NULL;
    }
    if (!reference) {
        ERRP_GUARD();
        BlockNode *node = *text ? block_node_from_text(text, errp) : NULL;
        if (!node) {
            *text ? error_prepend(errp, "%s: ", driver->child)
                  : (void)error_setg(errp, "%s=NODE or %s.filename=FILE is missing", driver->child,
                                     driver->child);
        }
        return node;
    }
    BlockNode *node = block_node_find(reference);
    if (!node) {
        error_setg(errp, "there is no node '%s'", reference);
    }
    return node ? block_node_ref(node) : NULL;
}

static BlockNode *open_with(const BlockDriver *driver, const char *own, const char *below,
                            Error **errp)
{
    g_autofree OptionDesc *table = table_of(driver);
    g_autoptr(Options)
        opts = options_parse(own, "driver", driver->takes_any_option ? NULL : table, errp);
    if (!opts) {
        return NULL;
    }
    if (!driver->child) {
        if (*below) {
            error_setg(errp, "driver '%s' has no node below it", driver->name);
            return NULL;
        }
        return block_node_open(driver, opts, NULL, errp);
    }
    BlockNode *file = open_below(driver, options_get(opts, driver->child), below, errp);
    if (!file) {
        return NULL;
    }
    BlockNode *node = block_node_open(driver, opts, file, errp);
    block_node_unref(file);
    return node;
}

/* "file" if it can be nothing else. */
static const char *driver_name(const Options *opts)
{
    const char *filename = options_get(opts, "filename");
    const char *name = options_get(opts, "driver");
    return name || !filename ? name : block_driver_for_file(filename)->name;
}

BlockNode *block_node_from_text(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "driver", NULL, errp);
    g_autoptr(GString) own = g_string_new(NULL);
    g_autoptr(GString) below = g_string_new(NULL);
    if (!opts) {
        return NULL;
    }
    const char *name = driver_name(opts);
    if (!name) {
        error_setg(errp, "driver=NAME is missing");
        return NULL;
    }
    const BlockDriver *driver = block_driver_find(name, errp);
    if (!driver) {
        return NULL;
    }
    g_autofree char *prefix = g_strdup_printf("%s.", driver->child ? driver->child : "file");
    Split split = {prefix, own, below};
    return options_foreach(opts, split_one, &split, errp)
               ? open_with(driver, own->str, below->str, errp)
               : NULL;
}

bool block_add_node(const char *text, Error **errp)
{
    if (*text == '{') {
        return error_setg(errp, "JSON is not built yet; give driver=...,node-name=...");
    }
    BlockNode *node = block_node_from_text(text, errp);
    if (!node) {
        return false;
    }
    if (*node->name == '#') {
        block_node_unref(node);
        return error_setg(errp, "node-name=NAME is missing");
    }
    return true; /* the list has it */
}
