// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Prometheus' text format 0.0.4. Histograms are told at powers of two of microseconds, which are bounds of our own
// buckets, so nothing is estimated; times are in seconds, as the field expects.
#include <inttypes.h>
#include <string.h>
#include "metrics/view.h"

#define FIRST_POWER 5u // 32 us
#define LAST_POWER 26u // 67 s

static const char *const types[] = {
    [METRICS_COUNTER] = "counter",
    [METRICS_GAUGE] = "gauge",
    [METRICS_TIMING] = "histogram",
};

// Help of one line; a backslash and a line's end must be escaped.
static void add_help(struct text *out, const char *help)
{
    for (; *help != '\0'; help++)
        if (*help == '\\')
            text_add(out, "\\\\");
        else if (*help == '\n')
            text_add(out, "\\n");
        else
            text_append(out, help, 1);
}

static void add_head(struct text *out, const struct metrics_sample *sample)
{
    if (sample->help[0] != '\0') {
        text_printf(out, "# HELP %s ", sample->prometheus);
        add_help(out, sample->help);
        text_add(out, "\n");
    }
    text_printf(out, "# TYPE %s %s\n", sample->prometheus, types[sample->kind]);
}

// The name with its ending and its labels, up to the value.
static void add_name(struct text *out, const struct metrics_sample *sample, const char *ending, const char *bound)
{
    text_printf(out, "%s%s", sample->prometheus, ending);
    if (sample->tags[0] != '\0' || bound != NULL) {
        text_add(out, "{");
        metrics_name_labels(out, sample->tags);
        if (bound != NULL)
            text_printf(out, "%sle=\"%s\"", sample->tags[0] != '\0' ? "," : "", bound);
        text_add(out, "}");
    }
    text_add(out, " ");
}

// Microseconds as seconds, exactly and without an exponent: 1500000 is "1.5".
static void add_seconds(struct text *out, uint64_t us)
{
    size_t end;

    text_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    if (out->failed)
        return;
    end = out->len;
    while (out->data[end - 1] == '0')
        end--;
    if (out->data[end - 1] == '.')
        end--;
    out->data[end] = '\0';
    out->len = end;
}

static void add_histogram(struct text *out, const struct metrics_sample *sample)
{
    uint64_t below = 0;
    unsigned bucket = 0;
    struct text bound;

    text_init(&bound);
    for (unsigned power = FIRST_POWER; power <= LAST_POWER; power++) {
        while (histogram_floor(bucket) < UINT64_C(1) << power)
            below += sample->buckets[bucket++];
        text_clear(&bound);
        add_seconds(&bound, UINT64_C(1) << power);
        add_name(out, sample, "_bucket", text_string(&bound));
        text_printf(out, "%" PRIu64 "\n", below);
    }
    while (bucket < HISTOGRAM_BUCKETS)
        below += sample->buckets[bucket++];
    out->failed |= bound.failed;
    text_free(&bound);
    add_name(out, sample, "_bucket", "+Inf");
    text_printf(out, "%" PRIu64 "\n", below);
    add_name(out, sample, "_sum", NULL);
    add_seconds(out, sample->value);
    text_add(out, "\n");
    add_name(out, sample, "_count", NULL);
    text_printf(out, "%" PRIu64 "\n", below);
}

static void add_sample(struct text *out, const struct metrics_sample *sample)
{
    if (sample->kind == METRICS_TIMING) {
        add_histogram(out, sample);
        return;
    }
    add_name(out, sample, "", NULL);
    if (sample->kind == METRICS_GAUGE)
        text_printf(out, "%" PRId64 "\n", (int64_t)sample->value);
    else
        text_printf(out, "%" PRIu64 "\n", sample->value);
}

void metrics_prometheus(const struct metrics *metrics, struct text *out)
{
    struct metrics_view view;
    const char *last = "";

    if (!metrics_view_make(&view, metrics))
        out->failed = true;
    for (size_t i = 0; i < view.count && !out->failed; i++) {
        if (strcmp(view.samples[i]->prometheus, last) != 0)
            add_head(out, view.samples[i]);
        last = view.samples[i]->prometheus;
        add_sample(out, view.samples[i]);
    }
    metrics_view_free(&view);
}
