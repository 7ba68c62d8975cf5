// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A limit to the lines of one place, such as a component: what each request may cause, an outage causes thousands of
// times a second. A place may write LOG_LIMIT_BURST lines of a level at once and one a second on average; of the others
// it is told once a second how many there were. Lines of the level DEBUG are always written: who asks for them wants
// all. Knows nothing of metrics, nor of who tells: both are named to it.
//
// Threads: log_limit_admit() is [any] and takes no lock, but for the first line left out since the last telling, which
// takes one that is held while somebody is woken. The others take one that it never waits for.
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

#define LOG_LIMIT_BURST 10
#define LOG_LIMIT_REFILL_US 1000000 // after which there may be one line more
#define LOG_LIMIT_FIELDS 3

// A token bucket, kept as the time at which it will be full again.
struct log_bucket {
    _Atomic int64_t full_us;
    atomic_ulong left_out; // and not told yet
};

// Embedded in who writes; all zero is one that admits, and never tells.
struct log_limit {
    const char *event;
    struct log_field fields[LOG_LIMIT_FIELDS + 1]; // of its lines
    struct log_bucket buckets[LOG_ERROR];          // by level: INFO, WARNING, ERROR
    struct log_limit *older, *newer;
    bool begun;
};

// From now on what is left out is told, in lines of that event and those fields (NULL: none, at most
// LOG_LIMIT_FIELDS), whose texts are borrowed until log_limit_end().
void log_limit_begin(struct log_limit *limit, const char *event, const struct log_field *fields);
// Tells what hasn't been told yet. One that was never begun is left as it is.
void log_limit_end(struct log_limit *limit);
// Whether a line may be written now (CLOCK_MONOTONIC); if not it is counted as left out. [any]
bool log_limit_admit(struct log_limit *limit, int level, int64_t now_us);
// Tells of all limits of the process what they have left out since the last time.
void log_limit_tell(void);
// Who calls log_limit_tell(), a while after it was woken: once for all that is left out until then. At once if there is
// something already. It is called by any thread, which must not be kept. NULL: nobody, and it isn't called any more
// when this returns.
void log_limit_wake(void (*fn)(void *user), void *user);
// Called for each line left out. [any] Before there are other threads.
void log_limit_count(void (*fn)(void));

#endif
