/* SPDX-License-Identifier: MIT */
/*
 * virtio-net: a network interface with two queues of frames and one for orders.
 *
 * Source: virtio 1.1 section 5.1; legacy header 5.1.6.1. Not modelled: several pairs of queues, RSS, UDP
 * fragmentation, speed and duplex in the configuration. What a driver leaves to the hardware is done in
 * net/ on the main thread, for no back end can. Lines in/out: NICState (net/net.h).
 */
#include "hw/virtio/virtio_net.h"

#include "util/log.h"
#include "util/trace.h"

#include <string.h>

#define MODEL "virtio-net-pci"

enum { CONFIG_MAC = 0, CONFIG_STATUS = 6, CONFIG_MTU = 10, CONFIG_SIZE = 12 };
enum { CTRL_QUEUE_SIZE = 64, QUEUE_MIN = 256, MTU_MIN = 68 };
enum {
    HDR_FLAGS = 0,
    HDR_GSO = 1,
    HDR_LEN = 2,
    HDR_GSO_SIZE = 4,
    HDR_CSUM_START = 6,
    HDR_CSUM_OFFSET = 8,
    HDR_BUFFERS = 10,
    HDR_SHORT = 10,
    HDR_MAX = 12
};
enum { TX_PAUSE_NS = 10000 };

static bool has(const VirtIONet *s, unsigned feature)
{
    return virtio_has_feature(VIRTIO_DEVICE(s), feature);
}

static bool has_buffers_field(const VirtIONet *s)
{
    return has(s, VIRTIO_NET_F_MRG_RXBUF) || has(s, VIRTIO_F_VERSION_1);
}

static size_t header_size(const VirtIONet *s) { return has_buffers_field(s) ? HDR_MAX : HDR_SHORT; }

/* What the driver accepted and has not switched off. */
static bool wants(const VirtIONet *s, unsigned feature)
{
    return has(s, feature) && !(s->offloads_off >> feature & 1);
}

void virtio_net_offloads_changed(VirtIONet *s)
{
    bool csum = wants(s, VIRTIO_NET_F_GUEST_CSUM);
    bool tso = csum && wants(s, VIRTIO_NET_F_GUEST_TSO4);
    net_nic_set_merging(s->nic, (uint32_t)csum << NET_GSO_NONE | (uint32_t)tso << NET_GSO_TCPV4);
}

/* --- to the guest --------------------------------------------------------------------------------------- */

/* Buffers of the guest's for one frame. */
typedef struct Buffers {
    VirtQueueElement *elements[VIRTQUEUE_MAX_SIZE];
    unsigned count;
    uint64_t room;
    bool is_too_small; /* and more of them cannot come */
} Buffers;

static void put_header(const VirtIONet *s, uint8_t *header, const NetOffload *offload,
                       const uint8_t *data, size_t size, unsigned buffers)
{
    const VirtRing *ring = &VIRTIO_DEVICE(s)->ring;
    memset(header, 0, HDR_MAX);
    virtio_ring_stw(ring, header + HDR_BUFFERS, (uint16_t)buffers);
    if (!wants(s, VIRTIO_NET_F_GUEST_CSUM)) {
        return;
    }
    header[HDR_FLAGS] = offload->flags;
    header[HDR_GSO] = offload->gso_type;
    if (offload->gso_type == NET_GSO_NONE) {
        return;
    }
    size_t tcp = offload->csum_start;
    unsigned tcp_header = tcp + 12 < size ? 4u * (data[tcp + 12] >> 4) : 0;
    virtio_ring_stw(ring, header + HDR_LEN, (uint16_t)(tcp + tcp_header));
    virtio_ring_stw(ring, header + HDR_GSO_SIZE, offload->gso_size);
    virtio_ring_stw(ring, header + HDR_CSUM_START, offload->csum_start);
    virtio_ring_stw(ring, header + HDR_CSUM_OFFSET, offload->csum_offset);
}

static void give_back(VirtIONet *s, Buffers *buffers)
{
    for (unsigned n = 0; n < buffers->count; n++) {
        virtqueue_unpop(s->rx);
        g_free(buffers->elements[n]);
    }
    buffers->count = 0;
}

