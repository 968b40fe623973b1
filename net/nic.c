/* SPDX-License-Identifier: MIT */
/*
 * A NIC's end of the cable: frames from the guest in a bounded queue for the main thread, frames from
 * outside as inputs of the clock.
 *
 * An input is a row of frames that came in one turn of the main loop, so that the guest takes them with one
 * interrupt. Source: none (own design; design.md 3 and 4). Lines out: NetCore.congested, by which the
 * machine pauses.
 */
#include "net/internal.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

enum { BATCH_BYTES = 64 * 1024 }; /* an input is posted once it has these */
enum { STALL_US = 1000000 };      /* a back end that takes nothing for so long loses frames */
enum { JOINED_MAX = 65535 };      /* 14 bytes of Ethernet, the rest IP */
#define BACKLOG_LIMIT                                                                              \
    (4 * (size_t)NET_BACKLOG_BYTES) /* inputs not taken above which frames are lost */

struct NICState {
    NetCore *core;
    Clock *clock;
    NetClientState *nc; /* this end */
    const NICInfo *info;
    void *opaque;
    char *model;
    MACAddr mac;
    unsigned number; /* of the input */
    char input[16];
    /* From the guest. */
    GMutex lock;          /* queue, is_congested */
    GByteArray *queue;    /* records that the token holder adds */
    bool is_congested;    /* counted in the core */
    GByteArray *draining; /* main thread: what is being handed on */
    guint drained;        /* bytes of it */
    gint64 blocked_us;    /* since then the peer takes nothing; 0: it does */
    /* From outside. */
    GByteArray *batch; /* main thread: records to be posted */
    guint joined;   /* where in @batch the record lies that the next segment may go on; 0: none */
    gint gso_kinds; /* atomic */
};

/* --- records ------------------------------------------------------------------------------------------ */

void net_record_put(uint8_t *at, const NetOffload *offload, const uint8_t *data, size_t size)
{
    stl_le_p(at, (uint32_t)size);
    at[4] = offload->flags;
    at[5] = offload->gso_type;
    stw_le_p(at + 6, offload->gso_size);
    stw_le_p(at + 8, offload->csum_start);
    stw_le_p(at + 10, offload->csum_offset);
    memcpy(at + NET_RECORD, data, size);
}

const uint8_t *net_record_get(const uint8_t *bytes, size_t length, size_t *at, NetOffload *offload,
                              size_t *size)
{
    if (length - *at < NET_RECORD) {
        return NULL;
    }
    const uint8_t *head = bytes + *at;
    *size = ldl_le_p(head);
    *offload = (NetOffload){head[4], head[5], lduw_le_p(head + 6), lduw_le_p(head + 8),
                            lduw_le_p(head + 10)};
    if (*size > length - *at - NET_RECORD || *size > NET_FRAME_MAX || *size < NET_FRAME_MIN) {
        return NULL;
    }
    *at += NET_RECORD + *size;
    return head + NET_RECORD;
}

static void append_record(GByteArray *to, const NetOffload *offload, const uint8_t *data,
                          size_t size)
{
    guint at = to->len;
    g_byte_array_set_size(to, at + (guint)(NET_RECORD + size));
    net_record_put(to->data + at, offload, data, size);
}

/* --- from the guest ------------------------------------------------------------------------------------- */

static void set_congested(NICState *nic, bool is_congested)
{
    if (nic->is_congested != is_congested) {
        nic->is_congested = is_congested;
        g_atomic_int_add(&nic->core->congested, is_congested ? 1 : -1);
    }
}

/* True: the main thread is to be told. */
static bool enqueue(NICState *nic, const NetOffload *offload, const uint8_t *data, size_t size)
{
    bool was_empty = nic->queue->len == 0;
    if (nic->queue->len + NET_RECORD + size > NET_QUEUE_BYTES) {
        log_guest_error(nic->nc->name, 1, "frames that nobody takes are dropped");
        return false;
    }
    append_record(nic->queue, offload, data, size);
    set_congested(nic, nic->queue->len > NET_QUEUE_BYTES - NET_HEADROOM);
    return was_empty;
}

void net_send_packet(NICState *nic, const NetOffload *offload, const uint8_t *data, size_t size)
{
    static const NetOffload none;
    NetClientState *peer = nic->nc->peer;
    offload = offload ? offload : &none;
    if (!net_is_frame(nic->nc->name, size) || !peer) {
        return;
    }
    if (peer->filters) {
        net_show(peer, clock_virtual_ns(nic->clock), offload, data, size);
    }
    if (clock_is_replaying(nic->clock)) {
        return;
    }
    g_mutex_lock(&nic->lock);
    bool is_news = enqueue(nic, offload, data, size);
    bool is_congested = nic->is_congested;
    g_mutex_unlock(&nic->lock);
    if (is_news) {
        net_work_later(nic->core);
    }
    if (is_congested) {
        clock_kick(nic->clock);
    }
}

