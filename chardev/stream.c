/* SPDX-License-Identifier: MIT */
/* A back end over file descriptors: watches that come and go with what both ends can take. */
#include "chardev/internal.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

#define READ_CHUNK 4096
/* What a terminal that polls writable takes without waiting. */
#define BLOCKING_WRITE_CHUNK 256

void fd_stream_init(FdStream *stream, Chardev *chr, FdEnded *ended)
{
    *stream = (FdStream){.chr = chr, .in_fd = -1, .out_fd = -1, .ended = ended};
}

static void drop_source(guint *id)
{
    if (*id) {
        g_source_remove(*id);
        *id = 0;
    }
}

void fd_stream_stop(FdStream *stream)
{
    drop_source(&stream->in_source);
    drop_source(&stream->out_source);
    stream->in_fd = -1;
    stream->out_fd = -1;
}

/* --- output ------------------------------------------------------------------------------------------ */

static gboolean writable(gint fd, GIOCondition condition, gpointer user_data)
{
    FdStream *stream = user_data;

    (void)fd;
    (void)condition;
    stream->out_source = 0;
    chardev_output_ready(stream->chr);
    return G_SOURCE_REMOVE;
}

static size_t wait_writable(FdStream *stream)
{
    if (!stream->out_source) {
        stream->out_source = g_unix_fd_add(stream->out_fd, G_IO_OUT | G_IO_ERR | G_IO_HUP, writable,
                                           stream);
    }
    return 0;
}

static bool polls_writable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

    return poll(&poll_fd, 1, 0) != 0;
}

size_t fd_stream_write(FdStream *stream, const uint8_t *data, size_t length)
{
    size_t wanted = length;
    ssize_t done;

    if (stream->out_fd < 0) {
        return length;
    }
    if (stream->out_blocks) {
        length = MIN(length, BLOCKING_WRITE_CHUNK);
        if (!polls_writable(stream->out_fd)) {
            return wait_writable(stream);
        }
    }
    do {
        done = write(stream->out_fd, data, length);
    } while (done < 0 && errno == EINTR);
    if (done < 0 && errno == EAGAIN) {
        return wait_writable(stream);
    }
    if (done < 0) {
        drop_source(&stream->out_source);
        stream->out_fd = -1;
        stream->ended(stream->chr, FD_OUTPUT_FAILED, errno);
        return length;
    }
    if ((size_t)done < wanted) {
        wait_writable(stream); /* the caller relies on being called again */
    }
    return (size_t)done;
}

/* --- input ------------------------------------------------------------------------------------------- */

static gboolean readable(gint fd, GIOCondition condition, gpointer user_data)
{
    FdStream *stream = user_data;
    uint8_t data[READ_CHUNK];
    size_t room = chardev_input_room(stream->chr);
    ssize_t length;

    (void)condition;
    if (room == 0) {
        stream->in_source = 0; /* chardev_accept_input() brings it back */
        return G_SOURCE_REMOVE;
    }
    length = read(fd, data, MIN(room, sizeof(data)));
    if (length > 0) {
        size_t kept = stream->filter ? stream->filter(stream->chr, data, (size_t)length)
                                     : (size_t)length;
        chardev_deliver(stream->chr, data, kept);
        return G_SOURCE_CONTINUE;
    }
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        return G_SOURCE_CONTINUE;
    }
    stream->in_source = 0;
    stream->in_fd = -1;
    stream->ended(stream->chr, FD_INPUT_ENDED, length < 0 ? errno : 0);
    return G_SOURCE_REMOVE;
}

void fd_stream_update_input(FdStream *stream)
{
    if (stream->in_fd >= 0 && !stream->in_source && chardev_input_room(stream->chr) > 0) {
        stream->in_source = g_unix_fd_add(stream->in_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable,
                                          stream);
    }
}
