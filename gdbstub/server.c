/* SPDX-License-Identifier: MIT */
/*
 * The gdb server: where it listens, its one client, bytes in and out.
 *
 * A client stops the guest with its first good packet, so that whoever only knocks does not. One that
 * goes without a word takes its breakpoints along and leaves the guest as it is. Source: none (own
 * design; users.md 3.3). Not modelled: several clients at once (refused with a line).
 */
#include "gdbstub/server.h"

#include "gdbstub/server_internal.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
    READ_BYTES = 16384,
    MOST_REFUSED = 16,
    REFUSED_SECONDS = 2,
};

#define REFUSAL "E.another debugger is connected"

static void watch_client(GdbServer *server);
static void drop_client(GdbServer *server);

/* --- output --------------------------------------------------------------------------------------- */

void server_reply_bytes(GdbServer *server, const char *bytes, size_t length)
{
    if (server->wire) {
        wire_send(server->wire, bytes, length);
    }
}

void server_reply(GdbServer *server, const char *text)
{
    server_reply_bytes(server, text, strlen(text));
}

/* Returns the bytes taken, 0: none now, below 0: the client is gone. */
static gssize transmit(GdbServer *server, const uint8_t *bytes, size_t length)
{
    g_autoptr(GError) failure = NULL;
    if (server->port) {
        return (gssize)chardev_write(server->port, bytes, length);
    }
    gssize sent = g_socket_send(server->socket, (const char *)bytes, length, NULL, &failure);
    return g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : sent > 0 ? sent : -1;
}

/* Send what the other end takes. False: the client is gone. */
static bool flush(GdbServer *server)
{
    GByteArray *out = wire_output(server->wire);
    size_t done = 0;
    while (done < out->len) {
        gssize sent = transmit(server, out->data + done, out->len - done);
        if (sent < 0) {
            return false;
        }
        if (sent == 0) {
            break;
        }
        done += (size_t)sent;
    }
    g_byte_array_remove_range(out, 0, (guint)done);
    return !(server->is_leaving && out->len == 0);
}

/* Packets, as long as their answers find room; then send those. The client may go. */
static void work(GdbServer *server)
{
    GByteArray *input = server->input;
    size_t taken = wire_feed(server->wire, input->data, input->len);
    if (taken) {
        g_byte_array_remove_range(input, 0, (guint)taken);
    }
    if (!flush(server)) {
        drop_client(server);
        return;
    }
    watch_client(server);
}

static gboolean can_send(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition, void *opaque)
{
    GdbServer *server = opaque;
    server->out_source = 0;
    if (flush(server)) {
        work(server);
    } else {
        drop_client(server);
    }
    return G_SOURCE_REMOVE;
}

void server_push(GdbServer *server)
{
    if (server->port && server->wire && !flush(server)) {
        drop_client(server);
    }
    if (server->wire) {
        watch_client(server);
    }
}

/* --- input ---------------------------------------------------------------------------------------- */

static void packet_came(void *opaque, char *packet, size_t length)
{
    GdbServer *server = opaque;
    if (server->is_leaving) {
        return;
    }
    if (!server->has_spoken) {
        server->has_spoken = true;
        run_stop_quietly(server);
    }
    packet_handle(server, packet, length);
}

static void interrupt_came(void *opaque)
{
    GdbServer *server = opaque;
    if (server->has_spoken) {
        run_interrupt(server);
    }
}

static void long_packet_came(void *opaque) { server_reply(opaque, "E.the packet is too long"); }

static const WireHandlers wire_handlers = {packet_came, interrupt_came, long_packet_came};

static gboolean client_sends(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                             void *opaque)
{
    GdbServer *server = opaque;
    g_autoptr(GError) failure = NULL;
    char bytes[READ_BYTES];
    gssize got = g_socket_receive(server->socket, bytes, sizeof(bytes), NULL, &failure);
    if (got <= 0) {
        if (g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
            return G_SOURCE_CONTINUE;
        }
        server->in_source = 0;
        drop_client(server);
        return G_SOURCE_REMOVE;
    }
    g_byte_array_append(server->input, (const uint8_t *)bytes, (guint)got);
    work(server);
    if (server->in_source && server->input->len) { /* no room for answers: read later */
        server->in_source = 0;
        return G_SOURCE_REMOVE;
    }
    return server->in_source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* --- the client --------------------------------------------------------------------------------------- */

/* The sources that its buffers call for. */
static void watch_client(GdbServer *server)
{
    guint waiting = wire_output(server->wire)->len;
    if (server->port) { /* which tells when it has room */
        chardev_accept_input(server->port);
        return;
    }
    int fd = g_socket_get_fd(server->socket);
    if (waiting && !server->out_source) {
        server->out_source = g_unix_fd_add(fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, can_send, server);
    }
    if (!server->input->len && !server->in_source) {
        server->in_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, client_sends, server);
    }
}

