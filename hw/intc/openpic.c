/* SPDX-License-Identifier: MIT */
/*
 * OpenPIC as in KeyLargo (MPIC): 64 sources, 4 inter-processor interrupts, 4 timers, one processor.
 *
 * Source: mac99.md 4; OpenPIC 1.2 register reference. Input polarity is ignored: lines are active high.
 * The vendor's TFRR value is kept; timers tick at 25 MHz as in QEMU.
 * Region: 0, 256 KiB, little-endian 32-bit, registers 16 bytes apart. Lines in: unnamed [0..63].
 * Lines out: "sysbus-irq"[0] INT, [1] RESET.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#include <inttypes.h>

#define TYPE_OPENPIC "openpic"
OBJECT_DECLARE_SIMPLE_TYPE(OpenPic, OPENPIC)

enum {
    EXTERNAL = 64,
    IPIS = 4,
    TIMERS = 4,
    FIRST_IPI = EXTERNAL,
    FIRST_TIMER = FIRST_IPI + IPIS,
    SOURCES = FIRST_TIMER + TIMERS,
    NO_SOURCE = -1,
    SET_WORDS = (SOURCES + 63) / 64,
};
enum {
    VPR_MASK = (int)0x80000000,
    VPR_ACTIVITY = 0x40000000,
    VPR_POLARITY = 0x00800000,
    VPR_SENSE = 0x00400000,
    VPR_RESET = (int)0xa0000000,
    VPR_WRITABLE = VPR_MASK | VPR_POLARITY | VPR_SENSE | 0x000f00ff,
    VPR_WRITABLE_INTERNAL = VPR_MASK | 0x000f00ff,
};
enum { GCR_RESET = (int)0x80000000, GCR_MIXED = 0x20000000 };
enum { TBCR_INHIBIT = (int)0x80000000, TICCR_TOGGLE = (int)0x80000000, NS_PER_TICK = 40 };
enum { FRR_VALUE = (EXTERNAL - 1) << 16 | 2, TFRR_RESET = 4160000, CTPR_RESET = 15 };

typedef struct PicSource {
    uint32_t vpr, destination;
    bool level;   /* of the input line */
    bool pending; /* level: follows the line; edge: latched */
    bool in_service;
} PicSource;

typedef struct PicTimer {
    struct OpenPic *owner;
    uint32_t base, toggle; /* toggle: bit 31 or nothing */
    uint64_t start_ns;     /* when the count was last loaded */
    uint64_t period_ns;    /* of the count under way, whatever was written since; 0: stands still */
    Timer timer;
} PicTimer;

struct OpenPic {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    PicSource sources[SOURCES];
    uint64_t pending[SET_WORDS], in_service[SET_WORDS]; /* the sources that are so, a bit each */
    PicTimer timers[TIMERS];
    uint32_t gcr, spurious, tfrr, ctpr;
    uint32_t pir; /* bit 0: the processor's reset input is asserted */
    IrqLine *interrupt, *reset_line;
};

/* --- delivery -------------------------------------------------------------------------------------------- */

static unsigned priority_of(const PicSource *source) { return source->vpr >> 16 & 15; }

static bool is_deliverable(const PicSource *source)
{
    return source->pending && !(source->vpr & VPR_MASK) && (source->destination & 1);
}

static void put_in_set(uint64_t *set, int n, bool is_in)
{
    uint64_t bit = BIT64(n % 64);
    set[n / 64] = is_in ? set[n / 64] | bit : set[n / 64] & ~bit;
}

static void set_pending(OpenPic *s, int n, bool pending)
{
    s->sources[n].pending = pending;
    put_in_set(s->pending, n, pending);
}

static void set_in_service(OpenPic *s, int n, bool in_service)
{
    s->sources[n].in_service = in_service;
    put_in_set(s->in_service, n, in_service);
}

/* The best source that is pending (@in_service false) or being served; lowest number wins ties. */
static int best_source(const OpenPic *s, bool in_service)
{
    const uint64_t *set = in_service ? s->in_service : s->pending;
    int best = NO_SOURCE;
    for (int word = 0; word < SET_WORDS; word++) {
        for (uint64_t left = set[word]; left; left &= left - 1) {
            int n = 64 * word + __builtin_ctzll(left);
            const PicSource *source = &s->sources[n];
            if ((in_service || is_deliverable(source)) &&
                (best == NO_SOURCE || priority_of(source) > priority_of(&s->sources[best]))) {
                best = n;
            }
        }
    }
    return best;
}

