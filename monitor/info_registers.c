/* SPDX-License-Identifier: MIT */
/*
 * info registers NAME..., all-registers, float, vector: as gdb prints registers.
 *
 * Source: gdb 13's layout (name 15 columns, value 19, natural form). info registers alone and -a are QEMU's
 * dump (info.c).
 */
#include "debug/registers.h"
#include "monitor/format.h"
#include "target-ppc/cpu.h"

#include <inttypes.h>
#include <string.h>

enum { SPR_NUMBERS = 1024 };

/* --- one register ------------------------------------------------------------------------------------------ */

static void put_integer(Command *command, const char *name, DebugValue value)
{
    static const char *const pointers[] = {"pc", "lr", "nip", "ctr", "srr0"};
    g_autofree char *hex = g_strdup_printf("0x%" PRIx64, value.bits);
    bool is_pointer = false;
    for (size_t i = 0; i < G_N_ELEMENTS(pointers); i++) {
        is_pointer = is_pointer || g_ascii_strcasecmp(name, pointers[i]) == 0;
    }
    g_string_append_printf(command->out, "%-15s%-19s", name, hex);
    if (is_pointer) {
        format_append(command->hub->debugger, &(Examine){.format = 'a', .size = 4}, value.bits,
                      false, command->out);
    } else {
        g_string_append_printf(command->out, "%" PRIu64, value.bits);
    }
    g_string_append_c(command->out, '\n');
}

static void put_float(Command *command, const char *name, DebugValue value)
{
    g_autoptr(GString) number = g_string_new(NULL);
    format_append_double(value.bits, number);
    g_string_append_printf(command->out, "%-15s%-19s (raw 0x%016" PRIx64 ")\n", name, number->str,
                           value.bits);
}

static uint64_t lane(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* "v4_int32 = {0x1, 0x2, 0x3, 0x4}" */
static void put_lanes(GString *out, const char *name, const uint8_t bytes[16], unsigned size,
                      bool is_float)
{
    g_string_append_printf(out, ", %s = {", name);
    for (unsigned i = 0; i < 16; i += size) {
        g_string_append(out, i ? ", " : "");
        if (is_float) {
            format_append_float((uint32_t)lane(bytes + i, 4), out);
        } else {
            g_string_append_printf(out, "0x%" PRIx64, lane(bytes + i, size));
        }
    }
    g_string_append_c(out, '}');
}

static void put_vector(Command *command, unsigned number)
{
    uint8_t bytes[16];
    g_autofree char *name = g_strdup_printf("vr%u", number);
    debug_vector_get(command->cpu, number, bytes);
    g_string_append_printf(command->out, "%-15s{uint128 = 0x%016" PRIx64 "%016" PRIx64, name,
                           lane(bytes, 8), lane(bytes + 8, 8));
    put_lanes(command->out, "v4_float", bytes, 4, true);
    put_lanes(command->out, "v4_int32", bytes, 4, false);
    put_lanes(command->out, "v8_int16", bytes, 2, false);
    put_lanes(command->out, "v16_int8", bytes, 1, false);
    g_string_append(command->out, "}\n");
}

/* False: this processor has no such register. */
static bool put_register(Command *command, const char *name)
{
    DebugValue value;
    int vector = debug_register_vector(command->cpu, name);
    if (vector >= 0) {
        put_vector(command, (unsigned)vector);
        return true;
    }
    if (!debug_register_get(command->cpu, name, &value)) {
        return false;
    }
    if (debug_register_float(name) >= 0) {
        put_float(command, name, value);
    } else {
        put_integer(command, name, value);
    }
    return true;
}

/* --- several ----------------------------------------------------------------------------------------------- */

static void put_file(Command *command, const char *prefix, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, i);
        put_register(command, name);
    }
}

static void put_list(Command *command, const char *const *names)
{
    for (; *names; names++) {
        put_register(command, *names);
    }
}

static bool is_listed(const char *name)
{
    static const char *const listed[] = {"lr", "ctr", "xer", "vrsave", NULL};
    return g_strv_contains(listed, name);
}

/* Those not listed among the general ones. */
static void put_special(Command *command)
{
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    for (unsigned number = 0; number < SPR_NUMBERS; number++) {
        const char *name = ppc_spr_name(env, number);
        g_autofree char *lower = name ? g_ascii_strdown(name, -1) : NULL;
        if (lower && !is_listed(lower)) {
            put_register(command, lower);
        }
    }
}

void info_float(Command *command)
{
    put_file(command, "f", 32);
    put_register(command, "fpscr");
}

void info_vector(Command *command)
{
    static const char *const names[] = {"vscr", "vrsave", NULL};
    if (debug_register_vector(command->cpu, "vr0") < 0) {
        g_string_append(command->out, "this processor has no vector registers\n");
        return;
    }
    put_file(command, "vr", 32);
    put_list(command, names);
}

void info_all_registers(Command *command)
{
    static const char *const names[] = {"pc", "msr", "cr", "lr", "ctr", "xer", NULL};
    put_file(command, "r", 32);
    put_list(command, names);
    info_float(command);
    if (debug_register_vector(command->cpu, "vr0") >= 0) {
        info_vector(command);
    }
    put_file(command, "sr", 16);
    put_special(command);
}

bool registers_print_named(Command *command)
{
    g_auto(GStrv) names = g_strsplit_set(command->args, " \t", -1);
    for (char **name = names; *name; name++) {
        const char *bare = *name + (**name == '$');
        if (!*bare) {
            continue;
        }
        if (!put_register(command, bare)) {
            if (name == names) {
                return false;
            }
            g_string_append_printf(command->out, "no register '%.40s'\n", bare);
        }
    }
    return true;
}
