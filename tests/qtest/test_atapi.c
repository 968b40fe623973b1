/* SPDX-License-Identifier: MIT */
/*
 * The packet device behind MacIO's ATA cell: every phase of a packet by PIO and DMA, ends and errors, media that
 * change (macosx.md rows 30 to 32 and 4.12; mac99.md 8.3).
 * Covers: hw/ide/atapi.c, hw/ide/atapi_command.c, hw/ide/ide_bus.c, hw/ide/ide_device.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/qtest/atapi_driver.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(atapi, .init = cd_make_machine_with_disc, .fini = cd_remove_image, .timeout = 120);
TestSuite(atapi_empty, .init = cd_make_machine, .timeout = 120);

/* --- who it is ---------------------------------------------------------------------------------------------------- */

Test(atapi, signature_is_there_after_power_on_and_resets)
{
    cd_expect_signature();
    cr_assert_eq(cd_in(STATUS), 0);
    cr_assert_eq(cd_in(ERROR), 1);
    cd_get_ready();
    cd_out(CONTROL, 4);
    cr_assert_eq(cd_in(ALT_STATUS), BSY);
    cd_out(CONTROL, 0);
    cr_assert_eq(cd_in(ALT_STATUS), 0);
    cd_expect_signature();
    cd_out(HEAD, 0); /* without the bits that are always 1: macosx.md row 30 */
    cd_command(DEVICE_RESET, 0, 0);
    cd_expect_signature();
    cr_assert_eq(cd_in(STATUS), 0);
    cr_assert_eq(cd_run("0", 0), 0, "no unit attention after these");
}

Test(atapi, identify_device_is_aborted_with_the_signature)
{
    cd_command(IDENTIFY, 0, 0);
    cr_assert_eq(cd_in(STATUS), CHECK);
    cr_assert_eq(cd_in(ERROR), 4);
    cd_expect_signature();
}

static void identify(void)
{
    cd_out(COMMAND, IDENTIFY_PACKET);
    cr_assert(cd_intrq());
    cr_assert_eq(cd_in(STATUS), DRQ_READY);
    for (unsigned n = 0; n < 512; n += 2) {
        uint16_t word = qtest_readw_le(IDE);
        atapi.data[n] = (uint8_t)word;
        atapi.data[n + 1] = (uint8_t)(word >> 8);
    }
    cr_assert_eq(cd_in(STATUS), READY);
    cr_assert_not(cd_intrq());
}

static uint16_t identify_word(unsigned n)
{
    return (uint16_t)(atapi.data[2 * n + 1] << 8 | atapi.data[2 * n]);
}

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
        sum = (uint8_t)(sum + atapi.data[n]);
    }
    cr_assert_eq(sum, 0);
}

static uint8_t set_feature(uint8_t feature, uint8_t count)
{
    cd_out(FEATURES, feature);
    cd_out(REASON, count);
    cd_out(COMMAND, SET_FEATURES);
    return cd_in(STATUS);
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
        cr_assert_eq(cd_in(ERROR), 4);
    }
    cr_assert_eq(set_feature(0xaa, 0), READY);
    cr_assert_eq(set_feature(0x02, 0), CHECK);
}

Test(atapi, power_mode_is_told_and_a_packet_wakes)
{
    cd_command(0xe5, 0, 0);
    cr_assert_eq(cd_in(REASON), 0xff);
    cd_command(0xe0, 0, 0);
    cr_assert_eq(cd_in(STATUS), READY);
    cd_command(0xe5, 0, 0);
    cr_assert_eq(cd_in(REASON), 0);
    cd_run("0", 0);
    cd_command(0xe5, 0, 0);
    cr_assert_eq(cd_in(REASON), 0xff);
}

Test(atapi, every_other_command_of_ata_ends)
{
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (opcode == PACKET || opcode == IDENTIFY_PACKET || opcode == DEVICE_RESET) {
            continue;
        }
        cd_command((uint8_t)opcode, 0, 0);
        uint8_t status = cd_in(STATUS);
        cr_assert(status == READY || status == CHECK || opcode == 0x90, "%#x: %#x", opcode, status);
        cr_assert(status != CHECK || cd_in(ERROR) == 4);
    }
    identify();
}

