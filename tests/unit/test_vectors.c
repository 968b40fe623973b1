/* SPDX-License-Identifier: MIT */
/* target-ppc/vectors*.c: a wrong vector is found and named; options, reports, hostile text. */
#include "target-ppc/vectors_case.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define ADD "case add/1 source=self\ninsn 0x7c632a14\nin r3=1 r5=2\n"

/* Runs @text as a file, with @filter if it is not NULL; the output goes to @out. */
static int run(const char *text, const char *filter, GString *out)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("core99-XXXXXX.vec", &path, NULL);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    char *argv[] = {(char *)"test", path, (char *)"--filter", (char *)filter, path};
    int status = ppc_vectors_main(2, argv, NULL, out);
    if (filter) {
        g_string_truncate(out, 0);
        argv[1] = argv[2];
        argv[2] = argv[3];
        argv[3] = argv[4];
        status = ppc_vectors_main(4, argv, NULL, out);
    }
    unlink(path);
    return status;
}

static void expect(const char *text, int status, const char *part)
{
    g_autoptr(GString) out = g_string_new(NULL);
    cr_assert_eq(run(text, NULL, out), status, "%s", out->str);
    cr_assert(strstr(out->str, part), "'%s' lacks '%s'", out->str, part);
}

Test(vectors, right_results_pass) { expect(ADD "out r3=3\n", 0, "cases 1, failed 0\n"); }

Test(vectors, a_wrong_result_is_named_with_its_bits)
{
    expect(ADD "out r3=7\n", 1, "r3 is 0x3, wanted 0x7, bits 0x4");
}

Test(vectors, a_change_that_is_not_listed_fails)
{
    expect("case addic./1 source=self\ninsn 0x34630001\nin r3=1\nout r3=2\n", 1,
           "cr is 0x40000000, wanted 0x0, bits 0x40000000: cr0.GT is 1\n");
    expect("case stw/1 source=self\ninsn 0x90601000\nin r3=0x11223344\nout\n", 1,
           "byte at 0x1000 is 11, wanted 00");
}

Test(vectors, a_missing_exception_fails)
{
    expect("case tw/1 source=self\ninsn 0x7c000008\nexception 0x700 srr1=0x02023000\n", 1,
           "pc is 0x4004, wanted 0x700");
}

Test(vectors, comments_and_memory_and_several_words_are_read)
{
    expect("# text\ncase two/1 source=self\ninsn 0x80600000 0x38630001\n"
           "in mem 0x0=00000041\nout r3=0x42\n# end\n",
           0, "cases 1, failed 0\n");
    expect("case one/1 source=PEM§8.2 insn 0x7c632a14 in r3=1 r5=2 out r3=3 # and that is it\n"
           "case two/1 source=mpfr,qemu insn 0x60000000 out\n",
           0, "cases 2, failed 0\n");
}

Test(vectors, instructions_may_be_assembly)
{
    expect("case a source=PEM§8.2 insn \"addi r3,r4,5\" \"add. r5,r3,r4\" in r4=1\n"
           "out r3=6 r5=7 cr=0x40000000\n"
           "case b source=PEM§8.2 insn 0x60000000 \"b 0x5000\" in pc=0x4800 out pc=0x5000\n",
           0, "cases 2, failed 0\n");
    expect("case c source=self insn \"bogus r1\" out\n", 1, ".vec:1:26: no instruction 'bogus'");
    expect("case d source=self insn 0 \"addi r3,r4,40000\" out\n", 1, ".vec:1:39: SI is 40000");
}

Test(vectors, a_case_without_an_outcome_is_compared_between_step_and_engine)
{
    expect(ADD, 0, "runs 3 in ");
}

Test(vectors, flags_are_named)
{
    expect("case mtfsf source=self insn 0xfdfe0d8e in f1=0x82 out fpscr=0x20081\n", 1,
           "fpscr is 0x82, wanted 0x20081, bits 0x20003: fpscr.FI is 0, fpscr.RN is 2\n");
    expect("case mtspr source=self insn 0x7c6103a6 in r3=0xe0000003 out xer=0x40000001\n", 1,
           "xer.SO is 1, xer.CA is 1, xer.count is 3\n");
    expect("case mtvscr source=self insn 0x10001644 out vscr=0x10000\n", 1, "vscr.");
}

