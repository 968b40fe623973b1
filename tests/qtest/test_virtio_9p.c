/* SPDX-License-Identifier: MIT */
/*
 * virtio-9p: both interfaces, latency, hostile rings and messages, state, -fsdev and -virtfs.
 * Covers: hw/virtio/virtio_9p.c, hw/virtio/fsdev.c.
 */
#include "hw/virtio/fsdev.h"
#include "tests/qtest/p9_client.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(virtio_9p, .fini = client_clean_up);

enum { RINGS = 0x100000, MESSAGE = 0x400000, REPLY = 0x500000, MUCH_NS = 10000000 };
enum { DATA = P9_HEADER + 4, RDWR = 2, CREAT = 0100 };

static void add_folder(P9Client *client, const char *id, const char *more)
{
    g_autofree char *text = g_strdup_printf("local,id=%s,path=%s,security_model=none%s", id,
                                            client->in, more);
    fsdev_add(text, &error_abort);
}

static void start(VirtioDriver *driver, bool modern)
{
    virtio_driver_start(driver, modern, 1);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
}

/* A board with a device on a fresh folder, its driver, not mounted yet. */
static P9Client *client_on_device(bool modern)
{
    P9Client *client = client_new();
    client->driver = g_new0(VirtioDriver, 1);
    client->room = 8192;
    add_folder(client, "fs", "");
    virtio_board("virtio-9p-pci,id=nine,fsdev=fs,mount_tag=host");
    start(client->driver, modern);
    return client;
}

static DeviceState *backend(void) { return board_part("peripheral/nine/virtio-backend"); }

/* --- what the guest sees ------------------------------------------------------------------------- */

static void expect_config(bool modern)
{
    P9Client *client = client_on_device(modern);
    cr_assert_eq(virtio_driver_offered(client->driver) & 1, 1);
    cr_assert_eq(virtio_driver_config(client->driver, modern ? 0 : 1), 4);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(virtio_driver_config(client->driver, 2 + i), "host"[i]);
    }
    cr_assert_eq(virtio_driver_config(client->driver, 6), 0);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0x10091af4);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0x0a, 2), 0x0002);
}

Test(virtio_9p, tag_stands_in_the_configuration_legacy) { expect_config(false); }
Test(virtio_9p, tag_stands_in_the_configuration_modern) { expect_config(true); }

static void expect_files(bool modern)
{
    P9Client *client = client_on_device(modern);
    host_write(client, "in/f", "from the host");
    client_mount(client);
    cr_assert_eq(client_open_path(client, 1, "f", RDWR), 0);
    cr_assert_eq(client_read(client, 1, 5, 100), 8);
    cr_assert_eq(memcmp(client->reply + DATA, "the host", 8), 0);
    cr_assert_eq(client_write(client, 1, 9, "guest"), 0);
    g_autofree char *now = host_read(client, "in/f");
    cr_assert_str_eq(now, "from the guest");
    cr_assert_eq(virtio_driver_isr(client->driver), VIRTIO_ISR_QUEUE);
}

Test(virtio_9p, files_go_both_ways_legacy) { expect_files(false); }
Test(virtio_9p, files_go_both_ways_modern) { expect_files(true); }

Test(virtio_9p, reply_comes_when_the_modelled_latency_is_over)
{
    P9Client *client = client_on_device(true);
    uint32_t head, length;
    host_write(client, "in/f", "x");
    client_mount(client);
    cr_assert_eq(client_open_path(client, 1, "f", RDWR), 0);
    client_message(client, P9_TREAD, "484", 1, UINT64_C(0), 4000);
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, 23, false}, {REPLY, 8192, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_clock_step(20000 + (23 + 4000) / 4 - 1);
    cr_assert(!virtio_driver_used(client->driver, 0, &head, &length));
    qtest_clock_step(1);
    cr_assert(virtio_driver_used(client->driver, 0, &head, &length));
    cr_assert_eq(length, P9_HEADER + 4 + 1, "less was there; it took as long");
}

