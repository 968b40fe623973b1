/* SPDX-License-Identifier: MIT */
/*
 * Steps by source lines: which instructions belong to one, and when it is over.
 *
 * Source: own design; the rules are gdb's: a step ends at the first instruction of another line; one
 * that comes out in the middle of a line goes on to the end of that; where nothing is known about lines
 * it ends. A function without lines is one range from end to end.
 */
#include "debug/run_internal.h"

enum { PROLOGUE_MAX = 32, UNTIL_BACK = 0x8000 };

static bool line_at(const RunGoal *goal, target_addr pc, SourceLine *line)
{
    return debug_symbols_line_at(goal->debugger->symbols, goal->cpu, pc, line);
}

static bool function_at(const RunGoal *goal, target_addr pc, Symbol *symbol)
{
    return debug_symbols_at(goal->debugger->symbols, goal->cpu, pc, symbol);
}

static RunRange range_of(const SourceLine *line)
{
    return (RunRange){
        .start = line->start, .end = line->end, .line = line->line, .file = line->file};
}

/* `until` does not go back: all of the function before the line counts as the line. */
static void reach_back(RunGoal *goal, target_addr pc)
{
    Symbol symbol;
    if (goal->spec.kind != RUN_UNTIL) {
        return;
    }
    if (function_at(goal, pc, &symbol)) {
        goal->range.start = symbol.addr;
    } else {
        goal->range.start = pc > UNTIL_BACK ? pc - UNTIL_BACK : 0;
    }
}

/* Without lines `until` still knows what lies behind; the others run to the end of the function. */
static bool begin_without_lines(RunGoal *goal, target_addr pc, Error **errp)
{
    Symbol symbol;
    goal->range = (RunRange){.start = pc, .end = pc + 4};
    if (goal->spec.kind == RUN_UNTIL) {
        return true;
    }
    if (!function_at(goal, pc, &symbol)) {
        return error_setg(errp, "no line number information here, and the bounds of the current "
                                "function are not known: stepi and nexti step by instructions");
    }
    goal->range.start = symbol.addr;
    goal->range.end = (target_addr)debug_symbols_end(goal->debugger->symbols, goal->cpu, &symbol);
    return true;
}

bool run_lines_begin(RunGoal *goal, Error **errp)
{
    SourceLine line;
    target_addr pc = goal->env->pc;
    if (line_at(goal, pc, &line)) {
        goal->range = range_of(&line);
    } else if (!begin_without_lines(goal, pc, errp)) {
        return false;
    }
    reach_back(goal, pc);
    return true;
}

static bool is_other_line(const RunRange *range, const SourceLine *line)
{
    return range->line != line->line || g_strcmp0(range->file, line->file) != 0;
}

bool run_lines_is_over(RunGoal *goal)
{
    SourceLine line;
    target_addr pc = goal->env->pc;
    if (!line_at(goal, pc, &line)) {
        return true;
    }
    if (pc == line.start && is_other_line(&goal->range, &line)) {
        return true;
    }
    goal->range = range_of(&line);
    return false;
}

/* stwu r1, mflr, mr rA,r1 and stores on the stack */
static bool is_of_prologue(uint32_t insn)
{
    unsigned op = insn >> 26, base = insn >> 16 & 31;
    bool stores = op == 36 || op == 37 || op == 47 || op == 54;
    return insn == 0x7c0802a6 || (stores && (base == 1 || base == 11 || base == 31)) ||
           (insn & 0xffe0ffff) == 0x7c200b78;
}

static target_addr behind_prologue(const RunGoal *goal, target_addr entry)
{
    uint32_t insn;
    target_addr pc = entry;
    while (pc < entry + 4 * PROLOGUE_MAX && debug_peek_word(goal->cpu, pc, true, &insn) &&
           is_of_prologue(insn)) {
        pc += 4;
    }
    return pc;
}

bool run_lines_function(const RunGoal *goal, target_addr entry, target_addr *body)
{
    SourceLine line;
    Symbol symbol;
    if (!line_at(goal, entry, &line)) {
        return false;
    }
    bool is_one_line = function_at(goal, entry, &symbol) && symbol.size &&
                       line.end >= (uint64_t)symbol.addr + symbol.size;
    *body = is_one_line ? behind_prologue(goal, entry) : line.end;
    return true;
}
