/* SPDX-License-Identifier: MIT */
/* Registers by name, `info registers` in QEMU's layout, and the processor's part of `info why`. */
#include "target-ppc/cpu_info.h"

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/spr.h"
#include "target-ppc/vec.h"

/* "r12" -> 12 when @name is @prefix and a number below @limit; else -1. */
static int numbered(const char *name, const char *prefix, int limit)
{
    size_t length = strlen(prefix);
    if (g_ascii_strncasecmp(name, prefix, length) != 0 || !g_ascii_isdigit(name[length])) {
        return -1;
    }
    char *end;
    long number = strtol(name + length, &end, 10);
    return *end == '\0' && number < limit ? (int)number : -1;
}

/* Registers that are one plain word of the environment. */
static uint32_t *plain_word(PpcEnv *env, const char *name)
{
    static const struct {
        const char *name;
        size_t offset;
    } words[] = {
        {"pc", offsetof(PpcEnv, pc)},     {"nip", offsetof(PpcEnv, pc)},
        {"lr", offsetof(PpcEnv, lr)},     {"ctr", offsetof(PpcEnv, ctr)},
        {"msr", offsetof(PpcEnv, msr)},   {"fpscr", offsetof(PpcEnv, fpscr)},
        {"vscr", offsetof(PpcEnv, vscr)},
    };
    int n = numbered(name, "r", 32);
    if (n >= 0) {
        return &env->gpr[n];
    }
    n = numbered(name, "sr", 16);
    if (n >= 0) {
        return &env->sr[n];
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(name, words[i].name) == 0) {
            return (uint32_t *)((char *)env + words[i].offset);
        }
    }
    return NULL;
}

static bool get_spr(PpcEnv *env, const char *name, uint64_t *value)
{
    uint32_t word;
    int number = ppc_spr_by_name(env, name);
    if (number < 0 || !ppc_spr_peek(env, (unsigned)number, &word)) {
        return false;
    }
    *value = word;
    return true;
}

bool ppc_cpu_get_register(CPUState *cs, const char *name, uint64_t *value)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    ppc_sync(env);
    const uint32_t *word = plain_word(env, name);
    int fpr = numbered(name, "f", 32);
    if (word) {
        *value = *word;
    } else if (fpr >= 0) {
        *value = env->fpr[fpr];
    } else if (g_ascii_strcasecmp(name, "cr") == 0) {
        *value = ppc_cr_get(env);
    } else if (g_ascii_strcasecmp(name, "tb") == 0) {
        *value = ppc_timebase(env);
    } else {
        return get_spr(env, name, value);
    }
    return true;
}

static void set_msr(PpcEnv *env, uint32_t value)
{
    bool event = env->event;
    ppc_msr_write(env, value & ~BIT(MSR_POW));
    env->event = event;
    ppc_mmu_flush(env);
}

bool ppc_cpu_set_register(CPUState *cs, const char *name, uint64_t value)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    ppc_sync(env);
    int fpr = numbered(name, "f", 32), number;
    uint32_t *word = plain_word(env, name);
    if (g_ascii_strcasecmp(name, "msr") == 0) {
        set_msr(env, (uint32_t)value);
    } else if (g_ascii_strncasecmp(name, "sr", 2) == 0 && word) {
        ppc_segment_write(env, (unsigned)(word - env->sr), (uint32_t)value);
    } else if (word == &env->pc) {
        CPU_GET_CLASS(cs)->set_pc(cs, (uint32_t)value); /* also wakes a napping processor */
    } else if (word == &env->fpscr) {
        env->fpscr = ppc_fpscr_mtfsf(env->fpscr, 0xff, (uint32_t)value); /* FEX and VX follow */
    } else if (word == &env->vscr) {
        env->vscr = (uint32_t)value & (VSCR_NJ | VSCR_SAT);
    } else if (word) {
        *word = (uint32_t)value;
    } else if (fpr >= 0) {
        env->fpr[fpr] = value;
    } else if (g_ascii_strcasecmp(name, "cr") == 0) {
        ppc_cr_set(env, (uint32_t)value);
    } else if ((number = ppc_spr_by_name(env, name)) >= 0 && number != SPR_PVR) {
        ppc_spr_poke(env, (unsigned)number, (uint32_t)value);
    } else {
        return false;
    }
    return true;
}

static void dump_fields(const PpcEnv *env, GString *out)
{
    g_string_append_printf(out, "CR %08x  [", ppc_cr_get(env));
    for (unsigned field = 0; field < 8; field++) {
        unsigned nibble = ppc_cr_get_field(env, field);
        g_string_append_printf(out, " %c%c",
                               nibble & 8   ? 'L'
                               : nibble & 4 ? 'G'
                               : nibble & 2 ? 'E'
                                            : '-',
                               nibble & 1 ? 'O' : ' ');
    }
    g_string_append_printf(out, " ]             RES %08x\n",
                           env->reserve_valid ? env->reserve_addr : UINT32_MAX);
}

