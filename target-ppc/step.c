/* SPDX-License-Identifier: MIT */
/*
 * One instruction at a time: fetch, decode, execute, event point. The reference that the engine is
 * compared with.
 *
 * Source: PEM 2.3.1 (trace), 6.4; 7400UM 2.1.2.1 (IABR); event points: design.md 4. Not modelled:
 * imprecise floating-point exception modes (they act as the precise one).
 */
#include "target-ppc/cpu.h"
#include "target-ppc/cr.h"
#include "target-ppc/decode.h"
#include "target-ppc/insn_log.h"
#include "target-ppc/sem_branch.h"
#include "target-ppc/sem_fp.h"
#include "target-ppc/sem_fp_exact.h"
#include "target-ppc/sem_int.h"
#include "target-ppc/sem_ls.h"
#include "target-ppc/sem_sys.h"
#include "target-ppc/sem_vec.h"
#include "target-ppc/spr.h"
#include "target-ppc/undefined.h"
#include "util/log.h"

enum { CODE_PAGE_SIZE = 4096, SRR1_NOT_AT_FAULT = 0x00010000 };

/* --- what an instruction needs before it runs --------------------------------------------------- */

static uint32_t missing_features(const PpcEnv *env, uint32_t flags)
{
    uint32_t needed = (flags & F_ALTIVEC ? PPC_FEATURE_ALTIVEC : 0u) |
                      (flags & F_745X ? PPC_FEATURE_745X : 0u);
    return needed & ~env->model->features;
}

/* False: the exception that says why not was delivered. */
static bool may_run(PpcEnv *env, uint32_t flags)
{
    if (missing_features(env, flags)) {
        ppc_program_exception(env, PPC_PROGRAM_ILLEGAL);
    } else if ((flags & F_SUPER) && ppc_msr(env, MSR_PR)) {
        ppc_program_exception(env, PPC_PROGRAM_PRIVILEGED);
    } else if ((flags & F_FP) && !ppc_msr(env, MSR_FP)) {
        ppc_exception(env, PPC_VECTOR_FP_UNAVAILABLE, env->pc, 0);
    } else if ((flags & F_VEC) && !ppc_msr(env, MSR_VEC)) {
        ppc_exception(env, PPC_VECTOR_VEC_UNAVAILABLE, env->pc, 0);
    } else {
        return true;
    }
    return false;
}

/* --- after it ran ------------------------------------------------------------------------------- */

static bool fp_exceptions_enabled(const PpcEnv *env)
{
    return (env->msr & (BIT(MSR_FE0) | BIT(MSR_FE1))) && (env->fpscr & FPSCR_FEX);
}

/* The record form, then an enabled floating-point exception: results stand when it is taken. */
static inline PpcSem finish(PpcEnv *env, const PpcOp *op, uint32_t flags, PpcSem result)
{
    if (result == SEM_EXCEPTION) {
        return result;
    }
    if ((op->insn & 1) || (flags & F_RC1)) {
        if (flags & F_RC_A) {
            ppc_cr_record(env, env->gpr[op->a]);
        } else if (flags & F_RC_D) {
            ppc_cr_record(env, env->gpr[op->d]);
        } else if (flags & F_RC_FP) {
            ppc_cr_set_field(env, 1, env->fpscr >> 28);
        }
    }
    if ((flags & F_FPE) && G_UNLIKELY(fp_exceptions_enabled(env))) {
        ppc_program_exception(env, PPC_PROGRAM_FP);
        return SEM_EXCEPTION;
    }
    return result;
}

static PpcSem dispatch(PpcEnv *env, const PpcOp *op)
{
    /* lint: dispatch */
    switch ((PpcInsnId)op->id) {
#define INSN(id, mnemonic, form, primary, xo, operands, flags, reserved, semantics, source)        \
    case INSN_##id:                                                                                \
        return may_run(env, flags) ? finish(env, op, flags, semantics(env, op)) : SEM_EXCEPTION;
#include "target-ppc/insn.def"
#undef INSN
    case INSN_ILLEGAL:
    case INSN_COUNT:
        break;
    }
    ppc_program_exception(env, PPC_PROGRAM_ILLEGAL);
    return SEM_EXCEPTION;
}

/* --- event points ------------------------------------------------------------------------------- */

void ppc_deadline_changed(PpcEnv *env)
{
    uint64_t deadline = MIN(clock_deadline(env->clock), env->pm_deadline);
    env->deadline = MIN(deadline, ppc_env_cpu(env)->parent_obj.observe_from);
}

