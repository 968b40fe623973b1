/* SPDX-License-Identifier: MIT */
/*
 * AltiVec instructions on the host's vector unit, x86-64-v3: host_NAME computes what ppc_NAME of vec.h
 * does, inline and without calls. Here: what all of them use, and integers lane by lane.
 *
 * Source: own design; the meaning is that of vec_*.c, and test_vec_host.c compares each row with it.
 * Registers are stored reversed (PpcVector): guest element i of n is host lane n - 1 - i, vA's elements
 * come out on top of vB's, and "even" elements are the host's odd lanes.
 */
#ifndef TARGET_PPC_VEC_HOST_X86_LANES_H
#define TARGET_PPC_VEC_HOST_X86_LANES_H

#include "target-ppc/vec.h"

#include <immintrin.h>

typedef __m128i HostVector;

static inline HostVector host_load(PpcVecSource v) { return _mm_load_si128((const __m128i *)v); }
static inline void host_store(PpcVector *d, HostVector v) { _mm_store_si128((__m128i *)d, v); }
static inline HostVector host_ones(void) { return _mm_set1_epi32(-1); }
static inline HostVector host_not(HostVector x) { return _mm_xor_si128(x, host_ones()); }

/* The order of memory from that of registers, or back. */
static inline HostVector host_reverse(HostVector x)
{
    const HostVector down = _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm_shuffle_epi8(x, down);
}

static inline void host_load_guest(PpcVector *d, const uint8_t *from)
{
    host_store(d, host_reverse(_mm_loadu_si128((const __m128i *)from)));
}

static inline void host_store_guest(uint8_t *to, PpcVecSource v)
{
    _mm_storeu_si128((__m128i *)to, host_reverse(host_load(v)));
}

/* SAT is sticky, and seldom new. */
static inline void host_saturated_if(bool any, uint32_t *vscr)
{
    if (G_UNLIKELY(any)) {
        *vscr |= VSCR_SAT;
    }
}

static inline void host_saturated(HostVector differences, uint32_t *vscr)
{
    host_saturated_if(!_mm_testz_si128(differences, differences), vscr);
}

/* CR6 of elements that are all ones or zeros. */
static inline uint32_t host_cr6(HostVector mask)
{
    unsigned bits = (unsigned)_mm_movemask_epi8(mask);
    return bits == 0xffff ? 8 : bits == 0 ? 2 : 0;
}

/* x of vA, y of vB, z of vC; each expression is the new vD. */
#define HOST_AB(name, expression)                                                                  \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                   \
    {                                                                                              \
        const HostVector x = host_load(a), y = host_load(b);                                       \
        host_store(d, expression);                                                                 \
    }

#define HOST_ABC(name, expression)                                                                 \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c)   \
    {                                                                                              \
        const HostVector x = host_load(a), y = host_load(b), z = host_load(c);                     \
        host_store(d, expression);                                                                 \
    }

#define HOST_B(name, expression)                                                                   \
    static inline void host_##name(PpcVector *d, PpcVecSource b)                                   \
    {                                                                                              \
        const HostVector y = host_load(b);                                                         \
        host_store(d, expression);                                                                 \
    }

/* Where the saturated and the wrapped result differ, an element was saturated: they never agree then. */
#define HOST_SATURATED(name, saturated, wrapped)                                                   \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)   \
    {                                                                                              \
        const HostVector x = host_load(a), y = host_load(b), result = saturated;                   \
        host_saturated(_mm_xor_si128(result, wrapped), vscr);                                      \
        host_store(d, result);                                                                     \
    }

#define HOST_COMPARE(name, expression)                                                             \
    static inline uint32_t host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)               \
    {                                                                                              \
        const HostVector x = host_load(a), y = host_load(b), mask = expression;                    \
        host_store(d, mask);                                                                       \
        return host_cr6(mask);                                                                     \
    }

/* --- add and subtract ---------------------------------------------------------------------------- */

HOST_AB(vaddubm, _mm_add_epi8(x, y))
HOST_AB(vadduhm, _mm_add_epi16(x, y))
HOST_AB(vadduwm, _mm_add_epi32(x, y))
HOST_AB(vsububm, _mm_sub_epi8(x, y))
HOST_AB(vsubuhm, _mm_sub_epi16(x, y))
HOST_AB(vsubuwm, _mm_sub_epi32(x, y))

