/* SPDX-License-Identifier: MIT */
/*
 * The gdb remote protocol's server: a debugger looks at, steps and stops the guest (-gdb, -s).
 *
 * The client is not trusted: whatever it sends, and whether it sends, the guest is stopped or changed
 * only by packets that ask for it. Context: main thread.
 */
#ifndef GDBSTUB_SERVER_H
#define GDBSTUB_SERVER_H

#include "monitor/session.h"

#include <gio/gio.h>

typedef struct GdbServer GdbServer;

/* Registers the input "gdb", by which recorded changes reach the guest again: there is one server in
 * every run, with or without an address. After machine_init(). */
GdbServer *gdb_server_new(MachineState *machine);
/* Where `monitor` commands go. Before any client. */
void gdb_server_set_monitors(GdbServer *server, MonitorHub *hub);
/* @address: tcp:HOST:PORT (HOST may be left out: this machine only), unix:PATH, none; else a chardev
 * (chardev:ID, stdio, pty...) as -serial names it. */
bool gdb_server_listen(GdbServer *server, const char *address, Error **errp);
/* The server of a started @session, at @address (NULL: nowhere). */
bool gdb_server_serve(GdbServer *server, Session *session, const char *address, Error **errp);
/* A client on the connected @socket (referenced); refused if there is one. */
void gdb_server_accept(GdbServer *server, GSocket *socket);
/* Forwarded from the machine's event hook, when the run goes on after it. */
void gdb_server_machine_event(void *opaque, MachineEvent event, int code, const char *message);
/* The run ended with @status: told to a client that waits. */
void gdb_server_finish(GdbServer *server, int status);
/* Before the monitors and the machine go. NULL is allowed. */
void gdb_server_free(GdbServer *server);

#endif
