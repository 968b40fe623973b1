/* SPDX-License-Identifier: MIT */
/*
 * The IDE bus: who is selected, what a write to a register does to both devices, resets, and the abstract
 * device with its data phases.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 5.2, 7 (registers), 9.1 to 9.3 (resets), 9.16 (one device alone); mac99.md 8.3
 * (an empty cable reads 0; an absent slave does not look like its master). Not modelled: DASP and PDIAG, the
 * time that a reset takes.
 */
#include "hw/ide/ide.h"
#include "util/log.h"
#include "util/trace.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICE_RESET = 0x08, EXECUTE_DEVICE_DIAGNOSTIC = 0x90 };
enum { NOBODY = 0xff }; /* registers of a device that is not there */

/* --- who is there -------------------------------------------------------------------------------------------- */

static IdeBus *bus_of(const IdeDevice *dev) { return IDE_BUS(DEVICE(dev)->parent_bus); }

IdeDevice *ide_bus_unit(const IdeBus *bus, unsigned unit)
{
    for (GSList *e = bus->parent_obj.children; e; e = e->next) {
        IdeDevice *dev = IDE_DEVICE(e->data);
        if (DEVICE(dev)->realized && dev->unit == (int32_t)unit) {
            return dev;
        }
    }
    return NULL;
}

bool ide_bus_is_empty(const IdeBus *bus) { return !ide_bus_unit(bus, 0) && !ide_bus_unit(bus, 1); }

/* Both devices have heard the same, so that either knows. */
IdeDevice *ide_bus_selected(const IdeBus *bus)
{
    const IdeDevice *any = ide_bus_unit(bus, 0);
    any = any ? any : ide_bus_unit(bus, 1);
    return any ? ide_bus_unit(bus, any->head & IDE_HEAD_SLAVE ? 1 : 0) : NULL;
}

static bool is_occupied(const IdeDevice *dev) { return dev->status & (IDE_BSY | IDE_DRQ); }

bool ide_bus_irq(const IdeBus *bus)
{
    const IdeDevice *dev = ide_bus_selected(bus);
    return dev && dev->intrq && !(dev->control & IDE_CONTROL_NIEN);
}

static void update_irq(IdeBus *bus) { bus->ops->set_irq(bus->opaque, ide_bus_irq(bus)); }

/* --- the data phases ------------------------------------------------------------------------------------------- */

/* What was on its way to memory has moved, or never will. */
static void settle_flush(IdeDevice *dev)
{
    if (dev->flush_waits) {
        dev->flush_waits = false;
        bus_of(dev)->ops->dma_flushed(bus_of(dev)->opaque);
    }
}

static void end_phase(IdeDevice *dev)
{
    dev->phase = IDE_IDLE;
    dev->status &= (uint8_t)~IDE_DRQ;
}

/* Nothing of a transfer is left. */
static void forget_data(IdeDevice *dev)
{
    end_phase(dev);
    dev->length = dev->at = dev->end = 0;
}

static uint8_t *make_room(IdeDevice *dev, uint32_t length)
{
    g_assert(length <= IDE_BUFFER_MAX);
    forget_data(dev);
    if (length > dev->room) {
        dev->room = length;
        g_free(dev->data);
        dev->data = g_malloc(length);
    }
    dev->length = length;
    return dev->data;
}

uint8_t *ide_buffer(IdeDevice *dev, uint32_t length)
{
    uint8_t *data = make_room(dev, length);
    if (length) {
        memset(data, 0, length); /* it is state */
    }
    return data;
}

void ide_buffer_set(IdeDevice *dev, const void *data, uint32_t length)
{
    uint8_t *room = make_room(dev, length);
    if (length) {
        memcpy(room, data, length);
    }
}

void ide_pio(IdeDevice *dev, IdePhase phase, uint32_t length)
{
    g_assert(length && length <= dev->length - dev->at);
    dev->phase = (uint8_t)phase;
    dev->end = dev->at + length;
    dev->status = (uint8_t)((dev->status & ~(IDE_BSY | IDE_ERR)) | IDE_DRDY | IDE_DSC | IDE_DRQ);
    TRACE(ide_pio, "unit %d phase %d: bytes %u to %u", dev->unit, phase, dev->at, dev->end);
}

