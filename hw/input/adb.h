/* SPDX-License-Identifier: MIT */
/*
 * The Apple Desktop Bus and what every device on it has: an address, a handler id, register 3.
 *
 * Source: mac99.md 6.4; Inside Macintosh: Devices, "ADB Manager". Context: machine thread.
 */
#ifndef HW_INPUT_ADB_H
#define HW_INPUT_ADB_H

#include "hw/core/qdev.h"
#include "time/clock.h"

#define TYPE_ADB_BUS "apple-desktop-bus"
#define TYPE_ADB_DEVICE "adb-device"
OBJECT_DECLARE_SIMPLE_TYPE(AdbBus, ADB_BUS)
OBJECT_DECLARE_TYPE(AdbDevice, AdbDeviceClass, ADB_DEVICE)

enum { ADB_ADDRESSES = 16, ADB_DATA_MAX = 8, ADB_POLL_MAX = 1 + ADB_DATA_MAX };
enum { ADB_REG0, ADB_REG1, ADB_REG2, ADB_REG3 };
enum { ADB_NO_ANSWER = -1 };

/* The bus and its controller's automatic polling. The owner embeds it. */
struct AdbBus {
    BusState parent_obj;
    void (*poll)(void *opaque); /* the owner's: time to call adb_bus_poll() if it has room */
    void *opaque;
    Timer timer; /* pending while polling is on */
    bool autopoll;
    uint8_t rate_ms;
    uint16_t mask;     /* addresses that may be polled */
    uint8_t next_poll; /* address to begin with: who answered comes last next time */
};
extern const VMStateDescription vmstate_adb_bus;

/* Bus "adb.0" of @owner; @poll is called every polling period. In the owner's realize. */
void adb_bus_init(AdbBus *bus, DeviceState *owner, void (*poll)(void *opaque), void *opaque);
void adb_bus_fini(AdbBus *bus);
void adb_bus_reset(AdbBus *bus); /* polling off, default rate and mask; devices reset by the tree */
/* An "adb-keyboard" and an "adb-mouse", as every Mac has them. */
bool adb_bus_add_default_devices(AdbBus *bus, Error **errp);
/*
 * Run @command (command byte, data) of @length bytes. Returns how many bytes (at most ADB_DATA_MAX) a
 * device answered in @answer, 0 when the command carries no answer, ADB_NO_ANSWER when the bus stayed
 * silent.
 */
int adb_bus_request(AdbBus *bus, const uint8_t *command, size_t length, uint8_t *answer);
/* Ask device after device for register 0: the command byte and the data of the first that has some
 * go to @answer (ADB_POLL_MAX bytes). Returns their number, 0 if nobody had any. */
size_t adb_bus_poll(AdbBus *bus, uint8_t *answer);
void adb_bus_set_autopoll(AdbBus *bus, bool on);
void adb_bus_set_rate(AdbBus *bus, uint8_t rate_ms); /* not 0 */
void adb_bus_set_mask(AdbBus *bus, uint16_t mask);
void adb_bus_info(const AdbBus *bus, GString *out);

struct AdbDevice {
    DeviceState parent_obj;
    char *input_name;
    uint8_t address;
    uint8_t handler;
    bool has_collided; /* answered together with another device and lost */
};

struct AdbDeviceClass {
    DeviceClass parent_class;
    uint8_t default_address, default_handler;
    uint32_t handlers;   /* bit n: handler id n is accepted */
    InputHandler *input; /* takes inputs named like the type; opaque is the device */
    /* Registers 0 to 2; talk returns the number of bytes, 0: no answer. NULL: always so. */
    size_t (*talk)(AdbDevice *dev, unsigned reg, uint8_t *answer);
    void (*listen)(AdbDevice *dev, unsigned reg, const uint8_t *data, size_t length);
    void (*flush)(AdbDevice *dev); /* forget what was not fetched */
    void (*reset)(AdbDevice *dev);
};
extern const VMStateDescription vmstate_adb_device;

#endif
