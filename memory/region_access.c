/* SPDX-License-Identifier: MIT */
/*
 * One bus cycle in one region: what the guest may ask (valid), what the callbacks take (impl), byte
 * order, reentrancy.
 *
 * Values travel in big-endian sense, as the bytes lie in memory; they are swapped at the callback
 * of a little-endian device. An unaligned cycle becomes aligned ones, a wide one several of the
 * callbacks' width, by rising address. A narrow one becomes the aligned wide one around it: a read
 * takes its lane, a write has zeros in the others (byte enables are not modelled, and logged).
 */
#include "memory/internal.h"
#include "util/log.h"
#include "util/trace.h"

#include <inttypes.h>

typedef struct Limits {
    unsigned min, max;
} Limits;

static Limits valid_sizes(const MemoryRegionOps *ops)
{
    unsigned min = ops->valid.min_access_size ? ops->valid.min_access_size : 1;
    unsigned max = ops->valid.max_access_size ? ops->valid.max_access_size : 8;
    return (Limits){min, max};
}

static Limits impl_sizes(const MemoryRegionOps *ops)
{
    unsigned min = ops->impl.min_access_size ? ops->impl.min_access_size : 1;
    unsigned max = ops->impl.max_access_size ? ops->impl.max_access_size : 4;
    return (Limits){min, MAX(min, max)};
}

static uint64_t low_bytes(uint64_t value, unsigned size)
{
    return size == 8 ? value : value & (BIT64(8 * size) - 1);
}

