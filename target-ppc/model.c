/* SPDX-License-Identifier: MIT */
/* The processor models as types: one class per row of models.def. */
#include "target-ppc/cpu.h"
#include "util/options.h"

/* 7400UM 2.1.1.2 (MSR); HID0[DOZE, NAP, SLEEP] are bits 23, 22, 21. */
enum {
    MSR_MASK_G3 = 0x0005ff77,
    MSR_MASK_G4 = 0x0205ff77,
    HID0_POWER_MODES = 0x00e00000,
    HID0_POWER_MODES_745X = 0x00600000, /* bit 23 is HIGH_BAT_EN: no DOZE */
};

#define MODEL(full, group, version, feature_bits, text)                                            \
    {.name = full,                                                                                 \
     .family = group,                                                                              \
     .pvr = version,                                                                               \
     .features = feature_bits,                                                                     \
     .msr_mask = (feature_bits) & PPC_FEATURE_ALTIVEC ? MSR_MASK_G4 : MSR_MASK_G3,                 \
     .hid0_nap_bits = (feature_bits) & PPC_FEATURE_745X ? HID0_POWER_MODES_745X                    \
                                                        : HID0_POWER_MODES,                        \
     .desc = text},
#define ALIAS(from, to)
static const PpcModel MODELS[] = {
#include "target-ppc/models.def"
};
#undef MODEL
#undef ALIAS

#define MODEL(...)
#define ALIAS(from, to) {from, to},
static const struct {
    const char *from, *to;
} ALIASES[] = {
#include "target-ppc/models.def"
};
#undef MODEL
#undef ALIAS

static const PpcModel *find_exact(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(MODELS); i++) {
        if (g_ascii_strcasecmp(MODELS[i].name, name) == 0) {
            return &MODELS[i];
        }
    }
    return NULL;
}

static const char *resolve_alias(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        if (g_ascii_strcasecmp(ALIASES[i].from, text) == 0) {
            return ALIASES[i].to;
        }
    }
    return text;
}

const PpcModel *ppc_model_find(const char *text, Error **errp)
{
    const PpcModel *model = find_exact(resolve_alias(text));
    if (model) {
        return model;
    }
    const char *names[G_N_ELEMENTS(MODELS) + G_N_ELEMENTS(ALIASES) + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        names[count++] = ALIASES[i].from;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(MODELS); i++) {
        names[count++] = MODELS[i].name;
    }
    const char *near = nearest_name(text, names);
    error_setg(errp, "no processor model '%s'%s%s%s; '-cpu help' lists them", text,
               near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    return NULL;
}

char *ppc_model_help(void)
{
    GString *out = g_string_new("Available CPUs:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(MODELS); i++) {
        g_string_append_printf(out, "  %-12s PVR %08x  %s\n", MODELS[i].name, MODELS[i].pvr,
                               MODELS[i].desc);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        g_string_append_printf(out, "  %-12s (alias of %s)\n", ALIASES[i].from, ALIASES[i].to);
    }
    return g_string_free(out, FALSE);
}

static void model_class_init(ObjectClass *klass, const void *data)
{
    const PpcModel *model = data;
    POWERPC_CPU_CLASS(klass)->model = model;
    DEVICE_CLASS(klass)->desc = model->desc;
}

static void register_models(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(MODELS); i++) {
        g_autofree char *name = g_strdup_printf("%s-" TYPE_POWERPC_CPU, MODELS[i].name);
        TypeInfo info = {
            .name = name,
            .parent = TYPE_POWERPC_CPU,
            .class_init = model_class_init,
            .class_data = &MODELS[i],
        };
        type_register(&info);
    }
}
type_init(register_models)
