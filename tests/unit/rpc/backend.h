// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A backend for tests: a real gRPC server in a thread of the test's process, on a free port of loopback. What a call
// gets depends on its method:
//   /test.T/Echo     the request
//   /test.T/Fail     the status that the first byte names, with the rest of the request as its message
//   /test.T/Size     as many bytes as the request says in decimal, each the lowest byte of its index
//   /test.T/Empty    a reply of no bytes
//   /test.T/Nothing  status OK and no reply
//   /test.T/Hang     nothing, until the caller gives up
//   /test.T/Headers  the request's headers, "name: value\n" each, the deadline left as "timeout-ms: N\n"
//   /test.T/Stream   each message back; "end:TEXT" ends it with status 10 and TEXT
// and anything else UNIMPLEMENTED.
#ifndef TESTS_RPC_BACKEND_H
#define TESTS_RPC_BACKEND_H

#include <stdbool.h>

struct backend;

struct backend_tls { // PEM files; NULL: plain
    const char *key, *certificate;
};

// port 0: a free one. NULL: can't listen there.
struct backend *backend_start(int port, const struct backend_tls *tls);
int backend_port(const struct backend *backend);
// Calls of /test.T/Hang that their callers gave up.
int backend_given_up(const struct backend *backend);
int backend_served(const struct backend *backend); // calls, of any method
// Says goodbye (GOAWAY) to its callers and listens no more; calls under way go on. backend_stop() must follow.
void backend_drain(struct backend *backend);
void backend_stop(struct backend *backend); // its connections are gone then

#endif
