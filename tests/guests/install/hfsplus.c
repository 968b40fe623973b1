/* SPDX-License-Identifier: MIT */
/*
 * Makes an HFS+ file system with nothing in it but its root folder, for a partition of some megabytes.
 *
 * On the disk, in allocation blocks of 4 KiB: block 0 with the volume header (at byte 1024), the allocation bitmap,
 * the extents overflow tree, the catalog tree, free blocks, the last block with the alternate volume header (1024
 * bytes before the end).
 * Source: Apple Technical Note TN1150, "HFS Plus Volume Format".
 * Not modelled: journal, attributes file, HFSX, an HFS wrapper, other block sizes, decomposition of names (ASCII).
 */
#include "macdisk.h"

#include <string.h>
#include <time.h>

enum {
    BLOCK = 4096,
    NODE = 4096,
    EXTENTS_BLOCKS = 8,
    HEADER_AT = 1024,
    ROOT_PARENT_ID = 1,
    ROOT_FOLDER_ID = 2,
    FIRST_USER_ID = 16,
    NODE_LEAF = 0xff, /* -1 */
    NODE_HEADER = 1,
    RECORD_FOLDER = 1,
    RECORD_FOLDER_THREAD = 3,
    VOLUME_UNMOUNTED = 0x100, /* cleanly */
    TREE_BIG_KEYS = 2,
    TREE_VARIABLE_INDEX_KEYS = 4,
    NAME_LONGEST = 255,
};
#define MAC_EPOCH 2082844800u /* seconds from 1904 to 1970 */

typedef struct Span {
    uint32_t first, count; /* allocation blocks */
} Span;

typedef struct Volume {
    Disk disk;
    const char *name;
    uint32_t now; /* seconds since 1904 */
    uint32_t blocks, used;
    Span bitmap, extents, catalog;
} Volume;

/* ---- where things are -------------------------------------------------------------------------- */

static uint32_t blocks_for(uint32_t bytes) { return (bytes + BLOCK - 1) / BLOCK; }

static void lay_out(Volume *volume)
{
    uint64_t blocks = volume->disk.size_bytes / BLOCK;

    if (volume->disk.size_bytes % BLOCK != 0) {
        die(volume->disk.path, "the size is not a multiple of 4096");
    }
    if (blocks < 64 || blocks > UINT32_MAX / 2) {
        die(volume->disk.path, "HFS+: 256 KB to 8 TB can be made");
    }
    volume->blocks = (uint32_t)blocks;
    volume->bitmap = (Span){1, blocks_for(volume->blocks / 8 + 1)};
    volume->extents = (Span){1 + volume->bitmap.count, EXTENTS_BLOCKS};
    volume->catalog = (Span){volume->extents.first + EXTENTS_BLOCKS, 16 + volume->blocks / 128};
    volume->used = volume->catalog.first + volume->catalog.count + 1; /* 1: the last */
}

/* ---- B-trees ----------------------------------------------------------------------------------- */

/* A node is filled from the front by records and from the back by their offsets. */
typedef struct Node {
    uint8_t bytes[NODE];
    uint32_t end, records;
} Node;

static void node_close_record(Node *node, uint32_t size)
{
    node->end += size;
    node->records++;
    put16(node->bytes + 10, (uint16_t)node->records);
    put16(node->bytes + NODE - 2 * (node->records + 1), (uint16_t)node->end);
}

static void node_init(Node *node, uint8_t kind, uint8_t height)
{
    memset(node, 0, sizeof *node);
    node->bytes[8] = kind;
    node->bytes[9] = height;
    node->end = 14; /* the node descriptor */
    put16(node->bytes + NODE - 2, (uint16_t)node->end);
}

typedef struct Tree {
    Span span;
    uint16_t longest_key;
    uint32_t attributes, leaf_records; /* all leaf records are in node 1 */
} Tree;

static void fill_header_record(uint8_t *record, const Tree *tree)
{
    uint32_t nodes = tree->span.count * (BLOCK / NODE), root = tree->leaf_records ? 1 : 0;

    put16(record, (uint16_t)root); /* depth: one level or none */
    put32(record + 2, root);
    put32(record + 6, tree->leaf_records);
    put32(record + 10, root); /* first leaf */
    put32(record + 14, root); /* last leaf */
    put16(record + 18, NODE);
    put16(record + 20, tree->longest_key);
    put32(record + 22, nodes);
    put32(record + 26, nodes - 1 - root);
    put32(record + 32, tree->span.count * BLOCK); /* clump size */
    put32(record + 38, tree->attributes);
}

static void write_tree_header(const Volume *volume, const Tree *tree)
{
    Node node;

    if (tree->span.count * (BLOCK / NODE) > (NODE - 256) * 8) {
        die(volume->disk.path, "too large: the tree would need map nodes");
    }
    node_init(&node, NODE_HEADER, 0);
    fill_header_record(node.bytes + node.end, tree);
    node_close_record(&node, 106);
    node_close_record(&node, 128);                           /* reserved for the user */
    node.bytes[node.end] = tree->leaf_records ? 0xc0 : 0x80; /* the nodes in use */
    node_close_record(&node, NODE - 256);
    disk_zero(&volume->disk, (uint64_t)tree->span.first * BLOCK,
              (uint64_t)tree->span.count * BLOCK);
    disk_write(&volume->disk, (uint64_t)tree->span.first * BLOCK, node.bytes, NODE);
}

