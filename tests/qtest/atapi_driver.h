/* SPDX-License-Identifier: MIT */
/* A guest's driver of a packet device behind MacIO's first ATA cell, without a board: registers, packets, PIO, DMA
 * programs as Mac OS X lays them. */
#ifndef TESTS_QTEST_ATAPI_DRIVER_H
#define TESTS_QTEST_ATAPI_DRIVER_H

#include "tests/qtest/qtest.h"

#define IDE UINT64_C(0x80020000)
#define DBDMA UINT64_C(0x80008b00) /* channel 0x16 */
#define DBDMA_BASE UINT64_C(0x80008000)
enum {
    ERROR = 0x10,
    FEATURES = 0x10,
    REASON = 0x20,
    LOW = 0x30,
    COUNT_LOW = 0x40,
    COUNT_HIGH = 0x50,
    HEAD = 0x60,
    STATUS = 0x70,
    COMMAND = 0x70,
    ALT_STATUS = 0x160,
    CONTROL = 0x160,
    INTERRUPT = 0x300
};
enum {
    PACKET = 0xa0,
    IDENTIFY_PACKET = 0xa1,
    IDENTIFY = 0xec,
    SET_FEATURES = 0xef,
    DEVICE_RESET = 8
};
enum { BSY = 0x80, READY = 0x50, DRQ_READY = 0x58, CHECK = 0x51 };
enum { PROGRAM = 0x1000, BUFFER = 0x10000, SECTORS = 200, SECTOR = 2048, IMAGE = SECTORS * SECTOR };
enum { INPUT_MORE = 0x2000, OUTPUT_MORE = 0x0000, NOP_INTERRUPT = 0x6030, STOP = 0x7000 };
enum { RUN = 0x8000, WAKE = 0x1000, FLUSH = 0x2000, ACTIVE = 0x0400 };
enum { ALL = 1 << 20 };

typedef struct AtapiMachine {
    DeviceState *cell, *cd, *dbdma;
    QTestLine *irq, *dma_irq;
    char *image;       /* of the disc, a file's name */
    uint8_t data[ALL]; /* what was read last */
} AtapiMachine;
extern AtapiMachine atapi;

/* RAM, the DMA controller, the cell. */
void cd_make_machine(void);
/* And a drive with a disc. */
void cd_make_machine_with_disc(void);
void cd_make_image(void);
void cd_remove_image(void);
/* Byte @n of the image. */
uint8_t cd_byte_at(size_t n);
/* Another medium for @drive: the image. */
bool cd_change(const char *drive, Error **errp);

uint8_t cd_in(hwaddr reg);
void cd_out(hwaddr reg, uint8_t value);
bool cd_intrq(void);
uint16_t cd_limit_now(void);
/* A medium that is read takes its time; the alternate status. */
uint8_t cd_wait(void);
void cd_command(uint8_t opcode, uint8_t features, uint16_t limit);
/* @cdb: hexadecimal, with spaces. */
void cd_write_packet(const char *cdb);
void cd_packet(const char *cdb, uint8_t features, uint16_t limit);
/* The words of one DRQ block. Returns the byte count that the drive said. */
unsigned cd_read_block(uint8_t *to);
/* All data of a command by PIO, and its end. Returns the bytes, or minus the error register. */
int cd_read_all(uint8_t *to);
/* A command by PIO; what it reads is in atapi.data. */
int cd_run(const char *cdb, uint16_t limit);
/* Sense key, code and qualifier of the command before. */
uint32_t cd_sense(void);
/* As firmware has it: OpenBIOS gives up at a unit attention. */
void cd_get_ready(void);
void cd_expect_sectors(const uint8_t *bytes, unsigned lba, unsigned count);
void cd_expect_signature(void);

void cd_put(unsigned index, uint32_t word, uint32_t count, uint32_t address);
uint32_t cd_result(unsigned index);
uint32_t cd_dma_status(void);
/* As Mac OS X has it: one INPUT_MORE, NOP with interrupt, STOP. */
void cd_start_dma(uint32_t word, uint32_t count);
void cd_stop_dma(void);
void cd_expect_sectors_in_memory(unsigned lba, unsigned count);

#endif
