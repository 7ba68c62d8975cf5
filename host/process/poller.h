// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Waits for descriptors and times and calls what is told about them. Knows nothing of what they mean.
//
// Threads: all on the thread that runs it, but for poller_wake().
#ifndef PROCESS_POLLER_H
#define PROCESS_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

// Embedded in whoever waits; must stay until poller_drop().
struct poller_watch {
    void (*fn)(struct poller_watch *watch, uint32_t events);
    int fd;
};

// A one-shot timer. Embedded; zeroed before the first use.
struct poller_timer {
    void (*fn)(struct poller_timer *timer);
    int64_t at_us; // CLOCK_MONOTONIC
    struct poller_timer *previous, *next;
    bool armed;
};

// The struct that a watch or timer is embedded in.
#define POLLER_OWNER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))
#define POLLER_BATCH 64

struct poller {
    int epoll;
    struct poller_watch waker; // an eventfd
    void (*woken)(void *user); // poller_wake() was called, once or more
    void *user;
    struct poller_timer *timers; // few: not sorted
    struct epoll_event batch[POLLER_BATCH];
    int at, count; // of the batch being served
    bool stopped;
};

// woken may be NULL. False: errno.
bool poller_init(struct poller *poller, void (*woken)(void *user), void *user);
void poller_close(struct poller *poller);
// events: EPOLLIN…, EPOLLET. False: errno.
bool poller_add(struct poller *poller, struct poller_watch *watch, uint32_t events);
bool poller_change(struct poller *poller, struct poller_watch *watch, uint32_t events);
// The watch is not called again, even if its event was already fetched; the descriptor stays the caller's.
void poller_drop(struct poller *poller, struct poller_watch *watch);
void poller_arm(struct poller *poller, struct poller_timer *timer, int64_t at_us); // moves one that is armed
void poller_disarm(struct poller *poller, struct poller_timer *timer);
// Serves until poller_stop() was called by a callback.
void poller_run(struct poller *poller);
void poller_stop(struct poller *poller);
void poller_wake(struct poller *poller); // [any thread]

#endif
