/* SPDX-License-Identifier: MIT */
/* A guest's driver of one ATA cell of the mac99 board: registers, commands, PIO, DMA programs as Mac OS X lays them. */
#ifndef TESTS_QTEST_IDE_DRIVER_H
#define TESTS_QTEST_IDE_DRIVER_H

#include "tests/qtest/board.h"

enum { /* registers, from the cell's base on */
       IDE_R_DATA = 0x00,
       IDE_R_ERROR = 0x10,
       IDE_R_COUNT = 0x20,
       IDE_R_LOW = 0x30,
       IDE_R_MID = 0x40,
       IDE_R_HIGH = 0x50,
       IDE_R_HEAD = 0x60,
       IDE_R_STATUS = 0x70,
       IDE_R_ALT_OPENBIOS = 0x80,
       IDE_R_ALT = 0x160,
       IDE_R_TIMING = 0x200,
       IDE_R_INTERRUPT = 0x300,
};
enum { IDE_T_INTRQ = 0x40000000, IDE_T_DMA_IRQ = (int)0x80000000 };
enum { IDE_PROGRAM = 0x10000, IDE_MEMORY = 0x100000 }; /* where DMA programs and their data lie */

typedef struct IdeDriver {
    hwaddr cell, channel;
    QTestLine *irq, *dma_irq; /* lines to the interrupt controller */
} IdeDriver;

/* A command as it stands in the registers. */
typedef struct IdeTask {
    uint8_t command, unit, feature;
    uint32_t count; /* 16 bits of a 48-bit command */
    uint64_t lba;
    bool is_48, is_chs; /* @lba of the latter: cylinder << 16 | head << 8 | sector */
} IdeTask;

/* The board with these -drive texts, and MacIO mapped. */
void ide_board(const char *const *drives);
/* Channel 0 or 1. */
IdeDriver ide_driver(unsigned number);

uint8_t ide_in(const IdeDriver *ide, unsigned reg);
void ide_out(const IdeDriver *ide, unsigned reg, uint8_t value);
/* Registers in the order of Mac OS X, the command last; unit without 0xa0. */
void ide_issue(const IdeDriver *ide, IdeTask task);
/* Let time pass until BSY is gone (2 s at most); the alternate status. */
uint8_t ide_wait(const IdeDriver *ide);
/* Both; reads the status, so that INTRQ falls, and returns it. */
uint8_t ide_command(const IdeDriver *ide, IdeTask task);
/* @bytes through the data register while DRQ is set, waiting for each block; returns how many moved. */
size_t ide_pio_read(const IdeDriver *ide, void *data, size_t bytes);
size_t ide_pio_write(const IdeDriver *ide, const void *data, size_t bytes);
/* IDENTIFY DEVICE, as words. */
void ide_identify(const IdeDriver *ide, unsigned unit, uint16_t *words);

/* n data commands of at most 0xfffe bytes for IDE_MEMORY, NOP with interrupt, STOP; the pointer is set. */
void ide_dma_program(const IdeDriver *ide, bool is_input, size_t bytes);
void ide_dma_run(const IdeDriver *ide);  /* RUN and WAKE */
void ide_dma_stop(const IdeDriver *ide); /* clears RUN, FLUSH; lets time pass until both are gone */
uint32_t ide_dma_status(const IdeDriver *ide);
/* A whole command: program, run, issue, wait, stop; status. */
uint8_t ide_dma_command(const IdeDriver *ide, IdeTask task, bool is_input, size_t bytes);
/* Memory at IDE_MEMORY. */
void ide_memory_read(void *data, size_t bytes);
void ide_memory_write(const void *data, size_t bytes);

#endif
