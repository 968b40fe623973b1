/* SPDX-License-Identifier: MIT */
/*
 * The connections to an NBD server: see nbd.h.
 *
 * Each connection has a lock of its own by being taken and given back; a request that finds none free waits. A
 * request that fails because the connection is gone takes all of them along: what the server had of earlier writes is
 * not known then, so no later flush may succeed. The same if a server, our own qemu-nbd too, does not answer for a minute:
 * the machine would wait for it for ever.
 *
 * Source: libnbd(3); the NBD protocol (doc/proto.md of NetworkBlockDevice/nbd). Not modelled: connecting again,
 * structured replies (they cost the server a search for holes on every read).
 */
#include "block/nbd.h"

#include "block/drive.h"

#include <errno.h>
#include <libnbd.h>
#include <string.h>
#include <unistd.h>

/* The protocol promises 32 MiB of data a request; zeroes carry none. */
enum {
    DATA_MAX = 32 << 20,
    ZERO_MAX = 1 << 30,
    CONNECT_MS = 30000,
    ONE_MORE_MS = 500,
    GOODBYE_MS = 500,
};

typedef struct nbd_handle Connection;

struct NbdPool {
    Connection *all[NBD_CONNECTIONS], *free[NBD_CONNECTIONS];
    unsigned count;
    uint64_t length, data_max;
    bool is_read_only, can_flush, can_zero;
    int patience_ms;
    GMutex lock; /* of what follows */
    GCond given_back;
    unsigned free_count;
    bool is_lost;
    void (*lost_hook)(void *opaque, const char *reason);
    void *lost_opaque;
};

/* --- opening --------------------------------------------------------------------------------------- */

/* libnbd's own words, without the name of its function. */
static const char *reason(void)
{
    const char *text = nbd_get_error();
    const char *colon = text ? strstr(text, ": ") : NULL;
    return colon && g_str_has_prefix(text, "nbd_") ? colon + 2 : text ? text : "unknown error";
}

static Connection *new_connection(Error **errp)
{
    Connection *nbd = nbd_create();
    if (!nbd || nbd_set_request_structured_replies(nbd, false) < 0 ||
        nbd_set_pread_initialize(nbd, false) < 0) {
        error_setg(errp, "%s", reason());
        nbd_close(nbd);
        return NULL;
    }
    return nbd;
}

/* Until @nbd can take requests. A server may let a connection wait that is one too many. */
static bool negotiate(Connection *nbd, int patience_ms, Error **errp)
{
    gint64 deadline = g_get_monotonic_time() + patience_ms * G_TIME_SPAN_MILLISECOND;
    while (nbd_aio_is_ready(nbd) <= 0) {
        gint64 left = deadline - g_get_monotonic_time();
        if (left <= 0) {
            return error_setg(errp, "the server does not answer");
        }
        if (nbd_aio_is_dead(nbd) > 0 || nbd_aio_is_closed(nbd) > 0 ||
            nbd_poll(nbd, (int)(left / G_TIME_SPAN_MILLISECOND) + 1) < 0) {
            return error_setg(errp, "%s", reason());
        }
    }
    return true;
}

static Connection *connect_to(const char *uri, int patience_ms, Error **errp)
{
    Connection *nbd = new_connection(errp);
    bool ok = nbd && (nbd_aio_connect_uri(nbd, uri) == 0 || error_setg(errp, "%s", reason())) &&
              negotiate(nbd, patience_ms, errp);
    if (!ok) {
        nbd_close(nbd);
    }
    return ok ? nbd : NULL;
}

static Connection *talk_through(int socket, int patience_ms, Error **errp)
{
    Connection *nbd = new_connection(errp);
    if (!nbd) {
        close(socket);
        return NULL;
    }
    bool ok = (nbd_aio_connect_socket(nbd, socket) == 0 /* closes it */ ||
               error_setg(errp, "%s", reason())) &&
              negotiate(nbd, patience_ms, errp);
    if (!ok) {
        g_clear_pointer(&nbd, nbd_close);
    }
    return nbd;
}

static void add(NbdPool *pool, Connection *nbd)
{
    pool->all[pool->count++] = nbd;
    pool->free[pool->free_count++] = nbd;
}

/* Of the first connection: what the export is like. */
static bool ask(NbdPool *pool, Connection *nbd, bool *takes_more, Error **errp)
{
    int64_t size = nbd_get_size(nbd), smallest = nbd_get_block_size(nbd, LIBNBD_SIZE_MINIMUM);
    int64_t largest = nbd_get_block_size(nbd, LIBNBD_SIZE_MAXIMUM);
    if (size < 0) {
        return error_setg(errp, "%s", reason());
    }
    if (smallest > BLOCK_SECTOR) {
        return error_setg(
            errp, "the server takes blocks of %" G_GINT64_FORMAT " bytes or more, not of %d",
            smallest, BLOCK_SECTOR);
    }
    pool->length = (uint64_t)size;
    pool->data_max = largest > 0 ? MIN((uint64_t)largest, (uint64_t)DATA_MAX) : DATA_MAX;
    pool->data_max -= pool->data_max % BLOCK_SECTOR;
    pool->is_read_only = nbd_is_read_only(nbd) > 0;
    pool->can_flush = nbd_can_flush(nbd) > 0;
    pool->can_zero = nbd_can_zero(nbd) > 0;
    *takes_more = nbd_can_multi_conn(nbd) > 0;
    return true;
}

