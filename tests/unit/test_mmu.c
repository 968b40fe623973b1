/* SPDX-License-Identifier: MIT */
/*
 * target-ppc/mmu.c, access.c: translation by the manual, and caches that nobody can see.
 *
 * The walk here is written from PEM chapter 7 alone; the last part compares it with hot caches.
 */
#include "target-ppc/mmu.h"
#include "tests/unit/ppc_bench.h"

enum {
    TABLE = 0x10000,
    TABLE_2 = 0x20000,
    VSID = 0x123456,
    EA = 0x00300000, /* a page; its entry points to PAGE */
    PAGE = 0x5000,
    KS = 0x40000000,
    KP = 0x20000000,
    NO_EXECUTE = 0x10000000,
    R = 0x100,
    C = 0x80,
    I = 0x20,
    W = 0x40,
    G = 0x08,
    STORE = 0x02000000,
    MISS = 0x40000000,
    PROTECTED = 0x08000000,
    HIGH_BAT_EN = 0x00800000,
};
#define T_BIT 0x80000000u

static Bench new_paged_model(const char *model)
{
    Bench bench = bench_new(model);
    bench.env->spr[SPR_SDR1] = TABLE;
    for (unsigned i = 0; i < 16; i++) {
        ppc_segment_write(bench.env, i, VSID + i);
    }
    for (uint32_t at = 0; at < TABLE; at += 4) {
        stl_be_p(bench.host + at, 0xab000000 + at);
    }
    bench_set_msr(bench.env, BIT(MSR_ME) | BIT(MSR_DR) | BIT(MSR_IR));
    bench.env->pc = 0x4000;
    return bench;
}

static Bench new_paged(void) { return new_paged_model("7400_v2.9"); }

static void set_spr(const Bench *bench, unsigned spr, uint32_t value)
{
    uint32_t msr = bench->env->msr;
    bench_set_msr(bench->env, msr & ~BIT(MSR_PR));
    cr_assert(ppc_spr_write(bench->env, spr, value));
    bench_set_msr(bench->env, msr);
}

static void set_bat(const Bench *bench, unsigned upper_spr, uint32_t upper, uint32_t lower)
{
    set_spr(bench, upper_spr, upper);
    set_spr(bench, upper_spr + 1, lower);
}

static uint32_t load(const Bench *bench, uint32_t ea)
{
    uint64_t value = 0;
    cr_assert(ppc_load(bench->env, ea, 4, &value), "load of %08x: vector %x dsisr %08x", ea,
              bench->env->pc, bench->env->spr[SPR_DSISR]);
    return (uint32_t)value;
}

static void store(const Bench *bench, uint32_t ea, uint32_t value)
{
    cr_assert(ppc_store(bench->env, ea, 4, value), "store to %08x: vector %x dsisr %08x", ea,
              bench->env->pc, bench->env->spr[SPR_DSISR]);
}

/* The access must fault so; leaves everything as it was before. */
static void expect_fault(const Bench *bench, PpcAccess access, uint32_t ea, uint32_t cause)
{
    PpcEnv *env = bench->env;
    uint32_t msr = env->msr, pc = access == PPC_ACCESS_FETCH ? ea : env->pc, insn;
    uint64_t value = 0x5a;
    env->pc = pc;
    bool ok = access == PPC_ACCESS_FETCH   ? ppc_fetch(env, &insn)
              : access == PPC_ACCESS_WRITE ? ppc_store(env, ea, 4, value)
                                           : ppc_load(env, ea, 4, &value);
    cr_assert_not(ok, "access to %08x", ea);
    cr_assert_eq(env->spr[SPR_SRR0], pc);
    if (access == PPC_ACCESS_FETCH) {
        cr_assert_eq(env->pc, PPC_VECTOR_ISI);
        cr_assert_eq(env->spr[SPR_SRR1] & 0x783f0000, cause, "%08x", env->spr[SPR_SRR1]);
    } else {
        cr_assert_eq(env->pc, PPC_VECTOR_DSI);
        cr_assert_eq(env->spr[SPR_DAR], ea);
        cr_assert_eq(env->spr[SPR_DSISR], cause, "%08x", env->spr[SPR_DSISR]);
        cr_assert_eq(env->spr[SPR_SRR1] & 0x783f0000, 0);
    }
    cr_assert_eq(value, 0x5a);
    env->pc = pc;
    bench_set_msr(env, msr);
}

/* --- blocks ------------------------------------------------------------------------------------- */

Test(mmu, blocks_map_by_length)
{
    Bench bench = new_paged();
    set_bat(&bench, SPR_DBAT1U, 0x40000006, 0x00000002); /* 256 KiB, supervisor */
    cr_assert_eq(load(&bench, 0x40004010), 0xab004010);
    cr_assert_eq(load(&bench, 0x4002fffc), bench_get(&bench, 0x2fffc));
    expect_fault(&bench, PPC_ACCESS_READ, 0x40040000, MISS);
    expect_fault(&bench, PPC_ACCESS_READ, 0x3ffffffc, MISS);
    set_bat(&bench, SPR_DBAT1U, 0x40000002, 0x00000002); /* 128 KiB */
    expect_fault(&bench, PPC_ACCESS_READ, 0x40020000, MISS);
    expect_fault(&bench, PPC_ACCESS_FETCH, 0x40000000, MISS);
}

