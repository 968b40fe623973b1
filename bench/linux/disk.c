/* SPDX-License-Identifier: MIT */
/*
 * /dev/vda, or sda under that name: in order and at random places, past the guest's cache (O_DIRECT) and through it. What is read is what
 * bench/disk.py made; what is written is the same again.
 */
#include "bench/linux/bench.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MEGABYTE = 1 << 20, BLOCK = 4096 };
#define DISK_MEGABYTES 64

/* On SCSI and ATA it is called sda. */
static void name_disk(void)
{
    if (access("/dev/vda", F_OK) != 0 && symlink("/dev/sda", "/dev/vda") != 0) {
        perror("/dev/vda");
        exit(1);
    }
}

static int open_disk(int flags)
{
    name_disk();
    int fd = open("/dev/vda", flags);
    if (fd < 0) {
        perror("/dev/vda");
        exit(1);
    }
    return fd;
}

static uint8_t *buffer(void)
{
    static uint8_t *memory;
    if (!memory && posix_memalign((void **)&memory, BLOCK, MEGABYTE)) {
        exit(1);
    }
    memset(memory, 1, MEGABYTE);
    return memory;
}

static void forget_cache(void)
{
    int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
    sync();
    if (fd < 0 || write(fd, "3", 1) != 1) {
        perror("drop_caches");
        exit(1);
    }
    close(fd);
}

static uint32_t require(ssize_t done, size_t wanted)
{
    if (done != (ssize_t)wanted) {
        perror("transfer");
        exit(1);
    }
    return 1;
}

/* @times megabytes. */
static uint32_t in_order(uint32_t times, int flags, size_t piece)
{
    uint8_t *memory = buffer();
    uint32_t sum = 0;
    int fd = open_disk(flags);
    for (uint64_t done = 0; done < (uint64_t)times * MEGABYTE; done += piece) {
        off_t at = (off_t)(done % ((uint64_t)DISK_MEGABYTES * MEGABYTE));
        require((flags & O_ACCMODE) == O_RDONLY ? pread(fd, memory, piece, at)
                                                : pwrite(fd, memory, piece, at),
                piece);
        sum += memory[done % piece];
    }
    require(fsync(fd), 0);
    close(fd);
    return sum;
}

static uint32_t at_random(uint32_t times, int flags)
{
    uint8_t *memory = buffer();
    uint32_t seed = 1, sum = 0;
    int fd = open_disk(flags);
    for (uint32_t n = 0; n < times; n++) {
        off_t at = (off_t)(bench_random(&seed) % (DISK_MEGABYTES * (MEGABYTE / BLOCK))) * BLOCK;
        require((flags & O_ACCMODE) == O_RDONLY ? pread(fd, memory, BLOCK, at)
                                                : pwrite(fd, memory, BLOCK, at),
                BLOCK);
        sum += memory[0];
    }
    close(fd);
    return sum;
}

static uint32_t read_direct(uint32_t times)
{
    return in_order(times, O_RDONLY | O_DIRECT, MEGABYTE);
}
static uint32_t write_direct(uint32_t times)
{
    return in_order(times, O_WRONLY | O_DIRECT, MEGABYTE);
}
static uint32_t random_read(uint32_t times) { return at_random(times, O_RDONLY | O_DIRECT); }
static uint32_t random_write(uint32_t times) { return at_random(times, O_WRONLY | O_DIRECT); }
static uint32_t write_cached(uint32_t times) { return in_order(times, O_WRONLY, MEGABYTE); }

static uint32_t read_cached(uint32_t times)
{
    forget_cache();
    return in_order(times, O_RDONLY, MEGABYTE);
}

/* What the tool does, with its processes. */
static uint32_t tool(uint32_t times, const char *format)
{
    char command[200];
    name_disk();
    forget_cache();
    snprintf(command, sizeof(command), format, times);
    return require(system(command), 0);
}

static uint32_t dd_read(uint32_t times)
{
    return tool(times, "dd if=/dev/vda of=/dev/null bs=1M count=%u 2>/dev/null");
}

static uint32_t dd_write(uint32_t times)
{
    return tool(times, "dd if=/dev/zero of=/dev/vda bs=1M count=%u conv=fsync 2>/dev/null");
}

static const Work works[] = {
    {"read", read_direct, 512},
    {"write", write_direct, 512},
    {"random-read", random_read, 20000},
    {"random-write", random_write, 20000},
    {"cached-read", read_cached, 64},
    {"cached-write", write_cached, 64},
    {"dd-read", dd_read, 64},
    {"dd-write", dd_write, 64},
    {0},
};

int main(int argc, char **argv) { return bench_main(argc, argv, works); }
