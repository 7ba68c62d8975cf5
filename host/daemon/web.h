// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's HTTP routes.
#ifndef DAEMON_WEB_H
#define DAEMON_WEB_H

#include <stdatomic.h>
#include <stdbool.h>
#include "front/http.h"
#include "front/http_health.h"

struct metrics;
struct view;

struct web {
    struct http_options options;
    struct http_route routes[4];
    struct http_health health;
    const atomic_bool *is_ready, *is_draining;
    struct view *view;
    struct metrics *metrics;
};

void web_init(struct web *web, struct view *view, struct metrics *metrics, const atomic_bool *ready,
              const atomic_bool *draining);

#endif