Test(mmu, blocks_are_valid_for_supervisor_and_user_apart)
{
    Bench bench = new_paged();
    set_bat(&bench, SPR_DBAT0U, 0x40000002, 0x00000002);
    set_bat(&bench, SPR_DBAT1U, 0x50000001, 0x00000002);
    load(&bench, 0x40000000);
    expect_fault(&bench, PPC_ACCESS_READ, 0x50000000, MISS);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_PR));
    load(&bench, 0x50000000);
    expect_fault(&bench, PPC_ACCESS_READ, 0x40000000, MISS);
}

Test(mmu, block_protection_is_the_same_for_supervisor_and_user)
{
    Bench bench = new_paged();
    for (unsigned user = 0; user < 2; user++) {
        bench_set_msr(bench.env, (bench.env->msr & ~BIT(MSR_PR)) | user << MSR_PR);
        for (uint32_t pp = 0; pp < 4; pp++) {
            set_bat(&bench, SPR_DBAT3U, 0x40000003, pp);
            if (pp == 2) {
                store(&bench, 0x40006000, 0x12345678);
                cr_assert_eq(bench_get(&bench, 0x6000), 0x12345678);
            } else {
                expect_fault(&bench, PPC_ACCESS_WRITE, 0x40006000, PROTECTED | STORE);
            }
            if (pp == 0) {
                expect_fault(&bench, PPC_ACCESS_READ, 0x40006000, PROTECTED);
            } else {
                load(&bench, 0x40006000);
            }
        }
    }
}

Test(mmu, an_instruction_block_without_access_gives_an_isi)
{
    Bench bench = new_paged();
    set_bat(&bench, SPR_IBAT0U, 0x40000002, 0x00000000);
    expect_fault(&bench, PPC_ACCESS_FETCH, 0x40000100, PROTECTED);
    set_bat(&bench, SPR_IBAT0U, 0x40000002, 0x00000001);
    uint32_t insn;
    bench.env->pc = 0x40004000;
    cr_assert(ppc_fetch(bench.env, &insn));
    cr_assert_eq(insn, 0xab004000);
}

Test(mmu, blocks_come_before_segments_and_pages)
{
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | 2, false, 0);
    cr_assert_eq(load(&bench, EA), 0xab005000);
    set_bat(&bench, SPR_DBAT2U, EA | 2, 2);
    cr_assert_eq(load(&bench, EA), 0xab000000);
    ppc_segment_write(bench.env, 0, T_BIT);
    cr_assert_eq(load(&bench, EA), 0xab000000);
    set_bat(&bench, SPR_DBAT2U, EA | 2, 0); /* and so does their protection */
    expect_fault(&bench, PPC_ACCESS_READ, EA, PROTECTED);
}

Test(mmu, high_blocks_work_only_where_hid0_enables_them)
{
    Bench bench = new_paged_model("7455_v3.2");
    set_bat(&bench, SPR_DBAT5U, 0x40000002, 2);
    set_bat(&bench, SPR_IBAT7U, 0x40000002, 2);
    expect_fault(&bench, PPC_ACCESS_READ, 0x40000000, MISS);
    set_spr(&bench, SPR_HID0, HIGH_BAT_EN);
    load(&bench, 0x40000000);
    uint32_t insn;
    bench.env->pc = 0x40004000;
    cr_assert(ppc_fetch(bench.env, &insn));
    set_spr(&bench, SPR_HID0, 0);
    expect_fault(&bench, PPC_ACCESS_READ, 0x40000000, MISS);
    expect_fault(&bench, PPC_ACCESS_FETCH, 0x40004000, MISS);
}

Test(mmu, a_7450_has_no_high_blocks)
{
    Bench bench = new_paged_model("7450_v2.1");
    bench.env->spr[SPR_DBAT5U] = 0x40000002;
    bench.env->spr[SPR_DBAT5L] = 2;
    set_spr(&bench, SPR_HID0, HIGH_BAT_EN);
    expect_fault(&bench, PPC_ACCESS_READ, 0x40000000, MISS);
}

/* --- segments, pages ------------------------------------------------------------------------------- */

Test(mmu, page_protection_follows_the_key)
{
    static const char *const table[2][4] = {{"rw", "rw", "rw", "r"}, {"", "r", "rw", "r"}};
    Bench bench = new_paged();
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned keys = 0; keys < 4; keys++) {
            unsigned key = keys >> user & 1;
            uint32_t sr = VSID | (keys & 1 ? KS : 0) | (keys & 2 ? KP : 0);
            bench_set_msr(bench.env, (bench.env->msr & ~BIT(MSR_PR)) | user << MSR_PR);
            ppc_segment_write(bench.env, 0, sr);
            for (uint32_t pp = 0; pp < 4; pp++) {
                uint32_t pte = bench_pte(&bench, EA, PAGE | pp, false, 0);
                if (strchr(table[key][pp], 'r')) {
                    load(&bench, EA);
                } else {
                    expect_fault(&bench, PPC_ACCESS_READ, EA, PROTECTED);
                    expect_fault(&bench, PPC_ACCESS_FETCH, EA, PROTECTED);
                }
                if (strchr(table[key][pp], 'w')) {
                    store(&bench, EA, 0xab005000);
                } else {
                    expect_fault(&bench, PPC_ACCESS_WRITE, EA, PROTECTED | STORE);
                    cr_assert_eq(bench_get(&bench, pte + 4) & C, 0);
                }
            }
        }
    }
}

