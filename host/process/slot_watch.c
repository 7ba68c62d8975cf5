// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Looks at a slot's worker now and then while it lives. One that is inside of one call into a plugin for too long is
// killed. One whose memory has grown too much is relieved: nobody can tell whose memory it is.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/counters.h"
#include "process/slot.h"
#include "process/slot_link.h"

#define LOOKS 8 // within the time that a call may take
#define LONGEST_PAUSE_US 1000000
#define SHORTEST_PAUSE_US 10000
#define CONTROL_US 60000000 // for create, start and their like: as in the child that checks

static bool is_watched(const struct master_options *options)
{
    return options->stuck_ms > 0 || options->memory_limit > 0;
}

static int64_t pause_us(const struct master_options *options)
{
    int64_t pause = options->stuck_ms > 0 ? options->stuck_ms * 1000 / LOOKS : LONGEST_PAUSE_US;

    if (pause < SHORTEST_PAUSE_US)
        return SHORTEST_PAUSE_US;
    return pause > LONGEST_PAUSE_US ? LONGEST_PAUSE_US : pause;
}

// Memory that nobody else has, in bytes; 0: can't be told.
static uint64_t private_memory(pid_t pid)
{
    unsigned long long resident, shared;
    char path[64], text[128];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    if (sscanf(text, "%*u %llu %llu", &resident, &shared) != 2 || shared > resident)
        return 0;
    return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void tell_memory(const struct slot *slot, uint64_t bytes, const char *what)
{
    char index[16];

    snprintf(index, sizeof(index), "%u", slot->index);
    log_line(LOG_WARNING, "worker_memory", (struct log_field[]){{"worker", index}, {NULL, NULL}},
             "worker %u (pid %ld) has %llu MiB of memory of its own, more than the %llu MiB it may have: %s",
             slot->index, (long)slot->pid, (unsigned long long)(bytes >> 20),
             (unsigned long long)(slot->context->options->memory_limit >> 20), what);
}

static void look_at_memory(struct slot *slot)
{
    const struct master_options *options = slot->context->options;
    uint64_t bytes = options->memory_limit > 0 ? private_memory(slot->pid) : 0;

    if (bytes <= options->memory_limit)
        return;
    if (slot->state == SLOT_COMING || (slot->outgrown && bytes / 2 > options->memory_limit)) {
        tell_memory(slot, bytes, "killing it");
        slot_kill(slot);
        return;
    }
    if (!slot->outgrown) {
        tell_memory(slot, bytes, "another one is to take its place");
        process_count(&slot->context->counters->outgrown);
        slot->outgrown = true;
    }
    if (slot->state == SLOT_READY)
        slot->context->outgrown(slot);
}

static void tell_stuck(const struct slot *slot, int64_t for_us)
{
    const struct breadcrumb *crumb = &slot->stuck_crumb;
    char index[16];
    struct log_field fields[] = {{"worker", index},         {"model", crumb->model}, {"node", crumb->node},
                                 {"module", crumb->module}, {"call", crumb->call},   {NULL, NULL}};

    snprintf(index, sizeof(index), "%u", slot->index);
    log_line(LOG_ERROR, "worker_stuck", fields,
             "worker %u (pid %ld) has been in one call of %s of module %s for %.1f s; killing it", slot->index,
             (long)slot->pid, crumb->call, crumb->module, (double)for_us / 1000000);
}

// The pool's threads are there to be held up.
static void look_at_trail(struct slot *slot, enum breadcrumb_thread thread, int64_t limit_us, int64_t now_us)
{
    struct slot_look *look = &slot->looks[thread];
    struct breadcrumb crumb;
    uint64_t at;

    if (!breadcrumb_look(slot->crumbs, thread, &crumb, &at) || at != look->at) {
        *look = (struct slot_look){.at = at, .since_us = now_us};
        return;
    }
    if (now_us - look->since_us < limit_us || slot->stuck)
        return;
    slot->stuck = true;
    slot->stuck_crumb = crumb;
    tell_stuck(slot, now_us - look->since_us);
    process_count(&slot->context->counters->stuck);
    slot_kill(slot);
}

static void look(struct poller_timer *timer)
{
    struct slot *slot = POLLER_OWNER(timer, struct slot, watch);
    const struct master_options *options = slot->context->options;
    int64_t now_us = clock_now_us(), limit_us = options->stuck_ms * 1000;

    poller_arm(slot->context->poller, timer, now_us + pause_us(options));
    if (limit_us > 0) {
        look_at_trail(slot, BREADCRUMB_LOOP, limit_us, now_us);
        look_at_trail(slot, BREADCRUMB_QUEUE, limit_us, now_us);
        look_at_trail(slot, BREADCRUMB_CONTROL, limit_us > CONTROL_US ? limit_us : CONTROL_US, now_us);
    }
    look_at_memory(slot);
}

void slot_watch(struct slot *slot)
{
    const struct master_options *options = slot->context->options;

    slot->stuck = slot->outgrown = false;
    for (size_t i = 0; i < sizeof(slot->looks) / sizeof(slot->looks[0]); i++)
        slot->looks[i] = (struct slot_look){0};
    slot->watch.fn = look;
    if (is_watched(options))
        poller_arm(slot->context->poller, &slot->watch, clock_now_us() + pause_us(options));
}

void slot_unwatch(struct slot *slot)
{
    poller_disarm(slot->context->poller, &slot->watch);
}
