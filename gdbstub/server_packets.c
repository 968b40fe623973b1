/* SPDX-License-Identifier: MIT */
/*
 * The packets of the gdb remote protocol and their answers.
 *
 * Source: gdb manual, "Remote Protocol", "Packets", "General Query Packets"; qqemu.PhyMemMode as QEMU's
 * manual has it. One processor is thread 1. What changes the guest is an input, so that a replay
 * repeats it. Not modelled: signals (a machine has none: C and S are c and s), files, tracepoints,
 * running backwards.
 */
#include "gdbstub/server_internal.h"

#include <inttypes.h>
#include <string.h>

#define INPUT_NAME "gdb"

enum { MOST_CONDITIONS = 64 }; /* of one breakpoint */

static CPUState *cpu_of(const GdbServer *server) { return server->machine->cpu; }
static PpcEnv *env_of(const GdbServer *server) { return &POWERPC_CPU(cpu_of(server))->env; }

static void syntax_error(GdbServer *server) { server_reply(server, GDB_ERROR_SYNTAX); }
static void ok(GdbServer *server) { server_reply(server, "OK"); }

/* --- with the machine's token ----------------------------------------------------------------------- */

typedef struct Look {
    GdbServer *server;
    uint64_t address, length; /* number of a register: address */
    uint8_t *bytes;
    GString *out;
    size_t done;
} Look;

static void look_at_memory(G_GNUC_UNUSED MachineState *machine, void *opaque)
{
    Look *look = opaque;
    look->done = debug_read(cpu_of(look->server), look->server->is_physical, look->address,
                            look->bytes, look->length);
}

static void look_at_registers(G_GNUC_UNUSED MachineState *machine, void *opaque)
{
    Look *look = opaque;
    registers_append_all(look->server->registers, env_of(look->server), look->out);
}

static void look_at_register(G_GNUC_UNUSED MachineState *machine, void *opaque)
{
    Look *look = opaque;
    look->done = registers_append(look->server->registers, env_of(look->server),
                                  (unsigned)MIN(look->address, UINT_MAX), look->out);
}

typedef struct Change {
    const char *bytes;
    size_t length;
} Change;

static void take_change(MachineState *machine, void *opaque)
{
    const Change *change = opaque;
    input_take_now(machine->clock, INPUT_NAME, change->bytes, change->length);
}

/* "r": all registers; "pN=": one; "vA,L:" and "mA,L:": bytes at an effective or physical address. */
static bool carry_out(GdbServer *server, const uint8_t *data, size_t length)
{
    g_autofree char *text = g_strndup((const char *)data, length);
    const char *at = text + 1;
    uint64_t address, size;
    switch (*text) {
    case 'r':
        return registers_write_all(server->registers, env_of(server), at);
    case 'p':
        return words_take_number(&at, '=', &address) && address <= UINT_MAX &&
               registers_write(server->registers, env_of(server), (unsigned)address, at);
    case 'v':
    case 'm':
        return words_take_range(&at, ':', &address, &size) &&
               length - (size_t)(at - text) == size &&
               debug_write(cpu_of(server), *text == 'm', address, data + (at - text), size);
    default:
        return false;
    }
}

void packet_change(void *opaque, const uint8_t *data, size_t length)
{
    GdbServer *server = opaque;
    server->was_changed = carry_out(server, data, length);
}

/* @change as carry_out() takes it. A replay takes only what was recorded. */
static bool change_guest(GdbServer *server, const char *change, size_t length)
{
    server->was_changed = false;
    machine_run_on(server->machine, take_change, &(Change){change, length});
    return server->was_changed;
}

/* --- registers ---------------------------------------------------------------------------------------- */

static void read_registers(GdbServer *server, G_GNUC_UNUSED const char *args,
                           G_GNUC_UNUSED size_t length)
{
    g_autoptr(GString) out = g_string_new(NULL);
    machine_run_on(server->machine, look_at_registers, &(Look){.server = server, .out = out});
    server_reply_bytes(server, out->str, out->len);
}

