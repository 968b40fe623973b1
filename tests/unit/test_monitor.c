/* SPDX-License-Identifier: MIT */
/* The console on a whole board that runs a small ROM of ours; -expect's matcher. */
#include "chardev/chardev.h"
#include "hw/core/machine.h"
#include "memory/access_stats.h"
#include "monitor/monitor.h"
#include "tests/qtest/board.h"
#include "tests/unit/monitor_bench.h"
#include "util/bits.h"
#include "util/log.h"

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- expressions and print ----------------------------------------------------------------------------- */

Test(monitor, expressions_have_the_precedence_of_c)
{
    start();
    says("print/d 2+3*4", "14\n");
    says("print/d (2+3)*4", "20\n");
    says("print/d 1<<4+1", "32\n");
    says("print/d 7&3|8^1", "11\n");
    says("print/d 17/5%2", "1\n");
    says("print/d -3+1", "-2\n");
    says("print/x ~0", "0xffffffffffffffff\n");
    says("p 0x10", "0x10 (16)\n");
    finish();
}

Test(monitor, registers_are_values)
{
    start();
    CPU_GET_CLASS(machine->cpu)->set_register(machine->cpu, "r3", 0x1234);
    says("p/x $r3+4", "0x1238\n");
    says("p/x $pc", "0xfff00100\n");
    says("p/x $PC & ~0xff", "0xfff00100\n");
    finish();
}

Test(monitor, a_wrong_expression_says_where)
{
    g_autofree char *deep = g_strnfill(100000, '(');
    g_autofree char *line = g_strconcat("p ", deep, NULL);
    start();
    says("p 1/0", "division by zero\n");
    says("p 1%0", "division by zero\n");
    says("p (1", "')' is missing\n");
    says("p 1 2", "'2' is left over\n");
    says("p", "a value is missing at the end\n");
    says("p $nothing", "no register '$nothing'\n");
    says("p 12z", "'12z' is not a number\n");
    says("p 1<<64", "0x0 (0)\n");
    says(line, "the expression is nested too deeply\n");
    finish();
}

/* --- finding commands ------------------------------------------------------------------------------------ */

Test(monitor, a_name_may_be_shortened_while_it_is_unique)
{
    start();
    mentions("info stat", "VM status: paused (prelaunch)");
    mentions("st", "ambiguous: stepi, step, step-exceptions, stop");
    mentions("info mt", "ppc_core99.ram");
    finish();
}

/* Tab behind @line offers exactly @wanted. */
static void offers(const char *line, const char *wanted)
{
    g_autofree char *words = monitor_complete(hub, line);
    cr_assert_str_eq(words, wanted, "%s: '%s' instead of '%s'", line, words, wanted);
}

static void offers_among_others(const char *line, const char *wanted)
{
    g_autofree char *words = monitor_complete(hub, line);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    cr_assert(g_strv_contains((const char *const *)list, wanted), "%s: '%s' lacks '%s'", line,
              words, wanted);
}

Test(monitor, tab_offers_what_the_verb_takes)
{
    start();
    offers("qui", "quit");
    offers("help sy", "symbol-file system_powerdown system_reset");
    offers("info ver", "version");
    offers("info version ", "");
    offers("p $srr", "$srr0 $srr1");
    offers("p 4*($sprg", "$sprg0 $sprg1 $sprg2 $sprg3");
    offers("x/4xw $r3", "$r3 $r30 $r31");
    offers("qom-list /mach", "/machine/");
    offers_among_others("qom-list ", "/machine/");
    offers_among_others("qom-get /machine ", "kernel");
    offers("log in", "in_asm int");
    offers("log exec,guest", "guest_errors");
    offers("trace adb_keyboard_inpu", "adb_keyboard_input");
    offers("trace-event adb_keyboard_input o", "off on");
    offers("logfile /dev/ful", "/dev/full");
    offers("logfile /usr/inc", "/usr/include/");
    offers("frobnicate x", "");
    offers("qom-list /no/such/", "");
    offers("", monitor_complete(hub, "")); /* everything; not a crash */
    finish();
}

Test(monitor, established_short_forms_win)
{
    start();
    mentions("i r", "MSR");
    mentions("info b", "o breakpoints");
    mentions("i status", "paused");
    says("i", "a value is missing at the end\n");
    finish();
}

