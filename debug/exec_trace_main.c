/* SPDX-License-Identifier: MIT */
/*
 * `core99 trace FILE`: an execution trace as text or JSON; `core99 trace --diff A B`: where two part.
 *
 * Source: none (own design; docs/traces.md).
 */
#include "debug/exec_trace.h"
#include "debug/exec_trace_read.h"
#include "target-ppc/decode.h"
#include "util/options.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OK = 0, STATUS_ERROR = 1, STATUS_DIFFERENT = 4, CONTEXT = 8 };

typedef struct Request {
    const char *files[2];
    unsigned file_count;
    uint64_t from, to;
    const char *symbols_file;
    bool is_json, is_diff;
    DebugSymbols *symbols;
    FILE *out;
} Request;

static const char usage[] =
    "Usage: core99 trace FILE [--from ICOUNT] [--to ICOUNT] [--format text|json] [--symbols ELF]\n"
    "       core99 trace --diff FILE FILE [--symbols ELF]\n"
    "Shows what -exec-trace wrote, or the first difference of two. Exit status: 0; 1 a mistake or a\n"
    "damaged file, after what is whole of it; 4 the files differ.\n";

/* --- symbols ------------------------------------------------------------------------------------------ */

static void add_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, SymbolTable *table)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
            GELF_ST_TYPE(symbol.st_info) > STT_FUNC) {
            continue;
        }
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (name) {
            symbol_table_add(table, &(Symbol){.name = name,
                                              .addr = (uint32_t)symbol.st_value,
                                              .size = (uint32_t)symbol.st_size,
                                              .is_code = true});
        }
    }
}

static bool load_symbols(Request *request, Error **errp)
{
    int fd = open(request->symbols_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_setg_errno(errp, errno, "cannot open '%s'", request->symbols_file);
    }
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    Elf_Scn *section = NULL;
    SymbolTable *table = debug_symbols_add_table(request->symbols, request->symbols_file,
                                                 (SymbolSpace){.scope = SYMBOLS_ANYWHERE});
    while (elf && (section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB) {
            add_section(elf, section, &header, table);
        }
    }
    elf_end(elf);
    close(fd);
    return debug_symbols_finish_table(request->symbols, table) ||
           error_setg(errp, "'%s' has no symbols", request->symbols_file);
}

/* --- one event ---------------------------------------------------------------------------------------- */

static char *register_name(unsigned index)
{
    static const char *const plain[] = {"lr", "ctr", "cr", "xer", "msr"};
    if (index < TRACE_REG_LR) {
        return g_strdup_printf("r%u", index);
    }
    if (index < TRACE_REG_PLAIN_END) {
        return g_strdup(plain[index - TRACE_REG_LR]);
    }
    if (index >= TRACE_REG_F0 && index < TRACE_REG_V0) {
        return g_strdup_printf("f%u", index - TRACE_REG_F0);
    }
    if (index >= TRACE_REG_V0) {
        return g_strdup_printf("v%u%s", (index - TRACE_REG_V0) / 2, index & 1 ? ".low" : ".high");
    }
    return g_strdup_printf("register%u", index);
}

static void put_event(const Request *request, const TraceEvent *event, GString *out)
{
    g_autofree char *name = NULL;
    g_string_append_printf(out, "%12" PRIu64 "  ", event->icount);
    switch (event->kind) {
    case TRACE_EVENT_INSN:
        name = debug_symbols_describe(request->symbols, NULL, event->pc);
        g_string_append_printf(out, "%08" PRIx32 ":  %08" PRIx32 "  ", event->pc, event->word);
        ppc_disasm(event->word, event->pc, out);
        g_string_append_printf(out, "%s%s%s", name ? "  <" : "", name ? name : "", name ? ">" : "");
        return;
    case TRACE_EVENT_EXCEPTION:
        g_string_append_printf(out, "  exception %#" PRIx32 " srr0=%08" PRIx32 " srr1=%08" PRIx32,
                               event->number, event->pc, event->word);
        return;
    case TRACE_EVENT_READ:
    case TRACE_EVENT_WRITE:
        g_string_append_printf(out, "  %s%" PRIu32 " %08" PRIx32 " = %#" PRIx64,
                               event->kind == TRACE_EVENT_READ ? "read" : "write", event->number,
                               event->pc, event->value);
        return;
    case TRACE_EVENT_REGISTER:
        name = register_name(event->number);
        g_string_append_printf(out, "  %s = %#" PRIx64, name, event->value);
        return;
    }
}

