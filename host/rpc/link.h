// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Links: connections to a backend that a call goes out on without gRPC's client channel around it, which costs a call a
// fifth of its instructions for names, balancing and reconnecting that a connected socket doesn't need. A link is an
// addition: where it has no connection that is up, the call takes the channel, which knows how to wait, to reconnect
// and to say why it can't. So a link never makes a call fail that would succeed without it.
//
// Threads: one thread for all links of a loop resolves names, connects, and notices the ends of connections; what is up
// is the loop's to use.
#ifndef RPC_LINK_H
#define RPC_LINK_H

#include <stdbool.h>
#include <grpc/grpc.h>
#include "rpc/loop.h"

struct links;
struct link;
struct link_line; // one connection

// 'args' are for the connections' channels; the arguments' memory must outlive the links. NULL: no memory, no thread.
struct links *links_new(struct loop *loop, const grpc_channel_args *args);
// After the loop's end and before it is freed; all links closed, no call under way.
void links_free(struct links *links);

// Begins to connect to all addresses of "host:port". NULL: no memory. [any]
struct link *link_open(struct links *links, const char *address);
void link_close(struct link *link); // no call on it is under way. [any]

// A line that is up, for one call; they take turns. NULL: none is. Give it back by link_put(). [loop]
struct link_line *link_take(struct link *link);
grpc_channel *link_channel(const struct link_line *line);
// 'useless': the backend takes no more calls on it. [loop]
void link_put(struct link_line *line, bool useless);

#endif
