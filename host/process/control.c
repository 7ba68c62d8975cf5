// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Control messages over SOCK_SEQPACKET, descriptors by SCM_RIGHTS.
#include "process/control.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/magic.h"

// Room for a descriptor with the alignment that cmsghdr asks for.
union ancillary {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

bool control_pair(int fds[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0;
}

static void attach_fd(struct msghdr *packet, union ancillary *room, int fd)
{
    struct cmsghdr *head;

    memset(room, 0, sizeof(*room));
    packet->msg_control = room->bytes;
    packet->msg_controllen = sizeof(room->bytes);
    head = CMSG_FIRSTHDR(packet);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof(int));
}

enum control_result control_send(int end, const struct control_head *head, const void *body, size_t body_len, int fd,
                                 bool wait)
{
    struct iovec parts[2] = {{(void *)head, sizeof(*head)}, {(void *)body, body_len}};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = body_len ? 2 : 1};
    union ancillary room;
    ssize_t sent;

    if (fd >= 0)
        attach_fd(&packet, &room, fd);
    do
        sent = sendmsg(end, &packet, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return CONTROL_DONE;
    // ETOOMANYREFS: too many descriptors are on their way; they will be taken.
    if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS)
        return CONTROL_LATER;
    ALWAYS(errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN);
    return CONTROL_GONE;
}

static int take_fd(struct msghdr *packet)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(packet); head; head = CMSG_NXTHDR(packet, head)) {
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
            head->cmsg_len == CMSG_LEN(sizeof(int))) {
            int fd;

            memcpy(&fd, CMSG_DATA(head), sizeof(int));
            return fd;
        }
    }
    return -1;
}

enum control_result control_receive(int end, struct control_message *message, void *body, size_t size, bool wait)
{
    struct iovec parts[2] = {{&message->head, sizeof(message->head)}, {body, size}};
    union ancillary room;
    struct msghdr packet = {
        .msg_iov = parts,
        .msg_iovlen = size ? 2 : 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes),
    };
    ssize_t len;

    do
        len = recvmsg(end, &packet, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (len < 0 && errno == EINTR);
    message->fd = -1;
    if (len < 0 && errno == EAGAIN)
        return CONTROL_LATER;
    if (len <= 0)
        return CONTROL_GONE;
    message->fd = take_fd(&packet);
    if ((size_t)len < sizeof(message->head) || packet.msg_flags & MSG_TRUNC) {
        if (message->fd >= 0)
            close(message->fd);
        message->fd = -1;
        return CONTROL_GONE;
    }
    message->body = body;
    message->body_len = (size_t)len - sizeof(message->head);
    return CONTROL_DONE;
}