static void emit(void *opaque, const uint8_t *data, size_t size)
{
    net_send(((NICState *)opaque)->nc, data, size);
}

/* More to hand on; false: nothing is there. */
static bool fetch(NICState *nic)
{
    if (nic->drained < nic->draining->len) {
        return true;
    }
    g_byte_array_set_size(nic->draining, 0);
    nic->drained = 0;
    g_mutex_lock(&nic->lock);
    GByteArray *full = nic->queue;
    nic->queue = nic->draining;
    nic->draining = full;
    bool was_congested = nic->is_congested;
    set_congested(nic, false);
    g_mutex_unlock(&nic->lock);
    if (was_congested && net_has_headroom(nic->core) && nic->core->headroom_hook) {
        nic->core->headroom_hook(nic->core->headroom_opaque);
    }
    return nic->draining->len > 0;
}

/* The peer takes no frames: they wait, but not for ever, for the guest would wait with them. */
static bool is_blocked(NICState *nic)
{
    if (net_can_send(nic->nc)) {
        nic->blocked_us = 0;
        return false;
    }
    gint64 now = g_get_monotonic_time();
    nic->blocked_us = nic->blocked_us ? nic->blocked_us : now;
    if (now - nic->blocked_us < STALL_US) {
        return true;
    }
    TRACE(net_stall, "%s takes nothing: frames are dropped", nic->nc->peer->name);
    nic->drained = nic->draining->len;
    return false;
}

void nic_drain(NICState *nic)
{
    while (fetch(nic)) {
        NetOffload offload;
        size_t at = nic->drained, size;
        if (is_blocked(nic)) {
            return;
        }
        const uint8_t *data = net_record_get(nic->draining->data, nic->draining->len, &at, &offload,
                                             &size);
        if (data) {
            nic->drained = (guint)at;
            net_offload_emit(&offload, data, size, emit, nic);
        }
    }
}

/* --- from outside ---------------------------------------------------------------------------------------- */

enum { INPUT_FRAMES = 0 };

bool nic_can_receive(const NICState *nic) { return input_backlog(nic->clock) < NET_BACKLOG_BYTES; }

void nic_flush_input(NICState *nic)
{
    if (nic->batch->len > 1) {
        input_post(nic->clock, nic->input, nic->batch->data, nic->batch->len);
        g_byte_array_set_size(nic->batch, 1);
        nic->joined = 0;
    }
}

/* Append @data's payload to the frame before it. False: it does not belong there. */
static bool join(NICState *nic, const uint8_t *data, const NetSegment *segment)
{
    uint8_t *head = nic->batch->data + nic->joined;
    size_t size = nic->joined ? ldl_le_p(head) : 0;
    uint16_t gso_size = lduw_le_p(head + 6);
    if (!size || segment->length > gso_size || size + segment->length > JOINED_MAX ||
        !net_segment_follows(head + NET_RECORD, size, data, segment)) {
        return false;
    }
    g_byte_array_append(nic->batch, data + segment->payload, (guint)segment->length);
    head = nic->batch->data + nic->joined;
    size += segment->length;
    stl_le_p(head, (uint32_t)size);
    head[4] = NET_NEEDS_CSUM;
    head[5] = NET_GSO_TCPV4;
    net_segment_finish(head + NET_RECORD, size, segment->is_pushed);
    nic->joined = segment->length < gso_size || segment->is_pushed ? 0 : nic->joined;
    return true;
}

/* A frame of its own, which others may follow. */
static void add_segment(NICState *nic, const uint8_t *data, size_t size, const NetSegment *segment)
{
    const NetOffload offload = {NET_DATA_VALID, NET_GSO_NONE, (uint16_t)segment->length,
                                segment->length ? NET_TCP_AT : 0,
                                segment->length ? NET_TCP_CSUM : 0};
    nic->joined = segment->length && !segment->is_pushed ? nic->batch->len : 0;
    append_record(nic->batch, &offload, data, size);
}

void nic_receive(NICState *nic, const uint8_t *data, size_t size)
{
    static const NetOffload none;
    if (input_backlog(nic->clock) > BACKLOG_LIMIT) {
        TRACE(net_overrun, "%s: %zu bytes", nic->nc->name, size);
        return;
    }
    NetSegment segment;
    guint kinds = (guint)g_atomic_int_get(&nic->gso_kinds);
    if (!(kinds & (1 << NET_GSO_NONE)) || !net_segment_parse(data, size, &segment)) {
        nic->joined = 0;
        append_record(nic->batch, &none, data, size);
    } else if (!(kinds & (1 << NET_GSO_TCPV4)) || !segment.length || !join(nic, data, &segment)) {
        add_segment(nic, data, size, &segment);
    }
    if (nic->batch->len > BATCH_BYTES) {
        nic_flush_input(nic);
    }
}

