/* SPDX-License-Identifier: MIT */
/* The log of a session: -record, -replay. */
#ifndef MONITOR_SESSION_LOG_H
#define MONITOR_SESSION_LOG_H

#include "monitor/session.h"

/* After machine_init(), before the machine runs. */
bool session_log_start(MachineState *machine, const SessionConfig *config, Error **errp);
/* The machine is stopped. False: the log is not complete, or the replay differed. */
bool session_log_finish(MachineState *machine, const SessionConfig *config, Error **errp);

#endif
