/* SPDX-License-Identifier: MIT */
/* target-ppc/excp.c: what every exception saves and sets, priorities, masks, naps. PEM chapter 6. */
#include "debug/stops.h"
#include "tests/unit/ppc_bench.h"

enum {
    CODE = 0x4000,
    MSR_KEPT = 0x87c0ffff, /* of SRR1: comes from MSR */
    ADD = 0x7c632a14,
    VADDUWM = 0x10000080,
    FADD = 0xfc00002a,
    TRAP = 0x7fe00008,
    MFMSR = 0x7c6000a6,
    NAP = 0x00400000,
};
#define EMCP 0x80000000u

static Bench new_at_code(uint32_t msr)
{
    Bench bench = bench_new("7400_v2.9");
    bench_set_msr(bench.env, msr);
    bench.env->pc = CODE;
    return bench;
}

typedef struct Case {
    const char *name;
    uint32_t insn, msr, vector, srr0, reason;
} Case;

/* Every synchronous exception, in a processor with as many MSR bits set as it bears. */
static const Case CASES[] = {
    {"illegal", 0, 0, 0x700, CODE, 0x00080000},
    {"privileged", MFMSR, BIT(MSR_PR), 0x700, CODE, 0x00040000},
    {"trap", TRAP, 0, 0x700, CODE, 0x00020000},
    {"system call", WORD_SC, 0, 0xc00, CODE + 4, 0},
    {"no FP", FADD, 0, 0x800, CODE, 0},
    {"no vectors", VADDUWM, BIT(MSR_FP), 0xf20, CODE, 0},
    {"no translation of data", 0x80600000, BIT(MSR_DR), 0x300, CODE, 0},
    {"no translation of code", ADD, BIT(MSR_IR), 0x400, CODE, 0x40000000},
    {"unaligned", 0xb8600001, 0, 0x600, CODE, 0}, /* lmw r3, 1(0) */
    {"trace", ADD, BIT(MSR_SE), 0xd00, CODE + 4, 0},
    {"branch trace", 0x48000008, BIT(MSR_BE), 0xd00, CODE + 8, 0},
};

static void expect_case(PpcEnv *env, const Case *c, uint32_t msr)
{
    uint32_t prefix = msr & BIT(MSR_IP) ? 0xfff00000 : 0;
    bench_set_msr(env, msr);
    env->pc = CODE;
    env->fetch_tag = UINT32_MAX;
    ppc_step(env);
    cr_assert_eq(env->pc, prefix + c->vector, "%s: %08x", c->name, env->pc);
    cr_assert_eq(env->spr[SPR_SRR0], c->srr0, "%s", c->name);
    cr_assert_eq(env->spr[SPR_SRR1], (msr & MSR_KEPT) | c->reason, "%s: %08x", c->name,
                 env->spr[SPR_SRR1]);
    uint32_t expected = msr & (BIT(MSR_ILE) | BIT(MSR_ME) | BIT(MSR_IP));
    expected |= msr & BIT(MSR_ILE) ? BIT(MSR_LE) : 0;
    cr_assert_eq(env->msr, expected, "%s: %08x", c->name, env->msr);
}

Test(excp, exceptions_save_and_set_what_the_manual_says)
{
    Bench bench = new_at_code(0);
    static const uint32_t others[] = {
        0,
        BIT(MSR_ME) | BIT(MSR_RI),
        BIT(MSR_EE) | BIT(MSR_ME),
        BIT(MSR_IP),
        BIT(MSR_ILE),
        BIT(MSR_IP) | BIT(MSR_ILE) | BIT(MSR_ME) | BIT(MSR_EE) | BIT(MSR_RI) | BIT(MSR_PMM),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        bench_put(&bench, CODE, CASES[i].insn);
        for (size_t k = 0; k < G_N_ELEMENTS(others); k++) {
            expect_case(bench.env, &CASES[i], CASES[i].msr | others[k]);
        }
    }
}

Test(excp, an_instruction_breakpoint_comes_before_its_instruction)
{
    Bench bench = new_at_code(BIT(MSR_ME) | BIT(MSR_EE));
    bench.env->spr[SPR_IABR] = CODE | 2;
    ppc_step(bench.env);
    cr_assert_eq(bench.env->pc, PPC_VECTOR_IABR);
    cr_assert_eq(bench.env->spr[SPR_SRR0], CODE);
    cr_assert_eq(bench.env->spr[SPR_SRR1], BIT(MSR_ME) | BIT(MSR_EE));
}

