/* SPDX-License-Identifier: MIT */
/*
 * The line editor of consoles on terminals: libedit, on a stack of its own.
 *
 * libedit reads its keys when it wants them and cannot be asked to come back later. So it runs as a
 * coroutine: the function it reads with returns to the main loop when no key is there and goes on when
 * one is. It wants a terminal to set modes of and ask for its size: each editor has a pty for that alone,
 * which carries no characters. Characters leave through a FILE of ours. Source: editline(3), pty(7).
 * Not here: vi's keys, the user's .editrc, libedit's own commands (they could write files).
 */
#include "monitor/line.h"
#include "monitor/monitor.h"

#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <wchar.h>

enum {
    STACK_SIZE = 512 * 1024,
    GUARD_SIZE = 64 * 1024,
    NO_KEY = -1,
    REPLACEMENT = 0xfffd, /* for bytes that are no UTF-8 */
};

enum { KEY_CTRL_C = 3, KEY_CTRL_D = 4, KEY_BACKSPACE = 8, KEY_CTRL_U = 21, KEY_CTRL_Z = 26 };
enum { KEY_DELETE = 127 };

typedef struct TerminalEditor {
    LineEditor base;
    EditLine *el;
    History *history;
    char *history_path; /* NULL: kept nowhere */
    FILE *out;
    int master, slave;
    locale_t locale; /* (locale_t)0: none that knows UTF-8 */
    unsigned columns, rows;
    ucontext_t main_loop, own;
    uint8_t *stack;
    int key;         /* for libedit; NO_KEY: none has come */
    char bytes[4];   /* of a character that is not whole yet */
    unsigned length; /* of them */
    char *line;      /* typed and not yet taken away */
    bool wants_line, is_editing, is_dropped, is_ending;
    bool is_mute;     /* what libedit prints goes nowhere */
    bool is_too_long; /* keys go nowhere until the line ends */
} TerminalEditor;

/* --- the coroutine ----------------------------------------------------------------------------------- */

static void wait_for_main_loop(TerminalEditor *editor)
{
    swapcontext(&editor->own, &editor->main_loop);
}

/* Lets libedit go on until it wants a key that is not there, or a line is whole. */
static void resume(TerminalEditor *editor)
{
    locale_t before = uselocale(editor->locale);
    swapcontext(&editor->main_loop, &editor->own);
    fflush(editor->out);
    uselocale(before);
}

static void keep_line(TerminalEditor *editor, const char *text)
{
    HistEvent event;
    editor->line = g_strndup(text, strcspn(text, "\r\n"));
    if (*editor->line && !editor->is_too_long) {
        history(editor->history, &event, H_ENTER, editor->line);
        if (editor->history_path) {
            line_history_append(editor->history_path, editor->line);
        }
    }
}

static void edit_lines(unsigned high, unsigned low)
{
    TerminalEditor *editor = (TerminalEditor *)((uintptr_t)high << 32 | low);
    while (!editor->is_ending) {
        if (!editor->wants_line) {
            wait_for_main_loop(editor);
            continue;
        }
        int count = 0;
        editor->wants_line = editor->is_too_long = false;
        editor->is_editing = true;
        const char *text = el_gets(editor->el, &count);
        editor->is_editing = false;
        if (text && count > 0 && !editor->is_dropped) {
            keep_line(editor, text);
        }
    }
}

static bool start_coroutine(TerminalEditor *editor)
{
    uintptr_t self = (uintptr_t)editor;
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    if (stack == MAP_FAILED) {
        return false;
    }
    editor->stack = stack;
    mprotect(stack, GUARD_SIZE, PROT_NONE);
    getcontext(&editor->own);
    editor->own.uc_stack.ss_sp = editor->stack + GUARD_SIZE;
    editor->own.uc_stack.ss_size = STACK_SIZE - GUARD_SIZE;
    editor->own.uc_link = &editor->main_loop;
    makecontext(&editor->own, (void (*)(void))edit_lines, 2, (unsigned)(self >> 32),
                (unsigned)self);
    return true;
}

