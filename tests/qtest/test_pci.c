/* SPDX-License-Identifier: MIT */
/*
 * PCI bus and devices: configuration space, BARs, bus master gate, INTx, slots.
 * Covers: hw/pci/pci_bus.c, hw/pci/pci_device.c.
 */
#include "hw/pci/pci.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

/* A card with two memory BARs, an I/O BAR, a ROM BAR and INTA; every BAR reads its number. */
#define TYPE_CARD "qtest-pci-card"
typedef struct Card {
    PCIDevice parent_obj;
    MemoryRegion regions[PCI_BARS];
    unsigned config_writes;
    bool broken;
} Card;

static const struct {
    unsigned bar, size;
    uint8_t type;
} card_bars[] = {{0, 0x1000, 0},
                 {1, 0x100, PCI_BASE_ADDRESS_IO},
                 {2, 0x10000, PCI_BASE_ADDRESS_PREFETCH},
                 {PCI_ROM_BAR, 0x8000, 0}};

static uint64_t card_read(void *opaque, G_GNUC_UNUSED hwaddr offset, G_GNUC_UNUSED unsigned size)
{
    return (uintptr_t)opaque;
}
static void card_write(G_GNUC_UNUSED void *opaque, G_GNUC_UNUSED hwaddr offset,
                       G_GNUC_UNUSED uint64_t value, G_GNUC_UNUSED unsigned size)
{
}
static const MemoryRegionOps card_ops = {.read = card_read, .write = card_write};

static bool card_realize(PCIDevice *dev, Error **errp)
{
    Card *card = (Card *)dev;

    if (card->broken) {
        return error_setg(errp, "the card is broken");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(card_bars); i++) {
        MemoryRegion *mr = &card->regions[card_bars[i].bar];
        void *reply = (void *)(uintptr_t)(0xb0 + card_bars[i].bar);
        memory_region_init_io(mr, OBJECT(dev), &card_ops, reply, "bar", card_bars[i].size);
        pci_register_bar(dev, card_bars[i].bar, card_bars[i].type, mr);
    }
    dev->config[0x60] = 0x5a;
    return true;
}

static void card_config_written(PCIDevice *dev, G_GNUC_UNUSED uint8_t reg,
                                G_GNUC_UNUSED unsigned size)
{
    ((Card *)dev)->config_writes++;
}

static const VMStateDescription vmstate_card = {
    .name = TYPE_CARD,
    .version = 1,
    .minimum_version = 1,
    .fields = (const VMStateField[]){VMSTATE_PCI_DEVICE(parent_obj, Card), VMSTATE_END_OF_LIST()},
};

static const Property card_properties[] = {
    {.name = "broken", .type = FIELD_BOOL, .offset = offsetof(Card, broken)}, {0}};

static void card_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    DEVICE_CLASS(klass)->vmsd = &vmstate_card;
    device_class_set_props(DEVICE_CLASS(klass), card_properties);
    pc->vendor_id = 0x1234;
    pc->device_id = 0x5678;
    pc->class_id = 0x0280;
    pc->revision = 9;
    pc->prog_if = 7;
    pc->interrupt_pin = 1;
    pc->realize = card_realize;
    pc->config_written = card_config_written;
}

static const TypeInfo card_type = {
    .name = TYPE_CARD,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(Card),
    .class_init = card_class_init,
};
DEFINE_TYPE(card_type)

/* --- the bus under test: UniNorth's main host, spaces mapped as on the board ------------------------- */

#define MEMORY UINT64_C(0x80000000)
#define IO UINT64_C(0xf2000000)

static DeviceState *host;
static PCIBus *bus;
static PCIDevice *card;
static uint8_t devfn;
static QTestLine *lines[4];

static PCIDevice *plug(int at) { return pci_create_simple(bus, at, TYPE_CARD, &error_abort); }

static void start(void)
{
    MemoryRegion *hole = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);

    qtest_start();
    host = qtest_add("uni-north-pci", 0xf2800000);
    SysBusDevice *sbd = SYS_BUS_DEVICE(host);
    memory_region_init_alias(hole, NULL, "hole", sysbus_mmio_get_region(sbd, 2), MEMORY, 1 << 28);
    memory_region_add_subregion(get_system_memory(), MEMORY, hole);
    sysbus_mmio_map(sbd, 3, IO);
    memory_region_init_ram(ram, NULL, "ram", 1 << 16, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    for (int n = 0; n < 4; n++) {
        lines[n] = qtest_watch_irq(host, n);
    }
    bus = PCI_BUS(qdev_get_child_bus(host, "pci.0"));
    card = plug(-1);
    devfn = (uint8_t)card->devfn;
    resettable_reset(OBJECT(host));
}

