/* SPDX-License-Identifier: MIT */
/*
 * AltiVec permute and select, shifts of whole registers, and the permute controls of an address.
 *
 * Source: AltiVec PEM chapter 6. Whole-register shifts take their count from the last byte of vB;
 * what happens when the bytes of vsl's and vsr's vB differ is undefined.
 */
#include "target-ppc/vec_internal.h"

void ppc_vperm(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c)
{
    PpcVector result;

    for (unsigned i = 0; i < 16; i++) {
        unsigned index = c->u8[i] & 15;
        const PpcVector *source = c->u8[i] & 16 ? b : a;
        result.u8[i] = source->u8[vec_lane(index, 16)];
    }
    *d = result;
}

void ppc_vsel(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c)
{
    for (unsigned i = 0; i < 2; i++) {
        d->u64[i] = (a->u64[i] & ~c->u64[i]) | (b->u64[i] & c->u64[i]);
    }
}

void ppc_vsldoi(PpcVector *d, PpcVecSource a, PpcVecSource b, unsigned imm)
{
    PpcVector result;

    for (unsigned i = 0; i < 16; i++) {
        result.u8[i] = i < imm ? b->u8[16 + i - imm] : a->u8[i - imm];
    }
    *d = result;
}

/* The register as one number of 128 bits: reversed storage is the host's own order. */
static unsigned __int128 whole(const PpcVector *v)
{
    return (unsigned __int128)v->u64[1] << 64 | v->u64[0];
}

static void set_whole(PpcVector *d, unsigned __int128 value)
{
    d->u64[0] = (uint64_t)value;
    d->u64[1] = (uint64_t)(value >> 64);
}

static unsigned bit_count(const PpcVector *b) { return b->u8[0] & 7; }

static unsigned octet_count(const PpcVector *b) { return b->u8[0] & 0x78; /* in bits */ }

void ppc_vsl(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    set_whole(d, whole(a) << bit_count(b));
}

void ppc_vsr(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    set_whole(d, whole(a) >> bit_count(b));
}

void ppc_vslo(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    set_whole(d, whole(a) << octet_count(b));
}

void ppc_vsro(PpcVector *d, PpcVecSource a, PpcVecSource b)
{
    set_whole(d, whole(a) >> octet_count(b));
}

static void count_up(PpcVector *d, unsigned first)
{
    for (unsigned element = 0; element < 16; element++) {
        d->u8[vec_lane(element, 16)] = (uint8_t)(first + element);
    }
}

void ppc_lvsl(PpcVector *d, target_addr ea) { count_up(d, ea & 15); }

void ppc_lvsr(PpcVector *d, target_addr ea) { count_up(d, 16 - (ea & 15)); }
