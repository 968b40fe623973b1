/* SPDX-License-Identifier: MIT */
/* Register banks: decoding, masks, byte lanes, hooks, text. */
#include "hw/core/regbank.h"
#include "util/log.h"

#include <criterion/criterion.h>

#define TYPE_TEST_UART "test-regbank-device"

typedef struct Uart {
    DeviceState parent_obj;
    MemoryRegion mmio;
    uint32_t control, status;
    uint16_t baud;
    uint8_t scratch, pair[2];
    uint32_t vector[4];
    uint32_t last_value, last_old;
    unsigned last_index, writes;
} Uart;

static uint32_t read_live(G_GNUC_UNUSED void *dev, G_GNUC_UNUSED const RegRow *row, unsigned index,
                          uint32_t value)
{
    return value + 0x100 + index;
}

static void write_noted(void *dev, G_GNUC_UNUSED const RegRow *row, unsigned index, uint32_t value,
                        uint32_t old)
{
    Uart *s = dev;
    s->last_value = value;
    s->last_old = old;
    s->last_index = index;
    s->writes++;
}

static const RegRow rows[] = {
    {.offset = 0x00,
     .name = "CONTROL",
     .width = 4,
     .reset = 0x11,
     .write_mask = 0x00ff00ff,
     .field = REG_FIELD(Uart, control),
     .write = write_noted},
    {.offset = 0x04,
     .name = "STATUS",
     .width = 4,
     .w1c = 0xf0,
     .write_mask = 0x01,
     .field = REG_FIELD(Uart, status),
     .write = write_noted},
    {.offset = 0x08,
     .name = "BAUD",
     .width = 2,
     .write_mask = 0xffff,
     .field = REG_FIELD(Uart, baud)},
    {.offset = 0x0a,
     .name = "SCRATCH",
     .width = 1,
     .write_mask = 0xff,
     .reset = 0x5a,
     .field = REG_FIELD(Uart, scratch)},
    {.offset = 0x0c, .name = "ID", .width = 4, .reset = 0xcafe0001, .field = REG_NO_FIELD},
    {.offset = 0x10,
     .name = "VECTOR",
     .width = 4,
     .write_mask = 0xff,
     .reset = 1,
     .count = 4,
     .stride = 0x10,
     .field = REG_FIELD(Uart, vector),
     .read = read_live,
     .write = write_noted},
    {.offset = 0x60,
     .name = "PAIR",
     .width = 1,
     .write_mask = 0xff,
     .count = 2,
     .field = REG_FIELD(Uart, pair)},
    {0},
};

static const RegBank be_bank = {"uart", rows, DEVICE_BIG_ENDIAN, 0x80, 0xffffffff};
static const RegBank le_bank = {"uart", rows, DEVICE_LITTLE_ENDIAN, 0x80, 0};

static const TypeInfo uart_info = {
    .name = TYPE_TEST_UART,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Uart),
};
DEFINE_TYPE(uart_info)

static Uart *new_uart(void)
{
    Uart *s = (Uart *)qdev_new(TYPE_TEST_UART);
    object_property_add_child(object_get_root(), "uart", OBJECT(s));
    object_unref(s);
    regbank_reset(&be_bank, s);
    return s;
}

Test(regbank, reset_stores_the_rows_values)
{
    Uart *s = new_uart();
    cr_assert_eq(s->control, 0x11);
    cr_assert_eq(s->scratch, 0x5a);
    cr_assert_eq(s->vector[3], 1);
}

Test(regbank, plain_write_changes_masked_bits_only)
{
    Uart *s = new_uart();
    s->control = 0xff00ff00;
    regbank_write(&be_bank, s, 0, 0x12345678, 4);
    cr_assert_eq(s->control, 0xff34ff78);
    cr_assert_eq(regbank_read(&be_bank, s, 0, 4), 0xff34ff78);
    cr_assert_eq(s->last_value, 0x12345678);
    cr_assert_eq(s->last_old, 0xff00ff00);
}

