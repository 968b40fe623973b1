/* SPDX-License-Identifier: MIT */
/*
 * MOS 6522 versatile interface adapter, as KeyLargo has it: a register every 0x200 bytes.
 *
 * Source: MOS 6522 data sheet; mac99.md 6.1; macosx.md 4.6. Timers count virtual time at 783360 Hz, the
 * rate against which Mac OS X measures the time base. Region: 0, 0x2000 bytes. Lines out:
 * "sysbus-irq"[0]. Not modelled: CA/CB pins (nothing drives them), PB6 pulse counting, PB7 output, shift
 * modes under T2 or the system clock, the mirrors of a register in its 0x200 bytes.
 */
#include "hw/misc/via6522.h"

#include "hw/core/regbank.h"
#include "util/log.h"

/* 783360 Hz = 306 ticks in 390625 ns, exactly. */
enum { TICKS = 306, TICKS_NS = 390625 };
enum { REGION_SIZE = 0x2000, REG_STEP = 0x200 };
enum { /* register numbers */
       REG_B,
       REG_A,
       REG_DDRB,
       REG_DDRA,
       REG_T1CL,
       REG_T1CH,
       REG_T1LL,
       REG_T1LH,
       REG_T2CL,
       REG_T2CH,
       REG_SR,
       REG_ACR,
       REG_PCR,
       REG_IFR,
       REG_IER,
       REG_ANH,
};
enum { ACR_T1_CONTINUOUS = 0x40, ACR_T2_PULSES = 0x20 };

/* --- interrupts ---------------------------------------------------------------------------------- */

static void update_irq(Via6522 *via) { irq_line_set(via->irq, (via->ifr & via->ier) != 0); }

static void raise_flags(Via6522 *via, uint8_t flags)
{
    via->ifr |= flags;
    update_irq(via);
}

void via6522_raise_sr(Via6522 *via) { raise_flags(via, VIA_SR); }

/* --- timers -------------------------------------------------------------------------------------- */

/* Narrow as long as they fit: for a year and more. */
static uint64_t tick_of_ns(uint64_t ns)
{
    if (G_LIKELY(ns <= UINT64_MAX / TICKS)) {
        return ns * TICKS / TICKS_NS;
    }
    return (uint64_t)((unsigned __int128)ns * TICKS / TICKS_NS);
}

/* The first nanosecond of a tick. */
static uint64_t ns_of_tick(uint64_t tick)
{
    if (G_LIKELY(tick < UINT64_MAX / TICKS_NS)) {
        return (tick * TICKS_NS + TICKS - 1) / TICKS;
    }
    return (uint64_t)(((unsigned __int128)tick * TICKS_NS + TICKS - 1) / TICKS);
}

static uint64_t now_ns(const ViaTimer *t) { return clock_virtual_ns(t->timer.clock); }

static uint64_t now_tick(const ViaTimer *t) { return tick_of_ns(now_ns(t)); }

static bool is_continuous(const ViaTimer *t)
{
    return t->flag == VIA_T1 && (t->via->acr & ACR_T1_CONTINUOUS);
}

/* Ticks to a continuous timer's next load: the count, then one below 0, then the latch again. */
static uint32_t period(uint16_t count) { return count + 2u; }

/* Move the load of a continuous timer to the last one that has happened. */
static void follow_reloads(ViaTimer *t, uint64_t now)
{
    uint64_t elapsed = now - t->load_tick;
    if (elapsed >= period(t->loaded)) {
        t->load_tick = now - (elapsed - period(t->loaded)) % period(t->latch);
        t->loaded = t->latch;
    }
}

static uint16_t counter(ViaTimer *t)
{
    uint64_t now = now_tick(t);
    if (is_continuous(t)) {
        follow_reloads(t, now);
    }
    return (uint16_t)(t->loaded - (now - t->load_tick));
}

/* When the flag rises next: as the counter passes 0. */
static uint64_t next_underflow(ViaTimer *t)
{
    uint64_t now = now_tick(t);
    if (!is_continuous(t)) {
        return t->load_tick + t->loaded + 1;
    }
    follow_reloads(t, now);
    uint64_t tick = t->load_tick + t->loaded + 1;
    return tick > now ? tick : tick + period(t->latch);
}

