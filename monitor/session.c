/* SPDX-License-Identifier: MIT */
/*
 * One run of a machine: what starts it, what ends it, and with which status.
 *
 * Source: none (own design; users.md 3.5).
 */
#include "monitor/session.h"

#include "block/block.h"
#include "chardev/chardev.h"
#include "monitor/hash_log.h"
#include "monitor/last_exit.h"
#include "monitor/session_log.h"

#include <glib-unix.h>
#include <signal.h>

enum { SIGNALS = 3 };

struct Session {
    MachineState *machine;
    SessionConfig config;
    MonitorHub *monitors;
    GMainLoop *loop; /* while it runs */
    Expect *expect;
    int is_seen; /* the -expect text; atomic */
    LastExit *last_exit;
    Timer timeout;
    HashLog *hash_log;
    guint signal_sources[SIGNALS];
    bool is_ended, has_started;
    bool is_replay_told; /* how the replay ended */
    void (*hook)(void *opaque, MachineEvent event, int code, const char *message);
    void *hook_opaque;
    int status;
};

/* --- what ends a run ------------------------------------------------------------------------------------ */

/* The first reason counts. */
static void end_run(Session *session, int status)
{
    if (!session->is_ended) {
        session->is_ended = true;
        session->status = status;
    }
    if (session->loop) {
        g_main_loop_quit(session->loop);
    }
}

static void quit_asked(void *opaque)
{
    const Session *session = opaque;
    if (session->last_exit) {
        last_exit_quit(session->last_exit);
    }
    end_run(opaque, SESSION_OK);
}

static void signal_came(Session *session, int number)
{
    error_report("terminating on signal %d", number);
    end_run(session, SESSION_OK);
}

static gboolean interrupt_came(void *opaque)
{
    signal_came(opaque, SIGINT);
    return G_SOURCE_CONTINUE;
}

static gboolean terminate_came(void *opaque)
{
    signal_came(opaque, SIGTERM);
    return G_SOURCE_CONTINUE;
}

static gboolean hangup_came(void *opaque)
{
    signal_came(opaque, SIGHUP);
    return G_SOURCE_CONTINUE;
}

/* What @event means for the process. */
static void judge_event(Session *session, MachineEvent event, int code, const char *message)
{
    const SessionConfig *config = &session->config;
    switch (event) {
    case MACHINE_EVENT_POWEROFF:
        if (!config->no_shutdown) {
            end_run(session, SESSION_OK);
        }
        return;
    case MACHINE_EVENT_RESET:
        if (config->no_reboot && !config->no_shutdown) {
            end_run(session, SESSION_OK);
        }
        return;
    case MACHINE_EVENT_EXIT:
        end_run(session, code & 0xff);
        return;
    case MACHINE_EVENT_GUEST_TIMEOUT:
        end_run(session, SESSION_GUEST_TIME);
        return;
    case MACHINE_EVENT_REPLAY_END:
        error_report("-replay %s", message ? message : config->replay);
        session->is_replay_told = true;
        end_run(session, code ? SESSION_DIFFERED : SESSION_OK);
        return;
    case MACHINE_EVENT_BREAK:
        if (hash_log_is_at_end(session->hash_log)) {
            end_run(session, SESSION_OK);
        }
        return;
    case MACHINE_EVENT_STOPPED:
        return;
    }
}

static void machine_event(void *opaque, MachineEvent event, int code, const char *message)
{
    Session *session = opaque;
    monitor_hub_machine_event(session->monitors, event, message);
    judge_event(session, event, code, message);
    if (session->hook && !session->is_ended) {
        session->hook(session->hook_opaque, event, code, message);
    }
}

void session_set_event_hook(Session *session,
                            void (*hook)(void *opaque, MachineEvent event, int code,
                                         const char *message),
                            void *opaque)
{
    session->hook = hook;
    session->hook_opaque = opaque;
}

MonitorHub *session_monitors(Session *session) { return session->monitors; }

/* --- -timeout-guest, -expect --------------------------------------------------------------------------- */

/* Also in the middle of a nap, which the kick ends. */
static void out_of_time(void *opaque)
{
    machine_request_stop(MACHINE_EVENT_GUEST_TIMEOUT, 0, NULL);
    clock_kick(((Session *)opaque)->machine->clock);
}

/* On the machine thread, inside the store to the UART: the run ends at that event point. */
static void serial_output(void *opaque, const uint8_t *data, size_t length)
{
    Session *session = opaque;
    if (session->monitors) {
        monitor_hub_serial_output(session->monitors, data, length);
    }
    if (session->expect && !g_atomic_int_get(&session->is_seen) &&
        expect_feed(session->expect, data, length)) {
        g_atomic_int_set(&session->is_seen, 1);
        machine_request_exit(SESSION_OK);
    }
}

static bool watch_serial(Session *session, Error **errp)
{
    GPtrArray *serials = session->machine->config.serials;
    if (serials->len == 0) {
        g_ptr_array_add(serials, NULL);
    }
    if (!serials->pdata[0]) {
        serials->pdata[0] = chardev_new_legacy("serial0", "null", errp);
    }
    if (!serials->pdata[0]) {
        return false;
    }
    session->expect = expect_new(session->config.expect);
    return true;
}

/* --- begin ----------------------------------------------------------------------------------------------- */

