/* SPDX-License-Identifier: MIT */
/*
 * Lock-step of whole guests: both machines execute one instruction, then their registers must agree.
 *
 * What g brings is compared after every instruction; everything else after instructions that may touch
 * it, after exceptions and every ALL_EVERY instructions; RAM at the end. Where a rule explains a
 * difference (lockstep_rules.c) the peer's value is copied into ours. With --fast the peer runs to the
 * first address, some thousand instructions on, that ours had not come to before; a difference is found at
 * the end of such a stretch. Source: none (own design). Not
 * compared: segment registers, BATs (QEMU's stub has none), stores to devices.
 */
#include "gdbstub/lockstep.h"

#include "gdbstub/internal.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

enum {
    DEFAULT_COUNT = 1000000,
    ALL_EVERY = 4096,
    REPORT_EVERY = 100000,
    PAGE_SIZE = 4096,
    MOST_SHOWN = 12,
    LEAST_STRETCH = 5000,
    MOST_STRETCH = 20000000,
    STRETCH_MS = 60000,
};

typedef struct Lockstep {
    MachineState *machine;
    PpcEnv *env;
    const LockstepConfig *config;
    GdbClient *client;
    Fields fields;
    Rules *rules;
    Step step;
    uint64_t done, compared_all;
    GString *differences;
} Lockstep;

/* --- options -------------------------------------------------------------------------------------- */

static const char HELP[] =
    "Usage: core99 lockstep --against tcp:HOST:PORT|unix:PATH [OPTION]... [OPTION OF THE MACHINE]...\n\n"
    "  --against ADDRESS  the gdb stub of the other machine, which stands at reset\n"
    "  --count N          instructions (default 1000000)\n"
    "  --fast N           the first N of them in stretches, compared at their ends (default 0)\n"
    "  --allow FILE       what may differ: tests/golden/lockstep-copied.txt\n"
    "  --vector FILE      where the instruction that differs is written (default lockstep.vec)\n"
    "  --help             this text\n\n"
    "Options of the machine: core99 -help. Both machines need the same.\n"
    "Exit status: 0 no difference without a rule, 1 there is one, the peer is lost, or a mistake in\n"
    "an option. More: docs/differential.md\n";

static bool take_option(LockstepConfig *config, const char *name, const char *value, Error **errp)
{
    if (strcmp(name, "--against") == 0) {
        config->against = value;
    } else if (strcmp(name, "--allow") == 0) {
        config->allow = value;
    } else if (strcmp(name, "--vector") == 0) {
        config->vector = value;
    } else {
        bool is_count = strcmp(name, "--count") == 0;
        return parse_number(value, is_count ? &config->count : &config->fast, errp);
    }
    return true;
}

bool lockstep_take_options(LockstepConfig *config, int *argc, char **argv, Error **errp)
{
    ERRP_GUARD();
    static const char *const names[] = {"--against", "--allow",  "--count",
                                        "--fast",    "--vector", NULL};
    int kept = 1;
    config->count = DEFAULT_COUNT;
    if (g_strv_contains((const char *const *)argv, "--help")) {
        config->print(HELP);
        return false;
    }
    for (int i = 1; i < *argc; i++) {
        if (!g_strv_contains(names, argv[i])) {
            argv[kept++] = argv[i];
            continue;
        }
        if (i + 1 == *argc) {
            return error_setg(errp, "%s: a value is missing", argv[i]);
        }
        if (!take_option(config, argv[i], argv[i + 1], errp)) {
            error_prepend(errp, "%s: ", argv[i]);
            return false;
        }
        i++;
    }
    *argc = kept;
    if (config->count == 0) {
        return error_setg(errp, "lockstep: --count 0 compares nothing");
    }
    return config->against || error_setg(errp, "lockstep: name the other machine: --against "
                                               "tcp:HOST:PORT or unix:PATH");
}

/* --- reports -------------------------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static void say(const Lockstep *run, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    run->config->print(text);
}

static void add_difference(Lockstep *run, const Field *field, uint64_t ours, uint64_t theirs)
{
    g_string_append_printf(run->differences,
                           "  %s is 0x%" PRIx64 ", the peer's 0x%" PRIx64 ", bits 0x%" PRIx64 "\n",
                           field->name, ours, theirs, ours ^ theirs);
}

static void write_vector(Lockstep *run)
{
    const char *path = run->config->vector ? run->config->vector : "lockstep.vec";
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) failure = NULL;
    lockstep_vector(&run->step, &run->fields, run->env, run->client, text);
    if (g_file_set_contents(path, text->str, (gssize)text->len, &failure)) {
        say(run, "reproducer: %s\n", path);
    } else {
        say(run, "no reproducer: %s\n", failure->message);
    }
}

static void report_difference(Lockstep *run)
{
    const Step *step = &run->step;
    g_autoptr(GString) text = g_string_new(NULL);
    ppc_disasm_row(step->word, step->pc, text);
    say(run, "difference after instruction %" PRIu64 ": 0x%08x: %08x  %s\n%s", run->done, step->pc,
        step->word, text->str, run->differences->str);
    if (step->is_access) {
        say(run, "  effective address 0x%08x, physical 0x%" PRIx64 "%s\n", step->ea,
            (uint64_t)step->pa, step->is_mapped ? "" : " (not mapped before)");
    }
    write_vector(run);
}

/* --- comparing ------------------------------------------------------------------------------------ */

