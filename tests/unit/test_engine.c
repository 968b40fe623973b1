/* SPDX-License-Identifier: MIT */
/*
 * target-ppc/engine*.c against step(): the same random program from the same state, once with each,
 * must end in the same state, bit for bit.
 *
 * Programs come from the rows of insn.def with fixed seeds. Everything random is allowed to go wrong:
 * handlers skip what failed, a watchdog wakes hopeless naps.
 */
#include "debug/stops.h"
#include "target-ppc/cpu_info.h"
#include "target-ppc/decode.h"
#include "target-ppc/engine.h"
#include "tests/unit/fp_operands.h"
#include "tests/unit/ppc_bench.h"
#include "util/hash.h"

enum {
    CODE = 0x4000,
    CODE_SIZE = 0x4000,
    DATA = 0x8000,
    TABLE = 0x10000,
    SPARE = 0x20000,
    ALIAS = 0x00100000, /* effective, paged worlds: the code again */
    PROGRAMS = 150,
    INSNS = 3000,
    VSID = 0x2123, /* page table entries of segment 0 begin with lwz r0, -28288(r16) */
    PA_ALIAS =
        0x38000000, /* and end with addi: RAM again, where a real address is an instruction */
    WATCHDOG_NS = 20000,
};

#define IO_BASE 0x80000000u

/* What a program may do, and the world it runs in. */
enum {
    WITH_FP = 1 << 0,
    WITH_VEC = 1 << 1,
    WITH_EE = 1 << 2,
    USER = 1 << 3,
    PAGED = 1 << 4, /* page table; else BATs when translated */
    TRANSLATED = 1 << 5,
    SELF_MODIFYING = 1 << 6,
    SUPERVISOR = 1 << 7, /* writes MSR, SPRs, segments */
    WITH_DEVICE = 1 << 8,
    TABLE_WRITES = 1 << 9,
    TABLE_IS_CODE = 1 << 10, /* jumps into the page table */
    FP_MOSTLY = 1 << 11,     /* and operands that make sense */
    FUSED_MOSTLY = 1 << 12,  /* neighbours of pairs.def, with its relations between registers */
};

typedef struct Gen {
    uint64_t state;
    unsigned features;
    uint32_t at; /* next word of code */
} Gen;

typedef struct World {
    Bench bench;
    MemoryRegion *device, *alias;
    Timer watchdog;
    uint32_t device_reads;
} World;

/* A program: everything a run starts from. */
typedef struct Program {
    uint8_t *ram;
    GByteArray *state;
    uint64_t icount; /* where it ends */
} Program;

typedef struct Outcome {
    GByteArray *state;
    uint64_t ram_hash;
    uint32_t pc;
} Outcome;

/* --- chance --------------------------------------------------------------------------------------- */

static uint32_t any(Gen *gen)
{
    gen->state ^= gen->state << 13;
    gen->state ^= gen->state >> 7;
    gen->state ^= gen->state << 17;
    return (uint32_t)(gen->state >> 16);
}

static uint32_t below(Gen *gen, uint32_t limit) { return any(gen) % limit; }

static bool chance(Gen *gen, unsigned percent) { return below(gen, 100) < percent; }

/* --- a device that does everything that devices may do ---------------------------------------------- */

static uint64_t device_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    World *world = opaque;
    world->device_reads++;
    return *world->bench.env->icount * 0x9e3779b1u + offset + world->device_reads;
}

/* 0: DMA over code; 4 and 8: raise and drop the interrupt; 12: DMA over the page table. */
static void device_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    World *world = opaque;
    uint32_t in_code = CODE + (value & (CODE_SIZE - 4));
    uint32_t in_table = TABLE + (value & 0x1ffc);
    switch (offset & 12) {
    case 0:
        bench_put(&world->bench, in_code,
                  word_addi(value >> 16 & 7, value >> 19 & 7, value & 0xff));
        break;
    case 4:
    case 8:
        ppc_interrupt_set(world->bench.env, PPC_INTERRUPT_EXT, (offset & 12) == 4);
        break;
    default:
        bench_put(&world->bench, in_table, bench_get(&world->bench, in_table) ^ (value & 0x183));
    }
}

static const MemoryRegionOps device_ops = {.read = device_read, .write = device_write};

static void watchdog_bites(void *opaque)
{
    World *world = opaque;
    if (world->bench.env->halted) {
        ppc_interrupt_set(world->bench.env, PPC_INTERRUPT_RESET, true);
    }
    timer_mod_ns(&world->watchdog, clock_virtual_ns(world->bench.env->clock) + WATCHDOG_NS);
}

static void world_new(World *world, const char *model)
{
    world->bench = bench_new(model);
    world->device = g_new0(MemoryRegion, 1);
    memory_region_init_io(world->device, NULL, &device_ops, world, "device", 0x1000);
    memory_region_add_subregion(world->bench.root, IO_BASE, world->device);
    world->alias = g_new0(MemoryRegion, 1);
    memory_region_init_alias(world->alias, NULL, "alias", world->bench.ram, 0, BENCH_RAM_SIZE);
    memory_region_add_subregion(world->bench.root, PA_ALIAS, world->alias);
    timer_init_ns(&world->watchdog, world->bench.env->clock, watchdog_bites, world);
}

/* --- instructions ------------------------------------------------------------------------------------ */

/* r0 to r13 are free, r14 and r15 hold constants, r16 to r23 point to data, r24 and r25 are indexes. */
static unsigned any_target(Gen *gen) { return below(gen, 14); }
static unsigned any_base(Gen *gen) { return 16 + below(gen, 8); }

static uint32_t random_field(Gen *gen, const PpcInsn *row, const char *token, bool is_first)
{
    bool accesses = strstr(row->operands, "A0") || strstr(row->operands, "dA") ||
                    (row->flags & F_UPDATE);
    if (strcmp(token, "rD") == 0) {
        bool many = strncmp(row->mnemonic, "lmw", 3) == 0;
        return (many ? 28 + below(gen, 4) : any_target(gen)) << 21;
    }
    if (strcmp(token, "dA") == 0) {
        uint32_t displacement = below(gen, 64) * (chance(gen, 90) ? 4 : 1);
        return any_base(gen) << 16 | displacement;
    }
    if (strcmp(token, "A0") == 0) {
        return (chance(gen, 95) ? any_base(gen) : 0) << 16;
    }
    if (strcmp(token, "rA") == 0) {
        unsigned reg = row->flags & F_UPDATE ? any_base(gen)
                       : is_first            ? any_target(gen)
                                             : below(gen, 32);
        return reg << 16;
    }
    if (strcmp(token, "rB") == 0) {
        return (accesses ? 24 + below(gen, 2) : below(gen, 32)) << 11;
    }
    return any(gen); /* the caller masks */
}