Session *session_new(MachineState *machine, const SessionConfig *config, Error **errp)
{
    Session *session = g_new0(Session, 1);
    session->machine = machine;
    session->config = *config;
    if (config->expect && !watch_serial(session, errp)) {
        session_free(session);
        return NULL;
    }
    GPtrArray *serials = machine->config.serials;
    if (serials->len && serials->pdata[0]) {
        chardev_set_output_tap(serials->pdata[0], serial_output, session);
    }
    return session;
}

static void catch_signals(Session *session)
{
    session->last_exit = session->config.leave ? last_exit_new(session->config.leave) : NULL;
    session->signal_sources[0] = g_unix_signal_add(SIGINT, interrupt_came, session);
    session->signal_sources[1] = g_unix_signal_add(SIGTERM, terminate_came, session);
    session->signal_sources[2] = g_unix_signal_add(SIGHUP, hangup_came, session);
}

static bool start_hash_log(Session *session, Error **errp)
{
    ERRP_GUARD();
    const SessionConfig *config = &session->config;
    session->hash_log = hash_log_new(session->machine, config->hash_log, config->run_until, errp);
    if (!session->hash_log) {
        error_prepend(errp, "-hash-log %s: ", config->hash_log);
    }
    return session->hash_log != NULL;
}

/* Token holder: werror=stop and the like. */
static void disk_stops(void *opaque G_GNUC_UNUSED, const char *message)
{
    error_report("%s: the machine stops; `cont` tries again", message);
    machine_request_stop(MACHINE_EVENT_BREAK, 0, message);
}

bool session_start(Session *session, Error **errp)
{
    MachineState *machine = session->machine;
    session->has_started = true;
    session->monitors = monitor_hub_new(machine);
    monitor_hub_set_quit_hook(session->monitors, quit_asked, session);
    chardev_set_quit_hook(quit_asked, session);
    timer_init_host(&session->timeout, machine->clock, out_of_time, session);
    if (!consoles_make_monitors(session->config.consoles, machine, session->monitors, errp)) {
        return false;
    }
    machine_set_event_hook(machine, machine_event, session);
    machine_set_no_reboot(machine, session->config.no_reboot);
    block_set_stop_hook(disk_stops, NULL);
    machine_start_thread(machine);
    if (session->config.timeout_ns) {
        timer_mod_ns(&session->timeout, session->config.timeout_ns);
    }
    catch_signals(session);
    return session_log_start(machine, &session->config, errp) && start_hash_log(session, errp) &&
           monitor_hub_start_stall_report(session->monitors, session->config.stall_report, errp) &&
           monitor_hub_start_exec_trace(session->monitors, session->config.exec_trace, errp);
}

void session_run(Session *session)
{
    session->loop = g_main_loop_new(NULL, FALSE);
    if (!session->config.is_stopped) {
        machine_run(session->machine);
    }
    if (!session->is_ended) {
        g_main_loop_run(session->loop);
    }
    g_clear_pointer(&session->loop, g_main_loop_unref);
    machine_stop_thread(session->machine);
}

/* --- end --------------------------------------------------------------------------------------------------- */

static void report_why(const Session *session, const char *reason)
{
    g_autoptr(GString) why = g_string_new(NULL);
    monitor_info_why(session->machine, why);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(why->str), "\n", -1);
    g_autofree char *line = g_strjoinv("; ", lines);
    error_report("%s: %s", reason, line);
}

/* The end of -record or -replay. A guest that ends the run itself leaves it to us to say so. */
static void finish_log(Session *session)
{
    Error *err = NULL;
    const SessionConfig *config = &session->config;
    bool ok = session_log_finish(session->machine, config, &err);
    if (!ok) {
        session->status = config->replay ? SESSION_DIFFERED : SESSION_USER_ERROR;
    }
    if (config->replay && session->is_replay_told) {
        error_free(err);
    } else if (!ok) {
        error_report_err(err);
    } else if (config->replay) {
        error_report("-replay %s: replay ends as recorded", config->replay);
    }
}

int session_finish(Session *session)
{
    Error *err = NULL;
    const SessionConfig *config = &session->config;
    monitor_hub_end_exec_trace(session->monitors);
    chardev_flush_all(1000); /* what the guest said comes before what is said about it */
    if (config->expect && !g_atomic_int_get(&session->is_seen)) {
        g_autofree char *reason = g_strdup_printf("-expect %s: not seen", config->expect);
        report_why(session, reason);
        session->status = SESSION_NOT_SEEN;
    } else if (session->status == SESSION_GUEST_TIME) {
        report_why(session, "-timeout-guest ran out");
    }
    if (!hash_log_finish(session->hash_log, &err)) {
        error_report_err(g_steal_pointer(&err));
        session->status = SESSION_USER_ERROR;
    }
    finish_log(session);
    return session->status;
}

void session_free(Session *session)
{
    if (!session) {
        return;
    }
    /* What the ports of a mux hold goes with them. */
    chardev_flush_all(1000);
    for (size_t i = 0; i < SIGNALS; i++) {
        g_clear_handle_id(&session->signal_sources[i], g_source_remove);
    }
    if (session->has_started) {
        machine_stop_thread(session->machine);
        machine_set_event_hook(session->machine, NULL, NULL);
        chardev_set_quit_hook(NULL, NULL);
        timer_fini(&session->timeout);
        g_clear_pointer(&session->monitors, monitor_hub_free);
        hash_log_free(session->hash_log);
    }
    g_clear_pointer(&session->expect, expect_free);
    g_free(session);
}
