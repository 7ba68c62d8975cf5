// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How another process succeeds the master, and how it succeeds one itself: what upgrade.h and succession.h tell, joined
// with accepting and draining.
#include "process/master_inner.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"

static struct master *master_of_upgrade(struct upgrade *upgrade)
{
    return POLLER_OWNER(upgrade, struct master, upgrade);
}

static void tell_upgrade(struct master *master, enum master_upgrade what, const char *why)
{
    if (master->options.upgrade)
        master->options.upgrade(master->options.user, what, master->upgrade.pid, why);
}

static char *judge(struct upgrade *upgrade, const char *missing)
{
    const struct master_options *options = &master_of_upgrade(upgrade)->options;

    return options->judge ? options->judge(options->user, missing) : NULL;
}

static void upgrade_failed(struct upgrade *upgrade, const char *why)
{
    log_error("upgrade_failed", "process %ld (%s) does not take over: %s; this one goes on", (long)upgrade->pid,
              upgrade->program, why);
    tell_upgrade(master_of_upgrade(upgrade), MASTER_UPGRADE_FAILED, why);
}

static void upgrade_succeeded(struct upgrade *upgrade)
{
    struct master *master = master_of_upgrade(upgrade);

    log_info("upgraded", "process %ld (%s) takes over", (long)upgrade->pid, upgrade->program);
    tell_upgrade(master, MASTER_UPGRADE_DONE, NULL);
    master_drain(master, true);
}

void master_start_upgrade(struct signals *signals)
{
    struct master *master = POLLER_OWNER(signals, struct master, signals);
    char why[512];

    if (master->leaving || master->succession.under_way || !master->options.successor) {
        log_error("upgrade_refused", "no upgrade: this process %s",
                  master->leaving                ? "is leaving"
                  : master->succession.under_way ? "has not taken over yet itself"
                                                 : "doesn't know the path of its program; start it by its path");
        return;
    }
    if (!upgrade_start(&master->upgrade, why, sizeof(why))) {
        log_error("upgrade_refused", "no upgrade: %s", why);
        if (!master->upgrade.under_way)
            tell_upgrade(master, MASTER_UPGRADE_FAILED, why);
        return;
    }
    log_info("upgrade", "started %s as process %ld, which is to take over", master->upgrade.program,
             (long)master->upgrade.pid);
    tell_upgrade(master, MASTER_UPGRADE_BEGUN, NULL);
}

// The one before accepts no more.
static void take_over(struct succession *succession)
{
    struct master *master = POLLER_OWNER(succession, struct master, succession);

    if (!master_open_door(master)) {
        log_error("accept", "can't accept: %s", strerror(errno));
        master_asked_to_stop(master, "it can't accept");
        return;
    }
    log_info("took_over", "listening on port %u for %u workers", master->port, master->options.workers);
    if (master->options.took_over)
        master->options.took_over(master->options.user);
}

void master_can_serve(struct master *master, const char *missing)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    succession_ready(&master->succession, missing);
}

void master_prepare_upgrade(struct master *master)
{
    master->upgrade = (struct upgrade){.poller = &master->poller,
                                       .argv = master->options.argv,
                                       .program = master->options.successor,
                                       .limit_ms = master->options.upgrade_ms,
                                       .judge = judge,
                                       .succeeded = upgrade_succeeded,
                                       .failed = upgrade_failed};
    master->succession = (struct succession){.poller = &master->poller, .take = take_over};
}
