/* SPDX-License-Identifier: MIT */
/*
 * What all networks share: who is connected with whom, frames from one end of a cable to the other, the
 * main thread's turn.
 *
 * Source: none (own design; names as in QEMU).
 */
#include "net/internal.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

enum { ROOM_MS_FIRST = 1, ROOM_MS_LAST = 50, HOPS_MAX = 8 };

NetCore *net_core(void) { return (NetCore *)object_core("net", TYPE_NET_CORE); }

Object *net_container(void) { return container_get(object_get_root(), "/netdevs"); }

/* --- turns ------------------------------------------------------------------------------------------ */

void net_begin(NetCore *core)
{
    g_rec_mutex_lock(&core->lock);
    core->depth++;
}

void net_end(NetCore *core)
{
    if (core->depth == 1) {
        for (guint i = 0; i < core->nics->len; i++) {
            nic_flush_input(g_ptr_array_index(core->nics, i));
        }
    }
    core->depth--;
    g_rec_mutex_unlock(&core->lock);
}

static void drain_all(NetCore *core)
{
    net_begin(core);
    for (guint i = 0; i < core->nics->len; i++) {
        nic_drain(g_ptr_array_index(core->nics, i));
    }
    net_end(core);
}

typedef struct WorkSource {
    GSource source;
    NetCore *core;
} WorkSource;

static gboolean dispatch_work(GSource *source, G_GNUC_UNUSED GSourceFunc callback,
                              G_GNUC_UNUSED gpointer user_data)
{
    /* First of all: what comes from here on is for the next dispatch. */
    g_source_set_ready_time(source, -1);
    drain_all(((WorkSource *)source)->core);
    return G_SOURCE_CONTINUE;
}

void net_work_later(NetCore *core) { g_source_set_ready_time(core->work, 0); }

/* --- what waits ----------------------------------------------------------------------------------------- */

/* Ends that their peers wait for and that take frames again. */
static void wake_peers(NetCore *core)
{
    for (guint i = 0; i < core->nics->len; i++) {
        NICState *nic = g_ptr_array_index(core->nics, i);
        if (nic_client(nic)->peer_waits && nic_can_receive(nic)) {
            net_can_receive_again(nic_client(nic));
        } else if (nic_client(nic)->peer_waits) {
            net_poll_later(core);
        }
    }
}

static gboolean look_again(gpointer opaque)
{
    NetCore *core = opaque;
    net_begin(core);
    core->room_timer = 0;
    wake_peers(core);
    drain_all(core);
    if (core->room_timer) {
        core->room_ms = MIN(2 * core->room_ms, (unsigned)ROOM_MS_LAST);
    } else {
        core->room_ms = ROOM_MS_FIRST;
    }
    net_end(core);
    return G_SOURCE_REMOVE;
}

void net_poll_later(NetCore *core)
{
    if (!core->room_timer) {
        core->room_timer = g_timeout_add(core->room_ms, look_again, core);
    }
}

void net_can_receive_again(NetClientState *nc)
{
    NetClientState *peer = nc->peer;
    if (!nc->peer_waits) {
        return;
    }
    nc->peer_waits = false;
    if (peer && peer->nic) {
        net_work_later(nc->core);
    } else if (peer && NET_CLIENT_GET_CLASS(peer)->can_send) {
        NET_CLIENT_GET_CLASS(peer)->can_send(peer);
    }
}

static bool takes_frames(NetClientState *nc)
{
    NetClientClass *klass = NET_CLIENT_GET_CLASS(nc);
    if (nc->nic) {
        return nic_can_receive(nc->nic);
    }
    return !klass->can_receive || klass->can_receive(nc);
}

bool net_can_send(NetClientState *nc)
{
    NetClientState *peer = nc->peer;
    if (!peer || takes_frames(peer)) {
        return true;
    }
    peer->peer_waits = true;
    net_poll_later(nc->core);
    return false;
}

/* --- frames ------------------------------------------------------------------------------------------------ */

bool net_is_frame(const char *who, size_t size)
{
    if (size >= NET_FRAME_MIN && size <= NET_FRAME_MAX) {
        return true;
    }
    log_guest_error(who, 0, "a frame of %zu bytes is dropped", size);
    return false;
}

