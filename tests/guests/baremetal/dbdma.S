/* SPDX-License-Identifier: MIT */
/*
 * dbdma: a -kernel program that uses the DMA controller and an ATA disk (ide.0 unit 0) as Mac OS X does:
 * AppleMacIO's self-test, transfers that end with both interrupts, restart under RUN, stopping. Ends with status
 * 42, or with the number of the step that failed. Needs -device core99-debugexit.
 *
 * Source: macosx.md rows 27 to 31, 4.3, 4.12; mac99.md 4, 8. Entered by OpenBIOS with translation on; RAM is
 * mapped one to one, and its handlers map pages above 0x80000000 on demand. No stack is used.
 */
        .set    DEBUG_EXIT, 0xf9000000
        .set    MACIO, 0x80000000
        .set    CHANNEL_0, 0x8000
        .set    CHANNEL_IDE, 0x8b00
        .set    SECTORS, 2
        .set    BYTES, SECTORS * 512
        .set    PATIENCE, 0x10          /* times 65536 looks */

        /* of the channel */
        .set    RUN_AND_WAKE, 0x9000    /* mask and value */
        .set    ACTIVE, 0x0400
        .set    DEAD, 0x0800
        .set    FLUSH, 0x2000
        /* command words */
        .set    INPUT_MORE, 0x2000
        .set    STORE_WORD, 0x4600      /* key 6: system memory */
        .set    NOP, 0x6000
        .set    NOP_INTERRUPT, 0x6030
        .set    STOP, 0x7000
        /* of the drive */
        .set    READ_SECTORS, 0x20
        .set    READ_DMA, 0xc8

        /*
         * r31 where to report, r30 the channel, r29 the ATA cell, r28 the interrupt controller, r27 the channel's
         * program, r26 what DMA reads, r25 what PIO reads, r24 the step, r23 interrupts seen, r22 the way back;
         * r3 to r6 are scratch
         */
        .macro  put n, word, count, address, dependent
        lis     %r3, \word
        ori     %r3, %r3, \count
        li      %r4, 16 * \n
        stwbrx  %r3, %r27, %r4
        addi    %r4, %r4, 4
        stwbrx  \address, %r27, %r4
        addi    %r4, %r4, 4
        stwbrx  \dependent, %r27, %r4
        addi    %r4, %r4, 4
        li      %r3, -1
        stwx    %r3, %r27, %r4
        .endm

        .macro  task reg, value
        li      %r3, \value
        stb     %r3, \reg(%r29)
        .endm

        .globl  _start
_start:
        lis     %r31, DEBUG_EXIT@h
        lis     %r29, (MACIO + 0x20000)@h
        lis     %r28, (MACIO + 0x40000)@h
        lis     %r27, program@ha
        addi    %r27, %r27, program@l
        lis     %r26, by_dma@ha
        addi    %r26, %r26, by_dma@l
        lis     %r25, by_pio@ha
        addi    %r25, %r25, by_pio@l

        /* row 27: the self-test of AppleMacIO, on channel 0 */
        li      %r24, 1
        lis     %r30, MACIO@h
        ori     %r30, %r30, CHANNEL_0
        lis     %r3, 0xffff
        stwbrx  %r3, 0, %r30
        li      %r5, ACTIVE
        bl      wait_status
        li      %r24, 2
        addi    %r5, %r27, 0x100
        lis     %r6, 0x1234
        ori     %r6, %r6, 0x5678
        put     0, NOP, 0, %r5, %r6
        put     1, STORE_WORD, 4, %r5, %r6
        put     2, STOP, 0, %r5, %r6
        bl      start
        li      %r5, ACTIVE | DEAD
        bl      wait_status
        li      %r24, 3
        li      %r4, 0x100
        lwbrx   %r3, %r27, %r4
        cmpw    %r3, %r6
        bne     fail
        li      %r24, 4                 /* row 28: NOP writes its status back */
        bl      check_result_0

        /* the same sectors by PIO: what the disk has */
        li      %r24, 5
        lis     %r30, MACIO@h
        ori     %r30, %r30, CHANNEL_IDE
        task    0x160, 0                /* the firmware left nIEN set */
        bl      read_by_pio

        /* both interrupt sources: 13 level, 2 edge, priority 8, to this processor */
        li      %r24, 6
        lis     %r3, 0x0048
        ori     %r3, %r3, 13
        addis   %r4, %r28, 1
        addi    %r4, %r4, 0x20 * 13
        bl      open_source
        lis     %r3, 0x0008
        ori     %r3, %r3, 2
        addis   %r4, %r28, 1
        addi    %r4, %r4, 0x20 * 2
        bl      open_source
        li      %r3, 0
        addis   %r4, %r28, 2
        addi    %r4, %r4, 0x80
        stwbrx  %r3, 0, %r4

        /* rows 28, 29, 31: the command first, then the channel */
        li      %r24, 10
        bl      lay_program
        bl      issue_dma
        bl      start
        bl      finish_transfer

        /* the channel first; RUN is still set, the pointer is new */
        li      %r24, 20
        bl      lay_program
        bl      start
        bl      issue_dma
        bl      finish_transfer

        /* IODBDMAStop, then FLUSH while RUN is clear */
        li      %r24, 30
        lis     %r3, 0xa000
        ori     %r3, %r3, FLUSH
        stwbrx  %r3, 0, %r30
        li      %r5, ACTIVE | FLUSH
        bl      wait_status
        li      %r24, 31
        lis     %r3, FLUSH
        ori     %r3, %r3, FLUSH
        stwbrx  %r3, 0, %r30
        li      %r5, ACTIVE | FLUSH
        bl      wait_status

        /* a channel that stands in INPUT_MORE is stopped */
        li      %r24, 32
        bl      lay_program
        bl      start
        li      %r4, 4
        lwbrx   %r3, %r30, %r4
        andi.   %r3, %r3, ACTIVE
        beq     fail
        lis     %r3, 0xa000
        ori     %r3, %r3, FLUSH
        stwbrx  %r3, 0, %r30
        li      %r5, ACTIVE | FLUSH
        bl      wait_status
        li      %r24, 42