/* While the flag is up nothing new can happen, so a guest that ignores it costs no events. */
static void rearm(ViaTimer *t)
{
    if ((t->via->ifr & t->flag) || !(t->is_pending || is_continuous(t))) {
        timer_del(&t->timer);
    } else {
        timer_mod_ns(&t->timer, ns_of_tick(next_underflow(t)));
    }
}

static void ran_out(void *opaque)
{
    ViaTimer *t = opaque;
    t->is_pending = false;
    timer_del(&t->timer);
    raise_flags(t->via, t->flag);
}

/* What is due by now happens before an access sees it; its event may be some instructions away. */
static void catch_up(ViaTimer *t)
{
    if (timer_pending(&t->timer) && timer_deadline_ns(&t->timer) <= now_ns(t)) {
        ran_out(t);
    }
}

static void load(ViaTimer *t, uint16_t count)
{
    t->loaded = count;
    t->load_tick = now_tick(t);
}

static void clear_flags(Via6522 *via, uint8_t flags)
{
    catch_up(&via->t1);
    catch_up(&via->t2);
    if (!(via->ifr & flags)) {
        return; /* as at nearly every access */
    }
    via->ifr &= (uint8_t)~flags;
    rearm(&via->t1);
    rearm(&via->t2);
    update_irq(via);
}

/* --- timer registers ----------------------------------------------------------------------------- */

static ViaTimer *timer_of(Via6522 *via, const RegRow *row)
{
    return row->offset < REG_T2CL * REG_STEP ? &via->t1 : &via->t2;
}

static uint32_t read_counter_low(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                                 uint32_t value G_GNUC_UNUSED)
{
    ViaTimer *t = timer_of(dev, row);
    clear_flags(dev, t->flag);
    return counter(t) & 0xff;
}

static uint32_t read_counter_high(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                                  uint32_t value G_GNUC_UNUSED)
{
    return counter(timer_of(dev, row)) >> 8;
}

static uint32_t read_latch_low(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                               uint32_t value G_GNUC_UNUSED)
{
    return timer_of(dev, row)->latch & 0xff;
}

static uint32_t read_latch_high(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                                uint32_t value G_GNUC_UNUSED)
{
    return timer_of(dev, row)->latch >> 8;
}

/* Reloads that have happened used the old latch. */
static void set_latch(ViaTimer *t, uint16_t latch)
{
    catch_up(t);
    if (is_continuous(t)) {
        follow_reloads(t, now_tick(t));
    }
    t->latch = latch;
}

static void write_latch_low(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                            uint32_t value, uint32_t old G_GNUC_UNUSED)
{
    ViaTimer *t = timer_of(dev, row);
    set_latch(t, (uint16_t)((t->latch & 0xff00) | value));
    rearm(t);
}

static void write_latch_high(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                             uint32_t value, uint32_t old G_GNUC_UNUSED)
{
    ViaTimer *t = timer_of(dev, row);
    set_latch(t, (uint16_t)(value << 8 | (t->latch & 0xff)));
    clear_flags(dev, t->flag);
    rearm(t);
}

static void write_counter_high(void *dev, const RegRow *row, unsigned index, uint32_t value,
                               uint32_t old)
{
    ViaTimer *t = timer_of(dev, row);
    write_latch_high(dev, row, index, value, old);
    load(t, t->latch);
    t->is_pending = true;
    rearm(t);
}

static void acr_written(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED, uint32_t value,
                        uint32_t old)
{
    Via6522 *via = dev;
    ViaTimer *t = &via->t1;
    catch_up(t);
    if ((value ^ old) & ACR_T1_CONTINUOUS) {
        via->acr = (uint8_t)old;
        uint16_t count = counter(t);
        via->acr = (uint8_t)value;
        load(t, count);
    }
    if (value & ~old & ACR_T2_PULSES) {
        log_unimp(TYPE_MOS6522, row->offset, "T2 is to count pulses on PB6; it counts time");
    }
    rearm(t);
}

/* --- ports, shift register, interrupt registers -------------------------------------------------- */

/* CA2 and CB2 in an "independent" mode are not cleared by a port access. */
static uint8_t port_flags(uint8_t line1, uint8_t line2, unsigned line2_mode)
{
    return line2_mode == 1 || line2_mode == 3 ? line1 : line1 | line2;
}

static void touch_port_b(Via6522 *via)
{
    clear_flags(via, port_flags(VIA_CB1, VIA_CB2, via->pcr >> 5));
}

