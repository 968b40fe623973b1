/* SPDX-License-Identifier: MIT */
/*
 * Bursts on the host's FPU, and FPSCR made from what they noted.
 *
 * Windows of results, by the exponent of a double: sums 0 to 0x7fd (a sum that is zero or denormal is
 * exact), other doubles 2 to 0x7fd, singles 898 to 1149. Below lies what may be tiny (PowerPC judges
 * that before rounding, so the least normal exponent is out too); above, what may have
 * overflowed (towards zero an overflow gives the largest number, so the largest exponent is out too).
 */
#include "target-ppc/fpu_lazy.h"

#include "target-ppc/fpu.h"
#include "target-ppc/insn.h"
#include "target-ppc/threading.h"

/* Under these the host's flags or results are not the guest's; FEX: a trap may be due. */
#define FPSCR_NOT_ON_HOST (FPSCR_FEX | FPSCR_OE | FPSCR_UE | FPSCR_XE | FPSCR_NI)

/* Bursts that follow one which needed the unit most often need it, too. */
enum { WARM_BURSTS = 16 };

/* False: the guest's FPU is off, or wants what the host's cannot tell. */
static bool make_ready(PpcEnv *env)
{
    if (!ppc_msr(env, MSR_FP) || (env->fpscr & FPSCR_NOT_ON_HOST)) {
        return false;
    }
    env->fp.limit_sum = PPC_FP_WINDOW(0, 0x7fe);
    env->fp.limit_double = PPC_FP_WINDOW(PPC_FP_FIRST_DOUBLE, 0x7fe);
    env->fp.limit_single = PPC_FP_WINDOW(PPC_FP_FIRST_SINGLE, 1150);
    env->fp.is_guarded = !(env->fpscr & FPSCR_XX) || (env->fpscr & FPSCR_RN);
    if (env->fp.is_guarded) {
        host_fpu_begin(env->fpscr & FPSCR_RN);
    }
    return true;
}

void ppc_fpu_begin(PpcEnv *env)
{
    env->fp.warm_bursts = 0;
    host_fpu_end();
}

void ppc_fpu_enter(PpcEnv *env)
{
    if (G_UNLIKELY(env->fp.warm_bursts)) {
        env->fp.warm_bursts--;
        make_ready(env);
    }
}

void ppc_fpu_leave(PpcEnv *env)
{
    if (G_LIKELY(!env->fp.limit_double)) {
        return;
    }
    if (!(env->fpscr & FPSCR_XX) && host_fpu_inexact()) {
        env->fpscr |= FPSCR_XX | FPSCR_FX;
    }
    if (env->fpscr & FPSCR_RN) {
        host_fpu_end();
    }
    env->fp.limit_sum = env->fp.limit_double = env->fp.limit_single = 0;
    env->fp.is_guarded = false;
}

bool ppc_fpu_prepare(PpcEnv *env, uint32_t flags)
{
    if ((flags & F_FPE) && !env->fp.limit_double) {
        env->fp.warm_bursts = WARM_BURSTS;
        return make_ready(env);
    }
    if ((flags & F_INEXACT) && env->fp.is_guarded) {
        env->fp.warm_bursts = 0;
        ppc_fpu_leave(env);
        return true;
    }
    return false;
}

static uint32_t with_rounding_status(uint32_t fpscr, const PpcFpResult *result)
{
    fpscr &= ~(FPSCR_FI | FPSCR_FR);
    return fpscr | (result->fi ? FPSCR_FI : 0) | (result->fr ? FPSCR_FR : 0);
}

void ppc_fp_sync(PpcEnv *env)
{
    const PpcFpPending *fp = &env->fp;
    uint32_t fpscr = env->fpscr;

    if (!fp->any) {
        return;
    }
    if (fp->arithmetic) {
        PpcFpOp operation = fp->arithmetic & ~PPC_FP_RECORDED;
        PpcFpResult result = ppc_fp_op(operation, fp->a, fp->b, fp->c, fpscr);
        fpscr = with_rounding_status(fpscr, &result);
        fpscr = (fpscr & ~FPSCR_FPRF) | (uint32_t)result.fprf << FPSCR_FPRF_SHIFT;
    }
    if (fp->conversion) {
        PpcFpOp operation = fp->conversion & ~PPC_FP_RECORDED;
        PpcFpResult result = ppc_fp_op(operation, 0, fp->converted, 0, fpscr);
        fpscr = with_rounding_status(fpscr, &result);
    }
    if (fp->compare) {
        uint32_t cc = fp->compare & 15;
        fpscr = (fpscr & ~FPSCR_FPCC) | cc << FPSCR_FPRF_SHIFT;
    }
    env->fpscr = fpscr;
    env->fp.any = 0;
}
