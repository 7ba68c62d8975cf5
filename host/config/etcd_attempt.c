// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Attempts, one after the other, until one leads to a watch that lasts. After a failure the next endpoint is tried at
// once; when all have failed, after a while that grows. An outage is said when it begins and when it ends.
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/log.h"
#include "config/etcd_inner.h"

enum { LAST_BACKOFF_US = 5000000 };

static void close_methods(struct etcd_source *e)
{
    struct rpc_method **methods[] = {&e->authenticate, &e->range, &e->follow};

    // With the last of them their channel goes, so the next attempt connects anew.
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (*methods[i])
            rpc_method_close(*methods[i]);
        *methods[i] = NULL;
    }
    free(e->token);
    e->token = NULL;
}

static bool open_methods(struct etcd_source *e, char *error, size_t size)
{
    // A member that has lost its leader must end the stream instead of telling nothing any more.
    static const struct rpc_header leader = {"hasleader", "true"};
    const struct etcd_endpoint *endpoint = &e->endpoints[e->endpoint];
    struct rpc_method_options options = {.address = endpoint->address,
                                         .tls = endpoint->tls,
                                         .ca_file = e->ca_file,
                                         .cert_file = e->cert_file,
                                         .key_file = e->key_file};

    options.path = "/etcdserverpb.Auth/Authenticate";
    e->authenticate = rpc_method_open(e->pool, &options, error, size);
    options.path = "/etcdserverpb.KV/Range";
    e->range = e->authenticate ? rpc_method_open(e->pool, &options, error, size) : NULL;
    options.path = "/etcdserverpb.Watch/Watch";
    options.headers = &leader;
    options.header_count = 1;
    e->follow = e->range ? rpc_method_open(e->pool, &options, error, size) : NULL;
    return e->follow;
}

void etcd_attempt(struct etcd_source *e)
{
    char error[256] = "";

    close_methods(e);
    loop_timer_drop(e->loop, &e->timer);
    e->again = e->ending = false;
    e->failed = INFERD_OK;
    if (open_methods(e, error, sizeof(error)))
        etcd_begin(e);
    else
        etcd_end_attempt(e, INFERD_INTERNAL, error, strlen(error));
}

static void on_timer(struct loop_timer *timer)
{
    etcd_attempt((struct etcd_source *)((char *)timer - offsetof(struct etcd_source, timer)));
}

// Begins another attempt after a while, never from within the one that ends.
static void attempt_in(struct etcd_source *e, int64_t us)
{
    e->timer.fn = on_timer;
    if (!loop_timer_arm(e->loop, &e->timer, loop_now_us(e->loop) + us))
        log_error("config_etcd", "there is no memory for a timer; model configs are no longer followed");
}

static void say_away(struct etcd_source *e, int status, const char *reason, size_t len)
{
    const struct log_field fields[] = {
        {"endpoint", e->endpoints[e->endpoint].address}, {"prefix", e->prefix}, {NULL, NULL}};
    bool refused =
        status == INFERD_UNAUTHENTICATED || status == INFERD_PERMISSION_DENIED || status == INFERD_INVALID_ARGUMENT;
    enum etcd_outage outage = refused ? ETCD_REFUSES : ETCD_AWAY;
    struct text message;

    source_reached(&e->source, false);
    if (e->said == outage)
        return;
    e->said = outage;
    text_init(&message);
    text_printf(&message, "etcd %s: %.*s%s", refused ? "refuses us" : "does not answer", (int)len, reason,
                refused ? " (check --etcd-username and --etcd-password)" : "");
    log_line(LOG_WARNING, "config_etcd_away", fields, "%s; %s, and it is tried on", text_string(&message),
             e->tree.resources ? (e->revision ? "the resources stay as they are" : "there are no resources yet")
             : e->revision     ? "the models stay as they are"
                               : "there are no models yet");
    source_tell(&e->source, text_string(&message));
    text_free(&message);
}

void etcd_say_well(struct etcd_source *e)
{
    const struct log_field fields[] = {
        {"endpoint", e->endpoints[e->endpoint].address}, {"prefix", e->prefix}, {NULL, NULL}};

    if (source_reached(&e->source, true) || e->said != ETCD_WELL) {
        log_line(LOG_INFO, "config_etcd", fields, "%s come from etcd at %s, revision %lld",
                 e->tree.resources ? e->prefix : "model configs", e->endpoints[e->endpoint].address,
                 (long long)e->revision);
        source_tell(&e->source, NULL);
    }
    e->said = ETCD_WELL;
    e->failures = 0;
    e->backoff_us = ETCD_FIRST_BACKOFF_US;
}

void etcd_rest(struct etcd_source *e)
{
    etcd_say_well(e);
    close_methods(e);
}

void etcd_end_attempt(struct etcd_source *e, int status, const char *reason, size_t len)
{
    int64_t wait_us = 0;

    close_methods(e);
    if (e->stopping) {
        loop_stop(e->loop);
        return;
    }
    if (!e->again) {
        if (++e->failures >= e->endpoint_count) {
            if (e->failures % e->endpoint_count == 0)
                say_away(e, status, reason, len);
            wait_us = e->backoff_us + e->backoff_us * (loop_now_us(e->loop) % 256) / 1024; // not all at once
            e->backoff_us = e->backoff_us * 2 < LAST_BACKOFF_US ? e->backoff_us * 2 : LAST_BACKOFF_US;
        }
        e->endpoint = (e->endpoint + 1) % e->endpoint_count;
    }
    attempt_in(e, wait_us);
}

size_t etcd_headers(const struct etcd_source *e, struct rpc_header headers[1])
{
    headers[0] = (struct rpc_header){"token", e->token};
    return e->token ? 1 : 0;
}
