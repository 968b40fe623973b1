/* SPDX-License-Identifier: MIT */
/* The command line of `core99 test`: one table, from which the help text comes too. */
#include "target-ppc/vectors_options.h"

#include "util/options.h"

typedef bool OptionSetter(VectorOptions *options, const char *value, Error **errp);

typedef struct OptionRow {
    const char *name, *argument; /* NULL: takes none */
    OptionSetter *set;
    const char *help;
} OptionRow;

/* --- setters -------------------------------------------------------------------------------------- */

static bool set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

static bool set_filter(VectorOptions *options, const char *value, Error **errp G_GNUC_UNUSED)
{
    g_ptr_array_add(options->filters, g_pattern_spec_new(value));
    return true;
}

static bool set_on(VectorOptions *options, const char *value, Error **errp)
{
    bool both = strcmp(value, "both") == 0;
    options->on_step = both || strcmp(value, "step") == 0;
    options->on_engine = both || strcmp(value, "engine") == 0;
    return options->on_step || options->on_engine ||
           error_setg(errp, "--on '%s': step, engine or both", value);
}

static bool set_number(uint64_t *number, const char *name, const char *value, Error **errp)
{
    return parse_number(value, number, NULL) ||
           error_setg(errp, "%s '%s': not a number", name, value);
}

static bool set_chaos(VectorOptions *options, const char *value, Error **errp)
{
    return set_number(&options->chaos, "--cache-chaos", value, errp) &&
           (options->chaos || error_setg(errp, "--cache-chaos '%s': 1 or more", value));
}

static bool set_count(VectorOptions *options, const char *value, Error **errp)
{
    enum { MOST = 1000000 };
    if (!set_number(&options->count, "--count", value, errp)) {
        return false;
    }
    options->has_size = true;
    return (options->count > 0 && options->count <= MOST) ||
           error_setg(errp, "--count '%s': 1 to %d", value, MOST);
}

static bool set_seed(VectorOptions *options, const char *value, Error **errp)
{
    options->has_size = true;
    return set_number(&options->seed, "--seed", value, errp);
}

static bool set_against(VectorOptions *options, const char *value, Error **errp G_GNUC_UNUSED)
{
    return set_text(&options->against, value);
}

static bool set_source(VectorOptions *options, const char *value, Error **errp)
{
    if (strcmp(value, "qemu") != 0 && strcmp(value, "hardware") != 0) {
        return error_setg(errp, "--source '%s': qemu or hardware", value);
    }
    return set_text(&options->source, value);
}

static bool set_junit(VectorOptions *options, const char *value, Error **errp G_GNUC_UNUSED)
{
    return set_text(&options->junit, value);
}

static bool set_generate(VectorOptions *options, const char *value, Error **errp G_GNUC_UNUSED)
{
    return set_text(&options->generate, value);
}

#define FLAG(name)                                                                                 \
    static bool set_##name(VectorOptions *options, const char *value G_GNUC_UNUSED,                \
                           Error **errp G_GNUC_UNUSED)                                             \
    {                                                                                              \
        return options->name = true;                                                               \
    }
FLAG(bless)
FLAG(coverage)
FLAG(list)
FLAG(tap)
FLAG(help)

static const OptionRow ROWS[] = {
    {"--filter", "GLOB", set_filter, "only cases of that name (several: any of them)"},
    {"--on", "WHAT", set_on, "step, engine or both (default)"},
    {"--cache-chaos", "SEED", set_chaos,
     "run once more with caches emptied at random instructions"},
    {"--against", "tcp:HOST:PORT", set_against, "run on a gdb stub too, and compare"},
    {"--bless", NULL, set_bless,
     "write outcomes into the files, for cases without any or of source self"},
    {"--source", "WORD", set_source,
     "with --bless --against: record the stub's outcome as qemu or hardware"},
    {"--coverage", NULL, set_coverage,
     "which rows of the instruction table and which variants are verified"},
    {"--generate", "GLOB", set_generate,
     "print random cases, without outcomes, for rows of that name"},
    {"--count", "N", set_count, "with --generate: cases a row (default 10)"},
    {"--seed", "N", set_seed, "with --generate: another choice (default 1)"},
    {"--list", NULL, set_list, "names of the cases, nothing is run"},
    {"--tap", NULL, set_tap, "TAP 13, a line each case"},
    {"--junit", "FILE", set_junit, "a JUnit XML report as well"},
    {"--help", NULL, set_help, "this text"},
};

/* --- parsing -------------------------------------------------------------------------------------- */

