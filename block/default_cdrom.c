/* SPDX-License-Identifier: MIT */
/*
 * The empty CD-ROM drive of a machine whose user asked for none: ide1-cd0, master of the second IDE bus.
 *
 * Source: qemu-system-ppc 7.2, whose `info block` was read with each option. -nodefaults, which leaves it out, is the
 * caller's affair.
 */
#include "block/drive.h"
#include "block/internal.h"
#include "util/options.h"

#include <string.h>

#define PLACE 2u
#define NAME "ide1-cd0"

/* As QEMU has it: whoever says a word about one of these chooses the drives. Texts of -drive if=scsi do not. */
static bool is_drive_type(const char *type)
{
    static const char *const types[] = {"ide-cd", "ide-hd", "scsi-cd", "scsi-hd", NULL};
    return type && g_strv_contains(types, type);
}

/* -device TYPE,... or driver=TYPE,... */
static bool device_is_drive(const char *text)
{
    g_autoptr(Options) opts = options_parse(text, "driver", NULL, NULL);
    return opts && is_drive_type(options_get(opts, "driver"));
}

/* -global TYPE.PROPERTY=VALUE or driver=TYPE,... */
static bool global_is_of_drive(const char *text)
{
    g_autofree char *type = g_strndup(text, strcspn(text, ".="));
    return is_drive_type(type) || device_is_drive(text);
}

static bool any(const GPtrArray *texts, bool (*is_meant)(const char *text))
{
    for (guint n = 0; texts && n < texts->len; n++) {
        if (is_meant(g_ptr_array_index(texts, n))) {
            return true;
        }
    }
    return false;
}

bool block_add_default_cdrom(const GPtrArray *devices, const GPtrArray *globals, GPtrArray *made,
                             Error **errp)
{
    if ((block_core()->ide_units >> PLACE & 1) || any(devices, device_is_drive) ||
        any(globals, global_is_of_drive)) {
        return true;
    }
    if (blk_by_name(NAME) || block_node_find(NAME)) {
        return error_setg(errp,
                          "'" NAME "' is the name of the CD-ROM drive that every machine has; "
                          "choose another name, or -nodefaults for none");
    }
    g_autofree char *text = g_strdup_printf("index=%u,media=cdrom", PLACE);
    return block_add_drive(text, made, errp);
}
