/* SPDX-License-Identifier: MIT */
/*
 * Virtio over PCI with a toy device that sends back what it is given: both interfaces, rings, events,
 * and drivers that break the rules.
 * Covers: hw/virtio/virtio.c, hw/virtio/virtio_bus.c, hw/virtio/virtio_pci.c, hw/virtio/virtqueue.c.
 */
#include "hw/virtio/virtio_pci.h"
#include "tests/qtest/virtio_driver.h"
#include "util/trace.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { RINGS = 0x100000, DATA = 0x200000, DEVICE_ID = 4, QUEUE_SIZE = 64 };

/* --- the toy ------------------------------------------------------------------------------------------- */

typedef struct Echo {
    VirtIODevice parent_obj;
    VirtQueue *queue;
    uint32_t number; /* configuration */
    bool is_refused; /* property: realize fails */
} Echo;

/* The first bytes of the request come back, reversed. */
static void echo(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *element;
    while ((element = virtqueue_pop(vq))) {
        uint8_t bytes[64];
        size_t got = virtqueue_read(vq, element, 0, bytes, sizeof(bytes));
        for (size_t i = 0; i < got / 2; i++) {
            uint8_t byte = bytes[i];
            bytes[i] = bytes[got - 1 - i];
            bytes[got - 1 - i] = byte;
        }
        virtqueue_push(vq, element, (uint32_t)virtqueue_write(vq, element, 0, bytes, got));
        g_free(element);
        virtio_notify(vdev, vq);
    }
}

static bool echo_realize(VirtIODevice *vdev, Error **errp)
{
    Echo *s = (Echo *)vdev;
    s->queue = virtio_add_queue(vdev, QUEUE_SIZE, echo);
    return !s->is_refused || error_setg(errp, "the echo is refused");
}

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    virtio_stl(vdev, config, ((Echo *)vdev)->number);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    ((Echo *)vdev)->number = virtio_ldl(vdev, config);
}

static const VMStateDescription vmstate_echo = {
    .name = "echo",
    .version = 1,
    .minimum_version = 1,
    .fields = (const VMStateField[]){VMSTATE_VIRTIO_DEVICE(parent_obj, Echo),
                                     VMSTATE_UINT32(number, Echo), VMSTATE_END_OF_LIST()},
};
static const Property echo_properties[] = {
    {.name = "refused", .type = FIELD_BOOL, .offset = offsetof(Echo, is_refused)}, {0}};

static void echo_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->vmsd = &vmstate_echo;
    device_class_set_props(DEVICE_CLASS(klass), echo_properties);
    vc->device_id = DEVICE_ID;
    vc->config_size = 4;
    vc->realize = echo_realize;
    vc->get_config = get_config;
    vc->set_config = set_config;
}

static void echo_pci_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->vmsd = &vmstate_virtio_pci;
    PCI_DEVICE_CLASS(klass)->class_id = 0x00ff;
    VIRTIO_PCI_CLASS(klass)->backend = "echo-device";
    VIRTIO_PCI_CLASS(klass)->realize = virtio_pci_realize_backend;
}

static const TypeInfo echo_info = {.name = "echo-device",
                                   .parent = TYPE_VIRTIO_DEVICE,
                                   .instance_size = sizeof(Echo),
                                   .class_init = echo_class_init};
static const TypeInfo echo_pci_info = {.name = "echo-pci",
                                       .parent = TYPE_VIRTIO_PCI,
                                       .instance_size = sizeof(VirtIOPCIProxy),
                                       .instance_init = virtio_pci_instance_init,
                                       .class_init = echo_pci_class_init};
DEFINE_TYPE(echo_info)
DEFINE_TYPE(echo_pci_info)

/* --- helpers --------------------------------------------------------------------------------------------- */

static const bool both_interfaces[] = {false, true};

ParameterizedTestParameters(virtio, request_comes_back)
{
    return cr_make_param_array(bool, (void *)both_interfaces, 2);
}

/* Up with one queue, @features beside VERSION_1. */
static void start(VirtioDriver *driver, bool modern, uint64_t features)
{
    virtio_board("echo-pci");
    virtio_driver_start(driver, modern, features);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
}

static void store_text(uint64_t at, const char *text)
{
    for (; *text; text++) {
        qtest_writeb(at++, (uint8_t)*text);
    }
}

static const VirtioTestBuffer hello[] = {
    {DATA, 2, false}, {DATA + 0x100, 3, false}, {DATA + 0x1000, 16, true}};

