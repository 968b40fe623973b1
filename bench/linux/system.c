/* SPDX-License-Identifier: MIT */
/* What the operating system does for programs: calls, faults, processes, pipes, switches. */
#include "bench/linux/bench.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *self;

static uint32_t system_call(uint32_t times)
{
    uint32_t sum = 0;
    while (times--) {
        sum += (uint32_t)syscall(SYS_getppid);
    }
    return sum != 0;
}

/* Fresh pages of anonymous memory, a fault each. */
static uint32_t page_fault(uint32_t times)
{
    enum { PAGES = 1000, PAGE = 4096 };
    for (; times >= PAGES; times -= PAGES) {
        uint8_t *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (uint32_t i = 0; i < PAGES; i++) {
            pages[i * PAGE] = 1;
        }
        munmap(pages, PAGES * PAGE);
    }
    return 0;
}

static uint32_t fork_exec(uint32_t times)
{
    char *const arguments[] = {(char *)self, (char *)"nothing", NULL};
    uint32_t failed = 0;
    while (times--) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            execv(self, arguments);
            _exit(1);
        }
        waitpid(child, &status, 0);
        failed += status != 0;
    }
    return failed;
}

/* A byte to another process and back. */
static uint32_t pipe_round(uint32_t times)
{
    int there[2], back[2];
    char byte = 'x';
    if (pipe(there) || pipe(back)) {
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        while (read(there[0], &byte, 1) == 1 && byte == 'x' && write(back[1], &byte, 1) == 1) {
        }
        _exit(0);
    }
    while (times-- && write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1) {
    }
    byte = 'q';
    ssize_t told = write(there[1], &byte, 1);
    waitpid(child, NULL, 0);
    return told != 1;
}

/* Two processes that yield to each other. */
static uint32_t context_switch(uint32_t times)
{
    pid_t child = fork();
    for (uint32_t i = 0; i < times; i++) {
        sched_yield();
    }
    if (child == 0) {
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}

int main(int argc, char **argv)
{
    static const Work works[] = {
        {"syscall", system_call, 100000},  {"fault", page_fault, 20000},
        {"fork-exec", fork_exec, 100},     {"pipe", pipe_round, 5000},
        {"switch", context_switch, 10000}, {NULL, NULL, 0},
    };
    if (argc > 1 && strcmp(argv[1], "nothing") == 0) {
        return 0;
    }
    self = argv[0];
    return bench_main(argc, argv, works);
}
