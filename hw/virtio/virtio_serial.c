/* SPDX-License-Identifier: MIT */
/*
 * virtio-serial: the console device of virtio with its bus of ports and the control protocol between them
 * and the driver.
 *
 * Source: virtio 1.1 section 5.3; properties and messages to the user as in QEMU. Properties cols and rows
 * are ours: with both the guest is told a console's size.
 */
#include "hw/virtio/virtio_serial.h"

#include "util/log.h"
#include "util/trace.h"

#include <string.h>

enum { F_SIZE = 0, F_MULTIPORT = 1, F_EMERG_WRITE = 2 };
enum { CONFIG_COLUMNS = 0, CONFIG_ROWS = 2, CONFIG_MAX_PORTS = 4, CONFIG_EMERGENCY = 8 };
enum { CONFIG_SIZE = 12 };
enum { DATA_QUEUE_SIZE = 128, CONTROL_QUEUE_SIZE = 32, FIRST_PORT_QUEUE = 4 };
enum { HEADER_SIZE = 8, MESSAGE_MAX = HEADER_SIZE + VIRTIO_SERIAL_NAME_MAX, WAITING_MAX = 32768 };

/* --- control messages to the guest ----------------------------------------------------------------------- */

bool virtio_serial_is_multiport(const VirtIOSerial *s)
{
    const VirtIODevice *vdev = &s->parent_obj;
    return virtio_has_feature(vdev, F_MULTIPORT) && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void drop_first_message(VirtIOSerial *s)
{
    uint32_t length = 2u + lduw_be_p(s->waiting);
    s->waiting_length -= length;
    memmove(s->waiting, s->waiting + length, s->waiting_length);
}

static void deliver_messages(VirtIOSerial *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    VirtQueueElement *element;
    while (s->waiting_length && (element = virtqueue_pop(s->control_in))) {
        size_t length = lduw_be_p(s->waiting);
        length = virtqueue_write(s->control_in, element, 0, s->waiting + 2, length);
        virtqueue_push(s->control_in, element, (uint32_t)length);
        g_free(element);
        drop_first_message(s);
        virtio_notify(vdev, s->control_in);
    }
}

/* A guest that takes none loses what does not fit in WAITING_MAX. */
static void send_message(VirtIOSerial *s, const uint8_t *message, size_t length)
{
    if (s->waiting_length + 2 + length > WAITING_MAX) {
        log_guest_error(TYPE_VIRTIO_SERIAL, 0, "the guest takes no control messages: one is lost");
        return;
    }
    s->waiting = g_realloc(s->waiting, s->waiting_length + 2 + length);
    stw_be_p(s->waiting + s->waiting_length, (uint16_t)length);
    memcpy(s->waiting + s->waiting_length + 2, message, length);
    s->waiting_length += 2 + (uint32_t)length;
    deliver_messages(s);
}

static void put_header(const VirtIOSerial *s, uint8_t *message, uint32_t id, uint16_t event,
                       uint16_t value)
{
    const VirtRing *ring = &s->parent_obj.ring;
    virtio_ring_stl(ring, message, id);
    virtio_ring_stw(ring, message + 4, event);
    virtio_ring_stw(ring, message + 6, value);
}

void virtio_serial_send_event(VirtIOSerial *s, const VirtIOSerialPort *port, uint16_t event,
                              uint16_t value)
{
    uint8_t message[HEADER_SIZE];
    if (virtio_serial_is_multiport(s)) {
        TRACE(virtio_serial_send_control_event, "port %u, event %u, value %u", port->id, event,
              value);
        put_header(s, message, port->id, event, value);
        send_message(s, message, sizeof(message));
    }
}

static void send_name(VirtIOSerial *s, const VirtIOSerialPort *port)
{
    uint8_t message[MESSAGE_MAX];
    size_t length = strlen(port->name);
    put_header(s, message, port->id, VIRTIO_CONSOLE_PORT_NAME, 1);
    memcpy(message + HEADER_SIZE, port->name, length);
    send_message(s, message, HEADER_SIZE + length);
}

static void send_size(VirtIOSerial *s, const VirtIOSerialPort *port)
{
    uint8_t message[HEADER_SIZE + 4];
    put_header(s, message, port->id, VIRTIO_CONSOLE_RESIZE, 1);
    virtio_ring_stw(&s->parent_obj.ring, message + HEADER_SIZE, s->columns);
    virtio_ring_stw(&s->parent_obj.ring, message + HEADER_SIZE + 2, s->rows);
    send_message(s, message, sizeof(message));
}

/* --- control messages from the guest ---------------------------------------------------------------------- */

static void device_is_ready(VirtIOSerial *s, uint16_t value)
{
    if (!value) {
        log_guest_error(TYPE_VIRTIO_SERIAL, 0, "the guest could not set the device up");
        return;
    }
    for (unsigned n = 0; n < s->max_ports; n++) {
        if (s->ports[n]) {
            virtio_serial_send_event(s, s->ports[n], VIRTIO_CONSOLE_PORT_ADD, 1);
        }
    }
}

static void port_is_ready(VirtIOSerial *s, const VirtIOSerialPort *port, uint16_t value)
{
    if (!value) {
        log_guest_error(TYPE_VIRTIO_SERIAL, port->id, "the guest could not add port %u", port->id);
        return;
    }
    if (virtio_serial_port_is_console(port)) {
        virtio_serial_send_event(s, port, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
        if (virtio_has_feature(VIRTIO_DEVICE(s), F_SIZE)) {
            send_size(s, port);
        }
    }
    if (port->name) {
        send_name(s, port);
    }
    if (port->host_open) {
        virtio_serial_send_event(s, port, VIRTIO_CONSOLE_PORT_OPEN, 1);
    }
}

static void handle_message(VirtIOSerial *s, const uint8_t *message)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint32_t id = virtio_ldl(vdev, message);
    uint16_t event = virtio_ldw(vdev, message + 4), value = virtio_ldw(vdev, message + 6);
    TRACE(virtio_serial_handle_control_message, "port %u, event %u, value %u", id, event, value);
    if (event == VIRTIO_CONSOLE_DEVICE_READY) {
        device_is_ready(s, value);
        return;
    }
    VirtIOSerialPort *port = id < s->max_ports ? s->ports[id] : NULL;
    if (!port) {
        log_guest_error(TYPE_VIRTIO_SERIAL, event, "event %u for port %u, which is not there",
                        event, id);
    } else if (event == VIRTIO_CONSOLE_PORT_READY) {
        port_is_ready(s, port, value);
    } else if (event == VIRTIO_CONSOLE_PORT_OPEN) {
        port->guest_open = value != 0;
        virtio_serial_port_receive(port);
    } else {
        log_guest_error(TYPE_VIRTIO_SERIAL, event, "event %u is not for a device", event);
    }
}

static void control_out(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    VirtQueueElement *element;
    while ((element = virtqueue_pop(vq))) {
        uint8_t message[HEADER_SIZE];
        if (virtqueue_read(vq, element, 0, message, sizeof(message)) == sizeof(message)) {
            handle_message(s, message);
        } else {
            log_guest_error(TYPE_VIRTIO_SERIAL, 0, "a control message is too short");
        }
        virtqueue_push(vq, element, 0);
        g_free(element);
        virtio_notify(vdev, vq);
    }
}

static void control_in(VirtIODevice *vdev, G_GNUC_UNUSED VirtQueue *vq)
{
    deliver_messages(VIRTIO_SERIAL(vdev));
}

/* --- data ---------------------------------------------------------------------------------------------------- */

/* Queues 0 and 1 are port 0's, 2 and 3 the control queues', the next pair port 1's. */
static VirtIOSerialPort *port_of(VirtIODevice *vdev, const VirtQueue *vq)
{
    unsigned id = vq->index < FIRST_PORT_QUEUE ? 0 : vq->index / 2 - 1;
    return VIRTIO_SERIAL(vdev)->ports[id];
}

static void data_in(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerialPort *port = port_of(vdev, vq);
    if (port) {
        virtio_serial_port_receive(port);
    }
}

/* What is sent to a port that is not there is lost. */
static void data_out(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSerialPort *port = port_of(vdev, vq);
    VirtQueueElement *element;
    if (port) {
        virtio_serial_port_send(port);
        return;
    }
    while ((element = virtqueue_pop(vq))) {
        virtqueue_push(vq, element, 0);
        g_free(element);
        virtio_notify(vdev, vq);
    }
}

/* --- configuration ------------------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    virtio_ring_stw(&vdev->ring, config + CONFIG_COLUMNS, s->columns);
    virtio_ring_stw(&vdev->ring, config + CONFIG_ROWS, s->rows);
    virtio_stl(vdev, config + CONFIG_MAX_PORTS, s->max_ports);
}

/* A character may be written before any queue is there (5.3.4). */
static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    uint8_t character = (uint8_t)virtio_ldl(vdev, config + CONFIG_EMERGENCY);
    if (!s->has_emergency_write || !character) {
        return;
    }
    for (unsigned n = 0; n < s->max_ports; n++) {
        if (s->ports[n] && virtio_serial_port_is_console(s->ports[n])) {
            virtio_serial_port_emergency(s->ports[n], character);
            return;
        }
    }
}

