/* SPDX-License-Identifier: MIT */
/* gdbstub/: the server on a whole board that runs a small ROM of ours, with good clients and bad ones. */
#include "debug/stops.h"
#include "gdbstub/server.h"
#include "gdbstub/wire.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESET_VECTOR 0xfff00100u
#define STOPPED_AT(pc) "T05thread:01;01:00000000;40:" pc ";"

/* At the reset vector: count in r3 for ever. */
static const uint32_t counting[] = {
    0x38600000, /* li r3, 0 */
    0x38630001, /* addi r3, r3, 1 */
    0x4bfffffc, /* b .-4 */
};

static MachineState *machine;
static MonitorHub *hub;
static GdbServer *server;
static int wire; /* the client's end */

static void machine_event(G_GNUC_UNUSED void *opaque, MachineEvent event, int code,
                          const char *message)
{
    monitor_hub_machine_event(hub, event, message);
    gdb_server_machine_event(server, event, code, message);
}

static char *write_rom(void)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-rom-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc0(4096);
    for (size_t i = 0; i < G_N_ELEMENTS(counting); i++) {
        stl_be_p(bytes + 0x100 + 4 * i, counting[i]);
    }
    cr_assert_eq(write(fd, bytes, 4096), 4096);
    close(fd);
    return path;
}

static int connect_client(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    g_autoptr(GSocket) socket = g_socket_new_from_fd(ends[1], NULL);
    gdb_server_accept(server, socket);
    return ends[0];
}

static void start(void)
{
    g_autofree char *rom = write_rom();
    machine = machine_new("mac99", &error_abort);
    object_property_set_str(OBJECT(machine), "firmware", rom, &error_abort);
    clock_configure_icount(machine->clock, "shift=0,sleep=off", &error_abort);
    cr_assert(machine_init(machine, &error_abort));
    g_unlink(rom);
    hub = monitor_hub_new(machine);
    server = gdb_server_new(machine);
    gdb_server_set_monitors(server, hub);
    machine_set_event_hook(machine, machine_event, NULL);
    machine_start_thread(machine);
    wire = connect_client();
}

static void finish(void)
{
    machine_stop_thread(machine);
    gdb_server_free(server);
    monitor_hub_free(hub);
    close(wire);
}

static void turn(void)
{
    for (int i = 0; i < 100 && g_main_context_iteration(NULL, FALSE); i++) {
    }
}

/* --- the client ------------------------------------------------------------------------------------ */

static void send_bytes(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(wire, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
        turn();
    }
}

static void send_packet(const char *payload, size_t length)
{
    g_autoptr(GString) frame = g_string_new("$");
    uint8_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum = (uint8_t)(sum + (uint8_t)payload[i]);
    }
    g_string_append_len(frame, payload, (gssize)length);
    g_string_append_printf(frame, "#%02x", sum);
    send_bytes(frame->str, frame->len);
}

/* Up to the end of one packet, acknowledgements included; ends with what came after @limit_ms. */
static char *receive_within(int fd, unsigned limit_ms)
{
    GString *text = g_string_new(NULL);
    gint64 end = g_get_monotonic_time() + (gint64)limit_ms * 1000;
    char byte;
    while (g_get_monotonic_time() < end) {
        if (recv(fd, &byte, 1, MSG_DONTWAIT) == 1) {
            g_string_append_c(text, byte);
        } else {
            turn();
            g_usleep(50);
        }
        if (text->len >= 4 && text->str[text->len - 3] == '#') {
            break;
        }
    }
    return g_string_free(text, FALSE);
}

static char *receive(void) { return receive_within(wire, 60000); }

/* The payload of the next packet; its check sum is looked at. */
static char *payload(void)
{
    g_autofree char *text = receive();
    char *start = strchr(text, '$');
    cr_assert(start, "no packet: '%s'", text);
    char *end = strrchr(start, '#');
    uint8_t sum = 0, given;
    for (const char *p = start + 1; p < end; p++) {
        sum = (uint8_t)(sum + (uint8_t)*p);
    }
    cr_assert(wire_parse_hex(end + 1, &given, 1));
    cr_assert_eq(sum, given);
    return g_strndup(start + 1, (size_t)(end - start - 1));
}

static char *ask(const char *packet)
{
    send_packet(packet, strlen(packet));
    return payload();
}

