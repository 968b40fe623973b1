/* SPDX-License-Identifier: MIT */
/*
 * The registers that lock-step compares: each one of ours with the peer's of the same name.
 *
 * Source: none (own design). Not compared: what the stub does not describe or does not keep (QEMU:
 * segment registers, BATs, the time; see gdb_spr_is_kept()).
 */
#include "gdbstub/internal.h"
#include "target-ppc/cr.h"
#include "target-ppc/spr.h"

#include <stdio.h>
#include <string.h>

/* --- which ---------------------------------------------------------------------------------------- */

static void add(Fields *fields, const GdbClient *client, Field field, const char *their_name)
{
    field.index = gdb_client_find(client, their_name);
    if (field.index < 0) {
        return;
    }
    g_array_append_val(fields->all, field);
    g_array_append_val(fields->wanted, field.index);
    if (field.kind <= FIELD_XER) {
        g_array_append_val(fields->often, field);
    }
}

static void add_plain(Fields *fields, const GdbClient *client, FieldKind kind, const char *name)
{
    Field field = {.kind = kind};
    g_strlcpy(field.name, name, sizeof(field.name));
    add(fields, client, field, name);
}

static void add_numbered(Fields *fields, const GdbClient *client, FieldKind kind,
                         const char *format, const char *their_format)
{
    for (unsigned i = 0; i < 32; i++) {
        Field field = {.kind = kind, .number = i};
        g_autofree char *theirs = g_strdup_printf(their_format, i);
        g_snprintf(field.name, sizeof(field.name), format, i);
        add(fields, client, field, theirs);
    }
}

static void add_sprs(Fields *fields, const GdbClient *client, const PpcEnv *env)
{
    const GdbDescription *description = gdb_client_description(client);
    for (guint i = 0; i < description->registers->len; i++) {
        const GdbRegister *entry = gdb_description_register(description, i);
        int number = ppc_spr_by_name(env, entry->name);
        if (number >= 0 && entry->bits == 32 && gdb_spr_is_kept(client, entry->name)) {
            Field field = {.kind = FIELD_SPR, .number = (unsigned)number};
            g_strlcpy(field.name, entry->name, sizeof(field.name));
            add(fields, client, field, entry->name);
        }
    }
}

void lockstep_fields_init(Fields *fields, const GdbClient *client, const PpcEnv *env)
{
    fields->often = g_array_new(FALSE, FALSE, sizeof(Field));
    fields->all = g_array_new(FALSE, FALSE, sizeof(Field));
    fields->wanted = g_array_new(FALSE, FALSE, sizeof(int));
    add_numbered(fields, client, FIELD_GPR, "r%u", "r%u");
    add_plain(fields, client, FIELD_PC, "pc");
    add_plain(fields, client, FIELD_MSR, "msr");
    add_plain(fields, client, FIELD_CR, "cr");
    add_plain(fields, client, FIELD_LR, "lr");
    add_plain(fields, client, FIELD_CTR, "ctr");
    add_plain(fields, client, FIELD_XER, "xer");
    add_numbered(fields, client, FIELD_FPR, "f%u", "f%u");
    add_plain(fields, client, FIELD_FPSCR, "fpscr");
    if (env->model->features & PPC_FEATURE_ALTIVEC) {
        add_numbered(fields, client, FIELD_VR_HIGH, "v%u.high", "vr%u");
        add_numbered(fields, client, FIELD_VR_LOW, "v%u.low", "vr%u");
        add_plain(fields, client, FIELD_VSCR, "vscr");
    }
    add_sprs(fields, client, env);
}

void lockstep_fields_fini(Fields *fields)
{
    g_array_free(fields->often, TRUE);
    g_array_free(fields->all, TRUE);
    g_array_free(fields->wanted, TRUE);
}

/* --- values --------------------------------------------------------------------------------------- */

uint64_t lockstep_ours(PpcEnv *env, const Field *field)
{
    uint32_t value = 0;
    switch (field->kind) {
    case FIELD_GPR:
        return env->gpr[field->number];
    case FIELD_PC:
        return env->pc;
    case FIELD_MSR:
        return env->msr;
    case FIELD_CR:
        return ppc_cr_get(env);
    case FIELD_LR:
        return env->lr;
    case FIELD_CTR:
        return env->ctr;
    case FIELD_XER:
        return ppc_xer_get(env);
    case FIELD_FPR:
        return env->fpr[field->number];
    case FIELD_FPSCR:
        return env->fpscr;
    case FIELD_VR_HIGH:
        return env->vr[field->number].u64[1];
    case FIELD_VR_LOW:
        return env->vr[field->number].u64[0];
    case FIELD_VSCR:
        return env->vscr;
    case FIELD_SPR:
        ppc_spr_peek(env, field->number, &value);
        return value;
    }
    g_assert_not_reached();
}

