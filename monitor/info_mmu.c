/* SPDX-License-Identifier: MIT */
/*
 * info tlb, info mem: what the processor's registers and the hashed page table map.
 *
 * Source: PEM chapter 7. A PTE keeps six bits of the page index; the other ten come from where it lies in
 * the table. Entries are shown as they stand in the table: two of one page both appear, although the
 * walker finds the first only. There is no TLB to show: translations that the emulator caches are none of
 * the machine's state. Not here: software table search.
 */
#include "debug/memory.h"
#include "monitor/internal.h"
#include "target-ppc/cpu.h"
#include "target-ppc/mmu.h"
#include "target-ppc/spr.h"

#include <inttypes.h>

enum { SEGMENTS = 16, GROUP_BYTES = 64, PTE_BYTES = 8, PAGE_BYTES = 4096 };
enum { PTE_V = (int)0x80000000, PTE_H = 0x40, PTE_LOW_MASK = 0x1fb }; /* R C WIMG PP */
enum { SR_T = (int)0x80000000, SR_KS = 0x40000000, SR_KP = 0x20000000, SR_N = 0x10000000 };

/* Pages that follow each other in all respects. */
typedef struct Range {
    uint32_t vsid;
    uint32_t offset; /* in the segment: 28 bits */
    uint32_t pa, size;
    uint32_t low; /* R C WIMG PP, as in the PTE */
    bool is_secondary;
} Range;

/* --- the table as an array ------------------------------------------------------------------------------ */

typedef struct Table {
    uint32_t base, groups;
    size_t valid;
    bool is_readable;
    GArray *pages; /* Range, of one page each; later joined */
} Table;

static Range make_page(uint32_t group, uint32_t word0, uint32_t word1)
{
    uint32_t vsid = word0 >> 7 & 0xffffff;
    uint32_t hash = word0 & PTE_H ? ~group : group;
    uint32_t index = (word0 & 0x3f) << 10 | ((hash ^ vsid) & 0x3ff);
    return (Range){.vsid = vsid,
                   .offset = index << 12,
                   .pa = word1 & 0xfffff000,
                   .size = PAGE_BYTES,
                   .low = word1 & PTE_LOW_MASK,
                   .is_secondary = word0 & PTE_H};
}

static void read_group(Table *table, uint32_t group, const uint8_t *bytes)
{
    for (unsigned i = 0; i < GROUP_BYTES; i += PTE_BYTES) {
        uint32_t word0 = ldl_be_p(bytes + i);
        if (word0 & PTE_V) {
            Range page = make_page(group, word0, ldl_be_p(bytes + i + 4));
            g_array_append_val(table->pages, page);
            table->valid++;
        }
    }
}

static void read_table(Command *command, Table *table)
{
    uint32_t sdr1 = POWERPC_CPU(command->cpu)->env.spr[SPR_SDR1];
    DebugMemory memory = {.cpu = command->cpu, .is_physical = true};
    uint8_t bytes[GROUP_BYTES];
    *table = (Table){
        .groups = ((sdr1 & 0x1ff) + 1) << 10,
        .is_readable = true,
        .pages = g_array_new(FALSE, FALSE, sizeof(Range)),
    };
    for (uint32_t group = 0; group < table->groups; group++) {
        hwaddr at = (sdr1 & 0xffff0000u) | (group >> 10 & (sdr1 & 0x1ff)) << 16 |
                    (group & 0x3ff) << 6;
        if (!debug_memory_read(&memory, at, bytes, sizeof(bytes), NULL)) {
            table->is_readable = false;
            return;
        }
        read_group(table, group, bytes);
    }
    table->base = sdr1 & 0xffff0000u;
}

static int compare_pages(const void *left, const void *right)
{
    const Range *a = left, *b = right;
    uint64_t x = (uint64_t)a->vsid << 32 | a->offset, y = (uint64_t)b->vsid << 32 | b->offset;
    return x < y ? -1 : x > y;
}

static bool follows(const Range *range, const Range *page)
{
    return page->vsid == range->vsid && page->offset == range->offset + range->size &&
           page->pa == range->pa + range->size && page->low == range->low;
}

