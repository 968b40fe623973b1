/* SPDX-License-Identifier: MIT */
/* A console on a whole board that runs a small ROM of ours: for tests that include it once. */
#ifndef TESTS_UNIT_MONITOR_BENCH_H
#define TESTS_UNIT_MONITOR_BENCH_H

#include "hw/core/machine.h"
#include "monitor/monitor.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESET_VECTOR 0xfff00100u

/* At the reset vector: count in r3 for ever. */
static const uint32_t counting[] = {
    0x38600000, /* li r3, 0 */
    0x38630001, /* addi r3, r3, 1 */
    0x4bfffffc, /* b .-4 */
};

static MachineState *machine;
static MonitorHub *hub;
static bool has_quit;

static void note_quit(G_GNUC_UNUSED void *opaque) { has_quit = true; }

static unsigned stops, stops_seen; /* events of a machine that stands still */

static void machine_event(G_GNUC_UNUSED void *opaque, MachineEvent event, G_GNUC_UNUSED int code,
                          const char *message)
{
    stops += machine_run_state(machine) != RUN_RUNNING;
    monitor_hub_machine_event(hub, event, message);
}

static char *write_rom(const uint32_t *words, size_t count)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-rom-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc0(4096);
    for (size_t i = 0; i < count; i++) {
        stl_be_p(bytes + 0x100 + 4 * i, words[i]);
    }
    cr_assert_eq(write(fd, bytes, 4096), 4096);
    close(fd);
    return path;
}

/* A stopped machine at its reset vector. */
static void start_with(const uint32_t *words, size_t count)
{
    g_autofree char *rom = write_rom(words, count);
    machine = machine_new("mac99", &error_abort);
    object_property_parse(OBJECT(machine), "via", "pmu", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    g_unlink(rom);
    hub = monitor_hub_new(machine);
    monitor_hub_set_quit_hook(hub, note_quit, NULL);
    machine_set_event_hook(machine, machine_event, NULL);
    machine_start_thread(machine);
}

static void start(void) { start_with(counting, G_N_ELEMENTS(counting)); }

static void finish(void)
{
    machine_stop_thread(machine);
    monitor_hub_free(hub);
}

/* The output of @line is exactly @wanted. */
static void says(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert_str_eq(out, wanted, "%s: '%s' instead of '%s'", line, out, wanted);
}

static void mentions(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert(strstr(out, wanted), "%s: '%s' lacks '%s'", line, out, wanted);
}

G_GNUC_UNUSED static uint64_t icount(void) { return *clock_icount(machine->clock); }

G_GNUC_UNUSED static uint32_t pc(void) { return CPU_GET_CLASS(machine->cpu)->get_pc(machine->cpu); }

/* Let the main loop work until the machine has stopped once more and said so. */
static void wait_for_stop(void)
{
    gint64 end = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    while (stops == stops_seen && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    cr_assert_gt(stops, stops_seen);
    stops_seen = stops;
}

static bool is_replay_good;

static void replay_event(void *opaque, MachineEvent event, int code, const char *message)
{
    machine_event(opaque, event, code, message);
    is_replay_good = is_replay_good || (event == MACHINE_EVENT_REPLAY_END && code == 0);
}

/* @record starts a machine and records a run into @path; then a machine stands here that replays it. */
G_GNUC_UNUSED static void start_replay(const char *path, void (*record)(const char *path))
{
    RecordHeader header = {(char *)"test", 1};
    pid_t child = fork(); /* one machine a process */
    if (child == 0) {
        record(path);
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    start();
    machine_set_event_hook(machine, replay_event, NULL);
    cr_assert(clock_replay_start(machine->clock, path, &header, &error_abort));
}

typedef struct Mistake {
    const char *line, *wanted;
} Mistake;

/* Each of @count lines is answered as wanted, and the machine stays as it is. */
G_GNUC_UNUSED static void expect_mistakes(const Mistake *mistakes, size_t count)
{
    uint64_t before = machine_hash(machine);
    for (size_t i = 0; i < count; i++) {
        says(mistakes[i].line, mistakes[i].wanted);
        cr_assert_eq(machine_hash(machine), before, "%s", mistakes[i].line);
    }
}

#endif
