/* SPDX-License-Identifier: MIT */
/*
 * The lines a user typed, kept between sessions in $XDG_STATE_HOME/core99/history.
 *
 * Several emulators may append to one file. Source: XDG Base Directory Specification 0.8.
 */
#include "monitor/line.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 }; /* of the file that are looked at */

char *line_history_path(void)
{
    return g_build_filename(g_get_user_state_dir(), "core99", "history", NULL);
}

/* A regular file at @path, or -1: what a link or a FIFO leads to is not ours to read and rewrite. */
static int open_regular(const char *path, int flags)
{
    struct stat status;
    int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The last MOST_BYTES of @fd. */
static char *read_tail(int fd, bool *is_cut)
{
    off_t size = lseek(fd, 0, SEEK_END);
    off_t at = MAX(size - MOST_BYTES, 0);
    char *text = g_malloc(MOST_BYTES + 1);
    ssize_t length = size > 0 ? pread(fd, text, MOST_BYTES, at) : 0;
    text[MAX(length, 0)] = '\0';
    *is_cut = at > 0;
    return text;
}

/* Drop what is older than the last LINE_HISTORY_MAX lines. */
static void keep_newest(GPtrArray *lines)
{
    if (lines->len > LINE_HISTORY_MAX) {
        g_ptr_array_remove_range(lines, 0, lines->len - LINE_HISTORY_MAX);
    }
}

static void rewrite(const char *path, const GPtrArray *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++) {
        g_string_append_printf(text, "%s\n", (char *)g_ptr_array_index(lines, i));
    }
    g_file_set_contents_full(path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                             0600, NULL);
}

GPtrArray *line_history_read(const char *path)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    bool is_cut = false;
    int fd = open_regular(path, O_RDONLY);
    if (fd < 0) {
        return lines;
    }
    g_autofree char *text = read_tail(fd, &is_cut);
    close(fd);
    g_auto(GStrv) words = g_strsplit(text, "\n", -1);
    for (char **word = words + (is_cut && words[0]); *word; word++) {
        if (**word && strlen(*word) <= LINE_MAX_LENGTH) {
            g_ptr_array_add(lines, g_strdup(*word));
        }
    }
    bool has_grown = is_cut || lines->len > 2 * LINE_HISTORY_MAX;
    keep_newest(lines);
    if (has_grown) {
        rewrite(path, lines);
    }
    return lines;
}

void line_history_append(const char *path, const char *line)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        return;
    }
    int fd = open_regular(path, O_WRONLY | O_CREAT | O_APPEND);
    if (fd >= 0) {
        ssize_t done = write(fd, text,
                             strlen(text)); /* one write: lines of two writers stay whole */
        (void)done;
        close(fd);
    }
}
