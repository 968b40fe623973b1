/* SPDX-License-Identifier: MIT */
/* chardev/chardev.h: rings, back ends, the mux, the command line. */
#include "chardev/chardev.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* A front end that remembers. */
typedef struct Front {
    Chardev *port;
    GString *got;
    GString *events;
    size_t room;
    unsigned sends;
} Front;

static size_t front_can_receive(void *opaque) { return ((Front *)opaque)->room; }

static void front_receive(void *opaque, const uint8_t *data, size_t length)
{
    Front *front = opaque;

    cr_assert_leq(length, front->room);
    front->room -= length;
    g_string_append_len(front->got, (const char *)data, (gssize)length);
}

static void front_event(void *opaque, ChardevEvent event)
{
    g_string_append_c(((Front *)opaque)->events, "OCBIX"[event]);
}

static void front_can_send(void *opaque) { ((Front *)opaque)->sends++; }

static const ChardevHandlers front_handlers = {
    .can_receive = front_can_receive,
    .receive = front_receive,
    .event = front_event,
    .can_send = front_can_send,
};

static Front *front_new(Chardev *chr)
{
    Front *front = g_new0(Front, 1);

    front->got = g_string_new(NULL);
    front->events = g_string_new(NULL);
    front->room = SIZE_MAX / 2;
    front->port = chardev_claim(chr, &error_abort);
    chardev_set_handlers(front->port, &front_handlers, front);
    return front;
}

static void front_free(Front *front)
{
    chardev_release(front->port);
    g_string_free(front->got, TRUE);
    g_string_free(front->events, TRUE);
    g_free(front);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Front, front_free)

static void say(Front *front, const char *text)
{
    cr_assert_eq(chardev_write(front->port, text, strlen(text)), strlen(text));
}

/* Run the main loop until it has nothing more to do. */
static void settle(void)
{
    for (int quiet = 0; quiet < 3;) {
        quiet = g_main_context_iteration(NULL, FALSE) ? 0 : quiet + 1;
    }
}

static char *directory;

static char *path_of(const char *name) { return g_build_filename(directory, name, NULL); }

static char *contents(const char *path)
{
    char *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    return text;
}

