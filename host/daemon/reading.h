// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What one model reads beside its config while it is compiled: from what came with the config, or (in the process that
// follows the store) from the store; and a list of it.
#ifndef DAEMON_READING_H
#define DAEMON_READING_H

#include "config/host_settings.h"
#include "daemon/bundle.h"
#include "plan/plan.h"

struct resources;

struct reading {
    struct plan_resources table; // for plan_options
    const struct host_settings *host;
    struct resources *live; // NULL: only what came is there
    struct arena *arena;
    const struct resource_list *came;
    struct resource_list read;
};

// All that is given must outlive the reading.
void reading_init(struct reading *reading, const struct host_settings *host, struct resources *live,
                  const struct resource_list *came, struct arena *arena);

#endif
