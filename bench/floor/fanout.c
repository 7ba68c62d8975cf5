// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor's calls: one batch each, methods registered once, the bytes shared by all calls, structs used again. No
// more is done than the transport asks for.
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include "bench/floor/fanout.h"

struct target {
    char address[128];
    grpc_channel *channel;
};

struct planned {
    unsigned stage;
    grpc_channel *channel;
    void *method;
    grpc_slice request;
    grpc_metadata headers[4];
    size_t header_count;
};

struct fanout {
    grpc_completion_queue *queue;
    gpr_timespec timeout;
    struct planned *planned;
    size_t count;
    struct target target[8];
    size_t targets;
    struct round *free_rounds;
    struct call *free_calls;
};

struct round { // all calls for one inbound call
    struct fanout *fanout;
    struct waiter *waiter;
    grpc_call *parent;
    size_t next, running, errors;
    struct round *free;
};

struct call {
    struct event event;
    struct round *round;
    grpc_call *call;
    grpc_byte_buffer *request, *reply;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice detail;
    grpc_op ops[6];
    struct call *free;
};

static void begin_stage(struct round *round);

static void call_done(struct event *event, bool ok)
{
    struct call *call = CONTAINER(event, struct call, event);
    struct round *round = call->round;
    struct fanout *fanout = round->fanout;

    (void)ok;
    if (call->status != GRPC_STATUS_OK && round->errors++ == 0)
        fprintf(stderr, "floor: status %d: %.*s\n", call->status, (int)GRPC_SLICE_LENGTH(call->detail),
                (const char *)GRPC_SLICE_START_PTR(call->detail));
    grpc_byte_buffer_destroy(call->reply);
    call->reply = NULL;
    grpc_slice_unref(call->detail);
    call->initial.count = call->trailing.count = 0;
    grpc_call_unref(call->call);
    call->free = fanout->free_calls;
    fanout->free_calls = call;
    if (--round->running == 0)
        begin_stage(round);
}

static struct call *new_call(struct fanout *fanout)
{
    struct call *call = fanout->free_calls;

    if (call != NULL) {
        fanout->free_calls = call->free;
        return call;
    }
    call = need(calloc(1, sizeof(*call)));
    call->event.fn = call_done;
    call->request = grpc_raw_byte_buffer_create(NULL, 0);
    call->ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    call->ops[1].op = GRPC_OP_SEND_MESSAGE;
    call->ops[1].data.send_message.send_message = call->request;
    call->ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    call->ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
    call->ops[3].data.recv_initial_metadata.recv_initial_metadata = &call->initial;
    call->ops[4].op = GRPC_OP_RECV_MESSAGE;
    call->ops[4].data.recv_message.recv_message = &call->reply;
    call->ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    call->ops[5].data.recv_status_on_client.trailing_metadata = &call->trailing;
    call->ops[5].data.recv_status_on_client.status = &call->status;
    call->ops[5].data.recv_status_on_client.status_details = &call->detail;
    return call;
}

static void begin_call(struct round *round, const struct planned *planned)
{
    struct fanout *fanout = round->fanout;
    struct call *call = new_call(fanout);

    call->round = round;
    call->call = grpc_channel_create_registered_call(
        planned->channel, round->parent, GRPC_PROPAGATE_DEADLINE | GRPC_PROPAGATE_CANCELLATION, fanout->queue,
        planned->method, gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), fanout->timeout), NULL);
    call->ops[0].data.send_initial_metadata.count = planned->header_count;
    call->ops[0].data.send_initial_metadata.metadata = (grpc_metadata *)planned->headers;
    // A send takes the slices out of the buffer, so the buffer itself serves again.
    grpc_slice_buffer_add(&call->request->data.raw.slice_buffer, grpc_slice_ref(planned->request));
    start_batch(call->call, call->ops, 6, &call->event);
}

