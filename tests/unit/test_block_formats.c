/* SPDX-License-Identifier: MIT */
/*
 * Images that qemu-nbd reads and writes, made and judged by qemu-img; disks of an NBD server; what ends with an error.
 * Covers: block/formats.c, qemu_nbd.c, nbd.c, nbd_with_libnbd.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "block/nbd.h"
#include "time/clock.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 4 << 20, PIECE = 64 << 10 };

/* A folder with "raw", SIZE bytes of which no two sectors are alike, and what is made of it. */
typedef struct Scene {
    char *folder, *raw;
    uint8_t *model; /* what the disk holds */
    BlockConf conf;
    BlockBackend *blk;
} Scene;

/* --- the host's side ------------------------------------------------------------------------------------ */

static char *path_in(const Scene *s, const char *name)
{
    return g_build_filename(s->folder, name, NULL);
}

static void run(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void run(const char *format, ...)
{
    va_list ap;
    int status;
    va_start(ap, format);
    g_autofree char *line = g_strdup_vprintf(format, ap);
    va_end(ap);
    cr_assert(g_spawn_command_line_sync(line, NULL, NULL, &status, NULL), "%s", line);
    cr_assert_eq(status, 0, "%s: status %d", line, status);
}

static void fill(uint8_t *data, size_t bytes, unsigned seed)
{
    for (size_t n = 0; n < bytes; n++) {
        data[n] = (uint8_t)((n / 512) * 7 + n + seed + 1);
    }
}

/* Ends the test if the host's tools are missing. */
static void open_scene(Scene *s)
{
    g_autofree char *tool = g_find_program_in_path("qemu-img");
    if (!tool || !block_nbd_library()) {
        cr_skip_test("%s", tool ? "built without libnbd" : "qemu-img is not installed");
    }
    *s = (Scene){.folder = g_dir_make_tmp("core99-formats-XXXXXX", NULL)};
    s->raw = path_in(s, "raw");
    s->model = g_malloc(SIZE);
    fill(s->model, SIZE, 0);
    cr_assert(g_file_set_contents(s->raw, (const char *)s->model, SIZE, NULL));
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
}

static void close_scene(Scene *s)
{
    run("rm -rf %s", s->folder);
    g_free(s->folder);
    g_free(s->raw);
    g_free(s->model);
}

/* The image @name of @format with the contents of "raw"; its whole name. */
static char *new_image(const Scene *s, const char *name, const char *format)
{
    char *path = path_in(s, name);
    run("qemu-img convert -f raw -O %s %s %s", format, s->raw, path);
    return path;
}

static void expect_contents(const Scene *s, const char *path, const char *format)
{
    g_autofree char *copy = path_in(s, "copy"), *there = NULL;
    gsize length;
    run("qemu-img convert -f %s -O raw %s %s", format, path, copy);
    cr_assert(g_file_get_contents(copy, &there, &length, NULL));
    cr_assert_geq(length, SIZE, "%s", format);
    cr_assert_eq(memcmp(there, s->model, SIZE), 0, "%s", format);
}

/* --- the guest's side ------------------------------------------------------------------------------------- */

typedef struct Answer {
    bool is_there;
    int ret;
    uint8_t *data; /* where to copy what was read */
} Answer;

static void note(void *opaque, BlockRequest *request)
{
    Answer *answer = opaque;
    *answer = (Answer){true, request->ret, answer->data};
    if (answer->data && request->op == BLOCK_READ && request->ret == 0) {
        memcpy(answer->data, request->data, request->bytes);
    }
}

static int wait_for(Answer *answer)
{
    while (!answer->is_there) {
        cr_assert(clock_warp(machine_clock()));
        clock_service(machine_clock());
    }
    return answer->ret;
}

static int do_disk(const Scene *s, BlockOp op, uint64_t offset, uint64_t bytes)
{
    Answer answer = {0};
    BlockRequest *request = blk_request_new(s->blk, op, offset, bytes);
    request->flags = op == BLOCK_WRITE_ZEROES ? BLOCK_MAY_UNMAP : 0;
    blk_submit(request, note, &answer);
    return wait_for(&answer);
}

static int write_disk(Scene *s, uint64_t offset, uint64_t bytes, unsigned seed)
{
    Answer answer = {0};
    BlockRequest *request = blk_request_new(s->blk, BLOCK_WRITE, offset, bytes);
    fill(s->model + offset, bytes, seed);
    memcpy(request->data, s->model + offset, bytes);
    blk_submit(request, note, &answer);
    return wait_for(&answer);
}

static void expect_disk(const Scene *s)
{
    g_autofree uint8_t *there = g_malloc(SIZE);
    Answer answer = {.data = there};
    blk_submit(blk_request_new(s->blk, BLOCK_READ, 0, SIZE), note, &answer);
    cr_assert_eq(wait_for(&answer), 0);
    cr_assert_eq(memcmp(there, s->model, SIZE), 0);
}

static void attach(Scene *s)
{
    s->conf = (BlockConf){.drive = (char *)"d0",
                          .logical_block_size = 512,
                          .physical_block_size = 512,
                          .discard_granularity = UINT32_MAX,
                          .latency = 20000};
    cr_assert(blkconf_attach(&s->conf, object_get_root(), true, &error_abort));
    s->blk = s->conf.blk;
}

static bool add_drive(const char *path, const char *more, Error **errp)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("file=%s,if=none,%s", path, more);
    return block_add_drive(text, devices, errp);
}

