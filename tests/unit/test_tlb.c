/* SPDX-License-Identifier: MIT */
/*
 * target-ppc/tlb.c: what each event drops from the TLBs, no less and no more.
 *
 * Page tables as PEM chapter 7 has them. test_mmu.c compares hot caches with fresh walks.
 */
#include "target-ppc/engine.h"
#include "target-ppc/mmu.h"
#include "tests/unit/ppc_bench.h"

enum {
    TABLE = 0x10000,
    VSID = 0x2000,
    EA = 0x00301000,
    NEXT_EA = 0x00302000,
    LIKE_EA = 0x00701000, /* the ten low bits of its page are EA's */
    PAGE = 0x5000,
    NEXT_PAGE = 0x6000,
    WINDOW = 0x40000000, /* RAM as it is, by a block */
    R = 0x100,
    C = 0x80,
    RW = 2,
    KS = 0x40000000,
    KP = 0x20000000,
    NO_EXECUTE = 0x10000000,
};

static Bench new_paged(void)
{
    Bench bench = bench_new("7400_v2.9");
    bench_set_msr(bench.env, BIT(MSR_ME));
    cr_assert(ppc_spr_write(bench.env, SPR_SDR1, TABLE));
    cr_assert(ppc_spr_write(bench.env, SPR_DBAT0U, WINDOW | 3));
    cr_assert(ppc_spr_write(bench.env, SPR_DBAT0L, 2));
    for (unsigned i = 0; i < 16; i++) {
        ppc_segment_write(bench.env, i, VSID + i);
    }
    bench_set_msr(bench.env, BIT(MSR_ME) | BIT(MSR_DR) | BIT(MSR_IR));
    return bench;
}

static uint32_t load(const Bench *bench, uint32_t ea)
{
    uint64_t value = 0;
    cr_assert(ppc_load(bench->env, ea, 4, &value), "load of %08x", ea);
    return (uint32_t)value;
}

static void store(const Bench *bench, uint32_t ea, uint32_t value)
{
    cr_assert(ppc_store(bench->env, ea, 4, value), "store to %08x", ea);
}

static bool reads_hit(const Bench *bench, uint32_t ea)
{
    return ea - ppc_tlb_entry(bench->env->data_read_tlb, ea)->tag < PPC_PAGE_SIZE;
}

static bool writes_hit(const Bench *bench, uint32_t ea)
{
    return ea - ppc_tlb_entry(bench->env->data_write_tlb, ea)->tag < PPC_PAGE_SIZE;
}

Test(mmu_tlb, a_store_to_an_entry_drops_its_page_alone)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | R | C | RW, false, 0);
    bench_pte(&bench, NEXT_EA, NEXT_PAGE | R | C | RW, false, 0);
    bench_pte(&bench, LIKE_EA, NEXT_PAGE | R | C | RW, false, 1);
    store(&bench, EA, 1);
    store(&bench, NEXT_EA, 2);
    store(&bench, LIKE_EA, 3);
    store(&bench, WINDOW + pte + 4, NEXT_PAGE | R | C | RW);
    cr_expect_not(reads_hit(&bench, EA));
    cr_expect_not(writes_hit(&bench, EA));
    cr_expect(writes_hit(&bench, NEXT_EA));
    cr_expect(writes_hit(&bench, LIKE_EA));
    cr_expect_eq(load(&bench, EA), 3);
}

Test(mmu_tlb, a_store_to_an_entry_of_the_second_group_drops_its_page)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | R | C | RW, true, 3);
    stl_be_p(bench.host + NEXT_PAGE, 7);
    load(&bench, EA);
    cr_expect(reads_hit(&bench, EA));
    store(&bench, WINDOW + pte + 4, NEXT_PAGE | R | C | RW);
    cr_expect_eq(load(&bench, EA), 7);
    store(&bench, WINDOW + pte, 0);
    cr_expect_not(reads_hit(&bench, EA));
}

Test(mmu_tlb, two_segments_of_one_space_lose_a_page_together)
{
    Bench bench = new_paged();
    uint32_t alias = EA | 0x20000000;
    ppc_segment_write(bench.env, 2, VSID);
    uint32_t pte = bench_pte(&bench, EA, PAGE | R | C | RW, false, 0);
    stl_be_p(bench.host + NEXT_PAGE, 9);
    load(&bench, EA);
    load(&bench, alias);
    store(&bench, WINDOW + pte + 4, NEXT_PAGE | R | C | RW);
    cr_expect_eq(load(&bench, EA), 9);
    cr_expect_eq(load(&bench, alias), 9);
}

Test(mmu_tlb, dma_into_an_entry_is_seen_every_time)
{
    Bench bench = new_paged();
    uint32_t pte = bench_pte(&bench, EA, PAGE | RW, false, 0);
    for (unsigned i = 0; i < 3; i++) {
        stl_be_p(bench.host + PAGE, 10 + i);
        stl_be_p(bench.host + NEXT_PAGE, 20 + i);
        bench_put(&bench, pte + 4, PAGE | RW);
        cr_expect_eq(load(&bench, EA), 10 + i);
        bench_put(&bench, pte + 4, NEXT_PAGE | RW);
        cr_expect_eq(load(&bench, EA), 20 + i);
        store(&bench, WINDOW + pte + 4, PAGE | RW); /* seen although DMA let go of the page */
        cr_expect_eq(load(&bench, EA), 10 + i);
    }
}

