// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unary calls: one batch each, structs from the pool's stock with all that doesn't change from call to call prepared
// once. A finished call's struct is also what holds its reply, so it goes back to the stock when that is released.
//
// Threads: the loop's; only rpc_release() and the functions for messages may run in any.
#include "rpc/call.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <inferd/status.h>
#include "base/magic.h"
#include "rpc/pool.h"
#include "rpc/reply.h"

#define RUNNING_MAGIC 0x43616c6cu
#define HELD_MAGIC 0x48656c64u
#define MAX_STOCK 4096 // structs of about 1 KB

enum op { SEND_HEADERS, SEND_MESSAGE, SEND_CLOSE, RECEIVE_HEADERS, RECEIVE_MESSAGE, RECEIVE_STATUS, OPS };

struct rpc_call {
    uint32_t magic;
    struct loop_event ended;
    struct loop_timer deadline;
    struct loop_job refused; // by gRPC, before it began
    struct rpc_pool *pool;
    struct rpc_method *method;
    grpc_call *grpc;
    struct link_line *line; // that it went out on; NULL: it took the channel
    grpc_slice body;        // of a call on a line, in case it has to go out again
    grpc_metadata *joined;  // likewise its headers, where some are its own
    size_t own_headers;
    int64_t deadline_us;
    rpc_done_fn *done;
    void *user;
    grpc_byte_buffer *message; // empty between calls, for gRPC takes the slices out
    struct reply reply;
    char *error;
    grpc_metadata_array headers, trailers;
    grpc_status_code status;
    grpc_slice detail;
    grpc_op ops[OPS];
    struct rpc_call *next; // in the stock
};

#define CALL_OF(pointer, member) ((struct rpc_call *)((char *)(pointer)-offsetof(struct rpc_call, member)))

uint8_t *rpc_message_new(size_t size)
{
    return malloc(size > 0 ? size : 1);
}

void rpc_message_drop(uint8_t *message)
{
    free(message);
}

static void free_call(struct rpc_call *call)
{
    atomic_fetch_sub(&call->pool->calls, 1);
    grpc_byte_buffer_destroy(call->message);
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    free(call);
}

static void put_in_stock(struct rpc_pool *pool, struct rpc_call *call)
{
    if (pool->stocked == MAX_STOCK) {
        free_call(call);
        return;
    }
    call->next = pool->stock;
    pool->stock = call;
    pool->stocked++;
}

static void stock_returned(struct rpc_pool *pool)
{
    struct rpc_call *call = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);

    while (call != NULL) {
        struct rpc_call *next = call->next;

        put_in_stock(pool, call);
        call = next;
    }
}

void rpc_stock_free(struct rpc_pool *pool)
{
    stock_returned(pool);
    while (pool->stock != NULL) {
        struct rpc_call *call = pool->stock;

        pool->stock = call->next;
        free_call(call);
    }
}

// What is wrong with the reply of a call that ended well, with its status; or NULL, and its bytes.
static const char *fault_of_reply(struct reply *reply, int *status, struct inferd_bytes *bytes)
{
    *status = INFERD_INTERNAL;
    if (reply->buffer == NULL)
        return "ended well but without a reply";
    if (reply->buffer->data.raw.compression != GRPC_COMPRESS_NONE)
        return "compressed its reply, which nobody asked for";
    *status = INFERD_RESOURCE_EXHAUSTED;
    if (!reply_bytes(reply, bytes))
        return "no memory for its reply";
    *status = INFERD_OK;
    return NULL;
}

static void build_result(struct rpc_call *call, struct rpc_result *result)
{
    const void *text = GRPC_SLICE_START_PTR(call->detail);
    size_t len = GRPC_SLICE_LENGTH(call->detail);
    const char *fault;

    *result = (struct rpc_result){.status = (int)call->status, .hold = call};
    if (result->status == INFERD_OK) {
        fault = fault_of_reply(&call->reply, &result->status, &result->reply);
        if (fault == NULL)
            return;
        len = strlen(fault);
        text = fault;
    }
    call->error = rpc_method_error(call->method, text, len, &result->detail.len);
    result->detail.data = (const uint8_t *)call->error;
}

