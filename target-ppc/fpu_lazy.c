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
#include "target-ppc/threading.h"

/* Under these the host's flags or results are not the guest's; FEX: a trap may be due. */
#define FPSCR_NOT_ON_HOST (FPSCR_FEX | FPSCR_OE | FPSCR_UE | FPSCR_XE | FPSCR_NI)

void ppc_fpu_enter(PpcEnv *env)
{
    bool is_on = ppc_msr(env, MSR_FP) && !(env->fpscr & FPSCR_NOT_ON_HOST);
    env->fp.limit_sum = is_on ? PPC_FP_WINDOW(0, 0x7fe) : 0;
    env->fp.limit_double = is_on ? PPC_FP_WINDOW(PPC_FP_FIRST_DOUBLE, 0x7fe) : 0;
    env->fp.limit_single = is_on ? PPC_FP_WINDOW(PPC_FP_FIRST_SINGLE, 1150) : 0;
    if (is_on) {
        host_fpu_begin(env->fpscr & FPSCR_RN);
    }
}

void ppc_fpu_leave(PpcEnv *env)
{
    if (!env->fp.limit_double) {
        return;
    }
    if (!(env->fpscr & FPSCR_XX) && host_fpu_inexact()) {
        env->fpscr |= FPSCR_XX | FPSCR_FX;
    }
    if (env->fpscr & FPSCR_RN) {
        host_fpu_end();
    }
    env->fp.limit_sum = env->fp.limit_double = env->fp.limit_single = 0;
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
