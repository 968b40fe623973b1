/* SPDX-License-Identifier: MIT */
/*
 * The decoder: one constant look-up table, filled by the preprocessor from insn.def.
 *
 * Source: PEM chapter 8 and appendix A; AltiVec PEM appendix A. Each primary opcode has a window of
 * the table, indexed by some low bits of the word. Two rows at one place do not compile
 * (-Woverride-init).
 */
#include "target-ppc/decode.h"

/* Windows: 64 primary opcodes without xo, then those with one. */
enum {
    BASE_16 = 64,
    BASE_18 = BASE_16 + 4,
    BASE_59 = BASE_18 + 4,
    BASE_19 = BASE_59 + 32,
    BASE_31 = BASE_19 + 2048,
    BASE_63 = BASE_31 + 1024,
    BASE_4 = BASE_63 + 1024,
    LOOKUP_SIZE = BASE_4 + 2048,
};

typedef struct Window {
    uint16_t base;
    uint16_t mask;   /* index = base + (insn >> shift & mask) ... */
    uint16_t escape; /* ... unless a bit of this is set: then only the bits of wide count */
    uint16_t wide;
    uint8_t shift;
} Window;

/* Primaries 63 and 4 mix short and long xo; one bit tells them apart. */
static const Window WINDOWS[64] = {
    [4] = {.base = BASE_4, .mask = 0x7ff, .escape = 0x20, .wide = 0x3f},
    [16] = {.base = BASE_16, .mask = 3},
    [18] = {.base = BASE_18, .mask = 3},
    [19] = {.base = BASE_19, .mask = 0x7ff},
    [31] = {.base = BASE_31, .mask = 0x3ff, .shift = 1},
    [59] = {.base = BASE_59, .mask = 0x1f, .shift = 1},
    [63] = {.base = BASE_63, .mask = 0x3ff, .shift = 1, .escape = 0x10, .wide = 0x1f},
};

#define BASE_X(primary) ((primary) == 31 ? BASE_31 : BASE_63)
#define BASE_A(primary) ((primary) == 59 ? BASE_59 : BASE_63)
#define AT_FORM_D(id, primary, xo) [primary] = INSN_##id,
#define AT_FORM_DU AT_FORM_D
#define AT_FORM_DS AT_FORM_D
#define AT_FORM_SC AT_FORM_D
#define AT_FORM_M AT_FORM_D
#define AT_FORM_I(id, primary, xo) [BASE_18 + (xo)] = INSN_##id,
#define AT_FORM_B(id, primary, xo) [BASE_16 + (xo)] = INSN_##id,
#define AT_FORM_X(id, primary, xo) [BASE_X(primary) + (xo)] = INSN_##id,
#define AT_FORM_XSPR AT_FORM_X
#define AT_FORM_XCRM AT_FORM_X
#define AT_FORM_XFM AT_FORM_X
#define AT_FORM_XL0(id, primary, xo) [BASE_19 + 2 * (xo)] = INSN_##id,
#define AT_FORM_XL1(id, primary, xo) [BASE_19 + 2 * (xo) + 1] = INSN_##id,
#define AT_FORM_XL(id, primary, xo) AT_FORM_XL0(id, primary, xo) AT_FORM_XL1(id, primary, xo)
#define AT_FORM_A(id, primary, xo) [BASE_A(primary) + (xo)] = INSN_##id,
#define AT_FORM_VX(id, primary, xo) [BASE_4 + (xo)] = INSN_##id,
#define AT_FORM_VXR(id, primary, xo)                                                               \
    [BASE_4 + (xo)] = INSN_##id, [BASE_4 + 1024 + (xo)] = INSN_##id,
#define AT_FORM_VA AT_FORM_VX

#define INSN(id, mnemonic, form, primary, xo, ...) AT_##form(id, primary, xo)
static const uint16_t LOOKUP[LOOKUP_SIZE] = {
#include "target-ppc/insn.def"
};
#undef INSN

#define INSN(id, name, how, first, extended, tokens, flag_bits, must_be_0, function, manual)       \
    [INSN_##id] = {.mnemonic = name,                                                               \
                   .operands = tokens,                                                             \
                   .source = manual,                                                               \
                   .flags = flag_bits,                                                             \
                   .reserved = must_be_0,                                                          \
                   .xo = extended,                                                                 \
                   .primary = first,                                                               \
                   .form = how},
