/* SPDX-License-Identifier: MIT */
/*
 * User networking: a network behind which libslirp speaks for the host's processes. The guest has
 * 10.0.2.15, the host is 10.0.2.2, a name server 10.0.2.3.
 *
 * Source: QEMU's dialect ("user" back end); libslirp's header. Not built: smb, more than one interface.
 * The main loop polls libslirp's sockets; while the guest does not take what was posted, it does not.
 */
#include "net/internal.h"
#include "util/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <string.h>

OBJECT_DECLARE_SIMPLE_TYPE(NetUser, NETDEV_USER)

typedef struct SlirpSource {
    GSource source;
    NetUser *user;
} SlirpSource;

/* Where guestfwd leads to, or the text of a rule. */
typedef struct UserForward {
    NetUser *user;
    GuestForward rule;
} UserForward;

struct NetUser {
    NetClientState parent_obj;
    SlirpConfig config;
    char *hostname, *tftp, *bootfile, *tftp_server, *domain;
    GPtrArray *dns_search; /* char * */
    GPtrArray *hostfwd;    /* char * */
    GPtrArray *guestfwd;   /* UserForward * */
    Slirp *slirp;          /* NULL: not open */
    GSource *source;
    GPtrArray *fds; /* GPollFD *: what libslirp polls; polled are those before @polled */
    guint polled;
    gint64 due_us; /* libslirp's timers want a look then */
};

static const OptionDesc user_options[] = {
    {"net", "string", "IPv4 network (10.0.2.0/24)"},
    {"host", "string", "the host's address in it (2nd)"},
    {"dhcpstart", "string", "first address given by DHCP (15th)"},
    {"dns", "string", "the name server's address (3rd)"},
    {"hostname", "string", "name that DHCP tells the guest"},
    {"restrict", "bool", "the guest reaches nothing but guestfwd rules (default off)"},
    {"ipv4", "bool", "IPv4 (default on)"},
    {"ipv6", "bool", "IPv6 (default on)"},
    {"ipv6-prefix", "string", "IPv6 network (fec0::)"},
    {"ipv6-prefixlen", "number", "its prefix (64)"},
    {"ipv6-host", "string", "the host's address in it"},
    {"ipv6-dns", "string", "the name server's address in it"},
    {"dnssearch", "string", "domain to search; may be repeated"},
    {"domainname", "string", "domain that DHCP tells"},
    {"tftp", "string", "folder that TFTP serves"},
    {"tftp-server-name", "string", "name that DHCP tells"},
    {"bootfile", "string", "file that DHCP tells"},
    {"hostfwd", "string", "[tcp|udp]:[HOSTADDR]:PORT-[GUESTADDR]:PORT; may be repeated"},
    {"guestfwd", "string", "[tcp]:SERVER:PORT-cmd:COMMAND or -unix:PATH; may be repeated"},
    {NULL, NULL, NULL},
};

static const char *const user_later[] = {"smb", "smbserver", NULL};

/* --- frames ------------------------------------------------------------------------------------------ */

static ssize_t send_packet(const void *data, size_t size, void *opaque)
{
    net_send(NET_CLIENT(opaque), data, size);
    return (ssize_t)size;
}

static void user_receive(NetClientState *nc, const uint8_t *data, size_t size)
{
    slirp_input(NETDEV_USER(nc)->slirp, data, (int)size);
}

static void guest_error(const char *message, void *opaque)
{
    log_guest_error(NET_CLIENT(opaque)->name, 3, "%s", message);
}

/* --- libslirp's clock and timers ----------------------------------------------------------------------- */

static int64_t clock_ns(G_GNUC_UNUSED void *opaque) { return g_get_monotonic_time() * 1000; }

typedef struct SlirpTimer {
    NetUser *user;
    SlirpTimerCb callback;
    void *opaque;
    guint source;
} SlirpTimer;

