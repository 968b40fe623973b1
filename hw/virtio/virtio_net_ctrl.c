/* SPDX-License-Identifier: MIT */
/*
 * The control queue of virtio-net: which frames the guest wants, its address, what it wants done for it.
 *
 * Source: virtio 1.1 section 5.1.6.5. Not modelled: several pairs of queues, RSS.
 */
#include "hw/virtio/virtio_net.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

enum { CLASS_RX, CLASS_MAC, CLASS_VLAN, CLASS_ANNOUNCE, CLASS_MQ, CLASS_OFFLOADS };
enum { MAC_TABLE_SET, MAC_ADDR_SET };
enum { ACK_OK, ACK_ERR };
enum { HEAD = 2, ETHER_TYPE = 12, VLAN_TYPE = 0x8100, VLAN_ID = 14, MACS_LIMIT = 65536 };

/* --- which frames ------------------------------------------------------------------------------------ */

static bool is_in(const uint8_t *macs, uint32_t count, const uint8_t *mac)
{
    for (uint32_t i = 0; i < count; i++) {
        if (memcmp(macs + 6 * i, mac, 6) == 0) {
            return true;
        }
    }
    return false;
}

static bool vlan_passes(const VirtIONet *s, const uint8_t *frame, size_t size)
{
    if (!virtio_has_feature(VIRTIO_DEVICE(s), VIRTIO_NET_F_CTRL_VLAN) || size < VLAN_ID + 2 ||
        lduw_be_p(frame + ETHER_TYPE) != VLAN_TYPE) {
        return true;
    }
    unsigned vlan = lduw_be_p(frame + VLAN_ID) & 0xfff;
    return s->filter.vlans[vlan / 8] >> vlan % 8 & 1;
}

static bool group_passes(const VirtIONetFilter *filter, const uint8_t *mac)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (memcmp(mac, broadcast, 6) == 0) {
        return !filter->nobcast;
    }
    if (filter->nomulti) {
        return false;
    }
    return filter->allmulti || filter->multi_overflow ||
           is_in(filter->macs + 6 * filter->uni_count, filter->multi_count, mac);
}

bool virtio_net_filter_passes(const VirtIONet *s, const uint8_t *frame, size_t size)
{
    const VirtIONetFilter *filter = &s->filter;
    if (filter->promisc) {
        return true;
    }
    if (!vlan_passes(s, frame, size)) {
        return false;
    }
    if (frame[0] & 1) {
        return group_passes(filter, frame);
    }
    if (filter->nouni) {
        return false;
    }
    return filter->alluni || filter->uni_overflow || memcmp(frame, s->mac, 6) == 0 ||
           is_in(filter->macs, filter->uni_count, frame);
}

/* Until the guest says otherwise it wants all. */
void virtio_net_filter_reset(VirtIONetFilter *filter)
{
    *filter = (VirtIONetFilter){.promisc = true};
}

/* --- commands ------------------------------------------------------------------------------------------ */

/* One command and the bytes behind its head. */
typedef struct Control {
    VirtIONet *s;
    VirtQueue *vq;
    const VirtQueueElement *element;
    uint8_t class, command;
} Control;

/* True if there were @length bytes @offset behind the command's head. */
static bool get(const Control *control, uint64_t offset, void *data, size_t length)
{
    return virtqueue_read(control->vq, control->element, HEAD + offset, data, length) == length;
}

static uint8_t set_mode(const Control *control)
{
    VirtIONetFilter *filter = &control->s->filter;
    bool *const modes[] = {&filter->promisc, &filter->allmulti, &filter->alluni,
                           &filter->nomulti, &filter->nouni,    &filter->nobcast};
    unsigned feature = control->command < 2 ? VIRTIO_NET_F_CTRL_RX : VIRTIO_NET_F_CTRL_RX_EXTRA;
    uint8_t on;
    if (control->command >= G_N_ELEMENTS(modes) ||
        !virtio_has_feature(VIRTIO_DEVICE(control->s), feature) || !get(control, 0, &on, 1)) {
        return ACK_ERR;
    }
    *modes[control->command] = on != 0;
    return ACK_OK;
}

/* A list at @*offset: its number, then addresses; those that fit go to the table. */
static bool get_macs(const Control *control, VirtIONetFilter *table, uint64_t *offset,
                     uint32_t *count, bool *overflow)
{
    uint8_t bytes[4];
    uint32_t taken = table->uni_count + table->multi_count;
    if (!get(control, *offset, bytes, sizeof(bytes))) {
        return false;
    }
    uint32_t number = virtio_ldl(VIRTIO_DEVICE(control->s), bytes);
    *offset += sizeof(bytes);
    *overflow = number > VIRTIO_NET_MACS - taken;
    if (number > MACS_LIMIT || control->element->out_size < HEAD + *offset + 6 * (uint64_t)number) {
        return false;
    }
    if (!*overflow) {
        *count = number;
        if (!get(control, *offset, table->macs + (size_t)6 * taken, (size_t)6 * number)) {
            return false;
        }
    }
    *offset += 6 * (uint64_t)number;
    return true;
}

static uint8_t set_table(const Control *control)
{
    VirtIONetFilter table = control->s->filter;
    uint64_t offset = 0;
    table.uni_count = table.multi_count = 0;
    memset(table.macs, 0, sizeof(table.macs));
    if (!virtio_has_feature(VIRTIO_DEVICE(control->s), VIRTIO_NET_F_CTRL_RX) ||
        !get_macs(control, &table, &offset, &table.uni_count, &table.uni_overflow) ||
        !get_macs(control, &table, &offset, &table.multi_count, &table.multi_overflow)) {
        return ACK_ERR;
    }
    control->s->filter = table;
    return ACK_OK;
}

