// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor, the yardstick of the bench: what a request costs at least on this gRPC library. For each inbound call it
// makes the downstream calls that a workload would make, with the same bytes, drops the replies and answers fixed
// bytes. No parsing, no matrix, no config. Without --calls it is an echo server's floor.
//
// Threads: one, with one completion queue.
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include "bench/floor/fanout.h"

#define ACCEPTING 8 // Debian's gRPC looks through all of them at each event

struct floor {
    grpc_completion_queue *queue;
    grpc_server *server;
    void *method;
    grpc_slice reply;
    struct fanout *fanout; // NULL: no calls
    struct inbound *free;
};

struct inbound {
    struct event requested, closed, replied;
    struct waiter calls;
    struct floor *floor;
    grpc_call *call;
    gpr_timespec deadline;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    grpc_byte_buffer *reply;
    int cancelled;
    unsigned open; // batches that have not completed
    struct inbound *free;
};

static void accept_one(struct floor *floor);

static void let_go(struct inbound *in)
{
    if (--in->open > 0)
        return;
    grpc_byte_buffer_destroy(in->request);
    in->request = NULL;
    in->metadata.count = 0;
    grpc_call_unref(in->call);
    in->free = in->floor->free;
    in->floor->free = in;
}

static void on_replied(struct event *event, bool ok)
{
    (void)ok;
    let_go(CONTAINER(event, struct inbound, replied));
}

static void on_closed(struct event *event, bool ok)
{
    (void)ok;
    let_go(CONTAINER(event, struct inbound, closed));
}

static void reply(struct waiter *waiter, size_t errors)
{
    struct inbound *in = CONTAINER(waiter, struct inbound, calls);
    grpc_op ops[3] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = in->reply},
        {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
         .data.send_status_from_server.status = errors > 0 ? GRPC_STATUS_UNAVAILABLE : GRPC_STATUS_OK},
    };

    grpc_slice_buffer_add(&in->reply->data.raw.slice_buffer, grpc_slice_ref(in->floor->reply));
    start_batch(in->call, ops, 3, &in->replied);
}

static void on_requested(struct event *event, bool ok)
{
    struct inbound *in = CONTAINER(event, struct inbound, requested);
    struct floor *floor = in->floor;
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &in->cancelled};

    if (!ok)
        exit(0); // the server is shut down
    accept_one(floor);
    in->open = 2;
    start_batch(in->call, &close, 1, &in->closed);
    if (floor->fanout != NULL)
        fanout_begin(floor->fanout, in->call, &in->calls);
    else
        reply(&in->calls, 0);
}

static void accept_one(struct floor *floor)
{
    struct inbound *in = floor->free;
    grpc_call_error error;

    if (in != NULL) {
        floor->free = in->free;
    } else {
        in = need(calloc(1, sizeof(*in)));
        in->floor = floor;
        in->requested.fn = on_requested;
        in->closed.fn = on_closed;
        in->replied.fn = on_replied;
        in->calls.fn = reply;
        in->reply = grpc_raw_byte_buffer_create(NULL, 0);
    }
    error = grpc_server_request_registered_call(floor->server, floor->method, &in->call, &in->deadline, &in->metadata,
                                                &in->request, floor->queue, floor->queue, &in->requested);
    if (error != GRPC_CALL_OK)
        die("gRPC refuses to accept: %s", grpc_call_error_to_string(error));
}

static const char usage[] = "Usage: floor --reply FILE [OPTION]...\n"
                            "Answers every call with fixed bytes after making fixed calls downstream.\n\n"
                            "  --calls FILE        lines of: stage address path request-file headers\n"
                            "  --timeout-ms N      of each call (default 5000)\n"
                            "  --path PATH         the method served (default /Predict/InferPointWise)\n"
                            "  --port N            on 127.0.0.1 (default: a free one, printed)\n"
                            "  --arg KEY=N         argument of the channels to backends, for experiments\n"
                            "  --server-arg KEY=N  argument of the server, likewise\n";

// A floor that could be lower would be none: all that saves anything is done here too.
static void tune_channels(struct arguments *arguments)
{
    add_argument(arguments, GRPC_ARG_DISABLE_CLIENT_AUTHORITY_FILTER, 1); // calls name it
    add_argument(arguments, GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0);
    add_argument(arguments, GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
    add_argument(arguments, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    add_argument(arguments, GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
    add_argument(arguments, GRPC_ARG_ENABLE_CHANNELZ, 0);
    add_argument(arguments, GRPC_ARG_HTTP2_BDP_PROBE, 0);
    add_argument(arguments, GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20);
}

static void tune_server(struct arguments *arguments)
{
    add_argument(arguments, GRPC_ARG_ENABLE_CHANNELZ, 0);
    add_argument(arguments, GRPC_ARG_HTTP2_BDP_PROBE, 0);
    add_argument(arguments, GRPC_ARG_MINIMAL_STACK, 1);
}

// absl::SetMutexDeadlockDetectionMode() of Debian's library, which has the detection on.
#define DEADLOCK_DETECTION _ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE
extern void DEADLOCK_DETECTION(int mode) __attribute__((weak));

static void tune_process(void)
{
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    if (DEADLOCK_DETECTION != NULL)
        DEADLOCK_DETECTION(0);
}

struct options {
    const char *reply, *calls, *path;
    unsigned long port, timeout_ms;
    struct arguments client, server;
};

static void parse(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {{"reply", required_argument, NULL, 'r'},
                                          {"calls", required_argument, NULL, 'c'},
                                          {"path", required_argument, NULL, 'p'},
                                          {"port", required_argument, NULL, 'n'},
                                          {"timeout-ms", required_argument, NULL, 't'},
                                          {"arg", required_argument, NULL, 'a'},
                                          {"server-arg", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'r')
            o->reply = optarg;
        else if (c == 'c')
            o->calls = optarg;
        else if (c == 'p')
            o->path = optarg;
        else if (c == 'n')
            o->port = number_of("port", optarg);
        else if (c == 't')
            o->timeout_ms = number_of("timeout-ms", optarg);
        else if (c == 'a')
            parse_argument(&o->client, optarg);
        else if (c == 's')
            parse_argument(&o->server, optarg);
        else if (c == 'h')
            exit(fputs(usage, stdout) < 0);
        else
            exit(2);
    }
    if (o->reply == NULL)
        die("--reply is needed; see --help");
}

int main(int argc, char **argv)
{
    struct options options = {.path = "/Predict/InferPointWise", .timeout_ms = 5000};
    struct floor floor = {0};

    tune_process();
    tune_channels(&options.client);
    tune_server(&options.server);
    parse(&options, argc, argv);
    grpc_init();
    floor.reply = read_file(options.reply);
    floor.queue = grpc_completion_queue_create_for_next(NULL);
    if (options.calls != NULL)
        floor.fanout = fanout_read(options.calls, floor.queue, &options.client, options.timeout_ms);
    floor.server = new_server(floor.queue, &options.server);
    floor.method =
        grpc_server_register_method(floor.server, options.path, NULL, GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    listen_on(floor.server, options.port);
    grpc_server_start(floor.server);
    for (int i = 0; i < ACCEPTING; i++)
        accept_one(&floor);
    serve(floor.queue, gpr_inf_future(GPR_CLOCK_MONOTONIC));
    return 0;
}
