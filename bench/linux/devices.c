/* SPDX-License-Identifier: MIT */
/*
 * Accesses to device registers through /dev/mem: addresses of the mac99 board (mac99.md 1.2). Only what
 * leaves the device as it is: Linux uses it at the same time.
 */
#include "bench/linux/bench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    OPENPIC = (int)0x80040000,
    VECTOR_63 = 0x10000 + 63 * 0x20, /* nothing is wired to source 63 */
    TASK_PRIORITY = 0x20080,
    VIA = (int)0x80016000,
    VIA_T1CL = 4 * 0x200,
    VIA_IER = 14 * 0x200,
    ESCC = (int)0x80013000, /* control of channel B: the console is channel A */
    PCI_ADDRESS = (int)0xf2800000,
    PCI_DATA = (int)0xf2c00000,
    FW_CFG = (int)0xf0000000,
    FW_CFG_SELECTOR = 0x510,
    FW_CFG_DATA = 0x512,
};

static volatile uint8_t *map(uint32_t address, uint32_t size)
{
    int fd = open("/dev/mem", O_RDWR | O_SYNC);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)address);
    if (fd < 0 || memory == MAP_FAILED) {
        perror("/dev/mem");
        exit(1);
    }
    close(fd);
    return memory;
}

static uint32_t read_words(uint32_t address, uint32_t times)
{
    volatile uint32_t *reg = (volatile uint32_t *)(map(address & ~0xfffu, 4096) +
                                                   (address & 0xfff));
    uint32_t sum = 0;
    while (times--) {
        sum |= *reg;
    }
    return sum;
}

/* Store what is there already. */
static uint32_t write_words(uint32_t address, uint32_t times)
{
    volatile uint32_t *reg = (volatile uint32_t *)(map(address & ~0xfffu, 4096) +
                                                   (address & 0xfff));
    uint32_t value = *reg;
    while (times--) {
        *reg = value;
    }
    return value;
}

static uint32_t read_bytes(uint32_t address, uint32_t times)
{
    volatile uint8_t *reg = map(address & ~0xfffu, 4096) + (address & 0xfff);
    uint32_t sum = 0;
    while (times--) {
        sum |= *reg;
    }
    return sum;
}

static uint32_t pic_read(uint32_t times) { return read_words(OPENPIC + VECTOR_63, times); }

static uint32_t pic_write(uint32_t times) { return write_words(OPENPIC + VECTOR_63, times); }

static uint32_t pic_priority(uint32_t times) { return write_words(OPENPIC + TASK_PRIORITY, times); }

static uint32_t via_read(uint32_t times) { return read_bytes(VIA + VIA_IER, times) & 0x80; }

/* Its value depends on the time. */
static uint32_t via_timer(uint32_t times) { return read_bytes(VIA + VIA_T1CL, times) & 0; }

static uint32_t escc_read(uint32_t times) { return read_bytes(ESCC, times) & 4; }

/* The word that names the host bridge; two accesses each. */
static uint32_t pci_config(uint32_t times)
{
    volatile uint32_t *address = (volatile uint32_t *)map(PCI_ADDRESS, 4096);
    volatile uint32_t *data = (volatile uint32_t *)map(PCI_DATA, 4096);
    uint32_t saved = *address, sum = 0;
    for (; times >= 2; times -= 2) {
        *address = 0x00080000; /* slot 11, little-endian */
        sum |= *data;
    }
    *address = saved;
    return sum;
}

/* The signature, again and again; three bytes a selection, of four. */
static uint32_t fw_cfg(uint32_t times)
{
    volatile uint8_t *port = map(FW_CFG, 4096);
    uint32_t sum = 0;
    for (; times >= 4; times -= 4) {
        *(volatile uint16_t *)(port + FW_CFG_SELECTOR) = 0;
        for (int i = 0; i < 3; i++) {
            sum = sum << 8 | port[FW_CFG_DATA];
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    static const Work works[] = {
        {"pic-read", pic_read, 2000000},
        {"pic-write", pic_write, 2000000},
        {"pic-priority", pic_priority, 2000000},
        {"via-read", via_read, 2000000},
        {"via-timer", via_timer, 2000000},
        {"escc-read", escc_read, 2000000},
        {"pci-config", pci_config, 2000000},
        {"fw-cfg", fw_cfg, 2000000},
        {NULL, NULL, 0},
    };
    return bench_main(argc, argv, works);
}
