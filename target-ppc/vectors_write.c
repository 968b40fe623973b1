/* SPDX-License-Identifier: MIT */
/* A case as text, as docs/vectors.md describes it: what --generate prints and --bless records. */
#include "target-ppc/spr.h"
#include "target-ppc/vectors_internal.h"

static void put(GString *out, const char *name, uint64_t value)
{
    g_string_append_printf(out, " %s=0x%" G_GINT64_MODIFIER "x", name, value);
}

static void put_numbered(GString *out, const char *prefix, unsigned number, uint64_t value)
{
    char name[16];
    g_snprintf(name, sizeof(name), "%s%u", prefix, number);
    put(out, name, value);
}

static void put_files(GString *out, const VectorState *from, const VectorState *to)
{
    for (unsigned i = 0; i < 32; i++) {
        if (from->gpr[i] != to->gpr[i]) {
            put_numbered(out, "r", i, to->gpr[i]);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        if (from->fpr[i] != to->fpr[i]) {
            put_numbered(out, "f", i, to->fpr[i]);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        if (memcmp(&from->vr[i], &to->vr[i], sizeof(to->vr[i])) != 0) {
            g_string_append_printf(out, " v%u=0x", i);
            for (int byte = 15; byte >= 0; byte--) {
                g_string_append_printf(out, "%02x", to->vr[i].u8[byte]);
            }
        }
    }
}

static void put_specials(GString *out, const PpcModel *model, const VectorState *from,
                         const VectorState *to)
{
    const PpcEnv env = {.model = model};
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        if (from->scalar[i] != to->scalar[i]) {
            put(out, VECTOR_SCALAR_NAMES[i], to->scalar[i]);
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        if (from->sr[i] != to->sr[i]) {
            put_numbered(out, "sr", i, to->sr[i]);
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(to->spr); i++) {
        const char *name = from->spr[i] != to->spr[i] ? ppc_spr_name(&env, i) : NULL;
        if (name) {
            g_autofree char *lower = g_ascii_strdown(name, -1);
            put(out, lower, to->spr[i]);
        }
    }
}

/* Bytes that stand for themselves: @to where it is not as @from (NULL: 0), words of the case left out. */
static bool is_told(const VectorCase *test, const uint8_t *from, const uint8_t *to, uint32_t at)
{
    uint32_t code = test->in.scalar[SCALAR_PC];
    return to[at] != (from ? from[at] : 0) &&
           (from || at < code || at >= code + 4 * test->word_count);
}

/* The end of a piece that begins at @at; short stretches of equal bytes do not end it. */
static uint32_t piece_end(const VectorCase *test, const uint8_t *from, const uint8_t *to,
                          uint32_t at)
{
    enum { GAP = 8 };
    uint32_t end = at + 1;
    for (uint32_t i = end; i < VECTOR_MEMORY_SIZE && i < end + GAP; i++) {
        if (is_told(test, from, to, i)) {
            end = i + 1;
        }
    }
    return end;
}

static void put_memory(GString *out, const VectorCase *test, const uint8_t *from, const uint8_t *to)
{
    enum { CHUNK = 256 };
    static const uint8_t zeros[CHUNK];
    for (uint32_t at = 0; at < VECTOR_MEMORY_SIZE; at++) {
        if (at % CHUNK == 0 && memcmp(to + at, from ? from + at : zeros, CHUNK) == 0) {
            at += CHUNK - 1;
            continue;
        }
        if (!is_told(test, from, to, at)) {
            continue;
        }
        uint32_t end = piece_end(test, from, to, at);
        g_string_append_printf(out, " mem 0x%x=", at);
        for (; at < end; at++) {
            g_string_append_printf(out, "%02x", to[at]);
        }
        at--;
    }
}

void vector_write_in(GString *out, const VectorCase *test, const char *source)
{
    g_autofree VectorState *initial = g_new(VectorState, 1);
    g_autoptr(GString) in = g_string_new(NULL);
    ppc_vectors_initial_state(initial, test->model);
    g_string_append_printf(out, "case %s source=%s", test->name, source);
    if (test->model != ppc_model_find("7400", &error_abort)) {
        g_string_append_printf(out, " model=%s", test->model->name);
    }
    g_string_append(out, "\ninsn");
    for (unsigned i = 0; i < test->word_count; i++) {
        g_string_append_printf(out, " 0x%08x", test->words[i]);
    }
    g_string_append_c(out, '\n');
    put_files(in, initial, &test->in);
    put_specials(in, test->model, initial, &test->in);
    put_memory(in, test, NULL, test->in.memory);
    if (in->len > 0) {
        g_string_append_printf(out, "in%s\n", in->str);
    }
}

/* What an exception leaves (vectors_parse.c); false if @got does not look like it. */
static bool looks_like_exception(const VectorCase *test, const VectorState *got,
                                 VectorState *preset)
{
    uint32_t pc = test->in.scalar[SCALAR_PC], handler = got->scalar[SCALAR_PC] & 0xfffff;
    *preset = test->in;
    vector_exception_state(test, preset, got->scalar[SCALAR_PC]);
    preset->scalar[SCALAR_MSR] &= test->model->msr_mask;
    return got->scalar[SCALAR_PC] != pc + 4 * test->word_count && handler >= 0x100 &&
           handler < 0x1800 && (handler % 0x100 == 0 || handler == 0xf20) &&
           got->scalar[SCALAR_MSR] == preset->scalar[SCALAR_MSR] && got->spr[SPR_SRR0] >= pc &&
           got->spr[SPR_SRR0] <= pc + 4 * test->word_count;
}

void vector_write_out(GString *out, const VectorCase *test, const VectorState *got)
{
    g_autofree VectorState *preset = g_new(VectorState, 1);
    if (looks_like_exception(test, got, preset)) {
        g_string_append_printf(out, "exception 0x%x", got->scalar[SCALAR_PC]);
    } else {
        *preset = test->in;
        preset->scalar[SCALAR_PC] += 4 * test->word_count;
        preset->scalar[SCALAR_MSR] &= test->model->msr_mask;
        g_string_append(out, "out");
    }
    put_files(out, preset, got);
    put_specials(out, test->model, preset, got);
    put_memory(out, test, test->in.memory, got->memory);
    g_string_append_c(out, '\n');
}
