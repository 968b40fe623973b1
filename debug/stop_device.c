/* SPDX-License-Identifier: MIT */
/*
 * Stop points at devices: registers by name, memory regions, PCI configuration space.
 *
 * The access completes; the processor stops at the end of the instruction that made it. Accesses of
 * other devices (DMA) count, too. Source: none (own design).
 */
#include "debug/device_registers.h"
#include "debug/stop_sources.h"
#include "hw/pci/pci.h"
#include "util/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One place that is listened to. */
typedef struct Place {
    struct DeviceStop *stop;
    MemoryWatch watch;
    MemoryWatch **list; /* of the region or PCI device; NULL: it was unplugged */
    char *name;         /* "openpic.CTPR0" */
    RegPlace reg;       /* reg.row NULL: no named register */
    bool has_old;
    uint32_t old;
} Place;

typedef struct DeviceStop {
    DebugStops *stops;
    unsigned number;
    bool read, write;
    GPtrArray *places; /* Place *, owned */
} DeviceStop;

/* --- hearing ---------------------------------------------------------------------------------------------- */

static void describe(const Place *place, const MemoryAccess *access, StopEvent *event)
{
    event->names[0] = (StopName){"value", access->value};
    event->names[1] = (StopName){"size", access->size};
    event->names[2] = (StopName){"offset", access->offset - place->watch.first};
    g_autofree char *was = g_strdup("");
    if (access->is_write && place->has_old) {
        event->names[3] = (StopName){"old", place->old};
        g_free(was);
        was = g_strdup_printf(" (was 0x%x)", place->old);
    }
    g_autofree char *offset = place->reg.row ? g_strdup("")
                                             : g_strdup_printf(" at 0x%" PRIx64, access->offset);
    g_snprintf(event->text, sizeof(event->text), "%s %s%s: 0x%" PRIx64 "%s, %u byte%s",
               access->is_write ? "write to" : "read of", place->name, offset, access->value, was,
               access->size, access->size == 1 ? "" : "s");
}

static void accessed(void *opaque, const MemoryAccess *access)
{
    Place *place = opaque;
    DeviceStop *stop = place->stop;
    if (!(access->is_write ? stop->write : stop->read)) {
        return;
    }
    if (!access->is_done) {
        place->has_old = place->reg.row && regbank_peek(&place->reg, &place->old);
        return;
    }
    StopEvent event = {0};
    describe(place, access, &event);
    debug_stops_event(stop->stops, stop->number, &event);
}

/* The point stays in the list and hears nothing more. */
static void device_gone(void *opaque) { ((Place *)opaque)->list = NULL; }

static void listen(void *opaque, DebugStops *stops, unsigned number, bool on)
{
    DeviceStop *stop = opaque;
    stop->stops = stops;
    stop->number = number;
    for (guint i = 0; i < stop->places->len; i++) {
        Place *place = stop->places->pdata[i];
        if (!place->list) {
            continue;
        }
        if (on) {
            memory_watch_add(place->list, &place->watch);
        } else {
            memory_watch_remove(place->list, &place->watch);
        }
    }
}

static void free_place(void *opaque)
{
    g_free(((Place *)opaque)->name);
    g_free(opaque);
}

static void device_stop_free(void *opaque)
{
    g_ptr_array_unref(((DeviceStop *)opaque)->places);
    g_free(opaque);
}

static const StopSource device_source = {
    .type = "device", .listen = listen, .free = device_stop_free};
static const StopSource pci_source = {
    .type = "pci config", .listen = listen, .free = device_stop_free};

/* --- making ----------------------------------------------------------------------------------------------- */

static DeviceStop *new_stop(const StopSource *source, StopPoint *point)
{
    DeviceStop *stop = g_new0(DeviceStop, 1);
    stop->places = g_ptr_array_new_with_free_func(free_place);
    point->kind = CPU_STOP_EVENT;
    point->source = source;
    point->source_opaque = stop;
    return stop;
}

/* Takes @name. */
static Place *add_place(DeviceStop *stop, MemoryWatch **list, char *name, hwaddr first,
                        hwaddr length)
{
    Place *place = g_new0(Place, 1);
    *place = (Place){.stop = stop,
                     .list = list,
                     .name = name,
                     .watch = {accessed, place, first, first + length - 1, NULL, device_gone}};
    g_ptr_array_add(stop->places, place);
    return place;
}

char *stop_take_word(const char **text)
{
    size_t length = strcspn(*text, " \t");
    char *word = g_strndup(*text, length);
    *text += length;
    *text += strspn(*text, " \t");
    return word;
}

void stop_take_access(const char **text, bool *read, bool *write)
{
    const char *rest = *text;
    g_autofree char *word = stop_take_word(&rest);
    bool is_read = g_str_equal(word, "read"), is_write = g_str_equal(word, "write");
    *read = !is_write;
    *write = !is_read;
    if (is_read || is_write || g_str_equal(word, "access")) {
        *text = rest;
    }
}

bool stop_is_register(const Debugger *debugger, const char *text)
{
    size_t length = strcspn(text, " \t.");
    g_autofree char *name = g_strndup(text, length);
    if (text[length] != '.' || !length || g_ascii_isdigit(*text)) {
        return false;
    }
    Symbol symbol;
    g_autofree char *word = g_strndup(text, strcspn(text, " \t"));
    return !debug_symbols_find(debugger->symbols, debugger->cpu, word, &symbol);
}

