// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests to etcd, each waited for. Reads go on at the next endpoint where one doesn't answer; what writes is sent
// once, for it may have been done though no answer came.
#include <inferd/status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/etcd_client_inner.h"
#include "config/etcd_wire.h"

enum { PAGE = 64 }; // keys; of the largest size etcd takes they make 96 MB

struct waiting {
    struct loop *loop;
    struct rpc_result result;
};

static void on_done(void *user, struct rpc_result *result)
{
    struct waiting *waiting = user;

    waiting->result = *result;
    loop_stop(waiting->loop);
}

struct rpc_method *etcd_client_method(struct etcd_client *client, const char *path)
{
    const struct etcd_endpoint *endpoint = &client->endpoints[client->endpoint];
    const struct rpc_method_options options = {.address = endpoint->address,
                                               .path = path,
                                               .tls = endpoint->tls,
                                               .ca_file = client->options.ca_file,
                                               .cert_file = client->options.cert_file,
                                               .key_file = client->options.key_file};

    return rpc_method_open(client->pool, &options, client->error, sizeof(client->error));
}

size_t etcd_client_headers(const struct etcd_client *client, struct rpc_header headers[1])
{
    headers[0] = (struct rpc_header){"token", client->token};
    return client->token ? 1 : 0;
}

enum etcd_answer etcd_client_fail(struct etcd_client *client, int status, const char *text, size_t len)
{
    snprintf(client->error, sizeof(client->error), "etcd: %.*s", (int)len, text);
    if (status == INFERD_OUT_OF_RANGE)
        return strstr(client->error, "compacted") ? ETCD_COMPACTED : ETCD_FUTURE;
    return ETCD_FAILED;
}

int etcd_client_disbelieve(struct etcd_client *client)
{
    snprintf(client->error, sizeof(client->error), "what answers at %s is not etcd",
             client->endpoints[client->endpoint].address);
    return INFERD_INTERNAL;
}

// One call to the endpoint that is talked to. The status; where it is OK, the reply unpacked.
static int call_once(struct etcd_client *client, const char *path, const ProtobufCMessage *request,
                     const ProtobufCMessageDescriptor *type, ProtobufCMessage **reply)
{
    struct waiting waiting = {.loop = client->loop};
    struct rpc_method *method = etcd_client_method(client, path);
    struct rpc_header headers[1];
    size_t size, header_count = etcd_client_headers(client, headers);
    uint8_t *message = method ? etcd_pack(request, &size) : NULL;
    int status = INFERD_RESOURCE_EXHAUSTED;

    if (message && rpc_call_start(method, message, size, clock_now_us() + client->options.timeout_ms * 1000, NULL,
                                  headers, header_count, on_done, &waiting)) {
        loop_run(client->loop);
        status = waiting.result.status;
        if (status == INFERD_OK)
            *reply = protobuf_c_message_unpack(type, NULL, waiting.result.reply.len, waiting.result.reply.data);
        else
            etcd_client_fail(client, status, (const char *)waiting.result.detail.data, waiting.result.detail.len);
        if (status == INFERD_OK && !*reply)
            status = etcd_client_disbelieve(client);
        rpc_release(waiting.result.hold);
    } else if (method) {
        snprintf(client->error, sizeof(client->error), "there is no memory for a call");
    }
    if (method)
        rpc_method_close(method);
    return status;
}

// Says who we are, once for each endpoint; a store that asks nobody is as good.
static int say_who(struct etcd_client *client)
{
    Etcdserverpb__AuthenticateRequest request = ETCDSERVERPB__AUTHENTICATE_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    int status;

    if (!client->options.user || !*client->options.user || client->known)
        return INFERD_OK;
    request.name = (char *)client->options.user;
    request.password = (char *)(client->options.password ? client->options.password : "");
    status = call_once(client, "/etcdserverpb.Auth/Authenticate", &request.base,
                       &etcdserverpb__authenticate_response__descriptor, &reply);
    client->known = status == INFERD_OK || status == INFERD_FAILED_PRECONDITION;
    if (status == INFERD_OK)
        client->token = strdup(((Etcdserverpb__AuthenticateResponse *)reply)->token);
    if (reply)
        protobuf_c_message_free_unpacked(reply, NULL);
    return client->known ? INFERD_OK : status;
}

