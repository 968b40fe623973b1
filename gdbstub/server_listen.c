/* SPDX-License-Identifier: MIT */
/*
 * Where the gdb server listens: -gdb, -s, and `gdbserver` in a console, which moves it.
 *
 * Source: QEMU's -gdb and its console's gdbserver as users know them. Not modelled: chardevs made by
 * `gdbserver` (one of -chardev is named).
 */
#include "gdbstub/server_internal.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#define DEFAULT_ADDRESS "tcp::1234"

/* --- a client on a chardev --------------------------------------------------------------------------------- */

static size_t port_room(void *opaque)
{
    const GdbServer *server = opaque;
    return SERVER_READ_BYTES - (server->wire ? MIN(server->input->len, SERVER_READ_BYTES) : 0);
}

/* A line that stays connected (a terminal, a pty) has the next debugger on it after a detach. */
static void port_receive(void *opaque, const uint8_t *data, size_t length)
{
    GdbServer *server = opaque;
    if (!server->wire) {
        server_begin_client(server);
    }
    g_byte_array_append(server->input, data, (guint)length);
    server_work(server);
}

static void port_event(void *opaque, ChardevEvent event)
{
    if (event == CHARDEV_CLOSED) {
        server_drop_client(opaque);
    }
}

static void port_can_send(void *opaque)
{
    GdbServer *server = opaque;
    if (server->wire) {
        server_work(server);
    }
}

static bool serve_chardev(GdbServer *server, const char *text, Error **errp)
{
    static const ChardevHandlers handlers = {
        .can_receive = port_room,
        .receive = port_receive,
        .event = port_event,
        .can_send = port_can_send,
    };
    Chardev *chr = chardev_new_legacy("gdb", text, errp);
    server->place.port = chr ? chardev_claim(chr, errp) : NULL;
    if (server->place.port) {
        chardev_set_handlers(server->place.port, &handlers, server);
    }
    return server->place.port;
}

/* --- listening -------------------------------------------------------------------------------------------- */

static gboolean client_knocks(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                              void *opaque)
{
    GdbServer *server = opaque;
    g_autoptr(GSocket) socket = g_socket_accept(server->place.listener, NULL, NULL);
    if (socket) {
        gdb_server_accept(server, socket);
    }
    return G_SOURCE_CONTINUE;
}

/* Port and host of "HOST:PORT"; without a host, this machine only. */
static GSocketAddress *tcp_address(const char *text, Error **errp)
{
    g_autofree char *host = NULL;
    uint16_t port;
    if (!wire_parse_tcp(text, &host, &port, errp)) {
        return NULL;
    }
    const char *name = !host || !*host || strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    GSocketAddress *address = g_inet_socket_address_new_from_string(name, port);
    if (!address) {
        error_setg(errp, "'%s' is not a numeric address of this machine", name);
    }
    return address;
}

static GSocketAddress *unix_address(GdbServer *server, const char *path, Error **errp)
{
    GStatBuf status;
    if (!*path || strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        error_setg(errp, "expected unix:PATH of 1 to 107 characters");
        return NULL;
    }
    if (g_lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        g_unlink(path); /* of an earlier run; never anything but a socket */
    }
    server->place.path = g_strdup(path);
    return g_unix_socket_address_new(path);
}

/* The options that QEMU's users put behind an address change nothing. */
static char *without_options(const char *address)
{
    static const char *const harmless[] = {"server",  "server=on",  "nowait", "wait=off",
                                           "nodelay", "nodelay=on", NULL};
    g_auto(GStrv) words = g_strsplit(address, ",", -1);
    for (char **word = words; *word && word[1];) {
        if (!g_strv_contains(harmless, word[1])) {
            return g_strdup(address);
        }
        g_free(word[1]);
        for (char **next = word + 1; *next; next++) {
            next[0] = next[1];
        }
    }
    return g_strdup(words[0] ? words[0] : "");
}

