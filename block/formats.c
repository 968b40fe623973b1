/* SPDX-License-Identifier: MIT */
/*
 * Drivers of image formats: "qcow2" and others. One qemu-nbd an image reads and writes it; the node below only says
 * where the image is, and whether it may be written.
 *
 * The format is always named to qemu-nbd, which takes any further option that it knows of it. Backing files, extents
 * and other files that an image names are opened by qemu-nbd, as QEMU opens them: an image can name any file that the
 * user may read. Locks are qemu-nbd's, which are those of lock.h.
 * Source: the qcow2 and VMDK headers, for the name of a backing file. Not modelled: images on a node that is no file.
 */
#include "block/nbd.h"
#include "block/qemu_nbd.h"
#include "util/bits.h"

#include <errno.h>
#include <string.h>

/* Its end waits for the host's disk to have all that was written. */
enum { START_MS = 10000, END_MS = 120000, DEATH_MS = 3000 };

typedef struct FormatState {
    NbdState nbd;
    QemuNbd *server;
    char *options; /* as qemu-nbd takes them */
    const char *cache;
    bool is_over; /* the server's last words were heard */
} FormatState;

/* --- the name of a backing file ----------------------------------------------------------------------- */

enum { NAME_MAX_BYTES = 1023, DESCRIPTOR = 64 << 10 };

static char *backing_of_qcow(BlockNode *file)
{
    uint8_t header[20], name[NAME_MAX_BYTES];
    if (file->length < sizeof(header) || block_node_read(file, 0, header, sizeof(header))) {
        return NULL;
    }
    uint64_t offset = ldq_be_p(header + 8), bytes = ldl_be_p(header + 16);
    bool is_there = offset && bytes && bytes <= sizeof(name) && offset < file->length &&
                    bytes <= file->length - offset &&
                    block_node_read(file, offset, name, bytes) == 0;
    return is_there ? g_strndup((const char *)name, bytes) : NULL;
}

static char *backing_of_vmdk(BlockNode *file)
{
    static const char key[] = "parentFileNameHint=\"";
    uint64_t bytes = MIN(file->length, (uint64_t)DESCRIPTOR);
    g_autofree char *text = g_malloc(bytes + 1);
    if (block_node_read(file, 0, (uint8_t *)text, bytes)) {
        return NULL;
    }
    text[bytes] = 0;
    const char *at = memmem(text, bytes, key, sizeof(key) - 1);
    const char *name = at ? at + sizeof(key) - 1 : NULL, *end = name ? strchr(name, '"') : NULL;
    return end ? g_strndup(name, (size_t)(end - name)) : NULL;
}

static void find_backing(BlockNode *node)
{
    const char *format = node->driver->name;
    char *name = NULL;
    if (g_str_equal(format, "qcow2") || g_str_equal(format, "qcow")) {
        name = backing_of_qcow(node->file);
    } else if (g_str_equal(format, "vmdk")) {
        name = backing_of_vmdk(node->file);
    }
    node->backing = name ? g_strescape(name, NULL) : NULL;
    g_free(name);
}

/* --- the server ------------------------------------------------------------------------------------------ */

static void report_loss(void *opaque, const char *reason)
{
    const BlockNode *node = opaque;
    FormatState *state = node->state;
    g_autofree char *words = qemu_nbd_last_words(state->server, DEATH_MS);
    state->is_over = true;
    error_report("'%s': %s: every request fails from now on, and what was written since the last "
                 "flush may be lost",
                 node->filename, words ? words : reason);
}

static void refuse(const BlockNode *node, const char *words, Error **errp)
{
    bool is_lock = strstr(words, "Failed to get ") && strstr(words, "\" lock");
    is_lock
        ? error_setg(errp, "another process or drive uses '%s' (%s)", node->filename, words)
        : error_setg(errp, "cannot open '%s' as %s: %s", node->filename, node->driver->name, words);
}

static bool start(BlockNode *node, Error **errp)
{
    FormatState *state = node->state;
    int sockets[NBD_CONNECTIONS];
    QemuNbdImage image = {node->filename, state->options, state->cache, node->is_read_only,
                          node->may_unmap};
    g_autoptr(Error) error = NULL;
    state->server = qemu_nbd_start(&image, sockets, NBD_CONNECTIONS, &error);
    state->is_over = !state->server;
    if (!state->server) {
        return error_setg(errp, "'%s': %s", node->filename, error_get_pretty(error));
    }
    state->nbd.pool = nbd_pool_adopt(sockets, NBD_CONNECTIONS, &error);
    if (!state->nbd.pool) {
        g_autofree char *words = qemu_nbd_last_words(state->server, START_MS);
        refuse(node, words ? words : error_get_pretty(error), errp);
        g_clear_pointer(&state->server, qemu_nbd_free);
        return false;
    }
    nbd_pool_set_lost_hook(state->nbd.pool, report_loss, node);
    node->server = qemu_nbd_pid(state->server);
    return true;
}

static void stop(BlockNode *node)
{
    FormatState *state = node->state;
    if (!state->server) {
        return;
    }
    nbd_node_end(node);
    g_autofree char *words = state->is_over ? NULL : qemu_nbd_last_words(state->server, END_MS);
    if (words) {
        error_report("'%s': %s", node->filename, words);
    }
    state->nbd.pool = NULL;
    g_clear_pointer(&state->server, qemu_nbd_free);
}

