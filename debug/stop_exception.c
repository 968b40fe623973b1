/* SPDX-License-Identifier: MIT */
/*
 * Stop points at exceptions: the processor stands at the handler's first instruction.
 *
 * Source: PEM table 6-2 (names and vectors). Not seen: the hard reset, which delivers nothing.
 */
#include "debug/stop_sources.h"
#include "target-ppc/cpu.h"
#include "target-ppc/spr.h"
#include "util/options.h"

#include <string.h>

typedef struct ExceptionStop {
    unsigned vector;
    bool is_all;
} ExceptionStop;

static const struct {
    const char *name;
    unsigned vector;
} vectors[] = {
    {"reset", PPC_VECTOR_RESET},
    {"machine-check", PPC_VECTOR_MACHINE_CHECK},
    {"dsi", PPC_VECTOR_DSI},
    {"isi", PPC_VECTOR_ISI},
    {"external", PPC_VECTOR_EXTERNAL},
    {"alignment", PPC_VECTOR_ALIGNMENT},
    {"program", PPC_VECTOR_PROGRAM},
    {"fp-unavailable", PPC_VECTOR_FP_UNAVAILABLE},
    {"decrementer", PPC_VECTOR_DECREMENTER},
    {"syscall", PPC_VECTOR_SYSTEM_CALL},
    {"trace", PPC_VECTOR_TRACE},
    {"performance-monitor", PPC_VECTOR_PERFORMANCE},
    {"altivec-unavailable", PPC_VECTOR_VEC_UNAVAILABLE},
    {"instruction-breakpoint", PPC_VECTOR_IABR},
    {"smi", PPC_VECTOR_SMI},
    {"altivec-assist", PPC_VECTOR_VEC_ASSIST},
    {"thermal", PPC_VECTOR_THERMAL},
};

static const char *name_of(unsigned vector)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        if (vectors[i].vector == vector) {
            return vectors[i].name;
        }
    }
    return "unknown";
}

static bool is_exception(const void *opaque, unsigned vector)
{
    const ExceptionStop *stop = opaque;
    return stop->is_all || stop->vector == vector;
}

static bool sets_dar(unsigned vector)
{
    return vector == PPC_VECTOR_DSI || vector == PPC_VECTOR_ALIGNMENT;
}

static void describe_exception(const void *opaque G_GNUC_UNUSED, CPUState *cpu, unsigned vector,
                               StopEvent *event)
{
    const PpcEnv *env = &POWERPC_CPU(cpu)->env;
    uint32_t srr0 = env->spr[SPR_SRR0], srr1 = env->spr[SPR_SRR1], dar = env->spr[SPR_DAR],
             dsisr = env->spr[SPR_DSISR];
    *event = (StopEvent){
        .names = {
            {"vector", vector}, {"srr0", srr0}, {"srr1", srr1}, {"dar", dar}, {"dsisr", dsisr}}};
    int length = g_snprintf(event->text, sizeof(event->text),
                            "%s exception (0x%x) at %08x: SRR0 %08x SRR1 %08x", name_of(vector),
                            vector, env->last_exception_pc, srr0, srr1);
    if (sets_dar(vector)) {
        g_snprintf(event->text + length, sizeof(event->text) - (size_t)length,
                   " DAR %08x DSISR %08x", dar, dsisr);
    }
}

static const StopSource exception_source = {
    .type = "exception",
    .is_exception = is_exception,
    .describe_exception = describe_exception,
    .free = g_free,
};

static bool unknown_name(const char *word, Error **errp)
{
    const char *names[G_N_ELEMENTS(vectors) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        names[i] = vectors[i].name;
    }
    const char *nearest = nearest_name(word, names);
    return nearest ? error_setg(errp, "no exception '%s'; did you mean '%s'?", word, nearest)
                   : error_setg(errp, "no exception '%s'", word);
}

static bool find_vector(const char *word, unsigned *vector, Error **errp)
{
    uint64_t number;
    if (g_ascii_isdigit(*word)) {
        if (!parse_number(word, &number, errp)) {
            return false;
        }
        *vector = (unsigned)number;
        return (number < 0x2000 && g_str_equal(name_of(*vector), "unknown") == 0) ||
               error_setg(errp, "no exception has vector %s", word);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        if (g_str_equal(vectors[i].name, word)) {
            *vector = vectors[i].vector;
            return true;
        }
    }
    return unknown_name(word, errp);
}

bool stop_source_exception(const Debugger *debugger G_GNUC_UNUSED, const char **text,
                           StopPoint *point, Error **errp)
{
    ExceptionStop stop = {0};
    g_autofree char *word = stop_take_word(text);
    stop.is_all = !*word || g_str_equal(word, "all");
    if (!stop.is_all && !find_vector(word, &stop.vector, errp)) {
        return false;
    }
    point->kind = CPU_STOP_EVENT;
    point->source = &exception_source;
    point->source_opaque = g_memdup2(&stop, sizeof(stop));
    return true;
}
