// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes JSON apart and writes it on the HTTP server's thread, so that the loop has no more to do than for gRPC.
#include "front/predict_http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include "base/clock.h"
#include "config/json_text.h"
#include "front/asked.h"
#include "front/predict_json.h"
#include "front/server.h"
#include "front/tls_names.h"
#include "rpc/framing.h"

#define SUFFIX ":predict"
#define MEMORY (64u << 20) // for one request's message: many empty values are large in it
#define BLOCK 8192

struct prediction {
    struct asked asked;
    struct http_request *request;
    struct arena arena;
    struct asked_header *headers;
};

static void drop(struct prediction *prediction)
{
    grpc_slice_unref(prediction->asked.message);
    tls_names_free(prediction->asked.names);
    arena_free(&prediction->arena);
    free(prediction);
}

// As the table of google.rpc.Code has it.
static unsigned http_status(int status)
{
    static const unsigned short statuses[] = {
        [INFERD_OK] = 200,
        [INFERD_CANCELLED] = 499,
        [INFERD_UNKNOWN] = 500,
        [INFERD_INVALID_ARGUMENT] = 400,
        [INFERD_DEADLINE_EXCEEDED] = 504,
        [INFERD_NOT_FOUND] = 404,
        [INFERD_ALREADY_EXISTS] = 409,
        [INFERD_PERMISSION_DENIED] = 403,
        [INFERD_RESOURCE_EXHAUSTED] = 429,
        [INFERD_FAILED_PRECONDITION] = 400,
        [INFERD_ABORTED] = 409,
        [INFERD_OUT_OF_RANGE] = 400,
        [INFERD_UNIMPLEMENTED] = 501,
        [INFERD_INTERNAL] = 500,
        [INFERD_UNAVAILABLE] = 503,
        [INFERD_DATA_LOSS] = 500,
        [INFERD_UNAUTHENTICATED] = 401,
    };

    return (size_t)status < sizeof(statuses) / sizeof(statuses[0]) ? statuses[status] : 500;
}

// False: what the daemon has answered is no reply, or there is no memory for it.
static bool write_reply(const struct asked *asked, struct arena *arena, struct text *out)
{
    struct predict_reply reply;

    if (!predict_reply_read(asked->form, GRPC_SLICE_START_PTR(asked->reply), GRPC_SLICE_LENGTH(asked->reply), arena,
                            &reply))
        return false;
    text_add(out, "{");
    predict_reply_write(out, &reply, arena);
    if (GRPC_SLICE_LENGTH(asked->explained) > 0) {
        text_add(out, ",\n\"explain\": ");
        text_append(out, (const char *)GRPC_SLICE_START_PTR(asked->explained), GRPC_SLICE_LENGTH(asked->explained));
    }
    text_add(out, "}\n");
    return !out->failed && !arena->exhausted;
}

static void reply_well(struct prediction *prediction)
{
    struct text out;

    text_init(&out);
    arena_reset(&prediction->arena);
    prediction->arena.limit = 0;
    if (write_reply(&prediction->asked, &prediction->arena, &out))
        http_reply(prediction->request, 200, "application/json", text_string(&out), out.len);
    else
        http_reply_error(prediction->request, 500, "no memory for the reply");
    text_free(&out);
}

// Whole seconds, as HTTP has them.
static void say_when(struct prediction *prediction)
{
    unsigned long ms = strtoul(prediction->asked.server->retry_hint, NULL, 10);
    char seconds[24];

    snprintf(seconds, sizeof(seconds), "%lu", (ms + 999) / 1000);
    http_add_header(prediction->request, "Retry-After", seconds);
}

// On HTTP's thread again.
static void reply(struct http_request *request, void *user)
{
    struct prediction *prediction = user;
    struct asked *asked = &prediction->asked;

    if (asked->refused)
        say_when(prediction);
    if (asked->status == INFERD_UNAUTHENTICATED)
        http_add_header(request, "WWW-Authenticate", "Bearer");
    if (asked->status == INFERD_OK)
        reply_well(prediction);
    else
        http_reply_error(request, http_status(asked->status), "%s", asked->text);
    grpc_slice_unref(asked->reply);
    grpc_slice_unref(asked->explained);
    drop(prediction);
}

// On the loop.
static void answered(struct asked *asked)
{
    struct prediction *prediction = (struct prediction *)((char *)asked - offsetof(struct prediction, asked));

    http_continue(prediction->request, reply, prediction);
}

