/* SPDX-License-Identifier: MIT */
/*
 * The memory policy of back ends, by the host's kernel. Source: mbind(2), numa(3).
 */
#include "memory/hostmem.h"
#include "memory/internal.h"
#include "util/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <numa.h>
#include <numaif.h>

static unsigned count_nodes(const HostMemoryBackend *backend)
{
    unsigned count = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(backend->host_nodes); i++) {
        count += (unsigned)__builtin_popcountll(backend->host_nodes[i]);
    }
    return count;
}

static bool check_policy(const HostMemoryBackend *backend, const char *name, Error **errp)
{
    const char *policy = host_mem_policy_names[backend->policy];
    bool is_default = backend->policy == HOST_MEM_POLICY_DEFAULT, has_nodes = count_nodes(backend);
    if (is_default && has_nodes) {
        return error_setg(errp,
                          "memory back end '%s': host-nodes needs a policy: preferred, bind "
                          "or interleave",
                          name);
    }
    return is_default || has_nodes ||
           error_setg(errp, "memory back end '%s': policy '%s' needs host-nodes", name, policy);
}

static bool check_nodes(const HostMemoryBackend *backend, const char *name, Error **errp)
{
    if (numa_available() < 0) {
        return error_setg(errp, "memory back end '%s': the host's kernel has no NUMA policies",
                          name);
    }
    for (unsigned node = 0; node < HOST_MEM_NODES; node++) {
        if (backend->host_nodes[node / 64] >> node % 64 & 1 &&
            !numa_bitmask_isbitset(numa_all_nodes_ptr, node)) {
            return error_setg(errp,
                              "memory back end '%s': the host has no NUMA node %u (its last "
                              "is %d)",
                              name, node, numa_max_node());
        }
    }
    return true;
}

bool host_memory_backend_bind(const HostMemoryBackend *backend, const char *name, Error **errp)
{
    static const int modes[] = {
        [HOST_MEM_POLICY_PREFERRED] = MPOL_PREFERRED,
        [HOST_MEM_POLICY_BIND] = MPOL_BIND,
        [HOST_MEM_POLICY_INTERLEAVE] = MPOL_INTERLEAVE,
    };
    const RAMBlock *block = backend->mr.ram_block;
    if (!check_policy(backend, name, errp)) {
        return false;
    }
    if (backend->policy == HOST_MEM_POLICY_DEFAULT) {
        return true;
    }
    if (!check_nodes(backend, name, errp)) {
        return false;
    }
    bool is_many = backend->policy == HOST_MEM_POLICY_PREFERRED && count_nodes(backend) > 1;
    int mode = is_many ? MPOL_PREFERRED_MANY : modes[backend->policy];
    TRACE(host_memory_backend_bind, "%s mode %d nodes %#" PRIx64, name, mode,
          backend->host_nodes[0]);
    /* One more bit than there are: the kernel leaves the last one out. */
    return mbind(block->host, block->max_length, mode, (const unsigned long *)backend->host_nodes,
                 HOST_MEM_NODES + 1, MPOL_MF_STRICT | MPOL_MF_MOVE) == 0 ||
           error_setg_errno(errp, errno, "memory back end '%s': cannot set its policy '%s'", name,
                            host_mem_policy_names[backend->policy]);
}
