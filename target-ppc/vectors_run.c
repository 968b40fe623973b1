/* SPDX-License-Identifier: MIT */
/*
 * Runs each case on every target and compares: step(), the engine with cold and with warm TLBs, all of
 * them once more with cache chaos, and whatever is plugged in with --against.
 *
 * A case without an outcome is compared between targets only; the first of them sets the standard.
 */
#include "target-ppc/vectors_internal.h"

struct VectorRunner {
    const VectorOptions *options;
    VectorReport *report;
    VectorCoverage *coverage; /* may be NULL */
    VectorBench *bench;
    VectorTarget ours[3], peer;
    unsigned ours_count;
    bool has_peer, is_lost; /* a target does not answer any more */
    VectorState got, first; /* of the running case: last outcome, first outcome */
    uint8_t *got_memory, *first_memory;
    const char *file;
    GArray *blessings; /* VectorBlessing, of the file */
};

/* --- one target ----------------------------------------------------------------------------------- */

/* False: the target is gone. */
static bool run_on(VectorRunner *runner, const VectorTarget *target, const VectorCase *test)
{
    g_autoptr(Error) err = NULL;
    if (target == &runner->peer) {
        runner->got = test->in;
        runner->got.memory = runner->got_memory;
        memcpy(runner->got_memory, test->in.memory, VECTOR_MEMORY_SIZE);
    }
    runner->report->runs++;
    if (target->run(target->opaque, test, &runner->got, &err)) {
        return true;
    }
    g_autofree char *what = g_strdup_printf("%s: case %s: %s", target->name, test->name,
                                            error_get_pretty(err));
    vector_report_error(runner->report, what);
    return false;
}

static void keep_first(VectorRunner *runner)
{
    memcpy(runner->first_memory, runner->got.memory, VECTOR_MEMORY_SIZE);
    runner->first = runner->got;
    runner->first.memory = runner->first_memory;
}

/* --- the case ------------------------------------------------------------------------------------- */

/* What the first target gets wrong stands alone; others are named if they differ from it. */
static void add_difference(GString *all, GString *first, const char *name, GString *text,
                           bool is_first)
{
    if (is_first) {
        g_string_append(first, text->str);
        g_string_append(all, text->str);
    } else if (strcmp(text->str, first->str) != 0) {
        g_string_append_printf(all, "; %s: %s", name,
                               text->len ? text->str + strlen("; ") : "as wanted");
    }
    g_string_truncate(text, 0);
}

/* Our targets, in @pass 1 with caches emptied at random. */
static bool run_ours(VectorRunner *runner, const VectorCase *test, unsigned pass, GString *all,
                     GString *first)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < runner->ours_count; i++) {
        const VectorTarget *target = &runner->ours[i];
        bool is_first = i == 0 && pass == 0;
        if (!run_on(runner, target, test)) {
            return false;
        }
        if (is_first && (!test->has_out || runner->has_peer || runner->options->bless)) {
            keep_first(runner);
        }
        vector_compare(&target->carries, test, test->has_out ? &test->out : &runner->first,
                       &runner->got, text);
        g_autofree char *name = g_strconcat(target->name, pass ? " with chaos" : "", NULL);
        add_difference(all, first, name, text, is_first);
    }
    return true;
}

/* The first thing that the case wants and the target does not have; NULL: it can be run there. */
static char *not_carried(const VectorRunner *runner, const VectorCase *test)
{
    const VectorTarget *peer = &runner->peer;
    if (peer->pvr && peer->pvr >> 16 != test->model->pvr >> 16) {
        return g_strdup_printf("%s is no %s", peer->name, test->model->family);
    }
    VectorMask lacks = vector_mask_inverse(&peer->carries);
    g_autofree VectorCase *bare = g_new(VectorCase, 1);
    g_autofree VectorState *initial = g_new(VectorState, 1);
    g_autoptr(GString) text = g_string_new(NULL);
    *bare = *test;
    bare->range_count = 0;
    ppc_vectors_initial_state(initial, test->model);
    vector_compare(&lacks, bare, initial, &test->in, text);
    if (text->len == 0) {
        return NULL;
    }
    *strchrnul(text->str + 2, ' ') = '\0';
    return g_strdup_printf("%s has no %s", peer->name, text->str + 2);
}