Test(monitor, an_unknown_command_names_the_nearest)
{
    start();
    says("stpei", "unknown command 'stpei'; did you mean 'stepi'?\n");
    says("info regsters", "unknown item 'regsters'; did you mean 'registers'?\n");
    says("frobnicate", "unknown command 'frobnicate'\n");
    says("savevm x", "'savevm' is not built yet\n");
    says("info snapshots", "'info snapshots' is not built yet\n");
    says("", "");
    finish();
}

Test(monitor, help_lists_every_command_and_explains_one)
{
    start();
    mentions("help", "stepi, si");
    mentions("help", "qom-set");
    mentions("help x", "effective address");
    mentions("help info", "info mtree");
    mentions("info", "info why");
    finish();
}

/* --- memory ------------------------------------------------------------------------------------------------ */

Test(monitor, x_and_xp_show_memory_in_every_format)
{
    static const uint8_t bytes[] = {0x41, 0xff, 0x00, 0x07, 0x80, 0x00, 0x00, 0x01};
    start();
    address_space_poke(address_space_memory(), 0x1000, bytes, sizeof(bytes));
    says("xp/2xw 0x1000", "00001000: 0x41ff0007 0x80000001\n");
    says("xp/8xb 0x1000", "00001000: 0x41 0xff 0x00 0x07 0x80 0x00 0x00 0x01\n");
    says("xp/2dw 0x1000", "00001000: 1107230727 -2147483647\n");
    says("xp/4uh 0x1000", "00001000: 16895 7 32768 1\n");
    says("xp/1xg 0x1000", "00001000: 0x41ff000780000001\n");
    says("xp/2ob 0x1000", "00001000: 0101 0377\n");
    says("xp/2c 0x1000", "00001000: 'A' '\\xff'\n");
    says("x/xw 0x1000", "00001000: 0x41ff0007\n");
    says("x/3i $pc", "=> fff00100: 38600000  li      r3, 0\n"
                     "   fff00104: 38630001  addi    r3, r3, 1\n"
                     "   fff00108: 4bfffffc  b       0xfff00104\n");
    finish();
}

Test(monitor, x_goes_on_where_it_ended)
{
    start();
    says("x/2xw 0x2000", "00002000: 0x00000000 0x00000000\n");
    says("x/xw", "00002008: 0x00000000\n");
    says("x", "0000200c: 0x00000000\n");
    finish();
}

Test(monitor, x_never_asks_a_device)
{
    AccessCount busiest;
    start();
    access_stats_clear();
    says("xp/xw 0xf8000000", "f8000000: not RAM: peek refused at physical 0xf8000000\n");
    says("xp/xw 0x60000000", "60000000: not RAM: peek refused at physical 0x60000000\n");
    says("xp/xb 0x100000000000000", "100000000000000: not RAM: peek refused at physical "
                                    "0x100000000000000\n");
    cr_assert_not(access_stats_busiest(&busiest));
    finish();
}

Test(monitor, x_says_what_is_not_mapped)
{
    start();
    CPU_GET_CLASS(machine->cpu)->set_register(machine->cpu, "msr", 0x30); /* IR, DR; no BATs */
    says("x/xw 0x1000", "00001000: not mapped: 0x00001000\n");
    finish();
}

Test(monitor, x_refuses_wrong_formats)
{
    start();
    mentions("x/3q 0", "format 'q'");
    mentions("x/99999999999 0", "at most 65536 units");
    mentions("x/xw zz", "no symbol 'zz'");
    finish();
}

/* Rows of both tables of commands.def. */
Test(monitor, no_command_that_is_built_is_called_not_built)
{
    static const char *const later[] = {
#define COMMAND(...)
#define LATER(name) name,
#include "monitor/commands.def"
#undef COMMAND
#undef LATER
    };
    start();
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++) {
        g_autofree char *line = g_strdup_printf("help %s", later[i]);
        mentions(line, "nknown command");
    }
    finish();
}

/* --- running ------------------------------------------------------------------------------------------------ */

Test(monitor, stepi_executes_exactly_that_many)
{
    start();
    says("stepi", "");
    wait_for_stop();
    cr_assert_eq(icount(), 1);
    cr_assert_eq(pc(), RESET_VECTOR + 4);
    says("si 1000", "");
    wait_for_stop();
    cr_assert_eq(icount(), 1001);
    says("si 0", "");
    mentions("si x", "x");
    cr_assert_eq(icount(), 1001);
    finish();
}

