/* SPDX-License-Identifier: MIT */
/*
 * Behind a PCI-PCI bridge: configuration cycles, windows, bus mastering, interrupts, reset; functions of one
 * slot; expansion ROMs.
 * Covers: hw/pci/pci_bridge.c, hw/pci/pci_rom.c, hw/pci/pci_bus.c, hw/pci/pci_info.c.
 */
#include "hw/pci/pci.h"
#include "tests/qtest/board.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { BRIDGE = 16, CARD = 3, BEHIND = 1 };
#define CONFIG_ADDRESS UINT64_C(0xf2800000)
#define CONFIG_DATA UINT64_C(0xf2c00000)
#define MEMORY UINT64_C(0x80000000)
#define IO UINT64_C(0xf2000000)
#define CARD_TYPE "virtio-balloon-pci"

/* --- the guest's side: mechanism 1, any bus ---------------------------------------------------------------- */

static void latch(unsigned number, unsigned slot, unsigned reg)
{
    qtest_writel_le(CONFIG_ADDRESS, 0x80000000 | number << 16 | slot << 11 | (reg & 0x7fc));
}

static uint32_t get(unsigned number, unsigned slot, unsigned reg)
{
    latch(number, slot, reg);
    return qtest_readl_le(CONFIG_DATA);
}

static void put(unsigned number, unsigned slot, unsigned reg, uint32_t value)
{
    latch(number, slot, reg);
    qtest_writel_le(CONFIG_DATA, value);
}

/* Bus 1 behind the bridge, I/O 0x2000 to 0x2fff, memory 0x80100000 to 0x801fffff. */
static void set_up_bridge(uint32_t command)
{
    put(0, BRIDGE, PCI_PRIMARY_BUS, BEHIND << 16 | BEHIND << 8);
    put(0, BRIDGE, PCI_IO_BASE, 0x2020);
    put(0, BRIDGE, PCI_MEMORY_BASE, 0x80108010);
    put(0, BRIDGE, PCI_PREF_MEMORY_BASE, 0x0000fff0); /* closed */
    put(0, BRIDGE, PCI_COMMAND, command);
}

static void set_up_card(void)
{
    put(BEHIND, CARD, PCI_BASE_ADDRESS_0, 0x2000);
    put(BEHIND, CARD, PCI_BASE_ADDRESS_0 + 16, 0x80100000);
    put(BEHIND, CARD, PCI_COMMAND, 7);
}

static PCIDevice *start(void)
{
    board_start("cuda");
    qdev_device_add("pci-bridge,id=br,addr=10,chassis_nr=7", &error_abort);
    PCIDevice *card = PCI_DEVICE(qdev_device_add(CARD_TYPE ",id=b,bus=br,addr=3", &error_abort));
    set_up_bridge(7);
    set_up_card();
    return card;
}

/* --- the bridge ---------------------------------------------------------------------------------------------- */

Test(pci_bridge, header_is_of_type_1)
{
    start();
    cr_assert_eq(get(0, BRIDGE, 0), 0x00011b36);
    cr_assert_eq(get(0, BRIDGE, 8), 0x06040000);
    cr_assert_eq(get(0, BRIDGE, 0x0c) >> 16 & 0xff, 1);
    put(0, BRIDGE, PCI_BASE_ADDRESS_0, UINT32_MAX);
    cr_assert_eq(get(0, BRIDGE, PCI_BASE_ADDRESS_0), 0);
    put(0, BRIDGE, 0x28, UINT32_MAX);
    cr_assert_eq(get(0, BRIDGE, 0x28), 0);
    cr_assert_eq(get(0, BRIDGE, 0x2c), 0);
    unsigned at = get(0, BRIDGE, PCI_CAPABILITY_LIST) & 0xff;
    cr_assert_eq(get(0, BRIDGE, at), 0x07200004);
}

