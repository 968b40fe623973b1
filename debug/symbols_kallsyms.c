/* SPDX-License-Identifier: MIT */
/*
 * The symbols that a running 32-bit big-endian Linux keeps of itself (CONFIG_KALLSYMS), found in guest RAM.
 *
 * Source: Linux scripts/kallsyms.c, which writes the tables, from 2.6 to 6.6. In rising order, each aligned to
 * 4 bytes:
 *
 *   [addresses | offsets, base]  count  names  markers  [order]  tokens  token index  [offsets, base | addresses]
 *
 * A name is a length (7 bits, or 14 in two bytes) and so many bytes, each the number of a token, a string of
 * characters; the first character is nm's letter. Marker n is where name 256 * n begins. The order by name
 * (3 bytes a symbol, 6.2 and 6.3) is not used. The token index is what is searched for: everything else has
 * to fit exactly around it. Not modelled: per-processor absolute symbols (x86), 64-bit kernels.
 */
#include "debug/internal.h"
#include "util/bits.h"

#include <string.h>

enum {
    TOKENS = 256,
    INDEX_SIZE = 2 * TOKENS,
    TOKEN_MAX = 256,     /* bytes, the end included */
    COUNT_MAX = 1 << 20, /* symbols */
    NAMES_PER_MARKER = 256,
    NAME_BYTES_MAX = 514, /* of a compressed name, its length included */
    TEXT_MAX = 1024,      /* of a name */
    CHUNK = 1 << 20,
    TRIES_MAX = 16,
    REACH = 1 << 25, /* all tables lie that near to the index */
};

/* A piece of guest RAM, and the tables in it by their position there. */
typedef struct Kallsyms {
    const uint8_t *data;
    size_t size;
    size_t index, tokens, markers, names;
    uint32_t count, marker_count;
    size_t addresses;
    uint32_t base;
} Kallsyms;

static uint32_t word(const Kallsyms *tables, size_t at) { return ldl_be_p(tables->data + at); }

static size_t align(size_t value) { return (value + 3) & ~(size_t)3; }

/* --- tokens ------------------------------------------------------------------------------------------------ */

/* Could this be an index: rising from 0 by what a token may be long? */
static bool is_index(const uint8_t *data)
{
    unsigned last = 0;
    if (lduw_be_p(data) != 0) {
        return false;
    }
    for (unsigned i = 1; i < TOKENS; i++) {
        unsigned next = lduw_be_p(data + 2 * i);
        if (next <= last || next - last > TOKEN_MAX) {
            return false;
        }
        last = next;
    }
    return true;
}

static unsigned token_start(const Kallsyms *tables, unsigned i)
{
    return lduw_be_p(tables->data + tables->index + 2 * i);
}

/* Is the string of @size bytes at @at ended by its only NUL? */
static bool is_string(const Kallsyms *tables, size_t at, size_t size)
{
    return memchr(tables->data + at, '\0', size) == tables->data + at + size - 1;
}

static bool are_tokens(const Kallsyms *tables, size_t at)
{
    for (unsigned i = 0; i < TOKENS - 1; i++) {
        unsigned start = token_start(tables, i);
        if (!is_string(tables, at + start, token_start(tables, i + 1) - start)) {
            return false;
        }
    }
    size_t last = at + token_start(tables, TOKENS - 1);
    const uint8_t *end = memchr(tables->data + last, '\0', tables->index - last);
    return end && align((size_t)(end - tables->data) + 1) == tables->index;
}

/* The tokens end where the index begins; the length of the last one is not known. */
static bool find_tokens(Kallsyms *tables)
{
    size_t least = align(token_start(tables, TOKENS - 1) + 1u);
    for (size_t size = least; size <= least + TOKEN_MAX && size <= tables->index; size += 4) {
        if (are_tokens(tables, tables->index - size)) {
            tables->tokens = tables->index - size;
            return true;
        }
    }
    return false;
}

/* --- names ------------------------------------------------------------------------------------------------- */

/* The length of the compressed name at *@at, which moves behind the length; 0: it reaches past @end. */
static size_t name_size(const Kallsyms *tables, size_t *at, size_t end)
{
    size_t size = *at < end ? tables->data[(*at)++] : 0;
    if ((size & 0x80) && *at < end) {
        size = (size & 0x7f) | (size_t)tables->data[(*at)++] << 7;
    }
    return size <= end - *at ? size : 0;
}

