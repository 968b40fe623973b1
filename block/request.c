/* SPDX-License-Identifier: MIT */
/*
 * Requests: submitted in an order, completed in the same order by the backend's timer. What the host made of
 * one is taken as an input at that instant.
 *
 * Source: none (own design; design.md "Time"). In a replay the host is not asked before the recorded result is
 * there: requests are done at their completion then, one after the other, which comes to the same.
 */
#include "block/internal.h"
#include "util/bits.h"
#include "util/hash.h"
#include "util/trace.h"

#include <errno.h>

static BlockJob *job_of(BlockRequest *request) { return container_of(request, BlockJob, request); }

/* --- buffers: the same ones again and again, for large ones cost page faults -------------------------- */

enum { SMALLEST_BUFFER = 4096, NOT_POOLED = BLOCK_SIZE_CLASSES, KEPT = 16 };

static uint8_t size_class(uint64_t bytes)
{
    uint8_t n = 0;
    while (n < NOT_POOLED && (uint64_t)SMALLEST_BUFFER << n < bytes) {
        n++;
    }
    return n;
}

static uint8_t *take_buffer(BlockBackend *blk, uint8_t class, uint64_t bytes)
{
    if (class == NOT_POOLED) {
        return g_malloc(bytes);
    }
    GPtrArray *free_ones = blk->buffers[class];
    return free_ones && free_ones->len ? g_ptr_array_steal_index_fast(free_ones, free_ones->len - 1)
                                       : g_malloc((size_t)SMALLEST_BUFFER << class);
}

static void give_buffer_back(BlockBackend *blk, uint8_t class, uint8_t *buffer)
{
    if (!buffer || class == NOT_POOLED ||
        (blk->buffers[class] && blk->buffers[class]->len >= KEPT)) {
        g_free(buffer);
        return;
    }
    if (!blk->buffers[class]) {
        blk->buffers[class] = g_ptr_array_new_with_free_func(g_free);
    }
    g_ptr_array_add(blk->buffers[class], buffer);
}

/* --- life ------------------------------------------------------------------------------------------ */

static bool has_data(BlockOp op) { return op == BLOCK_READ || op == BLOCK_WRITE; }

BlockRequest *blk_request_new(BlockBackend *blk, BlockOp op, uint64_t offset, uint64_t bytes)
{
    BlockJob *job = g_new0(BlockJob, 1);
    job->request = (BlockRequest){.blk = blk, .op = op, .offset = offset, .bytes = bytes};
    if (has_data(op) && bytes && bytes <= BLOCK_REQUEST_MAX) {
        job->size_class = size_class(bytes);
        job->request.data = take_buffer(blk, job->size_class, bytes);
    }
    return &job->request;
}

void blk_request_free(BlockRequest *request)
{
    BlockJob *job = job_of(request);
    give_buffer_back(request->blk, job->size_class, request->data);
    g_clear_pointer(&job->waiters, g_ptr_array_unref);
    g_clear_pointer(&job->pieces, g_array_unref);
    g_free(job);
}

/* --- submitting ------------------------------------------------------------------------------------ */

/* What fails whatever the host does. */
static int refusal(const BlockRequest *request)
{
    const BlockBackend *blk = request->blk;
    if (!blk->root || blk->is_leaving) {
        return -ENOMEDIUM;
    }
    if (request->op == BLOCK_FLUSH) {
        return 0;
    }
    if (request->offset % BLOCK_SECTOR || request->bytes % BLOCK_SECTOR) {
        return -EINVAL;
    }
    if (request->offset > blk->length || request->bytes > blk->length - request->offset) {
        return -EIO;
    }
    if (request->op != BLOCK_READ && !blk_is_writable(blk)) {
        return -EPERM;
    }
    return has_data(request->op) && request->bytes > BLOCK_REQUEST_MAX ? -EINVAL : 0;
}

