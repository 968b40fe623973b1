/* SPDX-License-Identifier: MIT */
/*
 * virtio-serial: a virtio device whose ports are devices on a bus of its own. Between the device
 * (virtio_serial.c) and its ports (virtio_serial_port.c).
 *
 * Source: virtio 1.1 section 5.3. Context: holder of the machine token, but for what a port does for its
 * chardev on the main thread.
 */
#ifndef HW_VIRTIO_VIRTIO_SERIAL_H
#define HW_VIRTIO_VIRTIO_SERIAL_H

#include "chardev/chardev.h"
#include "hw/virtio/virtio.h"
#include "time/clock.h"

#define TYPE_VIRTIO_SERIAL "virtio-serial-device"
#define TYPE_VIRTIO_SERIAL_BUS "virtio-serial-bus"
#define TYPE_VIRTIO_SERIAL_PORT "virtio-serial-port"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOSerial, VIRTIO_SERIAL)
OBJECT_DECLARE_TYPE(VirtIOSerialPort, VirtIOSerialPortClass, VIRTIO_SERIAL_PORT)

enum { VIRTIO_SERIAL_MAX_PORTS = VIRTIO_QUEUE_MAX / 2 - 1 };
enum { VIRTIO_SERIAL_FIFO_SIZE = 8192, VIRTIO_SERIAL_NAME_MAX = 255 };
enum { /* control messages, 5.3.6.2 */
       VIRTIO_CONSOLE_DEVICE_READY,
       VIRTIO_CONSOLE_PORT_ADD,
       VIRTIO_CONSOLE_PORT_REMOVE,
       VIRTIO_CONSOLE_PORT_READY,
       VIRTIO_CONSOLE_CONSOLE_PORT,
       VIRTIO_CONSOLE_RESIZE,
       VIRTIO_CONSOLE_PORT_OPEN,
       VIRTIO_CONSOLE_PORT_NAME,
};

struct VirtIOSerialPort {
    DeviceState parent_obj;
    VirtIOSerial *serial;
    VirtQueue *in, *out; /* to the guest, to the host */
    uint32_t id;         /* property nr; UINT32_MAX: choose */
    char *name;          /* property */
    Chardev *chr, *port; /* property; claimed */
    char *input_name;
    Clock *clock;
    const ChardevCore *chardevs;
    bool guest_open, host_open;
    uint8_t fifo[VIRTIO_SERIAL_FIFO_SIZE]; /* characters that wait for the guest */
    uint32_t fifo_head, fifo_count;
    guint posted, consumed;    /* host side: bytes given to the machine, taken by the guest */
    VirtQueueElement *sending; /* on its way to the host */
    uint32_t sent;             /* bytes of it */
    Timer send_timer;          /* more of it */
};

struct VirtIOSerialPortClass {
    DeviceClass parent_class;
    bool is_console;
};

struct VirtIOSerial {
    VirtIODevice parent_obj;
    BusState *bus;
    VirtQueue *control_in, *control_out;
    uint8_t *waiting; /* control messages without a buffer of the guest: length (2), bytes */
    uint32_t waiting_length;
    VirtIOSerialPort *ports[VIRTIO_SERIAL_MAX_PORTS];
    uint32_t max_ports; /* properties */
    uint16_t columns, rows;
    bool has_emergency_write;
};

static inline bool virtio_serial_port_is_console(const VirtIOSerialPort *port)
{
    return VIRTIO_SERIAL_PORT_GET_CLASS(port)->is_console;
}

/* The driver runs and knows of ports. */
bool virtio_serial_is_multiport(const VirtIOSerial *s);
/* Tell the guest @event of @port. */
void virtio_serial_send_event(VirtIOSerial *s, const VirtIOSerialPort *port, uint16_t event,
                              uint16_t value);
/* Find @port its number and queues; false: refused. */
bool virtio_serial_attach(VirtIOSerial *s, VirtIOSerialPort *port, Error **errp);
void virtio_serial_detach(VirtIOSerialPort *port);

/* What the device calls: the driver wants to move data; a reset. */
void virtio_serial_port_receive(VirtIOSerialPort *port);
void virtio_serial_port_send(VirtIOSerialPort *port);
void virtio_serial_port_reset(VirtIOSerialPort *port);
void virtio_serial_port_emergency(VirtIOSerialPort *port, uint8_t character);

#endif
