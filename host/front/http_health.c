// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// GET /health/self and GET /health/ready.
#include "front/http_health.h"

void http_health_self(struct http_request *request, void *user)
{
    (void)user;
    http_reply(request, 200, NULL, "true", 4);
}

void http_health_ready(struct http_request *request, void *user)
{
    const struct http_health *health = user;

    if (health->ready(health->user))
        http_reply(request, 200, NULL, "true", 4);
    else
        http_reply(request, 503, NULL, "false", 5);
}
