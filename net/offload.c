/* SPDX-License-Identifier: MIT */
/*
 * What a NIC's driver left to the hardware: TCP segments cut out of a large one, and checksums. Back ends
 * take frames as they are on a wire.
 *
 * Source: RFC 791, 8200, 9293 (headers), 1071 (checksum), 3168 6.1.2 (CWR goes with the first segment);
 * virtio 1.1 5.1.6.2 (what the driver says). Not modelled: UDP fragmentation, extension headers of IPv6.
 */
#include "net/internal.h"
#include "util/bits.h"
#include "util/log.h"

#include <string.h>

enum { ETHER = 14, IPV4_MIN = 20, IPV6 = 40, TCP_MIN = 20, PROTOCOL_TCP = 6 };
enum { FLAG_FIN = 1, FLAG_PSH = 8, FLAG_CWR = 0x80 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_VLAN = 0x8100, VLAN_TAG = 4, GSO_MIN = 64 };

/* A large TCP segment and where its parts lie. */
typedef struct Segment {
    const uint8_t *data;
    size_t ip, tcp, payload, size; /* offsets; all bytes */
    bool is_v6;
} Segment;

/* --- checksums ---------------------------------------------------------------------------------------- */

uint64_t net_sum_add(uint64_t sum, const uint8_t *at, size_t length)
{
    uint64_t swapped = 0; /* words as the host reads them: their sum is the swapped sum */
    for (; length >= 4; at += 4, length -= 4) {
        swapped += ldl_le_p(at);
    }
    swapped = (swapped & 0xffffffff) + (swapped >> 32);
    swapped = (swapped & 0xffff) + (swapped >> 16 & 0xffff) + (swapped >> 32);
    swapped = (swapped & 0xffff) + (swapped >> 16);
    swapped = (swapped & 0xffff) + (swapped >> 16);
    sum += (swapped & 0xff) << 8 | swapped >> 8;
    for (size_t i = 0; i < length; i++) {
        sum += (uint64_t)at[i] << (i % 2 ? 0 : 8);
    }
    return sum;
}