/* The source that would be acknowledged now. */
static int winner(const OpenPic *s)
{
    int raised = best_source(s, false), served = best_source(s, true);
    if (raised == NO_SOURCE) {
        return NO_SOURCE;
    }
    unsigned priority = priority_of(&s->sources[raised]);
    if (priority <= s->ctpr ||
        (served != NO_SOURCE && priority <= priority_of(&s->sources[served]))) {
        return NO_SOURCE;
    }
    return raised;
}

static void update_interrupt(OpenPic *s) { irq_line_set(s->interrupt, winner(s) != NO_SOURCE); }

static void set_source(OpenPic *s, int n, bool level)
{
    PicSource *source = &s->sources[n];
    if (source->level == level) {
        return; /* devices drive their line at every register access */
    }
    bool rising = level;
    source->level = level;
    if (source->vpr & VPR_SENSE) {
        set_pending(s, n, level);
    } else if (rising) {
        set_pending(s, n, true);
    }
    TRACE(openpic_line, "source %d level %d vpr %08x", n, level, source->vpr);
    update_interrupt(s);
}

static void line_changed(void *opaque, int n, int level) { set_source(OPENPIC(opaque), n, level); }

/* --- timers ---------------------------------------------------------------------------------------------- */

static uint64_t now_ns(const PicTimer *t) { return clock_virtual_ns(t->timer.clock); }

static int timer_source(const PicTimer *t) { return FIRST_TIMER + (int)(t - t->owner->timers); }

/* The period that the base asks for; a count of 0 lasts as long as one of 1. */
static uint64_t base_period_ns(const PicTimer *t)
{
    return MAX(t->base & ~(uint32_t)TBCR_INHIBIT, 1u) * (uint64_t)NS_PER_TICK;
}

/* While its interrupt waits nothing new can happen, so a guest that ignores it costs no events. */
static void timer_rearm(PicTimer *t)
{
    if (t->period_ns && !t->owner->sources[timer_source(t)].pending) {
        timer_mod_ns(&t->timer, t->start_ns + t->period_ns);
    } else {
        timer_del(&t->timer);
    }
}

static void timer_load(PicTimer *t)
{
    t->start_ns = now_ns(t);
    t->toggle = 0;
    t->period_ns = t->base & TBCR_INHIBIT ? 0 : base_period_ns(t);
    timer_rearm(t);
}

/* All reloads up to now at once. The base counts from the first of them on: it may be newer than the
 * count that ended there. */
static void timer_catch_up(PicTimer *t)
{
    uint64_t elapsed = now_ns(t) - t->start_ns;
    if (!t->period_ns || elapsed < t->period_ns) {
        return;
    }
    uint64_t first = t->period_ns, next = base_period_ns(t), more = (elapsed - first) / next;
    t->start_ns += first + more * next;
    t->period_ns = next;
    t->toggle ^= more & 1 ? 0 : (uint32_t)TICCR_TOGGLE;
    set_pending(t->owner, timer_source(t), true);
    timer_rearm(t);
    update_interrupt(t->owner);
}

static void timer_expired(void *opaque) { timer_catch_up(opaque); }

static uint32_t timer_count(PicTimer *t)
{
    timer_catch_up(t);
    if (!t->period_ns) {
        return (t->base & ~(uint32_t)TBCR_INHIBIT) | t->toggle;
    }
    uint64_t left = t->period_ns / NS_PER_TICK - (now_ns(t) - t->start_ns) / NS_PER_TICK;
    return (uint32_t)left | t->toggle;
}

static void timer_base_written(PicTimer *t, uint32_t value)
{
    bool is_counting = !(t->base & TBCR_INHIBIT), counts_on = !(value & TBCR_INHIBIT);
    timer_catch_up(t);
    t->base = value;
    if (!is_counting || !counts_on) {
        timer_load(t);
    }
}

/* Reloads that the old interrupt stood for are over before it goes. */
static void timer_acknowledged(PicTimer *t)
{
    timer_catch_up(t);
    set_pending(t->owner, timer_source(t), false);
    timer_rearm(t);
}

/* --- what the processor reads and ends ------------------------------------------------------------------- */

