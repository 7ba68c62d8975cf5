// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Accepting, a few at a time so that others get their turn.
#include "process/acceptor.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define AT_ONCE 64
#define REST 65536     // so many wait at most: a backlog has 16 bits
#define PAUSE_US 20000 // no event tells that another process freed a descriptor or memory

static void watch_listener(struct acceptor *acceptor, bool on)
{
    for (size_t i = 0; i < acceptor->count; i++)
        poller_change(acceptor->poller, &acceptor->places[i].watch, on ? EPOLLIN : 0);
}

static void resume(struct poller_timer *timer)
{
    watch_listener(POLLER_OWNER(timer, struct acceptor, pause), true);
}

static void pause_accepting(struct acceptor *acceptor, int problem)
{
    if (!acceptor->paused && log_limit_admit(&acceptor->log_limit, LOG_ERROR, clock_now_us()))
        log_error("accept", "can't accept connections: %s; raise the limit of open files (ulimit -n, LimitNOFILE=)",
                  strerror(problem));
    acceptor->paused = true;
    watch_listener(acceptor, false);
    poller_arm(acceptor->poller, &acceptor->pause, clock_now_us() + PAUSE_US);
}

static void accept_up_to(struct poller_watch *watch, int count)
{
    struct acceptor *acceptor = POLLER_OWNER(watch, struct acceptor_place, watch)->acceptor;

    for (int i = 0; i < count; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);
        int fd = accept4(watch->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            acceptor->paused = false;
            acceptor->accepted(acceptor, fd, (struct sockaddr *)&peer, len);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            int problem = errno;

            if (!acceptor->exhausted(acceptor))
                pause_accepting(acceptor, problem);
            return;
        }
        // Anything else is the end of that one connection, see accept(2).
    }
}

static void accept_some(struct poller_watch *watch, uint32_t events)
{
    (void)events;
    accept_up_to(watch, AT_ONCE);
}

void acceptor_take_rest(struct acceptor *acceptor)
{
    for (size_t i = 0; i < acceptor->count; i++)
        accept_up_to(&acceptor->places[i].watch, REST);
}

bool acceptor_start(struct acceptor *acceptor, const struct listener *listener)
{
    acceptor->pause.fn = resume;
    log_limit_begin(&acceptor->log_limit, "accept", NULL);
    for (size_t i = 0; i < listener->count; i++) {
        struct acceptor_place *place = &acceptor->places[i];

        place->watch = (struct poller_watch){.fn = accept_some, .fd = listener->fds[i]};
        place->acceptor = acceptor;
        if (!poller_add(acceptor->poller, &place->watch, EPOLLIN)) {
            acceptor_stop(acceptor);
            return false;
        }
        acceptor->count++;
    }
    return true;
}

void acceptor_stop(struct acceptor *acceptor)
{
    for (size_t i = 0; i < acceptor->count; i++)
        poller_drop(acceptor->poller, &acceptor->places[i].watch);
    acceptor->count = 0;
    poller_disarm(acceptor->poller, &acceptor->pause);
    log_limit_end(&acceptor->log_limit);
}