static void answers(const char *packet, const char *wanted)
{
    g_autofree char *answer = ask(packet);
    cr_assert_str_eq(answer, wanted, "%s: '%s' instead of '%s'", packet, answer, wanted);
}

static void next_is(const char *wanted)
{
    g_autofree char *answer = payload();
    cr_assert_str_eq(answer, wanted, "'%s' instead of '%s'", answer, wanted);
}

static void says(const char *bytes, size_t length, const char *wanted)
{
    send_bytes(bytes, length);
    g_autofree char *text = receive();
    cr_assert_str_eq(text, wanted, "'%s' instead of '%s'", text, wanted);
}

static bool is_running(void) { return machine_run_state(machine) == RUN_RUNNING; }

/* --- what a debugger does ---------------------------------------------------------------------------- */

Test(gdb_server, features_and_threads_are_told)
{
    start();
    g_autofree char *features = ask("qSupported:swbreak+;hwbreak+");
    cr_assert(strstr(features, "PacketSize=4000;qXfer:features:read+"));
    cr_assert_null(strstr(features, "Reverse"));
    answers("qC", "QC1");
    answers("qfThreadInfo", "m1");
    answers("qsThreadInfo", "l");
    answers("qAttached", "1");
    answers("Hg0", "OK");
    answers("Hc-1", "OK");
    answers("Hg7", "E16");
    answers("T1", "OK");
    answers("T2", "E16");
    answers("vCont?", "vCont;c;C;s;S;t;r");
    answers("qThreadExtraInfo,1", "435055233020373430305f76322e39"); /* CPU#0 7400_v2.9 */
    finish();
}

Test(gdb_server, a_client_that_counts_processes_is_told_of_one)
{
    start();
    g_autofree char *features = ask("qSupported:multiprocess+");
    cr_assert(g_str_has_suffix(features, ";multiprocess+"));
    answers("qC", "QCp1.1");
    answers("qfThreadInfo", "mp1.1");
    answers("Hgp1.1", "OK");
    answers("Hgp2.2", "E16");
    answers("?", "T05thread:p01.01;01:00000000;40:fff00100;");
    finish();
}

Test(gdb_server, files_are_refused)
{
    start();
    answers("vFile:setfs:0", "");
    answers("vFile:open:2f6574632f706173737764,0,0", "");
    answers("qXfer:exec-file:read::0,100", "");
    answers("qOffsets", "Text=0;Data=0;Bss=0");
    finish();
}

Test(gdb_server, all_addresses_may_be_ram)
{
    start();
    g_autofree char *map = ask("qXfer:memory-map:read::0,fff");
    cr_assert(strstr(map, "<memory type=\"ram\" start=\"0\" length=\"0x100000000\"/>"), "%s", map);
    answers("qXfer:memory-map:read::fff,1", "E16");
    finish();
}

Test(gdb_server, memory_is_searched)
{
    start();
    answers("M10fff,4:cafe4321", "OK"); /* over the end of a page and of a part */
    send_packet("qSearch:memory:1000;20000;\xca\xfe", 28);
    next_is("1,10fff");
    answers("qSearch:memory:1000;20000;no such text", "0");
    answers("qSearch:memory:1000;1;longer than the range", "0");
    answers("qSearch:memory:f8040000;100;x", "E0e");
    answers("qSearch:memory:0;ffffffff;x", "E16");
    answers("qSearch:memory:0;10;", "E16");
    answers("qSearch:memory:0", "E16");
    finish();
}

Test(gdb_server, memory_is_summed_as_gdb_does)
{
    start();
    answers("M2000,9:313233343536373839", "OK");
    answers("qCRC:2000,9", "C0376e6e7"); /* CRC-32/MPEG-2 of "123456789" */
    answers("qCRC:2000,0", "Cffffffff");
    answers("qCRC:f8040000,4", "E0e");
    answers("qCRC:0,fffffffff", "E16");
    finish();
}

Test(gdb_server, unknown_packets_are_answered_with_nothing)
{
    start();
    answers("vMustReplyEmpty", "");
    answers("qNonsense", "");
    answers("\xff\xfe", "");
    answers("", "");
    finish();
}

Test(gdb_server, running_backwards_is_refused_with_a_line)
{
    start();
    answers("bs", "E.running backwards is not supported");
    answers("bc", "E.running backwards is not supported");
    finish();
}

