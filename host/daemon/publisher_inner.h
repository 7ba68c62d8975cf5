// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of a publisher, shared by its files only: publisher.c makes and ends it, publisher_take.c hears the source,
// publisher_ask.c crashes and administrators, publisher_publish.c has the thread, publisher_check.c has a generation
// checked, publisher_keep.c tells all that is published.
//
// Threads: all is under the lock; its holder says [locked].
#ifndef DAEMON_PUBLISHER_INNER_H
#define DAEMON_PUBLISHER_INNER_H

#include "daemon/publisher.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/arena.h"
#include "config/service_config.h"
#include "daemon/bulletin.h"
#include "daemon/bundle.h"
#include "daemon/keeper.h"
#include "daemon/known.h"
#include "daemon/verdict.h"

struct publisher {
    pthread_mutex_t lock; // all below
    pthread_cond_t more;
    pthread_t thread;
    struct publisher_options options;
    struct known_models models;
    struct service_config service;
    struct bulletin bulletin;
    struct keeper *keeper; // NULL: nothing is kept on disk
    char *kept_path;
    struct verdict verdict; // of the module files. Written by the thread only, with the lock; so it reads it without
    struct check *checker;  // the thread's: a checking child that is kept for what comes soon, or NULL
    struct quarantine_book book;
    uint64_t number;   // of the last generation published
    uint64_t checking; // of the one that is being checked without the lock; 0: none
    int64_t revision, time_us;
    int64_t published_us; // when, by the monotonic clock
    bool sent;            // something was published, if only generation 0
    bool pending;         // there are changes, or may be
    bool rescan;          // the module path is to be looked through, whatever changed
    bool recalled;        // some of what is published is to be published again
    bool read;            // the source has told its tree
    bool away;            // it can't be reached
    bool stored;          // what the disk had is known, and not published yet
    bool stopping, stopped;
    bool left; // another process keeps what is served
};

int64_t publisher_now_us(void); // of the wall clock
// There are changes, or may be: the thread looks after them. [locked]
void publisher_have_pending(struct publisher *publisher, bool pending);
void publisher_count_refusal(struct metrics *metrics, const char *model);
// What concerns no model. The texts go with the arena. [locked]
void publisher_show_service(const struct publisher *publisher, struct bundle *bundle, struct arena *arena);
// Has a bundle checked, without the lock meanwhile, and what stands in for what is refused. The arena has the texts.
// [locked, the thread's]
void publisher_check(struct publisher *publisher, struct bundle *bundle, struct bundle *stand_ins, struct arena *arena);
void *publisher_publish_changes(void *publisher); // the thread
// Takes what the disk has, and keeps what is published there, if that is asked for.
void publisher_start_keeping(struct publisher *publisher);

#endif
