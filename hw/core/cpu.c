/* SPDX-License-Identifier: MIT */
/* The abstract processor: what every CPU has before its architecture adds to it. */
#include "hw/core/cpu.h"

static void cpu_init(Object *obj)
{
    CPUState *cpu = CPU(obj);
    cpu->clock = machine_clock();
    cpu->as = address_space_memory();
    cpu->observe_from = CLOCK_NEVER;
}

static void cpu_finalize(Object *obj)
{
    CPUState *cpu = CPU(obj);
    if (cpu->stop_hooks) {
        cpu->stop_hooks->free(cpu->stop_opaque);
    }
}

static const TypeInfo cpu_info = {
    .name = TYPE_CPU,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(CPUState),
    .class_size = sizeof(CPUClass),
    .abstract = true,
    .instance_init = cpu_init,
    .instance_finalize = cpu_finalize,
};

DEFINE_TYPE(cpu_info)
