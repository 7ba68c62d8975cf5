// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a serving process tells the others of the generations it takes, as JSON.
#include "daemon/telling.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/board.h"
#include "daemon/time_text.h"
#include "metrics/metrics.h"

// In one report; it must be short enough for a packet.
#define NAMED_MAX 20
#define REASON_MAX 1000

struct telling {
    struct board *board; // NULL: there is none
    void (*tell)(void *user, const void *bytes, size_t len);
    void *user;
    json_t *failed; // by model: reason; of all generations, until they are fine
    json_t *fresh;  // of this one
    size_t fresh_count;
    bool told;           // the master knows that something is served
    uint64_t generation; // taken last
    int64_t revision;
    char *missed; // why the newest could not be; NULL: it was
    char since[TIME_TEXT_SIZE];
};

struct telling *telling_new(struct board *board, void (*tell)(void *user, const void *bytes, size_t len), void *user)
{
    struct telling *telling = calloc(1, sizeof(*telling));

    if (telling)
        *telling = (struct telling){
            .board = board, .tell = tell, .user = user, .failed = json_object(), .fresh = json_object()};
    return telling;
}

void telling_free(struct telling *telling)
{
    if (!telling)
        return;
    json_decref(telling->failed);
    json_decref(telling->fresh);
    free(telling->missed);
    free(telling);
}

// JSON takes UTF-8 only, and a packet is short. NULL: no memory.
static char *mended(const char *text)
{
    char *copy = strndup(text, REASON_MAX);

    if (copy)
        text_mend(copy);
    return copy;
}

void telling_failed(struct telling *telling, const char *model, const char *reason)
{
    char *id = mended(model), *why = mended(reason);

    if (id && why) {
        json_object_set_new(telling->failed, id, json_string(why));
        if (telling->fresh_count++ < NAMED_MAX)
            json_object_set_new(telling->fresh, id, json_string(why));
    }
    free(id);
    free(why);
}

void telling_fine(struct telling *telling, const char *model)
{
    if (json_object_size(telling->failed))
        json_object_del(telling->failed, model);
}

static void dump(json_t *json, void (*to)(void *user, const void *bytes, size_t len), void *user)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    if (text)
        to(user, text, strlen(text));
    free(text);
    json_decref(json);
}

static void to_board(void *user, const void *bytes, size_t len)
{
    board_write(user, bytes, len);
}

static void show(const struct telling *telling)
{
    json_t *shown;

    if (!telling->board)
        return;
    shown = *telling->since ? json_pack("{s:I, s:I, s:s}", "generation", (json_int_t)telling->generation, "revision",
                                        (json_int_t)telling->revision, "taken", telling->since)
                            : json_pack("{s:n, s:n, s:n}", "generation", "revision", "taken");
    json_object_set(shown, "failed", telling->failed);
    if (telling->missed)
        json_object_set_new(shown, "missed", json_string(telling->missed));
    dump(shown, to_board, telling->board);
}

void telling_missed(struct telling *telling, const char *why)
{
    if (!why && !telling->missed)
        return;
    free(telling->missed);
    telling->missed = why ? strdup(why) : NULL;
    show(telling);
}

void telling_taken(struct telling *telling, uint64_t generation, int64_t revision)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    time_text((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, telling->since);
    telling->generation = generation;
    telling->revision = revision;
    show(telling);
    if (telling->tell && generation && (telling->fresh_count || !telling->told))
        dump(json_pack("{s:I, s:I, s:O}", "generation", (json_int_t)generation, "count",
                       (json_int_t)telling->fresh_count, "failed", telling->fresh),
             telling->tell, telling->user);
    telling->told |= generation > 0;
    json_object_clear(telling->fresh);
    telling->fresh_count = 0;
}

size_t telling_count(const void *bytes, size_t len, uint64_t *generation)
{
    json_t *report = json_loadb(bytes, len, 0, NULL);
    json_int_t count = json_integer_value(json_object_get(report, "count"));

    *generation = (uint64_t)json_integer_value(json_object_get(report, "generation"));
    json_decref(report);
    return count > 0 ? (size_t)count : 0;
}

void telling_read(unsigned worker, const void *bytes, size_t len)
{
    json_t *report = json_loadb(bytes, len, 0, NULL), *reason;
    json_int_t count = json_integer_value(json_object_get(report, "count"));
    json_int_t generation = json_integer_value(json_object_get(report, "generation"));
    const char *model;
    char number[16];

    snprintf(number, sizeof(number), "%u", worker);
    if (count > 0)
        metrics_add(METRICS_CONFIG_NOT_TAKEN, count);
    json_object_foreach(json_object_get(report, "failed"), model, reason)
    {
        log_line(LOG_ERROR, "generation_not_taken",
                 (struct log_field[]){{"worker", number}, {"model", model}, {NULL, NULL}},
                 "worker %u could not take the config of generation %lld, which was found good, and serves on what it "
                 "had: %s",
                 worker, (long long)generation, json_string_value(reason) ? json_string_value(reason) : "");
    }
    json_decref(report);
}
