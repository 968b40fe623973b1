/* SPDX-License-Identifier: MIT */
/*
 * Assembler text for people: capstone's where it stands for the word, else the instruction table's.
 *
 * Source: design.md 9. capstone 4.0.2 does not know 23 rows, drops the hint of branches, prints negative
 * operands as 65536 more (tests/golden/disassembly-differences.txt): so its text is taken only when it
 * assembles to the word that it describes.
 */
#include "target-ppc/asm.h"
#include "target-ppc/decode.h"
#include "util/bits.h"

#include <capstone/capstone.h>

static void put_columns(GString *out, const char *mnemonic, const char *operands)
{
    if (*operands) {
        g_string_append_printf(out, "%-7s %s", mnemonic, operands);
    } else {
        g_string_append(out, mnemonic);
    }
}

static bool says(const char *text, uint32_t insn, uint32_t pc)
{
    uint32_t word;
    return ppc_assemble(text, pc, &word, NULL) && word == insn;
}

bool ppc_disasm_capstone(uint32_t insn, uint32_t pc, GString *out)
{
    csh handle;
    cs_insn *text = NULL;
    uint8_t bytes[4];
    size_t count = 0;
    stl_be_p(bytes, insn);
    if (cs_open(CS_ARCH_PPC, CS_MODE_32 | CS_MODE_BIG_ENDIAN, &handle) == CS_ERR_OK) {
        count = cs_disasm(handle, bytes, sizeof(bytes), pc, 1, &text);
        if (count) {
            put_columns(out, text->mnemonic, text->op_str);
            cs_free(text, count);
        }
        cs_close(&handle);
    }
    return count > 0;
}

void ppc_disasm(uint32_t insn, uint32_t pc, GString *out)
{
    size_t start = out->len;
    if (ppc_disasm_capstone(insn, pc, out) && says(out->str + start, insn, pc)) {
        return;
    }
    g_string_truncate(out, start);
    g_autoptr(GString) row = g_string_new(NULL);
    ppc_disasm_row(insn, pc, row);
    g_auto(GStrv) parts = g_strsplit(row->str, " ", 2);
    put_columns(out, parts[0], parts[1] ? parts[1] : "");
}