static void read_register(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Look look = {.server = server, .out = out};
    if (!words_take_number(&args, '\0', &look.address) || *args) {
        syntax_error(server);
        return;
    }
    machine_run_on(server->machine, look_at_register, &look);
    server_reply(server, look.done ? out->str : GDB_ERROR_REGISTER);
}

static void write_with(GdbServer *server, char kind, const char *args)
{
    g_autofree char *change = g_strdup_printf("%c%s", kind, args);
    server_reply(server, change_guest(server, change, strlen(change)) ? "OK" : GDB_ERROR_REGISTER);
}

static void write_registers(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    write_with(server, 'r', args);
}

static void write_register(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    write_with(server, 'p', args);
}

/* --- memory ------------------------------------------------------------------------------------------- */

/* Digits, or with @is_binary the bytes behind a 'b'. Fewer than asked for where the rest is no RAM. */
static void read_with(GdbServer *server, const char *args, bool is_binary)
{
    g_autoptr(GString) out = g_string_new(is_binary ? "b" : NULL);
    Look look = {.server = server};
    if (!words_take_range(&args, '\0', &look.address, &look.length)) {
        syntax_error(server);
        return;
    }
    uint64_t wanted = look.length;
    look.length = MIN(wanted, GDB_MOST_BYTES);
    look.bytes = g_malloc(look.length + 1);
    machine_run_on(server->machine, look_at_memory, &look);
    if (is_binary) {
        g_string_append_len(out, (const char *)look.bytes, (gssize)look.done);
    } else {
        wire_append_hex(out, look.bytes, look.done);
    }
    g_free(look.bytes);
    if (look.done == 0 && wanted > 0) {
        server_reply(server, GDB_ERROR_ADDRESS);
    } else {
        server_reply_bytes(server, out->str, out->len);
    }
}

static void read_memory(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    read_with(server, args, false);
}

static void read_binary(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    read_with(server, args, true);
}

static void write_bytes(GdbServer *server, uint64_t address, const char *bytes, size_t size)
{
    g_autoptr(GString) change = g_string_new(NULL);
    g_string_printf(change, "%c%" PRIx64 ",%zx:", server->is_physical ? 'm' : 'v', address, size);
    g_string_append_len(change, bytes, (gssize)size);
    server_reply(server, change_guest(server, change->str, change->len) ? "OK" : GDB_ERROR_ADDRESS);
}

static void write_memory(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    uint64_t address, size;
    if (!words_take_range(&args, ':', &address, &size) || size > WIRE_MOST_BYTES ||
        strlen(args) != 2 * size) {
        syntax_error(server);
        return;
    }
    g_autofree uint8_t *bytes = g_malloc(size + 1);
    if (!wire_parse_hex(args, bytes, size)) {
        syntax_error(server);
        return;
    }
    write_bytes(server, address, (const char *)bytes, size);
}

static void write_binary(GdbServer *server, const char *args, size_t length)
{
    const char *bytes = args;
    uint64_t address, size;
    if (!words_take_range(&bytes, ':', &address, &size) ||
        length - (size_t)(bytes - args) != size) {
        syntax_error(server);
        return;
    }
    if (size == 0) { /* asks whether X is known */
        ok(server);
        return;
    }
    write_bytes(server, address, bytes, size);
}

/* --- breakpoints ---------------------------------------------------------------------------------------- */

/* ";XLENGTH,DIGITS"...: one condition each. Commands (";cmds:") are not offered, and refused. */
static bool take_conditions(const char *text, GPtrArray *conditions, Error **errp)
{
    ERRP_GUARD();
    while (*text) {
        uint64_t size;
        if (text[0] != ';' && text[0] != 'X') {
            return error_setg(errp, "expected conditions behind a breakpoint");
        }
        text += text[0] == ';';
        if (*text != 'X' || conditions->len >= MOST_CONDITIONS) {
            return error_setg(errp, "only conditions may stand behind a breakpoint, at most %d",
                              MOST_CONDITIONS);
        }
        text++;
        if (!words_take_number(&text, ',', &size) || size > WIRE_MOST_BYTES ||
            strlen(text) < 2 * size) {
            return error_setg(errp, "a condition is cut short");
        }
        g_autofree uint8_t *code = g_malloc(size + 1);
        Agent *agent = wire_parse_hex(text, code, size) ? agent_new(code, size, errp) : NULL;
        if (!agent) {
            return *errp ? false : error_setg(errp, "a condition is not hexadecimal");
        }
        g_ptr_array_add(conditions, agent);
        text += 2 * size;
    }
    return true;
}