static void put_hello(void)
{
    store_text(DATA, "he");
    store_text(DATA + 0x100, "llo");
}

static void expect_broken(VirtioDriver *driver)
{
    uint32_t head, length;
    virtio_driver_kick(driver, 0);
    cr_assert(!virtio_driver_used(driver, 0, &head, &length));
    if (driver->modern) {
        cr_assert(virtio_driver_status(driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    }
    /* A reset mends it. */
    bool modern = driver->modern;
    virtio_driver_start(driver, modern, 0);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
    put_hello();
    cr_assert_eq(virtio_driver_request(driver, 0, hello, 3), 5);
}

/* --- what works ------------------------------------------------------------------------------------------ */

ParameterizedTest(bool *modern, virtio, request_comes_back)
{
    VirtioDriver driver;
    start(&driver, *modern, 0);
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
    cr_assert_eq(qtest_readl(DATA + 0x1000), 0x6f6c6c65);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
    cr_assert_eq(virtio_driver_isr(&driver), 0);
}

Test(virtio, numbers_are_those_of_a_transitional_device)
{
    virtio_board("echo-pci");
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0x10051af4);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, PCI_SUBSYSTEM_ID, 2), DEVICE_ID);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, PCI_INTERRUPT_PIN, 1), 1);
}

Test(virtio, modern_only_device_has_no_ports)
{
    virtio_board("echo-pci,disable-legacy=on");
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0x10441af4);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, PCI_BASE_ADDRESS_0, 4), 0);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, PCI_REVISION_ID, 1), 1);
}

Test(virtio, capabilities_name_the_five_structures)
{
    virtio_board("echo-pci");
    unsigned at = board_config_read(VIRTIO_TEST_SLOT, PCI_CAPABILITY_LIST, 1), seen = 0;
    cr_assert(board_config_read(VIRTIO_TEST_SLOT, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
    for (; at; at = board_config_read(VIRTIO_TEST_SLOT, at + 1, 1)) {
        cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, at, 1), PCI_CAP_ID_VNDR);
        seen |= 1u << board_config_read(VIRTIO_TEST_SLOT, at + 3, 1);
    }
    cr_assert_eq(seen, 0x3e);
}

Test(virtio, window_in_configuration_space_reaches_the_structures)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    unsigned at = board_config_read(VIRTIO_TEST_SLOT, PCI_CAPABILITY_LIST, 1);
    while (board_config_read(VIRTIO_TEST_SLOT, at + 3, 1) != 5) {
        at = board_config_read(VIRTIO_TEST_SLOT, at + 1, 1);
    }
    board_config_write(VIRTIO_TEST_SLOT, at + 4, 1, 4);  /* BAR */
    board_config_write(VIRTIO_TEST_SLOT, at + 8, 4, 20); /* status */
    board_config_write(VIRTIO_TEST_SLOT, at + 12, 4, 1); /* a byte */
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, at + 16, 1), virtio_driver_status(&driver));
    board_config_write(VIRTIO_TEST_SLOT, at + 16, 1, 0);
    cr_assert_eq(virtio_driver_status(&driver), 0);
    board_config_write(VIRTIO_TEST_SLOT, at + 8, 4, 0xfffffffc); /* nowhere */
    board_config_read(VIRTIO_TEST_SLOT, at + 16, 4);
}

Test(virtio, configuration_is_in_the_drivers_byte_order)
{
    VirtioDriver driver;
    start(&driver, false, 0);
    virtio_driver_set_config(&driver, 3, 0x44);
    cr_assert_eq(((Echo *)board_part("peripheral-anon/device[0]/virtio-backend"))->number, 0x44);
    virtio_driver_start(&driver, true, 0);
    cr_assert_eq(virtio_driver_config(&driver, 0), 0x44);
    cr_assert_eq(virtio_driver_config(&driver, 3), 0);
}

Test(virtio, ring_wraps_around)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    put_hello();
    for (unsigned n = 0; n < 3 * 65536 / 64; n++) {
        cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
    }
}

Test(virtio, small_queue_of_the_guests_choice)
{
    VirtioDriver driver;
    virtio_board("echo-pci");
    virtio_driver_start(&driver, true, 0);
    virtio_driver_queue(&driver, 0, RINGS, 4);
    virtio_driver_ok(&driver);
    put_hello();
    for (unsigned n = 0; n < 20; n++) {
        cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
    }
}

