// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a worker has that is not up to date: a new one, or one that could not take a payload for want of descriptors or
// memory. It is sent all there is, again and again after a growing pause until it takes it; what it had it serves on.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/parcel.h"
#include "process/slot.h"
#include "process/slot_link.h"

// False: this process has no memory or descriptors for it (errno).
static bool send_all(struct slot *slot)
{
    const struct master_options *options = slot->context->options;
    size_t len = 0;
    void *bytes = options->snapshot ? options->snapshot(options->user, &len) : NULL;
    int fd;

    if (!bytes)
        return true;
    fd = parcel_pack(bytes, len);
    free(bytes);
    if (fd < 0)
        return false;
    slot_send(slot, CONTROL_SNAPSHOT, fd);
    close(fd);
    return true;
}

void slot_send_snapshot(struct slot *slot)
{
    if (send_all(slot))
        return;
    log_error("worker", "can't give worker %u its first payload: %s; killing it", slot->index, strerror(errno));
    slot_kill(slot);
}

static void plan_retry(struct slot *slot)
{
    poller_arm(slot->context->poller, &slot->retry, clock_now_us() + slot_pause_us(++slot->misses));
}

static void retry(struct poller_timer *timer)
{
    struct slot *slot = POLLER_OWNER(timer, struct slot, retry);

    if ((slot->state == SLOT_COMING || slot->state == SLOT_READY) && !send_all(slot))
        plan_retry(slot);
}

static void tell(const struct slot *slot, enum log_level level, const char *event, const char *what, const char *why,
                 size_t len)
{
    char index[16];

    snprintf(index, sizeof(index), "%u", slot->index);
    log_line(level, event, (struct log_field[]){{"worker", index}, {NULL, NULL}}, "worker %u (pid %ld) %s%.*s",
             slot->index, (long)slot->pid, what, (int)len, why);
}

void slot_is_behind(struct slot *slot, const char *why, size_t len)
{
    if (slot->misses == 0)
        tell(slot, LOG_ERROR, "worker_behind",
             "could not take what is new; it goes on with what it has, and is sent it again: ", why, len);
    slot->retry.fn = retry;
    plan_retry(slot);
}

void slot_has_caught_up(struct slot *slot)
{
    slot->misses = 0;
    tell(slot, LOG_INFO, "worker_caught_up", "has what is new", "", 0);
}

void slot_forget_behind(struct slot *slot)
{
    slot->misses = 0;
    poller_disarm(slot->context->poller, &slot->retry);
}
