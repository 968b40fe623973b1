/* SPDX-License-Identifier: MIT */
/*
 * The engine's handlers: a row of insn.def each, from the same semantics that step() runs.
 *
 * A handler's way holds no call: TLB hits are inline, and whatever needs more (a miss, an exception, a
 * rare instruction) is done by step() for exactly this instruction, since nothing architected is
 * written before. Source: own design (reference/interp.md, design D).
 */
#include "target-ppc/cr.h"
#include "target-ppc/decode.h"
#include "target-ppc/spr.h"
#include "target-ppc/threading.h"

/* --- how semantics reach memory here ------------------------------------------------------------------------ */

#define TARGET_PPC_SEM_ACCESS_H

enum { PAGE = 4096 };
#define TLB_ENTRY(tlb, ea) (&(tlb)[(ea) / PAGE % PPC_TLB_SIZE])
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

static G_GNUC_NO_INLINE void resume(HANDLER_ARGS)
{
    op = env->engine->op;
    dl = env->engine->dl;
    if (!op) {
        return;
    }
    GO_SLOT();
}

static G_GNUC_NO_INLINE void h_slow(HANDLER_ARGS)
{
    engine_slow(env, op, dl);
    GO_HANDLER(resume);
}

static G_GNUC_NO_INLINE void h_event(HANDLER_ARGS)
{
    engine_event(env, op, dl);
    GO_HANDLER(resume);
}

static G_GNUC_NO_INLINE void h_lookup(HANDLER_ARGS)
{
    engine_lookup(env, op, dl);
    GO_HANDLER(resume);
}

static G_GNUC_NO_INLINE void h_stop(HANDLER_ARGS)
{
    engine_stop(env, op, dl);
    GO_HANDLER(resume);
}

static G_GNUC_NO_INLINE void h_decode(HANDLER_ARGS)
{
    engine_decode(env, op);
    GO_SLOT();
}

static inline const PpcOp *bytes_on(const PpcOp *op, intptr_t bytes)
{
    return (const PpcOp *)((uintptr_t)op + (uintptr_t)bytes);
}

/* Taken, within the page: imm is the distance in bytes of slots. An event point. */
#define BRANCH_NEAR()                                                                              \
    do {                                                                                           \
        intptr_t distance_ = op->imm;                                                              \
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
        const PpcCodeTlbEntry *entry_ = &env->engine->code_tlb[to_ / PAGE % ENGINE_CODE_TLB];      \
        if (G_UNLIKELY(entry_->tag != ((to_ & ~(PAGE - 1u)) | env->code_mode))) {                  \
            env->next_pc = to_;                                                                    \
            op = after_;                                                                           \
            GO_HANDLER(h_lookup);                                                                  \
        }                                                                                          \
        env->vbase = to_ & ~(PAGE - 1u);                                                           \
        op = &entry_->block->slots[to_ / 4 % ENGINE_PAGE_SLOTS];                                   \
        dl = bytes_on(dl, (intptr_t)((uintptr_t)op - (uintptr_t)after_));                          \
        if (G_UNLIKELY((uintptr_t)op >= (uintptr_t)dl)) {                                          \
            GO_HANDLER(h_event);                                                                   \
        }                                                                                          \
        GO_SLOT();                                                                                 \
    } while (0)

/* Behind the last slot: the next page, and an event point. */
static void h_end(HANDLER_ARGS) { BRANCH_FAR(env->vbase + PAGE, op); }

/* --- rows -------------------------------------------------------------------------------------------------------- */

/* MSR[VEC] exists only where AltiVec does. */
static inline __attribute__((always_inline)) bool can_run_vector(const PpcEnv *env, uint32_t flags)
{
    return flags & F_VEC       ? ppc_msr(env, MSR_VEC)
           : flags & F_ALTIVEC ? env->model->features & PPC_FEATURE_ALTIVEC
                               : true;
}

/* Rows that may raise floating-point exceptions look at the limits of results: 0 without MSR[FP]. */
static inline __attribute__((always_inline)) bool can_run(const PpcEnv *env, uint32_t flags)
{
    return (flags & F_INLINE) && (!(flags & F_FP) || (flags & F_FPE) || ppc_msr(env, MSR_FP)) &&
           can_run_vector(env, flags);
}

#define RUN_ROW(flags, semantics, record)                                                          \
    do {                                                                                           \
        if (!can_run(env, flags) || semantics(env, op) != SEM_NEXT) {                              \
            GO_HANDLER(h_slow);                                                                    \
        }                                                                                          \
        if ((record) && ((flags) & F_RC_A)) {                                                      \
            ppc_cr_record(env, env->gpr[op->a]);                                                   \
        } else if ((record) && ((flags) & F_RC_D)) {                                               \
            ppc_cr_record(env, env->gpr[op->d]);                                                   \
        }                                                                                          \
        NEXT();                                                                                    \
    } while (0)

