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
typedef struct Script Script;
typedef struct StopNews StopNews;

struct MonitorHub {
    MachineState *machine;
    Debugger *debugger;    /* owned */
    GPtrArray *monitors;   /* Monitor *, owned */
    Examine examine[2];    /* x, xp */
    Displays *displays;    /* owned; NULL: none yet */
    bool is_stepping;      /* stepi or a goal is under way, or a script waits for the guest */
    uint64_t starts;       /* how often a command made the guest run */
    bool is_interrupted;   /* and a console paused the machine for it */
    struct RunGoal *goal;  /* of nexti and its relatives, while under way; owned */
    guint goal_source;     /* the main thread steps for it; 0: the machine thread runs, or none */
    bool is_finishing;     /* it is `finish` */
    bool into_exceptions;  /* step-exceptions */
    unsigned frame;        /* level that up, down and frame selected */
    uint64_t frame_icount; /* as long as the guest has not moved from here */
    struct StallWatch *stall; /* owned; NULL: no session runs */
    StopNews *news;           /* what points that go on tell; owned */
    Script *script;           /* lines that wait to be run, or are being typed; owned */
    Error *action_error;      /* of the console action that ran last */
    uint64_t action_value;    /* what it read */
    bool was_action_taken;    /* false: a replay does not listen */
    uint8_t mouse_buttons;    /* held by mouse_button, as the device numbers them */
    bool has_quit;            /* no prompt after that */
    void (*tell_hook)(void *opaque, const char *text);
    void *tell_opaque;
    void (*quit_hook)(void *opaque);
    void *quit_opaque;
    MonitorGdbserverHook *gdbserver_hook;
    void *gdbserver_opaque;
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
/* @name is one of the table's spellings in full, or of a command that is to come. */
bool command_is_builtin(const char *name);
/* Print a message for the user and free it. */
void command_fail(Command *command, Error *err);
/* The same with a text of our own. */
void command_refuse(Command *command, const char *text);
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

/* What of the machine's events the run under way takes for itself: nothing is told then. */
bool run_takes_event(MonitorHub *hub, MachineEvent event);
/* Whatever is under way is over; what it has to say beyond the position. */
void run_end(MonitorHub *hub, GString *out);
/* The guest runs, or a goal of the main thread's is under way. */
bool run_is_busy(MonitorHub *hub);

/* frames.c: the level of the frame selected; 0 once the guest has moved. */
unsigned frames_selected(const MonitorHub *hub);

/* script.c: lines typed in advance: commands of stop points, user commands, files. */
Script *script_new(void);
void script_free(Script *script);
/* A line is being typed into a list, not executed: the prompt is ">". */
bool script_is_typing(const MonitorHub *hub);
/* True: @line was one of those, or a user command; nothing else is to be done with it. */
bool script_takes_line(MonitorHub *hub, const char *line, bool is_repeat, GString *out);
/* The command at work has failed: if it is one of those lines, no other is executed. */
void script_failed(MonitorHub *hub);
/* The lines of a stop point, indented. */
void script_list_lines(const MonitorHub *hub, unsigned number, GString *out);
const char *script_prompt(const MonitorHub *hub);
/* The machine stopped: the lines that belong to the stop, then those that waited for it. */
void script_stopped(MonitorHub *hub, GString *out);
/* The stop that has just happened is not to be told (`silent`). */
bool script_is_silent(MonitorHub *hub);
/* Ctrl-C: nothing waits any more. */
void script_forget(MonitorHub *hub);

/* hub.c: text for all consoles (may be empty), and a prompt where none is. @was_busy: they had none. */
void hub_tell(MonitorHub *hub, const char *text, bool was_busy);

/* stop_list.c: the stop point that ended the last run, as gdb tells it; false: it was none. */
bool stops_describe_hit(CPUState *cpu, GString *out);
/* stop_actions.c: all points hit go on: they are told and their commands are run. */
bool stops_pass(MonitorHub *hub, GString *out);
/* And the machine runs on. */
bool stops_go_on(MonitorHub *hub, GString *out);
/* The commands of the points hit. */
void stops_run_commands(MonitorHub *hub, GString *out);

/* stop_news.c: points that go on without commands, told without a stop. Main thread. */
StopNews *stop_news_new(MonitorHub *hub);
void stop_news_free(StopNews *news); /* the machine is stopped */
/* All that waits is told now: something else is about to be. */
void stop_news_flush(MonitorHub *hub);
/* A console has more room than before. */
void stop_news_can_go(MonitorHub *hub);

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
/* It reads what it is told: nothing much waits for it. */
bool monitor_has_room(const Monitor *monitor);
void monitor_free(Monitor *monitor);

#endif
