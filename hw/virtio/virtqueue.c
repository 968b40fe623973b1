/* SPDX-License-Identifier: MIT */
/*
 * The split virtqueue. Rings are read through host pointers, which a change of memory drops, and written
 * through the device's address space, so that decoded code and dirty pages hear of it.
 *
 * Source: virtio 1.1 section 2.6. What the guest may not do ends in VirtRing.fail, nothing more.
 */
#include "hw/virtio/virtqueue.h"

#include <string.h>

enum { DESC_SIZE = 16, DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_FLAGS = 0, AVAIL_INDEX = 2, AVAIL_RING = 4, AVAIL_NO_INTERRUPT = 1 };
enum { USED_INDEX = 2, USED_RING = 4, USED_ENTRY = 8 };

typedef struct Descriptor {
    uint64_t addr;
    uint32_t length;
    uint16_t flags, next;
} Descriptor;

static void fail(const VirtQueue *vq, const char *reason)
{
    vq->ring->fail(vq->ring->opaque, reason);
}

/* --- entries ---------------------------------------------------------------------------------------- */

static uint16_t get16(const VirtQueue *vq, const uint8_t *at)
{
    return virtio_ring_ldw(vq->ring, at);
}

static Descriptor get_descriptor(const VirtRing *ring, const uint8_t *at)
{
    return (Descriptor){virtio_ring_ldq(ring, at), virtio_ring_ldl(ring, at + 8),
                        virtio_ring_ldw(ring, at + 12), virtio_ring_ldw(ring, at + 14)};
}

static void put16(const VirtQueue *vq, uint64_t addr, uint16_t value)
{
    uint8_t bytes[2];
    virtio_ring_stw(vq->ring, bytes, value);
    address_space_write(vq->ring->as, addr, bytes, sizeof(bytes));
}

static void put_used(const VirtQueue *vq, uint32_t head, uint32_t length)
{
    uint8_t bytes[USED_ENTRY];
    virtio_ring_stl(vq->ring, bytes, head);
    virtio_ring_stl(vq->ring, bytes + 4, length);
    uint64_t at = vq->used + USED_RING + (uint64_t)USED_ENTRY * (vq->used_index % vq->size);
    address_space_write(vq->ring->as, at, bytes, sizeof(bytes));
}

/* --- where the rings lie ---------------------------------------------------------------------------- */

static uint64_t avail_bytes(const VirtQueue *vq) { return AVAIL_RING + 2 * (uint64_t)vq->size + 2; }

static uint64_t used_bytes(const VirtQueue *vq)
{
    return USED_RING + USED_ENTRY * (uint64_t)vq->size + 2;
}

static const uint8_t *find_ram(const VirtQueue *vq, uint64_t addr, uint64_t length, bool is_write)
{
    MemorySection section = address_space_translate(vq->ring->as, addr);
    bool fits = section.host && section.remaining >= length && !(is_write && section.readonly);
    return fits ? section.host : NULL;
}

static bool map_rings(VirtQueue *vq)
{
    if (vq->desc_host) {
        return true;
    }
    const uint8_t *desc = find_ram(vq, vq->desc, DESC_SIZE * (uint64_t)vq->size, false);
    const uint8_t *avail = find_ram(vq, vq->avail, avail_bytes(vq), false);
    if (!desc || !avail || !find_ram(vq, vq->used, used_bytes(vq), true)) {
        fail(vq, "a ring does not lie in RAM");
        return false;
    }
    vq->desc_host = desc;
    vq->avail_host = avail;
    return true;
}

void virtqueue_forget_mapping(VirtQueue *vq)
{
    vq->desc_host = NULL;
    vq->avail_host = NULL;
}

static bool is_ready(VirtQueue *vq)
{
    return virtqueue_is_set_up(vq) && !vq->ring->is_stopped && vq->ring->as && map_rings(vq);
}

/* --- setting up ------------------------------------------------------------------------------------- */

void virtqueue_init(VirtQueue *vq, const VirtRing *ring, uint16_t index, uint32_t size,
                    uint64_t limit)
{
    g_assert(is_power_of_2(size) && size <= VIRTQUEUE_MAX_SIZE);
    *vq = (VirtQueue){.ring = ring, .index = index, .size_default = size, .limit = limit};
    virtqueue_reset(vq);
}

void virtqueue_reset(VirtQueue *vq)
{
    vq->size = vq->size_default;
    vq->desc = vq->avail = vq->used = 0;
    vq->last_avail = vq->used_index = vq->signalled_used = 0;
    vq->signalled_valid = false;
    vq->in_use = 0;
    virtqueue_forget_mapping(vq);
}

