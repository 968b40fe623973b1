/* SPDX-License-Identifier: MIT */
/*
 * Back ends of entropy: -object rng-builtin, rng-random, rng-egd. What they give is an input of the device
 * that asks (design.md 4): nobody asks them in a replay.
 *
 * Source: names and properties as in QEMU. Context: holder of the machine token; none of them waits.
 */
#ifndef HW_VIRTIO_RNG_H
#define HW_VIRTIO_RNG_H

#include "qom/object.h"

#define TYPE_RNG_BACKEND "rng-backend"
#define TYPE_RNG_BUILTIN "rng-builtin"
#define TYPE_RNG_RANDOM "rng-random"
#define TYPE_RNG_EGD "rng-egd"
OBJECT_DECLARE_TYPE(RngBackend, RngBackendClass, RNG_BACKEND)

struct RngBackend {
    Object parent_obj;
    bool is_open;
    unsigned users; /* devices; with any it cannot be deleted */
};

struct RngBackendClass {
    ObjectClass parent_class;
    bool (*open)(RngBackend *s, Error **errp);
    /* Bytes will be read soon; NULL: it needs no warning. */
    void (*request)(RngBackend *s, size_t length);
    /* Returns how many of @length bytes are there now. */
    size_t (*read)(RngBackend *s, uint8_t *data, size_t length);
};

void rng_backend_request(RngBackend *s, size_t length);
size_t rng_backend_read(RngBackend *s, uint8_t *data, size_t length);
/* For properties that must not change later. */
bool rng_backend_may_change(Object *obj, const char *name, Error **errp);

#endif
