/* SPDX-License-Identifier: MIT */
/*
 * Ports on a virtio-serial bus: virtconsole (hvcN in Linux) and virtserialport (/dev/vportNpM), each with a
 * chardev as the host's end.
 *
 * Source: virtio 1.1 section 5.3; properties as in QEMU. What the host types, and its coming and going, are
 * inputs. Bytes to the host move 1024 an event and one a nanosecond, so that a full output ring pauses the
 * machine in time; while nobody is at the host's end of a virtserialport they are lost, as in QEMU.
 */
#include "hw/core/machine.h"
#include "hw/virtio/virtio_serial.h"
#include "util/hash.h"
#include "util/trace.h"

#include <string.h>

enum { SEND_CHUNK = 1024, SEND_NS = SEND_CHUNK };
enum { INPUT_DATA, INPUT_OPENED, INPUT_CLOSED }; /* first byte of an input */

/* --- to the guest ------------------------------------------------------------------------------------- */

/* A driver that knows no ports says nothing of opening port 0. */
static bool is_open(const VirtIOSerialPort *port)
{
    return port->guest_open || (port->id == 0 && !virtio_serial_is_multiport(port->serial));
}

static void take_from_fifo(VirtIOSerialPort *port, uint8_t *data, uint32_t length)
{
    uint32_t first = MIN(length, VIRTIO_SERIAL_FIFO_SIZE - port->fifo_head);
    memcpy(data, port->fifo + port->fifo_head, first);
    memcpy(data + first, port->fifo, length - first);
    port->fifo_head = (port->fifo_head + length) % VIRTIO_SERIAL_FIFO_SIZE;
    port->fifo_count -= length;
    g_atomic_int_add(&port->consumed, (gint)length);
}

void virtio_serial_port_receive(VirtIOSerialPort *port)
{
    uint8_t data[VIRTIO_SERIAL_FIFO_SIZE];
    VirtQueueElement *element;
    bool has_moved = false;
    while (port->fifo_count && is_open(port) && (element = virtqueue_pop(port->in))) {
        uint32_t length = (uint32_t)MIN(port->fifo_count, element->in_size);
        take_from_fifo(port, data, length);
        length = (uint32_t)virtqueue_write(port->in, element, 0, data, length);
        virtqueue_push(port->in, element, length);
        g_free(element);
        virtio_notify(VIRTIO_DEVICE(port->serial), port->in);
        has_moved = true;
    }
    if (has_moved && port->port) {
        chardev_accept_input(port->port);
    }
}

static void put_into_fifo(VirtIOSerialPort *port, const uint8_t *data, size_t length)
{
    size_t room = VIRTIO_SERIAL_FIFO_SIZE - port->fifo_count;
    for (size_t i = 0; i < MIN(length, room); i++) {
        port->fifo[(port->fifo_head + port->fifo_count++) % VIRTIO_SERIAL_FIFO_SIZE] = data[i];
    }
}

static void host_came_or_went(VirtIOSerialPort *port, bool is_there)
{
    if (!virtio_serial_port_is_console(port) && port->host_open != is_there) {
        port->host_open = is_there;
        virtio_serial_send_event(port->serial, port, VIRTIO_CONSOLE_PORT_OPEN, is_there);
    }
}

/* Machine thread: an input is due. */
static void input_taken(void *opaque, const uint8_t *data, size_t length)
{
    VirtIOSerialPort *port = opaque;
    if (length && data[0] == INPUT_DATA) {
        put_into_fifo(port, data + 1, length - 1);
        virtio_serial_port_receive(port);
    } else if (length) {
        host_came_or_went(port, data[0] == INPUT_OPENED);
    }
}

/* --- the chardev, on the main thread --------------------------------------------------------------------- */

static size_t host_can_receive(void *opaque)
{
    VirtIOSerialPort *port = opaque;
    gint on_the_way = (gint)(port->posted - (guint)g_atomic_int_get(&port->consumed));
    return (size_t)(VIRTIO_SERIAL_FIFO_SIZE - CLAMP(on_the_way, 0, VIRTIO_SERIAL_FIFO_SIZE));
}

static void host_receive(void *opaque, const uint8_t *data, size_t length)
{
    VirtIOSerialPort *port = opaque;
    g_autofree uint8_t *message = g_malloc(length + 1);
    message[0] = INPUT_DATA;
    memcpy(message + 1, data, length);
    port->posted += (guint)length;
    input_post(port->clock, port->input_name, message, length + 1);
}

