/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a guest's driver that misbehaves, on every virtio device of the real board.
 *
 * The first byte chooses the device (all types below "virtio-pci", sorted by name), the rest is a program:
 * a byte that says what to do, then its operands. What is missing reads 0. The device is plugged for each
 * input and unplugged behind it; CORE99_FUZZ_DEVICE=virtio-blk-pci chooses it for a whole campaign; its back end stays: a small image, a folder, a hub without a peer, a null
 * character device, a memory back end.
 */
#include "block/drive.h"
#include "hw/pci/pci.h"
#include "hw/virtio/fsdev.h"
#include "hw/virtio/virtio_pci.h"
#include "net/net.h"
#include "tests/clock_step.h"
#include "tests/fuzz/guest_io.h"
#include "tests/fuzz/machine.h"
#include "util/log.h"

#include <glib/gstdio.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BAR_IO UINT64_C(0x2000)
#define LEGACY (UINT64_C(0xf2000000) + BAR_IO)
#define MODERN UINT64_C(0x84000000)
enum { SLOT = 16 };
enum { /* what the program's driver has of RAM: zero at the start of each input */
       ARENA = 0x100000,
       ARENA_SIZE = 0x80000,
       QUEUE_SPACE = 0x8000,
       QUEUES = 8,
       TABLES = ARENA + QUEUES * QUEUE_SPACE, /* indirect descriptors */
       BUFFERS = TABLES + 0x8000
};
enum { MOST_STEPS = 200, FOLDER_EVERY = 32, SLICE = 100000 };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

typedef struct Program {
    const uint8_t *at, *end;
    DeviceState *dev; /* NULL: unplugged */
    const char *type;
    bool modern;
    unsigned size[QUEUES]; /* entries of each queue */
    uint16_t next[QUEUES], avail[QUEUES];
    unsigned buffer; /* where the next one goes */
} Program;

/* --- the types, and what each is plugged with -------------------------------------------------------- */

static GPtrArray *types; /* char * */

/* Options by type; a type that is not here needs none. */
static const struct {
    const char *type, *options, *child;
} wiring[] = {
    {"virtio-9p-pci", ",fsdev=folder,mount_tag=tag", NULL},
    {"virtio-blk-pci", ",drive=disk", NULL},
    {"virtio-net-pci", ",netdev=hub", NULL},
    {"virtio-pmem-pci", ",memdev=memory", NULL},
    {"virtio-scsi-pci", "", "scsi-hd,drive=scsi"},
    {"virtio-serial-pci", "", "virtconsole,chardev=null"},
};

static void make_image(const char *name)
{
    enum { SIZE = 1 << 20 };
    g_autofree char *bytes = g_malloc0(SIZE);
    g_assert(g_file_set_contents(name, bytes, SIZE, NULL));
}

static void make_back_ends(void)
{
    make_image("disk.img");
    make_image("scsi.img");
    g_mkdir("folder", 0700);
    block_add_drive("file=disk.img,format=raw,if=none,id=disk", NULL, &error_abort);
    block_add_drive("file=scsi.img,format=raw,if=none,id=scsi", NULL, &error_abort);
    fsdev_add("local,id=folder,path=folder,security_model=none", &error_abort);
    net_client_add("hubport,id=hub,hubid=0", &error_abort);
    g_assert(chardev_new_from_str("null,id=null", &error_abort));
    g_assert(user_creatable_add_from_str("memory-backend-ram,id=memory,size=1M", &error_abort));
}

static void find_types(void)
{
    g_autoptr(GSList) classes = object_class_get_list(TYPE_VIRTIO_PCI, false);
    types = g_ptr_array_new();
    for (GSList *e = classes; e; e = e->next) {
        g_ptr_array_add(types, (char *)object_class_get_name(e->data));
    }
}

static void plug(Program *program)
{
    const char *options = "", *child = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(wiring); i++) {
        if (g_str_equal(wiring[i].type, program->type)) {
            options = wiring[i].options;
            child = wiring[i].child;
        }
    }
    g_autofree char *text = g_strdup_printf("%s,id=fuzz,addr=%x%s", program->type, SLOT, options);
    program->dev = qdev_device_add(text, &error_abort);
    if (child) {
        qdev_device_add(child, &error_abort);
    }
}

static void unplug(Program *program)
{
    if (program->dev) {
        qdev_unplug(program->dev, &error_abort);
        program->dev = NULL;
    }
}

/* --- bus cycles ------------------------------------------------------------------------------------------ */

/* Numbers of rings: legacy ones are big-endian here. */
static void store_ring(const Program *program, hwaddr addr, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned shift = 8 * (program->modern ? i : size - 1 - i);
        store(addr + i, 1, value >> shift & 0xff);
    }
}

static void set_command(uint32_t value) { config_write(SLOT, PCI_COMMAND, 2, value); }

