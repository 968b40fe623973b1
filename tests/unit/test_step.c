/* SPDX-License-Identifier: MIT */
/* target-ppc/step.c: counting, event points, traces, breakpoints, naps: what vectors cannot ask. */
#include "target-ppc/cpu.h"
#include "target-ppc/cr.h"
#include "target-ppc/spr.h"

#include <criterion/criterion.h>

enum {
    RAM_SIZE = 0x20000,
    CODE = 0x1000,
    HANDLER = 0x500,
    NOP = 0x60000000,
    ADD = 0x7c632a14,   /* add r3, r3, r5 */
    B_8 = 0x48000008,   /* b .+8 */
    BNE_8 = 0x40820008, /* bne .+8 */
    ISYNC = 0x4c00012c,
    MTMSR = 0x7c600124, /* mtmsr r3 */
    SC = 0x44000002,
    RFI = 0x4c000064,
    MTDEC = 0x7c7603a6,
    MFTB = 0x7c6c42e6,
    MTHID0 = 0x7c70fba6,
    MTTBL = 0x7c7c43a6,
    MTSPRG0 = 0x7c7043a6,
};

static PpcEnv *new_cpu(const char *model)
{
    g_autofree char *type = g_strdup_printf("%s-powerpc-cpu", model);
    MemoryRegion *root = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);
    memory_region_init(root, NULL, "root", UINT64_C(1) << 32);
    cr_assert(memory_region_init_ram(ram, NULL, "ram", RAM_SIZE, &error_abort));
    memory_region_add_subregion(root, 0, ram);
    if (*clock_icount(machine_clock()) == 0) {
        cr_assert(clock_configure_icount(machine_clock(), "shift=0", &error_abort));
    }
    PowerPCCPU *cpu = POWERPC_CPU(object_new(type));
    CPU(cpu)->as = address_space_new(root, "test");
    cr_assert(qdev_realize(DEVICE(cpu), NULL, &error_abort));
    ppc_reset(&cpu->env);
    cpu->env.pc = CODE;
    cpu->env.msr = BIT(MSR_ME) | BIT(MSR_FP);
    return &cpu->env;
}

static PpcEnv *new_g4(void) { return new_cpu("7400_v2.9"); }

static void put_word(PpcEnv *env, uint32_t address, uint32_t word)
{
    cr_assert_eq(address_space_store(env->as, address, 4, word), MEMTX_OK);
    env->fetch_tag = UINT32_MAX;
}

static void put_code(PpcEnv *env, uint32_t first, uint32_t second)
{
    put_word(env, env->pc, first);
    put_word(env, env->pc + 4, second);
}

/* With an interrupt pending and enabled, does @insn at @address end in it? */
static bool makes_event_point(uint32_t address, uint32_t insn, uint32_t r3)
{
    PpcEnv *env = new_g4();
    env->pc = address;
    put_word(env, address, insn);
    env->gpr[3] = r3;
    env->msr |= BIT(MSR_EE);
    ppc_interrupt_set(env, PPC_INTERRUPT_EXT, true);
    ppc_step(env);
    return env->pc == HANDLER;
}

/* --- counting ------------------------------------------------------------------------------------- */

Test(step, every_started_instruction_counts)
{
    PpcEnv *env = new_g4();
    put_code(env, NOP, 0); /* 0 is illegal */
    ppc_step(env);
    cr_assert_eq(*env->icount, 1);
    ppc_step(env);
    cr_assert_eq(*env->icount, 2);
    cr_assert_eq(env->pc, 0x700);
}

Test(step, a_fetch_that_faults_counts)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_IR); /* no BAT, empty page table */
    ppc_step(env);
    cr_assert_eq(*env->icount, 1);
    cr_assert_eq(env->pc, PPC_VECTOR_ISI);
    cr_assert_eq(env->spr[SPR_SRR0], CODE);
}

Test(step, time_base_counts_the_instruction_that_reads_it)
{
    PpcEnv *env = new_g4();
    put_code(env, MFTB, MFTB);
    *env->icount = 999;
    ppc_step(env);
    cr_assert_eq(env->gpr[3], 100);
}

/* --- event points --------------------------------------------------------------------------------- */

Test(step, ordinary_instructions_are_no_event_points)
{
    cr_assert_not(makes_event_point(CODE, ADD, 0));
    cr_assert_not(makes_event_point(CODE, MTSPRG0, 0));
    cr_assert_not(makes_event_point(CODE + 0xff8, NOP, 0));
}

