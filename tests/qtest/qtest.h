/* SPDX-License-Identifier: MIT */
/*
 * Device tests in one process: no guest code runs; the test plays the guest with bus cycles and moves
 * virtual time itself. Criterion gives every test a process of its own, so nothing is torn down.
 */
#ifndef TESTS_QTEST_QTEST_H
#define TESTS_QTEST_QTEST_H

#include "hw/core/machine.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"

/* A machine without parts; its clock is fixed at 1 ns an instruction and runs. First call of every
 * test. */
void qtest_start(void);
/* What a device asked the machine for (a MachineEvent), -1 if nothing. */
int qtest_requested(void);

/* A sysbus device, realized; region 0 mapped at @base (QTEST_UNMAPPED: not mapped). To set properties
 * first: qdev_new(), then qtest_realize(). Owned by the tree. */
#define QTEST_UNMAPPED UINT64_MAX
DeviceState *qtest_add(const char *type, hwaddr base);
void qtest_realize(DeviceState *dev, hwaddr base);

/* Bus cycles; values as the processor sees them (big-endian). An access that fails fails the test. */
uint8_t qtest_readb(hwaddr addr);
uint16_t qtest_readw(hwaddr addr);
uint32_t qtest_readl(hwaddr addr);
void qtest_writeb(hwaddr addr, uint8_t value);
void qtest_writew(hwaddr addr, uint16_t value);
void qtest_writel(hwaddr addr, uint32_t value);
/* The same through byte-reversed loads and stores. */
uint16_t qtest_readw_le(hwaddr addr);
uint32_t qtest_readl_le(hwaddr addr);
void qtest_writew_le(hwaddr addr, uint16_t value);
void qtest_writel_le(hwaddr addr, uint32_t value);

/* Let @ns pass; timers on the way run at their own instants. 0: an event point now. */
void qtest_clock_step(uint64_t ns);
uint64_t qtest_clock_ns(void);

/* What happened on an output line; lives as long as the test. */
typedef struct QTestLine {
    int level; /* -1 until it is first driven */
    unsigned rises, falls;
} QTestLine;
QTestLine *qtest_watch(DeviceState *dev, const char *name, int n);
QTestLine *qtest_watch_irq(DeviceState *dev, int n); /* "sysbus-irq"[n] */

/* Save @dev, load that into @fresh (same type), save @fresh: the bytes must be equal. Returns a hash
 * of the state, so that a test can also see that something was in it. */
uint64_t qtest_round_trip(DeviceState *dev, DeviceState *fresh);
/* Hash of the state of one device. */
uint64_t qtest_hash(DeviceState *dev);

#endif