// A call that came to a line whose backend had just said goodbye, or was gone: gRPC says so before it sends anything.
// It has no status of its own for that, only these words; a test holds gRPC to them.
static bool never_left(const struct rpc_call *call)
{
    static const char *const says[] = {"GOAWAY received", "Transport closed"};
    const char *text = (const char *)GRPC_SLICE_START_PTR(call->detail);
    size_t len = GRPC_SLICE_LENGTH(call->detail);

    if (call->status != GRPC_STATUS_UNAVAILABLE)
        return false;
    for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
        if (len >= strlen(says[i]) && memcmp(text, says[i], strlen(says[i])) == 0)
            return true;
    return false;
}

static void drop_headers(struct rpc_call *call)
{
    if (call->joined == NULL)
        return;
    rpc_headers_drop(call->method, call->own_headers, call->joined);
    free(call->joined);
    call->joined = NULL;
}

static void drop_grpc(struct rpc_call *call)
{
    grpc_slice_unref(call->detail);
    call->detail = grpc_empty_slice();
    grpc_call_unref(call->grpc);
    call->grpc = NULL;
}

// Gives the line back. True: the call goes out again, by the channel this time.
static bool leave_line(struct rpc_call *call)
{
    bool again = never_left(call);

    link_put(call->line, again);
    call->line = NULL;
    if (!again)
        grpc_slice_unref(call->body);
    return again;
}

static void begin(struct rpc_call *call, struct grpc_call *parent);

static void go_out_again(struct rpc_call *call)
{
    drop_grpc(call);
    reply_drop(&call->reply);
    call->headers.count = call->trailers.count = 0;
    grpc_slice_buffer_reset_and_unref(&call->message->data.raw.slice_buffer);
    grpc_slice_buffer_add(&call->message->data.raw.slice_buffer, call->body);
    begin(call, NULL);
}

static void end(struct rpc_call *call)
{
    struct rpc_result result;

    if (call->line != NULL && leave_line(call)) {
        go_out_again(call);
        return;
    }
    drop_headers(call);
    loop_timer_drop(call->pool->loop, &call->deadline);
    build_result(call, &result);
    drop_grpc(call);
    rpc_method_close(call->method);
    call->method = NULL;
    call->magic = HELD_MAGIC;
    call->done(call->user, &result);
}

static void on_ended(struct loop_event *event, bool ok)
{
    (void)ok; // a batch that receives the status succeeds
    end(CALL_OF(event, ended));
}

static void on_refused(struct loop_job *job)
{
    struct rpc_call *call = CALL_OF(job, refused);

    call->status = GRPC_STATUS_INTERNAL;
    call->detail = grpc_slice_from_static_string("gRPC refuses the call; is a header of it malformed?");
    end(call);
}

static void on_deadline(struct loop_timer *timer)
{
    struct rpc_call *call = CALL_OF(timer, deadline);

    grpc_call_cancel_with_status(call->grpc, GRPC_STATUS_DEADLINE_EXCEEDED, "no reply within the time given", NULL);
}

static void prepare_ops(struct rpc_call *call)
{
    grpc_op *ops = call->ops;

    ops[SEND_HEADERS].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[SEND_MESSAGE].op = GRPC_OP_SEND_MESSAGE;
    ops[SEND_MESSAGE].data.send_message.send_message = call->message;
    ops[SEND_CLOSE].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[RECEIVE_HEADERS].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[RECEIVE_HEADERS].data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    ops[RECEIVE_MESSAGE].op = GRPC_OP_RECV_MESSAGE;
    ops[RECEIVE_MESSAGE].data.recv_message.recv_message = &call->reply.buffer;
    ops[RECEIVE_STATUS].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    ops[RECEIVE_STATUS].data.recv_status_on_client.trailing_metadata = &call->trailers;
    ops[RECEIVE_STATUS].data.recv_status_on_client.status = &call->status;
    ops[RECEIVE_STATUS].data.recv_status_on_client.status_details = &call->detail;
}

static struct rpc_call *new_call(struct rpc_pool *pool)
{
    struct rpc_call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    atomic_fetch_add(&pool->calls, 1);
    call->pool = pool;
    call->ended.fn = on_ended;
    call->refused.fn = on_refused;
    call->deadline.fn = on_deadline;
    call->message = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    prepare_ops(call);
    return call;
}

static struct rpc_call *take_call(struct rpc_pool *pool)
{
    struct rpc_call *call;

    if (pool->stock == NULL)
        stock_returned(pool);
    call = pool->stock;
    if (call == NULL)
        return new_call(pool);
    pool->stock = call->next;
    pool->stocked--;
    return call;
}

