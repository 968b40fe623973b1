/* SPDX-License-Identifier: MIT */
/*
 * The packet device in the middle of a command: resets, saving and loading, a medium that goes, at every step;
 * hostile registers and states (macosx.md 4.12; mac99.md 8.3).
 * Covers: hw/ide/atapi.c, hw/ide/ide_bus.c, hw/ide/ide_device.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/qtest/atapi_driver.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(atapi_state, .init = cd_make_machine_with_disc, .fini = cd_remove_image, .timeout = 120);

/* --- resets -------------------------------------------------------------------------------------------------------- */

/* Step @n of a command, 0 to @STEPS - 1. */
enum { STEPS = 8 };
static void go_to_step(unsigned step)
{
    if (step >= 5) {
        cd_start_dma(INPUT_MORE, 2 * SECTOR + (step == 7 ? SECTOR : 0));
    }
    cd_command(PACKET, step >= 5, 0x400);
    if (step == 0) {
        return;
    }
    if (step == 1) {
        qtest_writew(IDE, 0x2800);
        return;
    }
    cd_write_packet("28 0 0 0 0 9 0 0 3");
    if (step == 2 || step == 5) {
        return; /* the medium is read */
    }
    qtest_clock_step(1000000);
    if (step == 4) {
        cd_read_block(atapi.data);
        qtest_readw(IDE);
    }
}

