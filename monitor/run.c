/* SPDX-License-Identifier: MIT */
/*
 * Running and stepping from the console: stepi, nexti, step, next, finish, until, advance, cont, stop.
 *
 * None of them waits. stepi and run-until run the machine thread up to an instruction count. The others
 * are goals of debug/run.h: the main thread single steps for them in bursts, or lets the machine thread
 * run to a stop point. The machine's event, or the goal's end, ends the command; Ctrl-C and `stop` do.
 */
#include "debug/run.h"

#include "debug/places.h"
#include "debug/stops.h"
#include "monitor/internal.h"
#include "target-ppc/decode.h"
#include "util/bits.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

enum { BURST_STEPS = 2000 };

/* --- where the guest stands --------------------------------------------------------------------------- */

static void print_line(const MonitorHub *hub, target_addr pc, GString *out)
{
    SourceLine line;
    g_autofree char *function = NULL;
    if (debug_symbols_line_at(hub->debugger->symbols, hub->machine->cpu, pc, &line)) {
        function = debug_symbols_describe(hub->debugger->symbols, hub->machine->cpu, pc);
        g_string_append_printf(out, "%s () at %s:%u\n", function ? function : "??", line.file,
                               line.line);
    }
}

void run_print_position(MachineState *machine, GString *out)
{
    CPUState *cpu = machine->cpu;
    target_addr pc = CPU_GET_CLASS(cpu)->get_pc(cpu);
    uint8_t bytes[4];
    hwaddr pa;
    g_string_append_printf(out, "%08" PRIx32 ": ", (uint32_t)pc);
    if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, pc, true, &pa)) {
        g_string_append(out, "not mapped\n");
    } else if (!address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        g_string_append(out, "not RAM: peek refused\n");
    } else {
        g_string_append_printf(out, "%08" PRIx32 "  ", (uint32_t)ldl_be_p(bytes));
        ppc_disasm(ldl_be_p(bytes), pc, out);
        g_string_append_c(out, '\n');
    }
}

/* --- may it run? ---------------------------------------------------------------------------------------- */

bool run_is_busy(MonitorHub *hub)
{
    return hub->goal || machine_run_state(hub->machine) == RUN_RUNNING;
}

static bool check_can_run(Command *command)
{
    if (run_is_busy(command->hub)) {
        command_refuse(command, "the machine is running");
        return false;
    }
    if (machine_run_state(command->machine) == RUN_SHUTDOWN) {
        command_refuse(command, "the guest has shut down; system_reset first");
        return false;
    }
    return true;
}

/* "" is 1. */
static bool parse_count(Command *command, uint64_t *count)
{
    *count = 1;
    return !*command->args || command_evaluate(command, command->args, NULL, count);
}

/* --- up to an instruction count ----------------------------------------------------------------------- */

static void run_to_icount(Command *command, uint64_t icount)
{
    command->hub->is_stepping = true;
    command->hub->starts++;
    clock_set_stop_icount(command->machine->clock, icount);
    machine_run(command->machine);
}

void command_stepi(Command *command)
{
    uint64_t count, icount = *clock_icount(command->machine->clock);
    if (check_can_run(command) && parse_count(command, &count) && count) {
        run_to_icount(command, count < CLOCK_NEVER - icount ? icount + count : CLOCK_NEVER);
    }
}

static void run_until_icount(Command *command, const char *text)
{
    uint64_t icount, now = *clock_icount(command->machine->clock);
    if (!check_can_run(command) || !command_evaluate(command, text, NULL, &icount)) {
        return;
    }
    if (icount <= now) {
        g_autofree char *why = g_strdup_printf("the guest is past that: icount is %" PRIu64, now);
        command_refuse(command, why);
        return;
    }
    run_to_icount(command, icount);
}

void command_run_until(Command *command)
{
    if (!g_str_has_prefix(command->args, "icount=")) {
        command_refuse(command, "expected: run-until icount=N");
        return;
    }
    run_until_icount(command, command->args + strlen("icount="));
}

/* --- goals ------------------------------------------------------------------------------------------------ */

static void goal_free(MonitorHub *hub)
{
    g_clear_handle_id(&hub->goal_source, g_source_remove);
    g_clear_pointer(&hub->goal, run_goal_free);
}

static void print_value(const MonitorHub *hub, GString *out)
{
    uint64_t value = 0;
    CPUState *cpu = hub->machine->cpu;
    CPU_GET_CLASS(cpu)->get_register(cpu, "r3", &value);
    g_string_append_printf(out, "Value returned is 0x%" PRIx64 " (%" PRId32 ")\n", value,
                           (int32_t)value);
}

