/* SPDX-License-Identifier: MIT */
/* Devices and buses: realize and its unwinding, properties, globals, lines, hot-plug, -device. */
#include "hw/core/machine.h"
#include "hw/core/qdev.h"
#include "hw/core/sysbus.h"

#include <criterion/criterion.h>
#include <signal.h>

/* --- types: a bus, a host device that carries it, a card that goes on it ------------------------------ */

#define TYPE_TEST_BUS "test-qdev-bus"
#define TYPE_TEST_CARD "test-qdev-card"
#define TYPE_TEST_HOST "test-qdev-host"
#define TYPE_TEST_LONER "test-qdev-loner"

static GString *trail;

static void note(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

static void note(const char *fmt, ...)
{
    va_list ap;
    if (!trail) {
        trail = g_string_new(NULL);
    }
    va_start(ap, fmt);
    g_string_append(trail, trail->len ? " " : "");
    g_string_append_vprintf(trail, fmt, ap);
    va_end(ap);
}

static void assert_trail(const char *expected)
{
    cr_assert_str_eq(trail ? trail->str : "", expected);
    if (trail) {
        g_string_truncate(trail, 0);
    }
}

static void assert_error(Error *err, const char *text)
{
    cr_assert_not_null(err, "expected: %s", text);
    cr_assert_str_eq(error_get_pretty(err), text);
    error_free(err);
}

typedef struct Card {
    DeviceState parent_obj;
    uint32_t size;
    char *label;
    bool fail;
    uint32_t value;
    IrqLine *out;
    int last_n, last_level;
} Card;

static const Property card_properties[] = {
    {.name = "size",
     .type = FIELD_UINT32,
     .offset = offsetof(Card, size),
     .defval = 4,
     .description = "in bytes"},
    {.name = "label", .type = FIELD_STRING, .offset = offsetof(Card, label), .defstr = "none"},
    {.name = "fail", .type = FIELD_BOOL, .offset = offsetof(Card, fail)},
    {0},
};

static const VMStateField card_fields[] = {VMSTATE_UINT32(value, Card), VMSTATE_END_OF_LIST()};
static const VMStateDescription vmstate_card = {
    .name = "card", .version = 1, .minimum_version = 1, .fields = card_fields};

static bool card_realize(DeviceState *dev, Error **errp)
{
    Card *card = (Card *)dev;
    note("realize(%s)", card->label);
    return !card->fail || error_setg(errp, "card '%s' is broken", card->label);
}

static void card_unrealize(DeviceState *dev) { note("unrealize(%s)", ((Card *)dev)->label); }

static void card_reset(DeviceState *dev)
{
    note("reset(%s)", ((Card *)dev)->label);
    ((Card *)dev)->value = 7;
}

static void card_input(void *opaque, int n, int level)
{
    Card *card = opaque;
    card->last_n = n;
    card->last_level = level;
}

static void card_init(Object *obj)
{
    qdev_init_gpio_in(DEVICE(obj), card_input, 3);
    qdev_init_gpio_in_named(DEVICE(obj), card_input, "extra", 2);
    qdev_init_gpio_out(DEVICE(obj), &((Card *)obj)->out, 1);
}

static void card_finalize(Object *obj) { note("finalize(%s)", ((Card *)obj)->label); }

static void card_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "a card";
    dc->bus_type = TYPE_TEST_BUS;
    dc->user_creatable = true;
    dc->realize = card_realize;
    dc->unrealize = card_unrealize;
    dc->reset = card_reset;
    dc->vmsd = &vmstate_card;
    device_class_set_props(dc, card_properties);
}

static const TypeInfo card_info = {
    .name = TYPE_TEST_CARD,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Card),
    .instance_init = card_init,
    .instance_finalize = card_finalize,
    .class_init = card_class_init,
};

static void loner_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->bus_type = NULL;
}

