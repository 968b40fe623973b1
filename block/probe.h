/* SPDX-License-Identifier: MIT */
/* Which format an image has, told by its first and last bytes. */
#ifndef BLOCK_PROBE_H
#define BLOCK_PROBE_H

#include "util/error.h"

/* *@driver is the name of the driver that reads @filename; "raw" comes with a warning. False: it cannot be read, or
 * its format has no driver. */
bool block_probe(const char *filename, const char **driver, Error **errp);

#endif
