/* SPDX-License-Identifier: MIT */
/* Files for the tests of debug/: a folder of their own, programs built by the PowerPC compiler. */
#ifndef TESTS_UNIT_SYMBOL_FILES_H
#define TESTS_UNIT_SYMBOL_FILES_H

#include "debug/symbols.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static char *folder;

static inline void make_folder(void)
{
    folder = g_dir_make_tmp("core99-symbols-XXXXXX", NULL);
    cr_assert_not_null(folder);
}

static inline void remove_folder(void)
{
    const char *name;
    GDir *dir = g_dir_open(folder, 0, NULL);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
}

/* Free with g_free(). */
static inline char *write_file(const char *name, const void *data, size_t size)
{
    char *path = g_build_filename(folder, name, NULL);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    return path;
}

/* Output of a shell command in the folder; it must succeed. Free with g_free(). */
static inline char *run_command(const char *command)
{
    int status = -1;
    char *out = NULL;
    char *argv[] = {"/bin/sh", "-c", (char *)command, NULL};
    cr_assert(g_spawn_sync(folder, argv, NULL, 0, NULL, NULL, &out, NULL, &status, NULL));
    cr_assert_eq(status, 0, "%s", command);
    return out;
}

static inline void need_program(const char *name)
{
    g_autofree char *path = g_find_program_in_path(name);
    if (!path) {
        cr_skip_test("%s is not installed", name);
    }
}

/* The lines matter: the tests name them. */
static const char program_c[] = "#include \"program.h\"\n"            /* 1 */
                                "\n"                                  /* 2 */
                                "int table[4] = {1, 2, 3, 4};\n"      /* 3 */
                                "\n"                                  /* 4 */
                                "static int twice(int x)\n"           /* 5 */
                                "{\n"                                 /* 6 */
                                "    return x + x;\n"                 /* 7 */
                                "}\n"                                 /* 8 */
                                "\n"                                  /* 9 */
                                "int sum(int n)\n"                    /* 10 */
                                "{\n"                                 /* 11 */
                                "    int s = 0;\n"                    /* 12 */
                                "    for (int i = 0; i < n; i++) {\n" /* 13 */
                                "        s += twice(table[i & 3]);\n" /* 14 */
                                "    }\n"                             /* 15 */
                                "    return bias(s);\n"               /* 16 */
                                "}\n"                                 /* 17 */
                                "\n"                                  /* 18 */
                                "void _start(void)\n"                 /* 19 */
                                "{\n"                                 /* 20 */
                                "    table[0] = sum(9);\n"            /* 21 */
                                "    for (;;) {\n"                    /* 22 */
                                "    }\n"                             /* 23 */
                                "}\n";                                /* 24 */
static const char program_h[] =
    "__attribute__((always_inline)) static inline int bias(int x)\n" /* 1 */
    "{\n"                                                            /* 2 */
    "    return x + 7;\n"                                            /* 3 */
    "}\n";                                                           /* 4 */

/* program.elf, with @flags; text at 0x1000, data at 0x8000. Free with g_free(). */
static inline char *build_program(const char *flags)
{
    need_program("powerpc-linux-gnu-gcc");
    g_free(write_file("program.c", program_c, strlen(program_c)));
    g_free(write_file("program.h", program_h, strlen(program_h)));
    g_autofree char *command = g_strdup_printf(
        "powerpc-linux-gnu-gcc -nostdlib -static -fno-pie -no-pie -ffreestanding -mcpu=7400 %s "
        "-Wl,--build-id=none,-Ttext=0x1000,-Tdata=0x8000 -o program.elf program.c 2>&1",
        flags);
    g_free(run_command(command));
    return g_build_filename(folder, "program.elf", NULL);
}

/* A set with the one file @path in it, which must be good. */
static inline DebugSymbols *load_symbols(const char *path)
{
    DebugSymbols *symbols = debug_symbols_new();
    size_t count;
    cr_assert(debug_symbols_load(symbols, path, 0, (SymbolSpace){0}, &count, &error_abort));
    return symbols;
}

/* The file is refused with one line that holds @why. */
static inline void refuses_file(const char *path, const char *why)
{
    DebugSymbols *symbols = debug_symbols_new();
    Error *err = NULL;
    size_t count;
    cr_assert_not(debug_symbols_load(symbols, path, 0, (SymbolSpace){0}, &count, &err));
    cr_assert(strstr(error_get_pretty(err), why), "%s, not %s", error_get_pretty(err), why);
    cr_assert_null(strchr(error_get_pretty(err), '\n'));
    error_free(err);
    debug_symbols_free(symbols);
}

/* @size bytes at @data load or are refused in one line; whatever they hold, every lookup comes back. */
static inline void survives(const void *data, size_t size)
{
    g_autofree char *path = write_file("damaged", data, size);
    DebugSymbols *symbols = debug_symbols_new();
    Error *err = NULL;
    size_t count = 0;
    if (debug_symbols_load(symbols, path, 0, (SymbolSpace){0}, &count, &err)) {
        SourceLine line;
        Symbol symbol;
        uint64_t addr;
        g_auto(GStrv) names = debug_symbols_complete(symbols, "", 5);
        g_free(debug_symbols_describe(symbols, NULL, 0x1010));
        debug_symbols_find(symbols, NULL, "sum", &symbol);
        debug_symbols_line_at(symbols, NULL, 0x1010, &line);
        debug_symbols_line_address(symbols, "program.c", 12, &addr);
    } else {
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
        error_free(err);
    }
    debug_symbols_free(symbols);
}

/* Every length of @data up to @all, then every @step bytes; @seeds times a few bytes changed. */
static inline void survives_damage(const uint8_t *data, size_t size, size_t all, unsigned seeds)
{
    g_autofree uint8_t *copy = g_malloc(size + 1);
    for (size_t length = 0; length < size; length += length < all ? 1 : 97) {
        survives(data, length);
    }
    for (unsigned seed = 0; seed < seeds; seed++) {
        g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
        memcpy(copy, data, size);
        int flips = g_rand_int_range(chance, 1, 17);
        for (int i = 0; i < flips; i++) {
            size_t where = g_rand_int(chance) % size;
            if (seed % 2) { /* mostly the headers */
                where %= MIN(size, 512);
            }
            copy[where] = (uint8_t)g_rand_int(chance);
        }
        survives(copy, size);
    }
}

#endif
