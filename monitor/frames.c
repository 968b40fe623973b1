/* SPDX-License-Identifier: MIT */
/*
 * The stack in the console: bt, frame, up, down, info frame, in gdb's words.
 *
 * The selected frame lasts until the guest moves. Not here: registers as an outer frame had them
 * (print $r31 is always the processor's), arguments and local variables.
 */
#include "debug/backtrace.h"
#include "monitor/internal.h"

#include <inttypes.h>
#include <string.h>

unsigned frames_selected(const MonitorHub *hub)
{
    return *clock_icount(hub->machine->clock) == hub->frame_icount ? hub->frame : 0;
}

static void select_frame(MonitorHub *hub, unsigned level)
{
    hub->frame = level;
    hub->frame_icount = *clock_icount(hub->machine->clock);
}

/* --- bt ------------------------------------------------------------------------------------------------- */

static void print_place(const Debugger *debugger, const DebugFrame *frame, unsigned level,
                        GString *out)
{
    SourceLine line;
    gsize start = out->len;
    target_addr pc = level == 0 || frame->was_interrupted ? frame->pc : frame->pc - 4;
    backtrace_print_frame(debugger, frame, level, out);
    if (out->len > start && debug_symbols_line_at(debugger->symbols, debugger->cpu, pc, &line)) {
        g_string_truncate(out, out->len - 1);
        g_string_append_printf(out, " at %s:%u\n", line.file, line.line);
    }
}

static void print_details(const DebugFrame *frame, const DebugFrame *caller, GString *out)
{
    g_string_append_printf(out, "        r1 0x%08" PRIx32, (uint32_t)frame->sp);
    if (caller && caller->sp > frame->sp) {
        g_string_append_printf(out, ", %" PRIu32 " bytes", (uint32_t)(caller->sp - frame->sp));
    }
    if (caller && caller->link_at) {
        g_string_append_printf(out, ", caller's pc at 0x%08" PRIx32, (uint32_t)caller->link_at);
    } else if (caller) {
        g_string_append(out, ", caller's pc in lr");
    }
    g_string_append_c(out, '\n');
}

typedef struct Wish {
    unsigned first, end; /* levels */
    bool is_full;
} Wish;

static void print_frames(Command *command, const Backtrace *trace, const Wish *wish)
{
    const Debugger *debugger = command->hub->debugger;
    unsigned end = MIN(wish->end, trace->frames->len);
    for (unsigned i = wish->first; i < end; i++) {
        const DebugFrame *frame = backtrace_frame(trace, i);
        backtrace_print_interrupt(frame, command->out);
        print_place(debugger, frame, i, command->out);
        if (wish->is_full) {
            print_details(frame, backtrace_frame(trace, i + 1), command->out);
        }
    }
    if (end < trace->frames->len || trace->is_cut) {
        g_string_append(command->out, "(More stack frames follow...)\n");
    } else if (trace->why) {
        g_string_append_printf(command->out, "Backtrace stopped: %s\n", trace->why);
    }
}

/* Takes "full" out of @text, wherever it stands. */
static bool take_full(char *text)
{
    char *word = strstr(text, "full");
    if (word) {
        memset(word, ' ', strlen("full"));
        g_strstrip(text);
    }
    return word != NULL;
}

void command_bt(Command *command)
{
    g_autofree char *text = g_strdup(command->args);
    Wish wish = {.end = BACKTRACE_MAX, .is_full = take_full(text)};
    uint64_t count = 0;
    bool is_outer = *text == '-';
    if (*text && !command_evaluate(command, text + is_outer, NULL, &count)) {
        return;
    }
    if (*text && !is_outer) {
        wish.end = (unsigned)MIN(count, BACKTRACE_MAX);
    }
    g_autoptr(Backtrace) trace = backtrace_new(command->hub->debugger, wish.end + 1);
    if (is_outer && count < trace->frames->len) {
        wish.first = trace->frames->len - (unsigned)count;
    }
    print_frames(command, trace, &wish);
}

/* --- one frame ---------------------------------------------------------------------------------------------- */

/* Print and select the one at @level. */
static void show_frame(Command *command, uint64_t level, const char *too_far)
{
    unsigned wanted = (unsigned)MIN(level, BACKTRACE_MAX);
    g_autoptr(Backtrace) trace = backtrace_new(command->hub->debugger, wanted + 1);
    const DebugFrame *frame = backtrace_frame(trace, wanted);
    if (!frame) {
        command_refuse(command, too_far);
        return;
    }
    select_frame(command->hub, wanted);
    backtrace_print_interrupt(frame, command->out);
    print_place(command->hub->debugger, frame, wanted, command->out);
}

void command_frame(Command *command)
{
    uint64_t level = frames_selected(command->hub);
    if (!*command->args || command_evaluate(command, command->args, NULL, &level)) {
        show_frame(command, level, "No frame at that level.");
    }
}

void command_up(Command *command)
{
    uint64_t count = 1, level = frames_selected(command->hub);
    if (!*command->args || command_evaluate(command, command->args, NULL, &count)) {
        show_frame(command, level + MIN(count, BACKTRACE_MAX),
                   "Initial frame selected; you can't go up.");
    }
}

void command_down(Command *command)
{
    uint64_t count = 1, level = frames_selected(command->hub);
    if (*command->args && !command_evaluate(command, command->args, NULL, &count)) {
        return;
    }
    if (level == 0 && count) {
        command_refuse(command, "Bottom (innermost) frame selected; you can't go down.");
        return;
    }
    show_frame(command, level - MIN(count, level), "No frame at that level.");
}

void info_frame(Command *command)
{
    const MonitorHub *hub = command->hub;
    unsigned level = frames_selected(hub);
    g_autoptr(Backtrace) trace = backtrace_new(hub->debugger, level + 2);
    const DebugFrame *frame = backtrace_frame(trace, level);
    const DebugFrame *caller = backtrace_frame(trace, level + 1);
    if (!frame) {
        command_refuse(command, "No frame at that level.");
        return;
    }
    g_autofree char *name = backtrace_function(hub->debugger, frame, level);
    g_string_append_printf(command->out, "Stack level %u, r1 0x%08" PRIx32 ":\n", level,
                           (uint32_t)frame->sp);
    g_string_append_printf(command->out, " pc = 0x%08" PRIx32 " in %s", (uint32_t)frame->pc,
                           name ? name : "??");
    if (!caller) {
        g_string_append_printf(command->out, "\n outermost: %s\n",
                               trace->why ? trace->why : "the stack ends here");
        return;
    }
    g_string_append_printf(
        command->out, "; saved pc = 0x%08" PRIx32 "\n called by frame with r1 0x%08" PRIx32 "\n",
        (uint32_t)caller->pc, (uint32_t)caller->sp);
    print_details(frame, caller, command->out);
    backtrace_print_interrupt(caller, command->out);
}
