/* SPDX-License-Identifier: MIT */
/* monitor/line.h: keys in, echo and lines out, on a terminal that only this file sees. */
#include "monitor/line.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whoever the editor works for: remembers. */
typedef struct User {
    LineEditor *editor;
    GString *screen;
    GPtrArray *lines; /* char *; "(too long)" for a line that was */
    const char *const *words;
} User;

static void output(void *opaque, const char *text, size_t length)
{
    g_string_append_len(((User *)opaque)->screen, text, (gssize)length);
}

static void take_line(void *opaque, const char *line)
{
    User *user = opaque;
    g_ptr_array_add(user->lines, g_strdup(line ? line : "(too long)"));
    line_prompt(user->editor);
}

static GPtrArray *complete(void *opaque, const char *text, size_t *start)
{
    const User *user = opaque;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    const char *blank = strrchr(text, ' ');
    *start = blank ? (size_t)(blank - text) + 1 : 0;
    for (const char *const *word = user->words; word && *word; word++) {
        if (g_str_has_prefix(*word, text + *start)) {
            g_ptr_array_add(found, g_strdup(*word));
        }
    }
    return found;
}

static const ChardevTerminal vt100 = {.type = "vt100", .columns = 80, .rows = 24};

/* False: built without libedit. */
static bool open_user(User *user, const char *history)
{
    const LineUser functions = {output, take_line, complete, user};
    *user = (User){.screen = g_string_new(NULL), .lines = g_ptr_array_new_with_free_func(g_free)};
    user->editor = line_terminal_new(&functions, &vt100, history);
    if (user->editor) {
        line_prompt(user->editor);
    }
    return user->editor != NULL;
}

static void close_user(User *user)
{
    line_free(user->editor);
    g_string_free(user->screen, TRUE);
    g_ptr_array_unref(user->lines);
}

static void type_bytes(User *user, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        line_take(user->editor, ((const uint8_t *)bytes)[i]);
    }
}

static void type(User *user, const char *text) { type_bytes(user, text, strlen(text)); }

static void expect_line(User *user, const char *wanted)
{
    const char *last = user->lines->len ? g_ptr_array_index(user->lines, user->lines->len - 1) : "";
    cr_assert_str_eq(last, wanted, "'%s', not '%s'; screen '%s'", last, wanted, user->screen->str);
}

/* What @keys and a return make on a fresh editor. */
static void expect_edit(const char *keys, const char *wanted)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, keys);
        type(&user, "\r");
        expect_line(&user, wanted);
    }
    close_user(&user);
}

TestSuite(line, .timeout = 120);

Test(line, keys_edit_the_line)
{
    expect_edit("info", "info");
    expect_edit("inxfo\033[D\033[D\x7f\005!", "info!"); /* left, left, backspace, end */
    expect_edit("bc\001a", "abc");
    expect_edit("one two\027three", "one three");
    expect_edit("one two\001\013x\031", "xone two"); /* start, kill, type, yank */
    expect_edit("rubbish\025p 1", "p 1");
    expect_edit("ab\002\004c", "ac"); /* back, delete */
    expect_edit("ab\033[H0\033[F9", "0ab9");
    expect_edit("a\014b", "ab"); /* Ctrl-L draws again */
    expect_edit("a\032b\003c", "abc");
    expect_edit("gr\303\274n", "gr\303\274n");
}

Test(line, an_escape_sequence_may_come_in_pieces)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "bc\033");
        type(&user, "[");
        type(&user, "D\033O");
        type(&user, "Da\r");
        expect_line(&user, "abc");
    }
    close_user(&user);
}

Test(line, return_and_newline_together_end_one_line)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "a\r\nb\n\nc\r");
        cr_assert_eq(user.lines->len, 4);
        expect_line(&user, "c");
    }
    close_user(&user);
}

Test(line, earlier_lines_come_back)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "info registers\rstepi\r\020\020\r");
        expect_line(&user, "info registers");
        type(&user, "\022step\r\r"); /* the search, then the line */
        cr_assert(strstr(user.screen->str, "bck:"));
        type(&user, "\033[A\033[A 5\r");
        expect_line(&user, "info registers 5");
    }
    close_user(&user);
}

Test(line, a_dropped_line_leaves_nothing)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "half a li\022sea\033");
        line_drop(user.editor);
        line_prompt(user.editor);
        type(&user, "p 2\r");
        expect_line(&user, "p 2");
        type(&user, "\303"); /* half a character */
        line_drop(user.editor);
        line_prompt(user.editor);
        type(&user, "p 3\r");
        expect_line(&user, "p 3");
    }
    close_user(&user);
}

Test(line, control_d_says_how_to_leave)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "\004");
        cr_assert(strstr(user.screen->str, "`quit` ends the emulator\n"));
        cr_assert_eq(user.lines->len, 0);
        type(&user, "p 1\r");
        expect_line(&user, "p 1");
    }
    close_user(&user);
}

Test(line, news_between_keys_leave_the_line)
{
    User user;
    if (open_user(&user, NULL)) {
        type(&user, "info st");
        g_string_truncate(user.screen, 0);
        line_prompt(user.editor);
        cr_assert(strstr(user.screen->str, PROMPT "info st"), "%s", user.screen->str);
        type(&user, "atus\r");
        expect_line(&user, "info status");
    }
    close_user(&user);
}

