// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside links: what the thread (link_thread.c) and the loop (link.c) share, and who owns which part of it. A line is
// the thread's first, which connects its socket. It tells the loop of it by 'up', and of its end by 'gone', each once
// and in this order; behind 'gone' the thread knows it no more, and the loop frees it with its last call.
#ifndef RPC_LINK_INNER_H
#define RPC_LINK_INNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <netinet/in.h>
#include "rpc/link.h"

#define LINK_MAX_LINES 32 // addresses of a name that are connected to

struct link_line {
    struct loop_job up, gone;
    struct link *link;
    struct link_line *next; // of all, under the lock
    atomic_bool dropped;    // by the loop, which asks the thread for 'gone'
    // The thread's:
    struct link_line *next_watched;
    struct sockaddr_storage address;
    socklen_t address_len;
    int watched;      // a second descriptor of the socket, to see its end; -1: closed
    bool named;       // the name still has this address
    bool is_up;       // connected, and the loop told
    int64_t until_us; // when the attempt to connect ends
    // The loop's:
    int socket; // -1: http2 has it
    struct http2 *http2;
    size_t calls;
    bool listed, was_told; // among the link's; that it is gone
};

struct link {
    struct links *links;
    struct link *next; // of all or of those that are over, under the lock
    char *host, *port;
    atomic_bool closed;
    // The thread's:
    struct loop_job over_job; // tells the loop that the thread knows it no more
    struct link_line *watched;
    int64_t at_us;    // when to resolve and connect again
    int64_t pause_us; // grows while that fails
    // The loop's:
    struct link_line *lines[LINK_MAX_LINES];
    unsigned count, turn;
};

struct links {
    struct loop *loop;
    size_t max_reply;
    pthread_t thread;
    int wake; // an eventfd
    atomic_bool stopping;
    pthread_mutex_t lock; // of the lists
    struct link *open;    // others add, the thread takes out
    struct link *over;    // the thread adds, the loop takes out
    struct link_line *all_lines;
};

void *link_thread(void *links);
// The loop's jobs.
void link_line_up(struct loop_job *job);
void link_line_gone(struct loop_job *job);
void link_over(struct loop_job *job);

#endif
