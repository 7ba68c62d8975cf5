// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The master's end: nobody is accepted any more, workers are told to finish, and killed when the time for it is over or
// somebody asks a second time.
#include "process/master_inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "process/mux.h"

bool master_all_empty(const struct master *master)
{
    for (unsigned i = 0; i < master->slot_count; i++) {
        if (slot_has_worker(&master->slots[i]))
            return false;
    }
    return true;
}

static void kill_all(struct master *master, const char *why)
{
    for (unsigned i = 0; i < master->slot_count; i++) {
        struct slot *slot = &master->slots[i];

        if (!slot_has_worker(slot))
            continue;
        log_warning("drain", "killing worker %u (pid %ld): %s", i, (long)slot->pid, why);
        slot_kill(slot);
    }
}

// Nothing comes any more: workers get no connection after this.
static void drain_workers(struct master *master)
{
    master->context.draining = true;
    master->deal.over = true;
    if (master->mux)
        mux_stop(master->mux);
    for (unsigned i = 0; i < master->slot_count; i++) {
        struct slot *slot = &master->slots[i];

        slot_send(slot, CONTROL_DRAIN, -1);
        deal_again(&master->deal, slot); // to nowhere: it is refused
        if (!slot_has_worker(slot))
            poller_disarm(&master->poller, &slot->timer);
    }
    if (master_all_empty(master))
        poller_stop(&master->poller);
}

static void door_is_closed(void *user)
{
    drain_workers(user);
}

void master_out_of_time(struct poller_timer *timer)
{
    struct master *master = POLLER_OWNER(timer, struct master, deadline);

    if (!master->context.draining)
        drain_workers(master);
    kill_all(master, "the time for draining is over");
}

void master_drain(struct master *master, bool succeeded)
{
    master->leaving = true;
    upgrade_end(&master->upgrade);
    succession_end(&master->succession);
    if (master->options.leaving)
        master->options.leaving(master->options.user, succeeded);
    log_info("drain", "draining: no new connections; workers have %.1f s to finish",
             (double)master->options.drain_ms / 1000);
    poller_arm(&master->poller, &master->deadline, clock_now_us() + master->options.drain_ms * 1000);
    if (master->mux)
        mux_leave(master->mux, !succeeded, door_is_closed);
    else
        drain_workers(master);
    listener_close(&master->listener);
    listener_close(&master->tls);
}

void master_asked_to_stop(struct master *master, const char *by)
{
    if (!master->leaving) {
        master_drain(master, false);
        return;
    }
    if (!master->context.draining)
        drain_workers(master);
    kill_all(master, by);
}
