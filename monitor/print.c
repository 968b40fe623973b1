/* SPDX-License-Identifier: MIT */
/*
 * print, output, echo, call.
 *
 * Source: gdb manual, "Data", "Output". print shows the bare value as QEMU's console does, hexadecimal and
 * decimal without a format; it is kept in the value history as gdb's ($, $$, $1) all the same. Nothing
 * here runs code of the guest.
 */
#include "monitor/format.h"
#include "monitor/output.h"

#include <inttypes.h>
#include <string.h>

/* --- one value -------------------------------------------------------------------------------------------- */

/* The FMT of print: a letter alone. */
static bool parse_letter(const Command *command, Examine *examine, Error **errp)
{
    const char *text = command->format;
    *examine = (Examine){.size = 8};
    if (!*text) {
        return true;
    }
    if (g_ascii_isdigit(*text) || *text == '-' || strpbrk(text, "bhwg")) {
        return error_setg(errp, "'/%.20s': counts and sizes are for x; (u8)EXPR cuts a value",
                          text);
    }
    if (strchr(text, 'i')) {
        return error_setg(errp, "format 'i' is for x and display");
    }
    return format_parse(examine, text, errp);
}

bool output_append_value(Command *command, char format, DebugValue value, GString *out,
                         Error **errp)
{
    Examine examine = {.format = format, .size = value.size};
    DebugMemory memory = {.cpu = command->cpu};
    uint64_t length;
    if (format == 's') {
        return format_append_string(&memory, value.bits, &length, out, errp);
    }
    if (format == '\0') {
        format_append(command->hub->debugger, &examine, value.bits, false, out);
        g_string_append_printf(out, " (%" PRId64 ")", (int64_t)value.bits);
    } else {
        format_append(command->hub->debugger, &examine, value.bits, false, out);
    }
    return true;
}

/* Append the value of the command's expression to its output; false: it was refused. */
static bool put_value(Command *command, DebugValue *value)
{
    Error *err = NULL;
    Examine examine;
    if (!parse_letter(command, &examine, &err)) {
        command_fail(command, err);
        return false;
    }
    if (!command_evaluate_typed(command, command->args, NULL, value)) {
        return false;
    }
    if (!output_append_value(command, examine.format, *value, command->out, &err)) {
        command_fail(command, err);
        return false;
    }
    return true;
}

void command_print(Command *command)
{
    DebugValue value;
    if (put_value(command, &value)) {
        g_string_append_c(command->out, '\n');
        debug_history_add(command->hub->debugger->variables, value);
    }
}

void command_output(Command *command)
{
    DebugValue value;
    put_value(command, &value);
}

/* --- text ------------------------------------------------------------------------------------------------- */

bool output_take_escape(const char **at, GString *out)
{
    static const char letters[] = "abefnrtv\\\"'", values[] = "\a\b\033\f\n\r\t\v\\\"'";
    const char *letter = **at ? strchr(letters, **at) : NULL;
    size_t digits = MIN(strspn(*at, "01234567"), 3u);
    if (letter) {
        g_string_append_c(out, values[letter - letters]);
        *at += 1;
    } else if (digits) {
        g_autofree char *number = g_strndup(*at, digits);
        char byte = (char)g_ascii_strtoull(number, NULL, 8);
        g_string_append_c(out, byte ? byte : '?'); /* a console's text has no zeros */
        *at += digits;
    }
    return letter || digits;
}

/* As gdb: C's escapes, a backslash at the end ends the line without a trace, "\ " is a blank. */
void command_echo(Command *command)
{
    for (const char *at = command->args; *at;) {
        if (*at != '\\') {
            g_string_append_c(command->out, *at++);
            continue;
        }
        at++;
        if (*at && !output_take_escape(&at, command->out)) {
            g_string_append_c(command->out, *at++);
        }
    }
}

void command_call(Command *command)
{
    g_string_append(command->out,
                    "call, jump and return are refused: they would run the guest's code behind its "
                    "back; `set $pc = ADDR` and `cont` do it in the open\n");
}