static void put_json_insn(const Request *request, const TraceEvent *event, GString *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *name = debug_symbols_describe(request->symbols, NULL, event->pc);
    ppc_disasm(event->word, event->pc, text);
    g_string_append_printf(out, "\"pc\":%" PRIu32 ",\"word\":%" PRIu32 ",\"text\":\"%s\"",
                           event->pc, event->word, text->str);
    if (name) {
        g_autofree char *clean = g_strescape(name, NULL);
        g_string_append_printf(out, ",\"symbol\":\"%s\"", clean);
    }
}

static void put_json(const Request *request, const TraceEvent *event, GString *out)
{
    g_autofree char *name = NULL;
    g_string_append_printf(out, "{\"icount\":%" PRIu64 ",", event->icount);
    switch (event->kind) {
    case TRACE_EVENT_INSN:
        put_json_insn(request, event, out);
        break;
    case TRACE_EVENT_EXCEPTION:
        g_string_append_printf(out,
                               "\"exception\":%" PRIu32 ",\"srr0\":%" PRIu32 ",\"srr1\":%" PRIu32,
                               event->number, event->pc, event->word);
        break;
    case TRACE_EVENT_READ:
    case TRACE_EVENT_WRITE:
        g_string_append_printf(out, "\"%s\":%" PRIu32 ",\"size\":%" PRIu32 ",\"value\":%" PRIu64,
                               event->kind == TRACE_EVENT_READ ? "read" : "write", event->pc,
                               event->number, event->value);
        break;
    case TRACE_EVENT_REGISTER:
        name = register_name(event->number);
        g_string_append_printf(out, "\"register\":\"%s\",\"value\":%" PRIu64, name, event->value);
        break;
    }
    g_string_append_c(out, '}');
}

static void print_event(const Request *request, const TraceEvent *event)
{
    g_autoptr(GString) line = g_string_new(NULL);
    (request->is_json ? put_json : put_event)(request, event, line);
    g_string_append_c(line, '\n');
    fwrite(line->str, 1, line->len, request->out);
}

/* --- showing ------------------------------------------------------------------------------------------ */

static bool show(const Request *request, Error **errp)
{
    TraceReader *reader = trace_reader_new(request->files[0], errp);
    TraceEvent event;
    TraceResult result = reader ? TRACE_EVENT : TRACE_DAMAGED;
    if (reader && !request->is_json) {
        fprintf(request->out, "# %s\n", trace_reader_text(reader));
    }
    while (result == TRACE_EVENT) {
        result = trace_reader_next(reader, &event, errp);
        if (result == TRACE_EVENT && event.icount > request->to) {
            break; /* what follows is not asked for */
        }
        if (result == TRACE_EVENT && event.icount >= request->from) {
            print_event(request, &event);
        }
        if (ferror(request->out)) {
            error_setg(errp, "the text cannot be written: %s", g_strerror(errno));
            result = TRACE_DAMAGED;
        }
    }
    trace_reader_free(reader);
    return result != TRACE_DAMAGED;
}

/* --- comparing ---------------------------------------------------------------------------------------- */

static bool same_event(const TraceEvent *a, const TraceEvent *b)
{
    return a->kind == b->kind && a->icount == b->icount && a->pc == b->pc && a->word == b->word &&
           a->number == b->number && a->value == b->value;
}

static void print_side(const Request *request, unsigned side, TraceResult result,
                       const TraceEvent *event)
{
    fprintf(request->out, "%c ", "-+"[side]);
    if (result == TRACE_EVENT) {
        print_event(request, event);
    } else {
        fprintf(request->out, "%s ends here\n", request->files[side]);
    }
}

