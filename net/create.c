/* SPDX-License-Identifier: MIT */
/*
 * Back ends from texts: -netdev, -nic, netdev_add, netdev_del.
 *
 * Source: QEMU's dialect (its manual, "Network options"). What is not built is refused by name.
 */
#include "net/internal.h"

#include <string.h>

static const OptionDesc common_options[] = {
    {"type", "string", NULL}, /* the leading bare word */
    {"id", "string", "name of the back end"},
    {0},
};

static const char *const later_types[] = {
    "stream", "dgram",  "vde",   "netmap",     "l2tpv3",       "vhost-user",    "vhost-vdpa",
    "bridge", "af-xdp", "passt", "vmnet-host", "vmnet-shared", "vmnet-bridged", NULL,
};

/* --- types ------------------------------------------------------------------------------------------- */

static NetClientClass *class_of(const char *name)
{
    g_autofree char *type = g_strconcat(NETDEV_PREFIX, name, NULL);
    ObjectClass *klass = object_class_by_name(type);
    return klass && object_class_dynamic_cast(klass, TYPE_NET_CLIENT) ? NET_CLIENT_CLASS(klass)
                                                                      : NULL;
}

static const char *name_of(NetClientClass *klass)
{
    return object_class_get_name(OBJECT_CLASS(klass)) + strlen(NETDEV_PREFIX);
}

/* Classes that -netdev may name, sorted. */
static GPtrArray *all_classes(void)
{
    GPtrArray *list = g_ptr_array_new();
    g_autoptr(GSList) classes = object_class_get_list(TYPE_NET_CLIENT, false);
    for (GSList *item = classes; item; item = item->next) {
        if (NET_CLIENT_CLASS(item->data)->help) {
            g_ptr_array_add(list, item->data);
        }
    }
    return list;
}

static bool unknown_type(const char *name, Error **errp)
{
    g_autoptr(GPtrArray) known = all_classes();
    if (g_strv_contains(later_types, name)) {
        return error_setg(errp, "network back end '%s' is not built; use user, tap or socket",
                          name);
    }
    for (guint i = 0; i < known->len; i++) {
        known->pdata[i] = (char *)name_of(known->pdata[i]);
    }
    g_ptr_array_add(known, NULL);
    return error_unknown_name("network back end", name, (const char *const *)known->pdata, errp);
}

static OptionDesc *all_options(NetClientClass *klass, bool with_type)
{
    const OptionDesc *tables[] = {common_options + (with_type ? 0 : 1), klass->options};
    return options_join(tables, G_N_ELEMENTS(tables));
}

/* --- help -------------------------------------------------------------------------------------------- */

static char *help_of_all(void)
{
    g_autoptr(GPtrArray) list = all_classes();
    GString *text = g_string_new("Network back ends (-netdev TYPE,id=ID,...):\n");
    for (guint i = 0; i < list->len; i++) {
        NetClientClass *klass = g_ptr_array_index(list, i);
        g_string_append_printf(text, "  %-8s %s\n", name_of(klass), klass->help);
    }
    g_string_append(text, "Options of one: -netdev TYPE,help\n"
                          "A NIC for it: -device virtio-net-pci,netdev=ID\n"
                          "Both at once: -nic TYPE[,model=virtio-net-pci][,mac=MAC],...\n");
    return g_string_free(text, FALSE);
}

char *net_client_help(const char *text)
{
    g_autoptr(Options) opts = options_parse(text, "type", NULL, NULL);
    if (!opts || !options_wants_help(opts)) {
        return NULL;
    }
    const char *name = options_get(opts, "type");
    NetClientClass *klass = name ? class_of(name) : NULL;
    if (!klass) {
        return help_of_all();
    }
    g_autofree OptionDesc *table = all_options(klass, false);
    g_autofree char *options = options_help(table);
    return g_strdup_printf("%s: %s\n%s", name, klass->help, options);
}

/* --- making ------------------------------------------------------------------------------------------ */

static bool check_id(const char *id, Error **errp)
{
    return object_id_check(id, errp) &&
           (!net_client_find(id) || error_setg(errp, "id '%s' is taken", id));
}

static bool refuse_later(NetClientClass *klass, const Options *opts, Error **errp)
{
    for (const char *const *name = klass->later; name && *name; name++) {
        if (options_get(opts, *name)) {
            return error_setg(errp, "option '%s' of back end %s is not built", *name,
                              name_of(klass));
        }
    }
    return true;
}

