/* SPDX-License-Identifier: MIT */
/*
 * The parts of block/: nodes (what reads and writes an image, by driver), backends (drives), jobs (the host's
 * side of a request).
 */
#ifndef BLOCK_INTERNAL_H
#define BLOCK_INTERNAL_H

#include "block/block.h"
#include "block/drive.h"
#include "time/clock.h"
#include "util/options.h"

typedef struct BlockNode BlockNode;

/* --- nodes --------------------------------------------------------------------------------------- */

/* What the host made of a piece of work. */
typedef struct BlockResult {
    int ret;       /* 0 or -errno */
    uint64_t done; /* bytes whose contents changed, from the first on */
} BlockResult;

/* How an image is read and written. */
typedef struct BlockDriver {
    const char *name;
    const OptionDesc *options; /* besides node_options; may be NULL */
    bool is_format;            /* -drive format= takes it */
    const char *child;         /* what the node below is called; NULL: there is none */
    bool takes_any_option;     /* and looks at them itself */
    bool is_far;               /* every request is a way to another process and back */
    bool (*open)(BlockNode *node, const Options *opts, Error **errp);
    void (*close)(BlockNode *node);
    /* Worker threads, several at once; [@offset, @offset + @bytes) lies in the node. NULL: as `file`. */
    int (*read)(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes);
    BlockResult (*write)(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes);
    int (*flush)(BlockNode *node);
    BlockResult (*discard)(BlockNode *node, uint64_t offset, uint64_t bytes);
    BlockResult (*write_zeroes)(BlockNode *node, uint64_t offset, uint64_t bytes, bool may_unmap);
    /* Token holder: read what is there without waiting; false: a worker has to. May be NULL. */
    bool (*read_now)(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes);
    /* Token holder, for each request in its order: -errno to fail it, 0. May be NULL. */
    int (*inject)(BlockNode *node, const BlockRequest *request);
    /* Token holder, nothing under way: an image that was opened to be read can be written from now on. */
    bool (*make_writable)(BlockNode *node, Error **errp);
    /* Other processes: may they write too? False: they are there already. May be NULL. */
    bool (*lock)(BlockNode *node, bool shares_write, Error **errp);
    void (*unlock)(BlockNode *node);
} BlockDriver;

struct BlockNode {
    const BlockDriver *driver;
    unsigned refs;
    char *name;
    char *filename; /* as info shows it */
    char *backing;  /* name of the image that the rest comes from, as this one has it; NULL: none */
    int server;     /* number of the process that has it open for us; 0: none */
    BlockNode *file; /* the node below; NULL: none */
    uint64_t length; /* bytes, as the host has it */
    uint64_t offset; /* driver raw: in the node below */
    bool is_read_only;
    bool auto_read_only; /* open: reading alone is good enough */
    bool may_unmap, never_flushes, never_locks;
    bool
        is_guessed; /* driver raw: because nobody said otherwise, and the image looks like no other format */
    char *contents; /* what is on the disk, in a few words; NULL: not known */
    void *state;
};

extern const BlockDriver block_file_driver, block_host_device_driver, block_raw_driver,
    block_blkdebug_driver, block_null_driver, block_null_aio_driver, block_nbd_driver;
extern const BlockDriver block_qcow2_driver, block_qcow_driver, block_qed_driver, block_vdi_driver,
    block_vmdk_driver, block_vpc_driver, block_vhdx_driver, block_parallels_driver,
    block_dmg_driver, block_bochs_driver, block_cloop_driver, block_raw2352_driver,
    block_dc42_driver;

/* What is common to all nodes: node-name, read-only, ... */
extern const OptionDesc block_node_options[];
BlockNode *block_node_open(const BlockDriver *driver, const Options *opts, BlockNode *file,
                           Error **errp);
BlockNode *block_node_ref(BlockNode *node);
void block_node_unref(BlockNode *node);
BlockNode *block_node_find(const char *name);
/* The name of an image is the address of an NBD server. */
bool block_is_nbd(const char *filename);
/* "file" for what a driver called that opens: the host's kind of file decides. */
const BlockDriver *block_driver_for_file(const char *filename);

/* NULL with *errp: not built, or unknown. */
const BlockDriver *block_driver_find(const char *name, Error **errp);
/* The node of a -blockdev TEXT; the caller has a reference. */
BlockNode *block_node_from_text(const char *text, Error **errp);
/* Append "key=value" to such a text. */
void block_put_option(GString *out, const char *key, const char *value);

/* Worker threads. */
int block_node_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes);
BlockResult block_node_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes);
int block_node_flush(BlockNode *node);
/* Some node on the way down asks another process. */
bool block_node_is_far(const BlockNode *node);
BlockResult block_node_discard(BlockNode *node, uint64_t offset, uint64_t bytes);
BlockResult block_node_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes,
                                    bool may_unmap);