static uint64_t get_features(VirtIODevice *vdev)
{
    const VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    return (uint64_t)(s->columns && s->rows) << F_SIZE |
           (uint64_t)(s->max_ports > 1) << F_MULTIPORT |
           (uint64_t)s->has_emergency_write << F_EMERG_WRITE;
}

/* --- ports come and go ---------------------------------------------------------------------------------------- */

/* Number 0 is for consoles: drivers without MULTIPORT know no other port. */
static bool choose_number(const VirtIOSerial *s, VirtIOSerialPort *port, Error **errp)
{
    bool is_console = virtio_serial_port_is_console(port);
    if (port->id == UINT32_MAX) {
        uint32_t id = is_console && !s->ports[0] ? 0 : 1;
        while (id && id < s->max_ports && s->ports[id]) {
            id++;
        }
        if (id >= s->max_ports) {
            return error_setg(errp,
                              "virtio-serial-bus: Maximum port limit for this device reached");
        }
        port->id = id;
    }
    if (port->id == 0 && !is_console) {
        return error_setg(errp, "Port number 0 on virtio-serial devices reserved for virtconsole "
                                "devices for backward compatibility.");
    }
    if (port->id >= s->max_ports) {
        return error_setg(errp,
                          "virtio-serial-bus: Out-of-range port id specified, max. allowed: %u",
                          s->max_ports - 1);
    }
    return !s->ports[port->id] ||
           error_setg(errp, "virtio-serial-bus: A port already exists at id %u", port->id);
}

