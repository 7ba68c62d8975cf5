// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes names and tags fit, and reads the host's table for names in Prometheus.
#include "metrics/name.h"

#include <ctype.h>
#include <string.h>
#include "metrics/metrics.h"

// What means something in a StatsD line, so can't stand in a value.
#define SPECIAL ": \\,|@#\""

static const struct {
    const char *statsd, *prometheus;
} known[] = {
#define METRICS_HOST(id, kind, statsd, prometheus, tags, help) {statsd, prometheus},
#define METRICS_SERIES(id, kind, statsd, prometheus, tags, help) {statsd, prometheus},
#include "metrics/counters.tbl"
};

static void append_char(struct text *out, char c)
{
    text_append(out, &c, 1);
}

// With '_' for what doesn't fit; in runs, for thousands of models have dozens of metrics each.
static void append_fit(struct text *out, const char *text, size_t len, bool (*fits)(char c))
{
    size_t run = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && fits(text[i]))
            continue;
        text_append(out, text + run, i - run);
        if (i < len)
            append_char(out, '_');
        run = i + 1;
    }
}

static bool fits_name(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

static bool fits_value(char c)
{
    return (unsigned char)c >= ' ' && strchr(SPECIAL, c) == NULL;
}

void metrics_name_statsd(struct text *out, const char *name)
{
    append_fit(out, name, strlen(name), fits_name);
}

// A label's or a metric's name in Prometheus: letters, digits and '_', no digit first.
static void append_identifier(struct text *out, const char *name, size_t len)
{
    if (len > 0 && isdigit((unsigned char)name[0]))
        append_char(out, '_');
    for (size_t i = 0; i < len; i++)
        append_char(out, isalnum((unsigned char)name[i]) ? name[i] : '_');
}

static void append_ending(struct text *out, const char *ending)
{
    size_t len = strlen(ending);

    if (out->len < len || strcmp(out->data + out->len - len, ending) != 0)
        text_add(out, ending);
}

void metrics_name_prometheus(struct text *out, enum metrics_kind kind, const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].statsd, name) != 0)
            continue;
        text_add(out, known[i].prometheus);
        return;
    }
    append_identifier(out, name, strlen(name));
    if (kind == METRICS_COUNTER)
        append_ending(out, "_total");
    else if (kind == METRICS_TIMING)
        append_ending(out, "_seconds");
}

static void append_key(struct text *out, const char *key, size_t len)
{
    append_fit(out, key, len, fits_name);
}

static void append_value(struct text *out, const char *value, size_t len)
{
    append_fit(out, value, len, fits_value);
}

void metrics_tag(struct text *tags, const char *key, const char *value)
{
    if (tags->len > 0)
        text_add(tags, ",");
    append_key(tags, key, strlen(key));
    text_add(tags, ":");
    append_value(tags, value, strlen(value));
}

void metrics_name_tags(struct text *out, const char *tags)
{
    for (const char *at = tags, *end; at != NULL && *at != '\0'; at = *end == ',' ? end + 1 : end) {
        size_t key = strcspn(at, ":,");

        end = at + strcspn(at, ",");
        if (end == at)
            continue;
        if (out->len > 0)
            text_add(out, ",");
        if (at[key] == ':' && key > 0) {
            append_key(out, at, key);
            at += key + 1;
        } else {
            text_add(out, "tag");
        }
        text_add(out, ":");
        append_value(out, at, (size_t)(end - at));
    }
}

// A label's value; what is special in quotes is escaped.
static void append_quoted(struct text *out, const char *value, size_t len)
{
    text_add(out, "\"");
    for (size_t i = 0; i < len; i++) {
        if (value[i] == '"' || value[i] == '\\')
            append_char(out, '\\');
        append_char(out, value[i] == '\n' ? ' ' : value[i]);
    }
    text_add(out, "\"");
}

void metrics_name_labels(struct text *out, const char *tags)
{
    for (const char *at = tags, *end; *at != '\0'; at = *end == ',' ? end + 1 : end) {
        size_t key = strcspn(at, ":,");
        size_t value = key + (at[key] == ':');

        end = at + strcspn(at, ",");
        if (at != tags)
            text_add(out, ",");
        append_identifier(out, at, key);
        text_add(out, "=");
        append_quoted(out, at + value, (size_t)(end - at) - value);
    }
}