Test(virtio, indirect_table_is_followed)
{
    VirtioDriver driver;
    start(&driver, true, UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC);
    put_hello();
    uint64_t table = DATA + 0x2000;
    uint64_t ring = driver.queues[0].desc;
    driver.queues[0].desc = table; /* write the chain there */
    for (unsigned i = 0; i < 3; i++) {
        virtio_driver_desc(&driver, 0, i,
                           (VirtioTestDesc){hello[i].addr, hello[i].length,
                                            (uint16_t)((i < 2) | (hello[i].is_write ? 2 : 0)),
                                            (uint16_t)(i + 1)});
    }
    driver.queues[0].desc = ring;
    virtio_driver_desc(&driver, 0, 0, (VirtioTestDesc){table, 48, 4, 0});
    virtio_driver_avail(&driver, 0, 0);
    virtio_driver_kick(&driver, 0);
    uint32_t head, length;
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(length, 5);
}

Test(virtio, event_index_decides_about_interrupts)
{
    VirtioDriver driver;
    start(&driver, true, UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX);
    VirtioTestQueue *q = &driver.queues[0];
    put_hello();
    virtio_driver_store16(&driver, q->avail + 4 + 2 * (uint64_t)q->size, 2);
    virtio_driver_request(&driver, 0, hello, 3);
    virtio_driver_isr(&driver); /* the first interrupt comes in any case */
    virtio_driver_request(&driver, 0, hello, 3);
    cr_assert_eq(virtio_driver_isr(&driver), 0);
    virtio_driver_request(&driver, 0, hello, 3); /* entry 2 */
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
}

Test(virtio, guest_can_ask_for_no_interrupts)
{
    VirtioDriver driver;
    start(&driver, false, 0);
    put_hello();
    virtio_driver_store16(&driver, driver.queues[0].avail, 1);
    virtio_driver_request(&driver, 0, hello, 3);
    cr_assert_eq(virtio_driver_isr(&driver), 0);
}

Test(virtio, without_bus_master_nothing_moves)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver, true, 0);
    put_hello();
    board_config_write(VIRTIO_TEST_SLOT, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    virtio_driver_add(&driver, 0, hello, 3);
    virtio_driver_kick(&driver, 0);
    cr_assert(!virtio_driver_used(&driver, 0, &head, &length));
    cr_assert(!(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET));
    board_config_write(VIRTIO_TEST_SLOT, PCI_COMMAND, 2,
                       PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    virtio_driver_kick(&driver, 0);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
}

Test(virtio, what_was_made_available_before_driver_ok_is_served_at_it)
{
    VirtioDriver driver;
    uint32_t head, length;
    virtio_board("echo-pci");
    virtio_driver_start(&driver, true, 0);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    put_hello();
    virtio_driver_add(&driver, 0, hello, 3);
    virtio_driver_kick(&driver, 0);
    cr_assert(!virtio_driver_used(&driver, 0, &head, &length));
    virtio_driver_ok(&driver);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
}

Test(virtio, modern_driver_must_accept_version_1)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    virtio_driver_set_status(&driver, 0);
    virtio_driver_set_status(&driver, 3);
    virtio_driver_set_status(&driver, 3 | VIRTIO_CONFIG_S_FEATURES_OK);
    cr_assert_eq(virtio_driver_status(&driver), 3);
}

Test(virtio, state_survives_save_and_load)
{
    VirtioDriver driver;
    start(&driver, true, UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX);
    put_hello();
    virtio_driver_request(&driver, 0, hello, 3);
    DeviceState *proxy = board_part("peripheral-anon/device[0]");
    DeviceState *backend = board_part("peripheral-anon/device[0]/virtio-backend");
    DeviceState *other = qdev_device_add("echo-pci,id=other", &error_abort);
    qtest_round_trip(backend, board_part("peripheral/other/virtio-backend"));
    cr_assert_not_null(proxy);
    cr_assert_not_null(other);
}

/* --- refused before it runs ------------------------------------------------------------------------------ */

/* A legacy driver's requests are under way; then the modern interface gives the queue another size. */
Test(virtio, queue_with_requests_under_way_is_not_set_up_anew)
{
    VirtioDriver driver;
    DeviceState *dev;
    start(&driver, false, 0);
    dev = board_part("peripheral-anon/device[0]/virtio-backend");
    VirtQueue *vq = &VIRTIO_DEVICE(dev)->queues[0];
    for (unsigned i = 0; i < 3; i++) {
        virtio_driver_add(&driver, 0, hello, 2);
        g_free(virtqueue_pop(vq));
    }
    cr_assert_eq(vq->in_use, 3);
    qtest_writew_le(driver.bar + 22, 0); /* select, size, enable */
    qtest_writew_le(driver.bar + 24, 2);
    qtest_writew_le(driver.bar + 28, 1);
    cr_assert_eq(qtest_readw_le(driver.bar + 28), 0);
    cr_assert_eq(vq->size, QUEUE_SIZE);
    qtest_round_trip(dev, dev);
}