static uint32_t acknowledge(OpenPic *s)
{
    int n = winner(s);
    if (n == NO_SOURCE) {
        TRACE(openpic_spurious, "vector %#x", s->spurious);
        return s->spurious;
    }
    const PicSource *source = &s->sources[n];
    set_in_service(s, n, true);
    if (n >= FIRST_TIMER) {
        timer_acknowledged(&s->timers[n - FIRST_TIMER]);
    } else if (!(source->vpr & VPR_SENSE)) {
        set_pending(s, n, false);
    }
    update_interrupt(s);
    TRACE(openpic_acknowledge, "source %d vector %#x", n, source->vpr & 0xff);
    return source->vpr & 0xff;
}

static void end_of_interrupt(OpenPic *s)
{
    int n = best_source(s, true);
    if (n == NO_SOURCE) {
        log_guest_error(TYPE_OPENPIC, 0xb0, "EOI: no interrupt is in service");
        return;
    }
    set_in_service(s, n, false);
    TRACE(openpic_eoi, "source %d", n);
    update_interrupt(s);
}

static const RegBank name_bank; /* below */

/* --- registers ------------------------------------------------------------------------------------------- */

/* mac99.md 4.3: a masked source that is pending shows no activity. */
static uint32_t vpr_read(const PicSource *source)
{
    bool active = (source->pending && !(source->vpr & VPR_MASK)) || source->in_service;
    return source->vpr | (active ? VPR_ACTIVITY : 0);
}

static void vpr_write(OpenPic *s, int n, uint32_t value)
{
    PicSource *source = &s->sources[n];
    source->vpr = value & (n < EXTERNAL ? VPR_WRITABLE : VPR_WRITABLE_INTERNAL);
    if (source->vpr & VPR_SENSE) {
        set_pending(s, n, source->level);
    }
    update_interrupt(s);
}

static void destination_write(OpenPic *s, int n, uint32_t value)
{
    s->sources[n].destination = value & 1;
    update_interrupt(s);
}

/* The line moves only when the bit does: a bit that stays set is no new reset. */
static void pir_write(OpenPic *s, uint32_t value)
{
    bool has_changed = (s->pir ^ value) & 1;
    s->pir = value & 1;
    if (has_changed) {
        irq_line_set(s->reset_line, (int)s->pir);
    }
}

static void reset_state(OpenPic *s)
{
    for (int n = 0; n < SOURCES; n++) {
        PicSource *source = &s->sources[n];
        *source = (PicSource){.vpr = (uint32_t)VPR_RESET, .level = source->level};
        source->destination = n >= FIRST_IPI && n < FIRST_TIMER;
        put_in_set(s->pending, n, false);
        put_in_set(s->in_service, n, false);
    }
    for (int n = 0; n < TIMERS; n++) {
        s->timers[n].base = (uint32_t)TBCR_INHIBIT;
        timer_load(&s->timers[n]);
    }
    s->gcr = 0;
    s->spurious = 0xff;
    s->tfrr = TFRR_RESET;
    s->ctpr = CTPR_RESET;
    pir_write(s, 0);
    update_interrupt(s);
}

static void gcr_write(OpenPic *s, uint32_t value)
{
    if (value & GCR_RESET) {
        reset_state(s);
    } else {
        s->gcr = value & GCR_MIXED;
    }
}

static uint32_t timer_register_read(OpenPic *s, hwaddr offset)
{
    unsigned n = (unsigned)(offset >> 6) & 3;
    const PicSource *source = &s->sources[FIRST_TIMER + n];
    switch (offset & 0x30) {
    case 0x00:
        return timer_count(&s->timers[n]);
    case 0x10:
        return s->timers[n].base;
    case 0x20:
        return vpr_read(source);
    default:
        return source->destination;
    }
}

static void timer_register_write(OpenPic *s, hwaddr offset, uint32_t value)
{
    unsigned n = (unsigned)(offset >> 6) & 3;
    switch (offset & 0x30) {
    case 0x00:
        log_guest_error(TYPE_OPENPIC, offset, "write of %#x to %s, which is read-only", value,
                        regbank_name_at(&name_bank, offset).text);
        break;
    case 0x10:
        timer_base_written(&s->timers[n], value);
        break;
    case 0x20:
        vpr_write(s, (int)(FIRST_TIMER + n), value);
        break;
    default:
        destination_write(s, (int)(FIRST_TIMER + n), value);
        break;
    }
}

