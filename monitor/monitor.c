/* SPDX-License-Identifier: MIT */
/*
 * A console: characters to lines, lines to commands, text to the chardev without ever waiting for it.
 *
 * Source: the console of QEMU as users know it (users.md 3.2); gdb's spellings for stepping. Not here:
 * history and completion.
 */
#include "monitor/monitor.h"

#include "monitor/internal.h"

#include <string.h>

#define PROMPT "(core99) "
#define LINE_MAX_LENGTH 4096

enum { KEY_CTRL_C = 3, KEY_BACKSPACE = 8, KEY_CTRL_U = 21, KEY_ESCAPE = 27, KEY_DELETE = 127 };

typedef enum EscapeState { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_SEQUENCE } EscapeState;

struct Monitor {
    MonitorHub *hub;
    Chardev *port;
    GByteArray *input;  /* typed ahead */
    GByteArray *output; /* what the chardev had no room for */
    GString *line;
    char *last; /* what an empty line repeats; NULL: nothing */
    EscapeState escape;
    bool was_return; /* the "\n" of "\r\n" is no second line */
    bool is_greeted;
};

/* --- output ------------------------------------------------------------------------------------------ */

static void flush_output(Monitor *monitor)
{
    size_t done = chardev_write(monitor->port, monitor->output->data, monitor->output->len);
    if (done) {
        g_byte_array_remove_range(monitor->output, 0, (guint)done);
    }
}

static void say(Monitor *monitor, const char *text)
{
    g_byte_array_append(monitor->output, (const uint8_t *)text, (guint)strlen(text));
    flush_output(monitor);
}

static void greet(Monitor *monitor)
{
    if (!monitor->is_greeted) {
        say(monitor, "core99 console; `help` lists the commands\n");
    }
    monitor->is_greeted = true;
    say(monitor, PROMPT);
    say(monitor, monitor->line->str);
}

/* --- lines --------------------------------------------------------------------------------------------- */

/* Remember what an empty line would repeat. */
static void remember(Monitor *monitor, const char *line)
{
    g_free(monitor->last);
    monitor->last = command_repeats(line) ? g_strdup(line) : NULL;
}

static void run_line(Monitor *monitor)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *line = g_strdup(g_strstrip(monitor->line->str));
    bool is_repeat = *line == '\0';
    g_string_truncate(monitor->line, 0);
    say(monitor, "\n");
    if (!is_repeat) {
        remember(monitor, line);
        command_execute(monitor->hub, line, false, out);
    } else if (monitor->last) {
        command_execute(monitor->hub, monitor->last, true, out);
    }
    say(monitor, out->str);
    if (!monitor->hub->is_stepping && !monitor->hub->has_quit) {
        say(monitor, PROMPT);
    }
}

static void delete_last(Monitor *monitor)
{
    if (monitor->line->len) {
        g_string_truncate(monitor->line, monitor->line->len - 1);
        say(monitor, "\b \b");
    }
}

static void type_character(Monitor *monitor, char key)
{
    const char echo[2] = {key, '\0'};
    if (monitor->line->len < LINE_MAX_LENGTH) {
        g_string_append_c(monitor->line, key);
        say(monitor, echo);
    }
}

/* True if @key belongs to an escape sequence of a cursor or function key. */
static bool swallow_escape(Monitor *monitor, uint8_t key)
{
    switch (monitor->escape) {
    case ESCAPE_NONE:
        monitor->escape = key == KEY_ESCAPE ? ESCAPE_SEEN : ESCAPE_NONE;
        return key == KEY_ESCAPE;
    case ESCAPE_SEEN:
        monitor->escape = key == '[' || key == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
        return true;
    case ESCAPE_SEQUENCE:
        monitor->escape = key >= '@' && key <= '~' ? ESCAPE_NONE : ESCAPE_SEQUENCE;
        return true;
    }
    g_assert_not_reached();
}