static Chardev *new_chardev(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
static Chardev *new_chardev(const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return chardev_new_from_str(text, &error_abort);
}

static void setup(void) { directory = g_dir_make_tmp("core99-chardev-XXXXXX", NULL); }

static void teardown(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", directory);

    chardev_fini_all();
    cr_assert_eq(system(command), 0);
    g_free(directory);
}

TestSuite(chardev, .init = setup, .fini = teardown, .timeout = 120);

/* --- creation ------------------------------------------------------------------------------------ */

static void expect_error(const char *text, const char *message)
{
    g_autoptr(Error) err = NULL;

    cr_assert_null(chardev_new_from_str(text, &err));
    cr_assert_str_eq(error_get_pretty(err), message);
}

Test(chardev, bad_options_are_refused_in_one_line)
{
    new_chardev("null,id=twice");
    expect_error("stdoi,id=x", "unknown character back end 'stdoi'; did you mean 'stdio'?");
    expect_error("xyzzy,id=x",
                 "unknown character back end 'xyzzy'; known: file, null, pty, socket, stdio");
    expect_error("mux,id=x",
                 "unknown character back end 'mux'; known: file, null, pty, socket, stdio");
    expect_error("ringbuf,id=x", "character back end 'ringbuf' is not built yet");
    expect_error("socket,id=x,host=localhost,port=1234,websocket=on",
                 "option 'websocket' of back end socket is not built yet");
    expect_error("null", "id=NAME is missing");
    expect_error("null,id=1x", "id '1x' is not a letter followed by letters, digits and -._");
    expect_error("null,id=twice", "id 'twice' is taken");
    expect_error("stdio,id=x,sginal=off", "unknown option 'sginal'; did you mean 'signal'?");
    expect_error("file,id=x", "back end file needs path=FILE");
    expect_error("file,id=x,path=/nonexistent/y",
                 "cannot open '/nonexistent/y': No such file or directory");
    expect_error("null,id=x,mux=perhaps", "option 'mux': expected on or off, not 'perhaps'");
    expect_error("id=x", "the back end is missing: stdio, file, ...");
    cr_assert_null(chardev_find("x"));
}

static void expect_legacy_error(const char *text, const char *message)
{
    g_autoptr(Error) err = NULL;

    cr_assert_null(chardev_new_legacy("serial0", text, &err));
    cr_assert_str_eq(error_get_pretty(err), message);
}

Test(chardev, bad_legacy_forms_are_refused_in_one_line)
{
    expect_legacy_error("udp:localhost:1", "character device 'udp' is not built yet");
    expect_legacy_error("tcp:localhost", "expected tcp:HOST:PORT");
    expect_legacy_error("telnet:", "expected telnet:HOST:PORT");
    expect_legacy_error("/dev/ttyS0", "host devices such as '/dev/ttyS0' are not built yet");
    expect_legacy_error("stdoi", "unknown character device 'stdoi'; did you mean 'stdio'?");
    expect_legacy_error("chardev:none", "there is no chardev 'none'");
    expect_legacy_error("mon:vc", "character device 'vc' is not built yet");
}

Test(chardev, legacy_forms_make_the_same_objects)
{
    g_autofree char *path = path_of("a,b");
    g_autofree char *text = g_strconcat("file:", path, NULL);
    Chardev *file = chardev_new_legacy("serial0", text, &error_abort);
    Chardev *mux = chardev_new_legacy("serial1", "mon:null", &error_abort);

    cr_assert_eq(chardev_find("serial0"), file);
    cr_assert_eq(chardev_new_legacy("x", "chardev:serial0", &error_abort), file);
    cr_assert(g_file_test(path, G_FILE_TEST_EXISTS));
    cr_assert(chardev_wants_monitor(mux) && !chardev_wants_monitor(file));
    cr_assert_str_eq(object_get_typename(OBJECT(mux)), "chardev-mux");
    cr_assert_not_null(chardev_new_legacy("monitor", "none", &error_abort));
    cr_assert_eq(object_resolve_path("/chardevs/serial0", NULL), OBJECT(file));
}

Test(chardev, help_lists_back_ends_and_options)
{
    g_autofree char *all = chardev_help("help");
    g_autofree char *one = chardev_help("socket,help");

    cr_assert(strstr(all, "  stdio    standard input and output\n"));
    cr_assert_null(strstr(all, "mux "));
    cr_assert(strstr(one, "server=<bool>") && strstr(one, "logfile=<string>"));
    cr_assert_null(strstr(one, "backend"));
    cr_assert_null(chardev_help("stdio,id=x"));
}

Test(chardev, info_names_what_each_is)
{
    g_autofree char *path = path_of("out");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *expected = g_strdup_printf("a: file:%s\nb: null (disconnected)\nc: mux of "
                                                "null (disconnected)\n",
                                                path);

    new_chardev("null,id=b");
    new_chardev("file,id=a,path=%s", path);
    new_chardev("null,id=c,mux=on");
    chardev_info(text);
    cr_assert_str_eq(text->str, expected);
}

Test(chardev, one_front_end_a_chardev)
{
    Chardev *chr = new_chardev("null,id=n");
    Chardev *port = chardev_claim(chr, &error_abort);
    g_autoptr(Error) err = NULL;

    cr_assert_eq(port, chr);
    cr_assert_null(chardev_claim(chr, &err));
    cr_assert_str_eq(error_get_pretty(err), "chardev 'n' is already in use");
    chardev_release(port);
    chardev_release(chardev_claim(chr, &error_abort));
    chardev_release(NULL);
}

/* --- output --------------------------------------------------------------------------------------- */

Test(chardev, file_gets_what_is_written)
{
    g_autofree char *path = path_of("out");
    g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=%s", path));
    g_autofree char *text = NULL;

    say(front, "hello ");
    say(front, "world\n");
    settle();
    text = contents(path);
    cr_assert_str_eq(text, "hello world\n");
    cr_assert_str_eq(front->events->str, "O");
    cr_assert_gt(front->sends, 0);
}

Test(chardev, file_is_truncated_or_appended_to)
{
    g_autofree char *path = path_of("out");
    g_autofree char *kept = NULL;
    g_autofree char *fresh = NULL;

    g_file_set_contents(path, "old ", -1, NULL);
    {
        g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=%s,append=on", path));
        say(front, "new");
        chardev_flush_all(100);
    }
    kept = contents(path);
    cr_assert_str_eq(kept, "old new");
    new_chardev("file,id=g,path=%s", path);
    fresh = contents(path);
    cr_assert_str_eq(fresh, "");
}

Test(chardev, null_takes_everything_and_no_port_too)
{
    g_autoptr(Front) front = front_new(new_chardev("null,id=n"));
    g_autofree char *much = g_malloc0(3 * CHARDEV_RING_SIZE);

    cr_assert_eq(chardev_write(front->port, much, 3 * CHARDEV_RING_SIZE), 3 * CHARDEV_RING_SIZE);
    cr_assert_eq(chardev_can_write(front->port), CHARDEV_RING_SIZE);
    cr_assert_eq(chardev_write(NULL, much, 100), 100);
    cr_assert_eq(chardev_can_write(NULL), CHARDEV_RING_SIZE);
}

Test(chardev, full_disk_is_reported_once_and_output_discarded)
{
    g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=/dev/full"));

    say(front, "lost");
    settle();
    cr_assert_not(chardev_is_connected(front->port));
    say(front, "lost too");
    settle();
    cr_assert_eq(chardev_can_write(front->port), CHARDEV_RING_SIZE);
    cr_assert_str_eq(front->events->str, "OC");
}

static void count_call(void *opaque) { (*(unsigned *)opaque)++; }

Test(chardev, full_ring_takes_away_the_headroom_until_it_drains)
{
    g_autofree char *path = path_of("out");
    g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=%s", path));
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    ChardevCore *core = chardev_core();
    unsigned calls = 0;

    chardev_set_headroom_hook(count_call, &calls);
    cr_assert(chardev_has_headroom(core));
    cr_assert_eq(chardev_write(front->port, much, CHARDEV_RING_SIZE - CHARDEV_HEADROOM),
                 CHARDEV_RING_SIZE - CHARDEV_HEADROOM);
    cr_assert(chardev_has_headroom(core));
    say(front, "y");
    cr_assert_not(chardev_has_headroom(core));
    cr_assert_eq(chardev_write(front->port, much, CHARDEV_RING_SIZE), CHARDEV_HEADROOM - 1);
    cr_assert_eq(chardev_write(front->port, "z", 1), 0);
    settle();
    cr_assert(chardev_has_headroom(core));
    cr_assert_eq(calls, 1);
}

Test(chardev, destroying_a_full_chardev_gives_the_headroom_back)
{
    g_autofree char *path = path_of("fifo");
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    int reader;

    cr_assert_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    {
        g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=%s", path));
        while (chardev_write(front->port, much, CHARDEV_RING_SIZE) > 0) {
            settle();
        }
        cr_assert_not(chardev_has_headroom(chardev_core()));
        chardev_flush_all(5);
    }
    object_unparent(OBJECT(chardev_find("f")));
    cr_assert(chardev_has_headroom(chardev_core()));
    close(reader);
}

Test(chardev, logfile_gets_a_copy_even_without_a_peer)
{
    g_autofree char *log = path_of("log");
    g_autofree char *path = path_of("sock");
    g_autofree char *text = NULL;
    g_autoptr(Front) front = front_new(
        new_chardev("socket,id=s,path=%s,server=on,wait=off,logfile=%s", path, log));

    say(front, "nobody listens");
    settle();
    text = contents(log);
    cr_assert_str_eq(text, "nobody listens");
}

typedef struct Writer {
    Chardev *port;
    size_t total;
} Writer;

static void *write_much(void *opaque)
{
    Writer *writer = opaque;
    uint8_t chunk[977];

    for (size_t done = 0; done < writer->total;) {
        size_t length = MIN(sizeof(chunk), writer->total - done);
        for (size_t i = 0; i < length; i++) {
            chunk[i] = (uint8_t)((done + i) * 31 >> 3);
        }
        length = chardev_write(writer->port, chunk, length);
        done += length;
        if (!length) {
            g_usleep(50);
        }
    }
    return NULL;
}

Test(chardev, another_thread_may_write_while_the_main_loop_drains)
{
    g_autofree char *path = path_of("out");
    g_autoptr(Front) front = front_new(new_chardev("file,id=f,path=%s", path));
    Writer writer = {.port = front->port, .total = 5000000};
    GThread *thread = g_thread_new("writer", write_much, &writer);
    struct stat status = {0};
    g_autofree char *text = NULL;

    while (stat(path, &status) == 0 && (size_t)status.st_size < writer.total) {
        g_main_context_iteration(NULL, FALSE);
    }
    g_thread_join(thread);
    text = contents(path);
    for (size_t i = 0; i < writer.total; i++) {
        cr_assert_eq((uint8_t)text[i], (uint8_t)(i * 31 >> 3));
    }
}

/* --- stdio ------------------------------------------------------------------------------------------ */

/* Standard input and output become pipes; the far ends are returned. */
static void make_pipes(int *to_stdin, int *from_stdout)
{
    int in[2], out[2];

    cr_assert(pipe(in) == 0 && pipe(out) == 0);
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[0]);
    close(out[1]);
    *to_stdin = in[1];
    *from_stdout = out[0];
    fcntl(*from_stdout, F_SETFL, O_NONBLOCK);
}

