/* SPDX-License-Identifier: MIT */
/*
 * The log: what went wrong or was not modelled, by item (`-d guest_errors,unimp,...`, `-D file`).
 *
 * Lines carry the guest's position through a hook that upper floors register. Guest errors, unimp and
 * undef are printed once a place (item, PC, who, key) and counted from then on; the count is printed
 * when a new place logs right after a run of repeats, and by log_close(). Other items print every line.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum LogItem {
    LOG_GUEST_ERROR = 1 << 0, /* guest_errors: the guest did what hardware would not accept */
    LOG_UNIMP = 1 << 1,       /* unimp: the guest used what is not modelled */
    LOG_INT = 1 << 2,         /* int: exceptions taken */
    LOG_CPU = 1 << 3,         /* cpu: registers before every instruction */
    LOG_MMU = 1 << 4,         /* mmu: translations and faults */
    LOG_IN_ASM = 1 << 5,      /* in_asm: every instruction executed, disassembled */
    LOG_UNDEF = 1 << 6,       /* undef: boundedly undefined forms, once per PC */
    LOG_TRACE = 1 << 7,       /* trace: trace points enabled by -trace */
    LOG_EXEC = 1 << 8,        /* exec: a line for every block of instructions entered */
    LOG_FPU = 1 << 9,         /* fpu: floating-point registers in cpu */
    LOG_VPU = 1 << 10,        /* vpu: vector registers in cpu */
    LOG_CPU_RESET = 1 << 11,  /* cpu_reset: registers before a reset of the processor */
    LOG_NOCHAIN = 1 << 12,    /* nochain: changes nothing, no blocks are chained */
} LogItem;

/* Those that must see every instruction. */
#define LOG_EVERY_INSN (LOG_CPU | LOG_IN_ASM | LOG_UNDEF | LOG_EXEC)

/* Guest position of the running instruction; filled by the hook of the CPU floor. */
typedef struct LogPosition {
    uint32_t pc;
    uint64_t icount;
    uint64_t ns; /* guest time */
} LogPosition;

extern uint32_t log_items_enabled; /* read only outside util/: use log_enabled() */

static inline bool log_enabled(LogItem item) { return (log_items_enabled & item) != 0; }

/* @items: comma list of item names and trace:GLOB, or "none"; replaces what was enabled. "help" changes
 * nothing (print log_items_help()). Unknown name: error with nearest name. */
bool log_set_items(const char *items, Error **errp);
/* Lines of text describing the items, for `-d help`. Free with g_free(). */
char *log_items_help(void);
bool log_open(const char *path, Error **errp); /* -D; default is stderr */
void log_close(void);                          /* prints pending repeat counts; back to stderr */
/* @hook fills @pos and returns true on the thread that runs the guest; it must not log. */
void log_set_position_hook(bool (*hook)(void *opaque, LogPosition *pos), void *opaque);

/* -dfilter: START+LEN, START-LEN (the LEN addresses up to START), START..END, comma separated; "" or NULL:
 * no filter again. Limits in_asm, exec and cpu. */
bool log_set_filter(const char *ranges, Error **errp);
/* The instruction at @pc is one that the filter lets through. Machine thread. */
bool log_filter_passes(uint32_t pc);
/* A list of such ranges by itself, separated by @separator. */
typedef struct AddrRange {
    uint64_t first, last;
} AddrRange;
/* NULL with *errp; else of AddrRange, to be freed with g_array_unref(). */
GArray *addr_ranges_parse(const char *text, char separator, Error **errp);
static inline bool addr_ranges_contain(const GArray *ranges, uint64_t addr)
{
    for (guint i = 0; i < ranges->len; i++) {
        const AddrRange *range = &((const AddrRange *)(const void *)ranges->data)[i];
        if (addr >= range->first && addr <= range->last) {
            return true;
        }
    }
    return false;
}
/* @hook gives the symbol at @pc, to be freed with g_free(), or NULL. Machine thread. */
void log_set_symbol_hook(char *(*hook)(void *opaque, uint32_t pc), void *opaque);
char *log_symbol(uint32_t pc); /* NULL: none known */

/* One line "who: message" under @item; @key distinguishes places for the repeat collapsing (usually
 * the address or register offset). Any thread. */
void log_line(LogItem item, const char *who, uint64_t key, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);
/* Guest error / not modelled, with the register offset or address as key. */
#define log_guest_error(who, key, ...) log_if(LOG_GUEST_ERROR, who, key, __VA_ARGS__)
#define log_unimp(who, key, ...) log_if(LOG_UNIMP, who, key, __VA_ARGS__)
#define log_if(item, who, key, ...)                                                                \
    do {                                                                                           \
        if (G_UNLIKELY(log_enabled(item))) {                                                       \
            log_line(item, who, key, __VA_ARGS__);                                                 \
        }                                                                                          \
    } while (0)
/* Raw multi-line text (register dumps, disassembly). */
void log_text(LogItem item, const char *text);

#endif
