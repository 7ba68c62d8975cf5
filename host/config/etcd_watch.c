// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Watches: changes from the revision after the last one on, until the stream ends, or is ended because everything has
// to be read again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/log.h"
#include "config/etcd_inner.h"
#include "config/etcd_wire.h"

// Ends the stream from here; on_end() follows.
static void end_stream(struct etcd_source *e)
{
    e->ending = true;
    rpc_stream_cancel(e->stream);
}

static void fail_stream(struct etcd_source *e, int status, const char *reason)
{
    e->failed = status;
    snprintf(e->reason, sizeof(e->reason), "%s", reason);
    end_stream(e);
}

static void read_again(struct etcd_source *e)
{
    e->whole = e->again = true;
    end_stream(e);
}

static void on_tick(struct loop_timer *timer);

// Arms the timer after which it is asked whether it is still there.
static void tick_later(struct etcd_source *e)
{
    e->timer.fn = on_tick;
    if (!loop_timer_arm(e->loop, &e->timer, loop_now_us(e->loop) + e->timeout_us))
        fail_stream(e, INFERD_RESOURCE_EXHAUSTED, "there is no memory for a timer");
}

static bool send_question(struct etcd_source *e)
{
    Etcdserverpb__WatchProgressRequest progress = ETCDSERVERPB__WATCH_PROGRESS_REQUEST__INIT;
    Etcdserverpb__WatchRequest request = ETCDSERVERPB__WATCH_REQUEST__INIT;
    uint8_t *message;
    size_t size;

    request.request_union_case = ETCDSERVERPB__WATCH_REQUEST__REQUEST_UNION_PROGRESS_REQUEST;
    request.progress_request = &progress;
    message = etcd_pack(&request.base, &size);
    return message && rpc_stream_send(e->stream, message, size);
}

static void ask(struct etcd_source *e)
{
    e->heard = false;
    e->asked = send_question(e);
    tick_later(e);
}

// A member that hangs, or that a network swallows, leaves the stream open and silent; minutes would pass until TCP or
// HTTP/2 gave it up. So it is asked now and then. One that has never answered may be too old to understand.
static void on_tick(struct loop_timer *timer)
{
    struct etcd_source *e = (struct etcd_source *)((char *)timer - offsetof(struct etcd_source, timer));

    if (e->ending)
        return;
    if (e->asked && !e->heard) {
        if (e->answers)
            fail_stream(e, INFERD_DEADLINE_EXCEEDED, "etcd says nothing any more");
        return;
    }
    ask(e);
}

static void on_created(struct etcd_source *e, const Etcdserverpb__WatchResponse *message)
{
    loop_timer_drop(e->loop, &e->timer);
    // A store that was set back between the read and this answers as if nothing was; it would tell nothing until then.
    if (!message->header || message->header->revision < e->revision)
        read_again(e);
    else {
        etcd_say_well(e);
        ask(e);
    }
}

static void on_canceled(struct etcd_source *e, const Etcdserverpb__WatchResponse *message)
{
    if (message->compact_revision > 0) {
        log_info("config_etcd_compacted", "etcd has compacted revision %lld away, everything is read again",
                 (long long)e->revision + 1);
        read_again(e);
    } else
        fail_stream(e, INFERD_UNKNOWN, *message->cancel_reason ? message->cancel_reason : "etcd has ended the watch");
}

