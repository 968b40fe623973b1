/* SPDX-License-Identifier: MIT */
/* gdbstub/server_listen.c: `gdbserver` in a console moves the server, and takes its client away. */
#include "gdbstub/server.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static MachineState *machine;
static MonitorHub *hub;
static GdbServer *server;
static char *folder;

static void start(void)
{
    static const uint8_t zeros[4096];
    folder = g_dir_make_tmp("core99-listen-XXXXXX", NULL);
    g_autofree char *rom = g_build_filename(folder, "rom", NULL);
    cr_assert(g_file_set_contents(rom, (const char *)zeros, sizeof(zeros), NULL));
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    g_unlink(rom);
    machine_start_thread(machine);
    hub = monitor_hub_new(machine);
    server = gdb_server_new(machine);
    gdb_server_set_monitors(server, hub);
}

static void finish(void)
{
    machine_stop_thread(machine);
    gdb_server_free(server);
    monitor_hub_free(hub);
    cr_assert_eq(g_rmdir(folder), 0, "a socket was left behind");
    g_free(folder);
}

static char *path_of(const char *name) { return g_build_filename(folder, name, NULL); }

/* `gdbserver unix:FOLDER/NAME` and what it says. */
static char *serve(const char *name)
{
    g_autofree char *path = path_of(name);
    g_autofree char *line = g_strdup_printf("gdbserver unix:%s", path);
    return monitor_execute(hub, line);
}

static void says(const char *line, const char *wanted)
{
    g_autofree char *text = monitor_execute(hub, line);
    cr_assert(strstr(text, wanted), "%s: '%s' instead of '%s'", line, text, wanted);
}

static void turn(void)
{
    for (int i = 0; i < 100 && g_main_context_iteration(NULL, FALSE); i++) {
    }
}

/* Below 0: nobody listens there. */
static int client_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = path_of(name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    turn();
    return fd;
}

static const char *answer_to(int fd, const char *packet)
{
    static char text[4096];
    cr_assert_eq(send(fd, packet, strlen(packet), MSG_NOSIGNAL), (ssize_t)strlen(packet));
    for (int i = 0; i < 2000; i++) {
        turn();
        ssize_t got = recv(fd, text, sizeof(text) - 1, 0);
        if (got >= 0) {
            text[got] = '\0';
            return text;
        }
        g_usleep(1000);
    }
    return "nothing";
}

static bool has_hung_up(int fd)
{
    char byte;
    turn();
    return recv(fd, &byte, 1, 0) == 0;
}

Test(gdb_listen, console_opens_and_closes_the_server)
{
    start();
    g_autofree char *text = serve("one");
    cr_assert(g_str_has_prefix(text, "Waiting for gdb connection on device 'unix:"), "%s", text);
    int client = client_at("one");
    cr_assert_str_eq(answer_to(client, "$qC#b4"), "+$QC1#c5");
    says("gdbserver none", "Disabled gdbserver");
    cr_assert(has_hung_up(client));
    close(client);
    cr_assert(client_at("one") < 0);
    says("gdbserver none", "Disabled gdbserver");
    finish();
}

Test(gdb_listen, another_address_takes_the_place_of_the_first)
{
    start();
    g_free(serve("one"));
    int first = client_at("one");
    cr_assert_str_eq(answer_to(first, "$qC#b4"), "+$QC1#c5");
    g_free(serve("two"));
    cr_assert(has_hung_up(first));
    cr_assert(client_at("one") < 0);
    int second = client_at("two");
    cr_assert_str_eq(answer_to(second, "$qC#b4"), "+$QC1#c5");
    close(first);
    close(second);
    finish();
}

Test(gdb_listen, same_address_again_changes_nothing)
{
    start();
    g_free(serve("one"));
    int client = client_at("one");
    g_autofree char *text = serve("one");
    cr_assert(g_str_has_prefix(text, "Waiting"), "%s", text);
    cr_assert_str_eq(answer_to(client, "$qC#b4"), "+$QC1#c5");
    close(client);
    finish();
}

Test(gdb_listen, bad_address_leaves_the_server_where_it_is)
{
    start();
    g_free(serve("one"));
    int client = client_at("one");
    says("gdbserver nonsense", "expected tcp:HOST:PORT, unix:PATH, chardev:ID or none");
    says("gdbserver stdio", "expected tcp:");
    says("gdbserver tcp::0", "gdbserver tcp::0: ");
    says("gdbserver tcp:example.org:1", "is not a numeric address");
    says("gdbserver unix:/nowhere/at/all", "gdbserver unix:/nowhere/at/all: ");
    says("gdbserver unix:", "expected unix:PATH");
    says("gdbserver chardev:none", "gdbserver chardev:none: ");
    cr_assert_str_eq(answer_to(client, "$qC#b4"), "+$QC1#c5");
    close(client);
    finish();
}

/* `monitor gdbserver none`, as gdb sends it. */
Test(gdb_listen, debugger_cannot_take_its_own_server_away)
{
    start();
    g_free(serve("one"));
    int client = client_at("one");
    const char *answer = answer_to(client, "$qRcmd,676462736572766572206e6f6e65#80");
    cr_assert(g_str_has_prefix(answer, "+$O676462736572766572"), "%s", answer);
    cr_assert(strstr(answer_to(client, "+$qC#b4"), "$QC1#c5"));
    close(client);
    finish();
}
