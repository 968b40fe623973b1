/* SPDX-License-Identifier: MIT */
/* Between the files of `core99 test`: the processor that runs cases, and what compares states. */
#ifndef TARGET_PPC_VECTORS_INTERNAL_H
#define TARGET_PPC_VECTORS_INTERNAL_H

#include "target-ppc/vectors_coverage.h"
#include "target-ppc/vectors_options.h"
#include "target-ppc/vectors_report.h"

/* --- vectors_local.c: one processor, 64 KiB of RAM at 0, no board ---------------------------------- */

typedef struct VectorBench VectorBench;

/* One a process; lives until the program ends. */
VectorBench *vector_bench_new(Error **errp);
/* VectorTarget.run with a VectorBench. got->memory is the RAM itself, valid until the next run. */
bool vector_bench_step(void *opaque, const VectorCase *test, VectorState *got, Error **errp);
bool vector_bench_engine(void *opaque, const VectorCase *test, VectorState *got, Error **errp);
/* Twice, the second time with the translations that the first one left: handlers that miss the TLB go
 * to step(), so this is what runs their inline loads and stores. */
bool vector_bench_warm_engine(void *opaque, const VectorCase *test, VectorState *got, Error **errp);
/* Caches are emptied at random instructions; 0: never. */
void vector_bench_set_chaos(VectorBench *bench, uint64_t seed);

/* --- vectors_compare.c ------------------------------------------------------------------------------ */

void vector_mask_everything(VectorMask *mask);
/*
 * Append "; REGISTER is X, wanted Y, bits Z" for each difference that @mask lets us see, flags of CR,
 * XER, FPSCR, VSCR and MSR by name.
 */
void vector_compare(const VectorMask *mask, const VectorCase *test, const VectorState *wanted,
                    const VectorState *got, GString *out);

/* A mask that sees exactly what @mask does not, memory aside. */
VectorMask vector_mask_inverse(const VectorMask *mask);

/* --- vectors.c -------------------------------------------------------------------------------------- */

/* ppc_vectors_parse() of a file; what is wrong goes to the report. */
bool vector_read_file(const char *path, VectorReport *report, VectorCaseHandler *handler,
                      void *opaque);

/* --- vectors_run.c ---------------------------------------------------------------------------------- */

typedef struct VectorRunner VectorRunner;

/* Opens the targets that @options name; NULL: one of them is not to be had. */
VectorRunner *vector_runner_new(const VectorOptions *options, VectorTargetOpen *open_peer,
                                VectorReport *report, Error **errp);
/* Cases that pass are noted in @coverage. */
void vector_runner_set_coverage(VectorRunner *runner, VectorCoverage *coverage);
void vector_runner_free(VectorRunner *runner);
/* False: a target is gone. The report says so, and what does not make sense in the file. */
bool vector_runner_file(VectorRunner *runner, const char *path);

/* --- vectors_bless.c -------------------------------------------------------------------------------- */

/* What takes the place of a case in its file. */
typedef struct VectorBlessing {
    unsigned first_line, last_line;
    char *text;
} VectorBlessing;

/* @blessings: VectorBlessing, in order of lines; comments between the lines of a case are kept. */
char *vector_bless_text(const char *text, const GArray *blessings);
void vector_blessing_clear(gpointer blessing);

/* --- vectors_generate.c, vectors_random.c ------------------------------------------------------ */

/* Append cases without outcome for the rows whose mnemonic matches; false: none does. */
bool vector_generate(const VectorOptions *options, GString *out, Error **errp);

typedef struct VectorRandom {
    uint64_t state;
} VectorRandom;

uint64_t vector_random(VectorRandom *random);
uint32_t vector_random_below(VectorRandom *random, uint32_t limit);
/* Values at which things go wrong, and others. */
uint32_t vector_random_word(VectorRandom *random);
/* @single: mostly what single precision can hold. */
uint64_t vector_random_double(VectorRandom *random, bool single);
/* @is_float: four singles; else elements of one size. */
PpcVector vector_random_vector(VectorRandom *random, bool is_float);

/* --- vectors_write.c -------------------------------------------------------------------------------- */

/* The lines case, insn and in. */
void vector_write_in(GString *out, const VectorCase *test, const char *source);
/* The line out, or exception. */
void vector_write_out(GString *out, const VectorCase *test, const VectorState *got);

/* --- vectors_parse.c -------------------------------------------------------------------------------- */

/* Registers of @out, which are those before the case, as an exception at its last word leaves them. */
void vector_exception_state(const VectorCase *test, VectorState *out, uint32_t handler);

#endif
