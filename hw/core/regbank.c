/* SPDX-License-Identifier: MIT */
/*
 * Register banks: guest accesses decoded by rows, with write masks, write-one-to-clear bits, traces
 * and logs.
 *
 * Source: design.md 8. Not modelled: bus errors; an access that no row covers is logged.
 */
#include "hw/core/regbank.h"

#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_REG_REGION "register-bank"

/* One region over a bank: child "registers[n]" of its device. */
typedef struct RegRegion {
    Object parent_obj;
    const RegBank *bank;
    DeviceState *dev;
    MemoryRegion *mr;
    bool is_described;
    RegWatch *watch;
    void *watch_opaque;
} RegRegion;

/* Where a guest address falls: a byte of register @index of @row. */
typedef struct RegHit {
    const RegRow *row;
    unsigned index;
    unsigned byte;   /* offset in the register */
    unsigned length; /* bytes of the access that fall into it */
    unsigned shift;  /* of those bytes in the register's value */
} RegHit;

/* An access on its way: the region is NULL when a device calls the bank itself. */
typedef struct RegContext {
    const RegBank *bank;
    void *dev;
    const RegRegion *region;
} RegContext;

static uint32_t bytes_mask(unsigned bytes) { return UINT32_MAX >> (32 - 8 * bytes); }

/* --- finding -------------------------------------------------------------------------------------------- */

static unsigned row_count(const RegRow *row) { return row->count ? row->count : 1; }

static unsigned row_stride(const RegRow *row) { return row->stride ? row->stride : row->width; }

static bool row_covers(const RegRow *row, uint32_t offset, RegHit *hit)
{
    uint32_t distance = offset - row->offset; /* wraps to huge below the row */
    if (distance >= row_count(row) * row_stride(row)) {
        return false;
    }
    hit->row = row;
    hit->index = distance / row_stride(row);
    hit->byte = distance % row_stride(row);
    return hit->byte < row->width;
}

static bool find_hit(const RegBank *bank, hwaddr offset, unsigned size, RegHit *hit)
{
    for (const RegRow *row = bank->rows; row->name; row++) {
        if (row_covers(row, (uint32_t)offset, hit)) {
            hit->length = MIN(size, row->width - hit->byte);
            hit->shift = bank->endianness == DEVICE_BIG_ENDIAN
                             ? 8 * (row->width - hit->byte - hit->length)
                             : 8 * hit->byte;
            return true;
        }
    }
    return false;
}