/* False: there are not enough; none is taken. */
static bool take_buffers(VirtIONet *s, Buffers *buffers, size_t wanted)
{
    unsigned limit = has(s, VIRTIO_NET_F_MRG_RXBUF) ? s->rx->size : 1;
    VirtQueueElement *element;
    buffers->count = 0;
    buffers->room = 0;
    while (buffers->room < wanted && buffers->count < limit && (element = virtqueue_pop(s->rx))) {
        buffers->elements[buffers->count++] = element;
        buffers->room += element->in_size;
    }
    if (buffers->room >= wanted) {
        return true;
    }
    buffers->is_too_small = buffers->count == limit;
    give_back(s, buffers);
    return false;
}

static void fill_buffers(VirtIONet *s, const Buffers *buffers, const NetOffload *offload,
                         const uint8_t *data, size_t size)
{
    uint8_t header[HDR_MAX];
    size_t skip = header_size(s), done = 0;
    put_header(s, header, offload, data, size, buffers->count);
    for (unsigned n = 0; n < buffers->count; n++) {
        VirtQueueElement *element = buffers->elements[n];
        size_t length = (size_t)MIN(size - done, element->in_size - skip);
        if (skip) {
            virtqueue_write(s->rx, element, 0, header, skip);
        }
        virtqueue_write(s->rx, element, skip, data + done, length);
        virtqueue_push(s->rx, element, (uint32_t)(skip + length));
        done += length;
        skip = 0;
        g_free(element);
    }
}

/* False: the frame has to wait for buffers. */
static bool deliver(VirtIONet *s, const NetOffload *offload, const uint8_t *data, size_t size)
{
    Buffers buffers;
    if (!take_buffers(s, &buffers, header_size(s) + size)) {
        if (buffers.is_too_small) {
            log_guest_error(TYPE_VIRTIO_NET, 1, "a frame is larger than the guest's buffers");
        }
        return buffers.is_too_small;
    }
    if (buffers.elements[0]->in_size < header_size(s)) {
        give_back(s, &buffers);
        virtio_error(VIRTIO_DEVICE(s), "the first receive buffer does not hold the header");
        return true;
    }
    TRACE(virtio_net_receive, "%zu bytes in %u buffers", size, buffers.count);
    fill_buffers(s, &buffers, offload, data, size);
    virtio_notify(VIRTIO_DEVICE(s), s->rx);
    return true;
}

/* --- frames that wait ------------------------------------------------------------------------------------- */

static void keep(VirtIONet *s, const NetOffload *offload, const uint8_t *data, size_t size)
{
    if (s->pending_length + NET_RECORD + size > VIRTIO_NET_PENDING) {
        log_guest_error(TYPE_VIRTIO_NET, 2, "no receive buffers: frames are dropped");
        return;
    }
    s->pending = g_realloc(s->pending, s->pending_length + NET_RECORD + size);
    net_record_put(s->pending + s->pending_length, offload, data, size);
    s->pending_length += (uint32_t)(NET_RECORD + size);
}

static void drop_pending(VirtIONet *s)
{
    g_clear_pointer(&s->pending, g_free);
    s->pending_length = 0;
}

static void flush_pending(VirtIONet *s)
{
    NetOffload offload;
    const uint8_t *frame;
    size_t at = 0, next = 0, size;
    while ((frame = net_record_get(s->pending, s->pending_length, &next, &offload, &size)) &&
           deliver(s, &offload, frame, size)) {
        at = next;
    }
    if (!frame) {
        drop_pending(s);
    } else if (at) {
        memmove(s->pending, s->pending + at, s->pending_length - at);
        s->pending_length -= (uint32_t)at;
    }
}

static bool is_running(const VirtIONet *s)
{
    const VirtIODevice *vdev = VIRTIO_DEVICE(s);
    return (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) && !vdev->broken &&
           (s->status & VIRTIO_NET_S_LINK_UP) && virtqueue_is_set_up(s->rx);
}