/* Between the device's sense and the big-endian one; its own inverse. */
static uint64_t swap_for(const MemoryRegionOps *ops, uint64_t value, unsigned size)
{
    if (ops->endianness == DEVICE_BIG_ENDIAN) {
        return low_bytes(value, size);
    }
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

/* Bytes up to the next place where a cycle of @limit bytes may start. */
static unsigned aligned_piece(hwaddr offset, uint64_t len, unsigned limit)
{
    unsigned piece = limit;
    while (piece > len || offset & (piece - 1)) {
        piece >>= 1;
    }
    return piece;
}

unsigned memory_region_piece(const MemoryRegion *mr, hwaddr offset, uint64_t len)
{
    if (!mr->ops) {
        return aligned_piece(offset, len, 8);
    }
    return aligned_piece(mr->ops->valid.unaligned ? 0 : offset, len, valid_sizes(mr->ops).max);
}

/* --- the callbacks ---------------------------------------------------------------------------- */

static bool enter_device(MemoryRegion *mr, hwaddr offset)
{
    bool *guard = mr->reentrancy_guard;
    if (!guard) {
        return true;
    }
    if (*guard) {
        log_guest_error(mr->name, offset,
                        "access to offset %#" PRIx64 " while the device is in one: refused",
                        offset);
        return false;
    }
    *guard = true;
    return true;
}

static void leave_device(bool *guard)
{
    if (guard) {
        *guard = false;
    }
}

/* Where @offset of @mr lies in the outermost region around it: aliases on the way do not count. */
static hwaddr absolute_addr(const MemoryRegion *mr, hwaddr offset)
{
    for (; mr; mr = mr->container) {
        offset += mr->addr;
    }
    return offset;
}

static MemTxResult call_read(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t *value)
{
    bool *guard = mr->reentrancy_guard; /* the callback may unmap @mr, never free its owner */
    const MemoryRegionOps *ops = mr->ops;
    *value = 0;
    if (!ops->read) {
        log_guest_error(mr->name, offset, "read of write-only offset %#" PRIx64, offset);
        return MEMTX_ERROR;
    }
    if (!enter_device(mr, offset)) {
        return MEMTX_ERROR;
    }
    memory_watch_tell(mr->watches, (MemoryAccess){.offset = offset, .size = size});
    uint64_t answer = ops->read(mr->opaque, offset, size);
    leave_device(guard);
    TRACE(memory_io_read, "%s addr 0x%08" PRIx64 " value 0x%" PRIx64 " size %u", mr->name,
          absolute_addr(mr, offset), low_bytes(answer, size), size);
    memory_watch_tell(mr->watches,
                      (MemoryAccess){offset, low_bytes(answer, size), size, false, true});
    *value = swap_for(ops, answer, size);
    return MEMTX_OK;
}

static MemTxResult call_write(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t value)
{
    bool *guard = mr->reentrancy_guard;
    const MemoryRegionOps *ops = mr->ops;
    if (!ops->write) {
        log_guest_error(mr->name, offset, "write to read-only offset %#" PRIx64, offset);
        return MEMTX_ERROR;
    }
    if (!enter_device(mr, offset)) {
        return MEMTX_ERROR;
    }
    uint64_t device_value = swap_for(ops, value, size);
    TRACE(memory_io_write, "%s addr 0x%08" PRIx64 " value 0x%" PRIx64 " size %u", mr->name,
          absolute_addr(mr, offset), device_value, size);
    memory_watch_tell(mr->watches, (MemoryAccess){offset, device_value, size, true, false});
    ops->write(mr->opaque, offset, device_value, size);
    leave_device(guard);
    memory_watch_tell(mr->watches, (MemoryAccess){offset, device_value, size, true, true});
    return MEMTX_OK;
}

/* --- narrow cycles ---------------------------------------------------------------------------- */

/* Where a narrow cycle lies in the wide one around it. */
typedef struct Lane {
    hwaddr base;
    unsigned shift;
} Lane;

/* Does a cycle at @offset lie inside one aligned wide one? */
static bool find_lane(hwaddr offset, unsigned size, unsigned wide, Lane *lane)
{
    unsigned inside = offset & (wide - 1);
    if (inside + size > wide) {
        return false;
    }
    *lane = (Lane){offset - inside, 8 * (wide - inside - size)};
    return true;
}

static MemTxResult read_narrow(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t *value)
{
    Lane lane;
    unsigned wide = impl_sizes(mr->ops).min;
    if (!find_lane(offset, size, wide, &lane)) {
        uint64_t low = 0;
        MemTxResult result = read_narrow(mr, offset, size / 2, value);
        result |= read_narrow(mr, offset + size / 2, size / 2, &low);
        *value = *value << (4 * size) | low;
        return result;
    }
    MemTxResult result = call_read(mr, lane.base, wide, value);
    *value = low_bytes(*value >> lane.shift, size);
    return result;
}

static MemTxResult write_narrow(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t value)
{
    Lane lane;
    unsigned wide = impl_sizes(mr->ops).min;
    if (!find_lane(offset, size, wide, &lane)) {
        MemTxResult result = write_narrow(mr, offset, size / 2, value >> (4 * size));
        return result | write_narrow(mr, offset + size / 2, size / 2, value);
    }
    log_unimp(mr->name, offset,
              "%u-byte write at %#" PRIx64 " to a %u-byte register: other bytes become 0", size,
              offset, wide);
    return call_write(mr, lane.base, wide, low_bytes(value, size) << lane.shift);
}

/* --- cycles of any size ----------------------------------------------------------------------- */

static bool check_size(MemoryRegion *mr, hwaddr offset, unsigned size, bool is_write)
{
    Limits valid = valid_sizes(mr->ops);
    if (size >= valid.min && size <= valid.max) {
        return true;
    }
    log_guest_error(mr->name, offset, "%u-byte %s at %#" PRIx64 " refused: takes %u to %u bytes",
                    size, is_write ? "write" : "read", offset, valid.min, valid.max);
    return false;
}

static MemTxResult read_cycle(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t *value)
{
    Limits impl = impl_sizes(mr->ops);
    *value = 0;
    if (!check_size(mr, offset, size, false)) {
        return MEMTX_ERROR;
    }
    if (size < impl.min) {
        return read_narrow(mr, offset, size, value);
    }
    unsigned piece = MIN(size, impl.max);
    MemTxResult result = MEMTX_OK;
    for (unsigned i = 0; i < size; i += piece) {
        uint64_t part;
        result |= call_read(mr, offset + i, piece, &part);
        *value = size == piece ? part : *value << (8 * piece) | part;
    }
    return result;
}

static MemTxResult write_cycle(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t value)
{
    Limits impl = impl_sizes(mr->ops);
    if (!check_size(mr, offset, size, true)) {
        return MEMTX_ERROR;
    }
    if (size < impl.min) {
        return write_narrow(mr, offset, size, value);
    }
    unsigned piece = MIN(size, impl.max);
    MemTxResult result = MEMTX_OK;
    for (unsigned i = 0; i < size; i += piece) {
        result |= call_write(mr, offset + i, piece,
                             low_bytes(value >> (8 * (size - i - piece)), piece));
    }
    return result;
}

/* --- entry ------------------------------------------------------------------------------------ */

static MemTxResult reserved_access(MemoryRegion *mr, hwaddr offset, unsigned size, bool is_write)
{
    log_unimp(mr->name, offset, "%u-byte %s at %#" PRIx64 " of a reserved range", size,
              is_write ? "write" : "read", offset);
    return MEMTX_DECODE_ERROR;
}

static bool needs_split(const MemoryRegion *mr, hwaddr offset, unsigned size)
{
    return offset & (size - 1) && !mr->ops->valid.unaligned;
}

unsigned memory_region_single_sizes(const MemoryRegionOps *ops)
{
    Limits valid = valid_sizes(ops), impl = impl_sizes(ops);
    unsigned sizes = 0;
    for (unsigned size = MAX(valid.min, impl.min); size <= MIN(valid.max, impl.max); size *= 2) {
        sizes |= size;
    }
    return sizes;
}

/* Is it one call of the device, as nearly all are? */
static bool is_single(const MemoryRegion *mr, hwaddr offset, unsigned size)
{
    return mr->single_sizes & size && !(offset & (size - 1));
}

MemTxResult memory_region_load(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t *value)
{
    if (G_LIKELY(is_single(mr, offset, size))) {
        return call_read(mr, offset, size, value);
    }
    *value = 0;
    if (!mr->ops) {
        return reserved_access(mr, offset, size, false);
    }
    if (!needs_split(mr, offset, size)) {
        return read_cycle(mr, offset, size, value);
    }
    MemTxResult result = MEMTX_OK;
    for (unsigned done = 0; done < size;) {
        uint64_t part;
        unsigned piece = aligned_piece(offset + done, size - done, size);
        result |= read_cycle(mr, offset + done, piece, &part);
        *value = *value << (8 * piece) | part;
        done += piece;
    }
    return result;
}

MemTxResult memory_region_store(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t value)
{
    if (G_LIKELY(is_single(mr, offset, size))) {
        return call_write(mr, offset, size, low_bytes(value, size));
    }
    if (!mr->ops) {
        return reserved_access(mr, offset, size, true);
    }
    if (!needs_split(mr, offset, size)) {
        return write_cycle(mr, offset, size, value);
    }
    MemTxResult result = MEMTX_OK;
    for (unsigned done = 0; done < size;) {
        unsigned piece = aligned_piece(offset + done, size - done, size);
        unsigned shift = 8 * (size - done - piece);
        result |= write_cycle(mr, offset + done, piece, low_bytes(value >> shift, piece));
        done += piece;
    }
    return result;
}
