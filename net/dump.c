/* SPDX-License-Identifier: MIT */
/*
 * Frames in a file that wireshark and tcpdump read: -object filter-dump,id=f0,netdev=n0,file=net.pcap
 *
 * Source: the pcap format (draft-ietf-opsawg-pcap); properties as in QEMU. What a guest sends and takes has
 * guest time since the start, so that a replay writes the same file; frames between back ends have the
 * host's time. Context: whoever moves the frame, one at a time.
 */
#include "net/internal.h"
#include "util/bits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TYPE_FILTER_DUMP "filter-dump"
OBJECT_DECLARE_SIMPLE_TYPE(FilterDump, FILTER_DUMP)

enum { LINK_ETHERNET = 1, MAXLEN_DEFAULT = 65536, FILE_HEAD = 24, FRAME_HEAD = 16 };

struct FilterDump {
    Object parent_obj;
    NetFilter filter;
    char *netdev, *path; /* properties */
    uint32_t maxlen;
    NetClientState *nc; /* counted */
    FILE *file;         /* NULL: not open, or it could not be written */
};

static const Property dump_properties[] = {
    {"netdev", FIELD_STRING, offsetof(FilterDump, netdev), .description = "back end to watch"},
    {"file", FIELD_STRING, offsetof(FilterDump, path), .description = "file to write"},
    {"maxlen", FIELD_UINT32, offsetof(FilterDump, maxlen), .defval = MAXLEN_DEFAULT,
     .description = "bytes of a frame to keep (65536)"},
    {.name = NULL},
};

static void put(FilterDump *dump, const void *data, size_t size)
{
    if (dump->file && fwrite(data, 1, size, dump->file) != size) {
        warn_report("filter-dump: cannot write '%s': %s", dump->path, g_strerror(errno));
        fclose(dump->file);
        dump->file = NULL;
    }
}

static void show(NetFilter *filter, uint64_t ns, const uint8_t *data, size_t size)
{
    FilterDump *dump = container_of(filter, FilterDump, filter);
    size_t kept = MIN(size, dump->maxlen);
    uint8_t head[FRAME_HEAD];
    stl_le_p(head, (uint32_t)(ns / NANOSECONDS_PER_SECOND));
    stl_le_p(head + 4, (uint32_t)(ns % NANOSECONDS_PER_SECOND / 1000));
    stl_le_p(head + 8, (uint32_t)kept);
    stl_le_p(head + 12, (uint32_t)size);
    put(dump, head, sizeof(head));
    put(dump, data, kept);
}

static bool open_file(FilterDump *dump, Error **errp)
{
    uint8_t head[FILE_HEAD] = {0};
    dump->file = fopen(dump->path, "wbe");
    if (!dump->file) {
        return error_setg_errno(errp, errno, "cannot create '%s'", dump->path);
    }
    stl_le_p(head, 0xa1b2c3d4);
    stw_le_p(head + 4, 2);
    stw_le_p(head + 6, 4);
    stl_le_p(head + 16, dump->maxlen);
    stl_le_p(head + 20, LINK_ETHERNET);
    put(dump, head, sizeof(head));
    return true;
}

static bool dump_complete(Object *obj, Error **errp)
{
    FilterDump *dump = FILTER_DUMP(obj);
    if (!dump->netdev || !dump->path) {
        return error_setg(errp, "%s= is missing", dump->netdev ? "file" : "netdev");
    }
    NetClientState *nc = net_client_find(dump->netdev);
    if (!nc) {
        return error_setg(errp, "there is no netdev '%s'", dump->netdev);
    }
    if (!open_file(dump, errp)) {
        return false;
    }
    dump->nc = NET_CLIENT(object_ref(nc));
    dump->filter.show = show;
    net_begin(nc->core);
    nc->filters = g_slist_append(nc->filters, &dump->filter);
    net_end(nc->core);
    return true;
}

static bool may_change(Object *obj, const char *name, Error **errp)
{
    return !FILTER_DUMP(obj)->nc || error_setg(errp, "property '%s' cannot change now", name);
}

static void dump_init(Object *obj) { object_init_fields(obj, dump_properties); }

static void dump_finalize(Object *obj)
{
    FilterDump *dump = FILTER_DUMP(obj);
    if (dump->nc) {
        net_begin(dump->nc->core);
        dump->nc->filters = g_slist_remove(dump->nc->filters, &dump->filter);
        net_end(dump->nc->core);
        object_unref(dump->nc);
    }
    if (dump->file) {
        fclose(dump->file);
    }
}

static void dump_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    UserCreatableClass *creatable = (UserCreatableClass *)object_class_dynamic_cast(
        klass, TYPE_USER_CREATABLE);
    creatable->complete = dump_complete;
    object_class_add_fields(klass, dump_properties, may_change);
}

static const InterfaceInfo dump_interfaces[] = {{TYPE_USER_CREATABLE}, {NULL}};

static const TypeInfo dump_info = {
    .name = TYPE_FILTER_DUMP,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(FilterDump),
    .instance_init = dump_init,
    .instance_finalize = dump_finalize,
    .class_init = dump_class_init,
    .interfaces = dump_interfaces,
};
DEFINE_TYPE(dump_info)
