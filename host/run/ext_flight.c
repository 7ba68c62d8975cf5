// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.flight/1: the steps' part in flights. Made when a step first joins one; a step that doesn't pays nothing.
#include "run/extensions.h"
#include "run/flights.h"
#include "run/observe.h"
#include "run/step.h"

struct run_party {
    struct flight_party party;
    struct run_step *step;
    struct loop_timer timer;
    bool timed;    // it is armed
    bool settling; // wait() was called
    inferd_flight_settled *settled;
    void *user;
};

static void drop_timer(struct run_party *own)
{
    if (own->timed)
        loop_timer_drop(own->step->run->engine->loop, &own->timer);
    own->timed = false;
}

static struct inferd_self *self_of(const struct run_step *step)
{
    return step->node->component;
}

static const struct flight_landing too_long = {
    INFERD_DEADLINE_EXCEEDED, "another run's fetch of it takes too long", {NULL, 0}};

// Whose time is up doesn't lead next.
static const struct flight_landing *landing_for(const struct run_party *own, const struct flight_landing *landing)
{
    bool late = own->timed && own->timer.at_us <= loop_now_us(own->step->run->engine->loop);

    return landing->status == INFERD_ABORTED && late ? &too_long : landing;
}

// Within this the step may end, and with it the run, which goes when the last function that holds it up returns.
static void deliver(struct flight_party *party, const struct flight_wait *wait, const struct flight_landing *landing)
{
    struct run_party *own = (struct run_party *)party;
    struct run_step *step = own->step;
    struct run *run = step->run;
    bool nested = run->pumping;
    uint64_t before;

    landing = landing_for(own, landing);
    run_observe_landing(landing->status);
    run->pumping = true;
    before = run_enter(step);
    wait->landed(&step->shown, wait->user, landing->status, landing->detail, landing->value);
    if (own->settling && !party->waits) {
        own->settling = false;
        drop_timer(own);
        own->settled(&step->shown, own->user);
    }
    breadcrumb_leave(before);
    run->pumping = nested;
    run_pump(run);
}

static void break_waits(struct run_party *own, const struct flight_landing *landing)
{
    struct run *run = own->step->run;
    bool nested = run->pumping;

    run->pumping = true; // it must outlive the loop over its waits
    flights_break(&own->party, landing);
    run->pumping = nested;
    run_pump(run);
}

static void time_is_up(struct loop_timer *timer)
{
    struct run_party *own = (struct run_party *)((char *)timer - offsetof(struct run_party, timer));

    own->timed = false;
    break_waits(own, &too_long);
}

static struct run_party *party_of(struct run_step *step)
{
    struct run_party *own = step->party;

    if (own)
        return own;
    own = arena_zalloc(&step->run->arena, sizeof(*own));
    if (!own)
        return NULL;
    own->party.arena = &step->run->arena;
    own->party.deliver = deliver;
    own->step = step;
    own->timer.fn = time_is_up;
    step->party = own;
    return own;
}

static int join(struct inferd_step *shown, struct inferd_bytes key, inferd_flight_landed *landed, void *user)
{
    struct run_step *step = run_step_of(shown);
    struct run_party *own = party_of(step);
    int status;

    if (!own)
        return INFERD_RESOURCE_EXHAUSTED;
    status = flights_join(&step->run->engine->flights, &own->party, self_of(step)->cache_scope, key, landed, user);
    if (status == INFERD_PENDING)
        run_observe_shared(self_of(step));
    return status;
}

// Where the timer can't be armed, the leader's end and the run's end the wait. A run that was answered meanwhile, which
// nobody cancels any more, waits no longer.
static int wait(struct inferd_step *shown, int64_t timeout_us, inferd_flight_settled *settled, void *user)
{
    struct run_step *step = run_step_of(shown);
    struct run_party *own = step->party;
    int64_t until = step->started_us + timeout_us;

    if (!own || !own->party.waits)
        return INFERD_OK;
    own->settling = true;
    own->settled = settled;
    own->user = user;
    if (step->run->answered)
        until = step->started_us;
    if ((timeout_us > 0 || step->run->answered) && !own->timed)
        own->timed = loop_timer_arm(step->run->engine->loop, &own->timer, until);
    return INFERD_PENDING;
}

static void land(struct inferd_step *shown, struct inferd_bytes key, int status, const char *detail,
                 struct inferd_bytes value)
{
    const struct flight_landing landing = {status, detail ? detail : "", value};
    struct run_step *step = run_step_of(shown);

    if (!step->party)
        return;
    flights_land(&step->run->engine->flights, &step->party->party, self_of(step)->cache_scope, key, &landing);
}

void run_cancel_waits(struct run_step *step)
{
    static const struct flight_landing over = {INFERD_CANCELLED, "the run is over", {NULL, 0}};

    if (step->party)
        break_waits(step->party, &over);
}

void run_leave_flights(struct run_step *step)
{
    struct run_party *own = step->party;

    own->settling = false;
    drop_timer(own);
    flights_leave(&step->run->engine->flights, &own->party);
    step->party = NULL;
}

const struct inferd_flight run_ext_flight = {
    .size = sizeof(run_ext_flight),
    .join = join,
    .wait = wait,
    .land = land,
};