Test(mmu_tlb, a_page_that_shares_the_cache_entry_stays)
{
    enum { FAR_EA = EA + PPC_TLB_SIZE * PPC_PAGE_SIZE };
    Bench bench = new_paged();
    bench_pte(&bench, EA, PAGE | R | C | RW, false, 0);
    uint32_t pte = bench_pte(&bench, FAR_EA, NEXT_PAGE | R | C | RW, false, 1);
    store(&bench, FAR_EA, 1);
    store(&bench, EA, 2);
    store(&bench, WINDOW + pte, 0);
    cr_expect(writes_hit(&bench, EA));
}

Test(mmu_tlb, a_segment_register_drops_its_own_segment)
{
    Bench bench = new_paged();
    uint32_t other = 0x10305000;
    bench_pte(&bench, EA, PAGE | R | C | RW, false, 0);
    bench_pte(&bench, other, NEXT_PAGE | R | C | RW, false, 0);
    store(&bench, EA, 1);
    store(&bench, other, 2);
    ppc_segment_write(bench.env, 0, VSID + 0x100);
    cr_expect_not(reads_hit(&bench, EA));
    cr_expect_not(writes_hit(&bench, EA));
    cr_expect(writes_hit(&bench, other));
}

static void fill_whole_tlb(const Bench *bench, uint32_t base)
{
    for (uint32_t i = 0; i < PPC_TLB_SIZE; i++) {
        bench_pte(bench, base + i * PPC_PAGE_SIZE, PAGE | R | C | RW, false, i >> 10);
    }
    for (uint32_t i = 0; i < PPC_TLB_SIZE; i++) {
        store(bench, base + i * PPC_PAGE_SIZE, i);
    }
    cr_expect(writes_hit(bench, base));
    cr_expect(writes_hit(bench, base + (PPC_TLB_SIZE - 1) * PPC_PAGE_SIZE));
}

static void expect_empty(const Bench *bench, uint32_t base)
{
    for (uint32_t i = 0; i < PPC_TLB_SIZE; i++) {
        cr_assert_not(reads_hit(bench, base + i * PPC_PAGE_SIZE), "entry %u", i);
        cr_assert_not(writes_hit(bench, base + i * PPC_PAGE_SIZE), "entry %u", i);
    }
}

Test(mmu_tlb, a_full_cache_is_emptied_whole)
{
    Bench bench = new_paged();
    fill_whole_tlb(&bench, 0x20000000);
    ppc_segment_write(bench.env, 2, VSID + 0x100);
    expect_empty(&bench, 0x20000000);
    fill_whole_tlb(&bench, 0x30000000);
    ppc_mmu_flush(bench.env);
    expect_empty(&bench, 0x30000000);
}

/* Caches of user mode follow the segments when user mode comes again (mode.h). */
Test(mmu_tlb, a_full_cache_of_the_user_is_emptied_for_another_space)
{
    enum { USER = 1 << MSR_ME | 1 << MSR_DR | 1 << MSR_IR | 1 << MSR_PR };
    Bench bench = new_paged();
    bench_set_msr(bench.env, USER);
    fill_whole_tlb(&bench, 0x20000000);
    bench_set_msr(bench.env, USER & ~BIT(MSR_PR));
    ppc_segment_write(bench.env, 2, VSID + 0x100);
    bench_set_msr(bench.env, USER);
    expect_empty(&bench, 0x20000000);
}

/* What lies at an address, the page table included, is another thing after a commit. */
Test(mmu_tlb, a_new_map_of_memory_is_seen_at_once)
{
    Bench bench = new_paged();
    MemoryRegion *over = g_new0(MemoryRegion, 1), *table = g_new0(MemoryRegion, 1);
    cr_assert(memory_region_init_ram(over, NULL, "over", 0x1000, &error_abort));
    cr_assert(memory_region_init_ram(table, NULL, "table", 0x10000, &error_abort));
    bench_pte(&bench, EA, PAGE | R | C | RW, false, 0);
    store(&bench, EA, 1);
    memory_region_add_subregion_overlap(bench.root, PAGE, over, 1);
    cr_expect_eq(load(&bench, EA), 0);
    memory_region_add_subregion_overlap(bench.root, TABLE, table, 1);
    uint32_t pte = bench_pte(&bench, EA, NEXT_PAGE | R | C | RW, false, 0);
    stl_be_p(bench.host + NEXT_PAGE, 5);
    cr_expect_eq(load(&bench, EA), 5);
    store(&bench, WINDOW + pte + 4, PAGE | R | C | RW); /* the new table is watched, too */
    cr_expect_eq(load(&bench, EA), 0);
}
