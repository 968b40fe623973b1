/* SPDX-License-Identifier: MIT */
/*
 * Our assembler text, capstone's and objdump's for random words of every row, and what the GNU assembler
 * makes of ours: each difference belongs to a class that tests/golden/disassembly-differences.txt
 * explains.
 *
 * CORE99_DISASSEMBLY_WORDS sets the words a row; from 1000 on, a class that nothing belongs to fails.
 */
#include "target-ppc/asm.h"
#include "tests/unit/insn_words.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BASE = 0x100000, DEFAULT_WORDS = 24, ENOUGH_WORDS = 1000, SHOWN = 20 };

/* A line of the list: peer | kind | our text | the peer's text | who is right | why. */
typedef struct Class {
    char **columns;
    GRegex *ours, *theirs;
    unsigned count;
} Class;

enum { PEER, KIND, OURS, THEIRS, RIGHT, WHY, COLUMNS };

typedef struct Comparison {
    const char *peer;
    GPtrArray *classes; /* of Class */
    GArray *words;      /* of uint32_t, at BASE on */
    GString *ours;
    unsigned unexplained;
} Comparison;

/* --- the list ----------------------------------------------------------------------------------- */

static void free_class(gpointer data)
{
    Class *class = data;
    g_strfreev(class->columns);
    g_regex_unref(class->ours);
    g_regex_unref(class->theirs);
    g_free(class);
}

static GPtrArray *load_classes(void)
{
    g_autofree char *text = NULL;
    GPtrArray *classes = g_ptr_array_new_with_free_func(free_class);
    const char *path = SOURCE_DIR "/tests/golden/disassembly-differences.txt";
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line == '#' || !**line) {
            continue;
        }
        Class *class = g_new0(Class, 1);
        class->columns = g_strsplit(*line, " | ", COLUMNS);
        cr_assert_eq(g_strv_length(class->columns), COLUMNS, "%s", *line);
        for (unsigned i = 0; i < COLUMNS; i++) {
            g_strstrip(class->columns[i]);
        }
        class->ours = g_regex_new(class->columns[OURS], G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, NULL);
        class->theirs = g_regex_new(class->columns[THEIRS], G_REGEX_OPTIMIZE | G_REGEX_RAW, 0,
                                    NULL);
        cr_assert(class->ours && class->theirs, "%s", *line);
        g_ptr_array_add(classes, class);
    }
    return classes;
}

static Class *find_class(const Comparison *run, const char *kind, const char *theirs)
{
    for (unsigned i = 0; i < run->classes->len; i++) {
        Class *class = g_ptr_array_index(run->classes, i);
        if (strcmp(class->columns[PEER], run->peer) == 0 &&
            strcmp(class->columns[KIND], kind) == 0 &&
            g_regex_match(class->ours, run->ours->str, 0, NULL) &&
            g_regex_match(class->theirs, theirs, 0, NULL)) {
            return class;
        }
    }
    return NULL;
}

/* --- words -------------------------------------------------------------------------------------- */

static unsigned words_a_row(void)
{
    const char *text = getenv("CORE99_DISASSEMBLY_WORDS");
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : DEFAULT_WORDS;
}

static void begin(Comparison *run, const char *peer)
{
    uint64_t state = 99;
    *run = (Comparison){.peer = peer,
                        .classes = load_classes(),
                        .words = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                        .ours = g_string_new(NULL)};
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        for (unsigned i = 0; i < words_a_row(); i++) {
            uint32_t word = random_word(id, &state);
            g_array_append_val(run->words, word);
        }
    }
}

static void end(Comparison *run)
{
    cr_assert_eq(run->unexplained, 0, "%u words of %s differ without an explanation",
                 run->unexplained, run->peer);
    for (unsigned i = 0; i < run->classes->len && words_a_row() >= ENOUGH_WORDS; i++) {
        Class *class = g_ptr_array_index(run->classes, i);
        cr_assert(class->count > 0 || strcmp(class->columns[PEER], run->peer) != 0,
                  "no word belongs to: %s | %s | %s | %s", run->peer, class->columns[KIND],
                  class->columns[OURS], class->columns[THEIRS]);
    }
    g_ptr_array_unref(run->classes);
    g_array_free(run->words, TRUE);
    g_string_free(run->ours, TRUE);
}

/* --- one difference ----------------------------------------------------------------------------- */

