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

struct front_server;
struct metrics;
struct view;

// What is shown of a process, or of all.
struct web_shown {
    struct view *view;
    struct metrics *metrics; // NULL: nobody counts
};

// Handlers for routes whose user is a struct web_shown.
http_handler_fn web_show_config;
http_handler_fn web_show_metrics;

// What is shown on the ports, and not at the admin address only.
struct web_public {
    bool config, metrics;
};

struct web {
    struct http_options options;
    struct http_route routes[5];
    struct http_health health;
    const atomic_bool *is_ready, *is_draining;
    struct web_shown shown;
};

// Models are asked of the server.
void web_init(struct web *web, const struct web_shown *shown, struct web_public open, struct front_server *server,
              const atomic_bool *ready, const atomic_bool *draining);

#endif
