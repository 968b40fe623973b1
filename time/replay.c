/* SPDX-License-Identifier: MIT */
/*
 * -replay: feeds the recorded inputs at their stamps, instead of live ones, and compares the hashes.
 * The first difference, or the log's end, ends the replay: the machine is told and kicked.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/bits.h"

#include <errno.h>
#include <string.h>

struct Replayer {
    FILE *file;
    char *path;
    LogEntry next;
    uint8_t *body; /* holds next.data */
    Error *broken; /* nothing comes after what was read so far */
    uint64_t sequence;
    bool is_over;
    char *difference; /* NULL: none seen */
};

#define ICOUNT G_GUINT64_FORMAT

static void replayer_free(Replayer *replay)
{
    fclose(replay->file);
    g_free(replay->path);
    g_free(replay->body);
    g_free(replay->difference);
    error_free(replay->broken);
    g_free(replay);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Replayer, replayer_free)

void replay_free(Clock *clock)
{
    if (clock->replay) {
        replayer_free(clock->replay);
        clock->replay = NULL;
    }
}

bool clock_is_replaying(const Clock *clock) { return clock->replay && !clock->replay->is_over; }

const LogEntry *replay_next(const Clock *clock)
{
    return clock_is_replaying(clock) && !clock->replay->broken ? &clock->replay->next : NULL;
}

/* --- the end ------------------------------------------------------------------------------------- */

static void end_replay(Clock *clock, const char *message, bool ok)
{
    clock->replay->is_over = true;
    clock->replay->difference = ok ? NULL : g_strdup(message);
    inputs_set_deaf(clock, false);
    steer_forget(clock);
    clock_changed(clock);
    if (clock->hooks.replay_end) {
        clock->hooks.replay_end(clock->hooks.replay_end_opaque, message, ok);
    } else if (!ok) {
        error_report("%s", message);
    }
    clock_kick(clock);
}

static void G_GNUC_PRINTF(2, 3) replay_fail(Clock *clock, const char *format, ...)
{
    g_autofree char *what = NULL;
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    message = g_strdup_printf("%s: replay stops at icount %" ICOUNT ": %s", clock->replay->path,
                              clock->icount, what);
    end_replay(clock, message, false);
}

void clock_replay_refuse(Clock *clock, const char *what)
{
    if (clock_is_replaying(clock)) {
        replay_fail(clock, "%s", what);
    }
}

/* --- hashes -------------------------------------------------------------------------------------- */

static bool read_part(VMStateReader *in, char **id, uint64_t *hash)
{
    uint32_t length;

    if (!vmstate_read_u64(in, hash, NULL) || !vmstate_read_u32(in, &length, NULL) ||
        length > in->length - in->pos) {
        return false;
    }
    *id = g_strndup((const char *)in->data + in->pos, length);
    in->pos += length;
    return true;
}

/* The first part whose hash differs, or NULL if that cannot be told. */
static char *differing_part(const GByteArray *ours, const LogEntry *entry)
{
    VMStateReader a = {.data = ours->data, .length = ours->len, .pos = sizeof(uint64_t)};
    VMStateReader b = {.data = entry->data, .length = entry->length, .pos = sizeof(uint64_t)};

    for (;;) {
        g_autofree char *id = NULL;
        g_autofree char *other_id = NULL;
        uint64_t hash, other_hash;

        if (!read_part(&a, &id, &hash) || !read_part(&b, &other_id, &other_hash)) {
            return NULL;
        }
        if (hash != other_hash || !g_str_equal(id, other_id)) {
            return g_steal_pointer(&id);
        }
    }
}

/* NULL if this state's @hash is the one of @entry, else what differs. A hash of 0 was not known. */
static char *compare_hash(const Clock *clock, const LogEntry *entry, uint64_t hash)
{
    uint64_t recorded = entry->length >= sizeof(recorded) ? ldq_be_p(entry->data) : 0;
    g_autoptr(GByteArray) ours = NULL;
    g_autofree char *part = NULL;

    if (!hash || !recorded || hash == recorded) {
        return NULL;
    }
    ours = check_data_new(clock, hash);
    part = differing_part(ours, entry);
    return g_strdup_printf("the state differs%s%s (hash %016" G_GINT64_MODIFIER
                           "x, recorded %016" G_GINT64_MODIFIER "x)",
                           part ? " in " : "", part ? part : "", hash, recorded);
}

/* --- reading ------------------------------------------------------------------------------------- */

static bool is_input(const LogEntry *entry)
{
    return entry->kind != ENTRY_CHECK && entry->kind != ENTRY_END;
}

static bool is_now(const Clock *clock, const LogEntry *entry)
{
    return entry->stamp.icount == clock->icount &&
           entry->stamp.virtual_ns == clock_virtual_ns((Clock *)clock);
}