static bool listen_at(GdbServer *server, GSocketAddress *address, Error **errp)
{
    g_autoptr(GError) failure = NULL;
    server->place.listener = g_socket_new(g_socket_address_get_family(address),
                                          G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                          &failure);
    if (!server->place.listener ||
        !g_socket_bind(server->place.listener, address, TRUE, &failure)) {
        g_clear_pointer(&server->place.path, g_free); /* not ours */
        return error_setg(errp, "%s", failure->message);
    }
    if (!g_socket_listen(server->place.listener, &failure)) {
        return error_setg(errp, "%s", failure->message);
    }
    g_socket_set_blocking(server->place.listener, FALSE);
    server->place.accept_source = g_unix_fd_add(g_socket_get_fd(server->place.listener), G_IO_IN,
                                                client_knocks, server);
    return true;
}

static GSocketAddress *parse_address(GdbServer *server, const char *address, Error **errp)
{
    if (g_str_has_prefix(address, "tcp:")) {
        return tcp_address(address + strlen("tcp:"), errp);
    }
    if (g_str_has_prefix(address, "unix:")) {
        return unix_address(server, address + strlen("unix:"), errp);
    }
    g_assert_not_reached();
}

static bool listen_or_serve(GdbServer *server, const char *place, Error **errp)
{
    if (!g_str_has_prefix(place, "tcp:") && !g_str_has_prefix(place, "unix:")) {
        return serve_chardev(server, place, errp);
    }
    g_autoptr(GSocketAddress) where = parse_address(server, place, errp);
    return where && listen_at(server, where, errp);
}

/* @who: the option or the command, for messages. */
static bool listen_for(GdbServer *server, const char *who, const char *address, Error **errp)
{
    ERRP_GUARD();
    g_autofree char *place = without_options(address);
    if (strcmp(place, "none") == 0) {
        return true;
    }
    if (!listen_or_serve(server, place, errp)) {
        error_prepend(errp, "%s %s: ", who, address);
        return false;
    }
    server->place.address = g_strdup(address);
    return true;
}

bool gdb_server_listen(GdbServer *server, const char *address, Error **errp)
{
    return listen_for(server, "-gdb", address, errp);
}

bool gdb_server_serve(GdbServer *server, Session *session, const char *address, Error **errp)
{
    gdb_server_set_monitors(server, session_monitors(session));
    session_set_event_hook(session, gdb_server_machine_event, server);
    return !address || gdb_server_listen(server, address, errp);
}

/* --- moving --------------------------------------------------------------------------------------------- */

void server_place_close(ServerPlace *place)
{
    chardev_release(place->port);
    g_clear_handle_id(&place->accept_source, g_source_remove);
    if (place->listener) {
        g_socket_close(place->listener, NULL);
        g_object_unref(place->listener);
    }
    if (place->path) {
        g_unlink(place->path);
    }
    g_free(place->path);
    g_free(place->address);
    *place = (ServerPlace){0};
}

static bool is_kind_known(const char *address)
{
    static const char *const kinds[] = {"tcp:", "unix:", "chardev:", NULL};
    for (const char *const *kind = kinds; *kind; kind++) {
        if (g_str_has_prefix(address, *kind)) {
            return true;
        }
    }
    return strcmp(address, "none") == 0;
}

/* The new place is taken before the old one and its client go. */
static bool move(GdbServer *server, const char *address, Error **errp)
{
    ServerPlace old = server->place;
    server->place = (ServerPlace){0};
    if (!listen_for(server, "gdbserver", address, errp)) {
        server_place_close(&server->place);
        server->place = old;
        return false;
    }
    ServerPlace new = server->place;
    server->place = old; /* where its client is */
    server_drop_client(server);
    if (new.path && g_strcmp0(new.path, old.path) == 0) {
        g_clear_pointer(&server->place.path, g_free);
    }
    server_place_close(&server->place);
    server->place = new;
    return true;
}

bool server_move(void *opaque, const char *address, Error **errp)
{
    GdbServer *server = opaque;
    address = address ? address : DEFAULT_ADDRESS;
    if (server->is_in_packet) {
        return error_setg(errp,
                          "gdbserver: a debugger cannot take its own server away; use a console");
    }
    if (!is_kind_known(address)) {
        return error_setg(errp, "gdbserver: expected tcp:HOST:PORT, unix:PATH, chardev:ID or none");
    }
    return g_strcmp0(address, server->place.address) == 0 || move(server, address, errp);
}
