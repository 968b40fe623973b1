/* SPDX-License-Identifier: MIT */
/*
 * What a Mac's NVRAM holds: 8 KiB of CHRP partitions. Two layouts of the same variables are in use.
 *
 * An area is what operating systems read and write: a "nvram" header with checksum and generation, the
 * variables in "common", the classic system's "APL,MacOS75", free space. An OpenBIOS image is what the
 * firmware is shown, laid out as in QEMU: "system" with the variables, "free", a bank that it does not read.
 */
#ifndef HW_NVRAM_NVRAM_IMAGE_H
#define HW_NVRAM_NVRAM_IMAGE_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { NVRAM_IMAGE_SIZE = 0x2000 };

typedef enum NvramKind {
    NVRAM_BLANK,    /* all zeros, or all ones */
    NVRAM_AREA,     /* valid */
    NVRAM_OPENBIOS, /* a chain that OpenBIOS takes, as QEMU keeps it */
    NVRAM_CORRUPT,
} NvramKind;
NvramKind nvram_image_kind(const uint8_t *image);

/* --- lists of char * "name=value" ------------------------------------------------------------------ */

/* Those of the image's first partition of variables; free with g_ptr_array_unref(). */
GPtrArray *nvram_image_variables(const uint8_t *image);
/* Put each of @others (NULL: none) into @variables, in place of one of the same name. */
void nvram_variables_merge(GPtrArray *variables, const GPtrArray *others);
void nvram_variables_remove(GPtrArray *variables, const char *name);
/* Value of @name, or NULL. */
const char *nvram_variables_find(const GPtrArray *variables, const char *name);

/* --- areas ------------------------------------------------------------------------------------------- */

/* Header, checksum and adler32 are right, a reader that adds up lengths comes to the end, and variables
 * are there: what a guest's driver would take, and nothing that it would hang on. */
bool nvram_area_is_valid(const uint8_t *area);
/* What a guest's driver would take, whatever is in it. */
bool nvram_area_looks_valid(const uint8_t *area);
uint32_t nvram_area_generation(const uint8_t *area);
/* As it comes from the factory: no variables, generation 1. */
void nvram_area_format(uint8_t *area);
/* Replace the variables of a valid area; false: they do not fit, and nothing changed. */
bool nvram_area_set_variables(uint8_t *area, const GPtrArray *variables, Error **errp);
/* Checksums for what is in it now. */
void nvram_area_seal(uint8_t *area, uint32_t generation);

/* --- OpenBIOS ------------------------------------------------------------------------------------------ */

bool nvram_openbios_format(uint8_t *image, const GPtrArray *variables, Error **errp);

#endif
