/* SPDX-License-Identifier: MIT */
/* The back end without a peer: output vanishes, input never comes. */
#include "chardev/internal.h"

static bool null_open(Chardev *chr, const Options *opts, Error **errp)
{
    (void)chr;
    (void)opts;
    (void)errp;
    return true;
}

static void null_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->help = "output vanishes, no input";
    chardev_class->open = null_open;
}

static const TypeInfo null_info = {
    .name = TYPE_CHARDEV_NULL,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(Chardev),
    .class_init = null_class_init,
};
DEFINE_TYPE(null_info)
