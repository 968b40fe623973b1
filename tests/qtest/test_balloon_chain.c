/* SPDX-License-Identifier: MIT */
/*
 * The realize chain of virtio-balloon-pci, made to fail at each of its steps: what was done before is undone,
 * the tree, the memory map, the timers, the described states and the hash are those of before, the reason is
 * one line, and the next balloon is as good as ever.
 * Covers: hw/virtio/virtio_pci.c, hw/virtio/virtio_bus.c, hw/virtio/virtio.c, hw/pci/pci_device.c.
 */
#include "hw/virtio/virtio_pci.h"
#include "memory/memory.h"
#include "tests/qtest/board.h"

#include <criterion/criterion.h>
#include <string.h>

#define BALLOON "virtio-balloon-pci"

/* --- balloons that fail at steps where no command line makes them --------------------------------------------- */

static bool fail(Error **errp) { return error_setg(errp, "injected"); }

static bool fail_virtio_pci_realize(G_GNUC_UNUSED PCIDevice *dev, Error **errp)
{
    return fail(errp);
}

static bool fail_balloon_pci_realize(G_GNUC_UNUSED VirtIOPCIProxy *proxy, Error **errp)
{
    return fail(errp);
}

static bool fail_qdev_set_parent_bus(VirtIOPCIProxy *proxy, Error **errp)
{
    qbus_mark_full(BUS(proxy->bus));
    return virtio_pci_realize_backend(proxy, errp);
}

static bool fail_qdev_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    Object *vdev = object_resolve_path_component(OBJECT(proxy), "virtio-backend");
    return qdev_realize(DEVICE(vdev), BUS(pci_get_bus(PCI_DEVICE(proxy))), errp);
}

/* All is done, and then something else of the proxy's fails. */
static bool fail_behind_the_device(VirtIOPCIProxy *proxy, Error **errp)
{
    if (!virtio_pci_realize_backend(proxy, errp)) {
        return false;
    }
    qdev_unrealize(DEVICE(proxy->vdev));
    return fail(errp);
}

static void virtio_pci_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    PCI_DEVICE_CLASS(klass)->realize = fail_virtio_pci_realize;
}

typedef struct Step {
    bool (*realize)(VirtIOPCIProxy *proxy, Error **errp);
} Step;

static void step_class_init(ObjectClass *klass, const void *data)
{
    VIRTIO_PCI_CLASS(klass)->realize = ((const Step *)data)->realize;
}

static const Step at_balloon = {fail_balloon_pci_realize}, at_parent = {fail_qdev_set_parent_bus},
                  at_realize = {fail_qdev_realize}, behind = {fail_behind_the_device};

static const TypeInfo types[] = {
    {.name = "fail-virtio-pci", .parent = BALLOON, .class_init = virtio_pci_class_init},
    {.name = "fail-balloon-pci",
     .parent = BALLOON,
     .class_init = step_class_init,
     .class_data = &at_balloon},
    {.name = "fail-set-parent-bus",
     .parent = BALLOON,
     .class_init = step_class_init,
     .class_data = &at_parent},
    {.name = "fail-qdev-realize",
     .parent = BALLOON,
     .class_init = step_class_init,
     .class_data = &at_realize},
    {.name = "fail-behind",
     .parent = BALLOON,
     .class_init = step_class_init,
     .class_data = &behind},
};

/* A hot-plug handler that has the last word. */
typedef struct Refuser {
    Object parent_obj;
} Refuser;

static bool refuse(G_GNUC_UNUSED Object *handler, G_GNUC_UNUSED DeviceState *dev, Error **errp)
{
    return fail(errp);
}

static void refuser_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ((HotplugHandlerClass *)object_class_dynamic_cast(klass, TYPE_HOTPLUG_HANDLER))->plug = refuse;
}

static const TypeInfo refuser_info = {
    .name = "test-refuser",
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Refuser),
    .class_init = refuser_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}},
};
DEFINE_TYPE(refuser_info)

