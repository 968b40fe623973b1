/* SPDX-License-Identifier: MIT */
/*
 * The output ring of a chardev: filled by whoever writes, drained by the main thread.
 *
 * Lines out: chardev_core()->congested, by which the machine pauses.
 */
#include "chardev/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One dispatch of the main loop drains this much at most; windows want their turn too. */
#define CHUNKS_PER_DISPATCH 4

typedef struct WorkSource {
    GSource source;
    Chardev *chr;
} WorkSource;

static size_t ring_used(const OutputRing *ring) { return ring->head - ring->tail; }

static size_t ring_room(const OutputRing *ring) { return CHARDEV_RING_SIZE - ring_used(ring); }

/* True if the last congested ring has room again. Under the ring's lock. */
static bool update_congestion(Chardev *chr)
{
    OutputRing *ring = &chr->ring;
    bool is_congested = ring_room(ring) < CHARDEV_HEADROOM;

    if (is_congested == ring->is_congested) {
        return false;
    }
    ring->is_congested = is_congested;
    return g_atomic_int_add(&chr->core->congested, is_congested ? 1 : -1) == 1 && !is_congested;
}

static void headroom_came_back(ChardevCore *core)
{
    if (core->headroom_hook) {
        core->headroom_hook(core->headroom_opaque);
    }
}

bool chardev_has_headroom(const ChardevCore *core)
{
    return g_atomic_int_get(&core->congested) == 0;
}

/* --- writing ------------------------------------------------------------------------------------- */

static void ring_put(OutputRing *ring, const uint8_t *data, size_t length)
{
    size_t at = ring->head % CHARDEV_RING_SIZE;
    size_t first = MIN(length, CHARDEV_RING_SIZE - at);

    memcpy(ring->data + at, data, first);
    memcpy(ring->data, data + first, length - first);
    ring->head += length;
}

size_t chardev_write(Chardev *port, const void *data, size_t length)
{
    size_t taken = length;
    bool is_open;

    if (!port || !length) {
        return length;
    }
    g_mutex_lock(&port->ring.lock);
    is_open = port->ring.is_open;
    if (is_open) {
        taken = MIN(length, ring_room(&port->ring));
        ring_put(&port->ring, data, taken);
        update_congestion(port);
    }
    g_mutex_unlock(&port->ring.lock);
    if (port->tap) {
        port->tap(port->tap_opaque, data, taken);
    }
    for (const ChardevWatch *watch = port->watches; watch; watch = watch->next) {
        watch->tap(watch->opaque, data, taken);
    }
    if (is_open) {
        chardev_schedule(port);
    }
    return taken;
}

void chardev_add_watch(Chardev *port, ChardevWatch *watch)
{
    watch->next = port->watches;
    port->watches = watch;
}

void chardev_remove_watch(Chardev *port, ChardevWatch *watch)
{
    ChardevWatch **link = &port->watches;
    while (*link && *link != watch) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = watch->next;
    }
}

void chardev_set_output_tap(Chardev *chr, ChardevTap *tap, void *opaque)
{
    chr->tap = tap;
    chr->tap_opaque = opaque;
}

size_t chardev_can_write(Chardev *port)
{
    size_t room;

    if (!port) {
        return CHARDEV_RING_SIZE;
    }
    g_mutex_lock(&port->ring.lock);
    room = ring_room(&port->ring);
    g_mutex_unlock(&port->ring.lock);
    return room;
}

void chardev_schedule(Chardev *chr) { g_source_set_ready_time(chr->work, 0); }

/* --- draining ------------------------------------------------------------------------------------ */

/* The longest piece without a wrap. It stays in place until ring_drop(), so it needs no copy. */
static size_t ring_peek(OutputRing *ring, const uint8_t **data)
{
    size_t at, length;

    g_mutex_lock(&ring->lock);
    at = ring->tail % CHARDEV_RING_SIZE;
    length = MIN(ring_used(ring), CHARDEV_RING_SIZE - at);
    g_mutex_unlock(&ring->lock);
    *data = ring->data + at;
    return length;
}

static void ring_drop(Chardev *chr, size_t length)
{
    bool came_back;

    g_mutex_lock(&chr->ring.lock);
    /* Nothing may be left of it: the write may have found the peer gone. */
    chr->ring.tail += MIN(length, ring_used(&chr->ring));
    came_back = update_congestion(chr);
    g_mutex_unlock(&chr->ring.lock);
    if (came_back) {
        headroom_came_back(chr->core);
    }
}

