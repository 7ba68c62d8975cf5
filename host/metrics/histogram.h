// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The buckets of a histogram of microseconds: exact below 16, then 16 to each power of two, so that no value is further
// than 3.1 % from its bucket's middle; the last takes all from 2^30 (18 minutes) on. Knows nothing of where they lie.
#ifndef METRICS_HISTOGRAM_H
#define METRICS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 16u // to a power of two
#define HISTOGRAM_STEPS_LOG2 4u
#define HISTOGRAM_POWERS 30u // values from 2^30 on share a bucket
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * (HISTOGRAM_POWERS - HISTOGRAM_STEPS_LOG2 + 1) + 1)

static inline unsigned histogram_bucket(uint64_t value)
{
    unsigned power;

    if (value < HISTOGRAM_STEPS)
        return (unsigned)value;
    if (value >> HISTOGRAM_POWERS != 0)
        return HISTOGRAM_BUCKETS - 1;
    power = 63u - (unsigned)__builtin_clzll(value); // of the highest bit: 4 to 29
    return HISTOGRAM_STEPS * (power - HISTOGRAM_STEPS_LOG2) + (unsigned)(value >> (power - HISTOGRAM_STEPS_LOG2));
}

// The smallest value of a bucket; of HISTOGRAM_BUCKETS: of what would come after the last one.
static inline uint64_t histogram_floor(unsigned bucket)
{
    unsigned power = bucket / HISTOGRAM_STEPS;

    if (power == 0)
        return bucket;
    return (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << (power - 1);
}

// The value that stands for a bucket's.
static inline double histogram_middle(unsigned bucket)
{
    uint64_t first = histogram_floor(bucket), last = histogram_floor(bucket + 1) - 1;

    return bucket == HISTOGRAM_BUCKETS - 1 ? (double)first : ((double)first + (double)last) / 2;
}

// The value below which that share (0 to 1) of all values lies; total > 0.
static inline uint64_t histogram_quantile(const uint64_t *counts, uint64_t total, double share)
{
    double wanted = share * (double)total;
    uint64_t below = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        below += counts[i];
        if (below > 0 && (double)below >= wanted)
            return (uint64_t)histogram_middle(i);
    }
    return histogram_floor(HISTOGRAM_BUCKETS - 1);
}

#endif
