// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What GET /config shows of the other processes, from the board.
#include "daemon/view_board.h"

#include <stdlib.h>

#include "daemon/board.h"

static json_t *read_slot(const struct board *board, unsigned slot)
{
    char *text = board_read(board, slot);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;

    free(text);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

// A worker without a text has taken no generation, or is coming up.
static json_t *list_workers(const struct board *board)
{
    json_t *list = json_array();

    for (unsigned slot = 1; slot < board_slots(board); slot++) {
        json_t *worker = read_slot(board, slot);

        if (!worker && board_is_vacant(board, slot))
            continue;
        if (!worker)
            worker = json_pack("{s:n, s:n, s:n, s:{}}", "generation", "revision", "taken", "failed");
        json_object_set_new(worker, "worker", json_integer(slot - 1));
        json_array_append_new(list, worker);
    }
    return list;
}

static json_t *find_generation(json_t *list, json_int_t generation)
{
    json_t *held;
    size_t i;

    json_array_foreach(list, i, held)
    {
        if (json_integer_value(json_object_get(held, "generation")) == generation)
            return held;
    }
    held = json_pack("{s:o, s:i, s:i, s:[]}", "generation", generation < 0 ? json_null() : json_integer(generation),
                     "plans", 0, "runs", 0, "workers");
    json_array_append_new(list, held);
    return held;
}

static void add(json_t *object, const char *name, json_int_t count)
{
    json_object_set_new(object, name, json_integer(json_integer_value(json_object_get(object, name)) + count));
}

// Of all workers together. (A null generation stands for those that found no room.)
static json_t *list_held(const struct board *board)
{
    struct board_held held[BOARD_HELD_MAX];
    json_t *list = json_array();

    for (unsigned slot = 1; slot < board_slots(board); slot++) {
        size_t count = board_held(board, slot, held);

        for (size_t i = 0; i < count; i++) {
            json_t *entry = find_generation(list, (json_int_t)held[i].generation);

            add(entry, "plans", held[i].plans);
            add(entry, "runs", held[i].runs);
            json_array_append_new(json_object_get(entry, "workers"), json_integer(slot - 1));
        }
    }
    return list;
}

void view_add_board(json_t *json, const struct board *board)
{
    json_t *master = read_slot(board, 0);

    if (master)
        json_object_update_missing(json, master);
    json_decref(master);
    json_object_set_new(json, "workers", list_workers(board));
    json_object_set_new(json, "held", list_held(board));
}
