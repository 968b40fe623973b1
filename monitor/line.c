/* SPDX-License-Identifier: MIT */
/* What both line editors share, and the plain one. Source: none (own design). */
#include "monitor/line.h"

#include <string.h>

enum { KEY_BACKSPACE = 8, KEY_CTRL_U = 21, KEY_ESCAPE = 27, KEY_DELETE = 127 };

/* --- any editor -------------------------------------------------------------------------------------- */

void line_take(LineEditor *editor, uint8_t key)
{
    bool was_return = editor->was_return;
    editor->was_return = key == '\r';
    if (key != '\n' || !was_return) {
        editor->klass->take(editor, key);
    }
}

const char *line_prompt_text(const LineEditor *editor)
{
    return editor->prompt ? editor->prompt : PROMPT;
}

void line_prompt(LineEditor *editor) { editor->klass->prompt(editor); }
void line_drop(LineEditor *editor) { editor->klass->drop(editor); }

void line_free(LineEditor *editor)
{
    if (editor) {
        editor->klass->free(editor);
    }
}

/* --- the plain editor -------------------------------------------------------------------------------- */

typedef enum EscapeState { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_SEQUENCE } EscapeState;

typedef struct PlainEditor {
    LineEditor base;
    GString *line;
    EscapeState escape;
    bool is_too_long;
} PlainEditor;

static void say(PlainEditor *plain, const char *text)
{
    plain->base.user.output(plain->base.user.opaque, text, strlen(text));
}

static void delete_last(PlainEditor *plain)
{
    if (plain->line->len) {
        g_string_truncate(plain->line, plain->line->len - 1);
        say(plain, "\b \b");
    }
}

static void delete_all(PlainEditor *plain)
{
    while (plain->line->len) {
        delete_last(plain);
    }
    plain->is_too_long = false;
}

static void type_character(PlainEditor *plain, char key)
{
    const char echo[2] = {key, '\0'};
    if (plain->line->len < LINE_MAX_LENGTH) {
        g_string_append_c(plain->line, key);
        say(plain, echo);
    } else {
        plain->is_too_long = true;
    }
}

static void end_line(PlainEditor *plain)
{
    g_autofree char *line = g_strdup(plain->line->str);
    bool is_too_long = plain->is_too_long;
    g_string_truncate(plain->line, 0);
    plain->is_too_long = false;
    say(plain, "\n");
    plain->base.user.line(plain->base.user.opaque, is_too_long ? NULL : line);
}

/* True if @key belongs to an escape sequence of a cursor or function key. */
static bool swallow_escape(PlainEditor *plain, uint8_t key)
{
    switch (plain->escape) {
    case ESCAPE_NONE:
        plain->escape = key == KEY_ESCAPE ? ESCAPE_SEEN : ESCAPE_NONE;
        return key == KEY_ESCAPE;
    case ESCAPE_SEEN:
        plain->escape = key == '[' || key == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
        return true;
    case ESCAPE_SEQUENCE:
        plain->escape = key >= '@' && key <= '~' ? ESCAPE_NONE : ESCAPE_SEQUENCE;
        return true;
    }
    g_assert_not_reached();
}

static void plain_take(LineEditor *editor, uint8_t key)
{
    PlainEditor *plain = (PlainEditor *)editor;
    if (swallow_escape(plain, key)) {
        return;
    }
    switch (key) {
    case '\r':
    case '\n':
        end_line(plain);
        return;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        delete_last(plain);
        return;
    case KEY_CTRL_U:
        delete_all(plain);
        return;
    default:
        if (key >= ' ' || key == '\t') {
            type_character(plain, (char)key);
        }
    }
}

static void plain_prompt(LineEditor *editor)
{
    PlainEditor *plain = (PlainEditor *)editor;
    say(plain, line_prompt_text(editor));
    say(plain, plain->line->str);
}

static void plain_drop(LineEditor *editor)
{
    PlainEditor *plain = (PlainEditor *)editor;
    g_string_truncate(plain->line, 0);
    plain->is_too_long = false;
}

static void plain_free(LineEditor *editor)
{
    PlainEditor *plain = (PlainEditor *)editor;
    g_string_free(plain->line, TRUE);
    g_free(plain);
}

LineEditor *line_plain_new(const LineUser *user)
{
    static const LineEditorClass klass = {plain_take, plain_prompt, plain_drop, plain_free};
    PlainEditor *plain = g_new0(PlainEditor, 1);
    plain->base = (LineEditor){.klass = &klass, .user = *user};
    plain->line = g_string_new(NULL);
    return &plain->base;
}
