// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps the texts of a map of models and finds what has changed in it. Knows no files.
#include "config/dir_map.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"

struct taking {
    struct dir_map *map;
    bool always;
    void (*changed)(void *user, const struct dir_map_item *item);
    void *user;
};

void dir_map_init(struct dir_map *map)
{
    map_init(&map->items);
}

static void free_item(struct dir_map_item *item)
{
    free(item->text);
    free(item);
}

void dir_map_free(struct dir_map *map)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&map->items, &at)))
        free_item(slot->value);
    map_free(&map->items);
}

const struct dir_map_item *dir_map_find(const struct dir_map *map, const char *id, size_t len)
{
    return map_find(&map->items, id, len);
}

static struct dir_map_item *find_or_add(struct dir_map *map, const char *id)
{
    size_t len = strlen(id);
    struct dir_map_item *item = map_find(&map->items, id, len);

    if (item)
        return item;
    item = calloc(1, sizeof(*item) + len + 1);
    if (!item)
        return NULL;
    memcpy(item->id, id, len);
    if (map_set(&map->items, item->id, len, item, NULL))
        return item;
    free(item);
    return NULL;
}

static bool take_item(void *user, const char *id, const char *text, size_t len)
{
    struct taking *taking = user;
    struct dir_map_item *item = find_or_add(taking->map, id);
    uint64_t hash = map_hash(text, len);
    char *copy;

    if (!item)
        return false;
    item->seen = true;
    if (item->hash != hash || !item->text) {
        copy = strndup(text, len);
        if (!copy)
            return false;
        free(item->text);
        item->text = copy;
        item->len = len;
        item->hash = hash;
    } else if (!taking->always)
        return true;
    taking->changed(taking->user, item);
    return true;
}

static struct dir_map_item *find_unseen(const struct dir_map *map)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&map->items, &at)))
        if (!((struct dir_map_item *)slot->value)->seen)
            return slot->value;
    return NULL;
}

void dir_map_take(struct dir_map *map, const json_t *now, bool always,
                  void (*changed)(void *user, const struct dir_map_item *item), void *user)
{
    struct taking taking = {map, always, changed, user};
    const struct map_slot *slot;
    struct dir_map_item *item;
    size_t at = 0;

    while ((slot = map_next(&map->items, &at)))
        ((struct dir_map_item *)slot->value)->seen = false;
    if (now && !model_map_each(now, take_item, &taking))
        log_error("config_file_unreadable", "there is no memory for all models of the map");
    while ((item = find_unseen(map))) {
        map_remove(&map->items, item->id, strlen(item->id));
        free(item->text);
        item->text = NULL;
        changed(user, item);
        free_item(item);
    }
}
