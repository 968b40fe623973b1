/* SPDX-License-Identifier: MIT */
/*
 * The world of the engine's tests: states, and runs of a program on the engine and on step().
 *
 * Source: none (own design).
 */
#include "tests/unit/engine_world.h"

#include "target-ppc/cpu_info.h"
#include "target-ppc/decode.h"
#include "target-ppc/engine.h"
#include "util/hash.h"

enum { WATCHDOG_NS = 20000 };

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

/* Now and then: an interrupt, a reset, a machine check, or DMA over code. */
static void alarm_bites(void *opaque)
{
    World *world = opaque;
    PpcEnv *env = world->bench.env;
    uint32_t dice = (uint32_t)(world->alarm_state >> 33);
    uint32_t cause = dice % 8 == 0   ? PPC_INTERRUPT_RESET
                     : dice % 8 == 1 ? PPC_INTERRUPT_MCP
                                     : PPC_INTERRUPT_EXT;
    if (world->alarm_state == 0) {
        ppc_interrupt_set(env, PPC_INTERRUPT_EXT, true);
        return;
    }
    if (dice % 8 < 6) {
        ppc_interrupt_set(env, cause, true);
    } else {
        bench_put(&world->bench, CODE + (dice >> 3 & (CODE_SIZE - 4)),
                  word_addi(dice >> 16 & 7, dice >> 19 & 7, dice >> 22));
    }
    world->alarm_state = world->alarm_state * UINT64_C(6364136223846793005) + 1;
    timer_mod_ns(&world->alarm,
                 clock_virtual_ns(env->clock) + 1 + (world->alarm_state >> 40) % 600);
}

static uint64_t code_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    World *world = opaque;
    world->device_reads++;
    return world->device_code[offset / 4];
}

static void code_write(void *opaque G_GNUC_UNUSED, hwaddr offset G_GNUC_UNUSED,
                       uint64_t value G_GNUC_UNUSED, unsigned size G_GNUC_UNUSED)
{
}

static const MemoryRegionOps code_ops = {
    .read = code_read, .write = code_write, .impl = {.min_access_size = 4, .max_access_size = 4}};

/* Where code may lie that is not simply RAM. */
static void add_odd_places(World *world)
{
    MemoryRegion *part = g_new0(MemoryRegion, 1), *rom = g_new0(MemoryRegion, 1),
                 *device = g_new0(MemoryRegion, 1);
    memory_region_init_alias(part, NULL, "part", world->bench.ram, CODE + 0x1000, 0x800);
    memory_region_add_subregion(world->bench.root, PA_PART, part);
    cr_assert(memory_region_init_rom(rom, NULL, "rom", 0x2000, &error_abort));
    memory_region_add_subregion(world->bench.root, ROM_BASE, rom);
    world->rom = memory_region_get_ram_ptr(rom);
    memory_region_init_io(device, NULL, &code_ops, world, "code", PPC_CODE_PAGE_SIZE);
    memory_region_add_subregion(world->bench.root, IO_CODE, device);
}

void world_new(World *world, const char *model)
{
    world->bench = bench_new(model);
    world->device = g_new0(MemoryRegion, 1);
    memory_region_init_io(world->device, NULL, &device_ops, world, "device", 0x1000);
    memory_region_add_subregion(world->bench.root, IO_BASE, world->device);
    world->alias = g_new0(MemoryRegion, 1);
    memory_region_init_alias(world->alias, NULL, "alias", world->bench.ram, 0, BENCH_RAM_SIZE);
    memory_region_add_subregion(world->bench.root, PA_ALIAS, world->alias);
    add_odd_places(world);
    timer_init_ns(&world->watchdog, world->bench.env->clock, watchdog_bites, world);
    timer_init_ns(&world->alarm, world->bench.env->clock, alarm_bites, world);
}

/* --- states ------------------------------------------------------------------------------------------ */

void world_save(World *world, GByteArray *out)
{
    PpcEnv *env = world->bench.env;
    vmstate_save(DEVICE_GET_CLASS(world->bench.cpu)->vmsd, world->bench.cpu, out);
    vmstate_save(&vmstate_clock, env->clock, out);
}