static void send_text(int fd, const char *text)
{
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    settle();
}

/* All that is there to read now. */
static char *take_text(int fd)
{
    GString *text = g_string_new(NULL);
    char chunk[4096];
    ssize_t length;

    settle();
    while ((length = read(fd, chunk, sizeof(chunk))) > 0) {
        g_string_append_len(text, chunk, length);
    }
    return g_string_free(text, FALSE);
}

static void expect_text(int fd, const char *expected)
{
    g_autofree char *text = take_text(fd);

    cr_assert_str_eq(text, expected);
}

Test(chardev, stdio_goes_both_ways)
{
    int in, out;
    g_autoptr(Front) front = NULL;
    g_autoptr(Error) err = NULL;

    make_pipes(&in, &out);
    front = front_new(chardev_new_legacy("serial0", "stdio", &error_abort));
    send_text(in, "typed");
    cr_assert_str_eq(front->got->str, "typed");
    say(front, "printed");
    expect_text(out, "printed");
    cr_assert_null(chardev_new_from_str("stdio,id=second", &err));
    cr_assert_str_eq(error_get_pretty(err), "standard input and output serve one chardev only");
}

Test(chardev, stdio_output_flags_are_not_changed_for_others)
{
    int in, out;

    make_pipes(&in, &out);
    new_chardev("stdio,id=s");
    cr_assert_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
    cr_assert_eq(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0);
}

