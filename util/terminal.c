/* SPDX-License-Identifier: MIT */
/*
 * The terminal's modes. Source: POSIX.1-2017, chapter 11, General Terminal Interface.
 */
#include "util/terminal.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t raw_fd = -1;
static struct termios original;
static struct termios raw;

/* The shell put its own modes back while the process was stopped. */
static void continued(int number)
{
    int saved_errno = errno;

    (void)number;
    /* In the background, changing modes would stop the process again. */
    if (raw_fd >= 0 && tcgetpgrp(raw_fd) == getpgrp()) {
        tcsetattr(raw_fd, TCSANOW, &raw);
    }
    errno = saved_errno;
}

static void set_raw_flags(struct termios *modes, bool signals)
{
    modes->c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR | ISTRIP | IXON | PARMRK);
    modes->c_oflag |= OPOST;
    modes->c_cflag = (modes->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    modes->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | (signals ? 0 : ISIG));
    modes->c_cc[VMIN] = 1;
    modes->c_cc[VTIME] = 0;
}

bool terminal_make_raw(int fd, bool signals)
{
    struct sigaction action = {.sa_handler = continued, .sa_flags = SA_RESTART};

    terminal_restore();
    if (tcgetattr(fd, &original) != 0) {
        return false;
    }
    raw = original;
    set_raw_flags(&raw, signals);
    tcsetattr(fd, TCSANOW, &raw);
    raw_fd = fd;
    sigaction(SIGCONT, &action, NULL);
    return true;
}

void terminal_restore(void)
{
    if (raw_fd >= 0) {
        tcsetattr(raw_fd, TCSANOW, &original);
        raw_fd = -1;
    }
}