void lockstep_set_ours(PpcEnv *env, const Field *field, uint64_t value)
{
    CPUState *cpu = CPU(ppc_env_cpu(env));
    if (field->kind == FIELD_VR_HIGH || field->kind == FIELD_VR_LOW) {
        env->vr[field->number].u64[field->kind == FIELD_VR_HIGH] = value;
    } else {
        CPU_GET_CLASS(cpu)->set_register(cpu, field->name, value);
    }
}

static uint64_t half(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

uint64_t lockstep_theirs(const GdbClient *client, const Field *field)
{
    if (field->kind == FIELD_VR_HIGH || field->kind == FIELD_VR_LOW) {
        return half(gdb_client_bytes(client, field->index) + (field->kind == FIELD_VR_LOW ? 8 : 0));
    }
    return gdb_client_get(client, field->index);
}

/* --- one instruction ------------------------------------------------------------------------------ */

static bool has_prefix_of(const char *mnemonic, const char *const *prefixes)
{
    for (; *prefixes; prefixes++) {
        if (g_str_has_prefix(mnemonic, *prefixes)) {
            return true;
        }
    }
    return false;
}

/* Loads and stores by their names: no other mnemonic begins so, but for crossed-out ones. */
static void classify(Step *step)
{
    static const char *const loads[] = {"lb", "lh", "lw", "lm", "ls", "lf", "lv", "eciwx", NULL};
    static const char *const stores[] = {"stb", "sth", "stw",  "stm",   "sts", "stf",
                                         "stv", "dcb", "icbi", "ecowx", NULL};
    static const char *const no_address[] = {"lvs", NULL};
    const char *mnemonic = ppc_insn_row(step->op.id)->mnemonic;
    step->is_load = has_prefix_of(mnemonic, loads) && !has_prefix_of(mnemonic, no_address);
    step->is_access = step->is_load || has_prefix_of(mnemonic, stores);
    step->is_vector = g_str_has_prefix(mnemonic, "lv") || g_str_has_prefix(mnemonic, "stv");
}

static void find_address(Step *step, PpcEnv *env)
{
    CPUState *cpu = CPU(ppc_env_cpu(env));
    const PpcInsn *row = ppc_insn_row(step->op.id);
    bool has_immediate = row->form == FORM_D;
    bool has_index = !has_immediate && !strstr(row->mnemonic, "swi");
    step->ea = env->gpr[step->op.a];
    step->ea += has_immediate ? (uint32_t)step->op.imm : has_index ? env->gpr[step->op.b] : 0;
    if (step->is_vector) {
        step->ea &= ~(uint32_t)(STEP_BYTES - 1);
    }
    step->is_mapped = ppc_translate_debug(env, step->ea, false, &step->pa);
    step->has_memory = step->is_mapped &&
                       address_space_peek(cpu->as, step->pa, step->memory, STEP_BYTES);
}

static void fetch(Step *step, PpcEnv *env)
{
    CPUState *cpu = CPU(ppc_env_cpu(env));
    uint8_t bytes[4];
    hwaddr pa;
    step->word = 0;
    step->op.id = INSN_ILLEGAL;
    if (ppc_translate_debug(env, env->pc, true, &pa) &&
        address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        step->word = ldl_be_p(bytes);
        ppc_decode(step->word, &step->op);
    }
}

void lockstep_look(Step *step, PpcEnv *env)
{
    ppc_sync(env);
    fetch(step, env);
    classify(step);
    step->is_mapped = step->has_memory = false;
    if (step->is_access) {
        find_address(step, env);
    }
    memcpy(step->gpr, env->gpr, sizeof(step->gpr));
    memcpy(step->fpr, env->fpr, sizeof(step->fpr));
    memcpy(step->vr, env->vr, sizeof(step->vr));
    step->pc = env->pc;
    step->msr = env->msr;
    step->cr = ppc_cr_get(env);
    step->lr = env->lr;
    step->ctr = env->ctr;
    step->xer = ppc_xer_get(env);
    step->fpscr = env->fpscr;
    step->vscr = env->vscr;
}
