/* SPDX-License-Identifier: MIT */
/*
 * The Apple Desktop Bus: commands, address resolution, automatic polling.
 *
 * Source: mac99.md 6.4; macosx.md 4.9. Not modelled: bit timing, service requests (the controller polls
 * every address in its mask), the random address and the flags in register 3.
 */
#include "hw/input/adb.h"

#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

enum {
    OP_RESET = 0x0,
    OP_FLUSH = 0x1,
    OP_LISTEN = 0x8,
    OP_TALK = 0xc,
    OP_KIND = 0xc,
    OP_REG = 0x3
};
enum { /* handler bytes of a Listen to register 3 that mean something else */
       CHANGE_ADDRESS = 0x00,
       CHANGE_IF_ACTIVE = 0xfd,
       CHANGE_IF_ALONE = 0xfe,
       SELF_TEST = 0xff,
};
enum { DEFAULT_RATE_MS = 20, DEFAULT_MASK = 0xffff };

/* --- one device ---------------------------------------------------------------------------------- */

static void reset_device(AdbDevice *dev)
{
    const AdbDeviceClass *ac = ADB_DEVICE_GET_CLASS(dev);
    dev->address = ac->default_address;
    dev->handler = ac->default_handler;
    dev->has_collided = false;
    ac->reset(dev);
}

static size_t talk_device(AdbDevice *dev, unsigned reg, uint8_t *answer)
{
    const AdbDeviceClass *ac = ADB_DEVICE_GET_CLASS(dev);
    if (reg == ADB_REG3) {
        answer[0] = dev->address;
        answer[1] = dev->handler;
        return 2;
    }
    return ac->talk ? ac->talk(dev, reg, answer) : 0;
}

static void set_handler(AdbDevice *dev, uint8_t handler)
{
    uint32_t known = ADB_DEVICE_GET_CLASS(dev)->handlers;
    if (handler < 32 && (known & BIT(handler))) {
        dev->handler = handler;
    }
}

static void listen_register_3(AdbDevice *dev, uint8_t address, uint8_t handler)
{
    bool is_loser = dev->has_collided;
    switch (handler) {
    case SELF_TEST:
        return;
    case CHANGE_IF_ALONE:
        dev->has_collided = false;
        if (is_loser) {
            return;
        }
        break;
    case CHANGE_IF_ACTIVE:
    case CHANGE_ADDRESS:
        break;
    default:
        set_handler(dev, handler);
    }
    dev->address = address & (ADB_ADDRESSES - 1);
}

static void listen_device(AdbDevice *dev, unsigned reg, const uint8_t *data, size_t length)
{
    const AdbDeviceClass *ac = ADB_DEVICE_GET_CLASS(dev);
    if (reg != ADB_REG3) {
        if (ac->listen) {
            ac->listen(dev, reg, data, length);
        }
    } else if (length == 2) {
        listen_register_3(dev, data[0], data[1]);
    } else {
        /* Mac OS 9 sends such a thing after it has placed the mouse, and means nothing by it. */
        log_guest_error(TYPE_ADB_DEVICE, dev->address, "listen to register 3 with %zu bytes",
                        length);
    }
}

/* --- commands ------------------------------------------------------------------------------------ */

/* The first device at @address that has an answer wins; those behind it notice the collision. */
static int talk(AdbBus *bus, unsigned address, unsigned reg, uint8_t *answer)
{
    size_t length = 0;
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        AdbDevice *dev = ADB_DEVICE(e->data);
        if (dev->address != address || !DEVICE(dev)->realized) {
            continue;
        }
        dev->has_collided = length > 0;
        if (!length) {
            length = talk_device(dev, reg, answer);
        }
    }
    return length ? (int)length : ADB_NO_ANSWER;
}

/* Listen and flush reach every device at @address. */
static int tell(AdbBus *bus, const uint8_t *command, size_t length)
{
    unsigned address = command[0] >> 4;
    bool is_flush = (command[0] & 0xf) == OP_FLUSH;
    int result = ADB_NO_ANSWER;
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        AdbDevice *dev = ADB_DEVICE(e->data);
        if (dev->address != address || !DEVICE(dev)->realized) {
            continue;
        }
        result = 0;
        if (is_flush) {
            ADB_DEVICE_GET_CLASS(dev)->flush(dev);
        } else {
            listen_device(dev, command[0] & OP_REG, command + 1, length - 1);
        }
    }
    return result;
}

