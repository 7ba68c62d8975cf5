// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The load generator: sends one message over and over, N calls in flight over M connections, each reply followed by
// the next call (a closed loop, so the server sets the pace). Prints "begin" and "end" around the time it measures,
// then one JSON object: rate, latencies, errors, replies that differ from what is expected.
//
// Threads: one.
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include "bench/support.h"

struct options {
    const char *address, *path, *request, *expect;
    unsigned long in_flight, connections, warmup_ms, milliseconds;
};

struct load {
    grpc_completion_queue *queue;
    grpc_slice message, expected;
    bool expects, measuring, stopping;
    size_t running, total; // calls: now, and begun since the start
    uint32_t *latency_us;  // of the replies while measuring
    size_t replies, capacity, errors, mismatches;
    char first_error[256];
};

struct caller {
    struct event event;
    struct load *load;
    grpc_channel *channel;
    void *method;
    grpc_call *call;
    int64_t begun_us;
    grpc_byte_buffer *reply;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice detail;
};

static void begin(struct caller *caller)
{
    grpc_byte_buffer *request = grpc_raw_byte_buffer_create(&caller->load->message, 1);
    grpc_op ops[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = request},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &caller->initial},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &caller->reply},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &caller->trailing,
                                        .status = &caller->status,
                                        .status_details = &caller->detail}},
    };

    caller->begun_us = now_us();
    caller->call = grpc_channel_create_registered_call(caller->channel, NULL, 0, caller->load->queue, caller->method,
                                                       gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    caller->load->running++;
    caller->load->total++;
    start_batch(caller->call, ops, 6, &caller->event);
    grpc_byte_buffer_destroy(request);
}

static void note_error(struct load *load, int status, const char *detail, size_t len)
{
    if (load->errors++ == 0)
        snprintf(load->first_error, sizeof(load->first_error), "%d %.*s", status, (int)len, detail);
}

static void note_latency(struct load *load, int64_t us)
{
    if (load->replies == load->capacity) {
        load->capacity = load->capacity ? 2 * load->capacity : 65536;
        load->latency_us = need(realloc(load->latency_us, load->capacity * sizeof(*load->latency_us)));
    }
    load->latency_us[load->replies++] = (uint32_t)us;
}

// Compares with what is expected, or else with the first reply.
static void compare(struct load *load, grpc_byte_buffer *reply)
{
    grpc_byte_buffer_reader reader;
    grpc_slice got;

    grpc_byte_buffer_reader_init(&reader, reply);
    got = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    if (!load->expects) {
        load->expected = grpc_slice_ref(got);
        load->expects = true;
    }
    if (!grpc_slice_eq(got, load->expected))
        load->mismatches++;
    grpc_slice_unref(got);
}

static void done(struct event *event, bool ok)
{
    struct caller *caller = CONTAINER(event, struct caller, event);
    struct load *load = caller->load;
    int64_t us = now_us() - caller->begun_us;

    (void)ok;
    load->running--;
    if (load->measuring) {
        note_latency(load, us);
        if (caller->status != GRPC_STATUS_OK || caller->reply == NULL)
            note_error(load, caller->status, (const char *)GRPC_SLICE_START_PTR(caller->detail),
                       GRPC_SLICE_LENGTH(caller->detail));
        else
            compare(load, caller->reply);
    }
    grpc_byte_buffer_destroy(caller->reply);
    caller->reply = NULL;
    grpc_slice_unref(caller->detail);
    caller->initial.count = caller->trailing.count = 0;
    grpc_call_unref(caller->call);
    if (!load->stopping)
        begin(caller);
    else if (load->running == 0)
        grpc_completion_queue_shutdown(load->queue);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static unsigned quantile(const struct load *load, double q)
{
    size_t at = (size_t)(q * (double)load->replies);

    if (load->replies == 0)
        return 0;
    return load->latency_us[at < load->replies ? at : load->replies - 1];
}

static void print_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

static void report(struct load *load, double seconds)
{
    if (load->replies > 0)
        qsort(load->latency_us, load->replies, sizeof(*load->latency_us), by_size);
    printf("{\"total\": %zu, \"requests\": %zu, \"seconds\": %.6f, \"rps\": %.1f, ", load->total, load->replies,
           seconds, (double)load->replies / seconds);
    printf("\"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, ", quantile(load, 0.5), quantile(load, 0.99),
           quantile(load, 1));
    printf("\"errors\": %zu, \"mismatches\": %zu, \"reply_bytes\": %zu, \"first_error\": ", load->errors,
           load->mismatches, load->expects ? GRPC_SLICE_LENGTH(load->expected) : 0);
    print_json_text(load->first_error);
    printf("}\n");
}

static void serve_for(struct load *load, unsigned long ms)
{
    serve(load->queue, gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis((int64_t)ms, GPR_TIMESPAN)));
}

