/* SPDX-License-Identifier: MIT */
/* gdbstub/: the client with good stubs and with bad ones. */
#include "gdbstub/client.h"
#include "tests/unit/fake_stub.h"

#include <criterion/criterion.h>
#include <string.h>

static GdbClient *start(const FakeRule *rules)
{
    Error *err = NULL;
    GdbClient *client = gdb_client_new(fake_stub_start(rules), &err);
    cr_assert(client, "%s", err ? error_get_pretty(err) : "no message");
    return client;
}

static void is_one_line(const Error *err, const char *part)
{
    cr_assert(err);
    const char *text = error_get_pretty(err);
    cr_assert(strstr(text, part), "'%s' lacks '%s'", text, part);
    cr_assert_null(strchr(text, '\n'), "'%s'", text);
}

/* The handshake with a stub that follows @rules fails with a line that has @part. */
static void refused(const FakeRule *rules, const char *part)
{
    g_autoptr(Error) err = NULL;
    cr_assert_null(gdb_client_new(fake_stub_start(rules), &err));
    is_one_line(err, part);
}

#define RULE(...)                                                                                  \
    (const FakeRule[]) { {__VA_ARGS__}, {0} }
#define DESCRIPTION(text)                                                                          \
    RULE("qXfer:features:read:target.xml", FAKE_ANSWER, "l<target>" text "</target>", 0)

/* --- what works --------------------------------------------------------------------------------- */

Test(gdb_client, registers_are_found_by_their_described_numbers)
{
    g_autoptr(GdbClient) client = start(NULL);
    const int wanted[] = {gdb_client_find(client, "r3"), gdb_client_find(client, "xer"),
                          gdb_client_find(client, "f1")};
    cr_assert_eq(gdb_client_find(client, "vr0"), -1);
    cr_assert(gdb_client_fetch(client, wanted, G_N_ELEMENTS(wanted), &error_abort));
    cr_assert_eq(gdb_client_get(client, wanted[0]), 0x1003);
    cr_assert_eq(gdb_client_get(client, wanted[1]), 0x1000 + 37);
    cr_assert_eq(gdb_client_get(client, wanted[2]), 0);
}

Test(gdb_client, written_registers_are_read_back_after_a_step)
{
    g_autoptr(GdbClient) client = start(NULL);
    const int wanted[] = {gdb_client_find(client, "r3"), gdb_client_find(client, "f1"),
                          gdb_client_find(client, "pc")};
    gdb_client_put(client, wanted[0], 0xdeadbeef);
    gdb_client_put(client, wanted[1], UINT64_C(0x3ff0000000000001));
    gdb_client_put(client, wanted[2], 0x4000);
    cr_assert(gdb_client_step(client, &error_abort));
    cr_assert_eq(gdb_client_signal(client), 5);
    cr_assert(gdb_client_fetch(client, wanted, G_N_ELEMENTS(wanted), &error_abort));
    cr_assert_eq(gdb_client_get(client, wanted[0]), 0xdeadbeef);
    cr_assert_eq(gdb_client_get(client, wanted[1]), UINT64_C(0x3ff0000000000001));
    cr_assert_eq(gdb_client_get(client, wanted[2]), 0x4004);
}

Test(gdb_client, many_changed_registers_travel_in_one_packet)
{
    g_autoptr(GdbClient) client = start(NULL);
    for (int i = 0; i < 32; i++) {
        gdb_client_put(client, i, 0xa0000000u + (unsigned)i);
    }
    cr_assert(gdb_client_flush(client, &error_abort));
    g_autofree char *log = fake_stub_log();
    cr_assert_null(strstr(log, "P0="));
    cr_assert(strstr(log, "Ga0000000a0000001"));
    int r31 = 31;
    cr_assert(gdb_client_fetch(client, &r31, 1, &error_abort));
    cr_assert_eq(gdb_client_get(client, 31), 0xa000001f);
}

Test(gdb_client, memory_longer_than_a_packet_goes_both_ways)
{
    g_autoptr(GdbClient) client = start(NULL);
    uint8_t out[3000], in[3000] = {0};
    for (size_t i = 0; i < sizeof(out); i++) {
        out[i] = (uint8_t)(i * 7);
    }
    cr_assert(gdb_client_write(client, 0x2000, out, sizeof(out), &error_abort));
    cr_assert(gdb_client_read(client, 0x2000, in, sizeof(in), &error_abort));
    cr_assert_eq(memcmp(in, out, sizeof(in)), 0);
}

