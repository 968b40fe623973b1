/* SPDX-License-Identifier: MIT */
/*
 * Reads gdb target descriptions: registers with name, bitsize, regnum; includes; the architecture.
 *
 * Source: gdb manual, "Target Descriptions". Not modelled: types, groups, features' names.
 */
#include "gdbstub/description.h"

#include <string.h>

enum {
    MOST_ANNEXES = 32,
    MOST_DEPTH = 4,
    MOST_NAME = 32,
};

typedef struct Reader {
    GdbDescription *description;
    GdbAnnexReader *read_annex;
    void *opaque;
    unsigned next_number, annexes, depth;
    bool in_architecture;
    Error **errp;
} Reader;

/* --- one register ------------------------------------------------------------------------------- */

static void register_clear(gpointer data) { g_free(((GdbRegister *)data)->name); }

static GdbDescription *description_new(void)
{
    GdbDescription *description = g_new0(GdbDescription, 1);
    description->registers = g_array_new(FALSE, TRUE, sizeof(GdbRegister));
    g_array_set_clear_func(description->registers, register_clear);
    return description;
}

void gdb_description_free(GdbDescription *description)
{
    if (description) {
        g_array_free(description->registers, TRUE);
        g_free(description->architecture);
        g_free(description);
    }
}

static void add_register(GdbDescription *description, const char *name, unsigned bits,
                         unsigned number)
{
    GdbRegister entry = {
        .name = g_strdup(name), .number = number, .bits = bits, .bytes = (bits + 7) / 8};
    g_array_append_val(description->registers, entry);
}

static bool attribute_number(const char *text, unsigned max, unsigned *number)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 0, max, &value, NULL)) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static const char *attribute(const char **names, const char **values, const char *name)
{
    for (; *names; names++, values++) {
        if (strcmp(*names, name) == 0) {
            return *values;
        }
    }
    return NULL;
}

static bool is_name(const char *text)
{
    return text && *text && strlen(text) <= MOST_NAME && g_str_is_ascii(text) &&
           !strpbrk(text, " \t\r\n\"");
}

static bool take_register(Reader *reader, const char **names, const char **values)
{
    const char *name = attribute(names, values, "name");
    const char *bitsize = attribute(names, values, "bitsize");
    const char *regnum = attribute(names, values, "regnum");
    unsigned bits, number = reader->next_number;
    if (!is_name(name)) {
        return error_setg(reader->errp, "a register has no usable name");
    }
    if (!bitsize || !attribute_number(bitsize, GDB_MOST_BITS, &bits) || bits == 0) {
        return error_setg(reader->errp, "register %s: bitsize is 1 to %d", name, GDB_MOST_BITS);
    }
    if ((regnum && !attribute_number(regnum, GDB_MOST_REGISTERS - 1, &number)) ||
        number >= GDB_MOST_REGISTERS) {
        return error_setg(reader->errp, "register %s: regnum is below %d", name,
                          GDB_MOST_REGISTERS);
    }
    add_register(reader->description, name, bits, number);
    reader->next_number = number + 1;
    return true;
}

/* --- XML ---------------------------------------------------------------------------------------- */

static bool read_annex(Reader *reader, const char *annex);

static bool take_element(Reader *reader, const char *element, const char **names,
                         const char **values)
{
    const char *href = attribute(names, values, "href");
    if (strcmp(element, "reg") == 0) {
        return take_register(reader, names, values);
    }
    if (strcmp(element, "xi:include") == 0) {
        return is_name(href) ? read_annex(reader, href)
                             : error_setg(reader->errp, "an include has no usable href");
    }
    reader->in_architecture = strcmp(element, "architecture") == 0;
    return true;
}

static void stop(GError **failure)
{
    g_set_error(failure, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "refused");
}

static void start_element(G_GNUC_UNUSED GMarkupParseContext *context, const char *element,
                          const char **names, const char **values, gpointer opaque,
                          GError **failure)
{
    if (!take_element(opaque, element, names, values)) {
        stop(failure);
    }
}

