/* SPDX-License-Identifier: MIT */
/*
 * Two states of a case, compared: registers by name, flags by their names in the manual.
 *
 * Source: PEM 2.1 (CR, FPSCR, XER, MSR), AltiVec PEM 2.1 (VSCR).
 */
#include "target-ppc/vectors_internal.h"

void vector_mask_everything(VectorMask *mask)
{
    memset(mask, 0xff, sizeof(*mask));
    mask->only_listed_memory = false;
}

VectorMask vector_mask_inverse(const VectorMask *mask)
{
    VectorMask inverse = {.gpr = ~mask->gpr, .fpr = ~mask->fpr, .vr = ~mask->vr, .sr = ~mask->sr};
    for (unsigned i = 0; i < VECTOR_SCALARS; i++) {
        inverse.scalar[i] = mask->scalar[i] ? 0 : UINT32_MAX;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(inverse.spr); i++) {
        inverse.spr[i] = ~mask->spr[i];
    }
    inverse.only_listed_memory = true;
    return inverse;
}

/* --- flags ---------------------------------------------------------------------------------------- */

typedef struct VectorFlag {
    const char *name;
    uint8_t start, length;
} VectorFlag;

static const VectorFlag CR_FLAGS[] = {
    {"cr0.LT", 31, 1}, {"cr0.GT", 30, 1}, {"cr0.EQ", 29, 1}, {"cr0.SO", 28, 1}, {"cr1.LT", 27, 1},
    {"cr1.GT", 26, 1}, {"cr1.EQ", 25, 1}, {"cr1.SO", 24, 1}, {"cr2.LT", 23, 1}, {"cr2.GT", 22, 1},
    {"cr2.EQ", 21, 1}, {"cr2.SO", 20, 1}, {"cr3.LT", 19, 1}, {"cr3.GT", 18, 1}, {"cr3.EQ", 17, 1},
    {"cr3.SO", 16, 1}, {"cr4.LT", 15, 1}, {"cr4.GT", 14, 1}, {"cr4.EQ", 13, 1}, {"cr4.SO", 12, 1},
    {"cr5.LT", 11, 1}, {"cr5.GT", 10, 1}, {"cr5.EQ", 9, 1},  {"cr5.SO", 8, 1},  {"cr6.LT", 7, 1},
    {"cr6.GT", 6, 1},  {"cr6.EQ", 5, 1},  {"cr6.SO", 4, 1},  {"cr7.LT", 3, 1},  {"cr7.GT", 2, 1},
    {"cr7.EQ", 1, 1},  {"cr7.SO", 0, 1},  {NULL, 0, 0},
};
static const VectorFlag XER_FLAGS[] = {
    {"xer.SO", 31, 1}, {"xer.OV", 30, 1}, {"xer.CA", 29, 1}, {"xer.count", 0, 7}, {NULL, 0, 0},
};
static const VectorFlag FPSCR_FLAGS[] = {
    {"fpscr.FX", 31, 1},    {"fpscr.FEX", 30, 1},    {"fpscr.VX", 29, 1},
    {"fpscr.OX", 28, 1},    {"fpscr.UX", 27, 1},     {"fpscr.ZX", 26, 1},
    {"fpscr.XX", 25, 1},    {"fpscr.VXSNAN", 24, 1}, {"fpscr.VXISI", 23, 1},
    {"fpscr.VXIDI", 22, 1}, {"fpscr.VXZDZ", 21, 1},  {"fpscr.VXIMZ", 20, 1},
    {"fpscr.VXVC", 19, 1},  {"fpscr.FR", 18, 1},     {"fpscr.FI", 17, 1},
    {"fpscr.FPRF", 12, 5},  {"fpscr.VXSOFT", 10, 1}, {"fpscr.VXSQRT", 9, 1},
    {"fpscr.VXCVI", 8, 1},  {"fpscr.VE", 7, 1},      {"fpscr.OE", 6, 1},
    {"fpscr.UE", 5, 1},     {"fpscr.ZE", 4, 1},      {"fpscr.XE", 3, 1},
    {"fpscr.NI", 2, 1},     {"fpscr.RN", 0, 2},      {NULL, 0, 0},
};
static const VectorFlag VSCR_FLAGS[] = {{"vscr.NJ", 16, 1}, {"vscr.SAT", 0, 1}, {NULL, 0, 0}};
static const VectorFlag MSR_FLAGS[] = {
    {"msr.VEC", MSR_VEC, 1}, {"msr.POW", MSR_POW, 1}, {"msr.ILE", MSR_ILE, 1},
    {"msr.EE", MSR_EE, 1},   {"msr.PR", MSR_PR, 1},   {"msr.FP", MSR_FP, 1},
    {"msr.ME", MSR_ME, 1},   {"msr.FE0", MSR_FE0, 1}, {"msr.SE", MSR_SE, 1},
    {"msr.BE", MSR_BE, 1},   {"msr.FE1", MSR_FE1, 1}, {"msr.IP", MSR_IP, 1},
    {"msr.IR", MSR_IR, 1},   {"msr.DR", MSR_DR, 1},   {"msr.PMM", MSR_PMM, 1},
    {"msr.RI", MSR_RI, 1},   {"msr.LE", MSR_LE, 1},   {NULL, 0, 0},
};
static const VectorFlag *const SCALAR_FLAGS[SCALAR_COUNT] = {
    [SCALAR_CR] = CR_FLAGS,     [SCALAR_XER] = XER_FLAGS, [SCALAR_FPSCR] = FPSCR_FLAGS,
    [SCALAR_VSCR] = VSCR_FLAGS, [SCALAR_MSR] = MSR_FLAGS,
};