/* --- keys -------------------------------------------------------------------------------------------- */

static size_t typed_length(TerminalEditor *editor)
{
    const LineInfoW *info = el_wline(editor->el);
    return (size_t)(info->lastchar - info->buffer);
}

/* The character that @key completes; false: more bytes belong to it. */
static bool decode(TerminalEditor *editor, uint8_t key, wchar_t *out)
{
    bool goes_on = (key & 0xc0) == 0x80;
    if (editor->length && !goes_on) {
        editor->length = 0;
        editor->key = key; /* comes again, behind what stands for the broken character */
        *out = editor->locale ? REPLACEMENT : L'?';
        return true;
    }
    if (key < 0x80) {
        *out = key;
        return true;
    }
    editor->bytes[editor->length++] = (char)key;
    gunichar found = g_utf8_get_char_validated(editor->bytes, (gssize)editor->length);
    if (found == (gunichar)-2) {
        return false;
    }
    editor->length = 0;
    *out = !editor->locale ? L'?' : found == (gunichar)-1 ? REPLACEMENT : (wchar_t)found;
    return true;
}

/* A line that has grown too long takes keys that end or empty it only. */
static bool is_swallowed(TerminalEditor *editor, wchar_t key)
{
    if (key == L'\r' || key == L'\n' || key == KEY_BACKSPACE || key == KEY_DELETE) {
        return false;
    }
    if (key == KEY_CTRL_U) {
        editor->is_too_long = false;
        return false;
    }
    editor->is_too_long = editor->is_too_long || typed_length(editor) >= LINE_MAX_LENGTH;
    return editor->is_too_long || key == KEY_CTRL_Z || key == KEY_CTRL_C;
}

static void refresh(TerminalEditor *editor)
{
    el_set(editor->el, EL_REFRESH);
    fflush(editor->out);
}

static void print(TerminalEditor *editor, const char *text)
{
    fflush(editor->out);
    editor->base.user.output(editor->base.user.opaque, text, strlen(text));
}

static bool ends_nothing(TerminalEditor *editor, wchar_t key)
{
    if (key != KEY_CTRL_D || typed_length(editor) > 0) {
        return false;
    }
    print(editor, "\n`quit` ends the emulator\n");
    refresh(editor);
    return true;
}

/* libedit's way to read: 1 with *@out set, or -1: give the line up. */
static int read_key(EditLine *el, wchar_t *out)
{
    TerminalEditor *editor = NULL;
    el_get(el, EL_CLIENTDATA, (void **)&editor);
    for (;;) {
        while (editor->key == NO_KEY && !editor->is_dropped) {
            wait_for_main_loop(editor);
        }
        if (editor->is_dropped) {
            return -1;
        }
        uint8_t key = (uint8_t)editor->key;
        editor->key = NO_KEY;
        if (decode(editor, key, out) && !is_swallowed(editor, *out) &&
            !ends_nothing(editor, *out)) {
            return 1;
        }
    }
}

/* --- completion -------------------------------------------------------------------------------------- */

static void show_words(TerminalEditor *editor, const GPtrArray *words)
{
    g_autoptr(GString) list = g_string_new("\n");
    words_list(words, editor->columns, list);
    print(editor, list->str);
    refresh(editor);
}

/* Put into the line what all of @words have beyond what is typed; false: nothing. */
static bool insert_more(TerminalEditor *editor, const GPtrArray *words, size_t typed)
{
    g_autofree char *common = words_common_prefix(words);
    size_t length = strlen(common);
    bool is_whole = words->len == 1 && !g_str_has_suffix(common, "/");
    if (length > typed) {
        el_insertstr(editor->el, common + typed);
    }
    if (is_whole) {
        el_insertstr(editor->el, " ");
    }
    return length > typed || is_whole;
}