/* --- PIO ---------------------------------------------------------------------------------------------------------- */

Test(atapi, sense_is_told_once)
{
    cr_assert_eq(cd_sense(), 0);
    cr_assert_eq(cd_run("ff", 0), -0x50);
    cr_assert_eq(cd_sense(), 0x052000);
    cr_assert_eq(cd_sense(), 0);
}

Test(atapi, command_without_data_goes_from_packet_to_end)
{
    cd_get_ready();
    cd_packet("0", 0, 0);
    cr_assert(cd_intrq());
    cr_assert_eq(cd_in(REASON), 3);
    cr_assert_eq(cd_in(STATUS), READY);
    cr_assert_not(cd_intrq());
}

Test(atapi, read_by_pio_comes_in_blocks_of_the_hosts_limit)
{
    static const struct {
        uint16_t limit;
        unsigned first;
    } cases[] = {{2048, 2048}, {0xfffe, 6144}, {0xffff, 6144}, {1025, 1024},
                 {2, 2},       {3, 2},         {6144, 6144},   {6143, 6142}};
    cd_get_ready();
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        cd_packet("28 0 0 0 0 7 0 0 3", 0, cases[n].limit);
        cr_assert_eq(cd_in(ALT_STATUS), 0xd0, "the medium is read: status %#x", cd_in(ALT_STATUS));
        cr_assert_eq(cd_wait(), DRQ_READY);
        cr_assert_eq(cd_limit_now(), cases[n].first, "limit %#x", cases[n].limit);
        cr_assert_eq(cd_read_all(atapi.data), 6144);
        cd_expect_sectors(atapi.data, 7, 3);
    }
}

Test(atapi, limit_of_65535_means_65534)
{
    cd_get_ready();
    cd_packet("28 0 0 0 0 0 0 0 40", 0, 0xffff);
    cr_assert_eq(cd_wait(), DRQ_READY);
    cr_assert_eq(cd_limit_now(), 0xfffe);
    cr_assert_eq(cd_read_all(atapi.data), 64 * SECTOR);
    cd_expect_sectors(atapi.data, 0, 64);
}

Test(atapi, limit_without_room_aborts_a_command_with_data)
{
    cd_get_ready();
    for (uint16_t limit = 0; limit < 2; limit++) {
        cd_packet("28 0 0 0 0 0 0 0 1", 0, limit);
        cr_assert_eq(cd_wait(), CHECK);
        cr_assert_eq(cd_in(ERROR), 4);
        cd_packet("0", 0, limit);
        cr_assert_eq(cd_in(STATUS), READY);
    }
    cd_packet("3 0 0 0 1", 0, 1); /* one byte fits */
    cr_assert_eq(cd_limit_now(), 1);
    cr_assert_eq(qtest_readw(IDE) >> 8, 0x70);
    cr_assert_eq(cd_in(STATUS), READY);
}

/* macosx.md row 32. */
Test(atapi, data_is_as_long_as_it_is_whatever_the_host_allows)
{
    cd_get_ready();
    cr_assert_eq(cd_run("43 0 0 0 0 0 1 ff fe", 0xfffe), 20);
    cr_assert_eq(atapi.data[1], 18);
    cr_assert_eq(cd_run("43 0 0 0 0 0 1 0 5", 0xfffe), 5, "an odd length");
    cr_assert_eq(cd_run("43 0 0 0 0 0 1 0 0", 0xfffe), 0);
    cr_assert_eq(cd_run("12 0 0 0 ff", 0xfffe), 36);
    cr_assert_eq(atapi.data[0], 5);
    cr_assert_eq(atapi.data[1], 0x80);
    cr_assert(memcmp(atapi.data + 8, "core99  core99 DVD-ROM", 22) == 0);
    cr_assert_eq(cd_run("25", 8), 8);
    cr_assert_eq(atapi.data[3], SECTORS - 1);
}