Test(excp, a_machine_check_clears_me)
{
    Bench bench = new_at_code(BIT(MSR_ME) | BIT(MSR_EE));
    bench.env->spr[SPR_HID0] = EMCP;
    ppc_interrupt_set(bench.env, PPC_INTERRUPT_MCP, true);
    ppc_interrupts_poll(bench.env);
    cr_assert_eq(bench.env->pc, PPC_VECTOR_MACHINE_CHECK);
    cr_assert_eq(bench.env->msr, 0);
    cr_assert_eq(bench.env->spr[SPR_SRR1], BIT(19) | BIT(MSR_ME) | BIT(MSR_EE));
    cr_assert_eq(bench.env->pending_interrupts, 0);
}

Test(excp, a_machine_check_with_me_clear_is_dropped)
{
    Bench bench = new_at_code(0);
    ppc_interrupt_set(bench.env, PPC_INTERRUPT_MCP, true);
    ppc_interrupts_poll(bench.env);
    cr_assert_eq(bench.env->pc, CODE);
    cr_assert_eq(bench.env->pending_interrupts, 0);
}

/* --- interrupts ------------------------------------------------------------------------------------- */

Test(excp, pending_interrupts_are_taken_in_the_order_of_the_manual)
{
    static const uint16_t order[] = {0x200, 0x100, 0x1400, 0x500, 0xf00, 0x900, 0x1700};
    Bench bench = new_at_code(0);
    PpcEnv *env = bench.env;
    env->spr[SPR_HID0] = EMCP;
    ppc_interrupt_set(env, 0x7f, true);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        bench_set_msr(env, BIT(MSR_EE) | BIT(MSR_ME));
        env->pc = CODE;
        ppc_interrupts_poll(env);
        cr_assert_eq(env->pc, order[i], "%u: %x", (unsigned)i, env->pc);
        cr_assert_eq(env->spr[SPR_SRR0], CODE);
        if (order[i] == 0x1400 || order[i] == 0x500) { /* levels stay until their line falls */
            uint32_t cause = order[i] == 0x500 ? PPC_INTERRUPT_EXT : PPC_INTERRUPT_SMI;
            cr_assert(env->pending_interrupts & cause);
            ppc_interrupt_set(env, cause, false);
        }
    }
    cr_assert_eq(env->pending_interrupts, 0);
}

Test(excp, ee_masks_all_but_reset_and_machine_check)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    PpcEnv *env = bench.env;
    env->spr[SPR_HID0] = EMCP;
    ppc_interrupt_set(env, 0x7c, true);
    ppc_interrupts_poll(env);
    cr_assert_eq(env->pc, CODE);
    cr_assert_eq(env->pending_interrupts, 0x7c);
    ppc_interrupt_set(env, PPC_INTERRUPT_MCP, true);
    ppc_interrupts_poll(env);
    cr_assert_eq(env->pc, PPC_VECTOR_MACHINE_CHECK);
    ppc_interrupt_set(env, PPC_INTERRUPT_RESET, true);
    ppc_interrupts_poll(env);
    cr_assert_eq(env->pc, PPC_VECTOR_RESET);
}

Test(excp, a_hard_reset_comes_before_everything_and_forgets_it)
{
    Bench bench = new_at_code(BIT(MSR_ME) | BIT(MSR_EE));
    PpcEnv *env = bench.env;
    env->spr[SPR_HID0] = EMCP;
    env->spr[SPR_SRR0] = 0x1234;
    ppc_interrupt_set(env, 0xff, true);
    ppc_interrupts_poll(env);
    cr_assert_eq(env->pc, 0xfff00100);
    cr_assert_eq(env->msr, BIT(MSR_IP));
    cr_assert_eq(env->spr[SPR_SRR0], 0);
    cr_assert_eq(env->pending_interrupts, 0);
}

Test(excp, an_interrupt_follows_the_instruction_that_enables_it)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    PpcEnv *env = bench.env;
    bench_put(&bench, CODE, word_mtmsr(3));
    env->gpr[3] = BIT(MSR_EE) | BIT(MSR_ME);
    ppc_interrupt_set(env, PPC_INTERRUPT_DECR, true);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DECREMENTER);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 4);
    cr_assert_eq(env->spr[SPR_SRR1], BIT(MSR_EE) | BIT(MSR_ME));
}

/* --- naps ------------------------------------------------------------------------------------------- */

static void nap(const Bench *bench, uint32_t hid0, uint32_t msr)
{
    PpcEnv *env = bench->env;
    bench_put(bench, CODE, word_mtmsr(3));
    env->spr[SPR_HID0] = hid0;
    env->gpr[3] = msr | BIT(MSR_POW) | BIT(MSR_ME);
    ppc_step(env);
}

