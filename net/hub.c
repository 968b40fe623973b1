/* SPDX-License-Identifier: MIT */
/*
 * A hub: what comes in at one port goes out at all others. -netdev hubport,id=p0,hubid=0[,netdev=ID]
 *
 * Source: none (own design); options as in QEMU.
 */
#include "net/internal.h"

OBJECT_DECLARE_SIMPLE_TYPE(HubPort, NETDEV_HUBPORT)

struct HubPort {
    NetClientState parent_obj;
    uint64_t hub;
};

static const OptionDesc hubport_options[] = {
    {"hubid", "number", "which hub"},
    {"netdev", "string", "plug this back end in, not a NIC"},
    {NULL, NULL, NULL},
};

static bool hubport_parse(NetClientState *nc, const Options *opts, Error **errp)
{
    HubPort *port = NETDEV_HUBPORT(nc);
    const char *netdev = options_get(opts, "netdev");
    if (!options_get(opts, "hubid")) {
        return error_setg(errp, "hubid= is missing");
    }
    if (!options_get_number(opts, "hubid", 0, &port->hub, errp)) {
        return false;
    }
    if (netdev) {
        NetClientState *peer = net_client_claim(netdev, errp);
        if (!peer) {
            return false;
        }
        net_connect(nc, peer);
    }
    return true;
}

typedef struct HubFrame {
    const HubPort *from;
    const uint8_t *data;
    size_t size;
} HubFrame;

static int send_to_port(Object *obj, void *opaque)
{
    const HubFrame *frame = opaque;
    HubPort *port = (HubPort *)object_dynamic_cast(obj, TYPE_NETDEV_HUBPORT);
    if (port && port != frame->from && port->hub == frame->from->hub) {
        net_send(NET_CLIENT(port), frame->data, frame->size);
    }
    return 0;
}

static void hubport_receive(NetClientState *nc, const uint8_t *data, size_t size)
{
    HubFrame frame = {NETDEV_HUBPORT(nc), data, size};
    object_child_foreach(net_container(), send_to_port, &frame);
}

static char *hubport_describe(NetClientState *nc)
{
    return g_strdup_printf("hub=%" G_GUINT64_FORMAT, NETDEV_HUBPORT(nc)->hub);
}

static void hubport_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    NetClientClass *nk = NET_CLIENT_CLASS(klass);
    nk->help = "a port of a hub that joins several back ends and NICs";
    nk->options = hubport_options;
    nk->parse = hubport_parse;
    nk->receive = hubport_receive;
    nk->describe = hubport_describe;
}

static const TypeInfo hubport_info = {
    .name = TYPE_NETDEV_HUBPORT,
    .parent = TYPE_NET_CLIENT,
    .instance_size = sizeof(HubPort),
    .class_init = hubport_class_init,
};
DEFINE_TYPE(hubport_info)
