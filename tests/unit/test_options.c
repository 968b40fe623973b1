/* SPDX-License-Identifier: MIT */
/* util/options.h: QEMU's option dialect. */
#include "util/options.h"

#include <criterion/criterion.h>

static const OptionDesc descs[] = {
    {"file", "string", "path of the image"},
    {"readonly", "bool", "refuse writes"},
    {"index", "number", "position on the bus"},
    {"size", "size", NULL},
    {"notify", "bool", NULL},
    {NULL, NULL, NULL},
};

static void expect_error(const char *text, const char *implied, const char *message)
{
    g_autoptr(Error) err = NULL;
    g_autoptr(Options) opts = options_parse(text, implied, descs, &err);

    cr_assert_null(opts);
    cr_assert_str_eq(error_get_pretty(err), message);
}

Test(options, key_value_list_is_read)
{
    g_autoptr(Options) opts = options_parse("file=a b,index=3", NULL, descs, &error_abort);

    cr_assert_str_eq(options_get(opts, "file"), "a b");
    cr_assert_str_eq(options_get(opts, "index"), "3");
    cr_assert_null(options_get(opts, "size"));
}

Test(options, double_comma_is_a_comma)
{
    g_autoptr(Options)
        opts = options_parse("a,,b,,,readonly,index=1,file=,,", "file", descs, &error_abort);
    g_autoptr(Options) odd = options_parse("file=a,,,,b,,", NULL, descs, &error_abort);

    cr_assert_str_eq(options_get(opts, "file"), ",");
    cr_assert_str_eq(options_get(opts, "readonly"), "on");
    cr_assert_str_eq(options_get(odd, "file"), "a,,b,");
}

Test(options, leading_bare_value_goes_to_the_implied_key)
{
    g_autoptr(Options) opts = options_parse("x.img,readonly", "file", descs, &error_abort);
    g_autoptr(Options) named = options_parse("index=2,file=y=z", "file", descs, &error_abort);

    cr_assert_str_eq(options_get(opts, "file"), "x.img");
    cr_assert_str_eq(options_get(named, "file"), "y=z");
}

Test(options, flags_are_on_and_no_flags_off)
{
    g_autoptr(Options) opts = options_parse("noreadonly,notify", NULL, descs, &error_abort);
    g_autoptr(Options) any = options_parse("nosuch", NULL, NULL, &error_abort);
    bool value;

    cr_assert(options_get_bool(opts, "readonly", true, &value, &error_abort));
    cr_assert_not(value);
    cr_assert_str_eq(options_get(opts, "notify"), "on");
    cr_assert_str_eq(options_get(any, "nosuch"), "on");
}

Test(options, unknown_key_names_the_nearest)
{
    expect_error("fil=x", NULL, "unknown option 'fil'; did you mean 'file'?");
    expect_error("readnoly", NULL, "unknown option 'readnoly'; did you mean 'readonly'?");
    expect_error("zzzzzz=1", NULL,
                 "unknown option 'zzzzzz'; known: file, readonly, index, size, notify");
}

Test(options, values_are_checked_by_type)
{
    expect_error("readonly=maybe", NULL, "option 'readonly': expected on or off, not 'maybe'");
    expect_error("index=-1", NULL, "option 'index': expected a number from 0 to 2^64-1, not '-1'");
    expect_error("size=12Q", NULL,
                 "option 'size': unknown size suffix 'Q' in '12Q'; known: B K M G T P E");
    expect_error("index", NULL, "option 'index' needs a value: index=<number>");
    expect_error("=3", NULL, "option name missing before '=3'");
    expect_error("index=1,=3", NULL, "option name missing before '=3'");
}

Test(options, last_value_wins_and_all_are_visited)
{
    g_autoptr(Options) opts = options_parse("index=1,index=2", NULL, descs, &error_abort);
    g_autofree char *taken = NULL;

    cr_assert_str_eq(options_get(opts, "index"), "2");
    taken = options_take(opts, "index");
    cr_assert_str_eq(taken, "2");
    cr_assert_null(options_get(opts, "index"));
    cr_assert_null(options_take(opts, "index"));
}

static bool append_pair(void *opaque, const char *key, const char *value, Error **errp)
{
    g_string_append_printf(opaque, "%s:%s ", key, value);
    return !g_str_equal(key, "stop") || error_setg(errp, "stopped");
}

Test(options, foreach_keeps_the_order_and_stops)
{
    g_autoptr(Options) opts = options_parse("b=1,a=2,b=3,stop,c=4", NULL, NULL, &error_abort);
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autoptr(Error) err = NULL;

    cr_assert_not(options_foreach(opts, append_pair, seen, &err));
    cr_assert_str_eq(seen->str, "b:1 a:2 b:3 stop:on ");
}

Test(options, help_is_noticed_in_both_places)
{
    g_autoptr(Options) first = options_parse("help", "file", descs, &error_abort);
    g_autoptr(Options) later = options_parse("x,help", "file", descs, &error_abort);
    g_autoptr(Options) mark = options_parse("?", "file", descs, &error_abort);
    g_autoptr(Options) none = options_parse("x,file=help", "file", descs, &error_abort);
    g_autoptr(Options) empty = options_parse("", "file", descs, &error_abort);
    g_autofree char *text = options_help(descs);

    cr_assert(options_wants_help(first) && options_wants_help(later) && options_wants_help(mark));
    cr_assert(!options_wants_help(none) && !options_wants_help(empty));
    cr_assert_str_eq(text, "  file=<string>    path of the image\n"
                           "  readonly=<bool>  refuse writes\n"
                           "  index=<number>   position on the bus\n"
                           "  size=<size>      \n"
                           "  notify=<bool>    \n");
}

