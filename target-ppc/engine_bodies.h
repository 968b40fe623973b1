/* SPDX-License-Identifier: MIT */
/*
 * What a handler of the engine is made of: how semantics reach memory there, how it goes on, and the body
 * of each kind of slot. A handler of one slot runs one body, a fused one (fuse.py) several.
 *
 * A body finds the environment in env, its slot in op, the deadline slot in dl, and takes the fields of
 * its instruction from @o, which may be a copy. Its way holds no call: TLB hits are inline, and whatever
 * needs more (a miss, an exception, a rare instruction) leaves by h_slow, nothing architected being
 * written before. Source: own design (reference/interp.md, designs D and G).
 */
#ifndef TARGET_PPC_ENGINE_BODIES_H
#define TARGET_PPC_ENGINE_BODIES_H

#include "target-ppc/cr.h"
#include "target-ppc/engine_kinds.h"
#include "target-ppc/mode.h"
#include "target-ppc/spr.h"
#include "target-ppc/threading.h"

/* --- how semantics reach memory here ------------------------------------------------------------------------ */

#define TARGET_PPC_SEM_ACCESS_H

enum { PAGE = 4096 };
/* Index and scale in one: the compiler takes two shifts for &tlb[ea / PAGE % PPC_TLB_SIZE]. */
enum { TLB_SHIFT = 8, TLB_MASK = (PPC_TLB_SIZE - 1) * sizeof(PpcTlbEntry) };
_Static_assert(PAGE >> TLB_SHIFT == sizeof(PpcTlbEntry), "an entry is 16 bytes");
#define TLB_ENTRY(tlb, ea)                                                                         \
    ((__typeof__(&(tlb)[0]))((uintptr_t)(tlb) + ((ea) >> TLB_SHIFT & TLB_MASK)))
enum { CODE_TLB_MASK = (ENGINE_CODE_TLB - 1) * sizeof(PpcCodeTlbEntry) };
_Static_assert(PAGE >> TLB_SHIFT == sizeof(PpcCodeTlbEntry), "an entry is 16 bytes");
#define CODE_TLB_ENTRY(tlb, ea)                                                                    \
    ((const PpcCodeTlbEntry *)((uintptr_t)(tlb) + ((ea) >> TLB_SHIFT & CODE_TLB_MASK)))
#define SWAP_uint8_t(v) (v)
#define SWAP_uint16_t(v) __builtin_bswap16(v)
#define SWAP_uint32_t(v) __builtin_bswap32(v)
#define SWAP_uint64_t(v) __builtin_bswap64(v)
#define LOAD_SIZED(type, address)                                                                  \
    ({                                                                                             \
        target_addr at_ = (address);                                                               \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_read_tlb, at_);                            \
        uint32_t offset_ = at_ - entry_->tag;                                                      \
        if (G_UNLIKELY(offset_ > PAGE - sizeof(type))) {                                           \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        type loaded_;                                                                              \
        memcpy(&loaded_, entry_->host + offset_, sizeof(type));                                    \
        SWAP_##type(loaded_);                                                                      \
    })
#define STORE_SIZED(type, address, value)                                                          \
    do {                                                                                           \
        target_addr at_ = (address);                                                               \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_write_tlb, at_);                           \
        uint32_t offset_ = at_ - entry_->tag;                                                      \
        if (G_UNLIKELY(offset_ > PAGE - sizeof(type))) {                                           \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        type stored_ = SWAP_##type((type)(value));                                                 \
        memcpy(entry_->host + offset_, &stored_, sizeof(type));                                    \
    } while (0)
#define LOAD8(ea) LOAD_SIZED(uint8_t, ea)
#define LOAD16(ea) LOAD_SIZED(uint16_t, ea)
#define LOAD32(ea) LOAD_SIZED(uint32_t, ea)
#define LOAD64(ea) LOAD_SIZED(uint64_t, ea)
#define STORE8(ea, value) STORE_SIZED(uint8_t, ea, value)
#define STORE16(ea, value) STORE_SIZED(uint16_t, ea, value)
#define STORE32(ea, value) STORE_SIZED(uint32_t, ea, value)
#define STORE64(ea, value) STORE_SIZED(uint64_t, ea, value)
#define LOAD_VECTOR(vector, address)                                                               \
    do {                                                                                           \
        target_addr at_ = (address);                                                               \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_read_tlb, at_);                            \
        uint32_t offset_ = at_ - entry_->tag;                                                      \
        if (G_UNLIKELY(offset_ > PAGE - sizeof(PpcVector))) {                                      \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        host_load_guest((vector), entry_->host + offset_);                                         \
    } while (0)
