/* SPDX-License-Identifier: MIT */
/*
 * The modern interface of virtio over PCI: four structures in one memory BAR, named by capabilities, and
 * a window to them in configuration space.
 *
 * Source: virtio 1.1 section 4.1.4. Everything is little-endian. Places as in QEMU: common 0, ISR 0x1000,
 * device 0x2000, notification 0x3000, four bytes a queue.
 */
#include "hw/virtio/internal.h"
#include "util/log.h"

#include <string.h>

enum { /* virtio_pci_common_cfg, 4.1.4.3 */
       DFSELECT = 0,
       DF = 4,
       GFSELECT = 8,
       GF = 12,
       MSIX = 16,
       NUM_QUEUES = 18,
       STATUS = 20,
       GENERATION = 21,
       Q_SELECT = 22,
       Q_SIZE = 24,
       Q_MSIX = 26,
       Q_ENABLE = 28,
       Q_NOTIFY_OFFSET = 30,
       Q_DESC = 32,
       Q_AVAIL = 40,
       Q_USED = 48,
       COMMON_SIZE = 56,
};
enum { PLACE_COMMON = 0, PLACE_ISR = 0x1000, PLACE_DEVICE = 0x2000, PLACE_NOTIFY = 0x3000 };
enum { PLACE_SIZE = 0x1000, BAR_SIZE = 0x4000, NOTIFY_MULTIPLIER = 4, NO_VECTOR = 0xffff };
enum { CFG_COMMON = 1, CFG_NOTIFY = 2, CFG_ISR = 3, CFG_DEVICE = 4, CFG_PCI = 5 };
enum { /* struct virtio_pci_cap, 4.1.4 */
       CAP_LENGTH = 2,
       CAP_TYPE = 3,
       CAP_BAR = 4,
       CAP_OFFSET = 8,
       CAP_SIZE = 12,
       CAP_PLAIN = 16,
       CAP_DATA = 16, /* of the window */
       CAP_LONG = 20,
};

/* --- the common structure ------------------------------------------------------------------------------ */

static VirtIOPCIQueue *selected(VirtIOPCIProxy *proxy)
{
    bool exists = virtio_get_queue(proxy->vdev, proxy->queue_select) != NULL;
    return exists ? &proxy->queues[proxy->queue_select] : NULL;
}

/* One of the six halves of ring addresses. */
static uint32_t *address_half(VirtIOPCIQueue *queue, hwaddr offset)
{
    uint32_t *const rings[] = {queue->desc, queue->avail, queue->used};
    return &rings[(offset - Q_DESC) / 8][offset / 4 % 2];
}

static uint32_t read_queue(VirtIOPCIProxy *proxy, hwaddr offset)
{
    VirtIOPCIQueue *queue = selected(proxy);
    if (!queue) {
        return 0;
    }
    switch (offset) {
    case Q_SIZE:
        return queue->size;
    case Q_MSIX:
        return NO_VECTOR;
    case Q_ENABLE:
        return queue->enabled;
    case Q_NOTIFY_OFFSET:
        return proxy->queue_select;
    default:
        return offset >= Q_DESC && offset < COMMON_SIZE ? *address_half(queue, offset) : 0;
    }
}

static uint32_t read_common(VirtIOPCIProxy *proxy, hwaddr offset)
{
    VirtIODevice *vdev = proxy->vdev;
    switch (offset) {
    case DFSELECT:
        return proxy->device_feature_select;
    case DF:
        return proxy->device_feature_select < 2
                   ? (uint32_t)(vdev->host_features >> 32 * proxy->device_feature_select)
                   : 0;
    case GFSELECT:
        return proxy->guest_feature_select;
    case GF:
        return proxy->guest_feature_select < 2 ? proxy->guest_features[proxy->guest_feature_select]
                                               : 0;
    case MSIX:
        return NO_VECTOR;
    case NUM_QUEUES:
        return vdev->queue_count;
    case STATUS:
        return vdev->status;
    case GENERATION:
        return vdev->generation;
    case Q_SELECT:
        return proxy->queue_select;
    default:
        return read_queue(proxy, offset);
    }
}

static uint64_t both(const uint32_t halves[2]) { return (uint64_t)halves[1] << 32 | halves[0]; }

static void enable_queue(VirtIOPCIProxy *proxy, VirtIOPCIQueue *queue)
{
    VirtQueue *vq = virtio_get_queue(proxy->vdev, proxy->queue_select);
    if (queue->enabled) {
        return;
    }
    if (vq->in_use) { /* a legacy driver's: it has to reset first */
        log_guest_error("virtio-pci", Q_ENABLE, "a queue with requests under way set up anew");
        return;
    }
    vq->size = queue->size;
    virtqueue_set_rings(vq, both(queue->desc), both(queue->avail), both(queue->used));
    queue->enabled = true;
}