Test(mmu, segments_forbid_fetches_and_direct_stores)
{
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | 2, false, 0);
    ppc_segment_write(bench.env, 0, VSID | NO_EXECUTE);
    expect_fault(&bench, PPC_ACCESS_FETCH, EA, 0x10000000);
    load(&bench, EA);
    ppc_segment_write(bench.env, 0, VSID | T_BIT);
    expect_fault(&bench, PPC_ACCESS_FETCH, EA, 0x10000000);
    expect_fault(&bench, PPC_ACCESS_READ, EA, 0x04000000);
    expect_fault(&bench, PPC_ACCESS_WRITE, EA, 0x04000000 | STORE);
}

Test(mmu, guarded_pages_are_not_executed)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | G | 2, false, 0), insn;
    expect_fault(&bench, PPC_ACCESS_FETCH, EA, 0x10000000);
    load(&bench, EA);
    bench_put(&bench, pte + 4, PAGE | 2);
    bench.env->pc = EA;
    cr_assert(ppc_fetch(bench.env, &insn));
    cr_assert_eq(insn, 0xab005000);
}

Test(mmu, every_slot_of_both_groups_is_searched)
{
    Bench bench = new_paged();
    for (unsigned slot = 0; slot < 16; slot++) {
        uint32_t pte = bench_pte(&bench, EA, PAGE | 2, slot >= 8, slot & 7);
        cr_assert_eq(load(&bench, EA + 8), 0xab005008, "slot %u", slot);
        bench_put(&bench, pte, bench_get(&bench, pte) & 0x7fffffff);
        expect_fault(&bench, PPC_ACCESS_READ, EA, MISS);
        bench_put(&bench, pte, (bench_get(&bench, pte) | 0x80000000u) ^ 0x40); /* the other H */
        expect_fault(&bench, PPC_ACCESS_READ, EA, MISS);
        bench_put(&bench, pte, 0);
    }
}

Test(mmu, the_first_matching_entry_counts)
{
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | 2, true, 3);
    cr_assert_eq(load(&bench, EA), 0xab005000);
    bench_pte(&bench, EA, 0x6000 | 2, false, 5); /* the caches are hot */
    cr_assert_eq(load(&bench, EA), 0xab006000);
    bench_set_msr(bench.env, bench.env->msr & ~BIT(MSR_DR)); /* the same by the guest's own store */
    uint32_t at = bench_pte(&bench, EA, 0x7000 | 2, false, 1);
    uint32_t word0 = bench_get(&bench, at);
    bench_put(&bench, at, 0);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR));
    cr_assert_eq(load(&bench, EA), 0xab006000);
    bench_set_msr(bench.env, bench.env->msr & ~BIT(MSR_DR));
    store(&bench, at, word0);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR));
    cr_assert_eq(load(&bench, EA), 0xab007000);
}

Test(mmu, sdr1_moves_and_widens_the_table)
{
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | 2, false, 0);
    load(&bench, EA);
    set_spr(&bench, SPR_SDR1, TABLE_2);
    expect_fault(&bench, PPC_ACCESS_READ, EA, MISS);
    bench_pte(&bench, EA, 0x6000 | 2, false, 0);
    cr_assert_eq(load(&bench, EA), 0xab006000);
    set_spr(&bench, SPR_SDR1, TABLE_2 | 1); /* bit 10 of the hash is bit 16 of the address, now */
    uint32_t at = bench_pte(&bench, EA + 0x1000, PAGE | 2, false, 0);
    uint32_t hash = (VSID & 0x7ffff) ^ (EA + 0x1000) >> 12;
    cr_assert_eq(at, TABLE_2 | (hash & 0x400 ? 0x10000u : 0u) | (hash & 0x3ff) << 6);
    cr_assert_eq(load(&bench, EA + 0x1000), 0xab005000);
}

Test(mmu, a_table_outside_ram_maps_nothing)
{
    Bench bench = new_paged();
    set_spr(&bench, SPR_SDR1, 0x80000000u);
    expect_fault(&bench, PPC_ACCESS_READ, EA, MISS);
    expect_fault(&bench, PPC_ACCESS_FETCH, EA, MISS);
}

Test(mmu, a_table_in_rom_is_read_and_never_written)
{
    Bench bench = new_paged();
    MemoryRegion *rom = g_new0(MemoryRegion, 1);
    cr_assert(memory_region_init_rom(rom, NULL, "rom", 0x10000, &error_abort));
    memory_region_add_subregion(bench.root, 0x90000000u, rom);
    uint32_t at = bench_pte(&bench, EA, PAGE | 2, false, 0);
    uint8_t *copy = memory_region_get_ram_ptr(rom);
    memcpy(copy, bench.host + TABLE, 0x10000);
    set_spr(&bench, SPR_SDR1, 0x90000000u);
    cr_assert_eq(load(&bench, EA), 0xab005000);
    store(&bench, EA, 1);
    store(&bench, EA, 2);
    cr_assert_eq(bench_get(&bench, PAGE), 2);
    cr_assert_eq(ldl_be_p(copy + (at - TABLE) + 4), PAGE | 2);
}

