// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of a slot's workers: spawned, ready, dead, spawned again. At once after a worker that had been ready; after
// a growing pause where they keep dying on the way there.
#include "process/slot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/counters.h"
#include "process/slot_link.h"
#include "process/spawn.h"
#include "process/worker.h"

#define FIRST_PAUSE_US 50000
#define LONGEST_PAUSE_US 5000000
#define STEADY_US 10000000 // who lived so long has nothing to do with the deaths before

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int64_t slot_pause_us(unsigned failures)
{
    int64_t pause = FIRST_PAUSE_US;

    if (failures == 0)
        return 0;
    while (--failures > 0 && pause < LONGEST_PAUSE_US)
        pause *= 2;
    return pause < LONGEST_PAUSE_US ? pause : LONGEST_PAUSE_US;
}

void slot_plan_pause(struct slot *slot, bool blameless)
{
    unsigned quick = slot->context->options->quick_restarts;

    if (slot->state == SLOT_COMING) {
        slot->failures++;
    } else {
        slot->failures = 0;
        slot->crashes = blameless || slot->died_us - slot->ready_us >= STEADY_US ? 0 : slot->crashes + 1;
    }
    slot->pause_us = slot_pause_us(slot->failures + (slot->crashes > quick ? slot->crashes - quick : 0));
}

static void clear(struct slot *slot)
{
    if (slot->control.fd >= 0)
        poller_drop(slot->context->poller, &slot->control);
    if (slot->life.fd >= 0)
        poller_drop(slot->context->poller, &slot->life);
    close_fd(&slot->control.fd);
    close_fd(&slot->far_end);
    close_fd(&slot->life.fd);
    slot_unwatch(slot);
    slot_forget_behind(slot);
    breadcrumb_unmap(slot->crumbs);
    slot->crumbs = NULL;
    slot->state = SLOT_EMPTY;
    slot->late = false;
}

// The next worker is due. The timer, even for no pause at all: this may be deep inside something.
static void plan_next(struct slot *slot)
{
    if (!slot->context->draining)
        poller_arm(slot->context->poller, &slot->timer, clock_now_us() + slot->pause_us);
}

static void bury(struct poller_watch *watch, uint32_t events)
{
    struct slot *slot = POLLER_OWNER(watch, struct slot, life);

    (void)events;
    slot->died_us = clock_now_us();
    slot_listen(slot); // its last words
    slot_tell_death(slot);
    slot_take_back(slot);
    while (slot->handed.first)
        connection_close(slot->handed.first);
    poller_disarm(slot->context->poller, &slot->timer);
    clear(slot);
    plan_next(slot);
    slot->context->empty(slot);
}

static void serve_timer(struct poller_timer *timer)
{
    struct slot *slot = POLLER_OWNER(timer, struct slot, timer);

    if (slot->state == SLOT_EMPTY) {
        slot_spawn(slot);
    } else if (slot->state == SLOT_COMING) {
        slot->late = true;
        slot->context->late(slot);
    } else if (slot->state == SLOT_LEAVING) {
        log_warning("worker", "worker %u (pid %ld) was asked to end and didn't in time; killing it", slot->index,
                    (long)slot->pid);
        slot_kill(slot);
    }
}

void slot_init(struct slot *slot, struct slot_context *context, unsigned index)
{
    *slot = (struct slot){.context = context, .index = index, .state = SLOT_EMPTY, .far_end = -1};
    slot->life = (struct poller_watch){.fn = bury, .fd = -1};
    slot->control = (struct poller_watch){.fn = slot_serve_control, .fd = -1};
    slot->timer.fn = serve_timer;
}

// The socket with the hello in it, and the breadcrumb. False: errno.
static bool make_link(struct slot *slot)
{
    struct control_head hello = {.kind = CONTROL_HELLO, .id = slot->index};
    int ends[2], crumb_fd;
    bool sent;

    if (!control_pair(ends))
        return false;
    slot->control.fd = ends[0];
    slot->far_end = ends[1];
    slot->crumbs = breadcrumb_create(&crumb_fd);
    if (!slot->crumbs)
        return false;
    sent = control_send(slot->control.fd, &hello, NULL, 0, crumb_fd, false) == CONTROL_DONE;
    close(crumb_fd);
    return sent;
}

