/* SPDX-License-Identifier: MIT */
/* PMU: handshake, lengths, interrupts, clock, power, ADB behind it. */
#include "hw/input/adb.h"
#include "tests/qtest/cuda_host.h"

#include <criterion/criterion.h>

enum { PMU_TACK = 0x08, PMU_TREQ = 0x10, PMU_IDLE = 0x18 };

static DeviceState *pmu;
static QTestLine *request;

static void start_with(bool has_adb)
{
    qtest_start();
    pmu = qdev_new("via-pmu");
    object_property_set_bool(OBJECT(pmu), "has-adb", has_adb, &error_abort);
    request = qtest_watch(pmu, "pmu-request", 0);
    qtest_realize(pmu, VIA_BASE);
    if (has_adb) {
        adb_bus_add_default_devices(ADB_BUS(qdev_get_child_bus(pmu, "adb.0")), &error_abort);
    }
}

static void start(void) { start_with(false); }

static void start_adb(void) { start_with(true); }

TestSuite(pmu, .init = start);
TestSuite(pmu_adb, .init = start_adb);

/* --- the host's side ------------------------------------------------------------------------------- */

static void handshake(void)
{
    via_write(B, via_read(B) & ~PMU_TREQ);
    cr_assert_eq(via_read(B) & PMU_IDLE, 0, "no acknowledge: B %02x", via_read(B));
    via_write(B, via_read(B) | PMU_TREQ);
    cr_assert_eq(via_read(B) & PMU_IDLE, PMU_IDLE, "no release: B %02x", via_read(B));
}

static void put(uint8_t byte)
{
    via_write(ACR, via_read(ACR) | 0x1c);
    via_write(SR, byte);
    handshake();
}

static uint8_t get(void)
{
    via_write(ACR, (via_read(ACR) & ~0x10) | 0x0c);
    via_read(SR);
    handshake();
    return via_read(SR);
}

/* @data as it goes over the wire, length bytes included; -1 bytes: the reply begins with its length. */
static char *command(const char *data, int reply_bytes)
{
    uint8_t bytes[300];
    size_t count = hex_bytes(data, bytes, sizeof(bytes));
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        put(bytes[i]);
    }
    if (reply_bytes < 0) {
        reply_bytes = get();
    }
    for (int i = 0; i < reply_bytes; i++) {
        g_string_append_printf(text, "%s%02x", i ? " " : "", get());
    }
    return g_string_free(text, false);
}

static void check(const char *data, int reply_bytes, const char *reply)
{
    g_autofree char *text = command(data, reply_bytes);

    cr_assert_str_eq(text, reply, "%s -> %s, expected %s", data, text, reply);
}

/* --- handshake --------------------------------------------------------------------------------------- */

Test(pmu, idle_port_b_reads_18)
{
    cr_assert_eq(via_read(B), PMU_IDLE);
    cr_assert_eq(request->level, 1);
}

Test(pmu, each_byte_raises_the_shift_register_flag)
{
    put(0xea);
    cr_assert_eq(via_read(IFR) & IFR_SR, IFR_SR);
    via_write(IFR, IFR_SR);
    cr_assert_eq(via_read(IFR), 0);
    cr_assert_eq(get(), 0x01);
}

Test(pmu, interrupt_line_falls_when_the_flag_is_cleared)
{
    QTestLine *line = qtest_watch_irq(pmu, 0);

    via_write(IER, 0x7f);
    via_write(IER, 0x94); /* as Linux does: SR and CB1 */
    put(0xea);
    cr_assert_eq(line->level, 1);
    via_write(IFR, IFR_SR);
    cr_assert_eq(line->level, 0);
    get();
    cr_assert_eq(line->rises, 2);
}

Test(pmu, host_cannot_drive_tack)
{
    via_write(B, PMU_TREQ);
    cr_assert_eq(via_read(B), PMU_IDLE);
}

Test(pmu, wrong_direction_is_refused_and_the_state_kept)
{
    via_write(ACR, 0x0c);
    handshake();
    cr_assert_eq(via_read(IFR), 0);
    put(0xea);
    via_write(ACR, 0x1c);
    handshake();
    cr_assert_eq(get(), 0x01);
    check("ea", 1, "01");
}

/* --- lengths: mac99.md 6.5, "complete partition of all 256 codes" --------------------------------------- */

typedef struct Lengths {
    int send, receive;
    const char *codes;
} Lengths;

