/* SPDX-License-Identifier: MIT */
/*
 * Chardevs from the command line: -chardev, -serial, -monitor.
 *
 * Source: QEMU's dialect (its manual, "Character device options"). What is not built is refused by name.
 */
#include "chardev/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PREFIX "chardev-"

static const OptionDesc common_options[] = {
    {"backend", "string", NULL}, /* the leading bare word */
    {"id", "string", "name of the chardev"},
    {"mux", "bool", "several front ends share it (default off)"},
    {"logfile", "string", "file that gets a copy of the output"},
    {"logappend", "bool", "keep what the log file holds (default off)"},
    {0},
};

static const char *const later_back_ends[] = {
    "udp",      "pipe",     "vc",           "ringbuf", "serial",   "tty",
    "parallel", "parport",  "websocket",    "tn3270",  "spicevmc", "spiceport",
    "msmouse",  "wctablet", "braille",      "console", "testdev",  "fd",
    "con",      "dbus",     "qemu-vdagent", NULL,
};

/* --- back ends ------------------------------------------------------------------------------------ */

static ChardevClass *back_end_class(const char *name)
{
    g_autofree char *type = g_strconcat(PREFIX, name, NULL);
    ObjectClass *klass = object_class_by_name(type);

    if (!klass || !object_class_dynamic_cast(klass, TYPE_CHARDEV) || !CHARDEV_CLASS(klass)->open) {
        return NULL;
    }
    return CHARDEV_CLASS(klass);
}

static const char *back_end_name(ChardevClass *klass)
{
    return object_class_get_name(OBJECT_CLASS(klass)) + strlen(PREFIX);
}

/* Classes that -chardev may name, sorted. Free the array. */
static GPtrArray *back_ends(void)
{
    GPtrArray *list = g_ptr_array_new();
    GSList *classes = object_class_get_list(TYPE_CHARDEV, false);

    for (GSList *item = classes; item; item = item->next) {
        if (CHARDEV_CLASS(item->data)->open) {
            g_ptr_array_add(list, item->data);
        }
    }
    g_slist_free(classes);
    return list;
}

static bool unknown_name(const char *what, const char *name, const char *const *known, Error **errp)
{
    return g_strv_contains(later_back_ends, name)
               ? error_setg(errp, "%s '%s' is not built yet", what, name)
               : error_unknown_name(what, name, known, errp);
}

static ChardevClass *find_back_end(const char *name, Error **errp)
{
    ChardevClass *klass = back_end_class(name);
    g_autoptr(GPtrArray) known = NULL;

    if (klass) {
        return klass;
    }
    known = back_ends();
    for (guint i = 0; i < known->len; i++) {
        known->pdata[i] = (char *)back_end_name(known->pdata[i]);
    }
    g_ptr_array_add(known, NULL);
    unknown_name("character back end", name, (const char *const *)known->pdata, errp);
    return NULL;
}

/* The options of @klass and the common ones, as one table; without @with_backend, as help shows it. */
static OptionDesc *all_options(ChardevClass *klass, bool with_backend)
{
    const OptionDesc *tables[] = {common_options + (with_backend ? 0 : 1), klass->options};

    return options_join(tables, G_N_ELEMENTS(tables));
}

/* --- help ------------------------------------------------------------------------------------------ */

static char *help_of_all(void)
{
    g_autoptr(GPtrArray) list = back_ends();
    GString *text = g_string_new("Character back ends (-chardev BACKEND,id=ID,...):\n");

    for (guint i = 0; i < list->len; i++) {
        ChardevClass *klass = g_ptr_array_index(list, i);
        g_string_append_printf(text, "  %-8s %s\n", back_end_name(klass), klass->help);
    }
    g_string_append(text, "Options of one: -chardev BACKEND,help\n");
    return g_string_free(text, FALSE);
}

char *chardev_help(const char *text)
{
    g_autoptr(Options) opts = options_parse(text, "backend", NULL, NULL);
    g_autofree OptionDesc *table = NULL;
    g_autofree char *options = NULL;
    ChardevClass *klass;
    const char *name;

    if (!opts || !options_wants_help(opts)) {
        return NULL;
    }
    name = options_get(opts, "backend");
    klass = name ? back_end_class(name) : NULL;
    if (!klass) {
        return help_of_all();
    }
    table = all_options(klass, false);
    options = options_help(table);
    return g_strdup_printf("%s: %s\n%s", name, klass->help, options);
}

/* --- -chardev -------------------------------------------------------------------------------------- */

static bool open_log(Chardev *chr, const Options *opts, Error **errp)
{
    const char *path = options_get(opts, "logfile");
    bool append;

    if (!options_get_bool(opts, "logappend", false, &append, errp)) {
        return false;
    }
    if (!path) {
        return true;
    }
    chr->log_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
    if (chr->log_fd < 0) {
        return error_setg_errno(errp, errno, "cannot open logfile '%s'", path);
    }
    chardev_output_set_open(chr, true);
    return true;
}

static bool check_id(const char *id, Error **errp)
{
    return object_id_check(id, errp) &&
           (!chardev_find(id) || error_setg(errp, "id '%s' is taken", id));
}

static Chardev *create(ChardevClass *klass, const Options *opts, Error **errp)
{
    const char *id = options_get(opts, "id");
    bool has_mux;
    Chardev *chr;

    if (!check_id(id, errp) || !options_get_bool(opts, "mux", false, &has_mux, errp)) {
        return NULL;
    }
    chr = CHARDEV(object_new_with_class(OBJECT_CLASS(klass)));
    chr->id = g_strdup(id);
    if (!open_log(chr, opts, errp) || !klass->open(chr, opts, errp)) {
        object_unref(chr);
        return NULL;
    }
    if (has_mux) {
        Chardev *mux = chardev_mux_new(chr);
        object_unref(chr);
        chr = mux;
    }
    object_property_add_child(chardev_container(), id, OBJECT(chr));
    object_unref(chr); /* the tree has it now */
    return chr;
}

