// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A client that says what no client should: frames written by hand, and what the server made of them. Lives on the
// stage's loop.
#ifndef TESTS_FRONT_SESSION_PEER_H
#define TESTS_FRONT_SESSION_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <nghttp2/nghttp2.h>
#include "rpc/loop.h"

#define PEER_STREAMS 8192
#define PEER_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

enum { DATA, HEADERS, RESET = 3, SETTINGS, PING = 6, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { LAST = 1, ACK = 1, WHOLE = 4, PADDED = 8 }; // END_STREAM, …, END_HEADERS

// What came on a stream.
struct peer_stream {
    char headers[1024]; // "name=value;…", trailers behind them, without those that are too long for it
    uint8_t *data;
    size_t len, room;
    unsigned frames, blocks; // of data, of headers
    size_t packed;           // bytes of all blocks
    size_t largest, longest; // of the frames of data; of the values of headers
    unsigned ended;          // END_STREAM
    unsigned resets;
    uint32_t code; // of the reset
};

struct peer {
    struct loop_watch watch;
    uint8_t *out, *in, *block; // of headers, from several frames
    size_t out_len, in_len, block_len;
    nghttp2_hd_inflater *inflater;
    struct peer_stream *streams[PEER_STREAMS]; // by (id - 1) / 2; NULL: nothing came
    unsigned settings, settings_acks, pings, ping_acks, goaways, updates, over, resets, bytes;
    uint8_t ping[8];            // the last
    uint32_t last, code;        // of the last GOAWAY
    bool deaf;                  // reads nothing
    struct peer_stream nothing; // where nothing came
};

// A connection, on which nothing was said; or with preface and SETTINGS, of which some may be given.
struct peer *peer_connect(bool health_only);
struct peer *peer_new(const void *settings, size_t len);
void peer_free(struct peer *peer); // closes it, and waits for the server to have let it go
// Of a case: a stage, and a client in *state; held: with time held.
int peer_set_up(void **state);
int peer_set_up_held(void **state);
int peer_tear_down(void **state);
void peer_close(struct peer *peer);
void peer_deafen(struct peer *peer); // reads nothing, and the kernel takes little for it
void peer_listen(struct peer *peer); // is deaf no more
void peer_raw(struct peer *peer, const void *data, size_t len);
void peer_say(struct peer *peer, int type, int flags, unsigned id, const void *payload, size_t len);
// "name=value;…", as HPACK's literals. flags beside END_HEADERS.
void peer_headers(struct peer *peer, int flags, unsigned id, const char *headers);
void peer_block(struct peer *peer, int flags, unsigned id, const char *name, const void *value, size_t len);
void peer_update(struct peer *peer, unsigned id, uint32_t by);
void peer_reset(struct peer *peer, unsigned id, uint32_t code);
// The headers of a call, and a message with its prefix in one frame.
void peer_call(struct peer *peer, unsigned id, const char *path);
void peer_message(struct peer *peer, int flags, unsigned id, const char *message);

const struct peer_stream *peer_stream(struct peer *peer, unsigned id);
void peer_wait_end(struct peer *peer, unsigned id);   // its END_STREAM
void peer_wait_reset(struct peer *peer, unsigned id); // RST_STREAM
void peer_wait_bytes(struct peer *peer, unsigned id, size_t bytes);
void peer_wait_over(struct peer *peer); // the connection
void peer_wait_goaway(struct peer *peer, unsigned count, uint32_t last,
                      uint32_t code);     // so many, the last one of these
void peer_wait_served(struct peer *peer); // the server has seen all that was said

#endif
