/* SPDX-License-Identifier: MIT */
/*
 * printf "FMT", EXPR, ...
 *
 * Source: gdb manual, "Commands for Controlled Output"; C's conversions d i u x X o c s p a f g e %, with
 * flags, width and precision up to 200 and the lengths h hh l ll z. Values have 64 bits unless h or hh or
 * their type cut them. Not here: %n, *, L, vectors.
 */
#include "debug/expression.h"
#include "monitor/format.h"
#include "monitor/output.h"

#include <inttypes.h>
#include <string.h>

enum { WIDTH_MAX = 200, TEXT_MAX = 1024 };

/* One conversion of the format. */
typedef struct Conversion {
    char flags[8];
    int width, precision; /* -1: none */
    char letter;
} Conversion;

/* The quoted text at *@at, escapes made; NULL: there is none. */
static char *take_quoted(const char **at)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *from = *at;
    if (*from++ != '"') {
        return NULL;
    }
    while (*from && *from != '"') {
        if (*from != '\\') {
            g_string_append_c(text, *from++);
        } else {
            from++;
            if (!output_take_escape(&from, text)) {
                return NULL;
            }
        }
    }
    if (*from != '"') {
        return NULL;
    }
    *at = from + 1;
    return g_strdup(text->str);
}

static bool take_number(const char **at, int *number)
{
    size_t digits = strspn(*at, "0123456789");
    g_autofree char *text = g_strndup(*at, digits);
    uint64_t value = g_ascii_strtoull(text, NULL, 10);
    *number = (int)MIN(value, WIDTH_MAX + 1u);
    *at += digits;
    return value <= WIDTH_MAX;
}

/* Behind the '%' at *@at. */
static bool take_conversion(const char **at, Conversion *conversion, Error **errp)
{
    size_t flags = MIN(strspn(*at, "-+ #0"), sizeof(conversion->flags) - 1);
    *conversion = (Conversion){.width = -1, .precision = -1};
    memcpy(conversion->flags, *at, flags);
    *at += flags;
    bool ok = !g_ascii_isdigit(**at) || take_number(at, &conversion->width);
    if (**at == '.') {
        *at += 1;
        ok = ok && take_number(at, &conversion->precision);
    }
    if (!ok) {
        return error_setg(errp, "printf: widths and precisions go up to %d", WIDTH_MAX);
    }
    *at += strspn(*at, "hlz");
    conversion->letter = **at;
    if (!**at || !strchr("diuxXocspafgeE%", **at)) {
        g_autofree char *shown = g_strndup(*at, g_ascii_isprint(**at) ? 1 : 0);
        return error_setg(
            errp, "printf: no conversion '%%%s'; there are d i u x X o c s p a f g e %%", shown);
    }
    *at += 1;
    return true;
}

/* "%-5" and so on, for the C library: flags, width, precision; @letters end it. */
static char *c_format(const Conversion *conversion, const char *letters)
{
    g_autoptr(GString) text = g_string_new("%");
    g_string_append(text, conversion->flags);
    if (conversion->width >= 0) {
        g_string_append_printf(text, "%d", conversion->width);
    }
    if (conversion->precision >= 0) {
        g_string_append_printf(text, ".%d", conversion->precision);
    }
    g_string_append(text, letters);
    return g_strdup(text->str);
}

