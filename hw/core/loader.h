/* SPDX-License-Identifier: MIT */
/* Images into guest memory: ELF (32-bit big-endian PowerPC) and raw. */
#ifndef HW_CORE_LOADER_H
#define HW_CORE_LOADER_H

#include "memory/memory.h"

typedef struct ElfImage {
    uint32_t entry; /* physical, where its segment was loaded; as in the file if in no segment */
    hwaddr low,
        high; /* extent of the loaded segments, after @translate; high is one past the end */
} ElfImage;

/* True if the file starts with an ELF magic. */
bool loader_is_elf(const char *path);
/* Every PT_LOAD to translate(p_paddr), bss cleared. Fails, naming path and reason, when the file is
 * not a 32-bit big-endian PowerPC executable, is truncated, or a segment lies outside [0, limit) or
 * outside RAM/ROM. */
bool loader_load_elf(const char *path, hwaddr (*translate)(hwaddr paddr), hwaddr limit,
                     ElfImage *image, Error **errp);
/* The file at @addr, at most @max_size bytes; *@size is its length. */
bool loader_load_raw(const char *path, hwaddr addr, uint64_t max_size, uint64_t *size,
                     Error **errp);
/* A whole file, at most @max bytes. */
bool loader_read_file(const char *path, size_t max, GByteArray **contents, Error **errp);

#endif
