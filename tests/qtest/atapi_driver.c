/* SPDX-License-Identifier: MIT */
/* A guest that drives a packet device; what a check here fails is the test that called. */
#include "tests/qtest/atapi_driver.h"

#include "block/drive.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

AtapiMachine atapi;

uint8_t cd_byte_at(size_t n) { return (uint8_t)(n / 512 + n); }

void cd_make_image(void)
{
    g_autofree uint8_t *bytes = g_malloc(IMAGE);
    int fd = g_file_open_tmp("core99-atapi-XXXXXX", &atapi.image, NULL);
    for (size_t i = 0; i < IMAGE; i++) {
        bytes[i] = cd_byte_at(i);
    }
    cr_assert_eq(write(fd, bytes, IMAGE), IMAGE);
    close(fd);
}

void cd_remove_image(void)
{
    if (atapi.image) {
        g_unlink(atapi.image);
    }
}

void cd_make_machine(void)
{
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    qtest_start();
    memory_region_init_ram(ram, NULL, "ram", 4 << 20, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    atapi.dbdma = qtest_add("mac-dbdma", DBDMA_BASE);
    resettable_reset(OBJECT(atapi.dbdma));
    atapi.cell = qdev_new("macio-ide");
    object_property_set_link(OBJECT(atapi.cell), "dbdma", OBJECT(atapi.dbdma), &error_abort);
    object_property_set_uint(OBJECT(atapi.cell), "channel", 0x16, &error_abort);
    qtest_realize(atapi.cell, IDE);
    resettable_reset(OBJECT(atapi.cell));
    atapi.irq = qtest_watch_irq(atapi.cell, 0);
    atapi.dma_irq = qtest_watch_irq(atapi.cell, 1);
}

void cd_make_machine_with_disc(void)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    cd_make_machine();
    cd_make_image();
    g_autofree char *c0 = g_strdup_printf(
        "file=%s,format=raw,if=none,id=c0,media=cdrom,readonly=on", atapi.image);
    cr_assert(block_add_drive(c0, devices, &error_abort));
    atapi.cd = qdev_device_add("ide-cd,id=cd,drive=c0,serial=S1", &error_abort);
}

/* --- the host's side ------------------------------------------------------------------------------------------- */

uint8_t cd_in(hwaddr reg) { return qtest_readb(IDE + reg); }
void cd_out(hwaddr reg, uint8_t value) { qtest_writeb(IDE + reg, value); }
bool cd_intrq(void) { return qtest_readl_le(IDE + INTERRUPT) & 0x40000000; }
uint16_t cd_limit_now(void) { return (uint16_t)(cd_in(COUNT_HIGH) << 8 | cd_in(COUNT_LOW)); }

uint8_t cd_wait(void)
{
    for (unsigned n = 0; n < 100 && (cd_in(ALT_STATUS) & BSY); n++) {
        qtest_clock_step(100000);
    }
    return cd_in(ALT_STATUS);
}

void cd_command(uint8_t opcode, uint8_t features, uint16_t limit)
{
    cd_out(FEATURES, features);
    cd_out(COUNT_LOW, (uint8_t)limit);
    cd_out(COUNT_HIGH, (uint8_t)(limit >> 8));
    cd_out(COMMAND, opcode);
}

void cd_write_packet(const char *cdb)
{
    uint8_t bytes[12] = {0};
    char *end;
    for (unsigned n = 0; *cdb; cdb = end) {
        bytes[n++] = (uint8_t)strtoul(cdb, &end, 16);
        end += strspn(end, " ");
    }
    for (unsigned n = 0; n < 12; n += 2) {
        qtest_writew(IDE, (uint16_t)(bytes[n] << 8 | bytes[n + 1]));
    }
}

void cd_packet(const char *cdb, uint8_t features, uint16_t limit)
{
    cd_command(PACKET, features, limit);
    cr_assert_eq(cd_in(STATUS), DRQ_READY);
    cr_assert_eq(cd_in(REASON), 0x01, "the drive waits for a command");
    cd_write_packet(cdb);
}

