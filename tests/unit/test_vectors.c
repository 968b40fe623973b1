/* SPDX-License-Identifier: MIT */
/* target-ppc/vectors.c: a wrong vector is found and named. */
#include "target-ppc/vectors.h"

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
}

Test(vectors, lines_without_sense_are_refused_with_their_number)
{
    expect("case x source=self\ninsn 0x60000000\nin r32=1\n", 1, "line 3: no such register: 'r32'");
    expect("case x\ninsn 0x60000000\n", 1, "line 1: no source=: 'x'");
    expect("insn 0x60000000\n", 1, "line 1: expected a case: 'insn'");
    expect("case x source=self\nin r3=1\nout\n", 1, "line 3: no insn line, or pc outside memory");
    expect("case x source=self\ninsn 0x60000000\nin mem 0xffff=0011\n", 1,
           "line 3: bad bytes: '0011'");
    expect("case x source=self\ninsn 0x60000000\nin v1=0x12\n", 1, "a vector is 0x and 32 digits");
}

Test(vectors, a_file_that_is_not_there_fails)
{
    g_autoptr(GString) out = g_string_new(NULL);
    char *argv[] = {(char *)"test", (char *)"/nonexistent.vec"};
    cr_assert_eq(ppc_vectors_main(2, argv, NULL, out), 1);
    cr_assert(strstr(out->str, "not ok Failed to open"));
}