static bool same_text(const char *one, const char *other)
{
    for (;; one++, other++) {
        while (*one == ' ') {
            one++;
        }
        while (*other == ' ') {
            other++;
        }
        if (*one != *other || !*one) {
            return *one == *other;
        }
    }
}

/* Find the class of a difference and count it, or report that there is none. */
static Class *judge(Comparison *run, unsigned i, const char *kind, const char *theirs)
{
    Class *class = kind ? find_class(run, kind, theirs) : NULL;
    if (class) {
        class->count++;
    } else if (kind && run->unexplained++ < SHOWN) {
        cr_log_error("%08x: ours '%s', %s '%s' (%s)", g_array_index(run->words, uint32_t, i),
                     run->ours->str, run->peer, theirs, kind);
    }
    return class;
}

/* none: the peer knows no instruction; alias: other text for the same word; other: for another word;
 * unreadable: our assembler refuses it. NULL: the texts are equal. */
static const char *kind_of(const Comparison *run, uint32_t word, uint32_t pc, const char *theirs)
{
    uint32_t back;
    if (!*theirs || g_str_has_prefix(theirs, ".long")) {
        return "none";
    }
    if (same_text(run->ours->str, theirs)) {
        return NULL;
    }
    if (!ppc_assemble(theirs, pc, &back, NULL)) {
        return "unreadable";
    }
    return back == word ? "alias" : "other";
}

static const Class *compare(Comparison *run, unsigned i, const char *theirs)
{
    uint32_t word = g_array_index(run->words, uint32_t, i), pc = BASE + 4 * i;
    g_string_truncate(run->ours, 0);
    ppc_disasm_row(word, pc, run->ours);
    return judge(run, i, kind_of(run, word, pc, theirs), theirs);
}

Test(disassembly, differences_from_capstone_are_explained, .timeout = 480)
{
    Comparison run;
    g_autoptr(GString) theirs = g_string_new(NULL), chosen = g_string_new(NULL);
    begin(&run, "capstone");
    for (unsigned i = 0; i < run.words->len; i++) {
        uint32_t word = g_array_index(run.words, uint32_t, i), pc = BASE + 4 * i;
        g_string_truncate(theirs, 0);
        g_string_truncate(chosen, 0);
        ppc_disasm_capstone(word, pc, theirs);
        const Class *class = compare(&run, i, theirs->str);
        ppc_disasm(word, pc, chosen);
        bool table = class && strcmp(class->columns[RIGHT], "table") == 0;
        cr_assert(!class || same_text(chosen->str, table ? run.ours->str : theirs->str),
                  "%08x: '%s'", word, chosen->str);
    }
    end(&run);
}

/* --- objdump ------------------------------------------------------------------------------------ */

static char *objdump(const Comparison *run)
{
    g_autofree char *path = NULL, *out = NULL;
    g_autofree uint32_t *bytes = g_new(uint32_t, run->words->len);
    for (unsigned i = 0; i < run->words->len; i++) {
        stl_be_p((uint8_t *)&bytes[i], g_array_index(run->words, uint32_t, i));
    }
    int fd = g_file_open_tmp("core99-XXXXXX.bin", &path, NULL);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, (char *)bytes, 4 * (gssize)run->words->len, NULL));
    g_autofree char *command = g_strdup_printf(
        "powerpc-linux-gnu-objdump -z -D -b binary -m powerpc "
        "-EB -M 7400 --adjust-vma=%d %s",
        BASE, path);
    cr_assert(g_spawn_command_line_sync(command, &out, NULL, NULL, NULL), "%s", command);
    unlink(path);
    return g_steal_pointer(&out);
}

/* "  100000:\t38 60 00 01 \tli      r3,1" is about @word; its text, blanks as they are. */
static const char *line_text(char *line, uint32_t word)
{
    g_autofree char *bytes = g_strdup_printf("\t%02x %02x %02x %02x \t", word >> 24,
                                             word >> 16 & 255, word >> 8 & 255, word & 255);
    char *found = strstr(line, bytes);
    return found ? found + strlen(bytes) : NULL;
}