static gpr_timespec time_of(int64_t us)
{
    if (us == INT64_MAX)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return gpr_time_add(gpr_time_0(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(us, GPR_TIMESPAN));
}

// A call's own headers are put behind its method's once, for it may go out twice.
static bool join_headers(struct rpc_call *call, const struct rpc_header *extra, size_t count)
{
    call->own_headers = count;
    if (count == 0)
        return true;
    call->joined = malloc((call->method->header_count + count) * sizeof(*call->joined));
    if (call->joined == NULL)
        return false;
    rpc_headers_join(call->method, extra, count, call->joined);
    return true;
}

// On a line where there is one; else, and the second time, on the channel.
static grpc_call *new_grpc_call(struct rpc_call *call, struct grpc_call *parent)
{
    const struct rpc_method *method = call->method;
    grpc_completion_queue *queue = loop_queue(call->pool->loop);

    if (call->line != NULL)
        return grpc_channel_create_call(link_channel(call->line), NULL, 0, queue, method->path_slice,
                                        &method->authority, time_of(call->deadline_us), NULL);
    return grpc_channel_create_registered_call(method->channel->grpc, parent,
                                               GRPC_PROPAGATE_DEADLINE | GRPC_PROPAGATE_CANCELLATION, queue,
                                               method->handle, time_of(call->deadline_us), NULL);
}

static void begin(struct rpc_call *call, struct grpc_call *parent)
{
    const struct rpc_method *method = call->method;
    grpc_op *headers = &call->ops[SEND_HEADERS];

    call->grpc = new_grpc_call(call, parent);
    headers->data.send_initial_metadata.count = method->header_count + call->own_headers;
    headers->data.send_initial_metadata.metadata =
        call->joined != NULL ? call->joined : (grpc_metadata *)method->headers;
    if (call->deadline_us <= loop_now_us(call->pool->loop))
        on_deadline(&call->deadline); // too late already: nothing of it is sent
    if (grpc_call_start_batch(call->grpc, call->ops, OPS, &call->ended, NULL) != GRPC_CALL_OK)
        loop_post(call->pool->loop, &call->refused);
}

static bool prepare(struct rpc_call *call, struct rpc_method *method, int64_t deadline_us,
                    const struct rpc_header *extra, size_t extra_count)
{
    call->method = method;
    call->deadline_us = deadline_us;
    if (!join_headers(call, extra, extra_count))
        return false;
    if (deadline_us == INT64_MAX || loop_timer_arm(method->pool->loop, &call->deadline, deadline_us))
        return true;
    drop_headers(call);
    return false;
}

struct rpc_call *rpc_call_start(struct rpc_method *method, uint8_t *message, size_t size, int64_t deadline_us,
                                struct grpc_call *parent, const struct rpc_header *extra, size_t extra_count,
                                rpc_done_fn *done, void *user)
{
    struct rpc_call *call;
    grpc_slice body;

    CHECK_MAGIC(method, RPC_METHOD_MAGIC);
    call = take_call(method->pool);
    if (call == NULL || !prepare(call, method, deadline_us, extra, extra_count)) {
        if (call != NULL)
            put_in_stock(method->pool, call);
        rpc_message_drop(message);
        return NULL;
    }
    rpc_method_use(method);
    call->magic = RUNNING_MAGIC;
    call->done = done;
    call->user = user;
    body = grpc_slice_new(message, size, free);
    if (parent == NULL && method->channel->link != NULL && (call->line = link_take(method->channel->link)) != NULL)
        call->body = grpc_slice_ref(body);
    grpc_slice_buffer_add(&call->message->data.raw.slice_buffer, body);
    begin(call, parent);
    return call;
}

void rpc_call_cancel(struct rpc_call *call)
{
    CHECK_MAGIC(call, RUNNING_MAGIC);
    grpc_call_cancel(call->grpc, NULL);
}

void rpc_release(void *hold)
{
    struct rpc_call *call = hold;
    struct rpc_pool *pool;

    if (call == NULL)
        return;
    CHECK_MAGIC(call, HELD_MAGIC);
    pool = call->pool;
    call->magic = 0;
    reply_drop(&call->reply);
    free(call->error);
    call->error = NULL;
    grpc_slice_buffer_reset_and_unref(&call->message->data.raw.slice_buffer); // a call that was never sent
    if (loop_on_thread(pool->loop)) {
        put_in_stock(pool, call);
        return;
    }
    call->next = atomic_load_explicit(&pool->returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&pool->returned, &call->next, call, memory_order_release,
                                                  memory_order_relaxed)) {
    }
}
