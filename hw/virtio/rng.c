/* SPDX-License-Identifier: MIT */
/*
 * The abstract back end of entropy, and the two that read a file of the host's: rng-builtin the kernel's
 * generator, rng-random any device or pipe.
 *
 * Source: none (own design); names and properties as in QEMU, whose rng-builtin takes no property either.
 */
#include "hw/virtio/rng.h"

#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_GENERATOR "/dev/urandom"

/* --- all of them ------------------------------------------------------------------------------------- */

void rng_backend_request(RngBackend *s, size_t length)
{
    RngBackendClass *klass = RNG_BACKEND_GET_CLASS(s);
    if (klass->request) {
        klass->request(s, length);
    }
}

size_t rng_backend_read(RngBackend *s, uint8_t *data, size_t length)
{
    return RNG_BACKEND_GET_CLASS(s)->read(s, data, length);
}

bool rng_backend_may_change(Object *obj, const char *name, Error **errp)
{
    return !RNG_BACKEND(obj)->is_open ||
           error_setg(errp, "property '%s' of '%s' cannot change any more", name,
                      object_get_typename(obj));
}

static bool backend_complete(Object *obj, Error **errp)
{
    RngBackend *s = RNG_BACKEND(obj);
    s->is_open = RNG_BACKEND_GET_CLASS(s)->open(s, errp);
    return s->is_open;
}

static bool can_be_deleted(Object *obj) { return RNG_BACKEND(obj)->users == 0; }

static void backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    UserCreatableClass *uc = (UserCreatableClass *)object_class_dynamic_cast(klass,
                                                                             TYPE_USER_CREATABLE);
    uc->complete = backend_complete;
    uc->can_be_deleted = can_be_deleted;
}

static const TypeInfo backend_info = {
    .name = TYPE_RNG_BACKEND,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(RngBackend),
    .class_size = sizeof(RngBackendClass),
    .class_init = backend_class_init,
    .abstract = true,
    .interfaces = (const InterfaceInfo[]){{TYPE_USER_CREATABLE}, {NULL}},
};
DEFINE_TYPE(backend_info)

/* --- files --------------------------------------------------------------------------------------------- */

typedef struct RngFile {
    RngBackend parent_obj;
    int fd;
    char *filename;   /* property of rng-random */
    bool is_silenced; /* its end was told once */
} RngFile;

static const char *file_name(const RngFile *s)
{
    return s->filename ? s->filename : KERNEL_GENERATOR;
}

static bool file_open(RngBackend *backend, Error **errp)
{
    RngFile *s = (RngFile *)backend;
    s->fd = open(file_name(s), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return s->fd >= 0 || error_setg_errno(errp, errno, "cannot open '%s'", file_name(s));
}

static void tell_the_end(RngFile *s, const char *why)
{
    if (!s->is_silenced) {
        warn_report("%s: %s: the guest gets no random numbers from it", file_name(s), why);
        s->is_silenced = true;
    }
}

static size_t file_read(RngBackend *backend, uint8_t *data, size_t length)
{
    RngFile *s = (RngFile *)backend;
    ssize_t got = read(s->fd, data, length);
    if (got == 0) {
        tell_the_end(s, "at its end");
    } else if (got < 0 && errno != EAGAIN && errno != EINTR) {
        tell_the_end(s, g_strerror(errno));
    }
    return got > 0 ? (size_t)got : 0;
}

static const Property random_properties[] = {
    {.name = "filename",
     .type = FIELD_STRING,
     .offset = offsetof(RngFile, filename),
     .defstr = KERNEL_GENERATOR,
     .description = "where random numbers come from: a device or a pipe"},
    {.name = NULL},
};

static void file_init(Object *obj) { ((RngFile *)obj)->fd = -1; }

static void file_finalize(Object *obj)
{
    if (((RngFile *)obj)->fd >= 0) {
        close(((RngFile *)obj)->fd);
    }
}

static void random_init(Object *obj) { object_init_fields(obj, random_properties); }

static void builtin_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    RNG_BACKEND_CLASS(klass)->open = file_open;
    RNG_BACKEND_CLASS(klass)->read = file_read;
}

static void random_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    object_class_add_fields(klass, random_properties, rng_backend_may_change);
}

static const TypeInfo builtin_info = {
    .name = TYPE_RNG_BUILTIN,
    .parent = TYPE_RNG_BACKEND,
    .instance_size = sizeof(RngFile),
    .instance_init = file_init,
    .instance_finalize = file_finalize,
    .class_init = builtin_class_init,
};
DEFINE_TYPE(builtin_info)

static const TypeInfo random_info = {
    .name = TYPE_RNG_RANDOM,
    .parent = TYPE_RNG_BUILTIN,
    .instance_size = sizeof(RngFile),
    .instance_init = random_init,
    .class_init = random_class_init,
};
DEFINE_TYPE(random_info)
