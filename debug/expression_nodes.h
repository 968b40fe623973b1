/* SPDX-License-Identifier: MIT */
/* The tree of an expression, between the files that make it and that walk it. */
#ifndef DEBUG_EXPRESSION_NODES_H
#define DEBUG_EXPRESSION_NODES_H

#include "debug/expression.h"

typedef enum NodeKind {
    NODE_NUMBER,
    NODE_REGISTER, /* $name: register, variable or value of the history */
    NODE_NAME,
    NODE_CAST,
    NODE_LOAD,
    NODE_SIGN,
    NODE_BINARY,
    NODE_CHOICE
} NodeKind;

typedef enum Operator {
    OP_LOGICAL_OR,
    OP_LOGICAL_AND,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_EQUAL,
    OP_DIFFERENT,
    OP_LEFT,
    OP_RIGHT,
    OP_LESS_EQUAL,
    OP_GREATER_EQUAL,
    OP_LESS,
    OP_GREATER,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
} Operator;

/* Of an integer, or of what a pointer points at. */
typedef struct Type {
    uint8_t size; /* bytes */
    bool is_signed, is_pointer;
} Type;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    uint64_t number;
    char *name;  /* register or name */
    unsigned op; /* of a sign: the character; of a binary: an Operator */
    Type
        type; /* of a number; of a cast; of a load: what is loaded, size 0: what the address says */
    Node *args[3];
};

struct Expression {
    char *text;
    Node *root;
};

#endif