static void dump_supervisor(PpcEnv *env, GString *out)
{
    const uint32_t *spr = env->spr;
    g_string_append_printf(out, "SRR0 %08x  SRR1 %08x    PVR %08x VRSAVE %08x\n", spr[SPR_SRR0],
                           spr[SPR_SRR1], spr[SPR_PVR], spr[SPR_VRSAVE]);
    g_string_append_printf(out, "SPRG0 %08x SPRG1 %08x  SPRG2 %08x  SPRG3 %08x\n", spr[SPR_SPRG0],
                           spr[SPR_SPRG1], spr[SPR_SPRG2], spr[SPR_SPRG3]);
    g_string_append_printf(out, "SDR1 %08x   DAR %08x  DSISR %08x\n", spr[SPR_SDR1], spr[SPR_DAR],
                           spr[SPR_DSISR]);
    for (unsigned i = 0; i < 16; i++) {
        g_string_append_printf(out, "%sSR%02u %08x%s", i % 4 ? " " : "", i, env->sr[i],
                               i % 4 == 3 ? "\n" : "");
    }
    for (unsigned i = 0; i < 8; i += 2) {
        g_string_append_printf(out, "IBAT%u %08x %08x  DBAT%u %08x %08x\n", i / 2,
                               spr[SPR_IBAT0U + i], spr[SPR_IBAT0L + i], i / 2, spr[SPR_DBAT0U + i],
                               spr[SPR_DBAT0L + i]);
    }
}

static void dump_fpu(const PpcEnv *env, GString *out)
{
    for (unsigned i = 0; i < 32; i++) {
        g_string_append_printf(out, "%s%02u %016" G_GINT64_MODIFIER "x%s", i % 4 ? " F" : "FPR", i,
                               env->fpr[i], i % 4 == 3 ? "\n" : "");
    }
    g_string_append_printf(out, "FPSCR %08x  VSCR %08x\n", env->fpscr, env->vscr);
}

static void dump_vectors(const PpcEnv *env, GString *out)
{
    for (unsigned i = 0; i < 32; i++) {
        g_string_append_printf(out, "%s%02u %016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x%s",
                               i % 2 ? "  V" : "VR", i, env->vr[i].u64[1], env->vr[i].u64[0],
                               i % 2 ? "\n" : "");
    }
}

void ppc_cpu_dump_parts(PpcEnv *env, bool with_fpu, bool with_vectors, GString *out)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    ppc_sync(env);
    uint64_t tb = ppc_timebase(env);
    g_string_append_printf(out, "NIP %08x   LR %08x CTR %08x XER %08x CPU#%u\n", env->pc, env->lr,
                           env->ctr, ppc_xer_get(env), cs->cpu_index);
    g_string_append_printf(out, "MSR %08x HID0 %08x  %s\n", env->msr, env->spr[SPR_HID0],
                           env->halted ? "(napping)" : "");
    g_string_append_printf(out, "TB %08x %08x DECR %08x  icount %" G_GUINT64_FORMAT "\n",
                           (uint32_t)(tb >> 32), (uint32_t)tb, ppc_dec_get(env), *env->icount);
    for (unsigned i = 0; i < 32; i++) {
        g_string_append_printf(out, "%s%02u %08x%s", i % 8 ? " R" : "GPR", i, env->gpr[i],
                               i % 8 == 7 ? "\n" : "");
    }
    dump_fields(env, out);
    if (with_fpu) {
        dump_fpu(env, out);
    }
    if (with_vectors) {
        dump_vectors(env, out);
    }
    dump_supervisor(env, out);
}

void ppc_cpu_dump(CPUState *cs, GString *out)
{
    ppc_cpu_dump_parts(&POWERPC_CPU(cs)->env, true, false, out);
}

void ppc_cpu_info_why(CPUState *cs, GString *out)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    g_string_append_printf(out, "pc %08x  msr %08x%s%s  lr %08x  icount %" G_GUINT64_FORMAT "\n",
                           env->pc, env->msr, ppc_msr(env, MSR_EE) ? " EE" : "",
                           env->halted ? " napping" : "", env->lr, *env->icount);
    if (env->last_exception) {
        g_string_append_printf(
            out, "last exception: vector %#x at pc %08x (%" G_GUINT64_FORMAT " of that vector)\n",
            env->last_exception, env->last_exception_pc,
            env->exception_counts[env->last_exception >> 8 & 31]);
    } else {
        g_string_append(out, "no exception yet\n");
    }
    g_string_append_printf(out, "pending interrupts: %s%s%s\n",
                           env->pending_interrupts & PPC_INTERRUPT_EXT ? "external " : "",
                           env->pending_interrupts & PPC_INTERRUPT_DECR ? "decrementer " : "",
                           env->pending_interrupts ? "" : "none");
}
