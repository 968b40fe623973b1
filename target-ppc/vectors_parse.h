/* SPDX-License-Identifier: MIT */
/* Between vectors_parse.c (cases) and vectors_values.c (words, numbers, registers, memory). */
#ifndef TARGET_PPC_VECTORS_PARSE_H
#define TARGET_PPC_VECTORS_PARSE_H

#include "target-ppc/vectors_case.h"

typedef struct VectorToken {
    const char *text;
    unsigned line, column; /* both from 1 */
    bool is_quoted;
} VectorToken;

enum { VECTOR_STATE_WORDS = offsetof(VectorState, memory) / 4 };

typedef struct VectorParser {
    VectorCase *test;
    const char *path;
    const PpcModel *default_model;
    GArray *tokens;                      /* VectorToken, of the present line */
    VectorToken insns[VECTOR_MAX_WORDS]; /* until pc is known */
    unsigned insn_count;
    unsigned first_range; /* of the present state: pieces from there on may not overlap */
    uint64_t given[VECTOR_STATE_WORDS / 64 +
                   1]; /* registers of the present state, by their place in it */
    bool has_model;
    bool open;      /* a case line was seen */
    bool is_placed; /* its words are in memory, out is a copy of in */
    Error **errp;
} VectorParser;

/* "PATH:LINE:COLUMN: WHAT: 'TOKEN'"; always false. */
bool vector_parse_fail(VectorParser *parser, const VectorToken *token, const char *what);

/* The same with @message, which may repeat the user's text, however long. */
bool vector_parse_fail_quoting(VectorParser *parser, const VectorToken *token, const char *message);

/* Fill parser->tokens from @line, which is cut into them. */
bool vector_split_line(VectorParser *parser, char *text, unsigned line, bool *is_comment);
/* @text is a part of @token. */
bool vector_parse_number(VectorParser *parser, const VectorToken *token, const char *text,
                         uint64_t max, uint64_t *value);
/* NAME=VALUE tokens; the word mem before an address is for the reader. */
bool vector_assign_all(VectorParser *parser, VectorState *state, const VectorToken *tokens,
                       size_t count);
bool vector_add_range(VectorParser *parser, const VectorToken *token, uint64_t start, size_t size);
/* Memory as the next case finds it. */
void vector_clear_ranges(VectorCase *test);

#endif
