/* SPDX-License-Identifier: MIT */
/* Interrupt lines: handlers, inversion, interception, the wired OR. */
#include "hw/core/irq.h"
#include "hw/core/qdev.h"

#include <criterion/criterion.h>
#include <signal.h>

typedef struct Seen {
    int n, level, count;
} Seen;

static void see(void *opaque, int n, int level)
{
    Seen *seen = opaque;
    *seen = (Seen){n, level, seen->count + 1};
}

Test(irq, line_calls_its_handler_with_number_and_level)
{
    Seen seen = {0};
    IrqLine *irq = irq_line_new(see, &seen, 5);
    irq_line_raise(irq);
    cr_assert(seen.n == 5 && seen.level == 1 && seen.count == 1);
    irq_line_lower(irq);
    cr_assert(seen.level == 0 && seen.count == 2);
    irq_line_pulse(irq);
    cr_assert(seen.level == 0 && seen.count == 4);
    object_unref(irq);
}

Test(irq, unconnected_line_takes_any_level)
{
    irq_line_raise(NULL);
    irq_line_lower(NULL);
    irq_line_pulse(NULL);
}

Test(irq, inverted_line_drives_the_opposite)
{
    Seen seen = {0};
    IrqLine *irq = irq_line_new(see, &seen, 1);
    IrqLine *inverted = irq_line_invert(irq);
    irq_line_raise(inverted);
    cr_assert_eq(seen.level, 0);
    irq_line_lower(inverted);
    cr_assert_eq(seen.level, 1);
    object_unref(inverted);
    cr_assert_eq(OBJECT(irq)->ref, 1);
    object_unref(irq);
}

Test(irq, interceptor_sees_the_change_and_passes_it_on)
{
    Seen seen = {0}, hooked = {0};
    IrqLine *irq = irq_line_new(see, &seen, 3);
    IrqLine *front = irq_line_intercept(irq, see, &hooked);
    irq_line_raise(front);
    cr_assert(hooked.n == 3 && hooked.level == 1);
    cr_assert(seen.n == 3 && seen.level == 1);
    object_unref(front);
    object_unref(irq);
}

Test(irq, interceptor_works_in_front_of_nothing)
{
    Seen hooked = {0};
    IrqLine *front = irq_line_intercept(NULL, see, &hooked);
    irq_line_raise(front);
    cr_assert_eq(hooked.level, 1);
    object_unref(front);
}

Test(irq, line_of_a_gone_device_is_silent)
{
    Seen seen = {0};
    Object *owner = object_new("container");
    IrqLine *irq = irq_line_new(see, &seen, 0);
    object_property_add_child(owner, "line", OBJECT(irq));
    object_unref(owner);
    irq_line_raise(irq);
    cr_assert_eq(seen.count, 0);
    object_unref(irq);
}

static DeviceState *new_or(uint64_t lines, IrqLine *output)
{
    DeviceState *dev = qdev_new(TYPE_OR_IRQ);
    object_property_set_uint(OBJECT(dev), "num-lines", lines, &error_abort);
    qdev_realize_and_unref(dev, NULL, &error_abort);
    qdev_connect_gpio_out(dev, 0, output);
    return dev;
}

Test(irq, wired_or_is_high_while_any_input_is)
{
    Seen seen = {0};
    DeviceState *dev = new_or(2, irq_line_new(see, &seen, 0));
    irq_line_raise(qdev_get_gpio_in(dev, 0));
    cr_assert_eq(seen.level, 1);
    irq_line_raise(qdev_get_gpio_in(dev, 1));
    irq_line_lower(qdev_get_gpio_in(dev, 0));
    cr_assert_eq(seen.level, 1);
    irq_line_lower(qdev_get_gpio_in(dev, 1));
    cr_assert_eq(seen.level, 0);
}

Test(irq, wired_or_forgets_its_inputs_at_reset)
{
    Seen seen = {0};
    DeviceState *dev = new_or(2, irq_line_new(see, &seen, 0));
    irq_line_raise(qdev_get_gpio_in(dev, 0));
    resettable_reset(OBJECT(dev));
    irq_line_lower(qdev_get_gpio_in(dev, 1));
    cr_assert_eq(seen.level, 0);
}

Test(irq, wired_or_takes_1_to_16_lines)
{
    for (int lines = 0; lines <= OR_IRQ_MAX_LINES + 1; lines += OR_IRQ_MAX_LINES + 1) {
        DeviceState *dev = qdev_new(TYPE_OR_IRQ);
        Error *err = NULL;
        object_property_set_uint(OBJECT(dev), "num-lines", lines, &error_abort);
        cr_assert_not(qdev_realize_and_unref(dev, NULL, &err));
        cr_assert(g_str_has_prefix(error_get_pretty(err), "num-lines must be 1 to 16"));
        error_free(err);
    }
}
