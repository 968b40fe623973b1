/* SPDX-License-Identifier: MIT */
/* Linux' own symbols in guest RAM, in images of each layout that its versions write, made here. */
#include "debug/debugger.h"
#include "tests/unit/symbol_files.h"
#include "util/bits.h"

enum { RAM_PART = 1 << 18, TABLES_AT = 0x8004, BASE = (int)0xc0000000 };

typedef enum Layout {
    OFFSETS_FIRST,   /* 4.6 to 6.3 */
    ADDRESSES_FIRST, /* before, and without CONFIG_KALLSYMS_BASE_RELATIVE */
    ORDER_BETWEEN,   /* 6.2 and 6.3 */
    OFFSETS_LAST,    /* from 6.4 on */
    ADDRESSES_LAST,
} Layout;

static Debugger *debugger;

static void start(void)
{
    MachineState *machine = machine_new("mac99", &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    debugger = debugger_new(machine);
    machine->config.ram_size = RAM_PART; /* no need to search more */
}

static void finish(void) { debugger_free(debugger); }

TestSuite(symbols_kallsyms, .init = start, .fini = finish);

/* --- an image ---------------------------------------------------------------------------------------------- */

static void put(GByteArray *bytes, uint32_t word)
{
    uint8_t data[4];
    stl_be_p(data, word);
    g_byte_array_append(bytes, data, 4);
}

static void align(GByteArray *bytes)
{
    static const uint8_t zeros[4];
    g_byte_array_append(bytes, zeros, -bytes->len & 3);
}

/* Symbol @i is "tsym_<i>" or "Tsym_<i>", long ones with a tail, at BASE + 16 * i. */
static char *symbol_text(unsigned i)
{
    g_autofree char *tail = g_strnfill(i % 500 == 499 ? 180 : 0, 'x');
    return g_strdup_printf("%csym_%u%s", i % 3 ? 't' : 'T', i, tail);
}

/* Token 0x80 is "sym_"; characters stand for themselves. */
static const char *token_text(unsigned i, char text[2])
{
    text[0] = g_ascii_isgraph(i) ? (char)i : '\0';
    text[1] = '\0';
    return i == 0x80 ? "sym_" : text;
}

static void put_names(GByteArray *bytes, unsigned count, GByteArray *markers)
{
    size_t start = bytes->len;
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *text = symbol_text(i);
        g_autofree char *packed = g_strdup_printf("%c\x80%s", text[0], text + 5);
        size_t size = strlen(packed);
        uint8_t length[2] = {(uint8_t)(size & 0x7f) | (size > 127 ? 0x80 : 0),
                             (uint8_t)(size >> 7)};
        if (i % 256 == 0) {
            put(markers, (uint32_t)(bytes->len - start));
        }
        g_byte_array_append(bytes, length, size > 127 ? 2 : 1);
        g_byte_array_append(bytes, (const uint8_t *)packed, (guint)size);
    }
    align(bytes);
}

static void put_tokens(GByteArray *bytes)
{
    GByteArray *index = g_byte_array_new();
    size_t start = bytes->len;
    for (unsigned i = 0; i < 256; i++) {
        char one[2];
        const char *text = token_text(i, one);
        uint8_t at[2];
        stw_be_p(at, (uint16_t)(bytes->len - start));
        g_byte_array_append(index, at, 2);
        g_byte_array_append(bytes, (const uint8_t *)text, (guint)strlen(text) + 1);
    }
    align(bytes);
    g_byte_array_append(bytes, index->data, index->len);
    g_byte_array_unref(index);
}

static void put_addresses(GByteArray *bytes, unsigned count, bool is_relative)
{
    for (unsigned i = 0; i < count; i++) {
        put(bytes, (is_relative ? 0 : (uint32_t)BASE) + 16 * i);
    }
    if (is_relative) {
        put(bytes, (uint32_t)BASE);
    }
}