static bool refuse_later(ChardevClass *klass, const Options *opts, Error **errp)
{
    for (const char *const *name = klass->later; name && *name; name++) {
        if (options_get(opts, *name)) {
            return error_setg(errp, "option '%s' of back end %s is not built yet", *name,
                              back_end_name(klass));
        }
    }
    return true;
}

Chardev *chardev_new_from_str(const char *text, Error **errp)
{
    g_autoptr(Options) rough = options_parse(text, "backend", NULL, errp);
    g_autoptr(Options) opts = NULL;
    g_autofree OptionDesc *table = NULL;
    ChardevClass *klass;
    const char *name;

    if (!rough) {
        return NULL;
    }
    name = options_get(rough, "backend");
    if (!name) {
        error_setg(errp, "the back end is missing: stdio, file, ...");
        return NULL;
    }
    klass = find_back_end(name, errp);
    if (!klass || !refuse_later(klass, rough, errp)) {
        return NULL;
    }
    table = all_options(klass, true);
    opts = options_parse(text, "backend", table, errp);
    return opts ? create(klass, opts, errp) : NULL;
}

/* --- -serial, -monitor ----------------------------------------------------------------------------- */

static char *escape_commas(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    return g_strjoinv(",,", parts);
}

static Chardev *find_by_reference(const char *id, Error **errp)
{
    Chardev *chr = chardev_find(id);

    if (!chr) {
        error_setg(errp, "there is no chardev '%s'", id);
    }
    return chr;
}

static bool unknown_legacy(const char *text, Error **errp)
{
    static const char *const known[] = {
        "stdio",      "pty",           "mon:DEVICE",       "null", "none", "file:PATH", "unix:PATH",
        "chardev:ID", "tcp:HOST:PORT", "telnet:HOST:PORT", NULL};
    g_autofree char *word = g_strndup(text, strcspn(text, ":,"));

    if (g_str_equal(word, "tcp") || g_str_equal(word, "telnet")) {
        return error_setg(errp, "expected %s:HOST:PORT", word);
    }
    if (*text == '/') {
        return error_setg(errp, "host devices such as '%s' are not built yet", text);
    }
    return unknown_name("character device", word, known, errp);
}

/* "HOST:PORT,more" to "host=HOST,port=PORT,more"; a host in brackets may hold colons. NULL: no port. */
static char *address_text(const char *text)
{
    size_t length = strcspn(text, ",");
    g_autofree char *address = g_strndup(text, length);
    char *colon = strrchr(address, ':'), *host = address;

    if (!colon || !colon[1]) {
        return NULL;
    }
    *colon = '\0';
    if (host[0] == '[' && colon > host + 1 && colon[-1] == ']') {
        colon[-1] = '\0';
        host++;
    }
    return g_strdup_printf("host=%s,port=%s%s", host, colon + 1, text + length);
}

static char *tcp_text(const char *label, const char *text, bool has_telnet, const char *common)
{
    g_autofree char *address = address_text(text);

    return address ? g_strdup_printf("socket,id=%s%s%s,%s", label, common,
                                     has_telnet ? ",telnet=on" : "", address)
                   : NULL;
}

/* The -chardev text for @text, or NULL. */
static char *modern_text(const char *label, const char *text, bool is_mux)
{
    const char *common = is_mux ? ",mux=on" : "";
    g_autofree char *path = NULL;

    if (g_str_equal(text, "stdio")) {
        /* With a console on the same terminal, Ctrl-C belongs to the guest. */
        return g_strdup_printf("stdio,id=%s%s%s", label, common, is_mux ? ",signal=off" : "");
    }
    if (g_str_equal(text, "null") || g_str_equal(text, "none")) {
        return g_strdup_printf("null,id=%s%s", label, common);
    }
    if (g_str_has_prefix(text, "file:")) {
        path = escape_commas(text + strlen("file:"));
        return g_strdup_printf("file,id=%s%s,path=%s", label, common, path);
    }
    if (g_str_has_prefix(text, "unix:")) {
        return g_strdup_printf("socket,id=%s%s,path=%s", label, common, text + strlen("unix:"));
    }
    if (g_str_equal(text, "pty")) {
        return g_strdup_printf("pty,id=%s%s", label, common);
    }
    if (g_str_has_prefix(text, "pty:")) {
        path = escape_commas(text + strlen("pty:"));
        return g_strdup_printf("pty,id=%s%s,path=%s", label, common, path);
    }
    if (g_str_has_prefix(text, "tcp:")) {
        return tcp_text(label, text + strlen("tcp:"), false, common);
    }
    if (g_str_has_prefix(text, "telnet:")) {
        return tcp_text(label, text + strlen("telnet:"), true, common);
    }
    return NULL;
}

Chardev *chardev_new_legacy(const char *label, const char *text, Error **errp)
{
    bool is_mux = g_str_has_prefix(text, "mon:");
    const char *device = is_mux ? text + strlen("mon:") : text;
    g_autofree char *modern = NULL;
    Chardev *chr;

    if (g_str_has_prefix(device, "chardev:")) {
        return find_by_reference(device + strlen("chardev:"), errp);
    }
    modern = modern_text(label, device, is_mux);
    if (!modern) {
        unknown_legacy(device, errp);
        return NULL;
    }
    chr = chardev_new_from_str(modern, errp);
    if (chr) {
        chr->wants_monitor = is_mux;
    }
    return chr;
}
