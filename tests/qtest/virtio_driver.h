/* SPDX-License-Identifier: MIT */
/* The guest's side of virtio over PCI, for tests: finds the device, sets queues up, makes requests. */
#ifndef TESTS_QTEST_VIRTIO_DRIVER_H
#define TESTS_QTEST_VIRTIO_DRIVER_H

#include "hw/virtio/virtio.h"
#include "tests/qtest/board.h"

enum { VIRTIO_TEST_SLOT = 16, VIRTIO_TEST_QUEUES = 8 };

typedef struct VirtioTestQueue {
    unsigned index, size;
    uint64_t desc, avail, used;
    uint16_t next_desc, avail_index, seen_used;
} VirtioTestQueue;

typedef struct VirtioDriver {
    bool modern;
    hwaddr io, bar; /* of the legacy header; of the modern structures; CPU addresses */
    uint64_t features;
    VirtioTestQueue queues[VIRTIO_TEST_QUEUES];
} VirtioDriver;

typedef struct VirtioTestBuffer {
    uint64_t addr;
    uint32_t length;
    bool is_write; /* by the device */
} VirtioTestBuffer;

/* The board with "-device @device,addr=10" on it; BARs and the command register as firmware sets them. */
void virtio_board(const char *device);
/* Reset, ACKNOWLEDGE, DRIVER, features (those of @features that are offered), FEATURES_OK when modern. */
void virtio_driver_start(VirtioDriver *driver, bool modern, uint64_t features);
/* Rings at guest address @at (they take less than 64 KiB); @size 0: as offered. */
void virtio_driver_queue(VirtioDriver *driver, unsigned index, uint64_t at, unsigned size);
void virtio_driver_ok(VirtioDriver *driver);

uint64_t virtio_driver_offered(VirtioDriver *driver);
uint8_t virtio_driver_status(VirtioDriver *driver);
void virtio_driver_set_status(VirtioDriver *driver, uint8_t status);
uint8_t virtio_driver_isr(VirtioDriver *driver); /* clears it */
/* The device's configuration as bytes. */
uint8_t virtio_driver_config(VirtioDriver *driver, unsigned offset);
void virtio_driver_set_config(VirtioDriver *driver, unsigned offset, uint8_t value);

/* A request of @count buffers; returns its head. It is made available but not told: kick. */
uint16_t virtio_driver_add(VirtioDriver *driver, unsigned queue, const VirtioTestBuffer *buffers,
                           unsigned count);
void virtio_driver_kick(VirtioDriver *driver, unsigned queue);
/* The next used entry: true, its head and length; false if there is none. */
bool virtio_driver_used(VirtioDriver *driver, unsigned queue, uint32_t *head, uint32_t *length);
/* Both: add, kick, expect the answer; returns the length written. */
uint32_t virtio_driver_request(VirtioDriver *driver, unsigned queue,
                               const VirtioTestBuffer *buffers, unsigned count);

/* Raw parts for hostile tests. Values in the ring's byte order. */
typedef struct VirtioTestDesc {
    uint64_t addr;
    uint32_t length;
    uint16_t flags, next;
} VirtioTestDesc;
void virtio_driver_desc(VirtioDriver *driver, unsigned queue, unsigned n, VirtioTestDesc desc);
void virtio_driver_avail(VirtioDriver *driver, unsigned queue, uint16_t head);
void virtio_driver_store16(VirtioDriver *driver, uint64_t addr, uint16_t value);
uint16_t virtio_driver_load16(VirtioDriver *driver, uint64_t addr);
void virtio_driver_store32(VirtioDriver *driver, uint64_t addr, uint32_t value);
void virtio_driver_store64(VirtioDriver *driver, uint64_t addr, uint64_t value);

#endif