static const TypeInfo loner_info = {
    .name = TYPE_TEST_LONER,
    .parent = TYPE_TEST_CARD,
    .class_init = loner_class_init,
};

static bool bus_plug_check(G_GNUC_UNUSED BusState *bus, DeviceState *dev, Error **errp)
{
    return ((Card *)dev)->size != 13 || error_setg(errp, "no slot 13");
}

static void bus_unplug(G_GNUC_UNUSED BusState *bus, DeviceState *dev)
{
    note("unplug(%s)", ((Card *)dev)->label);
}

static void test_bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    BUS_CLASS(klass)->max_dev = 3;
    BUS_CLASS(klass)->plug_check = bus_plug_check;
    BUS_CLASS(klass)->unplug = bus_unplug;
}

static const TypeInfo test_bus_info = {
    .name = TYPE_TEST_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(BusState),
    .class_init = test_bus_class_init,
};

typedef struct Host {
    DeviceState parent_obj;
    BusState bus;
    char *refuse; /* label that the hot-plug handler refuses */
} Host;

static bool host_realize(DeviceState *dev, G_GNUC_UNUSED Error **errp)
{
    note("realize(host)");
    bus_init(&((Host *)dev)->bus, sizeof(BusState), TYPE_TEST_BUS, dev, "cards");
    return true;
}

static void host_unrealize(G_GNUC_UNUSED DeviceState *dev) { note("unrealize(host)"); }

static void host_reset(G_GNUC_UNUSED DeviceState *dev) { note("reset(host)"); }

static bool host_plug(Object *handler, DeviceState *dev, Error **errp)
{
    note("plug(%s)", ((Card *)dev)->label);
    return g_strcmp0(((Host *)handler)->refuse, ((Card *)dev)->label) != 0 ||
           error_setg(errp, "the slot is locked");
}

static bool host_unplug(G_GNUC_UNUSED Object *handler, DeviceState *dev, Error **errp)
{
    note("ask(%s)", ((Card *)dev)->label);
    return ((Card *)dev)->size != 99 || error_setg(errp, "the card is busy");
}

static const Property host_properties[] = {
    {.name = "refuse", .type = FIELD_STRING, .offset = offsetof(Host, refuse)},
    {0},
};

static void host_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    HotplugHandlerClass *hc = (HotplugHandlerClass *)object_class_dynamic_cast(
        klass, TYPE_HOTPLUG_HANDLER);
    dc->realize = host_realize;
    dc->unrealize = host_unrealize;
    dc->reset = host_reset;
    hc->plug = host_plug;
    hc->unplug = host_unplug;
    device_class_set_props(dc, host_properties);
}

static const TypeInfo host_info = {
    .name = TYPE_TEST_HOST,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Host),
    .class_init = host_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}},
};

DEFINE_TYPE(card_info)
DEFINE_TYPE(loner_info)
DEFINE_TYPE(test_bus_info)
DEFINE_TYPE(host_info)

static Host *new_host(void)
{
    DeviceState *host = qdev_new(TYPE_TEST_HOST);
    qdev_realize_and_unref(host, NULL, &error_abort);
    assert_trail("realize(host) reset(host)");
    return (Host *)host;
}

static Card *new_card(const char *label)
{
    DeviceState *dev = qdev_new(TYPE_TEST_CARD);
    object_property_set_str(OBJECT(dev), "label", label, &error_abort);
    return (Card *)dev;
}

static Card *plug(Host *host, const char *label)
{
    Card *card = new_card(label);
    qdev_realize_and_unref(DEVICE(card), &host->bus, &error_abort);
    return card;
}

static char *registry_text(void)
{
    GString *out = g_string_new(NULL);
    vmstate_registry_dump(machine_vmstate(), out);
    return g_string_free(out, false);
}

/* --- realize ------------------------------------------------------------------------------------------- */