static void move(IdeDevice *dev)
{
    IdeBus *bus = bus_of(dev);
    uint8_t *data = dev->data + dev->at;
    size_t left = dev->end - dev->at;
    size_t moved = dev->phase == IDE_DMA_IN ? bus->ops->to_memory(bus->opaque, data, left)
                                            : bus->ops->from_memory(bus->opaque, data, left);
    TRACE(ide_dma, "unit %d phase %u: %u of %u bytes", dev->unit, dev->phase, (unsigned)moved,
          (unsigned)left);
    dev->at += (uint32_t)moved;
    bool is_over = dev->at == dev->end;
    if (is_over) {
        end_phase(dev); /* the channel may go on from here, and ask for more */
    }
    settle_flush(dev);
    if (is_over) {
        IDE_DEVICE_GET_CLASS(dev)->dma_ended(dev);
    }
}

void ide_dma(IdeDevice *dev, IdePhase phase)
{
    dev->phase = (uint8_t)phase;
    dev->uses_dma = true;
    dev->at = 0;
    dev->end = dev->length;
    dev->status = (uint8_t)((dev->status & ~IDE_ERR) | IDE_BSY | IDE_DRDY | IDE_DSC);
    move(dev);
}

static IdeDevice *dma_device(const IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && (dev->phase == IDE_DMA_IN || dev->phase == IDE_DMA_OUT)) {
            return dev;
        }
    }
    return NULL;
}

void ide_bus_dma_ready(IdeBus *bus, bool is_input)
{
    IdeDevice *dev = dma_device(bus);
    if (dev && (dev->phase == IDE_DMA_IN) == is_input) {
        move(dev);
    }
}

/* What is in a buffer has been offered already. */
bool ide_bus_flush_dma(IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && IDE_DEVICE_GET_CLASS(dev)->dma_pending &&
            IDE_DEVICE_GET_CLASS(dev)->dma_pending(dev)) {
            dev->flush_waits = true;
            return true;
        }
    }
    return false;
}

static IdeDevice *pio_device(const IdeBus *bus, IdePhase phase)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (!dev || dev->phase != phase) {
        log_guest_error(TYPE_IDE_BUS, phase, "%s of the data register without DRQ",
                        phase == IDE_PIO_IN ? "read" : "write");
        return NULL;
    }
    return dev;
}

static void pio_moved(IdeDevice *dev)
{
    if (dev->at == dev->end) {
        end_phase(dev);
        IDE_DEVICE_GET_CLASS(dev)->pio_ended(dev);
    }
}

/* An odd last byte comes with a 0. */
uint16_t ide_bus_read_data(IdeBus *bus)
{
    IdeDevice *dev = ide_bus_is_empty(bus) ? NULL : pio_device(bus, IDE_PIO_IN);
    if (!dev) {
        return 0;
    }
    uint16_t word = dev->data[dev->at++];
    if (dev->at < dev->end) {
        word |= (uint16_t)(dev->data[dev->at++] << 8);
    }
    pio_moved(dev);
    return word;
}

void ide_bus_write_data(IdeBus *bus, uint16_t word)
{
    IdeDevice *dev = ide_bus_is_empty(bus) ? NULL : pio_device(bus, IDE_PIO_OUT);
    if (!dev) {
        return;
    }
    dev->data[dev->at++] = (uint8_t)word;
    if (dev->at < dev->end) {
        dev->data[dev->at++] = (uint8_t)(word >> 8);
    }
    pio_moved(dev);
}

/* --- what a device says ------------------------------------------------------------------------------------------ */

void ide_raise(IdeDevice *dev)
{
    dev->intrq = true;
    update_irq(bus_of(dev));
}

void ide_busy(IdeDevice *dev)
{
    end_phase(dev);
    dev->status = (uint8_t)((dev->status & ~IDE_ERR) | IDE_BSY | IDE_DRDY | IDE_DSC);
}

static void end_command(IdeDevice *dev, uint8_t status, uint8_t error)
{
    forget_data(dev);
    dev->error = error;
    dev->status = status;
    TRACE(ide_end, "unit %d status %#x error %#x", dev->unit, status, error);
    if (dev->uses_dma) {
        bus_of(dev)->ops->dma_ended(bus_of(dev)->opaque);
    }
    settle_flush(dev);
}

void ide_done_quietly(IdeDevice *dev) { end_command(dev, IDE_DRDY | IDE_DSC, 0); }

void ide_done(IdeDevice *dev)
{
    ide_done_quietly(dev);
    ide_raise(dev);
}

