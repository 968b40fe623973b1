/* SPDX-License-Identifier: MIT */
/* util/hash.h: the published XXH64 values, chaining, alignment. */
#include "util/bits.h"
#include "util/hash.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#define PRIME32 2654435761u

/* The buffer of the reference implementation's sanity check. */
static void fill_sanity(uint8_t *buffer, size_t size)
{
    uint64_t generator = PRIME32;

    for (size_t i = 0; i < size; i++) {
        buffer[i] = generator >> 56;
        generator *= UINT64_C(11400714785074694797);
    }
}

Test(hash, published_values_are_met)
{
    uint8_t buffer[222];

    fill_sanity(buffer, sizeof(buffer));
    cr_assert_eq(hash_bytes(0, buffer, 0), UINT64_C(0xef46db3751d8e999));
    cr_assert_eq(hash_bytes(PRIME32, buffer, 0), UINT64_C(0xac75fda2929b17ef));
    cr_assert_eq(hash_bytes(0, buffer, 1), UINT64_C(0xe934a84adb052768));
    cr_assert_eq(hash_bytes(PRIME32, buffer, 1), UINT64_C(0x5014607643a9b4c3));
    cr_assert_eq(hash_bytes(0, buffer, 4), UINT64_C(0x9136a0dca57457ee));
    cr_assert_eq(hash_bytes(0, buffer, 14), UINT64_C(0x8282dcc4994e35c8));
    cr_assert_eq(hash_bytes(PRIME32, buffer, 14), UINT64_C(0xc3bd6bf63deb6df0));
    cr_assert_eq(hash_bytes(0, buffer, 222), UINT64_C(0xb641ae8cb691c174));
    cr_assert_eq(hash_bytes(PRIME32, buffer, 222), UINT64_C(0x20cb8ab7ae10c14a));
}

Test(hash, u64_is_the_hash_of_eight_little_endian_bytes)
{
    uint8_t bytes[8];

    stq_le_p(bytes, UINT64_C(0x0123456789abcdef));
    cr_assert_eq(hash_u64(77, UINT64_C(0x0123456789abcdef)), hash_bytes(77, bytes, 8));
}

Test(hash, alignment_does_not_count)
{
    uint8_t buffer[300 + 8];

    for (size_t size = 0; size < 300; size += 7) {
        uint8_t plain[300];
        fill_sanity(plain, size);
        memcpy(buffer + 3, plain, size);
        cr_assert_eq(hash_bytes(5, buffer + 3, size), hash_bytes(5, plain, size));
    }
}

Test(hash, every_byte_and_the_length_count)
{
    uint8_t page[4096] = {0};
    uint64_t zero = hash_bytes(0, page, sizeof(page));

    cr_assert_neq(zero, hash_bytes(0, page, sizeof(page) - 1));
    for (size_t i = 0; i < sizeof(page); i++) {
        page[i] = 1;
        cr_assert_neq(hash_bytes(0, page, sizeof(page)), zero);
        page[i] = 0;
    }
}

Test(hash, nothing_may_lie_nowhere) { cr_assert_eq(hash_bytes(3, NULL, 0), hash_bytes(3, "", 0)); }