Test(qdev, realize_puts_device_on_bus_and_into_tree_and_resets_it)
{
    Host *host = new_host();
    Card *card = plug(host, "a");
    assert_trail("realize(a) reset(a)");
    cr_assert(card->parent_obj.realized);
    cr_assert_eq(card->parent_obj.parent_bus, &host->bus);
    cr_assert_eq(host->bus.children->data, card);
    cr_assert_eq(card->value, 7);
    g_autofree char *path = object_get_canonical_path(OBJECT(card));
    cr_assert_str_eq(path, "/machine/unattached/device[1]");
    cr_assert(object_property_get_bool(OBJECT(card), "realized", &error_abort));
    cr_assert_eq(object_property_get_link(OBJECT(card), "parent_bus", &error_abort),
                 OBJECT(&host->bus));
}

Test(qdev, failed_realize_leaves_nothing_behind)
{
    Host *host = new_host();
    Card *card = new_card("bad");
    Error *err = NULL;
    card->fail = true;
    cr_assert_not(qdev_realize(DEVICE(card), &host->bus, &err));
    assert_error(err, "card 'bad' is broken");
    assert_trail("realize(bad) unplug(bad)");
    cr_assert_null(card->parent_obj.parent_bus);
    cr_assert_null(OBJECT(card)->parent);
    cr_assert_null(host->bus.children);
    cr_assert_eq(OBJECT(card)->ref, 1);
    g_autofree char *text = registry_text();
    cr_assert_null(strstr(text, "card"));
    object_unref(card);
    assert_trail("finalize(bad)");
}

Test(qdev, refusing_plug_handler_unwinds_realize)
{
    Host *host = new_host();
    qbus_set_hotplug_handler(&host->bus, OBJECT(host));
    host->refuse = g_strdup("no");
    Card *card = new_card("no");
    Error *err = NULL;
    cr_assert_not(qdev_realize(DEVICE(card), &host->bus, &err));
    assert_error(err, "the slot is locked");
    assert_trail("realize(no) reset(no) plug(no) unrealize(no) unplug(no)");
    cr_assert_not(card->parent_obj.realized);
    g_autofree char *text = registry_text();
    cr_assert_null(strstr(text, "card"));
    object_unref(card);
}

Test(qdev, failed_device_with_a_parent_stays_in_the_tree)
{
    Card *card = (Card *)qdev_new(TYPE_TEST_LONER);
    card->fail = true;
    object_property_add_child(object_get_root(), "mine", OBJECT(card));
    cr_assert_not(qdev_realize(DEVICE(card), NULL, NULL));
    cr_assert_not_null(OBJECT(card)->parent);
    card->fail = false;
    cr_assert(qdev_realize(DEVICE(card), NULL, &error_abort));
}

Test(qdev, wrong_or_missing_bus_is_refused)
{
    Host *host = new_host();
    DeviceState *second = qdev_new(TYPE_TEST_HOST);
    Error *err = NULL;
    cr_assert_not(qdev_realize(second, &host->bus, &err));
    assert_error(err, "device 'test-qdev-host' can't go on test-qdev-bus bus");
    object_unref(second);
    err = NULL;
    Card *card = new_card("a");
    cr_assert_not(qdev_realize(DEVICE(card), NULL, &err));
    assert_error(err, "device 'test-qdev-card' needs a bus of type 'test-qdev-bus'");
    card->size = 13;
    err = NULL;
    cr_assert_not(qdev_realize(DEVICE(card), &host->bus, &err));
    assert_error(err, "no slot 13");
}

Test(qdev, bus_takes_as_many_devices_as_it_has_slots)
{
    Host *host = new_host();
    plug(host, "a");
    plug(host, "b");
    plug(host, "c");
    Card *card = new_card("d");
    Error *err = NULL;
    cr_assert_not(qdev_realize(DEVICE(card), &host->bus, &err));
    assert_error(err, "bus 'cards' is full");
}

Test(qdev, realize_twice_is_our_bug, .signal = SIGABRT)
{
    Host *host = new_host();
    qdev_realize(DEVICE(host), NULL, NULL);
}