void ide_failed(IdeDevice *dev, uint8_t error)
{
    end_command(dev, IDE_DRDY | IDE_DSC | IDE_ERR, error);
    ide_raise(dev);
}

void ide_set_signature(IdeDevice *dev)
{
    const IdeDeviceClass *klass = IDE_DEVICE_GET_CLASS(dev);
    memset(dev->previous, 0, sizeof(dev->previous));
    dev->now[IDE_COUNT] = 1;
    dev->now[IDE_LOW] = 1;
    dev->now[IDE_MID] = klass->signature_mid;
    dev->now[IDE_HIGH] = klass->signature_high;
    dev->head &= (uint8_t)(IDE_HEAD_ONES | IDE_HEAD_SLAVE);
}

uint64_t ide_lba28(const IdeDevice *dev)
{
    return (uint64_t)(dev->head & 0xf) << 24 | (uint64_t)dev->now[IDE_HIGH] << 16 |
           (uint64_t)dev->now[IDE_MID] << 8 | dev->now[IDE_LOW];
}

uint64_t ide_lba48(const IdeDevice *dev)
{
    return (uint64_t)dev->previous[IDE_HIGH] << 40 | (uint64_t)dev->previous[IDE_MID] << 32 |
           (uint64_t)dev->previous[IDE_LOW] << 24 | (uint64_t)dev->now[IDE_HIGH] << 16 |
           (uint64_t)dev->now[IDE_MID] << 8 | dev->now[IDE_LOW];
}

static void set_lba_low(IdeDevice *dev, uint64_t lba)
{
    dev->now[IDE_LOW] = (uint8_t)lba;
    dev->now[IDE_MID] = (uint8_t)(lba >> 8);
    dev->now[IDE_HIGH] = (uint8_t)(lba >> 16);
}

void ide_set_lba28(IdeDevice *dev, uint64_t lba)
{
    set_lba_low(dev, lba);
    dev->head = (uint8_t)((dev->head & 0xf0) | (lba >> 24 & 0xf));
}

void ide_set_lba48(IdeDevice *dev, uint64_t lba)
{
    set_lba_low(dev, lba);
    dev->previous[IDE_LOW] = (uint8_t)(lba >> 24);
    dev->previous[IDE_MID] = (uint8_t)(lba >> 32);
    dev->previous[IDE_HIGH] = (uint8_t)(lba >> 40);
}

void ide_put_word(uint8_t *data, unsigned word, uint16_t value)
{
    data[2 * word] = (uint8_t)value;
    data[2 * word + 1] = (uint8_t)(value >> 8);
}

void ide_put_string(uint8_t *data, unsigned word, unsigned words, const char *text)
{
    size_t length = strlen(text);
    for (unsigned n = 0; n < 2 * words; n++) {
        data[2 * word + (n ^ 1)] = n < length ? (uint8_t)text[n] : ' ';
    }
}

/* Signature 0xa5, then what makes the sum of all bytes 0. */
void ide_put_checksum(uint8_t *data)
{
    uint8_t sum = 0;
    data[510] = 0xa5;
    for (unsigned n = 0; n < 511; n++) {
        sum = (uint8_t)(sum + data[n]);
    }
    data[511] = (uint8_t)-sum;
}

/* --- resets --------------------------------------------------------------------------------------------------------- */

static void begin_reset(IdeDevice *dev, IdeReset kind)
{
    IDE_DEVICE_GET_CLASS(dev)->reset(dev, kind);
    forget_data(dev);
    g_clear_pointer(&dev->data, g_free);
    dev->room = 0; /* a load that failed half way leaves another buffer than it says */
    dev->intrq = dev->uses_dma = false;
    dev->status = IDE_BSY;
    settle_flush(dev);
}

static void end_reset(IdeDevice *dev)
{
    const IdeDeviceClass *klass = IDE_DEVICE_GET_CLASS(dev);
    memset(dev->now, 0, sizeof(dev->now));
    dev->head = IDE_HEAD_ONES;
    ide_set_signature(dev);
    dev->error = IDE_DIAGNOSED;
    dev->status = klass->ready_status;
}

static void diagnose(IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev) {
            begin_reset(dev, IDE_RESET_DIAGNOSTIC);
            end_reset(dev);
        }
    }
    if (ide_bus_unit(bus, 0)) {
        ide_raise(ide_bus_unit(bus, 0));
    }
}