static gboolean timer_due(gpointer data)
{
    SlirpTimer *timer = data;
    NetCore *core = NET_CLIENT(timer->user)->core;
    net_begin(core);
    timer->source = 0;
    timer->callback(timer->opaque);
    net_end(core);
    return G_SOURCE_REMOVE;
}

static void *new_timer(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    SlirpTimer *timer = g_new0(SlirpTimer, 1);
    *timer = (SlirpTimer){NETDEV_USER(opaque), callback, callback_opaque, 0};
    return timer;
}

static void free_timer(void *data, G_GNUC_UNUSED void *opaque)
{
    SlirpTimer *timer = data;
    g_clear_handle_id(&timer->source, g_source_remove);
    g_free(timer);
}

static void change_timer(void *data, int64_t expire_ms, G_GNUC_UNUSED void *opaque)
{
    SlirpTimer *timer = data;
    int64_t left_ms = expire_ms - g_get_monotonic_time() / 1000;
    g_clear_handle_id(&timer->source, g_source_remove);
    timer->source = g_timeout_add((guint)CLAMP(left_ms, 0, INT32_MAX), timer_due, timer);
}

static void poll_fd_changed(G_GNUC_UNUSED int fd, G_GNUC_UNUSED void *opaque) {}

/* Some buffer has room: libslirp is asked again what it polls. Any caller is on the main thread's turn. */
static void notify(void *opaque) { g_source_set_ready_time(NETDEV_USER(opaque)->source, 0); }

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_ns,
    .timer_new = new_timer,
    .timer_free = free_timer,
    .timer_mod = change_timer,
    .register_poll_fd = poll_fd_changed,
    .unregister_poll_fd = poll_fd_changed,
    .notify = notify,
};

/* --- libslirp's sockets in the main loop ------------------------------------------------------------------ */

static const struct {
    int slirp;
    gushort glib;
} poll_events[] = {
    {SLIRP_POLL_IN, G_IO_IN},   {SLIRP_POLL_OUT, G_IO_OUT}, {SLIRP_POLL_PRI, G_IO_PRI},
    {SLIRP_POLL_ERR, G_IO_ERR}, {SLIRP_POLL_HUP, G_IO_HUP},
};

static gushort to_glib(int events)
{
    gushort result = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(poll_events); i++) {
        result |= events & poll_events[i].slirp ? poll_events[i].glib : 0;
    }
    return result;
}

static int from_glib(gushort events)
{
    int result = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(poll_events); i++) {
        result |= events & poll_events[i].glib ? poll_events[i].slirp : 0;
    }
    return result;
}

/* The main loop's own list changes only where libslirp's did. */
static int add_poll(int fd, int events, void *opaque)
{
    NetUser *user = opaque;
    guint at = user->polled++;
    if (at == user->fds->len) {
        g_ptr_array_add(user->fds, g_memdup2(&(GPollFD){.fd = -1}, sizeof(GPollFD)));
    }
    GPollFD *poll_fd = g_ptr_array_index(user->fds, at);
    if (poll_fd->fd != fd) {
        if (poll_fd->fd >= 0) {
            g_source_remove_poll(user->source, poll_fd);
        }
        poll_fd->fd = fd;
        poll_fd->events = to_glib(events);
        g_source_add_poll(user->source, poll_fd);
    }
    poll_fd->events = to_glib(events);
    poll_fd->revents = 0;
    return (int)at;
}

static void forget_polls(NetUser *user, guint from)
{
    for (guint i = from; i < user->fds->len; i++) {
        GPollFD *poll_fd = g_ptr_array_index(user->fds, i);
        if (poll_fd->fd >= 0) {
            g_source_remove_poll(user->source, poll_fd);
            poll_fd->fd = -1;
        }
    }
}

static int get_events(int index, void *opaque)
{
    const NetUser *user = opaque;
    const GPollFD *poll_fd = g_ptr_array_index(user->fds, index);
    return from_glib(poll_fd->revents);
}

