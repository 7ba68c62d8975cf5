// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Conditions on a run's request: whether they hold.
#ifndef RUN_CONDITION_H
#define RUN_CONDITION_H

#include "plan/condition.h"
#include "run/run.h"

// The root has run. A column's value is that of the first row; a test of what is missing doesn't hold. [loop]
bool run_condition_holds(struct run *run, const struct plan_condition *condition);

#endif
