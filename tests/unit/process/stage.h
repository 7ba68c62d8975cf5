// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A master on a thread of its own with fake workers, and what it tells, to be waited for one by one.
//
// Threads: the master's thread writes events, the test's takes them; 'lock' guards them.
#ifndef TESTS_PROCESS_STAGE_H
#define TESTS_PROCESS_STAGE_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "base/clock.h"
#include "client.h"
#include "process/counters.h"
#include "process/master.h"

#define STAGE_WORKERS 8
#define STAGE_WORDS 4

enum stage_kind { STAGE_READY = 1, STAGE_DIED, STAGE_REPORT, STAGE_REREAD };

struct stage_event {
    enum stage_kind kind;
    unsigned worker;
    pid_t pid;
    struct master_death death;
    bool has_crumb;
    struct breadcrumb crumb;
    char report[128];
    int64_t at_us;
    struct stage_event *next;
};

struct stage {
    struct master *master;
    struct process_counters counters;
    struct master_options options;
    char name[16], words[STAGE_WORDS][32];
    char *argv[STAGE_WORDS + 2];
    pthread_t thread;
    int status;
    unsigned port;
    pid_t pids[STAGE_WORKERS]; // of those that are ready
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct stage_event *events, *last_event;
    const char *snapshot; // NULL: none
};

static inline void stage_tell(struct stage *stage, const struct stage_event *event)
{
    struct stage_event *copy = malloc(sizeof(*copy));

    *copy = *event;
    copy->at_us = clock_now_us();
    copy->next = NULL;
    pthread_mutex_lock(&stage->lock);
    *(stage->events ? &stage->last_event->next : &stage->events) = copy;
    stage->last_event = copy;
    pthread_cond_signal(&stage->changed);
    pthread_mutex_unlock(&stage->lock);
}

static inline void stage_on_ready(void *user, unsigned worker, pid_t pid)
{
    stage_tell(user, &(struct stage_event){.kind = STAGE_READY, .worker = worker, .pid = pid});
}

static inline void stage_on_died(void *user, const struct master_death *death)
{
    struct stage_event event = {.kind = STAGE_DIED, .worker = death->worker, .pid = death->pid, .death = *death};

    if (death->crumb) {
        event.has_crumb = true;
        event.crumb = *death->crumb;
    }
    stage_tell(user, &event);
}

static inline void stage_on_report(void *user, unsigned worker, const void *bytes, size_t len)
{
    struct stage_event event = {.kind = STAGE_REPORT, .worker = worker};

    snprintf(event.report, sizeof(event.report), "%.*s", (int)len, (const char *)bytes);
    stage_tell(user, &event);
}

static inline void stage_on_reread(void *user)
{
    stage_tell(user, &(struct stage_event){.kind = STAGE_REREAD});
}

static inline void *stage_snapshot(void *user, size_t *len)
{
    struct stage *stage = user;

    if (!stage->snapshot)
        return NULL;
    *len = strlen(stage->snapshot);
    return strdup(stage->snapshot);
}

static inline void *stage_run(void *user)
{
    struct stage *stage = user;

    stage->status = master_run(stage->master);
    return NULL;
}

// The next event; waits for it.
static inline struct stage_event stage_next(struct stage *stage)
{
    struct stage_event *first, event;

    pthread_mutex_lock(&stage->lock);
    while (!stage->events)
        pthread_cond_wait(&stage->changed, &stage->lock);
    first = stage->events;
    stage->events = first->next;
    pthread_mutex_unlock(&stage->lock);
    event = *first;
    free(first);
    if (event.kind == STAGE_READY)
        stage->pids[event.worker] = event.pid;
    return event;
}

// The next event of a kind; others are passed over.
static inline struct stage_event stage_wait(struct stage *stage, enum stage_kind kind)
{
    struct stage_event event = stage_next(stage);

    while (event.kind != kind)
        event = stage_next(stage);
    return event;
}

// A stage whose options may still be changed. The words go to the workers' command line; NULL ends them.
static inline void stage_init(struct stage *stage, unsigned workers, const char *const *words)
{
    memset(stage, 0, sizeof(*stage));
    pthread_mutex_init(&stage->lock, NULL);
    pthread_cond_init(&stage->changed, NULL);
    strcpy(stage->name, "fake_worker");
    stage->argv[0] = stage->name;
    for (int i = 0; words && words[i]; i++) {
        snprintf(stage->words[i], sizeof(stage->words[i]), "%s", words[i]);
        stage->argv[i + 1] = stage->words[i];
    }
    stage->options = (struct master_options){
        .listen = "127.0.0.1:0",
        .workers = workers,
        .argv = stage->argv,
        .program = BUILD_DIR "/tests/unit/process/fake_worker",
        .user = stage,
        .snapshot = stage_snapshot,
        .late_ms = 60000, // however long it takes to start one here
        .reread = stage_on_reread,
        .report = stage_on_report,
        .ready = stage_on_ready,
        .died = stage_on_died,
        .counters = &stage->counters,
    };
}

static inline bool stage_start(struct stage *stage)
{
    char error[256];

    stage->master = master_new(&stage->options, error, sizeof(error));
    if (!stage->master) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    stage->port = master_port(stage->master);
    return pthread_create(&stage->thread, NULL, stage_run, stage) == 0;
}

// All workers are up.
static inline void stage_wait_ready(struct stage *stage)
{
    for (unsigned i = 0; i < stage->options.workers; i++)
        stage_wait(stage, STAGE_READY);
}

// Waits for the end of a drain that was begun. The exit status.
static inline int stage_end(struct stage *stage)
{
    pthread_join(stage->thread, NULL);
    master_free(stage->master);
    while (stage->events) {
        struct stage_event *event = stage->events;

        stage->events = event->next;
        free(event);
    }
    pthread_cond_destroy(&stage->changed);
    pthread_mutex_destroy(&stage->lock);
    return stage->status;
}

static inline int stage_stop(struct stage *stage)
{
    master_stop(stage->master);
    return stage_end(stage);
}

// Says who serves a connection: asks on it and reads the answer. False: it was closed.
struct stage_answer {
    unsigned worker;
    long pid;
    int protocol;
    char peer[64];
};

static inline bool stage_ask(int fd, const char *request, struct stage_answer *answer)
{
    char line[256];

    return client_send(fd, request) && client_read(fd, true, line, sizeof(line)) &&
           sscanf(line, "%u %ld %d %63s", &answer->worker, &answer->pid, &answer->protocol, answer->peer) == 4;
}

#endif
