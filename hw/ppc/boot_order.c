/* SPDX-License-Identifier: MIT */
/*
 * The firmware's list of what to boot from, fw_cfg file "bootorder": the disks that have a bootindex.
 *
 * Source: mac99.md 2.3 and 13.2; the tree that OpenBIOS builds, the same in QEMU: a virtio disk in slot N is
 * /pci@f2000000/scsi@N/disk, a unit of the first ATA bus .../ata-3@20000/disk@UNIT or cdrom@UNIT. Devices of other kinds are
 * not listed: the firmware could not boot from them.
 */
#include "hw/ide/ide.h"
#include "hw/nvram/fw_cfg.h"
#include "hw/pci/pci.h"
#include "hw/ppc/boot.h"

#include <inttypes.h>

typedef struct BootEntry {
    int64_t index;
    char *path;
} BootEntry;

static void free_entry(gpointer data)
{
    BootEntry *entry = data;
    g_free(entry->path);
    g_free(entry);
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const BootEntry *x = *(BootEntry *const *)a, *y = *(BootEntry *const *)b;
    return (x->index > y->index) - (x->index < y->index);
}

/* Where OpenBIOS finds it; NULL: it cannot boot from such a thing. */
static char *firmware_path(Object *obj)
{
    if (object_dynamic_cast(obj, "virtio-blk-pci")) {
        return g_strdup_printf("/pci@f2000000/scsi@%x/disk",
                               PCI_SLOT((unsigned)PCI_DEVICE(obj)->devfn));
    }
    bool is_cdrom = object_dynamic_cast(obj, "ide-cd") != NULL;
    if (!is_cdrom && !object_dynamic_cast(obj, "ide-hd")) {
        return NULL;
    }
    const IdeBus *bus = IDE_BUS(DEVICE(obj)->parent_bus);
    return g_strdup_printf("/pci@f2000000/mac-io@c/ata-3@2%u000/%s@%d", bus->number,
                           is_cdrom ? "cdrom" : "disk", IDE_DEVICE(obj)->unit);
}

/* -1: none. */
static int64_t bootindex_of(Object *obj)
{
    bool has_index = object_dynamic_cast(obj, TYPE_DEVICE) && DEVICE(obj)->realized &&
                     object_property_find(obj, "bootindex");
    return has_index ? object_property_get_int(obj, "bootindex", &error_abort) : -1;
}

static int add_disk(Object *obj, void *opaque)
{
    GPtrArray *entries = opaque;
    int64_t index = bootindex_of(obj);
    char *path = index >= 0 ? firmware_path(obj) : NULL;
    if (path) {
        BootEntry *entry = g_new0(BootEntry, 1);
        entry->index = index;
        entry->path = path;
        g_ptr_array_add(entries, entry);
    }
    return 0;
}

/* What is a part of another device has its properties. */
static int warn_of_others(Object *obj, G_GNUC_UNUSED void *opaque)
{
    g_autofree char *path = NULL;
    bool is_part = obj->parent && object_dynamic_cast(obj->parent, TYPE_DEVICE);
    if (!is_part && bootindex_of(obj) >= 0 && !(path = firmware_path(obj))) {
        warn_report("bootindex of a %s has no effect: the firmware boots from ide-hd, ide-cd and "
                    "virtio-blk-pci",
                    object_get_typename(obj));
    }
    return 0;
}

static GPtrArray *find_disks(void)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(free_entry);
    object_child_foreach_recursive(object_get_root(), add_disk, entries);
    g_ptr_array_sort(entries, compare_entries);
    return entries;
}

bool boot_check_order(Error **errp)
{
    g_autoptr(GPtrArray) entries = find_disks();
    for (guint n = 1; n < entries->len; n++) {
        const BootEntry *entry = g_ptr_array_index(entries, n);
        const BootEntry *before = g_ptr_array_index(entries, n - 1);
        if (entry->index == before->index) {
            return error_setg(errp, "bootindex=%" PRId64 " was given twice", entry->index);
        }
    }
    object_child_foreach_recursive(object_get_root(), warn_of_others, NULL);
    return true;
}

bool boot_fill_order(DeviceState *fw_cfg)
{
    g_autoptr(GPtrArray) entries = find_disks();
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint n = 0; n < entries->len; n++) {
        const BootEntry *entry = g_ptr_array_index(entries, n);
        g_string_append_printf(text, "%s%s", n ? "\n" : "", entry->path);
    }
    /* An empty list counts as none: its size must be 0, too. */
    fw_cfg_set_file(fw_cfg, "bootorder", text->str, text->len ? text->len + 1 : 0);
    return entries->len > 0;
}
