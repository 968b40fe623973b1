/* SPDX-License-Identifier: MIT */
/*
 * A 9P client for tests: makes messages, sends them to a server by itself or through a virtio device. What
 * it shares is a fresh folder "in" of a fresh place; "out" beside it holds what nobody may reach.
 */
#ifndef TESTS_QTEST_P9_CLIENT_H
#define TESTS_QTEST_P9_CLIENT_H

#include "hw/virtio/p9_server.h"
#include "tests/qtest/virtio_driver.h"

typedef struct P9Client {
    char *place, *in, *out; /* host paths */
    P9FolderConfig config;
    P9Session *session;
    P9Server *server;     /* or */
    VirtioDriver *driver; /* through a device */
    uint8_t message[1 << 20];
    size_t length; /* of it */
    uint8_t reply[P9_MSIZE_MAX];
    size_t reply_length;
    size_t room; /* for a reply */
} P9Client;

/* A server on a fresh folder, not yet spoken to; change config before client_start(). */
P9Client *client_new(void);
void client_start(P9Client *client);
/* Tversion and Tattach of fid 0. */
void client_mount(P9Client *client);
/* All of that. */
P9Client *client_mounted(void);

/* A suite's .fini: removes the places again. */
void client_clean_up(void);

/* Put a message together: letters as in p9_wire.c: '1' '2' '4' unsigned, '8' uint64_t, 's' text, 'w' NULL
 * terminated array of texts, 'd' bytes and their number. */
void client_message(P9Client *client, unsigned type, const char *format, ...);
/* Send what client->message holds; returns the errno of an Rlerror, 0 for the right reply. */
int client_send(P9Client *client);
/* Both. */
int client_call(P9Client *client, unsigned type, const char *format, ...);
/* A number of the reply's body. */
uint64_t client_number(const P9Client *client, size_t offset, unsigned size);

/* Common requests; errno or 0. @path: names separated by '/'. */
int client_walk(P9Client *client, uint32_t fid, uint32_t newfid, const char *path);
int client_open(P9Client *client, uint32_t fid, unsigned flags);
int client_clunk(P9Client *client, uint32_t fid);
int client_create(P9Client *client, uint32_t dir, const char *name, unsigned flags, unsigned mode);
/* Walk and open as @fid. */
int client_open_path(P9Client *client, uint32_t fid, const char *path, unsigned flags);
/* Number of bytes read into client->reply + 11, or -errno. */
int client_read(P9Client *client, uint32_t fid, uint64_t offset, uint32_t count);
int client_write(P9Client *client, uint32_t fid, uint64_t offset, const char *text);

/* The host's side. Paths below client->place. */
void host_write(P9Client *client, const char *path, const char *text);
char *host_read(P9Client *client, const char *path); /* NULL: no such file */
char *host_path(P9Client *client, const char *path);
bool host_has(P9Client *client, const char *path); /* a dangling link counts */
void host_mkdir(P9Client *client, const char *path);
void host_symlink(P9Client *client, const char *target, const char *path);

#endif
