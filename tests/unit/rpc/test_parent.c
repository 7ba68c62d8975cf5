// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A call made for an inbound one ends with it and tells its deadline on. The inbound call is served on the loop's
// queue, as in a worker, and comes over the network from a client in the same test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include "base/clock.h"
#include "fixture.h"

struct front {
    struct fixture *fixture;
    grpc_server *server;
    char address[64];
    struct loop_event requested, closed, shut_down;
    grpc_call *inbound;
    grpc_call_details details;
    grpc_metadata_array headers;
    int cancelled;
    struct rpc_method *method; // of the backend
    struct answer outbound;
    size_t left; // things to end: the client's call, the inbound one, the outbound one
};

#define FRONT_OF(pointer, member) ((struct front *)((char *)(pointer)-offsetof(struct front, member)))

static void on_closed(struct loop_event *event, bool ok)
{
    struct front *front = FRONT_OF(event, closed);

    assert_true(ok);
    if (--front->left == 0)
        loop_stop(front->fixture->loop);
}

static void on_requested(struct loop_event *event, bool ok)
{
    struct front *front = FRONT_OF(event, requested);
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &front->cancelled};

    assert_true(ok);
    assert_int_equal(grpc_call_start_batch(front->inbound, &close, 1, &front->closed, NULL), GRPC_CALL_OK);
    assert_non_null(begin_child_call(front->method, front->inbound, &front->outbound));
}

static void on_shut_down(struct loop_event *event, bool ok)
{
    assert_true(ok);
    loop_stop(FRONT_OF(event, shut_down)->fixture->loop);
}

static void front_start(struct front *front, struct fixture *fixture, const char *path)
{
    grpc_completion_queue *queue = loop_queue(fixture->loop);
    grpc_server_credentials *plain = grpc_insecure_server_credentials_create();
    int port;

    *front = (struct front){.fixture = fixture, .left = 3};
    front->requested.fn = on_requested;
    front->closed.fn = on_closed;
    front->shut_down.fn = on_shut_down;
    front->method = open_method(fixture, path);
    front->outbound = (struct answer){.fixture = fixture, .left = &front->left};
    grpc_call_details_init(&front->details);
    grpc_metadata_array_init(&front->headers);
    front->server = grpc_server_create(NULL, NULL);
    grpc_server_register_completion_queue(front->server, queue, NULL);
    port = grpc_server_add_http2_port(front->server, "127.0.0.1:0", plain);
    grpc_server_credentials_release(plain);
    assert_int_not_equal(port, 0);
    snprintf(front->address, sizeof(front->address), "127.0.0.1:%d", port);
    grpc_server_start(front->server);
    assert_int_equal(grpc_server_request_call(front->server, &front->inbound, &front->details, &front->headers, queue,
                                              queue, &front->requested),
                     GRPC_CALL_OK);
}

static void front_stop(struct front *front)
{
    grpc_call_unref(front->inbound);
    grpc_server_shutdown_and_notify(front->server, loop_queue(front->fixture->loop), &front->shut_down);
    loop_run(front->fixture->loop);
    grpc_server_destroy(front->server);
    grpc_call_details_destroy(&front->details);
    grpc_metadata_array_destroy(&front->headers);
    rpc_method_close(front->method);
    answer_free(&front->outbound);
}

static struct rpc_call *call_front(struct front *front, int64_t deadline_us, struct answer *answer)
{
    const struct rpc_method_options options = {.address = front->address, .path = "/front.F/Serve"};
    char error[256];
    struct rpc_method *method = rpc_method_open(front->fixture->pool, &options, error, sizeof(error));
    struct rpc_call *call;

    assert_non_null(method);
    *answer = (struct answer){.fixture = front->fixture, .left = &front->left};
    call = begin_call(method, "x", 1, deadline_us, answer);
    rpc_method_close(method);
    return call;
}

static bool backend_reached(void *fixture)
{
    return backend_served(((struct fixture *)fixture)->backend) == 1;
}

static void test_a_client_that_goes_takes_the_call_with_it(void **state)
{
    struct fixture *fixture = *state;
    struct front front;
    struct answer answer;
    struct rpc_call *call;

    front_start(&front, fixture, "/test.T/Hang");
    call = call_front(&front, INT64_MAX, &answer);
    serve_until(fixture, backend_reached, fixture);
    assert_false(front.outbound.done);
    rpc_call_cancel(call);
    loop_run(fixture->loop);
    assert_int_equal(answer.status, 1);
    assert_true(front.cancelled);
    assert_int_equal(front.outbound.status, 1);
    answer_free(&answer);
    front_stop(&front);
}

static bool outbound_done(void *front)
{
    return ((struct front *)front)->outbound.done;
}

static void test_the_deadline_is_told_on(void **state)
{
    struct fixture *fixture = *state;
    struct front front;
    struct answer answer;
    struct rpc_call *call;
    const char *timeout;
    char text[1024] = "";

    front_start(&front, fixture, "/test.T/Headers");
    call = call_front(&front, clock_now_us() + 50000000, &answer);
    serve_until(fixture, outbound_done, &front);
    assert_int_equal(front.outbound.status, 0);
    assert_true(front.outbound.reply_len < sizeof(text));
    memcpy(text, front.outbound.reply, front.outbound.reply_len);
    timeout = strstr(text, "timeout-ms: ");
    assert_non_null(timeout);
    assert_in_range(atoi(timeout + 12), 1, 51000); // gRPC rounds to three digits
    rpc_call_cancel(call);
    loop_run(fixture->loop);
    assert_int_equal(answer.status, 1);
    answer_free(&answer);
    front_stop(&front);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_client_that_goes_takes_the_call_with_it),
        CASE(test_the_deadline_is_told_on),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
