/* SPDX-License-Identifier: MIT */
/* Random cases for the differential campaign: one instruction, operand values worth trying. */
#ifndef GDBSTUB_GENERATE_H
#define GDBSTUB_GENERATE_H

#include "target-ppc/decode.h"
#include "target-ppc/vectors_case.h"

typedef enum InsnAccess { ACCESS_NONE, ACCESS_LOAD, ACCESS_STORE } InsnAccess;

/* What row @id does to memory, cache operations with an address included as stores. */
InsnAccess gdb_insn_access(unsigned id);

typedef struct Generator Generator;

/* Rows whose mnemonic matches @filter (NULL: all that user programs may run; no branches, no time, no
 * reservations). NULL: there are none. */
Generator *generator_new(uint64_t seed, const char *filter);
void generator_free(Generator *generator);
unsigned generator_rows(const Generator *generator);
/* Make *@test case @index of the seed; always the same one. Its memory stays the generator's. */
void generator_make(Generator *generator, uint64_t index, VectorCase *test);

#endif
