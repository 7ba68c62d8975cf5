// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The load generator: one message over and over, or a mix of several; N calls in flight over M connections, each reply
// followed by the next call (a closed loop, so the server sets the pace); or so many calls a second whatever becomes of
// them, each timed from when it was due, so that a server that is too slow can't slow down what it is asked. Prints
// "begin" and "end" around the time it measures, then one JSON object: rate, latencies, errors, replies that differ
// from what is expected. Calls of the warm-up are not judged; those that are under way when the time is over are, but
// not timed. SIGTERM ends the time.
//
// Threads: one.
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include "bench/load_mix.h"
#include "bench/load_report.h"
#include "bench/support.h"

struct options {
    const char *address, *path, *request, *expect, *mix, *keep, *failures, *ca, *token;
    unsigned long in_flight, connections, warmup_ms, milliseconds, calls, deadline_ms, progress_ms, wait_for_ready,
        rate;
};

struct load {
    struct mix mix;
    struct latencies latencies;
    grpc_completion_queue *queue;
    bool warming, measuring, stopping;
    struct caller *doomed;               // to be cancelled at the next event
    size_t running, total, warmed, most; // calls: now, begun since the start, of them to warm up, and to begin after
                                         // that (0: any number)
    int64_t begun_us, next_progress_us;  // 0: there is none
    unsigned long deadline_ms, progress_ms;
    uint32_t flags;       // of each call
    grpc_metadata header; // likewise; without a key there is none
    unsigned long rate;   // calls a second; 0: a closed loop
    struct caller *idle,
        **last_idle;        // with a rate: who has no call, the longest first, so that all connections get some
    size_t refused, unsent; // with RESOURCE_EXHAUSTED; not even begun, for nobody was idle
};

struct caller {
    struct caller *next_idle;
    struct event event;
    struct load *load;
    grpc_channel *channel;
    void **methods; // of the channel, for each task
    struct task *task;
    grpc_call *call;
    int64_t begun_us;
    grpc_byte_buffer *reply;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice detail;
};

static volatile sig_atomic_t told_to_end;

static void on_sigterm(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static gpr_timespec in_ms(unsigned long ms)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis((int64_t)ms, GPR_TIMESPAN));
}

// Cancels a call that has been under way for some time, if there is one.
static void doom(struct load *load, struct caller *next)
{
    if (load->doomed)
        grpc_call_cancel(load->doomed->call, NULL);
    load->doomed = next;
}

static void begin(struct caller *caller)
{
    struct load *load = caller->load;
    struct task *task = mix_draw(&load->mix);
    grpc_byte_buffer *request = grpc_raw_byte_buffer_create(&task->request, 1);
    grpc_op ops[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .flags = load->flags,
         .data.send_initial_metadata = {.count = GRPC_SLICE_LENGTH(load->header.key) > 0, .metadata = &load->header}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = request},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &caller->initial},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &caller->reply},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &caller->trailing,
                                        .status = &caller->status,
                                        .status_details = &caller->detail}},
    };
    gpr_timespec deadline = load->deadline_ms ? in_ms(load->deadline_ms) : gpr_inf_future(GPR_CLOCK_MONOTONIC);

    caller->task = task;
    caller->begun_us = now_us();
    caller->call = grpc_channel_create_registered_call(caller->channel, NULL, 0, load->queue,
                                                       caller->methods[task - load->mix.tasks], deadline, NULL);
    load->running++;
    load->total++;
    start_batch(caller->call, ops, 6, &caller->event);
    grpc_byte_buffer_destroy(request);
    if (task->cancelled)
        doom(load, caller);
}

// A line now and then, so that whoever waits sees how far it is.
static void show_progress(struct load *load, int64_t now)
{
    if (load->next_progress_us == 0 || now < load->next_progress_us)
        return;
    printf("at %.1f %zu %zu %zu\n", (double)(now - load->begun_us) / 1e6, load->total, mix_errors(&load->mix),
           mix_wrong(&load->mix));
    fflush(stdout);
    load->next_progress_us = now + (int64_t)load->progress_ms * 1000;
}