Test(step, taken_branches_are_event_points)
{
    cr_assert(makes_event_point(CODE, B_8, 0));
    cr_assert(makes_event_point(CODE, BNE_8, 0));
}

Test(step, branches_not_taken_are_no_event_points)
{
    cr_assert_not(makes_event_point(CODE, BNE_8 ^ 0x01000000, 0));
}

Test(step, the_end_of_a_page_is_an_event_point)
{
    cr_assert(makes_event_point(CODE + 0xffc, ADD, 0));
    cr_assert(makes_event_point(CODE + 0xffc, BNE_8 ^ 0x01000000, 0));
}

Test(step, synchronizing_instructions_are_event_points)
{
    cr_assert(makes_event_point(CODE, ISYNC, 0));
    cr_assert(makes_event_point(CODE, MTMSR, BIT(MSR_EE)));
    cr_assert(makes_event_point(CODE, MTDEC, 100));
    cr_assert(makes_event_point(CODE, MTHID0, 0));
    cr_assert(makes_event_point(CODE, MTTBL, 0));
}

Test(step, rfi_is_an_event_point)
{
    PpcEnv *env = new_g4();
    put_word(env, CODE, RFI);
    env->spr[SPR_SRR0] = 0x2000;
    env->spr[SPR_SRR1] = BIT(MSR_EE) | BIT(MSR_ME);
    ppc_interrupt_set(env, PPC_INTERRUPT_EXT, true);
    ppc_step(env);
    cr_assert_eq(env->pc, HANDLER);
    cr_assert_eq(env->spr[SPR_SRR0], 0x2000);
}

Test(step, due_timers_wait_for_the_event_point)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_EE);
    put_code(env, ADD, ISYNC);
    ppc_dec_set(env, 0); /* due 10 ns, thus 10 instructions, from now */
    *env->icount += 20;
    ppc_step(env);
    cr_assert_eq(env->pc, CODE + 4);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DECREMENTER);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 8);
}

Test(step, masked_interrupts_wait)
{
    PpcEnv *env = new_g4();
    put_code(env, ISYNC, ISYNC);
    ppc_interrupt_set(env, PPC_INTERRUPT_EXT, true);
    ppc_step(env);
    cr_assert_eq(env->pc, CODE + 4);
}

/* --- traces and breakpoints ----------------------------------------------------------------------- */

Test(step, se_traces_every_instruction)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_SE);
    put_code(env, ADD, ADD);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_TRACE);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 4);
}

Test(step, be_traces_branches_taken_or_not)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_BE);
    put_code(env, ADD, BNE_8 ^ 0x01000000);
    ppc_step(env);
    cr_assert_eq(env->pc, CODE + 4);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_TRACE);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 8);
}

Test(step, rfi_is_not_traced_but_what_follows_is)
{
    PpcEnv *env = new_g4();
    put_word(env, CODE, RFI);
    put_word(env, 0x2000, ADD);
    env->msr |= BIT(MSR_SE);
    env->spr[SPR_SRR0] = 0x2000;
    env->spr[SPR_SRR1] = BIT(MSR_SE);
    ppc_step(env);
    cr_assert_eq(env->pc, 0x2000);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_TRACE);
    cr_assert_eq(env->spr[SPR_SRR0], 0x2004);
}

Test(step, an_instruction_that_traps_is_not_traced)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_SE);
    put_code(env, SC, NOP);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_SYSTEM_CALL);
}

Test(step, the_trace_comes_before_a_pending_interrupt)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_SE) | BIT(MSR_EE);
    put_code(env, 0x48000004, NOP); /* b, an event point */
    ppc_interrupt_set(env, PPC_INTERRUPT_EXT, true);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_TRACE);
}

Test(step, iabr_stops_before_the_instruction)
{
    PpcEnv *env = new_g4();
    put_code(env, ADD, ADD);
    env->gpr[3] = env->gpr[5] = 1;
    env->spr[SPR_IABR] = (CODE + 4) | 2;
    ppc_step(env);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_IABR);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 4);
    cr_assert_eq(env->gpr[3], 2);
    cr_assert_eq(*env->icount, 2);
}

Test(step, iabr_looks_at_the_translation_mode)
{
    PpcEnv *env = new_g4();
    put_code(env, ADD, ADD);
    env->spr[SPR_IABR] = CODE | 3;
    ppc_step(env);
    cr_assert_eq(env->pc, CODE + 4);
}

