/* SPDX-License-Identifier: MIT */
/*
 * One back end shared by several front ends: all of them write, one has the keys.
 *
 * Source: the key bindings of QEMU's multiplexed console, as its manual lists them: Ctrl-a and x, c, h,
 * b, t, Ctrl-a. Not built: Ctrl-a s (commit of snapshot images).
 */
#include "chardev/internal.h"

#include <string.h>

/* Keys kept for a front end that takes none now. */
#define PENDING_MAX 4096
#define STAMP_SIZE 32

typedef struct MuxChardev MuxChardev;

typedef struct MuxPort {
    Chardev parent_obj;
    MuxChardev *mux; /* NULL: the mux went first */
    GByteArray *pending;
} MuxPort;

struct MuxChardev {
    Chardev parent_obj;
    Chardev *base;
    GPtrArray *ports; /* MuxPort *, children */
    MuxPort *focus;   /* NULL only without ports */
    bool got_escape;
    bool has_stamps;
    bool at_line_start;
    int64_t start_us;
};

static MuxChardev *mux_chardev(void *obj)
{
    return OBJECT_CHECK(MuxChardev, obj, TYPE_CHARDEV_MUX);
}

static MuxPort *mux_port(void *obj) { return OBJECT_CHECK(MuxPort, obj, TYPE_CHARDEV_MUX_PORT); }

/* --- input ------------------------------------------------------------------------------------- */

static void pump(MuxPort *port)
{
    uint8_t chunk[256];
    size_t room;

    while (port->pending->len && (room = chardev_input_room(&port->parent_obj)) > 0) {
        size_t length = MIN(MIN(room, port->pending->len), sizeof(chunk));
        memcpy(chunk, port->pending->data, length);
        g_byte_array_remove_range(port->pending, 0, (guint)length);
        chardev_deliver(&port->parent_obj, chunk, length);
    }
}

static void set_focus(MuxChardev *mux, MuxPort *port)
{
    MuxPort *old = mux->focus;

    if (port == old) {
        return;
    }
    mux->focus = port;
    if (old) {
        chardev_send_event(&old->parent_obj, CHARDEV_MUX_OUT);
    }
    if (port) {
        chardev_send_event(&port->parent_obj, CHARDEV_MUX_IN);
        chardev_accept_input(mux->base);
    }
}

void chardev_take_focus(Chardev *port)
{
    MuxPort *mine = (MuxPort *)object_dynamic_cast(OBJECT(port), TYPE_CHARDEV_MUX_PORT);

    if (mine && mine->mux) {
        set_focus(mine->mux, mine);
    }
}

bool chardev_has_focus(Chardev *port)
{
    const MuxPort *mine = (MuxPort *)object_dynamic_cast(OBJECT(port), TYPE_CHARDEV_MUX_PORT);

    return !mine || (mine->mux && mine->mux->focus == mine);
}

static void focus_next(MuxChardev *mux)
{
    guint at = 0;

    if (g_ptr_array_find(mux->ports, mux->focus, &at)) {
        set_focus(mux, g_ptr_array_index(mux->ports, (at + 1) % mux->ports->len));
    }
}

static void say(MuxChardev *mux, const char *text) { chardev_write(mux->base, text, strlen(text)); }

static void say_key(MuxChardev *mux, const char *escape, const char *key, const char *meaning)
{
    g_autofree char *line = g_strdup_printf("%s %-4s %s\r\n", escape, key, meaning);

    say(mux, line);
}

static void print_help(MuxChardev *mux)
{
    uint8_t escape = mux->parent_obj.core->escape;
    bool is_control = escape < 32;
    char name[4];

    g_snprintf(name, sizeof(name), "%s%c", is_control ? "C-" : "",
               is_control ? g_ascii_tolower((char)(escape + '@')) : (char)escape);
    say(mux, "\r\n");
    say_key(mux, name, "h", "this text");
    say_key(mux, name, "x", "end the emulator");
    say_key(mux, name, "c", "go round the console and the serial ports");
    say_key(mux, name, "b", "send break");
    say_key(mux, name, "t", "time stamps on or off");
    say_key(mux, name, name, "the character itself");
}

static void quit(MuxChardev *mux)
{
    ChardevCore *core = mux->parent_obj.core;

    say(mux, "\r\ncore99: terminated\r\n");
    if (core->quit_hook) {
        core->quit_hook(core->quit_opaque);
    }
}

static void toggle_stamps(MuxChardev *mux)
{
    mux->has_stamps = !mux->has_stamps;
    mux->at_line_start = false;
    if (mux->has_stamps && !mux->start_us) {
        mux->start_us = g_get_monotonic_time();
    }
}