Test(pci_bridge, cycles_for_its_bus_pass)
{
    start();
    cr_assert_eq(get(BEHIND, CARD, 0), 0x10021af4);
    cr_assert_eq(get(BEHIND, CARD + 1, 0), UINT32_MAX);
    cr_assert_eq(get(2, CARD, 0), UINT32_MAX);
    put(0, BRIDGE, PCI_PRIMARY_BUS, 0x050500);
    cr_assert_eq(get(BEHIND, CARD, 0), UINT32_MAX);
    cr_assert_eq(get(5, CARD, 0), 0x10021af4);
    put(0, BRIDGE, PCI_PRIMARY_BUS, 0); /* as after a reset: none */
    cr_assert_eq(get(0, CARD, 0), UINT32_MAX);
}

Test(pci_bridge, cycles_pass_two_bridges)
{
    board_start("cuda");
    qdev_device_add("pci-bridge,id=br,addr=10", &error_abort);
    qdev_device_add("pci-bridge,id=inner,bus=br,addr=4", &error_abort);
    PCIDevice *card = PCI_DEVICE(qdev_device_add(CARD_TYPE ",bus=inner,addr=3", &error_abort));
    put(0, BRIDGE, PCI_PRIMARY_BUS, 0x020100);
    put(1, 4, PCI_PRIMARY_BUS, 0x020201);
    cr_assert_eq(get(2, 3, 0), 0x10021af4);
    cr_assert_eq(pci_bus_number(pci_get_bus(card)), 2);
    for (unsigned n = 3; n < 256; n++) {
        cr_assert_eq(get(n, 3, 0), UINT32_MAX);
    }
}

Test(pci_bridge, bridges_that_name_each_others_bus_end_the_search)
{
    board_start("cuda");
    qdev_device_add("pci-bridge,id=br,addr=10", &error_abort);
    qdev_device_add("pci-bridge,id=inner,bus=br,addr=4", &error_abort);
    for (unsigned numbers = 0; numbers < 0x10000; numbers += 0x123) {
        put(0, BRIDGE, PCI_PRIMARY_BUS, numbers << 8);
        put(numbers & 0xff, 4, PCI_PRIMARY_BUS, 0xff0000 | (numbers & 0xff00));
        get(numbers & 0xff, 0, 0);
        get(numbers >> 8, 0, 0);
    }
}

Test(pci_bridge, windows_pass_what_lies_in_them)
{
    start();
    cr_assert_neq(qtest_readl_le(MEMORY + 0x100004), UINT32_MAX); /* features */
    cr_assert_neq(qtest_readl_le(IO + 0x2000), UINT32_MAX);
    cr_assert_eq(qtest_readl_le(MEMORY + 0x180000), UINT32_MAX); /* in the window, nobody's */
    put(BEHIND, CARD, PCI_BASE_ADDRESS_0 + 16, 0x80200000);
    cr_assert_eq(qtest_readl_le(MEMORY + 0x200004), UINT32_MAX);
    put(0, BRIDGE, PCI_MEMORY_BASE, 0x80208020);
    cr_assert_neq(qtest_readl_le(MEMORY + 0x200004), UINT32_MAX);
    put(0, BRIDGE, PCI_MEMORY_BASE, 0x80108020); /* base above limit */
    cr_assert_eq(qtest_readl_le(MEMORY + 0x200004), UINT32_MAX);
    put(0, BRIDGE, PCI_PREF_MEMORY_BASE, 0x80208020);
    cr_assert_neq(qtest_readl_le(MEMORY + 0x200004), UINT32_MAX);
    put(0, BRIDGE, PCI_COMMAND, 4);
    cr_assert_eq(qtest_readl_le(MEMORY + 0x200004), UINT32_MAX);
    cr_assert_eq(qtest_readl_le(IO + 0x2000), UINT32_MAX);
}

Test(pci_bridge, its_bus_master_bit_gates_what_is_behind)
{
    PCIDevice *card = start();
    uint32_t word = 0;
    qtest_writel(0x1000, 0x12345678);
    cr_assert_eq(pci_dma_read(card, 0x1000, &word, 4), MEMTX_OK);
    cr_assert_eq(ldl_be_p(&word), 0x12345678);
    put(0, BRIDGE, PCI_COMMAND, 3);
    cr_assert_eq(pci_dma_read(card, 0x1000, &word, 4), MEMTX_DECODE_ERROR);
    put(0, BRIDGE, PCI_COMMAND, 7);
    put(BEHIND, CARD, PCI_COMMAND, 3);
    cr_assert_eq(pci_dma_read(card, 0x1000, &word, 4), MEMTX_DECODE_ERROR);
}

