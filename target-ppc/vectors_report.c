/* SPDX-License-Identifier: MIT */
/*
 * What `core99 test` says about cases: plain lines (failures only), TAP 13, JUnit XML.
 *
 * Source: testanything.org (TAP 13); the schema that Jenkins reads (JUnit).
 */
#include "target-ppc/vectors_report.h"

#include <errno.h>
#include <stdio.h>

static int64_t now_us(void)
{
    /* lint: allow g_get_monotonic_time: how long the tests took; no guest sees it */
    return g_get_monotonic_time();
}

void vector_report_begin(VectorReport *report, GString *out, bool tap, bool junit)
{
    *report = (VectorReport){.out = out, .tap = tap, .xml = junit ? g_string_new(NULL) : NULL};
    report->began_us = now_us();
    if (tap) {
        g_string_append(out, "TAP version 13\n");
    }
}

/* XML 1.0 has no control characters at all. */
static char *xml_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (char *c = valid; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    return g_markup_escape_text(valid, -1);
}

static void xml_case(VectorReport *report, const char *file, const VectorCase *test,
                     const char *tag, const char *message)
{
    if (!report->xml) {
        return;
    }
    g_autofree char *name = xml_text(test ? test->name : file);
    g_autofree char *class = xml_text(file);
    g_string_append_printf(report->xml, "    <testcase classname=\"%s\" name=\"%s\"", class, name);
    if (!tag) {
        g_string_append(report->xml, "/>\n");
        return;
    }
    g_autofree char *text = xml_text(message);
    g_string_append_printf(report->xml, "><%s message=\"%s\"/></testcase>\n", tag, text);
}

static unsigned number(const VectorReport *report)
{
    return report->cases + report->skipped + report->errors;
}

void vector_report_case(VectorReport *report, const char *file, const VectorCase *test,
                        const char *wrong)
{
    bool ok = !wrong || !*wrong;
    report->cases++;
    report->failed += !ok;
    xml_case(report, file, test, ok ? NULL : "failure", wrong);
    if (report->tap) {
        g_string_append_printf(report->out, "%s %u - %s\n", ok ? "ok" : "not ok", number(report),
                               test->name);
        if (!ok) {
            g_string_append_printf(report->out, "# %s:%u: %s\n", file, test->line, wrong);
        }
    } else if (!ok) {
        g_string_append_printf(report->out, "not ok %s (%s:%u): %s\n", test->name, file, test->line,
                               wrong);
    }
}

void vector_report_skip(VectorReport *report, const char *file, const VectorCase *test,
                        const char *why)
{
    report->skipped++;
    xml_case(report, file, test, "skipped", why);
    if (report->tap) {
        g_string_append_printf(report->out, "ok %u - %s # SKIP %s\n", number(report), test->name,
                               why);
    }
}

void vector_report_error(VectorReport *report, const char *message)
{
    report->errors++;
    xml_case(report, "core99 test", NULL, "error", message);
    if (report->tap) {
        g_string_append_printf(report->out, "not ok %u - %s\n", number(report), message);
    } else {
        g_string_append_printf(report->out, "not ok %s\n", message);
    }
}

/* Into what is there, be it a link or /dev/stdout; not a new file in its place. False: see errno. */
static bool write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool ok = file && fputs(text, file) != EOF;
    return file && fclose(file) == 0 && ok;
}

static void write_junit(VectorReport *report, const char *path, double seconds)
{
    g_autofree char *head = g_strdup_printf(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "  <testsuite name=\"core99 test\" tests=\"%u\" failures=\"%u\" skipped=\"%u\" "
        "errors=\"%u\" time=\"%.3f\">\n",
        number(report), report->failed, report->skipped, report->errors, seconds);
    g_string_prepend(report->xml, head);
    g_string_append(report->xml, "  </testsuite>\n</testsuites>\n");
    if (!write_text(path, report->xml->str)) {
        g_autofree char *what = g_strdup_printf("%s: %s", path, g_strerror(errno));
        vector_report_error(report, what);
    }
}

void vector_report_end(VectorReport *report, const char *junit)
{
    double seconds = (double)(now_us() - report->began_us) / G_USEC_PER_SEC;
    if (junit) {
        write_junit(report, junit, seconds);
    }
    if (report->tap) {
        g_string_append_printf(report->out, "1..%u\n# ", number(report));
    } else if (report->runs > 0) {
        g_string_append_printf(report->out, "runs %u in %.2f s, %.0f a second\n", report->runs,
                               seconds, report->runs / MAX(seconds, 1e-6));
    }
    if (report->blessed > 0) {
        g_string_append_printf(report->out, "blessed %u, ", report->blessed);
    }
    g_string_append_printf(report->out, "cases %u, failed %u", report->cases, report->failed);
    if (report->skipped > 0) {
        g_string_append_printf(report->out, ", skipped %u", report->skipped);
    }
    g_string_append_c(report->out, '\n');
    if (report->xml) {
        g_string_free(report->xml, TRUE);
    }
}
