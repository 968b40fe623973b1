/* SPDX-License-Identifier: MIT */
/*
 * The processor as a device: realize, reset, input lines, state description, run loop.
 *
 * Reset state: mac99.md 1.3. Lines in: "cpu"[0..4] = INT, MCP, SMI, HRESET, SRESET.
 */
#include "target-ppc/cpu.h"

#include "target-ppc/cpu_info.h"
#include "target-ppc/cr.h"
#include "target-ppc/engine.h"
#include "target-ppc/fpu.h"
#include "target-ppc/insn_log.h"
#include "target-ppc/spr.h"
#include "target-ppc/vec.h"
#include "util/log.h"

enum { RESET_PC = (int)0xfff00100 };

static void log_reset(PpcEnv *env)
{
    g_autoptr(GString) out = g_string_new("CPU Reset (CPU 0)\n");
    ppc_cpu_dump_parts(env, log_enabled(LOG_FPU), log_enabled(LOG_VPU), out);
    log_text(LOG_CPU_RESET, out->str);
}

void ppc_reset(PpcEnv *env)
{
    if (log_enabled(LOG_CPU_RESET)) {
        log_reset(env);
    }
    memset(env->gpr, 0, sizeof(env->gpr));
    memset(env->fpr, 0, sizeof(env->fpr));
    memset(env->vr, 0, sizeof(env->vr));
    memset(env->sr, 0, sizeof(env->sr));
    memset(env->spr, 0, sizeof(env->spr));
    env->lr = env->ctr = env->fpscr = 0;
    env->fp.any = 0;
    env->vscr = env->model->features & PPC_FEATURE_ALTIVEC ? VSCR_NJ : 0;
    ppc_cr_set(env, 0);
    ppc_xer_set(env, 0);
    env->pc = (uint32_t)RESET_PC;
    env->msr = BIT(MSR_IP);
    ppc_mode_changed(env);
    env->spr[SPR_PVR] = env->model->pvr;
    env->reserve_valid = false;
    env->pending_interrupts = 0;
    env->halted = false;
    env->pm_tb_rose = false;
    ppc_timebase_set(env, 0);
    ppc_dec_set(env, UINT32_MAX);
    env->pending_interrupts = 0;
    ppc_mmu_table_moved(env);
    ppc_mmu_flush(env);
}

static void input_changed(void *opaque, int n, int level)
{
    static const uint32_t causes[PPC_INPUT_COUNT] = {
        [PPC_INPUT_INT] = PPC_INTERRUPT_EXT,      [PPC_INPUT_MCP] = PPC_INTERRUPT_MCP,
        [PPC_INPUT_SMI] = PPC_INTERRUPT_SMI,      [PPC_INPUT_HRESET] = PPC_INTERRUPT_HRESET,
        [PPC_INPUT_SRESET] = PPC_INTERRUPT_RESET,
    };
    PowerPCCPU *cpu = POWERPC_CPU(opaque);
    bool edge = n == PPC_INPUT_MCP || n == PPC_INPUT_HRESET || n == PPC_INPUT_SRESET;
    if (level || !edge) {
        ppc_interrupt_set(&cpu->env, causes[n], level);
    }
}

/* --- state -------------------------------------------------------------------------------------------- */

static void put_cr(GByteArray *out, const void *field, size_t size G_GNUC_UNUSED)
{
    vmstate_put_u32(out, ppc_cr_get(container_of((const int64_t(*)[8])field, const PpcEnv, cr)));
}

static bool get_cr(VMStateReader *in, void *field, size_t size G_GNUC_UNUSED, Error **errp)
{
    uint32_t value;
    if (!vmstate_read_u32(in, &value, errp)) {
        return false;
    }
    ppc_cr_set(container_of((int64_t(*)[8])field, PpcEnv, cr), value);
    return true;
}

static const VMStateInfo vmstate_info_cr = {.name = "cr", .put = put_cr, .get = get_cr};

/* Vector registers travel in guest byte order. */
static void put_vectors(GByteArray *out, const void *field, size_t size)
{
    const PpcVector *vr = field;
    for (size_t i = 0; i < size / sizeof(*vr); i++) {
        vmstate_put_u64(out, vr[i].u64[1]);
        vmstate_put_u64(out, vr[i].u64[0]);
    }
}

static bool get_vectors(VMStateReader *in, void *field, size_t size, Error **errp)
{
    PpcVector *vr = field;
    for (size_t i = 0; i < size / sizeof(*vr); i++) {
        if (!vmstate_read_u64(in, &vr[i].u64[1], errp) ||
            !vmstate_read_u64(in, &vr[i].u64[0], errp)) {
            return false;
        }
    }
    return true;
}

