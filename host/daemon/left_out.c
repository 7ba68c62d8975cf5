// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Telling of lines that were left out, on a loop.
#include "daemon/left_out.h"

#include "base/log_limit.h"

static struct left_out *of_job(struct loop_job *job)
{
    return (struct left_out *)((char *)job - offsetof(struct left_out, job));
}

static void tell(struct loop_timer *timer)
{
    (void)timer;
    log_limit_tell();
}

// The next job isn't posted before log_limit_tell().
static void tell_later(struct loop_job *job)
{
    struct left_out *left_out = of_job(job);

    if (!loop_timer_arm(left_out->loop, &left_out->timer, loop_now_us(left_out->loop) + LOG_LIMIT_REFILL_US))
        log_limit_tell();
}

static void wake(void *user)
{
    struct left_out *left_out = user;

    loop_post(left_out->loop, &left_out->job);
}

void left_out_begin(struct left_out *left_out, struct loop *loop)
{
    left_out->loop = loop;
    left_out->job.fn = tell_later;
    left_out->timer.fn = tell;
    log_limit_wake(wake, left_out);
}

void left_out_end(struct left_out *left_out)
{
    log_limit_wake(NULL, NULL);
    loop_timer_drop(left_out->loop, &left_out->timer);
}
