// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inherited sockets, and those to be inherited.
#include "process/inherited.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define FIRST_LISTEN_FD 3 // of a service manager's

struct list {
    struct inherited items[INHERITED_MAX];
    size_t count;
};

static struct list got, noted;

static void add(struct list *list, const char *name, size_t len, int fd)
{
    struct inherited *item = &list->items[list->count];

    if (list->count == INHERITED_MAX || len >= INHERITED_NAME_SIZE)
        return;
    memcpy(item->name, name, len);
    item->name[len] = '\0';
    item->fd = fd;
    list->count++;
}

static bool is_listening(int fd)
{
    socklen_t len = sizeof(int);
    int listening = 0;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

// Blocking sockets are what service managers pass.
static void add_listening(const char *name, size_t len, int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (!is_listening(fd) || flags < 0) {
        log_error("inherited", "descriptor %d was handed to this process to listen on, and is no listening socket", fd);
        return;
    }
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    add(&got, name, len, fd);
}

static void read_own(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "=");
        char *end;
        long fd = text[len] ? strtol(text + len + 1, &end, 10) : -1;

        if (fd < 0)
            return;
        add_listening(text, len, (int)fd);
        text = *end == ',' ? end + 1 : "";
    }
}

static bool is_known(const char *name, size_t len)
{
    return (len == strlen("admin") && memcmp(name, "admin", len) == 0) ||
           (len == strlen("tls") && memcmp(name, "tls", len) == 0);
}

static void read_manager(const char *names)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

    if (!count || !pid || strtol(pid, NULL, 10) != (long)getpid())
        return;
    for (int i = 0; i < atoi(count); i++) {
        size_t len = names ? strcspn(names, ":") : 0;

        add_listening(is_known(names, len) ? names : "main", is_known(names, len) ? len : strlen("main"),
                      FIRST_LISTEN_FD + i);
        names = names && names[len] ? names + len + 1 : NULL;
    }
}

void inherited_read(void)
{
    const char *own = getenv(INHERITED_VARIABLE);

    if (own)
        read_own(own);
    read_manager(getenv("LISTEN_FDNAMES"));
    unsetenv(INHERITED_VARIABLE);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
}

static void take_at(struct listener *listener, size_t index)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    listener->fds[listener->count++] = got.items[index].fd;
    if (getsockname(got.items[index].fd, (struct sockaddr *)&address, &len) == 0)
        listener->port = ntohs(address.ss_family == AF_INET6  ? ((struct sockaddr_in6 *)&address)->sin6_port
                               : address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                              : 0);
    got.items[index] = got.items[--got.count];
}

bool inherited_take(const char *name, struct listener *listener)
{
    size_t i = 0;

    memset(listener, 0, sizeof(*listener));
    while (i < got.count) {
        if (strcmp(got.items[i].name, name) == 0 && listener->count < LISTENER_MAX_SOCKETS)
            take_at(listener, i);
        else
            i++;
    }
    return listener->count > 0;
}

void inherited_close_rest(void)
{
    while (got.count > 0) {
        struct inherited *item = &got.items[--got.count];

        log_warning("inherited", "a socket for '%s' was handed to this process, and is not needed: closing it",
                    item->name);
        close(item->fd);
    }
}

void inherited_note(const char *name, const struct listener *listener)
{
    for (size_t i = 0; i < listener->count; i++)
        add(&noted, name, strlen(name), listener->fds[i]);
}

size_t inherited_noted(int fds[INHERITED_MAX], char *text, size_t size)
{
    size_t len = 0;

    *text = '\0';
    for (size_t i = 0; i < noted.count && len < size; i++) {
        fds[i] = noted.items[i].fd;
        len += (size_t)snprintf(text + len, size - len, "%s%s=%d", i ? "," : "", noted.items[i].name, fds[i]);
    }
    return noted.count;
}
