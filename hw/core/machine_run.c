/* SPDX-License-Identifier: MIT */
/*
 * The machine thread and its token: who may execute the guest, what ends a run, and what the main
 * thread is told about it.
 *
 * The thread holds the token while the state is RUN_RUNNING, the main thread otherwise. The lock
 * guards the run state and the order to pause or to run a job; guest state needs none.
 * Source: design.md 3.
 */
#include "chardev/chardev.h"
#include "hw/core/internal.h"
#include "hw/core/machine.h"
#include "net/net.h"

typedef struct Job {
    void (*fn)(MachineState *machine, void *opaque);
    void *opaque;
    bool done;
} Job;

typedef struct Request {
    bool is_pending;
    MachineEvent event;
    int code;
    char *message;
} Request;

struct MachineRun {
    GThread *thread;
    GMutex lock;
    GCond wake;    /* the machine thread has something to do */
    GCond settled; /* the state changed, or a job is done */
    RunState state;
    bool pause_wanted, quit_wanted;
    Job *job;
    bool no_reboot;
    void (*hook)(void *opaque, MachineEvent event, int code, const char *message);
    void *hook_opaque;
    Request request; /* token holder */
    const ChardevCore *chardevs;
    const NetCore *nets;
};

/* --- events, told on the main loop -------------------------------------------------------------------- */

typedef struct PostedEvent {
    MachineState *machine;
    Request what;
} PostedEvent;

static void free_event(void *data)
{
    PostedEvent *event = data;
    object_unref(event->machine);
    g_free(event->what.message);
    g_free(event);
}

static gboolean deliver(void *data)
{
    const PostedEvent *event = data;
    const MachineRun *run = event->machine->run;
    if (run->hook) {
        run->hook(run->hook_opaque, event->what.event, event->what.code, event->what.message);
    }
    return G_SOURCE_REMOVE;
}

/* Takes over the request's message. */
static void post_event(MachineState *machine, Request what)
{
    PostedEvent *event = g_new(PostedEvent, 1);
    *event = (PostedEvent){MACHINE(object_ref(machine)), what};
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, deliver, event, free_event);
    g_source_attach(source, NULL);
    g_source_unref(source);
}

void machine_set_event_hook(MachineState *machine,
                            void (*hook)(void *opaque, MachineEvent event, int code,
                                         const char *message),
                            void *opaque)
{
    machine->run->hook = hook;
    machine->run->hook_opaque = opaque;
}

/* --- requests of devices ---------------------------------------------------------------------------------- */

void machine_request_stop(MachineEvent event, int code, const char *message)
{
    MachineState *machine = machine_get();
    Request *request = &machine->run->request;
    /* The first one counts, but whatever ends the run outranks a reset. */
    if (request->is_pending && request->event != MACHINE_EVENT_RESET) {
        return;
    }
    g_free(request->message);
    *request = (Request){true, event, code, g_strdup(message)};
    if (machine->cpu) {
        machine->cpu->exit_request = true;
    }
}

void machine_request_poweroff(void) { machine_request_stop(MACHINE_EVENT_POWEROFF, 0, NULL); }

void machine_request_reset(void) { machine_request_stop(MACHINE_EVENT_RESET, 0, NULL); }

void machine_request_exit(int status) { machine_request_stop(MACHINE_EVENT_EXIT, status, NULL); }

bool machine_request_pending(MachineState *machine, MachineEvent *event, int *code)
{
    const Request *request = &machine->run->request;
    *event = request->event;
    *code = request->code;
    return request->is_pending;
}

static void replay_ended(G_GNUC_UNUSED void *opaque, const char *message, bool ok)
{
    machine_request_stop(MACHINE_EVENT_REPLAY_END, ok ? 0 : 1, message);
}

void machine_set_no_reboot(MachineState *machine, bool no_reboot)
{
    machine->run->no_reboot = no_reboot;
}

/* --- what ends a burst of execution; token holder --------------------------------------------------------- */

static RunState state_after(MachineEvent event)
{
    switch (event) {
    case MACHINE_EVENT_POWEROFF:
    case MACHINE_EVENT_EXIT:
    case MACHINE_EVENT_RESET: /* only with -no-reboot */
        return RUN_SHUTDOWN;
    case MACHINE_EVENT_BREAK:
    case MACHINE_EVENT_GUEST_TIMEOUT:
    case MACHINE_EVENT_REPLAY_END:
    case MACHINE_EVENT_STOPPED:
        return RUN_PAUSED;
    }
    g_assert_not_reached();
}