void virtqueue_set_rings(VirtQueue *vq, uint64_t desc, uint64_t avail, uint64_t used)
{
    vq->desc = desc;
    vq->avail = avail;
    vq->used = used;
    virtqueue_forget_mapping(vq);
}

void virtqueue_set_legacy_address(VirtQueue *vq, uint64_t desc, uint32_t align)
{
    uint64_t avail = desc + DESC_SIZE * (uint64_t)vq->size;
    uint64_t used = (avail + AVAIL_RING + 2 * (uint64_t)vq->size + align - 1) &
                    ~(uint64_t)(align - 1);
    virtqueue_set_rings(vq, desc, avail, used);
}

/* --- taking requests -------------------------------------------------------------------------------- */

static uint16_t avail_index(const VirtQueue *vq) { return get16(vq, vq->avail_host + AVAIL_INDEX); }

bool virtqueue_is_empty(VirtQueue *vq)
{
    return !is_ready(vq) || avail_index(vq) == vq->last_avail;
}

/* A chain on its way from the guest's tables to an element. */
typedef struct Chain {
    const uint8_t *table; /* host address */
    uint32_t entries;     /* of the table */
    uint32_t left;        /* descriptors that may still come: an endless chain ends here */
    bool is_indirect;
    GArray *segments;
    uint32_t out_count, in_count;
    uint64_t out_size, in_size;
} Chain;

static const char *add_segment(const VirtQueue *vq, Chain *chain, const Descriptor *desc)
{
    bool is_write = desc->flags & DESC_WRITE;
    if (desc->length == 0) {
        return "a buffer has no bytes";
    }
    if (!is_write && chain->in_count) {
        return "a buffer to read follows one to write";
    }
    if (chain->segments->len == VIRTQUEUE_MAX_SIZE) {
        return "a request has too many buffers";
    }
    VirtIOSegment segment = {.addr = desc->addr, .length = desc->length};
    g_array_append_val(chain->segments, segment);
    *(is_write ? &chain->in_count : &chain->out_count) += 1;
    *(is_write ? &chain->in_size : &chain->out_size) += desc->length;
    return chain->out_size + chain->in_size > vq->limit ? "a request is too large" : NULL;
}

static const char *enter_indirect(const VirtQueue *vq, Chain *chain, const Descriptor *desc)
{
    if (!vq->ring->indirect || chain->is_indirect || (desc->flags & DESC_NEXT)) {
        return "an indirect table where none may be";
    }
    if (desc->length == 0 || desc->length % DESC_SIZE) {
        return "an indirect table of a wrong size";
    }
    chain->table = find_ram(vq, desc->addr, desc->length, false);
    chain->entries = desc->length / DESC_SIZE;
    chain->left = MIN(chain->entries, (uint32_t)VIRTQUEUE_MAX_SIZE);
    chain->is_indirect = true;
    return chain->table ? NULL : "an indirect table does not lie in RAM";
}

/* NULL, or what is wrong with the chain that begins at @index. */
static const char *walk_chain(const VirtQueue *vq, Chain *chain, uint32_t index)
{
    for (;;) {
        if (index >= chain->entries) {
            return "a descriptor's index lies beyond its table";
        }
        if (chain->left-- == 0) {
            return "a chain of descriptors is a loop";
        }
        Descriptor desc = get_descriptor(vq->ring, chain->table + DESC_SIZE * (size_t)index);
        bool is_table = desc.flags & DESC_INDIRECT;
        const char *wrong = is_table ? enter_indirect(vq, chain, &desc)
                                     : add_segment(vq, chain, &desc);
        if (wrong || (!is_table && !(desc.flags & DESC_NEXT))) {
            return wrong;
        }
        index = is_table ? 0 : desc.next;
    }
}

static VirtQueueElement *element_new(uint16_t head, const Chain *chain)
{
    size_t bytes = chain->segments->len * sizeof(VirtIOSegment);
    VirtQueueElement *element = g_malloc0(sizeof(*element) + bytes);
    element->head = head;
    element->out_count = chain->out_count;
    element->in_count = chain->in_count;
    element->out_size = chain->out_size;
    element->in_size = chain->in_size;
    memcpy(element->segments, chain->segments->data, bytes);
    return element;
}

