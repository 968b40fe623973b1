/* SPDX-License-Identifier: MIT */
/*
 * The engine's slow side: entering, leaving, slots by page, decoding, event points.
 *
 * Source: own design (reference/interp.md, design D: slots and tail calls).
 */
#include "target-ppc/engine.h"

#include "target-ppc/decode.h"
#include "target-ppc/fpu_lazy.h"
#include "target-ppc/mode.h"
#include "target-ppc/profile.h"
#include "target-ppc/spr.h"
#include "target-ppc/threading.h"
#include "util/log.h"
#include "util/trace.h"

#include <sys/mman.h>

enum { DECODE_AHEAD = 64, TAG_EMPTY = 4 };

/* --- slots by page ---------------------------------------------------------------------------------------- */

static void *block_key(ram_addr addr) { return GUINT_TO_POINTER(addr / PPC_PAGE_SIZE + 1); }

bool ppc_engine_has_page(const PpcEnv *env, ram_addr addr)
{
    PpcCodeBlock *block = g_hash_table_lookup(env->engine->blocks, block_key(addr));
    return block && block->lines;
}

static bool is_planted(const PpcCodeBlock *block, unsigned slot)
{
    return block->stops[slot / 64] >> slot % 64 & 1;
}

/* It has a handler of its own. */
static bool is_decoded(const PpcCodeBlock *block, unsigned index)
{
    return index < ENGINE_PAGE_SLOTS && block->slots[index].handler != engine_handler_decode() &&
           block->slots[index].handler != engine_handler_stop();
}

/* How many slots from @index on are decoded, as far as that matters for those before it. */
static unsigned decoded_behind(const PpcCodeBlock *block, unsigned index)
{
    unsigned count = 0;
    while (count < ENGINE_FUSED_SLOTS - 1 && is_decoded(block, index + count)) {
        count++;
    }
    return count;
}

/* Slots before @index may execute it, too. */
static void unfuse_before(PpcCodeBlock *block, unsigned index)
{
    unsigned last = MIN(index, (unsigned)ENGINE_FUSED_SLOTS - 1);
    for (unsigned back = 1; back <= last && is_decoded(block, index - back); back++) {
        block->slots[index - back].handler = engine_handler_decode();
    }
}

/* Slots at stop points leave the engine whether they are decoded or not. */
static void plant_line(PpcCodeBlock *block, unsigned line)
{
    for (unsigned i = 0; i < ENGINE_LINE_SLOTS; i++) {
        if (is_planted(block, line * ENGINE_LINE_SLOTS + i)) {
            unfuse_before(block, line * ENGINE_LINE_SLOTS + i);
            block->slots[line * ENGINE_LINE_SLOTS + i].handler = engine_handler_stop();
        }
    }
}

/* @slot leaves the engine from now on. */
static void plant_slot(PpcCodeBlock *block, unsigned slot)
{
    if (!block->has_stops) {
        memset(block->stops, 0, sizeof(block->stops));
        block->has_stops = true;
    }
    block->stops[slot / 64] |= UINT64_C(1) << slot % 64;
    block->slots[slot].handler = engine_handler_stop();
}

static void clear_line(PpcCodeBlock *block, unsigned line)
{
    uint32_t handler = engine_handler_decode();
    unfuse_before(block, line * ENGINE_LINE_SLOTS);
    for (unsigned i = 0; i < ENGINE_LINE_SLOTS; i++) {
        block->slots[line * ENGINE_LINE_SLOTS + i].handler = handler;
    }
    block->lines &= ~(UINT64_C(1) << line);
    if (G_UNLIKELY(block->has_stops)) {
        plant_line(block, line);
    }
}

static PpcCodeBlock *new_block(PpcEnv *env, ram_addr addr, const uint8_t *host)
{
    PpcEngine *engine = env->engine;
    if (engine->used == ENGINE_BLOCKS) {
        ppc_engine_drop_all(env);
    }
    PpcCodeBlock *block = (PpcCodeBlock *)(engine->memory +
                                           (size_t)engine->used * ENGINE_BLOCK_SIZE);
    engine->used++;
    block->host = host;
    block->addr = addr;
    block->has_stops = false;
    for (unsigned line = 0; line < ENGINE_PAGE_SLOTS / ENGINE_LINE_SLOTS; line++) {
        clear_line(block, line);
    }
    block->end.handler = engine_handler_end();
    g_hash_table_insert(engine->blocks, block_key(addr), block);
    return block;
}

