/* SPDX-License-Identifier: MIT */
/*
 * PMU (PMU99): the power manager behind the VIA of core99 machines.
 *
 * Source: mac99.md 6.5; macosx.md 4.8. Region: 0, the VIA's 0x2000 bytes. Lines out: "sysbus-irq"[0], the
 * VIA's interrupt; "pmu-request"[0], the level at KeyLargo's GPIO 1: 0 while the PMU wants attention.
 * Property has-adb: bus "adb.0" behind it. Not modelled: batteries, sleep, buttons, I2C, NVRAM and
 * power control (answered with zeros, logged), interrupts other than tick and ADB.
 */
#include "hw/core/machine.h"
#include "hw/input/adb.h"
#include "hw/misc/mac_rtc.h"
#include "hw/misc/via6522.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_VIA_PMU "via-pmu"
OBJECT_DECLARE_SIMPLE_TYPE(ViaPmu, VIA_PMU)

/* Port B, active low: the PMU acknowledges; the host requests. */
enum { TACK = 0x08, TREQ = 0x10, IDLE = TACK | TREQ };
enum { /* interrupt flags */
       INT_ADB_POLLED = 0x04,
       INT_ADB = 0x10,
       INT_TICK = 0x80,
       INT_MASK_AT_RESET = INT_ADB | INT_TICK,
};
enum { STATE_IDLE, STATE_COMMAND, STATE_REPLY, STATES };
enum { LENGTH_MAX = UINT8_MAX, REPLY_MAX = 1 + LENGTH_MAX, ADB_REPLY_MAX = 2 + ADB_DATA_MAX };
enum { ADB_SET_POLL_MASK = 0x86, COVER_OPEN = 0x00, DOWNLOAD_STATUS = 0x62, VERSION = 0x01 };

struct ViaPmu {
    Via6522 parent_obj;
    AdbBus adb; /* only with has_adb */
    bool has_adb;
    IrqLine *request;
    Timer tick_timer;
    uint8_t last_b; /* port B after the last access; its TACK is what the PMU drives */
    uint8_t state;
    uint8_t command;
    bool needs_length; /* the next byte is the length of the command's data */
    uint8_t data[LENGTH_MAX];
    uint8_t data_length, data_count; /* announced, received */
    uint8_t reply[REPLY_MAX];        /* as it goes out: with its length byte if it has one */
    uint16_t reply_length, reply_index;
    uint8_t flags, mask;
    uint8_t adb_reply[ADB_REPLY_MAX]; /* comes with the acknowledge of INT_ADB */
    uint8_t adb_reply_length;
    uint32_t rtc_difference;
};

/* --- interrupts ---------------------------------------------------------------------------------- */

static void update_request(ViaPmu *s) { irq_line_set(s->request, !(s->flags & s->mask)); }

static void raise_flags(ViaPmu *s, uint8_t flags)
{
    s->flags |= flags;
    update_request(s);
}

static void tick(void *opaque)
{
    ViaPmu *s = opaque;
    timer_mod_ns(&s->tick_timer, clock_virtual_ns(s->tick_timer.clock) + NANOSECONDS_PER_SECOND);
    raise_flags(s, INT_TICK);
}

/* --- commands: each gets its data, fills the (zeroed) reply, returns its length -------------------- */

enum { V = -1 };
typedef struct PmuCommand {
    int8_t send, receive; /* bytes; V: preceded by a length byte */
    uint8_t (*run)(ViaPmu *s, uint8_t *reply);
    const char *name;
} PmuCommand;

static void bad_data(const ViaPmu *s)
{
    log_guest_error(TYPE_VIA_PMU, s->command, "command %02x with bad data, %u bytes", s->command,
                    s->data_length);
}

static void set_poll_mask(ViaPmu *s, uint16_t mask)
{
    if (s->has_adb) {
        adb_bus_set_mask(&s->adb, mask);
        adb_bus_set_autopoll(&s->adb, mask != 0);
    }
}

/* [command, flags, length, data...] to the bus; what it answers waits for the acknowledge. */
static void adb_transfer(ViaPmu *s)
{
    uint8_t request[1 + LENGTH_MAX];
    uint8_t length = s->data[2];
    request[0] = s->data[0];
    memcpy(request + 1, s->data + 3, length);
    int count = s->has_adb ? adb_bus_request(&s->adb, request, 1u + length, s->adb_reply + 2)
                           : ADB_NO_ANSWER;
    s->adb_reply[0] = count > 0;
    s->adb_reply[1] = count > 0 ? (uint8_t)count : 0;
    s->adb_reply_length = count > 0 ? (uint8_t)(2 + count) : 1;
    s->flags &= (uint8_t)~INT_ADB_POLLED;
    raise_flags(s, INT_ADB);
}

