/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: lines for the console.
 *
 * Each line of an input is a command. `memsave 0 4 x` writes into the process's own empty folder, `memsave
 * 0 4 /etc/x` is refused by the kernel (contain.h).
 */
#include "tests/fuzz/machine.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_machine_init(*argc, *argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST_LINES = 30 };
    FuzzMachine *fuzz = fuzz_machine_begin();
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", MOST_LINES);
    for (char **line = lines; *line; line++) {
        if (fuzz_line_is_harmless(*line)) {
            g_free(monitor_execute(fuzz->hub, g_strstrip(*line)));
            fuzz_machine_turn();
        }
    }
    fuzz_machine_end(fuzz);
    return 0;
}