Test(gdb_server, registers_are_read_and_written)
{
    start();
    answers("p40", "fff00100");
    answers("P3=12345678", "OK");
    answers("p3", "12345678");
    answers("P47=3ff0000000000000", "OK"); /* f0 */
    answers("p47", "3ff0000000000000");
    answers("P68=000102030405060708090a0b0c0d0e0f", "OK"); /* vr0 */
    answers("p68", "000102030405060708090a0b0c0d0e0f");
    answers("pffff", "E01");
    answers("P3=1234", "E01");
    answers("P3=1234567g", "E01");
    g_autofree char *all = ask("g");
    cr_assert_eq(strlen(all), 2 * (32 * 4 + 6 * 4 + 32 * 8 + 4 + 32 * 16 + 8));
    cr_assert(g_str_has_prefix(all + 3 * 8, "12345678"));
    memcpy(all + 4 * 8, "cafebabe", 8);
    g_autofree char *change = g_strdup_printf("G%s", all);
    answers(change, "OK");
    answers("p4", "cafebabe");
    answers("G00", "E01");
    finish();
}

Test(gdb_server, every_described_register_is_there)
{
    start();
    for (unsigned i = 0; i < 300; i++) {
        g_autofree char *packet = g_strdup_printf("p%x", i);
        g_autofree char *answer = ask(packet);
        bool is_gap = i >= 32 && i < 64;
        cr_assert(*answer, "%u", i);
        cr_assert(!is_gap || strcmp(answer, "E01") == 0, "%u", i);
        cr_assert(is_gap || i == 70 || i >= 138 || *answer != 'E', "%u: %s", i, answer);
    }
    g_autofree char *text = ask("qXfer:features:read:power-spr.xml:0,2000");
    cr_assert(strstr(text, "name=\"srr0\""));
    cr_assert(strstr(text, "name=\"sr15\""));
    answers("qXfer:features:read:other.xml:0,100", "E00");
    answers("qXfer:features:read:target.xml:ffffff,100", "E16");
    finish();
}

/* Their numbers follow the special registers of the model. */
static unsigned number_of(const char *text, const char *name)
{
    g_autofree char *head = g_strdup_printf("name=\"%s\" bitsize=\"32\" regnum=\"", name);
    const char *at = strstr(text, head);
    cr_assert(at, "%s", name);
    return (unsigned)g_ascii_strtoull(at + strlen(head), NULL, 10);
}

Test(gdb_server, reservation_is_a_register)
{
    start();
    g_autofree char *text = ask("qXfer:features:read:power-spr.xml:0,3fff");
    unsigned number = number_of(text, "reserve");
    cr_assert_eq(number, number_of(text, "sr15") + 1);
    g_autofree char *read = g_strdup_printf("p%x", number);
    g_autofree char *set = g_strdup_printf("P%x=00001020", number);
    g_autofree char *clear = g_strdup_printf("P%x=0000ffff", number);
    answers(read, "ffffffff");
    answers(set, "OK");
    answers(read, "00001020");
    answers(clear, "OK");
    answers(read, "ffffffff");
    finish();
}

Test(gdb_server, our_own_client_knows_our_server)
{
    start();
    g_autofree char *features = ask("qSupported");
    cr_assert(strstr(features, ";core99-server+"), "%s", features);
    finish();
}

Test(gdb_server, memory_is_read_and_written)
{
    start();
    answers("mfff00100,8", "3860000038630001");
    answers("M100,4:deadbeef", "OK");
    answers("m100,4", "deadbeef");
    send_packet("X104,2:}\x03}\x04", 11);
    next_is("OK");
    answers("m104,2", "2324");
    answers("X0,0:", "OK");
    answers("x104,2", "b}\x03}\x04");
    answers("M100,4:dead", "E16");
    answers("M100,1:zz", "E16");
    answers("m100", "E16");
    answers("m100,4,4", "E16");
    finish();
}

Test(gdb_server, registers_of_devices_are_not_touched)
{
    start();
    answers("mf8040000,4", "E0e");
    answers("Mf8040000,4:00000000", "E0e");
    answers("m123456789,4", "E0e");
    finish();
}

Test(gdb_server, what_is_no_ram_shortens_an_answer)
{
    start();
    g_autofree char *answer = ask("mfffffffc,8"); /* the address space ends */
    cr_assert_eq(strlen(answer), 8);
    finish();
}

