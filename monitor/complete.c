/* SPDX-License-Identifier: MIT */
/*
 * What a word of a console line may become: the Tab key.
 *
 * A small table says what the arguments of a verb are; verbs that it does not name take expressions.
 * Source: none (own design).
 */
#include "debug/device_registers.h"
#include "monitor/internal.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

enum { MOST_WORDS = 2000, ARGUMENTS_MAX = 3 };

typedef enum Kind {
    KIND_EXPRESSION, /* registers behind $, symbols */
    KIND_COMMAND,
    KIND_ITEM, /* of info */
    KIND_PATH, /* in the composition tree */
    KIND_PROPERTY,
    KIND_LOG_ITEM,
    KIND_TRACE_POINT,
    KIND_SWITCH,
    KIND_FILE,
    KIND_NOTHING,
} Kind;

/* First spelling of a command, or "info ITEM"; the last kind holds for all further arguments. */
static const struct {
    const char *verb;
    Kind kinds[ARGUMENTS_MAX];
} verbs[] = {
    {"help", {KIND_COMMAND, KIND_NOTHING, KIND_NOTHING}},
    {"info", {KIND_ITEM, KIND_NOTHING, KIND_NOTHING}},
    {"info registers", {KIND_PATH, KIND_NOTHING, KIND_NOTHING}},
    {"info device", {KIND_PATH, KIND_NOTHING, KIND_NOTHING}},
    {"info qom-tree", {KIND_PATH, KIND_NOTHING, KIND_NOTHING}},
    {"info trace-events", {KIND_TRACE_POINT, KIND_NOTHING, KIND_NOTHING}},
    {"info symbol", {KIND_EXPRESSION, KIND_EXPRESSION, KIND_EXPRESSION}},
    {"info line", {KIND_EXPRESSION, KIND_EXPRESSION, KIND_EXPRESSION}},
    {"info address", {KIND_EXPRESSION, KIND_NOTHING, KIND_NOTHING}},
    {"qom-list", {KIND_PATH, KIND_NOTHING, KIND_NOTHING}},
    {"qom-get", {KIND_PATH, KIND_PROPERTY, KIND_NOTHING}},
    {"qom-set", {KIND_PATH, KIND_PROPERTY, KIND_NOTHING}},
    {"log", {KIND_LOG_ITEM, KIND_NOTHING, KIND_NOTHING}},
    {"logfile", {KIND_FILE, KIND_NOTHING, KIND_NOTHING}},
    {"symbol-file", {KIND_FILE, KIND_EXPRESSION, KIND_EXPRESSION}},
    {"add-symbol-file", {KIND_FILE, KIND_EXPRESSION, KIND_EXPRESSION}},
    {"source", {KIND_FILE, KIND_NOTHING, KIND_NOTHING}},
    {"save", {KIND_FILE, KIND_FILE, KIND_NOTHING}},
    {"memsave", {KIND_EXPRESSION, KIND_EXPRESSION, KIND_FILE}},
    {"pmemsave", {KIND_EXPRESSION, KIND_EXPRESSION, KIND_FILE}},
    {"trace", {KIND_TRACE_POINT, KIND_EXPRESSION, KIND_EXPRESSION}},
    {"trace-event", {KIND_TRACE_POINT, KIND_SWITCH, KIND_NOTHING}},
    {"change", {KIND_NOTHING, KIND_FILE, KIND_NOTHING}},
    {"eject", {KIND_NOTHING, KIND_NOTHING, KIND_NOTHING}},
    {"quit", {KIND_NOTHING, KIND_NOTHING, KIND_NOTHING}},
    {"sendkey", {KIND_NOTHING, KIND_NOTHING, KIND_NOTHING}},
};

typedef struct Completion {
    MonitorHub *hub;
    Kind kind;
    char *before; /* the argument before the word, or NULL */
    const char *word;
    GPtrArray *found;
} Completion;

/* --- candidates -------------------------------------------------------------------------------------- */

/* Takes nothing: names with control characters would reach the user's terminal. */
static void offer(Completion *completion, const char *name)
{
    if (!g_str_has_prefix(name, completion->word) || completion->found->len >= MOST_WORDS) {
        return;
    }
    for (const char *p = name; *p; p++) {
        if (g_ascii_iscntrl(*p)) {
            return;
        }
    }
    g_ptr_array_add(completion->found, g_strdup(name));
}

/* Every spelling, but each row once if its first one fits. */
static void offer_rows(Completion *completion, const CommandRow *rows)
{
    for (const CommandRow *row = rows; row->name; row++) {
        g_auto(GStrv) names = g_strsplit(row->name, "|", -1);
        guint before = completion->found->len;
        for (char **name = names; *name && completion->found->len == before; name++) {
            offer(completion, *name);
        }
    }
}

