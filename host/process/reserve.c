// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reserving a port. That nobody has it shows only without SO_REUSEPORT, so it is bound twice: with SO_REUSEADDR, which
// overlooks connections of old, and then with SO_REUSEPORT alone, so that another one's SO_REUSEADDR meets us though we
// don't listen.
#include "process/reserve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

static void set_port(struct sockaddr_storage *address, unsigned port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

// A socket bound to the port at that address, and the port; -1: errno.
static int bind_to(const struct addrinfo *info, unsigned *port, bool shared)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage address = {0};
    socklen_t len = info->ai_addrlen;
    int on = 1, problem;

    if (fd < 0)
        return -1;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    set_port(&address, *port);
    if (setsockopt(fd, SOL_SOCKET, shared ? SO_REUSEPORT : SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        (info->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
        bind(fd, (struct sockaddr *)&address, len) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *port = port_of(&address);
        return fd;
    }
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

// At every address; families that this machine lacks are left out. On failure errno.
static bool bind_all(struct reserve *reserve, const struct addrinfo *addresses, bool shared)
{
    int missing = EADDRNOTAVAIL;

    for (const struct addrinfo *info = addresses; info && reserve->count < LISTENER_MAX_SOCKETS; info = info->ai_next) {
        int fd = bind_to(info, &reserve->port, shared);

        if (fd >= 0)
            reserve->fds[reserve->count++] = fd;
        else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
            return false;
    }
    errno = missing;
    return reserve->count > 0;
}

bool reserve_port(struct reserve *reserve, const char *host, unsigned port, bool shared, char *error, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses;
    bool done;
    int problem;

    memset(reserve, 0, sizeof(*reserve));
    reserve->port = port;
    problem = getaddrinfo(*host ? host : NULL, *host ? NULL : "0", &hints, &addresses);
    if (problem) {
        snprintf(error, size, "can't have a port at '%s': %s", host, gai_strerror(problem));
        return false;
    }
    done = shared || bind_all(reserve, addresses, false);
    if (done) {
        reserve_end(reserve);
        done = bind_all(reserve, addresses, true);
    }
    if (!done) {
        snprintf(error, size,
                 "can't have port %u: %s; stop who has it (ss -tlnp shows which it is) or choose another port",
                 reserve->port, strerror(errno));
        reserve_end(reserve);
    }
    freeaddrinfo(addresses);
    return done;
}

void reserve_end(struct reserve *reserve)
{
    for (size_t i = 0; i < reserve->count; i++)
        close(reserve->fds[i]);
    reserve->count = 0;
}
