/* SPDX-License-Identifier: MIT */
/*
 * The differential campaign: random cases of every user-level row on our step() and on a peer, results
 * compared bit by bit, each difference explained by a committed line or shown.
 *
 * Source: none (own design). What is compared: all that the stub carries (vector_target.c).
 */
#include "gdbstub/differential.h"

#include "gdbstub/generate.h"
#include "gdbstub/internal.h"
#include "gdbstub/vector_target.h"
#include "target-ppc/vectors_internal.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

enum {
    DEFAULT_COUNT = 200000,
    MOST_SHOWN = 40, /* unexplained cases */
    REPORT_EVERY = 50000,
};

typedef struct Campaign {
    const char *against, *explained, *filter;
    uint64_t count, seed, first;
    void (*print)(const char *text);
    VectorTarget peer;
    VectorBench *bench;
    Generator *generator;
    Explanations *explanations;
    VectorCase test;
    VectorState ours, theirs;
    uint8_t *their_memory;
    uint64_t done, differing, unexplained;
    GString *text; /* of the present case's unexplained differences */
} Campaign;

G_GNUC_PRINTF(2, 3) static void say(const Campaign *campaign, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    campaign->print(text);
}

/* --- differences ---------------------------------------------------------------------------------- */

static void differ(Campaign *campaign, Difference *difference)
{
    difference->result = &campaign->ours;
    if (difference->ours == difference->theirs ||
        explanations_match(campaign->explanations, &campaign->test, difference)) {
        return;
    }
    g_string_append_printf(
        campaign->text,
        "; %s%u was 0x%" PRIx64 ", ours 0x%" PRIx64 ", peer 0x%" PRIx64 ", bits 0x%" PRIx64,
        difference->name, difference->number, difference->before, difference->ours,
        difference->theirs, difference->ours ^ difference->theirs);
}

static void compare_files(Campaign *campaign)
{
    const VectorMask *mask = &campaign->peer.carries;
    const VectorState *in = &campaign->test.in, *ours = &campaign->ours,
                      *theirs = &campaign->theirs;
    for (unsigned i = 0; i < 32; i++) {
        const PpcVector *v = &in->vr[i], *one = &ours->vr[i], *two = &theirs->vr[i];
        if (mask->gpr >> i & 1) {
            differ(campaign,
                   &(Difference){"r", i, 0, in->gpr[i], ours->gpr[i], theirs->gpr[i], NULL});
        }
        if (mask->fpr >> i & 1) {
            differ(campaign,
                   &(Difference){"f", i, 0, in->fpr[i], ours->fpr[i], theirs->fpr[i], NULL});
        }
        for (unsigned part = 0; part < 2 && (mask->vr >> i & 1); part++) {
            differ(campaign,
                   &(Difference){"v", i, part, v->u64[part], one->u64[part], two->u64[part], NULL});
        }
    }
}

static void compare_specials(Campaign *campaign)
{
    const VectorMask *mask = &campaign->peer.carries;
    const VectorState *in = &campaign->test.in, *ours = &campaign->ours,
                      *theirs = &campaign->theirs;
    const PpcEnv env = {.model = campaign->test.model};
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        uint32_t one = ours->scalar[i] & mask->scalar[i], two = theirs->scalar[i] & mask->scalar[i];
        differ(campaign,
               &(Difference){VECTOR_SCALAR_NAMES[i], 0, 0, in->scalar[i], one, two, NULL});
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(in->spr); i++) {
        const char *name = vector_mask_spr(mask, i) ? ppc_spr_name(&env, i) : NULL;
        if (name) {
            differ(campaign,
                   &(Difference){name, 0, 0, in->spr[i], ours->spr[i], theirs->spr[i], NULL});
        }
    }
}