Test(vectors, lines_without_sense_are_refused_with_line_and_column)
{
    expect("case x source=self\ninsn 0x60000000\nin r32=1\n", 1,
           ".vec:3:4: no such register on a 7400 (did you mean 'r2'?): 'r32'");
    expect("case x source=self\ninsn 0x60000000\nin r1=1 srr2=1\n", 1,
           ".vec:3:9: no such register on a 7400 (did you mean 'sr2'?): 'srr2'");
    expect("case x\ninsn 0x60000000\n", 1, ".vec:1:6: no source=: 'x'");
    expect("case x source=me\ninsn 0x60000000\n", 1, ".vec:1:8: a source is MANUAL§SECTION");
    expect("case x source=self model=7401\n", 1, "no processor model '7401' (did you mean");
    expect("insn 0x60000000\n", 1, ".vec:1:1: expected a case: 'insn'");
    expect("case x source=self\nin r3=1\nout\n", 1, ".vec:3:1: no insn in this case: 'out'");
    expect("case x source=self\ninsn 0x60000000\nin pc=0xfff0\n", 1,
           ".vec:1:1: pc is not a multiple of 4 below 0xffc0: 'x'");
    expect("case x source=self\ninsn 0x60000000\nin mem 0xffff=0011\n", 1,
           ".vec:3:8: bytes beyond the end of memory, 0xffff: '0xffff=0011'");
    expect("case x source=self\ninsn 0x60000000\nin mem 0x10=001\n", 1,
           ".vec:3:8: bad bytes: two digits each: '0x10=001'");
    expect("case x source=self\ninsn nop\n", 1,
           ".vec:2:6: no word (0x7c632a15); assembly stands in quotes: 'nop'");
    expect("case x source=self\ninsn 0x60000000\nin r3=0x100000000\n", 1,
           ".vec:3:4: no number from 0 to 0xffffffff: 'r3=0x100000000'");
    expect("case x source=self\ninsn 0x60000000\nin v1=0x12\n", 1,
           ".vec:3:4: a vector is 0x and 32 digits: 'v1=0x12'");
    expect("case x source=self\ninsn \"nop\n", 1, ".vec:2:6: no closing quote: 'nop'");
    expect("case x source=self\ninsn 0x60000000 case y source=self\n", 1,
           ".vec:2:17: a case begins its line: 'case'");
}

Test(vectors, a_file_that_is_not_there_fails)
{
    g_autoptr(GString) out = g_string_new(NULL);
    char *argv[] = {(char *)"test", (char *)"/nonexistent.vec"};
    cr_assert_eq(ppc_vectors_main(2, argv, NULL, out), 1);
    cr_assert(strstr(out->str, "not ok Failed to open"));
}

/* --- options and reports -------------------------------------------------------------------------- */

/* Runs with @words (NULL at the end) and then the path of a file with @text; returns the path. */
static char *run_words(const char *text, const char *const *words, int wanted, GString *out)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-XXXXXX.vec", &path, NULL), argc = 1;
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    char *argv[16] = {(char *)"test"};
    for (; *words; words++) {
        argv[argc++] = (char *)*words;
    }
    argv[argc++] = path;
    cr_assert_eq(ppc_vectors_main(argc, argv, NULL, out), wanted, "%s", out->str);
    return path;
}

static void expect_words(const char *text, const char *const *words, int status, const char *part)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *path = run_words(text, words, status, out);
    unlink(path);
    cr_assert(strstr(out->str, part), "'%s' lacks '%s'", out->str, part);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WRONG ADD "out r3=7\n"