/* --- faults leave registers alone ----------------------------------------------------------------- */

/* Data translation on, DBAT0 maps the first 128 KiB one to one. */
static PpcEnv *new_translated(void)
{
    PpcEnv *env = new_g4();
    env->msr |= BIT(MSR_DR);
    env->spr[SPR_DBAT0U] = 0x00000002;
    env->spr[SPR_DBAT0L] = 0x00000002;
    ppc_mmu_flush(env);
    return env;
}

Test(step, an_update_form_that_faults_keeps_its_base)
{
    PpcEnv *env = new_translated();
    put_code(env, 0x84640010, 0x9c640010); /* lwzu r3, 16(r4); stbu r3, 16(r4) */
    env->gpr[3] = 5;
    env->gpr[4] = 0x00100000;
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DSI);
    cr_assert_eq(env->spr[SPR_DAR], 0x00100010);
    cr_assert_eq(env->gpr[4], 0x00100000);
    cr_assert_eq(env->gpr[3], 5);
    env->pc = CODE + 4;
    env->msr |= BIT(MSR_DR);
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DSI);
    cr_assert_eq(env->gpr[4], 0x00100000);
}

Test(step, a_multiple_load_that_faults_half_way_changes_nothing)
{
    PpcEnv *env = new_translated();
    put_code(env, 0xbb840000, NOP); /* lmw r28, 0(r4) */
    env->gpr[4] = RAM_SIZE - 8;
    for (unsigned r = 28; r < 32; r++) {
        env->gpr[r] = 0x5555;
    }
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DSI);
    for (unsigned r = 28; r < 32; r++) {
        cr_assert_eq(env->gpr[r], 0x5555);
    }
}

Test(step, a_conditional_store_that_faults_keeps_the_reservation)
{
    PpcEnv *env = new_translated();
    put_code(env, 0x7c60212d, NOP); /* stwcx. r3, 0, r4 */
    env->gpr[4] = 0x00100000;
    env->reserve_valid = true;
    env->reserve_addr = 0x2000;
    ppc_step(env);
    cr_assert_eq(env->pc, PPC_VECTOR_DSI);
    cr_assert(env->reserve_valid);
}

/* --- naps ----------------------------------------------------------------------------------------- */

static PpcEnv *new_napping(void)
{
    PpcEnv *env = new_g4();
    env->spr[SPR_HID0] = 0x00400000; /* NAP */
    put_code(env, MTMSR, NOP);
    env->gpr[3] = BIT(MSR_POW) | BIT(MSR_EE) | BIT(MSR_ME);
    ppc_dec_set(env, 1000);
    ppc_step(env);
    return env;
}

Test(step, a_nap_jumps_to_the_decrementer_without_counting)
{
    PpcEnv *env = new_napping();
    cr_assert(env->halted);
    cr_assert_eq(env->pc, CODE + 4);
    uint64_t before = *env->icount;
    ppc_step(env);
    cr_assert_not(env->halted);
    cr_assert_eq(*env->icount, before);
    cr_assert_eq(env->pc, PPC_VECTOR_DECREMENTER);
    cr_assert_eq(env->spr[SPR_SRR0], CODE + 4);
    cr_assert_eq(clock_virtual_ns(env->clock), 10010);
}

Test(step, pow_without_a_power_mode_does_not_nap)
{
    PpcEnv *env = new_g4();
    put_code(env, MTMSR, NOP);
    env->gpr[3] = BIT(MSR_POW) | BIT(MSR_ME);
    ppc_step(env);
    cr_assert_not(env->halted);
    cr_assert_not(ppc_msr(env, MSR_POW));
}

/* --- synchronizing lazy forms --------------------------------------------------------------------- */

Test(step, sync_gives_one_form_and_is_idempotent)
{
    PpcEnv *env = new_g4();
    ppc_cr_compare_signed(env, 0, -5, 7);
    ppc_cr_compare_unsigned(env, 1, 9, 2);
    ppc_cr_compare_signed(env, 2, 4, 4);
    uint32_t value = ppc_cr_get(env);
    cr_assert_eq(value, 0x84200000);
    ppc_sync(env);
    int64_t once[8];
    memcpy(once, env->cr, sizeof(once));
    cr_assert_eq(ppc_cr_get(env), value);
    ppc_sync(env);
    cr_assert_arr_eq(once, env->cr, sizeof(once));
}
