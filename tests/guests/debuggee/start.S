/* SPDX-License-Identifier: MIT */
/*
 * debuggee: a bare-metal program for tests/boot/gdb.sh, which gdb loads into RAM and enters at _start,
 * translation off. Vectors for the decrementer and system calls; then main(). Its result ends the run
 * through core99-debugexit. Source: none (own design).
 */
        .section .vector_dec, "ax"
        .globl  decrementer
decrementer:
        stw     %r4, -64(%r1)
        stw     %r5, -60(%r1)
        lis     %r4, ticks@ha
        lwz     %r5, ticks@l(%r4)
        addi    %r5, %r5, 1
        stw     %r5, ticks@l(%r4)
        lis     %r4, period@ha
        lwz     %r5, period@l(%r4)
        mtdec   %r5
        lwz     %r4, -64(%r1)
        lwz     %r5, -60(%r1)
        rfi

        .section .vector_sc, "ax"
        .globl  system_call
system_call:
        addi    %r3, %r3, 100
        rfi

        .text
        .globl  _start
_start:
        lis     %r1, stack_end@h
        ori     %r1, %r1, stack_end@l
        li      %r0, 0
        stwu    %r0, -256(%r1)
        lis     %r4, period@ha
        lwz     %r5, period@l(%r4)
        mtdec   %r5
        lis     %r5, 0x0200             /* MSR[VEC] */
        ori     %r5, %r5, 0xb002        /* EE, FP, ME, RI */
        mtmsr   %r5
        isync
        bl      main
        lis     %r4, 0xf900
        stw     %r3, 0(%r4)
        b       .

        .globl  call_system
call_system:
        sc
        blr

        .bss
        .balign 16
        .skip   4096
stack_end:

        .section .note.GNU-stack, "", %progbits
