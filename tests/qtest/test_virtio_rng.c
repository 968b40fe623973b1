/* SPDX-License-Identifier: MIT */
/*
 * virtio-rng: bytes from the generator and from back ends, the quota, requests under way, hostile buffers.
 * Covers: hw/virtio/virtio_rng.c, hw/virtio/rng.c, hw/virtio/rng_egd.c.
 */
#include "tests/qtest/virtio_driver.h"
#include "util/hash.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#define GENERATED UINT64_C(0x7db4e7c9d7d662b2) /* hash of the first 16 bytes */

enum { RINGS = 0x100000, DATA = 0x200000, LATENCY = 20001 };

static void start(VirtioDriver *driver, const char *device, bool modern)
{
    virtio_board(device);
    virtio_driver_start(driver, modern, 0);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
}

static void ask(VirtioDriver *driver, uint64_t at, uint32_t length)
{
    virtio_driver_add(driver, 0, &(VirtioTestBuffer){at, length, true}, 1);
    virtio_driver_kick(driver, 0);
}

/* The answer's length; -1: none yet. */
static int answer(VirtioDriver *driver)
{
    uint32_t head, length;
    return virtio_driver_used(driver, 0, &head, &length) ? (int)length : -1;
}

static uint64_t hash_of(uint64_t at, unsigned length)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < length; i++) {
        hash = hash_u64(hash, qtest_readb(at + i));
    }
    return hash;
}

static DeviceState *device(void) { return board_part("peripheral-anon/device[0]/virtio-backend"); }

static void expect_bytes(bool modern)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci", modern);
    ask(&driver, DATA, 64);
    cr_assert_eq(answer(&driver), -1, "too early");
    qtest_clock_step(LATENCY);
    cr_assert_eq(answer(&driver), 64);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
    ask(&driver, DATA + 64, 64);
    qtest_clock_step(LATENCY);
    cr_assert_eq(answer(&driver), 64);
    cr_assert_neq(hash_of(DATA, 64), hash_of(DATA + 64, 64));
    cr_assert_eq(qtest_readl(DATA + 128), 0, "more than asked for");
}

Test(virtio_rng, bytes_come_after_a_fixed_time_legacy) { expect_bytes(false); }
Test(virtio_rng, bytes_come_after_a_fixed_time_modern) { expect_bytes(true); }

Test(virtio_rng, generator_gives_every_run_the_same)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci", true);
    ask(&driver, DATA, 16);
    qtest_clock_step(LATENCY);
    cr_assert_eq(hash_of(DATA, 16), GENERATED);
}

Test(virtio_rng, other_machines_get_others)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci,id=other", true);
    ask(&driver, DATA, 16);
    qtest_clock_step(LATENCY);
    cr_assert_neq(hash_of(DATA, 16), GENERATED);
}

Test(virtio_rng, period_limits_what_the_guest_gets)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci,max-bytes=48,period=1000", true);
    ask(&driver, DATA, 32);
    ask(&driver, DATA, 32);
    ask(&driver, DATA, 32);
    qtest_clock_step(3 * LATENCY);
    cr_assert_eq(answer(&driver), 32);
    cr_assert_eq(answer(&driver), 16, "the rest of the period's bytes");
    cr_assert_eq(answer(&driver), -1);
    qtest_clock_step(999 * UINT64_C(1000000));
    qtest_clock_step(LATENCY);
    qtest_clock_step(1000000);
    cr_assert_eq(answer(&driver), 32);
}

Test(virtio_rng, odd_requests_are_answered)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci", true);
    virtio_driver_add(&driver, 0, &(VirtioTestBuffer){DATA, 64, false},
                      1); /* nothing to write to */
    virtio_driver_kick(&driver, 0);
    cr_assert_eq(answer(&driver), 0);
    ask(&driver, DATA, 1 << 20);
    qtest_clock_step(LATENCY);
    cr_assert_eq(answer(&driver), 4096);
    ask(&driver, 0xfff00000, 64); /* ROM */
    qtest_clock_step(LATENCY);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

Test(virtio_rng, reset_drops_the_request_under_way)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci", true);
    ask(&driver, DATA, 64);
    virtio_driver_set_status(&driver, 0);
    qtest_clock_step(2 * LATENCY);
    cr_assert_eq(hash_of(DATA, 64), hash_of(DATA + 64, 64));
    virtio_driver_start(&driver, true, 0);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    virtio_driver_ok(&driver);
    ask(&driver, DATA, 64);
    qtest_clock_step(LATENCY);
    cr_assert_eq(answer(&driver), 64);
}

Test(virtio_rng, request_under_way_survives_save_and_load)
{
    VirtioDriver driver;
    start(&driver, "virtio-rng-pci,max-bytes=100", true);
    ask(&driver, DATA, 64);
    qtest_round_trip(device(), device());
    qtest_clock_step(LATENCY);
    cr_assert_eq(answer(&driver), 64);
}

/* --- back ends ------------------------------------------------------------------------------------------ */

/* A pipe is empty until the test writes: the device asks again. */
Test(virtio_rng, back_end_without_bytes_is_asked_again)
{
    VirtioDriver driver;
    g_autofree char *name = g_strdup_printf("%s/core99-rng-%d", g_get_tmp_dir(), (int)getpid());
    cr_assert_eq(mkfifo(name, 0600), 0);
    int fd = g_open(name, O_RDWR | O_CLOEXEC, 0);
    g_autofree char *text = g_strdup_printf("rng-random,id=r0,filename=%s", name);
    cr_assert_not_null(user_creatable_add_from_str(text, &error_abort));
    start(&driver, "virtio-rng-pci,rng=r0", true);
    ask(&driver, DATA, 8);
    qtest_clock_step(10 * LATENCY);
    cr_assert_eq(answer(&driver), -1);
    cr_assert_eq(write(fd, "abcde", 5), 5);
    qtest_clock_step(100 * LATENCY);
    cr_assert_eq(answer(&driver), 5);
    cr_assert_eq(qtest_readl(DATA), 0x61626364);
    cr_assert_not(user_creatable_del("r0", NULL), "it is in use");
    g_unlink(name);
}
