/* SPDX-License-Identifier: MIT */
/*
 * Stop points at what has a symbol that holds in one address space only: on a whole board, whose ROM
 * changes the address space all the time.
 */
#include "debug/stops.h"
#include "monitor/monitor.h"
#include "target-ppc/cpu.h"
#include "tests/unit/symbol_files.h"

#include <unistd.h>

enum { ROM_BASE = (int)0xfff00100, FIRST_SPACE = 5, OTHER_SPACE = 6, HERE = 0x108 };

/* The first time round is 6 instructions, the others are 5. */
static const uint32_t program[] = {
    0x38600005, /* 100 li r3, 5 */
    0x7c6f01a4, /* 104 mtsr 15, r3 */
    0x38c60001, /* 108 addi r6, r6, 1: here */
    0x90604000, /* 10c stw r3, 0x4000(0): word */
    0x68630003, /* 110 xori r3, r3, 3 */
    0x4bfffff0, /* 114 b 104 */
};

static const char map[] = "00004000 D word\n"
                          "00004004 D behind\n"
                          "fff00108 T here\n"
                          "fff00118 T end\n";

static MachineState *machine;
static MonitorHub *hub;
static unsigned stops_made;

static void machine_event(G_GNUC_UNUSED void *opaque, MachineEvent event, G_GNUC_UNUSED int code,
                          const char *message)
{
    monitor_hub_machine_event(hub, event, message);
    stops_made += machine_run_state(machine) != RUN_RUNNING;
}

static void write_rom(const char *path)
{
    g_autofree uint8_t *bytes = g_malloc0(4096);
    for (size_t i = 0; i < G_N_ELEMENTS(program); i++) {
        stl_be_p(bytes + 0x100 + 4 * i, program[i]);
    }
    cr_assert(g_file_set_contents(path, (const char *)bytes, 4096, NULL));
}

static void start(void)
{
    make_folder();
    g_autofree char *rom = g_build_filename(folder, "rom", NULL);
    write_rom(rom);
    g_free(write_file("System.map", map, sizeof(map) - 1));
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    hub = monitor_hub_new(machine);
    machine_set_event_hook(machine, machine_event, NULL);
    machine_start_thread(machine);
}

static void finish(void)
{
    machine_stop_thread(machine);
    monitor_hub_free(hub);
    remove_folder();
}

TestSuite(stop_spaces, .init = start, .fini = finish);

static void mentions(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_expect(strstr(out, wanted), "%s: '%s' lacks '%s'", line, out, wanted);
}

static void load_map(const char *space)
{
    g_autofree char *line = g_strdup_printf("symbol-file %s/System.map -space %s", folder, space);
    mentions(line, "4 symbols");
}

static void run(void)
{
    unsigned before = stops_made;
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    g_free(monitor_execute(hub, "cont"));
    while (stops_made == before && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    cr_assert_gt(stops_made, before);
}

/* After the reset @line stops after @count instructions, on the engine and without it. */
static void stops(const char *line, unsigned count)
{
    for (unsigned engine = 0; engine < 2; engine++) {
        POWERPC_CPU(machine->cpu)->use_engine = engine;
        g_free(monitor_execute(hub, "system_reset"));
        uint64_t base = *clock_icount(machine->clock);
        mentions("tbreak icount 1000000000", "breakpoint");
        mentions(line, "point");
        run();
        cr_expect_eq(*clock_icount(machine->clock) - base, count, "%s: %u, engine %u", line,
                     (unsigned)(*clock_icount(machine->clock) - base), engine);
        g_free(monitor_execute(hub, "delete"));
    }
}

Test(stop_spaces, symbol_that_holds_anywhere_stops_anywhere)
{
    load_map("any");
    stops("break here", 2);
    stops("watch word", 4);
}

Test(stop_spaces, symbol_of_a_space_stops_there_alone)
{
    load_map("6");
    stops("break here", 7);
    stops("break *0xfff00108", 7);
    stops("break here if $r6 > 3", 27);
    stops("watch word", 9);
    stops("watch *0x4000", 9);
    stops("break *0xfff00104", 1); /* no symbol: anywhere */
}

Test(stop_spaces, physical_address_stops_anywhere)
{
    load_map("6");
    stops("watch/p word", 4);
}

Test(stop_spaces, space_is_told_and_stays_when_the_condition_goes)
{
    load_map("6");
    mentions("break here", "Breakpoint 1 at 0xfff00108 in space 0x000006\n");
    mentions("watch word", "Hardware watchpoint 2: 0x00004000, 4 bytes in space 0x000006\n");
    mentions("info breakpoints", "0xfff00108 in space 0x000006\n");
    g_free(monitor_execute(hub, "delete 2"));
    g_free(monitor_execute(hub, "condition 1 $r6 > 5"));
    g_free(monitor_execute(hub, "condition 1"));
    run();
    cr_expect_eq(POWERPC_CPU(machine->cpu)->env.sr[15] & 0xffffff, OTHER_SPACE);
}

Test(stop_spaces, crossings_elsewhere_are_not_counted)
{
    load_map("5");
    mentions("break here", "Breakpoint 1");
    mentions("ignore 1 2", "Will ignore");
    run();
    cr_expect_eq(*clock_icount(machine->clock), 2 + 4 * 5);
    mentions("info breakpoints", "already hit 3 times");
}
