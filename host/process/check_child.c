// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checking in a child: the socket between the two, and the child's side of it.
#include "process/check_link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/check.h"
#include "process/parcel.h"

#define HELLO 'c'

struct fds {
    int payload, crumb; // crumb is in the first message only
};

union ancillary {
    char bytes[CMSG_SPACE(sizeof(struct fds))];
    struct cmsghdr align;
};

static size_t size_of(bool first)
{
    return first ? sizeof(struct fds) : offsetof(struct fds, crumb);
}

static bool send_fds(int end, const struct fds *fds, bool first)
{
    char hello = HELLO;
    struct iovec part = {&hello, 1};
    union ancillary room = {{0}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = CMSG_SPACE(size_of(first))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size_of(first));
    memcpy(CMSG_DATA(head), fds, size_of(first));
    return sendmsg(end, &message, MSG_NOSIGNAL) == 1;
}

static bool receive_fds(int end, struct fds *fds, bool first)
{
    char hello = 0;
    struct iovec part = {&hello, 1};
    union ancillary room;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
    struct cmsghdr *head;
    ssize_t len;

    do
        len = recvmsg(end, &message, MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    if (len != 1 || hello != HELLO)
        return false;
    head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(size_of(first)))
        return false;
    memcpy(fds, CMSG_DATA(head), size_of(first));
    return true;
}

int check_link_open(const void *payload, size_t len, struct breadcrumb_block **crumbs, int *child_end)
{
    struct fds fds = {.payload = parcel_pack(payload, len), .crumb = -1};
    int ends[2] = {-1, -1};
    bool linked = false;
    int saved;

    *crumbs = fds.payload < 0 ? NULL : breadcrumb_create(&fds.crumb);
    if (*crumbs && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
        linked = send_fds(ends[0], &fds, true);
    saved = errno;
    if (fds.payload >= 0)
        close(fds.payload);
    if (fds.crumb >= 0)
        close(fds.crumb);
    *child_end = ends[1];
    if (linked)
        return ends[0];
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
    errno = saved;
    return -1;
}

bool check_link_send(int parent_end, const void *payload, size_t len)
{
    struct fds fds = {.payload = parcel_pack(payload, len)};
    bool sent = fds.payload >= 0 && send_fds(parent_end, &fds, false);

    if (fds.payload >= 0)
        close(fds.payload);
    return sent;
}

bool check_child_attach(int fd, struct check_child *child, char *error, size_t size)
{
    struct fds fds;
    char end;

    memset(child, 0, sizeof(*child));
    child->link = fd;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    // Ends with the thread that waits for it; unless that ended before, which the socket tells.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!receive_fds(fd, &fds, true) || recv(fd, &end, 1, MSG_DONTWAIT) == 0) {
        snprintf(error, size, "descriptor %d leads to no parent: --" CHECK_OPTION_CHILD " is for the daemon's use only",
                 fd);
        return false;
    }
    child->payload = parcel_open(fds.payload, &child->payload_len);
    child->crumbs = breadcrumb_map(fds.crumb);
    close(fds.payload);
    close(fds.crumb);
    if (child->payload && child->crumbs) {
        breadcrumb_use(child->crumbs);
        breadcrumb_follow(BREADCRUMB_CONTROL);
        return true;
    }
    snprintf(error, size, "can't map what is to be checked: %s", strerror(errno));
    return false;
}

bool check_child_next(struct check_child *child)
{
    struct fds fds;

    if (!check_child_report(child, &(char){CHECK_LINK_END}, 1) || !receive_fds(child->link, &fds, false))
        return false;
    parcel_close(child->payload, child->payload_len);
    child->payload = parcel_open(fds.payload, &child->payload_len);
    close(fds.payload);
    return child->payload;
}

bool check_child_report(struct check_child *child, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(child->link, text, len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            return false;
        if (sent > 0) {
            text += sent;
            len -= (size_t)sent;
        }
    }
    return true;
}

void check_child_detach(struct check_child *child)
{
    if (child->payload)
        parcel_close(child->payload, child->payload_len);
    breadcrumb_unmap(child->crumbs);
    close(child->link);
}
