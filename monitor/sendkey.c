/* SPDX-License-Identifier: MIT */
/*
 * sendkey: keys by QEMU's names to the ADB keyboard, pressed in order and released in reverse.
 *
 * Source: ADB key codes, Inside Macintosh: Macintosh Toolbox Essentials, fig. 2-10 (virtual key codes).
 * Not here: holding time; other keyboards.
 */
#include "hw/input/adb.h"
#include "monitor/internal.h"
#include "util/options.h"

#include <string.h>

#define KEYBOARD "adb-keyboard"

enum { KEYS_MAX = 16, KEY_UP = 0x80 };

static const struct {
    const char *name;
    uint8_t code;
} keys[] = {
    {"a", 0x00},
    {"s", 0x01},
    {"d", 0x02},
    {"f", 0x03},
    {"h", 0x04},
    {"g", 0x05},
    {"z", 0x06},
    {"x", 0x07},
    {"c", 0x08},
    {"v", 0x09},
    {"less", 0x0a},
    {"b", 0x0b},
    {"q", 0x0c},
    {"w", 0x0d},
    {"e", 0x0e},
    {"r", 0x0f},
    {"y", 0x10},
    {"t", 0x11},
    {"1", 0x12},
    {"2", 0x13},
    {"3", 0x14},
    {"4", 0x15},
    {"6", 0x16},
    {"5", 0x17},
    {"equal", 0x18},
    {"9", 0x19},
    {"7", 0x1a},
    {"minus", 0x1b},
    {"8", 0x1c},
    {"0", 0x1d},
    {"bracket_right", 0x1e},
    {"o", 0x1f},
    {"u", 0x20},
    {"bracket_left", 0x21},
    {"i", 0x22},
    {"p", 0x23},
    {"ret", 0x24},
    {"l", 0x25},
    {"j", 0x26},
    {"apostrophe", 0x27},
    {"k", 0x28},
    {"semicolon", 0x29},
    {"backslash", 0x2a},
    {"comma", 0x2b},
    {"slash", 0x2c},
    {"n", 0x2d},
    {"m", 0x2e},
    {"dot", 0x2f},
    {"tab", 0x30},
    {"spc", 0x31},
    {"grave_accent", 0x32},
    {"backspace", 0x33},
    {"esc", 0x35},
    {"ctrl", 0x36},
    {"meta_l", 0x37},
    {"shift", 0x38},
    {"caps_lock", 0x39},
    {"alt", 0x3a},
    {"left", 0x3b},
    {"right", 0x3c},
    {"down", 0x3d},
    {"up", 0x3e},
    {"kp_decimal", 0x41},
    {"kp_multiply", 0x43},
    {"kp_add", 0x45},
    {"num_lock", 0x47},
    {"kp_divide", 0x4b},
    {"kp_enter", 0x4c},
    {"kp_subtract", 0x4e},
    {"kp_equals", 0x51},
    {"kp_0", 0x52},
    {"kp_1", 0x53},
    {"kp_2", 0x54},
    {"kp_3", 0x55},
    {"kp_4", 0x56},
    {"kp_5", 0x57},
    {"kp_6", 0x58},
    {"kp_7", 0x59},
    {"kp_8", 0x5b},
    {"kp_9", 0x5c},
    {"f5", 0x60},
    {"f6", 0x61},
    {"f7", 0x62},
    {"f3", 0x63},
    {"f8", 0x64},
    {"f9", 0x65},
    {"f11", 0x67},
    {"print", 0x69},
    {"scroll_lock", 0x6b},
    {"f10", 0x6d},
    {"f12", 0x6f},
    {"pause", 0x71},
    {"insert", 0x72},
    {"home", 0x73},
    {"pgup", 0x74},
    {"delete", 0x75},
    {"f4", 0x76},
    {"end", 0x77},
    {"f2", 0x78},
    {"pgdn", 0x79},
    {"f1", 0x7a},
    {"shift_r", 0x7b},
    {"alt_r", 0x7c},
    {"ctrl_r", 0x7d},
    {"power", 0x7f},
};

static bool unknown_key(const char *name, Error **errp)
{
    const char *names[G_N_ELEMENTS(keys) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        names[i] = keys[i].name;
    }
    const char *nearest = nearest_name(name, names);
    return nearest ? error_setg(errp, "unknown key '%s'; did you mean '%s'?", name, nearest)
                   : error_setg(errp, "unknown key '%s'", name);
}

static bool find_key(const char *name, uint8_t *code, Error **errp)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].name, name)) {
            *code = keys[i].code;
            return true;
        }
    }
    return unknown_key(name, errp);
}

/* "ctrl-alt-f1" to its codes. */
static bool parse_keys(const char *text, uint8_t *codes, size_t *count, Error **errp)
{
    g_auto(GStrv) names = g_strsplit(text, "-", -1);
    *count = g_strv_length(names);
    if (*count == 0 || *count > KEYS_MAX) {
        return error_setg(errp, "expected: sendkey KEY[-KEY...], at most %d keys", KEYS_MAX);
    }
    for (size_t i = 0; i < *count; i++) {
        if (!find_key(names[i], &codes[i], errp)) {
            return false;
        }
    }
    return true;
}

static int is_keyboard(Object *obj, G_GNUC_UNUSED void *opaque)
{
    return object_dynamic_cast(obj, KEYBOARD) != NULL;
}

void command_sendkey(Command *command)
{
    Error *err = NULL;
    uint8_t events[2 * KEYS_MAX];
    size_t count;
    if (!parse_keys(command->args, events, &count, &err)) {
        command_fail(command, err);
        return;
    }
    if (!object_child_foreach_recursive(OBJECT(command->machine), is_keyboard, NULL)) {
        g_string_append(command->out, "the machine has no keyboard; -M mac99,via=cuda does\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        events[count + i] = events[count - 1 - i] | KEY_UP;
    }
    input_post(command->machine->clock, KEYBOARD, events, 2 * count);
}
