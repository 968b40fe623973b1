/* SPDX-License-Identifier: MIT */
/*
 * AltiVec floating point on the host's vector unit.
 *
 * Source: as vec_host_x86_lanes.h. What the host would do differently is declined (false: nothing was
 * changed, step() does it): NaN results, in Java mode denormals, and results at the border of the
 * denormals, where tininess before rounding decides. Estimates but vrefp are not here.
 *
 * MXCSR belongs to the scalar FPU: its sticky "inexact" becomes FPSCR[XX], its direction is FPSCR[RN].
 * Rows that may be inexact (F_INEXACT of insn.def) run only while neither means anything (fpu_lazy.h); the
 * rest leaves no such trace and depends on no direction (other flags of MXCSR mean nothing to anyone).
 */
#ifndef TARGET_PPC_VEC_HOST_X86_FLOAT_H
#define TARGET_PPC_VEC_HOST_X86_FLOAT_H

#include "target-ppc/vec_host_x86_lanes.h"

typedef __m128 HostFloats;

static inline HostFloats host_floats(HostVector v) { return _mm_castsi128_ps(v); }
static inline HostVector host_bits(HostFloats v) { return _mm_castps_si128(v); }

/* --- what may be inexact ------------------------------------------------------------------------------ */

/* Volatile: the compiler may not move them to where the scalar FPU's state counts. */
#define HOST_FLOAT_OP(name, mnemonic)                                                              \
    static inline HostFloats name(HostFloats x, HostFloats y)                                      \
    {                                                                                              \
        HostFloats result;                                                                         \
        __asm__ volatile(mnemonic " %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));                  \
        return result;                                                                             \
    }
HOST_FLOAT_OP(host_add, "vaddps")
HOST_FLOAT_OP(host_subtract, "vsubps")
HOST_FLOAT_OP(host_divide, "vdivps")
#undef HOST_FLOAT_OP

/* x * z + y and x * z - y, rounded once. */
static inline HostFloats host_multiply_add(HostFloats x, HostFloats y, HostFloats z)
{
    __asm__ volatile("vfmadd213ps %2, %1, %0" : "+x"(x) : "x"(z), "x"(y));
    return x;
}
static inline HostFloats host_multiply_subtract(HostFloats x, HostFloats y, HostFloats z)
{
    __asm__ volatile("vfmsub213ps %2, %1, %0" : "+x"(x) : "x"(z), "x"(y));
    return x;
}

/* --- denormals ---------------------------------------------------------------------------------------- */

static inline HostVector host_magnitude(HostVector x)
{
    return _mm_and_si128(x, _mm_set1_epi32(INT32_MAX));
}

/* Denormals and zeros become zeros of their sign. */
static inline HostVector host_flushed(HostVector x)
{
    const HostVector exponent = _mm_set1_epi32(0x7f800000);
    HostVector is_tiny = _mm_cmpeq_epi32(_mm_and_si128(x, exponent), _mm_setzero_si128());
    return _mm_andnot_si128(_mm_srli_epi32(is_tiny, 1), x);
}

/* As the instruction sees it: flushed in non-Java mode only. */
static inline HostVector host_operand(HostVector x, uint32_t vscr)
{
    return vscr & VSCR_NJ ? host_flushed(x) : x;
}

/* For Float... rows, which decline denormals in Java mode: the flushed operand, or *@declines. */
static inline HostFloats host_float_operand(PpcVecSource v, uint32_t vscr, bool *declines)
{
    HostVector x = host_load(v), flushed = host_flushed(x);
    if (G_UNLIKELY(!(vscr & VSCR_NJ))) {
        HostVector lost = _mm_xor_si128(x, flushed);
        *declines |= !_mm_testz_si128(lost, lost);
    }
    return host_floats(flushed);
}

/*
 * Deliver @result: true, or false for NaNs and what may have been tiny before rounding. @may_vanish: a
 * zero may be a denormal too small for one, which Java mode wants to know.
 */
static inline bool host_deliver(PpcVector *d, HostFloats result, uint32_t vscr, bool may_vanish)
{
    const HostVector smallest = _mm_set1_epi32(0x00800000), infinity = _mm_set1_epi32(0x7f800000);
    HostVector bits = host_bits(result), magnitude = host_magnitude(bits);
    HostVector odd = _mm_or_si128(_mm_cmpeq_epi32(magnitude, smallest),
                                  _mm_cmpgt_epi32(magnitude, infinity));
    HostVector flushed = host_flushed(bits);
    if (G_UNLIKELY(!(vscr & VSCR_NJ))) {
        HostVector is_zero = _mm_cmpeq_epi32(magnitude, _mm_setzero_si128());
        odd = _mm_or_si128(odd, _mm_xor_si128(bits, flushed));
        odd = may_vanish ? _mm_or_si128(odd, is_zero) : odd;
    }
    if (G_UNLIKELY(!_mm_testz_si128(odd, odd))) {
        return false;
    }
    host_store(d, flushed);
    return true;
}

/* --- arithmetic ------------------------------------------------------------------------------------------ */

#define HOST_FLOAT_AB(name, operation)                                                             \
    static inline bool host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)   \
    {                                                                                              \
        bool declines = false;                                                                     \
        HostFloats x = host_float_operand(a, *vscr, &declines);                                    \
        HostFloats y = host_float_operand(b, *vscr, &declines);                                    \
        HostFloats result = operation(x, y);                                                       \
        return !declines && host_deliver(d, result, *vscr, false);                                 \
    }
HOST_FLOAT_AB(vaddfp, host_add)
HOST_FLOAT_AB(vsubfp, host_subtract)
#undef HOST_FLOAT_AB

#define HOST_FLOAT_ABC(name, operation, sign)                                                      \
    static inline bool host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,   \
                                   uint32_t *vscr)                                                 \
    {                                                                                              \
        bool declines = false;                                                                     \
        HostFloats x = host_float_operand(a, *vscr, &declines);                                    \
        HostFloats y = host_float_operand(b, *vscr, &declines);                                    \
        HostFloats z = host_float_operand(c, *vscr, &declines);                                    \
        HostFloats result = operation(x, y, z);                                                    \
        result = _mm_xor_ps(result, host_floats(_mm_set1_epi32(sign)));                            \
        return !declines && host_deliver(d, result, *vscr, true);                                  \
    }