uint16_t net_sum_fold(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* What the addresses and the length add to TCP's sum. */
static uint64_t pseudo_header(const Segment *segment, const uint8_t *frame, size_t tcp_bytes)
{
    const uint8_t *ip = frame + segment->ip;
    uint64_t sum = PROTOCOL_TCP + tcp_bytes;
    return segment->is_v6 ? net_sum_add(sum, ip + 8, 32) : net_sum_add(sum, ip + 12, 8);
}

/* --- cutting -------------------------------------------------------------------------------------------- */

static bool find_ip(Segment *segment, uint8_t kind)
{
    bool is_tagged = segment->size > ETHER && lduw_be_p(segment->data + 12) == TYPE_VLAN;
    size_t ether = is_tagged ? ETHER + VLAN_TAG : ETHER;
    const uint8_t *ip = segment->data + ether;
    segment->ip = ether;
    segment->is_v6 = kind == NET_GSO_TCPV6;
    if (segment->is_v6) {
        segment->tcp = ether + IPV6;
        return segment->size >= segment->tcp + TCP_MIN && lduw_be_p(ip - 2) == TYPE_IPV6 &&
               ip[0] >> 4 == 6 && ip[6] == PROTOCOL_TCP;
    }
    if (segment->size < ether + IPV4_MIN + TCP_MIN || lduw_be_p(ip - 2) != TYPE_IPV4) {
        return false;
    }
    segment->tcp = ether + 4u * (ip[0] & 15);
    return ip[0] >> 4 == 4 && segment->tcp >= ether + IPV4_MIN &&
           segment->size >= segment->tcp + TCP_MIN && ip[9] == PROTOCOL_TCP;
}

static bool find_parts(Segment *segment, uint8_t kind)
{
    if (!find_ip(segment, kind)) {
        return false;
    }
    size_t tcp_header = 4u * (segment->data[segment->tcp + 12] >> 4);
    segment->payload = segment->tcp + tcp_header;
    return tcp_header >= TCP_MIN && segment->payload <= segment->size;
}

static void finish_ip(const Segment *segment, uint8_t *frame, size_t size, unsigned number)
{
    uint8_t *ip = frame + segment->ip;
    if (segment->is_v6) {
        stw_be_p(ip + 4, (uint16_t)(size - segment->tcp));
        return;
    }
    stw_be_p(ip + 2, (uint16_t)(size - segment->ip));
    stw_be_p(ip + 4, (uint16_t)(lduw_be_p(ip + 4) + number));
    stw_be_p(ip + 10, 0);
    stw_be_p(ip + 10, net_sum_fold(net_sum_add(0, ip, segment->tcp - segment->ip)));
}

/* The part of @segment from payload byte @at on, made a frame of @size bytes in @frame. */
static void finish_tcp(const Segment *segment, uint8_t *frame, size_t at, size_t size)
{
    uint8_t *tcp = frame + segment->tcp;
    size_t tcp_bytes = size - segment->tcp;
    bool is_last = at + (size - segment->payload) == segment->size - segment->payload;
    stl_be_p(tcp + 4, ldl_be_p(tcp + 4) + (uint32_t)at);
    tcp[13] &= (uint8_t)~((is_last ? 0 : FLAG_FIN | FLAG_PSH) | (at ? FLAG_CWR : 0));
    stw_be_p(tcp + 16, 0);
    stw_be_p(tcp + 16,
             net_sum_fold(net_sum_add(pseudo_header(segment, frame, tcp_bytes), tcp, tcp_bytes)));
}

static void emit_segments(const Segment *segment, size_t gso_size, NetEmit *emit, void *opaque)
{
    size_t all = segment->size - segment->payload;
    g_autofree uint8_t *frame = g_malloc(segment->payload + MIN(gso_size, all));
    unsigned number = 0;
    size_t at = 0;
    do {
        size_t length = MIN(gso_size, all - at), size = segment->payload + length;
        memcpy(frame, segment->data, segment->payload);
        memcpy(frame + segment->payload, segment->data + segment->payload + at, length);
        finish_ip(segment, frame, size, number++);
        finish_tcp(segment, frame, at, size);
        emit(opaque, frame, size);
        at += length;
    } while (at < all);
}

static void emit_with_csum(const NetOffload *offload, const uint8_t *data, size_t size,
                           NetEmit *emit, void *opaque)
{
    g_autofree uint8_t *frame = g_memdup2(data, size);
    size_t field = (size_t)offload->csum_start + offload->csum_offset;
    uint16_t sum = net_sum_fold(
        net_sum_add(0, data + offload->csum_start, size - offload->csum_start));
    stw_be_p(frame + field, sum ? sum : 0xffff); /* UDP: 0 would say that there is none */
    emit(opaque, frame, size);
}

void net_offload_emit(const NetOffload *offload, const uint8_t *data, size_t size, NetEmit *emit,
                      void *opaque)
{
    uint8_t kind = offload->gso_type & (uint8_t)~NET_GSO_ECN;
    Segment segment = {.data = data, .size = size};
    if (kind == NET_GSO_NONE && !(offload->flags & NET_NEEDS_CSUM)) {
        emit(opaque, data, size);
    } else if (kind == NET_GSO_NONE &&
               (size_t)offload->csum_start + offload->csum_offset + 2 <= size) {
        emit_with_csum(offload, data, size, emit, opaque);
    } else if ((kind == NET_GSO_TCPV4 || kind == NET_GSO_TCPV6) && offload->gso_size >= GSO_MIN &&
               find_parts(&segment, kind)) {
        emit_segments(&segment, offload->gso_size, emit, opaque);
    } else {
        log_guest_error("net", 2, "a frame whose header says what it is not is dropped");
    }
}