static void expect_refused(const char *device, const char *message)
{
    Error *err = NULL;
    MachineState *board = board_new("cuda");
    board_build(board);
    cr_assert_null(qdev_device_add(device, &err));
    cr_assert_str_eq(error_get_pretty(err), message);
    error_free(err);
    /* Nothing of it is left: the slot is free. */
    cr_assert_not_null(qdev_device_add("echo-pci,addr=10", &error_abort));
}

Test(virtio, device_that_cannot_be_made_leaves_nothing)
{
    expect_refused("echo-pci,addr=10,refused=on", "the echo is refused");
}

Test(virtio, device_without_any_interface_is_refused)
{
    expect_refused("echo-pci,addr=10,disable-legacy=on,disable-modern=on",
                   "device cannot work as neither modern nor legacy mode is enabled");
}

/* --- drivers that break the rules ---------------------------------------------------------------------------- */

typedef struct Hostile {
    const char *name;
    uint64_t addr;
    uint32_t length;
    uint16_t flags, next, head;
    bool modern;
} Hostile;

static const Hostile hostile[] = {
    {"loop", DATA, 4, 1, 0, 0, true},
    {"loop", DATA, 4, 1, 0, 0, false},
    {"next beyond", DATA, 4, 1, 999, 0, true},
    {"head beyond", DATA, 4, 0, 0, 64, true},
    {"no bytes", DATA, 0, 0, 0, 0, true},
    {"too long", DATA, 0xffffffff, 0, 0, 0, true},
    {"not RAM", 0xf0000000, 64, 0, 0, 0, true},
    {"own registers", 0x84000000, 64, 0, 0, 0, true},
    {"ROM is written", 0xfff00000, 64, 2, 0, 0, true},
    {"above everything", UINT64_MAX - 8, 64, 0, 0, 0, true},
    {"indirect, not agreed", DATA, 16, 4, 0, 0, true},
};

Test(virtio, rules_broken_stop_the_device_until_reset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
        const Hostile *h = &hostile[i];
        VirtioDriver driver;
        if (i == 0) {
            virtio_board("echo-pci");
        }
        virtio_driver_start(&driver, h->modern, 0);
        virtio_driver_queue(&driver, 0, RINGS, 0);
        virtio_driver_ok(&driver);
        virtio_driver_desc(&driver, 0, 0, (VirtioTestDesc){h->addr, h->length, h->flags, h->next});
        virtio_driver_avail(&driver, 0, h->head);
        virtio_driver_kick(&driver, 0);
        if (h->modern && strcmp(h->name, "ROM is written") != 0) {
            cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET, "%s", h->name);
        }
    }
}

Test(virtio, indirect_inside_indirect_is_refused)
{
    VirtioDriver driver;
    start(&driver, true, UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC);
    uint64_t ring = driver.queues[0].desc;
    driver.queues[0].desc = DATA;
    virtio_driver_desc(&driver, 0, 0, (VirtioTestDesc){DATA, 16, 4, 0});
    driver.queues[0].desc = ring;
    virtio_driver_desc(&driver, 0, 0, (VirtioTestDesc){DATA, 16, 4, 0});
    virtio_driver_avail(&driver, 0, 0);
    expect_broken(&driver);
}

Test(virtio, available_index_that_jumps_is_refused)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    virtio_driver_store16(&driver, driver.queues[0].avail + 2, 65);
    expect_broken(&driver);
}

Test(virtio, rings_outside_of_ram_are_refused)
{
    static const uint32_t places[] = {0x84000000, 0xfff00000, 0xf0000000, 0x80000000 - 4096};
    VirtioDriver driver;
    virtio_board("echo-pci");
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        virtio_driver_start(&driver, false, 0);
        qtest_writew_le(driver.io + 14, 0);
        qtest_writel_le(driver.io + 8, places[i] >> 12);
        virtio_driver_ok(&driver);
        virtio_driver_kick(&driver, 0);
    }
    virtio_driver_start(&driver, true, 0);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    virtio_driver_ok(&driver);
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
}