Test(qdev, unknown_model_names_the_nearest)
{
    Error *err = NULL;
    cr_assert_null(qdev_try_new("test-qdev-cart", &err));
    assert_error(err, "'test-qdev-cart' is not a valid device model name; did you mean "
                      "'test-qdev-card'?");
    err = NULL;
    cr_assert_null(qdev_try_new("container", &err));
    assert_error(err, "'container' is not a valid device model name");
}

/* --- unrealize -------------------------------------------------------------------------------------------- */

Test(qdev, unrealize_mirrors_realize_children_last_plugged_first)
{
    Host *host = new_host();
    plug(host, "a");
    plug(host, "b");
    assert_trail("realize(a) reset(a) realize(b) reset(b)");
    qdev_unrealize(DEVICE(host));
    assert_trail("unrealize(b) unrealize(a) unrealize(host)");
    g_autofree char *text = registry_text();
    cr_assert_str_eq(text, "");
}

Test(qdev, unparent_takes_the_device_its_buses_and_their_devices_away)
{
    Host *host = new_host();
    plug(host, "a");
    plug(host, "b");
    assert_trail("realize(a) reset(a) realize(b) reset(b)");
    object_unparent(OBJECT(host));
    assert_trail("unrealize(b) unrealize(a) unrealize(host) unplug(b) finalize(b) unplug(a) "
                 "finalize(a)");
    cr_assert_null(bus_find("cards"));
}

Test(qdev, realized_device_can_be_realized_again)
{
    Card *card = (Card *)qdev_new(TYPE_TEST_LONER);
    qdev_realize(DEVICE(card), NULL, &error_abort);
    qdev_unrealize(DEVICE(card));
    cr_assert(object_property_set_bool(OBJECT(card), "realized", true, &error_abort));
    assert_trail("realize(none) reset(none) unrealize(none) realize(none) reset(none)");
}

/* --- state ------------------------------------------------------------------------------------------------- */

Test(qdev, realized_device_describes_its_state_under_its_path)
{
    Host *host = new_host();
    plug(host, "a");
    g_autofree char *text = registry_text();
    cr_assert(g_str_has_prefix(text, "unattached/device[1]/card.value"), "%s", text);
}

/* --- properties -------------------------------------------------------------------------------------------- */

Test(qdev, properties_start_with_defaults_and_freeze_at_realize)
{
    Card *card = (Card *)qdev_new(TYPE_TEST_LONER);
    cr_assert_eq(card->size, 4);
    cr_assert_str_eq(card->label, "none");
    qdev_realize(DEVICE(card), NULL, &error_abort);
    Error *err = NULL;
    cr_assert_not(object_property_set_uint(OBJECT(card), "size", 5, &err));
    assert_error(err, "attempt to set property 'size' on anonymous device (type "
                      "'test-qdev-loner') after it was realized");
    card->parent_obj.id = g_strdup("x");
    err = NULL;
    cr_assert_not(object_property_set_uint(OBJECT(card), "size", 5, &err));
    assert_error(err, "attempt to set property 'size' on device 'x' (type 'test-qdev-loner') "
                      "after it was realized");
}

Test(qdev, global_changes_the_default_of_a_type_and_its_children)
{
    cr_assert(qdev_global_add("test-qdev-card.size=8", &error_abort));
    cr_assert(qdev_global_add("driver=test-qdev-loner,property=label,value=a,,b", &error_abort));
    Card *loner = (Card *)qdev_new(TYPE_TEST_LONER), *card = new_card("x");
    cr_assert(loner->size == 8 && card->size == 8);
    cr_assert_str_eq(loner->label, "a,b");
    cr_assert_str_eq(card->label, "x");
    cr_assert(qdev_globals_check(&error_abort));
}