#define STORE_VECTOR(address, vector)                                                              \
    do {                                                                                           \
        target_addr at_ = (address);                                                               \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_write_tlb, at_);                           \
        uint32_t offset_ = at_ - entry_->tag;                                                      \
        if (G_UNLIKELY(offset_ > PAGE - sizeof(PpcVector))) {                                      \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        host_store_guest(entry_->host + offset_, (vector));                                        \
    } while (0)
#define IS_LITTLE_ENDIAN(env)                                                                      \
    ((void)(env), false) /* the engine does not run in little-endian mode */
#define REQUIRE_WORD_ALIGNED(ea)                                                                   \
    do {                                                                                           \
        if (G_UNLIKELY((ea) & 3)) {                                                                \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)
/* The host converts each single but a NaN without a trace; stfs cuts bits. */
#define SINGLE_TO_DOUBLE(word)                                                                     \
    ({                                                                                             \
        uint32_t single_ = (word);                                                                 \
        if (G_UNLIKELY(single_ << 1 > 0xff000000u)) {                                              \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        host_single_to_double(single_);                                                            \
    })
#define DOUBLE_TO_SINGLE(bits)                                                                     \
    ({                                                                                             \
        uint64_t double_ = (bits);                                                                 \
        if (G_UNLIKELY((double_ >> 52 & 0x7ff) <= 1023 - 127 && double_ << 1)) {                   \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        (uint32_t)(double_ >> 32 & 0xc0000000) | (uint32_t)(double_ >> 29 & 0x3fffffff);           \
    })
#define REQUIRE_BIG_ENDIAN(ea) ((void)(ea)) /* the engine does not run in little-endian mode */

/* AltiVec: the host's vector unit. */
#define TARGET_PPC_SEM_VEC_EXACT_H
#define VECTOR_OP(name, ...) host_##name(__VA_ARGS__)
#define VECTOR_FLOAT_OP(name, sources, is_float, ...)                                              \
    do {                                                                                           \
        if (!host_##name(&env->vr[op->d], __VA_ARGS__, &env->vscr)) {                              \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)

/* Exceptions are step()'s business: here they only say "not done". */
#define ppc_program_exception(env, reason) ((void)(env), (void)(reason))
#define ppc_alignment_exception(env, ea) ((void)(env), (void)(ea))
#define ppc_exception(env, vector, srr0, bits) ((void)(env))
#define ppc_dsi(env, ea, dsisr) ((void)(env), (void)(ea), (void)(dsisr))

#include "target-ppc/sem_branch.h"
#include "target-ppc/sem_fp.h"
#include "target-ppc/sem_fp_host.h"
#include "target-ppc/sem_int.h"
#include "target-ppc/sem_ls.h"
#include "target-ppc/sem_sys.h"
#include "target-ppc/sem_vec.h"

#undef ppc_program_exception
#undef ppc_alignment_exception
#undef ppc_exception
#undef ppc_dsi

/* --- going on ---------------------------------------------------------------------------------------------------- */

#define NEXT()                                                                                     \
    do {                                                                                           \
        op++;                                                                                      \
        GO_SLOT();                                                                                 \
    } while (0)

/* What is rare: engine_handlers.c. step() for this instruction; an event point at @op; env->next_pc is
 * somewhere else. */
__attribute__((visibility("hidden"), cold)) Handler h_slow, h_event, h_lookup;

static inline const PpcOp *bytes_on(const PpcOp *op, intptr_t bytes)
{
    return (const PpcOp *)((uintptr_t)op + (uintptr_t)bytes);
}

/* Taken, within the page: imm is the distance in bytes of slots. An event point. */
#define BRANCH_NEAR(o)                                                                             \
    do {                                                                                           \
        intptr_t distance_ = (o)->imm;                                                             \
        op = bytes_on(op, distance_);                                                              \
        dl = bytes_on(dl, distance_ - (intptr_t)sizeof(PpcOp));                                    \
        if (G_UNLIKELY((uintptr_t)op >= (uintptr_t)dl)) {                                          \
            GO_HANDLER(h_event);                                                                   \
        }                                                                                          \
        GO_SLOT();                                                                                 \
    } while (0)

/* Taken, anywhere; @after is the slot behind the branch. An event point. */
#define BRANCH_FAR(target, after)                                                                  \
    do {                                                                                           \
        uint32_t to_ = (target);                                                                   \
        const PpcOp *after_ = (after);                                                             \
        const PpcCodeTlbEntry *entry_ = CODE_TLB_ENTRY(env->code_tlb, to_);                        \
        if (G_UNLIKELY(entry_->tag != (to_ & ~(PAGE - 1u)))) {                                     \
            env->next_pc = to_;                                                                    \
            op = after_;                                                                           \
            GO_HANDLER(h_lookup);                                                                  \
        }                                                                                          \
        env->vbase = to_ & ~(PAGE - 1u);                                                           \
        op = bytes_on(entry_->block->slots, to_ % PAGE * (sizeof(PpcOp) / 4));                     \
        dl = bytes_on(dl, (intptr_t)((uintptr_t)op - (uintptr_t)after_));                          \
        if (G_UNLIKELY((uintptr_t)op >= (uintptr_t)dl)) {                                          \
            GO_HANDLER(h_event);                                                                   \
        }                                                                                          \
        GO_SLOT();                                                                                 \
    } while (0)

/* --- rows -------------------------------------------------------------------------------------------------------- */

/* MSR[VEC] exists only where AltiVec does. */
static inline __attribute__((always_inline)) bool can_run_vector(const PpcEnv *env, uint32_t flags)
{
    return flags & F_INEXACT   ? ppc_msr(env, MSR_VEC) && !env->fp.is_guarded
           : flags & F_VEC     ? ppc_msr(env, MSR_VEC)
           : flags & F_ALTIVEC ? env->model->features & PPC_FEATURE_ALTIVEC
                               : true;
}

/* Rows that may raise floating-point exceptions look at the limits of results: 0 until the unit is made
 * ready for the first of them, which needs MSR[FP]. */
static inline __attribute__((always_inline)) bool can_run(const PpcEnv *env, uint32_t flags)
{
    return (flags & F_INLINE) && (!(flags & F_SUPER) || !ppc_msr(env, MSR_PR)) &&
           (!(flags & F_FP) || (flags & F_FPE) || ppc_msr(env, MSR_FP)) &&
           can_run_vector(env, flags);
}

#define INSN(id, mnemonic, form, primary, xo, operands, flags, ...) enum { FLAGS_##id = (flags) };
#include "target-ppc/insn.def"
#undef INSN

#define BODY_ROW(o, flags, semantics, record)                                                      \
    do {                                                                                           \
        if (!can_run(env, flags) || semantics(env, o) != SEM_NEXT) {                               \
            GO_HANDLER(h_slow);                                                                    \
        }                                                                                          \
        if ((record) && ((flags) & F_RC_A)) {                                                      \
            ppc_cr_record(env, env->gpr[(o)->a]);                                                  \
        } else if ((record) && ((flags) & F_RC_D)) {                                               \
            ppc_cr_record(env, env->gpr[(o)->d]);                                                  \
        }                                                                                          \
    } while (0)

/* --- branches ----------------------------------------------------------------------------------------------------- */

#define SET_LR() (env->lr = engine_pc(env, op) + 4)
#define RELATIVE_TARGET(o) (engine_pc(env, op) + (uint32_t)(o)->imm)

#define BODY_b_near(o) BRANCH_NEAR(o)
#define BODY_b_far(o) BRANCH_FAR(RELATIVE_TARGET(o), op + 1)
#define BODY_bl_near(o)                                                                            \
    do {                                                                                           \
        SET_LR();                                                                                  \
        BRANCH_NEAR(o);                                                                            \
    } while (0)
#define BODY_bl_far(o)                                                                             \
    do {                                                                                           \
        SET_LR();                                                                                  \
        BRANCH_FAR(RELATIVE_TARGET(o), op + 1);                                                    \
    } while (0)

#define NEAR_IF(o, condition)                                                                      \
    do {                                                                                           \
        if (condition) {                                                                           \
            BRANCH_NEAR(o);                                                                        \
        }                                                                                          \
    } while (0)
#define FAR_IF(o, condition)                                                                       \
    do {                                                                                           \
        if (condition) {                                                                           \
            BRANCH_FAR(RELATIVE_TARGET(o), op + 1);                                                \
        }                                                                                          \
    } while (0)
#define IF_blt(o) ppc_cr_lt(env, (o)->b)
#define IF_bge(o) !ppc_cr_lt(env, (o)->b)
#define IF_bgt(o) ppc_cr_gt(env, (o)->b)
#define IF_ble(o) !ppc_cr_gt(env, (o)->b)
#define IF_beq(o) ppc_cr_eq(env, (o)->b)
#define IF_bne(o) !ppc_cr_eq(env, (o)->b)
#define IF_bdnz(o) --env->ctr != 0
#define IF_bc(o) sem_branch_taken(env, (o)->d, (o)->a)
#define BODY_blt_near(o) NEAR_IF(o, IF_blt(o))
#define BODY_bge_near(o) NEAR_IF(o, IF_bge(o))
#define BODY_bgt_near(o) NEAR_IF(o, IF_bgt(o))
#define BODY_ble_near(o) NEAR_IF(o, IF_ble(o))
#define BODY_beq_near(o) NEAR_IF(o, IF_beq(o))
#define BODY_bne_near(o) NEAR_IF(o, IF_bne(o))
#define BODY_bdnz_near(o) NEAR_IF(o, IF_bdnz(o))
#define BODY_bc_near(o) NEAR_IF(o, IF_bc(o))
#define BODY_blt_far(o) FAR_IF(o, IF_blt(o))
#define BODY_bge_far(o) FAR_IF(o, IF_bge(o))
#define BODY_bgt_far(o) FAR_IF(o, IF_bgt(o))
#define BODY_ble_far(o) FAR_IF(o, IF_ble(o))
#define BODY_beq_far(o) FAR_IF(o, IF_beq(o))
#define BODY_bne_far(o) FAR_IF(o, IF_bne(o))
#define BODY_bdnz_far(o) FAR_IF(o, IF_bdnz(o))
#define BODY_bc_far(o) FAR_IF(o, IF_bc(o))

/* Always taken: how position-independent code finds itself. */
#define BODY_bcl_always(o) BODY_bl_far(o)

#define BODY_blr(o) BRANCH_FAR(env->lr & ~3u, op + 1)
#define BODY_bctr(o) BRANCH_FAR(env->ctr & ~3u, op + 1)
#define BODY_bctrl(o)                                                                              \
    do {                                                                                           \
        SET_LR();                                                                                  \
        BRANCH_FAR(env->ctr & ~3u, op + 1);                                                        \
    } while (0)
#define BODY_bclr(o)                                                                               \
    do {                                                                                           \
        if (IF_bc(o)) {                                                                            \
            BRANCH_FAR(env->lr & ~3u, op + 1);                                                     \
        }                                                                                          \
    } while (0)
#define BODY_bclrl(o)                                                                              \
    do {                                                                                           \
        uint32_t target_ = env->lr & ~3u;                                                          \
        SET_LR();                                                                                  \
        if (IF_bc(o)) {                                                                            \
            BRANCH_FAR(target_, op + 1);                                                           \
        }                                                                                          \
    } while (0)
#define BODY_bcctr(o)                                                                              \
    do {                                                                                           \
        if (IF_bc(o)) {                                                                            \
            BRANCH_FAR(env->ctr & ~3u, op + 1);                                                    \
        }                                                                                          \
    } while (0)
#define BODY_bcctrl(o)                                                                             \
    do {                                                                                           \
        SET_LR();                                                                                  \
        if (IF_bc(o)) {                                                                            \
            BRANCH_FAR(env->ctr & ~3u, op + 1);                                                    \
        }                                                                                          \
    } while (0)

/* --- registers that are no rows of their own ------------------------------------------------------------------------ */

#define BODY_mflr(o) ((void)(env->gpr[(o)->d] = env->lr))
#define BODY_mtlr(o) ((void)(env->lr = env->gpr[(o)->d]))
#define BODY_mfctr(o) ((void)(env->gpr[(o)->d] = env->ctr))
#define BODY_mtctr(o) ((void)(env->ctr = env->gpr[(o)->d]))

/* The time base at this instruction, which counts itself. */
static inline uint64_t timebase_at(const PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    uint64_t left = (uint64_t)((intptr_t)((uintptr_t)dl - (uintptr_t)op) / (intptr_t)sizeof(PpcOp));
    uint64_t ns = clock_view_ns(env->time, env->engine->deadline - left + 1);
    return ns / PPC_NS_PER_TICK + env->tb_offset;
}

#define BODY_mftb_low(o) ((void)(env->gpr[(o)->d] = (uint32_t)timebase_at(env, op, dl)))
#define BODY_mftb_high(o) ((void)(env->gpr[(o)->d] = (uint32_t)(timebase_at(env, op, dl) >> 32)))

#define SLOW_IF(condition)                                                                         \
    do {                                                                                           \
        if (G_UNLIKELY(condition)) {                                                               \
            GO_HANDLER(h_slow);                                                                    \
        }                                                                                          \
    } while (0)

/* SPRG0 to SPRG3, SRR0 and SRR1: plain storage, supervisor only. */
#define BODY_mfspr_stored(o)                                                                       \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        env->gpr[(o)->d] = env->spr[(o)->imm];                                                     \
    } while (0)
#define BODY_mtspr_stored(o)                                                                       \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        env->spr[(o)->imm] = env->gpr[(o)->d];                                                     \
    } while (0)
#define BODY_mfmsr_checked(o)                                                                      \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        env->gpr[(o)->d] = env->msr;                                                               \
    } while (0)

/* XER, VRSAVE: the user's, too. */
#define BODY_mfxer(o) ((void)(env->gpr[(o)->d] = ppc_xer_get(env)))
#define BODY_mtxer(o) ppc_xer_set(env, env->gpr[(o)->d])
#define BODY_mfvrsave(o)                                                                           \
    do {                                                                                           \
        SLOW_IF(!(env->model->features & PPC_FEATURE_ALTIVEC));                                    \
        env->gpr[(o)->d] = env->spr[SPR_VRSAVE];                                                   \
    } while (0)
#define BODY_mtvrsave(o)                                                                           \
    do {                                                                                           \
        SLOW_IF(!(env->model->features & PPC_FEATURE_ALTIVEC));                                    \
        env->spr[SPR_VRSAVE] = env->gpr[(o)->d];                                                   \
    } while (0)
#define BODY_mtsrr0(o)                                                                             \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        env->spr[SPR_SRR0] = env->gpr[(o)->d] & ~3u;                                               \
    } while (0)
#define BODY_mfdec(o)                                                                              \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        uint64_t ticks_ = timebase_at(env, op, dl) - env->tb_offset;                               \
        env->gpr[(o)->d] = env->dec_value - (uint32_t)(ticks_ - env->dec_ticks);                   \
    } while (0)

