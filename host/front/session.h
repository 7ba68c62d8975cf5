// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Clients' HTTP/2 connections (nghttp2), and the gRPC calls on them. All replies that a turn of the loop brings leave
// together at its end. Format: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Knows nothing of methods
// but their paths; inbound.h has what they see of a call.
//
// Threads: everything on the loop but for what says [any].
#ifndef FRONT_SESSION_H
#define FRONT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <grpc/slice.h>
#include <inferd/bytes.h>

struct front_server;
struct inbound;
struct session;        // a connection
struct session_stream; // a call on it
struct tls_names;

// A header that goes out with the end of a call. Both are copied.
struct session_trailer {
    const char *name, *value; // name NULL: there is none
};

// Serves a connected socket, which it takes over with the names that its client has shown (NULL: none). [any]
void session_open(struct front_server *server, int fd, bool health_only, struct tls_names *names);
// Tells the client to begin nothing more here; what it has begun meanwhile is served.
void session_say_goodbye(struct session *session);
// Takes no more calls; ends when those it has are answered. Streams that wait for their client are ended.
void session_leave(struct session *session);
// Ends it at once; its calls are told.
void session_cut(struct session *session);
struct session *session_next(const struct session *session); // the next of the server's; NULL: it is the last
// Ends all there are, and frees them: no method has a call. After the last turn of the loop.
void session_free_all(struct front_server *server);

bool session_is_health_only(const struct session_stream *stream);
const struct tls_names *session_names(const struct session_stream *stream); // NULL: none. Valid as long as the call
// As inbound_headers.
uint32_t session_headers(const struct session_stream *stream, const char *name, struct inferd_bytes *values,
                         uint32_t room);

// The reply of a unary call, and its end. The slice is taken over.
void session_reply(struct session_stream *stream, grpc_slice message, struct session_trailer extra);
// Streams: a message of the reply; the inbound call's on_sent follows. The slice is taken over.
void session_send(struct session_stream *stream, grpc_slice message);
// The end of the call, behind what was sent.
void session_end(struct session_stream *stream, int status, const char *text, struct session_trailer extra);
// The same, of a call for which there is no room. Many end so, and the client's table of headers keeps what they are
// told: the text needs no encoding, and it and the trailer stay as long as the server.
void session_refuse(struct session_stream *stream, int status, const char *text, struct session_trailer extra);
// Streams: the next message is wanted; on_received follows.
void session_receive(struct session_stream *stream);
// The inbound call is there no more.
void session_forget(struct session_stream *stream);

#endif
