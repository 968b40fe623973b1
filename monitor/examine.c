/* SPDX-License-Identifier: MIT */
/*
 * x and xp: memory in gdb's formats and QEMU's layout. Memory is peeked: no device sees it.
 *
 * Source: gdb's "Examining memory". $_ becomes the last address shown, $__ what lies there.
 */
#include "monitor/format.h"

#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES = 16 };

/* What is shown, and where. */
typedef struct Place {
    Command *command;
    DebugMemory memory;
    const Examine *examine;
} Place;

/* "   fff00100 <main+4>:"; room for "=>" where instructions are listed. */
static void put_address(const Place *place, uint64_t addr, char format)
{
    GString *out = place->command->out;
    bool is_physical = place->memory.is_physical;
    if (format == 'i') {
        CPUState *cpu = place->command->cpu;
        bool is_pc = !is_physical && CPU_GET_CLASS(cpu)->get_pc(cpu) == (uint32_t)addr;
        g_string_append(out, is_pc ? "=> " : "   ");
    }
    if (is_physical) {
        g_string_append_printf(out, "%08" PRIx64, addr);
    } else {
        debugger_print_address(place->command->hub->debugger, (target_addr)addr, out);
    }
    g_string_append_c(out, ':');
}

static void note_last(const Place *place, uint64_t addr, uint64_t value, unsigned size)
{
    DebugVariables *variables = place->command->hub->debugger->variables;
    addr = place->memory.is_physical ? addr : (uint32_t)addr;
    debug_variables_set(variables, "_", (DebugValue){.bits = addr, .size = 8}, NULL);
    debug_variables_set(variables, "__", (DebugValue){.bits = value, .size = (uint8_t)size}, NULL);
}

static bool put_instruction(const Place *place, uint64_t addr, Error **errp)
{
    GString *out = place->command->out;
    uint64_t insn;
    g_string_append_c(out, ' ');
    if (!format_append_instruction(&place->memory, addr, out, errp) ||
        !debug_memory_load(&place->memory, addr, 4, &insn, errp)) {
        return false;
    }
    note_last(place, addr, insn, 4);
    return true;
}

static bool put_string(const Place *place, uint64_t *addr, Error **errp)
{
    uint64_t length, start = *addr;
    uint8_t first = 0;
    g_string_append_c(place->command->out, ' ');
    if (!format_append_string(&place->memory, start, &length, place->command->out, errp)) {
        return false;
    }
    debug_memory_read(&place->memory, start, &first, 1, NULL);
    note_last(place, start, first, 1);
    *addr += length;
    return true;
}

static bool put_units(const Place *place, uint64_t addr, uint64_t count, Error **errp)
{
    const Examine *examine = place->examine;
    Command *command = place->command;
    uint64_t value;
    for (uint64_t i = 0; i < count; i++, addr += examine->size) {
        g_string_append_c(command->out, ' ');
        if (!debug_memory_load(&place->memory, addr, examine->size, &value, errp)) {
            return false;
        }
        format_append(command->hub->debugger, examine, value, true, command->out);
        note_last(place, addr, value, examine->size);
    }
    return true;
}

/* One line of @count units; *@addr moves behind them. */
static bool put_line(const Place *place, uint64_t *addr, uint64_t count)
{
    Error *err = NULL;
    bool ok;
    put_address(place, *addr, place->examine->format);
    switch (place->examine->format) {
    case 'i':
        ok = put_instruction(place, *addr, &err);
        *addr += 4;
        break;
    case 's':
        ok = put_string(place, addr, &err);
        break;
    default:
        ok = put_units(place, *addr, count, &err);
        *addr += count * place->examine->size;
    }
    if (!ok) {
        command_fail(place->command, err);
        return false;
    }
    g_string_append_c(place->command->out, '\n');
    return true;
}

static uint64_t units_in_line(const Examine *examine)
{
    switch (examine->format) {
    case 'i':
    case 's':
        return 1;
    case 'a':
        return 2;
    case 't':
        return examine->size == 1 ? 8 : 8 / examine->size;
    default:
        return LINE_BYTES / examine->size;
    }
}

bool examine_print(Command *command, bool is_physical, Examine *examine)
{
    Place place = {command, {command->cpu, is_physical, examine->format == 'i'}, examine};
    bool ok = true;
    bool is_backwards = examine->count < 0;
    uint64_t left = (uint64_t)ABS(examine->count), addr = examine->next;
    addr -= is_backwards ? left * examine->size : 0;
    uint64_t start = addr;
    while (left && ok) {
        uint64_t count = MIN(left, units_in_line(examine));
        ok = put_line(&place, &addr, count);
        left -= count;
    }
    examine->next = is_backwards ? start : addr;
    return ok;
}

static bool parse(Command *command, Examine *examine)
{
    Error *err = NULL;
    bool has_address = *command->args && !command->is_repeat;
    if (*command->format && !format_parse(examine, command->format, &err)) {
        command_fail(command, err);
        return false;
    }
    if (examine->count < 0 && examine->format == 's') {
        g_string_append(command->out, "strings are not shown backwards\n");
        return false;
    }
    if (!*command->format && !command->is_repeat) {
        examine->count = 1;
    }
    return !has_address || command_evaluate(command, command->args, NULL, &examine->next);
}

static void run_examine(Command *command, bool is_physical)
{
    Examine *kept = &command->hub->examine[is_physical];
    Examine examine = *kept;
    if (parse(command, &examine)) {
        examine_print(command, is_physical, &examine);
        *kept = examine;
    }
}

void command_x(Command *command) { run_examine(command, false); }

void command_xp(Command *command) { run_examine(command, true); }