static void set_state(MachineRun *run, RunState state)
{
    g_mutex_lock(&run->lock);
    run->state = state;
    run->pause_wanted = false;
    g_cond_broadcast(&run->settled);
    g_mutex_unlock(&run->lock);
}

static void stop_for(MachineState *machine, Request what)
{
    set_state(machine->run, state_after(what.event));
    post_event(machine, what);
}

/* A reset happens right here, at the instant of the request; the run goes on. */
static void serve_request(MachineState *machine)
{
    MachineRun *run = machine->run;
    Request what = run->request;
    run->request = (Request){0};
    if (what.event != MACHINE_EVENT_RESET || run->no_reboot) {
        stop_for(machine, what);
        return;
    }
    machine_reset(machine);
    post_event(machine, what);
}

/* @code: the number of the stop point; 0: none. */
static void stop_at(MachineState *machine, int code, const char *message)
{
    stop_for(machine, (Request){true, MACHINE_EVENT_BREAK, code, g_strdup(message)});
}

static void handle_exit(MachineState *machine, CpuExit reason)
{
    switch (reason) {
    case CPU_EXIT_SLICE:
    case CPU_EXIT_REQUEST:
        break;
    case CPU_EXIT_STOP_ICOUNT:
        if (!clock_stop_reached(machine->clock)) {
            stop_at(machine, 0, "instruction count reached");
        }
        break;
    case CPU_EXIT_BREAKPOINT:
        stop_at(machine, (int)machine->cpu->stop_number, "breakpoint");
        break;
    case CPU_EXIT_WATCHPOINT:
        stop_at(machine, (int)machine->cpu->stop_number, "watchpoint");
        break;
    }
}

/* Once the state is no longer RUN_RUNNING the main thread may hold the token: nothing of the machine
 * is touched after that. */
static void run_burst(MachineState *machine)
{
    CPUState *cpu = machine->cpu;
    clock_set_running(machine->clock, true);
    CpuExit reason = CPU_GET_CLASS(cpu)->run(cpu);
    clock_set_running(machine->clock, false);
    cpu->exit_request = false;
    if (machine->run->request.is_pending) {
        serve_request(machine);
    } else {
        handle_exit(machine, reason);
    }
}

/* --- the machine thread -------------------------------------------------------------------------------------- */

/* With the lock held, given up while the job runs. */
static void serve_job(MachineState *machine)
{
    MachineRun *run = machine->run;
    Job *job = run->job;
    g_mutex_unlock(&run->lock);
    job->fn(machine, job->opaque);
    g_mutex_lock(&run->lock);
    run->job = NULL;
    job->done = true;
    g_cond_broadcast(&run->settled);
}

/* With the lock held. */
static void pause_as_wanted(MachineState *machine)
{
    MachineRun *run = machine->run;
    run->state = RUN_PAUSED;
    run->pause_wanted = false;
    g_cond_broadcast(&run->settled);
    post_event(machine, (Request){.event = MACHINE_EVENT_STOPPED});
}

/* Main thread: output rings have room again. */
static void headroom_regained(void *opaque)
{
    MachineRun *run = opaque;
    g_mutex_lock(&run->lock);
    g_cond_broadcast(&run->wake);
    g_mutex_unlock(&run->lock);
}

bool machine_has_headroom(const MachineState *machine)
{
    const MachineRun *run = machine->run;
    return chardev_has_headroom(run->chardevs) && net_has_headroom(run->nets);
}

/* Serves orders until there is guest code to run (true) or the thread shall end. While an output ring
 * is full the guest stands still; only host time passes. An order is given with the lock held, so that
 * no kick is lost here. */
static bool wait_for_work(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_mutex_lock(&run->lock);
    for (;;) {
        clock_kick_done(machine->clock);
        if (run->job) {
            serve_job(machine);
        } else if (run->state == RUN_RUNNING && run->pause_wanted) {
            pause_as_wanted(machine);
        } else if (run->quit_wanted ||
                   (run->state == RUN_RUNNING && machine_has_headroom(machine))) {
            break;
        } else {
            g_cond_wait(&run->wake, &run->lock);
        }
    }
    bool quit = run->quit_wanted;
    g_mutex_unlock(&run->lock);
    return !quit;
}

