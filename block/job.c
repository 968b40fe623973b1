/* SPDX-License-Identifier: MIT */
/*
 * The host's side of requests: worker threads, and the order between requests that touch the same bytes.
 *
 * A request waits for earlier ones if both touch a byte and one of them changes it, a flush for every earlier
 * change. A change waits even until an earlier read has completed in the guest: so that at any instant
 * the image together with the requests under way is the whole state of a disk.
 */
#include "block/internal.h"

enum { WORKERS = 8 };

/* --- the work itself; any thread --------------------------------------------------------------------- */

static bool is_change(BlockOp op) { return op != BLOCK_READ && op != BLOCK_FLUSH; }

static BlockResult change(BlockNode *node, const BlockRequest *request, uint64_t bytes)
{
    switch (request->op) {
    case BLOCK_WRITE:
        return block_node_write(node, request->offset, request->data, bytes);
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

static BlockResult work(const BlockJob *job)
{
    const BlockRequest *request = &job->request;
    BlockNode *node = request->blk->root;
    if (request->op == BLOCK_READ) {
        return (BlockResult){
            .ret = block_node_read(node, request->offset, request->data, request->bytes)};
    }
    if (request->op == BLOCK_FLUSH) {
        return (BlockResult){.ret = block_node_flush(node)};
    }
    BlockResult result = change(node, request, request->bytes);
    if (result.ret == 0 && (request->flags & BLOCK_FUA)) {
        result.ret = block_node_flush(node);
    }
    return result;
}

/* --- who waits for whom ------------------------------------------------------------------------------ */

static bool overlap(const BlockRequest *a, const BlockRequest *b)
{
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* With the lock held: @later must not begin before @earlier is done or, a read, has completed. */
static bool is_blocked(const BlockJob *earlier, const BlockJob *later)
{
    const BlockRequest *a = &earlier->request, *b = &later->request;
    if (earlier->is_refused) {
        return false;
    }
    if (is_change(a->op)) {
        return earlier->state != BLOCK_JOB_DONE && (b->op == BLOCK_FLUSH || overlap(a, b));
    }
    return a->op == BLOCK_READ && is_change(b->op) && overlap(a, b);
}

static void find_blockers(BlockJob *job)
{
    for (BlockJob *earlier = job->request.blk->first; earlier != job; earlier = earlier->next) {
        if (is_blocked(earlier, job)) {
            if (!earlier->waiters) {
                earlier->waiters = g_ptr_array_new();
            }
            g_ptr_array_add(earlier->waiters, job);
            job->blockers++;
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
    BlockResult result = work(job);
    g_mutex_lock(&blk->lock);
    GPtrArray *released = job->request.op == BLOCK_READ ? NULL : release(job);
    job->result = result;
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

static bool do_at_once(BlockJob *job)
{
    BlockRequest *request = &job->request;
    if (request->op != BLOCK_READ ||
        !block_node_read_now(request->blk->root, request->offset, request->data, request->bytes)) {
        return false;
    }
    job->result = (BlockResult){0, 0};
    g_atomic_int_set(&job->state, BLOCK_JOB_DONE);
    return true;
}

void block_job_give(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    g_mutex_lock(&blk->lock);
    find_blockers(job);
    bool is_held = job->blockers;
    job->state = is_held ? BLOCK_JOB_HELD : BLOCK_JOB_GIVEN;
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
    g_mutex_lock(&blk->lock);
    blk->is_waiting = true;
    while (job->state != BLOCK_JOB_DONE) {
        g_cond_wait(&blk->done, &blk->lock);
    }
    blk->is_waiting = false;
    g_mutex_unlock(&blk->lock);
}

void block_job_run_here(BlockJob *job)
{
    job->result = work(job);
    job->state = BLOCK_JOB_DONE;
}

void block_job_repeat(BlockJob *job, BlockResult recorded)
{
    BlockRequest *request = &job->request;
    if (request->op == BLOCK_READ && recorded.ret == 0) {
        block_node_read(request->blk->root, request->offset, request->data, request->bytes);
    } else if (is_change(request->op) && recorded.done) {
        change(request->blk->root, request, MIN(recorded.done, request->bytes));
    }
    job->result = recorded;
    job->state = BLOCK_JOB_DONE;
}

void block_job_take_back_later(BlockJob *job)
{
    for (BlockJob *later = job->next; later; later = later->next) {
        bool depends = later->request.op == BLOCK_FLUSH || overlap(&job->request, &later->request);
        int state = g_atomic_int_get(&later->state);
        if (depends && (state == BLOCK_JOB_GIVEN || state == BLOCK_JOB_DONE)) {
            block_job_wait(later);
            later->state = BLOCK_JOB_IDLE;
        }
    }
}

void block_job_leave(BlockJob *job)
{
    BlockBackend *blk = job->request.blk;
    g_mutex_lock(&blk->lock);
    GPtrArray *released = release(job);
    g_mutex_unlock(&blk->lock);
    push_all(pool(), released);
}
