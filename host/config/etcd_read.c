// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads: says who we are, sees whether the store is the one we know, and reads all keys below the prefix, page by page
// at one revision.
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/log.h"
#include "config/etcd_inner.h"
#include "config/etcd_wire.h"

enum { PAGE = 32 }; // keys; of the largest size etcd takes they make 48 MB

// Starts a call; 'done' follows, or the attempt is over.
static void start_call(struct etcd_source *e, struct rpc_method *method, const ProtobufCMessage *request,
                       rpc_done_fn *done)
{
    static const char reason[] = "there is no memory for a call";
    struct rpc_header headers[1];
    size_t size, header_count = etcd_headers(e, headers);
    uint8_t *message = etcd_pack(request, &size);

    if (message)
        e->call = rpc_call_start(method, message, size, loop_now_us(e->loop) + e->timeout_us, NULL, headers,
                                 header_count, done, e);
    if (!e->call)
        etcd_end_attempt(e, INFERD_RESOURCE_EXHAUSTED, reason, sizeof(reason) - 1);
}

// The reply of the call that is over, unpacked, to be freed by the caller; NULL: the attempt has ended.
static ProtobufCMessage *take_reply(struct etcd_source *e, struct rpc_result *result,
                                    const ProtobufCMessageDescriptor *type)
{
    static const char wrong[] = "what answers is not etcd";
    ProtobufCMessage *reply = NULL;

    e->call = NULL;
    if (result->status != INFERD_OK)
        etcd_end_attempt(e, result->status, (const char *)result->detail.data, result->detail.len);
    else if (!(reply = protobuf_c_message_unpack(type, NULL, result->reply.len, result->reply.data)))
        etcd_end_attempt(e, INFERD_INTERNAL, wrong, sizeof(wrong) - 1);
    rpc_release(result->hold);
    if (reply && e->stopping) {
        protobuf_c_message_free_unpacked(reply, NULL);
        etcd_end_attempt(e, INFERD_CANCELLED, "", 0);
        return NULL;
    }
    return reply;
}

static void begin_read(struct etcd_source *e);

// Everything is read.
static void finish_read(struct etcd_source *e, const Etcdserverpb__ResponseHeader *header)
{
    static const char reason[] = "there is no memory for the models";
    enum etcd_tree_end end = etcd_tree_end(&e->tree, true);

    if (end == ETCD_TREE_REREAD) {
        etcd_end_attempt(e, INFERD_RESOURCE_EXHAUSTED, reason, sizeof(reason) - 1);
        return;
    }
    e->whole = e->repeat;
    e->repeat = false;
    e->revision = e->read_revision;
    e->cluster = header->cluster_id;
    e->term = header->raft_term;
    changes_hand_over(&e->changes, &e->source, e->revision, end == ETCD_TREE_WHOLE);
    if (e->whole)
        begin_read(e);
    else if (e->watch)
        etcd_follow(e);
    else
        etcd_rest(e);
}

static void read_page(struct etcd_source *e);

static void on_page(void *user, struct rpc_result *result)
{
    static const char reason[] = "there is no memory for the models";
    struct etcd_source *e = user;
    Etcdserverpb__RangeResponse *page;
    bool more, taken = true;

    // What the pages are read at was compacted away meanwhile.
    e->again = result->status == INFERD_OUT_OF_RANGE && e->read_revision > 0 && e->asked_revision == 0;
    page = (Etcdserverpb__RangeResponse *)take_reply(e, result, &etcdserverpb__range_response__descriptor);
    if (!page)
        return;
    if (e->read_revision == 0 && page->header)
        e->read_revision = page->header->revision;
    for (size_t i = 0; i < page->n_kvs; i++) {
        const Etcdserverpb__KeyValue *kv = page->kvs[i];
        struct etcd_stamp stamp = {etcd_bytes(kv->key), kv->create_revision, kv->mod_revision};

        taken = etcd_tree_put(&e->tree, &stamp, etcd_bytes(kv->value)) && taken;
    }
    more = page->more && page->n_kvs > 0;
    if (more) {
        const Etcdserverpb__KeyValue *last = page->kvs[page->n_kvs - 1];

        text_clear(&e->next_key);
        text_append(&e->next_key, (const char *)last->key.data, last->key.len);
        text_append(&e->next_key, "", 1); // the least key after it
    }
    if (!taken || !page->header || e->next_key.failed)
        etcd_end_attempt(e, INFERD_RESOURCE_EXHAUSTED, reason, sizeof(reason) - 1);
    else if (more)
        read_page(e);
    else
        finish_read(e, page->header);
    etcdserverpb__range_response__free_unpacked(page, NULL);
}