Test(atapi, mode_pages_come_by_mode_sense_10_only)
{
    cd_get_ready();
    cr_assert_eq(cd_run("5a 0 2a 0 0 0 0 0 ff", 0xfffe), 8 + 22);
    cr_assert_eq(atapi.data[8], 0x2a);
    cr_assert_eq(cd_run("1a 0 2a 0 ff", 0xfffe), -0x50);
    cr_assert_eq(cd_sense(), 0x052000);
    cr_assert_eq(cd_run("15 10 0 0 8", 0xfffe), -0x50);
    cr_assert_eq(cd_run("8 0 0 0 1", 0xfffe), -0x50);
    cr_assert_eq(cd_run("9e 10 0 0 0 0 0 0 0 0 0 20", 0xfffe), -0x50);
    cr_assert_eq(cd_sense(), 0x052000);
}

/* What the host sends comes in DRQ blocks, too. */
static int select_pages(const uint8_t *list, unsigned length, uint16_t limit)
{
    g_autofree char *cdb = g_strdup_printf("55 10 0 0 0 0 0 %x %x", length >> 8, length & 0xff);
    cd_packet(cdb, 0, limit);
    for (unsigned at = 0; at < length;) {
        if (cd_in(ALT_STATUS) != DRQ_READY) {
            break;
        }
        cr_assert_eq(cd_in(REASON), 0);
        cr_assert(cd_intrq());
        cd_in(STATUS);
        unsigned count = cd_limit_now();
        cr_assert(count && count <= limit);
        for (unsigned n = 0; n < count; n += 2) {
            unsigned second = n + 1 < count ? list[at + n + 1] : 0;
            qtest_writew(IDE, (uint16_t)(list[at + n] << 8 | second));
        }
        at += count;
    }
    return cd_read_all(atapi.data);
}

Test(atapi, mode_select_takes_its_list_in_blocks)
{
    uint8_t list[256];
    cd_get_ready();
    int length = cd_run("5a 0 1 0 0 0 0 0 ff", 0xfffe);
    cr_assert_eq(length, 20);
    memcpy(list, atapi.data, (size_t)length);
    memset(list, 0, 8);
    static const uint16_t limits[] = {0xfffe, 20, 8, 7, 2, 3};
    for (unsigned n = 0; n < G_N_ELEMENTS(limits); n++) {
        cr_assert_eq(select_pages(list, 20, limits[n]), 0, "limit %u", limits[n]);
    }
    cr_assert_eq(select_pages(list, 20, 0), -4, "no room");
    list[10] ^= 0xff;
    cr_assert_eq(select_pages(list, 20, 20), -0x50);
    cr_assert_eq(cd_sense(), 0x052600);
    cr_assert_eq(select_pages(list, 5, 20), -0x50, "an odd length");
}

Test(atapi, unsupported_commands_are_check_conditions)
{
    cd_get_ready();
    for (unsigned opcode = 0xf0; opcode < 0x100; opcode++) {
        g_autofree char *cdb = g_strdup_printf("%x", opcode);
        cr_assert_eq(cd_run(cdb, 0xfffe), -0x50);
        cr_assert_eq(cd_sense(), 0x052000);
    }
    cr_assert_eq(cd_run("28 0 0 0 0 c8 0 0 1", 0xfffe), -0x50);
    cr_assert_eq(cd_sense(), 0x052100);
}

/* It speaks of the command before, no other. */
Test(atapi, sense_is_gone_after_another_command)
{
    cd_get_ready();
    cr_assert_eq(cd_run("ff", 0), -0x50);
    cr_assert_eq(cd_run("0", 0), 0);
    cr_assert_eq(cd_sense(), 0);
}

Test(atapi, overlapped_packets_are_refused)
{
    cd_command(PACKET, 2, 0);
    cr_assert_eq(cd_in(STATUS), CHECK);
    cr_assert_eq(cd_in(ERROR), 4);
}

Test(atapi, interrupt_is_masked_by_nien)
{
    cd_get_ready();
    cd_out(CONTROL, 2);
    cd_packet("0", 0, 0);
    cr_assert_not(cd_intrq());
    cd_out(CONTROL, 0);
    cr_assert(cd_intrq());
}

