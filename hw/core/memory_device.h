/* SPDX-License-Identifier: MIT */
/*
 * Memory devices: what brings memory of a back end to the guest beside -m. Interface, and their places in
 * the machine's two windows: DIMMs one behind the other above -m RAM, persistent memory in a window of its
 * own. Names as in QEMU; the rules for places are the board's.
 *
 * Context: main thread while the machine is being built, later the holder of the machine token.
 */
#ifndef HW_CORE_MEMORY_DEVICE_H
#define HW_CORE_MEMORY_DEVICE_H

#include "hw/core/machine.h"
#include "memory/hostmem.h"

#define TYPE_MEMORY_DEVICE "memory-device"

enum { MEMORY_DEVICE_NO_SLOT = -1 };

/* What a device is asked for and what it got. */
typedef struct MemoryDevice {
    const char *kind; /* "dimm", "nvdimm", "virtio-pmem": constant */
    HostMemoryBackend *memdev;
    MemoryRegion *region; /* what the guest sees */
    uint64_t addr;        /* guest physical; 0 before placing: wherever there is room */
    bool is_ram;          /* the guest may use it as RAM: it counts in the machine's RAM */
    bool is_volatile;     /* of what is no RAM: the contents end with the machine */
    bool has_slot, is_plugged;
    int32_t slot; /* -1 before placing: any */
    uint32_t node;
} MemoryDevice;

typedef struct MemoryDeviceClass {
    InterfaceClass parent_class;
    MemoryDevice *(*get)(Object *obj); /* lives as long as @obj */
} MemoryDeviceClass;

/* Choose slot and address of @obj, whose MemoryDevice is filled in, and put its memory there. On failure nothing was done. */
bool memory_device_plug(Object *obj, Error **errp);
void memory_device_unplug(Object *obj); /* nothing if it is not plugged */

/* RAM as the guest finds it: -m and DIMMs. */
uint64_t machine_ram_size(const MachineState *machine);
/* Of DIMMs on NUMA node @node; of all, MEMORY_ALL_NODES. */
#define MEMORY_ALL_NODES UINT32_MAX
uint64_t machine_plugged_ram(const MachineState *machine, uint32_t node);
/* In the order of their addresses. Free the array, not the elements. */
GPtrArray *machine_memory_devices(const MachineState *machine);
/* `info memory-devices`. */
void machine_info_memory_devices(const MachineState *machine, GString *out);
/* -m "[size=]SIZE[,slots=N][,maxmem=SIZE]". */
bool machine_parse_memory(MachineState *machine, const char *text, Error **errp);

#endif