/* A segment register: nothing is cached that a new value makes wrong (mode.h). */
#define WRITE_SEGMENT(o, number)                                                                   \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        unsigned segment_ = (number);                                                              \
        uint32_t value_ = env->gpr[(o)->d];                                                        \
        if (env->sr[segment_] != value_) {                                                         \
            SLOW_IF(env->segments_cached >> segment_ & 1);                                         \
            env->sr[segment_] = value_;                                                            \
            env->segments_changed = true;                                                          \
            env->fetch_tag = UINT32_MAX;                                                           \
        }                                                                                          \
    } while (0)
#define BODY_mtsr_uncached(o) WRITE_SEGMENT(o, (o)->a & 15)
#define BODY_mtsrin_uncached(o) WRITE_SEGMENT(o, env->gpr[(o)->b] >> 28)

/* --- system call, return, mode ------------------------------------------------------------------------------------------- */

/* Nobody is to be told of exceptions and returns, and nothing counts by mode. */
static inline bool is_plain(const PpcEnv *env)
{
    const CPUState *cs = &container_of(env, const PowerPCCPU, env)->parent_obj;
    return !log_enabled(LOG_INT) && !cs->observers && !cs->has_exception_stops &&
           !cs->has_return_stops && !env->pm_active;
}

/* From the present MSR to @msr without an exception, an interrupt or a way of running in between, with all caches
 * at hand. */
