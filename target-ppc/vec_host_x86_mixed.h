/* SPDX-License-Identifier: MIT */
/*
 * AltiVec on the host's vector unit: products, sums across, packs, permutes, shifts of whole registers.
 *
 * Source: as vec_host_x86_lanes.h.
 */
#ifndef TARGET_PPC_VEC_HOST_X86_MIXED_H
#define TARGET_PPC_VEC_HOST_X86_MIXED_H

#include "target-ppc/vec_host_x86_lanes.h"

/* --- products ------------------------------------------------------------------------------------------- */

static inline HostVector host_even_halves(HostVector x)
{
    return _mm_and_si128(x, _mm_set1_epi32(0xffff));
}
static inline HostVector host_odd_halves(HostVector x) { return _mm_srli_epi32(x, 16); }

HOST_AB(vmuleub, _mm_mullo_epi16(host_odd_bytes(x), host_odd_bytes(y)))
HOST_AB(vmuloub, _mm_mullo_epi16(host_even_bytes(x), host_even_bytes(y)))
HOST_AB(vmulesb, _mm_mullo_epi16(host_odd_signed(x), host_odd_signed(y)))
HOST_AB(vmulosb, _mm_mullo_epi16(host_even_signed(x), host_even_signed(y)))
HOST_AB(vmuleuh, _mm_mullo_epi32(host_odd_halves(x), host_odd_halves(y)))
HOST_AB(vmulouh, _mm_mullo_epi32(host_even_halves(x), host_even_halves(y)))
HOST_AB(vmulesh, _mm_madd_epi16(_mm_andnot_si128(_mm_set1_epi32(0xffff), x), y))
HOST_AB(vmulosh, _mm_madd_epi16(host_even_halves(x), y))

HOST_ABC(vmladduhm, _mm_add_epi16(_mm_mullo_epi16(x, y), z))

/* Sums of four byte products; @x signed or not as the functions given take it apart. */
#define HOST_BYTE_SUM(even, odd)                                                                   \
    _mm_add_epi32(_mm_madd_epi16(even(x), host_even_bytes(y)),                                     \
                  _mm_madd_epi16(odd(x), host_odd_bytes(y)))
#define HOST_LOW_PRODUCT _mm_mullo_epi32(host_even_halves(x), host_even_halves(y))
#define HOST_HIGH_PRODUCT _mm_mullo_epi32(host_odd_halves(x), host_odd_halves(y))
HOST_ABC(vmsumubm, _mm_add_epi32(HOST_BYTE_SUM(host_even_bytes, host_odd_bytes), z))
HOST_ABC(vmsummbm, _mm_add_epi32(HOST_BYTE_SUM(host_even_signed, host_odd_signed), z))
HOST_ABC(vmsumuhm, _mm_add_epi32(_mm_add_epi32(HOST_LOW_PRODUCT, HOST_HIGH_PRODUCT), z))
HOST_ABC(vmsumshm, _mm_add_epi32(_mm_madd_epi16(x, y), z))

#define HOST_ABCV(name, saturated, wrapped)                                                        \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,   \
                                   uint32_t *vscr)                                                 \
    {                                                                                              \
        const HostVector x = host_load(a), y = host_load(b), z = host_load(c);                     \
        const HostVector result = saturated;                                                       \
        host_saturated(_mm_xor_si128(result, wrapped), vscr);                                      \
        host_store(d, result);                                                                     \
    }

/* madd's only overflow is 2^31, from four times -2^15: all ones there. */
static inline HostVector host_sums_signed(HostVector products, HostVector z)
{
    HostVector is_beyond = _mm_cmpeq_epi32(products, _mm_set1_epi32(INT32_MIN));
    HostVector sign = _mm_xor_si128(products, is_beyond); /* of the true sum of products */
    HostVector sum = _mm_add_epi32(products, z);
    HostVector overflow = _mm_andnot_si128(_mm_xor_si128(sign, z), _mm_xor_si128(sum, sign));
    return host_select_signs(sum, host_extreme(sign), overflow);
}
/* A wrapped sum cannot equal the saturated one except where 2^31 + c has the same bits: no overflow. */
HOST_ABCV(vmsumshs, host_sums_signed(_mm_madd_epi16(x, y), z),
          _mm_add_epi32(_mm_madd_epi16(x, y), z))
#undef HOST_BYTE_SUM
#undef HOST_ABCV

