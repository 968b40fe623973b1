/* SPDX-License-Identifier: MIT */
/*
 * Packets of the gdb remote protocol over TCP and Unix sockets.
 *
 * Source: gdb manual, "Remote Protocol", Overview. Acknowledgements travel with the next packet that is
 * sent, so that a question and its answer cost one write and one read. Not modelled: serial lines,
 * notifications (read and dropped).
 */
#include "gdbstub/link.h"

#include "gdbstub/wire.h"

#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

enum {
    READ_BYTES = 16384,
    MOST_NOISE = 4096, /* bytes between packets */
    MOST_RETRIES = 3,
};

struct GdbLink {
    GSocket *socket;
    unsigned timeout_ms;
    bool acks;
    GString *out;  /* to be sent */
    GString *last; /* the packet that a '-' asks for again */
    unsigned retries, noise;
    char in[READ_BYTES];
    size_t at, end;
    GSocketConnection
        *connection; /* of gdb_link_open(): closes the socket with its last reference */
};

/* --- connecting --------------------------------------------------------------------------------- */

GdbLink *gdb_link_new(GSocket *socket, unsigned timeout_ms)
{
    GdbLink *link = g_new0(GdbLink, 1);
    link->socket = g_object_ref(socket);
    link->timeout_ms = timeout_ms;
    link->acks = true;
    link->out = g_string_new(NULL);
    link->last = g_string_new(NULL);
    g_socket_set_blocking(socket, FALSE);
    return link;
}

void gdb_link_free(GdbLink *link)
{
    if (link) {
        g_clear_object(&link->connection);
        g_object_unref(link->socket);
        g_string_free(link->out, TRUE);
        g_string_free(link->last, TRUE);
        g_free(link);
    }
}

static GSocketConnectable *tcp_address(const char *text, Error **errp)
{
    g_autofree char *host = NULL;
    uint16_t port;
    return wire_parse_tcp(text, &host, &port, errp)
               ? g_network_address_new(host ? host : "127.0.0.1", port)
               : NULL;
}

static GSocketConnectable *parse_address(const char *address, Error **errp)
{
    if (g_str_has_prefix(address, "tcp:")) {
        return tcp_address(address + strlen("tcp:"), errp);
    }
    if (g_str_has_prefix(address, "unix:") && address[strlen("unix:")]) {
        return G_SOCKET_CONNECTABLE(g_unix_socket_address_new(address + strlen("unix:")));
    }
    error_setg(errp, "expected tcp:HOST:PORT or unix:PATH");
    return NULL;
}

GdbLink *gdb_link_open(const char *address, unsigned timeout_ms, Error **errp)
{
    g_autoptr(GSocketConnectable) where = parse_address(address, errp);
    if (!where) {
        return NULL;
    }
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) failure = NULL;
    g_socket_client_set_timeout(client, (timeout_ms + 999) / 1000);
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect(client, where, NULL, &failure);
    if (!connection) {
        error_setg(errp, "%s", failure->message);
        return NULL;
    }
    GSocket *socket = g_socket_connection_get_socket(connection);
    g_socket_set_timeout(socket, 0);
    if (g_str_has_prefix(address, "tcp:")) {
        g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    }
    GdbLink *link = gdb_link_new(socket, timeout_ms);
    link->connection = g_steal_pointer(&connection);
    return link;
}

/* --- sending ------------------------------------------------------------------------------------ */

static void end_packet(GdbLink *link, size_t start)
{
    uint8_t sum = 0;
    for (size_t i = start + 1; i < link->out->len; i++) {
        sum = (uint8_t)(sum + (uint8_t)link->out->str[i]);
    }
    g_string_append_printf(link->out, "#%02x", sum);
    g_string_truncate(link->last, 0);
    g_string_append_len(link->last, link->out->str + start, (gssize)(link->out->len - start));
    link->retries = 0;
}

void gdb_link_queue(GdbLink *link, const char *payload)
{
    size_t start = link->out->len;
    g_string_append_c(link->out, '$');
    g_string_append(link->out, payload);
    end_packet(link, start);
}

void gdb_link_queue_bytes(GdbLink *link, const char *head, const uint8_t *bytes, size_t count)
{
    size_t start = link->out->len;
    g_string_append_c(link->out, '$');
    g_string_append(link->out, head);
    for (size_t i = 0; i < count; i++) {
        char byte = (char)bytes[i];
        if (byte && strchr("$#}*", byte)) {
            g_string_append_c(link->out, '}');
            byte ^= 0x20;
        }
        g_string_append_c(link->out, byte);
    }
    end_packet(link, start);
}

