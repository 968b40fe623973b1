/* SPDX-License-Identifier: MIT */
/* Between the files of the gdb server. */
#ifndef GDBSTUB_SERVER_INTERNAL_H
#define GDBSTUB_SERVER_INTERNAL_H

#include "gdbstub/agent.h"
#include "gdbstub/server.h"
#include "gdbstub/wire.h"
#include "target-ppc/cpu.h"

/* Signals by gdb's numbers. */
enum { GDB_SIGNAL_0 = 0, GDB_SIGNAL_INT = 2, GDB_SIGNAL_QUIT = 3, GDB_SIGNAL_TRAP = 5 };

/* The errors that are numbers. */
#define GDB_ERROR_SYNTAX "E16"
#define GDB_ERROR_ADDRESS "E0e"
#define GDB_ERROR_REGISTER "E01"

enum { GDB_MOST_BYTES = WIRE_PACKET_SIZE / 2 - 32 }; /* of memory in one packet, as digits */

/* --- server_words.c: what packets are made of ------------------------------------------------------ */

/* A hexadecimal number; *@text moves behind it and @end, if that is not zero. */
bool words_take_number(const char **text, char end, uint64_t *value);
/* "ADDRESS,LENGTH" and @end, which may be the end of the text. */
bool words_take_range(const char **text, char end, uint64_t *address, uint64_t *length);
/* "1", "0" (any), "-1" (all), "p1.1"... */
bool words_are_our_thread(const char *text);

/* --- server_registers.c: what is described ------------------------------------------------------- */

typedef struct Registers Registers;

Registers *registers_new(PpcEnv *env);
void registers_free(Registers *registers);
/* The description's text of that name, NULL: there is none. */
const char *registers_annex(const Registers *registers, const char *annex);
/* The values that g brings, most significant byte first. */
void registers_append_all(const Registers *registers, PpcEnv *env, GString *out);
/* False: no register has that number. */
bool registers_append(const Registers *registers, PpcEnv *env, unsigned number, GString *out);
/* False: not of 8 bytes or less, or no such register. */
bool registers_value(const Registers *registers, PpcEnv *env, unsigned number, uint64_t *value);
/* @text: digits of all that g brings; of register @number. False: nothing was changed. */
bool registers_write_all(const Registers *registers, PpcEnv *env, const char *text);
bool registers_write(const Registers *registers, PpcEnv *env, unsigned number, const char *text);

/* --- server_memory.c: without side effects ---------------------------------------------------------- */

/* How many of the @size bytes at @address could be read: RAM and ROM only. */
size_t debug_read(CPUState *cpu, bool is_physical, uint64_t address, uint8_t *bytes, size_t size);
/* All or nothing. */
bool debug_write(CPUState *cpu, bool is_physical, uint64_t address, const uint8_t *bytes,
                 size_t size);

/* --- server_points.c: the client's breakpoints and watchpoints ---------------------------------------- */

/* By the numbers of Z packets. */
typedef enum PointKind {
    POINT_SOFTWARE,
    POINT_HARDWARE,
    POINT_WRITE,
    POINT_READ,
    POINT_ACCESS,
} PointKind;

typedef struct GdbPoint {
    PointKind kind;
    uint64_t address, length;
    bool is_physical;
    GPtrArray *conditions; /* Agent *, owned: stop if one of them holds; NULL: always */
} GdbPoint;

typedef struct Points Points;

Points *points_new(MachineState *machine, const Registers *registers);
void points_free(Points *points); /* takes them all away */
/* Takes @point's conditions; those of one that is there already are replaced. */
bool points_insert(Points *points, GdbPoint *point, Error **errp);
void points_remove(Points *points, const GdbPoint *point);
void points_clear(Points *points);
/* The last run or step ended at a stop point, be it the client's or a console's. The machine stands. */
bool points_have_hit(const Points *points);
/* Which of the client's it was, as a stop packet says it: "swbreak:;", "watch:1000;". NULL: none. */
char *points_reason(const Points *points);

/* --- server_run.c: going on and stopping ---------------------------------------------------------------- */

/* A step, or steps while the PC stays in a range. */
typedef struct Stepping {
    guint source; /* 0: none under way */
    uint64_t icount;
    uint32_t start, end; /* equal: one step */
    bool is_away;        /* in the handler of an interrupt that the client does not step into */
    uint64_t away_at;    /* icount then */
    uint32_t back_pc, back_msr, back_sp; /* what it returns to */
} Stepping;