static void done(struct event *event, bool ok)
{
    struct caller *caller = CONTAINER(event, struct caller, event);
    struct load *load = caller->load;
    int64_t now = now_us();
    bool refused = load->rate && caller->status == GRPC_STATUS_RESOURCE_EXHAUSTED;

    (void)ok;
    if (load->doomed == caller)
        load->doomed = NULL;
    doom(load, NULL);
    load->running--;
    load->refused += load->measuring && refused;
    if (load->measuring && !refused)
        latencies_add(&load->latencies, now - caller->begun_us);
    if (!load->warming && !refused)
        mix_judge(&load->mix, caller->task,
                  &(struct outcome){caller->begun_us, now, caller->status, caller->detail, caller->reply});
    grpc_byte_buffer_destroy(caller->reply);
    caller->reply = NULL;
    grpc_slice_unref(caller->detail);
    caller->initial.count = caller->trailing.count = 0;
    grpc_call_unref(caller->call);
    show_progress(load, now);
    load->stopping |= (load->most && !load->warming && load->total - load->warmed >= load->most) || told_to_end;
    if (load->rate) {
        *load->last_idle = caller;
        load->last_idle = &caller->next_idle;
        caller->next_idle = NULL;
    } else if (!load->stopping) {
        begin(caller);
    }
    if (load->stopping && load->running == 0)
        grpc_completion_queue_shutdown(load->queue);
}

// Begins what is due, and serves until the time has come.
static void keep_rate(struct load *load, unsigned long milliseconds)
{
    int64_t begun_us = now_us(), now = begun_us, until_us = begun_us + (int64_t)milliseconds * 1000;
    uint64_t sent = 0;
    grpc_event event;

    for (; now < until_us; now = now_us()) {
        for (; sent < (uint64_t)(now - begun_us) * load->rate / 1000000; sent++) {
            struct caller *caller = load->idle;

            if (!caller) {
                load->unsent += load->measuring;
                continue;
            }
            load->idle = caller->next_idle;
            if (load->idle == NULL)
                load->last_idle = &load->idle;
            begin(caller);
            caller->begun_us = begun_us + (int64_t)(sent * 1000000 / load->rate);
        }
        event = grpc_completion_queue_next(
            load->queue, gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(200, GPR_TIMESPAN)), NULL);
        if (event.type == GRPC_OP_COMPLETE)
            ((struct event *)event.tag)->fn(event.tag, event.success != 0);
    }
}

static void go_on(struct load *load, unsigned long milliseconds)
{
    if (load->rate)
        keep_rate(load, milliseconds);
    else
        serve(load->queue, in_ms(milliseconds));
}

static void run(struct load *load, const struct options *options, struct caller *callers)
{
    int64_t ended_us;

    load->last_idle = &load->idle;
    load->warming = options->warmup_ms > 0;
    load->measuring = !load->warming;
    load->begun_us = now_us();
    load->next_progress_us = load->progress_ms ? load->begun_us + (int64_t)load->progress_ms * 1000 : 0;
    for (unsigned long i = 0; i < options->in_flight; i++) {
        *load->last_idle = &callers[i];
        load->last_idle = &callers[i].next_idle;
        if (!load->rate)
            begin(&callers[i]);
    }
    if (load->warming)
        go_on(load, options->warmup_ms);
    printf("begin\n");
    fflush(stdout);
    load->begun_us = now_us();
    load->warming = false;
    load->warmed = load->total;
    load->measuring = true;
    go_on(load, options->milliseconds);
    load->measuring = false;
    ended_us = now_us();
    printf("end\n");
    fflush(stdout);
    load->stopping = true;
    if (load->running == 0) // at a rate, that may be
        grpc_completion_queue_shutdown(load->queue);
    serve(load->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC));
    mix_end(&load->mix);
    report_print(&load->latencies, &load->mix,
                 &(struct report){load->total, load->refused, load->unsent, (double)(ended_us - load->begun_us) / 1e6});
}

