/* SPDX-License-Identifier: MIT */
/*
 * Which runs of slots execute, and how often: what bench/profile.py chooses from.
 *
 * Only the build of bench/profile counts (-DPROFILE=ON: portable, nothing fused); in every other one a
 * profile is NULL. Source: none (own design).
 */
#ifndef TARGET_PPC_PROFILE_H
#define TARGET_PPC_PROFILE_H

#include "target-ppc/engine.h"

typedef struct PpcProfile PpcProfile;

/* NULL in builds that do not count. */
PpcProfile *ppc_profile_new(void);
/* Writes what was counted to the file that CORE99_PROFILE names. NULL is allowed. */
void ppc_profile_free(PpcProfile *profile);
/* @op runs. */
void ppc_profile_count(PpcProfile *profile, const PpcOp *op);

/* The slots are left: @why, "slow" with the instruction's word, else without meaning. */
void ppc_profile_leave(PpcProfile *profile, const char *why, uint32_t word);

#endif
