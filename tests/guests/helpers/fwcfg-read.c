/* SPDX-License-Identifier: MIT */
/*
 * fwcfg-read [NAME]: copies the fw_cfg file NAME to standard output, or lists the files (selector,
 * size, name) when there is no NAME. Runs inside the Linux guest, through /dev/mem.
 * Source: QEMU's published fw_cfg interface (docs/specs/fw_cfg), mac99.md section 2: selector at
 * 0xf0000510 (16 bits, big-endian, write only), data at 0xf0000512 (8 bits), directory at key 0x19.
 * Not modelled: the DMA register (mac99 has none), writing.
 */
#include "tiny.h"

enum { FWCFG_BASE = 0xf0000510u, KEY_SIGNATURE = 0, KEY_DIRECTORY = 0x19, NAME_SIZE = 56 };

typedef struct FwCfgFile {
    uint32_t size_bytes;
    uint16_t selector;
    uint16_t reserved;
    char name[NAME_SIZE];
} FwCfgFile;

static void fwcfg_select(volatile uint8_t *fwcfg, uint16_t key)
{
    *(volatile uint16_t *)fwcfg = key;
    __asm__ volatile("sync" : : : "memory");
}

static void fwcfg_read(volatile uint8_t *fwcfg, void *buffer, size_t size)
{
    uint8_t *next = buffer;

    while (size-- > 0) {
        *next++ = fwcfg[2];
    }
}

static int same_text(const char *a, const char *b, size_t limit)
{
    while (limit-- > 0) {
        if (*a != *b) {
            return 0;
        }
        if (*a++ == '\0') {
            return 1;
        }
        b++;
    }
    return 1;
}

static void print_hex(uint32_t value)
{
    char text[9];

    for (int i = 0; i < 8; i++) {
        text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    }
    text[8] = ' ';
    tiny_write(1, text, sizeof(text));
}

static void print_file(const FwCfgFile *file)
{
    print_hex(file->selector);
    print_hex(file->size_bytes);
    tiny_write(1, file->name, tiny_strlen(file->name));
    tiny_write(1, "\n", 1);
}

static int copy_file(volatile uint8_t *fwcfg, const FwCfgFile *file)
{
    uint8_t buffer[1024];
    uint32_t left = file->size_bytes;

    fwcfg_select(fwcfg, file->selector);
    while (left > 0) {
        uint32_t part = left < sizeof(buffer) ? left : sizeof(buffer);

        fwcfg_read(fwcfg, buffer, part);
        tiny_write(1, buffer, part);
        left -= part;
    }
    return 0;
}

int tiny_main(int argc, char **argv)
{
    volatile uint8_t *fwcfg = tiny_map_physical(FWCFG_BASE);
    char signature[5] = "";
    uint32_t count;

    if (argc > 2) {
        return tiny_fail("usage: fwcfg-read [NAME]");
    }
    if (fwcfg == NULL) {
        return tiny_fail("fwcfg-read: cannot map the device through /dev/mem");
    }
    fwcfg_select(fwcfg, KEY_SIGNATURE);
    fwcfg_read(fwcfg, signature, 4);
    if (!same_text(signature, "QEMU", 5)) {
        return tiny_fail("fwcfg-read: no fw_cfg device at 0xf0000510");
    }
    fwcfg_select(fwcfg, KEY_DIRECTORY);
    fwcfg_read(fwcfg, &count, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        FwCfgFile file;

        fwcfg_read(fwcfg, &file, sizeof(file));
        file.name[NAME_SIZE - 1] = '\0';
        if (argc == 1) {
            print_file(&file);
        } else if (same_text(file.name, argv[1], NAME_SIZE)) {
            return copy_file(fwcfg, &file);
        }
    }
    return argc == 1 ? 0 : tiny_fail("fwcfg-read: no file of that name");
}
