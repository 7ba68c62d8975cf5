// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the columns of a reply's rows are, as its schemas say.
#ifndef FEATURE_SCHEMA_H
#define FEATURE_SCHEMA_H

#include "feature.h"

// A column of the rows that we want.
struct feature_wanted {
    uint32_t index;
    uint32_t label;
};

struct feature_schemas {
    const struct feature *feature;
    struct feature_wanted *wanted; // in ascending order of their indexes
    uint32_t count;
    uint32_t next_label; // that should be named next
    bool *known;         // labels that were named
    bool unsorted;
};

// False: no memory, or no message.
bool feature_schemas_read(struct feature_schemas *schemas, const struct feature *feature, struct inferd_step *step,
                          struct inferd_bytes reply);

#endif
