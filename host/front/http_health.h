// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// GET /health/self and GET /health/ready. Knows nothing of what makes the process ready.
#ifndef FRONT_HTTP_HEALTH_H
#define FRONT_HTTP_HEALTH_H

#include <stdbool.h>

#include "front/http.h"

struct http_health {
    bool (*ready)(void *user); // on the HTTP thread
    void *user;
};

// Handlers for routes whose user is a struct http_health: "true" while the process lives; 200 "true" or 503 "false" for
// whether it takes requests.
http_handler_fn http_health_self;
http_handler_fn http_health_ready;

#endif
