/* SPDX-License-Identifier: MIT */
/*
 * Symbols of linked Mach-O files for 32-bit PowerPC, alone or in a fat file.
 *
 * Source: Mac OS X ABI Mach-O File Format Reference; <mach-o/nlist.h> for the bits of n_type. As in gdb,
 * the underscore that the compiler puts before a name of C is left out. Left out too: stabs (and with
 * them line numbers), undefined, absolute and indirect symbols.
 */
#include "debug/internal.h"
#include "util/bits.h"

#include <string.h>

enum {
    MAGIC_FAT = 0xcafebabe,
    MAGIC_32 = 0xfeedface,
    MAGIC_64 = 0xfeedfacf,
    MAGIC_32_LITTLE = 0xcefaedfe,
    MAGIC_64_LITTLE = 0xcffaedfe,
    CPU_POWERPC = 18,
    FILE_OBJECT = 1,
    HEADER_SIZE = 28,
    FAT_ENTRY_SIZE = 20,
    SEGMENT_SIZE = 56,
    SECTION_SIZE = 68,
    SYMTAB_SIZE = 24,
    NLIST_SIZE = 12,
    NAME_SIZE = 16,
    LOAD_SEGMENT = 1,
    LOAD_SYMTAB = 2,
    N_STAB = 0xe0,
    N_TYPE = 0x0e,
    N_EXT = 0x01,
    N_SECT = 0x0e,
    HAS_INSTRUCTIONS = (int)0x80000400,
    SECTIONS_MAX = 255, /* n_sect is a byte */
};

/* One image, maybe a part of a fat file. */
typedef struct Image {
    const SymbolFile *file;
    SymbolTable *table;
    const uint8_t *data;
    size_t size;
    char *sections[SECTIONS_MAX + 1]; /* "__TEXT.__text", from 1 */
    bool is_code[SECTIONS_MAX + 1];
    unsigned section_count;
} Image;

static uint32_t word(const Image *image, size_t at) { return ldl_be_p(image->data + at); }

static bool holds(const Image *image, uint64_t at, uint64_t size)
{
    return at <= image->size && size <= image->size - at;
}

bool symbols_macho_is(const SymbolFile *file)
{
    uint32_t magic = file->size >= 4 ? ldl_be_p(file->data) : 0;
    return magic == MAGIC_FAT || magic == MAGIC_32 || magic == MAGIC_64 ||
           magic == MAGIC_32_LITTLE || magic == MAGIC_64_LITTLE;
}

static bool truncated(const Image *image, const char *what, Error **errp)
{
    return error_setg(errp, "'%s' is truncated or damaged: %s lies outside of it",
                      image->file->path, what);
}

/* --- the image -------------------------------------------------------------------------------------------- */

/* From the fat file to the part that is for us. */
static bool choose_part(Image *image, Error **errp)
{
    size_t count = image->size >= 8 ? word(image, 4) : 0;
    for (size_t i = 0; i < count && holds(image, 8 + i * FAT_ENTRY_SIZE, FAT_ENTRY_SIZE); i++) {
        size_t at = 8 + i * FAT_ENTRY_SIZE;
        uint32_t offset = word(image, at + 8), size = word(image, at + 12);
        if (word(image, at) != CPU_POWERPC) {
            continue;
        }
        if (!holds(image, offset, size)) {
            return truncated(image, "the PowerPC part", errp);
        }
        image->data += offset;
        image->size = size;
        return true;
    }
    return error_setg(errp, "'%s' is a fat Mach-O file without a 32-bit PowerPC part",
                      image->file->path);
}

static bool check_header(const Image *image, Error **errp)
{
    const char *path = image->file->path;
    if (image->size < HEADER_SIZE) {
        return truncated(image, "the Mach-O header", errp);
    }
    if (word(image, 0) != MAGIC_32 || word(image, 4) != CPU_POWERPC) {
        return error_setg(errp, "'%s' is not a Mach-O file for 32-bit PowerPC", path);
    }
    if (word(image, 12) == FILE_OBJECT) {
        return error_setg(errp, "'%s' is not linked: its symbols have no addresses", path);
    }
    return holds(image, HEADER_SIZE, word(image, 20)) || truncated(image, "a load command", errp);
}