static const char usage[] =
    "Usage: load --address HOST:PORT {--request FILE | --mix FILE} [OPTION]...\n"
    "Calls a method over and over and prints how fast it answers, as JSON.\n\n"
    "  --path PATH        the method (default /Predict/InferPointWise)\n"
    "  --expect FILE      the reply that is right (default: the first one)\n"
    "  --mix FILE         several, drawn by weight: NAME WEIGHT PATH STATUS REQUEST RIGHT... [~LAME]\n"
    "                     a line; STATUS \"cancel\": the call is cancelled under way\n"
    "  --keep DIR         writes wrong replies there\n"
    "  --in-flight N      calls at a time (default 16)\n"
    "  --rate N           calls a second, at most --in-flight at a time; refusals are no errors\n"
    "  --connections N    (default 8)\n"
    "  --ca FILE          over TLS, with a server of that CA\n"
    "  --token TEXT       in the header \"authorization\", as a bearer's\n"
    "  --deadline-ms N    of a call (default: none)\n"
    "  --warmup-ms N      before measuring (default 1000)\n"
    "  --ms N             measuring (default 3000)\n"
    "  --calls N          ends after measuring so many (default: any number)\n"
    "  --failures FILE    writes there what failed, a line for calls that are alike:\n"
    "                     TASK CALLS BEGUN ENDED STATUS DETAIL, times of the monotonic clock;\n"
    "                     status 0: rows of the reply failed, and say why; -1: it is wrong\n"
    "  --wait-for-ready   calls wait for a connection, and fail only on one\n"
    "  --progress-ms N    a line each N ms: \"at SECONDS CALLS ERRORS WRONG\"\n";

static const struct option known[] = {{"address", required_argument, NULL, 'a'},
                                      {"path", required_argument, NULL, 'p'},
                                      {"request", required_argument, NULL, 'r'},
                                      {"expect", required_argument, NULL, 'e'},
                                      {"mix", required_argument, NULL, 'x'},
                                      {"keep", required_argument, NULL, 'k'},
                                      {"in-flight", required_argument, NULL, 'n'},
                                      {"rate", required_argument, NULL, 'o'},
                                      {"connections", required_argument, NULL, 'c'},
                                      {"ca", required_argument, NULL, 'l'},
                                      {"token", required_argument, NULL, 'u'},
                                      {"deadline-ms", required_argument, NULL, 'd'},
                                      {"warmup-ms", required_argument, NULL, 'w'},
                                      {"ms", required_argument, NULL, 'm'},
                                      {"calls", required_argument, NULL, 't'},
                                      {"failures", required_argument, NULL, 'f'},
                                      {"wait-for-ready", no_argument, NULL, 'b'},
                                      {"progress-ms", required_argument, NULL, 's'},
                                      {"help", no_argument, NULL, 'h'},
                                      {0}};

static void take(struct options *o, int c)
{
    const char **texts[] = {
        ['a'] = &o->address, ['p'] = &o->path,     ['r'] = &o->request, ['e'] = &o->expect, ['x'] = &o->mix,
        ['k'] = &o->keep,    ['f'] = &o->failures, ['l'] = &o->ca,      ['u'] = &o->token};
    unsigned long *numbers[] = {
        ['n'] = &o->in_flight,    ['c'] = &o->connections, ['d'] = &o->deadline_ms, ['w'] = &o->warmup_ms,
        ['m'] = &o->milliseconds, ['t'] = &o->calls,       ['s'] = &o->progress_ms, ['o'] = &o->rate};

    if (c == 'h') {
        fputs(usage, stdout);
        exit(0);
    }
    if (c == 'b')
        o->wait_for_ready = 1;
    else if (c > 0 && (size_t)c < sizeof(texts) / sizeof(texts[0]) && texts[c])
        *texts[c] = optarg;
    else if (c > 0 && (size_t)c < sizeof(numbers) / sizeof(numbers[0]) && numbers[c])
        *numbers[c] = number_of("number", optarg);
    else
        exit(2);
}

static struct options parse(int argc, char **argv)
{
    struct options o = {
        .path = "/Predict/InferPointWise", .in_flight = 16, .connections = 8, .warmup_ms = 1000, .milliseconds = 3000};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
        take(&o, c);
    if (o.address == NULL || !o.request == !o.mix || o.in_flight == 0 || o.connections == 0)
        die("--address and one of --request and --mix are needed, and at least one call and connection; see --help");
    if (o.connections > o.in_flight)
        o.connections = o.in_flight;
    return o;
}