void ppc_engine_drop_all(PpcEnv *env)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, env->engine->blocks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        PpcCodeBlock *block = value;
        block->lines = 0;
        ppc_mmu_page_released(env, block->addr);
    }
    g_hash_table_remove_all(env->engine->blocks);
    env->engine->used = 0;
    ppc_engine_flush(env);
}

void ppc_engine_written(PpcEnv *env, ram_addr addr, uint64_t len)
{
    enum { LINE_BYTES = ENGINE_LINE_SLOTS * 4 };
    PpcCodeBlock *block = g_hash_table_lookup(env->engine->blocks, block_key(addr));
    if (!block) {
        return;
    }
    ram_addr last = MIN(addr + len - 1, block->addr + PPC_PAGE_SIZE - 1);
    for (ram_addr at = addr & ~(ram_addr)(LINE_BYTES - 1); at <= last; at += LINE_BYTES) {
        unsigned line = (unsigned)(at & (PPC_PAGE_SIZE - 1)) / LINE_BYTES;
        if (block->lines >> line & 1) {
            clear_line(block, line);
        }
    }
}

/* Decode from @op to the end of the block of code, the page, or what is decoded already. */
static void decode_from(PpcEnv *env, PpcOp *op)
{
    PpcCodeBlock *block = engine_block(op);
    unsigned index = (unsigned)(op - block->slots);
    unsigned end = MIN(index + DECODE_AHEAD, (unsigned)ENGINE_PAGE_SLOTS);
    if (!block->lines) {
        ppc_mmu_page_decoded(env, block->addr, block->host);
    }
    unsigned first = index;
    for (; index < end && block->slots[index].handler == engine_handler_decode(); index++) {
        PpcOp *slot = &block->slots[index];
        uint32_t insn = ldl_be_p(block->host + 4 * index);
        ppc_decode(insn, slot);
        slot->kind = (uint16_t)engine_kind_of(slot, index, insn & 1);
        slot->handler = engine_handler(slot->kind);
        block->lines |= UINT64_C(1) << index / ENGINE_LINE_SLOTS;
        if (ppc_stops_at_insn(env, insn)) {
            plant_slot(block, index);
            break;
        }
    }
    engine_fuse(op, index - first, decoded_behind(block, index));
}

/* --- where code lies ---------------------------------------------------------------------------------------- */

void ppc_engine_flush_mode(PpcEnv *env, unsigned mode)
{
    if (!env->engine->is_mode_used[mode]) {
        return;
    }
    for (unsigned i = 0; i < ENGINE_CODE_TLB; i++) {
        env->engine->code_tlb[mode][i].tag = TAG_EMPTY;
    }
    env->engine->is_mode_used[mode] = false;
}

void ppc_engine_flush(PpcEnv *env)
{
    PROFILE_LEAVE(env, "flush", 0);
    for (unsigned mode = 0; mode < PPC_TLB_MODES; mode++) {
        ppc_engine_flush_mode(env, mode);
    }
}

void ppc_engine_drop_index(PpcEnv *env, unsigned page_index)
{
    for (unsigned mode = 0; mode < PPC_TLB_MODES; mode++) {
        env->engine->code_tlb[mode][page_index % ENGINE_CODE_TLB].tag = TAG_EMPTY;
    }
}

/* The page is entered at env->pc: its slots at stop points leave the engine. They may be too many, when
 * the page has another address as well or had one: who asks there is told so. */
static void plant_stops(PpcEnv *env, PpcCodeBlock *block, hwaddr pa)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    uint64_t slots[ENGINE_PAGE_SLOTS / 64] = {0};
    if (!block->has_stops) {
        memset(block->stops, 0, sizeof(block->stops));
    }
    if (!cs->stop_hooks->code_in_page(cs->stop_opaque, env->pc, pa, slots)) {
        return;
    }
    block->has_stops = true;
    for (unsigned line = 0; line < ENGINE_PAGE_SLOTS / ENGINE_LINE_SLOTS; line++) {
        block->stops[line / 4] |= slots[line / 4];
        if (slots[line / 4]) {
            plant_line(block, line);
        }
    }
}

