/* SPDX-License-Identifier: MIT */
/*
 * Fids: what requests and their replies make of them.
 *
 * Source: intro(5), walk(5), clunk(5), remove(5). A rename or removal by the guest is followed here; one
 * by the host is not: the fid then names what the host put there, as with QEMU.
 */
#include "hw/virtio/p9_session.h"

#include <string.h>

enum { FIDS_MAX = 256 << 10, BYTES_MAX = 64 << 20 };
enum { FLAGS_OF_CREATION = 0100 | 0200 | 01000 }; /* O_CREAT, O_EXCL, O_TRUNC: not again */

static void fid_free(gpointer data)
{
    P9Fid *fid = data;
    g_free(fid->path);
    g_free(fid);
}

P9Session *p9_session_new(void)
{
    P9Session *session = g_new0(P9Session, 1);
    session->fids = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, fid_free);
    return session;
}

void p9_session_free(P9Session *session)
{
    g_hash_table_destroy(session->fids);
    g_free(session);
}

void p9_session_reset(P9Session *session)
{
    g_hash_table_remove_all(session->fids);
    session->bytes = 0;
    session->msize = 0;
}

P9Fid *p9_session_fid(const P9Session *session, uint64_t id)
{
    return g_hash_table_lookup(session->fids, GUINT_TO_POINTER((guint)id));
}

bool p9_session_has_room(const P9Session *session, size_t length)
{
    return g_hash_table_size(session->fids) < FIDS_MAX && session->bytes + length <= BYTES_MAX;
}

char *p9_path_join(const char *dir, const char *name)
{
    return *dir ? g_strconcat(dir, "/", name, NULL) : g_strdup(name);
}

/* --- changes ------------------------------------------------------------------------------------- */

static void set_path(P9Session *session, P9Fid *fid, char *path)
{
    session->bytes += strlen(path);
    session->bytes -= fid->path ? strlen(fid->path) : 0;
    g_free(fid->path);
    fid->path = path;
}

static void remove_fid(P9Session *session, uint32_t id)
{
    P9Fid *fid = p9_session_fid(session, id);
    if (fid) {
        session->bytes -= strlen(fid->path);
        g_hash_table_remove(session->fids, GUINT_TO_POINTER(id));
    }
}

static P9Fid *add_fid(P9Session *session, uint32_t id, uint32_t uid, char *path)
{
    P9Fid *fid = g_new0(P9Fid, 1);
    remove_fid(session, id);
    fid->id = id;
    fid->uid = uid;
    set_path(session, fid, path);
    g_hash_table_insert(session->fids, GUINT_TO_POINTER(id), fid);
    return fid;
}

/* What follows @top in @path ("" or "/..."), or NULL if that lies elsewhere. */
static const char *below(const char *path, const char *top)
{
    size_t length = strlen(top);
    bool is_inside = strncmp(path, top, length) == 0 &&
                     (path[length] == '\0' || path[length] == '/');
    return is_inside ? path + length : NULL;
}

bool p9_session_can_move(const P9Session *session, const char *from, const char *to)
{
    GHashTableIter iter;
    gpointer fid;
    size_t growth = 0, longer = strlen(to) > strlen(from) ? strlen(to) - strlen(from) : 0;
    g_hash_table_iter_init(&iter, session->fids);
    while (longer && g_hash_table_iter_next(&iter, NULL, &fid)) {
        growth += below(((P9Fid *)fid)->path, from) ? longer : 0;
    }
    return session->bytes + growth <= BYTES_MAX;
}

/* Nothing reaches a file by @path any more; what is open stays usable. */
static void path_gone(P9Session *session, const char *path)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, session->fids);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        P9Fid *fid = value;
        fid->is_orphan |= below(fid->path, path) != NULL;
    }
}

static void path_moved(P9Session *session, const char *from, const char *to)
{
    GHashTableIter iter;
    gpointer value;
    if (g_str_equal(from, to)) {
        return;
    }
    path_gone(session, to); /* there may have been a file, which this one replaces */
    g_hash_table_iter_init(&iter, session->fids);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        P9Fid *fid = value;
        const char *rest = below(fid->path, from);
        if (rest && !fid->is_orphan && strlen(to) + strlen(rest) < P9_PATH_MAX) {
            set_path(session, fid, g_strconcat(to, rest, NULL));
        } else if (rest) {
            fid->is_orphan = true; /* too deep for the host */
        }
    }
}

/* --- one reply after the other ------------------------------------------------------------------- */

