// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Replies, and what handlers may ask of a request. A reply may come from any thread, and too late.
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/text.h"
#include "front/http_inner.h"
#include "metrics/metrics.h"

#define SMALL_REPLY 4096

void http_request_release(struct http_request *request)
{
    if (atomic_fetch_sub(&request->references, 1) > 1)
        return;
    if (request->response)
        MHD_destroy_response(request->response);
    atomic_fetch_sub(&request->server->unread, request->unread);
    atomic_fetch_sub(&request->server->bodies, request->body_capacity);
    http_server_release(request->server);
    request->magic = 0;
    free(request->path);
    free(request->body);
    free(request);
}

static void set_response(struct http_request *request, unsigned status, const char *content_type, const void *body,
                         size_t len)
{
    request->replied = true;
    request->status = status;
    request->unread = len;
    atomic_fetch_add(&request->server->unread, len);
    request->response = MHD_create_response_from_buffer(len, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (!request->response)
        return;
    MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            content_type ? content_type : "text/plain; charset=utf-8");
    for (size_t i = 0; i < request->header_count; i++)
        MHD_add_response_header(request->response, request->headers[i].name, request->headers[i].value);
    if (atomic_load(&request->server->leaving))
        MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static void set_error(struct http_request *request, unsigned status, const char *format, va_list args)
{
    struct text message, body;

    text_init(&message);
    text_init(&body);
    text_vprintf(&message, format, args);
    text_printf(&body, "{\"error\": {\"status\": %u, \"message\": ", status);
    text_json(&body, text_string(&message), message.len);
    text_add(&body, "}}\n");
    set_response(request, status, "application/json", text_string(&body), body.len);
    text_free(&message);
    text_free(&body);
}

void http_refuse(struct http_request *request, unsigned status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error(request, status, format, args);
    va_end(args);
}

void http_request_wait_no_more(struct http_request *request)
{
    *(request->previous ? &request->previous->next : &request->server->late) = request->next;
    if (request->next)
        request->next->previous = request->previous;
    request->waiting = false;
}

// Under the lock, with the response set.
static void resume(struct http_request *request)
{
    if (!request->waiting)
        return;
    http_request_wait_no_more(request);
    MHD_resume_connection(request->connection);
}

void http_request_give_up_all(struct http_server *server)
{
    while (server->late) {
        struct http_request *request = server->late;

        http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping");
        resume(request);
    }
}

const char *http_method(const struct http_request *request)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    return request->path;
}

const char *http_rest(const struct http_request *request)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    return request->path + strlen(request->route->path);
}

const char *http_query(struct http_request *request, const char *name)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(struct http_request *request, const char *name)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct tls_names *http_names(const struct http_request *request)
{
    const struct http_connection *its;

    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    its = http_connection_of(request->connection);
    return its ? its->names : NULL;
}

void http_peer(const struct http_request *request, char *text, size_t size)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    struct ucred process;
    socklen_t len = sizeof(peer), process_len = sizeof(process);
    char host[64], port[8];
    int fd;

    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    fd = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && peer.ss_family == AF_UNIX &&
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &process_len) == 0)
        snprintf(text, size, "process %ld of user %lu", (long)process.pid, (unsigned long)process.uid);
    else if (getnameinfo((struct sockaddr *)&peer, len, host, sizeof(host), port, sizeof(port),
                         NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(text, size, peer.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    else
        snprintf(text, size, "somebody who has gone");
}

const void *http_body(const struct http_request *request, size_t *len)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    *len = request->body_len;
    return request->body_len ? (const void *)request->body : "";
}

struct each_header {
    void (*fn)(void *user, const char *name, const char *value);
    void *user;
};

static enum MHD_Result each_header(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct each_header *each = user;

    (void)kind;
    each->fn(each->user, name, value ? value : "");
    return MHD_YES;
}

void http_each_header(struct http_request *request, void (*fn)(void *user, const char *name, const char *value),
                      void *user)
{
    struct each_header each = {fn, user};

    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, each_header, &each);
}

void http_add_header(struct http_request *request, const char *name, const char *value)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    if (request->header_count == sizeof(request->headers) / sizeof(request->headers[0]))
        return;
    request->headers[request->header_count].name = name;
    snprintf(request->headers[request->header_count].value, sizeof(request->headers[0].value), "%s", value);
    request->header_count++;
}

// For one that has ended, or was given up, it is too late.
static bool wants_reply(const struct http_request *request)
{
    return request->connection && !request->replied;
}

void http_continue(struct http_request *request, http_handler_fn *handler, void *user)
{
    struct http_server *server = request->server;
    bool later;

    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    pthread_mutex_lock(&server->lock);
    later = wants_reply(request);
    if (later) {
        request->continuation = handler;
        request->continuation_user = user;
        resume(request);
    }
    pthread_mutex_unlock(&server->lock);
    if (!later)
        handler(request, user);
}

// Whether those who ask for large replies leave them unread. What says how the service is, is small.
static bool has_room(struct http_server *server, size_t len)
{
    return len <= SMALL_REPLY || atomic_load(&server->unread) + len <= server->options.max_unread;
}

void http_reply(struct http_request *request, unsigned status, const char *content_type, const void *body, size_t len)
{
    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    pthread_mutex_lock(&request->server->lock);
    if (wants_reply(request)) {
        if (has_room(request->server, len)) {
            set_response(request, status, content_type, body, len);
        } else {
            metrics_add(METRICS_HTTP_REFUSED_UNREAD, 1);
            http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "too many replies have not been read by those who asked for them; try again later");
        }
        resume(request);
    }
    pthread_mutex_unlock(&request->server->lock);
    http_request_release(request);
}

void http_reply_error(struct http_request *request, unsigned status, const char *format, ...)
{
    va_list args;

    CHECK_MAGIC(request, HTTP_REQUEST_MAGIC);
    va_start(args, format);
    pthread_mutex_lock(&request->server->lock);
    if (wants_reply(request)) {
        set_error(request, status, format, args);
        resume(request);
    }
    pthread_mutex_unlock(&request->server->lock);
    va_end(args);
    http_request_release(request);
}
