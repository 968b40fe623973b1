/* SPDX-License-Identifier: MIT */
/*
 * The host's side of requests: worker threads, and the order between requests that touch the same bytes.
 *
 * A request waits for earlier ones if both touch a byte and one of them changes it, a flush for every earlier
 * change. A change waits even until an earlier read has completed in the guest: so that at any instant
 * the image together with the requests under way is the whole state of a disk.
 */
#include "block/overlay.h"
#include "util/hash.h"

enum { WORKERS = 8, SMALL_WRITE = 64 << 10, LONG_US = 2000, REPENT = 1000 };

/* --- the work itself; any thread --------------------------------------------------------------------- */

static bool is_change(BlockOp op) { return op != BLOCK_READ && op != BLOCK_FLUSH; }

static const BlockPiece *piece_of(const BlockJob *job, guint n)
{
    return &g_array_index(job->pieces, BlockPiece, n);
}

static int read_pieces(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    uint64_t done = 0;
    for (guint n = 0; n < job->pieces->len; n++) {
        int ret = block_piece_read(piece_of(job, n), request->blk->root, request->data + done);
        if (ret) {
            return ret;
        }
        done += piece_of(job, n)->bytes;
    }
    return 0;
}

static BlockResult write_pieces(const BlockJob *job, uint64_t bytes)
{
    const BlockRequest *request = &job->request;
    BlockResult total = {0, 0};
    for (guint n = 0; n < job->pieces->len && total.ret == 0 && total.done < bytes; n++) {
        BlockResult one = block_piece_write(piece_of(job, n), request->blk->root,
                                            request->data + total.done);
        total.ret = one.ret;
        total.done += one.done;
    }
    return total;
}

/* In layers, zeroes are made by the plan. */
static BlockResult change(const BlockJob *job, uint64_t bytes)
{
    const BlockRequest *request = &job->request;
    BlockNode *node = request->blk->root;
    if (job->is_layered && request->op != BLOCK_WRITE) {
        return (BlockResult){0, bytes};
    }
    switch (request->op) {
    case BLOCK_WRITE:
        return job->is_layered ? write_pieces(job, bytes)
                               : block_node_write(node, request->offset, request->data, bytes);
    case BLOCK_DISCARD:
        return block_node_discard(node, request->offset, bytes);
    case BLOCK_WRITE_ZEROES:
        return block_node_write_zeroes(node, request->offset, bytes,
                                       request->flags & BLOCK_MAY_UNMAP);
    case BLOCK_READ:
    case BLOCK_FLUSH:
        break;
    }
    g_assert_not_reached();
}

static int read_all(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    return job->is_layered ? read_pieces(job)
                           : block_node_read(request->blk->root, request->offset, request->data,
                                             request->bytes);
}

/* What lies in layers is gone at the end: nothing makes it durable. */
static int flush(const BlockJob *job)
{
    return job->is_layered ? 0 : block_node_flush(job->request.blk->root);
}

static BlockResult work(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    if (!is_change(request->op)) {
        return (BlockResult){.ret = request->op == BLOCK_READ ? read_all(job) : flush(job)};
    }
    BlockResult result = change(job, request->bytes);
    if (result.ret == 0 && (request->flags & BLOCK_FUA)) {
        result.ret = flush(job);
    }
    return result;
}

/* Any thread: the worker once it has written, or before that the machine, which would only wait. */
void block_job_hash(BlockJob *job)
{
    const BlockRequest *request = &job->request;
    if (request->op == BLOCK_WRITE && g_atomic_int_compare_and_exchange(&job->is_hashed, 0, 1)) {
        job->data_hash = hash_bytes(0, request->data, request->bytes);
    }
}

static void do_work(BlockJob *job)
{
    job->result = work(job);
    block_job_hash(job);
}

/* Token holder: nobody else moves meanwhile. */
static void do_work_here(BlockJob *job)
{
    const BlockBackend *blk = job->request.blk;
    block_wait_begin(blk->core, blk->name, MAX(blk->in_flight, 1));
    do_work(job);
    block_wait_end(blk->core);
}