static void host_event(void *opaque, ChardevEvent event)
{
    VirtIOSerialPort *port = opaque;
    uint8_t message = event == CHARDEV_OPENED ? INPUT_OPENED : INPUT_CLOSED;
    if (event == CHARDEV_OPENED || event == CHARDEV_CLOSED) {
        input_post(port->clock, port->input_name, &message, 1);
    }
}

static const ChardevHandlers host_handlers = {
    .can_receive = host_can_receive, .receive = host_receive, .event = host_event};

/* --- to the host ------------------------------------------------------------------------------------------- */

/* With a ring that is nearly full the machine is asked to look: it pauses until there is room. */
static void write_to_host(VirtIOSerialPort *port, const uint8_t *data, size_t length)
{
    chardev_write(port->port, data, length);
    if (!chardev_has_headroom(port->chardevs)) {
        clock_kick(port->clock);
    }
}

static void finish_sending(VirtIOSerialPort *port)
{
    virtqueue_push(port->out, port->sending, 0);
    g_clear_pointer(&port->sending, g_free);
    port->sent = 0;
    virtio_notify(VIRTIO_DEVICE(port->serial), port->out);
}

/* Some bytes of the request under way; returns how many. */
static size_t send_piece(VirtIOSerialPort *port, size_t budget)
{
    uint8_t data[SEND_CHUNK];
    size_t left = port->host_open ? port->sending->out_size - port->sent : 0;
    size_t length = MIN(left, budget);
    size_t got = virtqueue_read(port->out, port->sending, port->sent, data, length);
    write_to_host(port, data, got);
    port->sent += (uint32_t)got;
    if (got < length || got == left) {
        finish_sending(port);
    }
    return got;
}

static void send_more(void *opaque)
{
    VirtIOSerialPort *port = opaque;
    size_t budget = SEND_CHUNK;
    while (budget && (port->sending || (port->sending = virtqueue_pop(port->out)))) {
        budget -= send_piece(port, budget);
    }
    if (port->sending || !virtqueue_is_empty(port->out)) {
        timer_mod_ns(&port->send_timer, clock_virtual_ns(port->clock) + SEND_NS);
    }
}

void virtio_serial_port_send(VirtIOSerialPort *port)
{
    if (!timer_pending(&port->send_timer)) {
        send_more(port);
    }
}

void virtio_serial_port_emergency(VirtIOSerialPort *port, uint8_t character)
{
    write_to_host(port, &character, 1);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

/* The characters that wait stay: the host has sent them, and the next driver will want them. */
void virtio_serial_port_reset(VirtIOSerialPort *port)
{
    g_clear_pointer(&port->sending, g_free);
    port->sent = 0;
    port->guest_open = false;
    timer_del(&port->send_timer);
}

static bool open_chardev(VirtIOSerialPort *port, Error **errp)
{
    port->host_open = virtio_serial_port_is_console(port);
    if (!port->chr) {
        return true;
    }
    port->port = chardev_claim(port->chr, errp);
    if (!port->port) {
        return false;
    }
    chardev_set_handlers(port->port, &host_handlers, port);
    return true;
}

static void register_input(VirtIOSerialPort *port)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(port));
    port->input_name = g_strdup_printf("port-%016" G_GINT64_MODIFIER "x",
                                       hash_bytes(0, path, strlen(path)));
    input_register(port->clock, port->input_name, input_taken, port);
}

static void unregister_input(VirtIOSerialPort *port)
{
    input_unregister(port->clock, port->input_name);
    g_clear_pointer(&port->input_name, g_free);
}

static bool port_realize(DeviceState *dev, Error **errp)
{
    VirtIOSerialPort *port = VIRTIO_SERIAL_PORT(dev);
    VirtIOSerial *serial = VIRTIO_SERIAL(dev->parent_bus->parent);
    port->clock = machine_clock();
    port->chardevs = chardev_core();
    if (!virtio_serial_attach(serial, port, errp)) {
        return false;
    }
    register_input(port);
    if (!open_chardev(port, errp)) {
        unregister_input(port);
        virtio_serial_detach(port);
        return false;
    }
    timer_init_ns(&port->send_timer, port->clock, send_more, port);
    return true;
}

