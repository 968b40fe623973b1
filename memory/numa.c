/* SPDX-License-Identifier: MIT */
/*
 * -numa node: which part of guest RAM belongs to which node.
 *
 * The guest is not told (OpenBIOS describes one bank); nodes choose back ends. Not offered: cpus=,
 * dist, cpu, hmat-*. Source: option text as in QEMU; own implementation.
 */
#include "memory/hostmem.h"
#include "memory/internal.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

#define MAX_NODES 128
#define MIB (UINT64_C(1) << 20)

static void node_free(void *data)
{
    NumaNode *node = data;
    g_free(node->memdev);
    g_free(node);
}

void ram_config_init(RamConfig *config)
{
    config->numa_nodes = g_ptr_array_new_with_free_func(node_free);
}

void ram_config_fini(RamConfig *config)
{
    g_free(config->mem_path);
    g_ptr_array_unref(config->numa_nodes);
}

static NumaNode *find_node(const RamConfig *config, uint64_t id)
{
    for (unsigned i = 0; i < config->numa_nodes->len; i++) {
        NumaNode *node = config->numa_nodes->pdata[i];
        if (node->id == id) {
            return node;
        }
    }
    return NULL;
}

/* --- one option ------------------------------------------------------------------------------- */

static const OptionDesc node_options[] = {
    {"type", "string", "node"},
    {"nodeid", "number", "number of the node; default is the next"},
    {"memdev", "string", "memory back end that holds the node's RAM"},
    {"mem", "string", "size of the node's part of RAM, in MiB or with a suffix"},
    {NULL, NULL, NULL},
};

static bool parse_node(const Options *opts, NumaNode *node, Error **errp)
{
    const RamConfig *config = ram_config();
    const char *memdev = options_get(opts, "memdev");
    const char *mem = options_get(opts, "mem");
    uint64_t id;
    if (!options_get_number(opts, "nodeid", config->numa_nodes->len, &id, errp)) {
        return false;
    }
    if (id >= MAX_NODES) {
        return error_setg(errp, "-numa: nodeid %" PRIu64 " is over %d", id, MAX_NODES - 1);
    }
    if (find_node(config, id)) {
        return error_setg(errp, "-numa: node %" PRIu64 " is given twice", id);
    }
    if (!memdev == !mem) {
        return error_setg(errp, "-numa: node %" PRIu64 " needs either memdev= or mem=", id);
    }
    node->id = id;
    node->memdev = g_strdup(memdev);
    return !mem || parse_size(mem, MIB, &node->size, errp);
}

static int compare_ids(const void *a, const void *b)
{
    const NumaNode *x = *(NumaNode *const *)a, *y = *(NumaNode *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

bool ram_config_add_numa(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "type", node_options, errp);
    if (!opts) {
        return false;
    }
    const char *type = options_get(opts, "type");
    if (g_strcmp0(type, "node") != 0) {
        return error_setg(errp, "-numa: type '%s' is not supported, only 'node'", type ? type : "");
    }
    NumaNode *node = g_new0(NumaNode, 1);
    if (!parse_node(opts, node, errp)) {
        node_free(node);
        return false;
    }
    GPtrArray *nodes = ram_config()->numa_nodes;
    g_ptr_array_add(nodes, node);
    g_ptr_array_sort(nodes, compare_ids);
    return true;
}

/* --- all together ----------------------------------------------------------------------------- */

static bool complete_node(NumaNode *node, unsigned place, bool with_memdevs, Error **errp)
{
    if (node->id != place) {
        return error_setg(errp, "-numa: node %u is missing", place);
    }
    if (!node->memdev != !with_memdevs) {
        return error_setg(errp, "-numa: memdev= must be given for all nodes or none");
    }
    if (node->memdev) {
        HostMemoryBackend *backend = host_memory_backend_find(node->memdev, errp);
        if (!backend) {
            error_prepend(errp, "-numa: ");
            return false;
        }
        node->size = backend->size;
    }
    return true;
}

bool ram_config_complete(uint64_t ram_size, Error **errp)
{
    const GPtrArray *nodes = ram_config()->numa_nodes;
    uint64_t total = 0;
    for (unsigned i = 0; i < nodes->len; i++) {
        NumaNode *node = nodes->pdata[i];
        bool with_memdevs = ((NumaNode *)nodes->pdata[0])->memdev != NULL;
        if (!complete_node(node, i, with_memdevs, errp)) {
            return false;
        }
        if (__builtin_add_overflow(total, node->size, &total)) {
            total = UINT64_MAX;
        }
    }
    return !nodes->len || total == ram_size ||
           error_setg(errp,
                      "the NUMA nodes have %#" PRIx64 " bytes together, the machine %#" PRIx64,
                      total, ram_size);
}
