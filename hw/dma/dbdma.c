/* SPDX-License-Identifier: MIT */
/*
 * DBDMA: KeyLargo's descriptor-based DMA controller, 32 channels: registers, state.
 *
 * Source: mac99.md 8.1 and 8.2. Every channel runs its program (dbdma_channel.c); on one without a device
 * data commands complete with residual = count and move nothing.
 * Region: 0, 32 channels of 0x80 bytes, little-endian 32-bit. Lines out: unnamed [0..31], one pulse an
 * interrupt.
 */
#include "hw/dma/dbdma.h"

#include "hw/core/regbank.h"
#include "hw/dma/internal.h"
#include "util/log.h"

enum { CHANNEL_STRIDE = 0x80 };

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
     .count = DBDMA_CHANNELS,                                                                      \
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
    return reg < DBDMA_REGISTERS ? ch->regs[reg] : 0;
}

static void dbdma_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    DbdmaChannel *ch = &DBDMA(opaque)->channels[offset / CHANNEL_STRIDE];
    unsigned reg = (unsigned)(offset % CHANNEL_STRIDE) / 4;
    switch (reg) {
    case REG_CONTROL:
        dbdma_control_write(ch, (uint32_t)value);
        break;
    case REG_POINTER:
        if (!(ch->regs[REG_STATUS] & STATUS_ACTIVE)) {
            ch->regs[REG_POINTER] = (uint32_t)value & ~15u;
            dbdma_drop_command(ch);
        }
        break;
    case REG_INTERRUPT_SELECT:
    case REG_BRANCH_SELECT:
    case REG_WAIT_SELECT:
        ch->regs[reg] = (uint32_t)value & 0x00ff00ff;
        if (ch->flags & DBDMA_WAITS) {
            dbdma_run(ch);
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
    for (unsigned n = 0; n < DBDMA_CHANNELS; n++) {
        s->channels[n].owner = s;
        timer_init_ns(&s->channels[n].timer, machine_clock(), dbdma_timer_expired, &s->channels[n]);
    }
    return true;
}

static void dbdma_unrealize(DeviceState *dev)
{
    for (unsigned n = 0; n < DBDMA_CHANNELS; n++) {
        timer_fini(&DBDMA(dev)->channels[n].timer);
    }
}

static void dbdma_reset(DeviceState *dev)
{
    for (unsigned n = 0; n < DBDMA_CHANNELS; n++) {
        DbdmaChannel *ch = &DBDMA(dev)->channels[n];
        memset(ch->regs, 0, sizeof(ch->regs));
        dbdma_drop_command(ch);
        ch->flags = 0;
        timer_del(&ch->timer);
    }
}

static void dbdma_init(Object *obj)
{
    Dbdma *s = DBDMA(obj);
    memory_region_init_io(&s->mmio, obj, &dbdma_ops, s, "dbdma", DBDMA_CHANNELS * CHANNEL_STRIDE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    qdev_init_gpio_out(DEVICE(obj), s->irqs, DBDMA_CHANNELS);
}

static void dbdma_info(DeviceState *dev, GString *out)
{
    for (unsigned n = 0; n < DBDMA_CHANNELS; n++) {
        const DbdmaChannel *ch = &DBDMA(dev)->channels[n];
        const uint32_t *regs = ch->regs;
        if (!regs[REG_STATUS] && !regs[REG_POINTER]) {
            continue;
        }
        g_string_append_printf(out, "channel %#04x: status %04x pointer %08x", n, regs[REG_STATUS],
                               regs[REG_POINTER]);
        if (ch->flags & DBDMA_AT_DATA) {
            g_string_append_printf(out, ", %u bytes to move at %08x", ch->command.count,
                                   ch->command.address);
        }
        g_string_append_c(out, '\n');
    }
}

static const VMStateDescription vmstate_command = {
    .name = "command",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT16(count, DbdmaCommand),
            VMSTATE_UINT16(word, DbdmaCommand),
            VMSTATE_UINT32(address, DbdmaCommand),
            VMSTATE_UINT32(dependent, DbdmaCommand),
            VMSTATE_END_OF_LIST(),
        },
};

static bool channel_post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const DbdmaChannel *ch = opaque;
    return ch->ops || !(ch->flags & DBDMA_AT_DATA) ||
           error_setg(errp, "channel %#x moves data, and has no device",
                      (unsigned)(ch - ch->owner->channels));
}

static const VMStateDescription vmstate_channel = {
    .name = "channel",
    .version = 1,
    .minimum_version = 1,
    .post_load = channel_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32_ARRAY(regs, DbdmaChannel),
            VMSTATE_STRUCT(command, DbdmaChannel, DbdmaCommand, vmstate_command),
            VMSTATE_UINT8(flags, DbdmaChannel),
            VMSTATE_TIMER(timer, DbdmaChannel),
            VMSTATE_TRANSIENT(owner, DbdmaChannel, "wiring"),
            VMSTATE_TRANSIENT(ops, DbdmaChannel, "wiring"),
            VMSTATE_TRANSIENT(opaque, DbdmaChannel, "wiring"),
            VMSTATE_TRANSIENT(is_busy, DbdmaChannel, "only inside of an event"),
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
