/* SPDX-License-Identifier: MIT */
/*
 * The IDE bus: a cell (host) above, at most two devices below, and what is common to every device: the task
 * file, the data phases, INTRQ, resets.
 *
 * As on the cable, both devices hear every write to the task file and only the selected one answers. The bus
 * itself keeps nothing: what is selected, nIEN and SRST is in each device.
 *
 * What a device does with a command. The class's command() is called with BSY set and error 0, INTRQ off. It
 * ends the command at once or later with ide_done() or ide_failed(), or starts a data phase:
 *
 *   ide_buffer(dev, n)            n bytes of 0 at dev->data, or ide_buffer_set(): those
 *   ide_pio(dev, IDE_PIO_IN, n)   DRQ: the host reads the next n bytes of the buffer, then pio_ended()
 *   ide_pio(dev, IDE_PIO_OUT, n)  DRQ: the host writes them, then pio_ended()
 *   ide_dma(dev, IDE_DMA_IN)      all of the buffer goes to memory as the channel takes it, then dma_ended()
 *   ide_dma(dev, IDE_DMA_OUT)     the buffer is filled from memory, then dma_ended()
 *
 * dma_ended() may come before ide_dma() returns. INTRQ of a PIO phase is the device's: ide_raise(dev), as the
 * protocol of its command says. While a block request is under way the device calls ide_busy(dev).
 *
 * Source: ATA/ATAPI-6 (T13/1410D) sections 5 to 9; mac99.md 8.3. Context: holder of the machine token.
 */
#ifndef HW_IDE_IDE_H
#define HW_IDE_IDE_H

#include "hw/core/qdev.h"

#define TYPE_IDE_BUS "IDE"
#define TYPE_IDE_DEVICE "ide-device"
typedef struct IdeBus IdeBus;
OBJECT_DECLARE_TYPE(IdeDevice, IdeDeviceClass, IDE_DEVICE)
static inline IdeBus *IDE_BUS(const void *obj) { return OBJECT_CHECK(IdeBus, obj, TYPE_IDE_BUS); }

enum { IDE_UNITS = 2, IDE_NO_UNIT = -1, IDE_BUFFER_MAX = 2 << 20 };

typedef enum IdeRegister {
    IDE_DATA,    /* ide_bus_read_data() */
    IDE_FEATURE, /* written; read: the error register */
    IDE_COUNT,   /* ATAPI: interrupt reason */
    IDE_LOW,     /* LBA 7:0 */
    IDE_MID,     /* LBA 15:8; ATAPI: byte count low */
    IDE_HIGH,    /* LBA 23:16; ATAPI: byte count high */
    IDE_DEVICE_HEAD,
    IDE_STATUS, /* written: the command */
    IDE_TASK_REGISTERS,
    IDE_CONTROL = IDE_TASK_REGISTERS, /* read: the alternate status */
} IdeRegister;
enum { /* status */
       IDE_BSY = 0x80,
       IDE_DRDY = 0x40,
       IDE_DF = 0x20,
       IDE_DSC = 0x10,
       IDE_DRQ = 0x08,
       IDE_ERR = 0x01,
};
enum { /* error */
       IDE_ICRC = 0x80,
       IDE_UNC = 0x40,
       IDE_IDNF = 0x10,
       IDE_ABRT = 0x04,
       IDE_DIAGNOSED = 0x01, /* nothing is wrong */
};
enum { IDE_HEAD_SLAVE = 0x10, IDE_HEAD_LBA = 0x40, IDE_HEAD_ONES = 0xa0 };
enum { IDE_CONTROL_NIEN = 0x02, IDE_CONTROL_SRST = 0x04, IDE_CONTROL_HOB = 0x80 };

typedef enum IdePhase {
    IDE_IDLE,
    IDE_PIO_IN, /* to the host */
    IDE_PIO_OUT,
    IDE_DMA_IN, /* to memory */
    IDE_DMA_OUT,
    IDE_PHASES
} IdePhase;

typedef enum IdeReset {
    IDE_RESET_POWER,
    IDE_RESET_SOFT,       /* SRST */
    IDE_RESET_DEVICE,     /* DEVICE RESET of packet devices */
    IDE_RESET_DIAGNOSTIC, /* EXECUTE DEVICE DIAGNOSTIC: nothing is under way */
} IdeReset;

/* --- devices --------------------------------------------------------------------------------------------- */

struct IdeDevice {
    DeviceState parent_obj;
    /* properties */
    int32_t unit; /* 0 master, 1 slave; -1: the first that is free */
    char *serial, *model, *version;
    uint64_t wwn;
    /* the task file: [IDE_FEATURE] to [IDE_HIGH]; what was written before stays for 48-bit commands */
    uint8_t now[IDE_DEVICE_HEAD], previous[IDE_DEVICE_HEAD];
    uint8_t head, control, status, error;
    bool intrq;
    /* the data phase */
    uint8_t phase; /* IdePhase */
    bool uses_dma; /* the command did */
    bool flush_waits;
    uint8_t *data;            /* @length bytes; what the host moved and moves is [0, end) */
    uint32_t length, at, end; /* of a phase: the next byte, and where it ends */
    uint32_t room;            /* bytes allocated */
};

