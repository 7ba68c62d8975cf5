// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server of a worker: its methods, its connections, its drain. Serves on the worker's loop.
//
// Threads: on the loop, but for what says [any].
#ifndef FRONT_SERVER_H
#define FRONT_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <inferd/ext/request.h>
#include "base/log_limit.h"
#include "front/admission.h"
#include "front/inbound.h"
#include "front/tls.h"
#include "front/unread.h"
#include "rpc/loop.h"

struct front_serving;
struct front_observed;
struct http_server;
struct relay;
struct session;

struct front_server_drain {
    int64_t patience_ms;         // for clients that have no calls under way and stay all the same, or speak HTTP/1
    int64_t limit_ms;            // for those that begin new ones all the same
    void (*stopped)(void *user); // nothing is under way any more, and nothing more will come
    void *user;
};

struct front_server {
    struct loop *loop;
    struct front_tls *tls;    // NULL: only plain connections are served
    struct relay *relay;      // likewise
    struct session *sessions; // gRPC's connections
    atomic_uint expected;     // connections to the TLS port that are no sessions yet, or speak HTTP/1
    struct loop_job came;     // one of them is, or has ended
    atomic_bool came_posted;
    pthread_mutex_t http_lock;           // http
    struct http_server *http;            // HTTP/1's; NULL: there is none, yet or any more
    const struct front_serving *serving; // what the methods serve from
    struct inbound *idle;
    uint32_t idle_count;
    struct session_stream *idle_streams;
    uint32_t idle_stream_count;
    struct inbound *answered;   // in this turn
    struct loop_job reap;       // they go at its end
    uint32_t under_way;         // calls not yet ended
    struct admission admission; // of runs
    struct loop_job left;       // lets in who waits, when runs have ended
    bool leaving;               // at the end of this turn
    struct loop_timer due;      // when to look again after those that wait
    char retry_hint[12];        // milliseconds
    struct unread unread;       // of what clients have yet to take
    struct log_limit denied;    // of lines, one for each call that permit.c refuses
    char refusals[4][160];      // what is said, by enum admission_answer
    struct front_server_drain drain;
    bool draining;                   // clients are told to go, and served until they do
    bool closing;                    // then no more come but by HTTP/1
    bool stopped;                    // then none
    int64_t limit_us;                // when that is done at the latest
    struct front_observed *observed; // NULL: nobody looks
    struct loop_timer parting;       // when draining: until what stays is sent away
    void (*on_stopped)(void *user);
    void *stopped_user;
    size_t max_message; // bytes of a request, unpacked
    uint32_t max_header, max_streams;
    int ping_ms, ping_timeout_ms;
    uint32_t max_rows, max_columns;
};

struct front_server_options {
    struct loop *loop;
    size_t max_message;             // bytes of a request
    int ping_ms, ping_timeout_ms;   // silence after which a client is asked whether it is there; for its answer
    int max_header;                 // bytes of its headers
    int max_streams;                // calls at a time on a connection
    uint32_t max_rows, max_columns; // of a request; 0: any number
    struct admission_options admission;
    size_t max_unread; // bytes of replies that clients haven't read; 0: any number
    unsigned retry_ms; // who is refused is told to come again after that
    const struct front_serving *serving;
    const struct front_tls_files *tls_files; // NULL: no TLS
};

// NULL with a message in error.
struct front_server *front_server_new(const struct front_server_options *options, char *error, size_t size);
// Serves HTTP/2 on a connected socket, which it takes over. [any]
void front_server_add(struct front_server *server, int fd);
// The same, but only grpc.health.v1 is answered there: there are too many connections. [any]
void front_server_add_spare(struct front_server *server, int fd);
// As front_server_add(), over TLS, and HTTP/1 where there is a server for it. spare: of gRPC, only health is answered.
// [any]
void front_server_add_tls(struct front_server *server, int fd, bool spare);
// Who serves HTTP/1 on the same port, and what comes so over TLS. NULL: nobody any more, once it has returned. [any]
void front_server_join_http(struct front_server *server, struct http_server *http);
// Tells clients to go, and serves them until they have. Then stopped() follows.
void front_server_drain(struct front_server *server, const struct front_server_drain *drain);
void front_server_free(struct front_server *server); // after stopped()
// The method of a form, INFERD_ENTITIES too. [any]
const struct inbound_method *front_server_method(enum inferd_request_form form);
// NULL: there is none of that path.
const struct inbound_method *front_server_method_at(const char *path);
// A call has begun; a unary call of a known method is answered; a call has ended, and its reply is written. [of
// inbound.c and session*.c]
void front_server_call_began(struct front_server *server);
void front_server_answered(struct front_server *server, const struct inbound *inbound, int status);
void front_server_call_ended(struct front_server *server);
// One more connection to the TLS port, of which nothing is known yet, is to be waited for; it is a session now, or has
// ended. [of server_tls.c] [any]
void front_server_expect(struct front_server *server);
void front_server_came(struct front_server *server);
// A drain may be over. [of server.c]
void front_server_look_for_end(struct loop_job *came);
// A connection has ended. [of session.c]
void front_server_session_ended(struct front_server *server);

#endif
