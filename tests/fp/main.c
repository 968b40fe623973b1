/* SPDX-License-Identifier: MIT */
/*
 * fpu-mpfr: random floating-point cases through the exact FPU and through the engine, against MPFR.
 *
 * A seed names a share of the campaign: the same seed and count are the same cases, on any host. Last
 * line: `cases N, differences N`; exit status 1 if there were any.
 */
#include "tests/fp/batch.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

enum { DEFAULT_CASES = 1000000 };

static gint64 wanted = DEFAULT_CASES, seed = 1;
static char *only;

static const GOptionEntry options[] = {
    {"cases", 'n', 0, G_OPTION_ARG_INT64, &wanted, "sets of operands (1000000)", "N"},
    {"seed", 's', 0, G_OPTION_ARG_INT64, &seed, "which ones (1)", "SEED"},
    {"op", 'o', 0, G_OPTION_ARG_STRING, &only, "only this instruction", "NAME"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static unsigned selected_ops(const FpCaseOp *selected[], unsigned most)
{
    unsigned count = 0;
    for (const FpCaseOp *op = fp_case_ops; op->name && count < most; op++) {
        if (!only || g_str_equal(op->name, only)) {
            selected[count++] = op;
        }
    }
    return count;
}

static bool parse(int *argc, char ***argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("- floating point against MPFR");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fprintf(stderr, "fpu-mpfr: %s\n", error->message);
        return false;
    }
    return true;
}

/* Batches of each operation in turn until @wanted cases are done. */
static FpCount campaign(const FpCaseOp *const ops[], unsigned op_count)
{
    static FpCase tests[FP_BATCH];
    FpRandom random = fp_random_new((uint64_t)seed);
    FpMachine *machine = fp_machine_new();
    FpCount count = {.cases = 0};
    fp_oracle_init();
    for (unsigned batch = 0; count.cases < (uint64_t)wanted; batch++) {
        const FpCaseOp *op = ops[batch % op_count];
        for (unsigned i = 0; i < FP_BATCH; i++) {
            tests[i] = fp_case_random(&random, op->op);
        }
        fp_check_batch(machine, op, tests, &count);
    }
    fp_oracle_fini();
    return count;
}

int main(int argc, char **argv)
{
    enum { MOST_OPS = 64 };
    const FpCaseOp *ops[MOST_OPS];
    if (!parse(&argc, &argv)) {
        return 2;
    }
    unsigned op_count = selected_ops(ops, MOST_OPS);
    if (op_count == 0) {
        fprintf(stderr, "fpu-mpfr: no instruction is called %s\n", only);
        return 2;
    }
    FpCount count = campaign(ops, op_count);
    if (count.first) {
        printf("first difference: %s\n", count.first);
    }
    printf("cases %" PRIu64 ", differences %" PRIu64 "\n", count.cases, count.differences);
    return count.differences != 0;
}