Test(virtio, features_do_not_change_after_they_are_agreed_on)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    qtest_writel_le(driver.bar + 8, 1);
    qtest_writel_le(driver.bar + 12, 0); /* VERSION_1 away */
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
}

Test(virtio, queue_size_of_every_value)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    for (unsigned size = 0; size < 65536; size++) {
        qtest_writew_le(driver.bar + 22, 0);
        qtest_writew_le(driver.bar + 24, (uint16_t)size);
        unsigned now = qtest_readw_le(driver.bar + 24);
        cr_assert(is_power_of_2(now) && now <= QUEUE_SIZE, "%u", size);
    }
}

/* --- rings where none can be ---------------------------------------------------------------------------------- */

static const uint64_t no_ram[] = {
    0x84000000,         /* its own registers */
    0xfff00000,         /* ROM */
    0x80000000,         /* MacIO */
    0x70000000,         /* nothing */
    0x8fffffff0,        /* above the bus */
    UINT64_MAX - 0xfff, /* above everything */
    (128 << 20) - 16,   /* begins in RAM */
};

/* @which: 0 descriptors, 1 available, 2 used. */
static void try_ring(VirtioDriver *driver, unsigned which, uint64_t place)
{
    virtio_driver_start(driver, true, 0);
    virtio_driver_queue(driver, 0, RINGS, 0);
    VirtioTestQueue q = driver->queues[0];
    virtio_driver_start(driver, true, 0);
    driver->queues[0] = q;
    uint64_t at[] = {q.desc, q.avail, q.used};
    at[which] = place;
    qtest_writew_le(driver->bar + 0x16, 0);
    for (unsigned n = 0; n < 3; n++) {
        qtest_writel_le(driver->bar + 0x20 + 8 * n, (uint32_t)at[n]);
        qtest_writel_le(driver->bar + 0x24 + 8 * n, (uint32_t)(at[n] >> 32));
    }
    qtest_writew_le(driver->bar + 0x1c, 1);
    virtio_driver_ok(driver);
    virtio_driver_kick(driver, 0);
}

Test(virtio, no_ring_lies_outside_of_ram)
{
    VirtioDriver driver;
    virtio_board("echo-pci");
    for (unsigned which = 0; which < 3; which++) {
        for (size_t i = 0; i < G_N_ELEMENTS(no_ram); i++) {
            bool is_rom_read = which < 2 && no_ram[i] == 0xfff00000; /* may be read */
            try_ring(&driver, which, no_ram[i]);
            cr_assert((virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET) || is_rom_read,
                      "ring %u at %#lx", which, (unsigned long)no_ram[i]);
        }
    }
    virtio_driver_start(&driver, true, 0);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    virtio_driver_ok(&driver);
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
}

/* --- chains inside an indirect table ---------------------------------------------------------------------------- */

enum { TABLE = DATA + 0x8000 };

/* Kicks with an indirect table of @bytes at @table whose first two descriptors are @first and @second. */
static void try_table(VirtioDriver *driver, VirtioTestDesc indirect, VirtioTestDesc first,
                      VirtioTestDesc second)
{
    start(driver, true, UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC);
    uint64_t ring = driver->queues[0].desc;
    driver->queues[0].desc = TABLE;
    virtio_driver_desc(driver, 0, 0, first);
    virtio_driver_desc(driver, 0, 1, second);
    driver->queues[0].desc = ring;
    virtio_driver_desc(driver, 0, 0, indirect);
    virtio_driver_avail(driver, 0, 0);
    expect_broken(driver);
}