/* Drive d0; @more as "format=qcow2". */
static void open_disk(Scene *s, const char *path, const char *more)
{
    g_autofree char *all = g_strdup_printf("id=d0,%s", more);
    cr_assert(add_drive(path, all, &error_abort));
    attach(s);
}

static void close_disk(Scene *s)
{
    blkconf_detach(&s->conf);
    block_fini_all();
}

static void expect_refusal(const char *path, const char *more, const char *message)
{
    Error *err = NULL;
    cr_assert(!add_drive(path, more, &err), "%s,%s", path, more);
    cr_assert_not_null(strstr(error_get_pretty(err), message), "%s: %s", more,
                       error_get_pretty(err));
    cr_assert_null(strchr(error_get_pretty(err), '\n'), "%s", error_get_pretty(err));
    error_free(err);
}

static char *info(void)
{
    GString *out = g_string_new(NULL);
    BlockInfo what = {.is_verbose = true};
    cr_assert(block_info(&what, out, &error_abort));
    return g_string_free(out, false);
}

static int server_of(void)
{
    static const char key[] = "qemu-nbd, process ";
    g_autofree char *text = info();
    const char *at = strstr(text, key);
    cr_assert_not_null(at, "%s", text);
    return atoi(at + sizeof(key) - 1);
}

/* --- formats ---------------------------------------------------------------------------------------------- */

Test(block_formats, images_are_read_and_written_as_qemu_img_has_them)
{
    static const char *const formats[] = {"qcow2", "qcow", "qed", "vmdk",
                                          "vdi",   "vhdx", "vpc", "parallels"};
    Scene s;
    open_scene(&s);
    for (size_t n = 0; n < G_N_ELEMENTS(formats); n++) {
        g_autofree char *path = new_image(&s, formats[n], formats[n]);
        g_autofree char *more = g_strdup_printf("format=%s", formats[n]);
        open_disk(&s, path, more);
        cr_assert_geq(blk_getlength(s.blk), SIZE);
        expect_disk(&s);
        cr_assert_eq(write_disk(&s, 512, 512, 1), 0);
        cr_assert_eq(write_disk(&s, 100 * 512, 3 * PIECE + 512, 2), 0);
        cr_assert_eq(write_disk(&s, SIZE - 512, 512, 3), 0);
        cr_assert_eq(do_disk(&s, BLOCK_FLUSH, 0, 0), 0);
        expect_disk(&s);
        close_disk(&s);
        expect_contents(&s, path, formats[n]);
        fill(s.model, SIZE, 0);
    }
    close_scene(&s);
}

