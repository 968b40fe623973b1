/* SPDX-License-Identifier: MIT */
/*
 * Drives: the list of them, what they say of themselves, the device that uses one.
 *
 * Source: QEMU's block backends and the properties of its disk devices.
 */
#include "block/drive.h"
#include "block/overlay.h"
#include "util/bits.h"
/* --- life ------------------------------------------------------------------------------------------ */

/* The host's results come as an input: ret, done, hash of what was read. */
static void take_result(void *opaque, const uint8_t *data, size_t length)
{
    BlockBackend *blk = opaque;
    blk->has_taken = length == BLOCK_RESULT_BYTES;
    if (blk->has_taken) {
        blk->taken.ret = (int)(int32_t)ldl_be_p(data);
        blk->taken.done = ldq_be_p(data + 4);
        blk->taken_check = ldq_be_p(data + 12);
    }
}

BlockBackend *block_backend_new(const char *name, BlockNode *root)
{
    BlockCore *core = block_core();
    BlockBackend *blk = g_new0(BlockBackend, 1);
    blk->core = core;
    blk->name = g_strdup(name);
    blk->input = g_strdup_printf("disk%u", core->next_input++);
    blk->write_cache = true;
    blk->shelf = g_ptr_array_new();
    blk->points = g_array_new(false, false, sizeof(BlockPoint));
    if (root) {
        block_medium_insert(blk, root, NULL, 0, &error_abort);
    }
    g_mutex_init(&blk->lock);
    g_cond_init(&blk->done);
    timer_init_ns(&blk->timer, machine_clock(), block_complete_due, blk);
    timer_set_hurried(&blk->timer);
    input_register(machine_clock(), blk->input, take_result, blk);
    g_ptr_array_add(core->backends, blk);
    return blk;
}

void block_backend_free(BlockBackend *blk)
{
    block_forget_requests(blk);
    g_ptr_array_remove(block_core()->backends, blk);
    input_unregister(machine_clock(), blk->input);
    timer_fini(&blk->timer);
    block_wait_begin(blk->core, blk->name, 0);
    block_medium_free_all(blk);
    block_wait_end(blk->core);
    for (unsigned n = 0; n < BLOCK_SIZE_CLASSES; n++) {
        g_clear_pointer(&blk->buffers[n], g_ptr_array_unref);
    }
    g_cond_clear(&blk->done);
    g_mutex_clear(&blk->lock);
    g_free(blk->name);
    g_free(blk->input);
    g_free(blk->image_options);
    g_free(blk);
}

BlockBackend *blk_by_name(const char *name)
{
    const GPtrArray *backends = block_core()->backends;
    for (guint i = 0; i < backends->len; i++) {
        BlockBackend *blk = g_ptr_array_index(backends, i);
        if (g_str_equal(blk->name, name)) {
            return blk;
        }
    }
    return NULL;
}

/* --- what they are ----------------------------------------------------------------------------------- */

const char *blk_name(const BlockBackend *blk) { return blk->name; }

uint64_t blk_getlength(const BlockBackend *blk) { return blk->length; }

bool blk_is_writable(const BlockBackend *blk) { return !blk->is_read_only; }

bool blk_is_cdrom(const BlockBackend *blk) { return blk->is_cdrom; }

bool blk_enable_write_cache(const BlockBackend *blk) { return blk->write_cache; }

void blk_set_enable_write_cache(BlockBackend *blk, bool enabled) { blk->write_cache = enabled; }

bool blk_may_unmap(const BlockBackend *blk) { return blk->root && blk->root->may_unmap; }

bool blk_is_inserted(const BlockBackend *blk) { return blk->root != NULL; }