static void expect_sane(void)
{
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(cd_dma_status() & ACTIVE, 0);
    qtest_clock_step(10000000);
    cr_assert_eq(cd_run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    cd_expect_sectors(atapi.data, 3, 2);
    cd_start_dma(INPUT_MORE, 2 * SECTOR);
    cd_packet("28 0 0 0 0 4 0 0 2", 1, 0);
    cr_assert_eq(cd_wait(), READY);
    cr_assert_eq(cd_in(STATUS), READY);
    cd_expect_sectors_in_memory(4, 2);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
}

Test(atapi_state, transfers_under_way_end_when_the_medium_goes)
{
    for (unsigned step = 2; step < STEPS; step++) {
        go_to_step(step);
        cr_assert(block_eject("c0", true, &error_abort));
        cr_assert(cd_change("c0", &error_abort));
        qtest_clock_step(1000000);
        cd_out(COMMAND, DEVICE_RESET);
        qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
        cr_assert_eq(cd_run("0", 0), -0x60, "step %u", step);
        cr_assert_eq(cd_sense(), 0x062800);
        expect_sane();
    }
}

Test(atapi_state, resets_at_every_step_leave_a_drive_that_works)
{
    cd_get_ready();
    for (unsigned step = 0; step < STEPS; step++) {
        go_to_step(step);
        cd_out(COMMAND, DEVICE_RESET);
        cr_assert_eq(cd_in(STATUS), 0, "step %u", step);
        cd_expect_signature();
        expect_sane();
        go_to_step(step);
        cd_out(CONTROL, 4);
        cr_assert_eq(cd_in(STATUS), BSY);
        cd_out(CONTROL, 0);
        cr_assert_eq(cd_in(STATUS), 0);
        cd_expect_signature();
        expect_sane();
        go_to_step(step);
        resettable_reset(OBJECT(atapi.cell));
        resettable_reset(OBJECT(atapi.dbdma));
        cd_expect_signature();
        cd_get_ready();
        expect_sane();
    }
}

/* A reset leaves the drive's request to itself: only so many can be on their way. */
Test(atapi_state, resets_do_not_pile_requests_up)
{
    BlockBackend *blk = blk_by_name("c0");
    cd_get_ready();
    for (unsigned n = 0; n < 400; n++) {
        cd_packet("a8 0 0 0 0 0 0 0 0 c8", 1, 0);
        cd_out(COMMAND, DEVICE_RESET);
        cr_assert_leq(blk_in_flight(blk), BLOCK_REQUEST_MAX / IMAGE + 1);
    }
    cr_assert_eq(cd_run("28 0 0 0 0 9 0 0 3", 0xfffe), -0x20);
    qtest_clock_step(100000000);
    cr_assert_eq(blk_in_flight(blk), 0);
    expect_sane();
}

/* --- state --------------------------------------------------------------------------------------------------------- */

static uint64_t end_of_step(unsigned step)
{
    memset(atapi.data, 0, sizeof(atapi.data));
    if (step == 0) {
        cd_write_packet("28 0 0 0 0 9 0 0 3");
    } else if (step == 1) {
        for (unsigned n = 0; n < 5; n++) {
            qtest_writew(IDE, n == 3 ? 3 : 0);
        }
    }
    if (step == 4) {
        for (unsigned n = 2; n < 0x400; n += 2) {
            qtest_readw(IDE);
        }
    }
    if (step < 5) {
        cd_read_all(atapi.data);
    }
    qtest_clock_step(10000000);
    cd_in(STATUS);
    address_space_read(address_space_memory(), BUFFER, atapi.data + ALL / 2, 4 * SECTOR);
    uint64_t hash = vmstate_registry_hash(machine_vmstate());
    for (size_t n = 0; n < sizeof(atapi.data); n++) {
        hash = hash * 31 + atapi.data[n];
    }
    return hash;
}

Test(atapi_state, command_goes_on_after_save_and_load_at_every_step)
{
    cd_get_ready();
    for (unsigned step = 0; step < STEPS; step++) {
        g_autoptr(GByteArray) saved = g_byte_array_new();
        g_autoptr(GByteArray) again = g_byte_array_new();
        go_to_step(step);
        vmstate_registry_save(machine_vmstate(), saved);
        uint64_t first = end_of_step(step);
        Error *err = NULL;
        bool ok = vmstate_registry_load(machine_vmstate(), saved->data, saved->len, &err);
        cr_assert(ok, "step %u: %s", step, ok ? "" : error_get_pretty(err));
        vmstate_registry_save(machine_vmstate(), again);
        cr_assert_eq(again->len, saved->len);
        cr_assert_arr_eq(again->data, saved->data, saved->len);
        cr_assert_eq(end_of_step(step), first, "step %u", step);
        qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
        cd_out(COMMAND, DEVICE_RESET);
        expect_sane();
    }
}

Test(atapi_state, broken_states_are_refused_or_harmless)
{
    g_autoptr(GByteArray) good = g_byte_array_new();
    cd_get_ready();
    vmstate_registry_save(machine_vmstate(), good);
    for (unsigned n = 0; n < 3000; n++) {
        g_autoptr(GByteArray) saved = g_byte_array_new();
        go_to_step(n % STEPS);
        vmstate_save(DEVICE_GET_CLASS(atapi.cd)->vmsd, atapi.cd, saved);
        unsigned at = n * 7 % saved->len;
        saved->data[at] ^= (uint8_t)(1u << n % 8);
        VMStateReader reader = {.data = saved->data, .length = saved->len - (n % 5 == 0)};
        Error *err = NULL;
        bool is_refused = !vmstate_load(DEVICE_GET_CLASS(atapi.cd)->vmsd, atapi.cd, &reader, &err);
        if (is_refused) {
            error_free(err);
            resettable_reset(OBJECT(atapi.cell)); /* what is half loaded is only good for this */
        }
        for (unsigned i = 0; i < 3000 && (cd_in(ALT_STATUS) & 8); i++) {
            qtest_readw(IDE);
            qtest_writew(IDE, 0);
        }
        qtest_clock_step(1000000);
        resettable_reset(OBJECT(atapi.cell));
        resettable_reset(OBJECT(atapi.dbdma));
        qtest_clock_step(1000000);
    }
    cr_assert(vmstate_registry_load(machine_vmstate(), good->data, good->len, &error_abort));
    expect_sane();
}

/* --- hostile registers --------------------------------------------------------------------------------------------- */

/* Anything in any order: nothing but the drive's own nonsense comes of it. */
Test(atapi_state, any_access_in_any_order_is_harmless)
{
    static const uint16_t offsets[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50,  0x60,
                                       0x70, 0x80, 0x70, 0x00, 0x00, 0x160, 0x300};
    static const uint8_t bytes[] = {0xa0, 0x00, 0xff, 0x08, 0xa1, 0x02,
                                    0x28, 0x12, 0x43, 0x01, 0xa8, 0x55};
    uint32_t seed = 1;
    for (unsigned n = 0; n < 200000; n++) {
        seed = seed * 1664525 + 1013904223;
        hwaddr at = IDE + offsets[(seed >> 8) % G_N_ELEMENTS(offsets)];
        uint8_t value = bytes[(seed >> 16) % G_N_ELEMENTS(bytes)];
        switch (seed >> 29) {
        case 0:
            qtest_readb(at);
            break;
        case 1:
            qtest_readw(at);
            break;
        case 2:
            qtest_writew(at, value);
            break;
        case 3:
            qtest_writel(at, seed);
            break;
        case 4:
            qtest_clock_step(5000);
            break;
        case 5:
            if (!(seed & 0xf0)) {
                cd_start_dma(seed & 4 ? INPUT_MORE : OUTPUT_MORE, seed & 0xffff);
            } else if (!(seed & 0xf00)) {
                qtest_writel_le(DBDMA, seed);
            }
            break;
        default:
            qtest_writeb(at, value);
            break;
        }
    }
    resettable_reset(OBJECT(atapi.cell));
    resettable_reset(OBJECT(atapi.dbdma));
    cd_get_ready();
    expect_sane();
}
