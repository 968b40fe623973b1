/* SPDX-License-Identifier: MIT */
/*
 * Frames to another emulator, ours or QEMU: over TCP (listen=, connect=), over UDP (udp=) or to a group of
 * machines (mcast=).
 *
 * Source: QEMU's dialect and wire format: over TCP each frame has its length, 32 bits, high byte first, in
 * front; a datagram is a frame. A peer that is gone may come back at listen=; at connect= it does not.
 */
#include "net/internal.h"
#include "util/bits.h"
#include "util/log.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

OBJECT_DECLARE_SIMPLE_TYPE(NetSocket, NETDEV_SOCKET)

enum {
    LENGTH = 4,
    READ_BYTES = 64 * 1024,
    OUT_BYTES = 256 * 1024,
    READS = 4,
    CONNECT_LIMIT_S = 10
};

typedef enum SocketKind { KIND_NONE, KIND_LISTEN, KIND_CONNECT, KIND_MCAST, KIND_UDP } SocketKind;

struct NetSocket {
    NetClientState parent_obj;
    SocketKind kind;
    char *host, *local_host; /* NULL: none given */
    uint16_t port, local_port;
    GSocket *listener;
    GSocket *peer;               /* connected stream, or datagram socket */
    GSocketAddress *destination; /* of datagrams */
    guint accept_source, in_source, out_source;
    GByteArray *in, *out; /* stream: what is not a whole frame yet; what the peer has not taken */
};

static const OptionDesc socket_options[] = {
    {"listen", "string", "[HOST]:PORT: wait for another machine (TCP)"},
    {"connect", "string", "HOST:PORT: connect to another machine (TCP)"},
    {"mcast", "string", "GROUP:PORT: frames to all machines of a multicast group"},
    {"udp", "string", "HOST:PORT: frames as datagrams; needs localaddr="},
    {"localaddr", "string", "udp: HOST:PORT to receive at; mcast: HOST of the interface"},
    {NULL, NULL, NULL},
};

static const char *const socket_later[] = {"fd", NULL};

static bool is_stream(const NetSocket *s)
{
    return s->kind == KIND_LISTEN || s->kind == KIND_CONNECT;
}

/* --- options --------------------------------------------------------------------------------------------- */

static const char *const kind_keys[] = {[KIND_LISTEN] = "listen",
                                        [KIND_CONNECT] = "connect",
                                        [KIND_MCAST] = "mcast",
                                        [KIND_UDP] = "udp"};

static bool parse_local(NetSocket *s, const char *text, Error **errp)
{
    if (s->kind == KIND_UDP) {
        return text ? net_address_parse(text, &s->local_host, &s->local_port, errp)
                    : error_setg(errp, "localaddr=HOST:PORT is missing");
    }
    s->local_host = g_strdup(text);
    return !text || s->kind == KIND_MCAST ||
           error_setg(errp, "localaddr= goes with udp= and mcast= only");
}

static bool socket_parse(NetClientState *nc, const Options *opts, Error **errp)
{
    NetSocket *s = NETDEV_SOCKET(nc);
    const char *address = NULL;
    for (SocketKind kind = KIND_LISTEN; kind <= KIND_UDP; kind++) {
        const char *text = options_get(opts, kind_keys[kind]);
        if (text && address) {
            return error_setg(errp, "only one of listen=, connect=, mcast= and udp= is allowed");
        }
        if (text) {
            s->kind = kind;
            address = text;
        }
    }
    if (!address) {
        return error_setg(errp, "one of listen=, connect=, mcast= and udp= is needed");
    }
    if (!net_address_parse(address, &s->host, &s->port, errp)) {
        return false;
    }
    if (!s->host && s->kind != KIND_LISTEN) {
        return error_setg(errp, "expected HOST:PORT, not '%s'", address);
    }
    return parse_local(s, options_get(opts, "localaddr"), errp);
}

/* --- addresses --------------------------------------------------------------------------------------------- */

/* Takes @error. */
static bool socket_error(const char *what, const char *host, uint16_t port, GError *error,
                         Error **errp)
{
    error_setg(errp, "cannot %s %s:%u: %s", what, host ? host : "*", port, error->message);
    g_error_free(error);
    return false;
}

