/* SPDX-License-Identifier: MIT */
/*
 * The packet device behind MacIO's ATA cell: every phase of a packet by PIO and DMA, ends and errors, resets at
 * every step, state, hostile registers (macosx.md rows 30 to 32 and 4.12; mac99.md 8.3).
 * Covers: hw/ide/atapi.c, hw/ide/atapi_command.c, hw/ide/ide_bus.c, hw/ide/ide_device.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

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

static char *image;
static DeviceState *cell, *cd, *dbdma;
static QTestLine *irq, *dma_irq;

static uint8_t byte_at(size_t n) { return (uint8_t)(n / 512 + n); }

static void make_image(void)
{
    g_autofree uint8_t *bytes = g_malloc(IMAGE);
    int fd = g_file_open_tmp("core99-atapi-XXXXXX", &image, NULL);
    for (size_t i = 0; i < IMAGE; i++) {
        bytes[i] = byte_at(i);
    }
    cr_assert_eq(write(fd, bytes, IMAGE), IMAGE);
    close(fd);
}

static void remove_image(void)
{
    if (image) {
        g_unlink(image);
    }
}

static void make_machine(void)
{
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    qtest_start();
    memory_region_init_ram(ram, NULL, "ram", 4 << 20, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    dbdma = qtest_add("mac-dbdma", DBDMA_BASE);
    resettable_reset(OBJECT(dbdma));
    cell = qdev_new("macio-ide");
    object_property_set_link(OBJECT(cell), "dbdma", OBJECT(dbdma), &error_abort);
    object_property_set_uint(OBJECT(cell), "channel", 0x16, &error_abort);
    qtest_realize(cell, IDE);
    resettable_reset(OBJECT(cell));
    irq = qtest_watch_irq(cell, 0);
    dma_irq = qtest_watch_irq(cell, 1);
}

static void start(void)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    make_machine();
    make_image();
    g_autofree char *c0 = g_strdup_printf(
        "file=%s,format=raw,if=none,id=c0,media=cdrom,readonly=on", image);
    cr_assert(block_add_drive(c0, devices, &error_abort));
    cd = qdev_device_add("ide-cd,id=cd,drive=c0,serial=S1", &error_abort);
}

TestSuite(atapi, .init = start, .fini = remove_image, .timeout = 120);
TestSuite(atapi_empty, .init = make_machine, .timeout = 120);

/* --- the host's side ------------------------------------------------------------------------------------------- */

static uint8_t in(hwaddr reg) { return qtest_readb(IDE + reg); }
static void out(hwaddr reg, uint8_t value) { qtest_writeb(IDE + reg, value); }
static bool intrq(void) { return qtest_readl_le(IDE + INTERRUPT) & 0x40000000; }
static uint16_t limit_now(void) { return (uint16_t)(in(COUNT_HIGH) << 8 | in(COUNT_LOW)); }

/* A medium that is read takes its time. */
static uint8_t wait_until_ready(void)
{
    for (unsigned n = 0; n < 100 && (in(ALT_STATUS)&BSY); n++) {
        qtest_clock_step(100000);
    }
    return in(ALT_STATUS);
}

static void command(uint8_t opcode, uint8_t features, uint16_t limit)
{
    out(FEATURES, features);
    out(COUNT_LOW, (uint8_t)limit);
    out(COUNT_HIGH, (uint8_t)(limit >> 8));
    out(COMMAND, opcode);
}

/* @cdb: hexadecimal, with spaces. */
static void write_packet(const char *cdb)
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

static void packet(const char *cdb, uint8_t features, uint16_t limit)
{
    command(PACKET, features, limit);
    cr_assert_eq(in(STATUS), DRQ_READY);
    cr_assert_eq(in(REASON), 0x01, "the drive waits for a command");
    write_packet(cdb);
}

/* The words of one DRQ block. Returns the byte count that the drive said. */
static unsigned read_block(uint8_t *to)
{
    unsigned count = limit_now();
    for (unsigned n = 0; n < count; n += 2) {
        uint16_t word = qtest_readw(IDE);
        to[n] = (uint8_t)(word >> 8);
        to[n + 1] = (uint8_t)word;
    }
    return count;
}

/* All data of a command by PIO, and its end. Returns the bytes, or minus the error register. */
static int read_all(uint8_t *to)
{
    int total = 0;
    uint8_t status;
    while ((status = wait_until_ready()) == DRQ_READY) {
        cr_assert_eq(in(REASON), 0x02);
        cr_assert(intrq());
        cr_assert_eq(in(STATUS), DRQ_READY);
        cr_assert_not(intrq(), "reading status takes the interrupt away");
        total += (int)read_block(to + total);
    }
    cr_assert_eq(in(REASON), 0x03);
    cr_assert(intrq());
    cr_assert_eq(in(STATUS), status);
    cr_assert(status == READY || status == CHECK, "status %#x", status);
    return status == CHECK ? -(int)in(ERROR) : total;
}