/* The goal was reached; stops that others asked for tell themselves. */
static void goal_done(MonitorHub *hub)
{
    g_autoptr(GString) out = g_string_new(NULL);
    stop_news_flush(hub);
    bool is_value_wanted = hub->is_finishing && run_goal_has_arrived(hub->goal);
    goal_free(hub);
    if (!stops_describe_hit(hub->machine->cpu, out)) {
        print_line(hub, CPU_GET_CLASS(hub->machine->cpu)->get_pc(hub->machine->cpu), out);
    }
    run_print_position(hub->machine, out);
    if (is_value_wanted) {
        print_value(hub, out);
    }
    displays_print(hub, out);
    run_end(hub, out);
    hub_tell(hub, out->str, true);
}

/* Points that go on are no end of the goal. True: the guest runs on, free as before. */
static bool passes(MonitorHub *hub)
{
    DebugStops *stops = debug_stops_of(hub->machine->cpu);
    if (!debug_stops_hit(stops) || !monitor_hub_passes(hub)) {
        return false;
    }
    debug_stops_forget_hit(stops);
    if (hub->has_quit || !run_goal_is_away(hub->goal) ||
        machine_run_state(hub->machine) != RUN_PAUSED) {
        return false;
    }
    machine_run(hub->machine);
    return true;
}

/* True: no more to do now. */
static bool drive(MonitorHub *hub)
{
    if (passes(hub)) {
        return true;
    }
    for (unsigned i = 0; i < BURST_STEPS; i++) {
        if (machine_run_state(hub->machine) == RUN_RUNNING) { /* somebody else's */
            goal_free(hub);
            hub->is_stepping = false;
            hub_tell(hub, "", true);
            return true;
        }
        if (machine_run_state(hub->machine) == RUN_SHUTDOWN) { /* its event tells */
            return true;
        }
        if (!machine_has_headroom(hub->machine)) {
            return false;
        }
        switch (run_goal_next(hub->goal)) {
        case RUN_ORDER_STEP:
            machine_single_step(hub->machine);
            passes(hub);
            break;
        case RUN_ORDER_GO:
            machine_run(hub->machine);
            return true;
        case RUN_ORDER_DONE:
            goal_done(hub);
            return true;
        }
    }
    return false;
}

static gboolean drive_on(void *opaque)
{
    MonitorHub *hub = opaque;
    guint source = hub->goal_source;
    hub->goal_source = 0;
    if (drive(hub)) {
        return G_SOURCE_REMOVE;
    }
    hub->goal_source = source;
    return G_SOURCE_CONTINUE;
}

static void start_goal(Command *command, RunGoalSpec spec)
{
    MonitorHub *hub = command->hub;
    Error *err = NULL;
    spec.into_exceptions = hub->into_exceptions;
    hub->goal = run_goal_new(hub->debugger, &spec, &err);
    if (!hub->goal) {
        command_fail(command, err);
        return;
    }
    hub->is_finishing = spec.kind == RUN_FINISH;
    hub->is_stepping = true;
    hub->starts++;
    hub->goal_source = g_idle_add(drive_on, hub);
}

bool run_takes_event(MonitorHub *hub, MachineEvent event)
{
    if (!hub->goal) {
        return false;
    }
    if (event == MACHINE_EVENT_BREAK && !hub->is_interrupted) {
        if (!hub->goal_source) {
            hub->goal_source = g_idle_add(drive_on, hub);
        }
        return true;
    }
    if (event == MACHINE_EVENT_RESET && machine_run_state(hub->machine) == RUN_RUNNING) {
        run_pause(hub); /* its event ends the goal */
    }
    return event == MACHINE_EVENT_STOPPED && !hub->is_interrupted;
}

void run_end(MonitorHub *hub, GString *out)
{
    if (hub->is_interrupted) {
        script_forget(hub);
    }
    goal_free(hub);
    clock_set_stop_icount(hub->machine->clock, CLOCK_NEVER);
    hub->is_stepping = hub->is_interrupted = false;
    script_stopped(hub, out);
}

/* --- the goals' commands -------------------------------------------------------------------------------- */

static void start_steps(Command *command, RunGoalKind kind)
{
    uint64_t count;
    if (check_can_run(command) && parse_count(command, &count) && count) {
        start_goal(command, (RunGoalSpec){.kind = kind, .count = count});
    }
}

void command_nexti(Command *command) { start_steps(command, RUN_NEXTI); }