/* An IPv4 address of @host; NULL: any. */
static GSocketAddress *find_address(const char *host, uint16_t port, Error **errp)
{
    if (!host) {
        g_autoptr(GInetAddress) any = g_inet_address_new_any(G_SOCKET_FAMILY_IPV4);
        return g_inet_socket_address_new(any, port);
    }
    GError *error = NULL;
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    GList *found = g_resolver_lookup_by_name_with_flags(
        resolver, host, G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY, NULL, &error);
    if (!found) {
        socket_error("find", host, port, error, errp);
        return NULL;
    }
    GSocketAddress *address = g_inet_socket_address_new(found->data, port);
    g_resolver_free_addresses(found);
    return address;
}

static GSocket *new_socket(GSocketType type, Error **errp)
{
    GError *error = NULL;
    GSocket *made = g_socket_new(G_SOCKET_FAMILY_IPV4, type, G_SOCKET_PROTOCOL_DEFAULT, &error);
    if (!made) {
        socket_error("make a socket for", NULL, 0, error, errp);
    }
    return made;
}

/* --- to the peer ------------------------------------------------------------------------------------------------ */

static void drop_peer(NetSocket *s);

static gboolean writable(gint fd, GIOCondition condition, gpointer opaque);

static void send_stream(NetSocket *s)
{
    while (s->peer && s->out->len) {
        gssize done = g_socket_send(s->peer, (const char *)s->out->data, s->out->len, NULL, NULL);
        if (done <= 0 && g_socket_condition_check(s->peer, G_IO_ERR | G_IO_HUP)) {
            drop_peer(s);
            return;
        }
        if (done <= 0) {
            break;
        }
        g_byte_array_remove_range(s->out, 0, (guint)done);
    }
    if (s->peer && s->out->len && !s->out_source) {
        s->out_source = g_unix_fd_add(g_socket_get_fd(s->peer), G_IO_OUT | G_IO_ERR | G_IO_HUP,
                                      writable, s);
    }
    if (s->out->len < OUT_BYTES) {
        net_can_receive_again(NET_CLIENT(s));
    }
}

static gboolean writable(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                         gpointer opaque)
{
    NetSocket *s = opaque;
    net_begin(NET_CLIENT(s)->core);
    s->out_source = 0;
    send_stream(s);
    net_end(NET_CLIENT(s)->core);
    return G_SOURCE_REMOVE;
}

static bool socket_can_receive(NetClientState *nc)
{
    return NETDEV_SOCKET(nc)->out->len < OUT_BYTES;
}

static void socket_receive(NetClientState *nc, const uint8_t *data, size_t size)
{
    NetSocket *s = NETDEV_SOCKET(nc);
    uint8_t length[LENGTH];
    if (!s->peer) {
        return; /* nobody there: into the void */
    }
    if (!is_stream(s)) {
        g_socket_send_to(s->peer, s->destination, (const char *)data, size, NULL, NULL);
        return;
    }
    if (s->out->len > 2 * OUT_BYTES) {
        return; /* a sender that did not wait */
    }
    stl_be_p(length, (uint32_t)size);
    bool was_empty = s->out->len == 0;
    g_byte_array_append(s->out, length, LENGTH);
    g_byte_array_append(s->out, data, (guint)size);
    if (was_empty) {
        send_stream(s);
    }
}

/* --- from the peer ------------------------------------------------------------------------------------------------ */

/* Whole frames at the beginning of what has come. False: the peer does not speak frames. */
static bool take_frames(NetSocket *s)
{
    guint at = 0;
    bool ok = true;
    while (s->in->len - at >= LENGTH) {
        uint32_t size = ldl_be_p(s->in->data + at);
        if (size > NET_FRAME_MAX) {
            log_guest_error(NET_CLIENT(s)->name, 4, "a frame of %u bytes: the peer is dropped",
                            size);
            ok = false;
            break;
        }
        if (s->in->len - at - LENGTH < size) {
            break;
        }
        net_send(NET_CLIENT(s), s->in->data + at + LENGTH, size);
        at += LENGTH + size;
    }
    g_byte_array_remove_range(s->in, 0, at);
    return ok;
}

static bool read_stream(NetSocket *s)
{
    guint before = s->in->len;
    g_byte_array_set_size(s->in, before + READ_BYTES);
    gssize got = g_socket_receive(s->peer, (char *)s->in->data + before, READ_BYTES, NULL, NULL);
    g_byte_array_set_size(s->in, before + (guint)MAX(got, 0));
    if (got < 0 && !g_socket_condition_check(s->peer, G_IO_ERR | G_IO_HUP)) {
        return false;
    }
    if (got <= 0 || !take_frames(s)) {
        drop_peer(s);
        return false;
    }
    return got == READ_BYTES;
}

