/* SPDX-License-Identifier: MIT */
/*
 * Disks from the command line: -drive, -blockdev, -snapshot, -hda and the like.
 *
 * Source: QEMU's dialect (its manual, "Block device options").
 */
#ifndef BLOCK_DRIVE_H
#define BLOCK_DRIVE_H

#include "util/error.h"

#include <glib.h>

/* -drive TEXT, after every -blockdev. If it says where the disk goes (if=ide, if=virtio, if=scsi), -device texts are
 * appended to @devices (char *, owned by the array). */
bool block_add_drive(const char *text, GPtrArray *devices, Error **errp);
/* After all of them, unless -nodefaults: an empty CD-ROM drive, ide1-cd0, whose -device text is appended to @made. None
 * if its place is taken, or if @devices or @globals (texts of -device and -global; may be NULL) name a type of drives. */
bool block_add_default_cdrom(const GPtrArray *devices, const GPtrArray *globals, GPtrArray *made,
                             Error **errp);
/* -blockdev TEXT. */
bool block_add_node(const char *text, Error **errp);
/* -snapshot: from here on every -drive keeps what is written to itself; in a replay every -blockdev too. */
void block_set_snapshot(bool also_nodes);
/* What the drive @name, or "all", kept to itself goes into its image. */
bool block_commit(const char *name, Error **errp);
/* `change`: another medium for a drive; `eject`: none. Inputs of the machine: called by what takes one. On failure
 * the old medium stays. */
typedef struct BlockChange {
    const char *device, *file;
    const char *format; /* NULL: found out */
    const char *mode;   /* "retain", "read-only", "read-write" */
    bool force;         /* though the guest has locked it */
} BlockChange;
bool block_change(const BlockChange *change, Error **errp);
bool block_eject(const char *device, bool force, Error **errp);
/* The text of `-drive help`, or NULL if @text does not ask for it. Free with g_free(). */
char *block_drive_help(const char *text);
/* `info block` and `info blockstats`. */
typedef struct BlockInfo {
    const char *name; /* NULL: all drives */
    bool is_verbose, nodes;
} BlockInfo;
bool block_info(const BlockInfo *what, GString *out, Error **errp);
void block_info_stats(GString *out);
/* The identity of all images, one word a drive, for the head of a record. */
void block_describe(GString *out);
/* "libnbd 1.14.2", or NULL: not built in. */
const char *block_nbd_library(void);
/* The drive that is the NVRAM (if=mtd), or NULL. */
const char *block_mtd_drive(void);
/*
 * The drive that has held the machine, or the end of the program, up for @ms or longer, since the host does not answer;
 * false: none has. Any thread.
 */
typedef struct BlockCore BlockCore;
typedef struct BlockStuck {
    char drive[64];
    unsigned requests; /* of it that are under way */
    unsigned seconds;  /* since it waits */
} BlockStuck;
BlockCore *block_core(void);
bool block_is_stuck(BlockCore *core, unsigned ms, BlockStuck *stuck);
/* Closes every image; what is under way ends first. */
void block_fini_all(void);

#endif
