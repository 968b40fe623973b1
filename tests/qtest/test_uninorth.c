/* SPDX-License-Identifier: MIT */
/* UniNorth's PCI hosts: the three address forms, the bridge functions (mac99.md 3.1 to 3.3, A.2). */
#include "hw/pci/pci.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define ADDRESS UINT64_C(0xf2800000)
#define DATA UINT64_C(0xf2c00000)

static DeviceState *host;
static hwaddr address_port, data_port;

static DeviceState *add_host(const char *type)
{
    host = qtest_add(type, ADDRESS);
    sysbus_mmio_map(SYS_BUS_DEVICE(host), 1, DATA);
    resettable_reset(OBJECT(host));
    return host;
}

static void start(void)
{
    qtest_start();
    address_port = ADDRESS;
    data_port = DATA;
}

TestSuite(uninorth, .init = start, .timeout = 120);

static void latch(uint32_t address) { qtest_writel_le(address_port, address); }

static uint32_t config(uint32_t address)
{
    latch(address);
    return qtest_readl_le(data_port);
}

/* Mechanism 1 (OpenBIOS). */
static uint32_t mechanism_1(unsigned slot, unsigned reg) { return 0x80000000 | slot << 11 | reg; }

Test(uninorth, address_reads_back_exactly_what_was_written)
{
    static const uint32_t values[] = {0, 1, 0x00000800, 0xffffffff, 0x80005800, 0x12345678, 0x7003};

    add_host("uni-north-pci");
    cr_assert_eq(qtest_readl_le(ADDRESS), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        latch(values[i]);
        cr_assert_eq(qtest_readl_le(ADDRESS), values[i]);
    }
}

Test(uninorth, address_port_takes_whole_words_only)
{
    add_host("uni-north-pci");
    latch(0x12345678);
    cr_assert_neq(address_space_store(address_space_memory(), ADDRESS, 1, 0xff), MEMTX_OK);
    cr_assert_neq(address_space_store(address_space_memory(), ADDRESS, 2, 0xff), MEMTX_OK);
    qtest_writel(ADDRESS + 4, UINT32_MAX);
    cr_assert_eq(qtest_readl_le(ADDRESS), 0x12345678);
    cr_assert_eq(qtest_readl_le(ADDRESS + 4), 0);
}

Test(uninorth, three_forms_reach_the_main_bridge)
{
    add_host("uni-north-pci");
    cr_assert_eq(config(mechanism_1(11, 0)), 0x001f106b);
    cr_assert_eq(config(0x00000800), 0x001f106b);         /* CFA0: address line 11 */
    cr_assert_eq(config(11 << 11 | 1), 0x001f106b);       /* CFA1 */
    cr_assert_eq(config(mechanism_1(11, 8)), 0x06000000); /* class, revision */
    cr_assert_eq(config(mechanism_1(12, 0)), UINT32_MAX); /* nobody */
    cr_assert_eq(config(0x00001000), UINT32_MAX);
}

Test(uninorth, lowest_address_line_selects_in_cfa0)
{
    add_host("uni-north-pci");
    cr_assert_eq(config(0x7fff0800), 0x001f106b);
    cr_assert_eq(config(0x00000000), UINT32_MAX); /* no line */
    cr_assert_eq(config(0x00000700), UINT32_MAX); /* function bits alone */
    cr_assert_eq(config(0x00000900), UINT32_MAX); /* function 1 is not there */
}

Test(uninorth, other_buses_and_reserved_bits_answer_all_ones)
{
    add_host("uni-north-pci");
    for (unsigned n = 1; n < 256; n <<= 1) {
        cr_assert_eq(config(mechanism_1(11, 0) | n << 16), UINT32_MAX, "bus %u", n);
        cr_assert_eq(config(11 << 11 | 1 | n << 16), UINT32_MAX, "CFA1 bus %u", n);
    }
}

Test(uninorth, low_bits_of_the_register_come_from_the_data_port)
{
    add_host("uni-north-pci");
    latch(mechanism_1(11, 0));
    static const uint8_t id[] = {0x6b, 0x10, 0x1f, 0x00};
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(qtest_readb(DATA + i), id[i]);
    }
    cr_assert_eq(qtest_readw_le(DATA + 2), 0x001f);
    cr_assert_eq(qtest_readb(DATA + 4), 0x6b); /* mechanism 1 sees two bits of it */
    latch(0x00000808);                         /* CFA0: three bits */
    cr_assert_eq(qtest_readl_le(DATA + 4), 0x1000);
    cr_assert_eq(qtest_readl_le(DATA), 0x06000000);
    latch(0x0000080c); /* bit 2 of the address is not looked at */
    cr_assert_eq(qtest_readl_le(DATA), 0x06000000);
}