/* The key behind the escape character. */
static void command(MuxChardev *mux, uint8_t key)
{
    switch (key) {
    case 'h':
    case '?':
        print_help(mux);
        return;
    case 'x':
        quit(mux);
        return;
    case 'c':
        focus_next(mux);
        return;
    case 'b':
        if (mux->focus) {
            chardev_send_event(&mux->focus->parent_obj, CHARDEV_BREAK);
        }
        return;
    case 't':
        toggle_stamps(mux);
        return;
    default:
        return;
    }
}

static void take_key(MuxChardev *mux, uint8_t key)
{
    bool is_escape = key == mux->parent_obj.core->escape;

    if (mux->got_escape) {
        mux->got_escape = false;
        if (!is_escape) {
            command(mux, key);
            return;
        }
    } else if (is_escape) {
        mux->got_escape = true;
        return;
    }
    if (mux->focus && mux->focus->pending->len < PENDING_MAX) {
        g_byte_array_append(mux->focus->pending, &key, 1);
    }
}

static void mux_receive(void *opaque, const uint8_t *data, size_t length)
{
    MuxChardev *mux = opaque;

    /* A command may close what it runs on. */
    object_ref(mux);
    for (size_t i = 0; i < length && mux->base; i++) {
        take_key(mux, data[i]);
    }
    for (guint i = 0; i < mux->ports->len; i++) {
        MuxPort *port = mux_port(object_ref(g_ptr_array_index(mux->ports, i)));
        pump(port);
        object_unref(port);
    }
    object_unref(mux);
}

/* Somebody who types must reach the escape key even if the front end takes nothing; a pipe waits. */
static size_t mux_can_receive(void *opaque)
{
    MuxChardev *mux = opaque;
    size_t room = mux->focus ? PENDING_MAX - mux->focus->pending->len : 0;

    const ChardevClass *klass = CHARDEV_GET_CLASS(mux->base);

    return room ? room : klass->is_typed && klass->is_typed(mux->base);
}

static void mux_event(void *opaque, ChardevEvent event)
{
    MuxChardev *mux = opaque;

    mux->parent_obj.is_connected = mux->base->is_connected;
    for (guint i = 0; i < mux->ports->len; i++) {
        Chardev *port = g_ptr_array_index(mux->ports, i);
        if (event == CHARDEV_OPENED || event == CHARDEV_CLOSED) {
            chardev_set_connected(port, mux->base->is_connected);
        } else {
            chardev_send_event(port, event);
        }
    }
}

static void mux_can_send(void *opaque)
{
    MuxChardev *mux = opaque;

    for (guint i = 0; i < mux->ports->len; i++) {
        chardev_output_ready(g_ptr_array_index(mux->ports, i));
    }
}

/* --- ports ------------------------------------------------------------------------------------- */

/* The rest of a line, after a time stamp if it begins here; 0: no room. */
static size_t write_stamped(MuxChardev *mux, const uint8_t *data, size_t length)
{
    const uint8_t *newline = memchr(data, '\n', length);
    size_t piece = newline ? (size_t)(newline - data) + 1 : length;
    int64_t ms = (g_get_monotonic_time() - mux->start_us) / 1000;
    char stamp[STAMP_SIZE];

    if (chardev_can_write(mux->base) < STAMP_SIZE) {
        return 0;
    }
    if (mux->at_line_start) {
        g_snprintf(stamp, sizeof(stamp), "[%6" G_GINT64_FORMAT ".%03d] ", ms / 1000,
                   (int)(ms % 1000));
        say(mux, stamp);
    }
    piece = chardev_write(mux->base, data, piece);
    mux->at_line_start = piece && data[piece - 1] == '\n';
    return piece;
}

static size_t port_write(Chardev *chr, const uint8_t *data, size_t length)
{
    MuxChardev *mux = mux_port(chr)->mux;
    size_t done = 0;
    size_t piece;

    if (!mux) {
        return length;
    }
    if (!mux->has_stamps) {
        return chardev_write(mux->base, data, length);
    }
    while (done < length && (piece = write_stamped(mux, data + done, length - done)) > 0) {
        done += piece;
    }
    return done;
}

static void port_update_input(Chardev *chr)
{
    MuxPort *port = mux_port(chr);

    pump(port);
    if (port->mux) {
        chardev_accept_input(port->mux->base);
    }
}

