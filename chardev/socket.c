/* SPDX-License-Identifier: MIT */
/*
 * A stream socket, unix or TCP, as server (one client at a time) or as client; with telnet around it.
 *
 * A server without a host listens on this machine only. Nothing waits once the machine runs: a client
 * with reconnect= tries again by itself. Source: QEMU's dialect; POSIX sockets through GIO. Not built:
 * ranges of ports, TLS, websockets, file descriptors from outside.
 */
#include "chardev/internal.h"
#include "chardev/telnet.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LENGTH_MAX 107 /* sockaddr_un, less its NUL */
#define CONNECT_LIMIT_S 10  /* at start, without reconnect= */

typedef struct SocketChardev {
    Chardev parent_obj;
    FdStream stream;
    Telnet telnet;
    GSocketAddress *address;
    GSocket *listener;
    GSocket *peer;
    GSocket *connecting;
    guint accept_source, connect_source, retry_source;
    uint64_t reconnect_s; /* 0: a lost peer stays away */
    char *path;           /* of a unix socket; NULL: TCP */
    char *name;           /* for messages */
    bool is_server, has_telnet, has_nodelay;
} SocketChardev;

static const OptionDesc socket_options[] = {
    {"path", "string", "unix socket"},
    {"host", "string", "TCP: address or name (default: this machine only)"},
    {"port", "number", "TCP: port; 0: any that is free (server)"},
    {"ipv4", "bool", "TCP: take an IPv4 address"},
    {"ipv6", "bool", "TCP: take an IPv6 address"},
    {"nodelay", "bool", "TCP: send each character at once (default off)"},
    {"telnet", "bool", "speak telnet (default off)"},
    {"server", "bool", "listen instead of connecting (default off)"},
    {"wait", "bool", "as server, wait for a client before the machine starts (default on)"},
    {"reconnect", "number", "as client, try again after so many seconds (default 0: never)"},
    {NULL, NULL, NULL},
};

static const char *const socket_later[] = {
    "to",        "websocket", "fd",       "tn3270",       "tight",
    "tls-creds", "tls-authz", "abstract", "reconnect-ms", NULL,
};

static SocketChardev *socket_chardev(void *obj)
{
    return OBJECT_CHECK(SocketChardev, obj, TYPE_CHARDEV_SOCKET);
}

/* Our Error from GLib's, with @what in front. Takes @error. */
static bool socket_error(const SocketChardev *sock, const char *what, GError *error, Error **errp)
{
    error_setg(errp, "cannot %s %s: %s", what, sock->name, error->message);
    g_error_free(error);
    return false;
}

static void drop_source(guint *id)
{
    if (*id) {
        g_source_remove(*id);
        *id = 0;
    }
}

/* --- the peer -------------------------------------------------------------------------------------- */

static void watch_listener(SocketChardev *sock);
static void connect_later(SocketChardev *sock);

static size_t take_telnet(Chardev *chr, uint8_t *data, size_t length)
{
    unsigned breaks;
    size_t kept = telnet_decode(&socket_chardev(chr)->telnet, data, length, &breaks);

    while (breaks--) {
        chardev_send_event(chr, CHARDEV_BREAK);
    }
    return kept;
}

static void begin_telnet(SocketChardev *sock)
{
    size_t length;
    const uint8_t *greeting = telnet_begin(&sock->telnet, &length);

    sock->stream.filter = take_telnet;
    g_socket_send(sock->peer, (const char *)greeting, length, NULL, NULL);
}