Test(monitor, stop_ends_a_long_stepi)
{
    start();
    says("stepi 1000000000000", "");
    mentions("stepi", "running");
    mentions("info status", "running");
    monitor_execute(hub, "stop");
    wait_for_stop();
    cr_assert_lt(icount(), 1000000000000);
    says("stepi", "");
    wait_for_stop();
    finish();
}

#define BREAKPOINTS_HEAD "Num     Type           Disp Enb Address\n"

Test(monitor, a_breakpoint_stops_before_its_instruction)
{
    start();
    says("break $pc+8", "Breakpoint 1 at 0xfff00108\n");
    says("cont", "");
    wait_for_stop();
    cr_assert_eq(pc(), RESET_VECTOR + 8);
    cr_assert_eq(icount(), 2);
    says("info breakpoints", BREAKPOINTS_HEAD "1       breakpoint     keep y   0xfff00108\n"
                                              "\tbreakpoint already hit 1 time\n");
    says("c", "");
    wait_for_stop();
    cr_assert_eq(icount(), 4);
    says("b *0xfff00108", "Note: breakpoint 1 is there, too.\nBreakpoint 2 at 0xfff00108\n");
    says("delete 2", "");
    says("info breakpoints", BREAKPOINTS_HEAD "1       breakpoint     keep y   0xfff00108\n"
                                              "\tbreakpoint already hit 2 times\n");
    finish();
}

Test(monitor, a_deleted_breakpoint_stops_nothing)
{
    start();
    monitor_execute(hub, "b 0xfff00104");
    monitor_execute(hub, "b 0xfff00108");
    says("delete 7", "No breakpoint number 7.\n");
    says("delete 1", "");
    says("delete 0xfff00108", "");
    says("info breakpoints", "No breakpoints or watchpoints.\n");
    says("b 0xfff00102", "an instruction's address is a multiple of 4\n");
    says("b 0x100000000", "an address has 32 bits\n");
    says("watch 0x1000 0", "a watched range has a byte or more, up to the last address\n");
    says("watch/x 0x1000", "/x: only /p (physical) is known here\n");
    says("break 0xfff00104", "Breakpoint 3 at 0xfff00104\n");
    says("delete", "");
    says("si 100", "");
    wait_for_stop();
    cr_assert_eq(icount(), 100);
    finish();
}

Test(monitor, a_temporary_breakpoint_stops_once)
{
    start();
    says("tbreak/p 0xfff00108", "Temporary breakpoint 1 at 0xfff00108 (physical)\n");
    says("c", "");
    wait_for_stop();
    cr_assert_eq(icount(), 2);
    says("info breakpoints", "No breakpoints or watchpoints.\n");
    finish();
}

Test(monitor, disabled_and_ignored_breakpoints_let_the_guest_pass)
{
    start();
    monitor_execute(hub, "b 0xfff00104");
    monitor_execute(hub, "b 0xfff00108");
    says("disable 1", "");
    says("ignore 2 2", "Will ignore next 2 crossings of breakpoint 2.\n");
    says("ignore 9 1", "No breakpoint number 9.\n");
    says("ignore 2", "Second argument (specified ignore-count) is missing.\n");
    says("c", "");
    wait_for_stop();
    cr_assert_eq(icount(), 6);
    says("info breakpoints", BREAKPOINTS_HEAD "1       breakpoint     keep n   0xfff00104\n"
                                              "2       breakpoint     keep y   0xfff00108\n"
                                              "\tbreakpoint already hit 3 times\n");
    says("enable", "");
    says("c", "");
    wait_for_stop();
    cr_assert_eq(pc(), RESET_VECTOR + 4);
    finish();
}

Test(monitor, watchpoints_are_listed_as_gdb_does)
{
    start();
    says("watch 0x1000", "Hardware watchpoint 1: 0x00001000, 4 bytes\n");
    says("rwatch/p 0x2000 1", "Hardware read watchpoint 2: 0x00002000 (physical), 1 byte\n");
    says("awatch 0x3000 0x100",
         "Hardware access (read/write) watchpoint 3: 0x00003000, 256 bytes\n");
    says("info breakpoints",
         BREAKPOINTS_HEAD "1       hw watchpoint  keep y   0x00001000, 4 bytes\n"
                          "2       read watchpoint keep y   0x00002000 (physical), 1 byte\n"
                          "3       acc watchpoint keep y   0x00003000, 256 bytes\n");
    finish();
}