bool stop_source_register(const Debugger *debugger, const char **text, StopPoint *point,
                          Error **errp)
{
    g_autofree char *word = stop_take_word(text);
    g_autoptr(GArray) places = debug_registers_find(debugger, word, errp);
    if (!places) {
        return false;
    }
    DeviceStop *stop = new_stop(&device_source, point);
    for (guint i = 0; i < places->len; i++) {
        const RegPlace *reg = &g_array_index(places, RegPlace, i);
        g_autofree char *name = regbank_place_name(reg);
        add_place(stop, &reg->mr->watches,
                  g_strdup_printf("%s.%s", object_get_typename(OBJECT(reg->dev)), name),
                  regbank_place_offset(reg), reg->row->width)
            ->reg = *reg;
    }
    stop_take_access(text, &stop->read, &stop->write);
    return true;
}

/* --- ranges in regions ------------------------------------------------------------------------------------ */

typedef struct Range {
    uint64_t first, length;
} Range;

/* "[OFFSET[,LENGTH]]" in @size bytes. */
static bool take_range(const char **text, uint64_t size, Range *range, Error **errp)
{
    *range = (Range){0, size};
    if (!g_ascii_isdigit(**text)) {
        return true;
    }
    g_autofree char *word = stop_take_word(text);
    char *comma = strchr(word, ',');
    range->length = 1;
    if (comma) {
        *comma = '\0';
        if (!parse_number(comma + 1, &range->length, errp)) {
            return false;
        }
    }
    if (!parse_number(word, &range->first, errp)) {
        return false;
    }
    if (!range->length || range->first >= size || range->length > size - range->first) {
        return error_setg(errp, "the range goes past the end: offsets end at 0x%" PRIx64, size - 1);
    }
    return true;
}

typedef struct RegionSearch {
    const char *name;
    MemoryRegion *found;
    unsigned count;
    GPtrArray *names;
} RegionSearch;

static int visit_region(Object *obj, void *opaque)
{
    RegionSearch *search = opaque;
    MemoryRegion *mr = (MemoryRegion *)object_dynamic_cast(obj, TYPE_MEMORY_REGION);
    if (mr) {
        const char *name = memory_region_name(mr);
        g_ptr_array_add(search->names, (char *)(uintptr_t)name);
        if (g_str_equal(name, search->name) && (mr->ops || !search->found)) {
            search->count += mr->ops && search->found && search->found->ops ? 1 : !search->count;
            search->found = mr;
        }
    }
    return 0;
}

static MemoryRegion *find_region(const char *name, Error **errp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    RegionSearch search = {.name = name, .names = names};
    object_child_foreach_recursive(object_get_root(), visit_region, &search);
    g_ptr_array_add(names, NULL);
    if (!search.found) {
        const char *nearest = nearest_name(name, (const char *const *)names->pdata);
        error_setg(errp, "no memory region '%s'%s%s%s", name, nearest ? "; did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?" : "");
    } else if (!search.found->ops) {
        error_setg(errp, "region '%s' is no device's: watch sees accesses to memory", name);
    } else if (search.count > 1) {
        error_setg(errp, "%u regions are called '%s'; watch takes their addresses", search.count,
                   name);
    } else {
        return search.found;
    }
    return NULL;
}

bool stop_source_region(const Debugger *debugger G_GNUC_UNUSED, const char **text, StopPoint *point,
                        Error **errp)
{
    Range range;
    g_autofree char *word = stop_take_word(text);
    MemoryRegion *mr = find_region(word, errp);
    if (!mr || !take_range(text, memory_region_size(mr), &range, errp)) {
        return false;
    }
    DeviceStop *stop = new_stop(&device_source, point);
    add_place(stop, &mr->watches, g_strdup(word), range.first, range.length);
    stop_take_access(text, &stop->read, &stop->write);
    return true;
}

/* --- PCI -------------------------------------------------------------------------------------------------- */

typedef struct PciSearch {
    unsigned bus, seen, devfn;
    PCIDevice *found;
} PciSearch;

static int visit_bus(Object *obj, void *opaque)
{
    PciSearch *search = opaque;
    PCIBus *bus = (PCIBus *)object_dynamic_cast(obj, TYPE_PCI_BUS);
    PCIDevice *dev = bus ? pci_find_device(bus, (uint8_t)search->devfn) : NULL;
    if (dev && !search->found && (search->bus == search->seen || !search->bus)) {
        search->found = dev;
    }
    search->seen += bus != NULL;
    return 0;
}

static PCIDevice *find_pci(const Debugger *debugger, const char *word, Error **errp)
{
    PciSearch search = {0};
    unsigned slot, function;
    int end = 0;
    const char *address = strchr(word, ':');
    char *bus_end;
    search.bus = address ? (unsigned)strtoul(word, &bus_end, 16) : 0;
    address = address ? address + 1 : word;
    if (sscanf(address, "%2x.%1u%n", &slot, &function, &end) != 2 || address[end] ||
        slot >= PCI_SLOTS || function >= PCI_FUNCTIONS) {
        error_setg(errp, "'%s': a PCI device is written [BUS:]SLOT.FUNCTION, such as 0d.0", word);
        return NULL;
    }
    search.devfn = PCI_DEVFN(slot, function);
    object_child_foreach_recursive(OBJECT(debugger->machine), visit_bus, &search);
    if (!search.found) {
        error_setg(errp, "no PCI device %s; `info pci` shows them", word);
    }
    return search.found;
}

bool stop_source_pci(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    Range range;
    g_autofree char *word = stop_take_word(text);
    PCIDevice *dev = find_pci(debugger, word, errp);
    if (!dev || !take_range(text, PCI_CONFIG_SIZE, &range, errp)) {
        return false;
    }
    DeviceStop *stop = new_stop(&pci_source, point);
    add_place(stop, &dev->config_watches, g_strdup_printf("pci %s", word), range.first,
              range.length);
    stop_take_access(text, &stop->read, &stop->write);
    return true;
}
