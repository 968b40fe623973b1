/* SPDX-License-Identifier: MIT */
/*
 * Executes every AltiVec instruction on random and special operands, and prints what the processor under
 * it did as vectors for `core99 test`: altivec-oracle SEED CASES. Run under qemu-ppc, it makes QEMU the
 * oracle; the words come from the GNU assembler. Source: none (own design).
 *
 * What QEMU knows nothing of or does otherwise is not asked: tests/long/altivec-oracle.sh has the list.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef union Vector {
    uint8_t u8[16];
    uint16_t u16[8];
    uint32_t u32[4];
} __attribute__((aligned(16))) Vector;

enum { NJ = 0x10000, SAT = 1, MEMORY = 48, BASE = 0x1000 };

/* What a row is, beside an instruction that turns v2, v3, v4 into v1. */
enum {
    ACCESS = 1,   /* reads or writes memory at r4 + r5 */
    ASSISTS = 2,  /* denormals in Java mode end in the assist exception */
    FUSED = 4,    /* ... and what vanishes below them, too */
    INTEGER = 8,  /* ... and its result is no floating-point number */
    ESTIMATE = 16 /* only special operands have one right result */
};

typedef struct Row {
    const uint32_t *code;
    const char *name;
    uint32_t kind, sources; /* a bit for each of v2, v3, v4 that is read */
} Row;

extern const Row rows_begin[], rows_end[];

__asm__(".section .rows, \"a\"\n.globl rows_begin\nrows_begin:\n.text");

