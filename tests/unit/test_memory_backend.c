/* SPDX-License-Identifier: MIT */
/* Memory back ends, -mem-path, NUMA nodes, lost backing files: what works and each error. */
#include "memory/hostmem.h"
#include "memory/memory.h"
#include "memory/ram.h"
#include "util/log.h"
#include "util/trace.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024ull * 1024)
#define PAGE 4096ull

static char *scratch; /* a directory of this test's own; tests run in processes of their own */

static void make_scratch(void)
{
    scratch = g_dir_make_tmp("core99-XXXXXX", NULL);
    cr_assert_not_null(scratch);
}

static void drop_scratch(void)
{
    g_autoptr(GDir) dir = g_dir_open(scratch, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(scratch, name, NULL);
        g_unlink(path);
    }
    g_rmdir(scratch);
}

TestSuite(memory_backend, .init = make_scratch, .fini = drop_scratch);

static char *scratch_file(const char *name, uint64_t size)
{
    char *path = g_build_filename(scratch, name, NULL);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    cr_assert(fd >= 0 && ftruncate(fd, size) == 0);
    close(fd);
    return path;
}

static uint64_t size_of(const char *path)
{
    GStatBuf status;
    return g_stat(path, &status) == 0 ? (uint64_t)status.st_size : UINT64_MAX;
}

static bool is_scratch_empty(void)
{
    g_autoptr(GDir) dir = g_dir_open(scratch, 0, NULL);
    return !g_dir_read_name(dir);
}

static Object *add(const char *format, const char *argument)
{
    g_autofree char *text = argument ? g_strdup_printf(format, argument) : g_strdup(format);
    Error *err = NULL;
    Object *obj = user_creatable_add_from_str(text, &err);
    cr_assert_not_null(obj, "%s", err ? error_get_pretty(err) : "?");
    return obj;
}

static void assert_add_fails(const char *text, const char *message)
{
    Error *err = NULL;
    cr_assert_null(user_creatable_add_from_str(text, &err));
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    cr_assert_not(strchr(error_get_pretty(err), '\n'));
    error_free(err);
    cr_assert_null(object_resolve_path_component(object_get_objects_root(), "m"));
}

static RAMBlock *block_of(Object *backend) { return MEMORY_BACKEND(backend)->mr.ram_block; }

/* --- the three types -------------------------------------------------------------------------- */

Test(memory_backend, ram_is_anonymous_and_named_after_the_object)
{
    Object *m = add("memory-backend-ram,id=m,size=1M", NULL);
    RAMBlock *block = block_of(m);
    cr_assert_eq(block->used_length, MIB);
    cr_assert_eq(block->fd, -1);
    cr_assert_not(block->shared);
    cr_assert_not(block->migratable); /* not before a machine takes it */
    cr_assert_str_eq(memory_region_name(&MEMORY_BACKEND(m)->mr), "m");
}

Test(memory_backend, ram_may_be_shared_and_preallocated)
{
    RAMBlock *block = block_of(add("memory-backend-ram,id=m,size=1M,share=on,prealloc=on", NULL));
    cr_assert(block->shared);
    cr_assert(block->prealloc);
}

Test(memory_backend, memfd_is_shared_unless_told_otherwise_and_cannot_shrink)
{
    RAMBlock *block = block_of(add("memory-backend-memfd,id=m,size=1M", NULL));
    cr_assert(block->shared);
    cr_assert_geq(block->fd, 0);
    cr_assert_neq(ftruncate(block->fd, 0), 0);
    cr_assert_not(block_of(add("memory-backend-memfd,id=n,size=1M,share=off", NULL))->shared);
}

Test(memory_backend, file_is_made_and_grown_and_holds_the_ram_when_shared)
{
    g_autofree char *path = g_build_filename(scratch, "ram", NULL);
    Object *m = add("memory-backend-file,id=m,size=1M,share=on,prealloc=on,mem-path=%s", path);
    char byte = 0;
    cr_assert_eq(size_of(path), MIB);
    block_of(m)->host[1234] = 0x5a;
    int fd = open(path, O_RDONLY);
    cr_assert_eq(pread(fd, &byte, 1, 1234), 1);
    cr_assert_eq(byte, 0x5a);
    close(fd);
}

