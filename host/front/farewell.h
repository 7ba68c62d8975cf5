// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Saying goodbye to gRPC clients without losing a call: a GOAWAY frame on each connection, written between two writes
// of gRPC's, and seeing the connections end. Knows nothing of calls but on which connection they are.
//
// gRPC's own shutdown kills what arrives after it was called, and what a client has sent before it read the GOAWAY
// arrives after it. A client that reads one with the highest of all stream ids begins nothing more on the connection,
// while what it has begun is served on.
//
// Threads: on the loop but for what says [any]; a thread of its own, from farewell_begin() on, waits for
// ends.
#ifndef FRONT_FAREWELL_H
#define FRONT_FAREWELL_H

#include <stdbool.h>
#include <stdint.h>

struct farewell;
struct grpc_call;
struct loop;

struct farewell *farewell_new(struct loop *loop); // NULL: no memory or descriptors
void farewell_free(struct farewell *farewell);    // joins the thread
// What tells a connection from others that will have the same descriptor. [any]
uint64_t farewell_cookie(int fd);
// gRPC has got that descriptor of a connection, and has sent the first frame. The cookie was taken before. [any]
void farewell_note(struct farewell *farewell, int fd, uint64_t cookie);
// One more connection is expected, of which nothing is known yet: to be waited for; it has come, after it was noted, or
// it won't. [any]
void farewell_expect(struct farewell *farewell);
void farewell_came(struct farewell *farewell);
// Collects the connections that are still there. gone() is called on the loop when the last has ended, maybe at once.
// False: there is no thread or no descriptor to do it with; nothing is called.
bool farewell_begin(struct farewell *farewell, void (*gone)(void *user), void *user);
// After farewell_begin(): gRPC has something to write for that call. Gives what farewell_written() is to get when gRPC
// has written it. Until then the connection isn't touched, for part of a frame may be out.
int farewell_writing(struct farewell *farewell, struct grpc_call *call);
void farewell_written(struct farewell *farewell, int connection);
// Ends a connection at once, if it is still the one that was noted at that descriptor.
void farewell_cut(struct farewell *farewell, int fd);
// Tells those who weren't told, as far as that can be done now; the others follow.
void farewell_tell(struct farewell *farewell);

#endif