/* Two additions may wrap back to the saturated value: each is looked at. */
static inline void host_vmsumuhs(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,
                                 uint32_t *vscr)
{
    const HostVector x = host_load(a), y = host_load(b), z = host_load(c);
    HostVector low = HOST_LOW_PRODUCT, high = HOST_HIGH_PRODUCT;
    HostVector products = host_adds_epu32(low, high), result = host_adds_epu32(products, z);
    host_saturated(_mm_or_si128(_mm_xor_si128(products, _mm_add_epi32(low, high)),
                                _mm_xor_si128(result, _mm_add_epi32(products, z))),
                   vscr);
    host_store(d, result);
}
#undef HOST_LOW_PRODUCT
#undef HOST_HIGH_PRODUCT

static inline void host_multiply_high_add(PpcVector *d, const HostVector operands[3],
                                          int rounding, uint32_t *vscr)
{
    __m256i x = _mm256_cvtepi16_epi32(operands[0]), y = _mm256_cvtepi16_epi32(operands[1]);
    __m256i product = _mm256_add_epi32(_mm256_mullo_epi32(x, y), _mm256_set1_epi32(rounding));
    __m256i sum = _mm256_add_epi32(_mm256_srai_epi32(product, 15),
                                   _mm256_cvtepi16_epi32(operands[2]));
    HostVector result = _mm_packs_epi32(_mm256_castsi256_si128(sum),
                                        _mm256_extracti128_si256(sum, 1));
    __m256i lost = _mm256_xor_si256(sum, _mm256_cvtepi16_epi32(result));
    host_saturated_if(!_mm256_testz_si256(lost, lost), vscr);
    host_store(d, result);
}

static inline void host_vmhaddshs(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,
                                  uint32_t *vscr)
{
    host_multiply_high_add(d, (HostVector[]){host_load(a), host_load(b), host_load(c)}, 0, vscr);
}

static inline void host_vmhraddshs(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,
                                   uint32_t *vscr)
{
    host_multiply_high_add(d, (HostVector[]){host_load(a), host_load(b), host_load(c)}, 0x4000,
                           vscr);
}

/* --- sums across ---------------------------------------------------------------------------------------- */

#define HOST_BYTES_UNSIGNED                                                                        \
    _mm_madd_epi16(_mm_maddubs_epi16(x, _mm_set1_epi8(1)), _mm_set1_epi16(1))
#define HOST_BYTES_SIGNED                                                                          \
    _mm_madd_epi16(_mm_maddubs_epi16(_mm_set1_epi8(1), x), _mm_set1_epi16(1))
#define HOST_HALVES_SIGNED _mm_madd_epi16(x, _mm_set1_epi16(1))
HOST_SATURATED(vsum4ubs, host_adds_epu32(y, HOST_BYTES_UNSIGNED),
               _mm_add_epi32(y, HOST_BYTES_UNSIGNED))
HOST_SATURATED(vsum4sbs, host_adds_epi32(y, HOST_BYTES_SIGNED), _mm_add_epi32(y, HOST_BYTES_SIGNED))
HOST_SATURATED(vsum4shs, host_adds_epi32(y, HOST_HALVES_SIGNED),
               _mm_add_epi32(y, HOST_HALVES_SIGNED))
#undef HOST_BYTES_UNSIGNED
#undef HOST_BYTES_SIGNED
#undef HOST_HALVES_SIGNED

static inline uint32_t host_clamp(int64_t sum, uint32_t *vscr)
{
    int32_t low = (int32_t)sum;
    if (G_UNLIKELY(low != sum)) {
        *vscr |= VSCR_SAT;
        low = sum < 0 ? INT32_MIN : INT32_MAX;
    }
    return (uint32_t)low;
}

static inline void host_vsumsws(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    int64_t sum = (int64_t)a->s32[0] + a->s32[1] + a->s32[2] + a->s32[3] + b->s32[0];
    d->u64[0] = host_clamp(sum, vscr);
    d->u64[1] = 0;
}

static inline void host_vsum2sws(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    int64_t low = (int64_t)a->s32[0] + a->s32[1] + b->s32[0];
    int64_t high = (int64_t)a->s32[2] + a->s32[3] + b->s32[2];
    d->u64[0] = host_clamp(low, vscr);
    d->u64[1] = host_clamp(high, vscr);
}

/* --- packs, unpacks, merges, splats ------------------------------------------------------------------- */

