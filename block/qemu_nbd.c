/* SPDX-License-Identifier: MIT */
/*
 * Starting and ending qemu-nbd: see qemu_nbd.h.
 *
 * It ends when its last connection closes. Before it has one, the kernel ends it with us (PR_SET_PDEATHSIG); the
 * signal is one that makes it close the image in order. A Ctrl-C meant for us does not reach it: it has a session of
 * its own.
 */
#include "block/qemu_nbd.h"

#include "block/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_PASSED = 3, WORDS_MAX = 4096, SEND_BUFFER = 2 << 20 };

/* Bytes, as text. */
#define HEAP_LARGEST "8388608"
#define HEAP_KEPT "16777216"

struct QemuNbd {
    GPid pid;
    int words; /* what it says to its stderr; the end of that is its own */
    char *prefix;
    bool has_ended;
};

/* --- a socket without a name -------------------------------------------------------------------------- */

/* As much as the host lets us: a large write then wakes the server less often. No harm if it does not. */
static void enlarge_buffer(int socket)
{
    int bytes = SEND_BUFFER;
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static bool connect_all(const struct sockaddr_un *address, int *sockets, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        sockets[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (sockets[n] < 0 ||
            connect(sockets[n], (const struct sockaddr *)address, sizeof(*address)) < 0) {
            return false;
        }
        enlarge_buffer(sockets[n]);
    }
    return true;
}

static void close_all(int *sockets, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        if (sockets[n] >= 0) {
            close(sockets[n]);
        }
        sockets[n] = -1;
    }
}

/* By way of @folder's descriptor, whose name may be too long for an address. The name is gone again at once. */
static int listen_in(int folder, int *sockets, unsigned count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/nbd", folder);
    bool ok = listener >= 0 &&
              bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
              listen(listener, (int)count) == 0 && connect_all(&address, sockets, count);
    int err = errno;
    unlinkat(folder, "nbd", 0);
    if (!ok && listener >= 0) {
        close(listener);
    }
    errno = err;
    return ok ? listener : -1;
}

/* A socket that listens, and @sockets connected to it; -1 with *errp. */
static int make_sockets(int *sockets, unsigned count, Error **errp)
{
    g_autofree char *name = g_build_filename(g_get_tmp_dir(), "core99-nbd-XXXXXX", NULL);
    memset(sockets, -1, count * sizeof(*sockets));
    if (!g_mkdtemp(name)) {
        error_setg_errno(errp, errno, "cannot make a folder for a socket in '%s'", g_get_tmp_dir());
        return -1;
    }
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int listener = folder >= 0 ? listen_in(folder, sockets, count) : -1;
    if (listener < 0) {
        error_setg_errno(errp, errno, "cannot make a socket in '%s'", name);
        close_all(sockets, count);
    }
    if (folder >= 0) {
        close(folder);
    }
    rmdir(name);
    return listener;
}

/* --- starting ------------------------------------------------------------------------------------------ */

/* In the new process, which has this memory to itself: only what a signal handler may call. @data is the text that
 * its environment gives for its own number. */
static void become_a_server(gpointer data)
{
    char *digit = (char *)data + strlen(data);
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int pid = getpid(); digit != data; pid /= 10) {
        *--digit = (char)('0' + pid % 10);
    }
}

/* It takes a buffer for each request. malloc would give those of a few hundred KB back to the host at once, and page faults
 * cost more than the request then: these are kept, up to HEAP_KEPT of them. */
static char **keep_buffers(char **environment)
{
    environment = g_environ_setenv(environment, "MALLOC_MMAP_THRESHOLD_", HEAP_LARGEST, false);
    return g_environ_setenv(environment, "MALLOC_TRIM_THRESHOLD_", HEAP_KEPT, false);
}

static char **make_environment(char **own_number)
{
    char **environment = g_environ_setenv(g_get_environ(), "LISTEN_FDS", "1", true);
    environment = g_environ_unsetenv(environment, "LISTEN_FDNAMES");
    environment = g_environ_setenv(environment, "LC_ALL", "C", true);
    environment = g_environ_setenv(environment, "LISTEN_PID", "0000000000", true);
    environment = keep_buffers(environment);
    for (char **entry = environment; *entry; entry++) {
        if (g_str_has_prefix(*entry, "LISTEN_PID=")) {
            *own_number = *entry + strlen("LISTEN_PID=");
        }
    }
    return environment;
}

static void explain(const GError *error, Error **errp)
{
    g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)
        ? error_setg(errp, "there is no program qemu-nbd, which reads this format: package "
                           "qemu-utils has it")
        : error_setg(errp, "cannot start qemu-nbd: %s", error->message);
}

typedef struct Birth {
    const char *const *words;
    int listener, complaints;
    GPid pid; /* 0: see @error */
    GError *error;
    bool is_over;
    GMutex lock; /* of is_over */
    GCond is_over_now;
} Birth;

static void spawn_now(gpointer data, G_GNUC_UNUSED gpointer opaque)
{
    Birth *birth = data;
    char *own_number = NULL;
    g_auto(GStrv) environment = make_environment(&own_number);
    int passed = FIRST_PASSED;
    g_spawn_async_with_pipes_and_fds(
        NULL, birth->words, (const char *const *)environment,
        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
        become_a_server, own_number, -1, -1, birth->complaints, &birth->listener, &passed, 1,
        &birth->pid, NULL, NULL, NULL, &birth->error);
    g_mutex_lock(&birth->lock);
    birth->is_over = true;
    g_cond_signal(&birth->is_over_now);
    g_mutex_unlock(&birth->lock);
}

