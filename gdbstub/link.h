/* SPDX-License-Identifier: MIT */
/*
 * The wire of the gdb remote protocol, client side: framed packets with check sums over a socket.
 *
 * The peer is not trusted: whatever it sends, and whether it sends, every call returns in bounded
 * time with bounded memory, and says in one line what is wrong. Context: one thread.
 */
#ifndef GDBSTUB_LINK_H
#define GDBSTUB_LINK_H

#include "util/error.h"

#include <gio/gio.h>
#include <stdint.h>

enum {
    GDB_LINK_MOST_BYTES = 1 << 20, /* of one reply, decoded */
    GDB_LINK_TIMEOUT_MS = 5000,    /* unless said otherwise */
};

typedef struct GdbLink GdbLink;

/* @address: tcp:HOST:PORT (HOST may be left out: this machine) or unix:PATH. */
GdbLink *gdb_link_open(const char *address, unsigned timeout_ms, Error **errp);
/* Takes a reference on the connected @socket. */
GdbLink *gdb_link_new(GSocket *socket, unsigned timeout_ms);
void gdb_link_free(GdbLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GdbLink, gdb_link_free)

/* Queue one packet of the text @payload; it leaves with the next gdb_link_receive(). */
void gdb_link_queue(GdbLink *link, const char *payload);
/* Queue one packet of bytes that may need escapes (X). */
void gdb_link_queue_bytes(GdbLink *link, const char *head, const uint8_t *bytes, size_t count);
/* Wait for the next packet; escapes and run lengths are undone. */
bool gdb_link_receive(GdbLink *link, GString *reply, Error **errp);
/* As above, waiting up to @timeout_ms; *@is_late, and true, if nothing came at all. */
bool gdb_link_receive_until(GdbLink *link, unsigned timeout_ms, GString *reply, bool *is_late,
                            Error **errp);
/* Queue, then receive. */
bool gdb_link_ask(GdbLink *link, const char *payload, GString *reply, Error **errp);
/* Ctrl-C: at once. */
bool gdb_link_interrupt(GdbLink *link, Error **errp);
/* Both sides agreed on QStartNoAckMode. */
void gdb_link_stop_acks(GdbLink *link);
unsigned gdb_link_timeout_ms(const GdbLink *link);

#endif
