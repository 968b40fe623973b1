/* SPDX-License-Identifier: MIT */
/*
 * The gdb server: its one client, bytes in and out. (Where it listens: server_listen.c.)
 *
 * A client stops the guest with its first good packet, so that whoever only knocks does not. One that
 * goes without a word takes its breakpoints along and leaves the guest as it is. Source: none (own
 * design; users.md 3.3). Not modelled: several clients at once (refused with a line).
 */
#include "gdbstub/server.h"

#include "gdbstub/server_internal.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

enum {
    READ_BYTES = SERVER_READ_BYTES,
    MOST_REFUSED = 16,
    REFUSED_SECONDS = 2,
    AWAKE_US = 30,
    MOST_IN_TURN = 32, /* packets, until others on the main loop have theirs */
};

#define REFUSAL "E.another debugger is connected"

static void watch_client(GdbServer *server);

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
    if (server->place.port) {
        return (gssize)chardev_write(server->place.port, bytes, length);
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
void server_work(GdbServer *server)
{
    GByteArray *input = server->input;
    size_t taken = wire_feed(server->wire, input->data, input->len);
    if (taken) {
        g_byte_array_remove_range(input, 0, (guint)taken);
    }
    if (!flush(server)) {
        server_drop_client(server);
        return;
    }
    watch_client(server);
}

static gboolean can_send(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition, void *opaque)
{
    GdbServer *server = opaque;
    server->out_source = 0;
    if (flush(server)) {
        server_work(server);
    } else {
        server_drop_client(server);
    }
    return G_SOURCE_REMOVE;
}

void server_push(GdbServer *server)
{
    if (server->place.port && server->wire && !flush(server)) {
        server_drop_client(server);
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
    server->is_in_packet = true;
    packet_handle(server, packet, length);
    server->is_in_packet = false;
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

/* Without GIO, whose errors cost more than a step. Below 0: errno. */
static ssize_t receive(const GdbServer *server, char *bytes)
{
    return recv(g_socket_get_fd(server->socket), bytes, READ_BYTES, MSG_DONTWAIT);
}

static bool is_nothing_yet(ssize_t got) { return got < 0 && (errno == EAGAIN || errno == EINTR); }

/* The next packet of a debugger that steps is here sooner than a thread falls asleep and wakes up. */
static ssize_t receive_soon(const GdbServer *server, char *bytes)
{
    gint64 end = g_get_monotonic_time() + AWAKE_US;
    ssize_t got;
    while (is_nothing_yet(got = receive(server, bytes)) && g_get_monotonic_time() < end) {
        sched_yield();
    }
    return got;
}

/* One piece of input. False: the main loop is to wait for the next. */
static bool take_input(GdbServer *server, const char *bytes, ssize_t got)
{
    server->has_stepped = false;
    g_byte_array_append(server->input, (const uint8_t *)bytes, (guint)got);
    server_work(server);
    if (server->in_source && server->input->len) { /* no room for answers: read later */
        server->in_source = 0;
    }
    return server->in_source && server->has_stepped && !server->out_source;
}

static gboolean client_sends(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition,
                             void *opaque)
{
    GdbServer *server = opaque;
    char bytes[READ_BYTES];
    ssize_t got = receive(server, bytes);
    for (unsigned i = 1; got > 0 && take_input(server, bytes, got) && i < MOST_IN_TURN; i++) {
        got = receive_soon(server, bytes);
    }
    if (got <= 0 && !is_nothing_yet(got)) {
        server->in_source = 0;
        server_drop_client(server);
    }
    return server->in_source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* --- the client --------------------------------------------------------------------------------------- */

/* The sources that its buffers call for. */
static void watch_client(GdbServer *server)
{
    guint waiting = wire_output(server->wire)->len;
    if (server->place.port) { /* which tells when it has room */
        chardev_accept_input(server->place.port);
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

void server_drop_client(GdbServer *server)
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
    server->step_limit = STEP_LIMIT;
    if (has_left_alone) {
        warn_report("-gdb: the debugger is gone and the guest stands still: connect again, or "
                    "`cont` in a console");
    }
}

void server_begin_client(GdbServer *server)
{
    server->wire = wire_new(&wire_handlers, server);
    server->input = g_byte_array_new();
}

static void set_client(GdbServer *server, GSocket *socket)
{
    server->socket = g_object_ref(socket);
    server_begin_client(server);
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

/* --- life ---------------------------------------------------------------------------------------------------- */

GdbServer *gdb_server_new(MachineState *machine)
{
    GdbServer *server = g_new0(GdbServer, 1);
    server->machine = machine;
    server->step_bits = STEP_DEFAULT;
    server->step_limit = STEP_LIMIT;
    server->registers = registers_new(&POWERPC_CPU(machine->cpu)->env);
    server->points = points_new(machine, server->registers);
    server->refused = g_ptr_array_new_with_free_func(refused_free);
    input_register(machine->clock, "gdb", packet_change, server);
    return server;
}

void gdb_server_set_monitors(GdbServer *server, MonitorHub *hub)
{
    server->hub = hub;
    monitor_hub_set_gdbserver_hook(hub, server_move, server);
}

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
    server_drop_client(server);
    g_ptr_array_unref(server->refused);
    server_place_close(&server->place);
    if (server->hub) {
        monitor_hub_set_gdbserver_hook(server->hub, NULL, NULL);
    }
    input_unregister(server->machine->clock, "gdb");
    points_free(server->points);
    registers_free(server->registers);
    g_free(server);
}
