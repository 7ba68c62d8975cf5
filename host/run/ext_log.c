// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.log/1: plugins' lines in the daemon's log, with who says it.
#include <stdarg.h>

#include "base/log.h"
#include "plan/component.h"
#include "run/extensions.h"

static bool enabled(struct inferd_self *self, int level)
{
    return log_enabled(level) || (self->problems && !self->bound && level == INFERD_LOG_WARNING);
}

static void write_line(struct inferd_self *self, int level, const char *format, ...)
{
    const struct log_field fields[] = {{"model", self->info.model},
                                       {"component", self->info.name},
                                       {"module", self->kind->module->info.name},
                                       {NULL, NULL}};
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
    va_start(args, format);
    log_vline(level, "plugin", fields, format, args);
    va_end(args);
}

const struct inferd_log run_ext_log = {
    .size = sizeof(run_ext_log),
    .enabled = enabled,
    .write = write_line,
};
