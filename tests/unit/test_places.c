/* SPDX-License-Identifier: MIT */
/* Places as a user writes them, on a board whose processor stands in a program of ours. */
#include "debug/places.h"
#include "tests/unit/symbol_files.h"

static Debugger *debugger;

static void start(void)
{
    MachineState *machine = machine_new("mac99", &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    debugger = debugger_new(machine);
    make_folder();
}

static void finish(void)
{
    debugger_free(debugger);
    remove_folder();
}

TestSuite(places, .init = start, .fini = finish);

static void load_program(void)
{
    g_autofree char *path = build_program("-O0 -g");
    size_t count;
    cr_assert(debug_symbols_load(debugger->symbols, path, 0, (SymbolSpace){0}, &count, NULL));
}

static uint64_t place(const char *text)
{
    uint64_t addr = 0;
    cr_expect(debugger_parse_place(debugger, text, NULL, &addr, &error_abort), "%s", text);
    return addr;
}

static uint64_t line_address(unsigned line)
{
    uint64_t addr = 0;
    cr_assert(debug_symbols_line_address(debugger->symbols, "program.c", line, &addr));
    return addr;
}

static void refuses(const char *text, const char *why)
{
    uint64_t addr;
    Error *err = NULL;
    cr_assert_not(debugger_parse_place(debugger, text, NULL, &addr, &err), "%s", text);
    cr_expect_str_eq(error_get_pretty(err), why);
    error_free(err);
}

Test(places, a_place_is_an_address_a_function_or_a_line)
{
    load_program();
    cr_expect_eq(place("*0x1234"), 0x1234);
    cr_expect_eq(place("0x1234 + 4"), 0x1238);
    cr_expect_eq(place("sum"), line_address(11));
    cr_expect_eq(place(" *sum + 8"), line_address(11) + 8);
    cr_expect_eq(place("program.c:14"), line_address(14));
    g_autofree char *whole = g_strdup_printf("%s/program.c:14 ", folder);
    cr_expect_eq(place(whole), line_address(14));
    cr_expect_eq(place("0 ? 1 : 2"), 2);
}

Test(places, a_number_alone_is_a_line_of_the_current_file)
{
    load_program();
    cr_expect_eq(place("12"), 12, "no file yet");
    CPU_GET_CLASS(debugger->cpu)->set_pc(debugger->cpu, (uint32_t)line_address(14));
    cr_expect_eq(place("12"), line_address(12));
    cr_expect_eq(place("0x12"), 0x12);
    refuses("12 + 1", "'+ 1' is left over");
}

Test(places, what_follows_a_place_is_told)
{
    static const char text[] = "program.c:14 if $r3 > 2";
    uint64_t addr;
    const char *end;
    load_program();
    cr_assert(debugger_parse_place(debugger, text, &end, &addr, NULL));
    cr_expect_str_eq(end, "if $r3 > 2");
    cr_assert(debugger_parse_place(debugger, "sum, 12", &end, &addr, NULL));
    cr_expect_str_eq(end, ", 12");
}

Test(places, bad_places_are_refused)
{
    load_program();
    refuses("program.c:400", "no line 400 in file 'program.c'");
    refuses("nofile.c:4", "no source file named 'nofile.c'");
    refuses("program.c:14 x", "'x' is left over");
    refuses("nothing", "no symbol 'nothing'");
    refuses("", "a value is missing at the end");
    refuses("*", "a value is missing at the end");
    refuses("program.c:99999999999", "':99999999999' is left over");
}