static void port_unrealize(DeviceState *dev)
{
    VirtIOSerialPort *port = VIRTIO_SERIAL_PORT(dev);
    if (port->sending) {
        finish_sending(port);
    }
    timer_fini(&port->send_timer);
    chardev_release(port->port);
    port->port = NULL;
    unregister_input(port);
    virtio_serial_detach(port);
}

/* --- state and types ------------------------------------------------------------------------------------------- */

static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const VirtIOSerialPort *port = opaque;
    uint64_t size = port->sending ? port->sending->out_size : 0;
    return port->sent <= size || error_setg(errp, "%u bytes sent of a request", port->sent);
}

static const VMStateDescription vmstate_port = {
    .name = TYPE_VIRTIO_SERIAL_PORT,
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_BOOL(guest_open, VirtIOSerialPort),
            VMSTATE_BOOL(host_open, VirtIOSerialPort),
            VMSTATE_UINT8_ARRAY(fifo, VirtIOSerialPort),
            VMSTATE_UINT32_MAX(fifo_head, VirtIOSerialPort, VIRTIO_SERIAL_FIFO_SIZE - 1),
            VMSTATE_UINT32_MAX(fifo_count, VirtIOSerialPort, VIRTIO_SERIAL_FIFO_SIZE),
            VMSTATE_VIRTQUEUE_ELEMENT(sending, VirtIOSerialPort),
            VMSTATE_UINT32(sent, VirtIOSerialPort),
            VMSTATE_TIMER(send_timer, VirtIOSerialPort),
            VMSTATE_TRANSIENT(serial, VirtIOSerialPort, "wiring"),
            VMSTATE_TRANSIENT(in, VirtIOSerialPort, "wiring"),
            VMSTATE_TRANSIENT(out, VirtIOSerialPort, "wiring"),
            VMSTATE_TRANSIENT(id, VirtIOSerialPort, "configuration"),
            VMSTATE_TRANSIENT(name, VirtIOSerialPort, "configuration"),
            VMSTATE_TRANSIENT(chr, VirtIOSerialPort, "host side"),
            VMSTATE_TRANSIENT(port, VirtIOSerialPort, "host side"),
            VMSTATE_TRANSIENT(input_name, VirtIOSerialPort, "wiring"),
            VMSTATE_TRANSIENT(clock, VirtIOSerialPort, "wiring"),
            VMSTATE_TRANSIENT(chardevs, VirtIOSerialPort, "host side"),
            VMSTATE_TRANSIENT(posted, VirtIOSerialPort, "host side flow control"),
            VMSTATE_TRANSIENT(consumed, VirtIOSerialPort, "host side flow control"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property port_properties[] = {
    {.name = "chardev",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(VirtIOSerialPort, chr),
     .description = "the host's end"},
    {.name = "nr",
     .type = FIELD_UINT32,
     .offset = offsetof(VirtIOSerialPort, id),
     .defval = UINT32_MAX,
     .description = "number of the port; the first free one if left out"},
    {.name = "name",
     .type = FIELD_STRING,
     .offset = offsetof(VirtIOSerialPort, name),
     .description = "what the guest knows the port by (/sys/class/virtio-ports/*/name)"},
    {.name = NULL},
};

static void port_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = TYPE_VIRTIO_SERIAL_BUS;
    dc->realize = port_realize;
    dc->unrealize = port_unrealize;
    dc->vmsd = &vmstate_port;
    device_class_set_props(dc, port_properties);
}

static void serialport_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->desc = "a channel between guest and host";
    DEVICE_CLASS(klass)->category = DEVICE_CATEGORY_INPUT;
}

static void console_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->desc = "a console of the guest";
    DEVICE_CLASS(klass)->category = DEVICE_CATEGORY_INPUT;
    VIRTIO_SERIAL_PORT_CLASS(klass)->is_console = true;
}

static const TypeInfo port_info = {
    .name = TYPE_VIRTIO_SERIAL_PORT,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(VirtIOSerialPort),
    .class_size = sizeof(VirtIOSerialPortClass),
    .class_init = port_class_init,
    .abstract = true,
};
DEFINE_TYPE(port_info)

static const TypeInfo serialport_info = {
    .name = "virtserialport",
    .parent = TYPE_VIRTIO_SERIAL_PORT,
    .class_init = serialport_class_init,
};
DEFINE_TYPE(serialport_info)

static const TypeInfo console_info = {
    .name = "virtconsole",
    .parent = TYPE_VIRTIO_SERIAL_PORT,
    .class_init = console_class_init,
};
DEFINE_TYPE(console_info)
