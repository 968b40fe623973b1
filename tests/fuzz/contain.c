/* SPDX-License-Identifier: MIT */
/*
 * Landlock around the fuzz targets: commands that write files are fuzzed too, and shall write here only.
 *
 * Source: Linux's Documentation/userspace-api/landlock.rst. Reading is not limited: what blocks or never
 * ends is left out by fuzz_line_is_harmless().
 */
#include "tests/fuzz/contain.h"

#include <fcntl.h>
#include <glib.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WRITING                                                                                    \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_EXECUTE)

static void allow(int ruleset, const char *folder)
{
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = WRITING & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE,
        .parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC),
    };
    if (beneath.parent_fd >= 0) {
        g_assert(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) ==
                 0);
        close(beneath.parent_fd);
    }
}

static void allow_arguments(int ruleset, int argc, char **argv)
{
    static const char prefix[] = "-artifact_prefix=";
    for (int i = 1; i < argc; i++) {
        if (g_str_has_prefix(argv[i], prefix)) {
            g_autofree char *folder = g_path_get_dirname(argv[i] + strlen(prefix));
            allow(ruleset, folder);
        } else if (*argv[i] != '-') {
            allow(ruleset, argv[i]);
        }
    }
}

bool contain(int argc, char **argv)
{
    enum { MOST_FILE = 16 << 20, FIRST_WITH_NET = 4 };
    const struct rlimit limit = {MOST_FILE, MOST_FILE};
    struct {
        uint64_t files, net;
    } handled = {WRITING, 1 /* LANDLOCK_ACCESS_NET_BIND_TCP, unknown to older headers */};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* _VERSION */);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (version < 1) {
        return false;
    }
    size_t size = version >= FIRST_WITH_NET ? sizeof(handled) : sizeof(handled.files);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    g_assert(ruleset >= 0);
    allow(ruleset, ".");
    allow_arguments(ruleset, argc, argv);
    g_assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    g_assert(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0);
    close(ruleset);
    return true;
}
