/* SPDX-License-Identifier: MIT */
/*
 * Counts runs: slots that executed one behind the other in memory, from where a jump came in to where one
 * went out.
 *
 * A line of the file: times, then a word for each slot, "kind:d:a:b:c". A kind is its mnemonic ("_rc" for a
 * record form) or a name of engine_kinds.def. A second file, with .leaves behind its name, counts what left
 * the slots: times, reason, instruction. Source: none (own design).
 */
#include "target-ppc/profile.h"

#include "target-ppc/decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUN_SLOTS = 48 };

typedef struct Slot {
    uint16_t kind;
    uint8_t d, a, b, c;
} Slot;

typedef struct Run {
    uint64_t times;
    unsigned length;
    Slot slots[]; /* the key, with length */
} Run;

struct PpcProfile {
    GHashTable *runs; /* a set of Run * */
    const PpcOp *last;
    Run *run;           /* this one: room for RUN_SLOTS */
    GHashTable *leaves; /* uint64_t *, by text */
};

static const char *const names[KIND_COUNT] = {
    [KIND_slow] = "slow",
#define INSN(id, ...) [KIND_row_##id] = #id, [KIND_row_##id##_rc] = #id "_rc",
#include "target-ppc/insn.def"
#undef INSN
#define KIND(name, end) [KIND_##name] = #name,
#include "target-ppc/engine_kinds.def"
#undef KIND
};

static size_t size_of(const Run *run) { return run->length * sizeof(Slot); }

static guint hash_of(gconstpointer key)
{
    const Run *run = key;
    const uint8_t *bytes = (const uint8_t *)run->slots;
    guint hash = run->length;
    for (size_t i = 0; i < size_of(run); i++) {
        hash = hash * 33 + bytes[i];
    }
    return hash;
}

static gboolean are_equal(gconstpointer first, gconstpointer second)
{
    const Run *one = first, *two = second;
    return one->length == two->length && memcmp(one->slots, two->slots, size_of(one)) == 0;
}

PpcProfile *ppc_profile_new(void)
{
    PpcProfile *profile = g_new0(PpcProfile, 1);
    profile->runs = g_hash_table_new_full(hash_of, are_equal, g_free, NULL);
    profile->run = g_malloc0(sizeof(Run) + RUN_SLOTS * sizeof(Slot));
    profile->leaves = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return profile;
}

static void end_run(PpcProfile *profile)
{
    Run *run = g_hash_table_lookup(profile->runs, profile->run);
    if (!run) {
        run = g_memdup2(profile->run, sizeof(Run) + size_of(profile->run));
        g_hash_table_add(profile->runs, run);
    }
    run->times++;
    profile->run->length = 0;
}

void ppc_profile_count(PpcProfile *profile, const PpcOp *op)
{
    Run *run = profile->run;
    if (op->handler == engine_handler_decode() || op == &engine_block(op)->end) {
        return; /* comes again, decoded; is no instruction */
    }
    if (run->length && (op != profile->last + 1 || run->length == RUN_SLOTS)) {
        end_run(profile);
    }
    run->slots[run->length++] = (Slot){op->kind, op->d, op->a, op->b, op->c};
    profile->last = op;
}

static char *leaf_text(const char *why, uint32_t word)
{
    PpcOp op;
    if (!word) {
        return g_strdup(why);
    }
    ppc_decode(word, &op);
    const char *mnemonic = ppc_insn_row(op.id)->mnemonic;
    return op.id == INSN_mtspr || op.id == INSN_mfspr
               ? g_strdup_printf("%s %s %d", why, mnemonic, op.imm)
               : g_strdup_printf("%s %s", why, mnemonic);
}

void ppc_profile_leave(PpcProfile *profile, const char *why, uint32_t word)
{
    g_autofree char *text = leaf_text(why, word);
    uint64_t *count = g_hash_table_lookup(profile->leaves, text);
    if (!count) {
        count = g_new0(uint64_t, 1);
        g_hash_table_insert(profile->leaves, g_steal_pointer(&text), count);
    }
    ++*count;
}

static void write_leaves(const PpcProfile *profile, const char *path)
{
    g_autofree char *name = g_strconcat(path, ".leaves", NULL);
    FILE *file = fopen(name, "w");
    GHashTableIter iter;
    void *text, *count;
    g_hash_table_iter_init(&iter, profile->leaves);
    while (file && g_hash_table_iter_next(&iter, &text, &count)) {
        fprintf(file, "%" PRIu64 " %s\n", *(uint64_t *)count, (const char *)text);
    }
    if (file) {
        fclose(file);
    }
}

static void write_run(FILE *file, const Run *run)
{
    fprintf(file, "%" PRIu64, run->times);
    for (unsigned i = 0; i < run->length; i++) {
        const Slot *slot = &run->slots[i];
        fprintf(file, " %s:%u:%u:%u:%u", names[slot->kind] ? names[slot->kind] : "slow", slot->d,
                slot->a, slot->b, slot->c);
    }
    fputc('\n', file);
}

void ppc_profile_free(PpcProfile *profile)
{
    const char *path = getenv("CORE99_PROFILE");
    FILE *file = path ? fopen(path, "w") : NULL;
    GHashTableIter iter;
    gpointer run;
    g_hash_table_iter_init(&iter, profile->runs);
    while (file && g_hash_table_iter_next(&iter, &run, NULL)) {
        write_run(file, run);
    }
    if (file) {
        fclose(file);
        write_leaves(profile, path);
    }
    g_hash_table_unref(profile->leaves);
    g_hash_table_unref(profile->runs);
    g_free(profile->run);
    g_free(profile);
}
