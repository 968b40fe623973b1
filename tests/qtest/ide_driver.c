/* SPDX-License-Identifier: MIT */
/* A guest's driver of one ATA cell. */
#include "tests/qtest/ide_driver.h"

#include "block/drive.h"
#include "memory/memory.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <string.h>

enum { BSY = 0x80, DRQ = 0x08, ERR = 0x01 };
enum { CELL = 0x20000, CELL_STRIDE = 0x1000, DBDMA = 0x8000, CHANNEL_0 = 0x16, CHANNEL_1 = 0x1a };
enum { DMA_CONTROL = 0, DMA_STATUS = 4, DMA_POINTER = 0xc };
enum { DMA_RUN = 0x8000, DMA_FLUSH = 0x2000, DMA_WAKE = 0x1000, DMA_ACTIVE = 0x0400 };
enum { STEP_NS = 10000, STEPS = 200000, PIECE = 0xfffe };

void ide_board(const char *const *drives)
{
    MachineState *board = board_new("pmu");
    for (; *drives; drives++) {
        cr_assert(block_add_drive(*drives, board->config.devices, &error_abort), "%s", *drives);
    }
    board_build(board);
    board_map_macio();
}

IdeDriver ide_driver(unsigned number)
{
    hwaddr macio = (uint32_t)BOARD_MACIO;
    DeviceState *cell = board_part(number ? "macio/ide[1]" : "macio/ide[0]");
    return (IdeDriver){.cell = macio + CELL + number * CELL_STRIDE,
                       .channel = macio + DBDMA + 0x80 * (number ? CHANNEL_1 : CHANNEL_0),
                       .irq = qtest_watch_irq(cell, 0),
                       .dma_irq = qtest_watch_irq(cell, 1)};
}

uint8_t ide_in(const IdeDriver *ide, unsigned reg) { return qtest_readb(ide->cell + reg); }

void ide_out(const IdeDriver *ide, unsigned reg, uint8_t value)
{
    qtest_writeb(ide->cell + reg, value);
}

/* What a 48-bit command takes first. */
static void issue_high(const IdeDriver *ide, IdeTask task)
{
    ide_out(ide, IDE_R_ERROR, 0);
    ide_out(ide, IDE_R_COUNT, (uint8_t)(task.count >> 8));
    ide_out(ide, IDE_R_LOW, (uint8_t)(task.lba >> 24));
    ide_out(ide, IDE_R_MID, (uint8_t)(task.lba >> 32));
    ide_out(ide, IDE_R_HIGH, (uint8_t)(task.lba >> 40));
}

void ide_issue(const IdeDriver *ide, IdeTask task)
{
    unsigned head = task.unit << 4 | (task.is_chs ? 0u : 0x40u);
    uint64_t low = task.lba;
    if (task.is_chs) {
        head |= task.lba >> 8 & 0xf;
        low = (task.lba & 0xff) | (task.lba >> 16 << 8);
    } else if (!task.is_48) {
        head |= task.lba >> 24 & 0xf;
    }
    ide_out(ide, IDE_R_HEAD, (uint8_t)head);
    if (task.is_48) {
        issue_high(ide, task);
    }
    ide_out(ide, IDE_R_ERROR, task.feature);
    ide_out(ide, IDE_R_COUNT, (uint8_t)task.count);
    ide_out(ide, IDE_R_LOW, (uint8_t)low);
    ide_out(ide, IDE_R_MID, (uint8_t)(low >> 8));
    ide_out(ide, IDE_R_HIGH, (uint8_t)(low >> 16));
    ide_out(ide, IDE_R_STATUS, task.command);
}

uint8_t ide_wait(const IdeDriver *ide)
{
    for (unsigned n = 0; n < STEPS && (ide_in(ide, IDE_R_ALT) & BSY); n++) {
        qtest_clock_step(STEP_NS);
    }
    return ide_in(ide, IDE_R_ALT);
}

