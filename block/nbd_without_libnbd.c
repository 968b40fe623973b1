/* SPDX-License-Identifier: MIT */
/* NBD where libnbd was not found: no pool is ever opened. */
#include "block/nbd.h"

#include "block/drive.h"

#include <unistd.h>

static NbdPool *refuse(Error **errp)
{
    error_setg(
        errp,
        "this core99 was built without libnbd, which nbd:// and formats other than raw need; qemu-img "
        "convert -O raw makes a raw image");
    return NULL;
}

NbdPool *nbd_pool_connect(G_GNUC_UNUSED const char *uri, Error **errp) { return refuse(errp); }

NbdPool *nbd_pool_adopt(const int *sockets, unsigned count, Error **errp)
{
    for (unsigned n = 0; n < count; n++) {
        close(sockets[n]);
    }
    return refuse(errp);
}

void nbd_pool_free(NbdPool *pool) { g_assert(!pool); }

uint64_t nbd_pool_length(G_GNUC_UNUSED const NbdPool *pool) { g_assert_not_reached(); }

bool nbd_pool_is_read_only(G_GNUC_UNUSED const NbdPool *pool) { g_assert_not_reached(); }

bool nbd_pool_is_lost(G_GNUC_UNUSED NbdPool *pool) { g_assert_not_reached(); }

void nbd_pool_set_patience(G_GNUC_UNUSED NbdPool *pool, G_GNUC_UNUSED int ms)
{
    g_assert_not_reached();
}

void nbd_pool_set_lost_hook(G_GNUC_UNUSED NbdPool *pool,
                            G_GNUC_UNUSED void (*hook)(void *opaque, const char *reason),
                            G_GNUC_UNUSED void *opaque)
{
    g_assert_not_reached();
}

int nbd_pool_read(G_GNUC_UNUSED NbdPool *pool, G_GNUC_UNUSED uint64_t offset,
                  G_GNUC_UNUSED uint8_t *data, G_GNUC_UNUSED uint64_t bytes)
{
    g_assert_not_reached();
}

BlockResult nbd_pool_write(G_GNUC_UNUSED NbdPool *pool, G_GNUC_UNUSED uint64_t offset,
                           G_GNUC_UNUSED const uint8_t *data, G_GNUC_UNUSED uint64_t bytes)
{
    g_assert_not_reached();
}

int nbd_pool_flush(G_GNUC_UNUSED NbdPool *pool) { g_assert_not_reached(); }

BlockResult nbd_pool_zero(G_GNUC_UNUSED NbdPool *pool, G_GNUC_UNUSED uint64_t offset,
                          G_GNUC_UNUSED uint64_t bytes, G_GNUC_UNUSED bool may_unmap)
{
    g_assert_not_reached();
}

const char *block_nbd_library(void) { return NULL; }
