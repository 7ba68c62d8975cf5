// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The adaptive limit.
#include "front/limit.h"

#include <string.h>

#define NO_LIMIT (1u << 28)
#define FIRST 64         // until something is known, and where it goes back to when it isn't used
#define TOLERANCE 2.0    // how many times as long as normal runs may take
#define MOST_STRETCH 4.0 // as much as one run counts, so that a few that wait for a slow backend don't speak for all
// How fast normal follows what is: down, up, and up while the limit is reached; shares of the difference for each
// window.
#define FOLLOW_DOWN 16
#define FOLLOW_UP 512
#define FOLLOW_EXCEEDED 4096
#define FOLLOW_PROBE 2 // down, while the limit is at its least to find out what is normal
#define PROBE_AFTER 12 // of the last 64 windows: after which the limit shrank, or in which it was reached near the most
#define PROBING 3      // windows
#define USUAL 256      // what a run takes, about, goes by so many

void limit_init(struct limit *limit, uint32_t least, uint32_t most)
{
    memset(limit, 0, sizeof(*limit));
    limit->most = most ? most : NO_LIMIT;
    limit->least = least < limit->most ? least : limit->most;
    limit->value = most > FIRST ? FIRST : limit->most;
    if (limit->value < limit->least)
        limit->value = limit->least;
    limit->open = true;
}

static bool was_exceeded(const struct limit *limit, uint32_t window)
{
    uint32_t ago = limit->window - window; // at least 1

    return ago <= 64 && limit->exceeded >> (ago - 1) & 1;
}

static double inertia(const struct limit *limit, const struct plan_pace *pace, bool down)
{
    if (down)
        return limit->probing > 0 ? FOLLOW_PROBE : FOLLOW_DOWN;
    return was_exceeded(limit, pace->window) ? FOLLOW_EXCEEDED : FOLLOW_UP;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void set(struct limit *limit, double value)
{
    limit->value = value <= limit->least ? limit->least : value >= limit->most ? limit->most : (uint32_t)value;
}

// Where more come than end, those that end now say little: they began when there were few. By those that were under way
// all the time and by as many as ended in the last window (Little's law) it is known what the next will take. The least
// of them counts, as in CoDel: what drains again is a burst and no queue.
static void look_ahead(struct limit *limit, struct plan_pace *pace, uint32_t in_flight)
{
    bool just_now = limit->window - pace->window == 1 && pace->count > 0;
    double stretch;

    pace->expect_us = just_now ? (int64_t)(pace->least - 1) * LIMIT_WINDOW_US / pace->count : 0;
    stretch = pace->normal_us > 0 ? (double)pace->expect_us / pace->normal_us : 0;
    // A queue of a model that most are of needs no second look.
    if (limit->most != NO_LIMIT && limit->probing == 0 && stretch > TOLERANCE && 2 * pace->least > limit->value &&
        2 * pace->least > in_flight) {
        set(limit, lesser(in_flight, limit->value) * TOLERANCE / (stretch < MOST_STRETCH ? stretch : MOST_STRETCH));
        limit->open = false;
    }
    pace->least = UINT32_MAX;
}

// Takes up what the runs of an earlier window took.
static void follow(const struct limit *limit, struct plan_pace *pace)
{
    double mean = (double)pace->sum_us / pace->count, normal = pace->normal_us;

    if (normal == 0 || (pace->windows < FOLLOW_DOWN && !was_exceeded(limit, pace->window)))
        normal = (normal * pace->windows + mean) / (pace->windows + 1); // little is known yet
    else
        normal += (mean - normal) / inertia(limit, pace, mean < normal);
    pace->normal_us = (float)normal;
    pace->windows += pace->windows < FOLLOW_DOWN;
    pace->sum_us = pace->count = 0;
}

void limit_sample(struct limit *limit, struct plan_pace *pace, int64_t took_us, uint32_t of_plan, uint32_t in_flight,
                  bool well)
{
    double stretch;

    if (in_flight > limit->peak)
        limit->peak = in_flight;
    if (pace->window != limit->window) {
        look_ahead(limit, pace, in_flight);
        if (pace->count > 0)
            follow(limit, pace);
    }
    pace->window = limit->window;
    if (of_plan < pace->least)
        pace->least = of_plan;
    if (well) {
        pace->sum_us += (uint64_t)took_us;
        pace->count++;
    }
    limit->usual_us += ((double)took_us - limit->usual_us) / (limit->usual_us > 0 ? USUAL : 1);
    if (pace->normal_us <= 0)
        return;
    stretch = (double)(took_us > pace->expect_us ? took_us : pace->expect_us) / pace->normal_us;
    limit->stretch += stretch < MOST_STRETCH ? stretch : MOST_STRETCH;
    limit->samples++;
}

static uint32_t square_root(uint32_t number)
{
    uint32_t root = 1;

    while (root * root < number)
        root++;
    return root;
}

// For a few windows as few runs as may be, to find out whether what is taken for normal is so.
static bool probe(struct limit *limit)
{
    bool high; // although some are refused

    if (limit->probing > 0) {
        if (--limit->probing == 0)
            limit->value = limit->before;
        return true;
    }
    high = limit->value > limit->most / 2 && __builtin_popcountll(limit->exceeded) >= PROBE_AFTER &&
           limit->window - limit->probed >= 64;
    if (__builtin_popcountll(limit->shrinking) < PROBE_AFTER && !high)
        return false;
    limit->shrinking = 0;
    limit->probed = limit->window;
    limit->before = limit->value;
    limit->value = limit->least;
    limit->probing = PROBING;
    return true;
}

// Nothing has ended, and nothing was to be expected to.
static bool is_early(const struct limit *limit)
{
    return limit->samples == 0 && (limit->usual_us == 0 || limit->usual_us > LIMIT_WINDOW_US);
}

static void adjust(struct limit *limit)
{
    bool used = limit->beyond || 2 * limit->peak > limit->value;
    double stretch = limit->samples ? limit->stretch / limit->samples : 0;

    if (probe(limit))
        return;
    limit->shrinking = limit->shrinking << 1 | (used && stretch > TOLERANCE && limit->value > limit->least);
    if (used && stretch > TOLERANCE) {
        set(limit, lesser(limit->peak, limit->value) * TOLERANCE / stretch);
        limit->open = false;
    } else if (limit->beyond && limit->open && (stretch > 0 || is_early(limit))) {
        set(limit, 2.0 * limit->value);
    } else if (used ? stretch > 0 : limit->value < FIRST) {
        set(limit, limit->value + square_root(limit->value));
    } else if (!used) {
        limit->open = true;
        if (limit->value > FIRST)
            set(limit, limit->value - square_root(limit->value));
    }
}

void limit_turn(struct limit *limit, int64_t now_us)
{
    if (limit->most != NO_LIMIT)
        adjust(limit);
    limit->exceeded = limit->exceeded << 1 | (limit->beyond > 0);
    limit->stretch = 0;
    limit->samples = limit->peak = limit->beyond = 0;
    limit->window++;
    limit->window_end_us = now_us + LIMIT_WINDOW_US;
}
