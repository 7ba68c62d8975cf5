// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a worker's server: clients are told to go, are served until they have, and sent away when they stay. Over
// HTTP/1 nobody can be told but by a reply: who keeps a connection without asking has the time that gRPC's clients
// without calls have, in which his next request is served.
#include "front/server.h"

#include "front/http.h"
#include "front/inbound_inner.h"
#include "front/methods.h"
#include "front/relay.h"
#include "front/session.h"

// How long connections without calls may stay once the server is shut down.
#define PARTING_US 200000

static struct front_server *server_of(struct loop_timer *timer)
{
    return (struct front_server *)((char *)timer - offsetof(struct front_server, parting));
}

// What HTTP's server tells of itself; 0: there is none.
static unsigned ask_http(struct front_server *server, unsigned (*count)(struct http_server *http))
{
    unsigned counted;

    pthread_mutex_lock(&server->http_lock);
    counted = server->http ? count(server->http) : 0;
    pthread_mutex_unlock(&server->http_lock);
    return counted;
}

// Nothing is under way, and nothing more comes.
static bool is_quiet(struct front_server *server)
{
    return server->under_way == 0 && !server->sessions && ask_http(server, http_connections) == 0 &&
           (server->closing || atomic_load(&server->expected) == 0);
}

static bool may_arm(struct front_server *server, void (*fn)(struct loop_timer *timer), int64_t at_us)
{
    loop_timer_drop(server->loop, &server->parting);
    server->parting.fn = fn;
    return loop_timer_arm(server->loop, &server->parting, at_us);
}

static void arm_parting(struct front_server *server, void (*fn)(struct loop_timer *timer), int64_t at_us)
{
    if (!may_arm(server, fn, at_us))
        fn(&server->parting);
}

static void tell_stopped(struct front_server *server)
{
    void (*stopped)(void *user) = server->on_stopped;

    loop_timer_drop(server->loop, &server->parting);
    server->closing = server->stopped = true;
    server->on_stopped = NULL;
    if (stopped)
        stopped(server->stopped_user);
}

// Clients that keep idle connections would hold up the end: they have been told, now they are cut off. What has come
// over HTTP is still answered, but who is slow to send or to read has no more time than until the limit.
static void part(struct loop_timer *timer)
{
    struct front_server *server = server_of(timer);

    if (server->under_way > 0)
        return;
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_cut(session);
    if (ask_http(server, http_connections) == 0 || loop_now_us(server->loop) >= server->limit_us ||
        !may_arm(server, part, server->limit_us))
        tell_stopped(server);
}

// What arrives from now on is lost, so it comes when nothing more is to be expected.
static void shut_down(struct front_server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    loop_timer_drop(server->loop, &server->parting);
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_leave(session);
    pthread_mutex_lock(&server->http_lock);
    if (server->http)
        http_part(server->http);
    pthread_mutex_unlock(&server->http_lock);
    if (server->under_way == 0)
        arm_parting(server, part, loop_now_us(server->loop) + PARTING_US);
}

static int64_t patient_us(const struct front_server *server)
{
    int64_t until_us = loop_now_us(server->loop) + server->drain.patience_ms * 1000;

    return until_us < server->limit_us ? until_us : server->limit_us;
}

// A request that is still being sent over HTTP, or a reply being read, is no call yet, or any more.
static void out_of_patience(struct loop_timer *timer)
{
    struct front_server *server = server_of(timer);

    if (loop_now_us(server->loop) >= server->limit_us || ask_http(server, http_requests) == 0 ||
        !may_arm(server, out_of_patience, patient_us(server)))
        shut_down(server);
}

// Clients that stay: as long as they call, until the limit; without calls, for their patience.
static void wait_for_clients(struct front_server *server)
{
    arm_parting(server, out_of_patience, server->under_way ? server->limit_us : patient_us(server));
}

void front_server_look_for_end(struct loop_job *came)
{
    struct front_server *server = (struct front_server *)((char *)came - offsetof(struct front_server, came));

    atomic_store(&server->came_posted, false);
    if (server->draining && is_quiet(server))
        tell_stopped(server);
}

void front_server_session_ended(struct front_server *server)
{
    front_server_look_for_end(&server->came);
}

// [any]
static void look_later(void *user)
{
    struct front_server *server = user;

    if (!atomic_exchange(&server->came_posted, true))
        loop_post(server->loop, &server->came);
}

// [any]
void front_server_expect(struct front_server *server)
{
    atomic_fetch_add(&server->expected, 1);
}

// [any]
void front_server_came(struct front_server *server)
{
    atomic_fetch_sub(&server->expected, 1);
    look_later(server);
}

void front_server_call_began(struct front_server *server)
{
    if (server->under_way++ == 0 && server->draining && !server->closing)
        wait_for_clients(server);
}

void front_server_call_ended(struct front_server *server)
{
    if (--server->under_way > 0 || !server->draining)
        return;
    if (is_quiet(server))
        tell_stopped(server);
    else if (server->closing)
        arm_parting(server, part, loop_now_us(server->loop) + PARTING_US);
    else
        wait_for_clients(server);
}

void front_server_drain(struct front_server *server, const struct front_server_drain *drain)
{
    server->draining = true;
    server->drain = *drain;
    server->limit_us = loop_now_us(server->loop) + drain->limit_ms * 1000;
    server->on_stopped = drain->stopped;
    server->stopped_user = drain->user;
    health_changed();
    wait_for_clients(server);
    if (server->relay)
        relay_leave(server->relay);
    pthread_mutex_lock(&server->http_lock);
    if (server->http)
        http_drain(server->http, look_later, server);
    pthread_mutex_unlock(&server->http_lock);
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_say_goodbye(session);
    front_server_look_for_end(&server->came);
}
