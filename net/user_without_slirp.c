/* SPDX-License-Identifier: MIT */
/* User networking where libslirp was not found: refused by name. */
#include "net/internal.h"

static bool user_parse(G_GNUC_UNUSED NetClientState *nc, G_GNUC_UNUSED const Options *opts,
                       Error **errp)
{
    return error_setg(errp, "this core99 was built without libslirp: no user networking");
}

static void user_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    NetClientClass *nk = NET_CLIENT_CLASS(klass);
    nk->help = "(not built in: libslirp)";
    nk->parse = user_parse;
}

static const TypeInfo user_info = {
    .name = TYPE_NETDEV_USER,
    .parent = TYPE_NET_CLIENT,
    .instance_size = sizeof(NetClientState),
    .class_init = user_class_init,
};
DEFINE_TYPE(user_info)

const char *net_user_library(void) { return NULL; }

bool net_user_hostfwd_add(G_GNUC_UNUSED const char *id, G_GNUC_UNUSED const char *rule,
                          Error **errp)
{
    return error_setg(errp, "there is no user netdev: built without libslirp");
}

bool net_user_hostfwd_remove(const char *id, const char *rule, Error **errp)
{
    return net_user_hostfwd_add(id, rule, errp);
}

void net_info_user(G_GNUC_UNUSED GString *out) {}