static void take_key(Monitor *monitor, uint8_t key)
{
    bool was_return = monitor->was_return;
    monitor->was_return = key == '\r';
    if (swallow_escape(monitor, key) || (key == '\n' && was_return)) {
        return;
    }
    switch (key) {
    case '\r':
    case '\n':
        run_line(monitor);
        return;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        delete_last(monitor);
        return;
    case KEY_CTRL_U:
        while (monitor->line->len) {
            delete_last(monitor);
        }
        return;
    default:
        if (key >= ' ' || key == '\t') {
            type_character(monitor, (char)key);
        }
    }
}

/* A command that takes its time, or output that nobody reads, holds back what was typed ahead. */
static void take_typed(Monitor *monitor)
{
    const MonitorHub *hub = monitor->hub;
    while (monitor->input->len && !hub->is_stepping && !hub->has_quit && !monitor->output->len) {
        uint8_t key = monitor->input->data[0];
        g_byte_array_remove_index(monitor->input, 0);
        take_key(monitor, key);
    }
    chardev_accept_input(monitor->port);
}

/* --- towards the chardev -------------------------------------------------------------------------------- */

static size_t can_receive(void *opaque)
{
    const Monitor *monitor = opaque;
    return LINE_MAX_LENGTH - MIN(monitor->input->len, LINE_MAX_LENGTH);
}

static void interrupt(Monitor *monitor)
{
    g_byte_array_set_size(monitor->input, 0);
    g_string_truncate(monitor->line, 0);
    say(monitor, "^C\n");
    if (monitor->hub->is_stepping) {
        run_pause(monitor->hub);
    } else {
        say(monitor, PROMPT);
    }
}

static void receive(void *opaque, const uint8_t *data, size_t length)
{
    Monitor *monitor = opaque;
    for (size_t i = 0; i < length; i++) {
        if (data[i] == KEY_CTRL_C) {
            interrupt(monitor);
        } else {
            g_byte_array_append(monitor->input, &data[i], 1);
        }
    }
    take_typed(monitor);
}

static void handle_event(void *opaque, ChardevEvent event)
{
    Monitor *monitor = opaque;
    if (event == CHARDEV_MUX_IN || (event == CHARDEV_OPENED && chardev_has_focus(monitor->port))) {
        greet(monitor);
    } else if (event == CHARDEV_CLOSED) {
        monitor->is_greeted = false;
        g_string_truncate(monitor->line, 0);
        g_byte_array_set_size(monitor->input, 0);
        g_byte_array_set_size(monitor->output, 0);
    }
}

static void can_send(void *opaque)
{
    Monitor *monitor = opaque;
    if (monitor->output->len) {
        flush_output(monitor);
        take_typed(monitor);
    }
}

static const ChardevHandlers handlers = {
    .can_receive = can_receive,
    .receive = receive,
    .event = handle_event,
    .can_send = can_send,
};

void monitor_notify(Monitor *monitor, const char *text)
{
    bool was_at_prompt = !monitor->hub->is_stepping;
    if (!monitor->is_greeted) {
        return;
    }
    if (was_at_prompt) {
        say(monitor, "\n");
    }
    say(monitor, text);
}

void monitor_prompt(Monitor *monitor)
{
    if (monitor->is_greeted) {
        say(monitor, PROMPT);
        say(monitor, monitor->line->str);
        take_typed(monitor);
    }
}

/* --- life --------------------------------------------------------------------------------------------- */

Monitor *monitor_new(MonitorHub *hub, Chardev *chr, Error **errp)
{
    Chardev *port = chardev_claim(chr, errp);
    if (!port) {
        return NULL;
    }
    Monitor *monitor = g_new0(Monitor, 1);
    *monitor = (Monitor){
        .hub = hub,
        .port = port,
        .input = g_byte_array_new(),
        .output = g_byte_array_new(),
        .line = g_string_new(NULL),
    };
    g_ptr_array_add(hub->monitors, monitor);
    chardev_set_handlers(port, &handlers, monitor);
    return monitor;
}

void monitor_free(Monitor *monitor)
{
    chardev_release(monitor->port);
    g_byte_array_unref(monitor->input);
    g_byte_array_unref(monitor->output);
    g_string_free(monitor->line, TRUE);
    g_free(monitor->last);
    g_free(monitor);
}
