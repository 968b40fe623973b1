/* SPDX-License-Identifier: MIT */
/*
 * AltiVec in the engine against step(): the same random program of vector instructions with operands at
 * the ends of their ranges, once with each, must end in the same state. Denormals in Java mode end in
 * the assist exception, MSR[VEC] = 0 in AltiVec unavailable; both handlers skip the instruction.
 */
#include "target-ppc/cr.h"
#include "target-ppc/decode.h"
#include "target-ppc/engine.h"
#include "tests/unit/ppc_bench.h"
#include "tests/unit/vec_operands.h"
#include "util/hash.h"

enum {
    CODE = 0x4000,
    CODE_SIZE = 0x2000,
    DATA = 0x8000,
    DATA_SIZE = 0x1000,
    PROGRAMS = 120,
    INSNS = 2 * CODE_SIZE / 4,
};

typedef struct VecProgram {
    FpRandom random;
    uint8_t ram[BENCH_RAM_SIZE];
    PpcVector vr[32];
    uint32_t msr, vscr;
} VecProgram;

static bool is_vector_row(const PpcInsn *row)
{
    return row->flags & F_ALTIVEC && row->primary != 31;
}

/* r4 points to data, r5 is an index; r0 to r3 are zero. */
static uint32_t random_access(FpRandom *random)
{
    static const uint16_t xo[] = {103, 103, 103, 359, 7,   39, 71, 231,
                                  231, 487, 135, 167, 199, 6,  38, 342};
    unsigned which = fp_random_below(random, G_N_ELEMENTS(xo));
    return word_x(xo[which], fp_random_below(random, which == 15 ? 4 : 32), 4,
                  5 + fp_random_below(random, 8));
}

static uint32_t random_word(FpRandom *random)
{
    unsigned id;
    if (fp_random_below(random, 4) == 0) {
        return random_access(random);
    }
    do {
        id = 1 + fp_random_below(random, INSN_COUNT - 1);
    } while (!is_vector_row(ppc_insn_row(id)));
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t operands = row->form == FORM_VA    ? 0x03ffffc0
                        : row->form == FORM_VXR ? 0x03fffc00
                                                : 0x03fff800;
    return ppc_insn_word(id) | ((uint32_t)fp_random(random) & operands & ~row->reserved);
}

/* Skips what failed; it may have been anything, so its registers are kept. */
static void put_skip(uint8_t *ram, uint32_t vector, uint32_t msr_change)
{
    const uint32_t words[] = {
        word_mtspr(SPR_SPRG3, 30), word_mfspr(30, SPR_SRR0),  word_addi(30, 30, 4),
        word_mtspr(SPR_SRR0, 30),  word_mfspr(30, SPR_SRR1),  word_d(25, 30, 30, msr_change),
        word_mtspr(SPR_SRR1, 30),  word_mfspr(30, SPR_SPRG3), WORD_RFI,
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        stl_be_p(ram + vector + 4 * i, words[i]);
    }
}

static VecProgram *make(uint64_t seed)
{
    VecProgram *program = g_new0(VecProgram, 1);
    FpRandom *random = &program->random;
    *random = fp_random_new(seed);
    put_skip(program->ram, PPC_VECTOR_VEC_ASSIST, 0);
    put_skip(program->ram, PPC_VECTOR_VEC_UNAVAILABLE, 0x0200);
    for (uint32_t at = CODE; at < CODE + CODE_SIZE - 4; at += 4) {
        stl_be_p(program->ram + at, random_word(random));
    }
    stl_be_p(program->ram + CODE + CODE_SIZE - 4, word_b(-(CODE_SIZE - 4)));
    for (uint32_t at = DATA; at < DATA + DATA_SIZE; at += 16) {
        PpcVector v = vec_random(random);
        memcpy(program->ram + at, &v, sizeof(v));
    }
    for (unsigned i = 0; i < 32; i++) {
        program->vr[i] = vec_random(random);
    }
    program->vscr = fp_random_below(random, 4) ? VSCR_NJ : 0;
    program->msr = BIT(MSR_ME) | (fp_random_below(random, 4) ? BIT(MSR_VEC) : 0);
    return program;
}

