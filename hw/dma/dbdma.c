/* SPDX-License-Identifier: MIT */
/*
 * DBDMA: KeyLargo's descriptor-based DMA controller, 32 channels.
 *
 * Source: mac99.md 8.1 and 8.2. Every channel runs its program; no device is attached to a channel yet,
 * so that data commands complete with residual = count and move nothing.
 * Region: 0, 32 channels of 0x80 bytes, little-endian 32-bit. Lines out: unnamed [0..31], one pulse an
 * interrupt.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_DBDMA "mac-dbdma"
OBJECT_DECLARE_SIMPLE_TYPE(Dbdma, DBDMA)

enum {
    CHANNELS = 32,
    CHANNEL_STRIDE = 0x80,
    REGISTERS = 16,
    COMMAND_SIZE = 16,
    COMMANDS_PER_EVENT = 64, /* a program may loop for ever: the rest waits for the next event */
    EVENT_PERIOD_NS = 1000,
};
enum { /* register indexes */
       REG_CONTROL = 0,
       REG_STATUS = 1,
       REG_POINTER_HIGH = 2,
       REG_POINTER = 3,
       REG_INTERRUPT_SELECT = 4,
       REG_BRANCH_SELECT = 5,
       REG_WAIT_SELECT = 6,
};
enum {
    STATUS_RUN = 0x8000,
    STATUS_PAUSE = 0x4000,
    STATUS_FLUSH = 0x2000,
    STATUS_WAKE = 0x1000,
    STATUS_DEAD = 0x0800,
    STATUS_ACTIVE = 0x0400,
    STATUS_BRANCH = 0x0100,
    STATUS_DEVICE = 0x00ff,
    CONTROL_WRITABLE = STATUS_RUN | STATUS_PAUSE | STATUS_FLUSH | STATUS_WAKE | STATUS_DEVICE,
};
enum {
    OP_OUTPUT_MORE,
    OP_OUTPUT_LAST,
    OP_INPUT_MORE,
    OP_INPUT_LAST,
    OP_STORE_WORD,
    OP_LOAD_WORD,
    OP_NOP,
    OP_STOP
};
enum { KEY_SYSTEM = 6 };

/* One descriptor, as numbers. */
typedef struct Command {
    uint16_t count, word;
    uint32_t address, dependent;
} Command;

typedef struct DbdmaChannel {
    struct Dbdma *owner;
    uint32_t regs[REGISTERS];
    Command waiting; /* has done its work, is not complete: its wait condition holds */
    bool is_waiting;
    Timer timer; /* continues a long program */
} DbdmaChannel;

struct Dbdma {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    DbdmaChannel channels[CHANNELS];
    IrqLine *irqs[CHANNELS];
};

static unsigned channel_number(const DbdmaChannel *ch)
{
    return (unsigned)(ch - ch->owner->channels);
}

static bool fetch(DbdmaChannel *ch, Command *command)
{
    uint8_t raw[COMMAND_SIZE];
    if (address_space_read(address_space_memory(), ch->regs[REG_POINTER], raw, sizeof(raw))) {
        return false;
    }
    *command = (Command){.count = lduw_le_p(raw),
                         .word = lduw_le_p(raw + 2),
                         .address = ldl_le_p(raw + 4),
                         .dependent = ldl_le_p(raw + 8)};
    return true;
}

/* Residual count and the status as it is while the command still runs. */
static void write_back(DbdmaChannel *ch, uint16_t residual)
{
    uint8_t raw[4];
    stw_le_p(raw, residual);
    stw_le_p(raw + 2, (uint16_t)ch->regs[REG_STATUS]);
    address_space_write(address_space_memory(), ch->regs[REG_POINTER] + 12, raw, sizeof(raw));
}

/* 0 never, 1 if true, 2 if false, 3 always; the condition compares device status bits. */
static bool condition_holds(const DbdmaChannel *ch, unsigned code, unsigned select_register)
{
    uint32_t select = ch->regs[select_register];
    uint32_t mask = select >> 16 & 0xf, value = select & 0xf;
    bool met = (ch->regs[REG_STATUS] & mask) == (value & mask);
    return code == 3 || (code == 1 && met) || (code == 2 && !met);
}

static void interrupt(DbdmaChannel *ch)
{
    TRACE(dbdma_interrupt, "channel %#x", channel_number(ch));
    irq_line_pulse(ch->owner->irqs[channel_number(ch)]);
}

