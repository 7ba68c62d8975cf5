// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Taking over from another process.
#include "process/succession.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "process/upgrade.h"

int succession_find(void)
{
    const char *text = getenv(SUCCESSION_VARIABLE);
    int fd = text ? atoi(text) : -1;

    unsetenv(SUCCESSION_VARIABLE);
    return fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

// An end without a word: the old process was killed, and nobody else accepts.
static void hear(struct poller_watch *watch, uint32_t events)
{
    struct succession *succession = POLLER_OWNER(watch, struct succession, link);
    char message;
    ssize_t len = recv(watch->fd, &message, 1, MSG_DONTWAIT);

    (void)events;
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len < 1)
        log_warning("upgrade", "the process that was to be succeeded is gone");
    succession_end(succession);
    succession->take(succession);
}

bool succession_begin(struct succession *succession, int fd)
{
    if (fd < 0)
        return true;
    succession->link = (struct poller_watch){.fn = hear, .fd = fd};
    succession->under_way = poller_add(succession->poller, &succession->link, EPOLLIN);
    return succession->under_way;
}

void succession_ready(struct succession *succession, const char *missing)
{
    char kind = SUCCESSION_READY;
    size_t len = strnlen(missing, SUCCESSION_MAX - 1);
    struct iovec parts[2] = {{&kind, 1}, {(void *)missing, len}};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};

    if (succession->under_way)
        sendmsg(succession->link.fd, &packet, MSG_NOSIGNAL); // without the other nobody needs to know
}

void succession_end(struct succession *succession)
{
    if (!succession->under_way)
        return;
    succession->under_way = false;
    poller_drop(succession->poller, &succession->link);
    close(succession->link.fd);
}