static uint32_t global_read(OpenPic *s, hwaddr offset)
{
    switch (offset) {
    case 0x1000:
        return FRR_VALUE;
    case 0x1020:
        return s->gcr;
    case 0x10a0:
    case 0x10b0:
    case 0x10c0:
    case 0x10d0:
        return vpr_read(&s->sources[FIRST_IPI + ((offset - 0x10a0) >> 4)]);
    case 0x10e0:
        return s->spurious;
    case 0x1080: /* VIR */
    case 0x1090: /* PIR reads 0 */
        return 0;
    default:
        log_unimp(TYPE_OPENPIC, offset, "read of %s", regbank_name_at(&name_bank, offset).text);
        return 0;
    }
}

static void global_write(OpenPic *s, hwaddr offset, uint32_t value)
{
    switch (offset) {
    case 0x1020:
        gcr_write(s, value);
        break;
    case 0x1090:
        pir_write(s, value);
        break;
    case 0x10a0:
    case 0x10b0:
    case 0x10c0:
    case 0x10d0:
        vpr_write(s, (int)(FIRST_IPI + ((offset - 0x10a0) >> 4)), value);
        break;
    case 0x10e0:
        s->spurious = value & 0xff;
        break;
    default:
        log_unimp(TYPE_OPENPIC, offset, "write of %#x to %s", value,
                  regbank_name_at(&name_bank, offset).text);
        break;
    }
}

/* The per-processor block, by offset in it. */
static uint32_t cpu_read(OpenPic *s, hwaddr offset)
{
    switch (offset) {
    case 0x80:
        return s->ctpr;
    case 0xa0:
        return acknowledge(s);
    case 0x40:
    case 0x50:
    case 0x60:
    case 0x70:
    case 0x90: /* who am I: processor 0 */
    case 0xb0:
        return 0;
    default:
        log_unimp(TYPE_OPENPIC, 0x20000 + offset, "read of %s",
                  regbank_name_at(&name_bank, 0x20000 + offset).text);
        return UINT32_MAX;
    }
}

static void cpu_write(OpenPic *s, hwaddr offset, uint32_t value)
{
    switch (offset) {
    case 0x40:
    case 0x50:
    case 0x60:
    case 0x70:
        if (value & 1) {
            set_pending(s, (int)(FIRST_IPI + ((offset - 0x40) >> 4)), true);
            update_interrupt(s);
        }
        break;
    case 0x80:
        s->ctpr = value & 15;
        update_interrupt(s);
        break;
    case 0xb0:
        end_of_interrupt(s);
        break;
    default:
        log_guest_error(TYPE_OPENPIC, 0x20000 + offset, "write of %#x to %s", value,
                        regbank_name_at(&name_bank, 0x20000 + offset).text);
        break;
    }
}

static uint64_t pic_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    OpenPic *s = OPENPIC(opaque);
    if (offset & 15) {
        return UINT32_MAX;
    }
    if (offset == 0) {
        return UINT32_MAX; /* BRR1 */
    }
    if (offset < 0x1000) {
        return cpu_read(s, offset);
    }
    if (offset >= 0x20000) {
        return offset < 0x21000 ? cpu_read(s, offset & 0xfff) : UINT32_MAX;
    }
    if (offset >= 0x10000) {
        unsigned n = (unsigned)(offset - 0x10000) >> 5;
        if (n >= EXTERNAL) {
            return UINT32_MAX;
        }
        return offset & 0x10 ? s->sources[n].destination : vpr_read(&s->sources[n]);
    }
    if (offset == 0x10f0) {
        return s->tfrr;
    }
    return offset >= 0x1100 && offset < 0x1200 ? timer_register_read(s, offset)
                                               : global_read(s, offset);
}

static void pic_write(void *opaque, hwaddr offset, uint64_t data, unsigned size G_GNUC_UNUSED)
{
    OpenPic *s = OPENPIC(opaque);
    uint32_t value = (uint32_t)data;
    unsigned n = (unsigned)(offset - 0x10000) >> 5;
    if (offset & 15) {
        log_guest_error(TYPE_OPENPIC, offset, "write between registers, at %s",
                        regbank_name_at(&name_bank, offset).text);
    } else if (offset < 0x1000) {
        cpu_write(s, offset, value);
    } else if (offset >= 0x20000 && offset < 0x21000) {
        cpu_write(s, offset & 0xfff, value);
    } else if (offset >= 0x10000 && n < EXTERNAL) {
        if (offset & 0x10) {
            destination_write(s, (int)n, value);
        } else {
            vpr_write(s, (int)n, value);
        }
    } else if (offset == 0x10f0) {
        s->tfrr = value;
    } else if (offset >= 0x1100 && offset < 0x1200) {
        timer_register_write(s, offset, value);
    } else {
        global_write(s, offset, value);
    }
}

