// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.blocking/1: the worker's bounded pool for work that blocks.
//
// Threads: submit() and the ends on the loop; the pool's own threads take jobs from a queue under one lock, never held
// while a job runs.
#include <pthread.h>
#include <stdlib.h>

#include "metrics/metrics.h"
#include "run/extensions.h"
#include "run/step.h"

#define POOL_THREADS 4
#define POOL_QUEUE 256 // jobs waiting

struct job {
    struct loop_job done_job;
    struct job *next;
    struct run_step *step;
    inferd_blocking_fn *fn;
    inferd_blocking_done *done;
    void *user;
};

struct run_pool {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct loop *loop;
    struct job *first, **last;
    uint32_t queued;
    bool stopping;
    pthread_t threads[POOL_THREADS];
    uint32_t thread_count, followed; // followed: threads that have their trail of breadcrumbs
};

static void ended(struct loop_job *posted)
{
    struct job *job = (struct job *)posted;
    struct run_step *step = job->step;
    struct run *run = step->run;
    uint64_t before = run_enter(step);

    job->done(&step->shown, job->user);
    breadcrumb_leave(before);
    run->outstanding--;
    run_settle(run);
}

static void *work(void *arg)
{
    struct run_pool *pool = arg;
    uint64_t before;

    pthread_mutex_lock(&pool->lock);
    breadcrumb_follow(BREADCRUMB_POOL + pool->followed++);
    while (true) {
        struct job *job = pool->first;

        if (!job && pool->stopping)
            break;
        if (!job) {
            pthread_cond_wait(&pool->more, &pool->lock);
            continue;
        }
        pool->first = job->next;
        if (!pool->first)
            pool->last = &pool->first;
        pool->queued--;
        pthread_mutex_unlock(&pool->lock);
        before = run_enter(job->step);
        job->fn(job->user);
        breadcrumb_leave(before);
        loop_post(pool->loop, &job->done_job);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static struct run_pool *pool_new(struct loop *loop)
{
    struct run_pool *pool = calloc(1, sizeof(*pool));

    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    pool->loop = loop;
    pool->last = &pool->first;
    while (pool->thread_count < POOL_THREADS &&
           pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) == 0)
        pool->thread_count++;
    if (pool->thread_count)
        return pool;
    run_pool_free(pool);
    return NULL;
}

void run_pool_free(struct run_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static int submit(struct inferd_step *shown, inferd_blocking_fn *fn, inferd_blocking_done *done, void *user)
{
    struct run_step *step = run_step_of(shown);
    struct run_engine *engine = step->run->engine;
    struct job *job = arena_alloc(&step->run->arena, sizeof(*job));
    bool room;

    if (!engine->blocking)
        engine->blocking = pool_new(engine->loop);
    if (!job || !engine->blocking)
        return INFERD_RESOURCE_EXHAUSTED;
    *job = (struct job){.done_job.fn = ended, .step = step, .fn = fn, .done = done, .user = user};
    pthread_mutex_lock(&engine->blocking->lock);
    room = engine->blocking->queued < POOL_QUEUE;
    if (room) {
        *engine->blocking->last = job;
        engine->blocking->last = &job->next;
        engine->blocking->queued++;
        pthread_cond_signal(&engine->blocking->more);
    }
    pthread_mutex_unlock(&engine->blocking->lock);
    if (!room) {
        metrics_add(METRICS_BLOCKING_REFUSED, 1);
        return INFERD_RESOURCE_EXHAUSTED;
    }
    step->run->outstanding++;
    return INFERD_OK;
}

const struct inferd_blocking run_ext_blocking = {
    .size = sizeof(run_ext_blocking),
    .submit = submit,
};