/* To a back end. Hubs may be joined in a circle: frames do not go round for ever. */
static void hand_to(NetClientState *peer, const uint8_t *data, size_t size)
{
    if (peer->is_open && peer->core->hops < HOPS_MAX) {
        peer->core->hops++;
        NET_CLIENT_GET_CLASS(peer)->receive(peer, data, size);
        peer->core->hops--;
    }
}

void net_send(NetClientState *nc, const uint8_t *data, size_t size)
{
    NetClientState *peer = nc->peer;
    if (!peer || nc->link_down || peer->link_down || !net_is_frame(nc->name, size)) {
        return;
    }
    TRACE(net_send, "%s to %s: %zu bytes", nc->name, peer->name, size);
    if (peer->nic) {
        nic_receive(peer->nic, data, size);
        return;
    }
    if (!nc->nic) { /* no guest sees it: the host's time */
        uint64_t ns = (uint64_t)g_get_real_time() * 1000;
        net_show(nc, ns, NULL, data, size);
        net_show(peer, ns, NULL, data, size);
    }
    hand_to(peer, data, size);
}

typedef struct Showing {
    NetClientState *nc;
    uint64_t ns;
} Showing;

static void show_one(void *opaque, const uint8_t *data, size_t size)
{
    const Showing *showing = opaque;
    for (GSList *e = showing->nc->filters; e; e = e->next) {
        NetFilter *filter = e->data;
        filter->show(filter, showing->ns, data, size);
    }
}

void net_show(NetClientState *nc, uint64_t ns, const NetOffload *offload, const uint8_t *data,
              size_t size)
{
    Showing showing = {nc, ns};
    if (!nc->filters) {
        return;
    }
    if (offload) {
        net_offload_emit(offload, data, size, show_one, &showing);
    } else {
        show_one(&showing, data, size);
    }
}

/* --- connections --------------------------------------------------------------------------------------------- */

void net_connect(NetClientState *a, NetClientState *b)
{
    g_assert(!a->peer && !b->peer);
    a->peer = b;
    b->peer = a;
}

void net_disconnect(NetClientState *nc)
{
    NetClientState *peer = nc->peer;
    if (!peer) {
        return;
    }
    net_can_receive_again(nc);
    nc->peer = peer->peer = NULL;
}

NetClientState *net_client_find(const char *id)
{
    Object *obj = object_resolve_path_component(net_container(), id);
    return obj ? NET_CLIENT(obj) : NULL;
}

NetClientState *net_client_claim(const char *id, Error **errp)
{
    NetClientState *nc = net_client_find(id);
    if (!nc) {
        error_setg(errp, "there is no netdev '%s'", id);
        return NULL;
    }
    if (nc->peer) {
        error_setg(errp, "netdev '%s' is in use by '%s'", id, nc->peer->name);
        return NULL;
    }
    return nc;
}

/* --- links ------------------------------------------------------------------------------------------------------ */

static NICState *find_nic(NetCore *core, const char *name)
{
    for (guint i = 0; i < core->nics->len; i++) {
        NICState *nic = g_ptr_array_index(core->nics, i);
        if (g_str_equal(nic_client(nic)->name, name)) {
            return nic;
        }
    }
    return NULL;
}

static bool set_link(const char *name, bool is_up, Error **errp)
{
    NICState *nic = find_nic(net_core(), name);
    NetClientState *nc = nic ? nic_client(nic) : net_client_find(name);
    if (!nc) {
        return error_setg(errp, "there is no NIC and no netdev '%s'", name);
    }
    if (!nic && nc->peer && nc->peer->nic) {
        nic = nc->peer->nic;
    }
    if (nic) {
        nic_link_changed(nic, is_up);
    } else {
        nc->link_down = !is_up;
    }
    return true;
}

bool net_set_link(const char *name, bool is_up, Error **errp)
{
    NetCore *core = net_core();
    net_begin(core);
    bool ok = set_link(name, is_up, errp);
    net_end(core);
    return ok;
}

/* --- the machine --------------------------------------------------------------------------------------------------- */

bool net_has_headroom(const NetCore *core) { return g_atomic_int_get(&core->congested) == 0; }

void net_set_headroom_hook(void (*hook)(void *opaque), void *opaque)
{
    NetCore *core = net_core();
    core->headroom_hook = hook;
    core->headroom_opaque = opaque;
}

void net_set_cut_off(bool is_cut_off) { net_core()->is_cut_off = is_cut_off; }

