/* SPDX-License-Identifier: MIT */
/* vmstate/vmstate.h: save, load, refusal of damaged streams, hash and dump. */
#include "util/bits.h"
#include "vmstate/vmstate.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct Source {
    uint8_t prio;
    bool level;
} Source;

typedef struct Chip {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int32_t i32;
    bool flag;
    uint8_t index; /* at most 7 */
    uint16_t regs[4];
    uint8_t fifo[5];
    Source source[3];
    Source *pointed;
    uint8_t *data;
    uint32_t data_length;
    uint32_t odd;   /* custom: saved xor a constant */
    uint32_t added; /* since version 2 */
    uint32_t extra; /* subsection, if not 0 */
    int cache;      /* transient */
    unsigned saves, post_loads;
    uint32_t loaded_version;
} Chip;

static const VMStateDescription vmstate_source = {
    .name = "source",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8_MAX(prio, Source, 15),
            VMSTATE_BOOL(level, Source),
            VMSTATE_END_OF_LIST(),
        },
};

static void put_odd(GByteArray *out, const void *field, size_t size)
{
    cr_assert_eq(size, 4);
    vmstate_put_u64(out, *(const uint32_t *)field ^ 0x5555u);
}

static bool get_odd(VMStateReader *in, void *field, size_t size, Error **errp)
{
    uint64_t value;

    cr_assert_eq(size, 4);
    if (!vmstate_read_u64(in, &value, errp)) {
        return false;
    }
    if (value > UINT32_MAX) {
        return error_setg(errp, "wider than 32 bits");
    }
    *(uint32_t *)field = (uint32_t)value ^ 0x5555u;
    return true;
}

static const VMStateInfo info_odd = {.name = "odd", .put = put_odd, .get = get_odd};

static bool extra_needed(void *opaque) { return ((Chip *)opaque)->extra != 0; }

static const VMStateDescription vmstate_extra = {
    .name = "extra",
    .version = 1,
    .minimum_version = 1,
    .needed = extra_needed,
    .fields = (const VMStateField[]){VMSTATE_UINT32(extra, Chip), VMSTATE_END_OF_LIST()},
};

static void chip_pre_save(void *opaque) { ((Chip *)opaque)->saves++; }

static bool chip_post_load(void *opaque, uint32_t version, Error **errp)
{
    Chip *chip = opaque;

    chip->post_loads++;
    chip->loaded_version = version;
    return chip->u8 != 0xff || error_setg(errp, "u8 is 255");
}

static const VMStateField chip_fields[] = {
    VMSTATE_UINT8(u8, Chip),
    VMSTATE_UINT16(u16, Chip),
    VMSTATE_UINT32(u32, Chip),
    VMSTATE_UINT64(u64, Chip),
    VMSTATE_INT32(i32, Chip),
    VMSTATE_BOOL(flag, Chip),
    VMSTATE_UINT8_MAX(index, Chip, 7),
    VMSTATE_UINT16_ARRAY(regs, Chip),
    VMSTATE_BUFFER(fifo, Chip),
    VMSTATE_STRUCT_ARRAY(source, Chip, Source, vmstate_source),
    VMSTATE_STRUCT_POINTER(pointed, Chip, vmstate_source),
    VMSTATE_VBUFFER(data, Chip, data_length, 64),
    VMSTATE_CUSTOM(odd, Chip, info_odd),
    {.name = "added",
     .kind = VMS_UINT,
     .offset = offsetof(Chip, added),
     .size = 4,
     .count = 1,
     .since = 2},
    VMSTATE_TRANSIENT(cache, Chip, "made from u8"),
    VMSTATE_END_OF_LIST(),
};

static const VMStateDescription vmstate_chip = {
    .name = "chip",
    .version = 2,
    .minimum_version = 1,
    .pre_save = chip_pre_save,
    .post_load = chip_post_load,
    .fields = chip_fields,
    .subsections = (const VMStateDescription *const[]){&vmstate_extra, NULL},
};