Test(gdb_client, no_ack_mode_is_used_when_it_is_offered)
{
    const FakeRule rules[] = {
        {"qSupported", FAKE_ANSWER, "PacketSize=200;QStartNoAckMode+;qXfer:features:read+", 0},
        {"QStartNoAckMode", FAKE_ANSWER, "OK", 0},
        {0},
    };
    g_autoptr(GdbClient) client = start(rules);
    cr_assert(gdb_client_step(client, &error_abort));
    g_autofree char *log = fake_stub_log();
    cr_assert_null(strchr(strstr(log, "?"), '+'), "%s", log);
}

Test(gdb_client, a_packet_with_a_wrong_sum_is_asked_for_again)
{
    g_autoptr(GdbClient) client = start((const FakeRule[]){{"?", FAKE_WRONG_SUM, "S05", 1}, {0}});
    (void)client;
}

Test(gdb_client, a_refused_packet_is_sent_again)
{
    g_autoptr(GdbClient) client = start(RULE("qSupported", FAKE_RAW, "-", 2));
    cr_assert_eq(gdb_client_find(client, "f1"), 39);
}

Test(gdb_client, run_lengths_and_escapes_are_undone)
{
    const FakeRule rules[] = {
        {"m1000", FAKE_RAW, "$0* #7a", 1}, {"m2000", FAKE_RAW, "$}\021}\022#1d", 1}, {0}};
    g_autoptr(GdbClient) client = start(rules);
    uint8_t bytes[2] = {1, 1};
    cr_assert(gdb_client_read(client, 0x1000, bytes, 2, &error_abort));
    cr_assert_eq(bytes[0] | bytes[1], 0);
    cr_assert(gdb_client_read(client, 0x2000, bytes, 1, &error_abort));
    cr_assert_eq(bytes[0], 0x12);
}

Test(gdb_client, notifications_are_skipped)
{
    g_autoptr(GdbClient) client = start(RULE("?", FAKE_RAW, "%Stop:T05#00$S05#b8", 0));
    cr_assert_eq(gdb_client_signal(client), 5);
}

Test(gdb_client, a_continue_that_does_not_end_is_interrupted)
{
    const FakeRule rules[] = {{"c", FAKE_SILENCE, NULL, 0}, {"^", FAKE_ANSWER, "T02", 0}, {0}};
    g_autoptr(GdbClient) client = start(rules);
    bool is_late = false;
    cr_assert(gdb_client_continue(client, 50, &is_late, &error_abort));
    cr_assert(is_late);
    cr_assert_eq(gdb_client_signal(client), 2);
}

Test(gdb_client, breakpoints_are_set_and_cleared)
{
    g_autoptr(GdbClient) client = start(NULL);
    cr_assert(gdb_client_break_at(client, 0xfff00100, true, &error_abort));
    cr_assert(gdb_client_break_at(client, 0xfff00100, false, &error_abort));
    g_autofree char *log = fake_stub_log();
    cr_assert(strstr(log, "Z0,fff00100,4 "));
    cr_assert(strstr(log, "z0,fff00100,4 "));
}

Test(gdb_client, output_of_the_target_is_no_stop)
{
    g_autoptr(GdbClient) client = start(RULE("s", FAKE_RAW, "$O41#c4$S05#b8", 0));
    cr_assert(gdb_client_step(client, &error_abort));
}

Test(gdb_client, a_stub_without_description_has_gdbs_layout)
{
    const FakeRule rules[] = {
        {"qSupported", FAKE_ANSWER, "PacketSize=400", 0}, {"g", FAKE_ANSWER, "", 0}, {0}};
    g_autoptr(GdbClient) client = start(rules);
    cr_assert_eq(gdb_client_find(client, "pc"), 64);
    cr_assert_eq(gdb_client_find(client, "fpscr"), 70);
}

/* --- what does not ------------------------------------------------------------------------------- */

Test(gdb_client, a_stub_that_never_answers_is_given_up)
{
    refused(RULE("qSupported", FAKE_SILENCE, NULL, 0), "does not answer (300 ms)");
    refused(RULE("g", FAKE_SILENCE, NULL, 0), "does not answer");
}

