/* SPDX-License-Identifier: MIT */
/*
 * Properties policy and host-nodes of memory back ends, and `info memdev`.
 *
 * Source: names, forms and output as in QEMU 7.2; own implementation. host-nodes may be repeated; each
 * takes numbers and ranges.
 */
#include "memory/hostmem.h"
#include "memory/internal.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

const char *const host_mem_policy_names[] = {"default", "preferred", "bind", "interleave", NULL};

/* --- policy ----------------------------------------------------------------------------------- */

static char *get_policy(Object *obj, G_GNUC_UNUSED Error **errp)
{
    return g_strdup(host_mem_policy_names[MEMORY_BACKEND(obj)->policy]);
}

static void set_policy(Object *obj, const char *text, Error **errp)
{
    if (!host_memory_backend_may_change(obj, "policy", errp)) {
        return;
    }
    for (unsigned i = 0; i < HOST_MEM_POLICIES; i++) {
        if (strcmp(text, host_mem_policy_names[i]) == 0) {
            MEMORY_BACKEND(obj)->policy = i;
            return;
        }
    }
    error_setg(errp, "policy '%s' is none of default, preferred, bind, interleave", text);
}

/* --- host-nodes ------------------------------------------------------------------------------- */

static bool has_node(const HostMemoryBackend *backend, unsigned node)
{
    return node < HOST_MEM_NODES && backend->host_nodes[node / 64] >> node % 64 & 1;
}

char *host_memory_backend_nodes(const HostMemoryBackend *backend)
{
    GString *out = g_string_new(NULL);
    for (unsigned node = 0; node < HOST_MEM_NODES; node++) {
        unsigned last = node;
        if (!has_node(backend, node)) {
            continue;
        }
        while (has_node(backend, last + 1)) {
            last++;
        }
        g_string_append_printf(out, "%s%u", out->len ? "," : "", node);
        if (last > node) {
            g_string_append_printf(out, "-%u", last);
        }
        node = last;
    }
    return g_string_free(out, false);
}

static char *get_nodes(Object *obj, G_GNUC_UNUSED Error **errp)
{
    return host_memory_backend_nodes(MEMORY_BACKEND(obj));
}

/* "3" or "0-2". */
static bool add_range(HostMemoryBackend *backend, const char *text, Error **errp)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    uint64_t first, last;
    if (!ends[0] || !parse_number(ends[0], &first, errp) ||
        !parse_number(ends[1] ? ends[1] : ends[0], &last, errp)) {
        return false;
    }
    if (last >= HOST_MEM_NODES || first > last) {
        return error_setg(errp, "host-nodes: '%s' is no range of nodes below %d", text,
                          HOST_MEM_NODES);
    }
    for (uint64_t node = first; node <= last; node++) {
        backend->host_nodes[node / 64] |= UINT64_C(1) << node % 64;
    }
    return true;
}

static void set_nodes(Object *obj, const char *text, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    if (!host_memory_backend_may_change(obj, "host-nodes", errp)) {
        return;
    }
    if (!parts[0]) {
        error_setg(errp, "host-nodes: a number or a range is missing");
    }
    for (char **part = parts; *part && add_range(MEMORY_BACKEND(obj), *part, errp); part++) {
    }
}

void host_memory_backend_add_policy(ObjectClass *klass)
{
    object_property_set_description(
        object_class_property_add_str(klass, "policy", get_policy, set_policy),
        "default, preferred, bind or interleave");
    object_property_set_description(
        object_class_property_add_str(klass, "host-nodes", get_nodes, set_nodes),
        "NUMA nodes of the host for the policy: 0, 0-1");
}

/* --- info memdev ------------------------------------------------------------------------------- */

static const char *word(bool value) { return value ? "true" : "false"; }

static int print_backend(Object *obj, void *opaque)
{
    if (!object_dynamic_cast(obj, TYPE_MEMORY_BACKEND)) {
        return 0;
    }
    const HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    g_autofree char *nodes = host_memory_backend_nodes(backend);
    g_string_append_printf(opaque, "memory backend: %s\n  size:  %" PRIu64 "\n",
                           object_get_canonical_path_component(obj), backend->size);
    g_string_append_printf(opaque, "  merge: %s\n  dump: %s\n  prealloc: %s\n  share: %s\n",
                           word(backend->merge), word(backend->dump), word(backend->prealloc),
                           word(backend->share));
    g_string_append_printf(opaque, "  reserve: %s\n  policy: %s\n  host nodes: %s\n\n",
                           word(backend->reserve), host_mem_policy_names[backend->policy], nodes);
    return 0;
}

void host_memory_backend_info(GString *out)
{
    object_child_foreach(object_get_objects_root(), print_backend, out);
}
