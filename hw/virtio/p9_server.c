/* SPDX-License-Identifier: MIT */
/*
 * The 9p file server: from a request to its reply.
 *
 * Source: intro(5). Requests are executed in the order they come, so that two equal runs do the same to the
 * folder, and a Tflush has nothing left to flush.
 */
#include "hw/virtio/p9_server.h"

#include "hw/virtio/p9_ops.h"

#include <errno.h>
#include <string.h>

typedef enum JobState { JOB_NONE, JOB_WAITS, JOB_RUNS, JOB_DONE } JobState;

struct P9Server {
    P9Folder folder;
    P9Handles handles;
    GThreadPool *pool;
    GMutex lock;
    GCond done;
    JobState state; /* under the lock */
    const P9Session *session;
    /* the request; belongs to who runs the job, then to the owner */
    const uint8_t *message;
    size_t length, room;
    GByteArray *buffer;
    size_t reply_length;
};

/* --- operations ---------------------------------------------------------------------------------- */

static int version(P9Call *call)
{
    const P9Request *req = call->req;
    bool is_known = g_str_equal(req->s[0], P9_VERSION);
    const char *answer = is_known ? P9_VERSION : "unknown";
    if (req->n[0] < P9_MSIZE_MIN) {
        return EMSGSIZE;
    }
    p9_handles_clear(call->handles);
    p9_put(call->out, MIN(req->n[0], (uint64_t)P9_MSIZE_MAX), 4);
    p9_put_text(call->out, answer, strlen(answer));
    return 0;
}

/* All that came before is answered. */
static int flush(P9Call *call G_GNUC_UNUSED) { return 0; }

static int refuse(P9Call *call G_GNUC_UNUSED) { return EOPNOTSUPP; }

static const struct {
    P9Op *op;
    bool is_write; /* refused where nothing may be written */
} rows[P9_TYPES] = {
    [P9_TSTATFS] = {p9_statfs, false},     [P9_TLOPEN] = {p9_lopen, false},
    [P9_TLCREATE] = {p9_lcreate, true},    [P9_TSYMLINK] = {p9_symlink, true},
    [P9_TMKNOD] = {p9_mknod, true},        [P9_TRENAME] = {p9_rename, true},
    [P9_TREADLINK] = {p9_readlink, false}, [P9_TGETATTR] = {p9_getattr, false},
    [P9_TSETATTR] = {p9_setattr, true},    [P9_TXATTRWALK] = {refuse, false},
    [P9_TXATTRCREATE] = {refuse, false},   [P9_TREADDIR] = {p9_readdir, false},
    [P9_TFSYNC] = {p9_fsync, false},       [P9_TLOCK] = {p9_lock, false},
    [P9_TGETLOCK] = {p9_getlock, false},   [P9_TLINK] = {p9_link, true},
    [P9_TMKDIR] = {p9_mkdir, true},        [P9_TRENAMEAT] = {p9_renameat, true},
    [P9_TUNLINKAT] = {p9_unlinkat, true},  [P9_TVERSION] = {version, false},
    [P9_TAUTH] = {refuse, false},          [P9_TATTACH] = {p9_attach, false},
    [P9_TFLUSH] = {flush, false},          [P9_TWALK] = {p9_walk, false},
    [P9_TREAD] = {p9_read, false},         [P9_TWRITE] = {p9_write, false},
    [P9_TCLUNK] = {p9_clunk, false},       [P9_TREMOVE] = {p9_remove, false},
};

static int execute_parsed(P9Call *call)
{
    uint8_t type = call->req->type;
    if (type != P9_TVERSION && !call->session->msize) {
        return EPROTO;
    }
    if (rows[type].is_write && call->folder->config->readonly) {
        return EROFS;
    }
    return rows[type].op(call);
}

static void execute(P9Server *server)
{
    P9Request req;
    P9Writer out;
    size_t msize = server->session->msize ? server->session->msize : P9_MSIZE_MIN;
    P9Call call = {&server->folder, &server->handles, server->session, &req, &out};
    p9_reply_begin(&out, server->buffer->data, MIN(server->room, msize));
    int err = p9_request_parse(&req, server->message, server->length);
    err = err ? err : execute_parsed(&call);
    err = !err && out.is_full ? EMSGSIZE : err;
    if (err) {
        out.length = P9_HEADER;
        p9_put(&out, (uint64_t)err, 4);
    }
    p9_reply_end(&out, err ? P9_RLERROR : (uint8_t)(req.type + 1), req.tag);
    server->reply_length = out.length;
    p9_request_clear(&req);
}

/* --- the worker ---------------------------------------------------------------------------------- */

/* The one who gets from WAITS to RUNS does it. */
static bool take_job(P9Server *server)
{
    g_mutex_lock(&server->lock);
    bool is_mine = server->state == JOB_WAITS;
    server->state = is_mine ? JOB_RUNS : server->state;
    g_mutex_unlock(&server->lock);
    return is_mine;
}

static void job_done(P9Server *server)
{
    g_mutex_lock(&server->lock);
    server->state = JOB_DONE;
    g_cond_signal(&server->done);
    g_mutex_unlock(&server->lock);
}

static void work(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    P9Server *server = data;
    if (take_job(server)) {
        execute(server);
        job_done(server);
    }
}

void p9_server_begin(P9Server *server, const uint8_t *message, size_t length, size_t room)
{
    g_assert(server->state == JOB_NONE && length >= P9_HEADER);
    server->message = message;
    server->length = length;
    server->room = room;
    g_byte_array_set_size(server->buffer, P9_MSIZE_MAX);
    g_mutex_lock(&server->lock);
    server->state = JOB_WAITS;
    g_mutex_unlock(&server->lock);
    g_thread_pool_push(server->pool, server, NULL);
}

P9Reply p9_server_end(P9Server *server)
{
    if (take_job(server)) {
        execute(server);
        job_done(server);
    }
    g_mutex_lock(&server->lock);
    while (server->state == JOB_RUNS) {
        g_cond_wait(&server->done, &server->lock);
    }
    bool is_there = server->state == JOB_DONE;
    server->state = JOB_NONE;
    g_mutex_unlock(&server->lock);
    return is_there ? (P9Reply){server->buffer->data, server->reply_length} : (P9Reply){NULL, 0};
}

/* --- life ---------------------------------------------------------------------------------------- */

void p9_server_reset(P9Server *server)
{
    p9_server_end(server);
    p9_handles_clear(&server->handles);
}

bool p9_server_open(P9Server *server, Error **errp)
{
    return p9_folder_open(&server->folder, errp);
}

P9Server *p9_server_new(const P9FolderConfig *config, const P9Session *session)
{
    P9Server *server = g_new0(P9Server, 1);
    server->session = session;
    p9_folder_init(&server->folder, config);
    p9_handles_init(&server->handles, &server->folder, session);
    server->pool = g_thread_pool_new(work, NULL, 1, false, NULL);
    server->buffer = g_byte_array_new();
    g_mutex_init(&server->lock);
    g_cond_init(&server->done);
    return server;
}

void p9_server_free(P9Server *server)
{
    p9_server_end(server);
    g_thread_pool_free(server->pool, false, true);
    p9_handles_fini(&server->handles);
    p9_folder_fini(&server->folder);
    g_byte_array_unref(server->buffer);
    g_mutex_clear(&server->lock);
    g_cond_clear(&server->done);
    g_free(server);
}
