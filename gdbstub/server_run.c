/* SPDX-License-Identifier: MIT */
/*
 * Continuing, stepping and stopping for the gdb client, and how it is told.
 *
 * The main thread steps the machine itself; a long range yields to the main loop between bursts, so
 * that Ctrl-C, consoles and serial lines stay alive. A step that is followed by an interrupt ends behind
 * its handler: where the stack pointer, PC and MSR are back; what was interrupted may have ended meanwhile,
 * so that is not waited for without end. Source: none (own design).
 */
#include "gdbstub/server_internal.h"
#include "target-ppc/spr.h"

#include <inttypes.h>
#include <string.h>

/* MSR[EE, PR, IR, DR] tell a handler from what it returns to. (Linux may take FP away meanwhile.) */
enum { BURST_STEPS = 2000, MSR_KEPT = 1 << MSR_EE | 1 << MSR_PR | 1 << MSR_IR | 1 << MSR_DR };

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
    g_string_printf(out, "T%02xthread:%s;", signal, query_thread(server));
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
    if (server->command_timeout && machine_run_state(server->machine) != RUN_RUNNING) {
        query_end_command(server);
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
    g_clear_handle_id(&server->command_timeout, g_source_remove);
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

/* --- interrupts between steps ------------------------------------------------------------------- */

/* Interrupts come when they come, as in a guest that nobody steps: nothing is masked. A client that
 * does not want to see their handlers is taken past them. */
static bool is_unwanted(const GdbServer *server, uint32_t vector)
{
    switch (vector) {
    case PPC_VECTOR_DECREMENTER:
        return server->step_bits & STEP_NO_TIMER;
    case PPC_VECTOR_EXTERNAL:
    case PPC_VECTOR_PERFORMANCE:
    case PPC_VECTOR_SMI:
    case PPC_VECTOR_THERMAL:
        return server->step_bits & STEP_NO_IRQ;
    default:
        return false;
    }
}

static uint64_t taken(const PpcEnv *env, uint32_t vector)
{
    return env->exception_counts[vector >> 8 & 31];
}

/* One instruction; then notes what a handler that it ended in will return to. */
static void step_once(GdbServer *server)
{
    Stepping *stepping = &server->stepping;
    const PpcEnv *env = &POWERPC_CPU(server->machine->cpu)->env;
    uint64_t counts[G_N_ELEMENTS(env->exception_counts)];
    memcpy(counts, env->exception_counts, sizeof(counts));
    machine_single_step(server->machine);
    uint32_t vector = env->last_exception;
    if (stepping->is_away) {
        stepping->is_away = env->pc != stepping->back_pc || env->gpr[1] != stepping->back_sp ||
                            ((env->msr ^ stepping->back_msr) & MSR_KEPT);
    } else if (taken(env, vector) != counts[vector >> 8 & 31] && is_unwanted(server, vector) &&
               (env->pc & 0xfffff) == vector) {
        stepping->is_away = true;
        stepping->away_at = *clock_icount(server->machine->clock);
        stepping->back_pc = env->spr[SPR_SRR0];
        stepping->back_msr = env->spr[SPR_SRR1];
        stepping->back_sp = env->gpr[1];
    }
}

static bool is_lost(const GdbServer *server)
{
    const Stepping *stepping = &server->stepping;
    return stepping->is_away && server->step_limit > 0 &&
           *clock_icount(server->machine->clock) - stepping->away_at >= server->step_limit;
}

/* The steps' end is reached. A nap passes without an instruction. */
static bool is_through(const GdbServer *server)
{
    const Stepping *stepping = &server->stepping;
    target_addr pc = current_pc(server);
    if (points_have_hit(server->points) && !(server->hub && monitor_hub_passes(server->hub))) {
        return true;
    }
    if (stepping->is_away || *clock_icount(server->machine->clock) == stepping->icount) {
        return false;
    }
    return pc < stepping->start || pc >= stepping->end;
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
        if (!machine_has_headroom(server->machine)) {
            return false;
        }
        step_once(server);
        if (machine_run_state(server->machine) == RUN_SHUTDOWN) {
            return true;
        }
        if (is_lost(server)) {
            query_tell_user(server, "what an interrupt interrupted has not gone on since: the step "
                                    "ends elsewhere\n");
            run_tell_stop(server, GDB_SIGNAL_TRAP);
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
    server->stepping.is_away = false;
    server->stepping.icount = *clock_icount(server->machine->clock);
    server->stepping.start = start;
    server->stepping.end = end;
    if (step_some(server)) {
        server->has_stepped = true;
    } else {
        server->stepping.source = g_idle_add(step_on, server);
    }
}
