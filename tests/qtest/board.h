/* SPDX-License-Identifier: MIT */
/* The whole mac99 board in the test's process, its processor not running; the fixture's bus cycles work on it. */
#ifndef TESTS_QTEST_BOARD_H
#define TESTS_QTEST_BOARD_H

#include "tests/qtest/qtest.h"

enum { BOARD_MACIO = (int)0x80000000 };

/* Made, not yet built: change board->config or properties, then board_build(). */
MachineState *board_new(const char *via);
void board_build(MachineState *board);
/* Both, and MacIO mapped at 0x80000000 as OpenBIOS does it. */
MachineState *board_start(const char *via);
void board_map_macio(void);

/* Configuration cycles through the main host's ports, mechanism 1. */
uint32_t board_config_read(unsigned slot, unsigned reg, unsigned size);
void board_config_write(unsigned slot, unsigned reg, unsigned size, uint32_t value);

/* A part of the board by its path below /machine. */
DeviceState *board_part(const char *path);

#endif
