/* SPDX-License-Identifier: MIT */
/*
 * Writes execution traces: an observer of the processor that keeps what cannot be foretold.
 *
 * Source: none (own design; docs/traces.md). Not written: FPSCR, VSCR and SPRs but those of exceptions,
 * instruction fetches, what devices and the table walker do in memory.
 */
#include "debug/exec_trace.h"

#include "debug/exec_trace_format.h"
#include "target-ppc/cpu.h"
#include "target-ppc/cr.h"
#include "util/log.h"
#include "util/options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { BUFFER_SIZE = 1 << 16, RECORD_MAX = 64, OBSERVE_AHEAD = 2048, DETAILS_FLUSH = 4096 };

struct ExecTrace {
    CpuObserver observer;
    CPUState *cpu;
    PpcEnv *env;
    FILE *file;
    char *path;
    GArray *filter; /* of AddrRange; NULL: all */
    uint64_t start, count;
    bool has_registers, has_memory, is_ended;
    int error; /* errno of the first write that failed */
    uint64_t instructions, bytes;
    /* the block under way */
    uint32_t block_pc, block_count;
    uint32_t next_pc;
    uint64_t next_icount; /* 0: nothing was recorded yet */
    uint64_t at_icount;   /* of the last TRACE_AT */
    uint64_t last_icount; /* recorded instruction */
    uint64_t detail_icount;
    uint32_t detail_ea, hits, details;
    uint32_t word_pc; /* behind the last TRACE_WORD */
    uint32_t words_page;
    uint32_t *words;   /* of words_page */
    GHashTable *pages; /* page number -> uint32_t[TRACE_PAGE_WORDS], what the reader knows */
    TraceGuess *guesses;
    uint64_t registers[TRACE_REG_COUNT];
    unsigned used;
    uint8_t buffer[BUFFER_SIZE];
};

static void end_trace(ExecTrace *trace);

/* --- bytes ------------------------------------------------------------------------------------------- */

static void write_buffer(ExecTrace *trace)
{
    if (!trace->error && fwrite(trace->buffer, 1, trace->used, trace->file) != trace->used) {
        trace->error = errno ? errno : EIO;
    }
    trace->bytes += trace->used;
    trace->used = 0;
}

static void put_varint(ExecTrace *trace, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        trace->buffer[trace->used++] = (uint8_t)value | 0x80;
    }
    trace->buffer[trace->used++] = (uint8_t)value;
}

/* Begin a record. */
static void put_tag(ExecTrace *trace, TraceTag tag, uint64_t number)
{
    if (trace->used > BUFFER_SIZE - RECORD_MAX) {
        write_buffer(trace);
    }
    put_varint(trace, number << 3 | tag);
}

static void put_signed(ExecTrace *trace, int64_t value) { put_varint(trace, trace_zigzag(value)); }

/* --- control ----------------------------------------------------------------------------------------- */

static void put_hits(ExecTrace *trace)
{
    if (trace->hits) {
        put_tag(trace, TRACE_HITS, trace->hits);
        trace->hits = 0;
    }
}

/* The block under way is over, execution goes on at @next. */
static void end_block(ExecTrace *trace, uint32_t next)
{
    if (!trace->block_count) {
        trace->block_pc = next;
        return;
    }
    TraceGuess block = {trace->block_pc, trace->block_count, next};
    TraceGuess *guess = &trace->guesses[trace_guess_index(block.start)];
    if (guess->start == block.start && guess->count == block.count && guess->next == block.next) {
        trace->hits++;
    } else {
        put_hits(trace);
        *guess = block;
        put_tag(trace, TRACE_BLOCK, block.count);
        put_signed(trace, (int32_t)(next - (block.start + 4 * block.count)) / 4);
    }
    if (trace->hits == TRACE_HITS_MAX || trace->details >= DETAILS_FLUSH) {
        put_hits(trace);
    }
    trace->details = trace->hits ? trace->details : 0;
    trace->block_pc = next;
    trace->block_count = 0;
}