Test(block_formats, a_format_that_is_not_given_is_found_out)
{
    static const char *const formats[] = {"qcow2", "vmdk", "vdi", "vhdx", "parallels"};
    Scene s;
    open_scene(&s);
    for (size_t n = 0; n < G_N_ELEMENTS(formats); n++) {
        g_autofree char *path = new_image(&s, "image", formats[n]);
        open_disk(&s, path, "readonly=on");
        g_autofree char *text = info(),
                        *expected = g_strdup_printf("image (%s, read-only)", formats[n]);
        cr_assert_not_null(strstr(text, expected), "%s", text);
        expect_disk(&s);
        close_disk(&s);
    }
    close_scene(&s);
}

static void zero(Scene *s, BlockOp op, uint64_t offset, uint64_t bytes)
{
    cr_assert_eq(do_disk(s, op, offset, bytes), 0);
    memset(s->model + offset, 0, bytes);
}

Test(block_formats, zeroes_and_discards_read_as_zeroes)
{
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    open_disk(&s, path, "format=qcow2,discard=unmap");
    zero(&s, BLOCK_WRITE_ZEROES, 512, 2 * PIECE);
    zero(&s, BLOCK_DISCARD, 5 * PIECE + 1024, 3 * PIECE);
    expect_disk(&s);
    close_disk(&s);
    expect_contents(&s, path, "qcow2");
    open_disk(&s, path, "format=qcow2");
    zero(&s, BLOCK_WRITE_ZEROES, 20 * PIECE, PIECE + 512);
    cr_assert_eq(do_disk(&s, BLOCK_DISCARD, 30 * PIECE, PIECE), 0);
    expect_disk(&s);
    close_disk(&s);
    expect_contents(&s, path, "qcow2");
    close_scene(&s);
}

/* Many at once, some of them on the same bytes. */
Test(block_formats, requests_side_by_side_keep_their_order)
{
    enum { MANY = 600, TOP = 48 };
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    g_autoptr(GRand) rand = g_rand_new_with_seed(99);
    open_disk(&s, path, "format=qcow2");
    g_autofree Answer *answers = g_new0(Answer, MANY);
    for (unsigned n = 0; n < MANY; n++) {
        uint64_t offset = (uint64_t)g_rand_int_range(rand, 0, TOP) * 512;
        uint64_t bytes = (uint64_t)g_rand_int_range(rand, 1, 300) * 512;
        bool is_write = n % 8 != 7;
        BlockRequest *request = is_write ? blk_request_new(s.blk, BLOCK_WRITE, offset, bytes)
                                         : blk_request_new(s.blk, BLOCK_FLUSH, 0, 0);
        if (is_write) {
            fill(s.model + offset, bytes, n);
            memcpy(request->data, s.model + offset, bytes);
        }
        blk_submit(request, note, &answers[n]);
    }
    for (unsigned n = 0; n < MANY; n++) {
        cr_assert_eq(wait_for(&answers[n]), 0);
    }
    expect_disk(&s);
    close_disk(&s);
    expect_contents(&s, path, "qcow2");
    close_scene(&s);
}

Test(block_formats, a_snapshot_leaves_the_image_until_commit)
{
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    open_disk(&s, path, "format=qcow2,snapshot=on");
    cr_assert_eq(write_disk(&s, PIECE, PIECE, 5), 0);
    expect_disk(&s);
    uint8_t *written = g_memdup2(s.model, SIZE);
    fill(s.model, SIZE, 0);
    expect_contents(&s, path, "qcow2");
    memcpy(s.model, written, SIZE);
    g_free(written);
    cr_assert(block_commit("d0", &error_abort));
    expect_disk(&s);
    close_disk(&s);
    expect_contents(&s, path, "qcow2");
    close_scene(&s);
}

Test(block_formats, backing_files_are_read_and_named)
{
    Scene s;
    open_scene(&s);
    g_autofree char *base = new_image(&s, "base", "qcow2"), *path = path_in(&s, "top");
    run("qemu-img create -q -f qcow2 -b base -F qcow2 %s", path);
    open_disk(&s, path, "format=qcow2");
    g_autofree char *text = info();
    cr_assert_not_null(strstr(text, "    Backing file:     base\n"), "%s", text);
    cr_assert_eq(write_disk(&s, 2 * PIECE + 512, 1024, 9), 0);
    expect_disk(&s);
    close_disk(&s);
    expect_contents(&s, path, "qcow2");
    close_scene(&s);
}

