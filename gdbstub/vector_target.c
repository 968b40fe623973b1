/* SPDX-License-Identifier: MIT */
/*
 * Runs cases of `core99 test` on whatever stands behind a gdb remote stub.
 *
 * What differs from the last case is loaded, what a case may have changed is read back (all registers
 * of the description every sixteenth time); so goes memory, through a copy of what the stub has. Not carried: registers that the
 * stub does not describe (QEMU: segment registers, the reservation), and those of QEMU_LIES.
 */
#include "gdbstub/vector_target.h"

#include "gdbstub/generate.h"
#include "gdbstub/internal.h"
#include "target-ppc/spr.h"

#include <string.h>

enum {
    PROBE_ADDRESS = 0xfff8, /* a word nobody minds: the end of the cases' memory */
    FPSCR_ENABLES = 0xf8,   /* VE to XE */
    ADDRESS_LOW = 3,        /* reserved bits of SRR0 */
};

/* Registers that an instruction either may change together or leaves alone together. */
typedef enum Group { GROUP_ALWAYS, GROUP_FP, GROUP_VEC, GROUP_SPR, GROUP_COUNT } Group;

typedef struct SprLink {
    unsigned number;
    int index;
} SprLink;

/* Where the stub keeps what a case names; -1: it does not. */
typedef struct Target {
    GdbClient *client;
    int gpr[32], fpr[32], vr[32], sr[16], scalar[SCALAR_COUNT];
    GArray *sprs;                /* SprLink */
    GArray *groups[GROUP_COUNT]; /* int: indices */
    uint64_t cases;
    uint8_t memory[VECTOR_MEMORY_SIZE]; /* what the stub has */
    GArray *used;                       /* VectorRange: of the last case */
} Target;

/*
 * QEMU 7.2 describes these and keeps them elsewhere: what is written through the stub has no effect,
 * what is read is old. (Time and performance counters differ between any two machines.)
 */
static const char *const QEMU_LIES[] = {
    "ibat*", "dbat*", "tb*", "dec*", "pvr", "thrm*",
};
/* They count, are no state of their own (copies for user programs) or stand among the others. */
static const char *const NEVER_EQUAL[] = {
    "tb*", "dec*", "pvr", "ummcr*", "ubamr", "upmc*", "usia*", "usda*", "xer", "lr", "ctr",
};

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

/* Index of a register of up to @bits bits; noted for fetching with @group. */
static int link_register(Target *target, Group group, const char *name, unsigned bits)
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
    g_array_append_val(target->groups[group], index);
    return index;
}

/* A register file of @target: its members are called @prefix and a number. */
typedef struct FileLink {
    int *indices;
    unsigned count, bits;
    Group group;
    const char *prefix;
} FileLink;

static uint32_t link_file(Target *target, const FileLink *file)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < file->count; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", file->prefix, i);
        int *indices = file->indices;
        indices[i] = link_register(target, file->group, name, file->bits);
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
    SprLink link = {(unsigned)number, link_register(target, GROUP_SPR, entry->name, 32)};
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

static Group scalar_group(VectorScalar scalar)
{
    return scalar == SCALAR_FPSCR ? GROUP_FP : scalar == SCALAR_VSCR ? GROUP_VEC : GROUP_ALWAYS;
}

