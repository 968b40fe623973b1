/* SPDX-License-Identifier: MIT */
/*
 * A gdb remote protocol client for PowerPC stubs: registers by name, memory, stepping, breakpoints.
 *
 * Register values are kept between calls and travel only when they changed; a step forgets them. The
 * stub is not trusted: see link.h and description.h. Context: one thread. Not modelled: threads (the
 * stub's current one is used), files, tracepoints.
 */
#ifndef GDBSTUB_CLIENT_H
#define GDBSTUB_CLIENT_H

#include "gdbstub/description.h"
#include "gdbstub/link.h"

#include <stdint.h>

typedef struct GdbClient GdbClient;

/* @address as gdb_link_open() takes it. Learns what the stub can do and has; the target is stopped. */
GdbClient *gdb_client_open(const char *address, unsigned timeout_ms, Error **errp);
/* The same over a link that stands (taken, also on failure). */
GdbClient *gdb_client_new(GdbLink *link, Error **errp);
void gdb_client_free(GdbClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GdbClient, gdb_client_free)

const GdbDescription *gdb_client_description(const GdbClient *client);
/* True for QEMU's stub, of which more is known than its packets say. */
bool gdb_client_is_qemu(const GdbClient *client);

/* --- registers: by index of the description ------------------------------------------------------- */

/* -1: the stub has none of that name. */
int gdb_client_find(const GdbClient *client, const char *name);
/* Fetch those of @indices that are not known yet. */
bool gdb_client_fetch(GdbClient *client, const int *indices, size_t count, Error **errp);
/* Take it that those of @indices that a step made unknown still hold what they held. */
void gdb_client_assume(GdbClient *client, const int *indices, size_t count);
/* A fetched value. Only registers of up to 64 bits. */
uint64_t gdb_client_get(const GdbClient *client, int index);
/* The same as bytes, most significant first, for any width. */
const uint8_t *gdb_client_bytes(const GdbClient *client, int index);
/* A new value: sent by the next flush, step or continue, if it differs from what is known. */
void gdb_client_put(GdbClient *client, int index, uint64_t value);
void gdb_client_put_bytes(GdbClient *client, int index, const uint8_t *bytes);
bool gdb_client_flush(GdbClient *client, Error **errp);

/* --- execution ------------------------------------------------------------------------------------ */

/* One instruction. */
bool gdb_client_step(GdbClient *client, Error **errp);
/* Until the target stops; after @timeout_ms it is interrupted and *@is_late is set. */
bool gdb_client_continue(GdbClient *client, unsigned timeout_ms, bool *is_late, Error **errp);
/* The signal of the last stop. */
unsigned gdb_client_signal(const GdbClient *client);
bool gdb_client_break_at(GdbClient *client, uint32_t address, bool is_set, Error **errp);

/* --- memory, monitor ------------------------------------------------------------------------------ */

/* Addresses are what the stub makes of them: effective ones, unless gdb_client_use_physical(). */
bool gdb_client_read(GdbClient *client, uint32_t address, uint8_t *bytes, size_t size,
                     Error **errp);
bool gdb_client_write(GdbClient *client, uint32_t address, const uint8_t *bytes, size_t size,
                      Error **errp);
/* Physical addresses from now on; false if the stub cannot. */
bool gdb_client_use_physical(GdbClient *client, Error **errp);

#endif
