/* SPDX-License-Identifier: MIT */
/*
 * Character devices: the host's end of serial ports and consoles.
 *
 * A front end (a guest UART, a monitor) claims a chardev, writes to it and gives it handlers. A back end
 * (stdio, file, socket, null) brings the characters to the host; a mux shares one back end between
 * several front ends. Objects live in /chardevs.
 *
 * Context: main thread, except chardev_write(), chardev_can_write(), chardev_accept_input() and
 * chardev_has_headroom(). Output never blocks and never changes guest state: it goes to a ring that
 * the main thread drains; what a disconnected peer would get is discarded.
 */
#ifndef CHARDEV_CHARDEV_H
#define CHARDEV_CHARDEV_H

#include "qom/object.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TYPE_CHARDEV "chardev"
OBJECT_DECLARE_TYPE(Chardev, ChardevClass, CHARDEV)

#define CHARDEV_RING_SIZE 65536
/* Room that one event of the machine may need: with less, the machine pauses. */
#define CHARDEV_HEADROOM 4096

typedef enum ChardevEvent {
    CHARDEV_OPENED,  /* a peer is there; also sent by chardev_set_handlers() if one already is */
    CHARDEV_CLOSED,  /* the peer went */
    CHARDEV_BREAK,   /* the user sends a break */
    CHARDEV_MUX_IN,  /* keys go to this front end now */
    CHARDEV_MUX_OUT, /* keys go elsewhere now */
} ChardevEvent;

/* What a front end does with input; each may be NULL. Called on the main thread. A guest device calls
 * input_post() from receive and event. */
typedef struct ChardevHandlers {
    /* How many bytes receive may be given now; 0: none until chardev_accept_input(). */
    size_t (*can_receive)(void *opaque);
    void (*receive)(void *opaque, const uint8_t *data, size_t length);
    void (*event)(void *opaque, ChardevEvent event);
    /* The ring has more room than before: for writers on the main thread with more to say. */
    void (*can_send)(void *opaque);
} ChardevHandlers;

/* --- front ends ------------------------------------------------------------------------------ */

/*
 * Take @chr for one front end. Returns what to write to: @chr itself, or a new port if it is a mux.
 * NULL if another front end has it. Give it back with chardev_release().
 */
Chardev *chardev_claim(Chardev *chr, Error **errp);
void chardev_release(Chardev *port); /* NULL is allowed */
/* @handlers must live until the release or the next call; NULL: input is left unread. */
void chardev_set_handlers(Chardev *port, const ChardevHandlers *handlers, void *opaque);
/* Returns the bytes taken, less than @length only if the ring is full. A NULL @port takes all. One
 * thread at a time, any thread. */
size_t chardev_write(Chardev *port, const void *data, size_t length);
/* Shows @tap what is written to @chr, on the writer's thread: -expect. On a mux: what its first front
 * end writes. Before anybody claims @chr. */
typedef void ChardevTap(void *opaque, const uint8_t *data, size_t length);
void chardev_set_output_tap(Chardev *chr, ChardevTap *tap, void *opaque);
/* Debuggers: sees what is written to @port, on the writer's thread; @watch stays the caller's. Whoever
 * executes the guest. */
typedef struct ChardevWatch ChardevWatch;
struct ChardevWatch {
    ChardevTap *tap;
    void *opaque;
    ChardevWatch *next; /* private */
};
void chardev_add_watch(Chardev *port, ChardevWatch *watch);
void chardev_remove_watch(Chardev *port, ChardevWatch *watch);
/* Bytes that chardev_write() would take now. Any thread. */
size_t chardev_can_write(Chardev *port);
/* can_receive would now return more than before. Any thread. */
void chardev_accept_input(Chardev *port);
/* Give the keys of a mux to @port; the first port has them otherwise. No effect if it is no mux's. */
void chardev_take_focus(Chardev *port);
/* The keys go to @port; always so if it is no mux's. */
bool chardev_has_focus(Chardev *port);
bool chardev_is_connected(Chardev *chr);

/* A terminal at the other end, where somebody types and looks. */
typedef struct ChardevTerminal {
    const char *type;       /* as TERM says it; lent */
    unsigned columns, rows; /* 0: not known */
    bool needs_returns;     /* "\n" alone does not move to the first column */
} ChardevTerminal;

/* False: none that could move a cursor. Through a mux too. */
bool chardev_terminal(Chardev *port, ChardevTerminal *terminal);

/* --- the machine ------------------------------------------------------------------------------- */

/* What all chardevs share: object /core/chardev. The machine fetches it once, on the main thread. */
typedef struct ChardevCore ChardevCore;
ChardevCore *chardev_core(void);
/* False while any ring has less than CHARDEV_HEADROOM: the machine pauses. Any thread; cheap. */
bool chardev_has_headroom(const ChardevCore *core);
/* Called on the main thread when chardev_has_headroom() becomes true again. */
void chardev_set_headroom_hook(void (*hook)(void *opaque), void *opaque);
/* Ctrl-a x on a mux. */
void chardev_set_quit_hook(void (*hook)(void *opaque), void *opaque);
/* -echr: the character in the place of Ctrl-a (1). */
void chardev_set_escape(uint8_t character);

/* --- creation ---------------------------------------------------------------------------------- */

/* -chardev "stdio,id=x,mux=on,signal=off". The tree owns the result; NULL on error (the message does
 * not repeat @text). */
Chardev *chardev_new_from_str(const char *text, Error **errp);
/*
 * -serial and -monitor: stdio, pty[:LINK], mon:DEVICE, null, none, file:PATH, chardev:ID,
 * unix:PATH[,server=on,wait=off], tcp:HOST:PORT[,server=on,...], telnet:HOST:PORT[,...]. @label becomes the id. "none" makes a null device; whoever wants no front end at all
 * looks for "none" first. NULL on error.
 */
Chardev *chardev_new_legacy(const char *label, const char *text, Error **errp);
/* True if made from "mon:...": the monitor wants a port too. */
bool chardev_wants_monitor(const Chardev *chr);
/* NULL if there is none. */
Chardev *chardev_find(const char *id);
const char *chardev_id(const Chardev *chr);
/* The text for "-chardev help" and "-chardev BACKEND,help", or NULL if @text asks for neither. Free
 * with g_free(). */
char *chardev_help(const char *text);
/* `info chardev`: one line a device. */
void chardev_info(GString *out);

/* --- the end ------------------------------------------------------------------------------------- */

/* Write out what the rings hold, for at most @timeout_ms of host time. */
void chardev_flush_all(unsigned timeout_ms);
/* Flush (at most a second), destroy all chardevs, restore the terminal. Front ends are gone by then,
 * or hold their claim and write into the void. */
void chardev_fini_all(void);
/* Put the terminal's modes back. May be called in a signal handler. */
void chardev_stdio_restore(void);

#endif
