// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The mux: looks at the first bytes with MSG_PEEK and routes. What is undecided waits in the poller (edge
// triggered, since the bytes stay where they are) and in a list by age, whose head sets the one timer.
#include "process/mux.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/acceptor.h"
#include "process/counters.h"
#include "process/files.h"
#include "process/listener.h"
#include "process/poller.h"
#include "base/sniff.h"

#define DEFAULT_TIMEOUT_MS 10000
#define DEFAULT_UNDECIDED 4096
#define LEAVING_US 1000000 // who has connected says what he wants within it

struct mux;

// What connections come through.
struct door {
    struct acceptor acceptor;
    struct mux *mux;
    bool tls;
};

struct undecided {
    struct poller_watch watch;
    struct door *door;
    struct undecided *older, *newer;
    int64_t deadline_us;
    socklen_t peer_len;
    struct sockaddr_storage peer;
};

struct mux {
    struct poller *poller;
    struct mux_options options;
    struct door plain, tls;
    struct undecided *oldest, *newest;
    size_t undecided_count;
    int max_fd; // descriptors are below it, as long as others can give way
    struct poller_timer expiry;
    struct poller_timer closing; // when leaving
    void (*left)(void *user);    // when leaving: is told that nothing more comes
};

static void forget(struct mux *mux, struct undecided *one)
{
    *(one->older ? &one->older->newer : &mux->oldest) = one->newer;
    *(one->newer ? &one->newer->older : &mux->newest) = one->older;
    mux->undecided_count--;
    poller_drop(mux->poller, &one->watch);
    free(one);
}

static void tell_left(struct mux *mux)
{
    void (*left)(void *user) = mux->left;

    if (!left || mux->oldest)
        return;
    mux->left = NULL;
    poller_disarm(mux->poller, &mux->closing);
    left(mux->options.user);
}

static void close_undecided(struct mux *mux, struct undecided *one, _Atomic uint64_t *reason)
{
    int fd = one->watch.fd;

    forget(mux, one);
    close(fd);
    process_count(reason);
}

static void expire(struct poller_timer *timer)
{
    struct mux *mux = POLLER_OWNER(timer, struct mux, expiry);
    int64_t now = clock_now_us();

    while (mux->oldest && mux->oldest->deadline_us <= now)
        close_undecided(mux, mux->oldest, &mux->options.counters->timed_out);
    if (mux->oldest)
        poller_arm(mux->poller, &mux->expiry, mux->oldest->deadline_us);
    tell_left(mux);
}

static enum sniff_verdict peek(int fd, bool *ended)
{
    char bytes[SNIFF_SIZE];
    ssize_t len;

    do
        len = recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    *ended = len == 0 || (len < 0 && errno != EAGAIN);
    return sniff(bytes, len > 0 ? (size_t)len : 0);
}

static void drop(const struct door *door, int fd, enum sniff_verdict verdict, const struct sockaddr *peer,
                 socklen_t peer_len)
{
    struct process_counters *counters = door->mux->options.counters;

    close(fd);
    process_count(verdict == SNIFF_MORE                ? &counters->ended
                  : verdict == SNIFF_TLS && !door->tls ? &counters->tls
                                                       : &counters->rubbish);
    if (log_enabled(LOG_DEBUG)) {
        char text[LISTENER_ADDRESS_SIZE];

        log_debug("connection", "closed a connection from %s: %s",
                  listener_address_text(peer, peer_len, text, sizeof(text)),
                  verdict == SNIFF_MORE  ? "it ended before it said what it speaks"
                  : door->tls            ? "it speaks no TLS, and this port is for nothing else"
                  : verdict == SNIFF_TLS ? "it speaks TLS, and this port is plain"
                                         : "it speaks neither HTTP/1 nor HTTP/2");
    }
}

// What becomes of a connection whose verdict is there. The descriptor is somebody else's, or closed, after it.
static void settle(const struct door *door, int fd, enum sniff_verdict verdict, const struct sockaddr *peer,
                   socklen_t peer_len)
{
    const struct mux_options *options = &door->mux->options;
    struct process_counters *counters = options->counters;

    if (door->tls && verdict == SNIFF_TLS) {
        process_count(&counters->told_tls);
        options->route(options->user, fd, MUX_TLS, peer, peer_len);
    } else if (!door->tls && verdict == SNIFF_HTTP1) {
        process_count(&counters->http1);
        options->route(options->user, fd, MUX_HTTP1, peer, peer_len);
    } else if (!door->tls && verdict == SNIFF_HTTP2) {
        process_count(&counters->http2);
        options->route(options->user, fd, MUX_HTTP2, peer, peer_len);
    } else {
        drop(door, fd, verdict, peer, peer_len);
    }
}

static void look_again(struct poller_watch *watch, uint32_t events)
{
    struct undecided *one = POLLER_OWNER(watch, struct undecided, watch);
    struct mux *mux = one->door->mux;
    struct undecided copy;
    bool ended;
    enum sniff_verdict verdict = peek(watch->fd, &ended);

    // A peek sees no end behind bytes.
    ended = ended || events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    if (verdict == SNIFF_MORE && !ended)
        return;
    copy = *one;
    forget(mux, one);
    settle(copy.door, copy.watch.fd, verdict, (struct sockaddr *)&copy.peer, copy.peer_len);
    tell_left(mux);
}