static void die(DbdmaChannel *ch, const char *why)
{
    log_guest_error(TYPE_DBDMA, channel_number(ch), "channel %#x: %s at %#x", channel_number(ch),
                    why, ch->regs[REG_POINTER]);
    ch->regs[REG_STATUS] |= STATUS_DEAD;
    ch->regs[REG_STATUS] &= ~(uint32_t)STATUS_ACTIVE;
    interrupt(ch);
}

/* Interrupt, then branch or advance. */
static void complete(DbdmaChannel *ch, const Command *command)
{
    if (condition_holds(ch, command->word >> 4 & 3, REG_INTERRUPT_SELECT)) {
        interrupt(ch);
    }
    ch->regs[REG_STATUS] &= ~(uint32_t)STATUS_BRANCH;
    if (condition_holds(ch, command->word >> 2 & 3, REG_BRANCH_SELECT)) {
        ch->regs[REG_STATUS] |= STATUS_BRANCH;
        ch->regs[REG_POINTER] = command->dependent & ~15u;
    } else {
        ch->regs[REG_POINTER] += COMMAND_SIZE;
    }
}

static bool move_word(DbdmaChannel *ch, Command *command, bool store)
{
    unsigned size = command->count >= 4 ? 4 : command->count >= 2 ? 2 : 1;
    uint8_t raw[4];
    if ((command->word >> 8 & 7) != KEY_SYSTEM) {
        die(ch, "STORE/LOAD_WORD with a key other than system");
        return false;
    }
    if (store) {
        stl_le_p(raw, command->dependent);
        address_space_write(address_space_memory(), command->address, raw, size);
    } else {
        memset(raw, 0, sizeof(raw));
        address_space_read(address_space_memory(), command->address, raw, size);
        address_space_write(address_space_memory(), ch->regs[REG_POINTER] + 8, raw, sizeof(raw));
    }
    return true;
}

static bool data_command_valid(DbdmaChannel *ch, const Command *command)
{
    if (command->address == 0 || (command->word >> 8 & 7) > 3) {
        die(ch, "data command with address 0 or a bad key");
        return false;
    }
    return true;
}

static bool is_data_command(const Command *command) { return command->word >> 12 <= OP_INPUT_LAST; }

/* Fetch a command and do its work. False when the channel stopped or died. */
static bool execute(DbdmaChannel *ch)
{
    Command command;
    if (!fetch(ch, &command)) {
        die(ch, "descriptor outside memory");
        return false;
    }
    unsigned opcode = command.word >> 12;
    TRACE(dbdma_command, "channel %#x %#x: word %04x count %#x address %#x", channel_number(ch),
          ch->regs[REG_POINTER], command.word, command.count, command.address);
    ch->regs[REG_STATUS] &= ~(uint32_t)STATUS_WAKE;
    if (opcode == OP_STOP) {
        ch->regs[REG_STATUS] &= ~(uint32_t)(STATUS_ACTIVE | STATUS_FLUSH);
        return false;
    }
    bool ok = true;
    if (is_data_command(&command)) {
        ok = data_command_valid(ch, &command);
        ch->regs[REG_STATUS] &= opcode & 1 ? ~(uint32_t)STATUS_FLUSH : UINT32_MAX;
    } else if (opcode <= OP_LOAD_WORD) {
        ok = move_word(ch, &command, opcode == OP_STORE_WORD);
    } else if (opcode != OP_NOP) {
        die(ch, "reserved command");
        ok = false;
    }
    ch->waiting = command;
    ch->is_waiting = ok;
    return ok;
}

static void stop_waiting(DbdmaChannel *ch)
{
    ch->waiting = (Command){0};
    ch->is_waiting = false;
}

/* One command to its end. False when the channel stopped, died or waits. */
static bool advance(DbdmaChannel *ch)
{
    if (!ch->is_waiting && !execute(ch)) {
        return false;
    }
    Command command = ch->waiting;
    if (condition_holds(ch, command.word & 3, REG_WAIT_SELECT)) {
        return false;
    }
    stop_waiting(ch);
    write_back(ch, is_data_command(&command) ? command.count : 0);
    complete(ch, &command);
    return true;
}

static bool is_runnable(const DbdmaChannel *ch)
{
    uint32_t status = ch->regs[REG_STATUS];
    return (status & STATUS_RUN) && (status & STATUS_ACTIVE) && !(status & STATUS_PAUSE);
}

