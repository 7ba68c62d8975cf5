// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Module feature: the kind "feature", which fetches features from an online feature store.
#include <inferd/module.h>
#include "feature.h"

static const struct inferd_kind kinds[] = {{
    .name = "feature",
    .description = "Fetches features of the rows' entities from an online feature store.",
    .rank = 100,
    .options = {feature_option_table, sizeof(struct feature_options)},
    .shared = {feature_shared_table, sizeof(struct feature_shared)},
    .create = feature_create,
    .bind = feature_bind,
    .start = feature_start,
    .run = feature_run,
    .stop = feature_stop,
    .destroy = feature_destroy,
}};

INFERD_MODULE("feature", "1.0.0", "Fetches features from an online feature store", kinds, 1,
              {feature_setting_table, sizeof(struct feature_settings)});