#define INSN(id, mnemonic, form, primary, xo, operands, flags, reserved, semantics, source)        \
    static void row_##id(HANDLER_ARGS) { RUN_ROW(flags, semantics, (flags) & F_RC1); }             \
    static void row_##id##_rc(HANDLER_ARGS) { RUN_ROW(flags, semantics, true); }
#include "target-ppc/insn.def"
#undef INSN

/* --- branches ----------------------------------------------------------------------------------------------------- */

static void h_b_near(HANDLER_ARGS) { BRANCH_NEAR(); }

static void h_b_far(HANDLER_ARGS) { BRANCH_FAR(engine_pc(env, op) + (uint32_t)op->imm, op + 1); }

static void h_bl_near(HANDLER_ARGS)
{
    env->lr = engine_pc(env, op) + 4;
    BRANCH_NEAR();
}

static void h_bl_far(HANDLER_ARGS)
{
    uint32_t pc = engine_pc(env, op);
    env->lr = pc + 4;
    BRANCH_FAR(pc + (uint32_t)op->imm, op + 1);
}

#define CONDITIONAL(name, condition)                                                               \
    static void h_##name##_near(HANDLER_ARGS)                                                      \
    {                                                                                              \
        if (condition) {                                                                           \
            BRANCH_NEAR();                                                                         \
        }                                                                                          \
        NEXT();                                                                                    \
    }                                                                                              \
    static void h_##name##_far(HANDLER_ARGS)                                                       \
    {                                                                                              \
        if (condition) {                                                                           \
            BRANCH_FAR(engine_pc(env, op) + (uint32_t)op->imm, op + 1);                            \
        }                                                                                          \
        NEXT();                                                                                    \
    }
CONDITIONAL(blt, ppc_cr_lt(env, op->b))
CONDITIONAL(bge, !ppc_cr_lt(env, op->b))
CONDITIONAL(bgt, ppc_cr_gt(env, op->b))
CONDITIONAL(ble, !ppc_cr_gt(env, op->b))
CONDITIONAL(beq, ppc_cr_eq(env, op->b))
CONDITIONAL(bne, !ppc_cr_eq(env, op->b))
CONDITIONAL(bdnz, --env->ctr != 0)
CONDITIONAL(bc, sem_branch_taken(env, op->d, op->a))

/* Always taken: how position-independent code finds itself. */
static void h_bcl_always(HANDLER_ARGS)
{
    uint32_t pc = engine_pc(env, op);
    env->lr = pc + 4;
    BRANCH_FAR(pc + (uint32_t)op->imm, op + 1);
}

static void h_blr(HANDLER_ARGS) { BRANCH_FAR(env->lr & ~3u, op + 1); }

static void h_bclr(HANDLER_ARGS)
{
    if (sem_branch_taken(env, op->d, op->a)) {
        BRANCH_FAR(env->lr & ~3u, op + 1);
    }
    NEXT();
}

static void h_bclrl(HANDLER_ARGS)
{
    uint32_t target = env->lr & ~3u;
    env->lr = engine_pc(env, op) + 4;
    if (sem_branch_taken(env, op->d, op->a)) {
        BRANCH_FAR(target, op + 1);
    }
    NEXT();
}

static void h_bctr(HANDLER_ARGS) { BRANCH_FAR(env->ctr & ~3u, op + 1); }

static void h_bctrl(HANDLER_ARGS)
{
    env->lr = engine_pc(env, op) + 4;
    BRANCH_FAR(env->ctr & ~3u, op + 1);
}

static void h_bcctr(HANDLER_ARGS)
{
    if (sem_branch_taken(env, op->d, op->a)) {
        BRANCH_FAR(env->ctr & ~3u, op + 1);
    }
    NEXT();
}

static void h_bcctrl(HANDLER_ARGS)
{
    env->lr = engine_pc(env, op) + 4;
    if (sem_branch_taken(env, op->d, op->a)) {
        BRANCH_FAR(env->ctr & ~3u, op + 1);
    }
    NEXT();
}

/* --- registers that are no rows of their own ------------------------------------------------------------------------ */

static void h_mflr(HANDLER_ARGS)
{
    env->gpr[op->d] = env->lr;
    NEXT();
}

static void h_mtlr(HANDLER_ARGS)
{
    env->lr = env->gpr[op->d];
    NEXT();
}

static void h_mfctr(HANDLER_ARGS)
{
    env->gpr[op->d] = env->ctr;
    NEXT();
}

static void h_mtctr(HANDLER_ARGS)
{
    env->ctr = env->gpr[op->d];
    NEXT();
}

