/* SPDX-License-Identifier: MIT */
/* What the board puts into memory and tells the firmware before reset. */
#ifndef HW_PPC_BOOT_H
#define HW_PPC_BOOT_H

#include "hw/core/machine.h"

/* Pieces of RAM as loaded, written again at every reset. */
typedef struct BootImages {
    GPtrArray *pieces; /* BootPiece * */
    uint32_t kernel_size, initrd_addr, initrd_size, cmdline_addr;
    bool has_kernel;
} BootImages;

/* -bios or OpenBIOS into the ROM, before anything overlays it. */
bool boot_load_firmware(const MachineState *machine, Error **errp);
/* Kernel, initrd and command line into RAM, from the machine's configuration. */
bool boot_load_images(const MachineState *machine, BootImages *images, Error **errp);
void boot_images_restore(const BootImages *images);
void boot_images_free(BootImages *images);
/* Before the first reset: a bootindex that two devices have is refused; one of a device that the firmware cannot
 * boot from is said to have no effect. */
bool boot_check_order(Error **errp);
/* The disks that have a bootindex, in that order, for the firmware; false: there are none. */
bool boot_fill_order(DeviceState *fw_cfg);
/* All items and files; @via is VIACONFIG's number. */
bool boot_fill_fw_cfg(MachineState *machine, DeviceState *fw_cfg, const BootImages *images,
                      unsigned via, Error **errp);

/* Firmware script (nvramrc) that adds a node to the device tree for each memory device, or NULL without
 * any. Free with g_free(). */
char *memory_nodes_script(const MachineState *machine);

#endif
