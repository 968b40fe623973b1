/* SPDX-License-Identifier: MIT */
/* Built without libedit: terminals have the plain editor too. */
#include "monitor/line.h"
#include "monitor/monitor.h"

LineEditor *line_terminal_new(G_GNUC_UNUSED const LineUser *user,
                              G_GNUC_UNUSED const ChardevTerminal *terminal,
                              G_GNUC_UNUSED const char *history)
{
    return NULL;
}

void line_terminal_resize(G_GNUC_UNUSED LineEditor *editor,
                          G_GNUC_UNUSED const ChardevTerminal *terminal)
{
}

const char *monitor_line_library(void) { return NULL; }
