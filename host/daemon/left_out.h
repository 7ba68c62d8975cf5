// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Has a serving process tell, a second after the first of them, of lines that were left out of its log. Where nothing
// is left out nothing wakes.
//
// Threads: on the loop; others only post to it.
#ifndef DAEMON_LEFT_OUT_H
#define DAEMON_LEFT_OUT_H

#include "rpc/loop.h"

// Embedded.
struct left_out {
    struct loop *loop;
    struct loop_job job;
    struct loop_timer timer;
};

void left_out_begin(struct left_out *left_out, struct loop *loop); // before the loop runs
// Before the loop runs for the last time, which takes what was posted. What is left out from now on is told by
// log_limit_end().
void left_out_end(struct left_out *left_out);

#endif