/* With a first connection, which may be NULL with *@errp. */
static NbdPool *new_pool(Connection *first, bool *takes_more, Error **errp)
{
    if (!first) {
        return NULL;
    }
    NbdPool *pool = g_new0(NbdPool, 1);
    pool->patience_ms = NBD_PATIENCE_MS;
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->given_back);
    add(pool, first);
    if (!ask(pool, first, takes_more, errp)) {
        g_clear_pointer(&pool, nbd_pool_free);
    }
    return pool;
}

NbdPool *nbd_pool_connect(const char *uri, Error **errp)
{
    bool takes_more = false;
    NbdPool *pool = new_pool(connect_to(uri, CONNECT_MS, errp), &takes_more, errp);
    while (pool && takes_more && pool->count < NBD_CONNECTIONS) {
        Connection *nbd = connect_to(uri, ONE_MORE_MS, NULL);
        takes_more = nbd;
        if (nbd) {
            add(pool, nbd);
        }
    }
    return pool;
}

NbdPool *nbd_pool_adopt(const int *sockets, unsigned count, Error **errp)
{
    bool takes_more = false;
    NbdPool *pool = new_pool(talk_through(sockets[0], CONNECT_MS, errp), &takes_more, errp);
    for (unsigned n = 1; n < count; n++) {
        bool is_wanted = pool && takes_more && n < NBD_CONNECTIONS;
        Connection *nbd = is_wanted ? talk_through(sockets[n], CONNECT_MS, NULL) : NULL;
        if (nbd) {
            add(pool, nbd);
        } else if (!is_wanted) {
            close(sockets[n]);
        }
    }
    return pool;
}

/* Politely, but a server that does not listen holds nobody up. */
static void say_goodbye(Connection *nbd)
{
    gint64 deadline = g_get_monotonic_time() + GOODBYE_MS * G_TIME_SPAN_MILLISECOND, left;
    bool is_sent = nbd_aio_is_ready(nbd) > 0 && nbd_aio_disconnect(nbd, 0) == 0;
    while (is_sent && nbd_aio_is_closed(nbd) <= 0 && nbd_aio_is_dead(nbd) <= 0 &&
           (left = deadline - g_get_monotonic_time()) > 0) {
        is_sent = nbd_poll(nbd, (int)(left / G_TIME_SPAN_MILLISECOND) + 1) >= 0;
    }
}

void nbd_pool_free(NbdPool *pool)
{
    for (unsigned n = 0; pool && n < pool->count; n++) {
        if (!pool->is_lost) {
            say_goodbye(pool->all[n]);
        }
        nbd_close(pool->all[n]);
    }
    if (pool) {
        g_mutex_clear(&pool->lock);
        g_cond_clear(&pool->given_back);
        g_free(pool);
    }
}

uint64_t nbd_pool_length(const NbdPool *pool) { return pool->length; }

bool nbd_pool_is_read_only(const NbdPool *pool) { return pool->is_read_only; }

void nbd_pool_set_patience(NbdPool *pool, int ms) { pool->patience_ms = ms; }

void nbd_pool_set_lost_hook(NbdPool *pool, void (*hook)(void *opaque, const char *reason),
                            void *opaque)
{
    pool->lost_hook = hook;
    pool->lost_opaque = opaque;
}

/* --- requests -------------------------------------------------------------------------------------- */

/* NULL: the server is lost. */
static Connection *take(NbdPool *pool)
{
    if (!pool) {
        return NULL;
    }
    g_mutex_lock(&pool->lock);
    while (!pool->free_count && !pool->is_lost) {
        g_cond_wait(&pool->given_back, &pool->lock);
    }
    Connection *nbd = pool->is_lost ? NULL : pool->free[--pool->free_count];
    g_mutex_unlock(&pool->lock);
    return nbd;
}

static void give_back(NbdPool *pool, Connection *nbd)
{
    g_mutex_lock(&pool->lock);
    pool->free[pool->free_count++] = nbd;
    g_cond_signal(&pool->given_back);
    g_mutex_unlock(&pool->lock);
}

bool nbd_pool_is_lost(NbdPool *pool)
{
    if (!pool) {
        return true;
    }
    g_mutex_lock(&pool->lock);
    bool is_lost = pool->is_lost;
    g_mutex_unlock(&pool->lock);
    return is_lost;
}

