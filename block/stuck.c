/* SPDX-License-Identifier: MIT */
/*
 * Whom the host keeps waiting: one note of what the token holder asks of the host now, since when, and for which drive,
 * so that another thread can say what holds the machine up, and what is lost if the program does not wait for it.
 *
 * Source: none (own design).
 */
#include "block/drive.h"
#include "block/internal.h"

void block_wait_begin(BlockCore *core, const char *drive, unsigned requests)
{
    BlockWait *wait = &core->wait;
    g_mutex_lock(&wait->lock);
    if (wait->depth++ == 0) {
        g_strlcpy(wait->drive, drive, sizeof(wait->drive));
        wait->requests = requests;
        wait->since_us = g_get_monotonic_time();
    }
    g_mutex_unlock(&wait->lock);
}

void block_wait_end(BlockCore *core)
{
    BlockWait *wait = &core->wait;
    g_mutex_lock(&wait->lock);
    g_assert(wait->depth);
    wait->depth--;
    g_mutex_unlock(&wait->lock);
}

bool block_is_stuck(BlockCore *core, unsigned ms, BlockStuck *stuck)
{
    BlockWait *wait = &core->wait;
    g_mutex_lock(&wait->lock);
    gint64 waited_us = g_get_monotonic_time() - wait->since_us;
    bool is_stuck = wait->depth && waited_us >= (gint64)ms * G_TIME_SPAN_MILLISECOND;
    if (is_stuck) {
        *stuck = (BlockStuck){.requests = wait->requests,
                              .seconds = (unsigned)(waited_us / G_TIME_SPAN_SECOND)};
        g_strlcpy(stuck->drive, wait->drive, sizeof(stuck->drive));
    }
    g_mutex_unlock(&wait->lock);
    return is_stuck;
}
