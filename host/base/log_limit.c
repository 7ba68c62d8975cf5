// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits to lines, and the list of all of them, for telling what was left out.
//
// Threads: a bucket is two atomics. The list has a mutex, which is held while lines are written; who is to be woken has
// another, so that nobody waits for lines. 'untold' says that somebody was woken, or would have been.
#include "base/log_limit.h"

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit *newest;
static atomic_bool untold;
static void (*count_one)(void);

static pthread_mutex_t teller_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*wake_teller)(void *user);
static void *teller;

static void wake(void)
{
    pthread_mutex_lock(&teller_lock);
    if (wake_teller)
        wake_teller(teller);
    pthread_mutex_unlock(&teller_lock);
}

void log_limit_wake(void (*fn)(void *user), void *user)
{
    pthread_mutex_lock(&teller_lock);
    wake_teller = fn;
    teller = user;
    pthread_mutex_unlock(&teller_lock);
    if (fn && atomic_load(&untold))
        wake();
}

void log_limit_count(void (*fn)(void))
{
    count_one = fn;
}

void log_limit_begin(struct log_limit *limit, const char *event, const struct log_field *fields)
{
    size_t count = 0;

    for (; fields && fields[count].key && count < LOG_LIMIT_FIELDS; count++)
        limit->fields[count] = fields[count];
    limit->fields[count] = (struct log_field){NULL, NULL};
    limit->event = event;
    limit->begun = true;
    limit->newer = NULL;
    pthread_mutex_lock(&list_lock);
    limit->older = newest;
    if (newest)
        newest->newer = limit;
    newest = limit;
    pthread_mutex_unlock(&list_lock);
}

static void tell(struct log_limit *limit)
{
    for (int level = LOG_INFO; level <= LOG_ERROR; level++) {
        unsigned long count = atomic_exchange(&limit->buckets[level - LOG_INFO].left_out, 0);

        if (count)
            log_line(level, limit->event, limit->fields,
                     "%lu more lines like the last ones were left out: after %d at once, one a second is written",
                     count, LOG_LIMIT_BURST);
    }
}

void log_limit_end(struct log_limit *limit)
{
    if (!limit->begun)
        return;
    pthread_mutex_lock(&list_lock);
    *(limit->newer ? &limit->newer->older : &newest) = limit->older;
    if (limit->older)
        limit->older->newer = limit->newer;
    pthread_mutex_unlock(&list_lock);
    limit->begun = false;
    tell(limit);
}

bool log_limit_admit(struct log_limit *limit, int level, int64_t now_us)
{
    struct log_bucket *bucket;
    int64_t full_us, from_us;

    if (level < LOG_INFO)
        return true;
    bucket = &limit->buckets[(level > LOG_ERROR ? LOG_ERROR : level) - LOG_INFO];
    full_us = atomic_load_explicit(&bucket->full_us, memory_order_relaxed);
    do {
        from_us = full_us > now_us ? full_us : now_us;
        if (from_us - now_us > (int64_t)(LOG_LIMIT_BURST - 1) * LOG_LIMIT_REFILL_US) {
            // In this order, and log_limit_tell() looks in the other: either of the two sees what the other did.
            atomic_fetch_add(&bucket->left_out, 1);
            if (!atomic_load(&untold) && !atomic_exchange(&untold, true))
                wake();
            if (count_one)
                count_one();
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&bucket->full_us, &full_us, from_us + LOG_LIMIT_REFILL_US,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void log_limit_tell(void)
{
    if (!atomic_exchange(&untold, false))
        return;
    pthread_mutex_lock(&list_lock);
    for (struct log_limit *limit = newest; limit; limit = limit->older)
        tell(limit);
    pthread_mutex_unlock(&list_lock);
}
