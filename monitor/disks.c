/* SPDX-License-Identifier: MIT */
/* info block, info blockstats, commit, change, eject. Source: names and arguments as in QEMU's console. */
#include "block/drive.h"
#include "monitor/actions.h"

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

/* --- media: what the user does is an input ------------------------------------------------------------ */

/* [-f] WORD...: at most @most words behind it. NULL: it has been refused with @expected. */
static char **media_words(Command *command, bool *force, unsigned most, const char *expected)
{
    char **words = NULL;
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    if (*command->args && !strchr(command->args, '\n')) {
        g_shell_parse_argv(command->args, NULL, &words, NULL);
    }
    for (char **word = words; word && *word; word++) {
        if (g_str_equal(*word, "-f")) {
            *force = true;
        } else {
            g_ptr_array_add(kept, g_strdup(*word));
        }
    }
    g_strfreev(words);
    g_ptr_array_add(kept, NULL);
    words = (char **)g_ptr_array_steal(kept, NULL);
    if (!words[0] || g_strv_length(words) > most) {
        g_clear_pointer(&words, g_strfreev);
        command_refuse(command, expected);
    }
    return words;
}

/* args[0]: the drive; args[1]: the image; args[2]: force, mode, format */
bool action_change(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    g_auto(GStrv) rest = g_strsplit(args[2], " ", 3);
    if (g_strv_length(rest) != 3) {
        return error_setg(errp, "this action is not well-formed");
    }
    BlockChange change = {.device = args[0],
                          .file = args[1],
                          .format = *rest[2] ? rest[2] : NULL,
                          .mode = rest[1],
                          .force = g_str_equal(rest[0], "force")};
    return block_change(&change, errp);
}

void command_change(Command *command)
{
    bool force = false;
    g_auto(GStrv) words = media_words(command, &force, 4,
                                      "expected: change DRIVE [-f] FILE [FORMAT [read-only-mode]]");
    if (!words) {
        return;
    }
    if (!words[1]) {
        command_refuse(command, "expected: change DRIVE [-f] FILE [FORMAT [read-only-mode]]");
        return;
    }
    const char *format = words[2] ? words[2] : "";
    const char *mode = words[2] && words[3] ? words[3] : "retain";
    g_autofree char *text = g_strdup_printf("change\n%s\n%s\n%s %s %s", words[0], words[1],
                                            force ? "force" : "ask", mode, format);
    action_take(command, text);
}

/* args[0]: the drive; args[1]: force */
bool action_eject(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return block_eject(args[0], g_str_equal(args[1], "force"), errp);
}

void command_eject(Command *command)
{
    bool force = false;
    g_auto(GStrv) words = media_words(command, &force, 1, "expected: eject [-f] DRIVE");
    if (words) {
        g_autofree char *text = g_strdup_printf("eject\n%s\n%s", words[0], force ? "force" : "ask");
        action_take(command, text);
    }
}