Test(qdev, global_of_an_unknown_property_fails_realize)
{
    qdev_global_add("test-qdev-card.sizes=8", &error_abort);
    Card *loner = (Card *)qdev_new(TYPE_TEST_LONER);
    Error *err = NULL;
    cr_assert_not(qdev_realize(DEVICE(loner), NULL, &err));
    assert_error(err, "can't apply global test-qdev-card.sizes=8: property "
                      "'test-qdev-loner.sizes' not found; did you mean 'size'?");
}

Test(qdev, unused_and_malformed_globals_are_named)
{
    Error *err = NULL;
    cr_assert_not(qdev_global_add("nonsense", &err));
    cr_assert_not_null(err);
    error_free(err);
    err = NULL;
    cr_assert(qdev_global_add("test-qdev-card.size=8", &error_abort));
    cr_assert_not(qdev_globals_check(&err));
    assert_error(err, "global test-qdev-card.size=8: the machine has no such device");
    new_card("x");
    cr_assert(qdev_global_add("7400_v9.9-cpu.x=8", &error_abort));
    err = NULL;
    cr_assert_not(qdev_globals_check(&err));
    assert_error(err, "global 7400_v9.9-cpu.x=8: no such device type");
}

/* --- lines --------------------------------------------------------------------------------------------------- */

Test(qdev, inputs_and_outputs_connect_by_name_and_number)
{
    Card *a = new_card("a"), *b = new_card("b");
    qdev_connect_gpio_out(DEVICE(a), 0, qdev_get_gpio_in(DEVICE(b), 2));
    irq_line_raise(a->out);
    cr_assert(b->last_n == 2 && b->last_level == 1);
    qdev_connect_gpio_out(DEVICE(a), 0, qdev_get_gpio_in_named(DEVICE(b), "extra", 1));
    irq_line_raise(a->out);
    cr_assert_eq(b->last_n, 1);
    object_unref(b);
    cr_assert_null(a->out, "a line ends with its device");
    irq_line_raise(a->out);
    object_unref(a);
}

static void count_changes(void *opaque, G_GNUC_UNUSED int n, G_GNUC_UNUSED int level)
{
    ++*(int *)opaque;
}

Test(qdev, intercepted_output_still_reaches_its_input)
{
    Card *a = new_card("a"), *b = new_card("b");
    int changes = 0;
    qdev_connect_gpio_out(DEVICE(a), 0, qdev_get_gpio_in(DEVICE(b), 1));
    qdev_intercept_gpio_out(DEVICE(a), NULL, 0, count_changes, &changes);
    irq_line_raise(a->out);
    cr_assert(changes == 1 && b->last_level == 1 && b->last_n == 1);
}

Test(qdev, input_number_out_of_range_is_our_bug, .signal = SIGABRT)
{
    qdev_get_gpio_in(DEVICE(new_card("a")), 3);
}

/* --- reset ---------------------------------------------------------------------------------------------------- */

Test(qdev, reset_of_a_device_resets_its_buses_first)
{
    Host *host = new_host();
    plug(host, "a");
    plug(host, "b");
    g_string_truncate(trail, 0);
    resettable_reset(OBJECT(host));
    assert_trail("reset(a) reset(b) reset(host)");
}

/* --- -device -------------------------------------------------------------------------------------------------- */

Test(qdev, device_option_finds_the_bus_and_sets_properties)
{
    Host *host = new_host();
    Card *card = (Card *)qdev_device_add("test-qdev-card,id=c0,size=0x20,label=x", &error_abort);
    cr_assert_eq(card->parent_obj.parent_bus, &host->bus);
    cr_assert_eq(card->size, 32);
    cr_assert_str_eq(card->parent_obj.id, "c0");
    g_autofree char *path = object_get_canonical_path(OBJECT(card));
    cr_assert_str_eq(path, "/machine/peripheral/c0");
    cr_assert_eq(qdev_find_by_id("c0"), DEVICE(card));
    Card *anon = (Card *)qdev_device_add("test-qdev-card,bus=cards", &error_abort);
    g_autofree char *anon_path = object_get_canonical_path(OBJECT(anon));
    cr_assert_str_eq(anon_path, "/machine/peripheral-anon/device[0]");
}

