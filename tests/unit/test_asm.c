/* SPDX-License-Identifier: MIT */
/* target-ppc/asm.c: text to words, and back from what disasm.c prints. */
#include "target-ppc/asm.h"
#include "target-ppc/decode.h"
#include "tests/unit/insn_words.h"

#include <criterion/criterion.h>

enum { PC = 0x1000 };

static void expect(const char *text, uint32_t wanted)
{
    g_autoptr(Error) err = NULL;
    uint32_t word = 0;
    cr_assert(ppc_assemble(text, PC, &word, &err), "%s: %s", text,
              err ? error_get_pretty(err) : "");
    cr_assert_eq(word, wanted, "%s is %08x, wanted %08x", text, word, wanted);
}

static void refuse(const char *text, const char *message)
{
    g_autoptr(Error) err = NULL;
    uint32_t word = 0;
    cr_assert_not(ppc_assemble(text, PC, &word, &err), "%s", text);
    cr_assert_str_eq(error_get_pretty(err), message);
}

/* Words of this file: powerpc-linux-gnu-as -m7400. */
Test(asm, rows_take_their_operands)
{
    expect("add r3, r4, r5", 0x7c642a14);
    expect("  add.  r3,r4,r5  ", 0x7c642a15);
    expect("addo. r3,r4,r5", 0x7c642e15);
    expect("addi r3, r4, -1", 0x3864ffff);
    expect("addi r3, 0, 0x7f", 0x3860007f);
    expect("andi. r3, r4, 0xffff", 0x7083ffff);
    expect("lwz r3, 8(r1)", 0x80610008);
    expect("lwz r3, -8(r1)", 0x8061fff8);
    expect("lwz r3, 16(0)", 0x80600010);
    expect("lwzx r3, 0, r4", 0x7c60202e);
    expect("stwcx. r3, r4, r5", 0x7c64292d);
    expect("cmpwi cr7, r3, -5", 0x2f83fffb);
    expect("cmpwi r3, 5", 0x2c030005);
    expect("cmplw r3, r4", 0x7c032040);
    expect("rlwinm. r3, r4, 5, 6, 7", 0x5483298f);
    expect("lswi r5, r4, 32", 0x7ca404aa);
    expect("mtcrf 0x80, r3", 0x7c680120);
    expect("mfspr r3, 1009", 0x7c71faa6);
    expect("mfspr r3, HID1", 0x7c71faa6);
    expect("mtspr hid0, r3", 0x7c70fba6);
    expect("mtsr 15, r3", 0x7c6f01a4);
    expect("fmadd. f1, f2, f3, f4", 0xfc2220fb);
    expect("mtfsf 255, f0", 0xfdfe058e);
    expect("mtfsfi cr7, 15", 0xff80f10c);
    expect("vmaddfp v1, v2, v4, v3", 0x1022192e);
    expect("vcmpequb. v1, v2, v3", 0x10221c06);
    expect("vspltisb v1, -16", 0x1030030c);
    expect("vsldoi v1, v2, v3, 15", 0x10221bec);
    expect("crand 4*cr7+eq, lt, 4*cr1+so", 0x4fc03a02);
    expect(".long 0x12345678", 0x12345678);
    expect("sync", 0x7c0004ac);
}

Test(asm, branches_take_addresses)
{
    expect("b 0x1000", 0x48000000);
    expect("b .-4", 0x4bfffffc);
    expect("bl . + 0x100", 0x48000101);
    expect("ba 0xfffffffc", 0x4bfffffe);
    expect("bla -4", 0x4bffffff);
    expect("bc 12, 2, 0x1008", 0x41820008);
    expect("bcla 4, 30, 0x7ffc", 0x409e7fff);
    expect("bclr 20, 0", 0x4e800020);
    expect("bc+ 18, 2, 0x1008", 0x42620008);
}