static void port_close(Chardev *chr)
{
    MuxPort *port = mux_port(chr);
    MuxChardev *mux = port->mux;

    port->mux = NULL;
    if (mux) {
        g_ptr_array_remove(mux->ports, port);
        if (mux->focus == port) {
            mux->focus = NULL;
            set_focus(mux, mux->ports->len ? g_ptr_array_index(mux->ports, 0) : NULL);
        }
    }
}

static bool port_terminal(Chardev *chr, ChardevTerminal *terminal)
{
    MuxChardev *mux = mux_port(chr)->mux;

    return mux && chardev_terminal(mux->base, terminal);
}

static Chardev *mux_make_port(Chardev *chr)
{
    MuxChardev *mux = mux_chardev(chr);
    MuxPort *port = mux_port(object_new(TYPE_CHARDEV_MUX_PORT));

    port->parent_obj.id = g_strdup(chr->id);
    port->parent_obj.is_claimed = true;
    port->mux = mux;
    if (mux->ports->len == 0) {
        chardev_set_output_tap(&port->parent_obj, chr->tap, chr->tap_opaque);
    }
    object_property_add_child(OBJECT(mux), "port[*]", OBJECT(port));
    g_ptr_array_add(mux->ports, port);
    chardev_set_connected(&port->parent_obj, mux->base->is_connected);
    if (!mux->focus) {
        set_focus(mux, port);
    }
    return &port->parent_obj;
}

/* --- classes ----------------------------------------------------------------------------------- */

Chardev *chardev_mux_new(Chardev *base)
{
    static const ChardevHandlers handlers = {
        .can_receive = mux_can_receive,
        .receive = mux_receive,
        .event = mux_event,
        .can_send = mux_can_send,
    };
    MuxChardev *mux = mux_chardev(object_new(TYPE_CHARDEV_MUX));

    mux->parent_obj.id = g_strdup(base->id);
    mux->base = chardev_claim(base, &error_abort);
    object_property_add_child(OBJECT(mux), "base", OBJECT(base));
    chardev_set_handlers(base, &handlers, mux);
    return &mux->parent_obj;
}

static void drop_ports(MuxChardev *mux)
{
    mux->focus = NULL;
    while (mux->ports->len) {
        MuxPort *port = g_ptr_array_index(mux->ports, mux->ports->len - 1);
        port->mux = NULL;
        g_ptr_array_set_size(mux->ports, (int)mux->ports->len - 1);
        chardev_set_connected(&port->parent_obj, false);
    }
}

static void mux_close(Chardev *chr)
{
    MuxChardev *mux = mux_chardev(chr);
    Chardev *base = g_steal_pointer(&mux->base);

    if (base) {
        drop_ports(mux);
        chardev_set_handlers(base, NULL, NULL);
        object_unparent(OBJECT(base));
        chardev_release(base);
    }
}

static char *mux_describe(Chardev *chr)
{
    Chardev *base = mux_chardev(chr)->base;
    ChardevClass *klass = CHARDEV_GET_CLASS(base);
    g_autofree char *where = klass->describe ? klass->describe(base) : NULL;

    return g_strdup_printf("mux of %s",
                           where ? where : object_get_typename(OBJECT(base)) + strlen("chardev-"));
}

static void mux_instance_init(Object *obj) { mux_chardev(obj)->ports = g_ptr_array_new(); }

static void mux_instance_finalize(Object *obj)
{
    mux_close(CHARDEV(obj));
    g_ptr_array_unref(mux_chardev(obj)->ports);
}

static void mux_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->close = mux_close;
    chardev_class->describe = mux_describe;
    chardev_class->make_port = mux_make_port;
}

static const TypeInfo mux_info = {
    .name = TYPE_CHARDEV_MUX,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(MuxChardev),
    .instance_init = mux_instance_init,
    .instance_finalize = mux_instance_finalize,
    .class_init = mux_class_init,
};
DEFINE_TYPE(mux_info)

static void port_instance_init(Object *obj) { mux_port(obj)->pending = g_byte_array_new(); }

static void port_instance_finalize(Object *obj)
{
    port_close(CHARDEV(obj));
    g_byte_array_unref(mux_port(obj)->pending);
}

static void port_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *chardev_class = CHARDEV_CLASS(klass);

    (void)data;
    chardev_class->close = port_close;
    chardev_class->write = port_write;
    chardev_class->update_input = port_update_input;
    chardev_class->terminal = port_terminal;
}

static const TypeInfo port_info = {
    .name = TYPE_CHARDEV_MUX_PORT,
    .parent = TYPE_CHARDEV,
    .instance_size = sizeof(MuxPort),
    .instance_init = port_instance_init,
    .instance_finalize = port_instance_finalize,
    .class_init = port_class_init,
};
DEFINE_TYPE(port_info)