uint8_t ide_command(const IdeDriver *ide, IdeTask task)
{
    ide_issue(ide, task);
    ide_wait(ide);
    return ide_in(ide, IDE_R_STATUS);
}

size_t ide_pio_read(const IdeDriver *ide, void *data, size_t bytes)
{
    uint8_t *at = data;
    size_t moved = 0;
    for (; moved < bytes && (ide_wait(ide) & DRQ); moved += 2) {
        uint16_t word = qtest_readw(ide->cell + IDE_R_DATA);
        *at++ = (uint8_t)(word >> 8);
        *at++ = (uint8_t)word;
    }
    return moved;
}

size_t ide_pio_write(const IdeDriver *ide, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    size_t moved = 0;
    for (; moved < bytes && (ide_wait(ide) & DRQ); moved += 2, at += 2) {
        qtest_writew(ide->cell + IDE_R_DATA, (uint16_t)(at[0] << 8 | at[1]));
    }
    return moved;
}

void ide_identify(const IdeDriver *ide, unsigned unit, uint16_t *words)
{
    uint8_t data[512];
    ide_issue(ide, (IdeTask){.command = 0xec, .unit = (uint8_t)unit});
    cr_assert_eq(ide_pio_read(ide, data, sizeof(data)), sizeof(data));
    ide_in(ide, IDE_R_STATUS);
    for (unsigned n = 0; n < 256; n++) {
        words[n] = lduw_le_p(data + 2 * n);
    }
}

/* --- DMA ------------------------------------------------------------------------------------------------- */

static hwaddr put_command(hwaddr at, uint16_t word, uint16_t count, uint32_t address)
{
    qtest_writew_le(at, count);
    qtest_writew_le(at + 2, word);
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, 0);
    qtest_writel_le(at + 12, 0);
    return at + 16;
}

void ide_dma_program(const IdeDriver *ide, bool is_input, size_t bytes)
{
    hwaddr at = IDE_PROGRAM;
    for (size_t done = 0; done < bytes; done += PIECE) {
        at = put_command(at, is_input ? 0x2000 : 0x0000, (uint16_t)MIN(bytes - done, PIECE),
                         (uint32_t)(IDE_MEMORY + done));
    }
    at = put_command(at, 0x6030, 0, 0);
    put_command(at, 0x7000, 0, 0);
    qtest_writel_le(ide->channel + DMA_POINTER, IDE_PROGRAM);
}

void ide_dma_run(const IdeDriver *ide)
{
    qtest_writel_le(ide->channel + DMA_CONTROL, (DMA_RUN | DMA_WAKE) * 0x10001u);
}

uint32_t ide_dma_status(const IdeDriver *ide) { return qtest_readl_le(ide->channel + DMA_STATUS); }

void ide_dma_stop(const IdeDriver *ide)
{
    qtest_writel_le(ide->channel + DMA_CONTROL,
                    (uint32_t)(DMA_RUN | DMA_FLUSH) << 16 | (uint32_t)DMA_FLUSH);
    for (unsigned n = 0; n < STEPS && (ide_dma_status(ide) & (DMA_ACTIVE | DMA_FLUSH)); n++) {
        qtest_clock_step(STEP_NS);
    }
    cr_assert_eq(ide_dma_status(ide) & (DMA_ACTIVE | DMA_FLUSH), 0);
}

uint8_t ide_dma_command(const IdeDriver *ide, IdeTask task, bool is_input, size_t bytes)
{
    ide_dma_program(ide, is_input, bytes);
    ide_dma_run(ide);
    ide_issue(ide, task);
    uint8_t status = ide_wait(ide);
    ide_in(ide, IDE_R_STATUS);
    ide_dma_stop(ide);
    return status;
}

void ide_memory_read(void *data, size_t bytes)
{
    address_space_read(address_space_memory(), IDE_MEMORY, data, bytes);
}

void ide_memory_write(const void *data, size_t bytes)
{
    address_space_write(address_space_memory(), IDE_MEMORY, data, bytes);
}
