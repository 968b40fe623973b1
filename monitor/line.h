/* SPDX-License-Identifier: MIT */
/*
 * A console's line being typed: keys in, echo and whole lines out.
 *
 * Two editors: the plain one for pipes, files and sockets (append, backspace, Ctrl-U; scripts rely on its
 * bytes), and one over libedit for terminals. Neither ever waits. Context: main thread.
 */
#ifndef MONITOR_LINE_H
#define MONITOR_LINE_H

#include "chardev/chardev.h"

#include <glib.h>

enum { LINE_MAX_LENGTH = 4096 };

#define PROMPT "(core99) "

/* Whom the editor works for. */
typedef struct LineUser {
    void (*output)(void *opaque, const char *text, size_t length);
    /* Return was pressed and a new line begun on the screen. NULL: the line was too long. */
    void (*line)(void *opaque, const char *line);
    /* The words that may stand at the end of @text, char *; *@start: where in @text they begin. */
    GPtrArray *(*complete)(void *opaque, const char *text, size_t *start);
    void *opaque;
} LineUser;

typedef struct LineEditor LineEditor;

typedef struct LineEditorClass {
    void (*take)(LineEditor *editor, uint8_t key);
    void (*prompt)(LineEditor *editor);
    void (*drop)(LineEditor *editor);
    void (*free)(LineEditor *editor);
} LineEditorClass;

struct LineEditor {
    const LineEditorClass *klass;
    LineUser user;
    const char *prompt; /* lent; NULL: PROMPT. Read by line_prompt() */
    bool was_return;    /* the "\n" of "\r\n" is no second line */
};

LineEditor *line_plain_new(const LineUser *user);
/* NULL: built without libedit, or the host has no pty to spare. @history: file of lines typed before,
 * or NULL. */
LineEditor *line_terminal_new(const LineUser *user, const ChardevTerminal *terminal,
                              const char *history);
/* The window's size may have changed; for an editor of line_terminal_new() only. */
void line_terminal_resize(LineEditor *editor, const ChardevTerminal *terminal);

const char *line_prompt_text(const LineEditor *editor);
void line_take(LineEditor *editor, uint8_t key);
/* Show the prompt and what has been typed, from the screen's first column on. */
void line_prompt(LineEditor *editor);
/* Forget what has been typed; shows nothing. */
void line_drop(LineEditor *editor);
void line_free(LineEditor *editor); /* NULL is allowed */

/* --- line_history.c ------------------------------------------------------------------------------ */

enum { LINE_HISTORY_MAX = 1000 };

/* Where a user's lines are kept. Free with g_free(). */
char *line_history_path(void);
/* The last lines of @path, oldest first, char *; empty if it cannot be read. Shortens a file that has
 * grown. */
GPtrArray *line_history_read(const char *path);
/* Best effort: a file that cannot be written is left alone. */
void line_history_append(const char *path, const char *line);

/* --- words.c -------------------------------------------------------------------------------------- */

/* What all of @words begin with. Free with g_free(). */
char *words_common_prefix(const GPtrArray *words);
/* @words in columns on a screen that wide; the first hundred only. */
void words_list(const GPtrArray *words, unsigned width, GString *out);

#endif