struct IdeDeviceClass {
    DeviceClass parent_class;
    uint8_t signature_mid, signature_high;
    uint8_t ready_status;  /* after a reset */
    bool has_device_reset; /* takes DEVICE RESET at any time */
    const char *
        model_name; /* unless property "model" says otherwise; also `serial`, "QM0000N", and `version` */
    bool (*realize)(IdeDevice *dev, Error **errp);
    void (*unrealize)(IdeDevice *dev);
    void (*command)(IdeDevice *dev, uint8_t opcode);
    void (*pio_ended)(IdeDevice *dev);
    void (*dma_ended)(IdeDevice *dev);
    /* Data for memory is being fetched: who stops the channel waits for it (until the next phase or the end of
     * the command). May be NULL: never. */
    bool (*dma_pending)(const IdeDevice *dev);
    /* Forget what is under way; then the bus puts signature and status there. */
    void (*reset)(IdeDevice *dev, IdeReset kind);
};

/* What tells a disk from a packet device; also a packet device's answer to commands for disks (ATA 9.12). */
void ide_set_signature(IdeDevice *dev);
/* The LBA of a 28-bit and of a 48-bit command, and how to put one there. */
uint64_t ide_lba28(const IdeDevice *dev);
uint64_t ide_lba48(const IdeDevice *dev);
void ide_set_lba28(IdeDevice *dev, uint64_t lba);
void ide_set_lba48(IdeDevice *dev, uint64_t lba);

/* INTRQ. */
void ide_raise(IdeDevice *dev);
/* No phase; the host waits. The buffer stays. */
void ide_busy(IdeDevice *dev);
/* The end of a command: DRDY and DSC; with ERR and the error register. Each raises INTRQ. */
void ide_done(IdeDevice *dev);
void ide_failed(IdeDevice *dev, uint8_t error);
/* The end of a command whose last act was a PIO phase to the host: without INTRQ. */
void ide_done_quietly(IdeDevice *dev);

/* @length bytes, at most IDE_BUFFER_MAX; dev->at is 0. No phase. */
uint8_t *ide_buffer(IdeDevice *dev, uint32_t length);
void ide_buffer_set(IdeDevice *dev, const void *data, uint32_t length);
/* The next @length bytes of the buffer, from dev->at on. */
void ide_pio(IdeDevice *dev, IdePhase phase, uint32_t length);
void ide_dma(IdeDevice *dev, IdePhase phase);

/* Subclasses have VMSTATE_IDE_DEVICE(parent_obj, Struct), before what refers to the phase. */
extern const VMStateDescription vmstate_ide_device;
#define VMSTATE_IDE_DEVICE(f, S) VMSTATE_STRUCT(f, S, IdeDevice, vmstate_ide_device)
/* The task file in a line of `info`. */
void ide_device_info(const IdeDevice *dev, GString *out);
/* The words of IDENTIFY that hold text: padded with blanks, two characters a word, the first one high. @data
 * holds little-endian words. */
void ide_put_string(uint8_t *data, unsigned word, unsigned words, const char *text);
void ide_put_word(uint8_t *data, unsigned word, uint16_t value);
/* Word 255: the checksum of all. */
void ide_put_checksum(uint8_t *data);

/* --- the host's side ----------------------------------------------------------------------------------------- */

typedef struct IdeHostOps {
    void (*set_irq)(void *opaque, bool level);
    /* Bytes moved; fewer than @length: the host calls ide_bus_dma_ready() when more can move. */
    size_t (*to_memory)(void *opaque, const uint8_t *data, size_t length);
    size_t (*from_memory)(void *opaque, uint8_t *data, size_t length);
    void (*dma_flushed)(void *opaque); /* what ide_bus_flush_dma() waited for */
    void (*dma_ended)(void *opaque);   /* the command's data has moved */
} IdeHostOps;

struct IdeBus {
    BusState parent_obj;
    const IdeHostOps *ops;
    void *opaque;
    unsigned number; /* N of "ide.N" */
};

/* Hosts have VMSTATE_STRUCT_POINTER(bus, Struct, vmstate_ide_bus). */
extern const VMStateDescription vmstate_ide_bus;
/* Named "ide.N", the first N that is free. */
IdeBus *ide_bus_new(DeviceState *host, const IdeHostOps *ops, void *opaque);
/* NULL: nobody has that number. */
IdeDevice *ide_bus_unit(const IdeBus *bus, unsigned unit);
/* Who answers; NULL: nobody. */
IdeDevice *ide_bus_selected(const IdeBus *bus);
bool ide_bus_is_empty(const IdeBus *bus);
/* Registers IDE_FEATURE to IDE_CONTROL. */
uint8_t ide_bus_read(IdeBus *bus, IdeRegister reg);
void ide_bus_write(IdeBus *bus, IdeRegister reg, uint8_t value);
/* A word of the data register, low byte first on the cable. */
uint16_t ide_bus_read_data(IdeBus *bus);
void ide_bus_write_data(IdeBus *bus, uint16_t word);
/* INTRQ of the selected device, unless nIEN. */
bool ide_bus_irq(const IdeBus *bus);
void ide_bus_dma_ready(IdeBus *bus, bool is_input);
/* As DbdmaOps.flush. */
bool ide_bus_flush_dma(IdeBus *bus);

#endif
