// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A call by gRPC C core.
#include "grpc_unary.h"

#include <ctype.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rpc/credentials.h"

enum { MOST_HEADERS = 32, METADATA_ROOM = 1 << 20 };

void grpc_answer_free(struct grpc_answer *answer)
{
    free(answer->message);
    free(answer->reply);
    free(answer->wanted);
}

// "name: value" as metadata, its name in small letters as HTTP/2 has it. False: it is none.
static bool read_header(const char *text, grpc_metadata *metadata)
{
    const char *colon = strchr(text, ':'), *value = colon ? colon + 1 : NULL;
    char *name = colon ? strndup(text, (size_t)(colon - text)) : NULL;

    for (char *c = name; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    while (value && *value == ' ')
        value++;
    memset(metadata, 0, sizeof(*metadata));
    metadata->key = grpc_slice_from_copied_string(name ? name : "");
    metadata->value = grpc_slice_from_copied_string(value ? value : "");
    free(name);
    return colon && grpc_header_key_is_legal(metadata->key) && grpc_header_nonbin_value_is_legal(metadata->value);
}

static void take_reply(grpc_byte_buffer *buffer, struct grpc_answer *answer)
{
    grpc_byte_buffer_reader reader;
    grpc_slice slice;

    if (!buffer || !grpc_byte_buffer_reader_init(&reader, buffer))
        return;
    slice = grpc_byte_buffer_reader_readall(&reader);
    answer->len = GRPC_SLICE_LENGTH(slice);
    answer->reply = malloc(answer->len + 1);
    if (answer->reply)
        memcpy(answer->reply, GRPC_SLICE_START_PTR(slice), answer->len);
    grpc_slice_unref(slice);
    grpc_byte_buffer_reader_destroy(&reader);
}

static char *find(const grpc_metadata_array *array, const char *name)
{
    for (size_t i = 0; name && i < array->count; i++)
        if (grpc_slice_str_cmp(array->metadata[i].key, name) == 0)
            return text_copy(GRPC_SLICE_START_PTR(array->metadata[i].value),
                             GRPC_SLICE_LENGTH(array->metadata[i].value));
    return NULL;
}

// All of the call in one batch, and its end.
static void perform(grpc_call *call, grpc_completion_queue *queue, grpc_metadata *headers, size_t header_count,
                    grpc_byte_buffer *request, const char *want, struct grpc_answer *answer)
{
    grpc_metadata_array first, last;
    grpc_slice details = grpc_empty_slice();
    grpc_byte_buffer *reply = NULL;
    grpc_status_code status = GRPC_STATUS_UNKNOWN;
    grpc_op ops[6] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},  {.op = GRPC_OP_SEND_MESSAGE},
                      {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, {.op = GRPC_OP_RECV_INITIAL_METADATA},
                      {.op = GRPC_OP_RECV_MESSAGE},           {.op = GRPC_OP_RECV_STATUS_ON_CLIENT}};

    grpc_metadata_array_init(&first);
    grpc_metadata_array_init(&last);
    ops[0].data.send_initial_metadata.count = header_count;
    ops[0].data.send_initial_metadata.metadata = headers;
    ops[1].data.send_message.send_message = request;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &first;
    ops[4].data.recv_message.recv_message = &reply;
    ops[5].data.recv_status_on_client.trailing_metadata = &last;
    ops[5].data.recv_status_on_client.status = &status;
    ops[5].data.recv_status_on_client.status_details = &details;
    if (grpc_call_start_batch(call, ops, 6, call, NULL) == GRPC_CALL_OK)
        grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    answer->status = (int)status;
    free(answer->message);
    answer->message = text_copy(GRPC_SLICE_START_PTR(details), GRPC_SLICE_LENGTH(details));
    answer->wanted = find(&last, want);
    take_reply(reply, answer);
    if (reply)
        grpc_byte_buffer_destroy(reply);
    grpc_slice_unref(details);
    grpc_metadata_array_destroy(&first);
    grpc_metadata_array_destroy(&last);
}

static grpc_channel *open_channel(const struct grpc_unary *wanted, struct grpc_answer *answer)
{
    const struct rpc_method_options options = {.address = wanted->address,
                                               .tls = wanted->tls || wanted->ca_file,
                                               .ca_file = wanted->ca_file,
                                               .cert_file = wanted->cert_file,
                                               .key_file = wanted->key_file};
    grpc_arg args[] = {
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ENABLE_HTTP_PROXY, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_MAX_METADATA_SIZE, .value.integer = METADATA_ROOM},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, .value.integer = -1}};
    const grpc_channel_args all = {sizeof(args) / sizeof(*args), args};
    char error[512] = "no memory";
    grpc_channel_credentials *credentials = rpc_credentials_new(&options, error, sizeof(error));
    grpc_channel *channel = credentials ? grpc_channel_create(wanted->address, credentials, &all) : NULL;

    if (credentials)
        grpc_channel_credentials_release(credentials);
    if (!channel)
        answer->message = strdup(error);
    return channel;
}

static void call_on(grpc_channel *channel, const struct grpc_unary *wanted, const void *request, size_t len,
                    struct grpc_answer *answer)
{
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(wanted->timeout_ms, GPR_TIMESPAN));
    grpc_slice method = grpc_slice_from_copied_string(wanted->method);
    grpc_slice slice = grpc_slice_from_copied_buffer(request, len);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_metadata headers[MOST_HEADERS];
    size_t count = 0;
    bool fine = true;
    grpc_call *call;

    for (; wanted->headers && wanted->headers[count] && count < MOST_HEADERS && fine; count++)
        fine = read_header(wanted->headers[count], &headers[count]);
    if (fine) {
        call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue, method, NULL, deadline, NULL);
        perform(call, queue, headers, count, message, wanted->want, answer);
        grpc_call_unref(call);
    } else {
        answer->message = strdup("a header is \"name: value\", in letters that HTTP/2 takes");
    }
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(headers[i].key);
        grpc_slice_unref(headers[i].value);
    }
    grpc_byte_buffer_destroy(message);
    grpc_slice_unref(slice);
    grpc_slice_unref(method);
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type != GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_completion_queue_destroy(queue);
}

void grpc_unary_call(const struct grpc_unary *wanted, const void *request, size_t len, struct grpc_answer *answer)
{
    grpc_channel *channel;

    *answer = (struct grpc_answer){.status = -1};
    grpc_init();
    channel = open_channel(wanted, answer);
    if (channel) {
        call_on(channel, wanted, request, len, answer);
        grpc_channel_destroy(channel);
    }
    grpc_shutdown();
}
