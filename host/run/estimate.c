// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The running estimate of how long calls take.
#include "run/estimate.h"

#include <string.h>

#define FRESH 32  // observations for which answers hold
#define FULL 2048 // observations, which are halved then

void estimate_init(struct estimate *estimate, double share)
{
    memset(estimate, 0, sizeof(*estimate));
    estimate->share = share;
}

static void forget(struct estimate *estimate)
{
    estimate->total = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        estimate->counts[i] /= 2;
        estimate->total += estimate->counts[i];
    }
}

void estimate_add(struct estimate *estimate, int64_t took_us)
{
    estimate->counts[histogram_bucket(took_us > 0 ? (uint64_t)took_us : 0)]++;
    estimate->total++;
    estimate->fresh++;
    if (estimate->total < ESTIMATE_LEAST || (estimate->median && estimate->fresh < FRESH))
        return;
    estimate->fresh = 0;
    estimate->median = (int64_t)histogram_quantile(estimate->counts, estimate->total, 0.5) + 1;
    estimate->high = (int64_t)histogram_quantile(estimate->counts, estimate->total, estimate->share) + 1;
    if (estimate->total >= FULL)
        forget(estimate);
}