Test(memory_backend, file_keeps_its_contents_and_private_stores_to_itself)
{
    g_autofree char *path = scratch_file("ram", 2 * MIB);
    int fd = open(path, O_RDWR);
    char byte = 0;
    cr_assert_eq(pwrite(fd, "abc", 3, 0), 3);
    RAMBlock *block = block_of(add("memory-backend-file,id=m,size=1M,mem-path=%s", path));
    cr_assert_eq(block->host[0], 'a');
    block->host[0] = 'z';
    cr_assert_eq(pread(fd, &byte, 1, 0), 1);
    cr_assert_eq(byte, 'a');
    close(fd);
    cr_assert_eq(size_of(path), 2 * MIB); /* larger is fine */
}

Test(memory_backend, a_directory_holds_an_unnamed_file)
{
    add("memory-backend-file,id=m,size=1M,share=on,mem-path=%s", scratch);
    cr_assert(is_scratch_empty());
}

Test(memory_backend, a_readonly_file_is_rom_to_the_guest_and_to_poke)
{
    static MemoryRegion root;
    g_autofree char *path = scratch_file("rom", MIB);
    Object *m = add("memory-backend-file,id=m,size=1M,readonly=on,share=on,mem-path=%s", path);
    memory_region_init(&root, NULL, "root", 2 * MIB);
    memory_region_add_subregion(&root, 0, &MEMORY_BACKEND(m)->mr);
    AddressSpace *as = address_space_new(&root, "test");
    cr_assert_eq(address_space_store(as, 0, 4, 1), MEMTX_OK);
    cr_assert_not(address_space_poke(as, 0, "abcd", 4));
    cr_assert(address_space_translate(as, 0).readonly);
}

Test(memory_backend, alignment_is_that_of_the_mapping)
{
    RAMBlock *block = block_of(
        add("memory-backend-file,id=m,size=1M,align=16M,mem-path=%s", scratch));
    cr_assert_eq((uintptr_t)block->host % (16 * MIB), 0);
}

/* --- errors ----------------------------------------------------------------------------------- */

Test(memory_backend, a_size_is_needed)
{
    assert_add_fails("memory-backend-ram,id=m", "memory back end 'm' needs a size");
    assert_add_fails("memory-backend-memfd,id=m,size=0", "memory back end 'm' needs a size");
}

Test(memory_backend, a_file_back_end_needs_a_path)
{
    assert_add_fails("memory-backend-file,id=m,size=1M", "memory back end 'm' needs a mem-path");
}

Test(memory_backend, properties_of_other_types_and_unbuilt_ones_are_refused_by_name)
{
    assert_add_fails("memory-backend-ram,id=m,size=1M,mem-path=/tmp", "mem-path");
    assert_add_fails("memory-backend-memfd,id=m,size=1M,align=4096", "align");
    assert_add_fails("memory-backend-ram,id=m,size=1M,hugetlb=on", "hugetlb");
    assert_add_fails("memory-backend-ram,id=m,size=1M,prealloc-context=c", "prealloc-context");
    assert_add_fails("memory-backend-ram,id=m,size=zzz", "zzz");
    assert_add_fails("memory-backend,id=m,size=1M", "abstract");
}

Test(memory_backend, a_file_that_holds_too_little_is_refused_with_both_numbers)
{
    g_autofree char *path = scratch_file("short", 64 * 1024);
    g_autofree char *text = g_strdup_printf("memory-backend-file,id=m,size=1M,mem-path=%s", path);
    assert_add_fails(text, "short holds 0x10000 bytes, less than the size 0x100000");
    cr_assert_eq(size_of(path), 64 * 1024);
}

Test(memory_backend, sizes_and_alignments_that_pages_cannot_do_are_refused)
{
    g_autofree char *odd = g_strdup_printf(
        "memory-backend-file,id=m,size=1M,align=12288,mem-path=%s", scratch);
    g_autofree char *small = g_strdup_printf(
        "memory-backend-file,id=m,size=1M,align=64,mem-path=%s", scratch);
    assert_add_fails(odd, "alignment 0x3000 is not a power of two");
    assert_add_fails(small, "a multiple of the page size 0x1000");
    cr_assert(is_scratch_empty());
}

