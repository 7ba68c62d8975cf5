// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside connections: what they are made of. http2.c begins and ends them and their calls, http2_reply.c takes what
// arrives apart, http2_end.c says what it means, http2_out.c writes, http2_head.c prepares headers.
#ifndef RPC_HTTP2_INNER_H
#define RPC_HTTP2_INNER_H

#include <nghttp2/nghttp2.h>
#include "rpc/framing.h"
#include "rpc/http2.h"
#include "rpc/http2_out.h"

#define HTTP2_NO_STATUS (-1)
#define HTTP2_FRAME_HEAD 9 // bytes

struct http2 {
    struct loop *loop;
    struct loop_watch watch;
    struct loop_job turn_end;
    nghttp2_session *session;
    size_t max_reply;
    void (*on_over)(void *user);
    void *user;
    struct http2_stream *streams;             // all
    struct http2_stream *ended, **last_ended; // their done is due
    bool deferred;                            // turn_end is
    bool over, broken, reporting, freed;
    struct http2_out out;
};

struct http2_stream {
    struct http2_stream *next, **at; // among all
    struct http2_stream *next_ended;
    struct http2 *http2;
    int32_t id;
    http2_done_fn *done; // NULL: called
    void *user;
    const uint8_t *body; // prefix and message
    size_t size, sent;
    bool left;   // its headers did
    bool closed; // nghttp2 knows it no more
    bool ended;
    // What came back:
    int http_status, grpc_status;
    bool is_grpc, has_reply;
    char *text;
    size_t text_len;
    unsigned prefix_len;
    uint8_t prefix[FRAMING_PREFIX];
    uint8_t *reply;
    size_t reply_size, got;
    // What is wrong with it; the first counts.
    int fault_status;
    const char *fault;
};

struct http2_head {
    size_t count;
    nghttp2_nv fields[];
};

// The functions of nghttp2 that take what arrives. NULL: no memory.
nghttp2_session_callbacks *http2_callbacks(void);
void http2_reply_fault(struct http2_stream *stream, int status, const char *fault);
// The call has ended as its stream says, and with this code of HTTP/2's; done is due.
void http2_end(struct http2_stream *stream, uint32_t code);
void http2_end_all(struct http2 *http2, const char *why); // the connection is lost
void http2_report(struct http2 *http2);                   // calls what is due
void http2_stream_free(struct http2_stream *stream);
void http2_defer(struct http2 *http2); // to the end of the turn: reports, and writes

void http2_field(nghttp2_nv *field, const char *name, const char *value);

#endif