Test(chardev, unread_stdout_never_blocks_and_nothing_is_lost)
{
    int in, out;
    g_autoptr(Front) front = NULL;
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    size_t sent = 0, got = 0;

    make_pipes(&in, &out);
    front = front_new(new_chardev("stdio,id=s"));
    for (size_t taken = 1; taken > 0; sent += taken) {
        taken = chardev_write(front->port, much, CHARDEV_RING_SIZE);
        settle();
    }
    cr_assert_gt(sent, CHARDEV_RING_SIZE);
    cr_assert_not(chardev_has_headroom(chardev_core()));
    for (int i = 0; i < 10; i++) {
        g_autofree char *text = take_text(out);
        got += strlen(text);
    }
    cr_assert_eq(got, sent);
    cr_assert(chardev_has_headroom(chardev_core()));
}

Test(chardev, input_waits_until_the_front_end_takes_it)
{
    int in, out;
    g_autoptr(Front) front = NULL;

    make_pipes(&in, &out);
    front = front_new(new_chardev("stdio,id=s"));
    front->room = 3;
    send_text(in, "abcdef");
    cr_assert_str_eq(front->got->str, "abc");
    front->room = 10;
    settle();
    cr_assert_str_eq(front->got->str, "abc");
    chardev_accept_input(front->port);
    settle();
    cr_assert_str_eq(front->got->str, "abcdef");
}

Test(chardev, end_of_stdin_leaves_the_output_alive)
{
    int in, out;
    g_autoptr(Front) front = NULL;

    make_pipes(&in, &out);
    front = front_new(new_chardev("stdio,id=s"));
    send_text(in, "last");
    close(in);
    settle();
    cr_assert_str_eq(front->got->str, "last");
    say(front, "still here");
    expect_text(out, "still here");
}

Test(chardev, closed_stdout_discards_the_output)
{
    int in, out;
    g_autoptr(Front) front = NULL;

    make_pipes(&in, &out);
    front = front_new(new_chardev("stdio,id=s"));
    close(out);
    say(front, "nobody");
    settle();
    say(front, "nobody");
    settle();
    cr_assert_eq(chardev_can_write(front->port), CHARDEV_RING_SIZE);
    send_text(in, "typed");
    cr_assert_str_eq(front->got->str, "typed");
}

Test(chardev, flush_writes_out_what_the_machine_said_last)
{
    int in, out;
    g_autoptr(Front) front = NULL;
    char text[16] = "";

    make_pipes(&in, &out);
    front = front_new(new_chardev("stdio,id=s,mux=on"));
    say(front, "power down");
    chardev_flush_all(100);
    cr_assert_eq(read(out, text, sizeof(text)), 10);
    cr_assert_str_eq(text, "power down");
}

/* Standard input and output become a terminal; its other end is returned. */
static int make_terminal(void)
{
    int far, near;

    cr_assert_eq(openpty(&far, &near, NULL, NULL, NULL), 0);
    dup2(near, STDIN_FILENO);
    dup2(near, STDOUT_FILENO);
    close(near);
    fcntl(far, F_SETFL, O_NONBLOCK);
    return far;
}

static tcflag_t local_modes(void)
{
    struct termios modes;

    cr_assert_eq(tcgetattr(STDIN_FILENO, &modes), 0);
    return modes.c_lflag;
}

