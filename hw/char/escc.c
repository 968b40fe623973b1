/* SPDX-License-Identifier: MIT */
/*
 * Zilog 85C30 ESCC: two asynchronous serial channels.
 *
 * Source: mac99.md 7; Z85C30 user manual chapters 4 and 5. Baud rates are ignored: a character is sent
 * at once and the next received one is there when the last was read. Not modelled: synchronous modes,
 * DPLL, DMA requests, modem lines (DCD and CTS read 0), the enhancement registers.
 * Regions: 0 new addressing (0x40 bytes), 1 legacy addressing (0x10 bytes); byte accesses.
 * Lines out: "sysbus-irq"[0] channel B, [1] channel A. Properties chardev-a, chardev-b.
 */
#include "chardev/chardev.h"
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_ESCC "escc"
OBJECT_DECLARE_SIMPLE_TYPE(Escc, ESCC)

enum { CHANNEL_B, CHANNEL_A, CHANNELS };
enum { FIFO_SIZE = 1024, REGISTERS = 16 };
enum { /* commands in WR0[5:3] */
       CMD_NONE,
       CMD_POINT_HIGH,
       CMD_RESET_EXT,
       CMD_ABORT,
       CMD_ENABLE_RX,
       CMD_RESET_TX,
       CMD_ERROR_RESET,
       CMD_RESET_IUS,
};
enum { WR1_EXT_ENABLE = 1, WR1_TX_ENABLE = 2, WR1_RX_MODE = 0x18, WR1_RX_SPECIAL = 0x18 };
enum { WR3_RX_ENABLE = 1, WR5_TX_ENABLE = 8, WR9_MIE = 8, WR9_STATUS_HIGH = 0x10 };
enum { WR14_LOOPBACK = 0x10, WR15_BREAK = 0x80 };
enum { RR0_RX = 1, RR0_TX_EMPTY = 4, RR0_UNDERRUN = 0x40, RR0_BREAK = 0x80 };
enum { RR1_ALL_SENT = 1, RR1_RESIDUE = 6, RR1_OVERRUN = 0x20 };
enum { RR3_EXT = 1, RR3_TX = 2, RR3_RX = 4, RR3_CHANNEL_A_SHIFT = 3 };
enum { INPUT_DATA, INPUT_BREAK }; /* first byte of an input */

typedef struct EsccChannel {
    struct Escc *owner;
    Chardev *chr, *port;
    const char *input_name;
    IrqLine *irq;
    uint8_t wr[REGISTERS];
    uint8_t pointer; /* register that the next control access reaches */
    uint8_t rr0, rr1;
    bool tx_pending, ext_pending;
    uint8_t fifo[FIFO_SIZE]; /* characters that came in and wait their turn */
    uint32_t fifo_head, fifo_count;
    guint posted, consumed; /* host side: bytes given to the machine, taken by the guest */
} EsccChannel;

struct Escc {
    SysBusDevice parent_obj;
    MemoryRegion mmio, legacy;
    EsccChannel channels[CHANNELS];
    Clock *clock;
    const ChardevCore *chardevs;
};

/* --- interrupts ------------------------------------------------------------------------------------------ */

static bool rx_pending(const EsccChannel *ch)
{
    unsigned mode = ch->wr[1] & WR1_RX_MODE;
    return (ch->rr0 & RR0_RX) && mode != 0 && mode != WR1_RX_SPECIAL;
}

/* RR3's three bits for one channel. */
static uint8_t pending_bits(const EsccChannel *ch)
{
    uint8_t bits = rx_pending(ch) ? RR3_RX : 0;
    bits |= ch->tx_pending && (ch->wr[1] & WR1_TX_ENABLE) ? RR3_TX : 0;
    bits |= ch->ext_pending && (ch->wr[1] & WR1_EXT_ENABLE) ? RR3_EXT : 0;
    return bits;
}

