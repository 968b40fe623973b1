/* SPDX-License-Identifier: MIT */
/*
 * ADB bus, keyboard and mouse, by CUDA packets and directly.
 * Covers: hw/input/adb.c hw/input/adb_kbd.c hw/input/adb_mouse.c
 */
#include "hw/input/adb.h"
#include "tests/qtest/cuda_host.h"

#include <criterion/criterion.h>

static DeviceState *cuda, *keyboard, *mouse;
static AdbBus *bus;

static void start(void)
{
    qtest_start();
    cuda = cuda_add();
    bus = ADB_BUS(qdev_get_child_bus(cuda, "adb.0"));
    keyboard = BUS(bus)->children->data;
    mouse = BUS(bus)->children->next->data;
}

TestSuite(adb, .init = start);

/* What the bus does with a command, as text: bytes, "ok" or "silent". */
static const char *request(const char *text)
{
    uint8_t command[64], answer[ADB_DATA_MAX];
    int count = adb_bus_request(bus, command, hex_bytes(text, command, sizeof(command)), answer);
    GString *out = g_string_new(count == ADB_NO_ANSWER ? "silent" : count == 0 ? "ok" : "");

    for (int i = 0; i < count; i++) {
        g_string_append_printf(out, "%s%02x", i ? " " : "", answer[i]);
    }
    return g_string_free(out, false);
}

#define CHECK(command, expected)                                                                   \
    do {                                                                                           \
        const char *got = request(command);                                                        \
        cr_assert_str_eq(got, expected, "%s: %s, expected %s", command, got, expected);            \
    } while (0)

static void post(const char *name, const char *text)
{
    uint8_t data[512];
    size_t length = hex_bytes(text, data, sizeof(data));

    input_post(machine_clock(), name, data, length);
    qtest_clock_step(0);
}

static void move_mouse(int dx, int dy, unsigned buttons)
{
    uint8_t data[] = {(uint8_t)dx, (uint8_t)dy, (uint8_t)buttons};

    input_post(machine_clock(), "adb-mouse", data, sizeof(data));
    qtest_clock_step(0);
}

/* --- addresses ------------------------------------------------------------------------------------------ */

Test(adb, default_addresses_and_handlers)
{
    for (unsigned address = 0; address < 16; address++) {
        g_autofree char *talk = g_strdup_printf("%x", address << 4 | 0xf);
        CHECK(talk, address == 2 ? "02 01" : address == 3 ? "03 02" : "silent");
    }
}

Test(adb, talk_to_an_empty_address_times_out)
{
    cuda_dialogue("00 cc", "00 02 cc");
    cuda_dialogue("00 c1", "00 02 c1");
}

/* macosx.md 4.9 and row 45: to a free address, look at both, and back. */
Test(adb, move_algorithm_of_mac_os_x)
{
    cuda_dialogue("00 00", "00 00 00");
    for (unsigned address = 2; address <= 3; address++) {
        g_autofree char *away = g_strdup_printf("00 %xb 0e fe", address);
        g_autofree char *away_done = g_strdup_printf("00 00 %xb", address);
        g_autofree char *old_talk = g_strdup_printf("00 %xf", address);
        g_autofree char *old_silent = g_strdup_printf("00 02 %xf", address);
        g_autofree char *here = g_strdup_printf("00 00 0e 0%x", address == 2 ? 1 : 2);
        g_autofree char *back = g_strdup_printf("00 eb 0%x fe", address);
        g_autofree char *home = g_strdup_printf("00 00 0%x 0%x", address, address == 2 ? 1 : 2);

        cuda_dialogue(away, away_done);
        cuda_dialogue(old_talk, old_silent);
        cuda_dialogue("00 ef", here);
        cuda_dialogue(back, "00 00 eb");
        cuda_dialogue("00 ef", "00 02 ef");
        cuda_dialogue(old_talk, home);
    }
}

Test(adb, bus_reset_restores_addresses_and_handlers)
{
    CHECK("2b 08 03", "ok");
    CHECK("8f", "08 03");
    CHECK("3b 09 fe", "ok");
    CHECK("90", "ok");
    CHECK("2f", "02 01");
    CHECK("3f", "03 02");
}

Test(adb, unsupported_handlers_are_ignored)
{
    static const char *const refused[] = {"04", "2f", "42", "66", "5f"};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *listen = g_strdup_printf("3b 03 %s", refused[i]);
        CHECK(listen, "ok");
        CHECK("3f", "03 02");
    }
    CHECK("3b 03 01", "ok");
    CHECK("3f", "03 01");
    CHECK("2b 02 04", "ok");
    CHECK("2f", "02 01");
    for (unsigned handler = 3; handler >= 1; handler--) {
        g_autofree char *listen = g_strdup_printf("2b 22 0%u", handler);
        g_autofree char *now = g_strdup_printf("02 0%u", handler);
        CHECK(listen, "ok");
        CHECK("2f", now);
    }
}