static uint8_t data[ALL];

static int run(const char *cdb, uint16_t limit)
{
    packet(cdb, 0, limit);
    return read_all(data);
}

/* Sense key, code and qualifier of the command before. */
static uint32_t sense(void)
{
    cr_assert_eq(run("3 0 0 0 12", 0xfffe), 18);
    cr_assert_eq(data[0], 0x70);
    return (uint32_t)(data[2] << 16 | data[12] << 8 | data[13]);
}

/* As firmware has it: OpenBIOS gives up at a unit attention. */
static void get_ready(void) { cr_assert_eq(run("0", 0), 0); }

static void expect_sectors(const uint8_t *bytes, unsigned lba, unsigned count)
{
    for (size_t n = 0; n < (size_t)count * SECTOR; n++) {
        if (bytes[n] != byte_at(lba * SECTOR + n)) {
            cr_assert_fail("byte %zu of block %u", n, lba);
        }
    }
}

/* --- the DMA channel ------------------------------------------------------------------------------------------ */

static void put(unsigned index, uint32_t word, uint32_t count, uint32_t address)
{
    hwaddr at = PROGRAM + 16 * index;
    qtest_writel_le(at, word << 16 | count);
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, 0);
    qtest_writel_le(at + 12, 0);
}

static uint32_t result(unsigned index) { return qtest_readl_le(PROGRAM + 16 * index + 12); }
static uint32_t dma_status(void) { return qtest_readl_le(DBDMA + 4); }

/* As Mac OS X has it: one INPUT_MORE, NOP with interrupt, STOP. */
static void start_dma(uint32_t word, uint32_t count)
{
    put(0, word, count, BUFFER);
    put(1, NOP_INTERRUPT, 0, 0);
    put(2, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)(RUN | WAKE) << 16 | RUN | WAKE);
}

static void stop_dma(void)
{
    qtest_writel_le(DBDMA, (uint32_t)(RUN | FLUSH) << 16 | FLUSH);
    cr_assert_eq(dma_status() & (ACTIVE | FLUSH), 0);
}

static void expect_sectors_in_memory(unsigned lba, unsigned count)
{
    address_space_read(address_space_memory(), BUFFER, data, (size_t)count * SECTOR);
    expect_sectors(data, lba, count);
}

/* --- who it is ---------------------------------------------------------------------------------------------------- */

static void expect_signature(void)
{
    cr_assert_eq(in(REASON), 1);
    cr_assert_eq(in(LOW), 1);
    cr_assert_eq(in(COUNT_LOW), 0x14);
    cr_assert_eq(in(COUNT_HIGH), 0xeb);
}

Test(atapi, signature_is_there_after_power_on_and_resets)
{
    expect_signature();
    cr_assert_eq(in(STATUS), 0);
    cr_assert_eq(in(ERROR), 1);
    get_ready();
    out(CONTROL, 4);
    cr_assert_eq(in(ALT_STATUS), BSY);
    out(CONTROL, 0);
    cr_assert_eq(in(ALT_STATUS), 0);
    expect_signature();
    out(HEAD, 0); /* without the bits that are always 1: macosx.md row 30 */
    command(DEVICE_RESET, 0, 0);
    expect_signature();
    cr_assert_eq(in(STATUS), 0);
    cr_assert_eq(run("0", 0), 0, "no unit attention after these");
}

Test(atapi, identify_device_is_aborted_with_the_signature)
{
    command(IDENTIFY, 0, 0);
    cr_assert_eq(in(STATUS), CHECK);
    cr_assert_eq(in(ERROR), 4);
    expect_signature();
}

static void identify(void)
{
    out(COMMAND, IDENTIFY_PACKET);
    cr_assert(intrq());
    cr_assert_eq(in(STATUS), DRQ_READY);
    for (unsigned n = 0; n < 512; n += 2) {
        uint16_t word = qtest_readw_le(IDE);
        data[n] = (uint8_t)word;
        data[n + 1] = (uint8_t)(word >> 8);
    }
    cr_assert_eq(in(STATUS), READY);
    cr_assert_not(intrq());
}

static uint16_t identify_word(unsigned n) { return (uint16_t)(data[2 * n + 1] << 8 | data[2 * n]); }

Test(atapi, identify_packet_device_says_what_it_is)
{
    uint8_t sum = 0;
    identify();
    cr_assert_eq(identify_word(0), 0x85c0);
    cr_assert_eq(identify_word(10), 'S' << 8 | '1');
    cr_assert_eq(identify_word(27), 'c' << 8 | 'o');
    cr_assert_eq(identify_word(49) & 0x0300, 0x0300);
    cr_assert_eq(identify_word(63), 0x0007);
    cr_assert_eq(identify_word(88), 0x003f);
    for (unsigned n = 0; n < 512; n++) {
        sum = (uint8_t)(sum + data[n]);
    }
    cr_assert_eq(sum, 0);
}

