/* SPDX-License-Identifier: MIT */
/*
 * The machine: class with defaults, properties from -machine, and the run state with its token.
 *
 * The machine thread runs the CPU while the state is RUN_RUNNING and holds the token then; stopped,
 * the main thread holds it. Functions say who may call them.
 */
#ifndef HW_CORE_MACHINE_H
#define HW_CORE_MACHINE_H

#include "hw/core/cpu.h"
#include "hw/core/qdev.h"

#define TYPE_MACHINE "machine"
OBJECT_DECLARE_TYPE(MachineState, MachineClass, MACHINE)
/* "mac99" is type "mac99-machine". */
#define MACHINE_TYPE_NAME(name) name "-machine"

typedef struct MachineRun MachineRun;

typedef enum RunState {
    RUN_PRELAUNCH, /* not started (-S) or being built */
    RUN_RUNNING,
    RUN_PAUSED,
    RUN_SHUTDOWN, /* powered off, kept by -no-shutdown */
} RunState;

/* What the command line fixed before machine_init(). Strings owned by the machine. */
typedef struct MachineConfig {
    uint64_t ram_size;
    uint64_t max_ram_size; /* with memory devices; 0: there are none */
    uint32_t ram_slots;    /* for DIMMs */
    char *cpu_type;        /* -cpu text; NULL: the class default */
    char *kernel_filename, *initrd_filename, *kernel_cmdline;
    char *bios_name;     /* NULL: search the usual places */
    char *boot_order;    /* "cd" */
    bool has_boot_order; /* -boot said it */
    char *boot_once;     /* until the first reset; NULL: as boot_order */
    bool boot_menu, boot_strict;
    uint32_t graphic_width, graphic_height, graphic_depth;
    bool nographic; /* no display asked for */
    bool default_devices;
    uint8_t uuid[16];
    GPtrArray *prom_env; /* char * "name=value" */
    GPtrArray *fw_cfg;   /* char * "name=opt/x,string=..|file=.." */
    GPtrArray *devices;  /* char * "TYPE,prop=value": -device, made after the board */
    GPtrArray *serials;  /* Chardev * or NULL, by index */
} MachineConfig;

struct MachineState {
    Object parent_obj;
    MachineConfig config;
    MemoryRegion ram;
    CPUState *cpu; /* cpu 0 */
    Clock *clock;
    GPtrArray *memory_devices; /* Object *, borrowed, in the order of plugging: memory_device.h */
    bool ready;                /* machine_init() is through */
    MachineRun *run;           /* private to hw/core/machine_run.c */
};

struct MachineClass {
    ObjectClass parent_class;
    const char *name; /* -M name */
    const char *alias;
    const char *desc;
    const char *guests; /* which guests it boots, for -M help */
    const char *default_cpu;
    const char *ram_id; /* name of the RAM region and block; NULL: "ram" */
    uint64_t default_ram_size, min_ram_size, max_ram_size;
    uint64_t persistent_base, persistent_size; /* window for memory that is no RAM; size 0: none */
    bool is_default;
    bool (*init)(MachineState *machine, Error **errp);     /* build the board */
    bool (*complete)(MachineState *machine, Error **errp); /* all of -device is there */
    void (*reset)(MachineState *machine);                  /* after the device tree was reset */
};

MachineClass *machine_class_find(const char *name, Error **errp); /* nearest name in the error */
char *machine_help(void);
MachineState *machine_get(void); /* the object at /machine */
/* Create /machine of @name; properties ("via=pmu") are set by the caller with object_property_parse. */
MachineState *machine_new(const char *name, Error **errp);
/* RAM, then class init, then reset of everything. */
bool machine_init(MachineState *machine, Error **errp);

/* --- running (hw/core/machine_run.c) ---------------------------------------------------------------- */

typedef enum MachineEvent {
    MACHINE_EVENT_POWEROFF,
    MACHINE_EVENT_RESET,
    MACHINE_EVENT_EXIT,  /* debug-exit device: status in code */
    MACHINE_EVENT_BREAK, /* stop point: its number in code; stop icount: 0 */
    MACHINE_EVENT_GUEST_TIMEOUT,
    MACHINE_EVENT_REPLAY_END,
    MACHINE_EVENT_STOPPED,
} MachineEvent;

/* Start the machine thread in RUN_PRELAUNCH. Main thread. */
void machine_start_thread(MachineState *machine);
void machine_stop_thread(MachineState *machine); /* stops, joins */
/* Main thread: called (on the main loop) for every event after the machine stopped for it. Power-off
 * and exit leave it in RUN_SHUTDOWN. A reset is carried out at the instant of the request and the
 * machine runs on, unless machine_set_no_reboot(): then it stays in RUN_SHUTDOWN too. */
void machine_set_event_hook(MachineState *machine,
                            void (*hook)(void *opaque, MachineEvent event, int code,
                                         const char *message),
                            void *opaque);
void machine_set_no_reboot(MachineState *machine, bool no_reboot);
/* Main thread: give the token away. After RUN_SHUTDOWN only a reset makes it run again. */
void machine_run(MachineState *machine);
void machine_pause(MachineState *machine); /* main thread: take the token; returns when stopped */
RunState machine_run_state(MachineState *machine);
/* Run @fn with the token: at once when stopped, else between slices on the machine thread while the
 * caller waits. Main thread. */
void machine_run_on(MachineState *machine, void (*fn)(MachineState *machine, void *opaque),
                    void *opaque);
/* False: what the guest puts out finds little room, no instruction is executed. Token holder; cheap. */
bool machine_has_headroom(const MachineState *machine);
/* One instruction; machine stopped; main thread. */
void machine_single_step(MachineState *machine);

/* Device side (machine thread): ends at the next event point. */
void machine_request_poweroff(void);
void machine_request_reset(void);
void machine_request_exit(int status);
/* Any event, e.g. MACHINE_EVENT_GUEST_TIMEOUT from a host-side timer. @message is copied. */
void machine_request_stop(MachineEvent event, int code, const char *message);
/* Tests without a machine thread: what a device asked for and nobody served yet. */
bool machine_request_pending(MachineState *machine, MachineEvent *event, int *code);
/* Reset now: tree reset, class reset. Token holder. */
void machine_reset(MachineState *machine);

/* Whole state: registry (CPU, devices, clock) and RAM. Token holder. */
void machine_save(MachineState *machine, GByteArray *out);
bool machine_load(MachineState *machine, const uint8_t *data, size_t length, Error **errp);
uint64_t machine_hash(MachineState *machine);
void machine_info_hash(MachineState *machine, GString *out, bool verbose);

#endif