#define PLAIN {DATA, 4, 0, 0}
#define HOSTILE_TABLE(name, ...)                                                                   \
    Test(virtio, indirect_table_##name##_is_refused)                                               \
    {                                                                                              \
        static const VirtioTestDesc descs[] = {__VA_ARGS__};                                       \
        VirtioDriver driver;                                                                       \
        try_table(&driver, descs[0], descs[1], descs[2]);                                          \
    }
HOSTILE_TABLE(of_no_bytes, {TABLE, 0, 4, 0}, PLAIN, PLAIN)
HOSTILE_TABLE(of_half_an_entry, {TABLE, 24, 4, 0}, PLAIN, PLAIN)
HOSTILE_TABLE(of_4_gib, {TABLE, 0xfffffff0, 4, 0}, PLAIN, PLAIN)
HOSTILE_TABLE(in_registers, {0x84000000, 32, 4, 0}, PLAIN, PLAIN)
HOSTILE_TABLE(above_everything, {UINT64_MAX - 15, 32, 4, 0}, PLAIN, PLAIN)
HOSTILE_TABLE(followed_by_more, {TABLE, 32, 4 | 1, 1}, PLAIN, PLAIN)
HOSTILE_TABLE(that_loops, {TABLE, 32, 4, 0}, {DATA, 4, 1, 1}, {DATA, 4, 1, 0})
HOSTILE_TABLE(that_points_beyond, {TABLE, 32, 4, 0}, {DATA, 4, 1, 2}, PLAIN)
HOSTILE_TABLE(inside_itself, {TABLE, 32, 4, 0}, {TABLE, 32, 4, 0}, PLAIN)
HOSTILE_TABLE(read_behind_written, {TABLE, 32, 4, 0}, {DATA, 4, 2 | 1, 1}, PLAIN)
HOSTILE_TABLE(of_empty_buffers, {TABLE, 32, 4, 0}, {DATA, 0, 1, 1}, PLAIN)
HOSTILE_TABLE(of_too_many_bytes, {TABLE, 32, 4, 0}, {DATA, 0x80000000, 1, 1},
              {DATA, 0x80000000, 0, 0})

/* --- data that is not in RAM --------------------------------------------------------------------------------------- */

/* Both ways: what the device reads, and what it writes. Its registers are as they were. */
Test(virtio, device_reaches_no_registers_by_dma)
{
    for (unsigned flags = 0; flags <= 2; flags += 2) {
        for (unsigned offset = 0; offset < 0x4000; offset += 0x7fc) {
            VirtioDriver driver;
            uint32_t head, length;
            if (!flags && !offset) {
                virtio_board("echo-pci");
            }
            virtio_driver_start(&driver, true, 0);
            virtio_driver_queue(&driver, 0, RINGS, 0);
            virtio_driver_ok(&driver);
            put_hello();
            virtio_driver_desc(&driver, 0, 0, (VirtioTestDesc){DATA, 4, 1, 1});
            virtio_driver_desc(&driver, 0, 1,
                               (VirtioTestDesc){driver.bar + offset, 4, (uint16_t)flags, 0});
            virtio_driver_avail(&driver, 0, 0);
            virtio_driver_kick(&driver, 0);
            cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET, "%#x", offset);
            cr_assert_eq(qtest_readw_le(driver.bar + 0x12), 1);
            virtio_driver_used(&driver, 0, &head, &length);
        }
    }
}

/* --- registers of queues that are not there ---------------------------------------------------------------------- */

Test(virtio, queues_that_do_not_exist_have_no_registers)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    for (unsigned n = 1; n < 65536; n += 1 + n / 3) {
        qtest_writew_le(driver.bar + 0x16, (uint16_t)n);
        cr_assert_eq(qtest_readw_le(driver.bar + 0x18), 0);
        qtest_writew_le(driver.bar + 0x18, 4);
        qtest_writel_le(driver.bar + 0x20, RINGS);
        qtest_writew_le(driver.bar + 0x1c, 1);
        cr_assert_eq(qtest_readw_le(driver.bar + 0x1c), 0);
    }
    for (unsigned offset = 4; offset < 0x1000; offset += 4) {
        qtest_writew_le(driver.bar + 0x3000 + offset, 0xffff);
    }
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
}

Test(virtio, legacy_features_do_not_change_after_driver_ok)
{
    VirtioDriver driver;
    start(&driver, false, 0);
    qtest_writel_le(driver.io + 4, UINT32_MAX);
    cr_assert_eq(qtest_readl_le(driver.io + 4), 0);
    put_hello();
    cr_assert_eq(virtio_driver_request(&driver, 0, hello, 3), 5);
}

/* --- hot unplug ------------------------------------------------------------------------------------------------------ */

Test(virtio, device_pulled_out_with_requests_in_its_ring_reads_all_ones)
{
    VirtioDriver driver;
    start(&driver, true, 0);
    put_hello();
    virtio_driver_add(&driver, 0, hello, 3);
    qdev_unplug(board_part("peripheral-anon/device[0]"), &error_abort);
    virtio_driver_kick(&driver, 0);
    cr_assert_eq(qtest_readl_le(driver.bar + 4), UINT32_MAX);
    cr_assert_eq(qtest_readb(driver.io + 18), 0xff);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), UINT32_MAX);
}