static gboolean prepare(GSource *source, gint *timeout_ms)
{
    NetUser *user = ((SlirpSource *)source)->user;
    NetCore *core = NET_CLIENT(user)->core;
    uint32_t wait_ms = UINT32_MAX;
    net_begin(core);
    user->polled = 0;
    if (net_can_send(NET_CLIENT(user))) {
        slirp_pollfds_fill(user->slirp, &wait_ms, add_poll, user);
    }
    forget_polls(user, user->polled);
    net_end(core);
    *timeout_ms = wait_ms == UINT32_MAX ? -1 : (gint)wait_ms;
    user->due_us = wait_ms == UINT32_MAX ? G_MAXINT64
                                         : g_get_monotonic_time() + (gint64)wait_ms * 1000;
    return wait_ms == 0;
}

static gboolean check(GSource *source)
{
    const NetUser *user = ((SlirpSource *)source)->user;
    bool is_due = g_get_monotonic_time() >= user->due_us;
    for (guint i = 0; i < user->polled && !is_due; i++) {
        is_due = ((const GPollFD *)g_ptr_array_index(user->fds, i))->revents != 0;
    }
    return is_due;
}

static gboolean dispatch(GSource *source, G_GNUC_UNUSED GSourceFunc callback,
                         G_GNUC_UNUSED gpointer user_data)
{
    NetUser *user = ((SlirpSource *)source)->user;
    NetCore *core = NET_CLIENT(user)->core;
    g_source_set_ready_time(source, -1);
    net_begin(core);
    slirp_pollfds_poll(user->slirp, 0, get_events, user);
    net_end(core);
    return G_SOURCE_CONTINUE;
}

static void add_source(NetUser *user)
{
    static const GSourceFuncs functions = {
        .prepare = prepare, .check = check, .dispatch = dispatch};
    user->source = g_source_new((GSourceFuncs *)&functions, sizeof(SlirpSource));
    ((SlirpSource *)user->source)->user = user;
    g_source_set_name(user->source, "slirp");
    g_source_attach(user->source, NULL);
}

/* --- options ------------------------------------------------------------------------------------------------ */

/* An address of the guest's network; @fallback: which one. */
static bool take_addr(const NetUser *user, const Options *opts, const char *key, uint32_t fallback,
                      struct in_addr *addr, Error **errp)
{
    const SlirpConfig *config = &user->config;
    const char *text = options_get(opts, key);
    addr->s_addr = config->vnetwork.s_addr | (htonl(fallback) & ~config->vnetmask.s_addr);
    if (text && !ipv4_parse(text, &addr->s_addr, errp)) {
        return false;
    }
    if ((addr->s_addr & config->vnetmask.s_addr) != config->vnetwork.s_addr) {
        return error_setg(errp, "%s=%s does not lie in the guest's network", key, text);
    }
    return true;
}

static bool parse_ipv4(NetUser *user, const Options *opts, Error **errp)
{
    SlirpConfig *config = &user->config;
    const char *net = options_get(opts, "net");
    const char *host = options_get(opts, "host");
    uint32_t network, mask, ignored;
    /* The host alone says which network. */
    g_autofree char *of_host = host && !net ? g_strdup_printf("%s/24", host) : NULL;
    if (!ipv4_net_parse(net ? net : of_host ? of_host : "10.0.2.0/24", &network, &mask, errp)) {
        return false;
    }
    if (ntohl(~mask) < 28) {
        return error_setg(errp, "the guest's network is too small");
    }
    ignored = network & ~mask; /* QEMU: net= may name the host's own address */
    config->vnetmask.s_addr = mask;
    config->vnetwork.s_addr = network & mask;
    if (!take_addr(user, opts, "host", ignored ? ntohl(ignored) : 2, &config->vhost, errp) ||
        !take_addr(user, opts, "dhcpstart", 15, &config->vdhcp_start, errp) ||
        !take_addr(user, opts, "dns", 3, &config->vnameserver, errp)) {
        return false;
    }
    return config->vnameserver.s_addr != config->vhost.s_addr ||
           error_setg(errp, "dns= and host= are the same address");
}