/* --- -blockdev ---------------------------------------------------------------------------------------------- */

Test(block_formats, nodes_refer_to_files_and_pass_options_on)
{
    Scene s;
    open_scene(&s);
    Error *err = NULL;
    g_autofree char *path = new_image(&s, "a,b", "qcow2");
    g_autofree char *file = g_strdup_printf("driver=file,node-name=f,filename=%s/a,,b", s.folder);
    cr_assert(block_add_node(file, &error_abort));
    cr_assert(!block_add_node("driver=qcow2,node-name=d1,file=f,no-such-thing=1", &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "no-such-thing"), "%s", error_get_pretty(err));
    error_free(err);
    cr_assert(block_add_node("driver=qcow2,node-name=q,file=f,lazy-refcounts=on", &error_abort));
    cr_assert(block_add_node("driver=raw,node-name=d0,file=q,offset=1M,size=1M", &error_abort));
    attach(&s);
    cr_assert_eq(blk_getlength(s.blk), 1 << 20);
    close_disk(&s);
    err = NULL;
    cr_assert(block_add_node("driver=null-co,node-name=n", &error_abort));
    cr_assert(!block_add_node("driver=qcow2,node-name=d1,file=n", &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "stands above a file"));
    error_free(err);
    block_fini_all();
    close_scene(&s);
}

/* --- what fails ----------------------------------------------------------------------------------------------- */