/* --- options --------------------------------------------------------------------------------------------- */

/* What is qemu-nbd's business: all that is not a node's here. */
static bool pass_on(void *opaque, const char *key, const char *value, Error **errp G_GNUC_UNUSED)
{
    static const char *const ours[] = {"driver", "file"};
    for (size_t n = 0; n < G_N_ELEMENTS(ours); n++) {
        if (g_str_equal(key, ours[n])) {
            return true;
        }
    }
    for (const OptionDesc *desc = block_node_options; desc->name; desc++) {
        if (g_str_equal(desc->name, key)) {
            return true;
        }
    }
    block_put_option(opaque, key, value);
    return true;
}

static char *make_options(const BlockNode *node, const Options *opts)
{
    const BlockNode *file = node->file;
    GString *out = g_string_new(NULL);
    block_put_option(out, "driver", node->driver->name);
    block_put_option(out, "file.driver", file->driver->name);
    block_put_option(out, "file.filename", file->filename);
    if (file->never_locks) {
        block_put_option(out, "file.locking", "off");
    }
    options_foreach(opts, pass_on, out, NULL);
    return g_string_free(out, false);
}

static bool parse_cache(const BlockNode *node, const Options *opts, const char **cache,
                        Error **errp)
{
    bool is_direct;
    if (!options_get_bool(opts, "cache.direct", false, &is_direct, errp)) {
        return false;
    }
    *cache = node->never_flushes ? "unsafe" : is_direct ? "none" : "writeback";
    return true;
}

static bool check_file(const BlockNode *node, Error **errp)
{
    const BlockDriver *below = node->file->driver;
    return below == &block_file_driver || below == &block_host_device_driver ||
           error_setg(
               errp, "driver '%s' stands above a file or a block device, not above driver '%s'%s",
               node->driver->name, below->name,
               below == &block_nbd_driver ? "; the server can show what is in the image" : "");
}

/* --- the drivers ----------------------------------------------------------------------------------------- */

static void format_close(BlockNode *node)
{
    FormatState *state = node->state;
    stop(node);
    g_free(state->options);
    g_free(state);
}

static bool only_reads(const BlockDriver *driver)
{
    static const char *const names[] = {"dmg", "bochs", "cloop", NULL};
    return g_strv_contains(names, driver->name);
}

static bool format_open(BlockNode *node, const Options *opts, Error **errp)
{
    FormatState *state = g_new0(FormatState, 1);
    node->state = state;
    node->is_read_only = node->is_read_only || only_reads(node->driver);
    if (!check_file(node, errp) || !parse_cache(node, opts, &state->cache, errp)) {
        g_free(state);
        return false;
    }
    state->options = make_options(node, opts);
    if (!start(node, errp)) {
        format_close(node);
        return false;
    }
    node->length = nbd_pool_length(state->nbd.pool);
    node->is_read_only = node->is_read_only || nbd_pool_is_read_only(state->nbd.pool);
    find_backing(node);
    return true;
}

/* Another qemu-nbd, since one that reads keeps those away that write. */
static bool format_make_writable(BlockNode *node, Error **errp)
{
    if (!node->is_read_only) {
        return true;
    }
    if (only_reads(node->driver)) {
        return error_setg(errp, "format %s is only read", node->driver->name);
    }
    stop(node);
    node->is_read_only = false;
    if (start(node, errp)) {
        return true;
    }
    node->is_read_only = true;
    Error *error = NULL;
    if (!start(node, &error)) {
        error_report_err(error);
    }
    return false;
}

/* qemu-nbd has locked it. */
static bool format_lock(G_GNUC_UNUSED BlockNode *node, G_GNUC_UNUSED bool shares_write,
                        G_GNUC_UNUSED Error **errp)
{
    return true;
}

static void format_unlock(G_GNUC_UNUSED BlockNode *node) {}

#define FORMAT_DRIVER(symbol, driver_name)                                                         \
    const BlockDriver block_##symbol##_driver = {                                                  \
        .name = driver_name,                                                                       \
        .is_format = true,                                                                         \
        .is_far = true,                                                                            \
        .child = "file",                                                                           \
        .takes_any_option = true,                                                                  \
        .open = format_open,                                                                       \
        .close = format_close,                                                                     \
        .read = nbd_node_read,                                                                     \
        .write = nbd_node_write,                                                                   \
        .flush = nbd_node_flush,                                                                   \
        .discard = nbd_node_discard,                                                               \
        .write_zeroes = nbd_node_write_zeroes,                                                     \
        .make_writable = format_make_writable,                                                     \
        .lock = format_lock,                                                                       \
        .unlock = format_unlock,                                                                   \
    }
FORMAT_DRIVER(qcow2, "qcow2");
FORMAT_DRIVER(qcow, "qcow");
FORMAT_DRIVER(qed, "qed");
FORMAT_DRIVER(vdi, "vdi");
FORMAT_DRIVER(vmdk, "vmdk");
FORMAT_DRIVER(vpc, "vpc");
FORMAT_DRIVER(vhdx, "vhdx");
FORMAT_DRIVER(parallels, "parallels");
FORMAT_DRIVER(dmg, "dmg");
FORMAT_DRIVER(bochs, "bochs");
FORMAT_DRIVER(cloop, "cloop");