static const MemoryRegionOps pic_ops = {
    .read = pic_read,
    .write = pic_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 4, .max_access_size = 4},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* --- names for debuggers --------------------------------------------------------------------------------- */

static uint32_t peek_feature(void *dev G_GNUC_UNUSED, const RegRow *row G_GNUC_UNUSED,
                             unsigned index G_GNUC_UNUSED, uint32_t value G_GNUC_UNUSED)
{
    return FRR_VALUE;
}

/* Rows say in reset which source their index 0 is. */
static uint32_t peek_vector(void *dev, const RegRow *row, unsigned index,
                            uint32_t value G_GNUC_UNUSED)
{
    return vpr_read(&OPENPIC(dev)->sources[row->reset + index]);
}

static uint32_t peek_destination(void *dev, const RegRow *row, unsigned index,
                                 uint32_t value G_GNUC_UNUSED)
{
    return OPENPIC(dev)->sources[row->reset + index].destination;
}

static uint32_t peek_base(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index,
                          uint32_t value G_GNUC_UNUSED)
{
    return OPENPIC(dev)->timers[index].base;
}

/* Peeks have no side effect; registers without one show nothing (IACK acknowledges, TCCR catches up). */
#define SHOWN(reg, text, n, step, first, peek)                                                     \
    {.offset = (reg),                                                                              \
     .name = (text),                                                                               \
     .width = 4,                                                                                   \
     .reset = (first),                                                                             \
     .field = REG_NO_FIELD,                                                                        \
     .count = (n),                                                                                 \
     .stride = (step),                                                                             \
     .read = (peek)}
#define KEPT(reg, text, member)                                                                    \
    {.offset = (reg), .name = (text), .width = 4, .field = REG_FIELD(OpenPic, member)}
static const RegRow names[] = {
    SHOWN(0x40, "IPIDR0", IPIS, 0x10, 0, NULL), /* the processor's own view of its block */
    KEPT(0x80, "CTPR0", ctpr),
    SHOWN(0x90, "WHOAMI0", 0, 0, 0, NULL),
    SHOWN(0xa0, "IACK0", 0, 0, 0, NULL),
    SHOWN(0xb0, "EOI0", 0, 0, 0, NULL),
    SHOWN(0x1000, "FRR", 0, 0, 0, peek_feature),
    KEPT(0x1020, "GCR", gcr),
    SHOWN(0x1080, "VIR", 0, 0, 0, NULL),
    KEPT(0x1090, "PIR", pir),
    SHOWN(0x10a0, "IPIVPR", IPIS, 0x10, FIRST_IPI, peek_vector),
    KEPT(0x10e0, "SVR", spurious),
    KEPT(0x10f0, "TFRR", tfrr),
    SHOWN(0x1100, "TCCR", TIMERS, 0x40, 0, NULL),
    SHOWN(0x1110, "TBCR", TIMERS, 0x40, 0, peek_base),
    SHOWN(0x1120, "TVPR", TIMERS, 0x40, FIRST_TIMER, peek_vector),
    SHOWN(0x1130, "TDR", TIMERS, 0x40, FIRST_TIMER, peek_destination),
    SHOWN(0x10000, "IVPR", EXTERNAL, 0x20, 0, peek_vector),
    SHOWN(0x10010, "IDR", EXTERNAL, 0x20, 0, peek_destination),
    SHOWN(0x20040, "IPIDR0", IPIS, 0x10, 0, NULL),
    KEPT(0x20080, "CTPR0", ctpr),
    SHOWN(0x20090, "WHOAMI0", 0, 0, 0, NULL),
    SHOWN(0x200a0, "IACK0", 0, 0, 0, NULL),
    SHOWN(0x200b0, "EOI0", 0, 0, 0, NULL),
    {.name = NULL},
};

static const RegBank name_bank = {.name = TYPE_OPENPIC, .rows = names};

/* --- the device ------------------------------------------------------------------------------------------ */

static bool pic_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    OpenPic *s = OPENPIC(dev);
    for (int n = 0; n < TIMERS; n++) {
        s->timers[n].owner = s;
        timer_init_ns(&s->timers[n].timer, machine_clock(), timer_expired, &s->timers[n]);
    }
    return true;
}

static void pic_unrealize(DeviceState *dev)
{
    for (int n = 0; n < TIMERS; n++) {
        timer_fini(&OPENPIC(dev)->timers[n].timer);
    }
}

