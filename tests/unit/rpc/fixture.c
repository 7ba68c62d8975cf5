// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of calls and streams begin with.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fixture.h"
#include "../process/client.h"
#include "rpc/link_inner.h"
#include "rpc/pool.h"

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    unsigned port = 0;

    assert_non_null(fixture);
    fixture->port_kept = client_keep_port(&port);
    assert_true(fixture->port_kept >= 0);
    fixture->loop = loop_new();
    assert_non_null(fixture->loop);
    fixture->pool = rpc_pool_new(fixture->loop);
    assert_non_null(fixture->pool);
    fixture->backend = backend_start((int)port, NULL);
    assert_non_null(fixture->backend);
    snprintf(fixture->address, sizeof(fixture->address), "127.0.0.1:%d", backend_port(fixture->backend));
    *state = fixture;
    return 0;
}

bool fixture_is_linked(void *user)
{
    const struct fixture *fixture = user;

    return fixture->kept->channel->link->count > 0;
}

int fixture_setup_linked(void **state)
{
    struct fixture *fixture;

    fixture_setup(state);
    fixture = *state;
    rpc_pool_use_links(fixture->pool);
    fixture->kept = open_method(fixture, "/test.T/Echo");
    assert_non_null(fixture->kept->channel->link);
    serve_until(fixture, fixture_is_linked, fixture);
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    rpc_method_close(fixture->kept);
    rpc_pool_free(fixture->pool);
    if (fixture->backend != NULL)
        backend_stop(fixture->backend);
    close(fixture->port_kept);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

struct rpc_method *open_method(struct fixture *fixture, const char *path)
{
    const struct rpc_method_options options = {.address = fixture->address, .path = path};
    char error[256] = "";
    struct rpc_method *method = rpc_method_open(fixture->pool, &options, error, sizeof(error));

    assert_string_equal(error, "");
    assert_non_null(method);
    return method;
}

static void on_done(void *user, struct rpc_result *result)
{
    struct answer *answer = user;

    assert_false(answer->done);
    assert_true(loop_on_thread(answer->fixture->loop));
    answer->done = true;
    answer->status = result->status;
    answer->detail = calloc(1, result->detail.len + 1);
    answer->reply = malloc(result->reply.len + 1);
    assert_true(answer->detail != NULL && answer->reply != NULL);
    if (result->detail.len > 0)
        memcpy(answer->detail, result->detail.data, result->detail.len);
    if (result->reply.len > 0)
        memcpy(answer->reply, result->reply.data, result->reply.len);
    answer->reply_len = result->reply.len;
    rpc_release(result->hold);
    if (answer->left == NULL || --*answer->left == 0)
        loop_stop(answer->fixture->loop);
}

struct rpc_call *begin_call(struct rpc_method *method, const void *request, size_t len, int64_t deadline_us,
                            struct answer *answer)
{
    uint8_t *message = rpc_message_new(len);

    assert_non_null(message);
    if (len > 0)
        memcpy(message, request, len);
    return rpc_call_start(method, message, len, deadline_us, NULL, NULL, 0, on_done, answer);
}

struct rpc_call *begin_child_call(struct rpc_method *method, struct grpc_call *parent, struct answer *answer)
{
    uint8_t *message = rpc_message_new(1);

    assert_non_null(message);
    *message = 'x';
    return rpc_call_start(method, message, 1, INT64_MAX, parent, NULL, 0, on_done, answer);
}

struct answer call_and_wait(struct fixture *fixture, const char *path, const void *request, size_t len)
{
    struct rpc_method *method = open_method(fixture, path);
    struct answer answer = {.fixture = fixture};

    assert_non_null(begin_call(method, request, len, INT64_MAX, &answer));
    rpc_method_close(method); // the call keeps it
    assert_false(answer.done);
    loop_run(fixture->loop);
    assert_true(answer.done);
    return answer;
}

void answer_free(struct answer *answer)
{
    free(answer->detail);
    free(answer->reply);
    answer->detail = NULL;
    answer->reply = NULL;
}

struct asking {
    struct loop_timer timer;
    struct fixture *fixture;
    bool (*done)(void *user);
    void *user;
};

static void ask(struct loop_timer *timer)
{
    struct asking *asking = (struct asking *)((char *)timer - offsetof(struct asking, timer));
    struct loop *loop = asking->fixture->loop;

    if (asking->done(asking->user))
        loop_stop(loop);
    else
        assert_true(loop_timer_arm(loop, timer, loop_now_us(loop) + 1000));
}

void serve_until(struct fixture *fixture, bool (*done)(void *user), void *user)
{
    struct asking asking = {.timer.fn = ask, .fixture = fixture, .done = done, .user = user};

    assert_true(loop_timer_arm(fixture->loop, &asking.timer, 0));
    loop_run(fixture->loop);
}