static int reset_bus(AdbBus *bus)
{
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        reset_device(ADB_DEVICE(e->data));
    }
    return 0;
}

static int run(AdbBus *bus, const uint8_t *command, size_t length, uint8_t *answer)
{
    unsigned op = command[0] & 0xf;
    if (op == OP_RESET) {
        return reset_bus(bus);
    }
    if ((op & OP_KIND) == OP_TALK) {
        return talk(bus, command[0] >> 4, op & OP_REG, answer);
    }
    if (op == OP_FLUSH || (op & OP_KIND) == OP_LISTEN) {
        return tell(bus, command, length);
    }
    log_guest_error(TYPE_ADB_BUS, op, "reserved command %#x", command[0]);
    return ADB_NO_ANSWER;
}

int adb_bus_request(AdbBus *bus, const uint8_t *command, size_t length, uint8_t *answer)
{
    if (length == 0) {
        log_guest_error(TYPE_ADB_BUS, 0, "request without a command");
        return ADB_NO_ANSWER;
    }
    int result = run(bus, command, length, answer);
    TRACE(adb_bus_request, "command %02x, %zu bytes of data: %d", command[0], length - 1, result);
    return result;
}

/* --- polling ------------------------------------------------------------------------------------- */

size_t adb_bus_poll(AdbBus *bus, uint8_t *answer)
{
    for (unsigned i = 0; i < ADB_ADDRESSES; i++) {
        unsigned address = (bus->next_poll + i) % ADB_ADDRESSES;
        int length = bus->mask & BIT(address) ? talk(bus, address, ADB_REG0, answer + 1) : 0;
        if (length > 0) {
            bus->next_poll = (address + 1) % ADB_ADDRESSES;
            answer[0] = (uint8_t)(address << 4 | OP_TALK | ADB_REG0);
            return (size_t)length + 1;
        }
    }
    return 0;
}

static void start_period(AdbBus *bus)
{
    uint64_t period_ns = bus->rate_ms * (NANOSECONDS_PER_SECOND / 1000);
    timer_mod_ns(&bus->timer, clock_virtual_ns(bus->timer.clock) + period_ns);
}

static void period_over(void *opaque)
{
    AdbBus *bus = opaque;
    start_period(bus);
    bus->poll(bus->opaque);
}

void adb_bus_set_autopoll(AdbBus *bus, bool on)
{
    if (bus->autopoll == on) {
        return;
    }
    bus->autopoll = on;
    if (on) {
        start_period(bus);
    } else {
        timer_del(&bus->timer);
    }
}

void adb_bus_set_rate(AdbBus *bus, uint8_t rate_ms)
{
    g_assert(rate_ms);
    bus->rate_ms = rate_ms;
    if (bus->autopoll) {
        start_period(bus);
    }
}

void adb_bus_set_mask(AdbBus *bus, uint16_t mask) { bus->mask = mask; }

/* --- the bus ------------------------------------------------------------------------------------- */

void adb_bus_init(AdbBus *bus, DeviceState *owner, void (*poll)(void *opaque), void *opaque)
{
    bus_init(&bus->parent_obj, sizeof(*bus), TYPE_ADB_BUS, owner, "adb.0");
    bus->poll = poll;
    bus->opaque = opaque;
    timer_init_ns(&bus->timer, machine_clock(), period_over, bus);
}

void adb_bus_fini(AdbBus *bus) { timer_fini(&bus->timer); }

void adb_bus_reset(AdbBus *bus)
{
    adb_bus_set_autopoll(bus, false);
    bus->rate_ms = DEFAULT_RATE_MS;
    bus->mask = DEFAULT_MASK;
    bus->next_poll = 0;
}