static void update_irq(EsccChannel *ch)
{
    bool enabled = ch->owner->channels[CHANNEL_A].wr[9] & WR9_MIE;
    irq_line_set(ch->irq, enabled && pending_bits(ch));
}

static void update_irqs(Escc *s)
{
    update_irq(&s->channels[CHANNEL_B]);
    update_irq(&s->channels[CHANNEL_A]);
}

/* RR2 of channel B: the vector with the highest pending cause (85C30 table 4-7). */
static uint8_t modified_vector(const Escc *s)
{
    uint8_t code = 3; /* none */
    for (int n = CHANNEL_B; n <= CHANNEL_A; n++) {
        uint8_t bits = pending_bits(&s->channels[n]);
        if (bits) {
            code = (uint8_t)((n == CHANNEL_A ? 4 : 0) + (bits & RR3_RX   ? 2
                                                         : bits & RR3_TX ? 0
                                                                         : 1));
        }
    }
    uint8_t vector = s->channels[CHANNEL_A].wr[2];
    if (s->channels[CHANNEL_A].wr[9] & WR9_STATUS_HIGH) {
        uint8_t reversed = (uint8_t)((code & 1) << 2 | (code & 2) | code >> 2);
        return (uint8_t)((vector & 0x8f) | reversed << 4);
    }
    return (uint8_t)((vector & 0xf1) | code << 1);
}

/* --- receiving ------------------------------------------------------------------------------------------- */

static void load_next(EsccChannel *ch)
{
    bool ready = ch->fifo_count > 0 && (ch->wr[3] & WR3_RX_ENABLE);
    ch->rr0 = (uint8_t)((ch->rr0 & ~RR0_RX) | (ready ? RR0_RX : 0));
}

static void receive_character(EsccChannel *ch, uint8_t character)
{
    if (ch->fifo_count == FIFO_SIZE) {
        ch->rr1 |= RR1_OVERRUN;
        g_atomic_int_inc(&ch->consumed);
        return;
    }
    ch->fifo[(ch->fifo_head + ch->fifo_count) % FIFO_SIZE] = character;
    ch->fifo_count++;
}

static uint8_t data_read(EsccChannel *ch)
{
    if (!(ch->rr0 & RR0_RX)) {
        return ch->fifo[(ch->fifo_head + FIFO_SIZE - 1) % FIFO_SIZE];
    }
    uint8_t character = ch->fifo[ch->fifo_head];
    ch->fifo_head = (ch->fifo_head + 1) % FIFO_SIZE;
    ch->fifo_count--;
    g_atomic_int_inc(&ch->consumed);
    if (ch->port) {
        chardev_accept_input(ch->port);
    }
    load_next(ch);
    update_irqs(ch->owner);
    return character;
}

/* One that the host did not send: reading it must not make room for one of the host's. */
static void receive_own_character(EsccChannel *ch, uint8_t character)
{
    g_atomic_int_add(&ch->consumed, -1);
    receive_character(ch, character);
}

/* It begins and ends at once: the status bit stays until the guest has looked, and a NUL is left. */
static void receive_break(EsccChannel *ch)
{
    ch->rr0 |= RR0_BREAK;
    ch->ext_pending |= (ch->wr[15] & WR15_BREAK) != 0;
    if (ch->wr[3] & WR3_RX_ENABLE) {
        receive_own_character(ch, 0);
    }
}

/* Machine thread: an input is due. */
static void input_taken(void *opaque, const uint8_t *data, size_t length)
{
    EsccChannel *ch = opaque;
    if (length == 0) {
        return;
    }
    if (data[0] == INPUT_BREAK) {
        receive_break(ch);
    }
    for (size_t i = 1; i < length; i++) {
        receive_character(ch, data[i]);
    }
    load_next(ch);
    update_irqs(ch->owner);
}

/* Main thread: the host has characters. */
static size_t host_can_receive(void *opaque)
{
    EsccChannel *ch = opaque;
    gint on_the_way = (gint)(ch->posted - (guint)g_atomic_int_get(&ch->consumed));
    return (size_t)(FIFO_SIZE / 2 - CLAMP(on_the_way, 0, FIFO_SIZE / 2));
}