Test(monitor, commands_work_while_the_guest_runs)
{
    start();
    says("c", "");
    mentions("info registers", "NIP fff0010");
    mentions("info status", "running");
    mentions("x/i 0xfff00100", "li ");
    mentions("info hash", "icount");
    mentions("cont", "running");
    monitor_execute(hub, "stop");
    mentions("info status", "paused");
    mentions("stop", "is stopped");
    finish();
}

Test(monitor, system_reset_puts_the_guest_at_its_reset_vector)
{
    start();
    says("si 50", "");
    wait_for_stop();
    says("system_reset", "");
    cr_assert_eq(pc(), RESET_VECTOR);
    says("c", "");
    says("system_reset", "");
    monitor_execute(hub, "stop");
    cr_assert_eq(machine_run_state(machine), RUN_PAUSED);
    finish();
}

/* How soon: tests/boot/badinput.sh. */
Test(monitor, a_guest_of_zeros_answers)
{
    static const uint32_t zeros[] = {0};
    start_with(zeros, 1);
    says("si 5", "");
    wait_for_stop();
    says("c", "");
    mentions("info registers", "NIP fff00700");
    mentions("info why", "vector 0x700");
    mentions("stop", "fff00700");
    says("quit", "");
    cr_assert(has_quit);
    finish();
}

/* --- info, objects ------------------------------------------------------------------------------------------- */

Test(monitor, looking_changes_nothing)
{
    static const char *const looks[] = {
        "info registers",
        "info cpus",
        "info status",
        "info why",
        "info hash -v",
        "info mtree",
        "info mtree -f -o",
        "info ramblock",
        "info numa",
        "info qtree",
        "info qom-tree",
        "info pic",
        "info pci",
        "info chardev",
        "info trace-events",
        "x/64xw 0",
        "xp/64xw 0xf8000000",
        "print $pc",
        "qom-list /",
        "log help",
        "info device /machine/cpu[0]",
        "trace",
        "qom-get /machine via",
    };
    start();
    chardev_new_legacy("spare", "null", &error_abort);
    says("si 1000", "");
    wait_for_stop();
    uint64_t before = machine_hash(machine);
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_autofree char *out = monitor_execute(hub, looks[i]);
        cr_assert(*out, "%s says nothing", looks[i]);
        cr_assert_eq(machine_hash(machine), before, "%s changes the guest", looks[i]);
    }
    finish();
}

Test(monitor, info_shows_the_board)
{
    start();
    mentions("info mtree", "ppc_core99.ram");
    mentions("info mtree -f", "ppc_core99.bios");
    mentions("info qtree", "escc");
    mentions("info qom-tree", "/cpu[0]");
    mentions("info pci", "    Class 65280: PCI device 106b:0022\n");
    mentions("info pic", "openpic");
    mentions("info ramblock", "ppc_core99.ram");
    mentions("info device /machine/nothing", "no device");
    mentions("info registers openpic", "/machine/macio/pic (openpic)"); /* as break names it */
    finish();
}

Test(monitor, objects_are_read_and_written_by_path)
{
    start();
    mentions("qom-list /machine", "via (ViaConfig)");
    says("qom-get /machine via", "pmu\n");
    mentions("qom-get /machine vai", "did you mean 'via'");
    mentions("qom-get /nowhere x", "no object '/nowhere'");
    mentions("qom-set /machine via", "expected: qom-set");
    mentions("qom-set /machine kernel x", "cannot change");
    mentions("qom-get", "expected: qom-get");
    mentions("qom-set /machine/cpu[0] realized off", "`device_del` unplugs");
    finish();
}

Test(monitor, info_why_names_the_register_polled_most)
{
    start();
    access_stats_clear();
    for (unsigned i = 0; i < 100; i++) {
        uint64_t value;
        address_space_load(address_space_memory(), 0xf8000000, 4, &value);
        address_space_load(address_space_memory(), 0xf8000000 + 4 * i, 4, &value);
    }
    mentions("info why", "uni-n");
    mentions("info why", "no device register accessed since the last look");
    finish();
}

/* Polls @addr, of width @size; what info why calls it. */
static void polls(hwaddr addr, unsigned size, const char *name)
{
    access_stats_clear();
    for (unsigned i = 0; i < 100; i++) {
        uint64_t value;
        address_space_load(address_space_memory(), addr, size, &value);
    }
    mentions("info why", name);
}