Test(qdev, device_option_mistakes_are_one_line_and_leave_nothing)
{
    static const char *const cases[][2] = {
        {"test-qdev-cart", "'test-qdev-cart' is not a valid device model name; did you mean "
                           "'test-qdev-card'?"},
        {"id=x", "parameter 'driver' is missing"},
        {"test-qdev-host", "'test-qdev-host' is part of a machine and cannot be added with "
                           "-device"},
        {"test-qdev-card,bus=card", "bus 'card' not found"},
        {"test-qdev-card,bus=main-system-bus", "device 'test-qdev-card' can't go on System bus"},
        {"test-qdev-card,id=a/b", "parameter 'id' expects an identifier, not 'a/b'"},
        {"test-qdev-card,id=dup", "duplicate device id 'dup'"},
        {"test-qdev-card,siz=1", "property 'test-qdev-card.siz' not found; did you mean 'size'?"},
        {"test-qdev-card,fail=on", "card 'none' is broken"},
        {"test-qdev-loner,bus=cards", "device 'test-qdev-loner' does not go on a bus"},
    };
    Host *host = new_host();
    sysbus_get_default();
    qdev_device_add("test-qdev-card,id=dup", &error_abort);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;
        cr_assert_null(qdev_device_add(cases[i][0], &err), "%s", cases[i][0]);
        assert_error(err, cases[i][1]);
        cr_assert_eq(g_slist_length(host->bus.children), 1);
    }
    qdev_device_add("test-qdev-card", &error_abort);
    qdev_device_add("test-qdev-card", &error_abort);
    Error *err = NULL;
    cr_assert_null(qdev_device_add("test-qdev-card", &err));
    assert_error(err, "bus 'cards' is full");
}

Test(qdev, device_without_a_bus_of_its_type_is_refused)
{
    Error *err = NULL;
    cr_assert_null(qdev_device_add("test-qdev-card", &err));
    assert_error(err, "no 'test-qdev-bus' bus found for device 'test-qdev-card'");
}

Test(qdev, device_help_lists_types_and_properties)
{
    g_autofree char *types = qdev_device_help(NULL, &error_abort);
    cr_assert(strstr(types, "name \"test-qdev-card\", bus test-qdev-bus, desc \"a card\"\n"));
    cr_assert_null(strstr(types, "test-qdev-host"));
    g_autofree char *props = qdev_device_help(TYPE_TEST_CARD, &error_abort);
    cr_assert(strstr(props, "  size=<uint32>          - in bytes (default: 4)\n"));
    Error *err = NULL;
    cr_assert_null(qdev_device_help("nothing-like-it", &err));
    assert_error(err, "'nothing-like-it' is not a valid device model name");
}

/* --- unplug ------------------------------------------------------------------------------------------------------ */

Test(qdev, unplug_asks_the_handler_then_removes)
{
    Host *host = new_host();
    qbus_set_hotplug_handler(&host->bus, OBJECT(host));
    Card *card = plug(host, "a");
    assert_trail("realize(a) reset(a) plug(a)");
    card->size = 99;
    Error *err = NULL;
    cr_assert_not(qdev_unplug(DEVICE(card), &err));
    assert_error(err, "the card is busy");
    card->size = 1;
    cr_assert(qdev_unplug(DEVICE(card), &error_abort));
    assert_trail("ask(a) ask(a) unrealize(a) unplug(a) finalize(a)");
    cr_assert_null(host->bus.children);
}

Test(qdev, unplug_without_a_handler_is_refused)
{
    Host *host = new_host();
    Card *card = plug(host, "a");
    Error *err = NULL;
    cr_assert_not(qdev_unplug(DEVICE(card), &err));
    assert_error(err, "device 'test-qdev-card' does not support unplugging");
}

