/* SPDX-License-Identifier: MIT */
/*
 * FPSCR: how results, comparisons and the move instructions change it.
 *
 * Source: PEM 2.1.4 (bits), 3.3.6 (exceptions), chapter 8 (mtfsf, mtfsfi, mtfsb0, mtfsb1, mcrfs).
 */
#include "target-ppc/fpu_internal.h"

#define FPSCR_UNWRITABLE (FPSCR_FEX | FPSCR_VX | FPSCR_RESERVED)

enum { CC_LESS = 8, CC_GREATER = 4, CC_EQUAL = 2, CC_UNORDERED = 1 };

uint32_t ppc_fpscr_summary(uint32_t fpscr)
{
    fpscr &= ~(FPSCR_VX | FPSCR_FEX);
    if (fpscr & FPSCR_VX_CAUSES) {
        fpscr |= FPSCR_VX;
    }
    /* VX OX UX ZX XX and VE OE UE ZE XE stand in the same order, 22 bits apart. */
    uint32_t enabled = fpscr >> 22 & fpscr;
    if (enabled & (FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE)) {
        fpscr |= FPSCR_FEX;
    }
    return fpscr;
}

/* Set exception bits; FX follows if one of them was clear. FEX and VX are not derived yet. */
static uint32_t raise(uint32_t fpscr, uint32_t exceptions)
{
    return fpscr | exceptions | (exceptions & ~fpscr ? FPSCR_FX : 0);
}

uint32_t ppc_fpscr_apply(uint32_t fpscr, const PpcFpResult *result)
{
    fpscr = raise(fpscr, result->raised);
    fpscr &= ~(FPSCR_FI | FPSCR_FR);
    fpscr |= (result->fi ? FPSCR_FI : 0) | (result->fr ? FPSCR_FR : 0);
    if (result->sets_fprf) {
        fpscr = (fpscr & ~FPSCR_FPRF) | (uint32_t)result->fprf << FPSCR_FPRF_SHIFT;
    }
    return ppc_fpscr_summary(fpscr);
}

/* A number's place among all others, with both zeros at one. */
static int64_t order_of(uint64_t value)
{
    int64_t magnitude = (int64_t)(value & ~FP_SIGN);
    return value & FP_SIGN ? -magnitude : magnitude;
}

static uint32_t compare_numbers(uint64_t a, uint64_t b)
{
    int64_t order_a = order_of(a), order_b = order_of(b);
    if (order_a == order_b) {
        return CC_EQUAL;
    }
    return order_a < order_b ? CC_LESS : CC_GREATER;
}

static uint32_t unordered_causes(uint32_t fpscr, uint64_t a, uint64_t b, bool is_ordered)
{
    if (!fp_is_signalling(a) && !fp_is_signalling(b)) {
        return is_ordered ? FPSCR_VXVC : 0;
    }
    bool adds_vxvc = is_ordered && !(fpscr & FPSCR_VE);
    return FPSCR_VXSNAN | (adds_vxvc ? FPSCR_VXVC : 0);
}

uint32_t ppc_fp_compare(uint32_t fpscr, uint64_t a, uint64_t b, bool is_ordered, uint32_t *cc)
{
    if (fp_is_nan(a) || fp_is_nan(b)) {
        *cc = CC_UNORDERED;
        fpscr = raise(fpscr, unordered_causes(fpscr, a, b, is_ordered));
    } else {
        *cc = compare_numbers(a, b);
    }
    return ppc_fpscr_summary((fpscr & ~FPSCR_FPCC) | *cc << FPSCR_FPRF_SHIFT);
}

static uint32_t field_bits(unsigned field) { return 0xf0000000u >> (4 * field); }

uint32_t ppc_fpscr_mtfsf(uint32_t fpscr, uint32_t field_mask, uint32_t value)
{
    uint32_t written = 0;
    for (unsigned field = 0; field < 8; field++) {
        written |= field_mask & 0x80 >> field ? field_bits(field) : 0;
    }
    written &= ~FPSCR_UNWRITABLE;
    return ppc_fpscr_summary((fpscr & ~written) | (value & written));
}

uint32_t ppc_fpscr_mtfsfi(uint32_t fpscr, unsigned field, uint32_t value)
{
    return ppc_fpscr_mtfsf(fpscr, 0x80 >> field, value << (28 - 4 * field));
}

uint32_t ppc_fpscr_mtfsb0(uint32_t fpscr, unsigned bit)
{
    uint32_t mask = 0x80000000u >> bit & ~FPSCR_UNWRITABLE;
    return ppc_fpscr_summary(fpscr & ~mask);
}

uint32_t ppc_fpscr_mtfsb1(uint32_t fpscr, unsigned bit)
{
    uint32_t mask = 0x80000000u >> bit & ~FPSCR_UNWRITABLE;
    return ppc_fpscr_summary(raise(fpscr, mask & FPSCR_EXCEPTIONS) | mask);
}

uint32_t ppc_fpscr_mcrfs(uint32_t fpscr, unsigned field, uint32_t *cc)
{
    *cc = fpscr >> (28 - 4 * field) & 0xf;
    uint32_t cleared = field_bits(field) & (FPSCR_EXCEPTIONS | FPSCR_FX);
    return ppc_fpscr_summary(fpscr & ~cleared);
}
