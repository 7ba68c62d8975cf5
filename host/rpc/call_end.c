// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a call: its result, or a second way out, by the channel, where no backend saw it.
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "base/magic.h"
#include "rpc/call_inner.h"

static const char late[] = "no reply within the time given";
static const char no_reply[] = "ended well but without a reply";

// What is wrong with the reply of a call that ended well, with its status; or NULL, and its bytes.
static const char *fault_of_reply(struct reply *reply, int *status, struct inferd_bytes *bytes)
{
    *status = INFERD_INTERNAL;
    if (reply->buffer == NULL)
        return no_reply;
    if (reply->buffer->data.raw.compression != GRPC_COMPRESS_NONE)
        return "compressed its reply, which nobody asked for";
    *status = INFERD_RESOURCE_EXHAUSTED;
    if (!reply_bytes(reply, bytes))
        return "no memory for its reply";
    *status = INFERD_OK;
    return NULL;
}

static void fail(struct rpc_call *call, struct rpc_result *result, int status, const void *text, size_t len)
{
    result->status = status;
    call->error = rpc_method_error(call->method, text, len, &result->detail.len);
    result->detail.data = (const uint8_t *)call->error;
}

static void build_result(struct rpc_call *call, struct rpc_result *result)
{
    const char *fault;

    *result = (struct rpc_result){.status = (int)call->status, .hold = call};
    if (result->status != INFERD_OK) {
        fail(call, result, result->status, GRPC_SLICE_START_PTR(call->detail), GRPC_SLICE_LENGTH(call->detail));
        return;
    }
    fault = fault_of_reply(&call->reply, &result->status, &result->reply);
    if (fault != NULL)
        fail(call, result, result->status, fault, strlen(fault));
}

void rpc_call_drop_headers(struct rpc_call *call)
{
    if (call->joined == NULL)
        return;
    rpc_headers_drop(call->method, call->own_headers, call->joined);
    free(call->joined);
    call->joined = NULL;
}

static void end(struct rpc_call *call, struct rpc_result *result)
{
    rpc_call_drop_headers(call);
    loop_timer_drop(call->pool->loop, &call->deadline);
    rpc_method_close(call->method);
    call->method = NULL;
    call->magic = RPC_CALL_HELD;
    call->done(call->user, result);
}

static void end_on_channel(struct rpc_call *call)
{
    struct rpc_result result;

    build_result(call, &result);
    grpc_slice_unref(call->detail);
    call->detail = grpc_empty_slice();
    grpc_call_unref(call->grpc);
    call->grpc = NULL;
    end(call, &result);
}

void rpc_call_line_ended(void *user, const struct http2_end *ended)
{
    struct rpc_call *call = user;
    struct rpc_result result = {.status = ended->status, .hold = call};

    call->stream = NULL;
    link_put(call->line);
    call->line = NULL;
    if (ended->unseen) { // the backend said goodbye, or was gone
        rpc_call_begin(call, NULL);
        return;
    }
    rpc_message_drop(call->body);
    call->body = NULL;
    call->reply.joined = ended->reply;
    if (ended->status != INFERD_OK) {
        fail(call, &result, ended->status, ended->text, ended->text_len);
    } else if (!ended->has_reply) {
        fail(call, &result, INFERD_INTERNAL, no_reply, strlen(no_reply));
    } else {
        result.reply = (struct inferd_bytes){ended->reply, ended->reply_len};
    }
    end(call, &result);
}

void rpc_call_ended(struct loop_event *event, bool ok)
{
    (void)ok; // a batch that receives the status succeeds
    end_on_channel(CALL_OF(event, ended));
}

void rpc_call_refused(struct loop_job *job)
{
    struct rpc_call *call = CALL_OF(job, refused);

    call->status = GRPC_STATUS_INTERNAL;
    call->detail = grpc_slice_from_static_string("gRPC refuses the call; is a header of it malformed?");
    end_on_channel(call);
}

void rpc_call_deadline(struct loop_timer *timer)
{
    struct rpc_call *call = CALL_OF(timer, deadline);

    if (call->stream != NULL)
        http2_cancel(call->stream, INFERD_DEADLINE_EXCEEDED, late);
    else
        grpc_call_cancel_with_status(call->grpc, GRPC_STATUS_DEADLINE_EXCEEDED, late, NULL);
}