static void run(struct load *load, const struct options *options, struct caller *callers)
{
    int64_t begun_us, ended_us;

    for (unsigned long i = 0; i < options->in_flight; i++)
        begin(&callers[i]);
    serve_for(load, options->warmup_ms);
    printf("begin\n");
    fflush(stdout);
    begun_us = now_us();
    load->measuring = true;
    serve_for(load, options->milliseconds);
    load->measuring = false;
    ended_us = now_us();
    printf("end\n");
    fflush(stdout);
    load->stopping = true;
    serve(load->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC));
    report(load, (double)(ended_us - begun_us) / 1e6);
}

static const char usage[] = "Usage: load --address HOST:PORT --request FILE [OPTION]...\n"
                            "Calls a method over and over and prints how fast it answers, as JSON.\n\n"
                            "  --path PATH        the method (default /Predict/InferPointWise)\n"
                            "  --expect FILE      the reply that is right (default: the first one)\n"
                            "  --in-flight N      calls at a time (default 16)\n"
                            "  --connections N    (default 8)\n"
                            "  --warmup-ms N      before measuring (default 1000)\n"
                            "  --ms N             measuring (default 3000)\n";

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = {{"address", required_argument, NULL, 'a'},
                                          {"path", required_argument, NULL, 'p'},
                                          {"request", required_argument, NULL, 'r'},
                                          {"expect", required_argument, NULL, 'e'},
                                          {"in-flight", required_argument, NULL, 'n'},
                                          {"connections", required_argument, NULL, 'c'},
                                          {"warmup-ms", required_argument, NULL, 'w'},
                                          {"ms", required_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    struct options o = {
        .path = "/Predict/InferPointWise", .in_flight = 16, .connections = 8, .warmup_ms = 1000, .milliseconds = 3000};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'a')
            o.address = optarg;
        else if (c == 'p')
            o.path = optarg;
        else if (c == 'r')
            o.request = optarg;
        else if (c == 'e')
            o.expect = optarg;
        else if (c == 'n')
            o.in_flight = number_of("in-flight", optarg);
        else if (c == 'c')
            o.connections = number_of("connections", optarg);
        else if (c == 'w')
            o.warmup_ms = number_of("warmup-ms", optarg);
        else if (c == 'm')
            o.milliseconds = number_of("ms", optarg);
        else if (c == 'h') {
            fputs(usage, stdout);
            exit(0);
        } else
            exit(2);
    }
    if (o.address == NULL || o.request == NULL || o.in_flight == 0 || o.connections == 0)
        die("--address and --request are needed, and at least one call and connection; see --help");
    if (o.connections > o.in_flight)
        o.connections = o.in_flight;
    return o;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    struct load load = {.message = read_file(options.request)};
    struct arguments arguments = {0};
    struct caller *callers = need(calloc(options.in_flight, sizeof(*callers)));
    grpc_channel **channels = need(calloc(options.connections, sizeof(*channels)));
    grpc_channel_credentials *plain;

    grpc_init();
    if (options.expect != NULL) {
        load.expected = read_file(options.expect);
        load.expects = true;
    }
    load.queue = grpc_completion_queue_create_for_next(NULL);
    add_argument(&arguments, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    add_argument(&arguments, GRPC_ARG_ENABLE_RETRIES, 0);
    add_argument(&arguments, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    plain = grpc_insecure_credentials_create();
    for (unsigned long i = 0; i < options.connections; i++)
        channels[i] = grpc_channel_create(options.address, plain, &arguments.args);
    grpc_channel_credentials_release(plain);
    for (unsigned long i = 0; i < options.in_flight; i++) {
        callers[i] = (struct caller){.event.fn = done, .load = &load, .channel = channels[i % options.connections]};
        callers[i].method = grpc_channel_register_call(callers[i].channel, options.path, NULL, NULL);
        grpc_metadata_array_init(&callers[i].initial);
        grpc_metadata_array_init(&callers[i].trailing);
    }
    run(&load, &options, callers);
    for (unsigned long i = 0; i < options.in_flight; i++) {
        grpc_metadata_array_destroy(&callers[i].initial);
        grpc_metadata_array_destroy(&callers[i].trailing);
    }
    for (unsigned long i = 0; i < options.connections; i++)
        grpc_channel_destroy(channels[i]);
    grpc_completion_queue_destroy(load.queue);
    grpc_slice_unref(load.message);
    if (load.expects)
        grpc_slice_unref(load.expected);
    free(load.latency_us);
    free(channels);
    free(callers);
    grpc_shutdown();
    return 0;
}
