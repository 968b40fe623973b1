/* SPDX-License-Identifier: MIT */
/*
 * Scenes for fused instructions (engine_scene.h): code around one sequence, and what happens to it.
 *
 * Source: none (own design).
 */
#include "tests/unit/engine_scene.h"

#include "target-ppc/decode.h"
#include "target-ppc/engine.h"

enum {
    SCRATCH = SPARE + 0x4000,
    MOST_ACTION = 24, /* words */
    REG_BACK = 26,    /* where a pass ends */
};

/* --- the page table ---------------------------------------------------------------------------------- */

/* Where the entry of a page is; one is made if there is none. */
static uint32_t entry_of(World *world, uint32_t ea)
{
    const Bench *bench = &world->bench;
    uint32_t vsid = bench->env->sr[ea >> 28] & 0xffffff;
    for (unsigned secondary = 0; secondary < 2; secondary++) {
        uint32_t word0 = 0x80000000u | vsid << 7 | secondary << 6 | (ea >> 22 & 0x3f);
        uint32_t hash = (vsid & 0x7ffff) ^ (ea >> 12 & 0xffff);
        uint32_t group = TABLE + ((secondary ? ~hash : hash) & 0x3ff) * 64;
        for (unsigned slot = 0; slot < 8; slot++) {
            if (bench_get(bench, group + 8 * slot) == word0) {
                return group + 8 * slot;
            }
        }
    }
    return bench_pte(bench, ea, 0, false, 4);
}

static uint32_t map_page(World *world, uint32_t ea, uint32_t pa, uint32_t flags)
{
    uint32_t entry = entry_of(world, ea);
    bench_put(&world->bench, entry + 4, (pa & ~0xfffu) | flags);
    return entry;
}

static void unmap_page(World *world, uint32_t ea)
{
    bench_put(&world->bench, entry_of(world, ea), 0);
}

/* --- what happens to the code -------------------------------------------------------------------------- */

enum { XO_STWCX = 150, XO_LWARX = 20, XO_ICBI = 982, XO_TLBIE = 306 };

/* A store of r14 and what follows it to where r13 points. */
static void emit_some_store(World *world, Gen *gen)
{
    static const uint16_t indexed[] = {
        151, 183, 215, 407, 247, 439, 662, 918, 661,      663, 695,
        727, 759, 983, 231, 487, 135, 167, 199, XO_STWCX, 1014}; /* stwx to stvewx, dcbz */
    static const uint8_t direct[] = {36, 37, 38, 39, 44, 45, 47, 52, 53, 54, 55};
    unsigned reg = 14;
    if (chance(gen, 30)) {
        gen_emit(world, gen, word_stw(14, 13, chance(gen, 70) ? 0 : below(gen, 8) - 4));
        return;
    }
    if (chance(gen, 40)) {
        unsigned primary = direct[below(gen, G_N_ELEMENTS(direct))];
        gen_emit(world, gen, word_d(primary, primary == 47 ? 28 : reg, 13, 0));
        return;
    }
    unsigned xo = indexed[below(gen, G_N_ELEMENTS(indexed))];
    gen_emit(world, gen, word_addi(15, 0, 0));
    gen_emit(world, gen, word_addi(24, 0, chance(gen, 50) ? 8 : 4)); /* stswx counts */
    gen_emit(world, gen, word_mtspr(SPR_XER, 24));
    if (xo == XO_STWCX) {
        gen_emit(world, gen, word_x(XO_LWARX, 24, 0, 13));
        gen_emit(world, gen, word_x(xo, reg, 0, 13) | 1);
        return;
    }
    bool updates = xo == 183 || xo == 439 || xo == 247 || xo == 695 || xo == 759;
    gen_emit(world, gen, word_x(xo, xo == 1014 ? 0 : reg, updates ? 13 : 15, updates ? 15 : 13));
}

/* Any address behind which the sequence's part lies. */
static uint32_t some_name(Gen *gen, const Scene *scene)
{
    uint32_t away = 4 * (uint32_t)scene->part;
    bool in_code = scene->at >= CODE && scene->at < CODE + CODE_SIZE;
    if ((gen->features & PAGED) && in_code && chance(gen, 30)) {
        return ALIAS + scene->at + away;
    }
    if (!(gen->features & TRANSLATED) && chance(gen, 30)) {
        return PA_ALIAS + scene->at + away;
    }
    return (chance(gen, 50) ? scene->ea : scene->at) + away;
}