Test(memory_backend, paths_that_cannot_be_opened_are_named)
{
    assert_add_fails("memory-backend-file,id=m,size=1M,mem-path=/nonexistent/x",
                     "cannot create the backing file /nonexistent/x: No such file");
    g_autofree char *absent = g_strdup_printf(
        "memory-backend-file,id=m,size=1M,readonly=on,mem-path=%s/absent", scratch);
    assert_add_fails(absent, "absent: No such file");
    g_autofree char *directory = g_strdup_printf(
        "memory-backend-file,id=m,size=1M,readonly=on,mem-path=%s", scratch);
    assert_add_fails(directory, "is a directory");
}

Test(memory_backend, a_file_made_for_nothing_is_removed)
{
    g_autofree char *text = g_strdup_printf(
        "memory-backend-file,id=m,size=1M,align=64,mem-path=%s/new", scratch);
    assert_add_fails(text, "alignment");
    cr_assert(is_scratch_empty());
}

Test(memory_backend, more_memory_than_there_is_is_refused)
{
    assert_add_fails("memory-backend-ram,id=m,size=100000G", "cannot be");
    assert_add_fails("memory-backend-memfd,id=m,size=100000G", "cannot be");
    assert_add_fails("memory-backend-memfd,id=m,size=0xfffffffffffffff0", "cannot be");
}

Test(memory_backend, properties_freeze_when_memory_is_there)
{
    Error *err = NULL;
    Object *m = add("memory-backend-ram,id=m,size=1M", NULL);
    cr_assert_not(object_property_set_uint(m, "size", 2 * MIB, &err));
    cr_assert(strstr(error_get_pretty(err), "'size' cannot change"), "%s", error_get_pretty(err));
    cr_assert_eq(object_property_get_uint(m, "size", NULL), MIB);
}

Test(memory_backend, deleting_an_unused_one_gives_its_memory_back)
{
    add("memory-backend-ram,id=m,size=1M", NULL);
    cr_assert(user_creatable_del("m", NULL));
    add("memory-backend-ram,id=m,size=1M", NULL);
    GString *out = g_string_new(NULL);
    ram_info(out);
    cr_assert_eq(strchr(out->str, '\n'), out->str + out->len - 1);
}

Test(memory_backend, deleting_a_file_back_end_closes_its_descriptor)
{
    Object *m = add("memory-backend-memfd,id=m,size=1M", NULL);
    int fd = block_of(m)->fd;
    cr_assert_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    cr_assert(user_creatable_del("m", NULL));
    cr_assert_eq(fcntl(fd, F_GETFD), -1);
}

Test(memory_backend, sizes_are_rounded_up_to_whole_pages_by_every_type)
{
    Object *r = add("memory-backend-ram,id=r,size=1000001", NULL);
    Object *f = add("memory-backend-file,id=f,size=1000001,mem-path=%s", scratch);
    Object *m = add("memory-backend-memfd,id=m,size=1000001", NULL);
    cr_assert_eq(block_of(r)->used_length, 1003520);
    cr_assert_eq(block_of(f)->used_length, 1003520);
    cr_assert_eq(block_of(m)->used_length, 1003520);
}

Test(memory_backend, a_file_system_that_is_full_is_named)
{
    struct rlimit limit = {64 * 1024, 64 * 1024};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    g_autofree char *text = g_strdup_printf("memory-backend-file,id=m,size=1M,mem-path=%s/full",
                                            scratch);
    assert_add_fails(text, "full to 0x100000 bytes: File too large");
    assert_add_fails("memory-backend-memfd,id=m,size=1M", "cannot make a memfd of 0x100000 bytes");
    cr_assert(is_scratch_empty());
}

/* --- placement, huge pages, advice ------------------------------------------------------------- */

static bool has_free_huge_pages(void)
{
    g_autofree char *text = NULL;
    return g_file_get_contents("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", &text,
                               NULL, NULL) &&
           atoi(text) >= 4;
}

Test(memory_backend, policy_and_host_nodes_go_together_and_must_exist)
{
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=bind",
                     "'m': policy 'bind' needs host-nodes");
    assert_add_fails("memory-backend-ram,id=m,size=1M,host-nodes=0", "host-nodes needs a policy");
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=bind,host-nodes=127",
                     "the host has no NUMA node 127");
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=bind,host-nodes=0-128", "no range");
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=bind,host-nodes=2-1", "no range");
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=bind,host-nodes=", "missing");
    assert_add_fails("memory-backend-ram,id=m,size=1M,policy=nearest", "'nearest' is none of");
}

