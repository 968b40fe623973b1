/* SPDX-License-Identifier: MIT */
/* The Mac's NVRAM: format it, keep it in a file. */
#ifndef HW_NVRAM_MAC_NVRAM_H
#define HW_NVRAM_MAC_NVRAM_H

#include "hw/core/qdev.h"

#define TYPE_MAC_NVRAM "macio-nvram"

/* Lay out the "system" (with @env: "name=value" strings), "free" and Mac OS X partitions; @env may be
 * NULL. Fails when the variables do not fit. A file given by property "file" that has valid contents
 * is kept, with @env merged in. Before the first reset. */
bool mac_nvram_format(DeviceState *dev, const GPtrArray *env, Error **errp);

/* Put @script (NULL: none) before what the user has in nvramrc, and have the firmware run it. What an
 * earlier machine left in the file goes. After mac_nvram_format(), before the first reset. */
bool mac_nvram_set_script(DeviceState *dev, const char *script, Error **errp);

#endif