static void compare_memory(Campaign *campaign)
{
    const uint8_t *ours = campaign->ours.memory, *theirs = campaign->theirs.memory;
    const VectorCase *test = &campaign->test;
    for (unsigned i = 0; i < test->range_count; i++) {
        uint32_t end = test->ranges[i].start + test->ranges[i].size;
        for (uint32_t at = test->ranges[i].start; at < end; at++) {
            differ(campaign,
                   &(Difference){"mem", at, 0, test->in.memory[at], ours[at], theirs[at], NULL});
        }
    }
}

static void show_operands(const Campaign *campaign, GString *out)
{
    const VectorState *in = &campaign->test.in;
    const PpcInsn *row;
    PpcOp op;
    ppc_decode(campaign->test.words[0], &op);
    row = ppc_insn_row(op.id);
    const unsigned fields[] = {op.d, op.a % 32, op.b, op.c};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        unsigned n = fields[i];
        if (row->flags & F_VEC) {
            g_string_append_printf(out, " v%u=%016" PRIx64 "%016" PRIx64, n, in->vr[n].u64[1],
                                   in->vr[n].u64[0]);
        } else if (row->flags & F_FP) {
            g_string_append_printf(out, " f%u=%016" PRIx64, n, in->fpr[n]);
        } else {
            g_string_append_printf(out, " r%u=%08x", n, in->gpr[n]);
        }
    }
    g_string_append_printf(out, " cr=%08x xer=%08x fpscr=%08x vscr=%08x", in->scalar[SCALAR_CR],
                           in->scalar[SCALAR_XER], in->scalar[SCALAR_FPSCR],
                           in->scalar[SCALAR_VSCR]);
}

static void show_case(Campaign *campaign, uint64_t index)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (++campaign->unexplained > MOST_SHOWN) {
        return;
    }
    ppc_disasm_row(campaign->test.words[0], campaign->test.in.scalar[SCALAR_PC], text);
    g_string_append(text, " with");
    show_operands(campaign, text);
    say(campaign, "not ok case %" PRIu64 ": %08x %s%s\n", index, campaign->test.words[0], text->str,
        campaign->text->str);
}

/* --- running -------------------------------------------------------------------------------------- */

static bool run_case(Campaign *campaign, uint64_t index, Error **errp)
{
    VectorCase *test = &campaign->test;
    generator_make(campaign->generator, index, test);
    campaign->ours = campaign->theirs = test->in;
    campaign->theirs.memory = campaign->their_memory;
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        memcpy(campaign->their_memory + range->start, test->in.memory + range->start, range->size);
    }
    if (!vector_bench_step(campaign->bench, test, &campaign->ours, errp) ||
        !campaign->peer.run(campaign->peer.opaque, test, &campaign->theirs, errp)) {
        return false;
    }
    g_string_truncate(campaign->text, 0);
    compare_files(campaign);
    compare_specials(campaign);
    compare_memory(campaign);
    if (campaign->text->len > 0) {
        show_case(campaign, index);
    }
    campaign->done++;
    return true;
}

static bool run_cases(Campaign *campaign, Error **errp)
{
    ERRP_GUARD();
    for (uint64_t i = campaign->first; i < campaign->first + campaign->count; i++) {
        if (!run_case(campaign, i, errp)) {
            error_prepend(errp, "case %" PRIu64 " (%s, %08x): ", i, campaign->test.name,
                          campaign->test.words[0]);
            return false;
        }
        if (campaign->done % REPORT_EVERY == 0) {
            say(campaign, "%" PRIu64 " cases\n", campaign->done);
        }
    }
    return true;
}

static void report(Campaign *campaign)
{
    g_autoptr(GString) uses = g_string_new(NULL);
    explanations_report(campaign->explanations, uses);
    say(campaign,
        "%sdifferential: cases %" PRIu64 ", rows %u, seed %" PRIu64
        ", cases with unexplained differences %" PRIu64 "\n",
        uses->str, campaign->done, generator_rows(campaign->generator), campaign->seed,
        campaign->unexplained);
}

/* --- options -------------------------------------------------------------------------------------- */