static uint8_t adb_command(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    if (s->data_length == 4 && s->data[0] == 0 && s->data[1] == ADB_SET_POLL_MASK) {
        set_poll_mask(s, lduw_be_p(s->data + 2));
    } else if (s->data_length >= 3 && s->data[2] <= s->data_length - 3) {
        adb_transfer(s);
    } else {
        bad_data(s);
    }
    return 0;
}

static uint8_t adb_poll_off(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    set_poll_mask(s, 0);
    return 0;
}

static uint8_t set_rtc(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    s->rtc_difference = mac_rtc_difference(ldl_be_p(s->data));
    return 0;
}

static uint8_t get_rtc(ViaPmu *s, uint8_t *reply)
{
    stl_be_p(reply, mac_rtc_read(s->rtc_difference));
    return 4;
}

static uint8_t set_interrupt_mask(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    s->mask = s->data[0];
    update_request(s);
    return 0;
}

/* ADB first and alone, with its answer; the rest at once another time. */
static uint8_t acknowledge(ViaPmu *s, uint8_t *reply)
{
    uint8_t taken = s->flags & INT_ADB ? s->flags & (INT_ADB | INT_ADB_POLLED) : s->flags;
    uint8_t length = s->flags & INT_ADB ? s->adb_reply_length : 0;
    reply[0] = taken;
    memcpy(reply + 1, s->adb_reply, length);
    s->flags &= (uint8_t)~taken;
    if (length) {
        s->adb_reply_length = 0;
    }
    update_request(s);
    return 1 + length;
}

static uint8_t power_off(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    if (memcmp(s->data, "MATT", 4) == 0) {
        machine_request_poweroff();
    } else {
        bad_data(s);
    }
    return 1;
}

/* Subcommands 0 and 3 ask for power-up and wake-up events (none), the others set and clear them. */
static uint8_t power_events(ViaPmu *s, uint8_t *reply G_GNUC_UNUSED)
{
    enum { GET_POWER_UP, GET_WAKE_UP = 3, LAST = 5 };
    if (s->data_length == 0 || s->data[0] > LAST) {
        bad_data(s);
        return 0;
    }
    return s->data[0] == GET_POWER_UP || s->data[0] == GET_WAKE_UP ? 2 : 0;
}

static uint8_t reset_machine(ViaPmu *s G_GNUC_UNUSED, uint8_t *reply G_GNUC_UNUSED)
{
    machine_request_reset();
    return 0;
}

static uint8_t get_cover(ViaPmu *s G_GNUC_UNUSED, uint8_t *reply)
{
    reply[0] = COVER_OPEN;
    return 1;
}

static uint8_t system_ready(ViaPmu *s G_GNUC_UNUSED, uint8_t *reply G_GNUC_UNUSED) { return 0; }

static uint8_t download_status(ViaPmu *s G_GNUC_UNUSED, uint8_t *reply)
{
    reply[0] = DOWNLOAD_STATUS;
    return 1;
}

static uint8_t get_version(ViaPmu *s G_GNUC_UNUSED, uint8_t *reply)
{
    reply[0] = VERSION;
    return 1;
}

#define PMU_COMMANDS(first, last, send, receive, function, name)                                   \
    [first... last] = {send, receive, function, name},
static const PmuCommand commands[256] = {
#include "hw/misc/pmu_commands.def"
};
#undef PMU_COMMANDS

/* --- the state machine --------------------------------------------------------------------------- */

static void trace_command(const ViaPmu *s)
{
    char data[3 * LENGTH_MAX + 1], reply[3 * REPLY_MAX + 1];
    const char *name = commands[s->command].name;
    TRACE(pmu_dispatch_cmd, "%02x %s-> %s(%s)", s->command,
          via6522_hex(data, sizeof(data), s->data, s->data_length),
          via6522_hex(reply, sizeof(reply), s->reply, s->reply_length), name ? name : "?");
}

static void run_command(ViaPmu *s)
{
    const PmuCommand *command = &commands[s->command];
    bool has_length = command->receive == V;
    uint8_t length = 0;
    memset(s->reply, 0, sizeof(s->reply));
    if (command->run) {
        length = command->run(s, s->reply + has_length);
    } else {
        log_unimp(TYPE_VIA_PMU, s->command, "command %02x (%s) is answered with zeros", s->command,
                  command->name ? command->name : "not named");
    }
    if (has_length) {
        s->reply[0] = length;
        s->reply_length = 1u + length;
    } else {
        s->reply_length = (uint16_t)command->receive;
    }
    s->reply_index = 0;
    trace_command(s);
}