static unsigned char complete(EditLine *el, G_GNUC_UNUSED int key)
{
    TerminalEditor *editor = NULL;
    el_get(el, EL_CLIENTDATA, (void **)&editor);
    const LineInfo *info = el_line(el);
    g_autofree char *text = g_strndup(info->buffer, (gsize)(info->cursor - info->buffer));
    size_t start = strlen(text);
    g_autoptr(GPtrArray) words = editor->base.user.complete(editor->base.user.opaque, text, &start);
    if (!words->len) {
        return CC_ERROR;
    }
    if (insert_more(editor, words, strlen(text) - start)) {
        return CC_REFRESH;
    }
    show_words(editor, words);
    return CC_NORM;
}

/* --- the terminal ------------------------------------------------------------------------------------ */

static ssize_t write_out(void *cookie, const char *data, size_t length)
{
    TerminalEditor *editor = cookie;
    if (!editor->is_mute) {
        editor->base.user.output(editor->base.user.opaque, data, length);
    }
    return (ssize_t)length;
}

static const char *prompt(EditLine *el)
{
    TerminalEditor *editor = NULL;
    el_get(el, EL_CLIENTDATA, &editor);
    return line_prompt_text(&editor->base);
}

static struct winsize size_of(const ChardevTerminal *terminal)
{
    unsigned columns = terminal->columns, rows = terminal->rows;
    return (struct winsize){
        .ws_col = (unsigned short)(columns >= 20 && columns <= 1000 ? columns : 80),
        .ws_row = (unsigned short)(rows >= 2 && rows <= 1000 ? rows : 24),
    };
}

static bool open_terminal(TerminalEditor *editor, const ChardevTerminal *terminal)
{
    const cookie_io_functions_t functions = {.write = write_out};
    struct winsize size = size_of(terminal);
    if (openpty(&editor->master, &editor->slave, NULL, NULL, &size) != 0) {
        return false;
    }
    fcntl(editor->master, F_SETFD, FD_CLOEXEC);
    fcntl(editor->slave, F_SETFD, FD_CLOEXEC);
    editor->columns = size.ws_col;
    editor->rows = size.ws_row;
    editor->out = fopencookie(editor, "w+", functions);
    return editor->out != NULL;
}

