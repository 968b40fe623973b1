/* SPDX-License-Identifier: MIT */
/* gdbstub/vector_target.c: cases travel to a stub and their results come back. */
#include "gdbstub/vector_target.h"
#include "tests/unit/fake_stub.h"

#include <criterion/criterion.h>
#include <unistd.h>

static const FakeRule *rules;

static bool open_fake(G_GNUC_UNUSED const char *address, VectorTarget *target, Error **errp)
{
    GdbClient *client = gdb_client_new(fake_stub_start(rules), errp);
    return client && gdb_vector_target_new(client, "fake", target, errp);
}

/* Runs @text against the fake stub, whose step only moves pc; the report has @part. */
static void expect(const char *text, int status, const char *part)
{
    g_autofree char *path = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    int fd = g_file_open_tmp("core99-XXXXXX.vec", &path, NULL);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    char *argv[] = {(char *)"test", (char *)"--against", (char *)"fake", path, NULL};
    cr_assert_eq(ppc_vectors_main(4, argv, open_fake, out), status, "%s", out->str);
    cr_assert(strstr(out->str, part), "'%s' lacks '%s'", out->str, part);
    unlink(path);
}

#define NOP "case ori/1 source=self\ninsn 0x60000000\nin r3=1 mem 0x1000=aabb\nout\n"

Test(vector_target, a_case_that_the_stub_does_as_wanted_passes) { expect(NOP, 0, "failed 0"); }

Test(vector_target, registers_that_differ_are_named_with_their_bits)
{
    expect("case addi/1 source=self\ninsn 0x38600007\nin r3=1\nout r3=7\n", 1,
           "r3 is 0x1, wanted 0x7, bits 0x6");
}

Test(vector_target, memory_that_differs_is_named)
{
    expect("case stw/1 source=self\ninsn 0x90601000\nin r3=0x11000000\nout mem 0x1000=11000000\n",
           1, "byte at 0x1000 is 00, wanted 11");
}

Test(vector_target, memory_of_the_last_case_is_taken_away)
{
    expect(NOP "\ncase lwz/1 source=self\ninsn 0x60000000\nin mem 0x1004=01\nout\n", 0, "failed 0");
    g_autofree char *log = fake_stub_log();
    const char *cleared = strstr(log, "M1000,2:0000");
    cr_assert(strstr(log, "M1000,2:aabb"));
    cr_assert(cleared && strstr(cleared, "M1004,1:01"), "%s", log);
}

Test(vector_target, a_stub_that_hangs_up_ends_the_run)
{
    rules = (const FakeRule[]){{"s", FAKE_HANG_UP, NULL, 0}, {0}};
    expect(NOP, 1, "hung up");
}

Test(vector_target, a_stub_without_ram_is_refused)
{
    rules = (const FakeRule[]){{"mfff8", FAKE_ANSWER, "00000000", 0}, {0}};
    expect(NOP, 1, "no RAM at 0xfff8");
}
