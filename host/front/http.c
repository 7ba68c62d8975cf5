// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.1 by libmicrohttpd, on sockets that are handed over. A request belongs to two: the connection, which goes when
// the client does, and the handler, until it has answered; the last of them frees it.
//
// Threads: the library's one thread calls everything here but http_reply(). A request's lock covers its answer and its
// connection's end; the server's lock, taken first, the list of requests not answered yet.
#include "front/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define DEFAULT_HEAD_BYTES (32 * 1024)
#define DEFAULT_BODY_BYTES (4u << 20)
#define DEFAULT_CONNECTIONS 1024
#define DEFAULT_IDLE_S 60

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
};

struct http_request {
    pthread_mutex_t lock;
    struct http_server *server;
    struct MHD_Connection *connection; // NULL: the client is gone
    unsigned owners;
    const struct http_route *route;
    char *method, *path;
    char *body;
    size_t body_len;
    bool too_large, dispatched, suspended, replied;
    unsigned status;
    char *content_type, *reply;
    size_t reply_len;
};

// Called with the lock held; gives it back.
static void disown(struct http_request *request)
{
    bool last = --request->owners == 0;

    pthread_mutex_unlock(&request->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&request->lock);
    free(request->method);
    free(request->path);
    free(request->body);
    free(request->content_type);
    free(request->reply);
    free(request);
}

static struct http_request *new_request(struct http_server *server, struct MHD_Connection *connection,
                                        const char *method, const char *path)
{
    struct http_request *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    pthread_mutex_init(&request->lock, NULL);
    request->server = server;
    request->connection = connection;
    request->owners = 1;
    request->method = strdup(method);
    request->path = strdup(path);
    if (request->method && request->path)
        return request;
    pthread_mutex_lock(&request->lock);
    disown(request);
    return NULL;
}

static void take_body(struct http_request *request, const char *data, size_t len)
{
    size_t most = request->server->options.max_body_bytes;
    char *grown;

    if (request->too_large || len > most - request->body_len) {
        request->too_large = true;
        return;
    }
    grown = realloc(request->body, request->body_len + len + 1);
    if (!grown) {
        request->too_large = true;
        return;
    }
    memcpy(grown + request->body_len, data, len);
    request->body = grown;
    request->body_len += len;
    grown[request->body_len] = '\0';
}

static bool path_fits(const struct http_route *route, const char *path)
{
    size_t len = strlen(route->path);

    return route->prefix ? strncmp(route->path, path, len) == 0 : strcmp(route->path, path) == 0;
}

static bool method_fits(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

// The longest route that fits; 'known' tells whether the path has one of another method.
static const struct http_route *find_route(const struct http_request *request, bool *known)
{
    const struct http_options *options = &request->server->options;
    const struct http_route *best = NULL;

    *known = false;
    for (size_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];

        if (!path_fits(route, request->path))
            continue;
        *known = true;
        if (method_fits(route, request->method) && (!best || strlen(route->path) > strlen(best->path)))
            best = route;
    }
    return best;
}

// The handler owns the request until it answers.
static void dispatch(struct http_request *request)
{
    bool known;

    request->dispatched = true;
    request->owners++;
    request->route = find_route(request, &known);
    if (request->too_large)
        http_reply_error(request, 413, "the body is larger than %zu bytes", request->server->options.max_body_bytes);
    else if (!request->route && known)
        http_reply_error(request, 405, "%s is not allowed for %s", request->method, request->path);
    else if (!request->route)
        http_reply_error(request, 404, "there is nothing at %s", request->path);
    else
        request->route->handler(request, request->route->user);
}

static enum MHD_Result send_reply(struct http_request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(request->reply_len, request->reply, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, request->content_type);
    result = MHD_queue_response(request->connection, request->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result access_handler(void *cls, struct MHD_Connection *connection, const char *path,
                                      const char *method, const char *version, const char *data, size_t *len,
                                      void **state)
{
    struct http_request *request = *state;
    enum MHD_Result result = MHD_YES;

    (void)version;
    if (!request) {
        *state = new_request(cls, connection, method, path);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*len) {
        take_body(request, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (!request->dispatched)
        dispatch(request);
    pthread_mutex_lock(&request->lock);
    if (request->replied) {
        result = send_reply(request);
    } else if (!request->suspended) {
        request->suspended = true;
        MHD_suspend_connection(connection);
    }
    pthread_mutex_unlock(&request->lock);
    return result;
}

static void completed(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    struct http_request *request = *state;

    (void)cls;
    (void)connection;
    (void)why;
    if (!request)
        return;
    *state = NULL;
    pthread_mutex_lock(&request->lock);
    request->connection = NULL;
    disown(request);
}

struct http_server *http_start(const struct http_options *options, char *error, size_t size)
{
    struct http_server *server = calloc(1, sizeof(*server));

    if (!server) {
        snprintf(error, size, "no memory for the HTTP server");
        return NULL;
    }
    server->options = *options;
    if (!server->options.max_body_bytes)
        server->options.max_body_bytes = DEFAULT_BODY_BYTES;
    server->daemon = MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_ITC |
            MHD_ALLOW_SUSPEND_RESUME,
        0, NULL, NULL, access_handler, server, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
        MHD_OPTION_CONNECTION_LIMIT, options->max_connections ? options->max_connections : DEFAULT_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s ? options->idle_s : DEFAULT_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        options->max_head_bytes ? options->max_head_bytes : (size_t)DEFAULT_HEAD_BYTES, MHD_OPTION_END);
    if (server->daemon)
        return server;
    snprintf(error, size, "the HTTP server does not start: %m");
    free(server);
    return NULL;
}

bool http_add(struct http_server *server, int fd, const struct sockaddr *peer, socklen_t peer_len)
{
    if (MHD_add_connection(server->daemon, fd, peer, peer_len) == MHD_YES)
        return true;
    // The library has closed it; a duplicate elsewhere would keep it open.
    return false;
}

void http_stop(struct http_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server);
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_rest(const struct http_request *request)
{
    return request->path + strlen(request->route->path);
}

const char *http_query(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const void *http_body(const struct http_request *request, size_t *len)
{
    *len = request->body_len;
    return request->body ? request->body : "";
}

void http_reply(struct http_request *request, unsigned status, const char *content_type, const void *body, size_t len)
{
    pthread_mutex_lock(&request->lock);
    if (request->connection && !request->replied) {
        request->status = status;
        request->content_type = strdup(content_type ? content_type : "text/plain; charset=utf-8");
        request->reply = malloc(len + 1);
        if (request->reply)
            memcpy(request->reply, body, len);
        request->reply_len = request->reply ? len : 0;
        request->replied = true;
        if (request->suspended)
            MHD_resume_connection(request->connection);
    }
    disown(request);
}

void http_reply_error(struct http_request *request, unsigned status, const char *format, ...)
{
    struct text message, body;
    va_list args;

    text_init(&message);
    text_init(&body);
    va_start(args, format);
    text_vprintf(&message, format, args);
    va_end(args);
    text_printf(&body, "{\"error\": {\"status\": %u, \"message\": ", status);
    text_json(&body, text_string(&message), message.len);
    text_add(&body, "}}\n");
    http_reply(request, status, "application/json", text_string(&body), body.len);
    text_free(&message);
    text_free(&body);
}
