/* SPDX-License-Identifier: MIT */
/*
 * Queries of the gdb remote protocol: what the stub can do, threads, descriptions, the console, searches.
 *
 * Source: gdb manual, "General Query Packets"; qqemu.* as QEMU's manual has them. Not modelled, answered
 * with nothing: files (vFile, qXfer:exec-file), symbol look-up, tracepoints, libraries.
 */
#include "gdbstub/server_internal.h"

#include <inttypes.h>
#include <string.h>

enum {
    CONSOLE_PART = 2048, /* of a command's output, bytes a packet */
    MOST_COMMAND = 4096,
    COMMAND_MS = 1000, /* a console command may run the guest so long before gdb goes on */
    EVENT_MS = 50,     /* and is told of within */
    SCAN_PART = 65536,
    MOST_SCAN = 256 << 20,
};

static void syntax_error(GdbServer *server) { server_reply(server, GDB_ERROR_SYNTAX); }
static void ok(GdbServer *server) { server_reply(server, "OK"); }

/* --- what the stub can do ---------------------------------------------------------------------------- */

static void tell_features(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    server->has_swbreak = strstr(args, "swbreak+") != NULL;
    server->has_hwbreak = strstr(args, "hwbreak+") != NULL;
    server->has_processes = strstr(args, "multiprocess+") != NULL;
    g_autofree char *reply = g_strdup_printf(
        "PacketSize=%x;qXfer:features:read+;qXfer:memory-map:read+;QStartNoAckMode+;"
        "vContSupported+;swbreak+;hwbreak+;ConditionalBreakpoints+;binary-upload+;" WIRE_OUR_FEATURE
        "%s",
        WIRE_PACKET_SIZE, server->has_processes ? ";multiprocess+" : "");
    server_reply(server, reply);
}

static void stop_acks(GdbServer *server, G_GNUC_UNUSED const char *args,
                      G_GNUC_UNUSED size_t length)
{
    ok(server);
    wire_stop_acks(server->wire);
}

/* --- descriptions --------------------------------------------------------------------------------- */

/* The part of @text that "OFFSET,LENGTH" asks for. */
static void read_part(GdbServer *server, const char *text, const char *range)
{
    uint64_t offset, size;
    if (!words_take_range(&range, '\0', &offset, &size) || offset > strlen(text)) {
        syntax_error(server);
        return;
    }
    size_t left = strlen(text) - offset;
    size_t part = MIN(left, MIN(size, GDB_MOST_BYTES));
    g_autoptr(GString) out = g_string_new(part < left ? "m" : "l");
    g_string_append_len(out, text + offset, (gssize)part);
    server_reply_bytes(server, out->str, out->len);
}

/* "ANNEX:OFFSET,LENGTH" */
static void read_description(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    const char *colon = strchr(args, ':');
    g_autofree char *annex = g_strndup(args, colon ? (size_t)(colon - args) : 0);
    const char *text = registers_annex(server->registers, annex);
    if (!colon || !text) {
        server_reply(server, "E00");
    } else {
        read_part(server, text, colon + 1);
    }
}

/* Addresses are effective: any page may be RAM, and what is not refuses each access by itself. */
static void read_memory_map(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    static const char map[] =
        "<?xml version=\"1.0\"?>\n"
        "<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\"\n"
        " \"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n"
        "<memory-map><memory type=\"ram\" start=\"0\" length=\"0x100000000\"/></memory-map>\n";
    read_part(server, map, args);
}

/* --- threads --------------------------------------------------------------------------------------- */

const char *query_thread(const GdbServer *server)
{
    return server->has_processes ? "p01.01" : "01";
}

static void tell_thread(GdbServer *server, G_GNUC_UNUSED const char *args,
                        G_GNUC_UNUSED size_t length)
{
    server_reply(server, server->has_processes ? "QCp1.1" : "QC1");
}

static void list_threads(GdbServer *server, G_GNUC_UNUSED const char *args,
                         G_GNUC_UNUSED size_t length)
{
    server_reply(server, server->has_processes ? "mp1.1" : "m1");
}

static void choose_thread(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    server_reply(server, *args && words_are_our_thread(args + 1) ? "OK" : GDB_ERROR_SYNTAX);
}

static void is_alive(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    server_reply(server, words_are_our_thread(args) ? "OK" : GDB_ERROR_SYNTAX);
}

static void describe_thread(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const PpcEnv *env = &POWERPC_CPU(server->machine->cpu)->env;
    if (!words_are_our_thread(args)) {
        syntax_error(server);
        return;
    }
    g_autofree char *text = g_strdup_printf("CPU#0 %s", env->model->name);
    wire_append_hex(out, text, strlen(text));
    server_reply(server, out->str);
}