static void begin_command(ViaPmu *s, uint8_t code)
{
    const PmuCommand *command = &commands[code];
    s->command = code;
    s->needs_length = command->send == V;
    s->data_length = s->needs_length ? 0 : (uint8_t)command->send;
    s->data_count = 0;
    s->state = STATE_COMMAND;
}

static void take_byte(ViaPmu *s, uint8_t byte)
{
    if (s->state == STATE_IDLE) {
        begin_command(s, byte);
    } else if (s->needs_length) {
        s->data_length = byte;
        s->needs_length = false;
    } else {
        s->data[s->data_count++] = byte;
    }
    if (!s->needs_length && s->data_count == s->data_length) {
        run_command(s);
        s->state = s->reply_length ? STATE_REPLY : STATE_IDLE;
    }
}

static uint8_t give_byte(ViaPmu *s)
{
    uint8_t byte = s->reply[s->reply_index++];
    if (s->reply_index == s->reply_length) {
        s->state = STATE_IDLE;
    }
    return byte;
}

/* One byte, in the direction that the shift register is set to. */
static void transfer(ViaPmu *s)
{
    Via6522 *via = &s->parent_obj;
    bool is_out = via->acr & VIA_ACR_SHIFT_OUT;
    if (is_out == (s->state == STATE_REPLY)) {
        log_guest_error(TYPE_VIA_PMU, s->state, "the host %s in state %u, command %02x",
                        is_out ? "writes" : "reads", s->state, s->command);
        return;
    }
    if (is_out) {
        take_byte(s, via->sr);
    } else {
        via->sr = give_byte(s);
    }
    via6522_raise_sr(via);
}

static void set_tack(ViaPmu *s, bool acknowledges)
{
    Via6522 *via = &s->parent_obj;
    via->b = (uint8_t)(acknowledges ? via->b & ~TACK : via->b | TACK);
    s->last_b = via->b;
}

static void port_b_written(Via6522 *via)
{
    ViaPmu *s = VIA_PMU(via);
    bool has_changed = (via->b ^ s->last_b) & TREQ;
    via->b = (uint8_t)((via->b & ~TACK) | (s->last_b & TACK));
    s->last_b = via->b;
    if (!has_changed) {
        return;
    }
    bool is_request = !(via->b & TREQ);
    set_tack(s, is_request);
    if (is_request) {
        transfer(s);
    }
}

static void poll_adb(void *opaque)
{
    ViaPmu *s = opaque;
    if (s->state != STATE_IDLE || (s->flags & INT_ADB)) {
        return;
    }
    s->adb_reply_length = (uint8_t)adb_bus_poll(&s->adb, s->adb_reply);
    if (s->adb_reply_length) {
        raise_flags(s, INT_ADB | INT_ADB_POLLED);
    }
}

/* --- the device ---------------------------------------------------------------------------------- */

static bool pmu_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    ViaPmu *s = VIA_PMU(dev);
    via6522_realize(&s->parent_obj);
    timer_init_ns(&s->tick_timer, machine_clock(), tick, s);
    if (s->has_adb) {
        adb_bus_init(&s->adb, dev, poll_adb, s);
    }
    return true;
}

static void pmu_unrealize(DeviceState *dev)
{
    ViaPmu *s = VIA_PMU(dev);
    if (s->has_adb) {
        adb_bus_fini(&s->adb);
    }
    timer_fini(&s->tick_timer);
    via6522_unrealize(&s->parent_obj);
}

/* The clock runs on: the time that the guest set survives. */
static void pmu_reset(DeviceState *dev)
{
    ViaPmu *s = VIA_PMU(dev);
    via6522_reset(&s->parent_obj);
    if (s->has_adb) {
        adb_bus_reset(&s->adb);
    }
    memset(s->data, 0, sizeof(s->data));
    memset(s->reply, 0, sizeof(s->reply));
    memset(s->adb_reply, 0, sizeof(s->adb_reply));
    s->state = STATE_IDLE;
    s->command = s->data_length = s->data_count = s->adb_reply_length = 0;
    s->reply_length = s->reply_index = 0;
    s->needs_length = false;
    s->parent_obj.b = s->last_b = IDLE;
    s->flags = 0;
    s->mask = INT_MASK_AT_RESET;
    timer_mod_ns(&s->tick_timer, clock_virtual_ns(s->tick_timer.clock) + NANOSECONDS_PER_SECOND);
    update_request(s);
}

