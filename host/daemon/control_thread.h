// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The control thread of a serving process: compiles configs and ends plans, one job after another, away from the loop.
#ifndef DAEMON_CONTROL_THREAD_H
#define DAEMON_CONTROL_THREAD_H

struct control_thread;

// Embedded; must stay until fn is called.
struct control_job {
    void (*fn)(struct control_job *job);
    struct control_job *next;
};

struct control_thread *control_thread_new(void);
void control_thread_post(struct control_thread *control, struct control_job *job); // [any]
void control_thread_flush(struct control_thread *control);                         // waits until all jobs are done
void control_thread_free(struct control_thread *control);                          // does what is left, then joins

#endif