const RegRow *regbank_find(const RegBank *bank, const char *name)
{
    for (const RegRow *row = bank->rows; row->name; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* --- stored values ----------------------------------------------------------------------------------------- */

static void *field_of(const RegRow *row, void *dev, unsigned index)
{
    return (uint8_t *)dev + row->field + (size_t)index * row->width;
}

static uint32_t load_field(const RegRow *row, void *dev, unsigned index)
{
    if (row->field == REG_NO_FIELD) {
        return row->reset;
    }
    const void *field = field_of(row, dev, index);
    switch (row->width) {
    case 1:
        return *(const uint8_t *)field;
    case 2:
        return *(const uint16_t *)field;
    case 4:
        return *(const uint32_t *)field;
    }
    g_assert_not_reached();
}

static void store_field(const RegRow *row, void *dev, unsigned index, uint32_t value)
{
    if (row->field == REG_NO_FIELD) {
        return;
    }
    void *field = field_of(row, dev, index);
    switch (row->width) {
    case 1:
        *(uint8_t *)field = (uint8_t)value;
        return;
    case 2:
        *(uint16_t *)field = (uint16_t)value;
        return;
    case 4:
        *(uint32_t *)field = value;
        return;
    }
    g_assert_not_reached();
}

void regbank_reset(const RegBank *bank, void *dev)
{
    for (const RegRow *row = bank->rows; row->name; row++) {
        for (unsigned i = 0; i < row_count(row); i++) {
            store_field(row, dev, i, row->reset);
        }
    }
}

void regbank_info(const RegBank *bank, void *dev, GString *out)
{
    for (const RegRow *row = bank->rows; row->name; row++) {
        for (unsigned i = 0; row->field != REG_NO_FIELD && i < row_count(row); i++) {
            g_autofree char *index = row->count ? g_strdup_printf("[%u]", i) : g_strdup("");
            g_string_append_printf(out, "%s%s 0x%0*x\n", row->name, index, 2 * row->width,
                                   load_field(row, dev, i));
        }
    }
}

/* --- one register -------------------------------------------------------------------------------------------- */

static void tell_watch(const RegContext *ctx, const RegHit *hit, uint32_t value, bool is_write)
{
    if (ctx->region && ctx->region->watch) {
        RegAccess access = {ctx->region->dev, hit->row, hit->index, value, is_write};
        ctx->region->watch(ctx->region->watch_opaque, &access);
    }
}

static uint32_t read_hit(const RegContext *ctx, const RegHit *hit)
{
    const RegRow *row = hit->row;
    uint32_t value = load_field(row, ctx->dev, hit->index);
    if (row->read) {
        value = row->read(ctx->dev, row, hit->index, value);
    }
    value = (value >> hit->shift) & bytes_mask(hit->length);
    TRACE(regbank_read, "%s.%s[%u]+%u -> 0x%x", ctx->bank->name, row->name, hit->index, hit->byte,
          value);
    tell_watch(ctx, hit, value, false);
    return value;
}

static bool is_writable(const RegRow *row) { return row->write_mask || row->w1c || row->write; }

static void write_hit(const RegContext *ctx, const RegHit *hit, uint32_t part)
{
    const RegRow *row = hit->row;
    uint32_t lanes = bytes_mask(hit->length) << hit->shift;
    uint32_t written = (part & bytes_mask(hit->length)) << hit->shift;
    uint32_t old = load_field(row, ctx->dev, hit->index);
    uint32_t stored = (old & ~(row->write_mask & lanes)) | (written & row->write_mask);
    TRACE(regbank_write, "%s.%s[%u]+%u <- 0x%x", ctx->bank->name, row->name, hit->index, hit->byte,
          part);
    if (!is_writable(row)) {
        log_guest_error(ctx->bank->name, row->offset, "0x%x written to read-only %s", part,
                        row->name);
    }
    store_field(row, ctx->dev, hit->index, stored & ~(written & row->w1c));
    if (row->write) {
        row->write(ctx->dev, row, hit->index, written | (old & ~lanes & ~row->w1c), old);
    }
    tell_watch(ctx, hit, part, true);
}

/* --- accesses ---------------------------------------------------------------------------------------------------- */

/* Shift of the @length bytes that begin at byte @done of an access of @size bytes. */
static unsigned part_shift(const RegBank *bank, unsigned size, unsigned done, unsigned length)
{
    return 8 * (bank->endianness == DEVICE_BIG_ENDIAN ? size - done - length : done);
}

/* Bytes up to the next register, at most to the end of the access. */
static unsigned gap_length(const RegBank *bank, hwaddr offset, unsigned size)
{
    RegHit hit;
    unsigned length = 1;
    while (length < size && !find_hit(bank, offset + length, 1, &hit)) {
        length++;
    }
    return length;
}

static uint64_t read_access(const RegContext *ctx, hwaddr offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned done = 0, length; done < size; done += length) {
        RegHit hit;
        uint64_t part;
        if (find_hit(ctx->bank, offset + done, size - done, &hit)) {
            length = hit.length;
            part = read_hit(ctx, &hit);
        } else {
            length = gap_length(ctx->bank, offset + done, size - done);
            part = ctx->bank->unmapped & bytes_mask(MIN(length, 4));
            log_unimp(ctx->bank->name, offset + done, "read of %u bytes at 0x%" PRIx64, length,
                      offset + done);
        }
        value |= part << part_shift(ctx->bank, size, done, length);
    }
    return value;
}

static void write_access(const RegContext *ctx, hwaddr offset, uint64_t value, unsigned size)
{
    for (unsigned done = 0, length; done < size; done += length) {
        RegHit hit;
        if (find_hit(ctx->bank, offset + done, size - done, &hit)) {
            length = hit.length;
            write_hit(ctx, &hit,
                      (uint32_t)(value >> part_shift(ctx->bank, size, done, length)) &
                          bytes_mask(length));
        } else {
            length = gap_length(ctx->bank, offset + done, size - done);
            log_unimp(ctx->bank->name, offset + done,
                      "write of %u bytes at 0x%" PRIx64 " (0x%" PRIx64 ")", length, offset + done,
                      value);
        }
    }
}

uint64_t regbank_read(const RegBank *bank, void *dev, hwaddr offset, unsigned size)
{
    return read_access(&(RegContext){bank, dev, NULL}, offset, size);
}

void regbank_write(const RegBank *bank, void *dev, hwaddr offset, uint64_t value, unsigned size)
{
    write_access(&(RegContext){bank, dev, NULL}, offset, value, size);
}

/* --- regions -------------------------------------------------------------------------------------------------------- */

static uint64_t region_read(void *opaque, hwaddr offset, unsigned size)
{
    RegRegion *region = opaque;
    return read_access(&(RegContext){region->bank, region->dev, region}, offset, size);
}

static void region_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    RegRegion *region = opaque;
    write_access(&(RegContext){region->bank, region->dev, region}, offset, value, size);
}