/* --- the console ------------------------------------------------------------------------------------- */

static void send_console(GdbServer *server, const GString *text)
{
    g_autoptr(GString) part = g_string_new(NULL);
    for (size_t at = 0; at < text->len; at += CONSOLE_PART) {
        g_string_assign(part, "O");
        wire_append_hex(part, text->str + at, MIN(text->len - at, CONSOLE_PART));
        server_reply_bytes(server, part->str, part->len);
    }
}

void query_tell_user(GdbServer *server, const char *text)
{
    g_autoptr(GString) line = g_string_new(text);
    send_console(server, line);
}

void query_end_command(GdbServer *server)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!server->command_timeout) {
        return;
    }
    g_clear_handle_id(&server->command_timeout, g_source_remove);
    if (machine_run_state(server->machine) == RUN_RUNNING) {
        g_string_append(out, "the guest runs; `monitor stop` stops it\n");
    } else {
        packet_run_command(server, "x/1i $pc", out);
    }
    send_console(server, out);
    ok(server);
}

static gboolean command_takes_long(void *opaque)
{
    GdbServer *server = opaque;
    query_end_command(server);
    server_push(server);
    return G_SOURCE_REMOVE;
}

/* A console command in digits; its output comes in O packets. One that runs the guest (stepi, cont) is
 * answered when the guest stands again, or after a while. */
static void run_monitor(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t size = strlen(args) / 2;
    g_autofree char *line = g_malloc0(size + 1);
    if (strlen(args) % 2 || size > MOST_COMMAND || server->command_timeout ||
        !wire_parse_hex(args, (uint8_t *)line, size)) {
        syntax_error(server);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        line[i] = g_ascii_isprint(line[i]) ? line[i] : ' ';
    }
    bool was_running = machine_run_state(server->machine) == RUN_RUNNING;
    uint64_t icount = *clock_icount(server->machine->clock);
    packet_run_command(server, g_strstrip(line), out);
    send_console(server, out);
    bool is_running = machine_run_state(server->machine) == RUN_RUNNING;
    if (was_running || (!is_running && *clock_icount(server->machine->clock) == icount)) {
        ok(server);
        return;
    }
    /* A guest that stands again: its event is on the way, unless the command stepped by itself. */
    server->command_timeout = g_timeout_add(is_running ? COMMAND_MS : EVENT_MS, command_takes_long,
                                            server);
}

/* --- modes of QEMU's ---------------------------------------------------------------------------------- */

static void set_steps(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    uint64_t bits;
    args += g_str_has_prefix(args, "0x") ? 2 : 0;
    if (!words_take_number(&args, '\0', &bits) || *args || bits > STEP_DEFAULT) {
        syntax_error(server);
        return;
    }
    server->step_bits = (unsigned)bits;
    ok(server);
}

static void get_steps(GdbServer *server, G_GNUC_UNUSED const char *args,
                      G_GNUC_UNUSED size_t length)
{
    g_autofree char *text = g_strdup_printf("0x%x", server->step_bits);
    server_reply(server, text);
}

/* Ours alone: how long a step waits for what an interrupt interrupted. */
static void set_step_limit(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    uint64_t limit;
    if (!words_take_number(&args, '\0', &limit) || *args) {
        syntax_error(server);
        return;
    }
    server->step_limit = limit;
    ok(server);
}

static void set_physical(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    if (strcmp(args, "0") != 0 && strcmp(args, "1") != 0) {
        syntax_error(server);
        return;
    }
    server->is_physical = *args == '1';
    ok(server);
}

static void get_physical(GdbServer *server, G_GNUC_UNUSED const char *args,
                         G_GNUC_UNUSED size_t length)
{
    server_reply(server, server->is_physical ? "1" : "0");
}

/* --- looking through memory ----------------------------------------------------------------------------- */

typedef struct Scan {
    GdbServer *server;
    uint64_t address;
    size_t size, done;
    uint8_t *bytes;
} Scan;

static void scan_job(MachineState *machine, void *opaque)
{
    Scan *scan = opaque;
    scan->done = debug_read(machine->cpu, scan->server->is_physical, scan->address, scan->bytes,
                            scan->size);
}

/* All of it, or false. */
static bool read_all(GdbServer *server, uint64_t address, uint8_t *bytes, size_t size)
{
    Scan scan = {.server = server, .address = address, .size = size, .bytes = bytes};
    machine_run_on(server->machine, scan_job, &scan);
    return scan.done == size;
}

