/* SPDX-License-Identifier: MIT */
/*
 * The firmware's list of what to boot from, fw_cfg file "bootorder": the disks that have a bootindex.
 *
 * Source: mac99.md 2.3 and 13.2; a virtio disk in slot N is /pci@f2000000/scsi@N/disk to OpenBIOS. Devices of other
 * kinds are not listed: the firmware could not boot from them.
 */
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

static int add_disk(Object *obj, void *opaque)
{
    GPtrArray *entries = opaque;
    PCIDevice *pci = (PCIDevice *)object_dynamic_cast(obj, "virtio-blk-pci");
    int64_t index = pci ? object_property_get_int(obj, "bootindex", &error_abort) : -1;
    if (index >= 0 && DEVICE(obj)->realized) {
        BootEntry *entry = g_new0(BootEntry, 1);
        entry->index = index;
        entry->path = g_strdup_printf("/pci@f2000000/scsi@%x/disk", PCI_SLOT((unsigned)pci->devfn));
        g_ptr_array_add(entries, entry);
    }
    return 0;
}

bool boot_fill_order(DeviceState *fw_cfg)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(free_entry);
    g_autoptr(GString) text = g_string_new(NULL);
    object_child_foreach_recursive(object_get_root(), add_disk, entries);
    g_ptr_array_sort(entries, compare_entries);
    for (guint n = 0; n < entries->len; n++) {
        const BootEntry *entry = g_ptr_array_index(entries, n);
        g_string_append_printf(text, "%s%s", n ? "\n" : "", entry->path);
    }
    /* An empty list counts as none: its size must be 0, too. */
    fw_cfg_set_file(fw_cfg, "bootorder", text->str, text->len ? text->len + 1 : 0);
    return entries->len > 0;
}
