/* SPDX-License-Identifier: MIT */
/*
 * virtio-balloon: pages go and read zero, the target, reports, statistics; the realize chain step by step.
 * Covers: hw/virtio/virtio_balloon.c, hw/virtio/virtio_pci_types.c, memory/ram_discard.c.
 */
#include "tests/qtest/virtio_driver.h"
#include "util/trace.h"

#include <criterion/criterion.h>
#include <sys/mman.h>

enum { RINGS = 0x100000, RING_SPACE = 0x10000, DATA = 0x200000, PAGES = 0x400000 };
enum { INFLATE, DEFLATE, STATS, REPORTING };

static void start(VirtioDriver *driver, const char *device, bool modern, uint64_t features)
{
    unsigned queues = strstr(device, "reporting") ? 4 : 3;
    virtio_board(device);
    virtio_driver_start(driver, modern, features);
    for (unsigned n = 0; n < queues; n++) {
        virtio_driver_queue(driver, n, RINGS + n * RING_SPACE, 0);
    }
    virtio_driver_ok(driver);
}

static Object *balloon(void) { return OBJECT(board_part("peripheral-anon/device[0]")); }

static uint32_t config32(VirtioDriver *driver, unsigned offset)
{
    uint32_t value = 0;
    for (unsigned i = 4; i-- > 0;) {
        value = value << 8 | virtio_driver_config(driver, offset + i);
    }
    return value;
}

/* Host pages behind the guest's page are there. */
static bool is_resident(hwaddr page)
{
    uint64_t length = 4096;
    unsigned char there = 0;
    void *host = address_space_map(address_space_memory(), page, &length, false);
    cr_assert_eq(mincore(host, 4096, &there), 0);
    address_space_unmap(address_space_memory(), host, 0, false);
    return there & 1;
}

static void inflate(VirtioDriver *driver, const uint32_t *pages, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        virtio_driver_store32(driver, DATA + 4 * (uint64_t)i, pages[i] >> 12);
    }
    virtio_driver_request(driver, INFLATE, &(VirtioTestBuffer){DATA, 4 * count, false}, 1);
}

static void expect_pages_go(bool modern)
{
    static const uint32_t pages[] = {PAGES, PAGES + 0x3000};
    VirtioDriver driver;
    start(&driver, "virtio-balloon-pci", modern, 0);
    for (unsigned n = 0; n < 4; n++) {
        qtest_writel(PAGES + 0x1000 * n, 0x11111111);
    }
    inflate(&driver, pages, 2);
    cr_assert_not(is_resident(PAGES));
    cr_assert(is_resident(PAGES + 0x1000));
    cr_assert_eq(qtest_readl(PAGES), 0);
    cr_assert_eq(qtest_readl(PAGES + 0x1000), 0x11111111);
    cr_assert_eq(qtest_readl(PAGES + 0x3000), 0);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
}

Test(virtio_balloon, inflated_pages_go_back_to_the_host_legacy) { expect_pages_go(false); }
Test(virtio_balloon, inflated_pages_go_back_to_the_host_modern) { expect_pages_go(true); }

Test(virtio_balloon, pages_that_are_no_ram_are_left_alone)
{
    static const uint32_t pages[] = {0xfff00000, 0x80000000, 0xfffff000, 0x7ffff000};
    VirtioDriver driver;
    start(&driver, "virtio-balloon-pci", true, 0);
    uint32_t rom = qtest_readl(0xfff00000);
    inflate(&driver, pages, 4);
    cr_assert_eq(qtest_readl(0xfff00000), rom);
}

Test(virtio_balloon, target_tells_the_guest_how_much_to_give)
{
    VirtioDriver driver;
    start(&driver, "virtio-balloon-pci", true, 0);
    uint64_t ram = machine_get()->config.ram_size;
    object_property_set_uint(balloon(), "target", ram / 2, &error_abort);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_CONFIG);
    cr_assert_eq(config32(&driver, 0), ram / 2 >> 12);
    virtio_driver_set_config(&driver, 5, 1); /* actual: 256 pages */
    cr_assert_eq(object_property_get_uint(balloon(), "actual", &error_abort), ram - 0x100000);
    object_property_set_uint(balloon(), "target", UINT64_MAX, &error_abort);
    cr_assert_eq(config32(&driver, 0), 0);
}

Test(virtio_balloon, configuration_is_little_endian_for_legacy_drivers_too)
{
    VirtioDriver driver;
    start(&driver, "virtio-balloon-pci", false, 0);
    uint64_t ram = machine_get()->config.ram_size;
    object_property_set_uint(balloon(), "target", ram - 0x1000, &error_abort);
    cr_assert_eq(config32(&driver, 0), 1);
}

Test(virtio_balloon, reported_pages_go_unless_they_are_poisoned)
{
    VirtioDriver driver;
    const VirtioTestBuffer page = {PAGES, 0x2000, true};
    start(&driver, "virtio-balloon-pci,free-page-reporting=on", true, 1 << 4 | 1 << 5);
    qtest_writel(PAGES, 0x55);
    virtio_driver_set_config(&driver, 12, 0xaa);
    virtio_driver_request(&driver, REPORTING, &page, 1);
    cr_assert_eq(qtest_readl(PAGES), 0x55);
    virtio_driver_set_config(&driver, 12, 0);
    virtio_driver_request(&driver, REPORTING, &page, 1);
    cr_assert_eq(qtest_readl(PAGES), 0);
}

