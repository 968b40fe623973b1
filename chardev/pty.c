/* SPDX-License-Identifier: MIT */
/*
 * A pseudo terminal: another program opens the name we tell (screen, picocom, socat).
 *
 * The kernel tells whether somebody has the other end open only when asked, so a timer asks while nobody
 * has. Source: pty(7).
 */
#include "chardev/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ASK_MS 100

typedef struct PtyChardev {
    Chardev parent_obj;
    FdStream stream;
    int master; /* -1: closed */
    guint timer;
    char *name; /* of the other end */
    char *link; /* path=, ours to remove; NULL: none */
} PtyChardev;

static const OptionDesc pty_options[] = {
    {"path", "string", "symbolic link to make to the terminal"},
    {NULL, NULL, NULL},
};

static PtyChardev *pty_chardev(void *obj)
{
    return OBJECT_CHECK(PtyChardev, obj, TYPE_CHARDEV_PTY);
}

static bool is_other_end_open(const PtyChardev *pty)
{
    struct pollfd poll_fd = {.fd = pty->master, .events = POLLOUT};

    return poll(&poll_fd, 1, 0) >= 0 && !(poll_fd.revents & (POLLHUP | POLLERR));
}

static gboolean ask(gpointer user_data)
{
    PtyChardev *pty = user_data;

    if (!is_other_end_open(pty)) {
        return G_SOURCE_CONTINUE;
    }
    pty->timer = 0;
    pty->stream.in_fd = pty->stream.out_fd = pty->master;
    chardev_set_connected(CHARDEV(pty), true);
    chardev_accept_input(CHARDEV(pty));
    return G_SOURCE_REMOVE;
}

static void wait_for_peer(PtyChardev *pty)
{
    if (pty->master >= 0 && !pty->timer) {
        pty->timer = g_timeout_add(ASK_MS, ask, pty);
    }
}

static void pty_ended(Chardev *chr, FdEnd end, int error)
{
    PtyChardev *pty = pty_chardev(chr);

    (void)end;
    (void)error;
    fd_stream_stop(&pty->stream);
    chardev_set_connected(chr, false);
    wait_for_peer(pty);
}

/* Raw, and no echo of what the guest prints: nobody may have set up the other end yet. */
static bool make_pty(PtyChardev *pty, Error **errp)
{
    struct termios modes;
    char name[64];
    int slave;

    if (openpty(&pty->master, &slave, name, NULL, NULL) != 0) {
        pty->master = -1;
        return error_setg_errno(errp, errno, "cannot open a pseudo terminal");
    }
    tcgetattr(slave, &modes);
    cfmakeraw(&modes);
    tcsetattr(slave, TCSAFLUSH, &modes);
    close(slave);
    fcntl(pty->master, F_SETFL, O_NONBLOCK);
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    pty->name = g_strdup(name);
    return true;
}

static bool pty_open(Chardev *chr, const Options *opts, Error **errp)
{
    PtyChardev *pty = pty_chardev(chr);
    const char *path = options_get(opts, "path");

    if (!make_pty(pty, errp)) {
        return false;
    }
    if (path && symlink(pty->name, path) != 0) {
        return error_setg_errno(errp, errno, "cannot make the link '%s'", path);
    }
    pty->link = g_strdup(path);
    error_report("char device redirected to %s (label %s)", pty->name, chr->id);
    wait_for_peer(pty);
    return true;
}

static void pty_close(Chardev *chr)
{
    PtyChardev *pty = pty_chardev(chr);

    if (pty->timer) {
        g_source_remove(pty->timer);
        pty->timer = 0;
    }
    fd_stream_stop(&pty->stream);
    if (pty->link) {
        unlink(pty->link);
    }
    if (pty->master >= 0) {
        close(pty->master);
        pty->master = -1;
    }
    g_clear_pointer(&pty->link, g_free);
    g_clear_pointer(&pty->name, g_free);
}

static size_t pty_write(Chardev *chr, const uint8_t *data, size_t length)
{
    PtyChardev *pty = pty_chardev(chr);

    /* The kernel would keep what nobody is there to read, and then take no more. */
    if (pty->stream.out_fd >= 0 && !is_other_end_open(pty)) {
        pty_ended(chr, FD_OUTPUT_FAILED, 0);
    }
    return fd_stream_write(&pty->stream, data, length);
}

static void pty_update_input(Chardev *chr) { fd_stream_update_input(&pty_chardev(chr)->stream); }

static char *pty_describe(Chardev *chr)
{
    return g_strdup_printf("pty:%s", pty_chardev(chr)->name);
}

static bool pty_terminal(Chardev *chr, ChardevTerminal *terminal)
{
    struct winsize size = {0};

    ioctl(pty_chardev(chr)->master, TIOCGWINSZ, &size);
    *terminal = (ChardevTerminal){
        .type = "vt100", .columns = size.ws_col, .rows = size.ws_row, .needs_returns = true};
    return true;
}

static bool pty_is_typed(Chardev *chr)
{
    (void)chr;
    return true;
}

static void pty_instance_init(Object *obj)
{
    PtyChardev *pty = pty_chardev(obj);

    pty->master = -1;
    fd_stream_init(&pty->stream, CHARDEV(obj), pty_ended);
}

static void pty_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "pseudo terminal";
    chardev_class->options = pty_options;
    chardev_class->open = pty_open;
    chardev_class->close = pty_close;
    chardev_class->write = pty_write;
    chardev_class->update_input = pty_update_input;
    chardev_class->describe = pty_describe;
    chardev_class->terminal = pty_terminal;
    chardev_class->is_typed = pty_is_typed;
}

static const TypeInfo pty_info = {
    .name = TYPE_CHARDEV_PTY,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(PtyChardev),
    .instance_init = pty_instance_init,
    .class_init = pty_class_init,
};
DEFINE_TYPE(pty_info)