Test(memory_backend, policies_are_the_kernels)
{
    enum { MPOL_BIND = 2, MPOL_F_ADDR = 2 };
    int mode = -1;
    Object *m = add("memory-backend-memfd,id=m,size=1M,policy=bind,host-nodes=0,prealloc=on", NULL);
    cr_assert_eq(syscall(SYS_get_mempolicy, &mode, NULL, 0, block_of(m)->host, MPOL_F_ADDR), 0);
    cr_assert_eq(mode, MPOL_BIND);
    g_autofree char *nodes = object_property_get_str(m, "host-nodes", &error_abort);
    cr_assert_str_eq(nodes, "0");
    add("memory-backend-ram,id=n,size=1M,policy=preferred,host-nodes=0", NULL);
    add("memory-backend-ram,id=o,size=1M,policy=interleave,host-nodes=0-0,host-nodes=0", NULL);
}

Test(memory_backend, threads_touch_every_page)
{
    unsigned char there[256] = {0};
    assert_add_fails("memory-backend-ram,id=m,size=1M,prealloc-threads=0", "1 to 256");
    assert_add_fails("memory-backend-ram,id=m,size=1M,prealloc=on,reserve=off", "incompatible");
    RAMBlock *block = block_of(
        add("memory-backend-ram,id=m,size=1M,prealloc=on,prealloc-threads=7", NULL));
    cr_assert_eq(mincore(block->host, MIB, there), 0);
    for (unsigned i = 0; i < 256; i++) {
        cr_assert(there[i] & 1, "page %u", i);
    }
}

Test(memory_backend, more_threads_than_pages_do_no_harm)
{
    cr_assert(
        block_of(add("memory-backend-memfd,id=m,size=8K,prealloc=on,prealloc-threads=256", NULL))
            ->prealloc);
}

Test(memory_backend, info_memdev_shows_every_property)
{
    g_autoptr(GString) out = g_string_new(NULL);
    add("memory-backend-ram,id=m,size=1M,merge=off,dump=off,reserve=off", NULL);
    host_memory_backend_info(out);
    cr_assert_str_eq(out->str, "memory backend: m\n  size:  1048576\n  merge: false\n"
                               "  dump: false\n  prealloc: false\n  share: false\n"
                               "  reserve: false\n  policy: default\n  host nodes: \n\n");
}

Test(memory_backend, huge_pages_come_whole_and_at_start_or_not_at_all)
{
    assert_add_fails("memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=64K",
                     "the host has no huge pages of 64 KiB");
    assert_add_fails("memory-backend-memfd,id=m,size=3M,hugetlb=on,hugetlbsize=2M",
                     "not a multiple of its huge pages, 2048 KiB");
    assert_add_fails("memory-backend-memfd,id=m,size=4M,hugetlbsize=2M", "needs hugetlb=on");
    assert_add_fails("memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=3M", "power of two");
    if (has_free_huge_pages()) {
        RAMBlock *block = block_of(
            add("memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=2M", NULL));
        cr_assert(block->prealloc);
        cr_assert_eq(block->page_size, 2 * MIB);
    } else {
        assert_add_fails("memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=2M",
                         "too few free huge pages of 2048 KiB");
    }
}

Test(memory_backend, pmem_needs_share_and_discard_data_empties_the_file)
{
    GStatBuf status;
    g_autofree char *path = g_build_filename(scratch, "p", NULL);
    g_autofree char *text = g_strdup_printf("memory-backend-file,id=m,size=1M,pmem=on,mem-path=%s",
                                            path);
    assert_add_fails(text, "pmem=on needs share=on");
    Object *m = add("memory-backend-file,id=m,size=1M,share=on,discard-data=on,mem-path=%s", path);
    block_of(m)->host[5] = 1;
    cr_assert(user_creatable_del("m", NULL));
    cr_assert_eq(g_stat(path, &status), 0);
    cr_assert_eq(status.st_size, MIB);
    cr_assert_eq(status.st_blocks, 0);
}

/* --- system RAM ------------------------------------------------------------------------------- */

static MemoryRegion system_ram;