/* The time base at this instruction, which counts itself. */
static inline uint64_t timebase_at(const PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    uint64_t left = (uint64_t)((intptr_t)((uintptr_t)dl - (uintptr_t)op) / (intptr_t)sizeof(PpcOp));
    uint64_t ns = clock_view_ns(env->time, env->engine->deadline - left + 1);
    return ns / PPC_NS_PER_TICK + env->tb_offset;
}

static void h_mftb_low(HANDLER_ARGS)
{
    env->gpr[op->d] = (uint32_t)timebase_at(env, op, dl);
    NEXT();
}

static void h_mftb_high(HANDLER_ARGS)
{
    env->gpr[op->d] = (uint32_t)(timebase_at(env, op, dl) >> 32);
    NEXT();
}

/* SPRG0 to SPRG3, SRR0 and SRR1: plain storage, supervisor only. */
static void h_mfspr_stored(HANDLER_ARGS)
{
    if (G_UNLIKELY(ppc_msr(env, MSR_PR))) {
        GO_HANDLER(h_slow);
    }
    env->gpr[op->d] = env->spr[op->imm];
    NEXT();
}

static void h_mtspr_stored(HANDLER_ARGS)
{
    if (G_UNLIKELY(ppc_msr(env, MSR_PR))) {
        GO_HANDLER(h_slow);
    }
    env->spr[op->imm] = env->gpr[op->d];
    NEXT();
}

static void h_mfmsr_checked(HANDLER_ARGS)
{
    if (G_UNLIKELY(ppc_msr(env, MSR_PR))) {
        GO_HANDLER(h_slow);
    }
    env->gpr[op->d] = env->msr;
    NEXT();
}

/* --- multiple: all words in one page ----------------------------------------------------------------------------------- */

static void h_lmw_page(HANDLER_ARGS)
{
    target_addr ea = env->gpr[op->a] + (uint32_t)op->imm;
    unsigned first = op->d;
    const PpcTlbEntry *entry = TLB_ENTRY(env->data_read_tlb, ea);
    uint32_t offset = ea - entry->tag;
    if (G_UNLIKELY((ea & 3) || offset > PAGE - 4 * (32 - first))) {
        GO_HANDLER(h_slow);
    }
    const uint8_t *from = entry->host + offset;
    for (unsigned r = first; r < 32; r++, from += 4) {
        env->gpr[r] = ldl_be_p(from);
    }
    NEXT();
}

static void h_stmw_page(HANDLER_ARGS)
{
    target_addr ea = env->gpr[op->a] + (uint32_t)op->imm;
    unsigned first = op->d;
    const PpcTlbEntry *entry = TLB_ENTRY(env->data_write_tlb, ea);
    uint32_t offset = ea - entry->tag;
    if (G_UNLIKELY((ea & 3) || offset > PAGE - 4 * (32 - first))) {
        GO_HANDLER(h_slow);
    }
    uint8_t *to = entry->host + offset;
    for (unsigned r = first; r < 32; r++, to += 4) {
        stl_be_p(to, env->gpr[r]);
    }
    NEXT();
}

/* --- cache operations that hit the TLB ----------------------------------------------------------------------------------- */

/* dcbst, dcbf and icbi only ask whether the address may be read. */
static void h_cache_read(HANDLER_ARGS)
{
    target_addr ea = env->gpr[op->a] + env->gpr[op->b];
    if (G_UNLIKELY(ea - TLB_ENTRY(env->data_read_tlb, ea)->tag >= PAGE)) {
        GO_HANDLER(h_slow);
    }
    NEXT();
}

static void h_dcbz_page(HANDLER_ARGS)
{
    enum { LINE = 32 };
    target_addr ea = (env->gpr[op->a] + env->gpr[op->b]) & ~(LINE - 1u);
    const PpcTlbEntry *entry = TLB_ENTRY(env->data_write_tlb, ea);
    uint32_t offset = ea - entry->tag;
    if (G_UNLIKELY(offset >= PAGE || !entry->is_cacheable)) {
        GO_HANDLER(h_slow);
    }
    memset(entry->host + offset, 0, LINE);
    NEXT();
}

/* --- which handler ------------------------------------------------------------------------------------------------------- */

typedef struct Handlers {
    Handler *plain, *record;
} Handlers;

#define INSN(id, ...) [INSN_##id] = {row_##id, row_##id##_rc},
static const Handlers ROW_TABLE[INSN_COUNT] = {
    [INSN_ILLEGAL] = {h_slow, h_slow},
#include "target-ppc/insn.def"
};
#undef INSN

