/* SPDX-License-Identifier: MIT */
/* Which format an image has, told by its first and last bytes. */
#ifndef BLOCK_PROBE_H
#define BLOCK_PROBE_H

#include "util/error.h"

/* True, with a warning: @filename looks raw. False: it is something else, which is named, or cannot be read. */
bool block_probe(const char *filename, Error **errp);

#endif