static VirtQueueElement *take(VirtQueue *vq, uint16_t head)
{
    g_autoptr(GArray) segments = g_array_new(false, false, sizeof(VirtIOSegment));
    Chain chain = {
        .table = vq->desc_host, .entries = vq->size, .left = vq->size, .segments = segments};
    const char *wrong = walk_chain(vq, &chain, head);
    if (wrong) {
        fail(vq, wrong);
        return NULL;
    }
    return element_new(head, &chain);
}

static void ask_for_kick(VirtQueue *vq)
{
    if (vq->ring->event_idx) {
        put16(vq, vq->used + USED_RING + USED_ENTRY * (uint64_t)vq->size, vq->last_avail);
    }
}

VirtQueueElement *virtqueue_pop(VirtQueue *vq)
{
    if (virtqueue_is_empty(vq)) {
        return NULL;
    }
    if ((uint16_t)(avail_index(vq) - vq->last_avail) > vq->size || vq->in_use >= vq->size) {
        fail(vq, "the available index is beyond the ring");
        return NULL;
    }
    unsigned slot = vq->last_avail % vq->size;
    uint16_t head = get16(vq, vq->avail_host + AVAIL_RING + 2 * slot);
    VirtQueueElement *element = take(vq, head);
    if (element) {
        vq->last_avail++;
        vq->in_use++;
        ask_for_kick(vq);
    }
    return element;
}

void virtqueue_unpop(VirtQueue *vq)
{
    vq->last_avail--;
    vq->in_use--;
}

/* --- giving them back -------------------------------------------------------------------------------- */

void virtqueue_push(VirtQueue *vq, const VirtQueueElement *element, uint32_t length)
{
    vq->in_use--;
    if (!is_ready(vq)) {
        return;
    }
    put_used(vq, element->head, length);
    vq->used_index++;
    put16(vq, vq->used + USED_INDEX, vq->used_index);
    /* A full turn without an interrupt: the remembered index means nothing any more. */
    if ((uint16_t)(vq->used_index - vq->signalled_used) == 0) {
        vq->signalled_valid = false;
    }
}

