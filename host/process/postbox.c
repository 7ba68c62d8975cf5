// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Post between threads: a list under a lock, and a wake.
#include "process/postbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "process/parcel.h"
#include "process/poller.h"

void postbox_init(struct postbox *box, struct poller *poller)
{
    *box = (struct postbox){.poller = poller};
    pthread_mutex_init(&box->lock, NULL);
}

void postbox_free(struct postbox *box)
{
    struct post *post = postbox_take(box);

    while (post)
        post = post_free(post);
    pthread_mutex_destroy(&box->lock);
}

bool postbox_put(struct postbox *box, const void *bytes, size_t len)
{
    struct post *post = calloc(1, sizeof(*post));

    if (!post)
        return false;
    post->parcel = parcel_pack(bytes, len);
    if (post->parcel < 0) {
        free(post);
        return false;
    }
    pthread_mutex_lock(&box->lock);
    *(box->first ? &box->last->next : &box->first) = post;
    box->last = post;
    pthread_mutex_unlock(&box->lock);
    poller_wake(box->poller);
    return true;
}

struct post *postbox_take(struct postbox *box)
{
    struct post *post;

    pthread_mutex_lock(&box->lock);
    post = box->first;
    box->first = box->last = NULL;
    pthread_mutex_unlock(&box->lock);
    return post;
}

struct post *post_free(struct post *post)
{
    struct post *next = post->next;

    close(post->parcel);
    free(post);
    return next;
}
