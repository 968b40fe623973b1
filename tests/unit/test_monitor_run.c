/* SPDX-License-Identifier: MIT */
/* Stepping, commands of stop points, user commands and files in the console, on a whole board. */
#include "hw/core/machine.h"
#include "monitor/monitor.h"
#include "target-ppc/asm.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static MachineState *machine;
static MonitorHub *hub;
static GString *told;

/* At the reset vector: a loop that calls a leaf. */
static const char *const program[] = {
    "li r3, 0", "bl 0xfff00114", "b 0xfff00104", "nop", "nop", "addi r3, r3, 1", "blr",
};

static void machine_event(G_GNUC_UNUSED void *opaque, MachineEvent event, G_GNUC_UNUSED int code,
                          const char *message)
{
    monitor_hub_machine_event(hub, event, message);
}

static void note(G_GNUC_UNUSED void *opaque, const char *text) { g_string_append(told, text); }

static char *write_file(const void *data, size_t size)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-run-XXXXXX", &path, NULL);
    cr_assert_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
    return path;
}

static void start(void)
{
    uint8_t bytes[4096] = {0};
    for (unsigned i = 0; i < G_N_ELEMENTS(program); i++) {
        uint32_t word;
        cr_assert(ppc_assemble(program[i], 0xfff00100 + 4 * i, &word, &error_abort));
        stl_be_p(bytes + 0x100 + 4 * i, word);
    }
    g_autofree char *rom = write_file(bytes, sizeof(bytes));
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    g_unlink(rom);
    told = g_string_new(NULL);
    hub = monitor_hub_new(machine);
    monitor_hub_set_tell_hook(hub, note, NULL);
    machine_set_event_hook(machine, machine_event, NULL);
    machine_start_thread(machine);
}

static void finish(void)
{
    machine_stop_thread(machine);
    monitor_hub_free(hub);
    g_string_free(told, TRUE);
}

static void says(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert_str_eq(out, wanted, "%s: '%s' instead of '%s'", line, out, wanted);
}

static bool is_at_work(void)
{
    return monitor_hub_is_busy(hub) || machine_run_state(machine) == RUN_RUNNING;
}

/* What consoles are told until nothing is under way any more, or @text has been told. */
static void tells(const char *line, const char *text)
{
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    g_string_truncate(told, 0);
    g_free(monitor_execute(hub, line));
    while ((is_at_work() || !strstr(told->str, text)) && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    cr_assert(strstr(told->str, text), "%s: '%s' lacks '%s'", line, told->str, text);
}

static void expect_error(const char *line, const char *part)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_assert(strstr(out, part), "%s: '%s' lacks '%s'", line, out, part);
    cr_assert_eq(strchr(out, '\n'), out + strlen(out) - 1, "%s: one line", out);
}

Test(monitor_run, steps_and_finish_tell_where_they_end)
{
    start();
    tells("nexti 2", "fff00108: ");
    cr_assert_eq(*clock_icount(machine->clock), 4);
    tells("stepi 2", "fff00114: ");
    tells("finish", "Value returned is 0x2 (2)");
    cr_assert(strstr(told->str, "fff00108: "));
    tells("until icount 100", ": ");
    cr_assert_eq(*clock_icount(machine->clock), 100);
    expect_error("until icount 100", "past that");
    expect_error("run-until 5", "expected");
    finish();
}

/* The state after @line, or at *@icount if that is not 0. */
static uint64_t hash_after(const char *line, uint64_t *icount)
{
    g_autofree char *until = *icount ? g_strdup_printf("until icount %" PRIu64, *icount) : NULL;
    start();
    tells(until ? until : line, ": ");
    *icount = *clock_icount(machine->clock);
    uint64_t hash = machine_hash(machine);
    finish();
    return hash;
}

Test(monitor_run, displays_come_with_every_stop)
{
    start();
    says("display/x $r3", "1: /x $r3 = 0x0\n");
    tells("stepi 2", "1: /x $r3 = 0x0\n");
    tells("finish", "(1)\n1: /x $r3 = 0x1\n");
    tells("nexti", "1: /x $r3 = 0x1\n");
    tells("until *0xfff00118", "1: /x $r3 = 0x2\n");
    tells("advance *0xfff00108", "1: /x $r3 = 0x2\n");
    says("tbreak *0xfff00118", "Temporary breakpoint 1 at 0xfff00118\n");
    tells("nexti 2", "1: /x $r3 = 0x3\n");
    cr_assert_eq(strstr(told->str, "1: "), g_strrstr(told->str, "1: /x"), "once: %s", told->str);
    finish();
}

