/* SPDX-License-Identifier: MIT */
/*
 * Counts pairs of neighbouring slots, with the register fields that are equal in both.
 *
 * A line of the file: times, first kind, second kind, equalities. A kind is its mnemonic ("." for a record
 * form) or a name of engine_kinds.def; an equality is "db": the first's d is the second's b. Source: none
 * (own design).
 */
#include "target-ppc/profile.h"

#include "target-ppc/decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct PpcProfile {
    GHashTable *counts; /* uint64_t *, by key() */
    const PpcOp *last;
};

static const char *const names[KIND_COUNT] = {
#define INSN(id, ...) [KIND_row_##id] = #id, [KIND_row_##id##_rc] = #id "_rc",
#include "target-ppc/insn.def"
#undef INSN
#define KIND(name, end) [KIND_##name] = #name,
#include "target-ppc/engine_kinds.def"
#undef KIND
};

PpcProfile *ppc_profile_new(void)
{
    PpcProfile *profile = g_new0(PpcProfile, 1);
    profile->counts = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return profile;
}

static unsigned equalities(const PpcOp *first, const PpcOp *second)
{
    const uint8_t from[2] = {first->d, first->a};
    const uint8_t to[4] = {second->d, second->a, second->b, second->c};
    unsigned bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        bits |= (unsigned)(from[i / 4] == to[i % 4]) << i;
    }
    return bits;
}

void ppc_profile_count(PpcProfile *profile, const PpcOp *op)
{
    const PpcOp *last = profile->last;
    profile->last = op;
    bool is_pair = last && op == last + 1 && op != &engine_block(op)->end;
    uint64_t key = is_pair ? (uint64_t)last->kind << 32 | (uint64_t)op->kind << 16 |
                                 equalities(last, op)
                           : (uint64_t)op->kind << 16 | 0xff00;
    uint64_t *count = g_hash_table_lookup(profile->counts, (void *)(uintptr_t)key);
    if (!count) {
        count = g_new0(uint64_t, 1);
        g_hash_table_insert(profile->counts, (void *)(uintptr_t)key, count);
    }
    ++*count;
}

static void write_line(FILE *file, uint64_t key, uint64_t count)
{
    static const char *const texts[8] = {"dd", "da", "db", "dc", "ad", "aa", "ab", "ac"};
    const char *first = names[key >> 32], *second = names[key >> 16 & 0xffff];
    fprintf(file, "%" PRIu64 " %s %s", count,
            (key & 0xff00) ? "-"
            : first        ? first
                           : "slow",
            second ? second : "slow");
    for (unsigned i = 0; i < 8 && !(key & 0xff00); i++) {
        if (key >> i & 1) {
            fprintf(file, " %s", texts[i]);
        }
    }
    fputc('\n', file);
}

void ppc_profile_free(PpcProfile *profile)
{
    const char *path = getenv("CORE99_PROFILE");
    FILE *file = path ? fopen(path, "w") : NULL;
    GHashTableIter iter;
    void *key, *count;
    g_hash_table_iter_init(&iter, profile->counts);
    while (file && g_hash_table_iter_next(&iter, &key, &count)) {
        write_line(file, (uintptr_t)key, *(uint64_t *)count);
    }
    if (file) {
        fclose(file);
    }
    g_hash_table_unref(profile->counts);
    g_free(profile);
}
