/* SPDX-License-Identifier: MIT */
/*
 * The 9p file server without a device: files as a guest uses them, and no way out of the folder.
 * Covers: hw/virtio/p9_*.c.
 */
#include "hw/virtio/p9_handles.h"
#include "tests/qtest/p9_client.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RDONLY = 0, WRONLY = 1, RDWR = 2, CREAT = 0100, EXCL = 0200, TRUNC = 01000, APPEND = 02000 };
enum { DATA = P9_HEADER + 4 };

TestSuite(p9_server, .fini = client_clean_up);

static int mkfifo_in(P9Client *c, const char *path)
{
    g_autofree char *full = host_path(c, path);
    return mknod(full, S_IFIFO | 0644, 0);
}

static struct stat host_stat(P9Client *c, const char *path)
{
    g_autofree char *full = host_path(c, path);
    struct stat st;
    cr_assert_eq(lstat(full, &st), 0, "%s", full);
    return st;
}

static void expect_text(P9Client *c, uint32_t fid, const char *text)
{
    int got = client_read(c, fid, 0, 4096);
    cr_assert_eq(got, (int)strlen(text), "%d bytes", got);
    cr_assert_eq(memcmp(c->reply + DATA, text, strlen(text)), 0);
}

static void expect_file(P9Client *c, const char *path, const char *text)
{
    g_autofree char *is = host_read(c, path);
    cr_assert_not_null(is, "no %s", path);
    cr_assert_str_eq(is, text);
}

static int getattr(P9Client *c, uint32_t fid)
{
    return client_call(c, P9_TGETATTR, "48", fid, UINT64_C(0x7ff));
}
enum { A_MODE = 21, A_NLINK = 33, A_SIZE = 49 }; /* of its reply */

static int setattr(P9Client *c, uint32_t fid, unsigned valid, unsigned mode, uint64_t size)
{
    return client_call(c, P9_TSETATTR, "4444488888", fid, valid, mode, getuid(), getgid(), size,
                       UINT64_C(1000), UINT64_C(5), UINT64_C(2000), UINT64_C(6));
}

/* --- files --------------------------------------------------------------------------------------- */

Test(p9_server, file_is_read_where_the_guest_wants)
{
    P9Client *c = client_mounted();
    host_mkdir(c, "in/d");
    host_write(c, "in/d/f", "0123456789");
    cr_assert_eq(client_open_path(c, 1, "d/f", RDONLY), 0);
    cr_assert_eq(client_read(c, 1, 3, 4), 4);
    cr_assert_eq(memcmp(c->reply + DATA, "3456", 4), 0);
    cr_assert_eq(client_read(c, 1, 8, 100), 2);
    cr_assert_eq(client_read(c, 1, 10, 100), 0);
    cr_assert_eq(client_read(c, 1, UINT64_MAX, 1), -EINVAL);
    cr_assert_eq(client_write(c, 1, 0, "x"), EBADF);
    cr_assert_eq(client_clunk(c, 1), 0);
    cr_assert_eq(client_read(c, 1, 0, 1), -EBADF);
}

Test(p9_server, file_is_made_written_cut_and_removed)
{
    P9Client *c = client_mounted();
    cr_assert_eq(client_walk(c, 0, 1, "nothing"), ENOENT);
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
    cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT, 0640), 0);
    cr_assert_eq(client_write(c, 1, 0, "hello"), 0);
    cr_assert_eq(client_number(c, 0, 4), 5);
    expect_file(c, "in/f", "hello");
    cr_assert_eq(host_stat(c, "in/f").st_mode, S_IFREG | 0640);
    cr_assert_eq(setattr(c, 1, 8, 0, 2), 0);
    expect_text(c, 1, "he");
    cr_assert_eq(client_call(c, P9_TFSYNC, "44", 1, 0), 0);
    cr_assert_eq(client_call(c, P9_TFSYNC, "4", 1), 0);
    cr_assert_eq(client_call(c, P9_TREMOVE, "4", 1), 0);
    cr_assert(!host_has(c, "in/f"));
    cr_assert_eq(client_clunk(c, 1), EBADF);
}

Test(p9_server, creating_meets_what_is_there)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "old");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
    cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT | EXCL, 0600), EEXIST);
    cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT, 0600), 0);
    expect_text(c, 1, "old");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 2, 0), 0);
    cr_assert_eq(client_create(c, 2, "f", RDWR | CREAT | TRUNC, 0600), 0);
    expect_text(c, 2, "");
    cr_assert_eq(client_create(c, 2, "g", RDWR, 0600), EBADF, "the fid is open");
    host_mkdir(c, "in/d");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 3, 0), 0);
    cr_assert_eq(client_create(c, 3, "d", RDONLY | CREAT, 0600), EISDIR);
}

Test(p9_server, append_and_truncate_are_kept)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "abc");
    cr_assert_eq(client_open_path(c, 1, "f", WRONLY | APPEND), 0);
    cr_assert_eq(client_write(c, 1, 0, "d"), 0);
    expect_file(c, "in/f", "abcd");
    cr_assert_eq(client_open_path(c, 2, "f", WRONLY | TRUNC), 0);
    expect_file(c, "in/f", "");
    cr_assert_eq(client_open_path(c, 3, "f", 3), EINVAL);
}