Test(excp, pow_naps_by_each_power_mode_and_by_nothing_else)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        static Bench bench;
        if (bit == 0) {
            bench = new_at_code(BIT(MSR_ME));
        }
        bench_set_msr(bench.env, BIT(MSR_ME));
        bench.env->pc = CODE;
        bench.env->halted = false;
        nap(&bench, BIT(bit), BIT(MSR_EE));
        cr_assert_eq(bench.env->halted, bit >= 21 && bit <= 23, "HID0 bit %u", bit);
        cr_assert_eq(bench.env->pc, CODE + 4);
        cr_assert_not(ppc_msr(bench.env, MSR_POW));
    }
}

Test(excp, a_745x_does_not_doze)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    bench.env->model = ppc_model_find("7455", &error_abort);
    nap(&bench, 0x00800000, BIT(MSR_EE)); /* HIGH_BAT_EN */
    cr_assert_not(bench.env->halted);
    bench.env->pc = CODE;
    nap(&bench, NAP, BIT(MSR_EE));
    cr_assert(bench.env->halted);
}

Test(excp, the_decrementer_ends_a_nap)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    ppc_dec_set(bench.env, 500);
    nap(&bench, NAP, BIT(MSR_EE));
    cr_assert(bench.env->halted);
    ppc_step(bench.env);
    cr_assert_not(bench.env->halted);
    cr_assert_eq(bench.env->pc, PPC_VECTOR_DECREMENTER);
    cr_assert_eq(bench.env->spr[SPR_SRR0], CODE + 4);
    cr_assert_eq(*bench.env->icount, 1);
}

Test(excp, a_breakpoint_at_the_handler_that_a_nap_ends_in_hits)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    CPUState *cs = CPU(bench.cpu);
    ppc_dec_set(bench.env, 500);
    nap(&bench, NAP, BIT(MSR_EE));
    cr_assert(bench.env->halted);
    cr_assert(debug_stops_add(debug_stops_of(cs),
                              &(StopPoint){.kind = CPU_STOP_CODE, .addr = PPC_VECTOR_DECREMENTER},
                              &error_abort));
    clock_set_stop_icount(bench.env->clock, 100);
    cr_assert_eq(CPU_GET_CLASS(cs)->run(cs), CPU_EXIT_BREAKPOINT);
    cr_assert_eq(bench.env->pc, PPC_VECTOR_DECREMENTER);
    cr_assert_eq(*bench.env->icount, 1);
}

Test(excp, a_debugger_that_sets_the_pc_wakes_the_processor)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    CPUState *cs = CPU(bench.cpu);
    nap(&bench, NAP, BIT(MSR_EE));
    cr_assert(bench.env->halted);
    cr_assert(CPU_GET_CLASS(cs)->set_register(cs, "pc", CODE + 0x103));
    cr_assert_not(bench.env->halted);
    cr_assert_eq(bench.env->pc, CODE + 0x100);
}

typedef struct Line {
    Timer timer;
    PpcEnv *env;
} Line;

static void raise_line(void *opaque)
{
    ppc_interrupt_set(((Line *)opaque)->env, PPC_INTERRUPT_EXT, true);
}

Test(excp, an_external_interrupt_ends_a_nap_only_if_enabled)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    PpcEnv *env = bench.env;
    Line *line = g_new0(Line, 1);
    line->env = env;
    timer_init_ns(&line->timer, env->clock, raise_line, line);
    nap(&bench, NAP, 0);
    timer_mod_ns(&line->timer, 1000);
    ppc_step(env);
    cr_assert(env->pending_interrupts & PPC_INTERRUPT_EXT);
    cr_assert(env->halted);
    env->halted = false;
    env->pending_interrupts = 0;
    env->pc = CODE;
    nap(&bench, NAP, BIT(MSR_EE));
    timer_mod_ns(&line->timer, 2000);
    ppc_step(env);
    cr_assert_not(env->halted);
    cr_assert_eq(env->pc, PPC_VECTOR_EXTERNAL);
    cr_assert_eq(clock_virtual_ns(env->clock), 2000);
}

Test(excp, an_interrupt_that_pends_already_keeps_the_processor_awake)
{
    Bench bench = new_at_code(BIT(MSR_ME));
    ppc_interrupt_set(bench.env, PPC_INTERRUPT_EXT, true);
    nap(&bench, NAP, BIT(MSR_EE));
    cr_assert_not(bench.env->halted);
    cr_assert_eq(bench.env->pc, PPC_VECTOR_EXTERNAL);
    cr_assert_eq(bench.env->spr[SPR_SRR0], CODE + 4);
}

/* --- rfi, mtmsr -------------------------------------------------------------------------------------- */

