/* SPDX-License-Identifier: MIT */
/*
 * Two-button mouse on the ADB.
 *
 * Source: mac99.md 6.4. Default address 3, handlers 1 (100 counts an inch) and 2 (200). Input
 * "adb-mouse": dx and dy (signed, right and down positive), buttons (bit 0 primary, bit 1 secondary; 1
 * is pressed). Not modelled: handler 4, the extended protocol and its register 1.
 */
#include "hw/input/adb.h"
#include "util/bits.h"
#include "util/trace.h"

#define TYPE_ADB_MOUSE "adb-mouse"
OBJECT_DECLARE_SIMPLE_TYPE(AdbMouse, ADB_MOUSE)

enum { BUTTON_PRIMARY = 1, BUTTON_SECONDARY = 2, BUTTONS = 3 };
enum { INPUT_SIZE = 3, QUEUE_SIZE = 16, REPORT_LIMIT = 63, MOTION_LIMIT = 32767, BUTTON_UP = 0x80 };

/* Motion up to a change of the buttons, and the buttons during it. */
typedef struct MouseStep {
    int32_t dx, dy;
    uint8_t buttons;
} MouseStep;

struct AdbMouse {
    AdbDevice parent_obj;
    MouseStep
        steps[QUEUE_SIZE]; /* oldest first; a click shorter than a polling period is two steps */
    uint8_t count;
    uint8_t reported; /* buttons as the guest knows them */
};

static int32_t clamp(int32_t value, int32_t limit) { return CLAMP(value, -limit, limit); }

/* The step that motion with @buttons belongs to. When the queue is full clicks are lost, not motion. */
static MouseStep *step_for(AdbMouse *s, uint8_t buttons)
{
    MouseStep *last = s->count ? &s->steps[s->count - 1] : NULL;
    if (last && (last->buttons == buttons || s->count == QUEUE_SIZE)) {
        last->buttons = buttons;
        return last;
    }
    s->steps[s->count] = (MouseStep){.buttons = buttons};
    return &s->steps[s->count++];
}

static void take_input(void *opaque, const uint8_t *data, size_t length)
{
    if (length < INPUT_SIZE) {
        return;
    }
    MouseStep *step = step_for(opaque, data[2] & BUTTONS);
    step->dx = clamp(step->dx + (int8_t)data[0], MOTION_LIMIT);
    step->dy = clamp(step->dy + (int8_t)data[1], MOTION_LIMIT);
    TRACE(adb_mouse_input, "%d %d buttons %x", (int8_t)data[0], (int8_t)data[1], data[2]);
}

static bool says_nothing(const AdbMouse *s, const MouseStep *step)
{
    return !step->dx && !step->dy && step->buttons == s->reported;
}

static void drop_first_step(AdbMouse *s)
{
    s->count--;
    memmove(s->steps, s->steps + 1, s->count * sizeof(s->steps[0]));
    s->steps[s->count] = (MouseStep){0};
}

static uint8_t report_byte(int32_t *motion, bool pressed)
{
    int32_t part = clamp(*motion, REPORT_LIMIT);
    *motion -= part;
    return (uint8_t)((part & 0x7f) | (pressed ? 0 : BUTTON_UP));
}

static size_t mouse_talk(AdbDevice *dev, unsigned reg, uint8_t *answer)
{
    AdbMouse *s = ADB_MOUSE(dev);
    while (s->count && says_nothing(s, &s->steps[0])) {
        drop_first_step(s);
    }
    if (reg != ADB_REG0 || !s->count) {
        return 0;
    }
    MouseStep *step = &s->steps[0];
    answer[0] = report_byte(&step->dy, step->buttons & BUTTON_PRIMARY);
    answer[1] = report_byte(&step->dx, step->buttons & BUTTON_SECONDARY);
    s->reported = step->buttons;
    return 2;
}

/* Buttons that are held stay so: only their going down is forgotten. */
static void mouse_flush(AdbDevice *dev)
{
    AdbMouse *s = ADB_MOUSE(dev);
    s->reported = s->count ? s->steps[s->count - 1].buttons : s->reported;
    memset(s->steps, 0, sizeof(s->steps));
    s->count = 0;
}

static void mouse_reset(AdbDevice *dev)
{
    AdbMouse *s = ADB_MOUSE(dev);
    memset(s->steps, 0, sizeof(s->steps));
    s->count = 0;
    s->reported = 0;
}

static void mouse_info(DeviceState *dev, GString *out)
{
    const AdbMouse *s = ADB_MOUSE(dev);
    g_string_append_printf(out, "address %u, handler %u, buttons %x, %u steps wait\n",
                           s->parent_obj.address, s->parent_obj.handler, s->reported, s->count);
}

static const VMStateDescription vmstate_step = {
    .name = "step",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_INT32(dx, MouseStep),
            VMSTATE_INT32(dy, MouseStep),
            VMSTATE_UINT8_MAX(buttons, MouseStep, BUTTONS),
            VMSTATE_END_OF_LIST(),
        },
};

static bool mouse_post_load(void *opaque, uint32_t version G_GNUC_UNUSED,
                            Error **errp G_GNUC_UNUSED)
{
    AdbMouse *s = opaque;
    for (size_t i = 0; i < QUEUE_SIZE; i++) {
        s->steps[i].dx = clamp(s->steps[i].dx, MOTION_LIMIT);
        s->steps[i].dy = clamp(s->steps[i].dy, MOTION_LIMIT);
    }
    return true;
}

static const VMStateDescription vmstate_mouse = {
    .name = TYPE_ADB_MOUSE,
    .version = 1,
    .minimum_version = 1,
    .post_load = mouse_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(parent_obj, AdbMouse, AdbDevice, vmstate_adb_device),
            VMSTATE_STRUCT_ARRAY(steps, AdbMouse, MouseStep, vmstate_step),
            VMSTATE_UINT8_MAX(count, AdbMouse, QUEUE_SIZE),
            VMSTATE_UINT8_MAX(reported, AdbMouse, BUTTONS),
            VMSTATE_END_OF_LIST(),
        },
};

static void mouse_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    AdbDeviceClass *ac = ADB_DEVICE_CLASS(klass);
    dc->desc = "ADB mouse";
    dc->vmsd = &vmstate_mouse;
    dc->info = mouse_info;
    ac->default_address = 3;
    ac->default_handler = 2;
    ac->handlers = BIT(1) | BIT(2);
    ac->input = take_input;
    ac->talk = mouse_talk;
    ac->flush = mouse_flush;
    ac->reset = mouse_reset;
}

static const TypeInfo mouse_type = {
    .name = TYPE_ADB_MOUSE,
    .parent = TYPE_ADB_DEVICE,
    .instance_size = sizeof(AdbMouse),
    .class_init = mouse_class_init,
};
DEFINE_TYPE(mouse_type)