TestSuite(pci, .init = start, .timeout = 120);

static uint32_t get(uint8_t reg, unsigned size) { return pci_config_read(bus, devfn, reg, size); }
static void put(uint8_t reg, uint32_t value, unsigned size)
{
    pci_config_write(bus, devfn, reg, value, size);
}
static void command(uint16_t value) { put(PCI_COMMAND, value, 2); }

/* --- configuration space --------------------------------------------------------------------------- */

Test(pci, header_after_reset)
{
    cr_assert_eq(get(PCI_VENDOR_ID, 4), 0x56781234);
    cr_assert_eq(get(PCI_COMMAND, 4), 0);
    cr_assert_eq(get(PCI_REVISION_ID, 4), 0x02800709);
    cr_assert_eq(get(PCI_CACHE_LINE_SIZE, 4), 0);
    cr_assert_eq(get(PCI_SUBSYSTEM_VENDOR_ID, 4), 0x11001af4);
    cr_assert_eq(get(PCI_INTERRUPT_LINE, 2), 0x0100);
    cr_assert_eq(get(PCI_CAPABILITY_LIST, 1), 0);
    cr_assert_eq(get(0x14, 4), PCI_BASE_ADDRESS_IO);
    cr_assert_eq(get(0x18, 4), PCI_BASE_ADDRESS_PREFETCH);
}

Test(pci, absent_functions_read_all_ones_and_ignore_writes)
{
    for (unsigned fn = 0; fn < 256; fn++) {
        if (!pci_find_device(bus, (uint8_t)fn)) {
            cr_assert_eq(pci_config_read(bus, (uint8_t)fn, 0, 4), UINT32_MAX);
            cr_assert_eq(pci_config_read(bus, (uint8_t)fn, 0, 2), 0xffff);
            cr_assert_eq(pci_config_read(bus, (uint8_t)fn, 0, 1), 0xff);
            pci_config_write(bus, (uint8_t)fn, 4, UINT32_MAX, 4);
        }
    }
}

Test(pci, access_beyond_the_end_reads_all_ones)
{
    cr_assert_eq(get(0xfe, 4), UINT32_MAX);
    put(0xfe, 0, 4);
    cr_assert_eq(get(0xfc, 4), 0);
}

Test(pci, read_only_fields_keep_their_values)
{
    static const uint8_t fixed[] = {0x00, 0x08, 0x2c, 0x34, 0x38};

    for (size_t i = 0; i < sizeof(fixed); i++) {
        uint32_t before = get(fixed[i], 4);
        put(fixed[i], ~before, 4);
        cr_assert_eq(get(fixed[i], 4), before, "register %#x", fixed[i]);
    }
    put(PCI_INTERRUPT_PIN, 4, 1);
    put(PCI_MIN_GNT, 0xffff, 2);
    cr_assert_eq(get(PCI_INTERRUPT_LINE, 4), 0x00000100);
}

Test(pci, command_keeps_the_bits_that_exist)
{
    command(0xffff);
    cr_assert_eq(get(PCI_COMMAND, 2), 0x0407);
}

Test(pci, interrupt_line_and_cache_line_are_storage)
{
    put(PCI_INTERRUPT_LINE, 0x1c, 1);
    put(PCI_CACHE_LINE_SIZE, 8, 1);
    cr_assert_eq(get(PCI_INTERRUPT_LINE, 1), 0x1c);
    cr_assert_eq(get(PCI_CACHE_LINE_SIZE, 1), 8);
    cr_assert_eq(((Card *)card)->config_writes, 2);
    resettable_reset(OBJECT(card));
    cr_assert_eq(get(PCI_INTERRUPT_LINE, 1), 0);
    cr_assert_eq(get(PCI_CACHE_LINE_SIZE, 1), 0);
}

/* --- base addresses ---------------------------------------------------------------------------------- */

