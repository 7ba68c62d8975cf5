// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The file of a config directory that holds many models: what was read of it last, so that its changes are known, and
// so that a model whose own file goes has the map's text again.
#ifndef CONFIG_DIR_MAP_H
#define CONFIG_DIR_MAP_H

#include "base/map.h"
#include "config/model_map.h"

struct dir_map {
    struct map items; // struct dir_map_item by id
};

struct dir_map_item {
    uint64_t hash;
    bool seen; // in the map that is being taken
    size_t len;
    char *text;
    char id[];
};

void dir_map_init(struct dir_map *map);
void dir_map_free(struct dir_map *map);
const struct dir_map_item *dir_map_find(const struct dir_map *map, const char *id, size_t len);
// Takes what the file holds now, NULL: there is no file any more. 'changed' is called for each model whose text is
// another than before, or always; item->text is NULL where the model is gone.
void dir_map_take(struct dir_map *map, const json_t *now, bool always,
                  void (*changed)(void *user, const struct dir_map_item *item), void *user);

#endif