Test(virtio_9p, requests_are_answered_in_their_order)
{
    P9Client *client = client_on_device(true);
    uint32_t head, length;
    enum { MANY = 40 };
    client_mount(client);
    for (unsigned i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("d%u", i);
        client_message(client, P9_TMKDIR, "4s44", 0, name, 0700, 0);
        client->message[5] = (uint8_t)i;
        address_space_write(address_space_memory(), MESSAGE + 64 * i, client->message,
                            client->length);
        const VirtioTestBuffer buffers[] = {{MESSAGE + 64 * i, (uint32_t)client->length, false},
                                            {REPLY + 64 * i, 64, true}};
        virtio_driver_add(client->driver, 0, buffers, 2);
    }
    virtio_driver_kick(client->driver, 0);
    for (unsigned i = 0; i < MANY; i++) {
        qtest_clock_step(20100);
        cr_assert(virtio_driver_used(client->driver, 0, &head, &length), "%u", i);
        cr_assert_eq(qtest_readb(REPLY + 64 * i + 5), i);
        cr_assert_eq(qtest_readb(REPLY + 64 * i + 4), P9_TMKDIR + 1);
    }
    cr_assert(host_has(client, "in/d39"));
}

Test(virtio_9p, message_is_copied_when_it_is_taken)
{
    P9Client *client = client_on_device(true);
    client_mount(client);
    client_message(client, P9_TMKDIR, "4s44", 0, "good", 0700, 0);
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, (uint32_t)client->length, false},
                                        {REPLY, 100, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_writel(MESSAGE + 13, 0x2e2e2e2e);
    qtest_clock_step(MUCH_NS);
    cr_assert(host_has(client, "in/good"));
}

Test(virtio_9p, scattered_message_and_reply)
{
    P9Client *client = client_on_device(true);
    uint32_t head, length;
    client_mount(client);
    client_message(client, P9_TGETATTR, "48", 0, UINT64_C(0x7ff));
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, 1, false},      {MESSAGE + 1, 6, false},
                                        {MESSAGE + 7, 13, false}, {REPLY, 3, true},
                                        {REPLY + 3, 5, true},     {REPLY + 8, 500, true}};
    virtio_driver_add(client->driver, 0, buffers, 6);
    virtio_driver_kick(client->driver, 0);
    qtest_clock_step(MUCH_NS);
    cr_assert(virtio_driver_used(client->driver, 0, &head, &length));
    cr_assert_eq(length, 160);
    cr_assert_eq(qtest_readl_le(REPLY), 160);
    cr_assert_eq(qtest_readb(REPLY + 4), P9_TGETATTR + 1);
}

/* --- hostile guests ------------------------------------------------------------------------------ */

