/* SPDX-License-Identifier: MIT */
/*
 * Guest time: the instruction count, the virtual clock derived from it, timers, and the queue of
 * outside inputs. See docs/architecture.md and design.md "Time".
 *
 *   virtual_ns = base_ns + ((icount - base_icount) * rate >> 32)
 *
 * One Clock per machine: object /core/clock. Context: machine thread (token holder), except
 * input_post() and the steering functions, which say otherwise.
 */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H

#include "qom/object.h"
#include "util/error.h"
#include "vmstate/vmstate.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define TYPE_CLOCK "clock"
typedef struct Clock Clock;
typedef struct Timer Timer;

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)
#define CLOCK_SLICE_INSNS UINT64_C(100000) /* the input queue is looked at this often at least */
#define CLOCK_NEVER UINT64_MAX

/* The machine's clock. */
Clock *machine_clock(void);

/* --- count and time ------------------------------------------------------------------------------ */

/* Started instructions. The CPU owns the counter while it runs and keeps it exact at every exception
 * and device access: *clock_icount(clock) is read and written by the CPU. */
uint64_t *clock_icount(Clock *clock);
uint64_t clock_virtual_ns(Clock *clock);
/* What virtual time is made of, for a CPU that works it out at an instruction of its own. */
typedef struct ClockView {
    uint64_t icount, base_icount, base_ns;
    uint64_t rate; /* ns an instruction, 32.32 */
} ClockView;
const ClockView *clock_view(const Clock *clock);
static inline uint64_t clock_view_ns(const ClockView *view, uint64_t icount)
{
    unsigned __int128 product = (unsigned __int128)(icount - view->base_icount) * view->rate;
    return view->base_ns + (uint64_t)(product >> 32);
}
/* The first icount at which virtual time is at least @ns (the present one if already past). */
uint64_t clock_icount_at(Clock *clock, uint64_t ns);
/* The icount at or after which the CPU must call clock_service() at its next event point: the
 * earliest of timers, replayed inputs, host deadlines and the slice end. */
uint64_t clock_deadline(Clock *clock);
/* Run due timers, then take due inputs, stamped with this instant; returns the new deadline. Only at
 * event points. */
uint64_t clock_service(Clock *clock);
/* An event point without anything due costs: icount < clock_deadline(). The CPU naps: jump to the
 * next timer (a warp), or wait for an input as live/sleep mode asks. Returns false if the wait was
 * interrupted by clock_kick() (stop requests) without any progress. */
bool clock_warp(Clock *clock);
/* Without patience (the main thread holds the token) no warp waits on the host: it jumps to the next
 * timer as with sleep=off, and returns false if there is none. The guest cannot tell. */
void clock_set_patience(Clock *clock, bool is_patient);
/* Make the machine thread return to its loop soon (sets the deadline to 0). Any thread. */
void clock_kick(Clock *clock);
/* A kick waits: checked by the CPU at slice ends, since it polls a copy of the deadline. The loop
 * that it returns to calls clock_kick_done() first and serves requests then. Any thread. */
bool clock_kicked(Clock *clock);
void clock_kick_done(Clock *clock);
/* Guest execution begins or ends (machine start and stop). Tells inputs that a stopped machine
 * takes from those that execution asks for, and lets live mode forget the time spent stopped. */
void clock_set_running(Clock *clock, bool is_running);
bool clock_is_running(const Clock *clock);

/* --- timers ---------------------------------------------------------------------------------------- */

typedef void TimerCallback(void *opaque);

/* Embedded by devices; order at one instant is (deadline, creation number). A callback may arm any
 * timer, also for the present; one service runs at most 1000 callbacks, then the guest goes on. */
struct Timer {
    Clock *clock;
    TimerCallback *callback;
    void *opaque;
    uint64_t number;      /* creation number: the same in every run */
    uint64_t deadline_ns; /* CLOCK_NEVER: idle */
    bool is_host;         /* host-side deadline: not state, never ends a warp */
    bool is_hurried;      /* timer_set_hurried() */
    GSequenceIter *position;
};
void timer_init_ns(Timer *timer, Clock *clock, TimerCallback *callback, void *opaque);
/* A host-side deadline in guest time (-timeout-guest): the callback must not change guest state. */
void timer_init_host(Timer *timer, Clock *clock, TimerCallback *callback, void *opaque);
/* A nap that ends at this timer need not last as long on the host: virtual time may run ahead of the wall
 * clock for it, within limits that steering evens out. For devices whose real counterpart is the host's. */
void timer_set_hurried(Timer *timer);
void timer_fini(Timer *timer);
void timer_mod_ns(Timer *timer, uint64_t deadline_ns);
void timer_del(Timer *timer);
bool timer_pending(const Timer *timer);
uint64_t timer_deadline_ns(const Timer *timer); /* CLOCK_NEVER if idle */

/* The guest's armed timers, the next one first; @fn changes none. */
void clock_foreach_timer(const Clock *clock, void (*fn)(void *opaque, const Timer *timer),
                         void *opaque);

