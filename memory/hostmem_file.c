/* SPDX-License-Identifier: MIT */
/*
 * memory-backend-file: a file, or an unnamed file in a directory (hugetlbfs, tmpfs).
 *
 * Source: design.md 5, 6 (own implementation); properties as in QEMU 7.2.
 */
#include "memory/hostmem.h"
#include "memory/ram.h"
#include "util/trace.h"

#include <inttypes.h>
#include <sys/mman.h>

bool file_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp);

typedef struct FileBackend {
    HostMemoryBackend parent_obj;
    char *mem_path;
    uint64_t align;
    bool readonly, pmem, discard_data;
} FileBackend;

static const Property file_properties[] = {
    {"mem-path", FIELD_STRING, offsetof(FileBackend, mem_path),
     .description = "file, or directory for an unnamed file"},
    {"align", FIELD_SIZE, offsetof(FileBackend, align),
     .description = "alignment of the mapping; default is the page size"},
    {"readonly", FIELD_BOOL, offsetof(FileBackend, readonly),
     .description = "map the file read-only: ROM to the guest"},
    {"pmem", FIELD_BOOL, offsetof(FileBackend, pmem),
     .description = "the file lies on persistent memory"},
    {"discard-data", FIELD_BOOL, offsetof(FileBackend, discard_data),
     .description = "what the memory holds is not wanted any more when the run ends"},
    {.name = NULL},
};

bool file_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp)
{
    FileBackend *file = (FileBackend *)backend;
    RamFileOptions options = {
        .path = file->mem_path,
        .align = file->align,
        .share = backend->share,
        .readonly = file->readonly,
        .prealloc = backend->prealloc,
        .noreserve = !backend->reserve,
        .pmem = file->pmem,
        .is_touched_later = true,
    };
    TRACE(file_backend_memory_alloc, "%s size %#" PRIx64 " path %s", name, backend->size,
          file->mem_path ? file->mem_path : "(none)");
    if (!file->mem_path || !*file->mem_path) {
        return error_setg(errp, "memory back end '%s' needs a mem-path", name);
    }
    if (file->pmem && !backend->share) {
        return error_setg(errp, "memory back end '%s': pmem=on needs share=on", name);
    }
    return memory_region_init_ram_from_file(&backend->mr, OBJECT(backend), name, backend->size,
                                            &options, errp);
}

/* The file keeps its size and loses its contents: nothing has to be written to the disk. */
static void file_backend_finalize(Object *obj)
{
    const FileBackend *file = (FileBackend *)obj;
    const RAMBlock *block = file->parent_obj.mr.ram_block;
    if (file->discard_data && file->parent_obj.share && !file->readonly && block) {
        madvise(block->host, block->max_length, MADV_REMOVE);
    }
}

static void file_backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->alloc = file_backend_memory_alloc;
    object_class_add_fields(klass, file_properties, host_memory_backend_may_change);
}

static const TypeInfo file_backend_info = {
    .name = TYPE_MEMORY_BACKEND_FILE,
    .parent = TYPE_MEMORY_BACKEND,
    .instance_size = sizeof(FileBackend),
    .instance_finalize = file_backend_finalize,
    .class_init = file_backend_class_init,
};

DEFINE_TYPE(file_backend_info)
