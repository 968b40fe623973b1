/* SPDX-License-Identifier: MIT */
/*
 * The registers that the gdb server describes: names and numbers as QEMU's stub has them.
 *
 * Source: gdb manual, "Target Descriptions", "PowerPC Features"; numbers measured on QEMU 7.2: core 0-31
 * and 64-69, FPU from 71, AltiVec from 104, the model's SPRs and segment registers from 138; then, ours
 * alone, the reservation of lwarx.
 * Not modelled: VSX, SPE (no such part).
 */
#include "gdbstub/server_internal.h"
#include "target-ppc/cr.h"
#include "target-ppc/spr.h"
#include "util/bits.h"

#include <string.h>

enum {
    REGISTER_PC = 64,
    REGISTER_F0 = 71,
    REGISTER_VR0 = 104,
    REGISTER_SPR = 138,
    SPR_NUMBERS = 1024,
    RESERVATION_GRANULE = 32, /* bytes */
};

typedef enum Kind { KIND_GPR, KIND_NAMED, KIND_FPR, KIND_VR, KIND_SPR, KIND_SR, KIND_RESERVE } Kind;

typedef struct Entry {
    unsigned number;
    Kind kind;
    unsigned index; /* of its file; the number of a special register */
    char name[12];  /* as get_register() takes it */
    unsigned bytes;
    bool is_general; /* g brings it */
} Entry;

struct Registers {
    GArray *entries; /* Entry, ascending numbers */
    size_t general_bytes;
    GHashTable *annexes; /* name -> text */
};

/* --- the table ---------------------------------------------------------------------------------- */

static void add(Registers *registers, Entry entry)
{
    g_array_append_val(registers->entries, entry);
    registers->general_bytes += entry.is_general ? entry.bytes : 0;
}

static void add_named(Registers *registers, unsigned number, const char *name)
{
    Entry entry = {.number = number, .kind = KIND_NAMED, .bytes = 4, .is_general = true};
    g_strlcpy(entry.name, name, sizeof(entry.name));
    add(registers, entry);
}

/* @first: the file's first member, without its name. */
static void add_file(Registers *registers, unsigned count, const char *prefix, Entry first)
{
    for (unsigned i = 0; i < count; i++, first.number++) {
        first.index = i;
        g_snprintf(first.name, sizeof(first.name), "%s%u", prefix, i);
        add(registers, first);
    }
}

/* Special registers that stand among the others already. */
static bool is_listed(unsigned spr)
{
    return spr == SPR_XER || spr == SPR_LR || spr == SPR_CTR || spr == SPR_VRSAVE;
}

static unsigned add_sprs(Registers *registers, const PpcEnv *env)
{
    unsigned number = REGISTER_SPR;
    for (unsigned spr = 0; spr < SPR_NUMBERS; spr++) {
        const char *name = ppc_spr_name(env, spr);
        if (name && !is_listed(spr)) {
            Entry entry = {.number = number++, .kind = KIND_SPR, .index = spr, .bytes = 4};
            g_autofree char *lower = g_ascii_strdown(name, -1);
            g_strlcpy(entry.name, lower, sizeof(entry.name));
            add(registers, entry);
        }
    }
    return number;
}

static void add_all(Registers *registers, const PpcEnv *env)
{
    static const char *const named[] = {"pc", "msr", "cr", "lr", "ctr", "xer"};
    add_file(registers, 32, "r", (Entry){0, KIND_GPR, 0, "", 4, true});
    for (unsigned i = 0; i < G_N_ELEMENTS(named); i++) {
        add_named(registers, REGISTER_PC + i, named[i]);
    }
    add_file(registers, 32, "f", (Entry){REGISTER_F0, KIND_FPR, 0, "", 8, true});
    add_named(registers, REGISTER_F0 + 32, "fpscr");
    if (env->model->features & PPC_FEATURE_ALTIVEC) {
        add_file(registers, 32, "vr", (Entry){REGISTER_VR0, KIND_VR, 0, "", 16, true});
        add_named(registers, REGISTER_VR0 + 32, "vscr");
        add_named(registers, REGISTER_VR0 + 33, "vrsave");
    }
    unsigned number = add_sprs(registers, env);
    add_file(registers, 16, "sr", (Entry){number, KIND_SR, 0, "", 4, false});
    add(registers, (Entry){number + 16, KIND_RESERVE, 0, "reserve", 4, false});
}

/* --- the description ------------------------------------------------------------------------------ */

