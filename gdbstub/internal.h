/* SPDX-License-Identifier: MIT */
/* Between the files of gdbstub/. */
#ifndef GDBSTUB_INTERNAL_H
#define GDBSTUB_INTERNAL_H

#include "gdbstub/client.h"
#include "target-ppc/decode.h"
#include "target-ppc/vectors_case.h"

/* False for special registers that the stub describes and does not keep, or that count the time. */
bool gdb_spr_is_kept(const GdbClient *client, const char *name);

/* --- lockstep_fields.c: a register of ours and the same of the peer ------------------------------------- */

typedef enum FieldKind {
    FIELD_GPR,
    FIELD_PC,
    FIELD_MSR,
    FIELD_CR,
    FIELD_LR,
    FIELD_CTR,
    FIELD_XER,
    FIELD_FPR,
    FIELD_FPSCR,
    FIELD_VR_HIGH, /* the two halves of one vector register */
    FIELD_VR_LOW,
    FIELD_VSCR,
    FIELD_SPR,
} FieldKind;

typedef struct Field {
    char name[12];
    FieldKind kind;
    unsigned number;
    int index; /* of the peer's register */
} Field;

typedef struct Fields {
    GArray *often, *all; /* Field: those that g brings; every one */
    GArray *wanted;      /* int: indices of all */
} Fields;

void lockstep_fields_init(Fields *fields, const GdbClient *client, const PpcEnv *env);
void lockstep_fields_fini(Fields *fields);
/* After ppc_sync(). */
uint64_t lockstep_ours(PpcEnv *env, const Field *field);
void lockstep_set_ours(PpcEnv *env, const Field *field, uint64_t value);
uint64_t lockstep_theirs(const GdbClient *client, const Field *field);

/* --- one instruction ----------------------------------------------------------------------------------- */

enum { STEP_BYTES = 16 };

/* What an instruction was about to do: taken before it runs. */
typedef struct Step {
    PpcOp op;
    uint32_t word;  /* 0, and op.id INSN_ILLEGAL, if there was nothing to fetch */
    bool is_access; /* it loads or stores at ea */
    bool is_load;
    bool is_vector;
    target_addr ea;
    hwaddr pa; /* with is_mapped */
    bool is_mapped;
    bool has_memory;
    uint8_t memory[STEP_BYTES]; /* at ea, rounded down to 16 for vectors; with has_memory */
    uint32_t gpr[32], pc, msr, cr, lr, ctr, xer, fpscr, vscr;
    uint64_t fpr[32];
    PpcVector vr[32];
} Step;

void lockstep_look(Step *step, PpcEnv *env);

/* --- reasons.c: files of known differences ---------------------------------------------------------------- */

/* @words: what stands before ": REASON"; @line: all of it. False: they make no sense. */
typedef bool ReasonsLine(void *opaque, char **words, const char *line);
/* @expected: what a line should be, for the message about one that @take refuses. */
bool reasons_read(const char *path, const char *expected, ReasonsLine *take, void *opaque,
                  Error **errp);

/* --- lockstep_rules.c: what may differ ------------------------------------------------------------------- */

typedef struct Rules Rules;

/* @path may be NULL. */
Rules *lockstep_rules_read(const char *path, Error **errp);
void lockstep_rules_free(Rules *rules);
/* The bits of @field that @step may leave different; counts the use if @ours and @theirs differ there. */
uint64_t lockstep_rules_match(Rules *rules, const Step *step, const Field *field, uint64_t ours,
                              uint64_t theirs);
/* Some rule speaks of @step: its result may be the peer's alone to know. */
bool lockstep_rules_apply(const Rules *rules, const Step *step);
/* The byte at physical @address may differ at the end. */
bool lockstep_rules_match_ram(Rules *rules, hwaddr address);
/* One line for each rule: how often it was needed. */
void lockstep_rules_report(const Rules *rules, GString *out);

/* --- lockstep_vector.c: the reproducer --------------------------------------------------------------------- */

/* The case for `core99 test` that shows the difference of @step: the peer's results are wanted. */
void lockstep_vector(const Step *step, const Fields *fields, PpcEnv *env, const GdbClient *client,
                     GString *out);

/* --- explanations.c: differences of single instructions ---------------------------------------------------- */

/* One register, or the case's memory, that came out differently. */
typedef struct Difference {
    const char *name; /* "r", "f", "v" without their numbers; "mem"; else the register's name */
    unsigned number, part; /* of a vector: PpcVector.u64[part] */
    uint64_t before, ours, theirs;
    const VectorState *result; /* all of ours */
} Difference;

typedef struct Explanations Explanations;

/* @path may be NULL: nothing is explained. */
Explanations *explanations_read(const char *path, Error **errp);
void explanations_free(Explanations *explanations);
/* True if every bit that differs is explained; the use is counted. */
bool explanations_match(Explanations *explanations, const VectorCase *test,
                        const Difference *difference);
/* One line for each: how often it was needed. */
void explanations_report(const Explanations *explanations, GString *out);

#endif
