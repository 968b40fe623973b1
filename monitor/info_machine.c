/* SPDX-License-Identifier: MIT */
/*
 * info irq, roms, replay, mice.
 *
 * Source: names as in QEMU's console. Interrupts are counted by the processor, one count a vector, since
 * the emulator began; where they come from is `info pic`'s to say.
 */
#include "memory/ram.h"
#include "monitor/internal.h"
#include "target-ppc/cpu.h"

#include <inttypes.h>

static const char *vector_name(unsigned vector)
{
    static const char *const names[] = {
        [1] = "system reset",
        [2] = "machine check",
        [3] = "DSI",
        [4] = "ISI",
        [5] = "external",
        [6] = "alignment",
        [7] = "program",
        [8] = "FP unavailable",
        [9] = "decrementer",
        [12] = "system call",
        [13] = "trace",
        [15] = "performance monitor, AltiVec unavailable",
        [19] = "IABR",
        [20] = "SMI",
        [22] = "AltiVec assist",
        [23] = "thermal",
    };
    return vector < G_N_ELEMENTS(names) && names[vector] ? names[vector] : "";
}

void info_irq(Command *command)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } lines[] = {{PPC_INTERRUPT_RESET, " reset"},   {PPC_INTERRUPT_MCP, " machine-check"},
                 {PPC_INTERRUPT_SMI, " smi"},       {PPC_INTERRUPT_EXT, " external"},
                 {PPC_INTERRUPT_PERF, " perfmon"},  {PPC_INTERRUPT_DECR, " decrementer"},
                 {PPC_INTERRUPT_THERM, " thermal"}, {PPC_INTERRUPT_HRESET, " hard-reset"}};
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    g_string_append(command->out, "Exceptions taken by CPU #0:\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(env->exception_counts); i++) {
        if (env->exception_counts[i]) {
            g_string_append_printf(command->out, "0x%04x: %" PRIu64 " %s\n", i << 8,
                                   env->exception_counts[i], vector_name(i));
        }
    }
    g_string_append(command->out, "pending:");
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_string_append(command->out, env->pending_interrupts & lines[i].bit ? lines[i].name : "");
    }
    g_string_append_printf(command->out, "%s; MSR[EE] %u\n", env->pending_interrupts ? "" : " none",
                           ppc_msr(env, MSR_EE));
}

static void put_rom(RAMBlock *block, void *opaque)
{
    const Command *command = opaque;
    if (block->mr->readonly && memory_region_is_mapped(block->mr)) {
        g_string_append_printf(
            command->out, "addr=%016" PRIx64 " size=0x%06" PRIx64 " mem=rom name=\"%s\"\n",
            (uint64_t)block->mr->addr, block->used_length, memory_region_name(block->mr));
    }
}

/* Images that the board puts into RAM are not told apart from what the guest made of them. */
void info_roms(Command *command)
{
    const MachineConfig *config = &command->machine->config;
    ram_block_foreach(put_rom, command);
    g_string_append_printf(command->out, "firmware: %s\n",
                           config->bios_name ? config->bios_name : "openbios-ppc");
    if (config->kernel_filename) {
        g_string_append_printf(command->out, "kernel: %s\n", config->kernel_filename);
    }
    if (config->initrd_filename) {
        g_string_append_printf(command->out, "initrd: %s\n", config->initrd_filename);
    }
}

void info_replay(Command *command)
{
    Clock *clock = command->machine->clock;
    if (clock_is_replaying(clock)) {
        g_string_append_printf(command->out,
                               "Replaying execution: instruction count = %" PRIu64 "\n",
                               *clock_icount(clock));
    } else if (clock_is_recording(clock)) {
        g_string_append_printf(command->out,
                               "Recording execution: instruction count = %" PRIu64 "\n",
                               *clock_icount(clock));
    } else {
        g_string_append(command->out, "Record/replay is not active\n");
    }
}