static void join_pages(Table *table)
{
    guint kept = 0;
    g_array_sort(table->pages, compare_pages);
    for (guint i = 0; i < table->pages->len; i++) {
        Range page = g_array_index(table->pages, Range, i);
        Range *last = kept ? &g_array_index(table->pages, Range, kept - 1) : NULL;
        if (last && follows(last, &page)) {
            last->size += page.size;
        } else {
            g_array_index(table->pages, Range, kept++) = page;
        }
    }
    g_array_set_size(table->pages, kept);
}

/* --- blocks ------------------------------------------------------------------------------------------------ */

typedef struct Block {
    const char *kind;
    unsigned number;
    uint32_t upper, lower;
} Block;

static uint64_t block_size(const Block *block, bool is_extended)
{
    return ((uint64_t)(block->upper & (is_extended ? 0x1fffc : 0x1ffc)) << 15) + 0x20000;
}

static void put_letters(GString *out, uint32_t low)
{
    static const char letters[] = "WIMG";
    for (unsigned i = 0; i < 4; i++) {
        g_string_append_c(out, low >> (6 - i) & 1 ? letters[i] : '-');
    }
    g_string_append_printf(out, " PP=%u", low & 3);
}

static void put_block(Command *command, const Block *block)
{
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    bool is_extended = (env->model->features & PPC_FEATURE_HIGH_BATS) &&
                       (env->spr[SPR_HID0] & 0x100); /* XBSEN */
    uint64_t mask = block_size(block, is_extended) - 1;
    uint32_t ea = (uint32_t)(block->upper & 0xfffe0000 & ~mask);
    uint32_t pa = (uint32_t)(block->lower & 0xfffe0000 & ~mask);
    g_string_append_printf(command->out, "%s%u ", block->kind, block->number);
    if (!(block->upper & 3)) {
        g_string_append(command->out, "-\n");
        return;
    }
    g_string_append_printf(command->out, "%08" PRIx32 "-%08" PRIx32 " -> %08" PRIx32 "  %s%s ", ea,
                           ea + (uint32_t)mask, pa, block->upper & 2 ? "Vs" : "--",
                           block->upper & 1 ? "Vp" : "--");
    put_letters(command->out, block->lower);
    g_string_append_c(command->out, '\n');
}

static void put_blocks(Command *command)
{
    static const struct {
        const char *kind;
        unsigned low, high;
    } kinds[] = {{"IBAT", SPR_IBAT0U, SPR_IBAT4U}, {"DBAT", SPR_DBAT0U, SPR_DBAT4U}};
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    bool has_high = (env->model->features & PPC_FEATURE_HIGH_BATS) &&
                    (env->spr[SPR_HID0] & 0x800000); /* HIGH_BAT_EN */
    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        for (unsigned i = 0; i < (has_high ? 8u : 4u); i++) {
            const uint32_t *pair =
                &env->spr[i < 4 ? kinds[kind].low + 2 * i : kinds[kind].high + 2 * (i - 4)];
            put_block(command, &(Block){kinds[kind].kind, i, pair[0], pair[1]});
        }
    }
}

/* --- info tlb ------------------------------------------------------------------------------------------------ */

/* The segment registers that hold @vsid, as a mask. */
static unsigned segments_of(const PpcEnv *env, uint32_t vsid)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        bool is_it = !(env->sr[i] & SR_T) && (env->sr[i] & 0xffffff) == vsid;
        mask |= (unsigned)is_it << i;
    }
    return mask;
}

static void put_segments(Command *command)
{
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        uint32_t sr = env->sr[i];
        g_string_append_printf(command->out, "SR%-2u %x0000000 vsid %06" PRIx32 "%s%s%s%s\n", i, i,
                               sr & 0xffffff, sr & SR_T ? " T" : "", sr & SR_KS ? " Ks" : "",
                               sr & SR_KP ? " Kp" : "", sr & SR_N ? " N" : "");
    }
}

