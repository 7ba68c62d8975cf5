// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// TLS in front of gRPC and HTTP: takes connections, agrees on keys and on what is spoken (by ALPN; who doesn't use that
// speaks HTTP/1), and then carries bytes between the connection and a socket pair, whose other end is plain. So all
// that is done to plain connections can be done to these: they come from the master, are told to go, and are counted.
// Knows no more of HTTP than how it begins.
//
// To encrypt where the frames are made would save the copies. But so the loop never waits for a handshake's arithmetic,
// and HTTP/1's server, which is another thread, needs no TLS of its own.
//
// Threads: relay_take() and relay_leave() from any; a thread of its own does the rest, and calls the functions.
#ifndef FRONT_RELAY_H
#define FRONT_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct front_tls;
struct relay;
struct tls_names;

enum relay_protocol { RELAY_HTTP1, RELAY_HTTP2 };

struct relay_options {
    struct front_tls *tls;
    int64_t agree_us; // a client may take to agree on keys and to say what it speaks
    int64_t part_us;  // and to read what was said before the server's end
    void *user;
    // A connection's plain end, which is the callee's, and its client's names, likewise; NULL: it has shown none.
    // spare: as it was taken.
    void (*opened)(void *user, enum relay_protocol protocol, int fd, struct tls_names *names, bool spare);
    // Something was written to that end, if it speaks HTTP/2.
    void (*answered)(void *user);
    // One that was taken has ended, and was not answered so.
    void (*ended)(void *user);
};

struct relay *relay_new(const struct relay_options *options, char *error, size_t size); // NULL with a message in error
// A connection, which is the relay's now; it is non-blocking. False: no memory or descriptors, and it was closed.
bool relay_take(struct relay *relay, int fd, bool spare);
// Nothing more comes: who hasn't agreed on keys, and begun to speak HTTP/1 or agreed on HTTP/2, within a second from
// now is sent away.
void relay_leave(struct relay *relay);
// Sends what the plain ends still hold as far as there is room for it, ends all connections and joins the thread.
void relay_free(struct relay *relay); // NULL is fine

#endif
