/* SPDX-License-Identifier: MIT */
/*
 * The host memory that decoded code takes, however much code the guest runs. Source: none (own design:
 * ENGINE_BLOCKS).
 */
#include "target-ppc/engine.h"
#include "tests/unit/ppc_bench.h"

#include <stdio.h>

enum { RAM_SIZE = 512 << 20, FIRST_PAGE = 0x100000, PAGE = 4096 };

/* Bytes of memory that are the process's own: the guest's pages of zeros, only read, are not. */
static size_t resident(void)
{
    g_autofree char *text = NULL;
    unsigned long size, all, shared;
    cr_assert(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    cr_assert_eq(sscanf(text, "%lu %lu %lu", &size, &all, &shared), 3);
    return (all - shared) * PAGE;
}

/* Zeros are no instruction: the handler goes on in the next page. */
static void put_handler(const Bench *bench)
{
    const uint32_t words[] = {
        word_mfspr(3, SPR_SRR0),
        word_addi(3, 3, PAGE),
        word_mtspr(SPR_SRR0, 3),
        WORD_RFI,
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        bench_put(bench, PPC_VECTOR_PROGRAM + 4 * i, words[i]);
    }
}

Test(engine, a_jump_into_every_page_of_ram_takes_bounded_host_memory)
{
    enum { INSNS_A_PAGE = 5, SLACK = 8 << 20 };
    Bench bench = bench_new("7400_v2.9");
    PpcEnv *env = bench.env;
    CPUState *cs = CPU(bench.cpu);
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    uint32_t pages = (RAM_SIZE - FIRST_PAGE) / PAGE;
    cr_assert(memory_region_init_ram(ram, NULL, "more", RAM_SIZE - FIRST_PAGE, &error_abort));
    memory_region_add_subregion(bench.root, FIRST_PAGE, ram);
    put_handler(&bench);
    env->pc = FIRST_PAGE;
    size_t before = resident();
    clock_set_stop_icount(env->clock, (uint64_t)INSNS_A_PAGE * pages);
    cr_assert_eq(CPU_GET_CLASS(cs)->run(cs), CPU_EXIT_STOP_ICOUNT);
    cr_expect_eq(env->pc, RAM_SIZE, "%08x", env->pc);
    size_t grown = resident() - before, bound = (size_t)ENGINE_BLOCKS * ENGINE_BLOCK_SIZE + SLACK;
    cr_expect_lt(grown, bound, "%zu bytes", grown);
    cr_expect_leq(g_hash_table_size(env->engine->blocks), ENGINE_BLOCKS);
}
