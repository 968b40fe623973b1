/* SPDX-License-Identifier: MIT */
/* Mach-O symbol tables, in images made here byte by byte. */
#include "tests/unit/symbol_files.h"
#include "util/bits.h"

TestSuite(symbols_macho, .init = make_folder, .fini = remove_folder);

/* --- an image ---------------------------------------------------------------------------------------------- */

static void put(GByteArray *bytes, uint32_t word)
{
    uint8_t data[4];
    stl_be_p(data, word);
    g_byte_array_append(bytes, data, 4);
}

static void put_name(GByteArray *bytes, const char *name)
{
    char field[16] = {0};
    memcpy(field, name, strlen(name));
    g_byte_array_append(bytes, (const uint8_t *)field, 16);
}

static void put_section(GByteArray *bytes, const char *segment, const char *name, uint32_t flags)
{
    put_name(bytes, name);
    put_name(bytes, segment);
    for (int i = 0; i < 6; i++) {
        put(bytes, 0);
    }
    put(bytes, flags);
    put(bytes, 0);
    put(bytes, 0);
}

static void put_symbol(GByteArray *bytes, uint32_t string, unsigned type_section, uint32_t value)
{
    put(bytes, string);
    put(bytes, type_section << 16);
    put(bytes, value);
}

enum { SEGMENT = 56 + 2 * 68, COMMANDS = SEGMENT + 24, SYMBOLS = 28 + COMMANDS, COUNT = 6 };
static const char strings[] = "\0_main\0start\0_table\0_printf\0stab\0_main";

static GByteArray *image_of(uint32_t cpu, uint32_t type)
{
    GByteArray *bytes = g_byte_array_new();
    const uint32_t header[] = {0xfeedface, cpu, 0, type, 2, COMMANDS, 0};
    const uint32_t symtab[] = {2, 24, SYMBOLS, COUNT, SYMBOLS + COUNT * 12, sizeof(strings)};
    for (size_t i = 0; i < G_N_ELEMENTS(header); i++) {
        put(bytes, header[i]);
    }
    put(bytes, 1); /* LC_SEGMENT */
    put(bytes, SEGMENT);
    put_name(bytes, "__TEXT");
    for (int i = 0; i < 6; i++) {
        put(bytes, 0);
    }
    put(bytes, 2);
    put(bytes, 0);
    put_section(bytes, "__TEXT", "__text", 0x80000400);
    put_section(bytes, "__DATA", "__data", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(symtab); i++) {
        put(bytes, symtab[i]);
    }
    put_symbol(bytes, 1, 0x0f01, 0x2000);  /* _main, external, section 1 */
    put_symbol(bytes, 7, 0x0e01, 0x1000);  /* start */
    put_symbol(bytes, 13, 0x0f02, 0x3000); /* _table */
    put_symbol(bytes, 20, 0x0100, 0);      /* _printf, undefined */
    put_symbol(bytes, 28, 0x2401, 0x2000); /* N_FUN stab */
    put_symbol(bytes, 1, 0x0e01, 0x2800);  /* another _main, local */
    g_byte_array_append(bytes, (const uint8_t *)strings, sizeof(strings));
    return bytes;
}

static GByteArray *image(void) { return image_of(18, 2); }

/* An i386 part that is not there, then @part. */
static GByteArray *fat(GByteArray *part)
{
    GByteArray *bytes = g_byte_array_new();
    const uint32_t words[] = {0xcafebabe, 2, 7, 3, 0x1000, 0, 12, 18, 0, 64, part->len, 12};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        put(bytes, words[i]);
    }
    g_byte_array_set_size(bytes, 64);
    g_byte_array_append(bytes, part->data, part->len);
    g_byte_array_unref(part);
    return bytes;
}

static void check_image(GByteArray *bytes)
{
    g_autofree char *path = write_file("image.elf", bytes->data, bytes->len);
    DebugSymbols *symbols = load_symbols(path);
    Symbol symbol;
    cr_assert(debug_symbols_find(symbols, NULL, "main", &symbol));
    cr_expect_eq(symbol.addr, 0x2000);
    cr_expect(symbol.is_code && symbol.is_global);
    cr_expect_str_eq(symbol.section, "__TEXT.__text");
    cr_assert(debug_symbols_find(symbols, NULL, "start", &symbol));
    cr_expect_not(symbol.is_global);
    cr_assert(debug_symbols_find(symbols, NULL, "table", &symbol));
    cr_expect_eq(symbol.addr, 0x3000);
    cr_expect_not(symbol.is_code);
    cr_expect_str_eq(symbol.section, "__DATA.__data");
    cr_expect_not(debug_symbols_find(symbols, NULL, "printf", &symbol));
    cr_expect_not(debug_symbols_find(symbols, NULL, "stab", &symbol));
    debug_symbols_free(symbols);
    g_byte_array_unref(bytes);
}

static void refuses(GByteArray *bytes, const char *why)
{
    g_autofree char *path = write_file("image", bytes->data, bytes->len);
    refuses_file(path, why);
    g_byte_array_unref(bytes);
}

/* @bytes with one word changed. */
static GByteArray *with(GByteArray *bytes, size_t at, uint32_t word)
{
    stl_be_p(bytes->data + at, word);
    return bytes;
}

Test(symbols_macho, symbols_of_an_image) { check_image(image()); }

Test(symbols_macho, symbols_of_the_powerpc_part_of_a_fat_file) { check_image(fat(image())); }

Test(symbols_macho, other_images_are_refused)
{
    refuses(image_of(7, 2), "is not a Mach-O file for 32-bit PowerPC");
    refuses(image_of(18, 1), "is not linked");
    refuses(with(image(), 0, 0xfeedfacf), "is not a Mach-O file for 32-bit PowerPC");
    refuses(with(image(), 0, 0xcefaedfe), "is not a Mach-O file for 32-bit PowerPC");
    refuses(with(fat(image()), 28, 0x01000012), "without a 32-bit PowerPC part");
}

Test(symbols_macho, sizes_past_the_end_are_refused)
{
    refuses(with(image(), 20, 0xffffffff), "a load command lies outside");
    refuses(with(image(), 16, 0xffffffff), "a load command lies outside");
    refuses(with(image(), 32, 0xfffffff8), "a load command lies outside");
    refuses(with(image(), 32, 4), "a load command lies outside");
    refuses(with(image(), 28 + 48, 0x10000000), "a section lies outside");
    refuses(with(image(), 28 + SEGMENT + 12, 0x15555556), "the symbol table lies outside");
    refuses(with(image(), 28 + SEGMENT + 16, 0xfffffff0), "the symbol table lies outside");
    refuses(with(fat(image()), 36, 0xfffffff0), "the PowerPC part lies outside");
}

Test(symbols_macho, damaged_images_are_survived, .timeout = 300)
{
    g_autoptr(GByteArray) bytes = fat(image());
    survives_damage(bytes->data, bytes->len, 1000, 2000);
}
