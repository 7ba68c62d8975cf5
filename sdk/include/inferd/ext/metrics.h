// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.metrics/1: counters and timings. They live in memory shared by all workers and are added up when read; they go
// out by StatsD under the name given and by Prometheus with '.' and '-' turned into '_'. Tags model-id and
// component-name are added by the host.
#ifndef INFERD_EXT_METRICS_H
#define INFERD_EXT_METRICS_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_METRICS "inferd.metrics/1"

struct inferd_metric; // lives as long as the process

struct inferd_metrics {
    uint32_t size;
    // A counter, or a histogram of microseconds; 'tags' is "key:value,key:value" or NULL. The same name and tags give
    // the same metric. NULL, which add and observe take, when the worker's slots are used up (counted). [control]
    struct inferd_metric *(*counter)(struct inferd_self *self, const char *name, const char *tags, const char *help);
    struct inferd_metric *(*timing)(struct inferd_self *self, const char *name, const char *tags, const char *help);
    void (*add)(struct inferd_metric *metric, uint64_t count);        // [any]
    void (*observe)(struct inferd_metric *metric, uint64_t value_us); // [any]
};

#ifdef __cplusplus
}
#endif

#endif