/* The bits of @word's row that are operands. */
static uint32_t free_bits(const PpcInsn *row)
{
    switch ((PpcForm)row->form) {
    case FORM_VX:
    case FORM_XL0:
    case FORM_XL1:
        return 0x03fff800;
    case FORM_VXR:
        return 0x03fffc00;
    case FORM_VA:
        return 0x03ffffc0;
    case FORM_A:
        return 0x03ffffc1;
    case FORM_SC:
        return 0;
    case FORM_D:
    case FORM_DU:
    case FORM_DS:
    case FORM_M:
        return 0x03ffffff;
    default:
        return 0x03fff801;
    }
}

static bool is_generated(Gen *gen, const PpcInsn *row, unsigned id)
{
    bool fp = (row->flags & F_FP) || row->primary == 63 || row->primary == 59;
    if ((row->flags & (F_BRANCH | F_MSR)) || id == INSN_mtspr || id == INSN_mtsr ||
        id == INSN_mtsrin || id == INSN_tw || id == INSN_twi) {
        return false;
    }
    if (fp || (row->flags & F_VEC)) {
        return gen->features & (fp ? WITH_FP : WITH_VEC) ? true : chance(gen, 10);
    }
    return !(row->flags & F_SUPER) || chance(gen, 20);
}

static uint32_t random_word_of(Gen *gen, unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t fields = any(gen), named = 0, named_mask = 0;
    g_auto(GStrv) tokens = g_strsplit(row->operands, ",", -1);
    for (char **token = tokens; *token; token++) {
        static const struct {
            const char *token;
            uint32_t mask;
        } masks[] = {{"rD", 0x03e00000},
                     {"dA", 0x001fffff},
                     {"A0", 0x001f0000},
                     {"rA", 0x001f0000},
                     {"rB", 0x0000f800}};
        for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
            if (strcmp(*token, masks[i].token) == 0) {
                named |= random_field(gen, row, *token, token == tokens) & masks[i].mask;
                named_mask |= masks[i].mask;
            }
        }
    }
    fields = (fields & ~named_mask) | named;
    if (!chance(gen, 2)) {
        fields &= ~row->reserved;
    }
    return ppc_insn_word(id) | (fields & free_bits(row));
}

static uint32_t random_row(Gen *gen)
{
    unsigned id;
    do {
        id = 1 + below(gen, INSN_COUNT - 1);
        if (chance(gen, 40)) {
            id = 1 + below(gen, INSN_stfiwx); /* integers and accesses, twice as often */
        }
    } while (!is_generated(gen, ppc_insn_row(id), id));
    return random_word_of(gen, id);
}

static void emit(World *world, Gen *gen, uint32_t word)
{
    stl_be_p(world->bench.host + gen->at, word);
    gen->at += 4;
}

static void emit_constant(World *world, Gen *gen, unsigned reg, uint32_t value)
{
    emit(world, gen, word_lis(reg, value >> 16));
    emit(world, gen, word_ori(reg, reg, value));
}

static uint32_t code_address(Gen *gen)
{
    uint32_t address = CODE + (below(gen, CODE_SIZE) & ~3u);
    if (chance(gen, 20)) {
        address = (address & ~0xfffu) | (chance(gen, 50) ? 0xffc : 0); /* page ends */
    }
    if ((gen->features & TABLE_IS_CODE) && chance(gen, 20)) {
        uint32_t page = (chance(gen, 50) ? 4 : 8) + below(gen, 4);
        return TABLE + ((VSID ^ page) & 0x3ff) * 64 + 8 * below(gen, 2) + 4 * below(gen, 2);
    }
    return (gen->features & PAGED) && chance(gen, 30) ? address + ALIAS : address;
}

static void emit_branch(World *world, Gen *gen)
{
    int32_t forward = 4 * (int32_t)(1 + below(gen, 12)),
            far = (int32_t)(code_address(gen) - gen->at);
    int32_t offset = chance(gen, 80)   ? forward
                     : chance(gen, 30) ? -4 * (int32_t)below(gen, 6)
                                       : far;
    uint32_t bo = below(gen, 32) << 21, bi = below(gen, 32) << 16, lk = below(gen, 2);
    switch (below(gen, 16)) {
    case 0:
    case 1:
        emit(world, gen, word_b(offset) | lk);
        break;
    case 2:
        emit(world, gen, word_b((int32_t)code_address(gen)) | 2 | lk);
        break;
    case 3:
        emit(world, gen, 16u << 26 | bo | bi | (code_address(gen) & 0xfffc) | 2 | lk);
        break;
    case 4: /* bclr */
        emit(world, gen, 19u << 26 | bo | bi | 16 << 1 | lk);
        break;
    case 5: /* bcctr */
        emit_constant(world, gen, 14, code_address(gen) | below(gen, 4));
        emit(world, gen, word_mtspr(SPR_CTR, 14));
        emit(world, gen, 19u << 26 | bo | bi | 528 << 1 | lk);
        break;
    case 6: /* a loop */
        emit(world, gen, word_addi(14, 0, 1 + below(gen, 40)));
        emit(world, gen, word_mtspr(SPR_CTR, 14));
        emit(world, gen, random_row(gen));
        emit(world, gen, random_row(gen));
        emit(world, gen, 16u << 26 | 16 << 21 | ((uint32_t)-8 & 0xfffc));
        break;
    case 7: /* a return */
        emit_constant(world, gen, 14, code_address(gen));
        emit(world, gen, word_mtspr(SPR_LR, 14));
        emit(world, gen, 19u << 26 | 20 << 21 | 16 << 1);
        break;
    default:
        emit(world, gen, 16u << 26 | bo | bi | ((uint32_t)offset & 0xfffc) | lk);
    }
}

static uint32_t any_msr(Gen *gen)
{
    uint32_t msr = BIT(MSR_ME) | BIT(MSR_RI);
    msr |= gen->features & TRANSLATED && chance(gen, 80) ? BIT(MSR_IR) | BIT(MSR_DR) : 0;
    msr |= gen->features & WITH_EE && chance(gen, 80) ? BIT(MSR_EE) : 0;
    msr |= gen->features & WITH_FP ? BIT(MSR_FP) : 0;
    msr |= gen->features & WITH_VEC ? BIT(MSR_VEC) : 0;
    msr |= chance(gen, 5) ? BIT(MSR_FE0) | BIT(MSR_FE1) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_PR) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_SE) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_BE) : 0;
    msr |= chance(gen, 2) ? BIT(MSR_LE) : 0;
    msr |= chance(gen, 10) ? BIT(MSR_POW) : 0;
    return msr;
}

