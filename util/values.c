/* SPDX-License-Identifier: MIT */
/* Values of single options: guest times, UUIDs, resolutions. Source: QEMU's dialect; own design. */
#include "util/options.h"

#include <stdio.h>
#include <string.h>

bool parse_time_ns(const char *text, uint64_t *ns, Error **errp)
{
    static const struct {
        const char *suffix;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9},  {"ms", 1e6},  {"us", 1e3},
                 {"ns", 1}, {"m", 60e9}, {"h", 3600e9}};
    char *end;
    double number = g_ascii_strtod(text, &end);
    for (size_t i = 0; i < G_N_ELEMENTS(units) && end != text; i++) {
        double time = number * units[i].ns;
        if (g_str_equal(end, units[i].suffix) && time >= 1 && time < 9e18) {
            *ns = (uint64_t)time;
            return true;
        }
    }
    return error_setg(errp, "expected a guest time such as 30s, 500ms, 2m");
}

bool parse_uuid(const char *text, uint8_t uuid[16], Error **errp)
{
    unsigned digits = 0;
    if (!g_uuid_string_is_valid(text)) {
        return error_setg(errp, "expected 8-4-4-4-12 hexadecimal digits");
    }
    memset(uuid, 0, 16);
    for (const char *p = text; *p; p++) {
        if (g_ascii_isxdigit(*p)) {
            uint8_t *byte = &uuid[digits++ / 2];
            *byte = (uint8_t)(*byte << 4 | g_ascii_xdigit_value(*p));
        }
    }
    return true;
}

bool parse_resolution(const char *text, uint32_t *width, uint32_t *height, uint32_t *depth,
                      Error **errp)
{
    unsigned w, h, d = 32;
    int end = 0;
    int found = sscanf(text, "%5ux%5u%nx%2u%n", &w, &h, &end, &d, &end);
    if (found < 2 || text[end] != '\0' || w < 1 || h < 1 || w > 16384 || h > 16384) {
        return error_setg(errp, "expected WIDTHxHEIGHT[xDEPTH]");
    }
    if (d != 8 && d != 15 && d != 16 && d != 32) {
        return error_setg(errp, "depth is 8, 15, 16 or 32");
    }
    *width = w;
    *height = h;
    *depth = d;
    return true;
}

bool parse_one_processor(const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"cpus", "number", "processors"}, {"maxcpus", "number", NULL}, {"sockets", "number", NULL},
        {"cores", "number", NULL},        {"threads", "number", NULL}, {0},
    };
    g_autoptr(Options) opts = options_parse(text, "cpus", descs, errp);
    for (const OptionDesc *desc = descs; opts && desc->name; desc++) {
        uint64_t number;
        if (!options_get_number(opts, desc->name, 1, &number, errp)) {
            return false;
        }
        if (number != 1) {
            return error_setg(errp, "only one processor is built yet: -smp 1");
        }
    }
    return opts != NULL;
}

static bool check_boot_letters(const char *letters, Error **errp)
{
    for (const char *p = letters; p && *p; p++) {
        if (*p < 'a' || *p > 'p') {
            return error_setg(errp, "'%c' is not a boot device: a letter from a to p", *p);
        }
        if (strchr(p + 1, *p)) {
            return error_setg(errp, "boot device '%c' was given twice", *p);
        }
    }
    return true;
}

static void set_letters(char **letters, const char *given)
{
    if (given) {
        g_free(*letters);
        *letters = g_strdup(given);
    }
}

bool parse_boot(const char *text, BootOptions *boot, Error **errp)
{
    static const OptionDesc descs[] = {
        {"order", "string", "drive letters: c disk, d CD-ROM"},
        {"once", "string", "the same, until the first reset"},
        {"menu", "bool", "taken for compatibility: the firmware has no menu"},
        {"strict", "bool", "taken for compatibility: the firmware tries nothing else anyway"},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, "order", descs, errp);
    if (!opts || !options_get_bool(opts, "menu", boot->menu, &boot->menu, errp) ||
        !options_get_bool(opts, "strict", boot->strict, &boot->strict, errp) ||
        !check_boot_letters(options_get(opts, "order"), errp) ||
        !check_boot_letters(options_get(opts, "once"), errp)) {
        return false;
    }
    set_letters(&boot->order, options_get(opts, "order"));
    set_letters(&boot->once, options_get(opts, "once"));
    return true;
}

/* Length of the name that @word gives a value with "=", or 0. */
static size_t named_length(const char *word, const char *const *names)
{
    size_t length = strcspn(word, "=");
    if (!g_str_has_prefix(word, "--") || word[length] != '=') {
        return 0;
    }
    g_autofree char *name = g_strndup(word, length);
    return g_strv_contains(names, name) ? length : 0;
}

char **split_long_options(const char *const *words, const char *const *names)
{
    GPtrArray *out = g_ptr_array_new();
    bool is_over = false;
    for (; *words; words++) {
        size_t length = is_over ? 0 : named_length(*words, names);
        is_over = is_over || g_str_equal(*words, "--");
        if (length) {
            g_ptr_array_add(out, g_strndup(*words, length));
            g_ptr_array_add(out, g_strdup(*words + length + 1));
        } else {
            g_ptr_array_add(out, g_strdup(*words));
        }
    }
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}