static bool read_datagram(NetSocket *s)
{
    g_byte_array_set_size(s->in, NET_FRAME_MAX + 1);
    gssize got = g_socket_receive(s->peer, (char *)s->in->data, s->in->len, NULL, NULL);
    if (got > 0) {
        net_send(NET_CLIENT(s), s->in->data, (size_t)got);
    }
    return got > 0;
}

static gboolean readable(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                         gpointer opaque)
{
    NetSocket *s = opaque;
    NetCore *core = NET_CLIENT(s)->core;
    net_begin(core);
    guint source = s->in_source;
    bool goes_on = net_can_send(NET_CLIENT(s));
    if (!goes_on) {
        s->in_source = 0; /* socket_can_send() brings it back */
    }
    for (unsigned i = 0; i < READS && goes_on; i++) {
        goes_on = is_stream(s) ? read_stream(s) : read_datagram(s);
    }
    bool is_kept = s->in_source == source;
    net_end(core);
    return is_kept ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void watch_peer(NetSocket *s)
{
    if (s->peer && !s->in_source) {
        s->in_source = g_unix_fd_add(g_socket_get_fd(s->peer), G_IO_IN | G_IO_HUP | G_IO_ERR,
                                     readable, s);
    }
}

static void socket_can_send(NetClientState *nc) { watch_peer(NETDEV_SOCKET(nc)); }

/* --- coming and going ------------------------------------------------------------------------------------------------ */

/* Takes @peer. */
static void set_peer(NetSocket *s, GSocket *peer)
{
    s->peer = peer;
    g_socket_set_blocking(peer, FALSE);
    if (is_stream(s)) {
        g_socket_set_option(peer, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    }
    watch_peer(s);
}

static gboolean client_waits(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                             gpointer opaque)
{
    NetSocket *s = opaque;
    NetCore *core = NET_CLIENT(s)->core;
    net_begin(core);
    GSocket *peer = g_socket_accept(s->listener, NULL, NULL);
    if (peer) {
        s->accept_source = 0;
        set_peer(s, peer);
    }
    net_end(core);
    return peer ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void watch_listener(NetSocket *s)
{
    if (s->listener && !s->accept_source) {
        s->accept_source = g_unix_fd_add(g_socket_get_fd(s->listener), G_IO_IN, client_waits, s);
    }
}

static void forget_peer(NetSocket *s)
{
    if (s->in_source) {
        g_source_remove(s->in_source);
        s->in_source = 0;
    }
    g_clear_handle_id(&s->out_source, g_source_remove);
    g_clear_object(&s->peer);
    g_byte_array_set_size(s->in, 0);
    g_byte_array_set_size(s->out, 0);
}

static void drop_peer(NetSocket *s)
{
    forget_peer(s);
    net_can_receive_again(NET_CLIENT(s));
    watch_listener(s);
}

/* --- opening ------------------------------------------------------------------------------------------------------------ */

static bool open_listener(NetSocket *s, GSocketAddress *address, Error **errp)
{
    GError *error = NULL;
    s->listener = new_socket(G_SOCKET_TYPE_STREAM, errp);
    if (!s->listener) {
        return false;
    }
    if (!g_socket_bind(s->listener, address, TRUE, &error) ||
        !g_socket_listen(s->listener, &error)) {
        return socket_error("listen at", s->host, s->port, error, errp);
    }
    g_socket_set_blocking(s->listener, FALSE);
    watch_listener(s);
    return true;
}

static bool open_connection(NetSocket *s, GSocketAddress *address, Error **errp)
{
    GError *error = NULL;
    GSocket *peer = new_socket(G_SOCKET_TYPE_STREAM, errp);
    if (!peer) {
        return false;
    }
    g_socket_set_timeout(peer, CONNECT_LIMIT_S);
    if (!g_socket_connect(peer, address, NULL, &error)) {
        g_object_unref(peer);
        return socket_error("connect to", s->host, s->port, error, errp);
    }
    g_socket_set_timeout(peer, 0);
    set_peer(s, peer);
    return true;
}

static bool join_group(NetSocket *s, GSocket *socket, Error **errp)
{
    GError *error = NULL;
    GInetAddress *group = g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(s->destination));
    g_socket_set_multicast_loopback(socket, TRUE);
    if (!g_inet_address_get_is_multicast(group)) {
        return error_setg(errp, "'%s' is not a multicast group", s->host);
    }
    if (s->local_host) {
        struct in_addr interface;
        uint32_t addr;
        if (!ipv4_parse(s->local_host, &addr, errp)) {
            return false;
        }
        interface.s_addr = addr;
        setsockopt(g_socket_get_fd(socket), IPPROTO_IP, IP_MULTICAST_IF, &interface,
                   sizeof(interface));
        struct ip_mreq request = {.imr_interface = interface};
        memcpy(&request.imr_multiaddr, g_inet_address_to_bytes(group),
               sizeof(request.imr_multiaddr));
        return setsockopt(g_socket_get_fd(socket), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request,
                          sizeof(request)) == 0 ||
               error_setg_errno(errp, errno, "cannot join %s", s->host);
    }
    return g_socket_join_multicast_group(socket, group, FALSE, NULL, &error) ||
           socket_error("join", s->host, s->port, error, errp);
}

/* Takes over @address as the destination. */
static bool open_datagrams(NetSocket *s, GSocketAddress *address, Error **errp)
{
    GError *error = NULL;
    bool is_group = s->kind == KIND_MCAST;
    s->destination = g_object_ref(address);
    g_autoptr(GSocketAddress) local = is_group ? g_object_ref(address)
                                               : find_address(s->local_host, s->local_port, errp);
    g_autoptr(GSocket) socket = local ? new_socket(G_SOCKET_TYPE_DATAGRAM, errp) : NULL;
    if (!socket) {
        return false;
    }
    if (!g_socket_bind(socket, local, is_group, &error)) {
        return is_group ? socket_error("bind", s->host, s->port, error, errp)
                        : socket_error("bind", s->local_host, s->local_port, error, errp);
    }
    if (is_group && !join_group(s, socket, errp)) {
        return false;
    }
    set_peer(s, g_steal_pointer(&socket));
    return true;
}

static bool socket_open(NetClientState *nc, Error **errp)
{
    NetSocket *s = NETDEV_SOCKET(nc);
    g_autoptr(GSocketAddress) address = find_address(s->host, s->port, errp);
    if (!address) {
        return false;
    }
    switch (s->kind) {
    case KIND_LISTEN:
        return open_listener(s, address, errp);
    case KIND_CONNECT:
        return open_connection(s, address, errp);
    default:
        return open_datagrams(s, address, errp);
    }
}

static void socket_close(NetClientState *nc)
{
    NetSocket *s = NETDEV_SOCKET(nc);
    forget_peer(s);
    g_clear_handle_id(&s->accept_source, g_source_remove);
    g_clear_object(&s->listener);
    g_clear_object(&s->destination);
}

static char *socket_describe(NetClientState *nc)
{
    const NetSocket *s = NETDEV_SOCKET(nc);
    return g_strdup_printf("%s=%s:%u%s", kind_keys[s->kind], s->host ? s->host : "", s->port,
                           is_stream(s) && !s->peer ? " (not connected)" : "");
}

/* --- type ------------------------------------------------------------------------------------------------------------------ */

static void socket_init(Object *obj)
{
    NetSocket *s = NETDEV_SOCKET(obj);
    s->in = g_byte_array_new();
    s->out = g_byte_array_new();
}

static void socket_finalize(Object *obj)
{
    NetSocket *s = NETDEV_SOCKET(obj);
    socket_close(NET_CLIENT(obj));
    g_byte_array_unref(s->in);
    g_byte_array_unref(s->out);
    g_free(s->host);
    g_free(s->local_host);
}

static void socket_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    NetClientClass *nk = NET_CLIENT_CLASS(klass);
    nk->help = "a cable to another emulator, over TCP or UDP";
    nk->options = socket_options;
    nk->later = socket_later;
    nk->parse = socket_parse;
    nk->open = socket_open;
    nk->close = socket_close;
    nk->can_receive = socket_can_receive;
    nk->receive = socket_receive;
    nk->can_send = socket_can_send;
    nk->describe = socket_describe;
}

static const TypeInfo socket_info = {
    .name = TYPE_NETDEV_SOCKET,
    .parent = TYPE_NET_CLIENT,
    .instance_size = sizeof(NetSocket),
    .instance_init = socket_init,
    .instance_finalize = socket_finalize,
    .class_init = socket_class_init,
};
DEFINE_TYPE(socket_info)
