// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A line on a terminal that is written over.
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVERY_MS = 100, FIRST_MS = 500 };

void progress_begin(struct progress *progress, const char *what, size_t total)
{
    *progress = (struct progress){.what = what, .total = total, .next_ms = INT64_MAX};
    if (isatty(STDERR_FILENO))
        progress->next_ms = clock_now_us() / 1000 + FIRST_MS;
}

void progress_step(struct progress *progress, size_t done)
{
    int64_t now_ms;

    if (progress->next_ms == INT64_MAX || (now_ms = clock_now_us() / 1000) < progress->next_ms)
        return;
    progress->next_ms = now_ms + EVERY_MS;
    progress->shown = true;
    fprintf(stderr, "\r\033[K%s: %zu of %zu", progress->what, done, progress->total);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