typedef struct Answer {
    const uint8_t *bytes;
    size_t length;
} Answer;

static void version_agreed(P9Session *session, const Answer *reply)
{
    static const char version[] = P9_VERSION;
    size_t length = sizeof(version) - 1, at = P9_HEADER + 6;
    p9_session_reset(session);
    if (reply->length == at + length && memcmp(reply->bytes + at, version, length) == 0) {
        uint64_t msize = p9_number(reply->bytes, reply->length, P9_HEADER, 4);
        session->msize = (uint32_t)CLAMP(msize, P9_MSIZE_MIN, P9_MSIZE_MAX);
    }
}

static void attached(P9Session *session, const P9Request *req)
{
    if (p9_session_has_room(session, 0)) {
        add_fid(session, (uint32_t)req->n[0], (uint32_t)req->n[2], g_strdup(""));
    }
}

static void walked(P9Session *session, const P9Request *req, const Answer *reply)
{
    const P9Fid *fid = p9_session_fid(session, req->n[0]);
    uint64_t steps = p9_number(reply->bytes, reply->length, P9_HEADER, 2);
    if (!fid || steps != req->texts) {
        return;
    }
    uint32_t uid = fid->uid;
    char *path = g_strdup(fid->path);
    bool is_orphan = fid->is_orphan;
    for (uint32_t i = 0; i < req->texts; i++) {
        char *longer = p9_path_join(path, req->s[i]);
        g_free(path);
        path = longer;
    }
    if (!p9_session_has_room(session, strlen(path)) || strlen(path) >= P9_PATH_MAX) {
        g_free(path);
        return;
    }
    add_fid(session, (uint32_t)req->n[1], uid, path)->is_orphan = is_orphan;
}

static void opened(P9Fid *fid, uint64_t flags, const Answer *reply)
{
    fid->is_open = true;
    fid->is_dir = p9_number(reply->bytes, reply->length, P9_HEADER, 1) & P9_QID_DIR;
    fid->flags = (uint32_t)flags & ~(uint32_t)FLAGS_OF_CREATION;
}

static void created(P9Session *session, const P9Request *req, const Answer *reply)
{
    P9Fid *fid = p9_session_fid(session, req->n[0]);
    if (fid && !fid->is_open) {
        set_path(session, fid, p9_path_join(fid->path, req->s[0]));
        opened(fid, req->n[1], reply);
    }
}

/* A name in a directory that @fid stands for. Free with g_free(); NULL without such a fid. */
static char *name_in(const P9Session *session, uint64_t id, const char *name)
{
    const P9Fid *fid = p9_session_fid(session, id);
    return fid ? p9_path_join(fid->path, name) : NULL;
}

static void renamed(P9Session *session, const P9Request *req)
{
    bool is_at = req->type == P9_TRENAMEAT;
    const P9Fid *fid = p9_session_fid(session, req->n[0]);
    g_autofree char *from = is_at ? name_in(session, req->n[0], req->s[0])
                                  : g_strdup(fid ? fid->path : NULL);
    g_autofree char *to = name_in(session, req->n[1], req->s[is_at ? 1 : 0]);
    if (from && to) {
        path_moved(session, from, to);
    }
}

static void unlinked(P9Session *session, const P9Request *req)
{
    g_autofree char *path = name_in(session, req->n[0], req->s[0]);
    if (path) {
        path_gone(session, path);
    }
}

/* The fid goes whether the file did or not, remove(5). */
static void removed(P9Session *session, const P9Request *req, bool is_gone)
{
    const P9Fid *fid = p9_session_fid(session, req->n[0]);
    if (fid && is_gone) {
        g_autofree char *path = g_strdup(fid->path);
        path_gone(session, path);
    }
    remove_fid(session, (uint32_t)req->n[0]);
}

static void apply_success(P9Session *session, const P9Request *req, const Answer *reply)
{
    P9Fid *fid = p9_session_fid(session, req->n[0]);
    switch (req->type) {
    case P9_TVERSION:
        version_agreed(session, reply);
        break;
    case P9_TATTACH:
        attached(session, req);
        break;
    case P9_TWALK:
        walked(session, req, reply);
        break;
    case P9_TLOPEN:
        if (fid) {
            opened(fid, req->n[1], reply);
        }
        break;
    case P9_TLCREATE:
        created(session, req, reply);
        break;
    case P9_TRENAME:
    case P9_TRENAMEAT:
        renamed(session, req);
        break;
    case P9_TUNLINKAT:
        unlinked(session, req);
        break;
    case P9_TCLUNK:
        remove_fid(session, (uint32_t)req->n[0]);
        break;
    default:
        break;
    }
}