/* Nodes of a NUMA machine may lie at any page: the entry's place in RAM does not tell its group. */
Test(mmu, a_table_may_lie_anywhere_in_ram)
{
    Bench bench = new_paged();
    MemoryRegion *alias = g_new0(MemoryRegion, 1);
    memory_region_init_alias(alias, NULL, "alias", bench.ram, 0x13000, 0x20000);
    memory_region_add_subregion(bench.root, 0x90000000u, alias);
    set_spr(&bench, SPR_SDR1, 0x90000000u);
    uint32_t at = bench_pte(&bench, EA, PAGE | 2, false, 0) - 0x90000000u + 0x13000;
    cr_assert_eq(load(&bench, EA), 0xab005000);
    bench_set_msr(bench.env, bench.env->msr & ~BIT(MSR_DR));
    store(&bench, at + 4, 0x6000 | 2);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR));
    cr_assert_eq(load(&bench, EA), 0xab006000);
}

/* --- R and C ------------------------------------------------------------------------------------------ */

Test(mmu, loads_and_fetches_set_r_and_stores_set_c)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | 2, false, 0), insn;
    load(&bench, EA);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | 2);
    store(&bench, EA, 1);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | C | 2);
    bench_put(&bench, pte + 4, PAGE | 2);
    store(&bench, EA, 1);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | C | 2);
    bench_put(&bench, pte + 4, PAGE | 2);
    bench.env->pc = EA;
    cr_assert(ppc_fetch(bench.env, &insn));
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | 2);
}

Test(mmu, accesses_that_fault_set_nothing)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | 3, false, 0);
    expect_fault(&bench, PPC_ACCESS_WRITE, EA, PROTECTED | STORE);
    bench_put(&bench, pte + 4, PAGE | G | 3);
    expect_fault(&bench, PPC_ACCESS_FETCH, EA, 0x10000000);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | G | 3);
    hwaddr pa;
    bench_put(&bench, pte + 4, PAGE | 2);
    cr_assert(ppc_translate_debug(bench.env, EA + 4, false, &pa));
    cr_assert_eq(pa, PAGE + 4);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | 2);
}

Test(mmu, bits_that_the_guest_clears_are_set_again)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | 2, false, 0);
    set_bat(&bench, SPR_DBAT0U, 0x40000006, 0x00000002);
    for (unsigned i = 0; i < 4; i++) {
        store(&bench, EA, i);
        load(&bench, EA);
        cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | C | 2);
        store(&bench, 0x40000000 + pte + 4, PAGE | 2); /* the write TLB would like this page */
        load(&bench, EA);
        cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | 2);
        store(&bench, EA, i);
        cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | C | 2);
        store(&bench, 0x40000000 + pte + 4, PAGE | R | 2);
    }
}

/* --- accesses ------------------------------------------------------------------------------------------ */

Test(mmu, real_mode_is_one_to_one)
{
    Bench bench = new_paged();
    bench_set_msr(bench.env, BIT(MSR_ME));
    uint32_t insn;
    cr_assert_eq(load(&bench, PAGE), 0xab005000);
    store(&bench, PAGE, 7);
    cr_assert_eq(bench_get(&bench, PAGE), 7);
    bench.env->pc = 0x6000;
    cr_assert(ppc_fetch(bench.env, &insn));
    cr_assert_eq(insn, 0xab006000);
}

Test(mmu, an_access_over_a_page_end_faults_before_anything_is_done)
{
    Bench bench = new_paged();
    uint32_t first = bench_pte(&bench, EA, PAGE | 2, false, 0);
    uint32_t before = bench_get(&bench, PAGE + 0xffc);
    uint64_t value = 1;
    cr_assert_not(ppc_store(bench.env, EA + 0xffe, 4, 0x11223344));
    cr_assert_eq(bench.env->spr[SPR_DAR], EA + 0x1000);
    cr_assert_eq(bench.env->spr[SPR_DSISR], MISS | STORE);
    cr_assert_eq(bench_get(&bench, PAGE + 0xffc), before);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR));
    cr_assert_not(ppc_load(bench.env, EA + 0xffd, 8, &value));
    cr_assert_eq(value, 1);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR));
    bench_pte(&bench, EA + 0x1000, 0x7000 | 2, false, 0);
    cr_assert(ppc_store(bench.env, EA + 0xffe, 4, 0x11223344));
    cr_assert_eq(bench_get(&bench, PAGE + 0xffc) & 0xffff, 0x1122);
    cr_assert_eq(bench_get(&bench, 0x7000) >> 16, 0x3344);
    cr_assert_eq(bench_get(&bench, first + 4), PAGE | R | C | 2);
    cr_assert(ppc_load(bench.env, EA + 0xffe, 4, &value));
    cr_assert_eq(value, 0x11223344);
}