void world_load(World *world, const Program *program)
{
    VMStateReader in = {.data = program->state->data, .length = program->state->len};
    PpcEnv *env = world->bench.env;
    cr_assert(address_space_write(env->as, 0, program->ram, BENCH_RAM_SIZE) == MEMTX_OK);
    cr_assert(vmstate_load(DEVICE_GET_CLASS(world->bench.cpu)->vmsd, world->bench.cpu, &in,
                           &error_abort));
    cr_assert(vmstate_load(&vmstate_clock, env->clock, &in, &error_abort));
    world->device_reads = 0;
    timer_mod_ns(&world->watchdog, clock_virtual_ns(env->clock) + WATCHDOG_NS);
    world->alarm_state = program->alarms;
    timer_del(&world->alarm);
    if (program->alarm_ns) {
        timer_mod_ns(&world->alarm, clock_virtual_ns(env->clock) + program->alarm_ns);
    }
}

Program program_of(World *world, uint64_t count)
{
    Program program = {.state = g_byte_array_new()};
    program.ram = g_memdup2(world->bench.host, BENCH_RAM_SIZE);
    program.start = *world->bench.env->icount;
    program.icount = program.start + count;
    world_save(world, program.state);
    return program;
}

void program_free(Program *program)
{
    g_free(program->ram);
    g_byte_array_unref(program->state);
}

/* --- runs -------------------------------------------------------------------------------------------- */

Outcome world_outcome(World *world)
{
    Outcome outcome = {.state = g_byte_array_new(), .pc = world->bench.env->pc};
    world_save(world, outcome.state);
    vmstate_put_u64(outcome.state, timer_deadline_ns(&world->watchdog));
    vmstate_put_u64(outcome.state, world->alarm_state);
    vmstate_put_u32(outcome.state, world->device_reads);
    outcome.ram_hash = hash_bytes(0, world->bench.host, BENCH_RAM_SIZE);
    return outcome;
}

Outcome world_run_steps(World *world, const Program *program, uint64_t icount)
{
    CPUState *cs = CPU(world->bench.cpu);
    world_load(world, program);
    world->bench.env->chaos = 0;
    while (*world->bench.env->icount < icount) {
        CPU_GET_CLASS(cs)->step(cs);
    }
    return world_outcome(world);
}

Outcome world_run_engine(World *world, const Program *program, uint64_t stop, uint64_t chaos)
{
    CPUState *cs = CPU(world->bench.cpu);
    PpcEnv *env = world->bench.env;
    world_load(world, program);
    env->chaos = 0;
    if (chaos) {
        CPU_GET_CLASS(cs)->cache_chaos(cs, chaos);
    }
    clock_set_stop_icount(env->clock, stop);
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
    return world_outcome(world);
}

bool outcome_same(const Outcome *a, const Outcome *b)
{
    return a->ram_hash == b->ram_hash && a->state->len == b->state->len &&
           memcmp(a->state->data, b->state->data, a->state->len) == 0;
}

bool world_differs(World *world, const Program *program, uint64_t stop, uint64_t chaos,
                   uint64_t *end)
{
    Outcome engine = world_run_engine(world, program, stop, chaos);
    *end = *world->bench.env->icount;
    Outcome steps = world_run_steps(world, program, *end);
    bool differ = !outcome_same(&steps, &engine);
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

char *world_describe_difference(World *world, const Program *program, uint64_t chaos)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t good = program->start, bad = program->icount + ENGINE_STOP_DISTANCE, end, from;
    while (bad - good > 1) {
        uint64_t middle = (good + bad) / 2;
        *(world_differs(world, program, middle, chaos, &end) ? &bad : &good) = middle;
    }
    world_differs(world, program, good, chaos, &from);
    world_differs(world, program, bad, chaos, &end);
    g_byte_array_unref(world_run_steps(world, program, from).state);
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
    g_auto(GStrv) steps = describe_run(world, world_run_steps(world, program, end));
    g_auto(GStrv) engine = describe_run(world, world_run_engine(world, program, bad, chaos));
    for (size_t i = 0; steps[i] && engine[i]; i++) {
        if (strcmp(steps[i], engine[i]) != 0) {
            g_string_append_printf(text, "step:   %s\nengine: %s\n", steps[i], engine[i]);
        }
    }
    return g_strdup(text->str);
}

void world_run_to(World *world, uint64_t icount)
{
    CPUState *cs = CPU(world->bench.cpu);
    clock_set_stop_icount(world->bench.env->clock, icount);
    cr_assert_eq(CPU_GET_CLASS(cs)->run(cs), CPU_EXIT_STOP_ICOUNT);
    cr_assert_eq(*world->bench.env->icount, icount);
}
