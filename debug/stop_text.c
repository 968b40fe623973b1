/* SPDX-License-Identifier: MIT */
/*
 * Stop points at text that the guest prints on a serial port.
 *
 * The processor stops at the end of the instruction that wrote the last character. Source: none (own
 * design).
 */
#include "chardev/chardev.h"
#include "debug/stop_sources.h"

#include <string.h>

enum { PORTS_MAX = 4, TEXT_MAX = 200 };

/* The last characters of a port, oldest first. */
typedef struct TextPort {
    struct TextStop *stop;
    Chardev *chr; /* a reference of ours; NULL: unused */
    ChardevWatch watch;
    unsigned index;
    size_t held;
    char recent[TEXT_MAX];
} TextPort;

typedef struct TextStop {
    DebugStops *stops;
    unsigned number;
    size_t length;
    char text[TEXT_MAX];
    TextPort ports[PORTS_MAX];
} TextStop;

static void take_byte(TextPort *port, char byte)
{
    const TextStop *stop = port->stop;
    if (port->held == stop->length) {
        memmove(port->recent, port->recent + 1, --port->held);
    }
    port->recent[port->held++] = byte;
    if (port->held == stop->length && memcmp(port->recent, stop->text, stop->length) == 0) {
        StopEvent event = {.names = {{"port", port->index}}};
        g_autofree char *shown = g_strescape(stop->text, NULL);
        g_snprintf(event.text, sizeof(event.text), "serial%u printed \"%s\"", port->index, shown);
        port->held = 0;
        debug_stops_event(stop->stops, stop->number, &event);
    }
}

static void printed(void *opaque, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        take_byte(opaque, (char)data[i]);
    }
}

static void listen(void *opaque, DebugStops *stops, unsigned number, bool on)
{
    TextStop *stop = opaque;
    stop->stops = stops;
    stop->number = number;
    for (unsigned i = 0; i < PORTS_MAX && stop->ports[i].chr; i++) {
        TextPort *port = &stop->ports[i];
        port->held = 0;
        if (on) {
            chardev_add_watch(port->chr, &port->watch);
        } else {
            chardev_remove_watch(port->chr, &port->watch);
        }
    }
}

static void text_stop_free(void *opaque)
{
    TextStop *stop = opaque;
    for (unsigned i = 0; i < PORTS_MAX && stop->ports[i].chr; i++) {
        object_unref(stop->ports[i].chr);
    }
    g_free(stop);
}

static const StopSource text_source = {.type = "text", .listen = listen, .free = text_stop_free};

/* What the guest's port writes to: of a mux, its first port. */
static unsigned find_ports(const Debugger *debugger, TextStop *stop)
{
    const GPtrArray *serials = debugger->machine->config.serials;
    unsigned count = 0;
    for (guint i = 0; serials && i < serials->len && count < PORTS_MAX; i++) {
        Object *chr = serials->pdata[i];
        Object *port = chr ? object_resolve_path_component(chr, "port[0]") : NULL;
        if (chr) {
            stop->ports[count] = (TextPort){
                .stop = stop, .chr = CHARDEV(object_ref(port ? port : chr)), .index = i};
            stop->ports[count].watch = (ChardevWatch){printed, &stop->ports[count], NULL};
            count++;
        }
    }
    return count;
}

/* The text between quotes at *@text, C's escapes in it; NULL: *errp. */
static char *take_quoted(const char **text, Error **errp)
{
    const char *end = *text + 1;
    if (**text != '"') {
        error_setg(errp, "the text is written in quotes: break text \"login:\"");
        return NULL;
    }
    while (*end && *end != '"') {
        end += *end == '\\' && end[1] ? 2 : 1;
    }
    if (!*end) {
        error_setg(errp, "the closing quote is missing");
        return NULL;
    }
    g_autofree char *raw = g_strndup(*text + 1, (gsize)(end - *text - 1));
    *text = end + 1;
    *text += strspn(*text, " \t");
    return g_strcompress(raw);
}

bool stop_source_text(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    g_autofree char *wanted = take_quoted(text, errp);
    if (!wanted) {
        return false;
    }
    if (!*wanted || strlen(wanted) >= TEXT_MAX) {
        return error_setg(errp, "the text has 1 to %d characters", TEXT_MAX - 1);
    }
    TextStop *stop = g_new0(TextStop, 1);
    stop->length = strlen(wanted);
    memcpy(stop->text, wanted, stop->length);
    if (!find_ports(debugger, stop)) {
        g_free(stop);
        return error_setg(errp, "the machine has no serial port with a back end");
    }
    point->kind = CPU_STOP_EVENT;
    point->source = &text_source;
    point->source_opaque = stop;
    return true;
}
