// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The limit of open files: RLIMIT_NOFILE. Nothing here uses select(), which is what low soft limits are kept for.
#include "process/files.h"

#include <limits.h>
#include <sys/resource.h>

#define OTHERS 256 // for what isn't a connection, or hasn't said what it is
#define RESERVED 64
#define LEAST_HTTP1 16
#define MOST_HTTP1 1024

void files_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int files_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return (int)limit.rlim_cur;
}

int files_for_connections(void)
{
    int limit = files_limit(), eighth = limit / 8;

    return limit - (eighth < RESERVED ? eighth : RESERVED);
}

size_t files_for_http2(void)
{
    size_t limit = (size_t)files_limit(), quarter = limit / 4;

    return limit - quarter - (quarter < OTHERS ? quarter : OTHERS);
}

unsigned files_for_http1(unsigned workers)
{
    unsigned most = (unsigned)files_limit() / 4 / (workers ? workers : 1);

    if (most < LEAST_HTTP1)
        return LEAST_HTTP1;
    return most < MOST_HTTP1 ? most : MOST_HTTP1;
}
