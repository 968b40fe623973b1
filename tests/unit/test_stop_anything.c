/* SPDX-License-Identifier: MIT */
/*
 * Stop points of every kind from the console, on a whole board that runs a small ROM of ours: with the
 * engine and without they stop at the same instruction. Lines and text: tests/boot/anything.sh.
 */
#include "debug/device_registers.h"
#include "debug/stops.h"
#include "hw/core/machine.h"
#include "monitor/monitor.h"
#include "target-ppc/cpu.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { VECTOR_WORD = (0xc00 - 0x100) / 4, ROM_BASE = (int)0xfff00100 };

/* Once round is 12 instructions, the first time 14. */
static const uint32_t program[] = {
    0x3c80f800, /* 100 lis r4, 0xf800 (uni-north) */
    0x38600009, /* 104 li r3, 9 */
    0x90640020, /* 108 stw r3, 0x20(r4) */
    0x80a40020, /* 10c lwz r5, 0x20(r4) */
    0x7c7043a6, /* 110 mtsprg0 r3 */
    0x7cd042a6, /* 114 mfsprg0 r6 */
    0x44000002, /* 118 sc */
    0x38e04000, /* 11c li r7, 0x4000 */
    0x90670000, /* 120 stw r3, 0(r7) */
    0x39200040, /* 124 li r9, 0x40: IP */
    0x7d200124, /* 128 mtmsr r9 */
    0x38630001, /* 12c addi r3, r3, 1 */
    0x4bffffd8, /* 130 b 108 */
};

static MachineState *machine;
static MonitorHub *hub;
static unsigned stops_made, events_made;
static GString *told;

/* What a console would have shown. */
static void machine_event(G_GNUC_UNUSED void *opaque, MachineEvent event, G_GNUC_UNUSED int code,
                          const char *message)
{
    const DebugStops *set = debug_stops_of(machine->cpu);
    const StopHit *hit = debug_stops_hit(set);
    const StopPoint *point = hit ? debug_stops_get(set, hit->number) : NULL;
    bool goes_on = point && point->goes_on;
    monitor_hub_machine_event(hub, event, message);
    events_made++;
    stops_made += !goes_on && machine_run_state(machine) != RUN_RUNNING;
}

static void take_text(G_GNUC_UNUSED void *opaque, const char *text) { g_string_append(told, text); }

static unsigned times_told(const char *wanted)
{
    unsigned count = 0;
    for (const char *at = told->str; (at = strstr(at, wanted)); at++) {
        count++;
    }
    return count;
}

static void start(void)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-rom-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc0(4096);
    for (size_t i = 0; i < G_N_ELEMENTS(program); i++) {
        stl_be_p(bytes + 0x100 + 4 * i, program[i]);
    }
    stl_be_p(bytes + 0x100 + 4 * VECTOR_WORD, 0x4c000064); /* rfi */
    cr_assert_eq(write(fd, bytes, 4096), 4096);
    close(fd);
    machine = machine_new("mac99", &error_abort);
    object_property_parse(OBJECT(machine), "via", "pmu", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", path, &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    g_ptr_array_add(machine->config.serials, chardev_new_legacy("serial0", "null", &error_abort));
    cr_assert(machine_init(machine, &error_abort));
    g_unlink(path);
    g_free(path);
    hub = monitor_hub_new(machine);
    told = g_string_new(NULL);
    monitor_hub_set_tell_hook(hub, take_text, NULL);
    machine_set_event_hook(machine, machine_event, NULL);
    machine_start_thread(machine);
}

static void finish(void)
{
    machine_stop_thread(machine);
    monitor_hub_free(hub);
    g_string_free(told, TRUE);
}

static void mentions(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert(strstr(out, wanted), "%s: '%s' lacks '%s'", line, out, wanted);
}

static void says(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert_str_eq(out, wanted, "%s: '%s' instead of '%s'", line, out, wanted);
}