/* Explains the difference of one register away, or notes it. */
static void settle(Lockstep *run, const Field *field, uint64_t ours, uint64_t theirs)
{
    uint64_t allowed = lockstep_rules_match(run->rules, &run->step, field, ours, theirs);
    if ((ours ^ theirs) & ~allowed) {
        add_difference(run, field, ours, theirs);
    } else {
        lockstep_set_ours(run->env, field, theirs);
    }
}

static void compare(Lockstep *run, const GArray *fields)
{
    ppc_sync(run->env);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = &g_array_index(fields, Field, i);
        uint64_t ours = lockstep_ours(run->env, field);
        uint64_t theirs = lockstep_theirs(run->client, field);
        if (ours != theirs) {
            settle(run, field, ours, theirs);
        }
    }
}

static bool fetch(Lockstep *run, bool wants_all, Error **errp)
{
    const GArray *often = run->fields.often, *wanted = run->fields.wanted;
    const int *indices = (const int *)wanted->data;
    return gdb_client_fetch(run->client, indices, wants_all ? wanted->len : often->len, errp);
}

/* May the instruction have touched what g does not bring? */
static bool touches_rest(const Lockstep *run)
{
    const Step *step = &run->step;
    uint32_t flags = ppc_insn_row(step->op.id)->flags;
    bool is_exception = (run->env->pc & 0xfffff) < 0x3000 && run->env->pc != step->pc + 4 &&
                        (run->env->pc & 0xff) == 0;
    return (flags & (F_FP | F_VEC | F_SUPER)) || is_exception || step->op.id == INSN_ILLEGAL ||
           run->done % ALL_EVERY == 0;
}

/* --- running -------------------------------------------------------------------------------------- */

static bool compare_now(Lockstep *run, bool wants_all, Error **errp)
{
    g_string_truncate(run->differences, 0);
    if (!fetch(run, wants_all, errp)) {
        return false;
    }
    run->compared_all += wants_all;
    compare(run, wants_all ? run->fields.all : run->fields.often);
    return true;
}

static bool step_both(Lockstep *run, Error **errp)
{
    lockstep_look(&run->step, run->env);
    machine_single_step(run->machine);
    run->done++;
    if (!gdb_client_step(run->client, errp) || !compare_now(run, touches_rest(run), errp)) {
        return false;
    }
    if (run->differences->len > 0) {
        if (!fetch(run, true, errp)) {
            return false;
        }
        report_difference(run);
    }
    return true;
}

/* --- stretches ------------------------------------------------------------------------------------ */

/* Where ours went while the peer stood: the last address that was new, and the steps up to it. */
typedef struct Stretch {
    uint64_t steps, steps_to_new;
    uint32_t start, new_pc;
} Stretch;

/* Ours alone, to an address that is new after some thousand instructions, or to one that has a rule. */
static Stretch run_ours(Lockstep *run)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    Stretch stretch = {.start = run->env->pc};
    g_hash_table_add(seen, GUINT_TO_POINTER(stretch.start));
    while (run->done < run->config->fast && stretch.steps < MOST_STRETCH) {
        lockstep_look(&run->step, run->env);
        if (lockstep_rules_apply(run->rules, &run->step)) {
            break;
        }
        machine_single_step(run->machine);
        run->done++;
        stretch.steps++;
        if (g_hash_table_add(seen, GUINT_TO_POINTER(run->env->pc))) {
            stretch.steps_to_new = stretch.steps;
            stretch.new_pc = run->env->pc;
            if (stretch.steps >= LEAST_STRETCH) {
                break;
            }
        }
    }
    return stretch;
}

/* The peer follows: to the new address by a breakpoint, the rest step by step. */
static bool run_theirs(Lockstep *run, const Stretch *stretch, bool *is_late, Error **errp)
{
    uint64_t left = stretch->steps;
    *is_late = false;
    if (stretch->steps_to_new > 1) {
        left -= stretch->steps_to_new;
        if (!gdb_client_break_at(run->client, stretch->new_pc, true, errp) ||
            !gdb_client_continue(run->client, STRETCH_MS, is_late, errp) ||
            !gdb_client_break_at(run->client, stretch->new_pc, false, errp)) {
            return false;
        }
    }
    for (; left > 0 && !*is_late; left--) {
        if (!gdb_client_step(run->client, errp)) {
            return false;
        }
    }
    return true;
}

static void report_stretch(const Lockstep *run, const Stretch *stretch, bool is_late)
{
    uint64_t first = run->done - stretch->steps;
    say(run, "difference between instructions %" PRIu64 " (0x%08x) and %" PRIu64 " (0x%08x)%s:\n%s",
        first, stretch->start, run->done, run->env->pc,
        is_late ? ", where the peer did not come" : "", run->differences->str);
    say(run, "the instruction itself: --fast %" PRIu64 "\n", first);
}

