/* SPDX-License-Identifier: MIT */
/*
 * `nvram` at the console: what it shows, stores, refuses; that a change is an input.
 * Covers: monitor/nvram.c.
 */
#include "tests/unit/monitor_bench.h"

Test(monitor_nvram, set_takes_both_spellings_and_the_rest_of_the_line)
{
    start();
    says("nvram list", "");
    says("nvram set boot-device=hd:,\\\\:tbxi cd:", "");
    says("nvram set  boot-args -v rd=disk0", "");
    says("nvram set empty=", "");
    says("nvram set a =b", "");
    says("nvram list", "boot-device=hd:,\\\\:tbxi cd:\nboot-args=-v rd=disk0\nempty=\na=b\n");
    finish();
}

Test(monitor_nvram, reset_removes_all_variables)
{
    start();
    says("nvram set a=b", "");
    says("nvram reset", "");
    says("nvram list", "");
    finish();
}

Test(monitor_nvram, mistakes_are_one_line_and_change_nothing)
{
    static const char verbs[] = "expected: nvram list, nvram set NAME=VALUE or nvram reset\n";
    static const char variable[] = "expected: nvram set NAME=VALUE\n";
    static const Mistake mistakes[] = {
        {"nvram", verbs},           {"nvram show", verbs},      {"nvram list all", verbs},
        {"nvram reset a", verbs},   {"nvram set", variable},    {"nvram set a", variable},
        {"nvram set =b", variable}, {"nvram set \t", variable},
    };
    start();
    expect_mistakes(mistakes, G_N_ELEMENTS(mistakes));
    finish();
}

Test(monitor_nvram, what_does_not_fit_is_refused)
{
    start();
    g_autofree char *filler = g_strnfill(5000, 'x');
    g_autofree char *line = g_strdup_printf("nvram set a %s", filler);
    uint64_t before = machine_hash(machine);
    says(line, "5020 bytes of variables do not fit NVRAM's 4064\n");
    cr_assert_eq(machine_hash(machine), before);
    finish();
}

static void record_changes(const char *path)
{
    RecordHeader header = {(char *)"test", 1};
    start();
    cr_assert(clock_record_start(machine->clock, path, &header, &error_abort));
    says("si 1001", "");
    wait_for_stop();
    says("nvram set a=b", "");
    says("si 500", "");
    wait_for_stop();
    says("nvram reset", "");
    says("nvram set c=d", "");
    says("si 500", "");
    wait_for_stop();
    cr_assert(clock_record_finish(machine->clock, machine_hash(machine), &error_abort));
}

Test(monitor_nvram, replay_changes_it_at_the_same_instants)
{
    g_autofree char *path = g_strdup_printf("%s/core99-log-%d", g_get_tmp_dir(), getpid());
    start_replay(path, record_changes);
    g_unlink(path);
    says("nvram set x=y", "a replay takes only what was recorded\n");
    says("c", "");
    wait_for_stop();
    cr_assert(is_replay_good);
    says("nvram list", "c=d\n");
    mentions("help nvram", "NAME=VALUE");
    finish();
}
