// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A line of the relay: one connection, from its first bytes to its end. Knows nothing of the other lines.
//
// Threads: the relay's.
#ifndef FRONT_RELAY_LINE_H
#define FRONT_RELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "base/log_limit.h"
#include "front/relay.h"

#define RELAY_PIECE 65536 // read in one go

struct relay_line;
struct relay_lines;

// A descriptor in the relay's epoll set, which is edge triggered.
struct relay_side {
    struct relay_line *line;
    int fd;
    bool readable;
    bool over; // the other end sends no more
};

// What was read from one side and found no room at the other.
struct relay_rest {
    uint8_t *bytes; // NULL: nothing
    size_t at, len;
};

enum relay_state { RELAY_AGREEING, RELAY_OPEN, RELAY_OVER };

struct relay_line {
    const struct relay_options *options;
    struct log_limit *bad_lists, *no_files; // of lines that any connection may cause
    int epoll;
    uint8_t *piece; // RELAY_PIECE bytes, of all lines
    SSL *ssl;       // NULL until its first turn
    enum relay_state state;
    struct relay_side outer, inner;   // the client's; towards the server, once it is open
    struct relay_rest in, out;        // towards the server; towards the client
    bool in_over;                     // all that came in was passed on, and its end
    bool parting;                     // the server has ended it, and the client has yet to read what was said before
    bool speaks_http2;                // once it is open
    bool answered;                    // by the server, likewise
    bool spare;                       // as it was taken
    int64_t deadline_us;              // to agree; when parting, to read
    struct relay_lines *list;         // the relay's, that it is in; NULL: none any more
    struct relay_line *older, *newer; // there
    struct relay_line *next;          // in one of those to be looked at again, or to be freed
    bool again;
};

// Takes events of one of its sides.
void relay_line_note(struct relay_side *side, uint32_t events);
// Does what can be done without waiting. True: there is more to do at once.
bool relay_line_turn(struct relay_line *line);
// Ends it, with no more than a goodbye.
void relay_line_end(struct relay_line *line);

#endif
