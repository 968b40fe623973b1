/* SPDX-License-Identifier: MIT */
/*
 * The program of docs/bug-hunt.md: passes packets between six stations, reports every ten, and hangs.
 *
 * The bug is planted; the document finds it. Do not mend it here.
 */
#include <stdio.h>
#include <unistd.h>

enum { STATIONS = 6, HEARD = 8, PACKETS = 100, PAUSE_US = 5000, SEED = 5 };

struct station {
    unsigned id;
    unsigned packets;             /* that came for it */
    unsigned heard_at;            /* where the next one goes */
    struct station *heard[HEARD]; /* whom it heard last */
    struct station *next;
};

static struct station stations[STATIONS];
static struct station *first;

static void add_station(struct station *station, unsigned id)
{
    station->id = id;
    station->next = first;
    first = station;
}

static struct station *find_station(unsigned id)
{
    struct station *station = first;
    while (station && station->id != id) {
        station = station->next;
    }
    return station;
}

static void note_heard(struct station *station, struct station *from)
{
    station->heard[station->heard_at] = from;
    if (++station->heard_at > HEARD) {
        station->heard_at = 0;
    }
}

static void deliver(unsigned from, unsigned to)
{
    struct station *station = find_station(to);
    if (!station) {
        fprintf(stderr, "relay: no station %u\n", to);
        return;
    }
    station->packets++;
    note_heard(station, find_station(from));
}

int main(void)
{
    for (unsigned id = STATIONS; id > 0; id--) {
        add_station(&stations[id - 1], id);
    }
    printf("relay: %d stations\n", STATIONS);
    for (unsigned count = 1, seed = SEED; count <= PACKETS; count++) {
        seed = seed * 1103515245 + 12345;
        unsigned from = (seed >> 16) % STATIONS + 1, step = (seed >> 24) % (STATIONS - 1);
        deliver(from, (from + step) % STATIONS + 1);
        if (count % 10 == 0) {
            printf("relay: %u packets\n", count);
        }
        usleep(PAUSE_US);
    }
    puts("relay: done");
    return 0;
}
