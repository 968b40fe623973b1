/* SPDX-License-Identifier: MIT */
/*
 * Why results differ from a peer's, and who is right: a file of explanations, one a line.
 *
 *   INSN,... REGISTER,... BITS WHEN WHO: REASON
 *
 * INSN: mnemonics or globs. REGISTER: r, f, v (any number), cr, fpscr, srr1 and so on, mem. BITS:
 * hexadecimal, of 64 for halves of vectors, or `*`. WHEN: `always` or one of CONDITIONS below. WHO: core99,
 * qemu, or nobody (the manual leaves it open). REASON cites the manual. Source: none (own design).
 */
#include "gdbstub/generate.h"
#include "gdbstub/internal.h"

#include <math.h>
#include <string.h>

/* What a condition looks at: the case, its instruction decoded, and what differs. */
typedef struct Look {
    const VectorCase *test;
    const PpcOp *op;
    const Difference *difference;
} Look;

typedef bool Condition(const Look *look);

typedef struct Explanation {
    char **insns, **registers;
    uint64_t bits;
    Condition *condition;
    char *text;
    uint64_t uses;
} Explanation;

struct Explanations {
    GPtrArray *list; /* Explanation */
};

/* --- conditions ----------------------------------------------------------------------------------- */

static bool always(G_GNUC_UNUSED const Look *look) { return true; }

/* A quotient that does not exist or does not fit. */
static bool is_bad_division(const Look *look)
{
    const uint32_t *gpr = look->test->in.gpr;
    uint32_t a = gpr[look->op->a], b = gpr[look->op->b];
    bool is_signed = !strstr(ppc_insn_row(look->op->id)->mnemonic, "divwu");
    return b == 0 || (is_signed && a == 0x80000000 && b == UINT32_MAX);
}

/* The address of the access is no multiple of 4. */
static bool is_unaligned(const Look *look)
{
    const PpcInsn *row = ppc_insn_row(look->op->id);
    const uint32_t *gpr = look->test->in.gpr;
    uint32_t ea = look->op->a == 32 ? UINT32_C(0) : gpr[look->op->a];
    if (row->form == FORM_D) {
        ea += (uint32_t)look->op->imm;
    } else if (strstr(row->operands, "rB")) {
        ea += gpr[look->op->b];
    }
    return ea % 4 != 0;
}

/* An exception bit of FPSCR was set before, FX was not. */
static bool is_sticky(const Look *look)
{
    enum { STATUS = 0x1ff80700, FX = 1u << 31 };
    uint32_t fpscr = look->test->in.scalar[SCALAR_FPSCR];
    return (fpscr & STATUS) && !(fpscr & FX);
}

/* RN is neither to nearest nor to zero. */
static bool is_directed(const Look *look) { return look->test->in.scalar[SCALAR_FPSCR] & 2; }

/* FPRF says "denormalized" on our side. */
static bool is_denormal(const Look *look)
{
    uint64_t fprf = look->difference->ours >> 12 & 0x1f;
    return fprf == 0x14 || fprf == 0x18;
}

/* The operand in frB is a zero. */
static bool is_of_zero(const Look *look) { return look->test->in.fpr[look->op->b] << 1 == 0; }

/* frC has more bits than the multiplier of a single-precision instruction takes. */
static bool is_wide(const Look *look) { return look->test->in.fpr[look->op->c] & 0x0fffffff; }

/* frA and frC are an infinity and a zero. */
static bool is_infinity_times_zero(const Look *look)
{
    const uint64_t infinity = UINT64_C(0x7ff0000000000000) << 1;
    uint64_t a = look->test->in.fpr[look->op->a] << 1, c = look->test->in.fpr[look->op->c] << 1;
    return (a == infinity && c == 0) || (a == 0 && c == infinity);
}

/* A register that is loaded is also rA or rB. */
static bool is_in_range(const Look *look)
{
    const PpcOp *op = look->op;
    const PpcInsn *row = ppc_insn_row(op->id);
    bool has_index = strcmp(row->mnemonic, "lswx") == 0;
    unsigned bytes = has_index ? look->test->in.scalar[SCALAR_XER] & 0x7f
                     : op->b   ? (unsigned)op->b
                               : 32U; /* lswi */
    unsigned count = strcmp(row->mnemonic, "lmw") == 0 ? 32U - op->d : (bytes + 3) / 4;
    bool has_a = op->a < 32 && (op->a - op->d) % 32u < count;
    return has_a || (has_index && (op->b - op->d) % 32u < count);
}

static bool are_near(double ours, double theirs, double floor)
{
    if (!isfinite(ours) || !isfinite(theirs)) {
        return false;
    }
    double bound = (theirs < 0 ? -theirs : theirs) / 16;
    double distance = ours < theirs ? theirs - ours : ours - theirs;
    return distance <= MAX(bound, floor);
}

/* The values are within 1/16 of each other, or both too small for a single. */
static bool is_near(const Look *look)
{
    double ours, theirs;
    memcpy(&ours, &look->difference->ours, sizeof(ours));
    memcpy(&theirs, &look->difference->theirs, sizeof(theirs));
    return are_near(ours, theirs, 0x1p-126);
}

/* The operand in frB is below 2^-128, its reciprocal no single. */
static bool is_of_tiny(const Look *look)
{
    uint64_t magnitude = look->test->in.fpr[look->op->b] & (UINT64_MAX >> 1);
    return magnitude != 0 && magnitude < UINT64_C(895) << 52;
}