static inline bool can_change_mode(PpcEnv *env, uint32_t msr)
{
    enum { SLOW_BITS = BIT(MSR_POW) | BIT(MSR_SE) | BIT(MSR_BE) | BIT(MSR_LE) };
    return !(msr & SLOW_BITS) && !(env->msr & ~msr & BIT(MSR_FP) && env->fp.is_guarded) &&
           !((msr & BIT(MSR_EE)) && env->pending_interrupts) &&
           !((msr & (BIT(MSR_FE0) | BIT(MSR_FE1))) && (env->fpscr & FPSCR_FEX)) && is_plain(env) &&
           ppc_mode_is_ready(env, msr);
}

/* A unit that needs no leaving is switched off at once (fpu_lazy.h); one switched on is made ready by who uses it. */
static inline void change_msr(PpcEnv *env, uint32_t msr)
{
    env->msr = msr;
    if (!(msr & BIT(MSR_FP))) {
        env->fp.limit_sum = env->fp.limit_double = env->fp.limit_single = 0;
    }
}

#define BODY_sc_plain(o)                                                                           \
    do {                                                                                           \
        uint32_t old_ = env->msr, pc_ = engine_pc(env, op);                                        \
        uint32_t msr_ = ppc_msr_in_handler(old_, PPC_VECTOR_SYSTEM_CALL);                          \
        SLOW_IF(!can_change_mode(env, msr_));                                                      \
        ppc_exception_save(env, PPC_VECTOR_SYSTEM_CALL, pc_, pc_ + 4, 0);                          \
        change_msr(env, msr_);                                                                     \
        ppc_mode_select(env);                                                                      \
        BRANCH_FAR(ppc_vector_address(old_, PPC_VECTOR_SYSTEM_CALL), op + 1);                      \
    } while (0)
