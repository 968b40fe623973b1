/* SPDX-License-Identifier: MIT */
/*
 * Stop points at instructions of a kind: mnemonics, classes, accesses to a special register.
 *
 * The processor stops before the instruction. Pages of code plant them when they are decoded, so that
 * nothing else costs. A class follows from the columns of insn.def. Not seen: registers that change
 * without such an instruction (LR by bl, SRR0 by exceptions, MSR by rfi); who sets a point is told so.
 */
#include "debug/stop_sources.h"
#include "target-ppc/decode.h"
#include "target-ppc/spr.h"
#include "util/options.h"

#include <string.h>

typedef struct InsnStop {
    GPatternSpec *pattern;
    bool (*is_class)(const PpcInsn *row, uint32_t insn);
} InsnStop;

typedef struct SprStop {
    int number; /* MSR_NUMBER: MSR */
    bool read, write;
} SprStop;
enum { MSR_NUMBER = -1 };

/* --- classes ---------------------------------------------------------------------------------------------- */

static bool begins(const PpcInsn *row, const char *prefix)
{
    return g_str_has_prefix(row->mnemonic, prefix);
}

static bool is_one_of(const PpcInsn *row, const char *const *mnemonics)
{
    return g_strv_contains(mnemonics, row->mnemonic);
}

static bool is_branch(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return row->flags & F_BRANCH;
}

static bool is_call(const PpcInsn *row, uint32_t insn)
{
    return (row->flags & F_BRANCH) && (insn & 1);
}

/* bclr without LK, whatever its condition. */
static bool is_return(const PpcInsn *row, uint32_t insn)
{
    return (row->flags & F_BRANCH) && row->primary == 19 && row->xo == 16 && !(insn & 1);
}

static bool is_fp(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED) { return row->flags & F_FP; }

static bool is_altivec(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return row->flags & F_ALTIVEC;
}

static bool is_atomic(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return is_one_of(row, (const char *const[]){"lwarx", "stwcx.", NULL});
}

static bool is_sync(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return is_one_of(row, (const char *const[]){"sync", "isync", "eieio", "tlbsync", NULL});
}

static bool is_cache(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return begins(row, "dcb") || begins(row, "icb");
}

static bool is_trap(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return is_one_of(row, (const char *const[]){"tw", "twi", NULL});
}

static bool is_system(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return (row->flags & F_SUPER) ||
           is_one_of(row, (const char *const[]){"sc", "rfi", "mtspr", "mfspr", "mftb", NULL});
}

/* Primary opcodes 32 to 55 are loads and stores; bit 2 of the upper ones, and the mnemonic, say which. */
static bool is_load(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    bool has_memory = strstr(row->operands, "A0,rB") || strstr(row->operands, "rA,rB") ||
                      row->primary >= 32;
    return row->mnemonic[0] == 'l' && has_memory && row->primary != 19;
}

static bool is_store(const PpcInsn *row, uint32_t insn G_GNUC_UNUSED)
{
    return begins(row, "st") || begins(row, "dcbz");
}

static const struct {
    const char *name;
    bool (*is_class)(const PpcInsn *row, uint32_t insn);
} classes[] = {
    {"branch", is_branch}, {"call", is_call}, {"return", is_return},   {"load", is_load},
    {"store", is_store},   {"fp", is_fp},     {"altivec", is_altivec}, {"system", is_system},
    {"cache", is_cache},   {"sync", is_sync}, {"atomic", is_atomic},   {"trap", is_trap},
};

/* --- instructions ----------------------------------------------------------------------------------------- */

static bool is_insn(const void *opaque, uint32_t insn)
{
    const InsnStop *stop = opaque;
    PpcOp op;
    if (!ppc_decode(insn, &op)) {
        return false;
    }
    const PpcInsn *row = ppc_insn_row(op.id);
    return stop->is_class ? stop->is_class(row, insn)
                          : g_pattern_spec_match_string(stop->pattern, row->mnemonic);
}

static void describe_insn(const void *opaque G_GNUC_UNUSED, CPUState *cpu G_GNUC_UNUSED,
                          uint32_t insn, StopEvent *event)
{
    *event = (StopEvent){.names = {{"insn", insn}}};
}

static void insn_stop_free(void *opaque)
{
    g_pattern_spec_free(((InsnStop *)opaque)->pattern);
    g_free(opaque);
}

static const StopSource insn_source = {
    .type = "insn", .is_insn = is_insn, .describe_insn = describe_insn, .free = insn_stop_free};

static bool has_match(const GPatternSpec *pattern)
{
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        if (g_pattern_spec_match_string((GPatternSpec *)(uintptr_t)pattern,
                                        ppc_insn_row(id)->mnemonic)) {
            return true;
        }
    }
    return false;
}

static bool unknown_insn(const char *word, Error **errp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_ptr_array_add(names, (char *)(uintptr_t)classes[i].name);
    }
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        g_ptr_array_add(names, (char *)(uintptr_t)ppc_insn_row(id)->mnemonic);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(word, (const char *const *)names->pdata);
    return nearest
               ? error_setg(errp, "no instruction or class '%s'; did you mean '%s'?", word, nearest)
               : error_setg(errp, "no instruction or class '%s'", word);
}

