/* SPDX-License-Identifier: MIT */
/*
 * The source files behind lines.
 *
 * Source: none (own design); the search is gdb's ("Specifying Source Directories"): each directory with
 * the whole name, then with the last part of it.
 */
#include "debug/sources.h"

#include "hw/core/loader.h"

#include <string.h>

enum { FILE_MAX = 1 << 24 };

struct DebugSources {
    GPtrArray *directories; /* char *; "$cdir": where the compiler ran, "$cwd": where we run */
    GHashTable *texts;      /* char *path -> GPtrArray of char * */
    SourceListing listing;
    char *file, *directory; /* of listing, owned */
};

void debug_sources_reset_directories(DebugSources *sources)
{
    g_ptr_array_set_size(sources->directories, 0);
    g_ptr_array_add(sources->directories, g_strdup("$cdir"));
    g_ptr_array_add(sources->directories, g_strdup("$cwd"));
    g_hash_table_remove_all(sources->texts);
}

DebugSources *debug_sources_new(void)
{
    DebugSources *sources = g_new0(DebugSources, 1);
    sources->directories = g_ptr_array_new_with_free_func(g_free);
    sources->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify)g_ptr_array_unref);
    debug_sources_reset_directories(sources);
    return sources;
}

void debug_sources_free(DebugSources *sources)
{
    g_ptr_array_unref(sources->directories);
    g_hash_table_unref(sources->texts);
    g_free(sources->file);
    g_free(sources->directory);
    g_free(sources);
}

void debug_sources_add_directory(DebugSources *sources, const char *directory)
{
    g_ptr_array_insert(sources->directories, 0, g_strdup(directory));
    g_hash_table_remove_all(sources->texts);
}

char *debug_sources_directories(const DebugSources *sources)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < sources->directories->len; i++) {
        g_string_append_printf(list, "%s%s", i ? ":" : "",
                               (const char *)g_ptr_array_index(sources->directories, i));
    }
    return g_string_free(g_steal_pointer(&list), FALSE);
}

/* --- search ------------------------------------------------------------------------------------------------ */

/* The file below one of the directories; NULL: none is there. */
static char *search(const DebugSources *sources, const char *name, const char *compile_directory)
{
    for (guint i = 0; i < sources->directories->len; i++) {
        const char *directory = g_ptr_array_index(sources->directories, i);
        if (strcmp(directory, "$cdir") == 0) {
            directory = compile_directory;
        } else if (strcmp(directory, "$cwd") == 0) {
            directory = ".";
        }
        if (directory) {
            g_autofree char *path = g_build_filename(directory, name, NULL);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
                return g_steal_pointer(&path);
            }
        }
    }
    return NULL;
}

static char *find_path(const DebugSources *sources, const SourcePlace *place)
{
    bool is_absolute = g_path_is_absolute(place->file);
    if (is_absolute && g_file_test(place->file, G_FILE_TEST_IS_REGULAR)) {
        return g_strdup(place->file);
    }
    char *path = is_absolute ? NULL : search(sources, place->file, place->directory);
    if (!path) {
        g_autofree char *last = g_path_get_basename(place->file);
        path = search(sources, last, place->directory);
    }
    return path;
}

/* --- text -------------------------------------------------------------------------------------------------- */

static char *as_text(const char *line, size_t length)
{
    char *text = g_utf8_make_valid(line, (gssize)length);
    for (char *at = text; *at; at++) {
        *at = g_ascii_iscntrl(*at) && *at != '\t' ? '?' : *at;
    }
    return text;
}

static GPtrArray *split(const GByteArray *bytes)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const char *at = (const char *)bytes->data, *end = at + bytes->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        bool is_dos = length && at[length - 1] == '\r';
        g_ptr_array_add(lines, as_text(at, length - is_dos));
        at += length + 1;
    }
    return lines;
}

const GPtrArray *debug_sources_text(DebugSources *sources, const SourcePlace *place, Error **errp)
{
    g_autofree char *path = find_path(sources, place);
    g_autoptr(GByteArray) bytes = NULL;
    if (!path) {
        error_setg(errp, "%s: no such file; `directory DIR` tells where sources are", place->file);
        return NULL;
    }
    GPtrArray *lines = g_hash_table_lookup(sources->texts, path);
    if (!lines && loader_read_file(path, FILE_MAX, &bytes, errp)) {
        lines = split(bytes);
        g_hash_table_insert(sources->texts, g_steal_pointer(&path), lines);
    }
    return lines;
}

/* --- what was shown ------------------------------------------------------------------------------------------- */

void debug_sources_set_listing(DebugSources *sources, const SourceListing *listing)
{
    char *file = g_strdup(listing->place.file), *directory = g_strdup(listing->place.directory);
    g_free(sources->file);
    g_free(sources->directory);
    sources->file = file;
    sources->directory = directory;
    sources->listing = *listing;
    sources->listing.place.file = file;
    sources->listing.place.directory = directory;
}

SourceListing debug_sources_listing(const DebugSources *sources) { return sources->listing; }
