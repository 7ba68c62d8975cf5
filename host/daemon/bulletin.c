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

        json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:b, s:I, s:I, s:I, s:I}", "generation",
                                              (json_int_t)g->number, "revision", (json_int_t)g->revision, "time",
                                              time_text(g->time_us, time), "from_disk", g->from_disk, "changed",
                                              (json_int_t)g->changed, "refused", (json_int_t)g->refused, "removed",
                                              (json_int_t)g->removed, "unchanged", (json_int_t)g->unchanged));
    }
    return list;
}

static void write_board(const struct bulletin *bulletin)
{
    json_t *json;
    char *text;

    if (!bulletin->board)
        return;
    json = json_pack("{s:o, s:o, s:o, s:o}", "upgrade", show_upgrade(bulletin), "source", show_source(bulletin),
                     "last_good", show_disk(bulletin), "generations", show_generations(bulletin));
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

void bulletin_disk(struct bulletin *bulletin, const char *path, const struct keeper_state *state)
{
    bulletin->path = path;
    bulletin->disk = *state;
    write_board(bulletin);
}

void bulletin_generation(struct bulletin *bulletin, const struct bundle *bundle, size_t served, size_t kept_models)
{
    struct bulletin_generation *g = &bulletin->generations[bulletin->count++ % BULLETIN_GENERATIONS];

    *g = (struct bulletin_generation){.number = bundle->number,
                                      .revision = bundle->revision,
                                      .time_us = bundle->time_us,
                                      .from_disk = bundle->from_disk};
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
