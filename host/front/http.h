// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.1 on connections that were accepted elsewhere: a route table and limits. Knows nothing of what is served, and
// shows nothing of the library behind it.
//
// Threads: a thread of its own runs the handlers; they must not block. http_add(), http_reply() from any thread.
#ifndef FRONT_HTTP_H
#define FRONT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_server;
struct http_request;
struct tls_names;

// Answers by http_reply(), exactly once: before it returns or later, from any thread, or by a later handler.
typedef void http_handler_fn(struct http_request *request, void *user);

struct http_route {
    const char *method; // "GET" (serves HEAD too), "POST", …
    const char *path;   // without the query, %XX decoded
    bool prefix;        // path is only how it begins; the longest one wins
    http_handler_fn *handler;
    void *user;
};

struct http_options {
    size_t max_head_bytes;           // request line and headers; 0: 32 KiB
    size_t max_body_bytes;           // beyond it 413; 0: 4 MiB
    size_t max_bodies;               // bytes of bodies at a time, beyond which one is 503; 0: 256 MiB
    unsigned max_connections;        // beyond it the longest idle one is closed, or the new one; 0: 1024
    size_t max_unread;               // bytes of replies being sent, beyond which larger ones are 503; 0: 256 MiB
    unsigned idle_s;                 // a connection on which nothing moves is closed; 0: 60
    const struct http_route *routes; // must outlive the server
    size_t route_count;
};

// NULL with a message in error.
struct http_server *http_start(const struct http_options *options, char *error, size_t size);
// Takes the connection over, also when it fails (then it is closed).
bool http_add(struct http_server *server, int fd, const struct sockaddr *peer, socklen_t peer_len);
// The same for one end of a socket pair, whose other end speaks for a client. The names in its certificate are the
// connection's now, likewise; NULL: it has shown none.
bool http_add_relayed(struct http_server *server, int fd, struct tls_names *names);
// Replies ask to close the connection from now on. gone() is called whenever one has ended. [any]
void http_drain(struct http_server *server, void (*gone)(void *user), void *user);
// The end of a drain: a connection without a request ends, once what has come by it is served; others with their
// replies. [any]
void http_part(struct http_server *server);
// Connections; and those of them with a request that has begun and whose reply isn't written. [any]
unsigned http_connections(struct http_server *server);
unsigned http_requests(struct http_server *server);
// Answers what is waiting with 503, closes all connections, joins the thread. A http_reply() that comes after it is
// harmless.
void http_stop(struct http_server *server);

// What was asked. Valid until http_reply(); also after http_stop().
const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request);
const char *http_rest(const struct http_request *request);               // of the path, after a prefix route's
const char *http_query(struct http_request *request, const char *name);  // decoded; NULL. Only inside the handler.
const char *http_header(struct http_request *request, const char *name); // any case; NULL. Only inside the handler.
// In the client's certificate; NULL: it has shown none. Only inside the handler, unless they are held.
struct tls_names *http_names(const struct http_request *request);
// Who has connected: "ADDRESS:PORT", or by a unix socket "process N of user N". Only inside the handler.
void http_peer(const struct http_request *request, char *text, size_t size);
const void *http_body(const struct http_request *request, size_t *len);
// Each header, with its name as the client spelt it. Only inside the handler.
void http_each_header(struct http_request *request, void (*fn)(void *user, const char *name, const char *value),
                      void *user);

// Has the server's thread call a handler of the request, in place of a reply; for who isn't on that thread and has much
// to write. It is called exactly once; where the client has gone before, on this thread. [any]
void http_continue(struct http_request *request, http_handler_fn *handler, void *user);

// Adds a header to the reply that will follow. At most 2; the name stays where it is, a value over 63 bytes is cut.
void http_add_header(struct http_request *request, const char *name, const char *value);

// Ends the request; the bytes are copied. content_type NULL: text/plain; charset=utf-8.
void http_reply(struct http_request *request, unsigned status, const char *content_type, const void *body, size_t len);
// {"error": {"status": 404, "message": "…"}}
void http_reply_error(struct http_request *request, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