static void drop_client(GdbServer *server)
{
    if (!server->wire) {
        return;
    }
    bool has_left_alone = server->has_spoken && !server->is_leaving &&
                          machine_run_state(server->machine) != RUN_RUNNING;
    run_forget(server);
    points_clear(server->points);
    g_clear_handle_id(&server->in_source, g_source_remove);
    g_clear_handle_id(&server->out_source, g_source_remove);
    if (server->socket) {
        g_socket_close(server->socket, NULL);
        g_clear_object(&server->socket);
    }
    g_clear_pointer(&server->wire, wire_free);
    g_clear_pointer(&server->input, g_byte_array_unref);
    server->has_spoken = server->is_physical = server->is_leaving = false;
    server->has_swbreak = server->has_hwbreak = server->has_processes = false;
    server->step_bits = STEP_DEFAULT;
    if (has_left_alone) {
        warn_report("-gdb: the debugger is gone and the guest stands still: connect again, or "
                    "`cont` in a console");
    }
}

static void begin_client(GdbServer *server)
{
    server->wire = wire_new(&wire_handlers, server);
    server->input = g_byte_array_new();
}

static void set_client(GdbServer *server, GSocket *socket)
{
    server->socket = g_object_ref(socket);
    begin_client(server);
    g_socket_set_blocking(socket, FALSE);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    watch_client(server);
}

/* --- clients that are one too many ------------------------------------------------------------------------ */

typedef struct Refused {
    GdbServer *server;
    GSocket *socket;
    guint in_source, timeout;
} Refused;

static void refused_free(void *data)
{
    Refused *refused = data;
    g_clear_handle_id(&refused->in_source, g_source_remove);
    g_clear_handle_id(&refused->timeout, g_source_remove);
    g_socket_close(refused->socket, NULL);
    g_object_unref(refused->socket);
    g_free(refused);
}

/* What it says is read, so that the refusal is not lost with it. */
static gboolean refused_sends(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                              void *opaque)
{
    Refused *refused = opaque;
    char bytes[512];
    if (g_socket_receive(refused->socket, bytes, sizeof(bytes), NULL, NULL) > 0) {
        return G_SOURCE_CONTINUE;
    }
    refused->in_source = 0;
    g_ptr_array_remove(refused->server->refused, refused);
    return G_SOURCE_REMOVE;
}

static gboolean refused_long_enough(void *opaque)
{
    Refused *refused = opaque;
    refused->timeout = 0;
    g_ptr_array_remove(refused->server->refused, refused);
    return G_SOURCE_REMOVE;
}

static void refuse(GdbServer *server, GSocket *socket)
{
    Wire *wire = wire_new(&wire_handlers, NULL);
    wire_send(wire, REFUSAL, strlen(REFUSAL));
    g_socket_set_blocking(socket, FALSE);
    g_socket_send(socket, (const char *)wire_output(wire)->data, wire_output(wire)->len, NULL,
                  NULL);
    wire_free(wire);
    g_socket_shutdown(socket, FALSE, TRUE, NULL);
    if (server->refused->len >= MOST_REFUSED) {
        g_socket_close(socket, NULL);
        return;
    }
    Refused *refused = g_new0(Refused, 1);
    *refused = (Refused){.server = server, .socket = g_object_ref(socket)};
    refused->in_source = g_unix_fd_add(g_socket_get_fd(socket), G_IO_IN | G_IO_HUP | G_IO_ERR,
                                       refused_sends, refused);
    refused->timeout = g_timeout_add_seconds(REFUSED_SECONDS, refused_long_enough, refused);
    g_ptr_array_add(server->refused, refused);
}