/* Token holder: where the bytes are. Layers do not change until the job is done. */
static void plan(BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockOverlay *overlay = request->blk->overlay;
    job->is_layered = overlay && !block_overlay_is_empty(overlay);
    g_clear_pointer(&job->pieces, g_array_unref);
    if (!job->is_layered) {
        return;
    }
    bool unmaps = request->op == BLOCK_DISCARD && blk_may_unmap(request->blk);
    if (request->op == BLOCK_READ) {
        job->pieces = block_overlay_plan_read(overlay, request->offset, request->bytes);
    } else if (request->op == BLOCK_WRITE) {
        job->pieces = block_overlay_plan_write(overlay, request->offset, request->bytes);
    } else if (request->op == BLOCK_WRITE_ZEROES || unmaps) {
        block_overlay_zero(overlay, request->offset, request->bytes);
    }
}

/* --- who waits for whom ------------------------------------------------------------------------------ */

static bool overlap(const BlockRequest *a, const BlockRequest *b)
{
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

typedef enum Order { FREE, AFTER_IT_IS_DONE, AFTER_IT_HAS_COMPLETED } Order;

/* With the lock held: when @later may begin, as far as @earlier has a say. */
static Order order_of(const BlockJob *earlier, const BlockJob *later)
{
    const BlockRequest *a = &earlier->request, *b = &later->request;
    bool is_flush_of_it = is_change(a->op) && b->op == BLOCK_FLUSH;
    bool touches = (is_change(a->op) || is_change(b->op)) && a->op != BLOCK_FLUSH &&
                   b->op != BLOCK_FLUSH && overlap(a, b);
    if (earlier->is_refused || !(is_flush_of_it || touches)) {
        return FREE;
    }
    if (a->op == BLOCK_READ || earlier->state == BLOCK_JOB_IDLE) {
        return AFTER_IT_HAS_COMPLETED;
    }
    return earlier->state == BLOCK_JOB_DONE ? FREE : AFTER_IT_IS_DONE;
}

static void block_on(BlockJob *earlier, BlockJob *later)
{
    if (!earlier->waiters) {
        earlier->waiters = g_ptr_array_new();
    }
    g_ptr_array_add(earlier->waiters, later);
    later->blockers++;
}

/* With the lock held. */
static bool must_wait_for_a_completion(const BlockJob *job)
{
    for (BlockJob *earlier = job->request.blk->first; earlier != job; earlier = earlier->next) {
        if (order_of(earlier, job) == AFTER_IT_HAS_COMPLETED) {
            return true;
        }
    }
    return false;
}

static void find_blockers(BlockJob *job)
{
    for (BlockJob *earlier = job->request.blk->first; earlier != job; earlier = earlier->next) {
        if (order_of(earlier, job) == AFTER_IT_IS_DONE) {
            block_on(earlier, job);
        }
    }
}

/* With the lock held: those that @job held up, as far as nobody else does; NULL: none. */
static GPtrArray *release(BlockJob *job)
{
    GPtrArray *waiters = g_steal_pointer(&job->waiters);
    for (guint i = 0; waiters && i < waiters->len;) {
        BlockJob *waiter = g_ptr_array_index(waiters, i);
        if (--waiter->blockers == 0) {
            waiter->state = BLOCK_JOB_GIVEN;
            i++;
        } else {
            g_ptr_array_remove_index(waiters, i);
        }
    }
    return waiters;
}

/* --- workers --------------------------------------------------------------------------------------------- */

static void push_all(GThreadPool *pool, GPtrArray *jobs)
{
    for (guint i = 0; jobs && i < jobs->len; i++) {
        g_thread_pool_push(pool, g_ptr_array_index(jobs, i), NULL);
    }
    if (jobs) {
        g_ptr_array_unref(jobs);
    }
}

/* Once it is done the job belongs to the token holder, who may free it. */
static void worker(void *data, void *opaque)
{
    BlockJob *job = data;
    BlockBackend *blk = job->request.blk;
    BlockCore *core = opaque;
    do_work(job);
    g_mutex_lock(&blk->lock);
    GPtrArray *released = release(job);
    g_atomic_int_set(&job->state, BLOCK_JOB_DONE);
    if (blk->is_waiting) {
        g_cond_signal(&blk->done);
    }
    g_mutex_unlock(&blk->lock);
    push_all(core->pool, released);
}

static GThreadPool *pool(void)
{
    BlockCore *core = block_core();
    if (!core->pool) {
        core->pool = g_thread_pool_new(worker, core, WORKERS, false, NULL);
    }
    return core->pool;
}

static bool read_now(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockNode *node = request->blk->root;
    if (!job->is_layered) {
        return block_node_read_now(node, request->offset, request->data, request->bytes);
    }
    uint64_t done = 0;
    for (guint n = 0; n < job->pieces->len; n++) {
        if (!block_piece_read_now(piece_of(job, n), node, request->data + done)) {
            return false;
        }
        done += piece_of(job, n)->bytes;
    }
    return true;
}

/* A worker costs more than a small write to the host's cache; unless that is so full that it takes long. */
static bool write_now(BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockBackend *blk = request->blk;
    bool is_far = !job->is_layered && block_node_is_far(blk->root);
    if (is_far || request->bytes > SMALL_WRITE || (request->flags & BLOCK_FUA)) {
        return false;
    }
    if (blk->slow_writes) {
        blk->slow_writes--;
        return false;
    }
    gint64 start_us = g_get_monotonic_time();
    do_work_here(job);
    if (g_get_monotonic_time() - start_us > LONG_US) {
        blk->slow_writes = REPENT;
    }
    return true;
}

static bool do_at_once(BlockJob *job)
{
    BlockOp op = job->request.op;
    bool is_in_map = job->is_layered && (op == BLOCK_WRITE_ZEROES || op == BLOCK_DISCARD);
    if (is_in_map) {
        do_work(job); /* without the host */
    } else if (!(op == BLOCK_READ && read_now(job)) && !(op == BLOCK_WRITE && write_now(job))) {
        return false;
    }
    g_atomic_int_set(&job->state, BLOCK_JOB_DONE);
    return true;
}

void block_job_give(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    g_mutex_lock(&blk->lock);
    if (must_wait_for_a_completion(job)) {
        g_mutex_unlock(&blk->lock);
        return; /* it stays idle, and is done when it completes */
    }
    find_blockers(job);
    bool is_held = job->blockers;
    job->state = is_held ? BLOCK_JOB_HELD : BLOCK_JOB_GIVEN;
    plan(job);
    g_mutex_unlock(&blk->lock);
    if (!is_held && !do_at_once(job)) {
        g_thread_pool_push(pool(), job, NULL);
    }
}

void block_job_wait(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    if (g_atomic_int_get(&job->state) == BLOCK_JOB_DONE) {
        return;
    }
    block_job_hash(job);
    block_wait_begin(blk->core, blk->name, MAX(blk->in_flight, 1));
    g_mutex_lock(&blk->lock);
    blk->is_waiting = true;
    while (job->state != BLOCK_JOB_DONE) {
        g_cond_wait(&blk->done, &blk->lock);
    }
    blk->is_waiting = false;
    g_mutex_unlock(&blk->lock);
    block_wait_end(blk->core);
}

void block_job_run_here(BlockJob *job)
{
    plan(job);
    do_work_here(job);
    job->state = BLOCK_JOB_DONE;
}

void block_job_repeat(BlockJob *job, BlockResult recorded)
{
    const BlockRequest *request = &job->request;
    const BlockBackend *blk = request->blk;
    block_job_hash(job);
    block_wait_begin(blk->core, blk->name, MAX(blk->in_flight, 1));
    if (request->op == BLOCK_READ && recorded.ret == 0) {
        plan(job);
        read_all(job);
    } else if (is_change(request->op) && recorded.done) {
        plan(job);
        change(job, MIN(recorded.done, request->bytes));
    }
    block_wait_end(blk->core);
    job->result = recorded;
    job->state = BLOCK_JOB_DONE;
}

void block_job_take_back_later(BlockJob *job)
{
    for (BlockJob *later = job->next; later; later = later->next) {
        bool depends = later->request.op == BLOCK_FLUSH || overlap(&job->request, &later->request);
        if (depends && !later->is_refused && later->state != BLOCK_JOB_IDLE) {
            block_job_wait(later);
            later->state = BLOCK_JOB_IDLE;
        }
    }
}

void block_job_wait_all(BlockBackend *blk)
{
    for (BlockJob *job = blk->first; job; job = job->next) {
        if (!job->is_refused && job->state != BLOCK_JOB_IDLE) {
            block_job_wait(job);
        }
    }
}