static void map_bars(void)
{
    config_write(SLOT, PCI_BASE_ADDRESS_0, 4, (uint32_t)BAR_IO);
    config_write(SLOT, PCI_BASE_ADDRESS_0 + 16, 4, (uint32_t)MODERN);
    set_command(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* --- operands -------------------------------------------------------------------------------------------- */

static uint32_t take(Program *program, unsigned size)
{
    return fuzz_take(&program->at, program->end, size);
}

static uint8_t take8(Program *program) { return (uint8_t)take(program, 1); }

static unsigned take_queue(Program *program) { return take8(program) % QUEUES; }

/* --- the driver's steps ------------------------------------------------------------------------------------ */

static hwaddr register_of(Program *program)
{
    uint16_t where = (uint16_t)take(program, 2);
    return where & 0x8000 ? LEGACY + (where & 0x7f) : MODERN + (where & 0x3fff);
}

static void write_register(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    hwaddr addr = register_of(program);
    store_le(addr, size, take(program, size));
}

static void read_register(Program *program)
{
    unsigned size = 1u << take8(program) % 3;
    load(register_of(program), size);
}

static void write_config(Program *program)
{
    unsigned reg = take8(program), size = 1u << take8(program) % 3;
    config_write(SLOT, reg & ~(size - 1), size, take(program, size));
}

static void set_status(const Program *program, uint8_t status)
{
    store(program->modern ? MODERN + 20 : LEGACY + 18, 1, status);
}

static void accept_features(const Program *program, uint32_t low, uint32_t high)
{
    if (!program->modern) {
        store_le(LEGACY + 4, 4, low);
        return;
    }
    store_le(MODERN + 8, 4, 0);
    store_le(MODERN + 12, 4, low);
    store_le(MODERN + 8, 4, 1);
    store_le(MODERN + 12, 4, high | 1);
}

/* Reset, and everything up to FEATURES_OK. */
static void start_driver(Program *program)
{
    uint8_t flags = take8(program);
    program->modern = flags & 1;
    map_bars();
    set_status(program, 0);
    set_status(program, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
    uint32_t low = flags & 2 ? 0xffffffff : take(program, 4);
    uint32_t high = flags & 4 ? take8(program) : 0;
    accept_features(program, low, high);
    set_status(program,
               VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK);
    memset(program->next, 0, sizeof(program->next));
    memset(program->avail, 0, sizeof(program->avail));
}

static hwaddr ring_of(unsigned queue) { return ARENA + queue * (hwaddr)QUEUE_SPACE; }

static hwaddr avail_of(const Program *program, unsigned queue)
{
    return ring_of(queue) + 16 * (hwaddr)program->size[queue];
}

static hwaddr used_of(const Program *program, unsigned queue)
{
    return align_up(avail_of(program, queue) + 6 + 2 * (hwaddr)program->size[queue], 4096);
}

static void set_ring(hwaddr reg, hwaddr addr)
{
    store_le(reg, 4, (uint32_t)addr);
    store_le(reg + 4, 4, 0);
}

/* Legacy devices say how many entries there are; a modern driver may choose. */
static void set_up_queue(Program *program)
{
    unsigned queue = take_queue(program);
    unsigned wanted = 1u << take8(program) % 9;
    if (!program->modern) {
        store_le(LEGACY + 14, 2, queue);
        unsigned offered = __builtin_bswap16((uint16_t)load(LEGACY + 12, 2));
        program->size[queue] = offered <= 256 && offered ? offered : 1;
        store_le(LEGACY + 8, 4, (uint32_t)(ring_of(queue) >> 12));
        return;
    }
    program->size[queue] = wanted;
    store_le(MODERN + 22, 2, queue);
    store_le(MODERN + 24, 2, wanted);
    set_ring(MODERN + 32, ring_of(queue));
    set_ring(MODERN + 40, avail_of(program, queue));
    set_ring(MODERN + 48, used_of(program, queue));
    store_le(MODERN + 28, 2, 1);
}

static void set_driver_ok(Program *program)
{
    set_status(program, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
                            VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void kick_queue(const Program *program, unsigned queue)
{
    program->modern ? store_le(MODERN + 0x3000 + 4 * (hwaddr)queue, 2, queue)
                    : store_le(LEGACY + 16, 2, queue);
}

static void kick(Program *program) { kick_queue(program, take_queue(program)); }

typedef struct Desc {
    hwaddr addr;
    uint32_t length;
    uint16_t flags, next;
} Desc;

static void put_desc(const Program *program, hwaddr table, unsigned n, Desc desc)
{
    hwaddr at = table + 16 * (hwaddr)n;
    store_ring(program, at, 8, desc.addr);
    store_ring(program, at + 8, 4, desc.length);
    store_ring(program, at + 12, 2, desc.flags);
    store_ring(program, at + 14, 2, desc.next);
}

static void make_available(Program *program, unsigned queue, uint16_t head)
{
    hwaddr avail = avail_of(program, queue);
    unsigned entry = program->avail[queue] % program->size[queue];
    store_ring(program, avail + 4 + 2 * (hwaddr)entry, 2, head);
    store_ring(program, avail + 2, 2, ++program->avail[queue]);
}

/* A buffer with contents from the program; its length is what it says, at most 64 KiB less one. */
static Desc take_buffer(Program *program)
{
    uint8_t shape = take8(program);
    Desc desc = {.flags = shape & 1 ? DESC_WRITE : 0, .length = shape >> 2};
    if (shape & 2) {
        desc.length = take(program, 2);
    }
    desc.addr = BUFFERS + program->buffer % 0x20000;
    program->buffer += (desc.length + 15) & ~15u;
    unsigned count = MIN(desc.length, desc.flags ? 0 : 64);
    for (unsigned i = 0; i < count && program->at < program->end; i++) {
        store(desc.addr + i, 1, take8(program));
    }
    return desc;
}

/* A valid chain of up to four buffers; in a table of its own if the program says so. */
static void add_request(Program *program)
{
    unsigned queue = take_queue(program), shape = take8(program), count = 1 + (shape & 3);
    unsigned size = program->size[queue];
    bool indirect = shape & 4;
    hwaddr table = indirect ? TABLES + 64 * (hwaddr)(program->next[queue] % 64) : ring_of(queue);
    uint16_t first = indirect ? 0 : program->next[queue], head = program->next[queue];
    for (unsigned i = 0; i < count; i++) {
        unsigned here = indirect ? i : (first + i) % size;
        Desc desc = take_buffer(program);
        desc.flags |= i + 1 < count ? DESC_NEXT : 0;
        desc.next = (uint16_t)(indirect ? i + 1 : (first + i + 1) % size);
        put_desc(program, table, here, desc);
    }
    if (indirect) {
        put_desc(program, ring_of(queue), head,
                 (Desc){.addr = table, .length = 16 * count, .flags = DESC_INDIRECT});
    }
    program->next[queue] = (uint16_t)((head + (indirect ? 1 : count)) % size);
    make_available(program, queue, head);
    if (!(shape & 8)) {
        kick_queue(program, queue);
    }
}

/* Anything, anywhere in the rings and their buffers. */
static void mutate(Program *program)
{
    unsigned size = 1u << take8(program) % 4;
    hwaddr addr = ARENA + take(program, 3) % (ARENA_SIZE - 8);
    uint64_t value = take(program, MIN(size, 4));
    if (size == 8) {
        value = value << 32 | take(program, 4);
    }
    store(addr, size, value);
}

static void advance_time(Program *program)
{
    enum { LONGEST = 25 }; /* 32 ms: timers of microseconds must not make an input slow */
    clock_step(machine_clock(), UINT64_C(1) << take8(program) % LONGEST);
}

static void toggle_master(Program *program) { set_command(take8(program) & 7); }

static void reset_device(Program *program) { set_status(program, 0); }

static void replug(Program *program)
{
    unplug(program);
    if (take8(program) & 1) {
        load(MODERN + 20, 1);
        store_le(MODERN + 0x3000, 2, 0);
    }
    plug(program);
    map_bars();
}

static void turn(Program *program G_GNUC_UNUSED) { fuzz_machine_turn(); }

/* --- inputs --------------------------------------------------------------------------------------------------- */

static void empty_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        if (g_file_test(inside, G_FILE_TEST_IS_DIR) &&
            !g_file_test(inside, G_FILE_TEST_IS_SYMLINK)) {
            g_chmod(inside, 0700);
            empty_folder(inside);
            g_rmdir(inside);
        } else {
            g_unlink(inside);
        }
    }
}

static void run(Program *program)
{
    static void (*const steps[])(Program *program) = {
        write_register, read_register, write_config, start_driver, set_up_queue,  set_driver_ok,
        kick,           add_request,   mutate,       advance_time, toggle_master, reset_device,
        replug,         turn,          add_request,  add_request,
    };
    for (unsigned n = 0; n < MOST_STEPS && program->at < program->end; n++) {
        steps[take8(program) % G_N_ELEMENTS(steps)](program);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_machine_init(*argc, *argv);
    make_back_ends();
    find_types();
    clock_set_slice(machine_clock(), SLICE); /* no code runs: nobody looks for requests */
    clock_set_running(machine_clock(), true);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned inputs;
    static const uint8_t zeros[ARENA_SIZE];
    if (size == 0) {
        return 0;
    }
    Program program = {.at = data + 1, .end = data + size};
    const char *only = g_getenv("CORE99_FUZZ_DEVICE");
    program.type = only ? only : g_ptr_array_index(types, *data % types->len);
    for (unsigned i = 0; i < QUEUES; i++) {
        program.size[i] = 16;
    }
    address_space_poke(address_space_memory(), ARENA, zeros, sizeof(zeros));
    plug(&program);
    map_bars();
    run(&program);
    clock_step(machine_clock(), 1 << 20);
    unplug(&program);
    fuzz_machine_turn();
    if (++inputs % FOLDER_EVERY == 0) {
        empty_folder("folder");
    }
    return 0;
}