/* mac99.md 3.2: OpenBIOS's stray write of ..1 to "register 4" of slot 12 lands on register 0. */
Test(uninorth, stray_cycle_leaves_the_command_register_alone)
{
    add_host("uni-north-pci");
    PCIBus *bus = PCI_BUS(qdev_get_child_bus(host, "pci.0"));
    pci_create_simple(bus, PCI_DEVFN(12, 0), "qtest-pci-card", &error_abort);
    latch(mechanism_1(12, 4));
    qtest_writew_le(DATA, 3);
    cr_assert_eq(config(0x00007030), 0); /* slot 12 through CFA0: its ROM BAR */
    latch(0x00007004);
    qtest_writel_le(DATA, 1);
    cr_assert_eq(config(mechanism_1(12, 4)) & 0xffff, 3);
    cr_assert_eq(config(mechanism_1(12, 0)), 0x56781234);
}

Test(uninorth, main_bridge_registers)
{
    add_host("uni-north-pci");
    cr_assert_eq(config(mechanism_1(11, 0x0c)), 0x00001000); /* latency 0x10, header type 0 */
    cr_assert_eq(config(mechanism_1(11, 0x2c)), 0x11001af4);
    cr_assert_eq(config(mechanism_1(11, 0x34)), 0);
    cr_assert_eq(config(mechanism_1(11, 0x48)), 0x01000000);
}

Test(uninorth, reset_restores_the_address_select_register)
{
    add_host("uni-north-pci");
    latch(mechanism_1(11, 0x48));
    qtest_writel_le(DATA, 0xdeadbeef);
    resettable_reset(OBJECT(host));
    cr_assert_eq(qtest_readl_le(ADDRESS), 0);
    cr_assert_eq(config(mechanism_1(11, 0x48)), 0x01000000);
}

/* A.2: OpenBIOS treats the bridge as one with a secondary bus. */
Test(uninorth, bridge_style_writes_are_inert)
{
    add_host("uni-north-pci");
    static const struct {
        uint8_t reg, size;
        uint16_t value;
    } writes[] = {{0x18, 1, 0}, {0x19, 1, 0},      {0x1a, 1, 0xff}, {0x20, 2, 0x8000},
                  {0x30, 2, 0}, {0x1c, 1, 0x10},   {0x32, 2, 1},    {0x1d, 1, 0},
                  {0x1a, 1, 0}, {0x22, 2, 0x8230}, {0x32, 2, 0},    {0x1d, 1, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(writes); i++) {
        latch(mechanism_1(11, writes[i].reg & 0xfc));
        if (writes[i].size == 1) {
            qtest_writeb(DATA + (writes[i].reg & 3), (uint8_t)writes[i].value);
        } else {
            qtest_writew_le(DATA + (writes[i].reg & 3), writes[i].value);
        }
    }
    for (unsigned reg = 0x10; reg < 0x28; reg += 4) {
        cr_assert_eq(config(mechanism_1(11, reg)), 0, "register %#x", reg);
    }
    cr_assert_eq(config(mechanism_1(11, 0x30)), 0);
    latch(mechanism_1(11, 4));
    qtest_writew_le(DATA, 2);
    cr_assert_eq(qtest_readw_le(DATA), 2);
}

static void check_dummy_host(const char *type, unsigned slot, uint32_t id)
{
    add_host(type);
    cr_assert_eq(config(mechanism_1(slot, 0)), id);
    cr_assert_eq(config(mechanism_1(slot, 8)), 0x06000000);
    cr_assert_eq(config(mechanism_1(slot, 0x0c)), 0x00001000);
    cr_assert_eq(config(1u << slot), UINT32_MAX);     /* CFA0 */
    cr_assert_eq(config(slot << 11 | 1), UINT32_MAX); /* CFA1 */
    cr_assert_eq(config(mechanism_1(slot + 1, 0)), UINT32_MAX);
}

Test(uninorth, agp_host_decodes_mechanism_1_only)
{
    check_dummy_host("uni-north-agp", 11, 0x0020106b);
}

Test(uninorth, internal_host_decodes_mechanism_1_only)
{
    check_dummy_host("uni-north-internal-pci", 14, 0x001e106b);
}

Test(uninorth, writes_to_nobody_vanish)
{
    add_host("uni-north-pci");
    latch(mechanism_1(20, 4));
    qtest_writel_le(DATA, UINT32_MAX);
    latch(0);
    qtest_writel_le(DATA, UINT32_MAX);
    cr_assert_eq(config(mechanism_1(11, 4)), 0);
}

Test(uninorth, state_survives_save_and_load)
{
    DeviceState *first = add_host("uni-north-pci");
    DeviceState *fresh = qtest_add("uni-north-pci", ADDRESS + 0x10000);

    latch(0x80005848);
    uint64_t before = qtest_hash(first);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(first, fresh), before);
    cr_assert_eq(qtest_readl_le(ADDRESS + 0x10000), 0x80005848);
}