Test(monitor, registers_polled_are_called_as_break_takes_them)
{
    start();
    board_map_macio();
    polls(0xf8000020, 4, "polled most: uni-north.CLOCK_CONTROL at 0xf8000020");
    polls(0x80013020, 1, "polled most: escc.A_CONTROL at");
    polls(0x80012000, 1, "polled most: escc.B_CONTROL at");
    polls(0x80008184, 4, "polled most: mac-dbdma.STATUS[3] at");
    polls(0x80000059, 1, "polled most: macio-gpio.EXTINT[1] at");
    polls(0x80015038, 4, "polled most: keylargo-timer.COUNT_LOW at");
    polls(0x80041090, 4, "polled most: openpic.PIR at");
    polls(0x80016000, 1, "polled most: via-pmu.");
    polls(0x80020070, 1, ".STATUS at");
    mentions("break escc.A_CONTROL", "Breakpoint 1");
    mentions("break mac-dbdma.STATUS[3]", "Breakpoint 2");
    mentions("break macio-gpio.GPIO[0]", "Breakpoint 3");
    mentions("break keylargo-timer.COUNT_LOW", "Breakpoint 4");
    mentions("p openpic.VIR", "side effect");
    finish();
}

Test(monitor, guest_errors_and_unimp_lines_name_the_register)
{
    static const struct {
        hwaddr addr;
        unsigned size;
        const char *line;
    } writes[] = {
        {0x80012008, 1, "escc: write of 0x5 to escc.ENHANCEMENT[0]"},
        {0x8000801c, 4, "mac-dbdma: write of 0x5000000 to mac-dbdma.TRANSFER_MODE[0]"},
        {0x80000054, 1, "macio-gpio: write of 0x5 to macio-gpio.LEVELS[1], which is read-only"},
        {0x80020070, 2, "macio-ide: write of 0x500, 2 bytes, to macio-ide.STATUS"},
        {0x80041000, 4, "openpic: write of 0x5000000 to openpic.FRR"},
        {0x80041044, 4, "openpic: write between registers, at openpic+0x1044"},
        {0x80041050, 4, "openpic: write of 0x5000000 to openpic+0x1050"},
        {0x80041100, 4, "to openpic.TCCR[0], which is read-only"},
        {0x80060090, 4, "openpic: write of 0x5000000 to openpic.WHOAMI0"},
    };
    g_autofree char *path = g_strdup_printf("%s/core99-lines-%d", g_get_tmp_dir(), getpid());
    g_autofree char *text = NULL;
    start();
    board_map_macio();
    cr_assert(log_open(path, &error_abort));
    cr_assert(log_set_items("guest_errors,unimp", &error_abort));
    for (size_t i = 0; i < G_N_ELEMENTS(writes); i++) {
        address_space_store(address_space_memory(), writes[i].addr, writes[i].size, 5);
    }
    log_close();
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    for (size_t i = 0; i < G_N_ELEMENTS(writes); i++) {
        cr_expect(strstr(text, writes[i].line), "no '%s' in\n%s", writes[i].line, text);
    }
    finish();
}

Test(monitor, info_why_names_the_timers_due_next)
{
    start();
    mentions("info why", "timers due next:\n");
    mentions("info why", ".dec_timer in ");
    finish();
}

Test(monitor, the_mouse_names_what_it_cannot_do)
{
    start();
    mentions("mouse_move", "expected: mouse_move DX DY");
    mentions("mouse_move 1", "expected: mouse_move DX DY");
    mentions("mouse_move 1 x", "expected: mouse_move DX DY");
    mentions("mouse_move 1 99999", "expected: mouse_move DX DY");
    mentions("mouse_move 1 2 3", "no wheel");
    mentions("mouse_button 2", "a left button (1) and a right one (4)");
    mentions("mouse_button", "number");
    mentions("mouse_move 1 2", "no mouse");
    finish();
}

Test(monitor, sendkey_names_what_it_cannot_do)
{
    start(); /* via=pmu: no ADB */
    says("sendkey retu", "unknown key 'retu'; did you mean 'ret'?\n");
    mentions("sendkey", "expected: sendkey");
    mentions("sendkey a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q", "at most 16 keys");
    mentions("sendkey ctrl-a", "no keyboard");
    finish();
}

/* --- replay ---------------------------------------------------------------------------------------------------- */

