/* SPDX-License-Identifier: MIT */
/*
 * A tap interface of the host: -netdev tap,id=n0[,ifname=tap0][,script=FILE|no], or one that somebody has
 * opened: fd=N.
 *
 * Source: Linux, Documentation/networking/tuntap.rst; options and default scripts as in QEMU. Not built:
 * vhost, vnet_hdr (what a driver leaves to the hardware is done in offload.c), several queues, bridge helper.
 */
#include "net/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

OBJECT_DECLARE_SIMPLE_TYPE(NetTap, NETDEV_TAP)

#define SCRIPT_UP "/etc/qemu-ifup"
#define SCRIPT_DOWN "/etc/qemu-ifdown"
enum { READS = 64 };

struct NetTap {
    NetClientState parent_obj;
    char *ifname; /* NULL: the kernel chooses */
    char *script_up, *script_down;
    bool is_up;   /* script_up has run */
    int given_fd; /* fd=; -1: none */
    int fd;
    guint in_source;
};

static const OptionDesc tap_options[] = {
    {"ifname", "string", "name of the interface (tap%d)"},
    {"fd", "number", "an open descriptor instead of a name"},
    {"script", "string",
     "run with the interface's name when it is there (" SCRIPT_UP "); no: none"},
    {"downscript", "string", "run at the end (" SCRIPT_DOWN "); no: none"},
    {NULL, NULL, NULL},
};

static const char *const tap_later[] = {
    "fds",     "br",       "helper",     "sndbuf", "vnet_hdr", "vhost",
    "vhostfd", "vhostfds", "vhostforce", "queues", "poll-us",  NULL,
};

/* --- options -------------------------------------------------------------------------------------------- */

static char *script_of(const Options *opts, const char *key, const char *fallback)
{
    const char *text = options_get(opts, key);
    text = text ? text : fallback;
    return g_str_equal(text, "no") || g_str_equal(text, "off") || !*text ? NULL : g_strdup(text);
}

static bool tap_parse(NetClientState *nc, const Options *opts, Error **errp)
{
    NetTap *tap = NETDEV_TAP(nc);
    uint64_t fd;
    bool has_fd = options_get(opts, "fd");
    tap->ifname = g_strdup(options_get(opts, "ifname"));
    if (!options_get_number(opts, "fd", 0, &fd, errp)) {
        return false;
    }
    if (has_fd && (tap->ifname || options_get(opts, "script") || options_get(opts, "downscript"))) {
        return error_setg(errp, "ifname=, script= and downscript= are invalid with fd=");
    }
    if (has_fd && (fd > INT32_MAX || fcntl((int)fd, F_GETFD) < 0)) {
        return error_setg(errp, "fd=%s is not open", options_get(opts, "fd"));
    }
    if (tap->ifname && strlen(tap->ifname) >= IFNAMSIZ) {
        return error_setg(errp, "ifname=%s is longer than %d characters", tap->ifname,
                          IFNAMSIZ - 1);
    }
    tap->given_fd = has_fd ? (int)fd : -1;
    tap->script_up = has_fd ? NULL : script_of(opts, "script", SCRIPT_UP);
    tap->script_down = has_fd ? NULL : script_of(opts, "downscript", SCRIPT_DOWN);
    return true;
}

/* --- frames ------------------------------------------------------------------------------------------------ */

/* A full interface loses frames, as a wire does. */
static void tap_receive(NetClientState *nc, const uint8_t *data, size_t size)
{
    ssize_t done;
    do {
        done = write(NETDEV_TAP(nc)->fd, data, size);
    } while (done < 0 && errno == EINTR);
}