/* The first half changes the entry that the second half was translated by. */
Test(mmu, an_access_over_a_page_end_is_translated_once)
{
    Bench bench = new_paged();
    uint32_t ea = 0, group = 0x3ff;
    while ((((VSID & 0x7ffff) ^ ea >> 12) & 0x3ff) != group) {
        ea += 0x1000;
    }
    uint32_t pte = bench_pte(&bench, ea, PAGE | 2, false, 7); /* the last of the table */
    cr_assert_eq(pte, TABLE + 0xfff8);
    bench_pte(&bench, ea - 0x1000, (pte & 0xf000) | TABLE | 2, false, 0);
    cr_assert(ppc_store(bench.env, ea - 2, 4, 0x60035a5au)); /* page 0x6000, read only */
    cr_assert_eq(bench_get(&bench, pte + 4) & 0xffff, 0x6003);
    cr_assert_eq(bench_get(&bench, PAGE) >> 16, 0x5a5a);
    cr_assert_eq(bench_get(&bench, 0x6000), 0xab006000);
    cr_assert_eq(bench.env->pc, 0x4000);
}

Test(mmu, little_endian_accesses_are_munged)
{
    Bench bench = new_paged();
    uint64_t value;
    bench_set_msr(bench.env, BIT(MSR_ME) | BIT(MSR_LE));
    cr_assert(ppc_load(bench.env, PAGE, 4, &value));
    cr_assert_eq(value, 0xab005004);
    cr_assert(ppc_load(bench.env, PAGE + 2, 2, &value));
    cr_assert_eq(value, 0xab00);
    cr_assert(ppc_load(bench.env, PAGE, 1, &value));
    cr_assert_eq(value, 0x04);
    cr_assert(ppc_load(bench.env, PAGE, 8, &value));
    cr_assert_eq(value, UINT64_C(0xab005000ab005004));
    bench.env->pc = 0x6000;
    uint32_t insn;
    cr_assert(ppc_fetch(bench.env, &insn));
    cr_assert_eq(insn, 0xab006004);
    cr_assert(ppc_store(bench.env, PAGE + 2, 4, 0x11223344)); /* unaligned: bytes 2 to 5 */
    cr_assert_eq(bench_get(&bench, PAGE + 4), 0x33445004);
    cr_assert_eq(bench_get(&bench, PAGE), 0xab001122);
}

/* --- breakpoints -------------------------------------------------------------------------------------- */

Test(mmu, dabr_sees_its_double_word_by_kind_and_mode)
{
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | 2, false, 0);
    load(&bench, EA + 0x10);
    store(&bench, EA + 0x10, 1); /* both caches are hot */
    set_spr(&bench, SPR_DABR, (EA + 0x10) | 4 | 2);
    load(&bench, EA + 0x10);
    expect_fault(&bench, PPC_ACCESS_WRITE, EA + 0x10, 0x00400000 | STORE);
    expect_fault(&bench, PPC_ACCESS_WRITE, EA + 0x14, 0x00400000 | STORE);
    store(&bench, EA + 0x0c, 1);
    store(&bench, EA + 0x18, 1);
    set_spr(&bench, SPR_DABR, (EA + 0x10) | 4 | 1);
    store(&bench, EA + 0x10, 1);
    expect_fault(&bench, PPC_ACCESS_READ, EA + 0x0d, 0x00400000);
    set_spr(&bench, SPR_DABR, (EA + 0x10) | 3); /* real mode only */
    load(&bench, EA + 0x10);
    store(&bench, EA + 0x10, 1);
    set_spr(&bench, SPR_DABR, 0);
    load(&bench, EA + 0x10);
}

/* --- dcbz ---------------------------------------------------------------------------------------------- */

static void expect_refused_zero(const Bench *bench, uint32_t word1, uint32_t vector)
{
    PpcEnv *env = bench->env;
    bench_pte(bench, EA, word1, false, 0);
    cr_assert_not(ppc_zero_line(env, EA + 0x47));
    cr_assert_eq(env->pc, vector);
    cr_assert_eq(bench_get(bench, PAGE + 0x40), 0xab005040);
    env->pc = 0x4000;
    bench_set_msr(env, BIT(MSR_ME) | BIT(MSR_DR));
}

Test(mmu, dcbz_clears_a_line_of_a_cached_page)
{
    Bench bench = new_paged();
    expect_refused_zero(&bench, PAGE | I | 2, PPC_VECTOR_ALIGNMENT);
    expect_refused_zero(&bench, PAGE | W | 2, PPC_VECTOR_ALIGNMENT);
    expect_refused_zero(&bench, PAGE | 3, PPC_VECTOR_DSI);
    uint32_t pte = bench_pte(&bench, EA, PAGE | 2, false, 0);
    cr_assert(ppc_zero_line(bench.env, EA + 0x47));
    cr_assert_eq(bench_get(&bench, PAGE + 0x3c), 0xab00503c);
    for (unsigned i = 0; i < 32; i += 4) {
        cr_assert_eq(bench_get(&bench, PAGE + 0x40 + i), 0);
    }
    cr_assert_eq(bench_get(&bench, PAGE + 0x60), 0xab005060);
    cr_assert_eq(bench_get(&bench, pte + 4), PAGE | R | C | 2);
}

