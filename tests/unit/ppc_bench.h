/* SPDX-License-Identifier: MIT */
/*
 * A bare processor with RAM at 0 for unit tests of target-ppc/, and the words that programs for it are
 * made of. Source: PEM chapter 8 (encodings). Not here: a board, devices.
 */
#ifndef TESTS_UNIT_PPC_BENCH_H
#define TESTS_UNIT_PPC_BENCH_H

#include "target-ppc/cpu.h"
#include "target-ppc/spr.h"

#include <criterion/criterion.h>

enum { BENCH_RAM_SIZE = 0x40000 };

typedef struct Bench {
    PowerPCCPU *cpu;
    PpcEnv *env;
    MemoryRegion *root, *ram;
    uint8_t *host; /* RAM, for looking and for whole copies */
} Bench;

/* RAM at 0, fixed time of 1 ns an instruction, MSR[ME]. One a process. */
static inline Bench bench_new(const char *model)
{
    Bench bench = {.root = g_new0(MemoryRegion, 1), .ram = g_new0(MemoryRegion, 1)};
    g_autofree char *type = g_strdup_printf("%s-powerpc-cpu", model);
    memory_region_init(bench.root, NULL, "root", UINT64_C(1) << 32);
    cr_assert(memory_region_init_ram(bench.ram, NULL, "ram", BENCH_RAM_SIZE, &error_abort));
    memory_region_add_subregion(bench.root, 0, bench.ram);
    bench.host = memory_region_get_ram_ptr(bench.ram);
    cr_assert(clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort));
    bench.cpu = POWERPC_CPU(object_new(type));
    bench.env = &bench.cpu->env;
    CPU(bench.cpu)->as = address_space_new(bench.root, "test");
    cr_assert(qdev_realize(DEVICE(bench.cpu), NULL, &error_abort));
    ppc_reset(bench.env);
    bench.env->msr = BIT(MSR_ME);
    ppc_mode_changed(bench.env);
    return bench;
}

/* As a device's DMA does. */
static inline void bench_put(const Bench *bench, uint32_t address, uint32_t word)
{
    cr_assert_eq(address_space_store(bench->env->as, address, 4, word), MEMTX_OK);
}

static inline uint32_t bench_get(const Bench *bench, uint32_t address)
{
    return ldl_be_p(bench->host + address);
}

static inline void bench_set_msr(PpcEnv *env, uint32_t msr)
{
    env->msr = msr;
    ppc_mode_changed(env);
}

/* A page table entry in slot @slot of its group; returns where it lies. SDR1 and SR hold the rest. */
static inline uint32_t bench_pte(const Bench *bench, uint32_t ea, uint32_t word1, bool secondary,
                                 unsigned slot)
{
    uint32_t vsid = bench->env->sr[ea >> 28] & 0xffffff, sdr1 = bench->env->spr[SPR_SDR1];
    uint32_t hash = (vsid & 0x7ffff) ^ (ea >> 12 & 0xffff);
    if (secondary) {
        hash = ~hash;
    }
    uint32_t at = (sdr1 & 0xffff0000) | (hash >> 10 & (sdr1 & 0x1ff)) << 16 | (hash & 0x3ff) << 6;
    at += 8 * slot;
    bench_put(bench, at, 0x80000000u | vsid << 7 | (secondary ? 0x40u : 0) | (ea >> 22 & 0x3f));
    bench_put(bench, at + 4, word1);
    return at;
}

/* --- words ---------------------------------------------------------------------------------------- */

static inline uint32_t word_d(unsigned primary, unsigned d, unsigned a, uint32_t imm)
{
    return primary << 26 | d << 21 | a << 16 | (imm & 0xffff);
}
static inline uint32_t word_addi(unsigned d, unsigned a, uint32_t imm)
{
    return word_d(14, d, a, imm);
}
static inline uint32_t word_lis(unsigned d, uint32_t imm) { return word_d(15, d, 0, imm); }
static inline uint32_t word_ori(unsigned a, unsigned s, uint32_t imm)
{
    return word_d(24, s, a, imm);
}
static inline uint32_t word_lwz(unsigned d, unsigned a, uint32_t imm)
{
    return word_d(32, d, a, imm);
}
static inline uint32_t word_stw(unsigned s, unsigned a, uint32_t imm)
{
    return word_d(36, s, a, imm);
}
static inline uint32_t word_x(unsigned xo, unsigned d, unsigned a, unsigned b)
{
    return 31u << 26 | d << 21 | a << 16 | b << 11 | xo << 1;
}
static inline uint32_t word_spr(unsigned xo, unsigned r, unsigned spr)
{
    return word_x(xo, r, spr & 31, spr >> 5);
}
static inline uint32_t word_mtspr(unsigned spr, unsigned s) { return word_spr(467, s, spr); }
static inline uint32_t word_mfspr(unsigned d, unsigned spr) { return word_spr(339, d, spr); }
static inline uint32_t word_mtmsr(unsigned s) { return word_x(146, s, 0, 0); }
static inline uint32_t word_b(int32_t offset) { return 18u << 26 | ((uint32_t)offset & 0x3fffffc); }
enum {
    WORD_NOP = 0x60000000,
    WORD_RFI = 0x4c000064,
    WORD_ISYNC = 0x4c00012c,
    WORD_SC = 0x44000002
};

#endif