#define ROW_AS(name, kind, sources, text)                                                          \
    __asm__(".text\n.balign 4\n771: " text "\n blr\n"                                              \
            ".section .rodata\n772: .string \"" name "\"\n"                                        \
            ".section .rows, \"a\"\n.long 771b, 772b, " #kind ", " #sources "\n.text");
#define AB(name) ROW_AS(#name, 0, 3, #name " 1, 2, 3")
#define ABC(name) ROW_AS(#name, 0, 7, #name " 1, 2, 3, 4")
#define B(name) ROW_AS(#name, 0, 2, #name " 1, 3")
#define COMPARE(name) AB(name) ROW_AS(#name ".", 0, 3, #name ". 1, 2, 3")
#define IMM(name, imm) ROW_AS(#name, 0, 2, #name " 1, 3, " #imm)
#define IMM4(name, i, j, k, l) IMM(name, i) IMM(name, j) IMM(name, k) IMM(name, l)
#define SPLAT(name, imm) ROW_AS(#name, 0, 0, #name " 1, " #imm)
#define SHIFT(imm) ROW_AS("vsldoi", 0, 3, "vsldoi 1, 2, 3, " #imm)
#define LOAD(name) ROW_AS(#name, 1, 0, #name " 1, 4, 5")

#include "altivec-oracle.def"

__asm__(".section .rows, \"a\"\n.globl rows_end\nrows_end:\n.text");

/* --- state ------------------------------------------------------------------------------------------- */

typedef struct State {
    Vector v[5]; /* v[1] to v[4] */
    Vector vscr; /* its last word */
    uint8_t memory[MEMORY] __attribute__((aligned(16)));
    uint32_t r5, cr;
} State;

/* In place: what the instruction at @code makes of @s. */
static void run(const uint32_t *code, State *s)
{
    register Vector *v __asm__("r7") = s->v;
    register uint8_t *memory __asm__("r4") = s->memory;
    register uint32_t r5 __asm__("r5") = s->r5;
    register Vector *vscr __asm__("r6") = &s->vscr;
    uint32_t cr;
    __asm__ volatile("lvx 5, 0, %[vscr]\n mtvscr 5\n"
                     "li 8, 16\n lvx 1, 8, %[v]\n li 8, 32\n lvx 2, 8, %[v]\n"
                     "li 8, 48\n lvx 3, 8, %[v]\n li 8, 64\n lvx 4, 8, %[v]\n"
                     "li 8, 0\n mtcr 8\n mtctr %[code]\n bctrl\n mfcr %[cr]\n"
                     "mfvscr 5\n stvx 5, 0, %[vscr]\n li 8, 16\n stvx 1, 8, %[v]\n"
                     : [cr] "=&r"(cr)
                     : [code] "r"(code), [v] "r"(v), [vscr] "r"(vscr), "r"(memory), "r"(r5)
                     : "r8", "cc", "cr0", "cr1", "cr5", "cr6", "cr7", "ctr", "lr", "memory", "v1",
                       "v2", "v3", "v4", "v5");
    s->cr = cr;
}

/* --- operands ------------------------------------------------------------------------------------------ */

static uint64_t chance = 1;

static uint32_t any(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (uint32_t)(chance >> 16);
}

static uint32_t below(uint32_t limit) { return any() % limit; }

static const uint32_t singles[] = {
    0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
    0xffc12345, 0x00000001, 0x807fffff, 0x00800000, 0x80800001, 0x00ffffff, 0x7f7fffff, 0xff7fffff,
    0x4f000000, 0xcf000000, 0x4f7fffff, 0x4f800000, 0x4effffff, 0xcf000001, 0x3f000000, 0xbf000000,
    0x3effffff, 0x4b000000, 0x4b7fffff, 0x3fc00000, 0x40200000, 0xbfc00000, 0x7e800000, 0x34000000,
};

static uint32_t any_single(void)
{
    uint32_t bits = any();
    switch (below(6)) {
    case 0:
        return singles[below(sizeof(singles) / sizeof(singles[0]))];
    case 1: /* near one: sums meet */
        return (bits & 0x80ffffff) | (0x3e + below(4)) << 24;
    case 2: /* few bits: ties */
        return bits & 0xfff00000;
    case 3: /* about the denormals */
        return (bits & 0x807fffff) | below(40) << 23;
    case 4: /* products about the denormals */
        return (bits & 0x807fffff) | (50 + below(30)) << 23;
    default:
        return bits;
    }
}

static uint32_t any_word(unsigned style)
{
    static const uint8_t bytes[] = {0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x40};
    static const uint16_t halves[] = {0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0xff, 0x100, 0xff80};
    static const uint32_t words[] = {0,          1,      0x7fffffff, 0x80000000, 0xffffffff,
                                     0x80000001, 0xffff, 0x10000,    0xffff8000, 0x7fff};
    uint32_t word = 0;
    switch (style) {
    case 0:
        return any();
    case 1:
        for (int i = 0; i < 4; i++) {
            word = word << 8 | bytes[below(sizeof(bytes))];
        }
        return word;
    case 2:
        word = halves[below(sizeof(halves) / 2)];
        return word << 16 | halves[below(sizeof(halves) / 2)];
    case 3:
        return words[below(sizeof(words) / 4)];
    default:
        return any_single();
    }
}

static Vector any_vector(void)
{
    unsigned style = below(8);
    Vector v;
    for (int i = 0; i < 4; i++) {
        v.u32[i] = any_word(style);
    }
    return v;
}

static void fill(State *s)
{
    static const uint32_t vscr[] = {NJ, NJ, 0, NJ | SAT};
    for (int i = 1; i < 5; i++) {
        s->v[i] = any_vector();
    }
    for (int i = 0; i < MEMORY; i++) {
        s->memory[i] = (uint8_t)any();
    }
    s->vscr = (Vector){.u32 = {0, 0, 0, vscr[below(4)]}};
    s->r5 = below(32);
}

/* --- what is not asked, and what the assist exception does ------------------------------------------------ */

static int is_denormal(uint32_t x) { return (x & 0x7fffffff) != 0 && !(x & 0x7f800000); }
static int is_zero(uint32_t x) { return !(x & 0x7fffffff); }

/* MPC7400UM 4.6.16, in Java mode. */
static int assists(const Row *row, const State *in, const State *out)
{
    int wants = 0;
    if (!(row->kind & ASSISTS) || (in->vscr.u32[3] & NJ)) {
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 3; k++) {
            wants |= (row->sources >> k & 1) && is_denormal(in->v[2 + k].u32[i]);
        }
        wants |= !(row->kind & INTEGER) && is_denormal(out->v[1].u32[i]);
        wants |= (row->kind & FUSED) && is_zero(out->v[1].u32[i]) && is_zero(in->v[3].u32[i]) &&
                 !is_zero(in->v[2].u32[i]) && !is_zero(in->v[4].u32[i]);
    }
    return wants;
}