/* So are the lanes of a vector, or within 1/16 (logarithms). */
static bool are_lanes_near(const Look *look)
{
    float ours[2], theirs[2];
    memcpy(ours, &look->difference->ours, sizeof(ours));
    memcpy(theirs, &look->difference->theirs, sizeof(theirs));
    for (int i = 0; i < 2; i++) {
        if (memcmp(&ours[i], &theirs[i], sizeof(float)) != 0 &&
            !are_near((double)ours[i], (double)theirs[i], 0x1p-4)) {
            return false;
        }
    }
    return true;
}

static bool is_ra_zero(const Look *look) { return look->op->a % 32 == 0; }

/* Java mode, and ours took the assist exception. */
static bool is_assisted(const Look *look)
{
    return !(look->test->in.scalar[SCALAR_VSCR] >> 16 & 1) &&
           (look->difference->result->scalar[SCALAR_PC] & 0xffff) == PPC_VECTOR_VEC_ASSIST;
}

/* Lanes differ only where 2^x has an x beyond 2 or so. */
static bool is_exponent_large(const Look *look)
{
    const Difference *difference = look->difference;
    const PpcVector *operand = &look->test->in.vr[look->op->b];
    for (unsigned lane = 0; lane < 2; lane++) {
        bool differs = (difference->ours ^ difference->theirs) >> (32 * lane) & UINT32_MAX;
        uint32_t x = (uint32_t)(operand->u64[difference->part] >> (32 * lane)) & 0x7fffffff;
        if (differs && x < 0x40000000) {
            return false;
        }
    }
    return true;
}

static const struct {
    const char *name;
    Condition *holds;
} CONDITIONS[] = {
    {"always", always},
    {"bad-division", is_bad_division},
    {"unaligned", is_unaligned},
    {"sticky", is_sticky},
    {"directed", is_directed},
    {"denormal", is_denormal},
    {"of-zero", is_of_zero},
    {"wide", is_wide},
    {"infinity-times-zero", is_infinity_times_zero},
    {"in-range", is_in_range},
    {"near", is_near},
    {"of-tiny", is_of_tiny},
    {"ra-zero", is_ra_zero},
    {"assisted", is_assisted},
    {"exponent-large", is_exponent_large},
    {"lanes-near", are_lanes_near},
};

/* --- reading -------------------------------------------------------------------------------------- */

static void explanation_free(gpointer data)
{
    Explanation *explanation = data;
    g_strfreev(explanation->insns);
    g_strfreev(explanation->registers);
    g_free(explanation->text);
    g_free(explanation);
}

static Condition *condition_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CONDITIONS); i++) {
        if (strcmp(CONDITIONS[i].name, name) == 0) {
            return CONDITIONS[i].holds;
        }
    }
    return NULL;
}

static bool parse_bits(const char *text, uint64_t *bits)
{
    *bits = UINT64_MAX;
    return strcmp(text, "*") == 0 ||
           g_ascii_string_to_unsigned(text, 16, 1, UINT64_MAX, bits, NULL);
}

static bool parse_words(Explanation *explanation, char **words)
{
    static const char *const who[] = {"core99", "qemu", "nobody", NULL};
    if (g_strv_length(words) != 5 || !g_strv_contains(who, words[4])) {
        return false;
    }
    explanation->insns = g_strsplit(words[0], ",", -1);
    explanation->registers = g_strsplit(words[1], ",", -1);
    explanation->condition = condition_of(words[3]);
    return parse_bits(words[2], &explanation->bits) && explanation->condition;
}

static bool take_line(void *opaque, char **words, const char *line)
{
    Explanations *explanations = opaque;
    Explanation *explanation = g_new0(Explanation, 1);
    g_ptr_array_add(explanations->list, explanation);
    explanation->text = g_strdup(line);
    return parse_words(explanation, words);
}

Explanations *explanations_read(const char *path, Error **errp)
{
    Explanations *explanations = g_new0(Explanations, 1);
    explanations->list = g_ptr_array_new_with_free_func(explanation_free);
    if (path && !reasons_read(path, "'INSN,... REGISTER,... BITS WHEN WHO: REASON'", take_line,
                              explanations, errp)) {
        explanations_free(explanations);
        return NULL;
    }
    return explanations;
}

void explanations_free(Explanations *explanations)
{
    g_ptr_array_free(explanations->list, TRUE);
    g_free(explanations);
}

/* --- matching ------------------------------------------------------------------------------------- */

static bool any_matches(char **globs, const char *text)
{
    for (; *globs; globs++) {
        if (g_pattern_match_simple(*globs, text)) {
            return true;
        }
    }
    return false;
}

bool explanations_match(Explanations *explanations, const VectorCase *test,
                        const Difference *difference)
{
    uint64_t left = difference->ours ^ difference->theirs;
    PpcOp op;
    const Look look = {test, &op, difference};
    ppc_decode(test->words[0], &op);
    for (guint i = 0; i < explanations->list->len; i++) {
        Explanation *explanation = g_ptr_array_index(explanations->list, i);
        if ((left & explanation->bits) && any_matches(explanation->registers, difference->name) &&
            any_matches(explanation->insns, ppc_insn_row(op.id)->mnemonic) &&
            explanation->condition(&look)) {
            explanation->uses++;
            left &= ~explanation->bits;
        }
    }
    return left == 0;
}

void explanations_report(const Explanations *explanations, GString *out)
{
    for (guint i = 0; i < explanations->list->len; i++) {
        const Explanation *explanation = g_ptr_array_index(explanations->list, i);
        g_string_append_printf(out, "%8" G_GUINT64_FORMAT " x %s\n", explanation->uses,
                               explanation->text);
    }
}
