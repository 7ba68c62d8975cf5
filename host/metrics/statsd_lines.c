// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Turns differences of views into lines. Measurements of one bucket go out as one line: with the rate 1/n receivers
// count its value n times, as they would n lines (Telegraf, statsd_exporter and the Datadog agent all do).
#include "metrics/statsd_lines.h"

#include <inttypes.h>
#include <string.h>

#define RATE_DIGITS UINT64_C(1000000000000) // 12 digits

static const struct metrics_sample *earlier(const struct metrics_view *before, const struct metrics_sample *sample)
{
    size_t len = (size_t)(sample->tags - sample->name) + strlen(sample->tags); // they lie next to each other

    return map_find(&before->index, sample->name, len);
}

static void add_tags(const struct statsd_lines *lines, const struct metrics_sample *sample, struct text *line)
{
    const char *comma = lines->tags[0] != '\0' && sample->tags[0] != '\0' ? "," : "";

    if (lines->tags[0] != '\0' || sample->tags[0] != '\0')
        text_printf(line, "|#%s%s%s", lines->tags, comma, sample->tags);
}

static void send_line(struct statsd_lines *lines, struct text *line, struct packet *packet)
{
    if (!line->failed && !packet_add(packet, line->data, line->len))
        lines->lost++;
}

static void write_value(struct statsd_lines *lines, const struct metrics_sample *sample, uint64_t value,
                        const char *letter, struct text *line, struct packet *packet)
{
    text_clear(line);
    text_printf(line, "%s:%" PRIu64 "|%s", sample->name, value, letter);
    add_tags(lines, sample, line);
    send_line(lines, line, packet);
}

// xorshift64*: good enough to pick measurements, and cheap.
static double next_random(struct statsd_lines *lines)
{
    uint64_t x = lines->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    lines->random = x;
    return (double)(x * UINT64_C(2685821657736338717) >> 11) * 0x1p-53;
}

// For how many measurements the picked ones of 'count' stand.
static uint64_t pick(struct statsd_lines *lines, uint64_t count)
{
    uint64_t picked = 0;

    if (lines->sampling_rate >= 1)
        return count;
    for (uint64_t i = 0; i < count; i++)
        picked += next_random(lines) < lines->sampling_rate;
    return picked == 0 ? 0 : (uint64_t)((double)picked / lines->sampling_rate + 0.5);
}

// A rate that stands for 'count'. Receivers cut 1/rate to an integer, so it must not be a hair too large.
static void add_rate(struct text *line, uint64_t count)
{
    if (count > 1)
        text_printf(line, "|@0.%012" PRIu64, (RATE_DIGITS - 1) / count);
}

static void write_timing(struct statsd_lines *lines, const struct metrics_sample *sample,
                         const struct metrics_sample *old, struct text *line, struct packet *packet)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t count = sample->buckets[i] - (old != NULL && old->buckets != NULL ? old->buckets[i] : 0);

        if (count == 0 || (int64_t)count < 0 || (count = pick(lines, count)) == 0)
            continue;
        text_clear(line);
        text_printf(line, "%s:%.4f|ms", sample->name, histogram_middle(i) / 1000);
        add_rate(line, count);
        add_tags(lines, sample, line);
        send_line(lines, line, packet);
    }
}

static void write_sample(struct statsd_lines *lines, const struct metrics_sample *sample,
                         const struct metrics_sample *old, struct text *line, struct packet *packet)
{
    int64_t value = (int64_t)sample->value;

    switch (sample->kind) {
    case METRICS_COUNTER:
        value -= old != NULL ? (int64_t)old->value : 0;
        if (value > 0)
            write_value(lines, sample, (uint64_t)value, "c", line, packet);
        break;
    case METRICS_GAUGE: // a sign would mean "change by"
        write_value(lines, sample, value > 0 ? (uint64_t)value : 0, "g", line, packet);
        break;
    case METRICS_TIMING:
        write_timing(lines, sample, old, line, packet);
        break;
    }
}

bool statsd_lines_write(struct statsd_lines *lines, const struct metrics_view *before, const struct metrics_view *now,
                        struct packet *packet)
{
    struct text line;
    bool fine;

    text_init(&line);
    for (size_t i = 0; i < now->count; i++)
        write_sample(lines, now->samples[i], earlier(before, now->samples[i]), &line, packet);
    packet_flush(packet);
    fine = !line.failed;
    text_free(&line);
    return fine;
}
