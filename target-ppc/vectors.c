/* SPDX-License-Identifier: MIT */
/* `core99 test`: what is asked for, and the exit status. Format and options: docs/vectors.md. */
#include "target-ppc/vectors.h"

#include "target-ppc/vectors_internal.h"

/* --- listing -------------------------------------------------------------------------------------- */

typedef struct Listing {
    const VectorOptions *options;
    VectorReport *report;
} Listing;

static bool list_case(void *opaque, VectorCase *test)
{
    const Listing *listing = opaque;
    if (vector_options_match(listing->options, test->name)) {
        g_string_append_printf(listing->report->out, "%s source=%s model=%s\n", test->name,
                               test->source, test->model->name);
        listing->report->cases++;
    }
    return true;
}

bool vector_read_file(const char *path, VectorReport *report, VectorCaseHandler *handler,
                      void *opaque)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Error) err = NULL;
    gsize length;
    if (!g_file_get_contents(path, &text, &length, &failure)) {
        vector_report_error(report, failure->message);
        return false;
    }
    if (!ppc_vectors_parse(path, text, length, handler, opaque, &err)) {
        vector_report_error(report, error_get_pretty(err));
        return false;
    }
    return true;
}

static void list_files(const VectorOptions *options, VectorReport *report)
{
    Listing listing = {options, report};
    for (guint i = 0; i < options->files->len; i++) {
        vector_read_file(options->files->pdata[i], report, list_case, &listing);
    }
}

/* --- running -------------------------------------------------------------------------------------- */

static void run_files(const VectorOptions *options, VectorTargetOpen *open_peer,
                      VectorReport *report, VectorCoverage *coverage)
{
    g_autoptr(Error) err = NULL;
    VectorRunner *runner = vector_runner_new(options, open_peer, report, &err);
    if (!runner) {
        vector_report_error(report, error_get_pretty(err));
        return;
    }
    vector_runner_set_coverage(runner, coverage);
    for (guint i = 0; i < options->files->len; i++) {
        if (!vector_runner_file(runner, options->files->pdata[i]) && options->against) {
            break;
        }
    }
    vector_runner_free(runner);
}

static void act(const VectorOptions *options, VectorTargetOpen *open_peer, VectorReport *report,
                VectorCoverage *coverage)
{
    if (options->list) {
        list_files(options, report);
    } else {
        run_files(options, open_peer, report, coverage);
    }
    if (report->cases + report->errors == 0) {
        vector_report_error(report, report->skipped ? "every case was skipped: nothing ran"
                                                    : "no case of that name, or none at all");
    }
}

/* Cases, then what they cover. */
static bool run_and_report(const VectorOptions *options, VectorTargetOpen *open_peer, GString *out)
{
    VectorReport report;
    VectorCoverage *coverage = options->coverage ? vector_coverage_new() : NULL;
    bool is_covered = true;
    vector_report_begin(&report, out, options->tap, options->junit != NULL);
    act(options, open_peer, &report, coverage);
    vector_report_end(&report, options->junit);
    if (coverage) {
        is_covered = vector_coverage_print(coverage, out);
        vector_coverage_free(coverage);
    }
    return report.failed + report.errors == 0 && is_covered;
}

int ppc_vectors_main(int argc, char **argv, VectorTargetOpen *open_peer, GString *out)
{
    VectorOptions options;
    g_autoptr(Error) err = NULL;
    g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);
    for (int i = 1; i < argc; i++) {
        arguments[i - 1] = g_strdup(argv[i]);
    }
    bool ok = vector_options_parse(&options, arguments, &err);
    if (!ok) {
        g_string_append_printf(out, "not ok %s\n", error_get_pretty(err));
    } else if (options.help) {
        g_autofree char *text = vector_options_help();
        g_string_append(out, text);
    } else if (options.generate) {
        ok = vector_generate(&options, out, &err);
        if (!ok) {
            g_string_printf(out, "not ok %s\n", error_get_pretty(err));
        }
    } else {
        ok = run_and_report(&options, open_peer, out);
    }
    vector_options_free(&options);
    return ok ? 0 : 1;
}