static void receive_one(void *opaque, const NetOffload *offload, const uint8_t *data, size_t size)
{
    VirtIONet *s = opaque;
    if (s->pending_length || !deliver(s, offload, data, size)) {
        keep(s, offload, data, size);
    }
}

static void receive_cut(void *opaque, const uint8_t *data, size_t size)
{
    static const NetOffload none;
    receive_one(opaque, &none, data, size);
}

static void receive(void *opaque, const NetOffload *offload, const uint8_t *data, size_t size)
{
    VirtIONet *s = opaque;
    bool takes_joined = wants(s, VIRTIO_NET_F_GUEST_TSO4) && wants(s, VIRTIO_NET_F_GUEST_CSUM);
    if (!is_running(s) || !virtio_net_filter_passes(s, data, size)) {
        TRACE(virtio_net_ignored, "%zu bytes", size);
        return;
    }
    if (offload->gso_type == NET_GSO_NONE || takes_joined) {
        receive_one(s, offload, data, size);
    } else { /* joined for the driver that was here before */
        net_offload_emit(offload, data, size, receive_cut, s);
    }
}

static void handle_rx(VirtIODevice *vdev, G_GNUC_UNUSED VirtQueue *vq)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    virtio_net_offloads_changed(s);
    flush_pending(s);
}

/* --- from the guest ------------------------------------------------------------------------------------------ */

/* Whether the driver may leave segments of that kind to the device. */
static bool may_cut(const VirtIONet *s, uint8_t gso_type)
{
    uint8_t kind = gso_type & (uint8_t)~NET_GSO_ECN;
    return (kind == NET_GSO_TCPV4 && has(s, VIRTIO_NET_F_HOST_TSO4)) ||
           (kind == NET_GSO_TCPV6 && has(s, VIRTIO_NET_F_HOST_TSO6));
}

static NetOffload get_header(const VirtIONet *s, const uint8_t *header)
{
    const VirtRing *ring = &VIRTIO_DEVICE(s)->ring;
    return (NetOffload){
        .flags = has(s, VIRTIO_NET_F_CSUM) ? header[HDR_FLAGS] & NET_NEEDS_CSUM : 0,
        .gso_type = may_cut(s, header[HDR_GSO]) ? header[HDR_GSO] : NET_GSO_NONE,
        .gso_size = virtio_ring_ldw(ring, header + HDR_GSO_SIZE),
        .csum_start = virtio_ring_ldw(ring, header + HDR_CSUM_START),
        .csum_offset = virtio_ring_ldw(ring, header + HDR_CSUM_OFFSET),
    };
}

static void send_frame(VirtIONet *s, const VirtQueueElement *element, size_t size)
{
    uint8_t header[HDR_MAX];
    size_t head = header_size(s);
    if (size > NET_FRAME_MAX) {
        log_guest_error(TYPE_VIRTIO_NET, 3, "a frame of %zu bytes is dropped", size);
        return;
    }
    if (virtqueue_read(s->tx, element, 0, header, head) < head ||
        virtqueue_read(s->tx, element, head, s->frame, size) < size) {
        return;
    }
    NetOffload offload = get_header(s, header);
    if (s->status & VIRTIO_NET_S_LINK_UP) {
        net_send_packet(s->nic, &offload, s->frame, size);
    }
}

/* The bytes it came to; 0: the guest broke the rules. */
static size_t transmit(VirtIONet *s, const VirtQueueElement *element)
{
    size_t head = header_size(s);
    if (element->in_count || element->out_size < head) {
        virtio_error(VIRTIO_DEVICE(s), "a frame to send without a header, or to be written");
        return 0;
    }
    send_frame(s, element, (size_t)element->out_size - head);
    virtqueue_push(s->tx, element, 0);
    return (size_t)element->out_size;
}

/* As much as one event may send; the rest soon. */
static void transmit_some(void *opaque)
{
    VirtIONet *s = opaque;
    VirtQueueElement *element;
    size_t sent = 0, now = 1;
    while (now && sent < NET_EVENT_BYTES && (element = virtqueue_pop(s->tx))) {
        now = transmit(s, element);
        sent += now;
        g_free(element);
    }
    if (sent) {
        TRACE(virtio_net_transmit, "%zu bytes", sent);
        virtio_notify(VIRTIO_DEVICE(s), s->tx);
    }
    if (sent >= NET_EVENT_BYTES) {
        timer_mod_ns(&s->tx_timer, clock_virtual_ns(machine_clock()) + TX_PAUSE_NS);
    }
}

