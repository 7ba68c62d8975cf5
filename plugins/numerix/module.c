// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Module numerix: the kind "numerix", which combines columns by an expression on a Numerix server, or here.
#include <inferd/module.h>
#include "numerix.h"

static const struct inferd_kind kinds[] = {{
    .name = "numerix",
    .description = "Combines columns to a score by an expression, on a Numerix server or here.",
    .rank = 300,
    .options = {numerix_option_table, sizeof(struct numerix_options)},
    .shared = {numerix_shared_table, sizeof(struct numerix_shared)},
    .create = numerix_create,
    .bind = numerix_bind,
    .start = numerix_start,
    .run = numerix_run,
    .stop = numerix_stop,
    .destroy = numerix_destroy,
}};

INFERD_MODULE("numerix", "1.0.0", "Combines columns by expressions, on a Numerix server or here", kinds, 1,
              {numerix_setting_table, sizeof(struct numerix_settings)});