static void read_page(struct etcd_source *e)
{
    Etcdserverpb__RangeRequest request = ETCDSERVERPB__RANGE_REQUEST__INIT;

    request.key = etcd_binary(e->next_key.data, e->next_key.len);
    request.range_end = etcd_binary(e->last, strlen(e->last));
    request.limit = PAGE;
    request.revision = e->read_revision;
    start_call(e, e->range, &request.base, on_page);
}

static void begin_read(struct etcd_source *e)
{
    etcd_tree_begin(&e->tree);
    e->read_revision = e->asked_revision;
    text_clear(&e->next_key);
    text_add(&e->next_key, e->first);
    read_page(e);
}

// Whether the store has in its past what was read of it: it is not another one, made anew, maybe with more in it.
static bool is_known(const struct etcd_source *e, const Etcdserverpb__RangeResponse *reply)
{
    const Etcdserverpb__ResponseHeader *header = reply->header;
    struct etcd_stamp newest;

    if (!header || header->cluster_id != e->cluster || header->raft_term < e->term)
        return false;
    return etcd_tree_newest(&e->tree, &newest) && reply->n_kvs == 1 &&
           reply->kvs[0]->create_revision == newest.created && reply->kvs[0]->mod_revision == newest.modified;
}

static void on_newest(void *user, struct rpc_result *result)
{
    struct etcd_source *e = user;
    Etcdserverpb__RangeResponse *reply;

    // That revision was compacted away, or this store has not come to it yet.
    if (result->status == INFERD_OUT_OF_RANGE && !e->stopping) {
        log_info("config_etcd_compacted", "the store at %s does not have revision %lld; everything is read again",
                 e->endpoints[e->endpoint].address, (long long)e->revision);
        e->call = NULL;
        rpc_release(result->hold);
        e->whole = true;
        begin_read(e);
        return;
    }
    reply = (Etcdserverpb__RangeResponse *)take_reply(e, result, &etcdserverpb__range_response__descriptor);
    if (!reply)
        return;
    if (!is_known(e, reply)) {
        log_warning("config_etcd_replaced",
                    "the store at %s is not the one that was read before; everything is read again",
                    e->endpoints[e->endpoint].address);
        e->whole = true;
    }
    e->whole = e->whole || e->repeat;
    e->repeat = false;
    etcdserverpb__range_response__free_unpacked(reply, NULL);
    if (e->whole)
        begin_read(e);
    else
        etcd_follow(e);
}

// Reads, or goes on where the last attempt ended: if the key that was newest then is there in the store's past.
static void begin(struct etcd_source *e)
{
    Etcdserverpb__RangeRequest request = ETCDSERVERPB__RANGE_REQUEST__INIT;
    struct etcd_stamp newest;

    if (e->whole || !etcd_tree_newest(&e->tree, &newest)) {
        e->whole = true;
        begin_read(e);
        return;
    }
    request.key = etcd_binary((const char *)newest.key.data, newest.key.len);
    request.revision = e->revision;
    request.keys_only = true;
    start_call(e, e->range, &request.base, on_newest);
}

static void on_token(void *user, struct rpc_result *result)
{
    struct etcd_source *e = user;
    Etcdserverpb__AuthenticateResponse *reply;

    if (result->status == INFERD_FAILED_PRECONDITION && !e->stopping) {
        log_debug("config_etcd", "etcd asks nobody who they are; --etcd-username is not needed");
        e->call = NULL;
        rpc_release(result->hold);
        begin(e);
        return;
    }
    reply =
        (Etcdserverpb__AuthenticateResponse *)take_reply(e, result, &etcdserverpb__authenticate_response__descriptor);
    if (!reply)
        return;
    e->token = strdup(reply->token);
    etcdserverpb__authenticate_response__free_unpacked(reply, NULL);
    begin(e);
}

void etcd_begin(struct etcd_source *e)
{
    Etcdserverpb__AuthenticateRequest request = ETCDSERVERPB__AUTHENTICATE_REQUEST__INIT;

    if (!e->user) {
        begin(e);
        return;
    }
    request.name = e->user;
    request.password = e->password;
    start_call(e, e->authenticate, &request.base, on_token);
}