Test(regbank, bits_clear_when_one_is_written)
{
    Uart *s = new_uart();
    s->status = 0xff;
    regbank_write(&be_bank, s, 4, 0x31, 4);
    cr_assert_eq(s->status, 0xcf);
    regbank_write(&be_bank, s, 4, 0x00, 4);
    cr_assert_eq(s->status, 0xce);
}

Test(regbank, register_without_field_reads_its_constant_and_ignores_writes)
{
    Uart *s = new_uart();
    regbank_write(&be_bank, s, 0xc, 0, 4);
    cr_assert_eq(regbank_read(&be_bank, s, 0xc, 4), 0xcafe0001);
}

Test(regbank, byte_lanes_follow_the_banks_byte_order)
{
    Uart *s = new_uart();
    cr_assert_eq(regbank_read(&be_bank, s, 0xc, 1), 0xca);
    cr_assert_eq(regbank_read(&be_bank, s, 0xf, 1), 0x01);
    cr_assert_eq(regbank_read(&be_bank, s, 0xe, 2), 0x0001);
    cr_assert_eq(regbank_read(&le_bank, s, 0xc, 1), 0x01);
    cr_assert_eq(regbank_read(&le_bank, s, 0xf, 1), 0xca);
    cr_assert_eq(regbank_read(&le_bank, s, 0xe, 2), 0xcafe);
}

Test(regbank, narrow_write_touches_its_bytes_and_runs_the_hook_once)
{
    Uart *s = new_uart();
    s->control = 0x11223344;
    regbank_write(&be_bank, s, 1, 0xab, 1);
    cr_assert_eq(s->control, 0x11ab3344);
    cr_assert_eq(s->last_value, 0x11ab3344);
    cr_assert_eq(s->writes, 1);
    regbank_write(&le_bank, s, 0, 0xcd, 1);
    cr_assert_eq(s->control, 0x11ab33cd);
}

Test(regbank, narrow_write_does_not_clear_bits_of_other_bytes)
{
    Uart *s = new_uart();
    s->status = 0xf0;
    regbank_write(&be_bank, s, 4, 0xff, 1); /* the top byte; w1c bits are in the lowest */
    cr_assert_eq(s->status, 0xf0);
    cr_assert_eq(s->last_value & 0xff, 0);
}

Test(regbank, wide_access_is_cut_at_register_borders)
{
    Uart *s = new_uart();
    regbank_write(&be_bank, s, 8, 0x1234abff, 4);
    cr_assert_eq(s->baud, 0x1234);
    cr_assert_eq(s->scratch, 0xab);
    /* BAUD, SCRATCH, then one byte that no row covers. */
    cr_assert_eq(regbank_read(&be_bank, s, 8, 4), 0x1234abff);
    cr_assert_eq(regbank_read(&le_bank, s, 8, 4), 0x00ab1234);
}

Test(regbank, adjacent_byte_registers_make_one_word)
{
    Uart *s = new_uart();
    regbank_write(&be_bank, s, 0x60, 0x0102, 2);
    cr_assert(s->pair[0] == 1 && s->pair[1] == 2);
    cr_assert_eq(regbank_read(&le_bank, s, 0x60, 2), 0x0201);
}

Test(regbank, repeated_row_passes_its_index)
{
    Uart *s = new_uart();
    regbank_write(&be_bank, s, 0x30, 0xfff, 4);
    cr_assert_eq(s->vector[2], 0xff);
    cr_assert_eq(s->vector[1], 1);
    cr_assert_eq(s->last_index, 2);
    cr_assert_eq(regbank_read(&be_bank, s, 0x30, 4), 0xff + 0x102);
}