static void emit_store(World *world, Gen *gen, const Scene *scene)
{
    uint32_t words[SEQUENCE_MOST];
    gen_sequence(gen, &SEQUENCES[below(gen, (uint32_t)SEQUENCE_COUNT)], true, words);
    gen_emit_constant(world, gen, 14, chance(gen, 50) ? words[0] : gen_row(gen));
    gen_emit_constant(world, gen, 13, some_name(gen, scene));
    emit_some_store(world, gen);
    if (chance(gen, 30)) {
        gen_emit(world, gen, word_x(XO_ICBI, 0, 0, 13));
        gen_emit(world, gen, WORD_ISYNC);
    }
}

static void emit_dma(World *world, Gen *gen, const Scene *scene)
{
    uint32_t offset = (scene->at + 4 * (uint32_t)scene->part - CODE) & (CODE_SIZE - 4);
    gen_emit_constant(world, gen, 15, below(gen, 64) << 16 | offset);
    gen_emit(world, gen, word_lis(14, IO_BASE >> 16));
    gen_emit(world, gen, word_stw(15, 14, 0));
}

static void emit_remap(World *world, Gen *gen, const Scene *scene)
{
    gen_emit_constant(world, gen, 13, scene->entry);
    gen_emit_constant(world, gen, 14, (SCENE_COPY + (scene->ea & 0x1000)) | 0x182);
    gen_emit(world, gen, word_stw(14, 13, 4));
    if (chance(gen, 30)) {
        gen_emit_constant(world, gen, 14, scene->ea);
        gen_emit(world, gen, word_x(XO_TLBIE, 0, 0, 14));
        gen_emit(world, gen, WORD_ISYNC);
    }
}

static void emit_block(World *world, Gen *gen, const Scene *scene)
{
    gen_emit_constant(world, gen, 14, SCENE_COPY | 2);
    gen_emit(world, gen, word_mtspr(SPR_IBAT0L + 6, 14));
    gen_emit_constant(world, gen, 14, (scene->ea & 0xfffe0000u) | 3);
    gen_emit(world, gen, word_mtspr(SPR_IBAT0U + 6, 14));
}

/* The words of the scene's action; returns how many. */
static unsigned action_words(World *world, Gen *gen, const Scene *scene, uint32_t *words)
{
    uint32_t at = gen->at;
    gen->at = SCRATCH;
    switch (scene->action) {
    case ACT_STORE:
        emit_store(world, gen, scene);
        break;
    case ACT_DMA:
        emit_dma(world, gen, scene);
        break;
    case ACT_REMAP:
        emit_remap(world, gen, scene);
        break;
    case ACT_BLOCK:
        emit_block(world, gen, scene);
        break;
    case ACT_NOTHING:
        break;
    }
    unsigned count = (gen->at - SCRATCH) / 4;
    cr_assert_leq(count, MOST_ACTION);
    for (unsigned i = 0; i < count; i++) {
        words[i] = bench_get(&world->bench, SCRATCH + 4 * i);
        stl_be_p(world->bench.host + SCRATCH + 4 * i, 0);
    }
    gen->at = at;
    return count;
}

/* --- code around it ------------------------------------------------------------------------------------ */

/* Where words go: RAM, ROM or the device of instructions. */
static void put_code(World *world, uint32_t pa, uint32_t word)
{
    if (pa >= IO_CODE) {
        world->device_code[(pa - IO_CODE) / 4 % G_N_ELEMENTS(world->device_code)] = word;
    } else if (pa >= PA_PART) {
        stl_be_p(world->bench.host + SCENE_HOME + (pa - PA_PART), word);
    } else if (pa >= ROM_BASE) {
        stl_be_p(world->rom + (pa - ROM_BASE) % 0x2000, word);
    } else {
        stl_be_p(world->bench.host + pa % BENCH_RAM_SIZE, word);
    }
}

/* The sequence, where short branches go, and the way back. */
static void put_sequence(World *world, uint32_t at, const uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++, at += 4) {
        put_code(world, at, words[i]);
    }
    for (unsigned i = 0; i < SCENE_PADS; i++, at += 4) {
        put_code(world, at, WORD_NOP);
    }
    put_code(world, at, word_mtspr(SPR_CTR, REG_BACK));
    put_code(world, at + 4, 0x4e800420); /* bctr */
}