static void host_receive(void *opaque, const uint8_t *data, size_t length)
{
    EsccChannel *ch = opaque;
    g_autofree uint8_t *message = g_malloc(length + 1);
    message[0] = INPUT_DATA;
    memcpy(message + 1, data, length);
    ch->posted += (guint)length;
    input_post(ch->owner->clock, ch->input_name, message, length + 1);
}

static void host_event(void *opaque, ChardevEvent event)
{
    EsccChannel *ch = opaque;
    if (event == CHARDEV_BREAK) {
        uint8_t message = INPUT_BREAK;
        input_post(ch->owner->clock, ch->input_name, &message, 1);
    }
}

static const ChardevHandlers host_handlers = {
    .can_receive = host_can_receive, .receive = host_receive, .event = host_event};

/* --- transmitting ---------------------------------------------------------------------------------------- */

/* With a ring that is nearly full the machine is asked to look: it pauses until there is room. */
static void send_to_host(EsccChannel *ch, uint8_t value)
{
    chardev_write(ch->port, &value, 1);
    if (!chardev_has_headroom(ch->owner->chardevs)) {
        clock_kick(ch->owner->clock);
    }
}

static void data_write(EsccChannel *ch, uint8_t value)
{
    ch->tx_pending = false;
    if (ch->wr[5] & WR5_TX_ENABLE) {
        if (ch->wr[14] & WR14_LOOPBACK) {
            receive_own_character(ch, value);
            load_next(ch);
        } else {
            send_to_host(ch, value);
        }
        ch->tx_pending = true; /* the buffer is empty again at once */
    }
    update_irqs(ch->owner);
}

/* --- control --------------------------------------------------------------------------------------------- */

static void reset_channel(EsccChannel *ch)
{
    ch->pointer = 0;
    ch->wr[1] &= 0x24;
    ch->wr[3] &= (uint8_t)~WR3_RX_ENABLE;
    ch->wr[4] |= 0x04;
    ch->wr[5] &= 0x61;
    ch->wr[14] = (uint8_t)((ch->wr[14] & 0xc3) | 0x20);
    ch->wr[15] = 0xf8;
    ch->rr0 = RR0_TX_EMPTY | RR0_UNDERRUN;
    ch->rr1 = RR1_ALL_SENT | RR1_RESIDUE;
    ch->tx_pending = ch->ext_pending = false;
}

static void reset_hardware(Escc *s)
{
    for (int n = 0; n < CHANNELS; n++) {
        EsccChannel *ch = &s->channels[n];
        reset_channel(ch);
        ch->wr[9] = (uint8_t)((ch->wr[9] & 3) | 0xc0);
        ch->wr[10] = 0;
        ch->wr[11] = 0x08;
        ch->wr[14] = (uint8_t)((ch->wr[14] & 0xc0) | 0x30);
    }
}

static void run_command(EsccChannel *ch, unsigned command)
{
    switch (command) {
    case CMD_POINT_HIGH:
        ch->pointer |= 8;
        break;
    case CMD_RESET_EXT: /* opens the latches: the end of a break shows, and interrupts too */
        ch->ext_pending = (ch->rr0 & RR0_BREAK) && (ch->wr[15] & WR15_BREAK);
        ch->rr0 &= (uint8_t)~RR0_BREAK;
        break;
    case CMD_RESET_TX:
        ch->tx_pending = false;
        break;
    case CMD_ERROR_RESET:
        ch->rr1 &= (uint8_t)~RR1_OVERRUN;
        break;
    case CMD_NONE:
    case CMD_ENABLE_RX:
    case CMD_RESET_IUS: /* nothing is kept under service: pending causes raise the line again */
        break;
    case CMD_ABORT:
    default:
        log_unimp(TYPE_ESCC, command, "WR0 command %u", command);
        break;
    }
}

