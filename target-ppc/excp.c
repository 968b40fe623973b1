/* SPDX-License-Identifier: MIT */
/*
 * Exceptions: delivery, return, and the asynchronous causes taken at event points.
 *
 * Source: PEM chapter 6; MPC7450UM chapter 4 (vectors 0xf20, 0x1600). Not modelled: checkstop (a
 * machine check with MSR[ME] clear is logged and dropped), the 745x software table search vectors.
 */
#include "target-ppc/insn_log.h"
#include "target-ppc/mode.h"
#include "util/log.h"
#include "util/trace.h"

/* PR and PMM decide what the performance monitor counts. */
static void set_msr(PpcEnv *env, uint32_t msr)
{
    if (G_UNLIKELY(env->pm_active)) {
        ppc_perfmon_sync(env);
    }
    env->msr = msr;
    ppc_mode_changed(env);
    if (G_UNLIKELY(env->pm_active)) {
        ppc_perfmon_arm(env);
    }
}

static void enter_vector(PpcEnv *env, PpcVectorOffset vector)
{
    env->pc = ppc_vector_address(env->msr, vector);
    set_msr(env, ppc_msr_in_handler(env->msr, vector));
    env->halted = false;
    env->event = true;
}

void ppc_exception(PpcEnv *env, PpcVectorOffset vector, uint32_t srr0, uint32_t srr1_bits)
{
    log_if(LOG_INT, "cpu", env->pc,
           "exception %#x at pc %08x: srr0 %08x srr1 %08x dar %08x dsisr %08x", vector, env->pc,
           srr0, (env->msr & PPC_SRR1_MSR_MASK) | srr1_bits, env->spr[SPR_DAR],
           env->spr[SPR_DSISR]);
    if (G_UNLIKELY(ppc_env_cpu(env)->parent_obj.observers)) {
        ppc_observe_exception(env, vector, srr0, (env->msr & PPC_SRR1_MSR_MASK) | srr1_bits);
    }
    ppc_exception_save(env, vector, env->pc, srr0, srr1_bits);
    enter_vector(env, vector);
    ppc_stops_exception(env, vector);
}

void ppc_program_exception(PpcEnv *env, uint32_t reason)
{
    ppc_exception(env, PPC_VECTOR_PROGRAM, env->pc, reason);
}

/* PEM table 6-15: the handler finds the operation and registers without fetching the word. */
static uint32_t alignment_dsisr(uint32_t insn)
{
    uint32_t dsisr = insn >> 16 & 0x3ff; /* rD, rA */
    if (insn >> 26 == 31) {
        dsisr |= (insn >> 1 & 3) << 15 | (insn >> 6 & 1) << 14 | (insn >> 7 & 15) << 10;
    } else {
        dsisr |= (insn >> 26 & 1) << 14 | (insn >> 27 & 15) << 10;
    }
    return dsisr;
}

void ppc_alignment_exception(PpcEnv *env, target_addr ea)
{
    env->spr[SPR_DAR] = ea;
    env->spr[SPR_DSISR] = alignment_dsisr(env->insn);
    ppc_exception(env, PPC_VECTOR_ALIGNMENT, env->pc, 0);
}

void ppc_dsi(PpcEnv *env, target_addr ea, uint32_t dsisr)
{
    env->spr[SPR_DAR] = ea;
    env->spr[SPR_DSISR] = dsisr;
    ppc_exception(env, PPC_VECTOR_DSI, env->pc, 0);
}

void ppc_rfi(PpcEnv *env)
{
    env->next_pc = env->spr[SPR_SRR0] & ~3u;
    ppc_msr_write(env, ppc_msr_after_rfi(env));
    env->is_return_due = ppc_env_cpu(env)->parent_obj.has_return_stops;
}

void ppc_msr_write(PpcEnv *env, uint32_t value)
{
    bool nap = (value & BIT(MSR_POW)) && (env->spr[SPR_HID0] & env->model->hid0_nap_bits);
    value &= env->model->msr_mask & ~BIT(MSR_POW);
    set_msr(env, value);
    env->halted = nap;
    env->event = true;
}

void ppc_interrupt_set(PpcEnv *env, uint32_t cause, bool level)
{
    if (level) {
        env->pending_interrupts |= cause;
    } else {
        env->pending_interrupts &= ~cause;
    }
}

/* EMCP is bit 0 of HID0 (7400UM 2.1.2.2), on the 745x of HID1 (7450UM 2.1.5.1.2). */
static bool machine_check_pin_enabled(const PpcEnv *env)
{
    bool in_hid1 = env->model->features & PPC_FEATURE_745X;
    return env->spr[in_hid1 ? SPR_HID1 : SPR_HID0] >> 31;
}

static void deliver_machine_check(PpcEnv *env)
{
    env->pending_interrupts &= ~PPC_INTERRUPT_MCP;
    if (!machine_check_pin_enabled(env)) {
        log_guest_error("cpu", env->pc, "MCP pin with EMCP clear: ignored");
        return;
    }
    if (!ppc_msr(env, MSR_ME)) {
        log_guest_error("cpu", env->pc, "machine check with MSR[ME] clear: checkstop ignored");
        return;
    }
    ppc_exception(env, PPC_VECTOR_MACHINE_CHECK, env->pc, BIT(19)); /* SRR1: MCP pin */
}

/* One maskable cause, highest first (7400UM table 4-3). */
static void deliver_maskable(PpcEnv *env, uint32_t pending)
{
    if (pending & PPC_INTERRUPT_SMI) {
        ppc_exception(env, PPC_VECTOR_SMI, env->pc, 0);
    } else if (pending & PPC_INTERRUPT_EXT) {
        ppc_exception(env, PPC_VECTOR_EXTERNAL, env->pc, 0);
    } else if (pending & PPC_INTERRUPT_PERF) {
        env->pending_interrupts &= ~PPC_INTERRUPT_PERF;
        ppc_exception(env, PPC_VECTOR_PERFORMANCE, env->pc, 0);
    } else if (pending & PPC_INTERRUPT_DECR) {
        env->pending_interrupts &= ~PPC_INTERRUPT_DECR;
        ppc_exception(env, PPC_VECTOR_DECREMENTER, env->pc, 0);
    } else if (pending & PPC_INTERRUPT_THERM) {
        env->pending_interrupts &= ~PPC_INTERRUPT_THERM;
        ppc_exception(env, PPC_VECTOR_THERMAL, env->pc, 0);
    }
}

void ppc_interrupts_poll(PpcEnv *env)
{
    uint32_t pending = env->pending_interrupts;
    if (pending & PPC_INTERRUPT_HRESET) {
        ppc_reset(env);
    } else if (pending & PPC_INTERRUPT_MCP) {
        deliver_machine_check(env);
    } else if (pending & PPC_INTERRUPT_RESET) {
        env->pending_interrupts &= ~PPC_INTERRUPT_RESET;
        ppc_exception(env, PPC_VECTOR_RESET, env->pc, 0);
    } else if (ppc_msr(env, MSR_EE)) {
        deliver_maskable(env, pending);
    }
}
