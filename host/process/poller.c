// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The poller: epoll and a handful of timers.
#include "process/poller.h"

#include <errno.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/magic.h"

static void take_wake(struct poller_watch *watch, uint32_t events)
{
    struct poller *poller = POLLER_OWNER(watch, struct poller, waker);
    uint64_t count;

    (void)events;
    if (read(watch->fd, &count, sizeof(count)) == sizeof(count) && poller->woken)
        poller->woken(poller->user);
}

bool poller_init(struct poller *poller, void (*woken)(void *user), void *user)
{
    *poller = (struct poller){.epoll = -1, .waker = {.fn = take_wake, .fd = -1}, .woken = woken, .user = user};
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    poller->waker.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (poller->epoll >= 0 && poller->waker.fd >= 0 && poller_add(poller, &poller->waker, EPOLLIN))
        return true;
    poller_close(poller);
    return false;
}

void poller_close(struct poller *poller)
{
    int saved = errno;

    if (poller->waker.fd >= 0)
        close(poller->waker.fd);
    if (poller->epoll >= 0)
        close(poller->epoll);
    poller->epoll = poller->waker.fd = -1;
    errno = saved;
}

static bool control(struct poller *poller, int operation, struct poller_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(poller->epoll, operation, watch->fd, &event) == 0;
}

bool poller_add(struct poller *poller, struct poller_watch *watch, uint32_t events)
{
    return control(poller, EPOLL_CTL_ADD, watch, events);
}

bool poller_change(struct poller *poller, struct poller_watch *watch, uint32_t events)
{
    return control(poller, EPOLL_CTL_MOD, watch, events);
}

void poller_drop(struct poller *poller, struct poller_watch *watch)
{
    // Explicitly, as closing would not do it: another process may hold the same socket.
    control(poller, EPOLL_CTL_DEL, watch, 0);
    for (int i = poller->at; i < poller->count; i++) {
        if (poller->batch[i].data.ptr == watch)
            poller->batch[i].data.ptr = NULL;
    }
}

void poller_arm(struct poller *poller, struct poller_timer *timer, int64_t at_us)
{
    timer->at_us = at_us;
    if (timer->armed)
        return;
    timer->armed = true;
    timer->previous = NULL;
    timer->next = poller->timers;
    if (timer->next)
        timer->next->previous = timer;
    poller->timers = timer;
}

void poller_disarm(struct poller *poller, struct poller_timer *timer)
{
    if (!timer->armed)
        return;
    timer->armed = false;
    if (timer->next)
        timer->next->previous = timer->previous;
    if (timer->previous)
        timer->previous->next = timer->next;
    else
        poller->timers = timer->next;
}

static struct poller_timer *earliest(const struct poller *poller)
{
    struct poller_timer *first = poller->timers;

    for (struct poller_timer *timer = first; timer; timer = timer->next) {
        if (timer->at_us < first->at_us)
            first = timer;
    }
    return first;
}

static int wait_ms(const struct poller *poller)
{
    const struct poller_timer *first = earliest(poller);
    int64_t ms;

    if (!first)
        return -1;
    ms = (first->at_us - clock_now_us() + 999) / 1000;
    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static void fire_timers(struct poller *poller)
{
    int64_t now = clock_now_us();
    struct poller_timer *timer;

    while ((timer = earliest(poller)) && timer->at_us <= now) {
        poller_disarm(poller, timer);
        timer->fn(timer);
    }
}

void poller_run(struct poller *poller)
{
    while (!poller->stopped) {
        int count = epoll_wait(poller->epoll, poller->batch, POLLER_BATCH, wait_ms(poller));

        ALWAYS(count >= 0 || errno == EINTR);
        poller->count = count < 0 ? 0 : count;
        for (poller->at = 0; poller->at < poller->count;) {
            struct epoll_event event = poller->batch[poller->at++];
            struct poller_watch *watch = event.data.ptr;

            if (watch)
                watch->fn(watch, event.events);
        }
        fire_timers(poller);
    }
}

void poller_stop(struct poller *poller)
{
    poller->stopped = true;
}

void poller_wake(struct poller *poller)
{
    uint64_t one = 1;

    // Fails only when the count is at its limit: then a wake is due anyway.
    while (write(poller->waker.fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}