/* Operands for which an estimate is no estimate: zeros, infinities, NaNs, for two of them negative ones. */
static int is_fixed(const char *name, uint32_t x)
{
    int negative_fixed = strcmp(name, "vexptefp") != 0;
    return is_zero(x) || (x & 0x7f800000) == 0x7f800000 ||
           (negative_fixed && (x >> 31) && !is_denormal(x));
}

static int is_asked(const Row *row, const State *in)
{
    for (int i = 0; i < 4; i++) {
        uint32_t b = in->v[3].u32[i];
        if ((row->kind & ESTIMATE) && !is_fixed(row->name, b) && !is_denormal(b)) {
            return 0;
        }
    }
    return 1;
}

/* --- output ---------------------------------------------------------------------------------------------- */

static char line[2048], *end;

static void put(const char *text)
{
    size_t length = strlen(text);
    memcpy(end, text, length);
    end += length;
}

static void put_bytes(const uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i++) {
        *end++ = "0123456789abcdef"[bytes[i] >> 4];
        *end++ = "0123456789abcdef"[bytes[i] & 15];
    }
}

static void put_word(const char *before, uint32_t word)
{
    uint8_t bytes[4] = {word >> 24, word >> 16, word >> 8, word};
    put(before);
    put_bytes(bytes, 4);
}

static void put_vector(const char *before, const Vector *v)
{
    put(before);
    put_bytes(v->u8, 16);
}

static void put_memory(const State *s)
{
    put_word(" mem 0x", BASE);
    put("=");
    put_bytes(s->memory, MEMORY);
}

static void put_case(const Row *row, unsigned number, const State *in, const State *out)
{
    static const char *const names[] = {" v2=0x", " v3=0x", " v4=0x"};
    end = line;
    end += sprintf(end, "case %s/%u source=qemu\n", row->name, number);
    put_word("insn 0x", row->code[0]);
    put_vector("\nin v1=0x", &in->v[1]);
    for (int k = 0; k < 3; k++) {
        if (row->sources >> k & 1) {
            put_vector(names[k], &in->v[2 + k]);
        }
    }
    put_word(" vscr=0x", in->vscr.u32[3]);
    put_word(" r4=0x", BASE);
    put_word(" r5=0x", in->r5);
    if (row->kind & ACCESS) {
        put_memory(in);
    }
    if (assists(row, in, out)) {
        put("\nexception 0x1600 srr1=0x2003000");
    } else {
        put_vector("\nout v1=0x", &out->v[1]);
        put_word(" vscr=0x", out->vscr.u32[3]);
        put_word(" cr=0x", out->cr & 0xf0);
        if (row->kind & ACCESS) {
            put_memory(out);
        }
    }
    put("\n\n");
    fwrite(line, 1, (size_t)(end - line), stdout);
}

int main(int argc, char **argv)
{
    static State in, out;
    unsigned cases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1000;
    chance = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15u | 1;
    size_t count = (size_t)(rows_end - rows_begin);
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (unsigned i = 0; i < cases; i++) {
        const Row *row = &rows_begin[i % count];
        do {
            fill(&in);
            if ((row->kind & ESTIMATE) && below(2)) {
                for (int k = 0; k < 4; k++) {
                    in.v[3].u32[k] = singles[below(10)];
                }
            }
        } while (!is_asked(row, &in));
        out = in;
        run(row->code, &out);
        out.vscr.u32[3] &=
            NJ | SAT; /* QEMU keeps the reserved bits that mtvscr writes; reading 0 is allowed */
        put_case(row, i, &in, &out);
    }
    return 0;
}