static void emit_spr_access(World *world, Gen *gen)
{
    static const uint16_t popular[] = {SPR_LR,    SPR_CTR,    SPR_XER,    SPR_SPRG0,  SPR_SPRG1,
                                       SPR_SPRG2, SPR_SRR0,   SPR_SRR1,   SPR_DAR,    SPR_DSISR,
                                       SPR_TBL,   SPR_TBU,    SPR_DEC,    SPR_VRSAVE, SPR_SPRG3,
                                       SPR_HID0,  SPR_TBWL,   SPR_TBWU,   SPR_IABR,   SPR_DABR,
                                       SPR_SDR1,  SPR_IBAT2U, SPR_IBAT2L, SPR_DBAT2U, SPR_DBAT2L};
    bool risky = (gen->features & SUPERVISOR) && chance(gen, 20);
    unsigned spr = chance(gen, 90) ? popular[below(gen, risky ? G_N_ELEMENTS(popular) : 13)]
                                   : below(gen, 1024);
    switch (below(gen, 4)) {
    case 0:
        emit(world, gen, word_mtspr(spr == SPR_SRR0 ? SPR_SPRG0 : spr, below(gen, 32)));
        break;
    case 1: /* mftb, of any register */
        emit(world, gen,
             word_spr(371, any_target(gen), chance(gen, 60) ? SPR_TBL + below(gen, 2) : spr));
        break;
    default:
        emit(world, gen, word_mfspr(any_target(gen), spr));
    }
}

static void emit_msr_write(World *world, Gen *gen)
{
    emit_constant(world, gen, 15, any_msr(gen));
    emit(world, gen, word_mtmsr(15));
}

/* Counters of all countable events just before their overflow, with every freeze and action. */
static void emit_perfmon_write(World *world, Gen *gen)
{
    static const uint16_t counters[] = {SPR_PMC1, SPR_PMC2, SPR_PMC3, SPR_PMC4};
    uint32_t actions = any(gen) & any(gen) & 0xfe40e000u,
             events = below(gen, 5) << 6 | below(gen, 5);
    actions |= chance(gen, 50) ? 0x0400c000u : 0;
    emit_constant(world, gen, 14, 0x80000000u - below(gen, 400));
    emit(world, gen, word_mtspr(counters[below(gen, 4)], 14));
    emit_constant(world, gen, 14, below(gen, 5) << 27 | below(gen, 5) << 22);
    emit(world, gen, word_mtspr(SPR_MMCR1, 14));
    emit_constant(world, gen, 14, actions | events);
    emit(world, gen, word_mtspr(SPR_MMCR0, 14));
    emit(world, gen, word_mfspr(14, chance(gen, 50) ? SPR_SIA : counters[below(gen, 4)]));
}

/* A segment or BAT, valid or not; DEC at short range; the performance monitor. */
static void emit_translation_write(World *world, Gen *gen)
{
    switch (below(gen, 5)) {
    case 0:
        emit(world, gen, word_x(210, below(gen, 32), chance(gen, 50) ? 0 : below(gen, 16), 0));
        break;
    case 1:
        emit_constant(world, gen, 14, below(gen, 2) ? VSID : 0x20000000 | VSID);
        emit(world, gen, word_x(210, 14, 0, 0));
        break;
    case 2:
        emit_constant(world, gen, 14, below(gen, 4) << 17 | below(gen, 4));
        emit(world, gen, word_mtspr(SPR_IBAT0U + below(gen, 16), 14));
        break;
    case 3:
        emit_perfmon_write(world, gen);
        break;
    default:
        emit(world, gen, word_addi(14, 0, below(gen, 100) - 10));
        emit(world, gen, word_mtspr(SPR_DEC, 14));
    }
}

static void emit_code_write(World *world, Gen *gen)
{
    uint32_t target = chance(gen, 60) ? gen->at + 4 * below(gen, 24) : code_address(gen);
    target += (gen->features & PAGED) && !(target & ALIAS) && chance(gen, 30) ? ALIAS : 0;
    emit_constant(world, gen, 14, random_row(gen));
    emit_constant(world, gen, 13, target);
    switch (below(gen, 6)) {
    case 0:
        emit(world, gen, word_x(1014, 0, 0, 13)); /* dcbz */
        break;
    case 1:
        emit(world, gen, word_d(38, 14, 13, below(gen, 4))); /* stb */
        break;
    case 2:
        emit(world, gen, word_d(47, 28, 13, 0)); /* stmw */
        break;
    default:
        emit(world, gen, word_stw(14, 13, 0));
    }
    if (chance(gen, 50)) {
        emit(world, gen, word_x(982, 0, 0, 13)); /* icbi */
        emit(world, gen, WORD_ISYNC);
    }
}

/* Flip bits of the entry that maps a page of code or data. */
static void emit_table_write(World *world, Gen *gen)
{
    static const uint32_t flips[] = {0x100, 0x80, 0x1, 0x2, 0x1000, 0x8, 0x40};
    uint32_t page = (chance(gen, 50) ? 4 : 8) + below(gen, 4), group = (VSID ^ page) & 0x3ff;
    uint32_t at = TABLE + group * 64 + 8 * below(gen, 2);
    emit_constant(world, gen, 13, at);
    if (chance(gen, 70)) {
        emit(world, gen, word_lwz(14, 13, 4));
        emit(world, gen, word_d(26, 14, 14, flips[below(gen, 7)])); /* xori */
        emit(world, gen, word_stw(14, 13, 4));
    } else {
        emit(world, gen, word_lwz(14, 13, 0));
        emit(world, gen, word_d(27, 14, 14, 0x8000)); /* xoris: V */
        emit(world, gen, word_stw(14, 13, 0));
    }
}

static void emit_device_access(World *world, Gen *gen)
{
    emit(world, gen, word_lis(14, IO_BASE >> 16));
    emit(world, gen,
         chance(gen, 50) ? word_lwz(any_target(gen), 14, 4 * below(gen, 4))
                         : word_stw(below(gen, 32), 14, 4 * below(gen, 4)));
}

static uint32_t data_pointer(Gen *gen)
{
    uint32_t offset = below(gen, 0x3f00);
    if (chance(gen, 20)) {
        offset = (offset & 0x3000) | (0xff0 + below(gen, 16)); /* page ends */
    }
    uint32_t pointer = DATA + (chance(gen, 90) ? offset & ~3u : offset);
    if ((gen->features & SELF_MODIFYING) && chance(gen, 10)) {
        pointer = CODE + (offset & 0x3ffc);
    }
    if ((gen->features & TABLE_WRITES) && chance(gen, 10)) {
        pointer = TABLE + 0x4000 + (offset & 0x1fff);
    }
    return pointer;
}

static void emit_pointer(World *world, Gen *gen)
{
    unsigned reg = any_base(gen);
    if (chance(gen, 25)) {
        emit(world, gen, word_addi(24 + below(gen, 2), 0, below(gen, 200)));
    } else {
        emit_constant(world, gen, reg, data_pointer(gen));
    }
}

