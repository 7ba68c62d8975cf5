// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's HTTP routes.
#include "daemon/web.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/view.h"
#include "front/predict_http.h"
#include "metrics/metrics.h"

static bool takes_requests(void *user)
{
    struct web *web = user;

    return atomic_load(web->is_ready) && !atomic_load(web->is_draining);
}

void web_show_config(struct http_request *request, void *user)
{
    const struct web_shown *shown = user;
    char *text = view_json(shown->view);

    if (text)
        http_reply(request, 200, "application/json", text, strlen(text));
    else
        http_reply_error(request, 500, "no memory");
    free(text);
}

void web_show_metrics(struct http_request *request, void *user)
{
    const struct web_shown *shown = user;
    struct text text;

    text_init(&text);
    if (shown->metrics)
        metrics_prometheus(shown->metrics, &text);
    http_reply(request, 200, METRICS_PROMETHEUS_TYPE, text_string(&text), text.len);
    text_free(&text);
}

static void say_elsewhere(struct http_request *request, void *user)
{
    (void)user;
    http_reply_error(request, 404, "%s is shown at the admin address only; --public-%s=true shows it here, too",
                     http_path(request), http_path(request) + 1);
}

void web_init(struct web *web, const struct web_shown *shown, struct web_public open, struct front_server *server,
              const atomic_bool *ready, const atomic_bool *draining)
{
    memset(web, 0, sizeof(*web));
    web->shown = *shown;
    web->is_ready = ready;
    web->is_draining = draining;
    web->health = (struct http_health){.ready = takes_requests, .user = web};
    web->routes[0] = (struct http_route){"GET", "/health/self", false, http_health_self, &web->health};
    web->routes[1] = (struct http_route){"GET", "/health/ready", false, http_health_ready, &web->health};
    web->routes[2] =
        (struct http_route){"GET", "/metrics", false, open.metrics ? web_show_metrics : say_elsewhere, &web->shown};
    web->routes[3] = (struct http_route){"POST", PREDICT_HTTP_PATH, true, predict_http, server};
    web->routes[4] =
        (struct http_route){"GET", "/config", false, open.config ? web_show_config : say_elsewhere, &web->shown};
    web->options.routes = web->routes;
    web->options.route_count = sizeof(web->routes) / sizeof(web->routes[0]);
}