void gdb_server_accept(GdbServer *server, GSocket *socket)
{
    if (server->wire) {
        refuse(server, socket);
    } else {
        set_client(server, socket);
    }
}

/* --- a client on a chardev --------------------------------------------------------------------------------- */

static size_t port_room(void *opaque)
{
    const GdbServer *server = opaque;
    return READ_BYTES - (server->wire ? MIN(server->input->len, READ_BYTES) : 0);
}

/* A line that stays connected (a terminal, a pty) has the next debugger on it after a detach. */
static void port_receive(void *opaque, const uint8_t *data, size_t length)
{
    GdbServer *server = opaque;
    if (!server->wire) {
        begin_client(server);
    }
    g_byte_array_append(server->input, data, (guint)length);
    work(server);
}

static void port_event(void *opaque, ChardevEvent event)
{
    if (event == CHARDEV_CLOSED) {
        drop_client(opaque);
    }
}

static void port_can_send(void *opaque)
{
    GdbServer *server = opaque;
    if (server->wire) {
        work(server);
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
    server->port = chr ? chardev_claim(chr, errp) : NULL;
    if (server->port) {
        chardev_set_handlers(server->port, &handlers, server);
    }
    return server->port;
}

/* --- listening -------------------------------------------------------------------------------------------- */

static gboolean client_knocks(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                              void *opaque)
{
    GdbServer *server = opaque;
    g_autoptr(GSocket) socket = g_socket_accept(server->listener, NULL, NULL);
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
    server->path = g_strdup(path);
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
    server->listener = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                                    G_SOCKET_PROTOCOL_DEFAULT, &failure);
    if (!server->listener || !g_socket_bind(server->listener, address, TRUE, &failure)) {
        g_clear_pointer(&server->path, g_free); /* not ours */
        return error_setg(errp, "%s", failure->message);
    }
    if (!g_socket_listen(server->listener, &failure)) {
        return error_setg(errp, "%s", failure->message);
    }
    g_socket_set_blocking(server->listener, FALSE);
    server->accept_source = g_unix_fd_add(g_socket_get_fd(server->listener), G_IO_IN, client_knocks,
                                          server);
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

bool gdb_server_listen(GdbServer *server, const char *address, Error **errp)
{
    ERRP_GUARD();
    g_autofree char *place = without_options(address);
    if (strcmp(place, "none") == 0) {
        return true;
    }
    if (!listen_or_serve(server, place, errp)) {
        error_prepend(errp, "-gdb %s: ", address);
        return false;
    }
    return true;
}

bool gdb_server_serve(GdbServer *server, Session *session, const char *address, Error **errp)
{
    gdb_server_set_monitors(server, session_monitors(session));
    session_set_event_hook(session, gdb_server_machine_event, server);
    return !address || gdb_server_listen(server, address, errp);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

GdbServer *gdb_server_new(MachineState *machine)
{
    GdbServer *server = g_new0(GdbServer, 1);
    server->machine = machine;
    server->step_bits = STEP_DEFAULT;
    server->registers = registers_new(&POWERPC_CPU(machine->cpu)->env);
    server->points = points_new(machine, server->registers);
    server->refused = g_ptr_array_new_with_free_func(refused_free);
    input_register(machine->clock, "gdb", packet_change, server);
    return server;
}

void gdb_server_set_monitors(GdbServer *server, MonitorHub *hub) { server->hub = hub; }

void gdb_server_finish(GdbServer *server, int status)
{
    if (server->wire && server->is_waiting) {
        g_autofree char *text = g_strdup_printf("W%02x", (unsigned)status & 0xff);
        server_reply(server, text);
        flush(server);
    }
}

void gdb_server_free(GdbServer *server)
{
    if (!server) {
        return;
    }
    server->is_leaving = true;
    drop_client(server);
    chardev_release(server->port);
    g_ptr_array_unref(server->refused);
    g_clear_handle_id(&server->accept_source, g_source_remove);
    if (server->listener) {
        g_socket_close(server->listener, NULL);
        g_object_unref(server->listener);
    }
    if (server->path) {
        g_unlink(server->path);
    }
    g_free(server->path);
    input_unregister(server->machine->clock, "gdb");
    points_free(server->points);
    registers_free(server->registers);
    g_free(server);
}