Test(gdb_client, a_stub_that_hangs_up_is_named)
{
    refused(RULE("qSupported", FAKE_HANG_UP, NULL, 0), "hung up");
    refused(RULE("qXfer", FAKE_HANG_UP, NULL, 0), "hung up");
}

Test(gdb_client, a_packet_that_stops_in_the_middle_is_an_error)
{
    refused(RULE("qSupported", FAKE_RAW, "$Packet", 0), "middle of a packet");
    refused(RULE("qSupported", FAKE_RAW, "$OK#9", 0), "middle of a packet");
}

Test(gdb_client, garbage_is_no_stub)
{
    g_autofree char *garbage = g_strnfill(5000, 'x');
    const FakeRule rules[] = {{"qSupported", FAKE_RAW, garbage, 0}, {0}};
    refused(rules, "this is no gdb stub");
}

Test(gdb_client, an_endless_packet_is_cut)
{
    g_autofree char *filler = g_strnfill((2 << 20), 'a');
    g_autofree char *packet = g_strconcat("$", filler, "#00", NULL);
    const FakeRule rules[] = {{"qSupported", FAKE_RAW, packet, 0}, {0}};
    refused(rules, "more than 1048576 bytes");
}

Test(gdb_client, an_endless_run_of_one_character_is_cut)
{
    g_autoptr(GString) packet = g_string_new("$a");
    for (int i = 0; i < 20000; i++) {
        g_string_append(packet, "*~");
    }
    const FakeRule rules[] = {{"qSupported", FAKE_RAW, packet->str, 0}, {0}};
    refused(rules, "more than 1048576 bytes");
    refused(RULE("qSupported", FAKE_RAW, "$*~#a8", 0), "bad run length");
}

Test(gdb_client, wrong_check_sums_without_end_are_given_up)
{
    refused((const FakeRule[]){{"qSupported", FAKE_RAW, "$a#00$a#00$a#00$a#00", 0}, {0}},
            "wrong check sums");
}

Test(gdb_client, a_stub_that_refuses_everything_is_given_up)
{
    refused(RULE("qSupported", FAKE_RAW, "-", 0), "refuses every packet");
}

Test(gdb_client, silly_packet_sizes_are_refused)
{
    refused(RULE("qSupported", FAKE_ANSWER, "PacketSize=1", 0), "PacketSize of '1'");
    refused(RULE("qSupported", FAKE_ANSWER, "PacketSize=ffffffffffff", 0), "PacketSize");
    refused(RULE("qSupported", FAKE_ANSWER, "PacketSize=zz", 0), "PacketSize of 'zz'");
}

Test(gdb_client, a_target_that_has_ended_is_named)
{
    refused(RULE("?", FAKE_ANSWER, "W00", 0), "has ended");
    refused(RULE("?", FAKE_ANSWER, "hello", 0), "says 'hello'");
    refused(RULE("?", FAKE_ANSWER, "", 0), "instead of why it stopped");
}

Test(gdb_client, another_architecture_is_refused)
{
    refused(DESCRIPTION("<architecture>arm</architecture><reg name='r0' bitsize='32'/>"),
            "the stub's target is arm");
}

Test(gdb_client, descriptions_that_lie_are_refused)
{
    refused(DESCRIPTION(""), "describes no register");
    refused(DESCRIPTION("<reg name='r0' bitsize='32'/>"), "no r31 of 32 bits");
    refused(DESCRIPTION("<reg name='r0' bitsize='64'/>"), "r0 has 64 bits, not 32");
    refused(DESCRIPTION("<reg name='r0' bitsize='0'/>"), "r0: bitsize is 1 to 1024");
    refused(DESCRIPTION("<reg name='r0' bitsize='99999999999'/>"), "bitsize");
    refused(DESCRIPTION("<reg name='r0'/>"), "bitsize");
    refused(DESCRIPTION("<reg bitsize='32'/>"), "no usable name");
    refused(DESCRIPTION("<reg name='r0' bitsize='32' regnum='4096'/>"), "regnum is below 4096");
    refused(DESCRIPTION("<reg name='r0' bitsize='32' regnum='-1'/>"), "regnum");
    refused(DESCRIPTION("<reg name='a' bitsize='32'/><reg name='b' bitsize='32' regnum='0'/>"),
            "registers a and b have one number, 0");
}

