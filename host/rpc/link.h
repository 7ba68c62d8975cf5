// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Links: connections to a backend that calls go out on without gRPC's client, which writes to the socket for each of
// them; http2.h writes once for all that leave together. A link is an addition:
// where it has no connection that is up, the call takes gRPC's channel, which knows how to wait, to reconnect and to
// say why it can't. So a link never makes a call fail that would succeed without it.
//
// Threads: one thread for all links of a loop resolves names, connects, and notices the ends of connections; what is up
// is the loop's to use.
#ifndef RPC_LINK_H
#define RPC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include "rpc/http2.h"
#include "rpc/loop.h"

struct links;
struct link;
struct link_line; // one connection

// max_reply in bytes; 0: any size. NULL: no memory, no thread.
struct links *links_new(struct loop *loop, size_t max_reply);
// After the loop's end and before it is freed; all links closed, no call under way.
void links_free(struct links *links);

// Begins to connect to all addresses of "host:port". NULL: no memory. [any]
struct link *link_open(struct links *links, const char *address);
void link_close(struct link *link); // no call on it is under way. [any]

// A line that is up, for one call; they take turns. NULL: none is. Give it back by link_put(). [loop]
struct link_line *link_take(struct link *link);
struct http2 *link_http2(const struct link_line *line);
void link_put(struct link_line *line); // [loop]

#endif
