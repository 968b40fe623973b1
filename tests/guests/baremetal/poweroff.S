/* SPDX-License-Identifier: MIT */
/*
 * poweroff: a -kernel program that switches the machine off as soon as it is entered, to time
 * "reset to kernel entry".
 * Source: mac99.md 2.1 (fw_cfg), 6.1 (VIA registers), 6.2 and 6.3 (CUDA), 6.5 (PMU), 14.3 (entry).
 * Entered by OpenBIOS at 0x01000000 wherever it was linked, so it is position independent. The MMU
 * is on; OpenBIOS's handlers map device pages one to one on demand. Registers and no stack are used.
 * Which chip: fw_cfg item PPC_VIACONFIG (little-endian; 0 CUDA, else PMU), read byte by byte.
 * Not modelled: time-outs (a broken VIA hangs here, as it hangs the ROM).
 */

        .set    FWCFG, 0xf0000510
        .set    KEY_VIACONFIG, 0x800b

        .set    VIA, 0x80016000
        .set    VIA_B, 0x0000
        .set    VIA_DDRB, 0x0400
        .set    VIA_SR, 0x1400
        .set    VIA_ACR, 0x1600
        .set    VIA_IFR, 0x1a00
        .set    IFR_SR, 0x04
        .set    ACR_SR_EXT, 0x0c
        .set    ACR_SR_OUT, 0x10

        .set    CUDA_TREQ, 0x08
        .set    CUDA_TACK, 0x10
        .set    CUDA_TIP, 0x20
        .set    CUDA_PACKET, 0x01
        .set    CUDA_POWER_OFF, 0x0a

        .set    PMU_TACK, 0x08
        .set    PMU_TREQ, 0x10
        .set    PMU_SHUTDOWN, 0x7e

        /* r31 = VIA for the whole program; r3 carries the byte; r0, r4 and r9 are scratch */
        .globl  _start
_start:
        lis     %r31, VIA@h
        ori     %r31, %r31, VIA@l
        lis     %r9, FWCFG@h
        ori     %r9, %r9, FWCFG@l
        lis     %r4, 0
        ori     %r4, %r4, KEY_VIACONFIG
        sth     %r4, 0(%r9)
        eieio
        lbz     %r4, 2(%r9)
        cmpwi   %r4, 0
        bne     pmu

cuda:
        lbz     %r4, VIA_DDRB(%r31)
        ori     %r4, %r4, CUDA_TACK | CUDA_TIP
        andi.   %r4, %r4, 0xff & ~CUDA_TREQ
        stb     %r4, VIA_DDRB(%r31)
        lbz     %r4, VIA_ACR(%r31)
        ori     %r4, %r4, ACR_SR_EXT | ACR_SR_OUT
        stb     %r4, VIA_ACR(%r31)
        lbz     %r4, VIA_SR(%r31)       /* drops an old SR interrupt */
        eieio
        li      %r3, CUDA_PACKET
        stb     %r3, VIA_SR(%r31)
        lbz     %r4, VIA_B(%r31)
        andi.   %r4, %r4, 0xff & ~CUDA_TIP
        stb     %r4, VIA_B(%r31)
        bl      wait_sr
        li      %r3, CUDA_POWER_OFF
        stb     %r3, VIA_SR(%r31)
        lbz     %r4, VIA_B(%r31)
        xori    %r4, %r4, CUDA_TACK
        stb     %r4, VIA_B(%r31)
        bl      wait_sr
        lbz     %r4, VIA_ACR(%r31)
        andi.   %r4, %r4, 0xff & ~ACR_SR_OUT
        stb     %r4, VIA_ACR(%r31)
        lbz     %r4, VIA_B(%r31)
        ori     %r4, %r4, CUDA_TACK | CUDA_TIP
        stb     %r4, VIA_B(%r31)        /* end of packet: executed from here on */
        b       .

        /* until the byte in SR was taken; reading SR drops the flag */
wait_sr:
        lbz     %r4, VIA_IFR(%r31)
        andi.   %r4, %r4, IFR_SR
        beq     wait_sr
        lbz     %r4, VIA_SR(%r31)
        eieio
        blr

pmu:
        lbz     %r4, VIA_ACR(%r31)
        ori     %r4, %r4, ACR_SR_EXT | ACR_SR_OUT
        stb     %r4, VIA_ACR(%r31)
        li      %r3, PMU_SHUTDOWN
        bl      pmu_send
        li      %r3, 'M'
        bl      pmu_send
        li      %r3, 'A'
        bl      pmu_send
        li      %r3, 'T'
        bl      pmu_send
        li      %r3, 'T'
        bl      pmu_send                /* the last byte executes the command */
        b       .

        /* r3 goes out: request, wait for the acknowledge, release, wait for idle */
pmu_send:
        stb     %r3, VIA_SR(%r31)
        lbz     %r4, VIA_B(%r31)
        andi.   %r4, %r4, 0xff & ~PMU_TREQ
        stb     %r4, VIA_B(%r31)
1:      lbz     %r4, VIA_B(%r31)
        andi.   %r0, %r4, PMU_TACK
        bne     1b
        ori     %r4, %r4, PMU_TREQ
        stb     %r4, VIA_B(%r31)
2:      lbz     %r4, VIA_B(%r31)
        andi.   %r0, %r4, PMU_TACK
        beq     2b
        blr