void ppc_engine_stops_changed(PpcEnv *env)
{
    if (ppc_env_cpu(env)->parent_obj.has_insn_stops) { /* they may lie in any page */
        ppc_engine_drop_all(env);
        return;
    }
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, env->engine->blocks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        PpcCodeBlock *block = value;
        if (!block->has_stops) {
            continue;
        }
        block->has_stops = false;
        for (unsigned line = 0; line < ENGINE_PAGE_SLOTS / ENGINE_LINE_SLOTS; line++) {
            clear_line(block, line);
        }
        ppc_mmu_page_released(env, block->addr);
    }
    ppc_engine_flush(env);
}

/* A translation of env->pc is kept. */
static void note_code(PpcEnv *env)
{
    unsigned mode = ppc_code_mode(env->msr);
    env->engine->is_mode_used[mode] = true;
    if (mode == PPC_SUPERVISOR_TRANSLATED) {
        env->segments_executed |= 1u << (env->pc >> 28);
        env->segments_cached |= env->segments_executed;
    }
}

/* The slots of the page at env->pc; NULL if it cannot be fetched from RAM without an exception, or a
 * stop point comes before the fetch. */
static PpcCodeBlock *find_block(PpcEnv *env)
{
    uint32_t tag = env->pc & ~(PPC_PAGE_SIZE - 1u);
    PpcCodeTlbEntry *entry = &env->code_tlb[env->pc / PPC_PAGE_SIZE % ENGINE_CODE_TLB];
    if (entry->tag == tag) {
        return entry->block;
    }
    ram_addr addr;
    hwaddr pa;
    if (ppc_stop_ahead(env)) {
        return NULL;
    }
    const uint8_t *host = ppc_mmu_code_page(env, &addr, &pa);
    if (!host) {
        return NULL;
    }
    PpcCodeBlock *block = g_hash_table_lookup(env->engine->blocks, block_key(addr));
    if (!block) {
        block = new_block(env, addr, host);
    }
    if (G_UNLIKELY(ppc_env_cpu(env)->parent_obj.has_code_stops)) {
        plant_stops(env, block, pa);
    }
    *entry = (PpcCodeTlbEntry){.tag = tag, .block = block};
    note_code(env);
    return block;
}

/* --- entering and leaving ---------------------------------------------------------------------------------- */

/* What only step() does, instruction by instruction. */
static bool needs_stepping(const PpcEnv *env)
{
    enum { STEPPED_MSR = 1 << MSR_SE | 1 << MSR_BE | 1 << MSR_LE };
    bool deliverable = env->pending_interrupts &&
                       (ppc_msr(env, MSR_EE) ||
                        (env->pending_interrupts &
                         (PPC_INTERRUPT_HRESET | PPC_INTERRUPT_RESET | PPC_INTERRUPT_MCP)));
    return (env->msr & STEPPED_MSR) || (env->spr[SPR_IABR] & 2) || env->halted || deliverable ||
           log_enabled(LOG_EVERY_INSN) ||
           *env->icount >= container_of(env, const PowerPCCPU, env)->parent_obj.observe_from;
}

static bool should_stop(const PpcEnv *env)
{
    return env->attention || env->stop_icount - *env->icount <= ENGINE_STOP_DISTANCE;
}

/* Leave env->engine at the slot of env->pc, or NULL there when the caller must look. */
static void enter(PpcEnv *env)
{
    PpcEngine *engine = env->engine;
    engine->op = NULL;
    while (!should_stop(env)) {
        PpcCodeBlock *block = needs_stepping(env) ? NULL : find_block(env);
        if (block) {
            env->vbase = env->pc & ~(PPC_PAGE_SIZE - 1u);
            /* A past one is now: further back, the address of its slot could wrap. */
            engine->deadline = MAX(env->deadline, *env->icount);
            engine->op = &block->slots[env->pc / 4 % ENGINE_PAGE_SLOTS];
            engine->dl = (const PpcOp *)((uintptr_t)engine->op +
                                         (engine->deadline - *env->icount) * sizeof(PpcOp));
            ppc_fpu_enter(env);
            return;
        }
        if (ppc_stop_ahead(env)) {
            return;
        }
        PROFILE_LEAVE(env, "step", 0);
        ppc_step(env);
    }
}