bool blk_read_whole(BlockBackend *blk, uint8_t *data, uint64_t bytes, Error **errp)
{
    if (!blk->root) {
        return error_setg(errp, "drive '%s' has no medium", blk->name);
    }
    if (blk->root->length != bytes) {
        return error_setg(
            errp, "drive '%s': the image has %" G_GUINT64_FORMAT " bytes, need %" G_GUINT64_FORMAT,
            blk->name, blk->root->length, bytes);
    }
    int ret = block_node_read(blk->root, 0, data, bytes);
    return ret == 0 || error_setg_errno(errp, -ret, "drive '%s' cannot be read", blk->name);
}

const char *block_mtd_drive(void)
{
    const GPtrArray *backends = block_core()->backends;
    for (guint i = 0; i < backends->len; i++) {
        const BlockBackend *blk = g_ptr_array_index(backends, i);
        if (blk->is_mtd) {
            return blk->name;
        }
    }
    return NULL;
}

unsigned blk_in_flight(const BlockBackend *blk) { return blk->in_flight; }

bool blk_has_room(const BlockBackend *blk)
{
    return blk->in_flight_bytes < BLOCK_REQUEST_MAX && blk->in_flight < BLOCK_IN_FLIGHT_MAX;
}

/* --- the device -------------------------------------------------------------------------------------- */

static bool check_block_size(const char *name, uint64_t size, Error **errp)
{
    return (is_power_of_2(size) && size >= 512 && size <= 2 << 20) ||
           error_setg(errp, "%s takes a power of two from 512 to 2M, not %" G_GUINT64_FORMAT, name,
                      size);
}

static bool check_io_size(const char *name, uint64_t size, uint64_t block, Error **errp)
{
    return (size % block == 0 && size / block <= UINT16_MAX) ||
           error_setg(errp, "%s takes a number of logical blocks, at most %u of them", name,
                      UINT16_MAX);
}

static bool check_sizes(const BlockConf *conf, Error **errp)
{
    uint64_t block = conf->logical_block_size;
    if (!check_block_size("logical_block_size", block, errp) ||
        !check_block_size("physical_block_size", conf->physical_block_size, errp) ||
        !check_io_size("min_io_size", conf->min_io_size, block, errp) ||
        !check_io_size("opt_io_size", conf->opt_io_size, block, errp)) {
        return false;
    }
    if (block > conf->physical_block_size) {
        return error_setg(errp, "logical_block_size is above physical_block_size");
    }
    return conf->discard_granularity == UINT32_MAX || conf->discard_granularity % block == 0 ||
           error_setg(errp, "discard_granularity takes a number of logical blocks");
}

bool block_parse_action(const char *name, const char *text, bool is_write, BlockErrorAction *action,
                        Error **errp)
{
    static const char *const names[] = {"report", "ignore", "stop", "enospc", NULL};
    if (!text || g_str_equal(text, "auto")) {
        return true;
    }
    for (int n = 0; names[n]; n++) {
        if (g_str_equal(text, names[n]) && (is_write || n != BLOCK_ERROR_ENOSPC)) {
            *action = (BlockErrorAction)n;
            return true;
        }
    }
    return error_setg(errp, "%s takes report, ignore, stop%s, not '%s'", name,
                      is_write ? ", enospc" : "", text);
}

static bool parse_write_cache(BlockBackend *blk, const char *text, Error **errp)
{
    bool enabled;
    if (!text || g_str_equal(text, "auto")) {
        return true;
    }
    if (!parse_bool(text, &enabled, errp)) {
        error_prepend(errp, "write-cache: ");
        return false;
    }
    blk->write_cache = enabled;
    return true;
}

/* The drive, made for the node if -blockdev made that. */
static BlockBackend *find_drive(const char *name, Error **errp)
{
    BlockBackend *blk = name ? blk_by_name(name) : NULL;
    BlockNode *node = name && !blk ? block_node_find(name) : NULL;
    if (node) {
        blk = block_backend_new(name, node);
        blk->goes_with_device = true;
        if (block_core()->protects_nodes && !block_backend_snapshot(blk, errp)) {
            block_backend_free(blk);
            return NULL;
        }
    }
    if (!blk) {
        name ? error_setg(errp, "drive '%s' is neither the id of a -drive nor a node of -blockdev",
                          name)
             : error_setg(errp, "drive=ID is missing: the id of a -drive, a node of -blockdev");
    }
    return blk;
}