static void run(void)
{
    unsigned before = stops_made;
    gint64 end = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    says("cont", "");
    while (stops_made == before && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    cr_assert_gt(stops_made, before);
}

static uint32_t pc(void) { return CPU_GET_CLASS(machine->cpu)->get_pc(machine->cpu); }

/* @line stops in front of @at after @count instructions from the reset, and the hit tells @text. */
static void stops(const char *line, uint32_t at, unsigned count, const char *text)
{
    for (unsigned engine = 0; engine < 2; engine++) {
        POWERPC_CPU(machine->cpu)->use_engine = engine;
        says("system_reset", "");
        uint64_t base = *clock_icount(machine->clock);
        mentions(line, "point ");
        run();
        cr_assert_eq(pc(), ROM_BASE + at - 0x100, "%s: pc %08x, engine %u", line, pc(), engine);
        cr_assert_eq(*clock_icount(machine->clock) - base, count, "%s: %u, engine %u", line,
                     (unsigned)(*clock_icount(machine->clock) - base), engine);
        const StopHit *hit = debug_stops_hit(debug_stops_of(machine->cpu));
        cr_assert(hit && strstr(hit->event.text, text), "%s: '%s'", line,
                  hit ? hit->event.text : "");
        says("delete", "");
    }
}

/* --- kinds ------------------------------------------------------------------------------------------------ */

Test(stop_anything, device_registers_stop_behind_the_access)
{
    start();
    stops("break uni-north.CLOCK_CONTROL", 0x10c, 3, "write to uni-north.CLOCK_CONTROL: 0x9");
    stops("break uni-north.CLOCK_CONTROL write", 0x10c, 3, "4 bytes");
    stops("break uni-north.CLOCK_CONTROL read", 0x110, 4, "read of uni-north.CLOCK_CONTROL: 0x9");
    stops("break uni-n.CLOCK* access", 0x10c, 3, "0x9");
    stops("break region uni-north 0x20,4 read", 0x110, 4, "read of uni-north at 0x20: 0x9");
    stops("break region uni-north 0x22", 0x10c, 3, "write to uni-north at 0x20");
    finish();
}

Test(stop_anything, conditions_know_value_and_old)
{
    start();
    stops("break uni-north.CLOCK_CONTROL write if value > 9", 0x10c, 15, "0xa (was 0x9)");
    stops("break uni-north.CLOCK_CONTROL write if old == 10", 0x10c, 27, "0xb (was 0xa)");
    stops("break uni-north.CLOCK_CONTROL if $r3 == 10 && size == 4", 0x10c, 15, "0xa");
    stops("break exception if vector == 0xc00 && srr0 == 0xfff0011c", 0xc00, 7, "syscall");
    stops("break spr SPRG0 write if value == 11", 0x110, 28, "write to SPRG0: 0x0000000b");
    finish();
}

Test(stop_anything, special_registers_stop_before_the_instruction)
{
    start();
    stops("break spr SPRG0", 0x110, 4, "write to SPRG0: 0x00000009 (was");
    stops("break spr sprg0 read", 0x114, 5, "read of SPRG0: 0x00000009");
    stops("break spr 272 write", 0x110, 4, "SPRG0");
    stops("break msr", 0x128, 11, "write to msr: 0x00000040");
    finish();
}

Test(stop_anything, instructions_stop_by_mnemonic_glob_and_class)
{
    start();
    stops("break insn sc", 0x118, 6, "");
    stops("break insn mt*", 0x110, 4, "");
    stops("break insn store", 0x108, 2, "");
    stops("break insn load", 0x10c, 3, "");
    stops("break insn branch", 0x130, 13, "");
    stops("tbreak insn system", 0x110, 4, "");
    finish();
}

Test(stop_anything, a_register_that_changes_by_itself_says_what_is_not_seen)
{
    start();
    mentions("break spr LR", "Note: only mtspr and mfspr are seen, not calls and returns");
    mentions("break msr", "not exceptions and rfi");
    mentions("break spr SRR0", "not exceptions and rfi");
    mentions("break spr CTR read", "not bdnz");
    says("break spr SPRG0", "Breakpoint 5: spr SPRG0\n");
    finish();
}

Test(stop_anything, exceptions_stop_before_their_handler)
{
    start();
    stops("break exception", 0xc00, 7, "syscall exception (0xc00) at fff00118: SRR0 fff0011c");
    stops("break exception syscall", 0xc00, 7, "syscall");
    stops("break exception 0xc00", 0xc00, 7, "syscall");
    stops("tbreak exception all", 0xc00, 7, "syscall");
    finish();
}

Test(stop_anything, counts_stop_exactly_and_past_ones_are_refused)
{
    start();
    mentions("break icount 1000", "Breakpoint 1: icount 1000");
    run();
    cr_assert_eq(*clock_icount(machine->clock), 1000);
    mentions("break icount 1000", "are past");
    mentions("break icount $icount + 50", "Breakpoint 2: icount 1050\n");
    mentions("break icount $icount + 50 50", "'50' is left over");
    run();
    cr_assert_eq(*clock_icount(machine->clock), 1050);
    mentions("break time 20us", "Breakpoint 3");
    run();
    cr_assert_geq(clock_virtual_ns(machine->clock), 20000);
    cr_assert_lt(clock_virtual_ns(machine->clock), 20100);
    mentions("break time 1us", "past");
    finish();
}

Test(stop_anything, a_device_is_watched_by_its_address)
{
    start();
    stops("watch 0xf8000020", 0x10c, 3, "");
    stops("watch/p 0xf8000022 1", 0x10c, 3, "");
    stops("rwatch 0xf8000020", 0x110, 4, "");
    stops("awatch 0xf8000020 if $r3 == 10", 0x10c, 15, "");
    finish();
}

Test(stop_anything, words_in_quotes_are_no_keywords)
{
    start();
    mentions("break text \"what if\" if port == 0", "Breakpoint 1: text \"what if\"\n");
    mentions("break text \"to do; if\" do p 1; p 2", "Tracepoint 2: text \"to do; if\"\n");
    mentions("break text \"do\"", "Breakpoint 3: text \"do\"\n");
    mentions("info breakpoints", "text \"what if\"\n\tstop only if port == 0\n");
    mentions("info breakpoints", "text \"to do; if\"\n\tdo p 1; p 2\n");
    mentions("break *0xfff0012c if $r3 == 'i' do printf \"if %d do\\n\", $r3", "Tracepoint 4");
    mentions("info breakpoints", "stop only if $r3 == 'i'\n\tdo printf \"if %d do\\n\", $r3\n");
    finish();
}

/* --- the set ---------------------------------------------------------------------------------------------- */

Test(stop_anything, points_of_all_kinds_are_one_numbered_set)
{
    start();
    mentions("break exception dsi", "Breakpoint 1: exception dsi");
    mentions("break spr HID0 write if value", "Breakpoint 2: spr HID0 write");
    mentions("watch 0x4000 if value == 10", "Hardware watchpoint 3: 0x00004000, 4 bytes");
    mentions("tracepoint insn rfi", "Tracepoint 4: insn rfi");
    mentions("info breakpoints",
             "2       spr            keep y   spr HID0 write\n\tstop only if value\n");
    says("disable 1-2", "");
    mentions("info breakpoints", "1       exception      keep n   exception dsi\n");
    says("condition 2", "Breakpoint 2 now unconditional.\n");
    says("condition 9 1", "No breakpoint number 9.\n");
    says("condition 1 (", "a value is missing at the end\n");
    says("delete 1-2", "");
    says("delete 1-2", "No breakpoints in 1-2.\n");
    says("delete 4", "");
    run();
    mentions("info breakpoints", "breakpoint already hit 1 time");
    mentions("info breakpoints", "accesses to its page went the slow way");
    cr_assert_eq(pc(), 0xfff00124);
    mentions("p $r3", "0xa (10)");
    finish();
}

Test(stop_anything, a_condition_that_cannot_be_evaluated_stops_and_says_why)
{
    start();
    mentions("break *0xfff0012c if nothing > 1", "Breakpoint 1 at 0xfff0012c");
    run();
    const StopHit *hit = debug_stops_hit(debug_stops_of(machine->cpu));
    cr_assert_str_eq(hit->trouble, "no symbol 'nothing'");
    finish();
}

Test(stop_anything, hundreds_of_hits_change_nothing)
{
    uint64_t hash[2];
    g_autofree char *values[2] = {NULL};
    start();
    for (unsigned i = 0; i < 2; i++) {
        says("system_reset", "");
        if (i) {
            mentions("tracepoint uni-north.CLOCK_CONTROL", "Tracepoint");
            mentions("break insn store do info registers", "Tracepoint");
            mentions("tracepoint exception", "Tracepoint");
            mentions("tracepoint spr SPRG0 if value % 2", "Tracepoint");
        }
        g_autofree char *line = g_strdup_printf("break icount %u", (i + 1) * 3000);
        mentions(line, "Breakpoint");
        run();
        CPU_GET_CLASS(machine->cpu)->sync(machine->cpu);
        hash[i] = memory_ram_hash(true);
        values[i] = monitor_execute(hub, "p $r3");
    }
    cr_assert_eq(hash[0], hash[1]);
    cr_assert_str_eq(values[0], values[1]);
    mentions("info breakpoints", "breakpoint already hit 500 times");
    finish();
}

/* The machine is told to stop once, at the end: 1000 hits cost no stop. */
Test(stop_anything, a_point_that_goes_on_stops_nothing)
{
    start();
    mentions("tracepoint insn mtspr", "Tracepoint 1");
    mentions("break insn lwz do", "Tracepoint 2");
    mentions("tracepoint uni-north.CLOCK_CONTROL if value == 10", "Tracepoint 3");
    mentions("break icount 12002", "Breakpoint 4");
    run();
    cr_assert_eq(events_made, 1);
    cr_assert_eq(*clock_icount(machine->clock), 12002);
    cr_assert_eq(times_told("Tracepoint 1"), 1000);
    cr_assert_eq(times_told("Tracepoint 2"), 1000);
    cr_assert(strstr(told->str, "\n15 Tracepoint 3: write to uni-north.CLOCK_CONTROL: 0xa"));
    cr_assert(g_str_has_prefix(told->str, "3 Tracepoint 2\n4 Tracepoint 1"));
    cr_assert(strstr(told->str, "Breakpoint 4: 12002 instructions"));
    finish();
}

Test(stop_anything, one_that_goes_on_with_commands_stops_once_a_hit)
{
    start();
    mentions("tracepoint insn sc do p $r3", "Tracepoint 1");
    mentions("break icount 1202", "Breakpoint 2");
    run();
    cr_assert_eq(events_made, 101);
    cr_assert_eq(times_told("Tracepoint 1"), 100);
    cr_assert_eq(times_told("0x9 (9)") + times_told("0xa (10)"), 2);
    says("commands 1", "Point 1 goes on: its commands are given behind `do`.\n");
    finish();
}

Test(stop_anything, steps_pass_points_that_go_on)
{
    start();
    mentions("tracepoint uni-north.CLOCK_CONTROL read", "Tracepoint 1");
    mentions("break insn mfspr do p $r3", "Tracepoint 2");
    unsigned before = stops_made;
    says("nexti 7", "");
    for (unsigned i = 0; i < 10000 && !strstr(told->str, "fff0011c"); i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    cr_assert_eq(pc(), 0xfff0011c, "%s", told->str); /* over the system call */
    cr_assert_eq(stops_made, before + 1);
    cr_assert_eq(times_told("Tracepoint 1"), 1);
    cr_assert_eq(times_told("Tracepoint 2"), 1);
    cr_assert_eq(times_told("0x9 (9)"), 1);
    finish();
}

Test(stop_anything, a_set_is_saved_and_loaded)
{
    g_autofree char *path = g_strdup_printf("%s/core99-stops-%d", g_get_tmp_dir(), getpid());
    g_autofree char *save = g_strdup_printf("save breakpoints %s", path);
    g_autofree char *load = g_strdup_printf("load breakpoints %s", path);
    start();
    mentions("break exception dsi if dar == 0 do info registers; stop", "Breakpoint 1");
    mentions("watch/p 0x4000 8", "watchpoint 2");
    mentions("tracepoint uni-north.POWER_MGT write", "Tracepoint 3");
    says("disable 2", "");
    mentions("ignore 3 7", "Will ignore");
    mentions(save, "Saved 3 to file");
    g_autofree char *before = monitor_execute(hub, "info breakpoints");
    says("delete", "");
    mentions(load, "Tracepoint 6");
    g_autofree char *after = monitor_execute(hub, "info breakpoints");
    for (char *at = after; at; at = strchr(at + 1, '\n')) {
        char *digit = *at == '\n' ? at + 1 : at;
        *digit -= *digit >= '4' && *digit <= '6' ? 3 : 0;
    }
    cr_assert_str_eq(before, after);
    g_unlink(path);
    mentions(load, "No such file");
    says("save nonsense", "expected: save breakpoints FILE\n");
    finish();
}

Test(stop_anything, a_set_is_loaded_while_the_guest_runs, .timeout = 120)
{
    g_autofree char *path = g_strdup_printf("%s/core99-load-%d", g_get_tmp_dir(), getpid());
    g_autofree char *load = g_strdup_printf("load breakpoints %s", path);
    cr_assert(g_file_set_contents(path, "tracepoint time 1000s\n", -1, NULL));
    start();
    says("cont", "");
    mentions(load, "Tracepoint 1");
    machine_pause(machine);
    g_unlink(path);
    finish();
}

/* --- values and mistakes ---------------------------------------------------------------------------------- */

Test(stop_anything, device_registers_are_values_read_without_side_effects)
{
    start();
    mentions("p openpic.CTPR0", "0xf (15)");
    mentions("p openpic.IVPR[3]", "0xa0000000");
    mentions("p uni-north.VERSION", "no symbol 'uni'"); /* a minus subtracts */
    mentions("p uni_north.CLOCK_CONTROL", "0x");
    mentions("p uni_north.VERSION & 0xff", "0x");
    mentions("p uni_nerth.VERSION", "no device 'uni_nerth'");
    says("p openpic.IACK0",
         "openpic.IACK0 stores nothing that could be shown without a side effect\n");
    Debugger *debugger = debugger_new(machine);
    g_auto(GStrv) names = debug_registers_complete(debugger, "openpic.IVPR[6", 10);
    cr_assert_eq(g_strv_length(names), 5); /* 6, 60 to 63 */
    debugger_free(debugger);
    finish();
}

Test(stop_anything, mistakes_get_one_line)
{
    static const char *const lines[][2] = {
        {"break openpci.CTPR0", "no device 'openpci'; did you mean 'openpic'?\n"},
        {"break openpic.CTRP0", "'openpic' has no register 'CTRP0'; did you mean 'CTPR0'?\n"},
        {"break macio-nvram.X",
         "the registers of 'macio-nvram' have no names; break region watches their addresses\n"},
        {"break spr HID9", "no SPR 'HID9'; did you mean 'HID0'?\n"},
        {"break spr 1024", "an SPR's number is 0 to 1023\n"},
        {"break insn storr", "no instruction or class 'storr'; did you mean 'store'?\n"},
        {"break exception dsj", "no exception 'dsj'; did you mean 'dsi'?\n"},
        {"break exception 0x301", "no exception has vector 0x301\n"},
        {"break region escd", "no memory region 'escd'; did you mean 'escc'?\n"},
        {"break region escc 0x40", "the range goes past the end: offsets end at 0x3f\n"},
        {"break region escc 0,0x41", "the range goes past the end: offsets end at 0x3f\n"},
        {"break region ppc_core99.ram",
         "region 'ppc_core99.ram' is no device's: watch sees accesses to memory\n"},
        {"break pci 1f.7", "no PCI device 1f.7; `info pci` shows them\n"},
        {"break pci zz", "'zz': a PCI device is written [BUS:]SLOT.FUNCTION, such as 0d.0\n"},
        {"break irq 64", "the interrupt controller has no source 0x40\n"},
        {"break irq nothing", "'nothing': a line is a source's number or DEVICE.LINE[N]\n"},
        {"break text login", "the text is written in quotes: break text \"login:\"\n"},
        {"break text \"log", "the closing quote is missing\n"},
        {"break text \"\"", "the text has 1 to 199 characters\n"},
        {"break time soon", "'soon': expected a guest time such as 1.5s, 300ms, 20us\n"},
        {"break icount many", "no symbol 'many'\n"},
        {"break exception dsi if", "a value is missing at the end\n"},
        {"break exception dsi now", "'now' is left over\n"},
        {"break if 1", "where to stop is missing\n"},
        {"break/p exception", "/p: only addresses take /p\n"},
        {"watch/p 0x70000000", "nothing answers at physical 0x70000000\n"},
        {"watch 0xfffffffc 8", "a watched range has a byte or more, up to the last address\n"},
        {"delete 5-3", "5-3 is no range: it falls\n"},
        {"condition", "Argument required (breakpoint number).\n"},
    };
    start();
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        says(lines[i][0], lines[i][1]);
    }
    says("info breakpoints", "No breakpoints or watchpoints.\n");
    finish();
}