Test(chardev, terminal_is_raw_until_the_end)
{
    int far = make_terminal();
    tcflag_t before = local_modes();

    new_chardev("stdio,id=s");
    cr_assert_eq(local_modes() & (ICANON | ECHO | ISIG), ISIG);
    object_unparent(OBJECT(chardev_find("s")));
    cr_assert_eq(local_modes(), before);
    chardev_new_legacy("serial0", "mon:stdio", &error_abort);
    cr_assert_eq(local_modes() & (ICANON | ECHO | ISIG), 0);
    raise(SIGCONT);
    cr_assert_eq(local_modes() & (ICANON | ECHO), 0);
    chardev_stdio_restore();
    cr_assert_eq(local_modes(), before);
    close(far);
}

Test(chardev, escape_key_works_while_the_front_end_takes_nothing)
{
    int far = make_terminal();
    Chardev *chr = chardev_new_legacy("serial0", "mon:stdio", &error_abort);
    g_autoptr(Front) serial = front_new(chr);
    g_autoptr(Front) console = front_new(chr);
    g_autofree char *pasted = g_strnfill(1000, 'p');

    serial->room = 0;
    for (int i = 0; i < 20; i++) {
        send_text(far, pasted);
    }
    send_text(far, "\1cstop");
    settle();
    cr_assert_str_eq(console->got->str, "stop");
    cr_assert_str_eq(serial->got->str, "");
    close(far);
}

/* --- socket ----------------------------------------------------------------------------------------- */

static int connect_client(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    settle();
    return fd;
}

Test(chardev, socket_server_serves_one_client_after_another)
{
    g_autofree char *path = path_of("sock");
    g_autofree char *text = g_strdup_printf("unix:%s,server,nowait", path);
    g_autoptr(Front) front = front_new(chardev_new_legacy("serial0", text, &error_abort));
    int first, second;

    say(front, "unheard");
    cr_assert_not(chardev_is_connected(front->port));
    first = connect_client(path);
    second = connect_client(path);
    say(front, "hello");
    expect_text(first, "hello");
    expect_text(second, "");
    send_text(first, "typed");
    cr_assert_str_eq(front->got->str, "typed");
    close(first);
    settle();
    say(front, "again");
    expect_text(second, "again");
    cr_assert_str_eq(front->events->str, "OCO");
    close(second);
}

Test(chardev, socket_client_connects_and_sees_the_end)
{
    g_autofree char *path = path_of("sock");
    g_autoptr(Front)
        server = front_new(new_chardev("socket,id=a,path=%s,server=on,wait=off", path));
    g_autoptr(Front) client = front_new(new_chardev("socket,id=b,path=%s", path));

    settle();
    say(server, "ping");
    say(client, "pong");
    settle();
    cr_assert_str_eq(client->got->str, "ping");
    cr_assert_str_eq(server->got->str, "pong");
    chardev_release(server->port);
    server->port = NULL;
    object_unparent(OBJECT(chardev_find("a")));
    settle();
    cr_assert_str_eq(client->events->str, "OC");
    cr_assert_not(g_file_test(path, G_FILE_TEST_EXISTS));
}

Test(chardev, slow_socket_peer_never_blocks_and_its_end_frees_the_ring)
{
    g_autofree char *path = path_of("sock");
    g_autoptr(Front) front = front_new(new_chardev("socket,id=s,path=%s,server=on,wait=off", path));
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    int fd = connect_client(path);

    while (chardev_write(front->port, much, CHARDEV_RING_SIZE) > 0) {
        settle();
    }
    cr_assert_not(chardev_has_headroom(chardev_core()));
    close(fd);
    settle();
    cr_assert(chardev_has_headroom(chardev_core()));
}

static void *connect_later(void *opaque)
{
    g_usleep(20000);
    return GINT_TO_POINTER(connect_client(opaque));
}

Test(chardev, waiting_server_starts_with_its_client)
{
    g_autofree char *path = path_of("sock");
    GThread *thread = g_thread_new("client", connect_later, path);
    Chardev *chr = new_chardev("socket,id=s,path=%s,server=on", path);

    cr_assert(chardev_is_connected(chr));
    close(GPOINTER_TO_INT(g_thread_join(thread)));
}

