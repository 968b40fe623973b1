/* SPDX-License-Identifier: MIT */
/*
 * Values as text: the letters of x, print and display.
 *
 * Source: gdb's "Output Formats" and "Examining memory": count, then letters in any order: x d u o t z a
 * c f s i, b h w g. As gdb 13 prints them, but for c, which is QEMU's 'A' without the number.
 */
#include "monitor/format.h"

#include "debug/expression.h"
#include "target-ppc/decode.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { UNITS_MAX = 65536 };

/* --- FMT ------------------------------------------------------------------------------------------------ */

static bool parse_letter(Examine *examine, char letter, Error **errp)
{
    static const char *const sizes = "bhwg";
    const char *size = strchr(sizes, letter);
    if (size) {
        examine->size = 1u << (size - sizes);
        return true;
    }
    if (strchr("xduotzacfsi", letter)) {
        examine->format = letter;
        return true;
    }
    return error_setg(errp, "format '%c': one of x d u o t z a c f s i, size one of b h w g",
                      g_ascii_isprint(letter) ? letter : '?');
}

/* What a letter means for the size; @has_size: one was given with it. */
static bool settle_size(Examine *examine, bool has_size, Error **errp)
{
    switch (examine->format) {
    case 'i':
    case 'a':
        examine->size = 4;
        return true;
    case 'c':
        examine->size = has_size ? examine->size : 1;
        return true;
    case 's':
        if (has_size && examine->size != 1) {
            return error_setg(errp, "strings are of bytes");
        }
        examine->size = 1;
        return true;
    case 'f':
        if (has_size && examine->size < 4) {
            return error_setg(errp, "format 'f': size one of w g");
        }
        examine->size = examine->size < 4 ? 8 : examine->size;
        return true;
    default:
        return true;
    }
}

bool format_parse(Examine *examine, const char *text, Error **errp)
{
    bool has_size = strpbrk(text, "bhwg") != NULL;
    bool is_negative = *text == '-';
    char *end = (char *)text + is_negative;
    examine->count = 1;
    if (g_ascii_isdigit(*end)) {
        uint64_t count = g_ascii_strtoull(end, &end, 10);
        if (count > UNITS_MAX) {
            return error_setg(errp, "at most %d units at a time", UNITS_MAX);
        }
        examine->count = is_negative ? -(int64_t)count : (int64_t)count;
    } else if (is_negative) {
        return error_setg(errp, "a number is missing behind '-'");
    }
    for (; *end; end++) {
        if (!parse_letter(examine, *end, errp)) {
            return false;
        }
    }
    return settle_size(examine, has_size, errp);
}

/* --- one value ------------------------------------------------------------------------------------------ */

static void append_binary(uint64_t bits, unsigned digits, GString *out)
{
    while (digits > 1 && !(bits >> (digits - 1) & 1)) {
        digits--;
    }
    for (; digits > 0; digits--) {
        g_string_append_c(out, bits >> (digits - 1) & 1 ? '1' : '0');
    }
}

static void append_byte(uint8_t byte, char quote, GString *out)
{
    static const char specials[] = "\a\b\033\f\n\r\t\v\\", letters[] = "abefnrtv\\";
    const char *special = byte ? strchr(specials, byte) : NULL;
    if (special) {
        g_string_append_printf(out, "\\%c", letters[special - specials]);
    } else if (byte == (uint8_t)quote) {
        g_string_append_printf(out, "\\%c", quote);
    } else if (g_ascii_isprint((char)byte)) {
        g_string_append_c(out, (char)byte);
    } else {
        g_string_append_printf(out, quote == '"' ? "\\%03o" : "\\x%02x", byte);
    }
}

static void append_ieee(double number, int digits, uint64_t fraction, GString *out)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *format = g_strdup_printf("%%.%dg", digits);
    if (isnan(number)) {
        g_string_append_printf(out, "%snan(0x%" PRIx64 ")", signbit(number) ? "-" : "", fraction);
    } else {
        g_string_append(out, g_ascii_formatd(text, sizeof(text), format, number));
    }
}

