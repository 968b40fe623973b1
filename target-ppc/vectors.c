/* SPDX-License-Identifier: MIT */
/* `core99 test`: reads files of cases, runs each on every target, reports. Format: docs/vectors.md. */
#include "target-ppc/vectors.h"

#include "target-ppc/vectors_internal.h"

typedef struct Runner {
    VectorTarget ours, peer;
    bool has_peer;
    VectorState got;
    uint8_t *peer_memory;
    const char *file;
    GPatternSpec *filter; /* NULL: every case */
    GString *out;
    unsigned cases, failed;
} Runner;

/* False: the target is gone. */
static bool run_on(Runner *runner, VectorTarget *target, VectorCase *test, GString *differences)
{
    g_autoptr(Error) err = NULL;
    runner->got = test->in;
    runner->got.memory = runner->peer_memory;
    if (target == &runner->peer) {
        memcpy(runner->peer_memory, test->in.memory, VECTOR_MEMORY_SIZE);
    }
    if (!target->run(target->opaque, test, &runner->got, &err)) {
        g_string_append_printf(differences, "; %s: %s", target->name, error_get_pretty(err));
        return false;
    }
    size_t before = differences->len;
    vector_compare(&target->carries, test, &test->out, &runner->got, differences);
    if (target == &runner->peer && differences->len > before) {
        g_string_append_printf(differences, " (%s)", target->name);
    }
    return true;
}

static bool run_case(void *opaque, VectorCase *test)
{
    Runner *runner = opaque;
    g_autoptr(GString) differences = g_string_new(NULL);
    if (runner->filter && !g_pattern_spec_match_string(runner->filter, test->name)) {
        return true;
    }
    test->out.scalar[SCALAR_MSR] &= test->model->msr_mask;
    bool alive = run_on(runner, &runner->ours, test, differences) &&
                 (!runner->has_peer || run_on(runner, &runner->peer, test, differences));
    runner->cases++;
    if (differences->len > 0) {
        runner->failed++;
        g_string_append_printf(runner->out, "not ok %s (%s:%u): %s\n", test->name, runner->file,
                               test->line, differences->str + strlen("; "));
    }
    return alive;
}

static bool run_file(Runner *runner, const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Error) err = NULL;
    runner->file = path;
    if (!g_file_get_contents(path, &text, NULL, &failure)) {
        g_string_append_printf(runner->out, "not ok %s\n", failure->message);
        return false;
    }
    if (!ppc_vectors_parse(text, run_case, runner, &err)) {
        g_string_append_printf(runner->out, "not ok %s: %s\n", path, error_get_pretty(err));
        return false;
    }
    return true;
}

static bool open_ours(Runner *runner, Error **errp)
{
    VectorBench *bench = vector_bench_new(errp);
    runner->ours = (VectorTarget){.name = g_strdup("step"), .run = vector_bench_step};
    runner->ours.opaque = bench;
    vector_mask_everything(&runner->ours.carries);
    return bench != NULL;
}

static bool open_peer_at(Runner *runner, VectorTargetOpen *open_peer, const char *address,
                         Error **errp)
{
    if (!open_peer) {
        return error_setg(errp, "--against is not built");
    }
    runner->has_peer = open_peer(address, &runner->peer, errp);
    return runner->has_peer;
}

static bool run_arguments(Runner *runner, char **argv, VectorTargetOpen *open_peer, Error **errp)
{
    bool ok = true;
    for (; *argv && ok; argv++) {
        if (strcmp(*argv, "--filter") == 0 && argv[1]) {
            g_clear_pointer(&runner->filter, g_pattern_spec_free);
            runner->filter = g_pattern_spec_new(*++argv);
        } else if (strcmp(*argv, "--against") == 0 && argv[1]) {
            ok = open_peer_at(runner, open_peer, *++argv, errp);
        } else {
            ok = run_file(runner, *argv);
        }
    }
    return ok;
}

static void close_target(VectorTarget *target)
{
    if (target->close) {
        target->close(target->opaque);
    }
    g_free(target->name);
}

int ppc_vectors_main(int argc, char **argv, VectorTargetOpen *open_peer, GString *out)
{
    Runner runner = {.out = out, .peer_memory = g_malloc(VECTOR_MEMORY_SIZE)};
    g_autoptr(Error) err = NULL;
    g_auto(GStrv) arguments = g_new0(char *, argc);
    for (int i = 1; i < argc; i++) {
        arguments[i - 1] = g_strdup(argv[i]);
    }
    bool ok = open_ours(&runner, &err) && run_arguments(&runner, arguments, open_peer, &err);
    if (err) {
        g_string_append_printf(out, "not ok %s\n", error_get_pretty(err));
    }
    g_clear_pointer(&runner.filter, g_pattern_spec_free);
    close_target(&runner.ours);
    close_target(&runner.peer);
    g_free(runner.peer_memory);
    g_string_append_printf(out, "cases %u, failed %u\n", runner.cases, runner.failed);
    return ok && runner.failed == 0 ? 0 : 1;
}
