/* SPDX-License-Identifier: MIT */
/* The guest's side of virtio over PCI. */
#include "tests/qtest/virtio_driver.h"

#include "hw/pci/pci.h"

#include <criterion/criterion.h>

enum { IO_BASE = (int)0xf2000000, BAR_IO = 0x2000, BAR_MEMORY = (int)0x84000000 };
enum {
    LEGACY_FEATURES = 0,
    LEGACY_ACCEPT = 4,
    LEGACY_PFN = 8,
    LEGACY_SIZE = 12,
    LEGACY_SELECT = 14,
    LEGACY_NOTIFY = 16,
    LEGACY_STATUS = 18,
    LEGACY_ISR = 19,
    LEGACY_CONFIG = 20
};
enum {
    DFSELECT = 0,
    DF = 4,
    GFSELECT = 8,
    GF = 12,
    STATUS = 20,
    Q_SELECT = 22,
    Q_SIZE = 24,
    Q_ENABLE = 28,
    Q_DESC = 32,
    Q_AVAIL = 40,
    Q_USED = 48,
    ISR = 0x1000,
    CONFIG = 0x2000,
    NOTIFY = 0x3000
};
enum { NEXT = 1, WRITE = 2 };

void virtio_board(const char *device)
{
    MachineState *board = board_new("cuda");
    g_autofree char *text = g_strdup_printf("%s,addr=%x", device, VIRTIO_TEST_SLOT);

    board_build(board);
    cr_assert_not_null(qdev_device_add(text, &error_abort));
    board_config_write(VIRTIO_TEST_SLOT, PCI_BASE_ADDRESS_0, 4, BAR_IO);
    board_config_write(VIRTIO_TEST_SLOT, PCI_BASE_ADDRESS_0 + 16, 4, (uint32_t)BAR_MEMORY);
    board_config_write(VIRTIO_TEST_SLOT, PCI_COMMAND, 2,
                       PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* --- memory in the ring's byte order -------------------------------------------------------------- */

void virtio_driver_store16(VirtioDriver *driver, uint64_t addr, uint16_t value)
{
    driver->modern ? qtest_writew_le(addr, value) : qtest_writew(addr, value);
}

uint16_t virtio_driver_load16(VirtioDriver *driver, uint64_t addr)
{
    return driver->modern ? qtest_readw_le(addr) : qtest_readw(addr);
}

static uint32_t load32(VirtioDriver *driver, uint64_t addr)
{
    return driver->modern ? qtest_readl_le(addr) : qtest_readl(addr);
}

void virtio_driver_store32(VirtioDriver *driver, uint64_t addr, uint32_t value)
{
    driver->modern ? qtest_writel_le(addr, value) : qtest_writel(addr, value);
}

void virtio_driver_store64(VirtioDriver *driver, uint64_t addr, uint64_t value)
{
    unsigned low = driver->modern ? 0 : 4;

    virtio_driver_store32(driver, addr + low, (uint32_t)value);
    virtio_driver_store32(driver, addr + (4 - low), (uint32_t)(value >> 32));
}

/* --- registers --------------------------------------------------------------------------------------- */

uint64_t virtio_driver_offered(VirtioDriver *driver)
{
    if (!driver->modern) {
        return qtest_readl_le(driver->io + LEGACY_FEATURES);
    }
    qtest_writel_le(driver->bar + DFSELECT, 1);
    uint64_t high = qtest_readl_le(driver->bar + DF);
    qtest_writel_le(driver->bar + DFSELECT, 0);
    return high << 32 | qtest_readl_le(driver->bar + DF);
}

static void accept(VirtioDriver *driver, uint64_t features)
{
    driver->features = features;
    if (!driver->modern) {
        qtest_writel_le(driver->io + LEGACY_ACCEPT, (uint32_t)features);
        return;
    }
    for (unsigned half = 0; half < 2; half++) {
        qtest_writel_le(driver->bar + GFSELECT, half);
        qtest_writel_le(driver->bar + GF, (uint32_t)(features >> 32 * half));
    }
}

uint8_t virtio_driver_status(VirtioDriver *driver)
{
    return qtest_readb(driver->modern ? driver->bar + STATUS : driver->io + LEGACY_STATUS);
}

void virtio_driver_set_status(VirtioDriver *driver, uint8_t status)
{
    qtest_writeb(driver->modern ? driver->bar + STATUS : driver->io + LEGACY_STATUS, status);
}

uint8_t virtio_driver_isr(VirtioDriver *driver)
{
    return qtest_readb(driver->modern ? driver->bar + ISR : driver->io + LEGACY_ISR);
}

static hwaddr config_at(const VirtioDriver *driver, unsigned offset)
{
    return (driver->modern ? driver->bar + CONFIG : driver->io + LEGACY_CONFIG) + offset;
}

uint8_t virtio_driver_config(VirtioDriver *driver, unsigned offset)
{
    return qtest_readb(config_at(driver, offset));
}

void virtio_driver_set_config(VirtioDriver *driver, unsigned offset, uint8_t value)
{
    qtest_writeb(config_at(driver, offset), value);
}

/* --- bringing it up ------------------------------------------------------------------------------------ */

void virtio_driver_start(VirtioDriver *driver, bool modern, uint64_t features)
{
    uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    *driver = (VirtioDriver){
        .modern = modern, .io = (hwaddr)(uint32_t)IO_BASE + BAR_IO, .bar = (uint32_t)BAR_MEMORY};
    virtio_driver_set_status(driver, 0);
    virtio_driver_set_status(driver, status);
    if (modern) {
        features |= UINT64_C(1) << VIRTIO_F_VERSION_1;
    }
    accept(driver, features & virtio_driver_offered(driver));
    if (modern) {
        virtio_driver_set_status(driver, status | VIRTIO_CONFIG_S_FEATURES_OK);
        cr_assert(virtio_driver_status(driver) & VIRTIO_CONFIG_S_FEATURES_OK);
    }
}

static void set_rings(VirtioDriver *driver, const VirtioTestQueue *queue)
{
    const uint64_t rings[] = {queue->desc, queue->avail, queue->used};

    if (!driver->modern) {
        qtest_writel_le(driver->io + LEGACY_PFN, (uint32_t)(queue->desc >> 12));
        return;
    }
    qtest_writew_le(driver->bar + Q_SIZE, (uint16_t)queue->size);
    for (unsigned n = 0; n < 3; n++) {
        qtest_writel_le(driver->bar + Q_DESC + 8 * n, (uint32_t)rings[n]);
        qtest_writel_le(driver->bar + Q_DESC + 8 * n + 4, (uint32_t)(rings[n] >> 32));
    }
    qtest_writew_le(driver->bar + Q_ENABLE, 1);
}

void virtio_driver_queue(VirtioDriver *driver, unsigned index, uint64_t at, unsigned size)
{
    VirtioTestQueue *queue = &driver->queues[index];
    hwaddr select = driver->modern ? driver->bar + Q_SELECT : driver->io + LEGACY_SELECT;

    qtest_writew_le(select, (uint16_t)index);
    unsigned offered = driver->modern ? qtest_readw_le(driver->bar + Q_SIZE)
                                      : qtest_readw_le(driver->io + LEGACY_SIZE);
    cr_assert(offered > 0, "there is no queue %u", index);
    *queue = (VirtioTestQueue){.index = index, .size = size ? size : offered, .desc = at};
    queue->avail = at + 16 * (uint64_t)queue->size;
    queue->used = align_up(queue->avail + 4 + 2 * (uint64_t)queue->size, 4096);
    for (uint64_t a = at; a < queue->used + 6 + 8 * (uint64_t)queue->size; a += 4) {
        qtest_writel(a, 0);
    }
    set_rings(driver, queue);
}

void virtio_driver_ok(VirtioDriver *driver)
{
    virtio_driver_set_status(driver, virtio_driver_status(driver) | VIRTIO_CONFIG_S_DRIVER_OK);
}

/* --- requests --------------------------------------------------------------------------------------------- */

void virtio_driver_desc(VirtioDriver *driver, unsigned queue, unsigned n, VirtioTestDesc desc)
{
    uint64_t at = driver->queues[queue].desc + 16 * (uint64_t)n;

    virtio_driver_store64(driver, at, desc.addr);
    virtio_driver_store32(driver, at + 8, desc.length);
    virtio_driver_store16(driver, at + 12, desc.flags);
    virtio_driver_store16(driver, at + 14, desc.next);
}

void virtio_driver_avail(VirtioDriver *driver, unsigned queue, uint16_t head)
{
    VirtioTestQueue *q = &driver->queues[queue];

    virtio_driver_store16(driver, q->avail + 4 + 2 * (q->avail_index % q->size), head);
    virtio_driver_store16(driver, q->avail + 2, ++q->avail_index);
}

uint16_t virtio_driver_add(VirtioDriver *driver, unsigned queue, const VirtioTestBuffer *buffers,
                           unsigned count)
{
    VirtioTestQueue *q = &driver->queues[queue];
    uint16_t head = q->next_desc;

    for (unsigned i = 0; i < count; i++) {
        uint16_t here = q->next_desc, next = (uint16_t)((here + 1u) % q->size);
        uint16_t flags = (uint16_t)((i + 1 < count ? NEXT : 0) | (buffers[i].is_write ? WRITE : 0));
        virtio_driver_desc(driver, queue, here,
                           (VirtioTestDesc){buffers[i].addr, buffers[i].length, flags, next});
        q->next_desc = next;
    }
    virtio_driver_avail(driver, queue, head);
    return head;
}

void virtio_driver_kick(VirtioDriver *driver, unsigned queue)
{
    hwaddr at = driver->modern ? driver->bar + NOTIFY + 4 * (hwaddr)queue
                               : driver->io + LEGACY_NOTIFY;
    qtest_writew_le(at, (uint16_t)queue);
}

bool virtio_driver_used(VirtioDriver *driver, unsigned queue, uint32_t *head, uint32_t *length)
{
    VirtioTestQueue *q = &driver->queues[queue];
    uint64_t entry = q->used + 4 + 8 * (uint64_t)(q->seen_used % q->size);

    if (virtio_driver_load16(driver, q->used + 2) == q->seen_used) {
        return false;
    }
    q->seen_used++;
    *head = load32(driver, entry);
    *length = load32(driver, entry + 4);
    return true;
}

uint32_t virtio_driver_request(VirtioDriver *driver, unsigned queue,
                               const VirtioTestBuffer *buffers, unsigned count)
{
    uint32_t head, length;
    uint16_t mine = virtio_driver_add(driver, queue, buffers, count);

    virtio_driver_kick(driver, queue);
    cr_assert(virtio_driver_used(driver, queue, &head, &length), "no answer on queue %u", queue);
    cr_assert_eq(head, mine);
    return length;
}
