// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The server, its methods, and waiting for what they are told.
#include "session_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <inferd/status.h>
#include "base/clock.h"
#include "base/magic.h"
#include "front/methods.h"
#include "front/serving.h"
#include "run/engine.h"

#define LARGEST 1000000 // bytes of a reply

struct stage stage;

static atomic_bool ready, draining;
static _Atomic int64_t held_us; // the time, as long as it is held; 0: it passes by itself
static const unsigned *counter;
static unsigned wanted_least;

const struct inbound_method *__real_front_server_method_at(const char *path);
const struct inbound_method *__wrap_front_server_method_at(const char *path);
void __real_front_server_call_ended(struct front_server *server);
void __wrap_front_server_call_ended(struct front_server *server);
void __real_front_server_session_ended(struct front_server *server);
void __wrap_front_server_session_ended(struct front_server *server);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);

// A call that waits.
struct held {
    struct held *next, **at;
    struct inbound *inbound;
};

static struct held *held, **last_held = &held;

void stage_look(void)
{
    if (!counter || *counter < wanted_least)
        return;
    counter = NULL;
    loop_stop(stage.loop);
}

void stage_wait(const unsigned *waited, unsigned least)
{
    counter = waited;
    wanted_least = least;
    if (*counter < wanted_least)
        loop_run(stage.loop);
    ALWAYS(*waited >= least);
    counter = NULL;
}

void *__wrap_malloc(size_t size)
{
    return stage.most_memory && size > stage.most_memory ? NULL : __real_malloc(size);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    int64_t now_us = id == CLOCK_MONOTONIC ? atomic_load(&held_us) : 0;

    if (now_us == 0)
        return __real_clock_gettime(id, t);
    *t = (struct timespec){.tv_sec = now_us / 1000000, .tv_nsec = now_us % 1000000 * 1000};
    return 0;
}

void stage_hold_time(void)
{
    atomic_store(&held_us, clock_now_us());
}

void stage_pass(int64_t ms)
{
    atomic_fetch_add(&held_us, ms * 1000);
    stage_turn();
}

static void stop_after_sockets(struct loop_job *job)
{
    (void)job;
    loop_stop(stage.loop);
}

void stage_turn(void)
{
    static struct loop_job job = {.fn = stop_after_sockets};

    loop_post(stage.loop, &job); // in the turn before the one that it stops
    loop_run(stage.loop);
}

static void count(unsigned *which)
{
    ++*which;
    stage_look();
}

static void begin(struct inbound *inbound)
{
    struct inferd_bytes value;

    free((void *)stage.header.data);
    stage.header = (struct inferd_bytes){NULL, 0};
    if (stage.wanted && inbound_header(inbound, stage.wanted, &value)) {
        uint8_t *copy = calloc(1, value.len + 1);

        ALWAYS(copy);
        memcpy(copy, value.data, value.len);
        stage.header = (struct inferd_bytes){copy, value.len};
    }
    stage.timeout_us = inbound->deadline_us == INT64_MAX ? INT64_MAX : inbound->deadline_us - inbound->arrived_us;
    count(&stage.begun);
}

static grpc_slice slice_of(struct inferd_bytes bytes)
{
    return grpc_slice_from_copied_buffer((const char *)bytes.data, bytes.len);
}

static void echo(struct inbound *inbound)
{
    begin(inbound);
    if (inbound->message.data)
        inbound_reply(inbound, slice_of(inbound->message));
    else
        inbound_fail(inbound, INFERD_INVALID_ARGUMENT, "no message");
}

static void fail_with_message(struct inbound *inbound)
{
    char text[1024];

    snprintf(text, sizeof(text), "%.*s", (int)inbound->message.len, (const char *)inbound->message.data);
    inbound_fail(inbound, INFERD_INTERNAL, text);
}

static void fail(struct inbound *inbound)
{
    begin(inbound);
    fail_with_message(inbound);
}

static void refuse(struct inbound *inbound)
{
    begin(inbound);
    inbound_refuse(inbound, ADMISSION_FULL);
}

uint8_t stage_byte(size_t at)
{
    return (uint8_t)(at ^ at >> 8 ^ at >> 16);
}

static void large(struct inbound *inbound)
{
    unsigned long len;
    char digits[8];
    grpc_slice reply;

    begin(inbound);
    snprintf(digits, sizeof(digits), "%.*s", (int)inbound->message.len, (const char *)inbound->message.data);
    len = strtoul(digits, NULL, 10);
    reply = grpc_slice_malloc(len <= LARGEST ? len : 0);
    for (size_t i = 0; i < GRPC_SLICE_LENGTH(reply); i++)
        GRPC_SLICE_START_PTR(reply)[i] = stage_byte(i);
    inbound_reply(inbound, reply);
}

static void explain(struct inbound *inbound)
{
    begin(inbound);
    inbound->explained = slice_of(inbound->message);
    if (inbound->message.len > 0 && inbound->message.data[0] == '%')
        fail_with_message(inbound);
    else
        inbound_reply(inbound, grpc_empty_slice());
}