/* Pin A of slot 3 is the bridge's pin D; the bridge sits in slot 16. */
Test(pci_bridge, pins_turn_with_the_slots)
{
    PCIDevice *card = start();
    DeviceState *host = DEVICE(BUS(pci_get_bus(PCI_DEVICE(board_part("peripheral/br"))))->parent);
    QTestLine *line = qtest_watch_irq(host, (CARD + BRIDGE) % 4);
    pci_set_irq(card, true);
    cr_assert_eq(line->level, 1);
    pci_set_irq(PCI_DEVICE(qdev_device_add("pci-bridge,addr=11", &error_abort)), true); /* no pin */
    pci_set_irq(card, false);
    cr_assert_eq(line->level, 0);
    pci_set_irq(card, true);
    qdev_device_del("br", &error_abort); /* and all that is behind it */
    cr_assert_eq(line->level, 0);
    cr_assert_null(qdev_find_by_id("b"));
    cr_assert_eq(get(0, BRIDGE, 0), UINT32_MAX);
}

Test(pci_bridge, card_plugged_behind_it_knows_its_source)
{
    start();
    qdev_device_del("b", &error_abort);
    qdev_device_add(CARD_TYPE ",bus=br,addr=5", &error_abort);
    cr_assert_eq(get(BEHIND, 5, PCI_INTERRUPT_LINE) & 0xff, 27 + (5 + BRIDGE) % 4);
}

Test(pci_bridge, secondary_reset_resets_the_cards)
{
    start();
    put(0, BRIDGE, 0x3c, 0x00400000);
    cr_assert_eq(get(BEHIND, CARD, PCI_COMMAND) & 0xffff, 0);
    put(0, BRIDGE, 0x3c, 0);
    set_up_card();
    cr_assert_neq(qtest_readl_le(MEMORY + 0x100004), UINT32_MAX);
    machine_reset(machine_get());
    cr_assert_eq(get(0, BRIDGE, PCI_PRIMARY_BUS), 0);
    cr_assert_eq(qtest_readl_le(MEMORY + 0x100004), UINT32_MAX);
}

Test(pci_bridge, windows_survive_save_and_load)
{
    start();
    DeviceState *bridge = board_part("peripheral/br");
    qtest_round_trip(bridge, bridge);
    cr_assert_neq(qtest_readl_le(MEMORY + 0x100004), UINT32_MAX);
}

Test(pci_bridge, info_shows_both_sides)
{
    PCIDevice *card = start();
    PCIBus *root = pci_get_bus(PCI_DEVICE(board_part("peripheral/br")));
    GString *out = g_string_new(NULL);
    pci_info(root, out);
    cr_assert(strstr(out->str, "  Bus  0, device  16, function 0:\n"
                               "    PCI bridge: PCI device 1b36:0001\n"
                               "      BUS 0.\n      secondary bus 1.\n      subordinate bus 1.\n"
                               "      IO range [0x2000, 0x2fff]\n"
                               "      memory range [0x80100000, 0x801fffff]\n"
                               "      prefetchable memory range [0xfff00000, 0x000fffff]\n"
                               "      id \"br\"\n"
                               "  Bus  1, device   3, function 0:\n"
                               "    Class 0255: PCI device 1af4:1002\n"),
              "%s", out->str);
    cr_assert_not_null(card);
    g_string_free(out, true);
}

static void expect_refused(const char *device, const char *message)
{
    Error *err = NULL;
    cr_assert_null(qdev_device_add(device, &err), "%s", device);
    cr_assert_str_eq(error_get_pretty(err), message);
    error_free(err);
}

Test(pci_bridge, cards_go_on_the_boards_bus_unless_told)
{
    board_start("cuda");
    qdev_device_add("pci-bridge,id=a", &error_abort);
    PCIDevice *card = PCI_DEVICE(qdev_device_add(CARD_TYPE, &error_abort));
    cr_assert_null(pci_bus_bridge(pci_get_bus(card)));
    expect_refused("pci-bridge,shpc=on",
                   "shpc=on: this board has no hot-plug controller; the guest rescans");
}

