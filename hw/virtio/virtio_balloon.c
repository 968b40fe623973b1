/* SPDX-License-Identifier: MIT */
/*
 * virtio-balloon: the guest gives pages back, so that the host can use them, and tells how it is off for
 * memory.
 *
 * Source: virtio 1.1 section 5.5; page reporting and poison 1.2 section 5.5. The configuration is
 * little-endian with legacy drivers, too. Not modelled: free page hinting, which serves a migration only.
 * Properties target (bytes that the guest shall have), actual, guest-stats-polling-interval, guest-stats.
 */
#include "hw/core/memory_device.h"
#include "hw/virtio/internal.h"
#include "time/clock.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_VIRTIO_BALLOON "virtio-balloon-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOBalloon, VIRTIO_BALLOON)

enum { F_STATS_VQ = 1, F_DEFLATE_ON_OOM = 2, F_PAGE_POISON = 4, F_REPORTING = 5 };
enum { CONFIG_NUM_PAGES = 0, CONFIG_ACTUAL = 4, CONFIG_POISON = 12, CONFIG_SIZE = 16 };
enum { PFN_SHIFT = 12, PAGE_SIZE = 4096, QUEUE_SIZE = 128, REPORTING_SIZE = 32 };
enum { STAT_SIZE = 10, STATS = 10, STATS_MAX_BYTES = 4096 };

static const char *const stat_names[STATS] = {
    "stat-swap-in",      "stat-swap-out",     "stat-major-faults",     "stat-minor-faults",
    "stat-free-memory",  "stat-total-memory", "stat-available-memory", "stat-disk-caches",
    "stat-htlb-pgalloc", "stat-htlb-pgfail",
};

struct VirtIOBalloon {
    VirtIODevice parent_obj;
    VirtQueue *inflate, *deflate, *stats_queue, *reporting_queue;
    uint32_t num_pages;              /* asked for */
    uint32_t actual;                 /* given, as the guest says */
    uint32_t poison;                 /* what the guest fills free pages with */
    uint64_t stats[STATS];           /* the newest; all ones: not told */
    uint64_t stats_ns;               /* when; 0: never */
    VirtQueueElement *stats_element; /* the guest's buffer, given back to ask for more */
    uint32_t interval_s;             /* of asking; 0: only once */
    Timer stats_timer;
    bool deflate_on_oom, page_poison, free_page_reporting; /* properties */
};

/* --- pages ------------------------------------------------------------------------------------------- */

/* The pages of one request; given back (inflate) or fetched again by use (deflate: nothing to do). */
static void take_pages(VirtIODevice *vdev, VirtQueue *vq, const VirtQueueElement *element)
{
    uint8_t bytes[4 * 256];
    uint64_t offset = 0;
    size_t got;
    while ((got = virtqueue_read(vq, element, offset, bytes, sizeof(bytes))) >= 4) {
        for (size_t i = 0; i + 4 <= got; i += 4) {
            hwaddr page = (hwaddr)virtio_ldl(vdev, bytes + i) << PFN_SHIFT;
            TRACE(virtio_balloon_handle_output, "inflate %#" G_GINT64_MODIFIER "x", page);
            address_space_discard(address_space_memory(), page, PAGE_SIZE);
        }
        offset += got;
    }
}

static void inflate_or_deflate(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *element;
    while ((element = virtqueue_pop(vq))) {
        if (vq == VIRTIO_BALLOON(vdev)->inflate) {
            take_pages(vdev, vq, element);
        }
        virtqueue_push(vq, element, 0);
        g_free(element);
        virtio_notify(vdev, vq);
    }
}

/* Free pages that the guest does not use now: gone unless it counts on what it filled them with. */
static void report_pages(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    bool keeps_contents = virtio_has_feature(vdev, F_PAGE_POISON) && s->poison;
    VirtQueueElement *element;
    while ((element = virtqueue_pop(vq))) {
        for (uint32_t i = 0; i < element->in_count && !keeps_contents; i++) {
            const VirtIOSegment *segment = &element->segments[element->out_count + i];
            address_space_discard(address_space_memory(), segment->addr, segment->length);
        }
        virtqueue_push(vq, element, 0);
        g_free(element);
        virtio_notify(vdev, vq);
    }
}

/* --- statistics ---------------------------------------------------------------------------------------- */

static void forget_stats(VirtIOBalloon *s)
{
    memset(s->stats, 0xff, sizeof(s->stats));
    s->stats_ns = 0;
}

static void plan_question(VirtIOBalloon *s)
{
    if (s->interval_s) {
        timer_mod_ns(&s->stats_timer,
                     clock_virtual_ns(machine_clock()) + s->interval_s * NANOSECONDS_PER_SECOND);
    } else {
        timer_del(&s->stats_timer);
    }
}