static void lose(NbdPool *pool, const char *why)
{
    g_mutex_lock(&pool->lock);
    bool is_first = !pool->is_lost;
    pool->is_lost = true;
    g_cond_broadcast(&pool->given_back);
    g_mutex_unlock(&pool->lock);
    if (is_first && pool->lost_hook) {
        pool->lost_hook(pool->lost_opaque, why);
    }
}

/* What libnbd said of a request that failed: -errno. */
static int outcome(NbdPool *pool, Connection *nbd)
{
    int err = nbd_get_errno();
    if (nbd_aio_is_ready(nbd) > 0) {
        return err ? -err : -EIO;
    }
    lose(pool, reason());
    return -EIO;
}

/* Until the request @cookie, or -1 if it could not be sent, is answered: 0 or -errno. */
static int await(NbdPool *pool, Connection *nbd, int64_t cookie)
{
    while (cookie >= 0) {
        int done = nbd_aio_command_completed(nbd, (uint64_t)cookie);
        if (done > 0) {
            return 0;
        }
        int events = done < 0 ? -1 : nbd_poll(nbd, pool->patience_ms);
        if (events == 0) {
            lose(pool, "it does not answer");
            return -EIO;
        }
        cookie = events < 0 ? -1 : cookie;
    }
    return outcome(pool, nbd);
}

static int read_piece(NbdPool *pool, Connection *nbd, uint64_t offset, uint8_t *data,
                      uint64_t bytes)
{
    return await(pool, nbd, nbd_aio_pread(nbd, data, bytes, offset, NBD_NULL_COMPLETION, 0));
}

int nbd_pool_read(NbdPool *pool, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    Connection *nbd = take(pool);
    int ret = nbd ? 0 : -EIO;
    for (uint64_t done = 0; done < bytes && ret == 0;) {
        uint64_t count = MIN(bytes - done, pool->data_max);
        ret = read_piece(pool, nbd, offset + done, data + done, count);
        done += count;
    }
    if (nbd) {
        give_back(pool, nbd);
    }
    return ret;
}

/* How much of @data is there now: a server that fails a write may have done a part of it. */
static uint64_t count_written(NbdPool *pool, Connection *nbd, uint64_t offset, const uint8_t *data,
                              uint64_t bytes)
{
    g_autofree uint8_t *there = g_malloc(bytes);
    uint64_t same = 0;
    if (nbd_pool_is_lost(pool) || read_piece(pool, nbd, offset, there, bytes) < 0) {
        return 0;
    }
    while (same < bytes && there[same] == data[same]) {
        same++;
    }
    return same - same % BLOCK_SECTOR;
}

BlockResult nbd_pool_write(NbdPool *pool, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    Connection *nbd = take(pool);
    BlockResult result = {nbd ? 0 : -EIO, 0};
    while (result.done < bytes && result.ret == 0) {
        uint64_t at = offset + result.done, count = MIN(bytes - result.done, pool->data_max);
        const uint8_t *from = data + result.done;
        result.ret = await(pool, nbd, nbd_aio_pwrite(nbd, from, count, at, NBD_NULL_COMPLETION, 0));
        result.done += result.ret ? count_written(pool, nbd, at, from, count) : count;
    }
    if (nbd) {
        give_back(pool, nbd);
    }
    return result;
}

int nbd_pool_flush(NbdPool *pool)
{
    Connection *nbd = take(pool);
    if (!nbd) {
        return -EIO;
    }
    int ret = pool->can_flush ? await(pool, nbd, nbd_aio_flush(nbd, NBD_NULL_COMPLETION, 0)) : 0;
    give_back(pool, nbd);
    return ret;
}

BlockResult nbd_pool_zero(NbdPool *pool, uint64_t offset, uint64_t bytes, bool may_unmap)
{
    uint32_t flags = may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE;
    if (pool && !pool->can_zero) {
        return (BlockResult){-ENOTSUP, 0};
    }
    Connection *nbd = take(pool);
    BlockResult result = {nbd ? 0 : -EIO, 0};
    while (result.done < bytes && result.ret == 0) {
        uint64_t count = MIN(bytes - result.done, (uint64_t)ZERO_MAX);
        uint64_t at = offset + result.done;
        result.ret = await(pool, nbd, nbd_aio_zero(nbd, count, at, NBD_NULL_COMPLETION, flags));
        result.done += result.ret ? 0 : count;
    }
    if (nbd) {
        give_back(pool, nbd);
    }
    return result;
}

const char *block_nbd_library(void)
{
    Connection *nbd = nbd_create();
    g_autofree char *text = g_strdup_printf("libnbd %s", nbd ? nbd_get_version(nbd) : "");
    nbd_close(nbd);
    return g_intern_string(text);
}
