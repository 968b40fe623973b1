/* SPDX-License-Identifier: MIT */
/*
 * Integer work of different shapes: loops over bytes and words, rotates, calls through pointers, a bytecode
 * machine, pointers and strings. Each is small enough to stay in the host's caches but for `chase`.
 */
#include "bench/linux/bench.h"

enum { BUFFER = 65536 };
static uint8_t buffer[BUFFER] __attribute__((aligned(16)));
static uint8_t copy[BUFFER + 64] __attribute__((aligned(16)));
#define NOINLINE __attribute__((noinline))

/* --- sieve: strided byte stores ------------------------------------------------------------------------- */

static uint32_t sieve(uint32_t times)
{
    uint32_t count = 0;
    while (times--) {
        count = 0;
        memset(buffer, 1, 32768);
        for (uint32_t i = 2; i < 32768; i++) {
            if (!buffer[i]) {
                continue;
            }
            count++;
            for (uint32_t k = i + i; k < 32768; k += i) {
                buffer[k] = 0;
            }
        }
    }
    return count;
}

/* --- crc32: a table, a dependent chain ------------------------------------------------------------------- */

static uint32_t crc_table[256];

static void make_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) {
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
        }
        crc_table[i] = c;
    }
}

static uint32_t crc32(uint32_t times)
{
    uint32_t c = ~0u;
    make_crc_table();
    while (times--) {
        for (uint32_t i = 0; i < BUFFER; i++) {
            c = crc_table[(c ^ buffer[i]) & 255] ^ c >> 8;
        }
    }
    return c;
}

/* --- sha256: rotates and additions ----------------------------------------------------------------------- */

static uint32_t round_constants[64];

static uint32_t rotate(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

NOINLINE static void sha_block(uint32_t *h, const uint8_t *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, h, sizeof(s));
    for (int i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t t1 = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                      ((e & s[5]) ^ (~e & s[6])) + round_constants[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                      ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6], s[6] = s[5], s[5] = e, s[4] = s[3] + t1;
        s[3] = s[2], s[2] = s[1], s[1] = a, s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) {
        h[i] += s[i];
    }
}

static uint32_t sha256(uint32_t times)
{
    uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8}, seed = 7;
    for (int i = 0; i < 64; i++) {
        round_constants[i] = bench_random(&seed);
    }
    while (times--) {
        for (uint32_t i = 0; i < 16384; i += 64) {
            sha_block(h, buffer + i);
        }
    }
    return h[0] ^ h[3];
}

/* --- sort: calls through a pointer, branches that go either way --------------------------------------------- */

typedef int Order(const uint32_t *a, const uint32_t *b);
NOINLINE static int up(const uint32_t *a, const uint32_t *b) { return *a < *b ? -1 : *a > *b; }
NOINLINE static int down(const uint32_t *a, const uint32_t *b) { return *a > *b ? -1 : *a < *b; }

