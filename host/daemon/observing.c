// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory for metrics and for /config, handed down to children, and StatsD.
#include "daemon/observing.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/board.h"
#include "metrics/metrics.h"
#include "metrics/statsd.h"
#include "process/counters.h"

static void send_metrics(struct observing *observing, const struct host_settings *host)
{
    struct statsd_options options = {.host = host->telegraf_host,
                                     .port = (unsigned)host->telegraf_port,
                                     .sampling_rate = host->metric_sampling_rate};
    char error[256];
    struct text tags;

    if (!observing->metrics || !*host->telegraf_host)
        return;
    text_init(&tags);
    metrics_tag(&tags, "env", host->environment);
    metrics_tag(&tags, "service", host->name);
    options.tags = text_string(&tags);
    observing->statsd = statsd_start(observing->metrics, &options, error, sizeof(error));
    if (!observing->statsd)
        log_error("statsd_failed", "%s", error);
    text_free(&tags);
}

// Children inherit the descriptor, and find it by their environment.
static void hand_down(const char *variable, int fd)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", fd);
    if (fcntl(fd, F_SETFD, 0) == 0)
        setenv(variable, number, 1);
}

// Makes the memory for 'slots' processes.
void observing_start(struct observing *observing, const struct host_settings *host, unsigned slots)
{
    char error[256];
    int fd = -1;

    observing->board = board_new(slots, &fd);
    if (observing->board)
        hand_down("INFERD_BOARD_FD", fd);
    else
        log_error("board_failed", "/config can't tell of other processes: no shared memory: %m");

    observing->statsd = NULL;
    observing->metrics = metrics_new(slots, &fd, error, sizeof(error));
    if (!observing->metrics) {
        log_error("metrics_failed", "%s", error);
        return;
    }
    metrics_use(observing->metrics);
    hand_down("INFERD_METRICS_FD", fd);
    send_metrics(observing, host);
}

void observing_stop(struct observing *observing)
{
    if (observing->statsd)
        statsd_stop(observing->statsd);
    if (observing->metrics)
        metrics_free(observing->metrics);
    board_free(observing->board);
}

// Connections are counted where the metrics are: the counters' struct has the order of the metrics' table.
struct process_counters *observing_counters(void)
{
    _Static_assert(METRICS_WORKERS_OUTGROWN - METRICS_CONNECTIONS_ACCEPTED + 1 ==
                       sizeof(struct process_counters) / sizeof(uint64_t),
                   "metrics/counters.tbl and process/counters.h must have the same counters");
    _Static_assert((METRICS_CONNECTIONS_HANDED - METRICS_CONNECTIONS_ACCEPTED) * sizeof(uint64_t) ==
                           offsetof(struct process_counters, handed) &&
                       (METRICS_CONNECTIONS_LOST - METRICS_CONNECTIONS_ACCEPTED) * sizeof(uint64_t) ==
                           offsetof(struct process_counters, lost),
                   "and in the same order");
    return (struct process_counters *)&metrics_host_values[METRICS_CONNECTIONS_ACCEPTED];
}
