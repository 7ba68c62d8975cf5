// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose replies are unread, and cutting them off.
#include "front/unread.h"

#include "base/clock.h"
#include "base/log.h"
#include "front/server.h"
#include "front/session_inner.h"
#include "metrics/metrics.h"

static size_t share_of(const struct session *session)
{
    return session->broken ? 0 : session->unread + session->left;
}

// NULL: nobody has left anything unread.
static struct session *find_worst(const struct front_server *server)
{
    struct session *worst = NULL;

    for (struct session *session = server->sessions; session; session = session->next)
        if (share_of(session) > (worst ? share_of(worst) : 0))
            worst = session;
    return worst;
}

static uint64_t count_unread(const struct session *session)
{
    uint64_t count = 0;

    for (const struct session_stream *stream = session->streams; stream; stream = stream->next)
        count += stream->unread > 0;
    return count;
}

// It counts no more already; what it holds is freed at the end of the turn.
static void cut(struct front_server *server, struct session *session)
{
    if (log_limit_admit(&server->unread.log_limit, LOG_WARNING, clock_now_us()))
        log_warning("connection",
                    "closing a connection (descriptor %d): its client has left %zu bytes of replies unread, the most "
                    "of all while there are more than --max-unread",
                    session->watch.fd, share_of(session));
    metrics_add(METRICS_REPLIES_CUT, count_unread(session));
    metrics_add(METRICS_CONNECTIONS_CUT_UNREAD, 1);
    for (struct session_stream *stream = session->streams; stream; stream = stream->next)
        session_settle_unread(stream, 0);
    server->unread.bytes -= session->left;
    session->left = 0;
    http2_out_free(&session->out);
    session_cut(session);
}

void unread_cut(struct front_server *server)
{
    struct unread *unread = &server->unread;
    struct session *worst;

    while (unread->bytes > unread->limit - unread->limit / 4 && (worst = find_worst(server)))
        cut(server, worst);
}
