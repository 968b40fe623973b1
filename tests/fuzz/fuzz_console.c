/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: lines for the console.
 *
 * Each line of an input is a command. Lines that could reach outside of the process's own empty folder
 * are left out (machine.h): `logfile x` writes there, `logfile /etc/x` is not run.
 */
#include "tests/fuzz/machine.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
    fuzz_machine_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST_LINES = 50 };
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
