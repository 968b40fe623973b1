/* SPDX-License-Identifier: MIT */
/*
 * Assembler text for the console: capstone's; where it gives nothing, the instruction table's.
 *
 * Source: design.md 9 (capstone 4.0.2 does not know lswx, eciwx, ecowx, mcrxr).
 */
#include "monitor/internal.h"
#include "target-ppc/decode.h"
#include "util/bits.h"

#include <capstone/capstone.h>

void disassemble(uint32_t insn, target_addr pc, GString *out)
{
    csh handle;
    cs_insn *text = NULL;
    uint8_t bytes[4];
    size_t count = 0;
    stl_be_p(bytes, insn);
    if (cs_open(CS_ARCH_PPC, CS_MODE_32 | CS_MODE_BIG_ENDIAN, &handle) == CS_ERR_OK) {
        count = cs_disasm(handle, bytes, sizeof(bytes), pc, 1, &text);
        if (count) {
            g_string_append_printf(out, "%-7s %s", text->mnemonic, text->op_str);
            cs_free(text, count);
        }
        cs_close(&handle);
    }
    if (!count) {
        ppc_disasm_row(insn, pc, out);
    }
}
