// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A network between the server and its backends that goes wrong when it is told to. `proxy PORT...` listens on a free
// port of loopback for each of these, prints "listening N" for them in their order, and forwards. Lines on stdin, each
// answered by "ok" once it is in force, say what is done with one of them, counted from 0, or with all ("*"):
//
//     pass *            forward, as at the start
//     hole 1            connections stay, and new ones come about, but nothing arrives any more, either way
//     slow 1 200        look after what has arrived every 200 ms only, and forward at most 4 kB each way then
//     reset 1           reset all connections; those that come then are forwarded
//     cut 1 100         after 100 more bytes of the backend's, reset the connection; those that come then are forwarded
//     port 1 4711       forward new connections there
//
// The end of stdin ends it. Knows nothing of what it forwards. Threads: one.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/support.h"

enum { MOST_ROUTES = 8, MOST_PAIRS = 512, PIECE = 65536, SLOW_PIECE = 4096 };

struct route {
    int listener;
    unsigned long port;
    bool hole;
    unsigned long slow_ms; // 0: at full speed
    int64_t next_us;       // when it is looked after again
};

struct way {
    size_t from, to; // of what is to be forwarded yet
    bool ended;      // nothing more comes
    char *data;
};

// A connection: [0] of the server, [1] to the backend. A way has the index of whom its bytes come from.
struct pair {
    struct route *route; // NULL: free
    int fd[2];
    struct way way[2];
    bool cut;
    size_t left; // bytes of the backend's, when it is to be cut
};

static struct route routes[MOST_ROUTES];
static size_t route_count;
static struct pair pairs[MOST_PAIRS];

