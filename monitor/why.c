/* SPDX-License-Identifier: MIT */
/* `info why`: what the guest is doing when it seems to do nothing. */
#include "memory/access_stats.h"
#include "monitor/internal.h"

#include <inttypes.h>

void monitor_info_why(MachineState *machine, GString *out)
{
    AccessCount busiest;
    CPUState *cpu = machine->cpu;
    if (cpu) {
        CPU_GET_CLASS(cpu)->info_why(cpu, out);
    }
    if (access_stats_busiest(&busiest)) {
        g_string_append_printf(out,
                               "device register polled most: %s + %#" PRIx64 " at %#" PRIx64
                               " (%" PRIu64 " of the last accesses)\n",
                               busiest.name, busiest.offset, busiest.addr, busiest.count);
    } else {
        g_string_append(out, "no device register accessed since the last look\n");
    }
    access_stats_clear();
}
