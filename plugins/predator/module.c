// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Module predator: the kind "predator", which scores rows on a model server.
#include <inferd/module.h>
#include "predator.h"

static const struct inferd_kind kinds[] = {{
    .name = "predator",
    .description = "Scores rows on a model server that speaks KServe v2 (Triton, MLServer and others).",
    .flags = INFERD_KIND_REQUIRED,
    .rank = 200,
    .options = {predator_option_table, sizeof(struct predator_options)},
    .shared = {predator_shared_table, sizeof(struct predator_shared)},
    .create = predator_create,
    .bind = predator_bind,
    .start = predator_start,
    .run = predator_run,
    .stop = predator_stop,
    .destroy = predator_destroy,
}};

INFERD_MODULE("predator", "1.0.0", "Scores rows on model servers", kinds, 1,
              {predator_setting_table, sizeof(struct predator_settings)});
