// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The map of all models, {"<model_config_id>": {…}, …}: many models' configs in one value of a source.
#ifndef CONFIG_MODEL_MAP_H
#define CONFIG_MODEL_MAP_H

#include <stdbool.h>
#include <jansson.h>
#include "config/source_inner.h"

// The map, or NULL where the text is none: that is logged as an error of 'where', and counted as refused by the source.
json_t *model_map_read(struct source *source, const char *where, const char *text, size_t len);
// Calls 'each' with every model's config as a text, which it copies; false where it did or there is no memory.
bool model_map_each(const json_t *map, bool (*each)(void *user, const char *id, const char *text, size_t len),
                    void *user);

#endif
