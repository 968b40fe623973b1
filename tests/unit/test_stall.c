/* SPDX-License-Identifier: MIT */
/* monitor/stall.c: what counts as a stall, on a whole board that runs a small ROM. */
#include "monitor/stall.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static MachineState *machine;
static Debugger *debugger;
static StallWatch *watch;
static GString *reports;

static void note(G_GNUC_UNUSED void *opaque, const char *line)
{
    g_string_append_printf(reports, "%s\n", line);
}

/* Runs @words at the reset vector for a second of guest time, with a period of 100 ms. */
static void run(const uint32_t *words, size_t count)
{
    char *rom = NULL;
    close(g_file_open_tmp("core99-rom-XXXXXX", &rom, NULL));
    g_autofree char *bytes = g_malloc0(4096);
    for (size_t i = 0; i < count; i++) {
        stl_be_p(bytes + 0x100 + 4 * i, words[i]);
    }
    g_file_set_contents(rom, bytes, 4096, NULL);
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    machine->config.ram_size = 32 << 20;
    clock_configure_icount(machine_clock(), "shift=10,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    debugger = debugger_new(machine);
    reports = g_string_new(NULL);
    watch = stall_watch_new(debugger, 100000000, note, NULL);
    while (clock_virtual_ns(machine->clock) < NANOSECONDS_PER_SECOND) {
        CPU_GET_CLASS(machine->cpu)->step(machine->cpu);
    }
    g_unlink(rom);
    g_free(rom);
}

static void finish(void)
{
    stall_watch_free(watch);
    debugger_free(debugger);
    object_unparent(OBJECT(machine));
    g_string_free(reports, TRUE);
}

static void reported_once(const char *text)
{
    cr_assert(strstr(reports->str, text), "%s", reports->str);
    cr_assert_eq(strchr(reports->str, '\n') - reports->str, (ptrdiff_t)reports->len - 1);
}

#define RUN(...)                                                                                   \
    do {                                                                                           \
        static const uint32_t words[] = {__VA_ARGS__};                                             \
        run(words, G_N_ELEMENTS(words));                                                           \
    } while (0)

Test(stall, a_polled_register_has_its_name)
{
    RUN(0x3c60f800, 0x80830020, 0x4bfffffc); /* lis r3, 0xf800; lwz r4, 0x20(r3); b .-4 */
    reported_once("polls uni-north.CLOCK_CONTROL at f8000020");
    finish();
}

Test(stall, a_loop_with_interrupts_disabled_is_one)
{
    RUN(0x48000000); /* b . */
    reported_once("it loops with interrupts disabled; pc fff00100");
    finish();
}

Test(stall, a_loop_with_interrupts_enabled_may_be_an_idle_system)
{
    RUN(0x60638000, 0x7c600124, 0x48000000); /* ori r3, r3, 0x8000; mtmsr r3; b . */
    cr_assert_str_empty(reports->str);
    finish();
}

Test(stall, zeros_are_exceptions_without_end)
{
    RUN(0);
    reported_once("exceptions without end; pc fff00700");
    finish();
}

Test(stall, output_is_progress_and_a_panic_is_quoted)
{
    static const char panic[] = "\nKernel panic - not syncing: VFS\n";
    RUN(0x60638000, 0x7c600124, 0x48000000);
    stall_watch_output(watch, (const uint8_t *)panic, strlen(panic));
    while (clock_virtual_ns(machine->clock) < 2 * NANOSECONDS_PER_SECOND) {
        CPU_GET_CLASS(machine->cpu)->step(machine->cpu);
    }
    reported_once("it panicked");
    cr_assert(strstr(reports->str, "Linux: Kernel panic - not syncing: VFS"));
    finish();
}

Test(stall, periods_are_guest_times)
{
    uint64_t ns;
    cr_assert(stall_parse_period("2m", &ns, NULL));
    cr_assert_eq(ns, 120 * NANOSECONDS_PER_SECOND);
    cr_assert(stall_parse_period("off", &ns, NULL));
    cr_assert_eq(ns, 0);
    static const char *const bad[] = {"", "x", "5 parsecs", "-1", "1e99", "nan", "0"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_assert_not(stall_parse_period(bad[i], &ns, NULL), "%s", bad[i]);
    }
}
