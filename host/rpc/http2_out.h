// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What an HTTP/2 connection writes: as many frames at once as there are, small things copied, messages where they are.
// Knows nothing of what is in them.
//
// Threads: one at a time. What is gathered lies in memory of the thread, so one connection is written for at a time,
// and whoever gathers for it writes before he turns to the next.
#ifndef RPC_HTTP2_OUT_H
#define RPC_HTTP2_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP2_OUT_HEAD 64 // bytes in front of a body, at most

// Embedded; zeroed, but for the socket, is empty.
struct http2_out {
    int socket;
    int error; // errno of the write that failed; 0: none did
    size_t used, bytes;
    int count;
    uint8_t *left; // what the socket didn't take; malloc's memory
    size_t left_at, left_len;
};

// Takes it in any case. False: the socket takes no more for now, or failed.
bool http2_out_copy(struct http2_out *out, const void *data, size_t len);
// A head that is copied and a body that stays where it is until http2_out_write(). All or nothing.
bool http2_out_frame(struct http2_out *out, const void *head, size_t head_len, const void *body, size_t len);
bool http2_out_write(struct http2_out *out); // true: all is written
void http2_out_free(struct http2_out *out);  // what is left; the socket is the caller's

#endif
