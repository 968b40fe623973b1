/* SPDX-License-Identifier: MIT */
/*
 * Symbols from the console: symbol-file, add-symbol-file, info symbol, info address, info line.
 *
 * Source: gdb's words and texts. Ours: -space, kallsyms, info symbol-files; nothing is asked.
 */
#include "debug/places.h"
#include "monitor/internal.h"

#include <inttypes.h>
#include <string.h>

/* --- loading ---------------------------------------------------------------------------------------------- */

typedef struct LoadOptions {
    char *path; /* NULL: none was given */
    bool has_text, has_offset;
    uint64_t text, offset; /* where .text lies; how far everything is moved */
    SymbolSpace space;
} LoadOptions;

static bool parse_space(Command *command, const char *text, SymbolSpace *space)
{
    uint64_t vsid;
    if (g_str_equal(text, "any")) {
        space->scope = SYMBOLS_ANYWHERE;
        return true;
    }
    if (g_str_equal(text, "current")) {
        space->scope = SYMBOLS_IN_CURRENT;
        return true;
    }
    if (!command_evaluate(command, text, NULL, &vsid)) {
        return false;
    }
    if (vsid > 0xffffff) {
        g_string_append_printf(command->out, "-space %s: a VSID has 24 bits\n", text);
        return false;
    }
    *space = (SymbolSpace){SYMBOLS_IN_CONTEXT, (uint32_t)vsid};
    return true;
}

static bool parse_option(Command *command, const char *option, const char *value,
                         LoadOptions *options)
{
    if (!value) {
        g_string_append_printf(command->out, "%s needs a value\n", option);
        return false;
    }
    if (g_str_equal(option, "-space")) {
        return parse_space(command, value, &options->space);
    }
    if (g_str_equal(option, "-o")) {
        options->has_offset = true;
        return command_evaluate(command, value, NULL, &options->offset);
    }
    g_string_append_printf(command->out, "%s is not known; there are -o OFFSET and -space SPACE\n",
                           option);
    return false;
}

static bool parse_word(Command *command, const char *word, LoadOptions *options)
{
    if (!options->path) {
        options->path = g_strdup(word);
        return true;
    }
    if (options->has_text) {
        g_string_append_printf(command->out, "'%s' is left over\n", word);
        return false;
    }
    options->has_text = true;
    return command_evaluate(command, word, NULL, &options->text);
}

/* Words as in a shell: quotes hold a name with blanks together. */
static bool parse_options(Command *command, LoadOptions *options)
{
    g_auto(GStrv) words = NULL;
    if (*command->args && !g_shell_parse_argv(command->args, NULL, &words, NULL)) {
        g_string_append(command->out, "a quote is not closed\n");
        return false;
    }
    for (char **word = words; word && *word; word++) {
        bool is_option = **word == '-' && !g_str_equal(*word, "-kallsyms");
        bool ok = is_option ? parse_option(command, *word, word[1], options)
                            : parse_word(command, *word, options);
        if (!ok) {
            return false;
        }
        word += is_option;
    }
    return true;
}

static bool load(Command *command, const LoadOptions *options, bool is_main)
{
    Error *err = NULL;
    SymbolLoad request = {
        .path = options->path,
        .offset = (uint32_t)options->offset,
        .text = (uint32_t)options->text,
        .has_text = options->has_text,
        .is_main = is_main,
        .space = options->space,
    };
    if (options->has_text && options->has_offset) {
        g_string_append(command->out, "either the address of .text or -o, not both\n");
        return false;
    }
    g_string_append_printf(command->out, "Reading symbols from %s...\n", options->path);
    SymbolCounts counts;
    if (!debugger_load_symbols(command->hub->debugger, &request, &counts, &err)) {
        command_fail(command, err);
        return false;
    }
    if (counts.lines == 0) {
        g_string_append_printf(command->out, "(No debugging symbols found in %s)\n", options->path);
    }
    g_string_append_printf(command->out, "%zu symbols, %zu line entries\n", counts.symbols,
                           counts.lines);
    return true;
}

void command_symbol_file(Command *command)
{
    LoadOptions options = {0};
    if (!parse_options(command, &options)) {
        g_free(options.path);
        return;
    }
    if (options.path) {
        load(command, &options, true);
    } else {
        debug_symbols_clear(command->hub->debugger->symbols);
        g_string_append(command->out, "No symbol file now.\n");
    }
    g_free(options.path);
}

void command_add_symbol_file(Command *command)
{
    LoadOptions options = {0};
    if (parse_options(command, &options)) {
        if (options.path) {
            load(command, &options, false);
        } else {
            g_string_append(command->out, "add-symbol-file takes a file name\n");
        }
    }
    g_free(options.path);
}