static struct sockaddr_in loopback(unsigned long port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static void add_route(const char *port)
{
    struct route *route = &routes[route_count++];
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof(address);

    *route = (struct route){.port = number_of("port", port)};
    route->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (route->listener < 0 || bind(route->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(route->listener, 128) != 0 || getsockname(route->listener, (struct sockaddr *)&address, &len) != 0)
        die("can't listen: %m");
    printf("listening %u\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void drop(struct pair *pair, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};

    for (int i = 0; i < 2; i++) {
        if (reset)
            setsockopt(pair->fd[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(pair->fd[i]);
        free(pair->way[i].data);
    }
    *pair = (struct pair){0};
}

static void take(struct route *route)
{
    int near = accept4(route->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), far, on = 1;
    struct sockaddr_in address = loopback(route->port);
    struct pair *pair = pairs;

    if (near < 0)
        return;
    while (pair < pairs + MOST_PAIRS && pair->route)
        pair++;
    far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (pair == pairs + MOST_PAIRS || far < 0)
        die("too many connections");
    if (connect(far, (struct sockaddr *)&address, sizeof(address)) != 0) { // on loopback that doesn't take long
        close(far);
        close(near);
        return;
    }
    setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *pair = (struct pair){.route = route, .fd = {near, far}};
    for (int i = 0; i < 2; i++)
        pair->way[i].data = need(malloc(PIECE));
}

// One piece each way; false when the connection is over.
static bool forward(struct pair *pair)
{
    size_t piece = pair->route->slow_ms ? SLOW_PIECE : PIECE;

    for (int i = 0; i < 2; i++) {
        struct way *way = &pair->way[i];
        ssize_t done;

        if (way->from == way->to && !way->ended) {
            done = recv(pair->fd[i], way->data, piece, MSG_DONTWAIT);
            if (done < 0 && errno != EAGAIN)
                return false;
            way->ended = done == 0;
            way->from = 0;
            way->to = done > 0 ? (size_t)done : 0;
            if (i == 1 && pair->cut && way->to >= pair->left)
                return false;
            pair->left -= i == 1 && pair->cut ? way->to : 0;
        }
        if (way->from < way->to) {
            done = send(pair->fd[!i], way->data + way->from, way->to - way->from, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (done < 0 && errno != EAGAIN)
                return false;
            way->from += done > 0 ? (size_t)done : 0;
        }
        if (way->ended && way->from == way->to)
            return false; // HTTP/2 has no use for half a connection
    }
    return true;
}

static void obey(char *line)
{
    char *rest, *verb = strtok_r(line, " \n", &rest), *which = strtok_r(NULL, " \n", &rest);
    char *number = strtok_r(NULL, " \n", &rest);
    unsigned long n = number ? number_of("number", number) : 0;

    if (!verb || !which)
        die("a line is a verb, a route and maybe a number");
    for (size_t i = 0; i < route_count; i++) {
        struct route *route = &routes[i];

        if (*which != '*' && number_of("route", which) != i)
            continue;
        route->hole = strcmp(verb, "hole") == 0;
        route->slow_ms = strcmp(verb, "slow") == 0 ? n : 0;
        route->port = strcmp(verb, "port") == 0 ? n : route->port;
        for (struct pair *pair = pairs; pair < pairs + MOST_PAIRS; pair++) {
            if (pair->route != route)
                continue;
            if (strcmp(verb, "reset") == 0)
                drop(pair, true);
            pair->cut |= pair->route && strcmp(verb, "cut") == 0;
            pair->left = n;
        }
    }
    printf("ok\n");
    fflush(stdout);
}

// All that is waited for; returns after how many ms at most it is to be looked again, -1: any.
static int watch(struct pollfd *fds, size_t *count, struct pair **owner)
{
    int64_t now = now_us();
    int wait = -1;

    *count = 0;
    fds[(*count)++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (size_t i = 0; i < route_count; i++) {
        int ms = routes[i].next_us > now ? (int)((routes[i].next_us - now) / 1000) + 1 : 0;

        fds[(*count)++] = (struct pollfd){.fd = routes[i].listener, .events = POLLIN};
        if (routes[i].slow_ms && (wait < 0 || ms < wait))
            wait = ms;
    }
    for (struct pair *pair = pairs; pair < pairs + MOST_PAIRS; pair++) {
        if (!pair->route || pair->route->hole || pair->route->slow_ms)
            continue;
        for (int i = 0; i < 2; i++) {
            bool full = pair->way[i].from < pair->way[i].to, other_full = pair->way[!i].from < pair->way[!i].to;

            owner[*count] = pair;
            fds[(*count)++] =
                (struct pollfd){.fd = pair->fd[i], .events = (short)((full ? 0 : POLLIN) | (other_full ? POLLOUT : 0))};
        }
    }
    return wait;
}

static void serve_slow_ones(void)
{
    int64_t now = now_us();

    for (size_t i = 0; i < route_count; i++) {
        if (!routes[i].slow_ms || routes[i].hole || routes[i].next_us > now)
            continue;
        routes[i].next_us = now + (int64_t)routes[i].slow_ms * 1000;
        for (struct pair *pair = pairs; pair < pairs + MOST_PAIRS; pair++)
            if (pair->route == &routes[i] && !forward(pair))
                drop(pair, false);
    }
}

int main(int argc, char **argv)
{
    static struct pollfd fds[1 + MOST_ROUTES + 2 * MOST_PAIRS];
    static struct pair *owner[1 + MOST_ROUTES + 2 * MOST_PAIRS];
    char line[256];
    size_t count;

    if (argc < 2 || argc > MOST_ROUTES + 1)
        die("takes the ports to forward to, %d at most; see the head of bench/faults/proxy.c", MOST_ROUTES);
    setvbuf(stdin, NULL, _IONBF, 0); // poll() sees what is not read yet
    for (int i = 1; i < argc; i++)
        add_route(argv[i]);
    for (;;) {
        int wait = watch(fds, &count, owner);

        if (poll(fds, count, wait) < 0)
            die("poll: %m");
        for (size_t i = 1 + route_count; i < count; i++)
            if (fds[i].revents && owner[i]->route && !forward(owner[i]))
                drop(owner[i], owner[i]->cut);
        serve_slow_ones();
        for (size_t i = 0; i < route_count; i++)
            if (fds[1 + i].revents)
                take(&routes[i]);
        if (fds[0].revents) {
            if (!fgets(line, sizeof(line), stdin))
                return 0;
            obey(line);
        }
    }
}