/* The device alone; its number stays selected. */
static void device_reset(IdeDevice *dev)
{
    uint8_t unit = dev->head & IDE_HEAD_SLAVE;
    begin_reset(dev, IDE_RESET_DEVICE);
    end_reset(dev);
    dev->head |= unit;
}

static void write_control(IdeDevice *dev, uint8_t value)
{
    bool was_in_reset = dev->control & IDE_CONTROL_SRST, is_in_reset = value & IDE_CONTROL_SRST;
    dev->control = value & (IDE_CONTROL_NIEN | IDE_CONTROL_SRST | IDE_CONTROL_HOB);
    if (is_in_reset && !was_in_reset) {
        begin_reset(dev, IDE_RESET_SOFT);
    } else if (was_in_reset && !is_in_reset) {
        end_reset(dev);
    }
}

/* --- registers -------------------------------------------------------------------------------------------------------- */

static void write_task(IdeDevice *dev, IdeRegister reg, uint8_t value)
{
    dev->control &= (uint8_t)~IDE_CONTROL_HOB;
    if (reg == IDE_DEVICE_HEAD) {
        dev->head = value | IDE_HEAD_ONES;
    } else {
        dev->previous[reg] = dev->now[reg];
        dev->now[reg] = value;
    }
}

static void write_command(IdeBus *bus, uint8_t opcode)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (dev && is_occupied(dev)) {
        bool is_reset = opcode == DEVICE_RESET && IDE_DEVICE_GET_CLASS(dev)->has_device_reset;
        if (!is_reset || (dev->control & IDE_CONTROL_SRST)) {
            log_guest_error(TYPE_IDE_BUS, opcode, "command %#x for unit %d, which is busy", opcode,
                            dev->unit);
            return;
        }
    }
    TRACE(ide_command, "%s command %#x for unit %d", BUS(bus)->name, opcode, dev ? dev->unit : -1);
    if (opcode == EXECUTE_DEVICE_DIAGNOSTIC) {
        diagnose(bus); /* both do it, whoever is selected */
    } else if (dev && opcode == DEVICE_RESET && IDE_DEVICE_GET_CLASS(dev)->has_device_reset) {
        device_reset(dev);
    } else if (dev) {
        dev->intrq = dev->uses_dma = false;
        update_irq(bus);
        dev->error = 0;
        dev->control &= (uint8_t)~IDE_CONTROL_HOB;
        dev->status = (uint8_t)((dev->status & ~(IDE_ERR | IDE_DF)) | IDE_BSY);
        forget_data(dev);
        IDE_DEVICE_GET_CLASS(dev)->command(dev, opcode);
    }
}

/* @value is for both. While the selected one is occupied nobody listens. */
static void write_both(IdeBus *bus, IdeRegister reg, uint8_t value)
{
    const IdeDevice *selected = ide_bus_selected(bus);
    bool is_ignored = selected && is_occupied(selected);
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && reg == IDE_CONTROL) {
            write_control(dev, value);
        } else if (dev && !is_ignored) {
            write_task(dev, reg, value);
        }
    }
}

void ide_bus_write(IdeBus *bus, IdeRegister reg, uint8_t value)
{
    if (reg == IDE_STATUS) {
        write_command(bus, value);
    } else {
        write_both(bus, reg, value);
    }
    update_irq(bus);
}

static uint8_t read_task(const IdeDevice *dev, IdeRegister reg)
{
    bool is_previous = dev->control & IDE_CONTROL_HOB;
    switch (reg) {
    case IDE_FEATURE:
        return is_previous ? dev->previous[IDE_FEATURE] : dev->error;
    case IDE_DEVICE_HEAD:
        return dev->head;
    case IDE_STATUS:
    case IDE_CONTROL:
        return dev->status;
    default:
        return is_previous ? dev->previous[reg] : dev->now[reg];
    }
}

/* Nobody drives the registers of a device that is not there: DD7 is pulled down on an empty cable; beside
 * another device what is read is no signature, and never the other's. */
uint8_t ide_bus_read(IdeBus *bus, IdeRegister reg)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (!dev) {
        bool is_status = reg == IDE_STATUS || reg == IDE_CONTROL;
        return is_status || ide_bus_is_empty(bus) ? 0 : NOBODY;
    }
    uint8_t value = read_task(dev, reg);
    if (reg == IDE_STATUS) {
        dev->intrq = false;
        update_irq(bus);
    }
    return value;
}

