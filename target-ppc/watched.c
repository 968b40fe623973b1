/* SPDX-License-Identifier: MIT */
/*
 * Accesses to pages that are watched, but not to the bytes that are: done from the engine's slots, without
 * leaving them.
 *
 * Such pages are kept out of the TLBs, so each access declines. What it does is what its row's semantics
 * say, with memory reached here: in RAM, in one page, no decoded code changed, nobody to be told. Anything
 * else, also what only seldom occurs, is left to step(), nothing being changed. Source: own design.
 */
#include "target-ppc/cpu.h"
#include "target-ppc/fpu_lazy.h"
#include "target-ppc/mmu.h"
#include "target-ppc/sem_access.h"
#include "util/log.h"

/* --- how the semantics reach memory here -------------------------------------------------------------- */

/* Not beside all that is watched, or on a page of several stop points: no byte of the access is watched?
 * Then it is counted, and will be done. */
static G_GNUC_NO_INLINE bool passes(PpcEnv *env, const PpcWatchedPage *page,
                                    const CpuAccess *access)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    hwaddr pa = page->pa + (access->ea & (PPC_PAGE_SIZE - 1));
    return cs->stop_hooks->access_passes(cs->stop_opaque, access, pa);
}

/* Where it lies; NULL: step() must do it. */
static inline __attribute__((always_inline)) uint8_t *reach(PpcEnv *env, target_addr ea,
                                                            unsigned size, bool is_write)
{
    const PpcWatchedPage *known = &env->watched_pages[ppc_watched_index(ea)];
    const CpuWatchedBytes *bytes = &known->bytes;
    unsigned offset = ea & (PPC_PAGE_SIZE - 1);
    DirtyLog *log = env->mmu->log;
    PpcPage page;
    if (known->ea != ((ea - offset) | 1) || offset > PPC_PAGE_SIZE - size ||
        (is_write && (known->is_readonly || dirty_log_is_code(log, known->ram_addr)))) {
        return NULL;
    }
    if (ppc_mmu_walk(env, ea, is_write ? PPC_ACCESS_WRITE : PPC_ACCESS_READ, true, &page) !=
            PPC_FAULT_NONE ||
        page.pa - offset != known->pa) {
        return NULL;
    }
    if (bytes->accesses && (offset >= bytes->end || offset + size <= bytes->first)) {
        ++*bytes->accesses;
    } else if (!passes(env, known, &(CpuAccess){.ea = ea, .size = size, .is_write = is_write})) {
        return NULL;
    }
    if (is_write) {
        dirty_log_set(log, known->ram_addr + offset, size);
    }
    return known->host + offset;
}

static const uint8_t *reach_load(PpcEnv *env, target_addr ea, unsigned size)
{
    return reach(env, ea, size, false);
}

static uint8_t *reach_store(PpcEnv *env, target_addr ea, unsigned size)
{
    return reach(env, ea, size, true);
}

