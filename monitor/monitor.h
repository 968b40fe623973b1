/* SPDX-License-Identifier: MIT */
/*
 * The console: a line of text in, text out, on any chardev (`-monitor`, a port of a mux).
 *
 * Context: main thread. Commands that look at or change the guest run with the machine token.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "chardev/chardev.h"
#include "debug/debugger.h"
#include "hw/core/machine.h"

#define CORE99_VERSION "0.1.0"

/* What all consoles of one machine share: breakpoints, console actions as inputs. */
typedef struct MonitorHub MonitorHub;
typedef struct Monitor Monitor;

/* Registers the input "monitor", by which recorded console actions reach the guest again: there is
 * one hub in every run, with or without consoles. After machine_new(), before the machine runs. */
MonitorHub *monitor_hub_new(MachineState *machine);
/* Frees all consoles too. The machine is stopped. */
void monitor_hub_free(MonitorHub *hub);
/* Symbols and variables; lent. */
Debugger *monitor_hub_debugger(MonitorHub *hub);
/* `quit` on any console. */
void monitor_hub_set_quit_hook(MonitorHub *hub, void (*hook)(void *opaque), void *opaque);
/* `gdbserver` on any console: @hook makes the gdb server listen at @address; NULL: where it does by
 * default; "none": nowhere. */
typedef bool MonitorGdbserverHook(void *opaque, const char *address, Error **errp);
void monitor_hub_set_gdbserver_hook(MonitorHub *hub, MonitorGdbserverHook *hook, void *opaque);
/* A command is under way that ends by itself: prompts wait for it. */
bool monitor_hub_is_busy(const MonitorHub *hub);
/* For tests: what consoles are told, without a console. */
void monitor_hub_set_tell_hook(MonitorHub *hub, void (*hook)(void *opaque, const char *text),
                               void *opaque);
/* As `stop` in a console: whatever a console has under way ends. Main thread. */
void monitor_hub_pause(MonitorHub *hub);
/* -exec-trace; NULL: none. The machine is stopped. */
bool monitor_hub_start_exec_trace(MonitorHub *hub, const char *text, Error **errp);
/* The run is over: the file is ended, and an error of it reported. */
void monitor_hub_end_exec_trace(MonitorHub *hub);
/* -stall-report; NULL: the default. After machine_init(). */
bool monitor_hub_start_stall_report(MonitorHub *hub, const char *text, Error **errp);
/* True: the step just made met only points that go on; they were told, and their commands run. */
bool monitor_hub_passes(MonitorHub *hub);
/* The guest printed @data on its first serial port. Token holder. */
void monitor_hub_serial_output(MonitorHub *hub, const uint8_t *data, size_t length);
/* Forwarded from the machine's event hook: ends stepi and cont, tells why the guest stopped. */
void monitor_hub_machine_event(MonitorHub *hub, MachineEvent event, const char *message);

/* A console on @chr, greeting included; NULL if @chr is taken. The hub owns it. */
Monitor *monitor_new(MonitorHub *hub, Chardev *chr, Error **errp);
/* Run one line without a console and return what it printed, for tests. Free with g_free(). */
char *monitor_execute(MonitorHub *hub, const char *line);

/* The words that Tab would offer behind @line, a blank apart, for tests. Free with g_free(). */
char *monitor_complete(MonitorHub *hub, const char *line);

/*
 * Why the guest makes no progress: PC, MSR, last exception, the register polled most. Several lines;
 * counts begin anew. Token holder.
 */
void monitor_info_why(MachineState *machine, GString *out);

/* "libedit 2.11", what edits lines on terminals; NULL: nothing does. */
const char *monitor_line_library(void);

/* --- expect.c: a text in a stream of bytes ------------------------------------------------------- */

typedef struct Expect Expect;
Expect *expect_new(const char *text); /* not empty */
void expect_free(Expect *expect);
/* True once the text has passed, for ever. Any one thread. */
bool expect_feed(Expect *expect, const uint8_t *data, size_t length);

#endif