/* All that was recorded is in the buffer. */
static void settle(ExecTrace *trace)
{
    end_block(trace, trace->next_pc);
    put_hits(trace);
    trace->details = 0;
}

/* The last recorded instruction was not the one before this. */
static void jump_to(ExecTrace *trace, uint32_t pc, uint64_t icount)
{
    if (trace->next_icount) {
        settle(trace);
    }
    put_tag(trace, TRACE_AT, 0);
    put_varint(trace, icount - trace->at_icount);
    put_varint(trace, pc);
    trace->at_icount = icount;
    trace->block_pc = pc;
}

/* --- instruction words ------------------------------------------------------------------------------- */

static void choose_page(ExecTrace *trace, uint32_t page)
{
    gpointer key = GUINT_TO_POINTER(page);
    trace->words = g_hash_table_lookup(trace->pages, key);
    if (!trace->words) {
        trace->words = g_new0(uint32_t, TRACE_PAGE_WORDS);
        g_hash_table_insert(trace->pages, key, trace->words);
    }
    trace->words_page = page;
}

/* The word at @pc is not what the reader knows. */
static void put_word(ExecTrace *trace, uint32_t pc, uint32_t word, uint32_t *known)
{
    if (*known) { /* blocks that wait ran with the old one */
        end_block(trace, pc);
        put_hits(trace);
    }
    *known = word;
    put_tag(trace, TRACE_WORD, 0);
    put_signed(trace, (int32_t)(pc - trace->word_pc));
    stl_be_p(trace->buffer + trace->used, word);
    trace->used += 4;
    trace->word_pc = pc + 4;
}

/* --- details ----------------------------------------------------------------------------------------- */

static void put_detail(ExecTrace *trace, TraceTag tag, uint64_t number, uint64_t icount)
{
    if (trace->details++ >= TRACE_DETAILS_MAX / 2) {
        settle(trace);
    }
    put_tag(trace, tag, number);
    put_signed(trace, (int64_t)(icount - trace->detail_icount));
    trace->detail_icount = icount;
}

static void note_register(ExecTrace *trace, unsigned index, uint64_t value)
{
    uint64_t old = trace->registers[index];
    if (old != value) {
        trace->registers[index] = value;
        put_detail(trace, TRACE_REGISTER, index, trace->last_icount);
        put_signed(trace, (int64_t)(value - old));
    }
}