Test(pci, sizing_shows_size_and_type)
{
    for (uint8_t reg = 0x10; reg <= 0x24; reg += 4) {
        put(reg, UINT32_MAX, 4);
    }
    put(PCI_ROM_ADDRESS, UINT32_MAX, 4);
    cr_assert_eq(get(0x10, 4), 0xfffff000);
    cr_assert_eq(get(0x14, 4), 0xffffff01);
    cr_assert_eq(get(0x18, 4), 0xffff0008);
    cr_assert_eq(get(PCI_ROM_ADDRESS, 4), 0xffff8001);
    for (uint8_t reg = 0x1c; reg <= 0x24; reg += 4) {
        cr_assert_eq(get(reg, 4), 0); /* not implemented */
    }
}

Test(pci, memory_bar_answers_while_memory_space_is_enabled)
{
    put(0x10, 0x80001000, 4);
    cr_assert_eq(card->bars[0].addr, PCI_BAR_UNMAPPED);
    command(PCI_COMMAND_IO);
    cr_assert_eq(card->bars[0].addr, PCI_BAR_UNMAPPED);
    command(PCI_COMMAND_MEMORY);
    cr_assert_eq(qtest_readb(MEMORY + 0x1000), 0xb0);
    cr_assert_eq(qtest_readb(MEMORY + 0x1fff), 0xb0);
    put(0x10, 0x80004000, 4);
    cr_assert_eq(qtest_readb(MEMORY + 0x4000), 0xb0);
    cr_assert_eq(qtest_readb(MEMORY + 0x1000), 0xff);
    command(0);
    cr_assert_eq(qtest_readb(MEMORY + 0x4000), 0xff);
}

Test(pci, what_no_card_claims_reads_all_ones)
{
    cr_assert_eq(qtest_readl(MEMORY + 0x100000), UINT32_MAX);
    cr_assert_eq(qtest_readw_le(IO + 0x60), UINT16_MAX);
    qtest_writel(MEMORY + 0x100000, 1);
    qtest_writeb(IO + 0x60, 1);
    cr_assert_eq(qtest_readb(IO + 0x60), 0xff);
}

