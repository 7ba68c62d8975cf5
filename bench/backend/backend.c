// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The bench's backend: a feature store, a model server and a calculator, each on a port of its own. It computes each
// distinct request once and then knows its reply by heart, so that it costs next to nothing beside what is measured.
// Prints "listening N" for the three in this order; a line on stdin makes it print what was called since the last one,
// as JSON; the end of stdin ends it. Such a line may also say what becomes of replies from then on: "cut" makes each
// end in the middle of its message, "swell" makes it larger than anybody takes, "refuse" makes it UNAVAILABLE, "plain"
// ends that.
//
// Threads: one serves, the main one reads stdin and the counters.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include "bench/backend/reply.h"
#include "bench/support.h"

#define ACCEPTING 512   // calls of a method at a time
#define REMEMBERED 4096 // requests of a method

struct memory {
    grpc_slice request, reply;
    bool known;
};

struct method {
    const char *path;
    reply_fn *reply;
    void *handle;
    struct memory memory[REMEMBERED]; // by the request's hash
    atomic_ulong calls, request_bytes, reply_bytes;
};

static struct method methods[] = {
    {.path = "/retrieve.FeatureService/RetrieveFeatures", .reply = reply_features},
    {.path = "/inference.GRPCInferenceService/ModelInfer", .reply = reply_scores},
    {.path = "/numerix.Numerix/Compute", .reply = reply_compute},
};
static const char refused[] = "told to refuse";
#define METHODS (sizeof(methods) / sizeof(methods[0]))

static grpc_completion_queue *queue;
static grpc_server *server;

// What becomes of replies.
enum spoiling { PLAIN, CUT, SWELL, REFUSE };
static const char *const spoilings[] = {[PLAIN] = "plain", [CUT] = "cut", [SWELL] = "swell", [REFUSE] = "refuse"};
static atomic_int spoiling;
static uint8_t swollen[65 << 20]; // zeros; the server takes 64 MiB

struct inbound {
    struct event requested, replied;
    struct method *method;
    grpc_call *call;
    gpr_timespec deadline;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    int cancelled;
};

static void accept_one(struct inbound *in);

// The remembered reply, or a fault.
static const char *find(struct method *method, grpc_slice request, grpc_slice *reply)
{
    const uint8_t *bytes = GRPC_SLICE_START_PTR(request);
    size_t len = GRPC_SLICE_LENGTH(request);
    uint64_t hash = len, word;
    struct memory *memory;
    struct reply made;

    for (size_t i = 0; i + 8 <= len; i += 8) {
        memcpy(&word, bytes + i, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    memory = &method->memory[hash % REMEMBERED];
    if (!memory->known || !grpc_slice_eq(memory->request, request)) {
        made = method->reply(bytes, len);
        if (made.fault != NULL)
            return made.fault;
        if (memory->known) {
            grpc_slice_unref(memory->request);
            grpc_slice_unref(memory->reply);
        }
        memory->request = grpc_slice_ref(request);
        memory->reply = grpc_slice_new(made.bytes, made.len, free);
        memory->known = true;
    }
    *reply = grpc_slice_ref(memory->reply);
    return NULL;
}

static void on_replied(struct event *event, bool ok)
{
    struct inbound *in = CONTAINER(event, struct inbound, replied);

    (void)ok;
    grpc_call_unref(in->call);
    in->metadata.count = 0;
    accept_one(in);
}

// Takes the reply; the one that is sent instead.
static grpc_slice spoil(grpc_slice reply, int how)
{
    grpc_slice spoiled;

    if (how == CUT) {
        spoiled =
            grpc_slice_sub(reply, 0, GRPC_SLICE_LENGTH(reply) - 1); // anywhere else it may be right as far as it goes
    } else if (how == SWELL) {
        spoiled = grpc_slice_from_static_buffer(swollen, sizeof(swollen));
    } else {
        return reply;
    }
    grpc_slice_unref(reply);
    return spoiled;
}

static void send_reply(struct inbound *in, grpc_slice *reply, const char *fault)
{
    grpc_slice detail = grpc_slice_from_static_string(fault ? fault : "");
    grpc_byte_buffer *message = fault ? NULL : grpc_raw_byte_buffer_create(reply, 1);
    grpc_op ops[4] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &in->cancelled},
        {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
         .data.send_status_from_server = {.status = !fault             ? GRPC_STATUS_OK
                                                    : fault == refused ? GRPC_STATUS_UNAVAILABLE
                                                                       : GRPC_STATUS_INVALID_ARGUMENT,
                                          .status_details = &detail}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = message},
    };

    start_batch(in->call, ops, message ? 4 : 3, &in->replied);
    grpc_byte_buffer_destroy(message);
}

