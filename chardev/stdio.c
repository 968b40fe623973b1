/* SPDX-License-Identifier: MIT */
/*
 * Standard input and output. A terminal is put into raw mode until the chardev closes; the descriptors
 * themselves are left as they are, since the shell and other programs share them.
 */
#include "chardev/internal.h"
#include "util/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct StdioChardev {
    Chardev parent_obj;
    FdStream stream;
    int own_out_fd; /* opened anew, to be non-blocking for us only; -1: standard output itself */
    bool is_open;
    bool is_terminal;
} StdioChardev;

static const OptionDesc stdio_options[] = {
    {"signal", "bool", "Ctrl-C and the like end the emulator (default on)"},
    {NULL, NULL, NULL},
};

static StdioChardev *stdio_chardev(void *obj)
{
    return OBJECT_CHECK(StdioChardev, obj, TYPE_CHARDEV_STDIO);
}

/* Input that ends or output that nobody reads: the other direction lives on. */
static void stdio_ended(Chardev *chr, FdEnd end, int error)
{
    if (end == FD_OUTPUT_FAILED) {
        warn_report("chardev %s: cannot write standard output: %s", chr->id, g_strerror(error));
    }
}

static int find_stdio(Object *child, void *opaque)
{
    return child != opaque && object_dynamic_cast(child, TYPE_CHARDEV_STDIO);
}

/* A file's own descriptor keeps its offset; pipes and terminals are opened a second time, so that
 * O_NONBLOCK is not seen by whoever shares them. */
static void open_output(StdioChardev *stdio)
{
    struct stat status;

    stdio->stream.out_fd = STDOUT_FILENO;
    if (fstat(STDOUT_FILENO, &status) != 0 || S_ISREG(status.st_mode)) {
        return;
    }
    stdio->own_out_fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (stdio->own_out_fd >= 0) {
        stdio->stream.out_fd = stdio->own_out_fd;
    } else {
        stdio->stream.out_blocks = true;
    }
}

static bool stdio_open(Chardev *chr, const Options *opts, Error **errp)
{
    StdioChardev *stdio = stdio_chardev(chr);
    bool signals;

    if (!options_get_bool(opts, "signal", true, &signals, errp)) {
        return false;
    }
    if (object_child_foreach_recursive(chardev_container(), find_stdio, chr)) {
        return error_setg(errp, "standard input and output serve one chardev only");
    }
    /* A closed pipe is an error of write(), not the end of the machine. */
    signal(SIGPIPE, SIG_IGN);
    stdio->is_open = true;
    stdio->is_terminal = terminal_make_raw(STDIN_FILENO, signals);
    stdio->stream.in_fd = STDIN_FILENO;
    open_output(stdio);
    chardev_set_connected(chr, true);
    return true;
}

static void stdio_close(Chardev *chr)
{
    StdioChardev *stdio = stdio_chardev(chr);

    fd_stream_stop(&stdio->stream);
    if (stdio->own_out_fd >= 0) {
        close(stdio->own_out_fd);
        stdio->own_out_fd = -1;
    }
    if (stdio->is_open) {
        terminal_restore();
        stdio->is_open = false;
    }
}

static size_t stdio_write(Chardev *chr, const uint8_t *data, size_t length)
{
    return fd_stream_write(&stdio_chardev(chr)->stream, data, length);
}

static void stdio_update_input(Chardev *chr)
{
    fd_stream_update_input(&stdio_chardev(chr)->stream);
}

static bool stdio_terminal(Chardev *chr, ChardevTerminal *terminal)
{
    struct winsize size = {0};
    const char *type = g_getenv("TERM");

    if (!stdio_chardev(chr)->is_terminal || !isatty(STDOUT_FILENO) || !type || !*type ||
        g_str_equal(type, "dumb")) {
        return false;
    }
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *terminal = (ChardevTerminal){.type = type, .columns = size.ws_col, .rows = size.ws_row};
    return true;
}

static bool stdio_is_typed(Chardev *chr) { return stdio_chardev(chr)->is_terminal; }

void chardev_stdio_restore(void) { terminal_restore(); }

static void stdio_instance_init(Object *obj)
{
    StdioChardev *stdio = stdio_chardev(obj);

    stdio->own_out_fd = -1;
    fd_stream_init(&stdio->stream, CHARDEV(obj), stdio_ended);
}

static void stdio_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "standard input and output";
    chardev_class->options = stdio_options;
    chardev_class->open = stdio_open;
    chardev_class->close = stdio_close;
    chardev_class->write = stdio_write;
    chardev_class->update_input = stdio_update_input;
    chardev_class->terminal = stdio_terminal;
    chardev_class->is_typed = stdio_is_typed;
}

static const TypeInfo stdio_info = {
    .name = TYPE_CHARDEV_STDIO,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(StdioChardev),
    .instance_init = stdio_instance_init,
    .class_init = stdio_class_init,
};
DEFINE_TYPE(stdio_info)