static void touch_port_a(Via6522 *via, const RegRow *row)
{
    if (row->offset == REG_A * REG_STEP) {
        clear_flags(via, port_flags(VIA_CA1, VIA_CA2, via->pcr >> 1 & 7));
    }
}

static uint32_t read_b(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                       uint32_t value)
{
    touch_port_b(dev);
    return value;
}

static void b_written(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                      uint32_t value, uint32_t old)
{
    Via6522 *via = dev;
    Via6522Class *vc = MOS6522_GET_CLASS(via);
    touch_port_b(via);
    via->b = (uint8_t)((old & ~via->ddrb) | (value & via->ddrb));
    if (vc->port_b_written) {
        vc->port_b_written(via);
    }
}

static uint32_t read_a(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED, uint32_t value)
{
    touch_port_a(dev, row);
    return value;
}

static void a_written(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED, uint32_t value,
                      uint32_t old)
{
    Via6522 *via = dev;
    touch_port_a(via, row);
    via->a = (uint8_t)((old & ~via->ddra) | (value & via->ddra));
}

static uint32_t read_sr(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                        uint32_t value)
{
    clear_flags(dev, VIA_SR);
    return value;
}

static uint32_t read_ifr(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                         uint32_t value G_GNUC_UNUSED)
{
    Via6522 *via = dev;
    catch_up(&via->t1);
    catch_up(&via->t2);
    return via->ifr | (via->ifr & via->ier ? VIA_IRQ : 0);
}

static void ifr_written(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                        uint32_t value, uint32_t old G_GNUC_UNUSED)
{
    clear_flags(dev, value & ~VIA_IRQ);
}

/* Mac OS X enables a source by writing back what it read, so bit 7 must read 1. macosx.md 4.6 */
static uint32_t read_ier(void *dev G_GNUC_UNUSED, const RegRow *row G_GNUC_UNUSED,
                         unsigned index G_GNUC_UNUSED, uint32_t value)
{
    return value | VIA_IRQ;
}

static void ier_written(void *dev, const RegRow *row G_GNUC_UNUSED, unsigned index G_GNUC_UNUSED,
                        uint32_t value, uint32_t old G_GNUC_UNUSED)
{
    Via6522 *via = dev;
    uint8_t bits = value & ~VIA_IRQ;
    via->ier = value & VIA_IRQ ? via->ier | bits : via->ier & ~bits;
    update_irq(via);
}

#define REG(n, text) .offset = REG_##n * REG_STEP, .name = text, .width = 1, .source = "mac99 6.1"
#define PLAIN(f) .field = REG_FIELD(Via6522, f), .write_mask = 0xff

static const RegRow rows[] = {
    {REG(B, "B"), PLAIN(b), .read = read_b, .write = b_written},
    {REG(A, "A"), PLAIN(a), .read = read_a, .write = a_written},
    {REG(DDRB, "DDRB"), PLAIN(ddrb), .reset = 0xff},
    {REG(DDRA, "DDRA"), PLAIN(ddra)},
    {REG(T1CL, "T1C-L"), .field = REG_NO_FIELD, .read = read_counter_low, .write = write_latch_low},
    {REG(T1CH, "T1C-H"), .field = REG_NO_FIELD, .read = read_counter_high,
     .write = write_counter_high},
    {REG(T1LL, "T1L-L"), .field = REG_NO_FIELD, .read = read_latch_low, .write = write_latch_low},
    {REG(T1LH, "T1L-H"), .field = REG_NO_FIELD, .read = read_latch_high, .write = write_latch_high},
    {REG(T2CL, "T2C-L"), .field = REG_NO_FIELD, .read = read_counter_low, .write = write_latch_low},
    {REG(T2CH, "T2C-H"), .field = REG_NO_FIELD, .read = read_counter_high,
     .write = write_counter_high},
    {REG(SR, "SR"), PLAIN(sr), .read = read_sr},
    {REG(ACR, "ACR"), PLAIN(acr), .write = acr_written},
    {REG(PCR, "PCR"), PLAIN(pcr)},
    {REG(IFR, "IFR"), .field = REG_FIELD(Via6522, ifr), .read = read_ifr, .write = ifr_written},
    {REG(IER, "IER"), .field = REG_FIELD(Via6522, ier), .read = read_ier, .write = ier_written},
    {REG(ANH, "ANH"), PLAIN(a), .read = read_a, .write = a_written},
    {.name = NULL},
};

