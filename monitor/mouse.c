/* SPDX-License-Identifier: MIT */
/*
 * mouse_move and mouse_button: the guest's ADB mouse, moved by hand. info mice.
 *
 * Source: QEMU's console: motion right and down is positive; buttons 1 left, 2 middle, 4 right. The ADB mouse
 * has neither a middle button nor a wheel.
 */
#include "monitor/internal.h"
#include "util/options.h"

#include <inttypes.h>

#define MOUSE "adb-mouse"
enum { STEP_LIMIT = 127, MOTION_LIMIT = 32767, LEFT = 1, RIGHT = 4, SECONDARY = 2 };

static int is_mouse(Object *obj, G_GNUC_UNUSED void *opaque)
{
    return object_dynamic_cast(obj, MOUSE) != NULL;
}

static bool has_mouse(const Command *command)
{
    return object_child_foreach_recursive(OBJECT(command->machine), is_mouse, NULL);
}

static void post(Command *command, int dx, int dy)
{
    const uint8_t event[] = {(uint8_t)dx, (uint8_t)dy, command->hub->mouse_buttons};
    input_post(command->machine->clock, MOUSE, event, sizeof(event));
}

/* A word of the line as a number of either sign within @limit. */
static bool parse_motion(const char *word, int64_t *value)
{
    char *end;
    *value = g_ascii_strtoll(word, &end, 0);
    return end != word && *end == '\0' && *value >= -MOTION_LIMIT && *value <= MOTION_LIMIT;
}

void command_mouse_move(Command *command)
{
    int64_t motion[3] = {0};
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", -1);
    unsigned count = g_strv_length(words);
    bool ok = count == 2 || count == 3;
    for (unsigned i = 0; ok && i < count; i++) {
        ok = parse_motion(words[i], &motion[i]);
    }
    if (!ok) {
        command_refuse(command, "expected: mouse_move DX DY, each from -32767 to 32767");
    } else if (motion[2]) {
        command_refuse(command, "the guest's mouse has no wheel");
    } else if (!has_mouse(command)) {
        command_refuse(command, "the machine has no mouse; -M mac99,via=cuda does");
    } else {
        while (motion[0] || motion[1]) {
            int dx = (int)CLAMP(motion[0], -STEP_LIMIT, STEP_LIMIT);
            int dy = (int)CLAMP(motion[1], -STEP_LIMIT, STEP_LIMIT);
            post(command, dx, dy);
            motion[0] -= dx;
            motion[1] -= dy;
        }
    }
}

void command_mouse_button(Command *command)
{
    Error *err = NULL;
    uint64_t state;
    if (!parse_number(command->args, &state, &err)) {
        command_fail(command, err);
    } else if (state & ~(uint64_t)(LEFT | RIGHT)) {
        command_refuse(command, "the guest's mouse has a left button (1) and a right one (4)");
    } else if (!has_mouse(command)) {
        command_refuse(command, "the machine has no mouse; -M mac99,via=cuda does");
    } else {
        command->hub->mouse_buttons = (uint8_t)((state & LEFT) | (state & RIGHT ? SECONDARY : 0));
        post(command, 0, 0);
    }
}

void info_mice(Command *command)
{
    g_string_append(command->out, has_mouse(command) ? "* Mouse #1: " MOUSE "\n"
                                                     : "No mouse devices connected\n");
}