static bool take_addr6(const Options *opts, const char *key, const struct in6_addr *prefix,
                       uint8_t last, struct in6_addr *addr, Error **errp)
{
    const char *text = options_get(opts, key);
    *addr = *prefix;
    addr->s6_addr[15] |= last;
    return !text || inet_pton(AF_INET6, text, addr) == 1 ||
           error_setg(errp, "'%s' is not an IPv6 address", text);
}

static bool parse_ipv6(NetUser *user, const Options *opts, Error **errp)
{
    SlirpConfig *config = &user->config;
    const char *prefix = options_get(opts, "ipv6-prefix");
    uint64_t bits;
    if (inet_pton(AF_INET6, prefix ? prefix : "fec0::", &config->vprefix_addr6) != 1) {
        return error_setg(errp, "'%s' is not an IPv6 address", prefix);
    }
    if (!options_get_number(opts, "ipv6-prefixlen", 64, &bits, errp)) {
        return false;
    }
    if (bits < 1 || bits > 126) {
        return error_setg(errp, "ipv6-prefixlen=%" G_GUINT64_FORMAT " is not 1 to 126", bits);
    }
    config->vprefix_len = (uint8_t)bits;
    return take_addr6(opts, "ipv6-host", &config->vprefix_addr6, 2, &config->vhost6, errp) &&
           take_addr6(opts, "ipv6-dns", &config->vprefix_addr6, 3, &config->vnameserver6, errp);
}

static void free_forward(gpointer data)
{
    UserForward *forward = data;
    g_free(forward->rule.target);
    g_free(forward);
}

static bool add_guestfwd(NetUser *user, const char *text, Error **errp)
{
    UserForward *forward = g_new0(UserForward, 1);
    forward->user = user;
    g_ptr_array_add(user->guestfwd, forward);
    if (!guestfwd_parse(text, &forward->rule, errp)) {
        return false;
    }
    return g_str_has_prefix(forward->rule.target, "cmd:") ||
           g_str_has_prefix(forward->rule.target, "unix:") ||
           error_setg(errp, "guestfwd to '%s' is not built; use cmd:COMMAND or unix:PATH",
                      forward->rule.target);
}

/* Keys that may be repeated. */
static bool take_list(void *opaque, const char *key, const char *value, Error **errp)
{
    NetUser *user = opaque;
    HostForward rule;
    if (g_str_equal(key, "hostfwd")) {
        g_ptr_array_add(user->hostfwd, g_strdup(value));
        return hostfwd_parse(value, &rule, errp);
    }
    if (g_str_equal(key, "dnssearch")) {
        g_ptr_array_insert(user->dns_search, (gint)user->dns_search->len - 1, g_strdup(value));
    }
    return !g_str_equal(key, "guestfwd") || add_guestfwd(user, value, errp);
}

static bool check_length(const char *key, const char *text, size_t limit, Error **errp)
{
    return !text || strlen(text) <= limit ||
           error_setg(errp, "%s= is longer than %zu characters", key, limit);
}

static bool parse_texts(NetUser *user, const Options *opts, Error **errp)
{
    SlirpConfig *config = &user->config;
    config->vhostname = user->hostname = g_strdup(options_get(opts, "hostname"));
    config->tftp_path = user->tftp = g_strdup(options_get(opts, "tftp"));
    config->tftp_server_name = user->tftp_server = g_strdup(options_get(opts, "tftp-server-name"));
    config->bootfile = user->bootfile = g_strdup(options_get(opts, "bootfile"));
    config->vdomainname = user->domain = g_strdup(options_get(opts, "domainname"));
    return check_length("hostname", user->hostname, 32, errp) &&
           check_length("domainname", user->domain, 255, errp) &&
           check_length("tftp-server-name", user->tftp_server, 255, errp) &&
           check_length("bootfile", user->bootfile, 127, errp) &&
           options_foreach(opts, take_list, user, errp);
}

