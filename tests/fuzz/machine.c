/* SPDX-License-Identifier: MIT */
/* The machine behind the fuzz targets, and what keeps them from touching their host. */
#include "tests/fuzz/machine.h"

#include "debug/stops.h"
#include "hw/core/reset.h"
#include "tests/fuzz/contain.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FuzzMachine fuzz;
static char *folder;
static bool is_contained;
static uint64_t begun_at; /* icount */
static unsigned inputs;

static void empty_folder(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
}

static void remove_folder(void)
{
    empty_folder();
    g_rmdir(folder);
}

/* libFuzzer opens its corpus by the names it was given: tests/long/fuzz.sh gives absolute ones. */
static void enter_own_folder(void)
{
    folder = g_dir_make_tmp("core99-fuzz-XXXXXX", NULL);
    g_assert(folder && chdir(folder) == 0);
    atexit(remove_folder);
}

static void write_rom(const char *path)
{
    static const uint32_t counting[] = {
        0x38600000, /* li r3, 0 */
        0x38630001, /* addi r3, r3, 1 */
        0x90600100, /* stw r3, 0x100(0) */
        0x4bfffff8, /* b .-8 */
    };
    g_autofree uint8_t *bytes = g_malloc0(4096);
    for (size_t i = 0; i < G_N_ELEMENTS(counting); i++) {
        stl_be_p(bytes + 0x100 + 4 * i, counting[i]);
    }
    g_assert(g_file_set_contents(path, (const char *)bytes, 4096, NULL));
}

/* What an input switched on; its log is in the way of nobody. */
static void quiet_logs(void)
{
    log_set_items("none", NULL);
    trace_set("-*", NULL);
    log_close();
    log_open("log", &error_abort);
}

static void machine_event(void *opaque, MachineEvent event, int code, const char *message)
{
    FuzzMachine *f = opaque;
    if (f->hub) {
        monitor_hub_machine_event(f->hub, event, message);
        gdb_server_machine_event(f->server, event, code, message);
    }
}

void fuzz_machine_init_with(int argc, char **argv, void (*configure)(MachineState *machine))
{
    enum { SLICE = 500 }; /* instructions until a request is seen: they are slow here */
    signal(SIGPIPE, SIG_IGN);
    enter_own_folder();
    is_contained = contain(argc, argv);
    if (!is_contained) {
        g_printerr("no Landlock here: dangerous lines are left out\n");
    }
    write_rom("rom");
    fuzz.machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(fuzz.machine), "firmware", "rom", &error_abort);
    fuzz.machine->config.ram_size = 64 << 20;
    fuzz.machine->config.max_ram_size = 256 << 20;
    clock_configure_icount(fuzz.machine->clock, "shift=0,sleep=off", &error_abort);
    clock_set_slice(fuzz.machine->clock, SLICE);
    if (configure) {
        configure(fuzz.machine);
    }
    machine_init(fuzz.machine, &error_abort);
    g_unlink("rom");
    machine_set_event_hook(fuzz.machine, machine_event, &fuzz);
    machine_start_thread(fuzz.machine);
    quiet_logs();
}

void fuzz_machine_init(int argc, char **argv) { fuzz_machine_init_with(argc, argv, NULL); }

FuzzMachine *fuzz_machine_begin(void)
{
    begun_at = *clock_icount(fuzz.machine->clock);
    fuzz.hub = monitor_hub_new(fuzz.machine);
    fuzz.server = gdb_server_new(fuzz.machine);
    gdb_server_set_monitors(fuzz.server, fuzz.hub);
    return &fuzz;
}

static void delete_stops(void)
{
    DebugStops *stops = debug_stops_of(fuzz.machine->cpu);
    for (const StopPoint *point; (point = debug_stops_next(stops, 0));) {
        debug_stops_delete(stops, point->number);
    }
}

/* Every so often all of it, and what was written into the folder goes. */
static void reset(FuzzMachine *f)
{
    enum { ALL_EVERY = 64 };
    bool has_run = *clock_icount(f->machine->clock) != begun_at;
    if (++inputs % ALL_EVERY == 0) {
        machine_reset(f->machine);
        empty_folder();
    } else if (has_run) {
        resettable_reset(OBJECT(f->machine->cpu));
    }
}

void fuzz_machine_end(FuzzMachine *f)
{
    monitor_hub_pause(f->hub);
    machine_pause(f->machine);
    fuzz_machine_turn();
    machine_pause(f->machine);
    gdb_server_free(f->server);
    monitor_hub_free(f->hub);
    f->hub = NULL;
    f->server = NULL;
    fuzz_machine_turn(); /* an event of the last run finds nobody */
    delete_stops();
    clock_set_stop_icount(f->machine->clock, CLOCK_NEVER);
    reset(f);
    quiet_logs();
}

void fuzz_machine_turn(void)
{
    enum { MOST = 3 };
    for (int i = 0; i < MOST && g_main_context_iteration(NULL, FALSE); i++) {
    }
}

static bool has_any(const char *line, const char *const *words)
{
    for (; *words; words++) {
        if (strstr(line, *words)) {
            return true;
        }
    }
    return false;
}

/* `info mem` walks a million pages: ten times in a process are enough. */
static bool is_too_slow(const char *line)
{
    enum { ENOUGH = 10 };
    static unsigned count;
    return strstr(line, " me") && ++count > ENOUGH;
}

bool fuzz_line_is_harmless(const char *line)
{
    static const char *const endless[] = {"/dev", "/proc", "/sys", "gd", "udp", "pty", NULL};
    static const char *const outside[] = {"..",  "so",     "lo",     "shell",
                                          "tcp", "telnet", "socket", NULL};
    if (is_too_slow(line) || has_any(line, endless) || (!is_contained && has_any(line, outside))) {
        return false;
    }
    for (const char *slash = strchr(line, '/'); slash && !is_contained;
         slash = strchr(slash + 1, '/')) {
        if (slash == line ||
            !(g_ascii_isalnum(slash[-1]) || slash[-1] == ')' || slash[-1] == ']')) {
            return false;
        }
    }
    return true;
}