/* Its place in the tree comes last: until then nobody finds it. */
static NetClientState *create(NetClientClass *klass, const Options *opts, const char *id,
                              Error **errp)
{
    NetClientState *nc = NET_CLIENT(object_new_with_class(OBJECT_CLASS(klass)));
    nc->name = g_strdup(id);
    bool ok = klass->parse(nc, opts, errp);
    if (ok && !nc->core->is_cut_off) {
        ok = !klass->open || klass->open(nc, errp);
        nc->is_open = ok;
    }
    if (ok) {
        object_property_add_child(net_container(), id, OBJECT(nc));
    } else {
        net_disconnect(nc);
    }
    object_unref(nc); /* the tree has it now, or nobody */
    return ok ? nc : NULL;
}

NetClientState *net_client_new(const char *text, const char *id, Error **errp)
{
    g_autoptr(Options) rough = options_parse(text, "type", NULL, errp);
    const char *name = rough ? options_get(rough, "type") : NULL;
    if (!rough) {
        return NULL;
    }
    if (!name) {
        error_setg(errp, "the type is missing: user, tap, socket, ...");
        return NULL;
    }
    NetClientClass *klass = class_of(name);
    if (!klass) {
        unknown_type(name, errp);
        return NULL;
    }
    if (!refuse_later(klass, rough, errp)) {
        return NULL;
    }
    g_autofree OptionDesc *table = all_options(klass, true);
    g_autoptr(Options) opts = options_parse(text, "type", table, errp);
    if (!opts || (!id && !check_id(options_get(opts, "id"), errp))) {
        return NULL;
    }
    return create(klass, opts, id ? id : options_get(opts, "id"), errp);
}

bool net_client_add(const char *text, Error **errp)
{
    NetCore *core = net_core();
    net_begin(core);
    bool ok = net_client_new(text, NULL, errp) != NULL;
    net_end(core);
    return ok;
}

static bool remove_client(const char *id, Error **errp)
{
    NetClientState *nc = net_client_find(id);
    if (!nc) {
        return error_setg(errp, "there is no netdev '%s'", id);
    }
    if (nc->filters) {
        return error_setg(errp, "netdev '%s' is watched by a filter", id);
    }
    object_unparent(OBJECT(nc));
    return true;
}

bool net_client_del(const char *id, Error **errp)
{
    NetCore *core = net_core();
    net_begin(core);
    bool ok = remove_client(id, errp);
    net_end(core);
    return ok;
}

/* --- -nic -------------------------------------------------------------------------------------------- */

typedef struct NicTexts {
    GString *client, *device;
} NicTexts;

static void append_option(GString *text, const char *key, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);
    g_string_append_printf(text, ",%s=%s", key, escaped);
}

/* What belongs to the NIC, and what to the back end. */
static bool sort_option(void *opaque, const char *key, const char *value, Error **errp)
{
    static const char *const of_device[] = {"mac", "addr", "bus", NULL};
    NicTexts *texts = opaque;
    if (g_str_equal(key, "vectors")) {
        return true; /* of interrupts that this board does not have; QEMU takes it */
    }
    if (g_str_equal(key, "name")) {
        return error_setg(errp, "option 'name' is old; use id=");
    }
    append_option(g_strv_contains(of_device, key) ? texts->device : texts->client, key, value);
    return true;
}

static bool check_model(const char *model, Error **errp)
{
    static const char *const known[] = {"virtio-net-pci", "virtio", NULL};
    return !model || g_strv_contains(known, model) ||
           error_setg(errp, "NIC model '%s' is not built; use model=virtio-net-pci", model);
}

static bool split_nic(Options *opts, NicTexts *texts, Error **errp)
{
    NetCore *core = net_core();
    g_autofree char *type = options_take(opts, "type");
    g_autofree char *model = options_take(opts, "model");
    g_autofree char *id = options_take(opts, "id");
    g_autofree char *internal = g_strdup_printf("#net%u", core->next_anonymous);
    if (!type || !check_model(model, errp) || (id && !check_id(id, errp))) {
        return type ? false : error_setg(errp, "the type is missing: user, tap, socket or none");
    }
    g_string_append(texts->client, type);
    if (!options_foreach(opts, sort_option, texts, errp) ||
        !net_client_new(texts->client->str, id ? id : internal, errp)) {
        return false;
    }
    core->next_anonymous += !id;
    g_string_append_printf(texts->device, ",netdev=%s", id ? id : internal);
    return true;
}

bool net_nic_option(const char *text, char **device, Error **errp)
{
    NetCore *core = net_core();
    *device = NULL;
    if (g_str_equal(text, "none")) {
        return true;
    }
    g_autoptr(Options) opts = options_parse(text, "type", NULL, errp);
    if (!opts) {
        return false;
    }
    g_autoptr(GString) client = g_string_new(NULL);
    GString *nic = g_string_new("virtio-net-pci");
    NicTexts texts = {client, nic};
    net_begin(core);
    bool ok = split_nic(opts, &texts, errp);
    net_end(core);
    *device = g_string_free(nic, !ok);
    return ok;
}
