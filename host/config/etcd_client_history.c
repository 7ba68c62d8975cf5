// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What etcd still has of a key: a watch from the oldest revision on tells it, deletions too. It has no end of its own.
// Of a key that is there the end is its newest value, which is known before. Of one that isn't, silences: a member
// brings a watch that begins in the past up to date every 100 ms. It may stand still for longer, so between them it is
// asked for a watch in which nothing ever happens, and answers.
#include <inferd/status.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "config/etcd_client_inner.h"
#include "config/etcd_wire.h"
#include "rpc/stream.h"

enum { SILENCE_US = 500000, SILENCES = 4 };

struct history {
    struct etcd_client *client;
    const char *key;
    struct rpc_stream *stream;
    struct loop_timer timer;
    int64_t from, last, compacted;
    etcd_value_fn *each;
    void *user;
    bool ended;        // all is told; the stream was cancelled from here
    bool silent, late; // since it answered last; since it was asked
    unsigned silences; // since the last event
    enum etcd_answer answer;
};

static void end(struct history *history)
{
    if (history->ended || !history->stream)
        return;
    history->ended = true;
    rpc_stream_cancel(history->stream);
}

static void wait_on(struct history *history, int64_t us)
{
    if (!loop_timer_arm(history->client->loop, &history->timer, clock_now_us() + us))
        end(history);
}

static bool send_create(struct history *history, int64_t from)
{
    Etcdserverpb__WatchCreateRequest create = ETCDSERVERPB__WATCH_CREATE_REQUEST__INIT;
    Etcdserverpb__WatchRequest request = ETCDSERVERPB__WATCH_REQUEST__INIT;
    uint8_t *message;
    size_t size;

    create.key = etcd_binary(history->key, strlen(history->key));
    create.start_revision = from;
    request.request_union_case = ETCDSERVERPB__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST;
    request.create_request = &create;
    message = etcd_pack(&request.base, &size);
    return message && rpc_stream_send(history->stream, message, size);
}

static void on_timer(struct loop_timer *timer)
{
    struct history *history = (struct history *)((char *)timer - offsetof(struct history, timer));
    bool over = history->silent && ++history->silences == SILENCES;

    if (history->silent && !over && send_create(history, INT64_MAX)) {
        history->silent = false;
        wait_on(history, history->client->options.timeout_ms * 1000);
        return;
    }
    history->late = !over;
    end(history);
}

static void take_events(struct history *history, const Etcdserverpb__WatchResponse *message)
{
    for (size_t i = 0; i < message->n_events; i++) {
        const Etcdserverpb__KeyValue *kv = message->events[i]->kv;

        if (!kv)
            continue;
        history->each(history->user,
                      &(struct etcd_value){etcd_bytes(kv->key), etcd_bytes(kv->value), kv->create_revision,
                                           kv->mod_revision, kv->version,
                                           message->events[i]->type == ETCDSERVERPB__EVENT__EVENT_TYPE__DELETE});
        if (kv->mod_revision == history->last)
            end(history);
    }
}

static void on_message(void *user, struct inferd_bytes bytes)
{
    struct history *history = user;
    Etcdserverpb__WatchResponse *message;

    if (history->ended)
        return;
    message = etcdserverpb__watch_response__unpack(NULL, bytes.len, bytes.data);
    if (!message) {
        etcd_client_disbelieve(history->client);
        history->answer = ETCD_FAILED;
        end(history);
        return;
    }
    if (message->canceled && message->compact_revision > history->from) {
        history->compacted = message->compact_revision;
        end(history);
    } else if (message->canceled) {
        history->answer =
            etcd_client_fail(history->client, INFERD_UNKNOWN, message->cancel_reason, strlen(message->cancel_reason));
        end(history);
    } else {
        take_events(history, message);
        if (message->n_events > 0)
            history->silences = 0;
        history->silent = !history->last;
        wait_on(history, history->last ? history->client->options.timeout_ms * 1000 : SILENCE_US);
    }
    etcdserverpb__watch_response__free_unpacked(message, NULL);
}

static void on_end(void *user, int status, struct inferd_bytes detail)
{
    struct history *history = user;

    history->stream = NULL;
    loop_timer_drop(history->client->loop, &history->timer);
    if (!history->ended)
        history->answer = etcd_client_fail(history->client, status ? status : INFERD_UNAVAILABLE,
                                           (const char *)detail.data, detail.len);
    else if (history->late)
        history->answer =
            etcd_client_fail(history->client, INFERD_DEADLINE_EXCEEDED, "does not tell the history in time",
                             strlen("does not tell the history in time"));
    loop_stop(history->client->loop);
}

static void watch(struct history *history)
{
    const struct rpc_stream_user user = {on_message, on_end, history};
    struct rpc_method *method = etcd_client_method(history->client, "/etcdserverpb.Watch/Watch");
    struct rpc_header headers[1];
    size_t header_count = etcd_client_headers(history->client, headers);

    history->answer = ETCD_DONE;
    history->ended = history->late = history->silent = false;
    history->silences = 0;
    history->compacted = 0;
    history->stream = method ? rpc_stream_open(method, headers, header_count, &user) : NULL;
    if (history->stream) {
        wait_on(history, history->client->options.timeout_ms * 1000);
        if (!send_create(history, history->from))
            end(history);
        loop_run(history->client->loop);
    } else {
        history->answer = ETCD_FAILED;
    }
    if (method)
        rpc_method_close(method);
}

enum etcd_answer etcd_client_history(struct etcd_client *client, const char *key, int64_t last, int64_t *kept,
                                     etcd_value_fn *each, void *user)
{
    struct history history = {.client = client, .key = key, .from = 1, .last = last, .each = each, .user = user};

    history.timer.fn = on_timer;
    for (;;) {
        *kept = history.from;
        if (last && last < history.from) // its newest value is older than what can be watched
            return ETCD_DONE;
        watch(&history);
        if (history.answer != ETCD_DONE || !history.compacted)
            return history.answer;
        history.from = history.compacted;
    }
}
