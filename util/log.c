/* SPDX-License-Identifier: MIT */
/*
 * The log: items, the output file, lines with the guest's position, places already logged.
 *
 * Guest errors, unimplemented parts and undefined forms are logged once a place, a place being (item,
 * PC, who, key), and counted from then on. A count is printed when another place logs for the first
 * time, if it ended an unbroken run, and for every place by log_close(). The table is bounded: the
 * guest cannot make it grow.
 */
#include "util/log.h"

#include "util/hash.h"
#include "util/internal.h"
#include "util/options.h"
#include "util/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PLACES_MAX 4096
#define PLACE_TEXT_MAX 240
#define COLLAPSED_ITEMS (LOG_GUEST_ERROR | LOG_UNIMP | LOG_UNDEF)

typedef struct LogItemName {
    const char *name;
    LogItem item;
    const char *help;
} LogItemName;

typedef struct Place {
    uint64_t hash; /* of item, PC, who and key: the identity */
    uint64_t count;
    uint64_t reported;
    char *text; /* "who: message", cut to PLACE_TEXT_MAX */
} Place;

static const LogItemName item_names[] = {
    {"guest_errors", LOG_GUEST_ERROR, "what hardware would not accept"},
    {"unimp", LOG_UNIMP, "what the guest used and is not modelled"},
    {"int", LOG_INT, "exceptions taken"},
    {"mmu", LOG_MMU, "translations and faults"},
    {"in_asm", LOG_IN_ASM, "every instruction executed, disassembled"},
    {"exec", LOG_EXEC, "a line for every block of instructions entered"},
    {"cpu", LOG_CPU, "registers before every instruction"},
    {"fpu", LOG_FPU, "floating-point registers in cpu, too"},
    {"vpu", LOG_VPU, "vector registers in cpu, too"},
    {"cpu_reset", LOG_CPU_RESET, "registers before a reset of the processor"},
    {"nochain", LOG_NOCHAIN, "taken for compatibility: exec is always complete"},
    {"undef", LOG_UNDEF, "boundedly undefined instruction forms, once a PC"},
    {"trace", LOG_TRACE, "trace points: trace:GLOB enables those that match, trace all"},
};

/* QEMU's items that have no counterpart here, and why. */
static const struct {
    const char *name, *reason;
} refused_items[] = {
    {"op", "nothing is translated here: use in_asm"},
    {"op_opt", "nothing is translated here: use in_asm"},
    {"op_ind", "nothing is translated here: use in_asm"},
    {"out_asm", "nothing is translated here: use in_asm"},
    {"page", "it belongs to the emulation of programs: this is a whole machine"},
    {"strace", "it belongs to the emulation of programs: this is a whole machine"},
    {"plugin", "there are no plugins: use trace:GLOB or -exec-trace"},
    {"pcall", "it belongs to x86: use int"},
    {"tid", "one thread runs the guest: leave it out"},
};

uint32_t log_items_enabled;

static GMutex lock;      /* guards all that follows */
static FILE *file;       /* NULL: stderr */
static FILE *trace_file; /* of trace points; NULL: the log's */
static bool (*position_hook)(void *opaque, LogPosition *pos);
static void *position_opaque;
static GHashTable *place_by_hash; /* of Place, owned by places */
static GPtrArray *places;         /* in order of appearance */
static Place *last_place;
static uint64_t other_lines; /* of places beyond PLACES_MAX */

/* --- items ------------------------------------------------------------------------------------ */

