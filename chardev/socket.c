/* SPDX-License-Identifier: MIT */
/*
 * A unix socket, as server (one client at a time) or as client.
 *
 * Not built: TCP, reconnecting, telnet, TLS, websockets.
 */
#include "chardev/internal.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LENGTH_MAX 107 /* sockaddr_un, less its NUL */

typedef struct SocketChardev {
    Chardev parent_obj;
    FdStream stream;
    GSocket *listener;
    GSocket *peer;
    guint accept_source;
    char *path;
} SocketChardev;

static const OptionDesc socket_options[] = {
    {"path", "string", "unix socket"},
    {"server", "bool", "listen instead of connecting (default off)"},
    {"wait", "bool", "as server, wait for a client before the machine starts (default on)"},
    {NULL, NULL, NULL},
};

static const char *const socket_later[] = {
    "host",    "port", "to",     "ipv4",  "ipv6",      "telnet",    "websocket", "reconnect",
    "nodelay", "fd",   "tn3270", "tight", "tls-creds", "tls-authz", "abstract",  NULL,
};

static SocketChardev *socket_chardev(void *obj)
{
    return OBJECT_CHECK(SocketChardev, obj, TYPE_CHARDEV_SOCKET);
}

/* Our Error from GLib's, with @what in front. Takes @error. */
static bool socket_error(const SocketChardev *sock, const char *what, GError *error, Error **errp)
{
    error_setg(errp, "cannot %s unix socket '%s': %s", what, sock->path, error->message);
    g_error_free(error);
    return false;
}

/* --- the peer -------------------------------------------------------------------------------------- */

static void watch_listener(SocketChardev *sock);

/* Takes @peer. */
static void set_peer(SocketChardev *sock, GSocket *peer)
{
    sock->peer = peer;
    g_socket_set_blocking(peer, FALSE);
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

    if (g_lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        unlink(path);
    }
}

static bool wait_for_client(SocketChardev *sock, Error **errp)
{
    GError *error = NULL;
    GSocket *peer;

    error_report("chardev %s: waiting for a client on unix socket '%s'", CHARDEV(sock)->id,
                 sock->path);
    g_socket_set_blocking(sock->listener, TRUE);
    peer = g_socket_accept(sock->listener, NULL, &error);
    g_socket_set_blocking(sock->listener, FALSE);
    if (!peer) {
        return socket_error(sock, "accept on", error, errp);
    }
    set_peer(sock, peer);
    return true;
}

static bool listen_at(SocketChardev *sock, GSocketAddress *address, bool wait, Error **errp)
{
    GError *error = NULL;

    remove_stale(sock->path);
    if (!g_socket_bind(sock->listener, address, FALSE, &error)) {
        /* Not ours to unlink at the end. */
        g_clear_object(&sock->listener);
        return socket_error(sock, "bind", error, errp);
    }
    if (!g_socket_listen(sock->listener, &error)) {
        return socket_error(sock, "listen on", error, errp);
    }
    if (wait) {
        return wait_for_client(sock, errp);
    }
    watch_listener(sock);
    return true;
}

static bool connect_to(SocketChardev *sock, GSocket *peer, GSocketAddress *address, Error **errp)
{
    GError *error = NULL;

    if (!g_socket_connect(peer, address, NULL, &error)) {
        g_object_unref(peer);
        return socket_error(sock, "connect to", error, errp);
    }
    set_peer(sock, peer);
    return true;
}

/* --- class --------------------------------------------------------------------------------------------- */

static bool socket_start(SocketChardev *sock, bool server, bool wait, Error **errp)
{
    GError *error = NULL;
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(sock->path);
    GSocket *new_socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                       G_SOCKET_PROTOCOL_DEFAULT, &error);

    if (!new_socket) {
        return socket_error(sock, "make", error, errp);
    }
    if (!server) {
        return connect_to(sock, new_socket, address, errp);
    }
    sock->listener = new_socket;
    return listen_at(sock, address, wait, errp);
}

static bool socket_open(Chardev *chr, const Options *opts, Error **errp)
{
    SocketChardev *sock = socket_chardev(chr);
    const char *path = options_get(opts, "path");
    bool server, wait;

    if (!path || !*path) {
        return error_setg(errp, "back end socket needs path=SOCKET");
    }
    if (strlen(path) > PATH_LENGTH_MAX) {
        return error_setg(errp, "socket path longer than %d characters", PATH_LENGTH_MAX);
    }
    if (!options_get_bool(opts, "server", false, &server, errp) ||
        !options_get_bool(opts, "wait", true, &wait, errp)) {
        return false;
    }
    if (!server && options_get(opts, "wait")) {
        return error_setg(errp, "option 'wait' is for server=on only");
    }
    sock->path = g_strdup(path);
    return socket_start(sock, server, wait, errp);
}

static void socket_close(Chardev *chr)
{
    SocketChardev *sock = socket_chardev(chr);

    if (sock->accept_source) {
        g_source_remove(sock->accept_source);
        sock->accept_source = 0;
    }
    if (sock->listener) {
        unlink(sock->path);
        g_clear_object(&sock->listener);
    }
    drop_peer(sock);
    g_clear_pointer(&sock->path, g_free);
}

static size_t socket_write(Chardev *chr, const uint8_t *data, size_t length)
{
    return fd_stream_write(&socket_chardev(chr)->stream, data, length);
}

static void socket_update_input(Chardev *chr)
{
    fd_stream_update_input(&socket_chardev(chr)->stream);
}

static char *socket_describe(Chardev *chr)
{
    SocketChardev *sock = socket_chardev(chr);

    return g_strdup_printf("unix:%s%s", sock->path, sock->listener ? ",server=on" : "");
}

static void socket_instance_init(Object *obj)
{
    fd_stream_init(&socket_chardev(obj)->stream, CHARDEV(obj), socket_ended);
}

static void socket_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "unix socket";
    chardev_class->options = socket_options;
    chardev_class->later = socket_later;
    chardev_class->open = socket_open;
    chardev_class->close = socket_close;
    chardev_class->write = socket_write;
    chardev_class->update_input = socket_update_input;
    chardev_class->describe = socket_describe;
}

static const TypeInfo socket_info = {
    .name = TYPE_CHARDEV_SOCKET,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(SocketChardev),
    .instance_init = socket_instance_init,
    .class_init = socket_class_init,
};
DEFINE_TYPE(socket_info)
