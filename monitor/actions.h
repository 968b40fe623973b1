/* SPDX-License-Identifier: MIT */
/* Between the files of console actions: posting one, carrying it out. */
#ifndef MONITOR_ACTIONS_H
#define MONITOR_ACTIONS_H

#include "monitor/internal.h"

/* Post "word\nargument..." as an input that is taken at once; false: it failed, or a replay does not
 * listen, and that was printed. Machine stopped, or a job on it. */
bool action_take(Command *command, const char *text);
/* @action with the rest of the line for its one argument; refused as @expected says if there is none. */
void action_take_rest(Command *command, const char *action, const char *expected);
/* The same while the machine runs, taken at its next event point; nothing is reported. */
void action_post(Command *command, const char *text);
/* False, and the reason printed: the machine runs, and what is changed would be gone again at once. */
bool action_check_stopped(Command *command);
/* actions_guest.c: @words as recorded. Guest's side of the input. */
bool actions_guest_carry_out(MonitorHub *hub, char **words, Error **errp);
/* devices.c: @args as recorded. */
bool action_device_add(MonitorHub *hub, char **args, Error **errp);
bool action_device_del(MonitorHub *hub, char **args, Error **errp);
bool action_balloon(MonitorHub *hub, char **args, Error **errp);
/* disks.c: the same. */
bool action_change(MonitorHub *hub, char **args, Error **errp);
bool action_eject(MonitorHub *hub, char **args, Error **errp);
/* nvram.c: the same. */
bool action_nvram_set(MonitorHub *hub, char **args, Error **errp);
bool action_nvram_reset(MonitorHub *hub, char **args, Error **errp);

#endif
