/* SPDX-License-Identifier: MIT */
/* Registers of devices by name: DEVICE.REGISTER, as `info registers DEVICE` shows them. */
#ifndef DEBUG_DEVICE_REGISTERS_H
#define DEBUG_DEVICE_REGISTERS_H

#include "debug/debugger.h"
#include "hw/core/regbank.h"
#include "util/error.h"

/* The devices called @name (id, name in the composition tree, or type; or alone begins so): one, or
 * NULL and *errp. */
/* An underscore in @name also stands for a minus, which expressions cannot have in names. */
DeviceState *debug_device_find(const Debugger *debugger, const char *name, Error **errp);
/* The places (RegPlace) that "DEVICE.REGISTER" means, globs in REGISTER; NULL and *errp: none. Free with
 * g_array_unref(). */
GArray *debug_registers_find(const Debugger *debugger, const char *text, Error **errp);
/* What "DEVICE.REGISTER" holds, read without side effects. False: *errp says why. */
bool debug_register_value(const Debugger *debugger, const char *name, uint64_t *value,
                          Error **errp);
/* "openpic.IVPR[3]" for what lies at @offset of @mr, as the functions above take it; NULL: no name. */
char *debug_register_name_at(MachineState *machine, const MemoryRegion *mr, hwaddr offset);
/* Names that begin with @prefix, at most @limit. Free with g_strfreev(). */
char **debug_registers_complete(const Debugger *debugger, const char *prefix, size_t limit);

#endif
