/* SPDX-License-Identifier: MIT */
/* Built without libnuma: back ends take memory wherever the host gives it, other wishes are refused. */
#include "memory/hostmem.h"
#include "memory/internal.h"

bool host_memory_backend_bind(const HostMemoryBackend *backend, const char *name, Error **errp)
{
    return (backend->policy == HOST_MEM_POLICY_DEFAULT && !backend->host_nodes[0] &&
            !backend->host_nodes[1]) ||
           error_setg(errp,
                      "memory back end '%s': policy and host-nodes need libnuma, which this "
                      "core99 was built without",
                      name);
}