static uint8_t set_feature(uint8_t feature, uint8_t count)
{
    out(FEATURES, feature);
    out(REASON, count);
    out(COMMAND, SET_FEATURES);
    return in(STATUS);
}

Test(atapi, transfer_modes_are_shown_and_unknown_ones_aborted)
{
    cr_assert_eq(set_feature(3, 0x08 | 4), READY);
    cr_assert_eq(set_feature(3, 0x22), READY);
    identify();
    cr_assert_eq(identify_word(63), 0x0407);
    cr_assert_eq(set_feature(3, 0x45), READY);
    identify();
    cr_assert_eq(identify_word(63), 0x0007);
    cr_assert_eq(identify_word(88), 0x203f);
    static const uint8_t bad[] = {0x02, 0x0d, 0x10, 0x23, 0x46, 0x80, 0xff};
    for (unsigned n = 0; n < G_N_ELEMENTS(bad); n++) {
        cr_assert_eq(set_feature(3, bad[n]), CHECK, "mode %#x", bad[n]);
        cr_assert_eq(in(ERROR), 4);
    }
    cr_assert_eq(set_feature(0xaa, 0), READY);
    cr_assert_eq(set_feature(0x02, 0), CHECK);
}

Test(atapi, power_mode_is_told_and_a_packet_wakes)
{
    command(0xe5, 0, 0);
    cr_assert_eq(in(REASON), 0xff);
    command(0xe0, 0, 0);
    cr_assert_eq(in(STATUS), READY);
    command(0xe5, 0, 0);
    cr_assert_eq(in(REASON), 0);
    run("0", 0);
    command(0xe5, 0, 0);
    cr_assert_eq(in(REASON), 0xff);
}

Test(atapi, every_other_command_of_ata_ends)
{
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (opcode == PACKET || opcode == IDENTIFY_PACKET || opcode == DEVICE_RESET) {
            continue;
        }
        command((uint8_t)opcode, 0, 0);
        uint8_t status = in(STATUS);
        cr_assert(status == READY || status == CHECK || opcode == 0x90, "%#x: %#x", opcode, status);
        cr_assert(status != CHECK || in(ERROR) == 4);
    }
    identify();
}

/* --- PIO ---------------------------------------------------------------------------------------------------------- */

Test(atapi, sense_is_told_once)
{
    cr_assert_eq(sense(), 0);
    cr_assert_eq(run("ff", 0), -0x50);
    cr_assert_eq(sense(), 0x052000);
    cr_assert_eq(sense(), 0);
}

Test(atapi, command_without_data_goes_from_packet_to_end)
{
    get_ready();
    packet("0", 0, 0);
    cr_assert(intrq());
    cr_assert_eq(in(REASON), 3);
    cr_assert_eq(in(STATUS), READY);
    cr_assert_not(intrq());
}

Test(atapi, read_by_pio_comes_in_blocks_of_the_hosts_limit)
{
    static const struct {
        uint16_t limit;
        unsigned first;
    } cases[] = {{2048, 2048}, {0xfffe, 6144}, {0xffff, 6144}, {1025, 1024},
                 {2, 2},       {3, 2},         {6144, 6144},   {6143, 6142}};
    get_ready();
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        packet("28 0 0 0 0 7 0 0 3", 0, cases[n].limit);
        cr_assert_eq(in(ALT_STATUS), 0xd0, "the medium is read: status %#x", in(ALT_STATUS));
        cr_assert_eq(wait_until_ready(), DRQ_READY);
        cr_assert_eq(limit_now(), cases[n].first, "limit %#x", cases[n].limit);
        cr_assert_eq(read_all(data), 6144);
        expect_sectors(data, 7, 3);
    }
}

Test(atapi, limit_of_65535_means_65534)
{
    get_ready();
    packet("28 0 0 0 0 0 0 0 40", 0, 0xffff);
    cr_assert_eq(wait_until_ready(), DRQ_READY);
    cr_assert_eq(limit_now(), 0xfffe);
    cr_assert_eq(read_all(data), 64 * SECTOR);
    expect_sectors(data, 0, 64);
}

Test(atapi, limit_without_room_aborts_a_command_with_data)
{
    get_ready();
    for (uint16_t limit = 0; limit < 2; limit++) {
        packet("28 0 0 0 0 0 0 0 1", 0, limit);
        cr_assert_eq(wait_until_ready(), CHECK);
        cr_assert_eq(in(ERROR), 4);
        packet("0", 0, limit);
        cr_assert_eq(in(STATUS), READY);
    }
    packet("3 0 0 0 1", 0, 1); /* one byte fits */
    cr_assert_eq(limit_now(), 1);
    cr_assert_eq(qtest_readw(IDE) >> 8, 0x70);
    cr_assert_eq(in(STATUS), READY);
}

