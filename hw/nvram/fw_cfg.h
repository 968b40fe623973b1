/* SPDX-License-Identifier: MIT */
/* fw_cfg: what the board tells the firmware, as numbered items and named files. */
#ifndef HW_NVRAM_FW_CFG_H
#define HW_NVRAM_FW_CFG_H

#include "hw/core/qdev.h"

#define TYPE_FW_CFG "fw_cfg"

enum {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_UUID = 0x02,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_NOGRAPHIC = 0x04,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_MACHINE_ID = 0x06,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_KERNEL_CMDLINE = 0x09,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_DEVICE = 0x0c,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
    FW_CFG_ARCH_LOCAL = 0x8000,
    FW_CFG_PPC_WIDTH = 0x8000,
    FW_CFG_PPC_HEIGHT = 0x8001,
    FW_CFG_PPC_DEPTH = 0x8002,
    FW_CFG_PPC_TBFREQ = 0x8003,
    FW_CFG_PPC_CLOCKFREQ = 0x8004,
    FW_CFG_PPC_IS_KVM = 0x8005,
    FW_CFG_PPC_NVRAM_ADDR = 0x8008,
    FW_CFG_PPC_BUSFREQ = 0x8009,
    FW_CFG_PPC_VIACONFIG = 0x800b,
};

/* Items; numbers are stored little-endian. Only before the first reset. */
void fw_cfg_add_bytes(DeviceState *dev, uint16_t key, const void *data, size_t length);
void fw_cfg_add_i16(DeviceState *dev, uint16_t key, uint16_t value);
void fw_cfg_add_i32(DeviceState *dev, uint16_t key, uint32_t value);
void fw_cfg_add_i64(DeviceState *dev, uint16_t key, uint64_t value);
/* FW_CFG_BOOT_DEVICE: @first until the first reset by the guest or the user, then @later. */
void fw_cfg_set_boot_once(DeviceState *dev, uint16_t first, uint16_t later);
/* It is @first still. */
bool fw_cfg_boots_once(DeviceState *dev);
/* A named file; fails when the name is taken, too long, or no slot is left. */
bool fw_cfg_add_file(DeviceState *dev, const char *name, const void *data, size_t length,
                     Error **errp);
/* Other contents of a file that is there. */
void fw_cfg_set_file(DeviceState *dev, const char *name, const void *data, size_t length);
/* One -fw_cfg option: "[name=]NAME,string=TEXT" or "…,file=PATH". */
bool fw_cfg_add_option(DeviceState *dev, const char *text, Error **errp);

#endif
