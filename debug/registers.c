/* SPDX-License-Identifier: MIT */
/*
 * Registers by name.
 *
 * Source: names as gdb's manual and the processors' manuals have them. Not here: VSX, SPE (no such part).
 */
#include "debug/registers.h"

#include "target-ppc/cpu.h"

#include <string.h>

/* "cr7" with prefix "cr" and limit 8 -> 7; else -1. */
static int numbered(const char *name, const char *prefix, unsigned limit)
{
    size_t length = strlen(prefix);
    if (g_ascii_strncasecmp(name, prefix, length) != 0 || !g_ascii_isdigit(name[length])) {
        return -1;
    }
    char *end;
    uint64_t number = g_ascii_strtoull(name + length, &end, 10);
    return *end == '\0' && number < limit ? (int)number : -1;
}

static const char *canonical(const char *name)
{
    static const char *const aliases[][2] = {{"sp", "r1"}, {"ps", "msr"}};
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_ascii_strcasecmp(name, aliases[i][0]) == 0) {
            return aliases[i][1];
        }
    }
    return name;
}

int debug_register_float(const char *name) { return numbered(name, "f", 32); }

static uint8_t size_of(const char *name)
{
    bool is_wide = debug_register_float(name) >= 0 || g_ascii_strcasecmp(name, "tb") == 0;
    return is_wide ? 8 : 4;
}

bool debug_register_get(CPUState *cpu, const char *name, DebugValue *value)
{
    int field = numbered(name, "cr", 8);
    name = canonical(name);
    *value = (DebugValue){.size = size_of(name)};
    if (!CPU_GET_CLASS(cpu)->get_register(cpu, field >= 0 ? "cr" : name, &value->bits)) {
        return false;
    }
    if (field >= 0) {
        value->bits = value->bits >> (28 - 4 * field) & 15;
    }
    return true;
}

static bool set_field(CPUState *cpu, int field, uint64_t value)
{
    unsigned shift = 28 - 4 * (unsigned)field;
    uint64_t cr = 0;
    CPU_GET_CLASS(cpu)->get_register(cpu, "cr", &cr);
    return CPU_GET_CLASS(cpu)->set_register(
        cpu, "cr", (cr & ~(UINT64_C(15) << shift)) | (value & 15) << shift);
}

bool debug_register_set(CPUState *cpu, const char *name, uint64_t value, Error **errp)
{
    int field = numbered(name, "cr", 8);
    DebugValue old;
    if (!debug_register_get(cpu, name, &old)) {
        return error_setg(errp, "no register '$%s'", name);
    }
    bool done = field >= 0 ? set_field(cpu, field, value)
                           : CPU_GET_CLASS(cpu)->set_register(cpu, canonical(name), value);
    return done || error_setg(errp, "register '$%s' cannot be set", name);
}

int debug_register_vector(CPUState *cpu, const char *name)
{
    const PpcEnv *env = &POWERPC_CPU(cpu)->env;
    int number = numbered(name, "vr", 32);
    if (!(env->model->features & PPC_FEATURE_ALTIVEC)) {
        return -1;
    }
    return number >= 0 ? number : numbered(name, "v", 32);
}

/* A PpcVector is stored byte-reversed. */
void debug_vector_get(CPUState *cpu, unsigned number, uint8_t bytes[16])
{
    const PpcEnv *env = &POWERPC_CPU(cpu)->env;
    for (unsigned i = 0; i < 16; i++) {
        bytes[i] = env->vr[number].u8[15 - i];
    }
}

void debug_vector_set(CPUState *cpu, unsigned number, const uint8_t bytes[16])
{
    PpcEnv *env = &POWERPC_CPU(cpu)->env;
    for (unsigned i = 0; i < 16; i++) {
        env->vr[number].u8[15 - i] = bytes[i];
    }
}