Test(options, numbers_take_three_bases)
{
    g_autoptr(Options)
        opts = options_parse("a=0x10,b=010,c=18446744073709551615,d=1x", NULL, NULL, &error_abort);
    g_autoptr(Error) err = NULL;
    uint64_t value;

    cr_assert(options_get_number(opts, "a", 0, &value, &error_abort) && value == 16);
    cr_assert(options_get_number(opts, "b", 0, &value, &error_abort) && value == 8);
    cr_assert(options_get_number(opts, "c", 0, &value, &error_abort) && value == UINT64_MAX);
    cr_assert(options_get_number(opts, "none", 7, &value, &error_abort) && value == 7);
    cr_assert_not(options_get_number(opts, "d", 0, &value, &err));
    cr_assert_str_eq(error_get_pretty(err),
                     "option 'd': expected a number from 0 to 2^64-1, not '1x'");
}

static uint64_t size_of(const char *text, uint64_t unit)
{
    uint64_t value = 0;

    return parse_size(text, unit, &value, NULL) ? value : UINT64_MAX;
}

Test(options, sizes_take_suffixes_fractions_and_a_default_unit)
{
    cr_assert_eq(size_of("512", 1 << 20), UINT64_C(512) << 20);
    cr_assert_eq(size_of("1.5G", 1), UINT64_C(3) << 29);
    cr_assert_eq(size_of("16k", 1), 16384);
    cr_assert_eq(size_of("0x10", 1), 16);
    cr_assert_eq(size_of("12B", 1 << 20), 12);
    cr_assert_eq(size_of("0.5", 1 << 20), 1 << 19);
    cr_assert_eq(size_of("2T", 1), UINT64_C(2) << 40);
}

Test(options, bad_sizes_are_refused)
{
    static const char *const bad[] = {"",  "-1",  " 1", "1.5",   "1.",     "1KB",
                                      "G", "16E", "0x", "0x1.5", "1.5.5G", "99999999999999999999",
                                      NULL};

    for (const char *const *text = bad; *text; text++) {
        cr_assert_eq(size_of(*text, 1), UINT64_MAX, "'%s' was taken", *text);
    }
}

Test(options, nearest_name_is_close_or_none)
{
    static const char *const names[] = {"mac99", "g3beige", "powermac3_1", NULL};

    cr_assert_str_eq(nearest_name("mac9", names), "mac99");
    cr_assert_str_eq(nearest_name("MAC99", names), "mac99");
    cr_assert_str_eq(nearest_name("amc99", names), "mac99");
    cr_assert_str_eq(nearest_name("powermac31", names), "powermac3_1");
    cr_assert_null(nearest_name("pc", names));
    cr_assert_null(nearest_name("", names));
    cr_assert_null(nearest_name("m", names));
}

/* --- values of single options ------------------------------------------------------------------ */

Test(options, times_take_units)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {{"30s", 30000000000}, {"500ms", 500000000}, {"2m", 120000000000},
                {"1.5", 1500000000},  {"7ns", 7},           {"1h", 3600000000000}};
    static const char *const bad[] = {"", "s", "-1s", "0", "1d", "1e40", "nan", "5 s"};
    uint64_t ns;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        cr_assert(parse_time_ns(good[i].text, &ns, &error_abort));
        cr_assert_eq(ns, good[i].ns, "%s", good[i].text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_assert_not(parse_time_ns(bad[i], &ns, NULL), "%s", bad[i]);
    }
}

Test(options, uuids_are_sixteen_bytes_in_the_order_written)
{
    uint8_t uuid[16];
    cr_assert(parse_uuid("00112233-4455-6677-8899-AABBCCDDEEFF", uuid, &error_abort));
    for (unsigned i = 0; i < 16; i++) {
        cr_assert_eq(uuid[i], i * 0x11);
    }
    cr_assert_not(parse_uuid("00112233445566778899aabbccddeeff", uuid, NULL));
    cr_assert_not(parse_uuid("", uuid, NULL));
}

Test(options, resolutions_have_a_depth_or_32_bits)
{
    static const char *const bad[] = {"",         "800",       "800x",        "0x600",  "800x600x7",
                                      "800x600x", "800x600y8", "99999x99999", "-1x600", "800 600"};
    uint32_t width, height, depth;
    cr_assert(parse_resolution("800x600", &width, &height, &depth, &error_abort));
    cr_assert(width == 800 && height == 600 && depth == 32);
    cr_assert(parse_resolution("1024x768x8", &width, &height, &depth, &error_abort));
    cr_assert(width == 1024 && height == 768 && depth == 8);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_assert_not(parse_resolution(bad[i], &width, &height, &depth, NULL), "%s", bad[i]);
    }
}

Test(options, a_long_option_may_have_its_value_behind_an_equals_sign)
{
    static const char *const names[] = {"--count", "--on", NULL};
    static const char *const words[] = {"--count=5", "--on=a=b",  "--other=1", "-append",
                                        "--",        "--count=6", "--on",      NULL};
    g_auto(GStrv) split = split_long_options(words, names);
    g_autofree char *text = g_strjoinv(" ", split);
    cr_assert_str_eq(text, "--count 5 --on a=b --other=1 -append -- --count=6 --on");
}