static void write_queue(VirtIOPCIProxy *proxy, hwaddr offset, uint32_t value)
{
    VirtIOPCIQueue *queue = selected(proxy);
    if (!queue) {
        return;
    }
    if (offset == Q_SIZE) {
        bool is_fit = is_power_of_2(value) &&
                      value <= proxy->vdev->queues[proxy->queue_select].size_default;
        if (is_fit) {
            queue->size = (uint16_t)value;
        } else {
            log_guest_error("virtio-pci", offset, "a queue of %u entries", value);
        }
    } else if (offset == Q_ENABLE && value == 1) {
        enable_queue(proxy, queue);
    } else if (offset >= Q_DESC && offset < COMMON_SIZE) {
        *address_half(queue, offset) = value;
    }
}

static void write_features(VirtIOPCIProxy *proxy, uint32_t value)
{
    if (proxy->guest_feature_select < 2) {
        proxy->guest_features[proxy->guest_feature_select] = value;
        virtio_set_features(proxy->vdev, both(proxy->guest_features));
    }
}

/* This interface is for drivers that accept VERSION_1: others are not let on (2.2.2). */
static void write_status(VirtIOPCIProxy *proxy, uint8_t status)
{
    VirtIODevice *vdev = proxy->vdev;
    if (status == 0) {
        virtio_pci_reset_device(proxy);
        return;
    }
    if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        status &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
    }
    virtio_set_status(vdev, status);
}

static void write_common(VirtIOPCIProxy *proxy, hwaddr offset, uint32_t value)
{
    switch (offset) {
    case DFSELECT:
        proxy->device_feature_select = value;
        break;
    case GFSELECT:
        proxy->guest_feature_select = value;
        break;
    case GF:
        write_features(proxy, value);
        break;
    case STATUS:
        write_status(proxy, (uint8_t)value);
        break;
    case Q_SELECT:
        proxy->queue_select = (uint16_t)value;
        break;
    default:
        write_queue(proxy, offset, value);
    }
}

/* --- the regions ----------------------------------------------------------------------------------------- */

static uint64_t common_read(void *opaque, hwaddr offset, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    return proxy->vdev ? read_common(proxy, offset) : UINT32_MAX >> (32 - 8 * size);
}

static void common_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    VirtIOPCIProxy *proxy = opaque;
    if (proxy->vdev) {
        write_common(proxy, offset, (uint32_t)value);
    }
}

static uint64_t isr_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    VirtIOPCIProxy *proxy = opaque;
    return proxy->vdev && offset == 0 ? virtio_take_isr(proxy->vdev) : 0;
}

static uint64_t device_read(void *opaque, hwaddr offset, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    return proxy->vdev ? virtio_config_read(proxy->vdev, (uint32_t)offset, size) : 0;
}

static void device_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    if (proxy->vdev) {
        virtio_config_write(proxy->vdev, (uint32_t)offset, (uint32_t)value, size);
    }
}

static uint64_t nothing_read(void *opaque G_GNUC_UNUSED, hwaddr offset G_GNUC_UNUSED,
                             unsigned size G_GNUC_UNUSED)
{
    return 0;
}

static void nothing_written(void *opaque G_GNUC_UNUSED, hwaddr offset, uint64_t value G_GNUC_UNUSED,
                            unsigned size G_GNUC_UNUSED)
{
    log_guest_error("virtio-pci", offset, "write to the interrupt status");
}

static void notify_write(void *opaque, hwaddr offset, uint64_t value G_GNUC_UNUSED,
                         unsigned size G_GNUC_UNUSED)
{
    VirtIOPCIProxy *proxy = opaque;
    if (proxy->vdev) {
        virtio_queue_notify(proxy->vdev, (unsigned)(offset / NOTIFY_MULTIPLIER));
    }
}

#define MODERN_OPS(name, reader, writer)                                                           \
    static const MemoryRegionOps name##_ops = {                                                    \
        .read = reader,                                                                            \
        .write = writer,                                                                           \
        .endianness = DEVICE_LITTLE_ENDIAN,                                                        \
        .valid = {.min_access_size = 1, .max_access_size = 4},                                     \
    }
MODERN_OPS(common, common_read, common_write);
MODERN_OPS(isr, isr_read, nothing_written);
MODERN_OPS(device, device_read, device_write);
MODERN_OPS(notify, nothing_read, notify_write);

/* --- the window in configuration space ------------------------------------------------------------------- */

typedef struct Window {
    uint32_t offset;
    unsigned size;
    uint8_t *data;
} Window;