static void on_requested(struct event *event, bool ok)
{
    struct inbound *in = CONTAINER(event, struct inbound, requested);
    struct method *method = in->method;
    grpc_byte_buffer_reader reader;
    grpc_slice request = grpc_empty_slice(), reply;
    int how = atomic_load(&spoiling);
    const char *fault;

    if (!ok)
        return; // shutting down
    if (in->request != NULL) {
        grpc_byte_buffer_reader_init(&reader, in->request);
        request = grpc_byte_buffer_reader_readall(&reader);
        grpc_byte_buffer_reader_destroy(&reader);
        grpc_byte_buffer_destroy(in->request);
        in->request = NULL;
    }
    fault = how == REFUSE ? refused : find(method, request, &reply);
    if (fault == NULL)
        reply = spoil(reply, how);
    atomic_fetch_add(&method->calls, 1);
    atomic_fetch_add(&method->request_bytes, GRPC_SLICE_LENGTH(request));
    if (fault == NULL)
        atomic_fetch_add(&method->reply_bytes, GRPC_SLICE_LENGTH(reply));
    send_reply(in, &reply, fault);
    if (fault == NULL)
        grpc_slice_unref(reply);
    grpc_slice_unref(request);
}

static void accept_one(struct inbound *in)
{
    grpc_call_error error =
        grpc_server_request_registered_call(server, in->method->handle, &in->call, &in->deadline, &in->metadata,
                                            &in->request, queue, queue, &in->requested);

    if (error != GRPC_CALL_OK)
        die("gRPC refuses to accept: %s", grpc_call_error_to_string(error));
}

static void *serve_forever(void *arg)
{
    (void)arg;
    serve(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC));
    return NULL;
}

static void print_counts(void)
{
    printf("{");
    for (size_t i = 0; i < METHODS; i++)
        printf("%s\"%s\": {\"calls\": %lu, \"request_bytes\": %lu, \"reply_bytes\": %lu}", i > 0 ? ", " : "",
               methods[i].path, atomic_exchange(&methods[i].calls, 0), atomic_exchange(&methods[i].request_bytes, 0),
               atomic_exchange(&methods[i].reply_bytes, 0));
    printf("}\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    char line[64];

    (void)argv;
    if (argc != 1)
        die("takes no arguments; see the head of bench/backend/backend.c");
    grpc_init();
    queue = grpc_completion_queue_create_for_next(NULL);
    server = new_server(queue, NULL);
    for (size_t i = 0; i < METHODS; i++) {
        methods[i].handle =
            grpc_server_register_method(server, methods[i].path, NULL, GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
        listen_on(server, 0);
    }
    grpc_server_start(server);
    for (size_t i = 0; i < METHODS * ACCEPTING; i++) {
        struct inbound *in = need(calloc(1, sizeof(*in)));

        in->method = &methods[i % METHODS];
        in->requested.fn = on_requested;
        in->replied.fn = on_replied;
        accept_one(in);
    }
    if (pthread_create(&thread, NULL, serve_forever, NULL) != 0)
        die("can't begin a thread");
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        for (int i = PLAIN; i <= REFUSE; i++)
            if (strcmp(line, spoilings[i]) == 0)
                atomic_store(&spoiling, i);
        print_counts();
    }
    return 0; // the kernel takes back the rest
}