/* Names stand first in the lines of @text, behind blanks and stars. */
static void offer_lines(Completion *completion, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *name = *line + strspn(*line, " *");
        g_autofree char *word = g_strndup(name, strcspn(name, " "));
        if (*word && (name > *line || g_str_equal(word, name))) {
            offer(completion, word);
        }
    }
}

static void offer_log_items(Completion *completion)
{
    g_autofree char *help = log_items_help();
    offer_lines(completion, strchr(help, '\n'));
}

static void offer_trace_points(Completion *completion)
{
    g_autofree char *list = trace_list("*");
    offer_lines(completion, list);
}

/* --- registers and symbols ---------------------------------------------------------------------------- */

static void offer_numbered(Completion *completion, const char *prefix, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("$%s%u", prefix, i);
        offer(completion, name);
    }
}

static void offer_registers(Completion *completion)
{
    static const char *const names[] = {
        "pc", "nip", "msr", "fpscr", "vscr", "cr", "tb",
#define SPR(number, name, ...) #name,
#include "target-ppc/spr.def"
#undef SPR
    };
    CPUState *cpu = completion->hub->machine->cpu;
    uint64_t value;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *lower = g_ascii_strdown(names[i], -1);
        g_autofree char *name = g_strconcat("$", lower, NULL);
        if (CPU_GET_CLASS(cpu)->get_register(cpu, lower, &value)) {
            offer(completion, name);
        }
    }
    offer_numbered(completion, "r", 32);
    offer_numbered(completion, "f", 32);
    offer_numbered(completion, "sr", 16);
}

static void offer_symbols(Completion *completion)
{
    const DebugSymbols *symbols = completion->hub->debugger->symbols;
    g_auto(GStrv) names = debug_symbols_complete(symbols, completion->word, MOST_WORDS);
    for (char **name = names; name && *name; name++) {
        offer(completion, *name);
    }
    g_auto(GStrv) device_names = debug_registers_complete(completion->hub->debugger,
                                                          completion->word, MOST_WORDS);
    for (char **name = device_names; name && *name; name++) {
        offer(completion, *name);
    }
}

static void offer_expression(Completion *completion)
{
    if (*completion->word == '$') {
        offer_registers(completion);
    } else {
        offer_symbols(completion);
    }
}

/* --- objects ----------------------------------------------------------------------------------------- */

static bool is_child(const ObjectProperty *property)
{
    return g_str_has_prefix(property->type, "child<");
}

static bool has_children(Object *obj)
{
    bool found = false;
    GSList *list = object_property_list(obj);
    for (GSList *item = list; item && !found; item = item->next) {
        found = is_child(item->data);
    }
    g_slist_free(list);
    return found;
}

static void offer_child(Completion *completion, Object *parent, const char *folder,
                        const char *name)
{
    Object *child = object_resolve_path_component(parent, name);
    g_autofree char *path = g_strdup_printf("%s%s%s", folder, name,
                                            child && has_children(child) ? "/" : "");
    offer(completion, path);
}

static void offer_paths(Completion *completion)
{
    const char *slash = strrchr(completion->word, '/');
    g_autofree char *folder = slash ? g_strndup(completion->word,
                                                (gsize)(slash - completion->word) + 1)
                                    : g_strdup("/");
    g_autofree char *path = g_strndup(folder, MAX(strlen(folder) - 1, 1));
    Object *parent = object_resolve_path(path, NULL);
    GSList *list = parent ? object_property_list(parent) : NULL;
    completion->word = slash ? completion->word : "/";
    for (GSList *item = list; item; item = item->next) {
        const ObjectProperty *property = item->data;
        if (is_child(property)) {
            offer_child(completion, parent, folder, property->name);
        }
    }
    g_slist_free(list);
}

static void offer_properties(Completion *completion)
{
    Object *obj = completion->before ? object_resolve_path(completion->before, NULL) : NULL;
    GSList *list = obj ? object_property_list(obj) : NULL;
    for (GSList *item = list; item; item = item->next) {
        const ObjectProperty *property = item->data;
        if (!is_child(property)) {
            offer(completion, property->name);
        }
    }
    g_slist_free(list);
}

/* --- files ------------------------------------------------------------------------------------------- */

