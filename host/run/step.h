// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps: starting the nodes of a run when their inputs are ready, and what follows from their end.
#ifndef RUN_STEP_H
#define RUN_STEP_H

#include "process/breadcrumb.h"
#include "run/run.h"

// Starts what is ready, until nothing is.
void run_pump(struct run *run);
// Tells a pending step to hurry: its result is no longer wanted. What it calls is not cancelled.
void run_cancel_step(struct run_step *step);
// A pending step ends.
void run_step_complete(struct run_step *step, int status);
// By token, from any thread; late and unknown tokens are counted.
void run_complete(uint64_t token, int status);
// Says why a step fails, in the run's memory.
int run_step_fail(struct run_step *step, int status, const char *format, va_list args);

// Values that a default stood in for.
void run_count_defaults(struct run_step *step, uint32_t count);

static inline struct run_step *run_step_of(struct inferd_step *shown)
{
    return (struct run_step *)shown;
}

// Before each call into a plugin on the loop: who it is, for the master, should it crash. breadcrumb_leave() ends it.
static inline uint64_t run_enter(const struct run_step *step)
{
    return breadcrumb_enter(step->node->component->crumb | BREADCRUMB_RUN);
}

#endif