/* When it has completed: until then the request itself is state. */
static void hash_write(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockBackend *blk = request->blk;
    if (job->is_refused || request->op == BLOCK_READ || request->op == BLOCK_FLUSH) {
        return;
    }
    uint64_t bytes = job->result.ret ? job->result.done : request->bytes;
    uint64_t hash = hash_u64(blk->write_hash, request->op);
    hash = hash_u64(hash_u64(hash, request->offset), bytes);
    blk->write_hash = hash_u64(hash, job->data_hash);
}

static uint64_t modelled_ns(const BlockBackend *blk, const BlockRequest *request)
{
    uint64_t bytes = has_data(request->op) ? MIN(request->bytes, (uint64_t)BLOCK_REQUEST_MAX) : 0;
    uint64_t transfer = blk->bandwidth ? bytes * NANOSECONDS_PER_SECOND / blk->bandwidth : 0;
    return blk->latency_ns + MIN(transfer, BLOCK_LATENCY_MAX_NS);
}

static void arm(BlockBackend *blk)
{
    timer_mod_ns(&blk->timer, blk->first ? blk->first->deadline_ns : CLOCK_NEVER);
}

static void append(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    if (blk->last) {
        blk->last->next = job;
        job->deadline_ns = MAX(job->deadline_ns, blk->last->deadline_ns);
    } else {
        blk->first = job;
    }
    blk->last = job;
    blk->in_flight++;
    blk->in_flight_bytes += job->request.data ? job->request.bytes : 0;
    arm(blk);
}

/* The host's part begins, unless there is none. */
static void begin(BlockJob *job)
{
    BlockRequest *request = &job->request;
    request->ret = request->ret ? request->ret : refusal(request);
    job->is_refused = request->ret != 0;
    if (job->is_refused || clock_is_replaying(machine_clock())) {
        return;
    }
    int injected = block_node_inject(request->blk->root, request);
    if (injected) {
        job->result = (BlockResult){injected, 0};
        block_job_hash(job);
        job->state = BLOCK_JOB_DONE;
    } else {
        block_job_give(job);
    }
}

void blk_submit(BlockRequest *request, BlockCompletionFunc *fn, void *opaque)
{
    BlockJob *job = job_of(request);
    BlockBackend *blk = request->blk;
    request->number = blk->next_number++;
    job->fn = fn;
    job->opaque = opaque;
    job->submitted_ns = clock_virtual_ns(machine_clock());
    job->deadline_ns = job->submitted_ns + modelled_ns(blk, request);
    if (!blk->write_cache) {
        request->flags |= BLOCK_FUA;
    }
    append(job);
    begin(job);
    TRACE(blk_submit, "%s %d offset %#" G_GINT64_MODIFIER "x bytes %#" G_GINT64_MODIFIER "x",
          blk->name, request->op, request->offset, request->bytes);
}

void blk_cancel(BlockRequest *request) { job_of(request)->fn = NULL; }

void blk_cancel_all(BlockBackend *blk)
{
    for (BlockJob *job = blk->first; job; job = job->next) {
        job->fn = NULL;
    }
}

/* --- completing ------------------------------------------------------------------------------------ */

static uint64_t check_of(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    Clock *clock = machine_clock();
    bool is_wanted = clock_is_recording(clock) || clock_is_replaying(clock);
    return is_wanted && request->op == BLOCK_READ && job->result.ret == 0
               ? hash_bytes(0, request->data, request->bytes)
               : 0;
}

/* False: the log had no result for us. */
static bool take_recorded(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    blk->has_taken = false;
    input_take_now(machine_clock(), blk->input, NULL, 0);
    if (!blk->has_taken) {
        return false;
    }
    block_job_repeat(job, blk->taken);
    if (check_of(job) != blk->taken_check && clock_is_replaying(machine_clock())) {
        g_autofree char *what = g_strdup_printf(
            "drive '%s': what is read at byte %" G_GUINT64_FORMAT
            " is not what was recorded: another image",
            blk->name, job->request.offset);
        clock_replay_refuse(machine_clock(), what);
    }
    return true;
}

static void take_live(BlockJob *job)
{
    uint8_t data[BLOCK_RESULT_BYTES];
    BlockBackend *blk = job->request.blk;
    stl_be_p(data, (uint32_t)job->result.ret);
    stq_be_p(data + 4, job->result.done);
    stq_be_p(data + 12, check_of(job));
    blk->taken = job->result;
    input_take_now(machine_clock(), blk->input, data, sizeof(data));
    job->result = blk->taken;
}