/* Bytes up to the zero, as they are, but for what a terminal would obey. */
static bool read_string(Command *command, uint64_t addr, GString *text, Error **errp)
{
    DebugMemory memory = {.cpu = command->cpu};
    uint8_t byte = 1;
    while (text->len < TEXT_MAX) {
        if (!debug_memory_read(&memory, addr + text->len, &byte, 1, errp)) {
            return false;
        }
        if (!byte) {
            return true;
        }
        bool is_plain = byte >= ' ' || byte == '\n' || byte == '\t';
        g_string_append_c(text, is_plain ? (char)byte : '?');
    }
    return true;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* made by c_format() */

static void append_integer(const Conversion *conversion, DebugValue value, GString *out)
{
    char letters[3] = {'l', conversion->letter, '\0'};
    bool is_unsigned = strchr("uxXo", conversion->letter) != NULL;
    unsigned shift = 64 - 8 * value.size;
    g_autofree char *format = c_format(conversion, letters);
    if (is_unsigned) {
        g_string_append_printf(out, format, (unsigned long)(value.bits << shift >> shift));
    } else {
        g_string_append_printf(out, format, (long)value.bits);
    }
}

static bool append_text(Command *command, const Conversion *conversion, DebugValue value,
                        GString *out, Error **errp)
{
    g_autofree char *format = c_format(conversion, "s");
    g_autoptr(GString) text = g_string_new(NULL);
    switch (conversion->letter) {
    case 'c':
        g_string_append_c(text, (value.bits & 0xff) >= ' ' ? (char)value.bits : '?');
        break;
    case 's':
        if (!read_string(command, value.bits, text, errp)) {
            return false;
        }
        break;
    case 'p':
        g_string_append_printf(text, "0x%" PRIx64, value.bits);
        break;
    default:
        output_append_value(command, 'a', value, text, NULL);
    }
    g_string_append_printf(out, format, text->str);
    return true;
}

/* The bits of a value are a double, or a float where it has four bytes. */
static void append_floating(const Conversion *conversion, DebugValue value, GString *out)
{
    char letters[2] = {conversion->letter, '\0'};
    g_autofree char *format = c_format(conversion, letters);
    uint32_t word = (uint32_t)value.bits;
    double number;
    float narrow;
    memcpy(&number, &value.bits, sizeof(number));
    memcpy(&narrow, &word, sizeof(narrow));
    g_string_append_printf(out, format, value.size == 4 ? (double)narrow : number);
}

#pragma GCC diagnostic pop

static bool append_converted(Command *command, const Conversion *conversion, DebugValue value,
                             GString *out, Error **errp)
{
    if (strchr("diuxXo", conversion->letter)) {
        append_integer(conversion, value, out);
        return true;
    }
    if (strchr("fgeE", conversion->letter)) {
        append_floating(conversion, value, out);
        return true;
    }
    return append_text(command, conversion, value, out, errp);
}

/* The value behind the next comma. */
static bool take_argument(const Command *command, const char **args, DebugValue *value,
                          Error **errp)
{
    ExpressionScope scope = {.debugger = command->hub->debugger};
    if (**args != ',') {
        return error_setg(errp, **args ? "printf: a comma is missing"
                                       : "printf: the format wants more values");
    }
    Expression *expression = expression_parse(*args + 1, args, errp);
    bool ok = expression && expression_typed_value(expression, &scope, value, errp);
    expression_free(expression);
    return ok;
}

static bool run_format(Command *command, const char *format, const char **args, GString *out,
                       Error **errp)
{
    Conversion conversion;
    DebugValue value;
    while (*format) {
        if (*format != '%') {
            g_string_append_c(out, *format++);
            continue;
        }
        format++;
        if (!take_conversion(&format, &conversion, errp)) {
            return false;
        }
        if (conversion.letter == '%') {
            g_string_append_c(out, '%');
        } else if (!take_argument(command, args, &value, errp) ||
                   !append_converted(command, &conversion, value, out, errp)) {
            return false;
        }
    }
    return !**args || error_setg(errp, "printf: more values than the format wants");
}

/* What is wrong is found before a part of the text has been shown. */
void command_printf(Command *command)
{
    Error *err = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    const char *args = command->args;
    g_autofree char *format = take_quoted(&args);
    if (!format) {
        g_string_append(command->out, "expected: printf \"FORMAT\", EXPR, ...\n");
        return;
    }
    args += strspn(args, " \t");
    if (run_format(command, format, &args, text, &err)) {
        g_string_append(command->out, text->str);
    } else {
        command_fail(command, err);
    }
}