/* Rounding modes; seldom what keeps the host's FPU away; sticky bits cleared; FPSCR read. */
static void emit_fpscr_access(World *world, Gen *gen)
{
    uint32_t crf = below(gen, 8) << 23, value = below(gen, 16) << 12;
    switch (below(gen, 8)) {
    case 0:
    case 1: /* mtfsfi 7: RN */
        emit(world, gen, 0xff80010cu | below(gen, 4) << 12);
        break;
    case 2: /* mtfsfi 6, 7: nothing enabled */
        emit(world, gen, 0xff00010cu);
        emit(world, gen, 0xff80010cu);
        break;
    case 3: /* mtfsb0: FX, XX or any */
        emit(world, gen, 0xfc00008cu | (chance(gen, 50) ? 6 : below(gen, 32)) << 21);
        break;
    case 4: /* mtfsfi */
        emit(world, gen,
             chance(gen, 20) ? 0xfc00010cu | crf | value : 0xfc00010cu | (crf & ~0x03000000u));
        break;
    case 5: /* mcrfs */
        emit(world, gen, 0xfc000080u | crf | below(gen, 8) << 18);
        break;
    default: /* mffs */
        emit(world, gen, 0xfc00048eu | below(gen, 32) << 21);
    }
}

static void emit_fp(World *world, Gen *gen)
{
    unsigned dice = below(gen, 100);
    if (dice < 10) {
        emit_fpscr_access(world, gen);
    } else if (dice < 35) { /* lfd, lfs: operands from the data page */
        bool is_double = chance(gen, 70);
        emit(world, gen,
             word_d(is_double ? 50 : 48, below(gen, 32), any_base(gen), 8 * below(gen, 64)));
    } else if (dice < 40) {
        emit(world, gen, random_word_of(gen, INSN_lfs + below(gen, INSN_stfiwx - INSN_lfs + 1)));
    } else {
        uint32_t word = random_word_of(gen, INSN_fadd + below(gen, INSN_fnabs - INSN_fadd + 1));
        bool is_compare = (word & 0xfc0007bf) == 0xfc000000;
        emit(world, gen, is_compare || chance(gen, 90) ? word & ~1u : word);
    }
}

/* --- pairs that are fused -------------------------------------------------------------------------- */

static const struct {
    const char *first, *second, *relation;
} pairs[] = {
#define PAIR(first, second, relation, share) {#first, #second, #relation},
#include "target-ppc/pairs.def"
#undef PAIR
};

static const char *const row_names[INSN_COUNT] = {
#define INSN(id, ...) [INSN_##id] = #id,
#include "target-ppc/insn.def"
#undef INSN
};

/* A branch or a move of LR or CTR that is a kind of its own; 0: it is none. */
static uint32_t special_word(Gen *gen, const char *kind)
{
    static const struct {
        const char *name;
        uint32_t word;
    } branches[] = {
        {"blt", 16u << 26 | 12 << 21},
        {"bge", 16u << 26 | 4 << 21},
        {"bgt", 16u << 26 | 12 << 21 | 0x10000},
        {"ble", 16u << 26 | 4 << 21 | 0x10000},
        {"beq", 16u << 26 | 12 << 21 | 0x20000},
        {"bne", 16u << 26 | 4 << 21 | 0x20000},
        {"bdnz", 16u << 26 | 16 << 21},
        {"bc_", 16u << 26 | 8 << 21 | 0x30000},
        {"blr", 0x4e800020},
        {"bctrl", 0x4e800421},
        {"bctr", 0x4e800420},
        {"bclr", 0x4d820020},
        {"bl_", 18u << 26 | 1},
        {"b_", 18u << 26},
        {"mflr", 0x7c0802a6},
        {"mtlr", 0x7c0803a6},
        {"mfctr", 0x7c0902a6},
        {"mtctr", 0x7c0903a6},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(branches); i++) {
        if (g_str_has_prefix(kind, branches[i].name)) {
            uint32_t word = branches[i].word;
            bool is_relative = word >> 26 == 16 || word >> 26 == 18;
            return is_relative        ? word | 4 * (1 + below(gen, 9))
                   : word >> 26 == 31 ? word | any_target(gen) << 21
                                      : word;
        }
    }
    return 0;
}

static uint32_t word_of_kind(Gen *gen, const char *kind)
{
    size_t length = strlen(kind);
    bool record = false;
    uint32_t word = special_word(gen, kind);
    for (unsigned turn = 0; !word && turn < 2; turn++) {
        for (unsigned id = 1; id < INSN_COUNT && !word; id++) {
            bool is_it = strlen(row_names[id]) == length &&
                         strncmp(row_names[id], kind, length) == 0;
            word = is_it ? random_word_of(gen, id) : 0;
        }
        record = !word;
        length -= word ? 0 : strlen("_rc");
    }
    bool has_record = word >> 26 == 31 || word >> 26 == 63 || word >> 26 == 59 ||
                      (word >> 26 >= 20 && word >> 26 <= 23);
    bool is_move = word >> 26 == 31 && (word >> 1 & 0x3ff) % 32 == 19;
    return !has_record || is_move ? word : (word & ~1u) | record;
}

static const unsigned field_shifts[128] = {['d'] = 21, ['a'] = 16, ['b'] = 11, ['c'] = 6};

/* @second, so that the fields have that relation. */
static uint32_t relate(uint32_t first, uint32_t second, const char *relation)
{
    if (strcmp(relation, "none") == 0) {
        return second;
    }
    bool is_branch = second >> 26 == 16;
    if (is_branch) { /* b is the field of CR */
        uint32_t field = relation[1] == '0' ? 0 : first >> 23 & 7;
        return (second & ~(7u << 18)) | field << 18;
    }
    unsigned from = field_shifts[(unsigned char)relation[0]];
    unsigned to = field_shifts[(unsigned char)relation[1]];
    return (second & ~(31u << to)) | (first >> from & 31) << to;
}

static void emit_pair(World *world, Gen *gen)
{
    size_t number = below(gen, chance(gen, 50) ? 100 : G_N_ELEMENTS(pairs));
    uint32_t first = word_of_kind(gen, pairs[number].first);
    uint32_t second = word_of_kind(gen, pairs[number].second);
    emit(world, gen, first);
    emit(world, gen, chance(gen, 80) ? relate(first, second, pairs[number].relation) : second);
}

static void emit_any(World *world, Gen *gen)
{
    unsigned dice = below(gen, 100);
    if ((gen->features & FUSED_MOSTLY) && chance(gen, 70)) {
        emit_pair(world, gen);
        return;
    }
    if ((gen->features & FP_MOSTLY) && chance(gen, 80)) {
        emit_fp(world, gen);
    } else if (dice < 60) {
        emit(world, gen, random_row(gen));
    } else if (dice < 72) {
        emit_branch(world, gen);
    } else if (dice < 80) {
        emit_pointer(world, gen);
    } else if (dice < 85) {
        emit_spr_access(world, gen);
    } else if (dice < 87) {
        static const uint32_t words[] = {WORD_SC, WORD_ISYNC, 0x7fe00008, 0};
        emit(world, gen, words[below(gen, 4)]);
    } else if (dice < 89 && (gen->features & SUPERVISOR)) {
        emit_msr_write(world, gen);
    } else if (dice < 91 && (gen->features & SUPERVISOR)) {
        emit_translation_write(world, gen);
    } else if (dice < 94 && (gen->features & SELF_MODIFYING)) {
        emit_code_write(world, gen);
    } else if (dice < 97 && (gen->features & TABLE_WRITES)) {
        emit_table_write(world, gen);
    } else if (gen->features & WITH_DEVICE) {
        emit_device_access(world, gen);
    }
}