#undef LOAD_SIZED
#define LOAD_SIZED(type, ea)                                                                       \
    ({                                                                                             \
        const uint8_t *from_ = reach_load(env, (ea), sizeof(type));                                \
        if (!from_) {                                                                              \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        (type) read_##type(from_);                                                                 \
    })
#undef STORE_SIZED
#define STORE_SIZED(type, ea, value)                                                               \
    do {                                                                                           \
        uint8_t *to_ = reach_store(env, (ea), sizeof(type));                                       \
        if (!to_) {                                                                                \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        write_##type(to_, (type)(value));                                                          \
    } while (0)
#define read_uint8_t(from) (*(from))
#define read_uint16_t(from) lduw_be_p(from)
#define read_uint32_t(from) ldl_be_p(from)
#define read_uint64_t(from) ldq_be_p(from)
#define write_uint8_t(to, value) (*(to) = (value))
#define write_uint16_t(to, value) stw_be_p(to, value)
#define write_uint32_t(to, value) stl_be_p(to, value)
#define write_uint64_t(to, value) stq_be_p(to, value)

#undef LOAD_VECTOR
#define LOAD_VECTOR(vector, ea)                                                                    \
    do {                                                                                           \
        const uint8_t *from_ = reach_load(env, (ea), sizeof(PpcVector));                           \
        if (!from_) {                                                                              \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        (vector)->u64[1] = ldq_be_p(from_);                                                        \
        (vector)->u64[0] = ldq_be_p(from_ + 8);                                                    \
    } while (0)
#undef STORE_VECTOR
#define STORE_VECTOR(ea, vector)                                                                   \
    do {                                                                                           \
        uint8_t *to_ = reach_store(env, (ea), sizeof(PpcVector));                                  \
        if (!to_) {                                                                                \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        stq_be_p(to_, (vector)->u64[1]);                                                           \
        stq_be_p(to_ + 8, (vector)->u64[0]);                                                       \
    } while (0)
#undef REQUIRE_WORD_ALIGNED
#define REQUIRE_WORD_ALIGNED(ea)                                                                   \
    do {                                                                                           \
        if (G_UNLIKELY((ea) & 3)) {                                                                \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
    } while (0)

#include "target-ppc/sem_ls.h"
#include "target-ppc/sem_vec.h"

/* --- rows ------------------------------------------------------------------------------------------------ */

#define ROW(id)                                                                                    \
    case INSN_##id:                                                                                \
        return sem_##id(env, op);
/* One that needs a bit of MSR. */
#define ROW_IF(bit, id, semantics)                                                                 \
    case INSN_##id:                                                                                \
        return ppc_msr(env, bit) ? sem_##semantics(env, op) : SEM_EXCEPTION;
#define FOUR_ROWS(id) ROW(id) ROW(id##u) ROW(id##x) ROW(id##ux)
#define FP_ROW(id) ROW_IF(MSR_FP, id, id)
#define FOUR_FP_ROWS(id) FP_ROW(id) FP_ROW(id##u) FP_ROW(id##x) FP_ROW(id##ux)
#define VEC_ROW(id) ROW_IF(MSR_VEC, id, id)

static PpcSem dispatch(PpcEnv *env, const PpcOp *op)
{
    switch (op->id) { /* clang-format off */
    FOUR_ROWS(lbz) FOUR_ROWS(lhz) FOUR_ROWS(lha) FOUR_ROWS(lwz)
    FOUR_ROWS(stb) FOUR_ROWS(sth) FOUR_ROWS(stw)
    ROW(lhbrx) ROW(lwbrx) ROW(sthbrx) ROW(stwbrx)
    FOUR_FP_ROWS(lfs) FOUR_FP_ROWS(lfd) FOUR_FP_ROWS(stfs) FOUR_FP_ROWS(stfd) FP_ROW(stfiwx)
    VEC_ROW(lvx) ROW_IF(MSR_VEC, lvxl, lvx) VEC_ROW(lvebx) VEC_ROW(lvehx) VEC_ROW(lvewx)
    VEC_ROW(stvx) ROW_IF(MSR_VEC, stvxl, stvx) VEC_ROW(stvebx) VEC_ROW(stvehx) VEC_ROW(stvewx)
    default: return SEM_EXCEPTION;
    } /* clang-format on */
}

/* DABR, observers and the log want to know of each access. */
bool ppc_pass_watched(PpcEnv *env, const PpcOp *op)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    if (!cs->has_data_stops || cs->observes_accesses || (env->spr[SPR_DABR] & 3) ||
        log_enabled(LOG_MMU)) {
        return false;
    }
    /* The walk may enter a page in a table of GLib's, which sizes itself in floats. */
    ppc_fpu_leave(env);
    bool is_done = dispatch(env, op) == SEM_NEXT;
    if (is_done) {
        ppc_fpu_enter(env);
    }
    return is_done;
}
