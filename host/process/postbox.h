// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Payloads from any thread, waiting for the one that passes them on. Kept in their order.
#ifndef PROCESS_POSTBOX_H
#define PROCESS_POSTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct poller;

struct post {
    int parcel; // see parcel.h
    struct post *next;
};

struct postbox {
    struct poller *poller; // woken when there is post
    pthread_mutex_t lock;
    struct post *first, *last;
};

void postbox_init(struct postbox *box, struct poller *poller);
void postbox_free(struct postbox *box); // with what is in it
// [any thread] Copies the bytes. False: errno.
bool postbox_put(struct postbox *box, const void *bytes, size_t len);
// Everything there is; each to be given to post_free().
struct post *postbox_take(struct postbox *box);
struct post *post_free(struct post *post); // the next one

#endif
