/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic and compares on the host's FPU: what the engine's handlers run. The names
 * are those of sem_fp_exact.h; SEM_EXCEPTION sends the instruction to step(), nothing being written.
 *
 * A result inside its window (fpu_lazy.c) is the guest's, bit for bit, with no exception but XX.
 * Whatever diverts an instruction for another reason than its result comes before the host operation,
 * or the host's sticky flag would say too much. Source: reference/fp.md. Always left to step():
 * fres, frsqrte, record forms.
 */
#ifndef TARGET_PPC_SEM_FP_HOST_H
#define TARGET_PPC_SEM_FP_HOST_H

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/fpu_lazy.h"
#include "target-ppc/insn.h"
#include "target-ppc/threading.h"

#define HOST_INLINE static inline __attribute__((always_inline))

/* Bits of a double that a single has not; the same in the 25 bits that a single multiply takes. */
#define HOST_BEYOND_SINGLE UINT64_C(0x1fffffff)
#define HOST_BEYOND_25_BITS UINT64_C(0x0fffffff)
/* What those bits are half-way between two singles. */
#define HOST_TIE UINT64_C(0x10000000)

/* What lfs loads; @single is no NaN. Exact, so the host's flags stay. */
HOST_INLINE uint64_t host_single_to_double(uint32_t single)
{
    float value;
    memcpy(&value, &single, sizeof(value));
    return host_fpu_bits(value);
}

HOST_INLINE double host_fpu_operand(const PpcEnv *env, size_t number)
{
    return host_fpu_load(&env->fpr[number]);
}

/* --- which operation is what; all of this is known when a handler is compiled ---------------------- */

HOST_INLINE bool host_is_fused(PpcFpOp base)
{
    return base >= PPC_FP_FMADD && base <= PPC_FP_FNMSUB;
}
HOST_INLINE bool host_uses_a(PpcFpOp base) { return base != PPC_FP_FRSP; }
HOST_INLINE bool host_uses_b(PpcFpOp base) { return base != PPC_FP_FMUL; }
HOST_INLINE bool host_uses_c(PpcFpOp base) { return base == PPC_FP_FMUL || host_is_fused(base); }

HOST_INLINE double host_operate(PpcFpOp base, double a, double b, double c)
{
    switch (base) {
    case PPC_FP_FADD:
        return host_fpu_add(a, b);
    case PPC_FP_FSUB:
        return host_fpu_subtract(a, b);
    case PPC_FP_FMUL:
        return host_fpu_multiply(a, c);
    case PPC_FP_FDIV:
        return host_fpu_divide(a, b);
    case PPC_FP_FMADD:
    case PPC_FP_FNMADD:
        return host_fpu_multiply_add(a, c, b);
    case PPC_FP_FMSUB:
    case PPC_FP_FNMSUB:
        return host_fpu_multiply_subtract(a, c, b);
    default:
        return host_fpu_pass(b); /* frsp */
    }
}

/* --- is the result the guest's? --------------------------------------------------------------------- */

HOST_INLINE bool host_in_window(const PpcEnv *env, PpcFpOp base, bool is_single, uint64_t result)
{
    uint32_t magnitude = (uint32_t)(result >> 32) * 2; /* the sign falls out */
    if (is_single) {
        return magnitude - PPC_FP_WINDOW(0, PPC_FP_FIRST_SINGLE) < env->fp.limit_single;
    }
    if (base == PPC_FP_FADD || base == PPC_FP_FSUB) {
        return magnitude < env->fp.limit_sum;
    }
    return magnitude - PPC_FP_WINDOW(0, PPC_FP_FIRST_DOUBLE) < env->fp.limit_double;
}

HOST_INLINE bool host_is_zero(uint64_t bits) { return bits << 1 == 0; }

/* A result of zero: exact, or all that is left of something tiny? */
HOST_INLINE bool host_zero_is_exact(const PpcEnv *env, const PpcOp *op, PpcFpOp base)
{
    const uint64_t infinity = UINT64_C(0x7ff0000000000000);
    const unsigned far_from_tiny = 200; /* products that cancel it leave nothing so small */
    const uint64_t a = env->fpr[op->a], b = env->fpr[op->b], c = env->fpr[op->c];
    switch (base) {
    case PPC_FP_FADD:
    case PPC_FP_FSUB:
    case PPC_FP_FRSP:
        return true;
    case PPC_FP_FMUL:
        return host_is_zero(a) || host_is_zero(c);
    case PPC_FP_FDIV:
        return host_is_zero(a) || b << 1 == infinity << 1;
    default:
        return (host_is_zero(b) && (host_is_zero(a) || host_is_zero(c))) ||
               (b >> 52 & 0x7ff) > far_from_tiny;
    }
}

/*
 * Rounding to double and then to single goes wrong only if the double is half-way between singles and
 * was itself rounded; sums, products and quotients of singles that lie there are exact.
 */
HOST_INLINE bool host_may_round_twice(const PpcEnv *env, const PpcOp *op, PpcFpOp base,
                                      uint64_t result)
{
    if (base == PPC_FP_FRSP || (result & HOST_BEYOND_SINGLE) != HOST_TIE) {
        return false;
    }
    uint64_t operands = env->fpr[op->a] | env->fpr[base == PPC_FP_FMUL ? op->c : op->b];
    return host_is_fused(base) || (operands & HOST_BEYOND_SINGLE);
}

/* --- arithmetic ---------------------------------------------------------------------------------------- */

HOST_INLINE void host_fpu_store(void *to, double value) { memcpy(to, &value, sizeof(value)); }

