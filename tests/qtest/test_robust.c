/* SPDX-License-Identifier: MIT */
/*
 * A hostile guest on the whole board: accesses of every size, aligned and not, with several values, to
 * every register. Nothing may crash, hang or grow; the guest may only ask for power-off or reset.
 */
#include "tests/qtest/board.h"

#include <criterion/criterion.h>
#include <malloc.h>

TestSuite(robust, .timeout = 600);

/* Of what is larger only both ends: a window in which nobody answers is the same all over. */
enum { WHOLE = 1 << 20, END = 1 << 12 };

typedef struct Range {
    hwaddr addr;
    uint64_t size;
} Range;

static GArray *found;

static void region_add(G_GNUC_UNUSED MemoryListener *listener, const MemoryRegionSection *section)
{
    Range range = {section->offset_within_address_space, section->size};
    Range end = {range.addr + range.size - END, END};

    if (memory_region_is_ram(section->mr)) {
        return;
    }
    if (range.size > WHOLE) {
        range.size = END;
        g_array_append_val(found, end);
    }
    g_array_append_val(found, range);
}

/* What answers as a device, by address. */
static GArray *device_ranges(void)
{
    MemoryListener listener = {.region_add = region_add};

    found = g_array_new(false, false, sizeof(Range));
    memory_listener_register(&listener, address_space_memory());
    listener.region_add = NULL;
    memory_listener_unregister(&listener);
    return found;
}

static const uint64_t values[] = {0, UINT64_MAX, UINT64_C(0xa55a3cc30ff01281),
                                  UINT64_C(0x8000800080008000)};

static void touch(hwaddr addr, uint64_t value)
{
    AddressSpace *as = address_space_memory();
    uint64_t got;

    for (unsigned size = 1; size <= 8; size *= 2) {
        for (unsigned skew = 0; skew < 4; skew += 3) {
            address_space_load(as, addr + skew, size, &got);
            address_space_store(as, addr + skew, size, value >> (64 - 8 * size));
            address_space_load(as, addr + skew, size, &got);
        }
    }
}

/* Puts back what configuration cycles and power commands may have taken away. */
static void restore(void)
{
    board_map_macio();
    qtest_clock_step(100000);
}

static void touch_ranges(const GArray *ranges)
{
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        for (size_t v = 0; v < G_N_ELEMENTS(values); v++) {
            restore();
            for (hwaddr offset = 0; offset < range->size; offset += 4) {
                touch(range->addr + offset, values[v]);
            }
        }
    }
    restore();
}

static size_t heap_used(void) { return mallinfo2().uordblks; }

static void attack(const char *via)
{
    MachineState *board = board_start(via);
    GArray *ranges = device_ranges();

    cr_assert_geq(ranges->len, 17, "%u device ranges", ranges->len);
    touch_ranges(ranges);
    size_t used = heap_used();
    touch_ranges(ranges);
    size_t now = heap_used();
    cr_assert(now < used + (256 << 10), "heap grew from %zu to %zu bytes", used, now);
    qtest_clock_step(10000000);
    machine_reset(board);
    board_map_macio();
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
    cr_assert_eq(qtest_readl(0xf8000000), 7);
}

Test(robust, board_with_cuda_survives_accesses_of_every_size_everywhere) { attack("cuda"); }

Test(robust, board_with_pmu_survives_accesses_of_every_size_everywhere) { attack("pmu"); }

/* Every register of every function, by every form of the address. */
Test(robust, configuration_space_survives_every_write)
{
    static const uint32_t forms[] = {0x80000000, 0x00000001, 0x00000000};
    MachineState *board = board_start("cuda");

    for (unsigned slot = 10; slot < 16; slot++) {
        for (unsigned reg = 0; reg < 256; reg += 4) {
            for (size_t form = 0; form < G_N_ELEMENTS(forms); form++) {
                uint32_t select = form == 2 ? 1u << slot : slot << 11;
                for (size_t v = 0; v < G_N_ELEMENTS(values); v++) {
                    qtest_writel_le(0xf2800000, forms[form] | select | reg);
                    touch(0xf2c00000, values[v]);
                    touch(0xf2c00004, values[v]);
                }
            }
        }
    }
    machine_reset(board);
    board_map_macio();
    cr_assert_eq(board_config_read(12, 0, 4), 0x0022106b);
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

/* A pseudo-random guest: the same in every run. */
Test(robust, board_survives_a_million_random_accesses)
{
    MachineState *board = board_start("pmu-adb");
    GArray *ranges = device_ranges();
    uint64_t state = 99, got;

    for (unsigned i = 0; i < 1000000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t pick = state >> 20;
        const Range *range = &g_array_index(ranges, Range, pick % ranges->len);
        hwaddr addr = range->addr + (pick >> 8) % range->size;
        unsigned size = 1u << (pick >> 5 & 3);
        if (pick & 1) {
            address_space_store(address_space_memory(), addr, size, state * 31);
        } else {
            address_space_load(address_space_memory(), addr, size, &got);
        }
        if (i % 1000 == 0) {
            restore();
        }
    }
    machine_reset(board);
    board_map_macio();
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

/* Descriptors, their data and the registers are all noise. */
Test(robust, dma_survives_programs_of_noise)
{
    board_start("cuda");
    uint64_t state = 7;

    for (unsigned round = 0; round < 300; round++) {
        for (hwaddr addr = 0x1000; addr < 0x2000; addr += 4) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            uint32_t word = (uint32_t)(state >> 32);
            if (addr % 16 ==
                4) { /* addresses that hit something: RAM, MacIO, the ports of the hosts */
                static const uint32_t near[] = {0x1000, 0x80000000, 0xf2800000, 0xf2c00000};
                word = near[word & 3] + (word >> 8 & 0x3fffc);
            } else if (addr % 16 == 8) {
                word = word & 1 ? 0x1000 | (word & 0xff0) : word;
            }
            qtest_writel_le(addr, word);
        }
        hwaddr channel = 0x80008000 + 0x80 * (round % 32);
        qtest_writel_le(channel, 0x80000000);
        qtest_writel_le(channel + 0x0c, 0x1000 + 16 * (round % 200));
        qtest_writel_le(channel, 0x90009000);
        qtest_clock_step(20000);
        board_map_macio();
    }
    cr_assert_eq(qtest_readl(0xf8000000), 7);
}

/* --- reset and loaded states ------------------------------------------------------------------------ */

static uint64_t random_state = 1;
static uint32_t random_word(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 32);
}

