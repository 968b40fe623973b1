/* SPDX-License-Identifier: MIT */
/* The command line of `core99 test`. */
#ifndef TARGET_PPC_VECTORS_OPTIONS_H
#define TARGET_PPC_VECTORS_OPTIONS_H

#include "util/error.h"

#include <stdint.h>

typedef struct VectorOptions {
    GPtrArray *files;   /* paths, folders already expanded */
    GPtrArray *filters; /* GPatternSpec; empty: every case */
    bool on_step, on_engine;
    uint64_t chaos; /* seed; 0: off */
    char *against, *source;
    bool bless, coverage, list, tap, help;
    char *junit;
    char *generate; /* GLOB of rows */
    uint64_t count, seed;
    bool has_size; /* --count or --seed was given */
} VectorOptions;

/* @arguments: NULL at the end. Nearest name for what is unknown. */
bool vector_options_parse(VectorOptions *options, char **arguments, Error **errp);
void vector_options_free(VectorOptions *options);
char *vector_options_help(void);
/* One of the filters matches, or there is none. */
bool vector_options_match(const VectorOptions *options, const char *name);

#endif