Test(chardev, socket_mistakes_are_one_line)
{
    g_autofree char *path = path_of("file");
    g_autofree char *text = g_strdup_printf("socket,id=x,path=%s,server=on,wait=off", path);
    g_autofree char *message = g_strdup_printf(
        "cannot bind unix socket '%s': Error binding to address "
        "(GUnixSocketAddress): Address already in use",
        path);

    g_file_set_contents(path, "precious", -1, NULL);
    expect_error(text, message);
    cr_assert(g_file_test(path, G_FILE_TEST_EXISTS));
    expect_error("socket,id=x", "back end socket needs path=SOCKET or port=NUMBER");
    expect_error("socket,id=x,path=", "back end socket needs path=SOCKET or port=NUMBER");
    expect_error("socket,id=x,port=0", "expected a port from 1 to 65535");
    expect_error("socket,id=x,port=65536,server=on", "expected a port from 0 to 65535");
    expect_error("socket,id=x,path=/x,port=1", "a socket has a path, or a host and a port");
    expect_error("socket,id=x,port=1,server=on,reconnect=1",
                 "option 'reconnect' is for server=off only");
    expect_error("socket,id=x,host=127.0.0.1,port=1,ipv6=on", "host '127.0.0.1': no such address");
    expect_error("socket,id=x,path=/nonexistent/s,wait=on", "option 'wait' is for server=on only");
    expect_error("socket,id=x,path=/nonexistent/s",
                 "cannot connect to unix socket '/nonexistent/s': No such file or directory");
}

/* --- TCP and telnet ----------------------------------------------------------------------------------- */

/* The port that "a: tcp:127.0.0.1:PORT..." of `info chardev` names. */
static uint16_t port_of(const char *id)
{
    g_autoptr(GString) text = g_string_new("\n");
    g_autofree char *start = g_strdup_printf("\n%s: ", id);

    chardev_info(text);
    const char *line = strstr(text->str, start);
    cr_assert_not_null(line);
    const char *address = strstr(line, "127.0.0.1:");
    cr_assert_not_null(address, "%s", line);
    return (uint16_t)atoi(address + strlen("127.0.0.1:"));
}

static int connect_tcp(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    settle();
    return fd;
}

static void send_bytes(int fd, const char *bytes, size_t length)
{
    cr_assert_eq(write(fd, bytes, length), (ssize_t)length);
    g_usleep(2000);
    settle();
}

/* What arrives within a while: loopback needs a moment. */
static void expect_bytes(int fd, const char *bytes, size_t length)
{
    char got[256];
    size_t have = 0;

    for (unsigned i = 0; i < 2000 && have < length; i++) {
        settle();
        ssize_t done = read(fd, got + have, sizeof(got) - have);
        have += done > 0 ? (size_t)done : 0;
        g_usleep(500);
    }
    cr_assert_eq(have, length);
    cr_assert_eq(memcmp(got, bytes, length), 0);
}

Test(chardev, tcp_server_listens_on_this_machine_and_tells_its_port)
{
    g_autoptr(Front)
        front = front_new(chardev_new_legacy("a", "tcp::0,server,nowait", &error_abort));
    int fd = connect_tcp(port_of("a"));

    cr_assert_str_eq(front->events->str, "O");
    say(front, "hello");
    expect_bytes(fd, "hello", 5);
    send_bytes(fd, "typed\377\0", 7);
    cr_assert_str_eq(front->got->str, "typed\377");
    close(fd);
    g_usleep(2000);
    settle();
    say(front, "unheard");
    cr_assert_str_eq(front->events->str, "OC");
}

Test(chardev, tcp_client_talks_to_a_server)
{
    g_autoptr(Front) server = front_new(new_chardev("socket,id=a,port=0,server=on,wait=off"));
    g_autofree char *text = g_strdup_printf("tcp:localhost:%u,ipv4,nodelay", port_of("a"));
    g_autoptr(Front) client = front_new(chardev_new_legacy("b", text, &error_abort));

    g_usleep(2000);
    settle();
    say(client, "ping");
    for (unsigned i = 0; i < 1000 && !server->got->len; i++) {
        settle();
        g_usleep(500);
    }
    cr_assert_str_eq(server->got->str, "ping");
}

static void run_until(bool (*is_true)(Front *front), Front *front)
{
    for (unsigned i = 0; i < 20000 && !is_true(front); i++) {
        settle();
        g_usleep(500);
    }
    cr_assert(is_true(front));
}

static bool is_connected(Front *front) { return chardev_is_connected(front->port); }
static bool is_alone(Front *front) { return !chardev_is_connected(front->port); }

Test(chardev, client_with_reconnect_waits_for_its_server_and_comes_back)
{
    g_autofree char *path = path_of("sock");
    g_autoptr(Front) client = front_new(new_chardev("socket,id=c,path=%s,reconnect=1", path));

    cr_assert(is_alone(client));
    new_chardev("socket,id=s,path=%s,server=on,wait=off", path);
    run_until(is_connected, client);
    object_unparent(OBJECT(chardev_find("s")));
    run_until(is_alone, client);
    new_chardev("socket,id=s,path=%s,server=on,wait=off", path);
    run_until(is_connected, client);
}

static const char telnet_greeting[] = "\377\373\1\377\373\3\377\375\3\377\375\37";