/* Token holder. */
bool block_node_read_now(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes);
int block_node_inject(BlockNode *node, const BlockRequest *request);
bool block_node_lock(BlockNode *node, bool shares_write, Error **errp);
void block_node_unlock(BlockNode *node);
bool block_node_make_writable(BlockNode *node, Error **errp);

/* --- jobs ------------------------------------------------------------------------------------------ */

typedef enum BlockJobState {
    BLOCK_JOB_IDLE,  /* not given to the host */
    BLOCK_JOB_HELD,  /* waits for others */
    BLOCK_JOB_GIVEN, /* a worker has it */
    BLOCK_JOB_DONE,
} BlockJobState;

/* A request and the host's side of it. */
typedef struct BlockJob BlockJob;
struct BlockJob {
    BlockRequest request;
    BlockCompletionFunc *fn; /* NULL: nobody waits for it any more */
    void *opaque;
    uint64_t submitted_ns, deadline_ns;
    BlockJob *next;     /* submitted after this one */
    bool is_refused;    /* request.ret was known when it was submitted: the host is not asked */
    uint8_t size_class; /* of request.data, for the pool of buffers */
    bool is_layered;    /* planned: it goes to the overlay's layers */
    GArray *pieces;     /* BlockPiece, of a read or write that is layered */
    int state;          /* BlockJobState; atomic; changes under the backend's lock */
    BlockResult result; /* of the host, when done */
    int is_hashed;      /* atomic: somebody makes data_hash, or has */
    uint64_t data_hash; /* of what is written, when done */
    unsigned blockers;  /* jobs that must be done, or completed, before; under the lock */
    GPtrArray *waiters; /* BlockJob: those that this one blocks; NULL: none; under the lock */
};

/* Give @job, the last of its backend's queue, to the host. Token holder, as all of these. */
void block_job_give(BlockJob *job);
/* Until the host is done. @job was given. */
void block_job_wait(BlockJob *job);
/* Any thread: data_hash, unless somebody makes it already. Whoever sees the job done sees it made. */
void block_job_hash(BlockJob *job);
/* Do it here and now. */
void block_job_run_here(BlockJob *job);
/* A replay: do what the host did when it was recorded. */
void block_job_repeat(BlockJob *job, BlockResult recorded);
/* @job was done again, because it had failed: what was given behind it and depends on it comes again too. */
void block_job_take_back_later(BlockJob *job);
/* The host is done with all that it was given. */
void block_job_wait_all(BlockBackend *blk);

/* --- backends ---------------------------------------------------------------------------------------- */

typedef enum BlockErrorAction {
    BLOCK_ERROR_REPORT,
    BLOCK_ERROR_IGNORE,
    BLOCK_ERROR_STOP,
    BLOCK_ERROR_ENOSPC, /* stop on ENOSPC, else report */
} BlockErrorAction;

enum { BLOCK_OPS = BLOCK_WRITE_ZEROES + 1, BLOCK_SIZE_CLASSES = 9, BLOCK_RESULT_BYTES = 20 };
#define BLOCK_LATENCY_MAX_NS (10 * NANOSECONDS_PER_SECOND)

/* Figures for info blockstats; not state. */
typedef struct BlockStats {
    uint64_t operations[BLOCK_OPS], bytes[BLOCK_OPS], failed[BLOCK_OPS];
    uint64_t ns[BLOCK_OPS]; /* guest time that they took */
} BlockStats;

struct BlockBackend {
    BlockCore *core;
    char *name;
    char *input;                  /* name of the input that carries the host's results */
    BlockNode *root;              /* NULL: no medium */
    struct BlockOverlay *overlay; /* NULL: never frozen */
    Object *dev;
    const BlockMediaOps *media_ops; /* NULL: the device keeps its medium */
    void *media_opaque;
    uint64_t length; /* rounded up to sectors */
    uint64_t latency_ns, bandwidth;
    BlockErrorAction on_read_error, on_write_error;
    bool is_cdrom, is_read_only, write_cache;
    bool goes_with_device; /* it was made for it */
    bool shares_write;     /* of its device */
    bool wants_read_only;  /* of other media too */
    bool has_snapshot;     /* the lowest layer stays above the image */
    char *image_options;   /* ",KEY=VALUE" of a node, for other media; NULL: none */
    uint64_t medium;       /* number of the medium; 0: none */
    uint64_t last_medium;  /* the highest number so far */
    GPtrArray *shelf;      /* BlockMedium that points in time need */
    GArray *points;        /* BlockPoint, in order */
    bool is_leaving;       /* the medium: no more requests */
    bool is_mtd;           /* if=mtd */
    /* guest state */
    char *medium_name;   /* NULL: the medium that was there from the beginning, or none */
    uint64_t identity;   /* of its contents when it was put in; 0: a disk from the beginning */
    uint64_t write_hash; /* of all that was written */
    uint64_t next_number;
    BlockJob *first, *last; /* under way, in order */
    unsigned in_flight;
    uint64_t in_flight_bytes;
    /* the rest is not */
    Timer timer;
    bool has_taken; /* the input came */
    BlockResult taken;
    uint64_t taken_check;
    BlockStats stats;
    GPtrArray *buffers[BLOCK_SIZE_CLASSES];
    unsigned slow_writes; /* so many more are not done at once: one took too long */
    GMutex lock;
    GCond done;
    bool is_waiting; /* under the lock */
};

