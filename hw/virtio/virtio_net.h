/* SPDX-License-Identifier: MIT */
/* Between the parts of virtio-net: queues and frames (virtio_net.c), the control queue (virtio_net_ctrl.c). */
#ifndef HW_VIRTIO_VIRTIO_NET_H
#define HW_VIRTIO_VIRTIO_NET_H

#include "hw/virtio/virtio.h"
#include "net/net.h"
#include "time/clock.h"

#define TYPE_VIRTIO_NET "virtio-net-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIONet, VIRTIO_NET)

enum { /* features, 5.1.3 */
       VIRTIO_NET_F_CSUM = 0,
       VIRTIO_NET_F_GUEST_CSUM = 1,
       VIRTIO_NET_F_CTRL_GUEST_OFFLOADS = 2,
       VIRTIO_NET_F_MTU = 3,
       VIRTIO_NET_F_MAC = 5,
       VIRTIO_NET_F_GUEST_TSO4 = 7,
       VIRTIO_NET_F_HOST_TSO4 = 11,
       VIRTIO_NET_F_HOST_TSO6 = 12,
       VIRTIO_NET_F_HOST_ECN = 13,
       VIRTIO_NET_F_MRG_RXBUF = 15,
       VIRTIO_NET_F_STATUS = 16,
       VIRTIO_NET_F_CTRL_VQ = 17,
       VIRTIO_NET_F_CTRL_RX = 18,
       VIRTIO_NET_F_CTRL_VLAN = 19,
       VIRTIO_NET_F_CTRL_RX_EXTRA = 20,
       VIRTIO_NET_F_GUEST_ANNOUNCE = 21,
       VIRTIO_NET_F_CTRL_MAC_ADDR = 23,
};
/* What CTRL_GUEST_OFFLOADS switches. */
#define VIRTIO_NET_OFFLOADS                                                                        \
    (UINT64_C(1) << VIRTIO_NET_F_GUEST_CSUM | UINT64_C(1) << VIRTIO_NET_F_GUEST_TSO4)
enum { VIRTIO_NET_S_LINK_UP = 1, VIRTIO_NET_S_ANNOUNCE = 2 };
enum { VIRTIO_NET_MACS = 64, VIRTIO_NET_VLANS = 4096, VIRTIO_NET_PENDING = 1024 * 1024 };

/* Which frames the guest wants, 5.1.6.5. */
typedef struct VirtIONetFilter {
    bool promisc, allmulti, alluni, nomulti, nouni, nobcast;
    bool uni_overflow, multi_overflow; /* more addresses than the table holds */
    uint32_t uni_count, multi_count;   /* those of one kind, then of the other */
    uint8_t macs[6 * VIRTIO_NET_MACS];
    uint8_t vlans[VIRTIO_NET_VLANS / 8]; /* a bit each */
} VirtIONetFilter;
extern const VMStateDescription vmstate_virtio_net_filter;

struct VirtIONet {
    VirtIODevice parent_obj;
    VirtQueue *rx, *tx, *ctrl; /* ctrl: NULL without the feature */
    uint8_t mac[6];
    uint16_t status;
    VirtIONetFilter filter;
    uint64_t offloads_off; /* feature bits: what the guest accepted, but does not want done */
    /* Frames for which the guest had no buffer: records of offload (8 bytes), size (4), frame. */
    uint8_t *pending;
    uint32_t pending_length;
    Timer tx_timer; /* what one event had no time for */
    uint8_t *frame; /* the one being sent */
    NICState *nic;
    MACAddr first_mac; /* the property's, or the default */
    /* properties */
    char *mac_text, *netdev;
    bool has[24]; /* by number of the feature */
    uint16_t host_mtu, rx_size, tx_size;
    int32_t bootindex; /* kept as said: the firmware boots from no network */
};

/* Whether the guest wants a frame. */
bool virtio_net_filter_passes(const VirtIONet *s, const uint8_t *frame, size_t size);
void virtio_net_filter_reset(VirtIONetFilter *filter);
void virtio_net_handle_ctrl(VirtIODevice *vdev, VirtQueue *vq);
/* What the guest wants done changed. */
void virtio_net_offloads_changed(VirtIONet *s);

#endif