enum { V = -1 };
static const Lengths lengths[] = {
    {0, 0, "1f 21 51 82 a5 d0 ef"},
    {0, 1, "18-19 48-49 58 98-99 dc e2 ea"},
    {0, 2, "5a-5b 6a"},
    {0, 3, "68-69"},
    {0, 4, "38"},
    {0, 5, "88"},
    {0, 8, "6b"},
    {0, 20, "39"},
    {1, 0, "10-11 23-24 40-41 4b-4c 50 55 57 59 70-72 90 a9"},
    {1, 1, "a8 d8-d9"},
    {2, 0, "22 52-53 60 91 a0-a2 ab"},
    {2, 1, "3b"},
    {3, 0, "33 56 aa"},
    {4, 0, "30 3f 80 a3 e1 e5"},
    {4, 1, "7e-7f"},
    {5, 1, "7d"},
    {20, 0, "31"},
    {0, V, "28-29 2f 5c 6c-6d 78-79 dd ec"},
    {2, V, "3a"},
    {3, V, "3c e8"},
    {V, 0,
     "00-07 12-17 20 25-27 32 34-37 42-47 54 61-67 73-77 81 83-87 92-97 a4 a6-a7 b0-b7 c0-c7 "
     "d1-d7 e0 e3-e4 e6-e7 f0-f7"},
    {V, V,
     "08-0f 1a-1e 2a-2e 3d-3e 4a 4d-4f 5d-5f 6e-6f 7a-7c 89-8f 9a-9f ac-af b8-bf c8-cf da-db "
     "de-df e9 eb ed-ee f8-ff"},
};

/* Every byte must be taken in its direction, and the command after it must find the PMU idle. */
static void run_blindly(unsigned code, const Lengths *l)
{
    int send = l->send == V ? 3 : l->send;
    int receive = l->receive;

    put((uint8_t)code);
    if (l->send == V) {
        put(3);
    }
    for (int i = 0; i < send; i++) {
        put(0);
    }
    if (receive == V) {
        receive = get();
        cr_assert(receive <= 11, "command %02x answers %d bytes", code, receive);
    }
    for (int i = 0; i < receive; i++) {
        get();
    }
    g_autofree char *version = command("ea", 1);
    cr_assert_str_eq(version, "01", "after command %02x: %s", code, version);
}

Test(pmu, all_256_commands_have_the_lengths_of_the_table)
{
    unsigned seen = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_auto(GStrv) ranges = g_strsplit(lengths[i].codes, " ", -1);
        for (char **range = ranges; *range; range++) {
            unsigned first = (unsigned)strtoul(*range, NULL, 16);
            unsigned last = strlen(*range) > 2 ? (unsigned)strtoul(*range + 3, NULL, 16) : first;
            for (unsigned code = first; code <= last; code++, seen++) {
                run_blindly(code, &lengths[i]);
            }
        }
    }
    cr_assert_eq(seen, 256);
}

Test(pmu, longest_data_stays_within_bounds)
{
    put(0x08);
    put(255);
    for (int i = 0; i < 255; i++) {
        put(0x55);
    }
    cr_assert_eq(get(), 0);
    check("ea", 1, "01");
}

/* --- commands --------------------------------------------------------------------------------------------- */

Test(pmu, fixed_answers)
{
    check("ea", 1, "01");
    check("e2", 1, "62");
    check("dc", 1, "00");
    check("6b", 8, "00 00 00 00 00 00 00 00");
    check("3b 00 10", 1, "00");
}

/* The order of Linux 6.1, mac99.md 6.5. */
Test(pmu, start_of_linux)
{
    qtest_clock_step(3 * NANOSECONDS_PER_SECOND);
    check("70 dc", 0, "");
    check("78", -1, "80");
    check("78", -1, "00");
    check("df 01 02", -1, "");
    check("ea", 1, "01");
    check("8f 01 00", -1, "00 00");
    check("38", 4, "bc 19 13 83");
}

Test(pmu, power_events)
{
    check("8f 01 00", -1, "00 00");
    check("8f 01 03", -1, "00 00");
    check("8f 02 01 ff", -1, "");
    check("8f 02 05 ff", -1, "");
    check("8f 01 09", -1, "");
    check("8f 00", -1, "");
}

Test(pmu, time_can_be_set_and_survives_reset)
{
    check("30 12 34 56 78", 0, "");
    qtest_clock_step(2 * NANOSECONDS_PER_SECOND);
    check("38", 4, "12 34 56 7a");
    resettable_reset(OBJECT(pmu));
    check("38", 4, "12 34 56 7a");
}

Test(pmu, power_off_wants_its_signature)
{
    check("7e 4d 41 54 55", 1, "00");
    cr_assert_eq(qtest_requested(), -1);
    check("7e 4d 41 54 54", 1, "00");
    cr_assert_eq(qtest_requested(), MACHINE_EVENT_POWEROFF);
}

Test(pmu, reset_command_acts_on_its_only_byte)
{
    put(0xd0);
    cr_assert_eq(qtest_requested(), MACHINE_EVENT_RESET);
}

/* --- interrupts --------------------------------------------------------------------------------------------- */

