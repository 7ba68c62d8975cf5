// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A request, from its first line to its reply. The library calls http_request_serve() once for the head, once for each
// piece of the body, once more at the end, and again after a suspended connection was resumed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/http_inner.h"
#include "front/http_route.h"

#define DISCARD_FACTOR 4 // a body this many times too large is cut off, a smaller one read to its end and refused

static struct http_request *request_new(struct http_server *server, struct MHD_Connection *connection, const char *url,
                                        const char *method)
{
    struct http_request *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    request->path = strdup(url);
    if (!request->path) {
        free(request);
        return NULL;
    }
    request->magic = HTTP_REQUEST_MAGIC;
    atomic_init(&request->references, 1);
    atomic_fetch_add(&server->references, 1);
    request->server = server;
    request->connection = connection;
    snprintf(request->method, sizeof(request->method), "%s", method);
    return request;
}

static enum MHD_Result send_response(struct http_request *request)
{
    enum MHD_Result result;

    if (!request->response)
        return MHD_NO; // no memory: the connection is closed
    result = MHD_queue_response(request->connection, request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

static const char *head_value(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static bool is_taken(const struct http_request *request)
{
    return request->route && !request->too_large && !request->too_many;
}

// A reply before the body was read ends the connection, so only a client is told at once that waits for leave to send
// or wants to send far too much. Others would not read a reply before they have sent everything.
static bool is_refused_unread(const struct http_request *request)
{
    size_t limit = request->server->options.max_body_bytes;

    return !is_taken(request) &&
           (head_value(request, MHD_HTTP_HEADER_EXPECT) || request->announced / DISCARD_FACTOR > limit);
}

// Sets the reply to what no handler is asked about.
static void refuse(struct http_request *request)
{
    const struct http_options *options = &request->server->options;
    char allowed[128];

    if (request->too_many) {
        http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests are being received; try again later");
        return;
    }
    if (request->route) {
        http_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than %zu bytes", options->max_body_bytes);
        return;
    }
    http_route_find(options->routes, options->route_count, request->method, request->path, allowed, sizeof(allowed));
    if (allowed[0] == '\0') {
        http_refuse(request, MHD_HTTP_NOT_FOUND, "there is nothing at %s", request->path);
        return;
    }
    http_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "%s takes %s, not %s", request->path, allowed, request->method);
    if (request->response)
        MHD_add_response_header(request->response, MHD_HTTP_HEADER_ALLOW, allowed);
}

static enum MHD_Result begin(struct http_request *request)
{
    const struct http_options *options = &request->server->options;
    const char *length = head_value(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    char allowed[128];

    pthread_mutex_lock(&request->server->lock);
    http_connection_asks(request->server, request->connection);
    pthread_mutex_unlock(&request->server->lock);
    request->route = http_route_find(options->routes, options->route_count, request->method, request->path, allowed,
                                     sizeof(allowed));
    request->announced = length ? strtoull(length, NULL, 10) : 0;
    request->too_large = request->announced > options->max_body_bytes;
    if (!is_refused_unread(request))
        return MHD_YES;
    refuse(request);
    return send_response(request);
}

static bool grow_body(struct http_request *request, size_t len)
{
    struct http_server *server = request->server;
    size_t capacity = request->body_capacity ? request->body_capacity : 4096;
    uint8_t *body;

    while (capacity < len)
        capacity *= 2;
    if (capacity == request->body_capacity)
        return true;
    body = atomic_load(&server->bodies) + capacity - request->body_capacity > server->options.max_bodies
               ? NULL
               : realloc(request->body, capacity);
    if (!body)
        return false;
    atomic_fetch_add(&server->bodies, capacity - request->body_capacity);
    request->body = body;
    request->body_capacity = capacity;
    return true;
}

static enum MHD_Result take_body(struct http_request *request, const char *piece, size_t len)
{
    size_t limit = request->server->options.max_body_bytes;

    request->too_large = request->too_large || len > limit - request->body_len;
    if (!is_taken(request)) {
        request->discarded += len;
        return request->discarded / DISCARD_FACTOR > limit ? MHD_NO : MHD_YES;
    }
    if (!grow_body(request, request->body_len + len)) {
        request->too_many = true;
        request->discarded += len;
        return MHD_YES;
    }
    memcpy(request->body + request->body_len, piece, len);
    request->body_len += len;
    return MHD_YES;
}

// The handler has returned without a reply. Under the lock.
static void wait_for_reply(struct http_request *request)
{
    struct http_server *server = request->server;

    server->late_count += !request->was_late;
    request->waiting = request->was_late = true;
    request->previous = NULL;
    request->next = server->late;
    if (request->next)
        request->next->previous = request;
    server->late = request;
    MHD_suspend_connection(request->connection);
}

// What is to go on with the request, if anything, once. Under the lock.
static http_handler_fn *take_continuation(struct http_request *request, void **user)
{
    http_handler_fn *handler = request->continuation;

    *user = request->continuation_user;
    request->continuation = NULL;
    return handler;
}

// Calls the handler, and what that one says is to go on.
static enum MHD_Result call_handler(struct http_request *request, http_handler_fn *handler, void *user)
{
    struct http_server *server = request->server;
    bool answered;

    do {
        handler(request, user);
        pthread_mutex_lock(&server->lock);
        handler = take_continuation(request, &user);
        if (!handler && !request->replied && server->stopping)
            http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping");
        answered = request->replied;
        if (!handler && !answered)
            wait_for_reply(request);
        pthread_mutex_unlock(&server->lock);
    } while (handler);
    return answered ? send_response(request) : MHD_YES;
}

static enum MHD_Result resumed(struct http_request *request)
{
    http_handler_fn *handler;
    void *user;

    pthread_mutex_lock(&request->server->lock);
    handler = take_continuation(request, &user);
    pthread_mutex_unlock(&request->server->lock);
    return handler ? call_handler(request, handler, user) : send_response(request);
}

static enum MHD_Result handle(struct http_request *request)
{
    struct http_server *server = request->server;
    bool stopping;

    request->handled = true;
    pthread_mutex_lock(&server->lock);
    http_connection_busy(server, request->connection);
    stopping = server->stopping;
    pthread_mutex_unlock(&server->lock);
    if (!is_taken(request)) {
        refuse(request);
        return send_response(request);
    }
    if (stopping) {
        http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping");
        return send_response(request);
    }
    atomic_fetch_add(&request->references, 1);
    return call_handler(request, request->route->handler, request->route->user);
}

enum MHD_Result http_request_serve(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                   const char *version, const char *upload, size_t *upload_len, void **context)
{
    struct http_request *request = *context;

    (void)version;
    if (!request) {
        *context = request = request_new(user, connection, url, method);
        return request ? begin(request) : MHD_NO;
    }
    if (*upload_len > 0) {
        size_t len = *upload_len;

        *upload_len = 0;
        return take_body(request, upload, len);
    }
    if (!request->handled)
        return handle(request);
    return resumed(request);
}

void http_request_ended(void *user, struct MHD_Connection *connection, void **context,
                        enum MHD_RequestTerminationCode how)
{
    struct http_server *server = user;
    struct http_request *request = *context;
    http_handler_fn *handler;
    void *handler_user;

    (void)how;
    if (!request)
        return;
    *context = NULL;
    pthread_mutex_lock(&server->lock);
    if (request->waiting)
        http_request_wait_no_more(request);
    if (request->was_late) {
        server->late_count--;
        pthread_cond_signal(&server->answered);
    }
    request->connection = NULL;
    handler = take_continuation(request, &handler_user);
    http_connection_idle(server, connection);
    pthread_mutex_unlock(&server->lock);
    if (handler) // whose reply goes nowhere, but which has things to free
        handler(request, handler_user);
    http_request_release(request);
}
