/* SPDX-License-Identifier: MIT */
/*
 * Reading a function's code around a PC: is its stack frame there, and where is its return address?
 *
 * Two looks. Forward: if the code runs straight into blr, what it still undoes is what stands now.
 * Else backward: the instructions from the function's start to the PC, taken one after the other.
 * Source: the System V ABI PowerPC supplement, 3-33 to 3-37 (prologue, epilogue). Not modelled: the
 * paths that branches take between start and PC (shrink-wrapped frames can be misjudged).
 */
#include "debug/unwind.h"
#include "util/bits.h"

enum { LOOK_AHEAD = 24, LOOK_BACK = 1024, REACH = 0x8000 };
enum { BLR = 0x4e800020 };

/* --- instructions ----------------------------------------------------------------------------------- */

static unsigned primary(uint32_t insn) { return insn >> 26; }
static unsigned field_d(uint32_t insn) { return insn >> 21 & 31; }
static unsigned field_a(uint32_t insn) { return insn >> 16 & 31; }
static unsigned extended(uint32_t insn) { return insn >> 1 & 0x3ff; }
static bool is_x(uint32_t insn, unsigned xo) { return primary(insn) == 31 && extended(insn) == xo; }
static bool is_negative(uint32_t insn) { return insn & 0x8000; }

/* b, bc, bclr, bcctr */
static bool is_branch(uint32_t insn)
{
    return primary(insn) == 18 || primary(insn) == 16 ||
           (primary(insn) == 19 && (extended(insn) == 16 || extended(insn) == 528));
}

bool debug_is_call(uint32_t insn)
{
    bool asks_address = (insn & 0xffe00003) == 0x42800001; /* bcl 20 */
    return is_branch(insn) && (insn & 1) && !asks_address;
}

/* stwu r1,-n(r1); stwux r1,r1,rB */
static bool makes_frame(uint32_t insn)
{
    return (insn & 0xffff8000) == 0x94218000 || (insn & 0xffff07ff) == 0x7c21016e;
}

/* addi r1,rA,n upwards; lwz r1,n(rA); mr r1,rS */
static bool drops_frame(uint32_t insn)
{
    return (primary(insn) == 14 && field_d(insn) == 1 && field_a(insn) && !is_negative(insn)) ||
           (primary(insn) == 32 && field_d(insn) == 1) || (is_x(insn, 444) && field_a(insn) == 1);
}

static bool is_mflr(uint32_t insn) { return (insn & 0xfc1fffff) == 0x7c0802a6; }
static bool is_mtlr(uint32_t insn) { return (insn & 0xfc1fffff) == 0x7c0803a6; }

/* stw rS,n(r1) */
static bool stores_on_stack(uint32_t insn, unsigned reg)
{
    return primary(insn) == 36 && field_a(insn) == 1 && field_d(insn) == reg;
}

/* --- ahead ------------------------------------------------------------------------------------------ */

/* False: no blr in a straight line. */
static bool look_ahead(CPUState *cpu, target_addr pc, DebugPrologue *state)
{
    uint32_t insn;
    *state = (DebugPrologue){false, false};
    for (unsigned i = 0; i < LOOK_AHEAD && debug_peek_word(cpu, pc + 4 * i, true, &insn); i++) {
        if (insn == BLR) {
            return true;
        }
        if (is_branch(insn) || makes_frame(insn) || primary(insn) == 17) {
            return false;
        }
        state->has_frame |= drops_frame(insn);
        state->saved_lr |= is_mtlr(insn);
    }
    return false;
}

/* --- from the start --------------------------------------------------------------------------------- */

/* Without symbols: LR may still say where the call came from, and that where it went. */
static bool start_by_call(CPUState *cpu, target_addr pc, target_addr lr, target_addr *start)
{
    uint32_t insn;
    if ((lr & 3) || !debug_peek_word(cpu, lr - 4, true, &insn) || primary(insn) != 18 ||
        !(insn & 1)) {
        return false;
    }
    uint32_t offset = insn & 0x3fffffc;
    offset |= offset & 0x2000000 ? 0xfc000000 : 0;
    *start = insn & 2 ? offset : (uint32_t)(lr - 4 + offset);
    return *start <= pc && pc - *start < REACH;
}

static bool function_start(const Debugger *debugger, target_addr pc, target_addr lr,
                           target_addr *start)
{
    Symbol symbol;
    if (debug_symbols_at(debugger->symbols, debugger->cpu, pc, &symbol)) {
        *start = symbol.addr;
        return !(symbol.addr & 3) && pc - symbol.addr < 4 * LOOK_BACK;
    }
    return start_by_call(debugger->cpu, pc, lr, start);
}

typedef struct Walk {
    DebugPrologue now, whole; /* whole: as the body of the function has it */
    unsigned holder;          /* register that LR was copied to; 32: none */
} Walk;

static void walk_over(Walk *walk, uint32_t insn)
{
    if (makes_frame(insn)) {
        walk->now.has_frame = walk->whole.has_frame = true;
    } else if (is_mflr(insn)) {
        walk->holder = field_d(insn);
    } else if (walk->holder < 32 && stores_on_stack(insn, walk->holder)) {
        walk->now.saved_lr = walk->whole.saved_lr = true;
    } else if (drops_frame(insn)) {
        walk->now.has_frame = false;
    } else if (is_mtlr(insn)) {
        walk->now.saved_lr = false;
    } else if (debug_is_call(insn)) {
        walk->holder = 32;
    } else if (insn == BLR) {
        walk->now = walk->whole; /* what follows is reached from the body */
    }
}

DebugPrologue debug_prologue_at(const Debugger *debugger, target_addr pc, target_addr lr)
{
    CPUState *cpu = debugger->cpu;
    Walk walk = {.holder = 32};
    target_addr start;
    uint32_t insn;
    if (look_ahead(cpu, pc, &walk.now)) {
        return walk.now;
    }
    if (!function_start(debugger, pc, lr, &start)) {
        return (DebugPrologue){true, true};
    }
    walk.now = (DebugPrologue){false, false};
    for (target_addr at = start; at < pc && debug_peek_word(cpu, at, true, &insn); at += 4) {
        walk_over(&walk, insn);
    }
    return walk.now;
}