void run_continue(GdbServer *server);
/* What a step leaves out, by the numbers of qqemu.sstepbits. */
enum {
    STEP_ENABLE = 1,
    STEP_NO_IRQ = 2,
    STEP_NO_TIMER = 4,
    STEP_DEFAULT = 7,
    STEP_LIMIT = 20000000
};

/* Steps until the PC leaves [@start, @end); one step if that is empty. */
void run_step(GdbServer *server, uint32_t start, uint32_t end);
/* Stops a running machine: the event that follows tells the client, if it waits. */
void run_interrupt(GdbServer *server);
void run_stop_quietly(GdbServer *server);
void run_forget(GdbServer *server); /* steps under way end */
/* T packet for @signal, now. */
void run_tell_stop(GdbServer *server, unsigned signal);

/* --- server_queries.c: text for the debugger's user, while it waits for the guest ---------------------- */

void query_tell_user(GdbServer *server, const char *text);

/* --- server_packets.c: packets to answers --------------------------------------------------------------- */

/* @packet: zero-terminated behind @length bytes. */
void packet_handle(GdbServer *server, char *packet, size_t length);
/* One line of the console's, without a console. */
void packet_run_command(GdbServer *server, const char *line, GString *out);
/* Input "gdb": changes of the guest, live and replayed. */
void packet_change(void *opaque, const uint8_t *data, size_t length);

/* --- server_queries.c: general queries, what the stub can do, threads -------------------------------------- */

/* False: it is none that is known. */
bool query_handle(GdbServer *server, const char *packet, size_t length);
/* "01", or "p01.01" for a client that counts processes. */
const char *query_thread(const GdbServer *server);
/* The guest that a console command ran stands again, or is not waited for any longer. */
void query_end_command(GdbServer *server);

/* --- server.c ----------------------------------------------------------------------------------------------- */

/* Where clients come from. */
typedef struct ServerPlace {
    GSocket *listener;
    char *path; /* of a unix socket, removed at the end */
    guint accept_source;
    Chardev *port; /* -gdb chardev:ID, stdio...; NULL: none */
    char *address; /* as it was given; NULL: nowhere */
} ServerPlace;

struct GdbServer {
    MachineState *machine;
    MonitorHub *hub; /* NULL: no monitor commands */
    Registers *registers;
    Points *points;
    ServerPlace place;
    GPtrArray *refused; /* clients on their way out */

    /* The client, if there is one; the rest is forgotten with it. */
    GSocket *socket;   /* NULL: it is on the chardev */
    Wire *wire;        /* NULL: there is no client */
    GByteArray *input; /* read, and not taken while too much output waits */
    guint in_source, out_source;
    bool has_stepped;  /* the packet was a step, and is answered */
    bool has_spoken;   /* its first good packet stopped the guest */
    bool is_waiting;   /* for a stop */
    bool is_in_packet; /* at this moment */
    bool is_physical;  /* PhyMemMode */
    bool has_swbreak, has_hwbreak;
    bool has_processes;  /* multiprocess: threads are named with theirs */
    unsigned step_bits;  /* STEP_... */
    uint64_t step_limit; /* instructions behind an interrupt, until a step gives up; 0: none */
    bool is_leaving;     /* hang up once everything is sent */
    Stepping stepping;
    guint command_timeout; /* of a console command that runs the guest; 0: none under way */
    bool was_changed;      /* by the input that was taken last */
};

void server_reply(GdbServer *server, const char *text);
void server_reply_bytes(GdbServer *server, const char *bytes, size_t length);
/* What was queued outside of a packet's handler shall leave. */
void server_push(GdbServer *server);
/* Packets that came, as long as their answers find room; then those go out. The client may go. */
void server_work(GdbServer *server);
void server_begin_client(GdbServer *server);
void server_drop_client(GdbServer *server); /* if there is one */

/* --- server_listen.c ------------------------------------------------------------------------------------------ */

enum { SERVER_READ_BYTES = 16384 };

/* `gdbserver` in a console: @opaque is the server; @address NULL: the default. */
bool server_move(void *opaque, const char *address, Error **errp);
void server_place_close(ServerPlace *place);

#endif