/* False if what the guest asks for is nowhere. */
static bool look_through(VirtIOPCIProxy *proxy, Window *window)
{
    uint8_t *cap = PCI_DEVICE(proxy)->config + proxy->window;
    window->offset = ldl_le_p(cap + CAP_OFFSET);
    window->size = ldl_le_p(cap + CAP_SIZE);
    window->data = cap + CAP_DATA;
    bool is_size = window->size == 1 || window->size == 2 || window->size == 4;
    return is_size && window->offset % window->size == 0 && window->offset < BAR_SIZE &&
           cap[CAP_BAR] == VIRTIO_PCI_MODERN_BAR && proxy->modern_as;
}

static bool touches_data(const VirtIOPCIProxy *proxy, uint8_t reg, unsigned size)
{
    unsigned data = proxy->window + CAP_DATA;
    return proxy->window && reg < data + 4 && reg + size > data;
}

void virtio_pci_window_written(VirtIOPCIProxy *proxy, uint8_t reg, unsigned size)
{
    Window window;
    if (touches_data(proxy, reg, size) && look_through(proxy, &window)) {
        address_space_write(proxy->modern_as, window.offset, window.data, window.size);
    }
}

void virtio_pci_window_reading(VirtIOPCIProxy *proxy, uint8_t reg, unsigned size)
{
    Window window;
    if (touches_data(proxy, reg, size) && look_through(proxy, &window)) {
        address_space_read(proxy->modern_as, window.offset, window.data, window.size);
    }
}

/* --- building ---------------------------------------------------------------------------------------------- */

static uint8_t add_capability(VirtIOPCIProxy *proxy, uint8_t type, uint8_t length, uint32_t place,
                              uint32_t size)
{
    PCIDevice *dev = PCI_DEVICE(proxy);
    uint8_t at = pci_add_capability(dev, PCI_CAP_ID_VNDR, length);
    uint8_t *cap = dev->config + at;
    cap[CAP_LENGTH] = length;
    cap[CAP_TYPE] = type;
    cap[CAP_BAR] = VIRTIO_PCI_MODERN_BAR;
    stl_le_p(cap + CAP_OFFSET, place);
    stl_le_p(cap + CAP_SIZE, size);
    return at;
}

static void add_capabilities(VirtIOPCIProxy *proxy)
{
    PCIDevice *dev = PCI_DEVICE(proxy);
    add_capability(proxy, CFG_COMMON, CAP_PLAIN, PLACE_COMMON, PLACE_SIZE);
    add_capability(proxy, CFG_ISR, CAP_PLAIN, PLACE_ISR, PLACE_SIZE);
    add_capability(proxy, CFG_DEVICE, CAP_PLAIN, PLACE_DEVICE, PLACE_SIZE);
    uint8_t notify = add_capability(proxy, CFG_NOTIFY, CAP_LONG, PLACE_NOTIFY, PLACE_SIZE);
    stl_le_p(dev->config + notify + CAP_PLAIN, NOTIFY_MULTIPLIER);
    proxy->window = add_capability(proxy, CFG_PCI, CAP_LONG, 0, 0);
    dev->config[proxy->window + CAP_BAR] = 0;
    dev->wmask[proxy->window + CAP_BAR] = 0xff;
    memset(dev->wmask + proxy->window + CAP_OFFSET, 0xff, CAP_LONG - CAP_OFFSET);
}

static void add_place(VirtIOPCIProxy *proxy, MemoryRegion *region, const MemoryRegionOps *ops,
                      const char *name, hwaddr place)
{
    memory_region_init_io(region, OBJECT(proxy), ops, proxy, name, PLACE_SIZE);
    memory_region_set_reentrancy_guard(region, &DEVICE(proxy)->in_io);
    memory_region_add_subregion(&proxy->modern, place, region);
}

void virtio_pci_init_modern(VirtIOPCIProxy *proxy)
{
    memory_region_init(&proxy->modern, OBJECT(proxy), "virtio-pci", BAR_SIZE);
    add_place(proxy, &proxy->common, &common_ops, "virtio-pci-common", PLACE_COMMON);
    add_place(proxy, &proxy->isr, &isr_ops, "virtio-pci-isr", PLACE_ISR);
    add_place(proxy, &proxy->device, &device_ops, "virtio-pci-device", PLACE_DEVICE);
    add_place(proxy, &proxy->notify, &notify_ops, "virtio-pci-notify", PLACE_NOTIFY);
    pci_register_bar(PCI_DEVICE(proxy), VIRTIO_PCI_MODERN_BAR, 0, &proxy->modern);
    add_capabilities(proxy);
    proxy->modern_as = address_space_new(&proxy->modern, "virtio-pci-window");
}
