// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.flight/1 among the runs of one test. Time passes when the test says so.
#include "inner.h"

static void deliver(struct flight_party *party, const struct flight_wait *wait, const struct flight_landing *landing)
{
    struct testhost_run *run = (struct testhost_run *)((char *)party - offsetof(struct testhost_run, party));

    wait->landed(&run->step, wait->user, landing->status, landing->detail, landing->value);
    if (run->settling && !party->waits) {
        run->settling = false;
        run->settled(&run->step, run->settled_user);
        testhost_check_end(run);
    }
}

void testhost_flight_init(struct testhost_run *run)
{
    run->party.arena = &run->arena;
    run->party.deliver = deliver;
}

void testhost_flight_leave(struct testhost_run *run)
{
    run->settling = false;
    flights_leave(&run->testhost->flights, &run->party);
}

static int join(struct inferd_step *step, struct inferd_bytes key, inferd_flight_landed *landed, void *user)
{
    struct testhost_run *run = testhost_run_of(step);

    return flights_join(&run->testhost->flights, &run->party, 0, key, landed, user);
}

static int wait(struct inferd_step *step, int64_t timeout_us, inferd_flight_settled *settled, void *user)
{
    struct testhost_run *run = testhost_run_of(step);

    (void)timeout_us;
    if (!run->party.waits)
        return INFERD_OK;
    run->settling = true;
    run->settled = settled;
    run->settled_user = user;
    return INFERD_PENDING;
}

static void land(struct inferd_step *step, struct inferd_bytes key, int status, const char *detail,
                 struct inferd_bytes value)
{
    struct testhost_run *run = testhost_run_of(step);
    const struct flight_landing landing = {status, detail, value};

    flights_land(&run->testhost->flights, &run->party, 0, key, &landing);
}

void testhost_end_waits(struct testhost_run *run, int status)
{
    const struct flight_landing landing = {status, "the test ends it", {NULL, 0}};

    flights_break(&run->party, &landing);
}

bool testhost_waits(const struct testhost_run *run)
{
    return run->party.waits != NULL;
}

const struct inferd_flight testhost_flight = {
    .size = sizeof(testhost_flight), .join = join, .wait = wait, .land = land};