static bool run_peer(VectorRunner *runner, const VectorCase *test, GString *all, GString *first)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!run_on(runner, &runner->peer, test)) {
        return false;
    }
    vector_compare(&runner->peer.carries, test, test->has_out ? &test->out : &runner->first,
                   &runner->got, text);
    add_difference(all, first, runner->peer.name, text, false);
    return true;
}

/* --- blessing ------------------------------------------------------------------------------------- */

/* What the peer does not carry is as we have it. */
static void merge_peer(VectorRunner *runner)
{
    const VectorMask *mask = &runner->peer.carries;
    VectorState *to = &runner->got;
    const VectorState *ours = &runner->first;
    for (unsigned i = 0; i < 32; i++) {
        to->gpr[i] = mask->gpr >> i & 1 ? to->gpr[i] : ours->gpr[i];
        to->fpr[i] = mask->fpr >> i & 1 ? to->fpr[i] : ours->fpr[i];
        to->vr[i] = mask->vr >> i & 1 ? to->vr[i] : ours->vr[i];
        if (i < 16) {
            to->sr[i] = mask->sr >> i & 1 ? to->sr[i] : ours->sr[i];
        }
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        to->scalar[i] = (to->scalar[i] & mask->scalar[i]) | (ours->scalar[i] & ~mask->scalar[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(to->spr); i++) {
        to->spr[i] = vector_mask_spr(mask, i) ? to->spr[i] : ours->spr[i];
    }
}

/* Outcomes of other sources are changed by hand only; a case on which ours disagree has no outcome. */
static bool bless(VectorRunner *runner, const VectorCase *test)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (test->has_out && test->sources != VECTOR_SOURCE_SELF) {
        return false;
    }
    const char *source = "self";
    if (runner->has_peer) {
        merge_peer(runner);
        source = runner->options->source ? runner->options->source : "qemu";
    }
    vector_write_in(text, test, source);
    vector_write_out(text, test, runner->has_peer ? &runner->got : &runner->first);
    VectorBlessing blessing = {.first_line = test->line,
                               .last_line = test->last_line,
                               .text = g_string_free(g_steal_pointer(&text), FALSE)};
    g_array_append_val(runner->blessings, blessing);
    runner->report->blessed++;
    return true;
}

static bool run_case(void *opaque, VectorCase *test)
{
    VectorRunner *runner = opaque;
    if (!vector_options_match(runner->options, test->name)) {
        return true;
    }
    g_autofree char *lacks = runner->has_peer ? not_carried(runner, test) : NULL;
    if (lacks) {
        vector_report_skip(runner->report, runner->file, test, lacks);
        return true;
    }
    g_autoptr(GString) all = g_string_new(NULL), first = g_string_new(NULL);
    bool alive = true;
    for (unsigned pass = 0; pass < (runner->options->chaos ? 2 : 1) && alive; pass++) {
        vector_bench_set_chaos(runner->bench, pass ? runner->options->chaos : 0);
        alive = run_ours(runner, test, pass, all, first);
    }
    bool agree = all->len == first->len; /* step() and the engine */
    alive = alive && (!runner->has_peer || run_peer(runner, test, all, first));
    if (!alive) {
        runner->is_lost = true;
        return false;
    }
    bool is_blessed = runner->options->bless && agree && bless(runner, test);
    if (runner->coverage && all->len == 0) {
        vector_coverage_note(runner->coverage, test);
    }
    vector_report_case(runner->report, runner->file, test,
                       is_blessed || all->len == 0 ? NULL : all->str + strlen("; "));
    return true;
}

/* --- a file --------------------------------------------------------------------------------------- */

static void write_blessings(VectorRunner *runner, const char *path, const char *text)
{
    g_autoptr(GError) failure = NULL;
    if (runner->blessings->len == 0) {
        return;
    }
    g_autofree char *blessed = vector_bless_text(text, runner->blessings);
    if (!g_file_set_contents(path, blessed, -1, &failure)) {
        vector_report_error(runner->report, failure->message);
    }
}

bool vector_runner_file(VectorRunner *runner, const char *path)
{
    g_autofree char *text = NULL, *original = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Error) err = NULL;
    gsize length;
    unsigned errors = runner->report->errors;
    runner->file = path;
    if (!g_file_get_contents(path, &text, &length, &failure)) {
        vector_report_error(runner->report, failure->message);
        return true;
    }
    original = runner->options->bless ? g_strdup(text) : NULL;
    if (!ppc_vectors_parse(path, text, length, run_case, runner, &err)) {
        vector_report_error(runner->report, error_get_pretty(err));
    } else if (runner->report->errors == errors && original) {
        write_blessings(runner, path, original);
    }
    g_array_set_size(runner->blessings, 0); /* the next file has lines of its own */
    return !runner->is_lost;
}

