/* SPDX-License-Identifier: MIT */
/*
 * core99-debugexit: a store ends the run, for bare-metal tests (-device core99-debugexit).
 *
 * Source: none (own design; no Power Mac has it). One 32-bit big-endian register at offset 0 of a
 * 4 KiB page at property addr: the stored word becomes the process's exit status (its low 8 bits).
 * Reads give 0. Other offsets and sizes are guest errors.
 */
#include "hw/core/machine.h"
#include "hw/core/qdev.h"
#include "memory/memory.h"
#include "util/log.h"

#include <inttypes.h>

#define TYPE_DEBUG_EXIT "core99-debugexit"
OBJECT_DECLARE_SIMPLE_TYPE(DebugExit, DEBUG_EXIT)

#define DEFAULT_ADDR UINT64_C(0xf9000000)
#define REGION_SIZE UINT64_C(0x1000)

struct DebugExit {
    DeviceState parent_obj;
    MemoryRegion region;
    uint64_t addr;
};

static uint64_t read_register(G_GNUC_UNUSED void *opaque, G_GNUC_UNUSED hwaddr offset,
                              G_GNUC_UNUSED unsigned size)
{
    return 0;
}

static void write_register(G_GNUC_UNUSED void *opaque, hwaddr offset, uint64_t value,
                           G_GNUC_UNUSED unsigned size)
{
    if (offset != 0) {
        log_guest_error(TYPE_DEBUG_EXIT, offset,
                        "write of 0x%08" PRIx64 " to offset %#" PRIx64 ": only offset 0 exits",
                        value, offset);
        return;
    }
    machine_request_exit((int)value);
}

static const MemoryRegionOps register_ops = {
    .read = read_register,
    .write = write_register,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 4, .max_access_size = 4},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

static bool check_place(const DebugExit *s, Error **errp)
{
    if (s->addr % REGION_SIZE != 0 || s->addr > UINT32_MAX) {
        return error_setg(errp, "addr=0x%" PRIx64 ": a multiple of 4096 in 32 bits", s->addr);
    }
    const MemorySection there = address_space_translate(address_space_memory(), s->addr);
    if (there.mr) {
        return error_setg(errp, "addr=0x%" PRIx64 ": '%s' is there", s->addr,
                          memory_region_name(there.mr));
    }
    return there.remaining >= REGION_SIZE ||
           error_setg(errp, "addr=0x%" PRIx64 ": less than 4096 bytes are free there", s->addr);
}

static bool debug_exit_realize(DeviceState *dev, Error **errp)
{
    DebugExit *s = DEBUG_EXIT(dev);
    if (!check_place(s, errp)) {
        return false;
    }
    memory_region_init_io(&s->region, OBJECT(s), &register_ops, s, TYPE_DEBUG_EXIT, REGION_SIZE);
    memory_region_set_reentrancy_guard(&s->region, &dev->in_io);
    memory_region_add_subregion(get_system_memory(), s->addr, &s->region);
    return true;
}

static void debug_exit_unrealize(DeviceState *dev)
{
    DebugExit *s = DEBUG_EXIT(dev);
    memory_region_del_subregion(get_system_memory(), &s->region);
    object_unparent(OBJECT(&s->region));
}

static const VMStateDescription vmstate_debug_exit = {
    .name = TYPE_DEBUG_EXIT,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(addr, DebugExit, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property debug_exit_properties[] = {
    {.name = "addr",
     .type = FIELD_UINT64,
     .offset = offsetof(DebugExit, addr),
     .defval = DEFAULT_ADDR,
     .description = "physical address of the register"},
    {0},
};

static void debug_exit_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "a guest's store ends the run with that exit status";
    dc->user_creatable = true;
    dc->category = DEVICE_CATEGORY_MISC;
    dc->realize = debug_exit_realize;
    dc->unrealize = debug_exit_unrealize;
    dc->vmsd = &vmstate_debug_exit;
    device_class_set_props(dc, debug_exit_properties);
}

static const TypeInfo debug_exit_info = {
    .name = TYPE_DEBUG_EXIT,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(DebugExit),
    .class_init = debug_exit_class_init,
};
DEFINE_TYPE(debug_exit_info)
