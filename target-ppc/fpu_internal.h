/* SPDX-License-Identifier: MIT */
/* Numbers taken apart, and the rounding they all end in: shared by the fpu_*.c and vec_*.c files. */
#ifndef TARGET_PPC_FPU_INTERNAL_H
#define TARGET_PPC_FPU_INTERNAL_H

#include "target-ppc/fpu.h"

typedef unsigned __int128 Uint128;

#define FP_SIGN UINT64_C(0x8000000000000000)
#define FP_INFINITY UINT64_C(0x7ff0000000000000)
#define FP_FRACTION UINT64_C(0x000fffffffffffff)
#define FP_QUIET UINT64_C(0x0008000000000000)
#define FP_NAN UINT64_C(0x7ff8000000000000)

typedef enum FpClass { FP_CLASS_ZERO, FP_CLASS_FINITE, FP_CLASS_INFINITE, FP_CLASS_NAN } FpClass;

/* A register's value; if finite, (-1)^sign * significand / 2^63 * 2^exponent, bit 63 set. */
typedef struct FpNumber {
    FpClass class;
    bool sign;
    int exponent;
    uint64_t significand;
} FpNumber;

/* An exact non-zero value, (-1)^sign * significand / 2^127 * 2^exponent; bit 0 is sticky. */
typedef struct FpExact {
    bool sign;
    int exponent;
    Uint128 significand;
} FpExact;

/* How the operation under way delivers its result. */
typedef struct FpMode {
    uint32_t fpscr;
    bool is_single;
    bool negates; /* fnmadd, fnmsub: the sign changes after rounding */
} FpMode;

static inline bool fp_is_nan(uint64_t value) { return (value & ~FP_SIGN) > FP_INFINITY; }

static inline bool fp_is_signalling(uint64_t value)
{
    return fp_is_nan(value) && !(value & FP_QUIET);
}

static inline unsigned fp_rounding(uint32_t fpscr) { return fpscr & FPSCR_RN; }

/* Shift right; whatever falls out is kept as a one in bit 0. */
static inline Uint128 fp_shift_right_sticky(Uint128 value, int count)
{
    if (count == 0) {
        return value;
    }
    if (count > 127) {
        return value != 0;
    }
    return value >> count | ((value << (128 - count)) != 0);
}

/* Take @value apart. With FPSCR[NI] what is denormal in the operation's precision is zero. */
FpNumber fp_unpack(uint64_t value, const FpMode *mode);

/* Does rounding move the magnitude @kept up by one? @rest is what is cut off, as a fraction. */
bool fp_rounds_up(unsigned rounding, bool sign, uint64_t kept, Uint128 rest);

/* The result of an operation whose exact value is @exact: rounded, or trapped and adjusted. */
PpcFpResult fp_round(const FpMode *mode, FpExact exact);

/* Results that need no rounding. The sign changes if the operation negates. */
PpcFpResult fp_result_zero(const FpMode *mode, bool sign);
PpcFpResult fp_result_infinity(const FpMode *mode, bool sign);
PpcFpResult fp_result_value(const FpMode *mode, uint64_t value);

/* Invalid operation: the default NaN, or nothing when FPSCR[VE] is set. */
PpcFpResult fp_result_invalid(const FpMode *mode, uint32_t causes);
/* The NaN operand @nan made quiet; invalid too if @causes. */
PpcFpResult fp_result_nan(const FpMode *mode, uint64_t nan, uint32_t causes);
/* Division by zero: infinity, or nothing when FPSCR[ZE] is set. */
PpcFpResult fp_result_zero_divide(const FpMode *mode, bool sign);

/* Instructions with a file of their own. */
PpcFpResult fp_convert_to_word(uint64_t b, uint32_t fpscr, unsigned rounding);
PpcFpResult fp_estimate_reciprocal(const FpMode *mode, uint64_t b);
PpcFpResult fp_estimate_reciprocal_root(const FpMode *mode, uint64_t b);

#endif