/* A log that cannot be written is given up: the guest is not held up by it. */
static void write_log(Chardev *chr, const uint8_t *data, size_t length)
{
    while (length && chr->log_fd >= 0) {
        ssize_t done = write(chr->log_fd, data, length);
        if (done <= 0) {
            warn_report("chardev %s: cannot write logfile: %s", chr->id, g_strerror(errno));
            close(chr->log_fd);
            chr->log_fd = -1;
            return;
        }
        data += done;
        length -= (size_t)done;
    }
}

/* Returns false if there was nothing to do or the back end takes no more now. */
static bool drain_chunk(Chardev *chr)
{
    const uint8_t *data;
    size_t length = ring_peek(&chr->ring, &data);
    size_t taken = length;

    if (!length || chr->output_waits) {
        return false;
    }
    if (chr->is_connected) {
        taken = CHARDEV_GET_CLASS(chr)->write(chr, data, length);
    }
    chr->output_waits = taken < length;
    write_log(chr, data, taken);
    ring_drop(chr, taken);
    if (taken && chr->handlers && chr->handlers->can_send) {
        chr->handlers->can_send(chr->opaque);
    }
    return !chr->output_waits;
}

static void drain(Chardev *chr)
{
    for (unsigned i = 0; i < CHUNKS_PER_DISPATCH; i++) {
        if (!drain_chunk(chr)) {
            return;
        }
    }
    chardev_schedule(chr);
}

void chardev_output_ready(Chardev *chr)
{
    chr->output_waits = false;
    chardev_schedule(chr);
}

bool chardev_output_is_empty(Chardev *chr)
{
    const uint8_t *data;

    return ring_peek(&chr->ring, &data) == 0;
}

void chardev_output_set_open(Chardev *chr, bool is_open)
{
    bool came_back;

    g_mutex_lock(&chr->ring.lock);
    chr->ring.is_open = is_open;
    if (!is_open) {
        chr->ring.tail = chr->ring.head;
    }
    came_back = update_congestion(chr);
    g_mutex_unlock(&chr->ring.lock);
    chardev_output_ready(chr);
    if (came_back) {
        headroom_came_back(chr->core);
    }
}

/* --- flushing -------------------------------------------------------------------------------------- */

static int flush_one(Object *child, void *opaque)
{
    Chardev *chr = (Chardev *)object_dynamic_cast(child, TYPE_CHARDEV);

    (void)opaque;
    if (chr) {
        chr->output_waits = false;
        while (drain_chunk(chr)) {
        }
    }
    return 0;
}

static int holds_output(Object *child, void *opaque)
{
    Chardev *chr = (Chardev *)object_dynamic_cast(child, TYPE_CHARDEV);

    (void)opaque;
    return chr && !chardev_output_is_empty(chr);
}

void chardev_flush_all(unsigned timeout_ms)
{
    Object *container = chardev_container();

    for (unsigned ms = 0; ms <= timeout_ms; ms++) {
        object_child_foreach_recursive(container, flush_one, NULL);
        if (!object_child_foreach_recursive(container, holds_output, NULL)) {
            return;
        }
        g_usleep(1000);
    }
}

/* --- the work source ------------------------------------------------------------------------------- */

static gboolean dispatch_work(GSource *source, GSourceFunc callback, gpointer user_data)
{
    Chardev *chr = ((WorkSource *)source)->chr;
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    (void)callback;
    (void)user_data;
    /* First of all: what comes in from here on is for the next dispatch. */
    g_source_set_ready_time(source, -1);
    object_ref(chr);
    drain(chr);
    if (klass->update_input) {
        klass->update_input(chr);
    }
    object_unref(chr);
    return G_SOURCE_CONTINUE;
}

void chardev_output_init(Chardev *chr)
{
    static const GSourceFuncs work_functions = {.dispatch = dispatch_work};

    g_mutex_init(&chr->ring.lock);
    chr->ring.data = g_malloc(CHARDEV_RING_SIZE);
    chr->work = g_source_new((GSourceFuncs *)&work_functions, sizeof(WorkSource));
    ((WorkSource *)chr->work)->chr = chr;
    g_source_set_name(chr->work, "chardev");
    g_source_attach(chr->work, NULL);
}

void chardev_output_fini(Chardev *chr)
{
    chardev_output_set_open(chr, false);
    g_source_destroy(chr->work);
    g_source_unref(chr->work);
    g_free(chr->ring.data);
    g_mutex_clear(&chr->ring.lock);
}
