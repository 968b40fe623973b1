/* SPDX-License-Identifier: MIT */
/*
 * TCP segments from outside that follow each other, joined before the guest sees them; and whose checksums
 * are right, so that the guest need not look.
 *
 * Source: RFC 791, 793, 768, 1071; what may be joined is what Linux's receive offload joins (IPv4 without
 * options, same acknowledgement, window and options, consecutive, all but the last of one size). Not joined:
 * IPv6.
 */
#include "net/internal.h"
#include "util/bits.h"

#include <string.h>

enum { ETHER = 14, IPV4 = 20, TCP_MIN = 20, UDP = 8, TCP = ETHER + IPV4 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TYPE_IPV4 = 0x0800 };
enum { FLAG_PSH = 8, FLAG_ACK = 16, IP_FRAGMENT = 0x3fff };

/* IPv4 without options and fragments, of which @size bytes are whole. Its length; 0: something else. */
static size_t ip_length(const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + ETHER;
    if (size < ETHER + IPV4 + UDP || lduw_be_p(frame + 12) != TYPE_IPV4 || ip[0] != 0x45 ||
        (lduw_be_p(ip + 6) & IP_FRAGMENT) || net_sum_fold(net_sum_add(0, ip, IPV4)) != 0) {
        return 0;
    }
    size_t length = lduw_be_p(ip + 2);
    return length >= IPV4 + UDP && length <= size - ETHER ? length : 0;
}

static uint64_t pseudo_header(const uint8_t *frame, size_t length)
{
    return net_sum_add(frame[ETHER + 9] + length, frame + ETHER + 12, 8);
}

bool net_segment_parse(const uint8_t *frame, size_t size, NetSegment *segment)
{
    size_t length = ip_length(frame, size);
    bool is_udp = length && frame[ETHER + 9] == PROTOCOL_UDP && lduw_be_p(frame + TCP + 6);
    bool is_tcp = length >= IPV4 + TCP_MIN && frame[ETHER + 9] == PROTOCOL_TCP;
    *segment = (NetSegment){0};
    if (!is_udp && !is_tcp) {
        return false;
    }
    length -= IPV4;
    if (net_sum_fold(net_sum_add(pseudo_header(frame, length), frame + TCP, length)) != 0) {
        return false;
    }
    size_t header = is_tcp ? 4u * (frame[TCP + 12] >> 4) : 0;
    bool is_plain = is_tcp && (frame[TCP + 13] & ~FLAG_PSH) == FLAG_ACK &&
                    frame[TCP + 12] % 16 == 0;
    if (is_plain && header >= TCP_MIN && header < length && TCP + length == size) {
        *segment = (NetSegment){TCP + header, length - header, frame[TCP + 13] & FLAG_PSH};
    }
    return true;
}

bool net_segment_follows(const uint8_t *first, size_t size, const uint8_t *next,
                         const NetSegment *segment)
{
    size_t payload = TCP + 4u * (first[TCP + 12] >> 4);
    uint32_t expected = ldl_be_p(first + TCP + 4) + (uint32_t)(size - payload);
    return payload == segment->payload && ldl_be_p(next + TCP + 4) == expected &&
           memcmp(first, next, ETHER + 2) == 0 &&                 /* Ethernet, version, service */
           memcmp(first + ETHER + 8, next + ETHER + 8, 2) == 0 && /* time to live, protocol */
           memcmp(first + ETHER + 12, next + ETHER + 12, 12) == 0 && /* addresses, ports */
           memcmp(first + TCP + 8, next + TCP + 8, 5) == 0 &&        /* acknowledgement, length */
           memcmp(first + TCP + 14, next + TCP + 14, 2) == 0 &&      /* window */
           memcmp(first + TCP + 18, next + TCP + 18, payload - TCP - 18) == 0;
}

void net_segment_finish(uint8_t *frame, size_t size, bool is_pushed)
{
    uint8_t *ip = frame + ETHER;
    stw_be_p(ip + 2, (uint16_t)(size - ETHER));
    stw_be_p(ip + 10, 0);
    stw_be_p(ip + 10, net_sum_fold(net_sum_add(0, ip, IPV4)));
    frame[TCP + 13] |= is_pushed ? FLAG_PSH : 0;
    /* The guest's to finish, if it ever asks: the sum so far. */
    stw_be_p(frame + TCP + 16, (uint16_t)~net_sum_fold(pseudo_header(frame, size - TCP)));
}