static bool unknown_item(const char *name, Error **errp)
{
    const char *names[G_N_ELEMENTS(item_names) + 1] = {NULL};
    g_autofree char *list = NULL;
    const char *nearest;

    for (size_t i = 0; i < G_N_ELEMENTS(refused_items); i++) {
        if (g_str_equal(refused_items[i].name, name)) {
            return error_setg(errp, "log item '%s': %s", name, refused_items[i].reason);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(item_names); i++) {
        names[i] = item_names[i].name;
    }
    nearest = nearest_name(name, names);
    if (nearest) {
        return error_setg(errp, "unknown log item '%s'; did you mean '%s'?", name, nearest);
    }
    list = g_strjoinv(", ", (char **)names);
    return error_setg(errp, "unknown log item '%s'; known: %s", name, list);
}

/* @globs collects the trace points asked for. */
static bool find_item(const char *name, uint32_t *items, GPtrArray *globs, Error **errp)
{
    if (g_str_has_prefix(name, "trace:")) {
        g_ptr_array_add(globs, (char *)name + strlen("trace:"));
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(item_names); i++) {
        if (g_str_equal(item_names[i].name, name)) {
            *items |= item_names[i].item;
            return true;
        }
    }
    return unknown_item(name, errp);
}

bool log_set_items(const char *items, Error **errp)
{
    g_auto(GStrv) words = g_strsplit(items, ",", -1);
    g_autoptr(GPtrArray) globs = g_ptr_array_new();
    uint32_t wanted = 0;

    if (g_str_equal(items, "help") || g_str_equal(items, "?")) {
        return true;
    }
    for (char **word = words; *word; word++) {
        if (!g_str_equal(*word, "none") && !find_item(*word, &wanted, globs, errp)) {
            return false;
        }
    }
    if (wanted & LOG_TRACE) {
        g_ptr_array_add(globs, (char *)"*");
    }
    for (guint i = 0; i < globs->len; i++) {
        if (!trace_set(g_ptr_array_index(globs, i), errp)) {
            return false;
        }
    }
    log_items_enabled = wanted;
    return true;
}

char *log_items_help(void)
{
    GString *text = g_string_new("Log items (comma separated):\n");

    for (size_t i = 0; i < G_N_ELEMENTS(item_names); i++) {
        g_string_append_printf(text, "  %-14s %s\n", item_names[i].name, item_names[i].help);
    }
    g_string_append_printf(text, "  %-14s nothing\n", "none");
    return g_string_free(text, FALSE);
}

/* --- output ------------------------------------------------------------------------------------ */

/* One fwrite() a line: stderr is not buffered, and other threads report there too. */
static void write_text(const char *text) { fwrite(text, 1, strlen(text), file ? file : stderr); }

/* A line stays a line, and the guest sends no escape sequences to the user's terminal. */
static void clean_controls(char *text)
{
    for (; *text; text++) {
        if (g_ascii_iscntrl(*text)) {
            *text = '?';
        }
    }
}

static bool get_position(LogPosition *pos)
{
    *pos = (LogPosition){0};
    return position_hook && position_hook(position_opaque, pos);
}

static void write_line(const char *text, const LogPosition *pos)
{
    g_autofree char *line = pos ? g_strdup_printf("%s [pc=0x%08x icount=%" G_GUINT64_FORMAT
                                                  " ns=%" G_GUINT64_FORMAT "]\n",
                                                  text, pos->pc, pos->icount, pos->ns)
                                : g_strdup_printf("%s\n", text);

    write_text(line);
}

void log_write_positioned(const char *text)
{
    g_autofree char *clean = g_strdup(text);
    LogPosition pos;
    bool known;
    FILE *log;

    clean_controls(clean);
    g_mutex_lock(&lock);
    log = file;
    file = trace_file ? trace_file : file;
    known = get_position(&pos);
    write_line(clean, known ? &pos : NULL);
    file = log;
    g_mutex_unlock(&lock);
}

bool trace_open(const char *path, Error **errp)
{
    FILE *opened = fopen(path, "we");

    if (!opened) {
        return error_setg_errno(errp, errno, "cannot open trace file '%s'", path);
    }
    g_mutex_lock(&lock);
    if (trace_file) {
        fclose(trace_file);
    }
    trace_file = opened;
    g_mutex_unlock(&lock);
    return true;
}

void log_text(LogItem item, const char *text)
{
    if (log_enabled(item)) {
        g_mutex_lock(&lock);
        write_text(text);
        g_mutex_unlock(&lock);
    }
}

void log_set_position_hook(bool (*hook)(void *opaque, LogPosition *pos), void *opaque)
{
    g_mutex_lock(&lock);
    position_hook = hook;
    position_opaque = opaque;
    g_mutex_unlock(&lock);
}

/* --- places ------------------------------------------------------------------------------------ */

static void place_free(void *data)
{
    Place *place = data;

    g_free(place->text);
    g_free(place);
}

static uint64_t place_hash(LogItem item, uint32_t pc, const char *who, uint64_t key)
{
    return hash_bytes(hash_u64(hash_u64(item, pc), key), who, strlen(who));
}

static void report_count(Place *place)
{
    if (place->count > place->reported) {
        g_autofree char *text = g_strdup_printf("%s (repeated %" G_GUINT64_FORMAT " times)",
                                                place->text, place->count);
        write_line(text, NULL);
        place->reported = place->count;
    }
}

/* Count a further line of a place that has logged before, or that finds the table full. */
static bool count_known_place(uint64_t hash)
{
    Place *place = places ? g_hash_table_lookup(place_by_hash, &hash) : NULL;

    if (place) {
        place->count++;
        last_place = place;
        return true;
    }
    if (places && places->len >= PLACES_MAX) {
        other_lines++;
        return true;
    }
    return false;
}

static void add_place(uint64_t hash, const char *text)
{
    Place *place = g_new0(Place, 1);

    if (!places) {
        places = g_ptr_array_new_with_free_func(place_free);
        place_by_hash = g_hash_table_new(g_int64_hash, g_int64_equal);
    }
    if (last_place) {
        report_count(last_place);
    }
    place->hash = hash;
    place->text = g_strndup(text, PLACE_TEXT_MAX);
    g_ptr_array_add(places, place);
    g_hash_table_add(place_by_hash, &place->hash);
    last_place = place;
}

static void forget_places(void)
{
    g_clear_pointer(&place_by_hash, g_hash_table_unref);
    g_clear_pointer(&places, g_ptr_array_unref);
    last_place = NULL;
    other_lines = 0;
}

static void report_all_counts(void)
{
    for (guint i = 0; places && i < places->len; i++) {
        report_count(g_ptr_array_index(places, i));
    }
    if (other_lines) {
        g_autofree char *text = g_strdup_printf("log: %" G_GUINT64_FORMAT
                                                " lines from other places than the first %d",
                                                other_lines, PLACES_MAX);
        write_line(text, NULL);
    }
}

static char *format_line(const char *who, const char *fmt, va_list ap)
{
    g_autofree char *message = g_strdup_vprintf(fmt, ap);
    char *text = g_strdup_printf("%s: %s", who, message);

    clean_controls(text);
    return text;
}

/* The first line of a place reaches the file at once: it may tell why the next moment goes wrong. */
static void write_first(uint64_t hash, const char *text, const LogPosition *pos)
{
    add_place(hash, text);
    write_line(text, pos);
    if (file) {
        fflush(file);
    }
}

static void log_vline(LogItem item, const char *who, uint64_t key, const char *fmt, va_list ap)
{
    LogPosition pos;
    bool has_position = get_position(&pos);
    bool collapses = item & COLLAPSED_ITEMS;
    uint64_t hash = collapses ? place_hash(item, pos.pc, who, key) : 0;
    g_autofree char *text = NULL;

    if (collapses && count_known_place(hash)) {
        return;
    }
    text = format_line(who, fmt, ap);
    if (collapses) {
        write_first(hash, text, has_position ? &pos : NULL);
    } else {
        write_line(text, has_position ? &pos : NULL);
    }
}

void log_line(LogItem item, const char *who, uint64_t key, const char *fmt, ...)
{
    va_list ap;

    if (!log_enabled(item)) {
        return;
    }
    va_start(ap, fmt);
    g_mutex_lock(&lock);
    log_vline(item, who, key, fmt, ap);
    g_mutex_unlock(&lock);
    va_end(ap);
}

/* --- opening and closing ------------------------------------------------------------------------ */

static void close_locked(void)
{
    report_all_counts();
    forget_places();
    if (file) {
        fclose(file);
        file = NULL;
    }
}

bool log_open(const char *path, Error **errp)
{
    FILE *opened = fopen(path, "we");

    if (!opened) {
        return error_setg_errno(errp, errno, "cannot open log file '%s'", path);
    }
    g_mutex_lock(&lock);
    close_locked();
    file = opened;
    g_mutex_unlock(&lock);
    return true;
}

void log_close(void)
{
    g_mutex_lock(&lock);
    close_locked();
    g_mutex_unlock(&lock);
}