Test(p9_server, attributes_are_the_host_s)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "12345");
    cr_assert_eq(client_walk(c, 0, 1, "f"), 0);
    cr_assert_eq(setattr(c, 1, 1 | 2 | 4 | 0x10 | 0x20 | 0x80 | 0x100, 0604, 0), 0);
    struct stat st = host_stat(c, "in/f");
    cr_assert_eq(st.st_mode, S_IFREG | 0604);
    cr_assert_eq(st.st_atim.tv_sec, 1000);
    cr_assert_eq(st.st_mtim.tv_nsec, 6);
    cr_assert_eq(getattr(c, 1), 0);
    cr_assert_eq(client_number(c, 0, 8), 0x7ff);
    cr_assert_eq(client_number(c, 13, 8), st.st_ino); /* qid: 8 + 1 + 4 */
    cr_assert_eq(client_number(c, A_MODE, 4), S_IFREG | 0604);
    cr_assert_eq(client_number(c, A_SIZE, 8), 5);
    cr_assert_eq(setattr(c, 1, 8, 0, UINT64_MAX), EINVAL);
    cr_assert_eq(setattr(c, 0, 8, 0, 0), EISDIR);
    cr_assert_eq(client_call(c, P9_TSETATTR, "4444488888", 1, 0x90, 0, 0, 0, UINT64_C(0),
                             UINT64_C(0), UINT64_C(1073741822), UINT64_C(0), UINT64_C(0)),
                 EINVAL, "the host's UTIME_OMIT");
    cr_assert_eq(client_call(c, P9_TSTATFS, "4", 1), 0);
    cr_assert_eq(client_number(c, 0, 4), 0x01021997);
}

Test(p9_server, directories_are_listed_sorted_and_resumed)
{
    P9Client *c = client_mounted();
    host_write(c, "in/b", "");
    host_write(c, "in/a", "");
    host_mkdir(c, "in/c");
    host_symlink(c, "nowhere", "in/l");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
    cr_assert_eq(client_open(c, 1, RDONLY), 0);
    cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, UINT64_C(0), 4096), 0);
    static const char *const names[] = {".", "..", "a", "b", "c", "l"};
    static const uint8_t types[] = {4, 4, 8, 8, 4, 10};
    size_t at = 4;
    uint64_t root = host_stat(c, "in").st_ino;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t length = client_number(c, at + 22, 2);
        cr_assert_eq(client_number(c, at + 13, 8), i + 1);
        cr_assert_eq(client_number(c, at + 21, 1), types[i]);
        cr_assert_eq(length, strlen(names[i]));
        cr_assert_eq(memcmp(c->reply + P9_HEADER + at + 24, names[i], length), 0);
        if (i < 2) {
            cr_assert_eq(client_number(c, at + 5, 8), root, "nothing above the root");
        }
        at += 24 + length;
    }
    cr_assert_eq(at, c->reply_length - P9_HEADER);
    cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, UINT64_C(4), 30), 0);
    cr_assert_eq(client_number(c, 0, 4), 25);
    cr_assert_eq(c->reply[P9_HEADER + 28], 'c');
    cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, UINT64_C(4), 24), EINVAL, "nothing fits");
    cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, UINT64_C(6), 24), 0);
    cr_assert_eq(client_number(c, 0, 4), 0);
    cr_assert_eq(client_read(c, 1, 0, 10), -EISDIR);
}

Test(p9_server, removal_while_listing_skips_nothing)
{
    P9Client *c = client_mounted();
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("in/f%02u", i);
        host_write(c, name, "");
    }
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
    cr_assert_eq(client_open(c, 1, RDONLY), 0);
    uint64_t position = 2;
    cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, UINT64_C(0), 60), 0);
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("f%02u", i);
        cr_assert_eq(client_call(c, P9_TREADDIR, "484", 1, position++, 27), 0);
        cr_assert_eq(memcmp(c->reply + P9_HEADER + 28, name, 3), 0);
        cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, name, 0), 0);
    }
}

Test(p9_server, links_directories_and_renames)
{
    P9Client *c = client_mounted();
    cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "d", 0750, getgid()), 0);
    cr_assert_eq(host_stat(c, "in/d").st_mode, S_IFDIR | 0750);
    cr_assert_eq(client_walk(c, 0, 1, "d"), 0);
    cr_assert_eq(client_call(c, P9_TSYMLINK, "4ss4", 1, "l", "../x", getgid()), 0);
    cr_assert_eq(client_number(c, 0, 1), P9_QID_SYMLINK);
    cr_assert_eq(client_walk(c, 1, 2, "l"), 0);
    cr_assert_eq(client_call(c, P9_TREADLINK, "4", 2), 0);
    cr_assert_eq(memcmp(c->reply + P9_HEADER, "\4\0../x", 6), 0);
    host_write(c, "in/d/f", "f");
    cr_assert_eq(client_walk(c, 1, 3, "f"), 0);
    cr_assert_eq(client_call(c, P9_TREADLINK, "4", 3), EINVAL);
    cr_assert_eq(client_call(c, P9_TLINK, "44s", 0, 3, "hard"), 0);
    cr_assert_eq(host_stat(c, "in/hard").st_nlink, 2);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "d", 0, "e"), 0);
    cr_assert_eq(client_open(c, 3, RDONLY), 0, "the fid follows its directory");
    cr_assert_eq(client_walk(c, 1, 4, "f"), 0);
    cr_assert_eq(client_call(c, P9_TRENAME, "44s", 4, 0, "g"), 0);
    cr_assert_eq(client_open(c, 4, RDONLY), 0);
    expect_file(c, "in/g", "f");
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "e", 0), EISDIR);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "e", 0x200), ENOTEMPTY);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 1, "l", 0x200), ENOTDIR);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 1, "l", 0), 0);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "e", 1), EINVAL);
    cr_assert_eq(client_call(c, P9_TREMOVE, "4", 1), 0);
    cr_assert(!host_has(c, "in/e"));
}