/* --- DMA ---------------------------------------------------------------------------------------------------------- */

/* macosx.md rows 28 and 31: both interrupts, whichever side starts first. */
Test(atapi, read_by_dma_ends_with_both_interrupts)
{
    cd_get_ready();
    for (unsigned dma_first = 0; dma_first < 2; dma_first++) {
        unsigned before = atapi.dma_irq->falls;
        if (dma_first) {
            cd_start_dma(INPUT_MORE, 3 * SECTOR);
        }
        cd_packet("28 0 0 0 0 9 0 0 3", 1, 0);
        if (!dma_first) {
            cd_start_dma(INPUT_MORE, 3 * SECTOR);
        }
        cr_assert(cd_in(ALT_STATUS) & BSY);
        cr_assert_eq(atapi.dma_irq->falls, before);
        cr_assert_eq(cd_wait(), READY);
        cr_assert(cd_intrq());
        cr_assert_eq(cd_in(REASON), 3);
        cr_assert_eq(cd_in(STATUS), READY);
        cr_assert_eq(atapi.dma_irq->falls, before + 1);
        cr_assert_eq(cd_result(0), 0x84000000);
        cr_assert_eq(cd_result(1) & 0x8c000000, 0x84000000);
        cd_expect_sectors_in_memory(9, 3);
        cd_stop_dma();
    }
}