/* By a thread that lives as long as the program: the kernel's signal comes when the thread ends that a process is the
 * child of, and the machine thread, which changes media, ends before the images are closed. */
static void spawn_from_parent(Birth *birth)
{
    BlockCore *core = block_core();
    if (!core->parent_of_servers) {
        core->parent_of_servers = g_thread_pool_new(spawn_now, NULL, 1, true, NULL);
    }
    g_mutex_init(&birth->lock);
    g_cond_init(&birth->is_over_now);
    g_thread_pool_push(core->parent_of_servers, birth, NULL);
    g_mutex_lock(&birth->lock);
    while (!birth->is_over) {
        g_cond_wait(&birth->is_over_now, &birth->lock);
    }
    g_mutex_unlock(&birth->lock);
    g_mutex_clear(&birth->lock);
    g_cond_clear(&birth->is_over_now);
}

static bool spawn(QemuNbd *server, const char *const *words, int listener, int complaints,
                  Error **errp)
{
    Birth birth = {.words = words, .listener = listener, .complaints = complaints};
    spawn_from_parent(&birth);
    server->pid = birth.pid;
    if (birth.error) {
        explain(birth.error, errp);
        g_error_free(birth.error);
        return false;
    }
    return true;
}

/* Nobody reads the pipe while all is well: when it is full, words are dropped. */
static bool make_pipe(int *ends, Error **errp)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
        return true;
    }
    return error_setg_errno(errp, errno, "cannot make a pipe");
}

QemuNbd *qemu_nbd_start(const QemuNbdImage *image, int *sockets, unsigned count, Error **errp)
{
    g_autofree char *shared = g_strdup_printf("--shared=%u", count);
    g_autofree char *cache = g_strdup_printf("--cache=%s", image->cache);
    const char *words[] = {"qemu-nbd",
                           shared,
                           cache,
                           image->may_unmap ? "--discard=unmap" : "--discard=ignore",
                           "--image-opts",
                           image->options,
                           image->is_read_only ? "--read-only" : NULL,
                           NULL};
    int ends[2], listener;
    if (!make_pipe(ends, errp)) {
        return NULL;
    }
    QemuNbd *server = g_new0(QemuNbd, 1);
    server->words = ends[0];
    server->prefix = g_strdup_printf("Failed to blk_new_open '%s': ", image->options);
    listener = make_sockets(sockets, count, errp);
    bool ok = listener >= 0 && spawn(server, words, listener, ends[1], errp);
    close(ends[1]);
    if (listener >= 0) {
        close(listener);
    }
    if (!ok) {
        close_all(sockets, count);
        server->has_ended = true;
        g_clear_pointer(&server, qemu_nbd_free);
    }
    return server;
}

int qemu_nbd_pid(const QemuNbd *server) { return server->pid; }

/* --- ending -------------------------------------------------------------------------------------------- */

/* What it said until it ended; *@ended: it did. */
static char *listen_to_its_end(const QemuNbd *server, int patience_ms, bool *ended)
{
    GString *text = g_string_new(NULL);
    gint64 deadline = g_get_monotonic_time() + patience_ms * G_TIME_SPAN_MILLISECOND;
    char piece[512];
    *ended = false;
    for (gint64 left; !*ended && (left = deadline - g_get_monotonic_time()) > 0;) {
        struct pollfd fd = {.fd = server->words, .events = POLLIN};
        poll(&fd, 1, (int)(left / G_TIME_SPAN_MILLISECOND) + 1);
        ssize_t got = read(server->words, piece, sizeof(piece));
        *ended = got == 0;
        if (got > 0 && text->len < WORDS_MAX) {
            g_string_append_len(text, piece, got);
        }
    }
    return g_string_free(text, false);
}

/* What every image of a format makes it say, and empty lines. */
static bool is_noise(const char *line) { return !*line || g_str_has_prefix(line, "qemu: module "); }

/* One line, without the words that say nothing: "qemu-nbd: Failed to blk_new_open '...': ". */
static char *tidy(const QemuNbd *server, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *at = *line;
        at += g_str_has_prefix(at, "qemu-nbd: ") ? strlen("qemu-nbd: ") : 0;
        at += g_str_has_prefix(at, server->prefix) ? strlen(server->prefix) : 0;
        if (!is_noise(at)) {
            g_string_append_printf(out, "%s%s", out->len ? "; " : "", at);
        }
    }
    return out->len ? g_strdup_printf("qemu-nbd: %s", out->str) : NULL;
}

/* NULL: as it should. */
static char *describe_end(int status)
{
    if (WIFSIGNALED(status)) {
        return g_strdup_printf("qemu-nbd was killed by signal %d (%s)", WTERMSIG(status),
                               strsignal(WTERMSIG(status)));
    }
    return WEXITSTATUS(status)
               ? g_strdup_printf("qemu-nbd ended with status %d", WEXITSTATUS(status))
               : NULL;
}

char *qemu_nbd_last_words(QemuNbd *server, int patience_ms)
{
    bool has_ended;
    int status = 0;
    g_autofree char *text = listen_to_its_end(server, patience_ms, &has_ended);
    if (!has_ended) {
        kill(server->pid, SIGKILL);
    }
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR) {
    }
    server->has_ended = true;
    if (!has_ended) {
        return g_strdup("qemu-nbd does not answer and was killed");
    }
    char *words = WIFEXITED(status) && WEXITSTATUS(status) ? tidy(server, text) : NULL;
    return words ? words : describe_end(status);
}

void qemu_nbd_free(QemuNbd *server)
{
    if (!server) {
        return;
    }
    g_assert(server->has_ended);
    close(server->words);
    g_free(server->prefix);
    g_free(server);
}