static void take_frames(NICState *nic, const uint8_t *bytes, size_t length)
{
    NetOffload offload;
    const uint8_t *data;
    size_t at = 0, size;
    while ((data = net_record_get(bytes, length, &at, &offload, &size))) {
        const NetClientState *peer = nic->nc->peer;
        if (peer && peer->filters) {
            net_show(nic->nc->peer, clock_virtual_ns(nic->clock), &offload, data, size);
        }
        nic->info->receive(nic->opaque, &offload, data, size);
    }
}

static void input_taken(void *opaque, const uint8_t *data, size_t length)
{
    if (length && data[0] == INPUT_FRAMES) {
        take_frames(opaque, data + 1, length - 1);
    }
}

void nic_link_changed(NICState *nic, bool is_up) { nic->info->link_changed(nic->opaque, is_up); }

void net_nic_set_merging(NICState *nic, uint32_t gso_kinds)
{
    g_atomic_int_set(&nic->gso_kinds, (gint)gso_kinds);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

/* The first number that none of them has: the same in every run, and after a snapshot. */
static unsigned free_number(const NetCore *core)
{
    for (unsigned number = 0;; number++) {
        bool is_free = true;
        for (guint i = 0; i < core->nics->len; i++) {
            const NICState *nic = g_ptr_array_index(core->nics, i);
            is_free = is_free && nic->number != number;
        }
        if (is_free) {
            return number;
        }
    }
}

static char *default_name(const NetCore *core, const char *model)
{
    unsigned count = 0;
    for (guint i = 0; i < core->nics->len; i++) {
        const NICState *nic = g_ptr_array_index(core->nics, i);
        count += g_str_equal(nic->model, model);
    }
    return g_strdup_printf("%s.%u", model, count);
}

static NetClientState *new_end(NICState *nic, char *name)
{
    NetClientState *nc = NET_CLIENT(object_new(TYPE_NET_CLIENT));
    nc->name = name;
    nc->nic = nic;
    return nc;
}

static NICState *make_nic(NetCore *core, const NICInfo *info, const NICConf *conf, void *opaque)
{
    NICState *nic = g_new0(NICState, 1);
    nic->core = core;
    nic->clock = core->clock;
    nic->info = info;
    nic->opaque = opaque;
    nic->model = g_strdup(conf->model);
    nic->mac = conf->mac;
    nic->number = free_number(core);
    g_snprintf(nic->input, sizeof(nic->input), "net%u", nic->number);
    nic->nc = new_end(nic, conf->id ? g_strdup(conf->id) : default_name(core, conf->model));
    g_mutex_init(&nic->lock);
    nic->queue = g_byte_array_new();
    nic->draining = g_byte_array_new();
    nic->batch = g_byte_array_append(g_byte_array_new(), (const guint8[]){INPUT_FRAMES}, 1);
    input_register(nic->clock, nic->input, input_taken, nic);
    g_ptr_array_add(core->nics, nic);
    return nic;
}

NICState *net_new_nic(const NICInfo *info, const NICConf *conf, void *opaque, Error **errp)
{
    NetCore *core = net_core();
    NICState *nic = NULL;
    net_begin(core);
    NetClientState *peer = conf->netdev ? net_client_claim(conf->netdev, errp) : NULL;
    if (peer || !conf->netdev) {
        nic = make_nic(core, info, conf, opaque);
    }
    if (peer) {
        net_connect(nic->nc, peer);
    }
    net_end(core);
    return nic;
}

void net_del_nic(NICState *nic)
{
    if (!nic) {
        return;
    }
    NetCore *core = nic->core;
    net_begin(core);
    g_ptr_array_remove(core->nics, nic);
    net_disconnect(nic->nc);
    input_unregister(nic->clock, nic->input);
    set_congested(nic, false);
    object_unref(nic->nc);
    g_byte_array_unref(nic->queue);
    g_byte_array_unref(nic->draining);
    g_byte_array_unref(nic->batch);
    g_mutex_clear(&nic->lock);
    g_free(nic->model);
    g_free(nic);
    net_end(core);
}

/* --- what is asked of it --------------------------------------------------------------------------------------- */

NetClientState *nic_client(NICState *nic) { return nic->nc; }

const MACAddr *nic_mac(const NICState *nic) { return &nic->mac; }

void net_nic_set_mac(NICState *nic, const MACAddr *mac) { nic->mac = *mac; }

void nic_describe(NICState *nic, GString *out)
{
    g_autofree char *mac = mac_print(&nic->mac);
    g_string_append_printf(out, "%s: index=0,type=nic,model=%s,macaddr=%s\n", nic->nc->name,
                           nic->model, mac);
}
