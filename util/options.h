/* SPDX-License-Identifier: MIT */
/*
 * Option strings in QEMU's dialect: "value,key=val,flag,nokey2" with ",," for a literal comma and an
 * implied key for a leading bare value. Sizes take K M G T suffixes (1024-based).
 */
#ifndef UTIL_OPTIONS_H
#define UTIL_OPTIONS_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Options Options;

/* Describes one key a parser accepts; a table ends with a NULL name. */
typedef struct OptionDesc {
    const char *name;
    const char *type; /* "string", "bool", "number", "size": checked at parse time */
    const char *help;
} OptionDesc;

/* Parse @text. @implied_key may be NULL. A bare word later is flag=on; "noflag" is flag=off only if
 * @descs names "flag". With @descs, unknown keys fail with the nearest name; NULL accepts any. */
Options *options_parse(const char *text, const char *implied_key, const OptionDesc *descs,
                       Error **errp);
void options_free(Options *opts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

/* The last value given for @key, or NULL. */
const char *options_get(const Options *opts, const char *key);
/* Remove @key and return its value (caller frees), or NULL. */
char *options_take(Options *opts, const char *key);
bool options_get_bool(const Options *opts, const char *key, bool fallback, bool *out, Error **errp);
bool options_get_number(const Options *opts, const char *key, uint64_t fallback, uint64_t *out,
                        Error **errp);
bool options_get_size(const Options *opts, const char *key, uint64_t fallback, uint64_t *out,
                      Error **errp);
/* Call @fn for each key=value in order of appearance; stops and returns false when @fn does. */
bool options_foreach(const Options *opts,
                     bool (*fn)(void *opaque, const char *key, const char *value, Error **errp),
                     void *opaque, Error **errp);
/* True if the text asked for help ("help" or "?" as a bare word or as the implied value). */
bool options_wants_help(const Options *opts);
/* One table of several; those that are NULL are empty. Free with g_free(), not the names. */
OptionDesc *options_join(const OptionDesc *const *tables, size_t count);
/* "  key=<type>  help" lines for a table. Free with g_free(). */
char *options_help(const OptionDesc *descs);

bool parse_bool(const char *text, bool *out, Error **errp);       /* on off yes no true false */
bool parse_number(const char *text, uint64_t *out, Error **errp); /* decimal, 0x, octal 0 */
bool parse_size(const char *text, uint64_t fallback_unit, uint64_t *out, Error **errp);
/* --- values.c: of single options ---------------------------------------------------------------- */

/* "30s", "500ms", "2m", a bare number of seconds; at least 1 ns. */
bool parse_time_ns(const char *text, uint64_t *ns, Error **errp);
/* The 32 digits in the order they are written. */
bool parse_uuid(const char *text, uint8_t uuid[16], Error **errp);
/* "800x600", "1024x768x8"; 32 bits deep unless it says so. */
bool parse_resolution(const char *text, uint32_t *width, uint32_t *height, uint32_t *depth,
                      Error **errp);
/* -smp: whatever it counts, there is one. */
bool parse_one_processor(const char *text, Error **errp);
/* -boot: what @text does not say stays. Strings are the caller's; NULL: not given. */
typedef struct BootOptions {
    char *order, *once;
    bool menu, strict;
} BootOptions;
bool parse_boot(const char *text, BootOptions *boot, Error **errp);
/* @words with each "--name=value" whose "--name" is in @names made two words, up to a "--". Free with
 * g_strfreev(). */
char **split_long_options(const char *const *words, const char *const *names);

/* "unknown WHAT 'NAME'", and what was meant, or else all that there is: @known ends with NULL. Returns false. */
bool error_unknown_name(const char *what, const char *name, const char *const *known, Error **errp);
/* The candidate closest to @word (edit distance at most a third of its length), or NULL. */
const char *nearest_name(const char *word, const char *const *candidates);

#endif