static const VMStateDescription vmstate_chip_v1 = {
    .name = "chip",
    .version = 1,
    .minimum_version = 1,
    .fields = chip_fields,
    .subsections = (const VMStateDescription *const[]){&vmstate_extra, NULL},
};

static Chip *chip_new(void)
{
    Chip *chip = g_new0(Chip, 1);

    chip->pointed = g_new0(Source, 1);
    return chip;
}

static void chip_free(Chip *chip)
{
    g_free(chip->pointed);
    g_free(chip->data);
    g_free(chip);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Chip, chip_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VMStateRegistry, vmstate_registry_free)

static Chip *chip_filled(void)
{
    Chip *chip = chip_new();

    chip->u8 = 0x12;
    chip->u16 = 0x1234;
    chip->u32 = 0x12345678;
    chip->u64 = UINT64_C(0x123456789abcdef0);
    chip->i32 = -2;
    chip->flag = true;
    chip->index = 7;
    chip->regs[3] = 0xbeef;
    memcpy(chip->fifo, "hello", 5);
    chip->source[2] = (Source){.prio = 15, .level = true};
    chip->pointed->prio = 3;
    chip->data_length = 3;
    chip->data = g_memdup2("abc", 3);
    chip->odd = 99;
    chip->added = 100;
    chip->extra = 101;
    return chip;
}

static void assert_same(const Chip *a, const Chip *b)
{
    cr_assert(a->u8 == b->u8 && a->u16 == b->u16 && a->u32 == b->u32 && a->u64 == b->u64);
    cr_assert(a->i32 == b->i32 && a->flag == b->flag && a->index == b->index);
    cr_assert_arr_eq(a->regs, b->regs, sizeof(a->regs));
    cr_assert_arr_eq(a->fifo, b->fifo, sizeof(a->fifo));
    cr_assert_arr_eq(a->source, b->source, sizeof(a->source));
    cr_assert(a->pointed->prio == b->pointed->prio && a->data_length == b->data_length);
    cr_assert_arr_eq(a->data, b->data, a->data_length);
    cr_assert(a->odd == b->odd && a->added == b->added && a->extra == b->extra);
}

static GByteArray *saved(VMStateRegistry *registry)
{
    GByteArray *bytes = g_byte_array_new();

    vmstate_registry_save(registry, bytes);
    return bytes;
}

static GByteArray *saved_chip(Chip *chip)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();

    vmstate_register(registry, "pic", &vmstate_chip, chip);
    return saved(registry);
}

static void expect_refusal(const GByteArray *bytes, const char *message)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();
    g_autoptr(Chip) chip = chip_new();
    g_autoptr(Error) err = NULL;

    vmstate_register(registry, "pic", &vmstate_chip, chip);
    cr_assert_not(vmstate_registry_load(registry, bytes->data, bytes->len, &err));
    cr_assert_str_eq(error_get_pretty(err), message);
}

Test(vmstate, every_kind_survives_the_round_trip)
{
    g_autoptr(Chip) from = chip_filled();
    g_autoptr(Chip) to = chip_new();
    g_autoptr(GByteArray) bytes = saved_chip(from);
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();

    vmstate_register(registry, "pic", &vmstate_chip, to);
    cr_assert(vmstate_registry_load(registry, bytes->data, bytes->len, &error_abort));
    assert_same(from, to);
    cr_assert(from->saves == 1 && to->post_loads == 1 && to->loaded_version == 2);
}

Test(vmstate, one_object_is_big_endian_and_named)
{
    static const uint8_t expected[] = {0, 0, 0, 6, 's', 'o', 'u', 'r', 'c', 'e',
                                       0, 0, 0, 1, 5,   1,   0,   0,   0,   0};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Source source = {.prio = 5, .level = true};

    vmstate_save(&vmstate_source, &source, bytes);
    cr_assert_eq(bytes->len, sizeof(expected));
    cr_assert_arr_eq(bytes->data, expected, sizeof(expected));
}