static const char vector_types[] =
    "<vector id=\"words_f\" type=\"ieee_single\" count=\"4\"/>"
    "<vector id=\"words\" type=\"int32\" count=\"4\"/>"
    "<vector id=\"halves\" type=\"int16\" count=\"8\"/>"
    "<vector id=\"bytes\" type=\"int8\" count=\"16\"/>"
    "<union id=\"vec128\"><field name=\"uint128\" type=\"uint128\"/>"
    "<field name=\"v4_float\" type=\"words_f\"/><field name=\"v4_int32\" type=\"words\"/>"
    "<field name=\"v8_int16\" type=\"halves\"/><field name=\"v16_int8\" type=\"bytes\"/></union>\n";

typedef struct Feature {
    const char *annex, *name, *head;
    unsigned first, end; /* numbers */
} Feature;

static const Feature features[] = {
    {"power-core.xml", "org.gnu.gdb.power.core", "", 0, REGISTER_F0},
    {"power-fpu.xml", "org.gnu.gdb.power.fpu", "", REGISTER_F0, REGISTER_VR0},
    {"power-altivec.xml", "org.gnu.gdb.power.altivec", vector_types, REGISTER_VR0, REGISTER_SPR},
    {"power-spr.xml", "org.qemu.power.spr", "", REGISTER_SPR, UINT_MAX},
};

/* gdb's word for the type; "" where the size tells it. */
static const char *type_of(const Entry *entry)
{
    if (entry->kind == KIND_FPR) {
        return " type=\"ieee_double\"";
    }
    if (entry->kind == KIND_VR) {
        return " type=\"vec128\"";
    }
    if (entry->kind == KIND_NAMED &&
        (entry->number == REGISTER_PC || strcmp(entry->name, "lr") == 0)) {
        return " type=\"code_ptr\"";
    }
    return entry->number >= REGISTER_SPR ? " type=\"uint32\" group=\"spr\"" : " type=\"uint32\"";
}

static unsigned append_registers(const Registers *registers, const Feature *feature, GString *out)
{
    unsigned count = 0;
    for (guint i = 0; i < registers->entries->len; i++) {
        const Entry *entry = &g_array_index(registers->entries, Entry, i);
        if (entry->number >= feature->first && entry->number < feature->end) {
            g_string_append_printf(out, "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%u\"%s/>\n",
                                   entry->name, 8 * entry->bytes, entry->number, type_of(entry));
            count++;
        }
    }
    return count;
}

static void describe(Registers *registers)
{
    GString *target = g_string_new(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
        "<target version=\"1.0\">\n"
        "<architecture>powerpc:common</architecture>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        const Feature *feature = &features[i];
        GString *text = g_string_new(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE feature SYSTEM \"gdb-target.dtd\">\n");
        g_string_append_printf(text, "<feature name=\"%s\">\n%s", feature->name, feature->head);
        if (append_registers(registers, feature, text) > 0) {
            g_string_append_printf(target, "<xi:include href=\"%s\"/>\n", feature->annex);
        }
        g_string_append(text, "</feature>\n");
        g_hash_table_insert(registers->annexes, g_strdup(feature->annex),
                            g_string_free(text, FALSE));
    }
    g_string_append(target, "</target>\n");
    g_hash_table_insert(registers->annexes, g_strdup("target.xml"), g_string_free(target, FALSE));
}

Registers *registers_new(PpcEnv *env)
{
    Registers *registers = g_new0(Registers, 1);
    registers->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    registers->annexes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    add_all(registers, env);
    describe(registers);
    return registers;
}

void registers_free(Registers *registers)
{
    g_array_unref(registers->entries);
    g_hash_table_unref(registers->annexes);
    g_free(registers);
}

const char *registers_annex(const Registers *registers, const char *annex)
{
    return g_hash_table_lookup(registers->annexes, annex);
}

/* --- values ----------------------------------------------------------------------------------------- */

/* The granule's physical address; what is no such address means that there is no reservation. */
static uint32_t get_reservation(const PpcEnv *env)
{
    return env->reserve_valid ? env->reserve_addr : UINT32_MAX;
}

static void set_reservation(PpcEnv *env, uint32_t value)
{
    env->reserve_valid = value % RESERVATION_GRANULE == 0;
    env->reserve_addr = env->reserve_valid ? value : env->reserve_addr;
}

