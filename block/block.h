/* SPDX-License-Identifier: MIT */
/*
 * Disks: what a guest device sees of an image. A BlockBackend is one drive (-drive, -blockdev); a device
 * attaches to it and submits requests, which complete in the order they were submitted, each at an instant of
 * virtual time: latency plus size over bandwidth after it was submitted. If the host is not done by then the
 * machine waits. What the host made of a request is an input (time/clock.h).
 *
 * To the guest a drive is serial: a request sees what those submitted before it wrote, and a flush
 * completes when they are durable. Requests under way are state: VMSTATE_BLOCK_BACKEND.
 *
 * Source: none (own design; design.md "Time"). Names follow QEMU's. Context: holder of the machine token.
 */
#ifndef BLOCK_BLOCK_H
#define BLOCK_BLOCK_H

#include "qom/object.h"
#include "util/error.h"
#include "vmstate/vmstate.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct BlockBackend BlockBackend;
typedef struct BlockRequest BlockRequest;

enum { BLOCK_SECTOR = 512, BLOCK_REQUEST_MAX = 64 << 20, BLOCK_IN_FLIGHT_MAX = 4096 };

/* --- drives -------------------------------------------------------------------------------------- */

/* A drive by its id, or by the node name of a -blockdev; NULL if there is none. */
BlockBackend *blk_by_name(const char *name);
const char *blk_name(const BlockBackend *blk);
/* Bytes, a multiple of BLOCK_SECTOR: an image that is not ends in zeros, and grows when they are written. */
uint64_t blk_getlength(const BlockBackend *blk);
/* False: writes fail with EPERM. */
bool blk_is_writable(const BlockBackend *blk);
/* The drive was made with media=cdrom. */
bool blk_is_cdrom(const BlockBackend *blk);
/* False: every write is durable when it completes. */
bool blk_enable_write_cache(const BlockBackend *blk);
void blk_set_enable_write_cache(BlockBackend *blk, bool enabled);
/* discard=unmap: discarded space goes back to the host. Discards change no contents otherwise. */
bool blk_may_unmap(const BlockBackend *blk);
/* False: the drive is empty. Its length is 0 and requests fail with ENOMEDIUM. */
bool blk_is_inserted(const BlockBackend *blk);

/* werror=stop and the like: called (token holder, in an event) when the machine is to stop for an error of
 * a disk; the request comes again when it goes on. */
void block_set_stop_hook(void (*hook)(void *opaque, const char *message), void *opaque);

/* --- a device's side ------------------------------------------------------------------------------ */

/* What every disk device's properties say; DEFINE_BLOCK_PROPERTIES makes the rows. */
typedef struct BlockConf {
    BlockBackend *blk; /* after blkconf_attach() */
    char *drive;
    uint64_t logical_block_size, physical_block_size, min_io_size, opt_io_size;
    uint64_t discard_granularity; /* UINT32_MAX: not given */
    char *write_cache;            /* "auto", "on", "off" */
    char *werror, *rerror;        /* "auto" and what QEMU knows */
    bool share_rw;
    /* set before blkconf_attach() */
    bool takes_media;   /* the drive may be empty */
    bool only_reads;    /* so that no image needs to be writable */
    int32_t bootindex;  /* -1: not given */
    uint64_t latency;   /* ns from the submission of a request to its completion */
    uint64_t bandwidth; /* bytes a second that come on top; 0: none does */
} BlockConf;

#define DEFINE_BLOCK_PROPERTY(n, t, S, f, ...)                                                     \
    {.name = n, .type = t, .offset = offsetof(S, f), __VA_ARGS__}
#define DEFINE_BLOCK_PROPERTIES(S, conf)                                                           \
    DEFINE_BLOCK_PROPERTY("drive", FIELD_STRING, S, conf.drive,                                    \
                          .description = "the disk: id of a -drive, node name of a -blockdev"),    \
        DEFINE_BLOCK_PROPERTY("logical_block_size", FIELD_SIZE, S, conf.logical_block_size,        \
                              .defval = 512,                                                       \
                              .description = "smallest block that is read or written"),            \
        DEFINE_BLOCK_PROPERTY("physical_block_size", FIELD_SIZE, S, conf.physical_block_size,      \
                              .defval = 512, .description = "block of the medium"),                \
        DEFINE_BLOCK_PROPERTY("min_io_size", FIELD_SIZE, S, conf.min_io_size,                      \
                              .description = "smallest size that is efficient"),                   \
        DEFINE_BLOCK_PROPERTY("opt_io_size", FIELD_SIZE, S, conf.opt_io_size,                      \
                              .description = "best size"),                                         \
        DEFINE_BLOCK_PROPERTY("discard_granularity", FIELD_SIZE, S, conf.discard_granularity,      \
                              .defval = UINT32_MAX, .description = "smallest block discarded"),    \
        DEFINE_BLOCK_PROPERTY("write-cache", FIELD_STRING, S, conf.write_cache, .defstr = "auto",  \
                              .description = "auto, on, off: writes may be lost before a flush"),  \
        DEFINE_BLOCK_PROPERTY("werror", FIELD_STRING, S, conf.werror, .defstr = "auto",            \
                              .description = "on a failed write: report, ignore, stop, enospc"),   \
        DEFINE_BLOCK_PROPERTY("rerror", FIELD_STRING, S, conf.rerror, .defstr = "auto",            \
                              .description = "on a failed read: report, ignore, stop"),            \
        DEFINE_BLOCK_PROPERTY("share-rw", FIELD_BOOL, S, conf.share_rw,                            \
                              .description = "other writers of the image are welcome"),            \
        DEFINE_BLOCK_PROPERTY("bootindex", FIELD_INT32, S, conf.bootindex,                         \
                              .defval = (uint64_t)(int64_t)-1,                                     \
                              .description = "place in the boot order"),                           \
        DEFINE_BLOCK_PROPERTY("latency", FIELD_UINT64, S, conf.latency, .defval = 20000,           \
                              .description = "ns of guest time that a request takes"),             \
        DEFINE_BLOCK_PROPERTY("bandwidth", FIELD_SIZE, S, conf.bandwidth,                          \
                              .defval = UINT64_C(16000000000),                                     \
                              .description = "bytes a second on top of the latency; 0: no limit")

