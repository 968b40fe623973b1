/* SPDX-License-Identifier: MIT */
/* A 9P client for tests. */
#include "tests/qtest/p9_client.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_AT = 0x400000, REPLY_AT = 0x500000, PLENTY_NS = 10000000 };

/* --- messages ------------------------------------------------------------------------------------ */

static void put(P9Client *client, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        client->message[client->length++] = (uint8_t)(value >> 8 * i);
    }
}

static void put_bytes(P9Client *client, const void *bytes, size_t length)
{
    memcpy(client->message + client->length, bytes, length);
    client->length += length;
}

static void put_text(P9Client *client, const char *text)
{
    put(client, strlen(text), 2);
    put_bytes(client, text, strlen(text));
}

static void put_names(P9Client *client, const char *const *names)
{
    put(client, g_strv_length((char **)names), 2);
    for (; *names; names++) {
        put_text(client, *names);
    }
}

static void put_all(P9Client *client, unsigned type, const char *format, va_list ap)
{
    client->length = 4;
    put(client, type, 1);
    put(client, 1, 2);
    for (; *format; format++) {
        switch (*format) {
        case '8':
            put(client, va_arg(ap, uint64_t), 8);
            break;
        case 's':
            put_text(client, va_arg(ap, const char *));
            break;
        case 'w':
            put_names(client, va_arg(ap, const char *const *));
            break;
        case 'd': {
            const void *data = va_arg(ap, const void *);
            unsigned length = va_arg(ap, unsigned);
            put(client, length, 4);
            put_bytes(client, data, length);
            break;
        }
        default:
            put(client, va_arg(ap, unsigned), (unsigned)(*format - '0'));
        }
    }
    size_t length = client->length;
    client->length = 0;
    put(client, length, 4);
    client->length = length;
}

void client_message(P9Client *client, unsigned type, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_all(client, type, format, ap);
    va_end(ap);
}

uint64_t client_number(const P9Client *client, size_t offset, unsigned size)
{
    return p9_number(client->reply, client->reply_length, P9_HEADER + offset, size);
}

/* --- sending ------------------------------------------------------------------------------------- */

static void send_to_server(P9Client *client)
{
    P9Request req;
    p9_server_begin(client->server, client->message, client->length, client->room);
    P9Reply reply = p9_server_end(client->server);
    memcpy(client->reply, reply.bytes, reply.length);
    client->reply_length = reply.length;
    if (p9_request_parse(&req, client->message, client->length) == 0) {
        p9_session_apply(client->session, &req, reply.bytes, reply.length);
    }
    p9_request_clear(&req);
}

static void send_to_device(P9Client *client)
{
    uint32_t head, length;
    address_space_write(address_space_memory(), MESSAGE_AT, client->message, client->length);
    const VirtioTestBuffer buffers[] = {{MESSAGE_AT, (uint32_t)client->length, false},
                                        {REPLY_AT, (uint32_t)client->room, true}};
    virtio_driver_add(client->driver, 0, buffers, 2);
    virtio_driver_kick(client->driver, 0);
    qtest_clock_step(PLENTY_NS);
    cr_assert(virtio_driver_used(client->driver, 0, &head, &length), "no reply");
    address_space_read(address_space_memory(), REPLY_AT, client->reply, length);
    client->reply_length = length;
}

int client_send(P9Client *client)
{
    client->driver ? send_to_device(client) : send_to_server(client);
    const uint8_t *reply = client->reply;
    cr_assert_geq(client->reply_length, P9_HEADER);
    cr_assert_eq(p9_number(reply, client->reply_length, 0, 4), client->reply_length);
    cr_assert_eq(memcmp(reply + 5, client->message + 5, 2), 0, "another tag");
    if (reply[4] == P9_RLERROR) {
        cr_assert_eq(client->reply_length, P9_ERROR_SIZE);
        int err = (int)client_number(client, 0, 4);
        cr_assert_neq(err, 0);
        return err;
    }
    cr_assert_eq(reply[4], client->message[4] + 1);
    return 0;
}

int client_call(P9Client *client, unsigned type, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_all(client, type, format, ap);
    va_end(ap);
    return client_send(client);
}