Test(excp, rfi_takes_what_exceptions_save)
{
    Bench bench = new_at_code(BIT(MSR_ILE));
    PpcEnv *env = bench.env;
    bench_put(&bench, CODE, WORD_RFI);
    env->spr[SPR_SRR0] = 0x12345677;
    env->spr[SPR_SRR1] = UINT32_MAX & ~(BIT(MSR_SE) | BIT(MSR_BE) | BIT(MSR_IR));
    ppc_step(env);
    cr_assert_eq(env->pc, 0x12345674);
    cr_assert_eq(env->msr,
                 (0x0200ff77u | BIT(MSR_ILE)) & ~(BIT(MSR_SE) | BIT(MSR_BE) | BIT(MSR_IR)), "%08x",
                 env->msr);
    cr_assert_not(env->halted);
}

Test(excp, rfi_clears_what_exceptions_saved_as_clear)
{
    Bench bench = new_at_code(BIT(MSR_ILE) | BIT(MSR_ME) | BIT(MSR_FP) | BIT(MSR_VEC));
    bench_put(&bench, CODE, WORD_RFI);
    ppc_step(bench.env);
    cr_assert_eq(bench.env->msr, BIT(MSR_ILE));
}

Test(excp, msr_has_the_bits_of_its_model)
{
    static const struct {
        const char *model;
        uint32_t msr;
    } models[] = {{"750", 0x0001ff77}, {"7400", 0x0201ff77}, {"7455", 0x0201ff77}};
    Bench bench = new_at_code(0);
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        bench.env->model = ppc_model_find(models[i].model, &error_abort);
        ppc_msr_write(bench.env, UINT32_MAX);
        cr_assert_eq(bench.env->msr, models[i].msr, "%s: %08x", models[i].model, bench.env->msr);
    }
}

/* --- alignment --------------------------------------------------------------------------------------- */

Test(excp, alignment_exceptions_describe_their_instruction)
{
    static const struct {
        const char *text;
        uint32_t insn, dsisr;
    } words[] = {
        {"lmw r5, 2(r7)", 0xb8a70002, 0x01c00 | 5 << 5 | 7},
        {"stmw r29, 1(r8)", 0xbfa80001, 0x05c00 | 29 << 5 | 8},
        {"lfd f3, 2(r7)", 0xc8670002, 0x02400 | 3 << 5 | 7},
        {"lfsu f3, 2(r7)", 0xc4670002, 0x06000 | 3 << 5 | 7},
        {"stfdu f4, 1(r8)", 0xdc880001, 0x06c00 | 4 << 5 | 8},
        {"lwarx r3, r7, r9", 0x7c674828, 0x00000 | 3 << 5 | 7},
        {"stwcx. r3, r7, r9", 0x7c67492d, 0x10800 | 3 << 5 | 7},
        {"stfsx f6, r7, r9", 0x7cc74d2e, 0x1a800 | 6 << 5 | 7},
        {"lfdx f6, r7, r9", 0x7cc74cae, 0x1a400 | 6 << 5 | 7},
    };
    Bench bench = new_at_code(0);
    PpcEnv *env = bench.env;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        bench_put(&bench, CODE, words[i].insn);
        bench_set_msr(env, BIT(MSR_FP));
        env->pc = CODE;
        env->gpr[7] = 0x8000;
        env->gpr[8] = 0x8001;
        env->gpr[9] = 2;
        ppc_step(env);
        cr_assert_eq(env->pc, PPC_VECTOR_ALIGNMENT, "%s", words[i].text);
        cr_assert_eq(env->spr[SPR_DAR], 0x8002, "%s", words[i].text);
        cr_assert_eq(env->spr[SPR_DSISR], words[i].dsisr, "%s: %08x", words[i].text,
                     env->spr[SPR_DSISR]);
    }
}

Test(excp, dcbz_of_an_inhibited_page_describes_itself)
{
    Bench bench = new_at_code(BIT(MSR_DR));
    PpcEnv *env = bench.env;
    env->spr[SPR_DBAT0U] = 2;
    env->spr[SPR_DBAT0L] = 0x2a;
    ppc_mmu_flush(env);
    bench_put(&bench, CODE, 0x7c074fec); /* dcbz r7, r9 */
    env->gpr[7] = 0x8000;
    env->gpr[9] = 0x45;
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_ALIGNMENT);
    cr_assert_eq(env->spr[SPR_DSISR], 0x17c00 | 7, "%08x", env->spr[SPR_DSISR]);
    cr_assert_eq(env->spr[SPR_DAR], 0x8045, "%08x", env->spr[SPR_DAR]);
}
