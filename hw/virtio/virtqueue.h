/* SPDX-License-Identifier: MIT */
/*
 * The split virtqueue: descriptor table, available and used rings in guest memory. Knows no device and
 * no transport.
 *
 * Source: virtio 1.1 section 2.6, and 2.6.2 for legacy byte order. Not modelled: packed rings.
 * Context: holder of the machine token.
 */
#ifndef HW_VIRTIO_VIRTQUEUE_H
#define HW_VIRTIO_VIRTQUEUE_H

#include "memory/memory.h"
#include "vmstate/vmstate.h"

enum { VIRTQUEUE_MAX_SIZE = 1024 };

/* What the queues of one device share. */
typedef struct VirtRing {
    AddressSpace *as;                               /* DMA; NULL until the transport is there */
    bool big_endian;                                /* legacy on a big-endian guest */
    bool indirect, event_idx, notify_on_empty;      /* negotiated */
    bool is_stopped;                                /* nothing may be taken from the rings */
    void (*fail)(void *opaque, const char *reason); /* the guest broke the rules */
    void *opaque;
} VirtRing;

/* Numbers in rings, requests and configuration, in the byte order of @ring. */
static inline uint16_t virtio_ring_ldw(const VirtRing *ring, const void *at)
{
    return ring->big_endian ? lduw_be_p(at) : lduw_le_p(at);
}
static inline uint32_t virtio_ring_ldl(const VirtRing *ring, const void *at)
{
    return ring->big_endian ? ldl_be_p(at) : ldl_le_p(at);
}
static inline uint64_t virtio_ring_ldq(const VirtRing *ring, const void *at)
{
    return ring->big_endian ? ldq_be_p(at) : ldq_le_p(at);
}
static inline void virtio_ring_stw(const VirtRing *ring, void *at, uint16_t value)
{
    ring->big_endian ? stw_be_p(at, value) : stw_le_p(at, value);
}
static inline void virtio_ring_stl(const VirtRing *ring, void *at, uint32_t value)
{
    ring->big_endian ? stl_be_p(at, value) : stl_le_p(at, value);
}

typedef struct VirtQueue {
    const VirtRing *ring;
    uint16_t index;             /* of this queue in its device */
    uint32_t size_default;      /* 0: the device has no such queue */
    uint32_t size;              /* entries, a power of two (legacy, modern) set by the guest */
    uint64_t desc, avail, used; /* guest physical; 0: not set up */
    uint16_t last_avail;        /* entries taken */
    uint16_t used_index;        /* entries given back */
    uint16_t signalled_used;    /* used_index at the last interrupt */
    bool signalled_valid;
    uint32_t in_use; /* taken and not given back */
    uint64_t limit;  /* bytes that one request may have */
    /* Where the rings lie in host memory; NULL: to be looked up. Dropped when memory changes. */
    const uint8_t *desc_host, *avail_host;
} VirtQueue;
extern const VMStateDescription vmstate_virtqueue;

typedef struct VirtIOSegment {
    uint64_t addr;
    uint32_t length;
} VirtIOSegment;

/* One request: a chain of descriptors. Segments that the device reads, then those it writes. */
typedef struct VirtQueueElement {
    uint16_t head; /* of the chain, what the guest knows it by */
    uint32_t out_count, in_count;
    uint64_t out_size, in_size; /* bytes to read; to write */
    VirtIOSegment segments[];
} VirtQueueElement;

/* @size: entries that the guest is offered; @limit: bytes of a request above which the guest is
 * refused. */
void virtqueue_init(VirtQueue *vq, const VirtRing *ring, uint16_t index, uint32_t size,
                    uint64_t limit);
void virtqueue_reset(VirtQueue *vq);
/* Legacy: the three rings follow from the address of the first. */
void virtqueue_set_legacy_address(VirtQueue *vq, uint64_t desc, uint32_t align);
void virtqueue_set_rings(VirtQueue *vq, uint64_t desc, uint64_t avail, uint64_t used);
static inline bool virtqueue_is_set_up(const VirtQueue *vq) { return vq->size && vq->desc; }
/* Memory has changed: look the rings up again. */
void virtqueue_forget_mapping(VirtQueue *vq);

/* The next request, or NULL: none, or the guest broke the rules (VirtRing.fail is called). Free it with
 * g_free() after virtqueue_push(). */
VirtQueueElement *virtqueue_pop(VirtQueue *vq);
bool virtqueue_is_empty(VirtQueue *vq);
/* Give a request back: @length bytes of its segments were written. */
void virtqueue_push(VirtQueue *vq, const VirtQueueElement *element, uint32_t length);
/* The request that was popped last goes back to the guest's ring, to be popped again later. */
void virtqueue_unpop(VirtQueue *vq);
/* Whether the guest wants an interrupt for what was pushed since the last one. */
bool virtqueue_wants_interrupt(VirtQueue *vq);

/* Move bytes from (read) or to (write) a request's segments, from byte @offset of them. Returns how many
 * of @length there were; segments outside of RAM break the rules, and the rest is lost. */
size_t virtqueue_read(VirtQueue *vq, const VirtQueueElement *element, uint64_t offset, void *data,
                      size_t length);
size_t virtqueue_write(VirtQueue *vq, const VirtQueueElement *element, uint64_t offset,
                       const void *data, size_t length);

/* A request under way is state: the device saves which it is by these. */
void virtqueue_element_put(GByteArray *out, const VirtQueueElement *element);
VirtQueueElement *virtqueue_element_get(VMStateReader *in, Error **errp);
/* A member VirtQueueElement *, which may be NULL. */
extern const VMStateInfo vmstate_info_virtqueue_element;
#define VMSTATE_VIRTQUEUE_ELEMENT(f, S) VMSTATE_CUSTOM(f, S, vmstate_info_virtqueue_element)

#endif
