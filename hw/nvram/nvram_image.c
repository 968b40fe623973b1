/* SPDX-License-Identifier: MIT */
/*
 * CHRP partitions in 8 KiB of NVRAM: see the header.
 *
 * Source: CHRP binding to IEEE 1275 (header: signature, checksum, length in 16 bytes, name), macosx.md 4.10 (areas),
 * mac99.md 10 (OpenBIOS). Not modelled: the classic system's name registry (the partition is empty).
 */
#include "hw/nvram/nvram_image.h"

#include "util/bits.h"

#include <string.h>

enum {
    SIZE = NVRAM_IMAGE_SIZE,
    HEADER = 16,
    NAME = 12,
    SIGNATURE_VARIABLES = 0x70,
    SIGNATURE_AREA = 0x5a,
    SIGNATURE_FREE = 0x7f,
    SIGNATURE_CLASSIC = 0xa0,
    /* an area's own header */
    AREA_HEADER = 0x20,
    ADLER_AT = 16,
    GENERATION_AT = 20,
    COMMON_SIZE = 0x1000 - AREA_HEADER,
    CLASSIC_SIZE = 0x800,
    /* OpenBIOS */
    SYSTEM_SIZE = 0xc10,
    BANK_AT = 0x1000,
};

/* --- headers ----------------------------------------------------------------------------------------- */

/* 8-bit sum with end-around carry over the header less the checksum itself. */
static uint8_t header_checksum(const uint8_t *header)
{
    unsigned sum = header[0];
    for (unsigned i = 2; i < HEADER; i++) {
        sum += header[i];
        sum = (sum & 0xff) + (sum >> 8);
    }
    return (uint8_t)sum;
}

/* A name of 12 characters has no NUL. */
static void write_header(uint8_t *header, uint8_t signature, size_t size, const char *name)
{
    memset(header, 0, HEADER);
    header[0] = signature;
    stw_be_p(header + 2, (uint16_t)(size / HEADER));
    memcpy(header + 4, name, MIN(strlen(name), (size_t)NAME));
    header[1] = header_checksum(header);
}

static size_t partition_size(const uint8_t *header)
{
    return (size_t)lduw_be_p(header + 2) * HEADER;
}

