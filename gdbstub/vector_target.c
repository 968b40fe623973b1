/* SPDX-License-Identifier: MIT */
/*
 * Runs cases of `core99 test` on whatever stands behind a gdb remote stub.
 *
 * Every register that the stub describes is loaded before a case and read back after it; memory goes
 * through a copy of what the stub has, so that only changes travel. Not carried: registers that the
 * stub does not describe (QEMU: segment registers), reservations, and those of QEMU_LIES.
 */
#include "gdbstub/vector_target.h"

#include "gdbstub/internal.h"
#include "target-ppc/spr.h"

#include <string.h>

enum {
    PROBE_ADDRESS = 0xfff8, /* a word nobody minds: the end of the cases' memory */
    FPSCR_ENABLES = 0xf8,   /* VE to XE */
};

typedef struct SprLink {
    unsigned number;
    int index;
} SprLink;

/* Where the stub keeps what a case names; -1: it does not. */
typedef struct Target {
    GdbClient *client;
    int gpr[32], fpr[32], vr[32], sr[16], scalar[SCALAR_COUNT];
    GArray *sprs;                       /* SprLink */
    GArray *wanted;                     /* int: all of them, for one fetch */
    uint8_t memory[VECTOR_MEMORY_SIZE]; /* what the stub has */
    GArray *used;                       /* VectorRange: of the last case */
} Target;

/*
 * QEMU 7.2 describes these and keeps them elsewhere: what is written through the stub has no effect,
 * what is read is old. (Time and performance counters differ between any two machines.)
 */
static const char *const QEMU_LIES[] = {
    "ibat*", "dbat*", "tb*", "dec*", "ummcr*", "ubamr", "upmc*", "usia*", "pvr", "thrm*",
};
static const char *const NEVER_EQUAL[] = {"tb*", "dec*", "pvr", "xer", "lr", "ctr"};

/* --- what the stub has ---------------------------------------------------------------------------- */

static bool matches(const char *name, const char *const *globs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (g_pattern_match_simple(globs[i], name)) {
            return true;
        }
    }
    return false;
}

bool gdb_spr_is_kept(const GdbClient *client, const char *name)
{
    return !matches(name, NEVER_EQUAL, G_N_ELEMENTS(NEVER_EQUAL)) &&
           !(gdb_client_is_qemu(client) && matches(name, QEMU_LIES, G_N_ELEMENTS(QEMU_LIES)));
}

/* Index of a register of up to @bits bits; noted for fetching. */
static int link_register(Target *target, const char *name, unsigned bits)
{
    int index = gdb_client_find(target->client, name);
    if (index < 0) {
        return -1;
    }
    const GdbRegister *entry = gdb_description_register(gdb_client_description(target->client),
                                                        (unsigned)index);
    if (entry->bits > bits) {
        return -1;
    }
    g_array_append_val(target->wanted, index);
    return index;
}

static uint32_t link_file(Target *target, int *indices, unsigned count, const char *prefix,
                          unsigned bits)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, i);
        indices[i] = link_register(target, name, bits);
        mask |= (uint32_t)(indices[i] >= 0) << i;
    }
    return mask;
}

static void link_spr(Target *target, const GdbRegister *entry, VectorMask *carries)
{
    PpcEnv env = {.model = ppc_model_find("7450", &error_abort)};
    int number = ppc_spr_by_name(&env, entry->name);
    if (number < 0) {
        env.model = ppc_model_find("7400", &error_abort);
        number = ppc_spr_by_name(&env, entry->name);
    }
    if (number < 0 || vector_mask_spr(carries, (unsigned)number) || entry->bits > 32) {
        return;
    }
    SprLink link = {(unsigned)number, link_register(target, entry->name, 32)};
    g_array_append_val(target->sprs, link);
    vector_mask_add_spr(carries, (unsigned)number);
}

static void link_sprs(Target *target, VectorMask *carries)
{
    const GdbDescription *description = gdb_client_description(target->client);
    for (guint i = 0; i < description->registers->len; i++) {
        const GdbRegister *entry = gdb_description_register(description, i);
        if (gdb_spr_is_kept(target->client, entry->name)) {
            link_spr(target, entry, carries);
        }
    }
}