static bool take_drive(BlockConf *conf, BlockBackend *blk, Object *dev, bool may_be_readonly,
                       Error **errp)
{
    if (blk->dev) {
        return error_setg(errp, "drive '%s' has a device already", blk->name);
    }
    if (!blk->root && !conf->takes_media) {
        return error_setg(errp,
                          "drive '%s' is empty, the device needs a medium; file=FILE is missing",
                          blk->name);
    }
    if (!blk_is_writable(blk) && !may_be_readonly) {
        return error_setg(errp, "drive '%s' is read-only, the device is not", blk->name);
    }
    if (!parse_write_cache(blk, conf->write_cache, errp) ||
        !block_parse_action("werror", conf->werror, true, &blk->on_write_error, errp) ||
        !block_parse_action("rerror", conf->rerror, false, &blk->on_read_error, errp) ||
        (blk->root && !block_node_lock(blk->root, conf->share_rw, errp))) {
        return false;
    }
    blk->dev = dev;
    blk->shares_write = conf->share_rw;
    blk->is_cdrom = blk->is_cdrom || conf->only_reads;
    blk->wants_read_only = blk->wants_read_only || conf->only_reads;
    if (blk->root && !blk->identity && (blk->is_read_only || conf->only_reads)) {
        blk->identity = block_image_identity(blk->root);
    }
    blk->latency_ns = MIN(conf->latency, BLOCK_LATENCY_MAX_NS);
    blk->bandwidth = conf->bandwidth;
    conf->blk = blk;
    return true;
}

bool blkconf_attach(BlockConf *conf, Object *dev, bool may_be_readonly, Error **errp)
{
    ERRP_GUARD();
    BlockBackend *blk = check_sizes(conf, errp) ? find_drive(conf->drive, errp) : NULL;
    if (!blk) {
        return false;
    }
    bool ok = take_drive(conf, blk, dev, may_be_readonly, errp);
    if (!ok && blk->goes_with_device && !blk->dev) {
        block_backend_free(blk);
    }
    return ok;
}

/* "cd0" unless the device has a name. */
static char *name_of_empty(Object *dev)
{
    const char *id = object_get_canonical_path_component(dev);
    if (id && object_id_is_well_formed(id) && !blk_by_name(id) && !block_node_find(id)) {
        return g_strdup(id);
    }
    for (unsigned n = 0;; n++) {
        g_autofree char *name = g_strdup_printf("cd%u", n);
        if (!blk_by_name(name) && !block_node_find(name)) {
            return g_steal_pointer(&name);
        }
    }
}

bool blkconf_attach_empty(BlockConf *conf, Object *dev, Error **errp)
{
    g_autofree char *name = name_of_empty(dev);
    BlockBackend *blk = block_backend_new(name, NULL);
    blk->goes_with_device = blk->is_cdrom = blk->is_read_only = blk->wants_read_only = true;
    bool ok = check_sizes(conf, errp) && take_drive(conf, blk, dev, true, errp);
    if (!ok) {
        block_backend_free(blk);
    }
    return ok;
}

void blk_set_media_ops(BlockBackend *blk, const BlockMediaOps *ops, void *opaque)
{
    blk->media_ops = ops;
    blk->media_opaque = opaque;
}

void blkconf_detach(BlockConf *conf)
{
    BlockBackend *blk = g_steal_pointer(&conf->blk);
    if (!blk) {
        return;
    }
    block_drain(blk);
    if (blk->root) {
        block_node_unlock(blk->root);
    }
    blk->dev = NULL;
    blk->media_ops = NULL;
    if (blk->goes_with_device) {
        block_backend_free(blk);
    }
}
