/* SPDX-License-Identifier: MIT */
/* The whole mac99 board in the test's process. */
#include "tests/qtest/board.h"

#include <criterion/criterion.h>

#define CONFIG_ADDRESS UINT64_C(0xf2800000)
#define CONFIG_DATA UINT64_C(0xf2c00000)
enum { MACIO_SLOT = 12, BAR0 = 0x10, COMMAND = 4 };

MachineState *board_new(const char *via)
{
    MachineState *board = machine_new("mac99", &error_abort);

    object_property_parse(OBJECT(board), "via", via, &error_abort);
    clock_configure_icount(machine_clock(), "shift=0", &error_abort);
    return board;
}

void board_build(MachineState *board)
{
    machine_init(board, &error_abort);
    clock_set_running(machine_clock(), true);
}

MachineState *board_start(const char *via)
{
    MachineState *board = board_new(via);

    board_build(board);
    board_map_macio();
    return board;
}

void board_map_macio(void)
{
    board_config_write(MACIO_SLOT, BAR0, 4, (uint32_t)BOARD_MACIO);
    board_config_write(MACIO_SLOT, COMMAND, 2, 3);
}

static void latch(unsigned slot, unsigned reg)
{
    qtest_writel_le(CONFIG_ADDRESS, 0x80000000 | slot << 11 | (reg & 0xfc));
}

uint32_t board_config_read(unsigned slot, unsigned reg, unsigned size)
{
    hwaddr port = CONFIG_DATA + (reg & 3);

    latch(slot, reg);
    return size == 1 ? qtest_readb(port) : size == 2 ? qtest_readw_le(port) : qtest_readl_le(port);
}

void board_config_write(unsigned slot, unsigned reg, unsigned size, uint32_t value)
{
    hwaddr port = CONFIG_DATA + (reg & 3);

    latch(slot, reg);
    if (size == 1) {
        qtest_writeb(port, (uint8_t)value);
    } else if (size == 2) {
        qtest_writew_le(port, (uint16_t)value);
    } else {
        qtest_writel_le(port, value);
    }
}

DeviceState *board_part(const char *path)
{
    g_autofree char *full = g_strconcat("/machine/", path, NULL);
    Object *obj = object_resolve_path(full, NULL);

    cr_assert_not_null(obj, "no %s", full);
    return DEVICE(obj);
}