static void settle(BlockJob *job)
{
    if (job->is_refused) {
        return;
    }
    if (job->state == BLOCK_JOB_IDLE && clock_is_replaying(machine_clock()) && take_recorded(job)) {
        job->request.ret = job->result.ret;
        return;
    }
    if (job->state == BLOCK_JOB_IDLE) {
        block_job_run_here(job);
    }
    block_job_wait(job);
    take_live(job);
    job->request.ret = job->result.ret;
}

static void account(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockStats *stats = &request->blk->stats;
    stats->ns[request->op] += clock_virtual_ns(machine_clock()) - job->submitted_ns;
    if (request->ret) {
        stats->failed[request->op]++;
        return;
    }
    stats->operations[request->op]++;
    stats->bytes[request->op] += request->bytes;
}

static void leave(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    blk->first = job->next;
    if (!blk->first) {
        blk->last = NULL;
    }
    blk->in_flight--;
    blk->in_flight_bytes -= job->request.data ? job->request.bytes : 0;
}

static void complete(BlockJob *job)
{
    leave(job);
    hash_write(job);
    account(job);
    TRACE(blk_complete, "%s %d offset %#" G_GINT64_MODIFIER "x: %d", job->request.blk->name,
          job->request.op, job->request.offset, job->request.ret);
    if (job->fn) {
        job->fn(job->opaque, &job->request);
    }
    blk_request_free(&job->request);
}

/* --- errors ------------------------------------------------------------------------------------------ */

static bool stops_machine(const BlockJob *job)
{
    const BlockBackend *blk = job->request.blk;
    BlockErrorAction action = job->request.op == BLOCK_READ ? blk->on_read_error
                                                            : blk->on_write_error;
    return action == BLOCK_ERROR_STOP ||
           (action == BLOCK_ERROR_ENOSPC && job->request.ret == -ENOSPC);
}

static void apply_policy(BlockJob *job)
{
    const BlockBackend *blk = job->request.blk;
    bool is_read = job->request.op == BLOCK_READ;
    if ((is_read ? blk->on_read_error : blk->on_write_error) == BLOCK_ERROR_IGNORE) {
        job->request.ret = 0;
        if (is_read && job->request.data) {
            memset(job->request.data, 0, job->request.bytes);
        }
    }
}

/* It stays at the head of the queue and is done again at its new deadline: after the user has mended what
 * was wrong. */
static void stop_for(BlockJob *job)
{
    BlockCore *core = block_core();
    job->state = BLOCK_JOB_IDLE;
    job->deadline_ns = clock_virtual_ns(machine_clock()) +
                       modelled_ns(job->request.blk, &job->request);
    block_job_take_back_later(job);
    if (core->stop_hook && !clock_is_replaying(machine_clock())) {
        g_autofree char *message = g_strdup_printf("drive '%s': %s", job->request.blk->name,
                                                   g_strerror(-job->request.ret));
        core->stop_hook(core->stop_opaque, message);
    }
}

/* False: @job stays. */
static bool finish(BlockJob *job)
{
    settle(job);
    if (job->request.ret && !job->is_refused) {
        if (stops_machine(job)) {
            stop_for(job);
            return false;
        }
        apply_policy(job);
    }
    complete(job);
    return true;
}

void block_complete_due(void *opaque)
{
    BlockBackend *blk = opaque;
    uint64_t now = clock_virtual_ns(machine_clock());
    while (blk->first && blk->first->deadline_ns <= now && finish(blk->first)) {
    }
    arm(blk);
}

void block_drain(BlockBackend *blk)
{
    blk_cancel_all(blk);
    while (blk->first) {
        BlockJob *job = blk->first;
        settle(job);
        complete(job);
    }
    arm(blk);
}

void block_end_requests(BlockBackend *blk)
{
    for (unsigned left = blk->in_flight; left; left--) { /* not those that devices make meanwhile */
        BlockJob *job = blk->first;
        settle(job);
        if (job->request.ret && !job->is_refused) {
            apply_policy(job);
        }
        complete(job);
    }
    arm(blk);
}