#define BODY_rfi_plain(o)                                                                          \
    do {                                                                                           \
        SLOW_IF(ppc_msr(env, MSR_PR));                                                             \
        uint32_t msr_ = ppc_msr_after_rfi(env);                                                    \
        SLOW_IF(!can_change_mode(env, msr_));                                                      \
        change_msr(env, msr_);                                                                     \
        ppc_mode_select(env);                                                                      \
        BRANCH_FAR(env->spr[SPR_SRR0] & ~3u, op + 1);                                              \
    } while (0)

/* An event point behind the instruction. */
#define EVENT_BEHIND()                                                                             \
    do {                                                                                           \
        op++;                                                                                      \
        if (G_UNLIKELY((uintptr_t)op >= (uintptr_t)dl)) {                                          \
            GO_HANDLER(h_event);                                                                   \
        }                                                                                          \
        GO_SLOT();                                                                                 \
    } while (0)
#define BODY_mtmsr_plain(o)                                                                        \
    do {                                                                                           \
        uint32_t old_ = env->msr, msr_ = env->gpr[(o)->d];                                         \
        SLOW_IF((old_ & BIT(MSR_PR)) || (msr_ & BIT(MSR_POW)));                                    \
        msr_ &= env->model->msr_mask;                                                              \
        SLOW_IF(((msr_ ^ old_) & (BIT(MSR_IR) | BIT(MSR_PR))) || !can_change_mode(env, msr_));     \
        change_msr(env, msr_);                                                                     \
        if ((msr_ ^ old_) & BIT(MSR_DR)) {                                                         \
            ppc_mode_select(env);                                                                  \
        }                                                                                          \
        EVENT_BEHIND();                                                                            \
    } while (0)
