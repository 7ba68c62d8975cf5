// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is told of a worker's death: to the log, the counters and whoever asked for it.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/log.h"
#include "process/counters.h"
#include "process/signals.h"
#include "process/slot.h"
#include "process/slot_link.h"

static void log_death(const struct slot *slot, const struct master_death *death, bool asked)
{
    bool early = !death->was_ready && !slot->context->draining;
    const struct breadcrumb *crumb = death->crumb;
    char index[16], what[64], text[32], place[32] = "";
    struct log_field fields[] = {{"worker", index},
                                 {"model", crumb ? crumb->model : NULL},
                                 {"node", crumb ? crumb->node : NULL},
                                 {"module", crumb ? crumb->module : NULL},
                                 {NULL, NULL}};

    snprintf(index, sizeof(index), "%u", slot->index);
    if (crumb)
        snprintf(place, sizeof(place), " %s %s of module ", crumb->left ? "after" : "in", crumb->call);
    if (death->signal)
        snprintf(what, sizeof(what), "was ended by %s", signals_name(death->signal, text, sizeof(text)));
    else
        snprintf(what, sizeof(what), "exited with status %d", death->exit_status);
    log_line(asked ? LOG_INFO : LOG_ERROR, asked ? "worker_ended" : "worker_died", fields,
             "worker %u (pid %ld) %s%s%s%s", slot->index, (long)death->pid, what, early ? " before it was ready" : "",
             place, crumb ? crumb->module : "");
}

void slot_tell_death(struct slot *slot)
{
    const struct master_options *options = slot->context->options;
    struct master_death death = {
        .worker = slot->index, .pid = slot->pid, .was_ready = slot->state >= SLOT_READY, .stuck = slot->stuck};
    bool leaving = slot->context->draining || slot->state == SLOT_LEAVING;
    struct breadcrumb crumb;
    siginfo_t info = {0};

    waitid(P_PIDFD, (id_t)slot->life.fd, &info, WEXITED);
    if (info.si_code == CLD_EXITED)
        death.exit_status = info.si_status;
    else
        death.signal = info.si_status;
    if (slot->stuck)
        death.crumb = &slot->stuck_crumb;
    else if (slot->crumbs && (breadcrumb_read(slot->crumbs, &crumb) || breadcrumb_read_left(slot->crumbs, &crumb)))
        death.crumb = &crumb;
    slot_plan_pause(slot, (leaving && !death.signal) || (death.signal == SIGKILL && !death.stuck));
    death.pause_us = slot->pause_us;
    log_death(slot, &death, leaving && !death.signal && death.exit_status == 0);
    if (leaving && (slot->context->draining || !death.signal))
        return;
    process_count(&slot->context->counters->died);
    if (options->died)
        options->died(options->user, &death);
}