static void link_scalars(Target *target, VectorMask *carries)
{
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        target->scalar[i] = i == SCALAR_RESERVE ? -1
                                                : link_register(target, VECTOR_SCALAR_NAMES[i], 64);
        carries->scalar[i] = target->scalar[i] >= 0 ? UINT32_MAX : 0;
    }
    if (gdb_client_is_qemu(target->client)) {
        /* Written through its stub, these make it raise 0x700 where none is due, or hang. */
        carries->scalar[SCALAR_FPSCR] &= ~(uint32_t)FPSCR_ENABLES;
    }
}

static void link_registers(Target *target, VectorMask *carries)
{
    carries->only_listed_memory = true;
    carries->gpr = link_file(target, target->gpr, 32, "r", 32);
    carries->fpr = link_file(target, target->fpr, 32, "f", 64);
    carries->vr = link_file(target, target->vr, 32, "vr", 128);
    carries->sr = link_file(target, target->sr, 16, "sr", 32);
    link_scalars(target, carries);
    link_sprs(target, carries);
}

/* --- memory --------------------------------------------------------------------------------------- */

/* The stub shall have @bytes at @start. */
static bool send_bytes(Target *target, uint32_t start, const uint8_t *bytes, uint32_t size,
                       Error **errp)
{
    uint8_t *have = target->memory + start;
    while (size > 0 && *have == *bytes) {
        have++, bytes++, start++, size--;
    }
    while (size > 0 && have[size - 1] == bytes[size - 1]) {
        size--;
    }
    memcpy(have, bytes, size);
    return size == 0 || gdb_client_write(target->client, start, bytes, size, errp);
}

/* What the last case left behind goes, then the new one's bytes come. */
static bool load_memory(Target *target, const VectorCase *test, Error **errp)
{
    for (guint i = 0; i < target->used->len; i++) {
        const VectorRange *range = &g_array_index(target->used, VectorRange, i);
        if (!send_bytes(target, range->start, test->in.memory + range->start, range->size, errp)) {
            return false;
        }
    }
    g_array_set_size(target->used, 0);
    g_array_append_vals(target->used, test->ranges, test->range_count);
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        if (!send_bytes(target, range->start, test->in.memory + range->start, range->size, errp)) {
            return false;
        }
    }
    return true;
}

static bool save_memory(Target *target, const VectorCase *test, VectorState *got, Error **errp)
{
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        if (!gdb_client_read(target->client, range->start, target->memory + range->start,
                             range->size, errp)) {
            return false;
        }
        memcpy(got->memory + range->start, target->memory + range->start, range->size);
    }
    return true;
}

/* --- registers ------------------------------------------------------------------------------------ */

static void put(Target *target, int index, uint64_t value)
{
    if (index >= 0) {
        gdb_client_put(target->client, index, value);
    }
}

/* The description's bytes begin with the most significant, a PpcVector ends with it. */
static void reverse(uint8_t *to, const uint8_t *from)
{
    for (int i = 0; i < 16; i++) {
        to[i] = from[15 - i];
    }
}

static void load_registers(Target *target, const VectorCase *test)
{
    const VectorState *in = &test->in;
    for (unsigned i = 0; i < 32; i++) {
        uint8_t vector[16];
        put(target, target->gpr[i], in->gpr[i]);
        put(target, target->fpr[i], in->fpr[i]);
        put(target, i < 16 ? target->sr[i] : -1, in->sr[i % 16]);
        if (target->vr[i] >= 0) {
            reverse(vector, in->vr[i].u8);
            gdb_client_put_bytes(target->client, target->vr[i], vector);
        }
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        uint32_t mask = i == SCALAR_MSR ? test->model->msr_mask : UINT32_MAX;
        put(target, target->scalar[i], in->scalar[i] & mask);
    }
    for (guint i = 0; i < target->sprs->len; i++) {
        const SprLink *link = &g_array_index(target->sprs, SprLink, i);
        put(target, link->index, in->spr[link->number]);
    }
}

