// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A time as people and programs read it: "2026-01-31T12:00:00.123Z".
#ifndef DAEMON_TIME_TEXT_H
#define DAEMON_TIME_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define TIME_TEXT_SIZE 64

// Microseconds since 1970; returns text.
static inline char *time_text(int64_t us, char text[TIME_TEXT_SIZE])
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm utc;
    size_t len;

    gmtime_r(&seconds, &utc);
    len = strftime(text, TIME_TEXT_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, TIME_TEXT_SIZE - len, ".%03dZ", (int)(us % 1000000 / 1000));
    return text;
}

#endif
