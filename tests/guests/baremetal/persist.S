/* SPDX-License-Identifier: MIT */
/*
 * persist: a -kernel program that looks for its pattern in persistent memory at 0x90000000, 64 KiB. Nothing
 * there: writes it and ends with status 7. All of it there: 42. Part of it: 9. Needs -device core99-debugexit.
 *
 * Source: docs/devices.md (window for persistent memory); mac99.md 14.3 (entry). Entered by OpenBIOS with
 * translation on; its handlers map pages above 0x80000000 one to one on demand. No stack is used.
 */
        .set    PERSISTENT, 0x90000000
        .set    DEBUG_EXIT, 0xf9000000
        .set    WORDS, 0x10000 / 4
        .set    STEP, 0x9e3779b9        /* each word is the last plus this */

        .globl  _start
_start:
        lis     %r31, DEBUG_EXIT@h
        lis     %r30, STEP@h
        ori     %r30, %r30, STEP@l
        lis     %r29, PERSISTENT@h
        lwz     %r3, 0(%r29)
        li      %r4, WORDS
        mtctr   %r4
        li      %r5, 0
        cmpw    %r3, %r30
        beq     check

write:  add     %r5, %r5, %r30
        stw     %r5, 0(%r29)
        addi    %r29, %r29, 4
        bdnz    write
        li      %r3, 7
        b       end

check:  add     %r5, %r5, %r30
        lwz     %r3, 0(%r29)
        addi    %r29, %r29, 4
        cmpw    %r3, %r5
        bne     part
        bdnz    check
        li      %r3, 42
        b       end
part:   li      %r3, 9
end:    stw     %r3, 0(%r31)
        b       .