/* macosx.md row 32. */
Test(atapi, data_is_as_long_as_it_is_whatever_the_host_allows)
{
    get_ready();
    cr_assert_eq(run("43 0 0 0 0 0 1 ff fe", 0xfffe), 20);
    cr_assert_eq(data[1], 18);
    cr_assert_eq(run("43 0 0 0 0 0 1 0 5", 0xfffe), 5, "an odd length");
    cr_assert_eq(run("43 0 0 0 0 0 1 0 0", 0xfffe), 0);
    cr_assert_eq(run("12 0 0 0 ff", 0xfffe), 36);
    cr_assert_eq(data[0], 5);
    cr_assert_eq(data[1], 0x80);
    cr_assert(memcmp(data + 8, "core99  core99 DVD-ROM", 22) == 0);
    cr_assert_eq(run("25", 8), 8);
    cr_assert_eq(data[3], SECTORS - 1);
}

Test(atapi, mode_pages_come_by_mode_sense_10_only)
{
    get_ready();
    cr_assert_eq(run("5a 0 2a 0 0 0 0 0 ff", 0xfffe), 8 + 22);
    cr_assert_eq(data[8], 0x2a);
    cr_assert_eq(run("1a 0 2a 0 ff", 0xfffe), -0x50);
    cr_assert_eq(sense(), 0x052000);
    cr_assert_eq(run("15 10 0 0 8", 0xfffe), -0x50);
    cr_assert_eq(run("8 0 0 0 1", 0xfffe), -0x50);
    cr_assert_eq(run("9e 10 0 0 0 0 0 0 0 0 0 20", 0xfffe), -0x50);
    cr_assert_eq(sense(), 0x052000);
}

/* What the host sends comes in DRQ blocks, too. */
static int select_pages(const uint8_t *list, unsigned length, uint16_t limit)
{
    g_autofree char *cdb = g_strdup_printf("55 10 0 0 0 0 0 %x %x", length >> 8, length & 0xff);
    packet(cdb, 0, limit);
    for (unsigned at = 0; at < length;) {
        if (in(ALT_STATUS) != DRQ_READY) {
            break;
        }
        cr_assert_eq(in(REASON), 0);
        cr_assert(intrq());
        in(STATUS);
        unsigned count = limit_now();
        cr_assert(count && count <= limit);
        for (unsigned n = 0; n < count; n += 2) {
            unsigned second = n + 1 < count ? list[at + n + 1] : 0;
            qtest_writew(IDE, (uint16_t)(list[at + n] << 8 | second));
        }
        at += count;
    }
    return read_all(data);
}

Test(atapi, mode_select_takes_its_list_in_blocks)
{
    uint8_t list[256];
    get_ready();
    int length = run("5a 0 1 0 0 0 0 0 ff", 0xfffe);
    cr_assert_eq(length, 20);
    memcpy(list, data, (size_t)length);
    memset(list, 0, 8);
    static const uint16_t limits[] = {0xfffe, 20, 8, 7, 2, 3};
    for (unsigned n = 0; n < G_N_ELEMENTS(limits); n++) {
        cr_assert_eq(select_pages(list, 20, limits[n]), 0, "limit %u", limits[n]);
    }
    cr_assert_eq(select_pages(list, 20, 0), -4, "no room");
    list[10] ^= 0xff;
    cr_assert_eq(select_pages(list, 20, 20), -0x50);
    cr_assert_eq(sense(), 0x052600);
    cr_assert_eq(select_pages(list, 5, 20), -0x50, "an odd length");
}

Test(atapi, unsupported_commands_are_check_conditions)
{
    get_ready();
    for (unsigned opcode = 0xf0; opcode < 0x100; opcode++) {
        g_autofree char *cdb = g_strdup_printf("%x", opcode);
        cr_assert_eq(run(cdb, 0xfffe), -0x50);
        cr_assert_eq(sense(), 0x052000);
    }
    cr_assert_eq(run("28 0 0 0 0 c8 0 0 1", 0xfffe), -0x50);
    cr_assert_eq(sense(), 0x052100);
}

/* It speaks of the command before, no other. */
Test(atapi, sense_is_gone_after_another_command)
{
    get_ready();
    cr_assert_eq(run("ff", 0), -0x50);
    cr_assert_eq(run("0", 0), 0);
    cr_assert_eq(sense(), 0);
}

Test(atapi, overlapped_packets_are_refused)
{
    command(PACKET, 2, 0);
    cr_assert_eq(in(STATUS), CHECK);
    cr_assert_eq(in(ERROR), 4);
}

