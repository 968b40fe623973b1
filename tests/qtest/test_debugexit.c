/* SPDX-License-Identifier: MIT */
/* core99-debugexit: hw/misc/debugexit.c. */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE 0xf9000000u

static DeviceState *add(const char *text) { return qdev_device_add(text, &error_abort); }

static int requested_status(void)
{
    MachineEvent event;
    int code;
    cr_assert(machine_request_pending(machine_get(), &event, &code));
    cr_assert_eq(event, MACHINE_EVENT_EXIT);
    return code;
}

Test(debugexit, a_store_asks_for_that_status)
{
    qtest_start();
    add("core99-debugexit");
    qtest_writel(BASE, 42);
    cr_assert_eq(requested_status(), 42);
}

Test(debugexit, addr_places_the_register)
{
    qtest_start();
    add("core99-debugexit,addr=0xf9100000");
    qtest_writel(0xf9100000, 7);
    cr_assert_eq(requested_status(), 7);
}

Test(debugexit, reads_give_zero_and_ask_for_nothing)
{
    qtest_start();
    add("core99-debugexit");
    cr_assert_eq(qtest_readl(BASE), 0);
    cr_assert_eq(qtest_requested(), -1);
}

Test(debugexit, other_offsets_do_not_exit)
{
    qtest_start();
    add("core99-debugexit");
    qtest_writel(BASE + 4, 42);
    qtest_writel(BASE + 0xffc, 42);
    cr_assert_eq(qtest_requested(), -1);
}

Test(debugexit, other_sizes_do_not_exit)
{
    qtest_start();
    add("core99-debugexit");
    cr_assert_neq(address_space_store(address_space_memory(), BASE, 1, 42), MEMTX_OK);
    cr_assert_neq(address_space_store(address_space_memory(), BASE, 2, 42), MEMTX_OK);
    cr_assert_eq(qtest_requested(), -1);
}

Test(debugexit, an_occupied_place_is_refused)
{
    Error *err = NULL;
    qtest_start();
    add("core99-debugexit");
    cr_assert_null(qdev_device_add("core99-debugexit", &err));
    cr_assert(strstr(error_get_pretty(err), "core99-debugexit' is there"), "%s",
              error_get_pretty(err));
}

Test(debugexit, an_odd_place_is_refused)
{
    Error *err = NULL;
    qtest_start();
    cr_assert_null(qdev_device_add("core99-debugexit,addr=0xf9000004", &err));
    cr_assert(strstr(error_get_pretty(err), "multiple of 4096"), "%s", error_get_pretty(err));
}

Test(debugexit, it_can_be_removed)
{
    qtest_start();
    DeviceState *dev = add("core99-debugexit");
    object_unparent(OBJECT(dev));
    cr_assert_null(address_space_translate(address_space_memory(), BASE).mr);
}
