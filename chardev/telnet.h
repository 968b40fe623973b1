/* SPDX-License-Identifier: MIT */
/* The telnet protocol around a socket's characters; for socket.c. */
#ifndef CHARDEV_TELNET_H
#define CHARDEV_TELNET_H

#include "chardev/internal.h"

typedef enum TelnetState {
    TELNET_DATA,
    TELNET_RETURN,  /* behind "\r": the NUL or "\n" that follows belongs to it */
    TELNET_COMMAND, /* behind IAC */
    TELNET_OPTION,  /* behind IAC WILL and the like */
    TELNET_IN_SUB,
    TELNET_SUB_COMMAND, /* behind IAC in a subnegotiation */
} TelnetState;

typedef struct Telnet {
    TelnetState state;
    uint8_t sub[8]; /* how a subnegotiation begins */
    unsigned sub_length;
    unsigned columns, rows; /* the peer's window; 0: not told */
    bool owes_iac;          /* one half of a doubled byte has gone out */
} Telnet;

/* A new peer: what to send it first. */
const uint8_t *telnet_begin(Telnet *telnet, size_t *length);
/* Takes the protocol out of @data, in place; returns how much is left of it, which is never more. */
size_t telnet_decode(Telnet *telnet, uint8_t *data, size_t length, unsigned *breaks);
/* As fd_stream_write(), of @data's bytes. */
size_t telnet_write(Telnet *telnet, FdStream *stream, const uint8_t *data, size_t length);

#endif
