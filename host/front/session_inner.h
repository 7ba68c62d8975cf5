// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside sessions. session.c begins and ends connections, reads and writes them; session_frames.c passes on
// what came, session_request.c takes requests apart, session_headers.c their headers; session_reply.c answers;
// session_call.c tells methods what has come of their calls.
#ifndef FRONT_SESSION_INNER_H
#define FRONT_SESSION_INNER_H

#include <stdint.h>
#include <nghttp2/nghttp2.h>
#include "base/magic.h"
#include "front/inbound_inner.h"
#include "front/server.h"
#include "front/session.h"
#include "rpc/framing.h"
#include "rpc/http2_out.h"
#include "rpc/loop.h"

#define SESSION_MAGIC 0x53455353u
#define SESSION_HEADERS 640             // bytes of headers that need no memory of their own; most calls have fewer
#define SESSION_COST 2048               // bytes that a stream has beside its message, about
#define SESSION_STREAM_WINDOW (1 << 20) // bytes of one request that a client may send without being asked for more

struct session {
    uint32_t magic;
    struct front_server *server;
    struct session *next, **at; // among the server's
    struct loop_watch watch;
    struct loop_job begin, again, turn_end;
    struct loop_timer silence;
    nghttp2_session *http2;
    struct session_stream *streams;              // all
    struct session_stream *told, **last_told;    // their methods are to be told of something
    struct session_stream *closed, *last_closed; // nghttp2 knows them no more
    struct tls_names *names;
    int64_t heard_us; // when the client last sent something
    size_t unread;    // bytes of replies that it has yet to take
    size_t left;      // and of what the socket has yet to
    bool health_only, pinged;
    bool deferred; // turn_end is
    bool posted;   // again is
    bool goodbye;  // was said
    bool leaving;  // takes no more calls
    bool broken;   // and closed
    bool telling;  // methods
    // What has come (session_frames.c):
    size_t frame_left; // of the frame under way, or of the preface
    uint32_t newest;   // of the streams that the client has begun
    int64_t resets_us; // until when its resets so far would take if they came no faster than they may
    unsigned continuations, settings_taken;
    uint8_t held[16]; // the beginning of a frame, of which the rest must come first
    size_t held_len;
    struct http2_out out;
};

struct session_stream {
    struct session_stream *next, **at;              // among all
    struct session_stream *next_told, *next_closed; // or the next that is idle
    struct session *session;
    int32_t id;
    const struct inbound_method *method; // NULL: none of that path
    struct inbound *inbound;             // NULL: not yet, or no more
    bool begun;                          // it has become one, or was refused; the server counts it
    bool closed, over;                   // for nghttp2; and what it has sent is written, or never will be
    bool in_told;                        // among those
    bool arrived;                        // it has all that its method starts with
    bool ended_in;                       // the client sends no more
    // Its headers, one behind the other (session_headers.c):
    uint8_t *headers;
    size_t headers_len, headers_room, headers_whole; // whole: as HTTP/2 counts them, with those that aren't kept
    bool is_post, is_grpc, bad_header, bad_timeout;
    bool may_pack, odd_packing; // its grpc-encoding is another than identity; one that isn't known
    int64_t timeout_us;
    // The message under way:
    uint8_t prefix[FRAMING_PREFIX];
    unsigned prefix_len;
    bool has_message, packed;
    grpc_slice message;
    size_t got;
    // Streams: what has come and wasn't received, and whether anybody waits for it.
    uint8_t *waiting;
    size_t waiting_at, waiting_len, waiting_room; // len: from at on
    bool receiving;
    int fault_status;
    // The reply:
    grpc_slice reply;
    size_t sent; // of the prefix and it
    bool sending, was_sent;
    bool greeted; // the headers of the reply are out
    bool ending;  // so is its end, behind the reply
    bool ended;   // for nghttp2
    int status;
    char *text, *extra; // malloc's memory, or lent; NULL: none
    bool lent;
    const char *extra_name; // static
    size_t unread;          // of session->unread
    // Not zeroed but for their first byte:
    char fault[256];              // why it can't be a call; empty: it can
    char path[200];               // as much as is told of one that isn't known
    uint8_t own[SESSION_HEADERS]; // headers, as long as they are few
};

// session.c
void session_defer(struct session *session);              // to the end of the turn: tells methods, and writes
void session_close_stream(struct session_stream *stream); // it was closed
struct session_stream *session_stream_new(struct front_server *server); // nothing is set; NULL: no memory
void session_stream_free(struct session_stream *stream);

// session_frames.c. Takes all but the last bytes, which are held. False: the connection can't go on.
bool session_feed(struct session *session, const uint8_t *data, size_t len);

// session_request.c. NULL: no memory.
nghttp2_session_callbacks *session_callbacks(void);
// It is no call, for that reason; the first counts.
__attribute__((format(printf, 3, 4))) void session_fault(struct session_stream *stream, int status, const char *format,
                                                         ...);

// session_headers.c
int session_take_header(struct session_stream *stream, const uint8_t *name, size_t name_len, const uint8_t *value,
                        size_t len);
// grpc-message, percent-encoded: malloc's memory; NULL: no memory.
char *session_encode_text(const char *text);

// session_reply.c
int session_send_data(nghttp2_session *http2, nghttp2_frame *frame, const uint8_t *head, size_t len,
                      nghttp2_data_source *source, void *user);
void session_settle_unread(struct session_stream *stream, size_t now); // bytes that the client has yet to take

// session_call.c
void session_tell(struct session_stream *stream); // its method, soon
void session_tell_all(struct session *session);   // now

#endif
