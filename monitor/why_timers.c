/* SPDX-License-Identifier: MIT */
/*
 * `info why`: what the guest's clock will do next.
 *
 * Timers have no names of their own: the state description of their device has. Source: none (own
 * design). Not named: timers of no device; they are shown as such.
 */
#include "hw/core/qdev.h"
#include "monitor/stall.h"
#include "time/clock.h"

#include <inttypes.h>

enum { TIMERS_SHOWN = 8 };

typedef struct TimerSearch {
    const Timer *timer;
    char *name;
} TimerSearch;

static void search_state(TimerSearch *search, const VMStateDescription *vmsd, uint8_t *state,
                         const char *prefix);

static void search_element(TimerSearch *search, const VMStateField *field, uint8_t *at,
                           const char *name)
{
    if (field->kind == VMS_CUSTOM && field->info == &vmstate_info_timer) {
        search->name = at == (const uint8_t *)search->timer ? g_strdup(name) : NULL;
    } else if (field->kind == VMS_STRUCT) {
        search_state(search, field->vmsd, at, name);
    } else if (field->kind == VMS_POINTER) {
        search_state(search, field->vmsd, *(uint8_t **)(void *)at, name);
    }
}

static void search_state(TimerSearch *search, const VMStateDescription *vmsd, uint8_t *state,
                         const char *prefix)
{
    for (const VMStateField *field = vmsd->fields; field->name; field++) {
        for (size_t i = 0; !search->name && i < field->count; i++) {
            g_autofree char *index = field->count > 1 ? g_strdup_printf("[%zu]", i) : g_strdup("");
            g_autofree char *name = g_strdup_printf("%s.%s%s", prefix, field->name, index);
            search_element(search, field, state + field->offset + i * field->size, name);
        }
    }
}

static int search_device(Object *obj, void *opaque)
{
    TimerSearch *search = opaque;
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    const VMStateDescription *vmsd = dev ? DEVICE_GET_CLASS(dev)->vmsd : NULL;
    if (vmsd && !search->name) {
        search_state(search, vmsd, (uint8_t *)dev, object_get_typename(obj));
    }
    return 0;
}

typedef struct TimerList {
    MachineState *machine;
    GString *out;
    unsigned count;
} TimerList;

static void put_timer(void *opaque, const Timer *timer)
{
    TimerList *list = opaque;
    uint64_t now = clock_virtual_ns(list->machine->clock), due = timer_deadline_ns(timer);
    TimerSearch search = {.timer = timer};
    if (list->count++ >= TIMERS_SHOWN) {
        return;
    }
    object_child_foreach_recursive(OBJECT(list->machine), search_device, &search);
    g_string_append_printf(list->out, "  %s in %" PRIu64 " us\n",
                           search.name ? search.name : "a timer of no device",
                           (due > now ? due - now : 0) / 1000);
    g_free(search.name);
}

void why_put_timers(MachineState *machine, GString *out)
{
    TimerList list = {machine, out, 0};
    g_string_append(out, "timers due next:\n");
    clock_foreach_timer(machine->clock, put_timer, &list);
    if (!list.count) {
        g_string_append(out, "  none\n");
    } else if (list.count > TIMERS_SHOWN) {
        g_string_append_printf(out, "  and %u later\n", list.count - TIMERS_SHOWN);
    }
}