/* --- handlers --------------------------------------------------------------------------------------- */

static void emit_words(World *world, Gen *gen, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        emit(world, gen, words[i]);
    }
}

/* Go on behind the instruction, in any case inside the code. */
static void emit_skip(World *world, Gen *gen)
{
    const uint32_t words[] = {
        word_mfspr(30, SPR_SRR0),
        word_addi(30, 30, 4),
        0x57de047e, /* rlwinm r30, r30, 0, 17, 31 */
        word_ori(30, 30, CODE),
        word_mtspr(SPR_SRR0, 30),
        word_mfspr(30, SPR_SPRG3),
        WORD_RFI,
    };
    emit_words(world, gen, words, G_N_ELEMENTS(words));
}

static void emit_change_srr1(World *world, Gen *gen, uint32_t vector, uint32_t change)
{
    const uint32_t words[] = {
        word_mtspr(SPR_SPRG3, 30), word_mfspr(30, SPR_SRR1),  change,
        word_mtspr(SPR_SRR1, 30),  word_mfspr(30, SPR_SPRG3), WORD_RFI,
    };
    gen->at = vector;
    emit_words(world, gen, words, G_N_ELEMENTS(words));
}

static void emit_handlers(World *world, Gen *gen)
{
    static const uint16_t skipping[] = {0x100, 0x200,  0x300,  0x400,  0x600, 0x700,
                                        0x800, 0x1300, 0x1400, 0x1600, 0x1700};
    for (size_t i = 0; i < G_N_ELEMENTS(skipping); i++) {
        gen->at = skipping[i];
        emit(world, gen, word_mtspr(SPR_SPRG3, 30));
        emit_skip(world, gen);
    }
    gen->at = PPC_VECTOR_EXTERNAL;
    emit(world, gen, word_mtspr(SPR_SPRG3, 30));
    emit(world, gen, word_lis(30, IO_BASE >> 16));
    emit(world, gen, word_stw(30, 30, 8));
    emit(world, gen, word_mfspr(30, SPR_SPRG3));
    emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_DECREMENTER;
    emit(world, gen, word_mtspr(SPR_SPRG3, 30));
    emit(world, gen, word_addi(30, 0, 5 + below(gen, 40)));
    emit(world, gen, word_mtspr(SPR_DEC, 30));
    emit_skip(world, gen);
    gen->at = PPC_VECTOR_PERFORMANCE;
    emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_SYSTEM_CALL;
    emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_PERFORMANCE;
    emit(world, gen, WORD_RFI);
    if (chance(gen, 50)) {
        emit_change_srr1(world, gen, PPC_VECTOR_FP_UNAVAILABLE, word_ori(30, 30, 0x2000));
    }
    emit_change_srr1(world, gen, PPC_VECTOR_VEC_UNAVAILABLE, word_d(25, 30, 30, 0x200));
    emit_change_srr1(world, gen, PPC_VECTOR_TRACE, 0x57de05e8 /* rlwinm r30, r30, 0, 23, 20 */);
}

/* --- worlds ------------------------------------------------------------------------------------------ */

/* One page in four by its secondary hash, one in eight behind an entry that does not match. */
static void map_pages(World *world, Gen *gen)
{
    PpcEnv *env = world->bench.env;
    for (unsigned i = 0; i < 16; i++) {
        env->sr[i] = VSID + i;
    }
    env->spr[SPR_SDR1] = TABLE;
    for (uint32_t page = 0; page < BENCH_RAM_SIZE / 0x1000; page++) {
        uint32_t pp = page < 4 || chance(gen, 85) ? 2 : below(gen, 4);
        uint32_t pa = page << 12 | (gen->features & TABLE_IS_CODE ? PA_ALIAS : 0);
        uint32_t word1 = pa | (chance(gen, 50) ? 0x180 : 0) | pp;
        bench_pte(&world->bench, page << 12, word1, chance(gen, 25), below(gen, 2));
        if (page >= 4 && page < 8) {
            bench_pte(&world->bench, page << 12 | ALIAS, word1, chance(gen, 25), 2 + below(gen, 2));
        }
    }
    env->sr[0] |= chance(gen, 50) ? 0x20000000 : 0;
}

static void map_blocks(PpcEnv *env)
{
    env->spr[SPR_IBAT0U] = env->spr[SPR_DBAT0U] = 0x00000007;
    env->spr[SPR_IBAT0L] = env->spr[SPR_DBAT0L] = 0x00000002;
}

static void fill_registers(World *world, Gen *gen)
{
    PpcEnv *env = world->bench.env;
    FpRandom random = fp_random_new(any(gen));
    for (unsigned i = 0; i < 32; i++) {
        env->gpr[i] = chance(gen, 50) ? any(gen) : below(gen, 16) - 8;
        env->fpr[i] = (uint64_t)any(gen) << 32 | any(gen);
        if (chance(gen, 60)) { /* not too far from 1 */
            env->fpr[i] = (env->fpr[i] & ~(UINT64_C(0x7ff) << 52)) |
                          (UINT64_C(1020) + below(gen, 8)) << 52;
        }
        if (gen->features & FP_MOSTLY) {
            env->fpr[i] = fp_operand(&random);
        }
        env->vr[i] = (PpcVector){.u32 = {any(gen), any(gen), any(gen), any(gen)}};
    }
    for (unsigned i = 16; i < 24; i++) {
        env->gpr[i] = data_pointer(gen);
    }
    env->gpr[24] = below(gen, 64) * 4;
    env->gpr[25] = below(gen, 64);
    env->lr = code_address(gen);
    env->ctr = code_address(gen);
}

/* Operands for arithmetic all over the data; half of them are singles. */
static void fill_fp_data(World *world, Gen *gen)
{
    FpRandom random = fp_random_new(any(gen));
    for (uint32_t at = DATA; at < TABLE; at += 8) {
        uint64_t operand = fp_operand(&random);
        stq_be_p(world->bench.host + at,
                 chance(gen, 50) ? operand : operand & UINT64_C(0xffffffffe0000000));
    }
}

static void save_state(World *world, GByteArray *out)
{
    PpcEnv *env = world->bench.env;
    vmstate_save(DEVICE_GET_CLASS(world->bench.cpu)->vmsd, world->bench.cpu, out);
    vmstate_save(&vmstate_clock, env->clock, out);
}

static void load_state(World *world, const Program *program)
{
    VMStateReader in = {.data = program->state->data, .length = program->state->len};
    PpcEnv *env = world->bench.env;
    cr_assert(address_space_write(env->as, 0, program->ram, BENCH_RAM_SIZE) == MEMTX_OK);
    cr_assert(vmstate_load(DEVICE_GET_CLASS(world->bench.cpu)->vmsd, world->bench.cpu, &in,
                           &error_abort));
    cr_assert(vmstate_load(&vmstate_clock, env->clock, &in, &error_abort));
    world->device_reads = 0;
    timer_mod_ns(&world->watchdog, clock_virtual_ns(env->clock) + WATCHDOG_NS);
}