/* WR9 is shared by both channels. */
static void master_control_written(Escc *s, uint8_t value)
{
    s->channels[CHANNEL_A].wr[9] = s->channels[CHANNEL_B].wr[9] = value & 0x3f;
    switch (value >> 6) {
    case 1:
        reset_channel(&s->channels[CHANNEL_B]);
        break;
    case 2:
        reset_channel(&s->channels[CHANNEL_A]);
        break;
    case 3:
        reset_hardware(s);
        break;
    default:
        break;
    }
}

static void control_write(EsccChannel *ch, uint8_t value)
{
    unsigned reg = ch->pointer;
    ch->pointer = 0;
    TRACE(escc_mem_writeb_ctrl, "%s WR%u = %02x", ch->input_name, reg, value);
    switch (reg) {
    case 0:
        ch->pointer = value & 7;
        run_command(ch, value >> 3 & 7);
        break;
    case 2:
        ch->owner->channels[CHANNEL_A].wr[2] = ch->owner->channels[CHANNEL_B].wr[2] = value;
        break;
    case 3:
        ch->wr[3] = value;
        load_next(ch);
        break;
    case 8:
        data_write(ch, value);
        break;
    case 9:
        master_control_written(ch->owner, value);
        break;
    default:
        ch->wr[reg] = value;
        break;
    }
    update_irqs(ch->owner);
}

static uint8_t control_read(EsccChannel *ch)
{
    Escc *s = ch->owner;
    bool is_a = ch == &s->channels[CHANNEL_A];
    unsigned reg = ch->pointer;
    ch->pointer = 0;
    switch (reg) {
    case 1:
    case 5:
        return ch->rr1;
    case 2:
    case 6:
        return is_a ? ch->wr[2] : modified_vector(s);
    case 3:
    case 7:
        return is_a ? (uint8_t)(pending_bits(&s->channels[CHANNEL_B]) | pending_bits(ch)
                                                                            << RR3_CHANNEL_A_SHIFT)
                    : 0;
    case 8:
        return data_read(ch);
    case 12:
        return ch->wr[12];
    case 9:
    case 13:
        return ch->wr[13];
    case 11:
    case 15:
        return ch->wr[15];
    case 10:
    case 14:
        return 0;
    default: /* RR0 and its images */
        return ch->rr0;
    }
}

/* --- the two address layouts ------------------------------------------------------------------------------ */

static uint64_t access_read(Escc *s, unsigned channel, bool is_data)
{
    EsccChannel *ch = &s->channels[channel];
    return is_data ? data_read(ch) : control_read(ch);
}

static void access_write(Escc *s, unsigned channel, bool is_data, uint8_t value)
{
    EsccChannel *ch = &s->channels[channel];
    if (is_data) {
        data_write(ch, value);
    } else {
        control_write(ch, value);
    }
}

/* Bit 4: data; bit 5: channel A. */
static uint64_t mmio_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    return access_read(ESCC(opaque), offset >> 5 & 1, offset >> 4 & 1);
}

static void mmio_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    access_write(ESCC(opaque), offset >> 5 & 1, offset >> 4 & 1, (uint8_t)value);
}

/* --- names for debuggers ---------------------------------------------------------------------------------- */

/* What a read of the control register shows first; the other registers are behind the pointer. */
static uint32_t peek_status(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                            uint32_t value G_GNUC_UNUSED)
{
    return ESCC(dev)->channels[row->reset].rr0;
}

#define CONTROL(at, text, channel)                                                                 \
    {.offset = (at),                                                                               \
     .name = (text),                                                                               \
     .width = 1,                                                                                   \
     .reset = (channel),                                                                           \
     .field = REG_NO_FIELD,                                                                        \
     .read = peek_status}
#define HIDDEN(at, text, n)                                                                        \
    {.offset = (at), .name = (text), .width = 1, .field = REG_NO_FIELD, .count = (n)}
