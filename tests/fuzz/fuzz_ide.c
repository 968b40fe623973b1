/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a guest's driver that misbehaves, on both IDE cells of the real board and their DMA channels.
 *
 * On the first bus a disk and a CD-ROM drive, on the second a CD-ROM drive and a disk. An input is a program: a byte
 * that says what to do, then its operands. What is missing reads 0. The board's I/O chip is reset before each input;
 * what an input left on the disks stays.
 */
#include "block/drive.h"
#include "hw/core/reset.h"
#include "memory/memory.h"
#include "tests/clock_step.h"
#include "tests/fuzz/guest_io.h"
#include "tests/fuzz/machine.h"
#include "util/bits.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MACIO UINT64_C(0x80000000)
#define PAST_RAM UINT64_C(0x04000000)
enum {
    MACIO_SLOT = 12,
    CELL = 0x20000,
    CELL_STRIDE = 0x1000,
    CHANNEL = 0x8b00,
    CHANNEL_STRIDE = 0x200
};
enum { /* what the driver has of RAM: zero at the start of each input */
       PROGRAMS = 0x100000,
       PROGRAM_SPACE = 0x1000,
       BUFFERS = 0x110000,
       ARENA_SIZE = 0x40000,
};
enum {
    MOST_STEPS = 200,
    SLICE = 100000,
    DATA = 0x00,
    HEAD = 0x60,
    COMMAND = 0x70,
    CONTROL = 0x160
};
enum {
    DMA_CONTROL = 0,
    DMA_POINTER = 0xc,
    DMA_RUN = 0x8000,
    DMA_FLUSH = 0x2000,
    DMA_WAKE = 0x1000
};
enum { PACKET = 0xa0, CDB_WORDS = 6 };

typedef struct Program {
    const uint8_t *at, *end;
    unsigned bus; /* that the next steps are about */
} Program;

/* --- bus cycles ------------------------------------------------------------------------------------------ */

static hwaddr cell_of(const Program *program)
{
    return MACIO + CELL + program->bus * (hwaddr)CELL_STRIDE;
}

static hwaddr channel_of(const Program *program)
{
    return MACIO + CHANNEL + program->bus * (hwaddr)CHANNEL_STRIDE;
}

static hwaddr descriptors_of(const Program *program)
{
    return PROGRAMS + program->bus * (hwaddr)PROGRAM_SPACE;
}

static void reset_macio(void)
{
    enum { BAR_0 = 0x10, PCI_COMMAND = 4, ALL_AND_MASTER = 7 };
    resettable_reset(object_resolve_path("/machine/macio", NULL));
    config_write(MACIO_SLOT, BAR_0, 4, (uint32_t)MACIO);
    config_write(MACIO_SLOT, PCI_COMMAND, 4, ALL_AND_MASTER);
}

/* --- operands -------------------------------------------------------------------------------------------- */

static uint32_t take(Program *program, unsigned size)
{
    return fuzz_take(&program->at, program->end, size);
}

static uint8_t take8(Program *program) { return (uint8_t)take(program, 1); }

/* RAM, the programs themselves, registers of either cell and channel, the end of RAM, nothing at all. */
static uint32_t take_address(Program *program)
{
    uint8_t kind = take8(program);
    uint32_t offset = take(program, 2);
    switch (kind % 8) {
    case 0:
    case 1:
    case 2:
        return BUFFERS + offset;
    case 3:
        return (uint32_t)descriptors_of(program) + offset % PROGRAM_SPACE;
    case 4:
        return (uint32_t)(MACIO + CELL) + offset % (2 * CELL_STRIDE);
    case 5:
        return (uint32_t)(MACIO + CHANNEL) + offset % (2 * CHANNEL_STRIDE);
    case 6:
        return (uint32_t)PAST_RAM - 0x8000 + offset;
    default:
        return offset << 16 | offset;
    }
}

/* --- the driver's steps ------------------------------------------------------------------------------------ */

static void choose_bus(Program *program) { program->bus = take8(program) & 1; }

/* Registers lie every 16 bytes; some of the 4 KiB is none. */
static hwaddr take_register(Program *program)
{
    uint16_t where = (uint16_t)take(program, 2);
    return cell_of(program) +
           (where & 0x8000 ? where & 0xfff : (where & 0x1f) * 16u + (where >> 8 & 3));
}

static void write_register(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    hwaddr addr = take_register(program);
    store(addr, size, take(program, size));
}

static void read_register(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    load(take_register(program), size);
}

static void write_channel(Program *program)
{
    unsigned where = take8(program);
    store_le(channel_of(program) + where % 0x40 / 4 * 4, 4, take(program, 4));
}

static void read_channel(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    load(channel_of(program) + take8(program) % 0x40, size);
}

static void step_time(unsigned log2_ns) { clock_step(machine_clock(), UINT64_C(1) << log2_ns); }

static void advance_time(Program *program)
{
    enum { LONGEST = 25 }; /* 32 ms */
    step_time(take8(program) % LONGEST);
}

/* The task file, the high halves first if the program says so, then @command. */
static void write_task(Program *program, uint8_t unit, uint8_t command)
{
    uint8_t shape = take8(program);
    hwaddr cell = cell_of(program);
    store(cell + HEAD, 1, (unit & 1u) << 4 | (shape & 0xe0));
    for (unsigned round = 0; round < (shape & 1 ? 2 : 1); round++) {
        for (unsigned reg = 1; reg < 6; reg++) {
            store(cell + reg * 0x10, 1, take8(program));
        }
    }
    store(cell + COMMAND, 1, command);
}