static void read_stats(VirtIOBalloon *s, const VirtQueueElement *element)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint8_t bytes[STATS_MAX_BYTES];
    size_t got = virtqueue_read(s->stats_queue, element, 0, bytes, sizeof(bytes));
    forget_stats(s);
    for (size_t i = 0; i + STAT_SIZE <= got; i += STAT_SIZE) {
        uint16_t tag = virtio_ldw(vdev, bytes + i);
        if (tag < STATS) {
            s->stats[tag] = virtio_ldq(vdev, bytes + i + 2);
        }
    }
    s->stats_ns = clock_virtual_ns(machine_clock());
}

/* The guest's buffer stays here: giving it back asks for the next figures (5.5.6.3). */
static void take_stats(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    VirtQueueElement *element = virtqueue_pop(vq);
    if (!element) {
        return;
    }
    if (s->stats_element) { /* a second one: nobody asked for it */
        virtqueue_push(vq, s->stats_element, 0);
        virtio_notify(vdev, vq);
        g_free(s->stats_element);
    }
    s->stats_element = element;
    read_stats(s, element);
    plan_question(s);
}

static void ask_for_stats(void *opaque)
{
    VirtIOBalloon *s = opaque;
    if (!s->stats_element) {
        plan_question(s);
        return;
    }
    virtqueue_push(s->stats_queue, s->stats_element, 0);
    virtio_notify(VIRTIO_DEVICE(s), s->stats_queue);
    g_clear_pointer(&s->stats_element, g_free);
}

/* --- configuration ----------------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    stl_le_p(config + CONFIG_NUM_PAGES, s->num_pages);
    stl_le_p(config + CONFIG_ACTUAL, s->actual);
    stl_le_p(config + CONFIG_POISON, s->poison);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    s->actual = ldl_le_p(config + CONFIG_ACTUAL);
    if (virtio_has_feature(vdev, F_PAGE_POISON)) {
        s->poison = ldl_le_p(config + CONFIG_POISON);
    }
}

static uint64_t get_features(VirtIODevice *vdev)
{
    const VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    return UINT64_C(1) << F_STATS_VQ | (uint64_t)s->deflate_on_oom << F_DEFLATE_ON_OOM |
           (uint64_t)s->page_poison << F_PAGE_POISON |
           (uint64_t)s->free_page_reporting << F_REPORTING;
}

/* --- properties that change while the guest runs --------------------------------------------------------------- */

static uint64_t ram_size(void) { return machine_ram_size(machine_get()); }

static uint64_t given(uint32_t pages) { return MIN((uint64_t)pages << PFN_SHIFT, ram_size()); }

static bool get_target(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED,
                       Error **errp G_GNUC_UNUSED)
{
    value->u = ram_size() - given(VIRTIO_BALLOON(obj)->num_pages);
    return true;
}

static bool set_target(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED, Error **errp)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(obj);
    if (value->u == 0) {
        return error_setg(errp, "a guest needs more than no memory");
    }
    s->num_pages = (uint32_t)((ram_size() - MIN(value->u, ram_size())) >> PFN_SHIFT);
    TRACE(virtio_balloon_to_target, "%#" G_GINT64_MODIFIER "x", value->u);
    virtio_notify_config(VIRTIO_DEVICE(s));
    return true;
}

static bool get_actual(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED,
                       Error **errp G_GNUC_UNUSED)
{
    value->u = ram_size() - given(VIRTIO_BALLOON(obj)->actual);
    return true;
}

static bool get_interval(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED,
                         Error **errp G_GNUC_UNUSED)
{
    value->u = VIRTIO_BALLOON(obj)->interval_s;
    return true;
}

static bool set_interval(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED,
                         Error **errp)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(obj);
    if (value->u > UINT32_MAX) {
        return error_setg(errp, "an interval of at most %u seconds", UINT32_MAX);
    }
    s->interval_s = (uint32_t)value->u;
    if (DEVICE(s)->realized) {
        plan_question(s);
    }
    return true;
}

