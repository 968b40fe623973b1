/* SPDX-License-Identifier: MIT */
/*
 * What points that go on tell, from the thread that runs the guest to the consoles.
 *
 * The guest's thread writes whole lines into a bounded buffer; the main thread takes them when a console
 * has room for more. The guest never waits: lines that find the buffer full are left out and counted.
 * Source: none (own design).
 */
#include "monitor/stop_words.h"

#include <inttypes.h>

/* Lines are handed over in batches: a wake-up of the main thread costs more than a line. */
enum { NEWS_MAX = 4 << 20, BATCH_MS = 5 };

struct StopNews {
    MonitorHub *hub;
    GString *line; /* the guest's thread */
    GMutex lock;   /* of what follows */
    GString *text;
    uint64_t lost;
    GSource *call; /* of the main thread, to come; NULL: none */
};

/* --- the guest's thread ----------------------------------------------------------------------------------- */

static gboolean called(void *opaque);

/* With the lock held. */
static void call_main_thread(StopNews *news)
{
    if (!news->call) {
        news->call = g_timeout_source_new(BATCH_MS);
        g_source_set_callback(news->call, called, news, NULL);
        g_source_attach(news->call, NULL);
    }
}

static void tell(void *opaque, const StopPoint *point, const StopHit *hit)
{
    StopNews *news = opaque;
    GString *line = news->line;
    g_string_printf(line, "%" PRIu64 " ", *clock_icount(news->hub->machine->clock));
    stop_append_hit(line, point, hit);
    g_mutex_lock(&news->lock);
    if (news->lost || news->text->len + line->len > NEWS_MAX) {
        news->lost++;
    } else {
        g_string_append_len(news->text, line->str, (gssize)line->len);
        call_main_thread(news);
    }
    g_mutex_unlock(&news->lock);
}

/* --- the main thread -------------------------------------------------------------------------------------- */

static GString *take(StopNews *news)
{
    GString *empty = g_string_new(NULL);
    g_mutex_lock(&news->lock);
    GString *text = news->text;
    uint64_t lost = news->lost;
    news->text = empty;
    news->lost = 0;
    g_mutex_unlock(&news->lock);
    if (lost) {
        g_string_append_printf(text,
                               "(%" PRIu64 " hit%s of tracepoints not told: read too slowly)\n",
                               lost, lost == 1 ? "" : "s");
    }
    return text;
}

void stop_news_flush(MonitorHub *hub)
{
    GString *text = take(hub->news);
    if (text->len) {
        hub_tell(hub, text->str, hub->is_stepping);
    }
    g_string_free(text, TRUE);
}

/* One console that reads is enough; those that do not are told so when they do. */
static bool has_reader(const MonitorHub *hub)
{
    for (guint i = 0; i < hub->monitors->len; i++) {
        if (monitor_has_room(g_ptr_array_index(hub->monitors, i))) {
            return true;
        }
    }
    return hub->monitors->len == 0;
}

static gboolean called(void *opaque)
{
    StopNews *news = opaque;
    g_mutex_lock(&news->lock);
    g_clear_pointer(&news->call, g_source_unref);
    g_mutex_unlock(&news->lock);
    if (has_reader(news->hub)) {
        stop_news_flush(news->hub);
    }
    return G_SOURCE_REMOVE;
}

void stop_news_can_go(MonitorHub *hub)
{
    StopNews *news = hub->news;
    if (has_reader(hub)) {
        g_mutex_lock(&news->lock);
        if (news->text->len) {
            call_main_thread(news);
        }
        g_mutex_unlock(&news->lock);
    }
}

/* --- life ------------------------------------------------------------------------------------------------- */

StopNews *stop_news_new(MonitorHub *hub)
{
    StopNews *news = g_new0(StopNews, 1);
    news->hub = hub;
    news->line = g_string_new(NULL);
    news->text = g_string_new(NULL);
    g_mutex_init(&news->lock);
    if (hub->machine->cpu) {
        debug_stops_set_teller(debug_stops_of(hub->machine->cpu), tell, news);
    }
    return news;
}

void stop_news_free(StopNews *news)
{
    if (news->hub->machine->cpu) {
        debug_stops_set_teller(debug_stops_of(news->hub->machine->cpu), NULL, NULL);
    }
    if (news->call) {
        g_source_destroy(news->call);
        g_source_unref(news->call);
    }
    g_mutex_clear(&news->lock);
    g_string_free(news->line, TRUE);
    g_string_free(news->text, TRUE);
    g_free(news);
}