static void bind_keys(EditLine *el)
{
    static const struct {
        const char *key, *function;
    } keys[] = {
        {"^I", "core99-complete"},
        {"^D", "ed-delete-next-char"},
        {"^W", "ed-delete-prev-word"},
        {"^R", "em-inc-search-prev"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\eOH", "ed-move-to-beg"},
        {"\\eOF", "ed-move-to-end"},
        /* Commands of libedit's own, and counts that make a line of one key. */
        {"\\ex", "ed-unassigned"},
        {"\\eX", "ed-unassigned"},
        {"\\e\\^M", "ed-unassigned"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        el_set(el, EL_BIND, keys[i].key, keys[i].function, NULL);
    }
    for (char digit = '0'; digit <= '9'; digit++) {
        const char key[] = {'\\', 'e', digit, '\0'};
        el_set(el, EL_BIND, key, "ed-unassigned", NULL);
    }
}

static void load_history(TerminalEditor *editor)
{
    HistEvent event;
    editor->history = history_init();
    history(editor->history, &event, H_SETSIZE, LINE_HISTORY_MAX);
    history(editor->history, &event, H_SETUNIQUE, 1);
    if (editor->history_path) {
        g_autoptr(GPtrArray) lines = line_history_read(editor->history_path);
        for (guint i = 0; i < lines->len; i++) {
            history(editor->history, &event, H_ENTER, g_ptr_array_index(lines, i));
        }
    }
}

static void set_up_libedit(TerminalEditor *editor, const char *type)
{
    editor->is_mute = true;
    editor->el = el_init_fd("core99", editor->out, editor->out, editor->out, editor->slave,
                            editor->slave, editor->slave);
    el_set(editor->el, EL_TERMINAL, type);
    el_set(editor->el, EL_CLIENTDATA, editor);
    el_set(editor->el, EL_EDITOR, "emacs");
    el_set(editor->el, EL_SIGNAL, 0);
    el_set(editor->el, EL_PROMPT, prompt);
    el_set(editor->el, EL_GETCFN, read_key);
    el_set(editor->el, EL_ADDFN, "core99-complete", "complete the word", complete);
    bind_keys(editor->el);
    load_history(editor);
    el_set(editor->el, EL_HIST, history, editor->history);
    fflush(editor->out);
    editor->is_mute = false;
}

/* --- the editor -------------------------------------------------------------------------------------- */

static void terminal_prompt(LineEditor *base)
{
    TerminalEditor *editor = (TerminalEditor *)base;
    locale_t before = uselocale(editor->locale);
    if (editor->is_editing) {
        refresh(editor);
    } else {
        editor->wants_line = true;
        resume(editor);
    }
    uselocale(before);
}

static void hand_over(TerminalEditor *editor)
{
    g_autofree char *line = g_steal_pointer(&editor->line);
    bool is_too_long = editor->is_too_long;
    editor->base.user.line(editor->base.user.opaque, is_too_long ? NULL : line);
}

static void terminal_take(LineEditor *base, uint8_t key)
{
    TerminalEditor *editor = (TerminalEditor *)base;
    if (!editor->is_editing) {
        terminal_prompt(base);
    }
    editor->key = key;
    resume(editor);
    if (editor->line) {
        hand_over(editor);
    } else if (!editor->is_editing) {
        terminal_prompt(base); /* libedit gave the line up by itself */
    }
}

static void terminal_drop(LineEditor *base)
{
    TerminalEditor *editor = (TerminalEditor *)base;
    editor->key = NO_KEY;
    editor->length = 0;
    if (editor->is_editing) {
        editor->is_dropped = editor->is_mute = true;
        resume(editor);
        editor->is_dropped = editor->is_mute = false;
    }
}

static void terminal_free(LineEditor *base)
{
    TerminalEditor *editor = (TerminalEditor *)base;
    if (editor->el) {
        terminal_drop(base);
        editor->is_mute = editor->is_ending = true;
        resume(editor);
        history_end(editor->history);
        el_end(editor->el);
    }
    if (editor->out) {
        fclose(editor->out);
    }
    if (editor->master >= 0) {
        close(editor->master);
        close(editor->slave);
    }
    if (editor->locale) {
        freelocale(editor->locale);
    }
    if (editor->stack) {
        munmap(editor->stack, STACK_SIZE);
    }
    g_free(editor->line);
    g_free(editor->history_path);
    g_free(editor);
}

LineEditor *line_terminal_new(const LineUser *user, const ChardevTerminal *terminal,
                              const char *history_path)
{
    static const LineEditorClass klass = {terminal_take, terminal_prompt, terminal_drop,
                                          terminal_free};
    TerminalEditor *editor = g_new0(TerminalEditor, 1);
    editor->base = (LineEditor){.klass = &klass, .user = *user};
    editor->master = editor->slave = -1;
    editor->key = NO_KEY;
    editor->history_path = g_strdup(history_path);
    editor->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!open_terminal(editor, terminal) || !start_coroutine(editor)) {
        terminal_free(&editor->base);
        return NULL;
    }
    locale_t before = uselocale(editor->locale);
    set_up_libedit(editor, terminal->type);
    uselocale(before);
    return &editor->base;
}

void line_terminal_resize(LineEditor *base, const ChardevTerminal *terminal)
{
    TerminalEditor *editor = (TerminalEditor *)base;
    struct winsize size = size_of(terminal);
    if (size.ws_col != editor->columns || size.ws_row != editor->rows) {
        editor->columns = size.ws_col;
        editor->rows = size.ws_row;
        ioctl(editor->master, TIOCSWINSZ, &size);
        el_resize(editor->el);
    }
}

const char *monitor_line_library(void)
{
    return "libedit " G_STRINGIFY(LIBEDIT_MAJOR) "." G_STRINGIFY(LIBEDIT_MINOR);
}