Test(vectors, options_that_do_not_exist_are_refused_with_the_nearest)
{
    expect_words(ADD, WORDS("--filtre", "a"), 1, "no option '--filtre' (did you mean '--filter'?)");
    expect_words(ADD, WORDS("--on", "both", "--on=jit"), 1, "--on 'jit': step, engine or both");
    expect_words(ADD, WORDS("--tap=1"), 1, "--tap takes no value");
    expect_words(ADD, WORDS("--count", "0"), 1, "--count '0': 1 to 1000000");
    expect_words(ADD, WORDS("--against", "tcp:localhost:1"), 1, "--against is not built");
    expect_words(ADD, WORDS("--source", "qemu"), 1, "--source goes with --bless --against");
    expect_words(ADD, WORDS("--help"), 0, "--coverage");
}

Test(vectors, a_filter_chooses_and_one_that_chooses_nothing_fails)
{
    expect_words(ADD "case or source=self insn 0x60000000 out\n", WORDS("--filter", "o*"), 0,
                 "cases 1, failed 0");
    expect_words(ADD, WORDS("--filter=sub*"), 1, "no case of that name");
}

Test(vectors, targets_are_chosen)
{
    expect_words(ADD, WORDS("--on=step"), 0, "runs 1 in");
    expect_words(ADD, WORDS("--on=engine"), 0, "runs 2 in");
    expect_words(ADD, WORDS("--cache-chaos=5"), 0, "runs 6 in");
}

Test(vectors, tap_has_a_line_for_each_case)
{
    expect_words(WRONG "case or source=self insn 0x60000000 out\n", WORDS("--tap"), 1,
                 "TAP version 13\nnot ok 1 - add/1\n# ");
    expect_words(WRONG "case or source=self insn 0x60000000 out\n", WORDS("--tap"), 1,
                 "ok 2 - or\n1..2\n# cases 2, failed 1\n");
}

Test(vectors, junit_is_well_formed_whatever_the_names)
{
    g_autofree char *xml = NULL, *junit = NULL;
    int fd = g_file_open_tmp("core99-XXXXXX.xml", &junit, NULL);
    close(fd);
    expect_words("case a<b&\"\x01\xff source=self insn 0x7c632a14 out r3=7\n",
                 WORDS("--junit", junit), 1, "failed 1");
    cr_assert(g_file_get_contents(junit, &xml, NULL, NULL));
    cr_assert(strstr(xml, "name=\"a&lt;b&amp;&quot;?"), "%s", xml);
    cr_assert(strstr(xml, "failures=\"1\""), "%s", xml);
    cr_assert(g_utf8_validate(xml, -1, NULL));
    unlink(junit);
}

Test(vectors, list_runs_nothing)
{
    expect_words(WRONG, WORDS("--list"), 0, "add/1 source=self model=7400");
}

Test(vectors, bless_records_outcomes_that_pass_and_keeps_what_others_said)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *text = NULL;
    const char *before = "# head\ncase a source=mpfr insn 0x7c632a14 in r3=1 r5=2\n\n"
                         "case b source=self\n# kept\ninsn 0x44000002\nout r3=9\n\n"
                         "case c source=qemu insn 0x90601000 out r3=9\n# tail\n";
    g_autofree char *path = run_words(before, WORDS("--bless"), 1, out);
    cr_assert(strstr(out->str, "blessed 2, cases 3, failed 1"), "%s", out->str);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert_str_eq(text, "# head\ncase a source=self\ninsn 0x7c632a14\nin r3=0x1 r5=0x2\n"
                           "out r3=0x3\n\n"
                           "# kept\ncase b source=self\ninsn 0x44000002\n"
                           "exception 0xc00 srr0=0x4004\n\n"
                           "case c source=qemu insn 0x90601000 out r3=9\n# tail\n");
    unlink(path);
    expect(text, 1, "cases 3, failed 1\n");
}

/* --- generated cases, coverage -------------------------------------------------------------------- */

static GString *generate(const char *glob, const char *seed)
{
    GString *out = g_string_new(NULL);
    char *argv[] = {(char *)"test",      (char *)"--generate", (char *)glob,
                    (char *)"--count=5", (char *)"--seed",     (char *)seed};
    cr_assert_eq(ppc_vectors_main(6, argv, NULL, out), 0, "%s", out->str);
    return out;
}

