/* SPDX-License-Identifier: MIT */
/*
 * Driver "nbd": a disk that a server on the network, or on this host, has.
 *
 * Source: the NBD URI specification (doc/uri.md of NetworkBlockDevice/nbd); QEMU's -blockdev driver=nbd and its older
 * "nbd:HOST:PORT:exportname=NAME". Discards become zeroes that the server may keep as a hole, never NBD_CMD_TRIM:
 * what trimmed bytes read as is anybody's guess, and runs would differ. Not modelled: reconnecting, TLS credentials as
 * objects (nbds:// takes them in the URI), dirty bitmaps.
 */
#include "block/nbd.h"

#include <errno.h>
#include <string.h>

static const OptionDesc nbd_options[] = {
    {"uri", "string", "nbd://HOST:PORT/EXPORT, nbd+unix:///EXPORT?socket=PATH"},
    {"filename", "string", "the same"},
    {"server.type", "string", "inet or unix"},
    {"server.host", "string", "of type inet"},
    {"server.port", "string", "of type inet (default 10809)"},
    {"server.path", "string", "of type unix: the socket"},
    {"host", "string", "as server.host"},
    {"port", "string", "as server.port"},
    {"path", "string", "as server.path"},
    {"export", "string", "name of the export (default: the nameless one)"},
    {"reconnect-delay", "number", "0: a lost server stays lost"},
    {"open-timeout", "number", "0: the server must be there"},
    {0},
};

/* --- requests, of all nodes on a pool ------------------------------------------------------------------ */

static NbdPool *pool_of(const BlockNode *node) { return ((const NbdState *)node->state)->pool; }

/* How much of it the server has: the last sector may end behind the export. */
static uint64_t inside(const BlockNode *node, uint64_t offset, uint64_t bytes)
{
    return offset < node->length ? MIN(bytes, node->length - offset) : 0;
}

int nbd_node_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    uint64_t there = inside(node, offset, bytes);
    memset(data + there, 0, bytes - there);
    return nbd_pool_read(pool_of(node), offset, data, there);
}

/* A server's export does not grow: what is behind its end stays zero. */
BlockResult nbd_node_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    uint64_t there = inside(node, offset, bytes);
    for (uint64_t n = there; n < bytes; n++) {
        if (data[n]) {
            return (BlockResult){-ENOSPC, 0};
        }
    }
    BlockResult result = nbd_pool_write(pool_of(node), offset, data, there);
    return result.ret ? result : (BlockResult){0, bytes};
}

int nbd_node_flush(BlockNode *node)
{
    return node->is_read_only ? 0 : nbd_pool_flush(pool_of(node));
}

BlockResult nbd_node_discard(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    uint64_t there = inside(node, offset, bytes);
    BlockResult result = nbd_pool_zero(pool_of(node), offset, there, true);
    return (BlockResult){result.ret == -EIO ? -EIO : 0, result.ret ? 0 : bytes};
}

static BlockResult write_zeroes_by_hand(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    enum { PIECE = 1 << 20 };
    g_autofree uint8_t *zeroes = g_malloc0(PIECE);
    BlockResult total = {0, 0};
    while (total.done < bytes && total.ret == 0) {
        uint64_t count = MIN(bytes - total.done, (uint64_t)PIECE);
        BlockResult one = nbd_node_write(node, offset + total.done, zeroes, count);
        total.ret = one.ret;
        total.done += one.done;
    }
    return total;
}

BlockResult nbd_node_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes, bool may_unmap)
{
    uint64_t there = inside(node, offset, bytes);
    BlockResult result = nbd_pool_zero(pool_of(node), offset, there, may_unmap);
    if (result.ret == -ENOTSUP && result.done == 0) {
        return write_zeroes_by_hand(node, offset, bytes);
    }
    return result.ret ? result : (BlockResult){0, bytes};
}

void nbd_node_end(BlockNode *node)
{
    NbdPool *pool = pool_of(node);
    int ret = node->never_flushes || nbd_pool_is_lost(pool) ? 0 : nbd_node_flush(node);
    if (ret && !nbd_pool_is_lost(pool)) {
        error_report("'%s': what was written since the last flush may be lost: %s", node->filename,
                     g_strerror(-ret));
    }
    nbd_pool_free(pool);
}

/* --- where the server is ------------------------------------------------------------------------------- */

static char *escape(const char *text) { return g_uri_escape_string(text ? text : "", NULL, false); }

static char *unix_uri(const char *path, const char *export)
{
    g_autofree char *name = escape(export), *socket = g_uri_escape_string(path, "/", false);
    return g_strdup_printf("nbd+unix:///%s?socket=%s", name, socket);
}

static char *inet_uri(const char *host, const char *port, const char *export)
{
    g_autofree char *name = escape(export);
    bool is_ipv6 = strchr(host, ':');
    return g_strdup_printf("nbd://%s%s%s:%s/%s", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                           port ? port : "10809", name);
}

/* "nbd:HOST:PORT", "nbd:unix:PATH", each with ":exportname=NAME" behind it; others are URIs. */
static char *uri_of_name(const char *text)
{
    if (!g_str_has_prefix(text, "nbd:") || g_str_has_prefix(text, "nbd://")) {
        return g_strdup(text);
    }
    const char *mark = strstr(text, ":exportname=");
    const char *export = mark ? mark + strlen(":exportname=") : NULL;
    g_autofree char *server = mark ? g_strndup(text + 4, (size_t)(mark - text) - 4)
                                   : g_strdup(text + 4);
    char *colon = strrchr(server, ':');
    if (g_str_has_prefix(server, "unix:")) {
        return unix_uri(server + strlen("unix:"), export);
    }
    if (colon) {
        *colon = 0;
    }
    return inet_uri(server, colon ? colon + 1 : NULL, export);
}

