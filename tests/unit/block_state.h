/* SPDX-License-Identifier: MIT */
/* The saved state of a drive, alone. For tests. */
#ifndef TESTS_UNIT_BLOCK_STATE_H
#define TESTS_UNIT_BLOCK_STATE_H

#include "block/block.h"

static inline GByteArray *save(BlockBackend *blk)
{
    GByteArray *out = g_byte_array_new();
    vmstate_info_block_backend.put(out, &blk, sizeof(blk));
    return out;
}

static inline bool load(BlockBackend *blk, const GByteArray *state, Error **errp)
{
    VMStateReader in = {.data = state->data, .length = state->len};
    return vmstate_info_block_backend.get(&in, &blk, sizeof(blk), errp) && in.pos == in.length;
}

#endif