Test(vectors, generated_cases_are_the_same_for_a_seed_and_run_on_step_and_engine)
{
    g_autoptr(GString) all = generate("*", "1"), again = generate("*", "1");
    g_autoptr(GString) other = generate("*", "2"), part = generate("lwz*", "1");
    cr_assert_str_eq(all->str, again->str);
    cr_assert_str_neq(all->str, other->str);
    cr_assert(strstr(all->str, strstr(part->str, "case ")), "a row depends on its neighbours");
    expect(all->str, 0, "failed 0\n");
    expect(other->str, 0, "failed 0\n");
}

Test(vectors, generated_words_are_valid_forms_of_every_row)
{
    g_autoptr(GString) all = generate("*", "3");
    expect_words(all->str, WORDS("--coverage", "--on=step"), 1, "\nadd         runs 0; Rc 0\n");
    char *argv[] = {(char *)"test", (char *)"--generate=no_such"};
    g_autoptr(GString) out = g_string_new(NULL);
    cr_assert_eq(ppc_vectors_main(2, argv, NULL, out), 1);
    cr_assert(strstr(out->str, "no instruction of that name"), "%s", out->str);
    char *many[] = {(char *)"test", (char *)"--generate=*", (char *)"--count=1000000"};
    cr_assert_eq(ppc_vectors_main(3, many, NULL, out), 1);
    cr_assert(strstr(out->str, "more than 2000000 cases"), "%s", out->str);
}

Test(vectors, coverage_counts_rows_and_variants_that_pass)
{
    const char *text = "case a source=PEM§8.2 insn 0x7c632a14 in r3=1 r5=2 out r3=3\n"
                       "case b source=PEM§8.2 insn 0x7c632a15 in r3=1 r5=2 out r3=3\n"
                       "case c source=self insn 0x60000000 out\n"
                       "case d source=qemu insn 0x8c600010 exception 0x700 srr1=0x02083000\n";
    expect_words(text, WORDS("--coverage"), 1, "\nadd         runs 1 manual; Rc 0\n");
    expect_words(text, WORDS("--coverage"), 1, "\nori         runs 0 self\n");
    expect_words(text, WORDS("--coverage"), 1, "\nonly qemu: lbzu rA=0-traps\n");
    expect_words(text, WORDS("--coverage"), 1, "\nunverified: add Rc\n");
}

/* --- hostile text --------------------------------------------------------------------------------- */

static const char GOOD[] =
    "# comment\n"
    "case add./1 source=PEM§8.2,hardware model=750\n"
    "insn 0x7c632a15 0x60000000\n"
    "in   r3=1 r5=0x2 xer=0x20000000 f1=0x3ff0000000000000 sr4=5 srr0=0 mem 0x1000=aabbcc\n"
    "out  r3=3 cr=0x40000000\n\n"
    "case sc source=PEM§4.4 insn 0x44000002 in v2=0x000102030405060708090a0b0c0d0e0f "
    "exception 0xc00 srr0=0x4004 mem 0x1000=00\n"
    "case asm source=self insn \"addi r3,r4,5\" out reserve=0x1000 pc=0x4004\n";

static bool count_case(void *opaque, VectorCase *test)
{
    unsigned *count = opaque;
    cr_assert_leq(test->word_count, VECTOR_MAX_WORDS);
    ++*count;
    return true;
}

static void parse_copy(const char *text, size_t length)
{
    g_autofree char *copy = g_memdup2(text, length + 1);
    g_autoptr(Error) err = NULL;
    unsigned count = 0;
    if (!ppc_vectors_parse("hostile", copy, length, count_case, &count, &err)) {
        cr_assert(g_str_has_prefix(error_get_pretty(err), "hostile:"), "%s", error_get_pretty(err));
    }
}

Test(vectors, no_truncation_crashes_the_parser)
{
    for (size_t length = 0; length < sizeof(GOOD); length++) {
        g_autofree char *text = g_strndup(GOOD, length);
        parse_copy(text, length);
    }
}

/* Some bytes of GOOD changed to what the format knows. */
static void mutate(char *text, uint64_t *random)
{
    static const char letters[] = " =\n\"#0x9f§vrm\xff\x01,/-";
    for (unsigned changes = 0; changes < 4; changes++) {
        *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
        text[(*random >> 33) % (sizeof(GOOD) - 1)] =
            letters[(*random >> 20) % (sizeof(letters) - 1)];
    }
}

