/* SPDX-License-Identifier: MIT */
/* Boundedly undefined instruction forms: which word is one, what is done then (`-d undef`). */
#ifndef TARGET_PPC_UNDEFINED_H
#define TARGET_PPC_UNDEFINED_H

#include "target-ppc/insn.h"

typedef struct PpcUndefinedForm {
    const char *form; /* what is wrong with the word */
    const char *done; /* what this processor does */
} PpcUndefinedForm;

/*
 * The @which'th (0, 1...) rule that @insn breaks, with the registers of @env (only XER's count of lswx
 * and the model matter); NULL: no more of them. Pure.
 */
const PpcUndefinedForm *ppc_undefined_form(const PpcEnv *env, uint32_t insn, unsigned which);

/* Every rule, for docs and tests; NULL past the last. */
const PpcUndefinedForm *ppc_undefined_rule(unsigned number);

/* Log what is undefined about @insn at env->pc under LOG_UNDEF, each rule once a PC. */
void ppc_undefined_report(const PpcEnv *env, uint32_t insn);

#endif