HOST_FLOAT_ABC(vmaddfp, host_multiply_add, 0)
HOST_FLOAT_ABC(vnmsubfp, host_multiply_subtract, INT32_MIN)
#undef HOST_FLOAT_ABC

static inline bool host_vrefp(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    bool declines = false;
    HostFloats y = host_float_operand(b, *vscr, &declines);
    HostFloats result = host_divide(_mm_set1_ps(1), y);
    return !declines && host_deliver(d, result, *vscr, false);
}

/* --- maxima and minima: integers, by a number's place among all others --------------------------------- */

static inline HostVector host_place(HostVector x)
{
    return _mm_xor_si128(x, _mm_srli_epi32(_mm_srai_epi32(x, 31), 1));
}
static inline HostVector host_is_nan(HostVector x)
{
    return _mm_cmpgt_epi32(host_magnitude(x), _mm_set1_epi32(0x7f800000));
}
/* @chosen, or the NaN of the first operand that is one, made quiet. */
static inline HostVector host_nan_or(HostVector x, HostVector y, HostVector chosen)
{
    HostVector x_is_nan = host_is_nan(x), y_is_nan = host_is_nan(y);
    HostVector result = _mm_blendv_epi8(_mm_blendv_epi8(chosen, y, y_is_nan), x, x_is_nan);
    HostVector any = _mm_or_si128(x_is_nan, y_is_nan);
    return _mm_or_si128(result, _mm_and_si128(any, _mm_set1_epi32(0x00400000)));
}
#define HOST_EXTREME(name, is_x)                                                                   \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)   \
    {                                                                                              \
        HostVector x = host_operand(host_load(a), *vscr);                                          \
        HostVector y = host_operand(host_load(b), *vscr);                                          \
        host_store(d, host_nan_or(x, y, _mm_blendv_epi8(y, x, is_x)));                             \
    }
