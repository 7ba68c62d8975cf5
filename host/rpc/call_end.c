// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a call: its result, or a second way out where it never left.
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/magic.h"
#include "rpc/call_inner.h"

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

void rpc_call_drop_headers(struct rpc_call *call)
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

static void go_out_again(struct rpc_call *call)
{
    drop_grpc(call);
    reply_drop(&call->reply);
    call->headers.count = call->trailers.count = 0;
    grpc_slice_buffer_reset_and_unref(&call->message->data.raw.slice_buffer);
    grpc_slice_buffer_add(&call->message->data.raw.slice_buffer, call->body);
    rpc_call_begin(call, NULL);
}

static void end(struct rpc_call *call)
{
    struct rpc_result result;

    if (call->line != NULL && leave_line(call)) {
        go_out_again(call);
        return;
    }
    rpc_call_drop_headers(call);
    loop_timer_drop(call->pool->loop, &call->deadline);
    build_result(call, &result);
    drop_grpc(call);
    rpc_method_close(call->method);
    call->method = NULL;
    call->magic = RPC_CALL_HELD;
    call->done(call->user, &result);
}

void rpc_call_ended(struct loop_event *event, bool ok)
{
    (void)ok; // a batch that receives the status succeeds
    end(CALL_OF(event, ended));
}

void rpc_call_refused(struct loop_job *job)
{
    struct rpc_call *call = CALL_OF(job, refused);

    call->status = GRPC_STATUS_INTERNAL;
    call->detail = grpc_slice_from_static_string("gRPC refuses the call; is a header of it malformed?");
    end(call);
}

void rpc_call_deadline(struct loop_timer *timer)
{
    struct rpc_call *call = CALL_OF(timer, deadline);

    grpc_call_cancel_with_status(call->grpc, GRPC_STATUS_DEADLINE_EXCEEDED, "no reply within the time given", NULL);
}
