/* SPDX-License-Identifier: MIT */
/*
 * Continuing, stepping and stopping for the gdb client, and how it is told.
 *
 * The main thread steps the machine itself; a long range yields to the main loop between bursts, so
 * that Ctrl-C, consoles and serial lines stay alive. Source: none (own design).
 */
#include "gdbstub/server_internal.h"

#include <inttypes.h>

enum { BURST_STEPS = 2000 };

static target_addr current_pc(const GdbServer *server)
{
    CPUState *cpu = server->machine->cpu;
    return CPU_GET_CLASS(cpu)->get_pc(cpu);
}

/* --- telling ------------------------------------------------------------------------------------ */

/* Registers that every stop makes a debugger ask for come along. */
static void append_position(const GdbServer *server, GString *out)
{
    const PpcEnv *env = &POWERPC_CPU(server->machine->cpu)->env;
    g_string_append_printf(out, "01:%08" PRIx32 ";40:%08" PRIx32 ";", env->gpr[1], env->pc);
}

static bool is_understood(const GdbServer *server, const char *reason)
{
    return *reason == 's' ? server->has_swbreak : *reason == 'h' ? server->has_hwbreak : true;
}

void run_tell_stop(GdbServer *server, unsigned signal)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *reason = signal == GDB_SIGNAL_TRAP ? points_reason(server->points) : NULL;
    g_string_printf(out, "T%02xthread:01;", signal);
    append_position(server, out);
    if (reason && is_understood(server, reason)) {
        g_string_append(out, reason);
    }
    server->is_waiting = false;
    server_reply_bytes(server, out->str, out->len);
}

static unsigned signal_of(MachineEvent event)
{
    switch (event) {
    case MACHINE_EVENT_BREAK:
        return GDB_SIGNAL_TRAP;
    case MACHINE_EVENT_STOPPED:
        return GDB_SIGNAL_INT;
    case MACHINE_EVENT_POWEROFF:
    case MACHINE_EVENT_RESET:
    case MACHINE_EVENT_EXIT:
    case MACHINE_EVENT_GUEST_TIMEOUT:
    case MACHINE_EVENT_REPLAY_END:
        return GDB_SIGNAL_QUIT;
    }
    g_assert_not_reached();
}

/* An event may be late: the machine runs again, or a step is under way. */
void gdb_server_machine_event(void *opaque, MachineEvent event, G_GNUC_UNUSED int code,
                              G_GNUC_UNUSED const char *message)
{
    GdbServer *server = opaque;
    if (server->is_waiting && !server->stepping.source &&
        machine_run_state(server->machine) != RUN_RUNNING) {
        run_tell_stop(server, signal_of(event));
        server_push(server);
    }
}

/* --- stopping ----------------------------------------------------------------------------------- */

void run_stop_quietly(GdbServer *server)
{
    if (machine_run_state(server->machine) != RUN_RUNNING) {
        return;
    }
    if (server->hub) {
        monitor_hub_pause(server->hub);
    } else {
        machine_pause(server->machine);
    }
}

void run_forget(GdbServer *server)
{
    g_clear_handle_id(&server->stepping.source, g_source_remove);
    server->is_waiting = false;
}

void run_interrupt(GdbServer *server)
{
    if (server->stepping.source) {
        g_clear_handle_id(&server->stepping.source, g_source_remove);
        if (machine_run_state(server->machine) != RUN_RUNNING) {
            run_tell_stop(server, GDB_SIGNAL_INT);
            return;
        }
    }
    run_stop_quietly(server);
}

/* --- going on ----------------------------------------------------------------------------------- */

static bool check_is_stopped(GdbServer *server)
{
    if (server->is_waiting) {
        server_reply(server, "E.the guest runs already");
    }
    return !server->is_waiting;
}

void run_continue(GdbServer *server)
{
    if (!check_is_stopped(server)) {
        return;
    }
    server->is_waiting = true;
    if (machine_run_state(server->machine) == RUN_SHUTDOWN) {
        run_tell_stop(server, GDB_SIGNAL_QUIT);
    } else {
        machine_run(server->machine);
    }
}

/* The steps' end is reached. A nap passes without an instruction. */
static bool is_through(const GdbServer *server)
{
    const Stepping *stepping = &server->stepping;
    target_addr pc = current_pc(server);
    if (*clock_icount(server->machine->clock) == stepping->icount) {
        return false;
    }
    return pc < stepping->start || pc >= stepping->end || points_have_hit(server->points);
}

/* True: no more to do now, or for anybody else but the machine's event. */
static bool step_some(GdbServer *server)
{
    for (unsigned i = 0; i < BURST_STEPS; i++) {
        switch (machine_run_state(server->machine)) {
        case RUN_RUNNING: /* a console's cont: its stop will tell */
        case RUN_SHUTDOWN:
            return true;
        case RUN_PRELAUNCH:
        case RUN_PAUSED:
            break;
        }
        if (!chardev_has_headroom(chardev_core())) {
            return false;
        }
        machine_single_step(server->machine);
        if (machine_run_state(server->machine) == RUN_SHUTDOWN) {
            return true;
        }
        if (is_through(server)) {
            run_tell_stop(server, GDB_SIGNAL_TRAP);
            return true;
        }
    }
    return false;
}

static gboolean step_on(void *opaque)
{
    GdbServer *server = opaque;
    guint source = server->stepping.source;
    server->stepping.source = 0;
    if (step_some(server)) {
        server_push(server);
        return G_SOURCE_REMOVE;
    }
    server->stepping.source = source;
    return G_SOURCE_CONTINUE;
}

void run_step(GdbServer *server, uint32_t start, uint32_t end)
{
    if (!check_is_stopped(server)) {
        return;
    }
    run_stop_quietly(server);
    server->is_waiting = true;
    if (machine_run_state(server->machine) == RUN_SHUTDOWN) {
        run_tell_stop(server, GDB_SIGNAL_QUIT);
        return;
    }
    server->stepping.icount = *clock_icount(server->machine->clock);
    server->stepping.start = start;
    server->stepping.end = end;
    if (!step_some(server)) {
        server->stepping.source = g_idle_add(step_on, server);
    }
}
