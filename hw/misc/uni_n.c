/* SPDX-License-Identifier: MIT */
/*
 * UniNorth control registers: version, clocks, arbiter.
 *
 * Source: mac99.md 3.4. The stored registers have no effect on the model; Keywest I2C at +0x1000 is not
 * modelled. Region: 0, 4 KiB, big-endian 32-bit.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"

#define TYPE_UNI_NORTH "uni-north"
OBJECT_DECLARE_SIMPLE_TYPE(UniNorth, UNI_NORTH)

enum { VERSION_1_0_10 = 7 };

struct UniNorth {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint32_t clock_control, power_management, arbiter_control, hw_init_state, aack_delay;
};

#define STORED(at, reg, member)                                                                    \
    {.offset = at,                                                                                 \
     .name = reg,                                                                                  \
     .width = 4,                                                                                   \
     .write_mask = UINT32_MAX,                                                                     \
     .field = REG_FIELD(UniNorth, member),                                                         \
     .source = "mac99.md 3.4"}
static const RegRow rows[] = {
    {.offset = 0x00,
     .name = "VERSION",
     .width = 4,
     .reset = VERSION_1_0_10,
     .field = REG_NO_FIELD,
     .source = "mac99.md 3.4"},
    STORED(0x20, "CLOCK_CONTROL", clock_control),
    STORED(0x30, "POWER_MGT", power_management),
    STORED(0x40, "ARB_CTRL", arbiter_control),
    {.offset = 0x50,
     .name = "CPU_NUMBER",
     .width = 4,
     .field = REG_NO_FIELD,
     .source = "mac99.md 3.4"},
    STORED(0x70, "HWINIT_STATE", hw_init_state),
    STORED(0x100, "AACK_DELAY", aack_delay),
    {.name = NULL},
};

static const RegBank bank = {
    .name = TYPE_UNI_NORTH, .rows = rows, .endianness = DEVICE_BIG_ENDIAN, .size = 0x1000};

static void uni_n_init(Object *obj)
{
    UniNorth *s = UNI_NORTH(obj);
    regbank_init_region(&bank, DEVICE(obj), &s->mmio);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void uni_n_reset(DeviceState *dev) { regbank_reset(&bank, UNI_NORTH(dev)); }

static void uni_n_info(DeviceState *dev, GString *out) { regbank_info(&bank, UNI_NORTH(dev), out); }

static const VMStateDescription vmstate_uni_n = {
    .name = TYPE_UNI_NORTH,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(clock_control, UniNorth),
            VMSTATE_UINT32(power_management, UniNorth),
            VMSTATE_UINT32(arbiter_control, UniNorth),
            VMSTATE_UINT32(hw_init_state, UniNorth),
            VMSTATE_UINT32(aack_delay, UniNorth),
            VMSTATE_END_OF_LIST(),
        },
};

static void uni_n_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "UniNorth control registers";
    dc->reset = uni_n_reset;
    dc->info = uni_n_info;
    dc->vmsd = &vmstate_uni_n;
}

static const TypeInfo uni_n_info_type = {
    .name = TYPE_UNI_NORTH,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(UniNorth),
    .instance_init = uni_n_init,
    .class_init = uni_n_class_init,
};
DEFINE_TYPE(uni_n_info_type)
