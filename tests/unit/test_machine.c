/* SPDX-License-Identifier: MIT */
/* The machine object: classes, properties, building, reset, saving and loading. */
#include "hw/core/machine.h"
#include "hw/core/sysbus.h"

#include <criterion/criterion.h>

#define TYPE_TEST_MACHINE MACHINE_TYPE_NAME("testmac")
#define TYPE_TEST_PART "test-machine-part"

typedef struct Part {
    DeviceState parent_obj;
    uint32_t value;
} Part;

static unsigned part_resets, machine_resets;

static void part_reset(DeviceState *dev)
{
    ((Part *)dev)->value = 1;
    part_resets++;
}

static const VMStateField part_fields[] = {VMSTATE_UINT32(value, Part), VMSTATE_END_OF_LIST()};
static const VMStateDescription vmstate_part = {
    .name = "part", .version = 1, .minimum_version = 1, .fields = part_fields};

static void part_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->reset = part_reset;
    DEVICE_CLASS(klass)->vmsd = &vmstate_part;
}

static const TypeInfo part_info = {
    .name = TYPE_TEST_PART,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Part),
    .class_init = part_class_init,
};

typedef struct TestMachine {
    MachineState parent_obj;
    Part *part;
} TestMachine;

static bool testmac_init(MachineState *machine, Error **errp)
{
    TestMachine *tm = (TestMachine *)machine;
    memory_region_add_subregion(get_system_memory(), 0, &machine->ram);
    tm->part = (Part *)qdev_new(TYPE_TEST_PART);
    object_property_add_child(OBJECT(machine), "part", OBJECT(tm->part));
    return qdev_realize_and_unref(DEVICE(tm->part), NULL, errp);
}

static void testmac_reset(G_GNUC_UNUSED MachineState *machine) { machine_resets++; }

static void testmac_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    mc->name = "testmac";
    mc->alias = "tm";
    mc->desc = "a machine for tests";
    mc->guests = "nothing";
    mc->default_cpu = "none";
    mc->ram_id = "testmac.ram";
    mc->default_ram_size = 1 << 20;
    mc->min_ram_size = 1 << 20;
    mc->max_ram_size = 64 << 20;
    mc->init = testmac_init;
    mc->reset = testmac_reset;
}

static const TypeInfo testmac_info = {
    .name = TYPE_TEST_MACHINE,
    .parent = TYPE_MACHINE,
    .instance_size = sizeof(TestMachine),
    .class_init = testmac_class_init,
};

DEFINE_TYPE(part_info)
DEFINE_TYPE(testmac_info)

static TestMachine *built(void)
{
    MachineState *machine = machine_new("testmac", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    return (TestMachine *)machine;
}

static void assert_error(Error *err, const char *text)
{
    cr_assert_not_null(err, "expected: %s", text);
    cr_assert_str_eq(error_get_pretty(err), text);
    error_free(err);
}

Test(machine, class_is_found_by_name_and_alias)
{
    MachineClass *mc = machine_class_find("testmac", &error_abort);
    cr_assert_eq(machine_class_find("tm", &error_abort), mc);
    Error *err = NULL;
    cr_assert_null(machine_class_find("testmax", &err));
    assert_error(err, "unsupported machine type 'testmax'; did you mean 'testmac'?");
    g_autofree char *help = machine_help();
    cr_assert(strstr(help, "testmac              a machine for tests (alias tm); boots nothing\n"),
              "%s", help);
}

Test(machine, new_machine_has_defaults_and_stands_in_the_tree)
{
    cr_assert_null(machine_get());
    MachineState *machine = machine_new("testmac", &error_abort);
    cr_assert_eq(machine_get(), machine);
    cr_assert_eq(machine->config.ram_size, 1 << 20);
    cr_assert_str_eq(machine->config.boot_order, "cd");
    cr_assert(object_property_parse(OBJECT(machine), "kernel", "vmlinux", &error_abort));
    cr_assert_str_eq(machine->config.kernel_filename, "vmlinux");
}

Test(machine, ram_size_out_of_range_names_the_range)
{
    MachineState *machine = machine_new("testmac", &error_abort);
    machine->config.ram_size = 100 << 20;
    Error *err = NULL;
    cr_assert_not(machine_init(machine, &err));
    assert_error(err, "100 MiB of RAM: machine 'testmac' takes 1 to 64 MiB");
}

Test(machine, unknown_memory_backend_is_refused)
{
    MachineState *machine = machine_new("testmac", &error_abort);
    Error *err = NULL;
    cr_assert_not(object_property_parse(OBJECT(machine), "memory-backend", "m0", &err));
    assert_error(err, "memory backend 'm0' not found");
}

Test(machine, built_machine_has_ram_and_was_reset)
{
    TestMachine *tm = built();
    cr_assert_eq(machine_resets, 1);
    cr_assert_eq(part_resets, 2); /* at its realize, with the machine */
    cr_assert_eq(memory_region_size(&tm->parent_obj.ram), 1 << 20);
    cr_assert_str_eq(memory_region_name(&tm->parent_obj.ram), "testmac.ram");
    Error *err = NULL;
    cr_assert_not(object_property_parse(OBJECT(tm), "append", "x", &err));
    assert_error(err, "property 'append' cannot change once the machine is built");
    cr_assert_null(qdev_device_add("or-irq", NULL));
}

Test(machine, saved_machine_loads_with_the_same_hash)
{
    TestMachine *tm = built();
    MachineState *machine = &tm->parent_obj;
    address_space_store(address_space_memory(), 0x100, 4, 0x12345678);
    tm->part->value = 42;
    uint64_t before = machine_hash(machine);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    machine_save(machine, saved);

    address_space_store(address_space_memory(), 0x100, 4, 0);
    tm->part->value = 0;
    cr_assert_neq(machine_hash(machine), before);
    cr_assert(machine_load(machine, saved->data, saved->len, &error_abort));
    cr_assert_eq(tm->part->value, 42);
    cr_assert_eq(machine_hash(machine), before);
}

Test(machine, damaged_state_is_refused)
{
    TestMachine *tm = built();
    MachineState *machine = &tm->parent_obj;
    g_autoptr(GByteArray) saved = g_byte_array_new();
    machine_save(machine, saved);
    for (size_t length = 0; length < saved->len; length += 1 + length / 16) {
        g_autoptr(Error) err = NULL;
        cr_assert_not(machine_load(machine, saved->data, length, &err));
        cr_assert_not_null(err);
    }
    g_byte_array_append(saved, (const uint8_t *)"x", 1);
    g_autoptr(Error) err = NULL;
    cr_assert_not(machine_load(machine, saved->data, saved->len, &err));
}

Test(machine, hash_text_names_every_section)
{
    TestMachine *tm = built();
    g_autoptr(GString) out = g_string_new(NULL);
    machine_info_hash(&tm->parent_obj, out, true);
    cr_assert(strstr(out->str, " clock\n"), "%s", out->str);
    cr_assert(strstr(out->str, " part/part\n"));
    cr_assert(strstr(out->str, " ram\n"));
}

Test(machine, machine_that_goes_unrealizes_its_devices)
{
    TestMachine *tm = built();
    Part *part = tm->part;
    object_ref(part);
    object_unparent(OBJECT(tm));
    cr_assert_not(part->parent_obj.realized);
    object_unref(part);
    cr_assert_null(machine_get());
    g_autoptr(GString) dump = g_string_new(NULL);
    vmstate_registry_dump(machine_vmstate(), dump);
    cr_assert_str_eq(dump->str, "");
}