static void quick_sort(uint32_t *a, int low, int high, Order *order)
{
    while (low < high) {
        uint32_t pivot = a[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (order(&a[i], &pivot) < 0) {
                i++;
            }
            while (order(&a[j], &pivot) > 0) {
                j--;
            }
            if (i <= j) {
                uint32_t t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quick_sort(a, low, j, order);
        low = i;
    }
}

static uint32_t sort(uint32_t times)
{
    static uint32_t array[8192];
    uint32_t seed = 12345, sum = 0;
    while (times--) {
        for (int i = 0; i < 8192; i++) {
            array[i] = bench_random(&seed);
        }
        quick_sort(array, 0, 8191, times & 1 ? up : down);
        sum += array[100] ^ array[8000];
    }
    return sum;
}

/* --- vm: a bytecode machine -------------------------------------------------------------------------------- */

enum { PUSH, ADD, SUB, DUP, JNZ, LOAD, STORE, XOR, SHR, HALT, LESS, JUMP, MUL };
static const uint8_t program[] = {
    PUSH, 0,  STORE, 0, PUSH,  200,  STORE, 1,                                        /* 0 */
    LOAD, 0,  LOAD,  1, ADD,   DUP,  PUSH,  3,   SHR,   XOR, STORE, 0,                /* 8 */
    LOAD, 0,  PUSH,  7, MUL,   PUSH, 13,    ADD, STORE, 2,   LOAD,  2, LOAD, 0, LESS, /* 20 */
    JNZ,  43, PUSH,  1, STORE, 3,    JUMP,  47,  PUSH,  2,   STORE, 3,                /* 35 */
    LOAD, 1,  PUSH,  1, SUB,   DUP,  STORE, 1,   JNZ,   8,   HALT,                    /* 47 */
};

NOINLINE static uint32_t interpret(uint32_t *v)
{
    uint32_t stack[32], *sp = stack;
    const uint8_t *pc = program;
    for (;;) {
        switch (*pc++) {
        case PUSH:
            *sp++ = *pc++;
            break;
        case ADD:
            sp--, sp[-1] += *sp;
            break;
        case SUB:
            sp--, sp[-1] -= *sp;
            break;
        case DUP:
            *sp = sp[-1], sp++;
            break;
        case JNZ:
            pc = *--sp ? program + *pc : pc + 1;
            break;
        case LOAD:
            *sp++ = v[*pc++];
            break;
        case STORE:
            v[*pc++] = *--sp;
            break;
        case XOR:
            sp--, sp[-1] ^= *sp;
            break;
        case SHR:
            sp--, sp[-1] >>= *sp & 31;
            break;
        case LESS:
            sp--, sp[-1] = sp[-1] < *sp;
            break;
        case JUMP:
            pc = program + *pc;
            break;
        case MUL:
            sp--, sp[-1] *= *sp;
            break;
        case HALT:
            return v[0] ^ v[2];
        }
    }
}

static uint32_t vm(uint32_t times)
{
    uint32_t v[8] = {0}, sum = 0;
    while (times--) {
        sum += interpret(v);
    }
    return sum;
}

/* --- copies: bytes, unaligned, and the C library's ------------------------------------------------------------- */

NOINLINE static void copy_bytes(uint8_t *to, const uint8_t *from, uint32_t length)
{
    while (length--) {
        *to++ = *from++;
        __asm__ volatile("");
    }
}

static uint32_t copies(uint32_t times)
{
    uint32_t sum = 0;
    while (times--) {
        copy_bytes(copy + 3, buffer, 8192);
        memcpy(copy + 8, buffer, 16000);
        memcpy(copy + 5, buffer + 1, 8000);
        sum += copy[times & 1023] + (uint32_t)memcmp(copy + 5, buffer + 1, 8000);
        buffer[times & (BUFFER - 1)] ^= (uint8_t)sum;
    }
    return sum;
}

/* --- lists: hashing, strings, short functions ------------------------------------------------------------------ */

typedef struct Node Node;
struct Node {
    Node *next;
    uint32_t key;
    uint16_t flags;
    uint8_t type;
    char name[16];
};

NOINLINE static uint32_t hash_name(const char *s)
{
    uint32_t h = 5381;
    while (*s) {
        h = h * 33 + (uint8_t)*s++;
    }
    return h;
}

NOINLINE static int compare_names(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++, b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

NOINLINE static void make_name(char *name, uint32_t value)
{
    uint32_t length = 3 + (value & 7);
    for (uint32_t i = 0; i < length; i++) {
        name[i] = (char)('a' + value % 26);
        value = value / 3 + i;
    }
    name[length] = '\0';
}

NOINLINE static Node *find(Node **table, const char *name)
{
    Node *node = table[hash_name(name) & 255];
    while (node && compare_names(node->name, name)) {
        node = node->next;
    }
    return node;
}

static uint32_t lists(uint32_t times)
{
    static Node nodes[1024], *table[256];
    uint32_t seed = 99, sum = 0;
    while (times--) {
        memset(table, 0, sizeof(table));
        for (int i = 0; i < 1024; i++) {
            char name[16];
            make_name(name, bench_random(&seed));
            Node *node = find(table, name);
            if (node) {
                node->flags = (uint16_t)((node->flags & ~0xff0) | (i & 255) << 4);
                sum += node->flags + ++node->type;
                continue;
            }
            node = &nodes[i];
            Node **head = &table[hash_name(name) & 255];
            *node = (Node){.next = *head, .key = (uint32_t)i, .type = i & 3};
            strcpy(node->name, name);
            *head = node;
        }
        sum ^= table[times & 255] ? table[times & 255]->key : 1;
    }
    return sum;
}

/* --- chase: loads that wait for each other, over 8 MB --------------------------------------------------------- */

static uint32_t chase(uint32_t times)
{
    enum { WORDS = 1 << 21 };
    uint32_t *words = malloc(WORDS * sizeof(*words)), seed = 5, at = 0;
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = (bench_random(&seed) << 4 ^ i) & (WORDS - 1);
    }
    while (times--) {
        for (uint32_t i = 0; i < 100000; i++) {
            at = words[at] ^ (i & 15);
        }
    }
    free(words);
    return at;
}

int main(int argc, char **argv)
{
    static const Work works[] = {
        {"sieve", sieve, 1000}, {"crc32", crc32, 400}, {"sha256", sha256, 100},
        {"sort", sort, 50},     {"vm", vm, 5000},      {"copies", copies, 2000},
        {"lists", lists, 250},  {"chase", chase, 40},  {NULL, NULL, 0},
    };
    uint32_t seed = 12345;
    for (uint32_t i = 0; i < BUFFER; i++) {
        buffer[i] = (uint8_t)bench_random(&seed);
    }
    return bench_main(argc, argv, works);
}