/* y fits above x; x is not below y: all ones. */
static inline HostVector host_fits(HostVector x, HostVector y)
{
    return _mm_cmpeq_epi32(_mm_min_epu32(y, host_not(x)), y);
}
static inline HostVector host_not_below(HostVector x, HostVector y)
{
    return _mm_cmpeq_epi32(_mm_max_epu32(x, y), x);
}
HOST_AB(vaddcuw, _mm_add_epi32(host_fits(x, y), _mm_set1_epi32(1)))
HOST_AB(vsubcuw, _mm_srli_epi32(host_not_below(x, y), 31))

/* The word that a sum with @x overflows to, x's sign extended by the largest magnitude. */
static inline HostVector host_extreme(HostVector x)
{
    return _mm_xor_si128(_mm_srai_epi32(x, 31), _mm_set1_epi32(INT32_MAX));
}

/* @mask's sign bits select @yes. */
static inline HostVector host_select_signs(HostVector no, HostVector yes, HostVector mask)
{
    return _mm_castps_si128(
        _mm_blendv_ps(_mm_castsi128_ps(no), _mm_castsi128_ps(yes), _mm_castsi128_ps(mask)));
}

static inline HostVector host_adds_epu32(HostVector x, HostVector y)
{
    return _mm_add_epi32(x, _mm_min_epu32(y, host_not(x)));
}
static inline HostVector host_adds_epi32(HostVector x, HostVector y)
{
    HostVector sum = _mm_add_epi32(x, y);
    HostVector overflow = _mm_and_si128(_mm_xor_si128(sum, x), _mm_xor_si128(sum, y));
    return host_select_signs(sum, host_extreme(x), overflow);
}
static inline HostVector host_subs_epi32(HostVector x, HostVector y)
{
    HostVector rest = _mm_sub_epi32(x, y);
    HostVector overflow = _mm_and_si128(_mm_xor_si128(x, y), _mm_xor_si128(x, rest));
    return host_select_signs(rest, host_extreme(x), overflow);
}

HOST_SATURATED(vaddubs, _mm_adds_epu8(x, y), _mm_add_epi8(x, y))
HOST_SATURATED(vadduhs, _mm_adds_epu16(x, y), _mm_add_epi16(x, y))
HOST_SATURATED(vadduws, host_adds_epu32(x, y), _mm_add_epi32(x, y))
HOST_SATURATED(vaddsbs, _mm_adds_epi8(x, y), _mm_add_epi8(x, y))
HOST_SATURATED(vaddshs, _mm_adds_epi16(x, y), _mm_add_epi16(x, y))
HOST_SATURATED(vaddsws, host_adds_epi32(x, y), _mm_add_epi32(x, y))
HOST_SATURATED(vsububs, _mm_subs_epu8(x, y), _mm_sub_epi8(x, y))
HOST_SATURATED(vsubuhs, _mm_subs_epu16(x, y), _mm_sub_epi16(x, y))
HOST_SATURATED(vsubuws, _mm_sub_epi32(_mm_max_epu32(x, y), y), _mm_sub_epi32(x, y))
HOST_SATURATED(vsubsbs, _mm_subs_epi8(x, y), _mm_sub_epi8(x, y))
HOST_SATURATED(vsubshs, _mm_subs_epi16(x, y), _mm_sub_epi16(x, y))
HOST_SATURATED(vsubsws, host_subs_epi32(x, y), _mm_sub_epi32(x, y))

/* --- averages, maxima, minima, logic ---------------------------------------------------------------- */

/* Signed averages are unsigned ones of values moved by half the range. */
static inline HostVector host_average_signed8(HostVector x, HostVector y)
{
    const HostVector half = _mm_set1_epi8(INT8_MIN);
    return _mm_xor_si128(_mm_avg_epu8(_mm_xor_si128(x, half), _mm_xor_si128(y, half)), half);
}
static inline HostVector host_average_signed16(HostVector x, HostVector y)
{
    const HostVector half = _mm_set1_epi16(INT16_MIN);
    return _mm_xor_si128(_mm_avg_epu16(_mm_xor_si128(x, half), _mm_xor_si128(y, half)), half);
}
HOST_AB(vavgub, _mm_avg_epu8(x, y))
HOST_AB(vavguh, _mm_avg_epu16(x, y))
HOST_AB(vavguw, _mm_sub_epi32(_mm_or_si128(x, y), _mm_srli_epi32(_mm_xor_si128(x, y), 1)))
HOST_AB(vavgsb, host_average_signed8(x, y))
HOST_AB(vavgsh, host_average_signed16(x, y))
HOST_AB(vavgsw, _mm_sub_epi32(_mm_or_si128(x, y), _mm_srai_epi32(_mm_xor_si128(x, y), 1)))