static void run(DbdmaChannel *ch)
{
    for (unsigned i = 0; i < COMMANDS_PER_EVENT; i++) {
        if (!is_runnable(ch) || !advance(ch)) {
            return;
        }
    }
    timer_mod_ns(&ch->timer, clock_virtual_ns(ch->timer.clock) + EVENT_PERIOD_NS);
}

/* Guarded as in a register access: a program cannot reach the controller's own registers. */
static void timer_expired(void *opaque)
{
    DbdmaChannel *ch = opaque;
    DeviceState *dev = DEVICE(ch->owner);
    dev->in_io = true;
    run(ch);
    dev->in_io = false;
}

/* --- registers ------------------------------------------------------------------------------------------- */

/* High half: which bits; low half: their values (mac99.md 8.1, "Control write rules"). */
static void control_write(DbdmaChannel *ch, uint32_t value)
{
    uint32_t mask = value >> 16 & CONTROL_WRITABLE, before = ch->regs[REG_STATUS];
    uint32_t status = (before & ~mask) | (value & mask);
    if ((status & STATUS_RUN) && !(before & STATUS_RUN) && !(status & STATUS_PAUSE)) {
        status |= STATUS_ACTIVE;
    }
    if (!(status & STATUS_RUN)) {
        stop_waiting(ch);
        status &= ~(uint32_t)(STATUS_ACTIVE | STATUS_DEAD | STATUS_BRANCH);
    }
    if ((status & STATUS_WAKE) && (status & STATUS_RUN) && !(status & STATUS_DEAD)) {
        status |= STATUS_ACTIVE;
    }
    if ((status ^ before) & STATUS_PAUSE) {
        bool resumes = (status & STATUS_RUN) && !(status & (STATUS_DEAD | STATUS_PAUSE));
        status = (status & ~(uint32_t)STATUS_ACTIVE) | (resumes ? STATUS_ACTIVE : 0);
    }
    status &= ~(uint32_t)STATUS_FLUSH; /* nothing is ever held back */
    ch->regs[REG_STATUS] = status;
    run(ch);
}

/* --- names for debuggers --------------------------------------------------------------------------------- */

/* The rows' number of the register is in reset. */
static uint32_t peek_register(void *dev, const RegRow *row, unsigned index,
                              uint32_t value G_GNUC_UNUSED)
{
    return DBDMA(dev)->channels[index].regs[row->reset];
}

#define NAMED(number, text, shown)                                                                 \
    {.offset = 4 * (number),                                                                       \
     .name = (text),                                                                               \
     .width = 4,                                                                                   \
     .reset = (shown),                                                                             \
     .field = REG_NO_FIELD,                                                                        \
     .count = CHANNELS,                                                                            \
     .stride = CHANNEL_STRIDE,                                                                     \
     .read = peek_register}
static const RegRow names[] = {
    NAMED(REG_CONTROL, "CONTROL", REG_STATUS), /* reads as the status */
    NAMED(REG_STATUS, "STATUS", REG_STATUS),
    NAMED(REG_POINTER_HIGH, "COMMAND_POINTER_HIGH", REG_POINTER_HIGH),
    NAMED(REG_POINTER, "COMMAND_POINTER", REG_POINTER),
    NAMED(REG_INTERRUPT_SELECT, "INTERRUPT_SELECT", REG_INTERRUPT_SELECT),
    NAMED(REG_BRANCH_SELECT, "BRANCH_SELECT", REG_BRANCH_SELECT),
    NAMED(REG_WAIT_SELECT, "WAIT_SELECT", REG_WAIT_SELECT),
    NAMED(7, "TRANSFER_MODE", 7), /* these are not modelled */
    NAMED(8, "DATA2_POINTER_HIGH", 8),
    NAMED(9, "DATA2_POINTER", 9),
    NAMED(11, "ADDRESS_HIGH", 11),
    NAMED(12, "BRANCH_ADDRESS_HIGH", 12),
    {.name = NULL},
};
static const RegBank name_bank = {.name = TYPE_DBDMA, .rows = names};

/* --- accesses -------------------------------------------------------------------------------------------- */

static uint64_t dbdma_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    DbdmaChannel *ch = &DBDMA(opaque)->channels[offset / CHANNEL_STRIDE];
    unsigned reg = (unsigned)(offset % CHANNEL_STRIDE) / 4;
    if (reg == REG_CONTROL) {
        reg = REG_STATUS;
    }
    return reg < REGISTERS ? ch->regs[reg] : 0;
}