void block_forget_requests(BlockBackend *blk)
{
    block_job_wait_all(blk);
    while (blk->first) {
        BlockJob *job = blk->first;
        leave(job);
        blk_request_free(&job->request);
    }
    arm(blk);
}

/* --- state ------------------------------------------------------------------------------------------- */

enum { REFUSAL_MAX = 4095, NAME_MAX_BYTES = 4096 };

static void put_job(GByteArray *out, const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    vmstate_put_u64(out, request->number);
    vmstate_put_u32(out, request->op);
    vmstate_put_u32(out, request->flags);
    vmstate_put_u64(out, request->offset);
    vmstate_put_u64(out, request->bytes);
    vmstate_put_u64(out, job->submitted_ns);
    vmstate_put_u64(out, job->deadline_ns);
    vmstate_put_u32(out, job->is_refused ? (uint32_t)-request->ret : 0);
    if (request->op == BLOCK_WRITE && request->data) {
        g_byte_array_append(out, request->data, (guint)request->bytes);
    }
}

/* By name if it was put in while the machine ran, and by its contents if it is that or only read: what a disk holds
 * that was there from the beginning follows from the configuration and from what was written to it. */
static void put_medium(GByteArray *out, const BlockBackend *blk)
{
    g_autofree char *name = blk->medium_name ? g_path_get_basename(blk->medium_name) : NULL;
    uint32_t length = name ? (uint32_t)strlen(name) : 0;
    vmstate_put_u32(out, blk_is_inserted(blk));
    vmstate_put_u64(out, blk->identity);
    vmstate_put_u64(out, blk->length);
    vmstate_put_u32(out, length);
    g_byte_array_append(out, (const uint8_t *)name, length);
}

static void put_backend(GByteArray *out, const void *field, size_t size G_GNUC_UNUSED)
{
    const BlockBackend *blk = *(BlockBackend *const *)field;
    vmstate_put_u32(out, blk != NULL);
    if (!blk) {
        return;
    }
    put_medium(out, blk);
    vmstate_put_u32(out, blk->write_cache);
    vmstate_put_u64(out, blk->write_hash);
    vmstate_put_u64(out, blk->next_number);
    vmstate_put_u32(out, blk->in_flight);
    for (const BlockJob *job = blk->first; job; job = job->next) {
        put_job(out, job);
    }
}

static bool get_data(VMStateReader *in, BlockRequest *request, Error **errp)
{
    return request->op != BLOCK_WRITE || !request->data ||
           vmstate_read(in, request->data, request->bytes, errp);
}

static bool get_job(VMStateReader *in, BlockBackend *blk, Error **errp)
{
    BlockRequest read = {.blk = blk};
    uint64_t submitted_ns, deadline_ns;
    uint32_t op, refused;
    if (!vmstate_read_u64(in, &read.number, errp) || !vmstate_read_u32(in, &op, errp) ||
        !vmstate_read_u32(in, &read.flags, errp) || !vmstate_read_u64(in, &read.offset, errp) ||
        !vmstate_read_u64(in, &read.bytes, errp) || !vmstate_read_u64(in, &submitted_ns, errp) ||
        !vmstate_read_u64(in, &deadline_ns, errp) || !vmstate_read_u32(in, &refused, errp)) {
        return false;
    }
    if (op >= BLOCK_OPS || refused > REFUSAL_MAX || read.number >= blk->next_number ||
        deadline_ns < submitted_ns) {
        return error_setg(errp, "drive '%s': a request of kind %u is damaged", blk->name, op);
    }
    BlockJob *job = job_of(blk_request_new(blk, (BlockOp)op, read.offset, read.bytes));
    job->request.number = read.number;
    job->request.flags = read.flags;
    job->request.ret = -(int)refused;
    job->submitted_ns = submitted_ns;
    job->deadline_ns = deadline_ns;
    if (!get_data(in, &job->request, errp)) {
        blk_request_free(&job->request);
        return false;
    }
    append(job);
    begin(job);
    return true;
}