Test(p9_server, unlinked_file_lives_while_it_is_open)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "old");
    cr_assert_eq(client_open_path(c, 1, "f", RDWR), 0);
    cr_assert_eq(client_walk(c, 0, 2, "f"), 0);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "f", 0), 0);
    host_write(c, "in/f", "new");
    expect_text(c, 1, "old");
    cr_assert_eq(client_write(c, 1, 0, "xyz"), 0);
    cr_assert_eq(getattr(c, 1), 0);
    cr_assert_eq(client_number(c, A_NLINK, 8), 0);
    cr_assert_eq(getattr(c, 2), ENOENT, "it is not the new one");
    expect_file(c, "in/f", "new");
}

Test(p9_server, replaced_file_is_not_the_one_that_was_open)
{
    P9Client *c = client_mounted();
    host_write(c, "in/a", "a");
    host_write(c, "in/b", "b");
    cr_assert_eq(client_open_path(c, 1, "b", RDONLY), 0);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "a", 0, "b"), 0);
    expect_text(c, 1, "b");
    cr_assert_eq(client_open_path(c, 2, "b", RDONLY), 0);
    expect_text(c, 2, "a");
}

Test(p9_server, more_files_can_be_open_than_descriptors)
{
    P9Client *c = client_mounted();
    enum { MANY = 2 * P9_OPEN_MAX };
    struct rlimit few = {100, 100};
    setrlimit(RLIMIT_NOFILE, &few);
    for (uint32_t i = 1; i <= MANY; i++) {
        g_autofree char *name = g_strdup_printf("f%u", i);
        g_autofree char *path = g_strconcat("in/", name, NULL);
        host_write(c, path, name);
        cr_assert_eq(client_open_path(c, i, name, RDWR), 0);
    }
    for (uint32_t i = 1; i <= MANY; i += 7) {
        g_autofree char *name = g_strdup_printf("f%u", i);
        expect_text(c, i, name);
    }
    for (uint32_t i = MANY + 1; i < MANY + 200; i++) {
        cr_assert_eq(client_open_path(c, i, "f5", RDWR), 0);
    }
}

Test(p9_server, file_replaced_by_the_host_while_it_was_closed_is_stale)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "one");
    cr_assert_eq(client_open_path(c, 1, "f", RDONLY), 0);
    for (uint32_t i = 2; i < P9_OPEN_MAX + 2; i++) {
        cr_assert_eq(client_open_path(c, i, "f", RDONLY), 0);
    }
    host_write(c, "in/f", "two"); /* a new file under the old name */
    cr_assert_eq(client_read(c, 1, 0, 3), -ESTALE);
    cr_assert_eq(client_read(c, 1, 0, 3), -ESTALE);
    expect_text(c, P9_OPEN_MAX + 1, "one");
}

Test(p9_server, unlinked_open_files_are_limited)
{
    P9Client *c = client_mounted();
    int err = 0;
    uint32_t fid = 1;
    for (; !err && fid < 2 * P9_OPEN_MAX; fid++) {
        cr_assert_eq(client_call(c, P9_TWALK, "442", 0, fid, 0), 0);
        err = client_create(c, fid, "f", RDWR | CREAT, 0600);
        if (!err) {
            cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "f", 0), 0);
        }
    }
    cr_assert_eq(err, EMFILE);
    cr_assert_eq(fid, P9_OPEN_MAX + 2);
    cr_assert_eq(client_clunk(c, 1), 0);
    cr_assert_eq(client_open_path(c, fid, "f", RDONLY), 0);
}

Test(p9_server, file_that_shrinks_reads_short)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "0123456789");
    cr_assert_eq(client_open_path(c, 1, "f", RDONLY), 0);
    g_autofree char *path = host_path(c, "in/f");
    cr_assert_eq(truncate(path, 3), 0);
    expect_text(c, 1, "012");
    cr_assert_eq(client_read(c, 1, 5, 5), 0);
}

Test(p9_server, write_that_does_not_fit_says_so)
{
    P9Client *c = client_mounted();
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
    cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT, 0600), 0);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {6, 6};
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_assert_eq(client_write(c, 1, 4, "abcd"), 0);
    cr_assert_eq(client_number(c, 0, 4), 2);
    cr_assert_eq(client_write(c, 1, 6, "cd"), EFBIG);
}

Test(p9_server, locks_belong_to_the_guest)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "");
    cr_assert_eq(client_walk(c, 0, 1, "f"), 0);
    cr_assert_eq(client_call(c, P9_TLOCK, "414884s", 1, 1, 0, UINT64_C(0), UINT64_C(0), 9, "me"),
                 EBADF);
    cr_assert_eq(client_open(c, 1, RDWR), 0);
    cr_assert_eq(client_call(c, P9_TLOCK, "414884s", 1, 1, 0, UINT64_C(0), UINT64_C(0), 9, "me"),
                 0);
    cr_assert_eq(client_number(c, 0, 1), 0);
    cr_assert_eq(client_call(c, P9_TGETLOCK, "41884s", 1, 1, UINT64_C(5), UINT64_C(6), 9, "me"), 0);
    cr_assert_eq(client_number(c, 0, 1), 2);
    cr_assert_eq(client_number(c, 1, 8), 5);
}

