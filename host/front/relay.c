// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The relay's thread: waits for the lines' sockets, and gives each line its turn.
#include "front/relay.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/relay_line.h"
#include "front/tls.h"
#include "metrics/metrics.h"

#define EVENTS 64
#define LEAVING_US 1000000

struct relay_lines {
    struct relay_line *oldest, *newest;
};

struct relay {
    struct relay_options options;
    int epoll, wake;
    pthread_mutex_t lock;                       // agreeing
    struct relay_lines agreeing, open, parting; // by age
    struct relay_line *again;                   // have more to do
    struct relay_line *over;                    // events may still name them
    int64_t leave_us;                           // all must have agreed by then; 0: relay_leave() was not seen
    atomic_bool leaving, ending;
    pthread_t thread;
    struct log_limit bad_lists, no_files;
    uint8_t piece[RELAY_PIECE];
};

static void append(struct relay_lines *lines, struct relay_line *line)
{
    line->older = lines->newest;
    line->newer = NULL;
    *(line->older ? &line->older->newer : &lines->oldest) = line;
    lines->newest = line;
}

static void take_out(struct relay_lines *lines, struct relay_line *line)
{
    *(line->older ? &line->older->newer : &lines->oldest) = line->newer;
    *(line->newer ? &line->newer->older : &lines->newest) = line->older;
}

static void leave_list(struct relay *relay, struct relay_line *line)
{
    bool locked = line->list == &relay->agreeing;

    if (locked)
        pthread_mutex_lock(&relay->lock);
    take_out(line->list, line);
    if (locked)
        pthread_mutex_unlock(&relay->lock);
}

static struct relay_lines *list_for(struct relay *relay, const struct relay_line *line)
{
    switch (line->state) {
    case RELAY_AGREEING:
        return &relay->agreeing;
    case RELAY_OPEN:
        return line->parting ? &relay->parting : &relay->open;
    default:
        return NULL;
    }
}

// Puts it where its state belongs.
static void settle(struct relay *relay, struct relay_line *line)
{
    struct relay_lines *list = list_for(relay, line);

    if (list == line->list)
        return;
    leave_list(relay, line);
    line->list = list;
    if (list == &relay->parting)
        line->deadline_us = clock_now_us() + relay->options.part_us;
    if (list) {
        append(list, line);
    } else if (!line->again) { // else it is freed when its turn comes
        line->next = relay->over;
        relay->over = line;
    }
}

static void give_turn(struct relay *relay, struct relay_line *line)
{
    bool more;

    if (line->state == RELAY_OVER)
        return;
    more = relay_line_turn(line);
    if (more && !line->again) {
        line->again = true;
        line->next = relay->again;
        relay->again = line;
    }
    settle(relay, line);
}

static void give_turns_again(struct relay *relay)
{
    struct relay_line *line = relay->again;

    relay->again = NULL;
    while (line) {
        struct relay_line *next = line->next;

        line->again = false;
        if (line->state == RELAY_OVER) {
            line->next = relay->over;
            relay->over = line;
        } else {
            give_turn(relay, line);
        }
        line = next;
    }
}

static void free_over(struct relay *relay)
{
    while (relay->over) {
        struct relay_line *line = relay->over;

        relay->over = line->next;
        free(line);
    }
}

static void end(struct relay *relay, struct relay_line *line)
{
    relay_line_end(line);
    settle(relay, line);
}

// The oldest that agrees; NULL: none. Until when it may.
static struct relay_line *oldest(struct relay *relay, int64_t *until_us)
{
    struct relay_line *line;

    pthread_mutex_lock(&relay->lock);
    line = relay->agreeing.oldest;
    pthread_mutex_unlock(&relay->lock);
    if (line)
        *until_us = relay->leave_us && relay->leave_us < line->deadline_us ? relay->leave_us : line->deadline_us;
    return line;
}

// Who is late goes. Until when to wait, in milliseconds; -1: for ever.
static int expire(struct relay *relay)
{
    int64_t now_us = clock_now_us(), next_us = INT64_MAX, until_us = 0;
    struct relay_line *line;

    while ((line = oldest(relay, &until_us)) && until_us <= now_us) {
        metrics_add(METRICS_TLS_TIMED_OUT, 1);
        end(relay, line);
    }
    if (line)
        next_us = until_us;
    while ((line = relay->parting.oldest) && line->deadline_us <= now_us) {
        metrics_add(METRICS_CONNECTIONS_CUT_UNREAD, 1);
        end(relay, line);
    }
    if (line && line->deadline_us < next_us)
        next_us = line->deadline_us;
    return next_us == INT64_MAX ? -1 : (int)((next_us - now_us) / 1000) + 1;
}