HOST_AB(vmaxub, _mm_max_epu8(x, y))
HOST_AB(vmaxuh, _mm_max_epu16(x, y))
HOST_AB(vmaxuw, _mm_max_epu32(x, y))
HOST_AB(vmaxsb, _mm_max_epi8(x, y))
HOST_AB(vmaxsh, _mm_max_epi16(x, y))
HOST_AB(vmaxsw, _mm_max_epi32(x, y))
HOST_AB(vminub, _mm_min_epu8(x, y))
HOST_AB(vminuh, _mm_min_epu16(x, y))
HOST_AB(vminuw, _mm_min_epu32(x, y))
HOST_AB(vminsb, _mm_min_epi8(x, y))
HOST_AB(vminsh, _mm_min_epi16(x, y))
HOST_AB(vminsw, _mm_min_epi32(x, y))

HOST_AB(vand, _mm_and_si128(x, y))
HOST_AB(vandc, _mm_andnot_si128(y, x))
HOST_AB(vor, _mm_or_si128(x, y))
HOST_AB(vxor, _mm_xor_si128(x, y))
HOST_AB(vnor, host_not(_mm_or_si128(x, y)))

/* --- comparisons -------------------------------------------------------------------------------------- */

HOST_COMPARE(vcmpequb, _mm_cmpeq_epi8(x, y))
HOST_COMPARE(vcmpequh, _mm_cmpeq_epi16(x, y))
HOST_COMPARE(vcmpequw, _mm_cmpeq_epi32(x, y))
HOST_COMPARE(vcmpgtub, host_not(_mm_cmpeq_epi8(_mm_max_epu8(x, y), y)))
HOST_COMPARE(vcmpgtuh, host_not(_mm_cmpeq_epi16(_mm_max_epu16(x, y), y)))
HOST_COMPARE(vcmpgtuw, host_not(_mm_cmpeq_epi32(_mm_max_epu32(x, y), y)))
HOST_COMPARE(vcmpgtsb, _mm_cmpgt_epi8(x, y))
HOST_COMPARE(vcmpgtsh, _mm_cmpgt_epi16(x, y))
HOST_COMPARE(vcmpgtsw, _mm_cmpgt_epi32(x, y))

/* --- rotates and shifts of elements ------------------------------------------------------------------ */

static inline HostVector host_low_bits(HostVector count, int mask)
{
    return _mm_and_si128(count, _mm_set1_epi32(mask));
}
static inline HostVector host_rotate32(HostVector x, HostVector n)
{
    return _mm_or_si128(_mm_sllv_epi32(x, n),
                        _mm_srlv_epi32(x, _mm_sub_epi32(_mm_set1_epi32(32), n)));
}
HOST_AB(vrlw, host_rotate32(x, host_low_bits(y, 31)))
HOST_AB(vslw, _mm_sllv_epi32(x, host_low_bits(y, 31)))
HOST_AB(vsrw, _mm_srlv_epi32(x, host_low_bits(y, 31)))
HOST_AB(vsraw, _mm_srav_epi32(x, host_low_bits(y, 31)))