static void link_scalars(Target *target, VectorMask *carries)
{
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        target->scalar[i] = link_register(target, scalar_group(i), VECTOR_SCALAR_NAMES[i], 64);
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
    carries->gpr = link_file(target, &(FileLink){target->gpr, 32, 32, GROUP_ALWAYS, "r"});
    carries->fpr = link_file(target, &(FileLink){target->fpr, 32, 64, GROUP_FP, "f"});
    carries->vr = link_file(target, &(FileLink){target->vr, 32, 128, GROUP_VEC, "vr"});
    carries->sr = link_file(target, &(FileLink){target->sr, 16, 32, GROUP_SPR, "sr"});
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

static bool has_store(const VectorCase *test)
{
    for (unsigned i = 0; i < test->word_count; i++) {
        PpcOp op;
        ppc_decode(test->words[i], &op);
        if (op.id == INSN_ILLEGAL || gdb_insn_access(op.id) == ACCESS_STORE) {
            return true;
        }
    }
    return false;
}

static bool save_memory(Target *target, const VectorCase *test, VectorState *got, Error **errp)
{
    if (!has_store(test)) {
        return true;
    }
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

/* No granule's address is a stub's way to say that there is no reservation. */
static uint32_t reservation(uint32_t value)
{
    return value & ADDRESS_LOW ? VECTOR_NO_RESERVATION : value;
}

/* A part that keeps reserved bits of SRR0 as they were written, and one that reads them as 0, are alike. */
static uint32_t with_low_bits(uint32_t value, uint32_t before)
{
    return value == (before & ~(uint32_t)ADDRESS_LOW) ? before : value;
}

static void save_registers(const Target *target, const VectorCase *test, VectorState *got)
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
    got->spr[SPR_SRR0] = with_low_bits(got->spr[SPR_SRR0], test->in.spr[SPR_SRR0]);
    got->scalar[SCALAR_RESERVE] = reservation(got->scalar[SCALAR_RESERVE]);
}

/* --- cases ---------------------------------------------------------------------------------------- */

/* Which registers the case may have changed; every so often all are looked at, to be sure. */
static unsigned groups_of(const Target *target, const VectorCase *test)
{
    enum { ALL_EVERY = 16, ALL = (1 << GROUP_COUNT) - 1 };
    const VectorState *in = &test->in;
    uint64_t next = in->scalar[SCALAR_PC] + 4 * test->word_count;
    unsigned groups = 1 << GROUP_ALWAYS;
    if (target->cases % ALL_EVERY == 0 ||
        gdb_client_get(target->client, target->scalar[SCALAR_PC]) != next) {
        return ALL;
    }
    for (unsigned i = 0; i < test->word_count; i++) {
        PpcOp op;
        ppc_decode(test->words[i], &op);
        uint32_t flags = ppc_insn_row(op.id)->flags;
        bool is_special = (flags & F_SUPER) || ppc_insn_row(op.id)->form == FORM_XSPR;
        groups |= is_special ? ALL : 0;
        groups |= (unsigned)(flags & F_FP ? 1 << GROUP_FP : 0);
        groups |= (unsigned)(flags & F_VEC ? 1 << GROUP_VEC : 0);
    }
    return groups;
}

static bool fetch_group(Target *target, Group group, Error **errp)
{
    const GArray *indices = target->groups[group];
    return gdb_client_fetch(target->client, (const int *)indices->data, indices->len, errp);
}

static bool fetch_registers(Target *target, const VectorCase *test, Error **errp)
{
    if (!fetch_group(target, GROUP_ALWAYS, errp)) {
        return false;
    }
    unsigned groups = groups_of(target, test);
    target->cases++;
    for (Group group = GROUP_ALWAYS + 1; group < GROUP_COUNT; group++) {
        const GArray *indices = target->groups[group];
        if (!(groups >> group & 1)) {
            gdb_client_assume(target->client, (const int *)indices->data, indices->len);
        } else if (!fetch_group(target, group, errp)) {
            return false;
        }
    }
    return true;
}

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
    if (!fetch_registers(target, test, errp) || !save_memory(target, test, got, errp)) {
        return false;
    }
    save_registers(target, test, got);
    return true;
}

static void close_target(void *opaque)
{
    Target *target = opaque;
    gdb_client_free(target->client);
    g_array_free(target->sprs, TRUE);
    for (unsigned i = 0; i < GROUP_COUNT; i++) {
        g_array_free(target->groups[i], TRUE);
    }
    g_array_free(target->used, TRUE);
    g_free(target);
}

/* Which part the stub is; 0 if it does not say. */
static bool read_pvr(GdbClient *client, uint32_t *pvr, Error **errp)
{
    int index = gdb_client_find(client, "pvr");
    *pvr = 0;
    if (index < 0) {
        return true;
    }
    if (!gdb_client_fetch(client, &index, 1, errp)) {
        return false;
    }
    *pvr = (uint32_t)gdb_client_get(client, index);
    return true;
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
    for (unsigned i = 0; i < GROUP_COUNT; i++) {
        self->groups[i] = g_array_new(FALSE, FALSE, sizeof(int));
    }
    self->used = g_array_new(FALSE, FALSE, sizeof(VectorRange));
    link_registers(self, &target->carries);
    if (!prepare(self, errp) || !read_pvr(client, &target->pvr, errp)) {
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