static const VMStateInfo vmstate_info_vectors = {
    .name = "vectors", .put = put_vectors, .get = get_vectors};

static void env_pre_save(void *opaque) { ppc_sync(opaque); }

/* What no instruction can bring about, and the engine does not expect. */
static bool is_possible(const PpcEnv *env)
{
    return env->gpr[32] == 0 && !(env->pc & 3) &&
           !(env->msr & ~(env->model->msr_mask & ~BIT(MSR_POW))) &&
           !(env->vscr & ~(VSCR_NJ | VSCR_SAT)) &&
           env->fpscr == ppc_fpscr_summary(env->fpscr & ~FPSCR_RESERVED);
}

static bool env_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    PpcEnv *env = opaque;
    /* First of all: whatever was loaded, nothing cached belongs to it. */
    ppc_mmu_table_moved(env);
    ppc_mmu_flush(env);
    ppc_engine_drop_all(env);
    env->fp.any = 0;
    env->event = false;
    env->deadline = 0;
    if (!is_possible(env)) {
        return error_setg(errp, "cpu: impossible register values");
    }
    if (env->spr[SPR_PVR] != env->model->pvr) {
        return error_setg(errp, "cpu: saved on PVR %08x, this machine has %08x", env->spr[SPR_PVR],
                          env->model->pvr);
    }
    ppc_mode_changed(env);
    env->pm_active = env->spr[SPR_MMCR0] || env->spr[SPR_MMCR1];
    env->pm_deadline = env->pm_active ? 0 : CLOCK_NEVER;
    return true;
}