static Handler *conditional(const PpcOp *op, bool near)
{
    static Handler *const by_bit[2][3][2] = {
        {{h_bge_far, h_bge_near}, {h_ble_far, h_ble_near}, {h_bne_far, h_bne_near}},
        {{h_blt_far, h_blt_near}, {h_bgt_far, h_bgt_near}, {h_beq_far, h_beq_near}},
    };
    enum { BO_HINTLESS = 0x1e };
    unsigned bo = op->d & BO_HINTLESS, bit = op->a & 3;
    if ((bo == 4 || bo == 12 || bo == 6 || bo == 14) && bit != 3) {
        return by_bit[bo >> 3][bit][near];
    }
    if (bo == 16) {
        return near ? h_bdnz_near : h_bdnz_far;
    }
    return near ? h_bc_near : h_bc_far;
}

/* A relative branch at slot @index; near ones get their distance in slots. */
static Handler *relative_branch(PpcOp *op, unsigned index)
{
    int64_t target = (int64_t)index * 4 + op->imm;
    bool near = target >= 0 && target < PAGE;
    Handler *handler;
    if (op->id == INSN_bc) {
        handler = conditional(op, near);
        op->b = op->a >> 2; /* the CR field */
    } else if (op->id == INSN_b) {
        handler = near ? h_b_near : h_b_far;
    } else {
        handler = near ? h_bl_near : h_bl_far;
    }
    if (near) {
        op->imm *= (int32_t)(sizeof(PpcOp) / 4);
    }
    return handler;
}

static Handler *move_from_spr(const PpcOp *op)
{
    switch (op->imm) {
    case SPR_LR:
        return h_mflr;
    case SPR_CTR:
        return h_mfctr;
    case SPR_TBL:
        return h_mftb_low;
    case SPR_TBU:
        return h_mftb_high;
    case SPR_SPRG0:
    case SPR_SPRG1:
    case SPR_SPRG2:
    case SPR_SPRG3:
    case SPR_SRR0:
    case SPR_SRR1:
    case SPR_DAR:
    case SPR_DSISR:
        return h_mfspr_stored;
    default:
        return h_slow;
    }
}

static Handler *move_to_spr(const PpcOp *op)
{
    switch (op->imm) {
    case SPR_LR:
        return h_mtlr;
    case SPR_CTR:
        return h_mtctr;
    case SPR_SPRG0:
    case SPR_SPRG1:
    case SPR_SPRG2:
    case SPR_SPRG3:
    case SPR_SRR1:
        return h_mtspr_stored;
    default:
        return h_slow;
    }
}

static Handler *special(PpcOp *op, unsigned index)
{
    switch (op->id) {
    case INSN_b:
    case INSN_bl:
    case INSN_bc:
        return relative_branch(op, index);
    case INSN_bcl:
        return (op->d & 0x14) == 0x14 ? h_bcl_always : h_slow;
    case INSN_bclr:
        return (op->d & 0x14) == 0x14 ? h_blr : h_bclr;
    case INSN_bclrl:
        return h_bclrl;
    case INSN_bcctr:
        return (op->d & 0x14) == 0x14 ? h_bctr : h_bcctr;
    case INSN_bcctrl:
        return (op->d & 0x14) == 0x14 ? h_bctrl : h_bcctrl;
    case INSN_mfspr:
        return move_from_spr(op);
    case INSN_mftb: /* any other number is an invalid form */
        return op->imm == SPR_TBL || op->imm == SPR_TBU ? move_from_spr(op) : h_slow;
    case INSN_mtspr:
        return move_to_spr(op);
    case INSN_mfmsr:
        return h_mfmsr_checked;
    case INSN_lmw:
        return h_lmw_page;
    case INSN_stmw:
        return h_stmw_page;
    case INSN_dcbst:
    case INSN_dcbf:
    case INSN_icbi:
        return h_cache_read;
    case INSN_dcbz:
        return h_dcbz_page;
    default:
        return NULL;
    }
}

static uint32_t address_of(Handler *handler)
{
    g_assert((uintptr_t)handler <= UINT32_MAX); /* linked with -no-pie */
    return (uint32_t)(uintptr_t)handler;
}

uint32_t engine_handler_for(PpcOp *op, unsigned index, bool record)
{
    const uint32_t flags = ppc_insn_row(op->id)->flags;
    Handler *handler = special(op, index);
    if (!handler) {
        bool to_step = !(flags & F_INLINE) || (record && (flags & F_RC_FP));
        bool records = record && (flags & (F_RC_A | F_RC_D));
        handler = to_step ? h_slow : records ? ROW_TABLE[op->id].record : ROW_TABLE[op->id].plain;
    }
    return address_of(handler);
}

uint32_t engine_handler_decode(void) { return address_of(h_decode); }
uint32_t engine_handler_end(void) { return address_of(h_end); }
uint32_t engine_handler_stop(void) { return address_of(h_stop); }

void engine_follow(PpcEnv *env) { FOLLOW_SLOTS(env, resume); }
