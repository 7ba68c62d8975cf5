// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of calls and streams begin with: a loop, a pool, a backend, and calls that one can wait for.
#ifndef TESTS_RPC_FIXTURE_H
#define TESTS_RPC_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "backend.h"
#include "rpc/call.h"

struct fixture {
    struct loop *loop;
    struct rpc_pool *pool;
    struct backend *backend;
    int port_kept; // a socket; the backend may go and come back
    char address[64];
    struct rpc_method *kept; // holds the link, where there is one
};

struct answer {
    struct fixture *fixture;
    bool done;
    int status;
    char *detail;   // terminated
    uint8_t *reply; // a copy
    size_t reply_len;
    size_t *left; // answers to come; the loop stops with the last. NULL: it stops with this one
};

int fixture_setup(void **state);        // for cmocka
int fixture_setup_linked(void **state); // calls go out on a link, which is up
bool fixture_is_linked(void *fixture);
int fixture_teardown(void **state);
// A method of the fixture's backend; the test fails where it can't be opened.
struct rpc_method *open_method(struct fixture *fixture, const char *path);
// Begins a call; fills the answer and may stop the loop when it ends.
struct rpc_call *begin_call(struct rpc_method *method, const void *request, size_t len, int64_t deadline_us,
                            struct answer *answer);
struct rpc_call *begin_child_call(struct rpc_method *method, struct grpc_call *parent, struct answer *answer);
// A whole call of a method of the backend. Give the answer back by answer_free().
struct answer call_and_wait(struct fixture *fixture, const char *path, const void *request, size_t len);
void answer_free(struct answer *answer);
// Serves the loop until done(user) is true, asking each millisecond. The test's alarm ends it where it never is.
void serve_until(struct fixture *fixture, bool (*done)(void *user), void *user);

#endif