/* --- the bus --------------------------------------------------------------------------------------------------------------- */

static const IdeDevice *occupant(BusState *bus, int32_t unit)
{
    for (GSList *e = bus->children; e; e = e->next) {
        const IdeDevice *dev = IDE_DEVICE(e->data);
        if (dev->unit == unit) {
            return dev;
        }
    }
    return NULL;
}

static bool plug_check(BusState *bus, DeviceState *qdev, Error **errp)
{
    IdeDevice *dev = IDE_DEVICE(qdev);
    if (dev->unit < IDE_NO_UNIT || dev->unit >= IDE_UNITS) {
        return error_setg(errp, "Can't create IDE unit %d, bus supports only 2 units", dev->unit);
    }
    if (dev->unit == IDE_NO_UNIT) {
        dev->unit = occupant(bus, 0) ? 1 : 0;
    }
    return !occupant(bus, dev->unit) || error_setg(errp, "IDE unit %d is in use", dev->unit);
}

static void print_dev(DeviceState *dev, GString *out, int indent)
{
    g_string_append_printf(out, "%*sunit %d\n", indent, "", IDE_DEVICE(dev)->unit);
}

IdeBus *ide_bus_new(DeviceState *host, const IdeHostOps *ops, void *opaque)
{
    IdeBus *bus = IDE_BUS(bus_new(TYPE_IDE_BUS, host, NULL));
    bus->ops = ops;
    bus->opaque = opaque;
    bus->number = (unsigned)strtoul(strrchr(BUS(bus)->name, '.') + 1, NULL, 10);
    return bus;
}

const VMStateDescription vmstate_ide_bus = {
    .name = "ide-bus",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(ops, IdeBus, "wiring"),
            VMSTATE_TRANSIENT(opaque, IdeBus, "wiring"),
            VMSTATE_TRANSIENT(number, IdeBus, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static void bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    BusClass *bc = BUS_CLASS(klass);
    bc->max_dev = IDE_UNITS;
    bc->plug_check = plug_check;
    bc->print_dev = print_dev;
}

static const TypeInfo ide_bus_info = {
    .name = TYPE_IDE_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(IdeBus),
    .class_init = bus_class_init,
};
DEFINE_TYPE(ide_bus_info)

/* --- the abstract device ------------------------------------------------------------------------------------------------------- */

static bool check_text(const char *name, const char *text, size_t limit, Error **errp)
{
    return !text || strlen(text) <= limit ||
           error_setg(errp, "%s has at most %zu characters", name, limit);
}

/* What is not given is as in QEMU. */
static void choose_names(IdeDevice *dev)
{
    unsigned number = 2 * bus_of(dev)->number + (unsigned)dev->unit + 1;
    dev->serial = dev->serial ? dev->serial : g_strdup_printf("QM%05u", number);
    dev->model = dev->model ? dev->model : g_strdup(IDE_DEVICE_GET_CLASS(dev)->model_name);
    dev->version = dev->version ? dev->version : g_strdup("2.5+");
}

static bool device_realize(DeviceState *qdev, Error **errp)
{
    IdeDevice *dev = IDE_DEVICE(qdev);
    if (!check_text("serial", dev->serial, 20, errp) ||
        !check_text("model", dev->model, 40, errp) || !check_text("ver", dev->version, 8, errp)) {
        return false;
    }
    choose_names(dev);
    return IDE_DEVICE_GET_CLASS(dev)->realize(dev, errp);
}

static void device_unrealize(DeviceState *qdev)
{
    IdeDevice *dev = IDE_DEVICE(qdev);
    IDE_DEVICE_GET_CLASS(dev)->unrealize(dev);
}

static void device_finalize(Object *obj) { g_free(IDE_DEVICE(obj)->data); }

static void power_on(DeviceState *qdev)
{
    IdeDevice *dev = IDE_DEVICE(qdev);
    begin_reset(dev, IDE_RESET_POWER);
    dev->control = 0;
    end_reset(dev);
    update_irq(bus_of(dev));
}

void ide_device_info(const IdeDevice *dev, GString *out)
{
    static const char *const phases[] = {"", ", PIO in", ", PIO out", ", DMA in", ", DMA out"};
    g_string_append_printf(
        out,
        "unit %d: status %02x error %02x count %02x%02x lba %02x%02x%02x%02x%02x%02x head %02x"
        " control %02x%s%s",
        dev->unit, dev->status, dev->error, dev->previous[IDE_COUNT], dev->now[IDE_COUNT],
        dev->previous[IDE_HIGH], dev->previous[IDE_MID], dev->previous[IDE_LOW], dev->now[IDE_HIGH],
        dev->now[IDE_MID], dev->now[IDE_LOW], dev->head, dev->control, dev->intrq ? ", INTRQ" : "",
        phases[dev->phase]);
    if (dev->phase != IDE_IDLE) {
        g_string_append_printf(out, " byte %u of %u", dev->at, dev->end);
    }
    g_string_append_c(out, '\n');
}

static bool device_post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    IdeDevice *dev = opaque;
    dev->room = dev->length;
    bool is_moving = dev->phase != IDE_IDLE;
    if (dev->at > dev->end || dev->end > dev->length || (is_moving && dev->at == dev->end)) {
        return error_setg(errp, "byte %u of %u to be moved, of a buffer of %u", dev->at, dev->end,
                          dev->length);
    }
    return true;
}

