/* SPDX-License-Identifier: MIT */
/*
 * Makes a file on a mounted HFS+ volume the one that Open Firmware finds as `\\:tbxi`: its type becomes "tbxi", its
 * folder the volume's system folder.
 * Source: TN1150 (finderInfo of the volume header, FileInfo); Linux's fs/hfsplus: the extended attribute
 * osx.com.apple.FinderInfo and the ioctl HFSPLUS_IOC_BLESS.
 */
#include "macdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BLESS _IO('h', 0x80)
enum { FINDER_INFO_BYTES = 32 };

void bless_file(const char *path)
{
    char info[FINDER_INFO_BYTES] = "tbxichrp"; /* type, creator */
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fsetxattr(fd, "osx.com.apple.FinderInfo", info, sizeof info, 0) < 0 ||
        ioctl(fd, BLESS) < 0) {
        die(path, strerror(errno));
    }
    close(fd);
}