// False: no memory or descriptors; the connection was closed.
static bool wait_for_more(struct door *door, int fd, const struct sockaddr *peer, socklen_t peer_len)
{
    struct mux *mux = door->mux;
    struct undecided *one;

    if (mux->oldest && (mux->undecided_count >= mux->options.max_undecided || fd >= mux->max_fd))
        close_undecided(mux, mux->oldest, &mux->options.counters->crowded_out);
    one = calloc(1, sizeof(*one));
    if (!one) {
        close(fd);
        return false;
    }
    one->watch = (struct poller_watch){.fn = look_again, .fd = fd};
    one->door = door;
    one->peer_len = peer_len;
    memcpy(&one->peer, peer, peer_len);
    one->deadline_us = clock_now_us() + mux->options.timeout_ms * 1000;
    if (!poller_add(mux->poller, &one->watch, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
        close(fd);
        free(one);
        return false;
    }
    one->older = mux->newest;
    *(one->older ? &one->older->newer : &mux->oldest) = one;
    mux->newest = one;
    mux->undecided_count++;
    if (mux->oldest == one)
        poller_arm(mux->poller, &mux->expiry, one->deadline_us);
    return true;
}

static void take_accepted(struct acceptor *acceptor, int fd, const struct sockaddr *peer, socklen_t peer_len)
{
    struct door *door = POLLER_OWNER(acceptor, struct door, acceptor);
    struct mux *mux = door->mux;
    enum sniff_verdict verdict;
    bool ended;
    int on = 1;

    process_count(&mux->options.counters->accepted);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); // fails where the client is gone: seen below
    verdict = peek(fd, &ended);
    if (verdict != SNIFF_MORE || ended)
        settle(door, fd, verdict, peer, peer_len);
    else if (!wait_for_more(door, fd, peer, peer_len))
        process_count(&mux->options.counters->crowded_out);
}

// The oldest undecided gives way.
static bool make_room(struct acceptor *acceptor)
{
    struct mux *mux = POLLER_OWNER(acceptor, struct door, acceptor)->mux;

    process_count(&mux->options.counters->accept_failed);
    if (!mux->oldest)
        return false;
    close_undecided(mux, mux->oldest, &mux->options.counters->crowded_out);
    return true;
}

static void use_defaults(struct mux_options *options)
{
    if (options->timeout_ms <= 0)
        options->timeout_ms = DEFAULT_TIMEOUT_MS;
    if (options->max_undecided == 0)
        options->max_undecided = DEFAULT_UNDECIDED;
}

static bool open_door(struct mux *mux, struct door *door, const struct listener *listener)
{
    door->mux = mux;
    door->tls = door == &mux->tls;
    door->acceptor = (struct acceptor){.poller = mux->poller, .accepted = take_accepted, .exhausted = make_room};
    return acceptor_start(&door->acceptor, listener);
}

struct mux *mux_new(struct poller *poller, const struct listener *plain, const struct listener *tls,
                    const struct mux_options *options)
{
    struct mux *mux = calloc(1, sizeof(*mux));

    if (!mux)
        return NULL;
    mux->poller = poller;
    mux->options = *options;
    use_defaults(&mux->options);
    mux->max_fd = files_for_connections();
    mux->expiry.fn = expire;
    if (open_door(mux, &mux->plain, plain)) {
        if (open_door(mux, &mux->tls, tls))
            return mux;
        acceptor_stop(&mux->plain.acceptor);
    }
    free(mux);
    return NULL;
}

static void close_silent(struct poller_timer *timer)
{
    struct mux *mux = POLLER_OWNER(timer, struct mux, closing);

    while (mux->oldest)
        close_undecided(mux, mux->oldest, &mux->options.counters->crowded_out);
    tell_left(mux);
}

static void stop_accepting(struct mux *mux)
{
    acceptor_stop(&mux->plain.acceptor);
    acceptor_stop(&mux->tls.acceptor);
}

void mux_leave(struct mux *mux, bool rest, void (*done)(void *user))
{
    if (rest) {
        acceptor_take_rest(&mux->plain.acceptor);
        acceptor_take_rest(&mux->tls.acceptor);
    }
    stop_accepting(mux);
    mux->left = done;
    mux->closing.fn = close_silent;
    poller_arm(mux->poller, &mux->closing, clock_now_us() + LEAVING_US);
    tell_left(mux);
}

void mux_stop(struct mux *mux)
{
    stop_accepting(mux);
    while (mux->oldest)
        close_undecided(mux, mux->oldest, &mux->options.counters->crowded_out);
    poller_disarm(mux->poller, &mux->expiry);
    poller_disarm(mux->poller, &mux->closing);
    mux->left = NULL;
}

void mux_free(struct mux *mux)
{
    if (!mux)
        return;
    mux_stop(mux);
    free(mux);
}