/* --- functions of a slot --------------------------------------------------------------------------------------- */

Test(pci_bridge, functions_share_a_slot_if_the_first_says_so)
{
    board_start("cuda");
    qdev_device_add("pci-bridge,addr=15.1", &error_abort);
    expect_refused("pci-bridge,addr=15.0",
                   "PCI: 15.0 indicates single function, but the slot has others already");
    qdev_device_add("pci-bridge,addr=15.0,multifunction=on", &error_abort);
    qdev_device_add("pci-bridge,addr=15.7", &error_abort);
    cr_assert_eq(get(0, 0x15, 0x0c) >> 16 & 0xff, 0x81);
    cr_assert_eq(get(0, 0x15, 7 << 8 | 0), 0x00011b36);
    qdev_device_add("pci-bridge,addr=16", &error_abort);
    expect_refused("pci-bridge,addr=16.1",
                   "PCI: single function device can't be populated in function 16.1: 16.0 needs "
                   "multifunction=on");
}

/* --- expansion ROMs ---------------------------------------------------------------------------------------------- */

static char *rom_file(size_t size)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-rom-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc0(size + 1);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i * 7 + 1);
    }
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return path;
}

static void expect_rom_refused(size_t size, const char *more, const char *reason)
{
    Error *err = NULL;
    g_autofree char *path = rom_file(size);
    g_autofree char *text = g_strdup_printf(CARD_TYPE ",romfile=%s%s", path, more);
    cr_assert_null(qdev_device_add(text, &err));
    cr_assert(strstr(error_get_pretty(err), reason), "%s", error_get_pretty(err));
    error_free(err);
    g_unlink(path);
}

Test(pci_bridge, rom_is_as_large_as_a_power_of_two)
{
    board_start("cuda");
    g_autofree char *path = rom_file(5000);
    g_autofree char *text = g_strdup_printf(CARD_TYPE ",addr=10,romfile=%s", path);
    qdev_device_add(text, &error_abort);
    g_unlink(path);
    put(0, 16, PCI_ROM_ADDRESS, UINT32_MAX);
    cr_assert_eq(get(0, 16, PCI_ROM_ADDRESS), 0xffffe001);
    put(0, 16, PCI_ROM_ADDRESS, 0x80200000);
    put(0, 16, PCI_COMMAND, 2);
    cr_assert_eq(qtest_readb(MEMORY + 0x200000), 0xff); /* its own bit is off */
    put(0, 16, PCI_ROM_ADDRESS, 0x80200001);
    cr_assert_eq(qtest_readb(MEMORY + 0x200000), 1);
    cr_assert_eq(qtest_readb(MEMORY + 0x200000 + 4999), (uint8_t)(4999 * 7 + 1));
    cr_assert_eq(qtest_readb(MEMORY + 0x200000 + 5000), 0);
    qtest_writeb(MEMORY + 0x200000, 9);
    cr_assert_eq(qtest_readb(MEMORY + 0x200000), 1);
}

Test(pci_bridge, rom_that_cannot_be_is_refused)
{
    board_start("cuda");
    uint64_t before = machine_hash(machine_get());
    expect_rom_refused(0, "", "is empty");
    expect_rom_refused(5000, ",romsize=4096", "is larger than romsize 4096");
    expect_rom_refused(5000, ",romsize=5000", "romsize 5000 is not a power of two");
    expect_rom_refused(5000, ",disable-legacy=on,disable-modern=on", "neither modern nor legacy");
    Error *err = NULL;
    cr_assert_null(qdev_device_add(CARD_TYPE ",romfile=/nowhere/rom", &err));
    error_free(err);
    cr_assert_eq(machine_hash(machine_get()), before);
}

Test(pci_bridge, rom_can_be_hidden)
{
    board_start("cuda");
    qdev_device_add(CARD_TYPE ",addr=10,romfile=/nowhere/rom,rombar=0", &error_abort);
    put(0, 16, PCI_ROM_ADDRESS, UINT32_MAX);
    cr_assert_eq(get(0, 16, PCI_ROM_ADDRESS), 0);
    qdev_device_add("pci-bridge,romfile=", &error_abort);
}