/* @events: the last ones both have; then what each goes on with. */
static void print_difference(const Request *request, TraceReader *const readers[2],
                             const TraceEvent *same, uint64_t same_count, TraceEvent now[2],
                             TraceResult results[2])
{
    fprintf(request->out, "- %s\n+ %s\nthe same for %" PRIu64 " events, then:\n", request->files[0],
            request->files[1], same_count);
    for (uint64_t i = same_count > CONTEXT ? same_count - CONTEXT : 0; i < same_count; i++) {
        fputs("  ", request->out);
        print_event(request, &same[i % CONTEXT]);
    }
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = 0; i < CONTEXT / 2; i++) {
            print_side(request, side, results[side], &now[side]);
            if (results[side] != TRACE_EVENT) {
                break;
            }
            results[side] = trace_reader_next(readers[side], &now[side], NULL);
        }
    }
}

static int compare(const Request *request, TraceReader *const readers[2], Error **errp)
{
    TraceEvent same[CONTEXT], now[2] = {0};
    TraceResult results[2];
    uint64_t count = 0;
    for (;; count++) {
        for (unsigned side = 0; side < 2; side++) {
            results[side] = trace_reader_next(readers[side], &now[side], errp);
            if (results[side] == TRACE_DAMAGED) {
                return STATUS_ERROR;
            }
        }
        if (results[0] != results[1] ||
            (results[0] == TRACE_EVENT && !same_event(&now[0], &now[1]))) {
            print_difference(request, readers, same, count, now, results);
            return STATUS_DIFFERENT;
        }
        if (results[0] == TRACE_END) {
            fprintf(request->out, "the same: %" PRIu64 " events\n", count);
            return STATUS_OK;
        }
        same[count % CONTEXT] = now[0];
    }
}

static int diff(const Request *request, Error **errp)
{
    TraceReader *readers[2] = {NULL, NULL};
    int status = STATUS_ERROR;
    if ((readers[0] = trace_reader_new(request->files[0], errp)) &&
        (readers[1] = trace_reader_new(request->files[1], errp))) {
        status = compare(request, readers, errp);
    }
    trace_reader_free(readers[0]);
    trace_reader_free(readers[1]);
    return status;
}

/* --- the command line ------------------------------------------------------------------------------------ */

static bool take_value(Request *request, const char *option, const char *value, Error **errp)
{
    if (!value) {
        return error_setg(errp, "%s: a value is missing", option);
    }
    if (g_str_equal(option, "--from")) {
        return parse_number(value, &request->from, errp);
    }
    if (g_str_equal(option, "--to")) {
        return parse_number(value, &request->to, errp);
    }
    if (g_str_equal(option, "--symbols")) {
        request->symbols_file = value;
        return true;
    }
    if (g_str_equal(option, "--format")) {
        request->is_json = g_str_equal(value, "json");
        return request->is_json || g_str_equal(value, "text") ||
               error_setg(errp, "--format %s: text or json", value);
    }
    return error_setg(errp, "unknown option '%s'; --help lists them", option);
}

static bool take_words(Request *request, int argc, char **argv, Error **errp)
{
    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--diff")) {
            request->is_diff = true;
        } else if (g_str_has_prefix(argv[i], "--")) {
            const char *value = i + 1 < argc ? argv[i + 1] : NULL;
            if (!take_value(request, argv[i], value, errp)) {
                return false;
            }
            i++;
        } else if (request->file_count == 2) {
            return error_setg(errp, "too many files: '%s'", argv[i]);
        } else {
            request->files[request->file_count++] = argv[i];
        }
    }
    unsigned wanted = request->is_diff ? 2 : 1;
    return request->file_count == wanted ||
           error_setg(errp, "expected %u file%s; --help tells more", wanted,
                      wanted == 1 ? "" : "s");
}

int exec_trace_main(int argc, char **argv, FILE *out)
{
    Error *err = NULL;
    Request request = {.to = UINT64_MAX, .out = out, .symbols = debug_symbols_new()};
    int status = STATUS_ERROR;
    if (argc == 2 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))) {
        fputs(usage, out);
        status = STATUS_OK;
    } else if (take_words(&request, argc, argv, &err) &&
               (!request.symbols_file || load_symbols(&request, &err))) {
        status = request.is_diff ? diff(&request, &err)
                                 : (show(&request, &err) ? STATUS_OK : STATUS_ERROR);
    }
    fflush(out);
    if (err) {
        error_prepend(&err, "trace: ");
        error_report_err(err);
    }
    debug_symbols_free(request.symbols);
    return status;
}