Test(disassembly, differences_from_objdump_are_explained, .timeout = 480)
{
    Comparison run;
    g_autofree char *program = g_find_program_in_path("powerpc-linux-gnu-objdump");
    if (!program) {
        cr_skip_test("powerpc-linux-gnu-objdump is not installed");
    }
    begin(&run, "objdump");
    g_autofree char *text = objdump(&run);
    char *rest = NULL, *line = strtok_r(text, "\n", &rest);
    unsigned i = 0;
    for (; line && i < run.words->len; line = strtok_r(NULL, "\n", &rest)) {
        const char *theirs = line_text(line, g_array_index(run.words, uint32_t, i));
        if (theirs) {
            compare(&run, i++, g_strchomp((char *)theirs));
        }
    }
    cr_assert_eq(i, run.words->len, "objdump shows %u words of %u", i, run.words->len);
    end(&run);
}

/* --- as ----------------------------------------------------------------------------------------- */

/* The row's text; targets relative, because as takes plain numbers for displacements. */
static void write_source(Comparison *run, const char *path)
{
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    for (unsigned i = 0; i < run->words->len; i++) {
        uint32_t word = g_array_index(run->words, uint32_t, i), pc = 4 * i;
        PpcOp op;
        g_string_truncate(run->ours, 0);
        ppc_disasm_row(word, pc, run->ours);
        ppc_decode(word, &op);
        const PpcInsn *row = ppc_insn_row(op.id);
        if ((row->form == FORM_I || row->form == FORM_B) && !(row->xo & 2)) {
            char *target = strrchr(run->ours->str, ' ') + 1;
            g_string_truncate(run->ours, (gsize)(target - run->ours->str));
            g_string_append_printf(run->ours, ".%+d", op.imm);
        }
        fprintf(file, ".org %u; %s\n", pc, run->ours->str);
    }
    fclose(file);
}

/* Messages by line ("FILE:12: Error: text"), and the words. */
static void run_as(const char *folder, char **messages, char **words, size_t *length)
{
    g_autofree char *assemble = g_strdup_printf(
        "powerpc-linux-gnu-as -Z -m7400 -mregnames -o %s/a.o %s/a.s", folder, folder);
    g_autofree char *extract = g_strdup_printf(
        "powerpc-linux-gnu-objcopy -O binary -j .text %s/a.o %s/a.bin", folder, folder);
    g_autofree char *path = g_build_filename(folder, "a.bin", NULL);
    cr_assert(g_spawn_command_line_sync(assemble, NULL, messages, NULL, NULL), "%s", assemble);
    cr_assert(g_spawn_command_line_sync(extract, NULL, NULL, NULL, NULL), "%s", extract);
    cr_assert(g_file_get_contents(path, words, length, NULL), "%s", path);
}

/* @of[i] is the error of line i + 1, or NULL. */
static void sort_messages(char *messages, const char **of, unsigned count)
{
    char *rest = NULL, *line = strtok_r(messages, "\n", &rest);
    for (; line; line = strtok_r(NULL, "\n", &rest)) {
        char *text = strstr(line, ": Error: "), *colon = strchr(line, ':');
        unsigned number = text ? (unsigned)g_ascii_strtoull(colon + 1, NULL, 10) : 0;
        if (number > 0 && number <= count) {
            of[number - 1] = text + strlen(": Error: ");
        }
    }
}

static void compare_words(Comparison *run, const char *words, size_t length, const char **of)
{
    for (unsigned i = 0; i < run->words->len; i++) {
        uint32_t word = g_array_index(run->words, uint32_t, i);
        g_string_truncate(run->ours, 0);
        ppc_disasm_row(word, 4 * i, run->ours);
        if (of[i]) {
            judge(run, i, "none", of[i]);
        } else if (length < 4 * i + 4 || ldl_be_p((const uint8_t *)words + 4 * i) != word) {
            judge(run, i, "other", "");
        }
    }
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"a.s", "a.o", "a.bin"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        unlink(path);
    }
    rmdir(folder);
}

Test(disassembly, as_makes_the_same_words_of_our_text, .timeout = 480)
{
    Comparison run;
    g_autofree char *program = g_find_program_in_path("powerpc-linux-gnu-as");
    if (!program) {
        cr_skip_test("powerpc-linux-gnu-as is not installed");
    }
    begin(&run, "as");
    g_autofree char *folder = g_dir_make_tmp("core99-XXXXXX", NULL), *messages = NULL,
                    *words = NULL;
    g_autofree char *source = g_build_filename(folder, "a.s", NULL);
    g_autofree const char **of = g_new0(const char *, run.words->len);
    size_t length;
    write_source(&run, source);
    run_as(folder, &messages, &words, &length);
    sort_messages(messages, of, run.words->len);
    compare_words(&run, words, length, of);
    remove_folder(folder);
    end(&run);
}