Test(gdb_server, physical_memory_is_a_mode)
{
    start();
    answers("qqemu.PhyMemMode", "0");
    answers("Qqemu.PhyMemMode:1", "OK");
    answers("qqemu.PhyMemMode", "1");
    answers("m100,1", "00");
    answers("Qqemu.PhyMemMode:2", "E16");
    finish();
}

Test(gdb_server, steps_are_single)
{
    start();
    answers("?", STOPPED_AT("fff00100"));
    answers("s", STOPPED_AT("fff00104"));
    answers("vCont;s:1;c", STOPPED_AT("fff00108"));
    answers("vCont;S05:p1.1", STOPPED_AT("fff00104"));
    answers("sfff00108", STOPPED_AT("fff00104"));
    cr_assert_eq(*clock_icount(machine->clock), 4);
    answers("p3", "00000001");
    answers("sxyz", "E16");
    answers("vCont;q", "E16");
    answers("vCont;s:2", "E16");
    finish();
}

/* The decrementer fires in a loop at 1000; its handler at 900 counts in r5 and comes back. */
static void start_with_decrementer(void)
{
    start();
    answers("M900,c:38a50001" /* addi r5, r5, 1 */
            "7c1603a6"        /* mtdec r0 */
            "4c000064",       /* rfi */
            "OK");
    answers("M1000,10:7c1603a6" /* mtdec r0 */
            "7cd603a6"          /* mtdec r6 */
            "38630001"          /* addi r3, r3, 1 */
            "4bfffff4",         /* b .-12 */
            "OK");
    answers("P0=7fffffff", "OK");
    answers("P6=ffffffff", "OK"); /* negative: due at once */
    answers("P41=00009000", "OK");
    answers("P40=00001000", "OK");
    answers("s", STOPPED_AT("00001004"));
}

Test(gdb_server, a_step_ends_behind_the_handler_of_an_interrupt)
{
    start_with_decrementer();
    answers("qqemu.sstepbits", "ENABLE=1,NOIRQ=2,NOTIMER=4");
    answers("qqemu.sstep", "0x7");
    answers("s", STOPPED_AT("00001008"));
    answers("p5", "00000001");
    finish();
}

Test(gdb_server, a_step_ends_in_the_handler_if_that_was_asked_for)
{
    start_with_decrementer();
    answers("Qqemu.sstep=8", "E16");
    answers("Qqemu.sstep=0x1", "OK");
    answers("qqemu.sstep", "0x1");
    answers("s", STOPPED_AT("00000900"));
    answers("p5", "00000000");
    finish();
}

Test(gdb_server, a_step_gives_up_if_the_handler_never_returns)
{
    start_with_decrementer();
    answers("M900,4:48000000", "OK");
    answers("Qcore99.StepLimit:z", "E16");
    answers("Qcore99.StepLimit:8000", "OK");
    g_autofree char *told = ask("s");
    cr_assert_eq(*told, 'O', "%s", told);
    next_is(STOPPED_AT("00000900"));
    finish();
}

Test(gdb_server, a_breakpoint_in_the_handler_of_an_interrupt_ends_a_step)
{
    start_with_decrementer();
    answers("Z0,904,4", "OK");
    answers("s", STOPPED_AT("00000904"));
    finish();
}

Test(gdb_server, a_system_call_is_stepped_into)
{
    start();
    answers("M1000,4:44000002", "OK");
    answers("P41=00008000", "OK");
    answers("P40=00001000", "OK");
    answers("s", STOPPED_AT("00000c00"));
    finish();
}

Test(gdb_server, a_range_is_stepped_until_the_pc_leaves_it)
{
    start();
    answers("vCont;rfff00100,fff00108:1", STOPPED_AT("fff00108"));
    finish();
}

Test(gdb_server, ctrl_c_ends_a_range_without_end)
{
    start();
    send_packet("vCont;r0,ffffffff", 17);
    turn();
    send_bytes("+\3", 2);
    g_autofree char *answer = payload();
    cr_assert(g_str_has_prefix(answer, "T02"), "%s", answer);
    finish();
}