int client_walk(P9Client *client, uint32_t fid, uint32_t newfid, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    int err = client_call(client, P9_TWALK, "44w", fid, newfid, names);
    bool is_short = !err && client_number(client, 0, 2) < g_strv_length(names);
    return is_short ? -1 : err;
}

int client_open(P9Client *client, uint32_t fid, unsigned flags)
{
    return client_call(client, P9_TLOPEN, "44", fid, flags);
}

int client_clunk(P9Client *client, uint32_t fid)
{
    return client_call(client, P9_TCLUNK, "4", fid);
}

int client_create(P9Client *client, uint32_t dir, const char *name, unsigned flags, unsigned mode)
{
    return client_call(client, P9_TLCREATE, "4s444", dir, name, flags, mode, getgid());
}

int client_open_path(P9Client *client, uint32_t fid, const char *path, unsigned flags)
{
    int err = client_walk(client, 0, fid, path);
    return err ? err : client_open(client, fid, flags);
}

int client_read(P9Client *client, uint32_t fid, uint64_t offset, uint32_t count)
{
    int err = client_call(client, P9_TREAD, "484", fid, offset, count);
    return err ? -err : (int)client_number(client, 0, 4);
}

int client_write(P9Client *client, uint32_t fid, uint64_t offset, const char *text)
{
    return client_call(client, P9_TWRITE, "48d", fid, offset, text, (unsigned)strlen(text));
}

/* --- the host's side ----------------------------------------------------------------------------- */

char *host_path(P9Client *client, const char *path)
{
    return g_build_filename(client->place, path, NULL);
}

void host_write(P9Client *client, const char *path, const char *text)
{
    g_autofree char *full = host_path(client, path);
    cr_assert(g_file_set_contents(full, text, -1, NULL), "%s", full);
}

char *host_read(P9Client *client, const char *path)
{
    g_autofree char *full = host_path(client, path);
    char *text = NULL;
    return g_file_get_contents(full, &text, NULL, NULL) ? text : NULL;
}

bool host_has(P9Client *client, const char *path)
{
    g_autofree char *full = host_path(client, path);
    struct stat st;
    return lstat(full, &st) == 0;
}

void host_mkdir(P9Client *client, const char *path)
{
    g_autofree char *full = host_path(client, path);
    cr_assert_eq(g_mkdir_with_parents(full, 0755), 0);
}

void host_symlink(P9Client *client, const char *target, const char *path)
{
    g_autofree char *full = host_path(client, path);
    cr_assert_eq(symlink(target, full), 0);
}

/* --- setting up ---------------------------------------------------------------------------------- */

static GSList *places;

static int remove_one(const char *path, const struct stat *st G_GNUC_UNUSED, int kind G_GNUC_UNUSED,
                      struct FTW *where G_GNUC_UNUSED)
{
    return remove(path);
}

void client_clean_up(void)
{
    for (GSList *place = places; place; place = place->next) {
        nftw(place->data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    g_slist_free_full(g_steal_pointer(&places), g_free);
}

P9Client *client_new(void)
{
    P9Client *client = g_new0(P9Client, 1);
    client->place = g_dir_make_tmp("core99-9p-XXXXXX", NULL);
    places = g_slist_prepend(places, g_strdup(client->place));
    client->in = host_path(client, "in");
    client->out = host_path(client, "out");
    host_mkdir(client, "in");
    host_mkdir(client, "out");
    host_write(client, "out/secret", "secret");
    client->config = (P9FolderConfig){.path = client->in};
    client->room = P9_MSIZE_MAX;
    return client;
}

void client_start(P9Client *client)
{
    client->session = p9_session_new();
    client->server = p9_server_new(&client->config, client->session);
    p9_server_open(client->server, &error_abort);
}

void client_mount(P9Client *client)
{
    cr_assert_eq(client_call(client, P9_TVERSION, "4s", 128u << 10, P9_VERSION), 0);
    cr_assert_eq(client_number(client, 0, 4), 128 << 10);
    cr_assert_eq(client_call(client, P9_TATTACH, "44ss4", 0, P9_NOFID, "root", "", getuid()), 0);
    cr_assert_eq(client_number(client, 0, 1), P9_QID_DIR);
}

P9Client *client_mounted(void)
{
    P9Client *client = client_new();
    client_start(client);
    client_mount(client);
    return client;
}
