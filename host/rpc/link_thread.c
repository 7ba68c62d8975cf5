// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The thread of links: resolves names, connects, sees connections end. Straight on, for it may block: nothing waits for
// it, calls take the channel meanwhile.
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "rpc/link_inner.h"

#define CONNECT_US 3000000   // for an attempt
#define RENEW_US 30000000    // names are resolved again
#define FIRST_PAUSE_US 50000 // after a failure or a loss; doubles up to the longest
#define LONGEST_PAUSE_US 1000000
#define UNSENT_MS 10000 // bytes that a peer doesn't acknowledge for so long end the connection
#define SILENT_S 60     // after which the kernel asks the peer whether it is there; its answer has UNSENT_MS too

// The descriptors to wait for; those of lines have their line beside them.
struct waiting {
    struct pollfd *fds;
    struct link_line **lines;
    size_t count, room;
};

static void wait_for(struct waiting *waiting, int fd, short events, struct link_line *line)
{
    if (waiting->count == waiting->room) {
        size_t room = waiting->room ? waiting->room * 2 : 16;
        struct pollfd *fds = realloc(waiting->fds, room * sizeof(*fds));
        struct link_line **lines;

        if (fds == NULL)
            return; // seen in a later round
        waiting->fds = fds;
        lines = realloc(waiting->lines, room * sizeof(struct link_line *));
        if (lines == NULL)
            return;
        waiting->lines = lines;
        waiting->room = room;
    }
    waiting->fds[waiting->count] = (struct pollfd){.fd = fd, .events = events};
    waiting->lines[waiting->count++] = line;
}

static int open_socket(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const unsigned unsent_ms = UNSENT_MS;
    const int silent_s = SILENT_S;
    const int on = 1;

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unsent_ms, sizeof(unsent_ms));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silent_s, sizeof(silent_s));
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static void begin_line(struct link *link, const struct addrinfo *address)
{
    struct links *links = link->links;
    struct link_line *line = calloc(1, sizeof(*line));

    if (line == NULL)
        return;
    line->watched = -1;
    line->socket = open_socket(address);
    if (line->socket >= 0)
        line->watched = fcntl(line->socket, F_DUPFD_CLOEXEC, 0);
    if (line->watched < 0) {
        if (line->socket >= 0)
            close(line->socket);
        free(line);
        return;
    }
    line->link = link;
    line->up.fn = link_line_up;
    line->gone.fn = link_line_gone;
    line->named = true;
    line->address_len = address->ai_addrlen;
    memcpy(&line->address, address->ai_addr, address->ai_addrlen);
    line->until_us = clock_now_us() + CONNECT_US;
    line->next_watched = link->watched;
    link->watched = line;
    pthread_mutex_lock(&links->lock);
    line->next = links->all_lines;
    links->all_lines = line;
    pthread_mutex_unlock(&links->lock);
}

// The line is the loop's alone from here on, which frees it.
static void end_line(struct link *link, struct link_line *line)
{
    struct link_line **at = &link->watched;

    while (*at != line)
        at = &(*at)->next_watched;
    *at = line->next_watched;
    close(line->watched);
    line->watched = -1;
    loop_post(link->links->loop, &line->gone);
}

static struct link_line *line_to(const struct link *link, const struct addrinfo *address)
{
    struct link_line *line = link->watched;

    while (line != NULL && (line->address_len != address->ai_addrlen ||
                            memcmp(&line->address, address->ai_addr, address->ai_addrlen) != 0))
        line = line->next_watched;
    return line;
}

// Lines to all addresses of the name, and none to others. Where there is no answer, those that are there stay.
static void renew(struct link *link)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    unsigned count = 0;

    link->at_us = clock_now_us() + RENEW_US;
    if (getaddrinfo(link->host, link->port, &hints, &found) != 0 &&
        getaddrinfo(link->host, link->port, &(struct addrinfo){.ai_socktype = SOCK_STREAM}, &found) != 0)
        return;
    for (struct link_line *line = link->watched; line != NULL; line = line->next_watched)
        line->named = false;
    for (struct addrinfo *address = found; address != NULL && count < LINK_MAX_LINES; address = address->ai_next) {
        struct link_line *line = line_to(link, address);

        count++;
        if (line != NULL)
            line->named = true;
        else
            begin_line(link, address);
    }
    freeaddrinfo(found);
    for (struct link_line *line = link->watched, *next; line != NULL; line = next) {
        next = line->next_watched;
        if (!line->named)
            end_line(link, line);
    }
}