static Program make_program(World *world, uint64_t seed, unsigned features)
{
    Gen gen = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1, .features = features};
    PpcEnv *env = world->bench.env;
    Program program = {.state = g_byte_array_new()};
    any(&gen);
    ppc_reset(env);
    memset(world->bench.host, 0, BENCH_RAM_SIZE);
    for (uint32_t at = DATA; at < SPARE; at += 4) {
        stl_be_p(world->bench.host + at, at < TABLE ? any(&gen) : (uint32_t)WORD_NOP);
    }
    if (features & FP_MOSTLY) {
        fill_fp_data(world, &gen);
    }
    emit_handlers(world, &gen);
    for (gen.at = CODE; gen.at < CODE + CODE_SIZE - 32;) {
        emit_any(world, &gen);
    }
    fill_registers(world, &gen);
    if (features & PAGED) {
        map_pages(world, &gen);
    } else if (features & TRANSLATED) {
        map_blocks(env);
    }
    env->spr[SPR_DBAT1U] = IO_BASE | 3;
    env->spr[SPR_DBAT1L] = IO_BASE | 0x2a;
    env->spr[SPR_HID0] = features & SUPERVISOR ? 0x00400000 : 0;
    env->msr = BIT(MSR_ME) | (features & WITH_FP ? BIT(MSR_FP) : 0) |
               (features & WITH_VEC ? BIT(MSR_VEC) : 0) | (features & WITH_EE ? BIT(MSR_EE) : 0) |
               (features & USER ? BIT(MSR_PR) : 0) |
               (features & TRANSLATED ? BIT(MSR_IR) | BIT(MSR_DR) : 0);
    env->pc = CODE + 4 * below(&gen, 64);
    ppc_dec_set(env, features & WITH_EE ? 20 + below(&gen, 60) : UINT32_MAX);
    env->pending_interrupts = 0;
    program.ram = g_memdup2(world->bench.host, BENCH_RAM_SIZE);
    save_state(world, program.state);
    program.icount = *env->icount + INSNS;
    return program;
}

static void free_program(Program *program)
{
    g_free(program->ram);
    g_byte_array_unref(program->state);
}

/* --- runs -------------------------------------------------------------------------------------------- */

static Outcome finish(World *world)
{
    Outcome outcome = {.state = g_byte_array_new(), .pc = world->bench.env->pc};
    save_state(world, outcome.state);
    vmstate_put_u64(outcome.state, timer_deadline_ns(&world->watchdog));
    vmstate_put_u32(outcome.state, world->device_reads);
    outcome.ram_hash = hash_bytes(0, world->bench.host, BENCH_RAM_SIZE);
    return outcome;
}

static Outcome run_steps(World *world, const Program *program, uint64_t icount)
{
    CPUState *cs = CPU(world->bench.cpu);
    load_state(world, program);
    world->bench.env->chaos = 0;
    while (*world->bench.env->icount < icount) {
        CPU_GET_CLASS(cs)->step(cs);
    }
    return finish(world);
}

/* Until the engine alone comes near its stop at @stop; @chaos: seed of -cache-chaos, 0 for none. */
static Outcome run_engine(World *world, const Program *program, uint64_t stop, uint64_t chaos)
{
    CPUState *cs = CPU(world->bench.cpu);
    PpcEnv *env = world->bench.env;
    load_state(world, program);
    env->chaos = 0;
    if (chaos) {
        CPU_GET_CLASS(cs)->cache_chaos(cs, chaos);
    }
    clock_set_stop_icount(env->clock, stop);
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
    return finish(world);
}

static bool same(const Outcome *a, const Outcome *b)
{
    return a->ram_hash == b->ram_hash && a->state->len == b->state->len &&
           memcmp(a->state->data, b->state->data, a->state->len) == 0;
}

/* Leaves in *@end where the engine had come to. */
static bool differs(World *world, const Program *program, uint64_t stop, uint64_t chaos,
                    uint64_t *end)
{
    Outcome engine = run_engine(world, program, stop, chaos);
    *end = *world->bench.env->icount;
    Outcome steps = run_steps(world, program, *end);
    bool differ = !same(&steps, &engine);
    g_byte_array_unref(steps.state);
    g_byte_array_unref(engine.state);
    return differ;
}

static char **describe_run(World *world, Outcome outcome)
{
    g_autoptr(GString) text = g_string_new(NULL);
    ppc_cpu_dump(CPU(world->bench.cpu), text);
    g_string_append_printf(text, "ram %" G_GINT64_MODIFIER "x\n", outcome.ram_hash);
    g_byte_array_unref(outcome.state);
    return g_strsplit(text->str, "\n", -1);
}

/* The instructions between the last two places where the engine could have left, and both ends. */
static char *describe_difference(World *world, const Program *program, uint64_t chaos)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t good = program->icount - INSNS, bad = program->icount + ENGINE_STOP_DISTANCE, end,
             from;
    while (bad - good > 1) {
        uint64_t middle = (good + bad) / 2;
        *(differs(world, program, middle, chaos, &end) ? &bad : &good) = middle;
    }
    differs(world, program, good, chaos, &from);
    differs(world, program, bad, chaos, &end);
    g_byte_array_unref(run_steps(world, program, from).state);
    for (uint64_t at = from; at < end; at++) {
        PpcEnv *env = world->bench.env;
        hwaddr pa;
        g_string_append_printf(text, "%08x msr %08x ", env->pc, env->msr);
        if (ppc_translate_debug(env, env->pc, true, &pa) && pa < BENCH_RAM_SIZE) {
            ppc_disasm_row(bench_get(&world->bench, (uint32_t)pa), env->pc, text);
        }
        g_string_append_c(text, '\n');
        ppc_step(env);
    }
    g_auto(GStrv) steps = describe_run(world, run_steps(world, program, end));
    g_auto(GStrv) engine = describe_run(world, run_engine(world, program, bad, chaos));
    for (size_t i = 0; steps[i] && engine[i]; i++) {
        if (strcmp(steps[i], engine[i]) != 0) {
            g_string_append_printf(text, "step:   %s\nengine: %s\n", steps[i], engine[i]);
        }
    }
    return g_strdup(text->str);
}

static void expect_lock_step(unsigned features, bool chaos)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        Program program = make_program(world, seed + features * UINT64_C(1000), features);
        uint64_t chaos_seed = chaos ? seed : 0, end;
        if (differs(world, &program, program.icount + ENGINE_STOP_DISTANCE, chaos_seed, &end)) {
            g_autofree char *text = describe_difference(world, &program, chaos_seed);
            cr_assert_fail("features %#x seed %d: %s", features, (int)seed, text);
        }
        cr_assert_geq(end, program.icount - ENGINE_STOP_DISTANCE);
        free_program(&program);
    }
}

