// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Health over HTTP.
#include "front/http_health.h"

#include <string.h>

static void reply(struct http_request *request, unsigned status, const char *text)
{
    http_reply(request, status, NULL, text, strlen(text));
}

void http_health_self(struct http_request *request, void *user)
{
    (void)user;
    reply(request, 200, "true");
}

void http_health_ready(struct http_request *request, void *user)
{
    const struct http_health *health = user;

    if (health->ready(health->user))
        reply(request, 200, "true");
    else
        reply(request, 503, "false");
}