static const MemoryRegionOps region_ops[] = {
    [DEVICE_BIG_ENDIAN] = {.read = region_read,
                           .write = region_write,
                           .endianness = DEVICE_BIG_ENDIAN},
    [DEVICE_LITTLE_ENDIAN] = {.read = region_read,
                              .write = region_write,
                              .endianness = DEVICE_LITTLE_ENDIAN},
};

static RegRegion *new_region(const RegBank *bank, DeviceState *dev, MemoryRegion *mr)
{
    RegRegion *region = (RegRegion *)object_new(TYPE_REG_REGION);
    region->bank = bank;
    region->dev = dev;
    region->mr = mr;
    object_property_add_child(OBJECT(dev), "registers[*]", OBJECT(region));
    object_unref(region);
    return region;
}

void regbank_init_region(const RegBank *bank, DeviceState *dev, MemoryRegion *mr)
{
    RegRegion *region = new_region(bank, dev, mr);
    memory_region_init_io(mr, OBJECT(dev), &region_ops[bank->endianness], region, bank->name,
                          bank->size);
}

void regbank_describe_region(const RegBank *bank, DeviceState *dev, MemoryRegion *mr)
{
    new_region(bank, dev, mr)->is_described = true;
}

typedef struct PlaceVisit {
    void (*fn)(void *opaque, const RegPlace *place);
    void *opaque;
} PlaceVisit;

static int visit_region(Object *obj, void *opaque)
{
    const RegRegion *region = (RegRegion *)object_dynamic_cast(obj, TYPE_REG_REGION);
    const PlaceVisit *visit = opaque;
    for (const RegRow *row = region ? region->bank->rows : NULL; row && row->name; row++) {
        for (unsigned i = 0; i < row_count(row); i++) {
            RegPlace place = {region->dev, region->mr, region->bank, row, i, region->is_described};
            visit->fn(visit->opaque, &place);
        }
    }
    return 0;
}

void regbank_foreach(DeviceState *dev, void (*fn)(void *opaque, const RegPlace *place),
                     void *opaque)
{
    PlaceVisit visit = {fn, opaque};
    object_child_foreach(OBJECT(dev), visit_region, &visit);
}

hwaddr regbank_place_offset(const RegPlace *place)
{
    return place->row->offset + (hwaddr)place->index * row_stride(place->row);
}

char *regbank_place_name(const RegPlace *place)
{
    return place->row->count ? g_strdup_printf("%s[%u]", place->row->name, place->index)
                             : g_strdup(place->row->name);
}

RegName regbank_name_at(const RegBank *bank, hwaddr offset)
{
    RegHit hit;
    RegName name;
    if (!find_hit(bank, offset, 1, &hit)) {
        g_snprintf(name.text, sizeof(name.text), "%s+%#" PRIx64, bank->name, offset);
        return name;
    }
    RegPlace place = {.row = hit.row, .index = hit.index};
    g_autofree char *reg = regbank_place_name(&place);
    g_snprintf(name.text, sizeof(name.text), "%s.%s", bank->name, reg);
    return name;
}

bool regbank_peek(const RegPlace *place, uint32_t *value)
{
    const RegRow *row = place->row;
    bool shows = place->is_described && row->read;
    bool is_known = !place->is_described && !row->read; /* a constant */
    if (row->field == REG_NO_FIELD && !shows && !is_known) {
        return false;
    }
    *value = load_field(row, place->dev, place->index);
    if (shows) {
        *value = row->read(place->dev, row, place->index, *value);
    }
    return true;
}

static int print_region(Object *obj, void *opaque)
{
    RegRegion *region = (RegRegion *)object_dynamic_cast(obj, TYPE_REG_REGION);
    if (region && !region->is_described) {
        regbank_info(region->bank, region->dev, opaque);
    }
    return 0;
}

void regbank_info_device(DeviceState *dev, GString *out)
{
    object_child_foreach(OBJECT(dev), print_region, out);
}

static int watch_region(Object *obj, void *opaque)
{
    RegRegion *region = (RegRegion *)object_dynamic_cast(obj, TYPE_REG_REGION);
    const RegRegion *wanted = opaque;
    if (region) {
        region->watch = wanted->watch;
        region->watch_opaque = wanted->watch_opaque;
    }
    return 0;
}

void regbank_set_watch(DeviceState *dev, RegWatch *watch, void *opaque)
{
    RegRegion wanted = {.watch = watch, .watch_opaque = opaque};
    object_child_foreach(OBJECT(dev), watch_region, &wanted);
}

static const TypeInfo reg_region_info = {
    .name = TYPE_REG_REGION,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(RegRegion),
};

DEFINE_TYPE(reg_region_info)
