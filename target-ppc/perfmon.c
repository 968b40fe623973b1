/* SPDX-License-Identifier: MIT */
/*
 * The performance monitor: counters of instructions and of time, and what they set off.
 *
 * Source: MPC7400UM chapter 11, MPC750UM chapter 11, MPC7450UM chapter 11. Counted: event 0 (nothing),
 * 1 (cycles: one an instruction here), 2 and 4 (instructions: those started), 3 (0 to 1 of a time base
 * bit). Freezing, triggers and interrupts happen at the first event point at which their condition
 * stands; SIA is the address of the instruction that would run next. Not modelled: every other event
 * (its counter stands still), thresholds, PMON_IN and SMI as requests (7400 MMCR2), BAMR.
 */
#include "target-ppc/cpu.h"
#include "target-ppc/spr.h"
#include "util/log.h"

#define MMCR0_FC 0x80000000u
enum {
    MMCR0_FCS = 0x40000000,
    MMCR0_FCP = 0x20000000,
    MMCR0_FCM1 = 0x10000000,
    MMCR0_FCM0 = 0x08000000,
    MMCR0_PMXE = 0x04000000,
    MMCR0_FCECE = 0x02000000,
    MMCR0_TBSEL_SHIFT = 23,
    MMCR0_TBEE = 0x00400000,
    MMCR0_PMC1CE = 0x00008000,
    MMCR0_PMCJCE = 0x00004000,
    MMCR0_TRIGGER = 0x00002000,
};
enum { EVENT_NOTHING, EVENT_CYCLES, EVENT_INSNS, EVENT_TIME_BASE, EVENT_DISPATCHED };

/* Which register a counter is, and where its event is chosen. */
static const struct {
    uint16_t counter, control;
    uint8_t shift, mask;
} COUNTERS[] = {
    {SPR_PMC1, SPR_MMCR0, 6, 0x7f},  {SPR_PMC2, SPR_MMCR0, 0, 0x3f},
    {SPR_PMC3, SPR_MMCR1, 27, 0x1f}, {SPR_PMC4, SPR_MMCR1, 22, 0x1f},
    {SPR_PMC5, SPR_MMCR1, 17, 0x1f}, {SPR_PMC6, SPR_MMCR1, 11, 0x3f},
};

static unsigned counter_count(const PpcEnv *env)
{
    return env->model->features & PPC_FEATURE_PMC56 ? 6 : 4;
}

static unsigned event_of(const PpcEnv *env, unsigned n)
{
    return env->spr[COUNTERS[n].control] >> COUNTERS[n].shift & COUNTERS[n].mask;
}

static bool is_negative(const PpcEnv *env, unsigned n)
{
    return env->spr[COUNTERS[n].counter] >> 31;
}

/* --- counting ------------------------------------------------------------------------------------- */

static bool is_frozen(const PpcEnv *env)
{
    uint32_t freezes = MMCR0_FC | (ppc_msr(env, MSR_PR) ? MMCR0_FCP : MMCR0_FCS) |
                       (ppc_msr(env, MSR_PMM) ? MMCR0_FCM1 : MMCR0_FCM0);
    return env->spr[SPR_MMCR0] & freezes;
}

/* The others wait for PMC1 while TRIGGER is set. */
static bool is_counting(const PpcEnv *env, unsigned n)
{
    return !is_frozen(env) && (n == 0 || !(env->spr[SPR_MMCR0] & MMCR0_TRIGGER));
}

/* TBSEL: TBL bits 31, 23, 19, 15 of the manual. */
static unsigned time_base_bit(const PpcEnv *env)
{
    static const uint8_t bits[] = {0, 8, 12, 16};
    return bits[env->spr[SPR_MMCR0] >> MMCR0_TBSEL_SHIFT & 3];
}

/* How often @bit has gone from 0 to 1 when the time base has counted from 0 to @tb. */
static uint64_t rises(uint64_t tb, unsigned bit) { return (tb >> bit >> 1) + (tb >> bit & 1); }

/* How often it did between the two, also when the time base has wrapped. */
static uint64_t rises_between(uint64_t from, uint64_t to, unsigned bit)
{
    return (rises(to, bit) - rises(from, bit)) & (UINT64_MAX >> 1 >> bit);
}

/* A condition would change something. */
static bool has_effect(const PpcEnv *env)
{
    uint32_t mmcr0 = env->spr[SPR_MMCR0];
    return (mmcr0 & (MMCR0_PMXE | MMCR0_TRIGGER)) || ((mmcr0 & MMCR0_FCECE) && !(mmcr0 & MMCR0_FC));
}

void ppc_perfmon_sync(PpcEnv *env)
{
    uint64_t insns = *env->icount - env->pm_icount, tb = ppc_timebase(env);
    uint64_t rose = rises_between(env->pm_tb, tb, time_base_bit(env));
    for (unsigned n = 0; n < counter_count(env); n++) {
        unsigned event = event_of(env, n);
        if (event == EVENT_NOTHING || event > EVENT_DISPATCHED || !is_counting(env, n)) {
            continue;
        }
        env->spr[COUNTERS[n].counter] += (uint32_t)(event == EVENT_TIME_BASE ? rose : insns);
    }
    env->pm_tb_rose |= rose && (env->spr[SPR_MMCR0] & MMCR0_TBEE) && has_effect(env);
    env->pm_icount = *env->icount;
    env->pm_tb = tb;
}

