/* SPDX-License-Identifier: MIT */
/*
 * Drivers "raw2352" and "dc42": disks in images that hold more than their contents, read-only. raw2352 has whole
 * sectors of a CD (Toast, BIN), of which the user data is read; dc42 is Disk Copy 4.2, with a header in front.
 *
 * Source: ECMA-130 14 (sectors); Apple's Disk Copy 4.2 format. Not modelled: audio, form 2 (both fail with EIO), files
 * of several tracks (CUE); tags and checksums of Disk Copy.
 */
#include "block/internal.h"
#include "block/probe.h"

#include <errno.h>
#include <string.h>

enum { DISK_COPY_HEADER = 84, SECTORS_AT_ONCE = 32 };

static BlockResult refuse_write(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                                const uint8_t *data G_GNUC_UNUSED, uint64_t bytes G_GNUC_UNUSED)
{
    return (BlockResult){-EPERM, 0};
}

static BlockResult refuse_discard(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                                  uint64_t bytes G_GNUC_UNUSED)
{
    return (BlockResult){-EPERM, 0};
}

static BlockResult refuse_zeroes(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                                 uint64_t bytes G_GNUC_UNUSED, bool may_unmap G_GNUC_UNUSED)
{
    return (BlockResult){-EPERM, 0};
}

static int flush_nothing(BlockNode *node G_GNUC_UNUSED) { return 0; }

static bool cannot_write(BlockNode *node, Error **errp)
{
    return error_setg(errp, "driver '%s' only reads", node->driver->name);
}

/* --- whole sectors ---------------------------------------------------------------------------------------- */

static bool sectors_open(BlockNode *node, const Options *opts G_GNUC_UNUSED,
                         Error **errp G_GNUC_UNUSED)
{
    node->length = node->file->length / CD_RAW_BYTES *
                   CD_USER_BYTES; /* a part at the end is none */
    node->is_read_only = true;
    return true;
}

/* @count sectors from @first, all of them whole. */
static int read_sectors(BlockNode *node, uint64_t first, uint8_t *data, uint64_t count)
{
    g_autofree uint8_t *raw = g_malloc(count * CD_RAW_BYTES);
    int ret = block_node_read(node->file, first * CD_RAW_BYTES, raw, count * CD_RAW_BYTES);
    for (uint64_t n = 0; n < count && ret == 0; n++) {
        const uint8_t *user_data = block_cd_user_data(raw + n * CD_RAW_BYTES);
        if (!user_data) {
            return -EIO;
        }
        memcpy(data + n * CD_USER_BYTES, user_data, CD_USER_BYTES);
    }
    return ret;
}

static int sectors_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    uint8_t piece[SECTORS_AT_ONCE * CD_USER_BYTES];
    for (uint64_t done = 0; done < bytes;) {
        uint64_t first = (offset + done) / CD_USER_BYTES, skip = (offset + done) % CD_USER_BYTES;
        uint64_t left = (skip + bytes - done + CD_USER_BYTES - 1) / CD_USER_BYTES;
        uint64_t count = MIN(left, SECTORS_AT_ONCE);
        int ret = read_sectors(node, first, piece, count);
        if (ret) {
            return ret;
        }
        uint64_t got = MIN(count * CD_USER_BYTES - skip, bytes - done);
        memcpy(data + done, piece + skip, got);
        done += got;
    }
    return 0;
}

/* --- Disk Copy -------------------------------------------------------------------------------------------- */

static bool disk_copy_open(BlockNode *node, const Options *opts G_GNUC_UNUSED, Error **errp)
{
    uint8_t head[BLOCK_SECTOR] = {0};
    if (node->file->length >= sizeof(head) &&
        block_node_read(node->file, 0, head, sizeof(head)) == 0) {
        node->length = block_disk_copy_length(head, node->file->length);
    } else {
        node->length = 0;
    }
    node->is_read_only = true;
    return node->length || error_setg(errp, "'%s' is no Disk Copy 4.2 image", node->filename);
}

static int disk_copy_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    return block_node_read(node->file, DISK_COPY_HEADER + offset, data, bytes);
}

#define READER(driver_name, opener, reader)                                                        \
    {                                                                                              \
        .name = driver_name,                                                                       \
        .is_format = true,                                                                         \
        .child = "file",                                                                           \
        .open = opener,                                                                            \
        .read = reader,                                                                            \
        .write = refuse_write,                                                                     \
        .flush = flush_nothing,                                                                    \
        .discard = refuse_discard,                                                                 \
        .write_zeroes = refuse_zeroes,                                                             \
        .make_writable = cannot_write,                                                             \
    }
const BlockDriver block_raw2352_driver = READER("raw2352", sectors_open, sectors_read);
const BlockDriver block_dc42_driver = READER("dc42", disk_copy_open, disk_copy_read);