Test(vmstate, old_version_leaves_new_fields_alone)
{
    g_autoptr(Chip) from = chip_filled();
    g_autoptr(Chip) to = chip_new();
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    VMStateReader in;

    vmstate_save(&vmstate_chip_v1, from, bytes);
    in = (VMStateReader){.data = bytes->data, .length = bytes->len};
    to->added = 7;
    cr_assert(vmstate_load(&vmstate_chip, to, &in, &error_abort));
    cr_assert(to->added == 7 && to->odd == 99 && to->loaded_version == 1);
}

Test(vmstate, new_version_is_refused_by_an_old_program)
{
    g_autoptr(Chip) from = chip_filled();
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(Error) err = NULL;
    VMStateReader in;

    vmstate_save(&vmstate_chip, from, bytes);
    in = (VMStateReader){.data = bytes->data, .length = bytes->len};
    cr_assert_not(vmstate_load(&vmstate_chip_v1, from, &in, &err));
    cr_assert_str_eq(error_get_pretty(err), "chip: version 2 is not supported (1 to 1 are)");
}

Test(vmstate, subsection_is_left_out_when_not_needed)
{
    g_autoptr(Chip) with = chip_filled();
    g_autoptr(Chip) without = chip_filled();
    g_autoptr(GByteArray) longer = NULL;
    g_autoptr(GByteArray) shorter = NULL;

    without->extra = 0;
    longer = saved_chip(with);
    shorter = saved_chip(without);
    cr_assert_eq(longer->len - shorter->len, 4 + 5 + 4 + 4 + 4);
}

Test(vmstate, values_out_of_range_name_their_field)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GByteArray) bytes = NULL;

    chip->source[1].prio = 16;
    bytes = saved_chip(chip);
    expect_refusal(bytes, "pic.source[1].prio: 16 is not in 0 to 15");
    chip->source[1].prio = 0;
    chip->index = 8;
    g_byte_array_unref(bytes);
    bytes = saved_chip(chip);
    expect_refusal(bytes, "pic.index: 8 is not in 0 to 7");
    chip->index = 0;
    chip->u8 = 0xff;
    g_byte_array_unref(bytes);
    bytes = saved_chip(chip);
    expect_refusal(bytes, "pic: u8 is 255");
}

Test(vmstate, lengths_are_checked_before_memory_is_taken)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GByteArray) bytes = NULL;

    g_free(chip->data);
    chip->data_length = 65;
    chip->data = g_malloc0(65);
    bytes = saved_chip(chip);
    expect_refusal(bytes, "pic.data: 65 bytes, at most 64 fit");
}

Test(vmstate, foreign_and_damaged_framing_is_refused)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(Chip) other = chip_filled();
    g_autoptr(VMStateRegistry) two = vmstate_registry_new();
    g_autoptr(VMStateRegistry) none = vmstate_registry_new();
    g_autoptr(GByteArray) bytes = NULL;

    vmstate_register(two, "pic", &vmstate_chip, chip);
    vmstate_register(two, "via", &vmstate_chip, other);
    bytes = saved(two);
    expect_refusal(bytes, "via: this machine has no such object");
    g_byte_array_unref(bytes);
    bytes = saved(none);
    expect_refusal(bytes, "pic: missing from the saved machine");
    g_byte_array_append(bytes, (const uint8_t *)"x", 1);
    expect_refusal(bytes, "pic: missing from the saved machine");
    bytes->data[11] = 9;
    expect_refusal(bytes, "format version 9 is not supported (1 is)");
    bytes->data[0] = 'x';
    expect_refusal(bytes, "not a saved machine");
    g_byte_array_set_size(bytes, 4);
    expect_refusal(bytes, "data end early: 8 bytes wanted, 4 left");
}

Test(vmstate, duplicate_id_is_refused)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GByteArray) bytes = saved_chip(chip);
    size_t section = bytes->len - 16;
    g_autofree uint8_t *copy = g_memdup2(bytes->data + 16, section);

    g_byte_array_append(bytes, copy, (guint)section);
    bytes->data[15] = 2; /* the number of sections */
    expect_refusal(bytes, "pic: appears twice");
}