static const char HELP[] =
    "Usage: core99 differential --against tcp:HOST:PORT|unix:PATH [OPTION]...\n\n"
    "  --against ADDRESS  the gdb stub of the other machine, which stands\n"
    "  --count N          random cases (default 200000)\n"
    "  --seed N           other cases (default 0); the same seed gives the same ones\n"
    "  --first N          begin with case N: --first N --count 1 repeats one\n"
    "  --filter GLOB      only instructions with such a mnemonic\n"
    "  --explained FILE   differences that are known: tests/golden/qemu-differences.txt\n"
    "  --help             this text\n\n"
    "Exit status: 0 every difference is explained, 1 one is not, the peer is lost, or a mistake in\n"
    "an option. More: docs/differential.md\n";

static bool take_option(Campaign *campaign, const char *name, const char *value, Error **errp)
{
    ERRP_GUARD();
    const struct {
        const char *name;
        const char **text;
        uint64_t *number;
    } options[] = {
        {"--against", &campaign->against, NULL}, {"--explained", &campaign->explained, NULL},
        {"--filter", &campaign->filter, NULL},   {"--count", NULL, &campaign->count},
        {"--seed", NULL, &campaign->seed},       {"--first", NULL, &campaign->first},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (strcmp(name, options[i].name) != 0) {
            continue;
        }
        if (!value) {
            return error_setg(errp, "%s: a value is missing", name);
        }
        if (options[i].text) {
            *options[i].text = value;
            return true;
        }
        if (!parse_number(value, options[i].number, errp)) {
            error_prepend(errp, "%s: ", name);
            return false;
        }
        return true;
    }
    return error_setg(errp, "%s: unknown option of differential; --help lists them", name);
}

static bool take_options(Campaign *campaign, int argc, char **argv, Error **errp)
{
    for (int i = 1; i < argc; i += 2) {
        if (!take_option(campaign, argv[i], i + 1 < argc ? argv[i + 1] : NULL, errp)) {
            return false;
        }
    }
    if (campaign->count == 0) {
        return error_setg(errp, "differential: --count 0 compares nothing");
    }
    return campaign->against || error_setg(errp, "differential: name the other machine: --against "
                                                 "tcp:HOST:PORT or unix:PATH");
}

static bool prepare(Campaign *campaign, Error **errp)
{
    campaign->explanations = explanations_read(campaign->explained, errp);
    campaign->generator = generator_new(campaign->seed, campaign->filter);
    if (!campaign->explanations) {
        return false;
    }
    if (!campaign->generator) {
        return error_setg(errp, "--filter %s: no instruction has such a name", campaign->filter);
    }
    campaign->bench = vector_bench_new(errp);
    return campaign->bench && gdb_vector_target_open(campaign->against, &campaign->peer, errp);
}

static void finish(Campaign *campaign)
{
    if (campaign->peer.close) {
        campaign->peer.close(campaign->peer.opaque);
    }
    g_free(campaign->peer.name);
    g_clear_pointer(&campaign->generator, generator_free);
    g_clear_pointer(&campaign->explanations, explanations_free);
    g_free(campaign->their_memory);
    g_string_free(campaign->text, TRUE);
    g_free(campaign);
}

int differential_main(int argc, char **argv, void (*print)(const char *text), Error **errp)
{
    if (g_strv_contains((const char *const *)argv, "--help")) {
        print(HELP);
        return 0;
    }
    Campaign *campaign = g_new0(Campaign, 1);
    bool ok = false;
    campaign->print = print;
    campaign->count = DEFAULT_COUNT;
    campaign->text = g_string_new(NULL);
    campaign->their_memory = g_malloc0(VECTOR_MEMORY_SIZE);
    if (take_options(campaign, argc, argv, errp) && prepare(campaign, errp)) {
        ok = run_cases(campaign, errp) && campaign->unexplained == 0;
        report(campaign);
    }
    finish(campaign);
    return ok ? 0 : 1;
}
