/* SPDX-License-Identifier: MIT */
/*
 * Apple Extended Keyboard on the ADB.
 *
 * Source: mac99.md 6.4; macosx.md 4.9. Default address 2, handlers 1 and 2, and 3, which tells right
 * modifier keys from left ones. Input "adb-keyboard": ADB key codes, bit 7 set when the key goes up.
 * Not modelled: auto-repeat (the guest's matter), the modifier half of register 2.
 */
#include "hw/input/adb.h"
#include "util/bits.h"
#include "util/trace.h"

#define TYPE_ADB_KEYBOARD "adb-keyboard"
OBJECT_DECLARE_SIMPLE_TYPE(AdbKeyboard, ADB_KEYBOARD)

enum { QUEUE_SIZE = 128, HANDLER_DISTINGUISHES_SIDES = 3 };
enum { KEY_UP = 0x80, KEY_CODE = 0x7f, KEY_POWER = 0x7f, NO_SECOND_KEY = 0xff, LEDS = 0x07 };

struct AdbKeyboard {
    AdbDevice parent_obj;
    uint8_t queue[QUEUE_SIZE];
    uint8_t head, count;
    uint8_t leds; /* 0: lit */
};

static void take_input(void *opaque, const uint8_t *data, size_t length)
{
    AdbKeyboard *s = opaque;
    for (size_t i = 0; i < length; i++) {
        TRACE(adb_keyboard_input, "%02x%s", data[i], s->count == QUEUE_SIZE ? " lost" : "");
        if (s->count < QUEUE_SIZE) {
            s->queue[(s->head + s->count++) % QUEUE_SIZE] = data[i];
        }
    }
}

static uint8_t next_key(AdbKeyboard *s)
{
    uint8_t key = s->queue[s->head];
    s->head = (s->head + 1) % QUEUE_SIZE;
    s->count--;
    return key;
}

/* Right shift, option and control pass for left ones unless the driver asked. */
static uint8_t translate(const AdbKeyboard *s, uint8_t key)
{
    static const uint8_t left_of[] = {[0x7b] = 0x38, [0x7c] = 0x3a, [0x7d] = 0x36, [KEY_CODE] = 0};
    uint8_t left = left_of[key & KEY_CODE];
    return left && s->parent_obj.handler != HANDLER_DISTINGUISHES_SIDES ? (key & KEY_UP) | left
                                                                        : key;
}

static size_t keyboard_talk(AdbDevice *dev, unsigned reg, uint8_t *answer)
{
    AdbKeyboard *s = ADB_KEYBOARD(dev);
    if (reg == ADB_REG2) {
        answer[0] = 0;
        answer[1] = s->leds;
        return 2;
    }
    if (reg != ADB_REG0 || !s->count) {
        return 0;
    }
    answer[0] = translate(s, next_key(s));
    answer[1] = (answer[0] & KEY_CODE) == KEY_POWER ? answer[0] : NO_SECOND_KEY;
    return 2;
}

static void keyboard_listen(AdbDevice *dev, unsigned reg, const uint8_t *data, size_t length)
{
    if (reg == ADB_REG2 && length >= 2) {
        ADB_KEYBOARD(dev)->leds = data[1] & LEDS;
    }
}

static void keyboard_flush(AdbDevice *dev)
{
    AdbKeyboard *s = ADB_KEYBOARD(dev);
    s->head = s->count = 0;
}

static void keyboard_reset(AdbDevice *dev)
{
    AdbKeyboard *s = ADB_KEYBOARD(dev);
    memset(s->queue, 0, sizeof(s->queue));
    s->head = s->count = 0;
    s->leds = LEDS;
}

static void keyboard_info(DeviceState *dev, GString *out)
{
    const AdbKeyboard *s = ADB_KEYBOARD(dev);
    g_string_append_printf(out, "address %u, handler %u, %u key events wait, LEDs %x\n",
                           s->parent_obj.address, s->parent_obj.handler, s->count,
                           (unsigned)(~s->leds & LEDS));
}

static const VMStateDescription vmstate_keyboard = {
    .name = TYPE_ADB_KEYBOARD,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(parent_obj, AdbKeyboard, AdbDevice, vmstate_adb_device),
            VMSTATE_UINT8_ARRAY(queue, AdbKeyboard),
            VMSTATE_UINT8_MAX(head, AdbKeyboard, QUEUE_SIZE - 1),
            VMSTATE_UINT8_MAX(count, AdbKeyboard, QUEUE_SIZE),
            VMSTATE_UINT8_MAX(leds, AdbKeyboard, LEDS),
            VMSTATE_END_OF_LIST(),
        },
};

static void keyboard_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    AdbDeviceClass *ac = ADB_DEVICE_CLASS(klass);
    dc->desc = "ADB keyboard";
    dc->vmsd = &vmstate_keyboard;
    dc->info = keyboard_info;
    ac->default_address = 2;
    ac->default_handler = 1;
    ac->handlers = BIT(1) | BIT(2) | BIT(HANDLER_DISTINGUISHES_SIDES);
    ac->input = take_input;
    ac->talk = keyboard_talk;
    ac->listen = keyboard_listen;
    ac->flush = keyboard_flush;
    ac->reset = keyboard_reset;
}

static const TypeInfo keyboard_type = {
    .name = TYPE_ADB_KEYBOARD,
    .parent = TYPE_ADB_DEVICE,
    .instance_size = sizeof(AdbKeyboard),
    .class_init = keyboard_class_init,
};
DEFINE_TYPE(keyboard_type)
