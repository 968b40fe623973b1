/* SPDX-License-Identifier: MIT */
/*
 * A console: characters to lines, lines to commands, text to the chardev without ever waiting for it.
 *
 * Source: the console of QEMU as users know it (users.md 3.2); gdb's spellings for stepping. The
 * line being typed is line.h's.
 */
#include "monitor/monitor.h"

#include "monitor/internal.h"
#include "monitor/line.h"

#include <string.h>

enum { KEY_CTRL_C = 3, MOST_NEWS = 1 << 20, READS = 1 << 16 };

struct Monitor {
    MonitorHub *hub;
    Chardev *port;
    GByteArray *input;  /* typed ahead */
    GByteArray *output; /* what the chardev had no room for */
    LineEditor *editor;
    char *last;         /* what an empty line repeats; NULL: nothing */
    bool is_terminal;   /* @editor is the one for terminals */
    bool needs_returns; /* "\r" before each "\n" */
    bool is_greeted;
    bool has_missed; /* news came while too much waited to be read */
};

/* --- output ------------------------------------------------------------------------------------------ */

/* Some room stays in the ring: the guest would have to wait for it. */
static void flush_output(Monitor *monitor)
{
    size_t room = chardev_can_write(monitor->port);
    size_t length = MIN(monitor->output->len, room - MIN(room, CHARDEV_HEADROOM));
    size_t done = chardev_write(monitor->port, monitor->output->data, length);
    if (done) {
        g_byte_array_remove_range(monitor->output, 0, (guint)done);
    }
}

static void say_bytes(Monitor *monitor, const char *text, size_t length)
{
    while (length) {
        const char *newline = monitor->needs_returns ? memchr(text, '\n', length) : NULL;
        size_t piece = newline ? (size_t)(newline - text) : length;
        g_byte_array_append(monitor->output, (const uint8_t *)text, (guint)piece);
        if (newline) {
            g_byte_array_append(monitor->output, (const uint8_t *)"\r\n", 2);
            piece++;
        }
        text += piece;
        length -= piece;
    }
    flush_output(monitor);
}

static void say(Monitor *monitor, const char *text) { say_bytes(monitor, text, strlen(text)); }

static void say_for_editor(void *opaque, const char *text, size_t length)
{
    say_bytes(opaque, text, length);
}

/* The prompt and what is typed; a terminal may have been made larger or smaller meanwhile. */
static void show_line(Monitor *monitor)
{
    ChardevTerminal terminal;
    if (monitor->is_terminal && chardev_terminal(monitor->port, &terminal)) {
        line_terminal_resize(monitor->editor, &terminal);
    }
    monitor->editor->prompt = script_prompt(monitor->hub);
    line_prompt(monitor->editor);
}

static void greet(Monitor *monitor)
{
    if (!monitor->is_greeted) {
        say(monitor, "core99 console; `help` lists the commands\n");
    }
    monitor->is_greeted = true;
    stop_news_can_go(monitor->hub);
    show_line(monitor);
}

/* --- lines --------------------------------------------------------------------------------------------- */

/* Remember what an empty line would repeat. */
static void remember(Monitor *monitor, const char *line)
{
    g_free(monitor->last);
    monitor->last = command_repeats(line) ? g_strdup(line) : NULL;
}

static void execute(Monitor *monitor, char *line)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (*g_strstrip(line)) {
        remember(monitor, line);
        command_execute(monitor->hub, line, false, out);
    } else if (monitor->last) {
        command_execute(monitor->hub, monitor->last, true, out);
    }
    say(monitor, out->str);
}

static void run_line(void *opaque, const char *text)
{
    Monitor *monitor = opaque;
    g_autofree char *line = g_strdup(text);
    if (line) {
        execute(monitor, line);
    } else {
        g_autofree char *message = g_strdup_printf("the line is longer than %d characters\n",
                                                   LINE_MAX_LENGTH);
        say(monitor, message);
    }
    if (!monitor->hub->is_stepping && !monitor->hub->has_quit) {
        show_line(monitor);
    }
}

static GPtrArray *complete(void *opaque, const char *text, size_t *start)
{
    return command_complete(((Monitor *)opaque)->hub, text, start);
}

/* A command that takes its time, or output that nobody reads, holds back what was typed ahead. */
static void take_typed(Monitor *monitor)
{
    const MonitorHub *hub = monitor->hub;
    while (monitor->input->len && !hub->is_stepping && !hub->has_quit && !monitor->output->len) {
        uint8_t key = monitor->input->data[0];
        g_byte_array_remove_index(monitor->input, 0);
        line_take(monitor->editor, key);
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
    line_drop(monitor->editor);
    say(monitor, "^C\n");
    if (monitor->hub->is_stepping) {
        run_pause(monitor->hub);
    } else {
        script_forget(monitor->hub);
        show_line(monitor);
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
        monitor->is_greeted = monitor->has_missed = false;
        line_drop(monitor->editor);
        g_byte_array_set_size(monitor->input, 0);
        g_byte_array_set_size(monitor->output, 0);
    }
}

static void tell_missed(Monitor *monitor)
{
    if (monitor->has_missed && !monitor->output->len) {
        monitor->has_missed = false;
        say(monitor, "\n(messages that came meanwhile are left out)\n");
        if (!monitor->hub->is_stepping) {
            show_line(monitor);
        }
    }
}

static void can_send(void *opaque)
{
    Monitor *monitor = opaque;
    if (monitor->output->len) {
        flush_output(monitor);
        tell_missed(monitor);
        take_typed(monitor);
        stop_news_can_go(monitor->hub);
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
    /* News for somebody who does not read pile up to a bound. */
    monitor->has_missed = monitor->has_missed || monitor->output->len > MOST_NEWS;
    if (!monitor->is_greeted || monitor->has_missed) {
        return;
    }
    if (was_at_prompt) {
        say(monitor, "\n");
    }
    say(monitor, text);
}

bool monitor_has_room(const Monitor *monitor)
{
    return monitor->is_greeted && !monitor->has_missed && monitor->output->len < READS;
}

void monitor_prompt(Monitor *monitor)
{
    if (monitor->is_greeted && !monitor->has_missed) {
        show_line(monitor);
        take_typed(monitor);
    }
}

/* --- life --------------------------------------------------------------------------------------------- */

static void make_editor(Monitor *monitor)
{
    const LineUser user = {say_for_editor, run_line, complete, monitor};
    ChardevTerminal terminal;
    if (chardev_terminal(monitor->port, &terminal)) {
        g_autofree char *history = line_history_path();
        monitor->needs_returns = terminal.needs_returns;
        monitor->editor = line_terminal_new(&user, &terminal, history);
        monitor->is_terminal = monitor->editor != NULL;
    }
    if (!monitor->editor) {
        monitor->editor = line_plain_new(&user);
    }
}

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
    };
    make_editor(monitor);
    g_ptr_array_add(hub->monitors, monitor);
    chardev_set_handlers(port, &handlers, monitor);
    return monitor;
}

void monitor_free(Monitor *monitor)
{
    chardev_release(monitor->port);
    g_byte_array_unref(monitor->input);
    g_byte_array_unref(monitor->output);
    line_free(monitor->editor);
    g_free(monitor->last);
    g_free(monitor);
}