Test(regbank, offset_between_repeated_registers_is_unmapped)
{
    Uart *s = new_uart();
    cr_assert_eq(regbank_read(&be_bank, s, 0x34, 4), 0xffffffff);
    cr_assert_eq(regbank_read(&be_bank, s, 0x34, 2), 0xffff);
    cr_assert_eq(regbank_read(&le_bank, s, 0x50, 4), 0);
    regbank_write(&be_bank, s, 0x50, 0xffffffff, 4);
}

Test(regbank, every_offset_size_and_value_is_survived)
{
    Uart *s = new_uart();
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (hwaddr offset = 0; offset < 0x80; offset++) {
            regbank_write(&be_bank, s, offset, UINT64_MAX, size);
            regbank_read(&be_bank, s, offset, size);
            regbank_write(&le_bank, s, offset, 0, size);
            regbank_read(&le_bank, s, offset, size);
        }
    }
}

Test(regbank, text_shows_stored_values)
{
    Uart *s = new_uart();
    g_autoptr(GString) out = g_string_new(NULL);
    regbank_info(&be_bank, s, out);
    cr_assert(g_str_has_prefix(out->str, "CONTROL 0x00000011\nSTATUS 0x00000000\nBAUD 0x0000\n"
                                         "SCRATCH 0x5a\nVECTOR[0] 0x00000001\n"));
}

Test(regbank, register_is_found_by_the_manuals_name)
{
    cr_assert_eq(regbank_find(&be_bank, "BAUD"), &rows[2]);
    cr_assert_null(regbank_find(&be_bank, "baud"));
}

static RegAccess seen[8];
static unsigned seen_count;

static void watch(G_GNUC_UNUSED void *opaque, const RegAccess *access)
{
    seen[seen_count++ % 8] = *access;
}

Test(regbank, region_passes_guest_accesses_and_is_watched)
{
    Uart *s = new_uart();
    regbank_init_region(&be_bank, DEVICE(s), &s->mmio);
    memory_region_add_subregion(get_system_memory(), 0x1000, &s->mmio);
    AddressSpace *as = address_space_memory();
    regbank_set_watch(DEVICE(s), watch, NULL);
    uint64_t value = 0;
    address_space_store(as, 0x1008, 2, 0x4321);
    cr_assert_eq(address_space_load(as, 0x1008, 2, &value), MEMTX_OK);
    cr_assert_eq(value, 0x4321);
    cr_assert_eq(seen_count, 2);
    cr_assert(seen[0].is_write && seen[0].row == &rows[2] && seen[0].value == 0x4321);
    cr_assert(!seen[1].is_write && seen[1].dev == DEVICE(s));
    regbank_set_watch(DEVICE(s), NULL, NULL);
    address_space_store(as, 0x1008, 2, 1);
    cr_assert_eq(seen_count, 2);
    g_autoptr(GString) out = g_string_new(NULL);
    regbank_info_device(DEVICE(s), out);
    cr_assert(strstr(out->str, "BAUD 0x0001\n"));
}

Test(regbank, offsets_have_names_for_log_lines)
{
    g_autofree char *vector = g_strdup_printf("%s.VECTOR[0]", be_bank.name);
    g_autofree char *inside = g_strdup_printf("%s.BAUD", be_bank.name);
    g_autofree char *none = g_strdup_printf("%s+0x50", be_bank.name);
    cr_assert_str_eq(regbank_name_at(&be_bank, 0x10).text, vector);
    cr_assert_str_eq(regbank_name_at(&be_bank, 0x09).text, inside);
    cr_assert_str_eq(regbank_name_at(&be_bank, 0x50).text, none);
}

Test(regbank, little_endian_region_swaps_for_the_big_endian_cpu)
{
    Uart *s = new_uart();
    regbank_init_region(&le_bank, DEVICE(s), &s->mmio);
    memory_region_add_subregion(get_system_memory(), 0x1000, &s->mmio);
    address_space_store(address_space_memory(), 0x1008, 2, 0x3412);
    cr_assert_eq(s->baud, 0x1234);
}