/* --- the protocol -------------------------------------------------------------------------------- */

Test(p9_server, nothing_is_served_before_a_version)
{
    P9Client *c = client_new();
    client_start(c);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 0, P9_NOFID, "", "", 0), EPROTO);
    cr_assert_eq(client_call(c, P9_TVERSION, "4s", 100, P9_VERSION), EMSGSIZE);
    cr_assert_eq(client_call(c, P9_TVERSION, "4s", 8192, "9P2000.u"), 0);
    cr_assert_eq(memcmp(c->reply + P9_HEADER + 6, "unknown", 7), 0);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 0, P9_NOFID, "", "", 0), EPROTO);
    cr_assert_eq(client_call(c, P9_TVERSION, "4s", 0xffffffff, P9_VERSION), 0);
    cr_assert_eq(client_number(c, 0, 4), P9_MSIZE_MAX);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 0, P9_NOFID, "", "/", 0), 0);
    cr_assert_eq(client_call(c, P9_TVERSION, "4s", 8192, P9_VERSION), 0);
    cr_assert_eq(getattr(c, 0), EBADF, "a new version forgets the fids");
}

Test(p9_server, what_is_not_offered_is_refused)
{
    P9Client *c = client_mounted();
    static const unsigned strange[] = {0,   6,   7,   9,   13,  31,  98,  101, 106,
                                       112, 114, 124, 126, 127, 128, 200, 255};
    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++) {
        cr_assert_eq(client_call(c, strange[i], "4", 0), EOPNOTSUPP, "%u", strange[i]);
    }
    cr_assert_eq(client_call(c, P9_TAUTH, "4ss4", 1, "", "", 0), EOPNOTSUPP);
    cr_assert_eq(client_call(c, P9_TXATTRWALK, "44s", 0, 1, "user.x"), EOPNOTSUPP);
    cr_assert_eq(client_call(c, P9_TXATTRCREATE, "4s84", 0, "user.x", UINT64_C(1), 0), EOPNOTSUPP);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 5, 0, "", "", 0), EOPNOTSUPP);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 5, P9_NOFID, "", "d", 0), ENOENT);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", 0, P9_NOFID, "", "", 0), EBADF);
    cr_assert_eq(client_call(c, P9_TATTACH, "44ss4", P9_NOFID, P9_NOFID, "", "", 0), EBADF);
    cr_assert_eq(client_call(c, P9_TFLUSH, "2", 1), 0);
}

Test(p9_server, misshapen_messages_are_refused)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "");
    cr_assert_eq(client_call(c, P9_TCLUNK, ""), EINVAL, "too short");
    cr_assert_eq(client_call(c, P9_TCLUNK, "44", 0, 0), EINVAL, "too long");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 17), EINVAL, "too many names");
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 1), EINVAL, "names missing");
    cr_assert_eq(client_call(c, P9_TWALK, "4422", 0, 1, 1, 9), EINVAL, "a text without an end");
    cr_assert_eq(client_call(c, P9_TWRITE, "484", 0, UINT64_C(0), 0xffffffff), EINVAL);
    g_autofree char *lengthy = g_strnfill(256, 'x');
    cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, lengthy, 0, 0), ENAMETOOLONG);
    cr_assert_eq(client_call(c, P9_TWALK, "44w", 0, 1, (const char *[]){"f", "f", NULL}), 0);
    cr_assert_eq(client_number(c, 0, 2), 1, "the walk ended early");
    cr_assert_eq(getattr(c, 1), EBADF);
    cr_assert_eq(client_walk(c, 0, 0, "f"), 0, "a fid may move itself");
    cr_assert_eq(client_walk(c, 0, P9_NOFID, "f"), EBADF);
}

Test(p9_server, reply_never_exceeds_its_room)
{
    P9Client *c = client_mounted();
    host_write(c, "in/f", "0123456789");
    cr_assert_eq(client_walk(c, 0, 1, "f"), 0);
    c->room = 20;
    cr_assert_eq(getattr(c, 1), EMSGSIZE);
    cr_assert_eq(client_open(c, 1, RDONLY), EMSGSIZE);
    c->room = 24;
    cr_assert_eq(client_open(c, 1, RDONLY), 0);
    c->room = 14;
    cr_assert_eq(client_read(c, 1, 0, 100), 3);
    c->room = 11;
    cr_assert_eq(client_read(c, 1, 0, 100), 0);
    cr_assert_eq(client_call(c, P9_TSTATFS, "4", 1), EMSGSIZE);
}

Test(p9_server, paths_end_where_the_host_s_do)
{
    P9Client *c = client_mounted();
    g_autofree char *name = g_strnfill(255, 'n');
    int err = 0;
    unsigned depth = 0;
    for (uint32_t fid = 0; !err; fid++, depth++) {
        err = client_call(c, P9_TMKDIR, "4s44", fid, name, 0700, getgid());
        err = err ? err : client_walk(c, fid, fid + 1, name);
    }
    cr_assert_eq(err, ENAMETOOLONG);
    cr_assert_eq(depth, 16 + 1);
    /* A directory that moves deeper takes its fids beyond that: they are gone, nothing else is. */
    cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "d", 0700, getgid()), 0);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, name, 0, "m"), 0);
    cr_assert_eq(client_walk(c, 0, 100, "d"), 0);
    cr_assert_eq(getattr(c, 16), 0);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "m", 100, name), 0);
    cr_assert_eq(getattr(c, 16), ENOENT);
    cr_assert_eq(getattr(c, 15), 0);
    cr_assert_eq(getattr(c, 100), 0);
}

