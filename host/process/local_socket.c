// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets: bound under a name of their own, closed to others before anybody can connect, and then renamed.
#include "process/local_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// A listening socket at the path, which must not be there; -1: errno.
static int listen_at(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int problem;

    if (fd < 0)
        return -1;
    strcpy(address.sun_path, path);
    // Nobody connects before listen().
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && chmod(path, 0600) == 0 &&
        listen(fd, backlog) == 0)
        return fd;
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

bool local_socket_open(struct local_socket *local, const char *path, int backlog, char *error, size_t size)
{
    char fresh[sizeof(local->path)];
    struct stat found;
    int fd, len;

    memset(local, 0, sizeof(*local));
    len = snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid());
    if (*path != '/' || len < 0 || (size_t)len >= sizeof(fresh)) {
        snprintf(error, size, "can't listen at '%s': %s", path,
                 *path != '/' ? "a socket's path must begin with /" : "the path is too long for a socket; shorten it");
        return false;
    }
    if (lstat(path, &found) == 0 && !S_ISSOCK(found.st_mode)) {
        snprintf(error, size,
                 "can't listen at %s: something that is no socket is there; remove it or choose another path", path);
        return false;
    }
    unlink(fresh); // of a process that had our number and was killed just then
    fd = listen_at(fresh, backlog);
    if (fd < 0 || stat(fresh, &found) != 0 || rename(fresh, path) != 0) {
        snprintf(error, size, "can't listen at %s: %s; its directory must exist and be writable by inferd's user", path,
                 strerror(errno));
        unlink(fresh);
        if (fd >= 0)
            close(fd);
        return false;
    }
    local->listener.fds[0] = fd;
    local->listener.count = 1;
    local->device = found.st_dev;
    local->inode = found.st_ino;
    strcpy(local->path, path);
    return true;
}

void local_socket_close(struct local_socket *local)
{
    struct stat found;

    if (!*local->path)
        return;
    if (lstat(local->path, &found) == 0 && found.st_dev == local->device && found.st_ino == local->inode)
        unlink(local->path);
    *local->path = '\0';
    listener_close(&local->listener);
}

bool local_socket_allows(int fd, uid_t *uid)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    *uid = (uid_t)-1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    *uid = peer.uid;
    return peer.uid == 0 || peer.uid == geteuid();
}