Test(asm, simplified_mnemonics_stand_for_rows)
{
    expect("li r3, 1", 0x38600001);
    expect("lis r3, -32768", 0x3c608000);
    expect("lis r3, 0x8000", 0x3c608000);
    expect("la r3, 8(r4)", 0x38640008);
    expect("subi r3, r4, 1", 0x3864ffff);
    expect("mr r3, r4", 0x7c832378);
    expect("mr. r3, r4", 0x7c832379);
    expect("not r3, r4", 0x7c8320f8);
    expect("sub r3, r4, r5", 0x7c652050);
    expect("nop", 0x60000000);
    expect("slwi r3, r3, 8", 0x5463402e);
    expect("srwi r3, r3, 2", 0x5463f0be);
    expect("srwi r3, r3, 0", 0x5463003e);
    expect("clrlwi. r3, r3, 31", 0x546307ff);
    expect("rotlwi r3, r3, 1", 0x5463083e);
    expect("rotlw r3, r3, r5", 0x5c63283e);
    expect("extrwi r3, r4, 8, 8", 0x5483863e);
    expect("insrwi r3, r4, 8, 8", 0x5083821e);
    expect("crclr 4*cr7+eq", 0x4fdef182);
    expect("crset 0", 0x4c000242);
    expect("mtcr r3", 0x7c6ff120);
    expect("mflr r3", 0x7c6802a6);
    expect("mtctr r3", 0x7c6903a6);
    expect("mtdbatl 3, r3", 0x7c7f83a6);
    expect("mfsprg r3, 3", 0x7c7342a6);
    expect("mtsprg3 r3", 0x7c7343a6);
    expect("mftb r3", 0x7c6c42e6);
    expect("mftbu r3", 0x7c6d42e6);
    expect("trap", 0x7fe00008);
    expect("twui r3, 5", 0x0fe30005);
    expect("twlge r3, r4", 0x7ca32008);
    expect("lwsync", 0x7c2004ac);
    expect("dstt r3, r4, 1", 0x7e2322ac);
    expect("dssall", 0x7e00066c);
}

Test(asm, conditional_branches_have_names_and_hints)
{
    expect("beq 0x1008", 0x41820008);
    expect("beq cr7, 0x1008", 0x419e0008);
    expect("bne+ 0x1008", 0x40a20008);
    expect("bne- .-8", 0x40a2fff8);
    expect("beq- 0x1008", 0x41820008);
    expect("bnel cr1, .", 0x40860001);
    expect("bgela cr1, 0x100", 0x40840103);
    expect("bdnz .-8", 0x4200fff8);
    expect("bdnzf gt, 0x1008", 0x40010008);
    expect("bt 4*cr2+eq, 0x1008", 0x418a0008);
    expect("blr", 0x4e800020);
    expect("blrl", 0x4e800021);
    expect("bctrl", 0x4e800421);
    expect("beqlr+", 0x4da20020);
    expect("bnectr cr7", 0x4c9e0420);
    expect("bdnzlr", 0x4e000020);
}

