/* SPDX-License-Identifier: MIT */
/*
 * disassemble [/r] [ADDR | START,END | START,+LENGTH]: code as gdb lists it.
 *
 * Source: gdb manual, "Machine Code". Without a range: the function around the address, or the PC. /r adds
 * the bytes. Not here: /m and /s (sources).
 */
#include "monitor/format.h"
#include "target-ppc/decode.h"

#include <inttypes.h>
#include <string.h>

enum { INSNS_MAX = 65536 };

typedef struct Listing {
    uint32_t start;
    uint64_t end;         /* up to 2^32 */
    const Symbol *symbol; /* of a whole function; NULL: a range */
    bool has_bytes;
} Listing;

static void put_address(Command *command, const Listing *listing, uint32_t addr)
{
    const Debugger *debugger = command->hub->debugger;
    bool is_pc = CPU_GET_CLASS(command->cpu)->get_pc(command->cpu) == addr;
    g_string_append_printf(command->out, "%s 0x%08" PRIx32, is_pc ? "=>" : "  ", addr);
    Symbol symbol;
    if (listing->symbol) {
        g_string_append_printf(command->out, " <+%" PRIu32 ">", addr - listing->symbol->addr);
    } else if (debug_symbols_at(debugger->symbols, command->cpu, addr, &symbol)) {
        g_string_append_printf(command->out, " <%s+%" PRIu32 ">", symbol.name, addr - symbol.addr);
    }
    g_string_append(command->out, ":\t");
}

static bool put_instruction(Command *command, const Listing *listing, uint32_t addr)
{
    Error *err = NULL;
    DebugMemory memory = {command->cpu, false, true};
    uint64_t insn;
    put_address(command, listing, addr);
    if (!debug_memory_load(&memory, addr, 4, &insn, &err)) {
        command_fail(command, err);
        return false;
    }
    for (int shift = 24; listing->has_bytes && shift >= 0; shift -= 8) {
        g_string_append_printf(command->out, "%02x%c", (uint8_t)(insn >> shift),
                               shift ? ' ' : '\t');
    }
    ppc_disasm((uint32_t)insn, addr, command->out);
    g_string_append_c(command->out, '\n');
    return true;
}

static void put_listing(Command *command, const Listing *listing)
{
    if (listing->symbol) {
        g_string_append_printf(command->out, "Dump of assembler code for function %s:\n",
                               listing->symbol->name);
    } else {
        g_string_append_printf(command->out,
                               "Dump of assembler code from 0x%08" PRIx32 " to 0x%08" PRIx64 ":\n",
                               listing->start, listing->end);
    }
    for (uint64_t addr = listing->start; addr < listing->end; addr += 4) {
        if (!put_instruction(command, listing, (uint32_t)addr)) {
            return;
        }
    }
    g_string_append(command->out, "End of assembler dump.\n");
}

/* --- what to list ----------------------------------------------------------------------------------------- */

static bool find_function(Command *command, uint32_t addr, bool is_pc, Symbol *symbol)
{
    if (debug_symbols_at(command->hub->debugger->symbols, command->cpu, addr, symbol)) {
        return true;
    }
    if (is_pc) {
        g_string_append(command->out, "no function is known at the PC: `disassemble $pc,+32`\n");
    } else {
        g_string_append_printf(command->out, "no function is known at 0x%08" PRIx32 "\n", addr);
    }
    return false;
}

/* "END" or "+LENGTH" at @text. */
static bool parse_end(Command *command, const char *text, Listing *listing)
{
    text += strspn(text, " \t");
    bool is_length = *text == '+';
    if (!command_evaluate(command, text + is_length, NULL, &listing->end)) {
        return false;
    }
    if (is_length && listing->end > UINT32_MAX - listing->start) {
        listing->end = UINT64_C(1) << 32;
    } else if (is_length) {
        listing->end += listing->start;
    }
    if (listing->end > UINT64_C(1) << 32 || listing->end <= listing->start) {
        g_string_append(command->out, "the range ends before it begins, or past 32 bits\n");
        return false;
    }
    if ((listing->end - listing->start + 3) / 4 > INSNS_MAX) {
        g_string_append_printf(command->out, "at most %d instructions at a time\n", INSNS_MAX);
        return false;
    }
    return true;
}

static bool take_modifier(Command *command, const char **text, bool *has_bytes)
{
    g_autofree char *format = g_strdup(command->format);
    if (**text == '/') {
        size_t length = strcspn(*text, " \t");
        g_free(format);
        format = g_strndup(*text + 1, length - 1);
        *text += length;
        *text += strspn(*text, " \t");
    }
    *has_bytes = g_str_equal(format, "r");
    if (*format && !*has_bytes) {
        g_string_append(command->out, "disassemble: only /r (the bytes) is known here\n");
        return false;
    }
    return true;
}

void command_disassemble(Command *command)
{
    Listing listing = {.symbol = NULL};
    Symbol symbol;
    const char *text = command->args;
    uint64_t start = CPU_GET_CLASS(command->cpu)->get_pc(command->cpu);
    if (!take_modifier(command, &text, &listing.has_bytes)) {
        return;
    }
    bool is_pc = !*text;
    if (!is_pc && !command_evaluate(command, text, &text, &start)) {
        return;
    }
    if (*text && *text != ',') {
        g_string_append_printf(command->out, "'%.40s' is left over\n", text);
        return;
    }
    listing.start = (uint32_t)start & ~3u;
    if (*text == ',') {
        if (!parse_end(command, text + 1, &listing)) {
            return;
        }
    } else {
        if (!find_function(command, listing.start, is_pc, &symbol)) {
            return;
        }
        listing.symbol = &symbol;
        listing.start = symbol.addr & ~3u;
        listing.end = MIN(debug_symbols_end(command->hub->debugger->symbols, command->cpu, &symbol),
                          listing.start + 4 * UINT64_C(65536));
    }
    put_listing(command, &listing);
}
