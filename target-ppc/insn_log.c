/* SPDX-License-Identifier: MIT */
/*
 * `-d in_asm,exec,cpu` and the observers of the processor: what sees every instruction.
 *
 * While one of them is wanted all instructions run on step(), which asks here; otherwise nothing does.
 * Formats: QEMU's (`IN:`, `Trace 0:`), a block being what runs up to a branch, an exception or the end of
 * a page; in place of the host's address the instruction count stands.
 */
#include "target-ppc/insn_log.h"

#include "target-ppc/cpu_info.h"
#include "target-ppc/decode.h"
#include "util/log.h"

#include <inttypes.h>

/* --- the log ---------------------------------------------------------------------------------------- */

/* The instruction before this one ran on into it. */
static bool is_block_start(const PpcEnv *env)
{
    return env->log_next_pc != env->pc || !(env->pc & (PPC_CODE_PAGE_SIZE - 1));
}

static void put_block_start(const PpcEnv *env, GString *out)
{
    g_autofree char *symbol = log_symbol(env->pc);
    if (log_enabled(LOG_IN_ASM)) {
        g_string_append_printf(out, "----------------\nIN: %s\n", symbol ? symbol : "");
    }
    if (log_enabled(LOG_EXEC)) {
        g_string_append_printf(out, "Trace 0: 0x%012" PRIx64 " [00000000/%08x/%08x/00000000] %s\n",
                               *env->icount, env->pc, env->msr, symbol ? symbol : "");
    }
}

void ppc_insn_log(PpcEnv *env, uint32_t insn)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (log_enabled(LOG_EVERY_INSN & ~LOG_UNDEF) && log_filter_passes(env->pc)) {
        if (is_block_start(env)) {
            put_block_start(env, out);
        }
        if (log_enabled(LOG_IN_ASM)) {
            g_string_append_printf(out, "0x%08x:  %08x  ", env->pc, insn);
            ppc_disasm(insn, env->pc, out);
            g_string_append_c(out, '\n');
        }
        if (log_enabled(LOG_CPU)) {
            ppc_cpu_dump_parts(env, log_enabled(LOG_FPU), log_enabled(LOG_VPU), out);
        }
        log_text(LOG_EVERY_INSN, out->str);
    }
    bool is_branch = ppc_insn_row(ppc_insn_find(insn))->flags & F_BRANCH;
    env->log_next_pc = is_branch ? UINT32_MAX : env->pc + 4;
}

/* --- observers -------------------------------------------------------------------------------------- */

/* What the list asks for, all together. */
static void list_changed(CPUState *cs)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    bool had_accesses = cs->observes_accesses;
    cs->observe_from = CLOCK_NEVER;
    cs->observes_accesses = false;
    for (const CpuObserver *observer = cs->observers; observer; observer = observer->next) {
        cs->observe_from = MIN(cs->observe_from, observer->from);
        cs->observes_accesses |= observer->access != NULL;
    }
    if (cs->observes_accesses != had_accesses && env->mmu) {
        ppc_mmu_flush(env); /* all accesses come to the slow path, or no longer */
    }
    env->deadline = 0; /* look at the new count at the next event point */
}

void ppc_observer_add(CPUState *cs, CpuObserver *observer)
{
    observer->next = cs->observers;
    cs->observers = observer;
    list_changed(cs);
}

void ppc_observer_remove(CPUState *cs, CpuObserver *observer)
{
    CpuObserver **link = &cs->observers;
    while (*link && *link != observer) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = observer->next;
        list_changed(cs);
    }
}

void ppc_observe_insn(PpcEnv *env)
{
    CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    for (CpuObserver *observer = cs->observers, *next; observer; observer = next) {
        next = observer->next;
        observer->insn(observer, env->pc, env->insn);
    }
}

void ppc_observe_exception(PpcEnv *env, uint32_t vector, uint32_t srr0, uint32_t srr1)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    for (CpuObserver *observer = cs->observers; observer; observer = observer->next) {
        if (observer->exception) {
            observer->exception(observer, vector, srr0, srr1);
        }
    }
}

void ppc_observe_access(PpcEnv *env, target_addr ea, unsigned size, bool is_write, uint64_t value)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    CpuAccess access = {.ea = ea, .size = size, .is_write = is_write};
    for (CpuObserver *observer = cs->observers; observer; observer = observer->next) {
        if (observer->access) {
            observer->access(observer, &access, value);
        }
    }
}