/* Takes @peer. */
static void set_peer(SocketChardev *sock, GSocket *peer)
{
    sock->peer = peer;
    g_socket_set_blocking(peer, FALSE);
    if (sock->has_nodelay) {
        g_socket_set_option(peer, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    }
    if (sock->has_telnet) {
        begin_telnet(sock);
    }
    sock->stream.in_fd = g_socket_get_fd(peer);
    sock->stream.out_fd = sock->stream.in_fd;
    chardev_set_connected(CHARDEV(sock), true);
    chardev_accept_input(CHARDEV(sock));
}

static void drop_peer(SocketChardev *sock)
{
    fd_stream_stop(&sock->stream);
    g_clear_object(&sock->peer);
    chardev_set_connected(CHARDEV(sock), false);
}

static void socket_ended(Chardev *chr, FdEnd end, int error)
{
    SocketChardev *sock = socket_chardev(chr);

    (void)end;
    (void)error;
    drop_peer(sock);
    watch_listener(sock);
    connect_later(sock);
}

/* --- server ------------------------------------------------------------------------------------------ */

/* While a client is served, others wait in the listener's queue. */
static gboolean client_waits(gint fd, GIOCondition condition, gpointer user_data)
{
    SocketChardev *sock = user_data;
    GSocket *peer = g_socket_accept(sock->listener, NULL, NULL);

    (void)fd;
    (void)condition;
    if (!peer) {
        return G_SOURCE_CONTINUE;
    }
    sock->accept_source = 0;
    set_peer(sock, peer);
    return G_SOURCE_REMOVE;
}

static void watch_listener(SocketChardev *sock)
{
    if (sock->listener && !sock->accept_source) {
        sock->accept_source = g_unix_fd_add(g_socket_get_fd(sock->listener), G_IO_IN, client_waits,
                                            sock);
    }
}

/* What an earlier run left behind; never anything but a socket. */
static void remove_stale(const char *path)
{
    GStatBuf status;

    if (path && g_lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        unlink(path);
    }
}

static bool wait_for_client(SocketChardev *sock, Error **errp)
{
    GError *error = NULL;
    GSocket *peer;

    error_report("chardev %s: waiting for a client on %s", CHARDEV(sock)->id, sock->name);
    g_socket_set_blocking(sock->listener, TRUE);
    peer = g_socket_accept(sock->listener, NULL, &error);
    g_socket_set_blocking(sock->listener, FALSE);
    if (!peer) {
        return socket_error(sock, "accept on", error, errp);
    }
    set_peer(sock, peer);
    return true;
}

/* "tcp port 127.0.0.1:4444" for @address. */
static char *tcp_name(GSocketAddress *address)
{
    GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(address);
    GInetAddress *host = g_inet_socket_address_get_address(inet);
    g_autofree char *text = g_inet_address_to_string(host);
    bool is_v6 = g_inet_address_get_family(host) == G_SOCKET_FAMILY_IPV6;

    return g_strdup_printf(is_v6 ? "tcp port [%s]:%u" : "tcp port %s:%u", text,
                           g_inet_socket_address_get_port(inet));
}

/* Port 0 became one that the user does not know yet. */
static void tell_port(SocketChardev *sock)
{
    g_autoptr(GSocketAddress) bound = g_socket_get_local_address(sock->listener, NULL);

    if (sock->path || !bound ||
        g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(sock->address)) != 0) {
        return;
    }
    g_free(sock->name);
    sock->name = tcp_name(bound);
    error_report("char device listening on %s (label %s)", sock->name, CHARDEV(sock)->id);
}

static bool listen_at(SocketChardev *sock, bool wait, Error **errp)
{
    GError *error = NULL;

    remove_stale(sock->path);
    if (!g_socket_bind(sock->listener, sock->address, !sock->path, &error)) {
        /* Not ours to unlink at the end. */
        g_clear_object(&sock->listener);
        return socket_error(sock, "bind", error, errp);
    }
    if (!g_socket_listen(sock->listener, &error)) {
        return socket_error(sock, "listen on", error, errp);
    }
    tell_port(sock);
    if (wait) {
        return wait_for_client(sock, errp);
    }
    watch_listener(sock);
    return true;
}

/* --- client ------------------------------------------------------------------------------------------ */

static GSocket *make_socket(SocketChardev *sock, Error **errp)
{
    GError *error = NULL;
    GSocket *made = g_socket_new(g_socket_address_get_family(sock->address), G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_DEFAULT, &error);

    if (!made) {
        socket_error(sock, "make", error, errp);
    }
    return made;
}

/* Takes @socket. */
static bool connect_now(SocketChardev *sock, GSocket *socket, Error **errp)
{
    GError *error = NULL;

    g_socket_set_timeout(socket, CONNECT_LIMIT_S);
    if (!g_socket_connect(socket, sock->address, NULL, &error)) {
        g_object_unref(socket);
        return socket_error(sock, "connect to", error, errp);
    }
    g_socket_set_timeout(socket, 0);
    set_peer(sock, socket);
    return true;
}

/* The attempt under way has an outcome. */
static gboolean connect_ended(gint fd, GIOCondition condition, gpointer user_data)
{
    SocketChardev *sock = user_data;
    GSocket *socket = g_steal_pointer(&sock->connecting);

    (void)fd;
    (void)condition;
    sock->connect_source = 0;
    if (g_socket_check_connect_result(socket, NULL)) {
        set_peer(sock, socket);
    } else {
        g_object_unref(socket);
        connect_later(sock);
    }
    return G_SOURCE_REMOVE;
}

