/* SPDX-License-Identifier: MIT */
/*
 * Time base and decrementer: both count at 100 MHz, derived from the virtual clock.
 *
 * Source: PEM 2.3.12 and 6.4.9: the decrementer exception arises when bit 0 (the sign) goes from 0 to
 * 1, by counting or by mtdec, and stays pending until taken.
 */
#include "target-ppc/cpu.h"

static uint64_t ticks_now(PpcEnv *env) { return clock_virtual_ns(env->clock) / PPC_NS_PER_TICK; }

uint64_t ppc_timebase(PpcEnv *env) { return ticks_now(env) + env->tb_offset; }

/* A written bit does not rise: the performance monitor goes on from the new value. */
void ppc_timebase_set(PpcEnv *env, uint64_t value)
{
    ppc_perfmon_sync(env);
    env->tb_offset = value - ticks_now(env);
    env->pm_tb = value;
    ppc_perfmon_arm(env);
}

uint32_t ppc_dec_get(PpcEnv *env)
{
    return env->dec_value - (uint32_t)(ticks_now(env) - env->dec_ticks);
}

/* The next instant at which DEC steps from 0 to -1. */
static void arm_timer(PpcEnv *env)
{
    timer_mod_ns(&env->dec_timer, (env->dec_ticks + env->dec_value + 1) * PPC_NS_PER_TICK);
}

static void dec_underflow(void *opaque)
{
    PpcEnv *env = opaque;
    ppc_interrupt_set(env, PPC_INTERRUPT_DECR, true);
    env->dec_ticks += (uint64_t)env->dec_value + 1;
    env->dec_value = UINT32_MAX;
    arm_timer(env);
}

void ppc_dec_set(PpcEnv *env, uint32_t value)
{
    bool was_negative = ppc_dec_get(env) >> 31;
    env->dec_ticks = ticks_now(env);
    env->dec_value = value;
    if (value >> 31 && !was_negative) {
        ppc_interrupt_set(env, PPC_INTERRUPT_DECR, true);
    }
    arm_timer(env);
    ppc_deadline_changed(env);
}

void ppc_timebase_init(PpcEnv *env)
{
    timer_init_ns(&env->dec_timer, env->clock, dec_underflow, env);
}