/* One run in its own process: a reset from the console in the middle. */
static void record_reset(const char *path)
{
    RecordHeader header = {(char *)"test", 1};
    start();
    cr_assert(clock_record_start(machine->clock, path, &header, &error_abort));
    says("si 1001", "");
    wait_for_stop();
    says("system_reset", "");
    says("si 500", "");
    wait_for_stop();
    cr_assert(clock_record_finish(machine->clock, machine_hash(machine), &error_abort));
}

Test(monitor, a_recorded_reset_comes_again_in_the_replay)
{
    g_autofree char *path = g_strdup_printf("%s/core99-log-%d", g_get_tmp_dir(), getpid());
    start_replay(path, record_reset);
    g_unlink(path);
    says("system_reset", "a replay takes only what was recorded\n");
    says("c", "");
    wait_for_stop();
    cr_assert(is_replay_good);
    cr_assert_eq(icount(), 1501);
    finish();
}

/* --- a console on a chardev -------------------------------------------------------------------------------------- */

typedef struct Peer {
    char *path;
    GSocket *socket;
    GString *text;
} Peer;

static void join_peer(Peer *peer, const char *path)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    peer->text = g_string_new(NULL);
    peer->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
    cr_assert(g_socket_connect(peer->socket, address, NULL, NULL));
    g_socket_set_blocking(peer->socket, FALSE);
}

static void connect_peer(Peer *peer)
{
    g_autofree char *device = NULL;
    peer->path = g_strdup_printf("%s/core99-mon-%d", g_get_tmp_dir(), getpid());
    device = g_strdup_printf("unix:%s,server=on,wait=off", peer->path);
    Chardev *chr = chardev_new_legacy("mon0", device, &error_abort);
    cr_assert_not_null(monitor_new(hub, chr, &error_abort));
    join_peer(peer, peer->path);
}

static void type(Peer *peer, const char *text)
{
    cr_assert_eq(g_socket_send(peer->socket, text, strlen(text), NULL, NULL), (gssize)strlen(text));
}

static void read_some(Peer *peer)
{
    char buffer[8192];
    gssize length = g_socket_receive(peer->socket, buffer, sizeof(buffer), NULL, NULL);
    if (length > 0) {
        g_string_append_len(peer->text, buffer, length);
    }
}

/* Reads until @wanted came; what was read before it is forgotten with it. */
static void expect_text(Peer *peer, const char *wanted)
{
    gint64 end = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    const char *found;
    while (!(found = strstr(peer->text->str, wanted)) && g_get_monotonic_time() < end) {
        while (g_main_context_iteration(NULL, FALSE)) {
        }
        read_some(peer);
        g_usleep(100);
    }
    cr_assert(found, "'%s' lacks '%s'", peer->text->str, wanted);
    g_string_erase(peer->text, 0, found - peer->text->str + (gssize)strlen(wanted));
}

Test(monitor, a_console_greets_prompts_and_echoes)
{
    Peer peer;
    start();
    connect_peer(&peer);
    expect_text(&peer, "help");
    expect_text(&peer, "(core99) ");
    type(&peer, "p 1\n");
    expect_text(&peer, "p 1\n0x1 (1)\n(core99) ");
    type(&peer, "p 2\r\n");
    expect_text(&peer, "p 2\n0x2 (2)\n(core99) ");
    finish();
}

Test(monitor, a_line_can_be_corrected)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "p 19\x7f\b8\n");
    expect_text(&peer, "0x8 (8)\n");
    type(&peer, "frobnicate\x15p 3\n");
    expect_text(&peer, "0x3 (3)\n");
    type(&peer, "p\033[A\033OP\033x 4\n");
    expect_text(&peer, "0x4 (4)\n");
    finish();
}

Test(monitor, an_empty_line_repeats_stepi_and_x_only)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "stepi\n");
    expect_text(&peer, "fff00104: ");
    type(&peer, "\n");
    expect_text(&peer, "fff00108: ");
    type(&peer, "x/xw 0x1000\n\n");
    expect_text(&peer, "00001000: ");
    expect_text(&peer, "00001004: ");
    type(&peer, "p 5\n");
    expect_text(&peer, "(5)\n(core99) ");
    type(&peer, "\n");
    expect_text(&peer, "\n(core99) ");
    cr_assert_str_eq(peer.text->str, "");
    finish();
}

