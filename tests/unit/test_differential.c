/* SPDX-License-Identifier: MIT */
/* gdbstub/differential.c, generate.c, explanations.c: against a stub whose step only moves pc. */
#include "gdbstub/differential.h"
#include "gdbstub/generate.h"
#include "tests/unit/fake_stub.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static GString *output;

static void print(const char *text) { g_string_append(output, text); }

/* Runs @count cases of rows that match @filter; @explained is the text of that file. */
static int run(const char *filter, const char *count, const char *explained, Error **errp)
{
    g_autofree char *address = fake_stub_listen(NULL), *path = NULL;
    int fd = g_file_open_tmp("core99-XXXXXX.txt", &path, NULL);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, explained, -1, NULL));
    output = g_string_new(NULL);
    const char *argv[] = {"differential", "--against", address, "--filter",    filter, "--count",
                          count,          "--seed",    "7",     "--explained", path,   NULL};
    int status = differential_main(11, (char **)argv, print, errp);
    unlink(path);
    unlink(address + strlen("unix:"));
    return status;
}

static void output_has(const char *part)
{
    cr_assert(strstr(output->str, part), "'%s' lacks '%s'", output->str, part);
}

Test(differential, results_that_agree_pass)
{
    cr_assert_eq(run("sync", "20", "", &error_abort), 0);
    output_has("cases 20, rows 1, seed 7, cases with unexplained differences 0");
}

Test(differential, results_that_differ_are_shown_with_their_operands)
{
    cr_assert_eq(run("mulhwu", "20", "", &error_abort), 1);
    output_has("not ok case ");
    output_has("mulhwu");
    output_has(", bits 0x");
}

Test(differential, an_explanation_of_all_bits_is_enough)
{
    cr_assert_eq(run("mulhwu", "20",
                     "# a comment\n\nmulh* r * always qemu: it does nothing\n"
                     "mulhwu cr f0000000 always qemu: it does nothing\n",
                     &error_abort),
                 0);
    output_has(" x mulh* r * always qemu: it does nothing\n");
}

Test(differential, an_explanation_of_other_bits_is_not)
{
    cr_assert_eq(run("mulhwu", "20", "mulhwu r 1 always qemu: one bit\n", &error_abort), 1);
    cr_assert_eq(run("mulhwu", "20", "mulhw r * always qemu: another row\n", &error_abort), 1);
    cr_assert_eq(run("divwu", "5", "divwu r,cr * bad-division qemu: not only\n", &error_abort), 1);
}

static void refused(const char *explained, const char *part)
{
    g_autoptr(Error) err = NULL;
    cr_assert_eq(run("sync", "1", explained, &err), 1);
    cr_assert(err && strstr(error_get_pretty(err), part), "lacks '%s'", part);
}

Test(differential, explanations_that_make_no_sense_are_refused)
{
    refused("add r * always qemu\n", "line 1: no reason behind ': '");
    refused("\nadd r * sometimes qemu: x\n", "line 2: expected 'INSN,...");
    refused("add r xyz always qemu: x\n", "line 1: expected");
    refused("add r * always me: x\n", "line 1: expected");
    refused("add r always qemu: x\n", "line 1: expected");
}

static void bad_options(int argc, const char *const *argv, const char *part)
{
    g_autoptr(Error) err = NULL;
    cr_assert_eq(differential_main(argc, (char **)argv, print, &err), 1);
    cr_assert(err && strstr(error_get_pretty(err), part), "lacks '%s'", part);
}

Test(differential, options_that_make_no_sense_are_refused)
{
    bad_options(1, (const char *[]){"differential", NULL}, "name the other machine");
    bad_options(2, (const char *[]){"differential", "--count", NULL}, "a value is missing");
    bad_options(3, (const char *[]){"differential", "--count", "x", NULL}, "x");
    bad_options(3, (const char *[]){"differential", "--color", "x", NULL}, "unknown option");
    bad_options(5,
                (const char *[]){"differential", "--against", "unix:/x", "--filter", "zzz", NULL},
                "no instruction has such a name");
}

Test(generate, a_case_depends_on_seed_and_index_alone)
{
    VectorCase *one = g_new0(VectorCase, 1), *two = g_new0(VectorCase, 1);
    Generator *first = generator_new(5, NULL), *second = generator_new(5, NULL);
    for (unsigned i = 0; i < 2000; i += 3) {
        generator_make(first, i, one);
    }
    generator_make(first, 77, one);
    generator_make(second, 77, two);
    cr_assert_eq(one->words[0], two->words[0]);
    cr_assert_eq(memcmp(one->in.gpr, two->in.gpr, sizeof(one->in.gpr)), 0);
    cr_assert_eq(memcmp(one->in.fpr, two->in.fpr, sizeof(one->in.fpr)), 0);
    cr_assert_eq(memcmp(one->in.vr, two->in.vr, sizeof(one->in.vr)), 0);
    cr_assert_eq(memcmp(one->in.memory, two->in.memory, VECTOR_MEMORY_SIZE), 0);
}

Test(generate, every_case_is_a_word_of_its_row_and_stays_in_its_memory)
{
    VectorCase *test = g_new0(VectorCase, 1);
    Generator *generator = generator_new(1, NULL);
    unsigned rows = generator_rows(generator);
    cr_assert_gt(rows, 300);
    for (uint64_t i = 0; i < 20 * rows; i++) {
        PpcOp op;
        generator_make(generator, i, test);
        cr_assert(ppc_decode(test->words[0], &op));
        cr_assert_str_eq(ppc_insn_row(op.id)->mnemonic, test->name);
        cr_assert_eq(test->in.scalar[SCALAR_FPSCR] & 0xf8, 0);
        for (unsigned range = 0; range < test->range_count; range++) {
            cr_assert_leq(test->ranges[range].start + test->ranges[range].size, VECTOR_MEMORY_SIZE);
        }
    }
}