/* --- caches are pure --------------------------------------------------------------------------------- */

typedef struct Expected {
    uint32_t cause; /* DSISR without the store bit, or SRR1 of an ISI; 0: allowed */
    uint32_t pa;
    uint32_t word1_at; /* of the entry; 0: a block */
} Expected;

static bool expect_block(const Bench *bench, uint32_t ea, PpcAccess access, Expected *expected)
{
    const PpcEnv *env = bench->env;
    bool fetch = access == PPC_ACCESS_FETCH;
    for (unsigned i = 0; i < (env->spr[SPR_HID0] & HIGH_BAT_EN ? 8 : 4); i++) {
        unsigned spr = (fetch ? (i < 4 ? SPR_IBAT0U : SPR_IBAT4U)
                              : (i < 4 ? SPR_DBAT0U : SPR_DBAT4U)) +
                       2 * (i & 3);
        uint32_t upper = env->spr[spr], lower = env->spr[spr + 1];
        uint32_t length = ((upper >> 2 & 0x7ff) + 1) << 17;
        if ((upper & (ppc_msr(env, MSR_PR) ? 1 : 2)) && ea - (upper & -length) < length) {
            unsigned pp = lower & 3;
            expected->pa = (lower & -length) + (ea & (length - 1));
            expected->cause = pp == 0 || (access == PPC_ACCESS_WRITE && pp != 2) ? PROTECTED : 0;
            return true;
        }
    }
    return false;
}

static uint32_t find_entry(const Bench *bench, uint32_t ea)
{
    uint32_t sdr1 = bench->env->spr[SPR_SDR1], vsid = bench->env->sr[ea >> 28] & 0xffffff;
    for (unsigned h = 0; h < 2; h++) {
        uint32_t hash = (vsid & 0x7ffff) ^ (ea >> 12 & 0xffff);
        hash = (h ? ~hash : hash) & 0x7ffff;
        uint32_t group = (sdr1 & 0xffff0000) | ((hash >> 10) & (sdr1 & 0x1ff)) << 16;
        group |= (hash & 0x3ff) * 64;
        for (unsigned slot = 0; slot < 8; slot++) {
            uint32_t want = 0x80000000u | vsid << 7 | h << 6 | (ea >> 22 & 0x3f);
            if (bench_get(bench, group + 8 * slot) == want) {
                return group + 8 * slot + 4;
            }
        }
    }
    return 0;
}

static Expected expect(const Bench *bench, uint32_t ea, PpcAccess access)
{
    const PpcEnv *env = bench->env;
    bool fetch = access == PPC_ACCESS_FETCH;
    Expected expected = {.pa = ea};
    if (!ppc_msr(env, fetch ? MSR_IR : MSR_DR) || expect_block(bench, ea, access, &expected)) {
        return expected;
    }
    uint32_t sr = env->sr[ea >> 28];
    if ((sr & T_BIT) || (fetch && (sr & NO_EXECUTE))) {
        expected.cause = fetch ? 0x10000000 : 0x04000000;
        return expected;
    }
    expected.word1_at = find_entry(bench, ea);
    if (!expected.word1_at) {
        expected.cause = MISS;
        return expected;
    }
    uint32_t word1 = bench_get(bench, expected.word1_at), pp = word1 & 3;
    bool key = sr & (ppc_msr(env, MSR_PR) ? KP : KS);
    bool readable = !(key && pp == 0), writable = key ? pp == 2 : pp != 3;
    expected.pa = (word1 & ~0xfffu) | (ea & 0xfff);
    expected.cause = !(access == PPC_ACCESS_WRITE ? writable : readable) ? PROTECTED
                     : fetch && (word1 & G)                              ? 0x10000000
                                                                         : 0;
    return expected;
}

typedef struct Chance {
    uint64_t state;
} Chance;

static uint32_t below(Chance *chance, uint32_t limit)
{
    chance->state ^= chance->state << 13;
    chance->state ^= chance->state >> 7;
    chance->state ^= chance->state << 17;
    return (uint32_t)(chance->state >> 20) % limit;
}

/* Few pages, so that everything is hot: a block, two segments, and two that share their VSID. */
static uint32_t any_page(Chance *chance)
{
    static const uint32_t bases[] = {0x00000000, 0x10000000, 0x10400000, 0x40000000, 0x00010000};
    return bases[below(chance, G_N_ELEMENTS(bases))] + 0x1000 * below(chance, 3);
}

static void check_fault(const Bench *bench, PpcAccess access, uint32_t ea, uint32_t cause)
{
    PpcEnv *env = bench->env;
    if (access == PPC_ACCESS_FETCH) {
        cr_assert_eq(env->pc, PPC_VECTOR_ISI);
        cr_assert_eq(env->spr[SPR_SRR1] & 0x783f0000, cause);
    } else {
        cr_assert_eq(env->pc, PPC_VECTOR_DSI);
        cr_assert_eq(env->spr[SPR_DAR], ea);
        cr_assert_eq(env->spr[SPR_DSISR], cause | (access == PPC_ACCESS_WRITE ? STORE : 0u));
    }
}

