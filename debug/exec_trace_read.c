/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of an execution trace to its events. The file is hostile input.
 *
 * Source: none (own design; docs/traces.md). Details come before the block that they belong to: they wait
 * here until its instructions pass.
 */
#include "debug/exec_trace_read.h"

#include "util/bits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct TraceReader {
    FILE *file;
    char *path, *text;
    uint64_t offset; /* bytes read */
    bool is_cut;     /* the file ended inside a record */
    bool is_at_end;  /* the end record was read */
    uint64_t told;   /* instructions so far */
    uint64_t icount; /* of the next instruction */
    uint32_t pc;     /* the same */
    bool has_place;  /* icount and pc are known */
    uint64_t at_icount;
    uint32_t hits, left; /* blocks as the table says; instructions of this block */
    uint32_t block_next; /* where it goes on */
    uint64_t detail_icount;
    uint32_t detail_ea, word_pc;
    uint64_t registers[TRACE_REG_COUNT];
    GQueue *details; /* of TraceEvent, owned */
    GHashTable *pages;
    TraceGuess *guesses;
};

/* --- bytes ------------------------------------------------------------------------------------------- */

static bool get_bytes(TraceReader *reader, uint8_t *bytes, size_t length)
{
    size_t got = fread(bytes, 1, length, reader->file);
    reader->offset += got;
    reader->is_cut |= got != length;
    return got == length;
}

/* False: the file is cut, or the number has more than 64 bits. */
static bool get_varint(TraceReader *reader, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        int c = getc_unlocked(reader->file);
        if (c == EOF) {
            reader->is_cut = true;
            return false;
        }
        reader->offset++;
        *value |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            return true;
        }
    }
    return false;
}

static bool get_signed(TraceReader *reader, int64_t *value)
{
    uint64_t raw;
    if (!get_varint(reader, &raw)) {
        return false;
    }
    *value = trace_unzigzag(raw);
    return true;
}

static bool get_word32(TraceReader *reader, uint32_t *value)
{
    uint64_t raw;
    if (!get_varint(reader, &raw) || raw > UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)raw;
    return true;
}

/* --- records ------------------------------------------------------------------------------------------ */

static bool take_block(TraceReader *reader, uint64_t count)
{
    int64_t distance;
    if (!get_signed(reader, &distance) || count == 0 || count > TRACE_BLOCK_MAX ||
        !reader->has_place) {
        return false;
    }
    uint32_t next = reader->pc + 4 * (uint32_t)count + 4 * (uint32_t)distance;
    reader->guesses[trace_guess_index(reader->pc)] = (TraceGuess){reader->pc, (uint32_t)count,
                                                                  next};
    reader->left = (uint32_t)count;
    reader->block_next = next;
    return true;
}

static bool take_hits(TraceReader *reader, uint64_t count)
{
    reader->hits = (uint32_t)count;
    return count > 0 && count <= TRACE_HITS_MAX && reader->has_place;
}

/* The next of reader->hits blocks; false: the table does not know it. */
static bool take_guess(TraceReader *reader)
{
    const TraceGuess *guess = &reader->guesses[trace_guess_index(reader->pc)];
    if (guess->start != reader->pc || guess->count == 0) {
        return false;
    }
    reader->hits--;
    reader->left = guess->count;
    reader->block_next = guess->next;
    return true;
}

static bool take_place(TraceReader *reader, uint64_t number)
{
    uint64_t value;
    if (!get_varint(reader, &value)) {
        return false;
    }
    if (number == 1) {
        reader->is_at_end = true;
        return value == reader->told;
    }
    reader->at_icount += value;
    reader->icount = reader->at_icount;
    reader->has_place = true;
    return number == 0 && get_word32(reader, &reader->pc) && !(reader->pc & 3);
}

static bool take_word(TraceReader *reader)
{
    int64_t distance;
    uint8_t bytes[4];
    if (!get_signed(reader, &distance) || !get_bytes(reader, bytes, sizeof(bytes))) {
        return false;
    }
    uint32_t pc = reader->word_pc + (uint32_t)distance;
    gpointer page = GUINT_TO_POINTER(pc / (4 * TRACE_PAGE_WORDS));
    uint32_t *words = g_hash_table_lookup(reader->pages, page);
    if (!words) {
        words = g_new0(uint32_t, TRACE_PAGE_WORDS);
        g_hash_table_insert(reader->pages, page, words);
    }
    words[pc / 4 % TRACE_PAGE_WORDS] = (uint32_t)ldl_be_p(bytes);
    reader->word_pc = pc + 4;
    return true;
}

static bool fill_access(TraceReader *reader, TraceEvent *event)
{
    int64_t distance;
    if (!get_signed(reader, &distance) || !get_varint(reader, &event->value)) {
        return false;
    }
    event->pc = reader->detail_ea += (uint32_t)distance;
    return event->number <= 32;
}

static bool fill_register(TraceReader *reader, TraceEvent *event)
{
    int64_t difference;
    if (!get_signed(reader, &difference) || event->number >= TRACE_REG_COUNT) {
        return false;
    }
    event->value = reader->registers[event->number] += (uint64_t)difference;
    return true;
}

static bool fill_detail(TraceReader *reader, TraceTag tag, TraceEvent *event)
{
    switch (tag) {
    case TRACE_EXCEPTION:
        event->kind = TRACE_EVENT_EXCEPTION;
        return get_word32(reader, &event->pc) && get_word32(reader, &event->word);
    case TRACE_READ:
    case TRACE_WRITE:
        event->kind = tag == TRACE_READ ? TRACE_EVENT_READ : TRACE_EVENT_WRITE;
        return fill_access(reader, event);
    default:
        event->kind = TRACE_EVENT_REGISTER;
        return fill_register(reader, event);
    }
}

