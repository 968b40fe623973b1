/* SPDX-License-Identifier: MIT */
/* virtio-pmem: hw/virtio/virtio_pmem.c. Place, flushes, unplugging, refusals; memory_region_sync(). */
#include "hw/core/memory_device.h"
#include "hw/pci/pci.h"
#include "tests/qtest/virtio_driver.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define PERSISTENT UINT64_C(0x90000000)
enum { RINGS = 0x100000, REQUEST = 0x200000, ANSWER = 0x201000, BAR_MEMORY = (int)0x84000000 };
enum { FLUSH = 0, LATENCY_NS = 20000 };

static char *path;

static void start_board(void)
{
    MachineState *board = board_new("cuda");
    cr_assert(machine_parse_memory(board, "128,maxmem=1G", &error_abort));
    path = g_build_filename(g_get_tmp_dir(), "core99-pmem-XXXXXX", NULL);
    close(g_mkstemp(path));
    g_autofree char *text = g_strdup_printf("memory-backend-file,id=p,size=2M,share=on,mem-path=%s",
                                            path);
    cr_assert_not_null(user_creatable_add_from_str(text, &error_abort));
    board_build(board);
}

static void end(void) { g_unlink(path); }

static void plug(const char *options)
{
    g_autofree char *text = g_strdup_printf("virtio-pmem-pci,id=v,memdev=p,addr=%x%s",
                                            VIRTIO_TEST_SLOT, options);
    cr_assert_not_null(qdev_device_add(text, &error_abort));
    board_config_write(VIRTIO_TEST_SLOT, PCI_BASE_ADDRESS_0 + 16, 4, (uint32_t)BAR_MEMORY);
    board_config_write(VIRTIO_TEST_SLOT, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void start(VirtioDriver *driver)
{
    start_board();
    plug("");
    virtio_driver_start(driver, true, 0);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
}

static const VirtioTestBuffer request[] = {{REQUEST, 4, false}, {ANSWER, 4, true}};

static void ask(VirtioDriver *driver, uint32_t type)
{
    qtest_writel_le(REQUEST, type);
    qtest_writel_le(ANSWER, 0x55555555);
    virtio_driver_add(driver, 0, request, 2);
    virtio_driver_kick(driver, 0);
}

static uint64_t config64(VirtioDriver *driver, unsigned offset)
{
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;) {
        value = value << 8 | virtio_driver_config(driver, offset + i);
    }
    return value;
}

Test(virtio_pmem, configuration_says_where_the_memory_lies, .fini = end)
{
    VirtioDriver driver;
    start(&driver);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0x105b1af4);
    cr_assert_eq(config64(&driver, 0), PERSISTENT);
    cr_assert_eq(config64(&driver, 8), 2 << 20);
    qtest_writel(PERSISTENT + 0x1ffffc, 7);
    cr_assert_eq(qtest_readl(PERSISTENT + 0x1ffffc), 7);
}

Test(virtio_pmem, a_flush_completes_after_its_latency_and_the_file_has_the_bytes, .fini = end)
{
    VirtioDriver driver;
    uint32_t head, length;
    uint8_t bytes[4];
    start(&driver);
    qtest_writel(PERSISTENT + 8, 0x12345678);
    ask(&driver, FLUSH);
    qtest_clock_step(LATENCY_NS - 1);
    cr_assert_not(virtio_driver_used(&driver, 0, &head, &length));
    qtest_clock_step(1);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(length, 4);
    cr_assert_eq(qtest_readl_le(ANSWER), 0);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
    int fd = open(path, O_RDONLY);
    cr_assert_eq(pread(fd, bytes, 4, 8), 4);
    cr_assert_eq(ldl_be_p(bytes), 0x12345678);
    close(fd);
}

Test(virtio_pmem, flushes_that_come_meanwhile_wait_their_turn, .fini = end)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver);
    for (unsigned i = 0; i < 3; i++) {
        ask(&driver, FLUSH);
    }
    for (unsigned i = 0; i < 3; i++) {
        qtest_clock_step(LATENCY_NS);
        cr_assert(virtio_driver_used(&driver, 0, &head, &length));
        cr_assert_not(virtio_driver_used(&driver, 0, &head, &length));
    }
}

Test(virtio_pmem, an_unknown_request_fails, .fini = end)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver);
    ask(&driver, 77);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(qtest_readl_le(ANSWER), 1);
}

Test(virtio_pmem, a_request_without_type_or_room_stops_the_device, .fini = end)
{
    static const VirtioTestBuffer shorts[][2] = {{{REQUEST, 3, false}, {ANSWER, 4, true}},
                                                 {{REQUEST, 4, false}, {ANSWER, 3, true}}};
    VirtioDriver driver;
    start(&driver);
    for (unsigned i = 0; i < 2; i++) {
        virtio_driver_start(&driver, true, 0);
        virtio_driver_queue(&driver, 0, RINGS, 0);
        virtio_driver_ok(&driver);
        virtio_driver_add(&driver, 0, shorts[i], 2);
        virtio_driver_kick(&driver, 0);
        cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    }
}

Test(virtio_pmem, a_reset_drops_the_flush_under_way, .fini = end)
{
    VirtioDriver driver;
    start(&driver);
    ask(&driver, FLUSH);
    virtio_driver_set_status(&driver, 0);
    qtest_clock_step(2 * LATENCY_NS);
    cr_assert_eq(qtest_readl_le(ANSWER), 0x55555555);
}

Test(virtio_pmem, a_flush_under_way_survives_save_and_load, .fini = end)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver);
    DeviceState *dev = board_part("peripheral/v/virtio-backend");
    ask(&driver, FLUSH);
    uint64_t hash = qtest_hash(dev);
    qtest_round_trip(dev, dev);
    cr_assert_eq(qtest_hash(dev), hash);
    qtest_clock_step(LATENCY_NS);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
}

Test(virtio_pmem, unplugging_takes_the_memory_away_and_it_can_come_back, .fini = end)
{
    VirtioDriver driver;
    start(&driver);
    qtest_writel(PERSISTENT, 5);
    ask(&driver, FLUSH);
    cr_assert_not(user_creatable_del("p", NULL));
    cr_assert(qdev_unplug(qdev_find_by_id("v"), &error_abort));
    cr_assert_null(address_space_translate(address_space_memory(), PERSISTENT).mr);
    plug(",memaddr=0x90100000");
    cr_assert_eq(qtest_readl(PERSISTENT + 0x100000), 5);
}

static void expect_refused(const char *text, const char *message)
{
    Error *err = NULL;
    cr_assert_null(qdev_device_add(text, &err));
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

Test(virtio_pmem, each_refusal_leaves_nothing_behind, .fini = end)
{
    start_board();
    expect_refused("virtio-pmem-pci", "'memdev' is missing");
    expect_refused("virtio-pmem-pci,memdev=p,memaddr=0x1000", "persistent memory lies in");
    expect_refused("virtio-pmem-pci,memdev=p,memaddr=0x90000800", "multiple of 1 MiB");
    expect_refused("virtio-pmem-pci,memdev=p,disable-modern=on", "neither modern nor legacy");
    expect_refused("virtio-pmem-pci,memdev=p,disable-legacy=off", "modern-only");
    cr_assert_null(address_space_translate(address_space_memory(), PERSISTENT).mr);
    plug("");
    expect_refused("virtio-pmem-pci,memdev=p", "'p' is used more than once");
}