static uint8_t set_mac(const Control *control)
{
    VirtIONet *s = control->s;
    uint8_t mac[6];
    if (control->command == MAC_TABLE_SET) {
        return set_table(control);
    }
    if (control->command != MAC_ADDR_SET ||
        !virtio_has_feature(VIRTIO_DEVICE(s), VIRTIO_NET_F_CTRL_MAC_ADDR) ||
        !get(control, 0, mac, sizeof(mac)) || control->element->out_size != HEAD + sizeof(mac)) {
        return ACK_ERR;
    }
    memcpy(s->mac, mac, sizeof(mac));
    net_nic_set_mac(s->nic, (const MACAddr *)mac);
    return ACK_OK;
}

static uint8_t set_vlan(const Control *control)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(control->s);
    uint8_t bytes[2];
    if (control->command > 1 || !virtio_has_feature(vdev, VIRTIO_NET_F_CTRL_VLAN) ||
        !get(control, 0, bytes, sizeof(bytes)) || virtio_ldw(vdev, bytes) >= VIRTIO_NET_VLANS) {
        return ACK_ERR;
    }
    unsigned vlan = virtio_ldw(vdev, bytes);
    uint8_t *cell = &control->s->filter.vlans[vlan / 8], bit = (uint8_t)(1u << vlan % 8);
    *cell = control->command == 0 ? *cell | bit : *cell & (uint8_t)~bit;
    return ACK_OK;
}

static uint8_t acknowledge(const Control *control)
{
    VirtIONet *s = control->s;
    if (control->command != 0 || !(s->status & VIRTIO_NET_S_ANNOUNCE)) {
        return ACK_ERR;
    }
    s->status &= (uint16_t)~VIRTIO_NET_S_ANNOUNCE;
    return ACK_OK;
}

static uint8_t set_offloads(const Control *control)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(control->s);
    uint8_t bytes[8];
    if (control->command != 0 || !virtio_has_feature(vdev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
        !get(control, 0, bytes, sizeof(bytes))) {
        return ACK_ERR;
    }
    uint64_t wanted = virtio_ldq(vdev, bytes);
    if (wanted & ~(vdev->guest_features & VIRTIO_NET_OFFLOADS)) {
        return ACK_ERR;
    }
    control->s->offloads_off = ~wanted & VIRTIO_NET_OFFLOADS;
    virtio_net_offloads_changed(control->s);
    return ACK_OK;
}

static uint8_t carry_out(const Control *control)
{
    switch (control->class) {
    case CLASS_RX:
        return set_mode(control);
    case CLASS_MAC:
        return set_mac(control);
    case CLASS_VLAN:
        return set_vlan(control);
    case CLASS_ANNOUNCE:
        return acknowledge(control);
    case CLASS_OFFLOADS:
        return set_offloads(control);
    default: /* CLASS_MQ: one pair of queues */
        return ACK_ERR;
    }
}

static bool serve(VirtIONet *s, VirtQueue *vq, const VirtQueueElement *element)
{
    uint8_t head[HEAD];
    if (element->in_size < 1 || virtqueue_read(vq, element, 0, head, HEAD) < HEAD) {
        virtio_error(VIRTIO_DEVICE(s),
                     "a control command without a head or a place for its status");
        return false;
    }
    Control control = {s, vq, element, head[0], head[1]};
    uint8_t ack = carry_out(&control);
    TRACE(virtio_net_ctrl, "class %u command %u: %s", head[0], head[1], ack ? "refused" : "done");
    if (ack) {
        log_guest_error(TYPE_VIRTIO_NET, head[0], "control command %u.%u is refused", head[0],
                        head[1]);
    }
    virtqueue_write(vq, element, 0, &ack, 1);
    virtqueue_push(vq, element, 1);
    virtio_notify(VIRTIO_DEVICE(s), vq);
    return true;
}

void virtio_net_handle_ctrl(VirtIODevice *vdev, VirtQueue *vq)
{
    bool goes_on = true;
    VirtQueueElement *element;
    while (goes_on && (element = virtqueue_pop(vq))) {
        goes_on = serve(VIRTIO_NET(vdev), vq, element);
        g_free(element);
    }
}

/* --- state -------------------------------------------------------------------------------------------------- */

static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const VirtIONetFilter *filter = opaque;
    return filter->uni_count <= VIRTIO_NET_MACS - MIN(filter->multi_count, VIRTIO_NET_MACS) ||
           error_setg(errp, "%u and %u addresses in the table", filter->uni_count,
                      filter->multi_count);
}

const VMStateDescription vmstate_virtio_net_filter = {
    .name = "virtio-net-filter",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_BOOL(promisc, VirtIONetFilter),
            VMSTATE_BOOL(allmulti, VirtIONetFilter),
            VMSTATE_BOOL(alluni, VirtIONetFilter),
            VMSTATE_BOOL(nomulti, VirtIONetFilter),
            VMSTATE_BOOL(nouni, VirtIONetFilter),
            VMSTATE_BOOL(nobcast, VirtIONetFilter),
            VMSTATE_BOOL(uni_overflow, VirtIONetFilter),
            VMSTATE_BOOL(multi_overflow, VirtIONetFilter),
            VMSTATE_UINT32_MAX(uni_count, VirtIONetFilter, VIRTIO_NET_MACS),
            VMSTATE_UINT32_MAX(multi_count, VirtIONetFilter, VIRTIO_NET_MACS),
            VMSTATE_BUFFER(macs, VirtIONetFilter),
            VMSTATE_BUFFER(vlans, VirtIONetFilter),
            VMSTATE_END_OF_LIST(),
        },
};
