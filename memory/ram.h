/* SPDX-License-Identifier: MIT */
/*
 * RAMBlocks: named pieces of host memory that hold guest RAM and ROM, placed in the ram_addr space.
 */
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include "memory/memory.h"

struct RAMBlock {
    char idstr[64]; /* unique once registered for migration */
    MemoryRegion *mr;
    uint8_t *host;
    ram_addr offset;
    uint64_t used_length, max_length, page_size;
    int fd;     /* -1: anonymous */
    char *path; /* of the backing file, for messages; NULL: anonymous */
    bool shared, noreserve, migratable, readonly, resizeable, prealloc;
    uint64_t *page_hash; /* per page, for memory_ram_hash(); NULL: not hashed yet */
    uint64_t hash_sum;   /* of page_hash */
};

/* How the user wants guest RAM; set by the command line before the machine is made. */
typedef struct RamConfig {
    char *mem_path;
    bool prealloc;
    Object *backend;       /* -machine memory-backend=ID: HostMemoryBackend, or NULL */
    GPtrArray *numa_nodes; /* NumaNode *, may be empty */
} RamConfig;
typedef struct NumaNode {
    uint32_t id;
    uint64_t size; /* mem=, or the memdev's */
    char *memdev;  /* id of a HostMemoryBackend, or NULL */
} NumaNode;
RamConfig *ram_config(void);
/* One -numa option: "node[,nodeid=N][,memdev=ID|,mem=SIZE]". */
bool ram_config_add_numa(const char *text, Error **errp);
/* Checks that node sizes add up to @ram_size. */
bool ram_config_complete(uint64_t ram_size, Error **errp);

/* All blocks by falling size, as they are searched. */
void ram_block_foreach(void (*fn)(RAMBlock *block, void *opaque), void *opaque);
RAMBlock *ram_block_by_name(const char *idstr);
/* Save/load of all migratable blocks: raw, zero pages left out. */
void ram_save(GByteArray *out);
bool ram_load(const uint8_t *data, size_t length, size_t *used, Error **errp);
/* Name the block and its file on stderr and end the process when host memory behind guest RAM
 * vanishes (a backing file was truncated). Once, by main(); any thread. */
void memory_install_sigbus(void);
/* info: one line a block. */
void ram_info(GString *out);

#endif