/* --- lock-step --------------------------------------------------------------------------------------- */

enum { ALL_DATA = WITH_FP | WITH_VEC | WITH_DEVICE, KERNEL = ALL_DATA | SUPERVISOR | WITH_EE };

Test(engine, plain_programs_run_as_step_runs_them) { expect_lock_step(WITH_EE, false); }

Test(engine, programs_with_all_kinds_of_registers_run_as_step_runs_them)
{
    expect_lock_step(ALL_DATA, false);
}

Test(engine, programs_of_fused_pairs_run_as_step_runs_them)
{
    expect_lock_step(FUSED_MOSTLY | WITH_EE | WITH_FP, false);
}

Test(engine, programs_of_fused_pairs_that_change_themselves_run_as_step_runs_them)
{
    expect_lock_step(FUSED_MOSTLY | WITH_EE | SELF_MODIFYING | PAGED | TRANSLATED, true);
}

Test(engine, floating_point_programs_run_as_step_runs_them)
{
    expect_lock_step(WITH_FP | FP_MOSTLY, false);
}

Test(engine, floating_point_programs_with_interrupts_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | FP_MOSTLY | TRANSLATED, false);
}

Test(engine, emptying_caches_changes_no_floating_point)
{
    expect_lock_step(KERNEL | FP_MOSTLY, true);
}

Test(engine, supervisor_programs_run_as_step_runs_them) { expect_lock_step(KERNEL, false); }

Test(engine, programs_in_blocks_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | TRANSLATED, false);
}

Test(engine, programs_in_pages_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, user_programs_run_as_step_runs_them)
{
    expect_lock_step(ALL_DATA | WITH_EE | USER | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_change_themselves_run_as_step_runs_them)
{
    expect_lock_step(SELF_MODIFYING | WITH_DEVICE | WITH_EE, false);
}

Test(engine, programs_that_change_an_alias_of_themselves_run_as_step_runs_them)
{
    expect_lock_step(SELF_MODIFYING | KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_change_their_page_table_run_as_step_runs_them)
{
    expect_lock_step(TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_execute_their_page_table_run_as_step_runs_them)
{
    expect_lock_step(TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
                     false);
}

Test(engine, emptying_caches_changes_nothing) { expect_lock_step(KERNEL, true); }

Test(engine, emptying_caches_changes_nothing_in_pages)
{
    expect_lock_step(TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
                     true);
}

/* --- stops, event points ------------------------------------------------------------------------------ */

static void run_to(World *world, uint64_t icount)
{
    CPUState *cs = CPU(world->bench.cpu);
    clock_set_stop_icount(world->bench.env->clock, icount);
    cr_assert_eq(CPU_GET_CLASS(cs)->run(cs), CPU_EXIT_STOP_ICOUNT);
    cr_assert_eq(*world->bench.env->icount, icount);
}

Test(engine, a_run_stops_exactly_where_it_is_told)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    Program program = make_program(world, 5, KERNEL | TRANSLATED | PAGED);
    uint64_t start = program.icount - INSNS;
    for (uint64_t n = 1; n < INSNS; n += n < 1100 ? 7 : 37) {
        Outcome steps = run_steps(world, &program, start + n);
        load_state(world, &program);
        run_to(world, start + n);
        Outcome engine = finish(world);
        cr_assert(same(&steps, &engine), "after %d", (int)n);
        g_byte_array_unref(steps.state);
        g_byte_array_unref(engine.state);
    }
    free_program(&program);
}

Test(engine, stops_on_the_way_change_nothing)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    for (uint64_t seed = 1; seed < 20; seed++) {
        Program program = make_program(world, seed, KERNEL | TRANSLATED | PAGED | SELF_MODIFYING);
        Outcome steps = run_steps(world, &program, program.icount);
        load_state(world, &program);
        for (uint64_t at = program.icount - INSNS; at < program.icount; at += seed * 97) {
            run_to(world, at);
        }
        run_to(world, program.icount);
        Outcome engine = finish(world);
        cr_assert(same(&steps, &engine), "seed %d", (int)seed);
        g_byte_array_unref(steps.state);
        g_byte_array_unref(engine.state);
        free_program(&program);
    }
}

/* --- stop points ----------------------------------------------------------------------------------------- */

typedef struct Hit {
    uint64_t icount;
    uint32_t pc, addr;
    unsigned number;
} Hit;

static uint32_t any_stop_address(Gen *gen)
{
    uint32_t at = CODE + (below(gen, CODE_SIZE) & ~3u);
    return chance(gen, 30) ? at - CODE + ALIAS : chance(gen, 10) ? below(gen, 16) << 8 : at;
}

/* Conditions that may hold or not, and look at the guest. */
static bool is_odd(CPUState *cpu, G_GNUC_UNUSED void *opaque)
{
    uint64_t value;
    return CPU_GET_CLASS(cpu)->get_register(cpu, "r3", &value) && (value & 1);
}

static void add_random_stops(DebugStops *stops, uint64_t seed)
{
    Gen gen = {.state = seed * 77 + 1};
    for (unsigned i = 0; i < 24; i++) {
        bool is_code = i < 18;
        StopPoint point = {
            .kind = is_code ? CPU_STOP_CODE : CPU_STOP_WRITE + below(&gen, 3),
            .addr = is_code ? any_stop_address(&gen) : DATA + below(&gen, 0x2000),
            .length = 1 + below(&gen, 64),
            .is_physical = chance(&gen, 30),
            .is_temporary = chance(&gen, 10),
            .condition = chance(&gen, 30) ? is_odd : NULL,
            .ignore = chance(&gen, 20) ? below(&gen, 9) : 0,
        };
        cr_assert(debug_stops_add(stops, &point, &error_abort));
    }
}

static void note_hit(World *world, GArray *hits)
{
    const StopHit *hit = debug_stops_hit(debug_stops_of(CPU(world->bench.cpu)));
    Hit entry = {*world->bench.env->icount, world->bench.env->pc, (uint32_t)hit->addr, hit->number};
    g_array_append_val(hits, entry);
}

/* The whole program, going on at every stop; the same stop points each time. */
static Outcome run_with_stops(World *world, const Program *program, uint64_t seed, bool engine,
                              GArray *hits)
{
    CPUState *cs = CPU(world->bench.cpu);
    DebugStops *stops = debug_stops_of(cs);
    load_state(world, program);
    add_random_stops(stops, seed);
    world->bench.cpu->use_engine = engine;
    clock_set_stop_icount(world->bench.env->clock, program->icount);
    while (CPU_GET_CLASS(cs)->run(cs) != CPU_EXIT_STOP_ICOUNT) {
        note_hit(world, hits);
        if (*world->bench.env->icount == program->icount) {
            break; /* the stop point was told first */
        }
    }
    debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    world->bench.cpu->use_engine = true;
    return finish(world);
}

/* What the guest is when it stops at the @index-th hit is what it is there without stop points. */
static void expect_exact_stop(World *world, const Program *program, uint64_t seed, guint index,
                              const GArray *hits)
{
    CPUState *cs = CPU(world->bench.cpu);
    DebugStops *stops = debug_stops_of(cs);
    unsigned last = g_array_index(hits, Hit, index).number;
    uint64_t icount = g_array_index(hits, Hit, index).icount;
    load_state(world, program);
    add_random_stops(stops, seed);
    clock_set_stop_icount(world->bench.env->clock, program->icount);
    for (guint i = 0; i <= index; i++) {
        CPU_GET_CLASS(cs)->run(cs);
    }
    debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    uint32_t pc = world->bench.env->pc;
    Outcome stopped = finish(world), steps = run_steps(world, program, icount);
    while (world->bench.env->halted && world->bench.env->pc != pc) { /* a nap takes no count */
        g_byte_array_unref(steps.state);
        CPU_GET_CLASS(cs)->step(cs);
        steps = finish(world);
    }
    cr_assert(same(&steps, &stopped), "seed %d: state at hit %u of point %u", (int)seed, index,
              last);
    g_byte_array_unref(steps.state);
    g_byte_array_unref(stopped.state);
}

static guint expect_stops_change_nothing(World *world, uint64_t seed, unsigned features)
{
    Program program = make_program(world, seed, features);
    GArray *hits[2] = {g_array_new(FALSE, TRUE, sizeof(Hit)),
                       g_array_new(FALSE, TRUE, sizeof(Hit))};
    Outcome steps = run_steps(world, &program, program.icount);
    for (unsigned engine = 0; engine < 2; engine++) {
        Outcome with = run_with_stops(world, &program, seed, engine, hits[engine]);
        cr_assert(same(&steps, &with), "seed %d engine %u", (int)seed, engine);
        g_byte_array_unref(with.state);
    }
    cr_assert_eq(hits[0]->len, hits[1]->len, "seed %d: %u and %u hits", (int)seed, hits[0]->len,
                 hits[1]->len);
    for (guint i = 0; i < hits[0]->len; i++) {
        const Hit *a = &g_array_index(hits[0], Hit, i), *b = &g_array_index(hits[1], Hit, i);
        cr_assert(a->icount == b->icount && a->pc == b->pc && a->addr == b->addr &&
                      a->number + 24 == b->number,
                  "seed %d hit %u", (int)seed, i);
    }
    for (guint i = 0; i < hits[0]->len; i += 1 + hits[0]->len / 4) {
        expect_exact_stop(world, &program, seed, i, hits[0]);
    }
    g_byte_array_unref(steps.state);
    free_program(&program);
    guint count = hits[0]->len;
    g_array_unref(hits[0]);
    g_array_unref(hits[1]);
    return count;
}

Test(stops, stop_points_change_nothing_in_random_programs)
{
    static const unsigned kinds[] = {
        KERNEL,
        KERNEL | TRANSLATED,
        KERNEL | TRANSLATED | PAGED | SELF_MODIFYING,
        ALL_DATA | WITH_EE | USER | TRANSLATED | PAGED,
        TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
    };
    World *world = g_new0(World, 1);
    guint hits = 0;
    world_new(world, "7400_v2.9");
    for (unsigned kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            hits += expect_stops_change_nothing(world, seed, kinds[kind]);
        }
    }
    cr_assert_gt(hits, 1000, "%u hits", hits);
}

