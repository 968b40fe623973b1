/* SPDX-License-Identifier: MIT */
/* The abstract chardev: its front end, its place in the tree, its end. */
#include "chardev/chardev.h"

#include "chardev/internal.h"
#include "util/terminal.h"

#include <string.h>
#include <unistd.h>

ChardevCore *chardev_core(void) { return (ChardevCore *)object_core("chardev", TYPE_CHARDEV_CORE); }

Object *chardev_container(void) { return container_get(object_get_root(), "/chardevs"); }

/* --- towards the front end --------------------------------------------------------------------- */

size_t chardev_input_room(Chardev *chr)
{
    if (!chr->handlers || !chr->handlers->receive) {
        return 0;
    }
    return chr->handlers->can_receive ? chr->handlers->can_receive(chr->opaque) : SIZE_MAX;
}

void chardev_deliver(Chardev *chr, const uint8_t *data, size_t length)
{
    if (length && chr->handlers && chr->handlers->receive) {
        chr->handlers->receive(chr->opaque, data, length);
    }
}

void chardev_send_event(Chardev *chr, ChardevEvent event)
{
    if (chr->handlers && chr->handlers->event) {
        chr->handlers->event(chr->opaque, event);
    }
}

void chardev_set_connected(Chardev *chr, bool connected)
{
    if (chr->is_connected == connected) {
        return;
    }
    chr->is_connected = connected;
    chardev_output_set_open(chr, connected || chr->log_fd >= 0);
    chardev_send_event(chr, connected ? CHARDEV_OPENED : CHARDEV_CLOSED);
}

bool chardev_is_connected(Chardev *chr) { return chr->is_connected; }

bool chardev_terminal(Chardev *port, ChardevTerminal *terminal)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(port);

    return klass->terminal && klass->terminal(port, terminal);
}

Chardev *chardev_claim(Chardev *chr, Error **errp)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (klass->make_port) {
        return klass->make_port(chr);
    }
    if (chr->is_claimed) {
        error_setg(errp, "chardev '%s' is already in use", chr->id);
        return NULL;
    }
    chr->is_claimed = true;
    return CHARDEV(object_ref(chr));
}

void chardev_release(Chardev *port)
{
    if (!port) {
        return;
    }
    chardev_set_handlers(port, NULL, NULL);
    port->is_claimed = false;
    if (object_dynamic_cast(OBJECT(port), TYPE_CHARDEV_MUX_PORT)) {
        object_unparent(OBJECT(port));
    }
    object_unref(port);
}

void chardev_set_handlers(Chardev *port, const ChardevHandlers *handlers, void *opaque)
{
    port->handlers = handlers;
    port->opaque = opaque;
    if (handlers) {
        if (port->is_connected) {
            chardev_send_event(port, CHARDEV_OPENED);
        }
        chardev_accept_input(port);
    }
}

void chardev_accept_input(Chardev *port) { chardev_schedule(port); }

/* --- shared settings ----------------------------------------------------------------------------- */

void chardev_set_headroom_hook(void (*hook)(void *opaque), void *opaque)
{
    ChardevCore *core = chardev_core();

    core->headroom_hook = hook;
    core->headroom_opaque = opaque;
}

void chardev_set_quit_hook(void (*hook)(void *opaque), void *opaque)
{
    ChardevCore *core = chardev_core();

    core->quit_hook = hook;
    core->quit_opaque = opaque;
}

void chardev_set_escape(uint8_t character) { chardev_core()->escape = character; }

/* --- the tree -------------------------------------------------------------------------------------- */

Chardev *chardev_find(const char *id)
{
    Object *obj = object_resolve_path_component(chardev_container(), id);

    return obj ? CHARDEV(obj) : NULL;
}

const char *chardev_id(const Chardev *chr) { return chr->id; }

bool chardev_wants_monitor(const Chardev *chr) { return chr->wants_monitor; }

static int append_info(Object *child, void *opaque)
{
    Chardev *chr = CHARDEV(child);
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);
    g_autofree char *where = klass->describe ? klass->describe(chr) : NULL;

    g_string_append_printf(opaque, "%s: %s%s\n", chr->id,
                           where ? where : object_get_typename(child) + strlen("chardev-"),
                           chr->is_connected ? "" : " (disconnected)");
    return 0;
}

void chardev_info(GString *out) { object_child_foreach(chardev_container(), append_info, out); }

static int first_child(Object *child, void *opaque)
{
    *(Object **)opaque = child;
    return 1;
}

void chardev_fini_all(void)
{
    Object *child = NULL;

    chardev_flush_all(1000);
    while (object_child_foreach(chardev_container(), first_child, &child)) {
        object_unparent(child);
    }
    terminal_restore();
}

/* --- types ----------------------------------------------------------------------------------------- */

static void chardev_instance_init(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    chr->core = chardev_core();
    chr->log_fd = -1;
    chardev_output_init(chr);
}

static void close_back_end(Object *obj)
{
    Chardev *chr = CHARDEV(obj);
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (klass->close) {
        klass->close(chr);
    }
    chardev_set_connected(chr, false);
}

static void chardev_instance_finalize(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    close_back_end(obj);
    chardev_output_fini(chr);
    if (chr->log_fd >= 0) {
        close(chr->log_fd);
    }
    g_free(chr->id);
}

/* Whoever still holds the chardev writes into the void from here on. */
static void chardev_class_init(ObjectClass *klass, const void *data)
{
    (void)data;
    klass->unparent = close_back_end;
}

static const TypeInfo chardev_info_type = {
    .name = TYPE_CHARDEV,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Chardev),
    .class_size = sizeof(ChardevClass),
    .abstract = true,
    .instance_init = chardev_instance_init,
    .instance_finalize = chardev_instance_finalize,
    .class_init = chardev_class_init,
};
DEFINE_TYPE(chardev_info_type)

static void core_instance_init(Object *obj) { ((ChardevCore *)obj)->escape = 1; }

static const TypeInfo core_info = {
    .name = TYPE_CHARDEV_CORE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(ChardevCore),
    .instance_init = core_instance_init,
};
DEFINE_TYPE(core_info)
