/* SPDX-License-Identifier: MIT */
/* Output to a file. Input from a file (QEMU's input-path) is not built. */
#include "chardev/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct FileChardev {
    Chardev parent_obj;
    FdStream stream;
    int fd;
    char *path;
} FileChardev;

static const OptionDesc file_options[] = {
    {"path", "string", "file to write"},
    {"append", "bool", "keep what the file holds (default off)"},
    {NULL, NULL, NULL},
};

static const char *const file_later[] = {"input-path", NULL};

static FileChardev *file_chardev(void *obj)
{
    return OBJECT_CHECK(FileChardev, obj, TYPE_CHARDEV_FILE);
}

static void file_ended(Chardev *chr, FdEnd end, int error)
{
    g_assert(end == FD_OUTPUT_FAILED);
    warn_report("chardev %s: cannot write '%s': %s; its output is discarded", chr->id,
                file_chardev(chr)->path, g_strerror(error));
    chardev_set_connected(chr, false);
}

static bool file_open(Chardev *chr, const Options *opts, Error **errp)
{
    FileChardev *file = file_chardev(chr);
    const char *path = options_get(opts, "path");
    bool append;

    if (!path || !*path) {
        return error_setg(errp, "back end file needs path=FILE");
    }
    if (!options_get_bool(opts, "append", false, &append, errp)) {
        return false;
    }
    /* O_NONBLOCK: a FIFO without a reader is an error, not a wait. */
    file->fd = open(
        path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (append ? O_APPEND : O_TRUNC), 0666);
    if (file->fd < 0) {
        return error_setg_errno(errp, errno, "cannot open '%s'", path);
    }
    file->path = g_strdup(path);
    file->stream.out_fd = file->fd;
    chardev_set_connected(chr, true);
    return true;
}

static void file_close(Chardev *chr)
{
    FileChardev *file = file_chardev(chr);

    fd_stream_stop(&file->stream);
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
    g_clear_pointer(&file->path, g_free);
}

static size_t file_write(Chardev *chr, const uint8_t *data, size_t length)
{
    return fd_stream_write(&file_chardev(chr)->stream, data, length);
}

static char *file_describe(Chardev *chr)
{
    return g_strdup_printf("file:%s", file_chardev(chr)->path);
}

static void file_instance_init(Object *obj)
{
    FileChardev *file = file_chardev(obj);

    file->fd = -1;
    fd_stream_init(&file->stream, CHARDEV(obj), file_ended);
}

static void file_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "output to a file";
    chardev_class->options = file_options;
    chardev_class->later = file_later;
    chardev_class->open = file_open;
    chardev_class->close = file_close;
    chardev_class->write = file_write;
    chardev_class->describe = file_describe;
}

static const TypeInfo file_info = {
    .name = TYPE_CHARDEV_FILE,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(FileChardev),
    .instance_init = file_instance_init,
    .class_init = file_class_init,
};
DEFINE_TYPE(file_info)
