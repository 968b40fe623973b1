/* SPDX-License-Identifier: MIT */
/*
 * Which instructions the log shows (-dfilter), and the names of their addresses.
 *
 * Source: QEMU's forms of ranges: START+LEN, START-LEN, START..END.
 */
#include "util/log.h"
#include "util/options.h"

#include <string.h>

static GMutex lock;   /* guards what follows */
static GArray *shown; /* of AddrRange; NULL: all */
static char *(*symbol_hook)(void *opaque, uint32_t pc);
static void *symbol_opaque;

/* --- ranges ------------------------------------------------------------------------------------- */

/* From @start and what follows it: "+LEN", "-LEN", "..END". */
static bool make_range(AddrRange *range, uint64_t start, const char *sign, uint64_t number,
                       Error **errp)
{
    if (*sign == '.') {
        *range = (AddrRange){start, number};
        return number >= start || error_setg(errp, "the range ends before it begins");
    }
    if (number == 0) {
        return error_setg(errp, "the range is empty");
    }
    bool is_up = *sign == '+';
    if (number - 1 > (is_up ? UINT64_MAX - start : start)) {
        return error_setg(errp, "the range leaves the address space");
    }
    *range = is_up ? (AddrRange){start, start + (number - 1)}
                   : (AddrRange){start - (number - 1), start};
    return true;
}

static bool parse_range(const char *text, AddrRange *range, Error **errp)
{
    ERRP_GUARD();
    uint64_t start, number;
    const char *dots = strstr(text, "..");
    const char *sign = dots ? dots : strpbrk(text, "+-");
    if (!sign || sign == text) {
        return error_setg(errp, "range '%s': expected START+LEN, START-LEN or START..END", text);
    }
    g_autofree char *first = g_strndup(text, (size_t)(sign - text));
    if (!parse_number(first, &start, errp) || !parse_number(sign + (dots ? 2 : 1), &number, errp) ||
        !make_range(range, start, sign, number, errp)) {
        error_prepend(errp, "range '%s': ", text);
        return false;
    }
    return true;
}

GArray *addr_ranges_parse(const char *text, char separator, Error **errp)
{
    char separators[] = {separator, '\0'};
    g_auto(GStrv) words = g_strsplit(text, separators, -1);
    if (!words[0]) {
        error_setg(errp, "a range is missing");
        return NULL;
    }
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(AddrRange));
    for (char **word = words; *word; word++) {
        AddrRange range;
        if (!parse_range(*word, &range, errp)) {
            g_array_unref(ranges);
            return NULL;
        }
        g_array_append_val(ranges, range);
    }
    return ranges;
}

/* --- the log's filter --------------------------------------------------------------------------------- */

bool log_set_filter(const char *ranges, Error **errp)
{
    GArray *made = NULL;
    if (ranges && *ranges) {
        made = addr_ranges_parse(ranges, ',', errp);
        if (!made) {
            return false;
        }
    }
    g_mutex_lock(&lock);
    GArray *old = shown;
    shown = made;
    g_mutex_unlock(&lock);
    if (old) {
        g_array_unref(old);
    }
    return true;
}

bool log_filter_passes(uint32_t pc)
{
    g_mutex_lock(&lock);
    bool passes = !shown || addr_ranges_contain(shown, pc);
    g_mutex_unlock(&lock);
    return passes;
}

/* --- symbols ----------------------------------------------------------------------------------------------- */

void log_set_symbol_hook(char *(*hook)(void *opaque, uint32_t pc), void *opaque)
{
    g_mutex_lock(&lock);
    symbol_hook = hook;
    symbol_opaque = opaque;
    g_mutex_unlock(&lock);
}

char *log_symbol(uint32_t pc)
{
    g_mutex_lock(&lock);
    char *name = symbol_hook ? symbol_hook(symbol_opaque, pc) : NULL;
    g_mutex_unlock(&lock);
    return name;
}