/* Do just so many names lie from @at up to the markers, which agree? */
static bool are_names(const Kallsyms *tables, size_t at)
{
    size_t start = at;
    for (uint32_t i = 0; i < tables->count; i++) {
        if (i % NAMES_PER_MARKER == 0 &&
            word(tables, tables->markers + 4 * (i / NAMES_PER_MARKER)) != at - start) {
            return false;
        }
        size_t size = name_size(tables, &at, tables->markers);
        if (!size) {
            return false;
        }
        at += size;
    }
    return align(at) == tables->markers;
}

/* The names begin so far before the markers that the last group is not longer than it can be. */
static bool find_names(Kallsyms *tables, uint32_t count)
{
    uint32_t last = word(tables, tables->markers + 4 * (tables->marker_count - 1));
    for (size_t back = align(last + 2u);
         back <= last + NAMES_PER_MARKER * NAME_BYTES_MAX && back + 4 <= tables->markers;
         back += 4) {
        size_t at = tables->markers - back;
        tables->count = word(tables, at - 4);
        if (tables->count && tables->count <= COUNT_MAX && (!count || tables->count == count) &&
            (tables->count - 1) / NAMES_PER_MARKER + 1 == tables->marker_count &&
            are_names(tables, at)) {
            tables->names = at;
            return true;
        }
    }
    return false;
}

/* Do @count markers, the first one 0, end at @end? */
static bool are_markers(const Kallsyms *tables, size_t end, uint32_t count)
{
    if (end / 4 < count || word(tables, end - 4 * (size_t)count) != 0) {
        return false;
    }
    for (uint32_t i = 1; i < count; i++) {
        size_t at = end - 4 * (size_t)i;
        uint32_t step = word(tables, at) - word(tables, at - 4);
        if (step < 2 * NAMES_PER_MARKER || step > NAMES_PER_MARKER * NAME_BYTES_MAX) {
            return false;
        }
    }
    return true;
}

static bool find_names_at(Kallsyms *tables, size_t end, uint32_t marker_count, uint32_t count)
{
    tables->markers = end - 4 * (size_t)marker_count;
    tables->marker_count = marker_count;
    return are_markers(tables, end, marker_count) && find_names(tables, count);
}

/* Markers right before the tokens: their number is told by the first one, 0. */
static bool find_near_markers(Kallsyms *tables)
{
    uint32_t count = 1;
    while (count <= COUNT_MAX / NAMES_PER_MARKER && tables->tokens >= 4 * (size_t)count &&
           word(tables, tables->tokens - 4 * (size_t)count) != 0) {
        count++;
    }
    return tables->tokens >= 4 * (size_t)count && find_names_at(tables, tables->tokens, count, 0);
}

/* Markers, then 3 bytes a symbol, then the tokens. */
static bool find_far_markers(Kallsyms *tables)
{
    for (uint32_t count = 1; count <= COUNT_MAX; count++) {
        uint32_t marker_count = (count - 1) / NAMES_PER_MARKER + 1;
        size_t gap = align(3 * (size_t)count);
        if (gap + 4 * (size_t)marker_count > tables->tokens) {
            return false;
        }
        if (find_names_at(tables, tables->tokens - gap, marker_count, count)) {
            return true;
        }
    }
    return false;
}

/* --- addresses ------------------------------------------------------------------------------------------------ */

/* Do the symbols' addresses, never falling, fill the words from @at on? */
static bool are_addresses(const Kallsyms *tables, size_t at, uint32_t base)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < tables->count; i++) {
        uint32_t next = word(tables, at + 4 * (size_t)i);
        if (next < last || next > UINT32_MAX - base) {
            return false;
        }
        last = next;
    }
    return last != 0;
}

static bool try_addresses(Kallsyms *tables, size_t at, bool has_base)
{
    size_t size = 4 * (size_t)tables->count;
    if (at > tables->size || size + 4 > tables->size - at) {
        return false;
    }
    tables->addresses = at;
    tables->base = has_base ? word(tables, at + size) : 0;
    return (!has_base || tables->base) && are_addresses(tables, at, tables->base);
}

/* Taken for addresses, offsets would do as well: they come first. */
static bool find_addresses(Kallsyms *tables)
{
    size_t before = tables->names - 4, size = 4 * (size_t)tables->count;
    size_t behind = tables->index + INDEX_SIZE;
    return (before >= size + 4 && try_addresses(tables, before - 4 - size, true)) ||
           (before >= size && try_addresses(tables, before - size, false)) ||
           try_addresses(tables, behind, true) || try_addresses(tables, behind, false);
}

