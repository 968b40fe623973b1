/* SPDX-License-Identifier: MIT */
/*
 * The abstract IDE device: its registers, the phases of data, how commands end, resets, what every device keeps.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 7 (registers), 9.1 to 9.3 (resets), 9.12 (signatures). Not modelled: DASP and
 * PDIAG, the time that a reset takes.
 */
#include "hw/ide/ide_device.h"

#include "util/log.h"
#include "util/trace.h"

#include <string.h>

IdeBus *ide_device_bus(const IdeDevice *dev) { return IDE_BUS(DEVICE(dev)->parent_bus); }

/* --- the data phases ---------------------------------------------------------------------------------------- */

/* What was on its way to memory has moved, or never will. */
static void settle_flush(IdeDevice *dev)
{
    if (dev->flush_waits) {
        dev->flush_waits = false;
        ide_device_bus(dev)->ops->dma_flushed(ide_device_bus(dev)->opaque);
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

void ide_device_move_dma(IdeDevice *dev)
{
    IdeBus *bus = ide_device_bus(dev);
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
    ide_device_move_dma(dev);
}

static void pio_moved(IdeDevice *dev)
{
    if (dev->at == dev->end) {
        end_phase(dev);
        IDE_DEVICE_GET_CLASS(dev)->pio_ended(dev);
    }
}

/* An odd last byte comes with a 0. */
uint16_t ide_device_read_data(IdeDevice *dev)
{
    uint16_t word = dev->data[dev->at++];
    if (dev->at < dev->end) {
        word |= (uint16_t)(dev->data[dev->at++] << 8);
    }
    pio_moved(dev);
    return word;
}

void ide_device_write_data(IdeDevice *dev, uint16_t word)
{
    dev->data[dev->at++] = (uint8_t)word;
    if (dev->at < dev->end) {
        dev->data[dev->at++] = (uint8_t)(word >> 8);
    }
    pio_moved(dev);
}

/* --- what a device says ------------------------------------------------------------------------------------- */

void ide_raise(IdeDevice *dev)
{
    dev->intrq = true;
    ide_bus_update_irq(ide_device_bus(dev));
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
        ide_device_bus(dev)->ops->dma_ended(ide_device_bus(dev)->opaque);
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

/* --- resets ------------------------------------------------------------------------------------------------- */

void ide_device_begin_reset(IdeDevice *dev, IdeReset kind)
{
    IDE_DEVICE_GET_CLASS(dev)->reset(dev, kind);
    forget_data(dev);
    g_clear_pointer(&dev->data, g_free);
    dev->room = 0; /* a load that failed half way leaves another buffer than it says */
    dev->intrq = dev->uses_dma = false;
    dev->status = IDE_BSY;
    settle_flush(dev);
}

void ide_device_end_reset(IdeDevice *dev)
{
    const IdeDeviceClass *klass = IDE_DEVICE_GET_CLASS(dev);
    memset(dev->now, 0, sizeof(dev->now));
    dev->head = IDE_HEAD_ONES;
    ide_set_signature(dev);
    dev->error = IDE_DIAGNOSED;
    dev->status = klass->ready_status;
}

void ide_device_reset(IdeDevice *dev)
{
    uint8_t unit = dev->head & IDE_HEAD_SLAVE;
    ide_device_begin_reset(dev, IDE_RESET_DEVICE);
    ide_device_end_reset(dev);
    dev->head |= unit;
}

/* --- registers ---------------------------------------------------------------------------------------------- */

void ide_device_write_control(IdeDevice *dev, uint8_t value)
{
    bool was_in_reset = dev->control & IDE_CONTROL_SRST, is_in_reset = value & IDE_CONTROL_SRST;
    dev->control = value & (IDE_CONTROL_NIEN | IDE_CONTROL_SRST | IDE_CONTROL_HOB);
    if (is_in_reset && !was_in_reset) {
        ide_device_begin_reset(dev, IDE_RESET_SOFT);
    } else if (was_in_reset && !is_in_reset) {
        ide_device_end_reset(dev);
    }
}

void ide_device_write(IdeDevice *dev, IdeRegister reg, uint8_t value)
{
    dev->control &= (uint8_t)~IDE_CONTROL_HOB;
    if (reg == IDE_DEVICE_HEAD) {
        dev->head = value | IDE_HEAD_ONES;
    } else {
        dev->previous[reg] = dev->now[reg];
        dev->now[reg] = value;
    }
}

uint8_t ide_device_read(const IdeDevice *dev, IdeRegister reg)
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

void ide_device_command(IdeDevice *dev, uint8_t opcode)
{
    dev->intrq = dev->uses_dma = false;
    ide_bus_update_irq(ide_device_bus(dev));
    dev->error = 0;
    dev->control &= (uint8_t)~IDE_CONTROL_HOB;
    dev->status = (uint8_t)((dev->status & ~(IDE_ERR | IDE_DF)) | IDE_BSY);
    forget_data(dev);
    IDE_DEVICE_GET_CLASS(dev)->command(dev, opcode);
}

/* --- life --------------------------------------------------------------------------------------------------- */

static bool check_text(const char *name, const char *text, size_t limit, Error **errp)
{
    return !text || strlen(text) <= limit ||
           error_setg(errp, "%s has at most %zu characters", name, limit);
}

/* What is not given is as in QEMU. */
static void choose_names(IdeDevice *dev)
{
    unsigned number = 2 * ide_device_bus(dev)->number + (unsigned)dev->unit + 1;
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
    ide_device_begin_reset(dev, IDE_RESET_POWER);
    dev->control = 0;
    ide_device_end_reset(dev);
    ide_bus_update_irq(ide_device_bus(dev));
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
