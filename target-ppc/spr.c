/* SPDX-License-Identifier: MIT */
/*
 * Special purpose registers: existence and privilege by model, and what a read or write sets off.
 *
 * Source: PEM 2.3, MPC7400UM/MPC7450UM chapter 2. Not modelled: caches (their control bits that a
 * sequence starts read back as finished at once).
 */
#include "target-ppc/spr.h"

#include "target-ppc/cpu.h"
#include "util/log.h"

enum { USER_R = 1, USER_W = 2, SUPER_R = 4, SUPER_W = 8 };
enum {
    USER_RW = USER_R | USER_W | SUPER_R | SUPER_W,
    SUP_RW = SUPER_R | SUPER_W,
    SUP_R = SUPER_R,
    SUP_W = SUPER_W,
};

typedef struct SprRow {
    const char *name;
    uint8_t access;
    uint32_t needs; /* any one of these features; 0: every model */
    uint32_t write_mask;
    uint32_t (*read)(PpcEnv *env, unsigned number);
    void (*write)(PpcEnv *env, unsigned number, uint32_t value);
} SprRow;

/* --- hooks ---------------------------------------------------------------------------------------- */

static uint32_t read_xer(PpcEnv *env, unsigned number G_GNUC_UNUSED) { return ppc_xer_get(env); }
static uint32_t read_lr(PpcEnv *env, unsigned number G_GNUC_UNUSED) { return env->lr; }
static uint32_t read_ctr(PpcEnv *env, unsigned number G_GNUC_UNUSED) { return env->ctr; }
static uint32_t read_dec(PpcEnv *env, unsigned number G_GNUC_UNUSED) { return ppc_dec_get(env); }

static uint32_t read_tbl(PpcEnv *env, unsigned number G_GNUC_UNUSED)
{
    return (uint32_t)ppc_timebase(env);
}

static uint32_t read_tbu(PpcEnv *env, unsigned number G_GNUC_UNUSED)
{
    return (uint32_t)(ppc_timebase(env) >> 32);
}

/* The user's copies of the performance monitor lie 16 below the originals. */
static uint32_t read_user_copy(PpcEnv *env, unsigned number)
{
    ppc_perfmon_sync(env);
    return env->spr[number + 16];
}

static uint32_t read_counter(PpcEnv *env, unsigned number)
{
    ppc_perfmon_sync(env);
    return env->spr[number];
}

/* Below: no sensor, so the junction stands at a constant 24 degrees (mac99.md 1.5). */
enum { THRM_V = 1 << 0, THRM_TIE = 1 << 1, THRM_TID = 1 << 2, THRM_TIV = 1 << 30 };

static uint32_t read_thrm(PpcEnv *env, unsigned number)
{
    enum { THRESHOLD_SHIFT = 23, DEGREES = 24 };
    uint32_t value = env->spr[number];
    if (!(env->spr[SPR_THRM3] & 1) || !(value & THRM_V)) {
        return value & ~(THRM_TIV | BIT(31));
    }
    uint32_t threshold = value >> THRESHOLD_SHIFT & 0x7f;
    bool crossed = value & THRM_TID ? DEGREES < threshold : DEGREES > threshold;
    return (value & ~BIT(31)) | THRM_TIV | (crossed ? BIT(31) : 0);
}

/* The comparison is made as soon as it is asked for; TIE makes its result an interrupt (7400UM 10.3). */
static void write_thrm(PpcEnv *env, unsigned number, uint32_t value)
{
    env->spr[number] = value;
    for (unsigned n = SPR_THRM1; n <= SPR_THRM2; n++) {
        bool asked = number == n || number == SPR_THRM3;
        if (asked && (env->spr[n] & THRM_TIE) && read_thrm(env, n) >> 31) {
            ppc_interrupt_set(env, PPC_INTERRUPT_THERM, true);
        }
    }
}

static void write_xer(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    ppc_xer_set(env, value);
}

static void write_lr(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    env->lr = value;
}

static void write_ctr(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    env->ctr = value;
}

static void write_dec(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    ppc_dec_set(env, value);
    env->event = true;
}

static void write_tbl(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    ppc_timebase_set(env, (ppc_timebase(env) & ~UINT64_C(0xffffffff)) | value);
    env->event = true;
}

static void write_tbu(PpcEnv *env, unsigned number G_GNUC_UNUSED, uint32_t value)
{
    ppc_timebase_set(env, (ppc_timebase(env) & 0xffffffff) | (uint64_t)value << 32);
    env->event = true;
}

/* Registers that cached translations depend on. */
static void write_translation(PpcEnv *env, unsigned number, uint32_t value)
{
    if (env->spr[number] == value) {
        return;
    }
    env->spr[number] = value;
    if (number == SPR_SDR1) {
        ppc_mmu_table_moved(env);
    }
    ppc_mmu_flush(env);
}

/* XBL, the upper bits of a block's length, exists where HID0[XBSEN] does. */
static void write_block_upper(PpcEnv *env, unsigned number, uint32_t value)
{
    enum { XBL = 0x0001e000 };
    write_translation(env, number,
                      env->model->features & PPC_FEATURE_HIGH_BATS ? value : value & ~XBL);
}