/* "c0000000-c0003fff", or "vsid 000123 0000000-0003fff" where no segment register has it. */
static void put_place(Command *command, const Range *range, unsigned segment)
{
    uint32_t last = range->offset + range->size - 1;
    if (segment < SEGMENTS) {
        g_string_append_printf(command->out, "%08" PRIx32 "-%08" PRIx32,
                               segment << 28 | range->offset, segment << 28 | last);
    } else {
        g_string_append_printf(command->out, "vsid %06" PRIx32 " %07" PRIx32 "-%07" PRIx32,
                               range->vsid, range->offset, last);
    }
}

static void put_range(Command *command, const Range *range, unsigned segment)
{
    put_place(command, range, segment);
    g_string_append_printf(command->out, " -> %08" PRIx32 "  ", range->pa);
    put_letters(command->out, range->low);
    g_string_append_printf(command->out, " %c%c\n", range->low & 0x100 ? 'R' : '-',
                           range->low & 0x80 ? 'C' : '-');
}

/* Under each segment that sees it; once, by its VSID, if none does. */
static void put_range_everywhere(Command *command, const Range *range, bool with_others)
{
    unsigned segments = segments_of(&POWERPC_CPU(command->cpu)->env, range->vsid);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        if (segments >> i & 1) {
            put_range(command, range, i);
        }
    }
    if (!segments && with_others) {
        put_range(command, range, SEGMENTS);
    }
}

void info_tlb(Command *command)
{
    const PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    Table table;
    read_table(command, &table);
    g_string_append_printf(command->out, "MSR: IR %u DR %u PR %u\n", ppc_msr(env, MSR_IR),
                           ppc_msr(env, MSR_DR), ppc_msr(env, MSR_PR));
    put_blocks(command);
    put_segments(command);
    g_string_append_printf(command->out,
                           "SDR1 %08" PRIx32 ": table at %08" PRIx32 ", %" PRIu32
                           " KiB, %zu valid entries%s\n",
                           env->spr[SPR_SDR1], env->spr[SPR_SDR1] & 0xffff0000u, table.groups / 16,
                           table.valid, table.is_readable ? "" : " (not all of it is RAM)");
    join_pages(&table);
    for (guint i = 0; i < table.pages->len; i++) {
        put_range_everywhere(command, &g_array_index(table.pages, Range, i), true);
    }
    g_array_unref(table.pages);
}

/* --- info mem: what a data access is translated to, page by page ------------------------------------------- */

typedef struct Stretch {
    uint32_t ea;
    uint64_t size;
    hwaddr pa;
    bool is_writable;
} Stretch;

static void put_stretch(Command *command, const Stretch *stretch)
{
    if (stretch->size) {
        g_string_append_printf(command->out,
                               "%08" PRIx32 "-%08" PRIx64 " %08" PRIx64 " %s%08" PRIx64 "\n",
                               stretch->ea, stretch->ea + stretch->size - 1, stretch->size,
                               stretch->is_writable ? "rw- -> " : "r-- -> ", stretch->pa);
    }
}

static bool translate(Command *command, uint32_t ea, Stretch *page)
{
    PpcEnv *env = &POWERPC_CPU(command->cpu)->env;
    PpcPage found, written;
    if (ppc_mmu_walk(env, ea, PPC_ACCESS_READ, false, &found) != PPC_FAULT_NONE) {
        return false;
    }
    *page = (Stretch){ea, PAGE_BYTES, found.pa,
                      ppc_mmu_walk(env, ea, PPC_ACCESS_WRITE, false, &written) == PPC_FAULT_NONE};
    return true;
}

void info_mem(Command *command)
{
    Stretch run = {.size = 0}, page;
    for (uint64_t ea = 0; ea <= UINT32_MAX; ea += PAGE_BYTES) {
        if (!translate(command, (uint32_t)ea, &page)) {
            continue;
        }
        bool joins = run.size && run.ea + run.size == ea && run.pa + run.size == page.pa &&
                     run.is_writable == page.is_writable;
        if (joins) {
            run.size += PAGE_BYTES;
        } else {
            put_stretch(command, &run);
            run = page;
        }
    }
    put_stretch(command, &run);
}