/* "TYPE,ADDRESS,KIND", where KIND is the length of a watchpoint. *@rest: what stands behind. */
static bool take_point(const char *args, GdbPoint *point, const char **rest)
{
    uint64_t number;
    if (!words_take_number(&args, ',', &number) || number > POINT_ACCESS ||
        !words_take_number(&args, ',', &point->address) ||
        !words_take_number(&args, '\0', &point->length) || (*args && *args != ';')) {
        return false;
    }
    point->kind = (PointKind)number;
    *rest = args;
    return true;
}

static bool place_point(GdbServer *server, GdbPoint *point, const char *conditions, Error **errp)
{
    if (*conditions) {
        point->conditions = g_ptr_array_new_with_free_func((GDestroyNotify)agent_free);
    }
    return (!*conditions || take_conditions(conditions, point->conditions, errp)) &&
           points_insert(server->points, point, errp);
}

static void change_point(GdbServer *server, const char *args, bool is_set)
{
    GdbPoint point = {.is_physical = server->is_physical};
    g_autoptr(Error) err = NULL;
    const char *conditions = "";
    if (!take_point(args, &point, &conditions)) {
        syntax_error(server);
    } else if (!is_set) {
        points_remove(server->points, &point);
        ok(server);
    } else if (point.kind < POINT_WRITE && (point.address > UINT32_MAX || point.address % 4)) {
        server_reply(server, GDB_ERROR_ADDRESS);
    } else if (place_point(server, &point, conditions, &err)) {
        ok(server);
    } else {
        g_autofree char *text = g_strdup_printf("E.%s", error_get_pretty(err));
        server_reply(server, text);
    }
    g_clear_pointer(&point.conditions, g_ptr_array_unref);
}

static void insert_point(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    change_point(server, args, true);
}

static void remove_point(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    change_point(server, args, false);
}

/* --- running ---------------------------------------------------------------------------------------------- */

/* An address to go on at; "" leaves the PC alone. */
static bool move_to(GdbServer *server, const char *text)
{
    uint64_t address;
    if (!*text) {
        return true;
    }
    if (!words_take_number(&text, '\0', &address) || *text || address > UINT32_MAX) {
        return false;
    }
    g_autofree char *change = g_strdup_printf("p40=%08" PRIx64, address);
    return change_guest(server, change, strlen(change));
}

static void go_at(GdbServer *server, const char *address, bool is_step)
{
    if (!move_to(server, address)) {
        syntax_error(server);
    } else if (is_step) {
        run_step(server, 0, 0);
    } else {
        run_continue(server);
    }
}

static void go_on(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    go_at(server, args, false);
}

static void step(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    go_at(server, args, true);
}

/* "SIGNAL;ADDRESS" */
static const char *behind_signal(const char *args)
{
    const char *semicolon = strchr(args, ';');
    return semicolon ? semicolon + 1 : "";
}

static void go_on_signal(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    go_at(server, behind_signal(args), false);
}

static void step_signal(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    go_at(server, behind_signal(args), true);
}

/* One action of vCont, without its thread. */
static void act(GdbServer *server, const char *action)
{
    uint64_t start, end;
    const char *range = action + 1;
    switch (*action) {
    case 'c':
    case 'C':
        run_continue(server);
        return;
    case 's':
    case 'S':
        run_step(server, 0, 0);
        return;
    case 'r':
        if (words_take_range(&range, '\0', &start, &end) && start <= UINT32_MAX &&
            end <= UINT32_MAX) {
            run_step(server, (uint32_t)start, (uint32_t)end);
            return;
        }
        break;
    case 't':
        run_stop_quietly(server);
        run_tell_stop(server, GDB_SIGNAL_0);
        return;
    }
    syntax_error(server);
}