Test(gdb_server, breakpoints_stop_before_the_instruction)
{
    start();
    g_free(ask("qSupported:swbreak+"));
    answers("Z0,fff00108,4", "OK");
    answers("c", STOPPED_AT("fff00108") "swbreak:;");
    answers("p3", "00000001");
    answers("c", STOPPED_AT("fff00108") "swbreak:;");
    answers("p3", "00000002");
    answers("z0,fff00108,4", "OK");
    answers("z0,fff00108,4", "OK");
    answers("Z1,fff00104,4", "OK");
    answers("c", STOPPED_AT("fff00104"));
    answers("Z0,fff00102,4", "E0e");
    answers("Z9,0,4", "E16");
    answers("Z0,1", "E16");
    finish();
}

Test(gdb_server, a_condition_is_evaluated_here)
{
    start();
    answers("Z0,fff00108,4;X7,260003220513"
            "27",
            "OK"); /* r3 == 5 */
    answers("c", STOPPED_AT("fff00108"));
    answers("p3", "00000005");
    answers("Z0,fff00108,4;X7,26000322091327;X7,26000322071327", "OK"); /* 9 or 7, instead */
    answers("c", STOPPED_AT("fff00108"));
    answers("p3", "00000007");
    answers("c", STOPPED_AT("fff00108"));
    answers("p3", "00000009");
    answers("Z0,fff00108,4", "OK"); /* always */
    answers("c", STOPPED_AT("fff00108"));
    answers("p3", "0000000a");
    finish();
}

Test(gdb_server, a_condition_that_fails_stops)
{
    start();
    answers("Z0,fff00108,4;X7,24f8040000"
            "1927",
            "OK"); /* *(int *)0xf8040000 */
    answers("c", STOPPED_AT("fff00108"));
    answers("p3", "00000001");
    finish();
}

Test(gdb_server, broken_conditions_are_refused)
{
    start();
    answers("Z0,fff00108,4;X0,", "E.an agent expression has 1 to 4096 bytes");
    answers("Z0,fff00108,4;X5,2200", "E.a condition is cut short");
    answers("Z0,fff00108,4;X1,zz", "E.a condition is not hexadecimal");
    answers("Z0,fff00108,4;X3,20ffff", "E.agent expression: a jump out of it");
    answers("Z0,fff00108,4;cmds:1,X1,27",
            "E.only conditions may stand behind a breakpoint, at most 64");
    answers("Z0,fff00108,4;X", "E.a condition is cut short");
    cr_assert_null(debug_stops_next(debug_stops_of(machine->cpu), 0));
    finish();
}

Test(gdb_server, watchpoints_stop_behind_the_access)
{
    start();
    answers("M1000,10:9060200038630001808020004bfffff4", "OK"); /* stw, addi, lwz, b */
    answers("P40=00001000", "OK");
    answers("Z2,2000,4", "OK");
    answers("c", STOPPED_AT("00001004") "watch:2000;");
    answers("Z3,2002,1", "OK");
    answers("c", STOPPED_AT("0000100c") "rwatch:2002;");
    answers("z2,2000,4", "OK");
    answers("c", STOPPED_AT("0000100c") "rwatch:2002;");
    answers("z3,2002,1", "OK");
    answers("Z4,2003,8", "OK");
    answers("c", STOPPED_AT("00001004") "awatch:2003;");
    answers("c", STOPPED_AT("0000100c") "awatch:2003;");
    answers("Z2,2000,0", "E.a watched range has a byte or more, up to the last address");
    finish();
}

Test(gdb_server, ctrl_c_stops_a_running_guest)
{
    start();
    send_packet("c", 1);
    turn();
    cr_assert(is_running());
    send_bytes("\3", 1);
    g_autofree char *answer = payload();
    cr_assert(g_str_has_prefix(answer, "T02"), "%s", answer);
    cr_assert_not(is_running());
    finish();
}

Test(gdb_server, the_console_s_stop_is_told)
{
    start();
    send_packet("c", 1);
    turn();
    g_free(monitor_execute(hub, "stop"));
    g_autofree char *answer = payload();
    cr_assert(g_str_has_prefix(answer, "T02"), "%s", answer);
    finish();
}

Test(gdb_server, a_guest_that_the_console_runs_can_be_looked_at)
{
    start();
    answers("?", STOPPED_AT("fff00100"));
    g_free(monitor_execute(hub, "cont"));
    g_autofree char *answer = ask("g");
    cr_assert_gt(strlen(answer), 100);
    cr_assert(is_running());
    send_packet("c", 1);
    turn();
    send_bytes("\3", 1);
    g_autofree char *stop = payload();
    cr_assert(g_str_has_prefix(stop, "T02"), "%s", stop);
    finish();
}