static inline HostVector host_pack_pixels(HostVector x)
{
    HostVector red = _mm_and_si128(_mm_srli_epi32(x, 9), _mm_set1_epi32(0xfc00));
    HostVector green = _mm_and_si128(_mm_srli_epi32(x, 6), _mm_set1_epi32(0x03e0));
    HostVector blue = _mm_and_si128(_mm_srli_epi32(x, 3), _mm_set1_epi32(0x001f));
    return _mm_or_si128(_mm_or_si128(red, green), blue);
}
HOST_AB(vpkuhum, _mm_packus_epi16(host_even_bytes(y), host_even_bytes(x)))
HOST_AB(vpkuwum, _mm_packus_epi32(host_even_halves(y), host_even_halves(x)))
HOST_AB(vpkpx, _mm_packus_epi32(host_pack_pixels(y), host_pack_pixels(x)))

/* @beyond: bits that are clear in every element that fits. */
#define HOST_PACK_SATURATED(name, pack, beyond)                                                    \
    static inline void host_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)   \
    {                                                                                              \
        HostVector x = host_load(a), y = host_load(b);                                             \
        host_saturated(beyond, vscr);                                                              \
        host_store(d, pack);                                                                       \
    }
#define HOST_BITS16(v, mask) _mm_and_si128(v, _mm_set1_epi16((int16_t)(mask)))
#define HOST_BITS32(v, mask) _mm_and_si128(v, _mm_set1_epi32((int32_t)(mask)))
#define HOST_MIN16(v) _mm_min_epu16(v, _mm_set1_epi16(0xff))
#define HOST_MIN32(v) _mm_min_epu32(v, _mm_set1_epi32(0xffff))
#define HOST_MOVED16(v) _mm_add_epi16(v, _mm_set1_epi16(0x80))
#define HOST_MOVED32(v) _mm_add_epi32(v, _mm_set1_epi32(0x8000))
HOST_PACK_SATURATED(vpkuhus, _mm_packus_epi16(HOST_MIN16(y), HOST_MIN16(x)),
                    HOST_BITS16(_mm_or_si128(x, y), 0xff00))
HOST_PACK_SATURATED(vpkuwus, _mm_packus_epi32(HOST_MIN32(y), HOST_MIN32(x)),
                    HOST_BITS32(_mm_or_si128(x, y), 0xffff0000))
HOST_PACK_SATURATED(vpkshus, _mm_packus_epi16(y, x), HOST_BITS16(_mm_or_si128(x, y), 0xff00))
HOST_PACK_SATURATED(vpkswus, _mm_packus_epi32(y, x), HOST_BITS32(_mm_or_si128(x, y), 0xffff0000))
HOST_PACK_SATURATED(vpkshss, _mm_packs_epi16(y, x),
                    HOST_BITS16(_mm_or_si128(HOST_MOVED16(x), HOST_MOVED16(y)), 0xff00))
HOST_PACK_SATURATED(vpkswss, _mm_packs_epi32(y, x),
                    HOST_BITS32(_mm_or_si128(HOST_MOVED32(x), HOST_MOVED32(y)), 0xffff0000))
#undef HOST_PACK_SATURATED
#undef HOST_MIN16
#undef HOST_MIN32
#undef HOST_MOVED16
#undef HOST_MOVED32

/* @x: pixels extended as signed words. */
static inline HostVector host_unpack_pixels(HostVector x)
{
    HostVector red = _mm_slli_epi32(HOST_BITS32(x, 0x7c00), 6);
    HostVector green = _mm_slli_epi32(HOST_BITS32(x, 0x03e0), 3);
    return _mm_or_si128(_mm_or_si128(red, green), HOST_BITS32(x, 0xff00001f));
}
#define HOST_UPPER _mm_srli_si128(y, 8)
HOST_B(vupkhsb, _mm_cvtepi8_epi16(HOST_UPPER))
HOST_B(vupklsb, _mm_cvtepi8_epi16(y))
HOST_B(vupkhsh, _mm_cvtepi16_epi32(HOST_UPPER))
HOST_B(vupklsh, _mm_cvtepi16_epi32(y))
HOST_B(vupkhpx, host_unpack_pixels(_mm_cvtepi16_epi32(HOST_UPPER)))
HOST_B(vupklpx, host_unpack_pixels(_mm_cvtepi16_epi32(y)))
#undef HOST_UPPER
#undef HOST_BITS16
#undef HOST_BITS32

