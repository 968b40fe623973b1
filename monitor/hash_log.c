/* SPDX-License-Identifier: MIT */
/*
 * -hash-log: the state hash at every N instructions, in a file that two runs can be compared by.
 * -run-until: the end of a run by instruction count.
 *
 * Source: none (own design; design.md "Time"). The machine does not notice that it was looked at: no
 * event point, no input, no timer.
 */
#include "monitor/hash_log.h"

#include "util/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define DEFAULT_EVERY UINT64_C(10000000)

struct HashLog {
    MachineState *machine;
    char *path;
    FILE *file; /* NULL: none */
    uint64_t every;
    uint64_t until;
    bool has_parts;
    uint64_t last; /* icount of the last line; CLOCK_NEVER: none yet */
};

static bool open_file(HashLog *log, const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"file", "string", "where to write"},
        {"every", "number", "instructions between two hashes"},
        {"parts", "bool", "with the hash of every part of the machine"},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, "file", descs, errp);
    if (!opts || !options_get_number(opts, "every", DEFAULT_EVERY, &log->every, errp) ||
        !options_get_bool(opts, "parts", false, &log->has_parts, errp)) {
        return false;
    }
    const char *path = options_get(opts, "file");
    if (!path || log->every == 0) {
        return error_setg(errp, path ? "every: at least 1" : "the name of the file is missing");
    }
    log->path = g_strdup(path);
    log->file = fopen(path, "w");
    return log->file || error_setg_errno(errp, errno, "cannot create '%s'", path);
}

static void write_parts(const HashLog *log)
{
    g_autoptr(GString) text = g_string_new(NULL);
    machine_info_hash(log->machine, text, true);
    fputs(text->str, log->file);
}

/* A run loop may look more than once before it goes on, or stops. */
static void write_line(HashLog *log)
{
    uint64_t icount = *clock_icount(log->machine->clock);
    if (icount != log->last) {
        fprintf(log->file, "%" PRIu64 " %016" PRIx64 "\n", icount, machine_hash(log->machine));
        log->last = icount;
        if (log->has_parts) {
            write_parts(log);
        }
    }
}

/* The first look after @icount. */
static uint64_t next_look(const HashLog *log, uint64_t icount)
{
    uint64_t next = log->file ? (icount / log->every + 1) * log->every : CLOCK_NEVER;
    return icount < log->until ? MIN(next, log->until) : icount;
}

static uint64_t look(void *opaque)
{
    HashLog *log = opaque;
    uint64_t icount = *clock_icount(log->machine->clock);
    if (log->file && icount % log->every == 0) {
        write_line(log);
    }
    return next_look(log, icount);
}

HashLog *hash_log_new(MachineState *machine, const char *text, uint64_t until, Error **errp)
{
    HashLog *log = g_new0(HashLog, 1);
    log->machine = machine;
    log->until = until;
    log->last = CLOCK_NEVER;
    if (text && !open_file(log, text, errp)) {
        hash_log_free(log);
        return NULL;
    }
    clock_set_look(machine->clock, next_look(log, *clock_icount(machine->clock)), look, log);
    return log;
}

bool hash_log_is_at_end(const HashLog *log)
{
    return *clock_icount(log->machine->clock) >= log->until;
}

bool hash_log_finish(HashLog *log, Error **errp)
{
    if (!log->file) {
        return true;
    }
    write_line(log);
    bool failed = ferror(log->file) != 0;
    failed |= fclose(log->file) != 0;
    log->file = NULL;
    return !failed || error_setg(errp, "cannot write '%s'", log->path);
}

void hash_log_free(HashLog *log)
{
    if (!log) {
        return;
    }
    clock_set_look(log->machine->clock, CLOCK_NEVER, NULL, NULL);
    if (log->file) {
        fclose(log->file);
    }
    g_free(log->path);
    g_free(log);
}