Test(gdb_server, monitor_commands_answer_with_their_output)
{
    start();
    g_autofree char *first = ask("qRcmd,702f78202470632b34"); /* p/x $pc+4 */
    cr_assert_str_eq(first, "O307866666630303130340a");
    next_is("OK");
    answers("qRcmd,7", "E16");
    answers("qRcmd,zz", "E16");
    g_autofree char *error = ask("qRcmd,ff0a00"); /* no text at all */
    cr_assert(*error == 'O', "%s", error);
    finish();
}

/* The text of O packets up to OK. */
static char *console_says(const char *digits)
{
    GString *text = g_string_new(NULL);
    send_packet(digits, strlen(digits));
    for (;;) {
        g_autofree char *part = payload();
        size_t size = strlen(part) / 2;
        g_autofree char *bytes = g_malloc0(size + 1);
        if (*part != 'O' || strcmp(part, "OK") == 0) {
            cr_assert_str_eq(part, "OK");
            return g_string_free(text, FALSE);
        }
        cr_assert(wire_parse_hex(part + 1, (uint8_t *)bytes, size));
        g_string_append(text, bytes);
    }
}

Test(gdb_server, a_console_command_that_steps_is_answered_behind_the_steps)
{
    start();
    g_autofree char *text = console_says("qRcmd,73746570692032"); /* stepi 2 */
    cr_assert(strstr(text, "fff00108"), "%s", text);
    cr_assert_not(is_running());
    answers("p40", "fff00108");
    answers("s", STOPPED_AT("fff00104"));
    finish();
}

Test(gdb_server, a_console_command_that_runs_the_guest_does_not_hang)
{
    start();
    g_autofree char *text = console_says("qRcmd,636f6e74"); /* cont */
    cr_assert(strstr(text, "the guest runs"), "%s", text);
    cr_assert(is_running());
    send_packet("c", 1);
    send_bytes("\3", 1);
    g_autofree char *answer = payload();
    cr_assert(g_str_has_prefix(answer, "T02"), "%s", answer);
    finish();
}

Test(gdb_server, detaching_lets_the_guest_run_without_breakpoints)
{
    start();
    answers("Z0,fff00108,4", "OK");
    answers("D;1", "OK");
    cr_assert(is_running());
    machine_pause(machine);
    cr_assert_null(debug_stops_next(debug_stops_of(machine->cpu), 0));
    finish();
}

/* --- the wire ------------------------------------------------------------------------------------------ */

Test(gdb_server, packets_are_acknowledged_until_told_otherwise)
{
    start();
    says("$qC#b4", 6, "+$QC1#c5");
    says("-", 1, "$QC1#c5");
    says("$QStartNoAckMode#b0", 19, "+$OK#9a");
    says("+$qC#b4", 7, "$QC1#c5");
    finish();
}

Test(gdb_server, a_wrong_check_sum_is_refused_and_changes_nothing)
{
    start();
    send_bytes("$c#00", 5);
    g_autofree char *text = receive_within(wire, 50);
    cr_assert_str_eq(text, "-");
    cr_assert_not(is_running());
    says("$c#zz$qC#b4", 11, "-+$QC1#c5");
    finish();
}

Test(gdb_server, a_packet_may_come_in_pieces_or_begin_anew)
{
    start();
    send_bytes("$q", 2);
    send_bytes("C#b", 3);
    says("4", 1, "+$QC1#c5");
    says("noise$m0,$qC#b4", 15, "+$QC1#c5");
    finish();
}

Test(gdb_server, a_packet_of_a_megabyte_is_refused)
{
    start();
    g_autofree char *text = g_strnfill(1 << 20, 'm');
    answers(text, "E.the packet is too long");
    answers("qC", "QC1");
    finish();
}

Test(gdb_server, noise_stops_nobody)
{
    start();
    machine_run(machine);
    g_autofree char *noise = g_malloc(100000);
    uint32_t seed = 1;
    for (size_t i = 0; i < 100000; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (char)(seed >> 24);
        noise[i] = noise[i] == '#' ? 'x' : noise[i];
    }
    noise[0] = '\3'; /* of a client that has not said a word */
    send_bytes(noise, 100000);
    cr_assert(is_running());
    finish();
}