/* A request whose message says @size: the device stops, and a reset mends it. */
static void expect_broken(P9Client *client, bool modern, const VirtioTestBuffer *buffers,
                          uint32_t size)
{
    uint32_t head, length;
    client_mount(client);
    qtest_writel_le(MESSAGE, size);
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_clock_step(MUCH_NS);
    cr_assert(!virtio_driver_used(client->driver, 0, &head, &length));
    if (modern) {
        cr_assert(virtio_driver_status(client->driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    }
    start(client->driver, modern);
}

static void expect_stops(bool modern)
{
    static const uint32_t sizes[] = {0, 6, 33, 0xffffffff};
    static const VirtioTestBuffer odd[][2] = {
        {{MESSAGE, 6, false}, {REPLY, 64, true}},         /* no header */
        {{MESSAGE, 7, false}, {REPLY, 10, true}},         /* no room for an error */
        {{MESSAGE, 7, false}, {REPLY, 0, false}},         /* none at all */
        {{0xf2800000, 7, false}, {REPLY, 64, true}},      /* not RAM */
        {{MESSAGE, 0xff00000, false}, {REPLY, 64, true}}, /* not all RAM, and too much */
        {{MESSAGE, 7, true}, {REPLY, 64, true}},          /* nothing to read */
    };
    P9Client *client = client_on_device(modern);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const VirtioTestBuffer buffers[] = {{MESSAGE, 32, false}, {REPLY, 64, true}};
        expect_broken(client, modern, buffers, sizes[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        expect_broken(client, modern, odd[i], 7);
    }
    client_mount(client);
}

Test(virtio_9p, requests_of_wrong_sizes_stop_the_device_until_a_reset_legacy)
{
    expect_stops(false);
}
Test(virtio_9p, requests_of_wrong_sizes_stop_the_device_until_a_reset_modern)
{
    expect_stops(true);
}

Test(virtio_9p, reply_into_a_device_breaks_the_rules)
{
    P9Client *client = client_on_device(true);
    client_mount(client);
    qtest_writel_le(MESSAGE, 9);
    qtest_writel(MESSAGE + 4, (uint32_t)P9_TFLUSH << 24);
    const VirtioTestBuffer buffers[] = {{MESSAGE, 9, false}, {0x84000000, 64, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_clock_step(MUCH_NS);
    cr_assert(virtio_driver_status(client->driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

Test(virtio_9p, reset_with_a_request_under_way)
{
    P9Client *client = client_on_device(true);
    uint32_t head, length;
    host_write(client, "in/f", "text");
    client_mount(client);
    cr_assert_eq(client_open_path(client, 1, "f", RDWR), 0);
    client_message(client, P9_TMKDIR, "4s44", 0, "made", 0700, 0);
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, (uint32_t)client->length, false},
                                        {REPLY, 100, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    start(client->driver, true);
    qtest_clock_step(MUCH_NS);
    cr_assert(!virtio_driver_used(client->driver, 0, &head, &length));
    cr_assert(host_has(client, "in/made"), "what was begun is done");
    client_mount(client);
    cr_assert_eq(client_read(client, 1, 0, 4), -EBADF, "fids are gone");
}

Test(virtio_9p, unplug_while_mounted)
{
    P9Client *client = client_on_device(true);
    client_mount(client);
    client_message(client, P9_TMKDIR, "4s44", 0, "made", 0700, 0);
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, (uint32_t)client->length, false},
                                        {REPLY, 100, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    cr_assert(qdev_unplug(qdev_find_by_id("nine"), &error_abort));
    qtest_clock_step(MUCH_NS);
    cr_assert_eq(board_config_read(VIRTIO_TEST_SLOT, 0, 4), 0xffffffff);
    cr_assert_not_null(
        qdev_device_add("virtio-9p-pci,id=nine,fsdev=fs,mount_tag=host", &error_abort));
}

/* --- state --------------------------------------------------------------------------------------- */

Test(virtio_9p, open_files_survive_save_and_load)
{
    P9Client *client = client_on_device(true);
    host_write(client, "in/f", "0123456789");
    client_mount(client);
    uint64_t closed = qtest_hash(backend());
    cr_assert_eq(client_open_path(client, 1, "f", RDWR), 0);
    cr_assert_neq(qtest_hash(backend()), closed);
    qtest_round_trip(backend(), backend());
    cr_assert_eq(client_read(client, 1, 4, 3), 3);
    cr_assert_eq(memcmp(client->reply + DATA, "456", 3), 0);
}

Test(virtio_9p, request_under_way_survives_save_and_load)
{
    P9Client *client = client_on_device(true);
    uint32_t head, length;
    client_mount(client);
    client_message(client, P9_TGETATTR, "48", 0, UINT64_C(0x7ff));
    address_space_write(address_space_memory(), MESSAGE, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE, (uint32_t)client->length, false},
                                        {REPLY, 200, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_round_trip(backend(), backend());
    qtest_clock_step(MUCH_NS);
    cr_assert(virtio_driver_used(client->driver, 0, &head, &length));
    cr_assert_eq(qtest_readb(REPLY + 4), P9_TGETATTR + 1);
}

Test(virtio_9p, state_of_a_guest_does_not_depend_on_open_descriptors)
{
    P9Client *client = client_on_device(true);
    host_write(client, "in/f", "x");
    client_mount(client);
    cr_assert_eq(client_open_path(client, 1, "f", RDWR), 0);
    uint64_t before = qtest_hash(backend());
    qtest_round_trip(backend(), backend()); /* closes them */
    cr_assert_eq(qtest_hash(backend()), before);
}

/* --- options ------------------------------------------------------------------------------------- */

static void expect_refused(bool (*add)(const char *text, Error **errp), const char *text,
                           const char *message)
{
    Error *err = NULL;
    cr_assert(!add(text, &err), "%s", text);
    cr_assert_str_eq(error_get_pretty(err), message);
    error_free(err);
}

Test(virtio_9p, fsdev_says_what_is_wrong)
{
    machine_new("mac99", &error_abort);
    expect_refused(fsdev_add, "", "the driver is missing; use local");
    expect_refused(fsdev_add, "id=a", "the driver is missing; use local");
    expect_refused(fsdev_add, "local,path=/tmp,security_model=none", "parameter 'id' is missing");
    expect_refused(fsdev_add, "local,id=1,path=/tmp,security_model=none",
                   "parameter 'id' expects an identifier, not '1'");
    expect_refused(fsdev_add, "proxy,id=a,path=/tmp,security_model=none",
                   "driver 'proxy' is not built; use local");
    expect_refused(fsdev_add, "nfs,id=a", "unknown driver 'nfs'; use local");
    expect_refused(fsdev_add, "local,id=a,path=/tmp",
                   "security_model property not set; use none or passthrough");
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=mapped-xattr",
                   "security_model 'mapped-xattr' is not built; use none or passthrough");
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=some",
                   "invalid security_model 'some'; use none or passthrough");
    expect_refused(fsdev_add, "local,id=a,security_model=none", "path property not set");
    expect_refused(fsdev_add, "local,id=a,path=,security_model=none", "path property not set");
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=none,fmode=0600",
                   "fmode is only valid for mapped security models, which are not built");
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=none,writeout=immediate",
                   "writeout is not built; leave it out");
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=none,multidevs=some",
                   "invalid multidevs 'some'; use warn, remap or forbid");
    fsdev_add("local,id=a,path=/tmp,security_model=passthrough,multidevs=remap,readonly=on",
              &error_abort);
    cr_assert(fsdev_find("a")->readonly);
    cr_assert_eq(fsdev_find("a")->multidevs, P9_MULTIDEVS_REMAP);
    expect_refused(fsdev_add, "local,id=a,path=/tmp,security_model=none",
                   "fsdev id 'a' is already in use");
    expect_refused(fsdev_add_virtfs, "local,path=/tmp,security_model=none",
                   "mount_tag property not set");
}

Test(virtio_9p, virtfs_is_an_fsdev_and_a_device)
{
    MachineState *machine = machine_new("mac99", &error_abort);
    fsdev_add_virtfs("local,path=/tmp,mount_tag=host,security_model=none", &error_abort);
    fsdev_add_virtfs("local,path=/tmp,mount_tag=a,,b,security_model=none,id=x", &error_abort);
    GPtrArray *devices = machine->config.devices;
    cr_assert_eq(devices->len, 2);
    cr_assert_str_eq(devices->pdata[0], "virtio-9p-pci,fsdev=host,mount_tag=host");
    cr_assert_str_eq(devices->pdata[1], "virtio-9p-pci,fsdev=x,mount_tag=a,,b");
}

static bool add_device(const char *text, Error **errp)
{
    return qdev_device_add(text, errp) != NULL;
}

Test(virtio_9p, device_says_what_is_wrong)
{
    P9Client *client = client_on_device(true);
    add_folder(client, "other", "");
    fsdev_add("local,id=gone,path=/nonexistent/folder,security_model=none", &error_abort);
    fsdev_add("local,id=file,path=/proc/version,security_model=none", &error_abort);
    static const char *const wrong[][2] = {
        {"virtio-9p-pci", "property 'fsdev' is missing"},
        {"virtio-9p-pci,fsdev=other", "property 'mount_tag' is missing"},
        {"virtio-9p-pci,fsdev=other,mount_tag=", "property 'mount_tag' is missing"},
        {"virtio-9p-pci,fsdev=none,mount_tag=t", "there is no fsdev 'none'"},
        {"virtio-9p-pci,fsdev=other,mount_tag=host", "mount tag 'host' is already in use"},
        {"virtio-9p-pci,fsdev=gone,mount_tag=t",
         "cannot open '/nonexistent/folder': No such file or directory"},
        {"virtio-9p-pci,fsdev=file,mount_tag=t", "cannot open '/proc/version': Not a directory"},
        {"virtio-9p-pci,fsdev=other,mount_tag=123456789012345678901234567890123",
         "mount tag '123456789012345678901234567890123' is longer than 32 characters"},
        {"virtio-9p-pci,fsdev=other,mount_tag=t,disable-legacy=on,disable-modern=on",
         "device cannot work as neither modern nor legacy mode is enabled"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        expect_refused(add_device, wrong[i][0], wrong[i][1]);
    }
    cr_assert_not_null(qdev_device_add("virtio-9p-pci,fsdev=other,"
                                       "mount_tag=12345678901234567890123456789012",
                                       &error_abort));
    g_autoptr(GString) text = g_string_new(NULL);
    DEVICE_GET_CLASS(backend())->info(backend(), text);
    cr_assert_not_null(strstr(text->str, "tag host"), "%s", text->str);
}
