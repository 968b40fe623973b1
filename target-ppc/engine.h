/* SPDX-License-Identifier: MIT */
/*
 * The threaded engine: predecoded slots by RAM page, one handler call an instruction.
 *
 * A page of guest code becomes 1024 slots of 16 bytes in a block aligned to 32 KiB, so that slot and PC
 * follow from each other by arithmetic. Anything rare goes to ppc_step() for exactly that instruction.
 * Slots are keyed by ram_addr and are pure: dropping them at any instruction changes no guest state.
 */
#ifndef TARGET_PPC_ENGINE_H
#define TARGET_PPC_ENGINE_H

#include "target-ppc/engine_kinds.h"

enum {
    ENGINE_PAGE_SLOTS = 1024,
    ENGINE_BLOCK_SIZE = 32768,
    ENGINE_BLOCKS = 2048, /* pages of code kept; then all are dropped */
    ENGINE_CODE_TLB = 256,
    ENGINE_LINE_SLOTS = 16,      /* 64 bytes of code: the unit of invalidation */
    ENGINE_FUSED_SLOTS = 4,      /* one handler executes no more of them */
    ENGINE_STOP_DISTANCE = 1024, /* no event point is further apart */
};

/* A page of code. Falling off its end reaches the slot behind the last. */
typedef struct PpcCodeBlock {
    PpcOp slots[ENGINE_PAGE_SLOTS];
    PpcOp end;
    const uint8_t *host; /* the page's contents */
    ram_addr addr;
    uint64_t lines; /* decoded lines, a bit each */
    bool has_stops; /* some bit of stops is set */
    uint64_t
        stops[ENGINE_PAGE_SLOTS / 64]; /* slots where a stop point may lie: they leave the engine */
} PpcCodeBlock;

typedef struct PpcCodeTlbEntry {
    uint32_t tag; /* the page; 1 << 2 set: empty */
    uint32_t pad;
    PpcCodeBlock *block;
} PpcCodeTlbEntry;

typedef struct PpcEngine {
    PpcCodeTlbEntry code_tlb[PPC_TLB_MODES][ENGINE_CODE_TLB]; /* by MSR[IR, PR] */
    bool is_mode_used[PPC_TLB_MODES];                         /* some tag is not empty */
    uint64_t deadline;    /* icount at which slot == deadline slot */
    const PpcOp *op, *dl; /* handed back by calls; portable builds: the next slot */
    GHashTable *blocks;   /* by ram page number */
    void *mapping;        /* reserved, not committed */
    uint8_t *memory;      /* ENGINE_BLOCKS blocks in it, aligned */
    unsigned used;
    uint64_t leaves;            /* how often the slots were left: for tests */
    struct PpcProfile *profile; /* of bench/profile's build; else NULL */
} PpcEngine;

static inline PpcCodeBlock *engine_block(const PpcOp *op)
{
    return (PpcCodeBlock *)((uintptr_t)op & ~(uintptr_t)(ENGINE_BLOCK_SIZE - 1));
}

/* The effective address of a slot. */
static inline uint32_t engine_pc(const PpcEnv *env, const PpcOp *op)
{
    return env->vbase + (uint32_t)(((uintptr_t)op & (ENGINE_BLOCK_SIZE - 1)) >> 2);
}

/* --- engine.c ------------------------------------------------------------------------------------- */

void ppc_engine_init(PpcEnv *env);
void ppc_engine_fini(PpcEnv *env);
/* Run from env->pc until something asks to stop: see engine_should_stop() in engine.c. */
void ppc_engine_run(PpcEnv *env);
/* Translations changed: forget which page holds which code. */
void ppc_engine_flush(PpcEnv *env);
void ppc_engine_flush_mode(PpcEnv *env, unsigned mode);
void ppc_engine_drop_index(PpcEnv *env, unsigned page_index);
/* RAM at [addr, addr + len) changes: drop what was decoded from it. */
void ppc_engine_written(PpcEnv *env, ram_addr addr, uint64_t len);
/* True while slots exist that were made from this page. */
bool ppc_engine_has_page(const PpcEnv *env, ram_addr addr);
/* Drop every slot. */
void ppc_engine_drop_all(PpcEnv *env);
/* Stop points are others: slots that left the engine for them run again, until their page is entered
 * and asked about anew. */
void ppc_engine_stops_changed(PpcEnv *env);

/*
 * Decode @count instructions at env->pc and plant a stop in the slot behind them (instruction vectors);
 * lasts until the slots are dropped. False, without a stop: env->pc is not in RAM, or the next slot is not
 * in its page.
 */
bool ppc_engine_fence(PpcEnv *env, unsigned count);

/* Called by handlers; they leave the slot to go on with in env->engine (NULL: leave the engine). */
void engine_slow(PpcEnv *env, const PpcOp *op, const PpcOp *dl);  /* step() for this instruction */
void engine_event(PpcEnv *env, const PpcOp *op, const PpcOp *dl); /* an event point is due at @op */
void engine_lookup(PpcEnv *env, const PpcOp *op,
                   const PpcOp *dl);              /* env->next_pc, from before @op */
void engine_decode(PpcEnv *env, const PpcOp *op); /* fill this slot and some behind it */
void engine_stop(PpcEnv *env, const PpcOp *op, const PpcOp *dl); /* leave before @op */

/* --- engine_handlers.c ----------------------------------------------------------------------------- */

/* What a decoded slot at @index of its page does; may rewrite b and imm. */
EngineKind engine_kind_of(PpcOp *op, unsigned index, bool record);
/* The handler of one slot of that kind. */
uint32_t engine_handler(EngineKind kind);
/* engine_fuse.c: @count slots from @first on are decoded, and @behind more were before: let handlers
 * execute several where that is known to be faster. */
void engine_fuse(PpcOp *first, unsigned count, unsigned behind);
uint32_t engine_handler_decode(void);
uint32_t engine_handler_end(void);
/* For a slot that must not run: leaves the engine in front of it. */
uint32_t engine_handler_stop(void);
/* Follow the slots from env->engine->op until one leaves the engine. */
void engine_follow(PpcEnv *env);

#endif
