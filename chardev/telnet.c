/* SPDX-License-Identifier: MIT */
/*
 * The telnet protocol around a socket's characters: enough for a terminal to type at us.
 *
 * We offer to echo, ask for single characters and for the window's size, and answer nothing: no peer can
 * make us talk without end. Source: RFC 854, 857 (ECHO), 858 (SGA), 1073 (NAWS). Not here: other options.
 */
#include "chardev/telnet.h"

#include <string.h>

enum {
    TELNET_SE = 240,
    TELNET_BREAK = 243,
    TELNET_INTERRUPT = 244,
    TELNET_SB = 250,
    TELNET_WILL = 251,
    TELNET_DO = 253,
    TELNET_DONT = 254,
    TELNET_IAC = 255,
    OPTION_ECHO = 1,
    OPTION_SGA = 3,
    OPTION_NAWS = 31,
    KEY_CTRL_C = 3,
};

static const uint8_t greeting[] = {
    TELNET_IAC, TELNET_WILL, OPTION_ECHO, TELNET_IAC, TELNET_WILL, OPTION_SGA,
    TELNET_IAC, TELNET_DO,   OPTION_SGA,  TELNET_IAC, TELNET_DO,   OPTION_NAWS,
};

const uint8_t *telnet_begin(Telnet *telnet, size_t *length)
{
    *telnet = (Telnet){.state = TELNET_DATA};
    *length = sizeof(greeting);
    return greeting;
}

/* "IAC SB NAWS width height": two bytes each. */
static void end_subnegotiation(Telnet *telnet)
{
    const uint8_t *sub = telnet->sub;
    if (telnet->sub_length == 5 && sub[0] == OPTION_NAWS) {
        telnet->columns = (unsigned)(sub[1] << 8 | sub[2]);
        telnet->rows = (unsigned)(sub[3] << 8 | sub[4]);
    }
}

static void add_sub(Telnet *telnet, uint8_t byte)
{
    if (telnet->sub_length < sizeof(telnet->sub)) {
        telnet->sub[telnet->sub_length++] = byte;
    }
}

/* The byte behind IAC; true: *@byte is a character. */
static bool take_command(Telnet *telnet, uint8_t *byte, unsigned *breaks)
{
    telnet->state = TELNET_DATA;
    switch (*byte) {
    case TELNET_IAC:
        return true;
    case TELNET_INTERRUPT:
        *byte = KEY_CTRL_C;
        return true;
    case TELNET_BREAK:
        (*breaks)++;
        return false;
    case TELNET_SB:
        telnet->sub_length = 0;
        telnet->state = TELNET_IN_SUB;
        return false;
    default:
        if (*byte >= TELNET_WILL && *byte <= TELNET_DONT) {
            telnet->state = TELNET_OPTION;
        }
        return false;
    }
}

static bool take_data(Telnet *telnet, uint8_t byte)
{
    bool is_second = telnet->state == TELNET_RETURN && (byte == '\0' || byte == '\n');
    telnet->state = byte == TELNET_IAC ? TELNET_COMMAND
                    : byte == '\r'     ? TELNET_RETURN
                                       : TELNET_DATA;
    return byte != TELNET_IAC && !is_second;
}

/* True: *@byte, perhaps changed, is a character. */
static bool take_byte(Telnet *telnet, uint8_t *byte, unsigned *breaks)
{
    switch (telnet->state) {
    case TELNET_DATA:
    case TELNET_RETURN:
        return take_data(telnet, *byte);
    case TELNET_COMMAND:
        return take_command(telnet, byte, breaks);
    case TELNET_OPTION:
        telnet->state = TELNET_DATA;
        return false;
    case TELNET_IN_SUB:
        if (*byte == TELNET_IAC) {
            telnet->state = TELNET_SUB_COMMAND;
        } else {
            add_sub(telnet, *byte);
        }
        return false;
    case TELNET_SUB_COMMAND:
        telnet->state = *byte == TELNET_IAC ? TELNET_IN_SUB : TELNET_DATA;
        if (*byte == TELNET_IAC) {
            add_sub(telnet, *byte);
        } else if (*byte == TELNET_SE) {
            end_subnegotiation(telnet);
        }
        return false;
    }
    g_assert_not_reached();
}

size_t telnet_decode(Telnet *telnet, uint8_t *data, size_t length, unsigned *breaks)
{
    size_t kept = 0;
    *breaks = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = data[i];
        if (take_byte(telnet, &byte, breaks)) {
            data[kept++] = byte;
        }
    }
    return kept;
}

/* A byte 255 is two on the wire; between them the peer may have no more room. */
static size_t write_iac(Telnet *telnet, FdStream *stream)
{
    static const uint8_t both[2] = {TELNET_IAC, TELNET_IAC};
    size_t wanted = telnet->owes_iac ? 1 : 2;
    size_t done = fd_stream_write(stream, both, wanted);
    telnet->owes_iac = done < wanted && (telnet->owes_iac || done == 1);
    return done == wanted;
}

size_t telnet_write(Telnet *telnet, FdStream *stream, const uint8_t *data, size_t length)
{
    size_t done = 0;
    while (done < length) {
        const uint8_t *iac = memchr(data + done, TELNET_IAC, length - done);
        size_t piece = iac ? (size_t)(iac - data) - done : length - done;
        size_t taken = piece ? fd_stream_write(stream, data + done, piece)
                             : write_iac(telnet, stream);
        done += taken;
        if (taken < MAX(piece, 1)) {
            break;
        }
    }
    return done;
}