static void pmu_init(Object *obj)
{
    qdev_init_gpio_out_named(DEVICE(obj), &VIA_PMU(obj)->request, "pmu-request", 1);
}

static void pmu_info(DeviceState *dev, GString *out)
{
    static const char *const states[STATES] = {"idle", "command", "reply"};
    ViaPmu *s = VIA_PMU(dev);
    const char *name = commands[s->command].name;
    via6522_info(&s->parent_obj, out);
    g_string_append_printf(out, "state %s, command %02x (%s), data %u of %u, reply %u of %u\n",
                           states[s->state], s->command, name ? name : "?", s->data_count,
                           s->data_length, s->reply_index, s->reply_length);
    g_string_append_printf(out, "flags %02x mask %02x\n", s->flags, s->mask);
    if (s->has_adb) {
        adb_bus_info(&s->adb, out);
    }
}

/* Can more data of the command come, and do they end within their array? */
static bool has_command_data_left(const ViaPmu *s)
{
    int send = commands[s->command].send;
    if (s->needs_length) {
        return send == V && s->data_count == 0;
    }
    return s->data_count < s->data_length && (send == V || send == s->data_length);
}

static bool pmu_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    const ViaPmu *s = opaque;
    bool ok = s->state == STATE_COMMAND ? has_command_data_left(s)
              : s->state == STATE_REPLY ? s->reply_index < s->reply_length
                                        : true;
    return ok || error_setg(errp, "PMU state %u cannot be in command %02x after %u bytes", s->state,
                            s->command, s->data_count);
}

static bool has_adb_bus(void *opaque) { return ((const ViaPmu *)opaque)->has_adb; }

static const VMStateDescription vmstate_pmu_adb = {
    .name = "via-pmu/adb",
    .version = 1,
    .minimum_version = 1,
    .needed = has_adb_bus,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(adb, ViaPmu, AdbBus, vmstate_adb_bus),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription vmstate_pmu = {
    .name = TYPE_VIA_PMU,
    .version = 1,
    .minimum_version = 1,
    .post_load = pmu_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(parent_obj, ViaPmu, Via6522, vmstate_via6522),
            VMSTATE_TIMER(tick_timer, ViaPmu),
            VMSTATE_UINT8(last_b, ViaPmu),
            VMSTATE_UINT8_MAX(state, ViaPmu, STATES - 1),
            VMSTATE_UINT8(command, ViaPmu),
            VMSTATE_BOOL(needs_length, ViaPmu),
            VMSTATE_UINT8_ARRAY(data, ViaPmu),
            VMSTATE_UINT8(data_length, ViaPmu),
            VMSTATE_UINT8(data_count, ViaPmu),
            VMSTATE_UINT8_ARRAY(reply, ViaPmu),
            {.name = "reply_length",
             .kind = VMS_UINT,
             .offset = VMSTATE_CHECK_TYPE(ViaPmu, reply_length, uint16_t),
             .size = 2,
             .count = 1,
             .max = REPLY_MAX},
            VMSTATE_UINT16(reply_index, ViaPmu),
            VMSTATE_UINT8(flags, ViaPmu),
            VMSTATE_UINT8(mask, ViaPmu),
            VMSTATE_UINT8_ARRAY(adb_reply, ViaPmu),
            VMSTATE_UINT8_MAX(adb_reply_length, ViaPmu, ADB_REPLY_MAX),
            VMSTATE_UINT32(rtc_difference, ViaPmu),
            VMSTATE_TRANSIENT(has_adb, ViaPmu, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
    .subsections = (const VMStateDescription *const[]){&vmstate_pmu_adb, NULL},
};

static const Property pmu_properties[] = {
    {.name = "has-adb",
     .type = FIELD_BOOL,
     .offset = offsetof(ViaPmu, has_adb),
     .description = "an ADB bus behind the PMU"},
    {.name = NULL},
};

static void pmu_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "PMU behind a 6522 VIA: power, clock, optional ADB";
    dc->realize = pmu_realize;
    dc->unrealize = pmu_unrealize;
    dc->reset = pmu_reset;
    dc->info = pmu_info;
    dc->vmsd = &vmstate_pmu;
    MOS6522_CLASS(klass)->port_b_written = port_b_written;
    device_class_set_props(dc, pmu_properties);
}

static const TypeInfo pmu_type = {
    .name = TYPE_VIA_PMU,
    .parent = TYPE_MOS6522,
    .instance_size = sizeof(ViaPmu),
    .instance_init = pmu_init,
    .class_init = pmu_class_init,
};
DEFINE_TYPE(pmu_type)
