/* SPDX-License-Identifier: MIT */
/*
 * Runs instruction vectors: one processor, 64 KiB of RAM at 0, no board.
 *
 * Source: none (own design). Not modelled: everything around the processor; models are switched by
 * changing the model pointer of the one processor.
 */
#include "target-ppc/vectors.h"

#include "target-ppc/cr.h"
#include "target-ppc/vectors_case.h"

typedef struct Runner {
    PpcEnv *env;
    uint8_t *ram;
    const char *file;
    GPatternSpec *filter; /* NULL: every case */
    GString *out;
    unsigned cases, failed;
} Runner;

/* --- state in and out --------------------------------------------------------------------------- */

static void load_state(Runner *runner, const VectorCase *test)
{
    PpcEnv *env = runner->env;
    const VectorState *state = &test->in;
    env->model = test->model;
    memcpy(env->gpr, state->gpr, sizeof(state->gpr));
    memcpy(env->fpr, state->fpr, sizeof(state->fpr));
    memcpy(env->vr, state->vr, sizeof(state->vr));
    memcpy(env->sr, state->sr, sizeof(state->sr));
    memcpy(env->spr, state->spr, sizeof(state->spr));
    memcpy(runner->ram, state->memory, sizeof(state->memory));
    ppc_cr_set(env, state->scalar[SCALAR_CR]);
    ppc_xer_set(env, state->scalar[SCALAR_XER]);
    env->lr = state->scalar[SCALAR_LR];
    env->ctr = state->scalar[SCALAR_CTR];
    env->fpscr = state->scalar[SCALAR_FPSCR];
    env->vscr = state->scalar[SCALAR_VSCR];
    env->msr = state->scalar[SCALAR_MSR] & test->model->msr_mask;
    env->pc = state->scalar[SCALAR_PC];
    env->reserve_addr = state->scalar[SCALAR_RESERVE];
    env->reserve_valid = env->reserve_addr != VECTOR_NO_RESERVATION;
    env->pending_interrupts = 0;
    env->halted = false;
    ppc_mmu_flush(env);
}

static void save_state(const Runner *runner, VectorState *state)
{
    PpcEnv *env = runner->env;
    ppc_sync(env);
    memcpy(state->gpr, env->gpr, sizeof(state->gpr));
    memcpy(state->fpr, env->fpr, sizeof(state->fpr));
    memcpy(state->vr, env->vr, sizeof(state->vr));
    memcpy(state->sr, env->sr, sizeof(state->sr));
    memcpy(state->spr, env->spr, sizeof(state->spr));
    memcpy(state->memory, runner->ram, sizeof(state->memory));
    uint32_t *scalar = state->scalar;
    scalar[SCALAR_CR] = ppc_cr_get(env);
    scalar[SCALAR_XER] = ppc_xer_get(env);
    scalar[SCALAR_LR] = env->lr;
    scalar[SCALAR_CTR] = env->ctr;
    scalar[SCALAR_FPSCR] = env->fpscr;
    scalar[SCALAR_VSCR] = env->vscr;
    scalar[SCALAR_MSR] = env->msr;
    scalar[SCALAR_PC] = env->pc;
    scalar[SCALAR_RESERVE] = env->reserve_valid ? env->reserve_addr : VECTOR_NO_RESERVATION;
}

/* --- differences -------------------------------------------------------------------------------- */

static void differ(GString *out, const char *name, int number, uint64_t wanted, uint64_t got)
{
    if (wanted == got) {
        return;
    }
    g_string_append_printf(out, "; %s", name);
    if (number >= 0) {
        g_string_append_printf(out, "%d", number);
    }
    g_string_append_printf(out,
                           " is 0x%" G_GINT64_MODIFIER "x, wanted 0x%" G_GINT64_MODIFIER
                           "x, bits 0x%" G_GINT64_MODIFIER "x",
                           got, wanted, wanted ^ got);
}

static void differ_vector(GString *out, unsigned number, const PpcVector *wanted,
                          const PpcVector *got)
{
    if (memcmp(wanted, got, sizeof(*wanted)) == 0) {
        return;
    }
    g_string_append_printf(out, "; v%u is 0x", number);
    for (int i = 15; i >= 0; i--) {
        g_string_append_printf(out, "%02x", got->u8[i]);
    }
    g_string_append(out, ", wanted 0x");
    for (int i = 15; i >= 0; i--) {
        g_string_append_printf(out, "%02x", wanted->u8[i]);
    }
}