static bool start_process(struct slot *slot)
{
    const struct master_options *options = slot->context->options;
    char fd_option[32], index_option[32];
    struct spawn_options spawn = {
        .program = options->program, .argv = options->argv, .fds = (int[]){slot->far_end, -1}};

    snprintf(fd_option, sizeof(fd_option), "--" WORKER_OPTION_FD "=%d", slot->far_end);
    snprintf(index_option, sizeof(index_option), "--" WORKER_OPTION_INDEX "=%u", slot->index);
    spawn.options[0] = fd_option;
    spawn.options[1] = index_option;
    slot->life.fd = spawn_self(&spawn, &slot->pid);
    return slot->life.fd >= 0;
}

void slot_spawn(struct slot *slot)
{
    struct poller *poller = slot->context->poller;

    if (!make_link(slot) || !start_process(slot) || !poller_add(poller, &slot->life, EPOLLIN) ||
        !poller_add(poller, &slot->control, EPOLLIN)) {
        log_error("worker", "can't start worker %u: %s; trying again", slot->index, strerror(errno));
        slot->failures++;
        slot->pause_us = slot_pause_us(slot->failures);
        slot_free(slot);
        plan_next(slot);
        return;
    }
    slot->state = SLOT_COMING;
    slot->spawned_us = clock_now_us();
    process_count(&slot->context->counters->spawned);
    slot_await(slot);
    slot_watch(slot);
    slot_send_snapshot(slot);
}

void slot_await(struct slot *slot)
{
    slot->late = false;
    poller_arm(slot->context->poller, &slot->timer, clock_now_us() + slot->context->options->late_ms * 1000);
}

static void tell_ready(const struct slot *slot, int64_t now)
{
    char index[16], after[64] = "";

    if (slot->died_us)
        snprintf(after, sizeof(after), ", %.1f ms after the one before died", (double)(now - slot->died_us) / 1000);
    snprintf(index, sizeof(index), "%u", slot->index);
    log_line(LOG_INFO, "worker_ready", (struct log_field[]){{"worker", index}, {NULL, NULL}},
             "worker %u (pid %ld) is ready after %.1f ms%s", slot->index, (long)slot->pid,
             (double)(now - slot->spawned_us) / 1000, after);
}

void slot_become_ready(struct slot *slot)
{
    const struct master_options *options = slot->context->options;
    int64_t now = clock_now_us();

    slot->state = SLOT_READY;
    slot->ready_us = now;
    poller_disarm(slot->context->poller, &slot->timer);
    tell_ready(slot, now);
    if (options->ready)
        options->ready(options->user, slot->index, slot->pid);
    slot_flush(slot);
    slot->context->ready(slot);
}

void slot_replace(struct slot *slot)
{
    const struct master_options *options = slot->context->options;

    slot->state = SLOT_LEAVING;
    slot_send(slot, CONTROL_DRAIN, -1);
    slot->context->late(slot); // what waits for it needn't wait for the next one
    poller_arm(slot->context->poller, &slot->timer, clock_now_us() + options->drain_ms * 1000);
}

void slot_vacate(struct slot *slot)
{
    poller_disarm(slot->context->poller, &slot->timer);
    slot->state = SLOT_VACANT;
    slot->relieved = false;
    slot->failures = slot->crashes = 0;
    slot->pause_us = slot->died_us = 0;
}

void slot_kill(struct slot *slot)
{
    if (slot->life.fd >= 0)
        pidfd_send_signal(slot->life.fd, SIGKILL, NULL, 0);
}

void slot_free(struct slot *slot)
{
    siginfo_t info;

    slot_kill(slot);
    if (slot->life.fd >= 0)
        waitid(P_PIDFD, (id_t)slot->life.fd, &info, WEXITED);
    if (slot->far_end >= 0)
        slot_take_back(slot);
    poller_disarm(slot->context->poller, &slot->timer);
    while (slot->handed.first)
        connection_close(slot->handed.first);
    clear(slot);
}
