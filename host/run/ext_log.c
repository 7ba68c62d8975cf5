// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.log/1: plugins' lines in the daemon's log, with who says it, and no more of one component than a reader can
// use: when a backend fails, each request has one to write.
#include <stdarg.h>

#include "base/clock.h"
#include "base/log.h"
#include "plan/component.h"
#include "run/extensions.h"

static bool enabled(struct inferd_self *self, int level)
{
    return log_enabled(level) || (self->problems && !self->bound && level == INFERD_LOG_WARNING);
}

static void write_line(struct inferd_self *self, int level, const char *format, ...)
{
    va_list args;

    // What it says of its config belongs with what else is said of that.
    if (self->problems && !self->bound && level == INFERD_LOG_WARNING) {
        va_start(args, format);
        problems_vadd(self->problems, PROBLEM_WARNING, self->path, format, args);
        va_end(args);
        return;
    }
    if (!log_enabled(level))
        return;
    if (!log_limit_admit(&self->log_limit, level, clock_now_us()))
        return;
    va_start(args, format);
    log_vline(level, self->log_limit.event, self->log_limit.fields, format, args);
    va_end(args);
}

const struct inferd_log run_ext_log = {
    .size = sizeof(run_ext_log),
    .enabled = enabled,
    .write = write_line,
};