/* After ppc_sync(). Not of vectors. */
static uint64_t get(PpcEnv *env, const Entry *entry)
{
    CPUState *cpu = CPU(ppc_env_cpu(env));
    uint64_t value = 0;
    uint32_t word = 0;
    switch (entry->kind) {
    case KIND_GPR:
        return env->gpr[entry->index];
    case KIND_FPR:
        return env->fpr[entry->index];
    case KIND_SR:
        return env->sr[entry->index];
    case KIND_RESERVE:
        return get_reservation(env);
    case KIND_SPR:
        ppc_spr_peek(env, entry->index, &word);
        return word;
    case KIND_NAMED:
        CPU_GET_CLASS(cpu)->get_register(cpu, entry->name, &value);
        return value;
    case KIND_VR:
        break;
    }
    g_assert_not_reached();
}

static bool set(PpcEnv *env, const Entry *entry, uint64_t value)
{
    CPUState *cpu = CPU(ppc_env_cpu(env));
    switch (entry->kind) {
    case KIND_GPR:
        env->gpr[entry->index] = (uint32_t)value;
        return true;
    case KIND_FPR:
        env->fpr[entry->index] = value;
        return true;
    case KIND_SR:
        ppc_segment_write(env, entry->index, (uint32_t)value);
        return true;
    case KIND_RESERVE:
        set_reservation(env, (uint32_t)value);
        return true;
    case KIND_SPR:
    case KIND_NAMED:
        return CPU_GET_CLASS(cpu)->set_register(cpu, entry->name, value);
    case KIND_VR:
        break;
    }
    g_assert_not_reached();
}

/* Guest order; a PpcVector is stored byte-reversed. */
static void reverse(uint8_t *to, const uint8_t *from)
{
    for (int i = 0; i < 16; i++) {
        to[i] = from[15 - i];
    }
}

static void append_value(PpcEnv *env, const Entry *entry, GString *out)
{
    uint8_t bytes[16];
    if (entry->kind == KIND_VR) {
        reverse(bytes, env->vr[entry->index].u8);
        wire_append_hex(out, bytes, 16);
        return;
    }
    stq_be_p(bytes, get(env, entry));
    wire_append_hex(out, bytes + 8 - entry->bytes, entry->bytes);
}

/* Only what differs is written: a register may have effects. */
static bool write_value(PpcEnv *env, const Entry *entry, const uint8_t *bytes)
{
    uint8_t value[8] = {0};
    if (entry->kind == KIND_VR) {
        reverse(env->vr[entry->index].u8, bytes);
        return true;
    }
    memcpy(value + 8 - entry->bytes, bytes, entry->bytes);
    return get(env, entry) == (uint64_t)ldq_be_p(value) || set(env, entry, ldq_be_p(value));
}

static const Entry *find(const Registers *registers, unsigned number)
{
    for (guint i = 0; i < registers->entries->len; i++) {
        const Entry *entry = &g_array_index(registers->entries, Entry, i);
        if (entry->number == number) {
            return entry;
        }
    }
    return NULL;
}

void registers_append_all(const Registers *registers, PpcEnv *env, GString *out)
{
    ppc_sync(env);
    for (guint i = 0; i < registers->entries->len; i++) {
        const Entry *entry = &g_array_index(registers->entries, Entry, i);
        if (entry->is_general) {
            append_value(env, entry, out);
        }
    }
}

bool registers_append(const Registers *registers, PpcEnv *env, unsigned number, GString *out)
{
    const Entry *entry = find(registers, number);
    ppc_sync(env);
    if (entry) {
        append_value(env, entry, out);
    }
    return entry != NULL;
}

bool registers_value(const Registers *registers, PpcEnv *env, unsigned number, uint64_t *value)
{
    const Entry *entry = find(registers, number);
    if (!entry || entry->kind == KIND_VR) {
        return false;
    }
    ppc_sync(env);
    *value = get(env, entry);
    return true;
}

bool registers_write_all(const Registers *registers, PpcEnv *env, const char *text)
{
    size_t size = registers->general_bytes;
    g_autofree uint8_t *bytes = g_malloc(size);
    if (strlen(text) != 2 * size || !wire_parse_hex(text, bytes, size)) {
        return false;
    }
    const uint8_t *at = bytes;
    ppc_sync(env);
    for (guint i = 0; i < registers->entries->len; i++) {
        const Entry *entry = &g_array_index(registers->entries, Entry, i);
        if (entry->is_general) {
            write_value(env, entry, at);
            at += entry->bytes;
        }
    }
    return true;
}

bool registers_write(const Registers *registers, PpcEnv *env, unsigned number, const char *text)
{
    const Entry *entry = find(registers, number);
    uint8_t bytes[16];
    if (!entry || strlen(text) != 2 * entry->bytes || !wire_parse_hex(text, bytes, entry->bytes)) {
        return false;
    }
    ppc_sync(env);
    return write_value(env, entry, bytes);
}