Test(monitor_run, a_goal_changes_nothing)
{
    uint64_t icount = 0;
    int pipes[2], status;
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork(); /* one machine a process */
    if (child == 0) {
        uint64_t found[2];
        found[1] = hash_after("nexti 500", &icount);
        found[0] = icount;
        _exit(write(pipes[1], found, sizeof(found)) != sizeof(found));
    }
    uint64_t found[2];
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(read(pipes[0], found, sizeof(found)), (ssize_t)sizeof(found));
    cr_assert_gt(found[0], 800);
    cr_assert_eq(hash_after(NULL, &found[0]), found[1]);
}

Test(monitor_run, stop_ends_a_goal_that_never_ends)
{
    start();
    g_free(monitor_execute(hub, "nexti 1000000000"));
    cr_assert(monitor_hub_is_busy(hub));
    for (unsigned i = 0; i < 10; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
    expect_error("nexti", "the machine is running");
    tells("stop", ": ");
    cr_assert_not(monitor_hub_is_busy(hub));
    says("info breakpoints", "No breakpoints or watchpoints.\n");
    finish();
}

Test(monitor_run, commands_of_a_breakpoint_run_when_it_stops)
{
    start();
    says("break 0xfff00114", "Breakpoint 1 at 0xfff00114\n");
    says("commands", "Type commands for the stop point, one per line.\n"
                     "End with a line saying just \"end\".\n");
    says("silent", "");
    says("print $r3", "");
    says("end", "");
    tells("cont", "0x0");
    cr_assert_null(strstr(told->str, "Breakpoint"));
    finish();
}

Test(monitor_run, cont_in_commands_logs_and_goes_on)
{
    start();
    says("break 0xfff00114", "Breakpoint 1 at 0xfff00114\n");
    g_free(monitor_execute(hub, "commands 1"));
    says("silent", "");
    says("print $r3", "");
    says("cont", "");
    says("print 99999", "");
    says("end", "");
    g_free(monitor_execute(hub, "tbreak 0xfff00118 if $r3 == 5"));
    g_string_truncate(told, 0);
    g_free(monitor_execute(hub, "cont"));
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    while (!strstr(told->str, "0x3") && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
    }
    cr_assert(strstr(told->str, "0x0") && strstr(told->str, "0x1") && strstr(told->str, "0x2"));
    cr_assert_null(strstr(told->str, "99999"), "what follows a cont is dropped");
    g_free(monitor_execute(hub, "stop"));
    finish();
}

Test(monitor_run, commands_are_listed_and_settings_shown)
{
    start();
    says("break 0xfff00114", "Breakpoint 1 at 0xfff00114\n");
    g_free(monitor_execute(hub, "commands 1"));
    says("print $r3", "");
    says("end", "");
    g_autofree char *list = monitor_execute(hub, "info breakpoints");
    cr_assert(strstr(list, "\n        print $r3\n"));
    says("set step-exceptions on", "");
    says("show step-exceptions", "step-exceptions is on\n");
    says("set step-exceptions off", "");
    says("step-exceptions", "step-exceptions is off\n");
    finish();
}

Test(monitor_run, user_commands_have_arguments_and_a_bound)
{
    start();
    g_free(monitor_execute(hub, "define twice"));
    says("print $arg0 + $arg0", "");
    says("end", "");
    g_autofree char *out = monitor_execute(hub, "twice 21");
    cr_assert(strstr(out, "42"));
    expect_error("twice", "an argument is missing");
    g_free(monitor_execute(hub, "define forever"));
    says("forever", "");
    says("end", "");
    expect_error("forever", "Max user call depth exceeded");
    expect_error("define print", "that is a command of the console");
    expect_error("define 1x", "expected: define NAME");
    expect_error("document twice", "document");
    expect_error("shell ls", "shell");
    expect_error("python 1", "python");
    finish();
}

Test(monitor_run, a_file_waits_for_the_guest_and_ends_at_its_first_error)
{
    static const char text[] = "# steps\n"
                               "\n"
                               "nexti\n"
                               "print 7000\n"
                               "nexti\n"
                               "  print 1/0\n"
                               "print 9000\n";
    start();
    g_autofree char *path = write_file(text, strlen(text));
    g_autofree char *line = g_strdup_printf("source %s", path);
    g_autofree char *where = g_strdup_printf("%s:6: ", path);
    tells(line, where);
    cr_assert(strstr(told->str, "7000"));
    cr_assert_null(strstr(told->str, "9000"));
    g_unlink(path);
    expect_error(line, "No such file");
    expect_error("source /dev/zero", "regular file");
    expect_error("source", "requires file name");
    finish();
}

Test(monitor_run, a_list_without_its_end_is_an_error_of_the_file)
{
    static const char text[] = "define xx\nprint 1\n";
    start();
    g_autofree char *path = write_file(text, strlen(text));
    g_autofree char *line = g_strdup_printf("source %s", path);
    says(line, "`end` is missing at the end of the file\n");
    says("stop", "the machine is stopped\n");
    g_unlink(path);
    finish();
}