/* @root NULL: no medium. */
BlockBackend *block_backend_new(const char *name, BlockNode *root);
void block_backend_free(BlockBackend *blk);
/* From now on what is written stays in a layer above the image. */
bool block_backend_snapshot(BlockBackend *blk, Error **errp);
bool block_parse_action(const char *name, const char *text, bool is_write, BlockErrorAction *action,
                        Error **errp);

/* Timer of a backend: what is due completes. */
void block_complete_due(void *blk);
/* All that is under way completes now, and no device hears of it; waits for the host. */
void block_drain(BlockBackend *blk);
/* The same, but nothing comes of the results: a saved state takes their place. */
void block_forget_requests(BlockBackend *blk);

/* What is under way completes now, an error that would stop the machine as one that is told. */
void block_end_requests(BlockBackend *blk);

/* --- media ------------------------------------------------------------------------------------------- */

/* A medium that is not in its drive any more. */
typedef struct BlockMedium {
    uint64_t number, identity, length;
    BlockNode *root;
    struct BlockOverlay *overlay;
    bool is_read_only;
    char *name;
} BlockMedium;

/* What was in the drive at a point in time. */
typedef struct BlockPoint {
    uint64_t point, medium;
} BlockPoint;

/* Put @root into an empty drive; @name and @identity NULL and 0: it is there from the beginning. False: the image
 * is locked, or there is no room for a layer. */
bool block_medium_insert(BlockBackend *blk, BlockNode *root, const char *name, uint64_t identity,
                         Error **errp);
/* Requests have ended. */
void block_medium_remove(BlockBackend *blk);
/* One drive; see block_freeze_all() and its like. */
bool block_medium_freeze(BlockBackend *blk, uint64_t point, Error **errp);
bool block_medium_roll_back(BlockBackend *blk, uint64_t point, Error **errp);
bool block_medium_drop(BlockBackend *blk, uint64_t point, Error **errp);
void block_medium_free_all(BlockBackend *blk);
struct BlockOverlay *block_medium_overlay(BlockBackend *blk);

/* An image as -drive and `change` name it. */
typedef struct BlockImage {
    const char *file;
    const char *format;  /* NULL: found out */
    bool is_read_only;   /* to the guest */
    bool only_reads;     /* what is written goes elsewhere */
    const char *options; /* ",KEY=VALUE" of the node; NULL: none */
} BlockImage;
/* With a warning if its format was guessed. */
BlockNode *block_image_open(const BlockImage *image, Error **errp);
/* Hash of the length and of pieces of the contents, at most 4 MiB: some milliseconds. */
uint64_t block_image_identity(BlockNode *node);

/* --- all of them --------------------------------------------------------------------------------------- */

/* What the token holder asks of the host at this moment: see stuck.c. */
typedef struct BlockWait {
    GMutex lock;
    unsigned depth; /* 0: nothing */
    char drive[64];
    unsigned requests; /* under way */
    gint64 since_us;   /* host's monotonic time */
} BlockWait;
/* Around work of the host that may never end. */
void block_wait_begin(BlockCore *core, const char *drive, unsigned requests);
void block_wait_end(BlockCore *core);

struct BlockCore {
    Object parent_obj;
    BlockWait wait;
    GPtrArray *nodes;    /* BlockNode, named ones */
    GPtrArray *backends; /* BlockBackend */
    GThreadPool *pool;
    GThreadPool *parent_of_servers; /* one thread; NULL: there was no qemu-nbd yet */
    unsigned next_node, next_input;
    bool has_snapshot, protects_nodes; /* -snapshot; and -blockdev too */
    uint64_t last_point;
    bool has_scsi_host; /* if=scsi made one */
    unsigned ide_units; /* bit 2 * bus + unit: if=ide has put a drive there */
    void (*stop_hook)(void *opaque, const char *message);
    void *stop_opaque;
};

#endif