void p9_session_apply(P9Session *session, const P9Request *req, const uint8_t *reply, size_t length)
{
    Answer answer = {reply, length};
    bool is_success = length >= P9_HEADER && reply[4] == req->type + 1;
    if (req->type == P9_TREMOVE) {
        removed(session, req, is_success);
    } else if (is_success) {
        apply_success(session, req, &answer);
    }
}

/* --- state --------------------------------------------------------------------------------------- */

enum { BIT_OPEN = 1, BIT_DIR = 2, BIT_ORPHAN = 4 };

static gint compare_ids(gconstpointer a, gconstpointer b)
{
    guint left = GPOINTER_TO_UINT(a), right = GPOINTER_TO_UINT(b);
    return left < right ? -1 : left > right;
}

static void put_fid(GByteArray *out, const P9Fid *fid)
{
    size_t length = strlen(fid->path);
    vmstate_put_u32(out, fid->id);
    vmstate_put_u32(out, fid->uid);
    vmstate_put_u32(out, fid->flags);
    vmstate_put_u32(out, (fid->is_open ? BIT_OPEN : 0u) | (fid->is_dir ? BIT_DIR : 0u) |
                             (fid->is_orphan ? BIT_ORPHAN : 0u));
    vmstate_put_u32(out, (uint32_t)length);
    g_byte_array_append(out, (const guint8 *)fid->path, (guint)length);
}

static void put_session(GByteArray *out, const void *field, size_t size G_GNUC_UNUSED)
{
    const P9Session *session = *(P9Session *const *)field;
    g_autoptr(GList) ids = g_list_sort(g_hash_table_get_keys(session->fids), compare_ids);
    vmstate_put_u32(out, session->msize);
    vmstate_put_u32(out, g_hash_table_size(session->fids));
    for (GList *id = ids; id; id = id->next) {
        put_fid(out, g_hash_table_lookup(session->fids, id->data));
    }
}

/* A path from a snapshot must lead nowhere that the guest could not have walked to. */
static bool is_path(const char *path, size_t length)
{
    if (strlen(path) != length) {
        return false;
    }
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    for (char **name = names; *name; name++) {
        if (!p9_name_is_legal(*name)) {
            return false;
        }
    }
    return true;
}

static bool get_fid(VMStateReader *in, P9Session *session, Error **errp)
{
    uint32_t id, uid, flags, bits, length;
    if (!vmstate_read_u32(in, &id, errp) || !vmstate_read_u32(in, &uid, errp) ||
        !vmstate_read_u32(in, &flags, errp) || !vmstate_read_u32(in, &bits, errp) ||
        !vmstate_read_u32(in, &length, errp)) {
        return false;
    }
    if (length >= P9_PATH_MAX || id == P9_NOFID || !p9_session_has_room(session, length)) {
        return error_setg(errp, "fid %u has a path of %u bytes", id, length);
    }
    g_autofree char *path = g_malloc0(length + 1);
    if (!vmstate_read(in, path, length, errp)) {
        return false;
    }
    if (p9_session_fid(session, id) || !is_path(path, length)) {
        return error_setg(errp, "fid %u is there twice, or its path is none", id);
    }
    P9Fid *fid = add_fid(session, id, uid, g_steal_pointer(&path));
    fid->flags = flags;
    fid->is_open = bits & BIT_OPEN;
    fid->is_dir = bits & BIT_DIR;
    fid->is_orphan = bits & BIT_ORPHAN;
    return true;
}

static bool get_session(VMStateReader *in, void *field, size_t size G_GNUC_UNUSED, Error **errp)
{
    P9Session *session = *(P9Session **)field;
    uint32_t msize, count;
    p9_session_reset(session);
    if (!vmstate_read_u32(in, &msize, errp) || !vmstate_read_u32(in, &count, errp)) {
        return false;
    }
    if (msize && (msize < P9_MSIZE_MIN || msize > P9_MSIZE_MAX)) {
        return error_setg(errp, "messages of %u bytes", msize);
    }
    session->msize = msize;
    for (; count; count--) {
        if (!get_fid(in, session, errp)) {
            return false;
        }
    }
    return true;
}

const VMStateInfo vmstate_info_p9_session = {
    .name = "9p-session", .put = put_session, .get = get_session};
