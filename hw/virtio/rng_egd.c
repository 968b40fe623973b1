/* SPDX-License-Identifier: MIT */
/*
 * rng-egd: entropy from a daemon behind a chardev, by the protocol of the Entropy Gathering Daemon: 0x02 and
 * a number of bytes ask for that many.
 *
 * Source: EGD's protocol description, command "read entropy, blocking". The other commands are not used.
 * What the daemon sends comes in on the main thread and waits under the lock.
 */
#include "chardev/chardev.h"
#include "hw/virtio/rng.h"

#include <string.h>

enum { COMMAND_READ = 2, READ_MAX = 255, BUFFER_SIZE = 4096 };

typedef struct RngEgd {
    RngBackend parent_obj;
    Chardev *chr, *port;
    GMutex lock;
    uint8_t data[BUFFER_SIZE];
    size_t here, on_the_way; /* bytes */
} RngEgd;

static size_t egd_can_receive(void *opaque)
{
    RngEgd *s = opaque;
    g_mutex_lock(&s->lock);
    size_t room = MIN(s->on_the_way, BUFFER_SIZE - s->here);
    g_mutex_unlock(&s->lock);
    return room;
}

static void egd_receive(void *opaque, const uint8_t *data, size_t length)
{
    RngEgd *s = opaque;
    g_mutex_lock(&s->lock);
    memcpy(s->data + s->here, data, length);
    s->here += length;
    s->on_the_way -= length;
    g_mutex_unlock(&s->lock);
}

/* What was asked of a daemon that went does not come any more. */
static void egd_event(void *opaque, ChardevEvent event)
{
    RngEgd *s = opaque;
    if (event == CHARDEV_OPENED || event == CHARDEV_CLOSED) {
        g_mutex_lock(&s->lock);
        s->on_the_way = 0;
        g_mutex_unlock(&s->lock);
    }
}

static const ChardevHandlers egd_handlers = {
    .can_receive = egd_can_receive, .receive = egd_receive, .event = egd_event};

static void egd_request(RngBackend *backend, size_t length)
{
    RngEgd *s = (RngEgd *)backend;
    length = MIN(length, BUFFER_SIZE);
    g_mutex_lock(&s->lock);
    while (s->here + s->on_the_way < length) {
        uint8_t missing = (uint8_t)MIN(length - s->here - s->on_the_way, READ_MAX);
        if (chardev_can_write(s->port) < 2) {
            break;
        }
        s->on_the_way += missing;
        chardev_write(s->port, (uint8_t[]){COMMAND_READ, missing}, 2);
    }
    g_mutex_unlock(&s->lock);
    chardev_accept_input(s->port);
}

static size_t egd_read(RngBackend *backend, uint8_t *data, size_t length)
{
    RngEgd *s = (RngEgd *)backend;
    g_mutex_lock(&s->lock);
    length = MIN(length, s->here);
    memcpy(data, s->data, length);
    s->here -= length;
    memmove(s->data, s->data + length, s->here);
    g_mutex_unlock(&s->lock);
    return length;
}

static bool egd_open(RngBackend *backend, Error **errp)
{
    RngEgd *s = (RngEgd *)backend;
    if (!s->chr) {
        return error_setg(errp, "rng-egd needs a chardev=");
    }
    s->port = chardev_claim(s->chr, errp);
    if (s->port) {
        chardev_set_handlers(s->port, &egd_handlers, s);
    }
    return s->port != NULL;
}

static const Property egd_properties[] = {
    {.name = "chardev",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(RngEgd, chr),
     .description = "where the daemon is"},
    {.name = NULL},
};

static void egd_init(Object *obj)
{
    g_mutex_init(&((RngEgd *)obj)->lock);
    object_init_fields(obj, egd_properties);
}

static void egd_finalize(Object *obj)
{
    RngEgd *s = (RngEgd *)obj;
    chardev_release(s->port);
    g_mutex_clear(&s->lock);
}

static void egd_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    RngBackendClass *rc = RNG_BACKEND_CLASS(klass);
    rc->open = egd_open;
    rc->request = egd_request;
    rc->read = egd_read;
    object_class_add_fields(klass, egd_properties, rng_backend_may_change);
}

static const TypeInfo egd_info = {
    .name = TYPE_RNG_EGD,
    .parent = TYPE_RNG_BACKEND,
    .instance_size = sizeof(RngEgd),
    .instance_init = egd_init,
    .instance_finalize = egd_finalize,
    .class_init = egd_class_init,
};
DEFINE_TYPE(egd_info)