static unsigned count_fds(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

static void expect_no_children(void)
{
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_assert_eq(errno, ECHILD);
}

Test(block_formats, images_that_are_bad_are_refused_in_one_line)
{
    Scene s;
    open_scene(&s);
    g_autofree char *good = new_image(&s, "good", "qcow2"), *cut = new_image(&s, "cut", "qcow2");
    g_autofree char *orphan = path_in(&s, "orphan"), *none = path_in(&s, "none");
    cr_assert_eq(truncate(cut, 70), 0);
    run("qemu-img create -q -u -f qcow2 -b none -F raw %s 1M", orphan);
    unsigned fds = count_fds();
    expect_refusal(s.raw, "format=qcow2", "as qcow2: qemu-nbd: Image is not in qcow2 format");
    expect_refusal(s.raw, "format=vhdx", "as vhdx: qemu-nbd: ");
    expect_refusal(s.raw, "format=vpc", "as vpc: qemu-nbd: invalid VPC image");
    expect_refusal(cut, "format=qcow2", "as qcow2: qemu-nbd: ");
    expect_refusal(orphan, "format=qcow2", "Could not open backing file");
    expect_refusal(none, "format=qcow2", "No such file");
    expect_refusal(good, "format=qcow2,offset=512", "qemu-nbd: ");
    expect_refusal(good, "format=vdi,discard=sometimes", "discard takes");
    cr_assert_eq(count_fds(), fds);
    expect_no_children();
    g_setenv("PATH", "/nonexistent", true);
    expect_refusal(good, "format=qcow2",
                   "no program qemu-nbd, which reads this format: package qemu-utils");
    g_setenv("PATH", "/usr/local/bin:/usr/bin:/bin", true);
    cr_assert_eq(count_fds(), fds);
    expect_no_children();
    close_scene(&s);
}

Test(block_formats, two_writers_of_an_image_are_refused)
{
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    open_disk(&s, path, "format=qcow2");
    expect_refusal(path, "format=qcow2", "another process or drive uses '");
    expect_refusal(path, "format=qcow2,readonly=on", "another process or drive uses '");
    close_disk(&s);
    open_disk(&s, path, "format=qcow2,readonly=on");
    cr_assert(add_drive(path, "format=qcow2,readonly=on", &error_abort));
    expect_refusal(path, "format=qcow2", "another process or drive uses '");
    close_disk(&s);
    close_scene(&s);
}

Test(block_formats, a_server_that_is_killed_fails_all_that_comes)
{
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    unsigned fds = count_fds();
    open_disk(&s, path, "format=qcow2");
    cr_assert_eq(write_disk(&s, 0, 512, 1), 0);
    cr_assert_eq(do_disk(&s, BLOCK_FLUSH, 0, 0), 0);
    cr_assert_eq(kill(server_of(), SIGKILL), 0);
    for (unsigned n = 0; n < 10; n++) {
        cr_assert_eq(do_disk(&s, BLOCK_WRITE_ZEROES, 512, 512), -EIO);
        cr_assert_eq(do_disk(&s, BLOCK_READ, 512, 512), -EIO);
        cr_assert_eq(do_disk(&s, BLOCK_FLUSH, 0, 0), -EIO);
    }
    close_disk(&s);
    expect_no_children();
    expect_contents(&s, path, "qcow2");
    open_disk(&s, path, "format=qcow2"); /* as if nothing had happened */
    expect_disk(&s);
    close_disk(&s);
    cr_assert_leq(count_fds(), fds);
    expect_no_children();
    close_scene(&s);
}

/* --- servers that are there already -------------------------------------------------------------------------- */

static void start_server(const Scene *s, const char *options)
{
    run("qemu-nbd --fork -t --pid-file=%s/pid -f raw -k %s/socket %s %s", s->folder, s->folder,
        options, s->raw);
}

/* Dead is not enough: its last thread holds the image's locks. */
static bool is_unlocked(const char *path)
{
    g_autofree char *line = g_strdup_printf("qemu-img info -f raw %s", path), *out = NULL,
                    *err = NULL;
    int status;
    cr_assert(g_spawn_command_line_sync(line, &out, &err, &status, NULL), "%s", line);
    return status == 0;
}

static void signal_server(const Scene *s, int number)
{
    g_autofree char *path = path_in(s, "pid"), *text = NULL;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    kill(atoi(text), number);
}

static void end_server(const Scene *s)
{
    signal_server(s, SIGKILL);
    for (unsigned n = 0; n < 500 && !is_unlocked(s->raw); n++) {
        g_usleep(10000);
    }
}

Test(block_formats, a_server_s_disk_is_read_and_written)
{
    static const char *const shared[] = {"-e 1", "-e 0", "-e 2 -x a/b"};
    static const char *const more[] = {"", "", ",export=a/b"};
    Scene s;
    open_scene(&s);
    for (size_t n = 0; n < G_N_ELEMENTS(shared); n++) {
        g_autofree char *text = g_strdup_printf(
            "driver=nbd,node-name=d0,server.type=unix,server.path=%s/socket%s", s.folder, more[n]);
        start_server(&s, shared[n]);
        cr_assert(block_add_node(text, &error_abort));
        attach(&s);
        expect_disk(&s);
        cr_assert_eq(write_disk(&s, 512, 9 * PIECE, (unsigned)n), 0);
        zero(&s, BLOCK_WRITE_ZEROES, 1 << 20, 3 * PIECE);
        cr_assert_eq(do_disk(&s, BLOCK_FLUSH, 0, 0), 0);
        expect_disk(&s);
        close_disk(&s);
        end_server(&s);
        expect_contents(&s, s.raw, "raw");
    }
    close_scene(&s);
}

Test(block_formats, a_server_may_forbid_to_write_and_may_go_away)
{
    Scene s;
    open_scene(&s);
    g_autofree char *old = g_strdup_printf("nbd:unix:%s/socket", s.folder);
    start_server(&s, "-r -e 0");
    expect_refusal(old, "format=raw", "is read-only; readonly=on reads it");
    open_disk(&s, old, "readonly=on");
    expect_disk(&s);
    end_server(&s);
    cr_assert_eq(do_disk(&s, BLOCK_READ, 0, 512), -EIO);
    cr_assert_eq(do_disk(&s, BLOCK_READ, 0, 512), -EIO);
    close_disk(&s);
    expect_refusal(old, "format=raw", "Connection refused");
    expect_refusal("nbd://127.0.0.1:1/", "format=raw", "'nbd://127.0.0.1:1/': ");
    close_scene(&s);
}

Test(block_formats, server_that_does_not_answer_is_lost)
{
    Scene s;
    open_scene(&s);
    start_server(&s, "-e 0");
    g_autofree char *text = g_strdup_printf("driver=nbd,node-name=d0,path=%s/socket", s.folder);
    cr_assert(block_add_node(text, &error_abort));
    attach(&s);
    nbd_pool_set_patience(((NbdState *)block_node_find("d0")->state)->pool, 100);
    expect_disk(&s);
    signal_server(&s, SIGSTOP);
    cr_assert_eq(do_disk(&s, BLOCK_READ, 0, 512), -EIO);
    cr_assert_eq(do_disk(&s, BLOCK_FLUSH, 0, 0), -EIO);
    close_disk(&s);
    end_server(&s);
    close_scene(&s);
}

Test(block_formats, own_server_that_does_not_answer_is_lost_too_and_killed)
{
    Scene s;
    open_scene(&s);
    g_autofree char *path = new_image(&s, "image", "qcow2");
    g_autofree char *text = g_strdup_printf("driver=qcow2,node-name=d0,file.filename=%s", path);
    cr_assert(block_add_node(text, &error_abort));
    attach(&s);
    expect_disk(&s);
    nbd_pool_set_patience(((NbdState *)block_node_find("d0")->state)->pool, 100);
    pid_t server = server_of();
    kill(server, SIGSTOP);
    cr_assert_eq(do_disk(&s, BLOCK_READ, 0, 512), -EIO);
    cr_assert_eq(write_disk(&s, 0, 512, 1), -EIO);
    close_disk(&s);
    cr_assert_eq(kill(server, 0), -1);
    close_scene(&s);
}

Test(block_formats, server_that_stands_still_at_the_end_is_left_alone)
{
    Scene s;
    BlockStuck stuck;
    open_scene(&s);
    start_server(&s, "-e 0");
    g_autofree char *text = g_strdup_printf("driver=nbd,node-name=d0,path=%s/socket", s.folder);
    cr_assert(block_add_node(text, &error_abort));
    attach(&s);
    expect_disk(&s);
    nbd_pool_set_patience(((NbdState *)block_node_find("d0")->state)->pool, 100);
    signal_server(&s, SIGSTOP);
    gint64 begin = g_get_monotonic_time();
    close_disk(&s);
    cr_assert_lt(g_get_monotonic_time() - begin, 10 * G_TIME_SPAN_SECOND);
    cr_assert(!block_is_stuck(block_core(), 0, &stuck));
    end_server(&s);
    close_scene(&s);
}

Test(block_formats, addresses_of_servers_that_are_wrong_are_refused_by_name)
{
    static const char *const cases[][2] = {
        {"", "give one of uri=URI"},
        {",server.type=inet", "give one of uri=URI"},
        {",server.type=fd,server.str=1", "'server.str'"},
        {",server.type=fd,path=/x", "server.type takes inet, unix"},
        {",server.type=unix,server.host=a", "server.type=unix takes server.path"},
        {",server.type=inet,server.path=/a", "server.type=inet takes server.host"},
        {",uri=nbd://a,path=/b", "give one of uri=URI"},
        {",uri=nbd://127.0.0.1,reconnect-delay=5", "reconnect-delay is not built"},
        {",uri=http://127.0.0.1", "'http://127.0.0.1': "},
        {",uri=nbd://127.0.0.1:65537", "65537"},
        {",host=127.0.0.1,port=0", "a port is 1 to 65535"},
        {",path=/nonexistent/socket", "'nbd+unix:///?socket=/nonexistent/socket': "},
    };
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        g_autofree char *text = g_strdup_printf("driver=nbd,node-name=a%s", cases[n][0]);
        Error *err = NULL;
        if (!block_nbd_library() && n >= 8) {
            break;
        }
        cr_assert(!block_add_node(text, &err), "%s", text);
        cr_assert_not_null(strstr(error_get_pretty(err), cases[n][1]), "%s: %s", text,
                           error_get_pretty(err));
        error_free(err);
    }
}
