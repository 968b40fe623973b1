/* SPDX-License-Identifier: MIT */
/* info block, info blockstats, commit. Source: names as in QEMU's console. */
#include "block/drive.h"
#include "monitor/internal.h"

#include <string.h>

void info_block(Command *command)
{
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", -1);
    BlockInfo what = {NULL, false, false};
    Error *err = NULL;
    for (size_t n = 0; words[n]; n++) {
        if (g_str_equal(words[n], "-v")) {
            what.is_verbose = true;
        } else if (g_str_equal(words[n], "-n")) {
            what.nodes = true;
        } else if (*words[n]) {
            what.name = words[n];
        }
    }
    if (!block_info(&what, command->out, &err)) {
        command_fail(command, err);
    }
}

void info_blockstats(Command *command) { block_info_stats(command->out); }

/* No change that a guest could see: its contents stay what they are. */
void command_commit(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        command_refuse(command, "commit DRIVE, or commit all");
    } else if (!block_commit(command->args, &err)) {
        command_fail(command, err);
    }
}
