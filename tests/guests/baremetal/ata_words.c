/* SPDX-License-Identifier: MIT */
/*
 * ata_words: a -kernel program that resets both ATA cables and writes to the serial port what each place of a drive
 * says: the registers that hold the signature, and the words of IDENTIFY DEVICE or IDENTIFY PACKET DEVICE. A line
 * a word, so that two emulators can be compared. Ends with status 42 where core99-debugexit is, and stands still.
 *
 * Source: ATA/ATAPI-6 8.15, 8.16, 9.1; mac99.md 7 (serial port), 8.3.
 */
#define CABLE cable
static unsigned cable;
#include "mac_ata.h"

enum { SRST_NIEN = 6, NIEN = 2 };
#define SERIAL_CONTROL (MACIO + 0x13020u)
#define SERIAL_DATA (MACIO + 0x13030u)
enum { TX_EMPTY = 4 };

/* --- the serial port ------------------------------------------------------------------------------------------- */

static void put_char(char c)
{
    while (!(in8(SERIAL_CONTROL) & TX_EMPTY)) {
    }
    out8(SERIAL_DATA, (u8)c);
}

static void put_text(const char *text)
{
    for (; *text; text++) {
        put_char(*text);
    }
}

static void put_hex(u32 value, u32 digits)
{
    while (digits--) {
        put_char("0123456789abcdef"[value >> (4 * digits) & 0xf]);
    }
}

static void put_place(u32 unit, const char *what)
{
    put_text("\r\n");
    put_hex(cable, 1);
    put_char('.');
    put_hex(unit, 1);
    put_text(what);
}

/* --- the drives -------------------------------------------------------------------------------------------------- */

static void pause(void)
{
    for (volatile u32 n = 0; n < 10000; n++) {
    }
}

static void reset_cable(void)
{
    out8(CELL + R_ALT, SRST_NIEN);
    pause();
    out8(CELL + R_ALT, NIEN);
    pause();
    wait_idle(1);
}

static void put_signature(u32 unit)
{
    put_place(unit, " signature");
    for (u32 at = R_COUNT; at <= R_HIGH; at += 0x10) {
        put_char(' ');
        put_hex(in8(CELL + at), 2);
    }
    put_text(" status ");
    put_hex(in8(CELL + R_STATUS), 2);
}

static void put_words(u32 unit, u8 command)
{
    out8(CELL + R_STATUS, command);
    wait_idle(2);
    for (u32 n = 0; n < 256 && (in8(CELL + R_ALT) & DRQ); n++) {
        u16 word = *(volatile u16 *)CELL;
        put_place(unit, " word ");
        put_hex(n, 2);
        put_char(' ');
        put_hex((u32)(word >> 8 | (word & 0xff) << 8), 4);
    }
}

void begin(unsigned r3, unsigned r4, ClientInterface *firmware)
{
    (void)r3;
    (void)r4;
    (void)firmware;
    for (cable = 0; cable < 2; cable++) {
        reset_cable();
        for (u32 unit = 0; unit < 2; unit++) {
            int kind = scan_unit(unit);
            put_signature(unit);
            if (kind) {
                put_words(unit, kind == 2 ? 0xa1 : 0xec);
            }
        }
    }
    put_text("\r\nthat is all\r\n");
    expect(FINE, 0);
}
