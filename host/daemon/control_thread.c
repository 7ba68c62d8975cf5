// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The control thread of a serving process.
#include "daemon/control_thread.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "process/breadcrumb.h"

struct control_thread {
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_t thread;
    struct control_job *first, **last;
    pthread_cond_t idle;
    bool working, stopping;
};

static void *work(void *arg)
{
    struct control_thread *control = arg;

    breadcrumb_follow(BREADCRUMB_CONTROL);
    pthread_mutex_lock(&control->lock);
    while (control->first || !control->stopping) {
        struct control_job *job = control->first;

        if (!job) {
            pthread_cond_wait(&control->more, &control->lock);
            continue;
        }
        control->first = job->next;
        if (!control->first)
            control->last = &control->first;
        control->working = true;
        pthread_mutex_unlock(&control->lock);
        job->fn(job);
        pthread_mutex_lock(&control->lock);
        control->working = false;
        pthread_cond_broadcast(&control->idle);
    }
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

struct control_thread *control_thread_new(void)
{
    struct control_thread *control = calloc(1, sizeof(*control));

    if (!control)
        return NULL;
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->more, NULL);
    pthread_cond_init(&control->idle, NULL);
    control->last = &control->first;
    if (pthread_create(&control->thread, NULL, work, control) == 0)
        return control;
    free(control);
    return NULL;
}

void control_thread_post(struct control_thread *control, struct control_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&control->lock);
    *control->last = job;
    control->last = &job->next;
    pthread_cond_signal(&control->more);
    pthread_mutex_unlock(&control->lock);
}

void control_thread_flush(struct control_thread *control)
{
    pthread_mutex_lock(&control->lock);
    while (control->first || control->working)
        pthread_cond_wait(&control->idle, &control->lock);
    pthread_mutex_unlock(&control->lock);
}

void control_thread_free(struct control_thread *control)
{
    pthread_mutex_lock(&control->lock);
    control->stopping = true;
    pthread_cond_signal(&control->more);
    pthread_mutex_unlock(&control->lock);
    pthread_join(control->thread, NULL);
    pthread_cond_destroy(&control->idle);
    pthread_cond_destroy(&control->more);
    pthread_mutex_destroy(&control->lock);
    free(control);
}