/* The host shifts words only: once for the low half of each, once for the high half. */
static inline HostVector host_halves(HostVector low, HostVector high)
{
    return _mm_blend_epi16(low, high, 0xaa);
}
static inline HostVector host_shift_left16(HostVector x, HostVector low, HostVector high)
{
    HostVector upper = _mm_and_si128(x, _mm_set1_epi32((int)0xffff0000));
    return host_halves(_mm_sllv_epi32(x, low), _mm_sllv_epi32(upper, high));
}
static inline HostVector host_shift_right16(HostVector x, HostVector low, HostVector high)
{
    HostVector lower = _mm_and_si128(x, _mm_set1_epi32(0xffff));
    return host_halves(_mm_srlv_epi32(lower, low), _mm_srlv_epi32(x, high));
}
static inline HostVector host_shift_signed16(HostVector x, HostVector low, HostVector high)
{
    HostVector lower = _mm_srav_epi32(_mm_slli_epi32(x, 16), low);
    return host_halves(_mm_srli_epi32(lower, 16), _mm_srav_epi32(x, high));
}
static inline HostVector host_rotate16(HostVector x, HostVector low, HostVector high)
{
    const HostVector width = _mm_set1_epi32(16);
    return _mm_or_si128(
        host_shift_left16(x, low, high),
        host_shift_right16(x, _mm_sub_epi32(width, low), _mm_sub_epi32(width, high)));
}
#define HOST_LOW_COUNT host_low_bits(y, 15)
#define HOST_HIGH_COUNT host_low_bits(_mm_srli_epi32(y, 16), 15)
HOST_AB(vrlh, host_rotate16(x, HOST_LOW_COUNT, HOST_HIGH_COUNT))
HOST_AB(vslh, host_shift_left16(x, HOST_LOW_COUNT, HOST_HIGH_COUNT))
HOST_AB(vsrh, host_shift_right16(x, HOST_LOW_COUNT, HOST_HIGH_COUNT))
HOST_AB(vsrah, host_shift_signed16(x, HOST_LOW_COUNT, HOST_HIGH_COUNT))
#undef HOST_LOW_COUNT
#undef HOST_HIGH_COUNT

/* Bytes of counts as powers of two, 2^n or 2^(7 - n): shifts by multiplication. */
static inline HostVector host_powers(HostVector counts)
{
    const HostVector table = _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, INT8_MIN, 1, 2, 4, 8, 16, 32, 64,
                                           INT8_MIN);
    return _mm_shuffle_epi8(table, _mm_and_si128(counts, _mm_set1_epi8(7)));
}
static inline HostVector host_powers_down(HostVector counts)
{
    return host_powers(host_not(counts));
}

static inline HostVector host_even_bytes(HostVector x)
{
    return _mm_and_si128(x, _mm_set1_epi16(0xff));
}
static inline HostVector host_odd_bytes(HostVector x) { return _mm_srli_epi16(x, 8); }
static inline HostVector host_even_signed(HostVector x)
{
    return _mm_srai_epi16(_mm_slli_epi16(x, 8), 8);
}
static inline HostVector host_odd_signed(HostVector x) { return _mm_srai_epi16(x, 8); }

/* The low bytes of both. */
static inline HostVector host_join_bytes(HostVector even, HostVector odd)
{
    return _mm_or_si128(host_even_bytes(even), _mm_slli_epi16(odd, 8));
}
static inline HostVector host_fold(HostVector x) { return _mm_or_si128(x, _mm_srli_epi16(x, 8)); }

static inline HostVector host_shift_left8(HostVector x, HostVector powers)
{
    return host_join_bytes(_mm_mullo_epi16(x, host_even_bytes(powers)),
                           _mm_mullo_epi16(host_odd_bytes(x), host_odd_bytes(powers)));
}
static inline HostVector host_rotate8(HostVector x, HostVector powers)
{
    return host_join_bytes(host_fold(_mm_mullo_epi16(host_even_bytes(x), host_even_bytes(powers))),
                           host_fold(_mm_mullo_epi16(host_odd_bytes(x), host_odd_bytes(powers))));
}
static inline HostVector host_shift_right8(HostVector x, HostVector powers)
{
    return host_join_bytes(
        _mm_srli_epi16(_mm_mullo_epi16(host_even_bytes(x), host_even_bytes(powers)), 7),
        _mm_srli_epi16(_mm_mullo_epi16(host_odd_bytes(x), host_odd_bytes(powers)), 7));
}
static inline HostVector host_shift_signed8(HostVector x, HostVector powers)
{
    return host_join_bytes(
        _mm_srai_epi16(_mm_mullo_epi16(host_even_signed(x), host_even_bytes(powers)), 7),
        _mm_srai_epi16(_mm_mullo_epi16(host_odd_signed(x), host_odd_bytes(powers)), 7));
}
HOST_AB(vrlb, host_rotate8(x, host_powers(y)))
HOST_AB(vslb, host_shift_left8(x, host_powers(y)))
HOST_AB(vsrb, host_shift_right8(x, host_powers_down(y)))
HOST_AB(vsrab, host_shift_signed8(x, host_powers_down(y)))

#endif