bool adb_bus_add_default_devices(AdbBus *bus, Error **errp)
{
    static const char *const types[] = {"adb-keyboard", "adb-mouse"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (!qdev_realize_and_unref(qdev_new(types[i]), BUS(bus), errp)) {
            return false;
        }
    }
    return true;
}

void adb_bus_info(const AdbBus *bus, GString *out)
{
    g_string_append_printf(out, "ADB: polling %s, every %u ms, mask %04x\n",
                           bus->autopoll ? "on" : "off", bus->rate_ms, bus->mask);
}

static void print_device(DeviceState *dev, GString *out, int indent)
{
    const AdbDevice *adb = ADB_DEVICE(dev);
    g_string_append_printf(out, "%*saddress %u, handler %u\n", indent, "", adb->address,
                           adb->handler);
}

const VMStateDescription vmstate_adb_bus = {
    .name = "adb-bus",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TIMER(timer, AdbBus),
            VMSTATE_BOOL(autopoll, AdbBus),
            {.name = "rate_ms",
             .kind = VMS_UINT,
             .offset = VMSTATE_CHECK_TYPE(AdbBus, rate_ms, uint8_t),
             .size = 1,
             .count = 1,
             .min = 1,
             .max = UINT8_MAX},
            VMSTATE_UINT16(mask, AdbBus),
            VMSTATE_UINT8_MAX(next_poll, AdbBus, ADB_ADDRESSES - 1),
            VMSTATE_TRANSIENT(poll, AdbBus, "wiring"),
            VMSTATE_TRANSIENT(opaque, AdbBus, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static void bus_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    BUS_CLASS(klass)->max_dev = ADB_ADDRESSES;
    BUS_CLASS(klass)->print_dev = print_device;
}

static const TypeInfo bus_type = {
    .name = TYPE_ADB_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(AdbBus),
    .class_init = bus_class_init,
};

/* --- the abstract device ------------------------------------------------------------------------- */

static bool is_name_taken(const AdbDevice *dev, const char *name)
{
    for (GSList *e = DEVICE(dev)->parent_bus->children; e; e = e->next) {
        if (g_strcmp0(ADB_DEVICE(e->data)->input_name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* "adb-keyboard"; a second one is "adb-keyboard.1". */
static char *free_input_name(const AdbDevice *dev)
{
    const char *type = object_get_typename(OBJECT(dev));
    char *name = g_strdup(type);
    for (unsigned n = 1; is_name_taken(dev, name); n++) {
        g_free(name);
        name = g_strdup_printf("%s.%u", type, n);
    }
    return name;
}

static bool device_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    AdbDevice *adb = ADB_DEVICE(dev);
    adb->input_name = free_input_name(adb);
    input_register(machine_clock(), adb->input_name, ADB_DEVICE_GET_CLASS(adb)->input, adb);
    return true;
}

static void device_unrealize(DeviceState *dev)
{
    AdbDevice *adb = ADB_DEVICE(dev);
    input_unregister(machine_clock(), adb->input_name);
    g_clear_pointer(&adb->input_name, g_free);
}

static void device_reset(DeviceState *dev) { reset_device(ADB_DEVICE(dev)); }

const VMStateDescription vmstate_adb_device = {
    .name = TYPE_ADB_DEVICE,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8_MAX(address, AdbDevice, ADB_ADDRESSES - 1),
            VMSTATE_UINT8(handler, AdbDevice),
            VMSTATE_BOOL(has_collided, AdbDevice),
            VMSTATE_TRANSIENT(input_name, AdbDevice,
                              "where inputs come from, by position on the bus"),
            VMSTATE_END_OF_LIST(),
        },
};

static void device_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = TYPE_ADB_BUS;
    dc->user_creatable = true;
    dc->category = DEVICE_CATEGORY_INPUT;
    dc->realize = device_realize;
    dc->unrealize = device_unrealize;
    dc->reset = device_reset;
}

static const TypeInfo device_type = {
    .name = TYPE_ADB_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(AdbDevice),
    .class_size = sizeof(AdbDeviceClass),
    .abstract = true,
    .class_init = device_class_init,
};
DEFINE_TYPE(bus_type)
DEFINE_TYPE(device_type)