static void begin_stage(struct round *round)
{
    struct fanout *fanout = round->fanout;
    size_t first = round->next;

    while (round->next < fanout->count && fanout->planned[round->next].stage == fanout->planned[first].stage)
        round->next++;
    if (first == round->next) {
        round->free = fanout->free_rounds;
        fanout->free_rounds = round;
        round->waiter->fn(round->waiter, round->errors);
        return;
    }
    round->running = round->next - first;
    for (size_t i = first; i < first + (round->next - first); i++)
        begin_call(round, &fanout->planned[i]);
}

void fanout_begin(struct fanout *fanout, grpc_call *parent, struct waiter *waiter)
{
    struct round *round = fanout->free_rounds;

    if (round != NULL)
        fanout->free_rounds = round->free;
    else
        round = need(malloc(sizeof(*round)));
    *round = (struct round){.fanout = fanout, .waiter = waiter, .parent = parent};
    begin_stage(round);
}

// A connected socket with gRPC on it and no client channel around: nobody resolves, balances or reconnects.
static grpc_channel *connect_to(const char *address, const struct arguments *arguments)
{
    struct sockaddr_in place = {.sin_family = AF_INET};
    grpc_channel_credentials *plain = grpc_insecure_credentials_create();
    grpc_channel *channel;
    const int on = 1;
    char host[64];
    unsigned port;
    int fd;

    if (sscanf(address, "%63[^:]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &place.sin_addr) != 1)
        die("%s is no IPv4 address with a port", address);
    place.sin_port = htons((uint16_t)port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&place, sizeof(place)) != 0)
        die("can't connect to %s", address);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    channel = grpc_channel_create_from_fd(address, fd, plain, &arguments->args);
    grpc_channel_credentials_release(plain);
    return channel;
}

static grpc_channel *channel_to(struct fanout *fanout, const char *address, const struct arguments *arguments)
{
    struct target *target;

    for (size_t i = 0; i < fanout->targets; i++)
        if (strcmp(fanout->target[i].address, address) == 0)
            return fanout->target[i].channel;
    if (fanout->targets == sizeof(fanout->target) / sizeof(fanout->target[0]))
        die("too many backends");
    target = &fanout->target[fanout->targets++];
    snprintf(target->address, sizeof(target->address), "%s", address);
    target->channel = connect_to(address, arguments);
    return target->channel;
}

static void parse_headers(struct planned *planned, char *text)
{
    char *save = NULL;

    for (char *item = strtok_r(text, ",", &save); item != NULL; item = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(item, '=');

        if (equals == NULL)
            continue; // "-"
        if (planned->header_count == sizeof(planned->headers) / sizeof(planned->headers[0]))
            die("too many headers");
        *equals = '\0';
        planned->headers[planned->header_count].key = grpc_slice_from_copied_string(item);
        planned->headers[planned->header_count++].value = grpc_slice_from_copied_string(equals + 1);
    }
}

struct fanout *fanout_read(const char *file, grpc_completion_queue *queue, const struct arguments *arguments,
                           unsigned long timeout_ms)
{
    struct fanout *fanout = need(calloc(1, sizeof(*fanout)));
    FILE *in = fopen(file, "r");
    char address[128], path[128], request[1024], headers[512];
    unsigned stage;

    if (in == NULL)
        die("%s: %m", file);
    fanout->queue = queue;
    fanout->timeout = gpr_time_from_millis((int64_t)timeout_ms, GPR_TIMESPAN);
    while (fscanf(in, "%u %127s %127s %1023s %511s", &stage, address, path, request, headers) == 5) {
        struct planned *planned;

        fanout->planned = need(realloc(fanout->planned, (fanout->count + 1) * sizeof(*planned)));
        planned = &fanout->planned[fanout->count++];
        *planned = (struct planned){.stage = stage, .channel = channel_to(fanout, address, arguments)};
        planned->method = grpc_channel_register_call(planned->channel, path, address, NULL);
        planned->request = read_file(request);
        parse_headers(planned, headers);
    }
    if (!feof(in))
        die("%s: line %zu is not \"stage address path file headers\"", file, fanout->count + 1);
    fclose(in);
    return fanout;
}