static bool check_name(const VirtIOSerial *s, const char *name, Error **errp)
{
    if (name && strlen(name) > VIRTIO_SERIAL_NAME_MAX) {
        return error_setg(errp, "the name is longer than %u characters", VIRTIO_SERIAL_NAME_MAX);
    }
    for (unsigned n = 0; name && n < s->max_ports; n++) {
        if (s->ports[n] && g_strcmp0(s->ports[n]->name, name) == 0) {
            return error_setg(errp, "virtio-serial-bus: A port already exists by name %s", name);
        }
    }
    return true;
}

bool virtio_serial_attach(VirtIOSerial *s, VirtIOSerialPort *port, Error **errp)
{
    if (!check_name(s, port->name, errp) || !choose_number(s, port, errp)) {
        return false;
    }
    unsigned queue = port->id ? FIRST_PORT_QUEUE + 2 * (port->id - 1) : 0;
    port->serial = s;
    port->in = virtio_get_queue(VIRTIO_DEVICE(s), queue);
    port->out = virtio_get_queue(VIRTIO_DEVICE(s), queue + 1);
    s->ports[port->id] = port;
    return true;
}

void virtio_serial_detach(VirtIOSerialPort *port)
{
    VirtIOSerial *s = port->serial;
    virtio_serial_send_event(s, port, VIRTIO_CONSOLE_PORT_REMOVE, 1);
    s->ports[port->id] = NULL;
}

static bool port_plugged(Object *handler, DeviceState *dev, G_GNUC_UNUSED Error **errp)
{
    virtio_serial_send_event(VIRTIO_SERIAL(handler), VIRTIO_SERIAL_PORT(dev),
                             VIRTIO_CONSOLE_PORT_ADD, 1);
    return true;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static void add_queues(VirtIOSerial *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    virtio_add_queue(vdev, DATA_QUEUE_SIZE, data_in);
    virtio_add_queue(vdev, DATA_QUEUE_SIZE, data_out);
    s->control_in = virtio_add_queue(vdev, CONTROL_QUEUE_SIZE, control_in);
    s->control_out = virtio_add_queue(vdev, CONTROL_QUEUE_SIZE, control_out);
    for (unsigned n = 1; n < s->max_ports; n++) {
        virtio_add_queue(vdev, DATA_QUEUE_SIZE, data_in);
        virtio_add_queue(vdev, DATA_QUEUE_SIZE, data_out);
    }
}

/* The bus is named after the device that the user gave an id. */
static char *bus_name(const VirtIODevice *vdev)
{
    const DeviceState *proxy = DEVICE(vdev)->parent_bus->parent;
    return proxy->id ? g_strdup_printf("%s.0", proxy->id) : NULL;
}

static bool serial_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    if (s->max_ports < 1 || s->max_ports > VIRTIO_SERIAL_MAX_PORTS) {
        return error_setg(errp, "maximum ports supported: %u", VIRTIO_SERIAL_MAX_PORTS);
    }
    g_autofree char *name = bus_name(vdev);
    s->bus = bus_new(TYPE_VIRTIO_SERIAL_BUS, DEVICE(vdev), name);
    qbus_set_hotplug_handler(s->bus, OBJECT(s));
    add_queues(s);
    return true;
}

