// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The log's lines. A line that can't be written (standard error is a full non-blocking pipe, or closed) is counted,
// and the next one that can says how many were lost.
//
// Threads: any may log; level and losses are atomic, the process's name is set before other threads start.
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"

static atomic_int least_level = LOG_INFO;
static atomic_ulong lost_lines;
static char process_name[32];

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

void log_set_level(int level)
{
    atomic_store_explicit(&least_level, level, memory_order_relaxed);
}

bool log_level_of(const char *name, int *level)
{
    if (strcasecmp(name, "warn") == 0)
        name = "WARNING";
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (strcasecmp(name, level_names[i]) == 0) {
            *level = i;
            return true;
        }
    }
    return false;
}

bool log_enabled(int level)
{
    return level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void log_set_process(const char *process)
{
    snprintf(process_name, sizeof(process_name), "%s", process);
}

static void add_member(struct text *line, const char *key, const char *value)
{
    text_add(line, ",");
    text_json(line, key, strlen(key));
    text_add(line, ":");
    text_json(line, value, strlen(value));
}

static void add_head(struct text *line, int level, const char *event)
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    text_printf(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"level\":\"%s\"", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000,
                level_names[level < LOG_DEBUG   ? LOG_DEBUG
                            : level > LOG_ERROR ? LOG_ERROR
                                                : level]);
    if (process_name[0])
        add_member(line, "process", process_name);
    text_printf(line, ",\"pid\":%ld", (long)getpid());
    add_member(line, "event", event);
}

// One write() for the whole line; the rest of a write cut short by a full pipe follows as soon as it may.
static bool write_line(const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(STDERR_FILENO, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

void log_vline(int level, const char *event, const struct log_field *fields, const char *format, va_list args)
{
    static const char no_memory[] =
        "{\"level\":\"ERROR\",\"event\":\"log\",\"message\":\"no memory for a log line\"}\n";
    int saved_errno = errno; // the format may hold %m, and callers look at errno after they logged
    struct text line, message;
    unsigned long lost;

    if (!log_enabled(level))
        return;
    text_init(&line);
    text_init(&message);
    text_vprintf(&message, format, args);
    add_head(&line, level, event);
    for (; fields && fields->key; fields++) {
        if (fields->value)
            add_member(&line, fields->key, fields->value);
    }
    text_add(&line, ",\"message\":");
    text_json(&line, text_string(&message), message.len);
    lost = atomic_exchange(&lost_lines, 0);
    if (lost)
        text_printf(&line, ",\"lost_lines\":%lu", lost);
    text_add(&line, "}\n");
    if (line.failed || message.failed) {
        write_line(no_memory, sizeof(no_memory) - 1);
        atomic_fetch_add(&lost_lines, lost);
    } else if (!write_line(line.data, line.len)) {
        atomic_fetch_add(&lost_lines, lost + 1);
    }
    text_free(&message);
    text_free(&line);
    errno = saved_errno;
}

void log_line(int level, const char *event, const struct log_field *fields, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vline(level, event, fields, format, args);
    va_end(args);
}