/* --- confinement --------------------------------------------------------------------------------- */

Test(p9_server, names_that_are_no_file_names_are_refused)
{
    P9Client *c = client_mounted();
    static const char *const bad[] = {"..", ".", "", "/", "/etc", "../out", "d/..", "d/f", "f/"};
    host_mkdir(c, "in/d");
    host_write(c, "in/f", "");
    cr_assert_eq(client_walk(c, 0, 1, "f"), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *name = bad[i];
        cr_assert_eq(client_call(c, P9_TWALK, "44w", 0, 9, (const char *[]){name, NULL}), EINVAL);
        cr_assert_eq(client_call(c, P9_TWALK, "44w", 0, 9, (const char *[]){"d", name, NULL}),
                     EINVAL);
        cr_assert_eq(client_create(c, 0, name, RDWR | CREAT, 0600), EINVAL);
        cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, name, 0700, 0), EINVAL);
        cr_assert_eq(client_call(c, P9_TSYMLINK, "4ss4", 0, name, "x", 0), EINVAL);
        cr_assert_eq(client_call(c, P9_TMKNOD, "4s4444", 0, name, S_IFREG, 0, 0, 0), EINVAL);
        cr_assert_eq(client_call(c, P9_TLINK, "44s", 0, 1, name), EINVAL);
        cr_assert_eq(client_call(c, P9_TRENAME, "44s", 1, 0, name), EINVAL);
        cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "f", 0, name), EINVAL);
        cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, name, 0, "g"), EINVAL);
        cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, name, 0), EINVAL);
        cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, name, 0x200), EINVAL);
    }
    client_message(c, P9_TUNLINKAT, "4s4", 0, "fXg", 0);
    c->message[P9_HEADER + 4 + 2 + 1] = '\0';
    cr_assert_eq(client_send(c), EINVAL, "a NUL in a name");
    cr_assert(host_has(c, "in/f"));
}

Test(p9_server, root_stays_where_it_is)
{
    P9Client *c = client_mounted();
    host_mkdir(c, "in/d");
    cr_assert_eq(client_walk(c, 0, 1, "d"), 0);
    cr_assert_eq(client_call(c, P9_TRENAME, "44s", 0, 1, "x"), EBUSY);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "d", 1, "x"), EINVAL);
    cr_assert_eq(client_call(c, P9_TREMOVE, "4", 0), EBUSY);
    cr_assert(host_has(c, "in/d"));
}

Test(p9_server, symbolic_links_are_the_guest_s_to_follow)
{
    P9Client *c = client_mounted();
    host_symlink(c, c->out, "in/abs");
    host_symlink(c, "../out", "in/rel");
    host_symlink(c, "../out/secret", "in/file");
    host_symlink(c, "/proc/self/root", "in/magic");
    static const char *const links[] = {"abs", "rel", "file", "magic"};
    for (uint32_t i = 0; i < G_N_ELEMENTS(links); i++) {
        uint32_t fid = 10 + i;
        cr_assert_eq(client_walk(c, 0, fid, links[i]), 0);
        cr_assert_eq(client_number(c, 2, 1), P9_QID_SYMLINK);
        cr_assert_eq(client_open(c, fid, RDONLY), ELOOP);
        cr_assert_eq(client_walk(c, fid, 50, "secret"), ENOTDIR);
        cr_assert_eq(client_create(c, fid, "new", RDWR | CREAT, 0600), ENOTDIR);
        cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", fid, "new", 0700, getgid()), ENOTDIR);
        cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", fid, "secret", 0), ENOTDIR);
        cr_assert_eq(client_call(c, P9_TLINK, "44s", fid, fid, "x"), ENOTDIR);
        cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", fid, "secret", 0, "x"), ENOTDIR);
        cr_assert_eq(setattr(c, fid, 8, 0, 0), EINVAL, "its target's size");
        cr_assert_neq(setattr(c, fid, 1, 0777, 0), 0, "its target's mode");
        cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 60, 0), 0);
        cr_assert_eq(client_create(c, 60, links[i], RDWR | CREAT | TRUNC, 0600), ELOOP);
        cr_assert_eq(client_clunk(c, 60), 0);
    }
    cr_assert_eq(client_call(c, P9_TSYMLINK, "4ss4", 0, "up", "../out/made", getgid()), 0);
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 61, 0), 0);
    cr_assert_eq(client_create(c, 61, "up", WRONLY | CREAT, 0600), ELOOP);
    cr_assert(!host_has(c, "out/made"));
    expect_file(c, "out/secret", "secret");
    cr_assert_eq(setattr(c, 10, 0x10 | 0x20 | 0x80 | 0x100, 0, 0), 0, "the link's own times");
    cr_assert_neq(host_stat(c, "out").st_mtim.tv_sec, 2000);
    cr_assert_eq(host_stat(c, "in/abs").st_mtim.tv_sec, 2000);
}