static void try_connect(SocketChardev *sock)
{
    g_autoptr(GError) error = NULL;
    GSocket *socket = make_socket(sock, NULL);

    if (!socket) {
        connect_later(sock);
        return;
    }
    g_socket_set_blocking(socket, FALSE);
    if (g_socket_connect(socket, sock->address, NULL, &error)) {
        set_peer(sock, socket);
    } else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PENDING)) {
        sock->connecting = socket;
        sock->connect_source = g_unix_fd_add(g_socket_get_fd(socket),
                                             G_IO_OUT | G_IO_ERR | G_IO_HUP, connect_ended, sock);
    } else {
        g_object_unref(socket);
        connect_later(sock);
    }
}

static gboolean retry(gpointer user_data)
{
    SocketChardev *sock = user_data;

    sock->retry_source = 0;
    try_connect(sock);
    return G_SOURCE_REMOVE;
}

static void connect_later(SocketChardev *sock)
{
    if (sock->reconnect_s && !sock->retry_source) {
        sock->retry_source = g_timeout_add_seconds((guint)sock->reconnect_s, retry, sock);
    }
}

/* --- addresses --------------------------------------------------------------------------------------- */

static bool set_path(SocketChardev *sock, const char *path, Error **errp)
{
    if (!*path) {
        return error_setg(errp, "back end socket needs path=SOCKET or port=NUMBER");
    }
    if (strlen(path) > PATH_LENGTH_MAX) {
        return error_setg(errp, "socket path longer than %d characters", PATH_LENGTH_MAX);
    }
    sock->path = g_strdup(path);
    sock->name = g_strdup_printf("unix socket '%s'", path);
    sock->address = g_unix_socket_address_new(path);
    return true;
}

/* The first address of @host that is of @family; NULL: none. */
static GInetAddress *resolve(const char *host, GSocketFamily family, Error **errp)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    GList *list = g_resolver_lookup_by_name(resolver, host, NULL, &error);
    GInetAddress *found = NULL;

    for (GList *item = list; item && !found; item = item->next) {
        if (family == G_SOCKET_FAMILY_INVALID || g_inet_address_get_family(item->data) == family) {
            found = g_object_ref(item->data);
        }
    }
    g_resolver_free_addresses(list);
    if (!found) {
        error_setg(errp, "host '%s': %s", host, error ? error->message : "no such address");
    }
    return found;
}

static bool choose_family(const Options *opts, GSocketFamily *family, Error **errp)
{
    bool v4, v6;

    if (!options_get_bool(opts, "ipv4", false, &v4, errp) ||
        !options_get_bool(opts, "ipv6", false, &v6, errp)) {
        return false;
    }
    *family = v4 == v6 ? G_SOCKET_FAMILY_INVALID : v4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
    return true;
}

static bool set_port(SocketChardev *sock, const Options *opts, Error **errp)
{
    const char *host = options_get(opts, "host");
    g_autoptr(GInetAddress) inet = NULL;
    GSocketFamily family;
    uint64_t port;

    if (!options_get(opts, "port")) {
        return error_setg(errp, "back end socket needs path=SOCKET or port=NUMBER");
    }
    if (!options_get_number(opts, "port", 0, &port, errp) || !choose_family(opts, &family, errp)) {
        return false;
    }
    if (port > 65535 || (port == 0 && !sock->is_server)) {
        return error_setg(errp, "expected a port from %d to 65535", !sock->is_server);
    }
    inet = host && *host ? resolve(host, family, errp)
                         : g_inet_address_new_loopback(
                               family == G_SOCKET_FAMILY_IPV6 ? family : G_SOCKET_FAMILY_IPV4);
    if (!inet) {
        return false;
    }
    sock->address = g_inet_socket_address_new(inet, (guint16)port);
    sock->name = tcp_name(sock->address);
    return true;
}

/* --- class --------------------------------------------------------------------------------------------- */

static bool socket_start(SocketChardev *sock, bool wait, Error **errp)
{
    GSocket *made;

    if (!sock->is_server && sock->reconnect_s) {
        try_connect(sock);
        return true;
    }
    made = make_socket(sock, errp);
    if (!made || !sock->is_server) {
        return made && connect_now(sock, made, errp);
    }
    sock->listener = made;
    return listen_at(sock, wait, errp);
}

