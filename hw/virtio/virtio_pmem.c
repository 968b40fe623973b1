/* SPDX-License-Identifier: MIT */
/*
 * virtio-pmem: persistent memory at a guest address of its own, and a queue that says when stores have to have
 * reached the host's disk.
 *
 * Source: virtio 1.2 section 5.19; properties as in QEMU 7.2. Modern interface only, as QEMU's. A flush is the
 * host's work in a thread of its own; it completes LATENCY_NS of guest time after the request, and its result
 * is an input. One is under way at a time. Not modelled: shared memory regions for the place (1.3).
 */
#include "hw/core/memory_device.h"
#include "hw/virtio/virtio.h"
#include "time/clock.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_VIRTIO_PMEM "virtio-pmem"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOPMEM, VIRTIO_PMEM)

enum { CONFIG_START = 0, CONFIG_SIZE_FIELD = 8, CONFIG_SIZE = 16, QUEUE_SIZE = 128 };
enum { REQUEST_FLUSH = 0, REQUEST_SIZE = 4, ANSWER_SIZE = 4, LATENCY_NS = 20000 };

struct VirtIOPMEM {
    VirtIODevice parent_obj;
    Object *memdev; /* property */
    MemoryDevice device;
    VirtQueue *queue;
    VirtQueueElement *element; /* the flush under way */
    Timer completion;
    GThread *worker;  /* of that flush; NULL: none yet, or not of this process */
    char *input_name; /* of the results */
};

/* --- flushes ------------------------------------------------------------------------------------------ */

/* In a thread: touches no guest state. */
static void *flush_memory(void *region) { return GINT_TO_POINTER(memory_region_sync(region)); }

/* Until the host is done with what is under way. 0 or an errno. */
static int wait_for_worker(VirtIOPMEM *s)
{
    GThread *worker = g_steal_pointer(&s->worker);
    return worker ? GPOINTER_TO_INT(g_thread_join(worker)) : 0;
}

static void give_back(VirtIOPMEM *s, VirtQueueElement *element, bool has_failed)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint8_t answer[ANSWER_SIZE];
    virtio_stl(vdev, answer, has_failed);
    size_t written = virtqueue_write(s->queue, element, 0, answer, sizeof(answer));
    virtqueue_push(s->queue, element, (uint32_t)written);
    g_free(element);
    virtio_notify(vdev, s->queue);
}

static void start_flush(VirtIOPMEM *s, VirtQueueElement *element)
{
    TRACE(virtio_pmem_flush_request, "%s", s->input_name);
    s->element = element;
    if (!clock_is_replaying(machine_clock())) {
        s->worker = g_thread_new("pmem-flush", flush_memory, s->device.region);
    }
    timer_mod_ns(&s->completion, clock_virtual_ns(machine_clock()) + LATENCY_NS);
}

static void take_requests(VirtIOPMEM *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    VirtQueueElement *element;
    while (!s->element && (element = virtqueue_pop(s->queue))) {
        uint8_t request[REQUEST_SIZE];
        if (virtqueue_read(s->queue, element, 0, request, sizeof(request)) < REQUEST_SIZE ||
            element->in_size < ANSWER_SIZE) {
            virtio_error(vdev, "a request without a type or without room for the answer");
            g_free(element);
            return;
        }
        if (virtio_ldl(vdev, request) == REQUEST_FLUSH) {
            start_flush(s, element);
        } else {
            log_guest_error("virtio-pmem", 0, "unknown request %u", virtio_ldl(vdev, request));
            give_back(s, element, true);
        }
    }
}

static void handle_request(VirtIODevice *vdev, VirtQueue *vq G_GNUC_UNUSED)
{
    take_requests(VIRTIO_PMEM(vdev));
}

/* Also of a replay: @data is what the log says. */
static void flush_done(void *opaque, const uint8_t *data, size_t length)
{
    VirtIOPMEM *s = opaque;
    bool has_failed = length < 1 || data[0];
    TRACE(virtio_pmem_flush_done, "failed %d", has_failed);
    if (s->element) {
        give_back(s, g_steal_pointer(&s->element), has_failed);
        take_requests(s);
    }
}

/* A flush that was loaded with the machine is done here: again, but that does no harm. */
static void complete_flush(void *opaque)
{
    VirtIOPMEM *s = opaque;
    uint8_t result = 0;
    if (!clock_is_replaying(machine_clock())) {
        result = s->worker ? wait_for_worker(s) != 0 : memory_region_sync(s->device.region) != 0;
    }
    input_take_now(machine_clock(), s->input_name, &result, sizeof(result));
}