/* Of what lies behind the sum itself. */
static uint32_t adler32(const uint8_t *area, size_t size)
{
    uint32_t a = 1, b = 0;
    for (size_t i = GENERATION_AT; i < size; i++) {
        a = (a + area[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* The first partition of variables that lies in the image, or NULL. *@is_whole: a reader that adds up lengths
 * finds none of zero; with @strict they end where the image ends, and all checksums are right. */
static const uint8_t *walk(const uint8_t *image, bool strict, bool *is_whole)
{
    const uint8_t *found = NULL;
    size_t at = 0;
    *is_whole = true;
    while (at < SIZE) {
        size_t size = partition_size(image + at);
        if (size == 0 || (strict && image[at + 1] != header_checksum(image + at))) {
            *is_whole = false;
            return found;
        }
        if (!found && image[at] == SIGNATURE_VARIABLES && size <= SIZE - at) {
            found = image + at;
        }
        at += size;
    }
    *is_whole = !strict || at == SIZE;
    return found;
}

NvramKind nvram_image_kind(const uint8_t *image)
{
    bool is_whole;
    if ((image[0] == 0 || image[0] == 0xff) && memcmp(image, image + 1, SIZE - 1) == 0) {
        return NVRAM_BLANK;
    }
    if (nvram_area_is_valid(image)) {
        return NVRAM_AREA;
    }
    bool is_chain = image[0] != SIGNATURE_AREA && walk(image, true, &is_whole) && is_whole;
    return is_chain ? NVRAM_OPENBIOS : NVRAM_CORRUPT;
}

/* --- lists of variables -------------------------------------------------------------------------------- */

static size_t name_length(const char *variable) { return strcspn(variable, "="); }

static bool is_named(const char *variable, const char *name, size_t length)
{
    return name_length(variable) == length && strncmp(variable, name, length) == 0;
}

GPtrArray *nvram_image_variables(const uint8_t *image)
{
    bool is_whole;
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    const uint8_t *partition = walk(image, false, &is_whole);
    if (!partition) {
        return list;
    }
    const char *at = (const char *)partition + HEADER;
    const char *end = (const char *)partition + partition_size(partition);
    while (at < end && *at && memchr(at, 0, (size_t)(end - at))) {
        if (strchr(at, '=')) { /* the firmware splits there */
            g_ptr_array_add(list, g_strdup(at));
        }
        at += strlen(at) + 1;
    }
    return list;
}

static void remove_named(GPtrArray *variables, const char *name, size_t length)
{
    for (guint i = variables->len; i-- > 0;) {
        if (is_named(g_ptr_array_index(variables, i), name, length)) {
            g_ptr_array_remove_index(variables, i);
        }
    }
}

void nvram_variables_remove(GPtrArray *variables, const char *name)
{
    remove_named(variables, name, strlen(name));
}

void nvram_variables_merge(GPtrArray *variables, const GPtrArray *others)
{
    for (guint i = 0; others && i < others->len; i++) {
        const char *other = g_ptr_array_index(others, i);
        remove_named(variables, other, name_length(other));
    }
    for (guint i = 0; others && i < others->len; i++) {
        g_ptr_array_add(variables, g_strdup(g_ptr_array_index(others, i)));
    }
}

const char *nvram_variables_find(const GPtrArray *variables, const char *name)
{
    for (guint i = 0; i < variables->len; i++) {
        const char *variable = g_ptr_array_index(variables, i);
        if (is_named(variable, name, strlen(name)) && variable[strlen(name)]) {
            return variable + strlen(name) + 1;
        }
    }
    return NULL;
}

/* Bytes of a partition with them: header, each with its NUL, the NUL that ends the list. */
static size_t bytes_needed(const GPtrArray *variables)
{
    size_t needed = HEADER + 1;
    for (guint i = 0; i < variables->len; i++) {
        needed += strlen(g_ptr_array_index(variables, i)) + 1;
    }
    return needed;
}

static void write_variables(uint8_t *partition, const GPtrArray *variables)
{
    char *at = (char *)partition + HEADER;
    for (guint i = 0; i < variables->len; i++) {
        at = g_stpcpy(at, g_ptr_array_index(variables, i)) + 1;
    }
}

/* --- areas ------------------------------------------------------------------------------------------------ */

bool nvram_area_looks_valid(const uint8_t *area)
{
    return area[0] == SIGNATURE_AREA && area[1] == header_checksum(area) &&
           ldl_be_p(area + ADLER_AT) == adler32(area, SIZE);
}

bool nvram_area_is_valid(const uint8_t *area)
{
    bool is_whole;
    return nvram_area_looks_valid(area) && walk(area, false, &is_whole) && is_whole;
}

uint32_t nvram_area_generation(const uint8_t *area) { return ldl_be_p(area + GENERATION_AT); }

void nvram_area_seal(uint8_t *area, uint32_t generation)
{
    stl_be_p(area + GENERATION_AT, generation);
    stl_be_p(area + ADLER_AT, adler32(area, SIZE));
}

void nvram_area_format(uint8_t *area)
{
    enum {
        COMMON_AT = AREA_HEADER,
        CLASSIC_AT = COMMON_AT + COMMON_SIZE,
        FREE_AT = CLASSIC_AT + CLASSIC_SIZE,
    };
    memset(area, 0, SIZE);
    write_header(area, SIGNATURE_AREA, AREA_HEADER, "nvram");
    write_header(area + COMMON_AT, SIGNATURE_VARIABLES, COMMON_SIZE, "common");
    write_header(area + CLASSIC_AT, SIGNATURE_CLASSIC, CLASSIC_SIZE, "APL,MacOS75");
    write_header(area + FREE_AT, SIGNATURE_FREE, SIZE - FREE_AT, "wwwwwwwwwwww");
    nvram_area_seal(area, 1);
}

bool nvram_area_set_variables(uint8_t *area, const GPtrArray *variables, Error **errp)
{
    bool is_whole;
    const uint8_t *found = walk(area, false, &is_whole);
    g_assert(found);
    uint8_t *partition = area + (found - area);
    size_t size = partition_size(partition), needed = bytes_needed(variables);
    if (needed > size) {
        return error_setg(errp, "%zu bytes of variables do not fit NVRAM's %zu", needed, size);
    }
    memset(partition + HEADER, 0, size - HEADER);
    write_variables(partition, variables);
    return true;
}

/* --- OpenBIOS ------------------------------------------------------------------------------------------------ */

static void format_bank(uint8_t *bank)
{
    enum { GENERATION = 2, BANK_SIZE = SIZE - BANK_AT };
    write_header(bank, SIGNATURE_AREA, BANK_SIZE, "wwwwwwwwwww");
    stl_be_p(bank + GENERATION_AT, GENERATION);
    stl_be_p(bank + ADLER_AT, adler32(bank, BANK_SIZE));
}

/* The bank is there because QEMU's image has it; it goes if the variables need its place. */
bool nvram_openbios_format(uint8_t *image, const GPtrArray *variables, Error **errp)
{
    size_t needed = bytes_needed(variables);
    size_t system = MAX(align_up(needed, HEADER), (size_t)SYSTEM_SIZE);
    size_t end = system > BANK_AT - HEADER ? SIZE : BANK_AT;
    if (system > SIZE - HEADER) {
        return error_setg(errp, "%zu bytes of variables do not fit NVRAM's %d", needed,
                          SIZE - HEADER);
    }
    memset(image, 0, SIZE);
    write_header(image, SIGNATURE_VARIABLES, system, "system");
    write_variables(image, variables);
    write_header(image + system, SIGNATURE_FREE, end - system, "free");
    if (end == BANK_AT) {
        format_bank(image + BANK_AT);
    }
    return true;
}