Test(pmu, tick_asks_for_attention_each_second_until_acknowledged)
{
    qtest_clock_step(NANOSECONDS_PER_SECOND - 1);
    cr_assert_eq(request->level, 1);
    qtest_clock_step(1);
    cr_assert_eq(request->level, 0);
    check("78", -1, "80");
    cr_assert_eq(request->level, 1);
    check("78", -1, "00");
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(request->level, 0);
    qtest_clock_step(5 * NANOSECONDS_PER_SECOND);
    cr_assert_eq(request->falls, 2);
}

Test(pmu, mask_gates_the_request)
{
    check("70 10", 0, "");
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(request->level, 1);
    check("70 90", 0, "");
    cr_assert_eq(request->level, 0);
}

/* mac99.md 5.3: GPIO byte 1 reads 02 idle, 00 pending; its extint output follows. */
Test(pmu, request_drives_gpio_1)
{
    enum { GPIO = 0x80000050, PIN_1 = 9 };
    DeviceState *gpio = qtest_add("macio-gpio", GPIO);
    QTestLine *extint = qtest_watch(gpio, "extint", 1);

    qdev_connect_gpio_out_named(pmu, "pmu-request", 0, qdev_get_gpio_in_named(gpio, "gpio", 1));
    cr_assert_eq(qtest_readb(GPIO + PIN_1), 0x02);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(qtest_readb(GPIO + PIN_1), 0x00);
    cr_assert_eq(extint->level, 1);
    check("78", -1, "80");
    cr_assert_eq(qtest_readb(GPIO + PIN_1), 0x02);
    cr_assert_eq(extint->level, 0);
}

Test(pmu, there_is_no_adb_bus_and_requests_to_it_time_out)
{
    cr_assert_null(qdev_get_child_bus(pmu, "adb.0"));
    check("20 03 2f 00 00", 0, "");
    check("78", -1, "10 00");
    check("20 04 00 86 ff ff", 0, "");
    check("21", 0, "");
    check("78", -1, "00");
}

/* --- ADB behind the PMU ---------------------------------------------------------------------------------------- */

/* macosx.md row 46: each of them is waited for without end. */
Test(pmu_adb, reset_flush_listen_and_talk_each_raise_an_adb_interrupt)
{
    check("20 03 00 00 00", 0, "");
    cr_assert_eq(request->level, 0);
    check("78", -1, "10 00");
    cr_assert_eq(request->level, 1);
    check("20 03 21 00 00", 0, "");
    check("78", -1, "10 00");
    check("20 03 2f 00 00", 0, "");
    check("78", -1, "10 01 02 02 01");
    check("20 05 2b 00 02 08 fe", 0, "");
    check("78", -1, "10 00");
    check("20 03 2f 00 00", 0, "");
    check("78", -1, "10 00");
    check("20 03 8f 02 00", 0, "");
    check("78", -1, "10 01 02 08 01");
}

Test(pmu_adb, lengths_that_do_not_fit_are_refused)
{
    check("20 03 2b 00 02", 0, "");
    check("20 01 2f", 0, "");
    check("20 00", 0, "");
    check("78", -1, "00");
    check("20 04 2f 00 00 55", 0, "");
    check("78", -1, "10 01 02 02 01");
}

static void press(uint8_t key)
{
    input_post(machine_clock(), "adb-keyboard", &key, 1);
    qtest_clock_step(0);
}

Test(pmu_adb, polled_data_comes_with_flags_14)
{
    check("20 04 00 86 00 0c", 0, "");
    press(0x0b);
    qtest_clock_step(20000000);
    cr_assert_eq(request->level, 0);
    check("78", -1, "14 2c 0b ff");
    cr_assert_eq(request->level, 1);
    check("21", 0, "");
    press(0x8b);
    qtest_clock_step(100000000);
    cr_assert_eq(request->level, 1);
}

Test(pmu_adb, acknowledge_gives_adb_first_and_alone)
{
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    check("20 03 2f 00 00", 0, "");
    check("78", -1, "10 01 02 02 01");
    cr_assert_eq(request->level, 0);
    check("78", -1, "80");
    cr_assert_eq(request->level, 1);
}

Test(pmu_adb, nothing_is_polled_between_command_and_answer)
{
    check("20 04 00 86 ff ff", 0, "");
    press(0x0b);
    put(0xea);
    qtest_clock_step(100000000);
    cr_assert_eq(request->level, 1);
    get();
    qtest_clock_step(20000000);
    cr_assert_eq(request->level, 0);
}

/* --- state --------------------------------------------------------------------------------------------------------- */

static void put_in_place_of(DeviceState *old, DeviceState *fresh)
{
    memory_region_del_subregion(get_system_memory(),
                                sysbus_mmio_get_region(SYS_BUS_DEVICE(old), 0));
    memory_region_add_subregion(get_system_memory(), VIA_BASE,
                                sysbus_mmio_get_region(SYS_BUS_DEVICE(fresh), 0));
}