static unsigned left_ms(gint64 deadline)
{
    gint64 left = deadline - g_get_monotonic_time();
    return left > 0 ? (unsigned)(left / 1000 + 1) : 0;
}

static bool lost(const GError *failure, Error **errp)
{
    return error_setg(errp, "the stub hung up: %s", failure->message);
}

/* Wait until @condition or @deadline (microseconds); *@is_late. */
static bool wait_for(GdbLink *link, GIOCondition condition, gint64 deadline, bool *is_late,
                     Error **errp)
{
    g_autoptr(GError) failure = NULL;
    unsigned ms = left_ms(deadline);
    *is_late = false;
    if (!ms || !g_socket_condition_timed_wait(link->socket, condition, (gint64)ms * 1000, NULL,
                                              &failure)) {
        *is_late = !failure || g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
        return *is_late || lost(failure, errp);
    }
    return true;
}

static bool no_answer(const GdbLink *link, Error **errp)
{
    return error_setg(errp, "the stub does not answer (%u ms)", link->timeout_ms);
}

static bool flush(GdbLink *link, Error **errp)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)link->timeout_ms * 1000;
    while (link->out->len > 0) {
        g_autoptr(GError) failure = NULL;
        bool is_late = false;
        gssize sent = g_socket_send(link->socket, link->out->str, link->out->len, NULL, &failure);
        if (sent > 0) {
            g_string_erase(link->out, 0, sent);
        } else if (failure && !g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
            return lost(failure, errp);
        } else if (!wait_for(link, G_IO_OUT, deadline, &is_late, errp)) {
            return false;
        } else if (is_late) {
            return no_answer(link, errp);
        }
    }
    return true;
}

bool gdb_link_interrupt(GdbLink *link, Error **errp)
{
    g_string_append_c(link->out, '\3');
    return flush(link, errp);
}

void gdb_link_stop_acks(GdbLink *link) { link->acks = false; }
unsigned gdb_link_timeout_ms(const GdbLink *link) { return link->timeout_ms; }

/* --- receiving ---------------------------------------------------------------------------------- */

typedef enum Got { GOT_BYTE, GOT_LATE, GOT_LOST } Got; /* lost: *errp says why */

static Got fill(GdbLink *link, gint64 deadline, Error **errp)
{
    while (left_ms(deadline)) {
        g_autoptr(GError) failure = NULL;
        bool is_late;
        gssize got = g_socket_receive(link->socket, link->in, sizeof(link->in), NULL, &failure);
        if (got > 0) {
            link->at = 0;
            link->end = (size_t)got;
            return GOT_BYTE;
        }
        if (got == 0) {
            error_setg(errp, "the stub hung up");
            return GOT_LOST;
        }
        if (!g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
            lost(failure, errp);
            return GOT_LOST;
        }
        if (!wait_for(link, G_IO_IN, deadline, &is_late, errp)) {
            return GOT_LOST;
        }
        if (is_late) {
            break;
        }
    }
    return GOT_LATE;
}

static Got next_byte(GdbLink *link, gint64 deadline, char *byte, Error **errp)
{
    if (link->at == link->end) {
        Got got = fill(link, deadline, errp);
        if (got != GOT_BYTE) {
            return got;
        }
    }
    *byte = link->in[link->at++];
    return GOT_BYTE;
}

/* A packet while it is read. */
typedef struct Frame {
    GString *text;
    uint8_t sum;
    char previous;
    bool is_escaped, is_run;
} Frame;

/* @byte repeats the previous one (byte - 29) times more. */
static bool repeat(Frame *frame, char byte, Error **errp)
{
    int count = (uint8_t)byte - 29;
    if (count <= 0 || frame->text->len == 0) {
        return error_setg(errp, "the stub sends a bad run length");
    }
    for (int i = 0; i < count; i++) {
        g_string_append_c(frame->text, frame->previous);
    }
    frame->is_run = false;
    return true;
}

