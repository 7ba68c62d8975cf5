// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The admin surface's routes: GET shows, POST does. A reply names the generation from which on it is done, so that
// whoever asked can wait for it.
#include "daemon/admin_web.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "metrics/metrics.h"

static void reply(struct http_request *request, const char *text)
{
    metrics_add(METRICS_ADMIN_ACTIONS, 1);
    http_reply(request, 200, "application/json", text, strlen(text));
}

static void reply_generation(struct http_request *request, uint64_t generation)
{
    char text[64];

    snprintf(text, sizeof(text), "{\"generation\": %llu}\n", (unsigned long long)generation);
    reply(request, text);
}

static void show_life(struct http_request *request, void *user)
{
    (void)user;
    http_reply(request, 200, NULL, "true", 4);
}

static bool may_see(const struct admin_web *web, struct http_request *request)
{
    char who[ADMIN_WHO_SIZE];

    return web->admits(web->user, request, who);
}

// fields: of what is asked for besides; NULL: nothing.
static bool may_do(const struct admin_web *web, struct http_request *request, const char *what,
                   const struct log_field *fields)
{
    struct log_field all[5] = {{NULL, NULL}};
    char who[ADMIN_WHO_SIZE];

    if (!web->admits(web->user, request, who))
        return false;
    all[0] = (struct log_field){"who", who};
    for (size_t i = 0; fields && fields[i].key; i++)
        all[i + 1] = fields[i];
    log_line(LOG_INFO, "admin", all, "asked to %s", what);
    return true;
}

static void show_config(struct http_request *request, void *user)
{
    struct admin_web *web = user;

    if (may_see(web, request))
        web_show_config(request, &web->shown);
}

static void show_metrics(struct http_request *request, void *user)
{
    struct admin_web *web = user;

    if (may_see(web, request))
        web_show_metrics(request, &web->shown);
}

static void reload(struct http_request *request, void *user)
{
    const struct admin_web *web = user;

    if (may_do(web, request, "read everything again", NULL))
        reply_generation(request, web->actions.reload(web->actions.user));
}

static void rescan(struct http_request *request, void *user)
{
    const struct admin_web *web = user;

    if (may_do(web, request, "look through the module path", NULL))
        reply_generation(request, web->actions.rescan(web->actions.user));
}

static void lift(struct http_request *request, void *user)
{
    const struct admin_web *web = user;
    struct quarantine_whom whom = {.model = http_query(request, "model"),
                                   .node = http_query(request, "node"),
                                   .module = http_query(request, "module")};
    const struct log_field fields[] = {
        {"model", whom.model}, {"node", whom.node}, {"module", whom.module}, {NULL, NULL}};
    bool all = !whom.model && !whom.node && !whom.module;
    unsigned lifted = 0;
    uint64_t generation;
    char text[96];

    if (!may_do(web, request, all ? "end all quarantines" : "end quarantines", fields))
        return;
    generation = web->actions.lift(web->actions.user, &whom, &lifted);
    snprintf(text, sizeof(text), "{\"generation\": %llu, \"lifted\": %u}\n", (unsigned long long)generation, lifted);
    reply(request, text);
}

void admin_web_init(struct admin_web *web, const struct web_shown *shown, const struct admin_actions *actions,
                    admin_admits_fn *admits, void *user)
{
    memset(web, 0, sizeof(*web));
    web->shown = *shown;
    web->actions = *actions;
    web->admits = admits;
    web->user = user;
    web->routes[0] = (struct http_route){"GET", "/health/self", false, show_life, NULL};
    web->routes[1] = (struct http_route){"GET", "/config", false, show_config, web};
    web->routes[2] = (struct http_route){"GET", "/metrics", false, show_metrics, web};
    web->routes[3] = (struct http_route){"POST", "/reload", false, reload, web};
    web->routes[4] = (struct http_route){"POST", "/modules/rescan", false, rescan, web};
    web->routes[5] = (struct http_route){"POST", "/quarantine/lift", false, lift, web};
    web->options.routes = web->routes;
    web->options.route_count = sizeof(web->routes) / sizeof(web->routes[0]);
    web->options.max_connections = 64;
    web->options.max_body_bytes = 4096; // nothing takes one
}