#define BODY_isync_event(o) EVENT_BEHIND()

/* --- multiple: all words in one page ----------------------------------------------------------------------------------- */

#define BODY_lmw_page(o)                                                                           \
    do {                                                                                           \
        target_addr ea_ = env->gpr[(o)->a] + (uint32_t)(o)->imm;                                   \
        unsigned first_ = (o)->d;                                                                  \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_read_tlb, ea_);                            \
        uint32_t offset_ = ea_ - entry_->tag;                                                      \
        SLOW_IF((ea_ & 3) || offset_ > PAGE - 4 * (32 - first_));                                  \
        const uint8_t *from_ = entry_->host + offset_;                                             \
        for (unsigned r_ = first_; r_ < 32; r_++, from_ += 4) {                                    \
            env->gpr[r_] = ldl_be_p(from_);                                                        \
        }                                                                                          \
    } while (0)
#define BODY_stmw_page(o)                                                                          \
    do {                                                                                           \
        target_addr ea_ = env->gpr[(o)->a] + (uint32_t)(o)->imm;                                   \
        unsigned first_ = (o)->d;                                                                  \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_write_tlb, ea_);                           \
        uint32_t offset_ = ea_ - entry_->tag;                                                      \
        SLOW_IF((ea_ & 3) || offset_ > PAGE - 4 * (32 - first_));                                  \
        uint8_t *to_ = entry_->host + offset_;                                                     \
        for (unsigned r_ = first_; r_ < 32; r_++, to_ += 4) {                                      \
            stl_be_p(to_, env->gpr[r_]);                                                           \
        }                                                                                          \
    } while (0)

