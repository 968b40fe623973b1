/* SPDX-License-Identifier: MIT */
/*
 * x, xp, print: memory and values in gdb's formats. Memory is peeked: no device sees it.
 *
 * Source: gdb's "Examining memory": count, then letters in any order: x d u o c i, b h w g.
 */
#include "monitor/internal.h"
#include "target-ppc/decode.h"
#include "util/bits.h"

#include <inttypes.h>
#include <string.h>

enum { UNITS_MAX = 65536, LINE_BYTES = 16 };

/* --- formats --------------------------------------------------------------------------------------------- */

static bool parse_letter(Examine *examine, char letter, Error **errp)
{
    static const char *const sizes = "bhwg";
    const char *size = strchr(sizes, letter);
    if (size) {
        examine->size = 1u << (size - sizes);
        return true;
    }
    if (strchr("xduoci", letter)) {
        examine->format = letter;
        return true;
    }
    return error_setg(errp, "format '%c': one of x d u o c i, size one of b h w g", letter);
}

/* @examine holds the defaults. */
static bool parse_format(Examine *examine, const char *text, Error **errp)
{
    bool has_size = strpbrk(text, "bhwg") != NULL;
    examine->count = 1;
    if (g_ascii_isdigit(*text)) {
        char *end;
        examine->count = g_ascii_strtoull(text, &end, 10);
        text = end;
    }
    for (; *text; text++) {
        if (!parse_letter(examine, *text, errp)) {
            return false;
        }
    }
    if (examine->format == 'i') {
        examine->size = 4;
    } else if (examine->format == 'c' && !has_size) {
        examine->size = 1;
    }
    return examine->count <= UNITS_MAX || error_setg(errp, "at most %d units at a time", UNITS_MAX);
}

static void put_character(uint8_t byte, GString *out)
{
    if (g_ascii_isprint(byte)) {
        g_string_append_printf(out, " '%c'", byte);
    } else {
        g_string_append_printf(out, " '\\x%02x'", byte);
    }
}

/* Columns of one unit line up. */
static void put_unit(uint64_t value, char format, unsigned size, GString *out)
{
    unsigned shift = 64 - 8 * size;
    int64_t number = (int64_t)(value << shift) >> shift;
    switch (format) {
    case 'd':
        g_string_append_printf(out, " %" PRId64, number);
        return;
    case 'u':
        g_string_append_printf(out, " %" PRIu64, value);
        return;
    case 'o':
        g_string_append_printf(out, " 0%" PRIo64, value);
        return;
    case 'c':
        put_character((uint8_t)value, out);
        return;
    default:
        g_string_append_printf(out, " 0x%0*" PRIx64, (int)(2 * size), value);
    }
}

/* --- memory ------------------------------------------------------------------------------------------------ */

typedef struct Place {
    Command *command;
    bool is_physical;
    bool is_code;
} Place;

/* One byte, since the next may lie in another page; false and a text if it cannot be seen. */
static bool peek_byte(const Place *place, uint64_t addr, uint8_t *byte)
{
    Command *command = place->command;
    CPUState *cpu = command->cpu;
    hwaddr pa = addr;
    if (!place->is_physical) {
        addr = (uint32_t)addr;
        if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, (target_addr)addr, place->is_code, &pa)) {
            g_string_append_printf(command->out, " not mapped: 0x%08" PRIx64 "\n", addr);
            return false;
        }
    }
    if (!address_space_peek(cpu->as, pa, byte, 1)) {
        g_string_append_printf(command->out, " not RAM: peek refused at physical 0x%08" PRIx64 "\n",
                               pa);
        return false;
    }
    return true;
}

static bool peek_unit(const Place *place, uint64_t addr, unsigned size, uint64_t *value)
{
    uint8_t byte;
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        if (!peek_byte(place, addr + i, &byte)) {
            return false;
        }
        *value = *value << 8 | byte;
    }
    return true;
}

static void put_address(const Place *place, uint64_t addr)
{
    g_string_append_printf(place->command->out, "%08" PRIx64 ":",
                           place->is_physical ? addr : (uint32_t)addr);
}

static bool put_instruction(const Place *place, uint64_t addr)
{
    uint64_t insn;
    put_address(place, addr);
    if (!peek_unit(place, addr, 4, &insn)) {
        return false;
    }
    g_string_append_printf(place->command->out, " %08" PRIx64 "  ", insn);
    ppc_disasm((uint32_t)insn, (target_addr)addr, place->command->out);
    g_string_append_c(place->command->out, '\n');
    return true;
}

static bool put_line(const Place *place, uint64_t addr, const Examine *examine, uint64_t count)
{
    uint64_t value;
    put_address(place, addr);
    for (uint64_t i = 0; i < count; i++) {
        if (!peek_unit(place, addr + i * examine->size, examine->size, &value)) {
            return false;
        }
        put_unit(value, examine->format, examine->size, place->command->out);
    }
    g_string_append_c(place->command->out, '\n');
    return true;
}

static void show(const Place *place, Examine *examine)
{
    bool is_code = examine->format == 'i';
    uint64_t per_line = is_code ? 1 : LINE_BYTES / examine->size;
    uint64_t left = examine->count;
    bool ok = true;
    while (left && ok) {
        uint64_t count = MIN(left, per_line);
        ok = is_code ? put_instruction(place, examine->next)
                     : put_line(place, examine->next, examine, count);
        examine->next += count * examine->size;
        left -= count;
    }
}

static void run_examine(Command *command, bool is_physical)
{
    Error *err = NULL;
    Examine *kept = &command->hub->examine[is_physical];
    Examine examine = *kept;
    bool has_address = *command->args && !command->is_repeat;
    if (*command->format && !parse_format(&examine, command->format, &err)) {
        command_fail(command, err);
        return;
    }
    if (has_address && !command_evaluate(command, command->args, NULL, &examine.next)) {
        return;
    }
    if (!*command->format && !command->is_repeat) {
        examine.count = 1;
    }
    Place place = {command, is_physical, examine.format == 'i'};
    show(&place, &examine);
    *kept = examine;
}

void command_x(Command *command) { run_examine(command, false); }

void command_xp(Command *command) { run_examine(command, true); }

/* --- values ------------------------------------------------------------------------------------------------ */

void command_print(Command *command)
{
    Error *err = NULL;
    Examine examine = {.format = '\0', .size = 8};
    uint64_t value;
    if (!parse_format(&examine, command->format, &err)) {
        command_fail(command, err);
        return;
    }
    if (!command_evaluate(command, command->args, NULL, &value)) {
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    if (examine.format == '\0' || examine.format == 'i') {
        g_string_append_printf(text, " 0x%" PRIx64 " (%" PRId64 ")", value, (int64_t)value);
    } else if (examine.format == 'x') {
        g_string_append_printf(text, " 0x%" PRIx64, value);
    } else {
        put_unit(value, examine.format, 8, text);
    }
    g_string_append_printf(command->out, "%s\n", text->str + 1);
}
