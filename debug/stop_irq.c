/* SPDX-License-Identifier: MIT */
/*
 * Stop points at interrupt lines: a line that rises or falls.
 *
 * Devices drive their lines more often than they change: only changes count. Before the first one that
 * is seen a line counts as low. Source: none (own design).
 */
#include "debug/device_registers.h"
#include "debug/stop_sources.h"
#include "hw/core/irq.h"
#include "util/options.h"

#include <string.h>

typedef struct IrqStop {
    DebugStops *stops;
    unsigned number;
    IrqWatch watch;
    IrqLine *irq; /* a reference of ours */
    bool raise, lower, is_high;
    char *name;
} IrqStop;

static void line_driven(void *opaque, int n G_GNUC_UNUSED, int level)
{
    IrqStop *stop = opaque;
    bool is_high = level != 0;
    if (is_high == stop->is_high) {
        return;
    }
    stop->is_high = is_high;
    if (is_high ? stop->raise : stop->lower) {
        StopEvent event = {.names = {{"level", is_high}, {"value", is_high}}};
        g_snprintf(event.text, sizeof(event.text), "%s %s", stop->name,
                   is_high ? "raised" : "lowered");
        debug_stops_event(stop->stops, stop->number, &event);
    }
}

static void listen(void *opaque, DebugStops *stops, unsigned number, bool on)
{
    IrqStop *stop = opaque;
    stop->stops = stops;
    stop->number = number;
    if (on) {
        irq_line_add_watch(stop->irq, &stop->watch);
    } else {
        irq_line_remove_watch(stop->irq, &stop->watch);
    }
}

static void irq_stop_free(void *opaque)
{
    IrqStop *stop = opaque;
    object_unref(stop->irq);
    g_free(stop->name);
    g_free(stop);
}

static const StopSource irq_source = {.type = "irq", .listen = listen, .free = irq_stop_free};

/* Source @number of the interrupt controller. */
static IrqLine *controller_line(const Debugger *debugger, uint64_t number, Error **errp)
{
    DeviceState *pic = debug_device_find(debugger, "openpic", errp);
    g_autofree char *name = g_strdup_printf("unnamed-gpio-in[%" G_GUINT64_FORMAT "]", number);
    Object *line = pic ? object_resolve_path_component(OBJECT(pic), name) : NULL;
    if (pic && !line) {
        error_setg(errp, "the interrupt controller has no source 0x%" G_GINT64_MODIFIER "x",
                   number);
    }
    return (IrqLine *)line;
}

/* "DEVICE.LINE[N]": an input, or what an output is connected to; LINE alone is LINE[0]. */
static IrqLine *named_line(const Debugger *debugger, const char *word, Error **errp)
{
    const char *dot = strchr(word, '.');
    if (!dot) {
        error_setg(errp, "'%s': a line is a source's number or DEVICE.LINE[N]", word);
        return NULL;
    }
    g_autofree char *device = g_strndup(word, (gsize)(dot - word));
    g_autofree char *name = strchr(dot, '[') ? g_strdup(dot + 1)
                                             : g_strdup_printf("%s[0]", dot + 1);
    DeviceState *dev = debug_device_find(debugger, device, errp);
    Object *line = dev ? object_resolve_path_component(OBJECT(dev), name) : NULL;
    if (dev && !(line && object_dynamic_cast(line, TYPE_IRQ))) {
        error_setg(errp, "'%s' has no connected line '%s'; `qom-list` shows its lines", device,
                   dot + 1);
        return NULL;
    }
    return (IrqLine *)line;
}

static void take_edge(const char **text, IrqStop *stop)
{
    const char *rest = *text;
    g_autofree char *word = stop_take_word(&rest);
    bool is_raise = g_str_equal(word, "raise"), is_lower = g_str_equal(word, "lower");
    stop->raise = !is_lower;
    stop->lower = !is_raise;
    if (is_raise || is_lower) {
        *text = rest;
    }
}

bool stop_source_irq(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    uint64_t number = 0;
    g_autofree char *word = stop_take_word(text);
    bool is_number = g_ascii_isdigit(*word);
    if (is_number && !parse_number(word, &number, errp)) {
        return false;
    }
    IrqLine *line = is_number ? controller_line(debugger, number, errp)
                              : named_line(debugger, word, errp);
    if (!line) {
        return false;
    }
    IrqStop *stop = g_new0(IrqStop, 1);
    stop->watch = (IrqWatch){line_driven, stop, NULL};
    stop->irq = (IrqLine *)object_ref(line);
    stop->name = g_strdup_printf("irq %s", word);
    take_edge(text, stop);
    point->kind = CPU_STOP_EVENT;
    point->source = &irq_source;
    point->source_opaque = stop;
    return true;
}
