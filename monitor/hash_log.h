/* SPDX-License-Identifier: MIT */
/* -hash-log and -run-until: looks at the machine's state at exact instruction counts. */
#ifndef MONITOR_HASH_LOG_H
#define MONITOR_HASH_LOG_H

#include "hw/core/machine.h"

typedef struct HashLog HashLog;

/*
 * @text: "FILE[,every=N][,parts=on]"; a line "icount hash" for each multiple of N (default 10,000,000),
 * with parts=on followed by the hash of each part. NULL: no file. @until: the machine stops at that
 * icount (MACHINE_EVENT_BREAK); CLOCK_NEVER: no such end.
 */
HashLog *hash_log_new(MachineState *machine, const char *text, uint64_t until, Error **errp);
/* Token holder, at the end of the run: the line of the last state; closes the file. */
bool hash_log_finish(HashLog *log, Error **errp);
/* True once the machine stopped for @until. Token holder. */
bool hash_log_is_at_end(const HashLog *log);
/* NULL is allowed. */
void hash_log_free(HashLog *log);

#endif