static void take_event(struct relay *relay, const struct epoll_event *event)
{
    struct relay_side *side = event->data.ptr;
    eventfd_t count;

    if (!side) {
        eventfd_read(relay->wake, &count);
        if (atomic_load(&relay->leaving) && !relay->leave_us)
            relay->leave_us = clock_now_us() + LEAVING_US;
        return;
    }
    relay_line_note(side, event->events);
    give_turn(relay, side->line);
}

static void *run(void *argument)
{
    struct relay *relay = argument;
    struct epoll_event events[EVENTS];

    while (!atomic_load(&relay->ending)) {
        int patience = expire(relay), count;

        free_over(relay);
        count = epoll_wait(relay->epoll, events, EVENTS, relay->again ? 0 : patience);
        for (int i = 0; i < count; i++)
            take_event(relay, &events[i]);
        give_turns_again(relay);
    }
    return NULL;
}

static struct relay_line *new_line(struct relay *relay, int fd)
{
    struct relay_line *line = calloc(1, sizeof(*line));

    if (!line)
        return NULL;
    line->options = &relay->options;
    line->bad_lists = &relay->bad_lists;
    line->no_files = &relay->no_files;
    line->epoll = relay->epoll;
    line->piece = relay->piece;
    line->outer = (struct relay_side){.line = line, .fd = fd, .readable = true};
    line->inner = (struct relay_side){.line = line, .fd = -1};
    line->deadline_us = clock_now_us() + relay->options.agree_us;
    return line;
}

// On the relay's thread only from its first event on, which comes at once: there is room to write.
bool relay_take(struct relay *relay, int fd, bool spare)
{
    struct relay_line *line = new_line(relay, fd);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};

    if (line) {
        line->spare = spare;
        event.data.ptr = &line->outer;
        line->list = &relay->agreeing;
        pthread_mutex_lock(&relay->lock);
        append(&relay->agreeing, line);
        if (epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event) == 0) {
            pthread_mutex_unlock(&relay->lock);
            return true;
        }
        take_out(&relay->agreeing, line);
        pthread_mutex_unlock(&relay->lock);
    }
    free(line);
    close(fd);
    return false;
}

void relay_leave(struct relay *relay)
{
    atomic_store(&relay->leaving, true);
    eventfd_write(relay->wake, 1);
}

static bool start(struct relay *relay)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

    relay->epoll = epoll_create1(EPOLL_CLOEXEC);
    relay->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (relay->epoll < 0 || relay->wake < 0 || epoll_ctl(relay->epoll, EPOLL_CTL_ADD, relay->wake, &event) != 0)
        return false;
    errno = pthread_create(&relay->thread, NULL, run, relay);
    return errno == 0;
}

static void close_all(struct relay *relay)
{
    if (relay->epoll >= 0)
        close(relay->epoll);
    if (relay->wake >= 0)
        close(relay->wake);
    pthread_mutex_destroy(&relay->lock);
    log_limit_end(&relay->bad_lists);
    log_limit_end(&relay->no_files);
    free(relay);
}

struct relay *relay_new(const struct relay_options *options, char *error, size_t size)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    snprintf(error, size, "no memory for TLS");
    if (!relay)
        return NULL;
    relay->options = *options;
    relay->epoll = relay->wake = -1;
    pthread_mutex_init(&relay->lock, NULL);
    log_limit_begin(&relay->bad_lists, "tls_crl", NULL);
    log_limit_begin(&relay->no_files, "connection", NULL);
    if (start(relay))
        return relay;
    snprintf(error, size, "can't set up TLS: %s", strerror(errno));
    close_all(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->ending, true);
    eventfd_write(relay->wake, 1);
    pthread_join(relay->thread, NULL);
    while (relay->open.oldest) {
        struct relay_line *line = relay->open.oldest;

        line->inner.readable = true;
        while (relay_line_turn(line)) // its last words
            ;
        end(relay, line);
    }
    while (relay->parting.oldest)
        end(relay, relay->parting.oldest);
    while (relay->agreeing.oldest)
        end(relay, relay->agreeing.oldest);
    give_turns_again(relay);
    free_over(relay);
    close_all(relay);
}
