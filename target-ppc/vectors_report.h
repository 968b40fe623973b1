/* SPDX-License-Identifier: MIT */
/* What `core99 test` says about cases: plain lines, TAP, JUnit. */
#ifndef TARGET_PPC_VECTORS_REPORT_H
#define TARGET_PPC_VECTORS_REPORT_H

#include "target-ppc/vectors_case.h"

typedef struct VectorReport {
    GString *out;
    GString *xml; /* NULL: no JUnit */
    bool tap;
    unsigned cases, failed, skipped, blessed, runs, errors;
    int64_t began_us;
} VectorReport;

void vector_report_begin(VectorReport *report, GString *out, bool tap, bool junit);
/* @wrong: what is not as wanted, NULL or empty if the case passed. */
void vector_report_case(VectorReport *report, const char *file, const VectorCase *test,
                        const char *wrong);
void vector_report_skip(VectorReport *report, const char *file, const VectorCase *test,
                        const char *why);
/* No case's fault: a file, an option, a target. */
void vector_report_error(VectorReport *report, const char *message);
/* Totals; writes @junit if it is not NULL. */
void vector_report_end(VectorReport *report, const char *junit);

#endif