static void differ_memory(GString *out, const VectorState *wanted, const VectorState *got)
{
    enum { MOST = 8 };
    unsigned shown = 0;
    if (memcmp(wanted->memory, got->memory, VECTOR_MEMORY_SIZE) == 0) {
        return;
    }
    for (unsigned i = 0; i < VECTOR_MEMORY_SIZE && shown < MOST; i++) {
        if (wanted->memory[i] != got->memory[i]) {
            g_string_append_printf(out, "; byte at 0x%x is %02x, wanted %02x", i, got->memory[i],
                                   wanted->memory[i]);
            shown++;
        }
    }
}

static void differ_sprs(const Runner *runner, GString *out, const VectorState *wanted,
                        const VectorState *got)
{
    if (memcmp(wanted->spr, got->spr, sizeof(wanted->spr)) == 0) {
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(wanted->spr); i++) {
        const char *name = ppc_spr_name(runner->env, i);
        differ(out, name ? name : "spr", name ? -1 : (int)i, wanted->spr[i], got->spr[i]);
    }
}

static void differ_state(const Runner *runner, GString *out, const VectorState *wanted,
                         const VectorState *got)
{
    for (int i = 0; i < 32; i++) {
        differ(out, "r", i, wanted->gpr[i], got->gpr[i]);
        differ(out, "f", i, wanted->fpr[i], got->fpr[i]);
        differ_vector(out, (unsigned)i, &wanted->vr[i], &got->vr[i]);
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        differ(out, VECTOR_SCALAR_NAMES[i], -1, wanted->scalar[i], got->scalar[i]);
    }
    for (int i = 0; i < 16; i++) {
        differ(out, "sr", i, wanted->sr[i], got->sr[i]);
    }
    differ_sprs(runner, out, wanted, got);
    differ_memory(out, wanted, got);
}

/* --- running ------------------------------------------------------------------------------------ */

static bool run_case(void *opaque, VectorCase *test)
{
    Runner *runner = opaque;
    g_autofree VectorState *got = g_new(VectorState, 1);
    g_autoptr(GString) differences = g_string_new(NULL);
    if (runner->filter && !g_pattern_spec_match_string(runner->filter, test->name)) {
        return true;
    }
    test->out.scalar[SCALAR_MSR] &= test->model->msr_mask;
    load_state(runner, test);
    for (unsigned i = 0; i < test->word_count; i++) {
        ppc_step(runner->env);
    }
    save_state(runner, got);
    differ_state(runner, differences, &test->out, got);
    runner->cases++;
    if (differences->len > 0) {
        runner->failed++;
        g_string_append_printf(runner->out, "not ok %s (%s:%u): %s\n", test->name, runner->file,
                               test->line, differences->str + strlen("; "));
    }
    return true;
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

/* The bare processor; lives until the program ends. */
static bool build(Runner *runner, GString *out)
{
    g_autoptr(Error) err = NULL;
    MemoryRegion *root = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);
    memory_region_init(root, NULL, "vectors", UINT64_C(1) << 32);
    if (!memory_region_init_ram(ram, NULL, "vectors.ram", VECTOR_MEMORY_SIZE, &err)) {
        g_string_append_printf(out, "not ok %s\n", error_get_pretty(err));
        return false;
    }
    memory_region_add_subregion(root, 0, ram);
    PowerPCCPU *cpu = POWERPC_CPU(object_new(POWERPC_CPU_TYPE_NAME("7400_v2.9")));
    CPU(cpu)->as = address_space_new(root, "vectors");
    if (!qdev_realize(DEVICE(cpu), NULL, &err)) {
        g_string_append_printf(out, "not ok %s\n", error_get_pretty(err));
        return false;
    }
    runner->env = &cpu->env;
    runner->ram = memory_region_get_ram_ptr(ram);
    return true;
}

int ppc_vectors_main(int argc, char **argv, GString *out)
{
    Runner runner = {.out = out};
    bool ok = build(&runner, out);
    for (int i = 1; i < argc && ok; i++) {
        if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            g_clear_pointer(&runner.filter, g_pattern_spec_free);
            runner.filter = g_pattern_spec_new(argv[++i]);
        } else {
            ok = run_file(&runner, argv[i]);
        }
    }
    g_clear_pointer(&runner.filter, g_pattern_spec_free);
    g_string_append_printf(out, "cases %u, failed %u\n", runner.cases, runner.failed);
    return ok && runner.failed == 0 ? 0 : 1;
}