static void assert_ram_fails(uint64_t size, const char *message)
{
    Error *err = NULL;
    cr_assert_not(memory_region_allocate_system_memory(&system_ram, NULL, "ram", size, &err));
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

static void make_system_ram(uint64_t size)
{
    Error *err = NULL;
    cr_assert(memory_region_allocate_system_memory(&system_ram, NULL, "ram", size, &err), "%s",
              err ? error_get_pretty(err) : "?");
    memory_region_add_subregion(get_system_memory(), 0, &system_ram);
}

Test(memory_backend, mem_path_puts_system_ram_in_a_file)
{
    ram_config()->mem_path = g_strdup(scratch);
    ram_config()->prealloc = true;
    make_system_ram(4 * MIB);
    cr_assert_geq(system_ram.ram_block->fd, 0);
    cr_assert(system_ram.ram_block->prealloc);
    cr_assert(system_ram.ram_block->migratable);
    cr_assert(is_scratch_empty());
}

Test(memory_backend, mem_path_that_fails_falls_back_with_a_warning)
{
    char line[300] = "";
    cr_redirect_stderr();
    ram_config()->mem_path = g_strdup("/nonexistent/x");
    make_system_ram(4 * MIB);
    cr_assert_eq(system_ram.ram_block->fd, -1);
    cr_assert(system_ram.ram_block->migratable);
    fflush(stderr);
    FILE *captured = cr_get_redirected_stderr();
    cr_assert_not_null(fgets(line, sizeof(line), captured));
    cr_assert(strstr(line, "warning") && strstr(line, "/nonexistent/x") &&
                  strstr(line, "falling back to anonymous memory"),
              "%s", line);
}

Test(memory_backend, mem_path_that_fails_is_fatal_with_prealloc)
{
    ram_config()->mem_path = g_strdup("/nonexistent/x");
    ram_config()->prealloc = true;
    assert_ram_fails(4 * MIB, "cannot create the backing file /nonexistent/x");
    cr_assert_null(ram_block_by_name("ram"));
}

Test(memory_backend, the_machine_takes_a_back_end_of_its_size)
{
    uint64_t value;
    Object *m = add("memory-backend-memfd,id=m,size=2M", NULL);
    ram_config()->backend = m;
    assert_ram_fails(MIB, "memory back end 'm' has 0x200000 bytes, the machine 0x100000");
    make_system_ram(2 * MIB);
    cr_assert_eq(address_space_store(address_space_memory(), 0x1ffff8, 4, 9), MEMTX_OK);
    cr_assert_eq(address_space_load(address_space_memory(), 0x1ffff8, 4, &value), MEMTX_OK);
    cr_assert_eq(value, 9);
    cr_assert_eq(ram_block_by_name("m"), block_of(m));
    cr_assert(block_of(m)->migratable);
    cr_assert_not(user_creatable_del("m", NULL));
}

Test(memory_backend, wishes_that_exclude_each_other_are_refused)
{
    ram_config()->backend = add("memory-backend-ram,id=m,size=2M", NULL);
    ram_config()->mem_path = g_strdup("/tmp");
    assert_ram_fails(2 * MIB, "-mem-path and -machine memory-backend exclude each other");
    g_clear_pointer(&ram_config()->mem_path, g_free);
    ram_config()->prealloc = true;
    assert_ram_fails(2 * MIB, "give the back end prealloc=on");
    ram_config()->prealloc = false;
    add("memory-backend-ram,id=n,size=2M", NULL);
    cr_assert(ram_config_add_numa("node,memdev=n", NULL));
    assert_ram_fails(2 * MIB, "-machine memory-backend and -numa memdev exclude each other");
}

/* --- NUMA ------------------------------------------------------------------------------------- */

Test(memory_backend, two_nodes_lie_one_after_the_other_in_the_order_of_their_ids)
{
    Object *m = add("memory-backend-ram,id=m,size=1M", NULL);
    Object *n = add("memory-backend-memfd,id=n,size=3M", NULL);
    cr_assert(ram_config_add_numa("node,nodeid=1,memdev=m", NULL));
    cr_assert(ram_config_add_numa("node,nodeid=0,memdev=n", NULL));
    make_system_ram(4 * MIB);
    AddressSpace *as = address_space_memory();
    cr_assert_eq(address_space_translate(as, 0).mr, &MEMORY_BACKEND(n)->mr);
    cr_assert_eq(address_space_translate(as, 3 * MIB - 1).mr, &MEMORY_BACKEND(n)->mr);
    cr_assert_eq(address_space_translate(as, 3 * MIB).mr, &MEMORY_BACKEND(m)->mr);
    cr_assert_null(address_space_translate(as, 4 * MIB).mr);
}

Test(memory_backend, nodes_by_size_share_ordinary_ram)
{
    cr_assert(ram_config_add_numa("node,mem=1", NULL)); /* MiB without a suffix */
    cr_assert(ram_config_add_numa("node,mem=1024K", NULL));
    make_system_ram(2 * MIB);
    cr_assert_not_null(ram_block_by_name("ram"));
}

static void assert_numa_fails(const char *text, const char *message)
{
    Error *err = NULL;
    cr_assert_not(ram_config_add_numa(text, &err));
    cr_assert(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

Test(memory_backend, a_bad_numa_option_is_refused_by_what_is_wrong)
{
    assert_numa_fails("cpu,node-id=0", "node-id");
    assert_numa_fails("dist", "type 'dist' is not supported");
    assert_numa_fails("nodeid=0,mem=1M", "type '' is not supported");
    assert_numa_fails("node", "node 0 needs either memdev= or mem=");
    assert_numa_fails("node,mem=1M,memdev=m", "node 0 needs either memdev= or mem=");
    assert_numa_fails("node,nodeid=128,mem=1M", "nodeid 128 is over 127");
    assert_numa_fails("node,mem=1X", "1X");
    assert_numa_fails("node,cpus=0-3,mem=1M", "cpus");
    cr_assert(ram_config_add_numa("node,nodeid=3,mem=1M", NULL));
    assert_numa_fails("node,nodeid=3,mem=1M", "node 3 is given twice");
}

Test(memory_backend, node_sizes_must_add_up_and_the_error_has_both_numbers)
{
    cr_assert(ram_config_add_numa("node,mem=1M", NULL));
    cr_assert(ram_config_add_numa("node,mem=2M", NULL));
    assert_ram_fails(4 * MIB, "the NUMA nodes have 0x300000 bytes together, the machine 0x400000");
}

Test(memory_backend, node_sizes_that_overflow_do_not_add_up)
{
    cr_assert(ram_config_add_numa("node,mem=8388608T", NULL));
    cr_assert(ram_config_add_numa("node,mem=8388608T", NULL));
    assert_ram_fails(4 * MIB, "the machine 0x400000");
}

Test(memory_backend, a_missing_node_or_back_end_is_named)
{
    cr_assert(ram_config_add_numa("node,nodeid=1,memdev=ghost", NULL));
    assert_ram_fails(4 * MIB, "node 0 is missing");
    cr_assert(ram_config_add_numa("node,nodeid=0,memdev=ghost", NULL));
    assert_ram_fails(4 * MIB, "memory back end 'ghost' does not exist");
}

Test(memory_backend, a_memdev_that_is_something_else_is_named)
{
    object_property_add_child(object_get_objects_root(), "x", object_new("container"));
    cr_assert(ram_config_add_numa("node,memdev=x", NULL));
    assert_ram_fails(4 * MIB, "object 'x' is a container, not a memory back end");
}

Test(memory_backend, memdev_is_for_all_nodes_or_none)
{
    add("memory-backend-ram,id=m,size=1M", NULL);
    cr_assert(ram_config_add_numa("node,memdev=m", NULL));
    cr_assert(ram_config_add_numa("node,mem=1M", NULL));
    assert_ram_fails(2 * MIB, "memdev= must be given for all nodes or none");
}

Test(memory_backend, one_back_end_serves_one_node)
{
    add("memory-backend-ram,id=m,size=1M", NULL);
    cr_assert(ram_config_add_numa("node,memdev=m", NULL));
    cr_assert(ram_config_add_numa("node,memdev=m", NULL));
    assert_ram_fails(2 * MIB, "memory back end 'm' is used more than once");
}

/* --- the named steps -------------------------------------------------------------------------- */

static char *trace_of(void (*fn)(void))
{
    char *text = NULL;
    g_autofree char *path = g_build_filename(scratch, "trace.log", NULL);
    cr_assert(trace_set("*", NULL));
    cr_assert(log_open(path, NULL));
    fn();
    log_close();
    cr_assert(trace_set("-*", NULL));
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void assert_steps(const char *text, const char *const *steps)
{
    for (; *steps; steps++) {
        cr_assert(strstr(text, *steps), "%s is not called:\n%s", *steps, text);
    }
}

static void boot_plain(void) { make_system_ram(4 * MIB); }

Test(memory_backend, plain_ram_takes_the_named_steps)
{
    static const char *const steps[] = {"memory_region_allocate_system_memory",
                                        "allocate_system_memory_nonnuma",
                                        "memory_region_init_ram_nomigrate",
                                        "memory_region_init_ram_shared_nomigrate",
                                        "ram_alloc ",
                                        "ram_alloc_internal",
                                        "ram_block_add",
                                        "find_ram_offset",
                                        "phys_mem_alloc",
                                        "anon_ram_alloc",
                                        "vmstate_register_ram_global",
                                        NULL};
    g_autofree char *text = trace_of(boot_plain);
    assert_steps(text, steps);
}

static void boot_mem_path(void)
{
    ram_config()->mem_path = g_strdup(scratch);
    make_system_ram(4 * MIB);
}

Test(memory_backend, mem_path_takes_the_named_steps)
{
    static const char *const steps[] = {"memory_region_init_ram_from_file", "ram_block_add",
                                        "find_ram_offset", "vmstate_register_ram_global", NULL};
    g_autofree char *text = trace_of(boot_mem_path);
    assert_steps(text, steps);
    cr_assert_not(strstr(text, "anon_ram_alloc"));
}

static void boot_numa(void)
{
    add("memory-backend-ram,id=a,size=1M", NULL);
    add("memory-backend-file,id=b,size=1M,mem-path=%s", scratch);
    add("memory-backend-memfd,id=c,size=1M", NULL);
    cr_assert(ram_config_add_numa("node,memdev=a", NULL));
    cr_assert(ram_config_add_numa("node,memdev=b", NULL));
    cr_assert(ram_config_add_numa("node,memdev=c", NULL));
    make_system_ram(3 * MIB);
}

Test(memory_backend, back_ends_take_the_named_steps)
{
    static const char *const steps[] = {"host_memory_backend_class_init",
                                        "host_memory_backend_init",
                                        "host_memory_backend_memory_complete",
                                        "ram_backend_memory_alloc",
                                        "file_backend_memory_alloc",
                                        "memfd_backend_memory_alloc",
                                        "memory_region_init_ram_from_file",
                                        "vmstate_register_ram_global",
                                        NULL};
    g_autofree char *text = trace_of(boot_numa);
    assert_steps(text, steps);
    cr_assert_not(strstr(text, "allocate_system_memory_nonnuma"));
}

/* --- a backing file that shrinks -------------------------------------------------------------- */

/* Run @fn in a child; its exit status, and what it wrote to stderr. */
static int run_child(void (*fn)(void), char *output, size_t size)
{
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        fn();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length < size - 1 && (got = read(ends[0], output + length, size - 1 - length)) > 0) {
        length += got;
    }
    output[length] = 0;
    close(ends[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void lose_the_file(void)
{
    g_autofree char *path = g_build_filename(scratch, "ram", NULL);
    uint64_t value;
    ram_config()->backend = add("memory-backend-file,id=m,size=1M,share=on,mem-path=%s", path);
    make_system_ram(MIB);
    memory_install_sigbus();
    if (truncate(path, 0) != 0) {
        _exit(3);
    }
    address_space_load(address_space_memory(), 0x8000, 4, &value);
}

Test(memory_backend, a_backing_file_that_shrinks_is_named_once_and_ends_the_process_with_1)
{
    char output[1000];
    int status = run_child(lose_the_file, output, sizeof(output));
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %#x: %s", status, output);
    g_autofree char *expected = g_strdup_printf("core99: the memory behind guest RAM 'm' is gone: "
                                                "backing file %s/ram was truncated or lost\n",
                                                scratch);
    cr_assert_str_eq(output, expected);
}

static void fault_elsewhere(void)
{
    g_autofree char *path = scratch_file("other", PAGE);
    RamFileOptions options = {.path = path, .share = true};
    static MemoryRegion mr;
    memory_install_sigbus();
    cr_assert(memory_region_init_ram_from_file(&mr, NULL, "x", PAGE, &options, NULL));
    raise(SIGBUS); /* an address that is in no block */
    raise(SIGBUS);
}

Test(memory_backend, a_bus_error_elsewhere_is_not_blamed_on_guest_ram)
{
    char output[1000];
    int status = run_child(fault_elsewhere, output, sizeof(output));
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "status %#x", status);
    cr_assert_str_eq(output, "");
}