/* Cache invalidations finish at once, so does BHTCLR of the 745x; its STEN (software table search)
 * reads 0. */
static void write_hid0(PpcEnv *env, unsigned number, uint32_t value)
{
    enum { ICFI = 1 << 11, DCFI = 1 << 10, STEN = 1 << 26, BHTCLR = 1 << 18, XAEN = 1 << 17 };
    value &= ~(ICFI | DCFI);
    if (env->model->features & PPC_FEATURE_745X) {
        if (value & STEN) {
            log_unimp("cpu", number, "HID0[STEN]: software table search is not modelled");
        }
        if (value & XAEN) {
            log_unimp("cpu", number, "HID0[XAEN]: 36-bit physical addresses are not modelled");
        }
        value &= ~(STEN | BHTCLR);
    }
    env->event = true;
    write_translation(env, number, value);
}

static void write_msscr0(PpcEnv *env, unsigned number, uint32_t value)
{
    enum { DL1HWF = 0x00800000 };
    env->spr[number] = value & ~DL1HWF;
}

/* L2I, L2HWF and L2IP: invalidate and flush are done when the next read looks. */
static void write_l2cr(PpcEnv *env, unsigned number, uint32_t value)
{
    enum { L2I = 0x00200000, L2HWF = 0x00000800, L2IP = 0x00000001 };
    env->spr[number] = value & ~(L2I | L2HWF | L2IP);
}

static void write_l3cr(PpcEnv *env, unsigned number, uint32_t value)
{
    enum { L3I = 0x00000400, L3HWF = 0x00000800 };
    env->spr[number] = value & ~(L3I | L3HWF);
}

/* --- the table ------------------------------------------------------------------------------------- */

#define PPC_FEATURE_ANY 0
#define PPC_FEATURE_745X_OR_L2CR2 (PPC_FEATURE_745X | PPC_FEATURE_L2CR2)
#define SPR(number, spr_name, rights, feature, mask, reader, writer, source)                       \
    [number] = {.name = #spr_name,                                                                 \
                .access = rights,                                                                  \
                .needs = PPC_FEATURE_##feature,                                                    \
                .write_mask = mask,                                                                \
                .read = reader,                                                                    \
                .write = writer},
static const SprRow ROWS[1024] = {
#include "target-ppc/spr.def"
};
#undef SPR

static const SprRow *find_row(const PpcEnv *env, unsigned number)
{
    const SprRow *row = &ROWS[number & 1023];
    if (!row->name || (row->needs && !(row->needs & env->model->features))) {
        return NULL;
    }
    return row;
}

const char *ppc_spr_name(const PpcEnv *env, unsigned number)
{
    const SprRow *row = find_row(env, number);
    return row ? row->name : NULL;
}

/* PEM 4.4.3: in user mode bit 0 of the SPR field decides between privileged and illegal. */
static bool refuse(PpcEnv *env, unsigned number, const char *what)
{
    bool user = ppc_msr(env, MSR_PR);
    if (user && (number & 0x10)) {
        ppc_program_exception(env, PPC_PROGRAM_PRIVILEGED);
        return false;
    }
    log_guest_error("cpu", number, "%s of SPR %u, which this model does not have", what, number);
    ppc_program_exception(env, PPC_PROGRAM_ILLEGAL);
    return false;
}

bool ppc_spr_read(PpcEnv *env, unsigned number, uint32_t *value)
{
    const SprRow *row = find_row(env, number);
    uint8_t needed = ppc_msr(env, MSR_PR) ? USER_R : USER_R | SUPER_R;
    if (!row || !(row->access & needed)) {
        return refuse(env, number, "read");
    }
    *value = row->read ? row->read(env, number) : env->spr[number];
    return true;
}

bool ppc_spr_write(PpcEnv *env, unsigned number, uint32_t value)
{
    const SprRow *row = find_row(env, number);
    uint8_t needed = ppc_msr(env, MSR_PR) ? USER_W : USER_W | SUPER_W;
    if (!row || !(row->access & needed)) {
        return refuse(env, number, "write");
    }
    value &= row->write_mask;
    if (row->write) {
        row->write(env, number, value);
    } else {
        env->spr[number] = value;
    }
    return true;
}

bool ppc_spr_peek(PpcEnv *env, unsigned number, uint32_t *value)
{
    const SprRow *row = find_row(env, number);
    if (!row) {
        return false;
    }
    *value = row->read ? row->read(env, number) : env->spr[number];
    return true;
}

void ppc_spr_poke(PpcEnv *env, unsigned number, uint32_t value)
{
    const SprRow *row = find_row(env, number);
    if (row && row->write) {
        bool event = env->event;
        row->write(env, number, value & row->write_mask);
        env->event = event;
    } else if (row) {
        env->spr[number] = value & row->write_mask;
    }
}

int ppc_spr_by_name(const PpcEnv *env, const char *name)
{
    for (unsigned number = 0; number < G_N_ELEMENTS(ROWS); number++) {
        const SprRow *row = find_row(env, number);
        if (row && g_ascii_strcasecmp(row->name, name) == 0) {
            return (int)number;
        }
    }
    return -1;
}
