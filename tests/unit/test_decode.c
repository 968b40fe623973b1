/* SPDX-License-Identifier: MIT */
/* target-ppc/insn.def, decode.c, disasm.c: every word has at most one meaning. */
#include "target-ppc/decode.h"
#include "tests/unit/insn_words.h"

#include <criterion/criterion.h>

static uint32_t pattern(uint32_t i) { return i * 0x9e3779b9u ^ i * i * 0x85ebca6bu; }

Test(decode, every_row_decodes_to_itself_with_any_operands)
{
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        const PpcInsn *row = ppc_insn_row(id);
        uint32_t bits = operand_bits(row), fixed = ppc_insn_word(id);

        cr_assert_eq(fixed & bits, row->form == FORM_SC ? 2 : 0, "%s", row->mnemonic);
        for (uint32_t i = 0; i < 64; i++) {
            PpcOp op;
            uint32_t insn = valid_operands(fixed | (pattern(i) & bits), row->flags);

            cr_assert(ppc_decode(insn, &op), "%s %08x", row->mnemonic, insn);
            cr_assert_eq(op.id, id, "%s %08x is %s", row->mnemonic, insn,
                         ppc_insn_row(op.id)->mnemonic);
            cr_assert_eq(op.insn, insn);
        }
    }
}

Test(decode, no_two_rows_overlap)
{
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        for (unsigned other = id + 1; other < INSN_COUNT; other++) {
            uint32_t both = ~operand_bits(ppc_insn_row(id)) & ~operand_bits(ppc_insn_row(other));

            cr_assert((ppc_insn_word(id) ^ ppc_insn_word(other)) & both, "%s and %s",
                      ppc_insn_row(id)->mnemonic, ppc_insn_row(other)->mnemonic);
        }
    }
}

Test(decode, reserved_bits_are_operand_bits_of_the_form)
{
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        const PpcInsn *row = ppc_insn_row(id);

        cr_assert_eq(row->reserved & ~operand_bits(row), 0, "%s", row->mnemonic);
        cr_assert(row->source && *row->source, "%s", row->mnemonic);
    }
}

Test(decode, primary_opcodes_without_rows_are_illegal)
{
    static const uint8_t empty[] = {0, 1, 2, 5, 6, 9, 22, 30, 56, 57, 58, 60, 61, 62};
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++) {
        for (uint32_t low = 0; low < 0x04000000; low += 0x3fff) {
            PpcOp op;

            cr_assert_not(ppc_decode((uint32_t)empty[i] << 26 | low, &op), "primary %u", empty[i]);
            cr_assert_eq(op.id, INSN_ILLEGAL);
        }
    }
}

Test(decode, immediates_are_ready_to_use)
{
    static const struct {
        uint32_t insn;
        int32_t imm;
    } words[] = {
        {0x3860ffff, -1},                   /* addi r3, 0, -1 */
        {0x3c608000, (int32_t)0x80000000u}, /* addis r3, 0, -0x8000 */
        {0x6063ffff, 0xffff},               /* ori */
        {0x6463ffff, (int32_t)0xffff0000u}, /* oris */
        {0x4bfffffc, -4},                   /* b .-4 */
        {0x48000100, 0x100},                /* b .+0x100 */
        {0x4182fff8, -8},                   /* beq .-8 */
        {0x5463003e, -1},                   /* rlwinm r3, r3, 0, 0, 31 */
        {0x5463402e, (int32_t)0xffffff00u}, /* rlwinm r3, r3, 8, 0, 23 */
        {0x546307fe, 1},                    /* rlwinm r3, r3, 0, 31, 31 */
        {0x546707c0, (int32_t)0x80000001u}, /* rlwinm r7, r3, 0, 31, 0: wraps */
        {0x7c6802a6, 8},                    /* mflr r3 */
        {0x7c71faa6, 1009},                 /* mfspr r3, HID1 */
        {0x7c6ff120, 0xff},                 /* mtcrf 0xff, r3 */
        {0xfdfe058e, 0xff},                 /* mtfsf 0xff, f0 */
        {0x103f030c, -1},                   /* vspltisb v1, -1 */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        PpcOp op;

        cr_assert(ppc_decode(words[i].insn, &op), "%08x", words[i].insn);
        cr_assert_eq(op.imm, words[i].imm, "%08x: %x", words[i].insn, (unsigned)op.imm);
    }
}

Test(decode, register_zero_as_base_reads_the_zero_register)
{
    PpcOp op;

    cr_assert(ppc_decode(0x80600010, &op)); /* lwz r3, 16(0) */
    cr_assert_eq(op.a, 32);
    cr_assert(ppc_decode(0x7c600214, &op)); /* add r3, r0, r0 */
    cr_assert_eq(op.a, 0);
    cr_assert(ppc_decode(0x2f830000, &op)); /* cmpwi cr7, r3, 0 */
    cr_assert_eq(op.d, 7);
}

static void expect_text(uint32_t insn, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    ppc_disasm_row(insn, 0x1000, out);
    cr_assert_str_eq(out->str, text);
}

Test(decode, text_has_the_manuals_operand_order)
{
    expect_text(0x7c632a15, "add. r3, r3, r5");
    expect_text(0x8061fff8, "lwz r3, -8(r1)");
    expect_text(0x80600010, "lwz r3, 16(0)");
    expect_text(0x4bfffffc, "b 0xffc");
    expect_text(0x7ca64a2a, ".long 0x7ca64a2a");
    expect_text(0x7ca64c2a, "lswx r5, r6, r9");
    expect_text(0x7ca0026c, "eciwx r5, 0, r0");
    expect_text(0x7f000400, "mcrxr cr6");
    expect_text(0x1022192e, "vmaddfp v1, v2, v4, v3");
    expect_text(0x10221c06, "vcmpequb. v1, v2, v3");
    expect_text(0x1029030c, "vspltisb v1, 9");
    expect_text(0x70830001, "andi. r3, r4, 1");
    expect_text(0x7c2322ac, "dst r3, r4, 1");
    expect_text(0x7e2322ec, "dststt r3, r4, 1");
    expect_text(0x7c20066c, "dss 1");
    expect_text(0x7e00066c, "dssall");
}

/* Marks the rows of a vector file's insn lines. */
static void mark_rows(const char *path, bool *seen)
{
    g_autofree char *text = NULL;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "insn ")) {
            g_auto(GStrv) words = g_strsplit(*line + 5, " ", -1);
            for (char **word = words; *word; word++) {
                PpcOp op;
                ppc_decode((uint32_t)g_ascii_strtoull(*word, NULL, 0), &op);
                seen[op.id] = true;
            }
        }
    }
}

Test(decode, every_row_has_a_vector)
{
    static bool seen[INSN_COUNT];
    g_autoptr(GDir) folder = g_dir_open(SOURCE_DIR "/tests/insn", 0, NULL);
    cr_assert(folder);
    const char *name;
    while ((name = g_dir_read_name(folder))) {
        if (g_str_has_suffix(name, ".vec")) {
            g_autofree char *path = g_build_filename(SOURCE_DIR "/tests/insn", name, NULL);
            mark_rows(path, seen);
        }
    }
    for (unsigned id = 0; id < INSN_COUNT; id++) {
        cr_assert(seen[id], "%s has no vector", ppc_insn_row(id)->mnemonic);
    }
}