/* Two pages without a branch, then short loops, then back. */
static void put_quiet_program(World *world)
{
    Gen gen = {.at = CODE, .state = 1};
    while (gen.at < CODE + 0x2000) {
        emit(world, &gen, word_addi(3, 3, 1));
    }
    emit(world, &gen, word_addi(14, 0, 9));
    emit(world, &gen, word_mtspr(SPR_CTR, 14));
    emit(world, &gen, word_addi(4, 4, 1));
    emit(world, &gen, 16u << 26 | 16 << 21 | ((uint32_t)-4 & 0xfffc));
    emit(world, &gen, word_b(-0x2010));
    stl_be_p(world->bench.host + PPC_VECTOR_DECREMENTER, word_b(0));
    world->bench.env->pc = CODE;
    bench_set_msr(world->bench.env, BIT(MSR_ME) | BIT(MSR_EE));
}

Test(engine, timers_interrupt_at_the_same_instruction_whenever_they_are_due)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    put_quiet_program(world);
    uint64_t start = *env->icount, end;
    for (uint32_t ticks = 0; ticks < 250; ticks++) {
        Program program = {.ram = g_memdup2(world->bench.host, BENCH_RAM_SIZE),
                           .state = g_byte_array_new()};
        ppc_dec_set(env, ticks);
        cr_assert_eq(env->pending_interrupts, 0);
        save_state(world, program.state);
        cr_assert_not(differs(world, &program, start + 4600, 0, &end), "DEC = %u", ticks);
        cr_assert_eq(env->pc, PPC_VECTOR_DECREMENTER, "DEC = %u", ticks);
        load_state(world, &program);
        free_program(&program);
    }
}

Test(engine, a_kick_ends_a_nap_that_nothing_else_ends)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    env->halted = true;
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    clock_kick(env->clock); /* as from another thread, while the engine waits */
    ppc_engine_run(env);
    cr_assert(env->halted);
    clock_kick_done(env->clock);
}

/* --- what no random program comes to ------------------------------------------------------------------ */

/* A page table entry whose second word is an instruction: setting R changes the instruction. */
Test(engine, the_table_walker_changes_instructions)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    Bench *bench = &world->bench;
    env->spr[SPR_SDR1] = TABLE;
    uint32_t pte = bench_pte(bench, SPARE, PA_ALIAS | SPARE | 2, false, 0); /* addi r0, r2, 2 */
    bench_put(bench, pte + 8, 0x4e800020);                                  /* blr */
    Gen gen = {.at = CODE, .state = 1};
    for (unsigned i = 0; i < 3; i++) {
        emit(world, &gen, word_b((int32_t)(pte + 4 - gen.at)) | 1);
        emit(world, &gen, word_mtspr(SPR_SPRG0 + i, 0));
        emit(world, &gen, i == 0 ? word_d(32, 9, 8, 0) : word_stw(9, 8, 0));
    }
    emit(world, &gen, word_b(0));
    env->gpr[8] = SPARE;
    env->pc = CODE;
    bench_set_msr(env, BIT(MSR_ME) | BIT(MSR_DR));
    Program program = {.ram = g_memdup2(bench->host, BENCH_RAM_SIZE), .state = g_byte_array_new()};
    save_state(world, program.state);
    uint64_t end;
    cr_assert_not(differs(world, &program, *env->icount + 1100, 0, &end));
    cr_assert_eq(bench_get(bench, pte + 4), PA_ALIAS | SPARE | 0x182);
    cr_assert_eq(env->spr[SPR_SPRG1] - env->spr[SPR_SPRG0], 0x100);
    cr_assert_eq(env->spr[SPR_SPRG2] - env->spr[SPR_SPRG1], 0x80);
    free_program(&program);
}