static bool get_requests(VMStateReader *in, BlockBackend *blk, Error **errp)
{
    uint32_t count;
    if (!vmstate_read_u32(in, &count, errp)) {
        return false;
    }
    if (count > 2 * BLOCK_IN_FLIGHT_MAX) { /* what a device takes at once may exceed it by some */
        return error_setg(errp, "drive '%s': %u requests under way", blk->name, count);
    }
    for (uint32_t n = 0; n < count; n++) {
        if (!get_job(in, blk, errp)) {
            return false;
        }
    }
    return true;
}

static char *medium_text(bool is_inserted, const char *name, uint64_t length)
{
    if (!is_inserted) {
        return g_strdup("no medium");
    }
    return g_strdup_printf("%s%s%s of %" G_GUINT64_FORMAT " bytes",
                           *name ? "medium '" : "the medium that it was made with", name,
                           *name ? "'" : "", length);
}

static bool is_another_medium(const BlockBackend *blk, const char *saved, const char *ours,
                              Error **errp)
{
    return g_str_equal(saved, ours)
               ? error_setg(errp, "drive '%s' had %s when it was saved, which is another one now",
                            blk->name, saved)
               : error_setg(errp, "drive '%s' had %s when it was saved, now it has %s", blk->name,
                            saved, ours);
}

static bool get_name(VMStateReader *in, char **name, Error **errp)
{
    uint32_t length;
    if (!vmstate_read_u32(in, &length, errp)) {
        return false;
    }
    if (length > NAME_MAX_BYTES) {
        return error_setg(errp, "the name of a medium has %u bytes", length);
    }
    *name = g_malloc0(length + 1);
    return vmstate_read(in, *name, length, errp);
}

/* The medium that is in the drive is not changed: it has to be the saved one. */
static bool get_medium(VMStateReader *in, const BlockBackend *blk, Error **errp)
{
    uint32_t is_inserted;
    uint64_t identity, length;
    g_autofree char *name = NULL;
    if (!vmstate_read_u32(in, &is_inserted, errp) || !vmstate_read_u64(in, &identity, errp) ||
        !vmstate_read_u64(in, &length, errp) || !get_name(in, &name, errp)) {
        return false;
    }
    if (is_inserted == blk_is_inserted(blk) && identity == blk->identity && length == blk->length) {
        return true;
    }
    g_autofree char *our_name = blk->medium_name ? g_path_get_basename(blk->medium_name)
                                                 : g_strdup("");
    g_autofree char *saved = medium_text(is_inserted, name, length);
    g_autofree char *ours = medium_text(blk_is_inserted(blk), our_name, blk->length);
    return is_another_medium(blk, saved, ours, errp);
}

static bool get_backend(VMStateReader *in, void *field, size_t size G_GNUC_UNUSED, Error **errp)
{
    BlockBackend *blk = *(BlockBackend **)field;
    uint32_t is_there, write_cache;
    if (!vmstate_read_u32(in, &is_there, errp)) {
        return false;
    }
    if (is_there != (blk != NULL)) {
        return error_setg(errp, "saved %s a drive", is_there ? "with" : "without");
    }
    if (!blk) {
        return true;
    }
    block_forget_requests(blk);
    if (!get_medium(in, blk, errp) || !vmstate_read_u32(in, &write_cache, errp) ||
        !vmstate_read_u64(in, &blk->write_hash, errp) ||
        !vmstate_read_u64(in, &blk->next_number, errp)) {
        return false;
    }
    blk->write_cache = write_cache;
    return get_requests(in, blk, errp);
}

const VMStateInfo vmstate_info_block_backend = {
    .name = "block-backend", .put = put_backend, .get = get_backend};

BlockRequest *blk_reattach(BlockBackend *blk, uint64_t number, BlockCompletionFunc *fn,
                           void *opaque)
{
    for (BlockJob *job = blk->first; job; job = job->next) {
        if (job->request.number == number && !job->fn) {
            job->fn = fn;
            job->opaque = opaque;
            return &job->request;
        }
    }
    return NULL;
}