Test(p9_server, directory_swapped_for_a_link_leads_nowhere)
{
    P9Client *c = client_mounted();
    host_mkdir(c, "in/d");
    host_write(c, "in/d/secret", "mine");
    cr_assert_eq(client_walk(c, 0, 1, "d"), 0);
    cr_assert_eq(client_walk(c, 0, 2, "d/secret"), 0);
    cr_assert_eq(client_open_path(c, 3, "d/secret", RDWR), 0);
    g_autofree char *from = host_path(c, "in/d"), *to = host_path(c, "in/was");
    cr_assert_eq(rename(from, to), 0);
    host_symlink(c, c->out, "in/d");
    cr_assert_eq(client_open(c, 2, RDWR), ELOOP);
    cr_assert_eq(getattr(c, 2), ELOOP);
    cr_assert_eq(client_walk(c, 1, 9, "secret"), ENOTDIR);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 1, "secret", 0), ENOTDIR);
    cr_assert_eq(client_call(c, P9_TREMOVE, "4", 2), ENOTDIR);
    expect_text(c, 3, "mine");
    cr_assert_eq(client_write(c, 3, 0, "MINE"), 0);
    expect_file(c, "in/was/secret", "MINE");
    expect_file(c, "out/secret", "secret");
}

/* A host process that swaps a directory and a link to the outside as fast as it can. */
typedef struct Swapper {
    P9Client *client;
    gint stop; /* atomic */
} Swapper;

static gpointer swap_for_ever(gpointer data)
{
    Swapper *swapper = data;
    P9Client *c = swapper->client;
    g_autofree char *a = host_path(c, "in/d"), *b = host_path(c, "in/l");
    while (!g_atomic_int_get(&swapper->stop)) {
        syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
    }
    return NULL;
}

Test(p9_server, race_with_the_host_is_never_won, .timeout = 60)
{
    P9Client *c = client_mounted();
    Swapper swapper = {.client = c};
    host_mkdir(c, "in/d");
    host_symlink(c, c->out, "in/l");
    GThread *thread = g_thread_new("swap", swap_for_ever, &swapper);
    unsigned inside = 0, outside = 0;
    for (unsigned i = 0; i < 3000; i++) {
        g_autofree char *name = g_strdup_printf("f%u", i);
        if (client_walk(c, 0, 1, "d") == 0) {
            int err = client_create(c, 1, name, RDWR | CREAT, 0600);
            err ? outside++ : inside++;
            client_clunk(c, 1);
        }
        if (client_walk(c, 0, 2, "d/secret") == 0) {
            client_call(c, P9_TREMOVE, "4", 2);
        }
    }
    g_atomic_int_set(&swapper.stop, 1);
    g_thread_join(thread);
    GDir *dir = g_dir_open(c->out, 0, NULL);
    cr_assert_str_eq(g_dir_read_name(dir), "secret");
    cr_assert_null(g_dir_read_name(dir));
    g_dir_close(dir);
    expect_file(c, "out/secret", "secret");
    cr_assert(inside + outside > 0);
}

Test(p9_server, special_files_are_neither_opened_nor_made)
{
    P9Client *c = client_mounted();
    static const unsigned kinds[] = {S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFDIR, S_IFLNK, 0};
    cr_assert_eq(mkfifo_in(c, "in/fifo"), 0);
    for (unsigned flags = 0; flags < 3; flags++) {
        cr_assert_eq(client_walk(c, 0, 1, "fifo"), 0);
        cr_assert_eq(client_open(c, 1, flags), EPERM);
        cr_assert_eq(client_clunk(c, 1), 0);
    }
    cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 2, 0), 0);
    cr_assert_eq(client_create(c, 2, "fifo", RDWR | CREAT, 0600), EPERM);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        cr_assert_eq(client_call(c, P9_TMKNOD, "4s4444", 0, "x", kinds[i] | 0600, 1, 3, getgid()),
                     EPERM);
    }
    cr_assert_eq(client_call(c, P9_TMKNOD, "4s4444", 0, "x", S_IFREG | 0611, 0, 0, getgid()), 0);
    cr_assert_eq(host_stat(c, "in/x").st_mode, S_IFREG | 0611);
    cr_assert_eq(client_walk(c, 0, 4, "fifo"), 0);
    cr_assert_eq(setattr(c, 4, 8, 0, 0), EINVAL);
    cr_assert_eq(getattr(c, 4), 0);
}

Test(p9_server, set_id_bits_pass_only_through_passthrough)
{
    for (unsigned model = 0; model < 2; model++) {
        P9Client *c = client_new();
        c->config.security = model ? P9_SECURITY_PASSTHROUGH : P9_SECURITY_NONE;
        unsigned expected = model ? 06755 : 0755;
        client_start(c);
        client_mount(c);
        cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
        cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT, 06755), 0);
        cr_assert_eq(host_stat(c, "in/f").st_mode & 07777, expected);
        cr_assert_eq(setattr(c, 1, 1 | 2 | 4, 06755, 0), 0);
        cr_assert_eq(host_stat(c, "in/f").st_mode & 07777, expected);
        cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "d", 03755, getgid()), 0);
        cr_assert_eq(host_stat(c, "in/d").st_mode & 07777, 03755);
    }
}