static void *machine_thread(void *opaque)
{
    MachineState *machine = opaque;
    while (wait_for_work(machine)) {
        run_burst(machine);
    }
    return NULL;
}

void machine_start_thread(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_assert(!run->thread);
    clock_set_replay_end_hook(machine->clock, replay_ended, NULL);
    chardev_set_headroom_hook(headroom_regained, run);
    net_set_headroom_hook(headroom_regained, run);
    run->thread = g_thread_new("machine", machine_thread, machine);
}

void machine_stop_thread(MachineState *machine)
{
    MachineRun *run = machine->run;
    if (!run->thread) {
        return;
    }
    machine_pause(machine);
    g_mutex_lock(&run->lock);
    run->quit_wanted = true;
    g_cond_broadcast(&run->wake);
    g_mutex_unlock(&run->lock);
    g_thread_join(run->thread);
    chardev_set_headroom_hook(NULL, NULL);
    net_set_headroom_hook(NULL, NULL);
    run->thread = NULL;
    run->quit_wanted = false;
}

/* --- orders of the main thread --------------------------------------------------------------------------------- */

/* With the lock held: wherever the machine thread is, executing, napping or waiting for a full output
 * ring, it looks at its orders soon. */
static void call_machine_thread(MachineState *machine)
{
    clock_kick(machine->clock);
    g_cond_broadcast(&machine->run->wake);
}

RunState machine_run_state(MachineState *machine)
{
    g_mutex_lock(&machine->run->lock);
    RunState state = machine->run->state;
    g_mutex_unlock(&machine->run->lock);
    return state;
}

void machine_run(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_assert(run->thread && machine->cpu);
    g_mutex_lock(&run->lock);
    if (run->state != RUN_SHUTDOWN) {
        run->state = RUN_RUNNING;
        g_cond_broadcast(&run->wake);
    }
    g_mutex_unlock(&run->lock);
}

void machine_pause(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_mutex_lock(&run->lock);
    while (run->state == RUN_RUNNING) {
        run->pause_wanted = true;
        call_machine_thread(machine);
        g_cond_wait(&run->settled, &run->lock);
    }
    g_mutex_unlock(&run->lock);
}

void machine_run_on(MachineState *machine, void (*fn)(MachineState *machine, void *opaque),
                    void *opaque)
{
    MachineRun *run = machine->run;
    Job job = {fn, opaque, false};
    g_mutex_lock(&run->lock);
    if (run->state != RUN_RUNNING) {
        g_mutex_unlock(&run->lock);
        fn(machine, opaque);
        return;
    }
    run->job = &job;
    call_machine_thread(machine);
    while (!job.done) {
        g_cond_wait(&run->settled, &run->lock);
    }
    g_mutex_unlock(&run->lock);
}

void machine_single_step(MachineState *machine)
{
    g_assert(machine_run_state(machine) != RUN_RUNNING);
    clock_kick_done(machine->clock);
    clock_set_patience(machine->clock, false);
    clock_set_running(machine->clock, true);
    CPU_GET_CLASS(machine->cpu)->step(machine->cpu);
    clock_set_running(machine->clock, false);
    clock_set_patience(machine->clock, true);
    machine->cpu->exit_request = false;
    if (machine->run->request.is_pending) {
        serve_request(machine);
    }
}

/* --- the record ---------------------------------------------------------------------------------------------------- */

void machine_run_init(MachineState *machine)
{
    MachineRun *run = g_new0(MachineRun, 1);
    g_mutex_init(&run->lock);
    g_cond_init(&run->wake);
    g_cond_init(&run->settled);
    run->chardevs = chardev_core();
    run->nets = net_core();
    machine->run = run;
}

void machine_run_fini(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_assert(!run->thread);
    g_mutex_clear(&run->lock);
    g_cond_clear(&run->wake);
    g_cond_clear(&run->settled);
    g_free(run->request.message);
    g_free(run);
}

/* A machine that was shut down can run again after a reset. */
void machine_run_was_reset(MachineState *machine)
{
    MachineRun *run = machine->run;
    g_mutex_lock(&run->lock);
    if (run->state == RUN_SHUTDOWN) {
        run->state = RUN_PAUSED;
    }
    g_mutex_unlock(&run->lock);
}