static void emit_jump(World *world, Gen *gen, uint32_t target)
{
    int64_t distance = (int64_t)target - gen->at;
    if (ABS(distance) < 0x1000000 && chance(gen, 60)) {
        gen_emit(world, gen, word_b((int32_t)distance));
        return;
    }
    gen_emit_constant(world, gen, 15, target);
    gen_emit(world, gen, word_mtspr(SPR_SRR0, 15));
    gen_emit(world, gen, word_x(83, 15, 0, 0)); /* mfmsr */
    gen_emit(world, gen, word_mtspr(SPR_SRR1, 15));
    gen_emit(world, gen, WORD_RFI);
}

/* LR and CTR lead to the way back, too. */
static void emit_pass(World *world, Gen *gen, const Scene *scene, uint32_t target)
{
    uint32_t constant = gen->at, end;
    gen_emit_constant(world, gen, REG_BACK, 0);
    gen_emit_constant(world, gen, 15, scene->ea + 4 * (scene->count + SCENE_PADS));
    gen_emit(world, gen, word_mtspr(SPR_LR, 15));
    gen_emit(world, gen, word_mtspr(SPR_CTR, 15));
    emit_jump(world, gen, target);
    end = gen->at;
    gen->at = constant;
    gen_emit_constant(world, gen, REG_BACK, end);
    gen->at = end;
}

static void emit_passes(World *world, Gen *gen, Scene *scene)
{
    uint32_t words[MOST_ACTION], target;
    unsigned count = action_words(world, gen, scene, words);
    gen->at = CODE;
    for (unsigned pass = 0; pass < SCENE_PASSES; pass++) {
        unsigned first = chance(gen, 50) ? below(gen, scene->count) : 0;
        target = scene->ea + 4 * first;
        if (count && pass == 1 && scene->is_inside) {
            target = scene->ea - 4 * count;
            for (unsigned i = 0; i < count; i++) {
                put_code(world, scene->at - 4 * (count - i), words[i]);
            }
        } else if (count && pass == 1) {
            gen_emit_words(world, gen, words, count);
        }
        emit_pass(world, gen, scene, target);
    }
    gen_emit(world, gen, word_b(0));
}

/* --- registers and pages --------------------------------------------------------------------------------- */

static bool moves_to_branch_register(const Scene *scene)
{
    for (unsigned i = 0; i < scene->count; i++) {
        if (gen_is_kind(scene->words[i], KIND_mtlr) || gen_is_kind(scene->words[i], KIND_mtctr)) {
            return true;
        }
    }
    return false;
}

/* What the sequence stores is often an instruction, what it jumps to the way back. */
static void set_values(World *world, Gen *gen, const Scene *scene)
{
    bool are_targets = moves_to_branch_register(scene);
    for (unsigned i = 0; i < 14; i++) {
        world->bench.env->gpr[i] = are_targets ? scene->ea + 4 * (scene->count + SCENE_PADS)
                                               : gen_row(gen);
    }
    for (unsigned i = 28; i < 32; i++) {
        world->bench.env->gpr[i] = gen_row(gen);
    }
}

static void map_scene(World *world, Scene *scene)
{
    enum { FLAGS = 0x182 };
    uint32_t page = scene->ea & ~0xfffu;
    for (uint32_t ea = CODE; ea < TABLE + 0x10000; ea += 0x1000) {
        map_page(world, ea, ea, ea >= DATA && ea < TABLE ? 2 : FLAGS);
    }
    if (page != (scene->at & ~0xfffu)) {
        map_page(world, page - 0x1000, scene->at - 0x1000, FLAGS);
        map_page(world, page + 0x1000, scene->at + 0x1000, FLAGS);
    }
    scene->entry = map_page(world, page, scene->at, FLAGS);
    if (scene->is_next_closed) {
        world->bench.env->sr[(page + 0x1000) >> 28] |= 0x10000000;
    }
    if (scene->has_hole) {
        unmap_page(world, page + 0x1000);
    }
    if (scene->is_moved_gone) {
        unmap_page(world, scene->moved);
    } else if (scene->moved) {
        map_page(world, scene->moved, scene->moved_to, scene->moved_flags);
    }
}