Test(atapi, data_that_waits_for_the_channel_goes_when_it_starts)
{
    cd_get_ready();
    cd_packet("28 0 0 0 0 9 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    cr_assert(cd_in(ALT_STATUS) & BSY);
    cd_start_dma(INPUT_MORE, 3 * SECTOR);
    cr_assert_eq(cd_in(ALT_STATUS), READY);
    cd_expect_sectors_in_memory(9, 3);
}

/* macosx.md 4.12: the channel stays in INPUT_MORE, and the driver stops it. */
Test(atapi, short_dma_ends_the_command_and_leaves_the_channel_standing)
{
    cd_get_ready();
    cd_start_dma(INPUT_MORE, 0xfffe);
    cd_packet("43 0 0 0 0 0 1 ff fe", 1, 0);
    cr_assert_eq(cd_in(STATUS), READY);
    cr_assert_eq(cd_dma_status() & (RUN | ACTIVE), RUN | ACTIVE);
    cr_assert_eq(qtest_readb(BUFFER + 1), 18);
    cd_stop_dma();
    cr_assert_eq(cd_result(0) & 0xffff, 0xfffe - 20);
}

Test(atapi, failed_dma_moves_nothing)
{
    cd_get_ready();
    cd_start_dma(INPUT_MORE, SECTOR);
    cd_packet("28 0 0 0 0 c8 0 0 1", 1, 0);
    cr_assert_eq(cd_wait(), CHECK);
    cr_assert_eq(cd_in(ERROR), 0x50);
    cd_stop_dma();
    cr_assert_eq(cd_sense(), 0x052100);
    cr_assert_eq(cd_run("0", 0), 0);
}

/* The drive has more than the program: it waits, and a reset ends it. */
Test(atapi, dma_longer_than_the_program_waits_for_more)
{
    cd_get_ready();
    cd_start_dma(INPUT_MORE, SECTOR);
    cd_packet("28 0 0 0 0 5 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    cr_assert(cd_in(ALT_STATUS) & BSY);
    cr_assert_eq(cd_dma_status(), RUN);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cd_expect_sectors_in_memory(5, 1);
    cd_start_dma(INPUT_MORE, 2 * SECTOR);
    cr_assert_eq(cd_in(STATUS), READY);
    cd_expect_sectors_in_memory(6, 2);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cd_start_dma(INPUT_MORE, SECTOR);
    cd_packet("28 0 0 0 0 5 0 0 3", 1, 0);
    qtest_clock_step(10000000);
    cd_command(DEVICE_RESET, 0, 0);
    cr_assert_eq(cd_in(STATUS), 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(cd_run("0", 0), 0);
}

Test(atapi, mode_select_by_dma)
{
    cd_get_ready();
    cr_assert_eq(cd_run("5a 0 1 0 0 0 0 0 ff", 0xfffe), 20);
    memset(atapi.data, 0, 8);
    address_space_write(address_space_memory(), BUFFER, atapi.data, 20);
    cd_start_dma(OUTPUT_MORE, 20);
    cd_packet("55 10 0 0 0 0 0 0 14", 1, 0);
    cr_assert_eq(cd_in(STATUS), READY);
    cr_assert_eq(cd_dma_status(), RUN);
}

Test(atapi, guest_that_stops_the_channel_waits_for_the_disk)
{
    cd_get_ready();
    cd_start_dma(INPUT_MORE, 3 * SECTOR);
    cd_packet("28 0 0 0 0 9 0 0 3", 1, 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cr_assert_eq(cd_dma_status(), ACTIVE);
    qtest_clock_step(10000000);
    cr_assert_eq(cd_dma_status() & ACTIVE, 0);
    cr_assert_eq(cd_in(STATUS), READY);
    cr_assert_eq(cd_result(0), 0x84000000);
    cd_expect_sectors_in_memory(9, 3);
}

Test(atapi, long_read_by_dma_is_whole)
{
    cd_get_ready();
    for (unsigned n = 0; n < 8; n++) {
        cd_put(n, INPUT_MORE, 0xc800, BUFFER + n * 0xc800);
    }
    cd_put(8, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16 | RUN);
    cd_packet("a8 0 0 0 0 0 0 0 0 c8", 1, 0);
    cr_assert_eq(cd_wait(), READY);
    cd_expect_sectors_in_memory(0, SECTORS);
}

Test(atapi, dma_program_that_points_at_the_drive_is_harmless)
{
    cd_get_ready();
    cd_start_dma(INPUT_MORE, 0);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16);
    cd_put(0, INPUT_MORE, SECTOR, (uint32_t)IDE);
    cd_put(1, INPUT_MORE, SECTOR, (uint32_t)DBDMA);
    cd_put(2, 0x4600, 4, (uint32_t)IDE + CONTROL);
    cd_put(3, INPUT_MORE, SECTOR, BUFFER);
    cd_put(4, STOP, 0, 0);
    qtest_writel_le(DBDMA + 0x0c, PROGRAM);
    qtest_writel_le(DBDMA, (uint32_t)RUN << 16 | RUN);
    cd_packet("28 0 0 0 0 5 0 0 3", 1, 0);
    cr_assert_eq(cd_wait(), READY);
    cd_expect_sectors_in_memory(7, 1);
}

/* --- without a medium ------------------------------------------------------------------------------------------------ */

Test(atapi_empty, drive_without_a_medium_says_so)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cr_assert_eq(cd_run("0", 0), -0x20);
    cr_assert_eq(cd_sense(), 0x023a00);
    cr_assert_eq(cd_run("28 0 0 0 0 0 0 0 1", 0x800), -0x20);
    cr_assert_eq(cd_run("25", 8), -0x20);
    cr_assert_eq(cd_run("12 0 0 0 24", 0x800), 36);
    cr_assert_eq(cd_run("46 0 0 0 0 0 0 0 40", 0x800), 64);
}

/* mac99.md appendix B: what OpenBIOS looks at to find the drive, and the idle drive at its prompt. */
Test(atapi_empty, firmware_finds_the_drive_and_leaves_it_ready)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cd_out(HEAD, 0);
    cd_out(REASON, 0x55);
    cd_out(LOW, 0xaa);
    cr_assert_eq(cd_in(REASON), 0x55);
    cr_assert_eq(cd_in(LOW), 0xaa);
    cd_out(CONTROL, 6);
    cd_out(CONTROL, 2);
    cd_expect_signature();
    cd_out(CONTROL, 0);
    cd_run("0", 0);
    cr_assert_eq(cd_in(STATUS) & ~1, READY);
}

Test(atapi_empty, tray_opens_and_closes)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cr_assert_eq(cd_run("1b 0 0 0 2", 0), 0);
    cr_assert_eq(cd_run("0", 0), -0x20);
    cr_assert_eq(cd_sense(), 0x023a02);
    cr_assert_eq(cd_run("1b 0 0 0 3", 0), 0);
    cr_assert_eq(cd_run("0", 0), -0x20);
    cr_assert_eq(cd_sense(), 0x023a00);
}

