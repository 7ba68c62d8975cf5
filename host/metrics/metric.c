// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Adding to a metric: plain atomic adds in this process's own slot.
#include "metrics/area.h"

void metrics_metric_add(struct inferd_metric *metric, uint64_t count)
{
    if (metric != NULL)
        atomic_fetch_add_explicit(&metric->value, count, memory_order_relaxed);
}

void metrics_metric_set(struct inferd_metric *metric, int64_t value)
{
    if (metric != NULL)
        atomic_store_explicit(&metric->value, (uint64_t)value, memory_order_relaxed);
}

void metrics_metric_observe(struct inferd_metric *metric, uint64_t value_us)
{
    if (metric == NULL)
        return;
    atomic_fetch_add_explicit(&metric->buckets[histogram_bucket(value_us)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, value_us, memory_order_relaxed);
}

uint64_t metrics_metric_quantile(const struct inferd_metric *metric, double share)
{
    uint64_t counts[HISTOGRAM_BUCKETS], total = 0;

    for (unsigned i = 0; metric != NULL && i < HISTOGRAM_BUCKETS; i++)
        total += counts[i] = atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
    return total > 0 ? histogram_quantile(counts, total, share) : 0;
}
