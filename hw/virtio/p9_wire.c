/* SPDX-License-Identifier: MIT */
/*
 * 9P2000.L messages as bytes. One row a request says what it is made of.
 *
 * Source: see p9_wire.h. Not modelled: 9P2000 and 9P2000.u (stat, wstat, open, create).
 */
#include "hw/virtio/p9_wire.h"

#include <errno.h>
#include <string.h>

/* '1', '2', '4', '8': a number; 'o': a last one that old clients leave out (4 bytes); 's': a text; 'n': a
 * plain file name; 'w': a count and that many names; 'd': a count and that many bytes. */
static const struct {
    const char *name, *format;
} rows[P9_TYPES] = {
    [P9_TSTATFS] = {"Tstatfs", "4"},
    [P9_TLOPEN] = {"Tlopen", "44"},
    [P9_TLCREATE] = {"Tlcreate", "4n444"},
    [P9_TSYMLINK] = {"Tsymlink", "4ns4"},
    [P9_TMKNOD] = {"Tmknod", "4n4444"},
    [P9_TRENAME] = {"Trename", "44n"},
    [P9_TREADLINK] = {"Treadlink", "4"},
    [P9_TGETATTR] = {"Tgetattr", "48"},
    [P9_TSETATTR] = {"Tsetattr", "4444488888"},
    [P9_TXATTRWALK] = {"Txattrwalk", "44s"},
    [P9_TXATTRCREATE] = {"Txattrcreate", "4s84"},
    [P9_TREADDIR] = {"Treaddir", "484"},
    [P9_TFSYNC] = {"Tfsync", "4o"},
    [P9_TLOCK] = {"Tlock", "414884s"},
    [P9_TGETLOCK] = {"Tgetlock", "41884s"},
    [P9_TLINK] = {"Tlink", "44n"},
    [P9_TMKDIR] = {"Tmkdir", "4n44"},
    [P9_TRENAMEAT] = {"Trenameat", "4n4n"},
    [P9_TUNLINKAT] = {"Tunlinkat", "4n4"},
    [P9_TVERSION] = {"Tversion", "4s"},
    [P9_TAUTH] = {"Tauth", "4ss4"},
    [P9_TATTACH] = {"Tattach", "44ss4"},
    [P9_TFLUSH] = {"Tflush", "2"},
    [P9_TWALK] = {"Twalk", "44w"},
    [P9_TREAD] = {"Tread", "484"},
    [P9_TWRITE] = {"Twrite", "48d"},
    [P9_TCLUNK] = {"Tclunk", "4"},
    [P9_TREMOVE] = {"Tremove", "4"},
};

const char *p9_request_name(uint8_t type) { return type < P9_TYPES ? rows[type].name : NULL; }

bool p9_name_is_legal(const char *name)
{
    return *name && !strchr(name, '/') && !g_str_equal(name, ".") && !g_str_equal(name, "..");
}

uint64_t p9_number(const uint8_t *bytes, size_t length, size_t offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size && offset < length && i < length - offset; i++) {
        value |= (uint64_t)bytes[offset + i] << 8 * i;
    }
    return value;
}

/* --- requests ------------------------------------------------------------------------------------ */

typedef struct Reader {
    const uint8_t *data;
    size_t length, at;
    P9Request *req;
    unsigned numbers;
} Reader;

static size_t left(const Reader *in) { return in->length - in->at; }

static int take_number(Reader *in, unsigned size, uint64_t *value)
{
    if (left(in) < size) {
        return EINVAL;
    }
    *value = p9_number(in->data, in->length, in->at, size);
    in->at += size;
    return 0;
}

static int take_text(Reader *in, bool is_name)
{
    uint64_t length;
    int err = take_number(in, 2, &length);
    if (err || length > left(in) || in->req->texts == P9_WALK_MAX) {
        return EINVAL;
    }
    const char *bytes = (const char *)in->data + in->at;
    in->at += length;
    if (memchr(bytes, '\0', length)) {
        return EINVAL;
    }
    char *text = g_strndup(bytes, length);
    in->req->s[in->req->texts++] = text;
    if (!is_name) {
        return length < P9_PATH_MAX ? 0 : ENAMETOOLONG;
    }
    if (!p9_name_is_legal(text)) {
        return EINVAL;
    }
    return length <= P9_NAME_MAX ? 0 : ENAMETOOLONG;
}

static int take_names(Reader *in)
{
    uint64_t count;
    int err = take_number(in, 2, &count);
    if (!err && count > P9_WALK_MAX) {
        err = EINVAL;
    }
    for (; !err && count; count--) {
        err = take_text(in, true);
    }
    return err;
}

static int take_data(Reader *in)
{
    uint64_t length;
    int err = take_number(in, 4, &length);
    if (err || length > left(in)) {
        return EINVAL;
    }
    in->req->data = in->data + in->at;
    in->req->data_length = (uint32_t)length;
    in->at += length;
    return 0;
}

static int take(Reader *in, char letter)
{
    switch (letter) {
    case 's':
    case 'n':
        return take_text(in, letter == 'n');
    case 'w':
        return take_names(in);
    case 'd':
        return take_data(in);
    case 'o':
        return left(in) ? take_number(in, 4, &in->req->n[in->numbers++]) : 0;
    default:
        return take_number(in, (unsigned)(letter - '0'), &in->req->n[in->numbers++]);
    }
}

int p9_request_parse(P9Request *req, const uint8_t *message, size_t length)
{
    Reader in = {.data = message, .length = length, .at = P9_HEADER, .req = req};
    int err = 0;
    *req = (P9Request){0};
    if (length < P9_HEADER) {
        return EINVAL;
    }
    req->type = message[4];
    req->tag = (uint16_t)p9_number(message, length, 5, 2);
    if (!p9_request_name(req->type)) {
        return EOPNOTSUPP;
    }
    for (const char *f = rows[req->type].format; !err && *f; f++) {
        err = take(&in, *f);
    }
    return err || !left(&in) ? err : EINVAL;
}

void p9_request_clear(P9Request *req)
{
    for (uint32_t i = 0; i < req->texts; i++) {
        g_free(req->s[i]);
    }
    req->texts = 0;
}

/* --- replies ------------------------------------------------------------------------------------- */

void p9_put(P9Writer *out, uint64_t value, unsigned size)
{
    if (p9_room(out) < size) {
        out->is_full = true;
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        out->data[out->length++] = (uint8_t)(value >> 8 * i);
    }
}

void p9_put_text(P9Writer *out, const char *text, size_t length)
{
    if (length > UINT16_MAX || p9_room(out) < 2 + length) {
        out->is_full = true;
        return;
    }
    p9_put(out, length, 2);
    memcpy(out->data + out->length, text, length);
    out->length += length;
}

void p9_put_qid(P9Writer *out, const P9Qid *qid)
{
    p9_put(out, qid->type, 1);
    p9_put(out, qid->version, 4);
    p9_put(out, qid->path, 8);
}

void p9_reply_begin(P9Writer *out, uint8_t *buffer, size_t limit)
{
    g_assert(limit >= P9_ERROR_SIZE);
    *out = (P9Writer){.data = buffer, .length = P9_HEADER, .limit = limit};
}

void p9_reply_end(P9Writer *out, uint8_t type, uint16_t tag)
{
    size_t length = out->length;
    out->length = 0;
    p9_put(out, length, 4);
    p9_put(out, type, 1);
    p9_put(out, tag, 2);
    out->length = length;
}
