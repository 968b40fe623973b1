/* SPDX-License-Identifier: MIT */
/*
 * Packets of the gdb remote protocol: framing, check sums, acknowledgements, escapes.
 *
 * Source: gdb manual, "Remote Protocol", Overview and Packet Acknowledgment. Not modelled: run lengths
 * (a client sends none; answers need none), notifications.
 */
#include "gdbstub/wire.h"

#include <string.h>

typedef enum WireState { WIRE_IDLE, WIRE_PAYLOAD, WIRE_SUM_HIGH, WIRE_SUM_LOW } WireState;

struct Wire {
    const WireHandlers *handlers;
    void *opaque;
    WireState state;
    GString *in;
    GByteArray *out;
    GByteArray *last; /* the packet that a '-' asks for again */
    uint8_t sum;
    int high; /* digit of the check sum, -1: none */
    bool is_escaped, is_too_long, acks;
};

Wire *wire_new(const WireHandlers *handlers, void *opaque)
{
    Wire *wire = g_new0(Wire, 1);
    wire->handlers = handlers;
    wire->opaque = opaque;
    wire->in = g_string_new(NULL);
    wire->out = g_byte_array_new();
    wire->last = g_byte_array_new();
    wire->acks = true;
    return wire;
}

void wire_free(Wire *wire)
{
    g_string_free(wire->in, TRUE);
    g_byte_array_unref(wire->out);
    g_byte_array_unref(wire->last);
    g_free(wire);
}

GByteArray *wire_output(Wire *wire) { return wire->out; }
void wire_stop_acks(Wire *wire) { wire->acks = false; }

/* --- addresses ---------------------------------------------------------------------------------- */

bool wire_parse_tcp(const char *text, char **host, uint16_t *port, Error **errp)
{
    const char *colon = strrchr(text, ':');
    guint64 number;
    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL)) {
        return error_setg(errp, "expected tcp:HOST:PORT with a port from 1 to 65535");
    }
    size_t length = (size_t)(colon - text);
    bool has_brackets = length > 1 && text[0] == '[' && text[length - 1] == ']';
    *port = (uint16_t)number;
    *host = has_brackets ? g_strndup(text + 1, length - 2)
            : length     ? g_strndup(text, length)
                         : NULL;
    return true;
}

/* --- hexadecimal -------------------------------------------------------------------------------- */

void wire_append_hex(GString *out, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < size; i++) {
        g_string_append_c(out, digits[byte[i] >> 4]);
        g_string_append_c(out, digits[byte[i] & 15]);
    }
}

bool wire_parse_hex(const char *text, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* --- answers ------------------------------------------------------------------------------------ */

static void put_byte(GByteArray *out, uint8_t byte, uint8_t *sum)
{
    g_byte_array_append(out, &byte, 1);
    *sum = (uint8_t)(*sum + byte);
}

void wire_send(Wire *wire, const char *payload, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    GByteArray *frame = wire->last;
    uint8_t sum = 0;
    g_byte_array_set_size(frame, 0);
    g_byte_array_append(frame, (const uint8_t *)"$", 1);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)payload[i];
        if (byte == '$' || byte == '#' || byte == '}' || byte == '*') {
            put_byte(frame, '}', &sum);
            byte ^= 0x20;
        }
        put_byte(frame, byte, &sum);
    }
    const uint8_t tail[3] = {'#', (uint8_t)digits[sum >> 4], (uint8_t)digits[sum & 15]};
    g_byte_array_append(frame, tail, sizeof(tail));
    g_byte_array_append(wire->out, frame->data, frame->len);
}

static void acknowledge(Wire *wire, bool is_good)
{
    if (wire->acks) {
        g_byte_array_append(wire->out, (const uint8_t *)(is_good ? "+" : "-"), 1);
    }
}

/* --- bytes ---------------------------------------------------------------------------------------- */

static void begin_packet(Wire *wire)
{
    g_string_truncate(wire->in, 0);
    wire->state = WIRE_PAYLOAD;
    wire->sum = 0;
    wire->is_escaped = wire->is_too_long = false;
}

static void take_idle(Wire *wire, uint8_t byte)
{
    if (byte == '$') {
        begin_packet(wire);
    } else if (byte == 3) {
        wire->handlers->interrupt(wire->opaque);
    } else if (byte == '-' && wire->acks) {
        g_byte_array_append(wire->out, wire->last->data, wire->last->len);
    }
}

static void take_payload(Wire *wire, uint8_t byte)
{
    if (byte == '$') { /* the rest of the last one never came */
        begin_packet(wire);
        return;
    }
    if (byte == '#') {
        wire->state = WIRE_SUM_HIGH;
        return;
    }
    wire->sum = (uint8_t)(wire->sum + byte);
    if (byte == '}' && !wire->is_escaped) {
        wire->is_escaped = true;
        return;
    }
    if (wire->in->len >= WIRE_MOST_BYTES) {
        wire->is_too_long = true;
        return;
    }
    g_string_append_c(wire->in, (char)(wire->is_escaped ? byte ^ 0x20 : byte));
    wire->is_escaped = false;
}

static void end_packet(Wire *wire, int low)
{
    bool is_good = wire->high == wire->sum >> 4 && low == (wire->sum & 15);
    wire->state = WIRE_IDLE;
    acknowledge(wire, is_good);
    if (is_good && wire->is_too_long) {
        wire->handlers->too_long(wire->opaque);
    } else if (is_good) {
        wire->handlers->packet(wire->opaque, wire->in->str, wire->in->len);
    }
}

static void take_byte(Wire *wire, uint8_t byte)
{
    switch (wire->state) {
    case WIRE_IDLE:
        take_idle(wire, byte);
        return;
    case WIRE_PAYLOAD:
        take_payload(wire, byte);
        return;
    case WIRE_SUM_HIGH:
        wire->high = g_ascii_xdigit_value((char)byte);
        wire->state = WIRE_SUM_LOW;
        return;
    case WIRE_SUM_LOW:
        end_packet(wire, g_ascii_xdigit_value((char)byte));
        return;
    }
    g_assert_not_reached();
}

size_t wire_feed(Wire *wire, const uint8_t *bytes, size_t length)
{
    size_t done = 0;
    while (done < length && wire->out->len < WIRE_MOST_OUTPUT) {
        take_byte(wire, bytes[done++]);
    }
    return done;
}