static void serial_reset(VirtIODevice *vdev)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    s->waiting_length = 0;
    for (unsigned n = 0; n < s->max_ports; n++) {
        if (s->ports[n]) {
            virtio_serial_port_reset(s->ports[n]);
        }
    }
}

static void serial_unrealize(VirtIODevice *vdev)
{
    VirtIOSerial *s = VIRTIO_SERIAL(vdev);
    object_unparent(OBJECT(s->bus));
    s->bus = NULL;
    g_clear_pointer(&s->waiting, g_free);
    s->waiting_length = 0;
}

static void serial_info(DeviceState *dev, GString *out)
{
    const VirtIOSerial *s = VIRTIO_SERIAL(dev);
    g_string_append_printf(
        out, "up to %u ports%s; %u bytes of control messages wait\n", s->max_ports,
        virtio_serial_is_multiport(s) ? ", the driver knows them all" : "", s->waiting_length);
    for (unsigned n = 0; n < s->max_ports; n++) {
        const VirtIOSerialPort *port = s->ports[n];
        if (port) {
            g_string_append_printf(out, "port %u%s%s: guest %s, host %s, %u characters wait\n", n,
                                   port->name ? " " : "", port->name ? port->name : "",
                                   port->guest_open ? "open" : "closed",
                                   port->host_open ? "open" : "closed", port->fifo_count);
        }
    }
}

/* --- state and types ----------------------------------------------------------------------------------------------- */

/* Whole messages, or none: they are walked through without a look at the end. */
static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const VirtIOSerial *s = opaque;
    uint32_t at = 0;
    while (at + 2 <= s->waiting_length) {
        at += 2u + lduw_be_p(s->waiting + at);
    }
    return at == s->waiting_length || error_setg(errp, "control messages are cut off");
}

static const VMStateDescription vmstate_serial = {
    .name = "virtio-serial",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIOSerial),
            VMSTATE_VBUFFER(waiting, VirtIOSerial, waiting_length, WAITING_MAX),
            VMSTATE_TRANSIENT(waiting_length, VirtIOSerial, "saved with what waits"),
            VMSTATE_TRANSIENT(bus, VirtIOSerial, "wiring"),
            VMSTATE_TRANSIENT(control_in, VirtIOSerial, "wiring"),
            VMSTATE_TRANSIENT(control_out, VirtIOSerial, "wiring"),
            VMSTATE_TRANSIENT(ports, VirtIOSerial, "devices of their own"),
            VMSTATE_TRANSIENT(max_ports, VirtIOSerial, "configuration"),
            VMSTATE_TRANSIENT(columns, VirtIOSerial, "configuration"),
            VMSTATE_TRANSIENT(rows, VirtIOSerial, "configuration"),
            VMSTATE_TRANSIENT(has_emergency_write, VirtIOSerial, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property serial_properties[] = {
    {.name = "max_ports",
     .type = FIELD_UINT32,
     .offset = offsetof(VirtIOSerial, max_ports),
     .defval = VIRTIO_SERIAL_MAX_PORTS,
     .description = "ports that the bus has room for"},
    {.name = "emergency-write",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIOSerial, has_emergency_write),
     .defval = true,
     .description = "let the guest write single characters without a queue"},
    {.name = "cols",
     .type = FIELD_UINT16,
     .offset = offsetof(VirtIOSerial, columns),
     .description = "size of the consoles, told to the guest; 0: not told"},
    {.name = "rows",
     .type = FIELD_UINT16,
     .offset = offsetof(VirtIOSerial, rows),
     .description = "size of the consoles, told to the guest; 0: not told"},
    {.name = NULL},
};

static void serial_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    HotplugHandlerClass *hc = (HotplugHandlerClass *)object_class_dynamic_cast(
        klass, TYPE_HOTPLUG_HANDLER);
    dc->vmsd = &vmstate_serial;
    dc->info = serial_info;
    hc->plug = port_plugged;
    vc->device_id = VIRTIO_ID_CONSOLE;
    vc->config_size = CONFIG_SIZE;
    vc->realize = serial_realize;
    vc->unrealize = serial_unrealize;
    vc->reset = serial_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    vc->set_config = set_config;
    device_class_set_props(dc, serial_properties);
}

static const TypeInfo serial_info_type = {
    .name = TYPE_VIRTIO_SERIAL,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOSerial),
    .class_init = serial_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}},
};
DEFINE_TYPE(serial_info_type)

static const TypeInfo bus_info = {
    .name = TYPE_VIRTIO_SERIAL_BUS,
    .parent = TYPE_BUS,
};
DEFINE_TYPE(bus_info)