static const RegBank bank = {
    .name = TYPE_MOS6522,
    .rows = rows,
    .endianness = DEVICE_BIG_ENDIAN,
    .size = REGION_SIZE,
};

/* --- the device ---------------------------------------------------------------------------------- */

static void init_timer(Via6522 *via, ViaTimer *t, uint8_t flag)
{
    t->via = via;
    t->flag = flag;
    timer_init_ns(&t->timer, machine_clock(), ran_out, t);
}

void via6522_realize(Via6522 *via)
{
    init_timer(via, &via->t1, VIA_T1);
    init_timer(via, &via->t2, VIA_T2);
}

void via6522_unrealize(Via6522 *via)
{
    timer_fini(&via->t1.timer);
    timer_fini(&via->t2.timer);
}

static void reset_timer(ViaTimer *t)
{
    t->latch = UINT16_MAX;
    t->is_pending = false;
    load(t, t->latch);
    timer_del(&t->timer);
}

void via6522_reset(Via6522 *via)
{
    regbank_reset(&bank, via);
    reset_timer(&via->t1);
    reset_timer(&via->t2);
    update_irq(via);
}

static void timer_info(const ViaTimer *t, const char *name, GString *out)
{
    g_string_append_printf(out, "%s: latch %04x, loaded %04x at tick %" G_GUINT64_FORMAT "%s\n",
                           name, t->latch, t->loaded, t->load_tick,
                           t->is_pending ? ", running" : "");
}

void via6522_info(Via6522 *via, GString *out)
{
    g_string_append_printf(
        out, "B %02x/%02x A %02x/%02x SR %02x ACR %02x PCR %02x IFR %02x IER %02x\n", via->b,
        via->ddrb, via->a, via->ddra, via->sr, via->acr, via->pcr, via->ifr, via->ier);
    timer_info(&via->t1, "T1", out);
    timer_info(&via->t2, "T2", out);
}

const char *via6522_hex(char *text, size_t size, const uint8_t *data, size_t length)
{
    text[0] = '\0';
    for (size_t i = 0; i < length && 3 * (i + 1) < size; i++) {
        g_snprintf(text + 3 * i, 4, "%02x ", data[i]);
    }
    return text;
}

static void via6522_init(Object *obj)
{
    Via6522 *via = MOS6522(obj);
    regbank_init_region(&bank, DEVICE(obj), &via->mmio);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &via->mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &via->irq);
}

static bool timer_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    const ViaTimer *t = opaque;
    return t->load_tick <= now_tick(t) ||
           error_setg(errp, "a VIA timer was loaded after the present");
}

static const VMStateDescription vmstate_timer = {
    .name = "via6522-timer",
    .version = 1,
    .minimum_version = 1,
    .post_load = timer_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_TIMER(timer, ViaTimer),
            VMSTATE_UINT16(latch, ViaTimer),
            VMSTATE_UINT16(loaded, ViaTimer),
            VMSTATE_UINT64(load_tick, ViaTimer),
            VMSTATE_BOOL(is_pending, ViaTimer),
            VMSTATE_TRANSIENT(via, ViaTimer, "wiring"),
            VMSTATE_TRANSIENT(flag, ViaTimer, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

const VMStateDescription vmstate_via6522 = {
    .name = TYPE_MOS6522,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8(b, Via6522),
            VMSTATE_UINT8(a, Via6522),
            VMSTATE_UINT8(ddrb, Via6522),
            VMSTATE_UINT8(ddra, Via6522),
            VMSTATE_UINT8(sr, Via6522),
            VMSTATE_UINT8(acr, Via6522),
            VMSTATE_UINT8(pcr, Via6522),
            VMSTATE_UINT8_MAX(ifr, Via6522, 0x7f),
            VMSTATE_UINT8_MAX(ier, Via6522, 0x7f),
            VMSTATE_STRUCT(t1, Via6522, ViaTimer, vmstate_timer),
            VMSTATE_STRUCT(t2, Via6522, ViaTimer, vmstate_timer),
            VMSTATE_END_OF_LIST(),
        },
};

static const TypeInfo via6522_type = {
    .name = TYPE_MOS6522,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Via6522),
    .class_size = sizeof(Via6522Class),
    .abstract = true,
    .instance_init = via6522_init,
};
DEFINE_TYPE(via6522_type)
