/* SPDX-License-Identifier: MIT */
/* What back ends, filters and NICs see of a network. */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include "net/net.h"
#include "time/clock.h"
#include "util/options.h"

#define TYPE_NET_CLIENT "net-client"
OBJECT_DECLARE_TYPE(NetClientState, NetClientClass, NET_CLIENT)
#define NETDEV_PREFIX "netdev-"
#define TYPE_NETDEV_USER "netdev-user"
#define TYPE_NETDEV_TAP "netdev-tap"
#define TYPE_NETDEV_SOCKET "netdev-socket"
#define TYPE_NETDEV_HUBPORT "netdev-hubport"
#define TYPE_NET_CORE "net-core"

enum {
    NET_QUEUE_BYTES = 1024 * 1024, /* frames of one NIC that the main thread has not taken */
    NET_HEADROOM = NET_EVENT_BYTES + NET_FRAME_MAX + 64, /* what one event may need */
};

typedef struct NetFilter NetFilter;
/* Sees every frame of one back end, in both directions, as it would be on a wire. */
struct NetFilter {
    void (*show)(NetFilter *filter, uint64_t ns, const uint8_t *data, size_t size);
};

/* One end of a cable. */
struct NetClientState {
    Object parent_obj;
    NetCore *core;
    char *name;
    NetClientState *peer;
    NICState *nic;   /* this end is a NIC's */
    bool link_down;  /* of a back end whose peer is no NIC */
    bool is_open;    /* the host's side is there */
    bool peer_waits; /* the peer was told that this end takes nothing: net_can_receive_again() */
    GSList *filters; /* NetFilter */
};

struct NetClientClass {
    ObjectClass parent_class;
    const char *help; /* one line; NULL: not for -netdev */
    const OptionDesc *options;
    const char *const *later; /* options of QEMU's that are not built; may be NULL */
    /* Check and keep what the options say; touches nothing of the host's. */
    bool (*parse)(NetClientState *nc, const Options *opts, Error **errp);
    /* Not called while cut off. May be NULL. */
    bool (*open)(NetClientState *nc, Error **errp);
    void (*close)(NetClientState *nc); /* also after a failed open; may be NULL */
    /* False: the peer should wait for net_can_receive_again(). NULL: always true. */
    bool (*can_receive)(NetClientState *nc);
    /* A frame from the peer; whether it could wait or not, it is given away. */
    void (*receive)(NetClientState *nc, const uint8_t *data, size_t size);
    /* The peer takes frames again. May be NULL. */
    void (*can_send)(NetClientState *nc);
    char *(*describe)(NetClientState *nc); /* "net=10.0.2.0,restrict=off"; g_free() */
};

struct NetCore {
    Object parent_obj;
    GRecMutex lock; /* who is connected with whom, and all that the main thread owns */
    unsigned depth; /* of net_begin() */
    Clock *clock;
    GPtrArray *nics;  /* NICState */
    GSource *work;    /* drains the NICs' queues when its ready time is set; any thread sets it */
    guint room_timer; /* a back end waits for the guest to take inputs */
    unsigned room_ms;
    int congested; /* queues with less than NET_HEADROOM; atomic */
    void (*headroom_hook)(void *opaque);
    void *headroom_opaque;
    bool is_cut_off;
    unsigned hops;           /* back ends that hand on the frame under way */
    unsigned next_anonymous; /* of back ends that -nic makes */
};

/* --- core.c --------------------------------------------------------------------------------------------- */

/* Around everything that the main thread does with back ends. At the end of the outermost pair what they
 * sent is posted to the guest. Also for the token holder, to make and remove. */
