// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages between the master and a worker: packets with a head, at most one descriptor and, for reports, bytes.
#ifndef PROCESS_CONTROL_H
#define PROCESS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum control_kind {
    // to the worker
    CONTROL_HELLO = 1,  // first; fd: the breadcrumb, id: the worker's index
    CONTROL_CONNECTION, // fd: the socket; id, protocol, peer
    CONTROL_PAYLOAD,    // fd: a parcel
    CONTROL_SNAPSHOT,   // fd: a parcel that stands for all before it
    CONTROL_DRAIN,
    // to the master
    CONTROL_READY,
    CONTROL_REPORT,   // followed by its bytes
    CONTROL_LOST,     // id: a connection that could not be taken
    CONTROL_MISSED,   // followed by why: a payload could not be taken, nor will others be until a snapshot is
    CONTROL_CAUGHT_UP // one was
};

struct control_head {
    uint32_t kind;
    uint32_t protocol;
    uint64_t id;
    uint32_t peer_len;
    struct sockaddr_storage peer;
};

struct control_message {
    struct control_head head;
    int fd; // -1: none came, or there was no room for it in this process
    void *body;
    size_t body_len;
};

enum control_result { CONTROL_DONE, CONTROL_LATER, CONTROL_GONE };

// The two ends. False: errno.
bool control_pair(int fds[2]);
// fd: -1 for none; stays the caller's. LATER: no room now; GONE: the other end is closed.
enum control_result control_send(int end, const struct control_head *head, const void *body, size_t body_len, int fd,
                                 bool wait);
// body has room for size bytes; message->fd is the caller's. LATER: nothing there; GONE: the other end is closed, or
// what it sent is no message.
enum control_result control_receive(int end, struct control_message *message, void *body, size_t size, bool wait);

#endif
