/* SPDX-License-Identifier: MIT */
/*
 * The host's FPU, x86-64-v3: operations of the guest's rounding, and its sticky "inexact".
 *
 * Every operation is a volatile asm: the compiler may neither fold, contract, move nor speculate it,
 * since it leaves a trace in MXCSR. Not here: what makes a result acceptable (sem_fp_host.h).
 */
#ifndef TARGET_PPC_FPU_HOST_X86_H
#define TARGET_PPC_FPU_HOST_X86_H

#include <stdbool.h>
#include <stdint.h>

/* All exceptions masked, no flag set, rounding to nearest, denormals as they are. */
enum { HOST_MXCSR = 0x1f80, HOST_MXCSR_INEXACT = 0x20, HOST_MXCSR_ROUNDING_SHIFT = 13 };

static inline void host_fpu_set(uint32_t mxcsr)
{
    __asm__ volatile("vldmxcsr %0" : : "m"(mxcsr) : "memory");
}

/* Begin to round as FPSCR[RN] = @rounding says; nothing was inexact yet. */
static inline void host_fpu_begin(unsigned rounding)
{
    static const uint8_t directions[4] = {0, 3, 2, 1};
    host_fpu_set(HOST_MXCSR | (uint32_t)directions[rounding] << HOST_MXCSR_ROUNDING_SHIFT);
}

/* Was an operation inexact since then? */
static inline bool host_fpu_inexact(void)
{
    uint32_t mxcsr;
    __asm__ volatile("vstmxcsr %0" : "=m"(mxcsr) : : "memory");
    return mxcsr & HOST_MXCSR_INEXACT;
}

/* Round as the host's programs expect it. */
static inline void host_fpu_end(void) { host_fpu_set(HOST_MXCSR); }

/*
 * Between registers, memory and the FPU: asm too, or the compiler finds that it has the bits of an
 * operand already and takes them through a general register, which costs a tenth of the speed.
 */
static inline double host_fpu_load(const uint64_t *bits)
{
    double value;
    __asm__("vmovsd %1, %0" : "=x"(value) : "m"(*bits));
    return value;
}

static inline uint64_t host_fpu_bits(double value)
{
    uint64_t bits;
    __asm__("vmovq %1, %0" : "=r"(bits) : "x"(value));
    return bits;
}

#define HOST_BINARY(name, mnemonic)                                                                \
    static inline double name(double x, double y)                                                  \
    {                                                                                              \
        double result;                                                                             \
        __asm__ volatile(mnemonic " %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));                  \
        return result;                                                                             \
    }
HOST_BINARY(host_fpu_add, "vaddsd")
HOST_BINARY(host_fpu_subtract, "vsubsd")
HOST_BINARY(host_fpu_multiply, "vmulsd")
HOST_BINARY(host_fpu_divide, "vdivsd")
#undef HOST_BINARY

/* x * y + z and x * y - z, rounded once. */
static inline double host_fpu_multiply_add(double x, double y, double z)
{
    __asm__ volatile("vfmadd213sd %2, %1, %0" : "+x"(x) : "x"(y), "x"(z));
    return x;
}

static inline double host_fpu_multiply_subtract(double x, double y, double z)
{
    __asm__ volatile("vfmsub213sd %2, %1, %0" : "+x"(x) : "x"(y), "x"(z));
    return x;
}

/* An operand that is the result before rounding (frsp). */
static inline double host_fpu_pass(double x) { return x; }

/* Rounded to single precision. */
static inline double host_fpu_round_to_single(double x)
{
    __asm__ volatile("vcvtsd2ss %0, %0, %0\n\tvcvtss2sd %0, %0, %0" : "+x"(x));
    return x;
}

/* 0x80000000 if @x does not fit. */
static inline uint32_t host_fpu_to_word(double x)
{
    uint32_t result;
    __asm__ volatile("vcvtsd2si %1, %0" : "=r"(result) : "x"(x));
    return result;
}

static inline uint32_t host_fpu_truncate_to_word(double x)
{
    uint32_t result;
    __asm__ volatile("vcvttsd2si %1, %0" : "=r"(result) : "x"(x));
    return result;
}

#endif
