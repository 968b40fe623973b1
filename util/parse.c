/* SPDX-License-Identifier: MIT */
/* Words of the command line: booleans, numbers, sizes, and the nearest name to a misspelt one. */
#include "util/options.h"

#include <errno.h>
#include <string.h>

bool parse_bool(const char *text, bool *out, Error **errp)
{
    static const char *const yes[] = {"on", "yes", "true", "y", NULL};
    static const char *const no[] = {"off", "no", "false", "n", NULL};

    if (g_strv_contains(yes, text)) {
        *out = true;
        return true;
    }
    if (g_strv_contains(no, text)) {
        *out = false;
        return true;
    }
    return error_setg(errp, "expected on or off, not '%s'", text);
}

/* Digits only at the front: no sign, no space. *@end is behind the last digit. */
static bool take_number(const char *text, int base, uint64_t *out, const char **end)
{
    if (!g_ascii_isdigit(*text)) {
        return false;
    }
    errno = 0;
    *out = g_ascii_strtoull(text, (char **)end, base);
    return errno == 0;
}

bool parse_number(const char *text, uint64_t *out, Error **errp)
{
    const char *end;
    uint64_t value;

    if (!take_number(text, 0, &value, &end) || *end) {
        return error_setg(errp, "expected a number from 0 to 2^64-1, not '%s'", text);
    }
    *out = value;
    return true;
}

/* The unit a suffix stands for, or 0. An empty suffix means @fallback. */
static uint64_t size_unit(const char *suffix, uint64_t fallback)
{
    static const char letters[] = "BKMGTPE";
    const char *letter;

    if (!*suffix) {
        return fallback;
    }
    letter = strchr(letters, g_ascii_toupper(*suffix));
    return letter && !suffix[1] ? UINT64_C(1) << 10 * (letter - letters) : 0;
}

/* The decimals behind the point as *@digits / *@scale; at most 18 of them. */
static bool take_fraction(const char **text, uint64_t *digits, uint64_t *scale)
{
    *digits = 0;
    *scale = 1;
    if (**text != '.') {
        return true;
    }
    for ((*text)++; g_ascii_isdigit(**text); (*text)++) {
        if (*scale >= UINT64_C(1000000000000000000)) {
            return false;
        }
        *digits = *digits * 10 + (uint64_t)(**text - '0');
        *scale *= 10;
    }
    return *scale > 1;
}

bool parse_size(const char *text, uint64_t fallback_unit, uint64_t *out, Error **errp)
{
    bool is_hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    uint64_t value, digits, scale, unit;
    unsigned __int128 total;
    const char *end;

    if (!take_number(text, is_hex ? 16 : 10, &value, &end) ||
        !take_fraction(&end, &digits, &scale) || (is_hex && (*end || scale > 1))) {
        return error_setg(errp, "expected a size such as 512M or 1.5G, not '%s'", text);
    }
    unit = size_unit(end, fallback_unit);
    if (!unit) {
        return error_setg(errp, "unknown size suffix '%s' in '%s'; known: B K M G T P E", end,
                          text);
    }
    if (scale > 1 && unit == 1) {
        return error_setg(errp, "'%s' is not a whole number of bytes", text);
    }
    total = (unsigned __int128)value * unit + (unsigned __int128)digits * unit / scale;
    if (total > UINT64_MAX) {
        return error_setg(errp, "size '%s' is too large", text);
    }
    *out = (uint64_t)total;
    return true;
}

#define NAME_MAX_LENGTH 63

/* Letters inserted, removed, changed or swapped with their neighbour; case does not count. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MAX_LENGTH + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
            row[j] = MIN(MIN(last[j], row[j - 1]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 2]) &&
                g_ascii_tolower(a[i - 2]) == g_ascii_tolower(b[j - 1])) {
                row[j] = MIN(row[j], before[j - 2] + 1);
            }
        }
    }
    return row[b_length];
}

const char *nearest_name(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    size_t best = length / 3 + 1;
    const char *nearest = NULL;

    if (length == 0 || length > NAME_MAX_LENGTH) {
        return NULL;
    }
    for (; *candidates; candidates++) {
        size_t other = strlen(*candidates);
        size_t distance;
        if (other > NAME_MAX_LENGTH) {
            continue;
        }
        distance = edit_distance(word, length, *candidates, other);
        if (distance < best) {
            best = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}

bool error_unknown_name(const char *what, const char *name, const char *const *known, Error **errp)
{
    const char *nearest = nearest_name(name, known);
    g_autofree char *list = g_strjoinv(", ", (char **)known);

    return nearest ? error_setg(errp, "unknown %s '%s'; did you mean '%s'?", what, name, nearest)
                   : error_setg(errp, "unknown %s '%s'; known: %s", what, name, list);
}