static void next_endpoint(struct etcd_client *client)
{
    client->endpoint = (client->endpoint + 1) % client->endpoint_count;
    client->known = false;
    free(client->token);
    client->token = NULL;
}

static bool is_away(int status)
{
    return status == INFERD_UNAVAILABLE || status == INFERD_DEADLINE_EXCEEDED;
}

static int call(struct etcd_client *client, const char *path, const ProtobufCMessage *request,
                const ProtobufCMessageDescriptor *type, bool writes, ProtobufCMessage **reply)
{
    int status = INFERD_UNAVAILABLE;

    for (size_t i = 0; i < client->endpoint_count && is_away(status); i++) {
        if (i > 0)
            next_endpoint(client);
        status = say_who(client);
        if (status != INFERD_OK)
            continue;
        status = call_once(client, path, request, type, reply);
        if (writes)
            break;
    }
    return status;
}

struct etcd_client *etcd_client_open(const struct source_etcd_options *options, char *error, size_t size)
{
    struct etcd_client *client = calloc(1, sizeof(*client));

    snprintf(error, size, "there is no memory to talk to etcd");
    if (!client)
        return NULL;
    client->options = *options;
    if (client->options.timeout_ms <= 0)
        client->options.timeout_ms = 5000;
    client->endpoint_count = etcd_endpoints_read(options->endpoints, &client->endpoints, error, size);
    if (client->endpoint_count &&
        etcd_endpoints_check(client->endpoints, client->endpoint_count, options, error, size)) {
        client->loop = loop_new();
        client->pool = client->loop ? rpc_pool_new(client->loop) : NULL;
    }
    if (client->pool)
        return client;
    etcd_client_close(client);
    return NULL;
}

void etcd_client_close(struct etcd_client *client)
{
    if (client->pool)
        rpc_pool_free(client->pool);
    if (client->loop)
        loop_free(client->loop);
    etcd_endpoints_free(client->endpoints, client->endpoint_count);
    free(client->token);
    free(client);
}

const char *etcd_client_error(const struct etcd_client *client)
{
    return client->error;
}

int64_t etcd_client_revision(const struct etcd_client *client)
{
    return client->revision;
}

static enum etcd_answer answer_of(int status, const struct etcd_client *client)
{
    if (status == INFERD_OK)
        return ETCD_DONE;
    if (status == INFERD_OUT_OF_RANGE)
        return strstr(client->error, "compacted") ? ETCD_COMPACTED : ETCD_FUTURE;
    return ETCD_FAILED;
}

static bool is_before(struct inferd_bytes key, const struct text *other)
{
    size_t common = key.len < other->len ? key.len : other->len;
    int order = common ? memcmp(key.data, other->data, common) : 0;

    return order < 0 || (order == 0 && key.len < other->len);
}

// Hands a page over; *next is then the least key after it. False: keys aren't in order, so there may never be an end.
static bool take_page(struct etcd_client *client, const Etcdserverpb__RangeResponse *page, struct text *next,
                      etcd_value_fn *each, void *user)
{
    if (page->header)
        client->revision = page->header->revision;
    for (size_t i = 0; i < page->n_kvs; i++) {
        const Etcdserverpb__KeyValue *kv = page->kvs[i];
        const struct etcd_value value = {etcd_bytes(kv->key), etcd_bytes(kv->value), kv->create_revision,
                                         kv->mod_revision,    kv->version,           false};

        if (is_before(value.key, next))
            return false;
        each(user, &value);
        text_clear(next);
        text_append(next, (const char *)value.key.data, value.key.len);
        text_append(next, "", 1);
    }
    return !next->failed;
}

