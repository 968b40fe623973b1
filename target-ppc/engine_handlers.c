/* SPDX-License-Identifier: MIT */
/*
 * The engine's handlers of one slot, a kind each, and what is rare. Fused ones: fuse.py.
 *
 * Source: own design (reference/interp.md, design D).
 */
#include "target-ppc/decode.h"
#include "target-ppc/engine_bodies.h"

/* --- what is rare ------------------------------------------------------------------------------------------------ */

static G_GNUC_NO_INLINE void resume(HANDLER_ARGS)
{
    op = env->engine->op;
    dl = env->engine->dl;
    if (!op) {
        return;
    }
    GO_SLOT();
}

G_GNUC_NO_INLINE void h_slow(HANDLER_ARGS)
{
    engine_slow(env, op, dl);
    GO_HANDLER(resume);
}

G_GNUC_NO_INLINE void h_event(HANDLER_ARGS)
{
    engine_event(env, op, dl);
    GO_HANDLER(resume);
}

G_GNUC_NO_INLINE void h_lookup(HANDLER_ARGS)
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

/* Behind the last slot: the next page, and an event point. */
static void h_end(HANDLER_ARGS) { BRANCH_FAR(env->vbase + PAGE, op); }

/* --- one slot ----------------------------------------------------------------------------------------------------- */

/* No compiler leaves a call of semantics in them. */
#define FLAT __attribute__((flatten))

#define INSN(id, mnemonic, form, primary, xo, operands, flags, reserved, semantics, source)        \
    static FLAT void row_##id(HANDLER_ARGS)                                                        \
    {                                                                                              \
        BODY_ROW(op, flags, semantics, (flags) & F_RC1);                                           \
        NEXT();                                                                                    \
    }                                                                                              \
    static FLAT void row_##id##_rc(HANDLER_ARGS)                                                   \
    {                                                                                              \
        BODY_ROW(op, flags, semantics, true);                                                      \
        NEXT();                                                                                    \
    }
#include "target-ppc/insn.def"
#undef INSN

#define KIND(name, end)                                                                            \
    static FLAT void h_##name(HANDLER_ARGS)                                                        \
    {                                                                                              \
        BODY_##name(op);                                                                           \
        NEXT();                                                                                    \
    }
#include "target-ppc/engine_kinds.def"
#undef KIND

static Handler *const HANDLERS[KIND_COUNT] = {
    h_slow,
    h_slow,
#define INSN(id, ...) row_##id, row_##id##_rc,
#include "target-ppc/insn.def"
#undef INSN
#define KIND(name, end) h_##name,
#include "target-ppc/engine_kinds.def"
#undef KIND
};

/* --- which handler ------------------------------------------------------------------------------------------------------- */

static EngineKind conditional(const PpcOp *op, bool near)
{
    static const uint16_t by_bit[2][3][2] = {
        {{KIND_bge_far, KIND_bge_near},
         {KIND_ble_far, KIND_ble_near},
         {KIND_bne_far, KIND_bne_near}},
        {{KIND_blt_far, KIND_blt_near},
         {KIND_bgt_far, KIND_bgt_near},
         {KIND_beq_far, KIND_beq_near}},
    };
    enum { BO_HINTLESS = 0x1e };
    unsigned bo = op->d & BO_HINTLESS, bit = op->a & 3;
    if ((bo == 4 || bo == 12 || bo == 6 || bo == 14) && bit != 3) {
        return (EngineKind)by_bit[bo >> 3][bit][near];
    }
    if (bo == 16) {
        return near ? KIND_bdnz_near : KIND_bdnz_far;
    }
    return near ? KIND_bc_near : KIND_bc_far;
}

/* A relative branch at slot @index; near ones get their distance in slots. */
static EngineKind relative_branch(PpcOp *op, unsigned index)
{
    int64_t target = (int64_t)index * 4 + op->imm;
    bool near = target >= 0 && target < PAGE;
    EngineKind kind;
    if (op->id == INSN_bc) {
        kind = conditional(op, near);
        op->b = op->a >> 2; /* the CR field */
    } else if (op->id == INSN_b) {
        kind = near ? KIND_b_near : KIND_b_far;
    } else {
        kind = near ? KIND_bl_near : KIND_bl_far;
    }
    if (near) {
        op->imm *= (int32_t)(sizeof(PpcOp) / 4);
    }
    return kind;
}