/* A key or thread holds a name as a count and that many UTF-16 units. Returns its size. */
static uint32_t put_name(uint8_t *at, const char *name)
{
    uint32_t length = (uint32_t)strlen(name);

    put16(at, (uint16_t)length);
    for (uint32_t n = 0; n < length; n++) {
        put16(at + 2 + 2 * n, (uint8_t)name[n]);
    }
    return 2 + 2 * length;
}

static uint32_t put_catalog_key(uint8_t *at, uint32_t parent, const char *name)
{
    uint32_t size = 4 + put_name(at + 6, name);

    put16(at, (uint16_t)size);
    put32(at + 2, parent);
    return 2 + size;
}

static void add_root_folder(Node *leaf, const Volume *volume)
{
    uint8_t *key = leaf->bytes + leaf->end;
    uint32_t key_size = put_catalog_key(key, ROOT_PARENT_ID, volume->name);
    uint8_t *folder = key + key_size;

    put16(folder, RECORD_FOLDER);
    put32(folder + 8, ROOT_FOLDER_ID);
    for (int date = 0; date < 4;
         date++) { /* created, content, attributes, read; the backup has none */
        put32(folder + 12 + 4 * date, volume->now);
    }
    put16(folder + 42, 040755); /* mode; owner and group are 0 */
    node_close_record(leaf, key_size + 88);
}

static void add_root_thread(Node *leaf, const Volume *volume)
{
    uint8_t *key = leaf->bytes + leaf->end;
    uint32_t key_size = put_catalog_key(key, ROOT_FOLDER_ID, "");
    uint8_t *thread = key + key_size;

    put16(thread, RECORD_FOLDER_THREAD);
    put32(thread + 4, ROOT_PARENT_ID);
    node_close_record(leaf, key_size + 8 + put_name(thread + 8, volume->name));
}

static void write_trees(const Volume *volume)
{
    Tree extents = {volume->extents, 10, TREE_BIG_KEYS, 0};
    Tree catalog = {volume->catalog, 516, TREE_BIG_KEYS | TREE_VARIABLE_INDEX_KEYS, 2};
    Node leaf;

    write_tree_header(volume, &extents);
    write_tree_header(volume, &catalog);
    node_init(&leaf, NODE_LEAF, 1);
    add_root_folder(&leaf, volume);
    add_root_thread(&leaf, volume);
    disk_write(&volume->disk, (uint64_t)volume->catalog.first * BLOCK + NODE, leaf.bytes, NODE);
}

/* ---- bitmap and volume header ------------------------------------------------------------------ */

static void write_bitmap(const Volume *volume)
{
    uint32_t last = volume->blocks - 1;

    for (uint32_t part = 0; part < volume->bitmap.count; part++) {
        uint8_t bits[BLOCK] = {0};
        for (uint32_t n = 0; n < BLOCK * 8; n++) {
            uint32_t block = part * BLOCK * 8 + n;
            if (block < volume->used - 1 || block == last) {
                bits[n / 8] |= (uint8_t)(0x80 >> n % 8);
            }
        }
        disk_write(&volume->disk, (uint64_t)(volume->bitmap.first + part) * BLOCK, bits, BLOCK);
    }
}

static void put_fork(uint8_t *fork, Span span)
{
    put64(fork, (uint64_t)span.count * BLOCK);
    put32(fork + 8, span.count * BLOCK); /* clump size */
    put32(fork + 12, span.count);
    put32(fork + 16, span.first); /* the first extent is all of it */
    put32(fork + 20, span.count);
}

static void write_volume_header(const Volume *volume)
{
    uint8_t header[SECTOR] = {0};

    memcpy(header, "H+", 2);
    put16(header + 2, 4); /* version */
    put32(header + 4, VOLUME_UNMOUNTED);
    memcpy(header + 8, "10.0", 4);   /* last mounted by */
    put32(header + 16, volume->now); /* created */
    put32(header + 20, volume->now); /* changed */
    put32(header + 28, volume->now); /* checked */
    put32(header + 40, BLOCK);
    put32(header + 44, volume->blocks);
    put32(header + 48, volume->blocks - volume->used);
    put32(header + 52, volume->used - 1); /* where to look for free blocks */
    put32(header + 56, 65536);            /* clump sizes of resource and data forks */
    put32(header + 60, 65536);
    put32(header + 64, FIRST_USER_ID);
    put64(header + 72, 1); /* encodings: MacRoman */
    put_fork(header + 112, volume->bitmap);
    put_fork(header + 192, volume->extents);
    put_fork(header + 272, volume->catalog);
    disk_write(&volume->disk, HEADER_AT, header, sizeof header);
    disk_write(&volume->disk, volume->disk.size_bytes - HEADER_AT, header, sizeof header);
}

void make_hfsplus(const char *path, const char *volume_name)
{
    Volume volume = {.name = volume_name, .now = (uint32_t)time(NULL) + MAC_EPOCH};

    if (volume_name[0] == '\0' || strlen(volume_name) > NAME_LONGEST || strchr(volume_name, ':')) {
        die(path, "a volume's name has 1 to 255 characters and no colon");
    }
    disk_open(&volume.disk, path);
    lay_out(&volume);
    disk_zero(&volume.disk, 0, HEADER_AT);
    write_trees(&volume);
    write_bitmap(&volume);
    write_volume_header(&volume);
    disk_close(&volume.disk);
}
