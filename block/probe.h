/* SPDX-License-Identifier: MIT */
/*
 * Which format an image has, and what is on the disk that it holds: told by the bytes, never by the name of the file.
 */
#ifndef BLOCK_PROBE_H
#define BLOCK_PROBE_H

#include "util/error.h"

#include <stdint.h>

/* Bytes that decide the format: so many at the beginning, and at the end. Those that are not there are zero. */
enum { BLOCK_PROBE_HEAD = 4096, BLOCK_PROBE_TAIL = 512, BLOCK_CONTENTS_HEAD = 64 << 10 };
enum { CD_RAW_BYTES = 2352, CD_USER_BYTES = 2048 };

/* The name of the driver that reads an image of @length bytes; "raw": none of the known formats. Any thread. */
const char *block_format_of(const uint8_t *head, const uint8_t *tail, uint64_t length);
/* *@driver is the name of the driver that reads @filename. False: it cannot be read, or its format has no driver. */
bool block_probe(const char *filename, const char **driver, Error **errp);

/* What a disk of @length bytes that begins with the @size bytes at @head holds, in a few words; NULL: nothing that is
 * known. @advice is set to what a user should know of it, or to NULL. Free with g_free(). */
char *block_contents_of(const uint8_t *head, uint64_t size, uint64_t length, const char **advice);

/* The user data of a whole sector of a CD, of mode 1 or form 1 of mode 2; NULL: it has none. */
const uint8_t *block_cd_user_data(const uint8_t *sector);
/* The length of the disk in a Disk Copy 4.2 image of @length bytes; 0: it is none. */
uint64_t block_disk_copy_length(const uint8_t *head, uint64_t length);

#endif