static void offer_files(Completion *completion)
{
    const char *slash = strrchr(completion->word, '/');
    g_autofree char *folder = slash ? g_strndup(completion->word,
                                                (gsize)(slash - completion->word) + 1)
                                    : g_strdup("");
    g_autoptr(GDir) dir = g_dir_open(*folder ? folder : ".", 0, NULL);
    bool wants_hidden = completion->word[strlen(folder)] == '.';
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strconcat(folder, name, NULL);
        if (g_str_has_prefix(path, completion->word) && (*name != '.' || wants_hidden)) {
            bool is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
            g_autofree char *shown = g_strconcat(path, is_folder ? "/" : "", NULL);
            offer(completion, shown);
        }
    }
}

/* --- which kind -------------------------------------------------------------------------------------- */

/* First spelling of the row that @word means, or NULL. */
static char *verb_of(const CommandRow *rows, const char *word)
{
    const CommandRow *row = command_find(rows, "", word, strlen(word), NULL);
    return row ? g_strndup(row->name, strcspn(row->name, "|")) : NULL;
}

static Kind kind_of(const char *verb, size_t argument, Kind otherwise)
{
    for (size_t i = 0; verb && i < G_N_ELEMENTS(verbs); i++) {
        if (g_str_equal(verbs[i].verb, verb)) {
            return verbs[i].kinds[MIN(argument, ARGUMENTS_MAX - 1)];
        }
    }
    return otherwise;
}

/* @words: what stands before the word to complete. */
static Kind choose_kind(char **words)
{
    size_t count = g_strv_length(words);
    if (count == 0) {
        return KIND_COMMAND;
    }
    words[0][strcspn(words[0], "/")] = '\0';
    g_autofree char *verb = verb_of(command_rows(), words[0]);
    if (verb && count > 1 && g_str_equal(verb, "info")) {
        g_autofree char *item = verb_of(info_rows(), words[1]);
        g_autofree char *both = item ? g_strconcat("info ", item, NULL) : NULL;
        return kind_of(both, count - 2, KIND_NOTHING);
    }
    return verb ? kind_of(verb, count - 1, KIND_EXPRESSION) : KIND_NOTHING;
}

/* Where the word to complete begins in @text; lists and expressions have more than one a blank apart. */
static size_t word_start(Kind kind, const char *text, size_t start)
{
    size_t at = strlen(text);
    if (kind == KIND_LOG_ITEM || kind == KIND_TRACE_POINT) {
        while (at > start && text[at - 1] != ',') {
            at--;
        }
        return at + (kind == KIND_TRACE_POINT && text[at] == '-');
    }
    if (kind != KIND_EXPRESSION) {
        return start;
    }
    while (at > start && (g_ascii_isalnum(text[at - 1]) || strchr("_.$", text[at - 1]))) {
        at--;
    }
    return at;
}

static void collect(G_GNUC_UNUSED MachineState *machine, void *opaque)
{
    Completion *completion = opaque;
    switch (completion->kind) {
    case KIND_EXPRESSION:
        offer_expression(completion);
        return;
    case KIND_COMMAND:
        offer_rows(completion, command_rows());
        return;
    case KIND_ITEM:
        offer_rows(completion, info_rows());
        return;
    case KIND_PATH:
        offer_paths(completion);
        return;
    case KIND_PROPERTY:
        offer_properties(completion);
        return;
    case KIND_LOG_ITEM:
        offer_log_items(completion);
        return;
    case KIND_TRACE_POINT:
        offer_trace_points(completion);
        return;
    case KIND_SWITCH:
        offer(completion, "on");
        offer(completion, "off");
        return;
    case KIND_FILE:
        offer_files(completion);
        return;
    case KIND_NOTHING:
        return;
    }
    g_assert_not_reached();
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *command_complete(MonitorHub *hub, const char *text, size_t *start)
{
    size_t length = strlen(text), at = length;
    while (at > 0 && !strchr(" \t", text[at - 1])) {
        at--;
    }
    g_autofree char *head = g_strndup(text, at);
    g_auto(GStrv) parts = g_strsplit_set(head, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **part = parts; *part; part++) {
        if (**part) {
            g_ptr_array_add(words, *part);
        }
    }
    g_ptr_array_add(words, NULL);
    Completion completion = {.hub = hub, .found = g_ptr_array_new_with_free_func(g_free)};
    completion.kind = choose_kind((char **)words->pdata);
    completion.before = words->len > 1 ? g_ptr_array_index(words, words->len - 2) : NULL;
    *start = word_start(completion.kind, text, at);
    completion.word = text + *start;
    if (completion.kind == KIND_FILE) {
        collect(hub->machine, &completion);
    } else {
        machine_run_on(hub->machine, collect, &completion);
    }
    g_ptr_array_sort(completion.found, compare);
    return completion.found;
}

char *monitor_complete(MonitorHub *hub, const char *line)
{
    size_t start;
    g_autoptr(GPtrArray) words = command_complete(hub, line, &start);
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}