const VMStateDescription vmstate_ide_device = {
    .name = TYPE_IDE_DEVICE,
    .version = 1,
    .minimum_version = 1,
    .post_load = device_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8_ARRAY(now, IdeDevice),
            VMSTATE_UINT8_ARRAY(previous, IdeDevice),
            VMSTATE_UINT8(head, IdeDevice),
            VMSTATE_UINT8(control, IdeDevice),
            VMSTATE_UINT8(status, IdeDevice),
            VMSTATE_UINT8(error, IdeDevice),
            VMSTATE_BOOL(intrq, IdeDevice),
            VMSTATE_UINT8_MAX(phase, IdeDevice, IDE_PHASES - 1),
            VMSTATE_BOOL(uses_dma, IdeDevice),
            VMSTATE_BOOL(flush_waits, IdeDevice),
            VMSTATE_VBUFFER(data, IdeDevice, length, IDE_BUFFER_MAX),
            VMSTATE_UINT32(at, IdeDevice),
            VMSTATE_UINT32(end, IdeDevice),
            VMSTATE_TRANSIENT(length, IdeDevice, "saved with the data"),
            VMSTATE_TRANSIENT(room, IdeDevice, "of the allocation"),
            VMSTATE_TRANSIENT(unit, IdeDevice, "configuration"),
            VMSTATE_TRANSIENT(serial, IdeDevice, "configuration"),
            VMSTATE_TRANSIENT(model, IdeDevice, "configuration"),
            VMSTATE_TRANSIENT(version, IdeDevice, "configuration"),
            VMSTATE_TRANSIENT(wwn, IdeDevice, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property device_properties[] = {
    {.name = "unit",
     .type = FIELD_INT32,
     .offset = offsetof(IdeDevice, unit),
     .defval = (uint64_t)(int64_t)IDE_NO_UNIT,
     .description = "0 master, 1 slave; the first free one if left out"},
    {.name = "serial",
     .type = FIELD_STRING,
     .offset = offsetof(IdeDevice, serial),
     .description = "serial number, 20 characters"},
    {.name = "model",
     .type = FIELD_STRING,
     .offset = offsetof(IdeDevice, model),
     .description = "model number, 40 characters"},
    {.name = "ver",
     .type = FIELD_STRING,
     .offset = offsetof(IdeDevice, version),
     .description = "firmware revision, 8 characters"},
    {.name = "wwn",
     .type = FIELD_UINT64,
     .offset = offsetof(IdeDevice, wwn),
     .description = "world wide name; 0: none"},
    {.name = NULL},
};

static void device_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = TYPE_IDE_BUS;
    dc->no_hotplug = "IDE drives come and go with the machine only";
    dc->category = DEVICE_CATEGORY_STORAGE;
    dc->realize = device_realize;
    dc->unrealize = device_unrealize;
    dc->reset = power_on;
    device_class_set_props(dc, device_properties);
}

static const TypeInfo ide_device_info_type = {
    .name = TYPE_IDE_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(IdeDevice),
    .instance_finalize = device_finalize,
    .class_size = sizeof(IdeDeviceClass),
    .class_init = device_class_init,
    .abstract = true,
};
DEFINE_TYPE(ide_device_info_type)