static EngineKind move_from_spr(const PpcOp *op)
{
    switch (op->imm) {
    case SPR_LR:
        return KIND_mflr;
    case SPR_CTR:
        return KIND_mfctr;
    case SPR_XER:
        return KIND_mfxer;
    case SPR_VRSAVE:
        return KIND_mfvrsave;
    case SPR_DEC:
        return KIND_mfdec;
    case SPR_TBL:
        return KIND_mftb_low;
    case SPR_TBU:
        return KIND_mftb_high;
    case SPR_SPRG0:
    case SPR_SPRG1:
    case SPR_SPRG2:
    case SPR_SPRG3:
    case SPR_SRR0:
    case SPR_SRR1:
    case SPR_DAR:
    case SPR_DSISR:
        return KIND_mfspr_stored;
    default:
        return KIND_slow;
    }
}

static EngineKind move_to_spr(const PpcOp *op)
{
    switch (op->imm) {
    case SPR_LR:
        return KIND_mtlr;
    case SPR_CTR:
        return KIND_mtctr;
    case SPR_XER:
        return KIND_mtxer;
    case SPR_VRSAVE:
        return KIND_mtvrsave;
    case SPR_SRR0:
        return KIND_mtsrr0;
    case SPR_SPRG0:
    case SPR_SPRG1:
    case SPR_SPRG2:
    case SPR_SPRG3:
    case SPR_SRR1:
        return KIND_mtspr_stored;
    default:
        return KIND_slow;
    }
}

/* KIND_as_row: a row as it is. */
static EngineKind special(PpcOp *op, unsigned index)
{
    switch (op->id) {
    case INSN_b:
    case INSN_bl:
    case INSN_bc:
        return relative_branch(op, index);
    case INSN_bcl:
        return (op->d & 0x14) == 0x14 ? KIND_bcl_always : KIND_slow;
    case INSN_bclr:
        return (op->d & 0x14) == 0x14 ? KIND_blr : KIND_bclr;
    case INSN_bclrl:
        return KIND_bclrl;
    case INSN_bcctr:
        return (op->d & 0x14) == 0x14 ? KIND_bctr : KIND_bcctr;
    case INSN_bcctrl:
        return (op->d & 0x14) == 0x14 ? KIND_bctrl : KIND_bcctrl;
    case INSN_mfspr:
        return move_from_spr(op);
    case INSN_mftb: /* any other number is an invalid form */
        return op->imm == SPR_TBL || op->imm == SPR_TBU ? move_from_spr(op) : KIND_slow;
    case INSN_mtspr:
        return move_to_spr(op);
    case INSN_sc:
        return KIND_sc_plain;
    case INSN_rfi:
        return KIND_rfi_plain;
    case INSN_mtmsr:
        return KIND_mtmsr_plain;
    case INSN_isync:
        return KIND_isync_event;
    case INSN_mtsr:
        return KIND_mtsr_uncached;
    case INSN_mtsrin:
        return KIND_mtsrin_uncached;
    case INSN_mfmsr:
        return KIND_mfmsr_checked;
    case INSN_lmw:
        return KIND_lmw_page;
    case INSN_stmw:
        return KIND_stmw_page;
    case INSN_lwarx:
        return KIND_lwarx_page;
    case INSN_stwcx_:
        return KIND_stwcx_page;
    case INSN_dcbst:
    case INSN_dcbf:
    case INSN_icbi:
        return KIND_cache_read;
    case INSN_dcbz:
        return KIND_dcbz_page;
    default:
        return KIND_as_row;
    }
}

EngineKind engine_kind_of(PpcOp *op, unsigned index, bool record)
{
    const uint32_t flags = ppc_insn_row(op->id)->flags;
    EngineKind kind = special(op, index);
    if (kind != KIND_as_row) {
        return kind;
    }
    if (!(flags & F_INLINE) || (record && (flags & F_RC_FP))) {
        return KIND_slow;
    }
    return engine_row_kind(op->id, record && (flags & (F_RC_A | F_RC_D)));
}

uint32_t engine_handler(EngineKind kind) { return engine_address(HANDLERS[kind]); }
uint32_t engine_handler_decode(void) { return engine_address(h_decode); }
uint32_t engine_handler_end(void) { return engine_address(h_end); }
uint32_t engine_handler_stop(void) { return engine_address(h_stop); }

void engine_follow(PpcEnv *env) { FOLLOW_SLOTS(env, resume); }