/* In realize: checks @conf, finds the drive, locks the image, makes @dev its only user. A device that
 * writes fails on a read-only drive unless @may_be_readonly. On success conf->blk is set. */
bool blkconf_attach(BlockConf *conf, Object *dev, bool may_be_readonly, Error **errp);
/* Before the machine runs: the whole image, which must have @bytes bytes. */
bool blk_read_whole(BlockBackend *blk, uint8_t *data, uint64_t bytes, Error **errp);
/* In unrealize: requests under way end (blk_cancel_all()), the drive is free again. */
void blkconf_detach(BlockConf *conf);
/* For a device without drive=: an empty drive of its own, named after it. */
bool blkconf_attach_empty(BlockConf *conf, Object *dev, Error **errp);

/* What a device whose medium can be changed says of its tray, and what it is told. Called in an event, or with
 * the machine stopped. */
typedef struct BlockMediaOps {
    bool (*is_tray_open)(const void *opaque);
    bool (*is_locked)(const void *opaque);
    /* False: the tray is open and what was in it is gone. True: another medium was put in, and the tray is
     * closed. Requests have ended by then (those that were under way as the host has it, later ones with
     * ENOMEDIUM), and the new length holds. */
    void (*changed)(void *opaque, bool is_loaded);
    /* Somebody wants the medium, but the guest has locked it. */
    void (*eject_requested)(void *opaque);
} BlockMediaOps;
/* After blkconf_attach(), until blkconf_detach(). Without them the medium stays while the device is there. A
 * guest that moves the tray is the device's own affair: the medium lies in it all the same. */
void blk_set_media_ops(BlockBackend *blk, const BlockMediaOps *ops, void *opaque);

/* --- points in time: the contents of all drives together ------------------------------------------- */

/* From here on, *@point can be gone back to. */
bool block_freeze_all(uint64_t *point, Error **errp);
/* Contents as at @point, which stays; later points are gone. Requests under way are the caller's: it loads
 * a saved state next. */
bool block_roll_back_all(uint64_t point, Error **errp);
/* @point is forgotten; the contents stay. */
bool block_drop_all(uint64_t point, Error **errp);

/* --- requests -------------------------------------------------------------------------------------- */

typedef enum BlockOp {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,
    BLOCK_DISCARD,
    BLOCK_WRITE_ZEROES,
} BlockOp;
enum {
    BLOCK_FUA = 1,       /* durable when it completes: writes, zeroes */
    BLOCK_MAY_UNMAP = 2, /* zeroes need no space on the host */
};

/* @request->ret is 0 or -errno; of a read @request->data holds the bytes. Freed when this returns; it may
 * submit new ones. Never called by blk_submit() itself. */
typedef void BlockCompletionFunc(void *opaque, BlockRequest *request);

struct BlockRequest {
    BlockBackend *blk;
    BlockOp op;
    uint32_t flags;
    uint64_t offset, bytes;
    uint8_t *data; /* @bytes of a read or write; the request's own */
    int ret;
    uint64_t number; /* names it in the saved state: never twice in the life of a machine */
};

/*
 * A request with room for its data if it reads or writes; fill @data of a write, then submit. @offset
 * and @bytes may be anything that a guest says: what lies outside of the image, a write of a read-only drive,
 * or more than BLOCK_REQUEST_MAX bytes of data (@data is NULL then) completes with an error.
 */
BlockRequest *blk_request_new(BlockBackend *blk, BlockOp op, uint64_t offset, uint64_t bytes);
void blk_submit(BlockRequest *request, BlockCompletionFunc *fn, void *opaque);
/* Never submitted: free it. */
void blk_request_free(BlockRequest *request);
/* The device is reset, or aborts: the callback does not come. A write has its effect all the same. */
void blk_cancel(BlockRequest *request);
void blk_cancel_all(BlockBackend *blk);
unsigned blk_in_flight(const BlockBackend *blk);
/* False: so many requests, or bytes, are under way that the device must not take more from its guest before one
 * completes. */
bool blk_has_room(const BlockBackend *blk);

/*
 * A device describes its drive with VMSTATE_BLOCK_BACKEND(conf.blk, Struct), a member BlockBackend * that
 * may be NULL: hash of all writes, requests under way. It saves the number of each request of its own
 * beside what it knows of it, and in post_load takes each up again with blk_reattach().
 */
extern const VMStateInfo vmstate_info_block_backend;
#define VMSTATE_BLOCK_BACKEND(f, S) VMSTATE_CUSTOM(f, S, vmstate_info_block_backend)
/* The loaded request with that number, now with a callback; NULL: there is none, or it has one already. */
BlockRequest *blk_reattach(BlockBackend *blk, uint64_t number, BlockCompletionFunc *fn,
                           void *opaque);

#endif
