/* SPDX-License-Identifier: MIT */
/*
 * How semantics reach memory in step(): calls of the MMU, and a return from the semantics function
 * when an exception was delivered.
 *
 * The engine puts its own accesses (TLB hits inline, everything else to step()) in place of these by
 * defining this guard before it includes the semantics.
 */
#ifndef TARGET_PPC_SEM_ACCESS_H
#define TARGET_PPC_SEM_ACCESS_H

#include "target-ppc/fpu.h"
#include "target-ppc/insn.h"

/* Statement expressions, so that they read as values: uint32_t word = LOAD32(ea); */
#define LOAD_SIZED(type, ea)                                                                       \
    ({                                                                                             \
        uint64_t loaded_;                                                                          \
        if (!ppc_load(env, (ea), sizeof(type), &loaded_)) {                                        \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        (type) loaded_;                                                                            \
    })
#define LOAD8(ea) LOAD_SIZED(uint8_t, ea)
#define LOAD16(ea) LOAD_SIZED(uint16_t, ea)
#define LOAD32(ea) LOAD_SIZED(uint32_t, ea)
#define LOAD64(ea) LOAD_SIZED(uint64_t, ea)

#define STORE_SIZED(type, ea, value)                                                               \
    do {                                                                                           \
        if (!ppc_store(env, (ea), sizeof(type), (type)(value))) {                                  \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)
#define STORE8(ea, value) STORE_SIZED(uint8_t, ea, value)
#define STORE16(ea, value) STORE_SIZED(uint16_t, ea, value)
#define STORE32(ea, value) STORE_SIZED(uint32_t, ea, value)
#define STORE64(ea, value) STORE_SIZED(uint64_t, ea, value)

/* What lfs and stfs make of a value on its way. */
#define SINGLE_TO_DOUBLE(word) ppc_fp_single_to_double(word)
#define DOUBLE_TO_SINGLE(bits) ppc_fp_double_to_single(bits)

/* Quadwords, @vector in the order of registers. */
#define LOAD_VECTOR(vector, ea)                                                                    \
    do {                                                                                           \
        if (!ppc_load_vector(env, (ea), (vector))) {                                               \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)
#define STORE_VECTOR(ea, vector)                                                                   \
    do {                                                                                           \
        if (!ppc_store_vector(env, (ea), (vector))) {                                              \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)
/* A vector is then one operand of 16 bytes (AVPEM 3.1.4). */
#define IS_LITTLE_ENDIAN(env) ppc_msr(env, MSR_LE)

/* Operands that the hardware wants at a word boundary (7450UM 4.6.6, 750UM 4.5.6). */
#define REQUIRE_WORD_ALIGNED(ea)                                                                   \
    do {                                                                                           \
        if (G_UNLIKELY((ea) & 3)) {                                                                \
            ppc_alignment_exception(env, (ea));                                                    \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)

/* Multiple and string operations do not exist in little-endian mode (PEM 3.1.4). */
#define REQUIRE_BIG_ENDIAN(ea)                                                                     \
    do {                                                                                           \
        if (G_UNLIKELY(ppc_msr(env, MSR_LE))) {                                                    \
            ppc_alignment_exception(env, (ea));                                                    \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)

#endif
