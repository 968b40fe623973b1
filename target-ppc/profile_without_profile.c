/* SPDX-License-Identifier: MIT */
/* Builds that count nothing. Source: none (own design). */
#include "target-ppc/profile.h"

PpcProfile *ppc_profile_new(void) { return NULL; }

void ppc_profile_free(G_GNUC_UNUSED PpcProfile *profile) {}

void ppc_profile_count(G_GNUC_UNUSED PpcProfile *profile, G_GNUC_UNUSED const PpcOp *op) {}

void ppc_profile_leave(G_GNUC_UNUSED PpcProfile *profile, G_GNUC_UNUSED const char *why,
                       G_GNUC_UNUSED uint32_t word)
{
}
