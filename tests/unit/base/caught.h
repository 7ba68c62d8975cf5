// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Catches what a test logs. Set-up and tear-down of cmocka's, and what was written since the last look.
#ifndef TEST_CAUGHT_H
#define TEST_CAUGHT_H

#include <fcntl.h>
#include <unistd.h>
#include "base/log.h"

static int pipe_ends[2], real_stderr;
static char got[200000];

static int catch_stderr(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    if (real_stderr < 0 || pipe(pipe_ends) != 0 || dup2(pipe_ends[1], STDERR_FILENO) < 0)
        return -1;
    close(pipe_ends[1]);
    fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

static int release_stderr(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipe_ends[0]);
    log_set_level(LOG_INFO);
    return 0;
}

static const char *read_all(void)
{
    size_t len = 0;
    ssize_t n;

    while ((n = read(pipe_ends[0], got + len, sizeof(got) - 1 - len)) > 0)
        len += (size_t)n;
    got[len] = '\0';
    return got;
}

#endif