Test(chardev, telnet_is_taken_out_of_the_characters)
{
    g_autoptr(Front)
        front = front_new(chardev_new_legacy("a", "telnet::0,server,nowait", &error_abort));
    ChardevTerminal terminal;
    int fd = connect_tcp(port_of("a"));

    expect_bytes(fd, telnet_greeting, 12);
    send_bytes(fd, "a\377\375\1b\377\373\37\377\372\37\0\144\0\50\377\360c", 18);
    send_bytes(fd, "\r\0d\r\ne\377\377\377\363\377\364\377", 13);
    send_bytes(fd, "\361f", 2);
    cr_assert_str_eq(front->got->str, "abc\rd\re\377\3f");
    cr_assert_str_eq(front->events->str, "OB");
    cr_assert(chardev_terminal(front->port, &terminal));
    cr_assert(terminal.columns == 100 && terminal.rows == 40 && terminal.needs_returns);
    say(front, "x\377y\377");
    expect_bytes(fd, "x\377\377y\377\377", 6);
    close(fd);
}

Test(chardev, telnet_garbage_is_harmless)
{
    g_autoptr(Front)
        front = front_new(chardev_new_legacy("a", "telnet::0,server,nowait", &error_abort));
    int fd = connect_tcp(port_of("a"));
    uint32_t seed = 7;

    for (unsigned turn = 0; turn < 200; turn++) {
        char bytes[500];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 30 ? 240 + (seed >> 24) % 16 : seed >> 20);
        }
        send_bytes(fd, bytes, sizeof(bytes));
    }
    cr_assert(chardev_is_connected(front->port));
    close(fd);
}

/* --- pty ---------------------------------------------------------------------------------------------- */

