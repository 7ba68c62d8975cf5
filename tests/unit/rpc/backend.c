// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The tests' backend, on gRPC's generic calls. It shares no code with what it tests.
//
// Threads: one of its own, with a completion queue of its own; the counts are read by others.
#include "backend.h"
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include "base/magic.h"

struct tag {
    void (*fn)(struct tag *tag, bool ok);
};

struct backend {
    grpc_completion_queue *queue;
    grpc_server *server;
    pthread_t thread;
    int port;
    atomic_int given_up, served;
    struct tag stopped, drained;
    int calls; // that are open, and 1 until the server has shut down
};

struct served { // a call
    struct tag requested, received, closed, replied, sent;
    struct backend *backend;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array headers;
    grpc_byte_buffer *request;
    int cancelled, open;
    bool hanging, streaming;
};

#define SERVED(tag, member) ((struct served *)((char *)(tag)-offsetof(struct served, member)))

static void request_next(struct backend *backend);

static void start(struct served *served, const grpc_op *ops, size_t count, struct tag *tag)
{
    served->open++;
    ALWAYS(grpc_call_start_batch(served->call, ops, count, tag, NULL) == GRPC_CALL_OK);
}

static void close_queue_after_last(struct backend *backend)
{
    if (--backend->calls == 0)
        grpc_completion_queue_shutdown(backend->queue);
}

static void let_go(struct served *served)
{
    if (--served->open > 0)
        return;
    close_queue_after_last(served->backend);
    grpc_byte_buffer_destroy(served->request);
    grpc_call_details_destroy(&served->details);
    grpc_metadata_array_destroy(&served->headers);
    grpc_call_unref(served->call);
    free(served);
}

static void on_replied(struct tag *tag, bool ok)
{
    (void)ok;
    let_go(SERVED(tag, replied));
}

static void on_closed(struct tag *tag, bool ok)
{
    struct served *served = SERVED(tag, closed);

    (void)ok;
    if (served->hanging) {
        atomic_fetch_add(&served->backend->given_up, 1);
        let_go(served); // of the reply that will not come
    }
    let_go(served);
}

static void reply(struct served *served, const grpc_slice *message, int status, const char *text, size_t text_len)
{
    grpc_slice detail = grpc_slice_from_copied_buffer(text, text_len);
    grpc_byte_buffer *buffer = message ? grpc_raw_byte_buffer_create((grpc_slice *)message, 1) : NULL;
    grpc_op op[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}};
    size_t count = served->streaming ? 0 : 1;

    if (buffer != NULL) {
        op[count].op = GRPC_OP_SEND_MESSAGE;
        op[count++].data.send_message.send_message = buffer;
    }
    op[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    op[count].data.send_status_from_server.status = (grpc_status_code)status;
    op[count++].data.send_status_from_server.status_details = &detail;
    start(served, op, count, &served->replied);
    grpc_byte_buffer_destroy(buffer);
    grpc_slice_unref(detail);
}

static void reply_size(struct served *served, const char *text)
{
    size_t size = strtoul(text, NULL, 10);
    grpc_slice slice = grpc_slice_malloc(size);

    for (size_t i = 0; i < size; i++)
        GRPC_SLICE_START_PTR(slice)[i] = (uint8_t)i;
    reply(served, &slice, 0, "", 0);
    grpc_slice_unref(slice);
}

static void reply_headers(struct served *served)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(served->details.deadline, GPR_CLOCK_MONOTONIC),
                                     gpr_now(GPR_CLOCK_MONOTONIC));
    grpc_slice slice;

    for (size_t i = 0; i < served->headers.count; i++) {
        const grpc_metadata *header = &served->headers.metadata[i];

        fprintf(out, "%.*s: %.*s\n", (int)GRPC_SLICE_LENGTH(header->key),
                (const char *)GRPC_SLICE_START_PTR(header->key), (int)GRPC_SLICE_LENGTH(header->value),
                (const char *)GRPC_SLICE_START_PTR(header->value));
    }
    fprintf(out, "timeout-ms: %d\n", gpr_time_to_millis(left));
    fclose(out);
    slice = grpc_slice_from_copied_buffer(text, len);
    free(text);
    reply(served, &slice, 0, "", 0);
    grpc_slice_unref(slice);
}

