/* SPDX-License-Identifier: MIT */
/*
 * What all disks share: object /core/block with the lists of nodes and drives, and the worker threads.
 */
#include "block/drive.h"
#include "block/internal.h"

#define TYPE_BLOCK_CORE "block-core"

BlockCore *block_core(void) { return (BlockCore *)object_core("block", TYPE_BLOCK_CORE); }

void block_set_stop_hook(void (*hook)(void *opaque, const char *message), void *opaque)
{
    block_core()->stop_hook = hook;
    block_core()->stop_opaque = opaque;
}

void block_fini_all(void)
{
    BlockCore *core = block_core();
    while (core->backends->len) {
        block_backend_free(g_ptr_array_index(core->backends, core->backends->len - 1));
    }
    while (core->nodes->len) { /* filters come after what they stand above */
        BlockNode *node = g_ptr_array_index(core->nodes, core->nodes->len - 1);
        block_wait_begin(core, node->name, 0);
        block_node_unref(node);
        block_wait_end(core);
    }
    core->ide_units = 0;
    core->has_scsi_host = false;
}

static void core_init(Object *obj)
{
    BlockCore *core = (BlockCore *)obj;
    core->nodes = g_ptr_array_new();
    core->backends = g_ptr_array_new();
    g_mutex_init(&core->wait.lock);
}

static void core_finalize(Object *obj)
{
    BlockCore *core = (BlockCore *)obj;
    if (core->pool) {
        g_thread_pool_free(core->pool, false, true);
    }
    if (core->parent_of_servers) {
        g_thread_pool_free(core->parent_of_servers, false, true);
    }
    g_ptr_array_unref(core->backends);
    g_ptr_array_unref(core->nodes);
    g_mutex_clear(&core->wait.lock);
}

static const TypeInfo core_info = {
    .name = TYPE_BLOCK_CORE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(BlockCore),
    .instance_init = core_init,
    .instance_finalize = core_finalize,
};
DEFINE_TYPE(core_info)
