/* SPDX-License-Identifier: MIT */
/*
 * Simplified mnemonics of conditional branches and traps: "bne", "bdnzt", "beqlr+", "twlgei".
 *
 * Source: PEM F.4, F.6. A name is made of parts; the tables hold the parts.
 */
#include "target-ppc/asm_internal.h"

/* What a branch looks at. */
static const struct {
    const char *name;
    uint8_t bo;
    int8_t bit; /* of a CR field that may be named; -1: a BI operand; -2: no CR bit */
} TESTS[] = {
    {"lt", 12, 0},  {"gt", 12, 1},   {"eq", 12, 2},   {"so", 12, 3},   {"un", 12, 3},
    {"ge", 4, 0},   {"nl", 4, 0},    {"le", 4, 1},    {"ng", 4, 1},    {"ne", 4, 2},
    {"ns", 4, 3},   {"nu", 4, 3},    {"t", 12, -1},   {"f", 4, -1},    {"dnz", 16, -2},
    {"dz", 18, -2}, {"dnzt", 8, -1}, {"dnzf", 0, -1}, {"dzt", 10, -1}, {"dzf", 2, -1},
    {"", 20, -2},
};

/* Where it goes. */
static const struct {
    const char *name;
    uint16_t id;
} PLACES[] = {
    {"", INSN_bc},     {"l", INSN_bcl},     {"a", INSN_bca},     {"la", INSN_bcla},
    {"lr", INSN_bclr}, {"lrl", INSN_bclrl}, {"ctr", INSN_bcctr}, {"ctrl", INSN_bcctrl},
};

static const struct {
    const char *name;
    uint8_t to;
} TRAPS[] = {
    {"lt", 16}, {"le", 20}, {"eq", 4},  {"ge", 12}, {"gt", 8},  {"nl", 12}, {"ne", 24}, {"ng", 20},
    {"llt", 2}, {"lle", 6}, {"lge", 5}, {"lgt", 1}, {"lnl", 5}, {"lng", 6}, {"u", 31},
};

static bool has_target(unsigned id) { return id <= INSN_bcla && id >= INSN_bc; }

/* Operands: [CR field or BI] [target]; a field that is not written is cr0. */
static void fill_branch(AsmForm *form, unsigned operands, unsigned bo, int bit)
{
    bool target = has_target(form->id), field = bit >= 0 && operands > (target ? 1 : 0);
    unsigned next = field || bit == -1 ? 2 : 1;
    const char *first = bit == -1 ? "BI" : field ? "cS" : "";
    g_snprintf(form->tokens, sizeof(form->tokens), "%s%s%s", first, *first && target ? "," : "",
               target ? "TGT" : "");
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%u,", bo);
    if (bit == -1) {
        g_string_append(text, "$1");
    } else if (field) {
        g_string_append_printf(text, "4*$1+%d", bit);
    } else {
        g_string_append_printf(text, "%d", MAX(bit, 0));
    }
    if (target) {
        g_string_append_printf(text, ",$%u", next);
    }
    g_strlcpy(form->expansion, text->str, sizeof(form->expansion));
}

/* b, always: only to LR or CTR; a count: never to CTR. */
static bool makes_sense(unsigned bo, unsigned id)
{
    return bo == 20 ? !has_target(id) : (bo & 4) || (id != INSN_bcctr && id != INSN_bcctrl);
}

static bool find_place(AsmSpan rest, unsigned bo, unsigned *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PLACES); i++) {
        *id = PLACES[i].id;
        if (asm_span_is(rest, PLACES[i].name) && makes_sense(bo, *id)) {
            return true;
        }
    }
    return false;
}

static bool find_trap(const AsmLine *line, AsmForm *form)
{
    AsmSpan name = line->mnemonic;
    bool immediate = name.length > 3 && name.start[name.length - 1] == 'i';
    if (name.length < 3 || strncmp(name.start, "tw", 2) != 0) {
        return false;
    }
    name = (AsmSpan){name.start + 2, name.length - (immediate ? 3 : 2)};
    for (size_t i = 0; i < G_N_ELEMENTS(TRAPS); i++) {
        if (asm_span_is(name, TRAPS[i].name)) {
            *form = (AsmForm){.id = immediate ? INSN_twi : INSN_tw};
            g_strlcpy(form->tokens, immediate ? "rA,SI" : "rA,rB", sizeof(form->tokens));
            g_snprintf(form->expansion, sizeof(form->expansion), "%u,$1,$2", TRAPS[i].to);
            return true;
        }
    }
    return false;
}

bool asm_branch_find(const AsmLine *line, AsmForm *form)
{
    AsmSpan name = line->mnemonic;
    char hint = asm_take_hint(&name);
    if (*name.start != 'b') {
        return !hint && find_trap(line, form);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(TESTS); i++) {
        size_t skip = 1 + strlen(TESTS[i].name);
        unsigned id;
        if (name.length < skip || strncmp(name.start + 1, TESTS[i].name, skip - 1) != 0 ||
            !find_place((AsmSpan){name.start + skip, name.length - skip}, TESTS[i].bo, &id)) {
            continue;
        }
        *form = (AsmForm){.id = id, .hint = hint};
        fill_branch(form, line->count, TESTS[i].bo, TESTS[i].bit);
        return true;
    }
    return false;
}

void asm_branch_names(GPtrArray *names)
{
    static const char *const common[] = {"blr", "blrl", "bctr",  "bctrl", "beq",  "bne",  "blt",
                                         "bgt", "ble",  "bge",   "bdnz",  "bdz",  "bso",  "bns",
                                         "bt",  "bf",   "beqlr", "bnelr", "twui", "tweqi"};
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        g_ptr_array_add(names, (char *)common[i]);
    }
}