Test(asm, mistakes_are_named_with_their_column)
{
    refuse("", "column 1: no instruction");
    refuse("lwzz r3, 8(r1)", "column 1: no instruction 'lwzz'; did you mean 'lwz'?");
    refuse("frobnicate", "column 1: no instruction 'frobnicate'");
    refuse("addi r3, r4, 40000", "column 14: SI is 40000, accepted -32768 to 32767");
    refuse("ori r3, r4, -1", "column 13: UI is -1, accepted 0 to 65535");
    refuse("slwi r3, r4, 32", "column 14: SH is 32, accepted 0 to 31");
    refuse("lwz r3, 0x8000(r1)", "column 9: d is 32768, accepted -32768 to 32767");
    refuse("lwz r3, r1", "column 9: expected d(rA), found 'r1'");
    refuse("lwz r3, 8(32)", "column 11: expected 0 or r0 to r31, found '32'");
    refuse("add r3, r32, r5", "column 9: expected r0 to r31, found 'r32'");
    refuse("add r3, f2, r5", "column 9: expected r0 to r31, found 'f2'");
    refuse("add r3, r4", "column 1: add needs 3 operands (rD,rA,rB), 2 given");
    refuse("add r3,, r5", "column 8: an operand is missing");
    refuse("add r3, r4, r5, r6, r7, r8", "column 25: too many operands");
    refuse("beq cr8, 0x1008", "column 5: expected a number, found 'cr8'");
    refuse("b 0x1002", "column 3: TGT is 0x1002, accepted 0xfe001000 to 0x2000ffc in steps of 4");
    refuse("beq 0x9000", "column 5: TGT is 0x9000, accepted 0xffff9000 to 0x8ffc in steps of 4");
    refuse("mfspr r3, 1024", "column 11: SPR is 1024, accepted 0 to 1023");
    refuse("mtsrin. r3, r4", "column 1: no instruction 'mtsrin.'; did you mean 'mtsrin'?");
    refuse("li r3, 1+", "column 10: expected a number");
    refuse("li r3, 1x", "column 8: bad number '1x'");
    refuse("li r3, 1)", "column 9: unexpected ')'");
    refuse("li r3, 0x7fffffffffffffff*2", "column 8: number too large");
    refuse("cmpi cr0, 1, r3, 5", "column 11: L is 1, accepted 0 to 0");
    refuse("extlwi r3, r4, 0, 5", "column 1: ME is -1, accepted 0 to 31");
    refuse(".long 0x100000000",
           "column 7: .long is 4294967296, accepted -2147483648 to 4294967295");
}

/* The one class of words that text does not tell apart: dssall has no stream. */
static uint32_t canonical(unsigned id, uint32_t word)
{
    bool is_dssall = id == INSN_dss && (word & 1u << 25);
    return is_dssall ? deposit32(word, 21, 2, 0) : word;
}

Test(asm, what_the_table_prints_assembles_to_the_same_word)
{
    uint64_t state = 1;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        for (unsigned i = 0; i < 200; i++) {
            uint32_t word = random_word(id, &state), pc = (uint32_t)next_random(&state) & ~3u;
            uint32_t back = 0;
            g_autoptr(Error) err = NULL;
            g_string_truncate(text, 0);
            cr_assert(ppc_disasm_row(word, pc, text), "%08x", word);
            cr_assert(ppc_assemble(text->str, pc, &back, &err), "%08x: %s: %s", word, text->str,
                      err ? error_get_pretty(err) : "");
            cr_assert_eq(back, canonical(id, word), "%08x: %s is %08x", word, text->str, back);
        }
    }
}

Test(asm, a_word_that_is_no_instruction_survives_as_data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    cr_assert_not(ppc_disasm_row(0x0badc0de, PC, text));
    expect(text->str, 0x0badc0de);
}

/* One to three bytes of a right line are changed, doubled or lost. */
static void spoil(GString *text, uint64_t *state)
{
    static const char bytes[] = "(),.+-*&$ \t0x9rfvcb\"%\x80\xff";
    for (unsigned i = (unsigned)next_random(state) % 3; text->len > 0 && i < 3; i++) {
        uint64_t dice = next_random(state);
        gssize at = (gssize)((dice >> 32) % text->len);
        char byte = bytes[(dice >> 8) % (sizeof(bytes) - 1)];
        switch (dice & 3) {
        case 0:
            g_string_erase(text, at, 1);
            break;
        case 1:
            g_string_insert_c(text, at, byte);
            break;
        default:
            text->str[at] = byte;
        }
    }
}

Test(asm, a_spoiled_line_assembles_or_is_refused_with_one_message)
{
    uint64_t state = 3;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned id = 1 + (unsigned)next_random(&state) % (INSN_COUNT - 1);
        g_autoptr(Error) err = NULL;
        uint32_t word;
        g_string_truncate(text, 0);
        ppc_disasm_row(random_word(id, &state), PC, text);
        spoil(text, &state);
        bool ok = ppc_assemble(text->str, PC, &word, &err);
        cr_assert_eq(ok, err == NULL, "%s", text->str);
        cr_assert(ok || g_str_has_prefix(error_get_pretty(err), "column "), "%s", text->str);
    }
}
