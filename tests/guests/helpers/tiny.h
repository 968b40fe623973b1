/* SPDX-License-Identifier: MIT */
/*
 * The few system calls that the guest's helpers need, without a C library: a static glibc program
 * weighs 700 KB, which the guest would have to unpack at every boot.
 * Source: Linux's powerpc system call convention (number in r0, arguments in r3 to r8, error in
 * CR0.SO); ELF start-up of the 32-bit PowerPC SysV ABI (argc on top of the stack).
 * Not modelled: errno, stdio, environment. Included by exactly one .c file of each program.
 */
#ifndef GUEST_HELPERS_TINY_H
#define GUEST_HELPERS_TINY_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

enum { TINY_O_RDWR = 2, TINY_O_SYNC = 04010000, TINY_PROT_READ_WRITE = 3, TINY_MAP_SHARED = 1 };
enum { TINY_PAGE = 4096 };

int tiny_main(int argc, char **argv);

/* Result of the call, or -1 whatever the error was. */
static inline long tiny_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    register long r7 __asm__("r7") = e;
    register long r8 __asm__("r8") = f;

    __asm__ volatile("sc\n\tbns+ 1f\n\tli %%r3, -1\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                     :
                     : "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
    return r3;
}

static inline size_t tiny_strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    return length;
}

static inline void tiny_write(int fd, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        long done = tiny_call(__NR_write, fd, (long)next, (long)size, 0, 0, 0);

        if (done <= 0) {
            return;
        }
        next += done;
        size -= (size_t)done;
    }
}

static inline int tiny_fail(const char *message)
{
    tiny_write(2, message, tiny_strlen(message));
    tiny_write(2, "\n", 1);
    return 1;
}

/* The page of physical memory around @physical, uncached, with the offset added; NULL on error. */
static inline volatile void *tiny_map_physical(uint32_t physical)
{
    long fd = tiny_call(__NR_open, (long)"/dev/mem", TINY_O_RDWR | TINY_O_SYNC, 0, 0, 0, 0);
    long page;

    if (fd < 0) {
        return NULL;
    }
    page = tiny_call(__NR_mmap2, 0, TINY_PAGE, TINY_PROT_READ_WRITE, TINY_MAP_SHARED, fd,
                     (long)(physical / TINY_PAGE));
    return page == -1 ? NULL : (volatile char *)page + physical % TINY_PAGE;
}

/* The number in @text (decimal, or hexadecimal after 0x); false if there is anything else in it. */
static inline int tiny_parse(const char *text, uint32_t *value)
{
    int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const char *digit = base == 16 ? text + 2 : text;

    *value = 0;
    if (*digit == '\0') {
        return 0;
    }
    for (; *digit != '\0'; digit++) {
        int lower = *digit | 0x20;
        int n = *digit >= '0' && *digit <= '9' ? *digit - '0'
                : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                               : base;

        if (n >= base) {
            return 0;
        }
        *value = *value * (uint32_t)base + (uint32_t)n;
    }
    return 1;
}

/* Called by _start with the initial stack pointer, where the kernel left argc and argv. */
__attribute__((used, noreturn)) static void tiny_start(long *stack)
{
    int status = tiny_main((int)stack[0], (char **)(stack + 1));

    for (;;) {
        tiny_call(__NR_exit_group, status, 0, 0, 0, 0, 0);
    }
}

__asm__(".globl _start\n"
        "_start:\n"
        "\tmr 3, 1\n"
        "\trlwinm 1, 1, 0, 0, 27\n"
        "\tli 0, 0\n"
        "\tstwu 0, -16(1)\n"
        "\tb tiny_start\n");

#endif