/* Read the next entry. */
static void advance(Clock *clock)
{
    Replayer *replay = clock->replay;
    InputStamp last = replay->next.stamp;

    g_clear_pointer(&replay->body, g_free);
    clock_changed(clock);
    if (!inputlog_get_entry(replay->file, &replay->next, &replay->body, &replay->broken)) {
        return;
    }
    replay->sequence += is_input(&replay->next);
    if (replay->next.stamp.icount < last.icount ||
        replay->next.stamp.virtual_ns < last.virtual_ns ||
        replay->next.stamp.sequence != replay->sequence) {
        error_setg(&replay->broken, "the log is out of order");
    }
}

/* Hand the next entry to its sink; what follows it is read first, for sinks may ask for more. */
static void deliver_next(Clock *clock)
{
    LogEntry entry = clock->replay->next;
    g_autofree uint8_t *body = g_steal_pointer(&clock->replay->body);

    advance(clock);
    inputs_deliver(clock, &entry);
}

static void report_broken(Clock *clock)
{
    if (clock_is_replaying(clock) && clock->replay->broken) {
        replay_fail(clock, "%s", error_get_pretty(clock->replay->broken));
    }
}

static bool has_missed_next(Clock *clock)
{
    const LogEntry *next = replay_next(clock);

    if (!next || next->stamp.icount > clock->icount ||
        (next->stamp.icount == clock->icount &&
         next->stamp.virtual_ns >= clock_virtual_ns(clock))) {
        return false;
    }
    replay_fail(clock, "the guest did not take %s%s%s of icount %" ICOUNT " as recorded",
                is_input(next) ? "input '" : "the hash", next->name, is_input(next) ? "'" : "",
                next->stamp.icount);
    return true;
}

void replay_service(Clock *clock)
{
    const LogEntry *next;

    report_broken(clock);
    while (!has_missed_next(clock) && (next = replay_next(clock)) && next->kind == ENTRY_CHECK &&
           is_now(clock, next)) {
        g_autofree char *difference = compare_hash(clock, next, clock_state_hash(clock));
        if (difference) {
            replay_fail(clock, "%s", difference);
            return;
        }
        advance(clock);
        report_broken(clock);
    }
}

bool replay_take_one(Clock *clock)
{
    const LogEntry *next = replay_next(clock);

    if (!next || next->kind != ENTRY_EVENT || !is_now(clock, next)) {
        return false;
    }
    deliver_next(clock);
    report_broken(clock);
    return true;
}

void replay_take_now(Clock *clock, const char *name, const void *data, size_t length)
{
    const LogEntry *next = replay_next(clock);
    LogEntry live = {
        .kind = ENTRY_NOW, .stamp = clock_stamp(clock), .data = data, .length = length};

    if (next && next->kind == ENTRY_NOW && is_now(clock, next) && g_str_equal(next->name, name)) {
        deliver_next(clock);
        return;
    }
    if (next) {
        replay_fail(clock,
                    "the guest asks for input '%s', the log goes on with '%s' at icount %" ICOUNT,
                    name, next->name, next->stamp.icount);
    }
    report_broken(clock);
    g_strlcpy(live.name, name, sizeof(live.name));
    inputs_deliver(clock, &live); /* the machine is about to stop, but not in half an instruction */
}

/* --- stops and naps ------------------------------------------------------------------------------ */

uint64_t replay_deadline(const Clock *clock)
{
    const LogEntry *next = replay_next(clock);

    if (!next) {
        return clock_is_replaying(clock) ? 0 : CLOCK_NEVER;
    }
    return next->kind == ENTRY_EVENT || next->kind == ENTRY_CHECK ? next->stamp.icount
                                                                  : CLOCK_NEVER;
}

/* A stop at the present icount but later in virtual time lies behind a nap. */
uint64_t replay_stop_icount(const Clock *clock)
{
    const LogEntry *next = replay_next(clock);

    if (!next || (next->kind != ENTRY_STOPPED && next->kind != ENTRY_END) ||
        (next->stamp.icount == clock->icount &&
         next->stamp.virtual_ns > clock_virtual_ns((Clock *)clock))) {
        return CLOCK_NEVER;
    }
    return next->stamp.icount;
}

static void end_mark_reached(Clock *clock, uint64_t hash)
{
    g_autofree char *difference = compare_hash(clock, replay_next(clock), hash);

    if (difference) {
        replay_fail(clock, "%s", difference);
    } else {
        g_autofree char *message = g_strdup_printf("%s: replay ends at icount %" ICOUNT
                                                   " as recorded",
                                                   clock->replay->path, clock->icount);
        end_replay(clock, message, true);
    }
}