HOST_EXTREME(vmaxfp, _mm_cmpgt_epi32(host_place(x), host_place(y)))
HOST_EXTREME(vminfp, _mm_cmpgt_epi32(host_place(y), host_place(x)))
#undef HOST_EXTREME

/* --- comparisons: never inexact -------------------------------------------------------------------------- */

#define HOST_COMPARE_FLOATS(name, predicate)                                                       \
    static inline uint32_t host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b,               \
                                       uint32_t *vscr)                                             \
    {                                                                                              \
        HostFloats x = host_floats(host_operand(host_load(a), *vscr));                             \
        HostFloats y = host_floats(host_operand(host_load(b), *vscr));                             \
        HostVector mask = host_bits(_mm_cmp_ps(x, y, predicate));                                  \
        host_store(d, mask);                                                                       \
        return host_cr6(mask);                                                                     \
    }
HOST_COMPARE_FLOATS(vcmpeqfp, _CMP_EQ_OQ)
HOST_COMPARE_FLOATS(vcmpgefp, _CMP_GE_OQ)
HOST_COMPARE_FLOATS(vcmpgtfp, _CMP_GT_OQ)
#undef HOST_COMPARE_FLOATS

static inline uint32_t host_vcmpbfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    HostFloats x = host_floats(host_operand(host_load(a), *vscr));
    HostVector bound = host_operand(host_load(b), *vscr);
    HostFloats minus = host_floats(_mm_xor_si128(bound, _mm_set1_epi32(INT32_MIN)));
    HostVector above = host_bits(_mm_cmp_ps(x, host_floats(bound), _CMP_NLE_UQ));
    HostVector below = host_bits(_mm_cmp_ps(x, minus, _CMP_NGE_UQ));
    HostVector result = _mm_or_si128(_mm_slli_epi32(above, 31),
                                     _mm_slli_epi32(_mm_srli_epi32(below, 31), 30));
    host_store(d, result);
    return _mm_testz_si128(result, result) ? 2 : 0;
}

/* --- rounding and conversion ------------------------------------------------------------------------------- */

/* The host rounds without a trace when asked so; NaNs come out quiet. */
#define HOST_ROUND(name, direction)                                                                \
    static inline bool host_##name(PpcVector *d, PpcVecSource b, uint32_t *vscr)                   \
    {                                                                                              \
        bool declines = false;                                                                     \
        HostFloats y = host_float_operand(b, *vscr, &declines);                                    \
        if (G_UNLIKELY(declines)) {                                                                \
            return false;                                                                          \
        }                                                                                          \
        host_store(d, host_bits(_mm_round_ps(y, (direction) | _MM_FROUND_NO_EXC)));                \
        return true;                                                                               \
    }
HOST_ROUND(vrfin, _MM_FROUND_TO_NEAREST_INT)
HOST_ROUND(vrfiz, _MM_FROUND_TO_ZERO)
HOST_ROUND(vrfip, _MM_FROUND_TO_POS_INF)
HOST_ROUND(vrfim, _MM_FROUND_TO_NEG_INF)
#undef HOST_ROUND

/* 2^@exponent. */
static inline HostFloats host_power_of_two(int exponent)
{
    return host_floats(_mm_set1_epi32((127 + exponent) << 23));
}