Test(p9_server, owners_are_set_where_the_host_lets_us)
{
    for (unsigned model = 0; model < 2 && getuid() == 0; model++) {
        P9Client *c = client_new();
        c->config.security = model ? P9_SECURITY_PASSTHROUGH : P9_SECURITY_NONE;
        cr_assert_eq(chmod(c->in, 0777), 0);
        cr_assert_eq(chmod(c->place, 0755), 0);
        client_start(c);
        client_mount(c);
        cr_assert_eq(client_call(c, P9_TWALK, "442", 0, 1, 0), 0);
        cr_assert_eq(setresuid(65534, 65534, 0), 0); /* no user can give files away */
        int expected = model ? EPERM : 0;
        cr_assert_eq(client_create(c, 1, "f", RDWR | CREAT, 0640), expected);
        cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "d", 0750, 0), expected);
        cr_assert_eq(client_call(c, P9_TSYMLINK, "4ss4", 0, "l", "x", 0), expected);
        cr_assert_eq(setresuid(0, 0, 0), 0);
        cr_assert_eq(host_has(c, "in/f"), !model, "what cannot be the guest's is not left behind");
        cr_assert_eq(host_has(c, "in/d"), !model);
        cr_assert_eq(host_has(c, "in/l"), !model);
        if (!model) {
            cr_assert_eq(host_stat(c, "in/f").st_uid, 65534);
            cr_assert_eq(host_stat(c, "in/f").st_mode & 07777, 0640);
        }
        cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "e", 0750, 7), 0);
        cr_assert_eq(host_stat(c, "in/e").st_gid, 7, "root can");
    }
}

Test(p9_server, read_only_folder_stays_as_it_is)
{
    P9Client *c = client_new();
    c->config.readonly = true;
    host_write(c, "in/f", "old");
    client_start(c);
    client_mount(c);
    cr_assert_eq(client_walk(c, 0, 1, "f"), 0);
    static const unsigned flags[] = {WRONLY, RDWR, RDONLY | TRUNC};
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        cr_assert_eq(client_open(c, 1, flags[i]), EROFS);
    }
    cr_assert_eq(setattr(c, 1, 1, 0, 0), EROFS);
    cr_assert_eq(client_create(c, 0, "g", RDONLY | CREAT, 0600), EROFS);
    cr_assert_eq(client_call(c, P9_TMKDIR, "4s44", 0, "g", 0700, 0), EROFS);
    cr_assert_eq(client_call(c, P9_TSYMLINK, "4ss4", 0, "g", "x", 0), EROFS);
    cr_assert_eq(client_call(c, P9_TMKNOD, "4s4444", 0, "g", S_IFREG, 0, 0, 0), EROFS);
    cr_assert_eq(client_call(c, P9_TLINK, "44s", 0, 1, "g"), EROFS);
    cr_assert_eq(client_call(c, P9_TRENAME, "44s", 1, 0, "g"), EROFS);
    cr_assert_eq(client_call(c, P9_TRENAMEAT, "4s4s", 0, "f", 0, "g"), EROFS);
    cr_assert_eq(client_call(c, P9_TUNLINKAT, "4s4", 0, "f", 0), EROFS);
    cr_assert_eq(client_open(c, 1, RDONLY), 0);
    expect_text(c, 1, "old");
    cr_assert_eq(client_call(c, P9_TREMOVE, "4", 1), EROFS);
    cr_assert_eq(getattr(c, 1), EBADF, "the fid is gone all the same");
    expect_file(c, "in/f", "old");
}

Test(p9_server, several_file_systems_below_one_root)
{
    for (P9Multidevs model = P9_MULTIDEVS_WARN; model <= P9_MULTIDEVS_FORBID; model++) {
        P9Client *c = client_new();
        c->config.path = "/";
        c->config.readonly = true;
        c->config.multidevs = model;
        client_start(c);
        client_mount(c);
        int err = client_walk(c, 0, 1, "proc/sys");
        if (model == P9_MULTIDEVS_FORBID) {
            cr_assert_eq(err, EXDEV);
        } else {
            cr_assert_eq(err, 0);
            cr_assert_eq(client_number(c, 2 + 5, 8) >> 48, model == P9_MULTIDEVS_REMAP);
        }
    }
}