static void issue_command(Program *program)
{
    uint8_t unit = take8(program);
    write_task(program, unit, take8(program));
}

static void move_words(Program *program, unsigned count, bool is_write)
{
    for (unsigned i = 0; i < count; i++) {
        if (is_write) {
            store(cell_of(program) + DATA, 2, take(program, 2));
        } else {
            load(cell_of(program) + DATA, 2);
        }
    }
}

static void move_data(Program *program)
{
    uint8_t shape = take8(program);
    move_words(program, 1 + (shape >> 1) * 4u, shape & 1);
}

static void issue_packet(Program *program)
{
    write_task(program, take8(program), PACKET);
    step_time(16);
    move_words(program, CDB_WORDS, true);
}

/* Up to eight descriptors; a STOP behind them unless the program forgets it. */
static unsigned put_descriptors(Program *program)
{
    uint8_t shape = take8(program);
    unsigned count = 1 + shape % 8;
    hwaddr at = descriptors_of(program);
    for (unsigned i = 0; i < count; i++, at += 16) {
        uint32_t word = take(program, 2);
        store_le(at, 4, word << 16 | take(program, 2));
        store_le(at + 4, 4, take_address(program));
        store_le(at + 8, 4, shape & 0x40 ? take_address(program) : 0);
        store_le(at + 12, 4, 0);
    }
    if (!(shape & 0x80)) {
        store_le(at, 4, 0x70000000);
    }
    return count;
}

static void set_pointer(const Program *program, uint32_t addr)
{
    store_le(channel_of(program) + DMA_POINTER, 4, addr);
}

static void control(const Program *program, uint32_t mask, uint32_t value)
{
    store_le(channel_of(program) + DMA_CONTROL, 4, mask << 16 | value);
}

static void start_channel(Program *program)
{
    uint8_t shape = take8(program);
    control(program, DMA_RUN, 0);
    put_descriptors(program);
    set_pointer(program, shape & 1 ? take_address(program) : (uint32_t)descriptors_of(program));
    control(program, DMA_RUN | DMA_WAKE, DMA_RUN | DMA_WAKE);
}

/* As a driver that knows what it does, but for the operands. */
static void transfer(Program *program)
{
    static const uint8_t commands[] = {0xc8, 0xca, 0x25, 0x35};
    uint8_t shape = take8(program);
    if (shape & 0x40) {
        start_channel(program);
    }
    write_task(program, shape >> 7, commands[shape % G_N_ELEMENTS(commands)]);
    if (!(shape & 0x40)) {
        start_channel(program);
    }
    step_time(shape & 0x20 ? 8 : 17);
}

static void stop_channel(Program *program)
{
    uint8_t shape = take8(program);
    if (shape & 1) {
        control(program, DMA_FLUSH, DMA_FLUSH);
    }
    if (shape & 2) {
        step_time(shape >> 4);
    }
    control(program, DMA_RUN, 0);
}

/* Anything, anywhere in the programs and buffers. */
static void mutate(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    hwaddr addr = PROGRAMS + take(program, 3) % (ARENA_SIZE - 8);
    store(addr, size, take(program, size));
}

static void reset_device(Program *program)
{
    uint8_t shape = take8(program);
    if (shape & 1) {
        reset_macio();
        return;
    }
    store(cell_of(program) + CONTROL, 1, 4 | (shape & 2));
    if (shape & 4) {
        step_time(shape >> 4);
    }
    store(cell_of(program) + CONTROL, 1, shape & 8 ? 2 : 0);
}

static void turn(Program *program G_GNUC_UNUSED) { fuzz_machine_turn(); }

/* --- inputs --------------------------------------------------------------------------------------------------- */

static void run(Program *program)
{
    static void (*const steps[])(Program *program) = {
        choose_bus, write_register, read_register, write_channel, read_channel, advance_time,
        move_data,  issue_command,  issue_packet,  start_channel, transfer,     stop_channel,
        mutate,     reset_device,   turn,          transfer,
    };
    for (unsigned n = 0; n < MOST_STEPS && program->at < program->end; n++) {
        steps[take8(program) % G_N_ELEMENTS(steps)](program);
    }
}

static void add_drives(MachineState *machine)
{
    enum { SIZE = 1 << 20 };
    static const struct {
        const char *file, *options;
    } drives[] = {{"a.img", "index=0"},
                  {"b.iso", "index=1,media=cdrom"},
                  {"c.iso", "index=2,media=cdrom"},
                  {"d.img", "index=3"}};
    g_autofree char *bytes = g_malloc0(SIZE);
    for (unsigned i = 0; i < G_N_ELEMENTS(drives); i++) {
        g_autofree char *text = g_strdup_printf("if=ide,format=raw,file=%s,%s", drives[i].file,
                                                drives[i].options);
        g_assert(g_file_set_contents(drives[i].file, bytes, SIZE, NULL));
        g_assert(block_add_drive(text, machine->config.devices, &error_abort));
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_machine_init_with(*argc, *argv, add_drives);
    clock_set_slice(machine_clock(), SLICE); /* no code runs: nobody looks for requests */
    clock_set_running(machine_clock(), true);
    reset_macio();
    g_assert(load(MACIO + CELL + COMMAND, 1) != 0xff); /* the cells are there */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[ARENA_SIZE];
    Program program = {.at = data, .end = data + size};
    address_space_poke(address_space_memory(), PROGRAMS, zeros, sizeof(zeros));
    reset_macio();
    run(&program);
    step_time(20);
    fuzz_machine_turn();
    return 0;
}
