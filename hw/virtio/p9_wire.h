/* SPDX-License-Identifier: MIT */
/*
 * 9P2000.L messages as bytes: requests taken apart, replies put together. Integers are little-endian
 * on every machine. Nothing here touches a file or a fid.
 *
 * Source: Plan 9 manual section 5 (intro(5)); the .L messages as the diod project's protocol.md lists
 * them. Context: any thread.
 */
#ifndef HW_VIRTIO_P9_WIRE_H
#define HW_VIRTIO_P9_WIRE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum P9Type { /* a reply is its request + 1; an error is Rlerror */
              P9_RLERROR = 7,
              P9_TSTATFS = 8,
              P9_TLOPEN = 12,
              P9_TLCREATE = 14,
              P9_TSYMLINK = 16,
              P9_TMKNOD = 18,
              P9_TRENAME = 20,
              P9_TREADLINK = 22,
              P9_TGETATTR = 24,
              P9_TSETATTR = 26,
              P9_TXATTRWALK = 30,
              P9_TXATTRCREATE = 32,
              P9_TREADDIR = 40,
              P9_TFSYNC = 50,
              P9_TLOCK = 52,
              P9_TGETLOCK = 54,
              P9_TLINK = 70,
              P9_TMKDIR = 72,
              P9_TRENAMEAT = 74,
              P9_TUNLINKAT = 76,
              P9_TVERSION = 100,
              P9_TAUTH = 102,
              P9_TATTACH = 104,
              P9_TFLUSH = 108,
              P9_TWALK = 110,
              P9_TREAD = 116,
              P9_TWRITE = 118,
              P9_TCLUNK = 120,
              P9_TREMOVE = 122,
              P9_TYPES = 128,
};
enum { /* bytes: size[4] type[1] tag[2]; an Rlerror; what a Tread's data stands behind */
       P9_HEADER = 7,
       P9_ERROR_SIZE = 11,
       P9_QID_SIZE = 13,
};
enum { P9_NUMBERS = 10, P9_WALK_MAX = 16, P9_NAME_MAX = 255, P9_PATH_MAX = 4096 };
enum { P9_QID_DIR = 0x80, P9_QID_SYMLINK = 0x02 };
#define P9_NOFID UINT32_MAX
#define P9_VERSION "9P2000.L"

typedef struct P9Qid {
    uint8_t type;
    uint32_t version;
    uint64_t path;
} P9Qid;

/* A request: its numbers and its texts, each in their order in the message. */
typedef struct P9Request {
    uint8_t type;
    uint16_t tag;
    uint64_t n[P9_NUMBERS];
    char *s[P9_WALK_MAX];
    uint32_t texts;
    const uint8_t *data; /* of a Twrite, inside the message */
    uint32_t data_length;
} P9Request;

/* Take @message apart: 0, or the errno that answers it (type and tag are there from P9_HEADER bytes on).
 * Names that are no plain file name ("", ".", "..", with '/' or NUL) end here. */
int p9_request_parse(P9Request *req, const uint8_t *message, size_t length);
void p9_request_clear(P9Request *req);
/* "Twalk"; NULL for what is no request of 9P2000.L. */
const char *p9_request_name(uint8_t type);
bool p9_name_is_legal(const char *name);

/* A reply under construction in a buffer of @limit bytes. */
typedef struct P9Writer {
    uint8_t *data;
    size_t length, limit;
    bool is_full; /* something did not fit */
} P9Writer;
void p9_put(P9Writer *out, uint64_t value, unsigned size);
void p9_put_text(P9Writer *out, const char *text, size_t length);
void p9_put_qid(P9Writer *out, const P9Qid *qid);
static inline size_t p9_room(const P9Writer *out) { return out->limit - out->length; }
/* The header goes in front when the body is there: begin leaves room, end fills it in. */
void p9_reply_begin(P9Writer *out, uint8_t *buffer, size_t limit);
void p9_reply_end(P9Writer *out, uint8_t type, uint16_t tag);

/* The same, read back: numbers of a reply, 0 beyond its end. */
uint64_t p9_number(const uint8_t *bytes, size_t length, size_t offset, unsigned size);

#endif
