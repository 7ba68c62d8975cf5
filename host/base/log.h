// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's log: one JSON object a line on standard error ({"time","level","process","pid","event", fields…,
// "message"}), written with one write() so that processes don't mix. Time is UTC with microseconds (RFC 3339). Lines
// that could not be written are counted in the next one ("lost_lines"). errno is kept. Safe in any thread.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_DEBUG = 0, LOG_INFO = 1, LOG_WARNING = 2, LOG_ERROR = 3 };

// A key and a text to add to a line; lists end with a NULL key.
struct log_field {
    const char *key;
    const char *value; // NULL: left out
};

void log_set_level(int level);
bool log_level_of(const char *name, int *level); // DEBUG INFO WARN(ING) ERROR, any case
bool log_enabled(int level);
void log_set_process(
    const char *process); // "master", "worker-3", "check": in every line; call before other threads run
void log_line(int level, const char *event, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void log_vline(int level, const char *event, const struct log_field *fields, const char *format, va_list args);

#define log_debug(event, ...) log_line(LOG_DEBUG, event, NULL, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_INFO, event, NULL, __VA_ARGS__)
#define log_warning(event, ...) log_line(LOG_WARNING, event, NULL, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_ERROR, event, NULL, __VA_ARGS__)

#endif