Test(atapi_empty, absent_slave_has_no_signature)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cd_out(HEAD, 0x10);
    cr_assert_neq(cd_in(COUNT_LOW), 0x14);
    cr_assert_neq(cd_in(COUNT_HIGH), 0xeb);
    cr_assert_eq(cd_in(STATUS), 0);
}

Test(atapi_empty, two_drives_answer_for_themselves)
{
    cr_assert_not_null(qdev_device_add("ide-cd,id=a,serial=AA", &error_abort));
    cr_assert_not_null(qdev_device_add("ide-cd,id=b,serial=BB", &error_abort));
    identify();
    cr_assert_eq(identify_word(10), 'A' << 8 | 'A');
    cd_out(HEAD, 0x10);
    cd_expect_signature();
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
    cr_assert_eq(cd_in(STATUS), 0);
    cr_assert_not_null(qdev_device_add("ide-cd,id=cd", &error_abort));
    cd_expect_signature();
}

/* --- media that change ------------------------------------------------------------------------------------------------ */

static uint32_t media_event(void)
{
    cr_assert_eq(cd_run("4a 1 0 0 10 0 0 0 8", 8), 8);
    return ldl_be_p(atapi.data + 4);
}

Test(atapi, medium_that_changes_comes_through)
{
    cd_get_ready();
    cr_assert(block_eject("c0", false, &error_abort));
    cr_assert_eq(media_event(), 0x03010000);
    cr_assert_eq(cd_run("0", 0), -0x20);
    cr_assert_eq(cd_sense(), 0x023a02);
    cr_assert(cd_change("c0", &error_abort));
    cr_assert_eq(media_event(), 0x02020000);
    cr_assert_eq(cd_run("0", 0), -0x60);
    cr_assert_eq(cd_sense(), 0x062800);
    cr_assert_eq(cd_run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    cd_expect_sectors(atapi.data, 3, 2);
}

Test(atapi, medium_that_the_guest_has_locked_stays)
{
    Error *err = NULL;
    cd_get_ready();
    cr_assert_eq(cd_run("1e 0 0 0 1", 0), 0);
    cr_assert_not(block_eject("c0", false, &err));
    error_free(err);
    cr_assert_eq(media_event(), 0x01020000, "somebody wants it");
    cr_assert_eq(cd_run("1b 0 0 0 2", 0), -0x50);
    cr_assert_eq(cd_sense(), 0x055302);
    cr_assert_eq(cd_run("0", 0), 0);
}

Test(atapi_empty, drive_takes_a_medium_under_its_own_name)
{
    cd_make_image();
    cr_assert_not_null(qdev_device_add("ide-cd,id=x", &error_abort));
    cr_assert_not_null(qdev_device_add("ide-cd,id=drive", &error_abort)); /* a property's name */
    cr_assert(cd_change("x", &error_abort));
    cd_remove_image();
    cr_assert_eq(cd_run("0", 0), -0x60);
    cr_assert_eq(cd_run("28 0 0 0 0 3 0 0 2", 0xfffe), 2 * SECTOR);
    cd_expect_sectors(atapi.data, 3, 2);
}

Test(atapi, info_shows_the_command_under_way)
{
    GString *text = g_string_new(NULL);
    cd_get_ready();
    cd_packet("28 0 0 0 0 9 0 0 3", 1, 0x800);
    DEVICE_GET_CLASS(atapi.cd)->info(atapi.cd, text);
    cr_assert_not_null(strstr(text->str, "command 28, running DMA limit 0x800 sense 0/00/00"), "%s",
                       text->str);
    cr_assert_not_null(strstr(text->str, "200 blocks of 2048"), "%s", text->str);
    g_string_free(text, true);
}
