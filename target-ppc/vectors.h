/* SPDX-License-Identifier: MIT */
/* `core99 test FILE...`: runs instruction vectors on a bare processor. Format: vectors_parse.c. */
#ifndef TARGET_PPC_VECTORS_H
#define TARGET_PPC_VECTORS_H

#include <glib.h>

/*
 * @argv: a word that is skipped, then files and options (--filter GLOB: only cases of that name).
 * Appends a line `not ok NAME: ...` for every failed case and `cases N, failed M` to @out, which the
 * caller prints. Returns the exit status: 0, or 1 if a case failed or a file could not be read.
 */
int ppc_vectors_main(int argc, char **argv, GString *out);

#endif
