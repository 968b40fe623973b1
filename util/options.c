/* SPDX-License-Identifier: MIT */
/*
 * Option strings in QEMU's dialect: parsing, lookup, help text.
 *
 * Source: the dialect as QEMU's manual describes it; own design.
 */
#include "util/options.h"

#include <string.h>

typedef struct Option {
    char *key;
    char *value;
} Option;

struct Options {
    GPtrArray *list; /* Option *, in order of appearance */
    bool wants_help;
};

static void option_free(void *data)
{
    Option *option = data;

    g_free(option->key);
    g_free(option->value);
    g_free(option);
}

static bool is_help_word(const char *word)
{
    return g_str_equal(word, "help") || g_str_equal(word, "?");
}

/* The text up to a single comma, with ",," made ","; *@text moves behind that comma. */
static char *take_value(const char **text)
{
    GString *value = g_string_new(NULL);
    const char *p = *text;

    for (; *p; p++) {
        if (*p == ',' && *++p != ',') {
            break;
        }
        g_string_append_c(value, *p);
    }
    *text = p;
    return g_string_free(value, FALSE);
}

static const OptionDesc *find_desc(const OptionDesc *descs, const char *key)
{
    for (; descs && descs->name; descs++) {
        if (g_str_equal(descs->name, key)) {
            return descs;
        }
    }
    return NULL;
}

static bool unknown_key(const OptionDesc *descs, const char *key, Error **errp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (; descs->name; descs++) {
        g_ptr_array_add(names, (char *)descs->name);
    }
    g_ptr_array_add(names, NULL);
    return error_unknown_name("option", key, (const char *const *)names->pdata, errp);
}

static bool check_type(const OptionDesc *desc, const char *value, Error **errp)
{
    ERRP_GUARD();
    uint64_t number;
    bool ok = true;
    bool flag;

    if (g_str_equal(desc->type, "bool")) {
        ok = parse_bool(value, &flag, errp);
    } else if (g_str_equal(desc->type, "number")) {
        ok = parse_number(value, &number, errp);
    } else if (g_str_equal(desc->type, "size")) {
        ok = parse_size(value, 1, &number, errp);
    }
    if (!ok) {
        error_prepend(errp, "option '%s': ", desc->name);
    }
    return ok;
}

/* Takes @key and @value. */
static bool add_option(Options *opts, char *key, char *value, const OptionDesc *descs, Error **errp)
{
    const OptionDesc *desc = find_desc(descs, key);
    Option *option = g_new0(Option, 1);

    option->key = key;
    option->value = value;
    g_ptr_array_add(opts->list, option);
    if (descs && !desc) {
        return unknown_key(descs, key, errp);
    }
    return !desc || check_type(desc, value, errp);
}

/* A bare word behind the first place: help, flag, noflag. */
static bool add_flag(Options *opts, const char *word, const OptionDesc *descs, Error **errp)
{
    const OptionDesc *desc = find_desc(descs, word);
    const OptionDesc *negated = g_str_has_prefix(word, "no") ? find_desc(descs, word + 2) : NULL;

    if (!desc && is_help_word(word)) {
        opts->wants_help = true;
        return true;
    }
    if (!desc && negated && g_str_equal(negated->type, "bool")) {
        return add_option(opts, g_strdup(word + 2), g_strdup("off"), descs, errp);
    }
    if (desc && !g_str_equal(desc->type, "bool")) {
        return error_setg(errp, "option '%s' needs a value: %s=<%s>", word, word, desc->type);
    }
    return add_option(opts, g_strdup(word), g_strdup("on"), descs, errp);
}

/* One item of the list; *@text moves behind it. */
static bool parse_item(Options *opts, const char **text, const OptionDesc *descs, Error **errp)
{
    size_t length = strcspn(*text, "=,");
    g_autofree char *key = g_strndup(*text, length);
    bool has_value = (*text)[length] == '=';

    *text += length;
    if (length == 0) {
        return error_setg(errp, "option name missing before '%s'", *text);
    }
    if (has_value) {
        (*text)++;
        return add_option(opts, g_steal_pointer(&key), take_value(text), descs, errp);
    }
    *text += **text == ',';
    return add_flag(opts, key, descs, errp);
}

