/* SPDX-License-Identifier: MIT */
/*
 * Inputs: what the outside tells the guest. Any thread posts; the machine takes them at its event
 * points, stamped with that instant, in the order of posting.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/trace.h"

#include <string.h>

typedef struct PostedInput {
    char *name;
    size_t length;
    uint8_t data[];
} PostedInput;

typedef struct InputSink {
    InputHandler *handler;
    void *opaque;
} InputSink;

static void posted_free(gpointer data)
{
    PostedInput *posted = data;

    g_free(posted->name);
    g_free(posted);
}

void inputs_init(Clock *clock)
{
    InputQueue *inputs = &clock->inputs;

    g_mutex_init(&inputs->lock);
    g_cond_init(&inputs->wake);
    g_queue_init(&inputs->posted);
    inputs->handlers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void inputs_fini(Clock *clock)
{
    InputQueue *inputs = &clock->inputs;

    g_queue_clear_full(&inputs->posted, posted_free);
    g_hash_table_destroy(inputs->handlers);
    g_cond_clear(&inputs->wake);
    g_mutex_clear(&inputs->lock);
}

void input_register(Clock *clock, const char *name, InputHandler *handler, void *opaque)
{
    InputSink *sink = g_new0(InputSink, 1);

    g_assert(*name && strlen(name) <= INPUT_NAME_MAX);
    g_assert(!g_hash_table_contains(clock->inputs.handlers, name));
    *sink = (InputSink){handler, opaque};
    g_hash_table_insert(clock->inputs.handlers, g_strdup(name), sink);
}

void input_unregister(Clock *clock, const char *name)
{
    g_hash_table_remove(clock->inputs.handlers, name);
}

/* --- the queue ----------------------------------------------------------------------------------- */

void input_post(Clock *clock, const char *name, const void *data, size_t length)
{
    InputQueue *inputs = &clock->inputs;
    PostedInput *posted;

    g_assert(length <= INPUT_DATA_MAX && strlen(name) <= INPUT_NAME_MAX);
    if (g_atomic_int_get(&inputs->is_deaf)) {
        return;
    }
    posted = g_malloc(sizeof(PostedInput) + length);
    posted->name = g_strdup(name);
    posted->length = length;
    if (length) {
        memcpy(posted->data, data, length);
    }
    g_mutex_lock(&inputs->lock);
    g_queue_push_tail(&inputs->posted, posted);
    inputs->posted_bytes += length;
    g_atomic_int_inc(&inputs->length);
    g_cond_signal(&inputs->wake);
    g_mutex_unlock(&inputs->lock);
}

static PostedInput *pop_posted(InputQueue *inputs)
{
    PostedInput *posted;

    g_mutex_lock(&inputs->lock);
    posted = g_queue_pop_head(&inputs->posted);
    if (posted) {
        inputs->posted_bytes -= posted->length;
        g_atomic_int_add(&inputs->length, -1);
    }
    g_mutex_unlock(&inputs->lock);
    return posted;
}

size_t input_backlog(Clock *clock)
{
    size_t bytes;

    g_mutex_lock(&clock->inputs.lock);
    bytes = clock->inputs.posted_bytes;
    g_mutex_unlock(&clock->inputs.lock);
    return bytes;
}

bool inputs_waiting(Clock *clock) { return g_atomic_int_get(&clock->inputs.length) > 0; }

void inputs_set_deaf(Clock *clock, bool is_deaf)
{
    PostedInput *posted;

    g_atomic_int_set(&clock->inputs.is_deaf, is_deaf);
    while (is_deaf && (posted = pop_posted(&clock->inputs))) {
        posted_free(posted);
    }
}

void inputs_wake(Clock *clock)
{
    g_mutex_lock(&clock->inputs.lock);
    g_cond_signal(&clock->inputs.wake);
    g_mutex_unlock(&clock->inputs.lock);
}

WakeReason inputs_wait(Clock *clock, uint64_t duration_ns)
{
    const uint64_t longest_us = 3600 * UINT64_C(1000000);
    InputQueue *inputs = &clock->inputs;
    uint64_t duration_us = MIN(duration_ns / 1000 + 1, longest_us);
    gint64 end = g_get_monotonic_time() + (gint64)duration_us;
    bool timed_out = false;

    g_mutex_lock(&inputs->lock);
    while (!timed_out && !clock_kicked(clock) && g_queue_is_empty(&inputs->posted)) {
        timed_out = !g_cond_wait_until(&inputs->wake, &inputs->lock, end);
    }
    g_mutex_unlock(&inputs->lock);
    if (clock_kicked(clock)) {
        return WAKE_KICK;
    }
    return inputs_waiting(clock) ? WAKE_INPUT : WAKE_TIME;
}

/* --- taking -------------------------------------------------------------------------------------- */

InputStamp clock_stamp(const Clock *clock)
{
    return (InputStamp){
        .icount = clock->icount,
        .virtual_ns = clock_virtual_ns((Clock *)clock),
        .sequence = clock->inputs.sequence,
    };
}

void inputs_deliver(Clock *clock, const LogEntry *entry)
{
    const InputSink *sink = g_hash_table_lookup(clock->inputs.handlers, entry->name);

    TRACE(input_take, "%s: %zu bytes at icount %" G_GUINT64_FORMAT "%s", entry->name, entry->length,
          entry->stamp.icount, sink ? "" : ", nobody listens");
    clock->inputs.sequence = entry->stamp.sequence;
    if (!sink) {
        return; /* its device has gone since; recorded all the same, for it may have ended a warp */
    }
    clock->event_depth++;
    sink->handler(sink->opaque, entry->data, entry->length);
    clock->event_depth--;
}

static void take(Clock *clock, EntryKind kind, const char *name, const void *data, size_t length)
{
    LogEntry entry = {
        .kind = kind,
        .stamp = clock_stamp(clock),
        .data = data,
        .length = length,
    };

    entry.stamp.sequence++;
    g_strlcpy(entry.name, name, sizeof(entry.name));
    record_entry(clock, &entry);
    inputs_deliver(clock, &entry);
}

bool inputs_take_one(Clock *clock)
{
    PostedInput *posted = inputs_waiting(clock) ? pop_posted(&clock->inputs) : NULL;

    if (!posted) {
        return false;
    }
    take(clock, ENTRY_EVENT, posted->name, posted->data, posted->length);
    posted_free(posted);
    return true;
}

void input_take_now(Clock *clock, const char *name, const void *data, size_t length)
{
    bool is_asked_for = clock->is_running || clock->event_depth > 0;

    g_assert(length <= INPUT_DATA_MAX && strlen(name) <= INPUT_NAME_MAX);
    if (!clock_is_replaying(clock)) {
        take(clock, is_asked_for ? ENTRY_NOW : ENTRY_STOPPED, name, data, length);
    } else if (is_asked_for) {
        replay_take_now(clock, name, data, length);
    }
}
