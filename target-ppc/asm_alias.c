/* SPDX-License-Identifier: MIT */
/* Simplified mnemonics that stand for one row: asm_alias.def, and mfNAME, mtNAME of spr.def. */
#include "target-ppc/asm_internal.h"

typedef struct Alias {
    const char *name, *tokens, *expansion;
    uint32_t bits;
    uint16_t id;
} Alias;

static const Alias ALIASES[] = {
#define ALIAS(name, tokens, id, bits, expansion) {name, tokens, expansion, bits, INSN_##id},
#include "target-ppc/asm_alias.def"
#undef ALIAS
};

static const struct {
    const char *name;
    uint16_t number;
} SPRS[] = {
#define SPR(number, name, ...) {#name, number},
#include "target-ppc/spr.def"
#undef SPR
};

bool asm_alias_find(const AsmLine *line, unsigned which, AsmForm *form)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        const Alias *alias = &ALIASES[i];
        uint32_t record;
        if (!asm_mnemonic_is(line->mnemonic, alias->name, alias->id, &record) || which-- > 0) {
            continue;
        }
        *form = (AsmForm){.id = alias->id, .bits = alias->bits | record};
        g_strlcpy(form->tokens, alias->tokens, sizeof(form->tokens));
        g_strlcpy(form->expansion, alias->expansion, sizeof(form->expansion));
        return true;
    }
    return false;
}

void asm_alias_names(GPtrArray *names)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        g_ptr_array_add(names, (char *)ALIASES[i].name);
    }
    asm_branch_names(names);
}

int asm_spr_number(AsmSpan span)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SPRS); i++) {
        if (strlen(SPRS[i].name) == span.length &&
            g_ascii_strncasecmp(SPRS[i].name, span.start, span.length) == 0) {
            return SPRS[i].number;
        }
    }
    return -1;
}

bool asm_spr_find(const AsmLine *line, AsmForm *form)
{
    AsmSpan name = line->mnemonic;
    bool is_read = strncmp(name.start, "mf", 2) == 0;
    if (name.length < 4 || (!is_read && strncmp(name.start, "mt", 2) != 0)) {
        return false;
    }
    int number = asm_spr_number((AsmSpan){name.start + 2, name.length - 2});
    if (number < 0) {
        return false;
    }
    *form = (AsmForm){.id = is_read ? INSN_mfspr : INSN_mtspr};
    g_strlcpy(form->tokens, is_read ? "rD" : "rS", sizeof(form->tokens));
    g_snprintf(form->expansion, sizeof(form->expansion), is_read ? "$1,%d" : "%d,$1", number);
    return true;
}
