/* SPDX-License-Identifier: MIT */
/* `core99 test --against`: instruction vectors run through a gdb remote stub. */
#ifndef GDBSTUB_VECTOR_TARGET_H
#define GDBSTUB_VECTOR_TARGET_H

#include "gdbstub/client.h"
#include "target-ppc/vectors_case.h"

/* A VectorTargetOpen: @address as gdb_client_open() takes it. RAM must answer at physical 0. */
bool gdb_vector_target_open(const char *address, VectorTarget *target, Error **errp);
/* The same with a client that stands (taken, also on failure). @name is copied. */
bool gdb_vector_target_new(GdbClient *client, const char *name, VectorTarget *target, Error **errp);

#endif
