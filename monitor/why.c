/* SPDX-License-Identifier: MIT */
/*
 * `info why`: what the guest is doing when it seems to do nothing.
 *
 * Where it stands and in which loop, since when, what interrupts wait and who holds them up, when the
 * decrementer is due, exceptions and speed since the last look, the register polled most.
 * Source: none (own design; users.md 4.7).
 */
#include "memory/access_stats.h"
#include "monitor/internal.h"
#include "monitor/stall.h"
#include "target-ppc/cpu.h"
#include "target-ppc/decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LOOP_MAX = 16 };

/* --- the loop ------------------------------------------------------------------------------------------ */

static bool peek_insn(CPUState *cpu, uint32_t pc, uint32_t *insn)
{
    uint8_t bytes[4];
    hwaddr pa;
    if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, pc, true, &pa) ||
        !address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        return false;
    }
    *insn = (uint32_t)ldl_be_p(bytes);
    return true;
}

/* Where a branch that names its target goes; false: it is none. */
static bool branch_target(uint32_t insn, uint32_t pc, uint32_t *target)
{
    uint32_t base = insn & 2 ? 0 : pc;
    if (insn >> 26 == 18) {
        *target = base + (uint32_t)((int32_t)(insn << 6) >> 6 & ~3);
        return true;
    }
    if (insn >> 26 == 16) {
        *target = base + (uint32_t)((int16_t)(insn & 0xfffc));
        return true;
    }
    return false;
}

/* The bounds of the shortest loop around @pc that a backward branch at or behind it closes. */
static bool find_loop(CPUState *cpu, uint32_t pc, uint32_t *first, uint32_t *last)
{
    for (uint32_t at = pc; at < pc + 4 * LOOP_MAX; at += 4) {
        uint32_t insn, target;
        if (!peek_insn(cpu, at, &insn)) {
            return false;
        }
        if (branch_target(insn, at, &target) && target <= pc && at - target < 4 * LOOP_MAX) {
            *first = target;
            *last = at;
            return true;
        }
    }
    return false;
}

static void put_loop(CPUState *cpu, GString *out)
{
    uint32_t pc = CPU_GET_CLASS(cpu)->get_pc(cpu), first, last, insn;
    if (POWERPC_CPU(cpu)->env.halted || !find_loop(cpu, pc, &first, &last)) {
        return;
    }
    g_string_append(out, "in this loop:\n");
    for (uint32_t at = first; at <= last && peek_insn(cpu, at, &insn); at += 4) {
        g_string_append_printf(out, "  %s%08" PRIx32 ":  %08" PRIx32 "  ", at == pc ? "=> " : "   ",
                               at, insn);
        ppc_disasm(insn, at, out);
        g_string_append_c(out, '\n');
    }
}

/* --- interrupts ---------------------------------------------------------------------------------------- */

/* A line of `info pic`: "source 25: VPR 80190019 dest 1 line pending". */
static void put_source(const char *line, GString *out)
{
    unsigned source, vpr;
    if (!strstr(line, " pending") && !strstr(line, " in-service")) {
        return;
    }
    if (sscanf(line, "source %u: VPR %x", &source, &vpr) != 2) {
        return;
    }
    const char *name = why_source_name(source);
    g_string_append_printf(out, "  openpic source %u%s%s%s:%s%s%s, priority %u\n", source,
                           name ? " (" : "", name ? name : "", name ? ")" : "",
                           strstr(line, " pending") ? " pending" : "",
                           strstr(line, " in-service") ? " in service" : "",
                           vpr >> 31 ? ", masked" : "", vpr >> 16 & 15);
}

static int put_pic(Object *obj, void *opaque)
{
    GString *out = opaque;
    if (object_dynamic_cast(obj, "openpic")) {
        g_autoptr(GString) text = g_string_new(NULL);
        DEVICE_GET_CLASS(obj)->info(DEVICE(obj), text);
        g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
        for (char **line = lines; *line; line++) {
            put_source(*line, out);
        }
    }
    return 0;
}

static void put_interrupts(MachineState *machine, GString *out)
{
    PpcEnv *env = &POWERPC_CPU(machine->cpu)->env;
    uint64_t now = clock_virtual_ns(machine->clock);
    if (env->pending_interrupts && !ppc_msr(env, MSR_EE)) {
        g_string_append(out, "they wait: MSR[EE] is 0\n");
    }
    object_child_foreach_recursive(OBJECT(machine), put_pic, out);
    uint64_t due = timer_deadline_ns(&env->dec_timer);
    g_string_append_printf(out, "decrementer %08" PRIx32, ppc_dec_get(env));
    if (due != CLOCK_NEVER) {
        g_string_append_printf(out, ", due in %" PRIu64 " us", (due > now ? due - now : 0) / 1000);
    }
    g_string_append_c(out, '\n');
}

/* --- the register polled most --------------------------------------------------------------------------- */

static void put_busiest(MachineState *machine, GString *out)
{
    AccessCount busiest;
    if (access_stats_busiest(&busiest)) {
        g_autofree char *name = why_register_name(machine, &busiest);
        g_string_append_printf(out,
                               "device register polled most: %s at %#" PRIx64 " (%" PRIu64
                               " of the last accesses)\n",
                               name, busiest.addr, busiest.count);
    } else {
        g_string_append(out, "no device register accessed since the last look\n");
    }
    access_stats_clear();
}

static void put_symbol(const Debugger *debugger, GString *out)
{
    if (!debugger) {
        return;
    }
    uint32_t pc = CPU_GET_CLASS(debugger->cpu)->get_pc(debugger->cpu);
    g_autofree char *name = debug_symbols_describe(debugger->symbols, debugger->cpu, pc);
    if (name) {
        g_string_append_printf(out, "in %s\n", name);
    }
}

static void put_why(MachineState *machine, const Debugger *debugger, StallWatch *stall,
                    GString *out)
{
    CPUState *cpu = machine->cpu;
    if (cpu) {
        CPU_GET_CLASS(cpu)->info_why(cpu, out);
        put_symbol(debugger, out);
        put_interrupts(machine, out);
        why_put_timers(machine, out);
        put_loop(cpu, out);
    }
    if (stall) {
        stall_watch_describe(stall, out);
        stall_watch_describe_counts(stall, out);
    }
    put_busiest(machine, out);
}

void monitor_info_why(MachineState *machine, GString *out)
{
    if (machine->cpu) {
        CPU_GET_CLASS(machine->cpu)->info_why(machine->cpu, out);
    }
    put_busiest(machine, out);
}

/* --- the hub's reporter ---------------------------------------------------------------------------------- */

void info_why(Command *command)
{
    MonitorHub *hub = command->hub;
    put_why(hub->machine, hub->debugger, hub->stall, command->out);
}

static void report(G_GNUC_UNUSED void *opaque, const char *line) { error_report("%s", line); }

bool monitor_hub_start_stall_report(MonitorHub *hub, const char *text, Error **errp)
{
    ERRP_GUARD();
    uint64_t period_ns = STALL_DEFAULT_SECONDS * NANOSECONDS_PER_SECOND;
    if (text && !stall_parse_period(text, &period_ns, errp)) {
        error_prepend(errp, "-stall-report %s: ", text);
        return false;
    }
    hub->stall = stall_watch_new(hub->debugger, period_ns, report, hub);
    return true;
}

void monitor_hub_serial_output(MonitorHub *hub, const uint8_t *data, size_t length)
{
    if (hub->stall) {
        stall_watch_output(hub->stall, data, length);
    }
}