static const VMStateDescription vmstate_env = {
    .name = "env",
    .version = 1,
    .minimum_version = 1,
    .pre_save = env_pre_save,
    .post_load = env_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32_ARRAY(gpr, PpcEnv),
            VMSTATE_UINT32(lr, PpcEnv),
            VMSTATE_UINT32(ctr, PpcEnv),
            VMSTATE_CUSTOM(cr, PpcEnv, vmstate_info_cr),
            VMSTATE_TRANSIENT(cr_so, PpcEnv, "saved with cr"),
            VMSTATE_UINT32_MAX(xer_ca, PpcEnv, 1),
            VMSTATE_UINT32_MAX(xer_ov, PpcEnv, 1),
            VMSTATE_UINT32_MAX(xer_so, PpcEnv, 1),
            VMSTATE_UINT32_MAX(xer_count, PpcEnv, 127),
            VMSTATE_UINT32(pc, PpcEnv),
            VMSTATE_TRANSIENT(next_pc, PpcEnv, "lives inside one instruction"),
            VMSTATE_TRANSIENT(insn, PpcEnv, "lives inside one instruction"),
            VMSTATE_UINT32(msr, PpcEnv),
            VMSTATE_UINT32(fpscr, PpcEnv),
            VMSTATE_UINT64_ARRAY(fpr, PpcEnv),
            VMSTATE_TRANSIENT(fp, PpcEnv, "made part of fpscr before saving"),
            VMSTATE_CUSTOM(vr, PpcEnv, vmstate_info_vectors),
            VMSTATE_UINT32(vscr, PpcEnv),
            VMSTATE_UINT32_ARRAY(sr, PpcEnv),
            VMSTATE_UINT32_ARRAY(spr, PpcEnv),
            VMSTATE_BOOL(reserve_valid, PpcEnv),
            VMSTATE_UINT32(reserve_addr, PpcEnv),
            VMSTATE_UINT64(tb_offset, PpcEnv),
            VMSTATE_UINT32(dec_value, PpcEnv),
            VMSTATE_UINT64(dec_ticks, PpcEnv),
            VMSTATE_UINT32(pending_interrupts, PpcEnv),
            VMSTATE_BOOL(halted, PpcEnv),
            VMSTATE_TIMER(dec_timer, PpcEnv),
            VMSTATE_UINT64(pm_icount, PpcEnv),
            VMSTATE_UINT64(pm_tb, PpcEnv),
            VMSTATE_BOOL(pm_tb_rose, PpcEnv),
            VMSTATE_TIMER(pm_timer, PpcEnv),
            VMSTATE_TRANSIENT(pm_active, PpcEnv, "derived from MMCR0 and MMCR1"),
            VMSTATE_TRANSIENT(pm_deadline, PpcEnv, "host side: when to ask the monitor again"),
            VMSTATE_TRANSIENT(event, PpcEnv, "lives inside one instruction"),
            VMSTATE_TRANSIENT(icount, PpcEnv, "the clock's"),
            VMSTATE_TRANSIENT(deadline, PpcEnv, "host side: when to ask the clock again"),
            VMSTATE_TRANSIENT(stop_icount, PpcEnv, "host side: where to stop"),
            VMSTATE_TRANSIENT(attention, PpcEnv, "host side: the run loop wants control"),
            VMSTATE_TRANSIENT(is_watch_due, PpcEnv, "host side: a stop point was met"),
            VMSTATE_TRANSIENT(is_return_due, PpcEnv, "host side: a stop point was met"),
            VMSTATE_TRANSIENT(reached_pc, PpcEnv, "host side: stop points were asked here"),
            VMSTATE_TRANSIENT(reached_icount, PpcEnv, "host side: stop points were asked here"),
            VMSTATE_TRANSIENT(watched_pages, PpcEnv, "host side: what stop points said last"),
            VMSTATE_TRANSIENT(log_next_pc, PpcEnv, "host side: where the log stands"),
            VMSTATE_TRANSIENT(time, PpcEnv, "the clock's"),
            VMSTATE_TRANSIENT(model, PpcEnv, "configuration; PVR is checked on load"),
            VMSTATE_TRANSIENT(last_exception, PpcEnv, "counter for info why"),
            VMSTATE_TRANSIENT(last_exception_pc, PpcEnv, "counter for info why"),
            VMSTATE_TRANSIENT(exception_counts, PpcEnv, "counter for info registers"),
            VMSTATE_TRANSIENT(vbase, PpcEnv, "lives inside the engine"),
            VMSTATE_TRANSIENT(code_tlb, PpcEnv, "derived from msr"),
            VMSTATE_TRANSIENT(segments_cached, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(segments_executed, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(segments_changed, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(data_read_tlb, PpcEnv, "derived from msr"),
            VMSTATE_TRANSIENT(data_write_tlb, PpcEnv, "derived from msr"),
            VMSTATE_TRANSIENT(fetch_tag, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(fetch_host, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(chaos, PpcEnv, "host side: empties caches"),
            VMSTATE_TRANSIENT(mmu, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(read_tlb, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(write_tlb, PpcEnv, "pure cache"),
            VMSTATE_TRANSIENT(engine, PpcEnv, "pure cache"),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription vmstate_cpu = {
    .name = "powerpc-cpu",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(env, PowerPCCPU, PpcEnv, vmstate_env),
            VMSTATE_TRANSIENT(use_engine, PowerPCCPU, "configuration: no guest-visible effect"),
            VMSTATE_END_OF_LIST(),
        },
};

/* --- running ------------------------------------------------------------------------------------------- */

void ppc_look_around(PpcEnv *env)
{
    const CPUState *cs = &ppc_env_cpu(env)->parent_obj;
    env->stop_icount = clock_stop_icount(env->clock);
    env->attention = cs->exit_request || clock_kicked(env->clock) || env->is_watch_due ||
                     env->is_return_due;
}

static bool stop_reached(CPUState *cs)
{
    return *clock_icount(cs->clock) >= clock_stop_icount(cs->clock) &&
           !clock_stop_reached(cs->clock);
}

/* One burst: the engine where it can, then one step() of what it leaves: exact stops, instructions
 * at stop points that do not stop, what is traced. */
static bool run_some(PowerPCCPU *cpu, CPUState *cs, CpuExit *exit)
{
    PpcEnv *env = &cpu->env;
    if (cpu->use_engine) {
        ppc_engine_run(env);
        if (ppc_stop_reached(env, exit)) {
            return true;
        }
    }
    if (!cs->exit_request && !clock_kicked(cs->clock) && !stop_reached(cs)) {
        ppc_step(env);
    }
    return ppc_stop_reached(env, exit);
}

/* A breakpoint where the last run or step ended does not hit again. */
static CpuExit cpu_run(CPUState *cs)
{
    PowerPCCPU *cpu = POWERPC_CPU(cs);
    PpcEnv *env = &cpu->env;
    CpuExit exit;
    ppc_stops_resume(env);
    ppc_deadline_changed(env);
    if (ppc_stop_reached(env, &exit)) {
        return exit;
    }
    for (;;) {
        ppc_look_around(env);
        if (stop_reached(cs)) {
            return CPU_EXIT_STOP_ICOUNT;
        }
        if (run_some(cpu, cs, &exit)) {
            return exit;
        }
        if (G_UNLIKELY(cs->exit_request)) {
            return CPU_EXIT_REQUEST;
        }
        if (G_UNLIKELY(clock_kicked(cs->clock))) {
            return CPU_EXIT_SLICE;
        }
    }
}

static void cpu_step(CPUState *cs)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    CpuExit exit;
    ppc_stops_resume(env);
    ppc_deadline_changed(env);
    ppc_step(env);
    ppc_stop_reached(env, &exit); /* what it says is kept: debug_stops_hit() */
}

static void cpu_sync(CPUState *cs) { ppc_sync(&POWERPC_CPU(cs)->env); }

static uint32_t cpu_get_pc(CPUState *cs) { return POWERPC_CPU(cs)->env.pc; }

static void cpu_set_pc(CPUState *cs, uint32_t pc)
{
    POWERPC_CPU(cs)->env.pc = pc & ~3u;
    POWERPC_CPU(cs)->env.halted = false;
}

static bool cpu_translate_debug(CPUState *cs, target_addr ea, bool code, hwaddr *pa)
{
    return ppc_translate_debug(&POWERPC_CPU(cs)->env, ea, code, pa);
}

static bool cpu_peek_insn(CPUState *cs, target_addr pc, uint32_t *insn)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    uint8_t bytes[4];
    hwaddr pa;
    if (!ppc_translate_debug(env, pc ^ (ppc_msr(env, MSR_LE) ? 4 : 0), true, &pa) ||
        !address_space_peek(env->as, pa, bytes, sizeof(bytes))) {
        return false;
    }
    *insn = ldl_be_p(bytes);
    return true;
}

static void cpu_cache_chaos(CPUState *cs, uint64_t seed)
{
    POWERPC_CPU(cs)->env.chaos = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

/* --- the device ----------------------------------------------------------------------------------------- */

static bool cpu_log_position(void *opaque, LogPosition *position)
{
    PpcEnv *env = opaque;
    *position = (LogPosition){
        .pc = env->pc, .icount = *env->icount, .ns = clock_view_ns(env->time, *env->icount)};
    return true;
}

static bool cpu_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    PowerPCCPU *cpu = POWERPC_CPU(dev);
    CPUState *cs = CPU(dev);
    PpcEnv *env = &cpu->env;
    cs->clock = machine_clock();
    if (!cs->as) {
        cs->as = address_space_memory();
    }
    env->model = POWERPC_CPU_GET_CLASS(cpu)->model;
    env->clock = cs->clock;
    env->icount = clock_icount(cs->clock);
    env->time = clock_view(cs->clock);
    env->as = cs->as;
    ppc_mmu_init(env);
    ppc_timebase_init(env);
    ppc_perfmon_init(env);
    log_set_position_hook(cpu_log_position, env);
    return true;
}

static void cpu_unrealize(DeviceState *dev)
{
    PpcEnv *env = &POWERPC_CPU(dev)->env;
    log_set_position_hook(NULL, NULL);
    timer_fini(&env->dec_timer);
    timer_fini(&env->pm_timer);
    ppc_mmu_fini(env);
}

static void cpu_reset_hold(DeviceState *dev) { ppc_reset(&POWERPC_CPU(dev)->env); }

static const Property cpu_properties[] = {
    {.name = "engine",
     .type = FIELD_BOOL,
     .offset = offsetof(PowerPCCPU, use_engine),
     .defval = true,
     .description = "run on the threaded engine; off: step() alone, the reference"},
    {.name = NULL},
};

static void cpu_instance_init(Object *obj)
{
    qdev_init_gpio_in_named(DEVICE(obj), input_changed, "cpu", PPC_INPUT_COUNT);
}

static void cpu_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    CPUClass *cc = CPU_CLASS(klass);
    dc->realize = cpu_realize;
    dc->unrealize = cpu_unrealize;
    dc->reset = cpu_reset_hold;
    dc->vmsd = &vmstate_cpu;
    device_class_set_props(dc, cpu_properties);
    cc->run = cpu_run;
    cc->step = cpu_step;
    cc->sync = cpu_sync;
    cc->get_pc = cpu_get_pc;
    cc->set_pc = cpu_set_pc;
    cc->get_register = ppc_cpu_get_register;
    cc->set_register = ppc_cpu_set_register;
    cc->dump = ppc_cpu_dump;
    cc->translate_debug = cpu_translate_debug;
    cc->info_why = ppc_cpu_info_why;
    cc->cache_chaos = cpu_cache_chaos;
    cc->stops_changed = ppc_stops_changed;
    cc->observer_add = ppc_observer_add;
    cc->observer_remove = ppc_observer_remove;
    cc->stop_due = ppc_stops_due;
    cc->peek_insn = cpu_peek_insn;
}

static const TypeInfo cpu_info = {
    .name = TYPE_POWERPC_CPU,
    .parent = TYPE_CPU,
    .instance_size = sizeof(PowerPCCPU),
    .class_size = sizeof(PowerPCCPUClass),
    .instance_init = cpu_instance_init,
    .class_init = cpu_class_init,
    .abstract = true,
};
DEFINE_TYPE(cpu_info)
