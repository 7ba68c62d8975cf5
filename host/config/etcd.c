// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The source 'etcd' as its user sees it: opened, asked to read again, closed. What it does meanwhile is a row of
// attempts (etcd_attempt.c).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "config/etcd_inner.h"

static void begin_stop(struct etcd_source *e)
{
    e->stopping = true;
    loop_timer_drop(e->loop, &e->timer);
    if (e->call)
        rpc_call_cancel(e->call);
    if (e->stream)
        rpc_stream_cancel(e->stream);
    if (!e->call && !e->stream)
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
        etcd_attempt(e);
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
    free(e->ca_file);
    free(e->cert_file);
    free(e->key_file);
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

// False: no memory. Nothing is copied where there is nothing.
static bool copy_text(char **to, const char *text)
{
    *to = text && *text ? strdup(text) : NULL;
    return *to || !text || !*text;
}

// Copies what the caller may free. False: no memory.
static bool copy_options(struct etcd_source *e, const struct source_etcd_options *options)
{
    bool copied = copy_text(&e->user, options->user) && copy_text(&e->ca_file, options->ca_file) &&
                  copy_text(&e->cert_file, options->cert_file) && copy_text(&e->key_file, options->key_file);

    e->prefix = strdup(options->prefix);
    if (asprintf(&e->first, "%s/", options->prefix) < 0)
        e->first = NULL;
    if (asprintf(&e->last, "%s%c", options->prefix, '/' + 1) < 0)
        e->last = NULL;
    e->password = e->user ? strdup(options->password ? options->password : "") : NULL;
    e->timeout_us = (options->timeout_ms > 0 ? options->timeout_ms : 5000) * 1000;
    e->watch = options->watch;
    e->asked_revision = options->revision;
    return e->prefix && e->first && e->last && copied && (!e->user || e->password);
}

struct source *source_open_etcd(const struct source_etcd_options *options, source_changed_fn *changed,
                                source_away_fn *away, void *user, char *error, size_t size)
{
    static const struct source_kind kind = {reread, close_etcd};
    struct etcd_source *e = calloc(1, sizeof(*e));

    snprintf(error, size, "there is no memory to read from etcd");
    if (!e)
        return NULL;
    source_init(&e->source, &kind, changed, away, user);
    changes_init(&e->changes);
    text_init(&e->next_key);
    e->job.fn = on_job;
    e->backoff_us = ETCD_FIRST_BACKOFF_US;
    e->whole = true;
    atomic_store(&e->reread, true); // the first attempt
    if (!copy_options(e, options))
        goto fail;
    etcd_tree_init(&e->tree, e->prefix, &e->source, &e->changes);
    e->tree.resources = options->resources;
    e->endpoint_count = etcd_endpoints_read(options->endpoints, &e->endpoints, error, size);
    if (e->endpoint_count == 0 || !etcd_endpoints_check(e->endpoints, e->endpoint_count, options, error, size))
        goto fail;
    snprintf(error, size, "there is no memory to read from etcd");
    e->loop = loop_new();
    e->pool = e->loop ? rpc_pool_new(e->loop) : NULL;
    if (!e->pool)
        goto fail;
    post(e);
    if (source_start_thread(&e->thread, "config-etcd", serve, e))
        return &e->source;
    snprintf(error, size, "a thread to read from etcd can't be started");
fail:
    free_etcd(e);
    return NULL;
}
