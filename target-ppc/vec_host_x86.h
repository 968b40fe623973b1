/* SPDX-License-Identifier: MIT */
/*
 * The AltiVec instructions that compute, inline for the engine's handlers: host_NAME has the parameters
 * of ppc_NAME (vec.h) and does the same; those of the Float... shapes return false, having changed
 * nothing, for what step() has to do. The portable twin is vec_host_portable.h.
 */
#ifndef TARGET_PPC_VEC_HOST_X86_H
#define TARGET_PPC_VEC_HOST_X86_H

#include "target-ppc/vec_host_x86_float.h"
#include "target-ppc/vec_host_x86_lanes.h"
#include "target-ppc/vec_host_x86_mixed.h"

#endif
