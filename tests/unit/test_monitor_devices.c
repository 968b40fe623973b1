/* SPDX-License-Identifier: MIT */
/*
 * device_add, device_del and balloon at the console: what they plug, what they refuse, that a replay
 * repeats them.
 * Covers: monitor/devices.c, hw/core/qdev_add.c.
 */
#include "hw/core/qdev.h"
#include "hw/pci/pci.h"
#include "tests/unit/monitor_bench.h"

#define CARD "virtio-balloon-pci,id=b"

static PCIBus *bus(void) { return PCI_BUS(bus_find("pci.0")); }

Test(monitor_devices, card_is_plugged_with_its_interrupt_source_and_pulled_out)
{
    start();
    says("device_add " CARD ",addr=11", "");
    cr_assert_eq(pci_config_read(bus(), PCI_DEVFN(17, 0), PCI_INTERRUPT_LINE, 1), 28);
    mentions("info qtree", "\"b\"");
    says("device_del b", "");
    cr_assert_eq(pci_config_read(bus(), PCI_DEVFN(17, 0), 0, 4), UINT32_MAX);
    says("device_del b", "device 'b' not found; `info qtree` shows ids\n");
    finish();
}

Test(monitor_devices, card_without_an_id_goes_by_its_path)
{
    start();
    says("device_add virtio-balloon-pci", "");
    says("device_del /machine/peripheral-anon/device[0]", "");
    says("device_add virtio-balloon-pci", "");
    finish();
}

Test(monitor_devices, a_hundred_times_leaves_the_state_as_it_was)
{
    start();
    uint64_t before = machine_hash(machine);
    for (unsigned n = 0; n < 100; n++) {
        says("device_add " CARD, "");
        cr_assert_neq(machine_hash(machine), before);
        says("device_del b", "");
        cr_assert_eq(machine_hash(machine), before);
    }
    finish();
}

Test(monitor_devices, mistakes_are_one_line_and_change_nothing)
{
    static const Mistake mistakes[] = {
        {"device_add", "expected: device_add TYPE[,id=ID][,PROPERTY=VALUE...]\n"},
        {"device_add virtio-baloon-pci",
         "'virtio-baloon-pci' is not a valid device model name; did you mean "
         "'virtio-balloon-pci'?\n"},
        {"device_add openpic", "'openpic' is part of a machine and cannot be added with -device\n"},
        {"device_add " CARD ",bus=pci.9", "bus 'pci.9' not found\n"},
        {"device_add " CARD ",bus=pci.1", "bus 'pci.1' does not support hotplugging\n"},
        {"device_add " CARD ",addr=c", "PCI slot c.0 on bus 'pci.0' is taken by macio-newworld\n"},
        {"device_add " CARD ",addr=99",
         "addr=99: not a PCI address (SLOT[.FUNCTION], hexadecimal)\n"},
        {"device_add core99-debugexit", "a device without a bus cannot be hotplugged\n"},
        {"device_del", "expected: device_del ID\n"},
        {"device_del nobody", "device 'nobody' not found; `info qtree` shows ids\n"},
        {"device_del /machine/macio", "device '/machine/macio' is part of the machine and stays\n"},
        {"device_del /machine", "device '/machine' not found; `info qtree` shows ids\n"},
        {"balloon", "expected: balloon SIZE, in MiB unless it has a suffix\n"},
        {"balloon lots", "expected: balloon SIZE, in MiB unless it has a suffix\n"},
        {"balloon 64", "no balloon device; -device virtio-balloon-pci adds one\n"},
        {"info balloon", "no balloon device; -device virtio-balloon-pci adds one\n"},
    };
    start();
    expect_mistakes(mistakes, G_N_ELEMENTS(mistakes));
    finish();
}

Test(monitor_devices, second_device_of_an_id_is_refused)
{
    start();
    says("device_add " CARD, "");
    says("device_add " CARD, "duplicate device id 'b'\n");
    says("device_add virtio-balloon-pci,id=c", "only one balloon device is supported\n");
    says("device_del b", "");
    finish();
}

Test(monitor_devices, balloon_is_asked_for_mebibytes)
{
    start();
    says("device_add " CARD, "");
    says("info balloon", "balloon: actual=128\n");
    says("balloon 64", "");
    says("qom-get /machine/peripheral/b target", "67108864\n");
    says("balloon 32M", "");
    says("qom-get /machine/peripheral/b target", "33554432\n");
    says("balloon 0", "a guest needs more than no memory\n");
    finish();
}

Test(monitor_devices, stop_points_at_a_card_that_goes_hear_nothing_more)
{
    start();
    says("device_add " CARD ",addr=11", "");
    mentions("break pci 11.0", "pci 11.0");
    mentions("break region virtio-pci-common", "virtio-pci-common");
    says("device_del b", "");
    says("device_add " CARD ",addr=11", "");
    pci_config_read(bus(), PCI_DEVFN(17, 0), 0, 4);
    mentions("info breakpoints", "pci");
    says("delete", "");
    says("device_del b", "");
    finish();
}

Test(monitor_devices, help_lists_types_and_properties)
{
    start();
    mentions("device_add help", "virtio-balloon-pci");
    mentions("device_add virtio-balloon-pci,help", "deflate-on-oom=<bool>  - ");
    finish();
}

/* --- replay ------------------------------------------------------------------------------------------------ */

static void record_plugging(const char *path)
{
    RecordHeader header = {(char *)"test", 1};
    start();
    cr_assert(clock_record_start(machine->clock, path, &header, &error_abort));
    says("si 1001", "");
    wait_for_stop();
    says("device_add " CARD ",guest-stats-polling-interval=1", "");
    says("si 500", "");
    wait_for_stop();
    says("balloon 64", "");
    says("device_del b", "");
    says("device_add " CARD ",addr=12", "");
    says("si 500", "");
    wait_for_stop();
    cr_assert(clock_record_finish(machine->clock, machine_hash(machine), &error_abort));
}

Test(monitor_devices, replay_plugs_and_unplugs_at_the_same_instants)
{
    g_autofree char *path = g_strdup_printf("%s/core99-log-%d", g_get_tmp_dir(), getpid());
    start_replay(path, record_plugging);
    g_unlink(path);
    says("device_add " CARD, "a replay takes only what was recorded\n");
    says("c", "");
    wait_for_stop();
    cr_assert(is_replay_good);
    cr_assert_not_null(pci_find_device(bus(), PCI_DEVFN(18, 0)));
    finish();
}