/* --- load commands ---------------------------------------------------------------------------------------- */

/* "__TEXT.__text" of the section described at @at. */
static void note_section(Image *image, size_t at)
{
    const char *text = (const char *)image->data + at;
    if (image->section_count < SECTIONS_MAX) {
        unsigned number = ++image->section_count;
        g_autofree char *name = g_strndup(text, NAME_SIZE);
        g_autofree char *segment = g_strndup(text + NAME_SIZE, NAME_SIZE);
        image->sections[number] = g_strdup_printf("%s.%s", segment, name);
        image->is_code[number] = (word(image, at + 56) & (uint32_t)HAS_INSTRUCTIONS) != 0;
    }
}

static bool read_segment(Image *image, size_t at, size_t size, Error **errp)
{
    size_t count = size >= SEGMENT_SIZE ? word(image, at + 48) : 0;
    if (size < SEGMENT_SIZE || count > (size - SEGMENT_SIZE) / SECTION_SIZE) {
        return truncated(image, "a section", errp);
    }
    for (size_t i = 0; i < count; i++) {
        note_section(image, at + SEGMENT_SIZE + i * SECTION_SIZE);
    }
    return true;
}

/* Calls @read for each load command of @type. */
static bool for_each_command(Image *image, uint32_t type,
                             bool (*read)(Image *image, size_t at, size_t size, Error **errp),
                             Error **errp)
{
    size_t at = HEADER_SIZE, end = at + word(image, 20);
    for (uint32_t left = word(image, 16); left; left--) {
        uint32_t size = end - at >= 8 ? word(image, at + 4) : 0;
        if (size < 8 || size > end - at) {
            return truncated(image, "a load command", errp);
        }
        if (word(image, at) == type && !read(image, at, size, errp)) {
            return false;
        }
        at += size;
    }
    return true;
}

/* --- symbols ------------------------------------------------------------------------------------------------ */

/* The string at @at of the string table; NULL: it does not end there. */
static const char *string_at(const Image *image, size_t strings, size_t size, uint32_t at)
{
    const char *text = (const char *)image->data + strings + at;
    return at < size && memchr(text, '\0', size - at) ? text : NULL;
}

static void add_symbol(const Image *image, const uint8_t *entry, const char *name)
{
    unsigned type = entry[4], section = entry[5];
    if ((type & N_STAB) || (type & N_TYPE) != N_SECT || !name) {
        return;
    }
    symbol_table_add(image->table, &(Symbol){
                                       .name = name + (*name == '_'),
                                       .section = image->sections[section],
                                       .addr = ldl_be_p(entry + 8) + image->file->offset,
                                       .is_code = image->is_code[section],
                                       .is_global = type & N_EXT,
                                   });
}

static bool read_symbols(Image *image, size_t at, size_t size, Error **errp)
{
    if (size < SYMTAB_SIZE) {
        return truncated(image, "a load command", errp);
    }
    uint64_t offset = word(image, at + 8), count = word(image, at + 12);
    uint32_t strings = word(image, at + 16), strings_size = word(image, at + 20);
    if (!holds(image, offset, count * NLIST_SIZE) || !holds(image, strings, strings_size)) {
        return truncated(image, "the symbol table", errp);
    }
    for (uint64_t i = 0; i < count && !image->table->is_full; i++) {
        const uint8_t *entry = image->data + offset + i * NLIST_SIZE;
        add_symbol(image, entry, string_at(image, strings, strings_size, ldl_be_p(entry)));
    }
    return true;
}

bool symbols_macho_read(const SymbolFile *file, SymbolTable *table, Error **errp)
{
    Image image = {.file = file, .table = table, .data = file->data, .size = file->size};
    bool is_fat = word(&image, 0) == MAGIC_FAT;
    bool ok = (!is_fat || choose_part(&image, errp)) && check_header(&image, errp) &&
              for_each_command(&image, LOAD_SEGMENT, read_segment, errp) &&
              for_each_command(&image, LOAD_SYMTAB, read_symbols, errp);
    for (unsigned i = 0; i <= image.section_count; i++) {
        g_free(image.sections[i]);
    }
    return ok;
}