Test(monitor, control_c_ends_a_long_stepi)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "stepi 1000000000000\n");
    expect_text(&peer, "stepi 1000000000000\n");
    type(&peer, "\003");
    expect_text(&peer, "^C\n");
    expect_text(&peer, "(core99) ");
    cr_assert_eq(machine_run_state(machine), RUN_PAUSED);
    finish();
}

Test(monitor, lines_typed_ahead_wait_for_a_long_stepi)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "stepi 300000\ninfo status\n");
    expect_text(&peer, "icount 300000 ");
    finish();
}

Test(monitor, stop_then_stepi_prints_one_position_each)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "c\nstop\nstepi\np 77\n");
    expect_text(&peer, "stop\nfff001");
    expect_text(&peer, "stepi\nfff001");
    expect_text(&peer, "\n(core99) p 77\n0x4d (77)\n(core99) ");
    finish();
}

Test(monitor, more_output_than_a_ring_holds_comes_whole)
{
    Peer peer;
    start();
    connect_peer(&peer);
    type(&peer, "xp/60000xw 0\np 12345\n");
    /* Nobody reads: the main loop goes on all the same. */
    for (unsigned i = 0; i < 50; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    expect_text(&peer, "0003a970:"); /* the last line: 60000 words */
    expect_text(&peer, "(12345)\n");
    finish();
}

Test(monitor, news_for_a_peer_that_does_not_read_are_bounded)
{
    Peer peer;
    g_autofree char *news = g_strnfill(100000, 'n');
    start();
    connect_peer(&peer);
    expect_text(&peer, "(core99) ");
    for (unsigned i = 0; i < 100; i++) {
        monitor_hub_machine_event(hub, MACHINE_EVENT_BREAK, news);
        g_main_context_iteration(NULL, FALSE);
    }
    expect_text(&peer, "\n(messages that came meanwhile are left out)\n(core99) ");
    type(&peer, "p 21\n");
    expect_text(&peer, "p 21\n0x15 (21)\n(core99) ");
    finish();
}

Test(monitor, the_next_peer_finds_a_fresh_console)
{
    Peer first, second = {0};
    start();
    connect_peer(&first);
    type(&first, "half a li");
    expect_text(&first, "half a li");
    g_socket_close(first.socket, NULL);
    join_peer(&second, first.path);
    expect_text(&second, "`help` lists the commands\n(core99) ");
    type(&second, "p 6\n");
    expect_text(&second, "p 6\n0x6 (6)\n");
    finish();
}

/* --- -expect --------------------------------------------------------------------------------- */

static void collect(void *opaque, const uint8_t *data, size_t length)
{
    g_string_append_len(opaque, (const char *)data, (gssize)length);
}

Test(expect, sees_what_the_guest_writes_and_not_the_console)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    Chardev *mux = chardev_new_from_str("null,id=c,mux=on", &error_abort);
    chardev_set_output_tap(mux, collect, seen);
    Chardev *guest = chardev_claim(mux, &error_abort);
    Chardev *console = chardev_claim(mux, &error_abort);
    cr_assert(chardev_has_focus(guest));
    cr_assert_not(chardev_has_focus(console));
    chardev_write(guest, "boot", 4);
    chardev_write(console, "(core99) ", 9);
    chardev_write(guest, "ed", 2);
    cr_assert_str_eq(seen->str, "booted");
    chardev_release(console);
    chardev_release(guest);
}

static bool feed(Expect *expect, const char *text)
{
    return expect_feed(expect, (const uint8_t *)text, strlen(text));
}

Test(expect, finds_a_text_that_comes_in_pieces)
{
    Expect *expect = expect_new("login: ");
    cr_assert_not(feed(expect, "lo"));
    cr_assert_not(feed(expect, "gin"));
    cr_assert(feed(expect, ": and more"));
    cr_assert(feed(expect, "x"), "once seen, always seen");
    expect_free(expect);
}

Test(expect, finds_a_text_behind_a_false_start)
{
    Expect *expect = expect_new("aab");
    cr_assert_not(feed(expect, "aaa"));
    cr_assert(feed(expect, "b"));
    expect_free(expect);
}

Test(expect, does_not_find_what_is_not_there)
{
    Expect *expect = expect_new("x");
    cr_assert_not(feed(expect, "yyyyyyyyyy"));
    cr_assert_not(expect_feed(expect, (const uint8_t *)"\0\0", 2));
    expect_free(expect);
}