static void handle_tx(VirtIODevice *vdev, G_GNUC_UNUSED VirtQueue *vq)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    if (!timer_pending(&s->tx_timer)) {
        transmit_some(s);
    }
}

/* --- configuration -------------------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIONet *s = VIRTIO_NET(vdev);
    memcpy(config + CONFIG_MAC, s->mac, sizeof(s->mac));
    virtio_ring_stw(&vdev->ring, config + CONFIG_STATUS, s->status);
    virtio_ring_stw(&vdev->ring, config + CONFIG_MTU, s->host_mtu);
}

/* Drivers of old wrote the address there (5.1.4.1). */
static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    if (!has(s, VIRTIO_NET_F_CTRL_MAC_ADDR) && !has(s, VIRTIO_F_VERSION_1)) {
        memcpy(s->mac, config + CONFIG_MAC, sizeof(s->mac));
        net_nic_set_mac(s->nic, (const MACAddr *)s->mac);
    }
}

static bool needs_ctrl(unsigned feature)
{
    return feature == VIRTIO_NET_F_CTRL_GUEST_OFFLOADS || feature > VIRTIO_NET_F_CTRL_VQ;
}

static bool needs_csum(unsigned feature)
{
    return feature >= VIRTIO_NET_F_HOST_TSO4 && feature <= VIRTIO_NET_F_HOST_ECN;
}

static uint64_t get_features(VirtIODevice *vdev)
{
    const VirtIONet *s = VIRTIO_NET(vdev);
    uint64_t features = 1 << VIRTIO_NET_F_MAC | (uint64_t)(s->host_mtu != 0) << VIRTIO_NET_F_MTU;
    for (unsigned n = 0; n < G_N_ELEMENTS(s->has); n++) {
        bool is_possible = (s->has[VIRTIO_NET_F_CTRL_VQ] || !needs_ctrl(n)) &&
                           (s->has[VIRTIO_NET_F_CSUM] || !needs_csum(n)) &&
                           (s->has[VIRTIO_NET_F_GUEST_CSUM] || n != VIRTIO_NET_F_GUEST_TSO4);
        features |= (uint64_t)(s->has[n] && is_possible) << n;
    }
    return features;
}

static void link_changed(void *opaque, bool is_up)
{
    VirtIONet *s = opaque;
    bool announces = is_up && has(s, VIRTIO_NET_F_GUEST_ANNOUNCE) && has(s, VIRTIO_NET_F_CTRL_VQ);
    bool was_up = s->status & VIRTIO_NET_S_LINK_UP;
    if (was_up == is_up) {
        return;
    }
    s->status = is_up ? VIRTIO_NET_S_LINK_UP : 0;
    s->status |= announces ? VIRTIO_NET_S_ANNOUNCE : 0;
    drop_pending(s);
    virtio_notify_config(VIRTIO_DEVICE(s));
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static const NICInfo nic_info = {.receive = receive, .link_changed = link_changed};

static bool check_size(const char *name, uint16_t size, Error **errp)
{
    return (is_power_of_2(size) && size >= QUEUE_MIN && size <= VIRTQUEUE_MAX_SIZE) ||
           error_setg(errp, "%s=%u: must be a power of 2 between %d and %d", name, size, QUEUE_MIN,
                      VIRTQUEUE_MAX_SIZE);
}

static bool check_properties(const VirtIONet *s, Error **errp)
{
    if (s->host_mtu && s->host_mtu < MTU_MIN) {
        return error_setg(errp, "host_mtu=%u: must be at least %d", s->host_mtu, MTU_MIN);
    }
    return check_size("rx_queue_size", s->rx_size, errp) &&
           check_size("tx_queue_size", s->tx_size, errp);
}

static bool make_nic(VirtIONet *s, Error **errp)
{
    const DeviceState *proxy = DEVICE(s)->parent_bus->parent;
    NICConf conf = { s->netdev, MODEL, proxy->id, net_default_mac() };
    if (s->mac_text && !mac_parse(s->mac_text, &conf.mac, errp)) {
        return false;
    }
    s->nic = net_new_nic(&nic_info, &conf, s, errp);
    if (!s->nic) {
        return false;
    }
    s->first_mac = conf.mac;
    g_free(s->mac_text);
    s->mac_text = mac_print(&conf.mac);
    return true;
}

static bool net_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    if (!check_properties(s, errp) || !make_nic(s, errp)) {
        return false;
    }
    s->rx = virtio_add_queue(vdev, s->rx_size, handle_rx);
    s->tx = virtio_add_queue(vdev, s->tx_size, handle_tx);
    s->ctrl = s->has[VIRTIO_NET_F_CTRL_VQ]
                  ? virtio_add_queue(vdev, CTRL_QUEUE_SIZE, virtio_net_handle_ctrl)
                  : NULL;
    s->frame = g_malloc(NET_FRAME_MAX);
    s->status = VIRTIO_NET_S_LINK_UP;
    timer_init_ns(&s->tx_timer, machine_clock(), transmit_some, s);
    return true;
}