/* --- names and text -------------------------------------------------------------------------------------------- */

Test(qdev, nameless_bus_is_named_after_its_device_or_type)
{
    DeviceState *host = qdev_new(TYPE_TEST_HOST), *named = qdev_new(TYPE_TEST_HOST);
    object_property_add_child(object_get_root(), "h", OBJECT(host));
    named->id = g_strdup("abc");
    cr_assert_str_eq(bus_new(TYPE_TEST_BUS, host, NULL)->name, "test-qdev-bus.0");
    cr_assert_str_eq(bus_new(TYPE_TEST_BUS, host, NULL)->name, "test-qdev-bus.1");
    cr_assert_str_eq(bus_new(TYPE_TEST_BUS, named, NULL)->name, "abc.0");
    cr_assert_not_null(qdev_get_child_bus(named, "abc.0"));
    cr_assert_null(qdev_get_child_bus(named, "abc.1"));
}

/* A device with one region on the system bus. */
typedef struct Chip {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    IrqLine *irq[2];
} Chip;

static bool chip_realize(DeviceState *dev, G_GNUC_UNUSED Error **errp)
{
    Chip *chip = (Chip *)dev;
    memory_region_init(&chip->mmio, OBJECT(dev), "chip", 0x100);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &chip->mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(dev), &chip->irq[0]);
    sysbus_init_irq(SYS_BUS_DEVICE(dev), &chip->irq[1]);
    return true;
}

static void chip_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->realize = chip_realize;
}

static const TypeInfo chip_info = {
    .name = "test-qdev-chip",
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Chip),
    .class_init = chip_class_init,
};
DEFINE_TYPE(chip_info)

Test(qdev, sysbus_device_is_mapped_wired_and_shown)
{
    Host *host = new_host();
    Card *card = plug(host, "a");
    Chip *chip = (Chip *)qdev_new("test-qdev-chip");
    sysbus_realize(SYS_BUS_DEVICE(chip), &error_abort);
    sysbus_mmio_map(SYS_BUS_DEVICE(chip), 0, 0x80001000);
    sysbus_connect_irq(SYS_BUS_DEVICE(chip), 1, qdev_get_gpio_in(DEVICE(card), 2));
    irq_line_raise(chip->irq[1]);
    cr_assert_eq(card->last_n, 2);
    g_autoptr(GString) out = g_string_new(NULL);
    qdev_info_qtree(out);
    cr_assert_str_eq(out->str, "bus: main-system-bus\n"
                               "  type System\n"
                               "  dev: test-qdev-chip, id \"\"\n"
                               "    gpio-out \"sysbus-irq\" 2\n"
                               "    mmio 0000000080001000/0000000000000100\n"
                               "dev: test-qdev-host, id \"\"\n"
                               "  refuse = \"\"\n"
                               "  bus: cards\n"
                               "    type test-qdev-bus\n"
                               "    dev: test-qdev-card, id \"\"\n"
                               "      gpio-in \"\" 3\n"
                               "      gpio-out \"\" 1\n"
                               "      gpio-in \"extra\" 2\n"
                               "      size = 4\n"
                               "      label = \"a\"\n"
                               "      fail = false\n");
    object_unparent(OBJECT(chip));
    cr_assert_not(memory_region_is_mapped(&chip->mmio));
    object_unref(chip);
}

Test(qdev, qom_tree_shows_the_machine)
{
    new_host();
    g_autoptr(GString) out = g_string_new(NULL);
    qdev_info_qom_tree(out, NULL);
    cr_assert_str_eq(out->str, "/machine (container)\n"
                               "  /unattached (container)\n"
                               "    /device[0] (test-qdev-host)\n"
                               "      /cards (test-qdev-bus)\n");
    g_string_truncate(out, 0);
    qdev_info_qom_tree(out, "/nowhere");
    cr_assert_str_eq(out->str, "path '/nowhere' not found\n");
}
