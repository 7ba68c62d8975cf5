// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the publisher shows on the board, as JSON.
#include "daemon/bulletin.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/time_text.h"

void bulletin_init(struct bulletin *bulletin, struct board *board, const char *origin)
{
    *bulletin = (struct bulletin){.board = board, .origin = origin};
}

void bulletin_free(struct bulletin *bulletin)
{
    free(bulletin->away);
    free(bulletin->upgrade_why);
}

static json_t *show_source(const struct bulletin *bulletin)
{
    char since[TIME_TEXT_SIZE];

    return json_pack("{s:s?, s:b, s:s?, s:s?, s:I}", "origin", bulletin->origin, "away", bulletin->away != NULL,
                     "reason", bulletin->away, "since", bulletin->away ? time_text(bulletin->away_us, since) : NULL,
                     "models_kept", (json_int_t)bulletin->kept_models);
}

static json_t *show_disk(const struct bulletin *bulletin)
{
    if (!bulletin->path)
        return json_null();
    return json_pack("{s:s, s:I, s:s?}", "path", bulletin->path, "generation", (json_int_t)bulletin->disk.generation,
                     "error", *bulletin->disk.error ? bulletin->disk.error : NULL);
}

static json_t *show_upgrade(const struct bulletin *bulletin)
{
    char time[TIME_TEXT_SIZE];

    if (!bulletin->upgrade)
        return json_null();
    return json_pack("{s:s, s:s?, s:s}", "state", bulletin->upgrade, "reason", bulletin->upgrade_why, "time",
                     time_text(bulletin->upgrade_us, time));
}

static json_t *show_generations(const struct bulletin *bulletin)
{
    json_t *list = json_array();
    char time[TIME_TEXT_SIZE];

    for (size_t i = 0; i < bulletin->count && i < BULLETIN_GENERATIONS; i++) {
        const struct bulletin_generation *g = &bulletin->generations[(bulletin->count - 1 - i) % BULLETIN_GENERATIONS];

        json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:b, s:I, s:I, s:I, s:I, s:I}", "generation",
                                              (json_int_t)g->number, "revision", (json_int_t)g->revision, "time",
                                              time_text(g->time_us, time), "from_disk", g->from_disk, "changed",
                                              (json_int_t)g->changed, "refused", (json_int_t)g->refused, "removed",
                                              (json_int_t)g->removed, "unchanged", (json_int_t)g->unchanged,
                                              "recompiled", (json_int_t)g->recompiled));
    }
    return list;
}

// What doesn't apply isn't shown.
static void set_text(json_t *object, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(object, name, json_string(text));
}

static json_t *show_death(const struct bulletin_death *death)
{
    char time[TIME_TEXT_SIZE], back[TIME_TEXT_SIZE];
    json_t *json =
        json_pack("{s:I, s:s, s:s?}", "worker", (json_int_t)death->worker, "time", time_text(death->time_us, time),
                  "back", death->back_us ? time_text(death->back_us, back) : NULL);

    set_text(json, "how", death->how);
    set_text(json, death->crumb.left ? "after" : "in", death->crumb.call);
    set_text(json, "model", death->crumb.model);
    set_text(json, "node", death->crumb.node);
    set_text(json, "module", death->crumb.module);
    return json;
}

static json_t *show_deaths(const struct bulletin *bulletin)
{
    json_t *list = json_array();

    for (uint64_t i = 0; i < bulletin->death_count && i < BULLETIN_DEATHS; i++)
        json_array_append_new(list, show_death(&bulletin->deaths[(bulletin->death_count - 1 - i) % BULLETIN_DEATHS]));
    return json_pack("{s:I, s:o}", "count", (json_int_t)bulletin->death_count, "latest", list);
}

