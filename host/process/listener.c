// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opening listening sockets. SO_REUSEADDR lets a restart follow a stop at once; SO_REUSEPORT is left alone, since with
// it a forgotten process would silently keep a share of the connections.
#include "process/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAME_PORT_TRIES 16

// "host", "port" and whether every address is meant.
struct place {
    char host[256];
    char port[16];
    bool any;
};

static bool split_address(const char *address, struct place *place)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;
    size_t len;

    if (!colon || !colon[1] || strlen(colon + 1) >= sizeof(place->port))
        return false;
    if (colon[1 + strspn(colon + 1, "0123456789")] || strtoul(colon + 1, NULL, 10) > UINT16_MAX)
        return false;
    len = (size_t)(colon - address);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    } else if (memchr(host, ':', len)) {
        return false;
    }
    if (len >= sizeof(place->host))
        return false;
    memcpy(place->host, host, len);
    place->host[len] = '\0';
    place->any = len == 0 || strcmp(place->host, "*") == 0;
    strcpy(place->port, colon + 1);
    return true;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons(port);
}

// A listening socket, or -1: errno. The address gets the port that was bound.
static int listen_on(struct sockaddr_storage *address, socklen_t len, int backlog)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, saved;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        // Each family has a socket of its own.
        (address->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
        bind(fd, (struct sockaddr *)address, len) == 0 && listen(fd, backlog) == 0 &&
        getsockname(fd, (struct sockaddr *)address, &len) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

// Binds every address to one port: the wanted one, or what the first address was given. A family that this machine
// lacks is left out. On failure errno, and which address in failed.
static bool listen_on_all(struct listener *listener, const struct addrinfo *addresses, int backlog,
                          struct sockaddr_storage *failed)
{
    int missing = EADDRNOTAVAIL;

    for (const struct addrinfo *info = addresses; info && listener->count < LISTENER_MAX_SOCKETS;
         info = info->ai_next) {
        struct sockaddr_storage address = {0};
        int fd;

        memcpy(&address, info->ai_addr, info->ai_addrlen);
        if (listener->count > 0)
            set_port(&address, listener->port);
        fd = listen_on(&address, info->ai_addrlen, backlog);
        if (fd >= 0) {
            listener->port = port_of(&address);
            listener->fds[listener->count++] = fd;
        } else if (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) {
            missing = errno;
            *failed = address;
        } else {
            *failed = address;
            return false;
        }
    }
    errno = missing;
    return listener->count > 0;
}

static void explain(int problem, const char *address, const struct sockaddr_storage *failed, char *error, size_t size)
{
    char text[LISTENER_ADDRESS_SIZE];

    listener_address_text((const struct sockaddr *)failed, sizeof(*failed), text, sizeof(text));
    if (problem == EADDRINUSE)
        snprintf(error, size,
                 "can't listen on %s: %s is in use by another process; stop it (ss -tlnp shows which it is) or choose "
                 "another port",
                 address, text);
    else if (problem == EACCES)
        snprintf(error, size,
                 "can't listen on %s: no permission for %s; choose a port from 1024 on or grant CAP_NET_BIND_SERVICE",
                 address, text);
    else if (problem == EADDRNOTAVAIL)
        snprintf(error, size,
                 "can't listen on %s: %s is no address of this machine; choose one that 'ip address' shows", address,
                 text);
    else
        snprintf(error, size, "can't listen on %s: %s: %s", address, text, strerror(problem));
}

bool listener_open(struct listener *listener, const char *address, int backlog, char *error, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses;
    struct place place;
    bool done = false;
    int problem;

    memset(listener, 0, sizeof(*listener));
    if (!split_address(address, &place)) {
        snprintf(error, size,
                 "can't listen on '%s': not an address; write host:port, [IPv6]:port or :port, with a port up to 65535",
                 address);
        return false;
    }
    problem = getaddrinfo(place.any ? NULL : place.host, place.port, &hints, &addresses);
    if (problem) {
        snprintf(error, size, "can't listen on %s: no address for '%s' (%s)", address, place.host,
                 problem == EAI_SYSTEM ? strerror(errno) : gai_strerror(problem));
        return false;
    }
    // A free port that the first address was given may be taken on the next one: then another is tried.
    for (int left = SAME_PORT_TRIES; left > 0 && !done; left--) {
        struct sockaddr_storage failed = {0};

        done = listen_on_all(listener, addresses, backlog, &failed);
        if (!done) {
            problem = errno;
            explain(problem, address, &failed, error, size);
            if (strtoul(place.port, NULL, 10) != 0 || problem != EADDRINUSE)
                left = 0;
            listener_close(listener);
        }
    }
    freeaddrinfo(addresses);
    return done;
}

void listener_close(struct listener *listener)
{
    for (size_t i = 0; i < listener->count; i++)
        close(listener->fds[i]);
    listener->count = 0;
}

const char *listener_address_text(const struct sockaddr *address, socklen_t len, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN + 20], port[8];
    socklen_t known = address->sa_family == AF_INET6  ? sizeof(struct sockaddr_in6)
                      : address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                      : 0;

    if (known == 0 || len < known ||
        getnameinfo(address, known, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, size, "?");
    else
        snprintf(text, size, address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return text;
}