Test(pmu_adb, state_survives_a_round_trip_in_the_middle_of_a_reply)
{
    check("20 04 00 86 ff ff", 0, "");
    check("30 12 34 56 78", 0, "");
    put(0x38);
    cr_assert_eq(get(), 0x12);
    DeviceState *fresh = qdev_new("via-pmu");
    object_property_set_bool(OBJECT(fresh), "has-adb", true, &error_abort);
    qtest_realize(fresh, QTEST_UNMAPPED);
    cr_assert_neq(qtest_hash(fresh), qtest_hash(pmu));
    cr_assert_eq(qtest_round_trip(pmu, fresh), qtest_hash(pmu));
    put_in_place_of(pmu, fresh);
    cr_assert_eq(get(), 0x34);
    cr_assert_eq(get(), 0x56);
    cr_assert_eq(get(), 0x78);
    check("ea", 1, "01");
}

Test(pmu, state_without_adb_survives_a_round_trip)
{
    put(0x08);
    put(2);
    put(0x55);
    DeviceState *fresh = qtest_add("via-pmu", QTEST_UNMAPPED);
    qtest_round_trip(pmu, fresh);
    put_in_place_of(pmu, fresh);
    put(0x55);
    cr_assert_eq(get(), 0);
}

/* Loads the present state with one member changed: @offset counts from "needs_length". */
enum { NEEDS_LENGTH = 0, DATA_LENGTH = 1 + 255, DATA_COUNT = DATA_LENGTH + 1 };
static bool loads_with(size_t offset, uint8_t value)
{
    g_autoptr(GByteArray) state = g_byte_array_new();
    static const uint8_t marker[] = {0xab, 0xad, 0xca, 0xfe, 0x5e, 0xed, 0x12, 0x34};
    Error *err = NULL;

    vmstate_save(DEVICE_GET_CLASS(pmu)->vmsd, pmu, state);
    uint8_t *data = memmem(state->data, state->len, marker, sizeof(marker));
    cr_assert_not_null(data);
    (data - 1)[offset] = value;
    VMStateReader in = {.data = state->data, .length = state->len};
    bool ok = vmstate_load(DEVICE_GET_CLASS(pmu)->vmsd, pmu, &in, &err);
    error_free(err);
    return ok;
}

/* The data then bear a marker, and 8 of 200 bytes were received. */
static void begin_long_command(void)
{
    static const uint8_t bytes[] = {0x32, 200, 0xab, 0xad, 0xca, 0xfe, 0x5e, 0xed, 0x12, 0x34};

    for (size_t i = 0; i < sizeof(bytes); i++) {
        put(bytes[i]);
    }
}

Test(pmu, state_with_bytes_before_their_length_is_refused)
{
    begin_long_command();
    cr_assert_not(loads_with(NEEDS_LENGTH, 1));
    resettable_reset(OBJECT(pmu));
    begin_long_command();
    cr_assert_not(loads_with(DATA_COUNT, 200));
    resettable_reset(OBJECT(pmu));
    begin_long_command();
    cr_assert_not(loads_with(DATA_LENGTH, 8));
    resettable_reset(OBJECT(pmu));
    check("ea", 1, "01");
}

/* Whatever state is accepted, no sequence of bytes leaves the arrays: the sanitizer watches. */
Test(pmu, accepted_states_take_any_number_of_bytes)
{
    for (unsigned value = 0; value < 256; value += 5) {
        for (size_t offset = NEEDS_LENGTH; offset <= DATA_COUNT;
             offset += offset ? 1 : DATA_LENGTH) {
            resettable_reset(OBJECT(pmu));
            begin_long_command();
            if (!loads_with(offset, (uint8_t)value)) {
                continue;
            }
            for (unsigned i = 0; i < 600; i++) {
                put((uint8_t)i);
            }
        }
    }
}

Test(pmu, state_of_a_command_with_another_length_is_refused)
{
    static const uint8_t marked[] = {0x31, 0xab, 0xad, 0xca, 0xfe, 0x5e, 0xed, 0x12, 0x34};

    for (size_t i = 0; i < sizeof(marked); i++) {
        put(marked[i]); /* write NVRAM-like: 20 bytes of data */
    }
    cr_assert(loads_with(DATA_LENGTH, 20));
    cr_assert_not(loads_with(DATA_LENGTH, 21));
    resettable_reset(OBJECT(pmu));
}

Test(pmu, info_shows_state_and_flags)
{
    GString *text = g_string_new(NULL);
    put(0x70);
    DEVICE_GET_CLASS(pmu)->info(pmu, text);
    cr_assert(strstr(text->str, "state command, command 70 (interrupt mask)"), "%s", text->str);
    cr_assert(strstr(text->str, "flags 00 mask 90"), "%s", text->str);
}