/* --- symbols ---------------------------------------------------------------------------------------------- */

/* The text of the @size bytes at @at; false: too long. */
static bool expand(const Kallsyms *tables, size_t at, size_t size, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned token = tables->data[at + i];
        const char *part = (const char *)tables->data + tables->tokens + token_start(tables, token);
        size_t part_length = strlen(part);
        if (part_length >= TEXT_MAX - length) {
            return false;
        }
        memcpy(text + length, part, part_length);
        length += part_length;
    }
    text[length] = '\0';
    return true;
}

static void add_symbols(const Kallsyms *tables, SymbolTable *table)
{
    char text[TEXT_MAX];
    size_t at = tables->names;
    for (uint32_t i = 0; i < tables->count && !table->is_full; i++) {
        size_t size = name_size(tables, &at, tables->markers);
        if (expand(tables, at, size, text) && g_ascii_isalpha(text[0]) &&
            !strchr("AaUwv", text[0])) {
            uint32_t addr = tables->base + word(tables, tables->addresses + 4 * (size_t)i);
            symbol_table_add(table, &(Symbol){
                                        .name = text + 1,
                                        .addr = addr,
                                        .is_code = strchr("TtW", text[0]) != NULL,
                                        .is_global = g_ascii_isupper(text[0]),
                                    });
        }
        at += size;
    }
}

/* --- search ------------------------------------------------------------------------------------------------ */

typedef struct Search {
    AddressSpace *as;
    uint64_t ram_size;
    SymbolTable *table;
    unsigned tries; /* of all that a guest may have forged */
} Search;

/* A copy of the RAM up to @before bytes before and @behind bytes behind the index at @addr; the index is found in
 * it. NULL: not all of it is RAM. Free with g_free(). */
static uint8_t *copy_around(const Search *search, uint64_t addr, size_t before, size_t behind,
                            Kallsyms *tables)
{
    uint64_t low = addr > before ? addr - before : 0;
    size_t size = (size_t)(MIN(addr + behind, search->ram_size) - low);
    g_autofree uint8_t *data = g_malloc(size);
    *tables = (Kallsyms){.data = data, .size = size, .index = (size_t)(addr - low)};
    return address_space_peek(search->as, low, data, size) ? g_steal_pointer(&data) : NULL;
}

static bool has_tokens(const Search *search, uint64_t addr)
{
    Kallsyms tables;
    g_autofree uint8_t *data = copy_around(search, addr, TOKENS * TOKEN_MAX + TOKEN_MAX, INDEX_SIZE,
                                           &tables);
    return data && find_tokens(&tables);
}

/* What may be an index lies at physical @addr. */
static bool try_index(Search *search, uint64_t addr)
{
    Kallsyms tables;
    if (!has_tokens(search, addr) || search->tries == TRIES_MAX) {
        return false;
    }
    search->tries++;
    g_autofree uint8_t *data = copy_around(search, addr, REACH, REACH, &tables);
    if (!data || !find_tokens(&tables) ||
        !(find_near_markers(&tables) || find_far_markers(&tables)) || !find_addresses(&tables)) {
        return false;
    }
    add_symbols(&tables, search->table);
    return search->table->symbols->len && !search->table->is_full;
}

static bool search_chunk(Search *search, uint64_t low, const uint8_t *chunk, size_t size)
{
    for (size_t at = 0; at + INDEX_SIZE <= size && at < CHUNK; at += 4) {
        if (is_index(chunk + at) && try_index(search, low + at)) {
            return true;
        }
    }
    return false;
}

static bool search_ram(Search *search)
{
    g_autofree uint8_t *chunk = g_malloc(CHUNK + INDEX_SIZE);
    for (uint64_t low = 0; low + INDEX_SIZE <= search->ram_size; low += CHUNK) {
        size_t size = (size_t)MIN(CHUNK + INDEX_SIZE, search->ram_size - low);
        if (address_space_peek(search->as, low, chunk, size) &&
            search_chunk(search, low, chunk, size)) {
            return true;
        }
    }
    return false;
}

bool symbols_kallsyms_read(AddressSpace *as, uint64_t ram_size, SymbolTable *table, Error **errp)
{
    Search search = {.as = as, .ram_size = ram_size, .table = table};
    return search_ram(&search) ||
           error_setg(errp, "kallsyms: no symbols of a running Linux in the guest's memory");
}