static char *get_stats(Object *obj, Error **errp G_GNUC_UNUSED)
{
    const VirtIOBalloon *s = VIRTIO_BALLOON(obj);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "last-update: %" G_GUINT64_FORMAT " s",
                           s->stats_ns / NANOSECONDS_PER_SECOND);
    for (unsigned n = 0; n < STATS; n++) {
        if (s->stats[n] != UINT64_MAX) {
            g_string_append_printf(out, ", %s: %" G_GUINT64_FORMAT, stat_names[n], s->stats[n]);
        }
    }
    return g_string_free(out, false);
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static bool balloon_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    bool is_ambiguous = false;
    Object *first = object_resolve_path_type("virtio-backend", TYPE_VIRTIO_BALLOON, &is_ambiguous);
    if (is_ambiguous || (first && first != OBJECT(s))) {
        return error_setg(errp, "only one balloon device is supported");
    }
    s->inflate = virtio_add_queue(vdev, QUEUE_SIZE, inflate_or_deflate);
    s->deflate = virtio_add_queue(vdev, QUEUE_SIZE, inflate_or_deflate);
    s->stats_queue = virtio_add_queue(vdev, QUEUE_SIZE, take_stats);
    s->reporting_queue = s->free_page_reporting
                             ? virtio_add_queue(vdev, REPORTING_SIZE, report_pages)
                             : NULL;
    if (s->reporting_queue) { /* nothing is moved: a report may name all there is */
        s->reporting_queue->limit = UINT64_MAX;
    }
    timer_init_ns(&s->stats_timer, machine_clock(), ask_for_stats, s);
    forget_stats(s);
    return true;
}

static void balloon_reset(VirtIODevice *vdev)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    g_clear_pointer(&s->stats_element, g_free);
    s->poison = 0;
    timer_del(&s->stats_timer);
}

static void balloon_unrealize(VirtIODevice *vdev)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    g_clear_pointer(&s->stats_element, g_free);
    timer_fini(&s->stats_timer);
}

static void balloon_info(DeviceState *dev, GString *out)
{
    const VirtIOBalloon *s = VIRTIO_BALLOON(dev);
    g_autofree char *stats = get_stats(OBJECT(dev), NULL);
    g_string_append_printf(out, "asked for %u pages, has %u; poison %#x\n%s\n", s->num_pages,
                           s->actual, s->poison, stats);
}

static const VMStateDescription vmstate_balloon = {
    .name = "virtio-balloon",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIOBalloon),
            VMSTATE_UINT32(num_pages, VirtIOBalloon),
            VMSTATE_UINT32(actual, VirtIOBalloon),
            VMSTATE_UINT32(poison, VirtIOBalloon),
            VMSTATE_UINT64_ARRAY(stats, VirtIOBalloon),
            VMSTATE_UINT64(stats_ns, VirtIOBalloon),
            VMSTATE_VIRTQUEUE_ELEMENT(stats_element, VirtIOBalloon),
            VMSTATE_UINT32(interval_s, VirtIOBalloon),
            VMSTATE_TIMER(stats_timer, VirtIOBalloon),
            VMSTATE_TRANSIENT(inflate, VirtIOBalloon, "wiring"),
            VMSTATE_TRANSIENT(deflate, VirtIOBalloon, "wiring"),
            VMSTATE_TRANSIENT(stats_queue, VirtIOBalloon, "wiring"),
            VMSTATE_TRANSIENT(reporting_queue, VirtIOBalloon, "wiring"),
            VMSTATE_TRANSIENT(deflate_on_oom, VirtIOBalloon, "configuration"),
            VMSTATE_TRANSIENT(page_poison, VirtIOBalloon, "configuration"),
            VMSTATE_TRANSIENT(free_page_reporting, VirtIOBalloon, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property balloon_properties[] = {
    {.name = "deflate-on-oom",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIOBalloon, deflate_on_oom),
     .description = "let the guest take pages back when it has none left"},
    {.name = "page-poison",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIOBalloon, page_poison),
     .defval = true,
     .description = "let the guest tell what it fills free pages with"},
    {.name = "free-page-reporting",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIOBalloon, free_page_reporting),
     .description = "let the guest tell of its free pages"},
    {.name = NULL},
};

static void balloon_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_balloon;
    dc->info = balloon_info;
    vc->device_id = VIRTIO_ID_BALLOON;
    vc->config_size = CONFIG_SIZE;
    vc->realize = balloon_realize;
    vc->unrealize = balloon_unrealize;
    vc->reset = balloon_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    vc->set_config = set_config;
    device_class_set_props(dc, balloon_properties);
    object_class_property_add(klass, "target", "uint64", PROP_UINT, get_target, set_target, NULL);
    object_class_property_add(klass, "actual", "uint64", PROP_UINT, get_actual, NULL, NULL);
    object_class_property_add(klass, "guest-stats-polling-interval", "uint32", PROP_UINT,
                              get_interval, set_interval, NULL);
    object_class_property_add_str(klass, "guest-stats", get_stats, NULL);
}

static const TypeInfo balloon_info_type = {
    .name = TYPE_VIRTIO_BALLOON,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOBalloon),
    .class_init = balloon_class_init,
};
DEFINE_TYPE(balloon_info_type)

/* --- on PCI ------------------------------------------------------------------------------------------------------ */

bool virtio_balloon_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    TRACE(virtio_balloon_pci_realize, "%s", object_get_typename(OBJECT(proxy)));
    proxy->class_code = PCI_CLASS_OTHERS;
    return virtio_pci_realize_backend(proxy, errp);
}
