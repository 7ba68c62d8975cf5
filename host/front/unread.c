// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose replies are unread, and cutting them off.
#include "front/unread.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/call_fd.h"
#include "front/farewell.h"
#include "front/server.h"
#include "metrics/metrics.h"

struct share {
    int fd; // gRPC's, of the connection
    struct inbound *first;
    size_t bytes;
};

static int by_fd(const void *a, const void *b)
{
    int x = ((const struct share *)a)->fd, y = ((const struct share *)b)->fd;

    return (x > y) - (x < y);
}

static int most_first(const void *a, const void *b)
{
    size_t x = ((const struct share *)a)->bytes, y = ((const struct share *)b)->bytes;

    return (x < y) - (x > y);
}

// A share for each call that gRPC has something of; their number. 0: no memory.
static size_t list_calls(const struct front_server *server, struct share **shares)
{
    size_t count = 0, i = 0;

    for (struct inbound *inbound = server->writing; inbound; inbound = inbound->next_writing)
        count += inbound->unread > 0;
    *shares = calloc(count ? count : 1, sizeof(**shares));
    if (!*shares)
        return 0;
    for (struct inbound *inbound = server->writing; inbound; inbound = inbound->next_writing) {
        inbound->next_unread = NULL;
        if (inbound->unread)
            (*shares)[i++] = (struct share){front_call_fd(inbound->call), inbound, inbound->unread};
    }
    return count;
}

// One for each connection, with its calls in a list; their number.
static size_t join_by_fd(struct share *shares, size_t count)
{
    size_t joined = 0;

    qsort(shares, count, sizeof(*shares), by_fd);
    for (size_t i = 0; i < count; i++) {
        struct share *last = joined ? &shares[joined - 1] : NULL;

        if (last && last->fd == shares[i].fd) {
            shares[i].first->next_unread = last->first;
            last->first = shares[i].first;
            last->bytes += shares[i].bytes;
        } else {
            shares[joined++] = shares[i];
        }
    }
    return joined;
}

// The calls' ends follow; they count no more already.
static void cut(struct front_server *server, const struct share *share)
{
    if (log_limit_admit(&server->unread.log_limit, LOG_WARNING, clock_now_us()))
        log_warning("connection",
                    "closing a connection (descriptor %d): its client has left %zu bytes of replies unread, the most "
                    "of all while there are more than --max-unread",
                    share->fd, share->bytes);
    for (struct inbound *inbound = share->first; inbound; inbound = inbound->next_unread) {
        server->unread.bytes -= inbound->unread;
        inbound->unread = 0;
        metrics_add(METRICS_REPLIES_CUT, 1);
        grpc_call_cancel_with_status(inbound->call, GRPC_STATUS_RESOURCE_EXHAUSTED, "replies are not read", NULL);
    }
    metrics_add(METRICS_CONNECTIONS_CUT_UNREAD, 1);
    if (server->farewell && share->fd >= 0)
        farewell_cut(server->farewell, share->fd);
}

void unread_cut(struct front_server *server)
{
    struct unread *unread = &server->unread;
    struct share *shares;
    size_t count = list_calls(server, &shares);

    if (count == 0) {
        free(shares);
        return;
    }
    count = join_by_fd(shares, count);
    qsort(shares, count, sizeof(*shares), most_first);
    for (size_t i = 0; i < count && unread->bytes > unread->limit - unread->limit / 4; i++)
        cut(server, &shares[i]);
    free(shares);
}