/* A damaged stream either loads or is refused in one line. */
static void load_damaged(const uint8_t *data, size_t length, size_t *loads)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();
    g_autoptr(Chip) chip = chip_new();
    g_autoptr(Error) err = NULL;
    g_autofree uint8_t *exact = g_memdup2(data,
                                          length); /* so that a sanitizer sees every overrun */

    vmstate_register(registry, "pic", &vmstate_chip, chip);
    if (vmstate_registry_load(registry, exact, length, &err)) {
        (*loads)++;
        cr_assert_null(err);
        vmstate_registry_hash(registry);
    } else {
        cr_assert_not_null(err);
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
    }
}

Test(vmstate, every_truncation_is_refused)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GByteArray) bytes = saved_chip(chip);
    size_t loads = 0;

    for (size_t length = 0; length < bytes->len; length++) {
        load_damaged(bytes->data, length, &loads);
    }
    cr_assert_eq(loads, 0);
}

Test(vmstate, no_changed_byte_does_harm)
{
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GByteArray) bytes = saved_chip(chip);
    size_t loads = 0;

    for (size_t i = 0; i < bytes->len; i++) {
        uint8_t original = bytes->data[i];
        for (unsigned value = 0; value < 256; value++) {
            bytes->data[i] = (uint8_t)value;
            load_damaged(bytes->data, bytes->len, &loads);
        }
        bytes->data[i] = original;
    }
    cr_assert_gt(loads, 1000);
}

Test(vmstate, hash_follows_every_field_and_nothing_else)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();
    g_autoptr(Chip) chip = chip_filled();
    uint64_t hash;

    vmstate_register(registry, "pic", &vmstate_chip, chip);
    hash = vmstate_registry_hash(registry);
    chip->cache = 5;
    cr_assert_eq(vmstate_registry_hash(registry), hash);
    chip->source[2].level = false;
    cr_assert_neq(vmstate_registry_hash(registry), hash);
    chip->source[2].level = true;
    cr_assert_eq(vmstate_registry_hash(registry), hash);
    chip->data[1]++;
    cr_assert_neq(vmstate_registry_hash(registry), hash);
}

static void collect(void *opaque, const char *id, uint64_t hash)
{
    g_string_append_printf(opaque, "%s%s ", id, hash ? "" : "!");
}

Test(vmstate, sections_come_in_order_of_registration)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();
    g_autoptr(GString) seen = g_string_new(NULL);
    Source b = {0}, a = {0}, c = {0};

    vmstate_register(registry, "b", &vmstate_source, &b);
    vmstate_register(registry, "a", &vmstate_source, &a);
    vmstate_register(registry, "c", &vmstate_source, &c);
    vmstate_unregister(registry, &a);
    vmstate_registry_foreach_hash(registry, collect, seen);
    cr_assert_str_eq(seen->str, "b c ");
}

Test(vmstate, dump_names_every_value)
{
    g_autoptr(VMStateRegistry) registry = vmstate_registry_new();
    g_autoptr(Chip) chip = chip_filled();
    g_autoptr(GString) text = g_string_new(NULL);

    vmstate_register(registry, "pic", &vmstate_chip, chip);
    vmstate_registry_dump(registry, text);
    cr_assert(strstr(text->str, "pic.u64 = 0x123456789abcdef0\n"));
    cr_assert(strstr(text->str, "pic.i32 = 0xfffffffe\n"));
    cr_assert(strstr(text->str, "pic.regs[3] = 0xbeef\n"));
    cr_assert(strstr(text->str, "pic.flag = true\n"));
    cr_assert(strstr(text->str, "pic.fifo@0x0 = 68656c6c6f\n"));
    cr_assert(strstr(text->str, "pic.source[2].prio = 0xf\n"));
    cr_assert(strstr(text->str, "pic.pointed.prio = 0x3\n"));
    cr_assert(strstr(text->str, "pic.data@0x0 = 00000003616263\n"));
    cr_assert(strstr(text->str, "pic/extra.extra = 0x65\n"));
    cr_assert_null(strstr(text->str, "cache"));
}