bool replay_stop_reached(Clock *clock)
{
    const LogEntry *next;

    if (!clock_is_replaying(clock)) {
        return true;
    }
    while ((next = replay_next(clock)) && next->kind == ENTRY_STOPPED && is_now(clock, next)) {
        deliver_next(clock);
    }
    report_broken(clock);
    next = replay_next(clock);
    if (next && next->kind == ENTRY_END && is_now(clock, next)) {
        end_mark_reached(clock, clock_state_hash(clock));
    } else {
        has_missed_next(clock);
    }
    return clock_is_replaying(clock);
}

bool replay_warp(Clock *clock, uint64_t timer_ns)
{
    const LogEntry *next = replay_next(clock);
    uint64_t limit = timer_ns;

    if (next && next->stamp.icount == clock->icount) {
        limit = MIN(limit, next->stamp.virtual_ns);
    }
    if (limit == CLOCK_NEVER && next) {
        replay_fail(clock, "the guest sleeps for ever, the log goes on at icount %" ICOUNT,
                    next->stamp.icount);
        return false;
    }
    if (next && limit > clock_virtual_ns(clock)) {
        clock_advance_to(clock, limit);
    }
    return true;
}

/* --- begin and end ------------------------------------------------------------------------------- */

/* Names the first word that differs. */
static bool same_config(const char *recorded, const char *ours, Error **errp)
{
    g_auto(GStrv) was = g_strsplit(recorded, " ", -1);
    g_auto(GStrv) is = g_strsplit(ours, " ", -1);
    size_t i = 0;

    if (g_str_equal(recorded, ours)) {
        return true;
    }
    while (was[i] && is[i] && g_str_equal(was[i], is[i])) {
        i++;
    }
    return error_setg(errp, "recorded with '%s', this run has '%s'", was[i] ? was[i] : "",
                      is[i] ? is[i] : "");
}

static bool same_start(Clock *clock, const LogHeader *log, const RecordHeader *ours, Error **errp)
{
    g_autofree char *config = inputlog_config(clock, ours);

    if (!same_config(log->config, config, errp)) {
        return false;
    }
    if (log->initial_hash != ours->initial_hash) {
        return error_setg(errp,
                          "recorded from another initial state (hash %016" G_GINT64_MODIFIER
                          "x, this run %016" G_GINT64_MODIFIER "x)",
                          log->initial_hash, ours->initial_hash);
    }
    if (log->icount != clock->icount || log->virtual_ns != clock_virtual_ns(clock)) {
        return error_setg(errp, "recorded from icount %" ICOUNT, log->icount);
    }
    return true;
}

/* The base of the RTC is needed before anything runs. */
static bool take_rtc_base(Clock *clock, Error **errp)
{
    const LogEntry *next;

    if (!rtc_is_host(clock)) {
        return true;
    }
    next = replay_next(clock);
    if (!next || next->kind != ENTRY_STOPPED || !g_str_equal(next->name, RTC_INPUT_NAME)) {
        return error_setg(errp, "the log does not begin with the time of day");
    }
    deliver_next(clock);
    return true;
}

static Replayer *open_log(const char *path, LogHeader *header, Error **errp)
{
    g_autoptr(Replayer) replay = NULL;
    FILE *file = fopen(path, "rb");

    if (!file) {
        error_setg_errno(errp, errno, "cannot open '%s'", path);
        return NULL;
    }
    replay = g_new0(Replayer, 1);
    replay->file = file;
    replay->path = g_strdup(path);
    if (!inputlog_get_header(file, header, errp)) {
        error_prepend(errp, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&replay);
}

bool clock_replay_start(Clock *clock, const char *path, const RecordHeader *header, Error **errp)
{
    LogHeader log = {.config = NULL};
    bool ok;

    if (clock->record || clock_is_replaying(clock)) {
        return error_setg(errp, "the machine already records or replays");
    }
    replay_free(clock);
    clock->replay = open_log(path, &log, errp);
    if (!clock->replay) {
        return false;
    }
    ok = same_start(clock, &log, header, errp);
    g_free(log.config);
    if (ok) {
        inputs_set_deaf(clock, true);
        advance(clock);
        ok = clock->replay->broken ? error_setg(errp, "%s", error_get_pretty(clock->replay->broken))
                                   : take_rtc_base(clock, errp);
    }
    if (!ok) {
        error_prepend(errp, "%s: ", path);
        inputs_set_deaf(clock, false);
        replay_free(clock);
    }
    return ok;
}

bool replay_finish(Clock *clock, uint64_t final_hash, Error **errp)
{
    const LogEntry *next = replay_next(clock);

    if (!clock->replay) {
        return true;
    }
    if (next && next->kind == ENTRY_END && is_now(clock, next)) {
        end_mark_reached(clock, final_hash);
    }
    if (!clock->replay->is_over) {
        return error_setg(errp, "%s: replay left at icount %" ICOUNT ", the log goes on",
                          clock->replay->path, clock->icount);
    }
    return clock->replay->difference ? error_setg(errp, "%s", clock->replay->difference) : true;
}