Test(atapi, interrupt_is_masked_by_nien)
{
    get_ready();
    out(CONTROL, 2);
    packet("0", 0, 0);
    cr_assert_not(intrq());
    out(CONTROL, 0);
    cr_assert(intrq());
}

/* --- DMA ---------------------------------------------------------------------------------------------------------- */

/* macosx.md rows 28 and 31: both interrupts, whichever side starts first. */
Test(atapi, read_by_dma_ends_with_both_interrupts)
{
    get_ready();
    for (unsigned dma_first = 0; dma_first < 2; dma_first++) {
        unsigned before = dma_irq->falls;
        if (dma_first) {
            start_dma(INPUT_MORE, 3 * SECTOR);
        }
        packet("28 0 0 0 0 9 0 0 3", 1, 0);
        if (!dma_first) {
            start_dma(INPUT_MORE, 3 * SECTOR);
        }
        cr_assert(in(ALT_STATUS)&BSY);
        cr_assert_eq(dma_irq->falls, before);
        cr_assert_eq(wait_until_ready(), READY);
        cr_assert(intrq());
        cr_assert_eq(in(REASON), 3);
        cr_assert_eq(in(STATUS), READY);
        cr_assert_eq(dma_irq->falls, before + 1);
        cr_assert_eq(result(0), 0x84000000);
        cr_assert_eq(result(1) & 0x8c000000, 0x84000000);
        expect_sectors_in_memory(9, 3);
        stop_dma();
    }
}

