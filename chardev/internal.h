/* SPDX-License-Identifier: MIT */
/* What back ends and the mux see of a chardev. */
#ifndef CHARDEV_INTERNAL_H
#define CHARDEV_INTERNAL_H

#include "chardev/chardev.h"
#include "util/options.h"

#define TYPE_CHARDEV_STDIO "chardev-stdio"
#define TYPE_CHARDEV_FILE "chardev-file"
#define TYPE_CHARDEV_NULL "chardev-null"
#define TYPE_CHARDEV_SOCKET "chardev-socket"
#define TYPE_CHARDEV_PTY "chardev-pty"
#define TYPE_CHARDEV_PIPE "chardev-pipe"
#define TYPE_CHARDEV_SERIAL "chardev-serial"
#define TYPE_CHARDEV_MUX "chardev-mux"
#define TYPE_CHARDEV_MUX_PORT "chardev-mux-port"
#define TYPE_CHARDEV_CORE "chardev-core"

struct ChardevCore {
    Object parent_obj;
    int congested; /* rings with less than CHARDEV_HEADROOM; atomic */
    void (*headroom_hook)(void *opaque);
    void *headroom_opaque;
    void (*quit_hook)(void *opaque);
    void *quit_opaque;
    uint8_t escape;
};

/* Bytes on their way to the peer. @lock guards all of it. */
typedef struct OutputRing {
    GMutex lock;
    uint8_t *data;
    size_t head, tail; /* ever written, ever drained */
    bool is_congested; /* counted in ChardevCore */
    bool is_open;      /* somebody drains it; else writes are discarded */
} OutputRing;

struct Chardev {
    Object parent_obj;
    char *id;
    ChardevCore *core;
    OutputRing ring;
    GSource *work; /* drains and asks for input, when its ready time is set; any thread sets it */
    bool is_connected;
    bool is_claimed;
    bool wants_monitor;
    bool output_waits; /* the back end took less than it was given */
    int log_fd;        /* logfile=; -1: none */
    ChardevTap *tap;   /* may be NULL */
    void *tap_opaque;
    ChardevWatch *watches;
    const ChardevHandlers *handlers;
    void *opaque;
};

struct ChardevClass {
    ObjectClass parent_class;
    const char *help;          /* one line; NULL: not for -chardev */
    const OptionDesc *options; /* may be NULL */
    const char *const *later;  /* options of QEMU's that are not built; may be NULL */
    bool (*open)(Chardev *chr, const Options *opts, Error **errp);
    /* Let go of the host's side; called when @chr leaves the tree and again at its end. May be NULL. */
    void (*close)(Chardev *chr);
    /* Take some of @data without waiting. Less than @length: chardev_output_ready() follows. */
    size_t (*write)(Chardev *chr, const uint8_t *data, size_t length);
    /* The front end takes input, or takes more of it. May be NULL. */
    void (*update_input)(Chardev *chr);
    /* "file:/tmp/x": where the characters go. Free with g_free(). May be NULL. */
    char *(*describe)(Chardev *chr);
    /* For chardev_terminal(); NULL: never one. */
    bool (*terminal)(Chardev *chr, ChardevTerminal *terminal);
    /* Somebody types: the escape character must always get through. NULL: nobody does. */
    bool (*is_typed)(Chardev *chr);
    /* For chardev_claim(); NULL: one front end, which gets @chr itself. */
    Chardev *(*make_port)(Chardev *chr);
};

/* --- chardev.c: towards the front end --------------------------------------------------------- */

size_t chardev_input_room(Chardev *chr);
void chardev_deliver(Chardev *chr, const uint8_t *data, size_t length);
void chardev_send_event(Chardev *chr, ChardevEvent event);
/* Sends CHARDEV_OPENED or CHARDEV_CLOSED on a change. */
void chardev_set_connected(Chardev *chr, bool connected);
Object *chardev_container(void);

/* --- output.c: the ring ------------------------------------------------------------------------ */

void chardev_output_init(Chardev *chr);
void chardev_output_fini(Chardev *chr);
/* Somebody, or nobody, drains the ring from now on. */
void chardev_output_set_open(Chardev *chr, bool is_open);
/* The back end would take more. */
void chardev_output_ready(Chardev *chr);
/* Run the work source soon. Any thread. */
void chardev_schedule(Chardev *chr);
/* True if nothing is left in the ring. */
bool chardev_output_is_empty(Chardev *chr);

/* --- stream.c: back ends over file descriptors --------------------------------------------------- */

typedef enum FdEnd {
    FD_INPUT_ENDED,   /* end of file, or @error */
    FD_OUTPUT_FAILED, /* @error */
} FdEnd;
typedef void FdEnded(Chardev *chr, FdEnd end, int error);

typedef struct FdStream {
    Chardev *chr;
    int in_fd, out_fd; /* -1: none. Not owned. */
    bool out_blocks;   /* @out_fd could not be made non-blocking */
    guint in_source, out_source;
    /* Changes what was read in place, returns how much of it is left; may be NULL. */
    size_t (*filter)(Chardev *chr, uint8_t *data, size_t length);
    FdEnded *ended; /* the descriptor is -1 already; output from then on is discarded */
} FdStream;

void fd_stream_init(FdStream *stream, Chardev *chr, FdEnded *ended);
void fd_stream_stop(FdStream *stream); /* drops watches and descriptors, closes nothing */
size_t fd_stream_write(FdStream *stream, const uint8_t *data, size_t length);
void fd_stream_update_input(FdStream *stream);

/* --- mux.c ------------------------------------------------------------------------------------------ */

/* A mux with the id of @base, which becomes its child. The caller owns the result. */
Chardev *chardev_mux_new(Chardev *base);

#endif