bool stop_source_insn(const Debugger *debugger G_GNUC_UNUSED, const char **text, StopPoint *point,
                      Error **errp)
{
    g_autofree char *word = stop_take_word(text);
    InsnStop stop = {.pattern = g_pattern_spec_new(word)};
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (g_str_equal(classes[i].name, word)) {
            stop.is_class = classes[i].is_class;
        }
    }
    if (!*word || (!stop.is_class && !has_match(stop.pattern))) {
        g_pattern_spec_free(stop.pattern);
        return unknown_insn(word, errp);
    }
    point->kind = CPU_STOP_INSN;
    point->source = &insn_source;
    point->source_opaque = g_memdup2(&stop, sizeof(stop));
    return true;
}

/* --- special registers ------------------------------------------------------------------------------------ */

/* Which register @op reads or writes; false: none. */
static bool moves_spr(const PpcOp *op, int *number, bool *writes)
{
    switch (op->id) {
    case INSN_mtspr:
    case INSN_mfspr:
    case INSN_mftb:
        *number = op->imm;
        *writes = op->id == INSN_mtspr;
        return true;
    case INSN_mtmsr:
    case INSN_mfmsr:
        *number = MSR_NUMBER;
        *writes = op->id == INSN_mtmsr;
        return true;
    default:
        return false;
    }
}

static bool is_spr_insn(const void *opaque, uint32_t insn)
{
    const SprStop *stop = opaque;
    PpcOp op;
    int number;
    bool writes;
    return ppc_decode(insn, &op) && moves_spr(&op, &number, &writes) && number == stop->number &&
           (writes ? stop->write : stop->read);
}

static uint32_t spr_now(PpcEnv *env, int number)
{
    uint32_t value = 0;
    if (number == MSR_NUMBER) {
        return env->msr;
    }
    ppc_spr_peek(env, (unsigned)number, &value);
    return value;
}

static void describe_spr(const void *opaque, CPUState *cpu, uint32_t insn, StopEvent *event)
{
    const SprStop *stop = opaque;
    PpcEnv *env = &POWERPC_CPU(cpu)->env;
    PpcOp op;
    int number = 0;
    bool writes = false;
    if (!ppc_decode(insn, &op) || !moves_spr(&op, &number, &writes)) {
        return;
    }
    const char *name = number == MSR_NUMBER ? "msr" : ppc_spr_name(env, (unsigned)number);
    uint32_t old = spr_now(env, stop->number), value = writes ? env->gpr[op.d] : old;
    *event = (StopEvent){.names = {{"value", value}, {"old", old}, {"size", 4}}};
    g_snprintf(event->text, sizeof(event->text), "%s %s: 0x%08x", writes ? "write to" : "read of",
               name ? name : "an SPR", value);
    if (writes) {
        g_snprintf(event->text, sizeof(event->text), "write to %s: 0x%08x (was 0x%08x)",
                   name ? name : "an SPR", value, old);
    }
}

static const StopSource spr_source = {
    .type = "spr", .is_insn = is_spr_insn, .describe_insn = describe_spr, .free = g_free};

static bool unknown_spr(const PpcEnv *env, const char *word, Error **errp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (unsigned n = 0; n < 1024; n++) {
        const char *name = ppc_spr_name(env, n);
        if (name) {
            g_ptr_array_add(names, (char *)(uintptr_t)name);
        }
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(word, (const char *const *)names->pdata);
    return nearest ? error_setg(errp, "no SPR '%s'; did you mean '%s'?", word, nearest)
                   : error_setg(errp, "no SPR '%s'", word);
}

static bool find_spr(const PpcEnv *env, const char *word, int *number, Error **errp)
{
    uint64_t value;
    if (g_ascii_isdigit(*word)) {
        if (!parse_number(word, &value, errp)) {
            return false;
        }
        *number = (int)value;
        return value < 1024 || error_setg(errp, "an SPR's number is 0 to 1023");
    }
    *number = ppc_spr_by_name(env, word);
    return *number >= 0 || unknown_spr(env, word, errp);
}

bool stop_source_spr(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    SprStop stop = {.number = MSR_NUMBER};
    const PpcEnv *env = &POWERPC_CPU(debugger->cpu)->env;
    g_autofree char *word = stop_take_word(text);
    if (g_ascii_strcasecmp(word, "msr") != 0 && !find_spr(env, word, &stop.number, errp)) {
        return false;
    }
    stop_take_access(text, &stop.read, &stop.write);
    point->kind = CPU_STOP_INSN;
    point->source = &spr_source;
    point->source_opaque = g_memdup2(&stop, sizeof(stop));
    return true;
}

const char *stop_spr_unseen(const StopPoint *point)
{
    if (point->source != &spr_source) {
        return NULL;
    }
    switch (((const SprStop *)point->source_opaque)->number) {
    case MSR_NUMBER:
        return "only mtmsr and mfmsr are seen, not exceptions and rfi "
               "(`break exception`, `break insn rfi`)";
    case SPR_LR:
        return "only mtspr and mfspr are seen, not calls and returns "
               "(`break insn call`, `break insn return`)";
    case SPR_CTR:
        return "only mtspr and mfspr are seen, not bdnz and bctr (`break insn branch`)";
    case SPR_XER:
        return "only mtspr and mfspr are seen, not arithmetic";
    case SPR_SRR0:
    case SPR_SRR1:
    case SPR_DAR:
    case SPR_DSISR:
        return "only mtspr and mfspr are seen, not exceptions and rfi "
               "(`break exception`, `break insn rfi`)";
    case SPR_DEC:
        return "only mtspr and mfspr are seen, not time (`break exception decrementer`)";
    default:
        return NULL;
    }
}