static bool is(const struct served *served, const char *path)
{
    return grpc_slice_str_cmp(served->details.method, path) == 0;
}

static grpc_slice whole(grpc_byte_buffer *buffer)
{
    grpc_byte_buffer_reader reader;
    grpc_slice slice;

    grpc_byte_buffer_reader_init(&reader, buffer);
    slice = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return slice;
}

static void answer(struct served *served, const grpc_slice *request)
{
    const char *text = (const char *)GRPC_SLICE_START_PTR(*request);
    size_t len = GRPC_SLICE_LENGTH(*request);
    grpc_slice empty = grpc_empty_slice();
    char number[16] = "";

    if (is(served, "/test.T/Echo")) {
        reply(served, request, 0, "", 0);
    } else if (is(served, "/test.T/Fail")) {
        reply(served, NULL, (unsigned char)text[0], text + 1, len - 1);
    } else if (is(served, "/test.T/Size")) {
        memcpy(number, text, len < sizeof(number) ? len : sizeof(number) - 1);
        reply_size(served, number);
    } else if (is(served, "/test.T/Empty")) {
        reply(served, &empty, 0, "", 0);
    } else if (is(served, "/test.T/Nothing")) {
        reply(served, NULL, 0, "", 0);
    } else if (is(served, "/test.T/Headers")) {
        reply_headers(served);
    } else if (is(served, "/test.T/Hang")) {
        served->hanging = true;
        served->open++;
    } else {
        reply(served, NULL, GRPC_STATUS_UNIMPLEMENTED, "no such method", 14);
    }
}

static void receive(struct served *served)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &served->request};

    grpc_byte_buffer_destroy(served->request);
    served->request = NULL;
    start(served, &op, 1, &served->received);
}

static void on_sent(struct tag *tag, bool ok)
{
    struct served *served = SERVED(tag, sent);

    if (ok)
        receive(served);
    let_go(served);
}

static void stream(struct served *served, grpc_slice message)
{
    const char *text = (const char *)GRPC_SLICE_START_PTR(message);
    size_t len = GRPC_SLICE_LENGTH(message);
    grpc_byte_buffer *buffer;
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};

    if (len >= 4 && memcmp(text, "end:", 4) == 0) {
        reply(served, NULL, GRPC_STATUS_ABORTED, text + 4, len - 4);
        return;
    }
    buffer = grpc_raw_byte_buffer_create(&message, 1);
    op.data.send_message.send_message = buffer;
    start(served, &op, 1, &served->sent);
    grpc_byte_buffer_destroy(buffer);
}

static void on_received(struct tag *tag, bool ok)
{
    struct served *served = SERVED(tag, received);
    grpc_slice message;

    if (ok && served->request != NULL) {
        message = whole(served->request);
        if (served->streaming)
            stream(served, message);
        else
            answer(served, &message);
        grpc_slice_unref(message);
    }
    let_go(served);
}

static void on_requested(struct tag *tag, bool ok)
{
    struct served *served = SERVED(tag, requested);
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &served->cancelled};
    grpc_op hello = {.op = GRPC_OP_SEND_INITIAL_METADATA};

    if (!ok) { // shutting down
        grpc_call_details_destroy(&served->details);
        grpc_metadata_array_destroy(&served->headers);
        free(served);
        return;
    }
    served->backend->calls++;
    atomic_fetch_add(&served->backend->served, 1);
    request_next(served->backend);
    start(served, &close, 1, &served->closed);
    served->streaming = is(served, "/test.T/Stream");
    if (served->streaming)
        start(served, &hello, 1, &served->replied);
    receive(served);
}