static const PpcInsn ROWS[INSN_COUNT] = {
    [INSN_ILLEGAL] = {.mnemonic = "illegal", .operands = "", .source = "PEM 4.1.3"},
#include "target-ppc/insn.def"
};
#undef INSN

const PpcInsn *ppc_insn_row(unsigned id) { return &ROWS[id]; }

/* MB to ME, numbered from the most significant bit; wraps when MB > ME. */
static uint32_t rotate_mask(uint32_t insn)
{
    unsigned mb = extract32(insn, 6, 5), me = extract32(insn, 1, 5);
    uint32_t from_mb = UINT32_MAX >> mb, to_me = UINT32_MAX << (31 - me);
    return mb <= me ? from_mb & to_me : from_mb | to_me;
}

/* imm = (insn << left >> right, signed) & mask; forms that are not here have none. */
static const struct {
    uint8_t left, right;
    uint32_t mask;
} IMMEDIATES[] = {
    [FORM_D] = {16, 16, UINT32_MAX}, [FORM_DU] = {16, 16, 0xffff},
    [FORM_DS] = {16, 0, UINT32_MAX}, [FORM_I] = {6, 6, ~3u},
    [FORM_B] = {16, 16, ~3u},        [FORM_XCRM] = {12, 24, 0xff},
    [FORM_XFM] = {7, 24, 0xff},      [FORM_VX] = {11, 27, UINT32_MAX},
    [FORM_VXR] = {21, 31, 1},        [FORM_VA] = {0, 0, 0},
};

/* Without a switch: this is on the path of every step. */
static int32_t immediate(PpcForm form, uint32_t insn)
{
    if (form == FORM_M) {
        return (int32_t)rotate_mask(insn);
    }
    if (form == FORM_XSPR) {
        return (int32_t)(extract32(insn, 16, 5) | extract32(insn, 11, 5) << 5);
    }
    int32_t value = (int32_t)(insn << IMMEDIATES[form].left) >> IMMEDIATES[form].right;
    return value & (int32_t)IMMEDIATES[form].mask;
}

/* Invalid forms for which a program exception is what software has come to expect (QEMU, DingusPPC). */
static bool form_traps(const PpcOp *op, uint32_t flags)
{
    return ((flags & F_UPDATE) && op->a == 0) || ((flags & F_UPDATE_D) && op->a == op->d) ||
           ((flags & F_NO_COUNT) && !(op->d & 4));
}

static unsigned look_up(uint32_t insn)
{
    const Window *window = &WINDOWS[insn >> 26];
    if (!window->mask) {
        return LOOKUP[insn >> 26];
    }
    unsigned index = insn >> window->shift & window->mask;
    if (index & window->escape) {
        index &= window->wide;
    }
    return LOOKUP[window->base + index];
}

unsigned ppc_insn_find(uint32_t insn) { return look_up(insn); }

bool ppc_decode(uint32_t insn, PpcOp *op)
{
    unsigned id = look_up(insn);
    uint32_t flags = ROWS[id].flags;
    *op = (PpcOp){
        .id = (uint16_t)id,
        .d = (uint8_t)extract32(insn, 21, 5),
        .a = (uint8_t)extract32(insn, 16, 5),
        .b = (uint8_t)extract32(insn, 11, 5),
        .c = (uint8_t)extract32(insn, 6, 5),
        .imm = immediate(ROWS[id].form, insn),
        .insn = insn,
    };
    if (id == INSN_ILLEGAL || form_traps(op, flags)) {
        op->id = INSN_ILLEGAL;
        return false;
    }
    if (flags & F_CRFD) {
        op->d >>= 2;
    }
    if ((flags & F_RA0) && op->a == 0) {
        op->a = 32;
    }
    return true;
}

uint32_t ppc_insn_word(unsigned id)
{
    const PpcInsn *row = &ROWS[id];
    uint32_t word = (uint32_t)row->primary << 26;
    switch ((PpcForm)row->form) {
    case FORM_I:
    case FORM_B:
    case FORM_VX:
    case FORM_VXR:
    case FORM_VA:
        return word | row->xo;
    case FORM_XL1:
        return word | (uint32_t)row->xo << 1 | 1;
    default:
        return word | (uint32_t)row->xo << 1;
    }
}