static void take_interrupts(PpcEnv *env)
{
    if (G_UNLIKELY(env->pm_active)) {
        ppc_perfmon_poll(env);
    }
    ppc_interrupts_poll(env);
    env->event = false;
    ppc_deadline_changed(env);
    ppc_look_around(env);
}

void ppc_event_point(PpcEnv *env)
{
    if (*env->icount >= clock_deadline(env->clock)) {
        clock_service(env->clock);
    }
    take_interrupts(env);
}

/* MSR[SE] and MSR[BE] as they were when the instruction began; rfi and isync are never traced
 * (7400UM 4.6.11). */
static bool is_traced(uint32_t msr, const PpcOp *op)
{
    if (op->id == INSN_rfi || op->id == INSN_isync) {
        return false;
    }
    return (msr & BIT(MSR_SE)) || ((msr & BIT(MSR_BE)) && (ppc_insn_row(op->id)->flags & F_BRANCH));
}

/* Exceptions between this instruction and the next; env->pc is the next one's. */
static void complete(PpcEnv *env, const PpcOp *op, uint32_t msr)
{
    if ((ppc_insn_row(op->id)->flags & F_MSR) && fp_exceptions_enabled(env)) {
        ppc_program_exception(env, PPC_PROGRAM_FP | SRR1_NOT_AT_FAULT);
    } else if (is_traced(msr, op)) {
        ppc_exception(env, PPC_VECTOR_TRACE, env->pc, 0);
    }
}

/* The instruction address breakpoint: an address, BE (bit 1), TE (bit 0) as MSR[IR]. */
static bool iabr_hit(const PpcEnv *env)
{
    uint32_t iabr = env->spr[SPR_IABR];
    return G_UNLIKELY(iabr & 2) && (iabr & ~3u) == env->pc && (iabr & 1) == ppc_msr(env, MSR_IR);
}

static void log_insn(PpcEnv *env, uint32_t insn)
{
    if (log_enabled(LOG_UNDEF)) {
        ppc_undefined_report(env, insn);
    }
    ppc_insn_log(env, insn);
}

/* False: an exception took its place. */
static bool fetch(PpcEnv *env, PpcOp *op)
{
    uint32_t insn;
    if (!ppc_fetch(env, &insn)) {
        return false;
    }
    if (iabr_hit(env)) { /* an ISI comes first (7400UM table 4-3) */
        ppc_exception(env, PPC_VECTOR_IABR, env->pc, 0);
        return false;
    }
    env->insn = insn;
    ppc_decode(insn, op);
    if (G_UNLIKELY(log_enabled(LOG_EVERY_INSN))) {
        log_insn(env, insn);
    }
    if (G_UNLIKELY(*env->icount >= ppc_env_cpu(env)->parent_obj.observe_from)) {
        ppc_observe_insn(env);
    }
    return true;
}

static void execute(PpcEnv *env, const PpcOp *op)
{
    uint32_t msr = env->msr, pc = env->pc;
    PpcSem result = dispatch(env, op);
    if (result == SEM_EXCEPTION) {
        return;
    }
    bool jumps = result == SEM_JUMP;
    bool ends_page = (pc & (CODE_PAGE_SIZE - 1)) == CODE_PAGE_SIZE - 4;
    env->pc = jumps ? env->next_pc : pc + 4;
    env->event |= result != SEM_NEXT || ends_page;
    if (G_UNLIKELY(result != SEM_NEXT || (msr & (BIT(MSR_SE) | BIT(MSR_BE))))) {
        complete(env, op, msr);
    }
}

void ppc_step(PpcEnv *env)
{
    if (G_UNLIKELY(env->halted)) {
        if (clock_warp(env->clock)) {
            clock_service(env->clock); /* due whatever the count says */
            take_interrupts(env);
        } else {
            ppc_look_around(env); /* kicked: the caller must see it, no event point happened */
        }
        return;
    }
    PpcOp op;
    ++*env->icount;
    if (fetch(env, &op)) {
        execute(env, &op);
    }
    if (env->event) {
        ppc_event_point(env);
    }
}

void ppc_step_decoded(PpcEnv *env, const PpcOp *op)
{
    ++*env->icount;
    env->insn = op->insn;
    execute(env, op);
    if (env->event) {
        ppc_event_point(env);
    }
}

/* CR fields in the one form that ppc_cr_set_field() makes; performance counters up to date. */
void ppc_sync(PpcEnv *env)
{
    ppc_cr_set(env, ppc_cr_get(env));
    ppc_fp_sync(env);
    ppc_perfmon_sync(env);
}