static bool check_ends(SocketChardev *sock, const Options *opts, Error **errp)
{
    if (!sock->is_server && options_get(opts, "wait")) {
        return error_setg(errp, "option 'wait' is for server=on only");
    }
    if (sock->is_server && sock->reconnect_s) {
        return error_setg(errp, "option 'reconnect' is for server=off only");
    }
    if (sock->reconnect_s > 86400) {
        return error_setg(errp, "option 'reconnect': at most 86400 seconds");
    }
    if (options_get(opts, "path") && (options_get(opts, "host") || options_get(opts, "port"))) {
        return error_setg(errp, "a socket has a path, or a host and a port");
    }
    return true;
}

static bool socket_open(Chardev *chr, const Options *opts, Error **errp)
{
    SocketChardev *sock = socket_chardev(chr);
    const char *path = options_get(opts, "path");
    bool wait;

    if (!options_get_bool(opts, "server", false, &sock->is_server, errp) ||
        !options_get_bool(opts, "wait", true, &wait, errp) ||
        !options_get_bool(opts, "telnet", false, &sock->has_telnet, errp) ||
        !options_get_bool(opts, "nodelay", false, &sock->has_nodelay, errp) ||
        !options_get_number(opts, "reconnect", 0, &sock->reconnect_s, errp) ||
        !check_ends(sock, opts, errp)) {
        return false;
    }
    sock->has_nodelay = sock->has_nodelay && !path;
    return (path ? set_path(sock, path, errp) : set_port(sock, opts, errp)) &&
           socket_start(sock, wait, errp);
}

static void socket_close(Chardev *chr)
{
    SocketChardev *sock = socket_chardev(chr);

    drop_source(&sock->accept_source);
    drop_source(&sock->connect_source);
    drop_source(&sock->retry_source);
    g_clear_object(&sock->connecting);
    if (sock->listener && sock->path) {
        unlink(sock->path);
    }
    g_clear_object(&sock->listener);
    drop_peer(sock);
    g_clear_object(&sock->address);
    g_clear_pointer(&sock->path, g_free);
    g_clear_pointer(&sock->name, g_free);
}

static size_t socket_write(Chardev *chr, const uint8_t *data, size_t length)
{
    SocketChardev *sock = socket_chardev(chr);

    return sock->has_telnet ? telnet_write(&sock->telnet, &sock->stream, data, length)
                            : fd_stream_write(&sock->stream, data, length);
}

static void socket_update_input(Chardev *chr)
{
    fd_stream_update_input(&socket_chardev(chr)->stream);
}

static char *socket_describe(Chardev *chr)
{
    SocketChardev *sock = socket_chardev(chr);
    const char *where = sock->path ? sock->path : sock->name + strlen("tcp port ");
    const char *kind = sock->has_telnet ? "telnet" : sock->path ? "unix" : "tcp";

    return g_strdup_printf("%s:%s%s", kind, where, sock->is_server ? ",server=on" : "");
}

/* Who speaks telnet sits at a terminal. */
static bool socket_terminal(Chardev *chr, ChardevTerminal *terminal)
{
    SocketChardev *sock = socket_chardev(chr);

    *terminal = (ChardevTerminal){.type = "vt100",
                                  .columns = sock->telnet.columns,
                                  .rows = sock->telnet.rows,
                                  .needs_returns = true};
    return sock->has_telnet;
}

static bool socket_is_typed(Chardev *chr) { return socket_chardev(chr)->has_telnet; }

static void socket_instance_init(Object *obj)
{
    fd_stream_init(&socket_chardev(obj)->stream, CHARDEV(obj), socket_ended);
}

static void socket_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "unix or TCP socket";
    chardev_class->options = socket_options;
    chardev_class->later = socket_later;
    chardev_class->open = socket_open;
    chardev_class->close = socket_close;
    chardev_class->write = socket_write;
    chardev_class->update_input = socket_update_input;
    chardev_class->describe = socket_describe;
    chardev_class->terminal = socket_terminal;
    chardev_class->is_typed = socket_is_typed;
}

static const TypeInfo socket_info = {
    .name = TYPE_CHARDEV_SOCKET,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(SocketChardev),
    .instance_init = socket_instance_init,
    .class_init = socket_class_init,
};
DEFINE_TYPE(socket_info)
