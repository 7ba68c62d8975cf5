// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the columns of a reply's rows are, as its schemas say. A store says the same in each reply, so what was made of
// the last one is kept.
#ifndef FEATURE_SCHEMA_H
#define FEATURE_SCHEMA_H

#include "feature.h"

// A column of the rows that we want.
struct feature_wanted {
    uint32_t index;
    uint32_t label;
};

// Columns that are of no use.
struct feature_lost_columns {
    uint32_t unasked, twice, absurd;
};

struct feature_schemas {
    const struct feature *feature;
    struct feature_wanted *wanted; // in ascending order of their indexes
    uint32_t count;
    uint32_t next_label; // that should be named next
    bool *known;         // labels that were named
    bool unsorted;
    struct feature_lost_columns lost;
};

// What was made of a reply's schemas, kept for the next one. [loop]
struct feature_known_schemas {
    uint8_t *text; // the schemas' messages, each behind its length
    size_t len;
    struct feature_wanted *wanted; // NULL: nothing is kept yet
    uint32_t count;
    struct feature_lost_columns lost;
    uint32_t changes; // how often it was replaced
};

// False: no memory, or no message.
bool feature_schemas_read(struct feature_schemas *schemas, const struct feature *feature, struct inferd_step *step,
                          struct inferd_bytes reply);
void feature_schemas_forget(struct feature_known_schemas *known);

#endif
