/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: what a client sends to the gdb server.
 *
 * An input is lines: each becomes a packet with the right check sum (so that more than the framing is
 * reached), a line that begins with '!' goes out as it is. The client vanishes behind the last one.
 */
#include "gdbstub/wire.h"
#include "tests/fuzz/machine.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(int fd)
{
    char bytes[8192];
    fuzz_machine_turn();
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
    }
}

static void send_all(int fd, const char *bytes, size_t length)
{
    for (int i = 0; i < 1000 && length > 0; i++) {
        ssize_t sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
        drain(fd);
    }
}

/* A console command, in digits, is for the other target, and must be harmless here too. */
static bool is_harmless(const char *line, size_t length)
{
    size_t size = length > 6 ? (length - 6) / 2 : 0;
    g_autofree char *command = g_malloc0(size + 1);
    return length < 6 || memcmp(line, "qRcmd,", 6) != 0 ||
           !wire_parse_hex(line + 6, (uint8_t *)command, size) ||
           (memchr(command, 0, size) == NULL && fuzz_line_is_harmless(command));
}

static void send_line(int fd, const char *line, size_t length)
{
    if (length && *line == '!') {
        if (!memmem(line, length, "qRcmd", 5)) {
            send_all(fd, line + 1, length - 1);
        }
    } else if (is_harmless(line, length)) {
        g_autoptr(GString) frame = g_string_new("$");
        uint8_t sum = 0;
        for (size_t i = 0; i < length; i++) {
            sum = (uint8_t)(sum + (uint8_t)line[i]);
        }
        g_string_append_len(frame, line, (gssize)length);
        g_string_append_printf(frame, "#%02x", sum);
        send_all(fd, frame->str, frame->len);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_machine_init(*argc, *argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    FuzzMachine *fuzz = fuzz_machine_begin();
    g_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    GSocket *socket = g_socket_new_from_fd(ends[1], NULL);
    gdb_server_accept(fuzz->server, socket);
    g_object_unref(socket);
    const char *at = (const char *)data, *end = at + size;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        send_line(ends[0], at, (size_t)(stop - at));
        at = stop + 1;
    }
    drain(ends[0]);
    close(ends[0]);
    fuzz_machine_turn();
    fuzz_machine_end(fuzz);
    return 0;
}
