/* SPDX-License-Identifier: MIT */
/* The machine thread: running, pausing, jobs, requests of devices, events on the main loop. */
#include "chardev/chardev.h"
#include "hw/core/machine.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TYPE_FAKE_CPU "test-run-cpu"

/* Executes nothing, counts instructions, and makes a request at a given one. */
typedef struct FakeCpu {
    CPUState parent_obj;
    uint64_t request_at;
    MachineEvent request;
    unsigned resets;
} FakeCpu;

static void fake_step(CPUState *cpu)
{
    FakeCpu *fake = (FakeCpu *)cpu;
    uint64_t *icount = clock_icount(cpu->clock);
    if (++*icount == fake->request_at) {
        machine_request_stop(fake->request, 7, "because");
    }
    if (*icount >= clock_deadline(cpu->clock)) {
        clock_service(cpu->clock);
    }
}

static CpuExit fake_run(CPUState *cpu)
{
    for (;;) {
        uint64_t icount = *clock_icount(cpu->clock);
        if (icount >= clock_stop_icount(cpu->clock)) {
            return CPU_EXIT_STOP_ICOUNT;
        }
        fake_step(cpu);
        if (cpu->exit_request) {
            return CPU_EXIT_REQUEST;
        }
        if (clock_kicked(cpu->clock)) {
            return CPU_EXIT_SLICE;
        }
    }
}

static void fake_reset(DeviceState *dev) { ((FakeCpu *)dev)->resets++; }

static void fake_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->reset = fake_reset;
    CPU_CLASS(klass)->run = fake_run;
    CPU_CLASS(klass)->step = fake_step;
}

static const TypeInfo fake_cpu_info = {
    .name = TYPE_FAKE_CPU,
    .parent = TYPE_CPU,
    .instance_size = sizeof(FakeCpu),
    .class_init = fake_class_init,
};

static bool runmac_init(MachineState *machine, Error **errp)
{
    machine->cpu = CPU(qdev_new(TYPE_FAKE_CPU));
    return qdev_realize_and_unref(DEVICE(machine->cpu), NULL, errp);
}

static void runmac_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MACHINE_CLASS(klass)->name = "test-runmac";
    MACHINE_CLASS(klass)->default_ram_size = 1 << 20;
    MACHINE_CLASS(klass)->init = runmac_init;
}

static const TypeInfo runmac_info = {
    .name = MACHINE_TYPE_NAME("test-runmac"),
    .parent = TYPE_MACHINE,
    .class_init = runmac_class_init,
};

DEFINE_TYPE(fake_cpu_info)
DEFINE_TYPE(runmac_info)

static MachineState *machine;
static FakeCpu *cpu;

typedef struct Heard {
    MachineEvent event;
    int code;
    char *message;
} Heard;

static Heard queue[64]; /* one iteration of the main loop may bring several */
static unsigned arrived, taken;
static Heard heard;

static void hear(G_GNUC_UNUSED void *opaque, MachineEvent event, int code, const char *message)
{
    queue[arrived++ % 64] = (Heard){event, code, g_strdup(message)};
}

static void setup(void)
{
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    machine = machine_new("test-runmac", &error_abort);
    machine_init(machine, &error_abort);
    cpu = (FakeCpu *)machine->cpu;
    machine_set_event_hook(machine, hear, NULL);
    machine_start_thread(machine);
}

static void teardown(void) { machine_stop_thread(machine); }

TestSuite(machine_run, .init = setup, .fini = teardown, .timeout = 120);

static void wait_for_event(void)
{
    while (arrived == taken) {
        g_main_context_iteration(NULL, true);
    }
    heard = queue[taken++ % 64];
}

static uint64_t icount(void) { return *clock_icount(machine->clock); }

Test(machine_run, nothing_runs_before_it_is_told_to)
{
    cr_assert_eq(machine_run_state(machine), RUN_PRELAUNCH);
    cr_assert_eq(icount(), 0);
    machine_pause(machine);
    cr_assert_eq(machine_run_state(machine), RUN_PRELAUNCH);
}

Test(machine_run, pause_stops_between_instructions_and_is_told)
{
    for (unsigned i = 1; i <= 50; i++) {
        uint64_t before = icount();
        machine_run(machine);
        g_usleep(i % 3 * 100);
        machine_pause(machine);
        cr_assert_eq(machine_run_state(machine), RUN_PAUSED);
        uint64_t after = icount();
        cr_assert_geq(after, before);
        wait_for_event();
        cr_assert_eq(heard.event, MACHINE_EVENT_STOPPED);
        cr_assert_eq(icount(), after);
    }
}

Test(machine_run, machine_stops_exactly_at_an_instruction_count)
{
    clock_set_stop_icount(machine->clock, 123456);
    machine_run(machine);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_BREAK);
    cr_assert_eq(machine_run_state(machine), RUN_PAUSED);
    cr_assert_eq(icount(), 123456);
}

