/* SPDX-License-Identifier: MIT */
/*
 * What the files of time/ share: the Clock itself, the input log's entries, and the calls between
 * the parts. Only the fields under "guest state" are saved and hashed; the rest decides when the
 * host looks, never what the guest sees.
 */
#ifndef TIME_INTERNAL_H
#define TIME_INTERNAL_H

#include "time/clock.h"

#include <stdio.h>

#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)
/* Live mode's rates, 32.32 ns an instruction: 16 per ns to 1 per 16 us. */
#define CLOCK_RATE_MIN (UINT64_C(1) << 28)
#define CLOCK_RATE_MAX (UINT64_C(1) << 46)
#define CLOCK_CHECK_INSNS UINT64_C(100000000) /* between two hashes in the log */
/* No two event points are further apart (a page of code). */
#define CLOCK_EVENT_DISTANCE 1024
#define INPUT_NAME_MAX 63
#define INPUT_DATA_MAX (16u << 20)

typedef enum ClockMode { CLOCK_LIVE, CLOCK_FIXED } ClockMode;
typedef enum RtcBase { RTC_DEFAULT, RTC_UTC, RTC_LOCALTIME, RTC_DATE } RtcBase;

/* Two clocks that read these values at one moment. */
typedef struct Pace {
    uint64_t host_ns;
    uint64_t virtual_ns;
} Pace;

typedef struct Steering {
    Pace wall; /* live mode: where virtual time should be */
    bool wall_valid;
    bool mark_valid;
    uint64_t mark_host_ns; /* execution is accounted for up to here */
    uint64_t mark_icount;
    uint64_t measured; /* host ns an instruction, 32.32 */
    uint64_t spent_ns; /* host time and instructions since the last steering, naps left out */
    uint64_t spent_insns;
} Steering;

/* Where a nap that the host's clock paces (fixed mode, sleep=on) began. */
typedef struct Nap {
    bool valid;
    uint64_t icount;
    Pace pace;
} Nap;

typedef struct InputQueue {
    GMutex lock;
    GCond wake;
    GQueue posted;        /* PostedInput; under the lock */
    size_t posted_bytes;  /* under the lock */
    gint length;          /* atomic copy of the queue's length */
    gint is_deaf;         /* atomic: replaying, live input is ignored */
    GHashTable *handlers; /* machine thread only */
    uint64_t sequence;    /* of the last input taken */
} InputQueue;

typedef enum EntryKind {
    ENTRY_EVENT = 'I',   /* input taken at an event point */
    ENTRY_NOW = 'N',     /* input that guest execution asked for */
    ENTRY_STOPPED = 'X', /* input taken while the machine was stopped, at any instruction */
    ENTRY_CHECK = 'C',   /* state hash */
    ENTRY_END = 'E',     /* end mark: final state hash */
} EntryKind;

typedef struct InputStamp {
    uint64_t icount;
    uint64_t virtual_ns;
    uint64_t sequence;
} InputStamp;

typedef struct LogEntry {
    EntryKind kind;
    InputStamp stamp;
    char name[INPUT_NAME_MAX + 1];
    const uint8_t *data;
    size_t length;
} LogEntry;

typedef struct Recorder Recorder;
typedef struct Replayer Replayer;

typedef struct ClockHooks {
    uint64_t (*hash)(void *opaque);
    void *hash_opaque;
    ClockHashParts *parts;
    void *parts_opaque;
    void (*replay_end)(void *opaque, const char *message, bool ok);
    void *replay_end_opaque;
    uint64_t (*host_ns)(void *opaque);
    void *host_ns_opaque;
    uint64_t (*look)(void *opaque);
    void *look_opaque;
} ClockHooks;

struct Clock {
    Object parent_obj;
    /* guest state */
    union {
        ClockView view;
        struct {
            uint64_t icount;
            uint64_t base_icount;
            uint64_t base_ns;
            uint64_t rate; /* ns an instruction, 32.32 */
        };
    };
    uint64_t rtc_base_ns;
    bool rtc_known; /* false: the host's clock has not been read yet */
    /* configuration */
    ClockMode mode;
    bool sleeps;         /* fixed mode: naps last as long on the host */
    uint64_t fixed_rate; /* 0 in live mode */
    RtcBase rtc_base;
    uint64_t rtc_date_ns; /* RTC_DATE */
    /* when to look */
    uint64_t slice;
    uint64_t slice_end;
    uint64_t stop_icount;
    uint64_t break_icount;
    uint64_t look_icount;
    uint64_t known_deadline; /* without kicks and stops */
    bool is_deadline_known;
    bool is_running;
    bool is_impatient;    /* warps must not wait */
    unsigned event_depth; /* callbacks being run */
    gint kicked;          /* atomic */
    /* parts */
    GSequence *timers;
    GSequence *host_timers;
    uint64_t next_timer_number;
    InputQueue inputs;
    Steering steering;
    Nap nap;
    ClockHooks hooks;
    Recorder *record;
    Replayer *replay;
};

