/* SPDX-License-Identifier: MIT */
/*
 * What may differ in lock-step, and why: a file of rules, one a line.
 *
 *   device FIRST-LAST: REASON            a load from these physical addresses may read anything
 *   register NAME BITS INSN,...: REASON  these bits of NAME may differ after these instructions
 *   ram FIRST-LAST: REASON               (the comparison at the end) these bytes may differ
 *
 * Numbers are hexadecimal, INSN a mnemonic or `*`. A read of the time base or the decrementer needs no
 * rule. Where a rule holds, the peer's value is copied into ours. Source: none (own design).
 */
#include "gdbstub/internal.h"
#include "target-ppc/spr.h"

#include <stdio.h>
#include <string.h>

typedef enum RuleKind { RULE_TIME, RULE_DEVICE, RULE_REGISTER, RULE_RAM } RuleKind;

typedef struct Rule {
    RuleKind kind;
    uint64_t first, last; /* addresses; of a register: first = bits */
    char *name;
    char **insns;
    char *text; /* of the file, for the report */
    uint64_t uses;
} Rule;

struct Rules {
    GPtrArray *rules; /* Rule */
};

/* --- reading ------------------------------------------------------------------------------------- */

static void rule_free(gpointer data)
{
    Rule *rule = data;
    g_free(rule->name);
    g_strfreev(rule->insns);
    g_free(rule->text);
    g_free(rule);
}

static bool parse_hex(const char *text, uint64_t *value)
{
    return text && g_ascii_string_to_unsigned(text, 16, 0, UINT64_MAX, value, NULL);
}

static bool parse_range(Rule *rule, const char *text)
{
    g_auto(GStrv) ends = g_strsplit(text ? text : "", "-", 3);
    return g_strv_length(ends) == 2 && parse_hex(ends[0], &rule->first) &&
           parse_hex(ends[1], &rule->last) && rule->first <= rule->last;
}

static bool parse_register(Rule *rule, char **words)
{
    if (g_strv_length(words) != 4 || !parse_hex(words[2], &rule->first)) {
        return false;
    }
    rule->name = g_strdup(words[1]);
    rule->insns = g_strsplit(words[3], ",", -1);
    return true;
}

static bool parse_rule(Rule *rule, char **words)
{
    const char *kind = words[0] ? words[0] : "";
    if (strcmp(kind, "register") == 0) {
        rule->kind = RULE_REGISTER;
        return parse_register(rule, words);
    }
    rule->kind = strcmp(kind, "ram") == 0 ? RULE_RAM : RULE_DEVICE;
    return (rule->kind == RULE_RAM || strcmp(kind, "device") == 0) && parse_range(rule, words[1]);
}

static bool take_line(void *opaque, char **words, const char *line)
{
    Rules *rules = opaque;
    Rule *rule = g_new0(Rule, 1);
    g_ptr_array_add(rules->rules, rule);
    rule->text = g_strdup(line);
    return parse_rule(rule, words);
}

Rules *lockstep_rules_read(const char *path, Error **errp)
{
    static const char expected[] = "'device FIRST-LAST', 'ram FIRST-LAST' or "
                                   "'register NAME BITS INSN,...', then ': REASON'";
    Rules *rules = g_new0(Rules, 1);
    Rule *time = g_new0(Rule, 1);
    rules->rules = g_ptr_array_new_with_free_func(rule_free);
    time->kind = RULE_TIME;
    time->text = g_strdup("time: reads of the time base and the decrementer");
    g_ptr_array_add(rules->rules, time);
    if (path && !reasons_read(path, expected, take_line, rules, errp)) {
        lockstep_rules_free(rules);
        return NULL;
    }
    return rules;
}

void lockstep_rules_free(Rules *rules)
{
    g_ptr_array_free(rules->rules, TRUE);
    g_free(rules);
}

/* --- matching ------------------------------------------------------------------------------------ */

static bool is_time_read(const Step *step)
{
    const char *mnemonic = ppc_insn_row(step->op.id)->mnemonic;
    return strcmp(mnemonic, "mftb") == 0 ||
           (strcmp(mnemonic, "mfspr") == 0 &&
            (step->op.imm == SPR_TBL || step->op.imm == SPR_TBU || step->op.imm == SPR_DEC));
}

/* @field is what @step loads into. */
static bool is_target(const Step *step, const Field *field)
{
    const char *mnemonic = ppc_insn_row(step->op.id)->mnemonic;
    if (strcmp(mnemonic, "lmw") == 0) {
        return field->kind == FIELD_GPR && field->number >= step->op.d;
    }
    FieldKind kind = g_str_has_prefix(mnemonic, "lf") ? FIELD_FPR : FIELD_GPR;
    return field->kind == kind && field->number == step->op.d;
}

static bool is_after(const Rule *rule, const Step *step)
{
    const char *mnemonic = ppc_insn_row(step->op.id)->mnemonic;
    return g_strv_contains((const char *const *)rule->insns, "*") ||
           g_strv_contains((const char *const *)rule->insns, mnemonic);
}

static bool is_device_load(const Rule *rule, const Step *step)
{
    return step->is_load && step->is_mapped && step->pa >= rule->first && step->pa <= rule->last;
}

static uint64_t bits_of(const Rule *rule, const Step *step, const Field *field)
{
    switch (rule->kind) {
    case RULE_TIME:
        return is_time_read(step) && is_target(step, field) ? UINT64_MAX : 0;
    case RULE_DEVICE:
        return is_device_load(rule, step) && is_target(step, field) ? UINT64_MAX : 0;
    case RULE_REGISTER:
        return g_ascii_strcasecmp(rule->name, field->name) == 0 && is_after(rule, step)
                   ? rule->first
                   : 0;
    case RULE_RAM:
        return 0;
    }
    g_assert_not_reached();
}

uint64_t lockstep_rules_match(Rules *rules, const Step *step, const Field *field, uint64_t ours,
                              uint64_t theirs)
{
    uint64_t allowed = 0;
    for (guint i = 0; i < rules->rules->len; i++) {
        Rule *rule = g_ptr_array_index(rules->rules, i);
        uint64_t bits = bits_of(rule, step, field);
        rule->uses += ((ours ^ theirs) & bits & ~allowed) != 0;
        allowed |= bits;
    }
    return allowed;
}

bool lockstep_rules_apply(const Rules *rules, const Step *step)
{
    for (guint i = 0; i < rules->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(rules->rules, i);
        if ((rule->kind == RULE_TIME && is_time_read(step)) ||
            (rule->kind == RULE_DEVICE && is_device_load(rule, step)) ||
            (rule->kind == RULE_REGISTER && is_after(rule, step))) {
            return true;
        }
    }
    return false;
}

bool lockstep_rules_match_ram(Rules *rules, hwaddr address)
{
    for (guint i = 0; i < rules->rules->len; i++) {
        Rule *rule = g_ptr_array_index(rules->rules, i);
        if (rule->kind == RULE_RAM && address >= rule->first && address <= rule->last) {
            rule->uses++;
            return true;
        }
    }
    return false;
}

void lockstep_rules_report(const Rules *rules, GString *out)
{
    for (guint i = 0; i < rules->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(rules->rules, i);
        g_string_append_printf(out, "%8" G_GUINT64_FORMAT " x %s\n", rule->uses, rule->text);
    }
}
