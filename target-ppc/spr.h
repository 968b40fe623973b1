/* SPDX-License-Identifier: MIT */
/* Numbers of the special purpose registers, from spr.def. */
#ifndef TARGET_PPC_SPR_H
#define TARGET_PPC_SPR_H

#define SPR(number, name, ...) SPR_##name = number,
enum {
#include "target-ppc/spr.def"
};
#undef SPR

#endif
