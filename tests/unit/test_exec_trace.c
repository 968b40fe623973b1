/* SPDX-License-Identifier: MIT */
/* debug/exec_trace*.c: what is written is read again; no damage of a file does harm. */
#include "debug/exec_trace.h"
#include "debug/exec_trace_read.h"
#include "util/bits.h"
#include "util/log.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* At the reset vector: a loop with a store, then a word that is no instruction, for ever. */
static const uint32_t program[] = {
    0x38600003, /* li r3, 3 */
    0x7c6903a6, /* mtctr r3 */
    0x38840001, /* addi r4, r4, 1 */
    0x90801000, /* stw r4, 0x1000(0) */
    0x4200fff8, /* bdnz .-8 */
    0x00000000,
};

static MachineState *machine;
static Debugger *debugger;
static char *path;

static char *temporary(const char *name)
{
    char *made = NULL;
    close(g_file_open_tmp(name, &made, NULL));
    return made;
}

static void start(void)
{
    g_autofree char *rom = temporary("core99-rom-XXXXXX");
    g_autofree char *bytes = g_malloc0(4096);
    for (size_t i = 0; i < G_N_ELEMENTS(program); i++) {
        stl_be_p(bytes + 0x100 + 4 * i, program[i]);
    }
    g_file_set_contents(rom, bytes, 4096, NULL);
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    machine->config.ram_size = 32 << 20;
    cr_assert(machine_init(machine, &error_abort));
    debugger = debugger_new(machine);
    path = temporary("core99-trace-XXXXXX");
    g_unlink(rom);
}

static void finish(void)
{
    debugger_free(debugger);
    g_unlink(path);
    g_free(path);
    object_unparent(OBJECT(machine));
}

TestSuite(exec_trace, .init = start, .fini = finish);

static void steps(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        CPU_GET_CLASS(machine->cpu)->step(machine->cpu);
    }
}

static void trace(const char *options, unsigned count)
{
    g_autofree char *text = g_strconcat(path, options, NULL);
    cr_assert(exec_trace_start(debugger, text, &error_abort));
    steps(count);
    cr_assert(exec_trace_stop(debugger, &error_abort));
}

/* One line an event: "1 fff00100 38600003", "r3=3", "w4 1000=1", "x700". */
static char *contents(TraceResult *result)
{
    GString *out = g_string_new(NULL);
    TraceReader *reader = trace_reader_new(path, NULL);
    TraceEvent event;
    while (reader && (*result = trace_reader_next(reader, &event, NULL)) == TRACE_EVENT) {
        switch (event.kind) {
        case TRACE_EVENT_INSN:
            g_string_append_printf(out, "%d %08x %08x\n", (int)event.icount, event.pc, event.word);
            break;
        case TRACE_EVENT_EXCEPTION:
            g_string_append_printf(out, "x%x\n", event.number);
            break;
        case TRACE_EVENT_READ:
        case TRACE_EVENT_WRITE:
            g_string_append_printf(out, "%c%u %x=%d\n", event.kind == TRACE_EVENT_READ ? 'r' : 'w',
                                   event.number, event.pc, (int)event.value);
            break;
        case TRACE_EVENT_REGISTER:
            if (event.number < TRACE_REG_MSR) {
                g_string_append_printf(out, "%u=%d\n", event.number, (int)event.value);
            }
            break;
        }
    }
    trace_reader_free(reader);
    return g_string_free(out, FALSE);
}

Test(exec_trace, instructions_come_back)
{
    TraceResult result;
    trace("", 7);
    g_autofree char *text = contents(&result);
    cr_assert_eq(result, TRACE_END);
    cr_assert_str_eq(text, "1 fff00100 38600003\n2 fff00104 7c6903a6\n3 fff00108 38840001\n"
                           "4 fff0010c 90801000\n5 fff00110 4200fff8\n6 fff00108 38840001\n"
                           "7 fff0010c 90801000\n");
}

Test(exec_trace, details_stand_behind_their_instruction)
{
    TraceResult result;
    trace(",registers=on,memory=on", 6);
    g_autofree char *text = contents(&result);
    cr_assert_eq(result, TRACE_END);
    cr_assert_str_eq(text, "1 fff00100 38600003\n3=3\n2 fff00104 7c6903a6\n33=3\n"
                           "3 fff00108 38840001\n4=1\n4 fff0010c 90801000\nw4 1000=1\n"
                           "5 fff00110 4200fff8\n33=2\n6 fff00108 38840001\n");
}

Test(exec_trace, exceptions_are_in_it)
{
    TraceResult result;
    trace(",start=10", 12);
    g_autofree char *text = contents(&result);
    cr_assert_str_eq(text, "11 fff00110 4200fff8\n12 fff00114 00000000\nx700\n");
}

Test(exec_trace, filter_and_count_limit_it)
{
    TraceResult result;
    trace(",filter=0xfff0010c+4,count=2", 12);
    g_autofree char *text = contents(&result);
    cr_assert_eq(result, TRACE_END);
    cr_assert_str_eq(text, "4 fff0010c 90801000\n7 fff0010c 90801000\n");
}

Test(exec_trace, a_long_loop_costs_few_bytes)
{
    g_autofree char *bytes = NULL;
    gsize length;
    trace("", 20000);
    g_file_get_contents(path, &bytes, &length, NULL);
    cr_assert_lt(length, 60000 * 4, "%zu", length);
}

Test(exec_trace, no_damage_does_harm)
{
    g_autofree char *bytes = NULL;
    gsize length;
    TraceResult result;
    trace(",registers=on,memory=on", 200);
    g_file_get_contents(path, &bytes, &length, NULL);
    for (gsize cut = 0; cut < length; cut++) {
        g_file_set_contents(path, bytes, (gssize)cut, NULL);
        g_autofree char *text = contents(&result);
    }
    for (gsize at = 10; at < length; at++) {
        bytes[at] ^= (char)(1 << at % 8);
        g_file_set_contents(path, bytes, (gssize)length, NULL);
        bytes[at] ^= (char)(1 << at % 8);
        g_autofree char *text = contents(&result);
        cr_assert_lt(strlen(text), 64 << 20);
    }
}

Test(exec_trace, mistakes_are_told)
{
    Error *err = NULL;
    cr_assert_not(exec_trace_start(debugger, "/nowhere/x", &err));
    cr_assert_str_eq(error_get_pretty(err), "cannot open '/nowhere/x': No such file or directory");
    error_free(g_steal_pointer(&err));
    cr_assert_not(exec_trace_start(debugger, "x,filter=5", &err));
    cr_assert(strstr(error_get_pretty(err), "START+LEN"));
    error_free(g_steal_pointer(&err));
    cr_assert_not(exec_trace_stop(debugger, &err));
    error_free(err);
}

Test(exec_trace, ranges_are_those_of_qemu)
{
    g_autoptr(GArray) ranges = addr_ranges_parse("0x1000+0x10,0x2fff-0x1000,5..6", ',', NULL);
    cr_assert(addr_ranges_contain(ranges, 0x100f));
    cr_assert_not(addr_ranges_contain(ranges, 0x1010));
    cr_assert(addr_ranges_contain(ranges, 0x2000));
    cr_assert_not(addr_ranges_contain(ranges, 0x1fff));
    cr_assert(addr_ranges_contain(ranges, 6));
    static const char *const bad[] = {"", "5", "5+0", "5-7", "6..5", "0xffffffffffffffff+2", "x+1"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_assert_null(addr_ranges_parse(bad[i], ',', NULL), "%s", bad[i]);
    }
}
