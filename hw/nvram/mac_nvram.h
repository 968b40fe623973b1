/* SPDX-License-Identifier: MIT */
/* The Mac's NVRAM: what the board and the console do with it. Context: holder of the machine token. */
#ifndef HW_NVRAM_MAC_NVRAM_H
#define HW_NVRAM_MAC_NVRAM_H

#include "hw/core/qdev.h"

#define TYPE_MAC_NVRAM "macio-nvram"

/* What this run's command line says; none of it is ever stored. @env ("name=value" strings; NULL: none) hides
 * variables of the same name; @script (NULL: none) goes before what nvramrc has. Fails if they do not fit.
 * Before the first reset. */
bool mac_nvram_configure(DeviceState *dev, const GPtrArray *env, const char *script, Error **errp);

/* A reset: the window shows the firmware its image, once. @hides_boot_device: the command line says what to boot
 * from, so that the firmware is not to see a boot-device that is stored. */
void mac_nvram_begin_boot(DeviceState *dev, bool hides_boot_device);

/* The console: variables as they are stored, and what this run's command line says instead. */
void mac_nvram_list(DeviceState *dev, GString *out);
/* Store "name=value", as an operating system does: in the other area. */
bool mac_nvram_set(DeviceState *dev, const char *variable, Error **errp);
/* Store an NVRAM without variables. */
void mac_nvram_clear(DeviceState *dev);

#endif