void format_append_double(uint64_t bits, GString *out)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    append_ieee(number, 17, bits & 0xfffffffffffff, out);
}

void format_append_float(uint32_t bits, GString *out)
{
    float number;
    memcpy(&number, &bits, sizeof(number));
    append_ieee((double)number, 9, bits & 0x7fffff, out);
}

static void append_address(const Debugger *debugger, uint64_t bits, GString *out)
{
    g_autofree char *name = NULL;
    g_string_append_printf(out, "0x%" PRIx64, bits);
    if (bits <= UINT32_MAX) {
        name = debug_symbols_describe(debugger->symbols, debugger->cpu, (target_addr)bits);
    }
    if (name) {
        g_string_append_printf(out, " <%s>", name);
    }
}

/* Of a size that has no floating-point numbers: an integer, as gdb does. */
static void append_f(uint64_t bits, unsigned size, GString *out)
{
    if (size == 8) {
        format_append_double(bits, out);
    } else if (size == 4) {
        format_append_float((uint32_t)bits, out);
    } else {
        g_string_append_printf(out, "%" PRIu64, bits);
    }
}

void format_append(const Debugger *debugger, const Examine *examine, uint64_t bits, bool is_column,
                   GString *out)
{
    unsigned width = 8 * examine->size, shift = 64 - width;
    int64_t number = (int64_t)(bits << shift) >> shift;
    bits = bits << shift >> shift;
    switch (examine->format) {
    case 'd':
        g_string_append_printf(out, "%" PRId64, number);
        return;
    case 'u':
        g_string_append_printf(out, "%" PRIu64, bits);
        return;
    case 'o':
        g_string_append_printf(out, bits ? "0%" PRIo64 : "%" PRIo64, bits);
        return;
    case 't':
        for (unsigned i = width; is_column && i > 1 && !(bits >> (i - 1)); i--) {
            g_string_append_c(out, '0');
        }
        append_binary(bits, width, out);
        return;
    case 'c':
        g_string_append_c(out, '\'');
        append_byte((uint8_t)bits, '\'', out);
        g_string_append_c(out, '\'');
        return;
    case 'a':
        append_address(debugger, bits, out);
        return;
    case 'f':
        append_f(bits, examine->size, out);
        return;
    default:
        g_string_append_printf(out, "0x%0*" PRIx64,
                               is_column || examine->format == 'z' ? (int)width / 4 : 1, bits);
    }
}

/* --- what lies in memory ---------------------------------------------------------------------------------- */

bool format_append_string(const DebugMemory *memory, uint64_t addr, uint64_t *length, GString *out,
                          Error **errp)
{
    uint8_t byte = 1;
    if (!debug_memory_read(memory, addr, &byte, 1, errp)) {
        return false;
    }
    g_string_append_c(out, '"');
    uint64_t i = 0;
    bool is_cut = false;
    while (byte && !is_cut) {
        append_byte(byte, '"', out);
        is_cut = ++i == FORMAT_STRING_MAX || !debug_memory_read(memory, addr + i, &byte, 1, NULL);
    }
    g_string_append(out, is_cut ? "\"..." : "\"");
    *length = i + !is_cut;
    return true;
}

bool format_append_instruction(const DebugMemory *memory, uint64_t addr, GString *out, Error **errp)
{
    uint64_t insn;
    if (!debug_memory_load(memory, addr, 4, &insn, errp)) {
        return false;
    }
    g_string_append_printf(out, "%08" PRIx64 "  ", insn);
    ppc_disasm((uint32_t)insn, (target_addr)addr, out);
    return true;
}

bool command_evaluate_typed(Command *command, const char *text, const char **end, DebugValue *value)
{
    ExpressionScope scope = {.debugger = command->hub->debugger};
    Error *err = NULL;
    Expression *expression = expression_parse(text, end, &err);
    bool ok = expression && expression_typed_value(expression, &scope, value, &err);
    expression_free(expression);
    if (!ok) {
        command_fail(command, err);
    }
    return ok;
}