Test(gdb_server, spoiled_packets_do_no_harm)
{
    static const char *const good[] = {
        "qSupported:swbreak+",
        "g",
        "p3",
        "P3=12345678",
        "m0,10",
        "M0,2:1234",
        "X0,2:ab",
        "x0,8",
        "Z0,100,4",
        "z0,100,4",
        "vCont;r0,4:1",
        "Hg0",
        "T1",
        "qXfer:features:read:target.xml:0,40",
        "qRcmd,68656c70",
        "qThreadExtraInfo,1",
        "Qqemu.PhyMemMode:0",
        "s",
        "vCont;s",
    };
    uint32_t seed = 7;
    start();
    for (unsigned i = 0; i < 4000; i++) {
        g_autofree char *text = g_strdup(good[i % G_N_ELEMENTS(good)]);
        size_t length = strlen(text);
        seed = seed * 1664525 + 1013904223;
        text[1 % length + (seed >> 8) % (length - (length > 1))] = (char)(seed >> 24);
        if (text[0] == 'k' || text[0] == 'D' || text[0] == 'R' || strpbrk(text, "$#}\3")) {
            continue;
        }
        send_packet(text, length);
        send_bytes("\3", 1); /* ends what runs */
        for (int part; (part = (int)recv(wire, (char[4096]){0}, 4096, MSG_DONTWAIT)) > 0;) {
        }
    }
    turn();
    finish();
}

/* --- clients that come and go ------------------------------------------------------------------------------ */

Test(gdb_server, the_second_client_is_refused_with_a_line)
{
    start();
    answers("qC", "QC1");
    int second = connect_client();
    g_autofree char *text = receive_within(second, 60000);
    cr_assert(g_str_has_prefix(text, "$E.another debugger is connected#"), "%s", text);
    answers("qC", "QC1");
    close(second);
    turn();
    finish();
}

Test(gdb_server, a_client_that_vanishes_leaves_a_running_guest_alone)
{
    start();
    answers("Z0,0,4", "OK");
    send_packet("c", 1);
    send_bytes("$m0,", 4);
    close(wire);
    turn();
    cr_assert(is_running());
    wire = connect_client();
    turn();
    cr_assert(is_running(), "who only knocks stops nobody");
    answers("qC", "QC1");
    cr_assert_not(is_running());
    cr_assert_null(debug_stops_next(debug_stops_of(machine->cpu), 0));
    finish();
}

Test(gdb_server, one_that_reads_no_answers_fills_no_memory)
{
    start();
    g_autoptr(GString) questions = g_string_new(NULL);
    for (int i = 0; i < 10000; i++) {
        g_string_append(questions, "$mfff00000,1000#7c");
    }
    size_t sent = 0;
    for (int i = 0; i < 2000; i++) {
        ssize_t now = send(wire, questions->str, questions->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += now > 0 ? (size_t)now : 0;
        turn();
    }
    cr_assert_lt(sent, 4 << 20);
    finish();
}

Test(gdb_server, a_client_that_waits_is_told_the_end)
{
    start();
    send_packet("c", 1);
    turn();
    machine_pause(machine);
    gdb_server_finish(server, 3);
    next_is("W03");
    finish();
}

Test(gdb_server, addresses_that_make_no_sense_are_refused_with_a_line)
{
    static const char *const bad[] = {
        "",      "tcp:", "tcp:1",     "tcp::0",     "tcp::70000",       "tcp:no host:1",
        "unix:", "pipe", "udp::1234", "tcp::1,x=y", "unix:/no/folder/x"};
    start();
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Error) err = NULL;
        cr_assert_not(gdb_server_listen(server, bad[i], &err), "%s", bad[i]);
        cr_assert(g_str_has_prefix(error_get_pretty(err), "-gdb "));
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
    }
    cr_assert(gdb_server_listen(server, "none", &error_abort));
    finish();
}

/* --- what changes the guest is an input ---------------------------------------------------------------------- */

Test(gdb_server, looking_changes_no_hash)
{
    start();
    uint64_t before = machine_hash(machine);
    g_autofree char *all = ask("g");
    g_autofree char *memory = ask("m0,1000");
    answers("Z0,fff00108,4", "OK");
    g_autofree char *change = g_strdup_printf("G%s", all);
    answers(change, "OK");
    cr_assert_eq(machine_hash(machine), before);
    finish();
}
