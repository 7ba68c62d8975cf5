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
    bool told; // the master knows that something is served
};

struct telling *telling_new(struct board *board, void (*tell)(void *user, const void *bytes, size_t len), void *user)
{
    struct telling *telling = calloc(1, sizeof(*telling));

    if (telling)
        *telling = (struct telling){board, tell, user, json_object(), json_object(), 0, false};
    return telling;
}

void telling_free(struct telling *telling)
{
    if (!telling)
        return;
    json_decref(telling->failed);
    json_decref(telling->fresh);
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

void telling_taken(struct telling *telling, uint64_t generation, int64_t revision)
{
    char since[TIME_TEXT_SIZE];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    time_text((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, since);
    if (telling->board)
        dump(json_pack("{s:I, s:I, s:s, s:O}", "generation", (json_int_t)generation, "revision", (json_int_t)revision,
                       "taken", since, "failed", telling->failed),
             to_board, telling->board);
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