Test(atapi, data_that_waits_for_the_channel_goes_when_it_starts)
{
    get_ready();
    packet("28 0 0 0 0 9 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    cr_assert(in(ALT_STATUS)&BSY);
    start_dma(INPUT_MORE, 3 * SECTOR);
    cr_assert_eq(in(ALT_STATUS), READY);
    expect_sectors_in_memory(9, 3);
}

/* macosx.md 4.12: the channel stays in INPUT_MORE, and the driver stops it. */
Test(atapi, short_dma_ends_the_command_and_leaves_the_channel_standing)
{
    get_ready();
    start_dma(INPUT_MORE, 0xfffe);
    packet("43 0 0 0 0 0 1 ff fe", 1, 0);
    cr_assert_eq(in(STATUS), READY);
    cr_assert_eq(dma_status() & (RUN | ACTIVE), RUN | ACTIVE);
    cr_assert_eq(qtest_readb(BUFFER + 1), 18);
    stop_dma();
    cr_assert_eq(result(0) & 0xffff, 0xfffe - 20);
}

Test(atapi, failed_dma_moves_nothing)
{
    get_ready();
    start_dma(INPUT_MORE, SECTOR);
    packet("28 0 0 0 0 c8 0 0 1", 1, 0);
    cr_assert_eq(wait_until_ready(), CHECK);
    cr_assert_eq(in(ERROR), 0x50);
    stop_dma();
    cr_assert_eq(sense(), 0x052100);
    cr_assert_eq(run("0", 0), 0);
}

/* The drive has more than the program: it waits, and a reset ends it. */
Test(atapi, dma_longer_than_the_program_waits_for_more)
{
    get_ready();
    start_dma(INPUT_MORE, SECTOR);
    packet("28 0 0 0 0 5 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    cr_assert(in(ALT_STATUS)&BSY);
    cr_assert_eq(dma_status(), RUN);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    expect_sectors_in_memory(5, 1);
    start_dma(INPUT_MORE, 2 * SECTOR);
    cr_assert_eq(in(STATUS), READY);
    expect_sectors_in_memory(6, 2);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    start_dma(INPUT_MORE, SECTOR);
    packet("28 0 0 0 0 5 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    command(DEVICE_RESET, 0, 0);
    cr_assert_eq(in(STATUS), 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(run("0", 0), 0);
}

Test(atapi, mode_select_by_dma)
{
    get_ready();
    cr_assert_eq(run("5a 0 1 0 0 0 0 0 ff", 0xfffe), 20);
    memset(data, 0, 8);
    address_space_write(address_space_memory(), BUFFER, data, 20);
    start_dma(OUTPUT_MORE, 20);
    packet("55 10 0 0 0 0 0 0 14", 1, 0);
    cr_assert_eq(in(STATUS), READY);
    cr_assert_eq(dma_status(), RUN);
}

Test(atapi, guest_that_stops_the_channel_waits_for_the_disk)
{
    get_ready();
    start_dma(INPUT_MORE, 3 * SECTOR);
    packet("28 0 0 0 0 9 0 0 3", 1, 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(dma_status(), ACTIVE);
    qtest_clock_step(10000000);
    cr_assert_eq(dma_status() & ACTIVE, 0);
    cr_assert_eq(in(STATUS), READY);
    cr_assert_eq(result(0), 0x84000000);
    expect_sectors_in_memory(9, 3);
}

Test(atapi, long_read_by_dma_is_whole)
{
    get_ready();
    for (unsigned n = 0; n < 8; n++) {
        put(n, INPUT_MORE, 0xc800, BUFFER + n * 0xc800);
    }
    put(8, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16 | RUN);
    packet("a8 0 0 0 0 0 0 0 0 c8", 1, 0);
    cr_assert_eq(wait_until_ready(), READY);
    expect_sectors_in_memory(0, SECTORS);
}

Test(atapi, dma_program_that_points_at_the_drive_is_harmless)
{
    get_ready();
    start_dma(INPUT_MORE, 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    put(0, INPUT_MORE, SECTOR, (uint32_t)IDE);
    put(1, INPUT_MORE, SECTOR, (uint32_t)DBDMA);
    put(2, 0x4600, 4, (uint32_t)IDE + CONTROL);
    put(3, INPUT_MORE, SECTOR, BUFFER);
    put(4, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16 | RUN);
    packet("28 0 0 0 0 5 0 0 3", 1, 0);
    cr_assert_eq(wait_until_ready(), READY);
    expect_sectors_in_memory(7, 1);
}

/* --- resets -------------------------------------------------------------------------------------------------------- */

/* Step @n of a command, 0 to @STEPS - 1. */
enum { STEPS = 8 };
static void go_to_step(unsigned step)
{
    if (step >= 5) {
        start_dma(INPUT_MORE, 2 * SECTOR + (step == 7 ? SECTOR : 0));
    }
    command(PACKET, step >= 5, 0x400);
    if (step == 0) {
        return;
    }
    if (step == 1) {
        qtest_writew(IDE, 0x2800);
        return;
    }
    write_packet("28 0 0 0 0 9 0 0 3");
    if (step == 2 || step == 5) {
        return; /* the medium is read */
    }
    qtest_clock_step(1000000);
    if (step == 4) {
        read_block(data);
        qtest_readw(IDE);
    }
}

static void expect_sane(void)
{
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(dma_status() & ACTIVE, 0);
    qtest_clock_step(10000000);
    cr_assert_eq(run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    expect_sectors(data, 3, 2);
    start_dma(INPUT_MORE, 2 * SECTOR);
    packet("28 0 0 0 0 4 0 0 2", 1, 0);
    cr_assert_eq(wait_until_ready(), READY);
    cr_assert_eq(in(STATUS), READY);
    expect_sectors_in_memory(4, 2);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
}

Test(atapi, resets_at_every_step_leave_a_drive_that_works)
{
    get_ready();
    for (unsigned step = 0; step < STEPS; step++) {
        go_to_step(step);
        out(COMMAND, DEVICE_RESET);
        cr_assert_eq(in(STATUS), 0, "step %u", step);
        expect_signature();
        expect_sane();
        go_to_step(step);
        out(CONTROL, 4);
        cr_assert_eq(in(STATUS), BSY);
        out(CONTROL, 0);
        cr_assert_eq(in(STATUS), 0);
        expect_signature();
        expect_sane();
        go_to_step(step);
        resettable_reset(OBJECT(cell));
        resettable_reset(OBJECT(dbdma));
        expect_signature();
        get_ready();
        expect_sane();
    }
}

/* --- state --------------------------------------------------------------------------------------------------------- */

static uint64_t end_of_step(unsigned step)
{
    memset(data, 0, sizeof(data));
    if (step == 0) {
        write_packet("28 0 0 0 0 9 0 0 3");
    } else if (step == 1) {
        for (unsigned n = 0; n < 5; n++) {
            qtest_writew(IDE, n == 3 ? 3 : 0);
        }
    }
    if (step == 4) {
        for (unsigned n = 2; n < 0x400; n += 2) {
            qtest_readw(IDE);
        }
    }
    if (step < 5) {
        read_all(data);
    }
    qtest_clock_step(10000000);
    in(STATUS);
    address_space_read(address_space_memory(), BUFFER, data + ALL / 2, 4 * SECTOR);
    uint64_t hash = vmstate_registry_hash(machine_vmstate());
    for (size_t n = 0; n < sizeof(data); n++) {
        hash = hash * 31 + data[n];
    }
    return hash;
}

Test(atapi, command_goes_on_after_save_and_load_at_every_step)
{
    get_ready();
    for (unsigned step = 0; step < STEPS; step++) {
        g_autoptr(GByteArray) saved = g_byte_array_new();
        g_autoptr(GByteArray) again = g_byte_array_new();
        go_to_step(step);
        vmstate_registry_save(machine_vmstate(), saved);
        uint64_t first = end_of_step(step);
        Error *err = NULL;
        bool ok = vmstate_registry_load(machine_vmstate(), saved->data, saved->len, &err);
        cr_assert(ok, "step %u: %s", step, ok ? "" : error_get_pretty(err));
        vmstate_registry_save(machine_vmstate(), again);
        cr_assert_eq(again->len, saved->len);
        cr_assert_arr_eq(again->data, saved->data, saved->len);
        cr_assert_eq(end_of_step(step), first, "step %u", step);
        qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
        out(COMMAND, DEVICE_RESET);
        expect_sane();
    }
}

Test(atapi, broken_states_are_refused_or_harmless)
{
    g_autoptr(GByteArray) good = g_byte_array_new();
    get_ready();
    vmstate_registry_save(machine_vmstate(), good);
    for (unsigned n = 0; n < 3000; n++) {
        g_autoptr(GByteArray) saved = g_byte_array_new();
        go_to_step(n % STEPS);
        vmstate_save(DEVICE_GET_CLASS(cd)->vmsd, cd, saved);
        unsigned at = n * 7 % saved->len;
        saved->data[at] ^= (uint8_t)(1u << n % 8);
        VMStateReader reader = {.data = saved->data, .length = saved->len - (n % 5 == 0)};
        Error *err = NULL;
        bool is_refused = !vmstate_load(DEVICE_GET_CLASS(cd)->vmsd, cd, &reader, &err);
        if (is_refused) {
            error_free(err);
            resettable_reset(OBJECT(cell)); /* what is half loaded is only good for this */
        }
        for (unsigned i = 0; i < 3000 && (in(ALT_STATUS) & 8); i++) {
            qtest_readw(IDE);
            qtest_writew(IDE, 0);
        }
        qtest_clock_step(1000000);
        resettable_reset(OBJECT(cell));
        resettable_reset(OBJECT(dbdma));
        qtest_clock_step(1000000);
    }
    cr_assert(vmstate_registry_load(machine_vmstate(), good->data, good->len, &error_abort));
    expect_sane();
}

/* --- hostile registers --------------------------------------------------------------------------------------------- */

/* Anything in any order: nothing but the drive's own nonsense comes of it. */
Test(atapi, any_access_in_any_order_is_harmless)
{
    static const uint16_t offsets[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50,  0x60,
                                       0x70, 0x80, 0x70, 0x00, 0x00, 0x160, 0x300};
    static const uint8_t bytes[] = {0xa0, 0x00, 0xff, 0x08, 0xa1, 0x02,
                                    0x28, 0x12, 0x43, 0x01, 0xa8, 0x55};
    uint32_t seed = 1;
    for (unsigned n = 0; n < 200000; n++) {
        seed = seed * 1664525 + 1013904223;
        hwaddr at = IDE + offsets[(seed >> 8) % G_N_ELEMENTS(offsets)];
        uint8_t value = bytes[(seed >> 16) % G_N_ELEMENTS(bytes)];
        switch (seed >> 29) {
        case 0:
            qtest_readb(at);
            break;
        case 1:
            qtest_readw(at);
            break;
        case 2:
            qtest_writew(at, value);
            break;
        case 3:
            qtest_writel(at, seed);
            break;
        case 4:
            qtest_clock_step(5000);
            break;
        case 5:
            if (!(seed & 0xf0)) {
                start_dma(seed & 4 ? INPUT_MORE : OUTPUT_MORE, seed & 0xffff);
            } else if (!(seed & 0xf00)) {
                qtest_writel_le(DBDMA, seed);
            }
            break;
        default:
            qtest_writeb(at, value);
            break;
        }
    }
    resettable_reset(OBJECT(cell));
    resettable_reset(OBJECT(dbdma));
    get_ready();
    expect_sane();
}

/* --- without a medium ------------------------------------------------------------------------------------------------ */

Test(atapi_empty, drive_without_a_medium_says_so)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cr_assert_eq(run("0", 0), -0x20);
    cr_assert_eq(sense(), 0x023a00);
    cr_assert_eq(run("28 0 0 0 0 0 0 0 1", 0x800), -0x20);
    cr_assert_eq(run("25", 8), -0x20);
    cr_assert_eq(run("12 0 0 0 24", 0x800), 36);
    cr_assert_eq(run("46 0 0 0 0 0 0 0 40", 0x800), 64);
}

/* mac99.md appendix B: what OpenBIOS looks at to find the drive, and the idle drive at its prompt. */
Test(atapi_empty, firmware_finds_the_drive_and_leaves_it_ready)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    out(HEAD, 0);
    out(REASON, 0x55);
    out(LOW, 0xaa);
    cr_assert_eq(in(REASON), 0x55);
    cr_assert_eq(in(LOW), 0xaa);
    out(CONTROL, 6);
    out(CONTROL, 2);
    expect_signature();
    out(CONTROL, 0);
    run("0", 0);
    cr_assert_eq(in(STATUS) & ~1, READY);
}

Test(atapi_empty, tray_opens_and_closes)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cr_assert_eq(run("1b 0 0 0 2", 0), 0);
    cr_assert_eq(run("0", 0), -0x20);
    cr_assert_eq(sense(), 0x023a02);
    cr_assert_eq(run("1b 0 0 0 3", 0), 0);
    cr_assert_eq(run("0", 0), -0x20);
    cr_assert_eq(sense(), 0x023a00);
}

Test(atapi_empty, absent_slave_has_no_signature)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    out(HEAD, 0x10);
    cr_assert_neq(in(COUNT_LOW), 0x14);
    cr_assert_neq(in(COUNT_HIGH), 0xeb);
    cr_assert_eq(in(STATUS), 0);
}

Test(atapi_empty, two_drives_answer_for_themselves)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=a,serial=AA", &error_abort));
    cr_assert_not_null(qdev_device_add("ide-cd,id=b,serial=BB", &error_abort));
    identify();
    cr_assert_eq(identify_word(10), 'A' << 8 | 'A');
    out(HEAD, 0x10);
    expect_signature();
    identify();
    cr_assert_eq(identify_word(10), 'B' << 8 | 'B');
    Error *err = NULL;
    cr_assert_null(qdev_device_add("ide-cd,id=c", &err));
    error_free(err);
}

Test(atapi_empty, nothing_else_goes_on_the_drives_own_bus)
{
    Error *err = NULL;
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cr_assert_null(qdev_device_add("scsi-cd", &err));
    error_free(err);
}

Test(atapi_empty, drive_that_cannot_be_made_leaves_nothing_behind)
{
    Error *err = NULL;
    cr_assert_null(qdev_device_add("ide-cd,id=cd,drive=nowhere", &err));
    error_free(err);
    cr_assert_eq(in(STATUS), 0);
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    expect_signature();
}

/* --- media that change ------------------------------------------------------------------------------------------------ */

static uint32_t media_event(void)
{
    cr_assert_eq(run("4a 1 0 0 10 0 0 0 8", 8), 8);
    return ldl_be_p(data + 4);
}

static bool change(const char *drive, Error **errp)
{
    BlockChange what = {.device = drive, .file = image, .format = "raw", .mode = "retain"};
    return block_change(&what, errp);
}

Test(atapi, medium_that_changes_comes_through)
{
    get_ready();
    cr_assert(block_eject("c0", false, &error_abort));
    cr_assert_eq(media_event(), 0x03010000);
    cr_assert_eq(run("0", 0), -0x20);
    cr_assert_eq(sense(), 0x023a02);
    cr_assert(change("c0", &error_abort));
    cr_assert_eq(media_event(), 0x02020000);
    cr_assert_eq(run("0", 0), -0x60);
    cr_assert_eq(sense(), 0x062800);
    cr_assert_eq(run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    expect_sectors(data, 3, 2);
}

Test(atapi, medium_that_the_guest_has_locked_stays)
{
    Error *err = NULL;
    get_ready();
    cr_assert_eq(run("1e 0 0 0 1", 0), 0);
    cr_assert_not(block_eject("c0", false, &err));
    error_free(err);
    cr_assert_eq(media_event(), 0x01020000, "somebody wants it");
    cr_assert_eq(run("1b 0 0 0 2", 0), -0x50);
    cr_assert_eq(sense(), 0x055302);
    cr_assert_eq(run("0", 0), 0);
}

Test(atapi_empty, drive_takes_a_medium_under_its_own_name)
{
    make_image();
    cr_assert_not_null(qdev_device_add("ide-cd,id=x", &error_abort));
    cr_assert_not_null(qdev_device_add("ide-cd,id=drive", &error_abort)); /* a property's name */
    cr_assert(change("x", &error_abort));
    remove_image();
    cr_assert_eq(run("0", 0), -0x60);
    cr_assert_eq(run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    expect_sectors(data, 3, 2);
}

Test(atapi, transfers_under_way_end_when_the_medium_goes)
{
    for (unsigned step = 2; step < STEPS; step++) {
        go_to_step(step);
        cr_assert(block_eject("c0", true, &error_abort));
        cr_assert(change("c0", &error_abort));
        qtest_clock_step(1000000);
        out(COMMAND, DEVICE_RESET);
        qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
        cr_assert_eq(run("0", 0), -0x60, "step %u", step);
        cr_assert_eq(sense(), 0x062800);
        expect_sane();
    }
}

Test(atapi, info_shows_the_command_under_way)
{
    GString *text = g_string_new(NULL);
    get_ready();
    packet("28 0 0 0 0 9 0 0 3", 1, 0x800);
    DEVICE_GET_CLASS(cd)->info(cd, text);
    cr_assert_not_null(strstr(text->str, "command 28, running DMA limit 0x800 sense 0/00/00"), "%s",
                       text->str);
    cr_assert_not_null(strstr(text->str, "200 blocks of 2048"), "%s", text->str);
    g_string_free(text, true);
}