static bool take_payload(Frame *frame, char byte, Error **errp)
{
    frame->sum = (uint8_t)(frame->sum + (uint8_t)byte);
    if (frame->text->len >= GDB_LINK_MOST_BYTES) {
        return error_setg(errp, "the stub sends a packet of more than %d bytes",
                          GDB_LINK_MOST_BYTES);
    }
    if (frame->is_run) {
        return repeat(frame, byte, errp);
    }
    if (!frame->is_escaped && (byte == '}' || byte == '*')) {
        frame->is_escaped = byte == '}';
        frame->is_run = byte == '*';
        return true;
    }
    frame->previous = frame->is_escaped ? (char)(byte ^ 0x20) : byte;
    frame->is_escaped = false;
    g_string_append_c(frame->text, frame->previous);
    return true;
}

/* A byte inside a packet: here a late one is an error. */
static bool inner_byte(GdbLink *link, gint64 deadline, char *byte, Error **errp)
{
    Got got = next_byte(link, deadline, byte, errp);
    if (got == GOT_LATE) {
        return error_setg(errp, "the stub stops in the middle of a packet");
    }
    return got == GOT_BYTE;
}

/* From behind the '$' to the check sum. *@is_good: the sum fits. */
static bool read_frame(GdbLink *link, gint64 deadline, GString *text, bool *is_good, Error **errp)
{
    Frame frame = {.text = text};
    char byte, high, low;
    g_string_truncate(text, 0);
    for (;;) {
        if (!inner_byte(link, deadline, &byte, errp)) {
            return false;
        }
        if (byte == '#') {
            break;
        }
        if (!take_payload(&frame, byte, errp)) {
            return false;
        }
    }
    if (!inner_byte(link, deadline, &high, errp) || !inner_byte(link, deadline, &low, errp)) {
        return false;
    }
    *is_good = g_ascii_xdigit_value(high) == frame.sum >> 4 &&
               g_ascii_xdigit_value(low) == (frame.sum & 15);
    return true;
}

/* '-': the stub did not like the last packet. */
static bool send_again(GdbLink *link, Error **errp)
{
    if (link->last->len == 0 || ++link->retries > MOST_RETRIES) {
        return error_setg(errp, "the stub refuses every packet");
    }
    g_string_append_len(link->out, link->last->str, (gssize)link->last->len);
    return flush(link, errp);
}

/* Skip what stands between packets. GOT_BYTE: *@start is the '$', or the '%' of a notification. */
static Got find_packet(GdbLink *link, gint64 deadline, char *start, Error **errp)
{
    Got got;
    while ((got = next_byte(link, deadline, start, errp)) == GOT_BYTE) {
        if (*start == '$' || *start == '%') {
            link->noise = 0;
            break;
        }
        if (*start == '-' && link->acks) {
            if (!send_again(link, errp)) {
                return GOT_LOST;
            }
        } else if (*start != '+' && ++link->noise > MOST_NOISE) {
            error_setg(errp, "this is no gdb stub: it sends %d bytes without a packet", MOST_NOISE);
            return GOT_LOST;
        }
    }
    return got;
}

/* '+' waits for company; '-' goes at once, since the stub waits for it. */
static bool acknowledge(GdbLink *link, bool is_good, Error **errp)
{
    if (link->acks) {
        g_string_append_c(link->out, is_good ? '+' : '-');
    }
    return is_good || (link->acks && flush(link, errp));
}

bool gdb_link_receive_until(GdbLink *link, unsigned timeout_ms, GString *reply, bool *is_late,
                            Error **errp)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    *is_late = false;
    if (!flush(link, errp)) {
        return false;
    }
    for (unsigned bad = 0; bad <= MOST_RETRIES;) {
        bool is_good = false;
        char start;
        Got got = find_packet(link, deadline, &start, errp);
        if (got != GOT_BYTE) {
            *is_late = got == GOT_LATE;
            return *is_late;
        }
        if (!read_frame(link, deadline, reply, &is_good, errp)) {
            return false;
        }
        if (start == '%') {
            continue; /* neither acknowledged nor of use here */
        }
        if (is_good) {
            return acknowledge(link, true, errp);
        }
        bad++;
        if (!link->acks) {
            break;
        }
        if (!acknowledge(link, false, errp)) {
            return false;
        }
    }
    return error_setg(errp, "the stub sends packets with wrong check sums");
}

bool gdb_link_receive(GdbLink *link, GString *reply, Error **errp)
{
    bool is_late = false;
    return gdb_link_receive_until(link, link->timeout_ms, reply, &is_late, errp) &&
           (!is_late || no_answer(link, errp));
}

bool gdb_link_ask(GdbLink *link, const char *payload, GString *reply, Error **errp)
{
    gdb_link_queue(link, payload);
    return gdb_link_receive(link, reply, errp);
}
