// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// GOAWAY beside gRPC. It may be written where no frame of gRPC's is half out, and these are the grounds: the loop's
// thread is in none of gRPC's functions; each message and status that gRPC was given for this connection is written,
// for gRPC reports it only then; and the socket has room, so that what is left, frames of a few bytes that gRPC sends
// by itself, went out whole. A keepalive ping from gRPC's timer thread is one write, as this is: the kernel keeps them
// apart.
#include "front/farewell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <grpc/grpc.h>
#include "front/call_fd.h"
#include "metrics/metrics.h"
#include "rpc/loop.h"

#define BATCH 64
#define WAKE UINT32_MAX

// 8 bytes on stream 0: no last stream yet, no error.
static const uint8_t goaway[] = {0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0};

// At the index that is gRPC's descriptor of it.
struct place {
    uint64_t cookie;  // tells the connection from others that have had the same descriptor; 0: there was none
    int fd;           // a descriptor of our own, once it has begun; else -1
    uint32_t writing; // what gRPC has not written yet
    bool told;
};

struct farewell {
    struct loop *loop;
    pthread_mutex_t lock; // the places, left, expected, begun, posted, ending
    struct place *places;
    uint32_t count;
    size_t left;     // connections not ended
    size_t expected; // connections that may come yet
    bool begun;
    bool posted;
    bool ending;
    int epoll, wake;
    pthread_t thread;
    struct loop_job look;
    void (*gone)(void *user);
    void *user;
};

uint64_t farewell_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static bool grow(struct farewell *farewell, uint32_t count)
{
    uint32_t larger = farewell->count ? farewell->count : 64;
    struct place *places;

    while (larger < count)
        larger *= 2;
    places = realloc(farewell->places, larger * sizeof(*places));
    if (!places)
        return false;
    for (uint32_t i = farewell->count; i < larger; i++)
        places[i] = (struct place){.fd = -1};
    farewell->places = places;
    farewell->count = larger;
    return true;
}

// [locked]
static void post_look(struct farewell *farewell)
{
    if (!farewell->posted)
        loop_post(farewell->loop, &farewell->look);
    farewell->posted = true;
}

// [locked]
static void end(struct farewell *farewell, struct place *place)
{
    epoll_ctl(farewell->epoll, EPOLL_CTL_DEL, place->fd, NULL); // closing does it only for the last descriptor
    close(place->fd);
    place->fd = -1;
    farewell->left--;
}

// [locked]
static bool is_alone(const struct farewell *farewell)
{
    return farewell->left == 0 && farewell->expected == 0;
}

// The event may be that of one before it, with the same descriptor.
static bool has_ended(const struct place *place)
{
    struct pollfd fd = {.fd = place->fd, .events = POLLRDHUP};

    return poll(&fd, 1, 0) == 1;
}

static void take_event(struct farewell *farewell, const struct epoll_event *event)
{
    struct place *place = &farewell->places[event->data.u32];

    if (place->fd < 0)
        return;
    if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) && has_ended(place))
        end(farewell, place);
    if (!place->told || is_alone(farewell))
        post_look(farewell);
}

static void *wait_for_ends(void *argument)
{
    struct farewell *farewell = argument;
    struct epoll_event events[BATCH];
    bool ending = false;

    while (!ending) {
        int count = epoll_wait(farewell->epoll, events, BATCH, -1);

        pthread_mutex_lock(&farewell->lock);
        for (int i = 0; i < count; i++)
            if (events[i].data.u32 != WAKE)
                take_event(farewell, &events[i]);
        ending = farewell->ending;
        pthread_mutex_unlock(&farewell->lock);
    }
    return NULL;
}

// [locked]
static void tell(struct place *place)
{
    struct pollfd writable = {.fd = place->fd, .events = POLLOUT};
    ssize_t sent;

    // What has no room tells when it has.
    if (place->writing || poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT))
        return;
    sent = send(place->fd, goaway, sizeof(goaway), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    place->told = true;
    if (sent == sizeof(goaway))
        metrics_add(METRICS_CONNECTIONS_GOAWAY, 1);
    else
        shutdown(place->fd, SHUT_RDWR); // gone, or of no use any more
}

void farewell_tell(struct farewell *farewell)
{
    bool all_gone;

    pthread_mutex_lock(&farewell->lock);
    for (uint32_t i = 0; i < farewell->count; i++)
        if (farewell->places[i].fd >= 0 && !farewell->places[i].told)
            tell(&farewell->places[i]);
    all_gone = is_alone(farewell);
    pthread_mutex_unlock(&farewell->lock);
    if (all_gone && farewell->gone) {
        void (*gone)(void *user) = farewell->gone;

        farewell->gone = NULL;
        gone(farewell->user);
    }
}