static const RegRow mmio_names[] = {
    CONTROL(0x00, "B_CONTROL", CHANNEL_B),
    HIDDEN(0x10, "B_DATA", 0),
    CONTROL(0x20, "A_CONTROL", CHANNEL_A),
    HIDDEN(0x30, "A_DATA", 0),
    {.name = NULL},
};
static const RegRow legacy_names[] = {
    CONTROL(0, "B_CONTROL", CHANNEL_B),
    CONTROL(2, "A_CONTROL", CHANNEL_A),
    HIDDEN(4, "B_DATA", 0),
    HIDDEN(6, "A_DATA", 0),
    HIDDEN(8, "ENHANCEMENT", 8),
    {.name = NULL},
};
static const RegBank mmio_bank = {.name = TYPE_ESCC, .rows = mmio_names};
static const RegBank legacy_bank = {.name = TYPE_ESCC, .rows = legacy_names};

/* --- legacy addresses ------------------------------------------------------------------------------------- */

/* Bit 2: data; bit 1: channel A; from 8 on the enhancement registers. */
static uint64_t legacy_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    if (offset >= 8) {
        log_unimp(TYPE_ESCC, offset, "read of %s", regbank_name_at(&legacy_bank, offset).text);
        return 0;
    }
    return access_read(ESCC(opaque), offset >> 1 & 1, offset >> 2 & 1);
}

static void legacy_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    if (offset >= 8) {
        log_unimp(TYPE_ESCC, offset, "write of %#x to %s", (unsigned)value,
                  regbank_name_at(&legacy_bank, offset).text);
        return;
    }
    access_write(ESCC(opaque), offset >> 1 & 1, offset >> 2 & 1, (uint8_t)value);
}

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};
static const MemoryRegionOps legacy_ops = {
    .read = legacy_read,
    .write = legacy_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};

/* --- the device ------------------------------------------------------------------------------------------- */

static bool open_channel(EsccChannel *ch, Error **errp)
{
    input_register(ch->owner->clock, ch->input_name, input_taken, ch);
    if (!ch->chr) {
        return true;
    }
    ch->port = chardev_claim(ch->chr, errp);
    if (!ch->port) {
        return false;
    }
    chardev_set_handlers(ch->port, &host_handlers, ch);
    return true;
}

static void close_channel(EsccChannel *ch)
{
    input_unregister(ch->owner->clock, ch->input_name);
    chardev_release(ch->port);
    ch->port = NULL;
}

static bool escc_realize(DeviceState *dev, Error **errp)
{
    Escc *s = ESCC(dev);
    s->clock = machine_clock();
    s->chardevs = chardev_core();
    if (!open_channel(&s->channels[CHANNEL_A], errp)) {
        close_channel(&s->channels[CHANNEL_A]);
        return false;
    }
    if (!open_channel(&s->channels[CHANNEL_B], errp)) {
        close_channel(&s->channels[CHANNEL_A]);
        close_channel(&s->channels[CHANNEL_B]);
        return false;
    }
    return true;
}

static void escc_unrealize(DeviceState *dev)
{
    close_channel(&ESCC(dev)->channels[CHANNEL_A]);
    close_channel(&ESCC(dev)->channels[CHANNEL_B]);
}

static void escc_init(Object *obj)
{
    Escc *s = ESCC(obj);
    SysBusDevice *sbd = SYS_BUS_DEVICE(obj);
    static const char *const names[CHANNELS] = {"serial1", "serial0"};
    memory_region_init_io(&s->mmio, obj, &mmio_ops, s, "escc", 0x40);
    memory_region_init_io(&s->legacy, obj, &legacy_ops, s, "escc-legacy", 0x10);
    sysbus_init_mmio(sbd, &s->mmio);
    sysbus_init_mmio(sbd, &s->legacy);
    regbank_describe_region(&mmio_bank, DEVICE(obj), &s->mmio);
    regbank_describe_region(&legacy_bank, DEVICE(obj), &s->legacy);
    for (int n = 0; n < CHANNELS; n++) {
        s->channels[n].owner = s;
        s->channels[n].input_name = names[n];
        sysbus_init_irq(sbd, &s->channels[n].irq);
    }
}