static void save_registers(const Target *target, VectorState *got)
{
    const GdbClient *client = target->client;
    for (unsigned i = 0; i < 32; i++) {
        if (target->gpr[i] >= 0) {
            got->gpr[i] = (uint32_t)gdb_client_get(client, target->gpr[i]);
        }
        if (target->fpr[i] >= 0) {
            got->fpr[i] = gdb_client_get(client, target->fpr[i]);
        }
        if (target->vr[i] >= 0) {
            reverse(got->vr[i].u8, gdb_client_bytes(client, target->vr[i]));
        }
        if (i < 16 && target->sr[i] >= 0) {
            got->sr[i] = (uint32_t)gdb_client_get(client, target->sr[i]);
        }
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        if (target->scalar[i] >= 0) {
            got->scalar[i] = (uint32_t)gdb_client_get(client, target->scalar[i]);
        }
    }
    for (guint i = 0; i < target->sprs->len; i++) {
        const SprLink *link = &g_array_index(target->sprs, SprLink, i);
        got->spr[link->number] = (uint32_t)gdb_client_get(client, link->index);
    }
}

/* --- cases ---------------------------------------------------------------------------------------- */

static bool run(void *opaque, const VectorCase *test, VectorState *got, Error **errp)
{
    Target *target = opaque;
    if (!load_memory(target, test, errp)) {
        return false;
    }
    load_registers(target, test);
    for (unsigned i = 0; i < test->word_count; i++) {
        if (!gdb_client_step(target->client, errp)) {
            return false;
        }
    }
    if (!gdb_client_fetch(target->client, (const int *)target->wanted->data, target->wanted->len,
                          errp) ||
        !save_memory(target, test, got, errp)) {
        return false;
    }
    save_registers(target, got);
    return true;
}

static void close_target(void *opaque)
{
    Target *target = opaque;
    gdb_client_free(target->client);
    g_array_free(target->sprs, TRUE);
    g_array_free(target->wanted, TRUE);
    g_array_free(target->used, TRUE);
    g_free(target);
}

/* Cases run at physical addresses, from memory of zeros. */
static bool prepare(Target *target, Error **errp)
{
    static const uint8_t pattern[] = {0xc0, 0xde, 0x99, 0x01};
    uint8_t seen[sizeof(pattern)];
    int msr = gdb_client_find(target->client, "msr");
    gdb_client_put(target->client, msr, 0);
    if (!gdb_client_flush(target->client, errp) ||
        !gdb_client_write(target->client, PROBE_ADDRESS, pattern, sizeof(pattern), errp) ||
        !gdb_client_read(target->client, PROBE_ADDRESS, seen, sizeof(seen), errp)) {
        return false;
    }
    if (memcmp(seen, pattern, sizeof(seen)) != 0) {
        return error_setg(errp, "the stub has no RAM at 0x%x", PROBE_ADDRESS);
    }
    memset(target->memory, 0, sizeof(target->memory));
    return gdb_client_write(target->client, 0, target->memory, sizeof(target->memory), errp);
}

bool gdb_vector_target_new(GdbClient *client, const char *name, VectorTarget *target, Error **errp)
{
    Target *self = g_new0(Target, 1);
    self->client = client;
    self->sprs = g_array_new(FALSE, FALSE, sizeof(SprLink));
    self->wanted = g_array_new(FALSE, FALSE, sizeof(int));
    self->used = g_array_new(FALSE, FALSE, sizeof(VectorRange));
    link_registers(self, &target->carries);
    if (!prepare(self, errp)) {
        close_target(self);
        return false;
    }
    target->name = g_strdup(name);
    target->opaque = self;
    target->run = run;
    target->close = close_target;
    return true;
}

bool gdb_vector_target_open(const char *address, VectorTarget *target, Error **errp)
{
    ERRP_GUARD();
    GdbClient *client = gdb_client_open(address, GDB_LINK_TIMEOUT_MS, errp);
    g_autofree char *name = g_strdup_printf("gdb %s", address);
    if (!client) {
        return false;
    }
    if (!gdb_vector_target_new(client, name, target, errp)) {
        error_prepend(errp, "%s: ", address);
        return false;
    }
    return true;
}