Test(line, a_long_line_is_one_error_and_little_memory)
{
    User user;
    if (open_user(&user, NULL)) {
        for (unsigned i = 0; i < 1000000; i++) {
            type(&user, i % 100 ? "x" : "\031");
        }
        g_string_truncate(user.screen, 0);
        type(&user, "\rp 1\r");
        cr_assert_eq(user.lines->len, 2);
        cr_assert_str_eq(g_ptr_array_index(user.lines, 0), "(too long)");
        expect_line(&user, "p 1");
        cr_assert_lt(user.screen->len, 10000);
    }
    close_user(&user);
}

Test(line, garbage_is_harmless)
{
    User user;
    guint32 seed = 1;
    if (open_user(&user, NULL)) {
        for (unsigned i = 0; i < 1500; i++) {
            seed = seed * 1664525 + 1013904223;
            uint8_t key = (uint8_t)(seed >> 24);
            line_take(user.editor, i % 7 ? key : (uint8_t)(i % 3 ? 27 : 'A' + key % 64));
            if (user.screen->len > 1000000) {
                g_string_truncate(user.screen, 0);
            }
        }
        line_drop(user.editor);
        line_prompt(user.editor);
        type(&user, "p 4\r");
        expect_line(&user, "p 4");
        type_bytes(&user, "\0\0a\377\376b\0\r", 8);
        cr_assert(g_utf8_validate(g_ptr_array_index(user.lines, user.lines->len - 1), -1, NULL));
    }
    close_user(&user);
}

Test(line, tab_completes_and_lists)
{
    static const char *const words[] = {"registers", "roms", "status", NULL};
    User user;
    if (open_user(&user, NULL)) {
        user.words = words;
        type(&user, "info s\tx\r");
        expect_line(&user, "info status x");
        type(&user, "info r\t");
        cr_assert(strstr(user.screen->str, "registers  roms\n"), "%s", user.screen->str);
        type(&user, "o\t\r");
        expect_line(&user, "info roms ");
        type(&user, "none such\t\r");
        expect_line(&user, "none such");
    }
    close_user(&user);
}

Test(line, a_list_of_words_fits_the_screen)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) out = g_string_new(NULL);
    for (unsigned i = 0; i < 150; i++) {
        g_ptr_array_add(words, g_strdup_printf("word%03u", i));
    }
    words_list(words, 80, out);
    g_autofree char *common = words_common_prefix(words);
    cr_assert_str_eq(common, "word");
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    for (char **line = lines; *line; line++) {
        cr_assert_leq(strlen(*line), 80);
    }
    cr_assert(strstr(out->str, "... and 50 more\n"));
}

/* --- history on disk ------------------------------------------------------------------------------- */

static char *temporary_folder(void)
{
    char *path = g_dir_make_tmp("core99-line-XXXXXX", NULL);
    cr_assert(path);
    return path;
}

static void remove_folder(char *path)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", path);
    cr_assert_eq(system(command), 0);
    g_free(path);
}

Test(line, lines_are_kept_for_the_next_session)
{
    char *folder = temporary_folder();
    g_autofree char *path = g_build_filename(folder, "core99", "history", NULL);
    User first, second;
    if (open_user(&first, path)) {
        struct stat status;
        type(&first, "break 0x100\r\r");
        cr_assert_eq(stat(path, &status), 0);
        cr_assert_eq(status.st_mode & 0777, 0600);
        cr_assert(open_user(&second, path));
        type(&second, "\033[A\r");
        expect_line(&second, "break 0x100");
        close_user(&second);
    }
    close_user(&first);
    remove_folder(folder);
}

Test(line, the_kept_lines_are_bounded)
{
    char *folder = temporary_folder();
    g_autofree char *path = g_build_filename(folder, "history", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < 300000; i++) {
        g_string_append_printf(text, "line %u\n", i);
    }
    cr_assert(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
    g_autoptr(GPtrArray) lines = line_history_read(path);
    cr_assert_eq(lines->len, LINE_HISTORY_MAX);
    cr_assert_str_eq(g_ptr_array_index(lines, lines->len - 1), "line 299999");
    g_autofree char *kept = NULL;
    cr_assert(g_file_get_contents(path, &kept, NULL, NULL));
    cr_assert_lt(strlen(kept), 20000);
    remove_folder(folder);
}

Test(line, what_is_no_file_keeps_no_history)
{
    char *folder = temporary_folder();
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_autofree char *link = g_build_filename(folder, "link", NULL);
    g_autofree char *wall = g_build_filename(folder, "fifo", "core99", "history", NULL);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    cr_assert_eq(symlink("/dev/zero", link), 0);
    const char *const paths[] = {fifo, link, wall, folder, "/dev/full", "/nonexistent/x"};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GPtrArray) lines = line_history_read(paths[i]);
        cr_assert_eq(lines->len, 0);
        if (paths[i][1] != 'n') {
            line_history_append(paths[i], "a line");
        }
    }
    remove_folder(folder);
}

/* --- the plain editor ------------------------------------------------------------------------------ */

Test(line, the_plain_editor_echoes_and_drops_long_lines)
{
    User user = {.screen = g_string_new(NULL), .lines = g_ptr_array_new_with_free_func(g_free)};
    const LineUser functions = {output, take_line, complete, &user};
    user.editor = line_plain_new(&functions);
    line_prompt(user.editor);
    type(&user, "p 19\x7f"
                "8\t\033[A\r\n");
    cr_assert_str_eq(user.screen->str, PROMPT "p 19\b \b8\t\n" PROMPT);
    expect_line(&user, "p 18\t");
    for (unsigned i = 0; i < 100000; i++) {
        type(&user, "y");
    }
    cr_assert_lt(user.screen->len, 5000);
    type(&user, "\r");
    expect_line(&user, "(too long)");
    type(&user, "p 1\r");
    expect_line(&user, "p 1");
    close_user(&user);
}