/* A device behind RAM whose registers hold their own address. */
static uint64_t echo_read(void *opaque G_GNUC_UNUSED, hwaddr offset, unsigned size)
{
    return (BENCH_RAM_SIZE + offset) & (UINT64_MAX >> (64 - 8 * size));
}

static void echo_write(void *opaque, hwaddr offset, uint64_t value G_GNUC_UNUSED,
                       unsigned size G_GNUC_UNUSED)
{
    *(hwaddr *)opaque = BENCH_RAM_SIZE + offset;
}

static const MemoryRegionOps echo_ops = {
    .read = echo_read, .write = echo_write, .valid.max_access_size = 8, .impl.max_access_size = 8};

static hwaddr *add_echo(const Bench *bench)
{
    MemoryRegion *echo = g_new0(MemoryRegion, 1);
    hwaddr *written = g_new0(hwaddr, 1);
    memory_region_init_io(echo, NULL, &echo_ops, written, "echo", BENCH_RAM_SIZE);
    memory_region_add_subregion(bench->root, BENCH_RAM_SIZE, echo);
    return written;
}

static void check_echo(PpcAccess access, uint32_t pa, uint64_t value, hwaddr written)
{
    if (access == PPC_ACCESS_WRITE) {
        cr_assert_eq(written, pa, "store at %08x, not %08x", (unsigned)written, pa);
    } else {
        cr_assert_eq(value, pa & 0xff, "load at %02x, not %08x", (unsigned)value, pa);
    }
}

/* One access, compared with the walk above; the value with RAM. */
static void access_random(const Bench *bench, Chance *chance, const hwaddr *written)
{
    PpcEnv *env = bench->env;
    unsigned size = 1u << below(chance, 4);
    PpcAccess access = (PpcAccess)below(chance, 3);
    uint32_t ea = any_page(chance) + below(chance, 512) * 8, msr = env->msr, insn = 0;
    size = access == PPC_ACCESS_FETCH ? 4 : size;
    uint64_t value = (uint64_t)below(chance, UINT32_MAX) << 32 | below(chance, UINT32_MAX);
    uint8_t bytes[8];
    Expected expected = expect(bench, ea, access);
    bool in_ram = expected.pa < BENCH_RAM_SIZE;
    /* Stores over a table are done by write_random(): here they would change what is expected. */
    if (access == PPC_ACCESS_WRITE && expected.pa >= TABLE && in_ram) {
        return;
    }
    env->pc = ea;
    bool ok = access == PPC_ACCESS_FETCH   ? ppc_fetch(env, &insn)
              : access == PPC_ACCESS_WRITE ? ppc_store(env, ea, size, value)
                                           : ppc_load(env, ea, size, &value);
    cr_assert_eq(ok, expected.cause == 0, "access %d to %08x, expected cause %08x", access, ea,
                 expected.cause);
    if (!ok) {
        check_fault(bench, access, ea, expected.cause);
    } else if (in_ram) {
        stq_be_p(bytes, (access == PPC_ACCESS_FETCH ? insn : value) << (64 - 8 * size));
        cr_assert_arr_eq(bytes, bench->host + expected.pa, size, "access %d to %08x", access, ea);
    } else if (expected.pa < 2 * BENCH_RAM_SIZE) {
        check_echo(access, expected.pa, (access == PPC_ACCESS_FETCH ? insn : value) & 0xff,
                   *written);
    }
    if (ok && expected.word1_at) {
        uint32_t bits = access == PPC_ACCESS_WRITE ? R | C : R;
        cr_assert_eq(bench_get(bench, expected.word1_at) & bits, bits, "access %d to %08x", access,
                     ea);
    }
    bench_set_msr(env, msr);
}

/* An entry as an operating system would write it, mostly. */
static void make_entry(const Bench *bench, Chance *chance, uint32_t *at, uint8_t bytes[8])
{
    uint32_t ea = any_page(chance), vsid = bench->env->sr[ea >> 28] & 0xffffff;
    uint32_t h = below(chance, 3) == 0, hash = (vsid & 0x7ffff) ^ (ea >> 12 & 0xffff);
    hash = (h ? ~hash : hash) & 0x3ff;
    *at = (below(chance, 4) ? bench->env->spr[SPR_SDR1] & 0xffff0000 : (uint32_t)TABLE_2) +
          hash * 64 + 8 * below(chance, 2);
    stl_be_p(bytes, (below(chance, 5) ? 0x80000000u : 0) | vsid << 7 | h << 6 | (ea >> 22 & 0x3f));
    uint32_t page = below(chance, 6) ? below(chance, 0x30) : 0x40 + below(chance, 4);
    stl_be_p(bytes + 4, page << 12 | (below(chance, 4) ? 0u : (uint32_t)(R | C)) |
                            (below(chance, 8) ? 0u : (uint32_t)G) | below(chance, 4));
}

/* By a store of the guest, through a block or in real mode. */
static void write_by_guest(const Bench *bench, uint32_t at, const uint8_t *bytes, unsigned size)
{
    PpcEnv *env = bench->env;
    uint32_t msr = env->msr;
    bool real = at & 8;
    uint64_t value = ldq_be_p(bytes) >> (64 - 8 * size);
    bench_set_msr(env, BIT(MSR_ME) | (real ? 0 : BIT(MSR_DR)));
    cr_assert(ppc_store(env, (real ? 0 : 0x70000000) + at, size, value));
    bench_set_msr(env, msr);
}