static void print_table(const SymbolTableInfo *info, void *opaque)
{
    GString *out = opaque;
    g_autofree char *space = info->space.scope == SYMBOLS_ANYWHERE
                                 ? g_strdup("any")
                                 : g_strdup_printf("0x%06" PRIx32, info->space.vsid);
    g_string_append_printf(out, "0x%08" PRIx32 " 0x%08" PRIx32 "  %-8s  %7zu  %7zu  %s%s\n",
                           info->low, info->high, space, info->counts.symbols, info->counts.lines,
                           info->name, info->is_main ? "" : " (added)");
}

void info_symbol_files(Command *command)
{
    g_autoptr(GString) list = g_string_new(NULL);
    debug_symbols_for_each_table(command->hub->debugger->symbols, print_table, list);
    if (!list->len) {
        g_string_append(command->out, "No symbols are loaded.\n");
        return;
    }
    g_string_append(command->out, "from       to          space     symbols    lines  file\n");
    g_string_append(command->out, list->str);
}

/* --- names and addresses ----------------------------------------------------------------------------------- */

void info_symbol(Command *command)
{
    const Debugger *debugger = command->hub->debugger;
    Symbol symbol;
    uint64_t value;
    if (!*command->args) {
        g_string_append(command->out, "Argument required (address).\n");
        return;
    }
    if (!command_evaluate(command, command->args, NULL, &value)) {
        return;
    }
    uint32_t ea = (uint32_t)value;
    if (value > UINT32_MAX || !debug_symbols_at(debugger->symbols, command->cpu, ea, &symbol)) {
        g_string_append_printf(command->out, "No symbol matches %s.\n", command->args);
        return;
    }
    g_string_append(command->out, symbol.name);
    if (ea != symbol.addr) {
        g_string_append_printf(command->out, " + %" PRIu32, ea - symbol.addr);
    }
    if (symbol.section) {
        g_string_append_printf(command->out, " in section %s", symbol.section);
    }
    g_string_append_printf(command->out, " of %s\n", symbol.table);
}

void info_address(Command *command)
{
    const Debugger *debugger = command->hub->debugger;
    const char *name = command->args;
    Symbol symbol;
    if (!*name) {
        g_string_append(command->out, "Argument required.\n");
    } else if (!debug_symbols_find(debugger->symbols, command->cpu, name, &symbol)) {
        g_string_append_printf(command->out, "No symbol \"%s\" in current context.\n", name);
    } else {
        g_string_append_printf(command->out, "Symbol \"%s\" is %s at address 0x%" PRIx32 ".\n",
                               name, symbol.is_code ? "a function" : "static storage", symbol.addr);
    }
}

/* "0x1010 <sum+16>" */
static void print_place(const Debugger *debugger, uint32_t ea, GString *out)
{
    g_autofree char *name = debug_symbols_describe(debugger->symbols, debugger->cpu, ea);
    g_string_append_printf(out, "0x%" PRIx32, ea);
    if (name) {
        g_string_append_printf(out, " <%s>", name);
    }
}

static void print_line(const Debugger *debugger, const SourceLine *line, GString *out)
{
    g_string_append_printf(out, "Line %u of \"%s\" starts at address ", line->line, line->file);
    print_place(debugger, line->start, out);
    g_string_append(out, " and ends at ");
    print_place(debugger, line->end, out);
    g_string_append(out, ".\n");
}

/* The line of @text, or of the PC; 0: an address was given. False: told why. */
static bool parse_place(Command *command, uint64_t *addr, unsigned *number)
{
    Error *err = NULL;
    LinePlace place = {0};
    const char *end;
    *number = 0;
    if (!*command->args) {
        *addr = CPU_GET_CLASS(command->cpu)->get_pc(command->cpu);
        return true;
    }
    if (!debugger_parse_place(command->hub->debugger, command->args, NULL, addr, &err)) {
        command_fail(command, err);
        return false;
    }
    if (debugger_parse_line(command->args, &end, &place)) {
        *number = place.line;
        g_free(place.file);
    }
    return true;
}

void info_line(Command *command)
{
    const Debugger *debugger = command->hub->debugger;
    SourceLine line;
    uint64_t addr;
    unsigned number;
    if (!parse_place(command, &addr, &number)) {
        return;
    }
    uint32_t ea = (uint32_t)addr;
    if (addr > UINT32_MAX || !debug_symbols_line_at(debugger->symbols, command->cpu, ea, &line)) {
        g_string_append(command->out, "No line number information available for address ");
        print_place(debugger, ea, command->out);
        g_string_append_c(command->out, '\n');
    } else if (number && number < line.line) {
        g_string_append_printf(command->out, "Line %u of \"%s\" is at address ", number, line.file);
        print_place(debugger, ea, command->out);
        g_string_append(command->out, " but contains no code.\n");
    } else {
        print_line(debugger, &line, command->out);
    }
}