/* --- reservations in memory that hits the TLB --------------------------------------------------------------------------- */

#define GRANULE_OF(entry, offset)                                                                  \
    ((((entry)->pa & ~(PAGE - 1u)) | (offset)) & ~(SEM_RESERVATION_GRANULE - 1u))
#define BODY_lwarx_page(o)                                                                         \
    do {                                                                                           \
        target_addr ea_ = env->gpr[(o)->a] + env->gpr[(o)->b];                                     \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_read_tlb, ea_);                            \
        uint32_t offset_ = ea_ - entry_->tag;                                                      \
        SLOW_IF((ea_ & 3) || offset_ >= PAGE || (entry_->pa & PPC_WIMG_WRITE_THROUGH));            \
        env->gpr[(o)->d] = ldl_be_p(entry_->host + offset_);                                       \
        env->reserve_valid = true;                                                                 \
        env->reserve_addr = GRANULE_OF(entry_, offset_);                                           \
    } while (0)
/* Without a reservation nothing is translated. */
#define BODY_stwcx_page(o)                                                                         \
    do {                                                                                           \
        target_addr ea_ = env->gpr[(o)->a] + env->gpr[(o)->b];                                     \
        bool stores_ = false;                                                                      \
        SLOW_IF(ea_ & 3);                                                                          \
        if (G_LIKELY(env->reserve_valid)) {                                                        \
            const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_write_tlb, ea_);                       \
            uint32_t offset_ = ea_ - entry_->tag;                                                  \
            SLOW_IF(offset_ >= PAGE || (entry_->pa & PPC_WIMG_WRITE_THROUGH));                     \
            stores_ = env->reserve_addr == GRANULE_OF(entry_, offset_);                            \
            if (G_LIKELY(stores_)) {                                                               \
                stl_be_p(entry_->host + offset_, env->gpr[(o)->d]);                                \
            }                                                                                      \
        }                                                                                          \
        env->reserve_valid = false;                                                                \
        ppc_cr_set_field(env, 0, (unsigned)stores_ << 1 | env->xer_so);                            \
    } while (0)

/* --- cache operations that hit the TLB ----------------------------------------------------------------------------------- */

/* dcbst, dcbf and icbi only ask whether the address may be read. */
#define BODY_cache_read(o)                                                                         \
    do {                                                                                           \
        target_addr ea_ = env->gpr[(o)->a] + env->gpr[(o)->b];                                     \
        SLOW_IF(ea_ - TLB_ENTRY(env->data_read_tlb, ea_)->tag >= PAGE);                            \
    } while (0)
#define BODY_dcbz_page(o)                                                                          \
    do {                                                                                           \
        enum { LINE_ = 32 };                                                                       \
        target_addr ea_ = (env->gpr[(o)->a] + env->gpr[(o)->b]) & ~(LINE_ - 1u);                   \
        const PpcTlbEntry *entry_ = TLB_ENTRY(env->data_write_tlb, ea_);                           \
        uint32_t offset_ = ea_ - entry_->tag;                                                      \
        SLOW_IF(offset_ >= PAGE || (entry_->pa & (PPC_WIMG_INHIBITED | PPC_WIMG_WRITE_THROUGH)));  \
        memset(entry_->host + offset_, 0, LINE_);                                                  \
    } while (0)

#endif
