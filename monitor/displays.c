/* SPDX-License-Identifier: MIT */
/*
 * display, undisplay, info display: expressions and memory shown at every stop.
 *
 * Source: gdb manual, "Automatic Display". What cannot be shown says why and stays.
 */
#include "debug/expression.h"
#include "monitor/format.h"
#include "monitor/output.h"

#include <inttypes.h>
#include <string.h>

enum { DISPLAYS_MAX = 100 };

typedef struct Display {
    unsigned number;
    char *format; /* as written; "" if none */
    Examine examine;
    bool is_memory; /* as x would: i, s, or a count or size was given */
    Expression *expression;
} Display;

static void free_display(void *opaque)
{
    Display *display = opaque;
    expression_free(display->expression);
    g_free(display->format);
    g_free(display);
}

struct Displays {
    GPtrArray *list; /* Display *, owned */
    unsigned last;   /* number given last */
};

static Displays *displays_of(MonitorHub *hub)
{
    if (!hub->displays) {
        hub->displays = g_new0(Displays, 1);
        hub->displays->list = g_ptr_array_new_with_free_func(free_display);
    }
    return hub->displays;
}

void displays_free(Displays *displays)
{
    if (displays) {
        g_ptr_array_unref(displays->list);
        g_free(displays);
    }
}

/* --- showing ---------------------------------------------------------------------------------------------- */

static void print_memory(Command *command, const Display *display, uint64_t addr)
{
    Examine examine = display->examine;
    examine.next = addr;
    g_string_append_printf(command->out, "%u: x/%s %s\n", display->number, display->format,
                           expression_text(display->expression));
    examine_print(command, false, &examine);
}

static void print_value(Command *command, const Display *display, DebugValue value)
{
    Error *err = NULL;
    g_string_append_printf(command->out, "%u: %s%s%s%s = ", display->number,
                           *display->format ? "/" : "", display->format,
                           *display->format ? " " : "", expression_text(display->expression));
    if (!output_append_value(command, display->examine.format, value, command->out, &err)) {
        command_fail(command, err);
    } else {
        g_string_append_c(command->out, '\n');
    }
}

static void print_display(Command *command, const Display *display)
{
    ExpressionScope scope = {.debugger = command->hub->debugger};
    Error *err = NULL;
    DebugValue value;
    if (!expression_typed_value(display->expression, &scope, &value, &err)) {
        g_string_append_printf(command->out, "%u: %s: ", display->number,
                               expression_text(display->expression));
        command_fail(command, err);
    } else if (display->is_memory) {
        print_memory(command, display, value.bits);
    } else {
        print_value(command, display, value);
    }
}

void displays_print(MonitorHub *hub, GString *out)
{
    Command command = {.hub = hub,
                       .machine = hub->machine,
                       .cpu = hub->machine->cpu,
                       .args = "",
                       .format = "",
                       .out = out};
    for (guint i = 0; hub->displays && i < hub->displays->list->len; i++) {
        print_display(&command, g_ptr_array_index(hub->displays->list, i));
    }
}

/* --- changing --------------------------------------------------------------------------------------------- */

static bool parse_display(Display *display, const char *format, const char *text, Error **errp)
{
    display->format = g_strdup(format);
    display->examine = (Examine){.size = 4};
    if (!format_parse(&display->examine, format, errp)) {
        return false;
    }
    char letter = display->examine.format;
    display->is_memory = letter == 'i' || letter == 's' || strpbrk(format, "0123456789bhwg");
    if (display->is_memory && letter == '\0') {
        display->examine.format = 'x';
    }
    if (display->examine.count < 0) {
        return error_setg(errp, "a display goes forwards");
    }
    display->expression = expression_parse(text, NULL, errp);
    return display->expression != NULL;
}

void command_display(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        if (*command->format) {
            g_string_append(command->out, "expected: display[/FMT] EXPR\n");
        } else {
            displays_print(command->hub, command->out);
        }
        return;
    }
    Displays *displays = displays_of(command->hub);
    if (displays->list->len == DISPLAYS_MAX) {
        g_string_append_printf(command->out, "at most %d displays\n", DISPLAYS_MAX);
        return;
    }
    Display *display = g_new0(Display, 1);
    if (!parse_display(display, command->format, command->args, &err)) {
        command_fail(command, err);
        free_display(display);
        return;
    }
    display->number = ++displays->last;
    g_ptr_array_add(displays->list, display);
    print_display(command, display);
}

static bool remove_display(Displays *displays, uint64_t number)
{
    for (guint i = 0; i < displays->list->len; i++) {
        const Display *display = g_ptr_array_index(displays->list, i);
        if (display->number == number) {
            g_ptr_array_remove_index(displays->list, i);
            return true;
        }
    }
    return false;
}

void command_undisplay(Command *command)
{
    Displays *displays = displays_of(command->hub);
    const char *at = command->args;
    if (!*at) {
        g_ptr_array_set_size(displays->list, 0);
        return;
    }
    while (*at) {
        char *end;
        uint64_t number = g_ascii_strtoull(at, &end, 10);
        size_t length = strcspn(at, " \t");
        if (!g_ascii_isdigit(*at) || end != at + length || !remove_display(displays, number)) {
            g_string_append_printf(command->out, "No display number %.*s.\n", (int)MIN(length, 40u),
                                   at);
            return;
        }
        at = end + strspn(end, " \t");
    }
}

void info_display(Command *command)
{
    const Displays *displays = displays_of(command->hub);
    if (!displays->list->len) {
        g_string_append(command->out, "There are no auto-display expressions now.\n");
        return;
    }
    g_string_append(command->out, "Auto-display expressions now in effect:\nNum Enb Expression\n");
    for (guint i = 0; i < displays->list->len; i++) {
        const Display *display = g_ptr_array_index(displays->list, i);
        g_string_append_printf(command->out, "%u:   y  %s%s%s%s\n", display->number,
                               *display->format ? "/" : "", display->format,
                               *display->format ? " " : "", expression_text(display->expression));
    }
}