static bool user_parse(NetClientState *nc, const Options *opts, Error **errp)
{
    NetUser *user = NETDEV_USER(nc);
    SlirpConfig *config = &user->config;
    bool is_restricted;
    config->version = 4;
    if (!options_get_bool(opts, "restrict", false, &is_restricted, errp) ||
        !options_get_bool(opts, "ipv4", true, &config->in_enabled, errp) ||
        !options_get_bool(opts, "ipv6", true, &config->in6_enabled, errp) ||
        !parse_ipv4(user, opts, errp) || !parse_ipv6(user, opts, errp) ||
        !parse_texts(user, opts, errp)) {
        return false;
    }
    config->restricted = is_restricted;
    config->vdnssearch = user->dns_search->len > 1 ? (const char **)user->dns_search->pdata : NULL;
    return config->in_enabled || config->in6_enabled ||
           error_setg(errp, "neither ipv4 nor ipv6 is left");
}

/* --- rules ---------------------------------------------------------------------------------------------------- */

static bool add_hostfwd(NetUser *user, const char *text, Error **errp)
{
    HostForward rule;
    if (!hostfwd_parse(text, &rule, errp)) {
        return false;
    }
    if (!user->slirp) {
        return true; /* cut off */
    }
    if (slirp_add_hostfwd(user->slirp, rule.is_udp, (struct in_addr){rule.host_addr},
                          rule.host_port, (struct in_addr){rule.guest_addr}, rule.guest_port) < 0) {
        return error_setg(errp, "could not set up host forwarding rule '%s': %s", text,
                          g_strerror(errno));
    }
    return true;
}

static bool start_guestfwd(UserForward *forward, Error **errp)
{
    struct in_addr addr = {forward->rule.addr};
    const char *target = forward->rule.target;
    Slirp *slirp = forward->user->slirp;
    int status = g_str_has_prefix(target, "cmd:")
                     ? slirp_add_exec(slirp, target + 4, &addr, forward->rule.port)
                     : slirp_add_unix(slirp, target + 5, &addr, forward->rule.port);
    return status >= 0 || error_setg(errp, "could not set up guest forwarding to '%s'", target);
}

static bool start_rules(NetUser *user, Error **errp)
{
    for (guint i = 0; i < user->hostfwd->len; i++) {
        if (!add_hostfwd(user, g_ptr_array_index(user->hostfwd, i), errp)) {
            return false;
        }
    }
    for (guint i = 0; i < user->guestfwd->len; i++) {
        if (!start_guestfwd(g_ptr_array_index(user->guestfwd, i), errp)) {
            return false;
        }
    }
    return true;
}

/* --- life ------------------------------------------------------------------------------------------------------- */

static bool user_open(NetClientState *nc, Error **errp)
{
    NetUser *user = NETDEV_USER(nc);
    add_source(user);
    user->slirp = slirp_new(&user->config, &callbacks, user);
    if (!user->slirp) {
        return error_setg(errp, "libslirp refuses these options");
    }
    return start_rules(user, errp);
}

static void user_close(NetClientState *nc)
{
    NetUser *user = NETDEV_USER(nc);
    if (user->slirp) {
        slirp_cleanup(g_steal_pointer(&user->slirp));
    }
    if (user->source) {
        forget_polls(user, 0);
        g_source_destroy(user->source);
        g_clear_pointer(&user->source, g_source_unref);
    }
}

static char *user_describe(NetClientState *nc)
{
    const SlirpConfig *config = &NETDEV_USER(nc)->config;
    char net[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &config->vnetwork, net, sizeof(net));
    return g_strdup_printf("net=%s,restrict=%s", net, config->restricted ? "on" : "off");
}

/* The main loop asks again what is to be polled. */
static void user_can_send(NetClientState *nc) { notify(nc); }

