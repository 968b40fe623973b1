/* SPDX-License-Identifier: MIT */
/* MacIO as a PCI function of parts: what via= changes, failures, state. Its wires: test_mac99.c. */
#include "chardev/chardev.h"
#include "hw/pci/pci.h"
#include "tests/qtest/board.h"

#include <criterion/criterion.h>

static PCIBus *bus;

static void start(void)
{
    qtest_start();
    DeviceState *host = qtest_add("uni-north-pci", 0xf2800000);
    SysBusDevice *sbd = SYS_BUS_DEVICE(host);
    MemoryRegion *hole = g_new0(MemoryRegion, 1);
    sysbus_mmio_map(sbd, 1, 0xf2c00000);
    memory_region_init_alias(hole, NULL, "hole", sysbus_mmio_get_region(sbd, 2), 0x80000000,
                             1 << 28);
    memory_region_add_subregion(get_system_memory(), 0x80000000, hole);
    bus = PCI_BUS(qdev_get_child_bus(host, "pci.0"));
}

TestSuite(macio, .init = start, .timeout = 120);

static DeviceState *add(const char *via)
{
    DeviceState *macio = pci_new(PCI_DEVFN(12, 0), "macio-newworld");

    object_property_parse(OBJECT(macio), "via", via, &error_abort);
    qdev_realize_and_unref(macio, BUS(bus), &error_abort); /* the tree keeps it */
    resettable_reset(OBJECT(macio));
    board_map_macio();
    return macio;
}

/* A part of it does; neither its gaps nor the host. */
static bool answers(hwaddr addr)
{
    const MemoryRegion *mr = address_space_translate(address_space_memory(), addr).mr;
    return mr && !g_str_equal(memory_region_name(mr), "macio") &&
           !g_str_equal(memory_region_name(mr), "pci-memory-unclaimed");
}

static bool has_part(DeviceState *macio, const char *name)
{
    return object_resolve_path_component(OBJECT(macio), name) != NULL;
}

Test(macio, cuda_has_no_gpio_and_no_pmu)
{
    DeviceState *macio = add("cuda");

    cr_assert(has_part(macio, "cuda"));
    cr_assert_not(has_part(macio, "pmu") || has_part(macio, "gpio"));
    cr_assert_not(answers(0x80000059));
}

Test(macio, pmu_comes_with_gpio)
{
    DeviceState *macio = add("pmu");

    cr_assert(has_part(macio, "pmu") && has_part(macio, "gpio"));
    cr_assert_not(has_part(macio, "cuda"));
    cr_assert_eq(qtest_readb(0x80000059), 0x02);
}

Test(macio, unknown_via_is_refused)
{
    DeviceState *macio = pci_new(PCI_DEVFN(12, 0), "macio-newworld");
    Error *err = NULL;

    object_property_parse(OBJECT(macio), "via", "iop", &err);
    cr_assert_not_null(err);
    error_free(err);
}

Test(macio, function_has_one_bar_of_512_kib_and_no_interrupt_pin)
{
    add("cuda");
    cr_assert_eq(board_config_read(12, 0, 4), 0x0022106b);
    cr_assert_eq(board_config_read(12, 8, 4), 0xff000000);
    cr_assert_eq(board_config_read(12, 0x3d, 1), 0);
    board_config_write(12, 0x10, 4, UINT32_MAX);
    cr_assert_eq(board_config_read(12, 0x10, 4), 0xfff80000);
}

Test(macio, parts_move_with_the_bar)
{
    add("cuda");
    board_config_write(12, 0x10, 4, 0x88000000);
    cr_assert_not(answers(0x80041000));
    cr_assert_eq(qtest_readl_le(0x88041000), 0x003f0002);
    cr_assert_eq(qtest_readb(0x88020070), 0);
}

Test(macio, bar_that_is_moved_by_a_part_of_its_own_is_survived)
{
    add("cuda");
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    memory_region_init_ram(ram, NULL, "ram", 1 << 16, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    board_config_read(12, 0x10, 4);      /* leaves the address port at BAR0 */
    qtest_writel_le(0x1000, 0x46000004); /* STORE_WORD 4, system */
    qtest_writel_le(0x1004, 0xf2c00000);
    qtest_writel_le(0x1008, 0x84000000);
    qtest_writel_le(0x1010, 0x70000000);
    qtest_writel_le(0x80008b0c, 0x1000);
    qtest_writel_le(0x80008b00, 0x80008000);
    cr_assert_not(answers(0x80008b00));
    cr_assert_eq(qtest_readl_le(0x84008b04), 0x8000);
    cr_assert_eq(qtest_readl_le(0x84041000), 0x003f0002);
}

Test(macio, serial_port_that_is_taken_fails_and_unwinds)
{
    DeviceState *macio = pci_new(PCI_DEVFN(12, 0), "macio-newworld");
    Chardev *chr = chardev_new_from_str("null,id=taken", &error_abort);
    Error *err = NULL;

    chardev_claim(chr, &error_abort);
    object_property_set_link(OBJECT(macio), "chardev-a", OBJECT(chr), &error_abort);
    cr_assert_not(qdev_realize(macio, BUS(bus), &err));
    cr_assert_not_null(err);
    error_free(err);
    object_unref(macio);
    cr_assert_null(pci_find_device(bus, PCI_DEVFN(12, 0)));
    add("cuda"); /* the slot and the inputs are free again */
}

Test(macio, parts_go_with_the_function)
{
    DeviceState *macio = add("pmu");

    object_unparent(OBJECT(macio));
    cr_assert_not(answers(0x80041000));
    cr_assert_eq(board_config_read(12, 0, 4), UINT32_MAX);
    add("cuda");
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

Test(macio, state_survives_save_and_load)
{
    DeviceState *macio = add("cuda");
    uint64_t before = qtest_hash(macio);
    GByteArray *saved = g_byte_array_new();

    vmstate_save(DEVICE_GET_CLASS(macio)->vmsd, macio, saved);
    resettable_reset(OBJECT(macio));
    cr_assert_neq(qtest_hash(macio), before);
    VMStateReader in = {.data = saved->data, .length = saved->len};
    vmstate_load(DEVICE_GET_CLASS(macio)->vmsd, macio, &in, &error_abort);
    cr_assert_eq(qtest_hash(macio), before);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}