static void pic_init(Object *obj)
{
    OpenPic *s = OPENPIC(obj);
    memory_region_init_io(&s->mmio, obj, &pic_ops, s, TYPE_OPENPIC, 0x40000);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->interrupt);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->reset_line);
    qdev_init_gpio_in(DEVICE(obj), line_changed, EXTERNAL);
}

static void pic_reset(DeviceState *dev) { reset_state(OPENPIC(dev)); }

static void pic_info(DeviceState *dev, GString *out)
{
    const OpenPic *s = OPENPIC(dev);
    g_string_append_printf(out, "CTPR %u  spurious %#x  INT %s\n", s->ctpr, s->spurious,
                           winner(s) == NO_SOURCE ? "low" : "high");
    for (int n = 0; n < SOURCES; n++) {
        const PicSource *source = &s->sources[n];
        if (source->vpr == (uint32_t)VPR_RESET && !source->level) {
            continue;
        }
        g_string_append_printf(out, "source %2d: VPR %08x dest %x%s%s%s\n", n, vpr_read(source),
                               source->destination, source->level ? " line" : "",
                               source->pending ? " pending" : "",
                               source->in_service ? " in-service" : "");
    }
}

static const VMStateDescription vmstate_source = {
    .name = "source",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(vpr, PicSource),
            VMSTATE_UINT32(destination, PicSource),
            VMSTATE_BOOL(level, PicSource),
            VMSTATE_BOOL(pending, PicSource),
            VMSTATE_BOOL(in_service, PicSource),
            VMSTATE_END_OF_LIST(),
        },
};

static bool timer_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    PicTimer *t = opaque;
    bool is_inhibited = t->base & TBCR_INHIBIT;
    if (is_inhibited != (t->period_ns == 0) || t->period_ns % NS_PER_TICK ||
        t->period_ns > INT32_MAX * (uint64_t)NS_PER_TICK) {
        return error_setg(errp, "an OpenPIC timer cannot have a period of %" PRIu64 " ns",
                          t->period_ns);
    }
    if (t->start_ns > now_ns(t)) {
        return error_setg(errp, "an OpenPIC timer was loaded after the present");
    }
    timer_rearm(t);
    return true;
}

static const VMStateDescription vmstate_timer = {
    .name = "timer",
    .version = 1,
    .minimum_version = 1,
    .post_load = timer_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(base, PicTimer),
            VMSTATE_UINT32(toggle, PicTimer),
            VMSTATE_UINT64(start_ns, PicTimer),
            VMSTATE_UINT64(period_ns, PicTimer),
            VMSTATE_TRANSIENT(timer, PicTimer, "derived from the others and the source"),
            VMSTATE_TRANSIENT(owner, PicTimer, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static bool pic_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp G_GNUC_UNUSED)
{
    OpenPic *s = opaque;
    for (int n = 0; n < SOURCES; n++) {
        put_in_set(s->pending, n, s->sources[n].pending);
        put_in_set(s->in_service, n, s->sources[n].in_service);
    }
    return true;
}

static const VMStateDescription vmstate_openpic = {
    .name = TYPE_OPENPIC,
    .version = 1,
    .minimum_version = 1,
    .post_load = pic_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT_ARRAY(sources, OpenPic, PicSource, vmstate_source),
            VMSTATE_STRUCT_ARRAY(timers, OpenPic, PicTimer, vmstate_timer),
            VMSTATE_UINT32(gcr, OpenPic),
            VMSTATE_UINT32(spurious, OpenPic),
            VMSTATE_UINT32(tfrr, OpenPic),
            VMSTATE_UINT32_MAX(ctpr, OpenPic, 15),
            VMSTATE_UINT32_MAX(pir, OpenPic, 1),
            VMSTATE_TRANSIENT(pending, OpenPic, "derived from the sources"),
            VMSTATE_TRANSIENT(in_service, OpenPic, "derived from the sources"),
            VMSTATE_END_OF_LIST(),
        },
};

static void pic_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "OpenPIC interrupt controller";
    dc->realize = pic_realize;
    dc->unrealize = pic_unrealize;
    dc->reset = pic_reset;
    dc->info = pic_info;
    dc->vmsd = &vmstate_openpic;
}

static const TypeInfo pic_type = {
    .name = TYPE_OPENPIC,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(OpenPic),
    .instance_init = pic_init,
    .class_init = pic_class_init,
};
DEFINE_TYPE(pic_type)