Test(gdb_client, descriptions_that_are_no_xml_are_refused)
{
    refused(DESCRIPTION("<reg"), "target.xml: ");
    refused(DESCRIPTION("</a>"), "target.xml: ");
    refused(RULE("qXfer", FAKE_ANSWER, "l", 0), "target.xml: ");
    refused(RULE("qXfer", FAKE_ANSWER, "E01", 0), "does not give its description target.xml");
    refused(RULE("qXfer", FAKE_ANSWER, "", 0), "does not give its description target.xml");
    refused(RULE("qXfer", FAKE_ANSWER, "m", 0), "does not give its description target.xml");
}

Test(gdb_client, descriptions_without_end_are_refused)
{
    refused(DESCRIPTION("<xi:include href='target.xml'/>"), "too many includes");
    refused(DESCRIPTION("<xi:include/>"), "no usable href");
    g_autofree char *filler = g_strnfill(400, ' ');
    g_autofree char *reply = g_strconcat("m", filler, NULL);
    const FakeRule rules[] = {{"qXfer", FAKE_ANSWER, reply, 0}, {0}};
    refused(rules, "target.xml has no end");
}

Test(gdb_client, a_general_packet_that_does_not_fit_the_description_is_refused)
{
    refused(RULE("g", FAKE_ANSWER, "0011", 0), "ends inside register r0");
    refused(RULE("g", FAKE_ANSWER, "001", 0), "makes no sense");
    refused(RULE("g", FAKE_ANSWER, "E01", 0), "makes no sense");
    g_autofree char *text = g_strnfill(400, '0');
    const FakeRule rules[] = {{"g", FAKE_ANSWER, text, 0}, {0}};
    refused(rules, "g has 200 bytes, its description 168");
}

static void fails_at_use(const FakeRule *rules, const char *part)
{
    g_autoptr(GdbClient) client = start(rules);
    g_autoptr(Error) err = NULL;
    int f0 = gdb_client_find(client, "f0");
    uint8_t bytes[4] = {0};
    gdb_client_put(client, f0, 1);
    bool ok = gdb_client_write(client, 0x100, bytes, 4, &err) &&
              gdb_client_read(client, 0x100, bytes, 4, &err) && gdb_client_step(client, &err) &&
              gdb_client_fetch(client, &f0, 1, &err);
    cr_assert_not(ok);
    is_one_line(err, part);
}

Test(gdb_client, failures_in_use_are_named)
{
    fails_at_use(RULE("p47", FAKE_ANSWER, "E14", 0), "does not read register f0 (E14)");
    fails_at_use(RULE("p47", FAKE_ANSWER, "0011", 0), "does not read register f0 (0011)");
    fails_at_use(RULE("p47", FAKE_ANSWER, "xxxxxxxxxxxxxxxx", 0), "does not read register f0");
    fails_at_use(RULE("P47", FAKE_ANSWER, "", 0), "does not write register f0 (no such packet)");
    fails_at_use(RULE("m100", FAKE_ANSWER, "E01", 0), "does not read memory at 0x100 (E01)");
    fails_at_use(RULE("m100", FAKE_ANSWER, "0011", 0), "does not read memory at 0x100");
    fails_at_use(RULE("M100", FAKE_ANSWER, "E01", 0), "does not write memory (E01)");
    fails_at_use(RULE("s", FAKE_SILENCE, NULL, 0), "does not end a single step (300 ms)");
    fails_at_use(RULE("s", FAKE_ANSWER, "X09", 0), "has ended (X09)");
    fails_at_use(RULE("s", FAKE_HANG_UP, NULL, 0), "hung up");
}

/* --- addresses ------------------------------------------------------------------------------------ */

static void no_address(const char *address, const char *part)
{
    g_autoptr(Error) err = NULL;
    cr_assert_null(gdb_client_open(address, 300, &err));
    is_one_line(err, part);
}

Test(gdb_client, addresses_that_make_no_sense_are_refused)
{
    no_address("1234", "expected tcp:HOST:PORT or unix:PATH");
    no_address("unix:", "expected tcp:HOST:PORT or unix:PATH");
    no_address("tcp:localhost", "a port from 1 to 65535");
    no_address("tcp:localhost:0", "a port from 1 to 65535");
    no_address("tcp:localhost:123456", "a port from 1 to 65535");
}

Test(gdb_client, nobody_at_an_address_is_an_error)
{
    no_address("unix:/nowhere/at/all", "unix:/nowhere/at/all: ");
    no_address("tcp::1", "tcp::1: ");
}