/* The check sum of gdb's compare-sections: CRC-32 from the high bit on, from all ones. */
static uint32_t crc32_more(uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
        }
    }
    return crc;
}

static void check_sum(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    uint64_t address, size;
    uint32_t crc = UINT32_MAX;
    if (!words_take_range(&args, '\0', &address, &size) || size > MOST_SCAN) {
        syntax_error(server);
        return;
    }
    g_autofree uint8_t *bytes = g_malloc(SCAN_PART);
    for (uint64_t done = 0, part; done < size; done += part) {
        part = MIN(size - done, SCAN_PART);
        if (!read_all(server, address + done, bytes, part)) {
            server_reply(server, GDB_ERROR_ADDRESS);
            return;
        }
        crc = crc32_more(crc, bytes, part);
    }
    g_autofree char *text = g_strdup_printf("C%08" PRIx32, crc);
    server_reply(server, text);
}

typedef struct Wanted {
    uint64_t address, size; /* where to look */
    const char *pattern;
    size_t length;
} Wanted;

/* "1,ADDRESS", "0" or an error. The last bytes of a part are the first of the next one: a match may
 * begin there. */
static char *find_pattern(GdbServer *server, const Wanted *wanted)
{
    g_autofree uint8_t *bytes = g_malloc(SCAN_PART + wanted->length);
    uint64_t done = 0;
    while (done + wanted->length <= wanted->size) {
        uint64_t part = MIN(wanted->size - done, SCAN_PART + wanted->length - 1);
        if (!read_all(server, wanted->address + done, bytes, part)) {
            return g_strdup(GDB_ERROR_ADDRESS);
        }
        const uint8_t *found = memmem(bytes, part, wanted->pattern, wanted->length);
        if (found) {
            return g_strdup_printf("1,%" PRIx64,
                                   wanted->address + done + (uint64_t)(found - bytes));
        }
        done += part - wanted->length + 1;
    }
    return g_strdup("0");
}

/* "ADDRESS;LENGTH;PATTERN" */
static void search(GdbServer *server, const char *args, size_t length)
{
    const char *at = args;
    Wanted wanted;
    if (!words_take_number(&at, ';', &wanted.address) ||
        !words_take_number(&at, ';', &wanted.size) || length == (size_t)(at - args) ||
        wanted.size > MOST_SCAN) {
        syntax_error(server);
        return;
    }
    wanted.pattern = at;
    wanted.length = length - (size_t)(at - args);
    g_autofree char *answer = find_pattern(server, &wanted);
    server_reply(server, answer);
}

/* --- the table ------------------------------------------------------------------------------------------------ */

/* Answers that are always the same. */
static const char *const fixed_answers[][2] = {
    {"qsThreadInfo", "l"},
    {"qAttached", "1"},
    {"!", "OK"},
    {"qSymbol::", "OK"},
    {"qOffsets", "Text=0;Data=0;Bss=0"}, /* a guest is where its file says */
    {"qqemu.sstepbits", "ENABLE=1,NOIRQ=2,NOTIMER=4"},
};

static bool answer_fixed(GdbServer *server, const char *packet)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fixed_answers); i++) {
        if (strcmp(packet, fixed_answers[i][0]) == 0) {
            server_reply(server, fixed_answers[i][1]);
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name;
    bool has_args; /* @name is only the beginning */
    void (*handle)(GdbServer *server, const char *args, size_t length);
} queries[] = {
    {"H", true, choose_thread},
    {"T", true, is_alive},
    {"qC", false, tell_thread},
    {"qfThreadInfo", false, list_threads},
    {"qSupported", true, tell_features},
    {"QStartNoAckMode", false, stop_acks},
    {"qXfer:features:read:", true, read_description},
    {"qXfer:memory-map:read::", true, read_memory_map},
    {"qThreadExtraInfo,", true, describe_thread},
    {"qRcmd,", true, run_monitor},
    {"qCRC:", true, check_sum},
    {"qSearch:memory:", true, search},
    {"qqemu.sstep", false, get_steps},
    {"Qqemu.sstep=", true, set_steps},
    {"Qcore99.StepLimit:", true, set_step_limit},
    {"qqemu.PhyMemMode", false, get_physical},
    {"Qqemu.PhyMemMode:", true, set_physical},
};

bool query_handle(GdbServer *server, const char *packet, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        size_t size = strlen(queries[i].name);
        bool is_this = queries[i].has_args ? strncmp(packet, queries[i].name, size) == 0
                                           : strcmp(packet, queries[i].name) == 0;
        if (is_this) {
            queries[i].handle(server, packet + size, length - size);
            return true;
        }
    }
    return answer_fixed(server, packet);
}
