// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The source 'etcd': attempts, one after the other, until one leads to a watch that lasts. After a failure the next
// endpoint is tried at once; when all have failed, after a while that grows.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/log.h"
#include "config/etcd_inner.h"

enum { FIRST_BACKOFF_US = 100000, LAST_BACKOFF_US = 5000000 };

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
    struct rpc_method_options options = {.address = endpoint->address, .tls = endpoint->tls};

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

static void attempt(struct etcd_source *e)
{
    char error[256] = "";

    e->again = e->ending = false;
    e->failed = INFERD_OK;
    if (open_methods(e, error, sizeof(error)))
        etcd_begin(e);
    else
        etcd_end_attempt(e, INFERD_INTERNAL, error, strlen(error));
}

static void on_timer(struct loop_timer *timer)
{
    attempt((struct etcd_source *)((char *)timer - offsetof(struct etcd_source, timer)));
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
             e->revision ? "the models stay as they are" : "there are no models yet");
    if (e->away)
        e->away(e->source.user, text_string(&message));
    text_free(&message);
}

void etcd_say_well(struct etcd_source *e)
{
    const struct log_field fields[] = {
        {"endpoint", e->endpoints[e->endpoint].address}, {"prefix", e->prefix}, {NULL, NULL}};

    if (source_reached(&e->source, true))
        log_line(LOG_INFO, "config_etcd", fields, "model configs come from etcd at %s, revision %lld",
                 e->endpoints[e->endpoint].address, (long long)e->revision);
    e->said = ETCD_WELL;
    e->failures = 0;
    e->backoff_us = FIRST_BACKOFF_US;
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

static bool is_busy(const struct etcd_source *e)
{
    return e->call || e->stream;
}

static void begin_stop(struct etcd_source *e)
{
    e->stopping = true;
    loop_timer_drop(e->loop, &e->timer);
    if (e->call)
        rpc_call_cancel(e->call);
    if (e->stream)
        rpc_stream_cancel(e->stream);
    if (!is_busy(e))
        etcd_end_attempt(e, INFERD_CANCELLED, "", 0);
}

static void begin_reread(struct etcd_source *e)
{
    e->whole = true;
    e->repeat = e->call;
    if (e->stream) {
        e->again = e->ending = true;
        rpc_stream_cancel(e->stream);
    } else if (!e->call) {
        loop_timer_drop(e->loop, &e->timer);
        close_methods(e);
        attempt(e);
    }
}

static void on_job(struct loop_job *job)
{
    struct etcd_source *e = (struct etcd_source *)((char *)job - offsetof(struct etcd_source, job));

    atomic_store(&e->posted, false);
    if (atomic_load(&e->stop) && !e->stopping)
        begin_stop(e);
    else if (atomic_exchange(&e->reread, false) && !e->stopping)
        begin_reread(e);
}

static void post(struct etcd_source *e)
{
    if (!atomic_exchange(&e->posted, true))
        loop_post(e->loop, &e->job);
}

static void reread(struct source *source)
{
    struct etcd_source *e = (struct etcd_source *)source;

    atomic_store(&e->reread, true);
    post(e);
}

static void *serve(void *user)
{
    struct etcd_source *e = user;

    loop_run(e->loop);
    return NULL;
}

static void free_etcd(struct etcd_source *e)
{
    if (e->pool)
        rpc_pool_free(e->pool);
    if (e->loop)
        loop_free(e->loop);
    etcd_tree_free(&e->tree);
    changes_free(&e->changes);
    text_free(&e->next_key);
    etcd_endpoints_free(e->endpoints, e->endpoint_count);
    free(e->prefix);
    free(e->first);
    free(e->last);
    free(e->user);
    if (e->password)
        explicit_bzero(e->password, strlen(e->password));
    free(e->password);
    e->source.magic = 0;
    free(e);
}

static void close_etcd(struct source *source)
{
    struct etcd_source *e = (struct etcd_source *)source;

    atomic_store(&e->stop, true);
    post(e);
    pthread_join(e->thread, NULL);
    free_etcd(e);
}

static bool start_thread(struct etcd_source *e)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&e->thread, NULL, serve, e);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        pthread_setname_np(e->thread, "config-etcd");
    return !failed;
}

// Copies what the caller may free. False: no memory.
static bool copy_options(struct etcd_source *e, const struct source_etcd_options *options)
{
    e->prefix = strdup(options->prefix);
    if (asprintf(&e->first, "%s/", options->prefix) < 0)
        e->first = NULL;
    if (asprintf(&e->last, "%s%c", options->prefix, '/' + 1) < 0)
        e->last = NULL;
    e->user = options->user && *options->user ? strdup(options->user) : NULL;
    e->password = e->user ? strdup(options->password ? options->password : "") : NULL;
    e->timeout_us = (options->timeout_ms > 0 ? options->timeout_ms : 5000) * 1000;
    e->watch = options->watch;
    e->away = options->away;
    return e->prefix && e->first && e->last && (!options->user || !*options->user || (e->user && e->password));
}

struct source *source_open_etcd(const struct source_etcd_options *options, source_changed_fn *changed, void *user,
                                char *error, size_t size)
{
    static const struct source_kind kind = {reread, close_etcd};
    struct etcd_source *e = calloc(1, sizeof(*e));

    snprintf(error, size, "there is no memory to read from etcd");
    if (!e)
        return NULL;
    source_init(&e->source, &kind, changed, user);
    changes_init(&e->changes);
    text_init(&e->next_key);
    e->job.fn = on_job;
    e->backoff_us = FIRST_BACKOFF_US;
    e->whole = true;
    atomic_store(&e->reread, true); // the first attempt
    if (!copy_options(e, options))
        goto fail;
    etcd_tree_init(&e->tree, e->prefix, &e->source, &e->changes);
    e->endpoint_count = etcd_endpoints_read(options->endpoints, &e->endpoints, error, size);
    if (e->endpoint_count == 0)
        goto fail;
    e->loop = loop_new();
    e->pool = e->loop ? rpc_pool_new(e->loop) : NULL;
    if (!e->pool)
        goto fail;
    post(e);
    if (start_thread(e))
        return &e->source;
    snprintf(error, size, "a thread to read from etcd can't be started");
fail:
    free_etcd(e);
    return NULL;
}
