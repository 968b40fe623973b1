/* SPDX-License-Identifier: MIT */
/* net/: texts of rules and addresses, back ends that cannot be, what -nic becomes, who hears whom at a hub. */
#include "net/net.h"
#include "time/clock.h"

#include <criterion/criterion.h>
#include <string.h>

/* --- what is refused ------------------------------------------------------------------------------------- */

static void expect_refused(const char *text, const char *message)
{
    Error *err = NULL;
    cr_assert_not(net_client_add(text, &err), "%s", text);
    cr_assert_not_null(strstr(error_get_pretty(err), message), "%s: %s", text,
                       error_get_pretty(err));
    cr_assert_null(strchr(error_get_pretty(err), '\n'));
    error_free(err);
}

Test(net, back_ends_that_cannot_be_are_refused)
{
    expect_refused("", "the type is missing");
    expect_refused("user", "id=NAME is missing");
    expect_refused("user,id=1", "is not a letter followed by");
    expect_refused("usr,id=n", "did you mean 'user'");
    expect_refused("stream,id=n", "back end 'stream' is not built");
    expect_refused("l2tpv3,id=n", "not built");
    expect_refused("socket,id=n", "one of listen=, connect=, mcast= and udp= is needed");
    expect_refused("socket,id=n,listen=:1,connect=a:1", "only one of");
    expect_refused("socket,id=n,listen=1234", "expected HOST:PORT");
    expect_refused("socket,id=n,listen=:123456", "'123456' is not a port");
    expect_refused("socket,id=n,connect=:1", "expected HOST:PORT");
    expect_refused("socket,id=n,udp=127.0.0.1:1", "localaddr=HOST:PORT is missing");
    expect_refused("socket,id=n,mcast=127.0.0.1:1", "is not a multicast group");
    expect_refused("socket,id=n,fd=3", "option 'fd' of back end socket is not built");
    expect_refused("hubport,id=n", "hubid= is missing");
    expect_refused("hubport,id=n,hubid=0,netdev=x", "there is no netdev 'x'");
    expect_refused("tap,id=n,fd=12345", "fd=12345 is not open");
    expect_refused("tap,id=n,fd=0,ifname=x", "invalid with fd=");
    expect_refused("tap,id=n,ifname=abcdefghijklmnopqrst", "longer than 15");
    expect_refused("tap,id=n,vhost=on", "not built");
}

Test(net, user_options_that_cannot_be_are_refused)
{
    if (!net_user_library()) {
        return;
    }
    expect_refused("user,id=n,net=10.0.2", "not an IPv4 address");
    expect_refused("user,id=n,net=10.0.2.0/40", "prefix of 4 to 32");
    expect_refused("user,id=n,net=10.0.2.0/30", "too small");
    expect_refused("user,id=n,host=10.0.3.2,net=10.0.2.0/24",
                   "does not lie in the guest's network");
    expect_refused("user,id=n,dns=10.0.2.2", "the same address");
    expect_refused("user,id=n,ipv4=off,ipv6=off", "neither ipv4 nor ipv6");
    expect_refused("user,id=n,ipv6-prefix=x", "not an IPv6 address");
    expect_refused("user,id=n,ipv6-prefixlen=200", "is not 1 to 126");
    expect_refused("user,id=n,restrict=maybe", "restrict");
    expect_refused("user,id=n,smb=/tmp", "option 'smb' of back end user is not built");
    expect_refused("user,id=n,hostname=abcdefghijklmnopqrstuvwxyzabcdefghijklmnop",
                   "longer than 32");
}

Test(net, rules_that_are_none_are_refused)
{
    static const char *const rules[] = {
        "tcp",          "tcp:80",         "tcp::80",         "tcp::80-",
        "tcp::80-:",    "tcp::80-:0",     "sctp::1-:2",      "tcp:x:80-:80",
        "tcp::80-x:80", "tcp::99999-:80", "tcp::80-:99999",  "-",
        "::-::",        "tcp::-1-:80",    "udp:1.2.3.4-:80",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rules) && net_user_library(); i++) {
        g_autofree char *text = g_strdup_printf("user,id=n,hostfwd=%s", rules[i]);
        expect_refused(text, "invalid host forwarding rule");
    }
    if (net_user_library()) {
        expect_refused("user,id=n,guestfwd=tcp:10.0.2.100:80", "invalid guest forwarding rule");
        expect_refused("user,id=n,guestfwd=udp:10.0.2.100:80-cmd:x",
                       "invalid guest forwarding rule");
        expect_refused("user,id=n,guestfwd=tcp:10.0.2.100:80-chardev", "use cmd:COMMAND");
    }
}

/* --- what is made ---------------------------------------------------------------------------------------------- */

static char *info(void)
{
    GString *out = g_string_new(NULL);
    net_info(out);
    return g_string_free(out, FALSE);
}