Test(vectors, no_mutation_crashes_the_parser)
{
    uint64_t random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        mutate(text, &random);
        parse_copy(text, sizeof(GOOD) - 1);
    }
}

Test(vectors, no_mutation_crashes_the_tool)
{
    enum { FILES = 200 };
    uint64_t random = 2;
    char *argv[FILES + 2] = {(char *)"test", (char *)"--cache-chaos=3"};
    for (unsigned i = 0; i < FILES; i++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        mutate(text, &random);
        close(g_file_open_tmp("core99-XXXXXX.vec", &argv[i + 2], NULL));
        cr_assert(g_file_set_contents(argv[i + 2], text, sizeof(GOOD) - 1, NULL));
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cr_assert_eq(ppc_vectors_main(FILES + 2, argv, NULL, out), 1);
    cr_assert(strstr(out->str, "\ncases "), "%s", out->str);
    for (unsigned i = 0; i < FILES; i++) {
        unlink(argv[i + 2]);
        g_free(argv[i + 2]);
    }
}

Test(vectors, a_nul_byte_is_refused)
{
    char text[] = "case a\0b";
    g_autoptr(Error) err = NULL;
    unsigned count = 0;
    cr_assert_not(ppc_vectors_parse("nul", text, sizeof(text) - 1, count_case, &count, &err));
    cr_assert_str_eq(error_get_pretty(err), "nul:1:7: a NUL byte: no text");
}

Test(vectors, what_is_said_twice_is_refused)
{
    expect("case x source=self source=qemu insn 0x60000000 out\n", 1,
           ".vec:1:20: given twice: 'source=qemu'");
    expect("case x source=self model=750 model=7400 insn 0x60000000 out\n", 1,
           ".vec:1:30: given twice: 'model=7400'");
    expect("case x source=self insn 0x60000000 in r3=1 r4=1\nin r3=2\nout\n", 1,
           ".vec:2:4: given twice: 'r3=2'");
    expect("case x source=self insn 0x60000000 out v3=0x00000000000000000000000000000000 "
           "v3=0x00000000000000000000000000000001\n",
           1, ".vec:1:78: given twice");
    expect("case x source=self insn 0x60000000 in mem 0x1000=1122 mem 0x1001=33 out\n", 1,
           ".vec:1:59: given twice: '0x1001=33'");
    expect("case x source=self insn 0x60000000 exception 0x700\nexception 0x800\n", 1,
           ".vec:2:1: a second exception: 'exception'");
    expect("case x source=self insn 0x60000000 out r3=1 exception 0x700\n", 1,
           ".vec:1:45: exception comes before out: 'exception'");
    expect("case x source=self insn 0x60000000 in r3=1 mem 0x1000=11 out r3=1 mem 0x1000=11\n"
           "case y source=self insn 0x60000000 in r3=1 mem 0x1000=11 out r3=1\n",
           0, "cases 2, failed 0");
}

Test(vectors, memory_under_the_instructions_is_refused)
{
    expect("case x source=self insn 0x60210000 in mem 0x4001=22 out\n", 1,
           ".vec:1:25: mem of the case is at its address: '0x60210000'");
    expect("case x source=self insn 0x60210000 in mem 0x4001=21 out\n", 0, "failed 0");
}

Test(vectors, a_message_stays_short_whatever_the_word)
{
    g_autofree char *word = g_strnfill(100000, 'x');
    g_autofree char *text = g_strdup_printf("case x source=self insn \"%s\" out\n", word);
    g_autoptr(GString) out = g_string_new(NULL);
    cr_assert_eq(run(text, NULL, out), 1);
    cr_assert_lt(out->len, 400);
    cr_assert(strstr(out->str, ".vec:1:26: no instruction 'xxxx"), "%s", out->str);
}

Test(vectors, bless_keeps_the_model_another_7400_too)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *text = NULL;
    g_autofree char *path = run_words("case a source=self model=7400_v2.0 insn \"mfspr r3,287\"\n",
                                      WORDS("--bless"), 0, out);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert_str_eq(text, "case a source=self model=7400_v2.0\ninsn 0x7c7f42a6\n"
                           "out r3=0xc0200\n");
    unlink(path);
}