HOST_INLINE PpcSem sem_fp_host(PpcEnv *env, const PpcOp *op, PpcFpOp operation)
{
    const PpcFpOp base = operation & ~PPC_FP_SINGLE;
    const bool is_single = (operation & PPC_FP_SINGLE) || base == PPC_FP_FRSP;
    if (is_single && host_uses_c(base) && G_UNLIKELY(env->fpr[op->c] & HOST_BEYOND_25_BITS)) {
        return SEM_EXCEPTION;
    }
    const double a = host_uses_a(base) ? host_fpu_operand(env, op->a) : 0;
    const double b = host_uses_b(base) ? host_fpu_operand(env, op->b) : 0;
    const double c = host_uses_c(base) ? host_fpu_operand(env, op->c) : 0;
    double result = host_operate(base, a, b, c);
    const uint64_t bits = host_fpu_bits(result);

    if (G_UNLIKELY(!host_in_window(env, base, is_single, bits)) &&
        !(host_is_zero(bits) && env->fp.limit_double && host_zero_is_exact(env, op, base))) {
        return SEM_EXCEPTION;
    }
    if (is_single) {
        if (host_may_round_twice(env, op, base, bits)) {
            return SEM_EXCEPTION;
        }
        result = host_fpu_round_to_single(result);
    }
    env->fp.any = operation | PPC_FP_RECORDED;
    if (host_uses_a(base)) {
        host_fpu_store(&env->fp.a, a);
    }
    if (host_uses_b(base)) {
        host_fpu_store(&env->fp.b, b);
    }
    if (host_uses_c(base)) {
        host_fpu_store(&env->fp.c, c);
    }
    bool negates = base == PPC_FP_FNMADD || base == PPC_FP_FNMSUB;
    host_fpu_store(&env->fpr[op->d], negates ? -result : result);
    return SEM_NEXT;
}

#define SEM_FP_HOST(name, operation)                                                               \
    HOST_INLINE PpcSem sem_##name(PpcEnv *env, const PpcOp *op)                                    \
    {                                                                                              \
        return sem_fp_host(env, op, PPC_FP_##operation);                                           \
    }
SEM_FP_HOST(fadd, FADD)
SEM_FP_HOST(fadds, FADDS)
SEM_FP_HOST(fsub, FSUB)
SEM_FP_HOST(fsubs, FSUBS)
SEM_FP_HOST(fmul, FMUL)
SEM_FP_HOST(fmuls, FMULS)
SEM_FP_HOST(fdiv, FDIV)
SEM_FP_HOST(fdivs, FDIVS)
SEM_FP_HOST(fmadd, FMADD)
SEM_FP_HOST(fmadds, FMADDS)
SEM_FP_HOST(fmsub, FMSUB)
SEM_FP_HOST(fmsubs, FMSUBS)
SEM_FP_HOST(fnmadd, FNMADD)
SEM_FP_HOST(fnmadds, FNMADDS)
SEM_FP_HOST(fnmsub, FNMSUB)
SEM_FP_HOST(fnmsubs, FNMSUBS)
SEM_FP_HOST(frsp, FRSP)
#undef SEM_FP_HOST

static inline PpcSem sem_fres(PpcEnv *env G_GNUC_UNUSED, const PpcOp *op G_GNUC_UNUSED)
{
    return SEM_EXCEPTION;
}

static inline PpcSem sem_frsqrte(PpcEnv *env G_GNUC_UNUSED, const PpcOp *op G_GNUC_UNUSED)
{
    return SEM_EXCEPTION;
}

/* --- conversions and compares ---------------------------------------------------------------------------- */

/* The host's word for "does not fit" is also the least number: step() tells them apart. */
HOST_INLINE PpcSem sem_fp_host_to_word(PpcEnv *env, const PpcOp *op, PpcFpOp operation)
{
    const uint64_t high = UINT64_C(0xfff80000), b = env->fpr[op->b];
    if (G_UNLIKELY(!env->fp.limit_double)) {
        return SEM_EXCEPTION;
    }
    const double value = host_fpu_operand(env, op->b);
    uint32_t word = operation == PPC_FP_FCTIW ? host_fpu_to_word(value)
                                              : host_fpu_truncate_to_word(value);
    if (G_UNLIKELY(word == 0x80000000)) {
        return SEM_EXCEPTION;
    }
    bool is_minus_zero = word == 0 && b >> 63;
    env->fp.conversion = operation | PPC_FP_RECORDED;
    env->fp.converted = b;
    env->fpr[op->d] = (high | is_minus_zero) << 32 | word;
    return SEM_NEXT;
}

HOST_INLINE PpcSem sem_fctiw(PpcEnv *env, const PpcOp *op)
{
    return sem_fp_host_to_word(env, op, PPC_FP_FCTIW);
}

HOST_INLINE PpcSem sem_fctiwz(PpcEnv *env, const PpcOp *op)
{
    return sem_fp_host_to_word(env, op, PPC_FP_FCTIWZ);
}

/* Numbers compare alike whether ordered or not. */
HOST_INLINE PpcSem sem_fcmpu(PpcEnv *env, const PpcOp *op)
{
    enum { LESS = 8, GREATER = 4, EQUAL = 2 };
    const double a = host_fpu_operand(env, op->a), b = host_fpu_operand(env, op->b);
    if (G_UNLIKELY(!env->fp.limit_double || __builtin_isunordered(a, b))) {
        return SEM_EXCEPTION;
    }
    uint8_t cc = a < b ? LESS : a > b ? GREATER : EQUAL;
    env->fp.compare = cc | PPC_FP_RECORDED;
    ppc_cr_set_field(env, op->d, cc);
    return SEM_NEXT;
}

HOST_INLINE PpcSem sem_fcmpo(PpcEnv *env, const PpcOp *op) { return sem_fcmpu(env, op); }

#endif