Test(chardev, pty_serves_whoever_opens_it)
{
    g_autofree char *path = path_of("tty");
    g_autofree char *text = g_strdup_printf("pty:%s", path);
    g_autoptr(Front) front = front_new(chardev_new_legacy("serial0", text, &error_abort));
    ChardevTerminal terminal;

    say(front, "unheard");
    cr_assert(is_alone(front));
    cr_assert(chardev_terminal(front->port, &terminal) && terminal.needs_returns);
    for (unsigned turn = 0; turn < 2; turn++) {
        int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
        run_until(is_connected, front);
        say(front, "hello\n");
        expect_bytes(fd, "hello\n", 6);
        send_bytes(fd, "typed\003\r", 7);
        cr_assert_str_eq(front->got->str, turn ? "typed\003\rtyped\003\r" : "typed\003\r");
        close(fd);
        run_until(is_alone, front);
    }
    object_unparent(OBJECT(chardev_find("serial0")));
    cr_assert_not(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
}

Test(chardev, pty_that_nobody_reads_any_more_frees_the_ring)
{
    g_autofree char *path = path_of("tty");
    g_autoptr(Front) front = front_new(new_chardev("pty,id=p,path=%s", path));
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    int fd = open(path, O_RDWR | O_NOCTTY);

    front->room = 0; /* nothing is read either */
    run_until(is_connected, front);
    while (chardev_write(front->port, much, CHARDEV_RING_SIZE) > 0) {
        settle();
    }
    cr_assert_not(chardev_has_headroom(chardev_core()));
    close(fd);
    run_until(is_alone, front);
    cr_assert(chardev_has_headroom(chardev_core()));
}

Test(chardev, pty_link_never_replaces_a_file)
{
    g_autofree char *path = path_of("precious");
    g_autofree char *text = g_strdup_printf("pty,id=x,path=%s", path);
    g_autofree char *message = g_strdup_printf("cannot make the link '%s': File exists", path);

    g_file_set_contents(path, "precious", -1, NULL);
    expect_error(text, message);
    cr_assert(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* --- mux -------------------------------------------------------------------------------------------- */

static unsigned quits;

static void note_quit(void *opaque)
{
    cr_assert_null(opaque);
    quits++;
}

typedef struct Console {
    int in, out;
    Front *serial, *monitor;
} Console;

static Console console_new(void)
{
    Console console;
    Chardev *chr;

    make_pipes(&console.in, &console.out);
    chr = chardev_new_legacy("serial0", "mon:stdio", &error_abort);
    console.serial = front_new(chr);
    console.monitor = front_new(chr);
    return console;
}

static void console_free(Console *console)
{
    front_free(console->serial);
    front_free(console->monitor);
}

Test(chardev, mux_keys_go_to_the_focused_front_end)
{
    Console console = console_new();

    send_text(console.in, "a\1cb\1cc");
    cr_assert_str_eq(console.serial->got->str, "ac");
    cr_assert_str_eq(console.monitor->got->str, "b");
    cr_assert_str_eq(console.serial->events->str, "OXI");
    cr_assert_str_eq(console.monitor->events->str, "OIX");
    chardev_take_focus(console.monitor->port);
    send_text(console.in, "d");
    cr_assert_str_eq(console.monitor->got->str, "bd");
    console_free(&console);
}

Test(chardev, mux_outputs_share_the_back_end)
{
    Console console = console_new();

    say(console.serial, "guest ");
    say(console.monitor, "monitor");
    expect_text(console.out, "guest monitor");
    console_free(&console);
}

Test(chardev, mux_escape_twice_is_the_character_and_unknown_keys_vanish)
{
    Console console = console_new();

    send_text(console.in, "x\1\1y\1zw\1");
    send_text(console.in, "bv");
    cr_assert_str_eq(console.serial->got->str, "x\1ywv");
    cr_assert_str_eq(console.serial->events->str, "OB");
    console_free(&console);
}

Test(chardev, mux_quits_and_helps)
{
    Console console = console_new();

    chardev_set_quit_hook(note_quit, NULL);
    send_text(console.in, "\1h");
    expect_text(console.out, "\r\n"
                             "C-a h    this text\r\n"
                             "C-a x    end the emulator\r\n"
                             "C-a c    go round the console and the serial ports\r\n"
                             "C-a b    send break\r\n"
                             "C-a t    time stamps on or off\r\n"
                             "C-a C-a  the character itself\r\n");
    cr_assert_eq(quits, 0);
    send_text(console.in, "\1x");
    cr_assert_eq(quits, 1);
    expect_text(console.out, "\r\ncore99: terminated\r\n");
    console_free(&console);
}

Test(chardev, mux_escape_key_can_be_another)
{
    Console console = console_new();

    chardev_set_escape(0x14);
    send_text(console.in, "\1\24ca");
    cr_assert_str_eq(console.serial->got->str, "\1");
    cr_assert_str_eq(console.monitor->got->str, "a");
    console_free(&console);
}

Test(chardev, mux_stamps_lines_on_request)
{
    Console console = console_new();
    g_autofree char *text = NULL;

    send_text(console.in, "\1t");
    say(console.serial, "rest of line\none\n\ntwo");
    say(console.serial, " goes on\n");
    text = take_text(console.out);
    cr_assert(g_regex_match_simple("^rest of line\n"
                                   "\\[ +[0-9]+\\.[0-9]{3}\\] one\n"
                                   "\\[ +[0-9]+\\.[0-9]{3}\\] \n"
                                   "\\[ +[0-9]+\\.[0-9]{3}\\] two goes on\n$",
                                   text, 0, 0),
              "%s", text);
    console_free(&console);
}

Test(chardev, mux_keeps_keys_and_then_lets_a_pipe_wait)
{
    Console console = console_new();
    g_autofree char *script = g_strnfill(20000, 's');
    size_t taken = 0;

    console.serial->room = 0;
    send_text(console.in, script);
    while (console.serial->got->len < 20000) {
        console.serial->room = 700;
        chardev_accept_input(console.serial->port);
        settle();
        cr_assert_gt(console.serial->got->len, taken);
        taken = console.serial->got->len;
    }
    cr_assert_str_eq(console.serial->got->str, script);
    console_free(&console);
}

Test(chardev, mux_lets_a_slow_back_end_hold_up_its_ports)
{
    Console console = console_new();
    g_autofree char *much = g_strnfill(CHARDEV_RING_SIZE, 'x');
    size_t sent = 0, got = 0;

    for (size_t taken = 1; taken > 0; sent += taken) {
        taken = chardev_write(console.serial->port, much, CHARDEV_RING_SIZE);
        settle();
    }
    cr_assert_eq(chardev_can_write(console.monitor->port), CHARDEV_RING_SIZE);
    for (int i = 0; i < 20; i++) {
        g_autofree char *text = take_text(console.out);
        got += strlen(text);
    }
    cr_assert_eq(got, sent);
    console_free(&console);
}

Test(chardev, mux_focus_moves_on_when_its_front_end_leaves)
{
    Console console = console_new();

    chardev_release(console.serial->port);
    console.serial->port = NULL;
    send_text(console.in, "a\1cb");
    cr_assert_str_eq(console.monitor->got->str, "ab");
    cr_assert_str_eq(console.monitor->events->str, "OI");
    console_free(&console);
}

Test(chardev, front_ends_may_outlive_everything)
{
    Console console = console_new();

    chardev_fini_all();
    say(console.serial, "into the void");
    settle();
    cr_assert_str_eq(console.serial->events->str, "OC");
    cr_assert_null(chardev_find("serial0"));
    console_free(&console);
}
