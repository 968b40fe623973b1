/* SPDX-License-Identifier: MIT */
/*
 * -record: writes every input that the machine takes, with its stamp, and a state hash every 100 M
 * instructions. A write error stops the recording, not the guest.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"

#include <errno.h>
#include <string.h>

struct Recorder {
    FILE *file; /* NULL after an error */
    char *path;
    bool is_dirty;
    uint64_t next_check;
};

void record_free(Clock *clock)
{
    Recorder *record = clock->record;

    if (!record) {
        return;
    }
    clock->record = NULL;
    if (record->file) {
        fclose(record->file);
    }
    g_free(record->path);
    g_free(record);
    clock_changed(clock);
}

static void stop_recording(Recorder *record)
{
    error_report("%s: %s: recording stops here", record->path, g_strerror(errno));
    fclose(record->file);
    record->file = NULL;
}

static void write_bytes(Recorder *record, const GByteArray *bytes)
{
    record->is_dirty = true;
    if (fwrite(bytes->data, 1, bytes->len, record->file) != bytes->len) {
        stop_recording(record);
    }
}

bool clock_is_recording(const Clock *clock) { return clock->record && clock->record->file; }

void record_entry(Clock *clock, const LogEntry *entry)
{
    if (clock_is_recording(clock)) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        inputlog_put_entry(bytes, entry);
        write_bytes(clock->record, bytes);
    }
}

void record_flush(Clock *clock)
{
    if (clock_is_recording(clock) && clock->record->is_dirty) {
        clock->record->is_dirty = false;
        if (fflush(clock->record->file) != 0) {
            stop_recording(clock->record);
        }
    }
}

/* --- check points -------------------------------------------------------------------------------- */

static void put_part(void *context, const char *id, uint64_t hash)
{
    GByteArray *data = context;
    size_t length = strlen(id);

    vmstate_put_u64(data, hash);
    vmstate_put_u32(data, (uint32_t)length);
    g_byte_array_append(data, (const uint8_t *)id, (guint)length);
}

GByteArray *check_data_new(const Clock *clock, uint64_t hash)
{
    GByteArray *data = g_byte_array_new();

    vmstate_put_u64(data, hash);
    if (clock->hooks.parts) {
        clock->hooks.parts(clock->hooks.parts_opaque, put_part, data);
    }
    return data;
}

static void record_hash(Clock *clock, EntryKind kind, uint64_t hash)
{
    g_autoptr(GByteArray) data = check_data_new(clock, hash);
    LogEntry entry = {
        .kind = kind,
        .stamp = clock_stamp(clock),
        .data = data->data,
        .length = data->len,
    };

    record_entry(clock, &entry);
}

static uint64_t check_after(const Clock *clock)
{
    return (clock->icount / CLOCK_CHECK_INSNS + 1) * CLOCK_CHECK_INSNS;
}

uint64_t record_next_check(const Clock *clock)
{
    return clock_is_recording(clock) && clock->hooks.hash ? clock->record->next_check : CLOCK_NEVER;
}

void record_check(Clock *clock)
{
    if (clock->icount >= record_next_check(clock)) {
        record_hash(clock, ENTRY_CHECK, clock_state_hash(clock));
        clock->record->next_check = check_after(clock);
    }
}

/* --- begin and end ------------------------------------------------------------------------------- */

bool clock_record_start(Clock *clock, const char *path, const RecordHeader *header, Error **errp)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *config = inputlog_config(clock, header);
    LogHeader log_header = {config, header->initial_hash, clock->icount, clock_virtual_ns(clock)};
    FILE *file;

    if (clock->record || clock_is_replaying(clock)) {
        return error_setg(errp, "the machine already records or replays");
    }
    file = fopen(path, "wb");
    if (!file) {
        return error_setg_errno(errp, errno, "cannot create '%s'", path);
    }
    clock->record = g_new0(Recorder, 1);
    clock->record->file = file;
    clock->record->path = g_strdup(path);
    clock->record->next_check = check_after(clock);
    clock->inputs.sequence = 0;
    inputlog_put_header(bytes, &log_header);
    write_bytes(clock->record, bytes);
    rtc_read_host(clock);
    record_flush(clock);
    clock_changed(clock);
    return true;
}

bool clock_record_finish(Clock *clock, uint64_t final_hash, Error **errp)
{
    g_autofree char *path = NULL;
    bool is_complete;

    if (!clock->record) {
        return replay_finish(clock, final_hash, errp);
    }
    path = g_strdup(clock->record->path);
    record_hash(clock, ENTRY_END, final_hash);
    record_flush(clock);
    is_complete = clock_is_recording(clock);
    record_free(clock);
    return is_complete ? true : error_setg(errp, "%s: the recording is not complete", path);
}