static gboolean readable(gint fd, G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    NetTap *tap = opaque;
    NetCore *core = NET_CLIENT(tap)->core;
    g_autofree uint8_t *frame = g_malloc(NET_FRAME_MAX + 1);
    net_begin(core);
    bool goes_on = net_can_send(NET_CLIENT(tap));
    if (!goes_on) {
        tap->in_source = 0; /* tap_can_send() brings it back */
    }
    for (unsigned i = 0; i < READS && goes_on; i++) {
        ssize_t got = read(fd, frame, NET_FRAME_MAX + 1);
        goes_on = got > 0;
        if (goes_on) {
            net_send(NET_CLIENT(tap), frame, (size_t)got);
        }
    }
    bool is_kept = tap->in_source != 0;
    net_end(core);
    return is_kept ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void tap_can_send(NetClientState *nc)
{
    NetTap *tap = NETDEV_TAP(nc);
    if (tap->fd >= 0 && !tap->in_source) {
        tap->in_source = g_unix_fd_add(tap->fd, G_IO_IN, readable, tap);
    }
}

/* --- life ----------------------------------------------------------------------------------------------------- */

static bool run_script(const char *script, const char *ifname, Error **errp)
{
    const char *words[] = {script, ifname, NULL};
    g_autoptr(GError) error = NULL;
    gint status;
    if (!g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                      &error) ||
        !g_spawn_check_wait_status(status, &error)) {
        return error_setg(errp, "network script %s: %s", script, error->message);
    }
    return true;
}

static bool open_interface(NetTap *tap, Error **errp)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    tap->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tap->fd < 0) {
        return error_setg_errno(errp, errno, "cannot open /dev/net/tun");
    }
    g_strlcpy(request.ifr_name, tap->ifname ? tap->ifname : "tap%d", sizeof(request.ifr_name));
    if (ioctl(tap->fd, TUNSETIFF, &request) < 0) {
        return error_setg_errno(errp, errno, "cannot set up interface '%s'", request.ifr_name);
    }
    g_free(tap->ifname);
    tap->ifname = g_strdup(request.ifr_name);
    return true;
}

static bool tap_open(NetClientState *nc, Error **errp)
{
    NetTap *tap = NETDEV_TAP(nc);
    tap->fd = tap->given_fd;
    if (tap->given_fd < 0 && !open_interface(tap, errp)) {
        return false;
    }
    fcntl(tap->fd, F_SETFL, fcntl(tap->fd, F_GETFL) | O_NONBLOCK);
    if (tap->script_up && !run_script(tap->script_up, tap->ifname, errp)) {
        return false;
    }
    tap->is_up = true;
    tap_can_send(nc);
    return true;
}

static void tap_close(NetClientState *nc)
{
    NetTap *tap = NETDEV_TAP(nc);
    Error *err = NULL;
    g_clear_handle_id(&tap->in_source, g_source_remove);
    if (tap->is_up && tap->script_down && !run_script(tap->script_down, tap->ifname, &err)) {
        warn_report_err(err);
    }
    tap->is_up = false;
    if (tap->fd >= 0) {
        close(tap->fd);
        tap->fd = -1;
    }
}

static char *tap_describe(NetClientState *nc)
{
    const NetTap *tap = NETDEV_TAP(nc);
    return tap->ifname ? g_strdup_printf("ifname=%s,script=%s,downscript=%s", tap->ifname,
                                         tap->script_up ? tap->script_up : "no",
                                         tap->script_down ? tap->script_down : "no")
                       : g_strdup_printf("fd=%d", tap->given_fd);
}

static void tap_init(Object *obj) { NETDEV_TAP(obj)->fd = NETDEV_TAP(obj)->given_fd = -1; }

static void tap_finalize(Object *obj)
{
    NetTap *tap = NETDEV_TAP(obj);
    tap_close(NET_CLIENT(obj));
    g_free(tap->ifname);
    g_free(tap->script_up);
    g_free(tap->script_down);
}

static void tap_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    NetClientClass *nk = NET_CLIENT_CLASS(klass);
    nk->help = "a tap interface of the host";
    nk->options = tap_options;
    nk->later = tap_later;
    nk->parse = tap_parse;
    nk->open = tap_open;
    nk->close = tap_close;
    nk->receive = tap_receive;
    nk->can_send = tap_can_send;
    nk->describe = tap_describe;
}

static const TypeInfo tap_info = {
    .name = TYPE_NETDEV_TAP,
    .parent = TYPE_NET_CLIENT,
    .instance_size = sizeof(NetTap),
    .instance_init = tap_init,
    .instance_finalize = tap_finalize,
    .class_init = tap_class_init,
};
DEFINE_TYPE(tap_info)