Test(machine_run, device_request_ends_the_run_at_its_instruction)
{
    cpu->request_at = 5000;
    cpu->request = MACHINE_EVENT_EXIT;
    machine_run(machine);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_EXIT);
    cr_assert_eq(heard.code, 7);
    cr_assert_str_eq(heard.message, "because");
    cr_assert_eq(icount(), 5000);
    cr_assert_eq(machine_run_state(machine), RUN_SHUTDOWN);
    machine_run(machine);
    cr_assert_eq(machine_run_state(machine), RUN_SHUTDOWN);
    machine_reset(machine);
    machine_run(machine);
    cr_assert_eq(machine_run_state(machine), RUN_RUNNING);
}

Test(machine_run, reset_request_resets_and_runs_on)
{
    unsigned before = cpu->resets;
    cpu->request_at = 5000;
    cpu->request = MACHINE_EVENT_RESET;
    clock_set_stop_icount(machine->clock, 6000);
    machine_run(machine);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_RESET);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_BREAK);
    cr_assert_eq(icount(), 6000);
    cr_assert_eq(cpu->resets, before + 1);
}

Test(machine_run, reset_request_stops_without_reboot)
{
    unsigned before = cpu->resets;
    cpu->request_at = 5000;
    cpu->request = MACHINE_EVENT_RESET;
    machine_set_no_reboot(machine, true);
    machine_run(machine);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_RESET);
    cr_assert_eq(machine_run_state(machine), RUN_SHUTDOWN);
    cr_assert_eq(cpu->resets, before);
    cr_assert_eq(icount(), 5000);
}

static GThread *job_thread;
static uint64_t job_icount;

static void job(MachineState *m, void *opaque)
{
    job_thread = g_thread_self();
    job_icount = *clock_icount(m->clock);
    ++*(unsigned *)opaque;
}

Test(machine_run, job_runs_here_when_stopped_and_on_the_machine_thread_when_running)
{
    unsigned count = 0;
    machine_run_on(machine, job, &count);
    cr_assert_eq(job_thread, g_thread_self());
    machine_run(machine);
    for (int i = 0; i < 50; i++) {
        machine_run_on(machine, job, &count);
        cr_assert_neq(job_thread, g_thread_self());
    }
    cr_assert_eq(count, 51);
    cr_assert_eq(machine_run_state(machine), RUN_RUNNING);
    machine_pause(machine);
    cr_assert_geq(icount(), job_icount);
}

/* Nobody reads the fifo: once the pipe is full, so is the ring, and the guest stands still. */
static Chardev *new_stuck_chardev(void)
{
    g_autofree char *folder = g_dir_make_tmp("core99-run.XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "fifo", NULL);
    g_autofree char *text = g_strdup_printf("file:%s", path);
    static char much[CHARDEV_RING_SIZE];
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_geq(open(path, O_RDONLY | O_NONBLOCK), 0);
    Chardev *chr = chardev_claim(chardev_new_legacy("stuck", text, &error_abort), &error_abort);
    while (chardev_write(chr, much, sizeof(much)) > 0) {
        chardev_flush_all(1);
    }
    cr_assert_not(chardev_has_headroom(chardev_core()));
    cr_assert(unlink(path) == 0 && rmdir(folder) == 0);
    return chr;
}

Test(machine_run, full_output_ring_holds_up_the_guest_but_no_order)
{
    unsigned count = 0;
    machine_run(machine);
    new_stuck_chardev();
    machine_run_on(machine, job, &count);
    uint64_t before = icount();
    machine_run_on(machine, job, &count);
    g_usleep(10000);
    machine_run_on(machine, job, &count);
    cr_assert_eq(count, 3);
    cr_assert_eq(job_icount, before);
    machine_pause(machine);
    cr_assert_eq(machine_run_state(machine), RUN_PAUSED);
    machine_run(machine);
}

Test(machine_run, single_step_executes_one_instruction_and_serves_requests)
{
    machine_single_step(machine);
    cr_assert_eq(icount(), 1);
    cpu->request_at = 2;
    cpu->request = MACHINE_EVENT_POWEROFF;
    machine_single_step(machine);
    cr_assert_eq(machine_run_state(machine), RUN_SHUTDOWN);
    wait_for_event();
    cr_assert_eq(heard.event, MACHINE_EVENT_POWEROFF);
}

Test(machine_run, first_request_counts_but_outranks_a_reset)
{
    MachineEvent event;
    int code;
    cr_assert_not(machine_request_pending(machine, &event, &code));
    machine_request_reset();
    machine_request_exit(3);
    machine_request_poweroff();
    cr_assert(machine_request_pending(machine, &event, &code));
    cr_assert(event == MACHINE_EVENT_EXIT && code == 3);
}