/* The leading bare value. It may hold '=' behind an escaped comma only, as in QEMU. */
static bool parse_implied(Options *opts, const char **text, const char *implied_key,
                          const OptionDesc *descs, Error **errp)
{
    g_autofree char *value = take_value(text);

    if (is_help_word(value)) {
        opts->wants_help = true;
        return true;
    }
    return add_option(opts, g_strdup(implied_key), g_steal_pointer(&value), descs, errp);
}

Options *options_parse(const char *text, const char *implied_key, const OptionDesc *descs,
                       Error **errp)
{
    g_autoptr(Options) opts = g_new0(Options, 1);

    opts->list = g_ptr_array_new_with_free_func(option_free);
    if (implied_key && *text && text[strcspn(text, "=,")] != '=' &&
        !parse_implied(opts, &text, implied_key, descs, errp)) {
        return NULL;
    }
    while (*text) {
        if (!parse_item(opts, &text, descs, errp)) {
            return NULL;
        }
    }
    return g_steal_pointer(&opts);
}

void options_free(Options *opts)
{
    if (opts) {
        g_ptr_array_unref(opts->list);
        g_free(opts);
    }
}

static Option *find_last(const Options *opts, const char *key)
{
    for (guint i = opts->list->len; i-- > 0;) {
        Option *option = g_ptr_array_index(opts->list, i);
        if (g_str_equal(option->key, key)) {
            return option;
        }
    }
    return NULL;
}

const char *options_get(const Options *opts, const char *key)
{
    const Option *option = find_last(opts, key);

    return option ? option->value : NULL;
}

char *options_take(Options *opts, const char *key)
{
    char *value = NULL;
    Option *option;

    while ((option = find_last(opts, key))) {
        if (!value) {
            value = g_steal_pointer(&option->value);
        }
        g_ptr_array_remove(opts->list, option);
    }
    return value;
}

bool options_get_bool(const Options *opts, const char *key, bool fallback, bool *out, Error **errp)
{
    ERRP_GUARD();
    const char *value = options_get(opts, key);

    *out = fallback;
    if (value && !parse_bool(value, out, errp)) {
        error_prepend(errp, "option '%s': ", key);
        return false;
    }
    return true;
}

bool options_get_number(const Options *opts, const char *key, uint64_t fallback, uint64_t *out,
                        Error **errp)
{
    ERRP_GUARD();
    const char *value = options_get(opts, key);

    *out = fallback;
    if (value && !parse_number(value, out, errp)) {
        error_prepend(errp, "option '%s': ", key);
        return false;
    }
    return true;
}

bool options_get_size(const Options *opts, const char *key, uint64_t fallback, uint64_t *out,
                      Error **errp)
{
    ERRP_GUARD();
    const char *value = options_get(opts, key);

    *out = fallback;
    if (value && !parse_size(value, 1, out, errp)) {
        error_prepend(errp, "option '%s': ", key);
        return false;
    }
    return true;
}

bool options_foreach(const Options *opts,
                     bool (*fn)(void *opaque, const char *key, const char *value, Error **errp),
                     void *opaque, Error **errp)
{
    for (guint i = 0; i < opts->list->len; i++) {
        const Option *option = g_ptr_array_index(opts->list, i);
        if (!fn(opaque, option->key, option->value, errp)) {
            return false;
        }
    }
    return true;
}

bool options_wants_help(const Options *opts) { return opts->wants_help; }

OptionDesc *options_join(const OptionDesc *const *tables, size_t count)
{
    GArray *all = g_array_new(TRUE, FALSE, sizeof(OptionDesc));

    for (size_t n = 0; n < count; n++) {
        for (const OptionDesc *desc = tables[n]; desc && desc->name; desc++) {
            g_array_append_vals(all, desc, 1);
        }
    }
    return (OptionDesc *)g_array_free(all, FALSE);
}

char *options_help(const OptionDesc *descs)
{
    GString *text = g_string_new(NULL);
    size_t width = 0;

    for (const OptionDesc *desc = descs; desc->name; desc++) {
        width = MAX(width, strlen(desc->name) + strlen(desc->type) + strlen("=<>"));
    }
    for (const OptionDesc *desc = descs; desc->name; desc++) {
        g_autofree char *key = g_strdup_printf("%s=<%s>", desc->name, desc->type);
        g_string_append_printf(text, "  %-*s  %s\n", (int)width, key, desc->help ? desc->help : "");
    }
    return g_string_free(text, FALSE);
}
