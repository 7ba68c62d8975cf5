// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run: one request going through one plan. Made and fed by the front, ended by exactly one call of its 'done'.
//
// Threads: everything on the loop.
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <inferd/ext/request.h>
#include "base/arena.h"
#include "plan/plan.h"
#include "run/engine.h"

#define RUN_MAGIC 0x52554e21u
#define RUN_NO_DEADLINE INT64_MAX
#define RUN_SAME_TIME_US 2000 // a backend that was told a deadline may see it pass so long before we do

struct run;
struct run_call;
struct run_record;
struct run_limit;
struct guarded;

// What the run needs of the front.
struct run_front {
    // The values of a header of the inbound call, the first 'room' of them; how many these are.
    uint32_t (*headers)(void *user, const char *name, struct inferd_bytes *values, uint32_t room);
    // The run has ended: write the reply from the columns (status 0) or from status and message, then run_release().
    void (*done)(void *user, struct run *run, int status, const char *message);
};

enum run_step_state { STEP_WAITING, STEP_RUNNING, STEP_PENDING, STEP_DONE };

// One node in this run. 'shown' is what the plugin sees.
struct run_step {
    struct inferd_step shown;
    struct run *run;
    const struct plan_node *node;
    uint32_t index;
    uint32_t waits; // nodes it still waits for
    uint32_t slot;  // of its token, + 1; 0: none
    enum run_step_state state;
    int status;
    bool skipped;   // the condition of its node doesn't hold
    bool handed_on; // its node's fallback has taken its place
    bool completed; // complete() came while run() was still on the stack
    const char *message;
    int64_t started_us;
    struct run_timer *timers;
    struct run_party *party;   // in flights; NULL: it joined none
    struct run_limit *limit;   // its own time; NULL: it has the run's
    struct run_record *record; // NULL: nobody asked
};

// Rows that got no value, and why.
struct run_row_error {
    struct run_row_error *next;
    const struct run_step *step; // that says so
    uint32_t space, first, count;
    int status;
    const char *message;
};

// Something of a backend's reply that lives as long as the run.
struct run_hold {
    struct run_hold *next;
    void *hold;
};

struct run {
    uint32_t magic;
    struct run_engine *engine;
    struct run *next_idle;
    struct arena arena;
    struct plan *plan;
    const struct inferd_request *request;
    const struct run_front *front;
    void *user;
    struct inferd_column **columns; // of plan->column_count; NULL until shaped
    struct run_step *steps;
    uint32_t *ready; // nodes to start
    uint32_t ready_count;
    uint32_t nodes_left;
    uint32_t pending;     // steps that will still be completed
    uint32_t outstanding; // calls and jobs that still point here
    uint32_t targets, slates;
    bool answered;              // done was called
    void (*forget)(void *user); // what the request's values point into, once nothing of the run is left; or NULL
    void *forget_user;          // in the run's arena, or of no need of it
    bool released;              // the front is finished with it
    bool pumping;               // run_pump() is on the stack
    bool timed;                 // the deadline's timer is armed
    bool recorded;              // its caller wants to know what became of each node; set before it starts
    int64_t started_us, deadline_us;
    struct loop_timer deadline;
    struct run_call *calls;
    struct guarded *guarded; // calls under policies
    struct run_hold *holds;
    struct run_row_error *row_errors; // newest first
    struct inferd_bytes traceparent;
    struct inferd_bytes tenant; // empty: the request names none
};

// The front's headers(); none where it has none.
static inline uint32_t run_headers(const struct run *run, const char *name, struct inferd_bytes *values, uint32_t room)
{
    return run->front->headers ? run->front->headers(run->user, name, values, room) : 0;
}

// A run for the plan, with an empty arena for the request to be decoded into. NULL: no memory.
struct run *run_new(struct run_engine *engine, struct plan *plan);
// Starts it; done may be called before this returns. The request lives in the run's arena.
void run_start(struct run *run, const struct inferd_request *request, int64_t deadline_us,
               const struct run_front *front, void *user);
// The client is gone: done follows with status 1, unless it was called already.
void run_cancel(struct run *run);
// The front is finished with a run that was answered, or never started.
void run_release(struct run *run);

// Ends the run early. [of the engine]
void run_fail(struct run *run, int status, const char *message);
void run_late(struct run *run); // its deadline has passed
// Frees it when nothing points to it any more. [of the engine]
void run_settle(struct run *run);

#endif