Test(net, user_networks_are_as_the_options_say)
{
    if (!net_user_library()) {
        return;
    }
    cr_assert(net_client_add("user,id=a", &error_abort));
    cr_assert(net_client_add("user,id=b,net=192.168.7.0/24,dhcpstart=192.168.7.9,restrict=on,"
                             "hostfwd=tcp:127.0.0.1:0-:22,hostfwd=udp::0-192.168.7.10:53,"
                             "dnssearch=a.test,dnssearch=b.test,hostname=me,ipv6=off",
                             &error_abort));
    cr_assert(net_client_add("user,id=c,host=172.16.5.2", &error_abort));
    g_autofree char *text = info();
    cr_assert_str_eq(text, "a: index=0,type=user,net=10.0.2.0,restrict=off\n"
                           "b: index=0,type=user,net=192.168.7.0,restrict=on\n"
                           "c: index=0,type=user,net=172.16.5.0,restrict=off\n");
}

Test(net, port_in_use_is_told)
{
    if (!net_user_library()) {
        return;
    }
    cr_assert(net_client_add("user,id=a,hostfwd=tcp:127.0.0.1:34567-:80", &error_abort));
    expect_refused("user,id=b,hostfwd=tcp:127.0.0.1:34567-:80",
                   "could not set up host forwarding rule 'tcp:127.0.0.1:34567-:80'");
    cr_assert(net_user_hostfwd_remove("a", "tcp:127.0.0.1:34567", &error_abort));
    cr_assert(net_user_hostfwd_add(NULL, "tcp:127.0.0.1:34567-:81", &error_abort));
    Error *err = NULL;
    cr_assert_not(net_user_hostfwd_remove(NULL, "udp:127.0.0.1:34567", &err));
    cr_assert_str_eq(error_get_pretty(err), "host forwarding rule 'udp:127.0.0.1:34567' not found");
    error_free(err);
}

Test(net, replay_opens_nothing)
{
    net_set_cut_off(true);
    cr_assert(net_client_add("socket,id=a,connect=127.0.0.1:1", &error_abort));
    cr_assert(net_client_add("tap,id=b,ifname=nobody,script=/nonexistent", &error_abort));
    cr_assert(net_client_del("a", &error_abort));
    expect_refused("socket,id=c,connect=1", "expected HOST:PORT");
}

Test(net, nic_becomes_a_back_end_and_a_device)
{
    char *device;
    cr_assert(net_nic_option("none", &device, &error_abort));
    cr_assert_null(device);
    cr_assert(net_nic_option("hubport,hubid=3,mac=52:54:00:00:00:07,model=virtio", &device,
                             &error_abort));
    cr_assert_str_eq(device, "virtio-net-pci,mac=52:54:00:00:00:07,netdev=#net0");
    g_free(device);
    cr_assert(net_nic_option("hubport,hubid=3,id=mine,addr=10", &device, &error_abort));
    cr_assert_str_eq(device, "virtio-net-pci,addr=10,netdev=mine");
    g_free(device);
    cr_assert_not(net_nic_option("user,model=e1000", &device, NULL));
    cr_assert_not(net_nic_option("model=virtio", &device, NULL));
    cr_assert_not(net_nic_option("hubport,hubid=3,id=mine", &device, NULL));
}

Test(net, help_lists_back_ends_and_their_options)
{
    g_autofree char *all = net_client_help("help"), *one = net_client_help("socket,help");
    cr_assert_not_null(strstr(all, "hubport"));
    cr_assert_not_null(strstr(one, "listen=<string>"));
    cr_assert_null(net_client_help("user,id=n"));
}

/* --- NICs at a hub -------------------------------------------------------------------------------------------------- */

typedef struct Ear {
    unsigned frames;
    size_t bytes;
    NetOffload last;
} Ear;

static void hear(void *opaque, const NetOffload *offload, G_GNUC_UNUSED const uint8_t *data,
                 size_t size)
{
    Ear *ear = opaque;
    ear->frames++;
    ear->bytes += size;
    ear->last = *offload;
}

static void link_changed(G_GNUC_UNUSED void *opaque, G_GNUC_UNUSED bool is_up) {}

static const NICInfo ear_info = {hear, link_changed};

static NICState *nic_at(const char *netdev, Ear *ear)
{
    NICConf conf = {.netdev = netdev, .model = "test", .mac = net_default_mac()};
    return net_new_nic(&ear_info, &conf, ear, &error_abort);
}

/* The main thread's turns, and the guest's. */
static void settle(void)
{
    for (unsigned i = 0; i < 100; i++) {
        g_main_context_iteration(NULL, FALSE);
        (*clock_icount(machine_clock()))++;
        clock_service(machine_clock());
    }
}

