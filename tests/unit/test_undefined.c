/* SPDX-License-Identifier: MIT */
/* target-ppc/undefined.c: each rule finds its words, and -d undef names them once. */
#include "target-ppc/undefined.h"
#include "tests/unit/insn_words.h"
#include "tests/unit/ppc_bench.h"
#include "util/log.h"

#include <unistd.h>

static PpcEnv bare(unsigned count)
{
    return (PpcEnv){.model = ppc_model_find("7400", &error_abort), .xer_count = count};
}

static void expect(const char *form, uint32_t insn, unsigned count)
{
    PpcEnv env = bare(count);
    const PpcUndefinedForm *found = ppc_undefined_form(&env, insn, 0);
    cr_assert(found, "%08x", insn);
    cr_assert_str_eq(found->form, form);
}

static void expect_defined(uint32_t insn, unsigned count)
{
    PpcEnv env = bare(count);
    const PpcUndefinedForm *found = ppc_undefined_form(&env, insn, 0);
    cr_assert_not(found, "%08x: %s", insn, found ? found->form : "");
}

Test(undefined, each_rule_finds_its_words)
{
    expect("no instruction", 0x00000000, 0);
    expect("reserved bits set", 0x7c60202f, 0);                     /* lwzx with Rc */
    expect("update form with rA = 0", 0x84a00004, 0);               /* lwzu r5, 4(0) */
    expect("update form with rA = 0", 0xd4200004, 0);               /* stfsu f1, 4(0) */
    expect("load with update, rA = rD", 0x84630004, 0);             /* lwzu r3, 4(r3) */
    expect("rA or rB among the registers loaded", 0xbbbe0000, 0);   /* lmw r29, 0(r30) */
    expect("rA or rB among the registers loaded", 0x7ca544aa, 0);   /* lswi r5, r5, 8 */
    expect("rA or rB among the registers loaded", 0x7ca0342a, 5);   /* lswx r5, 0, r6 */
    expect("rA or rB among the registers loaded", 0x7ca0242a, 109); /* ... 28 registers on: r4 */
    expect("lswx of 0 bytes", 0x7ca0342a, 0);
    expect("stwcx. without Rc", 0x7c80192c, 0);
    expect("bcctr that decrements CTR", 0x4e000420, 0);
    expect("BO with a z bit set", 0x4ec00020, 0); /* bclr 22, 0 */
    expect("BO with a z bit set", 0x4ea00020, 0); /* bclr 21, 0 */
    expect("BO with a z bit set", 0x41c20008, 0); /* bc 14, 2 */
    expect("sc with bit 30 clear", 0x44000000, 0);
    expect("SPR that this model does not have", 0x7c6502a6, 0); /* mfspr r3, 5 */
    expect("SPR that this model does not have", 0x7c6182e6, 0); /* mftb r3, 513 */
}

Test(undefined, valid_neighbours_are_not_found)
{
    expect_defined(0x94630004, 0);   /* stwu r3, 4(r3) */
    expect_defined(0xc4210004, 0);   /* lfsu f1, 4(r1) */
    expect_defined(0xbbbc0000, 0);   /* lmw r29, 0(r28) */
    expect_defined(0x7ca0342a, 4);   /* lswx r5, 0, r6: r5 only */
    expect_defined(0x7ca0242a, 104); /* 26 registers: r5 to r30 */
    expect_defined(0x7c80192d, 0);   /* stwcx. */
    expect_defined(0x4da20020, 0);   /* bclr 13, 2 */
    expect_defined(0x4e200020, 0);   /* bclr 17, 0 */
    expect_defined(0x4e800420, 0);   /* bctr */
    expect_defined(0x7c6802a6, 0);   /* mflr */
    expect_defined(0x7c6d42e6, 0);   /* mftbu */
}

Test(undefined, words_of_valid_forms_break_no_rule_but_those_of_their_row)
{
    uint64_t state = 5;
    PpcEnv env = bare(4);
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        const PpcInsn *row = ppc_insn_row(id);
        bool has_rule = g_str_has_prefix(row->operands, "BO,") || row->form == FORM_XSPR ||
                        id == INSN_lmw || id == INSN_lswi || id == INSN_lswx;
        for (unsigned i = 0; i < 50 && !has_rule; i++) {
            uint32_t word = random_word(id, &state);
            cr_assert_not(ppc_undefined_form(&env, word, 0), "%08x %s", word, row->mnemonic);
        }
    }
}

/* The first cells of the table in docs/cpu-accuracy.md are the rules, in order. */
Test(undefined, every_rule_is_documented)
{
    g_autofree char *text = NULL;
    const PpcUndefinedForm *rule;
    cr_assert(g_file_get_contents(SOURCE_DIR "/docs/cpu-accuracy.md", &text, NULL, NULL));
    const char *at = text;
    for (unsigned i = 0; (rule = ppc_undefined_rule(i)); i++) {
        g_autofree char *line = g_strdup_printf("\n| %s | %s", rule->form, rule->done);
        at = strstr(at, line);
        cr_assert(at, "no line begins with '%s'", line + 1);
    }
}

static unsigned count_lines(const char *path, const char *part)
{
    g_autofree char *text = NULL;
    unsigned count = 0;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) {
        count++;
    }
    return count;
}

Test(undefined, a_form_is_logged_once_a_pc_and_only_when_asked_for)
{
    Bench bench = bench_new("7400_v2.9");
    g_autofree char *path = NULL;
    close(g_file_open_tmp("core99-XXXXXX.log", &path, NULL));
    cr_assert(log_open(path, &error_abort));
    bench_put(&bench, 0x1000, 0x7c60202f); /* lwzx r3, 0, r4 with Rc */
    for (unsigned i = 0; i < 9; i++) {
        cr_assert(log_set_items(i < 3 ? "none" : "undef", &error_abort));
        bench.env->pc = 0x1000;
        ppc_step(bench.env);
    }
    cr_assert(log_set_items("none", &error_abort));
    log_close();
    cr_assert_eq(count_lines(path, "7c60202f (lwzx): reserved bits set; they are ignored"), 2);
    cr_assert_eq(count_lines(path, "\n"), 2);
    unlink(path);
}

static void run_forms(const Bench *bench, uint32_t *gpr)
{
    static const uint32_t words[] = {0x7c60202f, 0x84630004, 0xbbbe0000, 0x7ca544aa, 0x7c80192c};
    for (unsigned i = 0; i < 32; i++) {
        bench->env->gpr[i] = 0x100 * i;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        bench_put(bench, 0x1000, words[i]);
        bench->env->pc = 0x1000;
        ppc_step(bench->env);
    }
    memcpy(gpr, bench->env->gpr, 32 * sizeof(*gpr));
}

Test(undefined, the_report_changes_no_register)
{
    Bench bench = bench_new("7400_v2.9");
    g_autofree char *path = NULL;
    uint32_t silent[32], reported[32];
    close(g_file_open_tmp("core99-XXXXXX.log", &path, NULL));
    cr_assert(log_open(path, &error_abort));
    run_forms(&bench, silent);
    cr_assert(log_set_items("undef", &error_abort));
    run_forms(&bench, reported);
    cr_assert(log_set_items("none", &error_abort));
    log_close();
    cr_assert_arr_eq(silent, reported, sizeof(silent));
    cr_assert_gt(count_lines(path, "; "), 3);
    unlink(path);
}