bool virtqueue_wants_interrupt(VirtQueue *vq)
{
    if (!is_ready(vq)) {
        return false;
    }
    if (vq->ring->notify_on_empty && !vq->in_use && avail_index(vq) == vq->last_avail) {
        return true;
    }
    if (!vq->ring->event_idx) {
        return !(get16(vq, vq->avail_host + AVAIL_FLAGS) & AVAIL_NO_INTERRUPT);
    }
    uint16_t before = vq->signalled_used, now = vq->used_index;
    bool was_valid = vq->signalled_valid;
    vq->signalled_used = now;
    vq->signalled_valid = true;
    uint16_t event = get16(vq, vq->avail_host + AVAIL_RING + 2 * (size_t)vq->size);
    return !was_valid || (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

/* --- the bytes of a request --------------------------------------------------------------------------- */

typedef struct Transfer {
    VirtQueue *vq;
    uint8_t *data;
    size_t length, done;
    bool is_write;
} Transfer;

/* False if the segment is not RAM. */
static bool move_piece(Transfer *transfer, uint64_t addr, size_t length)
{
    AddressSpace *as = transfer->vq->ring->as;
    while (length) {
        uint64_t chunk = length;
        void *host = address_space_map(as, addr, &chunk, transfer->is_write);
        if (!host) {
            return false;
        }
        uint8_t *data = transfer->data + transfer->done;
        transfer->is_write ? memcpy(host, data, chunk) : memcpy(data, host, chunk);
        address_space_unmap(as, host, chunk, transfer->is_write);
        transfer->done += chunk;
        addr += chunk;
        length -= chunk;
    }
    return true;
}

static size_t transfer_segments(Transfer *transfer, const VirtIOSegment *segments, uint32_t count,
                                uint64_t offset)
{
    for (uint32_t i = 0; i < count && transfer->done < transfer->length; i++) {
        const VirtIOSegment *segment = &segments[i];
        if (offset >= segment->length) {
            offset -= segment->length;
            continue;
        }
        size_t length = MIN(segment->length - offset, transfer->length - transfer->done);
        if (!move_piece(transfer, segment->addr + offset, length)) {
            fail(transfer->vq, "a buffer does not lie in RAM");
            break;
        }
        offset = 0;
    }
    return transfer->done;
}

size_t virtqueue_read(VirtQueue *vq, const VirtQueueElement *element, uint64_t offset, void *data,
                      size_t length)
{
    Transfer transfer = {.vq = vq, .data = data, .length = length};
    return transfer_segments(&transfer, element->segments, element->out_count, offset);
}

size_t virtqueue_write(VirtQueue *vq, const VirtQueueElement *element, uint64_t offset,
                       const void *data, size_t length)
{
    Transfer transfer = {.vq = vq, .data = (uint8_t *)data, .length = length, .is_write = true};
    return transfer_segments(&transfer, element->segments + element->out_count, element->in_count,
                             offset);
}

/* --- state ------------------------------------------------------------------------------------------- */

void virtqueue_element_put(GByteArray *out, const VirtQueueElement *element)
{
    vmstate_put_u32(out, element->head);
    vmstate_put_u32(out, element->out_count);
    vmstate_put_u32(out, element->in_count);
    for (uint32_t i = 0; i < element->out_count + element->in_count; i++) {
        vmstate_put_u64(out, element->segments[i].addr);
        vmstate_put_u32(out, element->segments[i].length);
    }
}

VirtQueueElement *virtqueue_element_get(VMStateReader *in, Error **errp)
{
    uint32_t head, out_count, in_count;
    if (!vmstate_read_u32(in, &head, errp) || !vmstate_read_u32(in, &out_count, errp) ||
        !vmstate_read_u32(in, &in_count, errp)) {
        return NULL;
    }
    if (head >= VIRTQUEUE_MAX_SIZE || out_count > VIRTQUEUE_MAX_SIZE ||
        in_count > VIRTQUEUE_MAX_SIZE - out_count) {
        error_setg(errp, "a request of %u and %u buffers", out_count, in_count);
        return NULL;
    }
    uint32_t count = out_count + in_count;
    g_autofree VirtQueueElement *element = g_malloc0(sizeof(*element) +
                                                     count * sizeof(VirtIOSegment));
    element->head = (uint16_t)head;
    element->out_count = out_count;
    element->in_count = in_count;
    for (uint32_t i = 0; i < count; i++) {
        VirtIOSegment *segment = &element->segments[i];
        if (!vmstate_read_u64(in, &segment->addr, errp) ||
            !vmstate_read_u32(in, &segment->length, errp)) {
            return NULL;
        }
        *(i < out_count ? &element->out_size : &element->in_size) += segment->length;
    }
    return g_steal_pointer(&element);
}

static void put_element(GByteArray *out, const void *field, size_t size G_GNUC_UNUSED)
{
    const VirtQueueElement *element = *(VirtQueueElement *const *)field;
    vmstate_put_u32(out, element != NULL);
    if (element) {
        virtqueue_element_put(out, element);
    }
}

static bool get_element(VMStateReader *in, void *field, size_t size G_GNUC_UNUSED, Error **errp)
{
    VirtQueueElement **element = field;
    uint32_t is_there;
    g_clear_pointer(element, g_free);
    if (!vmstate_read_u32(in, &is_there, errp)) {
        return false;
    }
    if (is_there) {
        *element = virtqueue_element_get(in, errp);
    }
    return !is_there || *element;
}

const VMStateInfo vmstate_info_virtqueue_element = {
    .name = "virtqueue-element", .put = put_element, .get = get_element};

static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    VirtQueue *vq = opaque;
    bool is_sane = vq->size <= vq->size_default && (!vq->size || is_power_of_2(vq->size)) &&
                   vq->in_use <= vq->size;
    virtqueue_forget_mapping(vq);
    return is_sane || error_setg(errp, "virtqueue of %u entries, %u in use", vq->size, vq->in_use);
}

const VMStateDescription vmstate_virtqueue = {
    .name = "virtqueue",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(size, VirtQueue),
            VMSTATE_UINT64(desc, VirtQueue),
            VMSTATE_UINT64(avail, VirtQueue),
            VMSTATE_UINT64(used, VirtQueue),
            VMSTATE_UINT16(last_avail, VirtQueue),
            VMSTATE_UINT16(used_index, VirtQueue),
            VMSTATE_UINT16(signalled_used, VirtQueue),
            VMSTATE_BOOL(signalled_valid, VirtQueue),
            VMSTATE_UINT32(in_use, VirtQueue),
            VMSTATE_TRANSIENT(ring, VirtQueue, "wiring"),
            VMSTATE_TRANSIENT(index, VirtQueue, "configuration"),
            VMSTATE_TRANSIENT(size_default, VirtQueue, "configuration"),
            VMSTATE_TRANSIENT(limit, VirtQueue, "configuration"),
            VMSTATE_TRANSIENT(desc_host, VirtQueue, "found again"),
            VMSTATE_TRANSIENT(avail_host, VirtQueue, "found again"),
            VMSTATE_END_OF_LIST(),
        },
};
