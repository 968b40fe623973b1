/* SPDX-License-Identifier: MIT */
/*
 * tests/golden/later: rows that wait for their device must still fail, and be well formed.
 * The language of the rows: tests/golden/later/README.md.
 */
#include "tests/qtest/board.h"

#include <criterion/criterion.h>

#define FOLDER SOURCE_DIR "/tests/golden/later"

TestSuite(golden_later, .timeout = 480);

typedef enum RowResult { ROW_FAILS, ROW_PASSES, ROW_NEEDS_A_BOOT } RowResult;

static const struct {
    const char *suffix;
    unsigned size;
    bool little;
} widths[] = {
    {"8", 1, false}, {"16le", 2, true}, {"16be", 2, false}, {"32le", 4, true}, {"32be", 4, false}};

static uint64_t number(const char *text, const char *where)
{
    char *end = NULL;
    uint64_t value = text ? g_ascii_strtoull(text, &end, 16) : 0;

    cr_assert(text && *text && !*end, "not a number in '%s'", where);
    return value;
}

static uint32_t swapped(uint32_t value, unsigned size)
{
    return size == 1   ? value
           : size == 2 ? __builtin_bswap16((uint16_t)value)
                       : __builtin_bswap32(value);
}

static int width_of(const char *suffix)
{
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        if (g_str_equal(suffix, widths[i].suffix)) {
            return (int)i;
        }
    }
    return -1;
}

/* Accesses may go where nothing is: today's board has no device there. */
static uint32_t load(int width, hwaddr addr)
{
    uint64_t value;

    address_space_load(address_space_memory(), addr, widths[width].size, &value);
    return widths[width].little ? swapped((uint32_t)value, widths[width].size) : (uint32_t)value;
}

static void store(int width, hwaddr addr, uint32_t value)
{
    value = widths[width].little ? swapped(value, widths[width].size) : value;
    address_space_store(address_space_memory(), addr, widths[width].size, value);
}

static bool fw_cfg_holds(char **words, const char *step)
{
    cr_assert(words[1] && words[2] && words[3] && g_str_equal(words[2], "="), "'%s'", step);
    qtest_writew(0xf0000510, (uint16_t)number(words[1], step));
    for (char **word = words + 3; *word; word++) {
        if (qtest_readb(0xf0000512) != number(*word, step)) {
            return false;
        }
    }
    return true;
}

static bool expect(char **words, unsigned at, uint32_t got, const char *step)
{
    cr_assert(words[at] && g_str_equal(words[at], "=") && words[at + 1] && !words[at + 2],
              "'%s' has no '= VALUE'", step);
    return got == number(words[at + 1], step);
}

/* One step; false if what it expects is not so. */
static bool run_step(const char *step)
{
    g_auto(GStrv) words = g_strsplit_set(step, " ", -1);

    if (g_str_equal(words[0], "wait")) {
        qtest_clock_step(number(words[1], step) * 1000);
        return true;
    }
    if (g_str_equal(words[0], "fwcfg")) {
        return fw_cfg_holds(words, step);
    }
    uint64_t first = number(words[1], step);
    if (g_str_equal(words[0], "config")) {
        unsigned reg = (unsigned)number(words[2], step);
        return expect(words, 3, board_config_read((unsigned)first, reg, 4), step);
    }
    if (g_str_equal(words[0], "configw")) {
        board_config_write((unsigned)first, (unsigned)number(words[2], step), 4,
                           (uint32_t)number(words[3], step));
        return true;
    }
    bool is_load = g_str_has_prefix(words[0], "load");
    cr_assert(is_load || g_str_has_prefix(words[0], "store"), "unknown step '%s'", step);
    int width = width_of(words[0] + (is_load ? 4 : 5));
    cr_assert_geq(width, 0, "unknown step '%s'", step);
    if (is_load) {
        return expect(words, 2, load(width, first), step);
    }
    store(width, first, (uint32_t)number(words[2], step));
    return true;
}

static RowResult run_row(const char *row)
{
    g_autofree char *text = g_strndup(row, strcspn(row, "#"));
    char *steps = strchr(text, ':');
    bool passes = true;

    cr_assert(steps && strchr(row, '#'), "'%s' is not TEXT: STEPS # source", row);
    g_strstrip(++steps);
    if (g_str_has_prefix(steps, "boot")) {
        return ROW_NEEDS_A_BOOT;
    }
    machine_reset(machine_get());
    board_map_macio();
    g_auto(GStrv) list = g_strsplit(steps, ";", -1);
    for (char **step = list; *step; step++) {
        passes &= run_step(g_strstrip(*step));
    }
    return passes ? ROW_PASSES : ROW_FAILS;
}

static unsigned check_file(const char *name)
{
    g_autofree char *path = g_build_filename(FOLDER, name, NULL), *contents = NULL;
    g_autofree char *type = g_strndup(name, strlen(name) - strlen(".txt"));
    unsigned rows = 0;

    cr_assert_null(object_class_by_name(type), "%s exists now: its rows belong into its tests",
                   type);
    cr_assert(g_file_get_contents(path, &contents, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(contents, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line && **line != '#') {
            cr_assert_neq(run_row(*line), ROW_PASSES, "%s: passes already: %s", name, *line);
            rows++;
        }
    }
    return rows;
}

Test(golden_later, no_listed_row_passes_yet)
{
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    const char *name;

    board_start("cuda");
    cr_assert_not_null(folder);
    while ((name = g_dir_read_name(folder))) {
        if (g_str_has_suffix(name, ".txt")) {
            cr_assert_gt(check_file(name), 0, "%s has no rows", name);
        }
    }
    g_dir_close(folder);
}

/* The runner tells passing from failing: rows of devices that are there. */
Test(golden_later, rows_of_todays_devices_pass)
{
    board_start("cuda");
    cr_assert_eq(run_row("FRR: load32be 80041000 = 2003f00 # B"), ROW_PASSES);
    cr_assert_eq(run_row("FRR: load32le 80041000 = 3f0002; load32le 800410f0 = 3f7a00 # B"),
                 ROW_PASSES);
    cr_assert_eq(run_row("bridge: config 0b 00 = 001f106b # B"), ROW_PASSES);
    cr_assert_eq(run_row("BAR: configw 0c 10 ffffffff; config 0c 10 = fff80000 # A.2"), ROW_PASSES);
    cr_assert_eq(run_row("signature: fwcfg 0 = 51 45 4d 55 # B"), ROW_PASSES);
    cr_assert_eq(run_row("address: store32le f2800000 800; load16be f2c00000 = 6b10 # B"),
                 ROW_PASSES);
    cr_assert_eq(run_row("NVRAM: load8 fff04002 = d9; load16le fff04000 = 7070 # B"), ROW_PASSES);
    cr_assert_eq(run_row("timer: wait 1000; load32le 80015038 = 4800 # 5.5"), ROW_FAILS);
    cr_assert_eq(run_row("FRR: load32be 80041000 = 2003f01 # B"), ROW_FAILS);
    cr_assert_eq(run_row("needs Linux: boot linux: \"x\" # A.7"), ROW_NEEDS_A_BOOT);
}
