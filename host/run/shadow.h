// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Shadows: a component's twin, which makes its calls to another backend after the component has ended, in some runs.
// What it writes is compared and counted; nobody waits for it.
//
// Threads: on the loop.
#ifndef RUN_SHADOW_H
#define RUN_SHADOW_H

#include "run/run.h"

// The step has ended well: its twin begins, if the run is one of those.
void run_shadow_begin(struct run_step *step);
// The twin has ended.
void run_shadow_end(struct run_step *step);
// The address that a twin's calls go to instead of 'address', in 'text'.
const char *run_shadow_address(const struct inferd_self *self, const char *address, char *text, size_t size);

#endif