Test(net, frames_at_a_hub_reach_all_others)
{
    Ear ears[3] = {{0}};
    NICState *nics[3];
    static const uint8_t frame[60];
    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *text = g_strdup_printf("hubport,id=p%u,hubid=%u", i, i / 2);
        g_autofree char *id = g_strdup_printf("p%u", i);
        cr_assert(net_client_add(text, &error_abort));
        nics[i] = nic_at(id, &ears[i]);
    }
    net_send_packet(nics[0], NULL, frame, sizeof(frame));
    settle();
    cr_assert_eq(ears[0].frames, 0);
    cr_assert_eq(ears[1].frames, 1);
    cr_assert_eq(ears[2].frames, 0); /* at another hub */
    cr_assert(net_client_add("hubport,id=p3,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=p4,hubid=1,netdev=p3", &error_abort));
    net_send_packet(nics[0], NULL, frame, sizeof(frame));
    settle();
    cr_assert_eq(ears[1].frames, 2);
    cr_assert_eq(ears[2].frames, 1);
    for (unsigned i = 0; i < 3; i++) {
        net_del_nic(nics[i]);
    }
}

Test(net, hubs_in_a_circle_end)
{
    Ear ear = {0};
    static const uint8_t frame[60];
    cr_assert(net_client_add("hubport,id=a,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=b,hubid=1,netdev=a", &error_abort));
    cr_assert(net_client_add("hubport,id=c,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=d,hubid=1,netdev=c", &error_abort));
    cr_assert(net_client_add("hubport,id=e,hubid=0", &error_abort));
    NICState *nic = nic_at("e", &ear);
    net_send_packet(nic, NULL, frame, sizeof(frame));
    settle();
    cr_assert_lt(ear.frames, 100);
    net_del_nic(nic);
}

Test(net, full_queue_pauses_the_machine_until_the_main_thread_comes)
{
    Ear ear = {0};
    static const uint8_t frame[NET_FRAME_MAX];
    cr_assert(net_client_add("hubport,id=a,hubid=0", &error_abort));
    NICState *nic = nic_at("a", &ear);
    cr_assert(net_has_headroom(net_core()));
    for (unsigned i = 0; i < 100; i++) {
        net_send_packet(nic, NULL, frame, sizeof(frame));
    }
    cr_assert_not(net_has_headroom(net_core()));
    settle();
    cr_assert(net_has_headroom(net_core()));
    net_del_nic(nic);
}

Test(net, nic_that_goes_takes_its_congestion_along)
{
    Ear ear = {0};
    static const uint8_t frame[NET_FRAME_MAX];
    cr_assert(net_client_add("hubport,id=a,hubid=0", &error_abort));
    NICState *nic = nic_at("a", &ear);
    for (unsigned i = 0; i < 100; i++) {
        net_send_packet(nic, NULL, frame, sizeof(frame));
    }
    net_del_nic(nic);
    cr_assert(net_has_headroom(net_core()));
    settle();
}

Test(net, frames_that_are_none_are_dropped)
{
    Ear ears[2] = {{0}};
    static const uint8_t frame[NET_FRAME_MAX + 1];
    cr_assert(net_client_add("hubport,id=a,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=b,hubid=0", &error_abort));
    NICState *nic = nic_at("a", &ears[0]);
    NICState *other = nic_at("b", &ears[1]);
    net_send_packet(nic, NULL, frame, 13);
    net_send_packet(nic, NULL, frame, NET_FRAME_MAX + 1);
    net_send_packet(nic, NULL, frame, 0);
    settle();
    cr_assert_eq(ears[1].frames, 0);
    net_send_packet(nic, NULL, frame, NET_FRAME_MAX);
    settle();
    cr_assert_eq(ears[1].bytes, NET_FRAME_MAX);
    net_del_nic(nic);
    net_del_nic(other);
}

Test(net, cable_between_back_ends_can_be_pulled)
{
    Ear ears[2] = {{0}};
    static const uint8_t frame[60];
    cr_assert(net_client_add("hubport,id=a,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=b,hubid=0", &error_abort));
    cr_assert(net_client_add("hubport,id=c,hubid=1,netdev=b", &error_abort));
    cr_assert(net_client_add("hubport,id=d,hubid=1", &error_abort));
    NICState *nic = nic_at("a", &ears[0]), *far = nic_at("d", &ears[1]);
    cr_assert(net_set_link("c", false, &error_abort));
    net_send_packet(nic, NULL, frame, sizeof(frame));
    settle();
    cr_assert_eq(ears[1].frames, 0);
    cr_assert(net_set_link("c", true, &error_abort));
    net_send_packet(nic, NULL, frame, sizeof(frame));
    settle();
    cr_assert_eq(ears[1].frames, 1);
    Error *err = NULL;
    cr_assert_not(net_set_link("nobody", true, &err));
    cr_assert_str_eq(error_get_pretty(err), "there is no NIC and no netdev 'nobody'");
    error_free(err);
    net_del_nic(nic);
    net_del_nic(far);
}
