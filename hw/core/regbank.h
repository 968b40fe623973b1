/* SPDX-License-Identifier: MIT */
/*
 * Register banks: a device's register file as rows. Reset values, reserved bits, traces, `info
 * registers DEV`, break-on-register and the generic tests derive from the rows.
 */
#ifndef HW_CORE_REGBANK_H
#define HW_CORE_REGBANK_H

#include "hw/core/qdev.h"
#include "memory/memory.h"

typedef struct RegRow RegRow;
typedef struct RegBank RegBank;

struct RegRow {
    uint32_t offset;
    const char *name; /* the manual's */
    uint8_t width;    /* bytes: 1, 2 or 4 */
    uint32_t reset;
    uint32_t write_mask; /* bits a plain write stores */
    uint32_t w1c;        /* bits cleared by writing one */
    size_t field;        /* offset of the backing uint8/16/32_t in the device; REG_NO_FIELD: none */
    uint32_t count, stride; /* repeated rows: index 0..count-1 at offset + index * stride; the field
                               is then an array. 0: a single register */
    /* NULL: plain. Read: @value is what is stored (@reset without a field), the result is what the
     * guest sees. Write: called after the store; @value is what the guest wrote, reserved and w1c
     * bits included, with @old in the bytes that a narrower access left out; @old is what was stored
     * before. The hook ends by calling the device's update function. */
    uint32_t (*read)(void *dev, const RegRow *row, unsigned index, uint32_t value);
    void (*write)(void *dev, const RegRow *row, unsigned index, uint32_t value, uint32_t old);
    const char *source; /* manual section */
};
#define REG_NO_FIELD SIZE_MAX
#define REG_FIELD(S, f) offsetof(S, f)

/* @rows end with a NULL name. Accesses that match no row: reads give @unmapped, writes vanish, both
 * logged unimp with the bank's name. */
struct RegBank {
    const char *name;
    const RegRow *rows;
    DeviceEndian endianness;
    uint32_t size; /* of the region */
    uint32_t unmapped;
};

/*
 * An access narrower than its row reads or writes the bytes it covers (write hooks run once, for the
 * whole row); a wider one is cut at the rows' borders.
 */
/* An I/O region over the bank for @dev (owner and opaque). */
void regbank_init_region(const RegBank *bank, DeviceState *dev, MemoryRegion *mr);
void regbank_reset(const RegBank *bank, void *dev);
/* The same access a guest makes; used by regions with own decoding. */
uint64_t regbank_read(const RegBank *bank, void *dev, hwaddr offset, unsigned size);
void regbank_write(const RegBank *bank, void *dev, hwaddr offset, uint64_t value, unsigned size);
/* Raw stored values, no side effects: "NAME value" lines. */
void regbank_info(const RegBank *bank, void *dev, GString *out);
const RegRow *regbank_find(const RegBank *bank, const char *name);

/*
 * Names for the registers of @mr, a region of @dev with callbacks of its own: for debuggers. Only name,
 * offset, width, count, stride, field and read of the rows count; read, from what is stored, has no
 * side effect here, and a row with neither field nor read shows nothing.
 */
void regbank_describe_region(const RegBank *bank, DeviceState *dev, MemoryRegion *mr);
/* "openpic.IVPR[3]", what is at @offset as log lines call it; "openpic+0x44" where no row is. */
typedef struct RegName {
    char text[48];
} RegName;
RegName regbank_name_at(const RegBank *bank, hwaddr offset);
/* The regions made by regbank_init_region(), for `info registers DEV`. */
void regbank_info_device(DeviceState *dev, GString *out);
/* Breaking on registers: @watch (NULL: none) sees every guest access to them, after its effect. */
typedef struct RegAccess {
    DeviceState *dev;
    const RegRow *row;
    unsigned index;
    uint32_t value; /* read, or written */
    bool is_write;
} RegAccess;
typedef void RegWatch(void *opaque, const RegAccess *access);
/* One register of a device, as debuggers see it. */
typedef struct RegPlace {
    DeviceState *dev;
    MemoryRegion *mr;
    const RegBank *bank;
    const RegRow *row;
    unsigned index;
    bool is_described; /* regbank_describe_region() */
} RegPlace;
/* All of @dev's, banks and described regions. */
void regbank_foreach(DeviceState *dev, void (*fn)(void *opaque, const RegPlace *place),
                     void *opaque);
hwaddr regbank_place_offset(const RegPlace *place);
/* "CTPR0", "IVPR[3]". Free with g_free(). */
char *regbank_place_name(const RegPlace *place);
/* What is stored, without side effects; false: nothing is. */
bool regbank_peek(const RegPlace *place, uint32_t *value);
void regbank_set_watch(DeviceState *dev, RegWatch *watch, void *opaque);

#endif
