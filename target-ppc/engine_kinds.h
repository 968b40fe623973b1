/* SPDX-License-Identifier: MIT */
/*
 * Kinds of slots: what one slot of the engine does, numbered. Two a row of insn.def (plain, record form),
 * then those of engine_kinds.def; a slot keeps its kind so that its neighbour may be fused with it.
 */
#ifndef TARGET_PPC_ENGINE_KINDS_H
#define TARGET_PPC_ENGINE_KINDS_H

#include "target-ppc/insn.h"

typedef enum EngineKind {
#define INSN(id, ...) KIND_row_##id, KIND_row_##id##_rc,
    KIND_slow,   /* step() does it */
    KIND_as_row, /* of a choice: the row's own kind */
#include "target-ppc/insn.def"
#undef INSN
#define KIND(name, end) KIND_##name,
#include "target-ppc/engine_kinds.def"
#undef KIND
    KIND_COUNT,
} EngineKind;

/* The kind of a row that has a handler. */
static inline EngineKind engine_row_kind(unsigned id, bool record)
{
    return (EngineKind)(2 * id + record);
}

#endif