static void end_element(G_GNUC_UNUSED GMarkupParseContext *context,
                        G_GNUC_UNUSED const char *element, gpointer opaque,
                        G_GNUC_UNUSED GError **failure)
{
    Reader *reader = opaque;
    reader->in_architecture = false;
}

static void text_seen(G_GNUC_UNUSED GMarkupParseContext *context, const char *text, gsize length,
                      gpointer opaque, G_GNUC_UNUSED GError **failure)
{
    Reader *reader = opaque;
    if (reader->in_architecture && !reader->description->architecture && length <= MOST_NAME) {
        reader->description->architecture = g_strstrip(g_strndup(text, length));
    }
}

static bool parse_xml(Reader *reader, const char *annex, const char *text)
{
    static const GMarkupParser parser = {
        .start_element = start_element, .end_element = end_element, .text = text_seen};
    g_autoptr(GError) failure = NULL;
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, reader, NULL);
    if (g_markup_parse_context_parse(context, text, -1, &failure) &&
        g_markup_parse_context_end_parse(context, &failure)) {
        return true;
    }
    if (!*reader->errp) {
        g_autofree char *line = g_strdelimit(g_strdup(failure->message), "\r\n", ' ');
        error_setg(reader->errp, "%s", line);
    }
    if (!strstr(error_get_pretty(*reader->errp), ".xml: ")) {
        error_prepend(reader->errp, "%s: ", annex);
    }
    return false;
}

static bool read_annex(Reader *reader, const char *annex)
{
    if (reader->depth == MOST_DEPTH || ++reader->annexes > MOST_ANNEXES) {
        return error_setg(reader->errp, "too many includes");
    }
    g_autofree char *text = reader->read_annex(reader->opaque, annex, reader->errp);
    if (!text) {
        return false;
    }
    reader->depth++;
    bool ok = parse_xml(reader, annex, text);
    reader->depth--;
    return ok;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static int by_number(gconstpointer a, gconstpointer b)
{
    const GdbRegister *one = a, *two = b;
    return one->number < two->number ? -1 : one->number > two->number;
}

/* Numbers ascend and differ; offsets follow. */
static bool lay_out(GdbDescription *description, Error **errp)
{
    GArray *registers = description->registers;
    g_array_sort(registers, by_number);
    for (guint i = 0; i < registers->len; i++) {
        GdbRegister *entry = &g_array_index(registers, GdbRegister, i);
        if (i > 0 && entry[-1].number == entry->number) {
            return error_setg(errp, "registers %s and %s have one number, %u", entry[-1].name,
                              entry->name, entry->number);
        }
        entry->offset = description->bytes;
        description->bytes += entry->bytes;
    }
    return registers->len > 0 || error_setg(errp, "the stub describes no register");
}

GdbDescription *gdb_description_read(GdbAnnexReader *reader, void *opaque, Error **errp)
{
    ERRP_GUARD();
    g_autoptr(GdbDescription) description = description_new();
    Reader state = {
        .description = description, .read_annex = reader, .opaque = opaque, .errp = errp};
    if (!read_annex(&state, "target.xml") || !lay_out(description, errp)) {
        return NULL;
    }
    return g_steal_pointer(&description);
}

static void add_numbered(GdbDescription *description, const char *prefix, unsigned bits,
                         unsigned first)
{
    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, i);
        add_register(description, name, bits, first + i);
    }
}

GdbDescription *gdb_description_default(void)
{
    static const char *const specials[] = {"pc", "msr", "cr", "lr", "ctr", "xer", "fpscr"};
    GdbDescription *description = description_new();
    add_numbered(description, "r", 32, 0);
    add_numbered(description, "f", 64, 32);
    for (unsigned i = 0; i < G_N_ELEMENTS(specials); i++) {
        add_register(description, specials[i], 32, 64 + i);
    }
    lay_out(description, &error_abort);
    return description;
}

int gdb_description_find(const GdbDescription *description, const char *name)
{
    for (guint i = 0; i < description->registers->len; i++) {
        if (strcmp(gdb_description_register(description, i)->name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}
