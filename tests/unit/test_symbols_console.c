/* SPDX-License-Identifier: MIT */
/* symbol-file, info symbol, info line, list and their relatives, word by word. */
#include "chardev/chardev.h"
#include "debug/debugger.h"
#include "monitor/monitor.h"
#include "tests/unit/symbol_files.h"

static MachineState *machine;
static MonitorHub *hub;
static char *program;

static void start(void)
{
    make_folder();
    machine = machine_new("mac99", &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    hub = monitor_hub_new(machine);
    machine_start_thread(machine);
}

static void finish(void)
{
    machine_stop_thread(machine);
    monitor_hub_free(hub);
    remove_folder();
    g_free(program);
}

TestSuite(symbols_console, .init = start, .fini = finish);

/* The output of @line is @wanted, where FILE stands for the program's path and DIR for its folder. */
static void says(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    g_autoptr(GString) text = g_string_new(out);
    if (program) {
        g_string_replace(text, program, "FILE", 0);
    }
    g_string_replace(text, folder, "DIR", 0);
    cr_expect_str_eq(text->str, wanted, "%s: %s", line, text->str);
}

static void contains(const char *line, const char *wanted)
{
    g_autofree char *out = monitor_execute(hub, line);
    cr_expect(strstr(out, wanted), "%s: %s", line, out);
}

static char *execute(const char *format, const char *argument)
{
    g_autofree char *line = g_strdup_printf(format, argument);
    return monitor_execute(hub, line);
}

static void load_program(void)
{
    program = build_program("-O0 -g");
    g_free(execute("symbol-file %s", program));
}

Test(symbols_console, symbol_file_loads_and_alone_forgets)
{
    program = build_program("-O0");
    says("info symbol-files", "No symbols are loaded.\n");
    says("info symbol 0x1000", "No symbol matches 0x1000.\n");
    g_autofree char *out = execute("symbol-file %s", program);
    cr_expect(strstr(out, "(No debugging symbols found in "), "%s", out);
    says("info symbol 0x1000", "twice in section .text of FILE\n");
    says("info symbol 0x1004", "twice + 4 in section .text of FILE\n");
    says("info symbol 0x100008000", "No symbol matches 0x100008000.\n");
    says("info symbol", "Argument required (address).\n");
    says("info address sum", "Symbol \"sum\" is a function at address 0x102c.\n");
    says("info address table", "Symbol \"table\" is static storage at address 0x8000.\n");
    says("info address nothing", "No symbol \"nothing\" in current context.\n");
    says("print table + 4", "0x8004 (32772)\n");
    says("symbol-file", "No symbol file now.\n");
    says("info symbol 0x1000", "No symbol matches 0x1000.\n");
}

Test(symbols_console, symbol_file_replaces_and_add_symbol_file_adds)
{
    load_program();
    g_free(execute("symbol-file '%s' -o 0x10000", program));
    says("info symbol 0x1000", "No symbol matches 0x1000.\n");
    says("info symbol 0x11000", "twice in section .text of FILE\n");
    g_free(execute("add-symbol-file %s 0x5000", program));
    says("info symbol 0x5000", "twice in section .text of FILE\n");
    says("info symbol 0x11000", "twice in section .text of FILE\n");
    g_free(execute("add-symbol-file %s -o 0x20000", program));
    contains("info symbol-files", "(added)");
    contains("info symbol 0x21000", "twice");
}

Test(symbols_console, bad_files_and_options_are_refused_and_change_nothing)
{
    load_program();
    says("symbol-file /nonexistent", "Reading symbols from /nonexistent...\n"
                                     "could not open '/nonexistent': No such file or directory\n");
    says("symbol-file -o", "-o needs a value\n");
    says("symbol-file -x 1 f", "-x is not known; there are -o OFFSET and -space SPACE\n");
    says("symbol-file f -space 0x1000000", "-space 0x1000000: a VSID has 24 bits\n");
    says("symbol-file f 1 2", "'2' is left over\n");
    says("symbol-file f 1 -o 2", "either the address of .text or -o, not both\n");
    says("symbol-file \"f", "a quote is not closed\n");
    says("add-symbol-file", "add-symbol-file takes a file name\n");
    contains("symbol-file kallsyms", "kallsyms: no symbols of a running Linux");
    contains("symbol-file kallsyms -o 4", "a running kernel's symbols are not moved");
    contains("info symbol 0x1000", "twice");
}

Test(symbols_console, a_table_holds_in_its_address_space_only)
{
    program = build_program("-O0 -g");
    CPU_GET_CLASS(machine->cpu)->set_register(machine->cpu, "sr0", 0x123);
    g_free(execute("symbol-file %s -space current", program));
    contains("info symbol-files", " 0x000123 ");
    says("info symbol 0x1000", "twice in section .text of FILE\n");
    CPU_GET_CLASS(machine->cpu)->set_register(machine->cpu, "sr0", 0x20000456);
    says("info symbol 0x1000", "No symbol matches 0x1000.\n");
    contains("info line *0x1000", "No line number information");
    says("info address table", "Symbol \"table\" is static storage at address 0x8000.\n");
    g_free(execute("add-symbol-file %s -space 0x456 -o 0x100", program));
    says("info symbol 0x1100", "twice in section .text of FILE\n");
    g_free(execute("symbol-file %s -space any", program));
    contains("info symbol 0x1000", "twice");
}

Test(symbols_console, info_line_tells_addresses)
{
    load_program();
    says(
        "info line program.c:7",
        "Line 7 of \"program.c\" starts at address 0x1010 <twice+0x10> and ends at 0x1018 <twice+0x18>.\n");
    says(
        "info line sum",
        "Line 11 of \"program.c\" starts at address 0x102c <sum> and ends at 0x1044 <sum+0x18>.\n");
    says(
        "info line *0x1014",
        "Line 7 of \"program.c\" starts at address 0x1010 <twice+0x10> and ends at 0x1018 <twice+0x18>.\n");
    says("info line program.c:9",
         "Line 9 of \"program.c\" is at address 0x102c <sum> but contains no code.\n");
    says("info line program.c:99", "no line 99 in file 'program.c'\n");
    says("info line *0x8000", "No line number information available for address 0x8000 <table>\n");
    contains("info line", "No line number information available for address 0xfff00100");
}

Test(symbols_console, list_shows_ten_lines_and_goes_on)
{
    load_program();
    says("list program.c:2,3", "2\t\n3\tint table[4] = {1, 2, 3, 4};\n");
    says("list 5,+", "a value is missing at the end\n");
    says("list twice",
         "1\t#include \"program.h\"\n2\t\n3\tint table[4] = {1, 2, 3, 4};\n4\t\n"
         "5\tstatic int twice(int x)\n6\t{\n7\t    return x + x;\n8\t}\n9\t\n10\tint sum(int n)\n");
    contains("list", "11\t{\n12\t    int s = 0;\n");
    contains("list", "21\t    table[0] = sum(9);\n22\t    for (;;) {\n23\t    }\n24\t}\n");
    says("list", "Line number 25 out of range; \"program.c\" has 24 lines.\n");
    contains("list -", "11\t{\n");
    contains("list -", "1\t#include");
    says("list -", "Already at the start of program.c.\n");
    contains("list 22,", "22\t    for (;;) {\n23\t    }\n24\t}\n");
    says("list ,3", "1\t#include \"program.h\"\n2\t\n3\tint table[4] = {1, 2, 3, 4};\n");
    says("list 7,6", "the second line is before the first\n");
    says("list 7,7", "7\t    return x + x;\n");
    says("list program.h:3,3", "3\t    return x + 7;\n");
    says("list 4,4", "4\t}\n");
    contains("list *0x1014", "0x1014 is in twice (program.c:7).\n2\t\n");
    says("list 7 8", "'8' is left over\n");
    says("list nofile.c:3", "no source file named 'nofile.c'\n");
    says("list table", "No source line is known for 0x00008000.\n");
}

Test(symbols_console, list_alone_begins_at_the_pc)
{
    load_program();
    says("list", "No source line is known for the PC 0xfff00100.\n");
    CPU_GET_CLASS(machine->cpu)->set_pc(machine->cpu, 0x1010);
    contains("list", "2\t\n");
    contains("list", "12\t");
    CPU_GET_CLASS(machine->cpu)->set_pc(machine->cpu, 0x1014);
    contains("list", "2\t\n");
    says("list 24,24", "24\t}\n");
}

Test(symbols_console, sources_are_searched_in_directories)
{
    load_program();
    g_autofree char *here = g_build_filename(folder, "program.c", NULL);
    g_autofree char *there = g_build_filename(folder, "there", NULL);
    g_autofree char *moved = g_build_filename(there, "program.c", NULL);
    g_mkdir(there, 0700);
    g_rename(here, moved);
    says("list program.c:3", "program.c: no such file; `directory DIR` tells where sources are\n");
    g_autofree char *out = execute("directory %s", there);
    cr_expect(g_str_has_prefix(out, "Source directories searched: "), "%s", out);
    contains("list program.c:3,3", "3\tint table");
    says("directory", "Source directories searched: $cdir:$cwd\n");
    contains("list program.c:3,3", "no such file");
    says("directory /nonexistent", "Warning: /nonexistent: no such directory.\n"
                                   "Source directories searched: /nonexistent:$cdir:$cwd\n");
    g_remove(moved);
    g_rmdir(there);
}

Test(symbols_console, source_lines_are_places_to_stop_at_and_to_run_to)
{
    load_program();
    says("tbreak program.c:7", "Temporary breakpoint 1 at 0x00001010\n");
    says("tracepoint program.c:14 if $r3 > 1 do echo x", "Tracepoint 2 at 0x00001058\n");
    says("break program.c:99", "no line 99 in file 'program.c'\n");
    says("until program.c:99", "no line 99 in file 'program.c'\n");
    says("advance program.c:99", "no line 99 in file 'program.c'\n");
    says("until program.c:7 7", "'7' is left over\n");
    CPU_GET_CLASS(machine->cpu)->set_pc(machine->cpu, 0x1010);
    contains("until 99", "no line 99 in file ");
}

Test(symbols_console, the_kernels_symbols_are_there_from_the_start)
{
    program = build_program("-O0 -g");
    machine_stop_thread(machine);
    monitor_hub_free(hub);
    machine->config.kernel_filename = g_strdup(program);
    hub = monitor_hub_new(machine);
    machine_start_thread(machine);
    contains("info symbol 0x1004", "twice + 4 in section .text of ");
    contains("info line twice", "Line 6 of \"program.c\"");
}