unsigned cd_read_block(uint8_t *to)
{
    unsigned count = cd_limit_now();
    for (unsigned n = 0; n < count; n += 2) {
        uint16_t word = qtest_readw(IDE);
        to[n] = (uint8_t)(word >> 8);
        to[n + 1] = (uint8_t)word;
    }
    return count;
}

int cd_read_all(uint8_t *to)
{
    int total = 0;
    uint8_t status;
    while ((status = cd_wait()) == DRQ_READY) {
        cr_assert_eq(cd_in(REASON), 0x02);
        cr_assert(cd_intrq());
        cr_assert_eq(cd_in(STATUS), DRQ_READY);
        cr_assert_not(cd_intrq(), "reading status takes the interrupt away");
        total += (int)cd_read_block(to + total);
    }
    cr_assert_eq(cd_in(REASON), 0x03);
    cr_assert(cd_intrq());
    cr_assert_eq(cd_in(STATUS), status);
    cr_assert(status == READY || status == CHECK, "status %#x", status);
    return status == CHECK ? -(int)cd_in(ERROR) : total;
}

int cd_run(const char *cdb, uint16_t limit)
{
    cd_packet(cdb, 0, limit);
    return cd_read_all(atapi.data);
}

uint32_t cd_sense(void)
{
    cr_assert_eq(cd_run("3 0 0 0 12", 0xfffe), 18);
    cr_assert_eq(atapi.data[0], 0x70);
    return (uint32_t)(atapi.data[2] << 16 | atapi.data[12] << 8 | atapi.data[13]);
}

void cd_get_ready(void) { cr_assert_eq(cd_run("0", 0), 0); }

void cd_expect_sectors(const uint8_t *bytes, unsigned lba, unsigned count)
{
    for (size_t n = 0; n < (size_t)count * SECTOR; n++) {
        if (bytes[n] != cd_byte_at(lba * SECTOR + n)) {
            cr_assert_fail("byte %zu of block %u", n, lba);
        }
    }
}

/* --- the DMA channel ------------------------------------------------------------------------------------------ */

void cd_put(unsigned index, uint32_t word, uint32_t count, uint32_t address)
{
    hwaddr at = PROGRAM + 16 * index;
    qtest_writel_le(at, word << 16 | count);
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, 0);
    qtest_writel_le(at + 12, 0);
}

uint32_t cd_result(unsigned index) { return qtest_readl_le(PROGRAM + 16 * index + 12); }
uint32_t cd_dma_status(void) { return qtest_readl_le(DBDMA + 4); }

void cd_start_dma(uint32_t word, uint32_t count)
{
    cd_put(0, word, count, BUFFER);
    cd_put(1, NOP_INTERRUPT, 0, 0);
    cd_put(2, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)(RUN | WAKE) << 16 | RUN | WAKE);
}

void cd_stop_dma(void)
{
    qtest_writel_le(DBDMA, (uint32_t)(RUN | FLUSH) << 16 | FLUSH);
    cr_assert_eq(cd_dma_status() & (ACTIVE | FLUSH), 0);
}

void cd_expect_sectors_in_memory(unsigned lba, unsigned count)
{
    address_space_read(address_space_memory(), BUFFER, atapi.data, (size_t)count * SECTOR);
    cd_expect_sectors(atapi.data, lba, count);
}

void cd_expect_signature(void)
{
    cr_assert_eq(cd_in(REASON), 1);
    cr_assert_eq(cd_in(LOW), 1);
    cr_assert_eq(cd_in(COUNT_LOW), 0x14);
    cr_assert_eq(cd_in(COUNT_HIGH), 0xeb);
}

bool cd_change(const char *drive, Error **errp)
{
    BlockChange what = {.device = drive, .file = atapi.image, .format = "raw", .mode = "retain"};
    return block_change(&what, errp);
}