/* --- configuration ---------------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const MemoryDevice *device = &VIRTIO_PMEM(vdev)->device;
    stq_le_p(config + CONFIG_START, device->addr);
    stq_le_p(config + CONFIG_SIZE_FIELD, device->region->size);
}

static MemoryDevice *get_device(Object *obj) { return &VIRTIO_PMEM(obj)->device; }

/* --- life -------------------------------------------------------------------------------------------------- */

static bool place(VirtIOPMEM *s, Error **errp)
{
    if (!s->memdev) {
        return error_setg(errp, "property 'memdev' is missing: the id of a memory back end "
                                "(-object memory-backend-file,id=ID,size=SIZE,...)");
    }
    s->device.memdev = MEMORY_BACKEND(s->memdev);
    s->device.region = &s->device.memdev->mr;
    return memory_device_plug(OBJECT(s), errp);
}

static bool pmem_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIOPMEM *s = VIRTIO_PMEM(vdev);
    if (!place(s, errp)) {
        return false;
    }
    g_autofree char *path = object_get_canonical_path(OBJECT(s));
    s->input_name = g_strdup_printf("pmem-%016" G_GINT64_MODIFIER "x",
                                    hash_bytes(0, path, strlen(path)));
    s->queue = virtio_add_queue(vdev, QUEUE_SIZE, handle_request);
    timer_init_ns(&s->completion, machine_clock(), complete_flush, s);
    input_register(machine_clock(), s->input_name, flush_done, s);
    return true;
}

static void pmem_reset(VirtIODevice *vdev)
{
    VirtIOPMEM *s = VIRTIO_PMEM(vdev);
    wait_for_worker(s);
    g_clear_pointer(&s->element, g_free);
    timer_del(&s->completion);
}

static void pmem_unrealize(VirtIODevice *vdev)
{
    VirtIOPMEM *s = VIRTIO_PMEM(vdev);
    wait_for_worker(s);
    g_clear_pointer(&s->element, g_free);
    input_unregister(machine_clock(), s->input_name);
    g_clear_pointer(&s->input_name, g_free);
    timer_fini(&s->completion);
    memory_device_unplug(OBJECT(s));
}

static void pmem_info(DeviceState *dev, GString *out)
{
    const VirtIOPMEM *s = VIRTIO_PMEM(dev);
    g_string_append_printf(
        out, "%#" G_GINT64_MODIFIER "x bytes at %#" G_GINT64_MODIFIER "x, memdev %s; %s\n",
        s->device.region->size, s->device.addr, object_get_canonical_path_component(s->memdev),
        s->element ? "a flush is under way" : "idle");
}

static void pmem_init(Object *obj)
{
    MemoryDevice *device = &VIRTIO_PMEM(obj)->device;
    device->kind = "virtio-pmem";
    device->slot = MEMORY_DEVICE_NO_SLOT;
}

static const VMStateDescription vmstate_pmem = {
    .name = "virtio-pmem",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIOPMEM),
            VMSTATE_VIRTQUEUE_ELEMENT(element, VirtIOPMEM),
            VMSTATE_TIMER(completion, VirtIOPMEM),
            VMSTATE_TRANSIENT(memdev, VirtIOPMEM, "configuration"),
            VMSTATE_TRANSIENT(device, VirtIOPMEM, "configuration; the contents are a RAMBlock"),
            VMSTATE_TRANSIENT(queue, VirtIOPMEM, "wiring"),
            VMSTATE_TRANSIENT(worker, VirtIOPMEM, "host side"),
            VMSTATE_TRANSIENT(input_name, VirtIOPMEM, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property pmem_properties[] = {
    {.name = "memdev",
     .type = FIELD_LINK,
     .link_type = TYPE_MEMORY_BACKEND,
     .offset = offsetof(VirtIOPMEM, memdev),
     .description = "memory back end that holds the contents"},
    {.name = "memaddr",
     .type = FIELD_UINT64,
     .offset = offsetof(VirtIOPMEM, device.addr),
     .description = "guest physical address; default is the first free"},
    {.name = NULL},
};

static void pmem_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    MemoryDeviceClass *mc = (MemoryDeviceClass *)object_class_dynamic_cast(klass,
                                                                           TYPE_MEMORY_DEVICE);
    dc->vmsd = &vmstate_pmem;
    dc->info = pmem_info;
    vc->device_id = VIRTIO_ID_PMEM;
    vc->config_size = CONFIG_SIZE;
    vc->realize = pmem_realize;
    vc->unrealize = pmem_unrealize;
    vc->reset = pmem_reset;
    vc->get_config = get_config;
    mc->get = get_device;
    device_class_set_props(dc, pmem_properties);
}

static const TypeInfo pmem_type = {
    .name = TYPE_VIRTIO_PMEM,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOPMEM),
    .instance_init = pmem_init,
    .class_init = pmem_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_MEMORY_DEVICE}, {NULL}},
};
DEFINE_TYPE(pmem_type)
