/* SPDX-License-Identifier: MIT */
/*
 * The file of an execution trace: what writer and reader agree on. Described in docs/traces.md.
 *
 * A record is a varint, tag in its low 3 bits and a number above them, then what the tag says. Both sides
 * keep the same table of what followed each block last, so that a loop costs next to nothing.
 */
#ifndef DEBUG_EXEC_TRACE_FORMAT_H
#define DEBUG_EXEC_TRACE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define TRACE_MAGIC "core99xt"
enum {
    TRACE_VERSION = 1,
    TRACE_HAS_REGISTERS = 1,
    TRACE_HAS_MEMORY = 2,
    TRACE_TEXT_MAX = 4096, /* bytes of the header's text */
    TRACE_BLOCK_MAX = 1024,
    TRACE_HITS_MAX = 1 << 20,
    TRACE_DETAILS_MAX = 65536, /* between two records of control */
    TRACE_PAGE_WORDS = 1024,
    TRACE_GUESSES = 1 << 16,
};

typedef enum TraceTag {
    TRACE_HITS,  /* number: so many blocks ran as the table says */
    TRACE_BLOCK, /* number: instructions; zigzag: words from there to where it went */
    TRACE_AT, /* varint: icount, less the last one; varint: PC. Number 1: the end; varint: instructions */
    TRACE_WORD, /* zigzag: bytes from the last word's end; 4 bytes: the instruction found there */
    TRACE_EXCEPTION, /* number: vector; zigzag: icount; varint: SRR0; varint: SRR1 */
    TRACE_READ, /* number: size; zigzag: icount; zigzag: bytes from the last address; varint: value */
    TRACE_WRITE,
    TRACE_REGISTER, /* number: index; zigzag: icount; zigzag: new less old value */
} TraceTag;

/* Registers by index: r0 to r31, then these, f0 from 64, halves of v0 from 96. */
enum {
    TRACE_REG_LR = 32,
    TRACE_REG_CTR,
    TRACE_REG_CR,
    TRACE_REG_XER,
    TRACE_REG_MSR,
    TRACE_REG_PLAIN_END,
    TRACE_REG_F0 = 64,
    TRACE_REG_V0 = 96,
    TRACE_REG_COUNT = 160,
};

/* The block that began at start had count instructions and went on at next. */
typedef struct TraceGuess {
    uint32_t start, count, next;
} TraceGuess;

static inline unsigned trace_guess_index(uint32_t start)
{
    return (start >> 2 ^ start >> 18) % TRACE_GUESSES;
}

static inline uint64_t trace_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t trace_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

#endif