static void load(Bench *bench, VecProgram *program)
{
    PpcEnv *env = bench->env;
    cr_assert(address_space_write(env->as, 0, program->ram, BENCH_RAM_SIZE) == MEMTX_OK);
    memcpy(env->vr, program->vr, sizeof(program->vr));
    memset(env->gpr, 0, sizeof(env->gpr));
    env->gpr[4] = DATA;
    for (unsigned i = 5; i < 13; i++) {
        env->gpr[i] = (i * 517) % DATA_SIZE;
    }
    ppc_cr_set(env, 0);
    env->vscr = program->vscr;
    env->pc = CODE;
    bench_set_msr(env, program->msr);
}

/* The state that AltiVec has, and where it is. */
static uint64_t state_hash(Bench *bench)
{
    PpcEnv *env = bench->env;
    ppc_sync(env);
    uint32_t words[] = {env->pc, env->msr, env->vscr, ppc_cr_get(env), env->spr[SPR_SRR0]};
    uint64_t hash = hash_bytes(0, words, sizeof(words));
    hash = hash_bytes(hash, env->vr, sizeof(env->vr));
    hash = hash_bytes(hash, env->gpr, sizeof(env->gpr));
    return hash_bytes(hash, bench->host, BENCH_RAM_SIZE);
}

/* Returns the number of instructions that the engine did. */
static uint64_t run_engine(Bench *bench, VecProgram *program)
{
    PpcEnv *env = bench->env;
    uint64_t begin = *env->icount;
    load(bench, program);
    clock_set_stop_icount(env->clock, begin + INSNS + ENGINE_STOP_DISTANCE);
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
    return *env->icount - begin;
}

static void run_steps(Bench *bench, VecProgram *program, uint64_t count)
{
    load(bench, program);
    for (uint64_t i = 0; i < count; i++) {
        ppc_step(bench->env);
    }
}

Test(engine_vec, vector_programs_end_as_with_step)
{
    Bench bench = bench_new("7400_v2.9");
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        VecProgram *program = make(seed);
        uint64_t count = run_engine(&bench, program), engine = state_hash(&bench);
        uint32_t pc = bench.env->pc;
        run_steps(&bench, program, count);
        cr_assert(count >= INSNS - ENGINE_STOP_DISTANCE);
        cr_assert(engine == state_hash(&bench), "seed %u, engine at %08x, step() at %08x",
                  (unsigned)seed, pc, bench.env->pc);
        g_free(program);
    }
}

Test(engine_vec, without_altivec_vector_instructions_are_illegal)
{
    Bench bench = bench_new("750_v3.1");
    static const uint32_t words[] = {0x10220a84 /* vsrw */, 0x7c0020ce /* lvx */,
                                     0x7c0402ac /* dst */};
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        VecProgram *program = make(1);
        program->msr = BIT(MSR_ME); /* [VEC] cannot be set there */
        stl_be_p(program->ram + CODE, words[i]);
        stl_be_p(program->ram + PPC_VECTOR_PROGRAM, word_b(0));
        run_engine(&bench, program);
        cr_expect_eq(bench.env->last_exception, PPC_VECTOR_PROGRAM);
        cr_expect(bench.env->spr[SPR_SRR0] == CODE, "word %08x srr0 %08x pc %08x", words[i],
                  bench.env->spr[SPR_SRR0], bench.env->pc);
        g_free(program);
    }
}

Test(engine_vec, data_streams_need_no_msr_vec)
{
    Bench bench = bench_new("7400_v2.9");
    VecProgram *program = make(1);
    program->msr = BIT(MSR_ME);
    stl_be_p(program->ram + CODE, 0x7c0402ac);     /* dst */
    stl_be_p(program->ram + CODE + 4, 0x7e00066c); /* dssall */
    stl_be_p(program->ram + CODE + 8, word_b(0));
    bench.env->last_exception = 0;
    run_engine(&bench, program);
    cr_expect_eq(bench.env->last_exception, 0);
    cr_expect_eq(bench.env->pc, CODE + 8);
    g_free(program);
}
