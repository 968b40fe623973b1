/* SPDX-License-Identifier: MIT */
/*
 * nvram: a -kernel program that does to the NVRAM what Mac OS X does: both areas are read as partitions, area A's
 * sums are checked, area B is erased and programmed with the next generation of A, as AppleCore99NVRAM polls and
 * verifies. Status 42: all is well; else the number of the step that failed. Needs -device core99-debugexit.
 *
 * Source: macosx.md 4.10, rows 33 and 34 of its list; mac99.md 14.3 (entry). Entered by OpenBIOS with translation on,
 * which shows its copy of the ROM where the NVRAM is: translation goes off first. Polls end after 1000 reads. No
 * stack is used. Behind 256 zeros it is a -bios image, too: then the window shows the firmware's image until its last
 * byte is read.
 */
        .set    WINDOW, 0xfff04000
        .set    AREA, 0x2000
        .set    COPY, 0x02000000
        .set    DEBUG_EXIT, 0xf9000000
        .set    GENERATION, 20
        .set    ADLER, 16
        .set    MODULUS, 65521
        .set    POLLS, 1000

        /* r20, r21 = areas A, B; r22 = copy in RAM; r3 = the step; r31 = where it ends */
        .globl  _start
_start:
        mfmsr   %r3
        rlwinm  %r3, %r3, 0, 28, 25     /* IR, DR */
        sync
        mtmsr   %r3
        isync
        lis     %r31, DEBUG_EXIT@h
        lis     %r20, WINDOW@h
        ori     %r20, %r20, WINDOW@l
        addi    %r21, %r20, AREA
        lis     %r22, COPY@h

        lbz     %r4, 2 * AREA - 1(%r20) /* the firmware is done */
        li      %r3, 1                  /* A has the signature */
        lbz     %r4, 0(%r20)
        cmpwi   %r4, 0x5a
        bne     end

        li      %r3, 2                  /* no length is zero */
        mr      %r5, %r20
        bl      walk
        li      %r3, 3
        mr      %r5, %r21
        bl      walk

        li      %r3, 4                  /* the header's checksum */
        lbz     %r4, 0(%r20)
        li      %r6, 2
1:      lbzx    %r7, %r20, %r6
        add     %r4, %r4, %r7
        srwi    %r8, %r4, 8
        clrlwi  %r4, %r4, 24
        add     %r4, %r4, %r8
        addi    %r6, %r6, 1
        cmpwi   %r6, 16
        blt     1b
        lbz     %r7, 1(%r20)
        cmpw    %r4, %r7
        bne     end

        li      %r3, 5                  /* the area's */
        mr      %r5, %r20
        bl      adler
        lwz     %r4, ADLER(%r20)
        cmpw    %r4, %r9
        bne     end

        li      %r6, 0                  /* the next generation */
1:      lbzx    %r7, %r20, %r6
        stbx    %r7, %r22, %r6
        addi    %r6, %r6, 1
        cmplwi  %r6, AREA
        blt     1b
        lwz     %r4, GENERATION(%r22)
        addi    %r4, %r4, 1
        stw     %r4, GENERATION(%r22)
        mr      %r5, %r22
        bl      adler
        stw     %r9, ADLER(%r22)

        li      %r3, 6                  /* erase */
        mr      %r7, %r21
        li      %r4, 0x20
        stb     %r4, 0(%r7)
        li      %r4, 0xd0
        stb     %r4, 0(%r7)
        bl      poll
        li      %r4, 0xff
        stb     %r4, 0(%r21)
        li      %r3, 7
        li      %r6, 0
1:      lbzx    %r4, %r21, %r6
        cmpwi   %r4, 0xff
        bne     end
        addi    %r6, %r6, 1
        cmplwi  %r6, AREA
        blt     1b

        li      %r3, 8                  /* program */
        li      %r6, 0
1:      add     %r7, %r21, %r6
        li      %r4, 0x40
        stb     %r4, 0(%r7)
        lbzx    %r4, %r22, %r6
        stb     %r4, 0(%r7)
        bl      poll
        addi    %r6, %r6, 1
        cmplwi  %r6, AREA
        blt     1b
        li      %r4, 0xff
        stb     %r4, 0(%r21)
        li      %r3, 9
        li      %r6, 0
1:      lbzx    %r4, %r21, %r6
        lbzx    %r5, %r22, %r6
        cmpw    %r4, %r5
        bne     end
        addi    %r6, %r6, 1
        cmplwi  %r6, AREA
        blt     1b
        li      %r3, 42
end:    stw     %r3, 0(%r31)
        b       .

        /* add up the lengths of the area at r5 */
walk:   li      %r6, 0
1:      add     %r7, %r5, %r6
        lhz     %r8, 2(%r7)
        slwi    %r8, %r8, 4
        cmpwi   %r8, 0
        beq     end
        add     %r6, %r6, %r8
        cmplwi  %r6, AREA
        blt     1b
        blr

        /* r9 = adler32 of the area at r5, from the generation on, beginning with 1 */
adler:  li      %r6, GENERATION
        li      %r7, 1
        li      %r8, 0
        lis     %r10, 0
        ori     %r10, %r10, MODULUS
1:      lbzx    %r11, %r5, %r6
        add     %r7, %r7, %r11
        cmplw   %r7, %r10
        blt     2f
        subf    %r7, %r10, %r7
2:      add     %r8, %r8, %r7
        cmplw   %r8, %r10
        blt     3f
        subf    %r8, %r10, %r8
3:      addi    %r6, %r6, 1
        cmplwi  %r6, AREA
        blt     1b
        slwi    %r9, %r8, 16
        or      %r9, %r9, %r7
        blr

        /* the byte at r7 says ready, and no error */
poll:   li      %r4, POLLS
        mtctr   %r4
1:      lbz     %r4, 0(%r7)
        andi.   %r5, %r4, 0x80
        bne     2f
        bdnz    1b
        b       end
2:      andi.   %r5, %r4, 0x38
        bne     end
        blr