static void take_events(struct etcd_source *e, const Etcdserverpb__WatchResponse *message)
{
    for (size_t i = 0; i < message->n_events; i++) {
        const Etcdserverpb__Event *event = message->events[i];
        const Etcdserverpb__KeyValue *kv = event->kv;

        if (!kv)
            continue;
        if (event->type == ETCDSERVERPB__EVENT__EVENT_TYPE__PUT) {
            struct etcd_stamp stamp = {etcd_bytes(kv->key), kv->create_revision, kv->mod_revision};

            if (!etcd_tree_put(&e->tree, &stamp, etcd_bytes(kv->value))) {
                e->whole = true;
                fail_stream(e, INFERD_RESOURCE_EXHAUSTED, "there is no memory for the models");
                return;
            }
        } else
            etcd_tree_drop(&e->tree, etcd_bytes(kv->key));
        e->told = kv->mod_revision;
    }
    if (message->fragment)
        return;
    if (etcd_tree_end(&e->tree, false) == ETCD_TREE_REREAD) {
        read_again(e);
        return;
    }
    e->revision = e->told;
    if (e->changes.count > 0)
        changes_hand_over(&e->changes, &e->source, e->revision, false);
    else
        changes_clear(&e->changes);
}

static void on_message(void *user, struct inferd_bytes bytes)
{
    struct etcd_source *e = user;
    Etcdserverpb__WatchResponse *message;

    if (e->ending)
        return;
    e->heard = true;
    message = etcdserverpb__watch_response__unpack(NULL, bytes.len, bytes.data);
    if (!message)
        fail_stream(e, INFERD_INTERNAL, "what answers is not etcd");
    else if (message->canceled)
        on_canceled(e, message);
    else if (message->created)
        on_created(e, message);
    else if (message->n_events > 0)
        take_events(e, message);
    else if (message->watch_id < 0) // an answer to ask(); its revision may be ahead of events that are still to come
        e->answers = true;
    else if (message->header && message->header->revision > e->revision)
        e->revision = message->header->revision; // nothing of ours has happened up to it
    if (message)
        etcdserverpb__watch_response__free_unpacked(message, NULL);
}

static void on_end(void *user, int status, struct inferd_bytes detail)
{
    static const char silent[] = "etcd has ended the watch";
    struct etcd_source *e = user;

    loop_timer_drop(e->loop, &e->timer);
    e->stream = NULL;
    if (e->failed != INFERD_OK)
        etcd_end_attempt(e, e->failed, e->reason, strlen(e->reason));
    else if (detail.len > 0)
        etcd_end_attempt(e, status, (const char *)detail.data, detail.len);
    else
        etcd_end_attempt(e, status, silent, sizeof(silent) - 1);
}

static void on_limit(struct loop_timer *timer)
{
    struct etcd_source *e = (struct etcd_source *)((char *)timer - offsetof(struct etcd_source, timer));

    fail_stream(e, INFERD_DEADLINE_EXCEEDED, "etcd does not begin to watch in time");
}

static bool send_create(struct etcd_source *e)
{
    Etcdserverpb__WatchCreateRequest create = ETCDSERVERPB__WATCH_CREATE_REQUEST__INIT;
    Etcdserverpb__WatchRequest request = ETCDSERVERPB__WATCH_REQUEST__INIT;
    uint8_t *message;
    size_t size;

    create.key = etcd_binary(e->first, strlen(e->first));
    create.range_end = etcd_binary(e->last, strlen(e->last));
    create.start_revision = e->revision + 1;
    create.progress_notify = true;
    create.fragment = true;
    request.request_union_case = ETCDSERVERPB__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST;
    request.create_request = &create;
    message = etcd_pack(&request.base, &size);
    return message && rpc_stream_send(e->stream, message, size);
}

void etcd_follow(struct etcd_source *e)
{
    static const char reason[] = "there is no memory for a stream";
    const struct rpc_stream_user user = {on_message, on_end, e};
    struct rpc_header headers[1];
    size_t header_count = etcd_headers(e, headers);

    e->stream = rpc_stream_open(e->follow, headers, header_count, &user);
    if (!e->stream) {
        etcd_end_attempt(e, INFERD_RESOURCE_EXHAUSTED, reason, sizeof(reason) - 1);
        return;
    }
    e->timer.fn = on_limit;
    if (!send_create(e) || !loop_timer_arm(e->loop, &e->timer, loop_now_us(e->loop) + e->timeout_us))
        fail_stream(e, INFERD_RESOURCE_EXHAUSTED, reason);
}