/* vCont;ACTION[:THREAD]...: the first that is for our thread counts. */
static void act_for_thread(GdbServer *server, const char *args, G_GNUC_UNUSED size_t length)
{
    enum { MOST_ACTIONS = 64 };
    g_auto(GStrv) actions = g_strsplit(args, ";", MOST_ACTIONS);
    for (char **action = actions; *action; action++) {
        char *colon = strchr(*action, ':');
        if (!colon || words_are_our_thread(colon + 1)) {
            if (colon) {
                *colon = '\0';
            }
            act(server, *action);
            return;
        }
    }
    syntax_error(server);
}

static void list_actions(GdbServer *server, G_GNUC_UNUSED const char *args,
                         G_GNUC_UNUSED size_t length)
{
    server_reply(server, "vCont;c;C;s;S;t;r");
}

static void tell_stop(GdbServer *server, G_GNUC_UNUSED const char *args,
                      G_GNUC_UNUSED size_t length)
{
    run_tell_stop(server, GDB_SIGNAL_TRAP);
}

static void go_backwards(GdbServer *server, G_GNUC_UNUSED const char *args,
                         G_GNUC_UNUSED size_t length)
{
    server_reply(server, "E.running backwards is not supported");
}

/* --- the end ------------------------------------------------------------------------------------------------ */

static void detach(GdbServer *server, G_GNUC_UNUSED const char *args, G_GNUC_UNUSED size_t length)
{
    run_forget(server);
    points_clear(server->points);
    ok(server);
    server->is_leaving = true;
    machine_run(server->machine);
}

void packet_run_command(GdbServer *server, const char *line, GString *out)
{
    if (server->hub) {
        g_autofree char *text = monitor_execute(server->hub, line);
        g_string_append(out, text);
    }
}

static void quit(GdbServer *server)
{
    g_autoptr(GString) unused = g_string_new(NULL);
    server->is_leaving = true;
    packet_run_command(server, "quit", unused);
}

static void kill_guest(GdbServer *server, G_GNUC_UNUSED const char *args,
                       G_GNUC_UNUSED size_t length)
{
    quit(server);
}

static void kill_process(GdbServer *server, G_GNUC_UNUSED const char *args,
                         G_GNUC_UNUSED size_t length)
{
    ok(server);
    quit(server);
}

/* Of the extended protocol: no answer. */
static void restart(GdbServer *server, G_GNUC_UNUSED const char *args, G_GNUC_UNUSED size_t length)
{
    g_autoptr(GString) unused = g_string_new(NULL);
    packet_run_command(server, "system_reset", unused);
}

/* --- the table ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    bool has_args; /* @name is only the beginning */
    void (*handle)(GdbServer *server, const char *args, size_t length);
} packets[] = {
    {"?", false, tell_stop},
    {"g", false, read_registers},
    {"G", true, write_registers},
    {"p", true, read_register},
    {"P", true, write_register},
    {"m", true, read_memory},
    {"M", true, write_memory},
    {"x", true, read_binary},
    {"X", true, write_binary},
    {"Z", true, insert_point},
    {"z", true, remove_point},
    {"c", true, go_on},
    {"C", true, go_on_signal},
    {"s", true, step},
    {"S", true, step_signal},
    {"vCont?", false, list_actions},
    {"vCont;", true, act_for_thread},
    {"bs", false, go_backwards}, /* where rewind will come */
    {"bc", false, go_backwards},
    {"D", true, detach},
    {"k", false, kill_guest},
    {"vKill;", true, kill_process},
    {"R", true, restart},
};

/* What nobody knows is answered with nothing: not supported. */
void packet_handle(GdbServer *server, char *packet, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
        size_t size = strlen(packets[i].name);
        bool is_this = packets[i].has_args ? strncmp(packet, packets[i].name, size) == 0
                                           : strcmp(packet, packets[i].name) == 0;
        if (is_this) {
            packets[i].handle(server, packet + size, length - size);
            return;
        }
    }
    if (!query_handle(server, packet, length)) {
        server_reply(server, "");
    }
}