fail:   stw     %r24, 0(%r31)
        b       .

        /* until no status bit of r5 is set; r3 is the status */
wait_status:
        lis     %r3, PATIENCE
        mtctr   %r3
        li      %r4, 4
1:      lwbrx   %r3, %r30, %r4
        and.    %r0, %r3, %r5
        beqlr
        bdnz    1b
        b       fail

start:  li      %r3, 0x0c
        stwbrx  %r27, %r30, %r3
        lis     %r3, RUN_AND_WAKE
        ori     %r3, %r3, RUN_AND_WAKE
        stwbrx  %r3, 0, %r30
        blr

        /* the results of descriptors 1 and 0: RUN and ACTIVE, not DEAD */
check_result_1:
        li      %r4, 16 + 12
        b       1f
check_result_0:
        li      %r4, 12
1:      lwbrx   %r3, %r27, %r4
        lis     %r4, 0x8c00
        and     %r3, %r3, %r4
        xoris   %r3, %r3, 0x8400
        cmpwi   %r3, 0
        beqlr
        b       fail

open_source:
        stwbrx  %r3, 0, %r4
        addi    %r4, %r4, 0x10
        li      %r3, 1
        stwbrx  %r3, 0, %r4
        blr

        /* no *_LAST: as MacIOATA lays it; the buffer holds another thing meanwhile */
lay_program:
        li      %r3, BYTES / 4
        mtctr   %r3
        addi    %r4, %r26, -4
        li      %r3, -1
1:      stwu    %r3, 4(%r4)
        bdnz    1b
        put     0, INPUT_MORE, BYTES, %r26, %r26
        put     1, NOP_INTERRUPT, 0, %r26, %r26
        put     2, STOP, 0, %r26, %r26
        blr

        /* row 30: without the bits of DEVICE that were always 1 */
issue_dma:
        li      %r5, READ_DMA
        b       issue
issue_pio:
        li      %r5, READ_SECTORS
issue:  task    0x60, 0x40
        task    0x10, 0
        task    0x20, SECTORS
        task    0x30, 1
        task    0x40, 0
        task    0x50, 0
        stb     %r5, 0x70(%r29)
        blr

        /* both interrupts once, in either order; then results and data */
finish_transfer:
        mflr    %r22
        li      %r23, 0
        lis     %r3, PATIENCE
        mtctr   %r3
        addi    %r24, %r24, 1
interrupts:
        addis   %r4, %r28, 2
        addi    %r4, %r4, 0xa0
        lwbrx   %r3, 0, %r4
        cmpwi   %r3, 13
        beq     from_drive
        cmpwi   %r3, 2
        beq     from_channel
        cmpwi   %r23, 3
        beq     1f
        bdnz    interrupts
        b       fail
1:      addi    %r24, %r24, 3           /* 14 */
        bl      check_result_0
        bl      check_result_1
        addi    %r24, %r24, 1           /* 15 */
        li      %r5, ACTIVE | DEAD
        bl      wait_status
        addi    %r24, %r24, 1           /* 16 */
        li      %r3, BYTES / 4
        mtctr   %r3
        addi    %r4, %r26, -4
        addi    %r5, %r25, -4
2:      lwzu    %r3, 4(%r4)
        lwzu    %r6, 4(%r5)
        cmpw    %r3, %r6
        bne     fail
        bdnz    2b
        mtlr    %r22
        blr

        /* row 29: bit 30 of 0x300 says so, and reading status clears it */
from_drive:
        andi.   %r3, %r23, 1
        bne     fail
        ori     %r23, %r23, 1
        li      %r4, 0x300
        lwbrx   %r3, %r29, %r4
        andis.  %r3, %r3, 0x4000
        beq     fail
        lbz     %r3, 0x70(%r29)
        cmpwi   %r3, 0x50
        bne     fail
        lwbrx   %r3, %r29, %r4
        andis.  %r3, %r3, 0x4000
        bne     fail
        b       end_of_interrupt
from_channel:
        andi.   %r3, %r23, 2
        bne     fail
        ori     %r23, %r23, 2
end_of_interrupt:
        li      %r3, 0
        addis   %r4, %r28, 2
        addi    %r4, %r4, 0xb0
        stwbrx  %r3, 0, %r4
        b       interrupts

read_by_pio:
        mflr    %r22
        bl      issue_pio
        li      %r23, SECTORS
        addi    %r6, %r25, -2
sector: lis     %r3, PATIENCE
        mtctr   %r3
1:      lbz     %r3, 0x160(%r29)
        cmpwi   %r3, 0x58               /* DRQ */
        beq     2f
        bdnz    1b
        b       fail
2:      lbz     %r3, 0x70(%r29)
        li      %r3, 256
        mtctr   %r3
3:      lhz     %r3, 0(%r29)
        sthu    %r3, 2(%r6)
        bdnz    3b
        addic.  %r23, %r23, -1
        bne     sector
        mtlr    %r22
        blr

        .bss
        .balign 4096
program:
        .space  0x200
by_dma: .space  BYTES
by_pio: .space  BYTES