Test(adb, self_test_changes_nothing)
{
    CHECK("2b 0a ff", "ok");
    CHECK("2f", "02 01");
    CHECK("af", "silent");
}

Test(adb, handler_bytes_00_and_fd_change_the_address_only)
{
    CHECK("2b 2a 00", "ok");
    CHECK("af", "0a 01");
    CHECK("ab 0b fd", "ok");
    CHECK("bf", "0b 01");
}

/* Mac OS 9 sends this after it has placed the mouse. */
Test(adb, register_3_of_another_length_is_ignored)
{
    CHECK("3b 09", "ok");
    CHECK("3b 09 fe 00", "ok");
    CHECK("3b", "ok");
    CHECK("3f", "03 02");
}

Test(adb, reserved_and_missing_commands_stay_silent)
{
    CHECK("22", "silent");
    CHECK("27", "silent");
    uint8_t answer[ADB_DATA_MAX];
    cr_assert_eq(adb_bus_request(bus, answer, 0, answer), ADB_NO_ANSWER);
}

/* Two keyboards at address 2: one answers, the other has noticed and does not follow the move. */
Test(adb, collided_devices_are_told_apart)
{
    qdev_realize_and_unref(qdev_new("adb-keyboard"), BUS(bus), &error_abort);
    CHECK("2f", "02 01");
    CHECK("2b 08 fe", "ok");
    CHECK("8f", "08 01");
    CHECK("2f", "02 01");
    CHECK("2b 09 fe", "ok");
    CHECK("2f", "silent");
    CHECK("8f", "08 01");
    CHECK("9f", "09 01");
}

Test(adb, second_keyboard_has_an_input_of_its_own)
{
    qdev_realize_and_unref(qdev_new("adb-keyboard"), BUS(bus), &error_abort);
    CHECK("2f", "02 01");
    CHECK("2b 08 fe", "ok");
    post("adb-keyboard.1", "05");
    CHECK("8c", "silent");
    CHECK("2c", "05 ff");
}

Test(adb, bus_takes_16_devices)
{
    for (int i = 0; i < 14; i++) {
        qdev_realize_and_unref(qdev_new("adb-mouse"), BUS(bus), &error_abort);
    }
    Error *err = NULL;
    cr_assert(!qdev_realize_and_unref(qdev_new("adb-mouse"), BUS(bus), &err));
    cr_assert_not_null(err);
}

/* --- keyboard ---------------------------------------------------------------------------------------------- */

Test(adb, keys_come_one_a_talk_in_order)
{
    CHECK("2c", "silent");
    post("adb-keyboard", "00 80 0b");
    CHECK("2c", "00 ff");
    CHECK("2c", "80 ff");
    CHECK("2c", "0b ff");
    CHECK("2c", "silent");
}

Test(adb, power_key_fills_both_bytes)
{
    post("adb-keyboard", "7f ff");
    CHECK("2c", "7f 7f");
    CHECK("2c", "ff ff");
}

Test(adb, right_modifiers_are_left_ones_until_handler_3)
{
    post("adb-keyboard", "7b fb 7c 7d");
    CHECK("2c", "38 ff");
    CHECK("2c", "b8 ff");
    CHECK("2c", "3a ff");
    CHECK("2c", "36 ff");
    CHECK("2b 02 03", "ok");
    post("adb-keyboard", "7b fb 7c 7d");
    CHECK("2c", "7b ff");
    CHECK("2c", "fb ff");
    CHECK("2c", "7c ff");
    CHECK("2c", "7d ff");
}

Test(adb, keyboard_registers_1_and_2)
{
    CHECK("2d", "silent");
    CHECK("2e", "00 07");
    CHECK("2a ff fd", "ok");
    CHECK("2e", "00 05");
    CHECK("2a ff", "ok");
    CHECK("2e", "00 05");
    CHECK("00", "ok");
    CHECK("2e", "00 07");
}

Test(adb, flush_forgets_keys)
{
    post("adb-keyboard", "00 80");
    CHECK("21", "ok");
    CHECK("2c", "silent");
}

Test(adb, keys_beyond_the_queue_are_lost)
{
    for (int i = 0; i < 100; i++) {
        post("adb-keyboard", "05 85");
    }
    int keys = 0;
    while (strcmp(request("2c"), "silent") != 0) {
        keys++;
    }
    cr_assert_eq(keys, 128);
    post("adb-keyboard", "06");
    CHECK("2c", "06 ff");
}

/* --- mouse --------------------------------------------------------------------------------------------------- */

Test(adb, mouse_reports_motion_and_buttons)
{
    CHECK("3c", "silent");
    move_mouse(5, -3, 0);
    CHECK("3c", "fd 85");
    CHECK("3c", "silent");
    move_mouse(0, 0, 1);
    CHECK("3c", "00 80");
    move_mouse(0, 0, 3);
    CHECK("3c", "00 00");
    move_mouse(0, 0, 0);
    CHECK("3c", "80 80");
    move_mouse(0, 0, 0);
    CHECK("3c", "silent");
}