static void net_unrealize(VirtIODevice *vdev)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    timer_fini(&s->tx_timer);
    g_clear_pointer(&s->nic, net_del_nic);
    g_clear_pointer(&s->frame, g_free);
    drop_pending(s);
}

static void net_reset(VirtIODevice *vdev)
{
    VirtIONet *s = VIRTIO_NET(vdev);
    timer_del(&s->tx_timer);
    drop_pending(s);
    virtio_net_filter_reset(&s->filter);
    s->status &= VIRTIO_NET_S_LINK_UP;
    s->offloads_off = 0;
    memcpy(s->mac, s->first_mac.a, sizeof(s->mac));
    net_nic_set_mac(s->nic, &s->first_mac);
    net_nic_set_merging(s->nic, 0);
}

static void net_info_device(DeviceState *dev, GString *out)
{
    const VirtIONet *s = VIRTIO_NET(dev);
    g_autofree char *mac = mac_print((const MACAddr *)s->mac);
    const VirtIONetFilter *filter = &s->filter;
    g_string_append_printf(out, "mac %s, link %s; %u bytes wait for buffers\n", mac,
                           s->status & VIRTIO_NET_S_LINK_UP ? "up" : "down", s->pending_length);
    g_string_append_printf(out, "promisc %d allmulti %d, %u + %u addresses\n", filter->promisc,
                           filter->allmulti, filter->uni_count, filter->multi_count);
}

/* --- state and types ------------------------------------------------------------------------------------------------ */

static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, G_GNUC_UNUSED Error **errp)
{
    VirtIONet *s = opaque;
    net_nic_set_mac(s->nic, (const MACAddr *)s->mac);
    virtio_net_offloads_changed(s);
    return true;
}