/* Doubles hold every word exactly; here they become singles, two and two. Scaling is exact. */
static inline void host_deliver_scaled(PpcVector *d, __m128d low, __m128d high, unsigned scale)
{
    HostFloats low_half, high_half;
    __asm__ volatile("vcvtpd2psx %1, %0" : "=x"(low_half) : "x"(low));
    __asm__ volatile("vcvtpd2psx %1, %0" : "=x"(high_half) : "x"(high));
    HostFloats whole = _mm_movelh_ps(low_half, high_half);
    host_store(d, host_bits(_mm_mul_ps(whole, host_power_of_two(-(int)scale))));
}
static inline __m128d host_low_doubles(HostVector x) { return _mm_cvtepi32_pd(x); }
static inline __m128d host_high_doubles(HostVector x)
{
    return _mm_cvtepi32_pd(_mm_unpackhi_epi64(x, x));
}
static inline void host_vcfsx(PpcVector *d, PpcVecSource b, unsigned imm)
{
    HostVector y = host_load(b);
    host_deliver_scaled(d, host_low_doubles(y), host_high_doubles(y), imm);
}
/* @x + 2^31; a difference of zero has the sign that the scalar FPU's direction gives it. */
static inline __m128d host_unsigned(__m128d x)
{
    return _mm_andnot_pd(_mm_set1_pd(-0.0), _mm_add_pd(x, _mm_set1_pd(0x1p31)));
}
static inline void host_vcfux(PpcVector *d, PpcVecSource b, unsigned imm)
{
    HostVector moved = _mm_xor_si128(host_load(b), _mm_set1_epi32(INT32_MIN));
    host_deliver_scaled(d, host_unsigned(host_low_doubles(moved)),
                        host_unsigned(host_high_doubles(moved)), imm);
}

/* b * 2^@imm cut to an integer, NaNs to 0; what is beyond all words stays beyond: never inexact. */
static inline HostFloats host_cut(HostFloats y, unsigned imm)
{
    const HostFloats bound = host_power_of_two(40 - (int)imm);
    HostFloats ordered = _mm_and_ps(y, _mm_cmp_ps(y, y, _CMP_ORD_Q));
    HostFloats within = _mm_min_ps(_mm_max_ps(ordered, _mm_xor_ps(bound, _mm_set1_ps(-0.0f))),
                                   bound);
    HostFloats scaled = _mm_mul_ps(within, host_power_of_two((int)imm));
    return _mm_round_ps(scaled, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

static inline bool host_vctsxs(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr)
{
    bool declines = false;
    HostFloats value = host_cut(host_float_operand(b, *vscr, &declines), imm);
    HostVector above = host_bits(_mm_cmp_ps(value, _mm_set1_ps(0x1p31f), _CMP_GE_OQ));
    HostVector below = host_bits(_mm_cmp_ps(value, _mm_set1_ps(-0x1p31f), _CMP_LT_OQ));
    if (G_UNLIKELY(declines)) {
        return false;
    }
    /* The host's answer to what does not fit is the most negative word: complemented where above. */
    host_store(d, _mm_xor_si128(_mm_cvttps_epi32(value), above));
    host_saturated(_mm_or_si128(above, below), vscr);
    return true;
}

static inline bool host_vctuxs(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr)
{
    const HostFloats half = _mm_set1_ps(0x1p31f);
    bool declines = false;
    HostFloats value = host_cut(host_float_operand(b, *vscr, &declines), imm);
    HostVector above = host_bits(_mm_cmp_ps(value, _mm_set1_ps(0x1p32f), _CMP_GE_OQ));
    HostVector below = host_bits(_mm_cmp_ps(value, _mm_setzero_ps(), _CMP_LT_OQ));
    if (G_UNLIKELY(declines)) {
        return false;
    }
    /* From 2^31 on the difference to it is exact, and its bits are those below the highest. */
    HostFloats is_high = _mm_cmp_ps(value, half, _CMP_GE_OQ);
    HostVector word = _mm_cvttps_epi32(_mm_sub_ps(value, _mm_and_ps(is_high, half)));
    word = _mm_xor_si128(word, _mm_slli_epi32(host_bits(is_high), 31));
    host_store(d, _mm_andnot_si128(below, _mm_or_si128(word, above)));
    host_saturated(_mm_or_si128(above, below), vscr);
    return true;
}

/* --- estimates for step() ----------------------------------------------------------------------------------- */

#define HOST_DECLINES(name)                                                                        \
    static inline bool host_##name(PpcVector *d, PpcVecSource b, uint32_t *vscr)                   \
    {                                                                                              \
        (void)d, (void)b, (void)vscr;                                                              \
        return false;                                                                              \
    }
HOST_DECLINES(vrsqrtefp)
HOST_DECLINES(vlogefp)
HOST_DECLINES(vexptefp)
#undef HOST_DECLINES

#endif