static void dbdma_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    DbdmaChannel *ch = &DBDMA(opaque)->channels[offset / CHANNEL_STRIDE];
    unsigned reg = (unsigned)(offset % CHANNEL_STRIDE) / 4;
    switch (reg) {
    case REG_CONTROL:
        control_write(ch, (uint32_t)value);
        break;
    case REG_POINTER:
        if (!(ch->regs[REG_STATUS] & STATUS_ACTIVE)) {
            ch->regs[REG_POINTER] = (uint32_t)value & ~15u;
            stop_waiting(ch);
        }
        break;
    case REG_INTERRUPT_SELECT:
    case REG_BRANCH_SELECT:
    case REG_WAIT_SELECT:
        ch->regs[reg] = (uint32_t)value & 0x00ff00ff;
        if (ch->is_waiting) {
            run(ch);
        }
        break;
    case REG_STATUS:
    case REG_POINTER_HIGH:
        break; /* read only; high half: 0 on this part */
    default:
        log_unimp(TYPE_DBDMA, offset, "write of %#x to %s", (unsigned)value,
                  regbank_name_at(&name_bank, offset).text);
        break;
    }
}

static const MemoryRegionOps dbdma_ops = {
    .read = dbdma_read,
    .write = dbdma_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* --- the device ------------------------------------------------------------------------------------------ */

static bool dbdma_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    Dbdma *s = DBDMA(dev);
    for (unsigned n = 0; n < CHANNELS; n++) {
        s->channels[n].owner = s;
        timer_init_ns(&s->channels[n].timer, machine_clock(), timer_expired, &s->channels[n]);
    }
    return true;
}

static void dbdma_unrealize(DeviceState *dev)
{
    for (unsigned n = 0; n < CHANNELS; n++) {
        timer_fini(&DBDMA(dev)->channels[n].timer);
    }
}

static void dbdma_reset(DeviceState *dev)
{
    for (unsigned n = 0; n < CHANNELS; n++) {
        DbdmaChannel *ch = &DBDMA(dev)->channels[n];
        memset(ch->regs, 0, sizeof(ch->regs));
        stop_waiting(ch);
        timer_del(&ch->timer);
    }
}

static void dbdma_init(Object *obj)
{
    Dbdma *s = DBDMA(obj);
    memory_region_init_io(&s->mmio, obj, &dbdma_ops, s, "dbdma", CHANNELS * CHANNEL_STRIDE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    qdev_init_gpio_out(DEVICE(obj), s->irqs, CHANNELS);
}

static void dbdma_info(DeviceState *dev, GString *out)
{
    for (unsigned n = 0; n < CHANNELS; n++) {
        const uint32_t *regs = DBDMA(dev)->channels[n].regs;
        if (regs[REG_STATUS] || regs[REG_POINTER]) {
            g_string_append_printf(out, "channel %#04x: status %04x pointer %08x\n", n,
                                   regs[REG_STATUS], regs[REG_POINTER]);
        }
    }
}

static const VMStateDescription vmstate_command = {
    .name = "command",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT16(count, Command),
            VMSTATE_UINT16(word, Command),
            VMSTATE_UINT32(address, Command),
            VMSTATE_UINT32(dependent, Command),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription vmstate_channel = {
    .name = "channel",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32_ARRAY(regs, DbdmaChannel),
            VMSTATE_STRUCT(waiting, DbdmaChannel, Command, vmstate_command),
            VMSTATE_BOOL(is_waiting, DbdmaChannel),
            VMSTATE_TIMER(timer, DbdmaChannel),
            VMSTATE_TRANSIENT(owner, DbdmaChannel, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription vmstate_dbdma = {
    .name = TYPE_DBDMA,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT_ARRAY(channels, Dbdma, DbdmaChannel, vmstate_channel),
            VMSTATE_END_OF_LIST(),
        },
};

static void dbdma_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "descriptor-based DMA controller";
    dc->realize = dbdma_realize;
    dc->unrealize = dbdma_unrealize;
    dc->reset = dbdma_reset;
    dc->info = dbdma_info;
    dc->vmsd = &vmstate_dbdma;
}

static const TypeInfo dbdma_type = {
    .name = TYPE_DBDMA,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Dbdma),
    .instance_init = dbdma_init,
    .class_init = dbdma_class_init,
};
DEFINE_TYPE(dbdma_type)