static const VMStateDescription vmstate_net = {
    .name = "virtio-net",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIONet),
            VMSTATE_UINT8_ARRAY(mac, VirtIONet),
            VMSTATE_UINT16(status, VirtIONet),
            VMSTATE_STRUCT(filter, VirtIONet, VirtIONetFilter, vmstate_virtio_net_filter),
            VMSTATE_UINT64(offloads_off, VirtIONet),
            VMSTATE_VBUFFER(pending, VirtIONet, pending_length, VIRTIO_NET_PENDING),
            VMSTATE_TIMER(tx_timer, VirtIONet),
            VMSTATE_TRANSIENT(pending_length, VirtIONet, "goes with pending"),
            VMSTATE_TRANSIENT(rx, VirtIONet, "wiring"),
            VMSTATE_TRANSIENT(tx, VirtIONet, "wiring"),
            VMSTATE_TRANSIENT(ctrl, VirtIONet, "wiring"),
            VMSTATE_TRANSIENT(frame, VirtIONet, "scratch"),
            VMSTATE_TRANSIENT(nic, VirtIONet, "wiring"),
            VMSTATE_TRANSIENT(first_mac, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(mac_text, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(netdev, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(has, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(host_mtu, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(rx_size, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(tx_size, VirtIONet, "configuration"),
            VMSTATE_TRANSIENT(bootindex, VirtIONet, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

#define FEATURE(text, number, help)                                                                \
    {.name = text,                                                                                 \
     .type = FIELD_BOOL,                                                                           \
     .offset = offsetof(VirtIONet, has[number]),                                                   \
     .defval = true,                                                                               \
     .description = help}

static const Property net_properties[] = {
    {.name = "netdev",
     .type = FIELD_STRING,
     .offset = offsetof(VirtIONet, netdev),
     .description = "the back end, -netdev's id"},
    {.name = "mac",
     .type = FIELD_STRING,
     .offset = offsetof(VirtIONet, mac_text),
     .description = "Ethernet address (52:54:00:12:34:56 and up)"},
    {.name = "host_mtu",
     .type = FIELD_UINT16,
     .offset = offsetof(VirtIONet, host_mtu),
     .description = "largest packet, told to the guest; 0: not told"},
    {.name = "rx_queue_size",
     .type = FIELD_UINT16,
     .offset = offsetof(VirtIONet, rx_size),
     .defval = QUEUE_MIN,
     .description = "buffers to receive, 256 to 1024"},
    {.name = "tx_queue_size",
     .type = FIELD_UINT16,
     .offset = offsetof(VirtIONet, tx_size),
     .defval = QUEUE_MIN,
     .description = "buffers to send, 256 to 1024"},
    {.name = "bootindex",
     .type = FIELD_INT32,
     .offset = offsetof(VirtIONet, bootindex),
     .defval = (uint64_t)-1,
     .description = "taken for compatibility: the firmware boots from no network"},
    FEATURE("csum", VIRTIO_NET_F_CSUM, "offer to make checksums"),
    FEATURE("guest_csum", VIRTIO_NET_F_GUEST_CSUM, "tell that checksums are right"),
    FEATURE("ctrl_guest_offloads", VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, "let the guest switch these"),
    FEATURE("guest_tso4", VIRTIO_NET_F_GUEST_TSO4, "join TCP segments, IPv4"),
    FEATURE("host_tso4", VIRTIO_NET_F_HOST_TSO4, "offer to cut TCP segments, IPv4"),
    FEATURE("host_tso6", VIRTIO_NET_F_HOST_TSO6, "offer to cut TCP segments, IPv6"),
    FEATURE("host_ecn", VIRTIO_NET_F_HOST_ECN, "with congestion marks"),
    FEATURE("mrg_rxbuf", VIRTIO_NET_F_MRG_RXBUF, "frames in several buffers"),
    FEATURE("status", VIRTIO_NET_F_STATUS, "tell whether the cable is in"),
    FEATURE("ctrl_vq", VIRTIO_NET_F_CTRL_VQ, "the control queue, which the rest needs"),
    FEATURE("ctrl_rx", VIRTIO_NET_F_CTRL_RX, "filter by address"),
    FEATURE("ctrl_vlan", VIRTIO_NET_F_CTRL_VLAN, "filter by VLAN"),
    FEATURE("ctrl_rx_extra", VIRTIO_NET_F_CTRL_RX_EXTRA, "more filters"),
    FEATURE("guest_announce", VIRTIO_NET_F_GUEST_ANNOUNCE, "ask the guest to announce itself"),
    FEATURE("ctrl_mac_addr", VIRTIO_NET_F_CTRL_MAC_ADDR, "let the guest change its address"),
    {.name = NULL},
};

static void net_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_net;
    dc->info = net_info_device;
    vc->device_id = VIRTIO_ID_NET;
    vc->config_size = CONFIG_SIZE;
    vc->realize = net_realize;
    vc->unrealize = net_unrealize;
    vc->reset = net_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    vc->set_config = set_config;
    device_class_set_props(dc, net_properties);
}

static const TypeInfo net_type = {
    .name = TYPE_VIRTIO_NET,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIONet),
    .class_init = net_class_init,
};
DEFINE_TYPE(net_type)