static void name_flags(GString *out, const VectorFlag *flags, uint32_t wanted, uint32_t got)
{
    const char *separator = ": ";
    for (; flags && flags->name; flags++) {
        uint32_t is = extract32(got, flags->start, flags->length);
        if (is != extract32(wanted, flags->start, flags->length)) {
            g_string_append_printf(out, "%s%s is %u", separator, flags->name, is);
            separator = ", ";
        }
    }
}

/* --- one register --------------------------------------------------------------------------------- */

static void differ(GString *out, const char *name, uint64_t wanted, uint64_t got)
{
    g_string_append_printf(out,
                           "; %s is 0x%" G_GINT64_MODIFIER "x, wanted 0x%" G_GINT64_MODIFIER
                           "x, bits 0x%" G_GINT64_MODIFIER "x",
                           name, got, wanted, wanted ^ got);
}

static void differ_numbered(GString *out, const char *prefix, unsigned number, uint64_t wanted,
                            uint64_t got)
{
    if (wanted != got) {
        char name[16];
        g_snprintf(name, sizeof(name), "%s%u", prefix, number);
        differ(out, name, wanted, got);
    }
}

static void differ_vector(GString *out, unsigned number, const PpcVector *wanted,
                          const PpcVector *got)
{
    if (memcmp(wanted, got, sizeof(*wanted)) == 0) {
        return;
    }
    g_string_append_printf(out, "; v%u is 0x", number);
    for (int i = 15; i >= 0; i--) {
        g_string_append_printf(out, "%02x", got->u8[i]);
    }
    g_string_append(out, ", wanted 0x");
    for (int i = 15; i >= 0; i--) {
        g_string_append_printf(out, "%02x", wanted->u8[i]);
    }
    g_string_append(out, ", bits 0x");
    for (int i = 15; i >= 0; i--) {
        g_string_append_printf(out, "%02x", wanted->u8[i] ^ got->u8[i]);
    }
}

/* --- groups --------------------------------------------------------------------------------------- */

static void differ_files(const VectorMask *mask, const VectorState *wanted, const VectorState *got,
                         GString *out)
{
    for (unsigned i = 0; i < 32; i++) {
        if (mask->gpr >> i & 1) {
            differ_numbered(out, "r", i, wanted->gpr[i], got->gpr[i]);
        }
        if (mask->fpr >> i & 1) {
            differ_numbered(out, "f", i, wanted->fpr[i], got->fpr[i]);
        }
        if (mask->vr >> i & 1) {
            differ_vector(out, i, &wanted->vr[i], &got->vr[i]);
        }
        if (i < 16 && (mask->sr >> i & 1)) {
            differ_numbered(out, "sr", i, wanted->sr[i], got->sr[i]);
        }
    }
}

static void differ_scalars(const VectorMask *mask, const VectorState *wanted,
                           const VectorState *got, GString *out)
{
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        uint32_t want = wanted->scalar[i] & mask->scalar[i], is = got->scalar[i] & mask->scalar[i];
        if (want != is) {
            differ(out, VECTOR_SCALAR_NAMES[i], want, is);
            name_flags(out, SCALAR_FLAGS[i], want, is);
        }
    }
}

static void differ_sprs(const VectorMask *mask, const PpcModel *model, const VectorState *wanted,
                        const VectorState *got, GString *out)
{
    const PpcEnv env = {.model = model};
    for (unsigned i = 0; i < G_N_ELEMENTS(wanted->spr); i++) {
        if (wanted->spr[i] == got->spr[i] || !vector_mask_spr(mask, i)) {
            continue;
        }
        const char *name = ppc_spr_name(&env, i);
        if (name) {
            differ(out, name, wanted->spr[i], got->spr[i]);
        } else {
            differ_numbered(out, "spr", i, wanted->spr[i], got->spr[i]);
        }
    }
}

/* At most @most bytes are shown; returns what is left of it. */
static unsigned differ_bytes(const VectorRange *range, const VectorState *wanted,
                             const VectorState *got, unsigned most, GString *out)
{
    for (uint32_t i = range->start; i < range->start + range->size && most > 0; i++) {
        if (wanted->memory[i] != got->memory[i]) {
            g_string_append_printf(out, "; byte at 0x%x is %02x, wanted %02x", i, got->memory[i],
                                   wanted->memory[i]);
            most--;
        }
    }
    return most;
}

static void differ_memory(const VectorMask *mask, const VectorCase *test, const VectorState *wanted,
                          const VectorState *got, GString *out)
{
    unsigned left = 8;
    if (!mask->only_listed_memory) {
        const VectorRange all = {.size = VECTOR_MEMORY_SIZE};
        if (memcmp(wanted->memory, got->memory, VECTOR_MEMORY_SIZE) != 0) {
            differ_bytes(&all, wanted, got, left, out);
        }
        return;
    }
    for (unsigned i = 0; i < test->range_count; i++) {
        left = differ_bytes(&test->ranges[i], wanted, got, left, out);
    }
}

void vector_compare(const VectorMask *mask, const VectorCase *test, const VectorState *wanted,
                    const VectorState *got, GString *out)
{
    if (memcmp(wanted, got, offsetof(VectorState, scalar)) != 0 ||
        memcmp(wanted->sr, got->sr, sizeof(got->sr)) != 0) {
        differ_files(mask, wanted, got, out);
    }
    differ_scalars(mask, wanted, got, out);
    if (memcmp(wanted->spr, got->spr, sizeof(got->spr)) != 0) {
        differ_sprs(mask, test->model, wanted, got, out);
    }
    differ_memory(mask, test, wanted, got, out);
}