/* --- what counters set off ------------------------------------------------------------------------ */

static uint32_t overflow_enable(unsigned n) { return n == 0 ? MMCR0_PMC1CE : MMCR0_PMCJCE; }

static bool condition_stands(const PpcEnv *env)
{
    uint32_t mmcr0 = env->spr[SPR_MMCR0];
    for (unsigned n = 0; n < counter_count(env); n++) {
        if ((mmcr0 & overflow_enable(n)) && is_negative(env, n)) {
            return true;
        }
    }
    return env->pm_tb_rose;
}

/* An enabled condition or event: what FCECE and PMXE ask for. */
static void act(PpcEnv *env, bool was_trigger)
{
    uint32_t *mmcr0 = &env->spr[SPR_MMCR0];
    bool was_frozen = *mmcr0 & MMCR0_FC;
    if ((*mmcr0 & MMCR0_FCECE) && !was_trigger) {
        *mmcr0 |= MMCR0_FC;
    }
    if (*mmcr0 & MMCR0_PMXE) {
        *mmcr0 &= ~(uint32_t)MMCR0_PMXE;
        env->spr[SPR_SIA] = was_frozen ? env->spr[SPR_SIA] : env->pc;
        ppc_interrupt_set(env, PPC_INTERRUPT_PERF, true);
    }
}

void ppc_perfmon_poll(PpcEnv *env)
{
    uint32_t *mmcr0 = &env->spr[SPR_MMCR0];
    bool trigger = *mmcr0 & MMCR0_TRIGGER;
    ppc_perfmon_sync(env);
    bool stands = condition_stands(env);
    if (trigger && (stands || is_negative(env, 0))) {
        *mmcr0 &= ~(uint32_t)MMCR0_TRIGGER;
    }
    if (stands) {
        act(env, trigger);
    }
    env->pm_tb_rose = false;
    ppc_perfmon_arm(env);
}

/* --- when to look again --------------------------------------------------------------------------- */

static bool sets_off(const PpcEnv *env, unsigned n)
{
    uint32_t wanted = overflow_enable(n) | (n == 0 ? (uint32_t)MMCR0_TRIGGER : 0);
    return env->spr[SPR_MMCR0] & wanted;
}

/* Virtual time at which the selected bit will have risen @times more often. */
static uint64_t rise_ns(const PpcEnv *env, uint64_t times)
{
    unsigned bit = time_base_bit(env);
    uint64_t tb = ((rises(env->pm_tb, bit) + times) << (bit + 1)) - (UINT64_C(1) << bit);
    uint64_t ticks = tb - env->tb_offset;
    return ticks < CLOCK_NEVER / PPC_NS_PER_TICK ? ticks * PPC_NS_PER_TICK : CLOCK_NEVER;
}

/* Counter @n will become negative at *@icount or *@ns, whichever counts. */
static void find_overflow(const PpcEnv *env, unsigned n, uint64_t *icount, uint64_t *ns)
{
    unsigned event = event_of(env, n);
    uint64_t left = 0x80000000u - env->spr[COUNTERS[n].counter];
    if (is_negative(env, n)) {
        *icount = 0;
    } else if (event == EVENT_TIME_BASE && is_counting(env, n)) {
        *ns = MIN(*ns, rise_ns(env, left));
    } else if (event != EVENT_NOTHING && event <= EVENT_DISPATCHED && is_counting(env, n)) {
        *icount = MIN(*icount, env->pm_icount + left);
    }
}

void ppc_perfmon_arm(PpcEnv *env)
{
    uint64_t icount = CLOCK_NEVER, ns = CLOCK_NEVER;
    uint32_t mmcr0 = env->spr[SPR_MMCR0];
    env->pm_active = mmcr0 || env->spr[SPR_MMCR1];
    if (has_effect(env)) {
        for (unsigned n = 0; n < counter_count(env); n++) {
            if (sets_off(env, n)) {
                find_overflow(env, n, &icount, &ns);
            }
        }
        ns = mmcr0 & MMCR0_TBEE ? MIN(ns, rise_ns(env, 1)) : ns;
    }
    env->pm_deadline = env->pm_tb_rose ? 0 : icount;
    if (ns != timer_deadline_ns(&env->pm_timer)) {
        ns == CLOCK_NEVER ? timer_del(&env->pm_timer) : timer_mod_ns(&env->pm_timer, ns);
    }
    ppc_deadline_changed(env);
}

void ppc_perfmon_write(PpcEnv *env, unsigned number, uint32_t value)
{
    ppc_perfmon_sync(env);
    env->spr[number] = value;
    for (unsigned n = 0; n < counter_count(env); n++) {
        if (COUNTERS[n].control == number && event_of(env, n) > EVENT_DISPATCHED) {
            log_unimp("cpu", number, "PMC%u: event %u is not counted", n + 1, event_of(env, n));
        }
    }
    ppc_perfmon_arm(env);
}

/* The poll of the event point that runs timers does the rest. */
static void time_base_rose(void *opaque G_GNUC_UNUSED) {}

void ppc_perfmon_init(PpcEnv *env)
{
    timer_init_ns(&env->pm_timer, env->clock, time_base_rose, env);
    env->pm_deadline = CLOCK_NEVER;
}
