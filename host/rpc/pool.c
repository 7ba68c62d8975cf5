// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Channels: one for each address and way to be sure of the peer, shared by all methods, gone with the last of them.
// One connection carries all calls to an address; more of them were measured and bring nothing.
#include "rpc/pool.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include "base/log.h"
#include "base/magic.h"
#include "rpc/credentials.h"

static grpc_arg integer(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

static grpc_arg string(const char *key, const char *value)
{
    return (grpc_arg){.type = GRPC_ARG_STRING, .key = (char *)key, .value.string = (char *)value};
}

// "host:port", rather than a target with a scheme.
static bool is_plain(const char *address)
{
    const char *host_end = *address == '[' ? strchr(address, ']') : strchr(address, ':');

    return host_end != NULL && strchr(host_end + (*address == '['), ':') == strrchr(address, ':') &&
           strncmp(address, "unix:", 5) != 0;
}

#define MAX_ARGS 32

struct rpc_channel_args {
    grpc_arg arg[MAX_ARGS];
    grpc_channel_args all;
};

static void add(struct rpc_channel_args *args, grpc_arg arg)
{
    ALWAYS(args->all.num_args < MAX_ARGS);
    args->arg[args->all.num_args++] = arg;
}

// What a channel's connections are like.
static void add_connection(struct rpc_channel_args *args, int max_reply, bool names_authority)
{
    args->all.args = args->arg;
    // A host that vanished without a word: bytes it doesn't acknowledge for 10 s end the connection (asking for
    // keepalive makes gRPC set TCP_USER_TIMEOUT), and so does silence of a minute during a call.
    add(args, integer(GRPC_ARG_KEEPALIVE_TIME_MS, 60000));
    add(args, integer(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000));
    // What the loop does itself, or nobody asked for: a tenth of what a call costs. GRPC_ARG_MINIMAL_STACK saves
    // the same and loses the limit on replies.
    add(args, integer(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0));
    add(args, integer(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0));
    add(args, integer(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0));
    add(args, integer(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX));
    add(args, integer(GRPC_ARG_ENABLE_CHANNELZ, 0));
    // Calls name their authority: a filter that fills it in costs each of them 3 %.
    add(args, integer(GRPC_ARG_DISABLE_CLIENT_AUTHORITY_FILTER, names_authority));
    // No pings that measure the network; instead windows and frames that hold a usual reply from the start.
    add(args, integer(GRPC_ARG_HTTP2_BDP_PROBE, 0));
    add(args, integer(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20));
    add(args, integer(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20));
    add(args, integer(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, max_reply));
    add(args, integer(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1));
}

static grpc_channel *make_channel(const char *address, grpc_channel_credentials *credentials, int max_reply)
{
    struct rpc_channel_args args = {0};

    // Channels that share nothing between pools; and nothing in between but the network.
    add(&args, integer(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1));
    add(&args, integer(GRPC_ARG_ENABLE_HTTP_PROXY, 0));
    add(&args, integer(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1));
    add(&args, integer(GRPC_ARG_ENABLE_RETRIES, 0));
    // All addresses of a name take turns. With one address it costs what picking the first does, and it reconnects
    // by itself.
    add(&args, string(GRPC_ARG_LB_POLICY_NAME, "round_robin"));
    add(&args, integer(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 2000));
    // A backend that comes back is noticed soon: a refused connection is tried again after the initial time, then
    // ever later up to the longest. "Min" is how long one attempt may take, a handshake over a slow network too.
    add(&args, integer(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100));
    add(&args, integer(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000));
    add(&args, integer(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000));
    add_connection(&args, max_reply, is_plain(address));
    return grpc_channel_create(address, credentials, &args.all);
}

const char *rpc_channel_authority(const struct rpc_channel *channel)
{
    return is_plain(channel->address) ? channel->address : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct rpc_channel *find(struct rpc_pool *pool, const struct rpc_method_options *options)
{
    struct rpc_channel *channel = pool->channels;

    while (channel != NULL &&
           (strcmp(channel->address, options->address) != 0 || channel->tls != options->tls ||
            !same_text(channel->ca_file, options->ca_file) || !same_text(channel->cert_file, options->cert_file) ||
            !same_text(channel->key_file, options->key_file)))
        channel = channel->next;
    return channel;
}

static void free_channel(struct rpc_channel *channel)
{
    if (channel->link != NULL)
        link_close(channel->link);
    if (channel->grpc != NULL)
        grpc_channel_destroy(channel->grpc);
    free(channel->address);
    free(channel->ca_file);
    free(channel->cert_file);
    free(channel->key_file);
    free(channel);
}

// False: no memory. There may be nothing to copy.
static bool copy_text(char **to, const char *text)
{
    *to = text != NULL ? strdup(text) : NULL;
    return *to != NULL || text == NULL;
}

static struct rpc_channel *new_channel(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                       size_t size)
{
    grpc_channel_credentials *credentials = rpc_credentials_new(options, error, size);
    struct rpc_channel *channel;

    if (credentials == NULL)
        return NULL;
    channel = calloc(1, sizeof(*channel));
    if (channel != NULL) {
        channel->tls = options->tls;
        if (!copy_text(&channel->address, options->address) || !copy_text(&channel->ca_file, options->ca_file) ||
            !copy_text(&channel->cert_file, options->cert_file) || !copy_text(&channel->key_file, options->key_file)) {
            free_channel(channel);
            channel = NULL;
        }
    }
    if (channel != NULL)
        channel->grpc = make_channel(options->address, credentials, pool->max_reply);
    else
        snprintf(error, size, "out of memory");
    if (channel != NULL && pool->links != NULL && !options->tls && is_plain(options->address))
        channel->link = link_open(pool->links, options->address);
    grpc_channel_credentials_release(credentials);
    return channel;
}

struct rpc_channel *rpc_channel_get(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                    size_t size)
{
    struct rpc_channel *channel;

    pthread_mutex_lock(&pool->lock);
    channel = find(pool, options);
    if (channel == NULL && (channel = new_channel(pool, options, error, size)) != NULL) {
        channel->next = pool->channels;
        pool->channels = channel;
    }
    if (channel != NULL)
        channel->methods++;
    pthread_mutex_unlock(&pool->lock);
    return channel;
}

void rpc_channel_put(struct rpc_pool *pool, struct rpc_channel *channel)
{
    struct rpc_channel **at = &pool->channels;
    bool last;

    pthread_mutex_lock(&pool->lock);
    last = --channel->methods == 0;
    if (last) {
        while (*at != channel)
            at = &(*at)->next;
        *at = channel->next;
    }
    pthread_mutex_unlock(&pool->lock);
    if (last)
        free_channel(channel);
}

// What gRPC has to say, such as why a handshake failed, is in the status of calls too; it would print it in a form of
// its own.
static void take_log(gpr_log_func_args *said)
{
    log_debug("grpc", "%s", said->message);
}

struct rpc_pool *rpc_pool_new(struct loop *loop)
{
    struct rpc_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    gpr_set_log_function(take_log);
    grpc_init();
    pool->loop = loop;
    pool->max_reply = 64 << 20;
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void rpc_pool_use_links(struct rpc_pool *pool)
{
    ALWAYS(pool->links == NULL && pool->channels == NULL);
    pool->links = links_new(pool->loop, pool->max_reply < 0 ? 0 : (size_t)pool->max_reply);
}

void rpc_pool_limit_replies(struct rpc_pool *pool, size_t bytes)
{
    pool->max_reply = bytes == 0 || bytes > INT_MAX ? -1 : (int)bytes;
}

void rpc_pool_free(struct rpc_pool *pool)
{
    if (pool == NULL)
        return;
    ALWAYS(pool->channels == NULL);
    links_free(pool->links);
    rpc_stock_free(pool);
    ALWAYS(atomic_load(&pool->calls) == 0); // a reply wasn't released, or a call hasn't ended
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    grpc_shutdown();
}