Test(virtio_balloon, report_may_name_more_than_a_request_may_move)
{
    VirtioDriver driver;
    const VirtioTestBuffer pages[] = {{PAGES, 40 << 20, true},
                                      {PAGES + (40 << 20), 40 << 20, true}};
    start(&driver, "virtio-balloon-pci,free-page-reporting=on", true, 1 << 5);
    qtest_writel(PAGES + (50 << 20), 0x55);
    virtio_driver_request(&driver, REPORTING, pages, 2);
    cr_assert_eq(qtest_readl(PAGES + (50 << 20)), 0);
}

static void put_stat(VirtioDriver *driver, unsigned n, uint16_t tag, uint64_t value)
{
    uint64_t at = DATA + 10 * (uint64_t)n;
    for (unsigned i = 0; i < 2; i++) {
        qtest_writeb(at + i, (uint8_t)(tag >> (driver->modern ? 8 * i : 8 - 8 * i)));
    }
    for (unsigned i = 0; i < 8; i++) {
        qtest_writeb(at + 2 + i, (uint8_t)(value >> (driver->modern ? 8 * i : 56 - 8 * i)));
    }
}

static void expect_stats(bool modern)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver, "virtio-balloon-pci", modern, 1 << 1);
    object_property_set_uint(balloon(), "guest-stats-polling-interval", 2, &error_abort);
    put_stat(&driver, 0, 4, 0x12345);
    put_stat(&driver, 1, 99, 7); /* not known: left out */
    virtio_driver_add(&driver, STATS, &(VirtioTestBuffer){DATA, 20, false}, 1);
    virtio_driver_kick(&driver, STATS);
    g_autofree char *text = object_property_get_str(balloon(), "guest-stats", &error_abort);
    cr_assert_not_null(strstr(text, "stat-free-memory: 74565"), "%s", text);
    cr_assert(!virtio_driver_used(&driver, STATS, &head, &length));
    qtest_clock_step(UINT64_C(2100000000));
    cr_assert(virtio_driver_used(&driver, STATS, &head, &length));
}

Test(virtio_balloon, statistics_are_asked_for_again_legacy) { expect_stats(false); }
Test(virtio_balloon, statistics_are_asked_for_again_modern) { expect_stats(true); }

Test(virtio_balloon, buffer_of_statistics_survives_save_and_load)
{
    VirtioDriver driver;
    start(&driver, "virtio-balloon-pci", true, 1 << 1);
    put_stat(&driver, 0, 4, 1);
    virtio_driver_add(&driver, STATS, &(VirtioTestBuffer){DATA, 10, false}, 1);
    virtio_driver_kick(&driver, STATS);
    DeviceState *dev = board_part("peripheral-anon/device[0]/virtio-backend");
    uint64_t with = qtest_hash(dev);
    qtest_round_trip(dev, dev);
    cr_assert_eq(qtest_hash(dev), with);
    virtio_driver_set_status(&driver, 0);
    cr_assert_neq(qtest_hash(dev), with);
}

Test(virtio_balloon, second_balloon_is_refused)
{
    Error *err = NULL;
    virtio_board("virtio-balloon-pci");
    cr_assert_null(qdev_device_add("virtio-balloon-pci", &err));
    cr_assert_str_eq(error_get_pretty(err), "only one balloon device is supported");
    error_free(err);
}

Test(virtio_balloon, proxy_has_its_class_code)
{
    virtio_board("virtio-balloon-pci");
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0x0a, 2), 0x00ff);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0x10021af4);
}

static void expect_numbers(const char *device, uint32_t id, bool has_ports)
{
    virtio_board(device);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), id);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0x10, 4) != 0, has_ports);
    cr_assert_neq(board_config_read(VIRTIO_TEST_SLOT, 0x20, 4), 0);
}

Test(virtio_balloon, transitional_type_has_both_interfaces)
{
    expect_numbers("virtio-balloon-pci-transitional", 0x10021af4, true);
}

Test(virtio_balloon, non_transitional_type_has_the_modern_one)
{
    expect_numbers("virtio-balloon-pci-non-transitional,deflate-on-oom=on", 0x10451af4, false);
}

Test(virtio_balloon, types_of_one_interface_offer_no_choice)
{
    Error *err = NULL;
    virtio_board("virtio-balloon-pci-transitional");
    cr_assert_null(qdev_device_add("virtio-balloon-pci-transitional,disable-modern=on", &err));
    cr_assert(strstr(error_get_pretty(err), "disable-modern' not found"), "%s",
              error_get_pretty(err));
    error_free(err);
    g_autofree char *help = qdev_device_help("virtio-balloon-pci-transitional", &error_abort);
    cr_assert_null(strstr(help, "disable-"));
    cr_assert_not_null(strstr(help, "  deflate-on-oom=<bool>  - "));
}