/* What the last instruction, and exceptions after it, left behind. */
static void note_registers(ExecTrace *trace)
{
    const PpcEnv *env = trace->env;
    for (unsigned i = 0; i < 32; i++) {
        note_register(trace, i, env->gpr[i]);
    }
    note_register(trace, TRACE_REG_LR, env->lr);
    note_register(trace, TRACE_REG_CTR, env->ctr);
    note_register(trace, TRACE_REG_CR, ppc_cr_get(env));
    note_register(trace, TRACE_REG_XER, ppc_xer_get(env));
    note_register(trace, TRACE_REG_MSR, env->msr);
    for (unsigned i = 0; i < 32; i++) {
        note_register(trace, TRACE_REG_F0 + i, env->fpr[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        note_register(trace, TRACE_REG_V0 + 2 * i, env->vr[i].u64[1]);
        note_register(trace, TRACE_REG_V0 + 2 * i + 1, env->vr[i].u64[0]);
    }
}

static bool is_recording(const ExecTrace *trace)
{
    return !trace->is_ended && trace->next_icount &&
           (!trace->filter || trace->last_icount == *trace->env->icount);
}

static void exception_told(CpuObserver *observer, uint32_t vector, uint32_t srr0, uint32_t srr1)
{
    ExecTrace *trace = container_of(observer, ExecTrace, observer);
    if (is_recording(trace)) {
        put_detail(trace, TRACE_EXCEPTION, vector, *trace->env->icount);
        put_varint(trace, srr0);
        put_varint(trace, srr1);
    }
}

static void access_told(CpuObserver *observer, const CpuAccess *access, uint64_t value)
{
    ExecTrace *trace = container_of(observer, ExecTrace, observer);
    if (is_recording(trace)) {
        put_detail(trace, access->is_write ? TRACE_WRITE : TRACE_READ, access->size,
                   *trace->env->icount);
        put_signed(trace, (int32_t)(access->ea - trace->detail_ea));
        put_varint(trace,
                   access->size < 8 ? value & ((UINT64_C(1) << 8 * access->size) - 1) : value);
        trace->detail_ea = access->ea;
    }
}

/* --- instructions ------------------------------------------------------------------------------------ */

/* False: not one that was asked for. */
static bool is_wanted(ExecTrace *trace, uint32_t pc, uint64_t icount)
{
    if (icount <= trace->start || (trace->filter && !addr_ranges_contain(trace->filter, pc))) {
        return false;
    }
    if (trace->instructions == trace->count || trace->error) {
        end_trace(trace);
        return false;
    }
    return true;
}

static void insn_told(CpuObserver *observer, target_addr pc, uint32_t word)
{
    ExecTrace *trace = container_of(observer, ExecTrace, observer);
    uint64_t icount = *trace->env->icount;
    if (trace->has_registers && trace->last_icount) {
        note_registers(trace);
    }
    if (!is_wanted(trace, pc, icount)) {
        return;
    }
    if (G_UNLIKELY(icount != trace->next_icount)) {
        jump_to(trace, pc, icount);
    } else if (pc != trace->next_pc || trace->block_count == TRACE_BLOCK_MAX) {
        end_block(trace, pc);
    }
    if (pc / PPC_CODE_PAGE_SIZE != trace->words_page || !trace->words) {
        choose_page(trace, pc / PPC_CODE_PAGE_SIZE);
    }
    uint32_t *known = &trace->words[pc / 4 % TRACE_PAGE_WORDS];
    if (G_UNLIKELY(*known != word)) {
        put_word(trace, pc, word, known);
    }
    trace->block_count++;
    trace->instructions++;
    trace->next_pc = pc + 4;
    trace->last_icount = icount;
    trace->next_icount = icount + 1;
    if (G_UNLIKELY(trace->has_registers && trace->instructions == 1)) {
        trace->last_icount = icount - 1;
        note_registers(trace); /* what it starts with */
        trace->last_icount = icount;
    }
}

/* --- start and end ----------------------------------------------------------------------------------- */

/* The processor forgets about it; the file is whole. */
static void end_trace(ExecTrace *trace)
{
    if (trace->is_ended) {
        return;
    }
    trace->is_ended = true;
    CPU_GET_CLASS(trace->cpu)->observer_remove(trace->cpu, &trace->observer);
    settle(trace);
    put_tag(trace, TRACE_AT, 1);
    put_varint(trace, trace->instructions);
    write_buffer(trace);
    if (fclose(trace->file) != 0 && !trace->error) {
        trace->error = errno;
    }
    trace->file = NULL;
}

static void free_trace(ExecTrace *trace)
{
    if (trace->filter) {
        g_array_unref(trace->filter);
    }
    g_hash_table_destroy(trace->pages);
    g_free(trace->guesses);
    g_free(trace->path);
    g_free(trace);
}

static void put_header(ExecTrace *trace, const MachineState *machine, const char *filter)
{
    g_autofree char *text = g_strdup_printf(
        "machine=%s cpu=%s m=%" PRIu64 " filter=%s start=%" PRIu64,
        object_get_typename(OBJECT(machine)), object_get_typename(OBJECT(trace->cpu)),
        machine->config.ram_size, filter ? filter : "all", trace->start);
    size_t length = MIN(strlen(text), (size_t)TRACE_TEXT_MAX);
    memcpy(trace->buffer, TRACE_MAGIC, 8);
    trace->buffer[8] = TRACE_VERSION;
    trace->buffer[9] = (uint8_t)((trace->has_registers ? TRACE_HAS_REGISTERS : 0) |
                                 (trace->has_memory ? TRACE_HAS_MEMORY : 0));
    trace->used = 10;
    put_varint(trace, length);
    memcpy(trace->buffer + trace->used, text, length);
    trace->used += (unsigned)length;
}

static bool take_options(ExecTrace *trace, const Options *opts, Error **errp)
{
    const char *filter = options_get(opts, "filter");
    if (!options_get(opts, "file")) {
        return error_setg(errp, "the name of a file is missing");
    }
    if (filter && !(trace->filter = addr_ranges_parse(filter, '/', errp))) {
        return false;
    }
    if (!options_get_number(opts, "start", 0, &trace->start, errp) ||
        !options_get_number(opts, "count", UINT64_MAX, &trace->count, errp) ||
        !options_get_bool(opts, "registers", false, &trace->has_registers, errp) ||
        !options_get_bool(opts, "memory", false, &trace->has_memory, errp)) {
        return false;
    }
    trace->path = g_strdup(options_get(opts, "file"));
    trace->file = fopen(trace->path, "wbe");
    return trace->file || error_setg_errno(errp, errno, "cannot open '%s'", trace->path);
}

static ExecTrace *new_trace(const Debugger *debugger)
{
    ExecTrace *trace = g_new0(ExecTrace, 1);
    trace->cpu = debugger->cpu;
    trace->env = &POWERPC_CPU(debugger->cpu)->env;
    trace->guesses = g_new0(TraceGuess, TRACE_GUESSES);
    trace->pages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return trace;
}

bool exec_trace_start(Debugger *debugger, const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"file", "string", NULL},
        {"filter", "string", NULL},
        {"start", "number", NULL},
        {"count", "number", NULL},
        {"registers", "bool", NULL},
        {"memory", "bool", NULL},
        {0},
    };
    if (debugger->exec_trace && !debugger->exec_trace->is_ended) {
        return error_setg(errp, "a trace to '%s' is under way", debugger->exec_trace->path);
    }
    g_autoptr(Options) opts = options_parse(text, "file", descs, errp);
    if (!opts) {
        return false;
    }
    ExecTrace *trace = new_trace(debugger);
    if (!take_options(trace, opts, errp)) {
        free_trace(trace);
        return false;
    }
    exec_trace_stop(debugger, NULL);
    debugger->exec_trace = trace;
    put_header(trace, debugger->machine, options_get(opts, "filter"));
    trace->observer = (CpuObserver){
        .from = trace->start > OBSERVE_AHEAD ? trace->start - OBSERVE_AHEAD : 0,
        .insn = insn_told,
        .exception = exception_told,
        .access = trace->has_memory ? access_told : NULL,
    };
    CPU_GET_CLASS(trace->cpu)->observer_add(trace->cpu, &trace->observer);
    return true;
}

bool exec_trace_stop(Debugger *debugger, Error **errp)
{
    ExecTrace *trace = debugger->exec_trace;
    if (!trace) {
        return error_setg(errp, "no execution trace is under way");
    }
    end_trace(trace);
    bool ok = !trace->error;
    if (!ok) {
        error_setg(errp, "execution trace '%s': %s", trace->path, g_strerror(trace->error));
    }
    debugger->exec_trace = NULL;
    free_trace(trace);
    return ok;
}

void exec_trace_info(const Debugger *debugger, GString *out)
{
    const ExecTrace *trace = debugger->exec_trace;
    if (!trace) {
        g_string_append(out, "no execution trace is under way\n");
        return;
    }
    uint64_t bytes = trace->bytes + trace->used;
    g_string_append_printf(
        out, "%s: %" PRIu64 " instructions, %" PRIu64 " bytes%s%s%s%s%s\n", trace->path,
        trace->instructions, bytes, trace->has_registers ? ", registers" : "",
        trace->has_memory ? ", memory" : "", trace->filter ? ", filtered" : "",
        trace->is_ended ? ", ended" : "", trace->error ? ", could not be written" : "");
}
