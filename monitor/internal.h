/* SPDX-License-Identifier: MIT */
/* What the files of the console share: the hub, a command's context, the command tables. */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

#include "debug/debugger.h"
#include "monitor/monitor.h"

/* Where the next x (or xp) goes on, and in which format. */
typedef struct Examine {
    uint64_t next;
    int64_t count; /* negative: backwards from next */
    char format;   /* x d u o t z a c f s i; of print 0, too: its own */
    unsigned size;
} Examine;

typedef struct Displays Displays;

struct MonitorHub {
    MachineState *machine;
    Debugger *debugger;    /* owned */
    GPtrArray *monitors;   /* Monitor *, owned */
    Examine examine[2];    /* x, xp */
    Displays *displays;    /* owned; NULL: none yet */
    bool is_stepping;      /* stepi runs on the machine thread */
    bool is_interrupted;   /* and a console paused the machine for it */
    Error *action_error;   /* of the console action that ran last */
    uint64_t action_value; /* what it read */
    bool was_action_taken; /* false: a replay does not listen */
    bool has_quit;         /* no prompt after that */
    void (*quit_hook)(void *opaque);
    void *quit_opaque;
};

/* One command at work. */
typedef struct Command {
    MonitorHub *hub;
    MachineState *machine;
    CPUState *cpu;
    const char *args;   /* behind the name, stripped; never NULL */
    const char *format; /* "4xw" of x/4xw; "" if none */
    bool is_repeat;     /* an empty line runs it again */
    GString *out;
} Command;

typedef struct CommandRow {
    const char *name; /* "stepi|si": spellings; the first is the one to show */
    const char *args; /* for help; "" if none */
    const char *help; /* NULL: not listed */
    void (*run)(Command *command);
    bool repeats; /* an empty line runs it again */
    bool is_free; /* runs without the machine token: it starts or stops the machine */
} CommandRow;

/* --- commands.c ---------------------------------------------------------------------------------- */

void command_execute(MonitorHub *hub, const char *line, bool is_repeat, GString *out);
bool command_repeats(const char *line);
/* Print a message for the user and free it. */
void command_fail(Command *command, Error *err);
/* The row whose name is, or alone begins with, the first @length characters of @word; else NULL and
 * why in *errp. @what: "command". */
const CommandRow *command_find(const CommandRow *rows, const char *what, const char *word,
                               size_t length, Error **errp);
/* The tables, ended by a row without a name. */
const CommandRow *command_rows(void);
const CommandRow *info_rows(void);
void command_list(const CommandRow *rows, const char *prefix, GString *out);

/* complete.c: the words that may stand at the end of @text, char *, sorted; *@start: where the word
 * begins. Context: main thread. */
GPtrArray *command_complete(MonitorHub *hub, const char *text, size_t *start);

/* --- the commands ------------------------------------------------------------------------------------ */

#define COMMAND(names, args, help, run, repeats, is_free) void run(Command *command);
#define LATER(name)
#include "monitor/commands.def"
#undef COMMAND

#define INFO(names, args, help, run) void run(Command *command);
#include "monitor/info.def"
#undef INFO
#undef LATER

/* run.c: stop the machine; the event that follows ends a stepi. */
void run_pause(MonitorHub *hub);
/* "fff00100: 48000020  b 0xfff00120" for the instruction at the PC. Token holder. */
void run_print_position(MachineState *machine, GString *out);

/* stops.c */
/* The stop point that ended the last run, as gdb tells it; false: it was none. */
bool stops_describe_hit(CPUState *cpu, GString *out);

/* displays.c: what `display` asked for, at a stop. Token holder. */
void displays_print(MonitorHub *hub, GString *out);
void displays_free(Displays *displays); /* NULL is allowed */
/* info_registers.c: `info registers NAME...`; false, and nothing printed: the first is no register. */
bool registers_print_named(Command *command);

/* actions.c: console actions that change the guest, as inputs, so that a replay repeats them. */
void actions_register(MonitorHub *hub);
void actions_unregister(MonitorHub *hub);

/* The value of the expression at @text among the names that the console knows; *@end (may be NULL: all
 * of @text is the expression) moves behind it. False, and the reason printed, on failure. */
bool command_evaluate(Command *command, const char *text, const char **end, uint64_t *value);

/* --- monitor.c ------------------------------------------------------------------------------------- */

/* Text that no command asked for, and a new prompt below it. */
void monitor_notify(Monitor *monitor, const char *text);
void monitor_prompt(Monitor *monitor);
void monitor_free(Monitor *monitor);

#endif
