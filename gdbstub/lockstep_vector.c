/* SPDX-License-Identifier: MIT */
/*
 * Writes the instruction at which two machines parted as a case for `core99 test`.
 *
 * The instruction moves to 0x4000 of real memory: addresses that count from it, and the page of what it
 * loads or stores, move along. Source of what is wanted: the peer. Not reproduced: translation, devices,
 * and segment registers.
 */
#include "gdbstub/internal.h"

#include <inttypes.h>

enum {
    CASE_PC = 0x4000,
    CASE_DATA = 0x8000,
    TRANSLATION = 1 << MSR_IR | 1 << MSR_DR,
};

typedef struct Writer {
    const Step *step;
    GString *out;
    uint32_t data_shift; /* add to an effective address to get the case's */
} Writer;

static void put(Writer *writer, const char *name, unsigned digits, uint64_t value)
{
    g_string_append_printf(writer->out, " %s=0x%0*" PRIx64, name, (int)digits, value);
}

/* The register that holds the base of the access: it moves with the data. */
static int base_register(const Step *step)
{
    if (!step->is_access) {
        return -1;
    }
    return step->op.a < 32                             ? step->op.a
           : ppc_insn_row(step->op.id)->form == FORM_D ? -1
                                                       : step->op.b;
}

/* Addresses around the instruction and the base of its access, as the case has them. */
static uint32_t moved(const Writer *writer, const Field *field, uint32_t value)
{
    const Step *step = writer->step;
    bool is_near = value - step->pc + 0x100 < 0x200;
    bool is_code = field->kind == FIELD_PC || field->kind == FIELD_LR;
    if (is_code && is_near) {
        return value - step->pc + CASE_PC;
    }
    bool is_base = field->kind == FIELD_GPR && (int)field->number == base_register(step);
    bool is_load_target = step->is_load && field->number == step->op.d;
    return is_base && !is_load_target ? value + writer->data_shift : value;
}

static void put_before(Writer *writer)
{
    static const Field pc_field = {.kind = FIELD_PC};
    const Step *step = writer->step;
    int base = base_register(step);
    g_string_append(writer->out, "in  ");
    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *gpr = g_strdup_printf("r%u", i), *fpr = g_strdup_printf("f%u", i);
        put(writer, gpr, 1, step->gpr[i] + ((int)i == base ? writer->data_shift : 0));
        put(writer, fpr, 1, step->fpr[i]);
    }
    g_string_append(writer->out, "\nin  ");
    for (unsigned i = 0; i < 32; i++) {
        g_string_append_printf(writer->out, " v%u=0x%016" PRIx64 "%016" PRIx64, i,
                               step->vr[i].u64[1], step->vr[i].u64[0]);
    }
    g_string_append(writer->out, "\nin  ");
    put(writer, "pc", 1, moved(writer, &pc_field, step->pc));
    put(writer, "msr", 1, step->msr & ~(uint32_t)TRANSLATION);
    put(writer, "cr", 1, step->cr);
    put(writer, "lr", 1, step->lr);
    put(writer, "ctr", 1, step->ctr);
    put(writer, "xer", 1, step->xer);
    put(writer, "fpscr", 1, step->fpscr);
    put(writer, "vscr", 1, step->vscr);
    if (step->has_memory) {
        g_string_append_printf(writer->out, " mem 0x%x=", step->ea + writer->data_shift);
        for (unsigned i = 0; i < STEP_BYTES; i++) {
            g_string_append_printf(writer->out, "%02x", step->memory[i]);
        }
    }
    g_string_append_c(writer->out, '\n');
}

/* What a field held before; false for special registers, which are not noted. */
static bool value_before(const Step *step, const Field *field, uint64_t *value)
{
    const uint32_t words[] = {
        [FIELD_GPR] = step->gpr[field->number % 32],
        [FIELD_PC] = step->pc,
        [FIELD_MSR] = step->msr,
        [FIELD_CR] = step->cr,
        [FIELD_LR] = step->lr,
        [FIELD_CTR] = step->ctr,
        [FIELD_XER] = step->xer,
        [FIELD_FPSCR] = step->fpscr,
        [FIELD_VSCR] = step->vscr,
        [FIELD_SPR] = 0,
    };
    *value = field->kind == FIELD_FPR ? step->fpr[field->number] : words[field->kind];
    return field->kind != FIELD_SPR;
}

static void put_vector_after(Writer *writer, const GdbClient *client, const Field *high)
{
    const PpcVector *before = &writer->step->vr[high->number];
    Field low = *high;
    low.kind = FIELD_VR_LOW;
    uint64_t one = lockstep_theirs(client, high), two = lockstep_theirs(client, &low);
    if (one != before->u64[1] || two != before->u64[0]) {
        g_string_append_printf(writer->out, " v%u=0x%016" PRIx64 "%016" PRIx64, high->number, one,
                               two);
    }
}

static void put_after(Writer *writer, const Field *field, PpcEnv *env, const GdbClient *client)
{
    uint64_t before, theirs = lockstep_theirs(client, field);
    if (field->kind == FIELD_VR_HIGH) {
        put_vector_after(writer, client, field);
    } else if (field->kind != FIELD_VR_LOW) {
        bool is_known = value_before(writer->step, field, &before);
        bool is_changed = is_known ? before != theirs : lockstep_ours(env, field) != theirs;
        if (is_changed || field->kind == FIELD_PC) {
            bool is_word = field->kind != FIELD_FPR;
            uint64_t value = is_word ? moved(writer, field, (uint32_t)theirs) : theirs;
            value &= field->kind == FIELD_MSR ? ~(uint64_t)TRANSLATION : UINT64_MAX;
            put(writer, field->name, 1, value);
        }
    }
}

void lockstep_vector(const Step *step, const Fields *fields, PpcEnv *env, const GdbClient *client,
                     GString *out)
{
    Writer writer = {.step = step, .out = out};
    g_autoptr(GString) text = g_string_new(NULL);
    ppc_disasm_row(step->word, step->pc, text);
    if (step->is_access) {
        writer.data_shift = (CASE_DATA | (step->ea & 0xfff)) - step->ea;
    }
    g_string_append_printf(out, "# core99 lockstep: %s at 0x%08x", text->str, step->pc);
    if (step->is_access) {
        g_string_append_printf(out, ", address 0x%08x", step->ea);
    }
    g_string_append_printf(out, "\ncase lockstep/1 source=qemu model=%s\ninsn 0x%08x\n",
                           env->model->name, step->word);
    put_before(&writer);
    g_string_append(out, "out ");
    for (guint i = 0; i < fields->all->len; i++) {
        put_after(&writer, &g_array_index(fields->all, Field, i), env, client);
    }
    g_string_append_c(out, '\n');
}