static bool take_detail(TraceReader *reader, TraceTag tag, uint64_t number)
{
    int64_t passed;
    TraceEvent event = {.number = (uint32_t)number};
    if (!get_signed(reader, &passed) || number > UINT32_MAX ||
        g_queue_get_length(reader->details) >= TRACE_DETAILS_MAX) {
        return false;
    }
    event.icount = reader->detail_icount += (uint64_t)passed;
    if (!fill_detail(reader, tag, &event)) {
        return false;
    }
    TraceEvent *kept = g_new(TraceEvent, 1);
    *kept = event;
    g_queue_push_tail(reader->details, kept);
    return true;
}

static bool take_record(TraceReader *reader)
{
    uint64_t head;
    if (!get_varint(reader, &head)) {
        return false;
    }
    switch ((TraceTag)(head & 7)) {
    case TRACE_HITS:
        return take_hits(reader, head >> 3);
    case TRACE_BLOCK:
        return take_block(reader, head >> 3);
    case TRACE_AT:
        return take_place(reader, head >> 3);
    case TRACE_WORD:
        return take_word(reader);
    default:
        return take_detail(reader, (TraceTag)(head & 7), head >> 3);
    }
}

/* --- events ------------------------------------------------------------------------------------------- */

static uint32_t word_at(const TraceReader *reader, uint32_t pc)
{
    const uint32_t *words = g_hash_table_lookup(reader->pages,
                                                GUINT_TO_POINTER(pc / (4 * TRACE_PAGE_WORDS)));
    return words ? words[pc / 4 % TRACE_PAGE_WORDS] : 0;
}

/* A detail of before instruction @icount. */
static bool pop_detail(TraceReader *reader, uint64_t icount, TraceEvent *event)
{
    const TraceEvent *first = g_queue_peek_head(reader->details);
    if (!first || first->icount >= icount) {
        return false;
    }
    *event = *first;
    g_free(g_queue_pop_head(reader->details));
    return true;
}

static void next_insn(TraceReader *reader, TraceEvent *event)
{
    *event = (TraceEvent){.kind = TRACE_EVENT_INSN,
                          .icount = reader->icount,
                          .pc = reader->pc,
                          .word = word_at(reader, reader->pc)};
    reader->icount++;
    reader->told++;
    reader->pc = --reader->left ? reader->pc + 4 : reader->block_next;
}

static TraceResult fail(const TraceReader *reader, Error **errp)
{
    error_setg(errp, "%s: %s at byte %" PRIu64 ", after %" PRIu64 " instructions", reader->path,
               reader->is_cut ? "the file ends too early" : "damaged", reader->offset,
               reader->told);
    return TRACE_DAMAGED;
}

TraceResult trace_reader_next(TraceReader *reader, TraceEvent *event, Error **errp)
{
    for (;;) {
        if (reader->left) {
            if (!pop_detail(reader, reader->icount, event)) {
                next_insn(reader, event);
            }
            return TRACE_EVENT;
        }
        if (reader->is_at_end) {
            return pop_detail(reader, UINT64_MAX, event) ? TRACE_EVENT : TRACE_END;
        }
        if (!(reader->hits ? take_guess(reader) : take_record(reader))) {
            reader->is_at_end = false;
            return fail(reader, errp);
        }
    }
}

/* --- opening ------------------------------------------------------------------------------------------ */

static bool read_header(TraceReader *reader, Error **errp)
{
    uint8_t head[10];
    uint64_t length;
    if (!get_bytes(reader, head, sizeof(head)) || memcmp(head, TRACE_MAGIC, 8) != 0) {
        return error_setg(errp, "%s: not an execution trace", reader->path);
    }
    if (head[8] != TRACE_VERSION) {
        return error_setg(errp, "%s: version %u; this program reads version %d", reader->path,
                          head[8], TRACE_VERSION);
    }
    if (!get_varint(reader, &length) || length > TRACE_TEXT_MAX) {
        return error_setg(errp, "%s: the header is damaged", reader->path);
    }
    reader->text = g_malloc0(length + 1);
    if (!get_bytes(reader, (uint8_t *)reader->text, length)) {
        return error_setg(errp, "%s: the header is cut", reader->path);
    }
    for (char *p = reader->text; *p; p++) {
        *p = g_ascii_isprint(*p) ? *p : '?';
    }
    return true;
}

TraceReader *trace_reader_new(const char *path, Error **errp)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        error_setg_errno(errp, errno, "cannot open '%s'", path);
        return NULL;
    }
    TraceReader *reader = g_new0(TraceReader, 1);
    reader->file = file;
    reader->path = g_strdup(path);
    reader->details = g_queue_new();
    reader->pages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    reader->guesses = g_new0(TraceGuess, TRACE_GUESSES);
    if (!read_header(reader, errp)) {
        trace_reader_free(reader);
        return NULL;
    }
    return reader;
}

void trace_reader_free(TraceReader *reader)
{
    if (reader) {
        fclose(reader->file);
        g_queue_free_full(reader->details, g_free);
        g_hash_table_destroy(reader->pages);
        g_free(reader->guesses);
        g_free(reader->path);
        g_free(reader->text);
        g_free(reader);
    }
}

const char *trace_reader_text(const TraceReader *reader) { return reader->text; }