/* As gdb says it, before it goes on to the end of the function. */
static void note_no_lines(Command *command)
{
    const Debugger *debugger = command->hub->debugger;
    target_addr pc = CPU_GET_CLASS(command->cpu)->get_pc(command->cpu);
    SourceLine line;
    Symbol symbol;
    if (!debug_symbols_line_at(debugger->symbols, command->cpu, pc, &line) &&
        debug_symbols_at(debugger->symbols, command->cpu, pc, &symbol)) {
        g_string_append_printf(command->out,
                               "Single stepping until exit from function %s,\n"
                               "which has no line number information.\n",
                               symbol.name);
    }
}

static void start_line_steps(Command *command, RunGoalKind kind)
{
    g_autoptr(GString) note = g_string_new(NULL);
    note_no_lines(&(Command){.hub = command->hub, .cpu = command->cpu, .out = note});
    start_steps(command, kind);
    if (command->hub->goal) {
        g_string_append(command->out, note->str);
    }
}

void command_step(Command *command) { start_line_steps(command, RUN_STEP); }

void command_next(Command *command) { start_line_steps(command, RUN_NEXT); }

void command_finish(Command *command)
{
    MonitorHub *hub = command->hub;
    if (!check_can_run(command)) {
        return;
    }
    unsigned level = frames_selected(hub);
    g_autoptr(Backtrace) trace = backtrace_new(hub->debugger, level + 1);
    const DebugFrame *frame = backtrace_frame(trace, level);
    start_goal(command, (RunGoalSpec){.kind = RUN_FINISH, .count = 1, .level = level});
    if (frame && hub->goal) {
        g_string_append(command->out, "Run till exit from ");
        backtrace_print_frame(hub->debugger, frame, level, command->out);
    }
}

static void start_to_place(Command *command, RunGoalKind kind)
{
    uint64_t place;
    Error *err = NULL;
    if (!check_can_run(command)) {
        return;
    }
    if (!debugger_parse_place(command->hub->debugger, command->args, NULL, &place, &err)) {
        command_fail(command, err);
        return;
    }
    if (place > UINT32_MAX) {
        command_refuse(command, "an address has 32 bits");
        return;
    }
    start_goal(command, (RunGoalSpec){.kind = kind, .count = 1, .place = (target_addr)place});
}

void command_until(Command *command)
{
    const char *word = "icount";
    size_t length = strlen(word);
    if (!*command->args) {
        start_steps(command, RUN_UNTIL);
    } else if (g_str_has_prefix(command->args, word) && strchr(" =", command->args[length])) {
        run_until_icount(command, command->args + length + strspn(command->args + length, " ="));
    } else {
        start_to_place(command, RUN_UNTIL_PLACE);
    }
}

void command_advance(Command *command)
{
    if (!*command->args) {
        command_refuse(command, "Argument required (a location).");
        return;
    }
    start_to_place(command, RUN_ADVANCE);
}

void command_step_exceptions(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        g_string_append_printf(command->out, "step-exceptions is %s\n",
                               command->hub->into_exceptions ? "on" : "off");
    } else if (!parse_bool(command->args, &command->hub->into_exceptions, &err)) {
        command_fail(command, err);
    }
}

/* --- cont, stop ------------------------------------------------------------------------------------------- */

/* cont N: gdb's ignore count for the breakpoint that stopped the machine. */
static bool ignore_last(Command *command)
{
    DebugStops *stops = debug_stops_of(command->cpu);
    const StopHit *hit = debug_stops_hit(stops);
    uint64_t count;
    if (!*command->args) {
        return true;
    }
    if (!command_evaluate(command, command->args, NULL, &count)) {
        return false;
    }
    if (!hit || !debug_stops_get(stops, hit->number)) {
        command_refuse(command, "not stopped at any breakpoint; argument ignored");
        return true;
    }
    debug_stops_ignore(stops, hit->number, count ? count - 1 : 0);
    if (count > 1) {
        g_string_append_printf(command->out,
                               "Will ignore next %" PRIu64 " crossings of breakpoint %u.  "
                               "Continuing.\n",
                               count - 1, hit->number);
    }
    return true;
}

void command_cont(Command *command)
{
    if (check_can_run(command) && ignore_last(command)) {
        command->hub->starts++;
        machine_run(command->machine);
    }
}

void run_pause(MonitorHub *hub)
{
    bool was_running = machine_run_state(hub->machine) == RUN_RUNNING;
    hub->is_interrupted = hub->is_stepping;
    machine_pause(hub->machine);
    if (hub->goal && hub->goal_source && !was_running) { /* no event will tell */
        goal_done(hub);
    }
}

void command_stop(Command *command)
{
    if (!run_is_busy(command->hub)) {
        g_string_append(command->out, "the machine is stopped\n");
        return;
    }
    bool is_told = command->hub->is_stepping;
    run_pause(command->hub);
    if (!is_told) {
        run_print_position(command->machine, command->out);
        displays_print(command->hub, command->out);
    }
}