HOST_AB(vmrghb, _mm_unpackhi_epi8(y, x))
HOST_AB(vmrghh, _mm_unpackhi_epi16(y, x))
HOST_AB(vmrghw, _mm_unpackhi_epi32(y, x))
HOST_AB(vmrglb, _mm_unpacklo_epi8(y, x))
HOST_AB(vmrglh, _mm_unpacklo_epi16(y, x))
HOST_AB(vmrglw, _mm_unpacklo_epi32(y, x))

static inline void host_vspltb(PpcVector *d, PpcVecSource b, unsigned imm)
{
    host_store(d, _mm_set1_epi8(b->s8[15 - (imm & 15)]));
}
static inline void host_vsplth(PpcVector *d, PpcVecSource b, unsigned imm)
{
    host_store(d, _mm_set1_epi16(b->s16[7 - (imm & 7)]));
}
static inline void host_vspltw(PpcVector *d, PpcVecSource b, unsigned imm)
{
    host_store(d, _mm_set1_epi32(b->s32[3 - (imm & 3)]));
}
static inline void host_vspltisb(PpcVector *d, int32_t imm)
{
    host_store(d, _mm_set1_epi8((int8_t)imm));
}
static inline void host_vspltish(PpcVector *d, int32_t imm)
{
    host_store(d, _mm_set1_epi16((int16_t)imm));
}
static inline void host_vspltisw(PpcVector *d, int32_t imm) { host_store(d, _mm_set1_epi32(imm)); }

/* --- permute, select, shifts of the whole register ------------------------------------------------------- */

/* Byte n of a source is host byte 15 - n; bit 4 of an index chooses vB. */
static inline HostVector host_permute(HostVector x, HostVector y, HostVector z)
{
    HostVector index = _mm_andnot_si128(z, _mm_set1_epi8(15));
    return _mm_blendv_epi8(_mm_shuffle_epi8(x, index), _mm_shuffle_epi8(y, index),
                           _mm_slli_epi16(z, 3));
}
HOST_ABC(vperm, host_permute(x, y, z))
HOST_ABC(vsel, _mm_or_si128(_mm_andnot_si128(z, x), _mm_and_si128(z, y)))

/* Host bytes moved by @up (-16 to 16) places, zeros behind them: 16 bytes of this, from 16 - up on. */
static inline HostVector host_move_bytes(HostVector x, int up)
{
    static const uint8_t window[48] = {
        [0 ... 15] = 0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, [32 ... 47] = 0x80,
    };
    return _mm_shuffle_epi8(x, _mm_loadu_si128((const __m128i *)(window + 16 - up)));
}

static inline void host_vsldoi(PpcVector *d, PpcVecSource a, PpcVecSource b, unsigned imm)
{
    host_store(d, _mm_or_si128(host_move_bytes(host_load(a), (int)imm),
                               host_move_bytes(host_load(b), (int)imm - 16)));
}
static inline void host_vslo(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    host_store(d, host_move_bytes(host_load(a), b->u8[0] >> 3 & 15));
}
static inline void host_vsro(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    host_store(d, host_move_bytes(host_load(a), -(b->u8[0] >> 3 & 15)));
}
/* Shifts within halves of 64 bits; what leaves one half enters the other: counts of 64 give zeros. */
static inline void host_vsl(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    HostVector x = host_load(a), low = _mm_slli_si128(x, 8);
    int count = b->u8[0] & 7;
    host_store(d, _mm_or_si128(_mm_sll_epi64(x, _mm_cvtsi32_si128(count)),
                               _mm_srl_epi64(low, _mm_cvtsi32_si128(64 - count))));
}
static inline void host_vsr(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    HostVector x = host_load(a), high = _mm_srli_si128(x, 8);
    int count = b->u8[0] & 7;
    host_store(d, _mm_or_si128(_mm_srl_epi64(x, _mm_cvtsi32_si128(count)),
                               _mm_sll_epi64(high, _mm_cvtsi32_si128(64 - count))));
}

/* The guest's byte n is @first + n. */
static inline void host_count_up(PpcVector *d, unsigned first)
{
    const HostVector places = _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    host_store(d, _mm_add_epi8(_mm_set1_epi8((int8_t)first), places));
}
static inline void host_lvsl(PpcVector *d, target_addr ea) { host_count_up(d, ea & 15); }
static inline void host_lvsr(PpcVector *d, target_addr ea) { host_count_up(d, 16 - (ea & 15)); }

#undef HOST_AB
#undef HOST_ABC
#undef HOST_B
#undef HOST_SATURATED
#undef HOST_COMPARE

#endif