void net_begin(NetCore *core);
void net_end(NetCore *core);
/* Hand a frame to the peer of @nc. Main thread. */
void net_send(NetClientState *nc, const uint8_t *data, size_t size);
/* False: read no more from the host until can_send(). */
bool net_can_send(NetClientState *nc);
/* What waits is looked at again soon. */
void net_poll_later(NetCore *core);
/* @nc takes frames again. */
void net_can_receive_again(NetClientState *nc);
void net_connect(NetClientState *a, NetClientState *b);
void net_disconnect(NetClientState *nc);
Object *net_container(void);
NetClientState *net_client_find(const char *id); /* NULL: none */
/* A back end without a peer, or NULL and why. */
NetClientState *net_client_claim(const char *id, Error **errp);
/* A log line for a frame that is none. */
bool net_is_frame(const char *who, size_t size);
/* Show a frame to the filters of @nc. */
void net_show(NetClientState *nc, uint64_t ns, const NetOffload *offload, const uint8_t *data,
              size_t size);
/* Drain the NICs' queues soon. Any thread. */
void net_work_later(NetCore *core);

/* --- create.c -------------------------------------------------------------------------------------------- */

/* The caller holds net_begin(). */
NetClientState *net_client_new(const char *text, const char *id, Error **errp);

/* --- nic.c -------------------------------------------------------------------------------------------------- */

/* Main thread, for the core. */
void nic_receive(NICState *nic, const uint8_t *data, size_t size);
bool nic_can_receive(const NICState *nic);
void nic_flush_input(NICState *nic); /* post what was received */
void nic_drain(NICState *nic);       /* hand on what the guest sent */
NetClientState *nic_client(NICState *nic);
void nic_describe(NICState *nic, GString *out);
const MACAddr *nic_mac(const NICState *nic);
void nic_link_changed(NICState *nic, bool is_up);

/* --- offload.c ------------------------------------------------------------------------------------------------ */

/* The Internet checksum: a sum of 16-bit words, high byte first, on top of @sum; and its complement, which
 * is 0 over data with a right checksum in it. Pieces but the last have even lengths. */
uint64_t net_sum_add(uint64_t sum, const uint8_t *at, size_t length);
uint16_t net_sum_fold(uint64_t sum);

/* --- join.c --------------------------------------------------------------------------------------------------- */

/* A TCP segment that may be joined with its neighbours; @length 0: it may not. */
typedef struct NetSegment {
    size_t payload, length; /* where its data lie */
    bool is_pushed;         /* the sender wants it delivered: nothing follows */
} NetSegment;

/* True: the checksums are there and right; @segment says whether it can be joined. */
bool net_segment_parse(const uint8_t *frame, size_t size, NetSegment *segment);
/* @next, parsed as @segment, goes on where the frame at @first, of @size bytes, ends. */
bool net_segment_follows(const uint8_t *first, size_t size, const uint8_t *next,
                         const NetSegment *segment);
/* The headers of a frame whose data have grown to @size bytes in all. */
void net_segment_finish(uint8_t *frame, size_t size, bool is_pushed);
enum { NET_TCP_AT = 34, NET_TCP_CSUM = 16 }; /* of a segment that can be joined */

/* --- user_text.c ------------------------------------------------------------------------------------------------ */

/* "tcp:127.0.0.1:8080-10.0.2.15:80" and its parts, in network byte order; 0: any, or the default. */
typedef struct HostForward {
    bool is_udp;
    uint32_t host_addr, guest_addr;
    uint16_t host_port, guest_port; /* host byte order */
} HostForward;
bool hostfwd_parse(const char *text, HostForward *rule, Error **errp);
/* hostfwd_remove: without the guest's half. */
bool hostfwd_parse_host(const char *text, HostForward *rule, Error **errp);
/* "tcp:10.0.2.100:80-TARGET": the rest is what it leads to. */
typedef struct GuestForward {
    uint32_t addr; /* network byte order; 0: not given */
    uint16_t port;
    char *target; /* g_free() */
} GuestForward;
bool guestfwd_parse(const char *text, GuestForward *rule, Error **errp);
/* "10.0.2.0/24", "10.0.2.0/255.255.255.0", "10.0.2.0": network byte order. */
bool ipv4_net_parse(const char *text, uint32_t *net, uint32_t *mask, Error **errp);
bool ipv4_parse(const char *text, uint32_t *addr, Error **errp);
/* "HOST:PORT" into both; an empty host stays NULL. */
bool net_address_parse(const char *text, char **host, uint16_t *port, Error **errp);

#endif