Program scene_build(World *world, Scene *scene)
{
    Gen gen = gen_new(scene->seed * 1000003 + scene->row, scene->features);
    uint32_t others[SEQUENCE_MOST] = {WORD_NOP, WORD_NOP, WORD_NOP, WORD_NOP};
    gen_prepare(world, &gen);
    scene->count = gen_sequence(&gen, &SEQUENCES[scene->row], chance(&gen, 85), scene->words);
    gen_sequence(&gen, &SEQUENCES[below(&gen, (uint32_t)SEQUENCE_COUNT)], true, others);
    gen_start(world, &gen);
    set_values(world, &gen, scene);
    if (scene->features & PAGED) {
        map_scene(world, scene);
    }
    put_sequence(world, SCENE_COPY + (scene->ea & 0x1fff), others, scene->count);
    put_sequence(world, scene->at, scene->words, scene->count);
    emit_passes(world, &gen, scene);
    world->bench.env->pc = CODE;
    return program_of(world, SCENE_RUN);
}

/* --- what it accesses --------------------------------------------------------------------------------------- */

static bool access_of(const PpcEnv *env, uint32_t word, SceneAccess *access)
{
    PpcOp op;
    if (!ppc_decode(word, &op)) {
        return false;
    }
    const PpcInsn *row = ppc_insn_row(op.id);
    bool is_indexed = row->primary == 31 && strstr(row->operands, ",rB") &&
                      (row->flags & (F_RA0 | F_UPDATE));
    bool is_direct = row->primary >= 32 && row->primary < 56;
    access->ea = env->gpr[op.a] + (is_indexed ? env->gpr[op.b] : (uint32_t)op.imm);
    access->is_store = g_str_has_prefix(row->mnemonic, "st");
    return is_indexed || is_direct;
}

unsigned scene_accesses(World *world, Scene *scene, SceneAccess accesses[SEQUENCE_MOST])
{
    Program program = scene_build(world, scene);
    PpcEnv *env = world->bench.env;
    unsigned found = 0, done = 0;
    world_load(world, &program);
    while (*env->icount < program.icount && done < scene->count) {
        uint32_t part = (env->pc - scene->ea) / 4;
        if (part < scene->count) {
            accesses[found].part = part;
            found += access_of(env, scene->words[part], &accesses[found]);
        }
        done += part < scene->count;
        CPU_GET_CLASS(world->bench.cpu)->step(CPU(world->bench.cpu));
    }
    program_free(&program);
    return found;
}

/* --- judging it --------------------------------------------------------------------------------------------- */

char *scene_text(const Scene *scene)
{
    const Sequence *row = &SEQUENCES[scene->row];
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "seed %d row %d: %s", (int)scene->seed, (int)scene->row,
                           row->kinds);
    g_string_append_printf(text, ", features %#x, action %d on part %d%s, ea %08x at %08x\n",
                           scene->features, scene->action, scene->part,
                           scene->is_inside ? " inside" : "", scene->ea, scene->at);
    for (unsigned i = 0; i < scene->count; i++) {
        ppc_disasm_row(scene->words[i], scene->ea + 4 * i, text);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static void expect_equal(World *world, const Scene *scene, const Program *program, uint64_t stop,
                         uint64_t chaos)
{
    uint64_t end;
    if (world_differs(world, program, stop, chaos, &end)) {
        g_autofree char *text = scene_text(scene);
        g_autofree char *difference = world_describe_difference(world, program, chaos);
        cr_assert_fail("%s%s", text, difference);
    }
}

void scene_expect_equal_at(World *world, const Scene *scene, const Program *program, uint64_t stop)
{
    expect_equal(world, scene, program, stop, 0);
}

void scene_expect_equal(World *world, Scene *scene, const Program *program, unsigned stops)
{
    Gen gen = gen_new(scene->seed * 77 + scene->row, 0);
    any(&gen);
    for (unsigned i = 0; i <= stops; i++) {
        uint64_t stop = i == 0 ? program->icount : program->start + below(&gen, SCENE_RUN);
        uint64_t chaos = i % 3 == 2 ? 1 + any(&gen) : 0;
        expect_equal(world, scene, program, stop + ENGINE_STOP_DISTANCE, chaos);
    }
}

uint64_t scene_last_run(World *world, const Scene *scene, const Program *program)
{
    PpcEnv *env = world->bench.env;
    uint64_t last = program->start;
    bool was_inside = false;
    world_load(world, program);
    while (*env->icount < program->icount) {
        bool is_inside = (env->pc - scene->ea) / 4 < scene->count;
        last = is_inside && !was_inside ? *env->icount : last;
        was_inside = is_inside;
        CPU_GET_CLASS(world->bench.cpu)->step(CPU(world->bench.cpu));
    }
    return last;
}
