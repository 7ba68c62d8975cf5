// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Policies at work, those of a node: what comes before a step and what follows from its end. Those of its calls are
// guard.h's. A node without policies comes to none of this.
//
// Threads: everything on the loop.
#ifndef RUN_POLICY_H
#define RUN_POLICY_H

#include "plan/policy.h"
#include "run/run.h"

// Before the step of a node that has policies: its time begins.
void run_policy_begin(struct run_step *step);
// The step has ended: its status, as its policies see it.
int run_policy_status(struct run_step *step, int status);
// What follows: values for what is missing; or, true, another component that takes its place, and whose end counts.
bool run_policy_end(struct run_step *step);

#endif