static const char *either(const Options *opts, const char *key, const char *other)
{
    return options_get(opts, key) ? options_get(opts, key) : options_get(opts, other);
}

static char *find_uri(const Options *opts, Error **errp)
{
    const char *text = either(opts, "uri", "filename"), *type = options_get(opts, "server.type");
    const char *path = either(opts, "server.path", "path"), *export = options_get(opts, "export");
    const char *host = either(opts, "server.host", "host");
    unsigned ways = !!text + !!path + !!host;
    if (type && !g_str_equal(type, "inet") && !g_str_equal(type, "unix")) {
        error_setg(errp, "server.type takes inet, unix, not '%s'", type);
    } else if (ways != 1 || (text && (type || export))) {
        error_setg(errp, "give one of uri=URI, server.type=inet,server.host=HOST and "
                         "server.type=unix,server.path=SOCKET");
    } else if (type && (g_str_equal(type, "unix") != !!path)) {
        error_setg(errp, "server.type=%s takes server.%s", type, path ? "host" : "path");
    } else {
        return text   ? uri_of_name(text)
               : path ? unix_uri(path, export)
                      : inet_uri(host, either(opts, "server.port", "port"), export);
    }
    return NULL;
}

bool block_is_nbd(const char *filename)
{
    static const char *const schemes[] = {"nbd:", "nbds:", "nbd+unix:", "nbds+unix:", "nbd+vsock:"};
    for (size_t n = 0; n < G_N_ELEMENTS(schemes); n++) {
        if (g_str_has_prefix(filename, schemes[n])) {
            return true;
        }
    }
    return false;
}

/* --- the driver ------------------------------------------------------------------------------------------ */

/* glib knows a port that is too large, libnbd takes what is left of it. Others than nbd:// and nbds:// have none. */
static bool check_port(const char *uri, Error **errp)
{
    bool has_port = g_str_has_prefix(uri, "nbd:") || g_str_has_prefix(uri, "nbds:");
    g_autoptr(GError) error = NULL;
    int port = -1;
    if (has_port && !g_uri_split(uri, G_URI_FLAGS_PARSE_RELAXED, NULL, NULL, NULL, &port, NULL,
                                 NULL, NULL, &error)) {
        return error_setg(errp, "%s", error->message);
    }
    return port != 0 || error_setg(errp, "a port is 1 to 65535");
}

static void report_loss(void *opaque, const char *reason)
{
    const BlockNode *node = opaque;
    error_report(
        "'%s': the server is lost (%s): every request fails from now on, and what was written "
        "since the last flush may be lost",
        node->filename, reason);
}

static bool check_delays(const Options *opts, Error **errp)
{
    static const char *const keys[] = {"reconnect-delay", "open-timeout"};
    for (size_t n = 0; n < G_N_ELEMENTS(keys); n++) {
        uint64_t seconds;
        if (!options_get_number(opts, keys[n], 0, &seconds, errp)) {
            return false;
        }
        if (seconds) {
            return error_setg(errp, "%s is not built: a server is asked once; leave it out",
                              keys[n]);
        }
    }
    return true;
}

static bool take_pool(BlockNode *node, NbdPool *pool, Error **errp)
{
    bool is_read_only = nbd_pool_is_read_only(pool);
    if (is_read_only && !node->is_read_only && !node->auto_read_only) {
        nbd_pool_free(pool);
        return error_setg(errp, "'%s' is read-only; readonly=on reads it", node->filename);
    }
    NbdState *state = g_new0(NbdState, 1);
    state->pool = pool;
    node->state = state;
    node->length = nbd_pool_length(pool);
    node->is_read_only = node->is_read_only || is_read_only;
    nbd_pool_set_lost_hook(pool, report_loss, node);
    return true;
}

static bool nbd_open(BlockNode *node, const Options *opts, Error **errp)
{
    ERRP_GUARD();
    node->filename = check_delays(opts, errp) ? find_uri(opts, errp) : NULL;
    NbdPool *pool = node->filename && check_port(node->filename, errp)
                        ? nbd_pool_connect(node->filename, errp)
                        : NULL;
    if (!pool && node->filename) {
        error_prepend(errp, "'%s': ", node->filename);
    }
    return pool && take_pool(node, pool, errp);
}

static void nbd_close_node(BlockNode *node)
{
    nbd_node_end(node);
    g_free(node->state);
}

static bool nbd_make_writable(BlockNode *node, Error **errp)
{
    bool may_write = !nbd_pool_is_read_only(pool_of(node));
    node->is_read_only = node->is_read_only && !may_write;
    return may_write || error_setg(errp, "'%s' is read-only", node->filename);
}

const BlockDriver block_nbd_driver = {
    .name = "nbd",
    .options = nbd_options,
    .is_far = true,
    .open = nbd_open,
    .close = nbd_close_node,
    .read = nbd_node_read,
    .write = nbd_node_write,
    .flush = nbd_node_flush,
    .discard = nbd_node_discard,
    .write_zeroes = nbd_node_write_zeroes,
    .make_writable = nbd_make_writable,
};
