/* SPDX-License-Identifier: MIT */
/*
 * A whole sector of a CD around its 2048 bytes of user data: sync, header, error detection and correction codes
 * of mode 1.
 *
 * Source: ECMA-130 section 14 (layout) and annexes A (correction: Reed-Solomon product code over GF(2^8)) and B (detection).
 * Not modelled: mode 2, scrambling.
 */
#include "hw/scsi/internal.h"

#include <string.h>

enum { HEADER = 12, EDC = 2064, P_PARITY = 2076, Q_PARITY = 2248 };
enum { P_COLUMNS = 86, P_ROWS = 24, Q_DIAGONALS = 26, Q_LENGTH = 43 };
enum { FIELD_POLYNOMIAL = 0x11d, INVERSE_OF_3 = 0xf4, FRAMES = 75, LEAD = 150 };

void scsi_cd_put_address(uint8_t *at, uint32_t lba, bool is_msf)
{
    stl_be_p(at, lba);
    if (is_msf) {
        lba += LEAD;
        at[0] = 0;
        at[1] = (uint8_t)(lba / FRAMES / 60);
        at[2] = (uint8_t)(lba / FRAMES % 60);
        at[3] = (uint8_t)(lba % FRAMES);
    }
}

/* --- codes ------------------------------------------------------------------------------------------------- */

/* x^32 + x^31 + x^16 + x^15 + x^4 + x^3 + x + 1, the lowest bit first: what four bits that leave it do. */
static uint32_t detection_code(const uint8_t *data, size_t length)
{
    static const uint32_t four_bits[16] = {
        0x00000000, 0x99011001, 0x82012001, 0x1b003000, 0xb4014001, 0x2d005000,
        0x36006000, 0xaf017001, 0xd8018001, 0x41009000, 0x5a00a000, 0xc301b001,
        0x6c00c000, 0xf501d001, 0xee01e001, 0x7700f000,
    };
    uint32_t code = 0;
    for (size_t i = 0; i < length; i++) {
        code ^= data[i];
        code = code >> 4 ^ four_bits[code & 15];
        code = code >> 4 ^ four_bits[code & 15];
    }
    return code;
}

static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x & 0x80 ? FIELD_POLYNOMIAL : 0)); }

static uint8_t product(uint8_t x, uint8_t y)
{
    uint8_t sum = 0;
    for (; y; y >>= 1, x = twice(x)) {
        sum ^= y & 1 ? x : 0;
    }
    return sum;
}

/* The two bytes that make a word with the sums over c[i] and over 2^(n-1-i) c[i] zero. */
typedef struct Parity {
    uint8_t sum, weighted;
} Parity;

static void add_to(Parity *parity, uint8_t byte)
{
    parity->sum ^= byte;
    parity->weighted = twice(parity->weighted) ^ byte;
}

static void put_parity(const Parity *parity, uint8_t *first, uint8_t *second)
{
    uint8_t weighted = twice(twice(parity->weighted));
    *first = product(parity->sum ^ weighted, INVERSE_OF_3);
    *second = parity->sum ^ *first;
}

static void put_p_parity(uint8_t *sector)
{
    Parity parities[P_COLUMNS] = {0};
    for (unsigned row = 0; row < P_ROWS; row++) {
        for (unsigned column = 0; column < P_COLUMNS; column++) {
            add_to(&parities[column], sector[HEADER + row * P_COLUMNS + column]);
        }
    }
    for (unsigned column = 0; column < P_COLUMNS; column++) {
        put_parity(&parities[column], &sector[P_PARITY + column],
                   &sector[P_PARITY + P_COLUMNS + column]);
    }
}

/* Words of two bytes: byte 0 and byte 1 have a code each. */
static void put_q_parity(uint8_t *sector)
{
    for (unsigned n = 0; n < 2 * Q_DIAGONALS; n++) {
        Parity parity = {0, 0};
        unsigned word = Q_LENGTH * (n / 2);
        for (unsigned m = 0; m < Q_LENGTH; m++) {
            add_to(&parity, sector[HEADER + 2 * word + n % 2]);
            word += Q_LENGTH + 1;
            word -= word < Q_LENGTH * Q_DIAGONALS ? 0 : Q_LENGTH * Q_DIAGONALS;
        }
        put_parity(&parity, &sector[Q_PARITY + n], &sector[Q_PARITY + 2 * Q_DIAGONALS + n]);
    }
}

/* --- the sector -------------------------------------------------------------------------------------------- */

static uint8_t to_decimal(uint8_t value) { return (uint8_t)(value / 10 << 4 | value % 10); }

void cd_sector_complete(uint8_t *sector, uint32_t lba)
{
    uint8_t address[4];
    memset(sector + 1, 0xff, 10);
    sector[0] = sector[11] = 0;
    scsi_cd_put_address(address, lba, true);
    for (int i = 0; i < 3; i++) {
        sector[HEADER + i] = to_decimal(address[1 + i]);
    }
    sector[HEADER + 3] = 1; /* mode */
    uint32_t code = detection_code(sector, EDC);
    for (int i = 0; i < 4; i++) {
        sector[EDC + i] = (uint8_t)(code >> 8 * i);
    }
    memset(sector + EDC + 4, 0, P_PARITY - EDC - 4);
    put_p_parity(sector);
    put_q_parity(sector);
}