/* Count and PC as they are before the instruction at @op. */
static void leave(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    env->engine->leaves++;
    ppc_fpu_leave(env);
    intptr_t left = (intptr_t)((uintptr_t)dl - (uintptr_t)op) / (intptr_t)sizeof(PpcOp);
    env->pc = engine_pc(env, op);
    *env->icount = env->engine->deadline - (uint64_t)left;
}

/* -cache-chaos: the slots go too. */
static void maybe_chaos(PpcEnv *env)
{
    if (G_UNLIKELY(env->chaos) && ppc_mmu_chaos(env)) {
        ppc_engine_drop_all(env);
    }
}

/* Without leaving the burst: the handler of @op only wanted the FPU otherwise, and is asked again; or @op
 * is done by other means. */
static bool stay(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    uint32_t flags = ppc_insn_row(op->id)->flags;
    bool again = (flags & (F_FPE | F_INEXACT)) && op->kind != KIND_slow &&
                 ppc_fpu_prepare(env, flags);
    if (!again && !ppc_pass_watched(env, op)) {
        return false;
    }
    env->engine->op = again ? op : op + 1;
    env->engine->dl = dl;
    return true;
}

void engine_slow(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    PpcCodeBlock *block = engine_block(op);
    if (stay(env, op, dl)) {
        return;
    }
    PpcOp copy = *op;
    copy.insn = ldl_be_p(block->host + 4 * (op - block->slots));
    PROFILE_LEAVE(env, "slow", copy.insn);
    leave(env, op, dl);
    ppc_step_decoded(env, &copy);
    maybe_chaos(env);
    enter(env);
}

static void due(PpcEnv *env)
{
    if (*env->icount >= env->engine->deadline) {
        ppc_event_point(env);
    }
    maybe_chaos(env);
    enter(env);
}

void engine_event(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    PROFILE_LEAVE(env, "event", 0);
    leave(env, op, dl);
    due(env);
}

void engine_lookup(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    PROFILE_LEAVE(env, "lookup", 0);
    leave(env, op, dl);
    env->pc = env->next_pc;
    due(env);
}

void engine_stop(PpcEnv *env, const PpcOp *op, const PpcOp *dl)
{
    leave(env, op, dl);
    env->engine->op = NULL;
}

bool ppc_engine_fence(PpcEnv *env, unsigned count)
{
    PpcCodeBlock *block = find_block(env);
    unsigned index = env->pc / 4 % ENGINE_PAGE_SLOTS;
    if (!block || index + count >= ENGINE_PAGE_SLOTS) {
        return false;
    }
    for (unsigned i = index / ENGINE_LINE_SLOTS; i <= (index + count) / ENGINE_LINE_SLOTS; i++) {
        clear_line(block, i);
    }
    block->slots[index + count].handler = engine_handler_stop();
    decode_from(env, &block->slots[index]);
    return true;
}

void engine_decode(PpcEnv *env, const PpcOp *op) { decode_from(env, (PpcOp *)(uintptr_t)op); }

void ppc_engine_run(PpcEnv *env)
{
    ppc_fpu_begin(env);
    enter(env);
    if (env->engine->op) {
        engine_follow(env);
    }
}

/* --- life ----------------------------------------------------------------------------------------------------- */

void ppc_engine_init(PpcEnv *env)
{
    size_t size = (size_t)(ENGINE_BLOCKS + 1) * ENGINE_BLOCK_SIZE;
    env->engine = g_new0(PpcEngine, 1);
    env->engine->blocks = g_hash_table_new(NULL, NULL);
    env->engine->profile = ppc_profile_new();
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert(memory != MAP_FAILED);
    env->engine->mapping = memory;
    env->engine->memory = (uint8_t *)align_up((uintptr_t)memory, ENGINE_BLOCK_SIZE);
    memset(env->engine->is_mode_used, true, sizeof(env->engine->is_mode_used));
    ppc_engine_flush(env);
}

void ppc_engine_fini(PpcEnv *env)
{
    munmap(env->engine->mapping, (size_t)(ENGINE_BLOCKS + 1) * ENGINE_BLOCK_SIZE);
    g_hash_table_destroy(env->engine->blocks);
    ppc_profile_free(env->engine->profile);
    g_clear_pointer(&env->engine, g_free);
}
