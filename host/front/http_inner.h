// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the HTTP server's parts know of each other: http.c (the server and its connections), http_request.c (from the
// first line to the handler), http_reply.c (what handlers do) and http_connection.c (connections, given and gone).
//
// Threads: the library's thread (all callbacks), those that add connections and those that reply; 'lock' guards what
// they share, and is taken before any lock of the library's.
#ifndef FRONT_HTTP_INNER_H
#define FRONT_HTTP_INNER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/log_limit.h"
#include "front/http.h"

#define HTTP_REQUEST_MAGIC 0x68747470u
#define HTTP_SLACK 64 // closing a connection takes a moment: the library's own limit of them is never met

struct http_connection {
    int fd;
    struct tls_names *names; // in its client's certificate; NULL: it has shown none
    bool asking;             // a request of it has begun
    bool busy;               // and a handler has it
    bool evicted;
    struct http_connection *previous, *next; // in the list of those not busy; of those coming, next only
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_options options;
    atomic_uint references; // http_start()'s and each request's
    pthread_mutex_t lock;
    pthread_cond_t answered;                  // one of the late ones
    struct http_connection *coming;           // given to the library, which hasn't begun with them; newest first
    struct http_connection *idlest, *busiest; // not busy, by the end of their last request
    unsigned connections;                     // that were added
    unsigned evicted;                         // of them, about to go
    unsigned requests;                        // of them, with a request that has begun
    struct http_request *late;                // whose handlers have returned without a reply
    unsigned late_count;                      // and those of them whose reply is under way
    atomic_size_t unread;                     // bytes of replies being sent
    atomic_size_t bodies;                     // bytes of requests there
    struct log_limit not_taken;               // of lines that any connection may cause
    bool stopping;
    atomic_bool leaving;      // clients are to come again by another connection
    bool parting;             // who asks for nothing ends
    void (*gone)(void *user); // a connection; NULL: nobody cares
    void *gone_user;
};

struct http_request {
    uint32_t magic;
    atomic_uint references; // the library's and the handler's
    struct http_server *server;
    struct MHD_Connection *connection; // NULL: gone
    const struct http_route *route;
    char method[24];
    char *path;
    uint8_t *body;
    size_t body_len, body_capacity, discarded;
    unsigned long long announced;         // Content-Length; 0: none
    bool too_large, too_many;             // this body; all of them together
    bool handled;                         // the handler was called
    bool was_late;                        // counted in late_count
    bool waiting;                         // in the list of late ones, its connection suspended
    struct http_request *previous, *next; // there
    bool replied;
    struct MHD_Response *response; // of the reply; NULL: no memory, or sent
    unsigned status;
    size_t unread; // bytes of the reply, until it is sent
    struct {
        const char *name;
        char value[64];
    } headers[2]; // for the reply
    size_t header_count;
    http_handler_fn *continuation; // what http_continue() named, until it is called
    void *continuation_user;
};

void http_server_release(struct http_server *server);
// http_connection.c. One more is about to be given to the library. False: there is no room for it.
bool http_connection_expect(struct http_server *server, struct http_connection *its);
void http_connection_expect_no_more(struct http_server *server, struct http_connection *its); // which it frees
void http_connection_free(struct http_connection *its);
// All under the lock.
struct http_connection *http_connection_of(struct MHD_Connection *connection); // NULL: of none that was added
void http_connection_asks(struct http_server *server, struct MHD_Connection *connection);
void http_connection_busy(struct http_server *server, struct MHD_Connection *connection);
void http_connection_idle(struct http_server *server, struct MHD_Connection *connection); // after either of them

// The library's callbacks.
void http_connection_note(void *server, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what);
enum MHD_Result http_request_serve(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                   const char *version, const char *upload, size_t *upload_len, void **request);
void http_request_ended(void *server, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode how);

void http_request_release(struct http_request *request);
// Sets an error as the reply. Under the lock where a handler may reply too.
void http_refuse(struct http_request *request, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Under the lock: out of the list of late ones; all of them answered with 503.
void http_request_wait_no_more(struct http_request *request);
void http_request_give_up_all(struct http_server *server);

#endif