/* --- life ----------------------------------------------------------------------------------------- */

static void add_ours(VectorRunner *runner, const char *name,
                     bool (*run)(void *, const VectorCase *, VectorState *, Error **))
{
    VectorTarget *target = &runner->ours[runner->ours_count++];
    *target = (VectorTarget){.name = g_strdup(name), .run = run, .opaque = runner->bench};
    vector_mask_everything(&target->carries);
}

static bool open_targets(VectorRunner *runner, VectorTargetOpen *open_peer, Error **errp)
{
    const VectorOptions *options = runner->options;
    runner->bench = vector_bench_new(errp);
    if (!runner->bench) {
        return false;
    }
    if (options->on_step) {
        add_ours(runner, "step", vector_bench_step);
    }
    if (options->on_engine) {
        add_ours(runner, "engine", vector_bench_engine);
        add_ours(runner, "warm engine", vector_bench_warm_engine);
    }
    if (!options->against) {
        return true;
    }
    if (!open_peer) {
        return error_setg(errp, "test: --against is not built");
    }
    runner->has_peer = open_peer(options->against, &runner->peer, errp);
    return runner->has_peer;
}

VectorRunner *vector_runner_new(const VectorOptions *options, VectorTargetOpen *open_peer,
                                VectorReport *report, Error **errp)
{
    VectorRunner *runner = g_new0(VectorRunner, 1);
    runner->options = options;
    runner->report = report;
    runner->got_memory = g_malloc0(VECTOR_MEMORY_SIZE);
    runner->first_memory = g_malloc0(VECTOR_MEMORY_SIZE);
    runner->blessings = g_array_new(FALSE, FALSE, sizeof(VectorBlessing));
    g_array_set_clear_func(runner->blessings, vector_blessing_clear);
    if (!open_targets(runner, open_peer, errp)) {
        vector_runner_free(runner);
        return NULL;
    }
    return runner;
}

void vector_runner_set_coverage(VectorRunner *runner, VectorCoverage *coverage)
{
    runner->coverage = coverage;
}

static void close_target(VectorTarget *target)
{
    if (target->close) {
        target->close(target->opaque);
    }
    g_free(target->name);
}

void vector_runner_free(VectorRunner *runner)
{
    for (unsigned i = 0; i < runner->ours_count; i++) {
        close_target(&runner->ours[i]);
    }
    if (runner->has_peer) {
        close_target(&runner->peer);
    }
    g_array_free(runner->blessings, TRUE);
    g_free(runner->got_memory);
    g_free(runner->first_memory);
    g_free(runner);
}