extern const VMStateInfo vmstate_info_timer; /* saves the deadline */
#define VMSTATE_TIMER(f, S) VMSTATE_CUSTOM(f, S, vmstate_info_timer)

/* Stop exactly at @icount (CLOCK_NEVER: none): a host deadline of the CPU loop, seen in
 * clock_deadline() early enough, and by clock_stop_icount() exactly. */
void clock_set_stop_icount(Clock *clock, uint64_t icount);
uint64_t clock_stop_icount(const Clock *clock);
/* The same for stop points (`break icount`): another stop, so that stepping and they do not meet. */
void clock_set_break_icount(Clock *clock, uint64_t icount);
uint64_t clock_break_icount(const Clock *clock);
/* The CPU loop stands at icount == clock_stop_icount(), whether the user or the log asked for it.
 * Takes what a recorded run took here while stopped; returns true if nobody else wants the stop: run
 * on. clock_stop_icount() is asked again before a run, and after clock_service() and clock_warp(). */
bool clock_stop_reached(Clock *clock);
/* A look at the state at exactly @icount, without a stop that anybody notices: @hook (token holder,
 * between two instructions) returns the icount of the next look, CLOCK_NEVER for none, or the present
 * one to stop the machine here. */
void clock_set_look(Clock *clock, uint64_t icount, uint64_t (*hook)(void *opaque), void *opaque);
/* Tests: another distance between looks at the input queue. No guest-visible effect. */
void clock_set_slice(Clock *clock, uint64_t insns);
/* Tests: another host clock than the monotonic one. */
void clock_set_host_clock(Clock *clock, uint64_t (*host_ns)(void *opaque), void *opaque);

/* --- modes ------------------------------------------------------------------------------------------ */

/* "shift=N[,sleep=on|off]" (fixed mode) or "auto"; default is live mode. Before the first
 * instruction. */
bool clock_configure_icount(Clock *clock, const char *text, Error **errp);
/* -rtc base=utc|localtime|DATE[,clock=...]. */
bool clock_configure_rtc(Clock *clock, const char *text, Error **errp);
bool clock_is_fixed(const Clock *clock);
/* Seconds since 1970 as guest RTCs see them now: base + virtual time. Not before the machine runs: a
 * base that is the host's clock is an input, read when recording or at the first call. A device keeps
 * only the difference that its guest set. */
uint64_t clock_rtc_seconds(Clock *clock);

/* --- inputs ------------------------------------------------------------------------------------------ */

/* Takes one input on the guest's side. @data lives only during the call. */
typedef void InputHandler(void *opaque, const uint8_t *data, size_t length);
/* @name: stable, e.g. "serial0", "monitor", "clock-rate". */
void input_register(Clock *clock, const char *name, InputHandler *handler, void *opaque);
void input_unregister(Clock *clock, const char *name);
/* Queue an input (copied). Any thread. Ignored while replaying. */
void input_post(Clock *clock, const char *name, const void *data, size_t length);
/* As input_post(), but taken at once (stamp: now). Token holder, machine stopped or in an event. In a
 * replay execution gets the recorded data instead of @data, and a stopped machine takes nothing. */
void input_take_now(Clock *clock, const char *name, const void *data, size_t length);
/* Bytes posted and not taken yet: a back end that can wait should, above some limit. Any thread. */
size_t input_backlog(Clock *clock);

/* --- record and replay: -record FILE, -replay FILE ------------------------------------------------- */

/* What both runs must agree on; hashes name ROM, kernel, images and the initial state. */
typedef struct RecordHeader {
    char *config; /* the resolved command line that matters, one line of words: "m=128 cpu=g4" */
    uint64_t initial_hash;
} RecordHeader;
bool clock_record_start(Clock *clock, const char *path, const RecordHeader *header, Error **errp);
bool clock_replay_start(Clock *clock, const char *path, const RecordHeader *header, Error **errp);
/* Writes the end mark (final icount and hash) and closes. After a replay: true if it had come to the
 * end mark and its hash, else false with a message. True if there was neither. */
bool clock_record_finish(Clock *clock, uint64_t final_hash, Error **errp);
bool clock_is_replaying(const Clock *clock);
bool clock_is_recording(const Clock *clock);
/* A replay ends here, for something outside is not what it was when it was recorded: @what. */
void clock_replay_refuse(Clock *clock, const char *what);
/* Hash of the whole state for the log's check points every 100 M instructions; set by the machine. */
void clock_set_hash_hook(Clock *clock, uint64_t (*hook)(void *opaque), void *opaque);
/* The same state in named parts (VMState sections, blocks of RAM), so that a difference has a name:
 * calls @part with @context for each. May be left out. */
typedef void ClockHashPart(void *context, const char *id, uint64_t hash);
typedef void ClockHashParts(void *opaque, ClockHashPart *part, void *context);
void clock_set_hash_parts_hook(Clock *clock, ClockHashParts *hook, void *opaque);
/* Called when a replay reaches its end or differs: the machine stops with this message. */
void clock_set_replay_end_hook(Clock *clock,
                               void (*hook)(void *opaque, const char *message, bool ok),
                               void *opaque);

extern const VMStateDescription vmstate_clock;

#endif
