/* SPDX-License-Identifier: MIT */
/*
 * Networks: NICs, back ends, and the frames between them. Names follow QEMU's: a NetClientState is one end
 * of a cable, its peer the other; -netdev makes a back end, a device makes a NIC that plugs into one.
 *
 * What a NIC sends goes to a bounded queue that the main thread drains; what comes from outside is an
 * input of the clock ("netN"). While a log is replayed no back end is opened and nothing is sent.
 *
 * Context: NICs belong to the holder of the machine token, back ends to the main thread. Whoever makes or
 * removes either, or touches a back end, does so between net_begin() and net_end().
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "qom/object.h"
#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    NET_FRAME_MIN = 14,              /* an Ethernet header */
    NET_FRAME_MAX = 65550,           /* 64 KiB of IP behind it */
    NET_EVENT_BYTES = 128 * 1024,    /* a NIC sends no more in one event, but for its last frame */
    NET_BACKLOG_BYTES = 1024 * 1024, /* inputs not taken above which back ends read no more */
};

typedef struct MACAddr {
    uint8_t a[6];
} MACAddr;

/* What is left to do for a frame, or need not be done; the fields are virtio's (virtio 1.1 5.1.6). */
enum { NET_NEEDS_CSUM = 1, NET_DATA_VALID = 2 };
enum { NET_GSO_NONE = 0, NET_GSO_TCPV4 = 1, NET_GSO_TCPV6 = 4, NET_GSO_ECN = 0x80 };
typedef struct NetOffload {
    uint8_t flags, gso_type;
    uint16_t gso_size; /* bytes of TCP that one frame may carry */
    uint16_t csum_start,
        csum_offset; /* NET_NEEDS_CSUM: sum from there on, stored that far behind it */
} NetOffload;

typedef struct NICState NICState;
typedef struct NetCore NetCore;

/* --- NICs ------------------------------------------------------------------------------------------ */

typedef struct NICInfo {
    /* A frame from outside; only in an event. */
    void (*receive)(void *opaque, const NetOffload *offload, const uint8_t *data, size_t size);
    /* The cable was plugged in or pulled; only in an event. */
    void (*link_changed)(void *opaque, bool is_up);
} NICInfo;

/* What -device says. Strings are lent. */
typedef struct NICConf {
    const char *netdev; /* id of a back end; NULL: no cable */
    const char *model;
    const char *id; /* of the device; NULL: "MODEL.N" */
    MACAddr mac;
} NICConf;

/* NULL with *errp: no such back end, or it is in use. */
NICState *net_new_nic(const NICInfo *info, const NICConf *conf, void *opaque, Error **errp);
void net_del_nic(NICState *nic); /* NULL is allowed */
/* Send a frame, which is copied; @offload may be NULL. Never blocks, never changes the guest; a frame that
 * nobody takes, or that is not one, is dropped. */
void net_send_packet(NICState *nic, const NetOffload *offload, const uint8_t *data, size_t size);
/* What the guest wants: bit NET_GSO_NONE: to be told of right checksums; bit NET_GSO_TCPV4: segments
 * joined. */
void net_nic_set_merging(NICState *nic, uint32_t gso_kinds);
/* "virtio-net-pci.0: ..." in info network. */
void net_nic_set_mac(NICState *nic, const MACAddr *mac);
/* Pull the cable of NIC or back end @name, or plug it in. In an event, or the machine is stopped. */
bool net_set_link(const char *name, bool is_up, Error **errp);

/* --- what drivers leave to the hardware ------------------------------------------------------------ */

typedef void NetEmit(void *opaque, const uint8_t *data, size_t size);
/* Do what @offload left to do: frames as they are on a wire, in order, to @emit. A frame that is not what
 * @offload says is dropped. Any thread. */
void net_offload_emit(const NetOffload *offload, const uint8_t *data, size_t size, NetEmit *emit,
                      void *opaque);

/* --- frames in a row, in queues and inputs ------------------------------------------------------------ */

enum { NET_RECORD = 12 }; /* bytes in front of a frame */

/* @at: NET_RECORD + @size bytes. */
void net_record_put(uint8_t *at, const NetOffload *offload, const uint8_t *data, size_t size);
/* The frame at @at of @length bytes; NULL at the end, or where the bytes are none. *@at moves behind it. */
const uint8_t *net_record_get(const uint8_t *bytes, size_t length, size_t *at, NetOffload *offload,
                              size_t *size);

/* --- back ends --------------------------------------------------------------------------------------- */

/* -netdev "user,id=n0,hostfwd=...": false and the reason. */
bool net_client_add(const char *text, Error **errp);
bool net_client_del(const char *id, Error **errp);
/* -nic "user,model=virtio-net-pci,mac=...": makes the back end; *@device is the -device text of its NIC,
 * NULL for "none". Free with g_free(). */
bool net_nic_option(const char *text, char **device, Error **errp);
/* The text for "-netdev help", "-netdev TYPE,help" and "-nic help", or NULL. Free with g_free(). */
char *net_client_help(const char *text);
/* Warns of back ends without a NIC. */
void net_check_clients(void);
/* Before anything is made: no back end will be opened. */
void net_set_cut_off(bool is_cut_off);
/* Removes all back ends; the machine thread has ended. */
void net_fini_all(void);

/* info network, info usernet. */
void net_info(GString *out);
void net_info_user(GString *out);
/* hostfwd_add, hostfwd_remove: @id NULL: the only one. */
bool net_user_hostfwd_add(const char *id, const char *rule, Error **errp);
bool net_user_hostfwd_remove(const char *id, const char *rule, Error **errp);
/* "libslirp 4.7.0", or NULL. */
const char *net_user_library(void);

/* --- the machine --------------------------------------------------------------------------------------- */

/* Object /core/net. Fetched once, on the main thread. */
NetCore *net_core(void);
/* False: a queue is nearly full, the machine pauses. Any thread; cheap. */
bool net_has_headroom(const NetCore *core);
/* Called on the main thread when there is room again. */
void net_set_headroom_hook(void (*hook)(void *opaque), void *opaque);

/* --- addresses ------------------------------------------------------------------------------------------- */

bool mac_parse(const char *text, MACAddr *mac, Error **errp);
char *mac_print(const MACAddr *mac); /* free with g_free() */
/* The first of 52:54:00:12:34:56 and up that no NIC has. */
MACAddr net_default_mac(void);

#endif