/* clock.c */
void clock_changed(Clock *clock); /* the deadline must be worked out again */
void clock_set_rate(Clock *clock, uint64_t rate);
void clock_advance_to(Clock *clock, uint64_t ns); /* a warp; @ns not in the past */
uint64_t clock_host_ns(const Clock *clock);
uint64_t clock_state_hash(const Clock *clock); /* 0 without a hook */

/* timer.c */
void timers_init(Clock *clock);
void timers_fini(Clock *clock);
uint64_t timers_next_ns(const Clock *clock);
uint64_t timers_next_host_ns(const Clock *clock);
bool timers_next_is_hurried(const Clock *clock);
/* Runs what is due; false if @budget callbacks were not enough. */
bool timers_run_due(Clock *clock, unsigned *budget);
void timers_run_host(Clock *clock, uint64_t now_ns);

/* input.c */
typedef enum WakeReason { WAKE_TIME, WAKE_INPUT, WAKE_KICK } WakeReason;
void inputs_init(Clock *clock);
void inputs_fini(Clock *clock);
void inputs_set_deaf(Clock *clock, bool is_deaf); /* and forget what waits */
bool inputs_waiting(Clock *clock);
bool inputs_take_one(Clock *clock); /* the oldest posted one */
void inputs_deliver(Clock *clock, const LogEntry *entry);
void inputs_wake(Clock *clock); /* any thread */
WakeReason inputs_wait(Clock *clock, uint64_t duration_ns);

/* steer.c */
void steer_init(Clock *clock);
void steer_service(Clock *clock);
void steer_forget(Clock *clock); /* host time spent so far says nothing any more */
const Pace *steer_nap_begin(Clock *clock);
void steer_nap_end(Clock *clock);

/* rtc.c */
void rtc_init(Clock *clock);
void rtc_resolve(Clock *clock);   /* after a change of configuration */
void rtc_read_host(Clock *clock); /* as an input, if the base is the host's clock */
bool rtc_is_host(const Clock *clock);
char *rtc_describe(const Clock *clock);

/* inputlog.c: the file. False at its end or where it is damaged. */
#define RTC_INPUT_NAME "rtc-base"
typedef struct LogHeader {
    char *config;
    uint64_t initial_hash;
    uint64_t icount;
    uint64_t virtual_ns;
} LogHeader;
void inputlog_put_header(GByteArray *out, const LogHeader *header);
bool inputlog_get_header(FILE *file, LogHeader *header, Error **errp);
void inputlog_put_entry(GByteArray *out, const LogEntry *entry);
/* @entry->data points into *@body, which the caller frees. */
bool inputlog_get_entry(FILE *file, LogEntry *entry, uint8_t **body, Error **errp);
char *inputlog_config(const Clock *clock, const RecordHeader *header);

/* record.c */
void record_entry(Clock *clock, const LogEntry *entry);
void record_check(Clock *clock);
uint64_t record_next_check(const Clock *clock);
void record_flush(Clock *clock);
void record_free(Clock *clock);
InputStamp clock_stamp(const Clock *clock);
/* Hash and the hashes of its parts, as a check point carries them. */
GByteArray *check_data_new(const Clock *clock, uint64_t hash);

/* replay.c */
const LogEntry *replay_next(const Clock *clock); /* NULL: not replaying */
void replay_service(Clock *clock);
bool replay_take_one(Clock *clock);
void replay_take_now(Clock *clock, const char *name, const void *data, size_t length);
uint64_t replay_deadline(const Clock *clock);
uint64_t replay_stop_icount(const Clock *clock);
bool replay_warp(Clock *clock, uint64_t timer_ns);
bool replay_stop_reached(Clock *clock);
bool replay_finish(Clock *clock, uint64_t final_hash, Error **errp);
void replay_free(Clock *clock);

#endif