static void write_board(const struct bulletin *bulletin)
{
    json_t *json;
    char *text;

    if (!bulletin->board)
        return;
    json = json_pack("{s:o, s:o, s:o, s:o, s:o}", "upgrade", show_upgrade(bulletin), "source", show_source(bulletin),
                     "last_good", show_disk(bulletin), "generations", show_generations(bulletin), "deaths",
                     show_deaths(bulletin));
    text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (text)
        board_write(bulletin->board, text, strlen(text));
    free(text);
    json_decref(json);
}

void bulletin_source(struct bulletin *bulletin, const char *away, int64_t now_us)
{
    free(bulletin->away);
    bulletin->away = away ? strdup(away) : NULL;
    if (bulletin->away)
        text_mend(bulletin->away);
    bulletin->away_us = now_us;
    write_board(bulletin);
}

void bulletin_upgrade(struct bulletin *bulletin, const char *state, const char *why, int64_t now_us)
{
    free(bulletin->upgrade_why);
    bulletin->upgrade = state;
    bulletin->upgrade_why = why ? strdup(why) : NULL;
    if (bulletin->upgrade_why)
        text_mend(bulletin->upgrade_why);
    bulletin->upgrade_us = now_us;
    write_board(bulletin);
}

void bulletin_death(struct bulletin *bulletin, const struct bulletin_death *death)
{
    struct bulletin_death *kept = &bulletin->deaths[bulletin->death_count++ % BULLETIN_DEATHS];

    *kept = *death;
    text_mend(kept->crumb.model); // a plugin that ran wild may have written there
    text_mend(kept->crumb.node);
    text_mend(kept->crumb.module);
    write_board(bulletin);
}

void bulletin_back(struct bulletin *bulletin, unsigned worker, int64_t now_us)
{
    bool was_away = false;

    for (size_t i = 0; i < BULLETIN_DEATHS; i++) {
        struct bulletin_death *death = &bulletin->deaths[i];

        if (!death->time_us || death->back_us || death->worker != worker)
            continue;
        death->back_us = now_us;
        was_away = true;
    }
    if (was_away)
        write_board(bulletin);
}

void bulletin_disk(struct bulletin *bulletin, const char *path, const struct keeper_state *state)
{
    bulletin->path = path;
    bulletin->disk = *state;
    write_board(bulletin);
}

static struct bulletin_generation *add_generation(struct bulletin *bulletin, const struct bundle *bundle)
{
    struct bulletin_generation *g = &bulletin->generations[bulletin->count++ % BULLETIN_GENERATIONS];

    *g = (struct bulletin_generation){.number = bundle->number,
                                      .revision = bundle->revision,
                                      .time_us = bundle->time_us,
                                      .from_disk = bundle->from_disk};
    return g;
}

void bulletin_generation(struct bulletin *bulletin, const struct bundle *bundle, size_t served, size_t kept_models)
{
    struct bulletin_generation *g = add_generation(bulletin, bundle);

    for (size_t i = 0; i < bundle->count; i++) {
        const struct bundle_entry *entry = &bundle->entries[i];

        g->refused += entry->reason != NULL;
        g->removed += entry->removed;
        g->changed += entry->text.data && !entry->reason;
    }
    g->unchanged = served > g->changed ? served - g->changed : 0;
    bulletin->kept_models = kept_models;
    write_board(bulletin);
}

void bulletin_recalled(struct bulletin *bulletin, const struct bundle *bundle, size_t served)
{
    struct bulletin_generation *g = add_generation(bulletin, bundle);

    g->unchanged = served;
    g->recompiled = bundle->count;
    write_board(bulletin);
}

void bulletin_not_taken(struct bulletin *bulletin, uint64_t generation, size_t count)
{
    for (size_t i = 0; i < BULLETIN_GENERATIONS; i++) {
        struct bulletin_generation *g = &bulletin->generations[i];

        if (g->number != generation || !g->time_us)
            continue;
        count = count < g->changed ? count : g->changed;
        g->changed -= count;
        g->refused += count;
    }
    write_board(bulletin);
}