static struct inbound *take(struct held *one)
{
    struct inbound *inbound = one->inbound;

    *one->at = one->next;
    if (one->next)
        one->next->at = one->at;
    else
        last_held = one->at;
    free(one);
    return inbound;
}

static void on_cancelled(struct inbound *inbound)
{
    ALWAYS(inbound->magic == INBOUND_MAGIC && !inbound->answered);
    if (!stage.is_slow)
        inbound_fail(take(inbound->user), INFERD_CANCELLED, "the client is gone");
    count(&stage.cancelled);
}

static void later(struct inbound *inbound)
{
    struct held *one = malloc(sizeof(*one));

    ALWAYS(one);
    *one = (struct held){.inbound = inbound, .at = last_held};
    *last_held = one;
    last_held = &one->next;
    inbound->user = one;
    inbound->cancelled = on_cancelled;
    begin(inbound);
}

bool stage_answer(void)
{
    struct inbound *inbound;

    if (!held)
        return false;
    inbound = take(held);
    if (inbound->method->stream)
        inbound_fail(inbound, INFERD_OK, "");
    else
        inbound_reply(inbound, slice_of(inbound->message));
    return true;
}

static void received(struct inbound *inbound, bool more, struct inferd_bytes message)
{
    ALWAYS(inbound->magic == INBOUND_MAGIC && !inbound->answered);
    if (more)
        inbound_send(inbound, slice_of(message));
    else
        inbound_fail(inbound, INFERD_OK, "");
    count(more ? &stage.received : &stage.at_end);
}

static void sent(struct inbound *inbound, bool fine)
{
    ALWAYS(inbound->magic == INBOUND_MAGIC && !inbound->answered);
    if (fine)
        inbound_receive(inbound);
    else
        inbound_fail(inbound, INFERD_CANCELLED, "the client is gone");
    count(fine ? &stage.sent : &stage.unsent);
}

static void stream(struct inbound *inbound)
{
    inbound->on_received = received;
    inbound->on_sent = sent;
    begin(inbound);
    inbound_receive(inbound);
}

static const struct inbound_method methods[] = {
    {.path = "/test/echo", .start = echo},
    {.path = "/test/fail", .start = fail},
    {.path = "/test/refuse", .start = refuse},
    {.path = "/test/large", .start = large},
    {.path = "/test/explain", .start = explain},
    {.path = "/test/later", .start = later},
    {.path = "/test/stream", .stream = true, .start = stream},
    {.path = "/test/silent", .stream = true, .start = later},
};

const struct inbound_method *__wrap_front_server_method_at(const char *path)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(methods[i].path, path) == 0)
            return &methods[i];
    return strncmp(path, "/grpc.", 6) == 0 ? __real_front_server_method_at(path) : NULL; // the others want an engine
}

void __wrap_front_server_call_ended(struct front_server *server)
{
    __real_front_server_call_ended(server);
    count(&stage.ended);
}

void __wrap_front_server_session_ended(struct front_server *server)
{
    __real_front_server_session_ended(server);
    count(&stage.sessions_ended);
}

static void on_stopped(void *user)
{
    (void)user;
    count(&stage.stopped);
}

void stage_set_ready(bool is_ready)
{
    atomic_store(&ready, is_ready);
    health_changed();
}

void stage_drain(int64_t patience_ms, int64_t limit_ms)
{
    const struct front_server_drain drain = {.patience_ms = patience_ms, .limit_ms = limit_ms, .stopped = on_stopped};

    atomic_store(&draining, true);
    front_server_drain(stage.server, &drain);
}

// No model is ever asked for, and no metrics are kept: there is no more to an engine here.
void stage_open(size_t max_unread)
{
    static struct run_engine engine;
    static const struct front_serving serving = {.engine = &engine, .ready = &ready, .draining = &draining};
    struct front_server_options options = {.max_message = STAGE_MAX_MESSAGE,
                                           .max_header = STAGE_MAX_HEADER,
                                           .retry_ms = 250,
                                           .max_streams = STAGE_MAX_STREAMS,
                                           .max_unread = max_unread,
                                           .ping_ms = STAGE_PING_MS,
                                           .ping_timeout_ms = STAGE_PING_MS,
                                           .serving = &serving};
    char error[256];

    atomic_store(&held_us, 0);
    atomic_store(&ready, true);
    atomic_store(&draining, false);
    stage = (struct stage){.loop = loop_new()};
    options.loop = stage.loop;
    stage.server = stage.loop ? front_server_new(&options, error, sizeof(error)) : NULL;
    ALWAYS(stage.server);
}

int stage_set_up(void **state)
{
    (void)state;
    stage_open(0);
    return 0;
}

int stage_tear_down(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

void stage_close(void)
{
    ALWAYS(!held && stage.server->under_way == 0 && stage.server->unread.bytes == 0 && !stage.server->sessions);
    front_server_free(stage.server);
    loop_free(stage.loop);
    free((void *)stage.header.data);
}
