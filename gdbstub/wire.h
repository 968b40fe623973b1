/* SPDX-License-Identifier: MIT */
/*
 * The wire of the gdb remote protocol, server side: bytes in, packets out of them, and answers framed.
 *
 * No sockets here. Memory is bounded: by WIRE_MOST_BYTES of input, and by WIRE_MOST_OUTPUT and the
 * answer to one packet of output, which the caller takes away.
 */
#ifndef GDBSTUB_WIRE_H
#define GDBSTUB_WIRE_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_PACKET_SIZE = 16384,   /* what PacketSize says, of payload */
    WIRE_MOST_BYTES = 32768,    /* longer payloads are dropped and answered with an error */
    WIRE_MOST_OUTPUT = 1 << 20, /* waits to be sent: until it is, no more packets are taken */
};

/* A word of qSupported's answer that no other server says: our client's tests know their own. */
#define WIRE_OUR_FEATURE "core99-server+"

typedef struct Wire Wire;

typedef struct WireHandlers {
    /* @packet: payload with its escapes undone, zero-terminated behind @length bytes; may be changed. */
    void (*packet)(void *opaque, char *packet, size_t length);
    void (*interrupt)(void *opaque); /* Ctrl-C between packets */
    void (*too_long)(void *opaque);
} WireHandlers;

Wire *wire_new(const WireHandlers *handlers, void *opaque);
void wire_free(Wire *wire);
/* How many of @bytes were taken: fewer when too much output waits. A handler may call anything but
 * wire_free() and wire_feed(). */
size_t wire_feed(Wire *wire, const uint8_t *bytes, size_t length);
/* Queue one packet; escapes are added. */
void wire_send(Wire *wire, const char *payload, size_t length);
/* What waits to be sent: the caller removes what it sent. */
GByteArray *wire_output(Wire *wire);
/* QStartNoAckMode, once its OK is queued. */
void wire_stop_acks(Wire *wire);

/* "HOST:PORT", ":PORT" or "[IPV6]:PORT": *@host is NULL where none stands; the caller frees it. */
bool wire_parse_tcp(const char *text, char **host, uint16_t *port, Error **errp);

/* Two digits a byte. */
void wire_append_hex(GString *out, const void *bytes, size_t size);
/* Exactly @size bytes of @text; what is no digit fails ("xx" of a peer: not available). */
bool wire_parse_hex(const char *text, uint8_t *bytes, size_t size);

#endif