static void escc_reset(DeviceState *dev)
{
    Escc *s = ESCC(dev);
    for (int n = 0; n < CHANNELS; n++) {
        EsccChannel *ch = &s->channels[n];
        memset(ch->wr, 0, sizeof(ch->wr));
        g_atomic_int_add(&ch->consumed, (gint)ch->fifo_count);
        memset(ch->fifo, 0, sizeof(ch->fifo));
        ch->fifo_head = ch->fifo_count = 0;
    }
    reset_hardware(s);
    update_irqs(s);
}

static void escc_info(DeviceState *dev, GString *out)
{
    for (int n = CHANNEL_A; n >= CHANNEL_B; n--) {
        const EsccChannel *ch = &ESCC(dev)->channels[n];
        g_string_append_printf(out, "channel %c: RR0 %02x RR1 %02x pending %x waiting %u WR",
                               n == CHANNEL_A ? 'A' : 'B', ch->rr0, ch->rr1, pending_bits(ch),
                               ch->fifo_count);
        for (int i = 0; i < REGISTERS; i++) {
            g_string_append_printf(out, " %02x", ch->wr[i]);
        }
        g_string_append_c(out, '\n');
    }
}

static bool channel_post_load(void *opaque, uint32_t version G_GNUC_UNUSED,
                              Error **errp G_GNUC_UNUSED)
{
    EsccChannel *ch = opaque;
    g_atomic_int_set(&ch->consumed, (gint)(ch->posted - ch->fifo_count));
    return true;
}

static const VMStateDescription vmstate_channel = {
    .name = "channel",
    .version = 1,
    .minimum_version = 1,
    .post_load = channel_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8_ARRAY(wr, EsccChannel),
            VMSTATE_UINT8_MAX(pointer, EsccChannel, REGISTERS - 1),
            VMSTATE_UINT8(rr0, EsccChannel),
            VMSTATE_UINT8(rr1, EsccChannel),
            VMSTATE_BOOL(tx_pending, EsccChannel),
            VMSTATE_BOOL(ext_pending, EsccChannel),
            VMSTATE_UINT8_ARRAY(fifo, EsccChannel),
            VMSTATE_UINT32_MAX(fifo_head, EsccChannel, FIFO_SIZE - 1),
            VMSTATE_UINT32_MAX(fifo_count, EsccChannel, FIFO_SIZE),
            VMSTATE_TRANSIENT(owner, EsccChannel, "wiring"),
            VMSTATE_TRANSIENT(input_name, EsccChannel, "wiring"),
            VMSTATE_TRANSIENT(posted, EsccChannel, "host side flow control"),
            VMSTATE_TRANSIENT(consumed, EsccChannel, "host side flow control"),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription vmstate_escc = {
    .name = TYPE_ESCC,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT_ARRAY(channels, Escc, EsccChannel, vmstate_channel),
            VMSTATE_TRANSIENT(chardevs, Escc, "host side"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property escc_properties[] = {
    {.name = "chardev-a",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(Escc, channels[CHANNEL_A].chr),
     .description = "channel A's host end"},
    {.name = "chardev-b",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(Escc, channels[CHANNEL_B].chr),
     .description = "channel B's host end"},
    {.name = NULL},
};

static void escc_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "Zilog 85C30 serial controller";
    dc->realize = escc_realize;
    dc->unrealize = escc_unrealize;
    dc->reset = escc_reset;
    dc->info = escc_info;
    dc->vmsd = &vmstate_escc;
    device_class_set_props(dc, escc_properties);
}

static const TypeInfo escc_type = {
    .name = TYPE_ESCC,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Escc),
    .instance_init = escc_init,
    .class_init = escc_class_init,
};
DEFINE_TYPE(escc_type)