Test(pci, function_that_was_unplugged_reads_all_ones)
{
    put(0x10, 0x80001000, 4);
    put(0x14, 0x1000, 4);
    command(PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
    pci_set_irq(card, true);
    cr_assert_eq(lines[PCI_SLOT(devfn) % 4]->level, 1);
    object_unparent(OBJECT(card));
    cr_assert_eq(lines[PCI_SLOT(devfn) % 4]->level, 0);
    cr_assert_eq(get(PCI_VENDOR_ID, 4), UINT32_MAX);
    cr_assert_eq(qtest_readl(MEMORY + 0x1000), UINT32_MAX);
    cr_assert_eq(qtest_readl(IO + 0x1000), UINT32_MAX);
    put(PCI_COMMAND, 7, 2);
    qtest_writel(MEMORY + 0x1000, 0);
}

Test(pci, io_bar_answers_while_io_space_is_enabled)
{
    put(0x14, 0x1000, 4);
    command(PCI_COMMAND_MEMORY);
    cr_assert_eq(card->bars[1].addr, PCI_BAR_UNMAPPED);
    command(PCI_COMMAND_IO);
    cr_assert_eq(qtest_readb(IO + 0x10ff), 0xb1);
}

Test(pci, rom_needs_its_own_enable_bit)
{
    put(PCI_ROM_ADDRESS, 0x80010000, 4);
    command(PCI_COMMAND_MEMORY);
    cr_assert_eq(card->bars[PCI_ROM_BAR].addr, PCI_BAR_UNMAPPED);
    put(PCI_ROM_ADDRESS, 0x80010001, 4);
    cr_assert_eq(qtest_readb(MEMORY + 0x10000), 0xb6);
}

Test(pci, bar_is_written_bytewise_too)
{
    command(PCI_COMMAND_MEMORY);
    put(0x13, 0x80, 1);
    put(0x11, 0xff, 1);
    cr_assert_eq(get(0x10, 4), 0x8000f000);
    cr_assert_eq(qtest_readb(MEMORY + 0xf000), 0xb0);
}

Test(pci, address_0_and_the_sizing_value_are_not_mapped)
{
    command(PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
    put(0x10, 0, 4);
    cr_assert_eq(card->bars[0].addr, PCI_BAR_UNMAPPED);
    put(0x10, UINT32_MAX, 4);
    cr_assert_eq(card->bars[0].addr, PCI_BAR_UNMAPPED);
    put(0x14, UINT32_MAX, 4);
    cr_assert_eq(card->bars[1].addr, PCI_BAR_UNMAPPED);
}

Test(pci, overlapping_bars_live_side_by_side)
{
    PCIDevice *other = plug(-1);

    command(PCI_COMMAND_MEMORY);
    put(0x10, 0x80010000, 4);
    put(0x18, 0x80010000, 4); /* 64 KiB over it */
    pci_config_write(bus, (uint8_t)other->devfn, 0x10, 0x80010000, 4);
    pci_config_write(bus, (uint8_t)other->devfn, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    qtest_readb(MEMORY + 0x10000);
    cr_assert_eq(qtest_readb(MEMORY + 0x18000), 0xb2);
    put(0x18, 0x80040000, 4);
    pci_config_write(bus, (uint8_t)other->devfn, PCI_COMMAND, 0, 2);
    cr_assert_eq(qtest_readb(MEMORY + 0x10000), 0xb0); /* uncovered again */
}

Test(pci, bars_outside_the_windows_of_the_host_are_harmless)
{
    command(PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
    put(0x10, 0x00000000 | 0x1000, 4); /* would be over RAM */
    qtest_writel(0x1000, 0x12345678);
    cr_assert_eq(qtest_readl(0x1000), 0x12345678);
    put(0x10, 0xf2800000, 4);
    put(0x14, 0xf0000000, 4);
    put(0x18, 0xfffe0000, 4);
    cr_assert_eq(get(0x18, 4), 0xfffe0008);
}

Test(pci, reset_unmaps_and_clears)
{
    command(7);
    put(0x10, 0x80001000, 4);
    put(PCI_ROM_ADDRESS, 0x80010001, 4);
    resettable_reset(OBJECT(card));
    cr_assert_eq(get(PCI_COMMAND, 2), 0);
    cr_assert_eq(get(0x10, 4), 0);
    cr_assert_eq(get(0x14, 4), 1);
    cr_assert_eq(get(PCI_ROM_ADDRESS, 4), 0);
    cr_assert_eq(card->bars[0].addr, PCI_BAR_UNMAPPED);
}

Test(pci, reset_brings_back_the_configuration_space_as_realized)
{
    for (unsigned reg = 0; reg < PCI_CONFIG_SIZE; reg += 4) {
        put((uint8_t)reg, UINT32_MAX, 4);
    }
    cr_assert_eq(get(0x60, 4), UINT32_MAX);
    resettable_reset(OBJECT(card));
    for (unsigned reg = 0x40; reg < PCI_CONFIG_SIZE; reg += 4) {
        cr_assert_eq(get((uint8_t)reg, 4), reg == 0x60 ? 0x5au : 0, "register %#x", reg);
    }
    cr_assert_eq(get(PCI_VENDOR_ID, 4), 0x56781234);
    cr_assert_eq(get(PCI_INTERRUPT_LINE, 2), 0x0100);
    cr_assert_eq(get(0x18, 4), PCI_BASE_ADDRESS_PREFETCH);
}

/* --- bus master --------------------------------------------------------------------------------------- */

Test(pci, dma_needs_the_bus_master_bit)
{
    uint32_t word = 0xcafef00d, back = 0;

    cr_assert_eq(pci_dma_write(card, 0x100, &word, 4), MEMTX_DECODE_ERROR);
    cr_assert_eq(qtest_readl(0x100), 0);
    command(PCI_COMMAND_MASTER);
    cr_assert_eq(pci_dma_write(card, 0x100, &word, 4), MEMTX_OK);
    cr_assert_eq(pci_dma_read(card, 0x100, &back, 4), MEMTX_OK);
    cr_assert_eq(back, word);
    command(PCI_COMMAND_MEMORY);
    cr_assert_eq(pci_dma_read(card, 0x100, &back, 4), MEMTX_DECODE_ERROR);
}

/* --- interrupts ----------------------------------------------------------------------------------------- */

Test(pci, pin_a_of_slot_s_drives_line_s_mod_4)
{
    for (unsigned slot = 16; slot < 20; slot++) {
        PCIDevice *dev = plug((int)PCI_DEVFN(slot, 0));
        pci_set_irq(dev, true);
        for (unsigned n = 0; n < 4; n++) {
            cr_assert_eq(lines[n]->level == 1, n == slot % 4, "slot %u line %u", slot, n);
        }
        pci_set_irq(dev, false);
        cr_assert_eq(lines[slot % 4]->level, 0);
    }
}

Test(pci, shared_line_stays_high_until_the_last_device_lets_go)
{
    PCIDevice *a = plug(PCI_DEVFN(16, 0)), *b = plug(PCI_DEVFN(20, 0));

    pci_set_irq(a, true);
    pci_set_irq(a, true);
    pci_set_irq(b, true);
    pci_set_irq(a, false);
    cr_assert_eq(lines[0]->level, 1);
    cr_assert_eq(lines[0]->rises + lines[0]->falls, 0);
    pci_set_irq(b, false);
    cr_assert_eq(lines[0]->level, 0);
}

Test(pci, interrupt_disable_gates_the_pin_but_not_the_status_bit)
{
    unsigned line = PCI_SLOT(devfn) % 4;

    pci_set_irq(card, true);
    cr_assert_eq(get(PCI_STATUS, 1) & PCI_STATUS_INTERRUPT, PCI_STATUS_INTERRUPT);
    command(PCI_COMMAND_INTX_DISABLE);
    cr_assert_eq(lines[line]->level, 0);
    cr_assert_eq(get(PCI_STATUS, 1) & PCI_STATUS_INTERRUPT, PCI_STATUS_INTERRUPT);
    command(0);
    cr_assert_eq(lines[line]->level, 1);
    pci_set_irq(card, false);
    cr_assert_eq(get(PCI_STATUS, 1) & PCI_STATUS_INTERRUPT, 0);
}

Test(pci, reset_and_removal_release_the_line)
{
    unsigned line = PCI_SLOT(devfn) % 4;

    pci_set_irq(card, true);
    resettable_reset(OBJECT(card));
    cr_assert_eq(lines[line]->level, 0);
    pci_set_irq(card, true);
    object_unparent(OBJECT(card));
    cr_assert_eq(lines[line]->level, 0);
    cr_assert_eq(pci_config_read(bus, devfn, 0, 4), UINT32_MAX);
}

/* --- loading ---------------------------------------------------------------------------------------------- */

static GByteArray *saved(PCIDevice *dev)
{
    GByteArray *out = g_byte_array_new();

    vmstate_save(&vmstate_card, dev, out);
    return out;
}

static bool load(PCIDevice *dev, const GByteArray *state, Error **errp)
{
    VMStateReader in = {.data = state->data, .length = state->len};

    return vmstate_load(&vmstate_card, dev, &in, errp);
}

/* The lines are state of those who listen to them. */
Test(pci, loading_drives_no_line)
{
    PCIDevice *a = plug(PCI_DEVFN(16, 0)), *b = plug(PCI_DEVFN(20, 0));

    pci_set_irq(b, true);
    g_autoptr(GByteArray) state_a = saved(a), state_b = saved(b);
    pci_set_irq(a, true);
    pci_set_irq(b, false);
    cr_assert(load(a, state_a, &error_abort));
    cr_assert(load(b, state_b, &error_abort));
    cr_assert_eq(lines[0]->level, 1);
    cr_assert_eq(lines[0]->rises + lines[0]->falls, 0);
    pci_set_irq(a, false);
    cr_assert_eq(lines[0]->level, 1);
    pci_set_irq(b, false);
    cr_assert_eq(lines[0]->level, 0);
}

Test(pci, state_with_other_read_only_bytes_is_refused)
{
    static const uint8_t fixed[] = {PCI_VENDOR_ID, PCI_COMMAND + 1, PCI_STATUS + 1, 0x1c,
                                    PCI_INTERRUPT_PIN};
    static const uint8_t header[] = {0x34, 0x12, 0x78, 0x56};

    for (size_t i = 0; i < sizeof(fixed); i++) {
        g_autoptr(GByteArray) state = saved(card);
        uint8_t *config = memmem(state->data, state->len, header, sizeof(header));
        Error *err = NULL;
        cr_assert_not_null(config);
        config[fixed[i]] ^= 0x80;
        cr_assert_not(load(card, state, &err), "byte %#x", fixed[i]);
        error_free(err);
        resettable_reset(OBJECT(card));
        cr_assert_eq(get(PCI_VENDOR_ID, 4), 0x56781234);
    }
}

/* --- slots ------------------------------------------------------------------------------------------------ */

Test(pci, first_free_slot_follows_the_bridge)
{
    cr_assert_eq(devfn, PCI_DEVFN(12, 0));
    cr_assert_eq(plug(-1)->devfn, PCI_DEVFN(13, 0));
    plug(PCI_DEVFN(14, 0));
    cr_assert_eq(plug(-1)->devfn, PCI_DEVFN(15, 0));
}

static DeviceState *card_at(const char *addr)
{
    DeviceState *dev = qdev_new(TYPE_CARD);

    object_property_set_str(OBJECT(dev), "addr", addr, &error_abort);
    return dev;
}

static void expect_refusal(DeviceState *dev, const char *text)
{
    Error *err = NULL;

    cr_assert_not(qdev_realize(dev, BUS(bus), &err));
    cr_assert(strstr(error_get_pretty(err), text), "%s", error_get_pretty(err));
    error_free(err);
    object_unref(dev);
}

Test(pci, address_is_hexadecimal_slot_and_function)
{
    DeviceState *dev = card_at("1f.7");

    cr_assert(qdev_realize(dev, BUS(bus), &error_abort));
    cr_assert_eq(PCI_DEVICE(dev)->devfn, PCI_DEVFN(31, 7));
    cr_assert_eq(pci_config_read(bus, PCI_DEVFN(31, 7), 0, 4), 0x56781234);
}

Test(pci, bad_addresses_are_refused)
{
    static const char *const bad[] = {"", "20", "x", "0c.8", "0c.", "0c.0.0", "-1", "0c 1"};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_refusal(card_at(bad[i]), "not a PCI address");
    }
}

Test(pci, taken_slot_is_refused_by_name)
{
    expect_refusal(card_at("0b.0"), "taken by uni-north-pci-bridge");
    cr_assert_eq(pci_config_read(bus, PCI_DEVFN(11, 0), 0, 4), 0x001f106b);
}

Test(pci, full_bus_is_refused)
{
    for (unsigned slot = 13; slot < 32; slot++) {
        plug(-1);
    }
    expect_refusal(qdev_new(TYPE_CARD), "no free slot");
}

Test(pci, failed_card_leaves_its_slot_free)
{
    DeviceState *dev = card_at("14");

    object_property_set_bool(OBJECT(dev), "broken", true, &error_abort);
    expect_refusal(dev, "the card is broken");
    cr_assert_null(pci_find_device(bus, PCI_DEVFN(0x14, 0)));
    plug(PCI_DEVFN(0x14, 0));
}

/* --- state ------------------------------------------------------------------------------------------------- */

Test(pci, state_survives_save_and_load_with_mappings_and_line)
{
    PCIDevice *fresh = plug(PCI_DEVFN(16, 0));

    put(0x10, 0x80001000, 4);
    put(0x18, 0x80010000, 4);
    put(PCI_INTERRUPT_LINE, 0x1b, 1);
    command(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_set_irq(card, true);
    uint64_t before = qtest_hash(DEVICE(card));
    cr_assert_neq(qtest_hash(DEVICE(fresh)), before);
    cr_assert_eq(qtest_round_trip(DEVICE(card), DEVICE(fresh)), before);
    object_unparent(OBJECT(card));
    cr_assert_eq(qtest_readb(MEMORY + 0x1000), 0xb0);
    cr_assert_eq(qtest_readb(MEMORY + 0x10000), 0xb2);
    cr_assert_eq(lines[0]->level, 1);
    uint8_t byte;
    cr_assert_eq(pci_dma_read(fresh, 0, &byte, 1), MEMTX_OK);
}

Test(pci, info_lists_functions_and_bars)
{
    GString *out = g_string_new(NULL);

    put(0x10, 0x80001000, 4);
    command(PCI_COMMAND_MEMORY);
    pci_info(bus, out);
    cr_assert(strstr(out->str, "device  12, function 0"), "%s", out->str);
    cr_assert(strstr(out->str, "1234:5678"), "%s", out->str);
    cr_assert(strstr(out->str, "      BAR0: 32 bit memory at 0x80001000 [0x80001fff].\n"), "%s",
              out->str);
    cr_assert(strstr(out->str, "      BAR1: I/O at 0xffffffffffffffff [0x00fe].\n"), "%s",
              out->str);
    g_string_free(out, true);
}