static void look(struct loop_job *job)
{
    struct farewell *farewell = (struct farewell *)((char *)job - offsetof(struct farewell, look));

    pthread_mutex_lock(&farewell->lock);
    farewell->posted = false;
    pthread_mutex_unlock(&farewell->lock);
    farewell_tell(farewell);
}

// Takes a descriptor of its own of a connection that is still there. [locked]
static void collect(struct farewell *farewell, uint32_t index)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLOUT | EPOLLET, .data.u32 = index};
    struct place *place = &farewell->places[index];
    int fd = place->cookie ? fcntl((int)index, F_DUPFD_CLOEXEC, 0) : -1;

    if (place->fd >= 0)
        end(farewell, place);
    if (fd < 0)
        return;
    if (farewell_cookie(fd) != place->cookie || epoll_ctl(farewell->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return;
    }
    place->fd = fd;
    place->told = false;
    farewell->left++;
}

void farewell_cut(struct farewell *farewell, int fd)
{
    int own;

    pthread_mutex_lock(&farewell->lock);
    own = (uint32_t)fd < farewell->count ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (own >= 0 && farewell_cookie(own) == farewell->places[fd].cookie)
        shutdown(own, SHUT_RDWR);
    if (own >= 0)
        close(own);
    pthread_mutex_unlock(&farewell->lock);
}

void farewell_note(struct farewell *farewell, int fd, uint64_t cookie)
{
    pthread_mutex_lock(&farewell->lock);
    if ((uint32_t)fd < farewell->count || grow(farewell, (uint32_t)fd + 1)) {
        farewell->places[fd].cookie = cookie;
        if (farewell->begun) // there is room to write, so an event follows
            collect(farewell, (uint32_t)fd);
    }
    pthread_mutex_unlock(&farewell->lock);
}

void farewell_expect(struct farewell *farewell)
{
    pthread_mutex_lock(&farewell->lock);
    farewell->expected++;
    pthread_mutex_unlock(&farewell->lock);
}

void farewell_came(struct farewell *farewell)
{
    pthread_mutex_lock(&farewell->lock);
    farewell->expected--;
    if (farewell->begun && is_alone(farewell))
        post_look(farewell);
    pthread_mutex_unlock(&farewell->lock);
}

bool farewell_begin(struct farewell *farewell, void (*gone)(void *user), void *user)
{
    if (pthread_create(&farewell->thread, NULL, wait_for_ends, farewell) != 0)
        return false;
    farewell->gone = gone;
    farewell->user = user;
    pthread_mutex_lock(&farewell->lock);
    farewell->begun = true;
    for (uint32_t i = 0; i < farewell->count; i++)
        collect(farewell, i);
    pthread_mutex_unlock(&farewell->lock);
    return true;
}

int farewell_writing(struct farewell *farewell, struct grpc_call *call)
{
    int fd = front_call_fd(call);

    pthread_mutex_lock(&farewell->lock);
    if (fd >= 0 && (uint32_t)fd < farewell->count)
        farewell->places[fd].writing++;
    else
        fd = -1;
    pthread_mutex_unlock(&farewell->lock);
    return fd;
}

void farewell_written(struct farewell *farewell, int connection)
{
    struct place *place;

    if (connection < 0)
        return;
    pthread_mutex_lock(&farewell->lock);
    place = &farewell->places[connection];
    if (--place->writing == 0 && place->fd >= 0 && !place->told)
        tell(place);
    pthread_mutex_unlock(&farewell->lock);
}

struct farewell *farewell_new(struct loop *loop)
{
    struct farewell *farewell = calloc(1, sizeof(*farewell));
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = WAKE};

    if (!farewell)
        return NULL;
    farewell->loop = loop;
    farewell->look.fn = look;
    pthread_mutex_init(&farewell->lock, NULL);
    farewell->epoll = epoll_create1(EPOLL_CLOEXEC);
    farewell->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (farewell->epoll >= 0 && farewell->wake >= 0 &&
        epoll_ctl(farewell->epoll, EPOLL_CTL_ADD, farewell->wake, &event) == 0)
        return farewell;
    farewell_free(farewell);
    return NULL;
}

void farewell_free(struct farewell *farewell)
{
    if (!farewell)
        return;
    if (farewell->begun) {
        pthread_mutex_lock(&farewell->lock);
        farewell->ending = true;
        pthread_mutex_unlock(&farewell->lock);
        eventfd_write(farewell->wake, 1);
        pthread_join(farewell->thread, NULL);
    }
    for (uint32_t i = 0; i < farewell->count; i++)
        if (farewell->places[i].fd >= 0)
            close(farewell->places[i].fd);
    if (farewell->epoll >= 0)
        close(farewell->epoll);
    if (farewell->wake >= 0)
        close(farewell->wake);
    pthread_mutex_destroy(&farewell->lock);
    free(farewell->places);
    free(farewell);
}