/* Stores and loads of random sizes, values and places; time passes. */
static void poke_at_random(const GArray *ranges, unsigned count)
{
    uint64_t got;

    for (unsigned i = 0; i < count; i++) {
        const Range *range = &g_array_index(ranges, Range, random_word() % ranges->len);
        hwaddr addr = range->addr + random_word() % range->size;
        unsigned size = 1u << random_word() % 3;
        if (random_word() & 1) {
            address_space_store(address_space_memory(), addr, size, random_word());
        } else {
            address_space_load(address_space_memory(), addr, size, &got);
        }
        if (i % 64 == 0) {
            restore();
        }
    }
}

/* Instants, and what a battery keeps. */
static bool may_differ_after_reset(const char *line)
{
    static const char *const words[] = {"clock",  "_ns",         "timer@",        "load_tick",
                                        "cpu[0]", "macio-nvram", "rtc_difference"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(line, words[i])) {
            return true;
        }
    }
    return false;
}

static char **state_after_reset(MachineState *board)
{
    g_autoptr(GString) out = g_string_new(NULL);

    machine_reset(board);
    vmstate_registry_dump(machine_vmstate(), out);
    return g_strsplit(out->str, "\n", -1);
}

static void check_reset(const char *via)
{
    MachineState *board = board_start(via);
    GArray *ranges = device_ranges();
    g_auto(GStrv) fresh = state_after_reset(board);

    board_map_macio();
    poke_at_random(ranges, 300000);
    g_auto(GStrv) used = state_after_reset(board);
    cr_assert_eq(g_strv_length(used), g_strv_length(fresh));
    for (size_t i = 0; fresh[i]; i++) {
        cr_expect(may_differ_after_reset(fresh[i]) || strcmp(fresh[i], used[i]) == 0, "%s, was %s",
                  used[i], fresh[i]);
    }
}

Test(robust, reset_leaves_nothing_of_what_a_guest_did_with_cuda) { check_reset("cuda"); }

Test(robust, reset_leaves_nothing_of_what_a_guest_did_with_pmu) { check_reset("pmu-adb"); }

static int collect_device(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);

    if (dev && dev->realized && DEVICE_GET_CLASS(dev)->vmsd && !object_dynamic_cast(obj, "cpu")) {
        g_ptr_array_add(opaque, dev);
    }
    return 0;
}

/* Loads @state with some bytes changed; returns whether it was accepted. */
static bool load_damaged(DeviceState *dev, const GByteArray *state)
{
    g_autofree uint8_t *copy = g_memdup2(state->data, state->len);
    VMStateReader in = {.data = copy, .length = state->len};
    Error *err = NULL;

    for (unsigned n = 1 + random_word() % 3; n; n--) {
        copy[random_word() % state->len] = (uint8_t)(random_word() & 1 ? 0xff : random_word());
    }
    bool ok = vmstate_load(DEVICE_GET_CLASS(dev)->vmsd, dev, &in, &err);
    error_free(err);
    return ok;
}

/* A state that is refused half loaded is followed by a reset; one that is accepted must do no harm. */
static void check_damaged_states(const char *via)
{
    MachineState *board = board_start(via);
    GArray *ranges = device_ranges();
    g_autoptr(GPtrArray) devices = g_ptr_array_new();
    unsigned accepted = 0;

    object_child_foreach_recursive(OBJECT(board), collect_device, devices);
    for (unsigned round = 0; round < 1500; round++) {
        DeviceState *dev = g_ptr_array_index(devices, round % devices->len);
        g_autoptr(GByteArray) state = g_byte_array_new();
        poke_at_random(ranges, 30);
        vmstate_save(DEVICE_GET_CLASS(dev)->vmsd, dev, state);
        if (load_damaged(dev, state)) {
            accepted++;
        } else {
            machine_reset(board);
        }
        poke_at_random(ranges, 100);
    }
    cr_expect_geq(accepted, 100);
    machine_reset(board);
    board_map_macio();
    cr_assert_eq(qtest_readl_le(0x80041000), 0x003f0002);
}

Test(robust, damaged_states_of_devices_do_no_harm_with_cuda) { check_damaged_states("cuda"); }

Test(robust, damaged_states_of_devices_do_no_harm_with_pmu) { check_damaged_states("pmu-adb"); }