Test(adb, mouse_motion_is_split_into_63_a_report)
{
    move_mouse(100, -128, 0);
    move_mouse(27, 0, 0);
    CHECK("3c", "c1 bf");
    CHECK("3c", "c1 bf");
    CHECK("3c", "fe 81");
    CHECK("3c", "silent");
}

Test(adb, click_between_two_polls_is_not_lost)
{
    move_mouse(1, 0, 0);
    move_mouse(0, 0, 1);
    move_mouse(0, 0, 0);
    CHECK("3c", "80 81");
    CHECK("3c", "00 80");
    CHECK("3c", "80 80");
    CHECK("3c", "silent");
}

Test(adb, mouse_that_nobody_polls_stays_bounded)
{
    for (int i = 0; i < 1000; i++) {
        move_mouse(127, 127, i & 1);
    }
    int reports = 0;
    while (strcmp(request("3c"), "silent") != 0 && reports < 10000) {
        reports++;
    }
    cr_assert_leq(reports, 600);
    move_mouse(1, 1, 0);
    CHECK("3c", "81 81");
}

Test(adb, held_button_outlives_a_flush)
{
    move_mouse(0, 0, 1);
    CHECK("31", "ok");
    CHECK("3c", "silent");
    move_mouse(2, 0, 1);
    CHECK("3c", "00 82");
    move_mouse(0, 0, 0);
    CHECK("3c", "80 80");
}

Test(adb, mouse_has_no_other_registers)
{
    CHECK("3d", "silent");
    CHECK("3e", "silent");
    CHECK("38 01 02", "ok");
}

Test(adb, short_inputs_are_ignored)
{
    post("adb-mouse", "01 01");
    CHECK("3c", "silent");
}

/* --- polling ---------------------------------------------------------------------------------------------------- */

static const char *poll_bus(void)
{
    uint8_t answer[ADB_POLL_MAX];
    size_t count = adb_bus_poll(bus, answer);
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(out, "%s%02x", i ? " " : "", answer[i]);
    }
    return g_string_free(out, false);
}

Test(adb, poll_takes_turns)
{
    post("adb-keyboard", "00 80");
    move_mouse(100, 0, 0);
    cr_assert_str_eq(poll_bus(), "2c 00 ff");
    cr_assert_str_eq(poll_bus(), "3c 80 bf");
    cr_assert_str_eq(poll_bus(), "2c 80 ff");
    cr_assert_str_eq(poll_bus(), "3c 80 a5");
    cr_assert_str_eq(poll_bus(), "");
}

Test(adb, poll_follows_moved_devices_and_the_mask)
{
    post("adb-keyboard", "00");
    CHECK("2b 0f fe", "ok");
    adb_bus_set_mask(bus, 0x7fff);
    cr_assert_str_eq(poll_bus(), "");
    adb_bus_set_mask(bus, 0x8000);
    cr_assert_str_eq(poll_bus(), "fc 00 ff");
}

/* --- state ---------------------------------------------------------------------------------------------------------- */

Test(adb, device_state_survives_a_round_trip)
{
    DeviceState *cuda2 = qtest_add("via-cuda", QTEST_UNMAPPED);
    AdbBus *bus2 = ADB_BUS(qdev_get_child_bus(cuda2, "adb.0"));
    qdev_unrealize(cuda); /* the names of the inputs are free again */
    adb_bus_add_default_devices(bus2, &error_abort);
    DeviceState *keyboard2 = BUS(bus2)->children->data;
    DeviceState *mouse2 = BUS(bus2)->children->next->data;

    bus = bus2;
    post("adb-keyboard", "00 80 0b");
    move_mouse(100, 5, 1);
    move_mouse(0, 0, 0);
    CHECK("2b 08 03", "ok");
    CHECK("8c", "00 ff");
    CHECK("3c", "05 bf");
    uint64_t keyboard_hash = qtest_hash(keyboard2), mouse_hash = qtest_hash(mouse2);
    cr_assert_neq(qtest_hash(keyboard), keyboard_hash);
    cr_assert_neq(qtest_hash(mouse), mouse_hash);
    cr_assert_eq(qtest_round_trip(keyboard2, keyboard), keyboard_hash);
    cr_assert_eq(qtest_round_trip(mouse2, mouse), mouse_hash);
}

Test(adb, info_names_addresses)
{
    GString *text = g_string_new(NULL);
    DEVICE_GET_CLASS(keyboard)->info(keyboard, text);
    DEVICE_GET_CLASS(mouse)->info(mouse, text);
    cr_assert(strstr(text->str, "address 2, handler 1"), "%s", text->str);
    cr_assert(strstr(text->str, "address 3, handler 2"), "%s", text->str);
}
