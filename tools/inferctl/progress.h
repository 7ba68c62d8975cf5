// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How far long work has come, on standard error where that is a terminal, once the work has taken half a second.
#ifndef INFERCTL_PROGRESS_H
#define INFERCTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *what; // "check: configs compiled"
    size_t total;
    int64_t next_ms; // when it is shown the next time
    bool shown;
};

void progress_begin(struct progress *progress, const char *what, size_t total);
void progress_step(struct progress *progress, size_t done);
// Takes it off the terminal.
void progress_end(struct progress *progress);

#endif