static bool run_stretch(Lockstep *run, Error **errp)
{
    bool is_late = false;
    Stretch stretch = run_ours(run);
    if (stretch.steps == 0) {
        return step_both(run, errp);
    }
    if (!run_theirs(run, &stretch, &is_late, errp) || !compare_now(run, true, errp)) {
        return false;
    }
    if (run->differences->len > 0) {
        report_stretch(run, &stretch, is_late);
    }
    return true;
}

/* Until the count is reached or something differs; false: the peer is lost. */
static bool run_steps(Lockstep *run, Error **errp)
{
    if (!compare_now(run, true, errp)) {
        return false;
    }
    if (run->differences->len > 0) {
        say(run, "the machines differ before the first instruction:\n%s", run->differences->str);
        return true;
    }
    uint64_t reported = 0;
    while (run->done < run->config->count && run->differences->len == 0) {
        bool is_fast = run->done < run->config->fast;
        if (!(is_fast ? run_stretch(run, errp) : step_both(run, errp))) {
            return false;
        }
        if (run->done >= reported + REPORT_EVERY) {
            reported = run->done;
            say(run, "%" PRIu64 " instructions, pc 0x%08x\n", run->done, run->env->pc);
        }
    }
    return true;
}

/* --- memory at the end ------------------------------------------------------------------------------ */

static unsigned compare_page(Lockstep *run, hwaddr address, const uint8_t *ours,
                             const uint8_t *theirs, unsigned shown)
{
    unsigned differ = 0;
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        if (ours[i] == theirs[i] || lockstep_rules_match_ram(run->rules, address + i)) {
            continue;
        }
        if (shown + differ++ < MOST_SHOWN) {
            g_string_append_printf(run->differences,
                                   "  RAM byte at 0x%" PRIx64 " is %02x, the peer's %02x\n",
                                   (uint64_t)address + i, ours[i], theirs[i]);
        }
    }
    return differ;
}

/* Pages that hold anything on our side: a peer that wrote elsewhere had other registers first. */
static bool compare_ram(Lockstep *run, Error **errp)
{
    static const uint8_t zeros[PAGE_SIZE];
    const uint8_t *ram = memory_region_get_ram_ptr(&run->machine->ram);
    uint64_t size = memory_region_size(&run->machine->ram), pages = 0;
    uint8_t theirs[PAGE_SIZE];
    unsigned differ = 0;
    g_autoptr(Error) cannot = NULL;
    if (!gdb_client_use_physical(run->client, &cannot)) {
        say(run, "RAM not compared: %s\n", error_get_pretty(cannot));
        return true;
    }
    for (uint64_t at = 0; at + PAGE_SIZE <= size; at += PAGE_SIZE) {
        if (memcmp(ram + at, zeros, PAGE_SIZE) == 0) {
            continue;
        }
        if (!gdb_client_read(run->client, (uint32_t)at, theirs, PAGE_SIZE, errp)) {
            return false;
        }
        pages++;
        differ += compare_page(run, at, ram + at, theirs, differ);
    }
    say(run, "RAM: %" PRIu64 " pages compared, %u bytes differ\n%s", pages, differ,
        run->differences->str);
    return true;
}

/* --- the whole ------------------------------------------------------------------------------------ */

static bool run_all(Lockstep *run, Error **errp)
{
    if (!run_steps(run, errp)) {
        return false;
    }
    if (run->differences->len == 0 && !compare_ram(run, errp)) {
        return false;
    }
    g_autoptr(GString) uses = g_string_new(NULL);
    lockstep_rules_report(run->rules, uses);
    say(run, "%s", uses->str);
    say(run, "lockstep %s: instructions %" PRIu64 ", all registers %" PRIu64 " times\n",
        run->differences->len == 0 ? "agrees" : "DIFFERS", run->done, run->compared_all);
    return true;
}

int lockstep_run(MachineState *machine, const LockstepConfig *config, Error **errp)
{
    ERRP_GUARD();
    Lockstep run = {.machine = machine, .config = config};
    int status = 1;
    run.env = &POWERPC_CPU(machine->cpu)->env;
    run.rules = lockstep_rules_read(config->allow, errp);
    if (!run.rules) {
        return status;
    }
    run.client = gdb_client_open(config->against, GDB_LINK_TIMEOUT_MS, errp);
    if (run.client) {
        run.differences = g_string_new(NULL);
        lockstep_fields_init(&run.fields, run.client, run.env);
        if (run_all(&run, errp)) {
            status = run.differences->len > 0;
        } else {
            error_prepend(errp, "after %" PRIu64 " instructions: ", run.done);
        }
        lockstep_fields_fini(&run.fields);
        g_string_free(run.differences, TRUE);
        gdb_client_free(run.client);
    }
    lockstep_rules_free(run.rules);
    return status;
}