static void make_mix(struct mix *mix, const struct options *options)
{
    struct task *task;

    mix->keep = options->keep;
    mix->failures = options->failures ? fopen(options->failures, "w") : NULL;
    if (options->failures && mix->failures == NULL)
        die("%s: %m", options->failures);
    if (options->mix != NULL) {
        mix_read(mix, options->mix);
        return;
    }
    task = mix_add(mix, "request", options->path);
    task->request = read_file(options->request);
    if (options->expect != NULL)
        task->right[task->rights++] = read_file(options->expect);
}

// Plain, or over TLS.
static grpc_channel_credentials *make_credentials(const struct options *options)
{
    grpc_channel_credentials *credentials;
    grpc_slice ca;
    char *text;

    if (options->ca == NULL)
        return grpc_insecure_credentials_create();
    ca = read_file(options->ca);
    text = grpc_slice_to_c_string(ca);
    credentials = grpc_ssl_credentials_create(text, NULL, NULL, NULL);
    gpr_free(text);
    grpc_slice_unref(ca);
    return need(credentials);
}

static grpc_metadata make_header(const struct options *options)
{
    char text[512];

    if (options->token == NULL)
        return (grpc_metadata){.key = grpc_empty_slice(), .value = grpc_empty_slice()};
    snprintf(text, sizeof(text), "Bearer %s", options->token);
    return (grpc_metadata){.key = grpc_slice_from_static_string("authorization"),
                           .value = grpc_slice_from_copied_string(text)};
}

static grpc_channel **open_channels(const struct options *options)
{
    grpc_channel **channels = need(calloc(options->connections, sizeof(*channels)));
    grpc_channel_credentials *credentials = make_credentials(options);
    struct arguments arguments = {0};

    add_argument(&arguments, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    add_argument(&arguments, GRPC_ARG_ENABLE_RETRIES, 0);
    add_argument(&arguments, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    if (options->wait_for_ready) { // soon there again
        add_argument(&arguments, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
        add_argument(&arguments, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    }
    for (unsigned long i = 0; i < options->connections; i++)
        channels[i] = grpc_channel_create(options->address, credentials, &arguments.args);
    grpc_channel_credentials_release(credentials);
    return channels;
}

static struct caller *make_callers(struct load *load, const struct options *options, grpc_channel **channels)
{
    struct caller *callers = need(calloc(options->in_flight, sizeof(*callers)));

    for (unsigned long i = 0; i < options->in_flight; i++) {
        struct caller *caller = &callers[i];

        *caller = (struct caller){.event.fn = done, .load = load, .channel = channels[i % options->connections]};
        caller->methods = need(calloc(load->mix.count, sizeof(*caller->methods)));
        for (size_t t = 0; t < load->mix.count; t++)
            caller->methods[t] = grpc_channel_register_call(caller->channel, load->mix.tasks[t].path, NULL, NULL);
        grpc_metadata_array_init(&caller->initial);
        grpc_metadata_array_init(&caller->trailing);
    }
    return callers;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    struct load load = {.most = options.calls,
                        .deadline_ms = options.deadline_ms,
                        .progress_ms = options.progress_ms,
                        .rate = options.rate};
    grpc_channel **channels;
    struct caller *callers;

    load.flags = options.wait_for_ready ? GRPC_INITIAL_METADATA_WAIT_FOR_READY : 0;
    signal(SIGTERM, on_sigterm);
    grpc_init();
    load.header = make_header(&options);
    make_mix(&load.mix, &options);
    load.queue = grpc_completion_queue_create_for_next(NULL);
    channels = open_channels(&options);
    callers = make_callers(&load, &options, channels);
    run(&load, &options, callers);
    for (unsigned long i = 0; i < options.in_flight; i++) {
        grpc_metadata_array_destroy(&callers[i].initial);
        grpc_metadata_array_destroy(&callers[i].trailing);
        free(callers[i].methods);
    }
    for (unsigned long i = 0; i < options.connections; i++)
        grpc_channel_destroy(channels[i]);
    grpc_completion_queue_destroy(load.queue);
    grpc_slice_unref(load.header.value);
    mix_free(&load.mix);
    free(load.latencies.us);
    free(channels);
    free(callers);
    grpc_shutdown();
    return 0;
}
