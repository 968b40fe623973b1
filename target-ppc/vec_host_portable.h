/* SPDX-License-Identifier: MIT */
/*
 * The portable twin of vec_host_x86.h: host_NAME is ppc_NAME of vec_*.c, called. Floating point declines
 * in Java mode, where step() looks for denormals.
 */
#ifndef TARGET_PPC_VEC_HOST_PORTABLE_H
#define TARGET_PPC_VEC_HOST_PORTABLE_H

#include "target-ppc/vec.h"

static inline void host_load_guest(PpcVector *d, const uint8_t *from)
{
    for (unsigned i = 0; i < 16; i++) {
        d->u8[15 - i] = from[i];
    }
}

static inline void host_store_guest(uint8_t *to, PpcVecSource v)
{
    for (unsigned i = 0; i < 16; i++) {
        to[i] = v->u8[15 - i];
    }
}

#define HOST_WHOLE(name, result, parameters, ...)                                                  \
    static inline result host_##name parameters { return ppc_##name(__VA_ARGS__); }
#define HOST_AB(name)                                                                              \
    HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource a, PpcVecSource b), d, a, b)
#define HOST_ABV(name)                                                                             \
    HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource a, PpcVecSource b, uint32_t *vscr), d, a,  \
               b, vscr)
#define HOST_ABC(name)                                                                             \
    HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource a, PpcVecSource b, PpcVecSource c), d, a,  \
               b, c)
#define HOST_ABCV(name)                                                                            \
    HOST_WHOLE(name, void,                                                                         \
               (PpcVector * d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr), d, \
               a, b, c, vscr)
#define HOST_B(name) HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource b), d, b)
#define HOST_BImm(name)                                                                            \
    HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource b, unsigned imm), d, b, imm)
#define HOST_ABImm(name)                                                                           \
    HOST_WHOLE(name, void, (PpcVector * d, PpcVecSource a, PpcVecSource b, unsigned imm), d, a, b, \
               imm)
#define HOST_Imm(name) HOST_WHOLE(name, void, (PpcVector * d, int32_t imm), d, imm)
#define HOST_Address(name) HOST_WHOLE(name, void, (PpcVector * d, target_addr ea), d, ea)
#define HOST_Compare(name)                                                                         \
    HOST_WHOLE(name, uint32_t, (PpcVector * d, PpcVecSource a, PpcVecSource b), d, a, b)
#define HOST_CompareV(name)                                                                        \
    HOST_WHOLE(name, uint32_t, (PpcVector * d, PpcVecSource a, PpcVecSource b, uint32_t *vscr), d, \
               a, b, vscr)

#define HOST_NON_JAVA(name, parameters, ...)                                                       \
    static inline bool host_##name parameters                                                      \
    {                                                                                              \
        if (!(*vscr & VSCR_NJ)) {                                                                  \
            return false;                                                                          \
        }                                                                                          \
        ppc_##name(__VA_ARGS__);                                                                   \
        return true;                                                                               \
    }
#define HOST_FloatAB(name)                                                                         \
    HOST_NON_JAVA(name, (PpcVector * d, PpcVecSource a, PpcVecSource b, uint32_t *vscr), d, a, b,  \
                  vscr)
#define HOST_FloatABC(name)                                                                        \
    HOST_NON_JAVA(name,                                                                            \
                  (PpcVector * d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr), \
                  d, a, b, c, vscr)
#define HOST_FloatB(name)                                                                          \
    HOST_NON_JAVA(name, (PpcVector * d, PpcVecSource b, uint32_t *vscr), d, b, vscr)
#define HOST_FloatBImm(name)                                                                       \
    HOST_NON_JAVA(name, (PpcVector * d, PpcVecSource b, unsigned imm, uint32_t *vscr), d, b, imm,  \
                  vscr)

#define VEC(name, shape) HOST_##shape(name)
#include "target-ppc/vec.def"
#undef VEC
#undef HOST_WHOLE
#undef HOST_AB
#undef HOST_ABV
#undef HOST_ABC
#undef HOST_ABCV
#undef HOST_B
#undef HOST_BImm
#undef HOST_ABImm
#undef HOST_Imm
#undef HOST_Address
#undef HOST_Compare
#undef HOST_CompareV
#undef HOST_NON_JAVA
#undef HOST_FloatAB
#undef HOST_FloatABC
#undef HOST_FloatB
#undef HOST_FloatBImm

#endif
