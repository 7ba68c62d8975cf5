// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A server of gRPC on a loop, whose methods are the program's own, beside health and reflection: it is the real one,
// but for front_server_method_at() and the clock, which the linker has go through here (--wrap). Counts what methods
// are told; each that is told twice, or after its end, ends the program.
#ifndef TESTS_FRONT_SESSION_STAGE_H
#define TESTS_FRONT_SESSION_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "front/inbound.h"
#include "front/server.h"

#define STAGE_MAX_MESSAGE 100000
#define STAGE_MAX_HEADER 1500
#define STAGE_MAX_STREAMS 100
#define STAGE_PING_MS 3600000 // of silence until a client is asked, and for its answer

// What there is to call:
//   /test/echo     replies with its message
//   /test/fail     fails with INTERNAL and its message as the text
//   /test/refuse   has no room
//   /test/large    replies with as many bytes as its message has in digits, see stage_byte()
//   /test/explain  replies with nothing, and its message explained; fails with it, too, where it begins with %
//   /test/later    waits for stage_answer(); told that the client is gone, it ends, unless stage.is_slow
//   /test/stream   sends each message back, and ends well at the client's end
//   /test/silent   a stream that asks for nothing and waits for its client's going away, or stage_answer()
struct stage {
    struct loop *loop;
    struct front_server *server;
    unsigned begun;             // calls of the program's methods
    unsigned ended;             // calls of any, known or not: they and their replies are gone
    unsigned sessions_ended;    // connections
    unsigned cancelled;         // telling a method so
    unsigned received, at_end;  // streams: messages; being told that there is no more
    unsigned sent, unsent;      // streams: messages, by what was told of them
    unsigned stopped;           // the server, after its drain
    bool is_slow;               // whoever is cancelled stays until stage_answer()
    struct inferd_bytes header; // of the call that began last, by the name in wanted: malloc's memory
    const char *wanted;
    int64_t timeout_us; // of the same; INT64_MAX: none
    size_t most_memory; // that can be had in one piece; 0: any
};

extern struct stage stage;

void stage_open(size_t max_unread);
void stage_close(void); // nothing may be left of any call
// The same for a case.
int stage_set_up(void **state);
int stage_tear_down(void **state);
// Answers who has waited for longest, by echoing its message. False: nobody waits.
bool stage_answer(void);
uint8_t stage_byte(size_t at); // of the reply of /test/large
// Runs the loop until the counter is 'least' or more. Others than those above call stage_look() when they have counted.
void stage_wait(const unsigned *counter, unsigned least);
void stage_look(void);
void stage_turn(void); // of the loop, with what the sockets have now
// From now on time passes by stage_pass() only, which fires the timers that are due then.
void stage_hold_time(void);
void stage_pass(int64_t ms);
void stage_set_ready(bool ready); // as health tells it
void stage_drain(int64_t patience_ms, int64_t limit_ms);

#endif
