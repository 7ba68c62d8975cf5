// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Counters, gauges and histograms of microseconds. They lie in memory that master and workers share, a slot for each
// process; a process writes its own slot only, and any of them reads all, so any worker can answer for the service.
// A slot belongs to a place (worker 3), not to a process: a worker that takes the place of a dead one counts on.
//
// Threads: adding is [any] and takes no lock. Making a metric takes a lock of the process: not while serving.
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

struct metrics;
struct inferd_metric; // one metric of this process; what plugins hold too (<inferd/ext/metrics.h>)

// The host's own, one value for each process.
enum metrics_host {
#define METRICS_HOST(id, kind, statsd, prometheus, tags, help) METRICS_##id,
#include "metrics/counters.tbl"
    METRICS_HOST_COUNT
};

// The host's own, one value for each combination of tags.
enum metrics_series {
#define METRICS_SERIES(id, kind, statsd, prometheus, tags, help) METRICS_##id,
#include "metrics/counters.tbl"
    METRICS_SERIES_COUNT
};

// Makes the shared memory for 'slots' processes and takes slot 0. 'fd' (NULL: not wanted) is to be handed to the
// others; it stays the caller's. NULL with a message in error.
struct metrics *metrics_new(unsigned slots, int *fd, char *error, size_t size);
// Takes a slot of memory that another process made; fd stays the caller's. NULL with a message in error.
struct metrics *metrics_attach(int fd, unsigned slot, char *error, size_t size);
// A slot whose process is gone, and where none is to come soon: its gauges say nothing any more. By who made the
// memory.
void metrics_vacate(struct metrics *metrics, unsigned slot);
void metrics_free(struct metrics *metrics); // what was made of it is gone

// From now on metrics_add() counts there; what it counted before comes along. NULL: nowhere again. Once for a process,
// before it has other threads; again only in tests.
void metrics_use(struct metrics *metrics);

extern _Atomic uint64_t *metrics_host_values; // METRICS_HOST_COUNT of them; never NULL

// Counts; with a negative number, a gauge down. [any]
static inline void metrics_add(enum metrics_host which, int64_t count)
{
    atomic_fetch_add_explicit(&metrics_host_values[which], (uint64_t)count, memory_order_relaxed);
}

// Sets a gauge. [any]
static inline void metrics_set(enum metrics_host which, int64_t value)
{
    atomic_store_explicit(&metrics_host_values[which], (uint64_t)value, memory_order_relaxed);
}

// Makes a metric, or finds the one of the same name and tags. 'tags' is "key:value,key:value" (metrics_tag() writes
// one), or NULL. Everything is copied; characters that StatsD or Prometheus couldn't carry become '_'. NULL, which the
// functions below take, when the slot is full (METRICS_METRICS_REFUSED counts it). [any], but slow
struct inferd_metric *metrics_counter(struct metrics *metrics, const char *name, const char *tags, const char *help);
struct inferd_metric *metrics_gauge(struct metrics *metrics, const char *name, const char *tags, const char *help);
struct inferd_metric *metrics_timing(struct metrics *metrics, const char *name, const char *tags, const char *help);
// One of the host's own.
struct inferd_metric *metrics_series(struct metrics *metrics, enum metrics_series which, const char *tags);

void metrics_metric_add(struct inferd_metric *metric, uint64_t count);        // counter [any]
void metrics_metric_set(struct inferd_metric *metric, int64_t value);         // gauge [any]
void metrics_metric_observe(struct inferd_metric *metric, uint64_t value_us); // timing [any]
// The time within which a share (0 to 1) of what this process observed was done; 0 where there is none yet. [any]
uint64_t metrics_metric_quantile(const struct inferd_metric *metric, double share);

// Appends "key:value", after a comma where it is not the first; the value is made fit for a tag.
void metrics_tag(struct text *tags, const char *key, const char *value);

// All processes' metrics added up, in Prometheus' text format 0.0.4. [any]
void metrics_prometheus(const struct metrics *metrics, struct text *out);
#define METRICS_PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