static void register_types(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(register_types)

/* --- what there is ---------------------------------------------------------------------------------------------- */

static void put_timer(void *opaque, const Timer *timer)
{
    g_string_append_printf(opaque, "timer %p at %" G_GUINT64_FORMAT "\n", (const void *)timer,
                           timer_deadline_ns(timer));
}

static void put_state(void *opaque, const char *id, uint64_t hash)
{
    g_string_append_printf(opaque, "state %s %" G_GINT64_MODIFIER "x\n", id, hash);
}

/* Tree, buses, memory map, RAM, timers, states: all that a device may leave behind. */
static char *inventory(void)
{
    GString *out = g_string_new(NULL);
    object_info_tree(object_get_root(), out);
    qdev_info_qtree(out);
    memory_info_mtree(out, false, true);
    memory_info_mtree(out, true, true);
    clock_foreach_timer(machine_clock(), put_timer, out);
    vmstate_registry_foreach_hash(machine_vmstate(), put_state, out);
    g_string_append_printf(out, "hash %" G_GINT64_MODIFIER "x\n", machine_hash(machine_get()));
    return g_string_free(out, false);
}

/* The lines that differ first, to be read. */
static void expect_same(const char *device, const char *before, const char *after)
{
    g_auto(GStrv) a = g_strsplit(before, "\n", -1), b = g_strsplit(after, "\n", -1);
    for (size_t i = 0; a[i] && b[i]; i++) {
        cr_assert_str_eq(a[i], b[i], "%s leaves: '%s' in place of '%s'", device, b[i], a[i]);
    }
    cr_assert_str_eq(before, after, "%s leaves something", device);
}

static void expect_undone(const char *device, const char *reason)
{
    Error *err = NULL;
    g_autofree char *before = inventory();
    for (unsigned n = 0; n < 3; n++) {
        cr_assert_null(qdev_device_add(device, &err), "%s", device);
        cr_assert_str_eq(error_get_pretty(err), reason, "%s: %s", device, error_get_pretty(err));
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
        error_free(g_steal_pointer(&err));
        g_autofree char *after = inventory();
        expect_same(device, before, after);
    }
}

static void expect_good_balloon(void)
{
    DeviceState *dev = qdev_device_add(BALLOON ",id=good,addr=10", &error_abort);
    cr_assert_eq(board_config_read(16, 0, 4), 0x10021af4);
    qdev_unplug(dev, &error_abort);
}

/* Once with and once without an id: the containers of both are there from now on. */
static void start(void)
{
    board_start("cuda");
    expect_good_balloon();
    qdev_unplug(qdev_device_add(BALLOON, &error_abort), &error_abort);
}

/* --- the steps -------------------------------------------------------------------------------------------------- */

Test(balloon_chain, failure_at_each_step_is_undone)
{
    static const struct {
        const char *step, *device, *reason;
    } rows[] = {
        {"object_property_parse", BALLOON ",event_idx=perhaps", NULL},
        {"object_property_parse", BALLOON ",no-such=1", NULL},
        {"qdev_set_parent_bus (proxy)", BALLOON ",addr=c",
         "PCI slot c.0 on bus 'pci.0' is taken by macio-newworld"},
        {"qdev_set_parent_bus (proxy)", BALLOON ",addr=40",
         "addr=40: not a PCI address (SLOT[.FUNCTION], hexadecimal)"},
        {"pci_qdev_realize", BALLOON ",romfile=/dev/null", "romfile '/dev/null' is empty"},
        {"virtio_pci_realize", "fail-virtio-pci", "injected"},
        {"virtio_balloon_pci_realize", "fail-balloon-pci", "injected"},
        {"qdev_realize", "fail-qdev-realize", "device 'virtio-balloon-device' can't go on PCI bus"},
        {"qdev_set_parent_bus", "fail-set-parent-bus", "bus 'virtio-bus' is full"},
        {"virtio_bus_device_plugged", BALLOON ",disable-legacy=on,disable-modern=on",
         "device cannot work as neither modern nor legacy mode is enabled"},
        {"virtio_memory_listener_commit", "fail-behind", "injected"},
    };
    start();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].reason) {
            expect_undone(rows[i].device, rows[i].reason);
            continue;
        }
        Error *err = NULL;
        g_autofree char *before = inventory();
        cr_assert_null(qdev_device_add(rows[i].device, &err));
        cr_assert_not_null(err);
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
        error_free(err);
        g_autofree char *after = inventory();
        expect_same(rows[i].device, before, after);
    }
    expect_good_balloon();
}

Test(balloon_chain, second_balloon_fails_in_virtio_device_realize)
{
    start();
    qdev_device_add(BALLOON ",id=first,addr=11", &error_abort);
    expect_undone(BALLOON, "only one balloon device is supported");
    qdev_device_del("first", &error_abort);
    expect_good_balloon();
}

Test(balloon_chain, full_bus_is_refused)
{
    g_autoptr(GString) text = g_string_new(NULL);
    start();
    for (unsigned slot = 13; slot < 32; slot++) {
        g_string_printf(text, "pci-bridge,id=br%u,bus=pci.0", slot);
        qdev_device_add(text->str, &error_abort);
    }
    expect_undone(BALLOON ",bus=pci.0", "PCI bus 'pci.0' has no free slot");
}

/* The proxy is realized, reset and described by then: the whole chain is walked back. */
Test(balloon_chain, refusal_by_the_hotplug_handler_walks_all_of_it_back)
{
    start();
    BusState *bus = bus_find("pci.0");
    Object *handler = bus->hotplug_handler, *refuser = object_new("test-refuser");
    qbus_set_hotplug_handler(bus, refuser);
    expect_undone(BALLOON ",free-page-reporting=on,guest-stats-polling-interval=1", "injected");
    qbus_set_hotplug_handler(bus, handler);
    object_unref(refuser);
    expect_good_balloon();
}

Test(balloon_chain, wrong_global_fails_the_proxy)
{
    start();
    qdev_global_add("virtio-balloon-pci.no-such=1", &error_abort);
    Error *err = NULL;
    g_autofree char *before = inventory();
    cr_assert_null(qdev_device_add(BALLOON, &err));
    cr_assert(strstr(error_get_pretty(err), "no-such"), "%s", error_get_pretty(err));
    error_free(err);
    g_autofree char *after = inventory();
    expect_same("a wrong -global", before, after);
}