enum etcd_answer etcd_client_get(struct etcd_client *client, const char *key, const char *end, int64_t revision,
                                 bool keys_only, etcd_value_fn *each, void *user)
{
    Etcdserverpb__RangeRequest request = ETCDSERVERPB__RANGE_REQUEST__INIT;
    struct text next;
    bool more = true;
    int status = INFERD_OK;

    text_init(&next);
    text_add(&next, key);
    request.limit = PAGE;
    request.revision = revision;
    request.keys_only = keys_only;
    if (end)
        request.range_end = etcd_binary(end, strlen(end));
    while (more && status == INFERD_OK) {
        ProtobufCMessage *reply = NULL;
        const Etcdserverpb__RangeResponse *page;

        request.key = etcd_binary(next.data, next.len);
        status = call(client, "/etcdserverpb.KV/Range", &request.base, &etcdserverpb__range_response__descriptor, false,
                      &reply);
        page = (Etcdserverpb__RangeResponse *)reply;
        more = page && page->more && page->n_kvs;
        if (page && !take_page(client, page, &next, each, user))
            status = etcd_client_disbelieve(client);
        if (!request.revision) // all pages are of one revision
            request.revision = client->revision;
        if (reply)
            protobuf_c_message_free_unpacked(reply, NULL);
    }
    text_free(&next);
    return answer_of(status, client);
}

// One change of a transaction.
struct change {
    Etcdserverpb__Compare compare;
    Etcdserverpb__RequestOp op;
    union {
        Etcdserverpb__PutRequest put;
        Etcdserverpb__DeleteRangeRequest removal;
    };
};

static void fill_change(const struct etcd_put *put, struct change *change)
{
    const ProtobufCBinaryData key = etcd_binary(put->key, strlen(put->key));

    etcdserverpb__compare__init(&change->compare);
    change->compare.target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__MOD;
    change->compare.key = key;
    change->compare.target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_MOD_REVISION;
    change->compare.mod_revision = put->expected;
    etcdserverpb__request_op__init(&change->op);
    if (put->removed) {
        etcdserverpb__delete_range_request__init(&change->removal);
        change->removal.key = key;
        change->op.request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE;
        change->op.request_delete_range = &change->removal;
        return;
    }
    etcdserverpb__put_request__init(&change->put);
    change->put.key = key;
    change->put.value = etcd_binary((const char *)put->value.data, put->value.len);
    change->op.request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_PUT;
    change->op.request_put = &change->put;
}

enum etcd_answer etcd_client_put(struct etcd_client *client, const struct etcd_put *puts, size_t count)
{
    Etcdserverpb__TxnRequest request = ETCDSERVERPB__TXN_REQUEST__INIT;
    Etcdserverpb__Compare *compare[ETCD_PUTS];
    Etcdserverpb__RequestOp *op[ETCD_PUTS];
    struct change changes[ETCD_PUTS];
    Etcdserverpb__TxnResponse *done;
    ProtobufCMessage *reply = NULL;
    enum etcd_answer answer;

    if (count > ETCD_PUTS) {
        snprintf(client->error, sizeof(client->error), "at most %d keys are put at once", ETCD_PUTS);
        return ETCD_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        fill_change(&puts[i], &changes[i]);
        compare[i] = &changes[i].compare;
        op[i] = &changes[i].op;
    }
    request.compare = compare;
    request.success = op;
    request.n_compare = request.n_success = count;
    answer = answer_of(
        call(client, "/etcdserverpb.KV/Txn", &request.base, &etcdserverpb__txn_response__descriptor, true, &reply),
        client);
    done = (Etcdserverpb__TxnResponse *)reply;
    if (done && done->header)
        client->revision = done->header->revision;
    if (done && !done->succeeded)
        answer = ETCD_CHANGED;
    if (reply)
        protobuf_c_message_free_unpacked(reply, NULL);
    return answer;
}