static int warn_unused(Object *child, G_GNUC_UNUSED void *opaque)
{
    const NetClientState *nc = NET_CLIENT(child);
    if (!nc->peer) {
        warn_report("netdev '%s' has no peer", nc->name);
    }
    return 0;
}

void net_check_clients(void) { object_child_foreach(net_container(), warn_unused, NULL); }

static int first_child(Object *child, void *opaque)
{
    *(Object **)opaque = child;
    return 1;
}

void net_fini_all(void)
{
    NetCore *core = net_core();
    Object *child = NULL;
    net_begin(core);
    while (object_child_foreach(net_container(), first_child, &child)) {
        object_unparent(child);
    }
    g_clear_handle_id(&core->room_timer, g_source_remove);
    net_end(core);
}

/* --- info ------------------------------------------------------------------------------------------------------------- */

static void describe_client(NetClientState *nc, const char *prefix, GString *out)
{
    NetClientClass *klass = NET_CLIENT_GET_CLASS(nc);
    g_autofree char *text = klass->describe ? klass->describe(nc) : NULL;
    g_string_append_printf(out, "%s%s: index=0,type=%s%s%s%s\n", prefix, nc->name,
                           object_get_typename(OBJECT(nc)) + strlen(NETDEV_PREFIX), text ? "," : "",
                           text ? text : "", nc->link_down ? " (link down)" : "");
}

static int describe_unconnected(Object *child, void *opaque)
{
    NetClientState *nc = NET_CLIENT(child);
    if (!nc->peer || !nc->peer->nic) {
        describe_client(nc, "", opaque);
    }
    return 0;
}

void net_info(GString *out)
{
    NetCore *core = net_core();
    net_begin(core);
    for (guint i = 0; i < core->nics->len; i++) {
        NICState *nic = g_ptr_array_index(core->nics, i);
        nic_describe(nic, out);
        if (nic_client(nic)->peer) {
            describe_client(nic_client(nic)->peer, " \\ ", out);
        }
    }
    object_child_foreach(net_container(), describe_unconnected, out);
    net_end(core);
}

/* --- types ---------------------------------------------------------------------------------------------------------------- */

/* Leaves the tree: whatever it was connected with is alone from here on. */
static void client_unparent(Object *obj)
{
    NetClientState *nc = NET_CLIENT(obj);
    NetClientClass *klass = NET_CLIENT_GET_CLASS(nc);
    net_disconnect(nc);
    if (klass->close) {
        klass->close(nc);
    }
    nc->is_open = false;
}

static void client_finalize(Object *obj)
{
    NetClientState *nc = NET_CLIENT(obj);
    NetClientClass *klass = NET_CLIENT_GET_CLASS(nc);
    if (klass->close) {
        klass->close(nc);
    }
    g_slist_free(nc->filters);
    g_free(nc->name);
}

static void client_init(Object *obj) { NET_CLIENT(obj)->core = net_core(); }

static void client_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    klass->unparent = client_unparent;
}

static const TypeInfo client_info = {
    .name = TYPE_NET_CLIENT,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(NetClientState),
    .class_size = sizeof(NetClientClass),
    .instance_init = client_init,
    .instance_finalize = client_finalize,
    .class_init = client_class_init,
};
DEFINE_TYPE(client_info)

static void core_init(Object *obj)
{
    static const GSourceFuncs work_functions = {.dispatch = dispatch_work};
    NetCore *core = (NetCore *)obj;
    g_rec_mutex_init(&core->lock);
    core->clock = machine_clock();
    core->nics = g_ptr_array_new();
    core->room_ms = ROOM_MS_FIRST;
    core->work = g_source_new((GSourceFuncs *)&work_functions, sizeof(WorkSource));
    ((WorkSource *)core->work)->core = core;
    g_source_set_name(core->work, "net");
    g_source_attach(core->work, NULL);
}

static void core_finalize(Object *obj)
{
    NetCore *core = (NetCore *)obj;
    g_source_destroy(core->work);
    g_source_unref(core->work);
    g_ptr_array_unref(core->nics);
    g_rec_mutex_clear(&core->lock);
}

static const TypeInfo core_info = {
    .name = TYPE_NET_CORE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(NetCore),
    .instance_init = core_init,
    .instance_finalize = core_finalize,
};
DEFINE_TYPE(core_info)
