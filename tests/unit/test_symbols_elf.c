/* SPDX-License-Identifier: MIT */
/* ELF symbols and DWARF lines of programs that the PowerPC compiler built, compared with its nm and addr2line. */
#include "tests/unit/symbol_files.h"

#include <inttypes.h>

TestSuite(symbols_elf, .init = make_folder, .fini = remove_folder);

static Symbol symbol_named(const DebugSymbols *symbols, const char *name)
{
    Symbol symbol = {0};
    cr_assert(debug_symbols_find(symbols, NULL, name, &symbol), "%s", name);
    return symbol;
}

Test(symbols_elf, names_and_addresses_are_those_of_nm)
{
    g_autofree char *path = build_program("-O0 -g");
    g_autofree char *list = run_command("powerpc-linux-gnu-nm program.elf");
    DebugSymbols *symbols = load_symbols(path);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(list), "\n", -1);
    unsigned seen = 0;
    for (char **line = lines; *line; line++) {
        char kind, name[100];
        unsigned addr;
        if (sscanf(*line, "%x %c %99s", &addr, &kind, name) == 3 && !strchr("AaUw", kind)) {
            Symbol symbol = symbol_named(symbols, name);
            cr_expect_eq(symbol.addr, addr, "%s", *line);
            cr_expect_eq(symbol.is_global, g_ascii_isupper(kind), "%s", *line);
            cr_expect_eq(symbol.is_code, kind == 'T' || kind == 't', "%s", *line);
            seen++;
        }
    }
    cr_expect_geq(seen, 4);
    debug_symbols_free(symbols);
}

Test(symbols_elf, a_symbol_knows_its_section_and_size)
{
    g_autofree char *path = build_program("-O0");
    DebugSymbols *symbols = load_symbols(path);
    Symbol table = symbol_named(symbols, "table");
    cr_expect_eq(table.addr, 0x8000);
    cr_expect_eq(table.size, 16);
    cr_expect_not(table.is_code);
    cr_expect_str_eq(table.section, ".data");
    cr_expect_str_eq(symbol_named(symbols, "sum").section, ".text");
    debug_symbols_free(symbols);
}

Test(symbols_elf, an_offset_moves_symbols_and_lines)
{
    g_autofree char *path = build_program("-O0 -g");
    DebugSymbols *symbols = debug_symbols_new();
    SourceLine line;
    uint64_t addr;
    size_t count;
    cr_assert(debug_symbols_load(symbols, path, 0x40000000, (SymbolSpace){0}, &count, NULL));
    cr_expect_eq(symbol_named(symbols, "table").addr, 0x40008000);
    cr_assert(debug_symbols_line_address(symbols, "program.c", 7, &addr));
    cr_expect_eq(addr >> 12, 0x40001);
    cr_assert(debug_symbols_line_at(symbols, NULL, (target_addr)addr, &line));
    cr_expect_eq(line.line, 7);
    debug_symbols_free(symbols);
}

/* "folder/program.c:12" for @ea, "?" if no line is known. */
static char *line_text(const DebugSymbols *symbols, uint32_t ea)
{
    SourceLine line;
    if (!debug_symbols_line_at(symbols, NULL, ea, &line)) {
        return g_strdup("?");
    }
    cr_expect(line.start <= ea && ea < line.end, "%x", ea);
    g_autofree char *path = g_build_filename(g_path_is_absolute(line.file) ? "" : line.directory,
                                             line.file, NULL);
    return g_strdup_printf("%s:%u", path, line.line);
}

static void lines_are_those_of_addr2line(const char *flags)
{
    g_autofree char *path = build_program(flags);
    DebugSymbols *symbols = load_symbols(path);
    Symbol last = symbol_named(symbols, "_start");
    g_autoptr(GString) command = g_string_new("powerpc-linux-gnu-addr2line -e program.elf");
    uint32_t end = last.addr + last.size;
    for (uint32_t ea = 0x1000; ea < end; ea += 4) {
        g_string_append_printf(command, " 0x%x", ea);
    }
    g_autofree char *list = run_command(command->str);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(list), "\n", -1);
    cr_assert_gt(g_strv_length(lines), 10);
    for (unsigned i = 0; lines[i]; i++) {
        g_autofree char *text = line_text(symbols, 0x1000 + 4 * i);
        lines[i][strcspn(lines[i], " ")] = '\0'; /* (discriminator 3) */
        cr_expect_str_eq(text, lines[i], "%s at %x", flags, 0x1000 + 4 * i);
    }
    debug_symbols_free(symbols);
}

Test(symbols_elf, lines_are_those_of_addr2line) { lines_are_those_of_addr2line("-O0 -g"); }

Test(symbols_elf, lines_of_optimized_code_too) { lines_are_those_of_addr2line("-O2 -g"); }

Test(symbols_elf, lines_of_older_dwarf_too)
{
    lines_are_those_of_addr2line("-O1 -gdwarf-2");
    lines_are_those_of_addr2line("-O1 -gdwarf-4");
}

Test(symbols_elf, a_line_has_an_address_and_one_without_code_gives_the_next)
{
    g_autofree char *path = build_program("-O0 -g");
    DebugSymbols *symbols = load_symbols(path);
    uint64_t at_7, at_6, at_9, at_10;
    SourceLine line;
    cr_assert(debug_symbols_line_address(symbols, "program.c", 6, &at_6));
    cr_assert(debug_symbols_line_address(symbols, "program.c", 7, &at_7));
    cr_assert(debug_symbols_line_address(symbols, "program.c", 9, &at_9));
    cr_assert(debug_symbols_line_address(symbols, "program.c", 11, &at_10));
    cr_expect_eq(at_6, symbol_named(symbols, "twice").addr);
    cr_expect_eq(at_9, at_10);
    cr_expect_eq(at_10, symbol_named(symbols, "sum").addr);
    cr_assert(debug_symbols_line_at(symbols, NULL, (target_addr)at_7, &line));
    cr_expect_eq(line.line, 7);
    cr_expect_eq(line.start, at_7);
    cr_expect_str_eq(line.file, "program.c");
    cr_expect_not(debug_symbols_line_address(symbols, "program.c", 25, &at_7));
    cr_expect_not(debug_symbols_line_address(symbols, "gram.c", 7, &at_7));
    cr_expect_not(debug_symbols_line_address(symbols, "", 7, &at_7));
    debug_symbols_free(symbols);
}

Test(symbols_elf, a_stripped_file_is_refused)
{
    g_autofree char *path = build_program("-O0 -s");
    refuses_file(path, "has no symbols");
}

Test(symbols_elf, other_elf_files_are_refused)
{
    g_autofree char *path = build_program("-O0 -c");
    refuses_file(path, "is not linked");
    refuses_file("/proc/self/exe", "is not a 32-bit big-endian ELF file");
    refuses_file(folder, "is a directory");
    refuses_file("/nonexistent", "could not open");
}

Test(symbols_elf, damaged_files_are_survived, .timeout = 300)
{
    g_autofree char *path = build_program("-O1 -g");
    g_autofree char *data = NULL;
    gsize size;
    cr_assert(g_file_get_contents(path, &data, &size, NULL));
    survives_damage((const uint8_t *)data, size, 600, 2000);
}
