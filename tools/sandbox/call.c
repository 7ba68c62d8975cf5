// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of a call.
#include "call.h"

#include "base/clock.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>

#include <stdio.h>

void call_await(struct server *server, struct listener *listener, const struct service_method *method)
{
    struct call *call = server->unused;

    if (call)
        server->unused = call->next;
    else if (!(call = malloc(sizeof *call)))
        return;
    *call = (struct call){.listener = listener, .method = method, .message = grpc_empty_slice()};
    grpc_metadata_array_init(&call->metadata);
    grpc_call_details_init(&call->details);
    if (method)
        grpc_server_request_registered_call(listener->grpc, listener->methods[method - service_methods], &call->grpc,
                                            &call->deadline, &call->metadata, &call->request, server->queue,
                                            server->queue, call);
    else
        grpc_server_request_call(listener->grpc, &call->grpc, &call->details, &call->metadata, server->queue,
                                 server->queue, call);
}

static void end(struct server *server, struct call *call)
{
    grpc_byte_buffer_destroy(call->request);
    grpc_byte_buffer_destroy(call->reply);
    grpc_slice_unref(call->message);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    if (call->grpc)
        grpc_call_unref(call->grpc);
    call->next = server->unused;
    server->unused = call;
}

void call_free_all(struct server *server)
{
    while (server->unused) {
        struct call *next = server->unused->next;

        free(server->unused);
        server->unused = next;
    }
}

struct call *call_take_first(struct call_list *list)
{
    struct call *call = list->first;

    list->first = call->next;
    return call;
}

static void append(struct call_list *list, struct call *call)
{
    call->next = NULL;
    if (list->first)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

void call_send(struct server *server, struct call *call)
{
    grpc_op ops[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &call->cancelled},
        {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
         .data.send_status_from_server = {.status = (grpc_status_code)call->status, .status_details = &call->message}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->reply},
    };
    size_t n_ops = sizeof ops / sizeof *ops - (call->reply == NULL);

    (void)server;
    call->sent = true;
    GPR_ASSERT(grpc_call_start_batch(call->grpc, ops, n_ops, call, NULL) == GRPC_CALL_OK);
}

// The request as one piece of memory; the reader's slice holds it.
static struct inferd_bytes flatten(struct call *call, grpc_slice *slice)
{
    grpc_byte_buffer_reader reader;

    *slice = grpc_empty_slice();
    if (call->request && grpc_byte_buffer_reader_init(&reader, call->request)) {
        *slice = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    return (struct inferd_bytes){GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)};
}

// Lets the service answer, unless lots say that it fails.
static void ask_service(struct server *server, struct call *call, struct exchange *exchange)
{
    enum service service = call->method->service;
    enum inferd_status drawn = faults_draw(&server->faults, service);
    grpc_slice slice;

    if (drawn != INFERD_OK) {
        exchange_fail(exchange, drawn, "this sandbox fails on purpose (--fail)");
        return;
    }
    exchange->request = flatten(call, &slice);
    pthread_mutex_lock(&server->lock);
    exchange->store = server->store;
    call->method->answer(exchange);
    pthread_mutex_unlock(&server->lock);
    grpc_slice_unref(slice);
    if (exchange->status == INFERD_OK && exchange->reply.failed)
        exchange_fail(exchange, INFERD_RESOURCE_EXHAUSTED, "no memory for the reply");
}

static void refuse(struct server *server, struct call *call, struct exchange *exchange)
{
    char *path = grpc_slice_to_c_string(call->details.method);
    const char *list = "";

    for (size_t i = 0; i < n_service_methods && list; i++)
        if (call->listener->serves[service_methods[i].service])
            list = arena_printf(&server->scratch, "%s %s", list, service_methods[i].path);
    exchange_fail(exchange, INFERD_UNIMPLEMENTED, "no method %s; this port serves:%s", path, list ? list : "");
    gpr_free(path);
}

static void report(const struct call *call, const struct exchange *exchange, int64_t began_us)
{
    const char *path = call->method ? call->method->path : "unknown method";

    fprintf(stderr, "%s %s %s%s%s (%lld us)\n", path, inferd_status_name(exchange->status), exchange->note,
            *exchange->note && *exchange->message ? ": " : "", exchange->message,
            (long long)(clock_now_us() - began_us));
}

static void answer(struct server *server, struct call *call)
{
    struct exchange exchange = {.manners = &server->manners, .arena = &server->scratch, .status = INFERD_OK};
    int64_t began_us = server->verbose ? clock_now_us() : 0;

    exchange.message[0] = exchange.note[0] = '\0';
    if (call->method)
        ask_service(server, call, &exchange);
    else
        refuse(server, call, &exchange);
    if (server->verbose)
        report(call, &exchange, began_us);
    call->status = exchange.status;
    if (exchange.status == INFERD_OK) {
        grpc_slice slice =
            grpc_slice_new_with_user_data(exchange.reply.data, exchange.reply.size, free, exchange.reply.data);

        call->reply = grpc_raw_byte_buffer_create(&slice, 1);
        grpc_slice_unref(slice);
    } else {
        call->message = grpc_slice_from_copied_string(exchange.message);
        free(exchange.reply.data);
    }
    arena_reset(&server->scratch);
}

void call_proceed(struct server *server, struct call *call, bool success)
{
    if (call->sent || !success) {
        end(server, call);
        return;
    }
    call_await(server, call->listener, call->method);
    answer(server, call);
    if (call->method && server->faults.latency_us[call->method->service] > 0) {
        call->due_us = clock_now_us() + server->faults.latency_us[call->method->service];
        append(&server->late[call->method->service], call);
    } else {
        call_send(server, call);
    }
}
