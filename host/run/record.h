// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What became of each node of one run, for a caller who asks. A run that nobody asks about has no records: who counts
// something looks at the step's pointer, and that is all it costs. docs/policies.md tells the format.
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include "base/text.h"
#include "run/observe_policy.h"
#include "run/run.h"

struct run_record {
    int64_t ended_us; // 0: it hasn't
    uint32_t rows_failed, values_defaulted;
    uint32_t calls;    // that the component made
    uint32_t attempts; // sent for them, with retries and hedges
    uint32_t breaker;  // its state when the last call began or ended; 0: closed, or none
    uint32_t acts[POLICY_ACTS];
    uint32_t compared, different; // a twin's: rows, of all columns
    double largest_difference;    // between two of their numbers
};

// Makes records for the run's steps; without memory there are none.
void run_record_begin(struct run *run);
// The records as JSON of at most 'most' bytes: nodes that don't fit are left out, and counted. False: no memory, or
// nobody asked.
bool run_record_write(const struct run *run, int status, size_t most, struct text *out);

#endif