static GByteArray *image(Layout layout, unsigned count)
{
    GByteArray *bytes = g_byte_array_new(), *markers = g_byte_array_new();
    bool is_relative = layout != ADDRESSES_FIRST && layout != ADDRESSES_LAST;
    bool is_last = layout == OFFSETS_LAST || layout == ADDRESSES_LAST;
    if (!is_last) {
        put_addresses(bytes, count, is_relative);
    }
    put(bytes, count);
    put_names(bytes, count, markers);
    g_byte_array_append(bytes, markers->data, markers->len);
    g_byte_array_unref(markers);
    if (layout == ORDER_BETWEEN) {
        for (unsigned i = 0; i < count; i++) {
            uint8_t order[3] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
            g_byte_array_append(bytes, order, 3);
        }
        align(bytes);
    }
    put_tokens(bytes);
    if (is_last) {
        put_addresses(bytes, count, is_relative);
    }
    return bytes;
}

static void poke(const GByteArray *bytes)
{
    cr_assert(address_space_poke(debugger->cpu->as, TABLES_AT, bytes->data, bytes->len));
}

static bool load(SymbolCounts *counts, Error **errp)
{
    return debugger_load_symbols(debugger, &(SymbolLoad){.path = "kallsyms", .is_main = true},
                                 counts, errp);
}

static void finds_all(Layout layout, unsigned count)
{
    g_autoptr(GByteArray) bytes = image(layout, count);
    SymbolCounts counts;
    poke(bytes);
    cr_assert(load(&counts, &error_abort));
    cr_expect_eq(counts.symbols, count);
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *text = symbol_text(i);
        Symbol symbol = {0};
        cr_assert(debug_symbols_find(debugger->symbols, NULL, text + 1, &symbol), "%s", text);
        cr_assert_eq(symbol.addr, (uint32_t)BASE + 16 * i);
        cr_assert_eq(symbol.is_global, text[0] == 'T');
        cr_assert(symbol.is_code);
    }
}

Test(symbols_kallsyms, offsets_before_the_names) { finds_all(OFFSETS_FIRST, 1800); }

Test(symbols_kallsyms, addresses_before_the_names) { finds_all(ADDRESSES_FIRST, 1800); }

Test(symbols_kallsyms, an_order_between_markers_and_tokens) { finds_all(ORDER_BETWEEN, 1801); }

Test(symbols_kallsyms, offsets_behind_the_tokens) { finds_all(OFFSETS_LAST, 1802); }

Test(symbols_kallsyms, addresses_behind_the_tokens) { finds_all(ADDRESSES_LAST, 1803); }

Test(symbols_kallsyms, a_multiple_of_256_symbols_and_few_of_them)
{
    finds_all(OFFSETS_FIRST, 512);
    finds_all(OFFSETS_FIRST, 256);
    finds_all(ORDER_BETWEEN, 256);
    finds_all(OFFSETS_FIRST, 2);
}

Test(symbols_kallsyms, tables_across_the_pieces_that_are_searched)
{
    g_autoptr(GByteArray) bytes = image(OFFSETS_FIRST, 300);
    SymbolCounts counts;
    uint64_t end = (1 << 20) + 100; /* inside the index */
    debugger->machine->config.ram_size = 2 << 20;
    cr_assert(
        address_space_poke(debugger->cpu->as, (end - bytes->len) & ~3u, bytes->data, bytes->len));
    cr_assert(load(&counts, &error_abort));
    cr_expect_eq(counts.symbols, 300);
}

Test(symbols_kallsyms, empty_memory_has_none)
{
    SymbolCounts counts;
    Error *err = NULL;
    cr_assert_not(load(&counts, &err));
    cr_expect_str_eq(error_get_pretty(err),
                     "kallsyms: no symbols of a running Linux in the guest's memory");
    error_free(err);
}

Test(symbols_kallsyms, damaged_tables_are_survived, .timeout = 300)
{
    for (unsigned seed = 0; seed < 2000; seed++) {
        g_autoptr(GByteArray) bytes = image((Layout)(seed % 5), 300);
        g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
        SymbolCounts counts;
        Error *err = NULL;
        int flips = g_rand_int_range(chance, 1, 9);
        for (int i = 0; i < flips; i++) {
            bytes->data[g_rand_int(chance) % bytes->len] = (uint8_t)g_rand_int(chance);
        }
        poke(bytes);
        if (!load(&counts, &err)) {
            cr_assert_null(strchr(error_get_pretty(err), '\n'));
            error_free(err);
        }
    }
}
