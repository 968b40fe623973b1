/* SPDX-License-Identifier: MIT */
/*
 * SIGBUS in guest RAM: somebody cut the backing file short, or its file system lost it. Nothing can
 * go on from there: say which block and file, once, and end.
 *
 * The signal is raised by our own load or store of guest RAM, never in the allocator or in GLib:
 * walking our structures is safe. Source: sigaction(2), signal-safety(7).
 */
#include "memory/internal.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        return; /* nobody left to tell */
    }
}

static void on_sigbus(int signal_number, siginfo_t *info, G_GNUC_UNUSED void *context)
{
    RAMBlock *block = ram_block_from_host(memory_core(), info->si_addr);
    if (!block) {
        signal(signal_number, SIG_DFL); /* not guest RAM: fault again and die of it */
        return;
    }
    put("core99: the memory behind guest RAM '");
    put(block->idstr[0] ? block->idstr : block->mr->name);
    put("' is gone");
    if (block->path) {
        put(": backing file ");
        put(block->path);
        put(" was truncated or lost");
    }
    put("\n");
    _exit(1); /* lint: allow _exit: a signal handler, and nothing can go on */
}

void memory_install_sigbus(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESETHAND};
    action.sa_sigaction = on_sigbus;
    memory_core(); /* made now, not in the handler */
    sigaction(SIGBUS, &action, NULL);
}