static void write_random(const Bench *bench, Chance *chance)
{
    uint32_t at;
    uint8_t bytes[12] = {0}; /* the second word is read as the first of eight bytes */
    make_entry(bench, chance, &at, bytes);
    unsigned skip = below(chance, 3) == 0 ? 4 : 0;
    unsigned size = skip || below(chance, 3) == 0 ? 4 : below(chance, 8) == 0 ? 2 : 8;
    uint64_t length = size;
    switch (below(chance, 24)) { /* seldom: these empty everything */
    case 0:
        cr_assert_eq(address_space_write(bench->env->as, at + skip, bytes + skip, size), MEMTX_OK);
        break;
    case 1: {
        void *mapped = address_space_map(bench->env->as, at + skip, &length, true);
        memcpy(mapped, bytes + skip, size);
        address_space_unmap(bench->env->as, mapped, size, true);
        break;
    }
    case 2:
        cr_assert(address_space_poke(bench->env->as, at + skip, bytes + skip, size));
        break;
    default:
        write_by_guest(bench, at + skip, bytes + skip, size);
    }
}

static void change_register(const Bench *bench, Chance *chance)
{
    PpcEnv *env = bench->env;
    static const uint32_t flags[] = {0, 0, KS, KP, NO_EXECUTE, T_BIT};
    uint32_t upper = (below(chance, 2) ? 0x40000000 : 0) | below(chance, 2) << 2 | below(chance, 4);
    switch (below(chance, 7)) {
    case 0:
        ppc_segment_write(env, below(chance, 2),
                          (VSID + below(chance, 2)) | flags[below(chance, 6)]);
        break;
    case 1:
        set_bat(bench, (below(chance, 2) ? SPR_IBAT0U : SPR_DBAT0U) + 2 * below(chance, 3),
                below(chance, 2) ? upper : 0, below(chance, 2) << 18 | below(chance, 4));
        break;
    case 2:
        set_bat(bench, SPR_DBAT4U + 2 * below(chance, 4), upper, below(chance, 4));
        break;
    case 3:
        set_spr(bench, SPR_SDR1, below(chance, 4) ? TABLE : TABLE_2 | below(chance, 2));
        break;
    case 4:
        set_spr(bench, SPR_HID0, below(chance, 2) ? HIGH_BAT_EN : 0);
        break;
    default:
        bench_set_msr(env, BIT(MSR_ME) | below(chance, 2) << MSR_PR |
                               (below(chance, 8) ? BIT(MSR_DR) | BIT(MSR_IR) : 0));
    }
}

static void expect_pure_caches(uint64_t seed)
{
    Bench bench = new_paged_model("7455_v3.2");
    Chance chance = {seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
    const hwaddr *written = add_echo(&bench);
    set_bat(&bench, SPR_DBAT3U, 0x70000006, 0x00000002); /* for write_by_guest() */
    for (unsigned i = 0; i < 100000; i++) {
        unsigned dice = below(&chance, 100);
        if (dice < 80) {
            access_random(&bench, &chance, written);
        } else if (dice < 97) {
            write_random(&bench, &chance);
        } else if (dice < 99) {
            change_register(&bench, &chance);
        } else if (below(&chance, 20) == 0) {
            memory_ram_hash(false); /* cleans pages, which empties write TLBs */
        }
    }
}

Test(mmu, cached_translations_are_those_of_a_fresh_walk_1) { expect_pure_caches(1); }
Test(mmu, cached_translations_are_those_of_a_fresh_walk_2) { expect_pure_caches(2); }
Test(mmu, cached_translations_are_those_of_a_fresh_walk_3) { expect_pure_caches(3); }

static uint64_t count_read(void *opaque, hwaddr offset G_GNUC_UNUSED, unsigned size G_GNUC_UNUSED)
{
    ++*(unsigned *)opaque;
    return 0;
}

/* The device would be read again when the instruction is: the breakpoint comes before both halves. */
Test(mmu, a_vector_load_that_a_breakpoint_stops_reads_nothing)
{
    static const MemoryRegionOps ops = {.read = count_read};
    enum { AT_DEVICE = 0x80000000u };
    Bench bench = bench_new("7400_v2.9");
    MemoryRegion *device = g_new0(MemoryRegion, 1);
    unsigned reads = 0;
    PpcVector value;
    memory_region_init_io(device, NULL, &ops, &reads, "device", 0x1000);
    memory_region_add_subregion(bench.root, AT_DEVICE, device);
    cr_assert(ppc_load_vector(bench.env, AT_DEVICE, &value));
    cr_expect_gt(reads, 0);
    reads = 0;
    set_spr(&bench, SPR_DABR, (AT_DEVICE + 8) | 1);
    cr_assert_not(ppc_load_vector(bench.env, AT_DEVICE, &value));
    cr_expect_eq(reads, 0, "%u", reads);
    cr_expect_eq(bench.env->spr[SPR_DAR], AT_DEVICE, "as stvx shows it");
}
