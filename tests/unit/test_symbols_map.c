/* SPDX-License-Identifier: MIT */
/* Symbols of System.map and the like; which of several symbols is the one to show. */
#include "tests/unit/symbol_files.h"

TestSuite(symbols_map, .init = make_folder, .fini = remove_folder);

static DebugSymbols *load_text(const char *text)
{
    g_autofree char *path = write_file("map", text, strlen(text));
    return load_symbols(path);
}

static void refuses(const char *text, const char *why)
{
    g_autofree char *path = write_file("map.elf", text, strlen(text));
    refuses_file(path, why);
}

static void is_at(const DebugSymbols *symbols, uint32_t ea, const char *wanted)
{
    g_autofree char *name = debug_symbols_describe(symbols, NULL, ea);
    cr_expect_str_eq(name ? name : "none", wanted, "%x", ea);
}

static const char map[] = "c0000000 T _start\n"
                          "c0000000 t local_start\n"
                          "c0000100 t helper\r\n"
                          "c0000200 D data\t[module]\n"
                          "c0000300 A absolute\n"
                          "c0000400 W weak";

Test(symbols_map, names_and_addresses)
{
    DebugSymbols *symbols = load_text(map);
    Symbol symbol;
    is_at(symbols, 0xc0000000, "_start");
    is_at(symbols, 0xc0000104, "helper+0x4");
    is_at(symbols, 0xc0000304, "data+0x104");
    is_at(symbols, 0xc0000404, "weak+0x4");
    is_at(symbols, 0xbfffffff, "none");
    is_at(symbols, 0xd0000000, "none");
    cr_assert(debug_symbols_find(symbols, NULL, "local_start", &symbol));
    cr_expect_eq(symbol.addr, 0xc0000000);
    cr_expect_not(debug_symbols_find(symbols, NULL, "absolute", &symbol));
    debug_symbols_free(symbols);
}

Test(symbols_map, a_global_symbol_wins_over_a_local_one_of_its_name)
{
    DebugSymbols *symbols = load_text("00001000 t init\n00002000 T init\n00003000 t init\n");
    Symbol symbol;
    cr_assert(debug_symbols_find(symbols, NULL, "init", &symbol));
    cr_expect_eq(symbol.addr, 0x2000);
    debug_symbols_free(symbols);
}

Test(symbols_map, the_content_decides_not_the_name)
{
    refuses("c0000000 T\n", "is no file of symbols");
    refuses("", "is no file of symbols");
    refuses("hello, world\n", "is no file of symbols");
}

Test(symbols_map, bad_maps_are_refused)
{
    refuses("c0000000 T a\nc000 T b\n", "line 2 is not an address, a letter and a name");
    refuses("c0000000 T a\n\nc0000000 T b\n", "line 2 is not");
    refuses("ffffffff81000000 T _stext\n", "64-bit addresses");
    refuses("00000000 T _start\n00000000 T other\n", "all addresses are 0");
    refuses("00001000 U other\n", "has no symbols");
}

Test(symbols_map, names_are_fit_for_a_terminal)
{
    DebugSymbols *symbols = load_text("00001000 T a\x1b[31m\xff\n");
    is_at(symbols, 0x1000, "a?[31m\xef\xbf\xbd");
    debug_symbols_free(symbols);
}

Test(symbols_map, damaged_maps_are_survived, .timeout = 300)
{
    survives_damage((const uint8_t *)map, strlen(map), 1000, 2000);
}