Test(vectors, bless_of_a_file_without_sense_changes_neither_it_nor_the_next)
{
    const char *const texts[] = {ADD "\ncase b source=bogus\n",
                                 "# one\n# two\n# three\n\n" ADD "out r3=3\n"};
    char *argv[] = {(char *)"test", (char *)"--bless", NULL, NULL};
    g_autoptr(GString) out = g_string_new(NULL);
    for (unsigned i = 0; i < 2; i++) {
        close(g_file_open_tmp("core99-XXXXXX.vec", &argv[2 + i], NULL));
        cr_assert(g_file_set_contents(argv[2 + i], texts[i], -1, NULL));
    }
    cr_assert_eq(ppc_vectors_main(4, argv, NULL, out), 1, "%s", out->str);
    g_autofree char *first = NULL, *second = NULL;
    cr_assert(g_file_get_contents(argv[2], &first, NULL, NULL));
    cr_assert(g_file_get_contents(argv[3], &second, NULL, NULL));
    cr_assert_str_eq(first, texts[0]);
    cr_assert(g_str_has_prefix(second, "# one\n# two\n# three\n\ncase add/1 "), "%s", second);
    for (unsigned i = 0; i < 2; i++) {
        unlink(argv[2 + i]);
        g_free(argv[2 + i]);
    }
}

/* A peer that has no register at all. */
static bool open_bare(const char *address G_GNUC_UNUSED, VectorTarget *target,
                      Error **errp G_GNUC_UNUSED)
{
    target->name = g_strdup("bare");
    return true;
}

Test(vectors, skipping_every_case_is_no_success)
{
    g_autofree char *path = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    close(g_file_open_tmp("core99-XXXXXX.vec", &path, NULL));
    cr_assert(g_file_set_contents(path, ADD "out r3=3\n", -1, NULL));
    char *argv[] = {(char *)"test", path, (char *)"--against=bare"};
    cr_assert_eq(ppc_vectors_main(3, argv, open_bare, out), 1, "%s", out->str);
    cr_assert(strstr(out->str, "not ok every case was skipped: nothing ran"), "%s", out->str);
    unlink(path);
}

Test(vectors, options_that_would_do_nothing_are_refused)
{
    expect_words(ADD, WORDS("--count", "3"), 1, "test: --count and --seed go with --generate");
    expect_words(ADD, WORDS("--seed", "3"), 1, "test: --count and --seed go with --generate");
    expect_words(ADD, WORDS("--cache-chaos", "0"), 1, "--cache-chaos '0': 1 or more");
    expect_words(ADD, WORDS("--list", "--bless"), 1, "test: --list runs nothing");
    expect_words(ADD, WORDS("--list", "--tap"), 1, "test: --list runs nothing");
}

/* /dev/full, /dev/stdout and links are written to, not replaced by another file. */
Test(vectors, junit_is_written_into_the_file_that_is_there)
{
    g_autofree char *folder = g_dir_make_tmp("core99-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "file", NULL);
    g_autofree char *link = g_build_filename(folder, "link", NULL), *xml = NULL;
    cr_assert(g_file_set_contents(file, "", 0, NULL));
    cr_assert_eq(symlink("file", link), 0);
    expect_words(ADD, WORDS("--junit", link), 0, "failed 0");
    cr_assert(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    cr_assert(g_file_get_contents(file, &xml, NULL, NULL));
    cr_assert(strstr(xml, "tests=\"1\""), "%s", xml);
    unlink(link);
    unlink(file);
    rmdir(folder);
}

Test(vectors, a_junit_report_that_cannot_be_written_fails)
{
    expect_words(ADD, WORDS("--junit", "/nowhere/x"), 1, "not ok /nowhere/x: No such file");
    expect_words(ADD, WORDS("--junit", "/dev/full"), 1, "not ok /dev/full: No space left");
}