static void forbid_openat2(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

Test(p9_server, kernel_that_cannot_confine_is_refused)
{
    P9Client *c = client_new();
    Error *err = NULL;
    forbid_openat2();
    c->session = p9_session_new();
    c->server = p9_server_new(&c->config, c->session);
    cr_assert(!p9_server_open(c->server, &err));
    cr_assert_str_eq(
        error_get_pretty(err),
        "the host's kernel has no openat2 (Linux 5.6 or newer), without which a shared "
        "folder cannot be confined");
    error_free(err);
    p9_server_free(c->server);
}

/* --- chance -------------------------------------------------------------------------------------- */

static const char *const some_names[] = {
    "a", "b", "d", "l", "..", ".", "", "out", "a/b", "secret", "../out/secret", "fifo"};

static unsigned pick(GRand *rand, unsigned limit)
{
    return (unsigned)g_rand_int_range(rand, 0, (int)limit);
}

static void random_message(P9Client *c, GRand *rand)
{
    static const char *const formats[P9_TYPES] = {
        [P9_TSTATFS] = "4",       [P9_TLOPEN] = "44",     [P9_TLCREATE] = "4s444",
        [P9_TSYMLINK] = "4ss4",   [P9_TMKNOD] = "4s4444", [P9_TRENAME] = "44s",
        [P9_TREADLINK] = "4",     [P9_TGETATTR] = "48",   [P9_TSETATTR] = "4444488888",
        [P9_TREADDIR] = "484",    [P9_TFSYNC] = "44",     [P9_TLOCK] = "414884s",
        [P9_TGETLOCK] = "41884s", [P9_TLINK] = "44s",     [P9_TMKDIR] = "4s44",
        [P9_TRENAMEAT] = "4s4s",  [P9_TUNLINKAT] = "4s4", [P9_TATTACH] = "44ss4",
        [P9_TFLUSH] = "2",        [P9_TWALK] = "44w",     [P9_TREAD] = "484",
        [P9_TWRITE] = "48d",      [P9_TCLUNK] = "4",      [P9_TREMOVE] = "4",
    };
    unsigned type = pick(rand, P9_TYPES);
    const char *format = formats[type] ? formats[type] : "";
    client_message(c, type, "");
    size_t at = P9_HEADER;
    for (; *format; format++) {
        const char *name = some_names[pick(rand, G_N_ELEMENTS(some_names))];
        size_t length = strlen(name);
        uint64_t number = pick(rand, 4) ? pick(rand, 8)
                                        : (uint64_t)g_rand_int(rand) << pick(rand, 33);
        unsigned size = g_ascii_isdigit(*format) ? (unsigned)(*format - '0')
                        : *format == 'd'         ? 4
                                                 : 2;
        number = *format == 's' ? length : *format == 'w' ? 1 : *format == 'd' ? 3 : number;
        for (unsigned i = 0; i < size; i++) {
            c->message[at++] = (uint8_t)(number >> 8 * i);
        }
        if (*format == 'w') {
            c->message[at++] = (uint8_t)length;
            c->message[at++] = 0;
        }
        if (*format == 's' || *format == 'w') {
            memcpy(c->message + at, name, length);
            at += length;
        }
        at += *format == 'd' ? 3 : 0;
    }
    for (unsigned n = pick(rand, 8) ? 0 : pick(rand, 4); n; n--) { /* and some damage */
        c->message[7 + pick(rand, (unsigned)at)] = (uint8_t)g_rand_int(rand);
    }
    at += pick(rand, 16) ? 0 : pick(rand, 3);
    c->length = at;
    for (unsigned i = 0; i < 4; i++) {
        c->message[i] = (uint8_t)(at >> 8 * i);
    }
}

static void save_and_load(P9Client *c)
{
    g_autoptr(GByteArray) state = g_byte_array_new(), again = g_byte_array_new();
    vmstate_info_p9_session.put(state, &c->session, sizeof(c->session));
    VMStateReader in = {.data = state->data, .length = state->len};
    p9_server_reset(c->server);
    cr_assert(vmstate_info_p9_session.get(&in, &c->session, sizeof(c->session), &error_abort));
    vmstate_info_p9_session.put(again, &c->session, sizeof(c->session));
    cr_assert_eq(again->len, state->len);
    cr_assert_arr_eq(again->data, state->data, state->len);
}

Test(p9_server, random_messages_stay_inside, .timeout = 60)
{
    P9Client *c = client_mounted();
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);
    host_mkdir(c, "in/d");
    host_write(c, "in/d/a", "a");
    host_symlink(c, "../out", "in/l");
    cr_assert_eq(mkfifo_in(c, "in/fifo"), 0);
    for (unsigned i = 0; i < 60000; i++) {
        random_message(c, rand);
        c->room = pick(rand, 4) ? 8192 : P9_ERROR_SIZE + pick(rand, 300);
        client_send(c);
        if (!p9_session_fid(c->session, 0) && c->session->msize) {
            c->room = 8192;
            client_call(c, P9_TATTACH, "44ss4", 0, P9_NOFID, "", "", getuid());
        } else if (!c->session->msize) {
            c->room = 8192;
            client_mount(c);
        }
        if (i % 1000 == 0) {
            save_and_load(c);
        }
    }
    expect_file(c, "out/secret", "secret");
    GDir *dir = g_dir_open(c->out, 0, NULL);
    cr_assert_str_eq(g_dir_read_name(dir), "secret");
    cr_assert_null(g_dir_read_name(dir));
    g_dir_close(dir);
    GDir *place = g_dir_open(c->place, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(place)) {
        count++;
    }
    g_dir_close(place);
    cr_assert_eq(count, 2);
    p9_server_free(c->server);
    p9_session_free(c->session);
}

Test(p9_server, damaged_sessions_are_refused)
{
    P9Client *c = client_mounted();
    host_mkdir(c, "in/d");
    cr_assert_eq(client_walk(c, 0, 1, "d"), 0);
    g_autoptr(GByteArray) state = g_byte_array_new();
    vmstate_info_p9_session.put(state, &c->session, sizeof(c->session));
    static const struct {
        unsigned from_end;
        uint8_t value;
    } damage[] = {{1, '/'}, {1, '.'}, {1, 0}, {2, 9}, {3, 0x80}, {21, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(damage); i++) {
        g_autofree uint8_t *bytes = g_memdup2(state->data, state->len);
        VMStateReader in = {.data = bytes, .length = state->len};
        Error *err = NULL;
        bytes[state->len - damage[i].from_end] = damage[i].value;
        bool ok = vmstate_info_p9_session.get(&in, &c->session, sizeof(c->session), &err);
        cr_assert(!ok || damage[i].from_end == 21, "%zu", i);
        error_free(err);
    }
    for (size_t length = 0; length < state->len; length++) {
        VMStateReader in = {.data = state->data, .length = length};
        Error *err = NULL;
        cr_assert(!vmstate_info_p9_session.get(&in, &c->session, sizeof(c->session), &err));
        error_free(err);
    }
}
