/* SPDX-License-Identifier: MIT */
/*
 * The input log's file format, big-endian:
 *
 *   magic (8 bytes; a transfer that changes line ends or strips bit 7 damages it), version (4),
 *   header block: initial hash, icount, virtual ns (8 each), configuration;
 *   one block an entry: kind (1), icount, virtual ns, sequence (8 each), name length (1), name, data.
 *
 * A block is its length (4), the bytes, and the low half of their hash (4). The last entry is the
 * end mark.
 *
 * Source: none (own design).
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/bits.h"
#include "util/hash.h"

#include <string.h>

#define VERSION 1
#define ENTRY_FIXED 26 /* bytes of an entry without name and data */
#define HEADER_FIXED 24
#define BLOCK_MAX (ENTRY_FIXED + INPUT_NAME_MAX + INPUT_DATA_MAX)

static const uint8_t magic[8] = {0x8c, 'c', '9', '9', '\r', '\n', 0x1a, '\n'};

/* --- blocks -------------------------------------------------------------------------------------- */

static uint32_t check_of(const uint8_t *data, size_t length)
{
    return (uint32_t)hash_bytes(0, data, length);
}

static void put_block(GByteArray *out, const GByteArray *block)
{
    vmstate_put_u32(out, block->len);
    g_byte_array_append(out, block->data, block->len);
    vmstate_put_u32(out, check_of(block->data, block->len));
}

/* The next block; NULL at the end of the file or where it is damaged. */
static uint8_t *get_block(FILE *file, size_t minimum, size_t *length, Error **errp)
{
    uint8_t word[4];
    g_autofree uint8_t *block = NULL;

    if (fread(word, 1, 4, file) != 4) {
        error_setg(errp, "the log is cut off");
        return NULL;
    }
    *length = ldl_be_p(word);
    if (*length < minimum || *length > BLOCK_MAX) {
        error_setg(errp, "the log is damaged");
        return NULL;
    }
    block = g_malloc(*length);
    if (fread(block, 1, *length, file) != *length || fread(word, 1, 4, file) != 4) {
        error_setg(errp, "the log is cut off");
        return NULL;
    }
    if (ldl_be_p(word) != check_of(block, *length)) {
        error_setg(errp, "the log is damaged");
        return NULL;
    }
    return g_steal_pointer(&block);
}

/* --- header -------------------------------------------------------------------------------------- */

void inputlog_put_header(GByteArray *out, const LogHeader *header)
{
    g_autoptr(GByteArray) block = g_byte_array_new();

    g_byte_array_append(out, magic, sizeof(magic));
    vmstate_put_u32(out, VERSION);
    vmstate_put_u64(block, header->initial_hash);
    vmstate_put_u64(block, header->icount);
    vmstate_put_u64(block, header->virtual_ns);
    g_byte_array_append(block, (const uint8_t *)header->config, strlen(header->config));
    put_block(out, block);
}

bool inputlog_get_header(FILE *file, LogHeader *header, Error **errp)
{
    uint8_t start[sizeof(magic) + 4];
    g_autofree uint8_t *block = NULL;
    size_t length;

    if (fread(start, 1, sizeof(start), file) != sizeof(start) ||
        memcmp(start, magic, sizeof(magic)) != 0) {
        return error_setg(errp, "this is not a log made by -record");
    }
    if (ldl_be_p(start + sizeof(magic)) != VERSION) {
        return error_setg(errp, "the log has version %u, this program reads version %u",
                          ldl_be_p(start + sizeof(magic)), VERSION);
    }
    block = get_block(file, HEADER_FIXED, &length, errp);
    if (!block) {
        return false;
    }
    *header = (LogHeader){
        .initial_hash = ldq_be_p(block),
        .icount = ldq_be_p(block + 8),
        .virtual_ns = ldq_be_p(block + 16),
        .config = g_strndup((const char *)block + HEADER_FIXED, length - HEADER_FIXED),
    };
    return true;
}

char *inputlog_config(const Clock *clock, const RecordHeader *header)
{
    g_autofree char *rtc = rtc_describe(clock);
    g_autofree char *mode = clock->mode == CLOCK_LIVE
                                ? g_strdup("live")
                                : g_strdup_printf("%" G_GUINT64_FORMAT, clock->fixed_rate >> 32);

    return g_strdup_printf("%s icount-ns=%s rtc=%s", header->config ? header->config : "", mode,
                           rtc);
}

/* --- entries ------------------------------------------------------------------------------------- */

void inputlog_put_entry(GByteArray *out, const LogEntry *entry)
{
    g_autoptr(GByteArray) block = g_byte_array_new();
    uint8_t kind = entry->kind;
    uint8_t name_length = (uint8_t)strlen(entry->name);

    g_byte_array_append(block, &kind, 1);
    vmstate_put_u64(block, entry->stamp.icount);
    vmstate_put_u64(block, entry->stamp.virtual_ns);
    vmstate_put_u64(block, entry->stamp.sequence);
    g_byte_array_append(block, &name_length, 1);
    g_byte_array_append(block, (const uint8_t *)entry->name, name_length);
    if (entry->length) {
        g_byte_array_append(block, entry->data, (guint)entry->length);
    }
    put_block(out, block);
}

static bool is_kind(uint8_t kind) { return kind && strchr("INXCE", kind); }

bool inputlog_get_entry(FILE *file, LogEntry *entry, uint8_t **body, Error **errp)
{
    size_t length, name_length;
    g_autofree uint8_t *block = get_block(file, ENTRY_FIXED, &length, errp);

    if (!block) {
        return false;
    }
    name_length = block[ENTRY_FIXED - 1];
    if (!is_kind(block[0]) || name_length > INPUT_NAME_MAX || ENTRY_FIXED + name_length > length) {
        return error_setg(errp, "the log is damaged");
    }
    *entry = (LogEntry){
        .kind = (EntryKind)block[0],
        .stamp = {ldq_be_p(block + 1), ldq_be_p(block + 9), ldq_be_p(block + 17)},
        .data = block + ENTRY_FIXED + name_length,
        .length = length - ENTRY_FIXED - name_length,
    };
    memcpy(entry->name, block + ENTRY_FIXED, name_length);
    *body = g_steal_pointer(&block);
    return true;
}