static void try_again_soon(struct link *link)
{
    int64_t at_us;

    link->pause_us = link->pause_us == 0 ? FIRST_PAUSE_US : link->pause_us * 2;
    if (link->pause_us > LONGEST_PAUSE_US)
        link->pause_us = LONGEST_PAUSE_US;
    at_us = clock_now_us() + link->pause_us;
    if (at_us < link->at_us)
        link->at_us = at_us;
}

// What poll() said of a line.
static void look_at(struct link_line *line, short events)
{
    struct link *link = line->link;
    int error = 0;
    socklen_t size = sizeof(error);

    if (!line->is_up && events == POLLOUT && getsockopt(line->watched, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error == 0) {
        line->is_up = true;
        link->pause_us = 0;
        loop_post(link->links->loop, &line->up);
    } else if (events != 0) {
        end_line(link, line);
        try_again_soon(link);
    }
}

// Of a link: what is due, and what to wait for. The time of its next turn.
static int64_t tend(struct link *link, struct waiting *waiting)
{
    int64_t next_us, now_us = clock_now_us();

    for (struct link_line *line = link->watched, *next; line != NULL; line = next) {
        next = line->next_watched;
        if (atomic_load(&line->dropped) || (!line->is_up && line->until_us <= now_us)) {
            end_line(link, line);
            try_again_soon(link);
        }
    }
    if (link->at_us <= now_us)
        renew(link);
    next_us = link->at_us;
    for (struct link_line *line = link->watched; line != NULL; line = line->next_watched) {
        wait_for(waiting, line->watched, line->is_up ? POLLRDHUP : POLLOUT, line);
        if (!line->is_up && line->until_us < next_us)
            next_us = line->until_us;
    }
    return next_us;
}

// The link is the loop's alone from here on.
static void end_link(struct link *link)
{
    struct links *links = link->links;
    struct link **at = &links->open;

    while (link->watched != NULL)
        end_line(link, link->watched);
    pthread_mutex_lock(&links->lock);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    link->next = links->over;
    links->over = link;
    pthread_mutex_unlock(&links->lock);
    loop_post(links->loop, &link->over_job);
}

// Only this thread takes links out of the list, so it can walk it without the lock.
static int64_t tend_all(struct links *links, struct waiting *waiting)
{
    int64_t next_us = INT64_MAX, at_us;
    struct link *link, *next;

    pthread_mutex_lock(&links->lock);
    link = links->open;
    pthread_mutex_unlock(&links->lock);
    for (; link != NULL; link = next) {
        next = link->next;
        if (atomic_load(&link->closed)) {
            end_link(link);
            continue;
        }
        at_us = tend(link, waiting);
        if (at_us < next_us)
            next_us = at_us;
    }
    return next_us;
}

static int wait_ms(int64_t until_us)
{
    int64_t left_us = until_us - clock_now_us();

    return until_us == INT64_MAX ? -1 : left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}

void *link_thread(void *user)
{
    struct links *links = user;
    struct waiting waiting = {0};
    eventfd_t wakes;

    while (!atomic_load(&links->stopping)) {
        int64_t next_us;

        waiting.count = 0;
        wait_for(&waiting, links->wake, POLLIN, NULL);
        next_us = tend_all(links, &waiting);
        if (waiting.count == 0 || poll(waiting.fds, waiting.count, wait_ms(next_us)) <= 0)
            continue;
        if (waiting.fds[0].revents != 0)
            eventfd_read(links->wake, &wakes);
        for (size_t i = 1; i < waiting.count; i++)
            look_at(waiting.lines[i], waiting.fds[i].revents);
    }
    free(waiting.fds);
    free(waiting.lines);
    return NULL;
}