static const OptionRow *find_row(const char *name, Error **errp)
{
    const char *names[G_N_ELEMENTS(ROWS) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        if (strcmp(ROWS[i].name, name) == 0) {
            return &ROWS[i];
        }
        names[i] = ROWS[i].name;
    }
    const char *near = nearest_name(name, names);
    error_setg(errp, "test: no option '%s'%s%s%s; --help lists them", name,
               near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    return NULL;
}

/* --name VALUE or --name=VALUE; moves *@at to the last word used. */
static bool parse_option(VectorOptions *options, char ***at, Error **errp)
{
    const char *equals = strchr(**at, '=');
    g_autofree char *name = equals ? g_strndup(**at, (size_t)(equals - **at)) : g_strdup(**at);
    const OptionRow *row = find_row(name, errp);
    if (!row) {
        return false;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (row->argument && !value) {
        value = *++*at;
    }
    if (row->argument ? !value || !*value : value != NULL) {
        return error_setg(errp, "test: %s takes %s%s", name, row->argument ? "" : "no value",
                          row->argument ? row->argument : "");
    }
    return row->set(options, value, errp);
}

static int compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder stands for its *.vec. */
static bool add_path(VectorOptions *options, const char *path, Error **errp)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    if (!folder) {
        g_ptr_array_add(options->files, g_strdup(path));
        return true;
    }
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    const char *name;
    while ((name = g_dir_read_name(folder))) {
        if (g_str_has_suffix(name, ".vec")) {
            g_ptr_array_add(found, g_build_filename(path, name, NULL));
        }
    }
    g_ptr_array_sort(found, compare_paths);
    for (guint i = 0; i < found->len; i++) {
        g_ptr_array_add(options->files, found->pdata[i]);
    }
    return found->len > 0 || error_setg(errp, "test: no .vec file in '%s'", path);
}

static bool check_together(const VectorOptions *options, Error **errp)
{
    if (options->help) {
        return true;
    }
    bool is_run = options->bless || options->coverage || options->tap || options->junit ||
                  options->against;
    if (options->generate) {
        return (options->files->len == 0 ||
                error_setg(errp, "test: --generate writes cases and reads no file")) &&
               ((!is_run && !options->list) ||
                error_setg(errp, "test: --generate goes with --count and --seed only"));
    }
    if (options->has_size) {
        return error_setg(errp, "test: --count and --seed go with --generate");
    }
    if (options->list && is_run) {
        return error_setg(errp, "test: --list runs nothing: leave --bless, --coverage, --tap, "
                                "--junit and --against");
    }
    if (options->files->len == 0) {
        return error_setg(errp, "test: name at least one file of instruction vectors");
    }
    return !options->source || (options->bless && options->against) ||
           error_setg(errp, "test: --source goes with --bless --against");
}

static void free_pattern(gpointer pattern) { g_pattern_spec_free(pattern); }

bool vector_options_parse(VectorOptions *options, char **arguments, Error **errp)
{
    *options = (VectorOptions){.on_step = true, .on_engine = true, .count = 10, .seed = 1};
    options->files = g_ptr_array_new_with_free_func(g_free);
    options->filters = g_ptr_array_new_with_free_func(free_pattern);
    bool only_files = false;
    for (char **at = arguments; *at; at++) {
        if (!only_files && strcmp(*at, "--") == 0) {
            only_files = true;
        } else if (!only_files && **at == '-') {
            if (!parse_option(options, &at, errp)) {
                return false;
            }
        } else if (!add_path(options, *at, errp)) {
            return false;
        }
    }
    return check_together(options, errp);
}

void vector_options_free(VectorOptions *options)
{
    g_ptr_array_unref(options->files);
    g_ptr_array_unref(options->filters);
    g_free(options->against);
    g_free(options->source);
    g_free(options->junit);
    g_free(options->generate);
}

bool vector_options_match(const VectorOptions *options, const char *name)
{
    for (guint i = 0; i < options->filters->len; i++) {
        if (g_pattern_spec_match_string(options->filters->pdata[i], name)) {
            return true;
        }
    }
    return options->filters->len == 0;
}

char *vector_options_help(void)
{
    GString *out = g_string_new(
        "Usage: core99 test [OPTION]... FILE|FOLDER...   run instruction vectors\n"
        "       core99 test --generate GLOB [--count N] [--seed N]\n\n");
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", ROWS[i].name,
                                                 ROWS[i].argument ? ROWS[i].argument : "");
        g_string_append_printf(out, "  %-26s %s\n", usage, ROWS[i].help);
    }
    g_string_append(
        out,
        "\nExit status: 0 every case passed, 1 one failed, nothing ran, something makes no sense\n"
        "or, with --coverage, something is unverified.\n"
        "The format of the files: docs/vectors.md\n");
    return g_string_free(out, FALSE);
}