static void user_init(Object *obj)
{
    NetUser *user = NETDEV_USER(obj);
    user->dns_search = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(user->dns_search, NULL);
    user->hostfwd = g_ptr_array_new_with_free_func(g_free);
    user->guestfwd = g_ptr_array_new_with_free_func(free_forward);
    user->fds = g_ptr_array_new_with_free_func(g_free);
}

static void user_finalize(Object *obj)
{
    NetUser *user = NETDEV_USER(obj);
    user_close(NET_CLIENT(obj));
    g_ptr_array_unref(user->dns_search);
    g_ptr_array_unref(user->hostfwd);
    g_ptr_array_unref(user->guestfwd);
    g_ptr_array_unref(user->fds);
    g_free(user->hostname);
    g_free(user->tftp);
    g_free(user->tftp_server);
    g_free(user->bootfile);
    g_free(user->domain);
}

static void user_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    NetClientClass *nk = NET_CLIENT_CLASS(klass);
    nk->help = "the host's network through a process of its own (libslirp)";
    nk->options = user_options;
    nk->later = user_later;
    nk->parse = user_parse;
    nk->open = user_open;
    nk->close = user_close;
    nk->receive = user_receive;
    nk->can_send = user_can_send;
    nk->describe = user_describe;
}

static const TypeInfo user_info = {
    .name = TYPE_NETDEV_USER,
    .parent = TYPE_NET_CLIENT,
    .instance_size = sizeof(NetUser),
    .instance_init = user_init,
    .instance_finalize = user_finalize,
    .class_init = user_class_init,
};
DEFINE_TYPE(user_info)

/* --- the console --------------------------------------------------------------------------------------------------- */

const char *net_user_library(void) { return "libslirp"; }

static int count_user(Object *child, void *opaque)
{
    GPtrArray *found = opaque;
    if (object_dynamic_cast(child, TYPE_NETDEV_USER)) {
        g_ptr_array_add(found, child);
    }
    return 0;
}

static NetUser *find_user(const char *id, Error **errp)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    object_child_foreach(net_container(), count_user, found);
    for (guint i = 0; i < found->len; i++) {
        if (id && g_str_equal(NET_CLIENT(found->pdata[i])->name, id)) {
            return found->pdata[i];
        }
    }
    if (id || found->len != 1) {
        id ? error_setg(errp, "there is no user netdev '%s'", id)
           : error_setg(errp, "there are %u user netdevs: name one", found->len);
        return NULL;
    }
    return found->pdata[0];
}

static bool remove_hostfwd(NetUser *user, const char *text, Error **errp)
{
    HostForward rule;
    if (!hostfwd_parse_host(text, &rule, errp)) {
        return false;
    }
    if (user->slirp && slirp_remove_hostfwd(user->slirp, rule.is_udp,
                                            (struct in_addr){rule.host_addr}, rule.host_port) < 0) {
        return error_setg(errp, "host forwarding rule '%s' not found", text);
    }
    return true;
}

static bool change_hostfwd(bool (*change)(NetUser *user, const char *rule, Error **errp),
                           const char *id, const char *rule, Error **errp)
{
    NetCore *core = net_core();
    net_begin(core);
    NetUser *user = find_user(id, errp);
    bool ok = user && change(user, rule, errp);
    net_end(core);
    return ok;
}

bool net_user_hostfwd_add(const char *id, const char *rule, Error **errp)
{
    return change_hostfwd(add_hostfwd, id, rule, errp);
}

bool net_user_hostfwd_remove(const char *id, const char *rule, Error **errp)
{
    return change_hostfwd(remove_hostfwd, id, rule, errp);
}

void net_info_user(GString *out)
{
    NetCore *core = net_core();
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    net_begin(core);
    object_child_foreach(net_container(), count_user, found);
    for (guint i = 0; i < found->len; i++) {
        NetUser *user = found->pdata[i];
        g_autofree char *text = user->slirp ? slirp_connection_info(user->slirp) : NULL;
        g_string_append_printf(out, "%s:\n%s", NET_CLIENT(user)->name, text ? text : "");
    }
    net_end(core);
}