// What gRPC would not have let in is left out.
static void keep_header(void *user, const char *name, const char *value)
{
    struct prediction *prediction = user;
    struct asked_header *header = &prediction->headers[prediction->asked.header_count];
    char *small = arena_strndup(&prediction->arena, name, strlen(name));

    header->name = small;
    header->value = arena_strndup(&prediction->arena, value, strlen(value));
    if (!header->name || !header->value)
        return;
    for (; *small; small++)
        *small = (char)tolower((unsigned char)*small);
    for (; *value; value++)
        if (*value < ' ' || *value > '~')
            return;
    prediction->asked.header_count++;
}

static void count_header(void *user, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(size_t *)user;
}

static bool keep_headers(struct prediction *prediction)
{
    size_t count = 0;

    http_each_header(prediction->request, count_header, &count);
    prediction->headers = arena_alloc(&prediction->arena, (count + 1) * sizeof(*prediction->headers));
    if (!prediction->headers)
        return false;
    http_each_header(prediction->request, keep_header, prediction);
    prediction->asked.headers = prediction->headers;
    return !prediction->arena.exhausted;
}

// The message. False: the request was answered.
static bool read_body(struct prediction *prediction, const char *model)
{
    struct predict_json made;
    json_error_t where;
    size_t len;
    const char *body = http_body(prediction->request, &len), *named;
    json_t *json = json_text_read(body, len, JSON_REJECT_DUPLICATES, &where);
    char error[512];
    bool fine = false;

    named = json_string_value(json_object_get(json, "model"));
    if (!json)
        http_reply_error(prediction->request, 400, "the body is no JSON: line %d, column %d: %s", where.line,
                         where.column, where.text);
    else if (named && strcmp(named, model) != 0)
        http_reply_error(prediction->request, 400, "model: is another one than in the path; leave it out");
    else if (!predict_json_read(json, model, &prediction->arena, &made, error, sizeof(error)))
        http_reply_error(prediction->request, 400, "%s", error);
    else if (made.len > prediction->asked.server->max_message)
        http_reply_error(prediction->request, 413, "the request is larger than %zu bytes (--max-message)",
                         prediction->asked.server->max_message);
    else
        fine = true;
    if (fine) {
        prediction->asked.form = made.form;
        prediction->asked.message = grpc_slice_from_copied_buffer((const char *)made.bytes, made.len);
        arena_reset(&prediction->arena);
    }
    json_decref(json);
    return fine;
}

// The model's name in the path, in the arena. NULL: there is none.
static const char *model_of(struct prediction *prediction)
{
    const char *rest = http_rest(prediction->request);
    size_t len = strlen(rest), suffix = sizeof(SUFFIX) - 1;

    if (len <= suffix || strcmp(rest + len - suffix, SUFFIX) != 0)
        return NULL;
    return arena_strndup(&prediction->arena, rest, len - suffix);
}

// False: it was answered.
static bool read_request(struct prediction *prediction)
{
    const char *model = model_of(prediction), *timeout = http_header(prediction->request, "grpc-timeout");
    int64_t us;

    if (!model) {
        http_reply_error(prediction->request, 404, "there is nothing at %s; models are asked at %s<id>" SUFFIX,
                         http_path(prediction->request), PREDICT_HTTP_PATH);
        return false;
    }
    if (timeout && !framing_read_timeout(timeout, strlen(timeout), &us)) {
        http_reply_error(prediction->request, 400,
                         "grpc-timeout: takes digits, at most 8, and one of H, M, S, m (milliseconds), u, n");
        return false;
    }
    if (timeout)
        prediction->asked.deadline_us = clock_now_us() + us;
    if (!read_body(prediction, model))
        return false;
    if (!keep_headers(prediction)) {
        http_reply_error(prediction->request, 500, "no memory for the request's headers");
        return false;
    }
    return true;
}

void predict_http(struct http_request *request, void *user)
{
    struct prediction *prediction = calloc(1, sizeof(*prediction));

    if (!prediction) {
        http_reply_error(request, 500, "no memory for the request");
        return;
    }
    prediction->request = request;
    prediction->asked = (struct asked){.server = user,
                                       .message = grpc_empty_slice(),
                                       .names = tls_names_hold(http_names(request)),
                                       .deadline_us = INT64_MAX,
                                       .answered = answered};
    arena_init(&prediction->arena, BLOCK, MEMORY);
    if (read_request(prediction))
        asked_post(&prediction->asked);
    else
        drop(prediction);
}