static void request_next(struct backend *backend)
{
    struct served *served = calloc(1, sizeof(*served));

    ALWAYS(served != NULL);
    served->backend = backend;
    served->requested.fn = on_requested;
    served->received.fn = on_received;
    served->closed.fn = on_closed;
    served->replied.fn = on_replied;
    served->sent.fn = on_sent;
    grpc_call_details_init(&served->details);
    grpc_metadata_array_init(&served->headers);
    if (grpc_server_request_call(backend->server, &served->call, &served->details, &served->headers, backend->queue,
                                 backend->queue, &served->requested) != GRPC_CALL_OK)
        abort();
}

static void on_drained(struct tag *tag, bool ok)
{
    (void)tag;
    (void)ok; // backend_stop() ends it
}

static void on_stopped(struct tag *tag, bool ok)
{
    (void)ok;
    close_queue_after_last((struct backend *)((char *)tag - offsetof(struct backend, stopped)));
}

static void *serve(void *arg)
{
    struct backend *backend = arg;

    for (;;) {
        grpc_event event = grpc_completion_queue_next(backend->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        struct tag *tag = event.tag;

        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        tag->fn(tag, event.success != 0);
    }
}

static char *read_text(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *file = fopen(path, "r");

    ALWAYS(text != NULL && file != NULL && fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static grpc_server_credentials *credentials_of(const struct backend_tls *tls)
{
    grpc_ssl_pem_key_cert_pair pair;
    grpc_server_credentials *credentials;

    if (tls == NULL)
        return grpc_insecure_server_credentials_create();
    pair.private_key = read_text(tls->key);
    pair.cert_chain = read_text(tls->certificate);
    credentials = grpc_ssl_server_credentials_create_ex(NULL, &pair, 1, GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE, NULL);
    free((char *)pair.private_key);
    free((char *)pair.cert_chain);
    return credentials;
}

struct backend *backend_start(int port, const struct backend_tls *tls)
{
    // No SO_REUSEPORT: two backends on one port would be an accident. Any test's message is let through. Deadlines are
    // the caller's to enforce.
    grpc_arg arg[] = {
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ALLOW_REUSEPORT, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, .value.integer = -1},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ENABLE_DEADLINE_CHECKS, .value.integer = 0},
    };
    grpc_channel_args args = {.num_args = sizeof(arg) / sizeof(arg[0]), .args = arg};
    struct backend *backend = calloc(1, sizeof(*backend));
    grpc_server_credentials *credentials;
    char address[64];

    ALWAYS(backend != NULL);
    grpc_init();
    credentials = credentials_of(tls);
    backend->calls = 1;
    backend->stopped.fn = on_stopped;
    backend->drained.fn = on_drained;
    backend->queue = grpc_completion_queue_create_for_next(NULL);
    backend->server = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(backend->server, backend->queue, NULL);
    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    backend->port = grpc_server_add_http2_port(backend->server, address, credentials);
    grpc_server_credentials_release(credentials);
    grpc_server_start(backend->server);
    request_next(backend);
    ALWAYS(pthread_create(&backend->thread, NULL, serve, backend) == 0);
    if (backend->port != 0)
        return backend;
    backend_stop(backend);
    return NULL;
}

int backend_port(const struct backend *backend)
{
    return backend->port;
}

int backend_given_up(const struct backend *backend)
{
    return atomic_load(&backend->given_up);
}

int backend_served(const struct backend *backend)
{
    return atomic_load(&backend->served);
}

void backend_drain(struct backend *backend)
{
    grpc_server_shutdown_and_notify(backend->server, backend->queue, &backend->drained);
}

void backend_stop(struct backend *backend)
{
    grpc_server_shutdown_and_notify(backend->server, backend->queue, &backend->stopped);
    grpc_server_cancel_all_calls(backend->server);
    ALWAYS(pthread_join(backend->thread, NULL) == 0);
    grpc_server_destroy(backend->server);
    grpc_completion_queue_destroy(backend->queue);
    free(backend);
    grpc_shutdown();
}
